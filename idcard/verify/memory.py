"""What a venue remembers of trust files, so that nobody can take it back (specs/trust.md, The venue's memory).

Pure: old memory, bytes and time make a new memory, or Refused. Whoever calls this writes the new memory, whole or not
at all, before anything is judged by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from idcard import cose
from idcard.credential.calendar import DAY, seconds
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import document, kill_note, trust_file
from idcard.trust.trust_file import FINGERPRINT_SIZE, Trust

MAX_NOTES = 500
"""Most kill notes that are remembered: whoever can sign lists must not make a memory that is too large to be read."""
MAX_SIZE = trust_file.MAX_SIZE + (256 << 10)


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A kill note, the public key that it ends, and until when it is kept: the key's verify_until."""

    note: bytes
    key: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The trust file that was taken last, as bytes and as what it says; the last day seen, in days since 1970; kill
    notes by key, those of the file among them until their keys end.
    """

    file: bytes
    trust: Trust = field(compare=False, repr=False)
    last_day: int
    kill_notes: tuple[HeldNote, ...] = ()

    @property
    def killed(self) -> frozenset[bytes]:
        """Public keys that a kill note ended, whether it is remembered or in the file."""
        return frozenset((*(held.key for held in self.kill_notes), *self.trust.kill_notes))


def install(file: bytes, *, fingerprint: bytes | None, now: datetime) -> Memory:
    """The memory of a venue that had none.

    fingerprint: 16 bytes that a person compared with what the city says, of any root of the file; None only for a
    file that was handed over in person. Raises Refused.
    """
    trust = trust_file.decode(file)
    if fingerprint is not None and fingerprint not in {digest[:FINGERPRINT_SIZE] for digest in trust.root_digests}:
        raise Refused(Reason.TRUST_ANCHOR)
    _check_root_in_date(trust, seconds(now))
    return seen(_with_notes(Memory(file, trust, 0), trust.kill_notes), now=now)


def update(memory: Memory, file: bytes, *, now: datetime) -> Memory:
    """The memory once this trust file is taken. Raises Refused, and the old memory stands."""
    trust = trust_file.decode(file)
    _check_continues(memory.trust, trust)
    _check_root_in_date(trust, max(seconds(now), memory.last_day * DAY))
    if trust.fingerprint == memory.trust.fingerprint:
        _check_not_older(memory.trust, trust)
    else:
        memory = _under_new_root(memory, trust)
    return seen(_with_notes(replace(memory, file=file, trust=trust), trust.kill_notes), now=now)


def kill(memory: Memory, note: bytes) -> Memory:
    """The memory once this kill note is taken: no later list revives the key.

    Raises Refused(KILL_NOTE), and Refused(NEWER_PROGRAM).
    """
    contact = memory.trust.trust_list.contact
    try:
        key = kill_note.decode(note, memory.trust.root.scope)
    except Malformed:
        raise Refused(Reason.KILL_NOTE, contact=contact) from None
    except Refused as refused:
        newer = refused.reason is Reason.NEWER_PROGRAM
        raise Refused(refused.reason if newer else Reason.KILL_NOTE, contact=contact) from None
    if key not in {each.key for each in memory.trust.trust_list.keys}:
        raise Refused(Reason.KILL_NOTE, contact=contact)
    held = memory.kill_notes
    if len(held) == MAX_NOTES and key not in {each.key for each in held}:
        # What a person brings gets a place; so many others came with lists of a thief.
        memory = replace(memory, kill_notes=tuple(sorted(held, key=lambda each: each.until)[:-1]))
    return _with_notes(memory, {key: note})


def seen(memory: Memory, *, now: datetime) -> Memory:
    """The memory used on this day: the same object where the day is not later than the last one."""
    day = min(seconds(now), memory.trust.trust_list.exp - 1) // DAY
    if day <= memory.last_day:
        return memory
    return _with_notes(replace(memory, last_day=day), {})


def encode(memory: Memory) -> bytes:
    notes = [[held.note, held.until] for held in memory.kill_notes]
    fields = {1: memory.last_day, 2: memory.file}
    return cose.encode(fields | {3: notes} if notes else fields)


def decode(data: bytes) -> Memory:
    """Verifies the trust file again. Raises Refused(MEMORY_DAMAGED), and Refused(NEWER_PROGRAM)."""
    try:
        if len(data) > MAX_SIZE:
            raise Malformed("larger than a memory may be")
        fields = document.read_map(cose.decode(data))
        if not fields.keys() <= {1, 2, 3}:
            raise Malformed("not the fields of a memory")
        last_day = document.read_int(fields, 1, 0, document.MAX_INSTANT // DAY)
        file = document.read_bytes(fields, 2)
        trust = trust_file.decode(file)
        return Memory(file, trust, last_day, _read_notes(fields, trust))
    except Malformed:
        raise Refused(Reason.MEMORY_DAMAGED) from None
    except Refused as refused:
        if refused.reason is Reason.NEWER_PROGRAM:
            raise
        raise Refused(Reason.MEMORY_DAMAGED) from None


def _read_notes(fields: dict[int, Any], trust: Trust) -> tuple[HeldNote, ...]:
    """Each is verified again."""
    listed = document.read_list(fields, 3) if 3 in fields else []
    if len(listed) > MAX_NOTES:
        raise Malformed("there are too many kill notes")
    held = []
    for item in listed:
        match item:
            case [bytes() as note, int() as until] if type(until) is int:
                held.append(HeldNote(note, kill_note.decode(note, trust.root.scope), until))
            case _:
                raise Malformed("a kill note is not a note and a time")
    notes = tuple(held)
    if 3 in fields and not notes:
        raise Malformed("a list of no kill notes")
    if not document.is_ascending(tuple(each.key for each in notes)):
        raise Malformed("kill notes are not sorted by key")
    return notes


def _with_notes(memory: Memory, new: Mapping[bytes, bytes]) -> Memory:
    """The memory with these notes, by key of its trust list, and without those whose key has ended.

    Of two notes of a key the first stays. A list that lets a killed key live longer lets its note live longer. Where
    there are too many, those that were there first stay.
    """
    until = {each.key: each.verify_until for each in memory.trust.trust_list.keys}
    by_key = {held.key: replace(held, until=max(held.until, until.get(held.key, 0))) for held in memory.kill_notes}
    by_key |= {key: HeldNote(note, key, until[key]) for key, note in new.items() if key not in by_key}
    # Both, for a clock that ran ahead moves the last day, and after that it is mended the key's codes could pass again.
    past = min(memory.last_day * DAY, memory.trust.trust_list.issued)
    lasting = [held for held in by_key.values() if past < held.until][:MAX_NOTES]
    return replace(memory, kill_notes=tuple(sorted(lasting, key=lambda held: held.key)))


def _under_new_root(memory: Memory, trust: Trust) -> Memory:
    """Without what a thief of the old publisher keys may have left: notes of their own keys, days in the far future."""
    listed = {each.key for each in trust.trust_list.keys}
    kept = tuple(held for held in memory.kill_notes if held.key in listed)
    return replace(memory, last_day=min(memory.last_day, (trust.trust_list.exp - 1) // DAY), kill_notes=kept)


def _check_continues(old: Trust, new: Trust) -> None:
    if old.root_digests[-1] in new.root_digests:
        return
    if new.root_digests[-1] in old.root_digests:
        raise Refused(Reason.TRUST_ROLLBACK)
    if new.root.scope == old.root.scope and new.roots[0].version > old.root.version:
        raise Refused(Reason.TRUST_GAP)
    raise Refused(Reason.TRUST_FOREIGN)


def _check_root_in_date(trust: Trust, now: int) -> None:
    if now >= trust.root.exp:
        raise Refused(Reason.ROOT_EXPIRED, contact=trust.trust_list.contact)


def _check_not_older(old: Trust, new: Trust) -> None:
    """Versions count anew under each root, which ends a fast forward."""
    if new.trust_list.version < old.trust_list.version:
        raise Refused(Reason.TRUST_ROLLBACK)
    if new.trust_list.version == old.trust_list.version and new.list_digest != old.list_digest:
        raise Refused(Reason.TRUST_EQUIVOCATION)
