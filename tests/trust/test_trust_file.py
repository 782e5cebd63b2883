"""The trust file: rotations and attacks as named stories, each with the one reason for which it is refused."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cities import DAY, HANDLE, City, signer
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard import cose
from idcard.ceremony import publish
from idcard.cose import Sign
from idcard.credential import text
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed, Outcome, Reason, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, document, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import IssuingKey, TrustList

CITY = City()
ROOT, LIST = CITY.root(), CITY.trust_list()
R1, R2, R3 = CITY.root_signers
R4, R5, R6, R7 = (signer(f"root {number}") for number in (4, 5, 6, 7))
PUBLISHER, ISSUING, STRANGER = CITY.signer("publisher"), CITY.signer("cohort"), signer("stranger")
NEXT_PUBLISHER = signer("next publisher")
ONE_KID = signer("collision 51885"), signer("collision 61035")
"""Two keys whose thumbprints begin alike."""
UNSORTED = cose.encode(HANDLE + bytes(10))
UNTIL = LIST.keys[0].verify_until
NOTHING = cancellations.encode([])


def judge(data: bytes) -> Trust | Reason:
    """What a venue makes of a file. A refusal is always *cannot say*."""
    try:
        return trust_file.decode(data)
    except Refused as refused:
        if refused.outcome is not Outcome.CANNOT_SAY:
            raise
        return refused.reason


def contents(trust: Trust | Reason, *, fingerprint: bool = True) -> Any:
    """All that a file says, to be compared."""
    assert isinstance(trust, Trust), trust
    said_list = trust.trust_list if fingerprint else replace(trust.trust_list, root=b"")
    said = (trust.root, said_list, [value for value in (HANDLE, bytes(10)) if value in trust.cancellations])
    return (*said, len(trust.cancellations), *[trust.fingerprint] * fingerprint)


def role(threshold: int, *signers: SeedSigner) -> Role:
    return Role(threshold, tuple(sorted(each.public_key for each in signers)))


def digest_of(signed: bytes) -> bytes:
    """By which a root is named, of the signed one."""
    return document.digest(cose.decode_sign(signed).payload, root.KIND)


def signed_root(signers: Sequence[SeedSigner] = (R1, R2), **changes: Any) -> bytes:
    return CITY.sign_root(replace(ROOT, **changes), signers)


def next_root(
    signers: Sequence[SeedSigner] = (R1, R2), version: int = 2, after: bytes | None = None, **changes: Any
) -> bytes:
    """The root after this signed one, or after that of the city."""
    previous = root.digest(ROOT) if after is None else digest_of(after)
    return signed_root(signers, **{"version": version, "previous": previous, **changes})


def raw_root(changes: dict[int, Any], signers: Sequence[SeedSigner] = (R1, R2)) -> bytes:
    """A root with fields that no program of ours would write, well signed."""
    fields = cose.decode(root.encode(ROOT)) | changes
    return publish.sign(cose.encode(fields), root.KIND, CITY.scope, signers)


def raw_list(changes: dict[int, Any], signers: Sequence[SeedSigner] = (PUBLISHER,)) -> bytes:
    fields = cose.decode(trust_list.encode(LIST)) | changes
    return publish.sign(cose.encode(fields), trust_list.KIND, CITY.scope, signers)


def raw_file(changes: dict[int, Any]) -> bytes:
    fields = cose.decode(CITY.file) | changes
    return cose.encode({key: value for key, value in fields.items() if value is not None})


def list_fields(key: int, item: dict[int, Any]) -> dict[int, Any]:
    """The list's field 6 (classes) or 7 (keys) with the first item changed."""
    first, *rest = cose.decode(trust_list.encode(LIST))[key]
    return {key: [first | item, *rest]}


def file(
    roots: Sequence[bytes] | None = None,
    signed_list: bytes | None = None,
    cancelled: bytes = NOTHING,
    *,
    list_by: Sequence[SeedSigner] = (PUBLISHER,),
    value: TrustList = LIST,
    scope: Scope = CITY.scope,
) -> bytes:
    """Without a signed list this one, which names the last root if that can be read: by whom, and for which city."""
    roots = [CITY.sign_root()] if roots is None else roots
    if signed_list is None:
        with suppress(Malformed, IndexError):
            value = replace(value, root=digest_of(roots[-1]))
        signed_list = publish.sign_list(value, scope, list_by)
    return trust_file.encode(roots, signed_list, cancelled)


