"""`idcard scan`: a verdict for each scanned code (specs/scan.md)."""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from idcard.credential.calendar import as_month, month_of, seconds
from idcard.errors import Reason, Refused, translatable
from idcard.repairs import encodings
from idcard.verify import verdict
from idcard.verify.tally import TallyKey
from idcard.verify.verdict import ACCEPT, CANNOT_SAY, REJECT, Translate, Verdict
from idcard_cli import language, memory_file, terminal, verdict_in_words
from idcard_cli.class_name import ClassName
from idcard_cli.command import Exit
from idcard_cli.venue import keyboard, lines, tally_file
from idcard_cli.venue.class_completion import complete_class
from idcard_cli.venue.last_line import LastLine
from idcard_cli.venue.lines import Lines
from idcard_cli.venue.screen import Screen
from idcard_cli.venue.trust_in_use import TrustInUse

if TYPE_CHECKING:
    from io import BufferedReader

_NO_ENTER = translatable("The scanner sends nothing after a code: set it to send Enter after each code.")
_HALF = translatable("The code was not read whole: scan it once more.")
_STAYS = {ACCEPT: 12, REJECT: 40, CANNOT_SAY: 40}
"""Silences after which a verdict goes, so that nobody takes it for the next person's."""


@click.command()
@click.option("--for", "venue_class", type=ClassName(), required=True, metavar="CLASS", shell_complete=complete_class,
              help="The kind of place, such as library.")  # fmt: skip
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@memory_file.option
@tally_file.option
@language.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, on a terminal too (specs/scan.md).")
@click.option("--quiet", is_flag=True, help="No sound.")
def scan(
    venue_class: str,
    trust: str | None,
    memory_path: Path | None,
    tally_path: Path | None,
    translate: Translate,
    as_json: bool,
    quiet: bool,
) -> int:
    """Say for each scanned code whether it is good for this kind of place.

    For scanners that act as a keyboard, and for programs: one line in, one verdict out. A terminal does not show what
    is typed, and beeps the outcome: once for accept, twice for reject, three times for cannot say. Ctrl-C or the end of
    the input ends it. idcard tally shows all that is written down.

    \b
    Example:
      idcard scan --for library
      idcard scan --for library --json < codes/library.txt
    """
    in_use = TrustInUse(trust, memory_path)
    verifier = in_use.verifier(datetime.now(UTC))
    if venue_class not in verifier.classes:
        raise Refused(Reason.UNKNOWN_CLASS, label=", ".join(verifier.classes))
    counted = tally_file.find(tally_path, memory_path) if tally_path is not None or trust is None else None
    screen = None if as_json or not sys.stdout.isatty() else Screen(translate, quiet=quiet)
    _Scan(in_use, venue_class, counted, screen, translate).run()
    return Exit.DONE


