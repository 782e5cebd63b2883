"""A venue's memory: stories of files that are offered one after the other (specs/trust.md, The venue's memory)."""

import base64
import functools
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
import stories
from cities import CONTACT, DAY, NOW, STUDENT, City, signer
from stories import (
    ALL_KEYS_OUT,
    CITY,
    DECEMBER,
    ENDING,
    FIRST,
    FULL,
    KILLED,
    NOT_KILLED,
    REFUSED,
    REFUSED_THAT_DAY,
    SAME_KEYS,
    TAKEN,
    UNTIL,
    File,
    Kill,
    RootStep,
    Step,
    build,
    build_note,
    offer,
    tell,
)

from idcard import cose
from idcard.ceremony import publish
from idcard.credential.calendar import noon_of_first, seconds
from idcard.credential.claims import Claims
from idcard.errors import Reason, Refused
from idcard.trust import cancellations, kill_note, trust_file
from idcard.trust.trust_list import IssuingKey
from idcard.verify import Verifier, memory

LATER = timedelta(days=1)
VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "memory"


@pytest.mark.parametrize("files", TAKEN.values(), ids=TAKEN)
def test_taken(files: list[File]) -> None:
    held = tell(files)
    last = trust_file.decode(build(files[-1]))
    assert held.file == build(files[-1])
    assert held.trust.root_digests[-1] == last.root_digests[-1]
    assert held.trust.list_digest == last.list_digest
    now = NOW + timedelta(days=max(0, files[-1].days))
    # Two clocks may be a day off each; what is made later than that accepts nothing yet.
    is_far = last.trust_list.issued > seconds(now) + 2 * DAY
    assert reason_of(held, CITY.code("library"), "library", now) == ("clock" if is_far else "accept")
    assert memory.decode(memory.encode(held)) == held


@pytest.mark.parametrize(
    ("files", "reason"), [*REFUSED.values(), *REFUSED_THAT_DAY.values()], ids=[*REFUSED, *REFUSED_THAT_DAY]
)
def test_refused_and_the_old_memory_stands(files: list[File], reason: Reason) -> None:
    held = tell(files[:-1])
    with pytest.raises(Refused) as refused:
        offer(held, files[-1])
    assert refused.value.reason is reason
    assert held == tell(files[:-1])


@pytest.mark.parametrize("days", [1, 2, 3, 300])
def test_the_last_day_goes_by_the_clock_and_never_by_the_time_of_issue(days: int) -> None:
    """A list from the future is taken, and the next one finds nothing in its way."""
    held = tell([File(), File(list_version=2, issued=days)])
    assert held.last_day == seconds(NOW) // DAY
    assert tell([File(issued=days)]).last_day == seconds(NOW) // DAY
    assert Verifier(held).is_from_future(NOW) is Verifier(held).is_date_wrong(NOW) is (days > 1)
    followed = memory.update(held, build(File(list_version=3, issued=1)), now=NOW + timedelta(days=1))
    assert reason_of(followed, CITY.code("library"), "library", NOW + timedelta(days=1)) == "accept"


@pytest.mark.parametrize("seconds_before", [0, 1])
def test_from_a_day_on_a_file_is_from_the_future(seconds_before: int) -> None:
    held = tell([File()])
    now = NOW - timedelta(days=1, seconds=seconds_before)
    assert Verifier(held).is_from_future(now) is bool(seconds_before)
    seen = memory.seen(held, now=NOW + timedelta(days=9))
    # That only the last day speaks against the clock is another thing.
    assert (Verifier(seen).is_from_future(NOW), Verifier(seen).is_date_wrong(NOW)) == (False, True)


def test_other_signatures_on_the_same_documents_are_the_same_documents() -> None:
    held = tell([File()])
    again = memory.update(held, build(File(roots=(RootStep(signed=(1, 3)),))), now=NOW)
    assert again.file != held.file
    assert (again.trust.root_digests, again.trust.list_digest) == (held.trust.root_digests, held.trust.list_digest)


