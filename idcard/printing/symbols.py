"""Codes as drawn symbols in the data of a layout: each distinct one once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from idcard.credential.claims import Claims
from idcard.issuing.code import Code
from idcard.printing.page import CannotPrint

MOST_SHARED = 256
"""Drawn codes of cohorts that a process keeps. A city has some dozens in a quarter."""


class Symbols:
    """The symbols of one file. width_mm: printed width with quiet zone of the narrowest.

    drawn: for each, `svg`, and `quiet`: the share of its width that is quiet zone on one side.
    """

    def __init__(self, width_mm: float) -> None:
        self.drawn: list[dict[str, Any]] = []
        self._width_mm = width_mm
        self._places: dict[tuple[Any, ...], int] = {}

    def place(self, code: Code, found: Claims) -> int:
        """Where in `drawn` the code is. found: what it says. Raises CannotDraw, CannotPrint."""
        # A code with a handle is one person's, and is forgotten with the file.
        draw = _shared if found.handle is None else _draw
        return self._place(draw, code.text, code.level, code.max_version)

    def place_text(self, text: str, level: str, max_version: int) -> int:
        """The same for any text."""
        return self._place(_draw, text, level, max_version)

    def _place(self, draw: Callable[..., dict[str, Any]], *how: Any) -> int:
        """how: text, level and largest version. One text may be asked for at two levels."""
        if how not in self._places:
            self._places[how] = len(self.drawn)
            self.drawn.append(draw(*how, self._width_mm))
        return self._places[how]


def check(text: str, level: str, max_version: int, width_mm: float) -> None:
    """That it can be drawn so wide, without drawing it. Raises CannotDraw, CannotPrint."""
    from idcard.symbol import qr

    version = qr.version_of(text, level=level, max_version=max_version)
    if qr.dots_a_module(version, width_mm=width_mm) < qr.LEAST_DOTS:
        raise CannotPrint(f"QR {version}-{level} is too fine for a width of {width_mm:g} mm")


def _draw(text: str, level: str, max_version: int, width_mm: float) -> dict[str, Any]:
    from idcard.symbol import qr

    check(text, level, max_version, width_mm)
    symbol = qr.draw(text, level=level, max_version=max_version)
    return {"svg": symbol.svg().decode("ascii"), "quiet": qr.QUIET_ZONE / (symbol.size + 2 * qr.QUIET_ZONE)}


_shared = lru_cache(maxsize=MOST_SHARED)(_draw)
