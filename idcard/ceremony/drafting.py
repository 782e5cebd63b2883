"""Drafts of the next trust file, which officers sign on their own computers (specs/keys.md, Ceremony).

Pure: from a draft and the trust file in force, it makes a list of missing signatures, another draft or the next file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from idcard import cose
from idcard.ceremony import publish, rotation
from idcard.ceremony.rotation import NotYet
from idcard.city.plan import PlanError, Timing
from idcard.cose import Sign, Signer
from idcard.credential.calendar import DAY, as_day, as_time
from idcard.errors import IdcardError, Malformed, Refused
from idcard.trust import cancellations, document, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import TrustList

MAX_SIZE = trust_file.MAX_SIZE
Signatures = Mapping[bytes, bytes]


class DraftError(IdcardError):
    """A draft that is damaged, was made from another trust file, or must not be published."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Payloads to sign, and the signatures so far by kid. base: digest of the trust list in force."""

    base: bytes
    root: bytes | None = None
    trust_list: bytes
    cancellations: bytes
    root_signatures: Signatures = field(default_factory=dict)
    list_signatures: Signatures = field(default_factory=dict)
    rehearsed: bool = False
    """Made at a time that is played: nobody publishes it anywhere else."""

    @property
    def trust_list_digest(self) -> bytes:
        """What the next draft will have as its base."""
        return document.digest(self.trust_list, trust_list.KIND)


@dataclass(frozen=True, kw_only=True)
class Need:
    """A threshold to reach. what: a description. signed: the keys of the role that have signed."""

    what: str
    role: Role
    signed: frozenset[bytes]

    @property
    def is_met(self) -> bool:
        return len(self.signed) >= self.role.threshold

    def __str__(self) -> str:
        said = f"{self.what}: {len(self.signed)} of {self.role.threshold} signatures"
        if self.is_met:
            return said
        waiting = ", ".join(cose.kid(key).hex() for key in self.role.keys if key not in self.signed)
        return f"{said}, waiting for: {waiting}"


@dataclass(frozen=True, kw_only=True)
class Joining(Need):
    """The signature that a new key of a role must give, which proves that its owner can use it."""

    def __str__(self) -> str:
        return f"{self.what} joins and has {'signed' if self.is_met else 'not signed'}"


@dataclass(frozen=True, kw_only=True)
class Review:
    """A draft compared with the trust file in force: the next root and list, and the signatures that they need.

    A new key that also belongs to a threshold signs once for both.
    """

    root: Root
    trust_list: TrustList
    needs: tuple[Need, ...]

    @property
    def is_complete(self) -> bool:
        return all(need.is_met for need in self.needs)


def make(in_force: Trust, new_list: TrustList, cancelled: bytes, timing: Timing, new_root: Root | None = None) -> Draft:
    """A draft without signatures. cancelled: the cancellations as the file has them. Raises as `review` does."""
    draft = Draft(
        base=in_force.list_digest,
        root=None if new_root is None else root.encode(new_root),
        trust_list=trust_list.encode(new_list),
        cancellations=cancelled,
    )
    review(draft, in_force)
    if document.digest(trust_list.encode(in_force.trust_list), trust_list.KIND) != in_force.list_digest:
        raise DraftError("the trust list in force has fields that this program does not know; use a newer one")
    _check_allowed(in_force, new_list, timing)
    return draft


def encode(draft: Draft) -> bytes:
    fields: dict[int, Any] = {1: draft.base, 3: draft.trust_list, 4: draft.cancellations}
    if draft.root is not None:
        fields[2] = draft.root
    for number, signatures in ((5, draft.root_signatures), (6, draft.list_signatures)):
        fields[number] = [[key_id, signatures[key_id]] for key_id in sorted(signatures)]
    if draft.rehearsed:
        fields[7] = True
    return cose.encode(fields)


def decode(data: bytes) -> Draft:
    """The draft from its bytes. Raises DraftError. Signatures are checked by `review`."""
    try:
        if len(data) > MAX_SIZE:
            raise Malformed("larger than a draft may be")
        fields = cose.decode(data)
        if type(fields) is not dict or not {1, 3, 4, 5, 6} <= fields.keys() <= {1, 2, 3, 4, 5, 6, 7}:
            raise Malformed("not the fields of a draft")
        return Draft(
            base=document.read_bytes(fields, 1, document.DIGEST_SIZE),
            root=document.read_bytes(fields, 2) if 2 in fields else None,
            trust_list=document.read_bytes(fields, 3),
            cancellations=document.read_bytes(fields, 4),
            root_signatures=_read_signatures(fields, 5),
            list_signatures=_read_signatures(fields, 6),
            rehearsed=document.read_true(fields, 7),
        )
    except Malformed:
        raise DraftError("this is not a draft, or it is damaged") from None


