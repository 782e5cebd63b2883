"""Finds repeated values in bounded memory (specs/batch.md, Bad records)."""

import hashlib
import secrets
import struct

_BITS = 1 << 27
_PLACES = struct.Struct("<16I")


class DuplicateFilter:
    """A Bloom filter of 16 MiB under its own random key, so that no value can be read from it.

    A repeated value is always found. A new one is taken for repeated once in 50,000,000,000 times after two million
    values, and once in 5,000,000 after four million.
    """

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self._key = secrets.token_bytes(32)

    def add(self, thing: bytes) -> bool:
        """Add a value. Whether it was added before."""
        bits, found = self._bits, True
        for place in _PLACES.unpack(hashlib.blake2b(thing, key=self._key).digest()):
            at, bit = place % _BITS >> 3, 1 << (place & 7)
            if not bits[at] & bit:
                bits[at] |= bit
                found = False
        return found
