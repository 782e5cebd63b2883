"""`idcard counter`: a queue at a counter. The session, in this process: a clerk who types from a list, and a printer
that keeps its pages. What only a terminal shows is in test_counter_terminal.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from unittest import mock

import click
import pytest
from command import ACCEPT, USAGE, Office, idcard_inside, inside, instant
from idcard_cli.counter import counter as counter_command
from idcard_cli.counter import questions
from idcard_cli.counter.printer import Printer
from idcard_cli.counter.window import MAX_WIDTH, Window
from prints import all_scanned, needs_font, pictures, read

from idcard import languages
from idcard.city import combinations
from idcard.city.combinations import Common
from idcard.city.profile import Kind, Profile
from idcard.city.written_date import WrittenDate
from idcard.credential import signed, text
from idcard.credential.claims import FLAGS
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.printing import page_text

Step = tuple[str, str] | Callable[[], object]
"""What must be on the page at a question, and what is typed then; or what happens before the next question."""

SPRINGFIELD = Scope(Environment.TEST, "springfield")
CLEAR = "\x1b[H\x1b[2J\x1b[3J"
TAKE_BACK = "take the slip back, for it cancels nothing"
DESTROY_SLIP = "the slip may have been printed, mark MARK: look at the printer and destroy it, it cancels nothing"
PERHAPS = (
    "the codes may have been printed, mark MARK: look at the printer; destroy them and take the slip back, or leave "
    "the slip with the person"
)
GOOD = "the codes were printed and are good: hand them over"
NOBODY = "idcard: 0 people, 0 codes\n"
MAYBE = "idcard: 0 people, 0 codes; 1 person whose codes may have been printed\n"
MARK = re.compile("mark ([0-9A-HJKMNP-TV-Z]{4})\\b")
CLASSES = ("library", "museum", "pool", "pharmacy", "theatre")
PHARMACY = 4
OF_ADULT = {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}
TOMORROW = "2026-11-23 12:00"
LANGUAGE, RESIDENT, PRINT, AGAIN = ("person read?", ""), ("Resident", "y"), ("y = print the codes", "y"), ("again", "p")
PERSON = (LANGUAGE, ("Give the slip", "y"))
ADULT = (RESIDENT, ("Student", "n"), ("Birth date", "1990-12-31"), ("Right?", "y"))
CHILD = (*ADULT[:2], ("Birth date", "2015-06-15"), ("11 years old", "y"))
NEXT, END, LEAVE = ("y = printed, next person", "y"), ("q = printed, end", "q"), ("q = end", "q")
WHOLE = (*PERSON, *ADULT, PRINT)


@dataclass
class Clerk:
    """At a counter of this city. pages: the page at each question. printed: each PDF, with the counts of that moment,
    and whether it went to the printer of slips. told: stderr.
    """

    office: Office
    at: str
    problem: str | None = None
    hangs: bool = False
    pages: list[str] = field(default_factory=list)
    shown: str = ""
    printed: list[bytes] = field(default_factory=list)
    counted: list[dict[str, int]] = field(default_factory=list)
    printers: list[str] = field(default_factory=list)
    told: str = ""

    def jam(self) -> None:
        self.problem = "lp: paper jam"

    def mend(self) -> None:
        self.problem = None

    def hang(self) -> None:
        self.hangs = True

    def set_clock(self, at: str) -> Step:
        return lambda: setattr(self, "at", at)

    def works(self, *steps: Step, options: Sequence[object] = (), secret: bool = True, code: int = ACCEPT) -> str:
        """What is told at the end. After the last step comes Ctrl-C."""
        left = iter(steps)

        class Desk(Window):
            def __init__(self, heading: str) -> None:
                self._heading = heading

            @contextmanager
            def taken(self) -> Iterator[None]:
                yield

            def ask(_, question: str) -> str:  # noqa: N805
                return self._answer(question, left)

            def _width(self) -> int:
                return MAX_WIDTH

        class Tray(Printer):
            def __init__(self, command: str, option: str) -> None:
                self.name = command

            def send(tray, pdf: bytes) -> str | None:  # noqa: N805
                return self._print(tray.name, pdf)

        given = (*self.office.secret, *options) if secret else options
        replaced = mock.patch.multiple(counter_command, Window=Desk, Printer=Tray)
        with replaced, mock.patch("click.utils.should_strip_ansi", return_value=False):
            ended = inside("counter", *self.office.here, "--print", "lp", *given, clock=lambda: instant(self.at))
        # Which pages cannot be printed here depends on the fonts of the machine.
        self.told = re.sub(r"^idcard: no pages in .*\n", "", ended.err, flags=re.MULTILINE)
        assert ended.code == code, ended.err
        assert list(left) == []
        return MARK.sub("mark MARK", self.told)

    def _answer(self, question: str, left: Iterator[Step]) -> str:
        print(end=f"{question}: ")  # noqa: T201
        sys.stdout.flush()
        self.shown = sys.stdout.buffer.getvalue().decode()  # type: ignore[attr-defined]
        self.pages.append(self.shown.rpartition(CLEAR)[2])
        for step in left:
            if isinstance(step, tuple):
                if step[0] not in self.pages[-1]:
                    pytest.fail(f"{step[0]!r} is not on this page: {self.pages[-1]}")  # the command does not catch it
                print()  # noqa: T201
                return step[1]
            step()
        raise KeyboardInterrupt

    def _print(self, printer: str, pdf: bytes) -> str | None:
        if self.hangs:
            raise KeyboardInterrupt
        self.printed.append(pdf)
        self.printers.append(printer)
        self.counted.append(counts(self.office))
        return self.problem

    @property
    def page(self) -> str:
        """The last."""
        return self.pages[-1]


@pytest.fixture
def clerk(office: Office) -> Clerk:
    return Clerk(office, office.at)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def counts(office: Office) -> dict[str, int]:
    path = office.folder / "counts.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return {venue_class: int(codes) for _, _, _, venue_class, codes in rows}


def unwrapped(page: str) -> str:
    return " ".join(page.split())


def codes_on(pdf: bytes) -> list[str]:
    return [found for page in pictures(pdf) for found, _ in all_scanned(page)]


def of_classes(*names: str) -> list[str]:
    return [word for name in names for word in ("--for", name)]


# ---- a day at the counter ----


def test_two_people_get_a_slip_and_codes_each_and_every_code_is_good(office: Office, clerk: Clerk) -> None:
    student = (RESIDENT, ("Student", "yes"), ("Birth date", "2004-02-29"), ("22 years old", "y"))
    second = (("person read?", "2"), PERSON[1], *student, PRINT, ("mark", "y"), LEAVE)
    assert clerk.works(*WHOLE, NEXT, *second) == "idcard: 2 people, 9 codes\n"
    slip_one, sheet_one, slip_two, sheet_two = clerk.printed
    typed_slips = [codes_on(page)[0] for page in (slip_one, slip_two)]
    for typed, sheet, accepted in zip(typed_slips, (sheet_one, sheet_two), (CLASSES[:4], CLASSES), strict=True):
        slip, found = slips.decode(typed, SPRINGFIELD), set(codes_on(sheet))
        assert {name for name in CLASSES for code in found if office.verdict(code, name) == "accept"} == {*accepted}
        handles = {signed.decode(text.decode(code)[1]).claims.handle for code in found} - {None}
        assert handles == {slip.handle(PHARMACY)}
    assert page_text.TEST in read(sheet_one)
    for page in (slip_two, sheet_two):
        assert languages.get("es").translate(page_text.TEST) in read(page)
    # Counted before they are printed.
    assert clerk.counted[:2] == [{}, OF_ADULT]
    assert counts(office) == {"library": 2, "museum": 2, "pool": 2, "pharmacy": 2, "theatre": 1}
    assert typed_slips[0] != typed_slips[1]
    marks = [MARK.findall(page)[0] for page in clerk.pages if MARK.search(page)]
    assert (marks[0], marks[2]) == (marks[1], marks[3])
    assert marks[0] != marks[2]
    assert all(mark in read(pdf).split() for pdf, mark in zip(clerk.printed, marks, strict=True))
    # Nothing of the first person is on the page of the second, or above it.
    assert not re.search("1990|December|Resident|gets a code|LIBRARY|4 codes", clerk.pages[8])
    assert not re.search("1990|Resident|35", clerk.pages[7])
    assert re.findall("\x1b\\[2J(?!\x1b\\[3J)", clerk.shown) == []


def test_a_card_and_its_code_is_cancelled_by_the_slip(office: Office, clerk: Clerk) -> None:
    clerk.works(*PERSON, RESIDENT, PRINT, END, options=("--format", "card", *of_classes("library", "pharmacy")))
    slip, card = clerk.printed
    assert set(read(card).split()) >= {"LIBRARY", "PHARMACY"}
    assert len(codes_on(card)) == 2
    (code,) = [each for each in codes_on(card) if office.verdict(each, "pharmacy") == "accept"]
    assert office.done("cancel", *office.here, stdin=codes_on(slip)[0].encode()) == (
        "pharmacy: cancelled, until 2028-01-01\n"
    )
    office.publish(at=TOMORROW)
    assert office.verdict(code, "pharmacy", at=TOMORROW) == "cancelled-code"


def test_a_card_in_the_hand_has_a_number_of_the_library_that_is_used_up(office: Office, clerk: Clerk) -> None:
    (office.home / "card.toml").write_text('schema = 1\n[library]\nbarcode = "codabar"\n', "utf-8")
    numbers = office.home / "numbers.txt"
    numbers.write_text("31\n12\n", "utf-8")
    numbered = ("--design", office.home / "card.toml", "--library-numbers", numbers)
    again = ((LANGUAGE[0], "x"), ("That is not one of them", "q"))
    told = clerk.works(
        LANGUAGE, RESIDENT, PRINT, AGAIN, NEXT, *again,
        options=("--format", "back", *of_classes("library", "museum"), *numbered),
    )  # fmt: skip
    assert told == "idcard: 1 person, 2 codes\n"
    one, other = clerk.printed
    assert one == other
    assert "LIBRARY · MUSEUM" in read(one)
    assert "31" in read(one).split()
    assert numbers.read_text("utf-8") == "12\n"


# ---- what is asked ----


def test_no_more_is_asked_than_the_answers_before_leave_open(office: Office, clerk: Clerk) -> None:
    """Who is no resident gets nothing, whatever else is true."""
    told = clerk.works(*PERSON, ("Resident", "n"), ("y = next person", "y"), LEAVE)
    assert told == f"idcard: the last person: {TAKE_BACK}\n{NOBODY}"
    assert "Student" not in clerk.shown
    assert "Birth date" not in clerk.shown
    none = "".join(f"{name.upper():<20}does not qualify\n" for name in CLASSES)
    assert f"{none}{TAKE_BACK.capitalize()}.\n" in clerk.pages[-2]
    assert f"The last person: {TAKE_BACK}." in clerk.page
    assert (counts(office), len(clerk.printed)) == ({}, 1)


def test_a_class_that_was_not_chosen_asks_for_nothing(clerk: Clerk) -> None:
    clerk.works(LANGUAGE, RESIDENT, ("LIBRARY             gets a code", "q"), LEAVE, options=("--for", "library"))
    assert "PHARMACY" not in clerk.shown
    assert "slip" not in clerk.shown.lower()


def test_enter_assumes_nothing(clerk: Clerk) -> None:
    def asked(question: str) -> list[Step]:
        typed = ("", "x", "1", "yn", "ja")
        again = ("Type y or n, and Enter.", "Y")
        return [(f"{question} (y/n)", typed[0]), *(("Type y or n, and Enter.", each) for each in typed[1:]), again]

    dates = (("Birth date", ""), ("Write it like 1990-12-31", "1990-12-31"), ("Right?", ""), ("Type y or n", "y"))
    codes = (("print the codes", ""), ("Type one of y, n, q", "yy"), ("Type one of y, n, q", "q"))
    clerk.works(*PERSON, *asked("Resident"), *asked("Student"), *dates, *codes)
    assert len(clerk.printed) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("31.12.1990", "Write it like 1990-12-31: year, month, day."),
        ("12/31/1990", "Write it like 1990-12-31"),
        ("90-12-31", "Write it like 1990-12-31"),
        ("19901231", "Write it like 1990-12-31"),
        ("1990-W01-1", "Write it like 1990-12-31"),
        ("1990-1-1", "Write it like 1990-12-31"),
        ("-1990-12-31", "Write it like 1990-12-31"),
        ("\u0661\u0669\u0669\u0660-12-31", "Write it like 1990-12-31"),
        ("\x1b[A", "Write it like 1990-12-31"),
        ("1990-02-30", "There is no such day."),
        ("1990-13-01", "There is no such day."),
        ("1990-00-01", "There is no such day."),
        ("2023-02-29", "There is no such day."),
        ("0000-01-01", "There is no such day."),
        ("2026-11-23", "That day is still to come."),
        ("2090-12-31", "That day is still to come."),
    ],
)
def test_read_date_says_why_it_is_none(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        questions.read_date(typed, date(2026, 11, 22))


@pytest.mark.parametrize("typed", ["2026-11-22", "2024-02-29", "1800-01-01"])
def test_read_date_takes_days_that_have_come(typed: str) -> None:
    assert questions.read_date(typed, date(2026, 11, 22)).isoformat() == typed


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1990-12-31", "Write it like 31.12.1990, which is 31 December 1990."),
        ("12.31.1990", "There is no such day."),
        ("31.12.90", "Write it like 31.12.1990"),
        ("23.11.2026", "That day is still to come."),
    ],
)
def test_a_declared_date_is_read_in_no_other_form(typed: str, says: str) -> None:
    form = WrittenDate.like("31.12.1990")
    assert questions.read_date("1.2.1990", date(2026, 11, 22), form) == date(1990, 2, 1)
    with pytest.raises(ValueError, match=re.escape(says)):
        questions.read_date(typed, date(2026, 11, 22), form)


def test_a_clerk_types_dates_as_the_office_writes_them(clerk: Clerk) -> None:
    born = (*ADULT[:2], ("Birth date, written like 31.12.1990", "31.12.1990"), ("31 December 1990", "y"))
    clerk.works(*PERSON, *born, PRINT, END, options=("--date", "31.12.1990"))
    assert len(clerk.printed) == 2


def test_a_date_is_asked_for_until_it_is_right(clerk: Clerk) -> None:
    """In words, with the age; what is rarely right is typed twice, and what no code can have is refused."""
    clerk.works(
        *PERSON, *ADULT[:2],
        ("Birth date", "31.12.1990"), ("Write it like 1990-12-31", "1990-02-30"),
        ("There is no such day.", "2090-12-31"), ("That day is still to come.", "1990-12-13"),
        ("13 December 1990, 35 years old. Right? (y/n): ", "n"),
        ("Birth date", "1900-12-31"), ("That would be 125 years old. If it is right, type it once more.", "1990-12-31"),
        ("31 December 1990, 35 years old. Right?", "n"),
        ("Birth date", "2026-11-01"), ("That would be not a year old", "1900-12-31"),
        ("That would be 125 years old", "1900-12-31"), ("125 years old. Right?", "n"),
        ("Birth date", "2026-11-01"), ("That would be not a year old", "2026-11-01"), ("not a year old. Right?", "n"),
        ("Birth date", "1800-12-31"), ("once more", "1800-12-31"), ("Right?", "y"),
        ("No code can be made: field 'birth_date' is more than 150 years ago", "n"), *ADULT, ("print the codes", "q"),
    )  # fmt: skip
    assert "1800" not in next(page for page in clerk.pages if "No code can be made" in page)


def profile(name: str, *flags: int, ages: tuple[int, ...] = ()) -> Profile:
    return Profile(venue_class=name, kind=Kind.COHORT, flags=frozenset(flags), ages=ages, life=12, max_version=9)


LIVES_HERE, STUDENT, SENIOR = 1, 4, 5
LIBRARY, THEATRE, BUS = profile("library", LIVES_HERE), profile("theatre", LIVES_HERE, STUDENT), profile("bus", SENIOR)
CLINIC, POOL = profile("clinic", LIVES_HERE, ages=(18,)), profile("pool", ages=(18,))


@pytest.mark.parametrize(
    ("profiles", "true", "asked", "with_date"),
    [
        ([LIBRARY], {LIVES_HERE}, [LIVES_HERE], False),
        ([LIBRARY, THEATRE], {LIVES_HERE}, [LIVES_HERE, STUDENT], False),
        ([LIBRARY, THEATRE], set(), [LIVES_HERE], False),
        ([THEATRE, BUS], {SENIOR}, [LIVES_HERE, SENIOR], False),
        ([THEATRE, BUS], {LIVES_HERE, STUDENT, SENIOR}, [LIVES_HERE, STUDENT, SENIOR], False),
        ([CLINIC], {LIVES_HERE}, [LIVES_HERE], True),
        ([CLINIC], set(), [LIVES_HERE], False),
        ([POOL], set(), [], True),
        ([CLINIC, POOL], set(), [LIVES_HERE], True),
        ([profile("all", *FLAGS)], set(FLAGS), list(FLAGS), False),
    ],
)
def test_which_questions_follow_from_which_answers(
    profiles: list[Profile], true: set[int], asked: list[int], with_date: bool
) -> None:
    said: dict[int, bool] = {}
    while (number := questions.next_flag(profiles, said)) is not None:
        said[number] = number in true
    assert (list(said), questions.needs_birth_date(profiles, said)) == (asked, with_date)


def test_asked_again_from_the_questions_with_the_same_slip(office: Office, clerk: Clerk) -> None:
    again = (("Resident", "n"), ("n = ask again", "n"), *ADULT, ("PHARMACY            gets a code", "n"))
    clerk.works(*PERSON, *again, *ADULT, PRINT, END)
    assert (counts(office), len(clerk.printed)) == (OF_ADULT, 2)


@needs_font(*languages.CODES)
def test_languages_are_chosen_by_their_number(clerk: Clerk) -> None:
    wrong = (("Enter = Français", "12"), ("That is not one of them.", "0"), ("That is not one of them.", "11"))
    clerk.works(*wrong, ("Resident", "q"), options=("--language", "fr", "--for", "library"))
    assert re.findall(r"(\d+)  (\w+)", clerk.pages[0].replace("\x1b[30G", ""))[:2] == [
        ("1", "English"),
        ("7", "한국어"),
    ]


# ---- giving up ----


def test_a_person_is_given_up_at_any_question_and_the_slip_comes_back(office: Office, clerk: Clerk) -> None:
    stages: list[tuple[Step, ...]] = [ADULT[:answered] for answered in range(len(ADULT) + 1)]
    stages.append((("Resident", "n"),))
    given_up: list[Step] = [step for stage in stages for step in (*PERSON, *stage, ("q = give up", "q"))]
    at_slip = (LANGUAGE, ("q = give up", "q"))
    assert clerk.works(*given_up, *at_slip, *WHOLE, END) == "idcard: 1 person, 4 codes\n"
    begun = [page for page in clerk.pages if "person read?" in page]
    assert [f"The last person: {TAKE_BACK}." in page for page in begun] == [False, *[True] * (len(stages) + 1)]
    assert all("1990" not in page for page in begun)
    assert (counts(office), len(clerk.printed)) == (OF_ADULT, len(stages) + 3)


def test_who_gets_only_codes_without_a_handle_gives_the_slip_back(office: Office, clerk: Clerk) -> None:
    """The city asks at the pharmacy for an age, so a child gets codes and none of them has a handle."""
    plan = office.folder / "city.json"
    fields = json.loads(plan.read_text("utf-8"))
    fields["classes"][PHARMACY - 1] |= {"ages": [18], "least_age": 18}
    plan.write_text(json.dumps(fields), "utf-8")
    of_child = (*PERSON, *CHILD, ("Take the slip back", "y"))
    back = (f"The last person: {TAKE_BACK}.", "")
    told = clerk.works(*of_child, NEXT, back, *of_child[1:-1], clerk.jam, of_child[-1], ("Not printed", "q"))
    assert re.findall(r"^([A-Z]+) +gets a code$", clerk.pages[6], re.MULTILINE) == ["LIBRARY", "MUSEUM"]
    assert f"look at the printer; destroy them, and {TAKE_BACK}\n" in told


# ---- printing ----


def test_what_is_printed_again_is_the_same(office: Office, clerk: Clerk) -> None:
    told = clerk.works(LANGUAGE, AGAIN, *WHOLE[1:], ("Sent to the printer: 4 codes", "p"), AGAIN, END)
    assert told == "idcard: 1 person, 4 codes\n"
    slip, slip_again, *sheets = clerk.printed
    assert slip == slip_again
    assert (len(sheets), len(set(sheets))) == (3, 1)
    assert counts(office) == OF_ADULT


def test_a_printer_that_fails_says_why_and_is_tried_again(office: Office, clerk: Clerk) -> None:
    failed = "Not printed: lp: paper jam"
    of_slip = (clerk.jam, LANGUAGE, (failed, "y"), ("Type one of p, q", "p"), clerk.mend, (failed, "p"), PERSON[1])
    of_codes = (clerk.jam, PRINT, (failed, "p"), (failed, "y"), ("Type one of p, n, q", "y"), clerk.mend, AGAIN, END)
    assert clerk.works(*of_slip, *ADULT, *of_codes) == "idcard: 1 person, 4 codes\n"
    assert "y =" not in clerk.pages[1]
    assert counts(office) == OF_ADULT


def test_codes_that_were_printed_once_are_out_even_if_the_printer_fails_then(clerk: Clerk) -> None:
    told = clerk.works(*WHOLE, clerk.jam, AGAIN, ("Not printed", "n"), ("Type one of y, p, q", "y"), LEAVE)
    assert told == "idcard: 1 person, 4 codes\n"
    assert "The last person" not in clerk.page


@pytest.mark.parametrize("printed", [False, True], ids=["jam", "Ctrl-C"])
def test_codes_that_could_not_be_printed_may_be_on_paper_and_stay_counted(
    office: Office, clerk: Clerk, printed: bool
) -> None:
    if printed:
        ends: tuple[Step, ...] = (clerk.hang, PRINT)
    else:
        ends = (clerk.jam, PRINT, ("Look at the printer all the same: mark ", "n"), ("The last person", "q"))
    assert clerk.works(*PERSON, *ADULT, *ends) == f"idcard: the last person: {PERHAPS}\n{MAYBE}"
    if not printed:
        assert PERHAPS in MARK.sub("mark MARK", unwrapped(clerk.page))
        assert MARK.findall(clerk.page) == MARK.findall(clerk.told)
    assert counts(office) == OF_ADULT


def test_what_is_left_over_of_one_person_ends_with_the_next(office: Office, clerk: Clerk) -> None:
    """The printer of these tests prints first, and then says that there is no paper."""
    one = (RESIDENT, PRINT)
    failed = (clerk.jam, LANGUAGE, *one, ("Not printed", "n"), clerk.mend, ("destroy them.", ""))
    told = clerk.works(*failed, *one, NEXT, LEAVE, options=("--for", "library"))
    assert told == "idcard: 1 person, 1 code; 1 person whose codes may have been printed\n"
    assert "The last person" not in clerk.page
    assert (counts(office), len(clerk.printed)) == ({"library": 2}, 2)


@pytest.mark.parametrize("hangs", [False, True], ids=["jam", "Ctrl-C"])
def test_a_slip_that_could_not_be_printed_may_lie_in_the_printer(clerk: Clerk, hangs: bool) -> None:
    steps: tuple[Step, ...] = (clerk.hang, LANGUAGE) if hangs else (clerk.jam, LANGUAGE, ("Not printed", "q"), LEAVE)
    assert clerk.works(*steps) == f"idcard: the last person: {DESTROY_SLIP}\n{NOBODY}"
    if not hangs:
        assert f"The last person: {DESTROY_SLIP}." in MARK.sub("mark MARK", unwrapped(clerk.page))


def test_slips_and_codes_go_to_two_printers(clerk: Clerk) -> None:
    clerk.works(*WHOLE, END, options=("--print", "lp", "--print-slips", "lp -d slips"))
    assert clerk.printers == ["lp -d slips", "lp"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("true", None),
        ("sh -c 'cat; echo noise'", None),
        ("sh -c 'exit 7'", "sh ended with 7"),
        ("sh -c 'head -c 10 >/dev/null; echo noise; echo no >&2; echo >&2; exit 1'", "no"),
        ("sh -c 'kill -9 $$'", "sh ended with -9"),
    ],
)
def test_how_a_printer_ends(capfd: pytest.CaptureFixture[str], command: str, says: str | None) -> None:
    """One that reads nothing is the clerk's to see. Nothing that it says reaches the screen by itself."""
    assert Printer(command, "--print").send(bytes(1_000_000)) == says
    assert capfd.readouterr() == ("", "")