def with_keys(*signers: SeedSigner, roots: Sequence[bytes] | None = None) -> bytes:
    """A file whose list has these issuing keys."""
    keys = sorted(each.public_key for each in signers)
    listed = tuple(IssuingKey(key=key, classes=frozenset({1}), verify_until=UNTIL) for key in keys)
    return file(roots, value=replace(LIST, keys=listed))


def resigned(document: bytes, change: Callable[[dict[bytes, bytes]], dict[bytes, bytes]]) -> bytes:
    """A document with other signatures over the same payload."""
    message = cose.decode_sign(document)
    return cose.encode_sign(Sign(message.payload, tuple(sorted(change(dict(message.signatures)).items()))))


def in_the_name_of(name: SeedSigner, by: SeedSigner, document: bytes, kind: str) -> bytes:
    """A document with one more signature: made by one key, and labelled with the kid of another."""
    key_id = cose.kid(name.public_key)
    message = cose.to_be_signed(key_id, CITY.scope.external_aad(kind), cose.decode_sign(document).payload)
    return resigned(document, lambda signatures: signatures | {key_id: by.sign(message)})


def doubled(document: bytes) -> bytes:
    """A document with its first signature twice, as no encoder of ours writes it."""
    message = cbor2.loads(document)
    protected, unprotected, payload, signatures = message.value
    entries = [list(signatures[0])] * 2
    return cbor2.dumps(cbor2.CBORTag(98, [protected, dict(unprotected), payload, entries]))


# ---- rotations that hold ----

NEW_KEYS = {"roots": role(2, R4, R5, R6), "publishers": role(1, NEXT_PUBLISHER)}
BOTH = [PUBLISHER, NEXT_PUBLISHER]
BY_NEXT: dict[str, Any] = {"list_by": [NEXT_PUBLISHER]}
ONE_REPLACED = next_root((R1, R2, R4), roots=role(2, R1, R2, R4))
EXPIRED, OF_400_DAYS = signed_root(exp=1), signed_root(list_days=400)
CHAIN = [signed_root()]
while len(CHAIN) < 255:
    CHAIN.append(next_root(version=len(CHAIN) + 1, after=CHAIN[-1]))
HOLDS: dict[str, tuple[bytes, Root]] = {
    "as founded": (CITY.file, ROOT),
    "all three root keys signed": (file([signed_root((R1, R2, R3))]), ROOT),
    "the other two root keys signed": (file([signed_root((R2, R3))]), ROOT),
    "a stranger signed as well": (
        file([signed_root((R1, R2, STRANGER))], list_by=[PUBLISHER, STRANGER]),
        ROOT,
    ),
    "a first root of version 7": (file([next_root(version=7)]), replace(ROOT, version=7)),
    "two roots with the same keys": (file([signed_root(), next_root()]), replace(ROOT, version=2)),
    "one root key replaced": (
        file([signed_root(), next_root((R1, R2), roots=role(2, R1, R2, R4))]),
        replace(ROOT, version=2, roots=role(2, R1, R2, R4)),
    ),
    "a lost root key does not sign": (
        file([signed_root(), next_root((R2, R3), roots=role(2, R2, R3, R4))]),
        replace(ROOT, version=2, roots=role(2, R2, R3, R4)),
    ),
    "all keys replaced at once": (
        file([signed_root(), next_root((R1, R3, R4, R6), **NEW_KEYS)], **BY_NEXT),
        replace(ROOT, version=2, **NEW_KEYS),
    ),
    "three roots, keys replaced one by one": (
        file(
            [
                signed_root(),
                (second := next_root((R2, R3, R4), roots=role(2, R2, R3, R4))),
                next_root((R3, R4, R5), version=3, after=second, roots=role(2, R3, R4, R5)),
            ]
        ),
        replace(ROOT, version=3, roots=role(2, R3, R4, R5)),
    ),
    "a threshold raised by those who reach it": (
        file([signed_root(), next_root((R1, R2, R3), roots=role(3, R1, R2, R3))]),
        replace(ROOT, version=2, roots=role(3, R1, R2, R3)),
    ),
    "the first root has expired": (file([EXPIRED, next_root(after=EXPIRED)]), replace(ROOT, version=2)),
    "the city is renamed": (
        file([signed_root(), next_root(name="New Springfield")]),
        replace(ROOT, version=2, name="New Springfield"),
    ),
    "two publishers, both signed": (
        file([signed_root(publishers=role(2, PUBLISHER, NEXT_PUBLISHER))], list_by=BOTH),
        replace(ROOT, publishers=role(2, PUBLISHER, NEXT_PUBLISHER)),
    ),
    "a list that lives as long as it may": (
        CITY.trust_file(exp=LIST.issued + 120 * DAY, next_update=LIST.issued + 120 * DAY),
        ROOT,
    ),
    "a list that ends with its root": (file([signed_root(exp=LIST.exp)]), replace(ROOT, exp=LIST.exp)),
    "the first root would have ended before the list": (
        file([(short := signed_root(exp=LIST.exp - 1)), next_root(after=short)]),
        replace(ROOT, version=2),
    ),
    "the root before was signed by others as well": (
        file([signed_root((R2, R3, STRANGER)), next_root(after=signed_root((R1, R2)))]),
        replace(ROOT, version=2),
    ),
    "a first root that names one that is not there": (
        file([(cut := next_root(version=7)), next_root(version=8, after=cut)]),
        replace(ROOT, version=8),
    ),
    "no issuing keys": (with_keys(), ROOT),
    "255 roots": (file(CHAIN), replace(ROOT, version=255)),
}  # fmt: skip


