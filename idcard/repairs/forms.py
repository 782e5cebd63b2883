"""Turns the signs that input methods and text programs put in place of those of a code back into them."""

import unicodedata
from functools import lru_cache

INPUT_METHOD = "input-method"
TYPOGRAPHY = "typography"

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043"
_OTHERS = {
    "\u3002": ".", "\u3001": "/", "\u30fb": "/", "\xa5": "$", "\xd7": "*", "\xf7": "/", "\u30fc": "-",
    "\xb7": ".", "\u2236": ":", "\u2217": "*", "\u2044": "/", "\u2215": "/", "\u02d0": ":", "\ua789": ":",
    **dict.fromkeys(_DASHES, "-"),
}  # fmt: skip
_OF_TEXT_PROGRAMS = frozenset((*_DASHES, "\u2026", "\u2044"))


def folded(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with ASCII letters and signs for their other forms, and what had changed them."""
    if text.isascii():
        return text, ()
    forms = ((letter, _plain(letter)) for letter in set(text))
    changed = {letter: form for letter, form in forms if form != letter}
    if not changed:
        return text, ()
    by_program = {letter for letter in changed if letter in _OF_TEXT_PROGRAMS or _is_blank(letter)}
    names = (INPUT_METHOD,) if changed.keys() - by_program else (TYPOGRAPHY,)
    return text.translate({ord(letter): form for letter, form in changed.items()}), names


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    form = unicodedata.normalize("NFKC", letter)
    form = _OTHERS.get(form, form)
    return form if form.isascii() else letter


def _is_blank(letter: str) -> bool:
    return unicodedata.category(letter) == "Zs" and letter != "\u3000"
