"""A venue's memory: stories of files that are offered one after the other (specs/trust.md, The venue's memory)."""

import base64
import importlib.util
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cities import CONTACT, DAY, NOW, City, signer
from stories import (
    ALL_KEYS_OUT,
    CITY,
    DECEMBER,
    ENDING,
    FIRST,
    KILLED,
    NOT_KILLED,
    REFUSED,
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
from idcard.authority import publish
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
    assert Verifier(held).verify(CITY.code("library"), "library", now=NOW).proven == ("resident",)


@pytest.mark.parametrize(("files", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused_and_the_old_memory_stands(files: list[File], reason: Reason) -> None:
    held = tell(files[:-1])
    with pytest.raises(Refused) as refused:
        memory.update(held, build(files[-1]), now=NOW)
    assert refused.value.reason is reason
    assert held == tell(files[:-1])


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


def reason_at(source: bytes | memory.Memory, venue_class: str = "library", now: datetime = NOW, **of: Any) -> str:
    try:
        Verifier(source).verify(CITY.code(venue_class, **of), venue_class, now=now)
    except Refused as refused:
        return refused.reason.value
    return "accept"


@pytest.mark.parametrize(("steps", "notes"), KILLED.values(), ids=KILLED)
def test_a_kill_note_is_remembered_until_its_key_ends(steps: list[Step], notes: dict[str, int]) -> None:
    held = tell(steps)
    assert remembered(held) == notes
    assert memory.decode(memory.encode(held)) == held


@pytest.mark.parametrize("name", [name for name, (_, notes) in KILLED.items() if "cohort" in notes])
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
    held = tell([File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, killed=["cohort"], days=10)])
    assert (remembered(held), held.killed) == ({}, {CITY.signer("cohort").public_key})


def test_a_note_costs_one_write_and_the_same_note_none() -> None:
    held = tell([File(), Kill()])
    assert memory.kill(held, build(Kill())) == held
    assert memory.update(held, build(File()), now=NOW) == held


def test_the_memory_holds_a_kill_note_as_it_was_signed() -> None:
    held = tell([File(), Kill()])
    fields = cose.decode(memory.encode(held))
    assert fields == {1: seconds(NOW) // DAY, 2: held.file, 3: [[build(Kill()), UNTIL["cohort"]]]}


NOTE = build_note(Kill())
DAMAGED_NOTES: dict[str, Any] = {
    "not a list": NOTE,
    "not a pair": [NOTE],
    "without its time": [[NOTE]],
    "of three": [[NOTE, 1, 1]],
    "the other way round": [[1, NOTE]],
    "until true": [[NOTE, True]],
    "cut short": [[NOTE[:-1], 1]],
    "signed by another key": [[build_note(Kill(by=["revocable"])), 1]],
    "of another city": [[build_note(Kill(city=City(id="shelbyville"))), 1]],
    "twice": [[NOTE, 1], [NOTE, 1]],
    "not sorted": [
        [build_note(Kill(name)), 1]
        for name in sorted(("cohort", "revocable"), key=lambda name: CITY.signer(name).public_key, reverse=True)
    ],
}


@pytest.mark.parametrize("notes", DAMAGED_NOTES.values(), ids=DAMAGED_NOTES)
def test_a_memory_with_damaged_kill_notes_is_damaged(notes: Any) -> None:
    fields = cose.decode(memory.encode(tell([File()])))
    with pytest.raises(Refused) as refused:
        memory.decode(cose.encode(fields | {3: notes}))
    assert refused.value.reason is Reason.MEMORY_DAMAGED


def test_a_thief_of_the_publisher_key_cannot_make_the_memory_too_large() -> None:
    """With a list of nothing but keys of their own, and a kill note for each of them."""
    thieves = [signer(f"thief {number}") for number in range(memory.MAX_NOTES + 1)]
    keys = tuple(
        IssuingKey(key=key, classes=frozenset({1}), verify_until=UNTIL["cohort"])
        for key in sorted(each.public_key for each in thieves)
    )
    notes = [
        publish.sign(cose.encode({1: each.public_key, 9: bytes(300)}), kill_note.KIND, CITY.scope, [each])
        for each in thieves
    ]
    signed_list = CITY.sign_list(CITY.trust_list(version=2, keys=keys))
    flood = trust_file.encode(cose.decode(build(File()))[1], signed_list, cancellations.encode([]), notes)
    held = memory.update(tell([File(), Kill()]), flood, now=NOW)
    assert len(held.kill_notes) == memory.MAX_NOTES
    assert memory.decode(memory.encode(held)) == held
    # The city recovers, and a note that comes then is remembered.
    recovered = memory.kill(memory.update(held, build(File(list_version=3)), now=NOW), build(Kill()))
    assert reason_at(recovered) == "distrusted-key"
    assert len(recovered.kill_notes) == memory.MAX_NOTES


def test_the_most_and_the_largest_notes_fit_into_a_memory() -> None:
    pair = len(cose.encode([bytes(kill_note.MAX_SIZE), (1 << 32) - 1]))
    assert trust_file.MAX_SIZE + memory.MAX_NOTES * pair + 32 <= memory.MAX_SIZE


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
        memory.install(build(File(roots=(RootStep(days=0),))), fingerprint=None, now=NOW)
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


def test_a_day_before_1970_is_no_day_seen() -> None:
    held = tell([File()])
    assert memory.seen(held, now=datetime(1969, 12, 31, tzinfo=UTC)) is held


CLOSING = CITY.sign_claims(Claims(DECEMBER, frozenset({1}), None, None, None), CITY.signer("cohort"))
"""Expires on 1 December 2026 at noon."""
GROWING_UP = CITY.sign_claims(
    Claims(noon_of_first(2027 * 12 + 5), frozenset({1}), None, (18, 2026 * 12 + 11), bytes(10)),
    CITY.signer("revocable"),
)
"""Of somebody who is 18 from that time on."""
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
        {"2026-12-02T00:00": "wrong-class", "2026-11-23T12:00": "wrong-class", "1970-01-01T00:00": "wrong-class"},
    ),
    "an altered code stays altered": (
        *("2026-12-02", CITY.code("library")[:-3] + "000", "library"),
        {"2026-12-02T00:00": "bad-signature", "1970-01-01T00:00": "bad-signature"},
    ),
    "a foreign code is foreign while the list is fresh": (
        *("2026-12-02", FORGED, "library"),
        {"2026-12-02T00:00": "unknown-key", "2026-11-23T12:00": "unknown-key"},
    ),
    "a list that was due is due": (
        *("2026-12-23", FORGED, "library"),
        {"2026-12-23T00:00": "unknown-key-stale", "2026-12-22T00:00": "unknown-key-stale", "2026-12-21T00:00": "clock"},
    ),
    "an age is reached once": (
        *("2026-12-02", GROWING_UP, "pharmacy"),
        {"2026-12-02T00:00": "accept", "2026-12-01T00:00": "accept", "2026-11-30T23:59": "clock"},
    ),
    "a list that was too old is too old": (
        *("2027-01-22", CITY.code("pharmacy"), "pharmacy"),
        {"2027-01-22T00:00": "trust-too-old", "2027-01-21T00:00": "trust-too-old", "2027-01-20T00:00": "clock"},
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
    now = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    try:
        Verifier(held).verify(code, venue_class, now=now)
        told = "accept"
    except Refused as refused:
        told = refused.reason.value
    assert told == expected


def test_without_a_memory_the_same_clock_revives_the_code() -> None:
    """The control: it is the last day seen that makes the difference."""
    assert Verifier(build(File())).verify(CLOSING, "library", now=NOW).proven == ("resident",)


def test_a_card_under_a_clock_that_is_behind_tells_the_age_at_the_last_day_seen() -> None:
    held = memory.seen(tell([File()]), now=at("2026-12-23"))
    card = Verifier(held).verify(CITY.code("library"), "library", now=NOW)
    assert (card.stale, card.trust_age_days) == (True, 30)


def test_a_forward_jump_is_bounded_by_the_end_of_the_list_and_bricks_nothing_once_mended() -> None:
    jumped = memory.seen(tell([File()]), now=at("2060-01-01"))
    assert jumped.last_day == trust_file.decode(CITY.file).trust_list.exp // DAY
    mended = NOW + LATER
    # Good at both times: libraries go on at once. What closes before the last day seen, nobody can say.
    assert Verifier(jumped).verify(CITY.code("library"), "library", now=mended).stale
    for code in (CLOSING, CITY.code("pharmacy")):
        venue_class = "library" if code == CLOSING else "pharmacy"
        with pytest.raises(Refused) as refused:
            Verifier(jumped).verify(code, venue_class, now=mended)
        assert refused.value.reason is Reason.CLOCK
    # The next list does not move the last day seen, so a class that tolerates less waits until time comes near it.
    held = memory.update(jumped, build(File(list_version=2)), now=mended)
    assert held.last_day == jumped.last_day
    assert Verifier(held).verify(CITY.code("library"), "library", now=mended).stale


def test_an_expired_code_stays_expired_with_the_next_list_too() -> None:
    held = memory.update(memory.seen(tell([File()]), now=at("2026-12-02")), build(File(list_version=2)), now=NOW)
    with pytest.raises(Refused) as refused:
        Verifier(held).verify(CLOSING, "library", now=NOW)
    assert refused.value.reason is Reason.CLOCK


# ---- the vectors ----


def test_the_committed_vectors_are_what_the_generator_makes(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("generate", root / "specs/vectors/generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = generate
    spec.loader.exec_module(generate)
    assert {path.name: path.read_bytes() for path in VECTORS.glob("*.json")} == generate.memory_vectors()


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
