"""Strict deterministic CBOR (RFC 8949 §4.2.1) and the two COSE messages of the project (RFC 9052 §4).

Whatever decodes encodes to the same bytes again. Which keys are trusted is decided elsewhere.
"""

import hashlib
import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import cbor2
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

try:
    from nacl._sodium import ffi, lib  # type: ignore[import-not-found]

    _RAW_OPEN: Any = lib.crypto_sign_open
    _NO_MESSAGE: Any = ffi.NULL
except (ImportError, AttributeError):  # the names are private: another PyNaCl may have others
    _RAW_OPEN = None

from idcard import cbor_heads
from idcard.cbor_heads import MAX_DEPTH
from idcard.errors import IdcardError, Malformed

SIGNATURE_SIZE = 64
PUBLIC_KEY_SIZE = 32
KID_SIZE = 4
MAX_SIGNATURES = 23

_NO_WALK = 512
"""Input up to this size, in bytes, is decoded without a check of its heads: it has no map that is too large."""
_SIGN1 = b"\xd2\x84"
_SIGN = b"\xd8\x62\x84"
_EMPTY_MAP = 0xA0
_MAX_SIZED = 4096
"""Longest payload whose size is told before it is there, in bytes."""
_PROTECTED = bytes.fromhex("a2012704") + b"\x44"
"""{1: -8, 4: kid} up to the kid: alg EdDSA, the only one."""


# ---- CBOR ----


_LEAVES = frozenset((int, bytes, str, bool))
_INTEGERS = range(-(1 << 64), 1 << 64)


class _NoTags(dict[int, Any]):
    """Replaces the table of tags of cbor2 with one that has none, because some tags take minutes to decode."""

    def __missing__(self, tag: int) -> Any:
        raise ValueError("a tag")


_NO_TAGS = _NoTags()


def _map_order(key: Any) -> int:
    """Bytewise order of encoded integers: 0, 1, … then -1, -2, … Raises Malformed for any other key."""
    if type(key) is not int or key not in _INTEGERS:
        raise Malformed("a map key is not an integer of 64 bits and a sign")
    return key if key >= 0 else (1 << 64) - key


def encode(value: Any) -> bytes:
    """The one encoding of a value made of integers, byte and text strings, booleans, lists, and maps with integer keys.

    Raises Malformed for anything else.
    """
    try:
        data: bytes = cbor2.dumps(_sorted(value, 0))
    except UnicodeEncodeError:
        raise Malformed("text that is not Unicode") from None
    if len(data) > _NO_WALK:
        cbor_heads.check(data)
    return data


