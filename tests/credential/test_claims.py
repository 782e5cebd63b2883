"""What a credential may say, and how a program meets what it does not know (specs/credential.md, Claims)."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard import cose
from idcard.credential import calendar, claims
from idcard.credential.claims import FLAGS, Claims
from idcard.errors import Malformed

SPEC = (Path(__file__).parents[2] / "specs" / "credential.md").read_text("utf-8")
EXP = calendar.noon_of_first(2027 * 12)
HANDLE = bytes(range(10))
UNKNOWN = [0, *range(9, 16), 24, 100, 65537, (1 << 64) - 1]
"""Keys of the holder's map that are in no table, of 0 or above."""

months = st.integers(1970 * 12 + 255, 2106 * 12 + 1)


@st.composite
def all_claims(draw: st.DrawFn) -> Claims:
    month = draw(months)
    return Claims(
        exp=calendar.noon_of_first(month),
        flags=draw(st.frozensets(st.sampled_from(sorted(FLAGS)))),
        age=draw(st.none() | st.integers(1, 150)),
        age_from=draw(st.none() | st.tuples(st.integers(1, 150), st.integers(1, 255).map(lambda k: month - k))),
        handle=draw(st.none() | st.binary(min_size=10, max_size=10)),
    )


holders = all_claims().filter(lambda each: bool(each.flags) or each.age is not None or each.age_from is not None)


def payload(holder: Any = None, **changes: Any) -> bytes:
    """The claims of a resident with these keys changed: `_1` for 1 and `m1` for -1, None to leave one out."""
    fields: dict[int, Any] = {4: EXP, -65537: {1: True} if holder is None else holder}
    fields |= {int(key.lstrip("_").replace("m", "-")): value for key, value in changes.items()}
    return cose.encode({key: value for key, value in fields.items() if value is not None})


# ---- what claims are ----


@pytest.mark.parametrize(
    ("flags", "age", "names"),
    [
        (set(), None, []),
        ({1}, None, ["resident"]),
        (set(), 18, ["age_over_18"]),
        ({16, 5, 1}, 65, ["resident", "senior", "city_16", "age_over_65"]),
    ],
)
def test_what_is_claimed_has_names(flags: set[int], age: int | None, names: list[str]) -> None:
    assert claims.labels(flags, age) == names


def test_no_flag_has_the_name_of_an_age() -> None:
    assert not any(name.startswith(claims.AGE_OVER) for name in FLAGS.values())


@given(holders)
def test_claims_are_what_their_encoding_decodes_to(value: Claims) -> None:
    data = claims.encode(value)
    assert claims.decode(data) == value
    assert claims.encode(claims.decode(data)) == data


def test_an_encoding_by_hand() -> None:
    month = 2027 * 12
    value = Claims(calendar.noon_of_first(month), frozenset({1, 16}), 18, (21, month - 3), HANDLE)
    assert claims.encode(value) == bytes.fromhex(
        "a3"  # three claims
        "04" "1a6b379540"  # exp: 2027-01-01 12:00 UTC
        "07" "4a00010203040506070809"  # cti
        "3a00010000"  # -65537
        "a4" "01f5" "0212" "03821503" "10f5"
    )  # fmt: skip


def test_the_registry_is_that_of_the_specification() -> None:
    table = dict(re.findall(r"^\| (\d+) \| `(\w+)` \| true \|", SPEC, re.MULTILINE))
    assert "| 16 to 23 | `city_16` to `city_23` | true |" in SPEC
    city = {number: f"city_{number}" for number in range(16, 24)}
    assert {int(number): name for number, name in table.items()} | city == FLAGS


@pytest.mark.parametrize("number", sorted(FLAGS))
def test_each_flag_alone(number: int) -> None:
    assert claims.decode(payload({number: True})) == Claims(EXP, frozenset({number}))


@pytest.mark.parametrize("age", [1, 18, 23, 24, 150])
def test_an_age_alone(age: int) -> None:
    assert claims.decode(payload({2: age})) == Claims(EXP, frozenset(), age)