# ---- how it ends ----


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((), NOBODY),
        ((LEAVE,), NOBODY),
        ((LANGUAGE,), f"idcard: the last person: {TAKE_BACK}\n{NOBODY}"),
        ((*PERSON, *ADULT[:3]), f"idcard: the last person: {TAKE_BACK}\n{NOBODY}"),
        (WHOLE, f"idcard: the last person: {GOOD}\nidcard: 1 person, 4 codes\n"),
    ],
)
def test_it_ends_at_once_and_says_what_to_do_about_the_last_person(
    clerk: Clerk, steps: tuple[Step, ...], told: str
) -> None:
    assert clerk.works(*steps) == told


def test_a_disk_that_is_full_ends_it_before_a_code_leaves(clerk: Clerk) -> None:
    full = OSError(28, "No space left on device", "counts.csv")
    with mock.patch.object(os, "fsync", side_effect=full):
        told = clerk.works(*WHOLE, code=USAGE)
    assert told == f"idcard: the last person: {TAKE_BACK}\n{NOBODY}idcard: counts.csv: no space left on device\n"
    assert len(clerk.printed) == 1


@pytest.mark.usefixtures("utc")
def test_each_person_is_minted_by_the_clock_of_that_moment(office: Office, clerk: Clerk) -> None:
    """Who turns 18 at midnight gets the code of the pool the morning after, from a session that began before."""
    clerk.at = "2026-11-22 23:00"
    born = (LANGUAGE, RESIDENT, ("Birth date", "2008-11-23"))
    before = (*born, ("17 years old", "y"), clerk.set_clock("2026-11-23 08:00"), ("POOL                does not", "y"))
    after = (*born, ("18 years old", "y"), ("POOL                gets a code", "y"), END)
    clerk.works(*before, *after, options=("--for", "pool"))
    assert counts(office) == {"pool": 1}


