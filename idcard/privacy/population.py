"""Counts the cards of a city by what a venue sees of their codes, apart from handles (specs/privacy.md).

Only counts are kept: of cards with the same day, station and claims. No record is kept after its line. Of codes, the
handles are kept to find repeated ones.
"""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from idcard.city import combinations
from idcard.city.combinations import Drop
from idcard.city.plan import Plan, PlannedKey
from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord, Record, age_on
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import Quarter
from idcard.credential.claims import Claims
from idcard.errors import Malformed, Refused

_EPOCH = date(1970, 1, 1).toordinal()
_MARK_SIZE = 16


class KeyOrigin(NamedTuple):
    """What the kid of a code shows. kid: empty for a record, for which no key need exist yet."""

    kind: Kind
    quarter: Quarter
    station: str | None = None
    kid: bytes = b""


class Appearance(NamedTuple):
    """A code without its handle. mark: of all the bytes of a `cohort` code that was minted, whatever they differ in."""

    key: KeyOrigin
    exp: int
    flags: frozenset[int]
    age: int | None = None
    age_from: tuple[int, int] | None = None
    mark: bytes = b""


class CardKind(NamedTuple):
    """Cards that are the same in everything that is measured.

    appearances: of their codes, by venue class; None for no code. reduced: the same with each way to leave claims out.
    month, station: when and where they were made, if known. unlinked: a single code whose card may have other codes.
    """

    appearances: tuple[Appearance | None, ...]
    reduced: tuple[Appearance | None, ...]
    month: int | None = None
    station: str | None = None
    unlinked: bool = False


@dataclass(frozen=True)
class Measured:
    """The profiles of a city, and for each of them the ways to leave claims out."""

    plan: Plan

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        return tuple(each.profile for each in self.plan.classes)

    @cached_property
    def drops(self) -> tuple[tuple[int, Drop], ...]:
        """Each way with the place of its venue class; `CardKind.reduced` has the same order."""
        return tuple((at, drop) for at, profile in enumerate(self.profiles) for drop in combinations.drops(profile))


class Gaps(NamedTuple):
    """What the input does not say, so that figures may be wrong.

    records: number of all. undated: those without the day when the card was made. unplaced: those without a station,
    although the plan or another record has one. repeated: handles that are in more than one code.
    """

    records: int = 0
    undated: int = 0
    unplaced: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class Population:
    """The cards of a stream. days: for each appearance of `cohort` codes, number of cards by day of making."""

    city: Measured
    cards: Mapping[CardKind, int]
    days: Mapping[Appearance, Mapping[int, int]]
    gaps: Gaps


class _Facts(NamedTuple):
    """All of a record that decides what its codes claim.

    reached: the highest age of any profile. born: the first whole month of life, where a code may say `age_from`.
    """

    held: frozenset[int]
    reached: int
    born: int | None


class CardsOfRecords:
    """Counts cards by what would be minted for their records. today: when, for records that do not say."""

    def __init__(self, city: Measured, today: date) -> None:
        self._city = city
        self._today = today
        self._undated = 0
        every = (*city.profiles, *(drop.profile for _, drop in city.drops))
        self._profiles = every
        self._flags = sorted({number for profile in every for number in profile.flags})
        self._ages = sorted({age for profile in every for age in profile.ages})
        told = [profile for profile in every if profile.age_from]
        self._ages_told = sorted({age for profile in told for age in profile.ages})
        self._longest_told = max((profile.life for profile in told), default=0)
        self._counted: Counter[tuple[_Facts, date, str | None]] = Counter()
        self._appearances: dict[tuple[_Facts, int], tuple[Appearance | None, ...]] = {}

    def add(self, record: Record, made: date | None, station: str | None) -> None:
        """Add a card that was made on a day from 1970 to 2099. Raises BadRecord if a field of a profile is missing."""
        stations = self._city.plan.stations
        if station is not None and stations and station not in stations:
            raise BadRecord("station", "is no station of the city")
        if made is None:
            self._undated += 1
            made = self._today
        facts = self._facts(record, made)
        self._counted[facts, made, station] += 1
        group = facts, _month(made)
        if group not in self._appearances:
            self._appearances[group] = tuple(_appearance_of(record, profile, made) for profile in self._profiles)

    def population(self) -> Population:
        cards: Counter[CardKind] = Counter()
        days: dict[Appearance, Counter[int]] = {}
        by_month: Counter[tuple[_Facts, int, str | None]] = Counter()
        for (facts, made, station), count in self._counted.items():
            by_month[facts, _month(made), station] += count
            for view in set(self._appearances[facts, _month(made)][: len(self._city.profiles)]):
                if view is not None and view.key.kind is Kind.COHORT:
                    days.setdefault(view, Counter())[made.toordinal()] += count
        for (facts, month, station), count in by_month.items():
            appearances = [self._signed_at(station, view) for view in self._appearances[facts, month]]
            issued = len(self._city.profiles)
            cards[CardKind(tuple(appearances[:issued]), tuple(appearances[issued:]), month, station)] += count
        return Population(self._city, cards, days, self._gaps())

    def _gaps(self) -> Gaps:
        records = self._counted.total()
        unplaced = sum(count for (_, _, station), count in self._counted.items() if station is None)
        # If neither plan nor records name stations, stations split nothing.
        known = self._city.plan.stations or unplaced < records
        return Gaps(records=records, undated=self._undated, unplaced=unplaced if known else 0)

    def _facts(self, record: Record, made: date) -> _Facts:
        held = frozenset([number for number in self._flags if record.flag(number)])
        if not self._ages:
            return _Facts(held, 0, None)
        born = record.birth_date(made)
        age = age_on(born, made)
        below = bisect_right(self._ages, age)
        first = born.year * 12 + born.month - (born.day == 1)
        soon = _month(made) + self._longest_told
        told = any(age < upcoming and first + 12 * upcoming <= soon for upcoming in self._ages_told)
        return _Facts(held, self._ages[below - 1] if below else 0, first if told else None)

    def _signed_at(self, station: str | None, view: Appearance | None) -> Appearance | None:
        if view is None or view.key.kind is Kind.COHORT or not self._city.plan.stations:
            return view
        return view._replace(key=view.key._replace(station=station))


