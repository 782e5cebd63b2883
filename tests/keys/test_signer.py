"""A private key in memory: it signs as RFC 8032 says, and shows nothing of itself."""

import base64

import pytest

from idcard import cose
from idcard.ceremony.founding import FoundingKeys
from idcard.ceremony.rotation import Slot
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing.minting import Issuer
from idcard.keys.key_file import PrivateKey
from idcard.keys.signer import SEED_SIZE, SeedSigner
from idcard.trust.public_key import KeyKind

# RFC 8032 §7.1, tests 1, 2, 3 and SHA(abc): seed, public key, message, signature.
RFC_8032 = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)
SEED = bytes(range(100, 132))


@pytest.mark.parametrize(("seed", "public_key", "message", "signature"), RFC_8032, ids=["1", "2", "3", "SHA(abc)"])
def test_it_signs_as_rfc_8032_does(seed: str, public_key: str, message: str, signature: str) -> None:
    signer = SeedSigner(bytes.fromhex(seed))
    assert signer.public_key.hex() == public_key
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_it_passes_the_check_after_signing_and_answers_twice_the_same() -> None:
    signer = SeedSigner(SEED)
    assert cose.sign(signer, b"message") == cose.sign(signer, b"message")


def test_the_seed_is_what_it_was_made_of() -> None:
    assert SeedSigner(SEED).seed == SEED


def test_two_generated_keys_differ() -> None:
    first, second = SeedSigner.generate(), SeedSigner.generate()
    assert len(first.seed) == SEED_SIZE
    assert first.seed != second.seed
    assert first.public_key != second.public_key


@pytest.mark.parametrize("size", [0, SEED_SIZE - 1, SEED_SIZE + 1, 64])
def test_a_seed_of_another_size_is_no_key(size: int) -> None:
    with pytest.raises(ValueError, match="seed"):
        SeedSigner(bytes(range(100, 100 + size)))


# ---- nothing secret is shown ----


def shows(text: str, secret: bytes) -> bool:
    """Whether a secret stands in a text in one of the ways in which programs write bytes; half of it counts."""
    half = secret[: len(secret) // 2]
    ways = [
        half.hex(),
        base64.b64encode(half).decode().rstrip("=")[:-1],
        base64.urlsafe_b64encode(half).decode().rstrip("=")[:-1],
        repr(half)[2:-1],
        ", ".join(str(byte) for byte in half),
    ]
    return any(way.lower() in text.lower() for way in ways)


def holders() -> dict[str, object]:
    """Everything that has a private key in it, with the seed SEED."""
    signer = SeedSigner(SEED)
    return {
        "signer": signer,
        "private key": PrivateKey(KeyKind.ISSUING, Environment.TEST, signer),
        "founding keys": FoundingKeys(
            roots=(signer, signer, signer),
            publisher=signer,
            issuing={Slot(Kind.COHORT, None, Quarter(2026, 4)): signer},
        ),
        "issuer": Issuer(signer, Scope(Environment.TEST, "springfield"), Kind.COHORT, Quarter(2026, 4), 0, 0),
    }


@pytest.mark.parametrize("name", holders())
def test_what_holds_a_private_key_shows_nothing_of_it(name: str) -> None:
    holder = holders()[name]
    for told in (repr(holder), str(holder), f"{holder}", repr([holder]), ascii(holder)):
        assert not shows(told, SEED)
        assert "SeedSigner(…)" in told or "SeedSigner(\\u2026)" in told


@pytest.mark.parametrize(
    "way", [bytes.hex, repr, lambda secret: base64.b64encode(secret).decode(), lambda secret: str(list(secret))]
)
def test_the_check_above_can_fail(way: object) -> None:
    assert callable(way)
    assert shows(f"SeedSigner({way(SEED)})", SEED)


def test_a_bad_seed_is_not_told_in_the_error() -> None:
    with pytest.raises(ValueError, match="seed") as raised:
        SeedSigner(SEED[:-1])
    assert not shows(repr(raised.value), SEED[:-1])


def test_a_signer_has_no_place_for_anything_else() -> None:
    signer = SeedSigner(SEED)
    with pytest.raises(AttributeError):
        signer.passphrase = "correct horse"  # type: ignore[attr-defined]
