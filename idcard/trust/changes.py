"""Describes the changes between two trust files, for officers who sign the new one."""

from collections.abc import Iterator

from idcard import cose
from idcard.credential.calendar import as_day
from idcard.credential.claims import FLAGS
from idcard.trust.cancellations import Cancellations
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_list import IssuingKey, TrustList, VenueClass


def of_roots(old: Root, new: Root) -> Iterator[str]:
    """Sentences without a full stop; none if nothing changes."""
    if old.version != new.version:
        ends = f"it ends on {as_day(new.exp)} instead of {as_day(old.exp)}"
        yield f"root {new.version} replaces root {old.version}; {ends}"
    elif old != new:
        yield f"ANOTHER root {new.version}: one number, two roots"
    if old.scope != new.scope:
        yield f"ANOTHER CITY: {new.scope.city} ({new.scope.environment})"
    if old.name != new.name:
        yield f"the name of the city is {new.name!r} instead of {old.name!r}"
    if old.list_days != new.list_days:
        yield f"a trust list may live {_days(new.list_days)} instead of {old.list_days}"
    yield from _of_roles("root", old.roots, new.roots)
    yield from _of_roles("publisher", old.publishers, new.publishers)


def of_lists(old: TrustList, new: TrustList) -> Iterator[str]:
    """Sentences without a full stop. A change that takes something from holders or venues begins in capitals."""
    if old.version == new.version and old != new:
        yield f"ANOTHER trust list {new.version}: one number, two lists"
    elif old.version != new.version:
        yield (
            f"trust list {new.version} of {as_day(new.issued)} replaces list {old.version} of {as_day(old.issued)}; "
            f"the next is due by {as_day(new.next_update)}, and it expires on {as_day(new.exp)}"
        )
    if old.contact != new.contact:
        yield f"the contact is {new.contact!r} instead of {old.contact!r}"
    names = {each.number: each.name for each in (*old.classes, *new.classes)}
    classes, new_classes = {each.number: each for each in old.classes}, {each.number: each for each in new.classes}
    for number in sorted(classes.keys() | new_classes.keys()):
        yield from _of_classes(classes.get(number), new_classes.get(number))
    keys, new_keys = {each.key: each for each in old.keys}, {each.key: each for each in new.keys}
    for key in sorted(keys.keys() | new_keys.keys()):
        yield from _of_keys(keys.get(key), new_keys.get(key), names, new.issued)


def of_cancellations(old: Cancellations, new: Cancellations) -> Iterator[str]:
    """One sentence, if there is a difference."""
    joined = sum(value not in old for value in new)
    left = sum(value not in new for value in old)
    if joined or left:
        yield f"cancellations: {joined} more, {left} fewer, {len(new)} in all"


def _of_roles(what: str, old: Role, new: Role) -> Iterator[str]:
    for key in new.keys:
        if key not in old.keys:
            yield f"{what} key {_kid(key)} JOINS"
    for key in old.keys:
        if key not in new.keys:
            yield f"{what} key {_kid(key)} leaves"
    if (old.threshold, len(old.keys)) != (new.threshold, len(new.keys)):
        fewer = new.threshold < old.threshold or (new.threshold == old.threshold and len(new.keys) > len(old.keys))
        weaker = "EASIER: " if fewer else ""
        yield (
            f"{weaker}{new.threshold} of {len(new.keys)} {what} keys must sign instead of "
            f"{old.threshold} of {len(old.keys)}"
        )


def _of_classes(old: VenueClass | None, new: VenueClass | None) -> Iterator[str]:
    if old == new:
        return
    if new is None:
        assert old is not None
        yield f"GONE: venue class {old.name} (number {old.number})"
    elif old is None:
        yield f"new venue class {new.name} (number {new.number}): {_asked(new)}"
    else:
        yield f"venue class {new.name} (number {new.number}): {_asked(new)}; before: {old.name}, {_asked(old)}"


def _days(number: int) -> str:
    return f"{number} day{'s' * (number != 1)}"


def _asked(venue_class: VenueClass) -> str:
    age = [] if venue_class.least_age is None else [f"{venue_class.least_age} or over"]
    handle = ["a code that can be cancelled"] if venue_class.handle else []
    asked = ", ".join([*(FLAGS[number] for number in sorted(venue_class.required)), *age, *handle])
    photo = "; clerks confirm the photo" if venue_class.photo_check else ""
    return f"asks for {asked}{photo}; trust file up to {_days(venue_class.tolerance)} old"


def _of_keys(old: IssuingKey | None, new: IssuingKey | None, names: dict[int, str], now: int) -> Iterator[str]:
    if old == new:
        return
    if old is None:
        assert new is not None
        state = " AND IS DISTRUSTED" if new.compromised else ""
        yield f"issuing key {_kid(new.key)} joins{state}: {_served(new, names)}, codes until {as_day(new.verify_until)}"
    elif new is None:
        if now < old.verify_until:
            yield f"CODES END: issuing key {_kid(old.key)} leaves before {as_day(old.verify_until)}"
        else:
            yield f"issuing key {_kid(old.key)} leaves: its codes ended on {as_day(old.verify_until)}"
    else:
        kid = _kid(new.key)
        if new.compromised and not old.compromised:
            yield f"DISTRUSTED: issuing key {kid}; all its codes are refused ({_served(new, names)})"
        if old.compromised and not new.compromised:
            yield f"TRUSTED AGAIN: issuing key {kid}"
        if old.verify_until != new.verify_until:
            until = f"{as_day(new.verify_until)} instead of {as_day(old.verify_until)}"
            yield f"CHANGED: codes of issuing key {kid} end on {until}"
        if old.classes != new.classes:
            loses = "CODES END: " if old.classes - new.classes else ""
            yield f"{loses}issuing key {kid} serves {_served(new, names)} instead of {_served(old, names)}"


def _served(key: IssuingKey, names: dict[int, str]) -> str:
    return ", ".join(names.get(number, str(number)) for number in sorted(key.classes)) or "no venue class"


def _kid(key: bytes) -> str:
    return cose.kid(key).hex()
