"""The credential itself: claims under the signature of an issuing key (specs/credential.md, COSE_Sign1)."""

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
        """What the issuing key of a city signs, if the code is the city's."""
        return self.message.to_be_signed(scope.external_aad(KIND))

    def is_signed_by(self, public_key: bytes, scope: Scope) -> bool:
        return cose.verifies(public_key, self.to_be_signed(scope), self.message.signature)


def cohort(to_be_signed: bytes) -> bytes:
    """The 10 bytes by which all holders of one code are cancelled together, from what is signed in it."""
    return hashlib.blake2b(to_be_signed, person=_COHORT_PERSON).digest()[:COHORT_SIZE]


def encode(content: Claims, signer: cose.Signer, scope: Scope) -> bytes:
    """The credential as the signer signs it. Only mint verifies it. Raises BadSigner, Malformed."""
    protected = cose.encode_header(cose.kid(signer.public_key))
    payload = claims.encode(content)
    signature = signer.sign(cose.to_be_signed1(protected, scope.external_aad(KIND), payload))
    if len(signature) != cose.SIGNATURE_SIZE:
        raise cose.BadSigner("the signer returned something that is not a signature")
    return cose.encode_sign1(cose.Sign1(protected, payload, signature))


def decode(data: bytes) -> Credential:
    """Raises Malformed. The signature is not looked at."""
    message = cose.decode_sign1(data)
    return Credential(cose.decode_header(message.protected), claims.decode(message.payload), message)
