"""`idcard counter`: a queue at a counter, and of each person nothing when the next one comes."""

import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import stat
import struct
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command import (
    ACCEPT,
    CTRL_C,
    CTRL_D,
    TIMEOUT,
    USAGE,
    Office,
    files_under,
    idcard,
    idcard_inside,
    idcard_on_terminal,
    instant,
    without_colour,
)
from idcard_cli.counter import questions
from prints import all_scanned, pictures, read
from support.program import start

from idcard import languages
from idcard.city import combinations
from idcard.city.combinations import Common
from idcard.city.profile import Kind, Profile
from idcard.credential import signed, text
from idcard.credential.claims import FLAGS
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.printing import page_text

pytestmark = pytest.mark.slow  # a terminal, a program and a printer for each

SPRINGFIELD = Scope(Environment.TEST, "springfield")
CLEAR, FIRST_SCREEN = "\x1b[H\x1b[2J\x1b[3J", "\x1b[?1049l"
UP = "\x1b[A"
CLOCK = """
import datetime, pathlib
class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(int(pathlib.Path({path!r}).read_text()), tz)
datetime.datetime = Clock
"""
PRINTER = """#!/bin/sh
# A printer that keeps what it prints, and what was counted by then. It is noisy, and it may be jammed.
cd {folder}
echo 'request id is PDF-17 (1 file)'
cat > {folder}/$(ls | wc -l).pdf
cp {city}/counts.csv {folder}/../counted.csv 2>/dev/null
[ -e {folder}/../jam ] || exit 0
echo 'lp: \x1b[31mpaper jam' >&2
echo >&2
exit 1
"""
TAKE_BACK = "take the slip back, for it cancels nothing"
DESTROY_SLIP = "the slip may have been printed, mark MARK: look at the printer and destroy it, it cancels nothing"
PERHAPS = (
    "the codes may have been printed, mark MARK: look at the printer; destroy them and take the slip back, or leave "
    "the slip with the person"
)
MARK = re.compile("mark ([0-9A-HJKMNP-TV-Z]{4})\\b")
CLASSES = ("library", "museum", "pool", "pharmacy", "theatre")
PHARMACY = 4
TOMORROW = "2026-11-23 12:00"
ADULT = (("Resident", "y"), ("Student", "n"), ("Birth date", "1990-12-31"), ("Right?", "y"))


class Counter:
    """The command on a terminal with a clerk at it, and a printer beside it. shown: all that was on the screen."""

    def __init__(self, arguments: Sequence[object], folder: Path, prelude: str, at: str, env: dict[str, str]) -> None:
        self.folder = folder
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._slave)
        self.process = start(
            "counter", *arguments, prelude=prelude, at=at, env={"TERM": "xterm", **env}, terminal=True,
            stdin=self._slave, stdout=self._slave, stderr=self._slave,
        )  # fmt: skip
        self.shown = ""
        self._asked = 0

    @property
    def page(self) -> str:
        """What is on the screen: everything since it was cleared."""
        return self.shown.rpartition(CLEAR)[2]

    @property
    def printed(self) -> list[bytes]:
        return [(self.folder / f"{at}.pdf").read_bytes() for at in range(len(list(self.folder.iterdir())))]

    def until(self, *parts: str) -> str:
        """The page, once all of this stands there and something is asked that was not asked before the last answer."""
        deadline = time.monotonic() + TIMEOUT
        while not (self.shown[self._asked :].endswith(": ") and all(part in self.page for part in parts)):
            assert select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))[0], (parts, self.page)
            self._take()
        return self.page

    def until_page(self, part: str) -> None:
        """Once this stands there, where nothing is asked."""
        deadline = time.monotonic() + TIMEOUT
        while part not in self.page:
            assert select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))[0], (part, self.page)
            self._take()

    def _take(self) -> None:
        self.shown += os.read(self._master, 65536).decode().replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        self._asked = len(self.shown)
        os.write(self._master, keys.encode())

    def answer(self, *pairs: tuple[str, str]) -> None:
        """For each: what to wait for, and what to type then, with Enter."""
        for awaited, typed in pairs:
            self.until(awaited)
            self.type(f"{typed}\n")

    def until_handed_over(self, language: str = "") -> None:
        self.answer(("What does this person read?", language), ("Give the slip", "y"))

    def until_printed(self, *answers: tuple[str, str], language: str = "") -> str:
        self.until_handed_over(language)
        self.answer(*(answers or ADULT), ("print the codes", "y"))
        return self.until("Sent to the printer")

    def end(self, code: int = ACCEPT) -> str:
        """What is on the screen of the clerk when the program has ended by itself."""
        assert self.process.wait(TIMEOUT) == code
        while select.select([self._master], [], [], 0)[0]:
            with suppress(OSError):
                self._take()
                continue
            break
        return self.shown.rpartition(FIRST_SCREEN)[2]

    @property
    def mode(self) -> list[Any]:
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def printer(office: Office) -> Path:
    folder = office.home / "printed"
    folder.mkdir(exist_ok=True)
    path = office.home / "print here.sh"
    path.write_text(PRINTER.format(folder=shlex.quote(str(folder)), city=shlex.quote(str(office.folder))))
    path.chmod(stat.S_IRWXU)
    return path


def command(office: Office, *options: object) -> tuple[object, ...]:
    return (*office.here, "--print", f"'{printer(office)}' --copies 1", *options)


