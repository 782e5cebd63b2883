"""`idcard counter` on a terminal: what only a terminal shows, a program in its session, and a printer that is one."""

import os
import re
import shlex
import signal
import stat
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import ACCEPT, CTRL_C, CTRL_D, USAGE, Office, files_under, without_colour
from support.terminal import Terminal

pytestmark = pytest.mark.slow  # a terminal, a program and a printer for each

CLEAR, FIRST_SCREEN = "\x1b[H\x1b[2J\x1b[3J", "\x1b[?1049l"
UP = "\x1b[A"
PRINTER = """#!/bin/sh
# A printer that keeps what it prints. It is noisy, it may be jammed, and it may hang.
cd {folder}
echo 'request id is PDF-17 (1 file)'
cat > {folder}/$(ls | wc -l).pdf
[ ! -e {folder}/../hang ] || exec sleep 1000
[ -e {folder}/../jam ] || exit 0
echo 'lp: \x1b[31mpaper jam' >&2
echo >&2
exit 1
"""
TAKE_BACK = "take the slip back, for it cancels nothing"
NOBODY = "idcard: 0 people, 0 codes\n"
NO_SECRET = ("--format", "holder")
"""Options that leave the passphrase to be typed."""
ADULT = (("Resident", "y"), ("Student", "n"), ("Birth date", "1990-12-31"), ("Right?", "y"))


class Counter(Terminal):
    """The command on a terminal with a clerk at it, and a printer beside it."""

    _asked = 0

    @property
    def page(self) -> str:
        """What is on the screen: everything since it was cleared."""
        return self.shown.rpartition(CLEAR)[2]

    def until(self, *parts: str) -> str:
        """The page, once all of this stands there and something is asked that was not asked before the last answer."""
        self.wait_until(lambda: self.shown[self._asked :].endswith(": ") and all(part in self.page for part in parts))
        return self.page

    def type(self, keys: str) -> None:
        self._asked = len(self.shown)
        super().type(keys)

    def answer(self, *pairs: tuple[str, str]) -> None:
        """For each: what to wait for, and what to type then, with Enter."""
        for awaited, typed in pairs:
            self.until(awaited)
            self.type(f"{typed}\n")

    def until_handed_over(self) -> None:
        self.answer(("What does this person read?", ""), ("Give the slip", "y"))

    def until_printed(self) -> str:
        self.until_handed_over()
        self.answer(*ADULT, ("print the codes", "y"))
        return self.until("Sent to the printer")

    def end(self, code: int = ACCEPT) -> str:
        """What is on the screen of the clerk when the program has ended by itself."""
        return super().end(code).rpartition(FIRST_SCREEN)[2]


@contextmanager
def counter(office: Office, *options: object, prelude: str = "", **env: str) -> Iterator[Counter]:
    printed = office.home / "printed"
    printed.mkdir()
    printer = office.home / "print here.sh"
    printer.write_text(PRINTER.format(folder=shlex.quote(str(printed))))
    printer.chmod(stat.S_IRWXU)
    given = (*office.here, "--print", f"'{printer}' --copies 1", *(options or office.secret))
    with Counter("counter", *given, prelude=prelude, at=office.at, env={"TERM": "xterm", **env}) as started:
        yield started


def test_a_person_is_served_and_nothing_but_the_counts_is_written(office: Office) -> None:
    before, contents = files_under(office.home), office.contents()
    # Readline has a history of what is typed; it is not there.
    with counter(office, prelude="import sys; sys.modules['readline'] = None", TMPDIR=str(office.home)) as clerk:
        clerk.until("What does this person read?")
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{clerk.process.pid}/limits").read_text())
        assert clerk.mode != clerk.before
        clerk.until_printed()
        assert files_under(office.home) - before == {
            *("print here.sh", "printed/0.pdf", "printed/1.pdf"),
            *("springfield/counts.csv", "springfield/counts.csv.id", "springfield/counts.csv.lock"),
        }
        clerk.answer(("next person", "y"), ("What does this person read?", "q"))
        assert clerk.end() == "idcard: 1 person, 4 codes\n"
        assert clerk.mode == clerk.before
        assert f"{CLEAR}{FIRST_SCREEN}" in clerk.shown
        assert re.findall("\x1b\\[2J(?!\x1b\\[3J)", clerk.shown) == []
        assert "request id" not in clerk.shown
    assert {name: data for name, data in office.contents().items() if not name.startswith("counts.csv")} == contents


# ---- the keyboard ----


