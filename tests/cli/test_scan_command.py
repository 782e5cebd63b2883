"""`idcard scan`: a line in, a verdict out, whatever comes and whatever happens (specs/scan.md)."""

import json
import os
import random
import re
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cities import CONTACT, HANDLE, NOW, City
from command import (
    ACCEPT,
    CANNOT_SAY,
    CTRL_C,
    CTRL_D,
    TIMEOUT,
    USAGE,
    Ended,
    environment,
    idcard,
    program,
    rows_of,
    without_colour,
)
from idcard_cli.venue import keyboard
from idcard_cli.venue.last_line import LastLine
from idcard_cli.venue.lines import MAX_LINE, Lines, as_text
from idcard_cli.venue.screen import banner
from machine import needs_node
from support.keys_typed import Desk
from support.program import Process, start
from support.terminal import Terminal

from idcard import languages
from idcard.credential.calendar import DAY, seconds
from idcard.verify import Verifier, memory, tally, verdict
from idcard.verify.tally import TallyKey

CITY = City()
LIBRARY, PHARMACY = CITY.code("library"), CITY.code("pharmacy")
AT = "2026-11-22 12:00"
LATER = "2027-03-30 12:00"
FIELDS = {
    "schema", "outcome", "reason", "message", "remedy", "class", "proven", "expires", "trust_age_days", "stale",
    "environment", "photo_check", "again", "undone", "advice",
}  # fmt: skip
SECRETS = (LIBRARY[5:30], PHARMACY[5:30], LIBRARY[-30:], HANDLE.hex())


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """The memory of a venue."""
    path = tmp_path / "venue.idmemory"
    path.write_bytes(memory.encode(memory.install(CITY.file, fingerprint=None, now=NOW)))
    return path


def scan(
    venue: Path, sent: bytes, *more: object, at: str = AT, venue_class: str = "library", **how: Any
) -> tuple[list[dict[str, Any]], Ended]:
    ended = idcard("scan", "--for", venue_class, "--memory", venue, *more, stdin=sent, at=at, **how)
    for secret in SECRETS:
        assert secret not in ended.out + ended.err
    return [json.loads(line) for line in ended.out.splitlines()], ended


def reasons(verdicts: list[dict[str, Any]]) -> list[str]:
    return [each["reason"] or each["outcome"] for each in verdicts]


def counted(venue: Path) -> dict[tuple[str, str], int]:
    """The tally of the month in which the clock stands, by class and verdict."""
    path = venue.parent / "tally.csv"
    held = tally.total(tally.decode(path.read_text("ascii")) if path.exists() else {})
    assert all(entry.month == AT[:7] for entry in held)
    return {(entry.venue_class, entry.verdict): codes for entry, codes in held.items()}


# ---- one line in, one object out ----


def test_every_line_gets_one_object_in_its_order(venue: Path) -> None:
    verdicts, ended = scan(venue, f"{LIBRARY}\n{PHARMACY}\nx\nIDC1:\n{LIBRARY.lower()}".encode())
    assert (ended.code, reasons(verdicts)) == (ACCEPT, ["accept", "wrong-class", "not-a-code", "malformed", "accept"])
    assert all(each.keys() == FIELDS for each in verdicts)
    assert [each["schema"] for each in verdicts] == [1] * 5
    assert ended.out.isascii()


def test_an_acceptance_and_a_refusal_have_what_verify_has(venue: Path, tmp_path: Path) -> None:
    verdicts, _ = scan(venue, f"{LIBRARY}\n{PHARMACY}\n".encode())
    for code, judged in zip((LIBRARY, PHARMACY), verdicts, strict=True):
        alone = idcard("verify", code, "--for", "library", "--memory", venue, "--json", at=AT).json()
        assert judged == alone | {"again": False, "undone": [], "advice": []}


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\r", "\n\n\n", "\r\n \t\n", "\n\x02\n"], ids=repr)
def test_line_ends_are_those_of_any_scanner_and_blank_lines_get_no_answer(venue: Path, end: str) -> None:
    verdicts, _ = scan(venue, (LIBRARY + end + PHARMACY + end).encode())
    assert reasons(verdicts) == ["accept", "wrong-class"]


@pytest.mark.parametrize("sent", [b"", b"\n", b"\r\n\r\n", b" \t "])
def test_nothing_gets_no_answer(venue: Path, sent: bytes) -> None:
    verdicts, ended = scan(venue, sent)
    assert (verdicts, ended.code, counted(venue)) == ([], ACCEPT, {})


def test_a_line_without_an_end_is_answered_when_the_input_ends(venue: Path) -> None:
    verdicts, _ = scan(venue, LIBRARY.encode())
    assert reasons(verdicts) == ["accept"]


