"""The cancelled codes and cohorts: sorted values of 10 bytes in one byte string (specs/trust.md, Cancellations)."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from idcard import cose
from idcard.credential.claims import HANDLE_SIZE as SIZE
from idcard.errors import Malformed

_PERSON = b"idcard.cancelled"


class Cancellations:
    """A set of 10-byte values, held as the bytes of the file."""

    __slots__ = ("_values",)

    def __init__(self, values: bytes) -> None:
        """Raises Malformed unless the bytes are whole values, sorted, none twice."""
        if len(values) % SIZE:
            raise Malformed("cancellations are cut short")
        self._values = values
        if any(self._at(i) >= self._at(i + 1) for i in range(len(self) - 1)):
            raise Malformed("cancellations are not sorted")

    def __len__(self) -> int:
        return len(self._values) // SIZE

    def __iter__(self) -> Iterator[bytes]:
        return (self._at(index) for index in range(len(self)))

    def __contains__(self, value: bytes) -> bool:
        at = bisect_left(range(len(self)), value, key=self._at)
        return at < len(self) and self._at(at) == value

    def _at(self, index: int) -> bytes:
        return self._values[index * SIZE : (index + 1) * SIZE]


def encode(values: Iterable[bytes]) -> bytes:
    """The part of the trust file, from values in any order. Raises Malformed."""
    values = sorted(set(values))
    if any(len(value) != SIZE for value in values):
        raise Malformed(f"a cancellation has {SIZE} bytes")
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