@pytest.mark.parametrize(("data", "last"), HOLDS.values(), ids=HOLDS)
def test_a_file_that_holds(data: bytes, last: Root) -> None:
    trust = judge(data)
    assert isinstance(trust, Trust), trust
    assert replace(trust.root, previous=None) == last
    assert [each.previous for each in trust.roots[1:]] == list(trust.root_digests[:-1])
    assert trust.trust_list.root == trust.root_digests[-1] == root.digest(trust.root)
    may_differ = ("root", "exp", "next_update", "keys")
    assert replace(trust.trust_list, **{name: getattr(LIST, name) for name in may_differ}) == LIST


# ---- attacks and accidents ----

SECOND = replace(ROOT, version=2, previous=root.digest(ROOT))
SKIPPED = next_root((R1, R2, R4), version=3, roots=role(2, R1, R2, R4))
OTHER_CITY = Scope(Environment.PRODUCTION, "shelbyville")
TEST_CITY = Scope(Environment.TEST, "springfield")


ONE_CANCELLED = CITY.sign_list(replace(LIST, cancellations=cancellations.digest(cancellations.encode([HANDLE]))))


REFUSED: dict[Reason, dict[str, bytes]] = {
    Reason.TRUST_UNSIGNED: {
        "root: a stranger alone": file([signed_root((STRANGER,))]),
        "root: one signature too few": file([signed_root((R1,))]),
        "root: one signature and a stranger": file([signed_root((R1, STRANGER))]),
        "root: signed twice by one key, under two names": file(
            [in_the_name_of(R2, R1, signed_root((R1,)), root.KIND)]
        ),
        "root: signed twice by one key, once as a stranger": file(
            [in_the_name_of(STRANGER, R1, signed_root((R1,)), root.KIND)]
        ),
        "root: a wrong signature of a named key beside two good ones": file(
            [resigned(signed_root(), lambda good: good | {cose.kid(R3.public_key): bytes(64)})]
        ),
        "root: a signature of the version before": file(
            [resigned(signed_root(), lambda good: dict(cose.decode_sign(next_root()).signatures))]
        ),
        "root: signed by the publisher": file([signed_root((PUBLISHER,))]),
        "root: signed as a list": file([publish.sign(root.encode(ROOT), trust_list.KIND, CITY.scope, (R1, R2))]),
        "root: signed for another city": file([publish.sign(root.encode(ROOT), root.KIND, OTHER_CITY, (R1, R2))]),
        "root: signed for another environment": file([publish.sign(root.encode(ROOT), root.KIND, TEST_CITY, (R1, R2))]),
        "root: its threshold is not reached": file([signed_root((R1, R2), roots=role(3, R1, R2, R3))]),
        "next root: by the old keys alone": file(
            [signed_root(), next_root((R1, R2), **NEW_KEYS)], **BY_NEXT
        ),
        "next root: by the new keys alone": file(
            [signed_root(), next_root((R4, R5), **NEW_KEYS)], **BY_NEXT
        ),
        "next root: one old and one new": file(
            [signed_root(), next_root((R1, R4), **NEW_KEYS)], **BY_NEXT
        ),
        "next root: two old and one new": file(
            [signed_root(), next_root((R1, R2, R4), **NEW_KEYS)], **BY_NEXT
        ),
        "next root: one old and two new": file(
            [signed_root(), next_root((R1, R4, R5), **NEW_KEYS)], **BY_NEXT
        ),
        "next root: its raised threshold is not reached": file(
            [signed_root(), next_root((R1, R2), roots=role(3, R1, R2, R3))]
        ),
        "next root: a retired root key does not count": file(
            [
                signed_root(),
                ONE_REPLACED,
                next_root((R1, R3), version=3, after=ONE_REPLACED, roots=role(2, R1, R2, R4)),
            ]
        ),
        "next root: the keys of the root before the last": file(
            [
                signed_root(),
                (second := next_root((R1, R2, R4, R5), roots=role(2, R4, R5))),
                next_root((R1, R2, R6, R7), version=3, after=second, roots=role(2, R6, R7)),
            ]
        ),
        "next root: the first one is not signed": file([signed_root((R1,)), next_root()]),
        "list: a stranger alone": file(signed_list=CITY.sign_list(signers=[STRANGER])),
        "list: signed by the issuing key": file(signed_list=CITY.sign_list(signers=[ISSUING])),
        "list: signed by all root keys": file(signed_list=CITY.sign_list(signers=[R1, R2, R3])),
        "list: a wrong signature of the publisher": file(
            signed_list=resigned(CITY.sign_list(), lambda good: dict.fromkeys(good, bytes(64)))
        ),
        "list: one publisher of two": file([signed_root(publishers=role(2, PUBLISHER, NEXT_PUBLISHER))]),
        "list: one publisher under two names": file(
            [signed_root(publishers=role(2, PUBLISHER, NEXT_PUBLISHER))],
            in_the_name_of(NEXT_PUBLISHER, PUBLISHER, CITY.sign_list(), trust_list.KIND),
        ),
        "list: signed by the retired publisher": file(
            [signed_root(), next_root(publishers=role(1, NEXT_PUBLISHER))]
        ),
        "list: signed by the publisher to come": file([signed_root()], **BY_NEXT),
        "list: signed as a root": file(
            signed_list=publish.sign(trust_list.encode(LIST), root.KIND, CITY.scope, [PUBLISHER])
        ),
        "list: for another city with the same keys": file(scope=OTHER_CITY),
        "list: for the test city with the same keys": file(scope=TEST_CITY),
        "list: for production in a file of the test city": file(
            [publish.sign_root(replace(ROOT, scope=TEST_CITY), (R1, R2))]
        ),
        "list: of another city": file(signed_list=City("shelbyville").sign_list()),
        "list: the root as list": file(signed_list=signed_root()),
        "list: the root as list, by the publisher too": file(signed_list=signed_root((R1, R2, PUBLISHER))),
    },
    Reason.TRUST_CHAIN: {
        "a version skipped": file([signed_root(), SKIPPED]),
        "the same version again": file([signed_root(), signed_root()]),
        "another root of the same version": file([signed_root(), signed_root(name="Other")]),
        "a step back": file([next_root(), signed_root()]),
        "back after a step": file([signed_root(), next_root(), signed_root()]),
        "a skip further on": file([signed_root(), next_root(), next_root(version=4, after=next_root())]),
        "the city changes": file(
            [signed_root(), publish.sign_root(replace(SECOND, scope=OTHER_CITY), (R1, R2))], scope=OTHER_CITY
        ),
        "production becomes test": file(
            [signed_root(), publish.sign_root(replace(SECOND, scope=TEST_CITY), (R1, R2))], scope=TEST_CITY
        ),
        "test becomes production": file(
            [(tested := publish.sign_root(replace(ROOT, scope=TEST_CITY), (R1, R2))), next_root(after=tested)]
        ),
        "a root that names one that is not there": file([signed_root(), next_root(after=signed_root(name="Other"))]),
        "a root that names nothing in 32 bytes": file([signed_root(), next_root(previous=bytes(32))]),
        "a root that was made to follow another with the same keys": file(
            [signed_root(exp=ROOT.exp + 1), next_root()]
        ),
        "a third root that names the first": file([signed_root(), next_root(), next_root(version=3)]),
        "a third root that follows another second": file(
            [signed_root(), next_root(name="Other"), next_root(version=3, after=next_root())]
        ),
        "a list that names a root that is not there": file(
            signed_list=CITY.sign_list(replace(LIST, root=root.digest(replace(ROOT, name="Other"))))
        ),
        "a list that names nothing in 32 bytes": file(signed_list=CITY.sign_list(replace(LIST, root=bytes(32)))),
        "a list of the root before": file([signed_root(), next_root()], CITY.sign_list()),
        "a list of the root to come": file(signed_list=CITY.sign_list(replace(LIST, root=root.digest(SECOND)))),
        "a list of another root of the same keys": file([signed_root(exp=ROOT.exp + 1)], CITY.sign_list()),
    },
    Reason.TRUST_ROLES: {
        "the publisher is an issuing key": with_keys(ISSUING, PUBLISHER),
        "a root key is an issuing key": with_keys(ISSUING, R1),
        "a root key that did not sign is an issuing key": with_keys(R3),
        "a root key is the publisher": file([signed_root(publishers=role(1, R3))], list_by=[R3]),
        "a retired root key is an issuing key": with_keys(
            R3, roots=[signed_root(), next_root((R1, R2), roots=role(2, R1, R2, R4))]
        ),
        "a retired root key becomes the publisher": file(
            [signed_root(), next_root((R1, R2), roots=role(2, R1, R2, R4), publishers=role(1, R3))],
            list_by=[R3],
        ),
        "a retired publisher is an issuing key": file(
            [signed_root(), next_root(publishers=role(1, NEXT_PUBLISHER))],
            value=replace(
                LIST, keys=(IssuingKey(key=PUBLISHER.public_key, classes=frozenset({1}), verify_until=UNTIL),)
            ),
            **BY_NEXT,
        ),
        "a retired publisher becomes a root key": file(
            [
                signed_root(),
                next_root(roots=role(2, R1, R2, PUBLISHER), publishers=role(1, NEXT_PUBLISHER)),
            ],
            **BY_NEXT,
        ),
        "two issuing keys with one kid": with_keys(*ONE_KID),
        "an issuing key with the kid of a root key": with_keys(
            ONE_KID[0], roots=[signed_root(roots=role(2, R1, R2, ONE_KID[1]))]
        ),
        "an issuing key with the kid of a publisher": with_keys(
            ONE_KID[0], roots=[signed_root(publishers=role(1, PUBLISHER, ONE_KID[1]))]
        ),
        "an issuing key with the kid of a retired root key": with_keys(
            ONE_KID[0], roots=[(retired := signed_root(roots=role(2, R1, R2, ONE_KID[1]))), next_root(after=retired)]
        ),
        "two root keys with one kid": file([signed_root(roots=role(2, R1, R2, *ONE_KID))]),
        "two publishers with one kid": file([signed_root(publishers=role(1, PUBLISHER, *ONE_KID))]),
    },
    Reason.TRUST_LIFETIME: {
        "a second too long": CITY.trust_file(exp=LIST.issued + 120 * DAY + 1),
        "for ever": CITY.trust_file(exp=2**32 - 1),
        "longer than the last root allows": file([signed_root(), next_root(list_days=119)]),
        "the first root allowed it": file([OF_400_DAYS, next_root(after=OF_400_DAYS, list_days=1)]),
        "a second longer than its root": file([signed_root(exp=LIST.exp - 1)]),
        "under a root that ended before it was made": file([signed_root(exp=1)]),
        "a second longer than the last root": file([signed_root(), next_root(exp=LIST.exp - 1)]),
    },
    Reason.TRUST_CANCELLATIONS: {
        "missing": raw_file({3: None}),
        "one taken out": file(signed_list=ONE_CANCELLED),
        "one put in": file(cancelled=cancellations.encode([HANDLE])),
        "others": file(signed_list=ONE_CANCELLED, cancelled=cancellations.encode([bytes(10)])),
        "cut short": file(signed_list=ONE_CANCELLED, cancelled=cancellations.encode([HANDLE])[:-1]),
        "empty bytes": file(cancelled=b""),
        "a byte left over": file(cancelled=NOTHING + b"\0"),
        "not encoded": raw_file({3: []}),
        "a text": raw_file({3: "@"}),
        "the list": file(cancelled=CITY.sign_list()),
        "the root": file(cancelled=CITY.sign_root()),
        "digest of another kind": file(signed_list=CITY.sign_list(replace(LIST, cancellations=bytes(32)))),
    },
    Reason.TRUST_MALFORMED: {
        "nothing": b"",
        "a text": b"hello, world\n",
        "a code": CITY.code("library").encode(),
        "a credential": text.decode(CITY.code("library"))[1],
        "a root alone": CITY.sign_root(),
        "a list alone": CITY.sign_list(),
        "cancellations alone": NOTHING,
        "a file as a byte string": cose.encode(CITY.file),
        "a file twice": CITY.file * 2,
        "a tagged file": b"\xd9\xd9\xf7" + CITY.file,
        "an empty map": cose.encode({}),
        "no roots": raw_file({1: None}),
        "256 roots": file([*CHAIN, next_root(version=256, after=CHAIN[-1])]),
        "an empty list of roots": file([]),
        "roots that are one root": raw_file({1: CITY.sign_root()}),
        "a root that is a list": raw_file({1: [[CITY.sign_root()]]}),
        "a root that is a map": raw_file({1: [cose.decode(root.encode(ROOT))]}),
        "a root beside a number": raw_file({1: [CITY.sign_root(), 1]}),
        "no list": raw_file({2: None}),
        "a list in a list": raw_file({2: [CITY.sign_list()]}),
        "an empty root": file([b""]),
        "an unsigned root": file([root.encode(ROOT)]),
        "an unsigned list": file(signed_list=trust_list.encode(LIST)),
        "root: no signatures at all": file([cbor2.dumps(cbor2.CBORTag(98, [b"", {}, root.encode(ROOT), []]))]),
        "root: one signature twice": file([doubled(signed_root())]),
        "list: one signature twice": file(signed_list=doubled(CITY.sign_list())),
        "root: a credential": file([text.decode(CITY.code("library"))[1]]),
        "root: cancellations": file([NOTHING]),
        "root: the list as root": file([CITY.sign_list()]),
        "root: the list as root, signed as a root": file(
            [publish.sign(trust_list.encode(LIST), root.KIND, CITY.scope, (R1, R2))]
        ),
        "list: cancellations": file(signed_list=NOTHING),
        "list: a credential by the publisher": file(
            signed_list=text.decode(CITY.code("library", by=PUBLISHER))[1]
        ),
        "list: a root signed as a list": file(
            signed_list=publish.sign(root.encode(ROOT), trust_list.KIND, CITY.scope, [PUBLISHER])
        ),
        "root: threshold of none": file([raw_root({7: [0, list(ROOT.roots.keys)]}, (STRANGER,))]),
        "root: threshold above the keys": file([raw_root({7: [4, list(ROOT.roots.keys)]}, (R1, R2, R3))]),
        "root: a key twice": file([raw_root({7: [2, [R1.public_key, R1.public_key]]}, (R1,))]),
        "publishers: threshold of none": file([raw_root({8: [0, list(ROOT.publishers.keys)]})]),
        "publishers: a key twice": file([raw_root({8: [2, [PUBLISHER.public_key] * 2]})]),
        "publishers: none": file([raw_root({8: [0, []]})]),
        "root: version 1 names another": file([raw_root({9: root.digest(ROOT)})]),
        "root: version 2 names none": file([signed_root(), raw_root({1: 2})]),
        "root: version 7 is the first, and names none": file([raw_root({1: 7})]),
        "root: the digest of the one before cut short": file([signed_root(), raw_root({1: 2, 9: bytes(31)})]),
        "root: the one before by its version": file([signed_root(), raw_root({1: 2, 9: 1})]),
        "list: the digest of its root cut short": file(signed_list=raw_list({9: LIST.root[:31]})),
        "list: its root by its version": file(signed_list=raw_list({9: 1})),
        "list: its root": file(signed_list=raw_list({9: CITY.sign_root()})),
        "list: a required claim that is the age": file(signed_list=raw_list(list_fields(6, {3: [1, 2]}))),
        "list: an issuing key twice": file(signed_list=raw_list({7: cose.decode(trust_list.encode(LIST))[7][:1] * 2})),
        "cancellations not sorted, by digest": file(
            signed_list=CITY.sign_list(replace(LIST, cancellations=cancellations.digest(UNSORTED))), cancelled=UNSORTED
        ),
        "cancellations of 9 bytes, by digest": file(
            signed_list=CITY.sign_list(replace(LIST, cancellations=cancellations.digest(cose.encode(bytes(9))))),
            cancelled=cose.encode(bytes(9)),
        ),
        "nested lists": b"\x81" * (2 << 20),
        "a length of 2^63": b"\xa1\x01\x9b\x7f" + b"\xff" * 7,
    },
    Reason.TRUST_TOO_LARGE: {
        "endless zeros": bytes(9 << 20),
        "endless file": raw_file({9: bytes(2 << 20)}),
        "nested lists, one too many": b"\x81" * ((2 << 20) + 1),
    },
    Reason.NEWER_PROGRAM: {
        "file": raw_file({-1: 0}),
        "root": file([raw_root({-1: 0})]),
        "first of two roots": file([(newer := raw_root({-1: 0})), next_root(after=newer)]),
        "list": file(signed_list=raw_list({-1: 0})),
        "venue class": file(signed_list=raw_list(list_fields(6, {-1: 0}))),
        "issuing key": file(signed_list=raw_list(list_fields(7, {-1: 0}))),
        "a required claim that is not known": file(signed_list=raw_list(list_fields(6, {3: [1, 9]}))),
        "a required claim that is not known and the last": file(signed_list=raw_list(list_fields(6, {3: [65535]}))),
    },
}  # fmt: skip
STORIES = [
    pytest.param(data, reason, id=f"{reason.value}: {name}")
    for reason, stories in REFUSED.items()
    for name, data in stories.items()
]


