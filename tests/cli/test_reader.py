"""Decoders of pictures and PDFs have a process of their own: what it can do, what ends it, and that it comes again.

What is put in the place of a decoder here is put into the program of the process: no option of the product leads there.
"""

import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cities import City
from command import ACCEPT, USAGE, idcard
from idcard_cli import reader, reader_process
from idcard_cli.reader import Reader
from picture_files import DRAWN, LIBRARY, LOOKS, saved
from PIL import Image

from idcard.pictures import Found, NoCode, PictureError, Unread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
INSTEAD = """
import sys
sys.path[:] = sys.argv[1:]
from idcard_cli import reader_process
from idcard import pictures
{before}
def search(data, *, max_pixels=None):
    if data[-1:] == b"!":
        {instead}
    yield [pictures.Found(data.decode("latin-1"), "middle")]
pictures.search = search
reader_process.main()
"""
"""A process that reads everything as text; what ends with `!` does something to it first."""


@pytest.fixture
def process() -> Iterator[Reader]:
    started = Reader(seconds=20)
    yield started
    started.end()


def instead(monkeypatch: pytest.MonkeyPatch, does: str, before: str = "") -> None:
    monkeypatch.setattr(reader, "_PROGRAM", INSTEAD.format(instead=does, before=before))


def read(process: Reader, data: bytes) -> list[Found]:
    return list(process.search(data))[-1]


@pytest.mark.parametrize("look", LOOKS)
def test_every_kind_of_picture_is_read_where_no_file_can_be_opened(look: str) -> None:
    assert read(reader.shared(), LOOKS[look]) == [Found(LIBRARY, "middle")]


def test_so_is_a_pdf() -> None:
    page = Image.new("L", (1000, 1400), 255)
    page.paste(Image.open(io.BytesIO(DRAWN)), (50, 50))
    assert [found.text for found in read(reader.shared(), saved(page, "PDF"))] == [LIBRARY]


@pytest.mark.parametrize("place", reader_process.PLACES)
def test_each_place_comes_back(place: str, process: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, f"yield [pictures.Found('x', {place!r})]; return")
    assert read(process, b"!") == [Found("x", place)]


@pytest.mark.parametrize("why", Unread)
def test_each_reason_comes_back(why: Unread, process: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, f"raise pictures.Unread({why.value!r}).error()")
    with pytest.raises(why.kind) as refused:
        read(process, b"!")
    assert refused.value.why is why
    assert read(process, b"next")[0].text == "next"


# ---- what it can do ----

TRIES = {
    "a file": "open('/etc/hostname', 'rb')",
    "a folder": "os.listdir('/')",
    "a pipe": "os.pipe()",
    "a socket": "socket.socket()",
    "a file descriptor": "os.dup(0)",
    "a file in the place of another": "os.close(2); open('/etc/hostname', 'rb')",
    "a socket in the place of a file": "os.close(2); socket.socket()",
    "a file descriptor in the place of another": "os.close(2); os.dup(0)",
    "a file that another left open": "os.fstat(int(TAKEN))",
    "its parent's memory": "open('/proc/%d/mem' % os.getppid(), 'rb')",
    "the environment": "os.environ['HOME']",
    "a core dump": "resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))" if os.geteuid() else "1 / 0",
}