def review(draft: Draft, in_force: Trust) -> Review:
    """What the draft would publish and who has signed it. Raises DraftError if venues would refuse it."""
    if draft.base != in_force.list_digest:
        raise DraftError(
            "the draft was made from another trust file than the one in force "
            f"(list {in_force.trust_list.version}); make a new draft"
        )
    new_root, new_list = _read_documents(draft, in_force)
    if new_list.root != (in_force.root_digests[-1] if draft.root is None else root.digest(new_root)):
        raise DraftError("the trust list is not made for this root")
    if new_list.version != in_force.trust_list.version + 1:
        raise DraftError(f"the next trust list is version {in_force.trust_list.version + 1}")
    if cancellations.digest(draft.cancellations) != new_list.cancellations:
        raise DraftError("the cancellations are not those of the list")
    if new_list.exp - new_list.issued > new_root.list_days * DAY or new_list.exp > new_root.exp:
        raise DraftError("the trust list would live longer than its root allows")
    trusted = {key.key for key in new_list.keys if not key.compromised}
    for key in sorted(trusted & in_force.kill_notes.keys()):
        raise DraftError(
            f"a kill note ended the key {cose.kid(key).hex()}, and this list does not say so: "
            "idcard trust draft makes one that does"
        )

    try:
        trust_file.check_roles((*in_force.roots, new_root), new_list)
    except Refused:
        raise DraftError("a key would have two roles, or two keys one kid") from None

    if len({*in_force.root.roots.keys, *new_root.roots.keys}) > cose.MAX_SIGNATURES:
        raise DraftError(
            f"the root keys in force and the next ones are more than {cose.MAX_SIGNATURES}, and no root has more "
            "signatures: change them in two steps"
        )
    return Review(root=new_root, trust_list=new_list, needs=tuple(_needs(draft, in_force.root, new_root, new_list)))


def _read_documents(draft: Draft, in_force: Trust) -> tuple[Root, TrustList]:
    """The root and list of the draft; they must encode to the same bytes. Raises DraftError."""
    try:
        new_root = in_force.root if draft.root is None else root.decode(draft.root)
        new_list = trust_list.decode(draft.trust_list)
        cancellations.decode(draft.cancellations)
        if trust_list.encode(new_list) != draft.trust_list or draft.root not in (None, root.encode(new_root)):
            raise Malformed("fields that no officer would see")
    except (Malformed, Refused):
        raise DraftError(
            "the draft has fields that this program or a trust file does not know; make a new draft"
        ) from None
    if draft.root is not None and (
        (new_root.version, new_root.scope, new_root.previous)
        != (in_force.root.version + 1, in_force.root.scope, in_force.root_digests[-1])
    ):
        raise DraftError(
            f"the next root is version {in_force.root.version + 1} of the same city, and names the one before"
        )
    return new_root, new_list


def _needs(draft: Draft, old_root: Root, new_root: Root, new_list: TrustList) -> Iterator[Need]:
    """The thresholds of root and list, each followed by its new keys."""
    if draft.root is not None:
        of_root = partial(_signed, draft.root, root.KIND, draft.root_signatures, new_root)
        what = f"root {new_root.version}, by"
        yield Need(what=f"{what} the root keys in force", role=old_root.roots, signed=of_root(old_root.roots))
        if new_root.roots != old_root.roots:
            yield Need(what=f"{what} its own root keys", role=new_root.roots, signed=of_root(new_root.roots))
        for key, role in _joining(old_root.roots, new_root.roots):
            yield Joining(what=f"root key {key}", role=role, signed=of_root(role))
    of_list = partial(_signed, draft.trust_list, trust_list.KIND, draft.list_signatures, new_root)
    publishers = new_root.publishers
    yield Need(what=f"trust list {new_list.version}", role=publishers, signed=of_list(publishers))
    for key, role in _joining(old_root.publishers, publishers):
        yield Joining(what=f"publisher key {key}", role=role, signed=of_list(role))


def _joining(old: Role, new: Role) -> Iterator[tuple[str, Role]]:
    """The name of each key that the old role does not have, and that key alone as a role."""
    for key in new.keys:
        if key not in old.keys:
            yield cose.kid(key).hex(), Role(1, (key,))


