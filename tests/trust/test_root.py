"""The root: the map of specs/trust.md, and nothing else but growth."""

import hashlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cities import City
from hypothesis import given
from hypothesis import strategies as st

from idcard import cose
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed, Outcome, Reason, Refused
from idcard.trust import root, trust_file
from idcard.trust.document import Role
from idcard.trust.root import Root

CITY = City()
ROOT = CITY.root()
K = [bytes([number]) * 32 for number in range(20)]
GOOD: dict[int, Any] = {1: 1, 2: "springfield", 3: "Springfield", 4: 0, 5: 2**31, 6: 120, 7: [2, K[:3]], 8: [1, [K[9]]]}

city_ids = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)


@st.composite
def roles(draw: st.DrawFn) -> Role:
    keys = draw(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=15))
    return Role(draw(st.integers(1, len(keys))), tuple(sorted(keys)))


versions = st.just({"version": 1, "previous": None}) | st.fixed_dictionaries(
    {"version": st.integers(2, 2**32 - 1), "previous": st.binary(min_size=32, max_size=32)}
)
roots = st.builds(
    lambda named, **fields: Root(**named, **fields),
    versions,
    scope=st.builds(Scope, st.sampled_from(Environment), city_ids),
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=64),
    exp=st.integers(0, 2**32 - 1),
    list_days=st.integers(1, 400),
    roots=roles(),
    publishers=roles(),
)


PREVIOUS = bytes(range(32))


def payload(**changes: Any) -> bytes:
    """A good root with these fields changed: `_1` for 1 and `m1` for -1, None to leave one out."""
    fields = GOOD | {int(key.lstrip("_").replace("m", "-")): value for key, value in changes.items()}
    return cose.encode({key: value for key, value in fields.items() if value is not None})


@given(roots)
def test_a_root_is_what_its_encoding_decodes_to(value: Root) -> None:
    data = root.encode(value)
    assert root.decode(data) == value
    assert cbor2.loads(data) == {
        1: value.version,
        2: value.scope.city,
        3: value.name,
        4: ["production", "test"].index(value.scope.environment),
        5: value.exp,
        6: value.list_days,
        7: [value.roots.threshold, list(value.roots.keys)],
        8: [value.publishers.threshold, list(value.publishers.keys)],
        **({} if value.previous is None else {9: value.previous}),
    }


def test_a_root_by_hand() -> None:
    by_hand = Root(
        version=1,
        scope=Scope(Environment.PRODUCTION, "springfield"),
        name="Springfield",
        exp=2**31,
        list_days=120,
        roots=Role(2, tuple(K[:3])),
        publishers=Role(1, (K[9],)),
    )
    assert root.decode(payload()) == by_hand
    assert root.decode(payload(_1=2, _9=PREVIOUS)) == replace(by_hand, version=2, previous=PREVIOUS)


def test_a_root_is_named_by_its_payload_whoever_signed_it() -> None:
    identity = cbor2.dumps([b"", root.encode(ROOT)])
    name = hashlib.blake2b(identity, digest_size=32, person=b"idcard.root").digest()
    assert root.digest(ROOT) == name == trust_file.decode(CITY.file).root_digests[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"_1": 2, "_9": PREVIOUS},
        {"_1": 2**32 - 1, "_9": bytes(32)},
        {"_2": "a"},
        {"_2": "a" * 32},
        {"_2": "a-1-"},
        {"_3": "x"},
        {"_3": " \xa0~"},
        {"_3": "\N{GRINNING FACE}" * 64},
        {"_4": 1},
        {"_5": 0},
        {"_5": 2**32 - 1},
        {"_6": 1},
        {"_6": 400},
        {"_7": [15, K[:15]]},
        {"_7": [1, [K[0]]]},
        {"_8": [3, K[9:12]]},
    ],
    ids=str,
)
def test_fields_at_their_limits(changes: dict[str, Any]) -> None:
    data = payload(**changes)
    assert root.encode(root.decode(data)) == data


