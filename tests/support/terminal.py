"""A program on a terminal of its own, and what is on the screen."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from support.program import TIMEOUT, start, waits

CTRL_C = "\x03"


class Terminal:
    """shown: all that was on it. before: its mode, as the program found it."""

    def __init__(self, *arguments: object, size: tuple[int, int] = (24, 80), **how: Any) -> None:
        """size: rows and columns. how: the rest of its Surroundings, where stdin may be a pipe."""
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.before = self.mode
        its = dict.fromkeys(("stdin", "stdout", "stderr"), self.slave)
        self.process = start(*arguments, **{**its, "terminal": True, **how})
        self._data = b""

    @property
    def shown(self) -> str:
        return self._data.decode(errors="ignore").replace("\r\n", "\n")

    @property
    def mode(self) -> list[Any]:
        return termios.tcgetattr(self.slave)

    def type(self, keys: str) -> None:
        while CTRL_C in keys and not waits(self.process):
            self._read(0.001)
        os.write(self.master, keys.encode())

    def wait_until(self, there: Callable[[], bool]) -> None:
        """Reads what is shown until this is so."""
        deadline = time.monotonic() + TIMEOUT
        while not there():
            ended = self.process.poll() is not None
            assert self._read(0 if ended else 0.5) or not (ended or time.monotonic() > deadline), self.shown

    def end(self, code: int | None = 0) -> str:
        """All that was shown, when the program has ended by itself. code: None where it does not matter."""
        with suppress(AssertionError):
            self.wait_until(lambda: False)
        assert self.process.wait(TIMEOUT) == code or code is None, self.shown
        return self.shown

    def _read(self, seconds: float) -> bool:
        """Whether something came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self._data += os.read(self.master, 65536)
        return True

    def unplug(self) -> None:
        for end in (self.slave, self.master):
            if end >= 0:
                os.close(end)
        self.master = self.slave = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.unplug()
