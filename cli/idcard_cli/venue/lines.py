"""Lines from a stream of bytes that nobody can vouch for, in memory that does not grow."""

import re
from collections.abc import Iterator

MAX_LINE = 4096
"""Longest line, in bytes: a code after half ones, each letter as a keyboard of another country types it."""
ENTER = b"\r\n"
_INVISIBLE = bytes((*range(0x21), 0x7F))


class Lines:
    """Cuts a stream where a line ends. Of a longer line than MAX_LINE, one byte more is kept, so that it shows."""

    def __init__(self, ends: bytes = ENTER, unseen: re.Pattern[bytes] | None = None) -> None:
        """unseen: what is not visible either, besides blanks and control characters."""
        self._end = re.compile(b"[" + re.escape(ends) + b"]")
        self._unseen = unseen
        self._held = b""

    @property
    def pending(self) -> bool:
        """Whether something visible has come that no line end has followed yet."""
        # What was thrown away may have been visible.
        held = self._held if self._unseen is None else self._unseen.sub(b"", self._held)
        return len(self._held) > MAX_LINE or bool(held.strip(_INVISIBLE))

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that these bytes end, but for those in which nothing is visible."""
        *ended, last = self._end.split(data)
        for part in ended:
            self._hold(part)
            yield from self.end()
        self._hold(last)

    def end(self) -> Iterator[bytes]:
        """The line that has no end, where there is one."""
        line, pending = self._held, self.pending
        self._held = b""
        if pending:
            yield line

    def _hold(self, part: bytes) -> None:
        self._held += part[: MAX_LINE + 1 - len(self._held)]


def as_text(line: bytes) -> str:
    """What is not UTF-8 is shown as U+FFFD, and so is that a line was longer: neither is ever part of a code."""
    text = line[:MAX_LINE].decode("utf-8", errors="replace")
    return text if len(line) <= MAX_LINE else f"{text}\ufffd"
