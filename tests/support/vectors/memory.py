"""The vectors of the folder `memory` (specs/trust.md): what a venue remembers, is offered, and remembers then.

The stories are those of tests/stories.py. What is remembered is put together here as the specification has it.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import cbor2
from stories import (
    ALL_KEYS_OUT,
    FIRST,
    FULL,
    KILLED,
    NOT_KILLED,
    REFUSED,
    REFUSED_THAT_DAY,
    SAME_KEYS,
    TAKEN,
    File,
    Kill,
    Kills,
    Step,
    build,
)

from idcard.errors import Reason
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from support.vectors import naming

NOW = "2026-11-22T12:00:00Z"
DAY_OF_NOW = 20779


def vectors() -> dict[str, dict[str, Any]]:
    """Every vector by its name."""
    first = build(File())
    fingerprint = trust_file.decode(first).fingerprint.hex()
    told: dict[str, Sequence[Step]] = {f"taken: {name}": files for name, files in TAKEN.items()}
    told |= {f"refused: {name}": files for name, (files, _) in (REFUSED | REFUSED_THAT_DAY).items()}
    reasons = {f"refused: {name}": reason for name, (_, reason) in (REFUSED | REFUSED_THAT_DAY).items()}
    told |= {f"taken: {name}": steps for name, (steps, _) in (KILLED | FULL).items()}
    told |= {f"refused: {name}": steps for name, (steps, _) in NOT_KILLED.items()}
    reasons |= {f"refused: {name}": reason for name, (_, reason) in NOT_KILLED.items()}
    made = {
        name: _memory_vector(
            name,
            "kill" if isinstance(steps[-1], Kill) else "update",
            _remembered(steps[:-1]),
            None,
            steps[-1],
            None if name in reasons else _remembered(steps),
            reasons.get(name),
        )
        for name, steps in told.items()
    }
    whole, cut = _remembered([File()]), _remembered([File()])[:-1]
    one_more = cbor2.dumps(cbor2.loads(whole) | {4: 0})
    no_notes = cbor2.dumps(cbor2.loads(whole) | {3: []})
    second, forged = File(roots=(FIRST, ALL_KEYS_OUT)), File(roots=(FIRST, SAME_KEYS))
    of_second = trust_file.decode(build(second)).fingerprint.hex()
    for name, operation, before, compared, offer, after, reason in (
        ("taken: the first file, with its fingerprint", "install", None, fingerprint, File(), whole, None),
        ("taken: the first file, with the fingerprint of its first root",
         "install", None, fingerprint, second, _remembered([second]), None),
        ("taken: the first file, from the future",
         "install", None, fingerprint, File(issued=3), _remembered([File(issued=3)]), None),
        ("refused: the first file, with another fingerprint",
         "install", None, "00" * 16, File(), None, Reason.TRUST_ANCHOR),
        ("refused: retired root keys made another second root, and the fingerprint is of the true one",
         "install", None, of_second, forged, None, Reason.TRUST_ANCHOR),
        ("refused: a memory cut short", "update", cut, None, File(), None, Reason.MEMORY_DAMAGED),
        ("refused: a memory with an unknown field", "update", one_more, None, File(), None, Reason.MEMORY_DAMAGED),
        ("refused: a memory with a list of no kill notes", "update", no_notes, None, File(), None,
         Reason.MEMORY_DAMAGED),
    ):  # fmt: skip
        made[name] = _memory_vector(name, operation, before, compared, offer, after, reason)
    return {naming.of(name): vector for name, vector in made.items()}


def _remembered(steps: Sequence[Step]) -> bytes:
    """The memory after the last of these was taken, as specs/trust.md has it: the day, the file and the kill notes."""
    notes: dict[bytes, list[Any]] = {}
    day, anchor = 0, b""
    for step in steps:
        if isinstance(step, File):
            file, trust = step, _decoded(build(step))
            end = (trust.trust_list.exp - 1) // 86400
            if trust.root_digests[-1] != anchor:
                day, anchor = min(day, end), trust.root_digests[-1]
        day = max(day, min(DAY_OF_NOW + step.days, end))
        most = trust.trust_list.issued + 3000 * 86400
        until = {each.key: min(each.verify_until, most) for each in trust.trust_list.keys}
        notes = {key: [note, max(before, until.get(key, 0)), person] for key, (note, before, person) in notes.items()}
        for note in _notes_of(step):
            key, person = file.city.signer(note.key).public_key, not isinstance(step, File)
            if person and len(notes) == 500 and key not in notes:
                del notes[max(reversed(notes), key=lambda each: (_rank(notes, until, each), notes[each][1]))]
            held = notes.setdefault(key, [build(note), until[key], person])
            held[2] = held[2] or person
        past = min(day * 86400, trust.trust_list.issued)
        notes = {key: note for key, note in notes.items() if past < note[1]}
        if len(notes) > 500:
            kept = sorted(notes, key=lambda each: _rank(notes, until, each))[:500]
            notes = {key: note for key, note in notes.items() if key in kept}
    fields = {1: day, 2: build(file)}
    return cbor2.dumps(fields | {3: list(notes.values())} if notes else fields)


@cache
def _decoded(file: bytes) -> Trust:
    return trust_file.decode(file)


def _notes_of(step: Step) -> list[Kill]:
    """In the order in which they come: those of a file by their bytes."""
    match step:
        case File():
            return sorted((Kill(name, city=step.city) for name in step.killed), key=build)
        case Kills():
            return [Kill(name) for name in step.keys]
    return [step]


def _rank(notes: Mapping[bytes, Sequence[Any]], named: Mapping[bytes, int], key: bytes) -> int:
    """Whose place is taken first has the highest."""
    return 0 if notes[key][2] else 1 if key in named else 2


def _memory_vector(
    fault: str,
    operation: str,
    before: bytes | None,
    fingerprint: str | None,
    offer: Step,
    after: bytes | None,
    reason: Reason | None,
) -> dict[str, Any]:
    now = datetime.fromisoformat(NOW) + timedelta(days=offer.days)
    return {
        "fault": fault,
        "operation": operation,
        "now": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "memory": None if before is None else base64.b64encode(before).decode(),
        "fingerprint": fingerprint,
        "offer": base64.b64encode(build(offer)).decode(),
        "expect": {
            "reason": None if reason is None else reason.value,
            "memory": None if after is None else base64.b64encode(after).decode(),
        },
    }
