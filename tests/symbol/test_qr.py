"""The symbol: every format is read back as a scanner at a counter would read it."""

import io
import os
import re
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from prints import pictures
from segno import consts

from idcard.city.profile import Kind, Profile
from idcard.credential.claims import RESIDENT
from idcard.errors import IdcardError
from idcard.symbol import qr
from idcard.symbol.qr import CannotDraw, Symbol, draw

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
COHORT_LENGTH = 154
REVOCABLE_LENGTH = 178
QUIET_ZONE = 4
LINE = re.compile(r"(?:\x1b\[38;5;(?P<front>\d+);48;5;(?P<back>\d+)m)?(?P<blocks>[ ▀▄█]+)(?:\x1b\[0m)?")
CUBE = {"16": 0, "231": 255}
"""Grey levels of the 256-colour cube, which no theme changes."""
SVG = "{http://www.w3.org/2000/svg}"


def text_of(length: int) -> str:
    """A text with every letter of the alphabet in it, as far as the length allows."""
    return ("IDC1:" + LETTERS * (length // len(LETTERS) + 1))[:length]


def full(version: int, level: str) -> int:
    """Letters in alphanumeric mode that a symbol holds, by the table that another program has of ISO/IEC 18004."""
    bits = consts.SYMBOL_CAPACITY[version][consts.ERROR_MAPPING[level]]
    pairs, rest = divmod(bits - 4 - (9 if version < 10 else 11 if version < 27 else 13), 11)
    return 2 * pairs + (rest >= 6)


COHORT = text_of(COHORT_LENGTH)
REVOCABLE = text_of(REVOCABLE_LENGTH)


@pytest.fixture(params=[(COHORT, "M", 6), (REVOCABLE, "M", 7), (COHORT, "Q", 8)], ids=["6-M", "7-M", "8-Q"])
def drawn(request: pytest.FixtureRequest) -> tuple[str, Symbol]:
    text, level, version = request.param
    return text, draw(text, level=level, max_version=version)


def scan(image: Image.Image) -> zxingcpp.Barcode:
    """The one symbol in a picture."""
    (barcode,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return barcode


def picture_of_png(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("L")


def picture_of_svg(data: bytes, pixels_per_unit: int = 8) -> Image.Image:
    """Paints the two shapes of the image: a white rectangle, and a black path of closed boxes."""
    root = ElementTree.fromstring(data)  # noqa: S314 (made by the code under test)
    ground, dark = root
    side = int(ground.attrib["width"])
    image = Image.new("L", (side * pixels_per_unit,) * 2, 255)
    paint = ImageDraw.Draw(image)
    box = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")
    assert box.sub("", dark.attrib["d"]) == ""
    for x, y, length, back in (map(int, found.groups()) for found in box.finditer(dark.attrib["d"])):
        assert back == length
        left, top = x * pixels_per_unit, y * pixels_per_unit
        paint.rectangle((left, top, left + length * pixels_per_unit - 1, top + pixels_per_unit - 1), fill=0)
    return image


def picture_of_pdf(data: bytes, dpi: int) -> Image.Image:
    (page,) = pictures(data, dpi)
    return page


def picture_of_terminal(drawing: str, ink: int, paper: int) -> Image.Image:
    """What a screen shows at 8 x 16 pixels a character, whose theme has letters and ground of these grey levels."""
    lines = [LINE.fullmatch(line) for line in drawing.splitlines()]
    assert None not in lines
    image = Image.new("L", (8 * len(lines[0]["blocks"]), 16 * len(lines)), paper)
    paint = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        front, back = (CUBE[line["front"]], CUBE[line["back"]]) if line["front"] else (ink, paper)
        for column, block in enumerate(line["blocks"]):
            for y, halves in ((16 * row, "▀█"), (16 * row + 8, "▄█")):
                paint.rectangle((8 * column, y, 8 * column + 7, y + 7), fill=front if block in halves else back)
    return image


def margins(image: Image.Image) -> tuple[int, int, int, int]:
    """Light pixels left of, above, right of and below everything dark. The finder patterns touch all four sides."""
    box = image.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    assert box is not None
    left, top, right, bottom = box
    return left, top, image.width - right, image.height - bottom


class TestSymbol:
    """Version, level and mode are exactly those that the profile counted on."""

    @pytest.mark.parametrize(
        ("length", "level", "version"),
        [(COHORT_LENGTH, "M", 6), (REVOCABLE_LENGTH, "M", 7), (108, "Q", 6), (125, "Q", 7), (20, "M", 1)],
    )
    def test_the_smallest_version_that_fits(self, length: int, level: str, version: int) -> None:
        text = text_of(length)
        for allowed in (version, version + 1, 40):
            symbol = draw(text, level=level, max_version=allowed)
            assert (symbol.version, symbol.level, symbol.size) == (version, level, 17 + 4 * version)
        read = scan(picture_of_png(symbol.png()))
        assert (read.text, read.extra["Version"], read.ec_level) == (text, str(version), level)

    @pytest.mark.parametrize(("length", "version"), [(COHORT_LENGTH + 1, 6), (REVOCABLE_LENGTH + 1, 7)])
    def test_one_letter_more_is_refused(self, length: int, version: int) -> None:
        with pytest.raises(CannotDraw, match=f"^the text needs QR {version + 1}-M, and {version}-M is the largest"):
            draw(text_of(length), max_version=version)

    @pytest.mark.parametrize("level", ["M", "Q"])
    def test_draw_and_profile_agree_on_what_fits(self, level: str) -> None:
        for version in range(8, 16):
            profile = Profile(
                venue_class="library",
                kind=Kind.COHORT,
                flags=frozenset({RESIDENT}),
                life=3,
                level=level,
                max_version=version,
            )
            assert draw(text_of(profile.capacity), level=level, max_version=40).version == version
            assert draw(text_of(profile.capacity + 1), level=level, max_version=40).version == version + 1

    @pytest.mark.parametrize("level", qr.LEVELS)
    def test_the_level_is_the_one_asked_for_even_where_a_better_one_is_free(self, level: str) -> None:
        symbol = draw("A", level=level, max_version=1)
        assert (symbol.version, symbol.level) == (1, level)
        assert scan(picture_of_png(symbol.png())).ec_level == level

    def test_a_short_text_is_no_micro_qr(self) -> None:
        symbol = draw("1", max_version=1)
        assert symbol.size == 21
        assert scan(picture_of_png(symbol.png())).format == zxingcpp.BarcodeFormat.QRCode

    @pytest.mark.parametrize("level", qr.LEVELS)
    def test_a_full_symbol_of_every_version_is_that_of_segno_in_alphanumeric_mode(self, level: str) -> None:
        """And in no other: in byte mode a text takes half as much room again."""
        for version in (*range(1, 16), 20, 21, 26, 27, 34, 40):
            length = full(version, level)
            symbol = draw(text_of(length), level=level, max_version=version)
            assert (symbol.version, symbol.size) == (version, 17 + 4 * version)
            read = scan(picture_of_png(symbol.png(module_px=2)))
            assert (read.text, read.extra["Version"], read.ec_level) == (text_of(length), str(version), level)
            with pytest.raises(CannotDraw):
                draw(text_of(length + 1), level=level, max_version=version)

    @pytest.mark.parametrize("text", ["7" * COHORT_LENGTH, "A" * (COHORT_LENGTH - 20) + "7" * 20], ids=["all", "last"])
    def test_digits_which_numeric_mode_would_shorten_need_no_other_version(self, text: str) -> None:
        symbol = draw(text, max_version=6)
        assert (symbol.version, scan(picture_of_png(symbol.png())).text) == (6, text)
        with pytest.raises(CannotDraw):
            draw(text + "7", max_version=6)

    def test_equal_texts_give_equal_symbols_in_every_process(self) -> None:
        assert draw(COHORT, max_version=6) != draw(COHORT[:-1] + "0", max_version=6)
        program = "import sys; from idcard.symbol import qr; print(qr.draw(sys.argv[1], max_version=6).svg())"
        for seed in ("1", "2"):
            drawn = subprocess.check_output(
                [sys.executable, "-c", program, COHORT], text=True, env={**os.environ, "PYTHONHASHSEED": seed}
            )
            assert drawn == f"{draw(COHORT, max_version=6).svg()}\n"

    @pytest.mark.parametrize(
        "text",
        ["", "idc1:secret", "IDC1:SECRET\n", "SECRET\u0130", "SECRET\u0661", "SECRET#", "SECRET\0", "SECRET\u3042"],
    )
    def test_a_text_that_is_not_alphanumeric_is_refused(self, text: str) -> None:
        with pytest.raises(CannotDraw, match=r"^the text is empty or has a letter that alphanumeric mode lacks$"):
            draw(text, max_version=40)

    @pytest.mark.parametrize(
        ("text", "level", "version"), [("SECRET" * 30, "M", 6), ("SECRET" * 2000, "M", 40), ("secret", "M", 6)]
    )
    def test_no_refusal_shows_the_text(self, text: str, level: str, version: int) -> None:
        with pytest.raises(IdcardError) as refusal:
            draw(text, level=level, max_version=version)
        assert "secret" not in str(refusal.value).lower()
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None

    @pytest.mark.parametrize("level", ["", "m", "X", "LM"])
    def test_an_unknown_level_is_refused(self, level: str) -> None:
        with pytest.raises(CannotDraw, match="level"):
            draw("A", level=level, max_version=1)

    def test_a_symbol_shows_only_its_kind(self) -> None:
        assert re.fullmatch(r"Symbol\(version=6, level='M'\)", repr(draw(COHORT, max_version=6)))


class TestPng:
    def test_it_reads_back(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        for module_px in (2, 3, 8):
            assert scan(picture_of_png(symbol.png(module_px=module_px))).text == text

    @pytest.mark.parametrize("module_px", [1, 8, 64])
    def test_size_and_quiet_zone_in_pixels(self, drawn: tuple[str, Symbol], module_px: int) -> None:
        _, symbol = drawn
        image = picture_of_png(symbol.png(module_px=module_px))
        assert image.size == ((symbol.size + 8) * module_px,) * 2
        assert margins(image)[:2] == (QUIET_ZONE * module_px,) * 2
        assert margins(image)[2:] == (QUIET_ZONE * module_px,) * 2

    @pytest.mark.parametrize("module_px", [2, 3, 5, 8, 16, 33])
    def test_a_module_is_a_square_of_pixels(self, drawn: tuple[str, Symbol], module_px: int) -> None:
        _, symbol = drawn
        small = picture_of_png(symbol.png(module_px=1))
        found = picture_of_png(symbol.png(module_px=module_px))
        assert found.tobytes() == small.resize(found.size, Image.Resampling.NEAREST).tobytes()

    def test_it_is_black_and_white_and_holds_nothing_but_pixels(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        data = symbol.png()
        image = Image.open(io.BytesIO(data))
        image.load()
        assert (image.mode, image.info) == ("1", {})
        chunks, at = [], 8
        while at < len(data):
            chunks.append(data[at + 4 : at + 8])
            at += 12 + int.from_bytes(data[at : at + 4])
        assert chunks == [b"IHDR", b"IDAT", b"IEND"]
        assert text.encode() not in data

    @pytest.mark.parametrize("module_px", [-1, 0, 65])
    def test_a_size_out_of_range_is_refused(self, module_px: int) -> None:
        with pytest.raises(CannotDraw, match="1 to 64 pixels"):
            draw("A", max_version=1).png(module_px=module_px)


class TestSvg:
    def test_it_reads_back(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        assert scan(picture_of_svg(symbol.svg())).text == text

    def test_it_shows_the_modules_of_the_png(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        assert picture_of_svg(symbol.svg(), 8).tobytes() == picture_of_png(symbol.png(module_px=8)).tobytes()

    @pytest.mark.parametrize(("width_mm", "written"), [(10, "10mm"), (30, "30mm"), (42.5, "42.5mm"), (500, "500mm")])
    def test_geometry(self, drawn: tuple[str, Symbol], width_mm: float, written: str) -> None:
        _, symbol = drawn
        side = symbol.size + 2 * QUIET_ZONE
        root = ElementTree.fromstring(symbol.svg(width_mm=width_mm))  # noqa: S314 (made by the code under test)
        assert root.attrib == {
            "width": written,
            "height": written,
            "viewBox": f"0 0 {side} {side}",
            "shape-rendering": "crispEdges",
        }
        ground, dark = root
        assert (ground.tag, ground.attrib) == (
            f"{SVG}rect",
            {"width": str(side), "height": str(side), "fill": "#fff"},
        )
        assert (dark.tag, dark.attrib.keys(), dark.attrib["fill"]) == (f"{SVG}path", {"fill", "d"}, "#000")

    def test_it_is_30_mm_wide_unless_told_otherwise(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        assert symbol.svg() == symbol.svg(width_mm=30)

    def test_it_holds_no_text(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        data = symbol.svg()
        root = ElementTree.fromstring(data)  # noqa: S314 (made by the code under test)
        assert [element.tag for element in root.iter()] == [f"{SVG}svg", f"{SVG}rect", f"{SVG}path"]
        assert "".join(root.itertext()) == ""
        assert b"<!" not in data
        assert text.encode() not in data


class TestPdf:
    @pytest.mark.parametrize(("width_mm", "dpi"), [(30, 300), (15, 600), (85, 150)])
    def test_it_reads_back(self, drawn: tuple[str, Symbol], width_mm: float, dpi: int) -> None:
        text, symbol = drawn
        assert scan(picture_of_pdf(symbol.pdf(width_mm=width_mm), dpi)).text == text

    def test_page_and_quiet_zone_in_pixels(self, drawn: tuple[str, Symbol]) -> None:
        """At 254 dots per inch a millimetre is ten pixels; modules of 0.8 mm are eight."""
        _, symbol = drawn
        side = symbol.size + 2 * QUIET_ZONE
        image = picture_of_pdf(symbol.pdf(width_mm=side * 0.8), 254)
        assert all(abs(pixels - side * 8) <= 1 for pixels in image.size)
        assert all(abs(margin - QUIET_ZONE * 8) <= 1 for margin in margins(image))

    def test_it_shows_the_modules_of_the_png(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        side = symbol.size + 2 * QUIET_ZONE
        painted = picture_of_pdf(symbol.pdf(width_mm=side * 0.8), 254)
        modules = picture_of_png(symbol.png(module_px=1))
        for x in range(side):
            for y in range(side):
                assert abs(painted.getpixel((8 * x + 4, 8 * y + 4)) - modules.getpixel((x, y))) < 8

    @pytest.mark.parametrize(("width_mm", "points"), [(10, "28.3465"), (30, "85.0394"), (500, "1417.3228")])
    def test_the_page_is_the_symbol_with_its_quiet_zone(
        self, drawn: tuple[str, Symbol], width_mm: float, points: str
    ) -> None:
        _, symbol = drawn
        assert f"/MediaBox[0 0 {points} {points}]".encode() in symbol.pdf(width_mm=width_mm)

    def test_it_is_30_mm_wide_unless_told_otherwise(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        assert symbol.pdf() == symbol.pdf(width_mm=30)

    def test_it_names_no_time_no_program_and_no_text(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        data = symbol.pdf()
        for name in (b"Date", b"/Info", b"/ID", b"/Metadata", b"Producer", b"Creator", b"Title", b"(D:", b"segno"):
            assert name not in data
        assert text.encode() not in data

    def test_every_offset_of_the_table_is_that_of_its_object(self, drawn: tuple[str, Symbol]) -> None:
        """Viewers repair a broken table in silence, print servers do not."""
        _, symbol = drawn
        data = symbol.pdf()
        start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)[1])
        head, size, *lines = data[start:].split(b"\n")
        assert (head, size) == (b"xref", b"0 5")
        entries = lines[:5]
        assert entries[0] == b"0000000000 65535 f "
        for number, entry in enumerate(entries[1:], 1):
            assert re.fullmatch(rb"\d{10} 00000 n ", entry)
            assert data[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)
        length, content = re.search(rb"/Length (\d+)>>\nstream\n(.*)endstream", data, re.DOTALL).groups()
        assert len(content) == int(length)


class TestPrintedWidth:
    @pytest.mark.parametrize("width_mm", [-30, 0, 9.9, 500.1, float("nan"), float("inf")])
    def test_a_width_out_of_range_is_refused(self, width_mm: float) -> None:
        symbol = draw("A", max_version=1)
        for render in (symbol.svg, symbol.pdf, symbol.dots_a_module):
            with pytest.raises(CannotDraw, match="10 to 500 mm"):
                render(width_mm=width_mm)


class TestDotsAModule:
    """What a card printer has to draw a module with."""

    @pytest.mark.parametrize(
        ("length", "at_25_mm", "at_18_mm", "at_15_mm"),
        [(154, 6.03, 4.34, 3.62), (178, 5.57, 4.01, 3.34), (262, 4.84, 3.49, 2.90), (600, 3.47, 2.50, 2.08)],
        ids=["6-M", "7-M", "9-M", "15-M"],
    )
    def test_at_300_dpi(self, length: int, at_25_mm: float, at_18_mm: float, at_15_mm: float) -> None:
        symbol = draw(text_of(length), max_version=15)
        found = [symbol.dots_a_module(width_mm=width) for width in (25, 18, 15)]
        assert found == pytest.approx([at_25_mm, at_18_mm, at_15_mm], abs=0.005)

    def test_twice_the_dots_an_inch_are_twice_the_dots_a_module(self) -> None:
        symbol = draw(COHORT, max_version=6)
        assert symbol.dots_a_module(width_mm=25.4, dpi=600) == 2 * symbol.dots_a_module(width_mm=25.4)
        assert symbol.dots_a_module(width_mm=25.4) == 300 / 49

    def test_our_codes_have_enough_where_a_card_has_room_for_18_mm(self) -> None:
        for text in (COHORT, REVOCABLE):
            assert draw(text, max_version=7).dots_a_module(width_mm=18) >= qr.LEAST_DOTS
            assert draw(text, max_version=7).dots_a_module(width_mm=16) < qr.LEAST_DOTS


class TestTerminal:
    @pytest.mark.parametrize(("ink", "paper"), [(255, 0), (0, 255), (131, 120)], ids=["dark", "light", "grey"])
    def test_in_colour_it_reads_back_dark_on_light_in_every_theme(
        self, drawn: tuple[str, Symbol], ink: int, paper: int
    ) -> None:
        text, symbol = drawn
        image = picture_of_terminal(symbol.terminal(), ink, paper)
        assert zxingcpp.read_barcode(image, try_invert=False).text == text

    def test_without_colour_it_reads_back_dark_on_light_on_a_dark_ground(self, drawn: tuple[str, Symbol]) -> None:
        text, symbol = drawn
        image = picture_of_terminal(symbol.terminal(colour=False), ink=255, paper=0)
        assert zxingcpp.read_barcode(image, try_invert=False).text == text

    def test_without_colour_there_is_no_escape(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        assert set(symbol.terminal(colour=False)) == set(" ▀▄█\n")

    def test_two_rows_of_modules_make_a_line(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        lines = symbol.terminal(colour=False).splitlines()
        assert {len(line) for line in lines} == {symbol.size + 8}
        assert len(lines) == (symbol.size + 9) // 2

    def test_the_quiet_zone_is_light(self, drawn: tuple[str, Symbol]) -> None:
        """Four modules of eight pixels, and below them the half line that is left over."""
        _, symbol = drawn
        for colour in (True, False):
            image = picture_of_terminal(symbol.terminal(colour=colour), ink=255, paper=0)
            assert margins(image) == (32, 32, 32, 40)

    def test_every_line_sets_its_colours_and_ends_them(self, drawn: tuple[str, Symbol]) -> None:
        _, symbol = drawn
        for line in symbol.terminal().splitlines():
            assert re.fullmatch(r"\x1b\[38;5;16;48;5;231m[ ▀▄█]+\x1b\[0m", line)


class TestEveryDayTheSame:
    """A time of issue identifies people, so nothing that is drawn may depend on when or where."""

    def test_another_day_in_another_place_gives_the_same_bytes(
        self, monkeypatch: pytest.MonkeyPatch, drawn: tuple[str, Symbol]
    ) -> None:
        text, symbol = drawn
        before = self._everything(symbol)
        monkeypatch.setattr(time, "time", lambda: 32503680000.0)
        monkeypatch.setattr(time, "strftime", lambda *_: "30000101000000")
        monkeypatch.setattr(time, "gmtime", lambda *_: time.struct_time((3000, 1, 1, 0, 0, 0, 2, 1, 0)))
        monkeypatch.setattr(time, "localtime", time.gmtime)
        monkeypatch.setattr(time, "timezone", 18000)
        assert self._everything(symbol) == before
        assert self._everything(draw(text, level=symbol.level, max_version=symbol.version)) == before

    @staticmethod
    def _everything(symbol: Symbol) -> tuple[bytes, bytes, bytes, str, str]:
        return symbol.svg(), symbol.png(), symbol.pdf(), symbol.terminal(), symbol.terminal(colour=False)


@settings(max_examples=50, deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=221), st.sampled_from(["M", "Q"]))
def test_every_text_in_the_letters_of_base45_reads_back(text: str, level: str) -> None:
    symbol = draw(text, level=level, max_version=15)
    read = scan(picture_of_png(symbol.png(module_px=3)))
    assert (read.text, read.ec_level, read.extra["Version"]) == (text, level, str(symbol.version))
