"""The venue kit: on a computer without a network, from a folder to a desk that opens, and through the months after."""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock
import pytest
from cities import City
from machine import unshared

from idcard.credential.calendar import DAY
from idcard.credential.text import Environment
from idcard.verify import memory

WAIT = 180
"""Seconds after which a start hangs for certain."""
ADDRESS = "http://127.0.0.1:"


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A kit as the documents make it: from the top of the source, into a folder that is named from there."""
    base = tmp_path_factory.getbasetemp()
    once = (base if worker_id == "master" else base.parent) / "venue-kit"
    # Two at once would write into the same folder of the source.
    with filelock.FileLock(f"{once}.lock"):
        if not once.exists():
            trust = base / "city.idtrust"
            trust.write_bytes(City(environment=Environment.TEST, now=datetime.now(UTC)).file)
            command = ["make", "venue-kit", f"ARGS=--here --trust {trust}"]
            subprocess.run(command, cwd=root, check=True, capture_output=True)
            assert (root / "build/venue-kit/city.idtrust").read_bytes() == trust.read_bytes()
            shutil.move(root / "build/venue-kit", once)
    return Path(shutil.copytree(once, tmp_path_factory.mktemp("kit") / "venue-kit"))


@pytest.fixture
def kit(made: Path) -> Iterator[Path]:
    """With the trust file that it was made with, whatever a test does to it."""
    before = (made / "city.idtrust").read_bytes()
    yield made
    (made / "city.idtrust").write_bytes(before)


def offline() -> list[str]:
    """What runs a command where there is no network at all."""
    return unshared("--map-root-user", "--net")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where users of one computer find the program installed: only the first start takes the minute."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user who has never seen the program."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def environment(home: Path, data: Path | None = None) -> dict[str, str]:
    """data: a folder of this user's data that other tests used too; the memory is another one all the same."""
    found = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_DATA_DIRS": str(home)}
    if data is not None:
        found |= {"XDG_DATA_HOME": str(data), "IDCARD_MEMORY": str(home / "venue.idmemory")}
    return found


