"""Reduces profiles, and refuses claims that are not in the list of common combinations (specs/privacy.md)."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from idcard import strict_json
from idcard.city.profile import Profile
from idcard.credential.claims import CLASS_NAME, FLAGS, MAX_AGE, Claims, age_over
from idcard.credential.scope import Scope
from idcard.errors import IdcardError, Malformed
from idcard.strict_json import NotJson

SCHEMA = 1
MAX_SIZE = 1 << 20
MAX_DROPPED = 2
"""Most claims that are left out together."""
AGE_FROM = "age_from"
_FIELDS = frozenset(("schema", "city", "environment", "k", "combinations"))
_FLAG_OF = {name: number for number, name in FLAGS.items()}
_AGES = frozenset(map(age_over, range(1, MAX_AGE + 1)))


class CombinationsError(IdcardError):
    """The list of common combinations is damaged, of another city, or cannot be made."""


class RareCombination(IdcardError):
    """A code would be one of few. drop: the claims to leave out so that it is not; empty if nothing helps."""

    def __init__(self, venue_class: str, drop: tuple[str, ...]) -> None:
        remedy = (
            f"leave {' and '.join(drop)} out of the profile, then run idcard privacy --common again"
            if drop
            else "leaving one or two claims out of the profile does not help, and idcard privacy shows what would help"
        )
        super().__init__(f"a {venue_class} code with these claims would be one of few; tell the key officer: {remedy}")
        self.venue_class = venue_class
        self.drop = drop

    def __reduce__(self) -> tuple[type["RareCombination"], tuple[str, tuple[str, ...]]]:
        return type(self), (self.venue_class, self.drop)


class Combination(NamedTuple):
    """What the codes of a venue class claim, apart from key, expiry and handle.

    without: names of the claims left out of the profile. age_from: whether it is present, with any month: codes with it
    can still be nearly unique.
    """

    venue_class: str
    without: frozenset[str]
    flags: frozenset[int]
    age: int | None
    age_from: bool


@dataclass(frozen=True)
class Common:
    """The combinations of which there were at least k cards of a city in each quarter."""

    scope: Scope
    k: int
    combinations: frozenset[Combination]


class Drop(NamedTuple):
    """Claims that are left out, by name, and the profile without them."""

    names: tuple[str, ...]
    profile: Profile


# ---- leaving out ----


def drops(profile: Profile) -> Iterator[Drop]:
    """Every way to leave out one or two claims so that something is still proven; the cheapest comes first.

    Without its least age, a profile asks for the next lower age.
    """
    names = [*([AGE_FROM] if profile.age_from else []), *map(age_over, reversed(profile.ages))]
    names += [FLAGS[number] for number in sorted(profile.flags, reverse=True)]
    for count in range(1, MAX_DROPPED + 1):
        for left_out in itertools.combinations(names, count):
            reduced = _without(profile, left_out)
            if reduced is not None:
                yield Drop(left_out, reduced)


def _without(profile: Profile, names: tuple[str, ...]) -> Profile | None:
    """The reduced profile; None if it would prove nothing."""
    ages = tuple(age for age in profile.ages if age_over(age) not in names)
    least = profile.least_age
    try:
        return replace(
            profile,
            flags=frozenset(number for number in profile.flags if FLAGS[number] not in names),
            ages=ages,
            least_age=None if least is None else max((age for age in ages if age <= least), default=None),
            age_from=profile.age_from and AGE_FROM not in names and bool(ages),
        )
    except Malformed:
        return None


def reduced(claims: Claims, drop: Drop) -> Claims | None:
    """The claims of a code under the reduced profile; None for no code, or if they cannot be known from it."""
    reduced = drop.profile
    age_from = claims.age_from if reduced.age_from else None
    if age_from is not None and age_from[0] not in reduced.ages:
        return None
    age = max((each for each in reduced.ages if each <= (claims.age or 0)), default=None)
    if not reduced.flags and age is None and age_from is None:
        return None
    return replace(claims, flags=claims.flags & reduced.flags, age=age, age_from=age_from)


# ---- refusal ----


def check(claims: Claims, profile: Profile, common: Common) -> None:
    """Raises RareCombination unless the claims of a code are in the list. A class that is not in it is refused."""
    name = profile.venue_class
    if _combination_of(name, (), claims) in common.combinations:
        return
    held = {FLAGS[number] for number in claims.flags}
    held |= {age_over(age) for age in profile.ages if age <= (claims.age or 0)}
    if claims.age_from is not None:
        held |= {AGE_FROM, age_over(claims.age_from[0])}
    for drop in drops(profile):
        left = reduced(claims, drop) if held.issuperset(drop.names) else None
        if left is not None and _combination_of(name, drop.names, left) in common.combinations:
            raise RareCombination(name, drop.names)
    raise RareCombination(name, ())


def _combination_of(venue_class: str, without: tuple[str, ...], claims: Claims) -> Combination:
    return Combination(venue_class, frozenset(without), claims.flags, claims.age, claims.age_from is not None)


# ---- the list ----


def encode(common: Common) -> str:
    """JSON, sorted, without any number of cards."""
    fields = {
        "schema": SCHEMA,
        "city": common.scope.city,
        "environment": str(common.scope.environment),
        "k": common.k,
        "combinations": _rows(common),
    }
    return strict_json.encode(fields, indent=2) + "\n"


def decode(text: str, scope: Scope) -> Common:
    """The list of a city. Raises CombinationsError for anything but the output of `encode`, apart from spacing."""
    try:
        fields = strict_json.decode(text)
    except NotJson as problem:
        raise CombinationsError(f"the common combinations are damaged: {problem}") from None
    if not isinstance(fields, dict) or fields.keys() != _FIELDS:
        raise CombinationsError(f"the common combinations are an object of {', '.join(map(repr, sorted(_FIELDS)))}")
    if type(fields["schema"]) is not int or fields["schema"] != SCHEMA:
        raise CombinationsError("the common combinations are of another version of this program")
    if (fields["environment"], fields["city"]) != (str(scope.environment), scope.city):
        raise CombinationsError(
            f"the common combinations are not of the {scope.environment} city {scope.city}: "
            "run idcard privacy --common for it"
        )
    if type(fields["k"]) is not int or fields["k"] < 1 or type(fields["combinations"]) is not list:
        raise CombinationsError("the field 'k' is not a number of cards, or 'combinations' is not a list")
    common = Common(scope, fields["k"], frozenset(_decoded(item) for item in fields["combinations"]))
    if _rows(common) != fields["combinations"]:
        raise CombinationsError("the common combinations are not sorted, or one stands twice")
    return common


def _rows(common: Common) -> list[dict[str, Any]]:
    return sorted((_fields(each) for each in common.combinations), key=_order)


def _fields(each: Combination) -> dict[str, Any]:
    return {
        "class": each.venue_class,
        "without": sorted(each.without),
        "claims": [FLAGS[number] for number in sorted(each.flags)],
        "age": each.age,
        "age_from": each.age_from,
    }


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["class"], len(row["without"]), row["without"], row["claims"], row["age"] or 0, row["age_from"]


def _decoded(item: Any) -> Combination:
    if not isinstance(item, dict) or item.keys() != {"class", "without", "claims", "age", "age_from"}:
        raise CombinationsError("a common combination has class, without, claims, age and age_from, and nothing else")
    name, age = item["class"], item["age"]
    if type(name) is not str or not CLASS_NAME.fullmatch(name):
        raise CombinationsError("the class of a common combination is no name of a venue class")
    if any(type(item[field]) is not list or not all(map(_is_claim, item[field])) for field in ("without", "claims")):
        raise CombinationsError(f"a common combination of {name!r} has something that is no claim")
    if not _FLAG_OF.keys() >= set(item["claims"]):
        raise CombinationsError(f"a common combination of {name!r} has an age among its flags")
    if age is not None and (type(age) is not int or not 1 <= age <= MAX_AGE):
        raise CombinationsError(f"a common combination of {name!r} has an age that is not 1 to {MAX_AGE}")
    if type(item["age_from"]) is not bool:
        raise CombinationsError(f"a common combination of {name!r} has an age_from that is not true or false")
    flags = frozenset(_FLAG_OF[claim] for claim in item["claims"])
    return Combination(name, frozenset(item["without"]), flags, age, item["age_from"])


def _is_claim(name: Any) -> bool:
    return type(name) is str and (name == AGE_FROM or name in _FLAG_OF or name in _AGES)