@contextmanager
def counter(
    office: Office, *options: object, secret: bool = True, prelude: str = "", at: str | None = None, **env: str
) -> Iterator[Counter]:
    given = (*office.secret, *options) if secret else options
    started = Counter(command(office, *given), office.home / "printed", prelude, office.at if at is None else at, env)
    try:
        yield started
    finally:
        started.close()


def unwrapped(page: str) -> str:
    return " ".join(without_colour(page).split())


def codes_on(pdf: bytes) -> list[str]:
    return [found for page in pictures(pdf) for found, _ in all_scanned(page)]


def count_of(office: Office) -> dict[str, int]:
    path = office.folder / "counts.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return {venue_class: int(codes) for _, _, venue_class, codes in rows}


# ---- a day at the counter ----


def test_two_people_get_a_slip_and_codes_each_and_every_code_is_good(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        clerk.answer(("next person", "y"))
        student = (("Resident", "y"), ("Student", "yes"), ("Birth date", "2004-02-29"), ("22 years old", "y"))
        clerk.until_printed(*student, language="2")
        clerk.answer(("end", "q"))
        assert clerk.end() == "idcard: 2 people, 9 codes\n"
    slip_one, sheet_one, slip_two, sheet_two = clerk.printed
    for slip_page, sheet, accepted in (
        (slip_one, sheet_one, {"library", "museum", "pool", "pharmacy"}),
        (slip_two, sheet_two, {"library", "museum", "pool", "pharmacy", "theatre"}),
    ):
        slip, found = slips.decode(codes_on(slip_page)[0], SPRINGFIELD), set(codes_on(sheet))
        assert {name for name in CLASSES for code in found if office.verdict(code, name) == "accept"} == accepted
        handles = {signed.decode(text.decode(code)[1]).claims.handle for code in found} - {None}
        assert handles == {slip.handle(PHARMACY)}
    assert page_text.TEST in read(sheet_one)
    for page in (slip_two, sheet_two):
        assert languages.get("es").translate(page_text.TEST) in read(page)
    assert count_of(office) == {"library": 2, "museum": 2, "pool": 2, "pharmacy": 2, "theatre": 1}
    assert codes_on(slip_one) != codes_on(slip_two)


def test_a_code_from_the_counter_is_cancelled_by_its_slip(office: Office) -> None:
    with counter(office, "--for", "pharmacy") as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("print the codes", "y"), ("printed, end", "q"))
        clerk.end()
    slip, sheet = clerk.printed
    assert office.done("cancel", *office.here, stdin=codes_on(slip)[0].encode()) == (
        "pharmacy: cancelled, until 2028-01-01\n"
    )
    office.publish(at=TOMORROW)
    assert office.verdict(codes_on(sheet)[0], "pharmacy", at=TOMORROW) == "cancelled-code"


def test_a_card_instead_of_a_sheet(office: Office) -> None:
    with counter(office, "--format", "card", "--for", "library", "--for", "pharmacy") as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("print the codes", "y"), ("printed, end", "q"))
        clerk.end()
    _, card = clerk.printed
    assert len(codes_on(card)) == 2
    assert set(read(card).split()) >= {"LIBRARY", "PHARMACY"}


def test_a_card_without_slip_has_no_words_so_no_language_is_asked_for(office: Office) -> None:
    with counter(office, "--format", "card", "--for", "library") as clerk:
        clerk.answer(("Enter = begin, q = end", ""), ("Resident", "y"), ("print the codes", "y"))
        clerk.answer(("next person", "y"), ("Enter = begin", "x"), ("That is not one of them", "q"))
        assert clerk.end() == "idcard: 1 person, 1 code\n"
    assert len(clerk.printed) == 1


def test_a_code_is_counted_before_it_is_printed(office: Office) -> None:
    counted = office.home / "counted.csv"
    with counter(office) as clerk:
        clerk.until_handed_over()
        assert not counted.exists()
        clerk.answer(*ADULT, ("print the codes", "y"))
        clerk.until("Sent to the printer")
        assert sorted(line.split(",")[2] for line in counted.read_text().splitlines()[1:]) == [
            "library",
            "museum",
            "pharmacy",
            "pool",
        ]


def test_nothing_but_the_counts_is_written(office: Office) -> None:
    before, contents = files_under(office.home), office.contents()
    with counter(office, TMPDIR=str(office.home)) as clerk:
        clerk.until_printed()
        assert {name for name in files_under(office.home) - before if not name.startswith("printed/")} == {
            "counted.csv",
            "print here.sh",
            "springfield/counts.csv",
            "springfield/counts.csv.lock",
        }
        clerk.answer(("end", "q"))
        clerk.end()
    assert {name: data for name, data in office.contents().items() if name != "counts.csv"} == contents


def test_core_dumps_are_off_while_somebody_is_there(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until("What does this person read?")
        limits = Path(f"/proc/{clerk.process.pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)


# ---- what is asked ----


def test_no_more_is_asked_than_the_answers_before_leave_open(office: Office) -> None:
    """Who is no resident gets nothing, whatever else is true."""
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "n"))
        page = clerk.until("next person")
        assert "Student" not in clerk.shown
        assert "Birth date" not in clerk.shown
        assert re.findall(r"^([A-Z]+) +does not qualify$", page, re.MULTILINE) == [
            "LIBRARY",
            "MUSEUM",
            "POOL",
            "PHARMACY",
            "THEATRE",
        ]
        assert "Take the slip back, for it cancels nothing." in page
        clerk.answer(("y = next person", "y"))
        assert f"The last person: {TAKE_BACK}." in clerk.until("What does this person read?")
        clerk.type("q\n")
        assert clerk.end() == f"idcard: the last person: {TAKE_BACK}\nidcard: 0 people, 0 codes\n"
    assert count_of(office) == {}
    assert len(clerk.printed) == 1


