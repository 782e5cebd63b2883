"""Draws the text of a code as a QR symbol (ISO/IEC 18004), for a printer, a screen or a terminal.

Every output has the quiet zone of four modules and holds nothing but modules: no text, title, program name or time.
"""

import functools
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import zxingcpp

from idcard.errors import IdcardError

LEVELS = ("L", "M", "Q", "H")
"""Error correction, weakest first."""
MAX_VERSION = 40
QUIET_ZONE = 4
"""Modules that stay light on each side (ISO/IEC 18004:2015, 6.3.8)."""
MIN_WIDTH_MM = 10
MAX_WIDTH_MM = 500
MAX_MODULE_PX = 64
CARD_PRINTER_DPI = 300
LEAST_DOTS = 4
"""Printer dots on each side of a module, below which a printed symbol is read less often (benchmarks/legibility)."""

_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")
_DARK = re.compile(rb"\x01+")
_MODULES = bytes.maketrans(b"\0\xff", b"\1\0")
_MM_AN_INCH = 25.4
_POINTS_PER_MM = 72 / _MM_AN_INCH
# Black on white of the 256-colour cube: a terminal's theme redefines only the first sixteen colours.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"


class CannotDraw(IdcardError):
    """There is no symbol for this text or size. Never shows the text."""


def draw(text: str, *, level: str = "M", max_version: int) -> "Symbol":
    """The smallest symbol that holds the text (`version_of`), at exactly this error correction level.

    level: one of LEVELS. max_version: the largest symbol allowed, 1 to 40. Raises CannotDraw as `version_of`.
    In alphanumeric mode, but for digits in a row where numeric mode is shorter (specs/credential.md).
    """
    version = version_of(text, level=level, max_version=max_version)
    rows = _rows_of(text, level, version=version)
    assert len(rows) == _size(version)
    return Symbol(version, level, rows)


def version_of(text: str, *, level: str = "M", max_version: int) -> int:
    """The smallest version that holds the text in alphanumeric mode. Arguments as of `draw`.

    Raises CannotDraw for an empty text, for one that is not alphanumeric (ISO/IEC 18004; the letters of base45), and
    for one that needs a larger symbol.
    """
    if level not in LEVELS:
        raise CannotDraw("the level of error correction is L, M, Q or H")
    if not _ALPHANUMERIC.fullmatch(text):
        raise CannotDraw("the text is empty or has a letter that alphanumeric mode lacks")
    version = _smallest(len(text), level)
    if version > MAX_VERSION:
        raise CannotDraw(f"the text does not fit any symbol of level {level}")
    if version > max_version:
        raise CannotDraw(f"the text needs QR {version}-{level}, and {max_version}-{level} is the largest allowed")
    return version


def dots_a_module(version: int, *, width_mm: float, dpi: float = CARD_PRINTER_DPI) -> float:
    """Printer dots on each side of a module; below LEAST_DOTS, print larger or with more dots.

    version: 1 to 40. width_mm: printed width with quiet zone, 10 to 500. dpi: dots an inch. Raises CannotDraw.
    """
    _check_width(width_mm)
    return width_mm / _MM_AN_INCH * dpi / (_size(version) + 2 * QUIET_ZONE)


def _size(version: int) -> int:
    return 17 + 4 * version


@functools.cache
def _smallest(letters: int, level: str) -> int:
    """The version that holds so many letters; one too many if none does."""
    try:
        # Letters have no shorter mode, and to judge the eight masks would take most of the time.
        return (len(_rows_of("A" * letters, level, data_mask=0)) - _size(0)) // 4
    except ValueError:
        return MAX_VERSION + 1