@pytest.mark.parametrize("served", [True, False], ids=["between two people", "with somebody at the counter"])
def test_a_session_that_lasts_into_the_next_quarter_ends(office: Office, clerk: Clerk, served: bool) -> None:
    clerk.at = "2026-12-31 23:59"
    over = "idcard: 2026-Q4 is over, and its key no longer signs: start again with the next key\n"
    midnight = clerk.set_clock("2027-01-01 00:00")
    if served:
        assert clerk.works(*WHOLE, NEXT, midnight, LANGUAGE, code=USAGE) == f"idcard: 1 person, 4 codes\n{over}"
        return
    told = clerk.works(*PERSON, *ADULT, midnight, PRINT, code=USAGE)
    assert told == f"idcard: the last person: {TAKE_BACK}\n{NOBODY}{over}"
    assert (counts(office), len(clerk.printed)) == ({}, 1)


# ---- what the city decides meanwhile ----


@pytest.mark.parametrize("how", ["distrust", "retire"])
@pytest.mark.parametrize("kind", ["cohort", "revocable"])
def test_a_key_that_is_distrusted_or_retired_meanwhile_signs_for_nobody(
    office: Office, clerk: Clerk, how: str, kind: str
) -> None:
    def end_key() -> None:
        office.done("key", how, *office.here, office.key(kind, "2026-Q4").kid.hex(), "--yes")

    assert clerk.works(*WHOLE, end_key, NEXT, LANGUAGE, code=USAGE) == (
        "idcard: 1 person, 4 codes\n"
        "idcard: another key signs now than the one that was opened: start idcard counter again\n"
    )
    assert (counts(office), len(clerk.printed)) == (OF_ADULT, 2)