def test_a_class_that_was_not_chosen_asks_for_nothing(office: Office) -> None:
    with counter(office, "--for", "library") as clerk:
        clerk.answer(("What does this person read?", ""), ("Resident", "y"))
        page = clerk.until("print the codes")
        assert "LIBRARY             gets a code" in page
        assert "PHARMACY" not in page
        assert "slip" not in clerk.shown.lower()


def test_enter_assumes_nothing(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        for question in ("Resident", "Student"):
            for nothing in ("", " ", "x", "1", "yn", "ja"):
                clerk.answer((f"{question} (y/n)", nothing))
                clerk.until("Type y or n, and Enter.")
            clerk.type("Y\n")
        clerk.answer(("Birth date", ""), ("Write it like 1990-12-31", "1990-12-31"))
        clerk.answer(("Right?", ""), ("Type y or n", "y"), ("print the codes", ""), ("Type one of y, n, q", "yy"))
        clerk.until("Type one of y, n, q")
        assert len(clerk.printed) == 1


def test_a_date_is_shown_in_words_with_the_age(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"), ("Birth date", "1990-12-13"))
        clerk.until("13 December 1990, 35 years old. Right? (y/n): ")
        clerk.type("n\n")
        clerk.answer(("Birth date", "1990-12-31"), ("31 December 1990, 35 years old. Right?", "y"))
        clerk.until("print the codes")


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
        (UP, "Write it like 1990-12-31"),
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


def test_a_mistyped_date_is_asked_for_again_with_the_reason(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(
            ("Resident", "y"),
            ("Student", "n"),
            ("Birth date", "31.12.1990"),
            ("Write it like 1990-12-31", "1990-02-30"),
            ("There is no such day.", "2090-12-31"),
            ("That day is still to come.", "1990-12-31"),
            ("31 December 1990", "y"),
        )
        clerk.until("print the codes")


@pytest.mark.parametrize(("typed", "age"), [("1900-12-31", "125 years"), ("2026-11-01", "not a year")])
def test_an_age_that_is_rarely_right_is_typed_twice(office: Office, typed: str, age: str) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"), ("Birth date", typed))
        clerk.answer((f"That would be {age} old. If it is right, type it once more.", "1990-12-31"), ("Right?", "n"))
        clerk.answer(("Birth date", typed), (f"That would be {age} old", typed))
        clerk.answer((f"{age} old. Right?", "y"))
        clerk.until("print the codes")


def test_an_age_that_no_code_can_have_is_refused_and_asked_for_again(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"), ("Birth date", "1800-12-31"), ("once more", "1800-12-31"))
        clerk.answer(("Right?", "y"))
        page = clerk.until("No code can be made: field 'birth_date' is more than 150 years ago")
        assert "1800" not in page
        clerk.answer(("n = ask again", "n"), *ADULT)
        clerk.until("print the codes")


def profile(name: str, *flags: int, ages: tuple[int, ...] = ()) -> Profile:
    return Profile(venue_class=name, kind=Kind.COHORT, flags=frozenset(flags), ages=ages, life=12, max_version=9)


RESIDENT, STUDENT, SENIOR = 1, 4, 5
LIBRARY, THEATRE, BUS = profile("library", RESIDENT), profile("theatre", RESIDENT, STUDENT), profile("bus", SENIOR)
CLINIC, POOL = profile("clinic", RESIDENT, ages=(18,)), profile("pool", ages=(18,))


@pytest.mark.parametrize(
    ("profiles", "true", "asked", "with_date"),
    [
        ([LIBRARY], {RESIDENT}, [RESIDENT], False),
        ([LIBRARY, THEATRE], {RESIDENT}, [RESIDENT, STUDENT], False),
        ([LIBRARY, THEATRE], set(), [RESIDENT], False),
        ([THEATRE, BUS], {SENIOR}, [RESIDENT, SENIOR], False),
        ([THEATRE, BUS], {RESIDENT, STUDENT, SENIOR}, [RESIDENT, STUDENT, SENIOR], False),
        ([CLINIC], {RESIDENT}, [RESIDENT], True),
        ([CLINIC], set(), [RESIDENT], False),
        ([POOL], set(), [], True),
        ([CLINIC, POOL], set(), [RESIDENT], True),
    ],
)
def test_which_questions_follow_from_which_answers(
    profiles: list[Profile], true: set[int], asked: list[int], with_date: bool
) -> None:
    said: dict[int, bool] = {}
    while (number := questions.next_flag(profiles, said)) is not None:
        said[number] = number in true
    assert (list(said), questions.needs_birth_date(profiles, said)) == (asked, with_date)


def test_every_claim_can_be_asked_for() -> None:
    said: dict[int, bool] = {}
    profiles = [profile("all", *FLAGS)]
    while (number := questions.next_flag(profiles, said)) is not None:
        said[number] = True
    assert list(said) == list(FLAGS)


def test_asked_again_from_the_questions_with_the_same_slip(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "n"), ("n = ask again", "n"), *ADULT)
        page = clerk.until("print the codes")
        assert "PHARMACY            gets a code" in page
        clerk.answer(("print the codes", "n"))
        clerk.answer(*ADULT, ("print the codes", "y"), ("printed, end", "q"))
        clerk.end()
    assert len(clerk.printed) == 2
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}


def test_languages_are_chosen_by_their_number(office: Office) -> None:
    with counter(office, "--language", "fr", "--for", "library") as clerk:
        page = clerk.until("Enter = Français")
        assert re.findall(r"(\d+)  (\w+)", without_colour(page))[:2] == [("1", "English"), ("7", "한국어")]
        clerk.answer(("What does", "12"), ("That is not one of them.", "0"), ("That is not one of them.", "11"))
        clerk.until("Resident")


# ---- nothing stays ----


def test_nothing_of_the_last_person_is_on_the_screen_or_above_it(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        assert not re.search("1990|Resident|35", clerk.page)
        clerk.answer(("next person", "y"))
        page = clerk.until("What does this person read?")
        assert not re.search(r"1990|December|Resident|gets a code|LIBRARY|4 codes", page)
        # All that came before was cleared together with what has scrolled out.
        assert re.findall("\x1b\\[2J(?!\x1b\\[3J)", clerk.shown) == []
        clerk.type("q\n")
        left = clerk.end()
        assert not re.search("1990|Resident", left)
        assert f"{CLEAR}{FIRST_SCREEN}" in clerk.shown


def test_no_key_brings_anything_back(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        clerk.answer(("next person", "y"))
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"))
        clerk.until("Birth date")
        start = len(clerk.shown)
        for keys in (UP, f"{UP}{UP}{UP}", "\x1bOA", "\x10", "\x12199"):
            clerk.type(f"{keys}\n")
            clerk.until("Write it like 1990-12-31: year, month, day.")
        since = clerk.shown[start:].replace("1990-12-31: year", "").replace("(1990-12-31)", "")
        assert since.count("Birth date") == 5
        assert "1990" not in since
        assert "31" not in since


def test_readline_with_its_history_is_not_there(office: Office) -> None:
    prelude = "import sys; sys.modules['readline'] = None"
    with counter(office, prelude=prelude) as clerk:
        clerk.until_printed()


def test_what_was_typed_before_a_question_does_not_answer_it(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until("What does this person read?")
        clerk.type("\ny\ny\ny\ny\n")
        clerk.until("Give the slip to the person now: mark ", "it is handed over")
        assert "ASK" not in clerk.page
        assert "Resident" not in clerk.shown


def test_what_is_typed_after_the_end_does_not_reach_a_shell(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.until("Resident")
        clerk.type("1990-12-31" + CTRL_C)
        clerk.end()
        attributes = termios.tcgetattr(clerk._slave)
        attributes[3] &= ~termios.ICANON
        attributes[6][termios.VMIN] = attributes[6][termios.VTIME] = 0
        termios.tcsetattr(clerk._slave, termios.TCSANOW, attributes)
        assert os.read(clerk._slave, 100) == b""


def test_the_screen_is_the_clerks_again_when_it_ends(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until("What does this person read?")
        assert clerk.mode != clerk.before
        clerk.type("q\n")
        assert clerk.end() == "idcard: 0 people, 0 codes\n"
        assert clerk.mode == clerk.before


@pytest.mark.parametrize("key", ["\x1a", "\x1c", "\x13"], ids=["Ctrl-Z", "Ctrl-\\", "Ctrl-S"])
def test_nobody_leaves_a_person_on_the_screen_by_stopping_the_program(office: Office, key: str) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.until("Resident")
        clerk.type(f"{key}\n")
        clerk.until("Type y or n, and Enter.")
        assert clerk.process.poll() is None


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_is_never_alone_and_may_be_off(office: Office, no_color: str) -> None:
    (office.home / "jam").touch()
    with counter(office, NO_COLOR=no_color) as clerk:
        clerk.answer(("What does this person read?", ""))
        page = clerk.until("Not printed")
        assert ("\x1b[33m" in page) == (no_color == "")
        assert "!" * 76 in without_colour(page)
        assert all(len(line) <= 80 for line in without_colour(page).splitlines())


# ---- giving up ----


def test_a_person_is_given_up_at_any_question_and_the_slip_comes_back(office: Office) -> None:
    stages = [*(ADULT[:answered] for answered in range(len(ADULT) + 1)), (("Resident", "n"),)]
    with counter(office) as clerk:
        for answers in stages:
            clerk.until_handed_over()
            clerk.answer(*answers)
            clerk.until()
            clerk.type("q\n")
            page = clerk.until("What does this person read?", f"The last person: {TAKE_BACK}.")
            assert "1990" not in page
        clerk.until_printed()
        clerk.answer(("printed, end", "q"))
        assert clerk.end() == "idcard: 1 person, 4 codes\n"
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}
    assert len(clerk.printed) == len(stages) + 2


def test_given_up_while_the_slip_is_in_hand(office: Office) -> None:
    with counter(office) as clerk:
        clerk.answer(("What does this person read?", ""), ("Give the slip", "q"))
        clerk.until(f"The last person: {TAKE_BACK}.")
        clerk.type("q\n")
        assert clerk.end() == f"idcard: the last person: {TAKE_BACK}\nidcard: 0 people, 0 codes\n"


def handles_for_adults(office: Office) -> None:
    """The city asks at the pharmacy for an age, so a child gets codes and none of them has a handle."""
    plan = office.folder / "city.json"
    fields = json.loads(plan.read_text("utf-8"))
    fields["classes"][PHARMACY - 1] |= {"ages": [18], "least_age": 18}
    plan.write_text(json.dumps(fields), "utf-8")


def test_who_gets_only_codes_without_a_handle_gives_the_slip_back(office: Office) -> None:
    handles_for_adults(office)
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"), ("Birth date", "2015-06-15"), ("11 years old", "y"))
        page = clerk.until("print the codes")
        assert re.findall(r"^([A-Z]+) +gets a code$", page, re.MULTILINE) == ["LIBRARY", "MUSEUM"]
        assert "Take the slip back" in page
        clerk.answer(("print the codes", "y"), ("next person", "y"))
        clerk.until(f"The last person: {TAKE_BACK}.")


# ---- printing ----


def test_what_is_printed_again_is_the_same(office: Office) -> None:
    with counter(office) as clerk:
        clerk.answer(("What does this person read?", ""), ("print again", "p"), ("Give the slip", "y"))
        clerk.answer(*ADULT, ("print the codes", "y"), ("Sent to the printer", "p"), ("Sent to the printer", "p"))
        clerk.answer(("printed, end", "q"))
        assert clerk.end() == "idcard: 1 person, 4 codes\n"
    slip, slip_again, *sheets = clerk.printed
    assert slip == slip_again
    assert len(sheets) == 3
    assert len(set(sheets)) == 1
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}


def test_a_printer_that_fails_says_why_and_is_tried_again(office: Office) -> None:
    jam = office.home / "jam"
    with counter(office) as clerk:
        jam.touch()
        clerk.answer(("What does this person read?", ""))
        page = clerk.until("Not printed: lp: \\x1b[31mpaper jam", "p = print again, q = give up")
        assert "request id" not in clerk.shown
        assert "y =" not in page
        jam.unlink()
        clerk.answer(("Not printed", "p"), ("Give the slip", "y"), *ADULT)
        clerk.until("print the codes")
        jam.touch()
        clerk.type("y\n")
        clerk.answer(("Not printed: lp", "p"), ("Not printed: lp", "y"))
        clerk.until("Type one of p, n, q, and Enter.")
        jam.unlink()
        clerk.type("p\n")
        clerk.answer(("printed, end", "q"))
        assert clerk.end() == "idcard: 1 person, 4 codes\n"
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}


def test_codes_that_were_printed_once_are_out_even_if_the_printer_fails_then(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        (office.home / "jam").touch()
        clerk.type("p\n")
        clerk.answer(("Not printed", "n"), ("Type one of y, p, q", "y"))
        assert "The last person" not in clerk.until("What does this person read?")
        clerk.type("q\n")
        assert clerk.end() == "idcard: 1 person, 4 codes\n"


def test_codes_that_could_not_be_printed_are_forgotten_and_stay_counted(office: Office) -> None:
    jam = office.home / "jam"
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(*ADULT)
        clerk.until("print the codes")
        jam.touch()
        clerk.type("y\n")
        page = clerk.until("Not printed: lp", "Look at the printer all the same: mark ")
        mark = MARK.findall(page)[0]
        clerk.type("n\n")
        assert PERHAPS.replace("MARK", mark) in unwrapped(clerk.until("What does this person read?"))
        clerk.type("q\n")
        assert clerk.end() == (
            f"idcard: the last person: {PERHAPS.replace('MARK', mark)}\n"
            "idcard: 0 people, 0 codes; 1 person whose codes may have been printed\n"
        )
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}


def test_codes_may_be_on_paper_whatever_the_printer_says(office: Office) -> None:
    """The printer of these tests prints first, and then says that there is no paper."""
    jam = office.home / "jam"
    with counter(office, "--for", "library") as clerk:
        jam.touch()
        clerk.answer(("What does this person read?", ""), ("Resident", "y"), ("print the codes", "y"))
        clerk.answer(("Not printed", "n"))
        page = unwrapped(clerk.until("What does this person read?"))
        assert re.search(r"may have been printed, mark \w{4}: look at the printer; destroy them\. ", page)
        jam.unlink()
        clerk.answer(("person read?", ""), ("Resident", "y"), ("print the codes", "y"), ("printed, next", "y"))
        assert "The last person" not in clerk.until("What does this person read?")
        clerk.type("q\n")
        assert clerk.end() == "idcard: 1 person, 1 code; 1 person whose codes may have been printed\n"
    assert len(clerk.printed) == 2
    assert count_of(office) == {"library": 2}


def test_who_has_no_use_for_the_slip_gives_it_back_whatever_was_printed(office: Office) -> None:
    handles_for_adults(office)
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"), ("Student", "n"), ("Birth date", "2015-06-15"), ("11 years old", "y"))
        clerk.until("print the codes")
        (office.home / "jam").touch()
        clerk.type("y\n")
        clerk.answer(("Not printed", "q"))
        assert f"look at the printer; destroy them, and {TAKE_BACK}\n" in clerk.end()


def test_a_slip_that_could_not_be_printed_may_lie_in_the_printer(office: Office) -> None:
    (office.home / "jam").touch()
    with counter(office) as clerk:
        clerk.answer(("What does this person read?", ""))
        mark = MARK.findall(clerk.until("Not printed"))[0]
        clerk.type("q\n")
        page = unwrapped(clerk.until("What does this person read?"))
        assert f"The last person: {DESTROY_SLIP.replace('MARK', mark)}." in page


def test_what_was_sent_before_ctrl_c_may_be_printed(office: Office) -> None:
    hanging = office.home / "hang"
    hanging.write_text("#!/bin/sh\n[ -e slow ] && exec sleep 1000\nexit 0\n")
    hanging.chmod(stat.S_IRWXU)
    with counter(office, "--print", f"env -C '{office.home}' ./hang") as clerk:
        clerk.until_handed_over()
        clerk.answer(*ADULT)
        clerk.until("print the codes")
        (office.home / "slow").touch()
        clerk.type("y\n")
        clerk.until_page("Printing. Ctrl-C ends.")
        clerk.type(CTRL_C)
        told = MARK.sub("mark MARK", clerk.end())
        assert told == (
            f"idcard: the last person: {PERHAPS}\n"
            "idcard: 0 people, 0 codes; 1 person whose codes may have been printed\n"
        )


def test_slips_and_codes_go_to_two_printers(office: Office) -> None:
    slips_at, codes_at = office.home / "slips.pdf", office.home / "codes.pdf"
    to = ("--print", f"tee '{codes_at}'", "--print-slips", f"tee '{slips_at}'")
    with counter(office, *to) as clerk:
        clerk.until_handed_over()
        assert not codes_at.exists()
        of_slip = slips_at.read_bytes()
        clerk.answer(*ADULT, ("print the codes", "y"))
        clerk.until("Sent to the printer")
    assert slips_at.read_bytes() == of_slip
    assert codes_at.stat().st_size > 0


def test_each_person_has_a_mark_on_the_screen_and_at_the_foot_of_both_pages(office: Office) -> None:
    seen = []
    with counter(office) as clerk:
        for _ in range(2):
            clerk.answer(("What does this person read?", ""))
            page = clerk.until("Give the slip")
            clerk.type("y\n")
            clerk.answer(*ADULT, ("print the codes", "y"))
            seen += MARK.findall(page) + MARK.findall(clerk.until("Sent to the printer: 4 codes, mark "))
            clerk.answer(("next person", "y"))
    one, one_again, two, two_again = seen
    assert (one, two) == (one_again, two_again)
    assert one != two
    assert all(mark in read(pdf).split() for pdf, mark in zip(clerk.printed, seen, strict=True))


@pytest.mark.parametrize(
    ("printing", "says"),
    [
        ("sh -c 'exit 7'", "Not printed: sh ended with 7"),
        ("sh -c 'head -c 10 >/dev/null; echo no >&2; exit 1'", "Not printed: no"),
        ("sh -c 'kill -9 $$'", "Not printed: sh ended with -9"),
        ("/", ""),
    ],
)
def test_how_a_command_can_fail(office: Office, printing: str, says: str) -> None:
    with counter(office, "--print", printing) as clerk:
        if not says:
            assert clerk.process.wait(TIMEOUT) == USAGE
            return
        clerk.answer(("What does this person read?", ""))
        clerk.until(says)


def test_a_command_has_no_shell(office: Office) -> None:
    with counter(office, "--print", "true; touch stolen $(id)") as clerk:
        assert clerk.process.wait(TIMEOUT) == USAGE
        assert "there is no program 'true;' to print with" in clerk.end(USAGE)


def test_a_printer_that_reads_nothing_is_the_clerks_to_see(office: Office) -> None:
    with counter(office, "--print", "true") as clerk:
        clerk.answer(("What does this person read?", ""))
        clerk.until("Give the slip")


# ---- how it ends ----


@pytest.mark.parametrize(
    ("key", "answers", "says"),
    [
        (CTRL_C, [], ""),
        (CTRL_D, [], ""),
        (CTRL_C, [("What does this person read?", "")], TAKE_BACK),
        (CTRL_C, [("What does this person read?", ""), ("Give the slip", "y"), *ADULT[:3]], TAKE_BACK),
        (CTRL_D, [("What does this person read?", ""), ("Give the slip", "y"), *ADULT[:3]], TAKE_BACK),
        (
            CTRL_C,
            [("What does this person read?", ""), ("Give the slip", "y"), *ADULT, ("print the codes", "y")],
            "the codes were printed and are good: hand them over",
        ),
    ],
)
def test_it_ends_at_once_and_says_what_to_do_about_the_last_person(
    office: Office, key: str, answers: list[tuple[str, str]], says: str
) -> None:
    with counter(office) as clerk:
        clerk.answer(*answers)
        clerk.until()
        clerk.type(key)
        told = f"idcard: the last person: {says}\n" if says else ""
        minted = "1 person, 4 codes" if "printed" in says else "0 people, 0 codes"
        assert clerk.end() == f"{told}idcard: {minted}\n"
        assert clerk.mode == clerk.before
        assert f"{CLEAR}{FIRST_SCREEN}" in clerk.shown


def test_ctrl_c_ends_a_printer_that_hangs(office: Office) -> None:
    with counter(office, "--print", "sleep 1000") as clerk:
        clerk.answer(("What does this person read?", ""))
        clerk.until_page("Printing. Ctrl-C ends.")
        clerk.type(CTRL_C)
        told = MARK.sub("mark MARK", clerk.end())
        assert told == f"idcard: the last person: {DESTROY_SLIP}\nidcard: 0 people, 0 codes\n"
        assert clerk.mode == clerk.before


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_closed_is_cleared_too(office: Office, ending: signal.Signals) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"))
        clerk.until("Student")
        os.kill(clerk.process.pid, ending)
        assert clerk.end() == f"idcard: the last person: {TAKE_BACK}\nidcard: 0 people, 0 codes\n"


def test_a_disk_that_is_full_ends_it_before_a_code_leaves(office: Office) -> None:
    prelude = (
        "import os\ndef full(descriptor): raise OSError(28, 'No space left on device', 'counts.csv')\nos.fsync = full"
    )
    with counter(office, prelude=prelude) as clerk:
        clerk.until_handed_over()
        clerk.answer(*ADULT, ("print the codes", "y"))
        assert clerk.end(USAGE) == (
            f"idcard: the last person: {TAKE_BACK}\nidcard: 0 people, 0 codes\n"
            "idcard: counts.csv: no space left on device\n"
        )
    assert len(clerk.printed) == 1


@contextmanager
def with_clock(office: Office, at: str, *options: object) -> Iterator[tuple[Counter, Callable[[str], None]]]:
    """A clock that a test moves."""
    path = office.home / "clock"

    def set_to(when: str) -> None:
        unfinished = path.with_suffix(".new")
        unfinished.write_text(str(instant(when)))
        unfinished.rename(path)

    set_to(at)
    with counter(office, *options, prelude=CLOCK.format(path=str(path)), at="", TZ="UTC") as clerk:
        yield clerk, set_to


def test_each_person_is_minted_by_the_clock_of_that_moment(office: Office) -> None:
    """Who turns 18 at midnight gets the code of the pool the morning after, from a session that began before."""
    born = (("Resident", "y"), ("Birth date", "2008-11-23"))
    with with_clock(office, "2026-11-22 23:00", "--for", "pool") as (clerk, set_to):
        clerk.answer(("What does this person read?", ""), *born, ("17 years old", "y"))
        assert "POOL                does not qualify" in clerk.until("next person")
        set_to("2026-11-23 08:00")
        clerk.type("y\n")
        clerk.answer(("What does this person read?", ""), *born, ("18 years old", "y"))
        assert "POOL                gets a code" in clerk.until("print the codes")
        clerk.answer(("print the codes", "y"), ("printed, end", "q"))
        clerk.end()
    assert "2026-11-23" in (office.folder / "counts.csv").read_text()


@pytest.mark.parametrize("late", ["between two people", "with somebody at the counter"])
def test_a_session_that_lasts_into_the_next_quarter_ends(office: Office, late: str) -> None:
    over = "idcard: 2026-Q4 is over, and its key signs no more: begin anew with the next key\n"
    with with_clock(office, "2026-12-31 23:59") as (clerk, set_to):
        if late == "between two people":
            clerk.until_printed()
            clerk.answer(("next person", "y"))
            clerk.until("What does this person read?")
            set_to("2027-01-01 00:00")
            clerk.type("\n")
            assert clerk.end(USAGE) == f"idcard: 1 person, 4 codes\n{over}"
            return
        clerk.until_handed_over()
        clerk.answer(*ADULT)
        clerk.until("print the codes")
        set_to("2027-01-01 00:00")
        clerk.type("y\n")
        assert clerk.end(USAGE) == f"idcard: the last person: {TAKE_BACK}\nidcard: 0 people, 0 codes\n{over}"
    assert count_of(office) == {}
    assert len(clerk.printed) == 1


# ---- what the city decides meanwhile ----


def end_after_next(clerk: Counter) -> str:
    """What is told, where the session ends before the next person has a slip."""
    clerk.until("What does this person read?")
    slips_before = len(clerk.printed)
    clerk.type("\n")
    told = clerk.end(USAGE)
    assert len(clerk.printed) == slips_before
    return told


@pytest.mark.parametrize("how", ["distrust", "retire"])
@pytest.mark.parametrize("kind", ["cohort", "revocable"])
def test_a_key_that_is_distrusted_or_retired_meanwhile_signs_for_nobody(office: Office, how: str, kind: str) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        office.done("key", how, *office.here, office.key(kind, "2026-Q4").kid.hex(), "--yes")
        clerk.answer(("next person", "y"))
        assert end_after_next(clerk) == (
            "idcard: 1 person, 4 codes\n"
            "idcard: the key that signs now is another than the one that was opened: begin anew\n"
        )
    assert count_of(office) == {"library": 1, "museum": 1, "pool": 1, "pharmacy": 1}


@pytest.mark.parametrize("with_key", [True, False], ids=["key", "sheet"])
def test_a_cohort_that_is_cancelled_meanwhile_is_given_to_nobody(office: Office, with_key: bool) -> None:
    sheet = office.home / "sheet.json"
    office.done("cohort", *office.here, *office.secret, "--out", sheet)
    code = office.mint("--for", "library", resident=True).out.split("\t")[1]
    options = () if with_key else ("--cohort-sheet", sheet)
    with counter(office, "--for", "library", *options, secret=with_key) as clerk:
        clerk.answer(("What does this person read?", ""), ("Resident", "y"), ("print the codes", "y"))
        clerk.until("next person")
        office.done("cancel", *office.here, "--cohort", "-", "--yes", stdin=code.encode())
        clerk.type("y\n")
        if with_key:
            clerk.answer(("What does this person read?", ""), ("Resident", "y"))
            told = clerk.end(USAGE)
        else:
            told = end_after_next(clerk)
    assert told.startswith("idcard: 1 person, 1 code\nidcard: ")
    assert "cancelled" in told
    assert len(clerk.printed) == 1


def test_a_plan_that_is_gone_meanwhile_ends_it(office: Office) -> None:
    with counter(office, "--for", "library") as clerk:
        clerk.until("What does this person read?")
        (office.folder / "city.json").write_text("{")
        told = end_after_next(clerk)
    assert told.startswith("idcard: 0 people, 0 codes\nidcard: ")
    assert "not JSON" in told


# ---- keys ----


def test_a_passphrase_is_asked_for_before_the_first_person(office: Office, passphrase: str) -> None:
    with counter(office, secret=False) as clerk:
        clerk.until("Passphrase of the issuing keys: ")
        assert CLEAR not in clerk.shown
        clerk.type(f"{passphrase}\n")
        clerk.until("What does this person read?")
        assert passphrase not in clerk.shown


def test_a_wrong_passphrase_is_told_before_the_first_person(office: Office) -> None:
    with counter(office, secret=False) as clerk:
        clerk.until("Passphrase of the issuing keys: ")
        clerk.type("something else altogether\n")
        assert clerk.process.wait(TIMEOUT) == USAGE
        clerk.end(USAGE)
        assert CLEAR not in clerk.shown
        assert "person" not in clerk.shown.lower()


def test_a_counter_with_a_cohort_sheet_needs_no_key_and_no_passphrase(office: Office) -> None:
    sheet = office.home / "sheet.json"
    office.done("cohort", *office.here, *office.secret, "--out", sheet)
    for path in (office.folder / "keys").iterdir():
        path.unlink()
    chosen = ("--for", "library", "--for", "theatre", "--cohort-sheet", sheet)
    with counter(office, *chosen, secret=False) as clerk:
        clerk.answer(("What does this person read?", ""), ("Resident", "y"), ("Student", "y"), ("print the codes", "y"))
        clerk.answer(("printed, end", "q"))
        assert clerk.end() == "idcard: 1 person, 2 codes\n"
        assert "Passphrase" not in clerk.shown
    assert count_of(office) == {"library": 1, "theatre": 1}
    assert len(clerk.printed) == 1


def test_a_code_that_is_one_of_few_is_not_made(office: Office, tmp_path: Path) -> None:
    common = tmp_path / "common.json"
    common.write_text(combinations.encode(Common(SPRINGFIELD, 5, frozenset())))
    with counter(office, "--for", "theatre", "--common", common) as clerk:
        clerk.answer(("What does this person read?", ""), ("Resident", "y"), ("Student", "y"))
        clerk.until("No code can be made", "n = ask again, q = give up")
        clerk.answer(("ask again", "q"))
        clerk.until("What does this person read?")
    assert count_of(office) == {}


# ---- what is refused ----


@pytest.mark.parametrize("missing", ["stdin", "stdout"])
def test_without_a_terminal_there_is_nobody_to_ask(office: Office, missing: str) -> None:
    given = command(office, *office.secret)
    if missing == "stdin":
        ended = idcard_on_terminal("counter", *given, stdin=b"\n", at=office.at, env={"TERM": "xterm"})
    else:
        ended = idcard("counter", *given, at=office.at, env={"TERM": "xterm"})
    assert ended.code == USAGE
    assert "idcard: the counter needs a terminal; idcard batch reads records from elsewhere\n" in ended.out + ended.err


@pytest.mark.parametrize("term", ["dumb", None])
def test_a_terminal_that_cannot_be_cleared_is_none(office: Office, term: str | None) -> None:
    env = {"TERM": term or ""}
    with counter(office, **env) as clerk:
        assert clerk.process.wait(TIMEOUT) == USAGE
        clerk.end(USAGE)
        assert "idcard: this terminal cannot be cleared between two people: set TERM\n" in clerk.shown


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "missing option '--print'"),
        (("--print", ""), "--print takes the command of the printer, such as lp"),
        (("--print", "lp 'x"), "--print takes the command of the printer, such as lp"),
        (("--print", "no-such-printer -d x"), "there is no program 'no-such-printer' to print with"),
        (("--print", "true", "--print-slips", ""), "--print-slips takes the command of the printer, such as lp"),
        (("--print", "true", "--print-slips", "no-such"), "there is no program 'no-such' to print with"),
        (("--print", "true", "--format", "svg"), "invalid value for '--format': 'svg' is not one of 'card', 'holder'"),
        (("--print", "true", "--format", "card"), "a card has room for 2 codes: choose with --for among library"),
        (("--print", "true", "--passphrase-fd", "0"), "--passphrase-fd 0 and the answers would both be standard input"),
        (("--print", "true", "--station", "north"), "the city has no station 'north'; it has: none"),
    ],
)
def test_what_the_command_line_lacks_is_told_first(office: Office, options: tuple[object, ...], says: str) -> None:
    ended = idcard_inside("counter", *office.here, *options, at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}")
