"""Whether face and photo match, as the clerk answers (specs/desk.md, Photo check)."""

import secrets
from dataclasses import dataclass

from idcard.verify import tally
from idcard.verify.tally import TallyKey

SECONDS = 30.0
"""Time for an answer."""
CONFIRMED, NO_MATCH, UNANSWERED = "confirmed", "no-match", "unanswered"
ANSWERS = {CONFIRMED: tally.CONFIRMED, NO_MATCH: tally.NO_MATCH, UNANSWERED: tally.UNANSWERED}
"""What the page may send, and what is counted."""


@dataclass(frozen=True, slots=True)
class Question:
    """name: random. asked: seconds of a monotonic clock."""

    name: str
    month: str
    venue_class: str
    asked: float

    def counted(self, answer: str) -> TallyKey:
        return TallyKey(self.month, self.venue_class, ANSWERS[answer])


class PhotoCheck:
    """At most one question, which has one answer and never another. Moments are seconds of a monotonic clock.

    What each method returns is to be counted.
    """

    def __init__(self) -> None:
        self._open: Question | None = None

    def ask(self, month: str, venue_class: str, moment: float) -> None:
        """Open a question; end the one before with `end`."""
        self._open = Question(secrets.token_hex(16), month, venue_class, moment)

    def name(self) -> str | None:
        """Of the open question."""
        return None if self._open is None else self._open.name

    def answer(self, name: str, answer: str, moment: float) -> tuple[str, list[TallyKey]]:
        """What the answer to this question is taken for, which is `unanswered` where it comes too late."""
        if self._open is None or self._open.name != name:
            return UNANSWERED, []
        late = self.end_late(moment)
        if late:
            return UNANSWERED, late
        counted, self._open = self._open.counted(answer), None
        return answer, [counted]

    def end(self) -> list[TallyKey]:
        """End the open question without an answer."""
        counted = [] if self._open is None else [self._open.counted(UNANSWERED)]
        self._open = None
        return counted

    def end_late(self, moment: float) -> list[TallyKey]:
        """End the open question if its time is over."""
        return self.end() if self._open is not None and moment - self._open.asked > SECONDS else []
