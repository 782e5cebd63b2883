"""Cancellations: a set of 10-byte values in one byte string."""

import hashlib
from collections.abc import Iterable

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.errors import Malformed
from idcard.trust import cancellations
from idcard.trust.cancellations import Cancellations

values = st.binary(min_size=10, max_size=10)
ONE, TWO, THREE = (bytes([number]) * 10 for number in (1, 2, 3))


@given(st.sets(values, max_size=40), st.lists(values, max_size=5), st.randoms(use_true_random=False))
def test_a_set_is_what_its_encoding_holds(cancelled: set[bytes], others: list[bytes], random: object) -> None:
    in_any_order = [*cancelled, *list(cancelled)[:3]]
    random.shuffle(in_any_order)  # type: ignore[attr-defined]
    data = cancellations.encode(in_any_order)
    assert data == cbor2.dumps(b"".join(sorted(cancelled)))
    read = cancellations.decode(data)
    assert len(read) == len(cancelled)
    assert all(value in read for value in cancelled)
    assert [value in read for value in others] == [value in cancelled for value in others]


@pytest.mark.parametrize("value", [b"", ONE[:9], ONE + b"\0", TWO[:5], ONE + TWO, TWO[:9] + b"\1", bytes(10), THREE])
def test_what_was_not_cancelled_is_not_found(value: bytes) -> None:
    read = cancellations.decode(cancellations.encode([ONE, TWO]))
    assert ONE in read
    assert TWO in read
    assert value not in read


def test_a_value_across_two_others_is_not_found() -> None:
    read = cancellations.decode(cancellations.encode([ONE, TWO, THREE]))
    whole = ONE + TWO + THREE
    found = [at for at in range(len(whole) - 9) if whole[at : at + 10] in read]
    assert found == [0, 10, 20]


def test_none() -> None:
    assert cancellations.encode([]) == b"\x40"
    assert len(cancellations.decode(b"\x40")) == 0
    assert ONE not in cancellations.decode(b"\x40")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(cbor2.dumps(ONE[:9]), id="9 bytes"),
        pytest.param(cbor2.dumps(ONE + b"\1"), id="11 bytes"),
        pytest.param(cbor2.dumps(ONE + TWO)[:-1], id="cut short"),
        pytest.param(cbor2.dumps(ONE + TWO) + b"\0", id="a byte left over"),
        pytest.param(cbor2.dumps(TWO + ONE), id="not sorted"),
        pytest.param(cbor2.dumps(ONE + THREE + TWO), id="not sorted at the end"),
        pytest.param(cbor2.dumps(ONE + ONE), id="a value twice"),
        pytest.param(b"\x58\x0a" + ONE, id="a long head"),
        pytest.param(b"\x5f\x4a" + ONE + b"\xff", id="in pieces"),
        pytest.param(cbor2.dumps([ONE, TWO]), id="a list"),
        pytest.param(cbor2.dumps("0123456789"), id="a text"),
        pytest.param(cbor2.dumps({}), id="a map"),
        pytest.param(cbor2.dumps(0), id="a number"),
    ],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        cancellations.decode(data)


@pytest.mark.parametrize("wrong", [[b""], [ONE[:9]], [ONE, TWO + b"\0"], [ONE[:5], ONE + TWO[:5]]], ids=str)
def test_values_of_another_size_have_no_encoding(wrong: Iterable[bytes]) -> None:
    with pytest.raises(Malformed):
        cancellations.encode(wrong)


def test_the_digest_by_hand() -> None:
    data = cancellations.encode([ONE, TWO])
    by_hand = hashlib.blake2b(data, digest_size=32, person=b"idcard.cancelled")
    assert cancellations.digest(data) == by_hand.digest()
    assert cancellations.digest(data) != cancellations.digest(cancellations.encode([ONE]))


def test_130_000_cost_ten_bytes_each() -> None:
    # Every third number, so that each has neighbours that are missing.
    data = cancellations.encode(number.to_bytes(10, "big") for number in range(0, 390_000, 3))
    assert len(data) <= 10.1 * 130_000
    read = cancellations.decode(data)
    assert len(read) == 130_000
    assert [number for number in range(1000) if number.to_bytes(10, "big") in read] == list(range(0, 1000, 3))


def test_values_as_bytes_are_checked_as_well() -> None:
    assert ONE in Cancellations(ONE + TWO)
    with pytest.raises(Malformed):
        Cancellations(TWO + ONE)
