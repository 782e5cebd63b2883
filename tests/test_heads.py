"""Heads of CBOR are read before anything is built from them: steps are bounded, for every document."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import cbor2
import pytest
from bombs import BOMBS, arrays_as_keys, head, map_of, pairs_alike
from cities import NOW, City
from hypothesis import given
from hypothesis import strategies as st
from test_cose import REFUSED_BYTES, values

from idcard import cbor_heads, cose
from idcard.cbor_heads import MAX_ENTRIES, MAX_ITEMS
from idcard.ceremony import drafting
from idcard.ceremony.drafting import DraftError
from idcard.credential import claims, text
from idcard.errors import Malformed, Refused
from idcard.trust import cancellations, kill_note, paper, patch, root, trust_file, trust_list
from idcard.verify import memory

CITY = City()
PARTS = cose.decode(CITY.file)


def steps(data: bytes) -> int:
    """Lines of Python that run until the heads are checked or refused."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code is cbor_heads.check.__code__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        cbor_heads.check(data)
    except Malformed:
        pass
    finally:
        sys.settrace(before)
    return count


PER_HEAD = steps(head(4, 101) + b"\xa1\0\0" * 101) - steps(head(4, 100) + b"\xa1\0\0" * 100)
"""Of a map and its two integers, and of going back to what is around it: more than of any three others."""


def is_taken(data: bytes) -> bool:
    try:
        cbor_heads.check(data)
    except Malformed:
        return False
    return True


# ---- the walk and the decoder ----


@given(values, st.data())
def test_what_is_refused_here_is_refused_there(value: Any, data: st.DataObject) -> None:
    """Few bytes are decoded without a look at their heads, so this compares two readers of one format."""
    encoding = bytearray(cose.encode(value))
    for _ in range(data.draw(st.integers(0, 3), "changes")):
        at = data.draw(st.integers(0, len(encoding)), "at")
        encoding[at : at + data.draw(st.integers(0, 1))] = data.draw(st.binary(max_size=2), "put")
    if not is_taken(bytes(encoding)):
        with pytest.raises(Malformed):
            cose.decode(bytes(encoding))


@given(values)
def test_what_is_encoded_is_taken(value: Any) -> None:
    cbor_heads.check(cose.encode(value))


@given(st.binary(max_size=60))
def test_any_bytes_that_decode_are_taken(data: bytes) -> None:
    try:
        cose.decode(data)
    except Malformed:
        return
    cbor_heads.check(data)


def test_only_order_length_of_heads_and_letters_are_left_to_the_decoder() -> None:
    left = {name for name, data in REFUSED_BYTES.items() if is_taken(bytes.fromhex(data))}
    assert {name for name in left if not any(map(name.__contains__, LEFT))} == set()


LEFT = (
    "in 2 bytes", "in 3 bytes", "in 5 bytes", "in 9 bytes", "long", "sorted", "a key twice", "negative key first",
    "UTF-8", "continuation", "character", "overlong", "surrogate", "above U+10FFFF",
)  # fmt: skip


def test_the_bounds_themselves_are_taken() -> None:
    widest = dict.fromkeys(range(MAX_ENTRIES), 0)
    assert cose.decode(cose.encode({1: widest, 2: bytes(600)})) == {1: widest, 2: bytes(600)}
    longest = [0] * MAX_ITEMS
    assert cose.decode(cose.encode(longest)) == longest
    for beyond in ({**widest, MAX_ENTRIES: 0}, [*longest, 0]):
        with pytest.raises(Malformed):
            cose.encode(beyond)
        with pytest.raises(Malformed):
            cose.decode(cbor2.dumps(beyond))


def test_no_map_that_is_decoded_at_once_has_more_entries_than_one_may_have() -> None:
    data = map_of(head(0, key) for key in range(MAX_ENTRIES + 1))
    assert len(data) > 512
    with pytest.raises(Malformed):
        cose.decode(data)


# ---- steps ----


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_a_step_for_each_head(name: str) -> None:
    data = BOMBS[name]
    assert not is_taken(data)
    few = 4002 if name in ("a key in the last map", "cut in a head") else 6
    assert steps(data) <= PER_HEAD * few


