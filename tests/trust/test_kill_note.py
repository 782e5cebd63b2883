"""A kill note: the word of an issuing key against itself, alone and as part of a trust file."""

from typing import Any

import cbor2
import pytest
from cities import HANDLE, City
from hypothesis import given
from hypothesis import strategies as st
from stories import File, Kill, build, build_note

from idcard import cose
from idcard.ceremony import publish
from idcard.cose import Sign
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed, Outcome, Reason, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, kill_note, trust_file

CITY = City()
COHORT, STANDBY = CITY.signer("cohort"), CITY.signer("cohort standby")
NOTE = build_note(Kill())


def raw(payload: Any, *signers: SeedSigner) -> bytes:
    """A note with any payload, well signed."""
    return publish.sign(cbor2.dumps(payload), kill_note.KIND, CITY.scope, signers or (COHORT,))


def of_32_bytes(**more: Any) -> dict[int, Any]:
    return {1: COHORT.public_key} | {int(key[1:]): value for key, value in more.items()}


def flipped(data: bytes, at: int) -> bytes:
    return data[: at // 8] + bytes((data[at // 8] ^ 1 << at % 8,)) + data[at // 8 + 1 :]


# ---- alone ----


def test_the_key_that_signed_is_the_key_that_ends() -> None:
    assert kill_note.decode(NOTE, CITY.scope) == COHORT.public_key
    assert kill_note.decode(build_note(Kill("revocable")), CITY.scope) == CITY.signer("revocable").public_key


def test_a_kill_note_by_hand() -> None:
    """Made without the program, for it lies in a safe for years."""
    key_id = cose.kid(COHORT.public_key)
    header, payload = cbor2.dumps({1: -8, 4: key_id}), cbor2.dumps({1: COHORT.public_key})
    aad = b"idcard.kill production springfield"
    signature = COHORT.sign(cbor2.dumps(["Signature", b"", header, aad, payload]))
    assert cbor2.dumps(cbor2.CBORTag(98, [b"", {}, payload, [[header, {}, signature]]])) == NOTE
    assert kill_note.encode(COHORT.public_key) == payload


def test_a_kill_note_is_small_enough_to_be_printed() -> None:
    assert len(NOTE) <= 160


@pytest.mark.parametrize("more", [{"_0": 0}, {"_2": b"x"}, {"_9": [[1]]}, {"_9": bytes(350)}], ids=str)
def test_an_unknown_field_is_ignored(more: dict[str, Any]) -> None:
    note = raw(dict(sorted(of_32_bytes(**more).items())))
    assert len(note) <= kill_note.MAX_SIZE
    assert kill_note.decode(note, CITY.scope) == COHORT.public_key


NOT_A_NOTE: dict[str, tuple[bytes, Reason | None]] = {
    # Not what a kill note is made of
    "nothing": (b"", None),
    "a text": (b"hello\n", None),
    "a byte missing": (NOTE[:-1], None),
    "a byte left over": (NOTE + b"\0", None),
    "twice": (NOTE * 2, None),
    "the public key alone": (COHORT.public_key, None),
    "the payload alone": (kill_note.encode(COHORT.public_key), None),
    "a trust file": (CITY.file, None),
    "a cancellation": (cancellations.encode([HANDLE]), None),
    "no map": (raw([COHORT.public_key]), None),
    "no key": (raw({2: COHORT.public_key}), None),
    "a key of 31 bytes": (raw({1: COHORT.public_key[:31]}), None),
    "a key of 33 bytes": (raw({1: COHORT.public_key + b"\0"}), None),
    "a key as text": (raw({1: "k" * 32}), None),
    "a float beside the key": (raw(of_32_bytes(_9=0.5)), None),
    "fields not sorted": (raw({9: 0, 1: COHORT.public_key}), None),
    "larger than 512 bytes": (raw(of_32_bytes(_9=bytes(512))), None),
    "endless": (bytes(9 << 20), None),
    "no signature": (cbor2.dumps(cbor2.CBORTag(98, [b"", {}, cose.decode_sign(NOTE).payload, []])), None),
    # Not signed by that key, and by nobody else
    "signed by another issuing key": (build_note(Kill(by=["revocable"])), Reason.TRUST_UNSIGNED),
    "signed by the publisher": (build_note(Kill(by=["publisher"])), Reason.TRUST_UNSIGNED),
    "signed by all root keys": (build_note(Kill(by=["root 1", "root 2", "root 3"])), Reason.TRUST_UNSIGNED),
    "signed by the key and by another": (build_note(Kill(by=["cohort", "revocable"])), Reason.TRUST_UNSIGNED),
    "signed by another in the name of the key": (
        cose.encode_sign(
            Sign(cose.decode_sign(NOTE).payload, ((cose.kid(COHORT.public_key), STANDBY.sign(b"a kill note")),))
        ),
        Reason.TRUST_UNSIGNED,
    ),
    "a wrong signature": (flipped(NOTE, 8 * len(NOTE) - 1), Reason.TRUST_UNSIGNED),
    "signed as a list": (build_note(Kill(kind="idcard.list")), Reason.TRUST_UNSIGNED),
    "signed as a root": (build_note(Kill(kind="idcard.root")), Reason.TRUST_UNSIGNED),
    "of another city": (build_note(Kill(city=City(id="shelbyville"))), Reason.TRUST_UNSIGNED),
    "of the test city": (build_note(Kill(city=City(environment=Environment.TEST))), Reason.TRUST_UNSIGNED),
    "of this city, signed for another": (
        publish.sign(kill_note.encode(COHORT.public_key), kill_note.KIND, City(id="shelbyville").scope, [COHORT]),
        Reason.TRUST_UNSIGNED,
    ),
    # Growth
    "an unknown negative key": (build_note(Kill(more={-1: 0})), Reason.NEWER_PROGRAM),
}


@pytest.mark.parametrize(("note", "reason"), NOT_A_NOTE.values(), ids=NOT_A_NOTE)
def test_anything_else_ends_no_key(note: bytes, reason: Reason | None) -> None:
    with pytest.raises(Malformed if reason is None else Refused) as raised:
        kill_note.decode(note, CITY.scope)
    assert reason is None or raised.value.reason is reason  # type: ignore[union-attr]


def test_every_flipped_bit_of_a_kill_note_is_refused() -> None:
    for at in range(8 * len(NOTE)):
        with pytest.raises(IdcardError):
            kill_note.decode(flipped(NOTE, at), CITY.scope)


@given(st.binary(max_size=200))
def test_any_bytes_end_no_key(data: bytes) -> None:
    with pytest.raises(IdcardError):
        kill_note.decode(data, CITY.scope)


# ---- in a trust file ----


def file_with(notes: Any) -> bytes:
    return cose.encode(cose.decode(CITY.file) | {4: notes})


def reason_of(data: bytes) -> Reason | None:
    try:
        trust_file.decode(data)
    except Refused as refused:
        if refused.outcome is not Outcome.CANNOT_SAY:
            raise
        return refused.reason
    return None


def test_the_notes_of_a_file_are_known_by_their_keys() -> None:
    trust = trust_file.decode(build(File(killed=("revocable", "cohort"))))
    assert trust.kill_notes == {
        CITY.signer(name).public_key: build_note(Kill(name)) for name in ("cohort", "revocable")
    }
    assert trust_file.decode(CITY.file).kill_notes == {}


def test_notes_may_be_put_in_in_any_order_and_twice() -> None:
    parts = [CITY.sign_root()], CITY.sign_list(), cancellations.encode([])
    notes = [build_note(Kill(name)) for name in ("cohort", "revocable", "cohort")]
    assert trust_file.encode(*parts, notes) == trust_file.encode(*parts, notes[::-1])
    assert trust_file.encode(*parts, []) == trust_file.encode(*parts) == CITY.file


def test_every_key_of_the_list_may_have_its_note() -> None:
    killed = ("cohort", "cohort standby", "revocable", "revocable standby")
    assert len(trust_file.decode(build(File(killed=killed))).kill_notes) == 4


def test_kill_notes_change_neither_fingerprint_nor_list() -> None:
    with_note, without = trust_file.decode(build(File(killed=["cohort"]))), trust_file.decode(build(File()))
    assert (with_note.fingerprint, with_note.list_digest) == (without.fingerprint, without.list_digest)


AGAIN = build_note(Kill(more={9: 0}))
OTHER = build_note(Kill("revocable"))
LISTED = len(CITY.trust_list().keys)
REFUSED: dict[str, tuple[Any, Reason]] = {
    "none": ([], Reason.TRUST_MALFORMED),
    "not a list": (NOTE, Reason.TRUST_MALFORMED),
    "a map": ({1: NOTE}, Reason.TRUST_MALFORMED),
    "a number": ([1], Reason.TRUST_MALFORMED),
    "a note beside a number": ([NOTE, 1], Reason.TRUST_MALFORMED),
    "empty bytes": ([b""], Reason.TRUST_MALFORMED),
    "a note twice": ([NOTE, NOTE], Reason.TRUST_MALFORMED),
    "not sorted": (sorted([NOTE, OTHER], reverse=True), Reason.TRUST_MALFORMED),
    "two notes of one key": (sorted([NOTE, AGAIN]), Reason.TRUST_MALFORMED),
    "more notes than keys": (
        sorted(build_note(Kill(more={9: number})) for number in range(LISTED + 1)),
        Reason.TRUST_MALFORMED,
    ),
    "a key that is not in the list": ([build_note(Kill("stranger"))], Reason.TRUST_MALFORMED),
    "a key that is not in the list, beside one that is": (
        sorted([NOTE, build_note(Kill("stranger"))]),
        Reason.TRUST_MALFORMED,
    ),
    "the publisher": ([build_note(Kill("publisher"))], Reason.TRUST_MALFORMED),
    "a root key": ([build_note(Kill("root 1"))], Reason.TRUST_MALFORMED),
    **{
        name: ([note], reason or Reason.TRUST_MALFORMED)
        for name, (note, reason) in NOT_A_NOTE.items()
        if len(note) < 1 << 20
    },
}


@pytest.mark.parametrize(("notes", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_whose_kill_notes_do_not_hold_is_refused(notes: Any, reason: Reason) -> None:
    assert reason_of(file_with([NOTE])) is None
    assert reason_of(file_with(notes)) is reason


def test_a_note_of_a_key_that_the_list_leaves_out_is_refused() -> None:
    file = cose.decode(build(File(without=["cohort"])))
    assert reason_of(cose.encode(file | {4: [NOTE]})) is Reason.TRUST_MALFORMED


def test_many_notes_are_refused_before_any_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 2 MiB has room for 15000 of them, and verifying so many takes seconds."""
    notes = sorted(build_note(Kill(more={9: number})) for number in range(LISTED + 1))
    verified: list[bytes] = []
    monkeypatch.setattr(kill_note, "decode", lambda note, scope: verified.append(note))
    assert reason_of(file_with(notes)) is Reason.TRUST_MALFORMED
    assert verified == []
