"""The city's plan: what it issues, and which key signs when (specs/keys.md, The plan). It has no secrets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from typing import Any, TypeVar

from idcard import cose, strict_json
from idcard.city import time_zone
from idcard.city.profile import Kind, Profile
from idcard.credential import calendar
from idcard.credential.calendar import DAY, Quarter
from idcard.credential.claims import CLASS_NAME, FLAGS
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed
from idcard.strict_json import NotJson
from idcard.trust import document, public_key, root, trust_list
from idcard.trust.public_key import KeyKind, PublicKey
from idcard.trust.trust_list import MAX_CLASS_NUMBER, MAX_TOLERANCE, VenueClass

SCHEMA = 1
T = TypeVar("T")
_FLAG_OF = {name: number for number, name in FLAGS.items()}


class PlanError(IdcardError):
    """The plan is damaged, or cannot answer a question."""


@dataclass(frozen=True, kw_only=True)
class IssuedClass:
    """A venue class and the profile of its codes. tolerance: days. Raises Malformed.

    photo_check: programs are asked to have the clerk confirm that face and photo match.
    """

    number: int
    tolerance: int
    profile: Profile
    photo_check: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_CLASS_NUMBER:
            raise Malformed(f"the number of {self.profile.venue_class!r} is not 1 to {MAX_CLASS_NUMBER}")
        if not 1 <= self.tolerance <= MAX_TOLERANCE:
            raise Malformed(f"the tolerance of {self.profile.venue_class!r} is not 1 to {MAX_TOLERANCE} days")

    @property
    def venue_class(self) -> VenueClass:
        """The class as the trust list has it."""
        return VenueClass(
            number=self.number,
            name=self.profile.venue_class,
            required=self.profile.flags,
            least_age=self.profile.least_age,
            handle=self.profile.kind is Kind.REVOCABLE,
            tolerance=self.tolerance,
            photo_check=self.photo_check,
        )


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The times of a city, in days (specs/keys.md, Times). Raises Malformed if they contradict each other."""

    list_life: int = 120
    """V: life of a trust list."""
    update: int = 30
    """U: from one trust list to the next."""
    courier: int = 14
    """D: delivery of a trust list to a venue."""
    skew: int = 1
    """σ: how far a clock may be off."""

    def __post_init__(self) -> None:
        if min(self.update, self.courier, self.skew) < 1 or not self.reserve <= self.list_life <= root.MAX_LIST_DAYS:
            raise Malformed(
                f"a trust list lives {self.reserve} (two updates, the courier, two clocks) to {root.MAX_LIST_DAYS} days"
            )

    @property
    def reserve(self) -> int:
        """2U + D + 2σ, in days: the age of the oldest list at a venue that missed one update."""
        return 2 * self.update + self.courier + 2 * self.skew

    @property
    def lead(self) -> int:
        """V + 2σ, in seconds: from the publication of a key until every valid list names it."""
        return (self.list_life + 2 * self.skew) * DAY

    @property
    def root_reserve(self) -> int:
        """V, in seconds: how long before its expiry a root is replaced, so that it shortens no list."""
        return self.list_life * DAY


@dataclass(frozen=True, kw_only=True)
class PlannedKey:
    """An issuing key: its kind of code, station, quarter and state.

    station: None for the whole city. verify_until, ready: seconds since 1970. ready: when every venue with a valid
    trust list knows the key; None before it is published. destroyed: whether its private key must be gone.
    """

    key: bytes
    kind: Kind
    quarter: Quarter
    verify_until: int
    station: str | None = None
    ready: int | None = None
    distrusted: bool = False
    destroyed: bool = False

    @property
    def kid(self) -> bytes:
        return cose.kid(self.key)

    def __post_init__(self) -> None:
        if self.station is not None:
            check_station(self.station)

    def __str__(self) -> str:
        """For officers: 1a2b3c4d (revocable, north, 2026-Q4)."""
        return f"{self.kid.hex()} ({', '.join(filter(None, (self.kind.value, self.station, str(self.quarter))))})"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the city knows about itself. Raises Malformed for an id, name or contact that no trust file carries.

    stations: names of the counters with `revocable` keys of their own; empty if one key serves the whole city.
    handle_numbers: of all venue classes that ever required a handle, because old slips still cancel their codes.
    latest_issue: latest time of issue of all trust lists, in seconds since 1970; not always that of the last list.
    time_zone: the IANA name of the zone in which people of the city read times; formats are in UTC.
    """

    scope: Scope
    name: str
    contact: str
    classes: tuple[IssuedClass, ...]
    keys: tuple[PlannedKey, ...]
    stations: tuple[str, ...] = ()
    timing: Timing = Timing()
    handle_numbers: frozenset[int] = frozenset()
    latest_issue: int = 0
    time_zone: str = time_zone.UTC

    def __post_init__(self) -> None:
        time_zone.check(self.time_zone)
        document.check_city(self.scope.city)
        root.check_name(self.name)
        trust_list.check_contact(self.contact)
        for station in self.stations:
            check_station(station)
        if len(set(self.stations)) != len(self.stations):
            raise Malformed("a station is named twice")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of code that the city issues, cohort first."""
        used = {each.profile.kind for each in self.classes}
        return tuple(kind for kind in Kind if kind in used)

    def stations_of(self, kind: Kind) -> tuple[str | None, ...]:
        """The stations that need a key of this kind; None is the whole city."""
        return self.stations if self.stations and kind is Kind.REVOCABLE else (None,)

    def longest_life(self, kind: Kind) -> int:
        """The longest life of the profiles of a kind, in months."""
        return max((each.profile.life for each in self.classes if each.profile.kind is kind), default=0)


