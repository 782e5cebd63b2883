"""The back of a card: what the bureau cuts, what the scanner sees, what the clerk reads."""

import pickle
import subprocess
import sys
from dataclasses import replace

import pytest
from PIL import Image, ImageOps
from prints import (
    DPI,
    LATIN,
    MM_AN_INCH,
    REAL,
    TEST,
    Box,
    Issuing,
    about,
    boxes,
    city,
    each_language,
    fonts,
    is_tagged,
    issued,
    issuing,
    needs_font,
    page_count,
    pictures,
    read,
    scanned,
    word,
    words,
)

from idcard import languages
from idcard.issuing.code import Issued
from idcard.printing import cards
from idcard.printing.arrangement import HEIGHT_MM, ONE_MM, SAFETY_MM, TWO_MM, WIDTH_MM
from idcard.printing.cards import BLEED_MM, OUTSIDE_MM, Look
from idcard.printing.fonts import families
from idcard.printing.page import CannotPrint, TooManyCodes
from idcard.symbol.qr import CARD_PRINTER_DPI, LEAST_DOTS, draw

TWO = ("library", "pharmacy")
RADIUS_MM = 3.18
LEAST_BETWEEN_MM = 10
OFFICE = ["Ask", "the", "card", "office,", "555-0100."]
HOSTILE = '#include "x" *a* _b_ $c$ @d <e> [f] // g \\ #panic() `h` --'


def pixels(millimetres: float) -> int:
    return round(millimetres * DPI / MM_AN_INCH)


def trimmed(page: Image.Image) -> Image.Image:
    """The card as it is cut out."""
    left, top = pixels(OUTSIDE_MM), pixels(OUTSIDE_MM)
    return page.crop((left, top, left + pixels(WIDTH_MM), top + pixels(HEIGHT_MM)))


def printed(page: Image.Image) -> tuple[float, float, float, float]:
    """How far what is printed is from each edge of a picture, in millimetres."""
    left, top, right, bottom = ImageOps.invert(page).point(lambda grey: 255 * (grey > 64)).getbbox()
    return tuple(each * MM_AN_INCH / DPI for each in (left, top, page.width - right, page.height - bottom))


