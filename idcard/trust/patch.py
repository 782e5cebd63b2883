"""A patch turns the trust file of a venue into a newer one, and is small enough for paper (specs/paper.md).

Nothing is verified here: the caller must check the resulting file like any other trust file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idcard import cbor_heads, cose
from idcard.cose import Sign
from idcard.credential.claims import HANDLE_SIZE
from idcard.errors import IdcardError, Malformed, Reason, Refused
from idcard.trust import cancellations, document, trust_file, trust_list

MAX_SIZE = trust_file.MAX_SIZE
NAME_SIZE = 16
"""Bytes of a digest by which a patch names a trust list."""
_KEYS = 7
"""The field of a trust list that holds the issuing keys."""


class OtherBase(IdcardError):
    """The patch starts from another trust list than the file holds: an older one, a newer one or another city's."""

    def __init__(self) -> None:
        super().__init__("the update starts from another trust list than this computer has")


def make(old: bytes, new: bytes) -> bytes:
    """The patch that makes the trust file `old` into `new`.

    The old file keeps its own roots and gets those of the new one that follow its last. Raises Malformed where its last
    root is not among the new file's, or the new file is more than a patch can carry; Refused(NEWER_PROGRAM),
    Refused(TRUST_TOO_LARGE).
    """
    before, after = _read_file(old), _read_file(new)
    if after.others:
        raise Malformed("the new trust file has a part that a patch cannot carry")
    old_keys, new_keys = _by_key(before.keys), _by_key(after.keys)
    old_values, new_values = _values(before.cancelled), _values(after.cancelled)
    roots = _roots_after(before.roots, after.roots)
    signatures = after.trust_list.signatures
    patch: dict[int, Any] = {
        2: _changed(before.fields, after.fields),
        3: sorted(before.fields.keys() - after.fields.keys()),
        4: sorted(cose.kid(key) for key in old_keys.keys() - new_keys.keys()),
        5: [value for _, value in sorted(_changed(old_keys, new_keys).items())],
        7: list(roots),
    }
    patch = {number: value for number, value in patch.items() if value}
    if old_values != new_values:
        patch[8] = [b"".join(sorted(values)) for values in (old_values - new_values, new_values - old_values)]
    if after.notes is not None:
        patch[9] = after.notes
    patch |= {1: before.name, 6: [list(pair) for pair in signatures], 10: after.name}
    data = cose.encode(patch)
    if apply(old, data) != _encode((*before.roots, *roots), after.trust_list, after.cancelled, after.notes):
        raise Malformed("the new trust file is not one that a patch makes")
    return data


def apply(old: bytes, patch: bytes) -> bytes:
    """The newer trust file, not verified. A file that has the new list already only gets its kill notes.

    Raises OtherBase if `old` has neither the trust list from which the patch starts nor the one to which it leads;
    Malformed for a damaged patch; Refused(NEWER_PROGRAM); Refused(TRUST_TOO_LARGE) for what it would make.
    """
    change, file = _read_patch(patch), _read_file(old)
    if change.target == file.name != change.base:
        notes = file.notes if change.notes is None else change.notes
        return _bounded(_encode(file.roots, file.trust_list, file.cancelled, notes))
    if change.base != file.name:
        raise OtherBase
    fields = {number: value for number, value in file.fields.items() if number not in change.fields_out}
    keys = {key: value for key, value in _by_key(file.keys).items() if cose.kid(key) not in change.keys_out}
    keys |= change.keys_in
    payload = cose.encode(fields | change.fields_in | {_KEYS: [keys[key] for key in sorted(keys)]})
    if _name(payload) != change.target:
        raise Malformed("a patch that does not lead where it says")
    held = {_payload(signed_root) for signed_root in file.roots}
    roots = [*file.roots, *(signed_root for signed_root in change.roots if _payload(signed_root) not in held)]
    cancelled = file.cancelled
    if change.cancelled_out or change.cancelled_in:
        cancelled = cancellations.encode(_values(cancelled) - change.cancelled_out | change.cancelled_in)
    return _bounded(_encode(roots, Sign(payload, change.signatures), cancelled, change.notes))


# ---- trust files, taken apart ----


@dataclass(frozen=True, slots=True)
class _File:
    """The parts of a trust file. fields: of its list, without the issuing keys. others: parts that no patch carries."""

    roots: tuple[bytes, ...]
    trust_list: Sign
    fields: dict[int, Any]
    keys: Sequence[Any]
    cancelled: bytes
    notes: list[Any] | None
    others: frozenset[int]

    @property
    def name(self) -> bytes:
        return _name(self.trust_list.payload)


def _read_file(data: bytes) -> _File:
    parts = document.read_map(cose.decode(_bounded(data)))
    message = cose.decode_sign(document.read_bytes(parts, 2))
    fields = document.read_map(cose.decode(message.payload))
    roots = _read_byte_strings(parts, 1)
    if not roots:
        raise Malformed("there are no roots")
    return _File(
        roots,
        message,
        {number: value for number, value in fields.items() if number != _KEYS},
        document.read_list(fields, _KEYS),
        document.read_bytes(parts, 3),
        document.read_list(parts, 4) if 4 in parts else None,
        frozenset(parts) - {1, 2, 3, 4},
    )


