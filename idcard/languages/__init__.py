"""Translates sentences for clerks and holders (specs/languages.md).

English sentences are the keys of gettext catalogues; names of reasons are the same in every language.

from idcard import languages
spanish = languages.get("es")
message, remedy = refused.in_words(spanish.translate)
"""

import gettext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_NAMES = {
    "en": "English",
    "es": "Español",
    "zh-Hans": "简体中文",
    "ru": "Русский",
    "bn": "বাংলা",
    "ht": "Kreyòl ayisyen",
    "ko": "한국어",
    "ar": "العربية",
    "ur": "اردو",
    "fr": "Français",
    "pl": "Polski",
}
_RIGHT_TO_LEFT = frozenset(("ar", "ur"))
_UNREVIEWED = "not reviewed by a speaker"

CODES = tuple(_NAMES)
"""Languages by their tags (BCP 47)."""


@dataclass(frozen=True)
class Language:
    """code: BCP 47. name: as its speakers write it. reviewed: whether a speaker has read the translation."""

    code: str
    name: str
    right_to_left: bool
    reviewed: bool
    _catalogue: gettext.NullTranslations = field(repr=False)

    def translate(self, sentence: str) -> str:
        """The sentence in this language; in English if the catalogue does not have it. Placeholders in braces stay."""
        return self._catalogue.gettext(sentence)

    @property
    def letters(self) -> str:
        """Each that the translations have, once; none in English."""
        if not isinstance(self._catalogue, gettext.GNUTranslations):
            return ""
        sentences: dict[str, str] = self._catalogue._catalog  # type: ignore[attr-defined]  # has no public name
        return "".join(sorted(set().union(*sentences.values())))


@cache
def get(code: str) -> Language:
    """code: one of CODES. Raises ValueError for another."""
    if code not in CODES:
        raise ValueError(f"there is no language {code!r}; there are: {', '.join(CODES)}")
    catalogue = gettext.NullTranslations()
    if code != "en":
        path = Path(__file__).parent / code.replace("-", "_") / "LC_MESSAGES" / "idcard.mo"
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
    reviewed = code == "en" or catalogue.info().get("last-translator", _UNREVIEWED) != _UNREVIEWED
    return Language(code, _NAMES[code], code in _RIGHT_TO_LEFT, reviewed, catalogue)