class _Scan:
    """One session: the loop and its state, which holds no code but a keyed hash of the last one."""

    def __init__(
        self,
        trust: TrustInUse,
        venue_class: str,
        tally_path: Path | None,
        screen: Screen | None,
        translate: Translate,
    ) -> None:
        self._trust = trust
        self._venue_class = venue_class
        self._screen = screen
        self._translate = translate
        self._last = LastLine()
        self._counts = tally_file.Counts(tally_path)
        self._outcomes: Counter[str] = Counter()
        self._advised: set[str] = set()
        self._typed = False
        self._answered = -keyboard.ECHO_SECONDS
        self._is_foreign = False
        self._shown = ""

    def run(self) -> None:
        if sys.stdin is None:
            raise click.ClickException("standard input is closed")
        with ExitStack() as stack:
            if hasattr(signal, "SIGHUP"):  # closing the window ends it like Ctrl-C
                stack.callback(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.default_int_handler))
            stack.callback(self._end)
            self._typed = sys.stdin.isatty()
            if self._typed:
                stack.enter_context(keyboard.silent())
            if self._screen is not None:
                stack.enter_context(self._screen.active(self._venue_class))
            with suppress(KeyboardInterrupt):
                if self._typed:
                    self._answer_typed()
                else:
                    self._answer_piped()

    def _answer_piped(self) -> None:
        received = Lines()
        for data in encodings.in_utf8(_piped()):
            self._answer_all(received.feed(data))
        self._answer_all(received.end())

    def _answer_typed(self) -> None:
        received, quiet, pressed = Lines(keyboard.ENDS, unseen=keyboard.KEY), keyboard.AT_REST, b""
        for data in keyboard.typed():
            keys = keyboard.KEY.sub(b"", data)
            if data == keyboard.SILENCE:
                quiet += 1
                self._answer_silence(received, quiet)
            elif keys[:1] in keyboard.STOPS and not keys.strip(keys[:1]) and not received.pending:
                # A scanner may send one behind a code. A person presses it again.
                pressed += keys
                if quiet >= keyboard.AT_REST or pressed.endswith(2 * keys[:1]):
                    break
            else:
                if received.is_seen(data):
                    quiet, pressed = 0, b""
                self._answer_all(received.feed(data))
        self._answer_all(received.end())

    def _answer_silence(self, received: Lines, quiet: int) -> None:
        """quiet: number of silences in a row."""
        if received.pending and quiet in (keyboard.WHOLE_AFTER, keyboard.UNFINISHED_AFTER):
            line = received.held
            reason = self._judge(lines.as_text(line), datetime.now(UTC))[1].reason
            is_whole = reason not in (*verdict.UNSIGNED, Reason.KEYBOARD.value)
            if is_whole or quiet == keyboard.UNFINISHED_AFTER:
                list(received.end())
                if reason == Reason.MALFORMED.value:
                    self._say(_HALF)
                elif is_whole or len(line) >= keyboard.LEAST:
                    self._answer(line, ended=False)
        if quiet == keyboard.ENDED_AFTER:
            self._is_foreign = False
        if quiet == _STAYS.get(self._shown):
            self._say("")
        self._counts.write()

    def _say(self, sentence: str) -> None:
        """Show that the screen waits for a code, and a sentence."""
        self._shown = ""
        if self._screen is not None:
            self._screen.wait(sentence)

    def _answer_all(self, received: Iterator[bytes]) -> None:
        for line in received:
            self._answer(line, ended=True)

    def _answer(self, line: bytes, *, ended: bool) -> None:
        """ended: whether the line had a line end."""
        now, moment, text = datetime.now(UTC), time.monotonic(), lines.as_text(line)
        try:
            text, judged = self._judge(text, now)
        except Exception:
            # Any failure: the next card may be fine, and the text of the exception may hold the code.
            judged = verdict_in_words.failed(self._venue_class, self._translate)
        if self._is_behind(judged, line, moment) or self._is_more(judged):
            return
        again = self._last.is_again(text, moment)
        if not again:
            self._outcomes[judged.outcome] += 1
            self._counts.add(TallyKey(as_month(month_of(seconds(now))), self._venue_class, judged.reason or ACCEPT))
        self._show(judged, self._advice(judged, ended=ended), again=again)
        self._counts.write()
        self._answered, self._shown = time.monotonic(), judged.outcome

    def _is_behind(self, judged: Verdict, line: bytes, moment: float) -> bool:
        """Whether a keyboard scanner added this line to the code before, such as a date after Tab."""
        soon = self._typed and moment - self._answered < keyboard.ECHO_SECONDS
        return soon and len(line) < keyboard.LEAST and judged.reason == Reason.NOT_A_CODE.value

    def _is_more(self, judged: Verdict) -> bool:
        """Whether this is one more line of a foreign code that has many, such as an address card."""
        was_foreign, self._is_foreign = self._is_foreign, judged.reason == Reason.NOT_A_CODE.value
        return self._typed and was_foreign and self._is_foreign

    def _judge(self, text: str, now: datetime) -> tuple[str, Verdict]:
        """The text that was judged, and its verdict."""
        try:
            verifier = self._trust.verifier(now)
        except Refused as refused:
            return text, verdict.of_refusal(refused, self._venue_class, None, now, self._translate)
        except (OSError, click.ClickException):
            return text, verdict_in_words.without_trust_file(self._venue_class, self._translate)
        return verdict.judge_typed(verifier, text, self._venue_class, now=now, translate=self._translate)

    def _advice(self, judged: Verdict, *, ended: bool) -> list[str]:
        """Advice that was not given before."""
        sentences = judged.advice(self._translate)
        if not ended and judged.reason != Reason.NOT_A_CODE.value:
            sentences.append(self._translate(_NO_ENTER))
        new = [each for each in dict.fromkeys(sentences) if each not in self._advised]
        self._advised.update(new)
        return new

    def _show(self, judged: Verdict, advice: Sequence[str], *, again: bool) -> None:
        if self._screen is None:
            more = {"again": again, "undone": list(judged.undone), "advice": list(advice)}
            click.echo(json.dumps(judged.as_json() | more))
        else:
            self._screen.show(judged, advice, again=again)

    def _end(self) -> None:
        self._counts.write(last=True)
        codes = sum(self._outcomes.values())
        parts = [f"{self._outcomes[outcome]:,} {outcome.replace('-', ' ')}" for outcome in (ACCEPT, REJECT, CANNOT_SAY)]
        terminal.say(f"{codes:,} code{'s' * (codes != 1)}: {', '.join(parts)}")


def _piped() -> Iterator[bytes]:
    """Bytes from stdin as they arrive, until it ends or the device is unplugged."""
    stdin = cast("BufferedReader", sys.stdin.buffer)
    while True:
        try:
            data = stdin.read1(1 << 16)
        except OSError as problem:
            terminal.say(f"the input is gone: {(problem.strerror or 'failed').lower()}")
            return
        if not data:
            return
        yield data