def test_no_key_brings_anything_back_or_stops_the_program(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until_printed()
        clerk.answer(("next person", "y"))
        clerk.until_handed_over()
        clerk.until("Resident")
        for key in ("\x1a", "\x1c", "\x13"):  # Ctrl-Z, Ctrl-\, Ctrl-S
            clerk.type(f"{key}\n")
            clerk.until("Type y or n, and Enter.")
            assert clerk.process.poll() is None
        clerk.type("y\n")
        clerk.answer(("Student", "n"))
        clerk.until("Birth date")
        start = len(clerk.shown)
        for keys in (UP, f"{UP}{UP}{UP}", "\x1bOA", "\x10", "\x12199"):
            clerk.type(f"{keys}\n")
            clerk.until("Write it like 1990-12-31: year, month, day.")
        since = clerk.shown[start:].replace("1990-12-31: year", "").replace("written like 1990-12-31", "")
        assert since.count("Birth date") == 5
        assert "1990" not in since
        assert "31" not in since


def test_what_was_typed_before_a_question_does_not_answer_it(office: Office) -> None:
    with counter(office) as clerk:
        clerk.until("What does this person read?")
        clerk.type("\ny\ny\ny\ny\n")
        clerk.until("Give the slip to the person now: mark ", "it is handed over")
        assert "ASK" not in clerk.page
        assert "Resident" not in clerk.shown


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_what_is_typed_before_the_end_does_not_reach_a_shell(office: Office, key: str) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.until("Resident")
        # Ctrl-D ends a line that is begun, so there it comes on an empty one.
        clerk.type("1990-12-31\x15" + key if key == CTRL_D else "1990-12-31" + key)
        assert clerk.end() == f"idcard: the last person: {TAKE_BACK}\n{NOBODY}"
        assert clerk.mode == clerk.before
        assert f"{CLEAR}{FIRST_SCREEN}" in clerk.shown
        attributes = termios.tcgetattr(clerk.slave)
        attributes[3] &= ~termios.ICANON
        attributes[6][termios.VMIN] = attributes[6][termios.VTIME] = 0
        termios.tcsetattr(clerk.slave, termios.TCSANOW, attributes)
        assert os.read(clerk.slave, 100) == b""


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_closed_is_cleared_too(office: Office, ending: signal.Signals) -> None:
    with counter(office) as clerk:
        clerk.until_handed_over()
        clerk.answer(("Resident", "y"))
        clerk.until("Student")
        os.kill(clerk.process.pid, ending)
        assert clerk.end() == f"idcard: the last person: {TAKE_BACK}\n{NOBODY}"


# ---- the printer ----


def test_ctrl_c_ends_a_printer_that_hangs(office: Office) -> None:
    (office.home / "hang").touch()
    with counter(office) as clerk:
        clerk.answer(("What does this person read?", ""))
        clerk.wait_until(lambda: "Printing. Ctrl-C ends." in clerk.page)
        clerk.type(CTRL_C)
        assert re.search("^idcard: the last person: the slip may have been printed, mark .{4}:", clerk.end())
        assert clerk.mode == clerk.before


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_is_never_alone_and_may_be_off(office: Office, no_color: str) -> None:
    (office.home / "jam").touch()
    with counter(office, NO_COLOR=no_color) as clerk:
        clerk.answer(("What does this person read?", ""))
        page = clerk.until("Not printed: lp: \\x1b[31mpaper jam", "p = print again, q = give up")
        assert ("\x1b[33m" in page) == (no_color == "")
        assert "!" * 76 in without_colour(page)
        assert all(len(line) <= 80 for line in without_colour(page).splitlines())


# ---- the passphrase ----


def test_a_passphrase_is_asked_for_before_the_first_person(office: Office, passphrase: str) -> None:
    with counter(office, *NO_SECRET) as clerk:
        clerk.until("Passphrase of the issuing keys: ")
        assert CLEAR not in clerk.shown
        clerk.type(f"{passphrase}\n")
        clerk.until("What does this person read?")
        assert passphrase not in clerk.shown


def test_a_wrong_passphrase_is_told_before_the_first_person(office: Office) -> None:
    with counter(office, *NO_SECRET) as clerk:
        clerk.until("Passphrase of the issuing keys: ")
        for _ in range(2):
            clerk.type("something else altogether\n")
            clerk.until(": ")
        clerk.type("something else altogether\n")
        clerk.end(USAGE)
        assert CLEAR not in clerk.shown
        assert "person" not in clerk.shown.lower()
