"""Sheets that are cut and folded to the size of a card (specs/print.md, Pocket sheet)."""

from collections.abc import Mapping, Sequence
from typing import Any

from idcard import languages
from idcard.errors import translatable
from idcard.issuing.code import Issued
from idcard.languages import Language
from idcard.printing import fonts, holders, marked, month, page_text, reading
from idcard.printing.arrangement import HEIGHT_MM, ONE_MM, SAFETY_MM, WIDTH_MM
from idcard.printing.card_design import CardDesign
from idcard.printing.marked import Marked
from idcard.printing.page import City, Paper
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

CODES_ON_A_SHEET = 5
"""At most, beside the cover: two columns of three panels."""
_HOW = translatable(
    "Cut along the outer lines. Fold left and right together with the print outside, then fold across to the size of "
    "a card."
)


def pdf(issued: Sequence[Issued], city: City, *, paper: Paper, language: str, design: CardDesign) -> bytes:
    """A sheet for each, in their order; more where there are more codes than a sheet has panels.

    issued: at least one. language: of idcard.languages, for those that name none. Raises CannotPrint, CannotDraw.
    """
    symbols = Symbols(ONE_MM)
    sheets = [sheet for each in issued for sheet in _sheets(each, city, language, symbols)]
    data = {
        "paper": paper.size_mm,
        "panel": {"width": WIDTH_MM, "height": HEIGHT_MM, "safety": SAFETY_MM, "code": ONE_MM},
        "title": city.name,
        "test": city.test,
        "font": design.font,
        "fonts": {each: fonts.families(each) for each in ("en", *(sheet["language"] for sheet in sheets))},
        "design": page_text.of_design(design, city),
        "symbols": symbols.drawn,
        "sheets": sheets,
    }
    return typeset("pocket", data)


def _sheets(issued: Issued, city: City, usual: str, symbols: Symbols) -> Sequence[Mapping[str, Any]]:
    language = languages.get(issued.language or usual)
    codes = [_code(each, city, language, symbols) for each in marked.once(issued.codes)]
    words = {
        **page_text.of(language, city),
        "reference": issued.reference,
        "title": language.translate(holders.TITLE),
        "how": language.translate(_HOW),
        "nothing": "" if codes else language.translate(holders.NO_CODE),
    }
    starts = range(0, max(len(codes), 1), CODES_ON_A_SHEET)
    return [{**words, "codes": codes[at : at + CODES_ON_A_SHEET]} for at in starts]


def _code(each: Marked, city: City, language: Language, symbols: Symbols) -> Mapping[str, Any]:
    found = reading.read(each.code, city)
    return {
        "label": each.label,
        "place": holders.places(each, language),
        "says": holders.says(found, language),
        "valid": month.in_words(found.exp, language),
        "symbol": symbols.place(each.code, found),
    }
