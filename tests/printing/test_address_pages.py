"""The poster with the address of the page: a phone reads it, and people too."""

import pytest
from prints import DPI, REAL, TEST, boxes, each_language, page_count, pictures, read, scanned, words

from idcard.printing import address_pages
from idcard.printing.page import City, Paper

ADDRESS = "https://cards.springfield.example/"
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
CITY = City(REAL.plan.name, REAL.plan.contact, test=False)
every_language = each_language()


def poster(city: City = CITY, paper: Paper = Paper.A4, language: str = "en", address: str = ADDRESS) -> bytes:
    return address_pages.pdf(address, WORDS, city, paper=paper, language=language)


@every_language
@pytest.mark.parametrize("paper", Paper)
def test_one_page_that_reads_back(code: str, paper: Paper) -> None:
    pdf = poster(paper=paper, language=code)
    assert page_count(pdf) == 1
    assert boxes(pdf)["MediaBox"] == pytest.approx((0, 0, *paper.size_mm), abs=0.01)
    [picture] = pictures(pdf, DPI // 3)
    assert [each.lower() for each in scanned(picture, DPI // 3)] == [ADDRESS]
    shown = [each for each, _ in words(pdf)]
    assert ADDRESS in shown
    assert set(WORDS.split()) <= set(shown)


def test_it_says_whose_address_it_is_and_what_words_do_not_prove() -> None:
    shown = read(poster()).replace(" ", "")
    for sentence in (
        "Nothing has to be installed.",
        "Only this address is the city's. A page at another address can look the same and show the same words.",
        CITY.contact,
    ):
        assert sentence.replace(" ", "") in shown


def test_a_test_city_says_so() -> None:
    city = City(TEST.plan.name, TEST.plan.contact, test=True)
    assert "Test city: not for real cards".replace(" ", "") in read(poster(city)).replace(" ", "")


def test_the_longest_address_and_name_fit() -> None:
    address = f"https://{'w' * 63}.{'w' * 32}.org/"
    pdf = poster(City("W" * 64, "W" * 200, test=True), Paper.LETTER, address=address)
    assert page_count(pdf) == 1
    [picture] = pictures(pdf, DPI // 3)
    assert [each.lower() for each in scanned(picture, DPI // 3)] == [address]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert poster() == poster()
