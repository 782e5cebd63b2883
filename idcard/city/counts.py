"""How many codes were minted: by counter, month, key and venue class, and nothing else (specs/keys.md, Counts)."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from idcard.errors import IdcardError
from idcard.table import CountedTable, Table, merged, total

__all__ = ["merged", "total"]  # beside what is made here
MAX_SIZE = 16 << 20
"""Bytes."""


class CountsError(IdcardError):
    """The counts are damaged."""


class CountKey(NamedTuple):
    """What is counted. month: 2026-11, in UTC. kid: of the issuing key, in hexadecimal."""

    month: str
    kid: str
    venue_class: str


Counts: TypeAlias = Counter[CountKey]
CountsByCounter: TypeAlias = Mapping[str, Counts]
"""By the random id of the counter that counted: 16 hexadecimal digits."""


_TABLE = CountedTable(
    Table(
        "counts",
        "counter,month,key,class,codes",
        re.compile(r"([0-9a-f]{16}),([0-9]{4}-(?:0[1-9]|1[0-2])),([0-9a-f]{8}),([a-z][a-z0-9-]{0,31}),([0-9]{1,12})"),
        CountsError,
    ),
    CountKey,
)
encode, decode = _TABLE.encode, _TABLE.decode


def of_key(counts: Mapping[CountKey, int], kid: str) -> Counter[str]:
    """Codes that a key signed, by venue class: what is spoiled if it leaks."""
    found: Counter[str] = Counter()
    for entry, number in counts.items():
        if entry.kid == kid:
            found[entry.venue_class] += number
    return found
