"""Draws the number of a library as a bar code: Code 128 (ISO/IEC 15417) or Codabar (EN 798)."""

import re
from dataclasses import dataclass
from typing import Any

import zxingcpp

from idcard.symbol.qr import CannotDraw

KINDS = {"code128": zxingcpp.BarcodeFormat.Code128, "codabar": zxingcpp.BarcodeFormat.Codabar}
"""By the names that a city's design uses."""
MAX_LETTERS = 20
"""Of a number."""
MODULE_MM = 0.254
"""The narrowest bar: three dots at 300 dpi."""
QUIET_ZONE = 10
"""Modules that stay light at each end."""
_FORMS = {"code128": re.compile(r"[0-9A-Za-z./+$:-]+"), "codabar": re.compile(r"[0-9./+$:-]+")}
_LOOK, _LINES = 3, 24
"""Of the picture that is read back: pixels of a module, and its height."""


@dataclass(frozen=True, slots=True)
class Bars:
    """modules: wide, quiet zones included. svg: one image, of any height."""

    modules: int
    svg: str

    @property
    def width_mm(self) -> float:
        return self.modules * MODULE_MM


def check(number: str, kind: str) -> None:
    """That it can be drawn. kind: one of KINDS. Raises CannotDraw, which never shows the number."""
    if not (0 < len(number) <= MAX_LETTERS and _FORMS[kind].fullmatch(number)):
        letters = "0-9 . / + $ : -" if kind == "codabar" else "0-9 A-Z a-z . / + $ : -"
        raise CannotDraw(f"a number in {kind} is 1 to {MAX_LETTERS} of {letters}")


def draw(number: str, kind: str) -> Bars:
    """The bars, which were read back. Codabar begins with A and ends with B, which is no part of a number.

    Raises CannotDraw.
    """
    check(number, kind)
    content = f"A{number}B" if kind == "codabar" else number
    image: Any = zxingcpp.create_barcode(content, KINDS[kind]).to_image(add_quiet_zones=False)
    light = b"\xff" * QUIET_ZONE
    row = light + bytes(image)[: image.shape[1]] + light
    if _seen(row, kind) != content:
        raise CannotDraw("a bar code does not read back as the number that it was drawn of")
    return Bars(len(row), _svg(row))


def _seen(row: bytes, kind: str) -> str | None:
    """What a decoder sees in the modules that are to be printed."""
    wide = b"".join(row[at : at + 1] * _LOOK for at in range(len(row)))
    picture = memoryview(wide * _LINES).cast("B", (_LINES, len(wide)))
    found = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(KINDS[kind]), try_rotate=False, try_downscale=False
    )
    return found[0].text if len(found) == 1 else None


def _svg(row: bytes) -> str:
    """row: a byte a module, 0 where dark."""
    side, runs = len(row), [found.span() for found in re.finditer(rb"\0+", row)]
    dark = "".join(f"M{begin} 0h{end - begin}v10h-{end - begin}z" for begin, end in runs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="10" viewBox="0 0 {side} 10"'
        f' preserveAspectRatio="none" shape-rendering="crispEdges"><path fill="#000" d="{dark}"/></svg>'
    )
