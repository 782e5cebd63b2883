"""The slip on paper: it can be read out, scanned and understood."""

from dataclasses import replace

import pytest
from prints import DPI, REAL, TEST, boxes, each_language, page_count, pictures, read, scanned, words

from idcard import languages
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.issuing import slips
from idcard.issuing.slips import Slip
from idcard.printing import slip_pages
from idcard.printing.page import CannotPrint, Paper
from idcard.printing.slip_pages import Sheet

SLIP = Slip(REAL.scope, 2028 * 12, bytes(range(16)))
PLAN = REAL.plan
every_language = each_language()


def page(*sheets: Sheet, plan: Plan = PLAN, paper: Paper = Paper.A4, language: str = "en") -> bytes:
    return slip_pages.pdf(sheets or [Sheet(SLIP, "A-17", None)], plan, paper=paper, language=language)


@every_language
def test_it_is_read_back_from_the_code_and_from_the_letters(code: str) -> None:
    pdf = page(language=code)
    text = slips.encode(SLIP)
    (picture,) = pictures(pdf, DPI // 2)
    assert list(scanned(picture, DPI // 2)) == ["IDS1:" + text]
    assert slips.decode(text, REAL.scope) == SLIP
    assert text in [each for each, _ in words(pdf)]


def test_it_says_what_a_holder_must_know() -> None:
    shown = read(page())
    for sentence in (
        "Keep this paper at home, apart from your card.",
        "You need not say who you are.",
        PLAN.contact,
        "This cancels your codes for: PHARMACY.",
        "Your codes for LIBRARY, MUSEUM, POOL, THEATRE are the same as those of many other people.",
        "If card and paper are both lost Then nobody can cancel the codes.",
        "expire by 2028-01-01. Then throw it away.",
    ):
        assert sentence.replace(" ", "") in shown.replace(" ", "")
    assert shown.endswith("A-17")


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


def test_kinds_of_places_have_their_word_and_the_label_that_is_printed_beside_the_code() -> None:
    assert "Biblioteca (LIBRARY), Museo (MUSEUM), Piscina (POOL), Teatro (THEATRE)" in " ".join(
        read(page(language="es")).split()
    )


def test_a_city_whose_codes_can_all_be_cancelled_says_nothing_of_others() -> None:
    revocable = tuple(each for each in PLAN.classes if each.profile.kind is Kind.REVOCABLE)
    assert "many other people" not in read(page(plan=replace(PLAN, classes=revocable)))


@pytest.mark.parametrize("test", [True, False])
def test_a_slip_of_another_environment(test: bool) -> None:
    wrong = Slip((REAL if test else TEST).scope, SLIP.until, SLIP.secret)
    with pytest.raises(CannotPrint, match=r"^a slip of another city does not belong on this page$"):
        page(Sheet(wrong, "x", None), plan=(TEST if test else REAL).plan)


def test_test_is_on_the_page_of_a_test_city() -> None:
    made = Slip(TEST.scope, SLIP.until, SLIP.secret)
    assert "TEST" in read(page(Sheet(made, "x", None), plan=TEST.plan))
    assert "TEST" not in read(page())
