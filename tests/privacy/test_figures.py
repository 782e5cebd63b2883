"""What the codes of a city tell about their holders, worked out by hand, and what holds for every population."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import log2
from typing import Any

import pytest
from cities import City
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.combinations import Combination, CombinationsError
from idcard.city.plan import IssuedClass, Plan
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.credential import signed, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import HANDLE_SIZE
from idcard.issuing import minting
from idcard.issuing.minting import Issuer
from idcard.privacy import common_list, figures, stream
from idcard.privacy.figures import ClassPrivacy, Figures, PairPrivacy, Report, Row, measure
from idcard.privacy.population import CardKind, CardsOfRecords, Gaps, Measured, Population

CINEMA = IssuedClass(
    number=6,
    tolerance=60,
    profile=Profile(
        venue_class="cinema",
        kind=Kind.REVOCABLE,
        flags=frozenset({1}),
        ages=(18,),
        least_age=18,
        life=12,
        max_version=7,
    ),
)
"""Everything that tells something about its holders: a handle, an age, and the month in which a code was made."""
LIBRARY, MUSEUM, _, _, THEATRE = DEFAULT_CLASSES
CITY = City(classes=(LIBRARY, MUSEUM, THEATRE, CINEMA))
TODAY = date(2026, 11, 22)
ADULT = {"birth_date": "1990-04-01", "resident": True, "student": False}
STUDENT = {"birth_date": "2004-02-29", "resident": True, "student": True}
CHILD = {"birth_date": "2015-06-15", "resident": True, "student": False}

POOL = Profile(
    venue_class="pool",
    kind=Kind.REVOCABLE,
    flags=frozenset({1}),
    ages=(14, 18, 65),
    age_from=True,
    life=12,
    max_version=8,
)
HALL = Profile(
    venue_class="hall", kind=Kind.COHORT, flags=frozenset({1, 6}), ages=(18, 65), least_age=18, life=24, max_version=7
)


def issued(*profiles: Profile) -> tuple[IssuedClass, ...]:
    return tuple(IssuedClass(number=n, tolerance=30, profile=profile) for n, profile in enumerate(profiles, 1))


def lines(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    return (json.dumps(record).encode() for record in records)


def population(records: Iterable[dict[str, Any]], plan: Plan = CITY.plan) -> Population:
    return stream.read(lines(records), plan, TODAY)


def measured(records: Iterable[dict[str, Any]], plan: Plan = CITY.plan, k: int = 2) -> Report:
    return figures.report(population(records, plan), k)


def of(report: Report, venue_class: str) -> ClassPrivacy:
    return next(each for each in report.classes if each.profile.venue_class == venue_class)


def pair(report: Report, *names: str) -> PairPrivacy:
    return next(each for each in report.pairs if tuple(profile.venue_class for profile in each.profiles) == names)


def row(rows: Iterable[Row], name: str, claim: str | None = None) -> Row:
    return next(each for each in rows if (each.name, each.claim) == (name, claim))


def close(found: float, wanted: float) -> bool:
    return found == pytest.approx(wanted, abs=1e-9)


# ---- figures ----


def test_the_figures_of_groups_are_these() -> None:
    """Groups of 5, 2 and 1, so 8 cards: 1/8 x log2(8/1) + 2/8 x log2(8/2) + 5/8 x log2(8/5) = 0.375 + 0.5 + 0.424."""
    figures = measure({5: 1, 2: 1, 1: 1}, 3)
    assert (figures.cards, figures.groups, figures.smallest, figures.median, figures.rare) == (8, 3, 1, 2, 3)
    assert close(figures.bits, 0.875 + 5 / 8 * log2(8 / 5))
    assert close(figures.worst, 3)
    assert figures.rare_share == 3 / 8


@pytest.mark.parametrize(
    ("sizes", "median"),
    [({1: 1}, 1), ({1: 1, 2: 1}, 1.5), ({1: 3, 9: 2}, 1), ({1: 2, 9: 2}, 5), ({4: 1, 6: 2, 7: 1}, 6), ({3: 100}, 3)],
)
def test_the_median_is_that_of_the_groups(sizes: dict[int, int], median: float) -> None:
    assert measure(sizes, 1).median == median


def test_among_more_cards_a_group_tells_more() -> None:
    """4 of 16 cards in one group: log2(16/4) = 2 bits, though all codes are alike."""
    assert (measure({4: 1}, 1, 16).bits, measure({4: 1}, 1, 16).worst) == (2, 2)


def test_of_no_cards_everything_is_none() -> None:
    assert measure({}, 50) == Figures(0, 0, 0, 0.0, 0, 0.0, 0.0)
    assert measure({}, 50).rare_share == 0


groups = st.dictionaries(st.integers(1, 500), st.integers(1, 9), min_size=1, max_size=9)


@given(groups, st.integers(1, 100), st.integers(0, 10**5))
def test_bits_lie_between_none_and_one_of_all(sizes: dict[int, int], k: int, among: int) -> None:
    figures = measure(sizes, k, among)
    assert 0 <= figures.bits <= figures.worst + 1e-9
    assert figures.worst <= log2(max(among, figures.cards)) + 1e-9
    assert figures.smallest <= figures.median <= max(sizes)
    assert 0 <= figures.rare <= figures.cards == sum(size * count for size, count in sizes.items())


@given(groups, st.integers(1, 100), st.data())
def test_merging_two_groups_never_makes_anything_worse(sizes: dict[int, int], k: int, data: st.DataObject) -> None:
    every = [size for size, count in sizes.items() for _ in range(count)]
    if len(every) < 2:
        return
    one, other = data.draw(st.lists(st.integers(0, len(every) - 1), min_size=2, max_size=2, unique=True))
    rest = [size for at, size in enumerate(every) if at not in (one, other)]
    before, after = measure(sizes, k), measure(Counter([*rest, every[one] + every[other]]), k)
    assert after.smallest >= before.smallest
    assert after.rare <= before.rare
    assert after.bits <= before.bits + 1e-9
    assert after.worst <= before.worst


# ---- six cards, by hand ----

# Q1 ends on 2027-03-31. Three adults, of whom one is a student, and a child in Q1; an adult and a student in Q2.
SIX = [
    {**ADULT, "made": "2027-01-10"},
    {**ADULT, "made": "2027-02-20"},
    {**STUDENT, "made": "2027-02-21"},
    {**CHILD, "made": "2027-03-31"},
    {**ADULT, "made": "2027-04-01"},
    {**STUDENT, "made": "2027-05-01"},
]


def test_a_cohort_is_a_quarter_where_all_claim_the_same() -> None:
    """Library: 4 cards in Q1 and 2 in Q2. 4/6 x log2(6/4) + 2/6 x log2(6/2) bits."""
    library = of(measured(SIX, k=3), "library")
    figures = library.figures
    assert (figures.cards, figures.groups, figures.smallest, figures.median, figures.rare) == (6, 2, 2, 3, 2)
    assert close(figures.bits, 4 / 6 * log2(6 / 4) + 2 / 6 * log2(3))
    assert close(figures.worst, log2(3))
    assert library.sizes == {4: 1, 2: 1}


def test_a_card_counts_once_in_a_cohort_of_two_classes() -> None:
    """Library and museum codes are the same bytes: the cohort has as many members as one of them, not twice as many."""
    report = measured(SIX)
    assert of(report, "museum").figures == of(report, "library").figures
    assert report.cards == 6


def test_each_revocable_code_is_unique_and_the_issuer_sees_only_its_look() -> None:
    """Five are 18: two made in February, one each in January, April and May, so looks of 2, 1, 1 and 1 cards of six."""
    cinema = of(measured(SIX), "cinema")
    assert cinema.figures == Figures(5, 5, 1, 1.0, 5, log2(6), log2(6))
    assert (cinema.seen.cards, cinema.seen.groups, cinema.seen.smallest, cinema.seen.median) == (5, 4, 1, 1)
    assert close(cinema.seen.bits, 2 / 5 * log2(6 / 2) + 3 / 5 * log2(6))
    assert cinema.sizes == {1: 5}


def test_the_bits_of_a_class_that_few_have_tell_that_too() -> None:
    """Theatre: a student in each quarter. One of two students is known, and one of six holders: log2(6) bits."""
    theatre = of(measured(SIX), "theatre").figures
    assert (theatre.cards, theatre.groups, theatre.rare) == (2, 2, 2)
    assert (theatre.bits, theatre.worst) == (log2(6), log2(6))


def test_two_classes_with_the_same_bytes_tell_no_more_together() -> None:
    both = pair(measured(SIX), "library", "museum")
    assert both.narrows == (0, 0)
    assert both.figures == of(measured(SIX), "library").figures
    assert (both.held, both.expiry, both.claims) == (0, 0, 0)
    assert close(both.key, both.figures.bits)


def test_a_cinema_code_narrows_a_library_cohort_to_adults_of_a_month() -> None:
    """Both: 5 cards, in groups by month of 1, 2, 1 and 1.

    The library knew cohorts of 4 and 2. January: 4 -> 1, February: 4 -> 2 for two cards, April and May: 2 -> 1.
    Having both: log2(6/5). Keys: groups of 3 and 2. Expiries, which tell the month: the rest. Claims: nothing more.
    """
    both = pair(measured(SIX), "library", "cinema")
    assert (both.figures.cards, both.figures.groups, both.figures.smallest, both.figures.rare) == (5, 4, 1, 3)
    assert close(both.narrows[0], (log2(4) + 2 * log2(4 / 2) + 2 * log2(2)) / 5)
    assert both.narrows[1] == 0
    assert close(both.held, log2(6 / 5))
    assert close(both.held + both.key, (3 * log2(6 / 3) + 2 * log2(6 / 2)) / 5)
    assert close(both.held + both.key + both.expiry, both.figures.bits)
    assert close(both.claims, 0)


def test_shared_claims_narrow_where_they_differ_among_those_who_have_both() -> None:
    """Pool codes tell 14 from 18: of a child of 15 and an adult each is alone, though key and month are the same."""
    plan = replace(CITY.plan, classes=issued(LIBRARY.profile, replace(POOL, age_from=False)))
    two = [{**ADULT, "made": "2027-01-10"}, {**CHILD, "birth_date": "2011-06-15", "made": "2027-01-11"}]
    both = pair(measured(two, plan), "library", "pool")
    assert (both.figures.smallest, both.held, both.key, both.expiry, both.claims) == (1, 0, 0, 0, 1)
    assert both.narrows == (1, 0)


def test_classes_that_nobody_has_together_are_no_pair() -> None:
    assert [each.profiles[1].venue_class for each in measured([{**CHILD, "made": "2027-01-10"}]).pairs] == ["museum"]


def test_stations_quarters_and_months_split() -> None:
    """Library, by quarter 4 and 2; by month 1, 2, 1 | 1, 1; by station: north 2, south 2 | north 1, south 1."""
    stations = ("north", "south", "north", "south", "north", "south")
    six = [{**each, "station": station} for each, station in zip(SIX, stations, strict=True)]
    splits = of(measured(six, k=3), "library").splits
    found = {each.name: (each.figures.groups, each.figures.smallest, each.figures.rare) for each in splits}
    assert found == {"quarter": (2, 2, 2), "issued": (2, 2, 2), "month": (5, 1, 6), "stations": (4, 1, 6)}
    assert [each.name for each in of(measured(SIX), "library").splits] == ["quarter", "issued", "month"]
    assert [each.name for each in of(measured(six), "cinema").splits] == ["quarter", "issued", "stations"]
    some = measured([*six[:5], SIX[5]])
    assert [each.name for each in of(some, "library").splits] == ["quarter", "issued", "month"], "not known"
    assert some.gaps.unplaced == 1


def test_the_quarter_alone_counts_the_cards_of_the_class() -> None:
    """Theatre: 1 student in each quarter, though 4 and 2 cards carry the key."""
    assert row(of(measured(SIX), "theatre").splits, "quarter").figures.smallest == 1


def test_station_keys_of_a_city_that_has_them_split_revocable_codes_only() -> None:
    """Two adults of one month at two counters share a library cohort; their cinema codes tell the counter."""
    plan = replace(CITY.plan, stations=("north", "south"))
    two = [{**ADULT, "made": "2027-01-10", "station": station} for station in ("north", "south")]
    with_keys = measured(two, plan)
    assert of(with_keys, "library").figures.smallest == 2
    assert of(with_keys, "cinema").seen.smallest == 1
    assert row(of(with_keys, "cinema").remedies, "key-city").figures.smallest == 2
    both = pair(with_keys, "library", "cinema")
    assert (both.held, both.key, both.expiry, both.claims) == (0, 1, 0, 0)
    without = measured(two)
    assert of(without, "cinema").seen.smallest == 2
    assert all(each.name != "key-city" for each in of(without, "cinema").remedies)


def test_each_remedy_has_its_figure() -> None:
    """Cinema looks as issued: 1, 2 | 1, 1 by month.

    Without the age the child joins in March: 1, 2, 1 | 1, 1. By quarter or year of expiry: 3 and 2, for the key tells
    the quarter. With a key for the year: 5. As cohort: 3 and 2, without a handle. No resident: all are residents.
    """
    remedies = of(measured(SIX, k=3), "cinema").remedies
    found = {
        (each.name, each.claim): (each.figures.groups, each.figures.smallest, each.figures.rare, each.unique)
        for each in remedies
    }
    assert found == {
        ("drop", "age_over_18"): (5, 1, 6, True),
        ("drop", "resident"): (4, 1, 5, True),
        ("expiry-quarter", None): (2, 2, 2, True),
        ("expiry-year", None): (2, 2, 2, True),
        ("key-year", None): (1, 5, 0, True),
        ("cohort", None): (2, 2, 2, False),
    }


def test_a_dropped_claim_lets_others_in() -> None:
    """Theatre without `student`: a code for all residents, with cohorts of 4 and 2 instead of 1 and 1."""
    theatre = of(measured(SIX), "theatre")
    assert row(theatre.remedies, "drop", "student").figures.smallest == 2
    assert row(theatre.remedies, "drop", "student").figures.cards == 6
    assert row(theatre.remedies, "drop", "resident").figures.cards == 2


def test_what_would_prove_nothing_is_no_remedy() -> None:
    assert [each.name for each in of(measured(SIX), "library").remedies] == ["expiry-year", "key-year"]


def test_the_same_bytes_are_one_cohort_whatever_class_they_are_for() -> None:
    """A hall that tells adults: the child's code for it is what everybody carries for the library, so one of three."""
    hall = replace(HALL, flags=frozenset({1}), ages=(18,), least_age=None)
    plan = replace(CITY.plan, classes=issued(LIBRARY.profile, hall))
    three = [{**person, "made": "2027-01-10"} for person in (ADULT, ADULT, CHILD)]
    report = measured(three, plan)
    assert of(report, "hall").sizes == {3: 1, 2: 1}
    assert of(report, "library").sizes == {3: 1}
    assert pair(report, "library", "hall").figures.smallest == 1, "both codes together single the child out"


