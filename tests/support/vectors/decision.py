"""The vectors of the folder `decision` (specs/verify.md): one for each scenario in which a code is judged.

The tables are the vectors: name, reason, one plain sentence, and what is asked. Everything is signed with the keys of
made-up cities from fixed seeds, so every run gives the same bytes. Messages are put together here byte by byte, not
by `idcard`, so that they can be wrong in every way; only a city's good codes and its trust file come from the program.
"""

import base64
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import cbor2
from bombs import map_of, pairs_alike
from cities import CINEMA, HANDLE, STUDENT, City, signer
from rfc9285 import base45

from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.plan import IssuedClass
from idcard.city.profile import Kind, Profile
from idcard.cose import Signer, decode_sign, kid
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Reason
from support.vectors import edges

NOW = "2026-11-22T12:00:00Z"
"""When Springfield is founded. Next update: 2026-12-22, end of the trust list: 2027-03-22, of the root: 2028-06-01."""

TWO_DAYS_BEFORE_ISSUE = "2026-11-20T12:00:00Z"

# ---- the cities ----

FERRY = IssuedClass(
    number=65535,
    tolerance=1,
    profile=Profile(venue_class="ferry", kind=Kind.COHORT, flags=frozenset({16}), life=24, max_version=6),
)
SPRINGFIELD = City(classes=(*DEFAULT_CLASSES, CINEMA, FERRY))
TEST_CITY = City(environment=Environment.TEST)
SHELBYVILLE = City(id="shelbyville")

COHORT, REVOCABLE, STANDBY, PUBLISHER = map(SPRINGFIELD.signer, ("cohort", "revocable", "cohort standby", "publisher"))
PUBLISHER_2 = SPRINGFIELD.signer("publisher 2")
ROOTS = SPRINGFIELD.root_signers
NEW_ROOTS = [SPRINGFIELD.signer(f"new root {number}") for number in (1, 2, 3)]
ROOT_4 = SPRINGFIELD.signer("root 4")
ATTACKER = signer("attacker")
STRANGERS = [signer(f"stranger {number}") for number in range(23)]
TWINS = [signer("twin 140712"), signer("twin 166115")]
"""Two keys with one kid, 136a4390, found by trying."""

# ---- parts of messages ----


def at(time: str) -> int:
    """Seconds since 1970."""
    return int(datetime.fromisoformat(time).timestamp())


def day(date: str) -> int:
    """Days since 1970."""
    return at(f"{date}T00:00:00Z") // 86400


def cbor(value: Any) -> bytes:
    """Maps keep the order in which they are written here."""
    return cbor2.dumps(value)


def swap(data: bytes, old: str, new: str) -> bytes:
    """The bytes with one place changed, both written in hexadecimal."""
    before, after = bytes.fromhex(old), bytes.fromhex(new)
    if data.count(before) != 1:
        raise ValueError(f"{old} does not stand there exactly once")
    return data.replace(before, after)


def changed(fields: Mapping[int, Any], changes: Mapping[int, Any] | None) -> dict[int, Any]:
    """A map with some entries set, and those set to None removed; sorted as deterministic CBOR is."""
    entries = {**fields, **(changes or {})}
    return {
        key: entries[key] for key in sorted(entries, key=lambda key: (key < 0, abs(key))) if entries[key] is not None
    }


# ---- codes ----


def header(key_id: bytes) -> bytes:
    return bytes.fromhex("a2 01 27 04 44") + key_id


AAD = b"idcard.code production springfield"
"""The external_aad of every code of Springfield."""


def to_be_signed(protected: bytes, payload: bytes, external_aad: bytes = AAD) -> bytes:
    return cbor(["Signature1", protected, external_aad, payload])


def sign1(payload: bytes, by: Signer = COHORT, *, protected: bytes | None = None, signed: bytes | None = None) -> bytes:
    """A credential with any payload and header under a genuine signature over these, or over other bytes."""
    protected = header(kid(by.public_key)) if protected is None else protected
    signature = by.sign(to_be_signed(protected, payload) if signed is None else signed)
    return bytes.fromhex("d2 84") + cbor(protected) + b"\xa0" + cbor(payload) + cbor(signature)


def code(claims: Mapping[int, Any] | str, by: Signer = COHORT, **changes: bytes) -> str:
    """A code with any claims, as a map or as bytes in hexadecimal."""
    payload = bytes.fromhex(claims) if isinstance(claims, str) else cbor(dict(claims))
    return "IDC1:" + base45(sign1(payload, by, **changes))


def cohort(claims: Mapping[int, Any], by: Signer = COHORT) -> bytes:
    """The name by which all codes with these claims are cancelled together."""
    signed = to_be_signed(header(kid(by.public_key)), cbor(claims))
    return hashlib.blake2b(signed, person=b"idcard.cohort").digest()[:10]


EXP = at("2029-01-01T12:00:00Z")
SOON = at("2026-12-01T12:00:00Z")
PAST = at("2026-11-01T12:00:00Z")
HEADER = header(kid(COHORT.public_key))
RESIDENT = {4: EXP, -65537: {1: True}}
REVOCABLE_EXP = at("2027-12-01T12:00:00Z")
WITH_HANDLE = {4: REVOCABLE_EXP, 7: HANDLE, -65537: {1: True}}
LIBRARY = SPRINGFIELD.code("library")
PHARMACY = SPRINGFIELD.code("pharmacy")
CINEMA_FROM_DECEMBER = SPRINGFIELD.code("cinema", {"birth_date": "2008-11-25", "resident": True})


def holder(entries: Mapping[int, Any], **claims: int) -> dict[int, Any]:
    """Claims with these in the holder's map."""
    return {4: claims.get("exp", EXP), -65537: dict(entries)}


def signed_for(external_aad: bytes) -> str:
    """A good code but for the external_aad that was signed."""
    return code(RESIDENT, signed=to_be_signed(HEADER, cbor(RESIDENT), external_aad))


# ---- trust files ----


def role(threshold: int, signers: Sequence[Signer]) -> list[Any]:
    return [threshold, sorted(each.public_key for each in signers)]


def document(
    kind: str,
    fields: Mapping[int, Any] | bytes,
    by: Sequence[Signer],
    *,
    scope: Scope = SPRINGFIELD.scope,
    in_order: bool = True,
) -> bytes:
    """A COSE_Sign with any payload under the genuine signatures of any keys, for any kind, environment and city."""
    payload = fields if isinstance(fields, bytes) else cbor(dict(fields))
    external_aad = f"{kind} {scope.environment} {scope.city}".encode()
    signatures = []
    for each in sorted(by, key=lambda each: kid(each.public_key), reverse=not in_order):
        protected = header(kid(each.public_key))
        signature = each.sign(cbor(["Signature", b"", protected, external_aad, payload]))
        signatures.append(b"\x83" + cbor(protected) + b"\xa0" + cbor(signature))
    head = cbor([0] * len(signatures))[: -len(signatures)]
    return bytes.fromhex("d8 62 84 40 a0") + cbor(payload) + head + b"".join(signatures)


ROOT_FIELDS = cbor2.loads(decode_sign(SPRINGFIELD.sign_root()).payload)
LIST_FIELDS = cbor2.loads(decode_sign(SPRINGFIELD.sign_list()).payload)


def root_digest(signed_root: bytes) -> bytes:
    """By which the next root and the trust lists name a root."""
    identity = cbor([b"", cbor2.loads(signed_root).value[2]])
    return hashlib.blake2b(identity, digest_size=32, person=b"idcard.root").digest()


def root(
    changes: Mapping[int, Any] | None = None,
    by: Sequence[Signer] = ROOTS[:2],
    *,
    after: bytes | None = None,
    kind: str = "idcard.root",
    scope: Scope = SPRINGFIELD.scope,
) -> bytes:
    """A later version than 1 names the root `after` which it comes: Springfield's first if none is given."""
    fields = changed(ROOT_FIELDS, changes)
    if fields.get(1, 0) > 1 and 9 not in (changes or {}):
        fields = changed(fields, {9: root_digest(after or root())})
    return document(kind, fields, by, scope=scope)


def trust_list(
    changes: Mapping[int, Any] | None = None,
    by: Sequence[Signer] = (PUBLISHER,),
    *,
    kind: str = "idcard.list",
    scope: Scope = SPRINGFIELD.scope,
) -> bytes:
    return document(kind, changed(LIST_FIELDS, changes), by, scope=scope)


def venue_class(number: int, changes: Mapping[int, Any]) -> dict[int, Any]:
    """The change of a trust list that changes one venue class."""
    return {6: [changed(each, changes) if each[1] == number else each for each in LIST_FIELDS[6]]}


def issuing_key(by: Signer, changes: Mapping[int, Any]) -> dict[int, Any]:
    """The change of a trust list that changes one issuing key."""
    return {7: [changed(each, changes) if each[1] == by.public_key else each for each in LIST_FIELDS[7]]}


def keys_and(*added: Signer) -> dict[int, Any]:
    """The change of a trust list that adds issuing keys like that of the libraries."""
    like = next(each for each in LIST_FIELDS[7] if each[1] == COHORT.public_key)
    more = [changed(like, {1: each.public_key}) for each in added]
    return {7: sorted([*LIST_FIELDS[7], *more], key=lambda each: each[1])}


def digest(part: bytes) -> bytes:
    """What a trust list says of its cancellations."""
    return hashlib.blake2b(part, digest_size=32, person=b"idcard.cancelled").digest()


def trust(
    changes: Mapping[int, Any] | None = None,
    *,
    roots: Sequence[bytes] | None = None,
    signed_list: bytes | None = None,
    list_by: Sequence[Signer] = (PUBLISHER,),
    scope: Scope = SPRINGFIELD.scope,
    cancelled: Sequence[bytes] = (),
    part: bytes | None = None,
    parts: Mapping[int, Any] | None = None,
) -> bytes:
    """A trust file whose list has these changes, and names the last root.

    roots, signed_list: in place of Springfield's. list_by, scope: who signed the list, and for which city.
    cancelled: values; part: the whole encoded part instead. parts: changes of the map of the file itself.
    """
    part = cbor(b"".join(cancelled)) if part is None else part
    roots = roots or [root()]
    named = {8: digest(part), 9: root_digest(roots[-1])}
    signed_list = signed_list or trust_list({**named, **(changes or {})}, list_by, scope=scope)
    return cbor(changed({1: [*roots], 2: signed_list, 3: part}, parts))


def second_root(
    changes: Mapping[int, Any],
    by: Sequence[Signer] = ROOTS[:2],
    *,
    scope: Scope = SPRINGFIELD.scope,
    list_by: Sequence[Signer] = (PUBLISHER,),
) -> bytes:
    """A trust file with Springfield's root and one after it, version 2 unless the changes say otherwise."""
    return trust(roots=[root(), root({1: 2, **changes}, by, scope=scope)], list_by=list_by, scope=scope)


def city_named(city: str) -> bytes:
    """A trust file in which everything is for a city of this id."""
    scope = Scope(Environment.PRODUCTION, city)
    return trust(roots=[root({2: city}, scope=scope)], scope=scope)


def kill_note(
    of: Signer,
    by: Sequence[Signer] | None = None,
    *,
    kind: str = "idcard.kill",
    scope: Scope = SPRINGFIELD.scope,
    more: Mapping[int, Any] | None = None,
) -> bytes:
    return document(kind, changed({1: of.public_key}, more), [of] if by is None else by, scope=scope)


def with_notes(*notes: Any) -> bytes:
    """A trust file with these kill notes, sorted unless one is no byte string."""
    in_order = sorted(notes) if all(isinstance(note, bytes) for note in notes) else list(notes)
    return trust(parts={4: in_order})


GOOD = SPRINGFIELD.file
HANDED_OVER = [root(), root({1: 2, 7: role(2, NEW_ROOTS)}, [*ROOTS[:2], *NEW_ROOTS[:2]])]
"""Two roots: all root keys were replaced."""
TWO_PUBLISHERS = [root({8: role(2, [PUBLISHER, PUBLISHER_2])})]
END_OF_ROOT = "2026-12-15T00:00:00Z"
ENDS_WITH_ROOT = trust({3: at(END_OF_ROOT), 4: at(END_OF_ROOT)}, roots=[root({5: at(END_OF_ROOT)})])
"""No list outlives its root: they end in the same second, or the list before."""
SHORT_LIVED = issuing_key(COHORT, {3: at("2026-09-01T12:00:00Z")})
COMPROMISED = issuing_key(COHORT, {4: True})


def signed_at_edge(by: Signer) -> dict[str, Any]:
    """A good code of an issuing key of its own."""
    return {"text": code(RESIDENT, by), "trust_file": trust(keys_and(by))}


# ---- the vectors ----


@dataclass(frozen=True, kw_only=True)
class Vector:
    """What is asked, and what must be answered."""

    fault: str
    expect: dict[str, Any]
    now: str = NOW
    for_class: str = "library"
    text: str = LIBRARY
    trust_file: bytes = GOOD
    last_day: int | None = None

    def fields(self) -> dict[str, Any]:
        memory = {} if self.last_day is None else {"last_day": self.last_day}
        return {
            "fault": self.fault,
            "now": self.now,
            **memory,
            "class": self.for_class,
            "text": self.text,
            "expect": self.expect,
            "trust_file": base64.b64encode(self.trust_file).decode("ascii"),
        }


def refuse(layer: str, reason: str, fault: str, **asked: Any) -> Vector:
    outcome = Reason(reason).outcome.value
    return Vector(fault=fault, expect={"outcome": outcome, "reason": reason, "layer": layer}, **asked)


def accept(fault: str, answer: Mapping[str, Any], **asked: Any) -> Vector:
    card = {
        "outcome": "accept",
        "reason": None,
        "layer": None,
        "proven": ["resident"],
        "expires": "2029-01-01T12:00:00Z",
        "stale": False,
        "trust_age_days": 0,
        "environment": "production",
        "photo_check": False,
    }
    return Vector(fault=fault, expect=card | answer, **asked)