def _rows_of(text: str, level: str, **options: int) -> tuple[bytes, ...]:
    """A byte for each module: 1 where dark, 0 where light."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, **options)
    assert (barcode.format, barcode.ec_level) == (zxingcpp.BarcodeFormat.QRCode, level)
    image: Any = barcode.to_image(add_quiet_zones=False)
    modules, size = bytes(image).translate(_MODULES), image.shape[0]
    return tuple(modules[at : at + size] for at in range(0, len(modules), size))


@dataclass(frozen=True)
class Symbol:
    """A drawn symbol; `draw` makes it. version: 1 to 40. level: one of LEVELS. The same symbol gives the same bytes."""

    version: int
    level: str
    _rows: tuple[bytes, ...] = field(repr=False)
    """A byte for each module: 1 where dark, 0 where light."""

    @property
    def size(self) -> int:
        """Modules on each side, without the quiet zone."""
        return len(self._rows)

    def svg(self, *, width_mm: float = 30) -> bytes:
        """One square SVG image. width_mm: printed width with quiet zone, 10 to 500. Raises CannotDraw."""
        _check_width(width_mm)
        side = self._side
        dark = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in self._runs())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{width_mm:g}mm"'
            f' viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
            f'<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{dark}"/></svg>\n'
        ).encode()

    def png(self, *, module_px: int = 8) -> bytes:
        """One black and white PNG image. module_px: pixels on each side of a module, 1 to 64. Raises CannotDraw."""
        if not 1 <= module_px <= MAX_MODULE_PX:
            raise CannotDraw(f"a module is 1 to {MAX_MODULE_PX} pixels wide")
        return _png_file(self._framed(), module_px)

    def pdf(self, *, width_mm: float = 30) -> bytes:
        """One PDF page that is the symbol with its quiet zone, black ink alone on white.

        width_mm: printed width with quiet zone, 10 to 500. Raises CannotDraw.
        """
        _check_width(width_mm)
        side = width_mm * _POINTS_PER_MM
        module = side / self._side
        dark = "".join(f"{x} {y} {length} 1 re\n" for x, y, length in self._runs())
        ground = f"1 g\n0 0 {side:.4f} {side:.4f} re\nf\n"
        content = f"{ground}0 g\n{module:.6f} 0 0 {-module:.6f} 0 {side:.4f} cm\n{dark}f\n"
        return _pdf_file(
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {side:.4f} {side:.4f}]/Resources<<>>/Contents 4 0 R>>",
            f"<</Length {len(content)}>>\nstream\n{content}endstream",
        )

    def dots_a_module(self, *, width_mm: float, dpi: float = CARD_PRINTER_DPI) -> float:
        """As the function of this name, of the version of this symbol."""
        return dots_a_module(self.version, width_mm=width_mm, dpi=dpi)

    def terminal(self, *, colour: bool = True) -> str:
        """Lines of half blocks, each with its line end: size + 8 columns, two rows of modules to a line.

        colour: black on white whatever the theme, in 256 colours. Without colour the light modules are drawn, which
        is right for light letters on a dark ground; elsewhere the symbol is inverted, and not every scanner reads it.
        """
        rows = [*self._framed(), bytes(self._side)]
        # Drawing the dark modules on a white ground leaves no dark gaps where a terminal spaces its lines.
        blocks, begin, end = (" ▀▄█", _BLACK_ON_WHITE, _RESET) if colour else ("█▄▀ ", "", "")
        return "".join(
            begin + "".join(blocks[top + 2 * bottom] for top, bottom in zip(upper, lower, strict=True)) + end + "\n"
            for upper, lower in zip(rows[::2], rows[1::2], strict=True)
        )

    @property
    def _side(self) -> int:
        return self.size + 2 * QUIET_ZONE

    def _framed(self) -> list[bytes]:
        """The rows with the quiet zone."""
        side, above = bytes(QUIET_ZONE), [bytes(self._side)] * QUIET_ZONE
        return [*above, *(side + row + side for row in self._rows), *above]

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        """Each run of dark modules in a row: its left and top, counted from the quiet zone's corner, and its length."""
        for y, row in enumerate(self._rows, QUIET_ZONE):
            for run in _DARK.finditer(row):
                start, end = run.span()
                yield start + QUIET_ZONE, y, end - start


def _check_width(width_mm: float) -> None:
    if not MIN_WIDTH_MM <= width_mm <= MAX_WIDTH_MM:
        raise CannotDraw(f"a symbol is printed {MIN_WIDTH_MM} to {MAX_WIDTH_MM} mm wide")


def _png_file(rows: Sequence[bytes], module_px: int) -> bytes:
    """A square image of one bit a pixel, where white is 1, unfiltered (ISO/IEC 15948, 9.2 and 11.2).

    rows: bytes, 1 where dark and 0 where light. module_px: pixels on each side of a module.
    """
    pixels = len(rows) * module_px
    length, unused = -(-pixels // 8), -pixels % 8
    black, white = b"0" * module_px, b"1" * module_px
    image = bytearray()
    for row in rows:
        line = int(row.replace(b"\0", white).replace(b"\1", black), 2) << unused
        image += (b"\0" + line.to_bytes(length)) * module_px
    header = pixels.to_bytes(4) * 2 + bytes((1, 0, 0, 0, 0))  # one bit, grey, deflate, filter by line, not interlaced
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(image)), (b"IEND", b""))
    )


def _pdf_file(*objects: str) -> bytes:
    """A file of numbered objects, the first of which is the catalog (ISO 32000-1, 7.5), without an Info dictionary."""
    file = "%PDF-1.4\n"
    entries = "0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        entries += f"{len(file):010} 00000 n \n"
        file += f"{number} 0 obj\n{body}\nendobj\n"
    count = len(objects) + 1
    trailer = f"trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{len(file)}\n%%EOF\n"
    return f"{file}xref\n0 {count}\n{entries}{trailer}".encode("ascii")
