"""Which fonts a language is printed in. They are the system's, and none stands in for another that is missing."""

from collections.abc import Iterable, Mapping

from idcard.printing import typesetting
from idcard.printing.errors import MissingFont

_SANS = "Noto Sans"
_CORE, _CJK = "fonts-noto-core", "fonts-noto-cjk"
_PACKAGES = {
    _SANS: _CORE,
    "Noto Sans Bengali": _CORE,
    "Noto Sans Arabic": _CORE,
    "Noto Nastaliq Urdu": _CORE,
    "Noto Sans CJK SC": _CJK,
    "Noto Sans CJK KR": _CJK,
}
"""Every family that is used, and the package of Debian that has it."""
# The font of a script comes first, for it has what joins and parts its own letters. Those of Chinese and Korean have
# Latin letters too, and Noto Sans has quotation marks that are too narrow for Chinese.
_LATIN = {"name": _SANS, "covers": "latin-in-cjk"}
_ORDER: Mapping[str, tuple[str | dict[str, str], ...]] = {
    "bn": ("Noto Sans Bengali", _SANS),
    "ar": ("Noto Sans Arabic", _SANS),
    "ur": ("Noto Nastaliq Urdu", _SANS),
    "zh-Hans": (_LATIN, "Noto Sans CJK SC"),
    "ko": (_LATIN, "Noto Sans CJK KR"),
}


def families(language: str) -> list[str | dict[str, str]]:
    """In the order in which a letter is looked for, as typst takes them.

    language: of idcard.languages. After its own families come the others that are installed: the city's own words
    are of its language on every page. Raises MissingFont where one of its own is not installed.
    """
    there = typesetting.families()
    order = _ORDER.get(language, (_SANS,))
    names = [each if isinstance(each, str) else each["name"] for each in order]
    for name in names:
        if name not in there:
            raise MissingFont(f"the font {name!r} is missing (Debian: {_PACKAGES[name]})")
    return [*order, *(name for name in _PACKAGES if name in there and name not in order)]


def check(languages: Iterable[str], texts: Iterable[str]) -> None:
    """That pages in these languages can be printed. texts: what else stands on them, such as the name of the city.

    Raises MissingFont, which names the font or the letter.
    """
    typesetting.typeset("letters", {"fonts": [families(each) for each in languages], "texts": list(texts)})