@pytest.mark.parametrize("with_key", [True, False], ids=["key", "sheet"])
def test_a_cohort_that_is_cancelled_meanwhile_is_given_to_nobody(office: Office, clerk: Clerk, with_key: bool) -> None:
    sheet = office.home / "sheet.json"
    office.done("cohort", *office.here, *office.secret, "--out", sheet)
    code = office.mint("--for", "library", resident=True).out.split("\t")[1]

    def cancel() -> None:
        office.done("cancel", *office.here, "--cohort", "-", "--yes", stdin=code.encode())

    one = (LANGUAGE, RESIDENT)
    told = clerk.works(
        *one, PRINT, cancel, NEXT, *(one if with_key else one[:1]),
        options=("--for", "library", *(() if with_key else ("--cohort-sheet", sheet))), secret=with_key, code=USAGE,
    )  # fmt: skip
    assert re.fullmatch("idcard: 1 person, 1 code\nidcard: .*cancelled.*\n", told)
    assert len(clerk.printed) == 1


def test_a_plan_that_is_gone_meanwhile_ends_it(office: Office, clerk: Clerk) -> None:
    def spoil() -> None:
        (office.folder / "city.json").write_text("{")

    told = clerk.works(spoil, LANGUAGE, options=("--for", "library"), code=USAGE)
    assert re.fullmatch(f"{NOBODY}idcard: .*not JSON.*\n", told)