NO_TEXT = [None, b"springfield", 1, True, [], {}, ""]
CONTROL = ["a\0", "\x1b[2J", "a\nb", "a\t", "\x1f", "a\x7f", "\x80", "a\x9f"]
NO_NUMBER = [None, -1, True, False, "1", b"\x01", [1], {}, 2**32, 2**64 - 1]
NO_ROLE = [
    *(None, 1, b"", "", {}, [], [1], [K[:1]], [1, K[:1], 1], [K[:1], 1], [1, K[0]], [1, {0: K[0]}], [1, []]),
    *([0, K[:1]], [2, K[:1]], [-1, K[:1]], [4, K[:3]], ["1", K[:1]], [b"\x01", K[:1]], [[1], K[:1]]),
    *([True, K[:1]], [True, K[:2]], [False, K[:1]]),
    *([1, [K[1], K[0]]], [1, [K[0], K[0]]], [2, [K[0], K[0]]], [1, K[:16]], [16, K[:16]]),
    *([1, [K[0][:31]]], [1, [K[0] + b"\0"]], [1, [b""]], [1, ["k" * 32]], [1, [0]], [1, [[K[0]]]], [1, [True]]),
]
MALFORMED = {
    "nothing": b"",
    "a list": cose.encode([1]),
    "bytes": cose.encode(payload()),
    "an empty map": cose.encode({}),
    "a byte left over": payload() + b"\0",
    "cut short": payload()[:-1],
    "not sorted": cbor2.dumps(dict(sorted(GOOD.items(), reverse=True))),
    **{f"version {value!r}": payload(_1=value) for value in [*NO_NUMBER, 0]},
    "version 1 that names another root": payload(_9=PREVIOUS),
    "version 1 that names no root, in no bytes": payload(_9=b""),
    "version 2 that names none": payload(_1=2),
    "the last version, which names none": payload(_1=2**32 - 1),
    **{
        f"the root before {value!r}": payload(_1=2, _9=value)
        for value in (b"", PREVIOUS[1:], PREVIOUS + b"\0", "x" * 32, [PREVIOUS], {}, 0, 1, True, False)
    },
    **{f"city {value!r}": payload(_2=value) for value in NO_TEXT},
    **{
        f"city {value!r}": payload(_2=value)
        for value in (
            *("a" * 33, "Springfield", "1a", "-a", "a b", "a_b", "a.b", "a/b", "a\n", " a", "a\0", "../a"),
            *("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "a\N{FULLWIDTH DIGIT ONE}", "\N{CYRILLIC SMALL LETTER A}bc"),
        )
    },
    **{f"name {value!r}": payload(_3=value) for value in [*NO_TEXT, "x" * 65, *CONTROL]},
    **{f"environment {value!r}": payload(_4=value) for value in [*NO_NUMBER, 2]},
    **{f"exp {value!r}": payload(_5=value) for value in NO_NUMBER},
    **{f"longest life {value!r}": payload(_6=value) for value in [*NO_NUMBER, 0, 401]},
    **{f"root keys {at} {value!r:.30}": payload(_7=value) for at, value in enumerate(NO_ROLE)},
    **{f"publisher keys {at} {value!r:.30}": payload(_8=value) for at, value in enumerate(NO_ROLE)},
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_anything_outside_the_specification_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        root.decode(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"version": 2**32, "previous": PREVIOUS},
        {"version": True},
        {"version": 2},
        {"previous": PREVIOUS},
        {"version": 2, "previous": PREVIOUS[1:]},
        {"version": 2, "previous": b""},
        {"name": ""},
        {"name": "x" * 65},
        {"exp": -1},
        {"exp": 2**32},
        {"list_days": 0},
        {"list_days": 401},
    ],
    ids=str,
)
def test_a_root_that_would_be_refused_has_no_encoding(changes: dict[str, Any]) -> None:
    assert root.encode(ROOT)
    with pytest.raises(Malformed):
        root.encode(replace(ROOT, **changes))


@pytest.mark.parametrize("city", ["", "Springfield", "1a", "-a", "a b", "a\n", "../a", "a" * 33])
def test_an_id_that_is_none_has_no_root(city: str) -> None:
    with pytest.raises(Malformed):
        root.encode(replace(ROOT, scope=Scope(Environment.TEST, city)))


@pytest.mark.parametrize("key", [0, 10, 23, 24, 255, 65536, 2**64 - 1])
@pytest.mark.parametrize("value", [0, True, b"x", "x", [[1]], {1: 2}, {-1: 2}], ids=repr)
def test_an_unknown_key_is_ignored(key: int, value: Any) -> None:
    assert root.decode(payload(**{f"_{key}": value})) == root.decode(payload())


@pytest.mark.parametrize("key", [1, 2, 24, 25, 65537, 2**64])
def test_an_unknown_negative_key_needs_a_newer_program(key: int) -> None:
    for data in (payload(**{f"m{key}": 0}), cose.encode({-key: 0})):
        with pytest.raises(Refused) as refused:
            root.decode(data)
        assert (refused.value.reason, refused.value.outcome) == (Reason.NEWER_PROGRAM, Outcome.CANNOT_SAY)


@given(st.data())
def test_a_root_altered_anywhere_is_another_root_or_none(data: st.DataObject) -> None:
    encoding = bytearray(root.encode(ROOT))
    at = data.draw(st.integers(0, 8 * len(encoding) - 1))
    encoding[at // 8] ^= 1 << at % 8
    try:
        other = root.decode(bytes(encoding))
    except IdcardError:
        return
    assert other != ROOT


def test_a_root_costs_at_most_750_bytes() -> None:
    """With three root keys, one publisher key, three signatures, and the longest name and id in ASCII."""
    assert (len(ROOT.roots.keys), len(ROOT.publishers.keys)) == (3, 1)
    assert len(CITY.sign_root()) <= 750
    longest = replace(
        ROOT,
        name="x" * 64,
        scope=Scope(Environment.TEST, "a" * 32),
        version=2**32 - 1,
        previous=PREVIOUS,
        exp=2**32 - 1,
        list_days=400,
    )
    assert len(CITY.sign_root(longest)) <= 750
    in_any_script = replace(longest, name="\N{GRINNING FACE}" * 64)
    assert len(CITY.sign_root(in_any_script)) <= 750
