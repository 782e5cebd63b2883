"""The credential itself: claims under the signature of an issuing key (specs/credential.md, COSE_Sign1)."""

import hashlib
from typing import NamedTuple

from idcard import cose
from idcard.credential import claims as claims_format
from idcard.credential.claims import Claims

COHORT_SIZE = 10
_COHORT_PERSON = b"idcard.cohort"


class Credential(NamedTuple):
    """A decoded credential. Nothing is proven until `is_signed_by` says so for a trusted key."""

    kid: bytes
    claims: Claims
    to_be_signed: bytes
    signature: bytes

    def is_signed_by(self, public_key: bytes) -> bool:
        return cose.verifies(public_key, self.to_be_signed, self.signature)

    def cohort(self) -> bytes:
        """The 10 bytes by which all holders of this very code are cancelled together."""
        return hashlib.blake2b(self.to_be_signed, person=_COHORT_PERSON).digest()[:COHORT_SIZE]


def encode(claims: Claims, signer: cose.Signer) -> bytes:
    """The credential as the signer signs it. Only mint verifies it. Raises BadSigner, Malformed."""
    protected = cose.encode_header(cose.kid(signer.public_key))
    payload = claims_format.encode(claims)
    signature = signer.sign(cose.to_be_signed1(protected, payload))
    if len(signature) != cose.SIGNATURE_SIZE:
        raise cose.BadSigner("the signer returned something that is not a signature")
    return cose.encode_sign1(cose.Sign1(protected, payload, signature))


def decode(data: bytes) -> Credential:
    """Raises Malformed. The signature is not looked at."""
    message = cose.decode_sign1(data)
    return Credential(
        cose.decode_header(message.protected),
        claims_format.decode(message.payload),
        message.to_be_signed(),
        message.signature,
    )
