"""The venue kit: on a computer without a network, from a folder to a desk that opens."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cities import City

from idcard.credential.text import Environment

OFFLINE = ["unshare", "--map-root-user", "--net"]
WAIT = 180
"""Seconds after which a start hangs for certain."""


@pytest.fixture(scope="module")
def kit(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit") / "venue-kit"
    subprocess.run([sys.executable, root / "kit/build.py", folder, "--here"], check=True, capture_output=True)
    return folder


def offline() -> list[str]:
    """What runs a command where there is no network at all."""
    if shutil.which("unshare") is None or subprocess.run([*OFFLINE, "true"], check=False).returncode != 0:
        pytest.skip("this system does not let a user take the network away (unshare)")
    return OFFLINE


@pytest.fixture
def home(tmp_path: Path, kit: Path) -> Path:
    """A user who has never seen the program, with the city's file in the kit."""
    city = City(environment=Environment.TEST, now=datetime.now(UTC))
    (kit / "city.idtrust").write_bytes(city.file)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def start(kit: Path, home: Path, typed: str) -> tuple[str, int]:
    """What is seen until the desk opens or the starter ends, and how it ends; the desk is closed as by Ctrl-C."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_DATA_DIRS": str(home)}
    command = [*offline(), sys.executable, kit / "start.py", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(typed)
        running.stdin.close()
        seen = ""
        for line in running.stdout:
            seen += line
            if "http://127.0.0.1:" in line:
                subprocess.run(["pkill", "-INT", "--session", str(running.pid)], check=False)
        return seen, running.wait(WAIT)


@pytest.mark.slow
def test_from_the_folder_to_the_desk_without_a_network(kit: Path, home: Path) -> None:
    seen, code = start(kit, home, "by hand\n")
    assert "Installing, once" in seen
    assert "trust list 1, issued" in seen
    assert "http://127.0.0.1:" in seen
    # The second time nothing is asked and nothing is installed.
    again, _ = start(kit, home, "")
    assert "http://127.0.0.1:" in again
    assert "Installing" not in again
    assert "twelve words" not in again
    assert code == 0


@pytest.mark.slow
def test_with_other_words_the_desk_does_not_open(kit: Path, home: Path) -> None:
    seen, code = start(kit, home, "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong\n")
    assert (code, "http://" in seen, "The trust file was not taken." in seen) == (3, False, True)


@pytest.mark.slow
def test_without_a_trust_file_the_starter_says_what_is_missing(kit: Path, home: Path) -> None:
    (kit / "city.idtrust").unlink()
    seen, code = start(kit, home, "")
    assert (code, "Put the city's file city.idtrust into this folder." in seen) == (3, True)


@pytest.mark.slow
def test_the_folder_has_a_starter_for_each_system_and_a_page(kit: Path) -> None:
    names = {path.name for path in kit.iterdir()}
    assert {"start.py", "Start idcard.bat", "Start idcard.command", "start-idcard.sh", "READ ME.txt", "wheels"} <= names
    for name in ("Start idcard.command", "start-idcard.sh"):
        assert (kit / name).stat().st_mode & 0o111