AT_PHARMACY = {"text": PHARMACY, "for_class": "pharmacy"}
REVOCABLE_CARD = {"expires": "2027-12-01T12:00:00Z"}
ADULT_CARD = {"proven": ["resident", "age_over_18"]}
NO_HANDLE = {"for_class": "pharmacy", "text": code(holder({1: True}, exp=REVOCABLE_EXP), REVOCABLE)}

EVERY_CLAIM = [1, *range(4, 9), *range(16, 24)]
EVERY_NAME = [
    *("resident", "student", "senior", "veteran", "disability", "caregiver"),
    *(f"city_{number}" for number in range(16, 24)),
]

# name -> sentence, what the answer has other than a library's, what is asked
ACCEPT: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # what a city issues
    "accept-library": ("A library accepts a code that ends together with its key.", {}, {}),
    "accept-museum": ("A museum accepts its code.", {}, {"text": SPRINGFIELD.code("museum"), "for_class": "museum"}),
    "accept-pool": (
        "A pool accepts a code with an age.", ADULT_CARD, {"text": SPRINGFIELD.code("pool"), "for_class": "pool"}),
    "accept-pharmacy": ("A pharmacy accepts a code with a handle.", REVOCABLE_CARD, AT_PHARMACY),
    "accept-theatre": (
        "A theatre accepts the code of a student.",
        {"proven": ["resident", "student"], "expires": "2028-01-01T12:00:00Z"},
        {"text": SPRINGFIELD.code("theatre", STUDENT), "for_class": "theatre"}),
    "accept-city-flag": (
        "A class requires a claim of the city's own, and nothing else.", {"proven": ["city_16"]},
        {"text": SPRINGFIELD.code("ferry", {"city_16": True}), "for_class": "ferry"}),
    "accept-test-environment": (
        "A test code under a test trust file.", {"environment": "test"},
        {"text": TEST_CITY.code("library"), "trust_file": TEST_CITY.file}),
    "accept-key-with-a-small-part": (
        "A key with a part of small order, where the equation holds without the cofactor.", {},
        signed_at_edge(edges.MIXED_KEY_BY_LUCK)),
    # the text
    "accept-blanks-around": (
        "Blanks, tabs and line ends around the text do not matter.", {}, {"text": f"\t {LIBRARY} \r\n"}),
    "accept-longest-text": (
        "A text may have 512 characters, not counting the blanks around it.", {},
        {"text": f" {code(holder({1: True, 9: bytes(238)}))} "}),
    "accept-payload-of-23-bytes": (
        "The longest payload whose length fits the first byte.", {}, {"text": code(holder({1: True, 9: bytes(6)}))}),
    "accept-payload-of-24-bytes": (
        "The shortest payload whose length needs a second byte.", {}, {"text": code(holder({1: True, 9: bytes(7)}))}),
    "accept-payload-of-255-bytes": (
        "The longest payload whose length needs no third byte.", {}, {"text": code(holder({1: True, 9: bytes(237)}))}),
    # the claims
    "accept-every-claim": (
        "A class requires every claim of the registry.", {"proven": EVERY_NAME},
        {"text": code(holder(dict.fromkeys(EVERY_CLAIM, True))),
         "trust_file": trust(venue_class(1, {3: EVERY_CLAIM}))}),
    "accept-more-than-asked": (
        "What the class did not ask for is not told: the student shows a code of the theatre.",
        {"expires": "2028-01-01T12:00:00Z"}, {"text": SPRINGFIELD.code("theatre", STUDENT)}),
    "accept-age-above-the-least": (
        "Somebody of 65 is over 18.", ADULT_CARD,
        {"text": code(holder({1: True, 2: 65})), "for_class": "pool"}),
    "accept-lowest-age": (
        "A class requires an age and nothing else; an age may be 1.", {"proven": ["age_over_1"]},
        {"text": code(holder({2: 1})), "trust_file": trust(venue_class(1, {3: [], 4: 1}))}),
    "accept-highest-age": (
        "An age may be 150.", ADULT_CARD,
        {"text": code(holder({1: True, 2: 150})), "for_class": "pool"}),
    "accept-age-from-begun": (
        "The month in which 18 is reached begins at 12:00 UTC on its first day.",
        ADULT_CARD | REVOCABLE_CARD | {"trust_age_days": 9},
        {"text": CINEMA_FROM_DECEMBER, "for_class": "cinema", "now": "2026-12-01T12:00:00Z"}),
    "accept-age-from-above-the-least": (
        "Who has reached 150 long ago is over 18, without any age.", ADULT_CARD,
        {"text": code(holder({1: True, 3: [150, 255]})), "for_class": "pool"}),
    "accept-age-from-lowest": (
        "1 was reached in the month before exp.", {"proven": ["age_over_1"], "expires": "2026-12-01T12:00:00Z"},
        {"text": code(holder({3: [1, 1]}, exp=SOON)), "trust_file": trust(venue_class(1, {3: [], 4: 1}))}),
    "accept-unknown-claim": (
        "An unknown positive key of the holder's map is ignored, whatever its value.", {},
        {"text": code(holder({1: True, 9: {1: [False, "a", b"b", -1]}}))}),
    "accept-unknown-claim-zero": (
        "The key 0 of the holder's map is ignored.", {}, {"text": code(holder({0: False, 1: True}))}),
    "accept-unknown-claim-neighbours": (
        "The keys beside those of the registry are unknown, so that their values do not matter.", {},
        {"text": code(holder({1: True, 9: False, 15: False, 24: False}))}),
    "accept-unknown-claim-largest": (
        "An unknown key, and an integer, may need all of 64 bits.", {},
        {"text": code(holder({1: True, 2**64 - 1: -(2**64)}))}),
    "accept-unknown-claim-deepest": (
        "Collections may be nested 8 deep; claims and the holder's map are the first two.", {},
        {"text": code(holder({1: True, 9: [[[[[[]]]]]]}))}),
    "accept-unknown-claim-sorted-by-bytes": (
        "Keys are sorted by their bytes: 24 (1818) before -1 (20), though it is longer.", {},
        {"text": code(holder({1: True, 9: {24: True, -1: True}}))}),
    "accept-expiry-of-2106": (
        "The last exp below 2^32: a time needs 32 bits without a sign.", {"expires": "2106-02-01T12:00:00Z"},
        {"text": code(holder({1: True}, exp=at("2106-02-01T12:00:00Z"))),
         "trust_file": trust(issuing_key(COHORT, {3: at("2106-02-01T12:00:00Z")}))}),
    "accept-handle-not-required": (
        "A class that requires no handle takes a code that has one.", REVOCABLE_CARD,
        {**AT_PHARMACY, "trust_file": trust(venue_class(4, {5: None}))}),
    # times
    "accept-last-second-of-the-code": (
        "A code is valid until the second before its exp.", {"expires": "2026-12-01T12:00:00Z", "trust_age_days": 8},
        {"text": code(holder({1: True}, exp=SOON)), "now": "2026-12-01T11:59:59Z"}),
    "accept-last-second-before-next-update": (
        "The trust file is fresh until the second before its next update.", {"trust_age_days": 29},
        {"now": "2026-12-22T11:59:59Z"}),
    "accept-stale": (
        "From the next update on the trust file is stale, and the code still good.",
        {"stale": True, "trust_age_days": 30}, {"now": "2026-12-22T12:00:00Z"}),
    "accept-last-second-of-the-list": (
        "The trust list is valid until the second before its exp.", {"stale": True, "trust_age_days": 119},
        {"now": "2027-03-22T11:59:59Z"}),
    "accept-last-second-of-the-root": (
        "The root is valid until the second before its exp.", {"trust_age_days": 22},
        {"now": "2026-12-14T23:59:59Z", "trust_file": ENDS_WITH_ROOT}),
    "accept-oldest-tolerated": (
        "A pharmacy tolerates a trust file that was made 60 days ago, to the second.",
        REVOCABLE_CARD | {"stale": True, "trust_age_days": 60}, {**AT_PHARMACY, "now": "2027-01-21T12:00:00Z"}),
    "accept-next-update-at-exp": (
        "A trust list may last no longer than until its next update.", {"trust_age_days": 40},
        {"now": "2027-01-01T12:00:00Z", "trust_file": trust({3: LIST_FIELDS[4]})}),
    "accept-clock-one-second-behind": (
        "A second before the time of issue: the verdict at the time of issue, when the age of the file is 0.", {},
        {"now": "2026-11-22T11:59:59Z"}),
    "accept-clock-one-day-behind": (
        "A clock that is behind the time of issue by one day is taken to be slow, and the age of the file is 0.", {},
        {"now": "2026-11-21T12:00:00Z"}),
    "accept-clock-two-days-behind": (
        "The clock may be off by two days, and the code is good at its time and at the time of issue.", {},
        {"now": TWO_DAYS_BEFORE_ISSUE}),
    # the trust list
    "accept-cancellations-of-others": (
        "Cancellations beside the handle of this code do not concern it.", REVOCABLE_CARD,
        {**AT_PHARMACY,
         "trust_file": trust(cancelled=[bytes(10), HANDLE[:9] + b"\x08", HANDLE[:9] + b"\x0a", b"\xff" * 10])}),
    "accept-other-cohort-cancelled": (
        "A cohort of the same key with another claim does not concern this code.", {},
        {"trust_file": trust(cancelled=[cohort(holder({1: True, 4: True}))])}),
    "accept-photo-check": (
        "The class asks that the clerk confirms the photo, which changes nothing else.", {"photo_check": True},
        {"trust_file": trust(venue_class(1, {7: True}))}),
    "accept-other-key-killed": (
        "A kill note of another key does not concern this code.", {}, {"trust_file": with_notes(kill_note(STANDBY))}),
    "accept-unknown-key-in-kill-note": (
        "Unknown keys of 0 and above in a kill note are ignored.", {},
        {"trust_file": with_notes(kill_note(STANDBY, more={0: 0, 9: [1]}))}),
    "accept-other-key-compromised": (
        "That another key is compromised does not concern this code.", {},
        {"trust_file": trust(issuing_key(STANDBY, {4: True}))}),
    "accept-two-publishers": (
        "A threshold of two publishers, and both signed.", {},
        {"trust_file": trust(roots=TWO_PUBLISHERS, list_by=[PUBLISHER, PUBLISHER_2])}),
    "accept-stranger-on-list": (
        "Signatures by keys that nobody named are ignored: 22 of them and the publisher's.", {},
        {"trust_file": trust(list_by=[*STRANGERS[:22], PUBLISHER])}),
    "accept-stranger-on-root": (
        "A root is also signed by a key that it does not name.", {},
        {"trust_file": trust(roots=[root(by=[*ROOTS[:2], ATTACKER])])}),
    # roots
    "accept-every-root-key": (
        "All three root keys signed, where two are enough.", {}, {"trust_file": trust(roots=[root(by=ROOTS)])}),
    "accept-single-root-key": (
        "A root with one key and the threshold 1.", {},
        {"trust_file": trust(roots=[root({7: role(1, ROOTS[:1])}, ROOTS[:1])])}),
    "accept-fifteen-root-keys": (
        "A role has up to 15 keys, and here all must sign.", {},
        {"trust_file": trust(roots=[root({7: role(15, STRANGERS[:15])}, STRANGERS[:15])])}),
    "accept-expired-first-root": (
        "Only the last root of a chain needs to be unexpired.", {},
        {"trust_file": trust(roots=[root({5: 0}), root({1: 2}, after=root({5: 0}))])}),
    "accept-root-keys-replaced": (
        "A second root names new root keys; the old ones and the new ones signed it.", {},
        {"trust_file": trust(roots=HANDED_OVER)}),
    "accept-root-keys-replaced-twice": (
        "A third root needs the keys of the second and its own, no longer those of the first.", {},
        {"trust_file": trust(
            roots=[*HANDED_OVER, root({1: 3, 7: role(1, [ROOT_4])}, [*NEW_ROOTS, ROOT_4], after=HANDED_OVER[1])])}),
    "accept-publisher-replaced": (
        "A second root names a new publisher, who signed the list.", {},
        {"trust_file": second_root({8: role(1, [PUBLISHER_2])}, list_by=[PUBLISHER_2])}),
    "accept-chain-from-version-7": (
        "The first root of a file may have any version.", {},
        {"trust_file": trust(roots=[root({1: 7}), root({1: 8}, after=root({1: 7}))])}),
    "accept-root-signed-by-others": (
        "A root is named by its digest, which signatures do not change: two other keys signed the first one.", {},
        {"trust_file": trust(roots=[root(by=ROOTS[1:]), root({1: 2})])}),
    "accept-list-ends-with-its-root": (
        "A list may live until the second in which its root ends.", {},
        {"trust_file": trust(roots=[root({5: LIST_FIELDS[4]})])}),
    "accept-list-of-one-day": (
        "A root allows lists of one day, and the list lives so long.", {},
        {"trust_file": trust({3: at(NOW) + 1, 4: at(NOW) + 86400}, roots=[root({6: 1})])}),
    "accept-list-of-400-days": (
        "A root allows lists of 400 days, and the list lives so long.", {},
        {"trust_file": trust({4: at(NOW) + 400 * 86400}, roots=[root({6: 400})])}),
    "accept-root-until-2106": (
        "The last second below 2^32 as exp of a root.", {}, {"trust_file": trust(roots=[root({5: 2**32 - 1})])}),
    "accept-city-of-32-letters": (
        "The id of a city may have 32 letters.", {},
        {"text": signed_for(b"idcard.code production s-0" + b"z" * 29), "trust_file": city_named("s-0" + "z" * 29)}),
    "accept-class-of-32-letters": (
        "The name of a class may have 32 letters.", {},
        {"for_class": "l-0" + "z" * 29, "trust_file": trust(venue_class(1, {2: "l-0" + "z" * 29}))}),
    "accept-name-of-one-letter": (
        "The name of a city may be one letter.", {}, {"trust_file": trust(roots=[root({3: "Å"})])}),
    "accept-name-of-64-letters": (
        "Lengths of texts are counted in characters, not in bytes.", {},
        {"trust_file": trust(roots=[root({3: "é" * 64})])}),
    "accept-contact-of-200-letters": (
        "A contact may have 200 characters, and the no-break space, the first one after the control characters.", {},
        {"trust_file": trust({5: "é" * 199 + "\u00a0"})}),
    # growth
    "accept-unknown-key-in-file": (
        "Unknown keys of 0 and above in the trust file are ignored.", {},
        {"trust_file": trust(parts={0: "", 9: "later"})}),
    "accept-map-of-255-entries": (
        "A map may have 255 entries.", {}, {"trust_file": trust(parts={9: dict.fromkeys(range(255), 0)})}),
    "accept-8-levels": (
        "Maps and arrays may stand 8 deep.", {}, {"trust_file": trust(parts={9: [[[[[[[bytes(600)]]]]]]]})}),
    "accept-unknown-key-in-root": (
        "Unknown keys of 0 and above in a root are ignored.", {}, {"trust_file": trust(roots=[root({0: 0, 10: [1]})])}),
    "accept-unknown-key-in-list": (
        "Unknown keys of 0 and above in a trust list are ignored.", {}, {"trust_file": trust({0: [], 10: {1: 2}})}),
    "accept-unknown-key-sorted-by-bytes": (
        "In a trust list too, keys are sorted by their bytes: 24 (1818) before -1 (20).", {},
        {"trust_file": trust({10: {24: 1, -1: 2}})}),
    "accept-unknown-key-in-class": (
        "Unknown keys of 0 and above in a venue class are ignored.", {},
        {"trust_file": trust(venue_class(1, {0: {}, 8: False}))}),
    "accept-unknown-key-in-issuing-key": (
        "Unknown keys of 0 and above beside an issuing key are ignored.", {},
        {"trust_file": trust(issuing_key(COHORT, {0: 0, 5: b"later"}))}),
}  # fmt: skip

