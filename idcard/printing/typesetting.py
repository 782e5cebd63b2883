"""Pages by typst: a layout of this folder and data in, PDF out (ISO 32000-1). No file is written, nobody is asked."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

from idcard.printing import ink
from idcard.printing.page import CannotPrint, MissingFont

_LAYOUTS = Path(__file__).parent
# Of PDF/UA, what counts here is that a letter which no font has is an error, and not an empty box.
_STANDARDS: list[Any] = ["1.7", "ua-1"]
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(layout: str, data: Mapping[str, Any], *, bleed_mm: float = 0) -> bytes:
    """The same layout, data and fonts give the same bytes.

    data: strings, numbers, lists and objects; no text in it is ever taken for markup. bleed_mm: of a page that has a
    trim, what lies outside of it. Raises CannotPrint.
    """
    try:
        pdf, warnings = typst.compile_with_warnings(
            _LAYOUTS / f"{layout}.typ",
            root=_LAYOUTS,
            font_paths=installed(),
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=_STANDARDS,
        )
    except typst.TypstError as problem:
        raise _told(problem.message) from None
    if warnings:
        raise CannotPrint(f"typst: {warnings[0].message}")
    return ink.finished(pdf, bleed_mm=bleed_mm)


def _told(message: str) -> CannotPrint:
    found = _NO_GLYPH.search(message)
    if found is None:
        return CannotPrint(f"typst: {message}")
    letters = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), found[1])
    numbers = " ".join(f"U+{ord(letter):04X}" for letter in letters)
    return MissingFont(f"no font that is used here has {letters!r} ({numbers})", letters[:1])


@cache
def installed() -> typst.Fonts:
    """Of the system, and those that typst carries; to find them takes a tenth of a second, once in a process."""
    return typst.Fonts()


@cache
def families() -> frozenset[str]:
    """Names of those that are there."""
    return frozenset(installed().families())


def digest(family: str) -> str:
    """What tells a font from others of its name: SHA-256 of its upright files, or the version of typst that carries it.

    Raises OSError.
    """
    files = {each.path for each in installed().fonts() if each.family == family and each.style == "normal"}
    if None in files:
        return f"typst {typst.__version__}"  # type: ignore[attr-defined]  # it is there
    parts = [hashlib.sha256(Path(path).read_bytes()).digest() for path in files if path is not None]
    return hashlib.sha256(b"".join(sorted(parts))).hexdigest()
