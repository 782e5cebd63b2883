"""How many codes were minted: by day, key and venue class, and nothing else (specs/keys.md, States)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idcard.errors import IdcardError

HEADER = "day,key,class,codes"
MAX_SIZE = 16 << 20
_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}),([0-9a-f]{8}),([a-z][a-z0-9-]{0,31}),([0-9]{1,12})")


class CountsError(IdcardError):
    """The counts are damaged."""


@dataclass(frozen=True, slots=True, order=True)
class CountKey:
    """What is counted. day: 2026-11-22, in UTC. kid: of the issuing key, in hexadecimal."""

    day: str
    kid: str
    venue_class: str


Counts: TypeAlias = Counter[CountKey]


def encode(counts: Mapping[CountKey, int]) -> str:
    """CSV, sorted."""
    lines = [f"{entry.day},{entry.kid},{entry.venue_class},{counts[entry]}" for entry in sorted(counts)]
    return "\n".join([HEADER, *lines]) + "\n"


def decode(text: str) -> Counts:
    """Raises CountsError, which names the line."""
    lines = text.splitlines()
    if lines[:1] != [HEADER]:
        raise CountsError(f"the counts do not begin with {HEADER!r}")
    if not text.endswith("\n"):
        raise CountsError(f"line {len(lines)} of the counts is cut short")
    counts: Counts = Counter()
    for number, line in enumerate(lines[1:], 2):
        found = _LINE.fullmatch(line)
        if found is None or (entry := CountKey(found[1], found[2], found[3])) in counts:
            raise CountsError(f"line {number} of the counts is damaged, or stands twice")
        counts[entry] = int(found[4])
    return counts


def of_key(counts: Mapping[CountKey, int], kid: str) -> Counter[str]:
    """Codes that a key signed, by venue class: what is spoiled if it leaks."""
    found: Counter[str] = Counter()
    for entry, number in counts.items():
        if entry.kid == kid:
            found[entry.venue_class] += number
    return found