BODY = LIBRARY.removeprefix("IDC1:")

# name -> reason, sentence, text
TEXT: dict[str, tuple[str, str, str]] = {
    "text-empty": ("not-a-code", "Nothing was read.", ""),
    "text-blank": ("not-a-code", "Only blanks were read.", " \r\n"),
    "text-no-prefix": ("not-a-code", "Base45 without its prefix.", BODY),
    "text-web-address": ("not-a-code", "Another QR symbol was scanned.", "https://springfield.example/card"),
    "text-health-certificate": ("not-a-code", "The prefix of an EU health certificate.", "HC1:" + BODY),
    "text-lower-case": ("not-a-code", "All in lower case, prefix included.", LIBRARY.lower()),
    "text-lower-case-prefix": ("not-a-code", "Only the prefix is in lower case.", "idc1:" + BODY),
    "text-other-environment-letter": ("not-a-code", "Environments are C and T.", "IDX1:" + BODY),
    "text-no-colon": ("not-a-code", "The prefix has no colon.", "IDC1" + BODY),
    "text-no-version": ("not-a-code", "The prefix has no version.", "IDC:" + BODY),
    "text-version-of-three-digits": ("not-a-code", "A version has one or two digits.", "IDC123:" + BODY),
    "text-something-before-the-prefix": ("not-a-code", "The prefix is not at the beginning.", "CODE=" + LIBRARY),
    "text-byte-order-mark": ("not-a-code", "A byte order mark is no blank.", "\ufeff" + LIBRARY),
    "text-no-break-space-before": ("not-a-code", "A no-break space is no blank.", "\u00a0" + LIBRARY),
    "text-next-version": ("newer-program", "The next version of the format.", "IDC2:" + BODY),
    "text-next-version-test": ("newer-program", "The next version, in a test environment.", "IDT2:" + BODY),
    "text-version-of-two-digits": ("newer-program", "The largest version that a prefix holds.", "IDC99:" + BODY),
    "text-next-version-unreadable": ("newer-program", "A newer version may use any letters.", "IDC2:#~é"),
    "text-lower-case-letter": ("malformed", "One letter is in lower case.", "IDC1:" + BODY[0].lower() + BODY[1:]),
    "text-letter-outside-base45": ("malformed", "The letter # is not in the alphabet.", f"IDC1:#{BODY[1:]}"),
    "text-letter-outside-ascii": ("malformed", "A letter outside ASCII.", f"IDC1:É{BODY[1:]}"),
    "text-wide-digit": ("malformed", "A digit of another script is no digit here.", f"IDC1:\uff10{BODY[1:]}"),
    "text-line-end-inside": ("malformed", "The text was broken into two lines.", f"{LIBRARY[:80]}\r\n{LIBRARY[80:]}"),
    "text-no-break-space-after": ("malformed", "A no-break space is no blank.", LIBRARY + "\u00a0"),
    "text-nul-after": ("malformed", "A NUL byte ends no text.", LIBRARY + "\0"),
    "text-length-3n-plus-1": ("malformed", "The last letter is cut off, and one stands alone.", LIBRARY[:-1]),
    "text-twice": ("malformed", "The code was scanned twice.", LIBRARY + LIBRARY),
    "text-triple-too-big": ("malformed", "Three letters that stand for 65536.", f"IDC1:GGW{BODY[3:]}"),
    "text-triple-biggest": ("malformed", "Three letters that stand for 91124.", f"IDC1::::{BODY[3:]}"),
    "text-pair-too-big": ("malformed", "Two letters at the end that stand for 256.", LIBRARY[:-2] + "V5"),
    "text-too-long": ("malformed", "514 characters; the rest is good.", code(holder({1: True, 9: bytes(239)}))),
}  # fmt: skip

CREDENTIAL = sign1(cbor(RESIDENT))
KID = kid(COHORT.public_key).hex()
SIGNATURE = CREDENTIAL[-64:]
OF_23, OF_255 = (sign1(cbor(holder({1: True, 9: bytes(size)}))) for size in (6, 237))


def with_header(protected: str) -> bytes:
    """A credential with this header, in hexadecimal, under a genuine signature over it."""
    return sign1(cbor(RESIDENT), protected=bytes.fromhex(protected))


ALG_NONE = with_header(f"a2 01 00 04 44 {KID}")

# name -> sentence, bytes behind the base45
COSE: dict[str, tuple[str, bytes]] = {
    "cose-empty": ("Base45 of nothing.", b""),
    "cose-one-byte": ("Base45 of one byte.", b"\xd2"),
    "cose-truncated": ("The last byte is missing.", CREDENTIAL[:-1]),
    "cose-truncated-in-the-payload": ("Everything after the first bytes of the payload is missing.", CREDENTIAL[:20]),
    "cose-truncated-before-the-payload": ("Only tag and protected header.", CREDENTIAL[:12]),
    "cose-trailing-byte": ("A byte follows.", CREDENTIAL + b"\0"),
    "cose-twice": ("A second credential follows.", CREDENTIAL * 2),
    "cose-no-tag": ("COSE_Sign1 without its tag.", CREDENTIAL[1:]),
    "cose-tag-twice": ("The tag stands there twice.", b"\xd2" + CREDENTIAL),
    "cose-tag-of-cwt": ("The CWT tag 61 stands before the other.", b"\xd8\x3d" + CREDENTIAL),
    "cose-tag-of-mac": ("Tag 17, COSE_Mac0.", b"\xd1" + CREDENTIAL[1:]),
    "cose-tag-of-sign": ("Tag 98, COSE_Sign.", b"\xd8\x62" + CREDENTIAL[1:]),
    "cose-tag-long-form": ("Tag 18 in two bytes.", b"\xd8\x12" + CREDENTIAL[1:]),
    "cose-array-of-three": ("There is no signature.", swap(CREDENTIAL[:-66], "d2 84", "d2 83")),
    "cose-array-of-five": ("There is a fifth part.", swap(CREDENTIAL, "d2 84", "d2 85") + b"\xa0"),
    "cose-array-long-form": ("The array's length in two bytes.", swap(CREDENTIAL, "d2 84", "d2 98 04")),
    "cose-array-indefinite": ("An array of indefinite length.", swap(CREDENTIAL, "d2 84", "d2 9f") + b"\xff"),
    "cose-protected-empty": ("An empty protected header.", with_header("")),
    "cose-protected-not-bytes": (
        "The protected header is a map, not a byte string.", swap(CREDENTIAL, "49 a2 01 27 04", "a2 01 27 04")),
    "cose-protected-long-form": (
        "The header's length in two bytes.", swap(CREDENTIAL, "49 a2 01 27 04", "58 09 a2 01 27 04")),
    "cose-alg-other": ("Algorithm -7, ES256.", with_header(f"a2 01 26 04 44 {KID}")),
    "cose-alg-of-rfc-9864": ("Algorithm -19, which also names Ed25519.", with_header(f"a2 01 32 04 44 {KID}")),
    "cose-alg-text": ("The algorithm as text.", with_header(f"a2 01 65 4564445341 04 44 {KID}")),
    "cose-alg-none": ("Algorithm 0, which is none, and no signature.", ALG_NONE[:-66] + b"\x40"),
    "cose-alg-none-of-64-bytes": (
        "Algorithm 0, which is none, and zeros for a signature.", ALG_NONE[:-64] + bytes(64)),
    "cose-alg-none-signed": ("Algorithm 0, under a genuine signature.", ALG_NONE),
    "cose-alg-none-as-text": ("The algorithm none, as text.", with_header(f"a2 01 64 {b'none'.hex()} 04 44 {KID}")),
    "cose-alg-missing": ("No algorithm.", with_header(f"a1 04 44 {KID}")),
    "cose-alg-long-form": ("The algorithm in two bytes.", with_header(f"a2 01 38 07 04 44 {KID}")),
    "cose-kid-missing": ("No kid.", with_header("a1 01 27")),
    "cose-kid-of-three-bytes": ("A kid of 3 bytes.", with_header(f"a2 01 27 04 43 {KID[:6]}")),
    "cose-kid-of-eight-bytes": ("A kid of 8 bytes.", with_header(f"a2 01 27 04 48 {KID} 00000000")),
    "cose-kid-text": ("A kid that is text.", with_header(f"a2 01 27 04 64 {b'kid1'.hex()}")),
    "cose-header-unsorted": ("kid stands before alg.", with_header(f"a2 04 44 {KID} 01 27")),
    "cose-header-duplicate": ("alg stands there twice.", with_header(f"a3 01 27 01 27 04 44 {KID}")),
    "cose-header-indefinite": ("A header of indefinite length.", with_header(f"bf 01 27 04 44 {KID} ff")),
    "cose-header-trailing-byte": ("A byte follows the header's map.", with_header(f"a2 01 27 04 44 {KID} 00")),
    "cose-crit": ("A crit, which must be understood.", with_header(f"a3 01 27 02 81 04 04 44 {KID}")),
    "cose-content-type": ("A content type too.", with_header(f"a3 01 27 03 18 3d 04 44 {KID}")),
    "cose-unprotected-not-empty": (
        "A kid in the unprotected header too.", swap(CREDENTIAL, f"{KID} a0", f"{KID} a1 04 44 {KID}")),
    "cose-unprotected-not-a-map": (
        "An empty array in place of the unprotected header.", swap(CREDENTIAL, f"{KID} a0", f"{KID} 80")),
    "cose-unprotected-indefinite": (
        "An unprotected header of indefinite length.", swap(CREDENTIAL, f"{KID} a0", f"{KID} bf ff")),
    "cose-payload-detached": ("The payload is null.", CREDENTIAL[:13] + b"\xf6" + CREDENTIAL[-66:]),
    "cose-payload-not-bytes": ("The payload is a map, not a byte string.", swap(CREDENTIAL, "4f a2 04", "a2 04")),
    "cose-payload-long-form": ("The length 23 of the payload in two bytes.", swap(OF_23, "57 a2 04", "58 17 a2 04")),
    "cose-payload-longer-form": (
        "The length 255 of the payload in three bytes.", swap(OF_255, "58 ff a2 04", "59 00 ff a2 04")),
    "cose-payload-longer-than-all": ("The payload claims 255 bytes.", swap(CREDENTIAL, "4f a2 04", "58 ff a2 04")),
    "cose-payload-longest-claim": (
        "The payload claims 2^64 - 1 bytes.", swap(CREDENTIAL, "4f a2 04", f"5b {'ff' * 8} a2 04")),
    "cose-payload-in-chunks": (
        "A payload of indefinite length.",
        CREDENTIAL[:13] + b"\x5f" + CREDENTIAL[13:-66] + b"\xff" + CREDENTIAL[-66:]),
    "cose-signature-of-63-bytes": ("A signature of 63 bytes.", CREDENTIAL[:-66] + b"\x58\x3f" + SIGNATURE[:-1]),
    "cose-signature-of-65-bytes": ("A signature of 65 bytes.", CREDENTIAL[:-66] + b"\x58\x41" + SIGNATURE + b"\0"),
    "cose-signature-empty": ("An empty signature.", CREDENTIAL[:-66] + b"\x40"),
    "cose-signature-text": ("A signature that is text.", CREDENTIAL[:-66] + b"\x78\x40" + b"0" * 64),
    "cose-signature-long-form": (
        "The signature's length in three bytes.", CREDENTIAL[:-66] + b"\x59\x00\x40" + SIGNATURE),
}  # fmt: skip

EXP_ENTRY = f"04 1a {EXP:08x}"
HOLDER = "3a 00010000"
YES = "a1 01 f5"
HANDLE_EXP = f"04 1a {REVOCABLE_EXP:08x}"
CTI = f"07 4a {HANDLE.hex()}"


def unknown(value: str) -> str:
    """Claims of a resident with this value, in hexadecimal, under a key of the holder's map that nobody knows."""
    return f"a2 {EXP_ENTRY} {HOLDER} a2 01 f5 09 {value}"


