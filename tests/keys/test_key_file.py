"""A private key at rest: one passphrase opens one text, and nothing else opens anything."""

import base64
import hashlib
from collections.abc import Iterator

import nacl.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_pwhash_alg,
    crypto_pwhash_ALG_ARGON2ID13,
)

from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError, PrivateKey, WrongPassphrase
from idcard.keys.signer import SeedSigner
from idcard.trust import public_key
from idcard.trust.public_key import KeyKind, PublicKey

PASSPHRASE = "correct horse battery staple"
SEED = bytes(range(100, 132))
OTHER_SEED = bytes(range(200, 232))
BEGIN, END = "-----BEGIN IDCARD PRIVATE KEY-----", "-----END IDCARD PRIVATE KEY-----"


def private_key(
    kind: KeyKind = KeyKind.ISSUING, environment: Environment = Environment.TEST, seed: bytes = SEED
) -> PrivateKey:
    return PrivateKey(kind, environment, SeedSigner(seed))


def fields(key: PrivateKey) -> tuple[KeyKind, Environment, bytes]:
    return key.kind, key.environment, key.signer.seed


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a hash where Argon2id stands, for tests that open thousands of damaged files.

    Argon2id only turns passphrase, salt and costs into a key, slowly on purpose (0.1 s here). The hash depends on
    every one of them too, so whatever damage reaches it changes the key just as well, and all the reading and
    authenticating around it, which is what those tests look at, stays the real one.
    """

    def derive(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
        return hashlib.blake2b(repr((passphrase, salt, passes, memory)).encode(), digest_size=32).digest()

    monkeypatch.setattr(key_file, "_derive", derive)


@pytest.fixture
def no_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails the test when a passphrase is worked on at all, which is where memory is taken."""

    def derive(*_: object) -> bytes:
        pytest.fail("the passphrase was worked on")

    monkeypatch.setattr(key_file, "_derive", derive)


# ---- round trip ----


@pytest.mark.parametrize("kind", KeyKind)
def test_what_was_sealed_is_opened(kind: KeyKind) -> None:
    key = private_key(kind)
    opened = key_file.decode(key_file.encode(key, PASSPHRASE), PASSPHRASE)
    assert fields(opened) == (kind, Environment.TEST, SEED)
    assert opened.signer.public_key == key.signer.public_key


def test_a_production_key_costs_more_and_is_opened_too() -> None:
    text = key_file.encode(private_key(environment=Environment.PRODUCTION), PASSPHRASE)
    assert "\nargon2id: 3 passes, 256 MiB, " in text
    assert fields(key_file.decode(text, PASSPHRASE)) == (KeyKind.ISSUING, Environment.PRODUCTION, SEED)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "passphrase",
    [
        "twelve chars",
        "пароль из слов",
        "密码短语有十二个字符以上",
        " blanks at both ends ",
        "x" * 1000,
        "nul\0 inside it",
    ],
)
def test_any_passphrase_of_enough_characters_will_do(passphrase: str) -> None:
    text = key_file.encode(private_key(), passphrase)
    assert fields(key_file.decode(text, passphrase)) == fields(private_key())


@pytest.mark.usefixtures("quick")
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=key_file.MIN_PASSPHRASE),
    st.binary(min_size=32, max_size=32),
)
def test_any_seed_survives(passphrase: str, seed: bytes) -> None:
    text = key_file.encode(private_key(seed=seed), passphrase)
    assert len(text) <= key_file.MAX_SIZE
    assert key_file.decode(text, passphrase).signer.seed == seed


@pytest.mark.usefixtures("quick")
def test_nothing_is_sealed_twice_in_the_same_way() -> None:
    first, second = (key_file.encode(private_key(), PASSPHRASE).splitlines() for _ in range(2))
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, True, False, False, False, True]