def _sorted(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is int and value not in _INTEGERS:
        raise Malformed("an integer is out of range")
    if kind in _LEAVES:
        return value
    if depth == MAX_DEPTH:
        raise Malformed("nested too deeply")
    if kind is list:
        return [_sorted(item, depth + 1) for item in value]
    if kind is not dict:
        raise Malformed("a kind of value that this format does not have")
    return {key: _sorted(value[key], depth + 1) for key in sorted(value, key=_map_order)}


def decode(data: bytes) -> Any:
    """The value of exactly these bytes: lists, dicts, int, bytes, str, bool.

    Raises Malformed for everything that `encode` would not have written. Callers bound the size.
    """
    if len(data) > _NO_WALK:
        cbor_heads.check(data)
    value = _loads(data)
    if type(value) not in _LEAVES:
        _check(value, 0)
    if cbor2.dumps(value) != data:
        raise Malformed("not deterministic CBOR")
    return value


def _loads(data: bytes) -> Any:
    """The value; None if it is not CBOR. Errors of cbor2 are not passed on, because they contain parts of the data."""
    try:
        return cbor2.loads(data, semantic_decoders=_NO_TAGS)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return None


def _check(value: Any, depth: int) -> None:
    """Raises Malformed for a kind of value outside the format, or a map that is not sorted."""
    kind = type(value)
    if depth == MAX_DEPTH:
        raise Malformed("nested too deeply")
    if kind is dict:
        last = -1
        for key, item in value.items():
            order = key if type(key) is int and key >= 0 else _map_order(key)
            if order <= last:
                raise Malformed("map keys are not sorted")
            last = order
            if type(item) not in _LEAVES:
                _check(item, depth + 1)
    elif kind is list:
        for item in value:
            if type(item) not in _LEAVES:
                _check(item, depth + 1)
    else:
        raise Malformed("a kind of value that this format does not have")


def _bytes_head(length: int) -> bytes:
    if length < 24:
        return bytes((0x40 | length,))
    if length < 0x100:
        return bytes((0x58, length))
    if length < 0x10000:
        return b"\x59" + length.to_bytes(2, "big")
    return b"\x5a" + length.to_bytes(4, "big")


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string that begins at `at`, and where it ends. Only the shortest head is accepted."""
    first = data[at] if at < len(data) else 0
    if 0x40 <= first < 0x58:
        start, length, least = at + 1, first - 0x40, 0
    elif 0x58 <= first <= 0x5A:
        start = at + 1 + (1 << first - 0x58)
        length = int.from_bytes(data[at + 1 : start], "big")
        least = (24, 0x100, 0x10000)[first - 0x58]
    else:
        raise Malformed("a byte string is missing")
    end = start + length
    if length < least or end > len(data):
        raise Malformed("a byte string is cut short, or its head is longer than it need be")
    return data[start:end], end


# ---- keys and signatures ----


class Signer(Protocol):
    """A private key, wherever it is kept: a file, a token."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (RFC 8032) of the message, 64 bytes."""
        ...


class BadSigner(IdcardError):
    """A signer returned something that is not its signature."""


def kid(public_key: bytes) -> bytes:
    """The first 4 bytes of the COSE Key Thumbprint (RFC 9679, SHA-256) of an Ed25519 key."""
    if len(public_key) != PUBLIC_KEY_SIZE:
        raise Malformed("a public key has 32 bytes")
    return hashlib.sha256(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + public_key).digest()[:KID_SIZE]


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether libsodium accepts the signature. A key or signature of another length never verifies."""
    if len(signature) != SIGNATURE_SIZE or len(public_key) != PUBLIC_KEY_SIZE:
        return False
    return _opens(signature + message, public_key)


def _opens_raw(signed: bytes, public_key: bytes) -> bool:
    """Without a copy of the message, and without an exception."""
    code: int = _RAW_OPEN(_NO_MESSAGE, _NO_MESSAGE, signed, len(signed), public_key)
    return code == 0


def _opens_public(signed: bytes, public_key: bytes) -> bool:
    try:
        crypto_sign_open(signed, public_key)
    except BadSignatureError:
        return False
    return True


_opens = _opens_public if _RAW_OPEN is None else _opens_raw


def sign(signer: Signer, message: bytes) -> bytes:
    """A signature, checked before it is returned. Raises BadSigner."""
    signature = signer.sign(message)
    if not verifies(signer.public_key, message, signature):
        raise BadSigner("the signer returned a signature that its public key does not verify")
    return signature


def encode_header(key_id: bytes) -> bytes:
    """The protected header of every signature: {1: -8, 4: kid}."""
    if len(key_id) != KID_SIZE:
        raise Malformed("a kid has 4 bytes")
    return _PROTECTED + key_id


def decode_header(protected: bytes) -> bytes:
    """The kid in a protected header. Any other algorithm, `crit` or parameter raises Malformed."""
    if len(protected) != len(_PROTECTED) + KID_SIZE or not protected.startswith(_PROTECTED):
        raise Malformed("the protected header is not alg EdDSA and a kid")
    return protected[len(_PROTECTED) :]


# ---- COSE_Sign1 ----


class Sign1(NamedTuple):
    """A COSE_Sign1 (RFC 9052 §4.2), tagged, with an empty unprotected header and 64 bytes of signature."""

    protected: bytes
    payload: bytes
    signature: bytes

    def to_be_signed(self, external_aad: bytes) -> bytes:
        return to_be_signed1(self.protected, external_aad, self.payload)


def to_be_signed1(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """The Sig_structure of a COSE_Sign1 (RFC 9052 §4.4)."""
    header = b"\x84\x6aSignature1" + _bytes_head(len(protected)) + protected
    return header + _bytes_head(len(external_aad)) + external_aad + _bytes_head(len(payload)) + payload


def encode_sign1(message: Sign1) -> bytes:
    return (
        _SIGN1
        + _bytes_head(len(message.protected))
        + message.protected
        + bytes((_EMPTY_MAP,))
        + _bytes_head(len(message.payload))
        + message.payload
        + _bytes_head(SIGNATURE_SIZE)
        + _of_signature_size(message.signature)
    )


def decode_sign1(data: bytes) -> Sign1:
    """Raises Malformed unless the bytes are exactly one tagged COSE_Sign1 of the shape above."""
    if not data.startswith(_SIGN1):
        raise Malformed("not a tagged COSE_Sign1")
    protected, at = _read_bytes(data, len(_SIGN1))
    payload, at = _read_bytes(data, _after_empty_map(data, at))
    signature, at = _read_bytes(data, at)
    if at != len(data):
        raise Malformed("bytes are left over")
    return Sign1(protected, payload, _of_signature_size(signature))


def sign1_size(beginning: bytes) -> int:
    """The size of a COSE_Sign1 of the shape above, in bytes, read from the heads up to its payload.

    Raises Malformed if they are missing, or not those of a COSE_Sign1.
    """
    if not beginning.startswith(_SIGN1):
        raise Malformed("not a tagged COSE_Sign1")
    # Zeros stand for bytes that are still missing: no head can be read from them.
    data = beginning.ljust(len(beginning) + _MAX_SIZED, b"\0")
    _, at = _read_bytes(data, len(_SIGN1))
    _, at = _read_bytes(data, _after_empty_map(data, at))
    return at + len(_bytes_head(SIGNATURE_SIZE)) + SIGNATURE_SIZE


# ---- COSE_Sign ----


class Sign(NamedTuple):
    """A COSE_Sign (RFC 9052 §4.1), tagged, with empty body headers; signatures by kid, in ascending order."""

    payload: bytes
    signatures: tuple[tuple[bytes, bytes], ...]
    """Pairs of kid and signature."""


def to_be_signed(key_id: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """The Sig_structure of one signature of a COSE_Sign (RFC 9052 §4.4)."""
    return encode(["Signature", b"", encode_header(key_id), external_aad, payload])


def encode_sign(message: Sign) -> bytes:
    signatures = _in_order(message.signatures)
    return b"".join(
        [
            _SIGN + b"\x40" + bytes((_EMPTY_MAP,)),
            _bytes_head(len(message.payload)) + message.payload,
            bytes((0x80 | len(signatures),)),
            *(
                b"\x83"
                + _bytes_head(len(_PROTECTED) + KID_SIZE)
                + encode_header(key_id)
                + bytes((_EMPTY_MAP,))
                + _bytes_head(SIGNATURE_SIZE)
                + _of_signature_size(signature)
                for key_id, signature in signatures
            ),
        ]
    )


def decode_sign(data: bytes) -> Sign:
    """Raises Malformed unless the bytes are exactly one tagged COSE_Sign of the shape above."""
    if not data.startswith(_SIGN):
        raise Malformed("not a tagged COSE_Sign")
    body_header, at = _read_bytes(data, len(_SIGN))
    if body_header:
        raise Malformed("the body header is not empty")
    payload, at = _read_bytes(data, _after_empty_map(data, at))
    count = data[at] - 0x80 if at < len(data) else -1
    if not 0 < count <= MAX_SIGNATURES:
        raise Malformed("there is no list of 1 to 23 signatures")
    at += 1
    signatures = []
    for _ in range(count):
        if data[at : at + 1] != b"\x83":
            raise Malformed("a signature is not an array of three")
        protected, at = _read_bytes(data, at + 1)
        signature, at = _read_bytes(data, _after_empty_map(data, at))
        signatures.append((decode_header(protected), _of_signature_size(signature)))
    if at != len(data):
        raise Malformed("bytes are left over")
    return Sign(payload, _in_order(signatures))


def _after_empty_map(data: bytes, at: int) -> int:
    if at >= len(data) or data[at] != _EMPTY_MAP:
        raise Malformed("the unprotected header is not empty")
    return at + 1


def _of_signature_size(signature: bytes) -> bytes:
    if len(signature) != SIGNATURE_SIZE:
        raise Malformed("a signature has 64 bytes")
    return signature


def _in_order(signatures: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    signatures = tuple(signatures)
    kids = [key_id for key_id, _ in signatures]
    if not 0 < len(kids) <= MAX_SIGNATURES or any(a >= b for a, b in itertools.pairwise(kids)):
        raise Malformed("signatures are not 1 to 23, sorted by kid, one for each")
    return signatures
