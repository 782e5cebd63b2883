"""What a person sees. The rules:

- stdout is data: a verdict, codes, JSON. Everything else goes to stderr as `idcard: …`, lower case, no full stop.
- Text from a code or a trust file is escaped before it is shown: it must not steer a terminal.
- Colour only on a terminal, never with NO_COLOR, and never alone: a word says the same.
"""

import io
import os
import sys

import click


def say(sentence: str) -> None:
    """One line on stderr. Where nobody can read it, it is dropped: it must not change how the command ends."""
    try:
        click.echo(f"idcard: {printable(sentence)}", err=True)
    except OSError:
        sys.stderr = io.StringIO()


def as_clause(sentence: str) -> str:
    """A sentence in the form that stderr has."""
    sentence = sentence.strip().removesuffix(".")
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def printable(text: str) -> str:
    """The text with everything that is not a visible character or a blank written as an escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def colour() -> bool:
    """Whether stdout shows colour and the user wants it."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def styled(text: str, *, fg: str | None = None, bold: bool = False) -> str:
    """Coloured where colour is welcome."""
    return click.style(text, fg=fg, bold=bold) if colour() else text