def test_a_code_that_becomes_the_bytes_of_another_class_joins_its_cohort() -> None:
    """A hall for students, but for `student` like the library: without that claim its codes are library codes."""
    hall = replace(HALL, flags=frozenset({1, 4}), ages=(), least_age=None)
    plan = replace(CITY.plan, classes=issued(LIBRARY.profile, hall))
    report = measured(SIX, plan)
    assert of(report, "hall").figures.smallest == 1
    assert row(of(report, "hall").remedies, "drop", "student").figures.smallest == 2


def test_the_next_lower_age_is_said_where_one_is_dropped() -> None:
    """Hall: a veteran of 70 and one of 30 in one quarter, each alone; without 65 both say 18."""
    plan = replace(CITY.plan, classes=issued(HALL))
    veterans = [
        {**ADULT, "veteran": True, "made": "2027-01-10"},
        {**ADULT, "birth_date": "1957-01-01", "veteran": True, "made": "2027-01-11"},
    ]
    hall = of(measured(veterans, plan), "hall")
    dropped = [each.claim for each in hall.remedies if each.name == "drop"]
    assert dropped == ["age_over_65", "age_over_18", "veteran", "resident"]
    assert (hall.figures.smallest, hall.figures.groups) == (1, 2)
    assert row(hall.remedies, "drop", "age_over_65").figures.smallest == 2
    assert row(hall.remedies, "drop", "age_over_18").figures.groups == 2, "the one of 30 says no age"