@pytest.mark.parametrize(
    "line",
    [
        b"\xff" * 50,
        b"x\0y",
        bytes(each for each in range(256) if each not in b"\r\n"),
        "\u202e\u0000\U0001f600".encode(),
        b"IDC1:" + b"9" * 10_000_000,
        b"x" * 10_000_000,
        LIBRARY.encode() + b" " * 5000,
        LIBRARY.encode() + b" " * 5000 + b"x",
        b" " * 5000 + LIBRARY.encode(),
        b"`" * 5000,
        b"IDC1\xc3\x96" + b"`" * 4000,
    ],
    ids=["no utf-8", "nul", "all bytes", "odd letters", "10 MB code", "10 MB", "blanks after", "and more",
         "blanks before", "accents", "accented code"],
)  # fmt: skip
def test_garbage_is_refused_once_and_the_next_line_is_as_good_as_ever(venue: Path, line: bytes) -> None:
    verdicts, ended = scan(venue, line + b"\n" + LIBRARY.encode() + b"\n")
    assert [each["outcome"] for each in verdicts] == ["reject", "accept"]
    assert ended.code == ACCEPT


def test_half_a_code_and_then_a_whole_one(venue: Path) -> None:
    half, both = LIBRARY[:70].encode(), (LIBRARY[:70] + LIBRARY).encode()
    verdicts, _ = scan(venue, half + b"\n" + both + b"\n")
    assert reasons(verdicts) == ["malformed", "accept"]
    assert verdicts[1]["undone"] == ["half-read"]


def test_what_a_scanner_did_is_named_each_time_and_explained_once(venue: Path) -> None:
    typed = [LIBRARY.lower(), f"]Q1{LIBRARY}", PHARMACY.lower(), LIBRARY]
    verdicts, _ = scan(venue, "\n".join(typed).encode())
    assert [each["undone"] for each in verdicts] == [["caps-lock"], ["prefix"], ["caps-lock"], []]
    assert [len(each["advice"]) for each in verdicts] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("sent", "undone"),
    [
        (f"{LIBRARY}#", ["suffix"]),
        (f"{LIBRARY};", ["suffix"]),
        (f"{LIBRARY}2026-11-22 12:30:05", ["suffix"]),
        (f"{LIBRARY}0042", ["suffix"]),
        (f"{LIBRARY}\x1b[B", ["suffix"]),
        (f"{LIBRARY}\x1b[15~", ["suffix"]),
        (f"{LIBRARY}\x1d", ["control"]),
        (f"{LIBRARY}\x04", ["control"]),
        (f"{LIBRARY.lower()}|", ["caps-lock", "suffix"]),
        (f"s{LIBRARY}", ["prefix"]),
        (f"]Q1{LIBRARY}]Q1", ["prefix", "suffix"]),
        (f"{PHARMACY[:60]}{LIBRARY},", ["half-read", "suffix"]),
        (f"\u200f\u202b{LIBRARY}\u202c\u200e", []),
    ],
    ids=ascii,
)
def test_what_stands_around_a_code_is_undone_and_named(venue: Path, sent: str, undone: list[str]) -> None:
    [verdict], _ = scan(venue, f"{sent}\r\n".encode())
    assert (verdict["outcome"], verdict["undone"], len(verdict["advice"])) == ("accept", undone, len(undone))
    assert ("suffix" in undone) == any("turn its suffix off" in each for each in verdict["advice"])
    assert ("prefix" in undone) == any("turn its prefix off" in each for each in verdict["advice"])


def test_the_suffix_is_named_in_the_language_of_the_clerk(venue: Path) -> None:
    english, _ = scan(venue, f"{LIBRARY}#".encode())
    spanish, _ = scan(venue, f"{LIBRARY}#".encode(), "--language", "es")
    assert "sufijo" in spanish[0]["advice"][0]
    assert english[0]["undone"] == spanish[0]["undone"] == ["suffix"]


def test_a_language_changes_sentences_and_nothing_else(venue: Path) -> None:
    english, _ = scan(venue, PHARMACY.encode())
    spanish, _ = scan(venue, PHARMACY.encode(), "--language", "es")
    assert english[0].pop("message") != spanish[0].pop("message")
    assert english[0].pop("remedy") != spanish[0].pop("remedy")
    assert english == spanish


