"""The backs of cards for a print bureau (specs/print.md, Card)."""

from collections.abc import Sequence

from idcard import languages
from idcard.issuing.code import Issued
from idcard.printing import fonts, reading
from idcard.printing.page import CODES_ON_A_CARD, City, TooManyCodes
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

WIDTH_MM, HEIGHT_MM = 85.60, 53.98
"""Of the trim (ISO/IEC 7810, ID-1)."""
SAFETY_MM = 3.5
"""From the trim to anything printed; the rounded corner has a radius of 3.18."""
BLEED_MM = 3
OUTSIDE_MM = 10
"""From the trim to the edge of the page: bleed, crop marks and slug."""
ONE_MM, TWO_MM = 34, 30
"""Width of a code with its quiet zone where it is alone, and where there are two."""
_LENGTHS = {
    "width": WIDTH_MM,
    "height": HEIGHT_MM,
    "safety": SAFETY_MM,
    "bleed": BLEED_MM,
    "outside": OUTSIDE_MM,
    "mark": 5,
    "one": ONE_MM,
    "two": TWO_MM,
}


def check_room(issued: Issued) -> None:
    """Raises TooManyCodes."""
    if len(issued.codes) > CODES_ON_A_CARD:
        raise TooManyCodes(
            f"a card has room for {CODES_ON_A_CARD} codes, and here are {len(issued.codes)}: choose the classes"
        )


def pdf(issued: Sequence[Issued], city: City) -> bytes:
    """A page for each, in their order.

    issued: at least one. Raises TooManyCodes, CannotPrint, CannotDraw.
    """
    symbols = Symbols(TWO_MM)
    cards = []
    for each in issued:
        check_room(each)
        codes = []
        for code in each.codes:
            found = reading.read(code, city)
            codes.append({"label": code.venue_class.upper(), "symbol": symbols.place(code, found)})
        cards.append({"reference": each.reference, "codes": codes})
    data = {
        "mm": _LENGTHS,
        "title": city.name,
        "city": languages.get("en").isolated(city.name),
        "test": city.test,
        "fonts": fonts.families("en"),
        "symbols": symbols.drawn,
        "cards": cards,
    }
    return typeset("card", data, bleed_mm=BLEED_MM)
