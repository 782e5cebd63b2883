"""Every attack on a venue's trust that we know of, in one place, each with the reason for which it fails.

Most have their own vector (specs/vectors) or story (tests/stories.py); what is told here is only where they are.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cities import DAY, NOW, City
from stories import (
    ALL_KEYS_OUT,
    CITY,
    FIRST,
    FORGED,
    KILLED,
    LIST_MAX,
    NEW_PUBLISHER,
    REFUSED,
    REFUSED_THAT_DAY,
    SAME_KEYS,
    TAKEN,
    File,
    Kill,
    RootStep,
    Step,
    build,
    tell,
)

from idcard import cose
from idcard.ceremony import publish
from idcard.cose import Sign
from idcard.credential.calendar import noon_of_first, seconds
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.errors import Malformed, Refused
from idcard.trust import cancellations, kill_note, root, trust_file
from idcard.verify import Card, Verifier, memory

VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "decision"
Attack = Callable[[], object]
TAKEN_QUIETLY, ACCEPTED = "taken", "accept"


def answer(attack: Attack) -> str:
    """The reason for which it fails, or how it is taken."""
    try:
        return ACCEPTED if isinstance(attack(), Card) else TAKEN_QUIETLY
    except Refused as refused:
        return refused.reason.value


def vector(name: str) -> Attack:
    """The one with this name in specs/vectors."""
    told = json.loads((VECTORS / f"{name}.json").read_bytes())
    file, now = base64.b64decode(told["trust_file"]), datetime.fromisoformat(told["now"])
    return lambda: Verifier(file).verify(told["text"], told["class"], now=now)


def story(name: str) -> Attack:
    """The one with this name in tests/stories.py, up to its last file."""
    steps: Sequence[Step] = TAKEN[name] if name in TAKEN else (REFUSED | REFUSED_THAT_DAY)[name][0]
    return lambda: tell(steps)


def offered(*steps: Step) -> Attack:
    return lambda: tell(steps)


def judged(source: bytes | memory.Memory, code: str, venue_class: str = "library", now: datetime = NOW) -> Attack:
    return lambda: Verifier(source).verify(code, venue_class, now=now)


def opened(file: bytes) -> Attack:
    return lambda: trust_file.decode(file)


# ---- what is made for an attack ----


def signed_twice(under: str) -> bytes:
    """A trust file whose root was signed by one root key alone: once as itself, and once under the kid of another."""
    one, other = CITY.signer("root 1"), CITY.signer(under)
    message = cose.decode_sign(CITY.sign_root(signers=[one]))
    key_id = cose.kid(other.public_key)
    again = one.sign(cose.to_be_signed(key_id, CITY.scope.external_aad(root.KIND), message.payload))
    signatures = tuple(sorted([*message.signatures, (key_id, again)]))
    return CITY.trust_file(roots=[cose.encode_sign(Sign(message.payload, signatures))])


def with_cancellations_of(older: bytes, newer: bytes) -> bytes:
    return cose.encode(cose.decode(newer) | {3: cose.decode(older)[3]})


def install_with_fingerprint_of(city: File, offer: File) -> memory.Memory:
    """On a new computer: what the city says on the telephone, and the file that an attacker brings."""
    fingerprint = trust_file.decode(build(city)).fingerprint
    return memory.install(build(offer), fingerprint=fingerprint, now=NOW)


def distrusting(name: str) -> bytes:
    key = CITY.signer(name).public_key
    return CITY.trust_file(keys=tuple(replace(k, compromised=k.key == key) for k in CITY.trust_list().keys))


CANCELLED = CITY.trust_file(cancelled=[bytes(10)], version=2)
RETIRED = File(roots=(FIRST, ALL_KEYS_OUT))
EXPIRED = File(roots=(RootStep(days=0),), issued=-1)
BACK_DATED = Claims(noon_of_first(2026 * 12 + 11), frozenset({1}), None, None, None)
"""As if it had been made two years before it was stolen: it ends in nine days."""
UNKNOWN = {9: [{1: b"later"}]}
FILE_WITH_UNKNOWN = cose.encode(cose.decode(CITY.file) | UNKNOWN)
NOTE_WITH_UNKNOWN = Kill(more=UNKNOWN)

ATTACKS: dict[str, list[tuple[Attack, str]]] = {
    "unsigned": [
        (vector("trust-signatures-none"), "trust-malformed"),
        (vector("trust-unsigned-root"), "trust-unsigned"),
        (vector("trust-unsigned-list"), "trust-unsigned"),
        (vector("trust-list-altered"), "trust-unsigned"),
        (vector("trust-root-altered"), "trust-unsigned"),
    ],
    "one signature too few": [
        (vector("trust-one-signature-of-two"), "trust-unsigned"),
        (vector("trust-one-signature-and-a-stranger"), "trust-unsigned"),
        (vector("trust-one-publisher-of-two"), "trust-unsigned"),
        (vector("trust-second-root-raises-threshold"), "trust-unsigned"),
    ],
    "one key counted twice: it signed twice": [
        (vector("trust-signatures-same-key-twice"), "trust-malformed"),
        (opened(signed_twice("root 2")), "trust-unsigned"),
        (opened(signed_twice("stranger")), "trust-unsigned"),
    ],
    "one key counted twice: it is named twice, or two keys have one kid": [
        (vector("trust-root-key-twice"), "trust-malformed"),
        (vector("trust-list-key-twice"), "trust-malformed"),
        (vector("trust-roles-one-kid"), "trust-roles"),
        (vector("trust-roles-one-kid-across-roles"), "trust-roles"),
    ],
    "one key in two roles": [
        (vector("trust-roles-root-is-publisher"), "trust-roles"),
        (vector("trust-roles-root-is-issuing"), "trust-roles"),
        (vector("trust-roles-publisher-is-issuing"), "trust-roles"),
        (vector("trust-roles-retired-root-is-issuing"), "trust-roles"),
    ],
    "a threshold of none": [
        (vector("trust-root-threshold-0"), "trust-malformed"),
        (vector("trust-root-publisher-threshold-0"), "trust-malformed"),
    ],
    "a threshold above the number of keys": [(vector("trust-root-threshold-above-keys"), "trust-malformed")],
    "retired root keys sign": [
        (vector("trust-third-root-signed-by-retired-keys"), "trust-unsigned"),
        (vector("trust-second-root-signed-by-new-keys"), "trust-unsigned"),
        (vector("trust-second-root-signed-by-old-keys"), "trust-unsigned"),
        (story("a retired first root on a venue that is past it"), "trust-foreign"),
    ],
    "retired root keys, and a new computer that knows the fingerprint": [
        (lambda: install_with_fingerprint_of(RETIRED, File(roots=(FIRST, SAME_KEYS))), "trust-anchor"),
        (lambda: install_with_fingerprint_of(RETIRED, File()), "trust-anchor"),
        (lambda: install_with_fingerprint_of(RETIRED, RETIRED), TAKEN_QUIETLY),
    ],
    "a root version is skipped": [
        (vector("trust-chain-skips-a-version"), "trust-chain"),
        (story("a root version is skipped"), "trust-chain"),
        (story("roots are missing in between"), "trust-gap"),
    ],
    "an older root": [(story("an older root"), "trust-rollback")],
    "another root of the same version": [
        (vector("trust-chain-same-version"), "trust-chain"),
        (story("two roots of one version"), "trust-foreign"),
    ],
    "an older trust list": [
        (story("an older list"), "trust-rollback"),
        (story("an older list under a new root"), "trust-rollback"),
        (story("a new root does not bring back an older list, which names the old root"), "trust-chain"),
        (story("a new root does not bring on a later list, which names the old root"), "trust-chain"),
    ],
    "an older trust list, from public files alone, of a publisher who left and came back": [
        (story("a publisher comes back with the third root, but not their list of the first"), "trust-chain"),
        (story("a publisher came back with the third root, but not their list of the first"), "trust-chain"),
        # The control: with a list of its own the same third root is taken.
        (
            offered(
                File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",)),
                File(roots=(FIRST, NEW_PUBLISHER, SAME_KEYS)),
            ),
            TAKEN_QUIETLY,
        ),
    ],
    "a forged file where the city keeps its own, so that the publisher signs for it": [
        (story("a forged root"), "trust-foreign"),
        (story("a list that was signed for a forged root"), "trust-chain"),
        (story("retired root keys made another second root, and a publisher signed for it"), "trust-foreign"),
        (story("a list that was signed for another second root of retired keys"), "trust-chain"),
        (story("a root that was made to follow another one"), "trust-chain"),
        (lambda: install_with_fingerprint_of(File(), File(roots=(FORGED,))), "trust-anchor"),
        (lambda: install_with_fingerprint_of(File(), File(list_of=File(roots=(FORGED,)))), "trust-chain"),
    ],
    "another list of the same version": [
        (story("two lists of one version"), "trust-equivocation"),
        (story("two lists of one version, by two publishers"), "trust-equivocation"),
        (story("two lists of one version under a new root"), "trust-equivocation"),
    ],
    "a later list that takes back what the city said of a key": [
        (story("a list that trusts a key again"), "trust-takes-back"),
        (story("a list that leaves a distrusted key out"), "trust-takes-back"),
        (story("a list that lets a key live longer"), "trust-takes-back"),
    ],
    "other signatures on the same list or root are no attack": [
        (story("the same list, signed by the other publisher"), TAKEN_QUIETLY),
        (story("the same root, signed by other root keys"), TAKEN_QUIETLY),
    ],
    "the cancellations of another list": [
        (vector("trust-cancellations-missing"), "trust-cancellations"),
        (vector("trust-cancellations-emptied"), "trust-cancellations"),
        (vector("trust-cancellations-added"), "trust-cancellations"),
        (opened(with_cancellations_of(CITY.file, CANCELLED)), "trust-cancellations"),
    ],
    "a killed key in a later list": [
        (judged(tell(KILLED["kill: a later list does not revive the key"][0]), CITY.code("library")), "distrusted-key"),
        (
            judged(tell(KILLED["kill: a new root lets the key live longer"][0]), CITY.code("library")),
            "distrusted-key",
        ),
        (
            judged(
                tell(KILLED["kill: a new root leaves the key out, and the list after that names it again"][0]),
                CITY.code("library"),
            ),
            "distrusted-key",
        ),
        (vector("decision-distrusted-key-by-kill-note"), "distrusted-key"),
    ],
    "a kill note by somebody else": [
        (offered(File(), Kill(by=["publisher"])), "kill-note"),
        (offered(File(), Kill(by=["revocable"])), "kill-note"),
        (vector("trust-kill-note-unsigned"), "trust-unsigned"),
    ],
    "a list that lives longer than its root allows": [
        (vector("trust-lifetime"), "trust-lifetime"),
        (vector("trust-lifetime-of-the-last-root"), "trust-lifetime"),
    ],
    "the last root has expired": [
        (vector("order-root-expired-before-trust-expired"), "root-expired"),
        (vector("order-last-root-expired-before-trust-expired"), "root-expired"),
        (story("the last root has expired"), "root-expired"),
        (lambda: memory.install(build(EXPIRED), fingerprint=None, now=NOW), "root-expired"),
    ],
    "the last root has expired, and a clock of 1970": [
        (story("on a clock of 1970, a root that had expired by the last day seen"), "root-expired"),
        (story("on a clock of 1970, a list whose root had expired by the last day seen"), "root-expired"),
        (story("on a clock of 1970, a root that was in date on the last day seen"), TAKEN_QUIETLY),
    ],
    "an expired root in between is no attack": [
        (vector("accept-expired-first-root"), ACCEPTED),
        (story("an intermediate root has expired"), TAKEN_QUIETLY),
    ],
    "fast forward": [
        (offered(File(), File(list_version=LIST_MAX), File(list_version=2)), "trust-rollback"),
        (story("fast forward, and no new root"), "trust-rollback"),
        (story("fast forward under the root that ended one"), "trust-rollback"),
        (story("fast forward, and its list again under the new root"), "trust-chain"),
        (story("an old list of a publisher who was dismissed"), "trust-unsigned"),
    ],
    "fast forward, and the city recovers": [
        (story("fast forward, ended by a root with another publisher"), TAKEN_QUIETLY),
        (story("fast forward, ended by a root with the same publisher"), TAKEN_QUIETLY),
        (story("fast forward, ended by a root with one publisher more"), TAKEN_QUIETLY),
        (story("a list from the far future and a clock that ran ahead, ended by a new root"), TAKEN_QUIETLY),
        (
            offered(
                File(list_version=LIST_MAX),
                File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
                File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=3),
            ),
            TAKEN_QUIETLY,
        ),
        (
            offered(
                File(list_version=LIST_MAX),
                File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
                File(list_version=LIST_MAX),
            ),
            "trust-rollback",
        ),
    ],
    "freeze: an old file for ever": [
        (judged(tell([File()]), CITY.code("pharmacy"), "pharmacy", NOW + timedelta(days=59)), ACCEPTED),
        (judged(tell([File()]), CITY.code("pharmacy"), "pharmacy", NOW + timedelta(days=61)), "trust-too-old"),
        (judged(tell([File()]), CITY.code("library"), "library", NOW + timedelta(days=119)), ACCEPTED),
        (judged(tell([File()]), CITY.code("library"), "library", NOW + timedelta(days=120)), "trust-expired"),
        (vector("decision-unknown-key-stale"), "unknown-key-stale"),
    ],
    "freeze, and a clock that is set back": [
        (
            judged(
                memory.seen(tell([File()]), now=NOW + timedelta(days=119)),
                CITY.sign_claims(BACK_DATED, CITY.signer("cohort")),
            ),
            "clock",
        ),
    ],
    "freeze, and a clock that is set back, looks like one that ran ahead and was mended": [
        (
            judged(memory.seen(tell([File()]), now=NOW + timedelta(days=119)), CITY.code("pharmacy"), "pharmacy"),
            ACCEPTED,
        ),
    ],
    "endless data": [
        (lambda: trust_file.decode(bytes(100 << 20)), "trust-too-large"),
        (lambda: memory.decode(bytes(100 << 20)), "memory-damaged"),
        (lambda: memory.kill(tell([File()]), bytes(100 << 20)), "kill-note"),
        (lambda: Verifier(CITY.file).verify("IDC1:" + "0" * (100 << 20), "library", now=NOW), "malformed"),
    ],
    "unknown fields are ignored": [
        (opened(FILE_WITH_UNKNOWN), TAKEN_QUIETLY),
        (vector("accept-unknown-key-in-file"), ACCEPTED),
        (vector("accept-unknown-key-in-root"), ACCEPTED),
        (vector("accept-unknown-key-in-list"), ACCEPTED),
        (vector("accept-unknown-key-in-class"), ACCEPTED),
        (vector("accept-unknown-key-in-issuing-key"), ACCEPTED),
        (vector("accept-unknown-key-in-kill-note"), ACCEPTED),
        (vector("accept-unknown-claim"), ACCEPTED),
        (offered(File(), NOTE_WITH_UNKNOWN), TAKEN_QUIETLY),
    ],
    "unknown fields that must be understood": [
        (vector("trust-newer-file"), "newer-program"),
        (vector("trust-newer-root"), "newer-program"),
        (vector("trust-newer-first-root"), "newer-program"),
        (vector("trust-newer-list"), "newer-program"),
        (vector("trust-newer-class"), "newer-program"),
        (vector("trust-newer-issuing-key"), "newer-program"),
        (vector("trust-newer-kill-note"), "newer-program"),
        (vector("decision-newer-program"), "newer-program"),
        (offered(File(), Kill(more={-1: 0})), "newer-program"),
    ],
    "the publisher key or a root key signs a card": [
        (judged(CITY.file, CITY.code("library", by=CITY.signer("publisher"))), "unknown-key"),
        (vector("decision-signed-by-publisher"), "unknown-key"),
        (vector("decision-signed-by-root"), "unknown-key"),
    ],
    "an issuing key signs a trust list, or the publisher a root": [
        (vector("trust-list-signed-by-issuing-key"), "trust-unsigned"),
        (vector("trust-list-signed-by-roots"), "trust-unsigned"),
        (vector("trust-root-signed-by-publisher"), "trust-unsigned"),
    ],
    "a document of one kind for another": [
        (vector("trust-root-as-list"), "trust-unsigned"),
        (vector("trust-list-signed-as-root"), "trust-unsigned"),
        (vector("trust-root-signed-as-list"), "trust-unsigned"),
        (vector("trust-kill-note-signed-as-list"), "trust-unsigned"),
        (vector("trust-document-is-a-credential"), "trust-malformed"),
        (vector("decision-signature-of-cose-sign"), "bad-signature"),
    ],
    "a test file or a test card at a real venue": [
        (story("the test city of the same name"), "trust-foreign"),
        (vector("trust-test-list"), "trust-unsigned"),
        (vector("trust-root-signed-for-test"), "trust-unsigned"),
        (vector("trust-chain-other-environment"), "trust-chain"),
        (judged(CITY.file, City(environment=Environment.TEST).code("library")), "wrong-environment"),
        (vector("decision-test-code-relabelled"), "unknown-key"),
    ],
    "a file or a card of another city": [
        (story("another city"), "trust-foreign"),
        (vector("trust-list-of-another-city"), "trust-unsigned"),
        (vector("trust-chain-other-city"), "trust-chain"),
        (vector("decision-other-city"), "unknown-key"),
    ],
    "a card that outlives its key": [(vector("decision-outlives-key"), "outlives-key")],
    "a card for a class that its key may not serve": [
        (vector("decision-wrong-class"), "wrong-class"),
        (vector("decision-key-serves-no-class"), "wrong-class"),
    ],
    "a back-dated card of a compromised key": [
        (judged(CITY.file, CITY.sign_claims(BACK_DATED, CITY.signer("cohort"))), ACCEPTED),
        (judged(distrusting("cohort"), CITY.sign_claims(BACK_DATED, CITY.signer("cohort"))), "distrusted-key"),
        (judged(tell([File(), Kill()]), CITY.sign_claims(BACK_DATED, CITY.signer("cohort"))), "distrusted-key"),
        (vector("order-compromised-before-cancelled"), "distrusted-key"),
    ],
}


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        pytest.param(attack, expected, id=f"{name}, {number}: {expected}")
        for name, told in ATTACKS.items()
        for number, (attack, expected) in enumerate(told, 1)
    ],
)
def test_attack(attack: Attack, expected: str) -> None:
    assert answer(attack) == expected


def test_a_frozen_file_says_that_it_is_stale_before_it_is_refused() -> None:
    held, code = tell([File()]), CITY.code("library")
    told = []
    for days in (29, 30, 119, 120):
        try:
            card = Verifier(held).verify(code, "library", now=NOW + timedelta(days=days))
            told.append("stale" if card.stale else "fresh")
        except Refused as refused:
            told.append(refused.reason.value)
    assert told == ["fresh", "stale", "stale", "trust-expired"]


# ---- numbers that promise more than there is ----

HEADS = {
    f"{kind} of {name}": bytes((major << 5 | size,)) + count
    for kind, major in (("a byte string", 2), ("a text", 3), ("an array", 4), ("a map", 5))
    for name, size, count in (
        ("2^31 - 1", 26, b"\x7f\xff\xff\xff"),
        ("2^32 - 1", 26, b"\xff" * 4),
        ("2^62", 27, b"\x40" + bytes(7)),
        ("2^64 - 1", 27, b"\xff" * 8),
    )
}
AROUND: dict[str, Callable[[bytes], bytes]] = {
    "alone": lambda head: head,
    "for the roots": lambda head: b"\xa3\x01" + head,
    "for the list": lambda head: b"\xa3\x01\x81" + cose.encode(CITY.sign_root()) + b"\x02" + head,
    "in the payload of the list": lambda head: trust_file.encode(
        [CITY.sign_root()],
        publish.sign(b"\xa1\x01" + head, "idcard.list", CITY.scope, [CITY.signer("publisher")]),
        cancellations.encode([]),
    ),
    "for the kill notes": lambda head: b"\xa4" + CITY.file[1:] + b"\x04" + head,
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_number_that_promises_more_than_there_is_makes_nobody_wait(
    head: bytes, around: Callable[[bytes], Any]
) -> None:
    data = around(head)
    assert answer(opened(data)) == "trust-malformed"
    assert answer(lambda: memory.decode(data)) == "memory-damaged"
    with pytest.raises(Malformed):
        kill_note.decode(data, CITY.scope)


def test_an_honest_file_with_the_same_heads_would_be_taken() -> None:
    """The control: what stands around the heads above is right."""
    assert AROUND["for the list"](b"")[1:] == CITY.file[1 : len(AROUND["for the list"](b""))]
    note = cose.encode([build(Kill())])
    assert answer(opened(AROUND["for the kill notes"](note))) == TAKEN_QUIETLY


def test_an_endless_file_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "endless.idtrust"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    asked: list[int] = []

    class Counting:
        def __init__(self, *arguments: Any) -> None:
            self._file = open(*arguments)  # noqa: SIM115

        def __enter__(self) -> "Counting":
            return self

        def __exit__(self, *raised: object) -> None:
            self._file.close()

        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return bytes(self._file.read(size))

    monkeypatch.setattr("idcard.verify.verifier.open", Counting, raising=False)
    assert answer(lambda: Verifier.open(path)) == "trust-too-large"
    assert asked == [trust_file.MAX_SIZE + 1]


def test_every_attack_has_a_name_and_a_reason() -> None:
    assert all(ATTACKS.values())
    assert seconds(NOW) + 9 * DAY == BACK_DATED.exp
