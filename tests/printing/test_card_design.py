"""A city's card design: what it may say, where things may be, and that a mistake is told by its key."""

import re
from pathlib import Path

import pytest
from cities import NOW
from prints import LATIN, REAL, TEST, all_scanned, city, each_language, fonts, issued, pictures, read, scanned
from zxingcpp import BarcodeFormat, read_barcodes

from idcard.printing import cards, logo
from idcard.printing.arrangement import ARRANGEMENTS, FREE
from idcard.printing.card_design import BadDesign, CardDesign, Number, decode
from idcard.printing.cards import Look
from idcard.printing.logo import Logo
from idcard.printing.page import CannotPrint, TooManyCodes
from idcard.verify import Verifier

TEXTS = 'schema = 1\ntelephone = "555-0100"\nreturn_to = "Found? Card Office, 1 Main Street"\nlogo = "town.svg"\n'
FIXED = 'fixed = ["BIN 610020", "PCN SPRING", "GROUP 0001"]\n'
LIBRARY = '[library]\nbarcode = "codabar"\n'
NUMBER = "21234000000017"
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#000"/></svg>'


def square(name: str) -> Logo:
    return logo.decode(SQUARE)


def design(text: str) -> CardDesign:
    return decode(text.encode("utf-8"), square)


def test_the_example_of_the_specification_is_one(root: Path) -> None:
    page = (root / "specs/card-design.md").read_text("utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    found = design(example)
    assert (found.telephone, found.number) == ("555-0100", Number("library", "codabar"))
    for name in ("name", "logo", "office", "fixed"):
        assert f"`{name}`" in page


def test_what_it_says_is_on_the_card() -> None:
    pdf = cards.pdf([issued(("library", "pharmacy"))], city(), Look(bureau=False, design=design(TEXTS + FIXED)))
    shown = read(pdf)
    for text in ("555-0100", "Found? Card Office, 1 Main Street", "BIN 610020", "PCN SPRING", "GROUP 0001"):
        assert text in shown
    assert "Ask the card office" not in shown


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_where_things_always_are_nothing_lies_on_another(arrangement: str) -> None:
    found = ARRANGEMENTS[arrangement]
    places = [*found.taken(), *(found.free[name] for name in FREE)]
    assert all(each.is_safe for each in places)
    assert not [(a, b) for at, a in enumerate(places) for b in places[:at] if a.meets(b)]


def test_a_city_moves_what_is_free() -> None:
    moved = design(TEXTS + "[places.two]\nlogo = [35, 31, 15, 14]\n")
    assert moved.place("two", "logo").as_list() == [35, 31, 15, 14]
    assert moved.place("one", "logo") == ARRANGEMENTS["one"].free["logo"]
    cards.pdf([issued(("library", "pharmacy"))], city(), Look(bureau=False, design=moved))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "schema: must be 1"),
        ("schema = 2", "schema: must be 1"),
        ("schema = true", "schema: must be 1"),
        ("schema = ", "the file: is not TOML in UTF-8: "),
        ("#" * 20000, "the file: is larger than 16384 bytes"),
        ('schema = 1\ntelefone = "1"', "telefone: is no key of a design; there are fixed, font, library, logo"),
        ("schema = 1\ntelephone = 5", "telephone: must be a text of 1 to 40 letters"),
        ('schema = 1\ntelephone = " 5"', "telephone: must be a text of 1 to 40 letters"),
        ('schema = 1\nreturn_to = "a\\nb"', "return_to: has a letter that cannot be printed"),
        ('schema = 1\nreturn_to = "a\\u202eb"', "return_to: has a letter that cannot be printed"),
        ('schema = 1\nfixed = "BIN"', "fixed: must be a list of at most 6 lines"),
        ('schema = 1\nfixed = ["1","2","3","4","5","6","7"]', "fixed: must be a list of at most 6 lines"),
        ('schema = 1\nlogo = "../town.svg"', "logo: must be the name of a file beside this one"),
        ('schema = 1\nlogo = "town.png"', "logo: must be the name of a file beside this one"),
        ("schema = 1\nlibrary = 1", "library: must be a table"),
        ("schema = 1\n[library]\n", "library.barcode: must be one of code128, codabar"),
        ('schema = 1\n[library]\nbarcode = "qr"', "library.barcode: must be one of code128, codabar"),
        ('schema = 1\n[library]\nbarcode = "codabar"\nclass = "A"', "library.class: must be the name of a venue class"),
        ('schema = 1\n[library]\nbarcode = "codabar"\nname = "A"', "library.name: is no key of a design"),
        ("schema = 1\n[places.three]\n", "places.three: is no key of a design; there are number, one, two"),
        ("schema = 1\n[places.two]\ncodes = [1, 2, 3, 4]", "places.two.codes: is no key of a design"),
        ("schema = 1\n[places.two]\nname = [1, 2, 3]", "places.two.name: must be [left, top, width, height]"),
        ("schema = 1\n[places.two]\nname = [5, 5, 20, nan]", "places.two.name: must be [left, top, width, height]"),
        ("schema = 1\n[places.two]\nname = [5, 5, 9, 4]", "places.two.name: must be at least 10 wide and 2 high"),
        ("schema = 1\n[places.two]\nname = [3.4, 5, 20, 4]", "places.two.name: is nearer to the edge of the card"),
        ("schema = 1\n[places.two]\nname = [20, 5, 20, 4]", "places.two.name: lies on a code"),
        (TEXTS + "[places.one]\nname = [4, 10, 20, 4]", "places.one.name: lies on logo"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_key(text: str, says: str) -> None:
    with pytest.raises(BadDesign) as refused:
        design(text)
    assert str(refused.value).startswith(says)


def test_a_logo_that_is_refused_is_told_with_its_file() -> None:
    def colour(name: str) -> Logo:
        raise CannotPrint("it is not an SVG image")

    with pytest.raises(BadDesign, match=r"^logo: town\.svg: it is not an SVG image$"):
        decode(TEXTS.encode(), colour)


class TestNumber:
    """Of a library."""

    @pytest.mark.parametrize("test", [False, True])
    def test_code_and_number_are_read_from_one_card(self, test: bool) -> None:
        by = {"by": TEST} if test else {}
        look = Look(bureau=False, design=design(TEXTS + FIXED + LIBRARY), numbers={1: NUMBER})
        each = issued(("library", "museum"), **by)
        (page,) = pictures(cards.pdf([each], city(test=test), look))
        assert scanned(page).keys() == {code.text for code in each.codes}
        (number,) = read_barcodes(page, formats=BarcodeFormat.Codabar)
        assert number.text == f"A{NUMBER}B"
        assert NUMBER in read(cards.pdf([each], city(test=test), look))

    def test_a_card_without_a_code_of_the_library_has_none(self) -> None:
        look = Look(bureau=False, design=design(TEXTS + LIBRARY), numbers={})
        (page,) = pictures(cards.pdf([issued(("pharmacy",))], city(), look))
        assert len(read_barcodes(page)) == 1

    def test_there_is_room_for_one_code_beside_it(self) -> None:
        look = Look(bureau=False, design=design(TEXTS + LIBRARY), numbers={1: NUMBER})
        with pytest.raises(TooManyCodes, match="room for 1 code beside a library's number, and here are 2"):
            cards.pdf([issued(("library", "pharmacy"))], city(), look)


@each_language()
def test_every_code_is_read_from_a_full_card_in_each_language(code: str) -> None:
    each = issued(("library", "museum", "pharmacy"), language=code)
    look = Look(bureau=False, design=design(TEXTS + FIXED))
    (page,) = pictures(cards.pdf([each], city(), look))
    found = {text for text, _ in all_scanned(page)}
    assert found == {code.text for code in each.codes}
    venue = Verifier(REAL.trust_file())
    for code in each.codes:
        (text,) = found & {code.text}
        assert venue.verify(text, code.venue_class, now=NOW).proven


def test_a_font_of_the_city_comes_first() -> None:
    own = design(TEXTS + 'font = "Libertinus Serif"\n')
    used = fonts(cards.pdf([issued(("library",))], city(), Look(bureau=False, design=own)))
    assert used & LATIN["Libertinus Serif"]
