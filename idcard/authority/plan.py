"""The officer's plan: what the city issues, and which key signs when (specs/keys.md, The plan). No secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from idcard.credential import calendar
from idcard.credential.calendar import Quarter
from idcard.credential.claims import FLAGS
from idcard.credential.profile import Kind, Profile
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed
from idcard.trust import document, keys, root, trust_list
from idcard.trust.document import Scope
from idcard.trust.keys import KeyKind, PublicKey
from idcard.trust.trust_list import MAX_CLASS_NUMBER, MAX_TOLERANCE, VenueClass

SCHEMA = 1
T = TypeVar("T")
_FLAG_OF = {name: number for number, name in FLAGS.items()}


class PlanError(IdcardError):
    """The plan is damaged, or has no answer."""


@dataclass(frozen=True, kw_only=True)
class IssuedClass:
    """A venue class with the profile by which the city issues for it. tolerance: days. Raises Malformed."""

    number: int
    tolerance: int
    profile: Profile

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_CLASS_NUMBER:
            raise Malformed(f"the number of {self.profile.venue_class!r} is not 1 to {MAX_CLASS_NUMBER}")
        if not 1 <= self.tolerance <= MAX_TOLERANCE:
            raise Malformed(f"the tolerance of {self.profile.venue_class!r} is not 1 to {MAX_TOLERANCE} days")

    @property
    def venue_class(self) -> VenueClass:
        """What venues learn of it."""
        return VenueClass(
            number=self.number,
            name=self.profile.venue_class,
            required=self.profile.flags,
            least_age=self.profile.least_age,
            handle=self.profile.kind is Kind.REVOCABLE,
            tolerance=self.tolerance,
        )


@dataclass(frozen=True, kw_only=True)
class PlannedKey:
    """An issuing key: which kind of code it signs, in which quarter, and until when venues accept those codes."""

    key: bytes
    kind: Kind
    quarter: Quarter
    verify_until: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the city knows about itself. Raises Malformed for an id, name or contact that no trust file carries."""

    scope: Scope
    name: str
    contact: str
    classes: tuple[IssuedClass, ...]
    keys: tuple[PlannedKey, ...]

    def __post_init__(self) -> None:
        document.check_city(self.scope.city)
        root.check_name(self.name)
        trust_list.check_contact(self.contact)

    def active_key(self, kind: Kind, now: int) -> PlannedKey:
        """The key that signs codes of a kind at `now`, seconds since 1970. Raises PlanError where there is none."""
        quarter = Quarter.of(now)
        for key in self.keys:
            if key.kind is kind and key.quarter == quarter:
                return key
        raise PlanError(f"no {kind.value} key signs in {quarter}")

    def longest_life(self, kind: Kind) -> int:
        """In months, over the profiles of a kind."""
        return max((each.profile.life for each in self.classes if each.profile.kind is kind), default=0)


def encode(plan: Plan) -> str:
    """The plan as JSON."""
    return _dump(
        {
            "schema": SCHEMA,
            "city": plan.scope.city,
            "name": plan.name,
            "environment": str(plan.scope.environment),
            "contact": plan.contact,
            "classes": [_class_fields(each) for each in plan.classes],
            "keys": [
                {
                    "public": keys.encode(PublicKey(KeyKind.ISSUING, key.key)),
                    "kind": key.kind.value,
                    "quarter": str(key.quarter),
                    "verify_until": key.verify_until,
                }
                for key in plan.keys
            ],
        }
    )


def decode(text: str) -> Plan:
    """Raises PlanError, which names the field that is wrong."""
    fields = _object(parse(text), "the plan")
    if _field(fields, "schema", int) != SCHEMA:
        raise PlanError("the plan is of another version of this program")
    environment = _field(fields, "environment", str)
    if environment not in {str(each) for each in Environment}:
        raise PlanError("the environment is production or test")
    try:
        return Plan(
            scope=Scope(Environment[environment.upper()], _field(fields, "city", str)),
            name=_field(fields, "name", str),
            contact=_field(fields, "contact", str),
            classes=decode_classes(_field(fields, "classes", list)),
            keys=tuple(_planned_key(_object(item, "a key")) for item in _field(fields, "keys", list)),
        )
    except Malformed as problem:
        raise PlanError(f"the plan is damaged: {problem}") from None