# name -> sentence, claims as a map or as bytes in hexadecimal; signed by the key of the libraries
CLAIMS: dict[str, tuple[str, Mapping[int, Any] | str]] = {
    # one meaning, one encoding
    "claims-empty": ("No bytes.", ""),
    "claims-truncated": ("The last byte is missing.", f"a2 {EXP_ENTRY} {HOLDER} a1 01"),
    "claims-trailing-byte": ("A byte follows.", f"a2 {EXP_ENTRY} {HOLDER} {YES} 00"),
    "claims-twice": ("A second map follows.", f"a2 {EXP_ENTRY} {HOLDER} {YES}" * 2),
    "claims-text": ("A text.", "67 636c61696d7321"),
    "claims-array": ("An array of pairs.", f"82 82 {EXP_ENTRY} 82 {HOLDER} {YES}"),
    "claims-map-long-form": ("The map's length in two bytes.", f"b8 02 {EXP_ENTRY} {HOLDER} {YES}"),
    "claims-map-indefinite": ("A map of indefinite length.", f"bf {EXP_ENTRY} {HOLDER} {YES} ff"),
    "claims-map-unsorted": ("The holder's map stands before exp.", f"a2 {HOLDER} {YES} {EXP_ENTRY}"),
    "claims-map-duplicate": ("exp stands there twice.", f"a3 {EXP_ENTRY} {EXP_ENTRY} {HOLDER} {YES}"),
    "claims-key-long-form": ("The key 4 in two bytes.", f"a2 18 {EXP_ENTRY} {HOLDER} {YES}"),
    "claims-key-negative-long-form": ("The key -65537 in 9 bytes.", f"a2 {EXP_ENTRY} 3b 00000000 00010000 {YES}"),
    "claims-key-text": ("A key is text.", f"a3 {EXP_ENTRY} {HOLDER} {YES} 63 697373 00"),
    "claims-key-bytes": ("A key is a byte string.", f"a3 {EXP_ENTRY} 41 04 00 {HOLDER} {YES}"),
    "claims-key-true": ("A key is true, which is not 1.", f"a2 {EXP_ENTRY} {HOLDER} a1 f5 f5"),
    "claims-key-float": ("A key is 1.0, which is not 1.", f"a2 {EXP_ENTRY} {HOLDER} a1 f93c00 f5"),
    "claims-tagged": ("The tag 55799 says that this is CBOR.", f"d9d9f7 a2 {EXP_ENTRY} {HOLDER} {YES}"),
    "claims-holder-indefinite": ("The holder's map has indefinite length.", f"a2 {EXP_ENTRY} {HOLDER} bf 01 f5 ff"),
    "claims-holder-unsorted": ("The holder's map is not sorted.", f"a2 {EXP_ENTRY} {HOLDER} a2 04 f5 01 f5"),
    "claims-holder-duplicate": ("resident stands there twice.", f"a2 {EXP_ENTRY} {HOLDER} a2 01 f5 01 f5"),
    "claims-holder-sorted-by-length": (
        "Keys are sorted by their bytes: 24 (1818) before -1 (20).",
        f"a2 {EXP_ENTRY} {HOLDER} a3 01 f5 20 f5 18 18 f5"),
    "claims-unknown-float": ("A float, even where the key is ignored.", unknown("f93c00")),
    "claims-unknown-null": ("A null, even where the key is ignored.", unknown("f6")),
    "claims-unknown-undefined": ("An undefined, even where the key is ignored.", unknown("f7")),
    "claims-unknown-simple": ("A simple value, even where the key is ignored.", unknown("f0")),
    "claims-unknown-tagged": ("A tag, even where the key is ignored.", unknown("c1 00")),
    "claims-unknown-bignum": ("An integer of 65 bits needs a tag.", unknown("c2 49 01" + "00" * 8)),
    "claims-unknown-not-utf-8": ("A text that is not UTF-8, even where the key is ignored.", unknown("61 ff")),
    "claims-unknown-surrogate": ("Half of a surrogate pair in a text is not UTF-8.", unknown("63 eda080")),
    "claims-unknown-long-form": ("The number 23 in two bytes, even where the key is ignored.", unknown("18 17")),
    "claims-unknown-in-chunks": ("A text of indefinite length, even where the key is ignored.", unknown("7f 61 61 ff")),
    "claims-unknown-map-unsorted": (
        "A map that is not sorted, even where the key is ignored.", unknown("a2 02 00 01 00")),
    "claims-unknown-map-with-text-key": (
        "A map with a text as key, even where the key is ignored.", unknown("a1 61 61 00")),
    "claims-unknown-too-deep": ("Collections nested 9 deep.", unknown("81" * 6 + "80")),
    # exp
    "claims-exp-missing": ("No exp.", f"a1 {HOLDER} {YES}"),
    "claims-exp-long-form": ("exp in 9 bytes.", f"a2 04 1b {EXP:016x} {HOLDER} {YES}"),
    "claims-exp-float": ("exp as a float.", f"a2 04 fb {cbor(float(EXP)).hex()[2:]} {HOLDER} {YES}"),
    "claims-exp-tagged": ("exp with the tag of a time.", f"a2 04 c1 1a {EXP:08x} {HOLDER} {YES}"),
    "claims-exp-text": ("exp as text.", {4: "2029-01-01T12:00:00Z", -65537: {1: True}}),
    "claims-exp-true": ("exp is true.", {4: True, -65537: {1: True}}),
    "claims-exp-zero": ("exp is 0, a midnight.", holder({1: True}, exp=0)),
    "claims-exp-negative": ("exp is before 1970.", holder({1: True}, exp=at("1969-12-01T12:00:00Z"))),
    "claims-exp-not-noon": ("exp is an hour after noon.", holder({1: True}, exp=at("2028-12-01T13:00:00Z"))),
    "claims-exp-not-the-second": ("exp is a second before noon.", holder({1: True}, exp=EXP - 1)),
    "claims-exp-not-first": ("exp is on the second of a month.", holder({1: True}, exp=at("2028-12-02T12:00:00Z"))),
    "claims-exp-too-late": ("exp needs more than 32 bits.", holder({1: True}, exp=at("2106-03-01T12:00:00Z"))),
    # claims that are not there
    "claims-iss": ("An issuer: the key says who issued.", {1: "springfield", **RESIDENT}),
    "claims-sub": ("A subject.", f"a3 02 66 {b'holder'.hex()} {EXP_ENTRY} {HOLDER} {YES}"),
    "claims-aud": ("An audience.", {3: "library", **RESIDENT}),
    "claims-nbf": ("A first day: it identifies people.", f"a3 {EXP_ENTRY} 05 1a {at(NOW):08x} {HOLDER} {YES}"),
    "claims-iat": ("A time of issue: it identifies people.", f"a3 {EXP_ENTRY} 06 1a {at(NOW):08x} {HOLDER} {YES}"),
    "claims-unknown-positive": ("An unknown claim beside the holder's map.", f"a3 {EXP_ENTRY} 08 00 {HOLDER} {YES}"),
    "claims-unknown-negative": (
        "An unknown private claim beside the holder's map.", f"a3 {EXP_ENTRY} {HOLDER} {YES} 3a 00010001 00"),
    # the holder's map
    "claims-holder-missing": ("No map of the holder.", {4: EXP}),
    "claims-holder-empty": ("Nothing is claimed about the holder.", holder({})),
    "claims-holder-not-a-map": ("The holder's map is an array.", {4: EXP, -65537: [1]}),
    "claims-flag-false": ("resident is false; it is true or absent.", holder({1: False})),
    "claims-flag-number": ("resident is 1, which is not true.", holder({1: 1})),
    "claims-flag-text": ("resident is a text.", holder({1: "true"})),
    "claims-city-flag-false": ("A claim of the city's own is false.", holder({1: True, 16: False})),
    "claims-city-flag-number": ("The last claim of the city's own is a number.", holder({1: True, 23: 1})),
}  # fmt: skip


def adult(entries: Mapping[int, Any]) -> dict[int, Any]:
    return holder({1: True, **entries})


# the same for the pharmacy, signed by its key
PHARMACY_CLAIMS: dict[str, tuple[str, Mapping[int, Any] | str]] = {
    "claims-cti-empty": ("An empty handle.", WITH_HANDLE | {7: b""}),
    "claims-cti-of-9-bytes": ("A handle of 9 bytes.", WITH_HANDLE | {7: HANDLE[:9]}),
    "claims-cti-of-11-bytes": ("A handle of 11 bytes.", WITH_HANDLE | {7: HANDLE + b"\0"}),
    "claims-cti-text": ("A handle that is text.", WITH_HANDLE | {7: "0123456789"}),
    "claims-cti-long-form": (
        "The handle's length in two bytes.",
        f"a3 {HANDLE_EXP} 07 58 0a {HANDLE.hex()} {HOLDER} {YES}",
    ),
    "claims-cti-in-chunks": (
        "A handle of indefinite length.",
        f"a3 {HANDLE_EXP} 07 5f 4a {HANDLE.hex()} ff {HOLDER} {YES}",
    ),
    "claims-cti-before-exp": ("The handle stands before exp.", f"a3 {CTI} {HANDLE_EXP} {HOLDER} {YES}"),
}

# and for the pool
POOL_CLAIMS: dict[str, tuple[str, Mapping[int, Any] | str]] = {
    "claims-age-zero": ("The age 0.", adult({2: 0})),
    "claims-age-151": ("The age 151.", adult({2: 151})),
    "claims-age-negative": ("The age -18.", adult({2: -18})),
    "claims-age-true": ("An age that is true, which is not 1.", adult({2: True})),
    "claims-age-text": ("An age as text.", adult({2: "18"})),
    "claims-age-float": ("An age as a float.", adult({2: 18.0})),
    "claims-age-long-form": ("The age 18 in two bytes.", f"a2 {EXP_ENTRY} {HOLDER} a2 01 f5 02 18 12"),
    "claims-age-from-months-zero": ("18 is reached in the month of exp, when the code is over.", adult({3: [18, 0]})),
    "claims-age-from-months-256": ("18 is reached 256 months before exp.", adult({3: [18, 256]})),
    "claims-age-from-months-negative": ("18 is reached after exp.", adult({3: [18, -1]})),
    "claims-age-from-months-true": ("A number of months that is true.", adult({3: [18, True]})),
    "claims-age-from-age-zero": ("0 is reached.", adult({3: [0, 12]})),
    "claims-age-from-age-151": ("151 is reached.", adult({3: [151, 12]})),
    "claims-age-from-age-true": ("An age that is true.", adult({3: [True, 12]})),
    "claims-age-from-number": ("Only an age.", adult({3: 18})),
    "claims-age-from-map": ("A map in place of the pair.", adult({3: {18: 12}})),
    "claims-age-from-of-one": ("An array of one.", adult({3: [18]})),
    "claims-age-from-of-three": ("An array of three.", adult({3: [18, 12, 0]})),
    "claims-age-from-indefinite": (
        "A pair of indefinite length.", f"a2 {EXP_ENTRY} {HOLDER} a2 01 f5 03 9f 12 0c ff"),
}  # fmt: skip

FORGED = code(RESIDENT, ATTACKER, protected=HEADER)
ISSUED_LATER = {2: at("2026-12-02T12:00:00Z"), 3: at("2027-01-02T12:00:00Z")}
RESIDENT_SOON = code(holder({1: True}, exp=SOON))
RELABELLED = TEST_CITY.code("library").replace("IDT1:", "IDC1:")
ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493


def plus_order(signature: bytes) -> bytes:
    """The same signature with S + L in place of S, which RFC 8032 forbids."""
    s = int.from_bytes(signature[32:], "little") + ORDER_OF_ED25519
    return signature[:32] + s.to_bytes(32, "little")


def with_signature(signature: bytes) -> str:
    return "IDC1:" + base45(CREDENTIAL[:-64] + signature)


