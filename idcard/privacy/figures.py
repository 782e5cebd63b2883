"""Computes how far a code identifies its holder, and what would help (specs/privacy.md). Pure."""

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum, log2
from typing import TypeAlias, TypeVar

from idcard.city.combinations import AGE_FROM
from idcard.city.profile import Kind, Profile
from idcard.credential.calendar import Quarter
from idcard.privacy.population import Appearance, CardKind, Gaps, KeyOrigin, Population

DEFAULT_K = 50
FIRST_DAYS = (7, 30)
Sizes: TypeAlias = Mapping[int, int]
"""Number of groups by their size."""
T = TypeVar("T")
View: TypeAlias = Callable[[CardKind, int], Hashable]
"""The appearance of a card's code for the venue class at a place in the list; None for no code."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Groups of cards that look the same. All figures are 0 without cards.

    rare: cards in groups of fewer than k. bits: information about the holder among all cards of the city, on average
    (Shannon). worst: the same in the smallest group.
    """

    cards: int
    groups: int
    smallest: int
    median: float
    rare: int
    bits: float
    worst: float

    @property
    def rare_share(self) -> float:
        return self.rare / self.cards if self.cards else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of a class under some condition. claim: the name of what is left out, for `drop`.

    unique: whether each code would still have a handle; the figures are then by appearance.
    """

    name: str
    figures: Figures
    unique: bool
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class ClassPrivacy:
    """The figures of a venue class. seen: by appearance, all that an issuer who kept no handles can recognise.

    first_days: the size of the smallest cohort, by days after its first card; None if no days are known.
    sizes: of the cohorts.
    """

    profile: Profile
    figures: Figures
    seen: Figures
    first_days: Mapping[int, int] | None
    splits: tuple[Row, ...]
    remedies: tuple[Row, ...]
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class PairPrivacy:
    """Two venues of different classes: the cards that have both codes, grouped by the pair of appearances.

    narrows: bits that each venue gains, on average, from the other's code. held, key, expiry, claims: the bits that
    come from having both codes, then from the keys, then from the expiries, and then from the claims.
    """

    profiles: tuple[Profile, Profile]
    figures: Figures
    narrows: tuple[float, float]
    held: float
    key: float
    expiry: float
    claims: float


@dataclass(frozen=True, slots=True)
class Report:
    """cards: their number, at least, if it is not known which codes share a card (unlinked).

    gaps: what the input does not say, so that figures may be wrong. pairs: of classes of which a card has both codes.
    """

    k: int
    cards: int
    unlinked: bool
    gaps: Gaps
    classes: tuple[ClassPrivacy, ...]
    pairs: tuple[PairPrivacy, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """cards: with a library's number, each of which is one of one. bits: what it tells about which card it is."""

    cards: int
    bits: float


def numbered(report: Report, venue_class: str) -> Numbered:
    """If the cards with a code of this class, which is one of the report, carried a library's number."""
    cards = next(each.figures.cards for each in report.classes if each.profile.venue_class == venue_class)
    return Numbered(cards, log2(report.cards) if cards else 0.0)


def report(population: Population, k: int = DEFAULT_K) -> Report:
    """k: smallest size of a group that is not rare; at least 1."""
    profiles = population.city.profiles
    return Report(
        k=k,
        cards=_all(population),
        unlinked=any(card.unlinked for card in population.cards),
        gaps=population.gaps,
        classes=tuple(_class(population, at, k) for at in range(len(profiles))),
        pairs=tuple(
            filter(None, (_pair(population, *at, k) for at in itertools.combinations(range(len(profiles)), 2)))
        ),
    )


def measure(sizes: Sizes, k: int, among: int = 0) -> Figures:
    """Figures of groups of these sizes, 1 or more. among: number of all cards of the city, if these are fewer."""
    cards, groups = sum(size * count for size, count in sizes.items()), sum(sizes.values())
    if not groups:
        return Figures(0, 0, 0, 0.0, 0, 0.0, 0.0)
    ordered, among = sorted(sizes), max(among, cards)
    rare = sum(size * sizes[size] for size in ordered if size < k)
    # Summed without rounding, so that the order of the lines makes no difference.
    bits = fsum(sizes[size] * size * log2(among / size) for size in ordered) / cards
    return Figures(cards, groups, ordered[0], _median(sizes, groups), rare, bits, log2(among / ordered[0]))