class TestBureau:
    """Boxes, marks and ink."""

    def test_trim_bleed_and_sheet(self) -> None:
        pdf = cards.pdf([issued(TWO), issued(TWO, number=2)], city())
        for page in (1, 2):
            of = boxes(pdf, page)
            trim = of["TrimBox"]
            assert (trim[2] - trim[0], trim[3] - trim[1]) == pytest.approx((WIDTH_MM, HEIGHT_MM), abs=0.005)
            for name, outside in (("BleedBox", BLEED_MM), ("MediaBox", OUTSIDE_MM), ("CropBox", OUTSIDE_MM)):
                out = (trim[0] - outside, trim[1] - outside, trim[2] + outside, trim[3] + outside)
                assert of[name] == pytest.approx(out, abs=0.005)
            assert of["MediaBox"][:2] == (0, 0)

    def test_marks_point_at_the_corners_from_outside_the_bleed(self) -> None:
        (page,) = pictures(cards.pdf([issued(())], city("x")))
        right, bottom = OUTSIDE_MM + WIDTH_MM, OUTSIDE_MM + HEIGHT_MM
        for x in (OUTSIDE_MM, right):
            for edge, away in ((OUTSIDE_MM, -1), (bottom, 1)):
                assert dark_between(page, x, edge + away * 2.9, edge) == 0
                assert dark_between(page, x, edge + away * 3.1, edge + away * 7.9) > 0.95
                assert dark_between(page, x, edge + away * 8.1, edge + away * 10) == 0
        sideways = page.transpose(Image.Transpose.TRANSPOSE)
        for y in (OUTSIDE_MM, bottom):
            for edge, away in ((OUTSIDE_MM, -1), (right, 1)):
                assert dark_between(sideways, y, edge + away * 2.9, edge) == 0
                assert dark_between(sideways, y, edge + away * 3.1, edge + away * 7.9) > 0.95

    def test_nothing_printed_is_near_the_cut_or_in_the_bleed(self) -> None:
        for page in pictures(cards.pdf([issued(TWO), issued(("pharmacy",))], city("W" * 64))):
            card = trimmed(page)
            assert min(printed(card)) >= SAFETY_MM - 0.05
            left = pixels(OUTSIDE_MM - BLEED_MM + 0.2)
            around = page.crop((left, left, page.width - left, page.height - left))
            assert min(printed(around)) >= BLEED_MM + SAFETY_MM - 0.3
        assert SAFETY_MM > RADIUS_MM

    def test_black_ink_alone(self) -> None:
        pdf = cards.pdf([issued(TWO, by=TEST)], city(test=True))
        assert b"/DeviceGray" in pdf
        assert not [space for space in (b"ICCBased", b"DeviceRGB", b"DeviceCMYK", b"/N 3") if space in pdf]

    def test_the_reference_is_beside_the_marks_and_is_cut_off(self) -> None:
        pdf = cards.pdf([issued(TWO, reference="x" * 64), issued(TWO, number=2, reference="B-2")], city())
        for page, reference in enumerate(("x" * 64, "B-2"), 1):
            box = word(pdf, reference, page)
            assert box.top > OUTSIDE_MM + HEIGHT_MM + BLEED_MM
            assert box.bottom < OUTSIDE_MM + HEIGHT_MM + OUTSIDE_MM
            assert OUTSIDE_MM < box.left < box.right < OUTSIDE_MM + WIDTH_MM

    def test_fonts_are_embedded_and_are_those_that_are_named(self) -> None:
        assert fonts(cards.pdf([issued(TWO)], city())) == LATIN[families("en")[0]]

    def test_no_date_and_no_program_that_knows_more(self) -> None:
        said = about(cards.pdf([issued(TWO)], city()))
        assert said.keys() == {"Title", "Creator"}
        assert said["Title"] == "Springfield"

    def test_it_is_tagged(self) -> None:
        assert is_tagged(cards.pdf([issued(TWO)], city()))


def dark_between(page: Image.Image, x: float, begin: float, end: float) -> float:
    """The share of a vertical line that has ink, at most a pixel beside it."""
    top, bottom = sorted((pixels(begin), pixels(end)))
    strip = page.crop((pixels(x) - 1, top, pixels(x) + 2, bottom))
    dark = [min(strip.crop((0, y, 3, y + 1)).tobytes()) < 200 for y in range(strip.height)]
    return sum(dark) / len(dark)


def assert_quiet(page: Image.Image, found: dict[str, Box]) -> None:
    """Four light modules around every code."""
    for box in found.values():
        zone = box.width * 4 / 45
        around = (box.left - zone, box.top - zone, box.right + zone, box.bottom + zone)
        assert min(printed(page.crop([pixels(each) for each in around]))) >= zone * 0.9


