"""Reads bytes as text: UTF-8, and the UTF-16 that Windows shells write, with and without a byte order mark."""

import codecs
from collections.abc import Iterator

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HALF_MARKS = (b"", b"\xff", b"\xfe")
_MARK = "\ufeff"
_ENOUGH = 4
"""Bytes that tell UTF-16 without a mark: two letters of ASCII."""


def as_text(data: bytes) -> str | None:
    """The text, without byte order marks at its beginning. None if it is no text.

    The error of the decoder contains the data, so it must not even be a cause.
    """
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        return None
    plain = text.lstrip(_MARK)
    return None if text and not plain else plain


def typed(data: bytes) -> str:
    """The same for what a scanner sent, which may be anything: U+FFFD, which is in no code, stands for other bytes."""
    return data.decode(_encoding(data), errors="replace").lstrip(_MARK)


def in_utf8(stream: Iterator[bytes]) -> Iterator[bytes]:
    """A stream that begins with a mark of UTF-16, as UTF-8; any other passes as it is."""
    begun = b""
    for data in stream:
        begun += data
        if begun not in _HALF_MARKS:
            break
    encoding = _encoding(begun[:2])
    if encoding == "utf-8":
        yield begun
        yield from stream
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    yield decoder.decode(begun).encode("utf-8")
    for data in stream:
        yield decoder.decode(data).encode("utf-8")
    yield decoder.decode(b"", final=True).encode("utf-8")


class AsLines:
    """Makes the chunks of a table UTF-8 with LF: from UTF-16, or with CR alone. Any other passes as it is.

    Nothing is kept of a chunk but half a letter: a table is of people.
    """

    def __init__(self, first: bytes) -> None:
        """first: the first chunk, which `of` gets too."""
        encoding = _encoding(first[:_ENOUGH])
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors="replace")
        begun = first.replace(b"\0", b"")
        # As spreadsheets of old wrote them; the last may be half of CR LF.
        self._ends_by_cr = b"\n" not in begun and b"\r" in begun[:-1]

    def of(self, chunk: bytes) -> bytes:
        """chunk: the next one; nothing at the end."""
        if self._decoder is not None:
            chunk = self._decoder.decode(chunk, final=not chunk).encode("utf-8")
        return chunk.replace(b"\r", b"\n") if self._ends_by_cr else chunk


def without_zeros(line: bytes) -> bytes:
    """A line of ASCII that was cut from UTF-16 without a mark, in whichever order; any other as it is."""
    return line.replace(b"\0", b"") if line.count(0) >= len(line) // 2 > 1 else line


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    zeros = [each == 0 for each in data[:_ENOUGH]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else "utf-8"