@contextmanager
def running(venue: Path, *more: object, prelude: str = "", at: str = AT) -> Iterator[Process]:
    """A program that somebody talks to through pipes."""
    with start("scan", "--for", "library", "--memory", venue, *more, prelude=prelude, at=at) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: Process, line: str) -> dict[str, Any]:
    """The answer, before anything more is said."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n".encode())
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def test_an_answer_comes_before_the_next_question(venue: Path) -> None:
    with running(venue) as process:
        assert ask(process, LIBRARY)["outcome"] == "accept"
        assert ask(process, PHARMACY)["reason"] == "wrong-class"
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out) == (ACCEPT, b"")
        assert err == b"idcard: 2 codes: 1 accept, 1 reject, 0 cannot say\n"


# ---- double reads ----


AT_ONCE = "import time\ntime.monotonic = lambda: 100.0\n"
"""Within two seconds, however slow this computer is."""


def test_a_line_that_comes_twice_is_answered_twice_and_counted_once(venue: Path) -> None:
    sent = f"{LIBRARY}\n{LIBRARY}\r\n{PHARMACY}\n{LIBRARY}\n".encode()
    verdicts, ended = scan(venue, sent, prelude=AT_ONCE)
    assert [each["again"] for each in verdicts] == [False, True, False, False]
    assert reasons(verdicts) == ["accept", "accept", "wrong-class", "accept"]
    assert counted(venue) == {("library", "accept"): 2, ("library", "wrong-class"): 1}
    assert "3 codes" in ended.err


def test_another_counter_behind_a_code_makes_no_other_card_of_it(venue: Path) -> None:
    verdicts, _ = scan(venue, f"{LIBRARY}0001\n{LIBRARY}0002\n{PHARMACY}0003\n".encode())
    assert [each["again"] for each in verdicts] == [False, True, False]
    assert counted(venue) == {("library", "accept"): 1, ("library", "wrong-class"): 1}


def test_two_seconds_after_the_first_it_is_another_card() -> None:
    last = LastLine()
    assert [last.is_again("A", at) for at in (100.0, 101.0, 101.9, 102.0, 103.9, 104.0)] == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    assert [last.is_again(line, 104.5) for line in ("A\r", "B", "A")] == [True, False, False]


def test_what_is_remembered_of_a_line_is_not_the_line() -> None:
    last, other = LastLine(), LastLine()
    for each in (last, other):
        each.is_again(LIBRARY, 0.0)
    held = [value for value in vars(last).values() if isinstance(value, bytes)]
    assert max(map(len, held)) <= 32
    assert last._digest != other._digest


# ---- the trust file changes meanwhile ----


def test_a_newer_trust_file_counts_from_the_next_line_on(venue: Path) -> None:
    with running(venue) as process:
        assert ask(process, LIBRARY)["outcome"] == "accept"
        newer = CITY.trust_file(version=2, classes=tuple(CITY.trust_list().classes[1:]))
        held = memory.update(memory.decode(venue.read_bytes()), newer, now=NOW)
        write_whole(venue, memory.encode(held))
        assert ask(process, LIBRARY)["reason"] == "unknown-class"


def write_whole(path: Path, data: bytes) -> None:
    """As `idcard venue update` does it."""
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("by", ["memory", "trust file"])
def test_a_trust_file_that_is_gone_or_damaged_is_not_used_until_it_is_back(
    venue: Path, tmp_path: Path, by: str
) -> None:
    path, options = venue, ()
    if by == "trust file":
        path = tmp_path / "city.idtrust"
        path.write_bytes(CITY.file)
        options = ("--trust", path)
    good = path.read_bytes()
    with running(venue, *options) as process:
        assert ask(process, LIBRARY)["outcome"] == "accept"
        path.rename(tmp_path / "away")
        lost = ask(process, PHARMACY)
        assert (lost["outcome"], lost["reason"], lost["environment"]) == ("cannot-say", "no-trust-file", None)
        write_whole(path, good[:-1])
        assert ask(process, LIBRARY)["reason"] in ("memory-damaged", "trust-malformed")
        write_whole(path, good)
        assert ask(process, PHARMACY)["reason"] == "wrong-class"
        path.unlink()
        path.mkdir()
        assert ask(process, LIBRARY)["reason"] == "no-trust-file"


def test_each_line_is_judged_at_its_own_moment(venue: Path) -> None:
    """The day changes while the program waits; the memory has seen the new one afterwards."""
    prelude = f"""
import datetime, os
class Stepping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(open({os.fspath(venue.parent / "now")!r}).read()).replace(tzinfo=tz)
datetime.datetime = Stepping
"""
    now = venue.parent / "now"
    now.write_text(AT)
    with running(venue, prelude=prelude, at="") as process:
        assert ask(process, LIBRARY)["trust_age_days"] == 0
        now.write_text("2026-12-24 12:00")
        later = ask(process, PHARMACY)
        assert (later["reason"], later["trust_age_days"], later["stale"]) == ("wrong-class", 32, True)
        now.write_text(LATER)
        assert ask(process, LIBRARY)["reason"] == "trust-expired"
        assert ask(process, PHARMACY)["remedy"].endswith(CONTACT)
    assert memory.decode(venue.read_bytes()).last_day > memory.install(CITY.file, fingerprint=None, now=NOW).last_day


# ---- the program fails ----

FAILING = """
import idcard.verify.verifier as verifier
judge = verifier.judge
def failing(code, *more):
    if "BOOM" in code:
        raise {exception}
    return judge(code, *more)
verifier.judge = failing
"""


@pytest.mark.parametrize(
    "exception", ["RuntimeError(code)", "MemoryError()", "RecursionError()", "AssertionError(code)"]
)
def test_a_line_on_which_the_program_fails_is_nobodys_fault_and_the_next_is_judged(venue: Path, exception: str) -> None:
    sent = f"BOOM{LIBRARY}\n{LIBRARY}\n".encode()
    verdicts, ended = scan(venue, sent, prelude=FAILING.format(exception=exception))
    assert reasons(verdicts) == ["internal-error", "accept"]
    assert verdicts[0]["outcome"] == "cannot-say"
    assert verdicts[0].keys() == FIELDS
    assert (ended.code, counted(venue)) == (ACCEPT, {("library", "internal-error"): 1, ("library", "accept"): 1})


def test_an_input_that_is_unplugged_ends_it_like_any_end(venue: Path) -> None:
    prelude = f"""
import errno, io, sys
class Unplugged(io.BytesIO):
    def read1(self, size=-1):
        data = super().read1(size)
        if not data:
            raise OSError(errno.EIO, "Input/output error")
        return data
