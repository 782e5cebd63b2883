"""A public key as text, with its kind and environment (specs/trust.md, Public keys as text)."""

import base64
from dataclasses import dataclass
from enum import Enum

from idcard import cose
from idcard.credential.text import Environment
from idcard.errors import Malformed

_PREFIX = "idpub"
_ENVIRONMENTS = {str(environment): environment for environment in Environment}


class KeyKind(Enum):
    """The one purpose that a key has."""

    ROOT = "root"
    PUBLISHER = "publisher"
    ISSUING = "issuing"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The 32 bytes of an Ed25519 public key. kind, environment: what it was made for; nothing authenticates them."""

    kind: KeyKind
    environment: Environment
    key: bytes

    @property
    def kid(self) -> bytes:
        return cose.kid(self.key)


def encode(public_key: PublicKey) -> str:
    """Raises Malformed for a key that has not 32 bytes."""
    key = base64.urlsafe_b64encode(public_key.key).rstrip(b"=").decode("ascii")
    return f"{_PREFIX}.{public_key.kind.value}.{public_key.environment}.{public_key.kid.hex()}.{key}"


def decode(text: str) -> PublicKey:
    """Raises Malformed unless the text is exactly what `encode` writes; the kid in it is compared, not believed."""
    prefix, *parts = text.split(".")
    if prefix == _PREFIX and len(parts) == 3:
        raise Malformed(
            "the public key does not say whether it is for production or test: make a new key (idcard key make)"
        )
    if prefix != _PREFIX or len(parts) != 4:
        raise Malformed("not a public key: it begins with idpub. and has five parts")
    kind, environment, _, letters = parts
    try:
        public_key = PublicKey(KeyKind(kind), _ENVIRONMENTS[environment], base64.urlsafe_b64decode(letters + "="))
        again = encode(public_key)
    except (KeyError, ValueError, Malformed):
        raise Malformed("not a public key: its kind, its environment or its bytes are wrong") from None
    if again != text:
        raise Malformed("not a public key: kid and key do not belong together")
    return public_key
