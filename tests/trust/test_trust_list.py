"""The trust list: the maps of specs/trust.md, and nothing else but growth."""

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cities import City, signer
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard import cose
from idcard.credential import calendar
from idcard.credential.claims import FLAGS
from idcard.errors import IdcardError, Malformed, Outcome, Reason, Refused
from idcard.trust import trust_list
from idcard.trust.trust_list import IssuingKey, TrustList, VenueClass

CITY = City()
LIST = CITY.trust_list()
UNTIL = calendar.noon_of_first(2029 * 12)
K = [bytes([number]) * 32 for number in range(4)]
CLASS: dict[int, Any] = {1: 3, 2: "pharmacy", 3: [1, 4], 4: 18, 5: True, 6: 60, 7: True}
KEY: dict[int, Any] = {1: K[0], 2: [1, 3], 3: UNTIL, 4: True}
GOOD: dict[int, Any] = {
    1: 7,
    2: 1000,
    3: 2000,
    4: 3000,
    5: "Ask.",
    6: [CLASS],
    7: [KEY],
    8: bytes(32),
    9: bytes(range(32)),
}

names = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
instants = st.integers(0, 2**32 - 1)
issuing_keys = st.builds(
    IssuingKey,
    key=st.binary(min_size=32, max_size=32),
    classes=st.frozensets(st.integers(1, 65535), max_size=6),
    verify_until=st.integers(1970 * 12, 2106 * 12 + 1).map(calendar.noon_of_first),
    compromised=st.booleans(),
)
venue_classes = st.builds(
    VenueClass,
    number=st.integers(1, 65535),
    name=names,
    required=st.frozensets(st.sampled_from(sorted(FLAGS))),
    least_age=st.none() | st.integers(1, 150),
    handle=st.booleans(),
    tolerance=st.integers(1, 400),
    photo_check=st.booleans(),
).filter(lambda each: bool(each.required) or each.least_age is not None)


@st.composite
def lists(draw: st.DrawFn) -> TrustList:
    issued, next_update, exp = sorted(draw(st.lists(instants, min_size=3, max_size=3, unique=True)))
    classes = {
        each.number: each for each in draw(st.lists(venue_classes, max_size=4, unique_by=lambda each: each.name))
    }
    keys = {each.key: each for each in draw(st.lists(issuing_keys, max_size=4))}
    return TrustList(
        version=draw(st.integers(1, 2**32 - 1)),
        issued=issued,
        next_update=draw(st.sampled_from([next_update, exp])),
        exp=exp,
        contact=draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=200)),
        classes=tuple(classes[number] for number in sorted(classes)),
        keys=tuple(keys[key] for key in sorted(keys)),
        cancellations=draw(st.binary(min_size=32, max_size=32)),
        root=draw(st.binary(min_size=32, max_size=32)),
    )


def changed(fields: dict[int, Any], changes: dict[int, Any]) -> dict[int, Any]:
    """With these fields changed; None leaves one out."""
    return {key: value for key, value in (fields | changes).items() if value is not None}


def payload(changes: dict[int, Any]) -> bytes:
    return cose.encode(changed(GOOD, changes))


def with_class(changes: dict[int, Any]) -> bytes:
    return payload({6: [changed(CLASS, changes)]})


def with_key(changes: dict[int, Any]) -> bytes:
    return payload({7: [changed(KEY, changes)]})


@given(lists())
def test_a_list_is_what_its_encoding_decodes_to(value: TrustList) -> None:
    assert trust_list.decode(trust_list.encode(value)) == value


def test_a_list_by_hand() -> None:
    assert trust_list.decode(cose.encode(GOOD)) == TrustList(
        version=7,
        issued=1000,
        next_update=2000,
        exp=3000,
        contact="Ask.",
        classes=(
            VenueClass(
                number=3,
                name="pharmacy",
                required=frozenset({1, 4}),
                least_age=18,
                handle=True,
                tolerance=60,
                photo_check=True,
            ),
        ),
        keys=(IssuingKey(key=K[0], classes=frozenset({1, 3}), verify_until=UNTIL, compromised=True),),
        cancellations=bytes(32),
        root=bytes(range(32)),
    )
    assert trust_list.encode(trust_list.decode(cose.encode(GOOD))) == cbor2.dumps(GOOD)


