"""The terminal of a clerk who scans: the last verdict, seen from across a desk, and nothing older.

Word, shape, colour and sound say the same.
"""

import os
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from idcard.credential import names
from idcard.errors import translatable
from idcard.verify.verdict import ACCEPT, CANNOT_SAY, REJECT, Translate, Verdict
from idcard_cli import terminal, verdict_in_words
from idcard_cli.banner import banner

MAX_WIDTH = 100

_SHAPE = {ACCEPT: "=", REJECT: "X", CANNOT_SAY: "?"}
_BELLS = {ACCEPT: 1, REJECT: 2, CANNOT_SAY: 3}
_BETWEEN_BELLS = 0.15
"""Seconds; without a pause a terminal rings once."""
_WORD = {ACCEPT: translatable("Accept"), REJECT: translatable("Reject"), CANNOT_SAY: translatable("Cannot say")}
_READY = translatable("Scan a code. Ctrl-C ends.")
_AGAIN = translatable("The scanner sent the same code again.")
_OTHER_SCREEN, _FIRST_SCREEN, _CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"


class Screen:
    """Shows one verdict at a time."""

    def __init__(self, translate: Translate, *, quiet: bool) -> None:
        self._translate = translate
        self._quiet = quiet
        self._steers = os.environ.get("TERM", "dumb") != "dumb" or sys.platform == "win32"

    @contextmanager
    def taken(self, venue_class: str) -> Iterator[None]:
        """Meanwhile the screen is this program's; afterwards it is as before, and no verdict is left on it."""
        if self._steers:
            click.echo(_OTHER_SCREEN, nl=False)
        try:
            place = names.of_class(venue_class, self._translate)
            self._draw([f"idcard scan: {place}", "", self._translate(_READY)])
            yield
        finally:
            if self._steers:
                click.echo(_FIRST_SCREEN, nl=False)

    def show(self, told: Verdict, advice: Sequence[str], *, again: bool) -> None:
        width = min(_columns(), MAX_WIDTH)
        ink = "\u2588" if "utf" in (sys.stdout.encoding or "").lower() else "#"
        word = told.outcome.replace("-", " ").upper()
        large = [
            terminal.styled(line, fg=verdict_in_words.STYLE[told.outcome], bold=True)
            for line in banner(word, _SHAPE[told.outcome], width, ink)
        ]
        said = [*self._said(told), *(["", *advice] if advice else [])]
        if again:
            said += ["", self._translate(_AGAIN)]
        wrapped = [part for each in said for part in textwrap.wrap(terminal.printable(each), width) or [""]]
        self._draw([*large, "", *wrapped])
        self._ring(_BELLS[told.outcome])

    def _said(self, told: Verdict) -> Iterator[str]:
        """The word once more, in the clerk's language, and what it is about."""
        word = self._translate(_WORD[told.outcome])
        test = verdict_in_words.city_mark(told.environment, self._translate)
        if told.card is None:
            yield f"{word}  {told.reason}{test}"
            yield told.message
            yield told.remedy
            if told.date_note:
                yield told.date_note
            return
        yield f"{word}  {verdict_in_words.proven(told.card, self._translate)}{test}"
        yield told.remedy
        yield from verdict_in_words.validity(told.card, told.date_note, self._translate)

    def _draw(self, shown: Sequence[str]) -> None:
        click.echo((_CLEAR if self._steers else "") + "\n".join(shown))

    def _ring(self, times: int) -> None:
        if self._quiet:
            return
        for bell in range(times):
            if bell:
                time.sleep(_BETWEEN_BELLS)
            click.echo("\a", nl=False)


def _columns() -> int:
    """Of the terminal as it is now: a window may be made smaller."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80
