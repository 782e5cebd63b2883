"""`idcard counter`: mint for a queue at a counter, one person after the other, and keep nothing about a person."""

import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from idcard import languages
from idcard.city.combinations import RareCombination
from idcard.city.counts import Counts
from idcard.city.profile import Kind
from idcard.city.record import BadRecord, Record
from idcard.city.written_date import WrittenDate
from idcard.credential.calendar import seconds
from idcard.issuing import slip_handles, slips
from idcard.issuing.code import Code, Issued
from idcard.issuing.minting import BadHandle, CannotMint, Issuer
from idcard.issuing.slip_handles import Handles
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard.printing.page import PAGES
from idcard_cli import clock, hardening, table_wording, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import library_numbers, open_city, pages, questions
from idcard_cli.counter.library_numbers import LibraryNumbers
from idcard_cli.counter.open_city import Choice, OpenCity
from idcard_cli.counter.printer import Printer
from idcard_cli.counter.questions import GivenUp
from idcard_cli.counter.window import Window

_TAKE_BACK = "take the slip back, for it cancels nothing"
_PRINTED = "the codes were printed and are good: hand them over"
_MARK_LETTERS, _MARK_LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4


@click.command()
@open_city.options
@click.option("--print", "printer", metavar="COMMAND", required=True,
              help="Command that prints a PDF from standard input, such as lp; no shell reads it.")  # fmt: skip
@click.option("--print-slips", "slip_printer", metavar="COMMAND", help="Command that prints slips (that of --print).")
@click.option("--format", "kind", type=click.Choice(PAGES), default="holder", help="What is printed (holder).")
@table_wording.date_option
@pages.page_options
@pages.numbers_option
def counter(
    chosen: Choice, printer: str, slip_printer: str | None, kind: str, date_form: WrittenDate | None, **how: Any
) -> int:
    """Ask for one person after the other, and print the slip and codes of each.

    Nothing about a person is kept, or stays on the screen for the next one. The printer must not keep jobs.

    \b
    Example:
      idcard counter --city springfield --print lp
      idcard counter --city springfield --print lp --date 31.12.1990
    """
    if chosen.passphrase_fd == 0:
        raise click.UsageError("--passphrase-fd 0 and the answers would both be standard input")
    printers = Printer(printer, "--print"), Printer(printer if slip_printer is None else slip_printer, "--print-slips")
    city = chosen.opened()
    for warning in city.warnings:
        terminal.say(warning)
    pages.check_room((kind,), city.profiles)
    pages.check_options((kind,), how, option="--format")
    test = ", test city: no real cards" if city.as_printed.test else ""
    window = Window(f"{city.plan.name}{test}")
    design = pages.design(how["design_path"], (kind,), numbered=how["numbers_path"] is not None)
    form = pages.form(kind, city.as_printed, paper=how["paper"], language=how["language"], design=design)
    numbers = library_numbers.opened(how["numbers_path"], form.design, secrets.token_hex())
    equipment = _Equipment(window, *printers, form, _languages(form), date_form or questions.PLAIN, numbers)
    hardening.off()
    with ExitStack() as stack:
        issuers = stack.enter_context(city.issuers(chosen.secrets()))
        session = _Session(chosen, city, issuers, equipment)
        if hasattr(signal, "SIGHUP"):  # closing the window ends it like Ctrl-C
            stack.callback(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.default_int_handler))
        stack.callback(session.report_end)
        stack.enter_context(window.taken())
        with suppress(KeyboardInterrupt):
            session.run()
    return Exit.DONE


