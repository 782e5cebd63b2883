"""What every page needs of its language."""

from typing import Any
from unicodedata import bidirectional

from idcard.errors import translatable
from idcard.languages import Language
from idcard.printing.page import City

TEST = translatable("Test city: not for real cards")
UNREVIEWED = translatable("No speaker of this language has checked the translation.")


def of(language: Language, city: City) -> dict[str, Any]:
    """For a layout: which language, which script where there are several, and what stands on each page."""
    code, _, script = language.code.partition("-")
    return {
        "language": language.code,
        "lang": code,
        "script": script.lower() or "auto",
        "right_to_left": language.right_to_left,
        "city": own_direction(language, city.name),
        "contact": own_direction(language, city.contact),
        "test": language.translate(TEST),
        "unreviewed": "" if language.reviewed else language.translate(UNREVIEWED),
    }


def filled(language: Language, sentence: str, **values: str) -> str:
    """The sentence in the language, with values that are of no language, or of another."""
    return language.translate(sentence).format(
        **{name: own_direction(language, value) for name, value in values.items()}
    )


def own_direction(language: Language, text: str) -> str:
    """A text among words of another direction (UAX #9, FSI and PDI).

    A day after Arabic letters would be turned round, and so would the full stop after Latin ones.
    """
    turns = language.right_to_left or any(bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"\u2068{text}\u2069" if turns else text