sys.stdin = io.TextIOWrapper(Unplugged({LIBRARY.encode()!r}))
"""
    verdicts, ended = scan(venue, b"", prelude=prelude)
    assert (ended.code, reasons(verdicts)) == (ACCEPT, ["accept"])
    assert ended.err.startswith("idcard: the input is gone: input/output error\n")
    assert counted(venue) == {("library", "accept"): 1}


def test_where_nobody_reads_any_more_it_ends_and_what_was_judged_is_counted(venue: Path) -> None:
    with running(venue) as process:
        assert ask(process, LIBRARY)["outcome"] == "accept"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(f"{PHARMACY}\n".encode() * 2)
        process.stdin.close()
        assert process.wait(TIMEOUT) == CANNOT_SAY
    assert counted(venue)["library", "accept"] == 1


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_with_its_count(venue: Path, signal_name: str) -> None:
    import signal

    with running(venue) as process:
        ask(process, LIBRARY)
        process.send_signal(getattr(signal, signal_name))
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out) == (ACCEPT, b"")
        assert err == b"idcard: 1 code: 1 accept, 0 reject, 0 cannot say\n"
    assert counted(venue) == {("library", "accept"): 1}


INTERRUPT = """
import os, signal
from idcard_cli import files
def interrupted(path, data, mode, write=files.replace):
    {}
    {}
