"""The credential: claims signed by an issuing key (specs/credential.md, COSE_Sign1)."""

import hashlib
from typing import NamedTuple

from idcard import cose
from idcard.credential import claims
from idcard.credential.claims import Claims
from idcard.credential.scope import Scope

KIND = "idcard.code"
COHORT_SIZE = 10
_COHORT_PERSON = b"idcard.cohort"


class Credential(NamedTuple):
    """A decoded credential. Nothing is proven until a trusted key verifies `to_be_signed`.

    claims: what the payload says. message: its protected header, payload and signature.
    """

    kid: bytes
    claims: Claims
    message: cose.Sign1

    def to_be_signed(self, scope: Scope) -> bytes:
        """The bytes that the issuing key of a city must have signed."""
        return self.message.to_be_signed(scope.external_aad(KIND))

    def is_signed_by(self, public_key: bytes, scope: Scope) -> bool:
        return cose.verifies(public_key, self.to_be_signed(scope), self.message.signature)


def cohort(to_be_signed: bytes) -> bytes:
    """The 10 bytes that cancel a cohort code for all its holders, from its signed bytes."""
    return hashlib.blake2b(to_be_signed, person=_COHORT_PERSON).digest()[:COHORT_SIZE]


def encode(content: Claims, signer: cose.Signer, scope: Scope) -> bytes:
    """The signed credential. The signature is not verified here, but in minting. Raises BadSigner, Malformed."""
    protected = cose.encode_header(cose.kid(signer.public_key))
    payload = claims.encode(content)
    signature = signer.sign(cose.to_be_signed1(protected, scope.external_aad(KIND), payload))
    if len(signature) != cose.SIGNATURE_SIZE:
        raise cose.BadSigner("the signer returned something that is not a signature")
    return cose.encode_sign1(cose.Sign1(protected, payload, signature))


def decode(data: bytes) -> Credential:
    """The credential in its bytes. The signature is not checked. Raises Malformed."""
    message = cose.decode_sign1(data)
    return Credential(cose.decode_header(message.protected), claims.decode(message.payload), message)