def test_age_from_is_nearly_unique_and_can_be_left_out() -> None:
    """Three of 17 with birthdays in three months: each alone by look, and together without age_from."""
    plan = replace(CITY.plan, classes=issued(POOL))
    young = [{**ADULT, "birth_date": f"2009-0{month}-10", "made": "2027-01-10"} for month in (3, 4, 5)]
    pool = of(measured(young, plan), "pool")
    assert (pool.seen.smallest, pool.seen.groups) == (1, 3)
    assert row(pool.remedies, "drop", "age_from").figures.smallest == 3
    assert row(pool.remedies, "cohort").figures.smallest == 3


def test_a_cohort_begins_small() -> None:
    """Q1: cards on days 0, 41, 42 and 80 of it; Q2: days 0 and 30. So 1 and 1 after 7 days, 1 and 1 after 30."""
    assert of(measured(SIX), "library").first_days == {7: 1, 30: 1}
    rush = [{**ADULT, "made": f"2027-01-{day:02}"} for day in (1, 7, 8, 30, 31)]
    assert of(measured(rush), "library").first_days == {7: 2, 30: 4}
    assert of(measured(rush), "cinema").first_days is None


def test_records_that_do_not_say_when_are_of_today() -> None:
    assert population([ADULT]).cards == population([{**ADULT, "made": TODAY.isoformat()}]).cards