def check_station(name: str) -> str:
    """Raises Malformed unless it is a valid name of a station."""
    if not CLASS_NAME.fullmatch(name):
        raise Malformed("the name of a station is 1 to 32 of a-z, 0-9 and -, and begins with a letter")
    return name


def encode(plan: Plan) -> str:
    """The plan as JSON."""
    return _dump(
        {
            "schema": SCHEMA,
            "city": plan.scope.city,
            "name": plan.name,
            "environment": str(plan.scope.environment),
            "contact": plan.contact,
            **({} if plan.time_zone == time_zone.UTC else {"time_zone": plan.time_zone}),
            "timing": asdict(plan.timing),
            "stations": list(plan.stations),
            "classes": [_class_fields(each) for each in plan.classes],
            "handle_numbers": sorted(plan.handle_numbers),
            "latest_issue": plan.latest_issue,
            "keys": [
                {
                    "public": public_key.encode(PublicKey(KeyKind.ISSUING, plan.scope.environment, key.key)),
                    "kind": key.kind.value,
                    "station": key.station,
                    "quarter": str(key.quarter),
                    "verify_until": key.verify_until,
                    "ready": key.ready,
                    "distrusted": key.distrusted,
                    "destroyed": key.destroyed,
                }
                for key in plan.keys
            ],
        }
    )


def decode(text: str) -> Plan:
    """Raises PlanError, which names the field that is wrong."""
    try:
        fields = _object(strict_json.decode(text), "the plan")
    except NotJson as problem:
        raise PlanError(str(problem)) from None
    if _field(fields, "schema", int) != SCHEMA:
        raise PlanError("the plan is of another version of this program")
    environment = _environment(fields)
    try:
        return Plan(
            scope=Scope(environment, _field(fields, "city", str)),
            name=_field(fields, "name", str),
            contact=_field(fields, "contact", str),
            classes=decode_classes(_field(fields, "classes", list)),
            keys=tuple(_planned_key(_object(item, "a key"), environment) for item in _field(fields, "keys", list)),
            stations=_stations(fields),
            timing=_timing(_object(_field(fields, "timing", dict), "the timing")),
            handle_numbers=_handle_numbers(fields),
            latest_issue=_latest_issue(fields),
            time_zone=_field(fields, "time_zone", str) if "time_zone" in fields else time_zone.UTC,
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


def _environment(fields: Mapping[str, Any]) -> Environment:
    name = _field(fields, "environment", str)
    if name not in {str(each) for each in Environment}:
        raise PlanError("the environment is production or test")
    return Environment[name.upper()]


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
        photo_check=_field(fields, "photo_check", bool) if "photo_check" in fields else False,
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
    if each.photo_check:
        fields["photo_check"] = True
    return fields


_CLASS_FIELDS = frozenset(
    (
        *("number", "class", "kind", "claims", "ages", "least_age", "age_from", "life", "level", "max_version"),
        *("tolerance", "photo_check"),
    )
)


def _planned_key(fields: Mapping[str, Any], environment: Environment) -> PlannedKey:
    public = public_key.decode(_field(fields, "public", str))
    verify_until = _field(fields, "verify_until", int)
    if public.kind is not KeyKind.ISSUING or not calendar.is_noon_of_first(verify_until):
        raise PlanError("a key of the plan is not an issuing key with its verify_until")
    if public.environment is not environment:
        raise PlanError(
            f"the issuing key {public.kid.hex()} was made for {public.environment}, and the plan is of a {environment} "
            "city: no key serves both; restore the plan"
        )
    ready = _field(fields, "ready", int) if fields.get("ready") is not None else None
    if ready is not None and not 0 <= ready <= document.MAX_INSTANT:
        raise PlanError("the field 'ready' is not a time")
    return PlannedKey(
        key=public.key,
        kind=_kind(fields),
        quarter=Quarter.parse(_field(fields, "quarter", str)),
        verify_until=verify_until,
        station=_field(fields, "station", str) if fields.get("station") is not None else None,
        ready=ready,
        distrusted=_field(fields, "distrusted", bool),
        destroyed=_field(fields, "destroyed", bool),
    )


def _stations(fields: Mapping[str, Any]) -> tuple[str, ...]:
    stations = _field(fields, "stations", list)
    if any(type(station) is not str for station in stations):
        raise PlanError("the stations are not a list of names")
    return tuple(stations)


def _handle_numbers(fields: Mapping[str, Any]) -> frozenset[int]:
    numbers = _field(fields, "handle_numbers", list)
    if any(type(number) is not int or not 1 <= number <= MAX_CLASS_NUMBER for number in numbers):
        raise PlanError("the handle_numbers are not a list of numbers of venue classes")
    return frozenset(numbers)


def _latest_issue(fields: Mapping[str, Any]) -> int:
    latest = _field(fields, "latest_issue", int)
    if not 0 <= latest <= document.MAX_INSTANT:
        raise PlanError("the field 'latest_issue' is not a time")
    return latest


def _timing(fields: Mapping[str, Any]) -> Timing:
    return Timing(**{each.name: _field(fields, each.name, int) for each in fields_of(Timing)})


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
    return strict_json.encode(value, indent=2) + "\n"
