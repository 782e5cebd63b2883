"""What a venue reports to the city: the tally by month, for `idcard tally` and the desk."""

from typing import Any, NamedTuple

from idcard.verify import tally
from idcard.verify.tally import TallyByDesk
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
        outcome = tally.outcome(self.verdict)
        return ACCEPT if outcome is None else outcome.value

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


def rows(counted: TallyByDesk) -> list[Row]:
    """By month, sorted."""
    months = tally.total(counted)
    return [Row(entry.month, entry.venue_class, entry.verdict, months[entry]) for entry in sorted(months)]
