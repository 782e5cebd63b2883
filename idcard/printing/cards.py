"""The backs of cards, for a desk card printer or for a print bureau (specs/print.md, Card)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idcard import languages
from idcard.issuing.code import Issued
from idcard.languages import Language
from idcard.printing import fonts, marked, month, page_text, reading
from idcard.printing.arrangement import ARRANGEMENTS, FREE, HEIGHT_MM, TWO_MM, WIDTH_MM
from idcard.printing.card_design import CardDesign
from idcard.printing.page import CODES_ON_A_CARD, City, TooManyCodes
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

BLEED_MM = 3
OUTSIDE_MM = 10
"""From the trim to the edge of a bureau's page: bleed, crop marks and slug."""
_BUREAU = {"bleed": BLEED_MM, "outside": OUTSIDE_MM, "mark": 5}
_DESK = dict.fromkeys(_BUREAU, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the backs of a run look. bureau: a page with marks, and not just the card.

    language: of idcard.languages, for those that name none. numbers: of a library, by the number of the line.
    """

    bureau: bool
    language: str = "en"
    design: CardDesign = field(default_factory=CardDesign)
    numbers: Mapping[int, str] = field(default_factory=dict)


BUREAU = Look(bureau=True)


def check_room(issued: Issued, design: CardDesign) -> None:
    """Raises TooManyCodes."""
    numbered = design.numbers(issued)
    count, room = len(marked.once(issued.codes)), 1 if numbered else CODES_ON_A_CARD
    if count > room:
        beside = " beside a library's number" if numbered else ""
        codes = f"{room} code{'s' * (room != 1)}"
        raise TooManyCodes(
            f"a card has room for {codes}{beside}, and here are {count}: choose the classes when codes are made (--for)"
        )


def pdf(issued: Sequence[Issued], city: City, look: Look = BUREAU) -> bytes:
    """A page for each, in their order.

    issued: at least one. Raises TooManyCodes, CannotPrint, CannotDraw.
    """
    symbols, design = Symbols(TWO_MM), look.design
    cards = [_card(each, city, look, symbols) for each in issued]
    data = {
        "mm": {"width": WIDTH_MM, "height": HEIGHT_MM, **(_BUREAU if look.bureau else _DESK)},
        "title": city.name,
        "test": city.test,
        "font": design.font,
        "fonts": {each: fonts.families(each) for each in _languages(cards)},
        **page_text.of_design(design, city),
        "places": {name: _places(name, design) for name in ARRANGEMENTS},
        "symbols": symbols.drawn,
        "cards": cards,
    }
    return typeset("card", data, bleed_mm=BLEED_MM if look.bureau else 0)


def _languages(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(("en", *(card["language"] for card in cards))))


def _places(name: str, design: CardDesign) -> dict[str, Any]:
    """For the layout."""
    arrangement = ARRANGEMENTS[name]
    return {
        **{each: design.place(name, each).as_list() for each in FREE},
        "test": arrangement.test.as_list(),
        "number": arrangement.number.as_list() if arrangement.number is not None else None,
        "codes": [
            {"code": each.code.as_list(), "label": each.label.as_list(), "valid": each.valid.as_list()}
            for each in arrangement.codes
        ],
    }


def _card(issued: Issued, city: City, look: Look, symbols: Symbols) -> dict[str, Any]:
    check_room(issued, look.design)
    number = look.numbers[issued.number] if look.design.numbers(issued) else None
    language = languages.get(issued.language or look.language)
    codes = [_code(each, city, language, symbols) for each in marked.once(issued.codes)]
    return {
        **page_text.language_of(language),
        "reference": issued.reference,
        "arrangement": "number" if number is not None else "two" if len(codes) == 2 else "one",
        "codes": codes,
        "number": _bars(number, look.design.number.barcode) if number is not None and look.design.number else None,
    }


def _code(each: marked.Marked, city: City, language: Language, symbols: Symbols) -> dict[str, Any]:
    found = reading.read(each.code, city)
    return {
        "label": each.label,
        "valid": month.in_words(found.exp, language),
        "symbol": symbols.place(each.code, found),
    }


def _bars(number: str, barcode: str) -> dict[str, Any]:
    from idcard.symbol import bars

    drawn = bars.draw(number, barcode)
    return {"svg": drawn.svg, "width": drawn.width_mm, "number": number}