def test_the_text_is_what_the_page_says() -> None:
    """Opened without the module under test: libsodium's Argon2id and XChaCha20-Poly1305, all lines above as data."""
    text = key_file.encode(private_key(), PASSPHRASE)
    begin, public, argon2id, xchacha, sealed, end = text.splitlines()
    assert (begin, end) == (BEGIN, END)
    assert (
        public
        == f"public: {public_key.encode(PublicKey(KeyKind.ISSUING, Environment.TEST, SeedSigner(SEED).public_key))}"
    )
    cost, salt = argon2id.removeprefix("argon2id: ").rsplit(", ", 1)
    assert cost == "2 passes, 64 MiB"
    key = crypto_pwhash_alg(32, PASSPHRASE.encode(), base64.b64decode(salt), 2, 64 << 20, crypto_pwhash_ALG_ARGON2ID13)
    nonce = base64.b64decode(xchacha.removeprefix("xchacha20-poly1305: "))
    header = text[: text.index(sealed)].encode()
    assert crypto_aead_xchacha20poly1305_ietf_decrypt(base64.b64decode(sealed), header, nonce, key) == SEED


# ---- the passphrase ----


@pytest.mark.parametrize(
    "passphrase",
    [PASSPHRASE[:-1], PASSPHRASE + " ", PASSPHRASE.upper(), "", PASSPHRASE + "\n", "another passphrase altogether"],
)
def test_another_passphrase_opens_nothing(passphrase: str) -> None:
    with pytest.raises(WrongPassphrase, match=r"^the passphrase is wrong, or the key file is damaged$"):
        key_file.decode(SEALED, passphrase)


def test_a_passphrase_opens_however_a_keyboard_composes_its_accents() -> None:
    composed, decomposed = "für die Schlüssel", "fu\u0308r die Schlu\u0308ssel"
    assert composed != decomposed
    text = key_file.encode(private_key(), decomposed)
    assert fields(key_file.decode(text, composed)) == fields(private_key())


@pytest.mark.usefixtures("no_derivation")
@pytest.mark.parametrize("length", [0, 1, key_file.MIN_PASSPHRASE - 1])
def test_a_short_passphrase_protects_nothing(length: int) -> None:
    with pytest.raises(KeyFileError, match="at least 12 characters"):
        key_file.encode(private_key(), "ä" * length)


@pytest.mark.usefixtures("no_derivation")
def test_a_passphrase_that_is_not_text_is_refused_when_a_key_is_made() -> None:
    """A terminal that is not UTF-8 gives lone surrogates."""
    with pytest.raises(KeyFileError):
        key_file.encode(private_key(), "correct horse \udcff battery")


def test_a_passphrase_that_is_not_text_opens_nothing() -> None:
    with pytest.raises(KeyFileError):
        key_file.decode(SEALED, "correct horse \udcff battery")


# ---- damage ----


def sealed_quickly(passphrase: str = PASSPHRASE, key: PrivateKey | None = None) -> str:
    return key_file.encode(key or private_key(), passphrase)


def refused(text: str) -> None:
    """A KeyFileError: pytest.raises lets every other exception through."""
    with pytest.raises(KeyFileError) as raised:
        key_file.decode(text, PASSPHRASE)
    assert type(raised.value) in (KeyFileError, WrongPassphrase)


@pytest.mark.usefixtures("quick")
def test_every_flipped_bit_at_every_offset_is_refused() -> None:
    text = sealed_quickly()
    assert fields(key_file.decode(text, PASSPHRASE)) == fields(private_key())
    for at in range(len(text)):
        for bit in range(8):
            refused(text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :])


@pytest.mark.usefixtures("quick")
def test_every_other_letter_at_every_offset_is_refused() -> None:
    text = sealed_quickly()
    for at in range(len(text)):
        for letter in "0aA=/\n é":
            if letter != text[at]:
                refused(text[:at] + letter + text[at + 1 :])


