"""What every page needs of its language."""

from typing import Any

from idcard.errors import translatable
from idcard.languages import Language
from idcard.printing.page import City

TEST = translatable("Test city: not for real cards")


def of(language: Language, city: City) -> dict[str, Any]:
    """For a layout: which language, which script where there are several, and what stands on each page."""
    code, _, script = language.code.partition("-")
    return {
        "language": language.code,
        "lang": code,
        "script": script.lower() or "auto",
        "right_to_left": language.right_to_left,
        "city": language.isolated(city.name),
        "contact": language.isolated(city.contact),
        "test": language.translate(TEST),
        "unreviewed": language.unreviewed,
    }


def filled(language: Language, sentence: str, **values: str) -> str:
    """The sentence in the language, with values that are of no language, or of another."""
    return language.isolating(sentence).format(**values)
