"""Splits a trust file, a patch or a kill note into the texts of a few QR codes (specs/paper.md, Codes)."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from idcard import cose
from idcard.credential import text
from idcard.errors import IdcardError, Malformed, Reason, Refused
from idcard.repairs import readings
from idcard.repairs.extent import CARD, POSTER

MAX_COUNT = 99
MAX_CHUNK = 626
"""Bytes of data in one code; with 17 bytes of frame and the prefix, 970 letters, which fit QR 20-M."""
MAX_SIZE = MAX_COUNT * MAX_CHUNK
"""Longest data of all codes together, in bytes."""
ID_SIZE = 8

_BLANKS = " \t\r\n"
_CARD = re.compile(r"ID[CT][0-9]{1,2}:")
_VERSIONED = re.compile(r"ID[FPK][0-9]{1,2}:")


class PosterKind(Enum):
    """What the codes hold. The value is the prefix of each."""

    FILE = "IDF1:"
    PATCH = "IDP1:"
    KILL = "IDK1:"


_SHEET_OF = {sheet.value: sheet for sheet in PosterKind}


class Missing(IdcardError):
    """Codes of the set were not read. missing: their numbers, sorted. count: of codes in the set."""

    def __init__(self, missing: tuple[int, ...], count: int) -> None:
        *most, last = map(str, missing)
        numbers = f"{', '.join(most)} and {last}" if most else last
        super().__init__(f"{numbers} of {count} {'are' if most else 'is'} missing")
        self.missing = missing
        self.count = count

    def __reduce__(self) -> tuple[type["Missing"], tuple[tuple[int, ...], int]]:
        return type(self), (self.missing, self.count)


def is_code(text: str) -> bool:
    """Whether a code of a poster, of whichever version, begins in this text, however it was typed or copied.

    A card's may have letters that on some keyboard are a poster's beginning; so where both begin, a poster is whole.
    """
    text = text.lstrip(_BLANKS)
    if _VERSIONED.match(text) or _CARD.match(text) or not readings.begins(text, POSTER):
        return _VERSIONED.match(text) is not None
    return not readings.begins(text, CARD) or is_whole(repaired(text))


def repaired(text: str) -> str:
    """A text for `decode`, after what a scanner, a keyboard or copying did to it is undone, if that makes it a code."""
    plain = text.strip(_BLANKS)
    if _CARD.match(plain) or is_whole(plain):
        return plain
    found = [each.text for each in readings.of(plain, POSTER)[1:]]
    return next(filter(is_whole, found), found[0] if found else plain)


def repaired_lines(lines: Iterable[str]) -> list[str]:
    """Such texts, one a line, up to the first that stays damaged: `decode` refuses that. Blank lines do not count.

    Raises Malformed for more than a poster has, before any is repaired.
    """
    found: list[str] = []
    for line in _distinct(filter(str.strip, lines)):
        found.append(repaired(line))
        if not is_whole(found[-1]):
            break
    return found


def is_whole(text: str) -> bool:
    """Whether this is one code of a poster, as it came."""
    try:
        _read(text)
    except (Malformed, Refused):
        return False
    return True


def encode(sheet: PosterKind, data: bytes) -> tuple[str, ...]:
    """The texts of the codes, each for QR 20-M or smaller. Raises Malformed for no data, and for more than MAX_SIZE."""
    if not 0 < len(data) <= MAX_SIZE:
        raise Malformed(f"{MAX_COUNT} codes hold 1 to {MAX_SIZE} bytes, and these are {len(data)}")
    count = -(-len(data) // MAX_CHUNK)
    size = -(-len(data) // count)
    name = _name(data)
    return tuple(
        sheet.value + text.to_base45(cose.encode([number, count, name, data[(number - 1) * size : number * size]]))
        for number in range(1, count + 1)
    )


def decode(texts: Iterable[str]) -> tuple[PosterKind, bytes]:
    """The data in the texts of all codes of one set, in any order, also repeated or with blanks around them.

    Raises Missing; Malformed for a text that is no such code or is damaged, for two sets, and for more than MAX_COUNT;
    Refused(NEWER_PROGRAM) for a later version of the format.
    """
    frames = {_read(each) for each in _distinct(texts)}
    if not frames:
        raise Malformed("there is no code")
    if len({(frame.sheet, frame.count, frame.name) for frame in frames}) > 1:
        raise Malformed("these are codes of two different posters")
    chunks = {frame.number: frame.chunk for frame in frames}
    first = next(iter(frames))
    missing = tuple(number for number in range(1, first.count + 1) if number not in chunks)
    if missing:
        raise Missing(missing, first.count)
    cut = [chunks[number] for number in range(1, first.count + 1)]
    *most, last = map(len, cut)
    if len(frames) > len(cut) or len(set(most)) > 1 or last > len(cut[0]):
        raise Malformed("the codes are not cut as they should be")
    data = b"".join(cut)
    if _name(data) != first.name:
        raise Malformed("the codes do not hold what they were made from")
    return first.sheet, data


def _distinct(texts: Iterable[str]) -> list[str]:
    """Each once, in their order. Raises Malformed for more than a poster has."""
    found = list(dict.fromkeys(each.strip(_BLANKS) for each in texts))
    if len(found) > MAX_COUNT:
        raise Malformed("these are more codes than a poster has")
    return found


@dataclass(frozen=True, slots=True)
class _Frame:
    """number from 1. name: of the data, 8 bytes."""

    sheet: PosterKind
    number: int
    count: int
    name: bytes
    chunk: bytes


def _read(code: str) -> _Frame:
    sheet = _SHEET_OF.get(code[:5])
    if sheet is None:
        if _CARD.match(code):
            raise Malformed("this is the code of a card")
        if _VERSIONED.match(code):
            raise Refused(Reason.NEWER_PROGRAM)
        raise Malformed("this is not a code of a poster")
    try:
        frame: Any = cose.decode(text.from_base45(code[5:]))
    except Malformed:
        frame = None
    match frame:
        case [int() as number, int() as count, bytes() as name, bytes() as chunk] if (
            type(number) is type(count) is int and 1 <= number <= count <= MAX_COUNT and len(name) == ID_SIZE and chunk
        ):
            return _Frame(sheet, number, count, name, chunk)
    raise Malformed("the code is damaged, or was not read whole")


def _name(data: bytes) -> bytes:
    return hashlib.blake2b(data, person=b"idcard.paper").digest()[:ID_SIZE]
