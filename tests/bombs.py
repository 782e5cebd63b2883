"""CBOR that is short and costs a decoder without bounds minutes."""

import itertools
from collections.abc import Iterable, Iterator
from functools import cache

_LANES = 1 << 64
_PRIME_1, _PRIME_2, _PRIME_5 = 11400714785074694791, 14029467366897019727, 2870177450012600261
_BACK_2 = pow(_PRIME_2, -1, _LANES)
_LARGEST = (1 << 61) - 2
"""Of the integers that are their own hash."""


def head(kind: int, argument: int) -> bytes:
    """The shortest (RFC 8949 §3)."""
    if argument < 24:
        return bytes([kind << 5 | argument])
    size = next(size for size in (1, 2, 4, 8) if argument < 1 << 8 * size)
    return bytes([kind << 5 | 23 + size.bit_length()]) + argument.to_bytes(size, "big")


def array(*items: bytes) -> bytes:
    return head(4, len(items)) + b"".join(items)


def map_of(keys: Iterable[bytes]) -> bytes:
    """Each key is 0."""
    entries = [key + b"\0" for key in keys]
    return head(5, len(entries)) + b"".join(entries)


def pairs_alike() -> Iterator[bytes]:
    """Arrays of two integers whose tuples have one hash in CPython, which mixes their items by xxHash: from the first
    item and the hash follows the second.
    """
    wanted = 0x123456789ABCDEF
    for first in itertools.count():
        mixed = _mixed(_PRIME_5, first)
        second = (_turned(wanted, 33) - mixed) * _BACK_2 % _LANES
        if second <= _LARGEST:
            yield array(head(0, first), head(0, second))
        elif _LANES - second <= _LARGEST:
            yield array(head(0, first), head(1, _LANES - second - 1))


def _mixed(held: int, item: int) -> int:
    return _turned((held + item * _PRIME_2) % _LANES, 31) * _PRIME_1 % _LANES


def _turned(lane: int, bits: int) -> int:
    return (lane << bits | lane >> 64 - bits) % _LANES


@cache
def arrays_as_keys(size: int) -> bytes:
    """A map of at most so many bytes, and hardly fewer."""
    keys, length = [], 5
    for key in pairs_alike():
        length += len(key) + 1
        if length > size:
            break
        keys.append(key)
    return map_of(keys)


BOMBS = {
    "arrays as keys": map_of(itertools.islice(pairs_alike(), 4000)),
    "maps as keys": map_of(b"\xa1" + head(0, each) + b"\0" for each in range(4000)),
    "byte strings as keys": map_of(b"\x44%04d" % each for each in range(4000)),
    "texts as keys": map_of(b"\x64%04d" % each for each in range(4000)),
    "booleans as keys": map_of([b"\xf4", b"\xf5"] * 2000),
    "integers as keys": map_of(head(0, each << 32) for each in range(4000)),
    "a key in the last map": array(*[b"\xa1\0\0"] * 4000, b"\xa1\x80\0"),
    "many small maps": head(4, 1 << 20) + b"\xa0" * (1 << 20),
    "many integers": head(4, 1 << 20) + b"\0" * (1 << 20),
    "arrays of arrays": head(4, 1 << 19) + b"\x81\x80" * (1 << 19),
    "9 levels": b"\x81" * 9 + head(2, 4000) + bytes(4000),
    "many levels": b"\x81" * 4000,
    "many levels of maps": b"\xa1\0" * 4000,
    "many indefinite levels": b"\x9f" * 4000,
    "indefinite bytes": b"\x5f" + b"\x41\0" * 4000 + b"\xff",
    "an indefinite map": b"\xbf" + b"\0\0" * 4000 + b"\xff",
    "many tags": b"\xc1" * 4000 + b"\0",
    "many bignums": head(4, 4000) + b"\xc2\x41\0" * 4000,
    "floats": head(4, 4000) + b"\xf9\0\0" * 4000,
    "nulls": head(4, 4000) + b"\xf6" * 4000,
    "long simple values": head(4, 4000) + b"\xf8\xff" * 4000,
    "reserved heads": b"\x1c" * 4000,
    "2^64-1 bytes": b"\x5b" + b"\xff" * 4000,
    "2^64-1 letters": b"\x7b" + b"\xff" * 4000,
    "2^64-1 items": b"\x9b" + b"\xff" * 8 + bytes(4000),
    "2^64-1 entries": b"\xbb" + b"\xff" * 8 + bytes(4000),
    "huge lists in huge lists": b"\x9b\0\0\0\0\xff\xff\xff\xff" * 400,
    "cut short": array(*[b"\0"] * 4000)[:-1],
    "cut in a head": head(4, 4000) + b"\0" * 3999 + b"\x1b",
    "two items": bytes(4000),
}
"""name -> bytes. All are refused by their heads alone."""
