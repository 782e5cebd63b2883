"""Finds the end of a code in a text, from what its first letters state. What the codes of each kind begin with."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from idcard import cose
from idcard.credential.text import ALPHABET, from_base45, letters
from idcard.errors import Malformed

_PREFIX = re.compile("ID[A-Z][0-9]{1,2}:")
_HEADS = 27
"""Letters that contain the heads before the payload, at their longest."""
_LETTERS = re.compile(rf"[{re.escape(ALPHABET)}]*")
_SLIP = re.compile("IDS[0-9]{1,2}:(?:-?[0-9A-Z]){35}")


@dataclass(frozen=True)
class Kind:
    """Codes of one use. letters: each may be the third of their prefix.

    end: number of letters, of a text that begins with a prefix, that belong to the code; and whether the code states
    it. If it does not, or states more than there are, all letters of base45 belong to it.
    """

    letters: str
    end: Callable[[str], tuple[int, bool]]


def _end_by(size: Callable[[bytes], int]) -> Callable[[str], tuple[int, bool]]:
    """size: of the data of a code in bytes, from its first ones. Raises Malformed."""

    def end(text: str) -> tuple[int, bool]:
        length = len(_LETTERS.match(text)[0])  # type: ignore[index]  # it matches nothing at least
        prefix = _PREFIX.match(text)
        if prefix is None:
            return length, False
        try:
            told = prefix.end() + letters(size(from_base45(text[prefix.end() : prefix.end() + _HEADS])))
        except Malformed:
            return length, False
        return (told, True) if told <= length else (length, False)

    return end


def _frame_size(beginning: bytes) -> int:
    """Of the array of a poster's code: number, count, name of 8 bytes, chunk (specs/paper.md)."""
    data = beginning.ljust(_HEADS, b"\0")
    if data[0] != 0x84:
        raise Malformed("not a code of a poster")
    at = 1
    for _ in range(2):
        at += 2 if data[at] == 0x18 else 1
    at += 9
    head, follow = data[at], int.from_bytes(data[at + 1 : at + 3], "big")
    if head == 0x59:
        return at + 3 + follow
    if head == 0x58:
        return at + 2 + (follow >> 8)
    if 0x40 < head < 0x58:
        return at + 1 + head - 0x40
    raise Malformed("not a code of a poster")


def _end_of_slip(text: str) -> tuple[int, bool]:
    found = _SLIP.match(text)
    return (found.end(), True) if found else (len(_LETTERS.match(text)[0]), False)  # type: ignore[index]


CARD = Kind("CT", _end_by(cose.sign1_size))
POSTER = Kind("FPK", _end_by(_frame_size))
SLIP = Kind("S", _end_of_slip)
KINDS = (CARD, POSTER, SLIP)
