"""Claims that are left out, and the list by which rare combinations are refused: what it lacks is never let through."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.city import combinations
from idcard.city.combinations import (
    Combination,
    CombinationsError,
    Common,
    RareCombination,
    check,
    drops,
    reduced,
)
from idcard.city.profile import Kind, Profile
from idcard.credential import calendar
from idcard.credential.claims import Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment

EXP = calendar.noon_of_first(2028 * 12)
SCOPE = Scope(Environment.PRODUCTION, "springfield")
RESIDENT, STUDENT, VETERAN = 1, 4, 6
LIBRARY = Profile(venue_class="library", kind=Kind.COHORT, flags=frozenset({1}), life=24, max_version=6)
POOL = Profile(
    venue_class="pool", kind=Kind.REVOCABLE, flags=frozenset({1, 6}), ages=(14, 18, 65), least_age=14, age_from=True,
    life=12, max_version=8,
)  # fmt: skip


def claims(*flags: int, age: int | None = None, age_from: tuple[int, int] | None = None) -> Claims:
    return Claims(EXP, frozenset(flags), age, age_from)


def listed(*entries: tuple[Any, ...]) -> Common:
    """Of the pool: what was left out, the flags, and the age."""
    return Common(
        SCOPE,
        50,
        frozenset(
            Combination("pool", frozenset(without), frozenset(flags), age, False) for without, flags, age in entries
        ),
    )


# ---- leaving out ----


def test_one_or_two_claims_are_left_out_the_least_costly_first() -> None:
    plain = replace(POOL, age_from=False, ages=(18, 65), least_age=None)
    assert [drop.names for drop in drops(plain)] == [
        ("age_over_65",),
        ("age_over_18",),
        ("veteran",),
        ("resident",),
        ("age_over_65", "age_over_18"),
        ("age_over_65", "veteran"),
        ("age_over_65", "resident"),
        ("age_over_18", "veteran"),
        ("age_over_18", "resident"),
        ("veteran", "resident"),
    ]
    assert next(drops(POOL)).names == ("age_from",)


def test_what_proves_nothing_is_no_profile() -> None:
    assert list(drops(LIBRARY)) == []


@pytest.mark.parametrize(
    ("names", "ages", "least", "told"),
    [
        (("age_over_65",), (14, 18), 14, True),
        (("age_over_14",), (18, 65), None, True),
        (("age_from",), (14, 18, 65), 14, False),
        (("veteran",), (14, 18, 65), 14, True),
    ],
)
def test_the_lesser_profile_asks_for_the_next_lower_age(
    names: tuple[str, ...], ages: tuple[int, ...], least: int | None, told: bool
) -> None:
    lesser = next(drop.profile for drop in drops(POOL) if drop.names == names)
    assert (lesser.ages, lesser.least_age, lesser.age_from) == (ages, least, told)
    least_18 = replace(POOL, least_age=18)
    assert next(drop.profile for drop in drops(least_18) if drop.names == ("age_over_18",)).least_age == 14


def test_the_last_age_goes_with_its_age_from() -> None:
    lesser = next(
        drop.profile for drop in drops(replace(POOL, ages=(18,), least_age=None)) if "age_over_18" in drop.names
    )
    assert (lesser.ages, lesser.age_from, lesser.flags) == ((), False, POOL.flags)


MONTH = calendar.month_of(EXP) - 3


@pytest.mark.parametrize(
    ("names", "before", "after"),
    [
        (("age_over_65",), claims(1, 6, age=65), claims(1, 6, age=18)),
        (("age_over_65", "age_over_18"), claims(1, 6, age=65), claims(1, 6, age=14)),
        (("age_over_65",), claims(1, 6, age=18), claims(1, 6, age=18)),
        (("veteran",), claims(1, 6, age=18), claims(1, age=18)),
        (("age_from",), claims(1, 6, age=14, age_from=(18, MONTH)), claims(1, 6, age=14)),
        (("age_over_18",), claims(1, 6, age=14, age_from=(18, MONTH)), None),
        (("age_over_65",), claims(1, 6, age=14, age_from=(18, MONTH)), claims(1, 6, age=14, age_from=(18, MONTH))),
        (("veteran", "resident"), claims(1, 6), None),
    ],
)
def test_a_code_is_reduced_to_what_the_lesser_profile_says(
    names: tuple[str, ...], before: Claims, after: Claims | None
) -> None:
    """Whether 65 is reached before the code ends, a code that says when 18 is reached does not tell: no answer."""
    drop = next(drop for drop in drops(POOL) if drop.names == names)
    assert reduced(before, drop) == after


# ---- refusal ----


def test_what_is_on_the_list_passes() -> None:
    check(claims(1, 6, age=18), POOL, listed(((), (1, 6), 18)))


@pytest.mark.parametrize(
    ("common", "drop"),
    [
        (listed(), ()),
        (listed(((), (1, 6), 18)), ()),
        (listed((("age_over_65",), (1, 6), 18)), ("age_over_65",)),
        (listed((("veteran",), (1,), 65)), ("veteran",)),
        (listed((("veteran",), (1,), 65), (("age_over_65",), (1, 6), 18)), ("age_over_65",)),
        (listed((("age_over_65", "veteran"), (1,), 18)), ("age_over_65", "veteran")),
        (listed((("age_over_65", "age_over_18"), (1, 6), 14)), ("age_over_65", "age_over_18")),
        (listed((("age_over_65", "veteran"), (1,), 18), (("resident",), (6,), 65)), ("resident",)),
    ],
)
def test_a_rare_combination_names_the_fewest_claims_to_leave_out(common: Common, drop: tuple[str, ...]) -> None:
    with pytest.raises(RareCombination) as raised:
        check(claims(1, 6, age=65), POOL, common)
    assert (raised.value.venue_class, raised.value.drop) == ("pool", drop)


def test_the_text_names_class_and_claims() -> None:
    assert str(RareCombination("pool", ("age_over_65", "veteran"))) == (
        "a pool code with these claims would be one of few; tell the key officer: leave age_over_65 and veteran out of "
        "the profile, then run idcard privacy --common again"
    )
    assert str(RareCombination("pool", ())) == (
        "a pool code with these claims would be one of few; tell the key officer: leaving one or two claims out of the "
        "profile does not help, and idcard privacy shows what would help"
    )
    again = pickle.loads(pickle.dumps(RareCombination("pool", ("veteran",))))  # noqa: S301
    assert (str(again), again.drop) == (str(RareCombination("pool", ("veteran",))), ("veteran",))


def test_a_class_that_the_list_lacks_is_refused() -> None:
    with pytest.raises(RareCombination):
        check(claims(1), LIBRARY, listed(((), (1,), None)))


def test_a_claim_that_the_holder_lacks_is_not_named() -> None:
    """Without 65 the combination is common, but this holder of 18 has no 65 to leave out."""
    with pytest.raises(RareCombination) as raised:
        check(claims(1, 6, age=18), POOL, listed((("age_over_65",), (1, 6), 18)))
    assert raised.value.drop == ()


def test_age_from_is_a_claim_to_leave_out() -> None:
    with pytest.raises(RareCombination) as raised:
        check(claims(1, 6, age=14, age_from=(18, MONTH)), POOL, listed((("age_from",), (1, 6), 14), ((), (1, 6), 14)))
    assert raised.value.drop == ("age_from",)


held = st.builds(
    claims,
    st.just(1),
    st.just(6),
    age=st.sampled_from([14, 18, 65]),
    age_from=st.none() | st.tuples(st.sampled_from([18, 65]), st.just(MONTH)),
)
entries = st.builds(
    Combination,
    venue_class=st.sampled_from(["pool", "library"]),
    without=st.frozensets(st.sampled_from(["age_from", "age_over_65", "veteran", "resident"]), max_size=2),
    flags=st.frozensets(st.sampled_from([1, 6]), min_size=1),
    age=st.sampled_from([None, 14, 18, 65]),
    age_from=st.booleans(),
)
lists = st.builds(
    Common, scope=st.just(SCOPE), k=st.integers(1, 10**6), combinations=st.frozensets(entries, max_size=12)
)


@given(held, lists)
def test_nothing_passes_that_is_not_listed(given_claims: Claims, common: Common) -> None:
    told = given_claims.age_from is not None
    wanted = Combination("pool", frozenset(), given_claims.flags, given_claims.age, told)
    if wanted in common.combinations:
        check(given_claims, POOL, common)
    else:
        with pytest.raises(RareCombination):
            check(given_claims, POOL, common)


# ---- the list ----


@given(lists)
def test_a_list_is_read_as_it_was_written(common: Common) -> None:
    written = combinations.encode(common)
    assert combinations.decode(written, SCOPE) == common
    assert combinations.encode(combinations.decode(written, SCOPE)) == written


def test_a_list_holds_class_and_claims_and_no_number_of_cards() -> None:
    written = combinations.encode(listed((("veteran",), (1,), 65)))
    assert json.loads(written) == {
        "schema": 1,
        "city": "springfield",
        "environment": "production",
        "k": 50,
        "combinations": [
            {"class": "pool", "without": ["veteran"], "claims": ["resident"], "age": 65, "age_from": False}
        ],
    }


def test_an_empty_list_refuses_everything() -> None:
    with pytest.raises(RareCombination):
        check(claims(1), LIBRARY, combinations.decode(document(), SCOPE))


@pytest.mark.parametrize(
    "scope", [Scope(Environment.TEST, "springfield"), Scope(Environment.PRODUCTION, "shelbyville")], ids=str
)
def test_a_list_of_another_city_or_environment_is_refused(scope: Scope) -> None:
    written = combinations.encode(listed(((), (1,), 65)))
    says = f"not of the {scope.environment} city {scope.city}: run idcard privacy --common for it$"
    with pytest.raises(CombinationsError, match=says):
        combinations.decode(written, scope)


ENTRY = {"class": "pool", "without": [], "claims": ["resident"], "age": None, "age_from": False}
OTHER = {**ENTRY, "class": "zoo"}


def document(*rows: Any, **changes: Any) -> str:
    whose = {"city": "springfield", "environment": "production"}
    return json.dumps({"schema": 1, **whose, "k": 50, "combinations": list(rows), **changes})


# name -> text, and what is said
DAMAGED: dict[str, tuple[str, str]] = {
    "nothing": ("", "not JSON"),
    "cut": (document(ENTRY)[:-1], "not JSON"),
    "deep": ("[" * 100_000, "not JSON"),
    "a list": ("[]", "are an object of"),
    "a name twice": ('{"schema": 1, "schema": 1, "k": 50, "combinations": []}', "twice"),
    "no k": (document().replace('"k": 50, ', ""), "are an object of"),
    "no city": (document().replace('"city": "springfield", ', ""), "are an object of"),
    "no environment": (document().replace('"environment": "production", ', ""), "are an object of"),
    "a city that is a list": (document(city=["springfield"]), "not of the production city springfield"),
    "an environment that is null": (document(environment=None), "not of the production city springfield"),
    "a name more": (document(more=1), "are an object of"),
    "another schema": (document(schema=2), "another version"),
    "a schema that is true": (document(schema=True), "another version"),
    "k of none": (document(k=0), "'k'"),
    "k of text": (document(k="50"), "'k'"),
    "k of a fraction": (document(k=50.0), "'k'"),
    "no list": (document(combinations={}), "not a list"),
    "no object": (document("pool"), "has class, without"),
    "an entry without age": (document({**ENTRY, "more": 1}), "and nothing else"),
    "no class": (document({**ENTRY, "class": "Pool"}), "no name of a venue class"),
    "a class that is no text": (document({**ENTRY, "class": 1}), "no name of a venue class"),
    "an unknown claim": (document({**ENTRY, "claims": ["tall"]}), "no claim"),
    "a claim that is a list": (document({**ENTRY, "claims": [[]]}), "no claim"),
    "an age among the flags": (document({**ENTRY, "claims": ["age_over_18"]}), "an age among its flags"),
    "an unknown claim left out": (document({**ENTRY, "without": ["age_over_0"]}), "no claim"),
    "claims that are no list": (document({**ENTRY, "claims": "resident"}), "no claim"),
    "an age of none": (document({**ENTRY, "age": 0}), "not 1 to 150"),
    "an age of 151": (document({**ENTRY, "age": 151}), "not 1 to 150"),
    "an age that is true": (document({**ENTRY, "age": True}), "not 1 to 150"),
    "an age_from that is null": (document({**ENTRY, "age_from": None}), "not true or false"),
    "an entry twice": (document(ENTRY, ENTRY), "twice"),
    "not sorted": (document(OTHER, ENTRY), "not sorted"),
    "claims not sorted": (document({**ENTRY, "claims": ["student", "resident"]}), "not sorted"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_explained(name: str) -> None:
    damaged, says = DAMAGED[name]
    with pytest.raises(CombinationsError, match=says):
        combinations.decode(damaged, SCOPE)


@given(st.text(max_size=40) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_a_list_or_is_refused(data: str) -> None:
    with pytest.raises(CombinationsError):
        combinations.decode(data, SCOPE)
