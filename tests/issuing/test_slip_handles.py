"""Handles on their way from the slip to mint: one JSON object, and not a word more."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cities import City
from hypothesis import given
from hypothesis import strategies as st

from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slip_handles, slips
from idcard.issuing.minting import CannotMint
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import SlipError

CITY = City()
SLIP = slips.Slip(CITY.scope, 2028 * 12, bytes(range(16)))
GOOD = {
    "schema": 1,
    "city": "springfield",
    "environment": "production",
    "until": "2028-01",
    "handles": {"pharmacy": "61dc5fbd34565bac0951"},
}
JANUARY = seconds(datetime(2028, 1, 1, 12, tzinfo=UTC))

made = st.builds(
    Handles,
    st.builds(Scope, st.sampled_from(Environment), st.just("springfield")),
    st.integers(1970 * 12, 1970 * 12 + 4095),
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True), st.binary(min_size=10, max_size=10)),
)


@given(made)
def test_what_is_written_is_read(held: Handles) -> None:
    text = slip_handles.encode(held)
    assert text.count("\n") == 1
    assert slip_handles.decode(text) == held


def test_each_revocable_class_gets_one_and_nothing_tells_the_secret() -> None:
    held = slip_handles.of(SLIP, CITY.plan)
    assert json.loads(slip_handles.encode(held)) == GOOD
    assert SLIP.secret.hex() not in slip_handles.encode(held)


def test_a_handle_serves_codes_that_end_with_its_slip_or_before() -> None:
    held = slip_handles.of(SLIP, CITY.plan)
    assert held.of("pharmacy", JANUARY) == SLIP.handle(4)
    with pytest.raises(CannotMint, match="would outlive its slip: make a new slip"):
        held.of("pharmacy", JANUARY + 1)


def test_a_class_that_came_after_the_slip_needs_a_new_one() -> None:
    with pytest.raises(CannotMint, match="none for 'clinic': make a new slip"):
        slip_handles.of(SLIP, CITY.plan).of("clinic", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"schema": "1"},
        {"city": 1},
        {"environment": "live"},
        {"until": "2028"},
        {"until": "2028-13"},
        {"until": "1969-12"},
        {"until": 24336},
        {"handles": []},
        {"handles": {"pharmacy": "61dc"}},
        {"handles": {"pharmacy": "61DC5FBD34565BAC0951"}},
        {"handles": {"pharmacy": 1}},
        {"handles": {"Pharmacy": "61dc5fbd34565bac0951"}},
        {"handles": {"": "61dc5fbd34565bac0951"}},
        {"secret": "000102030405060708090a0b0c0d0e0f"},
    ],
    ids=str,
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    assert slip_handles.decode(json.dumps(GOOD)).by_class == {"pharmacy": SLIP.handle(4)}
    with pytest.raises(SlipError, match="make a new slip") as refused:
        slip_handles.decode(json.dumps(GOOD | change))
    assert "61dc" not in str(refused.value)


@pytest.mark.parametrize("missing", GOOD)
def test_every_field_is_needed(missing: str) -> None:
    with pytest.raises(SlipError):
        slip_handles.decode(json.dumps({name: value for name, value in GOOD.items() if name != missing}))


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "1", '{"schema": 1, "schema": 1}', "\x00"])
def test_what_is_no_such_object_is_refused(text: str) -> None:
    with pytest.raises(SlipError):
        slip_handles.decode(text)
