"""Splits untrusted input into lines, in bounded memory."""

import re
from collections.abc import Iterator

from idcard.repairs import encodings

MAX_LINE = 4096
"""Longest line, in bytes: room for a code after incomplete ones, typed with a foreign keyboard layout."""
ENTER = b"\r\n"
_INVISIBLE = bytes((*range(0x21), 0x7F))


class Lines:
    """Splits a stream into lines. Of a longer line, MAX_LINE + 1 bytes are kept, so that its length shows."""

    def __init__(self, ends: bytes = ENTER, unseen: re.Pattern[bytes] | None = None) -> None:
        """unseen: what else is invisible, besides blanks and control characters."""
        self._end = re.compile(b"[" + re.escape(ends) + b"]")
        self._unseen = unseen
        self._held = b""

    @property
    def held(self) -> bytes:
        """The line that has begun and not ended."""
        return self._held

    @property
    def pending(self) -> bool:
        """Whether something in it is visible."""
        # The bytes that were dropped may have been visible.
        return len(self._held) > MAX_LINE or self.is_seen(self._held)

    def is_seen(self, data: bytes) -> bool:
        """Whether something in the data is visible."""
        return bool((data if self._unseen is None else self._unseen.sub(b"", data)).strip(_INVISIBLE))

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that these bytes complete, without invisible ones."""
        *ended, last = self._end.split(data)
        for part in ended:
            self._hold(part)
            yield from self.end()
        self._hold(last)

    def end(self) -> Iterator[bytes]:
        """The last line, if it has no line end."""
        line, pending = self._held, self.pending
        self._held = b""
        if pending:
            yield line

    def _hold(self, part: bytes) -> None:
        self._held += part[: MAX_LINE + 1 - len(self._held)]


def as_text(line: bytes) -> str:
    """The line; U+FFFD, which is in no code, stands for bytes that are not UTF-8 and after a line that is too long."""
    text = encodings.without_zeros(line[:MAX_LINE]).decode("utf-8", errors="replace")
    return text if len(line) <= MAX_LINE else f"{text}\ufffd"