@contextmanager
def starting(
    kit: Path, env: dict[str, str], *arguments: object, before: list[str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    command = [*(offline() if before is None else before), sys.executable, kit / "start.py", *arguments]
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as running:  # fmt: skip
        try:
            yield running
        finally:
            subprocess.run(["pkill", "-KILL", "--session", str(running.pid)], check=False)


def interrupt(running: "subprocess.Popen[str]") -> None:
    """As Ctrl-C does: all programs of the window get it."""
    subprocess.run(["pkill", "-INT", "--session", str(running.pid)], check=False)


def start(kit: Path, env: dict[str, str], typed: str, *arguments: object) -> tuple[str, int]:
    """What is seen until the desk opens or the starter ends, and how it ends; the desk is closed as by Ctrl-C."""
    arguments = arguments or ("--no-browser", "--port", "0")
    with starting(kit, env, *arguments) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(typed)
        running.stdin.close()
        seen = ""
        for line in running.stdout:
            seen += line
            if "Ctrl-C ends it" in line:
                interrupt(running)
        assert "Traceback" not in seen
        return seen, running.wait(WAIT)


def remember(home: Path, file: bytes, at: datetime) -> None:
    """This computer has had the file since `at`."""
    (home / "venue.idmemory").write_bytes(memory.encode(memory.install(file, fingerprint=None, now=at)))


def held(home: Path) -> bytes:
    return memory.decode((home / "venue.idmemory").read_bytes()).file


@pytest.mark.slow
def test_from_the_folder_to_the_desk_without_a_network(kit: Path, home: Path) -> None:
    seen, code = start(kit, environment(home), "by hand\n")
    assert "Installing, once" in seen
    assert "trust list 1, issued" in seen
    assert ADDRESS in seen
    # The second time nothing is asked and nothing is installed; the same file beside it is nothing to speak of.
    again, _ = start(kit, environment(home), "")
    assert ADDRESS in again
    assert "Installing" not in again
    assert "twelve words" not in again
    assert "city.idtrust" not in again
    assert code == 0


@pytest.mark.slow
def test_with_other_words_the_desk_does_not_open(kit: Path, home: Path, data: Path) -> None:
    seen, code = start(kit, environment(home, data), "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong\n")
    assert (code, "http://" in seen, "The trust file was not taken." in seen) == (3, False, True)
    assert "idcard venue install" not in seen


@pytest.mark.slow
def test_after_a_mistyped_word_it_asks_again(kit: Path, home: Path, data: Path) -> None:
    seen, code = start(kit, environment(home, data), "zoo zou zoo\nby hnad\nBy hand\n")
    assert seen.count("Type the words again") == 2
    assert (code, ADDRESS in seen) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["", "\n"])
def test_where_nobody_types_words_it_ends(kit: Path, home: Path, data: Path, typed: str) -> None:
    seen, code = start(kit, environment(home, data), typed)
    assert (code, "The trust file was not taken." in seen) == (3, True)


@pytest.mark.slow
def test_ctrl_c_at_the_words_ends_it(kit: Path, home: Path, data: Path) -> None:
    with starting(kit, environment(home, data)) as running:
        assert running.stdout is not None
        seen = ""
        while not seen.endswith("> "):
            seen += running.stdout.read(1)
        interrupt(running)
        rest = running.stdout.read()
        assert (running.wait(WAIT), rest.strip()) == (3, "Interrupted.")


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, b"<html>", b"", b"\xa5\x00"], ids=["none", "html", "empty", "cut"])
def test_without_a_trust_file_that_holds_the_page_asks_for_one(
    kit: Path, home: Path, data: Path, content: bytes | None
) -> None:
    path = kit / "city.idtrust"
    path.unlink() if content is None else path.write_bytes(content)
    seen, code = start(kit, environment(home, data), "")
    assert (code, ADDRESS in seen, "twelve words" in seen) == (0, True, False)
    assert ("cannot be used. Get it again" in seen) is (content is not None)
    # There is no page beside a scanner in a terminal.
    seen, code = start(kit, environment(home, data), "", "scan", "--for", "library")
    wanted = "cannot be used. Get it again" if content is not None else "Put the city's file city.idtrust into this"
    assert (code, wanted in seen) == (3, True)


MONTHS_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=130)


@pytest.mark.slow
def test_with_a_trust_file_that_has_expired_the_desk_opens(kit: Path, home: Path, data: Path) -> None:
    """There it says that it cannot judge; and a newer file can be dropped on the page."""
    city = City(environment=Environment.TEST, now=MONTHS_AGO)
    remember(home, city.file, MONTHS_AGO)
    (kit / "city.idtrust").write_bytes(city.file)
    seen, code = start(kit, environment(home, data), "")
    assert (code, ADDRESS in seen, "twelve words" in seen) == (0, True, False)


@pytest.mark.slow
def test_a_newer_trust_file_beside_it_is_taken(kit: Path, home: Path, data: Path) -> None:
    city = City(environment=Environment.TEST, now=MONTHS_AGO)
    remember(home, city.file, MONTHS_AGO)
    now = int(datetime.now(UTC).timestamp())
    newer = city.trust_file(version=2, issued=now, next_update=now + 30 * DAY, exp=now + 120 * DAY)
    (kit / "city.idtrust").write_bytes(newer)
    seen, _ = start(kit, environment(home, data), "")
    assert "A newer city.idtrust was taken:\nSpringfield" in seen
    assert "trust list 2, issued" in seen
    assert (ADDRESS in seen, held(home)) == (True, newer)


@pytest.mark.slow
def test_an_older_one_is_left_without_a_word(kit: Path, home: Path, data: Path) -> None:
    now = datetime.now(UTC)
    city = City(environment=Environment.TEST, now=now)
    newer = city.trust_file(version=2)
    remember(home, newer, now)
    (kit / "city.idtrust").write_bytes(city.file)
    seen, _ = start(kit, environment(home, data), "")
    assert (ADDRESS in seen, "city.idtrust" in seen, held(home)) == (True, False, newer)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["foreign", "broken", "equivocation"])
