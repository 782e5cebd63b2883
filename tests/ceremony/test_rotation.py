"""The life of an issuing key (specs/keys.md, Times, States): its state, which one signs, which step is allowed when."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cities import CONTACT, DAY
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard.ceremony import founding, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.ceremony.rotation import NotYet, Slot, State
from idcard.city.plan import Plan, PlanError, PlannedKey, Timing
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter, as_datetime
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.trust.trust_list import IssuingKey, TrustList

COHORT, REVOCABLE = Kind.COHORT, Kind.REVOCABLE
TIMING = Timing()
SHORT = Timing(list_life=28, update=7, courier=7)
LEAD = 122 * DAY
"""V + 2σ of a city that says nothing else: 120 days and two."""
FAR = {"2026-Q3": "2028-10-01 12:00", "2026-Q4": "2029-01-01 12:00", "2027-Q1": "2029-04-01 12:00"}
EMPTY = Plan(
    scope=Scope(Environment.PRODUCTION, "springfield"), name="S", contact=CONTACT, classes=DEFAULT_CLASSES, keys=()
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def a_key(
    quarter: str, ready: str | None = "2026-01-01", *, kind: Kind = COHORT, station: str | None = None, **changes: Any
) -> PlannedKey:
    """A key of the city, ready long ago unless it says otherwise. ready=None: made, and in no list yet."""
    number = hashlib.sha256(repr((quarter, ready, kind, station, changes)).encode()).digest()
    return PlannedKey(
        key=number,
        kind=kind,
        quarter=Quarter.parse(quarter),
        verify_until=Quarter.parse(quarter).expiry(EMPTY.longest_life(kind)),
        station=station,
        ready=None if ready is None else at(ready),
        **changes,
    )


def a_plan(*keys: PlannedKey, **changes: Any) -> Plan:
    return replace(EMPTY, keys=keys, **changes)


def a_list(issued: str, *keys: PlannedKey, version: int = 2, **changes: Any) -> TrustList:
    fields: dict[str, Any] = {
        "version": version,
        "issued": at(issued),
        "next_update": at(issued) + 30 * DAY,
        "exp": at(issued) + 120 * DAY,
        "contact": CONTACT,
        "root": bytes(32),
        "classes": tuple(each.venue_class for each in EMPTY.classes),
        "keys": tuple(
            IssuingKey(key=key.key, classes=frozenset({1}), verify_until=key.verify_until, compromised=key.distrusted)
            for key in sorted(keys, key=lambda each: each.key)
        ),
        "cancellations": bytes(32),
    }
    return TrustList(**{**fields, **changes})


def not_before(allowed: str, step: Callable[[int], object]) -> None:
    """The step is forbidden a second before, and says from when it is allowed; then it is."""
    with pytest.raises(NotYet) as forbidden:
        step(at(allowed) - 1)
    assert forbidden.value.allowed == at(allowed)
    minute = as_datetime(at(allowed) + 59)  # The first whole one at which it is.
    assert f"it is allowed from {minute:%Y-%m-%d %H:%M} UTC" in str(forbidden.value)
    step(at(allowed))


Q3, Q4, Q1 = a_key("2026-Q3"), a_key("2026-Q4"), a_key("2027-Q1")
NORTH = {"kind": REVOCABLE, "station": "north"}

# ---- states ----

STATES: dict[str, tuple[PlannedKey, str, State]] = {
    "made, and in no list yet": (a_key("2026-Q4", None), "2026-11-01", State.MADE),
    "made before its quarter": (a_key("2027-Q1", None), "2026-11-01", State.MADE),
    "in a list, not ready": (a_key("2026-Q4", "2026-11-02"), "2026-11-01", State.PUBLISHED),
    "a second before it is ready": (a_key("2026-Q4", "2026-11-01 00:00:01"), "2026-11-01", State.PUBLISHED),
    "ready, and its quarter": (a_key("2026-Q4", "2026-11-01"), "2026-11-01", State.ACTIVE),
    "the last second of its quarter": (Q4, "2026-12-31 23:59:59", State.ACTIVE),
    "ready, and the quarter before": (a_key("2026-Q4", "2026-08-01"), "2026-09-30 23:59:59", State.ACTIVE),
    "its quarter is over": (Q4, "2027-01-01", State.RETIRED),
    "made, never published, its quarter is over": (a_key("2026-Q4", None), "2027-01-01", State.RETIRED),
    "taken out of use in its quarter": (replace(Q4, destroyed=True), "2026-11-01", State.RETIRED),
    "taken out of use before it was published": (a_key("2026-Q4", None, destroyed=True), "2026-11-01", State.RETIRED),
    "a second before verify_until": (Q4, "2029-01-01 11:59:59", State.RETIRED),
    "verify_until": (Q4, "2029-01-01 12:00", State.EXPIRED),
    "distrusted in its quarter": (replace(Q4, distrusted=True), "2026-11-01", State.DISTRUSTED),
    "distrusted before it was published": (a_key("2026-Q4", None, distrusted=True), "2026-11-01", State.DISTRUSTED),
    "distrusted, and past its quarter": (replace(Q4, distrusted=True, destroyed=True), "2027-06-01", State.DISTRUSTED),
    "distrusted, and past verify_until": (replace(Q4, distrusted=True), "2040-01-01", State.DISTRUSTED),
}


@pytest.mark.parametrize("story", STATES)
def test_states(story: str) -> None:
    key, now, expected = STATES[story]
    assert rotation.state(a_plan(key), key, at(now)) is expected


def test_the_life_of_a_key_from_making_to_the_end() -> None:
    """Made and published on 1 May, so ready on 31 August, a month before its quarter; the key before it still signs."""
    plan = rotation.made(a_plan(Q3), Slot(COHORT, None, Quarter(2026, 4)), bytes(32), at("2026-05-01"))
    seen = {}
    for now in ("2026-05-01", "2026-05-02", "2026-08-31", "2026-10-01", "2027-01-01", "2029-01-01 12:00"):
        if now == "2026-05-02":
            plan = rotation.published(plan, a_list("2026-05-01", *plan.keys))
        seen[now] = rotation.state(plan, plan.keys[-1], at(now))
    assert plan.keys[-1].ready == at("2026-08-31")
    assert list(seen.values()) == [
        State.MADE,
        State.PUBLISHED,
        State.PUBLISHED,
        State.ACTIVE,
        State.RETIRED,
        State.EXPIRED,
    ]


# ---- which key signs ----

LATE = a_key("2026-Q4", "2027-02-01")
"""Ready when its quarter is over: it never signs."""

ACTIVE: dict[str, tuple[tuple[PlannedKey, ...], str, PlannedKey]] = {
    "the key of the quarter, from its first instant": ((Q3, Q4, Q1), "2026-10-01", Q4),
    "to its last": ((Q3, Q4, Q1), "2026-12-31 23:59:59", Q4),
    "then the next one": ((Q3, Q4, Q1), "2027-01-01", Q1),
    "in whatever order they were made": ((Q1, Q4, Q3), "2026-10-01", Q4),
    "the standby, once the key of the quarter is distrusted": (
        (replace(Q4, distrusted=True), Q1),
        "2026-11-01",
        Q1,
    ),
    "the standby, once the key of the quarter is lost": ((replace(Q4, destroyed=True), Q1), "2026-11-01", Q1),
    "the standby, where the key of the quarter is not ready": ((a_key("2026-Q4", "2026-12-01"), Q1), "2026-11-01", Q1),
    "and no longer, once it is": (
        (a_key("2026-Q4", "2026-12-01"), Q1),
        "2026-12-01",
        a_key("2026-Q4", "2026-12-01"),
    ),
    "the standby, where the key of the quarter was made too late": ((LATE, Q1), "2026-11-01", Q1),
    "the second standby, where both before are gone": (
        (replace(Q3, distrusted=True), replace(Q4, destroyed=True), Q1),
        "2026-09-01",
        Q1,
    ),
}


@pytest.mark.parametrize("story", ACTIVE)
def test_the_key_that_signs_is_the_earliest_that_is_ready(story: str) -> None:
    keys, now, expected = ACTIVE[story]
    plan = a_plan(*keys)
    assert rotation.active(plan, COHORT, None, at(now)) == expected
    states = {key: rotation.state(plan, key, at(now)) for key in keys}
    assert [key for key, state in states.items() if state is State.ACTIVE] == [expected]


NONE_SIGNS: dict[str, tuple[tuple[PlannedKey, ...], str, str | None]] = {
    "no key was ever made": ((), "2026-11-01", None),
    "made and in no list": ((a_key("2026-Q4", None),), "2026-11-01", None),
    "not ready yet": ((a_key("2026-Q4", "2026-11-02"),), "2026-11-01", "2026-11-02"),
    "several that are not: the first": (
        (a_key("2027-Q1", "2026-11-03"), a_key("2026-Q4", "2026-11-02")),
        "2026-11-01",
        "2026-11-02",
    ),
    "only the next one will be": ((LATE, a_key("2027-Q1", "2027-03-01")), "2026-11-01", "2027-03-01"),
    "made too late for its quarter, and no other": ((LATE,), "2026-11-01", None),
    "past": ((Q4,), "2027-01-01", None),
    "distrusted": ((replace(Q4, distrusted=True),), "2026-11-01", None),
    "lost": ((replace(Q4, destroyed=True),), "2026-11-01", None),
    "of the other kind": ((a_key("2026-Q4", kind=REVOCABLE),), "2026-11-01", None),
}


@pytest.mark.parametrize("story", NONE_SIGNS)
def test_where_no_key_may_sign_the_date_is_said_from_which_one_may(story: str) -> None:
    keys, now, allowed = NONE_SIGNS[story]
    with pytest.raises(NotYet, match="no cohort key may sign now") as forbidden:
        rotation.active(a_plan(*keys), COHORT, None, at(now))
    assert forbidden.value.allowed == (None if allowed is None else at(allowed))
    if allowed is not None:
        not_before(allowed, lambda instant: rotation.active(a_plan(*keys), COHORT, None, instant))


def test_an_issuer_may_do_what_its_key_may() -> None:
    scope = Scope(Environment.TEST, "springfield")
    issuer = rotation.issuer_of(Q4, _Signer(Q4.key), scope)
    assert (issuer.kind, issuer.quarter, issuer.scope) == (COHORT, Q4.quarter, scope)
    assert (issuer.ready, issuer.verify_until) == (Q4.ready, Q4.verify_until)


class _Signer:
    def __init__(self, public_key: bytes) -> None:
        self.public_key = public_key

    def sign(self, message: bytes) -> bytes:
        raise AssertionError("asked")


# ---- stations ----

CITY_WIDE, CITY_WIDE_Q1 = a_key("2026-Q4", kind=REVOCABLE), a_key("2027-Q1", kind=REVOCABLE)
OF_NORTH, OF_NORTH_Q1 = a_key("2026-Q4", **NORTH), a_key("2027-Q1", **NORTH)

STATIONS: dict[str, tuple[tuple[PlannedKey, ...], str, PlannedKey]] = {
    "its own": ((OF_NORTH, OF_NORTH_Q1), "2026-11-01", OF_NORTH),
    "its own before that of the whole city": ((CITY_WIDE, OF_NORTH), "2026-11-01", OF_NORTH),
    "that of the whole city, where it has none": ((CITY_WIDE, CITY_WIDE_Q1), "2026-11-01", CITY_WIDE),
    "that of the whole city until it begins": ((CITY_WIDE, OF_NORTH_Q1), "2026-12-31 23:59:59", CITY_WIDE),
    "its own from then on": ((CITY_WIDE, OF_NORTH_Q1), "2027-01-01", OF_NORTH_Q1),
    "that of the whole city, once its own is distrusted": (
        (CITY_WIDE, replace(OF_NORTH, distrusted=True), OF_NORTH_Q1),
        "2026-11-01",
        CITY_WIDE,
    ),
    "its own standby, once both are gone": (
        (replace(CITY_WIDE, distrusted=True), replace(OF_NORTH, destroyed=True), OF_NORTH_Q1, CITY_WIDE_Q1),
        "2026-11-01",
        OF_NORTH_Q1,
    ),
}


@pytest.mark.parametrize("story", STATIONS)
def test_a_station_signs_with(story: str) -> None:
    keys, now, expected = STATIONS[story]
    assert rotation.active(a_plan(*keys, stations=("north",)), REVOCABLE, "north", at(now)) == expected


def test_a_station_never_signs_with_the_key_of_another() -> None:
    with pytest.raises(NotYet) as forbidden:
        rotation.active(a_plan(OF_NORTH, stations=("north", "south")), REVOCABLE, "south", at("2026-11-01"))
    assert forbidden.value.allowed is None


def test_a_station_signs_cohort_codes_with_the_key_of_the_whole_city() -> None:
    assert rotation.active(a_plan(Q4, OF_NORTH, stations=("north",)), COHORT, "north", at("2026-11-01")) == Q4


def test_a_station_that_the_city_does_not_have_is_named() -> None:
    with pytest.raises(PlanError, match=r"no station 'nroth'; it has: north, south"):
        rotation.active(a_plan(stations=("north", "south")), REVOCABLE, "nroth", at("2026-11-01"))
    with pytest.raises(PlanError, match="no station 'north'; it has: none"):
        rotation.active(a_plan(Q4), COHORT, "north", at("2026-11-01"))


def test_where_only_stations_have_keys_one_must_be_named() -> None:
    of_south = a_key("2026-Q4", kind=REVOCABLE, station="south")
    with pytest.raises(PlanError, match="name the station whose key signs: north, south"):
        rotation.active(a_plan(of_south, OF_NORTH, stations=("north", "south")), REVOCABLE, None, at("2026-11-01"))


def test_cohort_codes_are_signed_by_one_key_of_the_whole_city() -> None:
    with pytest.raises(PlanError, match="one key of the whole city"):
        rotation.made(EMPTY, Slot(COHORT, "north", Quarter(2026, 4)), bytes(32), at("2026-11-01"))


def slots_of(plan: Plan, now: str, kind: Kind = REVOCABLE) -> list[tuple[str | None, str]]:
    return [(slot.station, str(slot.quarter)) for slot in rotation.missing(plan, at(now)) if slot.kind is kind]


def filled(plan: Plan, now: str, ready: str | None = "2026-01-01") -> Plan:
    """The plan with every key that is to exist at a time."""
    made = [
        a_key(str(slot.quarter), ready, kind=slot.kind, station=slot.station)
        for slot in rotation.missing(plan, at(now))
    ]
    return replace(plan, keys=(*plan.keys, *made))


def test_a_new_station_begins_with_the_first_quarter_that_has_no_key_yet() -> None:
    whole_city = filled(EMPTY, "2026-05-01")
    assert slots_of(EMPTY, "2026-05-01") == [(None, "2026-Q3"), (None, "2026-Q4"), (None, "2027-Q1")]
    with_north = replace(whole_city, stations=("north",))
    assert slots_of(with_north, "2026-05-01") == []
    assert slots_of(with_north, "2026-07-01") == [("north", "2027-Q2")]
    later = filled(with_north, "2026-07-01")
    signing = [rotation.active(later, REVOCABLE, "north", at(now)) for now in ("2027-03-31 23:59:59", "2027-04-01")]
    assert [key.station for key in signing] == [None, "north"]


def test_a_second_station_begins_where_a_key_made_now_can_still_sign() -> None:
    north = filled(replace(EMPTY, stations=("north",)), "2026-05-01")
    both = replace(north, stations=("north", "south"))
    assert slots_of(both, "2026-05-31") == [("south", "2026-Q3"), ("south", "2026-Q4"), ("south", "2027-Q1")]
    assert slots_of(both, "2026-06-01") == [("south", "2026-Q4"), ("south", "2027-Q1")]


def test_a_station_that_is_dropped_signs_on_with_the_keys_it_has() -> None:
    north = filled(replace(EMPTY, stations=("north",)), "2026-06-01")
    dropped = replace(north, stations=())
    assert rotation.active(dropped, REVOCABLE, "north", at("2027-03-31")).station == "north"
    assert slots_of(dropped, "2026-06-01") == [(None, "2026-Q4"), (None, "2027-Q1")]
    city_wide = filled(dropped, "2026-06-01", "2026-10-01")
    assert rotation.active(city_wide, REVOCABLE, None, at("2026-10-01")).station is None
    assert rotation.active(city_wide, REVOCABLE, "north", at("2026-10-01")).station == "north"
    assert {each.station for each in rotation.to_destroy(dropped, at("2027-04-01"))} == {None, "north"}


# ---- what keys are to exist ----


@pytest.mark.parametrize(
    ("quarter", "by"),
    [
        ("2027-Q1", "2026-06-01"),
        ("2027-Q2", "2026-09-01"),
        ("2027-Q3", "2026-11-30"),
        ("2027-Q4", "2027-03-01"),
        ("2028-Q1", "2027-06-01"),
    ],
)
def test_the_deadline_is_one_lead_before_the_quarter_before(quarter: str, by: str) -> None:
    assert rotation.deadline(Quarter.parse(quarter), TIMING) == at(by)
    published = rotation.published(a_plan(a_key(quarter, None)), a_list(by, a_key(quarter, None)))
    assert published.keys[0].ready == Quarter.parse(quarter).previous().begin


SLOTS: dict[str, tuple[Timing, str, list[str]]] = {
    "the first day of a quarter": (TIMING, "2026-07-01", ["2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2"]),
    "its last second": (TIMING, "2026-09-30 23:59:59", ["2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2"]),
    "the next": (TIMING, "2026-10-01", ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"]),
    "short-lived lists": (SHORT, "2026-07-01", ["2026-Q3", "2026-Q4", "2027-Q1"]),
    # 92 days before 1 October is 1 July: nobody could keep that deadline who begins on it.
    "a deadline with the beginning of the next quarter": (
        Timing(list_life=90),
        "2026-06-30",
        ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"],
    ),
    "a deadline U into the next quarter": (
        Timing(list_life=90, update=1, courier=1),
        "2026-06-30",
        ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"],
    ),
    "a deadline a day later": (
        Timing(list_life=88, update=1, courier=1),
        "2026-06-30",
        ["2026-Q2", "2026-Q3", "2026-Q4"],
    ),
}


@pytest.mark.parametrize("story", SLOTS)
def test_keys_of_this_quarter_and_those_whose_deadline_lies_in_it_or_soon_after(story: str) -> None:
    timing, now, quarters = SLOTS[story]
    plan = replace(EMPTY, timing=timing)
    expected = [Slot(kind, None, Quarter.parse(quarter)) for kind in (COHORT, REVOCABLE) for quarter in quarters]
    assert list(rotation.slots(plan, at(now))) == expected


ALL = filled(EMPTY, "2026-05-01")
"""At this time a key of the present quarter would be ready too late; it is not made: 2026-Q3 to 2027-Q1."""


def lacking(plan: Plan, quarter: str, kind: Kind = COHORT) -> Plan:
    kept = tuple(key for key in plan.keys if (str(key.quarter), key.kind) != (quarter, kind))
    assert len(kept) == len(plan.keys) - 1
    return replace(plan, keys=kept)


def with_changed(plan: Plan, quarter: str, **changes: Any) -> Plan:
    return replace(
        plan,
        keys=tuple(
            replace(key, **changes) if (str(key.quarter), key.kind) == (quarter, COHORT) else key for key in plan.keys
        ),
    )


MISSING: dict[str, tuple[Plan, str, list[str]]] = {
    "nothing": (ALL, "2026-05-01", []),
    "one that was never made": (lacking(ALL, "2026-Q4"), "2026-05-01", ["2026-Q4"]),
    "one that is lost": (with_changed(ALL, "2026-Q4", destroyed=True), "2026-05-01", ["2026-Q4"]),
    "one that is distrusted": (with_changed(ALL, "2026-Q4", distrusted=True), "2026-05-01", ["2026-Q4"]),
    "not one that is made and in no list": (with_changed(ALL, "2026-Q4", ready=None), "2026-05-01", []),
    "in a later quarter, one more": (ALL, "2026-07-01", ["2027-Q2"]),
    "after a year of sleep, all that can still sign": (
        ALL,
        "2027-07-01",
        ["2027-Q4", "2028-Q1", "2028-Q2"],
    ),
    # A key that is published now is ready on 1 September, a month before its quarter ends.
    "for a quarter that it would still see": (with_changed(ALL, "2026-Q3", distrusted=True), "2026-05-02", ["2026-Q3"]),
    "by a second": (with_changed(ALL, "2026-Q3", distrusted=True), "2026-05-31 23:59:59", ["2026-Q3"]),
    "nothing for a quarter in which it could never sign": (
        with_changed(ALL, "2026-Q3", distrusted=True),
        "2026-06-01",
        [],
    ),
    "nothing for the present one": (with_changed(ALL, "2026-Q3", distrusted=True), "2026-07-01", ["2027-Q2"]),
    "with short-lived lists, for the present one too": (
        with_changed(replace(ALL, timing=Timing(list_life=28, update=7, courier=7)), "2026-Q3", distrusted=True),
        "2026-07-01",
        ["2026-Q3"],
    ),
}


@pytest.mark.parametrize("story", MISSING)
def test_what_is_missing(story: str) -> None:
    plan, now, quarters = MISSING[story]
    assert [str(slot.quarter) for slot in rotation.missing(plan, at(now)) if slot.kind is COHORT] == quarters


@given(
    st.integers(at("2026-01-01"), at("2032-01-01")),
    st.builds(Timing, list_life=st.integers(76, 400))
    | st.builds(Timing, list_life=st.integers(23, 400), update=st.just(7), courier=st.just(7)),
)
def test_every_key_that_is_made_now_and_published_at_once_signs_one_day(now: int, timing: Timing) -> None:
    plan = replace(EMPTY, timing=timing)
    for slot in rotation.missing(plan, now):
        plan = rotation.made(plan, slot, hashlib.sha256(repr(slot).encode()).digest(), now)
    plan = rotation.published(plan, replace(a_list("2026-01-01", *plan.keys), issued=now))
    for key in plan.keys:
        assert key.ready is not None
        assert rotation.is_live(key, key.ready)


# ---- steps: make ----


def test_a_new_key_is_in_no_list_and_ends_with_its_quarter_and_the_longest_life_of_its_kind() -> None:
    plan = rotation.made(EMPTY, Slot(REVOCABLE, "north", Quarter(2027, 2)), bytes(32), at("2026-11-01"))
    assert plan.keys == (
        PlannedKey(
            key=bytes(32),
            kind=REVOCABLE,
            quarter=Quarter(2027, 2),
            verify_until=at("2028-07-01 12:00"),
            station="north",
        ),
    )


@pytest.mark.parametrize("now", ["2027-01-01", "2027-02-01", "2030-01-01"])
def test_no_key_is_made_for_a_quarter_that_is_over(now: str) -> None:
    with pytest.raises(PlanError, match="2026-Q4 is over"):
        rotation.made(EMPTY, Slot(COHORT, None, Quarter(2026, 4)), bytes(32), at(now))
    assert rotation.made(EMPTY, Slot(COHORT, None, Quarter(2026, 4)), bytes(32), at("2026-12-31 23:59:59")).keys


@pytest.mark.parametrize("changes", [{}, {"distrusted": True}, {"destroyed": True}], ids=str)
def test_no_key_comes_twice(changes: dict[str, bool]) -> None:
    with pytest.raises(PlanError, match="had this key before"):
        rotation.made(a_plan(replace(Q4, **changes)), Slot(COHORT, None, Quarter(2027, 1)), Q4.key, at("2026-11-01"))


# ---- steps: publish ----


def test_a_key_is_ready_one_lead_after_the_issue_of_the_first_list_that_names_it() -> None:
    made = a_key("2027-Q2", None)
    first = rotation.published(a_plan(made), a_list("2026-09-01 10:20:30", made))
    assert first.keys[0].ready == at("2026-09-01 10:20:30") + LEAD
    assert rotation.published(first, a_list("2026-10-01", *first.keys, version=3)).keys == first.keys


def test_a_key_waits_for_the_latest_list_before_it_too() -> None:
    """A venue that missed what came after a list from the future has that one in date for so long."""
    old, new = a_key("2027-Q1", None), a_key("2027-Q2", None)
    plan = rotation.published(a_plan(old, new), a_list("2026-10-20", old))
    assert plan.latest_issue == at("2026-10-20")
    plan = rotation.published(plan, a_list("2026-09-01", *plan.keys, version=3))
    assert [key.ready for key in plan.keys] == [at("2026-10-20") + LEAD] * 2
    later = rotation.published(plan, a_list("2026-11-01", *plan.keys, version=4))
    assert (later.keys, later.latest_issue) == (plan.keys, at("2026-11-01"))


def test_a_key_waits_for_a_list_from_the_future_twice_as_long_as_else_at_the_most() -> None:
    """Else a clock that was years ahead would keep the city from minting for years."""
    far, made = a_key("2026-Q4", None), a_key("2027-Q2", None)
    plan = rotation.published(a_plan(far), a_list("2030-01-01", far))
    plan = rotation.published(replace(plan, keys=(*plan.keys, made)), a_list("2026-11-01", far, made, version=3))
    assert plan.keys[1].ready == at("2026-11-01") + 2 * LEAD
    # And no key is made that could not be ready within its quarter.
    asked = {slot.quarter for slot in rotation.missing(replace(plan, keys=()), at("2026-11-01"))}
    assert asked
    assert all(quarter.end > at("2026-11-01") + 2 * LEAD for quarter in asked)


def test_the_keys_of_the_first_list_are_ready_at_once() -> None:
    made = a_key("2026-Q4", None)
    plan = rotation.published(a_plan(made), a_list("2026-11-01", made, version=1))
    assert plan.keys[0].ready == at("2026-11-01")
    assert rotation.active(plan, COHORT, None, at("2026-11-01")) == plan.keys[0]


def test_a_key_that_no_list_names_stays_made() -> None:
    plan = a_plan(a_key("2026-Q4", None), a_key("2027-Q1", None))
    published = rotation.published(plan, a_list("2026-11-01", plan.keys[1]))
    assert (published.keys[0], published.keys[1].ready) == (plan.keys[0], at("2026-11-01") + LEAD)


# ---- steps: sign ----


def test_a_key_does_not_sign_before_it_is_ready() -> None:
    key = a_key("2026-Q4", "2026-11-02 03:04:05")
    with pytest.raises(NotYet, match="it is allowed from 2026-11-02 03:05 UTC"):
        rotation.active(a_plan(key), COHORT, None, at("2026-11-02 03:04:04"))
    not_before("2026-11-02 03:04:05", lambda now: rotation.active(a_plan(key), COHORT, None, now))


def test_a_key_does_not_sign_after_its_quarter() -> None:
    next_one = a_key("2027-Q1", "2027-02-01")
    assert rotation.active(a_plan(Q4, next_one), COHORT, None, at("2026-12-31 23:59:59")) == Q4
    with pytest.raises(NotYet) as forbidden:
        rotation.active(a_plan(Q4, next_one), COHORT, None, at("2027-01-01"))
    assert forbidden.value.allowed == next_one.ready


# ---- steps: retire ----

RETIRE: dict[str, tuple[tuple[PlannedKey, ...], str]] = {
    "not the only key, until its quarter is over": ((Q4,), "2027-01-01"),
    "not before another is ready": ((Q4, a_key("2027-Q1", "2026-12-01 06:00")), "2026-12-01 06:00"),
    "not before the first of them is ready": (
        (Q4, a_key("2027-Q1", "2026-12-01"), a_key("2027-Q2", "2026-11-20")),
        "2026-11-20",
    ),
    "the standby is not in a list": ((Q4, a_key("2027-Q1", None)), "2027-01-01"),
    "the standby is distrusted": ((Q4, replace(Q1, distrusted=True)), "2027-01-01"),
    "the standby is lost": ((Q4, replace(Q1, destroyed=True)), "2027-01-01"),
    "the standby is ready after the quarter": ((Q4, a_key("2027-Q1", "2027-02-01")), "2027-01-01"),
    "the other kind is ready": ((Q4, a_key("2027-Q1", kind=REVOCABLE)), "2027-01-01"),
    "standing in early, the key of its quarter comes too late": (
        (replace(Q4, ready=at("2026-07-01")), a_key("2026-Q3", "2026-10-15"), a_key("2027-Q1", "2026-11-01")),
        "2026-11-01",
    ),
}


@pytest.mark.parametrize("story", RETIRE)
def test_the_active_key_stays_until_another_is_ready(story: str) -> None:
    keys, allowed = RETIRE[story]
    plan = a_plan(*keys)
    with pytest.raises(NotYet, match=r"\(cohort, 2026-Q4\) signs now, and no other key is ready"):
        rotation.retired(plan, keys[0], at("2026-10-05"))
    not_before(allowed, lambda now: rotation.retired(plan, keys[0], now))
    assert rotation.retired(plan, keys[0], at(allowed)).keys[0] == replace(keys[0], destroyed=True)


@pytest.mark.parametrize(
    ("keys", "retired"),
    [
        ((Q4, Q1), Q4),
        ((Q4, Q1), Q1),
        ((replace(Q4, destroyed=True),), Q4),
        ((replace(Q4, distrusted=True),), Q4),
        ((a_key("2026-Q4", None),), a_key("2026-Q4", None)),
        ((Q3,), Q3),
        ((OF_NORTH, CITY_WIDE), OF_NORTH),
    ],
    ids=["a standby is ready", "a standby", "again", "distrusted", "only made", "past", "the city's key does for it"],
)
def test_any_other_key_may_be_retired_at_any_time(keys: tuple[PlannedKey, ...], retired: PlannedKey) -> None:
    plan = rotation.retired(a_plan(*keys, stations=("north",)), retired, at("2026-11-01"))
    assert [key.destroyed for key in plan.keys if key.key == retired.key] == [True]


def test_an_old_copy_of_a_key_is_retired_like_the_key_itself() -> None:
    """The caller may have read it before it was published."""
    old_copy = replace(Q4, ready=None)
    with pytest.raises(NotYet):
        rotation.retired(a_plan(Q4), old_copy, at("2026-11-01"))
    assert rotation.retired(a_plan(Q4, Q1), old_copy, at("2026-11-01")).keys[0].destroyed


def test_a_lost_key_gives_way_to_the_standby_at_once() -> None:
    plan = rotation.retired(a_plan(Q4, Q1), Q4, at("2026-11-01"))
    assert rotation.state(plan, plan.keys[0], at("2026-11-01")) is State.RETIRED
    assert rotation.active(plan, COHORT, None, at("2026-11-01")) == Q1


def test_private_keys_that_are_of_no_use_any_more() -> None:
    useless = [replace(Q4, destroyed=True), a_key("2026-Q4", "2026-05-05", distrusted=True), Q3, LATE]
    plan = a_plan(Q4, Q1, a_key("2027-Q1", None), *useless)
    assert rotation.to_destroy(plan, at("2026-11-01")) == tuple(useless)


# ---- steps: distrust ----


def test_the_standby_takes_over_at_once_from_a_distrusted_key() -> None:
    now = at("2026-11-01")
    plan = rotation.distrusted(a_plan(Q4, Q1), Q4)
    assert rotation.active(plan, COHORT, None, now) == Q1
    assert (rotation.state(plan, plan.keys[0], now), rotation.state(plan, Q1, now)) == (
        State.DISTRUSTED,
        State.ACTIVE,
    )
    assert rotation.to_destroy(plan, now) == (plan.keys[0],)


def test_where_no_standby_is_ready_distrust_is_allowed_all_the_same() -> None:
    plan = rotation.distrusted(a_plan(Q4, a_key("2027-Q1", "2026-12-01")), Q4)
    not_before("2026-12-01", lambda now: rotation.active(plan, COHORT, None, now))


def test_the_list_goes_on_naming_a_distrusted_key_as_compromised() -> None:
    plan = rotation.distrusted(a_plan(Q4, Q1), Q4)
    named = {key.key: key.compromised for key in listed(plan, "2026-11-01").keys}
    assert named == {Q4.key: True, Q1.key: False}


def test_nothing_brings_a_distrusted_key_back() -> None:
    now = at("2026-11-01")
    plan = rotation.distrusted(a_plan(Q4, Q1), Q4)
    gone = plan.keys[0]
    for step in (
        rotation.retired(plan, gone, now),
        rotation.distrusted(plan, gone),
        rotation.published(plan, a_list("2026-11-01", Q4, Q1)),
    ):
        assert rotation.state(step, step.keys[0], now) is State.DISTRUSTED
        assert rotation.active(step, COHORT, None, now) == Q1
    with pytest.raises(PlanError, match="had this key before"):
        rotation.made(plan, Slot(COHORT, None, Quarter(2027, 3)), Q4.key, now)


def test_an_old_copy_of_a_key_is_distrusted_like_the_key_itself() -> None:
    assert rotation.distrusted(a_plan(Q4), replace(Q4, ready=None)).keys[0].distrusted


@pytest.mark.parametrize("step", [rotation.distrusted, lambda plan, key: rotation.retired(plan, key, 0)])
def test_no_step_passes_in_silence_for_a_key_that_the_city_does_not_have(
    step: Callable[[Plan, PlannedKey], Plan],
) -> None:
    with pytest.raises(PlanError, match=r"no key .* \(cohort, 2027-Q1\)"):
        step(a_plan(Q4), Q1)


# ---- what a list names ----


def listed(plan: Plan, now: str) -> TrustList:
    return founding.trust_list_of(
        plan, version=2, root_digest=bytes(32), root_exp=at("2100-01-01"), cancelled=bytes(32), now=at(now)
    )


NAMED: dict[str, tuple[PlannedKey, str, bool]] = {
    "one that was made": (a_key("2026-Q4", None), "2026-11-01", True),
    "one that is ready": (Q4, "2026-11-01", True),
    "one past its quarter": (Q4, "2027-01-01", True),
    "one before its verify_until": (Q4, "2029-01-01 11:59:59", True),
    "not one at its verify_until": (Q4, "2029-01-01 12:00", False),
    "one that is distrusted": (replace(Q4, distrusted=True), "2028-01-01", True),
    "one that was lost": (replace(Q4, destroyed=True), "2028-01-01", True),
    "not one that was lost before it was published": (a_key("2026-Q4", None, destroyed=True), "2026-11-01", False),
    "not one that leaked before it was published": (a_key("2026-Q4", None, distrusted=True), "2026-11-01", False),
    "not one whose quarter passed before it was published": (a_key("2026-Q4", None), "2027-01-01", False),
}


@pytest.mark.parametrize("story", NAMED)
def test_a_list_names(story: str) -> None:
    key, now, named = NAMED[story]
    assert [each.key for each in listed(a_plan(key), now).keys] == [key.key] * named


# ---- the next list ----

OLD = a_list("2026-11-01", Q3, replace(Q4, distrusted=True), version=7)


def with_key(number: int, **changes: Any) -> TrustList:
    """A good successor, but for one key of the old list."""
    keys = tuple(replace(key, **changes) if index == number else key for index, key in enumerate(OLD.keys))
    return replace(OLD, version=8, issued=OLD.issued + DAY, keys=keys)


OF_Q4 = next(index for index, key in enumerate(OLD.keys) if key.compromised)
OF_Q3 = 1 - OF_Q4

GOOD = {
    "nothing changes": with_key(OF_Q3),
    "a key comes": a_list("2026-11-01 00:00:01", Q3, replace(Q4, distrusted=True), Q1, version=8),
    "a key is distrusted": with_key(OF_Q3, compromised=True),
    "a key serves another class too": with_key(OF_Q3, classes=OLD.keys[OF_Q3].classes | {9}),
    "a venue class is gone": replace(with_key(OF_Q3, classes=frozenset()), classes=()),
}


@pytest.mark.parametrize("story", GOOD)
def test_the_next_list(story: str) -> None:
    rotation.check_successor(OLD, GOOD[story])


REFUSED: dict[str, tuple[TrustList, str]] = {
    "the same version": (replace(with_key(OF_Q3), version=7), "the next trust list is version 8"),
    "an older version": (replace(with_key(OF_Q3), version=6), "the next trust list is version 8"),
    "a version is skipped": (replace(with_key(OF_Q3), version=9), "the next trust list is version 8"),
    "verify_until comes earlier": (
        with_key(OF_Q3, verify_until=at("2028-09-01 12:00")),
        f"verify_until of the key {Q3.kid.hex()} changes; it never may",
    ),
    "verify_until comes later": (
        with_key(OF_Q3, verify_until=at("2028-11-01 12:00")),
        f"verify_until of the key {Q3.kid.hex()} changes; it never may",
    ),
    "a key loses a class": (
        with_key(OF_Q3, classes=frozenset()),
        "no longer serves a venue class whose codes it signed",
    ),
    "a distrusted key is trusted again": (
        with_key(OF_Q4, compromised=False),
        f"the key {Q4.kid.hex()} was distrusted and cannot be trusted again",
    ),
}


@pytest.mark.parametrize("story", REFUSED)
def test_the_next_list_is_refused(story: str) -> None:
    refused, says = REFUSED[story]
    with pytest.raises(PlanError, match=says):
        rotation.check_successor(OLD, refused)


def test_under_another_root_the_time_of_issue_may_go_back() -> None:
    """So a city recovers from a list that a wrong clock dated."""
    back = replace(with_key(OF_Q3), root=bytes(31) + b"2", issued=OLD.issued - DAY)
    rotation.check_successor(OLD, back)


@pytest.mark.parametrize(
    ("key", "leaves"), [(Q3, "2028-10-01 12:00"), (Q4, "2029-01-01 12:00")], ids=["trusted", "distrusted"]
)
def test_a_key_stays_in_the_list_until_its_verify_until(key: PlannedKey, leaves: str) -> None:
    kept = tuple(each for each in OLD.keys if each.key != key.key)
    not_before(leaves, lambda now: rotation.check_successor(OLD, replace(OLD, version=8, issued=now, keys=kept)))


# ---- there is always a standby ----


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    update, courier, skew = draw(st.integers(1, 60)), draw(st.integers(1, 40)), draw(st.integers(1, 10))
    least = 2 * update + courier + 2 * skew
    return Timing(list_life=draw(st.integers(least, 400)), update=update, courier=courier, skew=skew)


@pytest.mark.parametrize(
    "stations", [(), pytest.param(("north", "south"), marks=pytest.mark.slow)], ids=["no station", "two stations"]
)
@pytest.mark.parametrize("punctuality", [0, 1], ids=["early", "at the last second"])
def test_there_is_a_standby_on_every_day_of_five_years(punctuality: int, stations: tuple[str, ...]) -> None:
    founded = at("2026-11-22 12:00")
    plan = run_until(2032, replace(EMPTY, stations=stations), founded, [punctuality], lambda plan, begin, end: None)
    for now in range(founded, at("2032-01-01"), DAY):
        check_standby(plan, now)


@given(
    timing=st.just(TIMING) | timings(),
    founded=st.integers(at("2026-01-01"), at("2027-12-31")),
    punctuality=st.lists(st.sampled_from((0.0, 1.0)) | st.floats(0, 1), min_size=1, max_size=6),
    stations=st.sampled_from(((), ("north", "south"))),
)
@settings(max_examples=60)
def test_whenever_keys_are_made_and_published_up_to_their_deadline_there_is_always_a_standby(
    timing: Timing, founded: int, punctuality: list[float], stations: tuple[str, ...]
) -> None:
    run_until(2031, replace(EMPTY, timing=timing, stations=stations), founded, punctuality, check_standbys)


def run_until(
    year: int, plan: Plan, founded: int, punctuality: list[float], check: Callable[[Plan, int, int], None]
) -> Plan:
    """A city with an officer who makes and publishes keys once a quarter.

    punctuality: what part of the time from the beginning of a quarter to the first deadline in it passes before.
    check: what must hold of a plan from one instant to another, in which it stays the same.
    """
    plan, version = publish(made_at(plan, founded), founded, 1), 1
    before, quarter = founded, Quarter.of(founded).next()
    while quarter.year < year:
        slots = rotation.missing(plan, quarter.begin)
        if not slots:  # quarters differ by two days, so that two deadlines may fall in the one before
            quarter = quarter.next()
            continue
        deadline = min(rotation.deadline(slot.quarter, plan.timing) for slot in slots)
        assert quarter.begin <= deadline < quarter.end + plan.timing.update * DAY
        deadline = min(deadline, quarter.end - 1)
        version += 1
        rotated = quarter.begin + int((deadline - quarter.begin) * punctuality[version % len(punctuality)])
        check(plan, before, rotated)
        plan = publish(made_at(plan, rotated), rotated, version)
        before, quarter = rotated, quarter.next()
    check(plan, before, quarter.begin)
    return plan


def made_at(plan: Plan, now: int) -> Plan:
    for slot in rotation.missing(plan, now) if plan.keys else rotation.slots(plan, now):
        plan = rotation.made(plan, slot, hashlib.sha256(repr(slot).encode()).digest(), now)
    return plan


def publish(plan: Plan, now: int, version: int) -> Plan:
    new = founding.trust_list_of(
        plan, version=version, root_digest=bytes(32), root_exp=at("2100-01-01"), cancelled=bytes(32), now=now
    )
    return rotation.published(plan, new)


def check_standbys(plan: Plan, begin: int, end: int) -> None:
    """Whenever something may have changed: at the ends, and where a key becomes ready or a quarter begins."""
    changes = {begin, end - 1, *(key.ready for key in plan.keys), *(key.quarter.begin for key in plan.keys)}
    for now in changes:
        if now is not None and begin <= now < end:
            check_standby(plan, now)


def check_standby(plan: Plan, now: int) -> None:
    for kind in plan.kinds:
        for station in plan.stations_of(kind):
            key, standby = rotation.active(plan, kind, station, now), rotation.standby(plan, kind, station, now)
            assert key.quarter == Quarter.of(now)
            assert standby is not None
            assert standby.quarter > key.quarter
            assert rotation.active(rotation.distrusted(plan, key), kind, station, now) == standby
