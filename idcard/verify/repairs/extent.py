"""Finds the end of a code in a text, from the length that its first letters state."""

import re

from idcard import cose
from idcard.credential.text import ALPHABET, from_base45, letters
from idcard.errors import Malformed

_PREFIX = re.compile("ID[CT]1:")
_HEADS = 27
"""Letters that contain the heads before the payload, at their longest."""
_LETTERS = re.compile(rf"[{re.escape(ALPHABET)}]*")


def end(text: str) -> tuple[int, bool]:
    """Number of letters, of a text that begins with a prefix, that belong to the code; and whether the code states it.

    If it does not, or states more than there are, all letters of base45 belong to it.
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