def test_one_that_is_not_to_be_used_is_told_and_the_desk_opens(kit: Path, home: Path, data: Path, kind: str) -> None:
    now = datetime.now(UTC)
    city = City(environment=Environment.TEST, now=now)
    remember(home, city.file, now)
    (kit / "city.idtrust").write_bytes({
        "foreign": City(id="shelbyville", environment=Environment.TEST, now=now).file,
        "broken": city.file[:-9],
        "equivocation": city.trust_file(classes=tuple(city.trust_list().classes[1:])),
    }[kind])  # fmt: skip
    seen, code = start(kit, environment(home, data), "")
    assert "The file city.idtrust beside this program was not taken:\n  " in seen
    assert "idcard venue" not in seen
    assert (code, ADDRESS in seen, held(home)) == (0, True, city.file)


@pytest.mark.slow
def test_every_command_can_be_had(kit: Path, home: Path, data: Path) -> None:
    env = environment(home, data)
    remember(home, City(environment=Environment.TEST, now=datetime.now(UTC)).file, datetime.now(UTC))
    assert "fingerprint" in start(kit, env, "", "venue", "status")[0]
    (home / "tally.csv").write_text("desk,month,class,verdict,codes\n0123456789abcdef,2026-11,library,accept,31\n")
    assert "31" in start(kit, env, "", "tally")[0]
    assert start(kit, env, "", "venue", "forget", "--yes")[1] == 0
    assert not (home / "venue.idmemory").exists()


@pytest.mark.slow
def test_a_file_that_is_named_is_looked_for_where_the_user_is(kit: Path, home: Path, data: Path) -> None:
    env = environment(home, data) | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    (home / "city.idtrust").write_bytes(City(environment=Environment.TEST, now=datetime.now(UTC)).file)
    for name in ("start-idcard.sh", "Start idcard.command"):
        command = [kit / name, "trust", "show", "city.idtrust"]
        done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, check=False)
        assert (done.returncode, "Springfield" in done.stdout) == (0, True)


@pytest.mark.slow
def test_a_second_start_opens_the_page_that_runs(kit: Path, home: Path, data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    remember(home, (kit / "city.idtrust").read_bytes(), datetime.now(UTC))
    arguments = ("--no-browser", "--port", port)
    with starting(kit, environment(home, data), *arguments, before=[]) as first:
        assert first.stdout is not None
        assert any("Ctrl-C ends it" in line for line in first.stdout)
        with starting(kit, environment(home, data), *arguments, before=[]) as second:
            seen, _ = second.communicate(timeout=WAIT)
        assert seen == f"{ADDRESS}{port}/\nidcard: the desk is open already\n"
        assert second.returncode == 0
        first.send_signal(signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-h",), 0, "Usage: idcard desk"),
        (("desk", "-h"), 0, "Usage: idcard desk"),
        (("--port", "9" * 5000), 2, "--port"),
        (("--port",), 2, "--port"),
        (("--port=x",), 2, "--port"),
    ],
    ids=lambda each: str(each)[:12],
)  # fmt: skip
def test_what_is_typed_wrong_gets_the_words_of_the_program(
    kit: Path, home: Path, data: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    remember(home, (kit / "city.idtrust").read_bytes(), datetime.now(UTC))
    with starting(kit, environment(home, data), *arguments) as running:
        seen, _ = running.communicate(timeout=WAIT)
    assert (running.returncode, said in seen, "Traceback" in seen) == (code, True, False)


@pytest.mark.slow
def test_the_folder_has_a_starter_for_each_system_and_a_page(kit: Path) -> None:
    names = {path.name for path in kit.iterdir()}
    assert {"start.py", "Start idcard.bat", "Start idcard.command", "start-idcard.sh", "READ ME.txt", "wheels"} <= names
    for name in ("Start idcard.command", "start-idcard.sh"):
        assert (kit / name).stat().st_mode & 0o111
