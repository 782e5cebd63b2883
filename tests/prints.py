"""Printed pages, as a person, a scanner or a print bureau sees them, and which fonts a test needs for them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
import zxingcpp
from cities import STUDENT
from cities import City as Issuing
from machine import for_want_of
from PIL import Image

from idcard import languages
from idcard.city.plan import IssuedClass
from idcard.city.profile import Kind, Profile
from idcard.credential.text import Environment
from idcard.issuing.code import Code, Issued
from idcard.printing import typesetting
from idcard.printing.page import City

MM_AN_INCH, POINTS_AN_INCH = 25.4, 72
MM_A_POINT = MM_AN_INCH / POINTS_AN_INCH
DPI = 300
CLASSES = ("library", "museum", "pool", "pharmacy")
"""What a new city gives an adult; a student among them gets one more."""
REAL, TEST = Issuing(), Issuing(environment=Environment.TEST)
MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Of direction."""
BOXES = ("MediaBox", "CropBox", "BleedBox", "TrimBox")

NOTO = {
    "bn": ("Noto Sans Bengali", "fonts-noto-core"),
    "ar": ("Noto Sans Arabic", "fonts-noto-core"),
    "ur": ("Noto Nastaliq Urdu", "fonts-noto-core"),
    "zh-Hans": ("Noto Sans CJK SC", "fonts-noto-cjk"),
    "ko": ("Noto Sans CJK KR", "fonts-noto-cjk"),
}
"""What a language is tested in, and the package of Debian that has it. The others do with what typst carries."""
LATIN = {
    "Noto Sans": {"NotoSans-Regular", "NotoSans-Bold"},
    "Libertinus Serif": {"LibertinusSerif-Regular", "LibertinusSerif-Bold"},
}
"""As the fonts for Latin and Cyrillic are called in a PDF file, by their families."""


def needs_font(*codes: str) -> pytest.MarkDecorator:
    """Skips a test of pages in these languages, and says what to install."""
    wanted = {NOTO[code][1] for code in codes if code in NOTO and NOTO[code][0] not in typesetting.families()}
    return pytest.mark.skipif(bool(wanted), reason=for_want_of(*sorted(wanted)))


def each_language(*codes: str) -> pytest.MarkDecorator:
    """A test for each of these languages, or of all, which is called `code`."""
    wanted = codes or languages.CODES
    return pytest.mark.parametrize("code", [pytest.param(code, marks=needs_font(code)) for code in wanted])


def no_fonts(folder: Path) -> dict[str, str]:
    """The environment of a program that finds no font of the system (fontconfig). folder: for its configuration."""
    path = folder / "fonts.conf"
    path.write_text(f"<fontconfig><dir>{folder / 'no-fonts'}</dir></fontconfig>\n", "utf-8")
    return {"FONTCONFIG_FILE": str(path)}


def city(name: str = "Springfield", contact: str = "Ask the card office, 555-0100.", *, test: bool = False) -> City:
    return City(name, contact, test)


def issued(
    classes: Sequence[str] = CLASSES,
    *,
    number: int = 1,
    reference: str = "A-00017",
    language: str | None = None,
    by: Issuing = REAL,
) -> Issued:
    """Codes of a student who is of age."""
    handle = number.to_bytes(10, "big")
    codes = tuple(code(name, by.code(name, STUDENT, handle=handle), by=by) for name in classes)
    return Issued(number, reference, language, codes)


def code(name: str, text: str, *, by: Issuing = REAL) -> Code:
    """A code of one of its classes, with this text."""
    profile = by.profile(name)
    return Code(name, text, profile.level, profile.max_version)


def issuing(*names: str, level: str = "M", max_version: int = 6) -> Issuing:
    """A city with other classes, all of cohorts, no two of which have the same codes."""
    profiles = (
        Profile(
            venue_class=name,
            kind=Kind.COHORT,
            flags=frozenset({1}),
            life=24 + at,
            level=level,
            max_version=max_version,
        )
        for at, name in enumerate(names)
    )
    classes = (IssuedClass(number=at, tolerance=120, profile=each) for at, each in enumerate(profiles, 1))
    return Issuing(classes=tuple(classes))


