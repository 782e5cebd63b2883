"""A kill note: a statement, signed by an issuing key, that it is distrusted (specs/trust.md, Kill notes)."""

from idcard import cose
from idcard.credential.scope import Scope
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import document
from idcard.trust.document import Role

KIND = "idcard.kill"
MAX_SIZE = 512


def encode(key: bytes) -> bytes:
    """The payload of the note of a key."""
    return cose.encode({1: key})


def decode(data: bytes, scope: Scope) -> bytes:
    """The public key that the note ends. Raises Malformed, and Refused: not signed by that key, or NEWER_PROGRAM."""
    if len(data) > MAX_SIZE:
        raise Malformed("larger than a kill note may be")
    message = cose.decode_sign(data)
    key = document.read_bytes(document.read_map(cose.decode(message.payload)), 1, cose.PUBLIC_KEY_SIZE)
    if [key_id for key_id, _ in message.signatures] != [cose.kid(key)]:
        raise Refused(Reason.TRUST_UNSIGNED)
    document.check(message, KIND, scope, Role(1, (key,)))
    return key