@pytest.mark.parametrize(("data", "reason"), STORIES)
def test_a_file_that_is_refused(data: bytes, reason: Reason) -> None:
    assert judge(data) is reason


def test_every_refusal_of_the_specification_has_a_story() -> None:
    assert {reason for reason in Reason if reason.value.startswith("trust-")} - set(REFUSED) == {
        *(Reason.TRUST_TOO_OLD, Reason.TRUST_EXPIRED),  # verdicts on a code under a file that holds
        # Of a venue's memory (tests/verify/test_memory.py):
        *(Reason.TRUST_ANCHOR, Reason.TRUST_ROLLBACK, Reason.TRUST_EQUIVOCATION),
        *(Reason.TRUST_TAKES_BACK, Reason.TRUST_FOREIGN, Reason.TRUST_GAP),
    }


def test_the_two_keys_of_one_kid_are_two_keys() -> None:
    one, other = (each.public_key for each in ONE_KID)
    assert one != other
    assert cose.kid(one) == cose.kid(other)
    assert isinstance(judge(with_keys(ONE_KID[0])), Trust)
    assert isinstance(judge(with_keys(ONE_KID[1])), Trust)


@pytest.mark.parametrize("position", ["root", "list", "cancellations"])
def test_a_document_of_each_kind_is_taken_as_itself_only(position: str) -> None:
    kinds = {
        "root": CITY.sign_root(),
        "list": CITY.sign_list(),
        "cancellations": NOTHING,
        "file": CITY.file,
        "credential": text.decode(CITY.code("library"))[1],
    }
    held = []
    for kind, data in kinds.items():
        parts: dict[str, Any] = {"roots": [kinds["root"]], "signed_list": kinds["list"], "cancelled": NOTHING}
        name = {"root": "roots", "list": "signed_list", "cancellations": "cancelled"}[position]
        parts[name] = [data] if position == "root" else data
        if isinstance(judge(file(**parts)), Trust):
            held.append(kind)
    assert held == [position]