# name -> reason, sentence, what is asked
DECISION: dict[str, tuple[str, str, dict[str, Any]]] = {
    "decision-slow-clock-expired": (
        "expired", "The code ended before the trust file was made, and the clock is slow by a day.",
        {"text": code(holder({1: True}, exp=SOON)), "now": "2026-12-01T11:59:59Z",
         "trust_file": trust({2: at("2026-12-02T11:59:59Z")})}),
    "decision-unknown-class": ("unknown-class", "The city has no such venue class.", {"for_class": "opera"}),
    "decision-class-in-capitals": (
        "unknown-class", "The name of a class is compared letter by letter.", {"for_class": "Library"}),
    # environment
    "decision-prefix-of-test": (
        "wrong-environment", "The text says that a code of the city is a test code.", {"text": "IDT1:" + BODY}),
    "decision-prefix-of-production": (
        "wrong-environment", "The text says that a test code is real, under a test file.",
        {"text": RELABELLED, "trust_file": TEST_CITY.file}),
    "decision-test-code-relabelled": (
        "unknown-key", "The text says that a test code is real: the keys of a test are none of the city's.",
        {"text": RELABELLED}),
    # unknown keys
    "decision-other-city": ("unknown-key", "A code of another city.", {"text": SHELBYVILLE.code("library")}),
    "decision-signed-by-publisher": (
        "unknown-key", "The publisher's key is not an issuing key.", {"text": code(RESIDENT, PUBLISHER)}),
    "decision-signed-by-root": ("unknown-key", "A root key is not an issuing key.", {"text": code(RESIDENT, ROOTS[0])}),
    "decision-unknown-key": (
        "unknown-key", "The last second in which an unknown key is the card's fault.",
        {"text": code(RESIDENT, ATTACKER), "now": "2026-12-22T11:59:59Z"}),
    "decision-unknown-key-stale": (
        "unknown-key-stale", "From the next update on an unknown key may be a new one.",
        {"text": code(RESIDENT, ATTACKER), "now": "2026-12-22T12:00:00Z"}),
    "decision-unknown-key-before-its-end": (
        "unknown-key", "The last second in which a code of an unknown key does not say itself that it is over.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER), "now": "2026-12-01T11:59:59Z"}),
    "decision-unknown-key-expired": (
        "expired", "The key is unknown, and the code says itself that it is over.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER), "now": "2026-12-01T12:00:00Z"}),
    "decision-unknown-key-stale-expired": (
        "expired", "The same where the trust file is stale.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER), "now": "2026-12-22T12:00:00Z"}),
    # signatures
    "decision-forged": ("bad-signature", "Signed by the attacker's key, with the kid of the city's.", {"text": FORGED}),
    "decision-kid-of-another-key": (
        "bad-signature", "Signed by one key of the city, with the kid of another.",
        {"text": code(RESIDENT, STANDBY, protected=HEADER)}),
    "decision-claims-altered": (
        "bad-signature", "A claim was added to a good code.",
        {"text": code(holder({1: True, 5: True}), signed=to_be_signed(HEADER, cbor(RESIDENT)))}),
    "decision-signature-bit": (
        "bad-signature", "The last bit of the signature is flipped.",
        {"text": with_signature(SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 0x80]))}),
    "decision-signature-zero": ("bad-signature", "A signature of zeros.", {"text": with_signature(bytes(64))}),
    "decision-signature-malleable": (
        "bad-signature", "S + L in place of S (RFC 8032 §5.1.7).", {"text": with_signature(plus_order(SIGNATURE))}),
    "decision-signature-small-r": (
        "bad-signature", "R is the identity, a point of small order.", signed_at_edge(edges.SMALL_R)),
    "decision-signature-small-r-not-canonical": (
        "bad-signature", "R is the identity, with y above 2^255-19.", signed_at_edge(edges.SMALL_R_NOT_CANONICAL)),
    "decision-signature-small-r-with-sign": (
        "bad-signature", "R is the identity, with the sign of an x that is 0.",
        signed_at_edge(edges.SMALL_R_WITH_SIGN)),
    "decision-signature-small-part-of-r": (
        "bad-signature", "R has a part of small order: the equation holds with the cofactor alone.",
        signed_at_edge(edges.MIXED_R)),
    "decision-signature-small-key": (
        "bad-signature", "The issuing key is the identity: anybody can sign for it.", signed_at_edge(edges.SMALL_KEY)),
    "decision-signature-small-key-not-canonical": (
        "bad-signature", "The issuing key is the identity, with y above 2^255-19.",
        signed_at_edge(edges.SMALL_KEY_NOT_CANONICAL)),
    "decision-signature-small-part-of-key": (
        "bad-signature", "The issuing key has a part of small order: the equation holds with the cofactor alone.",
        signed_at_edge(edges.MIXED_KEY)),
    "decision-signature-of-payload": (
        "bad-signature", "The payload alone was signed.", {"text": code(RESIDENT, signed=cbor(RESIDENT))}),
    "decision-signature-of-cose-sign": (
        "bad-signature", "What was signed is the Sig_structure of a COSE_Sign.",
        {"text": code(RESIDENT, signed=cbor(["Signature", b"", HEADER, AAD, cbor(RESIDENT)]))}),
    "decision-signature-without-aad": (
        "bad-signature", "What was signed has an empty external_aad.", {"text": signed_for(b"")}),
    "decision-signature-for-a-test": (
        "bad-signature", "The city's key signed a test code, and the text says that it is real.",
        {"text": signed_for(b"idcard.code test springfield")}),
    "decision-signature-for-another-city": (
        "bad-signature", "The city's key signed a code of another city.",
        {"text": signed_for(b"idcard.code production shelbyville")}),
    "decision-signature-for-a-longer-city": (
        "bad-signature", "The city's key signed a code of a city whose id begins like this one.",
        {"text": signed_for(AAD + b"-2")}),
    "decision-signature-for-a-list": (
        "bad-signature", "What was signed names the kind of another document.",
        {"text": signed_for(b"idcard.list production springfield")}),
    # what the city took back
    "decision-distrusted-key": ("distrusted-key", "The key is compromised.", {"trust_file": trust(COMPROMISED)}),
    "decision-distrusted-key-by-kill-note": (
        "distrusted-key", "A kill note of the key came with the trust file, whose list still believes it.",
        {"trust_file": with_notes(kill_note(COHORT))}),
    "decision-cancelled-code": (
        "cancelled-code", "The handle is the only cancellation.",
        {**AT_PHARMACY, "trust_file": trust(cancelled=[HANDLE])}),
    "decision-cancelled-code-first": (
        "cancelled-code", "The handle is the first of the cancellations.",
        {**AT_PHARMACY, "trust_file": trust(cancelled=[HANDLE, b"\x80" * 10, b"\xff" * 10])}),
    "decision-cancelled-code-last": (
        "cancelled-code", "The handle is the last of the cancellations.",
        {**AT_PHARMACY, "trust_file": trust(cancelled=[bytes(10), bytes(9) + b"\1", HANDLE])}),
    "decision-cancelled-cohort": (
        "cancelled-cohort", "The cohort is cancelled, and everybody with the same code.",
        {"trust_file": trust(cancelled=[cohort(RESIDENT)])}),
    # times
    "decision-outlives-key": (
        "outlives-key", "The code ends a month after its key.",
        {"text": code(holder({1: True}, exp=at("2029-02-01T12:00:00Z")))}),
    "decision-expired": (
        "expired", "The first second in which a code is over.",
        {"text": RESIDENT_SOON, "now": "2026-12-01T12:00:00Z"}),
    "decision-expired-long-ago": ("expired", "A code of 1970 is over.", {"text": code(holder({1: True}, exp=43200))}),
    "decision-trust-expired": (
        "trust-expired", "The first second in which the trust list is over.", {"now": "2027-03-22T12:00:00Z"}),
    "decision-trust-too-old": (
        "trust-too-old", "One second more than the 60 days that a pharmacy tolerates.",
        {**AT_PHARMACY, "now": "2027-01-21T12:00:01Z"}),
    # what the code is for
    "decision-newer-program": (
        "newer-program", "An unknown negative key of the holder's map needs a newer program.",
        {"text": code(holder({1: True, -1: True}))}),
    "decision-newer-program-largest": (
        "newer-program", "The most negative key, -2^64.", {"text": code(holder({1: True, -(2**64): True}))}),
    "decision-newer-program-sorted-by-bytes": (
        "newer-program", "Keys are sorted by their bytes: the unknown key 24 (1818) before the negative -1 (20).",
        {"text": code(holder({1: True, 24: True, -1: True}))}),
    "decision-wrong-class": ("wrong-class", "A code of the pharmacy at the library.", {"text": PHARMACY}),
    "decision-key-serves-no-class": (
        "wrong-class", "The key serves no class any more.", {"trust_file": trust(issuing_key(COHORT, {2: []}))}),
    "decision-no-handle": (
        "no-handle", "The pharmacy's key signed a code without a handle.", NO_HANDLE),
    "decision-photo-check-in-place-of-a-handle": (
        "no-handle", "That the clerk confirms the photo lowers no demand.",
        NO_HANDLE | {"trust_file": trust(venue_class(4, {7: True}))}),
    "decision-claim-missing": ("not-proven", "The code claims something else.", {"text": code(holder({4: True}))}),
    "decision-one-claim-missing": ("not-proven", "One of two required claims is missing.", {"for_class": "theatre"}),
    "decision-other-city-flag": (
        "not-proven", "Another claim of the city's own.", {"for_class": "ferry", "text": code(holder({17: True}))}),
    "decision-only-unknown-claim": (
        "not-proven", "A claim that this program does not know proves nothing.", {"text": code(holder({9: True}))}),
    "decision-age-missing": (
        "not-proven", "An age is not proven that is not there.", {"for_class": "pool"}),
    "decision-age-below": (
        "not-proven", "Over 17 is not over 18.", {"for_class": "pool", "text": code(adult({2: 17}))}),
    "decision-age-from-not-begun": (
        "not-proven", "The last second before the month in which 18 is reached.",
        {"for_class": "cinema", "text": CINEMA_FROM_DECEMBER, "now": "2026-12-01T11:59:59Z"}),
    "decision-age-from-below": (
        "not-proven", "16 was reached, and 18 is asked for.",
        {"for_class": "pool", "text": code(adult({3: [16, 24]}))}),
    # the clock
    "decision-clock-one-second": (
        "clock", "A day and a second behind: valid by the clock, over one day before the time of issue.",
        {"text": RESIDENT_SOON, "now": "2026-12-01T11:59:59Z", "trust_file": trust(ISSUED_LATER)}),
    "decision-clock-one-day": (
        "expired", "A day behind: the clock is believed.",
        {"text": RESIDENT_SOON, "now": "2026-12-01T12:00:00Z", "trust_file": trust(ISSUED_LATER)}),
    "decision-clock-and-age": (
        "clock", "Under 18 by the clock, over 18 at the time of issue.",
        {"text": CINEMA_FROM_DECEMBER, "for_class": "cinema", "now": "2026-12-01T11:59:59Z",
         "trust_file": trust(ISSUED_LATER)}),
    "decision-clock-and-two-reasons": (
        "clock", "Two refusals with different reasons: unknown key by the clock, expired at the time of issue.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER), "now": "2026-12-01T11:59:59Z",
         "trust_file": trust(ISSUED_LATER)}),
    "decision-clock-of-1970": (
        "clock", "A computer that has lost its clock accepts nothing.", {"now": "1970-01-01T00:00:00Z"}),
}  # fmt: skip

ENDED_AT_ISSUE = {"text": code(holder({1: True}, exp=SOON)), "trust_file": trust({2: SOON})}
STRANGER_ENDED_AT_ISSUE = {**ENDED_AT_ISSUE, "text": code(holder({1: True}, exp=SOON), ATTACKER)}
ENDED_BEFORE = {"text": code(holder({1: True}, exp=PAST))}
STRANGER_ENDED_BEFORE = {"text": code(holder({1: True}, exp=PAST), ATTACKER)}

# Of each row of the order what is said two days before the time of issue, and a second earlier, when the clock is wrong
# for certain. name -> the row, both reasons, what is asked
CLOCK: dict[str, tuple[str, str | None, str | None, dict[str, Any]]] = {
    "unknown-class": ("1", "unknown-class", "unknown-class", {"for_class": "opera"}),
    "newer-prefix": ("2", "newer-program", "newer-program", {"text": "IDC2:" + BODY}),
    "not-a-code": ("3", "not-a-code", "not-a-code", {"text": ""}),
    "malformed-text": ("4", "malformed", "malformed", {"text": "IDC1:~"}),
    "wrong-environment": ("5", "wrong-environment", "wrong-environment", {"text": "IDT1:" + BODY}),
    "malformed": ("6", "malformed", "malformed", {"text": "IDC1:" + base45(CREDENTIAL[:-1])}),
    "unknown-key-ended-before": ("7", "expired", "expired", STRANGER_ENDED_BEFORE),
    "unknown-key-ended-at-issue": ("7", "clock", "expired", STRANGER_ENDED_AT_ISSUE),
    "unknown-key": ("8", "clock", "clock", {"text": SHELBYVILLE.code("library")}),
    "forged": ("10", "bad-signature", "bad-signature", {"text": FORGED}),
    "distrusted-key": ("11", "distrusted-key", "distrusted-key", {"trust_file": trust(COMPROMISED)}),
    "cancelled-code": (
        "12", "cancelled-code", "cancelled-code", {**AT_PHARMACY, "trust_file": trust(cancelled=[HANDLE])}),
    "cancelled-cohort": (
        "13", "cancelled-cohort", "cancelled-cohort", {"trust_file": trust(cancelled=[cohort(RESIDENT)])}),
    "outlives-key": (
        "14", "outlives-key", "outlives-key", {"text": code(holder({1: True}, exp=at("2029-02-01T12:00:00Z")))}),
    "ended-before": ("15", "expired", "expired", ENDED_BEFORE),
    "ended-at-issue": ("15", "clock", "expired", ENDED_AT_ISSUE),
    "newer-program": ("16", "newer-program", "clock", {"text": code(holder({1: True, -1: True}))}),
    "wrong-class": ("20", "wrong-class", "clock", {"text": PHARMACY}),
    "no-handle": ("21", "no-handle", "clock", NO_HANDLE),
    "not-proven": ("22", "clock", "clock", {"text": code(holder({4: True}))}),
    "good": ("23", None, "clock", {}),
}  # fmt: skip

# With a memory that has seen a later day. name -> reason, sentence, what the answer has, what is asked
FLOOR: dict[str, tuple[str | None, str, dict[str, Any], dict[str, Any]]] = {
    "floor-slow-by-a-day": (
        "expired", "The code ended on the day before the last one seen; the clock is taken to be slow by a day.", {},
        {"text": RESIDENT_SOON, "now": "2026-12-01T00:00:00Z", "last_day": day("2026-12-02")}),
    "floor-slower": (
        "clock", "A second slower: good by the clock, over on the last day seen.", {},
        {"text": RESIDENT_SOON, "now": "2026-11-30T23:59:59Z", "last_day": day("2026-12-02")}),
    "floor-good-at-both": (
        None, "Good by the clock and on the last day seen, by which the age of the file is told.",
        {"trust_age_days": 9}, {"now": "2026-11-24T00:00:00Z", "last_day": day("2026-12-02")}),
    "floor-unknown-key": (
        "clock", "An unknown key while the file is fresh: a later time could undo it.", {},
        {"text": code(RESIDENT, ATTACKER), "now": "2026-11-24T00:00:00Z", "last_day": day("2026-12-02")}),
    "floor-stale": (
        "unknown-key-stale", "The next update was due on the last day seen.", {},
        {"text": code(RESIDENT, ATTACKER), "now": "2026-12-22T00:00:00Z", "last_day": day("2026-12-23")}),
    "floor-too-old": (
        "trust-too-old", "The ferry tolerates a file of one day, and now is a second later, whatever the last day.", {},
        {"text": SPRINGFIELD.code("ferry", {"city_16": True}), "for_class": "ferry", "now": "2026-11-23T12:00:01Z",
         "last_day": day("2027-01-22")}),
    "floor-capped": (
        None, "No last day makes a file too old for its class: it counts to the end of the tolerance at the most.",
        {"proven": ["city_16"], "trust_age_days": 1},
        {"text": SPRINGFIELD.code("ferry", {"city_16": True}), "for_class": "ferry", "now": "2026-11-22T12:00:00Z",
         "last_day": day("2027-01-22")}),
    "floor-wrong-for-certain": (
        "clock", "More than two days before the time of issue the last day seen does not matter.", {},
        {"now": "2026-11-20T11:59:59Z", "last_day": day("2026-12-02")}),
}  # fmt: skip

