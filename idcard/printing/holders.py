"""The sheets that holders take home (specs/print.md, Holder's sheet)."""

from collections.abc import Iterator, Sequence
from typing import Any

from idcard import languages
from idcard.credential import names
from idcard.credential.calendar import as_day, noon_of_first
from idcard.credential.claims import Claims, labels
from idcard.errors import translatable
from idcard.issuing.code import Issued
from idcard.languages import Language
from idcard.printing import fonts, marked, page_text, reading
from idcard.printing.marked import Marked
from idcard.printing.page import City, Paper
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

CODE_MM = 48
"""Width of a code with its quiet zone."""
TITLE = translatable("The codes of your city card")
_SHOW = translatable(
    "At each place show the code with its name, and your card: clerks compare the photo with your face, because the "
    "code does not say whose it is."
)
_SAYS = translatable("The code says: {what}.")
_AGE_FROM = translatable("{age} or over from {day}")
_UNTIL = translatable("Valid until {day}.")
_HANDLE = translatable("It also has a random number, so that it can be cancelled with your slip.")
_NOTHING_ELSE = translatable(
    "A code says only what is printed under it: no name, no birth date, no address, no picture."
)
_KEEP = translatable("Keep this sheet as carefully as the card. Do not fold it across a code. Let nobody copy it.")
NO_CODE = translatable("No code was made for you.")


def pdf(issued: Sequence[Issued], city: City, *, paper: Paper, language: str) -> bytes:
    """A sheet for each, in their order, on one page or more.

    issued: at least one. language: of idcard.languages, for those that name none. Raises CannotPrint, CannotDraw.
    """
    symbols = Symbols(CODE_MM)
    holders = [_holder(each, city, languages.get(each.language or language), symbols) for each in issued]
    data = {
        "paper": paper.size_mm,
        "code": CODE_MM,
        "title": city.name,
        "test": city.test,
        "fonts": {each: fonts.families(each) for each in ("en", *(holder["language"] for holder in holders))},
        "symbols": symbols.drawn,
        "holders": holders,
    }
    return typeset("holder", data)


def _holder(issued: Issued, city: City, language: Language, symbols: Symbols) -> dict[str, Any]:
    """One sheet, in the words of its language."""
    translate = language.translate
    codes = [_code(each, city, language, symbols) for each in marked.once(issued.codes)]
    return {
        **page_text.of(language, city),
        "reference": issued.reference,
        "title": translate(TITLE),
        "show": translate(_SHOW if codes else NO_CODE),
        "codes": codes,
        "notes": [translate(_NOTHING_ELSE), translate(_KEEP)] if codes else [],
    }


def _code(each: Marked, city: City, language: Language, symbols: Symbols) -> dict[str, Any]:
    found = reading.read(each.code, city)
    return {
        "label": each.label,
        "place": places(each, language),
        "several": len(each.names) > 1,
        "symbol": symbols.place(each.code, found),
        "says": list(_said(found, language)),
    }


def places(each: Marked, language: Language) -> str:
    """The words for the places of a code; nothing for a place that has no word but its name."""
    words = {name: names.of_class(name, language.translate) for name in each.names}
    return names.joined((word for name, word in words.items() if word != name), language.translate)


def _said(found: Claims, language: Language) -> Iterator[str]:
    yield says(found, language)
    yield page_text.filled(language, _UNTIL, day=as_day(found.exp))
    if found.handle is not None:
        yield language.translate(_HANDLE)


def says(found: Claims, language: Language) -> str:
    """What a code says about its holder, in a sentence."""
    what = [names.of_claim(each, language.translate) for each in labels(found.flags, found.age)]
    if found.age_from is not None:
        age, month = found.age_from
        what.append(page_text.filled(language, _AGE_FROM, age=str(age), day=as_day(noon_of_first(month))))
    return language.translate(_SAYS).format(what=names.joined(what, language.translate))
