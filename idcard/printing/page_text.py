"""What every page needs of its language."""

from typing import Any

from idcard import languages
from idcard.errors import translatable
from idcard.languages import Language
from idcard.printing.card_design import CardDesign
from idcard.printing.page import City

TEST = translatable("Test city: not for real cards")


def of(language: Language, city: City) -> dict[str, Any]:
    """For a layout: its language, and what stands on each page."""
    return {
        **language_of(language),
        "city": language.isolated(city.name),
        "contact": language.isolated(city.contact),
        "test": language.translate(TEST),
        "unreviewed": language.unreviewed,
    }


def language_of(language: Language) -> dict[str, Any]:
    """For a layout: which language, and which script where there are several."""
    code, _, script = language.code.partition("-")
    return {
        "language": language.code,
        "lang": code,
        "script": script.lower() or "auto",
        "right_to_left": language.right_to_left,
    }


def of_design(design: CardDesign, city: City) -> dict[str, Any]:
    """For a layout: what a card of the city has beside its codes, in the city's own words."""
    own = languages.get("en").isolated
    office = list(filter(None, (design.return_to, design.telephone))) or [city.contact]
    return {
        "city": own(city.name),
        "office": [own(line) for line in office],
        "fixed": [own(line) for line in design.fixed],
        "logo": design.logo.svg if design.logo is not None else None,
    }


def filled(language: Language, sentence: str, **values: str) -> str:
    """The sentence in the language, with values that are of no language, or of another."""
    return language.isolating(sentence).format(**values)