def test_a_class_without_a_code_has_no_figures() -> None:
    report = measured([{**CHILD, "made": "2027-01-10"}])
    assert of(report, "cinema").figures == Figures(0, 0, 0, 0.0, 0, 0.0, 0.0)
    assert of(report, "theatre").first_days is None


# ---- the same from codes that were minted ----

QUARTERS = {"2026-12-01": "", "2027-02-03": " standby", "2027-05-06": " second standby"}
"""Days on which the city of the tests can mint, and what its keys of that quarter are called."""


def minted(record: dict[str, Any], plan: Plan, handles: random.Random) -> dict[str, str]:
    """The codes of a card by venue class, signed by the keys that would have signed on that day."""
    now = datetime.fromisoformat(record["made"]).replace(hour=12, tzinfo=UTC)
    codes = {}
    for each in plan.classes:
        kind = each.profile.kind
        planned = next(key for key in plan.keys if key.kind is kind and seconds(now) in key.quarter)
        signer = CITY.signer(f"{kind.value}{QUARTERS[record['made']]}")
        issuer = Issuer(signer, CITY.scope, kind, planned.quarter, 0, planned.verify_until)
        handle = handles.randbytes(HANDLE_SIZE) if kind is Kind.REVOCABLE else None
        code = minting.mint(Record(record), each.profile, issuer, now=now, handle=handle)
        if code is not None:
            codes[each.profile.venue_class] = code
    return codes