# Two or more failures each, and the first row of the order counts. name -> layer, reason, sentence, what is asked
ORDER: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "order-trust-before-class": (
        "trust", "trust-unsigned", "The trust file before the class.",
        {"for_class": "opera", "trust_file": trust(signed_list=trust_list(by=[ATTACKER]))}),
    "order-trust-before-text": (
        "trust", "trust-unsigned", "The trust file before the text.",
        {"text": "", "trust_file": trust(signed_list=trust_list(by=[ATTACKER]))}),
    "order-class-before-version": (
        "decision", "unknown-class", "The class before the version of the text.",
        {"for_class": "opera", "text": "IDC2:" + BODY}),
    "order-class-before-text": (
        "decision", "unknown-class", "The class before the text.", {"for_class": "opera", "text": ""}),
    "order-prefix-before-length": ("text", "not-a-code", "The prefix before the length.", {"text": "0" * 600}),
    "order-version-before-length": (
        "text", "newer-program", "The version before the length.", {"text": "IDC2:" + "0" * 600}),
    "order-text-before-environment": (
        "text", "malformed", "The letters before the environment.", {"text": "IDT1:" + BODY[:-1]}),
    "order-environment-before-credential": (
        "decision", "wrong-environment", "The environment before the bytes.", {"text": "IDT1:" + base45(b"\0" * 99)}),
    "order-environment-before-key": (
        "decision", "wrong-environment", "A test code under a production file, whose keys are others.",
        {"text": TEST_CITY.code("library")}),
    "order-environment-before-key-in-test": (
        "decision", "wrong-environment", "A real code under a test file.", {"trust_file": TEST_CITY.file}),
    "order-claims-before-key": (
        "claims", "malformed", "The claims before the key.", {"text": code(holder({1: False}), ATTACKER)}),
    "order-claims-before-signature": (
        "claims", "malformed", "The claims before the signature.",
        {"text": code(holder({1: False}), ATTACKER, protected=HEADER)}),
    "order-claims-before-newer-program": (
        "claims", "malformed", "A known claim with another value before an unknown negative key.",
        {"text": code(holder({1: False, -1: True}))}),
    "order-unknown-key-before-root-expired": (
        "decision", "unknown-key-stale", "An unknown key under a root that has ended is nobody's fault.",
        {"text": code(RESIDENT, ATTACKER), "now": END_OF_ROOT, "trust_file": ENDS_WITH_ROOT}),
    "order-unknown-key-before-too-old": (
        "decision", "unknown-key-stale", "An unknown key under a file that the class may not use any more.",
        {"text": code(RESIDENT, ATTACKER), "for_class": "ferry", "now": "2026-11-24T12:00:00Z"}),
    "order-unknown-key-before-trust-expired": (
        "decision", "unknown-key-stale", "An unknown key before the end of the trust list.",
        {"text": code(RESIDENT, ATTACKER), "now": "2027-03-22T12:00:00Z"}),
    "order-unknown-key-expired-before-trust-expired": (
        "decision", "expired", "What says itself that it is over is over, however old the file.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER), "now": "2027-03-22T12:00:00Z"}),
    "order-signature-before-compromised": (
        "decision", "bad-signature", "The signature before the state of the key.",
        {"text": FORGED, "trust_file": trust(COMPROMISED)}),
    "order-signature-before-expired": (
        "decision", "bad-signature", "The signature before the end of the code.",
        {"text": code(holder({1: True}, exp=SOON), ATTACKER, protected=HEADER), "now": "2026-12-01T12:00:00Z"}),
    "order-signature-before-trust-expired": (
        "decision", "bad-signature", "A forged code is forged, however old the file.",
        {"text": FORGED, "now": "2027-03-22T12:00:00Z"}),
    "order-compromised-before-cancelled": (
        "decision", "distrusted-key", "The state of the key before the cancellation.",
        {**AT_PHARMACY, "trust_file": trust(issuing_key(REVOCABLE, {4: True}), cancelled=[HANDLE])}),
    "order-cancelled-code-before-expired": (
        "decision", "cancelled-code", "The cancellation before the end of the code.",
        {"for_class": "pharmacy", "text": code(WITH_HANDLE | {4: SOON}, REVOCABLE), "now": "2026-12-01T12:00:00Z",
         "trust_file": trust(cancelled=[HANDLE])}),
    "order-cancelled-cohort-before-outlives-key": (
        "decision", "cancelled-cohort", "The cancellation before the end of the key.",
        {"trust_file": trust(SHORT_LIVED, cancelled=[cohort(RESIDENT)])}),
    "order-outlives-key-before-expired": (
        "decision", "outlives-key", "The end of the key before the end of the code.",
        {"text": code(holder({1: True}, exp=PAST)), "trust_file": trust(SHORT_LIVED)}),
    "order-expired-before-newer-program": (
        "decision", "expired", "The end of the code before an unknown negative key.",
        {"text": code(holder({1: True, -1: True}, exp=SOON)), "now": "2026-12-01T12:00:00Z"}),
    "order-expired-before-trust-expired": (
        "decision", "expired", "The end of the code before the end of the trust list.",
        {"text": RESIDENT_SOON, "now": "2027-03-22T12:00:00Z"}),
    "order-newer-program-before-root-expired": (
        "decision", "newer-program", "An unknown negative key before the end of the root.",
        {"text": code(holder({1: True, -1: True})), "now": END_OF_ROOT, "trust_file": ENDS_WITH_ROOT}),
    "order-root-expired-before-trust-expired": (
        "decision", "root-expired", "The first second in which root and list are over: the root is said.",
        {"now": END_OF_ROOT, "trust_file": ENDS_WITH_ROOT}),
    "order-last-root-expired-before-trust-expired": (
        "decision", "root-expired", "That an earlier root would still hold does not help.",
        {"now": END_OF_ROOT,
         "trust_file": trust(
             {3: at(END_OF_ROOT), 4: at(END_OF_ROOT)}, roots=[root(), root({1: 2, 5: at(END_OF_ROOT)})])}),
    "order-root-expired-before-too-old": (
        "decision", "root-expired", "The end of the root before what the class tolerates.",
        {"for_class": "ferry", "text": SPRINGFIELD.code("ferry", {"city_16": True}), "now": END_OF_ROOT,
         "trust_file": ENDS_WITH_ROOT}),
    "order-trust-expired-before-too-old": (
        "decision", "trust-expired", "The end of the trust list before what the class tolerates.",
        {**AT_PHARMACY, "now": "2027-03-22T12:00:00Z"}),
    "order-too-old-before-wrong-class": (
        "decision", "trust-too-old", "What the class tolerates before whom the key serves.",
        {"for_class": "pharmacy", "now": "2027-01-21T12:00:01Z"}),
    "order-wrong-class-before-no-handle": (
        "decision", "wrong-class", "A code of the library at the pharmacy, which has no handle either.",
        {"for_class": "pharmacy"}),
    "order-no-handle-before-not-proven": (
        "decision", "no-handle", "The handle before the claims.",
        {"for_class": "cinema", "text": NO_HANDLE["text"]}),
}  # fmt: skip

LIST = trust_list()
LIST_SIGNATURES = "81 83 49" + header(kid(PUBLISHER.public_key)).hex()
NO_CANCELLATIONS = cbor(b"")
UNSIGNED = "trust-unsigned"
MALFORMED = "trust-malformed"


def with_list(signed_list: bytes) -> bytes:
    return trust(signed_list=signed_list)


def with_keys(keys: Iterable[bytes]) -> bytes:
    """An unknown part of the file, which is ignored where it is CBOR, is a map with these keys."""
    return trust(parts={9: {}})[:-1] + map_of(keys)


def with_root(changes: Mapping[int, Any]) -> bytes:
    return trust(roots=[root(changes)])


