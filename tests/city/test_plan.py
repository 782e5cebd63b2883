"""The officer's plan: it reads back as it was written, says what is wrong with it, and knows which key signs when."""

import copy
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cities import DAY, City
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city import plan
from idcard.city.plan import IssuedClass, Plan, PlanError, PlannedKey, Timing
from idcard.city.profile import Kind, Profile
from idcard.credential.calendar import Quarter
from idcard.credential.claims import FLAGS
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed

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
    st.builds(
        IssuedClass,
        number=st.integers(1, 65535),
        tolerance=st.integers(1, 400),
        profile=profiles(),
        photo_check=st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=(lambda each: each.number, lambda each: each.profile.venue_class),
).map(lambda items: tuple(sorted(items, key=lambda each: each.number)))
quarters = st.builds(Quarter, st.integers(2000, 2099), st.integers(1, 4))
stations = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
planned_keys = st.builds(
    PlannedKey,
    key=st.binary(min_size=32, max_size=32),
    kind=st.sampled_from(Kind),
    quarter=quarters,
    verify_until=st.builds(lambda quarter, life: Quarter.expiry(quarter, life), quarters, st.integers(1, 60)),
    station=st.none() | stations,
    ready=st.none() | st.integers(0, 2**32 - 1),
    distrusted=st.booleans(),
    destroyed=st.booleans(),
)


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    update, courier, skew = (draw(st.integers(1, most)) for most in (120, 100, 20))
    least = 2 * update + courier + 2 * skew
    return Timing(list_life=draw(st.integers(least, 400)), update=update, courier=courier, skew=skew)


plans = st.builds(
    Plan,
    scope=st.builds(Scope, st.sampled_from(Environment), st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64),
    contact=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200),
    classes=classes,
    keys=st.lists(planned_keys, max_size=4).map(tuple),
    stations=st.lists(stations, max_size=3, unique=True).map(tuple),
    timing=timings(),
    handle_numbers=st.frozensets(st.integers(1, 65535), max_size=3),
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
    assert '"name": "Zürich 東"' in plan.encode(replace(PLAN, name="Zürich 東"))


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


FLAGGED = {"distrusted", "destroyed"}
OPTIONAL = {"ages", "least_age", "age_from", "station", "ready"}
NAMED = [path for path in paths(FIELDS) if isinstance(path[-1], str) and path[-1] not in OPTIONAL]
OF_NO_KIND = [(path, value) for path in NAMED for value in (None, 1.5, "yes" if path[-1] in FLAGGED else True)]


def test_the_tables_below_see_the_whole_plan() -> None:
    top = {
        "schema",
        "city",
        "name",
        "environment",
        "contact",
        "timing",
        "stations",
        "classes",
        "keys",
        "handle_numbers",
        "latest_issue",
    }
    of_timing = {"list_life", "update", "courier", "skew"}
    of_class = {"number", "class", "kind", "claims", "life", "level", "max_version", "tolerance"}
    of_key = {"public", "kind", "quarter", "verify_until", "distrusted", "destroyed"}
    assert {path[-1] for path in NAMED} == top | of_timing | of_class | of_key
    assert decode(FIELDS) == PLAN


@pytest.mark.parametrize("path", NAMED, ids=shown)
def test_a_missing_field_is_named(path: tuple[Any, ...]) -> None:
    with pytest.raises(PlanError, match=f"'{path[-1]}' is missing"):
        decode(without(path))


@pytest.mark.parametrize(
    ("path", "value"), OF_NO_KIND, ids=lambda value: shown(value) if type(value) is tuple else repr(value)
)
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
        (("classes", 0, "photo_check"), 1, "'photo_check' is missing or of the wrong kind"),
        (("classes", 0, "ages "), [18], "no field 'ages '"),
        (("keys", 0), [], "a key is not an object"),
        (("keys", 0, "public"), "idpub.issuing.00000000.x", "public key"),
        (("keys", 0, "kind"), "plastic", "kind"),
        (("keys", 0, "quarter"), "2026-Q5", "quarter"),
        (("keys", 0, "verify_until"), 1_800_000_000, "verify_until"),
        (("keys", 0, "station"), 1, "station"),
        (("keys", 0, "ready"), "soon", "ready"),
        (("keys", 0, "ready"), True, "ready"),
        (("keys", 0, "ready"), -1, "ready"),
        (("keys", 0, "ready"), 1 << 32, "ready"),
        (("stations",), {}, "stations"),
        (("stations",), [1], "the stations are not a list of names"),
        (("stations",), ["North"], "name of a station"),
        (("stations",), ["north", "north"], "a station is named twice"),
        (("timing",), [], "timing"),
        (("timing", "list_life"), 75, "a trust list lives 76"),
        (("timing", "update"), 0, "a trust list lives"),
        (("timing", "skew"), 10**40, "a trust list lives"),
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


@pytest.mark.parametrize("environment", Environment)
def test_every_key_of_a_plan_was_made_for_its_environment(environment: Environment) -> None:
    """A key pasted in from the test city, or a test city whose plan was edited to be real."""
    fields = json.loads(plan.encode(City(environment=environment).plan))
    assert all(f"idpub.issuing.{environment}." in key["public"] for key in fields["keys"])
    [other] = set(Environment) - {environment}
    pasted = copy.deepcopy(fields)
    pasted["keys"][3]["public"] = pasted["keys"][3]["public"].replace(str(environment), str(other))
    says = f"the issuing key .* was made for {other}, and the plan is of a {environment} city: no key serves both"
    with pytest.raises(PlanError, match=says):
        decode(pasted)
    with pytest.raises(PlanError, match=f"made for {environment}, and the plan is of a {other} city"):
        decode({**fields, "environment": str(other)})