# ---- kill notes ----


def remembered(held: memory.Memory) -> dict[str, int]:
    """The kill notes by the name of their key, and until when they are kept."""
    names = {CITY.signer(name).public_key: name for name in UNTIL}
    return {names[each.key]: each.until for each in held.kill_notes}


def reason_at(source: bytes | memory.Memory, venue_class: str = "library", **of: Any) -> str:
    return reason_of(source, CITY.code(venue_class, **of), venue_class)


def reason_of(source: bytes | memory.Memory, code: str, venue_class: str, now: datetime = NOW) -> str:
    try:
        Verifier(source).verify(code, venue_class, now=now)
    except Refused as refused:
        return refused.reason.value
    return "accept"


@pytest.mark.parametrize(("steps", "notes"), KILLED.values(), ids=KILLED)
def test_a_kill_note_is_remembered_until_its_key_ends(steps: list[Step], notes: dict[str, int]) -> None:
    held = tell(steps)
    assert remembered(held) == notes
    assert memory.decode(memory.encode(held)) == held


@pytest.mark.parametrize(("steps", "names"), FULL.values(), ids=FULL)
def test_of_more_kill_notes_than_there_is_room_for(steps: list[Step], names: list[str]) -> None:
    held = tell(steps)
    assert {each.key for each in held.kill_notes} == {CITY.signer(name).public_key for name in names}
    assert memory.decode(memory.encode(held)) == held


@pytest.mark.parametrize(
    "name",
    [name for name, (steps, notes) in KILLED.items() if "cohort" in notes and not getattr(steps[-1], "issued", 0)],
)
def test_no_code_of_a_killed_key_is_accepted(name: str) -> None:
    """Nor when the list leaves the key out: then it is unknown."""
    steps, _ = KILLED[name]
    held = tell(steps)
    gone = isinstance(steps[-1], File) and "cohort" in steps[-1].without
    assert reason_at(held) == ("unknown-key" if gone else "distrusted-key")
    assert reason_at(held, by=CITY.signer("cohort standby")) == "accept"


@pytest.mark.parametrize(("steps", "reason"), NOT_KILLED.values(), ids=NOT_KILLED)
def test_a_kill_note_that_is_refused_changes_nothing(steps: list[Step], reason: Reason) -> None:
    held = tell(steps[:-1])
    with pytest.raises(Refused) as refused:
        offer(held, steps[-1])
    assert refused.value.reason is reason
    assert refused.value.remedy.endswith(CONTACT)
    assert held == tell(steps[:-1])


@pytest.mark.parametrize("note", [b"", b"x", build_note(Kill())[:-1], build_note(Kill()) + b"\0", CITY.file], ids=len)
def test_what_is_no_kill_note_kills_nothing(note: bytes) -> None:
    with pytest.raises(Refused) as refused:
        memory.kill(tell([File()]), note)
    assert refused.value.reason is Reason.KILL_NOTE


def test_a_kill_note_in_a_file_counts_with_and_without_a_memory() -> None:
    file = build(File(killed=["cohort"]))
    assert reason_at(file) == reason_at(memory.install(file, fingerprint=None, now=NOW)) == "distrusted-key"
    assert reason_at(file, "pharmacy") == "accept"
    assert reason_at(tell([File(killed=["cohort"]), File()]), "library") == "distrusted-key"
    assert reason_at(build(File()), "library") == "accept"


def test_a_killed_key_stays_killed_after_its_note_is_forgotten_if_the_file_has_it() -> None:
    held = tell(
        [
            File(until=ENDING, killed=["cohort"]),
            File(list_version=2, until=ENDING, killed=["cohort"], issued=10, days=10),
        ]
    )
    assert (remembered(held), held.killed) == ({}, {CITY.signer("cohort").public_key})


