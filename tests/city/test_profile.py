"""Profiles: which are refused when they are made, who qualifies, and what the code of a holder carries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord, Record
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import Quarter
from idcard.credential.claims import FLAGS, Claims
from idcard.credential.scope import Scope
from idcard.errors import Malformed

RESIDENT = frozenset({1})
HANDLE = bytes(range(10))
TODAY = date(2026, 11, 22)
EXP = calendar.noon_of_first(2027 * 12 + 11)
"""Of a code with a life of twelve months that is made today."""
EVERYTHING: dict[str, Any] = {**dict.fromkeys(FLAGS.values(), True), "birth_date": "1990-04-01"}

SCOPE = Scope(text.Environment.TEST, "springfield")


def profile(**changes: Any) -> Profile:
    fields: dict[str, Any] = {"kind": Kind.REVOCABLE, "flags": RESIDENT, "life": 12, "max_version": 15}
    return Profile(**{"venue_class": "pharmacy", **fields, **changes})


def select(made: Profile, born: date | str = "1990-04-01", today: date = TODAY, exp: int = EXP) -> Claims | None:
    return made.select(Record({**EVERYTHING, "birth_date": str(born)}), today, exp, HANDLE)


def reached(born: date, age: int, day: date) -> bool:
    """Direct reading: on `day`, the birthday of that age has come. A 29 February that is not there comes on 1 March."""
    return (day.year - age, day.month, day.day) >= (born.year, born.month, born.day)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# ---- what is refused ----


@pytest.mark.parametrize(
    "changes",
    [
        {"venue_class": ""},
        {"venue_class": "Library"},
        {"venue_class": "1st"},
        {"venue_class": "-a"},
        {"venue_class": "a b"},
        {"venue_class": "a_b"},
        {"venue_class": "a\n"},
        {"venue_class": "caf\N{LATIN SMALL LETTER E WITH ACUTE}"},
        {"venue_class": "a" * 33},
        {"flags": frozenset()},
        {"flags": frozenset({2})},
        {"flags": frozenset({3})},
        {"flags": frozenset({0})},
        {"flags": frozenset({1, 9})},
        {"flags": frozenset({-1})},
        {"flags": frozenset({1, 24})},
        {"ages": (0,)},
        {"ages": (151,)},
        {"ages": (-18,)},
        {"ages": (18, 18)},
        {"ages": (21, 18)},
        {"least_age": 18},
        {"ages": (16, 21), "least_age": 18},
        {"ages": (18,), "least_age": 0},
        {"age_from": True},
        {"ages": (18,), "age_from": True, "kind": Kind.COHORT},
        {"life": 0},
        {"life": -1},
        {"life": 121},
        {"level": "L"},
        {"level": "H"},
        {"level": ""},
        {"level": "m"},
        {"max_version": 0},
        {"max_version": -1},
        {"max_version": 16},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_together(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        profile(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"venue_class": "a"},
        {"venue_class": "a-1" + "x" * 29},
        {"flags": frozenset(), "ages": (18,)},
        {"flags": frozenset(FLAGS)},
        {"ages": (1, 150)},
        {"ages": (16, 18, 21), "least_age": 16},
        {"ages": (18,), "age_from": True},
        {"life": 1},
        {"life": 120},
        {"level": "Q"},
    ],
    ids=str,
)
def test_parts_at_their_limits(changes: dict[str, Any]) -> None:
    made = profile(**changes)
    assert {name: getattr(made, name) for name in changes} == changes


# ---- size ----


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("version", range(1, 16))
def test_the_capacity_of_a_symbol_is_what_a_drawing_says(level: str, version: int) -> None:
    made = profile()
    object.__setattr__(made, "level", level)
    object.__setattr__(made, "max_version", version)
    fits, too_long = (
        segno.make_qr("A" * length, error=level, mode="alphanumeric", boost_error=False, mask=0).version
        for length in (made.capacity, made.capacity + 1)
    )
    assert (fits, too_long) == (version, version + 1)


@pytest.mark.parametrize(
    ("kind", "flags", "ages", "version"),
    [
        # The budget of specs/credential.md: 7 bytes for the holder's map in 6-M, 10 in 7-M. The map is one of them.
        (Kind.COHORT, {1, 4, 5}, (), 6),
        (Kind.COHORT, {1, 4}, (18,), 6),
        (Kind.COHORT, {1}, (65,), 6),
        (Kind.COHORT, {1, 4}, (24,), 7),
        (Kind.COHORT, {1, 4, 5, 6}, (), 7),
        (Kind.REVOCABLE, {1, 4, 5, 6}, (), 7),
        (Kind.REVOCABLE, {1, 4, 5}, (65,), 7),
        (Kind.REVOCABLE, {1, 4, 5, 6}, (18,), 8),
        (Kind.REVOCABLE, {1, 4, 5, 6, 7}, (), 8),
    ],
)
def test_the_smallest_version_of_a_profile(kind: Kind, flags: set[int], ages: tuple[int, ...], version: int) -> None:
    made = profile(kind=kind, flags=frozenset(flags), ages=ages, max_version=version)
    assert made.largest_length() <= made.capacity
    with pytest.raises(Malformed, match=f"QR {version - 1}-M"):
        profile(kind=kind, flags=frozenset(flags), ages=ages, max_version=version - 1)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    kind = draw(st.sampled_from(Kind))
    ages = tuple(sorted(draw(st.sets(st.integers(1, 150), max_size=4))))
    flags = draw(st.frozensets(st.sampled_from(sorted(FLAGS)), min_size=0 if ages else 1))
    return profile(
        kind=kind,
        flags=flags,
        ages=ages,
        least_age=draw(st.sampled_from([None, *ages])),
        age_from=draw(st.booleans()) if ages and kind is Kind.REVOCABLE else False,
        life=draw(st.integers(1, 120)),
    )


@given(profiles(), st.dates(date(1876, 11, 23), TODAY))
def test_no_code_is_longer_than_the_largest_of_its_profile(made: Profile, born: date) -> None:
    quarter = Quarter.parse("2026-Q4")
    handle = HANDLE if made.kind is Kind.REVOCABLE else None
    exp = made.expiry(calendar.seconds(datetime(2026, 11, 22, tzinfo=UTC)), quarter)
    claims = made.select(Record({**EVERYTHING, "birth_date": str(born)}), TODAY, exp, handle)
    if claims is not None:
        code = text.encode(SCOPE.environment, signed.encode(claims, Unsigned(), SCOPE))
        assert len(code) <= made.largest_length() <= made.capacity
        assert signed.decode(text.decode(code)[1]).claims == claims


class Unsigned:
    """Takes the place of a signer where only the length of a signature counts."""

    public_key = bytes(32)

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


# ---- expiry ----


@pytest.mark.parametrize(
    ("kind", "life", "now", "expiry"),
    [
        # revocable: to the month
        (Kind.REVOCABLE, 1, "2026-11-01T00:00:00+00:00", "2027-01-01"),
        (Kind.REVOCABLE, 1, "2026-11-30T23:59:59+00:00", "2027-01-01"),
        (Kind.REVOCABLE, 1, "2026-12-01T00:00:00+00:00", "2027-02-01"),
        (Kind.REVOCABLE, 12, "2026-10-31T23:59:59+00:00", "2027-11-01"),
        (Kind.REVOCABLE, 12, "2026-12-31T23:59:59+00:00", "2028-01-01"),
        (Kind.REVOCABLE, 12, "2028-02-29T12:00:00+00:00", "2029-03-01"),
        (Kind.REVOCABLE, 120, "2026-11-22T12:00:00+00:00", "2036-12-01"),
        # The month is counted in UTC, wherever the counter is.
        (Kind.REVOCABLE, 12, "2026-12-31T23:30:00-10:00", "2028-02-01"),
        (Kind.REVOCABLE, 12, "2026-12-31T13:59:59-10:00", "2028-01-01"),
        (Kind.REVOCABLE, 12, "2026-12-31T23:30:00+14:00", "2028-01-01"),
        (Kind.REVOCABLE, 12, "2027-01-01T00:30:00+14:00", "2028-01-01"),
        (Kind.REVOCABLE, 12, "2027-01-01T14:00:00+14:00", "2028-02-01"),
        # cohort: to the end of the key's quarter
        (Kind.COHORT, 24, "2026-10-01T00:00:00+00:00", "2029-01-01"),
        (Kind.COHORT, 24, "2026-11-22T12:00:00+00:00", "2029-01-01"),
        (Kind.COHORT, 24, "2026-12-31T23:59:59+00:00", "2029-01-01"),
        (Kind.COHORT, 24, "2027-01-01T00:00:00+00:00", "2029-04-01"),
        (Kind.COHORT, 1, "2026-10-01T00:00:00+00:00", "2027-02-01"),
        (Kind.COHORT, 1, "2028-01-01T00:00:00+00:00", "2028-05-01"),
        (Kind.COHORT, 120, "2026-04-01T00:00:00+00:00", "2036-07-01"),
        (Kind.COHORT, 12, "2026-12-31T23:30:00-10:00", "2028-04-01"),
        (Kind.COHORT, 12, "2027-01-01T00:30:00+14:00", "2028-01-01"),
    ],
)
def test_when_a_code_ends(kind: Kind, life: int, now: str, expiry: str) -> None:
    instant = calendar.seconds(datetime.fromisoformat(now))
    exp = profile(kind=kind, life=life).expiry(instant, Quarter.of(instant))
    assert calendar.as_datetime(exp) == datetime.fromisoformat(f"{expiry}T12:00:00+00:00")


@given(st.sampled_from(Kind), st.integers(1, 120), st.integers(0, calendar.noon_of_first(2095 * 12)))
def test_a_code_lives_its_term_in_full_and_no_longer_than_its_key_is_verified(
    kind: Kind, life: int, instant: int
) -> None:
    quarter = Quarter.of(instant)
    exp = profile(kind=kind, life=life).expiry(instant, quarter)
    whole_months = calendar.month_of(exp) - calendar.month_of(instant) - 1
    assert life <= whole_months <= life + (2 if kind is Kind.COHORT else 0)
    assert calendar.is_noon_of_first(exp)
    assert exp <= quarter.expiry(life)


# ---- who qualifies ----


@pytest.mark.parametrize("missing", [1, 4, 16])
def test_a_holder_without_one_of_the_flags_gets_no_code(missing: int) -> None:
    made = profile(flags=frozenset({1, 4, 16}))
    assert made.select(Record(EVERYTHING), TODAY, EXP, HANDLE) == Claims(EXP, made.flags, handle=HANDLE)
    assert made.select(Record({**EVERYTHING, FLAGS[missing]: False}), TODAY, EXP, HANDLE) is None


@pytest.mark.parametrize(
    ("ages", "least", "flags", "born", "age"),
    [
        # (thresholds, least age, flags, born, what the code says: an age, None for no age, or no code)
        ((18,), 18, {1}, "2008-11-22", 18),
        ((18,), 18, {1}, "2008-11-23", "no code"),
        ((18,), None, {1}, "2008-11-23", None),
        ((18,), None, set(), "2008-11-22", 18),
        ((18,), None, set(), "2008-11-23", "no code"),
        ((16, 18, 21), 18, {1}, "2010-11-22", "no code"),
        ((16, 18, 21), 16, {1}, "2010-11-22", 16),
        ((16, 18, 21), 16, {1}, "2010-11-23", "no code"),
        ((16, 18, 21), None, {1}, "2010-11-23", None),
        ((16, 18, 21), None, {1}, "2005-11-23", 18),
        ((16, 18, 21), None, {1}, "2005-11-22", 21),
        ((16, 18, 21), None, {1}, "1900-01-01", 21),
        ((150,), None, {1}, "1876-11-22", 150),
        ((1,), None, {1}, "2026-11-22", None),
    ],
)
def test_the_highest_threshold_reached(
    ages: tuple[int, ...], least: int | None, flags: set[int], born: str, age: int | str | None
) -> None:
    expected = None if age == "no code" else Claims(EXP, frozenset(flags), age, None, HANDLE)  # type: ignore[arg-type]
    assert select(profile(flags=frozenset(flags), ages=ages, least_age=least), born) == expected


AGES = (13, 16, 18, 21, 65)


@pytest.mark.parametrize("threshold", AGES)
@pytest.mark.parametrize("least", [None, 18])
def test_ages_are_a_direct_reading_of_the_rule_on_every_day_around_every_threshold(
    threshold: int, least: int | None
) -> None:
    made = profile(ages=AGES, least_age=least)
    # Two leap years, three others, every day of them; and 29 February, on which most people are not born.
    for today in days(date(2023, 12, 20), date(2028, 3, 10)):
        birthday = date(today.year - threshold, today.month, min(today.day, 28))
        leap = date((today.year - threshold) // 4 * 4, 2, 29)
        for born in [*days(birthday - timedelta(days=2), birthday + timedelta(days=3)), leap]:
            age = max((each for each in AGES if reached(born, each, today)), default=None)
            claims = select(made, born, today)
            if (age or 0) < (least or 0):
                assert claims is None
            else:
                assert claims is not None
                assert (claims.age, claims.age_from) == (age, None)


# ---- age_from ----


@pytest.mark.parametrize(
    ("born", "claims"),
    [
        # Made on 22 November 2026, ends on 1 December 2027. Ages 16, 18, 21; below 18 no code, unless it says when.
        ("2008-11-22", (18, None)),
        ("2008-11-23", (16, (18, 2026 * 12 + 11))),
        ("2008-12-01", (16, (18, 2026 * 12 + 11))),
        ("2008-12-02", (16, (18, 2027 * 12))),
        ("2009-11-01", (16, (18, 2027 * 12 + 10))),
        ("2009-11-02", None),  # 18 in a month that begins with the end of the code: no venue could ever use it
        ("2009-12-02", None),
        ("2010-12-01", None),  # reaches 16 only
        ("2008-02-29", (18, None)),
        ("2006-02-28", (18, (21, 2027 * 12 + 2))),
        ("2006-03-01", (18, (21, 2027 * 12 + 2))),
        ("2006-03-02", (18, (21, 2027 * 12 + 3))),
        ("2005-11-22", (21, None)),
    ],
)
def test_the_month_of_the_next_threshold(born: str, claims: Any) -> None:
    selected = select(profile(ages=(16, 18, 21), least_age=18, age_from=True), born)
    assert (selected and (selected.age, selected.age_from)) == claims


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2026, 12, 1), date(2027, 12, 31), date(2028, 2, 29)])
def test_age_from_is_a_direct_reading_of_the_rule_for_every_date_of_birth(today: date) -> None:
    made = profile(ages=(18, 21), age_from=True)
    this_month = today.year * 12 + today.month - 1
    last_month = this_month + 12
    exp = calendar.noon_of_first(last_month + 1)
    for born in days(date(today.year - 22, 1, 1), date(today.year - 16, 12, 31)):
        upcoming = next((age for age in (18, 21) if not reached(born, age, today)), None)
        months = [
            month
            for month in range(this_month + 1, last_month + 1)
            if upcoming is not None and reached(born, upcoming, date(month // 12, month % 12 + 1, 1))
        ]
        claims = select(made, born, today, exp)
        assert claims is not None
        assert claims.age_from == ((upcoming, months[0]) if months else None)


@given(st.dates(date(1980, 1, 1), TODAY), st.integers(1, 60))
def test_age_from_proves_nothing_before_its_birthday(born: date, life: int) -> None:
    made = profile(flags=RESIDENT, ages=(12, 16, 18, 21, 25), age_from=True, life=life)
    exp = made.expiry(calendar.seconds(datetime(2026, 11, 22, tzinfo=UTC)), Quarter.parse("2026-Q4"))
    claims = select(made, born, exp=exp)
    assert claims is not None
    for month in range(2026 * 12 + 10, calendar.month_of(exp)):
        first = date(month // 12, month % 12 + 1, 1)
        proven = [age for age in made.ages if claims.proves_age(age, calendar.noon_of_first(month))]
        assert all(reached(born, age, max(first, TODAY)) for age in proven)


# ---- what a profile looks at ----


@pytest.mark.parametrize("field", ["resident", "student", "birth_date"])
def test_a_field_that_is_needed_and_missing_is_an_error(field: str) -> None:
    made = profile(flags=frozenset({1, 4}), ages=(18,))
    known = {name: value for name, value in EVERYTHING.items() if name != field}
    with pytest.raises(BadRecord, match=f"'{field}' is missing"):
        made.select(Record(known), TODAY, EXP, HANDLE)


@given(
    st.dictionaries(st.text(max_size=9), st.none() | st.booleans() | st.text(max_size=5) | st.integers(), max_size=9)
)
def test_nothing_else_is_looked_at(elsewhere: dict[str, Any]) -> None:
    for made in (profile(), profile(ages=(18,)), profile(flags=frozenset(), ages=(18,))):
        named = {name: EVERYTHING[name] for name in ["birth_date"] * bool(made.ages) + ["resident"] * bool(made.flags)}
        alone = made.select(Record(named), TODAY, EXP, HANDLE)
        assert alone is not None
        assert made.select(Record({**elsewhere, **named}), TODAY, EXP, HANDLE) == alone
