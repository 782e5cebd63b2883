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
from unicodedata import bidirectional

from idcard.errors import Counted, translatable

__all__ = ["CODES", "Language", "get"]

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
_NOT_CHECKED = translatable("No speaker of this language has checked the translation.")
_ISOLATE, _END = "\u2068", "\u2069"

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
        if isinstance(sentence, Counted):
            return self._catalogue.ngettext(*sentence.forms, sentence.number)
        return self._catalogue.gettext(sentence)

    def isolating(self, sentence: str) -> str:
        """As `translate`, for pages: what `format` fills in keeps a direction of its own."""
        told = self.translate(sentence)
        return _Isolating(told, self) if "{" in told else told

    def isolated(self, value: str) -> str:
        """A text of no language, or of another, among words of this one (UAX #9, FSI and PDI).

        A day after Arabic letters would be turned round, and so would the full stop after Latin ones.
        """
        turns = self.right_to_left or any(bidirectional(letter) in {"R", "AL"} for letter in value)
        return f"{_ISOLATE}{value}{_END}" if turns and _ISOLATE not in value else value

    @property
    def unreviewed(self) -> str:
        """That no speaker has checked the translation, in this language; empty where one has."""
        return "" if self.reviewed else self.translate(_NOT_CHECKED)

    @property
    def letters(self) -> str:
        """Each that the translations have, once; none in English."""
        if not isinstance(self._catalogue, gettext.GNUTranslations):
            return ""
        sentences: dict[str, str] = self._catalogue._catalog  # type: ignore[attr-defined]  # has no public name
        return "".join(sorted(set().union(*sentences.values())))


class _Isolating(str):
    """A sentence of a page, before it is filled in."""

    _language: Language

    def __new__(cls, sentence: str, language: Language) -> "_Isolating":
        made = super().__new__(cls, sentence)
        made._language = language
        return made

    def format(self, *values: object, **named: object) -> str:
        isolated = self._language.isolated
        return super().format(*values, **{name: isolated(str(each)) for name, each in named.items()})


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
