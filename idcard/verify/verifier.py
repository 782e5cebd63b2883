"""Public entry point for programs that check codes."""

from datetime import datetime
from os import PathLike

from idcard.credential.calendar import DAY, seconds
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused
from idcard.trust import trust_file
from idcard.verify.decision import CLOCK_SKEW, Card, Policy, judge
from idcard.verify.memory import Memory
from idcard.verify.shortcut import Shortcut


class Verifier:
    """Judges codes under one trust file. Keeps no memory of codes; safe to share between threads.

    From a trust file alone, that file is trusted as it is, and may not be the newest: get it from the city, by hand or
    by a way that you trust. With a memory (idcard.verify.memory), no older trust file can replace it.
    """

    def __init__(self, source: bytes | Memory) -> None:
        """source: a trust file, or a venue's memory. Raises Refused, *cannot say*, for an invalid file."""
        if isinstance(source, Memory):
            self.trust, killed, last_day = source.trust, source.killed, source.last_day
        else:
            self.trust = trust_file.decode(source)
            killed, last_day = frozenset(self.trust.kill_notes), 0
        self._past = max(self.trust.trust_list.issued, last_day * DAY)
        self._policies = {
            each.name: Policy.of(self.trust, each, killed, last_day) for each in self.trust.trust_list.classes
        }
        # By class, from its first verdict on; made for the second, because many programs end after one.
        self._shortcuts: dict[str, Shortcut | None] = {}

    @classmethod
    def open(cls, path: str | PathLike[str]) -> "Verifier":
        """Reads a trust file. Raises OSError, Refused."""
        with open(path, "rb") as file:
            return cls(file.read(trust_file.MAX_SIZE + 1))

    @property
    def environment(self) -> Environment:
        return self.trust.root.scope.environment

    def trust_age_days(self, now: datetime) -> int:
        """Whole days since the trust file was made."""
        return self.trust.age_days(seconds(now))

    def is_stale(self, now: datetime) -> bool:
        """Whether a newer trust file was due."""
        return self.trust.is_stale(seconds(now))

    def is_date_wrong(self, now: datetime) -> bool:
        """Whether `now` is more than a day before the trust file was made, or before a day that its memory has seen.

        A program must then show this with a verdict, and not the age of the trust file (specs/verify.md, Clock).
        """
        return seconds(now) < self._past - CLOCK_SKEW

    def is_from_future(self, now: datetime) -> bool:
        """Whether the date looks wrong by the trust file itself: then one of the two is wrong, and both are shown."""
        return seconds(now) < self.trust.trust_list.issued - CLOCK_SKEW

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the venue classes of the city, by their numbers."""
        return tuple(self._policies)

    def verify(self, text: str, venue_class: str, *, now: datetime) -> Card:
        """The card, if this class of venue may accept the code at `now`, a datetime with a time zone.

        text: what the scanner read; blanks and line ends around it do not matter. Raises Refused, with a reason, an
        outcome, a sentence and a remedy; and ValueError for a time without a zone.
        """
        instant = seconds(now)
        policy = self._policies.get(venue_class)
        if policy is None:
            raise Refused(Reason.UNKNOWN_CLASS, label=", ".join(self._policies), contact=self.trust.trust_list.contact)
        if venue_class not in self._shortcuts:
            self._shortcuts[venue_class] = None
            return judge(text, policy, instant)
        # Threads that come here at the same time make it twice, which harms nothing.
        shortcut = self._shortcuts[venue_class]
        if shortcut is None:
            shortcut = self._shortcuts[venue_class] = Shortcut(policy)
        return shortcut.card(text, instant) or judge(text, policy, instant)