class TestScanner:
    """What is read, and that it is not the neighbour."""

    def test_every_code_of_every_card_is_read(self) -> None:
        batch = [issued(TWO, number=number) for number in (1, 2)] + [issued(("museum", "theatre"), number=3)]
        pages = pictures(cards.pdf(batch, city()))
        assert [set(scanned(page)) for page in pages] == [{code.text for code in each.codes} for each in batch]

    def test_one_half_of_a_card_has_one_code(self) -> None:
        each = issued(TWO)
        card = trimmed(*pictures(cards.pdf([each], city())))
        middle = card.width // 2
        for box, code in zip(
            ((0, 0, middle, card.height), (middle, 0, card.width, card.height)), each.codes, strict=True
        ):
            assert list(scanned(card.crop(box))) == [code.text]

    def test_two_codes_are_far_apart_and_large(self) -> None:
        each = issued(TWO)
        found = scanned(trimmed(*pictures(cards.pdf([each], city()))))
        left, right = (found[code.text] for code in each.codes)
        quiet = []
        for box, code in ((left, each.codes[0]), (right, each.codes[1])):
            symbol = draw(code.text, max_version=code.max_version)
            module = TWO_MM / (symbol.size + 8)
            assert (box.width, box.height) == pytest.approx((symbol.size * module,) * 2, abs=0.3)
            assert symbol.dots_a_module(width_mm=TWO_MM, dpi=CARD_PRINTER_DPI) >= LEAST_DOTS
            quiet.append(4 * module)
        assert TWO_MM >= 25
        between = right.left - left.right - sum(quiet)
        assert between >= LEAST_BETWEEN_MM
        assert between == pytest.approx(WIDTH_MM - 2 * (SAFETY_MM + TWO_MM), abs=0.3)

    def test_one_code_is_larger(self) -> None:
        each = issued(("pharmacy",))
        (box,) = scanned(trimmed(*pictures(cards.pdf([each], city())))).values()
        assert box.width == pytest.approx(ONE_MM * 45 / 53, abs=0.3)
        assert box.middle == pytest.approx(WIDTH_MM / 2, abs=0.2)

    def test_the_finest_symbol_that_a_profile_may_have_is_still_coarse_enough(self) -> None:
        symbol = draw("A" * 600, level="M", max_version=15)
        assert symbol.version == 15
        assert symbol.dots_a_module(width_mm=TWO_MM, dpi=CARD_PRINTER_DPI) >= LEAST_DOTS


class TestClerk:
    """Labels, the city and TEST."""

    @pytest.mark.parametrize("by", [REAL, TEST], ids=["real", "test"])
    def test_each_code_has_the_name_of_its_class_under_it(self, by: Issuing) -> None:
        each = issued(TWO, by=by)
        pdf = cards.pdf([each], city(test=by is TEST))
        (page,) = pictures(pdf)
        found = scanned(page)
        for code in each.codes:
            label = word(pdf, code.venue_class.upper())
            box = found[code.text]
            assert label.middle == pytest.approx(box.middle, abs=0.5)
            assert box.bottom + 2 < label.bottom < box.bottom + 9

    def test_test_is_on_every_card_of_a_test_city_and_on_no_other(self) -> None:
        for classes in ((), ("library",), TWO):
            assert "TEST" in read(cards.pdf([issued(classes, by=TEST)], city(test=True)))
            assert "TEST" not in read(cards.pdf([issued(classes)], city()))

    def test_test_is_no_noise_around_a_code(self) -> None:
        for classes in (("library",), TWO):
            (page,) = pictures(cards.pdf([issued(classes, by=TEST)], city(test=True)))
            assert len(scanned(page)) == len(classes)
            assert_quiet(page, scanned(page))

    def test_a_card_without_a_code_keeps_its_place_in_the_file(self) -> None:
        pdf = cards.pdf([issued(TWO), issued((), number=2, reference="B-2"), issued(TWO, number=3)], city())
        assert page_count(pdf) == 3
        assert [text for text, _ in words(pdf, 2)] == ["Springfield", *OFFICE, "B-2"]

    def test_nothing_else_is_written(self) -> None:
        pdf = cards.pdf([issued(TWO)], city())
        valid = ["Valid", "to", "the", "end", "of"]
        under = ["LIBRARY", *valid, "December", "2028.", "PHARMACY", *valid, "November", "2027."]
        assert sorted(read(pdf).split()) == sorted(["A-00017", *under, "Springfield", *OFFICE])

    def test_the_same_code_is_one_symbol_under_both_names(self) -> None:
        each = issued(("library", "museum", "pharmacy"))
        pdf = cards.pdf([each], city())
        assert len(scanned(*pictures(pdf))) == 2
        for code in each.codes:  # so a refusal that says *Scan the code marked MUSEUM* names one that is there
            label = word(pdf, code.venue_class.upper())
            box = scanned(*pictures(pdf))[code.text]
            assert box.left - 3 < label.left < label.right < box.right + 3
        (alone,) = scanned(trimmed(*pictures(cards.pdf([issued(("library", "museum"))], city())))).values()
        assert alone.middle == pytest.approx(WIDTH_MM / 2, abs=0.2)

    @each_language()
    def test_the_month_is_in_the_words_of_the_language(self, code: str) -> None:
        language = languages.get(code)
        pdf = cards.pdf([issued(TWO, language=code)], city(), Look(bureau=False))
        assert scanned(*pictures(pdf)).keys() == {each.text for each in issued(TWO).codes}
        assert "2028" in read(pdf)
        if code in {"es", "fr", "pl", "ht", "ru"}:
            assert language.translate("Valid to the end of December {year}.").format(year=2028) in read(pdf)

    @pytest.mark.parametrize(
        "name",
        [
            *(HOSTILE, "x", "W" * 80, "Neustadt " * 9, "-" * 80, "a\u202eb\u2028c"),
            pytest.param("北" * 64, marks=needs_font("zh-Hans")),
            pytest.param("شهر " * 20, marks=needs_font("ar")),
        ],
    )
    def test_the_name_of_the_city_is_what_it_is_and_stays_in_its_place(self, name: str) -> None:
        each = issued(TWO)
        pdf = cards.pdf([each], city(name))
        (page,) = pictures(pdf)
        assert page_count(pdf) == 1
        assert min(printed(trimmed(page))) >= SAFETY_MM - 0.05
        found = scanned(page)
        assert found.keys() == {code.text for code in each.codes}
        assert_quiet(page, found)
        if name.isascii():
            assert "".join(name.split()) in "".join(read(pdf).split())

    @pytest.mark.parametrize("name", ["w" * 32, "swimming-pools-and-sauna-of-east", "a"])
    def test_a_long_name_of_a_class_stays_under_its_code(self, name: str) -> None:
        by = issuing(name, "library")
        for classes in ((name,), (name, "library"), ("library", name)):
            each = issued(classes, by=by)
            (page,) = pictures(cards.pdf([each], city()))
            assert min(printed(trimmed(page))) >= SAFETY_MM - 0.05
            assert scanned(page).keys() == {code.text for code in each.codes}
            assert_quiet(page, scanned(page))