@pytest.mark.parametrize(
    "data",
    [
        payload({1: 2**32 - 1}),
        payload({2: 0, 3: 1, 4: 1}),
        payload({4: 2**32 - 1}),
        payload({5: "x" * 200}),
        payload({5: "\N{GRINNING FACE}" * 200}),
        payload({6: []}),
        payload({7: []}),
        payload({6: [CLASS, CLASS | {1: 65535, 2: "bar"}]}),
        payload({7: [KEY, KEY | {1: K[1]}]}),
        with_class({1: 1}),
        with_class({1: 65535}),
        with_class({2: "a" * 32}),
        with_class({3: [], 4: 1}),
        with_class({3: sorted(FLAGS), 4: None, 5: None}),
        with_class({4: 150, 6: 1}),
        with_class({6: 400}),
        with_class({7: None}),
        with_key({2: []}),
        with_key({2: [1, 65535]}),
        with_key({3: calendar.noon_of_first(1970 * 12)}),
        with_key({3: calendar.noon_of_first(2106 * 12 + 1)}),
        with_key({4: None}),
    ],
)
def test_fields_at_their_limits(data: bytes) -> None:
    assert trust_list.encode(trust_list.decode(data)) == data


NO_TEXT = [None, b"a", 1, True, [], {}, ""]
CONTROL = ["a\0", "\x1b[2J", "a\nb", "a\t", "\x1f", "a\x7f", "\x80", "a\x9f"]
NO_NUMBER = [None, -1, True, False, "1", b"\x01", [1], {}, 2**32, 2**64 - 1]
NO_LIST = [None, 1, True, b"", "", {}, {1: CLASS}]
NO_NUMBERS = [*NO_LIST, [1, 1], [4, 1], [True], [0], [-1], [65536], ["1"], [b"\x01"], [[1]]]
NO_TRUE = [False, 0, 1, b"", "true", [], {}]
NO_MAP = [1, True, b"", "pharmacy", [], [1, 2]]