def some_cards(number: int, seed: int = 1) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311
    people = [ADULT, STUDENT, CHILD, {**ADULT, "resident": False}]
    return [{**chance.choice(people), "made": chance.choice(list(QUARTERS))} for _ in range(number)]


def batch(cards: Iterable[dict[str, Any]], plan: Plan = CITY.plan) -> list[dict[str, Any]]:
    """As a batch prints them."""
    handles = random.Random(2)  # noqa: S311
    return [
        {"reference": str(reference), "class": name, "text": code}
        for reference, card in enumerate(cards)
        for name, code in minted(card, plan, handles).items()
    ]


def known_from_codes(report: Report) -> Any:
    """What does not need the day, the station, or those who got no code."""
    return (
        [(each.figures, each.seen, each.sizes, each.splits[:2], each.remedies[-1]) for each in report.classes],
        report.pairs,
    )


def test_codes_tell_what_the_records_told() -> None:
    """Nonresidents among the records get no code, so they are no cards; left out of a profile, they would tell more."""
    cards = some_cards(60)
    assert any(not card["resident"] for card in cards)
    from_records, from_codes = measured(cards), measured(batch(cards))
    assert known_from_codes(from_codes) == known_from_codes(from_records)
    assert from_codes.cards == from_records.cards
    assert all(each.first_days is None for each in from_codes.classes)


def test_lines_without_a_reference_are_never_added_across_classes() -> None:
    """`mint` prints library and museum codes of one person on two lines: of the same bytes, and still one card."""
    cards = [card for card in some_cards(40) if card["resident"]]
    together = measured(batch(cards))
    assert together.gaps == Gaps()
    apart = measured([{**line, "reference": None} for line in batch(cards)])
    assert [each.figures for each in apart.classes] == [each.figures for each in together.classes]
    assert (apart.cards, apart.unlinked, apart.pairs) == (together.cards, True, ())


def test_codes_alone_say_nothing_of_pairs() -> None:
    codes = batch([{**ADULT, "made": "2026-12-01"}, {**CHILD, "made": "2026-12-01"}])
    unlinked = [{**line, "reference": None} for line in codes]
    assert pair(measured([*codes, *unlinked]), "library", "cinema").narrows == (1, 0)


def test_a_signer_that_marks_people_shows_as_cohorts_of_its_making() -> None:
    """Codes that say the same and differ in their bytes are not one cohort, whatever the difference is."""
    codes = batch([{**ADULT, "made": "2026-12-01"}] * 3)
    library = [line for line in codes if line["class"] == "library"]
    assert of(measured(library), "library").sizes == {3: 1}
    environment, data = text.decode(library[0]["text"])
    library[0] = {**library[0], "text": text.encode(environment, data[:-1] + bytes([data[-1] ^ 1]))}
    assert of(measured(library), "library").sizes == {1: 1, 2: 1}


