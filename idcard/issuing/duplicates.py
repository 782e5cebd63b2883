"""What was there before, in memory that does not grow with it (specs/batch.md, Bad records)."""

import hashlib
import secrets
import struct

_BITS = 1 << 27
_PLACES = struct.Struct("<16I")


class Seen:
    """A Bloom filter of 16 MiB under a key of its own: nothing can be read out of it.

    What was added is always found. What was not is found once in 50,000,000,000 times after two million things, and
    once in 5,000,000 after four million.
    """

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self._key = secrets.token_bytes(32)

    def add(self, thing: bytes) -> bool:
        """Whether it was there before."""
        bits, found = self._bits, True
        for place in _PLACES.unpack(hashlib.blake2b(thing, key=self._key).digest()):
            at, bit = place % _BITS >> 3, 1 << (place & 7)
            if not bits[at] & bit:
                bits[at] |= bit
                found = False
        return found
