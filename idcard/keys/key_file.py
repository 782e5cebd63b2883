"""The text of a key file: a private key encrypted under a passphrase (specs/keys.md, Key files)."""

import base64
import re
import unicodedata
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_pwhash_alg,
    crypto_pwhash_ALG_ARGON2ID13,
    randombytes,
)
from nacl.exceptions import CryptoError

from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed
from idcard.keys.signer import SEED_SIZE, SeedSigner
from idcard.trust import public_key
from idcard.trust.public_key import KeyKind, PublicKey

MAX_SIZE = 2048
MIN_PASSPHRASE = 12
"""Least characters of the passphrase of a new key file."""

BEGIN = "-----BEGIN IDCARD PRIVATE KEY-----"
_END = "-----END IDCARD PRIVATE KEY-----"
_SALT_SIZE = 16
_NONCE_SIZE = 24
_KEY_SIZE = 32
_SEALED_SIZE = SEED_SIZE + 16
_MIB = 1 << 20
_COST = {Environment.PRODUCTION: (3, 256), Environment.TEST: (2, 64)}
"""Argon2id passes and MiB: libsodium's MODERATE, and little for a test city, whose keys protect nobody."""
_PASSES = range(2, 4)
_MEMORY = range(64, 513)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINES = re.compile(
    rf"{BEGIN}\n"
    r"public: (?P<public>[!-~]+)\n"
    r"argon2id: (?P<passes>[0-9]{1,2}) passes, (?P<memory>[0-9]{1,9}) MiB, (?P<salt>[A-Za-z0-9+/=]+)\n"
    r"xchacha20-poly1305: (?P<nonce>[A-Za-z0-9+/=]+)\n"
    r"(?P<sealed>[A-Za-z0-9+/=]+)\n"
    rf"{_END}\n"
)


class KeyFileError(IdcardError):
    """A key file that cannot be opened, or a passphrase that is too weak."""


class WrongPassphrase(KeyFileError):
    """The passphrase does not open the key file; a damaged file looks the same. Another one may be tried."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An opened key file."""

    kind: KeyKind
    environment: Environment
    signer: SeedSigner


def encode(key: PrivateKey, passphrase: str) -> str:
    """The text of a key file. Takes about a second in production. Raises KeyFileError for a short passphrase."""
    check_passphrase(passphrase)
    passes, memory = _COST[key.environment]
    salt, nonce = randombytes(_SALT_SIZE), randombytes(_NONCE_SIZE)
    header = (
        f"{BEGIN}\n"
        f"public: {public_key.encode(PublicKey(key.kind, key.environment, key.signer.public_key))}\n"
        f"argon2id: {passes} passes, {memory} MiB, {_to_base64(salt)}\n"
        f"xchacha20-poly1305: {_to_base64(nonce)}\n"
    )
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        key.signer.seed, header.encode("ascii"), nonce, _derive(passphrase, salt, passes, memory)
    )
    return f"{header}{_to_base64(sealed)}\n{_END}\n"


def check_passphrase(passphrase: str) -> None:
    """Raises KeyFileError for a passphrase that is too short or not text."""
    _check_text(passphrase)
    if len(passphrase) < MIN_PASSPHRASE:
        raise KeyFileError(f"a passphrase has at least {MIN_PASSPHRASE} characters")


def decode(text: str, passphrase: str) -> PrivateKey:
    """The private key. Raises WrongPassphrase; KeyFileError: not a key file, costs out of range, or damaged."""
    _check_text(passphrase)
    found = _LINES.fullmatch(text)
    if found is None:
        raise KeyFileError("this is not an idcard private key file, or it is damaged")
    passes, memory = int(found["passes"]), int(found["memory"])
    if passes not in _PASSES or memory not in _MEMORY:
        raise KeyFileError("the key file is damaged: its Argon2id costs are outside the allowed range")
    try:
        public = public_key.decode(found["public"])
        salt = _from_base64(found["salt"], _SALT_SIZE)
        nonce = _from_base64(found["nonce"], _NONCE_SIZE)
        sealed = _from_base64(found["sealed"], _SEALED_SIZE)
    except Malformed:
        raise KeyFileError("the key file is damaged") from None
    header = text[: found.start("sealed")].encode("ascii")
    try:
        seed = crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed, header, nonce, _derive(passphrase, salt, passes, memory)
        )
    except CryptoError:
        raise WrongPassphrase("the passphrase is wrong, or the key file is damaged") from None
    signer = SeedSigner(seed)
    if signer.public_key != public.key:
        raise KeyFileError("the private and the public key of the key file do not belong together")
    return PrivateKey(public.kind, public.environment, signer)


def public_of(text: str) -> PublicKey:
    """The public key that a key file names; only opening the file proves it. Raises KeyFileError."""
    found = _LINES.fullmatch(text)
    try:
        return public_key.decode(found["public"] if found else "")
    except Malformed:
        raise KeyFileError("this is not an idcard private key file, or it is damaged") from None


def _check_text(passphrase: str) -> None:
    if _SURROGATE.search(passphrase):
        raise KeyFileError("the passphrase is not text in UTF-8")


def _derive(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    try:
        return crypto_pwhash_alg(
            _KEY_SIZE,
            unicodedata.normalize("NFC", passphrase).encode("utf-8"),
            salt,
            passes,
            memory * _MIB,
            crypto_pwhash_ALG_ARGON2ID13,
        )
    except CryptoError:
        raise KeyFileError(
            f"this computer has less than the {memory} MiB of free memory that the key file needs; close other programs"
        ) from None


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_base64(text: str, size: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Malformed("not base64") from None
    if len(data) != size or _to_base64(data) != text:
        raise Malformed("base64 of another size")
    return data
