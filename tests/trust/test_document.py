"""What root and trust list share: whose signatures count, over which bytes, and what names a document."""

import hashlib
from collections.abc import Sequence

import cbor2
import pytest
from cities import City, signer
from hypothesis import given
from hypothesis import strategies as st

from idcard import cose
from idcard.ceremony import publish
from idcard.cose import Sign
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed, Outcome, Reason, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import document, trust_file
from idcard.trust.document import Role

A, B, C, STRANGER = (signer(name) for name in ("A", "B", "C", "stranger"))
SCOPE = Scope(Environment.PRODUCTION, "springfield")
PAYLOAD = b"payload"


def role(threshold: int, *signers: SeedSigner) -> Role:
    return Role(threshold, tuple(sorted(each.public_key for each in signers)))


def signed(*signers: SeedSigner, kind: str = "idcard.list", scope: Scope = SCOPE, payload: bytes = PAYLOAD) -> Sign:
    return cose.decode_sign(publish.sign(payload, kind, scope, signers))


def holds(message: Sign, by: Role, kind: str = "idcard.list", scope: Scope = SCOPE) -> bool:
    try:
        document.check(message, kind, scope, by)
    except Refused as refused:
        if (refused.reason, refused.outcome) == (Reason.TRUST_UNSIGNED, Outcome.CANNOT_SAY):
            return False
        raise
    return True


def with_signatures(message: Sign, **of: bytes) -> Sign:
    """The signatures of `message` with others put in under the kids of A, B, C or STRANGER."""
    named = {"A": A, "B": B, "C": C, "STRANGER": STRANGER}
    signatures = dict(message.signatures) | {cose.kid(named[name].public_key): made for name, made in of.items()}
    return Sign(message.payload, tuple(sorted(signatures.items())))


def signature_of(by: SeedSigner, under: SeedSigner) -> bytes:
    """What `by` signs in the name of `under`."""
    key_id = cose.kid(under.public_key)
    return by.sign(cose.to_be_signed(key_id, SCOPE.external_aad("idcard.list"), PAYLOAD))


# ---- whose signatures count ----

TWO_OF_THREE = role(2, A, B, C)
STORIES = {
    "nobody but a stranger signed": (signed(STRANGER), TWO_OF_THREE, False),
    "one signature too few": (signed(A), TWO_OF_THREE, False),
    "just enough": (signed(A, B), TWO_OF_THREE, True),
    "another two": (signed(B, C), TWO_OF_THREE, True),
    "all": (signed(A, B, C), TWO_OF_THREE, True),
    "a stranger does not count": (signed(A, STRANGER), TWO_OF_THREE, False),
    "a stranger does not harm": (signed(A, B, STRANGER), TWO_OF_THREE, True),
    "a stranger's signature may be rubbish": (with_signatures(signed(A, B), STRANGER=bytes(64)), TWO_OF_THREE, True),
    "a wrong signature of a named key refuses": (with_signatures(signed(A, B), C=bytes(64)), TWO_OF_THREE, False),
    "one key under two names": (with_signatures(signed(A), B=signature_of(A, B)), TWO_OF_THREE, False),
    "one key as a stranger": (with_signatures(signed(A), STRANGER=signature_of(A, STRANGER)), TWO_OF_THREE, False),
    "a signature copied to another name": (with_signatures(signed(A), B=signature_of(A, A)), TWO_OF_THREE, False),
    "one of one": (signed(A), role(1, A), True),
    "three of three with two": (signed(A, B), role(3, A, B, C), False),
    "three of three": (signed(A, B, C), role(3, A, B, C), True),
}  # fmt: skip


@pytest.mark.parametrize(("message", "by", "good"), STORIES.values(), ids=STORIES)
def test_a_threshold_counts_distinct_keys_of_the_role(message: Sign, by: Role, good: bool) -> None:
    assert holds(message, by) is good


def test_23_strangers_and_no_key_of_the_role() -> None:
    assert not holds(signed(*(signer(f"stranger {number}") for number in range(23))), role(1, A))