files.replace = interrupted
"""
KILL, WRITE = "os.kill(os.getpid(), signal.SIGTERM)", "write(path, data, mode)"
WHILE_WRITING = {"before it is written": (KILL, WRITE), "when it is written": (WRITE, KILL)}


@pytest.mark.parametrize("steps", WHILE_WRITING.values(), ids=list(WHILE_WRITING))
def test_a_signal_while_the_tally_is_written_loses_no_code_and_counts_none_twice(
    venue: Path, steps: tuple[str, str]
) -> None:
    with running(venue, prelude=INTERRUPT.format(*steps)) as process:
        ask(process, LIBRARY)
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out) == (ACCEPT, b"")
        assert err == b"idcard: 1 code: 1 accept, 0 reject, 0 cannot say\n"
    assert counted(venue) == {("library", "accept"): 1}


# ---- it cannot start ----


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--for", "library", "--memory", "missing"), "no trust file is installed"),
        (("--for", "library", "--trust", "missing"), "no such file"),
        (
            ("--for", "zoo", "--trust", "city.idtrust"),
            "choose one of these kinds of place on this computer: library, museum",
        ),
        (("--for", "library", "--trust", "damaged"), "the trust file is damaged"),
        (("--trust", "city.idtrust"), "missing option '--for'"),
        (("--for", "library", "--trust", "city.idtrust", "code.txt"), "unexpected extra argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_without_a_class_or_a_trust_file_it_does_not_start(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "city.idtrust").write_bytes(CITY.file)
    (tmp_path / "damaged").write_bytes(CITY.file[:-1])
    ended = idcard("scan", *options, stdin=LIBRARY.encode(), cwd=tmp_path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


# ---- the tally ----


def test_the_tally_holds_month_class_reason_and_number_and_nothing_else(venue: Path) -> None:
    scan(venue, f"{LIBRARY}\n{PHARMACY}\nx\n{LIBRARY}\n".encode())
    assert rows_of(venue.parent / "tally.csv") == [
        "month,class,verdict,codes",
        "2026-11,library,accept,2",
        "2026-11,library,not-a-code,1",
        "2026-11,library,wrong-class,1",
    ]


def test_sessions_add_up_one_after_the_other_and_side_by_side(venue: Path) -> None:
    scan(venue, LIBRARY.encode())
    with running(venue) as one, running(venue) as other:
        for process in (one, other):
            for code in (LIBRARY, PHARMACY, LIBRARY):
                ask(process, code)
        for process in (one, other):
            process.communicate(timeout=TIMEOUT)
    assert counted(venue) == {("library", "accept"): 5, ("library", "wrong-class"): 2}


def test_with_a_trust_file_nothing_is_counted_unless_a_tally_is_named(venue: Path, tmp_path: Path) -> None:
    (tmp_path / "city.idtrust").write_bytes(CITY.file)
    trust = ("--trust", tmp_path / "city.idtrust")
    scan(venue, LIBRARY.encode(), *trust)
    assert counted(venue) == {}
    named = tmp_path / "new folder" / "mine.csv"
    scan(venue, LIBRARY.encode(), *trust, "--tally", named)
    assert tally.total(tally.decode(named.read_text())) == {TallyKey(AT[:7], "library", "accept"): 1}


@pytest.mark.parametrize("damage", ["a folder", "no tally"])
def test_a_tally_that_cannot_be_written_is_told_and_keeps_no_code_from_being_judged(venue: Path, damage: str) -> None:
    path = venue.parent / "tally.csv"
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_text("something else\n")
    verdicts, ended = scan(venue, f"{LIBRARY}\n{PHARMACY}\n{LIBRARY}\n".encode())
    assert reasons(verdicts) == ["accept", "wrong-class", "accept"]
    assert ended.code == ACCEPT
    told = ended.err.splitlines()
    missing = [line.partition(": the tally is missing ")[2].partition(":")[0] for line in told[:2]]
    assert missing == ["1 code", "3 codes"]
    assert len(told) == 3
    assert damage == "a folder" or path.read_text() == "something else\n"


# ---- on a terminal ----


class Scanning(Terminal):
    """A terminal with a person at it."""

    def wait_for(self, *parts: str) -> str:
        """Until all of this has appeared since the last time, in this order."""
        start, in_order = len(self.shown), re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)
        self.wait_until(lambda: bool(in_order.search(self.shown, start)))
        return self.shown[start:]


def scanning(*options: object, prelude: str = "", columns: int = 90, **env: str) -> Scanning:
    how: dict[str, Any] = {"prelude": prelude, "at": AT, "env": {"TERM": "xterm", **env}}
    return Scanning("scan", *options, size=(24, columns), **how)


@contextmanager
def on_terminal(venue: Path, *more: object, **how: Any) -> Iterator[Scanning]:
    with scanning("--for", "library", "--memory", venue, *more, **how) as terminal:
        terminal.wait_for("Ctrl-C")
        yield terminal


@pytest.mark.parametrize("end", ["\r", "\n", "\t", "\x03", "\x03\r", "\x04", "\x04\r", ""], ids=repr)
def test_a_clerk_sees_the_verdict_and_nothing_of_the_code(venue: Path, end: str) -> None:
    with on_terminal(venue) as terminal:
        terminal.type(LIBRARY + end)
        terminal.wait_for(
            "Accept  Library: resident when the card was made", "Compare the photo with the person's face."
        )
        terminal.type(PHARMACY + "\r")
        terminal.wait_for("Reject  wrong-class", "Scan the code marked LIBRARY.")
        terminal.type(2 * CTRL_C)
        shown = terminal.end()
    for code in (LIBRARY, PHARMACY):
        for place in range(0, len(code) - 8, 8):
            assert code[place : place + 8] not in shown
    assert shown.endswith("idcard: 2 codes: 1 accept, 1 reject, 0 cannot say\n")
    assert ("set it to send Enter" in shown) == (end == "")


def test_a_clerk_sees_that_the_date_looks_wrong(venue: Path) -> None:
    """The computer has seen a later day."""
    held = replace(memory.decode(venue.read_bytes()), last_day=seconds(NOW) // DAY + 10)
    venue.write_bytes(memory.encode(held))
    with on_terminal(venue) as terminal:
        terminal.type(LIBRARY + "\r")
        shown = terminal.wait_for("Accept  Library", "The date of this computer looks wrong: it says 2026-11-22.")
        assert "Trust file:" not in shown
        terminal.type(PHARMACY + "\r")
        terminal.wait_for("Reject  wrong-class", "The date of this computer looks wrong: it says 2026-11-22.")
    told = scan(venue, f"{LIBRARY}\n".encode(), "--json")[0]
    assert (told[0]["outcome"], told[0]["date_looks_wrong"]) == ("accept", True)


BEHIND = ["#\r", "\x1b[B\r", "\r\x1b[B", "\t2026-11-22\r", "\x1b[15~\x04", "\x04\r", "\x1d\x04", "\r#"]


@pytest.mark.parametrize("behind", BEHIND, ids=repr)
def test_what_a_scanner_types_behind_a_code_neither_steers_nor_is_judged(venue: Path, behind: str) -> None:
    """A second code follows at once, and nothing is said of what stands between the two."""
    with on_terminal(venue) as terminal:
        terminal.type(LIBRARY + behind)
        terminal.wait_for("Accept  Library")
        terminal.type(PHARMACY + behind)
        terminal.wait_for("Reject  wrong-class")
        terminal.type(LIBRARY + "\r")
        terminal.wait_for("Accept  Library")
        terminal.type(2 * CTRL_C)
        assert terminal.end().endswith("idcard: 3 codes: 2 accept, 1 reject, 0 cannot say\n")
    assert counted(venue) == {("library", "accept"): 2, ("library", "wrong-class"): 1}


def typing(*told: bytes | int) -> str:
    """A prelude by which this is typed. A number stands for so many half seconds without a key."""
    parts = [each for part in told for each in ([b""] * part if isinstance(part, int) else [part])]
    return f"from idcard_cli.venue import keyboard\nkeyboard.typed = lambda: iter({parts!r})\n"


CODE, OTHER = LIBRARY.encode(), PHARMACY.encode()
ADDRESS_CARD = b"BEGIN:VCARD\rVERSION:3.0\rN:Sample;Ada\rTEL:+1 555 0100\rORG:City Library\rEND:VCARD\r"
LICENCE = b"@\n\x1e\rANSI 636000090002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACADA\r"
MEDICINE = b"]d2010950400059101621JNGGHCFM7NE3\x1d17261231\x1d10ABC123\x04"
TYPED: dict[str, tuple[tuple[bytes | int, ...], str]] = {
    "pauses": ((CODE[:3], 4, CODE[3:60], 3, CODE[60:90], 1, CODE[90:], 1, b"\r"), "1 code: 1 accept, 0 reject"),
    "pauses, no Enter": ((CODE[:60], 4, CODE[60:], 2), "1 code: 1 accept, 0 reject"),
    "half by silence": ((CODE[:60], 9), "0 codes: 0 accept, 0 reject"),
    "half by silence, then all": ((CODE[:60], 9, CODE, b"\r"), "1 code: 1 accept, 0 reject"),
    "half with Enter": ((CODE[:60], b"\r", 9), "1 code: 0 accept, 1 reject"),
    "half on a Russian keyboard": ((Desk("us", "ru").appears(LIBRARY[:60]).encode(), 9), "0 codes: 0 accept, 0 reject"),
    "foreign by silence": ((b"https://example.org/", 9), "1 code: 0 accept, 1 reject"),
    "few letters": ((CODE, 2, b"#", 9), "1 code: 1 accept, 0 reject"),
    "address card": ((ADDRESS_CARD, 9), "1 code: 0 accept, 1 reject"),
    "address card, line by line": (
        tuple(each for line in ADDRESS_CARD.split(b"\r") for each in (line, b"\r", 3)), "1 code: 0 accept, 1 reject"
    ),
    "two address cards": ((ADDRESS_CARD, 4, ADDRESS_CARD), "2 codes: 0 accept, 2 reject"),
    "address card, then a code": ((ADDRESS_CARD, CODE, b"\r"), "2 codes: 1 accept, 1 reject"),
    "driving licence": ((LICENCE, 9), "1 code: 0 accept, 1 reject"),
    "medicine": ((MEDICINE, 4, CODE, b"\r"), "2 codes: 1 accept, 1 reject"),
    "medicine, EOT apart": ((MEDICINE[:-1], b"\r", b"\x04", CODE, b"\r"), "2 codes: 1 accept, 1 reject"),
    "EOT behind Enter": ((CODE, b"\r", b"\x04", OTHER, b"\r"), "2 codes: 1 accept, 1 reject"),
    "ETX and EOT behind Enter": ((CODE, b"\r", b"\x03", b"\x04", OTHER, b"\r"), "2 codes: 1 accept, 1 reject"),
    "other control characters": ((b"\x1a\x13\x1c" + CODE + b"\x11\x1a\x00\r",), "1 code: 1 accept, 0 reject"),
    "Ctrl-C at rest": ((CODE, b"\r", 1, b"\x03", OTHER, b"\r"), "1 code: 1 accept, 0 reject"),
    "Ctrl-C twice": ((CODE, b"\r", b"\x03", b"\x03", OTHER, b"\r"), "1 code: 1 accept, 0 reject"),
    "Ctrl-D held": ((CODE, b"\r", b"\x04\x04\x04", OTHER, b"\r"), "1 code: 1 accept, 0 reject"),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_slowly_or_beside_codes_neither_steers_nor_counts_twice(venue: Path, name: str) -> None:
    told, counts = TYPED[name]
    with on_terminal(venue, prelude=typing(*told)) as terminal:
        assert f"idcard: {counts}" in terminal.end()


def test_an_old_verdict_goes_and_half_a_code_is_told(venue: Path) -> None:
    told = (CODE, b"\r", 11, OTHER, b"\r", 39, CODE, b"\r", 12, OTHER, b"\r", 40, CODE[:70], 5)
    with on_terminal(venue, prelude=typing(*told)) as terminal:
        drawn = terminal.end().split("\x1b[H\x1b[2J")
    said = re.compile("Accept|Reject|Scan a code|not read whole")
    assert [found[0] for part in drawn if (found := said.search(part))] == [
        "Scan a code", "Accept", "Reject", "Accept", "Scan a code", "Reject", "Scan a code", "not read whole"
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["\x1b[B", "\x1bOP"])
def test_a_key_without_a_letter_does_not_keep_ctrl_c_from_ending_it(venue: Path, key: str) -> None:
    with on_terminal(venue) as terminal:
        terminal.type(key)
        terminal.type(2 * CTRL_C)
        assert terminal.end().endswith("0 codes: 0 accept, 0 reject, 0 cannot say\n")


def test_a_clerk_reads_the_verdict_in_a_language(venue: Path) -> None:
    with on_terminal(venue, "--language", "es") as terminal:
        terminal.type(LIBRARY + "\r")
        terminal.wait_for("Aceptar  Biblioteca: vivía en esta ciudad cuando se hizo la tarjeta", "Compare la foto")
        terminal.type(PHARMACY + "\r")
        terminal.wait_for("wrong-class", "Escanee el código que dice LIBRARY.")
        terminal.type(2 * CTRL_D)
        shown = terminal.end()
    assert "idcard scan: Biblioteca" in shown
    assert shown.count(languages.get("es").unreviewed) == 1


def test_word_shape_and_colour_differ_between_the_outcomes(venue: Path) -> None:
    with on_terminal(venue) as terminal:
        seen = {}
        for outcome, code in {"accept": LIBRARY, "reject": PHARMACY, "cannot-say": "IDC2:A"}.items():
            terminal.type(f"{code}\r")
            seen[outcome] = terminal.wait_for("\x1b[H\x1b[2J", "\a" * 1 if outcome == "accept" else "\a\a")
        terminal.type(2 * CTRL_D)
        terminal.end()
    rulers = {outcome: set(re.findall(r"([=X?])\1{89}", without_colour(shown))) for outcome, shown in seen.items()}
    assert rulers == {"accept": {"="}, "reject": {"X"}, "cannot-say": {"?"}}
    assert [re.findall(r"\x1b\[(3[0-9])m", seen[outcome])[0] for outcome in seen] == ["32", "31", "33"]


@pytest.mark.parametrize(("code", "bells"), [(LIBRARY, 1), (PHARMACY, 2), ("IDC2:A", 3)], ids=["1", "2", "3"])
def test_the_outcomes_sound_different(venue: Path, code: str, bells: int) -> None:
    for options, wanted in (((), bells), (("--quiet",), 0)):
        with on_terminal(venue, *options) as terminal:
            terminal.type(f"{code}\r")
            terminal.wait_for("  ")
            terminal.type(2 * CTRL_D)
            assert terminal.end().count("\a") == wanted


def test_the_screen_and_the_keyboard_are_as_before_when_it_ends(venue: Path) -> None:
    with on_terminal(venue) as terminal:
        assert terminal.mode != terminal.before
        terminal.type(2 * CTRL_C)
        shown = terminal.end()
        assert terminal.mode == terminal.before
    assert shown.count("\x1b[?1049h") == shown.count("\x1b[?1049l") == 1
    assert shown.endswith("\x1b[?1049lidcard: 0 codes: 0 accept, 0 reject, 0 cannot say\n")


@pytest.mark.parametrize("columns", [200, 60, 40, 12])
def test_no_line_is_wider_than_the_terminal(venue: Path, columns: int) -> None:
    with on_terminal(venue, columns=columns) as terminal:
        terminal.type("IDC2:A\r")
        shown = terminal.wait_for("\a\a")
    lines = [line.rstrip("\r\a") for line in without_colour(shown).replace("\x1b[H\x1b[2J", "").split("\n")]
    assert max(map(len, lines)) <= min(columns, 100)
    assert "???" in shown


def test_without_colour_and_on_a_plain_terminal_word_and_shape_remain(venue: Path) -> None:
    with on_terminal(venue, NO_COLOR="1", TERM="dumb", PYTHONIOENCODING="ascii") as terminal:
        terminal.type(f"{LIBRARY}\r")
        terminal.wait_for("Compare the photo with the person's face.")
        terminal.type(2 * CTRL_D)
        shown = terminal.end()
    assert "\x1b" not in shown
    assert "=" * 90 in shown
    assert "#####" in shown


def test_json_on_a_terminal_is_json(venue: Path) -> None:
    with on_terminal_for_programs(venue) as terminal:
        terminal.type(f"{LIBRARY}\r")
        shown = terminal.wait_for("}\n")
        assert json.loads(shown)["outcome"] == "accept"
        terminal.type(2 * CTRL_D)
        assert "\a" not in terminal.end()


@contextmanager
def on_terminal_for_programs(venue: Path) -> Iterator[Terminal]:
    """It says nothing before the first line, so it says when it listens."""
    prelude = """
