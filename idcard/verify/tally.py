"""How often a venue accepted and refused: by desk, month, class and reason, and nothing else (specs/scan.md, Tally)."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from idcard.errors import IdcardError, Outcome, Reason
from idcard.table import CountedTable, Table, merged, total

__all__ = ["merged", "total"]  # beside what is made here
MAX_SIZE = 16 << 20
"""Bytes."""
ACCEPTED, CONFIRMED = "accept", "photo-confirmed"
NO_MATCH, UNANSWERED = "photo-no-match", "photo-unanswered"
"""Verdicts on a code that was accepted; three of them where the program asked whether face and photo match."""


class TallyError(IdcardError):
    """The tally is damaged."""


class TallyKey(NamedTuple):
    """What is counted. month: 2026-11, in UTC. verdict: `accept`, a photo check, or a refusal's reason."""

    month: str
    venue_class: str
    verdict: str


Tally: TypeAlias = Counter[TallyKey]
TallyByDesk: TypeAlias = Mapping[str, Tally]
"""By the random id of the desk that counted: 16 hexadecimal digits."""


_TABLE = CountedTable(
    Table(
        "tally",
        "desk,month,class,verdict,codes",
        re.compile(
            r"([0-9a-f]{16}),([0-9]{4}-(?:0[1-9]|1[0-2])),([a-z][a-z0-9-]{0,31}),([a-z][a-z-]{0,63}),([0-9]{1,12})"
        ),
        TallyError,
    ),
    TallyKey,
)
encode, decode = _TABLE.encode, _TABLE.decode


def outcome(verdict: str) -> Outcome | None:
    """That of the code; None for one that was accepted. Reasons of a newer program mean cannot say."""
    if verdict in (ACCEPTED, CONFIRMED, NO_MATCH, UNANSWERED):
        return None
    outcomes = {reason.value: reason.outcome for reason in Reason}
    return outcomes.get(verdict, Outcome.CANNOT_SAY)
