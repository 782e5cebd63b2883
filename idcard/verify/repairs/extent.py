"""Where a code ends, whatever stands behind it: its own first letters tell how many belong to it."""

import re

from idcard import cose
from idcard.credential.text import ALPHABET, from_base45, letters
from idcard.errors import Malformed

_PREFIX = re.compile("ID[CT]1:")
_HEADS = 27
"""Letters that hold the heads in front of the payload, the longest that a code can have."""
_LETTERS = re.compile(rf"[{re.escape(ALPHABET)}]*")


def end(text: str) -> tuple[int, bool]:
    """How many letters of a text that begins with a prefix belong to the code, and whether the code says so itself.

    Where it does not, or says more than there are, it is all up to what is no letter of base45.
    """
    length = len(_LETTERS.match(text)[0])  # type: ignore[index]  # it matches nothing at least
    prefix = _PREFIX.match(text)
    if prefix is None:
        return length, False
    try:
        beginning = from_base45(text[prefix.end() : prefix.end() + _HEADS])
        told = prefix.end() + letters(cose.sign1_size(beginning))
    except Malformed:
        return length, False
    return (told, True) if told <= length else (length, False)