def _languages(form: Form) -> tuple[str, ...]:
    """Languages in which pages can be printed. Raises MissingFont unless the chosen one can."""
    from idcard.printing import fonts  # `pages.form` has reported a missing extra
    from idcard.printing.page import MissingFont

    words = (form.city.name, form.city.contact, *form.design.texts)
    fonts.check(("en", form.language), words)
    found = []
    for code in languages.CODES:
        try:
            fonts.check((code,), words)
            found.append(code)
        except MissingFont as problem:
            terminal.say(f"no pages in {code}: {problem}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Equipment:
    """What a counter works with. offered: languages in which pages can be printed. date_form: as clerks type days.
    numbers: of a library, for cards.
    """

    window: Window
    printer: Printer
    slip_printer: Printer
    form: Form
    offered: Sequence[str]
    date_form: WrittenDate
    numbers: LibraryNumbers | None


@dataclass(frozen=True, slots=True)
class _Visit:
    """The visit of one person. mark: at the foot of slip and codes, for the clerk at a shared printer.

    city, form: read again for this person.
    """

    mark: str
    language: str
    city: OpenCity
    form: Form


class _Session:
    """The queue. Only local variables hold data of a person, so that nothing of it stays."""

    def __init__(self, chosen: Choice, city: OpenCity, issuers: Mapping[Kind, Issuer], equipment: _Equipment) -> None:
        """city: at the start of the session. issuers: of its open keys."""
        self._chosen = chosen
        self._city = city
        self._issuers = issuers
        self._window = equipment.window
        self._printer = equipment.printer
        self._slip_printer = equipment.slip_printer
        self._form = equipment.form
        self._offered = equipment.offered
        self._date_form = equipment.date_form
        self._numbers = equipment.numbers
        self._people = 0
        self._codes = 0
        self._perhaps = 0
        """People whose codes were sent to a printer that did not confirm that it printed them."""
        self._left_over = ""
        """What to do about the last person, if the session ends now."""

    def run(self) -> None:
        """Serve people until the clerk ends it. Raises KeyboardInterrupt, OSError, IdcardError."""
        while self._person():
            pass

    def report_end(self) -> None:
        """Report the totals on stderr, after the screen is restored."""
        if self._left_over:
            terminal.say(f"the last person: {self._left_over}")
        told = f"{_people(self._people)}, {_codes(self._codes)}"
        if self._perhaps:
            told += f"; {_people(self._perhaps)} whose codes may have been printed"
        terminal.say(told)

    def _person(self) -> bool:
        """Serve one person. Whether the session goes on."""
        language = self._language()
        if language is None:
            return False
        self._left_over = ""
        visit = self._begun(language)
        try:
            handles = self._slip(visit) if visit.city.revocable else None
            codes, counts = self._codes_of_one(visit, handles)
            return self._hand_out(visit, codes, counts) if codes else True
        except GivenUp:
            return True

    def _begun(self, language: str) -> _Visit:
        """Read plan, ledger and trust file again for a new visit. Raises OSError, UsageError, IdcardError."""
        if self._city.signing_keys:  # without one, the sheet of the next quarter may follow
            self._city.check_clock(_now())
        city = self._chosen.opened()
        if city.signing_keys != self._city.signing_keys:
            raise CannotMint("another key signs now than the one that was opened: start idcard counter again")
        mark = "".join(secrets.choice(_MARK_LETTERS) for _ in range(_MARK_LENGTH))
        form = self._form
        now = pages.form(form.kind, city.as_printed, paper=form.paper.value, language=form.language, design=form.design)
        return _Visit(mark, language, city, now)

    def _language(self) -> str | None:
        """The language of the next person; None to end the session."""
        self._window.show("PERSON", [f"The last person: {self._left_over}.", ""] if self._left_over else [])
        usual = self._form.language
        answers = {"": usual, "q": None}
        self._window.say("What does this person read?")
        self._window.list([f"{at:>2}  {languages.get(code).name}" for at, code in enumerate(self._offered, 1)])
        self._window.say("")
        answers |= {str(at): code for at, code in enumerate(self._offered, 1)}
        question = f"A number, Enter = {languages.get(usual).name}, q = end"
        while (answer := self._window.ask(question).lower()) not in answers:
            self._window.say("That is not one of them.")
        return answers[answer]

    def _slip(self, visit: _Visit) -> Handles:
        """Make and print the slip, until the clerk confirms that it is handed over. Raises GivenUp."""
        from idcard.printing import slip_pages

        plan = visit.city.plan
        slip = slips.new(plan.scope, life=plan.longest_life(Kind.REVOCABLE), now=seconds(_now()))
        sheet = slip_pages.Sheet(slip, visit.mark, visit.language)
        pdf = slip_pages.pdf([sheet], plan, paper=visit.form.paper, language=visit.language)
        self._left_over = (
            f"the slip may have been printed, mark {visit.mark}: look at the printer and destroy it, it cancels nothing"
        )
        while True:
            if self._is_printed("SLIP", self._slip_printer, pdf, visit.mark):
                self._left_over = _TAKE_BACK
                self._window.show(
                    "SLIP",
                    [
                        f"Give the slip to the person now: mark {visit.mark}. It is not kept and cannot be made again.",
                        "",
                    ],
                )
                answer = self._window.choose(y="it is handed over", p="print again", q="give up")
            else:
                answer = self._window.choose(p="print again", q="give up")
            if answer == "q":
                raise GivenUp
            if answer == "y":
                return slip_handles.of(slip, plan)

    def _codes_of_one(self, visit: _Visit, handles: Handles | None) -> tuple[tuple[Code, ...], Counts]:
        """The codes that the person gets, confirmed by the clerk. Raises GivenUp."""
        while True:
            self._window.show("ASK", ["q = give up this person", ""])
            now = _now()
            fields = questions.record(self._window, visit.city.profiles, now.date(), self._date_form)
            minter = visit.city.minter_of(self._issuers, now)
            try:
                codes = minter.codes(Record(fields), handles)
            except (BadRecord, BadHandle, RareCombination) as problem:
                self._window.show("CHECK", [f"No code can be made: {problem}.", ""], alarm=True)
                answer = self._window.choose(n="ask again", q="give up")
            else:
                self._window.show("CHECK", [*_summary(visit.city, codes), ""])
                what = "print the codes" if codes else "next person"
                answer = self._window.choose(y=what, n="ask again", q="give up")
            if answer == "q":
                raise GivenUp
            if answer == "y":
                return codes, minter.count(code.venue_class for code in codes)

    def _hand_out(self, visit: _Visit, codes: tuple[Code, ...], counts: Counts) -> bool:
        """Print the codes until the clerk has them. Whether the session goes on."""
        # Draw before counting: if the page cannot be drawn, no code was given out.
        page = library_numbers.numbering(forms.pages, self._numbers)
        pdf = page(visit.form, [Issued(1, visit.mark, visit.language, codes)])
        if self._numbers is not None:  # it is this person's now, whatever the printer does
            self._numbers.end()
        visit.city.check_clock(_now())
        # Count before a code is given out: the count of a leaked key must never be too low.
        visit.city.held.count(counts)
        was_printed, answer = False, "p"
        # From here on the codes may be on paper, whatever the printer reports.
        self._perhaps += 1
        self._left_over = _perhaps_printed(visit, codes)
        while answer == "p":
            if self._is_printed("PRINT", self._printer, pdf, visit.mark):
                if not was_printed:
                    self._perhaps -= 1
                    self._people += 1
                    self._codes += len(codes)
                was_printed, self._left_over = True, _PRINTED
                self._window.show(
                    "PRINT",
                    [f"Sent to the printer: {_codes(len(codes))}, mark {visit.mark}. Give them to the person.", ""],
                )
            if was_printed:
                answer = self._window.choose(y="printed, next person", p="print again", q="printed, end")
            else:
                answer = self._window.choose(p="print again", n="give up, next person", q="give up, end")
        if was_printed:
            self._left_over = _TAKE_BACK if _is_slip_unused(visit.city, codes) else ""
        return answer != "q"

    def _is_printed(self, word: str, printer: Printer, pdf: bytes, mark: str) -> bool:
        """Print. Whether it worked; if not, the screen says why."""
        self._window.show(word, ["Printing. Ctrl-C ends."])
        problem = printer.send(pdf)
        if problem is not None:
            said = [f"Not printed: {problem}", f"Look at the printer all the same: mark {mark}.", ""]
            self._window.show(word, said, alarm=True)
        return problem is None


def _summary(city: OpenCity, codes: Sequence[Code]) -> Iterator[str]:
    minted = {code.venue_class for code in codes}
    for name in city.names:
        yield f"{name.upper():<20}{'gets a code' if name in minted else 'does not qualify'}"
    if _is_slip_unused(city, codes):
        yield f"{_TAKE_BACK.capitalize()}."


def _is_slip_unused(city: OpenCity, codes: Sequence[Code]) -> bool:
    return bool(city.revocable) and not any(code.venue_class in city.revocable for code in codes)


def _perhaps_printed(visit: _Visit, codes: Sequence[Code]) -> str:
    """What to do about codes that were sent to a printer and may not have been printed."""
    if not visit.city.revocable:
        rest = "destroy them"
    elif _is_slip_unused(visit.city, codes):
        rest = f"destroy them, and {_TAKE_BACK}"
    else:
        rest = "destroy them and take the slip back, or leave the slip with the person"
    return f"the codes may have been printed, mark {visit.mark}: look at the printer; {rest}"


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _codes(number: int) -> str:
    return f"{number:,} code{'s' * (number != 1)}"


def _now() -> datetime:
    return clock.now()