def _encode(roots: Iterable[bytes], message: Sign, cancelled: bytes, notes: list[Any] | None) -> bytes:
    parts = {1: list(roots), 2: cose.encode_sign(message), 3: cancelled}
    return cose.encode(parts if notes is None else parts | {4: notes})


def _roots_after(old: Sequence[bytes], new: Sequence[bytes]) -> Sequence[bytes]:
    """The new roots that follow the last old one. A root is its payload, whoever signed it."""
    payloads = [_payload(signed_root) for signed_root in new]
    last = _payload(old[-1])
    if last not in payloads:
        raise Malformed("the new trust file does not continue from the old one")
    return new[payloads.index(last) + 1 :]


def _payload(signed_root: bytes) -> bytes:
    return cose.decode_sign(signed_root).payload


def _name(payload: bytes) -> bytes:
    return document.digest(payload, trust_list.KIND)[:NAME_SIZE]


def _by_key(keys: Iterable[Any]) -> dict[bytes, Any]:
    """Encoded issuing keys of a list, by public key."""
    return {document.read_bytes(document.read_map(value), 1, cose.PUBLIC_KEY_SIZE): value for value in keys}


def _changed(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    """The entries that are new or different. Compares encodings, because 1 == True."""
    return {key: value for key, value in new.items() if key not in old or cose.encode(value) != cose.encode(old[key])}


def _values(cancelled: bytes) -> frozenset[bytes]:
    values = cose.decode(cancelled)
    if type(values) is not bytes:
        raise Malformed("cancellations are not a byte string")
    return _split(values)


def _split(values: bytes) -> frozenset[bytes]:
    return frozenset(values[at : at + HANDLE_SIZE] for at in range(0, len(values), HANDLE_SIZE))


# ---- patches ----


@dataclass(frozen=True, slots=True)
class _Patch:
    base: bytes
    fields_in: dict[int, Any]
    fields_out: frozenset[int]
    keys_out: frozenset[bytes]
    keys_in: Mapping[bytes, Any]
    signatures: tuple[tuple[bytes, bytes], ...]
    roots: tuple[bytes, ...]
    cancelled_out: frozenset[bytes]
    cancelled_in: frozenset[bytes]
    notes: list[Any] | None
    target: bytes


def _read_patch(data: bytes) -> _Patch:
    """Checks types and sizes only: the digests of the target and of the list bind the contents."""
    if len(data) > MAX_SIZE:
        raise Malformed("larger than a patch may be")
    fields = document.read_map(cose.decode(data))
    fields_in = document.read_map(fields.get(2, {}))
    fields_out = document.read_list(fields, 3) if 3 in fields else []
    # Somebody could choose integers that collide in a set.
    if len(fields_out) > cbor_heads.MAX_ENTRIES or any(type(number) is not int for number in fields_out):
        raise Malformed("the fields that leave are not numbers, or more than there can be")
    if _KEYS in fields_in or _KEYS in fields_out:
        raise Malformed("the issuing keys are among the fields that change")
    cancelled_out, cancelled_in = _read_cancelled(fields)
    return _Patch(
        document.read_bytes(fields, 1, NAME_SIZE),
        fields_in,
        frozenset(fields_out),
        frozenset(_read_byte_strings(fields, 4)),
        _by_key(document.read_list(fields, 5) if 5 in fields else []),
        tuple(_read_signature(item) for item in document.read_list(fields, 6)),
        _read_byte_strings(fields, 7),
        cancelled_out,
        cancelled_in,
        document.read_list(fields, 9) if 9 in fields else None,
        document.read_bytes(fields, 10, NAME_SIZE),
    )


def _bounded(data: bytes) -> bytes:
    if len(data) > trust_file.MAX_SIZE:
        raise Refused(Reason.TRUST_TOO_LARGE)
    return data


def _read_byte_strings(fields: Mapping[int, Any], key: int) -> tuple[bytes, ...]:
    items = document.read_list(fields, key) if key in fields else []
    if any(type(item) is not bytes for item in items):
        raise Malformed(f"field {key} is not a list of byte strings")
    return tuple(items)


def _read_signature(item: Any) -> tuple[bytes, bytes]:
    match item:
        case [bytes() as key_id, bytes() as signature]:
            return key_id, signature
    raise Malformed("a signature is not a kid and a signature")


def _read_cancelled(fields: Mapping[int, Any]) -> tuple[frozenset[bytes], frozenset[bytes]]:
    match fields.get(8, [b"", b""]):
        case [bytes() as leave, bytes() as join]:
            return _split(leave), _split(join)
    raise Malformed("cancellations that leave and join are not two byte strings")
