"""The officer's plan: it reads back as it was written, says what is wrong with it, and knows which key signs when."""

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from cities import City
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from idcard.authority import plan
from idcard.authority.city import DEFAULT_CLASSES
from idcard.authority.plan import IssuedClass, Plan, PlanError, PlannedKey
from idcard.credential.calendar import Quarter
from idcard.credential.claims import FLAGS
from idcard.credential.profile import Kind, Profile
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.trust.document import Scope

PLAN = City().plan
FIELDS: dict[str, Any] = json.loads(plan.encode(PLAN))
PHARMACY = next(each for each in FIELDS["classes"] if each["class"] == "pharmacy")


def instant(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


def decode(fields: Any) -> Plan:
    return plan.decode(json.dumps(fields))


# ---- round trip ----


def profiles() -> st.SearchStrategy[Profile]:
    @st.composite
    def draw_profile(draw: st.DrawFn) -> Profile:
        ages = tuple(sorted(draw(st.sets(st.integers(1, 150), max_size=4))))
        kind = draw(st.sampled_from(Kind))
        values = {
            "venue_class": draw(st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)),
            "kind": kind,
            "flags": draw(st.frozensets(st.sampled_from(list(FLAGS)), max_size=5)),
            "ages": ages,
            "least_age": draw(st.none() | st.sampled_from(ages)) if ages else None,
            "age_from": draw(st.booleans()) and kind is Kind.REVOCABLE and bool(ages),
            "life": draw(st.integers(1, 120)),
            "level": draw(st.sampled_from("MQ")),
            "max_version": draw(st.integers(6, 15)),
        }
        try:
            return Profile(**values)
        except Malformed:
            assume(False)
            raise

    return draw_profile()


classes = st.lists(
    st.builds(IssuedClass, number=st.integers(1, 65535), tolerance=st.integers(1, 400), profile=profiles()),
    min_size=1,
    max_size=4,
    unique_by=(lambda each: each.number, lambda each: each.profile.venue_class),
).map(lambda items: tuple(sorted(items, key=lambda each: each.number)))
quarters = st.builds(Quarter, st.integers(2000, 2099), st.integers(1, 4))
planned_keys = st.builds(
    PlannedKey,
    key=st.binary(min_size=32, max_size=32),
    kind=st.sampled_from(Kind),
    quarter=quarters,
    verify_until=st.builds(lambda quarter, life: Quarter.expiry(quarter, life), quarters, st.integers(1, 60)),
)
plans = st.builds(
    Plan,
    scope=st.builds(Scope, st.sampled_from(Environment), st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64),
    contact=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200),
    classes=classes,
    keys=st.lists(planned_keys, max_size=4).map(tuple),
)


@given(plans)
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
def test_every_plan_reads_back_as_it_was_written(value: Plan) -> None:
    text = plan.encode(value)
    assert plan.decode(text) == value
    assert plan.encode(plan.decode(text)) == text


@given(classes)
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
def test_venue_classes_alone_read_back_too(value: tuple[IssuedClass, ...]) -> None:
    assert plan.decode_classes(json.loads(plan.encode_classes(value))) == value


def test_the_order_of_venue_classes_in_the_text_does_not_matter() -> None:
    backwards = list(reversed(json.loads(plan.encode_classes(DEFAULT_CLASSES))))
    assert plan.decode_classes(backwards) == DEFAULT_CLASSES


def test_the_plan_is_text_for_people_without_a_secret() -> None:
    text = plan.encode(City(id="springfield").plan)
    assert text.startswith('{\n  "schema": 1,\n  "city": "springfield",\n')
    assert text.endswith("\n}\n")
    for name in ("cohort", "cohort standby", "revocable", "publisher", "root 1"):
        assert City().signer(name).seed.hex() not in text


def test_letters_of_any_script_stay_readable() -> None:
    assert '"name": "Zürich 東"' in plan.encode(Plan(**{**vars_of(PLAN), "name": "Zürich 東"}))


def vars_of(value: Plan) -> dict[str, Any]:
    return {"scope": value.scope, "contact": value.contact, "classes": value.classes, "keys": value.keys}


# ---- damage ----

WRONG_KINDS = (None, True, 1.5, [], {}, [[]], {"a": {}}, "", -1, 10**40)
"""At least most of them are wrong wherever they stand."""


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in the plan: every field and every item of a list."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in ((*at, key), *paths(item, (*at, key)))]


