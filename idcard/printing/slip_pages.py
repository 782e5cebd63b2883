"""Slips for lost cards, to print and hand over: what they say, and their pages (specs/print.md, Slip)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idcard import languages
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential import names
from idcard.credential.calendar import as_day, noon_of_first
from idcard.credential.text import Environment
from idcard.errors import translatable
from idcard.issuing import slips
from idcard.issuing.slips import PREFIX, Slip
from idcard.languages import Language
from idcard.printing import fonts, page_text
from idcard.printing.page import CannotPrint, City, Paper
from idcard.printing.symbols import Symbols
from idcard.printing.typesetting import typeset

CODE_MM = 35
"""Width of the code with its quiet zone."""
_LEVEL = "Q"
_MAX_VERSION = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """reference: the caller's, which may be empty. language: of idcard.languages, or None where nobody said."""

    slip: Slip
    reference: str
    language: str | None


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """sentence: in English, with places for the values, which are of no language."""

    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)
    heading: bool = False


def pdf(sheets: Sequence[Sheet], plan: Plan, *, paper: Paper, language: str) -> bytes:
    """A page for each, in their order. Whoever has this file can have those cards cancelled.

    sheets: at least one, for cards of the plan's city. language: for those that name none. Raises CannotPrint.
    """
    city = City(plan.name, plan.contact, test=plan.scope.environment is Environment.TEST)
    symbols = Symbols(CODE_MM)
    pages = []
    for each in sheets:
        if each.slip.scope != plan.scope:
            raise CannotPrint("a slip of another city does not belong on this page")
        chosen = languages.get(each.language or language)
        text = slips.encode(each.slip)
        pages.append(
            {
                **page_text.of(chosen, city),
                "reference": each.reference,
                "slip": text,
                "symbol": symbols.place_text(PREFIX + text, _LEVEL, _MAX_VERSION),
                "above": _in(chosen, _ABOVE),
                "below": _in(chosen, _below(plan, as_day(noon_of_first(each.slip.until)), chosen)),
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


def _in(language: Language, parts: Iterable[_Paragraph]) -> list[dict[str, Any]]:
    return [
        {"heading": each.heading, "words": page_text.filled(language, each.sentence, **each.values)} for each in parts
    ]


_ABOVE = (
    _Paragraph(translatable("Slip for a lost card"), heading=True),
    _Paragraph(translatable("Keep this paper at home, apart from your card. Show it to nobody but the card office.")),
)


def _classes(plan: Plan, kind: Kind) -> Iterator[str]:
    return (each.profile.venue_class for each in plan.classes if each.profile.kind is kind)


def _below(plan: Plan, day: str, language: Language) -> Iterator[_Paragraph]:
    """Under the slip itself. day: on which its last code ends."""
    cancelled, shared = (
        names.joined((names.with_label(each, language.isolating) for each in _classes(plan, kind)), language.translate)
        for kind in (Kind.REVOCABLE, Kind.COHORT)
    )
    yield _Paragraph(translatable("If your card is lost"), heading=True)
    yield _Paragraph(
        translatable(
            "Call the card office and read out the letters and digits above, or bring this paper. "
            "You need not say who you are. {contact}"
        ),
        {"contact": plan.contact},
    )
    yield _Paragraph(translatable("This cancels your codes for: {classes}."), {"classes": cancelled})
    if shared:
        yield _Paragraph(
            translatable(
                "Your codes for {classes} are the same as those of many other people. They name nobody, "
                "cannot be cancelled for one person, and expire by themselves."
            ),
            {"classes": shared},
        )
    yield _Paragraph(translatable("If this paper is lost"), heading=True)
    yield _Paragraph(
        translatable(
            "The city has no list of cards and cannot make this paper again. Ask for a new card and a new slip, "
            "and bring the old card: as long as you have it, it can be cancelled."
        )
    )
    yield _Paragraph(translatable("If card and paper are both lost"), heading=True)
    yield _Paragraph(
        translatable(
            "Then nobody can cancel the codes. They stay valid until they expire, but clerks compare the photo "
            "with the face."
        )
    )
    yield _Paragraph(
        translatable("The codes that this paper can cancel expire by {day}. Then throw it away."), {"day": day}
    )
