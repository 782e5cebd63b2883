"""A public key as text, with its kind (specs/trust.md, Public keys as text)."""

import base64
from dataclasses import dataclass
from enum import Enum

from idcard import cose
from idcard.errors import Malformed

_PREFIX = "idpub"


class KeyKind(Enum):
    """The one purpose that a key has."""

    ROOT = "root"
    PUBLISHER = "publisher"
    ISSUING = "issuing"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A kind and the 32 bytes of an Ed25519 public key."""

    kind: KeyKind
    key: bytes

    @property
    def kid(self) -> bytes:
        return cose.kid(self.key)


def encode(public_key: PublicKey) -> str:
    key = base64.urlsafe_b64encode(public_key.key).rstrip(b"=").decode("ascii")
    return f"{_PREFIX}.{public_key.kind.value}.{public_key.kid.hex()}.{key}"


def decode(text: str) -> PublicKey:
    """Raises Malformed unless the text is exactly what `encode` writes; the kid in it is compared, not believed."""
    prefix, *parts = text.split(".")
    if prefix != _PREFIX or len(parts) != 3:
        raise Malformed("not a public key: it begins with idpub. and has four parts")
    try:
        public_key = PublicKey(KeyKind(parts[0]), base64.urlsafe_b64decode(parts[2] + "="))
        again = encode(public_key)
    except (ValueError, Malformed):
        raise Malformed("not a public key: its kind or its bytes are wrong") from None
    if again != text:
        raise Malformed("not a public key: kid and key do not belong together")
    return public_key
