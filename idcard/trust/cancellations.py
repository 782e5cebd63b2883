"""The set of cancelled codes and cohorts: sorted values of 10 bytes (specs/trust.md, Cancellations)."""

import hashlib
import itertools
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from idcard import cose
from idcard.credential.claims import HANDLE_SIZE
from idcard.errors import Malformed

_PERSON = b"idcard.cancelled"
_PREFIX = 4
_BITS = 8 * _PREFIX
_RUN = 1024
"""Values whose order is checked together."""
_EVEN = int.from_bytes((bytes(_PREFIX) + b"\xff" * _PREFIX) * (_RUN // 2), "big")
_ODD = _EVEN << _BITS
_CARRIES = int.from_bytes((bytes(_PREFIX - 1) + b"\1" + bytes(_PREFIX)) * (_RUN // 2), "big")


class Cancellations:
    """A set of 10-byte values, held as the bytes of the file and an index of 4 bytes a value."""

    __slots__ = ("_prefixes", "_values")

    def __init__(self, values: bytes) -> None:
        """Raises Malformed unless the bytes are complete, sorted, distinct values."""
        if len(values) % HANDLE_SIZE:
            raise Malformed("cancellations are cut short")
        self._values = values
        self._prefixes = _prefixes(values)
        if not _is_ascending(values, self._prefixes):
            raise Malformed("cancellations are not sorted")

    def __reduce__(self) -> tuple[type["Cancellations"], tuple[bytes]]:
        return type(self), (self._values,)

    def __len__(self) -> int:
        return len(self._values) // HANDLE_SIZE

    def __iter__(self) -> Iterator[bytes]:
        return (self._at(index) for index in range(len(self)))

    def __contains__(self, value: bytes) -> bool:
        prefix = int.from_bytes(value[:_PREFIX], "big")
        at = bisect_left(self._prefixes, prefix)
        if at == len(self) or self._prefixes[at] != prefix:
            return False
        if self._at(at) == value:
            return True
        # Values of a city are hashes, which hardly ever begin with the same bytes.
        alike = range(at, bisect_right(self._prefixes, prefix, at))
        at += bisect_left(alike, value, key=self._at)
        return at < len(self) and self._at(at) == value

    def _at(self, index: int) -> bytes:
        return self._values[index * HANDLE_SIZE : (index + 1) * HANDLE_SIZE]


def _is_ascending(values: bytes, prefixes: memoryview) -> bool:
    """Whether values are sorted: by prefixes; value by value only in a run where two prefixes are equal."""
    index = prefixes.cast("B")
    for at in range(0, len(prefixes) - 1, _RUN):
        run = index[at * _PREFIX : (at + _RUN + 1) * _PREFIX]
        if len(run) == (_RUN + 1) * _PREFIX and _ascend(int.from_bytes(run, sys.byteorder)):
            continue
        each = (values[i : i + HANDLE_SIZE] for i in range(at * HANDLE_SIZE, len(values), HANDLE_SIZE))
        if not all(a < b for a, b in itertools.pairwise(itertools.islice(each, _RUN + 1))):
            return False
    return True


def _ascend(run: int) -> bool:
    """Whether each prefix of a run is below the next. Every second one is compared at a time: so each has room for a
    carry.
    """
    before, after = (run, run >> _BITS) if sys.byteorder == "little" else (run >> _BITS, run)
    even = (after & _EVEN) + _EVEN - (before & _EVEN)
    odd = (after & _ODD) + _ODD - (before & _ODD) >> _BITS
    return even & odd & _CARRIES == _CARRIES


def _prefixes(values: bytes) -> memoryview:
    """The first bytes of each value as numbers."""
    index = bytearray(_PREFIX * (len(values) // HANDLE_SIZE))
    for place in range(_PREFIX):
        index[place if sys.byteorder == "big" else _PREFIX - 1 - place :: _PREFIX] = values[place::HANDLE_SIZE]
    return memoryview(index).cast("I")


def encode(values: Iterable[bytes]) -> bytes:
    """The bytes of the trust file, from values in any order. Raises Malformed."""
    values = sorted(set(values))
    if any(len(value) != HANDLE_SIZE for value in values):
        raise Malformed(f"a cancellation has {HANDLE_SIZE} bytes")
    return cose.encode(b"".join(values))


def decode(data: bytes) -> Cancellations:
    """Raises Malformed."""
    values = cose.decode(data)
    if type(values) is not bytes:
        raise Malformed("cancellations are not a byte string")
    return Cancellations(values)


def digest(data: bytes) -> bytes:
    """The 32 bytes by which a trust list names its cancellations."""
    return hashlib.blake2b(data, digest_size=32, person=_PERSON).digest()
