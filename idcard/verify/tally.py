"""How often a venue accepted and refused: by day, venue class and reason, and nothing else (specs/scan.md, Tally)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idcard.errors import IdcardError
from idcard.table import Table

MAX_SIZE = 16 << 20
"""Bytes."""
CONFIRMED, NO_MATCH, UNANSWERED = "photo-confirmed", "photo-no-match", "photo-unanswered"
"""Verdicts on a code that was accepted, where the program asked whether face and photo match."""


class TallyError(IdcardError):
    """The tally is damaged."""


@dataclass(frozen=True, slots=True, order=True)
class TallyKey:
    """What is counted. day: 2026-11-22, in UTC. verdict: `accept`, a photo check, or a refusal's reason."""

    day: str
    venue_class: str
    verdict: str


Tally: TypeAlias = Counter[TallyKey]


_TABLE = Table(
    "tally",
    "day,class,verdict,codes",
    re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}),([a-z][a-z0-9-]{0,31}),([a-z][a-z-]{0,63}),([0-9]{1,12})"),
    TallyError,
)


def encode(tally: Mapping[TallyKey, int]) -> str:
    """CSV, sorted."""
    return _TABLE.encode(f"{key.day},{key.venue_class},{key.verdict},{tally[key]}" for key in sorted(tally))


def decode(text: str) -> Tally:
    """Raises TallyError, which names the line."""
    return Counter(_TABLE.decode(text, lambda row: TallyKey(row[1], row[2], row[3]), lambda row: int(row[4])))


def by_month(tally: Mapping[TallyKey, int]) -> Tally:
    """With 2026-11 for a day: what a venue reports to the city."""
    months: Tally = Counter()
    for entry, codes in tally.items():
        months[TallyKey(entry.day[:7], entry.venue_class, entry.verdict)] += codes
    return months