@pytest.mark.usefixtures("quick")
def test_every_truncation_loss_and_addition_is_refused() -> None:
    text = sealed_quickly()
    for at in range(len(text)):
        refused(text[:at])
        refused(text[at + 1 :])
        refused(text[:at] + text[at + 1 :])
        for added in "0=\n ":
            refused(text[:at] + added + text[at:])
    for added in ("\n", " ", "0", "\0", text):
        refused(text + added)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_a_line_of_another_key_file_under_the_same_passphrase_is_refused(line: int) -> None:
    """The whole header is authenticated: no part of one file can stand in another."""
    one = sealed_quickly().splitlines(keepends=True)
    other = sealed_quickly(key=private_key(KeyKind.ROOT, Environment.PRODUCTION, OTHER_SEED)).splitlines(keepends=True)
    assert one[line] != other[line]
    refused("".join([*one[:line], other[line], *one[line + 1 :]]))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(".test.", ".TEST."),
        lambda text: text.replace(".test.", ".production."),
        lambda text: text.replace(".test.", ".moon."),
        lambda text: text.replace(".test.", "."),
        lambda text: text.replace("public: ", "environment: test\npublic: "),
        lambda text: text.replace("2 passes", "02 passes"),
        lambda text: text.replace("2 passes", "3 passes"),
        lambda text: text.replace("64 MiB", "064 MiB"),
        lambda text: text.replace("64 MiB", "65 MiB"),
        lambda text: text.replace("64 MiB", "٦٤ MiB"),
        lambda text: text.replace("public: idpub.issuing", "public: idpub.root"),
        lambda text: text.replace("\n", ""),
        lambda text: "﻿" + text,
        lambda text: "",
        lambda text: "x" * 1_000_000,
        lambda text: f"{BEGIN}\n{END}\n",
        lambda text: BEGIN + "\npublic: " + "a" * 1_000_000,
    ],
)
def test_what_reads_almost_like_a_key_file_is_refused(damage: object) -> None:
    assert callable(damage)
    text = sealed_quickly()
    assert damage(text) != text
    refused(damage(text))