# ---- what holds for every population ----

PLANS = {
    "default": CITY.plan,
    "with ages": replace(CITY.plan, classes=issued(LIBRARY.profile, POOL, HALL)),
    "with stations": replace(CITY.plan, classes=issued(POOL, HALL), stations=("north", "south")),
}
records = st.fixed_dictionaries(
    {
        "birth_date": st.dates(date(1930, 1, 1), date(2026, 12, 31)).map(str)
        | st.sampled_from(["2008-02-29", "2009-03-01", "2009-01-31", "1962-01-10"]),
        "resident": st.booleans() | st.just(True),
        "student": st.booleans(),
        "veteran": st.booleans(),
        "made": st.dates(date(2027, 1, 1), date(2028, 6, 30)).map(str),
        "station": st.sampled_from([None, "north", "south"]),
    }
)
populations = st.lists(records, min_size=1, max_size=25)
plans = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


@plans
@settings(max_examples=30)
@given(cards=populations)
def test_what_is_counted_is_what_mint_would_say(plan: Plan, cards: list[dict[str, Any]]) -> None:
    """A record that is counted with others of its kind says what it says alone, with any claim left out too."""
    unlinked = Counter(card for record in cards for card in population([record], plan).cards)
    counted = population(cards, plan).cards
    assert counted == unlinked
    for record in cards:
        made = date.fromisoformat(record["made"])
        (card,) = population([record], plan).cards
        for each, appearance in zip(plan.classes, card.appearances, strict=True):
            claims = each.profile.select(Record(record), made, appearance.exp if appearance else 0, None)
            assert (appearance and (appearance.exp, appearance.flags, appearance.age, appearance.age_from)) == (
                claims and (claims.exp, claims.flags, claims.age, claims.age_from)
            )


def births_near_a_threshold() -> Iterator[date]:
    """Three days of each month in which somebody reaches 14, 18 or 65 around February 2028, or a year later."""
    for year in (2028 - 14, 2028 - 18, 2028 - 65):
        for month in range(-3, 16):
            first = date(year + month // 12, month % 12 + 1, 1)
            yield from (first, first + timedelta(days=1), first + timedelta(days=28))


@pytest.mark.parametrize("made", [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)], ids=str)
def test_birthdays_that_mint_tells_apart_are_not_counted_as_one(made: date) -> None:
    city = Measured(PLANS["with ages"])
    together, unlinked = CardsOfRecords(city, TODAY), Counter[CardKind]()
    for born in births_near_a_threshold():
        record = Record({**ADULT, "veteran": True, "birth_date": born.isoformat()})
        together.add(record, made, None)
        single = CardsOfRecords(city, TODAY)
        single.add(record, made, None)
        unlinked.update(single.population().cards)
    assert together.population().cards == unlinked
    assert len(unlinked) > 20


@plans
@settings(max_examples=30)
@given(cards=populations, seed=st.integers())
def test_the_order_of_the_lines_does_not_matter(plan: Plan, cards: list[dict[str, Any]], seed: int) -> None:
    shuffled = random.Random(seed).sample(cards, len(cards))  # noqa: S311
    assert measured(shuffled, plan) == measured(cards, plan)
    assert common_list.common(population(shuffled, plan), 2) == common_list.common(population(cards, plan), 2)


@plans
@settings(max_examples=30)
@given(cards=populations)
def test_coarser_never_makes_the_smallest_smaller(plan: Plan, cards: list[dict[str, Any]]) -> None:
    for each in measured(cards, plan).classes:
        seen = each.seen
        assert row(each.splits, "quarter").figures.smallest >= seen.smallest
        assert row(each.splits, "issued").figures == seen
        assert row(each.remedies, "key-year").figures.smallest >= seen.smallest
        assert row(each.remedies, "key-year").figures.bits <= seen.bits + 1e-9
        for finer in each.splits[2:]:
            assert finer.figures.smallest <= seen.smallest
            assert finer.figures.bits >= seen.bits - 1e-9