def test_a_plan_from_before_keys_named_their_environment_says_so() -> None:
    public = FIELDS["keys"][0]["public"]
    with pytest.raises(PlanError, match="the public key does not say whether it is for production or test"):
        decode(with_value(("keys", 0, "public"), public.replace("production.", "")))


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


# ---- what follows from it ----


@pytest.mark.parametrize(
    ("stations", "of_cohort", "of_revocable"),
    [((), (None,), (None,)), (("north",), (None,), ("north",)), (("north", "south"), (None,), ("north", "south"))],
    ids=["none", "one", "two"],
)
def test_stations_have_revocable_keys_of_their_own(
    stations: tuple[str, ...], of_cohort: tuple[str | None, ...], of_revocable: tuple[str | None, ...]
) -> None:
    value = replace(PLAN, stations=stations)
    assert (value.stations_of(Kind.COHORT), value.stations_of(Kind.REVOCABLE)) == (of_cohort, of_revocable)


@pytest.mark.parametrize("station", ["", "North", "1st", "-x", "north side", "n" * 33, "zürich", "a\n", "a.b", "../a"])
def test_a_station_has_a_name_of_small_letters(station: str) -> None:
    with pytest.raises(Malformed, match="name of a station"):
        replace(PLAN, stations=(station,))


def test_no_two_stations_have_one_name() -> None:
    with pytest.raises(Malformed, match="named twice"):
        replace(PLAN, stations=("north", "south", "north"))


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [((1,), (Kind.COHORT,)), ((4,), (Kind.REVOCABLE,)), ((4, 1, 2), (Kind.COHORT, Kind.REVOCABLE))],
    ids=["cohort", "revocable", "both"],
)
def test_the_kinds_are_those_of_the_classes_cohort_first(numbers: tuple[int, ...], kinds: tuple[Kind, ...]) -> None:
    classes = {each.number: each for each in DEFAULT_CLASSES}
    assert replace(PLAN, classes=tuple(classes[number] for number in numbers)).kinds == kinds


def test_a_key_is_named_so_that_an_officer_finds_it() -> None:
    key = PlannedKey(key=bytes(32), kind=Kind.REVOCABLE, quarter=Quarter(2026, 4), verify_until=0)
    assert str(key) == f"{key.kid.hex()} (revocable, 2026-Q4)"
    assert str(replace(key, station="north")) == f"{key.kid.hex()} (revocable, north, 2026-Q4)"


# ---- times ----


def test_the_times_of_a_city_unless_it_says_otherwise() -> None:
    timing = Timing()
    assert (timing.list_life, timing.update, timing.courier, timing.skew) == (120, 30, 14, 1)
    assert timing.reserve == 2 * 30 + 14 + 2 * 1
    assert timing.lead == (120 + 2 * 1) * DAY
    assert timing.root_reserve == 120 * DAY


@pytest.mark.parametrize(
    ("times", "good"),
    [
        ((76, 30, 14, 1), True),
        ((75, 30, 14, 1), False),
        ((400, 30, 14, 1), True),
        ((401, 30, 14, 1), False),
        ((400, 149, 100, 1), True),
        ((400, 150, 99, 1), False),
        ((78, 30, 14, 2), True),
        ((77, 30, 14, 2), False),
        ((5, 1, 1, 1), True),
        ((120, 0, 14, 1), False),
        ((120, 30, 0, 1), False),
        ((120, 30, 14, 0), False),
        ((120, -30, 14, 1), False),
    ],
    ids=str,
)
def test_a_list_lives_two_updates_the_courier_and_two_clocks_at_least(
    times: tuple[int, int, int, int], good: bool
) -> None:
    given = dict(zip(("list_life", "update", "courier", "skew"), times, strict=True))
    if good:
        assert Timing(**given).list_life == times[0]
    else:
        with pytest.raises(Malformed, match="a trust list lives"):
            Timing(**given)


def test_the_longest_life_is_that_of_the_kind() -> None:
    assert (PLAN.longest_life(Kind.COHORT), PLAN.longest_life(Kind.REVOCABLE)) == (24, 12)
    only_cohort = Plan(scope=PLAN.scope, name="S", contact="Ask.", classes=DEFAULT_CLASSES[:1], keys=())
    assert only_cohort.longest_life(Kind.REVOCABLE) == 0


def test_venues_learn_only_what_they_need_of_a_class() -> None:
    assert replace(DEFAULT_CLASSES[0], photo_check=True).venue_class.photo_check
    learnt = {each.profile.venue_class: each.venue_class for each in DEFAULT_CLASSES}
    assert (learnt["library"].required, learnt["library"].least_age, learnt["library"].handle) == ({1}, None, False)
    assert (learnt["pharmacy"].required, learnt["pharmacy"].least_age, learnt["pharmacy"].handle) == ({1}, None, True)
    assert (learnt["pool"].required, learnt["pool"].least_age, learnt["pool"].handle) == ({1}, 18, False)
    assert (learnt["theatre"].number, learnt["theatre"].required, learnt["theatre"].tolerance) == (5, {1, 4}, 120)
