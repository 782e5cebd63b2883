"""How often a venue accepted and refused: by day, venue class and reason, and nothing else (specs/scan.md, Tally)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idcard.errors import IdcardError

HEADER = "day,class,verdict,codes"
MAX_SIZE = 16 << 20
_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}),([a-z][a-z0-9-]{0,31}),([a-z][a-z-]{0,63}),([0-9]{1,12})")


class TallyError(IdcardError):
    """The tally is damaged."""


@dataclass(frozen=True, slots=True, order=True)
class TallyKey:
    """What is counted. day: 2026-11-22, in UTC. verdict: `accept`, or the reason of a refusal."""

    day: str
    venue_class: str
    verdict: str


Tally: TypeAlias = Counter[TallyKey]


def encode(tally: Mapping[TallyKey, int]) -> str:
    """CSV, sorted."""
    lines = [f"{entry.day},{entry.venue_class},{entry.verdict},{tally[entry]}" for entry in sorted(tally)]
    return "\n".join([HEADER, *lines]) + "\n"


def decode(text: str) -> Tally:
    """Raises TallyError, which names the line."""
    lines = text.split("\n")
    if lines[0] != HEADER:
        raise TallyError(f"the tally does not begin with {HEADER!r}")
    if lines.pop():
        raise TallyError(f"line {len(lines) + 1} of the tally is cut short")
    tally: Tally = Counter()
    for number, line in enumerate(lines[1:], 2):
        found = _LINE.fullmatch(line)
        if found is None or (entry := TallyKey(found[1], found[2], found[3])) in tally:
            raise TallyError(f"line {number} of the tally is damaged, or stands twice")
        tally[entry] = int(found[4])
    return tally


def by_month(tally: Mapping[TallyKey, int]) -> Tally:
    """With 2026-11 for a day: what a venue reports to the city."""
    months: Tally = Counter()
    for entry, codes in tally.items():
        months[TallyKey(entry.day[:7], entry.venue_class, entry.verdict)] += codes
    return months
