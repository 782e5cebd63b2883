"""Printed pages, as a person, a scanner or a print bureau sees them. Needs poppler-utils."""

import io
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

import pytest
import zxingcpp
from cities import STUDENT
from cities import City as Issuing
from PIL import Image

from idcard.authority.plan import IssuedClass
from idcard.credential.code import Code, Issued
from idcard.credential.profile import Kind, Profile
from idcard.credential.text import Environment
from idcard.printing.city import City

MM_AN_INCH = 25.4
DPI = 300
CLASSES = ("library", "museum", "pharmacy", "theatre")
"""Those of DEFAULT_CLASSES; a student qualifies for all."""
REAL, TEST = Issuing(), Issuing(environment=Environment.TEST)
OLD_POPPLER = b"Syntax Error: Suspects object is wrong type (boolean)\n"
"""It takes `false` for a mistake (ISO 32000-1, 14.7.1 has a boolean there)."""
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of direction, of the page's own or of pdftotext's making."""

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils), which renders the PDF, is not installed"
)


def city(name: str = "Springfield", contact: str = "Ask the card office, 555-0100.", *, test: bool = False) -> City:
    return City(name, contact, test)


def issued(
    classes: Sequence[str] = CLASSES,
    *,
    number: int = 1,
    job: str = "A-00017",
    language: str | None = None,
    by: Issuing = REAL,
) -> Issued:
    """A student's codes."""
    handle = number.to_bytes(10, "big")
    codes = tuple(Code(by.profile(name), by.code(name, STUDENT, handle=handle)) for name in classes)
    return Issued(number, job, language, codes)


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


def run(command: str, pdf: bytes, *options: str) -> str:
    """A program of poppler, which must have nothing to complain about."""
    done = subprocess.run([command, *options], input=pdf, capture_output=True, check=True, timeout=60)
    assert done.stderr.replace(OLD_POPPLER, b"") == b""
    return done.stdout.decode("utf-8")


def pictures(pdf: bytes, dpi: int = DPI) -> list[Image.Image]:
    """Each page up to the edge of the sheet, in grey."""
    command = ["pdftoppm", "-gray", "-r", str(dpi), "-"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=120)
    assert done.stderr.replace(OLD_POPPLER, b"") == b""
    stream, found = io.BytesIO(done.stdout), []
    while stream.tell() < len(done.stdout):
        kind, width, height, _ = stream.readline(), *map(int, (stream.readline() + stream.readline()).split())
        assert kind == b"P5\n"
        found.append(Image.frombytes("L", (width, height), stream.read(width * height)))
    return found


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
    shown = run("pdfinfo", pdf, "-box", "-f", str(page), "-l", str(page), "-")
    return {
        name: tuple(float(number) * MM_AN_INCH / 72 for number in numbers.split())
        for name, numbers in re.findall(r"(\w+Box):((?: +[\d.]+){4})", shown)
    }


def page_count(pdf: bytes) -> int:
    return int(re.search(r"^Pages: +(\d+)$", run("pdfinfo", pdf, "-"), re.MULTILINE)[1])


def fonts(pdf: bytes) -> set[str]:
    """Names of the fonts, all of them embedded."""
    rows = [line.split() for line in run("pdffonts", pdf, "-").splitlines()[2:]]
    assert all(row[-5] == "yes" for row in rows)
    return {row[0].partition("+")[2].removesuffix("-Identity-H") for row in rows}


def words(pdf: bytes, page: int = 1) -> list[tuple[str, Box]]:
    """Every word on a page, and where it is."""
    shown = run("pdftotext", pdf, "-bbox", "-f", str(page), "-l", str(page), "-", "-")
    per_point = MM_AN_INCH / 72
    return [
        (BIDI.sub("", unescape(word)), Box(*(float(number) * per_point for number in numbers)))
        for *numbers, word in re.findall(
            r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', shown
        )
    ]


def word(pdf: bytes, text: str, page: int = 1) -> Box:
    """Where the one word is that reads so."""
    (found,) = (box for each, box in words(pdf, page) if each == text)
    return found


def read(pdf: bytes) -> str:
    """The text of all pages, in one line."""
    return " ".join(BIDI.sub("", run("pdftotext", pdf, "-", "-")).split())
