"""Writes what a person sees. The rules:

- stdout is data: a verdict, codes, JSON. Everything else goes to stderr as `idcard: …`, lower case, no full stop.
- Text from a code or a trust file is escaped before it is shown: it must not steer a terminal.
- Colour only on a terminal, never with NO_COLOR, and never alone: a word says the same.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from unicodedata import category, east_asian_width

import click

_UNSEEN = ("Mn", "Me", "Cf")
_UNBROKEN = "\u00a0\u202f"
"""Blanks at which no line ends."""
_IDEOGRAPH = r"\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff"
_OPENING, _CLOSING = (
    r"\u300a\u300c\u300e\u3010\uff08",
    r"\u3001\u3002\u3009\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f",
)
_PIECE = re.compile(rf" *[{_OPENING}]*(?:[{_IDEOGRAPH}]|[^ {_IDEOGRAPH}{_OPENING}]+)[{_CLOSING}]*| *[{_OPENING}]+")
"""What a line keeps together: a word, or a letter of Chinese with its punctuation."""


def say(sentence: str) -> None:
    """Write one line to stderr. A failure is ignored, so that it does not change how the command ends."""
    try:
        click.echo(f"idcard: {printable(sentence)}", err=True)
    except OSError:
        sys.stderr = io.StringIO()


def as_clause(sentence: str) -> str:
    """A sentence in the form of a message on stderr."""
    sentence = sentence.strip().rstrip(".\u3002\u0964\u06d4")
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def printable(text: str) -> str:
    """The text with escapes for all characters that are neither visible nor a blank."""
    return "".join(
        character
        if character.isprintable() or character in _UNBROKEN
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


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


def colour() -> bool:
    """Whether stdout shows colour and the user wants it."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def styled(text: str, *, fg: str | None = None, bold: bool = False) -> str:
    """The text in colour, if `colour` allows it."""
    return click.style(text, fg=fg, bold=bold) if colour() else text