@pytest.mark.parametrize("what", TRIES)
def test_the_process_reaches_nothing(
    what: str, process: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A control: what it does say comes back."""
    with (tmp_path / "key").open("wb") as key:
        os.set_inheritable(key.fileno(), True)
        tried = TRIES[what].replace("TAKEN", str(key.fileno()))
        does = f"""
        try:
            {tried}
        except Exception as problem:
            told = type(problem).__name__
        else:
            told = "reached"
        yield [pictures.Found(told, "middle")]
        return"""
        instead(monkeypatch, does, "import os, resource, socket")
        assert read(process, b"!")[0].text in {"OSError", "KeyError", "ValueError", "ZeroDivisionError"}


def test_what_it_has_and_what_it_gave_up_for_good(process: Reader, tmp_path: Path) -> None:
    with (tmp_path / "key").open("wb") as key:
        os.set_inheritable(key.fileno(), True)
        read(process, DRAWN)
    here = Path(f"/proc/{running(process)}")
    assert (here / "environ").read_bytes() == b""
    assert sorted((each.name, os.readlink(each)[:5]) for each in (here / "fd").iterdir()) == [
        ("0", "pipe:"), ("1", "pipe:"), ("2", "/dev/"),
    ]  # fmt: skip
    lines = (here / "limits").read_text("ascii").splitlines()[1:]
    limits = {line[:26].strip(): tuple(line[26:].split()[:2]) for line in lines}
    assert limits["Max address space"] == (str(1 << 30),) * 2
    for nothing in ("Max open files", "Max file size", "Max processes", "Max core file size"):
        assert limits[nothing] == ("0", "0")
    assert 20 <= int(limits["Max cpu time"][0]) <= 30


# ---- what ends it ----

ENDS = {
    "it spins": "while True: pass",
    "it sleeps": "time.sleep(1000)",
    "it takes memory": "bytes(2 << 30)",
    "it takes it elsewhere": "Image.new('L', (40_000, 40_000))",
    "it crashes": "os.kill(os.getpid(), 11)",
    "it ends": "os._exit(0)",
    "it fails": "1 / 0",
    "it says what is no answer": "os.write(1, b'?')",
    "it says too many texts": "os.write(1, b'L' + bytes([100]) + bytes(3 * 100)); time.sleep(1000)",
    "it names no place": "os.write(1, b'L' + bytes([1, 9, 0, 0])); time.sleep(1000)",
    "it names no reason": "os.write(1, b'E' + bytes([3]) + b'pwn'); time.sleep(1000)",
    "it says half": "os.write(1, b'L' + bytes([1, 0, 255, 255]) + b'half'); os._exit(0)",
}


@pytest.mark.parametrize("what", ENDS)
def test_a_picture_that_ends_it_gets_a_sentence_and_the_next_is_read(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, ENDS[what], "import os, time\nfrom PIL import Image")
    process = Reader(seconds=1, patience=4 if what == "it sleeps" else 60)
    try:
        assert read(process, b"before") == [Found("before", "middle")]
        first = running(process)
        with pytest.raises(PictureError, match="takes too much time or memory to read; cut out the part") as refused:
            read(process, b"!")
        assert refused.value.why is Unread.GAVE_UP
        assert read(process, b"after") == [Found("after", "middle")]
        assert running(process) != first
        assert not Path(f"/proc/{first}").exists()
    finally:
        process.end()


def test_what_was_found_before_it_ended_counts(process: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "yield [pictures.Found('one', 'left')]; os._exit(0)", "import os")
    assert list(process.search(b"!")) == [[Found("one", "left")]]
    assert read(process, b"after") == [Found("after", "middle")]


def running(process: Reader) -> int:
    assert process._process is not None
    return process._process.pid


def test_one_process_reads_one_picture_after_another(process: Reader) -> None:
    read(process, DRAWN)
    first = running(process)
    with pytest.raises(NoCode):
        read(process, saved(Image.new("L", (64, 64)), "PNG"))
    found = process.search(LOOKS["gif"])
    assert next(found) == [Found(LIBRARY, "middle")]
    # The rest of an earlier search is not waited for, whether somebody has closed it or not.
    with closing(process.search(LOOKS["avif"])) as other:
        assert next(other) == [Found(LIBRARY, "middle")]
    assert list(found) == []
    assert read(process, DRAWN) == [Found(LIBRARY, "middle")]
    assert running(process) == first


def test_it_ends_with_its_parent(process: Reader) -> None:
    read(process, DRAWN)
    assert process._process is not None
    assert process._process.stdin is not None
    process._process.stdin.close()
    assert process._process.wait(20) == 0


def test_it_ends_with_the_reader_that_nobody_has_any_more() -> None:
    forgotten = Reader()
    read(forgotten, DRAWN)
    process = forgotten._process
    assert process is not None
    del forgotten
    assert process.returncode == -signal.SIGKILL


# ---- the command ----


@pytest.mark.parametrize("name", ["spin", "crash"])
def test_a_command_says_that_it_gave_up(name: str, tmp_path: Path) -> None:
    does = {"spin": "while True: pass", "crash": "os.kill(os.getpid(), 11)"}[name]
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n!")
    program = INSTEAD.format(instead=does, before="import os")
    prelude = f"from idcard_cli import reader; reader._PROGRAM = {program!r}"
    ended = idcard("explain", path, prelude=f"{prelude}; reader.Reader.__init__.__defaults__ = (1, 9)")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {path}: the file takes too much time or memory to read; cut out the part")


def test_many_pictures_are_read_by_one_process(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(DRAWN)
    trust = tmp_path / "city.idtrust"
    trust.write_bytes(City().file)
    prelude = f"""
from idcard_cli import reader
started = reader._started
def counted():
    with open({str(tmp_path / "started")!r}, "a") as file:
        file.write("x")
    return started()
reader._started = counted
"""
    at = ("--at", "2026-11-22T12:00:00Z", "--json")
    ended = idcard("verify", *paths, "--trust", trust, "--for", "library", *at, prelude=prelude)
    assert ended.code == ACCEPT
    assert [json.loads(line)["outcome"] for line in ended.out.splitlines()] == ["accept"] * 3
    assert (tmp_path / "started").read_text() == "x"
