"""Names of kinds of places and of claims for clerks and holders (specs/languages.md).

Programs use the names in JSON: these words are never parsed.
"""

from collections.abc import Callable, Iterable, Mapping

from idcard.credential.claims import AGE_OVER
from idcard.errors import COMMA, translatable

CLASSES: Mapping[str, str] = {
    "library": translatable("Library"),
    "museum": translatable("Museum"),
    "pharmacy": translatable("Pharmacy"),
    "theatre": translatable("Theatre"),
    "cinema": translatable("Cinema"),
    "clinic": translatable("Clinic"),
    "concert": translatable("Concert"),
    "pool": translatable("Pool"),
    "shop": translatable("Shop"),
    "sports": translatable("Sports"),
    "transit": translatable("Transit"),
    "zoo": translatable("Zoo"),
}
"""Classes that a city starts with, and other likely ones."""

CLAIMS: Mapping[str, str] = {
    "resident": translatable("resident when the card was made"),
    "student": translatable("student when the card was made"),
    "senior": translatable("senior when the card was made"),
    "veteran": translatable("veteran when the card was made"),
    "disability": translatable("person with a disability when the card was made"),
    "caregiver": translatable("caregiver when the card was made"),
}
"""True when the card was made; nobody checks again before the code expires. Claims that a city defines have no word."""

AGE = translatable("{age} or over")
PROVEN = translatable("{place}: {claims}")
"""place: the word of a class. claims: a list of words."""
WITH_NAME = translatable("{word} ({name})")
"""A word, and the name that does not change."""

Translate = Callable[[str], str]


def of_class(name: str, translate: Translate) -> str:
    """The word for a kind of place; an unknown name is returned unchanged.

    translate: of idcard.languages, or `str`. Cards show the name itself in capitals, in every language.
    """
    return translate(CLASSES[name]) if name in CLASSES else name


def with_label(name: str, translate: Translate) -> str:
    """The word for a kind of place and the name in capitals that is printed beside codes, where they differ."""
    word, label = of_class(name, translate), name.upper()
    return label if word.upper() == label else translate(WITH_NAME).format(word=word, name=label)


def of_claim(label: str, translate: Translate) -> str:
    """Part of a sentence. label: as in `Card.proven`: `resident`, `age_over_18`; another is returned unchanged."""
    if label.startswith(AGE_OVER):
        return translate(AGE).format(age=label.removeprefix(AGE_OVER))
    return translate(CLAIMS[label]) if label in CLAIMS else label


def joined(items: Iterable[str], translate: Translate) -> str:
    """A list with the comma of the language."""
    return translate(COMMA).join(items)