from idcard_cli.venue import keyboard
typed = keyboard.typed
def listening():
    print("listening", flush=True)
    yield from typed()
keyboard.typed = listening
"""
    with scanning("--for", "library", "--memory", venue, "--json", prelude=prelude) as terminal:
        terminal.wait_for("listening\n")
        yield terminal


def test_a_double_read_and_advice_are_on_the_screen(venue: Path) -> None:
    with on_terminal(venue, prelude=AT_ONCE) as terminal:
        terminal.type(f"{LIBRARY.lower()}\r{LIBRARY.lower()}\r")
        terminal.wait_for("Caps Lock is on: press it once.", "the same code again.")
        terminal.type(2 * CTRL_D)
        assert terminal.end().count("Caps Lock is on") == 1


def test_a_terminal_that_is_closed_ends_it_and_what_was_judged_is_counted(venue: Path) -> None:
    with on_terminal(venue) as terminal:
        terminal.type(f"{LIBRARY}\r")
        terminal.wait_for("Compare the photo with the person's face.")
        terminal.unplug()
        terminal.process.wait(TIMEOUT)
    assert counted(venue) == {("library", "accept"): 1}


def test_the_large_words_have_every_letter() -> None:
    for word in ("ACCEPT", "REJECT", "CANNOT SAY"):
        assert len(banner(word, "=", 100)) == 9
        assert word[:5] in banner(word, "=", 8)[2]


# ---- lines ----


def cut(*parts: bytes, ends: bytes = b"\r\n") -> list[bytes]:
    received = Lines(ends)
    return [line for part in parts for line in received.feed(part)] + list(received.end())


def test_a_line_may_come_in_any_number_of_pieces() -> None:
    whole = b"ab c\r\n\r\nd\ne"
    for at in range(len(whole)):
        assert cut(whole[:at], whole[at:]) == [b"ab c", b"d", b"e"]
    assert cut(*(bytes((each,)) for each in whole)) == [b"ab c", b"d", b"e"]


def test_a_scanner_that_types_may_end_a_code_with_tab_or_etx() -> None:
    assert cut(b"a\tb\x03c\r", ends=keyboard.ENDS) == [b"a", b"b", b"c"]


def test_a_line_without_end_takes_no_memory() -> None:
    received = Lines()
    for _ in range(1000):
        assert list(received.feed(b"x" * 65536)) == []
    assert [len(line) for line in received.feed(b"\n")] == [MAX_LINE + 1]
    assert not received.pending


def test_a_line_that_was_cut_is_no_code() -> None:
    padded = LIBRARY.encode() + b" " * MAX_LINE
    assert as_text(padded[: MAX_LINE + 1]).endswith("\ufffd")
    assert as_text(padded[:MAX_LINE]).strip() == LIBRARY


# ---- endurance ----


def garbage(count: int, seed: int = 2026) -> Iterator[bytes]:
    """Random bytes and mutated codes, the same ones whenever this runs; something visible in each."""
    source = random.Random(seed)  # noqa: S311
    keyboards = [Desk("us", name).appears(LIBRARY) for name in ("de", "be", "gr", "ru", "ara", "bd", "kr", "il")]
    signs = LIBRARY.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    forms = [LIBRARY, PHARMACY, LIBRARY.lower(), f"]Q1{LIBRARY}", signs, f"{LIBRARY[:70]}{LIBRARY}", *keyboards]
    codes = [*(form.encode() for form in forms), LIBRARY.encode("utf-16-le")]
    invisible = bytes((*range(0x21), 0x7F))
    for _ in range(count):
        line = bytearray(source.choice(codes) if source.random() < 0.6 else source.randbytes(source.randrange(600)))
        for _ in range(source.randrange(4)):
            at = source.randrange(len(line) + 1)
            line[at : at + source.randrange(3)] = source.randbytes(source.randrange(4))
        one_line = bytes(line).translate(None, b"\r\n")
        yield one_line if one_line.strip(invisible) else b"x"


WATCHED = """
import atexit
def remember():
    with open("/proc/self/status") as status, open({path!r}, "w") as file:
        file.writelines(line for line in status if line.startswith("VmHWM:"))
