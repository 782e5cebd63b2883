"""Text in lines of a width, in the columns of a terminal."""

import re
from collections.abc import Iterator
from unicodedata import category, east_asian_width

_UNSEEN = ("Mn", "Me", "Cf")
_IDEOGRAPH = r"\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff"
_OPENING, _CLOSING = (
    r"\u300a\u300c\u300e\u3010\uff08",
    r"\u3001\u3002\u3009\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f",
)
_PIECE = re.compile(rf" *[{_OPENING}]*(?:[{_IDEOGRAPH}]|[^ {_IDEOGRAPH}{_OPENING}]+)[{_CLOSING}]*| *[{_OPENING}]+")
"""What a line keeps together: a word, or a letter of Chinese with its punctuation."""


def wrapped(text: str, width: int) -> list[str]:
    """In lines of at most so many columns: a letter of Chinese or Korean takes two, a mark upon a letter none."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if _columns(lines[-1] + piece) <= width:
            lines[-1] += piece
            continue
        lines += _broken(piece.lstrip(" "), width)
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def _broken(word: str, width: int) -> Iterator[str]:
    """A word in as many lines as it takes."""
    line = ""
    for letter in word:
        if line and _columns(line + letter) > width:
            yield line
            line = ""
        line += letter
    yield line


def _columns(text: str) -> int:
    return sum(0 if category(each) in _UNSEEN else 1 + (east_asian_width(each) in "WF") for each in text)
