"""The trust file: roots, trust list and cancellations, and the rule by which they are believed (specs/trust.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idcard import cose
from idcard.cose import Sign
from idcard.credential.calendar import DAY
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import cancellations as cancellations_format
from idcard.trust import document, root, trust_list
from idcard.trust.cancellations import Cancellations
from idcard.trust.root import Root
from idcard.trust.trust_list import TrustList

MAX_SIZE = 2 << 20
MAX_ROOTS = 255


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust file whose signatures, chain and digests hold. Whether it is in date depends on the time of asking.

    fingerprint: 16 bytes that name the last root.
    """

    root: Root
    trust_list: TrustList
    cancellations: Cancellations
    fingerprint: bytes

    def age_days(self, now: int) -> int:
        """Whole days since the trust list was made, at `now` in seconds since 1970."""
        return max(0, now - self.trust_list.issued) // DAY

    def is_stale(self, now: int) -> bool:
        """Whether a newer trust file was due."""
        return now >= self.trust_list.next_update


def encode(roots: Sequence[bytes], signed_list: bytes, cancellations: bytes) -> bytes:
    """The file, from documents as they were signed, first root first."""
    return cose.encode({1: list(roots), 2: signed_list, 3: cancellations})


def decode(data: bytes) -> Trust:
    """The first root of the file is taken as the anchor: where the file comes from must be known.

    Raises Refused with the reasons of specs/trust.md, each of them *cannot say*.
    """
    try:
        return _decode(data)
    except Malformed:
        raise Refused(Reason.TRUST_MALFORMED) from None


def _decode(data: bytes) -> Trust:
    if len(data) > MAX_SIZE:
        raise Malformed("larger than a trust file may be")
    parts = document.read_map(cose.decode(data))
    signed_roots = document.read_list(parts, 1)
    if not 1 <= len(signed_roots) <= MAX_ROOTS or any(type(part) is not bytes for part in signed_roots):
        raise Malformed(f"there are not 1 to {MAX_ROOTS} roots")
    messages = [cose.decode_sign(part) for part in signed_roots]
    roots = [root.decode(message.payload) for message in messages]
    _check_chain(messages, roots)
    last = roots[-1]

    message = cose.decode_sign(document.read_bytes(parts, 2))
    document.check(message, trust_list.KIND, last.scope, last.publishers)
    current = trust_list.decode(message.payload)
    if current.exp - current.issued > last.list_days * DAY:
        raise Refused(Reason.TRUST_LIFETIME)
    _check_roles(roots, current)

    values = parts.get(3)
    if type(values) is not bytes or cancellations_format.digest(values) != current.cancellations:
        raise Refused(Reason.TRUST_CANCELLATIONS)
    return Trust(
        last,
        current,
        cancellations_format.decode(values),
        document.digest(messages[-1].payload, root.KIND)[:16],
    )


def _check_chain(messages: Sequence[Sign], roots: Sequence[Root]) -> None:
    """Each root satisfies itself and the one before it, and is its next version."""
    for index, (message, current) in enumerate(zip(messages, roots, strict=True)):
        if index:
            before = roots[index - 1]
            if current.version != before.version + 1 or current.scope != before.scope:
                raise Refused(Reason.TRUST_CHAIN)
            document.check(message, root.KIND, before.scope, before.roots)
        document.check(message, root.KIND, current.scope, current.roots)


def _check_roles(roots: Iterable[Root], current: TrustList) -> None:
    root_keys = {key for each in roots for key in each.roots.keys}
    publisher_keys = {key for each in roots for key in each.publishers.keys}
    issuing_keys = {issuing.key for issuing in current.keys}
    keys = root_keys | publisher_keys | issuing_keys
    if len(keys) != len(root_keys) + len(publisher_keys) + len(issuing_keys):
        raise Refused(Reason.TRUST_ROLES)
    if len({cose.kid(key) for key in keys}) != len(keys):
        raise Refused(Reason.TRUST_ROLES)
