"""Reads the lines of a long run, with the place where each begins (specs/batch.md, Input)."""

import os
import select
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from idcard.issuing.batch_line import MAX_LINE
from idcard.repairs.encodings import AsLines

_CHUNK = 1 << 16
HALF_MARKS = (b"\xff", b"\xfe")
"""Of UTF-16: the other half comes at once."""
_LONGEST = len(BOM_UTF8) + MAX_LINE + len(b"\r\n")
"""Bytes of a line that are kept: enough to see that it is over the limit."""


class Line(NamedTuple):
    """number: from 1. begin, end: bytes from the beginning of the input, as UTF-8. data: None for a line that is too
    long. handles: what another file has for its person, undecoded; None where there is none.

    data has no line end, and no byte order mark at the beginning of the input.
    """

    number: int
    begin: int
    end: int
    data: bytes | None
    handles: Any = None

    def __repr__(self) -> str:
        """Without the data, which is somebody's."""
        return f"Line(number={self.number}, begin={self.begin}, end={self.end})"


@contextmanager
def opened(path: str) -> Iterator["Records"]:
    """A file, or standard input for `-`. Raises OSError, and UsageError if standard input is closed."""
    if path == "":
        raise click.UsageError("FILE is the name of a file, or - for standard input")
    if path != "-":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield Records(descriptor, path)
        finally:
            os.close(descriptor)
    elif sys.stdin is None:
        raise click.UsageError("standard input is closed")
    else:
        yield Records(0, "standard input")


class Records:
    """Reads a file or a pipe in bounded memory, whatever its size and the length of its lines."""

    def __init__(self, descriptor: int, name: str) -> None:
        """name: of the input, for errors."""
        self._descriptor = descriptor
        self.name = name
        self.is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._as_lines: AsLines | None = None

    @property
    def is_private(self) -> bool:
        """Whether nobody but its owner may read a file or a pipe with a name; true wherever files have no mode."""
        mode = os.fstat(self._descriptor).st_mode
        return os.name != "posix" or not (self.is_file or stat.S_ISFIFO(mode)) or not mode & 0o077

    @property
    def size(self) -> int | None:
        """In bytes; None for a pipe."""
        return os.fstat(self._descriptor).st_size if self.is_file else None

    def lines(self) -> Iterator[Line | None]:
        """All lines; None before each wait for more data of a pipe. Raises OSError."""
        number, begin = 0, 0
        held, length = b"", 0
        while True:
            if not self.is_file and not self.is_readable():
                yield None
            chunk = self._chunk()
            *ended, rest = chunk.split(b"\n")
            for part in ended:
                number += 1
                end = begin + length + len(part) + 1
                yield Line(number, begin, end, _whole(number, held, part))
                begin, held, length = end, b"", 0
            held += rest[: _LONGEST - len(held)]
            length += len(rest)
            if not chunk:
                if length:
                    yield Line(number + 1, begin, begin + length, _whole(number + 1, held, b""))
                return
            # Drop the line before the next one, for which a pipe may let us wait.
            chunk, ended, part, rest = b"", [], b"", b""

    def _chunk(self) -> bytes:
        """More of the input, in UTF-8 with LF; nothing at its end."""
        while True:
            chunk = self._read()
            if self._as_lines is None:
                if chunk in HALF_MARKS:
                    chunk += self._read()
                self._as_lines = AsLines(chunk)
            if (found := self._as_lines.of(chunk)) or not chunk:
                return found

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, _CHUNK)
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, self.name) from None

    def is_readable(self) -> bool:
        """Whether a pipe has more, or has ended."""
        if sys.platform == "win32":  # on Windows, where select works with sockets only
            return True
        return bool(select.select([self._descriptor], [], [], 0)[0])


def _whole(number: int, held: bytes, part: bytes) -> bytes | None:
    data = (held + part).removesuffix(b"\r")
    if number == 1:
        data = data.removeprefix(BOM_UTF8)
    return data if len(data) <= MAX_LINE else None