def check_clock(draft: Draft, in_force: Trust, now: int, skew: int = Timing().skew) -> None:
    """Check the date of a draft by the clock of the signer; both clocks may be off by `skew` days.

    Raises DraftError for a list from the future, which would leave out what has not expired yet, and for one made
    before the list in force, unless that one is from the future itself.
    """
    new_list = trust_list.decode(draft.trust_list)
    if new_list.issued > now + 2 * skew * DAY:
        raise DraftError(
            f"the draft says that it was made on {as_day(new_list.issued)}, and it is {as_day(now)}: "
            "one of two clocks is wrong"
        )
    before = in_force.trust_list
    if new_list.root == before.root and new_list.issued <= before.issued <= now:
        raise DraftError(
            f"the draft says that it was made at {as_time(new_list.issued)}, and the trust list in force was made at "
            f"{as_time(before.issued)}: one of two clocks is wrong; correct it and make a new draft"
        )


def size(draft: Draft, in_force_file: bytes) -> tuple[int, int]:
    """Number of bytes and roots of the trust file that the draft becomes, once enough have signed.

    Raises as `review` does.
    """
    in_force = trust_file.decode(in_force_file)
    reviewed = review(draft, in_force)
    publishers = set(reviewed.root.publishers.keys)
    of_list = [need for need in reviewed.needs if publishers.issuperset(need.role.keys)]
    draft = replace(
        draft,
        root_signatures=_with_room(draft.root_signatures, [need for need in reviewed.needs if need not in of_list]),
        list_signatures=_with_room(draft.list_signatures, of_list),
    )
    roots, signed_list, values, notes = _parts(draft, in_force_file, in_force)
    return len(trust_file.encode(roots, signed_list, values, notes)), len(roots)


def sign(draft: Draft, in_force: Trust, signer: Signer) -> Draft:
    """The draft with all signatures that this key can add. Raises DraftError if there are none; BadSigner."""
    reviewed = review(draft, in_force)
    if signer.public_key not in {key for need in reviewed.needs for key in need.role.keys}:
        raise DraftError(f"the key {cose.kid(signer.public_key).hex()} signs nothing in this draft")
    root_keys = {*in_force.root.roots.keys, *reviewed.root.roots.keys}
    if draft.root is not None and signer.public_key in root_keys:
        signatures = _signature(draft.root, root.KIND, reviewed.root, signer)
        draft = replace(draft, root_signatures={**draft.root_signatures, **signatures})
    if signer.public_key in reviewed.root.publishers.keys:
        signatures = _signature(draft.trust_list, trust_list.KIND, reviewed.root, signer)
        draft = replace(draft, list_signatures={**draft.list_signatures, **signatures})
    return draft


def merge(drafts: Iterable[Draft], in_force: Trust) -> Draft:
    """One draft with the good signatures of all. Raises DraftError for drafts of different content."""
    first, *others = drafts
    unsigned = replace(first, root_signatures={}, list_signatures={})
    if any(replace(other, root_signatures={}, list_signatures={}) != unsigned for other in others):
        raise DraftError("these are two different drafts; sign copies of one")
    reviewed = review(unsigned, in_force)
    root_keys = {cose.kid(key): key for key in (*in_force.root.roots.keys, *reviewed.root.roots.keys)}
    publishers = {cose.kid(key): key for key in reviewed.root.publishers.keys}

    def good(payload: bytes, kind: str, keys: Mapping[bytes, bytes], copies: Iterable[Signatures]) -> Signatures:
        return {
            key_id: signature
            for signatures in copies
            for key_id, signature in signatures.items()
            if key_id in keys
            and cose.verifies(keys[key_id], _to_be_signed(keys[key_id], kind, reviewed.root, payload), signature)
        }

    every = (first, *others)
    return replace(
        unsigned,
        root_signatures=good(first.root or b"", root.KIND, root_keys, (each.root_signatures for each in every)),
        list_signatures=good(first.trust_list, trust_list.KIND, publishers, (each.list_signatures for each in every)),
    )