def holder_of(fields: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        fields = fields[key]
    return fields


def without(path: tuple[Any, ...]) -> Any:
    """The plan but for one field."""
    fields = copy.deepcopy(FIELDS)
    del holder_of(fields, path)[path[-1]]
    return fields


def with_value(path: tuple[Any, ...], value: Any) -> Any:
    """The plan with another value in one place."""
    fields = copy.deepcopy(FIELDS)
    holder_of(fields, path)[path[-1]] = value
    return fields


def shown(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))


OPTIONAL = {"ages", "least_age", "age_from"}
NAMED = [path for path in paths(FIELDS) if isinstance(path[-1], str) and path[-1] not in OPTIONAL]


def test_the_tables_below_see_the_whole_plan() -> None:
    top = {"schema", "city", "name", "environment", "contact", "classes", "keys"}
    of_class = {"number", "class", "kind", "claims", "life", "level", "max_version", "tolerance"}
    of_key = {"public", "kind", "quarter", "verify_until"}
    assert {path[-1] for path in NAMED} == top | of_class | of_key
    assert decode(FIELDS) == PLAN


@pytest.mark.parametrize("path", NAMED, ids=shown)
def test_a_missing_field_is_named(path: tuple[Any, ...]) -> None:
    with pytest.raises(PlanError, match=f"'{path[-1]}' is missing"):
        decode(without(path))


@pytest.mark.parametrize("path", NAMED, ids=shown)
@pytest.mark.parametrize("value", [None, 1.5, True], ids=repr)
def test_a_field_of_the_wrong_kind_is_named(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(PlanError, match=f"'{path[-1]}' is missing or of the wrong kind"):
        decode(with_value(path, value))


@pytest.mark.parametrize("path", paths(FIELDS), ids=shown)
def test_whatever_stands_anywhere_it_is_a_plan_or_a_plan_error(path: tuple[Any, ...]) -> None:
    for value in WRONG_KINDS:
        with suppress(PlanError):
            decode(with_value(path, value))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(paths(FIELDS)), JSON_VALUES)
@settings(max_examples=300, deadline=None)
def test_any_json_anywhere_is_a_plan_or_a_plan_error(path: tuple[Any, ...], value: Any) -> None:
    with suppress(PlanError):
        decode(with_value(path, value))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("schema",), 2, "another version of this program"),
        (("environment",), "moon", "environment"),
        (("city",), "Spring field", "city"),
        (("city",), "", "city"),
        (("classes",), [], "venue classes"),
        (("classes", 0), "library", "a venue class is not an object"),
        (("classes", 0, "kind"), "plastic", "cohort or revocable"),
        (("classes", 0, "class"), "Library", "name of a venue class"),
        (("classes", 0, "claims"), ["tall"], "no claim is called 'tall'; there are: resident, student"),
        (("classes", 0, "claims"), [[]], "claim"),
        (("classes", 0, "claims"), [], "'library' proves nothing"),
        (("classes", 0, "number"), 2, "one number or one name"),
        (("classes", 0, "number"), 0, "number"),
        (("classes", 0, "number"), 65536, "number"),
        (("classes", 0, "tolerance"), 0, "tolerance"),
        (("classes", 0, "tolerance"), 401, "tolerance"),
        (("classes", 0, "class"), "museum", "one number or one name"),
        (("classes", 0, "life"), 0, "life of 'library'"),
        (("classes", 0, "life"), 121, "life of 'library'"),
        (("classes", 0, "level"), "H", "level of 'library'"),
        (("classes", 0, "max_version"), 16, "version"),
        (("classes", 0, "max_version"), 3, "codes of 'library' can need"),
        (("classes", 0, "ages"), ["18"], "ages are whole numbers"),
        (("classes", 0, "ages"), [21, 18], "ages of 'library'"),
        (("classes", 0, "least_age"), 18, "least age of 'library'"),
        (("classes", 0, "age_from"), True, "must be revocable"),
        (("classes", 0, "ages "), [18], "no field 'ages '"),
        (("keys", 0), [], "a key is not an object"),
        (("keys", 0, "public"), "idpub.issuing.00000000.x", "public key"),
        (("keys", 0, "kind"), "plastic", "kind"),
        (("keys", 0, "quarter"), "2026-Q5", "quarter"),
        (("keys", 0, "verify_until"), 1_800_000_000, "verify_until"),
    ],
    ids=lambda value: shown(value) if isinstance(value, tuple) else None,
)
def test_damage_is_said_in_the_words_of_the_plan(path: tuple[Any, ...], value: Any, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        decode(with_value(path, value))


def test_a_root_key_is_no_issuing_key() -> None:
    public = FIELDS["keys"][0]["public"]
    for kind in ("root", "publisher"):
        with pytest.raises(PlanError, match="not an issuing key"):
            decode(with_value(("keys", 0, "public"), public.replace("issuing", kind)))


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "1", '"plan"', "{}", "not JSON", "\ufeff{}", '{"schema": 1}', "[" * 100_000, "1" * 5000],
    ids=lambda text: text[:14],
)  # fmt: skip
def test_other_text_is_no_plan(text: str) -> None:
    with pytest.raises(PlanError):
        plan.decode(text)


