"""Stories of trust files that are offered to one venue, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from cities import CONTACT, DAY, NOW, City

from idcard import cose
from idcard.authority import publish
from idcard.credential.calendar import noon_of_first, seconds
from idcard.credential.text import Environment
from idcard.errors import Reason
from idcard.trust import cancellations, kill_note, trust_file
from idcard.trust.document import Role
from idcard.verify import memory
from idcard.verify.memory import Memory

CITY = City()


@dataclass(frozen=True)
class RootStep:
    """A root of the city: who may sign roots and lists, who signed this one, when it ends (days from NOW)."""

    keys: Sequence[int] = (1, 2, 3)
    threshold: int = 2
    signed: Sequence[int] = (1, 2)
    publishers: Sequence[str] = ("publisher",)
    publisher_threshold: int = 1
    days: int = 500
    version: int | None = None


@dataclass(frozen=True)
class File:
    """A trust file: its roots, the first of them being root number `first`, its list and its kill notes.

    without: names of issuing keys that the list leaves out. until: for some, another verify_until. killed: names of
    issuing keys whose kill notes are in the file. days: after NOW, the day on which the file is offered.
    """

    roots: Sequence[RootStep] = (RootStep(),)
    first: int = 1
    list_version: int = 1
    publishers: Sequence[str] = ("publisher",)
    contact: str = CONTACT
    without: Sequence[str] = ()
    until: Mapping[str, int] = field(default_factory=dict)
    killed: Sequence[str] = ()
    days: int = 0
    city: City = field(default=CITY, repr=False)

    def verify_until(self) -> dict[str, int]:
        """Of the issuing keys of the list, by their names."""
        known = {each.key: each.verify_until for each in self.city.trust_list().keys}
        told = {name: self.until.get(name, known[self.city.signer(name).public_key]) for name in ISSUING}
        return {name: until for name, until in told.items() if name not in self.without}


@dataclass(frozen=True)
class Kill:
    """A kill note by itself, of the issuing key with this name.

    by: who signed it, if not this key alone. more: unknown fields. days: after NOW, the day on which it is offered.
    """

    key: str = "cohort"
    by: Sequence[str] | None = None
    kind: str = kill_note.KIND
    more: Mapping[int, Any] = field(default_factory=dict)
    days: int = 0
    city: City = field(default=CITY, repr=False)


Step = File | Kill
ISSUING = ("cohort", "cohort standby", "revocable", "revocable standby")


def key(city: City, number: int) -> bytes:
    return city.signer(f"root {number}").public_key


def build(step: Step) -> bytes:
    return build_file(step) if isinstance(step, File) else build_note(step)


def build_note(note: Kill) -> bytes:
    payload = cose.encode({1: note.city.signer(note.key).public_key, **note.more})
    signers = [note.city.signer(name) for name in ([note.key] if note.by is None else note.by)]
    return publish.sign(payload, note.kind, note.city.scope, signers)


def build_file(file: File) -> bytes:
    city, signed_roots = file.city, []
    for number, step in enumerate(file.roots, file.first):
        root = city.root(
            version=step.version or number,
            exp=seconds(NOW) + step.days * DAY,
            roots=Role(step.threshold, tuple(sorted(key(city, each) for each in step.keys))),
            publishers=Role(
                step.publisher_threshold, tuple(sorted(city.signer(name).public_key for name in step.publishers))
            ),
        )
        signed_roots.append(city.sign_root(root, [city.signer(f"root {each}") for each in step.signed]))
    names = {city.signer(name).public_key: name for name in ISSUING}
    until = file.verify_until()
    listed = tuple(
        replace(each, verify_until=until.get(names.get(each.key, ""), each.verify_until))
        for each in city.trust_list().keys
        if names.get(each.key) not in file.without
    )
    signed_list = city.sign_list(
        city.trust_list(version=file.list_version, contact=file.contact, keys=listed),
        [city.signer(name) for name in file.publishers],
    )
    notes = [build_note(Kill(name, city=city)) for name in file.killed]
    return trust_file.encode(signed_roots, signed_list, cancellations.encode([]), notes)


def offer(held: Memory | None, step: Step) -> Memory:
    """The memory once this is taken, on its day. Raises Refused."""
    now = NOW + timedelta(days=step.days)
    if held is None:
        return memory.install(build(step), fingerprint=None, now=now)
    if isinstance(step, Kill):
        return memory.kill(memory.seen(held, now=now), build(step))
    return memory.update(held, build(step), now=now)


def tell(steps: Sequence[Step]) -> Memory:
    """The memory once all of this is taken. Raises Refused."""
    held = offer(None, steps[0])
    for step in steps[1:]:
        # Every load goes through the bytes on the disk.
        held = offer(memory.decode(memory.encode(held)), step)
    return held


FIRST = RootStep()
SAME_KEYS = RootStep(signed=(2, 3))
NEW_PUBLISHER = RootStep(publishers=("new publisher",))
ONE_KEY_OUT = RootStep(keys=(1, 2, 4))
ALL_KEYS_OUT = RootStep(keys=(4, 5, 6), signed=(1, 2, 4, 5))
EITHER_PUBLISHER = RootStep(publishers=("new publisher", "publisher"))
LIST_MAX = (1 << 32) - 1

TAKEN: dict[str, list[File]] = {
    "the same file again": [File(), File()],
    "the same list, signed by the other publisher": [
        File(roots=(EITHER_PUBLISHER,)),
        File(roots=(EITHER_PUBLISHER,), publishers=("new publisher",)),
    ],
    "the same root, signed by other root keys": [File(), File(roots=(RootStep(signed=(1, 3)),))],
    "a renewed list": [File(), File(list_version=2)],
    "a list that skips versions": [File(), File(list_version=9)],
    "one root key is replaced": [File(), File(roots=(FIRST, ONE_KEY_OUT), list_version=2)],
    "all root keys are replaced, signed by old and new": [File(), File(roots=(FIRST, ALL_KEYS_OUT))],
    "three roots at once": [File(), File(roots=(FIRST, SAME_KEYS, ONE_KEY_OUT), list_version=4)],
    "a chain cut where this venue stands": [
        File(roots=(FIRST, SAME_KEYS)),
        File(roots=(SAME_KEYS, ONE_KEY_OUT), first=2, list_version=2),
    ],
    "an intermediate root has expired": [File(), File(roots=(FIRST, replace(SAME_KEYS, days=-1), ONE_KEY_OUT))],
    "a longer chain back, the same root and list": [
        File(roots=(SAME_KEYS,), first=2),
        File(roots=(FIRST, SAME_KEYS)),
    ],
    "fast forward, ended by a root with another publisher": [
        File(list_version=LIST_MAX),
        File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
    ],
}

REFUSED: dict[str, tuple[list[File], Reason]] = {
    "an older list": ([File(list_version=2), File(list_version=1)], Reason.TRUST_ROLLBACK),
    "a new root does not bring back an older list": (
        [File(list_version=2), File(roots=(FIRST, SAME_KEYS), list_version=1)],
        Reason.TRUST_ROLLBACK,
    ),
    "an older root": ([File(roots=(FIRST, SAME_KEYS)), File(list_version=9)], Reason.TRUST_ROLLBACK),
    "two lists of one version": ([File(), File(contact="Ask somebody else.")], Reason.TRUST_EQUIVOCATION),
    "two lists of one version, by two publishers": (
        [
            File(roots=(EITHER_PUBLISHER,)),
            File(roots=(EITHER_PUBLISHER,), publishers=("new publisher",), contact="Ask somebody else."),
        ],
        Reason.TRUST_EQUIVOCATION,
    ),
    "two roots of one version": (
        [File(roots=(FIRST, SAME_KEYS)), File(roots=(FIRST, ONE_KEY_OUT), list_version=2)],
        Reason.TRUST_FOREIGN,
    ),
    "a retired first root on a venue that is past it": (
        [File(roots=(FIRST, ALL_KEYS_OUT)), File(roots=(FIRST, replace(SAME_KEYS, days=600)), list_version=3)],
        Reason.TRUST_FOREIGN,
    ),
    "roots are missing in between": (
        [File(), File(roots=(RootStep(), RootStep()), first=2, list_version=2)],
        Reason.TRUST_GAP,
    ),
    "a root version is skipped": (
        [File(), File(roots=(FIRST, RootStep(version=3)), list_version=2)],
        Reason.TRUST_CHAIN,
    ),
    "the new root is signed by new keys alone": (
        [File(), File(roots=(FIRST, RootStep(keys=(4, 5, 6), signed=(4, 5))), list_version=2)],
        Reason.TRUST_UNSIGNED,
    ),
    "the new root is signed by old keys alone": (
        [File(), File(roots=(FIRST, RootStep(keys=(4, 5, 6), signed=(1, 2))), list_version=2)],
        Reason.TRUST_UNSIGNED,
    ),
    "the last root has expired": (
        [File(), File(roots=(FIRST, RootStep(days=0)), list_version=2)],
        Reason.ROOT_EXPIRED,
    ),
    "another city": ([File(), File(city=City(id="shelbyville"))], Reason.TRUST_FOREIGN),
    "the test city of the same name": (
        [File(), File(city=City(environment=Environment.TEST))],
        Reason.TRUST_FOREIGN,
    ),
    "fast forward, and the publisher stays in the new root": (
        [File(list_version=LIST_MAX), File(roots=(FIRST, SAME_KEYS), list_version=2)],
        Reason.TRUST_ROLLBACK,
    ),
    "fast forward, and enough old publishers stay to sign an old list": (
        [
            File(list_version=LIST_MAX),
            File(
                roots=(FIRST, RootStep(publishers=("publisher", "new publisher"))),
                publishers=("new publisher",),
                list_version=2,
            ),
        ],
        Reason.TRUST_ROLLBACK,
    ),
    "an old list of a publisher who was dismissed": (
        [
            File(list_version=LIST_MAX),
            File(roots=(FIRST, NEW_PUBLISHER), publishers=("publisher",), list_version=LIST_MAX),
        ],
        Reason.TRUST_UNSIGNED,
    ),
}

# ---- kill notes ----

UNTIL = File().verify_until()
DECEMBER, LATER = noon_of_first(2026 * 12 + 11), noon_of_first(2031 * 12)
"""Nine days after NOW; long after all keys of the city."""
ENDING = {"cohort": DECEMBER}

# name -> what is offered, and the notes that are remembered in the end, by the name of the key
KILLED: dict[str, tuple[list[Step], dict[str, int]]] = {
    "kill: a note by itself": ([File(), Kill()], {"cohort": UNTIL["cohort"]}),
    "kill: a note with an unknown field": ([File(), Kill(more={9: 0})], {"cohort": UNTIL["cohort"]}),
    "kill: the same note again": ([File(), Kill(), Kill()], {"cohort": UNTIL["cohort"]}),
    "kill: another note of the same key, and the first one stays": (
        [File(), Kill(), Kill(more={9: 0})],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: notes of two keys": (
        [File(), Kill("revocable"), Kill("cohort")],
        {name: UNTIL[name] for name in ("cohort", "revocable")},
    ),
    "kill: a note in a renewed file": ([File(), File(list_version=2, killed=["cohort"])], {"cohort": UNTIL["cohort"]}),
    "kill: the same list with one note more": ([File(), File(killed=["cohort"])], {"cohort": UNTIL["cohort"]}),
    "kill: the same list with one note less": ([File(killed=["cohort"]), File()], {"cohort": UNTIL["cohort"]}),
    "kill: a later file without the note": (
        [File(killed=["cohort"]), File(list_version=2)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a later list does not revive the key": (
        [File(), Kill(), File(list_version=2), File(list_version=3)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a later list leaves the key out": (
        [File(), Kill(), File(list_version=2, without=["cohort"])],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a later list leaves the key out, and another one names it again": (
        [File(), Kill(), File(list_version=2, without=["cohort"]), File(list_version=3)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a later list lets the key live longer": (
        [File(), Kill(), File(list_version=2, until={"cohort": LATER})],
        {"cohort": LATER},
    ),
    "kill: a later list lets the key live longer, and another one does not": (
        [File(), Kill(), File(list_version=2, until={"cohort": LATER}), File(list_version=3)],
        {"cohort": LATER},
    ),
    "kill: a later list lets the key end sooner": (
        [File(), Kill(), File(list_version=2, until=ENDING)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a new root and a new publisher do not revive the key": (
        [
            File(list_version=LIST_MAX),
            Kill(),
            File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
        ],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: remembered on the day on which the key ends": (
        [File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, days=9)],
        ENDING,
    ),
    "kill: forgotten on the day after": (
        [File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, days=10)],
        {},
    ),
    "kill: forgotten, and not remembered anew": (
        [
            File(until=ENDING, killed=["cohort"], days=10),
            File(list_version=2, until=ENDING, killed=["cohort"], days=10),
        ],
        {},
    ),
    "kill: another key is remembered longer": (
        [
            File(until=ENDING, killed=["cohort", "revocable"]),
            File(list_version=2, until=ENDING, days=10),
        ],
        {"revocable": UNTIL["revocable"]},
    ),
}

# name -> what is offered, and the reason for which the last note is refused
NOT_KILLED: dict[str, tuple[list[Step], Reason]] = {
    "kill: a key that no list named": ([File(), Kill("stranger")], Reason.KILL_NOTE),
    "kill: a key that the list leaves out": ([File(without=["cohort"]), Kill()], Reason.KILL_NOTE),
    "kill: the publisher": ([File(), Kill("publisher")], Reason.KILL_NOTE),
    "kill: signed by another issuing key": ([File(), Kill(by=["revocable"])], Reason.KILL_NOTE),
    "kill: signed by the publisher": ([File(), Kill(by=["publisher"])], Reason.KILL_NOTE),
    "kill: signed by all root keys": ([File(), Kill(by=["root 1", "root 2", "root 3"])], Reason.KILL_NOTE),
    "kill: signed by the key and by another": ([File(), Kill(by=["cohort", "revocable"])], Reason.KILL_NOTE),
    "kill: signed as a list": ([File(), Kill(kind="idcard.list")], Reason.KILL_NOTE),
    "kill: of another city": ([File(), Kill(city=City(id="shelbyville"))], Reason.KILL_NOTE),
    "kill: of the test city of the same name": (
        [File(), Kill(city=City(environment=Environment.TEST))],
        Reason.KILL_NOTE,
    ),
    "kill: too large": ([File(), Kill(more={9: bytes(512)})], Reason.KILL_NOTE),
    "kill: a note for a newer program": ([File(), Kill(more={-1: 0})], Reason.NEWER_PROGRAM),
}
