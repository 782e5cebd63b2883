"""What a venue reports to the city: the tally by month, for `idcard tally` and the desk."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from idcard.errors import Outcome, Reason
from idcard.verify import tally
from idcard.verify.tally import TallyKey
from idcard.verify.verdict import ACCEPT

SCHEMA = 1
_PHOTO = {tally.CONFIRMED: "confirmed", tally.NO_MATCH: "no-match", tally.UNANSWERED: "unanswered"}


class Row(NamedTuple):
    """month: 2026-11. verdict: as it is counted."""

    month: str
    venue_class: str
    verdict: str
    codes: int

    @property
    def outcome(self) -> str:
        """That of the code. Reasons that only the command or a newer program has mean cannot say."""
        if self.verdict == ACCEPT or self.verdict in _PHOTO:
            return ACCEPT
        outcomes = {reason.value: reason.outcome for reason in Reason}
        return outcomes.get(self.verdict, Outcome.CANNOT_SAY).value

    def as_json(self) -> dict[str, Any]:
        """The object of specs/command.md."""
        return {
            "month": self.month,
            "class": self.venue_class,
            "outcome": self.outcome,
            "reason": None if self.outcome == ACCEPT else self.verdict,
            "photo": _PHOTO.get(self.verdict),
            "codes": self.codes,
        }


def rows(counted: Mapping[TallyKey, int]) -> list[Row]:
    """By month, sorted."""
    months = tally.by_month(counted)
    return [Row(entry.day, entry.venue_class, entry.verdict, months[entry]) for entry in sorted(months)]