# ---- over which bytes ----


def test_what_is_signed_by_hand() -> None:
    key_id = cose.kid(A.public_key)
    header = cbor2.dumps({1: -8, 4: key_id})
    aad = b"idcard.list production springfield"
    by_hand = A.sign(cbor2.dumps(["Signature", b"", header, aad, PAYLOAD]))
    assert signed(A) == Sign(PAYLOAD, ((key_id, by_hand),))


@pytest.mark.parametrize(
    ("environment", "city", "kind", "aad"),
    [
        (Environment.PRODUCTION, "springfield", "idcard.root", b"idcard.root production springfield"),
        (Environment.TEST, "a-1", "idcard.list", b"idcard.list test a-1"),
    ],
)
def test_kind_environment_and_city_are_signed(environment: Environment, city: str, kind: str, aad: bytes) -> None:
    assert Scope(environment, city).external_aad(kind) == aad


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(signed(A, kind="idcard.root"), id="another kind"),
        pytest.param(signed(A, scope=Scope(Environment.TEST, "springfield")), id="another environment"),
        pytest.param(signed(A, scope=Scope(Environment.PRODUCTION, "shelbyville")), id="another city"),
        pytest.param(Sign(PAYLOAD + b"\0", signed(A).signatures), id="another payload"),
        pytest.param(Sign(PAYLOAD, ((cose.kid(A.public_key), A.sign(PAYLOAD)),)), id="the payload alone"),
    ],
)
def test_a_signature_over_anything_else_does_not_count(message: Sign) -> None:
    assert holds(signed(A), role(1, A))
    assert not holds(message, role(1, A))


# ---- roles ----


@pytest.mark.parametrize(
    ("threshold", "keys"),
    [
        pytest.param(0, [A], id="threshold of none"),
        pytest.param(-1, [A], id="threshold below none"),
        pytest.param(2, [A], id="threshold above the keys"),
        pytest.param(4, [A, B, C], id="threshold above three keys"),
        pytest.param(1, [], id="no keys"),
        pytest.param(0, [], id="no keys and no threshold"),
    ],
)
def test_a_threshold_is_between_1_and_the_number_of_keys(threshold: int, keys: Sequence[SeedSigner]) -> None:
    with pytest.raises(Malformed):
        role(threshold, *keys)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((bytes(32), bytes(32)), id="a key twice"),
        pytest.param((b"\1" * 32, b"\0" * 32), id="not sorted"),
        pytest.param((bytes(31),), id="a short key"),
        pytest.param((bytes(33),), id="a long key"),
        pytest.param((b"",), id="an empty key"),
        pytest.param(tuple(bytes([number]) * 32 for number in range(16)), id="16 keys"),
    ],
)
def test_keys_are_1_to_15_sorted_none_twice(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        Role(1, keys)


def test_15_keys_and_a_threshold_of_15() -> None:
    fifteen = [signer(f"key {number}") for number in range(15)]
    assert holds(signed(*fifteen), role(15, *fifteen))
    assert not holds(signed(*fifteen[:14]), role(15, *fifteen))


# ---- what names a document ----


@given(st.binary(max_size=300), st.sampled_from(["idcard.root", "idcard.list"]))
def test_a_digest_by_hand(payload: bytes, kind: str) -> None:
    by_hand = hashlib.blake2b(cbor2.dumps([b"", payload]), digest_size=32, person=kind.encode().ljust(16, b"\0"))
    assert document.digest(payload, kind) == by_hand.digest()


def test_another_payload_or_kind_has_another_digest() -> None:
    digests = {
        document.digest(payload, kind) for payload in (b"", b"\0", PAYLOAD) for kind in ("idcard.root", "idcard.list")
    }
    assert len(digests) == 6


def test_the_fingerprint_of_a_city_is_of_its_last_root() -> None:
    city = City()
    from_file = document.digest(cose.decode_sign(city.sign_root()).payload, "idcard.root")[:16]
    assert trust_file.decode(city.file).fingerprint == from_file