# ---- keys ----


def test_a_counter_with_a_cohort_sheet_needs_no_key_and_no_passphrase(office: Office, clerk: Clerk) -> None:
    sheet = office.home / "sheet.json"
    office.done("cohort", *office.here, *office.secret, "--out", sheet)
    for path in (office.folder / "keys").iterdir():
        path.unlink()
    chosen = (*of_classes("library", "theatre"), "--cohort-sheet", sheet)
    told = clerk.works(LANGUAGE, RESIDENT, ("Student", "y"), PRINT, END, options=chosen, secret=False)
    assert told == "idcard: 1 person, 2 codes\n"
    assert (counts(office), len(clerk.printed)) == ({"library": 1, "theatre": 1}, 1)


def test_without_a_key_and_with_two_sheets_a_queue_goes_on_into_the_next_quarter(
    office: Office, clerk: Clerk, tmp_path: Path
) -> None:
    sheets = tmp_path / "sheet.json", tmp_path / "next.json"
    for sheet, quarter in zip(sheets, ("this", "next"), strict=True):
        office.done("cohort", *office.here, *office.secret, "--quarter", quarter, "--out", sheet)
    for path in (office.folder / "keys").iterdir():
        path.unlink()
    chosen = ("--for", "library", *(word for sheet in sheets for word in ("--cohort-sheet", sheet)))
    one = (LANGUAGE, RESIDENT, PRINT)
    clerk.at = "2026-12-31 23:50"
    told = clerk.works(*one, NEXT, clerk.set_clock("2027-01-01 00:10"), *one, END, options=chosen, secret=False)
    assert told == "idcard: 2 people, 2 codes\n"
    keys = {line.split(",")[2] for line in (office.folder / "counts.csv").read_text().splitlines()[1:]}
    assert keys == {office.key("cohort", quarter).kid.hex() for quarter in ("2026-Q4", "2027-Q1")}