def test_a_file_of_another_city_holds_as_its_own_only() -> None:
    other = City("shelbyville")
    assert contents(judge(other.file))[0].scope == OTHER_CITY
    assert trust_file.decode(other.file).fingerprint != trust_file.decode(CITY.file).fingerprint
    mine, theirs = cose.decode(CITY.file), cose.decode(other.file)
    for part in (1, 2):
        assert judge(cose.encode(mine | {part: theirs[part]})) is Reason.TRUST_UNSIGNED


# ---- identity ----


def test_signatures_do_not_change_the_fingerprint() -> None:
    files = [file([signed_root(by)]) for by in [(R1, R2), (R2, R3), (R1, R2, R3), (R1, R2, STRANGER), (R1, R3, R4, R5)]]
    assert len(set(files)) == 5
    assert len({trust_file.decode(data).fingerprint for data in files}) == 1


@pytest.mark.parametrize(
    "changes",
    [{"name": "Springfeld"}, {"version": 2, "previous": bytes(32)}, {"exp": ROOT.exp + 1}, {"list_days": 121}],
    ids=str,
)
def test_another_root_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert trust_file.decode(file([signed_root(**changes)])).fingerprint != trust_file.decode(CITY.file).fingerprint


# ---- growth ----


@pytest.mark.parametrize("key", [0, 10, 99, 2**64 - 1])
@pytest.mark.parametrize("value", [0, True, b"x", [[1]], {-1: 2}], ids=repr)
def test_unknown_keys_are_ignored_everywhere(key: int, value: Any) -> None:
    unknown = {key: value}
    for data in (
        raw_file(unknown),
        file([raw_root(unknown)]),
        file(signed_list=raw_list(unknown)),
        file(signed_list=raw_list(list_fields(6, unknown))),
        file(signed_list=raw_list(list_fields(7, unknown))),
    ):
        assert data != CITY.file
        assert contents(judge(data), fingerprint=False) == contents(judge(CITY.file), fingerprint=False)