@plans
@settings(max_examples=30)
@given(cards=populations)
def test_bits_of_a_pair_are_accounted_for_and_never_fewer_than_those_of_one(
    plan: Plan, cards: list[dict[str, Any]]
) -> None:
    for each in measured(cards, plan).pairs:
        assert close(each.held + each.key + each.expiry + each.claims, each.figures.bits)
        assert min(each.narrows) >= -1e-9
        assert each.figures.worst <= log2(len(cards)) + 1e-9


def test_no_record_outlives_its_line() -> None:
    """Nothing that is held has a birth date, a name or anything else of a record but which claims it gives."""
    held = CardsOfRecords(Measured(PLANS["with ages"]), TODAY)
    held.add(Record({**ADULT, "veteran": True, "name": "Ada Abara"}), None, None)
    assert "1990" not in repr(vars(held))
    assert "Ada" not in repr(vars(held))


# ---- the list of common combinations ----


def resident(venue_class: str, *, age: int | None = None, without: tuple[str, ...] = ()) -> Combination:
    return Combination(venue_class, frozenset(without), frozenset({1}), age, False)


def test_what_k_cards_claim_in_every_whole_quarter_is_common() -> None:
    """Q1 and Q4 may be cut short. Of Q2 and Q3: two adults each, so 18 is common and the one child of 15 is not."""
    plan = replace(CITY.plan, classes=issued(replace(POOL, age_from=False)))
    child = {**CHILD, "birth_date": "2012-01-01"}
    cards = [{**ADULT, "made": f"2027-{month:02}-10"} for month in (1, 4, 4, 7, 7, 10)] + [
        {**child, "made": "2027-05-01"}
    ]
    common = common_list.common(population(cards, plan), 2)
    assert common.k == 2
    assert {each for each in common.combinations if not each.without} == {resident("pool", age=18)}
    assert resident("pool", age=14, without=("age_over_18",)) in common.combinations
    assert resident("pool", age=14) not in common_list.common(population(cards, plan), 2).combinations


def test_of_one_or_two_quarters_each_counts() -> None:
    cards = [{**ADULT, "made": f"2027-{month:02}-10"} for month in (1, 1, 4)]
    assert resident("library") not in common_list.common(population(cards), 2).combinations
    assert resident("library") in common_list.common(population(cards[:2]), 2).combinations


def test_a_quarter_in_which_nobody_claimed_it_makes_it_rare() -> None:
    plan = replace(CITY.plan, classes=issued(replace(POOL, age_from=False)))
    child = {**CHILD, "birth_date": "2010-01-01"}
    cards = [{**person, "made": f"2027-{month:02}-10"} for month in (1, 4, 7, 10) for person in (ADULT, child)]
    assert resident("pool", age=14) in common_list.common(population(cards, plan), 1).combinations
    cards = [card for card in cards if (card["birth_date"], card["made"]) != ("2010-01-01", "2027-07-10")]
    assert resident("pool", age=14) not in common_list.common(population(cards, plan), 1).combinations


def test_a_quarter_in_which_nobody_came_for_a_class_makes_all_of_it_rare() -> None:
    """Of three quarters the one in the middle counts, and no student came in it."""
    three = [{**person, "made": made} for person, made in zip((STUDENT, ADULT, STUDENT), QUARTERS, strict=True)]
    listed = common_list.common(population(batch(three)), 1).combinations
    assert {each.venue_class for each in listed} == {"library", "museum", "cinema"}


def test_a_quarter_in_which_nobody_qualified_makes_it_rare() -> None:
    cards = [{**STUDENT, "made": f"2027-{month:02}-10"} for month in (1, 4, 7, 10)]
    others = [{**ADULT, "made": "2027-04-11"}, {**ADULT, "made": "2027-07-11"}]
    student = Combination("theatre", frozenset(), frozenset({1, 4}), None, False)
    assert student in common_list.common(population([*cards, *others]), 1).combinations
    assert student not in common_list.common(population([*cards[:2], *cards[3:], *others]), 1).combinations


def test_a_quarter_in_which_nobody_came_at_all_counts_too() -> None:
    cards = [{**ADULT, "made": f"2027-{month:02}-10"} for month in (1, 4, 10)]
    assert common_list.common(population(cards), 1).combinations == frozenset()


def test_quarters_at_the_end_of_the_stream_are_left_out_whatever_class_they_are_of() -> None:
    """Students come in Q2 only, which is neither the first nor the last quarter: it is the only one that counts."""
    cards = [{**person, "made": f"2027-0{month}-10"} for month, person in ((1, ADULT), (4, STUDENT), (7, ADULT))]
    listed = common_list.common(population(cards), 1).combinations
    assert {each.venue_class for each in listed} == {"library", "museum", "cinema", "theatre"}


