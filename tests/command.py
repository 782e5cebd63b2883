"""The `idcard` command from outside: a real program, its output and its ending.

Whatever it is asked, it keeps the manners that `Ended.check_manners` has: every test of the command checks them.
"""

import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import zxingcpp
from PIL import Image

RUN = "from idcard_cli.main import run; run()"
ACCEPT, REJECT, USAGE, CANNOT_SAY = 0, 1, 2, 3
CTRL_C = "\x03"
TIMEOUT = 60
"""Seconds after which a program hangs for certain."""

_STEERING = ("NO_COLOR", "FORCE_COLOR", "_IDCARD_COMPLETE", "PYTHONWARNINGS")
_TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0)\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ended:
    """A program that has ended. out and err: what it wrote; on a terminal, out is the screen and err is empty."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    def check_manners(self) -> None:
        both = self.out + self.err
        assert "Traceback" not in both
        assert "\x1b" not in both
        assert self.code in (ACCEPT, REJECT, USAGE, CANNOT_SAY)
        if self.code == REJECT:
            assert self.out.startswith("REJECT ") or json.loads(self.out)["outcome"] == "reject"
        if self.err.startswith("Usage: "):
            return  # the help of a group that was called without a command
        for line in self.err.removeprefix("\n").splitlines():  # click ends the line in which a terminal shows ^C
            assert re.fullmatch(r"idcard: [^A-Z].*[^.]", line), f"not a line of stderr: {line!r}"


@dataclass(frozen=True)
class Founded:
    """A city that `idcard city init` made, and what it said."""

    folder: Path
    passphrase_file: Path
    ended: Ended

    @property
    def trust(self) -> Path:
        return self.folder / "city.idtrust"

    @property
    def options(self) -> tuple[object, ...]:
        """What `idcard mint` needs to know."""
        return ("--city", self.folder, "--passphrase-file", self.passphrase_file)


@dataclass(frozen=True)
class Demo:
    """What `idcard demo --out` left behind, and what it said."""

    folder: Path
    ended: Ended

    @property
    def trust(self) -> Path:
        return self.folder / "city.idtrust"


def program(*arguments: object, prelude: str = "") -> list[str]:
    """The command line. prelude: Python that runs first, to break or to watch something."""
    return [sys.executable, "-P", "-c", f"{prelude}\n{RUN}", *(os.fspath(each) for each in arguments)]  # type: ignore[call-overload]


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _STEERING} | dict(changes or {})


def idcard(
    *arguments: object,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    prelude: str = "",
    pass_fds: Sequence[int] = (),
) -> Ended:
    """Runs the command where stdin, stdout and stderr are pipes and there is no terminal at all."""
    done = subprocess.run(
        program(*arguments, prelude=prelude),
        input=stdin,
        capture_output=True,
        env=environment(env),
        cwd=cwd,
        pass_fds=pass_fds,
        start_new_session=True,
        timeout=TIMEOUT,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
    ended.check_manners()
    return ended


def idcard_on_terminal(
    *arguments: object,
    answers: Sequence[tuple[str, str]] = (),
    interrupt_at: str = "",
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Runs the command on a terminal of its own.

    answers: what to wait for on the screen, and what to type then. interrupt_at: what, if it comes after all that,
    is answered by Ctrl-C. stdin: from a pipe instead of the terminal.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    with subprocess.Popen(
        program(*arguments, prelude=_TAKE_TERMINAL),
        stdin=slave if stdin is None else subprocess.PIPE,
        stdout=slave,
        stderr=slave,
        env=environment(env),
        start_new_session=True,
    ) as running:
        os.close(slave)
        try:
            if running.stdin is not None:
                running.stdin.write(stdin or b"")
                running.stdin.close()
            screen = _converse(master, answers, interrupt_at)
            code = running.wait(TIMEOUT)
        finally:
            os.close(master)
            running.kill()
    return Ended(code, screen, "")


def _converse(master: int, answers: Sequence[tuple[str, str]], interrupt_at: str) -> str:
    """Everything that is shown until the program closes the terminal."""
    waiting, shown, seen = list(answers), b"", 0
    deadline = time.monotonic() + TIMEOUT
    while True:
        if not select.select([master], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"nothing more comes, and {waiting} is still awaited, after: {shown!r}")
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux reports the end of a terminal as EIO.
            data = b""
        if not data:
            assert not waiting, f"the program ended before it asked for {waiting}, after: {shown!r}"
            return shown.decode("utf-8").replace("\r\n", "\n")
        shown += data
        if not shown.endswith(b": "):
            continue  # what is typed before a question is whole is thrown away as echo is turned off
        while waiting and (at := shown.find(waiting[0][0].encode(), seen)) >= 0:
            awaited, typed = waiting.pop(0)
            seen = at + len(awaited.encode())
            os.write(master, typed.encode())
        if not waiting and interrupt_at and shown.find(interrupt_at.encode(), seen) >= 0:
            interrupt_at = ""
            os.write(master, CTRL_C.encode())


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that name it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


def without_colour(screen: str) -> str:
    return _COLOUR.sub("", screen)


def scan(picture: bytes) -> list[zxingcpp.Barcode]:
    """The QR codes in a picture, by a decoder that knows nothing of this project."""
    with Image.open(io.BytesIO(picture)) as image:
        return list(zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode))


def files_under(folder: Path) -> set[str]:
    """Names of all files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
