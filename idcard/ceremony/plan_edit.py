"""Changes what a city may change of its plan, and says what that means (specs/keys.md, Changing the plan).

Pure, and made from the fields of the plan as they stand in its JSON: a field that the plan gets can be changed here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from idcard import strict_json
from idcard.ceremony import rotation
from idcard.city import plan
from idcard.city.plan import IssuedClass, Plan, PlanError, PlannedKey
from idcard.credential.calendar import Quarter, as_day, month_of
from idcard.strict_json import NotJson

FIXED = frozenset(("schema", "city", "environment", "stations", "handle_numbers", "latest_issue", "keys"))
"""What other commands change, or nobody."""
_ASKED = ("kind", "claims", "ages", "least_age", "age_from")
"""Of a class: what codes that are out were made for. Where one changes, the class gets a new number."""
_ABSENT = {"ages": [], "age_from": False}
"""What it means that one is left out."""
Fields = dict[str, Any]


def fields(held: Plan) -> Fields:
    """What may be changed, as JSON has it."""
    return {name: value for name, value in _whole(held).items() if name not in FIXED}


def with_value(held: Fields, assigned: str) -> Fields:
    """assigned: `contact=…`, `timing.update=20`, or `pool.life=18` for a class. Raises PlanError."""
    name, equals, text = assigned.partition("=")
    changed: Fields = json.loads(json.dumps(held))
    *path, last = name.strip().split(".")
    place: Any = changed
    for step in path:
        place = _class_called(changed, step) or place.get(step)
        if not isinstance(place, dict):
            raise PlanError(f"{name}: there is no {step!r}; there are: {', '.join(_names(held))}")
    if not equals or (not path and last not in changed) or isinstance(place.get(last), dict):
        raise PlanError(f"{name or assigned!r} is nothing that --set changes; there are: {', '.join(_names(held))}")
    place[last] = text.strip() if isinstance(place.get(last), str) else _value(text, name)
    return changed


def changed(held: Plan, given: Fields) -> Plan:
    """The plan with these fields, all of them. A class that asks for something else gets a new number. PlanError."""
    for name in sorted(given.keys() & FIXED):
        raise PlanError(f"{name!r} is not changed here: leave it out")
    classes = given.get("classes")
    if isinstance(classes, list):
        given = {**given, "classes": _numbered(held, classes)}
    whole = _whole(held)
    made = plan.decode(json.dumps({**{name: whole[name] for name in FIXED}, **given}))
    unknown = given.keys() - _whole(made).keys()
    if unknown:
        raise PlanError(f"a plan has no field {min(unknown)!r}; there are: {', '.join(fields(held))}")
    if made.timing.list_life < held.timing.list_life:
        raise PlanError("list_life is never made shorter, or venues would meet codes of keys that they do not know")
    return replace(made, handle_numbers=held.handle_numbers)


def differences(before: Plan, after: Plan) -> Iterator[str]:
    """Each change as a sentence without a full stop; none if nothing changes."""
    old, new = fields(before), fields(after)
    for name in [*old, *(name for name in new if name not in old)]:
        if name == "classes":
            yield from _of_classes(*({each["class"]: each for each in held[name]} for held in (old, new)))
        else:
            yield from _of_values(name, old.get(name), new.get(name))


def consequences(before: Plan, after: Plan, now: int) -> Iterator[str]:
    """What holders and counters meet, each a sentence that begins in capitals. now: seconds since 1970."""
    old, new = ({each.profile.venue_class: each for each in held.classes} for held in (before, after))
    for name in old.keys() - new.keys():
        yield f"GONE: no code is accepted at {name} once venues have the next trust list"
    for name, each in new.items():
        if name in old and old[name].profile.kind is not each.profile.kind:
            yield f"CODES END: all codes that are out for {name} are refused once venues have the next trust list"
        elif name in old and _asks_more(old[name], each):
            yield f"CODES END: codes that are out for {name} are refused where they do not prove what it asks for now"
        is_longer = name not in old or each.profile.life > old[name].profile.life
        if is_longer and (until := _stopped(after, each, now)):
            yield (
                f"STOPS: no code is minted for {name} until {as_day(until)}, because the keys until then were made for "
                "a shorter life; keys that are made from now on are made for this one"
            )


def venues_learn(before: Plan, after: Plan) -> bool:
    """Whether a trust list says something else after the change."""
    ours, theirs = ((held.contact, tuple(each.venue_class for each in held.classes)) for held in (before, after))
    return ours != theirs


def needs_root(before: Plan, after: Plan) -> bool:
    """Whether a root says something else."""
    return (before.name, before.timing.list_life) != (after.name, after.timing.list_life)


# ---- inside ----


def _whole(held: Plan) -> Fields:
    found: Fields = json.loads(plan.encode(held))
    classes = found.pop("classes")
    return {**found, "time_zone": held.time_zone, "classes": classes}  # a plan leaves UTC out, and it may be changed


def _names(held: Fields) -> list[str]:
    return [*(name for name in held if name != "classes"), *(each["class"] for each in held["classes"])]


def _class_called(held: Fields, name: str) -> Fields | None:
    return next((each for each in held["classes"] if each["class"] == name), None)


def _value(text: str, name: str) -> Any:
    try:
        return strict_json.decode(text)
    except NotJson:
        raise PlanError(f'{name}: write a number, true, false, or a list such as ["resident"]') from None


def _numbered(held: Plan, given: list[Any]) -> list[Any]:
    """Classes with their numbers: their own while they ask for the same, or else ones that were never in use."""
    used = {each.number for each in held.classes} | held.handle_numbers
    used |= {each["number"] for each in given if isinstance(each, dict) and type(each.get("number")) is int}
    numbered = []
    for each in given:
        if isinstance(each, dict):
            number = _number(held, each)
            each = {**each, "number": max(used) + 1 if number is None else number}
            used |= {number} if type(number := each["number"]) is int else set()
        numbered.append(each)
    return numbered


def _number(held: Plan, given: Fields) -> Any:
    """As given, or that of the class before; None where it needs a new one."""
    old = _class_called(_whole(held), str(given.get("class")))
    if old is None:
        return given.get("number")
    number = given.get("number", old["number"])
    asks_else = any(given.get(each, _ABSENT.get(each)) != old.get(each, _ABSENT.get(each)) for each in _ASKED)
    return None if asks_else and number == old["number"] else number


def _of_classes(old: Mapping[str, Fields], new: Mapping[str, Fields]) -> Iterator[str]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield f"{name} is no longer a kind of place"
        elif name not in old:
            told = ", ".join(f"{field} {_said(value)}" for field, value in new[name].items() if field != "class")
            yield f"{name} is a new kind of place: {told}"
        else:
            for field in [*old[name], *(field for field in new[name] if field not in old[name])]:
                yield from _of_values(f"{name}: {field}", old[name].get(field), new[name].get(field))


def _of_values(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for field in old:
            yield from _of_values(f"{name}: {field}", old[field], new.get(field))
    elif old != new:
        yield f"{name} is {_said(new)} instead of {_said(old)}"


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value)


def _asks_more(old: IssuedClass, new: IssuedClass) -> bool:
    more_claims = new.profile.flags - old.profile.flags
    return bool(more_claims) or (new.profile.least_age or 0) > (old.profile.least_age or 0)


def _stopped(after: Plan, each: IssuedClass, now: int) -> int | None:
    """Until when no key may sign codes of this life, in seconds since 1970; None if one may now."""
    keys = [key for key in after.keys if key.kind is each.profile.kind and rotation.is_live(key, now)]
    short = [key.quarter for key in keys if _life(key) < each.profile.life]
    if not keys or Quarter.of(now) not in short:
        return None
    return max(short).end


def _life(key: PlannedKey) -> int:
    """The longest life that a key was made for, in months."""
    return month_of(key.verify_until) - 1 - key.quarter.last_month