def test_where_nobody_gets_a_code_nothing_is_common() -> None:
    """Without `resident`, the theatre's codes would be for students from everywhere."""
    assert (
        common_list.common(population([{**STUDENT, "resident": False, "made": "2027-01-10"}]), 1).combinations == set()
    )


def test_a_list_is_of_one_city_and_environment() -> None:
    assert common_list.common(population(SIX), 1).scope == CITY.scope


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([ADULT], "1 of 1 records lacks its day"),
        ([*SIX, ADULT], "1 of 7 records lacks its day"),
        ([*SIX, ADULT, {**CHILD, "resident": False}], "2 of 8 records lack their day"),
    ],
)
def test_no_list_is_made_of_records_without_a_day(records: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(CombinationsError, match=says):
        common_list.common(population(records), 1)


def test_no_list_is_made_of_codes_that_may_be_counted_twice() -> None:
    codes = batch([{**ADULT, "made": "2026-12-01"}] * 2)
    assert common_list.common(population(codes), 2).combinations
    with pytest.raises(CombinationsError, match="2 handles stand in more than one code"):
        common_list.common(population([*codes, *codes]), 2)


@plans
@settings(max_examples=30)
@given(cards=populations, k=st.integers(1, 5))
def test_nothing_rare_is_on_the_list(plan: Plan, cards: list[dict[str, Any]], k: int) -> None:
    """Fewer than k cards in all are never k in a quarter."""
    counted: Counter[Combination] = Counter()
    for card, count in population(cards, plan).cards.items():
        for each, appearance in zip(plan.classes, card.appearances, strict=True):
            if appearance is not None:
                name, told = each.profile.venue_class, appearance.age_from is not None
                counted[Combination(name, frozenset(), appearance.flags, appearance.age, told)] += count
    listed = {each for each in common_list.common(population(cards, plan), k).combinations if not each.without}
    assert all(counted[each] >= k for each in listed)


# ---- two codes of one card ----

RUN = 5
"""Bytes. Shorter runs meet by chance, where random bytes stand beside those of the format."""


def runs(data: bytes) -> set[bytes]:
    return {data[at : at + RUN] for at in range(len(data) - RUN + 1)}


def credential(code: str) -> bytes:
    return text.decode(code)[1]


def without_handle(data: bytes) -> bytes:
    """A revocable code but for its handle and the signature over it."""
    decoded = signed.decode(data)
    assert decoded.claims.handle is not None
    return data.replace(decoded.claims.handle, b"").replace(decoded.message.signature, b"")


@settings(max_examples=25, derandomize=True)
@given(
    card=st.sampled_from([ADULT, STUDENT]),
    made=st.sampled_from(list(QUARTERS)),
    crowd=st.integers(3, 6),
    seed=st.integers(0, 2**32),
)
def test_two_codes_of_one_card_share_no_bytes_but_those_of_their_whole_cohorts(
    card: dict[str, Any], made: str, crowd: int, seed: int
) -> None:
    """Every run of bytes that the library code and the cinema code of a card share stands in all codes of both looks.

    A venue that looks for it in the other's log finds everybody who looks alike there, and nobody in particular. What
    is left of a cinema code, handle and signature, stands in no other code.
    """
    handles = random.Random(seed)  # noqa: S311
    cards = [minted({**card, "made": made}, CITY.plan, handles) for _ in range(crowd)]
    library, cinema = ([credential(codes[name]) for codes in cards] for name in ("library", "cinema"))
    assert len(set(library)) == 1
    assert len(set(map(without_handle, cinema))) == 1
    for own in (signed.decode(data) for data in cinema):
        assert not runs(own.claims.handle or b"") & runs(library[0])
        assert not runs(own.message.signature) & runs(library[0])
    shared = runs(library[0]) & runs(cinema[0])
    assert shared
    for code in (*library, *cinema):
        assert shared <= runs(code)


def test_the_look_above_would_find_a_number_of_the_card() -> None:
    """If a card's library code had anything of its handle, the run would be in one code of the crowd only."""
    handles = random.Random(1)  # noqa: S311
    one, other = (credential(minted({**ADULT, "made": "2026-12-01"}, CITY.plan, handles)["cinema"]) for _ in range(2))
    assert not runs(one) <= runs(other)
