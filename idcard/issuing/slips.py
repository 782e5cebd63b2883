"""The slip that a holder keeps: the secret from which the handles of a card come (specs/handles.md, The slip)."""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce

from nacl.bindings import randombytes

from idcard.credential import calendar
from idcard.credential.claims import HANDLE_SIZE
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import IdcardError
from idcard.repairs import forms, readings, unseen
from idcard.repairs.extent import SLIP

PREFIX = "IDS1:"
SECRET_SIZE = 16
GROUP = 5
LENGTH = 35
"""Number of symbols, without prefix and dashes."""

_PERSON = b"idcard.handle"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE_OF = {symbol: value for value, symbol in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_ENVIRONMENT_OF = {"C": Environment.PRODUCTION, "T": Environment.TEST}
_CHECK = 6
_SECRET_BITS = 8 * SECRET_SIZE
_BEGINNING = 1970 * 12
_FEEDBACK = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M = 0x2BC830A3
_BETWEEN = re.compile("[-\\s\u2010-\u2015\u2212\ufeff]+")
_ALSO_BETWEEN = str.maketrans(".,;_/", "-----")
_CARD = re.compile(r"ID[CT][0-9]{1,2}:")
_VERSIONED = re.compile(r"IDS[0-9]{1,2}:")


class SlipError(IdcardError):
    """A text that is no slip of this city, or a slip that cannot be used here. Never shows the slip."""


@dataclass(frozen=True, slots=True)
class Slip:
    """The secret of one card, 16 bytes, and the month on whose first day its last code has expired."""

    scope: Scope
    until: int
    secret: bytes = field(repr=False)

    def handle(self, number: int) -> bytes:
        """The 10 bytes that cancel the code for the venue class with this number."""
        message = f"{self.scope.environment} {self.scope.city} {number}".encode("ascii")
        return hashlib.blake2b(message, key=self.secret, person=_PERSON).digest()[:HANDLE_SIZE]


def new(scope: Scope, *, life: int, now: int) -> Slip:
    """A new slip for codes with a life of at most `life` months, minted in the month of `now` or the next."""
    return Slip(scope, calendar.month_of(now) + life + 2, randombytes(SECRET_SIZE))


def encode(slip: Slip) -> str:
    """The slip as people read it: seven groups of five symbols, with dashes between."""
    months = slip.until - _BEGINNING
    number = months << _SECRET_BITS | int.from_bytes(slip.secret, "big")
    first = "T" if slip.scope.environment is Environment.TEST else "C"
    values = [_VALUE_OF[first], *_symbols(number, LENGTH - _CHECK - 1)]
    values += _symbols(_remainder(slip.scope.city, [*values, *[0] * _CHECK]) ^ _BECH32M, _CHECK)
    text = "".join(_ALPHABET[value] for value in values)
    return "-".join(text[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def decode(text: str, scope: Scope) -> Slip:
    """The slip as somebody wrote, typed or scanned it: letter case, blanks and dashes do not matter.

    scope: of the city that it must be from. Raises SlipError.
    """
    text = _BETWEEN.sub("", text)
    if not text.isascii():
        raise _not_a_slip()  # before upper(), which turns some other letters into ASCII
    text = text.upper()
    if _CARD.match(text):
        raise SlipError("this is the code of a card and not a slip")
    if _VERSIONED.match(text) and not text.startswith(PREFIX):
        raise SlipError("the slip is of a newer program: update idcard")
    text = text.removeprefix(PREFIX)
    if not _VALUE_OF.keys() >= set(text):
        raise _not_a_slip()
    if len(text) != LENGTH:
        raise _not_a_slip(len(text) if LENGTH - 2 * GROUP <= len(text) <= LENGTH + 2 * GROUP else None)
    values = [_VALUE_OF[symbol] for symbol in text]
    if _remainder(scope.city, values) != _BECH32M:
        raise SlipError("the slip was misread or mistyped, or is of another city: read it once more")
    environment = _ENVIRONMENT_OF.get(_ALPHABET[values[0]])
    if environment is None:
        raise SlipError("the slip is of a newer program: update idcard")
    if environment is not scope.environment:
        raise SlipError(f"the slip is of a {environment} city, and this is a {scope.environment} city")
    number = reduce(lambda so_far, value: so_far << 5 | value, values[1:-_CHECK])
    months, secret = number >> _SECRET_BITS, number & (1 << _SECRET_BITS) - 1
    return Slip(scope, _BEGINNING + months, secret.to_bytes(SECRET_SIZE, "big"))


def repaired(text: str, scope: Scope) -> Slip:
    """As `decode`, after what a scanner, a keyboard or copying did to the text is undone; the check symbols decide."""
    plain = forms.folded(unseen.visible(text))[0].translate(_ALSO_BETWEEN)
    try:
        return decode(plain, scope)
    except SlipError:
        for reading in readings.of(text, SLIP)[1:]:
            with suppress(SlipError):
                return decode(reading.text, scope)
        group = _misread_group(plain, scope)
        if group is None:
            raise
    raise SlipError(
        f"the slip was misread or mistyped, perhaps in group {group} of {LENGTH // GROUP}: read it once more"
    )


def _misread_group(text: str, scope: Scope) -> int | None:
    """The group, from 1, in which one other symbol, or two that change places, would make this a slip of the city.

    It says where to look again; what was meant is not guessed, for a slip with more errors could become another one.
    """
    symbols = _BETWEEN.sub("", text).upper().removeprefix(PREFIX) if text.isascii() else ""
    if len(symbols) != LENGTH or not _VALUE_OF.keys() >= set(symbols):
        return None
    values = [_VALUE_OF[symbol] for symbol in symbols]
    wrong = _remainder(scope.city, values) ^ _BECH32M
    # The remainder is linear: what one changed symbol adds to it depends on its place and its change alone.
    zeros = _remainder(scope.city, [0] * LENGTH)
    for place, value in enumerate(values):
        for change in range(1, 32):
            changed = [0] * LENGTH
            changed[place] = change
            added = _remainder(scope.city, changed) ^ zeros
            if added == wrong:
                return place // GROUP + 1
        if place + 1 < LENGTH:
            swapped = [0] * LENGTH
            swapped[place] = swapped[place + 1] = value ^ values[place + 1]
            if any(swapped) and _remainder(scope.city, swapped) ^ zeros == wrong:
                return place // GROUP + 1
    return None


def _not_a_slip(length: int | None = None) -> SlipError:
    """length: of what is nearly one."""
    said = f"this is not a slip: it has {LENGTH} letters and digits, in groups of {GROUP}, and no U"
    return SlipError(said if length is None else f"{said}; here are {length}")


def _symbols(number: int, count: int) -> list[int]:
    """A number as a list of values of 5 bits."""
    return [number >> 5 * place & 31 for place in reversed(range(count))]


def _remainder(city: str, values: list[int]) -> int:
    """The polymod of BIP-173 for a human-readable part and data: six values of 5 bits in one number."""
    state = 1
    for value in [*(ord(letter) >> 5 for letter in city), 0, *(ord(letter) & 31 for letter in city), *values]:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_FEEDBACK):
            if top >> bit & 1:
                state ^= term
    return state
