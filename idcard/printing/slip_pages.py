"""Slips for lost cards, to print and hand over (specs/print.md, Slip)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from idcard import languages
from idcard.credential.calendar import as_day, noon_of_first
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.issuing.slips import PREFIX, Slip
from idcard.languages import Language
from idcard.printing import fonts, page_text, slip_text
from idcard.printing.page import CannotPrint, City, Paper
from idcard.printing.slip_text import Said
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

CODE_MM = 35
"""Width of the code with its quiet zone."""
_LEVEL = "Q"
_MAX_VERSION = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """reference: the caller's reference. language: of idcard.languages, or None where nobody said."""

    slip: Slip
    reference: str
    language: str | None


def pdf(
    sheets: Sequence[Sheet],
    city: City,
    *,
    revocable: Sequence[str],
    cohort: Sequence[str],
    paper: Paper,
    language: str,
) -> bytes:
    """A page for each, in their order. Whoever has this file can have those cards cancelled.

    sheets: at least one. revocable, cohort: names of the city's classes. language: for those that name none.
    Raises CannotPrint.
    """
    symbols = Symbols(CODE_MM)
    pages = []
    for each in sheets:
        environment = each.slip.scope.environment
        if (environment is Environment.TEST) is not city.test:
            raise CannotPrint(f"a slip of a {environment} city does not belong on this page")
        chosen = languages.get(each.language or language)
        text, day = slips.encode(each.slip), as_day(noon_of_first(each.slip.until))
        pages.append(
            {
                **page_text.of(chosen, city),
                "reference": each.reference,
                "slip": text,
                "symbol": symbols.place_text(PREFIX + text, _LEVEL, _MAX_VERSION),
                "above": _said(slip_text.ABOVE, chosen),
                "below": _said(slip_text.below(city.contact, revocable, cohort, day), chosen),
            }
        )
    data = {
        "paper": paper.size_mm,
        "code": CODE_MM,
        "title": city.name,
        "test": city.test,
        "fonts": {each: fonts.families(each) for each in ("en", *(page["language"] for page in pages))},
        "symbols": symbols.drawn,
        "sheets": pages,
    }
    return typeset("slip", data)


def _said(parts: Iterable[Said], language: Language) -> list[dict[str, Any]]:
    return [
        {"heading": each.heading, "words": page_text.filled(language, each.sentence, **each.values)} for each in parts
    ]