def test_a_code_that_is_one_of_few_is_not_made(office: Office, clerk: Clerk, tmp_path: Path) -> None:
    common = tmp_path / "common.json"
    common.write_text(combinations.encode(Common(SPRINGFIELD, 5, frozenset())))
    rare = ("No code can be made", "q")
    clerk.works(LANGUAGE, RESIDENT, ("Student", "y"), rare, LEAVE, options=("--for", "theatre", "--common", common))
    assert "n = ask again, q = give up" in clerk.pages[3]
    assert counts(office) == {}


# ---- what is refused ----


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_be_cleared_is_none(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, mock.Mock(isatty=lambda: True))
    with pytest.raises(click.UsageError, match="cannot be cleared between two people: set TERM"):
        Window("Springfield")


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr"])
def test_without_a_terminal_there_is_nobody_to_ask(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, mock.Mock(isatty=lambda there=name != missing: there))
    with pytest.raises(click.UsageError, match="the counter needs a terminal; to read records from a file or a pipe"):
        Window("Springfield")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "missing option '--print'"),
        (("--print", ""), "--print needs a command that prints, such as lp"),
        (("--print", "lp 'x"), "--print needs a command that prints, such as lp"),
        (("--print", "no-such-printer -d x"), "there is no program 'no-such-printer' to print with"),
        (("--print", "true; touch stolen $(id)"), "there is no program 'true;' to print with"),
        (("--print", "/"), "there is no program '/' to print with"),
        (("--print", "true", "--print-slips", ""), "--print-slips needs a command that prints, such as lp"),
        (("--print", "true", "--print-slips", "no-such"), "there is no program 'no-such' to print with"),
        (
            ("--print", "true", "--format", "svg"),
            "invalid value for '--format': 'svg' is not one of 'card', 'back', 'pocket', 'holder'",
        ),
        (("--print", "true", "--format", "card"), "a card has room for 2 codes: choose with --for among library"),
        (("--print", "true", "--passphrase-fd", "0"), "--passphrase-fd 0 and the answers would both be standard input"),
        (("--print", "true", "--station", "north"), "the city has no station 'north'; it has: none"),
        (("--print", "true"), "the counter needs a terminal; to read records from a file or a pipe, use idcard batch"),
    ],
)
def test_what_the_command_line_lacks_is_told_first(opened: Office, options: tuple[object, ...], says: str) -> None:
    ended = idcard_inside("counter", *opened.here, *options, at=opened.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}")
