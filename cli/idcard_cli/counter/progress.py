"""Shows the progress of a long run on stderr, if it is a terminal."""

import os
import sys
import time
from typing import Any, Self

import click

from idcard_cli import terminal

_CLEAR = "\r\x1b[K"
_EVERY = 0.2
"""Seconds."""


class Progress:
    """A bar with rate and remaining time; only the rate for an input of unknown size; nothing in a log.

    size: of the input in bytes, or None. done: how many of them an earlier run read.
    """

    def __init__(self, label: str, what: str, size: int | None, done: int) -> None:
        """label: the verb, such as mint. what: the unit in the plural, such as records. size, done: as above."""
        self._label, self._what = label, what
        self._shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._begun = time.monotonic()
        self._drawn = 0.0
        self._lines = 0
        self._at = done
        self._bar: Any = None
        if self._shown and size:
            self._bar = click.progressbar(
                length=size, file=sys.stderr, width=0, item_show_func=lambda _: self._rate(), label=label
            )
            self._bar.pos = done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def update(self, at: int, lines: int) -> None:
        """at: bytes of the input read so far. lines: number of lines done since the last call."""
        self._lines += lines
        now = time.monotonic()
        if not self._shown or now - self._drawn < _EVERY:
            return
        self._drawn = now
        if self._bar is None:
            click.echo(f"{_CLEAR}{self._label}  {self._rate()}", err=True, nl=False)
        else:
            self._bar.update(at - self._at)
            self._at = at

    def say(self, sentence: str) -> None:
        """Print a line on stderr without damage to the bar."""
        self._clear()
        terminal.say(sentence)

    def _rate(self) -> str:
        rate = self._lines / max(time.monotonic() - self._begun, 0.001)
        return f"{self._lines:,} {self._what}, {rate:,.0f} a second"

    def _clear(self) -> None:
        if self._shown:
            click.echo(_CLEAR, err=True, nl=False)


def number(count: int, what: str) -> str:
    """So many of them. what: in the singular."""
    return f"{count:,} {what}{'s' * (count != 1)}"
