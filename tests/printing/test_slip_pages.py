"""The slip on paper: it can be read out, scanned and understood, and says what the page of `idcard slip new` says."""

import pytest
from idcard_cli.counter import slip_page
from pages import words_of
from prints import DPI, REAL, TEST, boxes, city, each_language, page_count, pictures, read, scanned, words

from idcard import languages
from idcard.city.profile import Kind
from idcard.issuing import slips
from idcard.issuing.slips import Slip
from idcard.printing import slip_pages
from idcard.printing.page import CannotPrint, Paper
from idcard.printing.slip_pages import Sheet

SLIP = Slip(REAL.scope, 2028 * 12, bytes(range(16)))
NAMES = {kind: [each.profile.venue_class for each in REAL.plan.classes if each.profile.kind is kind] for kind in Kind}
every_language = each_language()


def page(*sheets: Sheet, paper: Paper = Paper.A4, test: bool = False, language: str = "en") -> bytes:
    return slip_pages.pdf(
        sheets or [Sheet(SLIP, "A-17", None)],
        city(test=test),
        revocable=NAMES[Kind.REVOCABLE],
        cohort=NAMES[Kind.COHORT],
        paper=paper,
        language=language,
    )


@every_language
def test_it_is_read_back_from_the_code_and_from_the_letters(code: str) -> None:
    pdf = page(language=code)
    text = slips.encode(SLIP)
    (picture,) = pictures(pdf, DPI // 2)
    assert list(scanned(picture, DPI // 2)) == ["IDS1:" + text]
    assert slips.decode(text, REAL.scope) == SLIP
    assert text in [each for each, _ in words(pdf)]


@pytest.mark.parametrize("code", ["en", "es", "fr", "pl", "ht", "ru"])
def test_it_says_what_the_other_page_says(code: str) -> None:
    html = words_of(slip_page.page(SLIP, REAL.plan, languages.get(code)))
    shown, foot, _ = read(page(language=code)).partition("A-17")
    assert foot
    assert shown.replace(" ", "") == html.replace(" ", "")


@every_language
@pytest.mark.parametrize("paper", Paper)
def test_one_page(code: str, paper: Paper) -> None:
    pdf = page(paper=paper, language=code)
    assert page_count(pdf) == 1
    assert boxes(pdf)["MediaBox"] == pytest.approx((0, 0, *paper.size_mm), abs=0.01)


def test_each_in_the_language_of_its_holder() -> None:
    pdf = page(Sheet(SLIP, "first", "es"), Sheet(SLIP, "second", None), language="pl")
    assert page_count(pdf) == 2
    for number, code in ((1, "es"), (2, "pl")):
        shown = " ".join(text for text, _ in words(pdf, number))
        assert languages.get(code).translate("Slip for a lost card") in shown


def test_a_city_whose_codes_can_all_be_cancelled_says_nothing_of_others() -> None:
    pdf = slip_pages.pdf(
        [Sheet(SLIP, "x", None)], city(), revocable=["pharmacy"], cohort=[], paper=Paper.A4, language="en"
    )
    assert "many other people" not in read(pdf)


@pytest.mark.parametrize("test", [True, False])
def test_a_slip_of_another_environment(test: bool) -> None:
    wrong = Slip((REAL if test else TEST).scope, SLIP.until, SLIP.secret)
    with pytest.raises(CannotPrint, match=r"^a slip of a \w+ city does not belong on this page$"):
        page(Sheet(wrong, "x", None), test=test)


def test_test_is_on_the_page_of_a_test_city() -> None:
    made = Slip(TEST.scope, SLIP.until, SLIP.secret)
    assert "TEST" in read(page(Sheet(made, "x", None), test=True))
    assert "TEST" not in read(page())
