"""Setting a page writes no file, asks nobody, and keeps nobody's code."""

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from machine import needs_strace
from prints import CLASSES, REAL, city, each_language, issued

from idcard.city.profile import Kind
from idcard.issuing.code import Code, Issued
from idcard.printing import cards, holders, reading, symbols, typesetting
from idcard.printing.page import CannotPrint, Paper

PROGRAM = """
import os, pickle, sys
arguments = pickle.load(open(sys.argv[1], "rb"))
from idcard.printing import cards, holders
from idcard.printing.page import Paper
two = [type(each)(each.number, each.reference, each.language, each.codes[1:3]) for each in arguments[0]]
assert cards.pdf(two, arguments[1])
assert holders.pdf(*arguments, paper=Paper.A4, language=sys.argv[2])
"""
WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)")
HARMLESS = re.compile(r'"/dev/(?:null|tty)"')


@needs_strace
@each_language("en", "ur")
def test_no_file_is_written_and_nobody_is_asked(code: str, tmp_path: Path) -> None:
    given, log = tmp_path / "given", tmp_path / "log"
    given.write_bytes(pickle.dumps(([issued()], city())))
    names = "open,openat,creat,socket,connect,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,memfd_create"
    subprocess.run(
        ["strace", "-f", "-qq", "-o", log, "-e", f"trace={names}", sys.executable, "-B", "-c", PROGRAM, given, code],
        check=True,
        timeout=120,
    )
    calls = log.read_text("utf-8", "replace").splitlines()
    assert any("holder.typ" in call for call in calls)
    changes = [call for call in calls if WRITES.search(call) or not re.search(r"\b(?:open|openat)\(", call)]
    assert [call for call in changes if not HARMLESS.search(call) and "resumed" not in call and "+++" not in call] == []


def test_codes_of_one_person_are_not_kept() -> None:
    symbols._shared.cache_clear()
    each = issued()
    holders.pdf([each], city(), paper=Paper.A4, language="en")
    shared = {code.text for code in each.codes if REAL.profile(code.venue_class).kind is Kind.COHORT}
    assert symbols._shared.cache_info().currsize == len(shared) < len(CLASSES)
    for number in range(2, 12):
        holders.pdf([issued(number=number)], city(), paper=Paper.A4, language="en")
    cards.pdf([Issued(1, "x", None, (Code("library", REAL.code("pharmacy"), "M", 7),))], city())
    assert symbols._shared.cache_info().currsize == len(shared)
    assert symbols._shared.cache_info().maxsize == symbols.MOST_SHARED


def test_a_code_is_drawn_once_in_a_file() -> None:
    pages = symbols.Symbols(30)
    codes = [(code, reading.read(code, city())) for each in (issued(), issued()) for code in each.codes]
    assert [pages.place(*each) for each in codes] == [0, 0, 1, 2, 0, 0, 1, 2]


def test_a_symbol_that_is_too_fine_for_its_width() -> None:
    with pytest.raises(CannotPrint, match=r"^QR 6-M is too fine for a width of 15 mm$"):
        symbols.Symbols(15).place_text(issued(("library",)).codes[0].text, "M", 6)


def test_what_typst_has_to_say_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotPrint, match=r"^typst: ") as problem:
        typesetting.typeset("card", {})
    assert problem.value.__cause__ is None
    each = issued(("library",))
    monkeypatch.setattr("idcard.printing.fonts.families", lambda language: ["Libertinus Serif", "No Such Font"])
    with pytest.raises(CannotPrint, match=r"^typst: unknown font family: no such font$"):
        cards.pdf([each], city())
    assert REAL.plan.name not in str(problem.value)
