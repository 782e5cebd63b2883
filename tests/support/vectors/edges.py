"""Signatures at the edges of Ed25519, which no honest signer makes (specs/credential.md, Signatures)."""

import hashlib
import itertools
from dataclasses import dataclass

from nacl import bindings

_ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
_IDENTITY = b"\1" + bytes(31)
_IDENTITY_NOT_CANONICAL = (2**255 - 19 + 1).to_bytes(32, "little")
_IDENTITY_WITH_SIGN = _IDENTITY[:-1] + b"\x80"
_ZERO = bytes(32)


def _scalar(data: bytes) -> bytes:
    """SHA-512 of it, below the order of the base point."""
    return bindings.crypto_core_ed25519_scalar_reduce(hashlib.sha512(data).digest())


def _point(scalar: bytes) -> bytes:
    return bindings.crypto_scalarmult_ed25519_base_noclamp(scalar)


@dataclass(frozen=True)
class EdgeSigner:
    """A secret scalar whose key or R is another encoding or point than it should be.

    key, nonce_point: in place of that of the scalar, or of the nonce. factor: of the small part of the key in the
    equation: 0 where it vanishes by luck, so that the equation holds without the cofactor too.
    """

    secret: bytes
    public_key: bytes
    nonce_point: bytes | None = None
    small_part_of_nonce: bool = False
    factor: int | None = None

    def sign(self, message: bytes) -> bytes:
        """The first signature for which all is as wanted; the same every time."""
        for number in itertools.count():
            nonce = _ZERO if self.nonce_point else _scalar(b"idcard nonce %d" % number + message)
            point = self.nonce_point or _point(nonce)
            if self.small_part_of_nonce:
                point = bindings.crypto_core_ed25519_add(point, _ORDER_8)
            challenge = _scalar(point + self.public_key + message)
            if self.factor is not None and (challenge[0] % 8 == 0) != (self.factor == 0):
                continue
            product = bindings.crypto_core_ed25519_scalar_mul(challenge, self.secret)
            return point + bindings.crypto_core_ed25519_scalar_add(nonce, product)
        raise AssertionError


def _secret(name: str) -> bytes:
    return _scalar(b"idcard test scalar " + name.encode())


_SECRET = _secret("edges")
_KEY = _point(_SECRET)
_MIXED = bindings.crypto_core_ed25519_add(_KEY, _ORDER_8)

SMALL_R = EdgeSigner(_SECRET, _KEY, nonce_point=_IDENTITY)
SMALL_R_NOT_CANONICAL = EdgeSigner(_SECRET, _KEY, nonce_point=_IDENTITY_NOT_CANONICAL)
SMALL_R_WITH_SIGN = EdgeSigner(_SECRET, _KEY, nonce_point=_IDENTITY_WITH_SIGN)
MIXED_R = EdgeSigner(_SECRET, _KEY, small_part_of_nonce=True)
SMALL_KEY = EdgeSigner(_ZERO, _IDENTITY)
SMALL_KEY_NOT_CANONICAL = EdgeSigner(_ZERO, _IDENTITY_NOT_CANONICAL)
MIXED_KEY = EdgeSigner(_SECRET, _MIXED, factor=1)
MIXED_KEY_BY_LUCK = EdgeSigner(_SECRET, _MIXED, factor=0)
