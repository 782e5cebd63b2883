"""The common parts of root and trust list: a payload with several signatures (specs/trust.md, Documents)."""

import hashlib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idcard import cose
from idcard.cose import Sign
from idcard.credential.scope import Scope
from idcard.errors import Malformed, Reason, Refused

MAX_INSTANT = (1 << 32) - 1
MAX_ROLE_KEYS = 15
DIGEST_SIZE = 32
_CITY_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Role:
    """Keys of which `threshold` must sign. Raises Malformed unless they are 1 to 15 sorted, distinct keys."""

    threshold: int
    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.keys) <= MAX_ROLE_KEYS or not is_ascending(self.keys):
            raise Malformed(f"the keys of a role are not 1 to {MAX_ROLE_KEYS}, sorted, none twice")
        if any(len(key) != cose.PUBLIC_KEY_SIZE for key in self.keys):
            raise Malformed("a public key has 32 bytes")
        if not 1 <= self.threshold <= len(self.keys):
            raise Malformed("a threshold is not between 1 and the number of keys")


def check(message: Sign, kind: str, scope: Scope, role: Role) -> None:
    """Raises Refused(TRUST_UNSIGNED) unless enough distinct keys of the role signed, and none of them wrongly."""
    key_of = {cose.kid(key): key for key in role.keys}
    signed = set()
    for key_id, signature in message.signatures:
        key = key_of.get(key_id)
        if key is None:
            continue
        to_be_signed = cose.to_be_signed(key_id, scope.external_aad(kind), message.payload)
        if not cose.verifies(key, to_be_signed, signature):
            raise Refused(Reason.TRUST_UNSIGNED)
        signed.add(key)
    if len(signed) < role.threshold:
        raise Refused(Reason.TRUST_UNSIGNED)


def digest(payload: bytes, kind: str) -> bytes:
    """The identity of a document: 32 bytes over protected header and payload, never the signatures."""
    data = cose.encode([b"", payload])
    return hashlib.blake2b(data, digest_size=DIGEST_SIZE, person=kind.encode("ascii")).digest()


# ---- reading the map of a document ----


def read_map(value: Any) -> dict[int, Any]:
    """The value as a map of fields. Raises Malformed, and Refused(NEWER_PROGRAM) for a negative key."""
    if type(value) is not dict:
        raise Malformed("not a map")
    if any(key < 0 for key in value):
        raise Refused(Reason.NEWER_PROGRAM)
    return value


def read_int(fields: Mapping[int, Any], key: int, least: int, most: int) -> int:
    value = fields.get(key)
    if type(value) is not int or not least <= value <= most:
        raise Malformed(f"field {key} is not a number from {least} to {most}")
    return value


def read_instant(fields: Mapping[int, Any], key: int) -> int:
    return read_int(fields, key, 0, MAX_INSTANT)


def read_bytes(fields: Mapping[int, Any], key: int, size: int | None = None) -> bytes:
    value = fields.get(key)
    if type(value) is not bytes or (size is not None and len(value) != size):
        raise Malformed(f"field {key} is not a byte string of its size")
    return value


def check_city(value: Any) -> str:
    """Raises Malformed unless it is a valid id of a city."""
    if type(value) is not str or not _CITY_ID.fullmatch(value):
        raise Malformed("the id of a city is 1 to 32 of a-z, 0-9 and -, and begins with a letter")
    return value


def check_text(value: Any, most: int, what: str) -> str:
    """Raises Malformed unless the value is a text of 1 to `most` characters, none of them a control character."""
    if type(value) is not str or not 1 <= len(value) <= most or _CONTROL.search(value):
        raise Malformed(f"{what} is 1 to {most} characters, none of them a control character")
    return value


def read_list(fields: Mapping[int, Any], key: int) -> list[Any]:
    value = fields.get(key)
    if type(value) is not list:
        raise Malformed(f"field {key} is not a list")
    return value


def read_numbers(fields: Mapping[int, Any], key: int) -> tuple[int, ...]:
    """A sorted list of distinct whole numbers, 1 to 65535."""
    numbers = tuple(read_list(fields, key))
    if any(type(number) is not int or not 1 <= number <= 0xFFFF for number in numbers) or not is_ascending(numbers):
        raise Malformed(f"field {key} is not a sorted list of numbers")
    return numbers


def read_true(fields: Mapping[int, Any], key: int) -> bool:
    """Whether the field is there; it may only be true."""
    if key not in fields:
        return False
    if fields[key] is not True:
        raise Malformed(f"field {key} is neither true nor absent")
    return True


def is_ascending(items: tuple[Any, ...]) -> bool:
    return all(a < b for a, b in itertools.pairwise(items))
