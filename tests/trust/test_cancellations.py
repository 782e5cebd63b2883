"""Cancellations: a set of 10-byte values in one byte string."""

import hashlib
import itertools
import random
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


# ---- many ----

MANY = 2 * 1024 + 7
"""The order is checked in runs of 1024, and the rest one by one."""
EXTREMES = [b"\0" * 10, b"\0" * 9 + b"\1", b"\xff" * 9 + b"\xfe", b"\xff" * 10]
CARRYING = [*EXTREMES, ONE, TWO, b"\0" * 5 + b"\xff" * 5, b"\0" * 4 + b"\1" + b"\0" * 5]


def in_order(count: int) -> list[bytes]:
    source = random.Random(0)  # noqa: S311
    return sorted({*EXTREMES, *(source.randbytes(10) for _ in range(count - len(EXTREMES)))})


@pytest.mark.parametrize("count", [1023, 1024, 1025, 1026, 2048, 2049, 2050, MANY])
def test_a_sorted_set_of_any_size_is_taken(count: int) -> None:
    values = in_order(count)
    assert list(Cancellations(b"".join(values))) == values


@pytest.mark.parametrize("at", [0, 1, 2, 511, 1021, 1022, 1023, 1024, 1025, 2046, 2047, 2048, 2049, MANY - 2])
def test_a_disorder_at_any_place_is_found(at: int) -> None:
    values = in_order(MANY)
    swapped = [*values[:at], values[at + 1], values[at], *values[at + 2 :]]
    doubled = [*values[:at], values[at], values[at], *values[at + 2 :]]
    for wrong in (swapped, doubled):
        with pytest.raises(Malformed):
            Cancellations(b"".join(wrong))


@given(st.lists(st.sampled_from(CARRYING), max_size=6), st.integers(0, 1025))
def test_the_order_is_that_of_bytes(run: list[bytes], before: int) -> None:
    # Among values that are in order, so that the run lies anywhere in a stretch that is checked at once.
    small = [b"\0" * 8 + number.to_bytes(2, "big") for number in range(2, 2 + before)]
    middle = [b"\x7f" + number.to_bytes(9, "big") for number in range(1100)]
    values = [*small, *run, *middle] if run else [*small, *middle]
    ordered = all(a < b for a, b in itertools.pairwise(values))
    try:
        Cancellations(b"".join(values))
        taken = True
    except Malformed:
        taken = False
    assert taken is ordered


def test_values_that_begin_alike_are_told_apart() -> None:
    values = [b"same" + number.to_bytes(6, "big") for number in range(0, 300, 2)]
    read = Cancellations(b"".join(values))
    assert [number for number in range(300) if b"same" + number.to_bytes(6, "big") in read] == list(range(0, 300, 2))


@pytest.mark.slow
def test_of_130_000_all_are_found_and_of_10_million_others_none() -> None:
    source = random.Random(130_000)  # noqa: S311
    cancelled = {source.randbytes(10) for _ in range(130_000)}
    read = cancellations.decode(cancellations.encode(cancelled))
    assert len(read) == 130_000
    assert all(value in read for value in cancelled)
    found = 0
    for _ in range(1000):
        handles = source.randbytes(100_000)
        found += sum(handles[at : at + 10] in read for at in range(0, 100_000, 10))
    assert found == 0