@pytest.mark.parametrize(("age", "before"), [(1, 1), (18, 23), (18, 24), (150, 255)])
def test_age_from_alone(age: int, before: int) -> None:
    assert claims.decode(payload({3: [age, before]})) == Claims(EXP, frozenset(), None, (age, 2027 * 12 - before))


# ---- what is malformed ----

OTHER_THAN_TRUE = [False, 1, 0, -1, b"", b"\x01", "", "true", [], [True], {}, {1: True}]
NO_AGE = [0, 151, 1 << 32, -1, -18, True, False, b"\x12", "18", [], [18], {}]
NO_AGE_FROM = [
    *(18, True, b"\x12\x01", "18", {}, {18: 1}, [], [18], [18, 1, 1], [[18, 1]], [[18], 1], [18, [1]]),
    *([0, 1], [151, 1], [-18, 1], [True, 1], ["18", 1], [18, 0], [18, 256], [18, -1], [18, True], [18, b""]),
]
NO_EXP = [
    *(True, b"", "2027-01-01", [], {}, [EXP], -EXP, 0, -1, 1, EXP - 1, EXP + 1, EXP + 43200, EXP + 86400),
    *(calendar.noon_of_first(2106 * 12 + 2), calendar.noon_of_first(9999 * 12), (1 << 64) - 1, -(1 << 64)),
]
NO_HANDLE = [b"", bytes(9), bytes(11), bytes(16), "0123456789", True, 0, [], {}, [bytes(10)]]

MALFORMED = {
    "no map: a list": cose.encode([4, EXP]),
    "no map: an integer": cose.encode(EXP),
    "no map: a byte string": cose.encode(payload()),
    "no map: true": cose.encode(True),
    "nothing": b"",
    "an empty map": cose.encode({}),
    "a byte left over": payload() + b"\0",
    "cut short": payload()[:-1],
    "not sorted": bytes.fromhex("a2" "3a00010000a101f5" "041a6b379540"),
    "exp twice": bytes.fromhex("a3" "041a6b379540" "041a6b379540" "3a00010000a101f5"),
    "a flag twice": bytes.fromhex("a2" "041a6b379540" "3a00010000a201f501f5"),
    "a long key": bytes.fromhex("a2" "041a6b379540" "3b0000000000010000a101f5"),
    "a flag with a text key": bytes.fromhex("a2" "041a6b379540" "3a00010000a1" "6131f5"),
    "a flag null": bytes.fromhex("a2" "041a6b379540" "3a00010000a1" "01f6"),
    "an age of 18.0": bytes.fromhex("a2" "041a6b379540" "3a00010000a1" "02f94c80"),
    "a tagged exp": bytes.fromhex("a2" "04c11a6b379540" "3a00010000a101f5"),
    "a float exp": bytes.fromhex("a2" "04fb41dacde550000000" "3a00010000a101f5"),
    "no exp": payload(_4=None),
    "no holder": payload(m65537=None),
    **{f"exp {value!r}": payload(_4=value) for value in NO_EXP},
    **{f"cti {value!r}": payload(_7=value) for value in NO_HANDLE},
    **{f"holder {value!r}": payload(value) for value in ({}, [], [True], b"\xa1\x01\xf5", "resident", True, 1)},
    **{f"outer claim {key}": payload(**{f"_{key}": 1}) for key in (0, 1, 2, 3, 5, 6, 8, 38, 65537, (1 << 64) - 1)},
    **{f"outer claim -{key}": payload(**{f"m{key}": 1}) for key in (1, 256, 65536, 65538, 1 << 64)},
    **{f"{FLAGS[key]} {value!r}": payload({key: value}) for key in FLAGS for value in OTHER_THAN_TRUE},
    **{f"age {value!r}": payload({2: value}) for value in NO_AGE},
    **{f"age_from {value!r}": payload({3: value}) for value in NO_AGE_FROM},
    "a known key with another value beside an unknown negative one": payload({1: False, -1: 0}),
    "an age out of range beside an unknown negative key": payload({2: 0, -1: 0}),
}  # fmt: skip


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_anything_outside_the_specification_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        claims.decode(data)