# ---- size ----


def test_2_mib_are_the_most() -> None:
    def padded(size: int) -> bytes:
        data = raw_file({9: bytes(size - len(CITY.file) - 6)})
        assert len(data) == size
        return data

    assert contents(judge(padded(2 << 20))) == contents(judge(CITY.file))
    assert judge(padded((2 << 20) + 1)) is Reason.TRUST_TOO_LARGE


def test_the_parts_of_a_file_cost_no_more_than_they_must() -> None:
    bare = len(CITY.sign_root()) + len(CITY.sign_list()) + len(NOTHING)
    assert len(CITY.file) <= bare + 12


# ---- every bit ----

CANCELLED = cancellations.encode([HANDLE])
LONGER = file(
    [signed_root(), next_root((R1, R2), roots=role(2, R1, R2, R4))],
    cancelled=CANCELLED,
    value=replace(LIST, cancellations=cancellations.digest(CANCELLED)),
)


every_bit = pytest.mark.parametrize(
    "step", [9, pytest.param(1, marks=pytest.mark.slow)], ids=["another bit of nearly each byte", "every bit"]
)


def flips(data: bytes, step: int) -> Iterator[bytes]:
    for at in range(0, 8 * len(data), step):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        yield bytes(flipped)


@every_bit
@pytest.mark.parametrize("data", [file([signed_root((R1, R2))]), LONGER], ids=["one root", "two roots"])
def test_every_flipped_bit_is_refused(data: bytes, step: int) -> None:
    assert isinstance(judge(data), Trust)
    assert [at for at, flipped in enumerate(flips(data, step)) if isinstance(judge(flipped), Trust)] == []


