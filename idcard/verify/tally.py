"""How often a venue accepted and refused: by desk, month, class and reason, and nothing else (specs/scan.md, Tally)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idcard.errors import IdcardError, Outcome, Reason
from idcard.table import Table

MAX_SIZE = 16 << 20
"""Bytes."""
ACCEPTED, CONFIRMED = "accept", "photo-confirmed"
NO_MATCH, UNANSWERED = "photo-no-match", "photo-unanswered"
"""Verdicts on a code that was accepted; three of them where the program asked whether face and photo match."""


class TallyError(IdcardError):
    """The tally is damaged."""


@dataclass(frozen=True, slots=True, order=True)
class TallyKey:
    """What is counted. month: 2026-11, in UTC. verdict: `accept`, a photo check, or a refusal's reason."""

    month: str
    venue_class: str
    verdict: str


Tally: TypeAlias = Counter[TallyKey]
TallyByDesk: TypeAlias = Mapping[str, Tally]
"""By the random id of the desk that counted: 16 hexadecimal digits."""


_TABLE = Table(
    "tally",
    "desk,month,class,verdict,codes",
    re.compile(r"([0-9a-f]{16}),([0-9]{4}-(?:0[1-9]|1[0-2])),([a-z][a-z0-9-]{0,31}),([a-z][a-z-]{0,63}),([0-9]{1,12})"),
    TallyError,
)
_BY_DAY = "day,class,verdict,codes"


def encode(counted: TallyByDesk) -> str:
    """CSV, sorted."""
    return _TABLE.encode(
        f"{desk},{key.month},{key.venue_class},{key.verdict},{counted[desk][key]}"
        for desk in sorted(counted)
        for key in sorted(counted[desk])
    )


def decode(text: str) -> dict[str, Tally]:
    """Raises TallyError, which names the line."""
    if text.startswith(_BY_DAY):
        raise TallyError(
            "the tally is of an earlier program, which counted by day: move the file away, and counting begins anew"
        )
    rows = _TABLE.decode(text, lambda row: (row[1], TallyKey(row[2], row[3], row[4])), lambda row: int(row[5]))
    counted: dict[str, Tally] = {}
    for (desk, key), codes in rows.items():
        counted.setdefault(desk, Counter())[key] = codes
    return counted


def merged(ours: TallyByDesk, theirs: TallyByDesk) -> dict[str, Tally]:
    """Of each row the larger number: a row only grows, so the same file merged twice doubles nothing."""
    return {desk: ours.get(desk, Counter()) | theirs.get(desk, Counter()) for desk in {*ours, *theirs}}


def total(counted: TallyByDesk) -> Tally:
    """Over all desks."""
    return sum(counted.values(), Counter())


def outcome(verdict: str) -> Outcome | None:
    """That of the code; None for one that was accepted. Reasons of a newer program mean cannot say."""
    if verdict in (ACCEPTED, CONFIRMED, NO_MATCH, UNANSWERED):
        return None
    outcomes = {reason.value: reason.outcome for reason in Reason}
    return outcomes.get(verdict, Outcome.CANNOT_SAY)
