"""What the city cancelled: values of 10 bytes and when each may be forgotten (specs/handles.md, The ledger).

Pure. A value is a handle or the name of a cohort; its month is the one on whose first day the last code has ended.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from idcard.credential import calendar
from idcard.credential.calendar import DAY
from idcard.credential.claims import HANDLE_SIZE
from idcard.errors import IdcardError
from idcard.table import Table
from idcard.trust.trust_file import Trust

MAX_SIZE = 16 << 20
MAX_VALUES = 500_000
"""More than a trust file holds: what is cancelled must never be lost because venues cannot be told yet."""

Ledger: TypeAlias = Mapping[bytes, int]


class LedgerError(IdcardError):
    """A ledger that is damaged. Never shows a value."""


_TABLE = Table(
    "ledger",
    "value,expires",
    re.compile(rf"([0-9a-f]{{{2 * HANDLE_SIZE}}}),([0-9]{{4}}-[0-9]{{2}})"),
    LedgerError,
)
# A ledger has many values and few months.
_as_month = lru_cache(calendar.as_month)
_parse_month = lru_cache(calendar.parse_month)


def encode(ledger: Ledger) -> str:
    """Lines, sorted by value. Raises LedgerError for more than MAX_VALUES."""
    if len(ledger) > MAX_VALUES:
        raise LedgerError(f"a ledger holds {MAX_VALUES:,} values, and these are {len(ledger):,}")
    return _TABLE.encode(f"{value.hex()},{_as_month(ledger[value])}" for value in sorted(ledger))


def decode(text: str) -> Ledger:
    """Raises LedgerError, which names the line."""
    return _TABLE.decode(text, lambda row: bytes.fromhex(row[1]), lambda row: _parse_month(row[2]))


def merge(*ledgers: Ledger) -> Ledger:
    """All values of all ledgers. Where one stands twice, the later month."""
    merged: dict[bytes, int] = {}
    for ledger in ledgers:
        for value, month in ledger.items():
            merged[value] = max(month, merged.get(value, month))
    return merged


def last_month(in_force: Trust) -> int:
    """On its first day the last code ends that any key of the list may have signed."""
    ends = (key.verify_until for key in in_force.trust_list.keys)
    return calendar.month_of(max(ends, default=in_force.trust_list.issued))


def bounded(ledger: Ledger, in_force: Trust) -> Ledger:
    """With no month after the last one that any code can have, whatever another office wrote."""
    last = last_month(in_force)
    return {value: min(month, last) for value, month in ledger.items()}


def adopt(ledger: Ledger, in_force: Trust) -> Ledger:
    """With what is published and missing in the ledger, which may belong to a code of any key of the list."""
    last = last_month(in_force)
    return {value: last for value in in_force.cancellations if value not in ledger} | dict(ledger)


def live(ledger: Ledger, now: int) -> frozenset[bytes]:
    """What belongs in a trust file that is made now."""
    months = {month for month in set(ledger.values()) if now < calendar.noon_of_first(month)}
    return frozenset(value for value, month in ledger.items() if month in months)


def pruned(ledger: Ledger, in_force: Trust, now: int) -> Ledger:
    """Without what had expired V before the trust file was made, and before `now`, and is published no more.

    So late, because both are of a clock: the list that follows one from the future brings back what that left out.
    now: where a list is published, the time of issue of the one before, so that one wrong clock deletes nothing.
    """
    living = live(ledger, min(now, in_force.trust_list.issued) - in_force.root.list_days * DAY)
    return {value: month for value, month in ledger.items() if value in living or value in in_force.cancellations}


def waiting(ledger: Ledger, in_force: Trust, now: int) -> frozenset[bytes]:
    """What is cancelled and in no trust file yet."""
    return frozenset(value for value in live(ledger, now) if value not in in_force.cancellations)


def without(ledger: Ledger, values: Iterable[bytes]) -> Ledger:
    """The ledger as if these had not been cancelled."""
    taken_back = frozenset(values)
    return {value: month for value, month in ledger.items() if value not in taken_back}
