"""A venue's memory of trust files, so that it accepts no older one (specs/trust.md, The venue's memory).

Pure: from the old memory, bytes and the time, it makes a new memory or raises Refused. The caller must write the new
memory, completely or not at all, before judging anything by it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from idcard import cose
from idcard.credential.calendar import DAY, seconds
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import document, kill_note, trust_file
from idcard.trust.trust_file import FINGERPRINT_SIZE, Trust
from idcard.trust.trust_list import TrustList

__all__ = ["MAX_SIZE", "HeldNote", "Memory", "decode", "encode", "install", "kill", "seen", "update"]

MAX_NOTES = 500
"""Most kill notes in a memory: no signer of lists can make it too large to be read."""
MAX_SIZE = trust_file.MAX_SIZE + (256 << 10)
"""Most bytes of a memory: a program need not read more than MAX_SIZE + 1."""
LONGEST_LIFE = 3000 * DAY
"""Longest time, in seconds, from a list that names a key to its verify_until: enough for the longest code."""


class HeldNote(NamedTuple):
    """A kill note, the public key that it ends, until when it is kept, and whether a person brought it."""

    note: bytes
    key: bytes
    until: int
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """The trust file that was taken last, as bytes and as what it says; the last day seen, in days since 1970; kill
    notes as they came, those of the file among them until their keys end.
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
    """The first memory of a venue.

    fingerprint: 16 bytes that a person compared with what the city says, of any root of the file; None only for a
    file that was handed over in person. Raises Refused.
    """
    trust = trust_file.decode(file)
    if fingerprint is not None and fingerprint not in {digest[:FINGERPRINT_SIZE] for digest in trust.root_digests}:
        raise Refused(Reason.TRUST_ANCHOR)
    _check_root_in_date(trust, seconds(now))
    return _taken(Memory(file, trust, 0), file, trust, now)