class TestRefusals:
    def test_three_codes(self) -> None:
        with pytest.raises(TooManyCodes, match="a card has room for 2 codes, and here are 3: choose the classes"):
            cards.pdf([issued(TWO), issued(("library", "pool", "pharmacy"), number=7)], city())

    @pytest.mark.parametrize(("by", "test"), [(REAL, True), (TEST, False)])
    def test_a_code_of_another_environment(self, by: Issuing, test: bool) -> None:
        with pytest.raises(CannotPrint, match=r"library: a code of a \w+ city does not belong on this page"):
            cards.pdf([issued(TWO, by=by)], city(test=test))

    def test_what_is_no_code(self) -> None:
        code = issued(TWO).codes[0]
        for text in ("", "HELLO", code.text[:-3], "IDC2:" + code.text[5:]):
            with pytest.raises(CannotPrint, match="library: this is not a code") as refused:
                cards.pdf([Issued(3, "x", None, (replace(code, text=text),))], city())
            assert refused.value.__cause__ is None

    def test_a_letter_that_no_font_has(self) -> None:
        with pytest.raises(CannotPrint, match=r"no font that is used here has '\U0001f3d9' \(U\+1F3D9\)"):
            cards.pdf([issued(TWO)], city("Big City \U0001f3d9"))


def test_the_same_cards_are_the_same_bytes_also_in_another_process() -> None:
    arguments = ([issued(TWO), issued(("museum",), number=2)], city("Rivière-du-Loup"))
    pdf = cards.pdf(*arguments)
    assert cards.pdf(*arguments) == pdf
    program = (
        "import pickle, sys; from idcard.printing import cards;"
        "sys.stdout.buffer.write(cards.pdf(*pickle.load(sys.stdin.buffer)))"
    )
    again = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(arguments), capture_output=True, check=True, timeout=60
    )
    assert again.stdout == pdf
