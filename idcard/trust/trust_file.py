"""Reads and verifies a trust file: roots, list, cancellations and kill notes (specs/trust.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idcard import cose
from idcard.cose import Sign
from idcard.credential.calendar import DAY
from idcard.credential.scope import Scope
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import cancellations, document, kill_note, root, trust_list
from idcard.trust.cancellations import Cancellations
from idcard.trust.root import Root
from idcard.trust.trust_list import TrustList

MAX_SIZE = 2 << 20
MAX_ROOTS = 255
FINGERPRINT_SIZE = 16


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust file whose signatures, chain and digests are valid. It may have expired.

    roots: first to current. root_digests: of each of them, 32 bytes. list_digest: 32 bytes. kill_notes: by the public
    key that each ends.
    """

    roots: tuple[Root, ...]
    root_digests: tuple[bytes, ...]
    trust_list: TrustList
    list_digest: bytes
    cancellations: Cancellations
    kill_notes: Mapping[bytes, bytes]

    @property
    def root(self) -> Root:
        """The current root."""
        return self.roots[-1]

    @property
    def fingerprint(self) -> bytes:
        """16 bytes that name the current root."""
        return self.root_digests[-1][:FINGERPRINT_SIZE]

    def age_days(self, now: int) -> int:
        """Whole days since the trust list was made, at `now` in seconds since 1970."""
        return max(0, now - self.trust_list.issued) // DAY

    def is_stale(self, now: int) -> bool:
        """Whether a newer trust file was due."""
        return now >= self.trust_list.next_update


def encode(roots: Sequence[bytes], signed_list: bytes, cancellations: bytes, kill_notes: Iterable[bytes] = ()) -> bytes:
    """The file from signed documents: roots from the first on, kill notes in any order."""
    parts: dict[int, Any] = {1: list(roots), 2: signed_list, 3: cancellations}
    notes = sorted(set(kill_notes))
    return cose.encode(parts | {4: notes} if notes else parts)


def decode(data: bytes) -> Trust:
    """Verify a file, whose first root is trusted: the caller must know where it comes from.

    Data of more than MAX_SIZE bytes is refused, so a caller need not read more than MAX_SIZE + 1.

    Raises Refused with the reasons of specs/trust.md, each of them *cannot say*.
    """
    try:
        return _decode(data)
    except Malformed:
        raise Refused(Reason.TRUST_MALFORMED) from None


def _decode(data: bytes) -> Trust:
    if len(data) > MAX_SIZE:
        raise Refused(Reason.TRUST_TOO_LARGE)
    parts = document.read_map(cose.decode(data))
    signed_roots = document.read_list(parts, 1)
    if not 1 <= len(signed_roots) <= MAX_ROOTS or any(type(part) is not bytes for part in signed_roots):
        raise Malformed(f"there are not 1 to {MAX_ROOTS} roots")
    messages = [cose.decode_sign(part) for part in signed_roots]
    roots = [root.decode(message.payload) for message in messages]
    digests = [document.digest(message.payload, root.KIND) for message in messages]
    _check_chain(messages, roots, digests)
    last = roots[-1]

    message = cose.decode_sign(document.read_bytes(parts, 2))
    document.check(message, trust_list.KIND, last.scope, last.publishers)
    current = trust_list.decode(message.payload)
    if current.root != digests[-1]:
        raise Refused(Reason.TRUST_CHAIN)
    if current.exp - current.issued > last.list_days * DAY or current.exp > last.exp:
        raise Refused(Reason.TRUST_LIFETIME)
    check_roles(roots, current)

    values = parts.get(3)
    if type(values) is not bytes or cancellations.digest(values) != current.cancellations:
        raise Refused(Reason.TRUST_CANCELLATIONS)
    return Trust(
        tuple(roots),
        tuple(digests),
        current,
        document.digest(message.payload, trust_list.KIND),
        cancellations.decode(values),
        _read_kill_notes(parts, last.scope, current),
    )


def _read_kill_notes(parts: Mapping[int, Any], scope: Scope, current: TrustList) -> dict[bytes, bytes]:
    if 4 not in parts:
        return {}
    notes = document.read_list(parts, 4)
    if not notes or {type(note) for note in notes} != {bytes} or not document.is_ascending(tuple(notes)):
        raise Malformed("kill notes are not sorted, or one stands twice")
    if len(notes) > len(current.keys):
        raise Malformed("there are more kill notes than keys")
    by_key = {kill_note.decode(note, scope): note for note in notes}
    if len(by_key) != len(notes):
        raise Malformed("two kill notes of one key")
    if not by_key.keys() <= {issuing.key for issuing in current.keys}:
        raise Malformed("a kill note of a key that is not in the list")
    return by_key


def signed_roots(data: bytes) -> tuple[bytes, ...]:
    """The signed roots of a trust file that `decode` accepts."""
    return tuple(cose.decode(data)[1])


def _check_chain(messages: Sequence[Sign], roots: Sequence[Root], digests: Sequence[bytes]) -> None:
    """Check the chain: each root is signed by itself and the one before, names that one, and is the next version."""
    for index, (message, current) in enumerate(zip(messages, roots, strict=True)):
        if index:
            before = roots[index - 1]
            if (current.version, current.scope) != (before.version + 1, before.scope):
                raise Refused(Reason.TRUST_CHAIN)
            if current.previous != digests[index - 1]:
                raise Refused(Reason.TRUST_CHAIN)
            document.check(message, root.KIND, before.scope, before.roots)
        document.check(message, root.KIND, current.scope, current.roots)


def check_roles(roots: Iterable[Root], current: TrustList) -> None:
    """Raises Refused(TRUST_ROLES) for a key with two roles, or two keys with one kid."""
    root_keys = {key for each in roots for key in each.roots.keys}
    publisher_keys = {key for each in roots for key in each.publishers.keys}
    issuing_keys = {issuing.key for issuing in current.keys}
    keys = root_keys | publisher_keys | issuing_keys
    if len(keys) != len(root_keys) + len(publisher_keys) + len(issuing_keys):
        raise Refused(Reason.TRUST_ROLES)
    if len({cose.kid(key) for key in keys}) != len(keys):
        raise Refused(Reason.TRUST_ROLES)
