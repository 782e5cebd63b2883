"""The root document, which names the keys that sign roots and trust lists (specs/trust.md, Root)."""

from dataclasses import dataclass
from typing import Any

from idcard import cose
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.trust import document
from idcard.trust.document import Role

KIND = "idcard.root"
MAX_LIST_DAYS = 400
MAX_NAME = 64
_ENVIRONMENTS = (Environment.PRODUCTION, Environment.TEST)
"""By the numbers that a root carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """version from 1; previous: digest of the root before, 32 bytes, None for version 1; exp in seconds since 1970;
    list_days: longest life of a trust list.
    """

    version: int
    previous: bytes | None = None
    scope: Scope
    name: str
    exp: int
    list_days: int
    roots: Role
    publishers: Role


def encode(root: Root) -> bytes:
    """The payload. Raises Malformed for a root that `decode` would refuse."""
    fields: dict[int, Any] = {
        1: root.version,
        2: root.scope.city,
        3: root.name,
        4: _ENVIRONMENTS.index(root.scope.environment),
        5: root.exp,
        6: root.list_days,
        7: [root.roots.threshold, list(root.roots.keys)],
        8: [root.publishers.threshold, list(root.publishers.keys)],
    }
    data = cose.encode(fields if root.previous is None else fields | {9: root.previous})
    if decode(data) != root:
        raise Malformed("a root that has no encoding")
    return data


def digest(root: Root) -> bytes:
    """Digest by which the next root and the trust lists name this root."""
    return document.digest(encode(root), KIND)


def decode(payload: bytes) -> Root:
    """Raises Malformed, and Refused(NEWER_PROGRAM)."""
    fields = document.read_map(cose.decode(payload))
    version = document.read_int(fields, 1, 1, document.MAX_INSTANT)
    if (9 in fields) is not (version > 1):
        raise Malformed("every root but the first names the one before")
    return Root(
        version=version,
        previous=document.read_bytes(fields, 9, document.DIGEST_SIZE) if version > 1 else None,
        scope=Scope(_ENVIRONMENTS[document.read_int(fields, 4, 0, 1)], document.check_city(fields.get(2))),
        name=check_name(fields.get(3)),
        exp=document.read_instant(fields, 5),
        list_days=document.read_int(fields, 6, 1, MAX_LIST_DAYS),
        roots=_read_role(fields, 7),
        publishers=_read_role(fields, 8),
    )


def check_name(value: Any) -> str:
    """Raises Malformed unless it is a valid name of a city."""
    return document.check_text(value, MAX_NAME, "the name of a city")


def _read_role(fields: dict[int, Any], key: int) -> Role:
    match document.read_list(fields, key):
        case [int() as threshold, list() as keys] if type(threshold) is int and {type(key) for key in keys} == {bytes}:
            return Role(threshold, tuple(keys))
    raise Malformed(f"field {key} is not a threshold and a list of keys")