atexit.register(remember)
"""


def endure(venue: Path, count: int, seed: int = 2026) -> int:
    """The most memory that it took, in KiB."""
    peak = venue.parent / f"peak-{count}-{seed}"
    sent = b"\n".join(garbage(count, seed))
    prelude = WATCHED.format(path=os.fspath(peak))
    command = program("scan", "--for", "library", "--memory", venue, prelude=prelude, at=AT)
    done = subprocess.run(command, input=sent, capture_output=True, env=environment(), timeout=900, check=False)
    assert done.returncode == ACCEPT
    assert b"Traceback" not in done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == count
    assert {each["outcome"] for each in verdicts} <= {"accept", "reject", "cannot-say"}
    assert "internal-error" not in {each["reason"] for each in verdicts}
    return int(peak.read_text().split()[1])


def test_random_bytes_and_mutated_codes_are_all_answered(venue: Path) -> None:
    endure(venue, 3_000)


def test_nothing_is_accepted_but_exactly_what_the_city_signed() -> None:
    """However a text is repaired: what is accepted is the code that was signed, letter by letter."""
    verifier, accepted = Verifier(CITY.file), 0
    for line in garbage(4_000):
        read, judged = verdict.judge_typed(verifier, as_text(line), "library", now=NOW)
        if judged.outcome == "accept":
            assert read.strip() == LIBRARY
            accepted += 1
    assert accepted > 100


@pytest.mark.slow
def test_memory_is_flat_over_three_hundred_thousand_lines(venue: Path) -> None:
    """Half of them in each of two programs, so that it takes half of the time."""
    with ThreadPoolExecutor() as side_by_side:
        most = max(side_by_side.map(lambda seed: endure(venue, 150_000, seed), (1, 2)))
    assert most - endure(venue, 2_000) < 4096


# ---- the page ----


@needs_node
def test_the_javascript_example_of_the_page_works(venue: Path, root: Path, tmp_path: Path) -> None:
    found = re.search(r"```js\n(.*?)```", (root / "specs/scan.md").read_text("utf-8"), re.DOTALL)
    assert found
    (tmp_path / "example.js").write_text(found[1])
    command = tmp_path / "bin" / "idcard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.join(program(at=AT))} "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        ["node", tmp_path / "example.js", LIBRARY, PHARMACY, LIBRARY.lower(), "x"],
        env=environment({"PATH": f"{command.parent}:{os.environ['PATH']}", "IDCARD_MEMORY": str(venue)}),
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.stderr == "idcard: 4 codes: 2 accept, 2 reject, 0 cannot say\n"
    assert [line.split(" ")[:2] for line in done.stdout.splitlines()] == [
        ["accept", "null"], ["reject", "wrong-class"], ["accept", "null"], ["reject", "not-a-code"],
    ]  # fmt: skip
    assert done.returncode == 0


def test_the_page_names_every_field_and_everything_that_is_undone(root: Path) -> None:
    page = (root / "specs/scan.md").read_text("utf-8")
    for name in ("again", "undone", "advice", "caps-lock", "shift-lock", "keyboard-de", "scanner-de", "prefix"):
        assert f"`{name}`" in page
    assert "control" in page
    assert str(f"{MAX_LINE:,}") in page
