"""Public entry point for programs that check codes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import NamedTuple

from idcard.contract import Situation
from idcard.credential.calendar import DAY, as_datetime, seconds
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused
from idcard.trust import trust_file
from idcard.verify.decision import CLOCK_SKEW, Card, Policy, judge
from idcard.verify.memory import Memory
from idcard.verify.shortcut import Shortcut


class Requirement(NamedTuple):
    """What one venue class asks of a code.

    proven: names of claims, as in `Card.proven`. handle: whether the code must be one that the city can cancel alone.
    tolerance_days: age of the oldest trust file by which it is accepted. photo_check: the clerk is to confirm that face
    and photo match.
    """

    proven: tuple[str, ...]
    handle: bool
    tolerance_days: int
    photo_check: bool


class Verifier:
    """Judges codes under one trust file. Keeps no memory of codes; safe to share between threads, and pickles.

    From a trust file alone, that file is trusted as it is, and may not be the newest: get it from the city, by hand or
    by a way that you trust. With a memory (idcard.verify.memory), no older trust file can replace it.
    """

    def __init__(
        self, source: bytes | Memory, *, city: str | None = None, environment: Environment | str | None = None
    ) -> None:
        """source: a trust file, or a venue's memory. city: its id, such as `springfield`; environment: `production` or
        `test`; None for any.

        Raises Refused, *cannot say*, for an invalid file, and Refused(TRUST_FOREIGN) for one of another city or
        environment; ValueError for what is no environment; TypeError for a path.
        """
        if isinstance(source, Memory):
            self.trust, killed, last_day = source.trust, source.killed, source.last_day
        elif isinstance(source, bytes):
            self.trust = trust_file.decode(source)
            killed, last_day = frozenset(self.trust.kill_notes), 0
        else:
            raise TypeError(
                f"a Verifier takes the bytes of a trust file, or a Memory, not {type(source).__name__}; "
                "Verifier.open takes a path"
            )
        scope = self.trust.root.scope
        expected = scope.environment if environment is None else Environment(environment)
        if scope.environment is not expected or city not in (None, scope.city):
            raise Refused(Reason.TRUST_FOREIGN)
        self._past = max(self.trust.trust_list.issued, last_day * DAY)
        self._policies = {
            each.name: Policy.of(self.trust, each, killed, last_day) for each in self.trust.trust_list.classes
        }
        # By class, from its first verdict on; made for the second, because many programs end after one.
        self._shortcuts: dict[str, Shortcut | None] = {}

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        city: str | None = None,
        environment: Environment | str | None = None,
    ) -> "Verifier":
        """Reads a trust file; city, environment: those of `Verifier(…)`. Raises OSError, and what that raises."""
        with open(path, "rb") as file:
            return cls(file.read(trust_file.MAX_SIZE + 1), city=city, environment=environment)

    def __getstate__(self) -> dict[str, object]:
        """Without the shortcuts, which the other process makes for itself."""
        return self.__dict__ | {"_shortcuts": {}}

    @property
    def city(self) -> str:
        """The id of the city, such as `springfield`: a-z, 0-9 and -; part of everything that it signs."""
        return self.trust.root.scope.city

    @property
    def name(self) -> str:
        """The name of the city, for people."""
        return self.trust.root.name

    @property
    def environment(self) -> Environment:
        """Whether cards are real."""
        return self.trust.root.scope.environment

    @property
    def contact(self) -> str:
        """The city's sentence for *cannot say*, with which such a remedy ends."""
        return self.trust.trust_list.contact

    @property
    def fingerprint(self) -> bytes:
        """16 bytes that name the current root: what a person compares with what the city says (specs/trust.md)."""
        return self.trust.fingerprint

    @property
    def issued(self) -> datetime:
        """When the trust file was made, in UTC."""
        return as_datetime(self.trust.trust_list.issued)

    @property
    def expires(self) -> datetime:
        """First instant, in UTC, from which on nothing is accepted by this trust file. Classes may tolerate less."""
        return as_datetime(self.trust.trust_list.exp)

    @property
    def classes(self) -> Mapping[str, Requirement]:
        """What each venue class of the city asks for, by its name; in the order of their numbers."""
        return {
            name: Requirement(
                each.proven, each.venue_class.handle, each.venue_class.tolerance, each.venue_class.photo_check
            )
            for name, each in self._policies.items()
        }

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

    def verify(self, text: str, venue_class: str, *, now: datetime) -> Card:
        """The card, if this class of venue may accept the code at `now`, a datetime with a time zone.

        text: what the scanner read; blanks and line ends around it do not matter. Raises Refused, with a reason, an
        outcome, a sentence and a remedy; ValueError for a time without a zone; TypeError for what is no text, no name
        of a class or no time.
        """
        _check_types(text, venue_class, now)
        instant = seconds(now)
        try:
            card = self._card(text, venue_class, instant)
        except Refused as refused:
            refused.situation = Situation(
                venue_class,
                self.trust.age_days(instant),
                self.trust.is_stale(instant),
                str(self.environment),
                self.is_date_wrong(now),
            )
            raise
        return replace(card, date_looks_wrong=True) if instant < self._past - CLOCK_SKEW else card

    def _card(self, text: str, venue_class: str, instant: int) -> Card:
        policy = self._policies.get(venue_class)
        if policy is None:
            raise Refused(Reason.UNKNOWN_CLASS, label=", ".join(self._policies), contact=self.contact)
        if venue_class not in self._shortcuts:
            self._shortcuts[venue_class] = None
            return judge(text, policy, instant)
        # Threads that come here at the same time make it twice, which harms nothing.
        shortcut = self._shortcuts[venue_class]
        if shortcut is None:
            shortcut = self._shortcuts[venue_class] = Shortcut(policy)
        return shortcut.card(text, instant) or judge(text, policy, instant)


def _check_types(text: object, venue_class: object, now: object) -> None:
    """What a type checker would find: a wrong type must not look like a bad card."""
    if not isinstance(text, str):
        raise TypeError(f"the text of a code is a str, not {type(text).__name__}")
    if not isinstance(venue_class, str):
        raise TypeError(f"the name of a venue class is a str, not {type(venue_class).__name__}")
    if not isinstance(now, datetime):
        raise TypeError(f"now is a datetime with a time zone, not {type(now).__name__}")
