"""Writes what a person sees. The rules:

- stdout is data: a verdict, codes, JSON. Everything else goes to stderr as `idcard: …`, lower case, no full stop.
- Text from a code or a trust file is escaped before it is shown: it must not steer a terminal.
- Colour only on a terminal, never with NO_COLOR, and never alone: a word says the same.
"""

import io
import os
import re
import sys

import click

_UNBROKEN = "\u00a0\u202f"
"""Blanks at which no line ends."""
_NAMES_A_KEY = re.compile(r"\w+ [A-Z]")
"""Such as Caps Lock."""


def say(sentence: str) -> None:
    """Write one line to stderr. A failure is ignored, so that it does not change how the command ends."""
    try:
        click.echo(f"idcard: {printable(sentence)}", err=True)
    except OSError:
        sys.stderr = io.StringIO()


def as_clause(sentence: str) -> str:
    """A sentence in the form of a message on stderr."""
    sentence = sentence.strip().rstrip(".\u3002\u0964\u06d4")
    if _NAMES_A_KEY.match(sentence):
        return sentence
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def printable(text: str) -> str:
    """The text with escapes for all characters that are neither visible nor a blank."""
    return "".join(
        character
        if character.isprintable() or character in _UNBROKEN
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def colour() -> bool:
    """Whether stdout shows colour and the user wants it."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, *, fg: str | None = None, bold: bool = False) -> str:
    """The text in colour, if `colour` allows it."""
    return click.style(text, fg=fg, bold=bold) if colour() else text