def update(memory: Memory, file: bytes, *, now: datetime) -> Memory:
    """The memory after accepting this trust file. Raises Refused; then the old memory remains valid."""
    trust = trust_file.decode(file)
    _check_continues(memory.trust, trust)
    _check_root_in_date(trust, max(seconds(now), memory.last_day * DAY))
    if trust.fingerprint == memory.trust.fingerprint:
        _check_not_older(memory.trust, trust)
        _check_takes_nothing_back(memory.trust.trust_list, trust.trust_list)
        last_day = memory.last_day
    else:
        # What comes after the end of the new list may be the work of a thief of the old publisher keys.
        last_day = min(memory.last_day, (trust.trust_list.exp - 1) // DAY)
    return _taken(replace(memory, last_day=last_day), file, trust, now)


def kill(memory: Memory, note: bytes) -> Memory:
    """The memory after accepting this kill note: no later list can make the key trusted again.

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
    return _lasting(replace(memory, kill_notes=_with_note_of_person(memory, key, note)))


def seen(memory: Memory, *, now: datetime) -> Memory:
    """The memory after noting this day: the same object if the day is not later than the last one."""
    day = _day(memory, memory.trust, now)
    return memory if day == memory.last_day else _lasting(replace(memory, last_day=day))


def joined(memory: Memory, other: Memory) -> Memory:
    """The memory with the kill notes of both, of two of a key the first, and the later last day.

    other: of the same city. A note is kept until the later of its two times.
    """
    notes = {each.key: each for each in memory.kill_notes}
    for each in other.kill_notes:
        first = notes.get(each.key, each)
        by_person = first.by_person or each.by_person
        notes[each.key] = first._replace(until=max(first.until, each.until), by_person=by_person)
    last_day = max(memory.last_day, other.last_day)
    return _fitting(replace(memory, last_day=last_day, kill_notes=tuple(notes.values())))


def encode(memory: Memory) -> bytes:
    """The bytes to store, whole or not at all."""
    notes = [[held.note, held.until, held.by_person] for held in memory.kill_notes]
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
    """The kill notes, each verified again."""
    listed = document.read_list(fields, 3) if 3 in fields else []
    if len(listed) > MAX_NOTES:
        raise Malformed("there are too many kill notes")
    held = []
    for item in listed:
        match item:
            case [bytes() as note, int() as until, bool() as by_person] if type(until) is int:
                held.append(HeldNote(note, kill_note.decode(note, trust.root.scope), until, by_person))
            case _:
                raise Malformed("a kill note is not a note, a time, and whether a person brought it")
    notes = tuple(held)
    if 3 in fields and not notes:
        raise Malformed("a list of no kill notes")
    if len({each.key for each in notes}) != len(notes):
        raise Malformed("two kill notes of one key")
    return notes


def _day(memory: Memory, trust: Trust, now: datetime) -> int:
    """The new last day seen: never an earlier one, and none after the last day on which the list is valid."""
    return max(memory.last_day, min(seconds(now), trust.trust_list.exp - 1) // DAY)


def _taken(memory: Memory, file: bytes, trust: Trust, now: datetime) -> Memory:
    """The memory with this trust file and its kill notes, and without those whose keys have ended.

    Of two notes of a key the first is kept.
    """
    until = _until(trust.trust_list)
    held = {each.key: each._replace(until=max(each.until, until.get(each.key, 0))) for each in memory.kill_notes}
    held |= {key: HeldNote(note, key, until[key]) for key, note in trust.kill_notes.items() if key not in held}
    last_day = _day(memory, trust, now)
    return _fitting(replace(memory, file=file, trust=trust, last_day=last_day, kill_notes=tuple(held.values())))


def _fitting(memory: Memory) -> Memory:
    """The memory with the notes that last and fit.

    If there are too many, those that a person brought are kept first, then those of keys in the held list, then
    others; within each kind, the oldest first.
    """
    memory = _lasting(memory)
    staying = {each.key for each in sorted(memory.kill_notes, key=_rank(memory.trust.trust_list))[:MAX_NOTES]}
    return replace(memory, kill_notes=tuple(each for each in memory.kill_notes if each.key in staying))


def _lasting(memory: Memory) -> Memory:
    """The notes without those of keys that have ended, both by the last day seen and by the held list.

    A clock that was ahead moves the last day: once corrected, codes of the key could be accepted again.
    """
    past = min(memory.last_day * DAY, memory.trust.trust_list.issued)
    return replace(memory, kill_notes=tuple(each for each in memory.kill_notes if past < each.until))


def _until(current: TrustList) -> dict[bytes, int]:
    """Until when notes of the keys of a list are kept: no thief of the publisher key can use up places for ever."""
    return {each.key: min(each.verify_until, current.issued + LONGEST_LIFE) for each in current.keys}


def _rank(current: TrustList) -> Callable[[HeldNote], int]:
    """The rank of a note under the held list: the note with the highest rank is dropped first."""
    named = {each.key for each in current.keys}
    return lambda held: 0 if held.by_person else 1 if held.key in named else 2


def _with_note_of_person(memory: Memory, key: bytes, note: bytes) -> tuple[HeldNote, ...]:
    """The notes that fit. Of the highest rank, the one that ends last is dropped first; of equal ones, the last."""
    held = list(memory.kill_notes)
    for place, each in enumerate(held):
        if each.key == key:
            held[place] = each._replace(by_person=True)
            return tuple(held)
    if len(held) == MAX_NOTES:
        rank = _rank(memory.trust.trust_list)
        held.remove(max(reversed(held), key=lambda each: (rank(each), each.until)))
    return (*held, HeldNote(note, key, _until(memory.trust.trust_list)[key], by_person=True))


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
    """Refuse an older list. Versions start again under each root, so that a thief cannot use up the numbers."""
    if new.trust_list.version < old.trust_list.version:
        raise Refused(Reason.TRUST_ROLLBACK)
    if new.trust_list.version == old.trust_list.version and new.list_digest != old.list_digest:
        raise Refused(Reason.TRUST_EQUIVOCATION)


def _check_takes_nothing_back(old: TrustList, new: TrustList) -> None:
    """Check that no key leaves before its verify_until, gets another one, or is trusted again."""
    named = {each.key: each for each in new.keys}
    for key in old.keys:
        after = named.get(key.key)
        if after is None:
            if key.verify_until > new.issued:
                raise Refused(Reason.TRUST_TAKES_BACK)
        elif after.verify_until != key.verify_until or (key.compromised and not after.compromised):
            raise Refused(Reason.TRUST_TAKES_BACK)
