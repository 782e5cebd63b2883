"""A forked command is what a new interpreter is, as far as anybody sees from outside."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cities import NOW, City

from support.program import Forked, Process, start

CITY = City()
SAYS = """
import os, sys
from idcard_cli.venue import verify
def say(*_, **__):
    streams = [(each.encoding, each.errors, each.isatty(), each.newlines) for each in (sys.stdin, sys.stdout, sys.stderr)]
    print(os.umask(0), os.getcwd(), os.getsid(0) == os.getpid(), streams)
    print(sys.flags, sys.argv, sorted(os.listdir("/proc/self/fd")))
verify.verify.callback = say
"""  # noqa: E501
WAITS = """
from idcard_cli import files
def waiting(limit, read=files.read_stdin):
    print("waiting", flush=True)
    return read(limit)
files.read_stdin = waiting
"""
ENDS = {
    "accept": "",
    "raises": "raise LookupError('in the prelude')",
    "leaves": "import atexit; atexit.register(lambda: print('at the end')); raise SystemExit(7)",
    "says why": "raise SystemExit('because')",
    "is interrupted": "raise KeyboardInterrupt",
    "kills itself": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "has a thread": "import threading; threading.Timer(0.05, lambda: print('late')).start()",
    "is full": "import sys; sys.stdout = open('/dev/full', 'w')",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "city.idtrust").write_bytes(CITY.file)
    return tmp_path


def verify(folder: Path, **how: Any) -> Process:
    options = ("--trust", "city.idtrust", "--for", "library", "--at", NOW.isoformat())
    return start("verify", CITY.code("library"), *options, cwd=folder, **how)


def outcome(process: Process, data: bytes = b"") -> tuple[int | None, list[bytes], list[bytes]]:
    """Of what Python itself says, the last line. stdout by its lines in order: a thread may be early or late."""
    with process:
        out, err = process.communicate(data, timeout=60)
    return process.returncode, sorted(out.splitlines()), err.splitlines()[-1:]


@pytest.mark.parametrize("prelude", ENDS.values(), ids=list(ENDS))
def test_it_ends_in_the_same_way(folder: Path, prelude: str) -> None:
    forked = verify(folder, prelude=prelude)
    assert isinstance(forked, Forked)
    assert outcome(forked) == outcome(verify(folder, prelude=prelude, cold=True))


def test_it_finds_the_same_around_it(folder: Path) -> None:
    before = os.umask(0o137)
    try:
        forked, cold = (outcome(verify(folder, prelude=SAYS, cold=cold)) for cold in (False, True))
    finally:
        os.umask(before)
    assert forked == cold
    assert forked[1][0].startswith(b"95 ")


@pytest.mark.parametrize("name", ["PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS", "LC_ALL", "LANG"])
def test_what_is_read_at_a_start_makes_it_start(folder: Path, name: str) -> None:
    values = {"PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}
    with verify(folder, env={name: values.get(name, "C")}) as process:
        assert isinstance(process, subprocess.Popen)
        process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("cold", [False, True], ids=["forked", "cold"])
def test_signals_reach_it(folder: Path, number: signal.Signals, cold: bool) -> None:
    """As it waits for a code."""
    process = start("verify", "-", "--trust", "city.idtrust", "--for", "library", cwd=folder, prelude=WAITS, cold=cold)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.strip()) == ((-9, b"") if number == 9 else (3, b"idcard: interrupted"))


def test_its_clock_stands_still_where_it_is_told(folder: Path) -> None:
    reads = ("verify", CITY.code("library"), "--trust", "city.idtrust", "--for", "library", "--json")
    for prelude in ("", "import os"):
        with start(*reads, cwd=folder, at=f"{NOW:%Y-%m-%d %H:%M}", prelude=prelude) as process:
            out, _ = process.communicate(timeout=60)
        assert b'"outcome": "accept"' in out or b'"outcome":"accept"' in out


def test_a_terminal_is_its_own(folder: Path) -> None:
    master, slave = os.openpty()
    prelude = "import os; print(os.path.exists('/dev/tty') and os.open('/dev/tty', os.O_RDWR) > 2)"
    with verify(folder, stdin=slave, stdout=slave, stderr=slave, terminal=True, prelude=prelude) as process:
        os.close(slave)
        shown = b""
        while b"ACCEPT" not in shown:
            shown += os.read(master, 4096)
        assert process.wait(60) == 0
    os.close(master)
    assert shown.startswith(b"True")


def test_descriptors_are_passed_on(folder: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"passed")
    os.close(write)
    prelude = f"import os; print(os.read({read}, 9))"
    with verify(folder, pass_fds=(read,), prelude=prelude) as process:
        out, _ = process.communicate(timeout=60)
    os.close(read)
    assert out.startswith(b"b'passed'")
