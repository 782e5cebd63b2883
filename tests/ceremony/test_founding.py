"""Founding: the first trust file holds, and the plan and the venues agree about every key."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cities import ADULT, CONTACT, DAY, NOW, STUDENT, City, signer

from idcard import cose
from idcard.ceremony import founding, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES, FoundingKeys
from idcard.ceremony.publish import CannotPublish
from idcard.ceremony.rotation import Slot, State
from idcard.city import plan
from idcard.city.plan import IssuedClass, Plan, PlanError, Timing
from idcard.city.profile import Kind, Profile
from idcard.cose import BadSigner
from idcard.credential.calendar import Quarter, seconds
from idcard.credential.claims import FLAGS
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed, Reason, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import trust_file
from idcard.verify import Verifier

ROOTS = tuple(signer(f"root {number}") for number in (1, 2, 3))
PUBLISHER = signer("publisher")
EVERY_ENVIRONMENT = pytest.mark.parametrize("environment", Environment, ids=str)


def empty_plan(**changes: Any) -> Plan:
    given: dict[str, Any] = {
        "scope": Scope(Environment.PRODUCTION, "springfield"),
        "name": "Springfield",
        "contact": CONTACT,
        "classes": DEFAULT_CLASSES,
        "keys": (),
    }
    return Plan(**{**given, **changes})


def issuing(slot: Slot) -> SeedSigner:
    return signer(f"{slot.kind} {slot.station} {slot.quarter}")


def keys_of(empty: Plan, now: datetime) -> FoundingKeys:
    slots = rotation.slots(empty, seconds(now))
    return FoundingKeys(roots=ROOTS, publisher=PUBLISHER, issuing={slot: issuing(slot) for slot in slots})


KEYS = keys_of(empty_plan(), NOW)
COHORT = Slot(Kind.COHORT, None, Quarter(2026, 4))


def found(*, now: datetime = NOW, keys: FoundingKeys | None = None, **changes: Any) -> tuple[Plan, bytes]:
    empty = empty_plan(**changes)
    return founding.found(empty, keys or keys_of(empty, now), now=now)


def quarters_of(made: Plan, kind: Kind, station: str | None = None) -> list[str]:
    return [str(each.quarter) for each in made.keys if each.kind is kind and each.station == station]


def row_of(each: IssuedClass) -> tuple[str, ...]:
    asked = each.venue_class
    asks = [FLAGS[number] for number in sorted(asked.required)]
    asks += ["a handle"] if asked.handle else [f"{asked.least_age} or over"] if asked.least_age else []
    life, days = each.profile.life, each.tolerance
    return str(each.number), asked.name, each.profile.kind.value, ", ".join(asks), str(life), str(days)


def test_the_specification_lists_the_classes_that_a_city_starts_with(root: Path) -> None:
    page = (root / "specs/credential.md").read_text("utf-8")
    row = r"^\| (\d+) \| `(\w+)` \| `(\w+)` \| ([^|]+) \| (\d+)[ a-z]* \| (\d+)[ a-z]* \|$"
    assert re.findall(row, page, re.MULTILINE) == [row_of(each) for each in DEFAULT_CLASSES]


def venue_class(kind: Kind, life: int) -> IssuedClass:
    profile = Profile(venue_class=kind.value, kind=kind, flags=frozenset({1}), life=life, max_version=7)
    return IssuedClass(number=1 if kind is Kind.COHORT else 2, tolerance=30, profile=profile)


# ---- the first trust file ----


@EVERY_ENVIRONMENT
def test_the_first_trust_file_holds_and_says_what_was_asked_for(environment: Environment) -> None:
    scope = Scope(environment, "springfield")
    made, file = found(scope=scope)
    held = trust_file.decode(file)
    assert (held.root.scope, held.root.name, held.root.version) == (scope, "Springfield", 1)
    assert (held.trust_list.version, held.trust_list.contact) == (1, CONTACT)
    assert [each.name for each in held.trust_list.classes] == ["library", "museum", "pool", "pharmacy", "theatre"]
    assert len(held.cancellations) == 0
    assert (made.scope, made.name, made.contact, made.classes) == (scope, "Springfield", CONTACT, DEFAULT_CLASSES)


def test_the_trust_file_depends_on_its_keys_and_the_time_alone() -> None:
    assert found() == found()


def test_two_of_three_root_keys_and_one_publisher_key_must_sign() -> None:
    root = trust_file.decode(found()[1]).root
    assert (root.roots.threshold, root.roots.keys) == (2, tuple(sorted(each.public_key for each in ROOTS)))
    assert (root.publishers.threshold, root.publishers.keys) == (1, (PUBLISHER.public_key,))


def test_all_root_keys_sign_the_first_root_for_all_of_them_join() -> None:
    parts = cose.decode(found()[1])
    assert {key_id for key_id, _ in cose.decode_sign(parts[1][0]).signatures} == {
        cose.kid(each.public_key) for each in ROOTS
    }
    assert [key_id for key_id, _ in cose.decode_sign(parts[2]).signatures] == [cose.kid(PUBLISHER.public_key)]


class NobodyHolds:
    """A public key, and no private one."""

    public_key = signer("nobody").public_key

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_city_begins_with_a_root_key_that_nobody_holds(number: int) -> None:
    """Above the threshold, too."""
    roots = (*ROOTS[:number], NobodyHolds(), *ROOTS[number + 1 :])
    with pytest.raises(BadSigner):
        found(keys=replace(KEYS, roots=roots))


def with_root_signatures(kept: Sequence[int]) -> bytes:
    parts = cose.decode(found()[1])
    signed = cose.decode_sign(parts[1][0])
    parts[1] = [cose.encode_sign(cose.Sign(signed.payload, tuple(signed.signatures[index] for index in kept)))]
    return cose.encode(parts)


@pytest.mark.parametrize("kept", list(itertools.combinations(range(3), 2)))
def test_venues_ask_for_the_threshold_only(kept: Sequence[int]) -> None:
    """Who passes a trust file on may leave out what is above it."""
    assert trust_file.decode(with_root_signatures(kept)).root == trust_file.decode(found()[1]).root


@pytest.mark.parametrize("kept", [(0,), (1,), (2,)])
def test_below_the_threshold_it_does_not_hold(kept: Sequence[int]) -> None:
    with pytest.raises(Refused) as refused:
        trust_file.decode(with_root_signatures(kept))
    assert refused.value.reason is Reason.TRUST_UNSIGNED


def test_the_trust_list_is_due_after_30_days_and_ends_after_120() -> None:
    held = trust_file.decode(found()[1])
    issued = seconds(NOW)
    times = held.trust_list.issued, held.trust_list.next_update, held.trust_list.exp, held.root.list_days
    assert times == (issued, issued + 30 * DAY, issued + 120 * DAY, 120)


@pytest.mark.parametrize(
    ("now", "expires"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2028, 6, 1, 12, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2028, 6, 1, 12, tzinfo=UTC)),
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), datetime(2028, 1, 1, 12, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), datetime(2025, 9, 1, 12, tzinfo=UTC)),
    ],
)
def test_the_root_lives_18_whole_months(now: datetime, expires: datetime) -> None:
    assert trust_file.decode(found(now=now)[1]).root.exp == seconds(expires)


# ---- keys ----


def test_venues_know_every_key_of_the_plan_and_no_other() -> None:
    made, file = found()
    known = {each.key: each for each in trust_file.decode(file).trust_list.keys}
    assert known.keys() == {each.key for each in made.keys}
    assert all(known[each.key].verify_until == each.verify_until for each in made.keys)
    assert not any(each.compromised for each in known.values())


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("now", "quarters"),
    [
        # This quarter, and those whose deadline is before the next one begins: with a list that lives 120 days, three.
        (datetime(2026, 11, 22, 12, tzinfo=UTC), ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"]),
        (datetime(2026, 1, 1, tzinfo=UTC), ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"]),
        # New Year has come at the counter, but quarters are counted in UTC.
        (
            datetime(2027, 1, 1, 8, tzinfo=timezone(timedelta(hours=9))),
            ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"],
        ),
        (
            datetime(2026, 12, 31, 20, tzinfo=timezone(timedelta(hours=-5))),
            ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4"],
        ),
    ],
)
def test_a_city_begins_with_the_keys_of_this_quarter_and_three_more(
    kind: Kind, now: datetime, quarters: list[str]
) -> None:
    made, _ = found(now=now)
    assert quarters_of(made, kind) == quarters
    assert len(made.keys) == 8


@pytest.mark.parametrize(
    ("timing", "quarters"),
    [
        (Timing(list_life=28, update=7, courier=7), 3),
        (Timing(list_life=76), 4),
        (Timing(list_life=120), 4),
        (Timing(list_life=400), 7),
    ],
    ids=["28 days", "76 days", "120 days", "400 days"],
)
def test_the_longer_a_list_lives_the_more_keys_there_are(timing: Timing, quarters: int) -> None:
    made, file = found(timing=timing)
    assert len(quarters_of(made, Kind.COHORT)) == quarters
    held = trust_file.decode(file)
    assert held.root.list_days == timing.list_life
    assert held.trust_list.exp == seconds(NOW) + timing.list_life * DAY
    assert held.trust_list.next_update == seconds(NOW) + timing.update * DAY


def test_each_station_has_revocable_keys_of_its_own_and_cohort_keys_are_of_the_whole_city() -> None:
    made, file = found(stations=("north", "south"))
    assert quarters_of(made, Kind.REVOCABLE) == quarters_of(made, Kind.COHORT, "north") == []
    for kind, station in ((Kind.COHORT, None), (Kind.REVOCABLE, "north"), (Kind.REVOCABLE, "south")):
        assert quarters_of(made, kind, station) == ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"]
    assert len(trust_file.decode(file).trust_list.keys) == 12
    assert {each.key for each in made.keys} == {
        issuing(Slot(each.kind, each.station, each.quarter)).public_key for each in made.keys
    }


def test_the_keys_of_the_first_list_are_ready_at_once() -> None:
    made, _ = found()
    assert {each.ready for each in made.keys} == {seconds(NOW)}
    states = [rotation.state(made, each, seconds(NOW)) for each in made.keys if each.kind is Kind.COHORT]
    assert states == [State.ACTIVE, State.PUBLISHED, State.PUBLISHED, State.PUBLISHED]


def test_each_key_serves_the_classes_of_its_kind() -> None:
    made, file = found()
    numbers = {Kind.COHORT: {1, 2, 3, 5}, Kind.REVOCABLE: {4}}
    served = {each.key: each.classes for each in trust_file.decode(file).trust_list.keys}
    assert served == {each.key: numbers[each.kind] for each in made.keys}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("now", "life", "active", "standby"),
    [
        # 12:00 UTC on the first of the month after (last month of the quarter + life).
        (datetime(2026, 11, 22, tzinfo=UTC), 1, (2027, 2), (2027, 5)),
        (datetime(2026, 11, 22, tzinfo=UTC), 12, (2028, 1), (2028, 4)),
        (datetime(2026, 11, 22, tzinfo=UTC), 24, (2029, 1), (2029, 4)),
        (datetime(2026, 11, 22, tzinfo=UTC), 120, (2037, 1), (2037, 4)),
        (datetime(2026, 1, 1, tzinfo=UTC), 3, (2026, 7), (2026, 10)),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), 3, (2026, 7), (2026, 10)),
        (datetime(2026, 4, 1, tzinfo=UTC), 3, (2026, 10), (2027, 1)),
        (datetime(2026, 9, 30, tzinfo=UTC), 11, (2027, 9), (2027, 12)),
    ],
)
def test_verify_until(kind: Kind, now: datetime, life: int, active: tuple[int, int], standby: tuple[int, int]) -> None:
    made, _ = found(classes=(venue_class(kind, life),), now=now)
    expected = [seconds(datetime(year, month, 1, 12, tzinfo=UTC)) for year, month in (active, standby)]
    assert [each.verify_until for each in made.keys][:2] == expected


def test_verify_until_goes_by_the_longest_life_of_the_kind() -> None:
    short, long = venue_class(Kind.COHORT, 3), venue_class(Kind.REVOCABLE, 30)
    longer = IssuedClass(
        number=6,
        tolerance=30,
        profile=Profile(venue_class="pool", kind=Kind.COHORT, flags=frozenset({1}), life=6, max_version=6),
    )
    made, _ = found(classes=(short, long, longer))
    until = {each.kind: each.verify_until for each in made.keys if each.quarter == Quarter(2026, 4)}
    assert until == {
        Kind.COHORT: seconds(datetime(2027, 7, 1, 12, tzinfo=UTC)),
        Kind.REVOCABLE: seconds(datetime(2029, 7, 1, 12, tzinfo=UTC)),
    }


@pytest.mark.parametrize("kind", Kind)
def test_a_city_of_one_kind_has_keys_of_that_kind_only(kind: Kind) -> None:
    made, file = found(classes=(venue_class(kind, 12),))
    assert [each.kind for each in made.keys] == [kind] * 4
    assert len(trust_file.decode(file).trust_list.keys) == 4


# ---- it works ----


@EVERY_ENVIRONMENT
def test_what_a_founded_city_issues_its_venues_accept(environment: Environment) -> None:
    city = City(environment=environment)
    verifier = Verifier(city.file)
    for name, person in {
        "library": ADULT,
        "museum": ADULT,
        "pool": ADULT,
        "pharmacy": ADULT,
        "theatre": STUDENT,
    }.items():
        card = verifier.verify(city.code(name, person), name, now=NOW)
        assert (card.venue_class, card.environment) == (name, environment)


def test_the_standby_key_signs_in_the_next_quarter_with_the_first_trust_file() -> None:
    city, next_quarter = City(), datetime(2027, 1, 4, 9, tzinfo=UTC)
    code = city.code("library", by=city.signer("cohort standby"), now=next_quarter)
    assert Verifier(city.file).verify(code, "library", now=next_quarter).expires == datetime(2029, 4, 1, 12, tzinfo=UTC)


def test_a_test_city_and_a_production_city_do_not_take_each_others_cards() -> None:
    production, test = (City(environment=environment) for environment in Environment)
    for issuing, checking in ((production, test), (test, production)):
        with pytest.raises(Refused) as refused:
            Verifier(checking.file).verify(issuing.code("library"), "library", now=NOW)
        assert refused.value.reason is Reason.WRONG_ENVIRONMENT


def test_the_plan_reads_back() -> None:
    made, _ = found()
    assert plan.decode(plan.encode(made)) == made


# ---- what cannot be founded ----


@pytest.mark.parametrize("name", ["", "x" * 65, "x" * 1000], ids=["empty", "65 letters", "1000 letters"])
def test_a_city_needs_a_name_that_a_trust_file_can_carry(name: str) -> None:
    with pytest.raises(Malformed, match="name"):
        found(name=name)


@pytest.mark.parametrize("contact", ["", "x" * 201, "x" * 1000], ids=["empty", "201 letters", "1000 letters"])
def test_a_city_needs_a_contact_that_a_trust_file_can_carry(contact: str) -> None:
    with pytest.raises(Malformed, match="contact"):
        found(contact=contact)


@pytest.mark.parametrize("field", ["name", "contact"])
@pytest.mark.parametrize(
    "text", ["Spring\x1b[31mfield", "Spring\nfield", "Spring\0field", "Spring\x7ffield", "Spring\x9bfield"]
)
def test_control_characters_are_no_part_of_a_name_or_contact(field: str, text: str) -> None:
    """Every venue and every phone would show them for as long as the trust file lives."""
    with pytest.raises(IdcardError, match=field):
        found(**{field: text})


@pytest.mark.parametrize("field", ["name", "contact"])
def test_half_a_letter_is_no_text(field: str) -> None:
    with pytest.raises(Malformed, match="Unicode"):
        found(**{field: "Spring\ud800field"})


@pytest.mark.parametrize("city_id", ["", "Springfield", "1st", "-x", "spring field", "s" * 33, "zürich", "a\n", "a.b"])
def test_a_city_needs_an_id_of_small_letters(city_id: str) -> None:
    with pytest.raises(Malformed, match="id"):
        found(scope=Scope(Environment.TEST, city_id))


@pytest.mark.parametrize("text", ["S", "x" * 64, "Zürich", "東京都", "St. John's"])
def test_any_other_name_will_do(text: str) -> None:
    assert trust_file.decode(found(name=text)[1]).root.name == text


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_city_begins_with_three_root_keys(count: int) -> None:
    roots = tuple(signer(f"root {number}") for number in range(count))
    with pytest.raises(Malformed, match="3 root keys"):
        found(keys=replace(KEYS, roots=roots))


@pytest.mark.parametrize(
    "keys",
    [
        replace(KEYS, roots=(ROOTS[0], ROOTS[1], ROOTS[1])),
        replace(KEYS, publisher=ROOTS[0]),
        replace(KEYS, publisher=issuing(COHORT)),
        replace(KEYS, issuing={**KEYS.issuing, COHORT: ROOTS[2]}),
        replace(KEYS, issuing={**KEYS.issuing, COHORT: PUBLISHER}),
        replace(KEYS, issuing={**KEYS.issuing, COHORT: issuing(replace(COHORT, quarter=Quarter(2027, 1)))}),
        replace(KEYS, issuing={**KEYS.issuing, COHORT: issuing(replace(COHORT, kind=Kind.REVOCABLE))}),
    ],
    ids=[
        "root twice",
        "root publishes",
        "issuing publishes",
        "root issues",
        "publisher issues",
        "active is standby",
        "one for both kinds",
    ],
)
def test_one_key_has_one_purpose(keys: FoundingKeys) -> None:
    with pytest.raises((Malformed, PlanError, CannotPublish)):
        found(keys=keys)


@pytest.mark.parametrize(
    "slots",
    [
        [],
        list(KEYS.issuing)[1:],
        list(KEYS.issuing)[:-1],
        [*KEYS.issuing, replace(COHORT, quarter=Quarter(2027, 4))],
        [*KEYS.issuing, replace(COHORT, quarter=Quarter(2026, 3))],
        [*KEYS.issuing, Slot(Kind.REVOCABLE, "north", Quarter(2026, 4))],
    ],
    ids=["none", "not this quarter", "one standby fewer", "one too early", "one too late", "of a station"],
)
def test_a_city_begins_with_one_issuing_key_for_each_slot(slots: list[Slot]) -> None:
    with pytest.raises(Malformed, match="an issuing key for each slot"):
        found(keys=replace(KEYS, issuing={slot: issuing(slot) for slot in slots}))


@pytest.mark.parametrize(("number", "tolerance"), [(0, 30), (65536, 30), (-1, 30), (1, 0), (1, 401)])
def test_a_venue_class_that_no_trust_file_can_carry_founds_nothing(number: int, tolerance: int) -> None:
    with pytest.raises(Malformed):
        found(classes=(replace(DEFAULT_CLASSES[0], number=number, tolerance=tolerance),))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        found(now=datetime(2026, 11, 22))  # noqa: DTZ001
