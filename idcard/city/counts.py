"""How many codes were minted: by day, key and venue class, and nothing else (specs/keys.md, States)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idcard.errors import IdcardError
from idcard.table import Table

MAX_SIZE = 16 << 20
"""Bytes."""


class CountsError(IdcardError):
    """The counts are damaged."""


@dataclass(frozen=True, slots=True, order=True)
class CountKey:
    """What is counted. day: 2026-11-22, in UTC. kid: of the issuing key, in hexadecimal."""

    day: str
    kid: str
    venue_class: str


Counts: TypeAlias = Counter[CountKey]


_TABLE = Table(
    "counts",
    "day,key,class,codes",
    re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}),([0-9a-f]{8}),([a-z][a-z0-9-]{0,31}),([0-9]{1,12})"),
    CountsError,
)


def encode(counts: Mapping[CountKey, int]) -> str:
    """CSV, sorted."""
    return _TABLE.encode(f"{key.day},{key.kid},{key.venue_class},{counts[key]}" for key in sorted(counts))


def decode(text: str) -> Counts:
    """Raises CountsError, which names the line."""
    return Counter(_TABLE.decode(text, lambda row: CountKey(row[1], row[2], row[3]), lambda row: int(row[4])))


def of_key(counts: Mapping[CountKey, int], kid: str) -> Counter[str]:
    """Codes that a key signed, by venue class: what is spoiled if it leaks."""
    found: Counter[str] = Counter()
    for entry, number in counts.items():
        if entry.kid == kid:
            found[entry.venue_class] += number
    return found
