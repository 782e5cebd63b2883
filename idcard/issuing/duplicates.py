"""Finds repeated values in bounded memory (specs/batch.md, Bad records)."""

import hashlib
import secrets
from array import array

from idcard.errors import IdcardError

MOST = 3_000_000
"""Different values of a run."""
_SLOTS = 1 << 22
_MARK = 8
"""Bytes that are kept of a value."""


class FilterFull(IdcardError):
    """More different values than a run remembers."""


class DuplicateFilter:
    """A table of 32 MiB with 64 bits of each value under its own random key, so that no value can be read from it.

    A repeated value is always found. A new one is taken for repeated once in 2^42 times when the table is full.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(_MARK * _SLOTS))
        self._free = MOST
        self._key = secrets.token_bytes(32)

    def add(self, thing: bytes) -> bool:
        """Add a value. Whether it was added before. Raises FilterFull for a new one beyond MOST."""
        slots = self._slots
        # An empty slot is 0, so no value may be.
        mark = int.from_bytes(hashlib.blake2b(thing, digest_size=_MARK, key=self._key).digest(), "big") or 1
        at = mark % _SLOTS
        while held := slots[at]:
            if held == mark:
                return True
            at = (at + 1) % _SLOTS
        if not self._free:
            raise FilterFull(f"a run remembers {MOST:,} references and handles: cut the input here, and begin again")
        self._free -= 1
        slots[at] = mark
        return False
