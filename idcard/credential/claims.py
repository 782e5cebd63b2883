"""What a credential says about its holder, and its CBOR (specs/credential.md, Claims)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from idcard import cose
from idcard.credential import calendar
from idcard.errors import Malformed

RESIDENT = 1
AGE = 2
AGE_FROM = 3

FLAGS = {
    RESIDENT: "resident",
    4: "student",
    5: "senior",
    6: "veteran",
    7: "disability",
    8: "caregiver",
    **{number: f"city_{number}" for number in range(16, 24)},
}
"""The registry of claims that are `true` or absent: key of the holder's map -> name. A city defines 16 to 23."""

AGE_OVER = "age_over_"
"""How the name of an age threshold begins."""

CLASS_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""The name of a venue class."""

MAX_AGE = 150
MAX_MONTHS_BEFORE = 255
HANDLE_SIZE = 10

_EXP = 4
_CTI = 7
_HOLDER = -65537


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one credential.

    exp: seconds since 1970, 12:00 UTC on the first of a month. flags: keys of FLAGS.
    age: the highest threshold reached, or None. age_from: (age N, month from whose first day N is reached), or None.
    handle: 10 bytes (cti), or None. unknown: whether a claim is there that only a newer program understands.
    """

    exp: int
    flags: frozenset[int]
    age: int | None = None
    age_from: tuple[int, int] | None = None
    handle: bytes | None = None
    unknown: bool = False

    def proves_age(self, least: int, now: int) -> bool:
        """Whether the holder is proven to be `least` or over. If not, nothing is proven, and never *under*."""
        if self.age is not None and self.age >= least:
            return True
        if self.age_from is None:
            return False
        age, month = self.age_from
        return age >= least and now >= calendar.noon_of_first(month)


def age_over(age: int) -> str:
    """The name of an age threshold."""
    return f"{AGE_OVER}{age}"


def labels(flags: Collection[int], age: int | None) -> list[str]:
    """The names of flags, by their keys, and of an age threshold, as in `Card.proven`."""
    found = [FLAGS[number] for number in sorted(flags)]
    return found if age is None else [*found, age_over(age)]


def encode(claims: Claims) -> bytes:
    """The payload. Claims outside the specification are refused only by `decode`."""
    holder: dict[int, Any] = dict.fromkeys(claims.flags, True)
    if claims.age is not None:
        holder[AGE] = claims.age
    if claims.age_from is not None:
        age, month = claims.age_from
        holder[AGE_FROM] = [age, calendar.month_of(claims.exp) - month]
    payload: dict[int, Any] = {_EXP: claims.exp, _HOLDER: holder}
    if claims.handle is not None:
        payload[_CTI] = claims.handle
    return cose.encode(payload)


def decode(data: bytes) -> Claims:
    """Raises Malformed for anything outside the specification but unknown entries of the holder's map."""
    payload = cose.decode(data)
    if type(payload) is not dict:
        raise Malformed("the claims are not a map")
    exp = payload.pop(_EXP, None)
    handle = payload.pop(_CTI, None)
    holder = payload.pop(_HOLDER, None)
    if payload:
        raise Malformed("a claim that this format does not have")
    if type(exp) is not int or not calendar.is_noon_of_first(exp):
        raise Malformed("exp is not 12:00 UTC on the first of a month")
    if handle is not None and (type(handle) is not bytes or len(handle) != HANDLE_SIZE):
        raise Malformed("cti is not 10 bytes")
    if type(holder) is not dict or not holder:
        raise Malformed("nothing is claimed about the holder")
    age = holder.pop(AGE, None)
    if age is not None and not _is_between(age, 1, MAX_AGE):
        raise Malformed("an age is out of range")
    age_from = _age_from(holder.pop(AGE_FROM, None), exp)
    flags = []
    unknown = False
    for key, value in holder.items():
        if key in FLAGS:
            if value is not True:
                raise Malformed("a flag is not true")
            flags.append(key)
        elif key < 0:
            unknown = True
    return Claims(exp, frozenset(flags), age, age_from, handle, unknown)


def _age_from(value: Any, exp: int) -> tuple[int, int] | None:
    if value is None:
        return None
    if type(value) is not list or len(value) != 2:
        raise Malformed("age_from is not a pair")
    age, before = value
    if not _is_between(age, 1, MAX_AGE) or not _is_between(before, 1, MAX_MONTHS_BEFORE):
        raise Malformed("age_from is out of range")
    return age, calendar.month_of(exp) - before


def _is_between(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
