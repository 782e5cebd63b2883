"""Shows the last verdict on a terminal, large enough to read from across a desk, and nothing older.

Word, shape, colour and sound say the same.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from idcard.credential import names
from idcard.errors import translatable
from idcard.verify.verdict import ACCEPT, CANNOT_SAY, REJECT, Translate, Verdict
from idcard_cli import language, terminal, verdict_in_words
from idcard_cli.banner import banner
from idcard_cli.venue import wrapping

MAX_WIDTH = 100

_SHAPE = {ACCEPT: "=", REJECT: "X", CANNOT_SAY: "?"}
_BELLS = {ACCEPT: 1, REJECT: 2, CANNOT_SAY: 3}
_BETWEEN_BELLS = 0.15
"""Seconds; without a pause a terminal beeps only once."""
_WORD = {ACCEPT: translatable("Accept"), REJECT: translatable("Reject"), CANNOT_SAY: translatable("Cannot check")}
_READY = translatable("Scan a code. Ctrl-C ends.")
_AGAIN = translatable("The scanner sent the same code again.")
_OTHER_SCREEN, _FIRST_SCREEN, _CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"


class Screen:
    """Shows one verdict at a time."""

    def __init__(self, translate: Translate, *, quiet: bool) -> None:
        self._translate = translate
        self._quiet = quiet
        self._place = ""
        self._steers = os.environ.get("TERM", "dumb") != "dumb" or sys.platform == "win32"

    @contextmanager
    def active(self, venue_class: str) -> Iterator[None]:
        """Use the whole screen; restore it afterwards, so that no verdict stays on it."""
        if self._steers:
            click.echo(_OTHER_SCREEN, nl=False)
        try:
            self._place = names.of_class(venue_class, self._translate)
            note = language.unreviewed(self._translate)
            self._draw([*self._waiting(), *(["", note] if note else [])])
            yield
        finally:
            if self._steers:
                click.echo(_FIRST_SCREEN, nl=False)

    def _waiting(self) -> list[str]:
        return [f"idcard scan: {self._place}", "", self._translate(_READY)]

    def wait(self, sentence: str) -> None:
        """Show that the next code can come, instead of the last verdict. sentence: what else is said; may be empty."""
        said = wrapping.wrapped(self._translate(sentence), min(_columns(), MAX_WIDTH)) if sentence else []
        self._draw([*said, *([""] if said else []), *self._waiting()])

    def show(self, judged: Verdict, advice: Sequence[str], *, again: bool) -> None:
        width = min(_columns(), MAX_WIDTH)
        ink = "\u2588" if "utf" in (sys.stdout.encoding or "").lower() else "#"
        word = judged.outcome.replace("-", " ").upper()
        large = [
            terminal.styled(line, fg=verdict_in_words.STYLE[judged.outcome], bold=True)
            for line in banner(word, _SHAPE[judged.outcome], width, ink)
        ]
        sentences = [*self._sentences(judged), *(["", *advice] if advice else [])]
        if again:
            sentences += ["", self._translate(_AGAIN)]
        wrapped = [part for each in sentences for part in wrapping.wrapped(terminal.printable(each), width)]
        self._draw([*large, "", *wrapped])
        self._ring(_BELLS[judged.outcome])

    def _sentences(self, judged: Verdict) -> Iterator[str]:
        """The outcome in the clerk's language, and the details."""
        word = self._translate(_WORD[judged.outcome])
        test = verdict_in_words.city_mark(judged.environment, self._translate)
        if judged.card is None:
            yield f"{word}  {judged.reason}{test}"
            yield judged.message
            yield judged.remedy
            if judged.date_note:
                yield judged.date_note
            return
        yield f"{word}  {verdict_in_words.proven(judged.card, self._translate)}{test}"
        yield judged.remedy
        yield from verdict_in_words.validity(judged.card, judged.date_note, self._translate)

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
    """Width of the terminal now; a window can be resized."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80