@pytest.mark.usefixtures("quick")
@given(st.text(st.characters(max_codepoint=0x2FF)) | st.from_regex(key_file._LINES, fullmatch=True))
def test_any_other_text_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.usefixtures("quick")
def test_a_public_key_that_is_not_the_private_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed that way on purpose, by somebody who knows the passphrase."""
    impostor = SeedSigner(SEED)
    impostor.public_key = SeedSigner(OTHER_SEED).public_key
    text = key_file.encode(PrivateKey(KeyKind.ISSUING, Environment.TEST, impostor), PASSPHRASE)
    with pytest.raises(KeyFileError, match="do not belong together"):
        key_file.decode(text, PASSPHRASE)


# ---- costs ----


@pytest.mark.usefixtures("no_derivation")
@pytest.mark.parametrize(
    ("passes", "memory"),
    [
        ("0", "64"), ("1", "64"), ("4", "64"), ("10", "64"), ("99", "64"), ("2", "0"), ("2", "1"), ("2", "63"),
        ("2", "513"), ("2", "1024"), ("2", "4194304"), ("2", "999999999"), ("99", "999999999"), ("1", "512"),
    ],
)  # fmt: skip
def test_terabytes_and_too_few_passes_are_refused_before_any_memory_is_taken(passes: str, memory: str) -> None:
    text = SEALED.replace("2 passes, 64 MiB", f"{passes} passes, {memory} MiB")
    with pytest.raises(KeyFileError, match="costs are outside the allowed range"):
        key_file.decode(text, PASSPHRASE)


@pytest.mark.usefixtures("no_derivation")
@pytest.mark.parametrize(
    "cost", ["-2 passes, 64 MiB", "2 passes, 9999999999 MiB", "2e9 passes, 64 MiB", "2 passes, 64 GiB"]
)
def test_a_cost_that_is_no_number_is_no_key_file(cost: str) -> None:
    with pytest.raises(KeyFileError, match="not an idcard private key file, or it is damaged"):
        key_file.decode(SEALED.replace("2 passes, 64 MiB", cost), PASSPHRASE)


@pytest.mark.parametrize(("passes", "memory"), [(2, 64), (3, 256), (3, 512)])
def test_costs_within_the_range_are_worked_off(monkeypatch: pytest.MonkeyPatch, passes: int, memory: int) -> None:
    asked = []

    def derive(passphrase: str, salt: bytes, *cost: int) -> bytes:
        asked.append(cost)
        return bytes(32)

    monkeypatch.setattr(key_file, "_derive", derive)
    refused(SEALED.replace("2 passes, 64 MiB", f"{passes} passes, {memory} MiB"))
    assert asked == [(passes, memory)]


def test_a_computer_without_the_memory_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> bytes:
        raise nacl.exceptions.RuntimeError("Unexpected failure in key derivation")

    monkeypatch.setattr(key_file, "crypto_pwhash_alg", no_memory)
    with pytest.raises(KeyFileError, match="has less than the 64 MiB of free memory"):
        key_file.decode(SEALED, PASSPHRASE)


# ---- private is never public ----


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", KeyKind)
def test_a_private_text_is_never_a_public_key(kind: KeyKind) -> None:
    text = sealed_quickly(key=private_key(kind))
    for part in (text, text.strip(), text.replace("\n", ""), *text.splitlines(), text.splitlines()[4].rstrip("=")):
        with pytest.raises(Malformed):
            public_key.decode(part)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_public_key_is_never_a_private_text(kind: KeyKind) -> None:
    public = public_key.encode(PublicKey(kind, Environment.TEST, SeedSigner(SEED).public_key))
    for text in (public, f"{public}\n", f"{BEGIN}\n{public}\n{END}\n", f"{BEGIN}\npublic: {public}\n{END}\n"):
        with pytest.raises(KeyFileError):
            key_file.decode(text, PASSPHRASE)


# ---- no secret in an error ----


def told_by(problem: BaseException | None) -> Iterator[str]:
    """Everything that an exception carries, and every exception behind it, shown or not."""
    while problem is not None:
        yield from (str(problem), repr(problem), repr(problem.args), repr(vars(problem)))
        yield from getattr(problem, "__notes__", [])
        yield repr(getattr(problem, "object", None))
        problem = problem.__cause__ or problem.__context__


FAILURES = {
    "short": lambda: key_file.encode(private_key(), SECRET[:11]),
    "not text": lambda: key_file.encode(private_key(), SECRET + "\udcff"),
    "wrong": lambda: key_file.decode(SEALED, SECRET),
    "not text to open": lambda: key_file.decode(SEALED, SECRET + "\udcff"),
    "damaged seal": lambda: key_file.decode(SEALED[: -len(END) - 6] + "AAA=\n" + END + "\n", SECRET),
    "damaged salt": lambda: key_file.decode(SEALED.replace("==\n", "=\n"), SECRET),
    "damaged public key": lambda: key_file.decode(SEALED.replace("idpub", "idpob"), SECRET),
    "another environment": lambda: key_file.decode(SEALED.replace(".test.", ".x."), SECRET),
    "not a key file": lambda: key_file.decode(SECRET, SECRET),
    "too much work": lambda: key_file.decode(SEALED.replace("64 MiB", "9999 MiB"), SECRET),
}
SECRET = "swordfish swordfish"


@pytest.mark.parametrize("name", FAILURES)
def test_no_error_carries_the_passphrase_or_the_seed(name: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever comes must not tell
        FAILURES[name]()
    told = " ".join(told_by(raised.value))
    assert SECRET[:11] not in told
    assert SEED.hex() not in told
    assert base64.b64encode(SEED).decode() not in told
    assert repr(SEED)[2:-1] not in told


def test_no_error_carries_the_derived_key(monkeypatch: pytest.MonkeyPatch) -> None:
    derived = bytes(range(50, 82))
    monkeypatch.setattr(key_file, "_derive", lambda *_: derived)
    with pytest.raises(KeyFileError) as raised:
        key_file.decode(SEALED, SECRET)
    told = " ".join(told_by(raised.value))
    assert repr(derived)[2:-1] not in told
    assert derived.hex() not in told


def test_what_an_error_carries_is_looked_through_to_its_beginning() -> None:
    def hide() -> None:
        try:
            f"{SECRET}\udcff".encode()
        except UnicodeEncodeError:
            raise KeyFileError("plain") from None

    with pytest.raises(KeyFileError, match="plain") as raised:
        hide()
    assert any(SECRET in told for told in told_by(raised.value))


SEALED = key_file.encode(private_key(), PASSPHRASE)
"""Made once, with the real Argon2id."""
