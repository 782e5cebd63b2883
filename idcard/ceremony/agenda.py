"""Lists what an officer must do next and by when, and the events of the next years (specs/keys.md, Times).

Pure; times are seconds since 1970.
"""

from collections.abc import Iterator, Sized
from dataclasses import dataclass, field

from idcard.ceremony import rotation
from idcard.ceremony.founding import root_exp
from idcard.ceremony.rotation import State
from idcard.city.plan import Plan, PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import DAY, Quarter
from idcard.trust.trust_file import Trust

DRAFT = "idcard trust draft"


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """Something to do between `start` and `due`. how: the command that does it, if there is one."""

    due: int
    what: str
    how: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens at `when` if every task is done in time. is_task: somebody has to do it by then."""

    when: int
    what: str
    is_task: bool = field(default=False, compare=False)


def tasks(plan: Plan, in_force: Trust, now: int, unpublished: int) -> tuple[Task, ...]:
    """Tasks by due date; overdue ones have `now` as their date. unpublished: number of cancellations."""
    return tuple(sorted(_tasks(plan, in_force, now, unpublished)))


def needs_draft(plan: Plan, in_force: Trust, now: int, unpublished: int) -> bool:
    """Whether something waits that a renewal does not publish. A draft renews, too. unpublished: as for `tasks`."""
    return (
        unpublished > 0
        or _is_accepted_still(plan, in_force, now)
        or any(rotation.state(plan, key, now) is State.MADE for key in plan.keys)
        or bool(rotation.left_out(plan, in_force.trust_list, now))
    )


def _is_accepted_still(plan: Plan, in_force: Trust, now: int) -> bool:
    """Whether venues accept codes of a key that is distrusted."""
    trusted = {key.key for key in in_force.trust_list.keys if not key.compromised}
    return any(key.distrusted and key.key in trusted and now < key.verify_until for key in plan.keys)


def _tasks(plan: Plan, in_force: Trust, now: int, unpublished: int) -> Iterator[Task]:
    current, renew = in_force.trust_list, "idcard trust renew"
    if needs_draft(plan, in_force, now, unpublished):
        renew = DRAFT
    if unpublished:
        verb = "is" if unpublished == 1 else "are"
        what = f"{unpublished} of the cancellations {verb} in no trust file yet: publish"
        yield Task(max(now, current.next_update), what, DRAFT, now)
    if _is_accepted_still(plan, in_force, now):
        yield Task(now, "venues still accept the codes of a distrusted key: publish", DRAFT)
    waiting = [key for key in plan.keys if rotation.state(plan, key, now) is State.MADE]
    if waiting:
        due = min(rotation.deadline(key.quarter, plan.timing) for key in waiting)
        yield Task(max(now, due), f"{_count(waiting)} in no trust list yet: publish", DRAFT)
    if left_out := rotation.left_out(plan, current, now):
        what = f"{_count(left_out)} with good codes missing from the trust list: publish"
        yield Task(now, what, DRAFT)
    if strangers := rotation.strangers(plan, current):
        yield Task(now, f"{_count(strangers)} of the trust list missing in the plan: restore the plan")
    slots = rotation.missing(plan, now)
    if slots:
        due = min(rotation.deadline(slot.quarter, plan.timing) for slot in slots)
        yield Task(max(now, due), f"{_count(slots)} to be made", "idcard key rotate")
    else:
        start = Quarter.of(now).end
        coming = {slot.quarter for slot in rotation.slots(plan, start)} - {key.quarter for key in plan.keys}
        if coming:
            due = max(start, rotation.deadline(min(coming), plan.timing))
            yield Task(due, f"the keys of {min(coming)} to be made", "idcard key rotate", start)
    for kind in plan.kinds:
        for station in plan.stations_of(kind):
            name = kind.value + (f" at {station}" if station else "")
            if not any(rotation.state(plan, key, now) is State.ACTIVE for key in _of(plan, kind, station)):
                yield Task(now, f"no key signs {name} codes now")
            elif rotation.standby(plan, kind, station, now) is None:
                yield Task(now, f"no standby for {name}: if its key is lost or leaked, minting stops")
    yield Task(max(now, current.next_update), f"trust list {current.version} to be renewed", renew, now)
    replace_by = in_force.root.exp - plan.timing.root_reserve
    yield Task(max(now, replace_by), f"root {in_force.root.version} to be replaced", "idcard trust draft --new-root")


def expiries(plan: Plan, in_force: Trust) -> tuple[Event, ...]:
    """What expires by itself, by date."""
    return tuple(
        sorted(
            [
                Event(in_force.trust_list.exp, f"trust list {in_force.trust_list.version} expires"),
                Event(in_force.root.exp, f"root {in_force.root.version} expires"),
                *(Event(key.quarter.end, f"{key} retires") for key in plan.keys if not key.destroyed),
                *(Event(key.verify_until, f"the codes of {key} end") for key in plan.keys),
            ]
        )
    )


def ahead(plan: Plan, in_force: Trust, *, now: int, years: int) -> tuple[Event, ...]:
    """Every publication, activation, retirement and expiry of the next years, if everything is done when it is due."""
    end = now + years * 366 * DAY
    return tuple(sorted(event for event in _ahead(plan, in_force, now, end) if now <= event.when < end))


def _ahead(plan: Plan, in_force: Trust, now: int, end: int) -> Iterator[Event]:
    version, when = in_force.trust_list.version, max(now, in_force.trust_list.next_update)
    while when < end:
        version += 1
        yield Event(when, f"trust list {version} is published", is_task=True)
        when += plan.timing.update * DAY
    version, root_end = in_force.root.version, in_force.root.exp
    while (replaced := max(now, root_end - plan.timing.root_reserve)) < end:
        version, root_end = version + 1, root_exp(replaced)
        yield Event(replaced, f"root {version} replaces root {version - 1}", is_task=True)
    quarter = Quarter.of(now)
    while rotation.deadline(quarter, plan.timing) < end:
        for kind in plan.kinds:
            name = kind.value
            listed = any(
                key.kind is kind and key.quarter == quarter and key.ready is not None and rotation.is_live(key, now)
                for key in plan.keys
            )
            if not listed and rotation.deadline(quarter, plan.timing) >= now:
                due = rotation.deadline(quarter, plan.timing)
                yield Event(due, f"{name} key of {quarter} is made and published by now", is_task=True)
            yield Event(quarter.begin, f"{name} key of {quarter} is active")
            yield Event(quarter.end, f"{name} key of {quarter} retires: its private key is destroyed", is_task=True)
        quarter = quarter.next()
    for key in plan.keys:
        yield Event(key.verify_until, f"{key} expires")
    for kind in plan.kinds:
        planned = max((key.quarter for key in plan.keys if key.kind is kind), default=Quarter.of(now))
        while (quarter := planned.next()).begin < end:
            yield Event(quarter.expiry(plan.longest_life(kind)), f"{kind.value} key of {quarter} expires")
            planned = quarter


def _of(plan: Plan, kind: Kind, station: str | None) -> Iterator[PlannedKey]:
    return (key for key in plan.keys if key.kind is kind and key.station in (None, station))


def _count(items: Sized) -> str:
    number = len(items)
    return f"{number} key{'s' if number != 1 else ''}"
