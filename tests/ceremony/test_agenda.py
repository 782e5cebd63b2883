"""The officer's calendar (specs/keys.md, Times): what is to be done by when, and the years ahead.

The dates are worked out here once more, from the formulas of the specification.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cities import DAY, NOW, City, signer

from idcard.ceremony import agenda, founding, rotation
from idcard.ceremony.agenda import Event, Task
from idcard.ceremony.rotation import State
from idcard.city.plan import Plan, PlannedKey, Timing
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter, seconds
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust

U, SKEW, V = 30, 1, 120
"""The table of the specification, in days."""
CITY = City()
PLAN, IN_FORCE = CITY.plan, trust_file.decode(CITY.file)
FOUNDED = seconds(NOW)


def at(text: str) -> int:
    return seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def key(name: str) -> PlannedKey:
    return next(each for each in PLAN.keys if each.key == CITY.signer(name).public_key)


def changed(name: str, **fields: object) -> Plan:
    """The plan with one key changed."""
    return replace(PLAN, keys=tuple(replace(each, **fields) if each == key(name) else each for each in PLAN.keys))


def without(*names: str) -> Plan:
    gone = {key(name) for name in names}
    return replace(PLAN, keys=tuple(each for each in PLAN.keys if each not in gone))


def listing(plan: Plan, now: int, version: int = 2) -> Trust:
    """The trust file once the plan is published."""
    new = founding.trust_list_of(
        plan,
        version=version,
        root_digest=IN_FORCE.root_digests[-1],
        root_exp=IN_FORCE.root.exp,
        cancelled=IN_FORCE.trust_list.cancellations,
        now=now,
    )
    return replace(IN_FORCE, trust_list=new)


RENEW = Task(at("2026-12-22 12:00"), "trust list 1 to be renewed", "idcard trust renew", FOUNDED)
ROTATE = Task(at("2027-03-01"), "the keys of 2027-Q4 to be made", "idcard key rotate", at("2027-01-01"))
ROOT = Task(at("2028-02-02 12:00"), "root 1 to be replaced", "idcard trust draft --new-root")


def test_a_new_city_has_three_dates() -> None:
    assert agenda.tasks(PLAN, IN_FORCE, FOUNDED, 0) == (RENEW, ROTATE, ROOT)


def test_where_more_than_a_renewal_is_to_be_published_the_draft_renews_too() -> None:
    assert replace(RENEW, how="idcard trust draft") in agenda.tasks(PLAN, IN_FORCE, FOUNDED, 1)
    distrusted = changed("cohort", distrusted=True, destroyed=True)
    assert replace(RENEW, how="idcard trust draft") in agenda.tasks(distrusted, IN_FORCE, FOUNDED, 0)


def test_they_are_those_of_the_formulas() -> None:
    assert RENEW.due == FOUNDED + U * DAY
    assert ROTATE.due == at("2027-07-01") - (V + 2 * SKEW) * DAY
    assert ROOT.due == IN_FORCE.root.exp - V * DAY


# name -> plan, trust file, time, and the tasks that are not those of every day
TASKS: dict[str, tuple[Plan, Trust, str, list[tuple[str, str, str]]]] = {
    "a list is due on its day": (
        PLAN, IN_FORCE, "2026-12-22 12:00", [("2026-12-22 12:00", "trust list 1 to be renewed", "idcard trust renew")]
    ),
    "a list is overdue": (
        PLAN, IN_FORCE, "2026-12-30", [("2026-12-30", "trust list 1 to be renewed", "idcard trust renew")]
    ),
    "keys are due in their quarter": (
        PLAN, listing(PLAN, at("2026-12-31")), "2027-01-01",
        [("2027-03-01", "2 keys to be made", "idcard key rotate")],
    ),
    "keys are overdue": (
        PLAN, listing(PLAN, at("2027-03-01")), "2027-03-02", [("2027-03-02", "2 keys to be made", "idcard key rotate")]
    ),
    "keys were made and are in no list": (
        changed("cohort 2027-Q3", ready=None),
        replace(IN_FORCE, trust_list=replace(IN_FORCE.trust_list, keys=tuple(
            each for each in IN_FORCE.trust_list.keys if each.key != key("cohort 2027-Q3").key))),
        "2026-11-23", [("2026-11-30", "1 key in no trust list yet: publish", "idcard trust draft")],
    ),
    "a key was made too late": (
        changed("cohort standby", ready=None),
        replace(IN_FORCE, trust_list=replace(IN_FORCE.trust_list, keys=tuple(
            each for each in IN_FORCE.trust_list.keys if each.key != key("cohort standby").key))),
        "2026-11-23", [("2026-11-23", "1 key in no trust list yet: publish", "idcard trust draft")],
    ),
    "a key is distrusted and venues do not know": (
        changed("cohort", distrusted=True, destroyed=True), IN_FORCE, "2026-11-23",
        [("2026-11-23", "venues still accept the codes of a distrusted key: publish", "idcard trust draft")],
    ),
    "a key is distrusted and the list says so": (
        changed("cohort", distrusted=True, destroyed=True),
        listing(changed("cohort", distrusted=True, destroyed=True), at("2026-11-22 13:00")), "2026-11-23", [],
    ),
    "a backup of the plan without the newest keys": (
        without("cohort 2027-Q3", "revocable 2027-Q3"), IN_FORCE, "2026-11-23", [
            ("2026-11-23", "2 keys of the trust list missing in the plan: restore the plan", ""),
            ("2026-11-30", "2 keys to be made", "idcard key rotate"),
        ],
    ),
    "the standbys are lost": (
        replace(PLAN, keys=tuple(
            replace(each, destroyed=each.kind is Kind.COHORT and str(each.quarter) != "2026-Q4") for each in PLAN.keys
        )),
        IN_FORCE, "2026-11-22 12:00", [
            ("2026-11-22 12:00", "3 keys to be made", "idcard key rotate"),
            ("2026-11-22 12:00", "no standby for cohort: if its key is lost or leaked, minting stops", ""),
        ],
    ),
    "all keys of a kind are lost": (
        replace(PLAN, keys=tuple(replace(each, destroyed=each.kind is Kind.REVOCABLE) for each in PLAN.keys)),
        IN_FORCE, "2026-11-22 12:00", [
            ("2026-11-22 12:00", "3 keys to be made", "idcard key rotate"),
            ("2026-11-22 12:00", "no key signs revocable codes now", ""),
        ],
    ),
    "a station is opened": (replace(PLAN, stations=("north",)), IN_FORCE, "2026-11-23", []),
    "a station has no key": (
        replace(PLAN, stations=("north", "south"), keys=tuple(
            replace(each, station="north") if each.kind is Kind.REVOCABLE else each for each in PLAN.keys)),
        IN_FORCE, "2026-11-22 12:00", [
            ("2026-11-22 12:00", "3 keys to be made", "idcard key rotate"),
            ("2026-11-22 12:00", "no key signs revocable at south codes now", ""),
        ],
    ),
    "the root is due": (
        PLAN, IN_FORCE, "2028-02-02 12:00",
        [("2028-02-02 12:00", "root 1 to be replaced", "idcard trust draft --new-root")],
    ),
}  # fmt: skip
ROUTINE = ("to be renewed", "to be replaced", "the keys of")


@pytest.mark.parametrize("name", TASKS)
def test_what_is_to_be_done(name: str) -> None:
    plan, in_force, now, wanted = TASKS[name]
    tasks = agenda.tasks(plan, in_force, at(now), 0)
    assert list(tasks) == sorted(tasks)
    said = [(task.due, task.what, task.how) for task in tasks]
    for due, what, how in wanted:
        assert (at(due), what, how) in said
    unusual = [task.what for task in tasks if not any(word in task.what for word in ROUTINE)]
    if not any(word in what for _, what, _ in wanted for word in ROUTINE):
        assert sorted(unusual) == sorted(what for _, what, _ in wanted)
    assert all(task.due >= at(now) for task in tasks)


@pytest.mark.parametrize(("number", "what"), [(1, "1 of the cancellations is"), (2, "2 of the cancellations are")])
def test_what_is_cancelled_is_published_with_the_next_trust_list_at_the_latest(number: int, what: str) -> None:
    next_update = IN_FORCE.trust_list.next_update
    published = Task(next_update, f"{what} in no trust file yet: publish", "idcard trust draft", FOUNDED)
    assert published in agenda.tasks(PLAN, IN_FORCE, FOUNDED, number)
    late = agenda.tasks(PLAN, IN_FORCE, next_update + 1, number)
    assert [task.due for task in late if task.what == published.what] == [next_update + 1]


def test_of_a_distrusted_key_nobody_speaks_when_its_codes_have_ended() -> None:
    plan = changed("cohort", distrusted=True, destroyed=True)
    end = key("cohort").verify_until
    for now, told in ((end - 1, True), (end, False)):
        whats = [task.what for task in agenda.tasks(plan, IN_FORCE, now, 0)]
        assert any("distrusted key" in what for what in whats) is told


def test_what_ends_by_itself_is_told_by_date() -> None:
    said = agenda.expiries(PLAN, IN_FORCE)
    assert list(said) == sorted(said)
    assert Event(at("2027-01-01"), f"{key('cohort')} retires") in said
    assert Event(FOUNDED + V * DAY, "trust list 1 expires") in said
    assert Event(at("2028-06-01 12:00"), "root 1 expires") in said
    assert Event(at("2029-01-01 12:00"), f"the codes of {key('cohort')} end") in said
    assert len(said) == 2 + 2 * len(PLAN.keys)
    assert Event(at("2027-01-01"), f"{key('cohort')} retires") not in agenda.expiries(
        changed("cohort", destroyed=True), IN_FORCE
    )


# ---- the years ahead ----

LIFE = {"cohort": 24, "revocable": 12}
"""In months: the longest life of the profiles that a kind serves."""


def first_of(months: int) -> date:
    """The first of a month, counted as year * 12 + month - 1."""
    return date(months // 12, months % 12 + 1, 1)


def midnight(day: date) -> int:
    return seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def wanted(now: int) -> Iterator[Event]:
    """By the formulas, for the city as it was founded."""
    for number in range(1, 300):
        yield Event(max(now, FOUNDED + U * DAY) + (number - 1) * U * DAY, f"trust list {number + 1} is published")
    root_end = at("2028-06-01 12:00")
    for number in range(2, 99):
        made = max(now, root_end - V * DAY)
        yield Event(made, f"root {number} replaces root {number - 1}")
        moment = datetime.fromtimestamp(made, UTC)
        root_end = midnight(first_of(moment.year * 12 + moment.month - 1 + 19)) + DAY // 2
    for kind, life in LIFE.items():
        for number in range(100):
            month = 2026 * 12 + 9 + 3 * number
            begin, end = first_of(month), first_of(month + 3)
            name = f"{begin.year}-Q{begin.month // 3 + 1}"
            before_that = first_of(month - 3)
            deadline = midnight(before_that - timedelta(days=V + 2 * SKEW))
            if number > 3:  # The city was founded with four quarters.
                yield Event(deadline, f"{kind} key of {name} is made and published by now")
            yield Event(midnight(begin), f"{kind} key of {name} is active")
            yield Event(midnight(end), f"{kind} key of {name} retires: its private key is destroyed")
            planned = [each for each in PLAN.keys if (each.kind.value, str(each.quarter)) == (kind, name)]
            who = str(planned[0]) if planned else f"{kind} key of {name}"
            yield Event(midnight(first_of(month + 3 + life)) + DAY // 2, f"{who} expires")


@pytest.mark.parametrize("years", [1, 2, 3, 5, 20])
def test_the_years_ahead_are_those_of_the_formulas(years: int) -> None:
    said = agenda.ahead(PLAN, IN_FORCE, now=FOUNDED, years=years)
    end = FOUNDED + years * 366 * DAY
    assert list(said) == sorted(event for event in wanted(FOUNDED) if FOUNDED <= event.when < end)


@pytest.mark.parametrize("now", ["2026-12-22 12:00", "2026-12-31 23:59:59", "2027-01-01 00:00:01", "2027-02-28"])
def test_a_little_later_they_are_the_same(now: str) -> None:
    said = agenda.ahead(PLAN, IN_FORCE, now=at(now), years=2)
    end = at(now) + 2 * 366 * DAY
    assert list(said) == sorted(event for event in wanted(at(now)) if at(now) <= event.when < end)


def test_keys_that_are_made_are_still_to_be_published() -> None:
    made = rotation.made(
        PLAN, rotation.Slot(Kind.COHORT, None, Quarter(2027, 4)), signer("next").public_key, at("2027-01-04")
    )
    said = agenda.ahead(made, IN_FORCE, now=at("2027-01-04"), years=1)
    assert Event(at("2027-03-01"), "cohort key of 2027-Q4 is made and published by now") in said


# ---- and they are enough ----


def done(task: Task, plan: Plan, trust: Trust, now: int) -> tuple[Plan, Trust]:
    """What the command of a task does, without the signatures."""
    if task.how == "idcard key rotate":
        for slot in rotation.missing(plan, now):
            plan = rotation.made(plan, slot, signer(f"{slot}").public_key, now)
        return plan, trust
    assert task.how in ("idcard trust renew", "idcard trust draft", "idcard trust draft --new-root"), task
    if task.how.endswith("root"):
        new_root = replace(trust.root, version=trust.root.version + 1, exp=founding.root_exp(now))
        trust = replace(trust, roots=(*trust.roots, new_root))
    new_list = founding.trust_list_of(
        plan,
        version=trust.trust_list.version + 1,
        root_digest=trust.root_digests[-1],
        root_exp=trust.root.exp,
        cancelled=trust.trust_list.cancellations,
        now=now,
    )
    rotation.check_successor(trust.trust_list, new_list)
    return rotation.published(plan, new_list), replace(trust, trust_list=new_list)


@pytest.mark.parametrize("timing", [Timing(), Timing(list_life=28, update=7, courier=7)], ids=["120 days", "28 days"])
@pytest.mark.parametrize("opened", ["2026-11-22", "2028-02-29"])
def test_an_officer_who_does_all_on_its_last_day_never_stops_minting(opened: str, timing: Timing) -> None:
    """For three years, each day: the key of the quarter signs, another stands by, and the list is in date."""
    city = City(now=datetime.fromisoformat(opened).replace(tzinfo=UTC))
    plan, trust = replace(city.plan, timing=timing), trust_file.decode(city.file)
    for today in range(at(opened) + DAY, at(opened) + 3 * 366 * DAY, DAY):
        now = today
        while (task := agenda.tasks(plan, trust, now, 0)[0]).due <= today + DAY:
            plan, trust = done(task, plan, trust, now)
            now += 1
        assert today < trust.trust_list.exp <= trust.root.exp
        for kind in plan.kinds:
            signing = rotation.active(plan, kind, None, today)
            assert signing.quarter == Quarter.of(today)
            assert rotation.standby(plan, kind, None, today) is not None
            assert rotation.state(plan, signing, today) is State.ACTIVE
