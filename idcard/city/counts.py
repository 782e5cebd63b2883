"""How many codes were minted: by counter, month, key and venue class, and nothing else (specs/keys.md, Counts)."""

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
    """What is counted. month: 2026-11, in UTC. kid: of the issuing key, in hexadecimal."""

    month: str
    kid: str
    venue_class: str


Counts: TypeAlias = Counter[CountKey]
CountsByCounter: TypeAlias = Mapping[str, Counts]
"""By the random id of the counter that counted: 16 hexadecimal digits."""


_TABLE = Table(
    "counts",
    "counter,month,key,class,codes",
    re.compile(r"([0-9a-f]{16}),([0-9]{4}-(?:0[1-9]|1[0-2])),([0-9a-f]{8}),([a-z][a-z0-9-]{0,31}),([0-9]{1,12})"),
    CountsError,
)
_BY_DAY = "day,key,class,codes"


def encode(counted: CountsByCounter) -> str:
    """CSV, sorted."""
    return _TABLE.encode(
        f"{counter},{key.month},{key.kid},{key.venue_class},{counted[counter][key]}"
        for counter in sorted(counted)
        for key in sorted(counted[counter])
    )


def decode(text: str) -> dict[str, Counts]:
    """Raises CountsError, which names the line."""
    if text.startswith(_BY_DAY):
        raise CountsError(
            "the counts are of an earlier program, which counted by day: move the file away, and counting begins anew"
        )
    rows = _TABLE.decode(text, lambda row: (row[1], CountKey(row[2], row[3], row[4])), lambda row: int(row[5]))
    counted: dict[str, Counts] = {}
    for (counter, key), codes in rows.items():
        counted.setdefault(counter, Counter())[key] = codes
    return counted


def merged(ours: CountsByCounter, theirs: CountsByCounter) -> dict[str, Counts]:
    """Of each row the larger number: a row only grows, so the same file merged twice doubles nothing."""
    return {counter: ours.get(counter, Counter()) | theirs.get(counter, Counter()) for counter in {*ours, *theirs}}


def total(counted: CountsByCounter) -> Counts:
    """Over all counters."""
    return sum(counted.values(), Counter())


def of_key(counts: Mapping[CountKey, int], kid: str) -> Counter[str]:
    """Codes that a key signed, by venue class: what is spoiled if it leaks."""
    found: Counter[str] = Counter()
    for entry, number in counts.items():
        if entry.kid == kid:
            found[entry.venue_class] += number
    return found
