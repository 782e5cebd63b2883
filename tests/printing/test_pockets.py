"""The pocket sheet: every code is read from its panel, and all panels fold to the size of a card."""

import pytest
from cities import NOW
from prints import REAL, city, each_language, issued, issuing, page_count, pictures, read, scanned, word

from idcard.issuing.code import Issued
from idcard.printing import pockets
from idcard.printing.arrangement import HEIGHT_MM, SAFETY_MM, WIDTH_MM
from idcard.printing.card_design import CardDesign
from idcard.printing.page import Paper
from idcard.verify import Verifier

ALL = ("library", "museum", "pool", "pharmacy", "theatre")
DPI = 150
DESIGN = CardDesign(telephone="555-0100", return_to="Found? 1 Main Street", fixed=("BIN 610020",))


def sheet(each: Issued, *, paper: Paper = Paper.A4, test: bool = False) -> bytes:
    return pockets.pdf([each], city(test=test), paper=paper, language="en", design=DESIGN)


@each_language()
@pytest.mark.parametrize("paper", Paper)
def test_all_codes_are_read_in_each_language_and_fit_one_page(code: str, paper: Paper) -> None:
    each = issued(ALL, language=code)
    (page,) = pictures(sheet(each, paper=paper), DPI)
    found = scanned(page, DPI).keys()
    assert found == {code.text for code in each.codes}
    venue = Verifier(REAL.trust_file())
    for code in each.codes:
        (text,) = (text for text in found if text == code.text)
        assert venue.verify(text, code.venue_class, now=NOW).proven


def test_each_code_is_alone_on_its_panel() -> None:
    each = issued(ALL)
    pdf = sheet(each)
    found = scanned(*pictures(pdf))
    left = (Paper.A4.size_mm[0] - 2 * WIDTH_MM) / 2
    cover = word(pdf, "BIN")
    top = cover.top - cover.top % 1
    panels = set()
    for code in each.codes:
        box, label = found[code.text], word(pdf, code.venue_class.upper())
        column = int((box.left - left) // WIDTH_MM)
        inside = left + column * WIDTH_MM
        assert inside + SAFETY_MM <= box.left < box.right < label.left < label.right <= inside + WIDTH_MM - SAFETY_MM
        panels.add((column, round((box.top - top) / HEIGHT_MM)))
    assert len(panels) == len(found) == 4
    assert (0, 0) not in panels


def test_it_says_what_a_card_back_cannot() -> None:
    shown = read(sheet(issued(("library", "museum", "pool"))))
    for text in (
        "The codes of your city card",
        "LIBRARY · MUSEUM",
        "Library, Museum",
        "The code says: resident when the card was made, 18 or over.",
        "Valid to the end of December 2028.",
        "BIN 610020",
        "Found? 1 Main Street 555-0100",
        "A-00017",
    ):
        assert text in shown


def test_more_codes_take_another_sheet_and_none_says_so() -> None:
    names = [f"place-{letter}" for letter in "abcdefg"]
    each = issued(names, by=issuing(*names))
    pdf = sheet(each)
    assert page_count(pdf) == 2
    found = [scanned(page, DPI) for page in pictures(pdf, DPI)]
    assert [len(texts) for texts in found] == [pockets.CODES_ON_A_SHEET, 2]
    assert "No code was made for you." in read(sheet(issued(())))


def test_the_same_codes_give_the_same_bytes() -> None:
    assert sheet(issued(ALL)) == sheet(issued(ALL))