def finish(draft: Draft, in_force_file: bytes, timing: Timing, now: int) -> bytes:
    """The next trust file. Raises DraftError if a signature of a threshold or of a new key is missing or the list has
    expired; NotYet before its time of issue; NotYet and PlanError if it removes what venues need; and CannotPublish.

    now: by the clock of the publisher, which is off by at most σ. So what is published is at most σ ahead of true
    time, within the 2σ of specs/verify.md for a venue whose clock is right.
    """
    in_force = trust_file.decode(in_force_file)
    draft = merge([draft], in_force)
    reviewed = review(draft, in_force)
    if not reviewed.is_complete:
        raise DraftError("; ".join(str(need) for need in reviewed.needs if not need.is_met))
    if now < reviewed.trust_list.issued:
        raise NotYet(
            f"the trust list is dated {as_time(reviewed.trust_list.issued)}, and here it is {as_time(now)}; "
            "keep the draft",
            reviewed.trust_list.issued,
        )
    if reviewed.trust_list.exp <= now:
        raise DraftError("the list of the draft has expired meanwhile; make a new draft")
    _check_allowed(in_force, reviewed.trust_list, timing)
    return publish.assemble(*_parts(draft, in_force_file, in_force))


def _parts(
    draft: Draft, in_force_file: bytes, in_force: Trust
) -> tuple[tuple[bytes, ...], bytes, bytes, tuple[bytes, ...]]:
    """Of the trust file that the draft becomes, with the signatures that it has."""
    signed_roots = trust_file.signed_roots(in_force_file)
    if draft.root is not None:
        signed_roots = (*signed_roots, _document(draft.root, draft.root_signatures))
    listed = {key.key for key in trust_list.decode(draft.trust_list).keys}
    notes = tuple(note for key, note in in_force.kill_notes.items() if key in listed)
    return signed_roots, _document(draft.trust_list, draft.list_signatures), draft.cancellations, notes


def _check_allowed(in_force: Trust, new_list: TrustList, timing: Timing) -> None:
    if timing.list_life < in_force.root.list_days:
        raise PlanError(
            "the life of a trust list, V, must not become shorter: keys would sign before every list names them"
        )
    rotation.check_successor(in_force.trust_list, new_list)


def _signed(payload: bytes, kind: str, signatures: Signatures, of: Root, role: Role) -> frozenset[bytes]:
    """The keys of the role that have signed. Raises DraftError for a wrong signature by one of them."""
    signed = set()
    for key in role.keys:
        signature = signatures.get(cose.kid(key))
        if signature is None:
            continue
        if not cose.verifies(key, _to_be_signed(key, kind, of, payload), signature):
            raise DraftError(f"the signature of {cose.kid(key).hex()} is wrong; take a copy of the draft without it")
        signed.add(key)
    return frozenset(signed)


def _with_room(signatures: Signatures, needs: Iterable[Need]) -> Signatures:
    """The signatures, with zeros for missing ones."""
    needs = sorted(needs, key=lambda need: len(need.role.keys))  # New keys must sign in any case.
    filled = dict(signatures)
    for need in needs:
        # A key of two thresholds signs once.
        keys = sorted(need.role.keys, key=lambda key: sum(key in each.role.keys for each in needs), reverse=True)
        waiting = [cose.kid(key) for key in keys if cose.kid(key) not in filled]
        missing = need.role.threshold - (len(keys) - len(waiting))
        filled |= dict.fromkeys(waiting[: max(0, missing)], bytes(cose.SIGNATURE_SIZE))
    return filled


def _signature(payload: bytes, kind: str, of: Root, signer: Signer) -> dict[bytes, bytes]:
    to_be_signed = _to_be_signed(signer.public_key, kind, of, payload)
    return {cose.kid(signer.public_key): cose.sign(signer, to_be_signed)}


def _to_be_signed(key: bytes, kind: str, of: Root, payload: bytes) -> bytes:
    return cose.to_be_signed(cose.kid(key), of.scope.external_aad(kind), payload)


def _document(payload: bytes, signatures: Signatures) -> bytes:
    return cose.encode_sign(Sign(payload, tuple(sorted(signatures.items()))))


def _read_signatures(fields: Mapping[int, Any], number: int) -> dict[bytes, bytes]:
    found = {}
    for item in document.read_list(fields, number):
        match item:
            case [bytes() as key_id, bytes() as signature] if (
                len(key_id) == cose.KID_SIZE and len(signature) == cose.SIGNATURE_SIZE
            ):
                found[key_id] = signature
            case _:
                raise Malformed("not a kid and a signature")
    if list(found) != [item[0] for item in fields[number]] or not document.is_ascending(tuple(found)):
        raise Malformed("signatures are not sorted, or one stands twice")
    return found