def _median(sizes: Sizes, groups: int) -> float:
    middle = []
    seen = 0
    for size in sorted(sizes):
        middle += [size] * sum(seen <= place < seen + sizes[size] for place in ((groups - 1) // 2, groups // 2))
        seen += sizes[size]
    return sum(middle) / 2


# ---- grouping ----


def _all(population: Population) -> int:
    """The number of cards with a code. Of unlinked codes, only those of the largest class count."""
    unlinked: Counter[int] = Counter()
    for card, count in population.cards.items():
        if card.unlinked:
            unlinked.update({place: count for place, view in enumerate(card.appearances) if view is not None})
    together = sum(count for card, count in population.cards.items() if not card.unlinked and any(card.appearances))
    return together + max(unlinked.values(), default=0)


def _as_issued(card: CardKind, at: int) -> Hashable:
    return card.appearances[at]


def _groups(population: Population, at: int, view: View = _as_issued) -> Sizes:
    """Group sizes of the codes of one class, by appearance."""
    groups: Counter[Hashable] = Counter()
    for card, count in population.cards.items():
        if (seen := view(card, at)) is not None:
            groups[seen] += count
    return Counter(groups.values())


def _cohorts(population: Population, at: int, view: View = _as_issued) -> Sizes:
    """Group sizes of the cards with the same bytes as a code of this class, whatever class is printed beside it.

    A card counts once. It is not known which unlinked codes share a card, so only those of one class are added.
    """
    profiles = population.city.profiles
    places = [place for place, profile in enumerate(profiles) if place == at or profile.kind is Kind.COHORT]
    together: Counter[Hashable] = Counter()
    unlinked: dict[Hashable, Counter[int]] = {}
    own: set[Hashable] = set()
    for card, count in population.cards.items():
        seen = {place: code for place in places if (code := view(card, place)) is not None}
        if at in seen:
            own.add(seen[at])
        if card.unlinked:
            for place, code in seen.items():
                unlinked.setdefault(code, Counter())[place] += count
        else:
            together.update(dict.fromkeys(seen.values(), count))
    return Counter(together[code] + max(unlinked.get(code, {0: 0}).values()) for code in own)


def _unique(sizes: Sizes) -> Sizes:
    """One group for each card."""
    cards = sum(size * count for size, count in sizes.items())
    return {1: cards} if cards else {}


# ---- one class ----


def _class(population: Population, at: int, k: int) -> ClassPrivacy:
    profile, among = population.city.profiles[at], _all(population)
    seen = _cohorts(population, at) if profile.kind is Kind.COHORT else _groups(population, at)
    sizes = seen if profile.kind is Kind.COHORT else _unique(seen)
    return ClassPrivacy(
        profile=profile,
        figures=measure(sizes, k, among),
        seen=measure(seen, k, among),
        first_days=_first_days(population, at),
        splits=tuple(_rows(population, at, k, _splits(population, at))),
        remedies=tuple(_rows(population, at, k, _remedies(population, at))),
        sizes=sizes,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """Codes made in another way. kind: of the codes of this class in that case."""

    name: str
    view: View
    kind: Kind
    claim: str | None = None


def _rows(population: Population, at: int, k: int, cases: Iterable[_Case]) -> Iterator[Row]:
    among = _all(population)
    for case in cases:
        unique = case.kind is Kind.REVOCABLE
        sizes = (_groups if unique else _cohorts)(population, at, case.view)
        yield Row(case.name, measure(sizes, k, among), unique, case.claim)


def _splits(population: Population, at: int) -> Iterator[_Case]:
    """What splits the groups. `cohort` codes are split in all classes together, because they share a key."""
    kind = population.city.profiles[at].kind
    yield _Case("quarter", lambda card, place: _but(_quarter, card.appearances[at]) if place == at else None, kind)
    yield _Case("issued", _as_issued, kind)
    if kind is Kind.COHORT and any(card.month is not None for card in population.cards):
        yield _Case("month", _changed(lambda card, view: (view, card.month)), kind)
    stations = {card.station for card in population.cards}
    if stations and None not in stations:
        yield _Case("stations", _changed(lambda card, view: (view, card.station)), kind)


def _remedies(population: Population, at: int) -> Iterator[_Case]:
    """Remedies, each of which changes only the codes of this class."""
    profile = population.city.profiles[at]
    kind, life = profile.kind, profile.life

    def case(name: str, change: Callable[[Appearance], Appearance]) -> _Case:
        return _Case(name, _instead(at, lambda card: _but(change, card.appearances[at])), kind)

    for index, (place, drop) in enumerate(population.city.drops):
        if place == at and len(drop.names) == 1:
            yield _Case("drop", _instead(at, reduced(index)), kind, drop.names[0])
    if kind is Kind.REVOCABLE:
        yield case("expiry-quarter", lambda view: _until(view, view.key.quarter, life))
    yield case("expiry-year", lambda view: _until(view, _year(view), life))
    yield case(
        "key-year",
        lambda view: _until(_by(view, KeyOrigin(kind, _year(view), view.key.station)), _year(view), life),
    )
    if kind is Kind.REVOCABLE:
        if any(view.key.station for card in population.cards if (view := card.appearances[at]) is not None):
            yield case("key-city", lambda view: _by(view, KeyOrigin(kind, view.key.quarter)))
        yield _Case("cohort", _instead(at, _cohort_code(population, at)), Kind.COHORT)


def _changed(change: Callable[[CardKind, Appearance], Hashable]) -> View:
    """A case in which every code has another appearance."""

    def view(card: CardKind, place: int) -> Hashable:
        view = card.appearances[place]
        return None if view is None else change(card, view)

    return view


def _instead(at: int, code: Callable[[CardKind], Appearance | None]) -> View:
    """A case in which the codes of one class are different."""
    return lambda card, place: code(card) if place == at else card.appearances[place]


def _but(change: Callable[[Appearance], T], view: Appearance | None) -> T | None:
    return None if view is None else change(view)


def _quarter(view: Appearance) -> Quarter:
    return view.key.quarter


def reduced(index: int) -> Callable[[CardKind], Appearance | None]:
    return lambda card: card.reduced[index]


def _by(view: Appearance, key: KeyOrigin) -> Appearance:
    return view._replace(key=key, mark=b"")


def _until(view: Appearance, end_of: Quarter, life: int) -> Appearance:
    """Expiry with the life counted from the end of a quarter."""
    return view._replace(exp=end_of.expiry(life), mark=b"")


def _year(view: Appearance) -> Quarter:
    """The last quarter of the year of its key."""
    return Quarter(view.key.quarter.year, 4)


def _cohort_code(population: Population, at: int) -> Callable[[CardKind], Appearance | None]:
    """The code of a card if its class were a `cohort` class, which never says age_from."""
    life = population.city.profiles[at].life
    drops = enumerate(population.city.drops)
    index = next((index for index, (place, drop) in drops if (place, drop.names) == (at, (AGE_FROM,))), None)

    def code(card: CardKind) -> Appearance | None:
        view = card.appearances[at] if index is None else card.reduced[index]
        return (
            None
            if view is None
            else _until(_by(view, KeyOrigin(Kind.COHORT, view.key.quarter)), view.key.quarter, life)
        )

    return code


def _first_days(population: Population, at: int) -> dict[int, int] | None:
    """See `ClassPrivacy.first_days`."""
    appearances = {view for card in population.cards if (view := card.appearances[at]) is not None}
    counts = [population.days[view] for view in appearances if view in population.days]
    if not counts:
        return None
    return {
        days: min(sum(count for day, count in made.items() if day < min(made) + days) for made in counts)
        for days in FIRST_DAYS
    }


# ---- two classes ----


def _pair(population: Population, first: int, second: int, k: int) -> PairPrivacy | None:
    among = _all(population)
    pairs: Counter[tuple[Appearance, Appearance]] = Counter()
    known: tuple[Counter[Appearance], Counter[Appearance]] = Counter(), Counter()
    for card, count in population.cards.items():
        appearances = card.appearances[first], card.appearances[second]
        if card.unlinked:
            continue
        if appearances[0] is not None and appearances[1] is not None:
            pairs[appearances[0], appearances[1]] += count
        for at_one, view in zip(known, appearances, strict=True):
            if view is not None:
                at_one[view] += count

    if not pairs:
        return None

    def bits(seen: Callable[[Appearance], Hashable]) -> float:
        groups: Counter[Hashable] = Counter()
        for (one, other), count in pairs.items():
            groups[seen(one), seen(other)] += count
        return measure(Counter(groups.values()), k, among).bits

    held, by_key, by_expiry = (
        bits(lambda view: None),
        bits(lambda view: view.key),
        bits(lambda view: view[:2]),
    )
    figures = measure(Counter(pairs.values()), k, among)
    return PairPrivacy(
        profiles=(population.city.profiles[first], population.city.profiles[second]),
        figures=figures,
        narrows=(_narrowing(pairs, known[0], 0), _narrowing(pairs, known[1], 1)),
        held=held,
        key=max(0.0, by_key - held),
        expiry=max(0.0, by_expiry - by_key),
        claims=max(0.0, figures.bits - by_expiry),
    )


def _narrowing(pairs: Mapping[tuple[Appearance, Appearance], int], known: Mapping[Appearance, int], side: int) -> float:
    """Bits from what one venue knew to what both know, on average over the cards that have both codes."""
    gained = fsum(count * log2(known[appearances[side]] / count) for appearances, count in pairs.items())
    return gained / sum(pairs.values())
