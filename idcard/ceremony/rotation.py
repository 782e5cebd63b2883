"""The states of issuing keys: which one signs, and which step is allowed when (specs/keys.md, Times, States).

Pure: from a plan and the time, it makes a state, a date or the next plan. Times are seconds since 1970.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from idcard import cose
from idcard.city.plan import Plan, PlanError, PlannedKey, Timing
from idcard.city.profile import Kind
from idcard.cose import Signer
from idcard.credential.calendar import DAY, Quarter, as_datetime
from idcard.credential.scope import Scope
from idcard.errors import IdcardError
from idcard.issuing.minting import Issuer
from idcard.trust.trust_list import TrustList


class State(Enum):
    """The state of an issuing key."""

    MADE = "made"
    PUBLISHED = "published"
    ACTIVE = "active"
    RETIRED = "retired"
    EXPIRED = "expired"
    DISTRUSTED = "distrusted"


class NotYet(IdcardError):
    """A step that is not allowed before `allowed`, in seconds since 1970; None if no date is known."""

    def __init__(self, what: str, allowed: int | None) -> None:
        minute = None if allowed is None else as_datetime(-(-allowed // 60) * 60)
        when = f"; it is allowed from {minute:%Y-%m-%d %H:%M} UTC" if minute else ""
        super().__init__(what + when)
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Slot:
    """A kind, station and quarter that needs a key."""

    kind: Kind
    station: str | None
    quarter: Quarter


# ---- states ----


def state(plan: Plan, key: PlannedKey, now: int) -> State:
    if key.distrusted:
        return State.DISTRUSTED
    if now >= key.verify_until:
        return State.EXPIRED
    if key.destroyed or now >= key.quarter.end:
        return State.RETIRED
    if key.ready is None:
        return State.MADE
    return State.ACTIVE if key == _first_ready(plan, key.kind, key.station, now) else State.PUBLISHED


def active(plan: Plan, kind: Kind, station: str | None, now: int) -> PlannedKey:
    """The key that signs codes of a kind at a station now. Raises NotYet if none may, PlanError for an unknown station.

    A station without a key of its own in some quarter uses the one of the whole city.
    """
    if station is not None and station not in {*plan.stations, *(key.station for key in plan.keys)}:
        raise PlanError(f"the city has no station {station!r}; it has: {', '.join(plan.stations) or 'none'}")
    found = _first_ready(plan, kind, station, now)
    if found is not None:
        return found
    if station is None and (stations := _stations_in_use(plan, kind, now)):
        raise PlanError(f"name the station whose key signs: {', '.join(stations)}")
    ready = [key.ready for key in _usable(plan, kind, station, now) if key.ready is not None]
    raise NotYet(f"no {kind.value} key may sign now", min(ready, default=None))


def is_live(key: PlannedKey, now: int) -> bool:
    """Whether the key signs or will sign. One that was published too late for its quarter never does."""
    if key.distrusted or key.destroyed or (key.ready is not None and key.ready >= key.quarter.end):
        return False
    return now < key.quarter.end


def deadline(quarter: Quarter, timing: Timing) -> int:
    """By when the key of a quarter must be in a list, to be the standby in the quarter before."""
    return quarter.previous().begin - timing.lead


def slots(plan: Plan, now: int) -> Iterator[Slot]:
    """The keys that must exist now: of this quarter, and of those whose deadline is in it or within U after it."""
    for kind in plan.kinds:
        for station in plan.stations_of(kind):
            quarter = first = Quarter.of(now)
            while quarter == first or deadline(quarter, plan.timing) < first.end + plan.timing.update * DAY:
                yield Slot(kind, station, quarter)
                quarter = quarter.next()


def first_ready(plan: Plan, issued: int) -> int:
    """When a key is ready that a list issued now names for the first time: V + 2σ later.

    If the list before is from the future, V + 2σ after that one, which venues may hold, but at most V + 2σ more.
    Otherwise nobody could sign for as long as a clock was ahead.
    """
    return min(max(plan.latest_issue, issued), issued + plan.timing.lead) + plan.timing.lead


def missing(plan: Plan, now: int) -> tuple[Slot, ...]:
    """Slots without a key, for which `key rotate` makes one. A key of the whole city also serves its stations.

    There is no slot for a quarter that is over before a key made now would be ready.
    """
    held = {
        (key.kind, station, key.quarter) for key in plan.keys if is_live(key, now) for station in _serves(plan, key)
    }
    return tuple(
        slot
        for slot in slots(plan, now)
        if (slot.kind, slot.station, slot.quarter) not in held and first_ready(plan, now) < slot.quarter.end
    )


def standby(plan: Plan, kind: Kind, station: str | None, now: int) -> PlannedKey | None:
    """The key that would take over at once if the active one were gone."""
    return next(
        (key for key in _ready(plan, kind, station, now) if key != _first_ready(plan, kind, station, now)), None
    )


def strangers(plan: Plan, trust_list: TrustList) -> frozenset[bytes]:
    """Public keys of the list that are not in the plan, which then is an old copy and must not be used."""
    return frozenset(key.key for key in trust_list.keys) - {key.key for key in plan.keys}


def check_own(plan: Plan, old: TrustList, new: TrustList) -> None:
    """Raises PlanError for a list with new keys of another folder, which nobody here could use."""
    published = {key.key for key in old.keys}
    if foreign := sorted(cose.kid(key).hex() for key in strangers(plan, new) - published):
        raise PlanError(
            f"the draft names keys that the plan does not have: {', '.join(foreign)}; it was made in another folder, "
            "such as a rehearsal, or from a newer plan: restore that, or make a new draft (idcard trust draft)"
        )


def left_out(plan: Plan, trust_list: TrustList, now: int) -> tuple[PlannedKey, ...]:
    """Published keys with valid codes that the list leaves out, because it was made with a clock that was ahead."""
    named = {key.key for key in trust_list.keys}
    return tuple(key for key in plan.keys if key.ready is not None and now < key.verify_until and key.key not in named)


def to_destroy(plan: Plan, now: int) -> tuple[PlannedKey, ...]:
    """Keys whose private key is no longer needed."""
    return tuple(key for key in plan.keys if not is_live(key, now))


def issuer_of(key: PlannedKey, signer: Signer, scope: Scope) -> Issuer:
    """The issuer that minting uses, for a published key and its signer."""
    assert key.ready is not None
    return Issuer(signer, scope, key.kind, key.quarter, key.ready, key.verify_until)


# ---- steps ----


def made(plan: Plan, slot: Slot, public_key: bytes, now: int) -> Plan:
    """The plan with a new key. Raises PlanError for a key that the city had before or a quarter that is over."""
    verify_until = slot.quarter.expiry(plan.longest_life(slot.kind))
    key = PlannedKey(
        key=public_key, kind=slot.kind, quarter=slot.quarter, verify_until=verify_until, station=slot.station
    )
    if key.kid in {each.kid for each in plan.keys}:
        raise PlanError("the city has had this key before, or one with its kid")
    if any(
        (each.kind, each.station, each.quarter) == (slot.kind, slot.station, slot.quarter) and is_live(each, now)
        for each in plan.keys
    ):
        raise PlanError(f"there is a {slot.kind.value} key for {slot.quarter} already")
    if now >= slot.quarter.end:
        raise PlanError(f"{slot.quarter} is over")
    if slot.station is not None and slot.kind is Kind.COHORT:
        raise PlanError("cohort codes are signed by one key of the whole city")
    return replace(plan, keys=(*plan.keys, key))


def published(plan: Plan, trust_list: TrustList, killed: Collection[bytes] = ()) -> Plan:
    """The plan after a trust list is published: keys that are new in it become ready V + 2σ after its issue.

    If an earlier list has a later time of issue, they become ready V + 2σ after that one: venues may still have it, and
    must know every key that signs.

    Keys that the list or a kill note distrusts become distrusted, even in an old copy of the plan. Numbers of classes
    that require a handle are kept for ever. killed: public keys that a kill note ended.
    """
    named = {each.key for each in trust_list.keys}
    ended = {each.key for each in trust_list.keys if each.compromised} | set(killed)
    ready = first_ready(plan, trust_list.issued) if trust_list.version > 1 else trust_list.issued
    latest = max(plan.latest_issue, trust_list.issued)

    def known(key: PlannedKey) -> PlannedKey:
        if key.key in named and key.ready is None:
            key = replace(key, ready=ready)
        return replace(key, distrusted=True, destroyed=True) if key.key in ended else key

    numbers = plan.handle_numbers | {each.number for each in trust_list.classes if each.handle}
    return replace(_changed(plan, known), handle_numbers=numbers, latest_issue=latest)


def distrusted(plan: Plan, key: PlannedKey) -> Plan:
    """The plan after a key is compromised, which is final. Raises PlanError for a key that it does not have."""
    held = _held(plan, key)
    return _changed(plan, lambda each: replace(each, distrusted=True, destroyed=True) if each == held else each)


def retired(plan: Plan, key: PlannedKey, now: int) -> Plan:
    """The plan after the private key of a key is retired, to be destroyed.

    Raises NotYet while it signs and no other key could, PlanError for a key that the plan does not have.
    """
    key = _held(plan, key)
    if (
        is_live(key, now)
        and key == _first_ready(plan, key.kind, key.station, now)
        and not standby(plan, key.kind, key.station, now)
    ):
        others = [
            each.ready for each in _usable(plan, key.kind, key.station, now) if each != key and each.ready is not None
        ]
        raise NotYet(f"{key} signs now, and no other key is ready", min([*others, key.quarter.end]))
    return _changed(plan, lambda each: replace(each, destroyed=True) if each == key else each)


def check_successor(old: TrustList, new: TrustList) -> None:
    """Raises NotYet, PlanError for a list that removes what venues still need (specs/keys.md, Ceremony)."""
    if new.version != old.version + 1:
        raise PlanError(f"the next trust list is version {old.version + 1}")
    keys = {each.key: each for each in new.keys}
    numbers = {each.number for each in new.classes}
    for key in old.keys:
        after = keys.get(key.key)
        kid = cose.kid(key.key).hex()
        if after is None:
            if new.issued < key.verify_until:
                raise NotYet(f"the key {kid} leaves the list while its codes are valid", key.verify_until)
        elif after.verify_until != key.verify_until:
            raise PlanError(f"verify_until of the key {kid} changes; it never may")
        elif key.compromised and not after.compromised:
            raise PlanError(f"the key {kid} was distrusted and cannot be trusted again")
        elif key.classes & numbers - after.classes:
            raise PlanError(f"the key {kid} no longer serves a venue class whose codes it signed; make a new class")


# ---- inside ----


def _usable(plan: Plan, kind: Kind, station: str | None, now: int) -> list[PlannedKey]:
    """Live keys of a kind for a station, its own before those of the whole city, by quarter."""
    found = [key for key in plan.keys if key.kind is kind and key.station in (None, station) and is_live(key, now)]
    return sorted(found, key=lambda key: (key.quarter, key.station is None))


def _ready(plan: Plan, kind: Kind, station: str | None, now: int) -> list[PlannedKey]:
    return [key for key in _usable(plan, kind, station, now) if key.ready is not None and key.ready <= now]


def _first_ready(plan: Plan, kind: Kind, station: str | None, now: int) -> PlannedKey | None:
    return next(iter(_ready(plan, kind, station, now)), None)


def _stations_in_use(plan: Plan, kind: Kind, now: int) -> list[str]:
    return sorted({key.station for key in plan.keys if key.kind is kind and key.station and is_live(key, now)})


def _serves(plan: Plan, key: PlannedKey) -> Iterable[str | None]:
    return (None, *plan.stations) if key.station is None else (key.station,)


def _held(plan: Plan, key: PlannedKey) -> PlannedKey:
    """The key as the plan has it now, however old the copy that the caller holds."""
    for each in plan.keys:
        if each.key == key.key:
            return each
    raise PlanError(f"the plan has no key {key}")


def _changed(plan: Plan, change: Callable[[PlannedKey], PlannedKey]) -> Plan:
    return replace(plan, keys=tuple(change(key) for key in plan.keys))