def test_a_note_costs_one_write_and_the_same_note_none() -> None:
    held = tell([File(), Kill()])
    assert memory.kill(held, build(Kill())) == held
    assert memory.update(held, build(File()), now=NOW) == held


def test_the_memory_holds_a_kill_note_as_it_was_signed() -> None:
    held = tell([File(), Kill()])
    fields = cose.decode(memory.encode(held))
    assert fields == {1: seconds(NOW) // DAY, 2: held.file, 3: [[build(Kill()), UNTIL["cohort"], True]]}


NOTE = build_note(Kill())
DAMAGED_NOTES: dict[str, Any] = {
    "not a list": NOTE,
    "none": [],
    "not three": [NOTE],
    "without its time": [[NOTE]],
    "without who brought it": [[NOTE, 1]],
    "of four": [[NOTE, 1, True, 1]],
    "the other way round": [[1, NOTE, True]],
    "until true": [[NOTE, True, True]],
    "brought by a number": [[NOTE, 1, 1]],
    "cut short": [[NOTE[:-1], 1, True]],
    "signed by another key": [[build_note(Kill(by=["revocable"])), 1, True]],
    "of another city": [[build_note(Kill(city=City(id="shelbyville"))), 1, True]],
    "twice": [[NOTE, 1, True], [NOTE, 1, True]],
    "two of one key": [[NOTE, 1, True], [build_note(Kill(more={9: 0})), 1, True]],
}


@pytest.mark.parametrize("notes", DAMAGED_NOTES.values(), ids=DAMAGED_NOTES)
def test_a_memory_with_damaged_kill_notes_is_damaged(notes: Any) -> None:
    fields = cose.decode(memory.encode(tell([File()])))
    with pytest.raises(Refused) as refused:
        memory.decode(cose.encode(fields | {3: notes}))
    assert refused.value.reason is Reason.MEMORY_DAMAGED


# ---- a thief of the publisher key, with kill notes of keys of their own ----


@functools.cache
def notes_of_thieves(count: int) -> dict[bytes, bytes]:
    """By key."""
    thieves = [signer(f"thief {number}") for number in range(count)]
    return {
        each.public_key: publish.sign(
            cose.encode({1: each.public_key, 9: bytes(300)}), kill_note.KIND, CITY.scope, [each]
        )
        for each in thieves
    }


def flood(count: int = memory.MAX_NOTES, version: int = 2, more: Sequence[bytes] = ()) -> bytes:
    """A list of the keys of the city and of so many of the thief, which live longer, and the kill notes of these."""
    notes = notes_of_thieves(count)
    listed = {key: IssuingKey(key=key, classes=frozenset({1}), verify_until=stories.LATER) for key in notes}
    listed |= {each.key: each for each in CITY.trust_list().keys}
    first = File()
    made = CITY.trust_list(
        root=trust_file.decode(build(first)).root_digests[-1],
        version=version,
        keys=tuple(listed[key] for key in sorted(listed)),
    )
    signed_roots = trust_file.signed_roots(build(first))
    return trust_file.encode(signed_roots, CITY.sign_list(made), cancellations.encode([]), [*notes.values(), *more])


def loaded(held: memory.Memory) -> memory.Memory:
    again = memory.decode(memory.encode(held))
    assert again == held
    return again


@pytest.mark.parametrize("count", [1, memory.MAX_NOTES - 1, memory.MAX_NOTES, memory.MAX_NOTES + 1])
def test_a_thief_of_the_publisher_key_can_neither_push_a_note_out_nor_fill_the_disk(count: int) -> None:
    held = loaded(memory.update(tell([File(), Kill()]), flood(count), now=NOW))
    assert len(held.kill_notes) == min(1 + count, memory.MAX_NOTES)
    assert CITY.signer("cohort").public_key in held.killed
    held = loaded(memory.update(held, flood(count, version=3), now=NOW))
    assert reason_at(held) == "distrusted-key"


def test_what_was_remembered_first_stays_however_the_keys_are_sorted() -> None:
    before = tell([File(killed=list(UNTIL))])
    held = memory.update(before, flood(2 * memory.MAX_NOTES), now=NOW)
    assert len(held.kill_notes) == memory.MAX_NOTES
    assert set(before.kill_notes) <= set(held.kill_notes)
    # The control: by their keys alone not all of them would have been among the first.
    smallest = sorted({*notes_of_thieves(2 * memory.MAX_NOTES), *before.killed})[: memory.MAX_NOTES]
    assert not before.killed <= set(smallest)


def test_after_a_new_root_the_notes_of_its_file_have_a_place() -> None:
    held = memory.update(tell([File()]), flood(), now=NOW)
    recovered = memory.update(held, build(File(roots=(FIRST, SAME_KEYS), killed=["cohort"])), now=NOW)
    assert CITY.signer("cohort").public_key in {each.key for each in recovered.kill_notes}
    assert reason_at(offer(recovered, File(roots=(FIRST, SAME_KEYS), list_version=2))) == "distrusted-key"


def test_in_a_full_memory_the_note_that_a_person_brings_gets_a_place() -> None:
    full = memory.update(tell([File()]), flood(), now=NOW)
    assert len(full.kill_notes) == memory.MAX_NOTES
    for name in ("cohort", "revocable"):
        full = loaded(memory.kill(full, build(Kill(name))))
        assert len(full.kill_notes) == memory.MAX_NOTES
    assert {CITY.signer(name).public_key for name in ("cohort", "revocable")} <= full.killed
    assert memory.kill(full, build(Kill())) == full
    held = memory.update(full, flood(version=3), now=NOW)
    assert (reason_at(held), reason_at(held, "pharmacy")) == ("distrusted-key", "distrusted-key")


def test_of_a_full_memory_the_note_that_would_be_kept_longest_goes() -> None:
    full = memory.update(tell([File(killed=["revocable"])]), flood(), now=NOW)
    held = memory.kill(full, build(Kill()))
    gone = {each.key for each in full.kill_notes} - {each.key for each in held.kill_notes}
    assert {each.until for each in full.kill_notes if each.key in gone} == {stories.LATER}
    assert CITY.signer("revocable").public_key in held.killed


def test_a_note_that_a_person_brings_gets_a_place_also_where_the_file_has_it() -> None:
    """For the next file of the thief may leave it out."""
    full = memory.update(tell([File()]), flood(), now=NOW)
    with_note = memory.update(full, flood(version=3, more=[build(Kill())]), now=NOW)
    held = memory.kill(with_note, build(Kill()))
    assert len(held.kill_notes) == memory.MAX_NOTES
    assert reason_at(memory.update(held, flood(version=4), now=NOW)) == "distrusted-key"


def test_the_most_and_the_largest_notes_fit_into_a_memory() -> None:
    held = len(cose.encode([bytes(kill_note.MAX_SIZE), (1 << 32) - 1, True]))
    assert trust_file.MAX_SIZE + memory.MAX_NOTES * held + 32 <= memory.MAX_SIZE


# ---- first use ----


def test_a_fingerprint_of_any_root_of_the_chain_is_an_anchor() -> None:
    file = build(File(roots=(FIRST, ALL_KEYS_OUT)))
    trust = trust_file.decode(file)
    for digest in trust.root_digests:
        assert memory.install(file, fingerprint=digest[:16], now=NOW).file == file


@pytest.mark.parametrize(
    "fingerprint",
    [b"", bytes(16), trust_file.decode(CITY.file).list_digest[:16]],
    ids=["empty", "zeros", "of the list"],
)
def test_another_fingerprint_installs_nothing(fingerprint: bytes) -> None:
    with pytest.raises(Refused) as refused:
        memory.install(CITY.file, fingerprint=fingerprint, now=NOW)
    assert refused.value.reason is Reason.TRUST_ANCHOR


def test_a_first_file_with_an_expired_root_installs_nothing() -> None:
    with pytest.raises(Refused) as refused:
        memory.install(build(File(roots=(RootStep(days=0),), issued=-1)), fingerprint=None, now=NOW)
    assert refused.value.reason is Reason.ROOT_EXPIRED


# ---- the file ----


def test_the_memory_holds_a_day_and_the_trust_file_and_nothing_else() -> None:
    held = tell([File()])
    assert cose.decode(memory.encode(held)) == {1: seconds(NOW) // DAY, 2: held.file}


def test_no_damage_is_taken_for_a_memory() -> None:
    whole = memory.encode(tell([File()]))
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [
        whole[:at] + bytes((whole[at] ^ 1 << bit,)) + whole[at + 1 :] for at in range(9, len(whole)) for bit in (0, 7)
    ]
    damaged += [whole + b"\0", b"x" * (memory.MAX_SIZE + 1)]
    for data in damaged:
        with pytest.raises(Refused) as refused:
            memory.decode(data)
        assert refused.value.reason in {Reason.MEMORY_DAMAGED, Reason.NEWER_PROGRAM}


STRICT: dict[str, tuple[Any, Reason]] = {
    "one field more": ({4: 0}, Reason.MEMORY_DAMAGED),
    "field 0": ({0: 0}, Reason.MEMORY_DAMAGED),
    "a field named by a text": ({"1": 0}, Reason.MEMORY_DAMAGED),
    "a field that must be understood": ({-1: 0}, Reason.NEWER_PROGRAM),
    "a day before 1970": ({1: -1}, Reason.MEMORY_DAMAGED),
    "a day after all days": ({1: (1 << 32) // DAY + 1}, Reason.MEMORY_DAMAGED),
    "true for a day": ({1: True}, Reason.MEMORY_DAMAGED),
    "a day with a fraction": ({1: 1.5}, Reason.MEMORY_DAMAGED),
    "the file as a text": ({2: "file"}, Reason.MEMORY_DAMAGED),
    "another file": ({2: b""}, Reason.MEMORY_DAMAGED),
    "a file whose list names another root": (
        {2: build(File(list_of=File(roots=(FIRST, SAME_KEYS))))},
        Reason.MEMORY_DAMAGED,
    ),
    "true for the kill notes": ({3: True}, Reason.MEMORY_DAMAGED),
}


@pytest.mark.parametrize(("changes", "reason"), STRICT.values(), ids=STRICT)
def test_a_map_that_is_not_quite_a_memory_is_damaged(changes: Any, reason: Reason) -> None:
    fields = cbor2.loads(memory.encode(tell([File()])))
    with pytest.raises(Refused) as refused:
        memory.decode(cbor2.dumps(fields | changes, canonical=True))
    assert refused.value.reason is reason


@pytest.mark.parametrize("field", [1, 2])
def test_a_memory_without_its_day_or_its_file_is_damaged(field: int) -> None:
    fields = cose.decode(memory.encode(tell([File()])))
    del fields[field]
    with pytest.raises(Refused) as refused:
        memory.decode(cose.encode(fields))
    assert refused.value.reason is Reason.MEMORY_DAMAGED


@pytest.mark.parametrize(("count", "holds"), [(memory.MAX_NOTES, True), (memory.MAX_NOTES + 1, False)])
def test_a_memory_of_more_notes_than_are_remembered_is_damaged(count: int, holds: bool) -> None:
    fields = cose.decode(memory.encode(tell([File()])))
    data = cose.encode(fields | {3: [[note, 1, False] for note in notes_of_thieves(count).values()]})
    if holds:
        assert len(memory.decode(data).kill_notes) == count
    else:
        with pytest.raises(Refused) as refused:
            memory.decode(data)
        assert refused.value.reason is Reason.MEMORY_DAMAGED


# ---- the clock ----


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC, hour=9)


def test_the_last_day_never_moves_back_and_is_new_once_a_day() -> None:
    held = tell([File()])
    assert memory.seen(held, now=NOW + timedelta(hours=3)) is held
    tomorrow = memory.seen(held, now=NOW + LATER)
    assert tomorrow.last_day == held.last_day + 1
    assert memory.seen(tomorrow, now=NOW) is tomorrow
    assert memory.update(tomorrow, build(File(list_version=2)), now=NOW).last_day == tomorrow.last_day


def test_a_list_that_ends_at_midnight_is_seen_on_the_day_before_at_the_latest() -> None:
    """At midnight it is not valid any more, so a day that begins then is no day on which it was."""
    midnight = seconds(NOW) // DAY * DAY + 90 * DAY
    held = memory.install(CITY.trust_file(exp=midnight, next_update=midnight), fingerprint=None, now=NOW)
    for later in (timedelta(days=89), timedelta(days=90), timedelta(days=4000)):
        assert memory.seen(held, now=NOW + later).last_day == midnight // DAY - 1


def test_a_day_before_1970_is_no_day_seen() -> None:
    held = tell([File()])
    assert memory.seen(held, now=datetime(1969, 12, 31, tzinfo=UTC)) is held


CLOSING = CITY.sign_claims(Claims(DECEMBER, frozenset({1}), None, None, None), CITY.signer("cohort"))
"""Expires on 1 December 2026 at noon."""
GROWING_UP = CITY.sign_claims(
    Claims(noon_of_first(2027 * 12 + 5), frozenset({1}), None, (18, 2026 * 12 + 11), None),
    CITY.signer("cohort"),
)
"""Of somebody who is 18 from that time on."""
CLOSING_PHARMACY = CITY.sign_claims(
    Claims(noon_of_first(2027 * 12), frozenset({1}), None, None, bytes(10)), CITY.signer("revocable")
)
"""Expires on 1 January 2027 at noon."""
FORGED = City(id="shelbyville").code("library")

# the last day seen, the code, its class, and the clock -> verdict. The list is of 22 November at noon, and due on
# 22 December.
CLOCKS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "an expired code is not revived": (
        *("2026-12-02", CLOSING, "library"),
        {
            "2026-12-02T00:00": "expired",  # the floor: the beginning of the last day seen
            "2026-12-01T12:00": "expired",  # slow, but by less than a day
            "2026-12-01T00:00": "expired",  # slow by a day
            "2026-11-30T23:59": "clock",  # by the clock it is good
            "2026-11-22T12:00": "clock",
            "1970-01-01T00:00": "clock",
        },
    ),
    "a code that is good at both times is good": (
        *("2026-12-02", CITY.code("library"), "library"),
        {"2026-12-02T00:00": "accept", "2026-12-01T00:00": "accept", "2026-11-23T12:00": "accept"},
    ),
    "what is wrong at both times has its own reason": (
        *("2026-12-02", CITY.code("library"), "pharmacy"),
        {"2026-12-02T00:00": "wrong-class", "2026-11-23T12:00": "wrong-class", "1970-01-01T00:00": "clock"},
    ),
    "an altered code stays altered": (
        *("2026-12-02", CITY.code("library")[:-3] + "000", "library"),
        {"2026-12-02T00:00": "bad-signature", "1970-01-01T00:00": "bad-signature"},
    ),
    "a foreign code is foreign while the list is fresh": (
        *("2026-12-02", FORGED, "library"),
        {"2026-12-01T00:00": "unknown-key", "2026-11-30T23:59": "clock", "2026-11-23T12:00": "clock"},
    ),
    "a list that was due is due": (
        *("2026-12-23", FORGED, "library"),
        {"2026-12-23T00:00": "unknown-key-stale", "2026-12-22T00:00": "unknown-key-stale", "2026-12-21T00:00": "clock"},
    ),
    "an age is reached once": (
        *("2026-12-02", GROWING_UP, "pool"),
        {"2026-12-02T00:00": "accept", "2026-12-01T00:00": "accept", "2026-11-30T23:59": "clock"},
    ),
    "a list that was too old is too old until the clock says otherwise": (
        *("2027-01-22", CITY.code("pharmacy"), "pharmacy"),
        {
            "2027-01-22T00:00": "trust-too-old",
            "2027-01-21T12:01": "trust-too-old",
            "2027-01-21T12:00": "accept",  # the floor: sixty days after the time of issue
            "2027-01-20T12:00": "accept",  # slow by a day
            "2027-01-20T11:59": "accept",  # good at both times
            "2026-11-20T12:00": "accept",
            "2026-11-20T11:59": "clock",  # wrong for certain
        },
    ),
    "and what had closed by then stays closed": (
        *("2027-01-22", CLOSING_PHARMACY, "pharmacy"),
        {"2027-01-21T12:00": "expired", "2027-01-20T12:00": "expired", "2027-01-20T11:59": "expired"}
        | {"2026-12-31T00:00": "clock", "1970-01-01T00:00": "clock"},
    ),
    "a last day before the time of issue does not matter": (
        *("2026-11-22", CITY.code("library"), "library"),
        {"2026-11-22T12:00": "accept", "2026-11-21T12:00": "accept", "2026-11-21T11:59": "accept"},
    ),
}


@pytest.mark.parametrize(
    ("last_day", "code", "venue_class", "clock", "expected"),
    [
        pytest.param(last_day, code, venue_class, clock, expected, id=f"{name}: {clock} {expected}")
        for name, (last_day, code, venue_class, told) in CLOCKS.items()
        for clock, expected in told.items()
    ],
)
def test_a_clock_before_the_last_day_seen(
    last_day: str, code: str, venue_class: str, clock: str, expected: str
) -> None:
    held = memory.seen(tell([File()]), now=at(last_day))
    assert held.last_day * DAY == seconds(at(last_day)) // DAY * DAY
    assert reason_of(held, code, venue_class, datetime.fromisoformat(clock).replace(tzinfo=UTC)) == expected


def test_without_a_memory_the_same_clock_revives_the_code() -> None:
    """The control: it is the last day seen that makes the difference."""
    assert Verifier(build(File())).verify(CLOSING, "library", now=NOW).proven == ("resident",)


def test_a_card_under_a_clock_that_is_behind_tells_the_age_at_the_last_day_seen() -> None:
    held = memory.seen(tell([File()]), now=at("2026-12-23"))
    card = Verifier(held).verify(CITY.code("library"), "library", now=NOW)
    assert (card.stale, card.trust_age_days) == (True, 30)


def accepting(held: memory.Memory, now: datetime) -> set[str]:
    """The classes that accept a code which is good for months."""
    verifier = Verifier(held)
    told = set()
    for venue_class in verifier.classes:
        try:
            verifier.verify(CITY.code(venue_class, STUDENT), venue_class, now=now)
        except Refused:
            continue
        told.add(venue_class)
    return told


CLASSES = {"library", "museum", "pool", "pharmacy", "theatre"}


@pytest.mark.parametrize("days", [0, 1, 5, 30, 59])
def test_a_forward_jump_of_ten_years_bricks_no_class_once_mended(days: int) -> None:
    """Not even one that tolerates a file of sixty days, where the list lives for twice as long."""
    jumped = memory.seen(tell([File()]), now=NOW + timedelta(days=3652))
    assert jumped.last_day == trust_file.decode(CITY.file).trust_list.exp // DAY
    assert accepting(jumped, NOW + timedelta(days=3652)) == set()
    mended = NOW + timedelta(days=days)
    assert accepting(jumped, mended) == CLASSES
    # The next list does not move the last day seen.
    held = memory.update(jumped, build(File(list_version=2, issued=days)), now=mended)
    assert held.last_day == jumped.last_day
    assert accepting(held, mended) == CLASSES


def test_after_a_forward_jump_nobody_can_say_what_closes_before_the_last_day_seen() -> None:
    jumped = memory.seen(tell([File()]), now=at("2060-01-01"))
    assert reason_of(jumped, CLOSING, "library", NOW + LATER) == "clock"
    # As far as the class tolerates an old file, and no further.
    assert reason_of(jumped, CLOSING_PHARMACY, "pharmacy", NOW + LATER) == "clock"
    assert reason_of(jumped, CITY.code("pharmacy"), "pharmacy", NOW + LATER) == "accept"


def test_a_list_from_the_far_future_and_a_clock_that_ran_ahead_are_undone_by_a_new_root() -> None:
    steps = [
        File(),
        File(list_version=stories.LIST_MAX, issued=300, days=400),
        File(roots=(FIRST, SAME_KEYS), days=5),
    ]
    stolen, recovered = tell(steps[:2]), tell(steps)
    assert stolen.last_day == seconds(NOW) // DAY + 400
    assert recovered.last_day == recovered.trust.trust_list.exp // DAY == seconds(NOW) // DAY + 120
    assert accepting(recovered, NOW + timedelta(days=5)) == CLASSES


def test_a_new_root_leaves_a_last_day_before_the_end_of_its_list_alone() -> None:
    assert tell([File(days=50), File(roots=(FIRST, SAME_KEYS))]).last_day == seconds(NOW) // DAY + 50


def test_an_expired_code_stays_expired_with_the_next_list_too() -> None:
    held = memory.update(memory.seen(tell([File()]), now=at("2026-12-02")), build(File(list_version=2)), now=NOW)
    with pytest.raises(Refused) as refused:
        Verifier(held).verify(CLOSING, "library", now=NOW)
    assert refused.value.reason is Reason.CLOCK


# ---- the vectors ----


@pytest.mark.parametrize("name", sorted(path.stem for path in VECTORS.glob("*.json")))
def test_vector(name: str) -> None:
    vector = json.loads((VECTORS / f"{name}.json").read_bytes())
    now, offered = datetime.fromisoformat(vector["now"]), base64.b64decode(vector["offer"])
    assert (vector["operation"] == "install") == (vector["memory"] is None) == (vector["fingerprint"] is not None)

    def take() -> memory.Memory:
        if vector["operation"] == "install":
            return memory.install(offered, fingerprint=bytes.fromhex(vector["fingerprint"]), now=now)
        held = memory.decode(base64.b64decode(vector["memory"]))
        if vector["operation"] == "kill":
            return memory.kill(memory.seen(held, now=now), offered)
        return memory.update(held, offered, now=now)

    expect = vector["expect"]
    if expect["reason"] is None:
        assert memory.encode(take()) == base64.b64decode(expect["memory"])
    else:
        with pytest.raises(Refused) as refused:
            take()
        assert (refused.value.reason.value, expect["memory"]) == (expect["reason"], None)


def test_every_reason_of_the_memory_has_a_vector() -> None:
    reasons = {json.loads(path.read_bytes())["expect"]["reason"] for path in VECTORS.glob("*.json")}
    table = (VECTORS.parents[1] / "trust.md").read_text("utf-8").partition("## Refusals by a memory\n")[2]
    of_memory = set(re.findall(r"^\| `([a-z-]+)` \|", table.partition("\n## ")[0], re.MULTILINE))
    assert "kill-note" in of_memory
    assert of_memory <= reasons


def test_of_too_many_kill_notes_none_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = [[b"", 0, False]] * (memory.MAX_NOTES + 1)
    monkeypatch.setattr(kill_note, "decode", lambda *_: pytest.fail("one of too many notes was verified"))
    with pytest.raises(Refused) as refused:
        memory.decode(cose.encode({1: 0, 2: CITY.file, 3: notes}))
    assert refused.value.reason is Reason.MEMORY_DAMAGED
