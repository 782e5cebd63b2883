"""Signs what the city publishes, and checks it as a venue does (specs/trust.md)."""

from collections.abc import Iterable, Sequence

from idcard import cose
from idcard.ceremony import limits
from idcard.cose import Sign, Signer
from idcard.credential.scope import Scope
from idcard.errors import IdcardError, Refused
from idcard.trust import kill_note, root, trust_file, trust_list
from idcard.trust.root import Root
from idcard.trust.trust_list import TrustList


class CannotPublish(IdcardError):
    """The trust file that was made would be refused."""


def sign(payload: bytes, kind: str, scope: Scope, signers: Iterable[Signer]) -> bytes:
    """A document with the checked signatures of all signers. Raises BadSigner, Malformed."""
    signatures = {}
    for signer in signers:
        key_id = cose.kid(signer.public_key)
        signatures[key_id] = cose.sign(signer, cose.to_be_signed(key_id, scope.external_aad(kind), payload))
    return cose.encode_sign(Sign(payload, tuple(sorted(signatures.items()))))


def sign_root(value: Root, signers: Iterable[Signer]) -> bytes:
    return sign(root.encode(value), root.KIND, value.scope, signers)


def sign_list(value: TrustList, scope: Scope, signers: Iterable[Signer]) -> bytes:
    return sign(trust_list.encode(value), trust_list.KIND, scope, signers)


def sign_kill_note(scope: Scope, signer: Signer) -> bytes:
    """The kill note of an issuing key, made together with the key and then locked up."""
    return sign(kill_note.encode(signer.public_key), kill_note.KIND, scope, [signer])


def assemble(
    signed_roots: Sequence[bytes], signed_list: bytes, cancellations: bytes, kill_notes: Iterable[bytes] = ()
) -> bytes:
    """The trust file, read back as a venue reads it. Raises CannotPublish."""
    data = trust_file.encode(signed_roots, signed_list, cancellations, kill_notes)
    check_size(len(data), len(signed_roots))
    try:
        trust_file.decode(data)
    except Refused as refused:
        raise CannotPublish(f"venues would refuse this trust file: {refused.reason.value}") from None
    return data


def check_size(size: int, roots: int, *, has_new: bool = False) -> None:
    """Raises CannotPublish for a trust file of so many bytes and roots. has_new: as `limits.excess` has it."""
    if too_much := limits.excess(size, roots, has_new=has_new):
        raise CannotPublish(too_much)


def with_kill_note(data: bytes, note: bytes) -> bytes:
    """The trust file with this kill note. Raises CannotPublish."""
    parts = cose.decode(data)
    content = parts[1], parts[2], parts[3], [*parts.get(4, []), note]
    if too_much := limits.excess(len(trust_file.encode(*content)), len(parts[1])):
        raise CannotPublish(f"{too_much}; give venues the note alone: idcard trust poster --kill")
    return assemble(*content)