# name -> reason, sentence, trust file
TRUST: dict[str, tuple[str, str, bytes]] = {
    # the file
    "trust-empty": (MALFORMED, "No bytes.", b""),
    "trust-text": (MALFORMED, "A text file.", b"Springfield\n"),
    "trust-truncated": (MALFORMED, "The last byte is missing.", GOOD[:-1]),
    "trust-half": (MALFORMED, "The second half is missing.", GOOD[: len(GOOD) // 2]),
    "trust-trailing-byte": (MALFORMED, "A byte follows.", GOOD + b"\0"),
    "trust-twice": (MALFORMED, "The file follows once more.", GOOD * 2),
    "trust-array": (MALFORMED, "An array in place of the map.", cbor([[root()], LIST, NO_CANCELLATIONS])),
    "trust-tagged": (MALFORMED, "The tag 55799 says that this is CBOR.", b"\xd9\xd9\xf7" + GOOD),
    "trust-unsorted": (MALFORMED, "The map is not sorted.", cbor({2: LIST, 1: [root()], 3: NO_CANCELLATIONS})),
    "trust-long-form": (MALFORMED, "The map's length in two bytes.", b"\xb8\x03" + GOOD[1:]),
    "trust-indefinite": (MALFORMED, "A map of indefinite length.", b"\xbf" + GOOD[1:] + b"\xff"),
    "trust-text-key": (MALFORMED, "A key is text.", b"\xa4" + GOOD[1:] + bytes.fromhex("61 61 00")),
    "trust-9-levels": (MALFORMED, "Maps and arrays stand 9 deep.", trust(parts={9: [[[[[[[[bytes(600)]]]]]]]]})),
    "trust-map-of-256-entries": (
        MALFORMED, "A map has 256 entries.", trust(parts={9: dict.fromkeys(range(256), 0)})),
    "trust-map-key-array": (
        MALFORMED, "Keys are arrays whose hashes are alike in CPython: thousands of them would cost minutes.",
        with_keys(itertools.islice(pairs_alike(), 64))),
    "trust-map-key-map": (
        MALFORMED, "Keys are maps.", with_keys(b"\xa1" + each + b"\0" for each in map(cbor, range(64)))),
    "trust-map-key-text": (MALFORMED, "Keys are texts.", with_keys(b"\x62%02d" % each for each in range(64))),
    "trust-map-key-bytes": (MALFORMED, "Keys are byte strings.", with_keys(b"\x42%02d" % each for each in range(64))),
    "trust-roots-missing": (MALFORMED, "No part with roots.", trust(parts={1: None})),
    "trust-roots-empty": (MALFORMED, "No root.", trust(parts={1: []})),
    "trust-roots-not-a-list": (MALFORMED, "A root that is not in a list.", trust(parts={1: root()})),
    "trust-root-not-bytes": (MALFORMED, "A root that is not in a byte string.", trust(parts={1: [[root()]]})),
    "trust-list-missing": (MALFORMED, "No trust list.", trust(parts={2: None})),
    "trust-list-empty": (MALFORMED, "A trust list of no bytes.", trust(parts={2: b""})),
    # documents
    "trust-document-no-tag": (MALFORMED, "COSE_Sign without its tag.", with_list(LIST[2:])),
    "trust-document-tag-of-sign1": (MALFORMED, "Tag 18, COSE_Sign1.", with_list(b"\xd2" + LIST[2:])),
    "trust-document-tag-of-mac": (MALFORMED, "Tag 97, COSE_Mac.", with_list(b"\xd8\x61" + LIST[2:])),
    "trust-document-is-a-credential": (MALFORMED, "A credential in place of the list.", with_list(CREDENTIAL)),
    "trust-document-trailing-byte": (MALFORMED, "A byte follows the list.", with_list(LIST + b"\0")),
    "trust-document-truncated": (MALFORMED, "The last byte of the list is missing.", with_list(LIST[:-1])),
    "trust-document-body-header": (
        MALFORMED, "The protected header of the list is an empty map.",
        with_list(swap(LIST, "84 40 a0", "84 41 a0 a0"))),
    "trust-document-unprotected": (
        MALFORMED, "The unprotected header of the list is not empty.",
        with_list(swap(LIST, "84 40 a0", "84 40 a1 04 41 00"))),
    "trust-document-payload-detached": (
        MALFORMED, "The payload of the list is null.", with_list(LIST[:5] + b"\xf6" + LIST[-79:])),
    "trust-document-cut-after-payload": (
        MALFORMED, "Everything after the payload of the list is missing.", with_list(LIST[:-79])),
    "trust-signatures-none": (MALFORMED, "A list without any signature.", with_list(LIST[:-79] + b"\x80")),
    "trust-signatures-24": (
        MALFORMED, "24 signatures, one more than there may be.", with_list(trust_list(by=[*STRANGERS, PUBLISHER]))),
    "trust-signatures-same-key-twice": (
        MALFORMED, "One root key signed twice.", trust(roots=[root(by=[ROOTS[0], ROOTS[0]])])),
    "trust-signatures-unsorted": (
        MALFORMED, "Signatures are not sorted by kid.",
        with_list(document("idcard.list", LIST_FIELDS, [PUBLISHER, ATTACKER], in_order=False))),
    "trust-signatures-indefinite": (
        MALFORMED, "A list of signatures of indefinite length.",
        with_list(LIST[:-79] + b"\x9f" + LIST[-78:] + b"\xff")),
    "trust-signature-array-of-four": (
        MALFORMED, "A signature claims four parts and has three.",
        with_list(swap(LIST, "81 83 49 a2 01 27", "81 84 49 a2 01 27"))),
    "trust-signature-alg": (
        MALFORMED, "Algorithm -7, ES256.", with_list(swap(LIST, "81 83 49 a2 01 27", "81 83 49 a2 01 26"))),
    "trust-signature-alg-none": (
        MALFORMED, "Algorithm 0, which is none.", with_list(swap(LIST, "81 83 49 a2 01 27", "81 83 49 a2 01 00"))),
    "trust-signature-unprotected": (
        MALFORMED, "The unprotected header of a signature is not empty.",
        with_list(swap(LIST, f"{LIST_SIGNATURES} a0", f"{LIST_SIGNATURES} a1 01 27"))),
    "trust-signature-of-63-bytes": (
        MALFORMED, "A signature of 63 bytes.", with_list(LIST[:-66] + b"\x58\x3f" + LIST[-64:-1])),
    # signatures
    "trust-unsigned-list": (UNSIGNED, "Only the attacker signed the list.", with_list(trust_list(by=[ATTACKER]))),
    "trust-unsigned-root": (UNSIGNED, "Only the attacker signed the root.", trust(roots=[root(by=[ATTACKER])])),
    "trust-one-signature-of-two": (UNSIGNED, "One of two root keys signed.", trust(roots=[root(by=ROOTS[:1])])),
    "trust-one-signature-and-a-stranger": (
        UNSIGNED, "A stranger does not count as the second root key.", trust(roots=[root(by=[ROOTS[0], ATTACKER])])),
    "trust-one-publisher-of-two": (UNSIGNED, "One of two publishers signed.", trust(roots=TWO_PUBLISHERS)),
    "trust-wrong-signature-beside-enough": (
        UNSIGNED, "A named key's signature is wrong, though two others are enough.",
        trust(roots=[bytes([*root(by=ROOTS)[:-1], root(by=ROOTS)[-1] ^ 1])])),
    "trust-list-altered": (
        UNSIGNED, "One letter of the contact was changed after signing.",
        with_list(LIST.replace(b"555-01", b"555-02"))),
    "trust-root-altered": (
        UNSIGNED, "One letter of the name was changed after signing.",
        trust(roots=[root().replace(b"Springfield", b"Springfiend")])),
    "trust-list-signed-by-roots": (UNSIGNED, "Root keys do not sign lists.", with_list(trust_list(by=ROOTS))),
    "trust-list-signed-by-issuing-key": (
        UNSIGNED, "Issuing keys do not sign lists.", with_list(trust_list(by=[COHORT]))),
    "trust-root-signed-by-publisher": (
        UNSIGNED, "The publisher does not sign roots.", trust(roots=[root(by=[PUBLISHER])])),
    "trust-list-of-another-city": (UNSIGNED, "The list of another city.", with_list(SHELBYVILLE.sign_list())),
    "trust-list-signed-for-another-city": (
        UNSIGNED, "The publisher signed the list for another city.", with_list(trust_list(scope=SHELBYVILLE.scope))),
    "trust-list-signed-for-test": (
        UNSIGNED, "The publisher signed the list for a test.", with_list(trust_list(scope=TEST_CITY.scope))),
    "trust-test-list": (UNSIGNED, "The list of a test under a production root.", with_list(TEST_CITY.sign_list())),
    "trust-list-signed-as-root": (
        UNSIGNED, "The publisher signed the list as if it were a root.", with_list(trust_list(kind="idcard.root"))),
    "trust-root-signed-as-list": (
        UNSIGNED, "The root keys signed the root as if it were a list.", trust(roots=[root(kind="idcard.list")])),
    "trust-root-signed-for-another-city": (
        UNSIGNED, "The root keys signed the root for another city.", trust(roots=[root(scope=SHELBYVILLE.scope)])),
    "trust-root-signed-for-test": (
        UNSIGNED, "The root keys signed the root for a test.", trust(roots=[root(scope=TEST_CITY.scope)])),
    "trust-root-as-list": (UNSIGNED, "The root stands where the list belongs.", with_list(root())),
    "trust-list-as-root": (MALFORMED, "The list stands where the root belongs.", trust(roots=[LIST])),
    # a chain of roots
    "trust-second-root-signed-by-old-keys": (
        UNSIGNED, "A second root with new keys has only the signatures of the retired ones.",
        second_root({7: role(2, NEW_ROOTS)}, ROOTS[:2])),
    "trust-second-root-signed-by-new-keys": (
        UNSIGNED, "A second root with new keys has only the signatures of these.",
        second_root({7: role(2, NEW_ROOTS)}, NEW_ROOTS[:2])),
    "trust-second-root-one-old-signature": (
        UNSIGNED, "Of the old keys only one signed the second root.",
        second_root({7: role(2, NEW_ROOTS)}, [ROOTS[0], *NEW_ROOTS])),
    "trust-second-root-raises-threshold": (
        UNSIGNED, "A second root asks for three signatures and has two.", second_root({7: role(3, ROOTS)})),
    "trust-third-root-signed-by-retired-keys": (
        UNSIGNED, "The keys of the first root no longer sign a third one.",
        trust(roots=[*HANDED_OVER, root({1: 3}, ROOTS[:2], after=HANDED_OVER[1])])),
    "trust-list-signed-by-retired-publisher": (
        UNSIGNED, "The second root names another publisher than the one who signed the list.",
        second_root({8: role(1, [PUBLISHER_2])})),
    "trust-chain-skips-a-version": ("trust-chain", "Version 3 follows version 1.", second_root({1: 3})),
    "trust-chain-same-version": (
        "trust-chain", "Version 1 follows version 1.", second_root({1: 1, 3: "Springfield again"})),
    "trust-chain-same-root-twice": ("trust-chain", "The same root stands there twice.", trust(roots=[root(), root()])),
    "trust-chain-backwards": ("trust-chain", "Version 1 follows version 2.", trust(roots=[root({1: 2}), root()])),
    "trust-chain-other-city": (
        "trust-chain", "The second root is for another city.",
        second_root({2: "shelbyville"}, scope=SHELBYVILLE.scope)),
    "trust-chain-other-environment": (
        "trust-chain", "The second root is for a test.",
        second_root({4: 1}, scope=TEST_CITY.scope)),
    "trust-chain-names-another-root": (
        "trust-chain", "The second root names a root before it that is not there.",
        trust(roots=[root(), root({1: 2}, after=root({3: "Springfield again"}))])),
    "trust-chain-digest-without-person": (
        "trust-chain", "The digest of the first root was made without its person.",
        second_root({9: hashlib.blake2b(cbor([b"", cbor(ROOT_FIELDS)]), digest_size=32).digest()})),
    "trust-chain-digest-of-the-signed-root": (
        "trust-chain", "The digest of the first root was made of its signatures too.",
        second_root({9: hashlib.blake2b(root(), digest_size=32, person=b"idcard.root").digest()})),
    "trust-chain-names-the-first-root": (
        "trust-chain", "The third root names the first one.",
        trust(roots=[*HANDED_OVER, root({1: 3, 7: role(2, NEW_ROOTS)}, NEW_ROOTS[:2], after=root())])),
    "trust-chain-list-names-another-root": (
        "trust-chain", "The list names a root that is not there.",
        trust({9: root_digest(root({3: "Springfield again"}))})),
    "trust-chain-list-of-the-root-before": (
        "trust-chain", "The list was made under the first root, and stands under the second one.",
        trust({9: root_digest(root())}, roots=[root(), root({1: 2})])),
    "trust-chain-list-of-the-root-to-come": (
        "trust-chain", "The list was made under the second root, and stands under the first one.",
        trust({9: root_digest(root({1: 2}))})),
    # one role for a key
    "trust-roles-root-is-publisher": (
        "trust-roles", "A root key is also a publisher.", with_root({8: role(1, [PUBLISHER, ROOTS[2]])})),
    "trust-roles-root-is-issuing": ("trust-roles", "A root key also signs credentials.", trust(keys_and(ROOTS[2]))),
    "trust-roles-publisher-is-issuing": (
        "trust-roles", "The publisher also signs credentials.", trust(keys_and(PUBLISHER))),
    "trust-roles-retired-root-is-issuing": (
        "trust-roles", "A root key that was replaced signs credentials.",
        trust(keys_and(ROOTS[2]), roots=HANDED_OVER)),
    "trust-roles-retired-publisher-is-root": (
        "trust-roles", "A publisher who was replaced became a root key.",
        second_root(
            {7: role(2, [*ROOTS, PUBLISHER]), 8: role(1, [PUBLISHER_2])}, list_by=[PUBLISHER_2])),
    "trust-roles-one-kid": ("trust-roles", "Two issuing keys have one kid.", trust(keys_and(*TWINS))),
    "trust-roles-one-kid-across-roles": (
        "trust-roles", "An issuing key and a publisher have one kid.",
        trust(keys_and(TWINS[0]), roots=[root({8: role(1, [PUBLISHER, TWINS[1]])})])),
    # times
    "trust-lifetime": (
        "trust-lifetime", "The list lives one second longer than the 120 days that the root allows.",
        trust({4: LIST_FIELDS[4] + 1})),
    "trust-lifetime-of-the-last-root": (
        "trust-lifetime", "The second root allows only 119 days.", second_root({6: 119})),
    "trust-lifetime-outlives-its-root": (
        "trust-lifetime", "The list lives one second longer than its root.", with_root({5: LIST_FIELDS[4] - 1})),
    "trust-lifetime-outlives-the-last-root": (
        "trust-lifetime", "The first root lives long enough, and the second one ends a second before the list.",
        second_root({5: LIST_FIELDS[4] - 1})),
    # cancellations
    "trust-cancellations-missing": ("trust-cancellations", "No cancellations.", trust(parts={3: None})),
    "trust-cancellations-emptied": (
        "trust-cancellations", "One cancellation was taken away.",
        trust(parts={3: NO_CANCELLATIONS}, cancelled=[HANDLE])),
    "trust-cancellations-added": ("trust-cancellations", "One cancellation was added.", trust(parts={3: cbor(HANDLE)})),
    "trust-cancellations-digest": ("trust-cancellations", "The list has another digest.", trust({8: bytes(32)})),
    "trust-cancellations-digest-without-person": (
        "trust-cancellations", "The digest was made without its person.",
        trust({8: hashlib.blake2b(NO_CANCELLATIONS, digest_size=32).digest()})),
    "trust-cancellations-of-9-bytes": (MALFORMED, "A cancellation of 9 bytes.", trust(cancelled=[HANDLE[:9]])),
    "trust-cancellations-unsorted": (
        MALFORMED, "The cancellations are not sorted.", trust(cancelled=[HANDLE, bytes(10)])),
    "trust-cancellations-twice": (MALFORMED, "A cancellation stands there twice.", trust(cancelled=[HANDLE, HANDLE])),
    "trust-cancellations-array": (MALFORMED, "The cancellations are an empty array.", trust(part=cbor([]))),
    "trust-cancellations-long-form": (
        MALFORMED, "The length of the cancellations in two bytes.", trust(part=b"\x58\x0a" + HANDLE)),
    "trust-cancellations-trailing-byte": (
        MALFORMED, "A byte follows the cancellations.", trust(part=NO_CANCELLATIONS + b"\0")),
    # kill notes
    "trust-kill-notes-empty": (MALFORMED, "No kill notes are no part, not an empty one.", trust(parts={4: []})),
    "trust-kill-notes-not-a-list": (
        MALFORMED, "A kill note that is not in a list.", trust(parts={4: kill_note(STANDBY)})),
    "trust-kill-note-not-bytes": (
        MALFORMED, "A kill note that is not in a byte string.", with_notes([kill_note(STANDBY)])),
    "trust-kill-notes-unsorted": (
        MALFORMED, "Kill notes are not sorted.",
        trust(parts={4: sorted([kill_note(STANDBY), kill_note(REVOCABLE)], reverse=True)})),
    "trust-kill-note-twice": (
        MALFORMED, "A kill note stands there twice.", with_notes(kill_note(STANDBY), kill_note(STANDBY))),
    "trust-kill-notes-of-one-key": (
        MALFORMED, "Two kill notes are of one key.",
        with_notes(kill_note(STANDBY), kill_note(STANDBY, more={9: 0}))),
    "trust-kill-note-of-a-key-not-listed": (
        MALFORMED, "A kill note of a key that the list does not name.", with_notes(kill_note(ATTACKER))),
    "trust-kill-note-of-the-publisher": (
        MALFORMED, "A kill note of a key that is no issuing key.", with_notes(kill_note(PUBLISHER))),
    "trust-kill-note-too-large": (
        MALFORMED, "A kill note has at most 512 bytes.", with_notes(kill_note(STANDBY, more={9: bytes(512)}))),
    "trust-kill-note-key-of-31-bytes": (
        MALFORMED, "A kill note of a key of 31 bytes.", with_notes(kill_note(STANDBY, more={1: bytes(31)}))),
    "trust-kill-note-unsigned": (
        UNSIGNED, "Another issuing key signed the kill note.", with_notes(kill_note(STANDBY, [COHORT]))),
    "trust-kill-note-by-the-publisher": (
        UNSIGNED, "The publisher signed the kill note.", with_notes(kill_note(STANDBY, [PUBLISHER]))),
    "trust-kill-note-by-two": (
        UNSIGNED, "A kill note has one signature, that of its key.", with_notes(kill_note(STANDBY, [STANDBY, COHORT]))),
    "trust-kill-note-altered": (
        UNSIGNED, "One bit of the signature of a kill note was changed.",
        with_notes(bytes([*kill_note(STANDBY)[:-1], kill_note(STANDBY)[-1] ^ 1]))),
    "trust-kill-note-for-test": (
        UNSIGNED, "A kill note of the test city.", with_notes(kill_note(STANDBY, scope=TEST_CITY.scope))),
    "trust-kill-note-for-another-city": (
        UNSIGNED, "A kill note for another city.", with_notes(kill_note(STANDBY, scope=SHELBYVILLE.scope))),
    "trust-kill-note-signed-as-list": (
        UNSIGNED, "A kill note that was signed as if it were a list.",
        with_notes(kill_note(STANDBY, kind="idcard.list"))),
    # growth
    "trust-newer-kill-note": (
        "newer-program", "An unknown negative key in a kill note.", with_notes(kill_note(STANDBY, more={-1: 0}))),
    "trust-newer-file": ("newer-program", "An unknown negative key in the file.", trust(parts={-1: 0})),
    "trust-newer-root": ("newer-program", "An unknown negative key in a root.", with_root({-1: 0})),
    "trust-newer-first-root": (
        "newer-program", "An unknown negative key in a root that is no longer the current one.",
        trust(roots=[root({-1: 0}), root({1: 2}, after=root({-1: 0}))])),
    "trust-newer-list": ("newer-program", "An unknown negative key in the list.", trust({-1: 0})),
    "trust-newer-class": (
        "newer-program", "An unknown negative key in a venue class, though another one is asked for.",
        trust(venue_class(2, {-1: 0}))),
    "trust-newer-issuing-key": (
        "newer-program", "An unknown negative key beside an issuing key.", trust(issuing_key(STANDBY, {-1: 0}))),
    "trust-newer-claim": (
        "newer-program", "A class requires a claim that this program does not know.",
        trust(venue_class(1, {3: [1, 9]}))),
    # a root
    "trust-root-not-cbor": (
        MALFORMED, "The payload of a root is text.",
        trust(roots=[document("idcard.root", b"Springfield", ROOTS[:2])])),
    "trust-root-not-deterministic": (
        MALFORMED, "The version of a root in two bytes.",
        trust(roots=[document("idcard.root", swap(cbor(ROOT_FIELDS), "a8 01 01 02", "a8 01 18 01 02"), ROOTS[:2])])),
    "trust-root-trailing-byte": (
        MALFORMED, "A byte follows the map of a root.",
        trust(roots=[document("idcard.root", cbor(ROOT_FIELDS) + b"\0", ROOTS[:2])])),
    "trust-root-without-version": (MALFORMED, "A root has no version.", with_root({1: None})),
    "trust-root-version-0": (MALFORMED, "Versions begin with 1.", with_root({1: 0})),
    "trust-root-version-true": (MALFORMED, "A version that is true, which is not 1.", with_root({1: True})),
    "trust-root-version-1-names-another": (
        MALFORMED, "Version 1 names a root before it.", with_root({9: root_digest(root())})),
    "trust-root-version-2-names-none": (
        MALFORMED, "Version 2 does not name the root before it.", second_root({9: None})),
    "trust-root-version-7-names-none": (
        MALFORMED, "The first root of a file has version 7, and names no root before it.", with_root({1: 7, 9: None})),
    "trust-root-names-31-bytes": (
        MALFORMED, "The digest of the root before has 31 bytes.", second_root({9: root_digest(root())[:31]})),
    "trust-root-names-a-number": (
        MALFORMED, "The root before is named by its version.", second_root({9: 1})),
    "trust-root-city-in-capitals": (MALFORMED, "The id of a city in capitals.", city_named("Springfield")),
    "trust-root-city-of-33-letters": (MALFORMED, "The id of a city has at most 32 letters.", city_named("s" * 33)),
    "trust-root-city-line-end": (MALFORMED, "The id of a city ends with a line end.", city_named("springfield\n")),
    "trust-root-name-empty": (MALFORMED, "A city without a name.", with_root({3: ""})),
    "trust-root-name-of-65-letters": (
        MALFORMED, "The name of a city has at most 64 letters.", with_root({3: "S" * 65})),
    "trust-root-name-line-end": (MALFORMED, "The name of a city has two lines.", with_root({3: "Spring\nfield"})),
    "trust-root-environment-2": (MALFORMED, "Environments are 0 and 1.", with_root({4: 2})),
    "trust-root-environment-false": (MALFORMED, "An environment that is false, which is not 0.", with_root({4: False})),
    "trust-root-environment-negative": (MALFORMED, "The environment -1.", with_root({4: -1})),
    "trust-root-exp-negative": (MALFORMED, "The exp of a root is before 1970.", with_root({5: -1})),
    "trust-root-exp-too-late": (MALFORMED, "The exp of a root needs more than 32 bits.", with_root({5: 2**32})),
    "trust-root-days-0": (MALFORMED, "The longest life of a list is 0 days.", with_root({6: 0})),
    "trust-root-days-401": (MALFORMED, "The longest life of a list is 401 days.", with_root({6: 401})),
    "trust-root-threshold-0": (MALFORMED, "No signature is asked for.", with_root({7: role(0, ROOTS)})),
    "trust-root-threshold-above-keys": (
        MALFORMED, "More signatures are asked for than there are keys.",
        trust(roots=[root({7: role(4, ROOTS)}, ROOTS)])),
    "trust-root-publisher-threshold-0": (
        MALFORMED, "A list would need no signature.", with_root({8: role(0, [PUBLISHER])})),
    "trust-root-publisher-threshold-true": (
        MALFORMED, "A threshold that is true, which is not 1.", with_root({8: role(True, [PUBLISHER])})),
    "trust-root-publishers-without-threshold": (
        MALFORMED, "A publisher without a threshold.", with_root({8: [[PUBLISHER.public_key]]})),
    "trust-root-no-publisher": (MALFORMED, "There is no publisher.", with_root({8: role(1, [])})),
    "trust-root-key-of-31-bytes": (
        MALFORMED, "A root key of 31 bytes.", with_root({7: [2, sorted([*role(2, ROOTS)[1], bytes(31)])]})),
    "trust-root-key-twice": (MALFORMED, "A root key stands there twice.", with_root({7: role(2, [*ROOTS, ROOTS[0]])})),
    "trust-root-keys-unsorted": (
        MALFORMED, "The root keys are not sorted.", with_root({7: [2, role(2, ROOTS)[1][::-1]]})),
    "trust-root-sixteen-keys": (
        MALFORMED, "16 root keys, one more than there may be.", with_root({7: role(2, [*ROOTS, *STRANGERS[:13]])})),
    # a trust list
    "trust-list-not-deterministic": (
        MALFORMED, "The version of a list in two bytes.",
        with_list(document("idcard.list", swap(cbor(LIST_FIELDS), "a9 01 01 02", "a9 01 18 01 02"), [PUBLISHER]))),
    "trust-list-trailing-byte": (
        MALFORMED, "A byte follows the map of a list.",
        with_list(document("idcard.list", cbor(LIST_FIELDS) + b"\0", [PUBLISHER]))),
    "trust-list-without-exp": (MALFORMED, "A list has no exp.", trust({4: None})),
    "trust-list-version-0": (MALFORMED, "Versions begin with 1.", trust({1: 0})),
    "trust-list-next-update-at-issue": (MALFORMED, "The next update is due at once.", trust({3: LIST_FIELDS[2]})),
    "trust-list-next-update-after-exp": (
        MALFORMED, "The next update is due after exp.", trust({3: LIST_FIELDS[4] + 1})),
    "trust-list-contact-empty": (MALFORMED, "An empty contact.", trust({5: ""})),
    "trust-list-contact-of-201-letters": (MALFORMED, "A contact has at most 200 characters.", trust({5: "c" * 201})),
    "trust-list-contact-nul": (MALFORMED, "A NUL in the contact.", trust({5: "Ask.\0"})),
    "trust-list-contact-escape": (
        MALFORMED, "An escape sequence of terminals in the contact.", trust({5: "\x1b[2JAsk."})),
    "trust-list-contact-delete": (MALFORMED, "U+007F in the contact.", trust({5: "Ask.\x7f"})),
    "trust-list-contact-last-control": (MALFORMED, "U+009F in the contact.", trust({5: "Ask.\x9f"})),
    "trust-list-digest-of-31-bytes": (MALFORMED, "A digest of 31 bytes.", trust({8: digest(NO_CANCELLATIONS)[:31]})),
    "trust-list-names-no-root": (MALFORMED, "A list does not name its root.", trust({9: None})),
    "trust-list-root-of-31-bytes": (
        MALFORMED, "The digest of the root has 31 bytes.", trust({9: root_digest(root())[:31]})),
    "trust-list-classes-unsorted": (MALFORMED, "Venue classes are not sorted.", trust({6: LIST_FIELDS[6][::-1]})),
    "trust-list-class-number-twice": (MALFORMED, "Two venue classes have one number.", trust(venue_class(2, {1: 1}))),
    "trust-list-class-name-twice": (
        MALFORMED, "Two venue classes have one name.", trust(venue_class(2, {2: "library"}))),
    "trust-list-class-number-0": (MALFORMED, "Numbers of classes begin with 1.", trust(venue_class(1, {1: 0}))),
    "trust-list-class-number-65536": (
        MALFORMED, "Numbers of classes end with 65535.", trust(venue_class(65535, {1: 65536}))),
    "trust-list-class-in-capitals": (
        MALFORMED, "The name of a class in capitals.", trust(venue_class(2, {2: "MUSEUM"}))),
    "trust-list-class-of-33-letters": (
        MALFORMED, "The name of a class has at most 32 letters.", trust(venue_class(2, {2: "m" * 33}))),
    "trust-list-class-requires-nothing": (MALFORMED, "A class requires nothing.", trust(venue_class(2, {3: []}))),
    "trust-list-class-claims-unsorted": (
        MALFORMED, "Required claims are not sorted.", trust(venue_class(5, {3: [4, 1]}))),
    "trust-list-class-claim-twice": (
        MALFORMED, "A required claim stands there twice.", trust(venue_class(2, {3: [1, 1]}))),
    "trust-list-class-claim-true": (
        MALFORMED, "A required claim that is true, which is not 1.", trust(venue_class(2, {3: [True]}))),
    "trust-list-class-least-age-0": (MALFORMED, "The least age 0.", trust(venue_class(3, {4: 0}))),
    "trust-list-class-least-age-151": (MALFORMED, "The least age 151.", trust(venue_class(3, {4: 151}))),
    "trust-list-class-handle-false": (
        MALFORMED, "That no handle is required is said by leaving it out.", trust(venue_class(2, {5: False}))),
    "trust-list-class-photo-check-false": (
        MALFORMED, "That no photo check is asked for is said by leaving it out.", trust(venue_class(2, {7: False}))),
    "trust-list-class-tolerance-0": (MALFORMED, "A class tolerates 0 days.", trust(venue_class(2, {6: 0}))),
    "trust-list-class-tolerance-401": (MALFORMED, "A class tolerates 401 days.", trust(venue_class(2, {6: 401}))),
    "trust-list-keys-unsorted": (MALFORMED, "Issuing keys are not sorted.", trust({7: LIST_FIELDS[7][::-1]})),
    "trust-list-key-twice": (MALFORMED, "An issuing key stands there twice.", trust(keys_and(COHORT))),
    "trust-list-key-of-31-bytes": (
        MALFORMED, "An issuing key of 31 bytes.",
        trust({7: [changed(LIST_FIELDS[7][0], {1: bytes(31)}), *LIST_FIELDS[7]]})),
    "trust-list-key-classes-unsorted": (
        MALFORMED, "The classes that a key serves are not sorted.", trust(issuing_key(STANDBY, {2: [2, 1]}))),
    "trust-list-key-class-0": (MALFORMED, "A key serves the class 0.", trust(issuing_key(STANDBY, {2: [0]}))),
    "trust-list-key-class-65536": (
        MALFORMED, "A key serves the class 65536.", trust(issuing_key(STANDBY, {2: [65536]}))),
    "trust-list-key-not-noon-of-first": (
        MALFORMED, "A key ends on the second of a month.", trust(issuing_key(STANDBY, {3: EXP + 86400}))),
    "trust-list-key-compromised-false": (
        MALFORMED, "That a key is not compromised is said by leaving it out.",
        trust(issuing_key(STANDBY, {4: False}))),
}  # fmt: skip


@cache
def vectors() -> dict[str, dict[str, Any]]:
    """Every vector by its name."""
    made: dict[str, Vector] = {}
    made |= {name: accept(fault, answer, **asked) for name, (fault, answer, asked) in ACCEPT.items()}
    made |= {name: refuse("trust", reason, fault, trust_file=file) for name, (reason, fault, file) in TRUST.items()}
    made |= {name: refuse("text", reason, fault, text=text) for name, (reason, fault, text) in TEXT.items()}
    made |= {
        name: refuse("cose", "malformed", fault, text="IDC1:" + base45(data)) for name, (fault, data) in COSE.items()
    }
    made |= {name: refuse("claims", "malformed", fault, text=code(claims)) for name, (fault, claims) in CLAIMS.items()}
    made |= {
        name: refuse("claims", "malformed", fault, text=code(claims, REVOCABLE), for_class="pharmacy")
        for name, (fault, claims) in PHARMACY_CLAIMS.items()
    }
    made |= {
        name: refuse("claims", "malformed", fault, text=code(claims), for_class="pool")
        for name, (fault, claims) in POOL_CLAIMS.items()
    }
    made |= {name: refuse("decision", reason, fault, **asked) for name, (reason, fault, asked) in DECISION.items()}
    made |= {name: refuse(layer, reason, fault, **asked) for name, (layer, reason, fault, asked) in ORDER.items()}
    made |= dict(_clock_vectors())
    for name, (reason, fault, answer, asked) in FLOOR.items():
        refused = reason is not None
        made[name] = refuse("decision", reason, fault, **asked) if refused else accept(fault, answer, **asked)
    return {name: vector.fields() for name, vector in made.items()}


def _clock_vectors() -> Iterator[tuple[str, Vector]]:
    layers = {"2": "text", "3": "text", "4": "text", "6": "cose"}
    for name, (row, two_days, earlier, asked) in CLOCK.items():
        issued = SOON if asked.get("trust_file") == ENDED_AT_ISSUE["trust_file"] else at(NOW)
        for reason, before, when in (
            (two_days, 0, "two days before the time of issue"),
            (earlier, 1, "a second earlier, when the clock is wrong for certain"),
        ):
            now = datetime.fromtimestamp(issued - 2 * 86400 - before, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            fault = f"What stands of row {row} {when}."
            file = f"clock-{name}-{'wrong' if before else 'two-days'}"
            if reason is None:
                yield file, accept(fault, {}, now=now, **asked)
            else:
                yield file, refuse(layers.get(row, "decision"), reason, fault, now=now, **asked)