class CardsOfCodes:
    """Counts cards by the codes that were minted. Signatures are not verified."""

    def __init__(self, city: Measured) -> None:
        self._city = city
        self._places = {profile.venue_class: at for at, profile in enumerate(city.profiles)}
        self._keys = {key.kid: key for key in city.plan.keys}
        self._cohorts: dict[str, tuple[Appearance, Claims]] = {}
        self._cards: Counter[CardKind] = Counter()
        self._handles: set[bytes] = set()
        self._repeated: set[bytes] = set()

    def read(self, venue_class: str, code: str) -> tuple[int, Appearance, Claims]:
        """The place of its class, and its appearance. Raises BadRecord for a code that the city did not mint for it."""
        at = self._places.get(venue_class)
        if at is None:
            raise BadRecord("class", "is no venue class of the city")
        code = code.strip()
        view, claims = self._cohorts.get(code) or self._decoded(code)
        if view.key.kind is not self._city.profiles[at].kind:
            raise BadRecord("text", "is a code of the other kind than its class: cohort or revocable")
        if view.mark:
            self._cohorts[code] = view, claims
        return at, view, claims

    def add(self, codes: Mapping[int, tuple[Appearance, Claims]], *, unlinked: bool) -> None:
        """Add one card with these codes, given by the place of their class."""
        appearances = tuple(codes[at][0] if at in codes else None for at in range(len(self._places)))
        reduced = tuple(_reduced(*codes[at], drop) if at in codes else None for at, drop in self._city.drops)
        self._cards[CardKind(appearances, reduced, unlinked=unlinked)] += 1
        for _, claims in codes.values():
            if claims.handle is not None:
                (self._repeated if claims.handle in self._handles else self._handles).add(claims.handle)

    def population(self) -> Population:
        return Population(self._city, self._cards, {}, Gaps(repeated=len(self._repeated)))

    def _decoded(self, code: str) -> tuple[Appearance, Claims]:
        try:
            environment, data = text.decode(code)
            credential = signed.decode(data)
        except (Refused, Malformed):
            raise BadRecord("text", "is not a code") from None
        planned = self._keys.get(credential.kid)
        kind = Kind.COHORT if credential.claims.handle is None else Kind.REVOCABLE
        if planned is None or planned.kind is not kind or environment is not self._city.plan.scope.environment:
            raise BadRecord("text", "is not a code of this city")
        mark = hashlib.blake2b(data, digest_size=_MARK_SIZE).digest() if kind is Kind.COHORT else b""
        return _look(_key(planned), credential.claims, mark), credential.claims


def _key(planned: PlannedKey) -> KeyOrigin:
    return KeyOrigin(planned.kind, planned.quarter, planned.station, planned.kid)


def _look(key: KeyOrigin, claims: Claims, mark: bytes = b"") -> Appearance:
    return Appearance(key, claims.exp, claims.flags, claims.age, claims.age_from, mark)


def _appearance_of(record: Record, profile: Profile, made: date) -> Appearance | None:
    """The appearance of the code; None for a holder who does not qualify."""
    noon = (made.toordinal() - _EPOCH) * calendar.DAY + calendar.DAY // 2
    quarter = Quarter.of(noon)
    claims = profile.select(record, made, profile.expiry(noon, quarter), None)
    return None if claims is None else _look(KeyOrigin(profile.kind, quarter), claims)


def _reduced(view: Appearance, claims: Claims, drop: Drop) -> Appearance | None:
    reduced = combinations.reduced(claims, drop)
    return None if reduced is None else _look(view.key, reduced)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1
