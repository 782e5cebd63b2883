"""Removes what is invisible in a text: direction marks, control characters, keys without a letter."""

import re
import unicodedata

NO_LETTER = "\ufffd"
"""Stands for anything that is no letter of a code."""

KEY = r"\x1b(?:\[\[?[0-?]*[ -/]*[@-~]|O[ -~])"
"""An arrow or a function key as terminals send it: CSI or SS3 (ECMA-48 §5.4), and `ESC [ [ A` of Linux's console."""
_KEY = re.compile(KEY)
_CONTROL_CHARACTER = re.compile(r"[\x01-\x1f\x7f](?<![\r\n])")
_BLANKS = " \t\r\n"


def seen(text: str) -> tuple[str, bool]:
    """The visible text, with NO_LETTER for each special key; and whether it had control characters.

    Line ends, and blanks and tabs around the text, do not count as control characters.
    """
    keyed = _KEY.sub(NO_LETTER, text)
    has_control = _CONTROL_CHARACTER.search(keyed.strip(_BLANKS)) is not None
    return "".join(letter for letter in keyed if not _is_unseen(letter)), has_control


def _is_unseen(letter: str) -> bool:
    # NUL stays: it shows that the text is in another encoding.
    return "\0" < letter < " " or letter == "\x7f" or unicodedata.category(letter) == "Cf"