@every_bit
@pytest.mark.parametrize(
    ("signers", "free"),
    [
        # The signature of a stranger, and those bits of its kid that leave the signatures sorted.
        pytest.param((R1, R2, STRANGER), range(8 * 64, 8 * (64 + 4) + 1), id="a stranger"),
        # Those bits of kids that make a stranger of one of three.
        pytest.param((R1, R2, R3), range(1, 3 * 8 * 4 + 1), id="one more than the threshold"),
    ],
)
def test_a_bit_flipped_in_what_is_ignored_changes_nothing(
    signers: Sequence[SeedSigner], free: range, step: int
) -> None:
    data = file([signed_root(signers)])
    whole = contents(judge(data))
    held = [contents(trust) for trust in map(judge, flips(data, step)) if isinstance(trust, Trust)]
    assert all(each == whole for each in held)
    assert len(held) in range(free.start // step, free.stop // step + 2)
    assert held


@pytest.mark.parametrize("data", [CITY.file, LONGER], ids=["one root", "two roots"])
def test_every_truncation_and_every_appended_byte_is_malformed(data: bytes) -> None:
    altered = [data[:end] for end in range(len(data))] + [data + bytes([byte]) for byte in range(256)]
    assert {judge(each) for each in altered} == {Reason.TRUST_MALFORMED}


@settings(max_examples=200)
@given(st.data())
def test_nothing_unsigned_matters(data: st.DataObject) -> None:
    """Whatever is put in, taken out or overwritten: refused, or the very same trust."""
    altered = bytearray(LONGER)
    for _ in range(data.draw(st.integers(1, 4), "changes")):
        at = data.draw(st.integers(0, len(altered)), "at")
        altered[at : at + data.draw(st.integers(0, 8), "out")] = data.draw(st.binary(max_size=8), "in")
    trust = judge(bytes(altered))
    assert isinstance(trust, Reason) or contents(trust) == contents(judge(LONGER))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert judge(data) in {Reason.TRUST_MALFORMED, Reason.NEWER_PROGRAM}
