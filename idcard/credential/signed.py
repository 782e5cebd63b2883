"""The credential: claims signed by an issuing key (specs/credential.md, COSE_Sign1)."""

import hashlib
from dataclasses import replace
from typing import NamedTuple

from idcard import cose
from idcard.credential import claims
from idcard.credential.claims import HANDLE_SIZE, Claims
from idcard.credential.scope import Scope
from idcard.errors import Malformed

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


class Template(NamedTuple):
    """What credentials of one key with the same claims have in common: everything but handle and signature.

    start, end: the payload before the handle and after it; all of a payload without a handle is start.
    """

    protected: bytes
    external_aad: bytes
    start: bytes
    end: bytes

    @classmethod
    def of(cls, content: Claims, public_key: bytes, scope: Scope) -> "Template":
        start, end = claims.encode(content), b""
        if content.handle is not None:
            # So many bits that are set stand nowhere else in a payload.
            mark = b"\xff" * HANDLE_SIZE
            start, _, end = claims.encode(replace(content, handle=mark)).partition(mark)
        return cls(cose.encode_header(cose.kid(public_key)), scope.external_aad(KIND), start, end)

    def payload(self, handle: bytes | None) -> bytes:
        """handle: 10 bytes, or None for claims without one. Raises Malformed for another: no venue could decode it."""
        if handle is None if self.end else handle is not None:
            raise Malformed("claims with a handle for a code without one, or none for a code with one")
        if handle is not None and len(handle) != HANDLE_SIZE:
            raise Malformed("a handle is not 10 bytes")
        return self.start + (handle or b"") + self.end

    def claims(self, handle: bytes | None) -> Claims:
        """As a venue reads them. Raises Malformed."""
        return claims.decode(self.payload(handle))

    def sign(self, signer: cose.Signer, handle: bytes | None) -> bytes:
        """The credential with this handle, if it has one. Its signature is not verified here.

        Raises BadSigner, Malformed.
        """
        payload = self.payload(handle)
        signature = signer.sign(cose.to_be_signed1(self.protected, self.external_aad, payload))
        if len(signature) != cose.SIGNATURE_SIZE:
            raise cose.BadSigner("the signer returned something that is not a signature")
        return cose.encode_sign1(cose.Sign1(self.protected, payload, signature))


def encode(content: Claims, signer: cose.Signer, scope: Scope) -> bytes:
    """The signed credential. The signature is not verified here, but in minting. Raises BadSigner, Malformed."""
    return Template.of(content, signer.public_key, scope).sign(signer, content.handle)


def decode(data: bytes) -> Credential:
    """The credential in its bytes. The signature is not checked. Raises Malformed."""
    message = cose.decode_sign1(data)
    return Credential(cose.decode_header(message.protected), claims.decode(message.payload), message)
