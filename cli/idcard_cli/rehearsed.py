"""Marks what a rehearsal writes: every line says that it is one, and which time it plays."""

import io
import json
import sys
from datetime import UTC, datetime
from typing import IO, cast

from idcard_cli import clock

_WAITS = (b": ", b":", b"]", b"] ")
"""How a question ends, after which a person ends the line."""


def begin(at: datetime) -> None:
    """Stand still at this time, and mark all that is written from now on, errors too."""
    clock.stand(at)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.flush()
            marked = MarkedLines(stream.buffer, at)
            setattr(sys, name, _text(marked, stream))
            _opened.append(marked)


def name_as(place: str, name: str) -> None:
    """Say `name` where the place of a copy would be said."""
    for marked in _opened:
        marked.named[place.encode()] = name.encode()


_opened: list["MarkedLines"] = []


def _text(marked: "MarkedLines", stream: io.TextIOWrapper) -> io.TextIOWrapper:
    buffer = cast("IO[bytes]", marked)
    return io.TextIOWrapper(buffer, stream.encoding, "backslashreplace", newline="\n", write_through=True)


class MarkedLines(io.RawIOBase):
    """Bytes of lines, each with the mark before it; a JSON object has it as its first name."""

    def __init__(self, stream: IO[bytes], at: datetime) -> None:
        self._stream = stream
        moment = at.astimezone(UTC)
        self._mark = f"REHEARSAL {moment:%Y-%m-%d %H:%M}  ".encode()
        self._name = f'{{"rehearsal": {json.dumps(f"{moment:%Y-%m-%dT%H:%M:%SZ}")}, '.encode()
        self._begins = True
        self.named: dict[bytes, bytes] = {}

    def write(self, data: object) -> int:
        text = bytes(cast("bytes", data))
        for line in text.splitlines(keepends=True):
            said = line
            for place, name in self.named.items():
                said = said.replace(place, name)
            if self._begins:
                said = self._name + said[1:] if said.startswith(b'{"') else self._mark + said
            self._stream.write(said)
            self._begins = line.endswith((b"\n", *_WAITS))
        return len(text)

    def flush(self) -> None:
        if not self.closed:
            self._stream.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