def encode_classes(classes: tuple[IssuedClass, ...]) -> str:
    """Venue classes alone as JSON, for an officer to edit before founding a city."""
    return _dump([_class_fields(each) for each in classes])


def decode_classes(items: Any) -> tuple[IssuedClass, ...]:
    """Venue classes from parsed JSON, sorted by number. Raises PlanError, Malformed."""
    if not isinstance(items, list) or not items:
        raise PlanError("the venue classes are not a list of objects")
    classes = tuple(_issued_class(_object(item, "a venue class")) for item in items)
    numbers = {each.number for each in classes}
    names = {each.profile.venue_class for each in classes}
    if len(numbers) != len(classes) or len(names) != len(classes):
        raise PlanError("two venue classes have one number or one name")
    return tuple(sorted(classes, key=lambda each: each.number))


def _issued_class(fields: Mapping[str, Any]) -> IssuedClass:
    unknown = fields.keys() - _CLASS_FIELDS
    if unknown:
        raise PlanError(f"a venue class has no field {min(unknown)!r}")
    claims = _field(fields, "claims", list)
    for claim in claims:
        if type(claim) is not str or claim not in _FLAG_OF:
            raise PlanError(f"no claim is called {claim!r}; there are: {', '.join(_FLAG_OF)}")
    return IssuedClass(
        number=_field(fields, "number", int),
        tolerance=_field(fields, "tolerance", int),
        profile=Profile(
            venue_class=_field(fields, "class", str),
            kind=_kind(fields),
            flags=frozenset(_FLAG_OF[claim] for claim in claims),
            ages=_ages(fields),
            least_age=_field(fields, "least_age", int) if "least_age" in fields else None,
            age_from=_field(fields, "age_from", bool) if "age_from" in fields else False,
            life=_field(fields, "life", int),
            level=_field(fields, "level", str),
            max_version=_field(fields, "max_version", int),
        ),
    )


def _kind(fields: Mapping[str, Any]) -> Kind:
    value = _field(fields, "kind", str)
    if value not in {kind.value for kind in Kind}:
        raise PlanError("the kind of a venue class or key is cohort or revocable")
    return Kind(value)


def _ages(fields: Mapping[str, Any]) -> tuple[int, ...]:
    ages = _field(fields, "ages", list) if "ages" in fields else []
    if any(type(age) is not int for age in ages):
        raise PlanError("ages are whole numbers of years")
    return tuple(ages)


def _class_fields(each: IssuedClass) -> dict[str, Any]:
    profile = each.profile
    fields: dict[str, Any] = {
        "number": each.number,
        "class": profile.venue_class,
        "kind": profile.kind.value,
        "claims": [FLAGS[number] for number in sorted(profile.flags)],
        "ages": list(profile.ages),
        "life": profile.life,
        "level": profile.level,
        "max_version": profile.max_version,
        "tolerance": each.tolerance,
    }
    if profile.least_age is not None:
        fields["least_age"] = profile.least_age
    if profile.age_from:
        fields["age_from"] = True
    return fields


_CLASS_FIELDS = frozenset(
    ("number", "class", "kind", "claims", "ages", "least_age", "age_from", "life", "level", "max_version", "tolerance")
)


def _planned_key(fields: Mapping[str, Any]) -> PlannedKey:
    public = keys.decode(_field(fields, "public", str))
    verify_until = _field(fields, "verify_until", int)
    if public.kind is not KeyKind.ISSUING or not calendar.is_noon_of_first(verify_until):
        raise PlanError("a key of the plan is not an issuing key with its verify_until")
    return PlannedKey(
        key=public.key,
        kind=_kind(fields),
        quarter=Quarter.parse(_field(fields, "quarter", str)),
        verify_until=verify_until,
    )


def parse(text: str) -> Any:
    """JSON in which no name stands twice. Raises PlanError."""
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise PlanError("this is not JSON") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise PlanError("a field stands twice")
    return fields


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PlanError(f"{what} is not an object")
    return value


def _field(fields: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = fields.get(name)
    if type(value) is not kind:
        raise PlanError(f"the field {name!r} is missing or of the wrong kind")
    return value


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