@pytest.mark.parametrize(
    "items",
    [b"\0", b"\x20", b"\xf5", b"\x80", b"\xa0", b"\x40", b"\x60", b"\xa1\0\0", b"\x82\0\0", b"\x81\x81\0", b"\x41\0"],
    ids=bytes.hex,
)
def test_twice_as_much_takes_twice_the_steps(items: bytes) -> None:
    counted = [steps(head(4, 1000 * times) + items * 1000 * times) for times in (1, 2, 4)]
    assert counted[2] - counted[1] == 2 * (counted[1] - counted[0])
    assert counted[0] <= 1000 * len(items) * PER_HEAD + 100


def test_strings_are_skipped() -> None:
    assert steps(head(2, 2 << 20) + bytes(2 << 20)) == steps(head(2, 1000) + bytes(1000))


def test_a_trust_file_costs_a_step_for_each_of_its_parts() -> None:
    many = CITY.trust_file(version=2, cancelled=[number.to_bytes(10, "big") for number in range(10_000)])
    assert steps(CITY.file) <= steps(many) <= 4 * PER_HEAD


def test_the_pairs_do_collide() -> None:
    """Else the bombs here would be none."""
    some = cbor2.loads(map_of(key for key, _ in zip(pairs_alike(), range(100), strict=False)))
    assert len(some) == 100
    assert len({hash(key) for key in some}) == 1


# ---- every document ----


def in_trust_file(**parts: bytes) -> bytes:
    """Springfield's, with something else in one place."""
    number = {"root": 1, "trust_list": 2, "cancelled": 3, "note": 4, "other": 9}
    changes = {number[name]: [data] if name in ("root", "note") else data for name, data in parts.items()}
    return cose.encode(PARTS | changes)


def signed_by_nobody(payload: bytes) -> bytes:
    return cose.encode_sign(cose.Sign(payload, ((bytes(4), bytes(64)),)))


DOCUMENTS: dict[str, tuple[type[Exception], Callable[[bytes], object]]] = {
    "trust file": (Refused, trust_file.decode),
    "root in a trust file": (Refused, lambda bomb: trust_file.decode(in_trust_file(root=signed_by_nobody(bomb)))),
    "root": (Malformed, root.decode),
    "trust list": (Malformed, trust_list.decode),
    "cancellations": (Malformed, cancellations.decode),
    "kill note": (Malformed, lambda bomb: kill_note.decode(signed_by_nobody(bomb), CITY.scope)),
    "memory": (Refused, memory.decode),
    "trust file in a memory": (Refused, lambda bomb: memory.decode(cose.encode({1: 0, 2: bomb}))),
    "patch": (Malformed, lambda bomb: patch.apply(CITY.file, bomb)),
    "old file of a patch": (Malformed, lambda bomb: patch.apply(bomb, patch.make(CITY.file, CITY.file))),
    "code of a poster": (Malformed, lambda bomb: paper.decode(["IDF1:" + text.to_base45(bomb[:2800])])),
    "draft": (DraftError, drafting.decode),
    "claims": (Malformed, claims.decode),
    "update": (Refused, lambda bomb: memory.update(HELD, bomb, now=NOW)),
}
HELD = memory.install(CITY.file, fingerprint=None, now=NOW)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_brings_a_bomb_to_the_decoder(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal, decode = DOCUMENTS[document]
    loads, given_to_it = cbor2.loads, list[bytes]()

    def noting(data: bytes, **options: Any) -> Any:
        given_to_it.append(data)
        return loads(data, **options)

    monkeypatch.setattr(cbor2, "loads", noting)
    for bomb in BOMBS.values():
        with pytest.raises(refusal):
            decode(bomb)
        assert all(map(is_taken, given_to_it))


def test_2_mib_of_arrays_as_keys_are_refused_at_the_first_key() -> None:
    bomb = arrays_as_keys(trust_file.MAX_SIZE)
    assert trust_file.MAX_SIZE - 100 < len(bomb) <= trust_file.MAX_SIZE
    assert steps(bomb) <= 3 * PER_HEAD