@pytest.mark.parametrize("value", [None, 1, "library", {}, [], [1], [None], [[]], {"class": "library"}, [{}]], ids=repr)
def test_other_json_is_no_list_of_venue_classes(value: Any) -> None:
    with pytest.raises(PlanError):
        plan.decode_classes(value)


@pytest.mark.parametrize("name", [*sorted(PHARMACY)])
def test_a_venue_class_with_a_wrong_field_is_refused_by_itself_too(name: str) -> None:
    for value in WRONG_KINDS:
        with suppress(PlanError, Malformed):
            plan.decode_classes([{**PHARMACY, name: value}])


# ---- which key signs when ----

Q3 = PlannedKey(key=bytes(32), kind=Kind.COHORT, quarter=Quarter(2026, 3), verify_until=0)
Q4 = PlannedKey(key=bytes([1] * 32), kind=Kind.COHORT, quarter=Quarter(2026, 4), verify_until=0)
R4 = PlannedKey(key=bytes([2] * 32), kind=Kind.REVOCABLE, quarter=Quarter(2026, 4), verify_until=0)
SCHEDULE = Plan(scope=PLAN.scope, name="S", contact="Ask.", classes=DEFAULT_CLASSES, keys=(Q3, R4, Q4))


@pytest.mark.parametrize(
    ("kind", "now", "key"),
    [
        (Kind.COHORT, instant(2026, 7, 1), Q3),
        (Kind.COHORT, instant(2026, 8, 15), Q3),
        (Kind.COHORT, instant(2026, 9, 30, 23, 59, 59), Q3),
        (Kind.COHORT, instant(2026, 10, 1), Q4),
        (Kind.COHORT, instant(2026, 12, 31, 23, 59, 59), Q4),
        (Kind.REVOCABLE, instant(2026, 10, 1), R4),
        (Kind.REVOCABLE, instant(2026, 12, 31, 23, 59, 59), R4),
    ],
)
def test_the_key_of_the_quarter_signs(kind: Kind, now: int, key: PlannedKey) -> None:
    assert SCHEDULE.active_key(kind, now) is key


@pytest.mark.parametrize(
    ("kind", "now", "says"),
    [
        (Kind.COHORT, instant(2026, 6, 30, 23, 59, 59), "no cohort key signs in 2026-Q2"),
        (Kind.COHORT, instant(2027, 1, 1), "no cohort key signs in 2027-Q1"),
        (Kind.REVOCABLE, instant(2026, 9, 30, 23, 59, 59), "no revocable key signs in 2026-Q3"),
        (Kind.REVOCABLE, instant(2027, 1, 1), "no revocable key signs in 2027-Q1"),
    ],
)
def test_where_no_key_signs_the_plan_says_so(kind: Kind, now: int, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        SCHEDULE.active_key(kind, now)


def test_the_longest_life_is_that_of_the_kind() -> None:
    assert (PLAN.longest_life(Kind.COHORT), PLAN.longest_life(Kind.REVOCABLE)) == (24, 12)
    only_cohort = Plan(scope=PLAN.scope, name="S", contact="Ask.", classes=DEFAULT_CLASSES[:1], keys=())
    assert only_cohort.longest_life(Kind.REVOCABLE) == 0


def test_venues_learn_only_what_they_need_of_a_class() -> None:
    learnt = {each.profile.venue_class: each.venue_class for each in DEFAULT_CLASSES}
    assert (learnt["library"].required, learnt["library"].least_age, learnt["library"].handle) == ({1}, None, False)
    assert (learnt["pharmacy"].required, learnt["pharmacy"].least_age, learnt["pharmacy"].handle) == ({1}, 18, True)
    assert (learnt["theatre"].number, learnt["theatre"].required, learnt["theatre"].tolerance) == (4, {1, 4}, 120)