MALFORMED = {
    "nothing": b"",
    "no map": cose.encode([GOOD]),
    "a byte left over": cose.encode(GOOD) + b"\0",
    "cut short": cose.encode(GOOD)[:-1],
    **{f"version {value!r}": payload({1: value}) for value in [*NO_NUMBER, 0]},
    **{f"issued {value!r}": payload({2: value}) for value in NO_NUMBER},
    **{f"next update {value!r}": payload({3: value}) for value in NO_NUMBER},
    **{f"exp {value!r}": payload({4: value}) for value in NO_NUMBER},
    "next update at issue": payload({3: 1000}),
    "next update before issue": payload({3: 999}),
    "next update after exp": payload({3: 3001}),
    "exp at issue": payload({3: 1000, 4: 1000}),
    "exp before issue": payload({3: 900, 4: 999}),
    **{f"contact {value!r}": payload({5: value}) for value in [*NO_TEXT, "x" * 201, *CONTROL]},
    **{f"classes {value!r}": payload({6: value}) for value in NO_LIST},
    **{f"keys {value!r}": payload({7: value}) for value in NO_LIST},
    **{
        f"digest {key} {value!r}": payload({key: value})
        for key in (8, 9)
        for value in (None, b"", bytes(31), bytes(33), "x" * 32, [bytes(32)], 0)
    },
    # Venue classes
    **{f"a class that is {value!r}": payload({6: [value]}) for value in NO_MAP},
    "classes not sorted": payload({6: [CLASS, CLASS | {1: 2, 2: "bar"}]}),
    "a number twice": payload({6: [CLASS, CLASS | {2: "bar"}]}),
    "a name twice": payload({6: [CLASS, CLASS | {1: 4}]}),
    **{f"class number {value!r}": with_class({1: value}) for value in [*NO_NUMBER, 0, 65536]},
    **{f"class name {value!r}": with_class({2: value}) for value in NO_TEXT},
    **{
        f"class name {value!r}": with_class({2: value})
        for value in ("A", "1a", "-a", "a b", "a_b", "a\n", " a", "a" * 33, "caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    },
    **{f"required {value!r}": with_class({3: value}) for value in [*NO_NUMBERS, [2], [3], [1, 2]]},
    **{f"least age {value!r}": with_class({4: value}) for value in [*NO_NUMBER[1:], 0, 151]},
    **{f"handle {value!r}": with_class({5: value}) for value in NO_TRUE},
    **{f"tolerance {value!r}": with_class({6: value}) for value in [*NO_NUMBER, 0, 401]},
    **{f"photo check {value!r}": with_class({7: value}) for value in NO_TRUE},
    "a class that requires nothing": with_class({3: [], 4: None}),
    "a class that requires a handle alone": with_class({3: [], 4: None, 5: True}),
    # Issuing keys
    **{f"a key that is {value!r}": payload({7: [value]}) for value in NO_MAP},
    "keys not sorted": payload({7: [KEY | {1: K[1]}, KEY]}),
    "a key twice": payload({7: [KEY, KEY]}),
    "a key twice with other classes": payload({7: [KEY, KEY | {2: [3]}]}),
    **{f"key {value!r}": with_key({1: value}) for value in (None, b"", bytes(31), bytes(33), "k" * 32, 0, [K[0]])},
    **{f"served {value!r}": with_key({2: value}) for value in NO_NUMBERS},
    **{f"verify_until {value!r}": with_key({3: value}) for value in NO_NUMBER},
    **{
        f"verify_until {value!r}": with_key({3: value})
        for value in (0, UNTIL - 1, UNTIL + 1, UNTIL + 43200, UNTIL + 86400, calendar.noon_of_first(2106 * 12 + 2))
    },
    **{f"compromised {value!r}": with_key({4: value}) for value in NO_TRUE},
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_anything_outside_the_specification_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        trust_list.decode(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"issued": -1},
        {"next_update": LIST.issued},
        {"exp": LIST.issued},
        {"exp": 2**32},
        {"contact": ""},
        {"contact": "x" * 201},
        {"classes": LIST.classes[::-1]},
        {"classes": LIST.classes[:1] * 2},
        {"classes": (replace(LIST.classes[0], required=frozenset()),)},
        {"classes": (replace(LIST.classes[0], tolerance=0),)},
        {"classes": (replace(LIST.classes[0], name="Library"),)},
        {"keys": LIST.keys[::-1]},
        {"keys": LIST.keys[:1] * 2},
        {"keys": (replace(LIST.keys[0], verify_until=UNTIL + 1),)},
        {"keys": (replace(LIST.keys[0], classes=frozenset({65536})),)},
        {"cancellations": bytes(31)},
        {"root": bytes(31)},
        {"root": b""},
    ],
    ids=lambda changes: "".join(changes),
)
def test_a_list_that_would_be_refused_has_no_encoding(changes: dict[str, Any]) -> None:
    assert trust_list.encode(LIST)
    with pytest.raises(Malformed):
        trust_list.encode(replace(LIST, **changes))


# ---- growth ----


@pytest.mark.parametrize("key", [0, 10, 24, 65536, 2**64 - 1])
@pytest.mark.parametrize("value", [0, True, b"x", "x", [[1]], {-1: 2}], ids=repr)
@pytest.mark.parametrize("place", [payload, with_class, with_key])
def test_an_unknown_key_is_ignored(place: Any, key: int, value: Any) -> None:
    assert trust_list.decode(place({key: value})) == trust_list.decode(cose.encode(GOOD))


def needs_a_newer_program(data: bytes) -> bool:
    with pytest.raises(Refused) as refused:
        trust_list.decode(data)
    return (refused.value.reason, refused.value.outcome) == (Reason.NEWER_PROGRAM, Outcome.CANNOT_SAY)


@pytest.mark.parametrize("key", [-1, -2, -24, -25, -65537, -(2**64)])
@pytest.mark.parametrize("place", [payload, with_class, with_key])
def test_an_unknown_negative_key_needs_a_newer_program(place: Any, key: int) -> None:
    assert needs_a_newer_program(place({key: 0}))


@pytest.mark.parametrize("claim", [*range(9, 16), 24, 65535])
def test_a_required_claim_that_is_not_known_needs_a_newer_program(claim: int) -> None:
    assert needs_a_newer_program(with_class({3: [claim]}))
    assert needs_a_newer_program(with_class({3: sorted([1, claim])}))


@settings(max_examples=300)
@given(st.data())
def test_a_list_altered_anywhere_is_another_list_or_none(data: st.DataObject) -> None:
    encoding = bytearray(trust_list.encode(LIST))
    at = data.draw(st.integers(0, 8 * len(encoding) - 1))
    encoding[at // 8] ^= 1 << at % 8
    try:
        other = trust_list.decode(bytes(encoding))
    except IdcardError:
        return
    assert other != LIST


# ---- size ----


@pytest.mark.parametrize("classes", [1, 4, 12])
def test_an_issuing_key_costs_at_most_60_bytes(classes: int) -> None:
    def size(count: int) -> int:
        keys = sorted(signer(f"issuing {number}").public_key for number in range(count))
        served = frozenset(range(1, classes + 1))
        listed = (IssuingKey(key=key, classes=served, verify_until=UNTIL, compromised=True) for key in keys)
        return len(trust_list.encode(replace(LIST, keys=tuple(listed))))

    assert size(100) - size(0) <= 100 * 60


def test_the_keys_of_a_city_cost_at_most_60_bytes_each() -> None:
    without = trust_list.encode(replace(LIST, keys=()))
    assert 0 < len(trust_list.encode(LIST)) - len(without) <= 60 * len(LIST.keys)
