"""The vectors of the folder `paper` (specs/paper.md): patches that are applied or not, and codes that are read or not.

Put together here byte by byte, as in decision.py. The trust files hold: what a patch makes of them is signed.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import cbor2
from cities import signer
from rfc9285 import base45

from idcard.cose import Signer, kid
from support.vectors import naming

ISSUED = 1795348800  # 2026-11-22T12:00:00Z
DAY = 86400
UNTIL = 1869739200  # 2029-04-01T12:00:00Z
ROOT_KEYS = [signer(f"paper root {number}") for number in (1, 2, 3)]
PUBLISHER = signer("paper publisher")
FIRST, SECOND, THIRD = sorted(signer(f"paper issuing {number}").public_key for number in (1, 2, 3))
LIBRARY = {1: 1, 2: "library", 3: [1], 6: 120}

# ---- trust files ----


def document(kind: str, payload: Mapping[int, Any], signers: Sequence[Signer]) -> bytes:
    """A COSE_Sign under these signatures."""
    encoded, signatures = cbor2.dumps(payload), []
    for by in sorted(signers, key=lambda each: kid(each.public_key)):
        header = cbor2.dumps({1: -8, 4: kid(by.public_key)})
        structure = ["Signature", b"", header, f"{kind} production springfield".encode(), encoded]
        signatures.append([header, {}, by.sign(cbor2.dumps(structure))])
    return cbor2.dumps(cbor2.CBORTag(98, [b"", {}, encoded, signatures]))


def root(version: int) -> bytes:
    keys = sorted(each.public_key for each in ROOT_KEYS)
    fields: dict[int, Any] = {1: version, 2: "springfield", 3: "Springfield", 4: 0, 5: ISSUED + 500 * DAY, 6: 400}
    fields |= {7: [2, keys], 8: [1, [PUBLISHER.public_key]]}
    if version > 1:
        fields[9] = root_digest(version - 1)
    return document("idcard.root", fields, ROOT_KEYS[:2])


def root_digest(version: int) -> bytes:
    """By which the next root and the lists name a root."""
    identity = cbor2.dumps([b"", cbor2.loads(root(version)).value[2]])
    return hashlib.blake2b(identity, digest_size=32, person=b"idcard.root").digest()


def key(public_key: bytes, **changes: Any) -> dict[int, Any]:
    return {1: public_key, 2: [1], 3: UNTIL} | {int(name[1:]): value for name, value in changes.items()}


def trust_file(
    changes: Mapping[int, Any] | None = None,
    *,
    cancelled: bytes = b"",
    roots: Sequence[int] = (1,),
    parts: Mapping[int, Any] | None = None,
) -> bytes:
    """changes: to the map of the list. cancelled: sorted values. parts: further ones of the file."""
    values = cbor2.dumps(cancelled)
    digest = hashlib.blake2b(values, digest_size=32, person=b"idcard.cancelled").digest()
    fields = {1: 1, 2: ISSUED, 3: ISSUED + 30 * DAY, 4: ISSUED + 120 * DAY, 5: "Ask the card office, 555-0100."}
    fields |= {6: [LIBRARY], 7: [key(FIRST), key(SECOND)], 8: digest, 9: root_digest(roots[-1])} | dict(changes or {})
    signed_list = document("idcard.list", dict(sorted(fields.items())), [PUBLISHER])
    return cbor2.dumps({1: [root(number) for number in roots], 2: signed_list, 3: values} | dict(parts or {}))


def signed_list(file: bytes) -> tuple[bytes, bytes]:
    """Payload and signature of the list of a file."""
    _, _, payload, [[_, _, signature]] = cbor2.loads(cbor2.loads(file)[2]).value
    return payload, signature


def name(file: bytes) -> bytes:
    data = cbor2.dumps([b"", signed_list(file)[0]])
    return hashlib.blake2b(data, digest_size=32, person=b"idcard.list").digest()[:16]


def digest_of(file: bytes) -> bytes:
    """Field 8 of the list: the digest of the cancellations."""
    return bytes(cbor2.loads(signed_list(file)[0])[8])


OLD = trust_file()
NEW_DATES = {1: 2, 2: ISSUED + 30 * DAY, 3: ISSUED + 60 * DAY, 4: ISSUED + 150 * DAY}
RENEWED = trust_file(NEW_DATES)
ONE, TWO, THREE = (bytes((number,)) * 10 for number in (1, 2, 3))
CANCELLED, CANCELLED_LATER = trust_file(cancelled=ONE + TWO), trust_file({1: 2}, cancelled=TWO + THREE)
OTHER_CLASS = LIBRARY | {6: 60}
MUSEUM = {1: 2, 2: "museum", 3: [1], 6: 120}


def patch(old: bytes, new: bytes, changes: Mapping[int, Any]) -> bytes:
    """Base, signatures and target are the right ones; the rest stands where it is called. None takes a field away."""
    fields = {1: name(old), 6: [[kid(PUBLISHER.public_key), signed_list(new)[1]]], 10: name(new)} | dict(changes)
    return cbor2.dumps({number: fields[number] for number in sorted(fields, key=order) if fields[number] is not None})


def order(number: int) -> bytes:
    return cbor2.dumps(number)


RENEWAL = patch(OLD, RENEWED, {2: NEW_DATES})
THIRD_ROOT = trust_file(NEW_DATES, roots=(1, 2, 3))
UNDER_THIRD = NEW_DATES | {9: root_digest(3)}
"""The list of the third root, which it names."""

KEYS_CHANGED = trust_file({1: 2, 7: [key(SECOND, k4=True), key(THIRD)]})
KEY_CHANGES = {4: [kid(FIRST)], 5: [key(SECOND, k4=True), key(THIRD)]}
CLASSES_CHANGED = trust_file({1: 2, 6: [OTHER_CLASS, MUSEUM], 100: [b"later"]})
NOTES = [b"one kill note", b"two kill notes"]

APPLIED: dict[str, tuple[bytes, bytes, bytes]] = {
    "a renewed list": (OLD, RENEWAL, RENEWED),
    "a key leaves, one changes and one joins": (
        OLD,
        patch(OLD, KEYS_CHANGED, {2: {1: 2}} | KEY_CHANGES),
        KEYS_CHANGED,
    ),
    "venue classes change as a whole, and a field of a later version joins": (
        OLD,
        patch(OLD, CLASSES_CHANGED, {2: {1: 2, 6: [OTHER_CLASS, MUSEUM], 100: [b"later"]}}),
        CLASSES_CHANGED,
    ),
    "a field leaves": (
        CLASSES_CHANGED,
        patch(
            CLASSES_CHANGED, RENEWED, {2: {2: NEW_DATES[2], 3: NEW_DATES[3], 4: NEW_DATES[4], 6: [LIBRARY]}, 3: [100]}
        ),
        RENEWED,
    ),
    "cancellations leave and join": (
        CANCELLED,
        patch(CANCELLED, CANCELLED_LATER, {2: {1: 2, 8: digest_of(CANCELLED_LATER)}, 8: [ONE, THREE]}),
        CANCELLED_LATER,
    ),
    "two roots follow": (
        OLD,
        patch(OLD, THIRD_ROOT, {2: UNDER_THIRD, 7: [root(2), root(3)]}),
        THIRD_ROOT,
    ),
    "kill notes are carried as they stand": (
        OLD,
        patch(OLD, RENEWED, {2: NEW_DATES, 9: NOTES}),
        trust_file(NEW_DATES, parts={4: NOTES}),
    ),
    "kill notes of the old file leave with their part": (trust_file(parts={4: NOTES}), RENEWAL, RENEWED),
    "another part of the old file does not stay": (trust_file(parts={5: b"later"}), RENEWAL, RENEWED),
}

NOT_MADE: dict[str, tuple[bytes, bytes, bytes]] = {
    "a root that the file has already is not added again": (
        trust_file({9: root_digest(1)}, roots=(1, 2)),
        patch(OLD, THIRD_ROOT, {2: UNDER_THIRD, 7: [root(2), root(3)]}),
        THIRD_ROOT,
    ),
    "the file holds the new list already": (RENEWED, RENEWAL, RENEWED),
    "the file holds the new list already, and gets its kill notes": (
        RENEWED,
        patch(OLD, RENEWED, {2: NEW_DATES, 9: NOTES}),
        trust_file(NEW_DATES, parts={4: NOTES}),
    ),
    "the file holds the new list already, and keeps its kill notes": (
        trust_file(NEW_DATES, parts={4: NOTES}),
        RENEWAL,
        trust_file(NEW_DATES, parts={4: NOTES}),
    ),
    "the file holds the new list already, and nothing but part 9 counts": (
        RENEWED,
        patch(OLD, RENEWED, {2: NEW_DATES | {1: 3}, 7: [root(2)], 8: [b"", ONE]}),
        RENEWED,
    ),
    "an unknown field of the patch is ignored": (OLD, patch(OLD, RENEWED, {2: NEW_DATES, 11: b"later"}), RENEWED),
}
"""Applied, but no program of this version makes them."""

REFUSED: dict[str, tuple[bytes, bytes, str]] = {
    "the file holds another list": (CANCELLED, RENEWAL, "other-base"),
    "the file holds a newer list": (trust_file(NEW_DATES | {1: 3}), RENEWAL, "other-base"),
    "a negative field": (OLD, patch(OLD, RENEWED, {2: NEW_DATES, -1: 1}), "newer-program"),
    "no base": (OLD, patch(OLD, RENEWED, {1: None, 2: NEW_DATES}), "malformed"),
    "a base of 15 bytes": (OLD, patch(OLD, RENEWED, {1: name(OLD)[:15], 2: NEW_DATES}), "malformed"),
    "it does not lead to its target": (OLD, patch(OLD, RENEWED, {2: NEW_DATES | {1: 3}}), "malformed"),
    "issuing keys stand among the fields too": (
        OLD,
        patch(OLD, KEYS_CHANGED, {2: {1: 2, 7: [key(SECOND, k4=True), key(THIRD)]}} | KEY_CHANGES),
        "malformed",
    ),
    "a signature of 63 bytes": (
        OLD,
        patch(OLD, RENEWED, {2: NEW_DATES, 6: [[kid(PUBLISHER.public_key), bytes(63)]]}),
        "malformed",
    ),
    "a cancellation of 9 bytes": (
        CANCELLED,
        patch(CANCELLED, CANCELLED_LATER, {2: {1: 2, 8: digest_of(CANCELLED_LATER)}, 8: [ONE, THREE[:9]]}),
        "malformed",
    ),
    "a root that is no document": (OLD, patch(OLD, RENEWED, {2: NEW_DATES, 7: [b"root"]}), "malformed"),
    "cut short": (OLD, RENEWAL[:-1], "malformed"),
    "bytes left over": (OLD, RENEWAL + b"\x00", "malformed"),
    "fields out of order": (OLD, cbor2.dumps(dict(reversed(cbor2.loads(RENEWAL).items()))), "malformed"),
}

# ---- codes ----


def code(number: Any, count: Any, name: bytes, chunk: bytes, *more: Any, prefix: str = "IDP1:") -> str:
    return prefix + base45(cbor2.dumps([number, count, name, chunk, *more]))


def codes(*chunks: bytes, prefix: str = "IDP1:") -> list[str]:
    name = name_of(b"".join(chunks))
    return [code(number, len(chunks), name, chunk, prefix=prefix) for number, chunk in enumerate(chunks, 1)]


def name_of(data: bytes) -> bytes:
    return hashlib.blake2b(data, person=b"idcard.paper").digest()[:8]


A, B, C = THREE_CODES = codes(b"one ", b"two ", b"last")
NAME = name_of(b"data")

READ: dict[str, tuple[Sequence[str], str, bytes]] = {
    "one code": (codes(RENEWAL), "IDP1:", RENEWAL),
    "a trust file": (codes(OLD[: len(OLD) // 2 + 1], OLD[len(OLD) // 2 + 1 :], prefix="IDF1:"), "IDF1:", OLD),
    "a kill note": (codes(b"a note", prefix="IDK1:"), "IDK1:", b"a note"),
    "any order": ([C, A, B], "IDP1:", b"one two last"),
    "a code twice": ([A, B, A, C, C], "IDP1:", b"one two last"),
    "blanks and line ends around": ([f" {A}\r\n", f"\t{B} ", f"{C}\n"], "IDP1:", b"one two last"),
    "a shorter last chunk": (codes(b"one ", b"two ", b"3"), "IDP1:", b"one two 3"),
    "99 codes": (codes(*(bytes((number,)) for number in range(99))), "IDP1:", bytes(range(99))),
}

NOT_READ: dict[str, tuple[Sequence[str], str, list[int]]] = {
    "a code is missing": ([A, C], "missing", [2]),
    "two codes are missing": ([B, B], "missing", [1, 3]),
    "no code": ([], "malformed", []),
    "codes of two patches": ([A, B, *codes(b"one ", b"two ", b"diff")], "malformed", []),
    "codes of a patch and of a trust file": (
        [A, B, codes(b"one ", b"two ", b"last", prefix="IDF1:")[2]],
        "malformed",
        [],
    ),
    "two counts": ([A, B, C, code(3, 4, name_of(b"one two last"), b"last")], "malformed", []),
    "a code of a card": ([A, B, C, "IDC1:BB8"], "malformed", []),
    "no prefix": (["HTTPS://EXAMPLE.ORG/"], "malformed", []),
    "a small letter in the prefix": ([f"IDp1:{A[5:]}"], "malformed", []),
    "another version": ([f"IDP2:{A[5:]}"], "newer-program", []),
    "one letter too many": ([f"{codes(b'data')[0]}0"], "malformed", []),
    "bytes left over": (["IDP1:" + base45(cbor2.dumps([1, 1, NAME, b"data"]) + b"\0")], "malformed", []),
    "an id of other data": ([code(1, 1, NAME, b"Data")], "malformed", []),
    "an id of 7 bytes": ([code(1, 1, NAME[:7], b"data")], "malformed", []),
    "number 0": ([code(0, 1, NAME, b"data")], "malformed", []),
    "a number above the count": ([code(2, 1, NAME, b"data")], "malformed", []),
    "a count of 100": ([code(1, 100, NAME, b"data")], "malformed", []),
    "true for a number": ([code(True, 1, NAME, b"data")], "malformed", []),
    "an empty chunk": ([code(1, 1, name_of(b""), b"")], "malformed", []),
    "a last chunk that is larger": (codes(b"on", b"two"), "malformed", []),
    "a chunk in the middle that is smaller": (codes(b"one", b"2", b"3"), "malformed", []),
    "two chunks of one number": ([code(1, 1, NAME, b"data"), code(1, 1, NAME, b"Data")], "malformed", []),
    "five parts": ([code(1, 1, NAME, b"data", 1)], "malformed", []),
    "a number that is not the shortest": (
        ["IDP1:" + base45(b"\x84\x18\x01\x01\x48" + NAME + b"\x44data")],
        "malformed",
        [],
    ),
}


# ---- files ----


def vectors() -> dict[str, dict[str, Any]]:
    """Every file of the folder `paper`, by its name."""
    made = {}
    for fault, (old, change, new) in (APPLIED | NOT_MADE).items():
        vector = {"old": text(old), "patch": text(change), "expect": {"reason": None, "new": text(new)}}
        made[f"patch applied: {fault}"] = vector
    for fault, (old, change, reason) in REFUSED.items():
        made[f"patch refused: {fault}"] = {"old": text(old), "patch": text(change), "expect": {"reason": reason}}
    for fault, (texts, prefix, data) in READ.items():
        expect: dict[str, Any] = {"reason": None, "prefix": prefix, "data": text(data)}
        made[f"codes read: {fault}"] = {"texts": list(texts), "expect": expect}
    for fault, (texts, reason, missing) in NOT_READ.items():
        expect = {"reason": reason} | ({"missing": missing} if missing else {})
        made[f"codes refused: {fault}"] = {"texts": list(texts), "expect": expect}
    return {naming.of(fault): {"fault": fault} | vector for fault, vector in made.items()}


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()