@contextmanager
def opened(pdf: bytes) -> Iterator[pdfium.PdfDocument]:
    document = pdfium.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def pictures(pdf: bytes, dpi: int = DPI) -> list[Image.Image]:
    """Each page up to the edge of the sheet, in grey."""
    with opened(pdf) as document:
        return [page.render(scale=dpi / POINTS_AN_INCH, grayscale=True).to_pil().convert("L") for page in document]


@dataclass(frozen=True)
class Box:
    """In millimetres from the left and the top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def scanned(page: Image.Image, dpi: int = DPI) -> dict[str, Box]:
    """The one code of each text on a page, and where its dark modules are."""
    found = all_scanned(page, dpi)
    assert len(dict(found)) == len(found)
    return dict(found)


def all_scanned(page: Image.Image, dpi: int = DPI) -> list[tuple[str, Box]]:
    """The same where classes share a code."""
    found = []
    for each in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode):
        corners = [getattr(each.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")]
        across, down = ([getattr(corner, axis) * MM_AN_INCH / dpi for corner in corners] for axis in "xy")
        found.append((each.text, Box(min(across), min(down), max(across), max(down))))
    return found


def boxes(pdf: bytes, page: int = 1) -> dict[str, tuple[float, ...]]:
    """MediaBox and the others in millimetres: left, bottom, right, top."""
    with opened(pdf) as document:
        found = {name: getattr(document[page - 1], f"get_{name.lower()}")() for name in BOXES}
    return {name: tuple(each * MM_A_POINT for each in edges) for name, edges in found.items()}


def page_count(pdf: bytes) -> int:
    with opened(pdf) as document:
        return len(document)


def about(pdf: bytes) -> dict[str, str]:
    """What the file says about itself, but for nothing."""
    with opened(pdf) as document:
        return document.get_metadata_dict(skip_empty=True)


def is_tagged(pdf: bytes) -> bool:
    with opened(pdf) as document:
        return bool(raw.FPDFCatalog_IsTagged(document))


def fonts(pdf: bytes) -> set[str]:
    """Names of the fonts, all of them embedded."""
    found = set()
    with opened(pdf) as document:
        for page in document:
            for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                font = text.get_font()
                assert font.is_embedded
                found.add(font.get_base_name().partition("+")[2].removesuffix("-Identity-H"))
    return found


def words(pdf: bytes, page: int = 1) -> list[tuple[str, Box]]:
    """Every word on a page, and where it is."""
    found: list[list[tuple[Box, str]]] = [[]]
    with opened(pdf) as document:
        text, height = document[page - 1].get_textpage(), document[page - 1].get_height()
        for at in range(text.count_chars()):
            letter = chr(raw.FPDFText_GetUnicode(text, at))
            if letter.isspace():
                found.append([])
            elif not MARKS.fullmatch(letter):
                left, bottom, right, top = text.get_charbox(at, loose=True)
                edges = (left, height - top, right, height - bottom)
                found[-1].append((Box(*(each * MM_A_POINT for each in edges)), letter))
    return [_joined(letters) for letters in found if letters]


def _joined(letters: list[tuple[Box, str]]) -> tuple[str, Box]:
    # pdfium turns digits and Latin letters round between Arabic ones; where they stand is right.
    if all(letter.isascii() for _, letter in letters):
        letters = sorted(letters, key=lambda each: each[0].left)
    places = [place for place, _ in letters]
    around = Box(
        min(each.left for each in places),
        min(each.top for each in places),
        max(each.right for each in places),
        max(each.bottom for each in places),
    )
    return "".join(letter for _, letter in letters), around


def word(pdf: bytes, text: str, page: int = 1) -> Box:
    """Where the one word is that reads so."""
    (found,) = (box for each, box in words(pdf, page) if each == text)
    return found


def read(pdf: bytes, page: int | None = None) -> str:
    """The text of a page, or of all, in one line."""
    pages = range(1, page_count(pdf) + 1) if page is None else (page,)
    return " ".join(text for each in pages for text, _ in words(pdf, each))
