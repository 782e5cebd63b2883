"""Removes what is invisible in a text: direction marks, control characters, keys without a letter."""

import re
import unicodedata
from functools import lru_cache

NO_LETTER = "\ufffd"
"""Stands for anything that is no letter of a code."""

KEY = r"\x1b(?:\[\[?[0-?]*[ -/]*[@-~]|O[ -~])"
"""An arrow or a function key as terminals send it: CSI or SS3 (ECMA-48 §5.4), and `ESC [ [ A` of Linux's console."""
_KEY = re.compile(KEY)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f](?<![\r\n\x85])")
_BLANKS = " \t\r\n"
_UNSEEN_KINDS = frozenset(("Cc", "Cf", "Zl", "Zp"))
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]")
"""Invisible, though Unicode counts them among letters and marks."""


def seen(text: str) -> tuple[str, bool]:
    """The visible text, with NO_LETTER for each special key; and whether it had control characters.

    Line ends, and blanks and tabs around the text, do not count as control characters.
    """
    keyed = _KEY.sub(NO_LETTER, text)
    has_control = _CONTROL_CHARACTER.search(keyed.strip(_BLANKS)) is not None
    return visible(keyed), has_control


def visible(text: str) -> str:
    """The text without what nobody sees, line ends among it; blanks stay."""
    if text.isascii() and text.isprintable():
        return text
    unseen = {ord(each): None for each in filter(_is_unseen, set(text))}
    return _FILLERS.sub("", text.translate(unseen) if unseen else text)


@lru_cache(maxsize=4096)
def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN_KINDS


def bare(text: str) -> str:
    """The text without the blanks, line ends and marks that copying, mail and editors leave around it."""
    while text != (shorter := unmarked(text.strip())):
        text = shorter
    return text


def unmarked(text: str) -> str:
    """The text without byte order and direction marks around it; blanks stay, for they may belong to a passphrase."""
    begin, end = 0, len(text)
    while begin < end and unicodedata.category(text[begin]) == "Cf":
        begin += 1
    while end > begin and unicodedata.category(text[end - 1]) == "Cf":
        end -= 1
    return text[begin:end]