@given(st.dictionaries(st.integers(-5, 30), st.sampled_from([True, False, 18, [18, 1], b""])))
def test_a_holder_is_what_the_table_says_or_malformed(holder: dict[int, Any]) -> None:
    right = {
        **dict.fromkeys(FLAGS, lambda value: value is True),
        2: lambda value: type(value) is int,
        3: lambda value: type(value) is list,
    }
    if not holder or any(not right[key](value) for key, value in holder.items() if key in right):
        with pytest.raises(Malformed):
            claims.decode(payload(holder))
    else:
        age_from = (18, 2027 * 12 - 1) if 3 in holder else None
        flags, unknown = FLAGS.keys() & holder.keys(), min(holder) < 0
        assert claims.decode(payload(holder)) == Claims(EXP, flags, holder.get(2), age_from, None, unknown)


@given(holders, st.data())
def test_a_flipped_bit_means_other_claims_or_none(value: Claims, data: st.DataObject) -> None:
    encoding = bytearray(claims.encode(value))
    at = data.draw(st.integers(0, 8 * len(encoding) - 1))
    encoding[at // 8] ^= 1 << at % 8
    try:
        other = claims.decode(bytes(encoding))
    except Malformed:
        return
    assert other != value


# ---- growth ----


@pytest.mark.parametrize("value", [True, False, 0, b"x", "x", [1], {1: True}], ids=repr)
@pytest.mark.parametrize("key", UNKNOWN)
def test_an_unknown_key_is_ignored_and_proves_nothing(key: int, value: Any) -> None:
    assert claims.decode(payload({1: True, key: value})) == Claims(EXP, frozenset({1}))
    assert claims.decode(payload({key: value})) == Claims(EXP, frozenset())


@pytest.mark.parametrize("value", [True, False, 0, b"x", "x", [1], {1: True}], ids=repr)
@pytest.mark.parametrize("key", [-1, -2, -24, -25, -65537, -(1 << 64)])
def test_an_unknown_negative_key_is_told_apart(key: int, value: Any) -> None:
    assert claims.decode(payload({1: True, key: value})) == Claims(EXP, frozenset({1}), unknown=True)
    assert claims.decode(payload({key: value})) == Claims(EXP, frozenset(), unknown=True)


# ---- over N ----


@pytest.mark.parametrize(
    ("age", "age_from", "least", "proven"),
    [
        # (age, (reached, months from now), asked, proven)
        (None, None, 1, False),
        (18, None, 17, True),
        (18, None, 18, True),
        (18, None, 19, False),
        (150, None, 150, True),
        (None, (18, -1), 18, True),
        (None, (18, 0), 18, True),
        (None, (18, 1), 18, False),
        (None, (18, 0), 16, True),
        (None, (18, 0), 21, False),
        (None, (18, 1), 16, False),
        (18, (21, 1), 18, True),
        (18, (21, 1), 21, False),
        (18, (21, 0), 21, True),
        (18, (21, 0), 22, False),
        (21, (18, 1), 18, True),
    ],
)
def test_over_n_is_proven_by_the_nearest_true(
    age: int | None, age_from: tuple[int, int] | None, least: int, proven: bool
) -> None:
    month = 2026 * 12 + 6
    value = Claims(EXP, frozenset(), age, age_from and (age_from[0], month + age_from[1]))
    assert value.proves_age(least, calendar.noon_of_first(month)) is proven


def test_a_month_has_begun_at_noon_of_its_first_day() -> None:
    month = 2026 * 12 + 6
    value = Claims(EXP, frozenset(), None, (18, month))
    noon = calendar.noon_of_first(month)
    assert [value.proves_age(18, now) for now in (0, noon - 43200, noon - 1, noon, noon + 1)] == [
        *(False, False, False),
        *(True, True),
    ]


@given(st.none() | st.integers(1, 150), st.none() | st.tuples(st.integers(1, 150), months), st.integers(1, 150), months)
def test_over_n_is_what_the_rule_says(
    age: int | None, age_from: tuple[int, int] | None, least: int, month: int
) -> None:
    value = Claims(EXP, frozenset({1}), age, age_from)
    reached = [] if age is None else [age]
    if age_from is not None and age_from[1] <= month:
        reached.append(age_from[0])
    assert value.proves_age(least, calendar.noon_of_first(month)) == (max(reached, default=0) >= least)
