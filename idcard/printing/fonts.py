"""Which fonts a language is printed in (specs/print.md, Fonts)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from idcard import languages
from idcard.printing import typesetting
from idcard.printing.page import MissingFont


@dataclass(frozen=True)
class _Script:
    """families: the first that is installed is taken. letters: how Unicode's names of its letters begin."""

    name: str
    families: tuple[str, ...]
    letters: tuple[str, ...]
    install: str

    @property
    def family(self) -> str | None:
        there = typesetting.families()
        return next((name for name in self.families if name in there), None)


# First Noto's, in which pages look the same everywhere, then what Windows and macOS come with.
_LATIN = _Script(
    "Latin and Cyrillic",
    ("Noto Sans", "Segoe UI", "Helvetica Neue", "Libertinus Serif"),  # the last is typst's own
    ("LATIN", "CYRILLIC", "COMBINING"),
    "Noto Sans (Debian: fonts-noto-core; Windows and macOS: fonts.google.com/noto)",
)
_SCRIPTS = {
    "bn": _Script(
        "Bengali",
        ("Noto Sans Bengali", "Nirmala UI", "Kohinoor Bangla"),
        ("BENGALI",),
        "Noto Sans Bengali (Debian: fonts-noto-core), Nirmala UI (Windows) or Kohinoor Bangla (macOS)",
    ),
    "ar": _Script(
        "Arabic",
        ("Noto Sans Arabic", "Segoe UI", "Geeza Pro", "DejaVu Sans"),
        ("ARABIC",),
        "Noto Sans Arabic (Debian: fonts-noto-core), Segoe UI (Windows) or Geeza Pro (macOS)",
    ),
    "ur": _Script(
        "Urdu",
        ("Noto Nastaliq Urdu", "Urdu Typesetting"),
        ("ARABIC",),
        "Noto Nastaliq Urdu (Debian: fonts-noto-core; macOS has it) or Urdu Typesetting (Windows: optional feature "
        "Arabic Script Supplemental Fonts)",
    ),
    "zh-Hans": _Script(
        "Chinese",
        ("Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB"),
        ("CJK",),
        "Noto Sans SC (Debian: fonts-noto-cjk), Microsoft YaHei (Windows) or PingFang SC (macOS: Font Book loads it)",
    ),
    "ko": _Script(
        "Korean",
        ("Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo"),
        ("HANGUL",),
        "Noto Sans KR (Debian: fonts-noto-cjk), Malgun Gothic (Windows) or Apple SD Gothic Neo (macOS)",
    ),
}
"""By language; the others are in Latin and Cyrillic letters."""
_ALL = (_LATIN, *_SCRIPTS.values())
# These have Latin letters too, and those of Latin have quotation marks that are too narrow for Chinese.
_LATIN_FIRST = frozenset(("zh-Hans", "ko"))


def families(language: str) -> list[str | dict[str, str]]:
    """In the order in which a letter is looked for, as typst takes them.

    language: of idcard.languages. After its own families come those of the other scripts: the city's own words are of
    its language on every page. Raises MissingFont where none of its own is installed.
    """
    own = [_family(_LATIN)]
    order: list[str | dict[str, str]] = [*own]
    if language in _SCRIPTS:
        # What joins and parts the letters of a script is in its own font, which comes first but for these.
        own.insert(0, _family(_SCRIPTS[language]))
        order = [{"name": own[1], "covers": "latin-in-cjk"}, own[0]] if language in _LATIN_FIRST else [*own]
    others = (script.family for script in _ALL)
    return [*order, *dict.fromkeys(name for name in others if name is not None and name not in own)]


def _family(script: _Script) -> str:
    if script.family is None:
        raise MissingFont(f"no font for {script.name} is installed: install {script.install}")
    return script.family


def check(codes: Iterable[str], texts: Iterable[str]) -> None:
    """That pages in these languages can be printed. texts: what else stands on them, such as the name of the city.

    Raises MissingFont, which names the font or the letter.
    """
    texts = list(texts)
    for code in codes:
        letters = languages.get(code).letters
        try:
            typesetting.typeset("letters", {"fonts": families(code), "texts": [*texts, letters]})
        except MissingFont as problem:
            raise _with_hint(problem) from None


@cache
def missing(code: str) -> str:
    """Why no page in this language can be printed here; empty where it can."""
    try:
        check((code,), ())
    except MissingFont as problem:
        return str(problem)
    return ""


def _with_hint(problem: MissingFont) -> MissingFont:
    """What to install for the letter that is missing, where that is known and is not installed."""
    name = unicodedata.name(problem.letter, "") if problem.letter else ""
    for script in _ALL:
        if name.startswith(script.letters) and not (script.family or "").startswith("Noto"):
            return MissingFont(f"{problem}: install {script.install}")
    return problem


def check_own(font: str) -> None:
    """That a family which a city has chosen is there. Raises MissingFont."""
    if font not in typesetting.families():
        raise MissingFont(f"the font {font!r} is not installed")


@cache
def used(own: str | None = None) -> dict[str, str]:
    """The families that pages of this computer may be printed in, and what tells their files from others of that name.

    own: one more, of the city's design. Reads the files, of some 40 MB. Raises OSError.
    """
    names = sorted({script.family for script in _ALL if script.family is not None} | ({own} if own else set()))
    return {name: typesetting.digest(name) for name in names}
