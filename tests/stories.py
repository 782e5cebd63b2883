"""Stories of trust files that are offered to one venue, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from cities import CONTACT, DAY, NOW, City

from idcard import cose
from idcard.ceremony import publish
from idcard.credential.calendar import noon_of_first, seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Reason
from idcard.trust import cancellations, kill_note, trust_file
from idcard.trust import root as root_format
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_list import IssuingKey
from idcard.verify import memory
from idcard.verify.memory import Memory

CITY = City()


@dataclass(frozen=True)
class RootStep:
    """A root of the city: who may sign roots and lists, who signed this one, when it ends (days from NOW).

    after: the root that it names as the one before it, if not the one that stands there.
    """

    keys: Sequence[int] = (1, 2, 3)
    threshold: int = 2
    signed: Sequence[int] = (1, 2)
    publishers: Sequence[str] = ("publisher",)
    publisher_threshold: int = 1
    days: int = 500
    version: int | None = None
    after: "RootStep | None" = None


@dataclass(frozen=True)
class File:
    """A trust file: its roots, the first of them being root number `first`, its list and its kill notes.

    without: names of issuing keys that the list leaves out. until: for some, another verify_until. compromised: names
    of issuing keys that the list distrusts. crowd: so many issuing keys more, which end LATER or at crowd_until.
    killed: names of issuing keys whose kill notes are in the file. issued, early: days after NOW, less so many seconds,
    when the list was made; no list outlives its root. list_of: the trust file whose list stands in this one, if it has
    none of its own. days: after NOW, the day on which the file is offered.
    """

    roots: Sequence[RootStep] = (RootStep(),)
    first: int = 1
    list_version: int = 1
    publishers: Sequence[str] = ("publisher",)
    contact: str = CONTACT
    without: Sequence[str] = ()
    until: Mapping[str, int] = field(default_factory=dict)
    compromised: Sequence[str] = ()
    crowd: int = 0
    crowd_until: int | None = None
    killed: Sequence[str] = ()
    issued: int = 0
    early: int = 0
    list_of: "File | None" = None
    days: int = 0
    city: City = field(default=CITY, repr=False)

    def verify_until(self) -> dict[str, int]:
        """Of the issuing keys of the list, by their names."""
        known = {each.key: each.verify_until for each in self.city.trust_list().keys}
        told = {name: self.until.get(name, known[self.city.signer(name).public_key]) for name in ISSUING}
        told |= dict.fromkeys(crowd(self.crowd), self.crowd_until or LATER)
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


@dataclass(frozen=True)
class Kills:
    """Kill notes of these issuing keys, one after the other on one day."""

    keys: Sequence[str]
    days: int = 0


Step = File | Kill | Kills
ISSUING = ("cohort", "cohort standby", "revocable", "revocable standby")
LATER = noon_of_first(2031 * 12)
"""Long after all keys of the city."""


def crowd(count: int, first: int = 1) -> list[str]:
    """Names of issuing keys."""
    return [f"crowd {number}" for number in range(first, first + count)]


def key(city: City, number: int) -> bytes:
    return city.signer(f"root {number}").public_key


def build(step: File | Kill) -> bytes:
    """The same step gives the same bytes."""
    known = (repr(step), step.city.scope)
    if known not in _BUILT:
        _BUILT[known] = build_file(step) if isinstance(step, File) else build_note(step)
    return _BUILT[known]


_BUILT: dict[tuple[str, Scope], bytes] = {}


def build_note(note: Kill) -> bytes:
    payload = cose.encode({1: note.city.signer(note.key).public_key, **note.more})
    signers = [note.city.signer(name) for name in ([note.key] if note.by is None else note.by)]
    return publish.sign(payload, note.kind, note.city.scope, signers)


def build_file(file: File) -> bytes:
    signed_roots = [signed_root for _, signed_root in build_roots(file)][file.first - 1 :]
    notes = [build(Kill(name, city=file.city)) for name in file.killed]
    return trust_file.encode(signed_roots, build_list(file.list_of or file), cancellations.encode([]), notes)


def build_roots(file: File) -> list[tuple[Root, bytes]]:
    """Those that come before the first one of the file, too."""
    made: list[tuple[Root, bytes]] = []
    for number, step in enumerate((*[RootStep()] * (file.first - 1), *file.roots), 1):
        last = made[-1][0] if made else None
        if step.after is not None:
            last = build_root(file.city, step.after, number - 1, made[-2][0] if number > 2 else None)
        root = build_root(file.city, step, step.version or number, last)
        made.append((root, file.city.sign_root(root, [file.city.signer(f"root {each}") for each in step.signed])))
    return made


def build_root(city: City, step: RootStep, version: int, last: Root | None) -> Root:
    return city.root(
        version=version,
        previous=None if last is None else root_format.digest(last),
        exp=seconds(NOW) + step.days * DAY,
        roots=Role(step.threshold, tuple(sorted(key(city, each) for each in step.keys))),
        publishers=Role(
            step.publisher_threshold, tuple(sorted(city.signer(name).public_key for name in step.publishers))
        ),
    )


def build_list(file: File) -> bytes:
    city, (root, _) = file.city, build_roots(file)[-1]
    named = {city.signer(name).public_key: name for name in (*ISSUING, *crowd(file.crowd))}
    founding = {each.key: each for each in city.trust_list().keys}
    more = {key: IssuingKey(key=key, classes=frozenset({1}), verify_until=LATER) for key in named}
    until = file.verify_until()
    listed = tuple(
        replace(
            each,
            verify_until=until.get(named.get(key, ""), each.verify_until),
            compromised=named.get(key) in file.compromised,
        )
        for key, each in sorted((more | founding).items())
        if named.get(key) not in file.without
    )
    founded, later = city.trust_list(), file.issued * DAY - file.early
    exp = min(founded.exp + later, root.exp)
    made = city.trust_list(
        root=root_format.digest(root),
        version=file.list_version,
        issued=founded.issued + later,
        next_update=min(founded.next_update + later, exp),
        exp=exp,
        contact=file.contact,
        keys=listed,
    )
    return city.sign_list(made, [city.signer(name) for name in file.publishers])


def offer(held: Memory | None, step: Step) -> Memory:
    """The memory once this is taken, on its day. Raises Refused."""
    now = NOW + timedelta(days=step.days)
    if held is None:
        assert isinstance(step, File)
        return memory.install(build(step), fingerprint=None, now=now)
    if isinstance(step, Kill):
        return memory.kill(memory.seen(held, now=now), build(step))
    if isinstance(step, Kills):
        for name in step.keys:
            held = memory.kill(held, build(Kill(name)))
        return held
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
FORGED = RootStep(keys=(4, 5, 6), signed=(4, 5))
"""Whoever made it has none of the city's root keys, and names the city's own publisher."""
LIST_MAX = (1 << 32) - 1
DECEMBER = noon_of_first(2026 * 12 + 11)
ENDS_IN_9_DAYS = {"revocable": DECEMBER}
DAY_OF_1970 = -20779

TAKEN: dict[str, list[File]] = {
    "the same file again": [File(), File()],
    "the same list, signed by the other publisher": [
        File(roots=(EITHER_PUBLISHER,)),
        File(roots=(EITHER_PUBLISHER,), publishers=("new publisher",)),
    ],
    "the same root, signed by other root keys": [File(), File(roots=(RootStep(signed=(1, 3)),))],
    "a renewed list": [File(), File(list_version=2)],
    "a list that skips versions": [File(), File(list_version=9)],
    "a list that leaves out a key whose verify_until is its own time of issue": [
        File(until=ENDS_IN_9_DAYS),
        File(list_version=2, issued=9, days=9, without=["revocable"]),
    ],
    "a list that distrusts a key": [File(), File(list_version=2, compromised=["revocable"])],
    "a list that still distrusts a key": [
        File(compromised=["revocable"]),
        File(list_version=2, compromised=["revocable"]),
    ],
    "a new root trusts a key again": [File(compromised=["revocable"]), File(roots=(FIRST, SAME_KEYS))],
    "a new root leaves a key out": [File(), File(roots=(FIRST, SAME_KEYS), without=["revocable"])],
    "a new root lets a key live longer": [File(), File(roots=(FIRST, SAME_KEYS), until={"revocable": LATER})],
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
    "under a new root versions count anew": [
        File(list_version=2),
        File(roots=(FIRST, SAME_KEYS), list_version=1),
    ],
    "fast forward, ended by a root with another publisher": [
        File(list_version=LIST_MAX),
        File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
    ],
    "fast forward, ended by a root with the same publisher": [
        File(list_version=LIST_MAX),
        File(roots=(FIRST, SAME_KEYS), list_version=2),
    ],
    "fast forward, ended by a root with one publisher more": [
        File(list_version=LIST_MAX),
        File(roots=(FIRST, EITHER_PUBLISHER), publishers=("new publisher",), list_version=2),
    ],
    "a list from the far future and a clock that ran ahead, ended by a new root": [
        File(),
        File(list_version=LIST_MAX, issued=300, days=400),
        File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), days=5),
    ],
    "on a clock of 1970, a root that was in date on the last day seen": [
        File(days=110),
        File(roots=(FIRST, RootStep(days=110)), days=DAY_OF_1970),
    ],
    "a list from the future, by a day": [File(), File(list_version=2, issued=1)],
    "a list from the future, by two days": [File(), File(list_version=2, issued=2)],
    "a list from the future, by more than two days": [File(), File(list_version=2, issued=3)],
    "a list from the far future": [File(), File(list_version=2, issued=300)],
    "a list from the future, followed by one that was issued earlier": [
        File(),
        File(list_version=2, issued=300),
        File(list_version=3, issued=1, days=1),
    ],
    "a list from the future, followed under a new root by one that was issued earlier": [
        File(),
        File(list_version=2, issued=300),
        File(roots=(FIRST, SAME_KEYS), issued=1, days=1),
    ],
    "a list that was issued before the one held": [File(issued=1), File(list_version=2)],
}

REFUSED: dict[str, tuple[list[File], Reason]] = {
    "a list that leaves a key out": ([File(), File(list_version=2, without=["revocable"])], Reason.TRUST_TAKES_BACK),
    "a list that leaves a distrusted key out": (
        [File(compromised=["revocable"]), File(list_version=2, without=["revocable"])],
        Reason.TRUST_TAKES_BACK,
    ),
    "a list that leaves out a key a second before its verify_until": (
        [File(until=ENDS_IN_9_DAYS), File(list_version=2, issued=9, early=1, days=9, without=["revocable"])],
        Reason.TRUST_TAKES_BACK,
    ),
    "a list that lets a key live longer": (
        [File(), File(list_version=2, until={"revocable": LATER})],
        Reason.TRUST_TAKES_BACK,
    ),
    "a list that lets a key end sooner": (
        [File(), File(list_version=2, until=ENDS_IN_9_DAYS)],
        Reason.TRUST_TAKES_BACK,
    ),
    "a list that lets a key live longer after its end": (
        [File(until=ENDS_IN_9_DAYS), File(list_version=2, issued=10)],
        Reason.TRUST_TAKES_BACK,
    ),
    "a list that trusts a key again": (
        [File(compromised=["revocable"]), File(list_version=2)],
        Reason.TRUST_TAKES_BACK,
    ),
    "an older list": ([File(list_version=2), File(list_version=1)], Reason.TRUST_ROLLBACK),
    "a new root does not bring back an older list, which names the old root": (
        [File(list_version=2), File(roots=(FIRST, SAME_KEYS), list_of=File(list_version=1))],
        Reason.TRUST_CHAIN,
    ),
    "a new root does not bring on a later list, which names the old root": (
        [File(), File(roots=(FIRST, SAME_KEYS), list_of=File(list_version=2))],
        Reason.TRUST_CHAIN,
    ),
    "an older list under a new root": (
        [File(), File(roots=(FIRST, SAME_KEYS), list_version=2), File(roots=(FIRST, SAME_KEYS))],
        Reason.TRUST_ROLLBACK,
    ),
    "two lists of one version under a new root": (
        [File(), File(roots=(FIRST, SAME_KEYS)), File(roots=(FIRST, SAME_KEYS), contact="Ask somebody else.")],
        Reason.TRUST_EQUIVOCATION,
    ),
    "a publisher comes back with the third root, but not their list of the first": (
        [
            File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",)),
            File(roots=(FIRST, NEW_PUBLISHER, SAME_KEYS), list_of=File(list_version=9)),
        ],
        Reason.TRUST_CHAIN,
    ),
    "a publisher came back with the third root, but not their list of the first": (
        [
            File(roots=(FIRST, NEW_PUBLISHER, SAME_KEYS)),
            File(roots=(FIRST, NEW_PUBLISHER, SAME_KEYS), list_of=File(list_version=9)),
        ],
        Reason.TRUST_CHAIN,
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
    "a root that was made to follow another one": (
        [File(), File(roots=(FIRST, ONE_KEY_OUT, replace(SAME_KEYS, after=SAME_KEYS)))],
        Reason.TRUST_CHAIN,
    ),
    "a forged root": ([File(), File(roots=(FORGED,), list_version=2)], Reason.TRUST_FOREIGN),
    "a list that was signed for a forged root": (
        [File(), File(list_of=File(roots=(FORGED,), list_version=2))],
        Reason.TRUST_CHAIN,
    ),
    "retired root keys made another second root, and a publisher signed for it": (
        [File(roots=(FIRST, ALL_KEYS_OUT)), File(roots=(FIRST, SAME_KEYS), list_version=2)],
        Reason.TRUST_FOREIGN,
    ),
    "a list that was signed for another second root of retired keys": (
        [
            File(roots=(FIRST, ALL_KEYS_OUT)),
            File(roots=(FIRST, ALL_KEYS_OUT), list_of=File(roots=(FIRST, SAME_KEYS), list_version=2)),
        ],
        Reason.TRUST_CHAIN,
    ),
    "the last root has expired": (
        [File(), File(roots=(FIRST, RootStep(days=0)), list_version=2, issued=-1)],
        Reason.ROOT_EXPIRED,
    ),
    "a forged root that claims to come much later": (
        [File(), File(roots=(FORGED,), first=9)],
        Reason.TRUST_GAP,
    ),
    "another city": ([File(), File(city=City(id="shelbyville"))], Reason.TRUST_FOREIGN),
    "another city, whose roots have later numbers": (
        [File(), File(roots=(FIRST,), first=9, city=City(id="shelbyville"))],
        Reason.TRUST_FOREIGN,
    ),
    "the test city of the same name": (
        [File(), File(city=City(environment=Environment.TEST))],
        Reason.TRUST_FOREIGN,
    ),
    "fast forward, and no new root": ([File(list_version=LIST_MAX), File(list_version=2)], Reason.TRUST_ROLLBACK),
    "fast forward under the root that ended one": (
        [
            File(list_version=LIST_MAX),
            File(roots=(FIRST, SAME_KEYS), list_version=LIST_MAX),
            File(roots=(FIRST, SAME_KEYS), list_version=2),
        ],
        Reason.TRUST_ROLLBACK,
    ),
    "fast forward, and its list again under the new root": (
        [
            File(list_version=LIST_MAX),
            File(roots=(FIRST, SAME_KEYS)),
            File(roots=(FIRST, SAME_KEYS), list_of=File(list_version=LIST_MAX)),
        ],
        Reason.TRUST_CHAIN,
    ),
    "an old list of a publisher who was dismissed": (
        [
            File(list_version=LIST_MAX),
            File(roots=(FIRST, NEW_PUBLISHER), publishers=("publisher",), list_version=LIST_MAX),
        ],
        Reason.TRUST_UNSIGNED,
    ),
    "the list before, after one from the future": (
        [File(), File(list_version=3, issued=300), File(list_version=2, issued=1, days=1)],
        Reason.TRUST_ROLLBACK,
    ),
    "another list of the version of one from the future": (
        [File(), File(list_version=2, issued=300), File(list_version=2, issued=1, days=1)],
        Reason.TRUST_EQUIVOCATION,
    ),
}

# Of these the day matters on which each file is offered.
REFUSED_THAT_DAY: dict[str, tuple[list[File], Reason]] = {
    "on a clock of 1970, a root that had expired by the last day seen": (
        [File(days=110), File(roots=(FIRST, RootStep(days=109)), list_version=2, days=DAY_OF_1970)],
        Reason.ROOT_EXPIRED,
    ),
    "on a clock of 1970, a list whose root had expired by the last day seen": (
        [
            File(roots=(RootStep(days=30),), days=20),
            File(roots=(RootStep(days=30), SAME_KEYS), days=100),
            File(roots=(RootStep(days=30), SAME_KEYS, RootStep(days=99)), days=DAY_OF_1970),
        ],
        Reason.ROOT_EXPIRED,
    ),
    "on a clock that ran ahead, a root that will have expired": (
        [File(), File(roots=(FIRST, SAME_KEYS), list_version=2, days=500)],
        Reason.ROOT_EXPIRED,
    ),
}

# ---- kill notes ----

UNTIL = File().verify_until()
ENDING = {"cohort": DECEMBER}
LONGEST, LONGEST_AND_A_MONTH = noon_of_first(2035 * 12 + 1), noon_of_first(2035 * 12 + 2)
"""The last end of a key within 3000 days of NOW, and the one after."""

# name -> what is offered, and the notes that are remembered in the end, by the name of the key
KILLED: dict[str, tuple[list[Step], dict[str, int]]] = {
    "kill: a note by itself": ([File(), Kill()], {"cohort": UNTIL["cohort"]}),
    "kill: a note with an unknown field": ([File(), Kill(more={9: 0})], {"cohort": UNTIL["cohort"]}),
    "kill: the same note again": ([File(), Kill(), Kill()], {"cohort": UNTIL["cohort"]}),
    "kill: another note of the same key, and the first one stays": (
        [File(), Kill(), Kill(more={9: 0})],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a note that came with a file, and then a person brings it": (
        [File(killed=["cohort"]), Kill()],
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
    "kill: a new root leaves the key out, and the list after that names it again": (
        [
            File(),
            Kill(),
            File(roots=(FIRST, SAME_KEYS), without=["cohort"]),
            File(roots=(FIRST, SAME_KEYS), list_version=2),
        ],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a new root lets the key live longer": (
        [File(), Kill(), File(roots=(FIRST, SAME_KEYS), until={"cohort": LATER})],
        {"cohort": LATER},
    ),
    "kill: a new root lets the key live longer, and the next one does not": (
        [
            File(),
            Kill(),
            File(roots=(FIRST, SAME_KEYS), until={"cohort": LATER}),
            File(roots=(FIRST, SAME_KEYS, ONE_KEY_OUT)),
        ],
        {"cohort": LATER},
    ),
    "kill: a new root lets the key end sooner": (
        [File(), Kill(), File(roots=(FIRST, SAME_KEYS), until=ENDING)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a key that lives for 3000 days": (
        [File(until={"cohort": LONGEST}), Kill()],
        {"cohort": LONGEST},
    ),
    "kill: a key that lives longer than any may, and the note is kept for 3000 days": (
        [File(until={"cohort": LONGEST_AND_A_MONTH}), Kill()],
        {"cohort": seconds(NOW) + 3000 * DAY},
    ),
    "kill: a new root and a new publisher do not revive the key": (
        [
            File(list_version=LIST_MAX),
            Kill(),
            File(roots=(FIRST, NEW_PUBLISHER), publishers=("new publisher",), list_version=2),
        ],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a new root with the same publisher does not revive the key": (
        [File(), Kill(), File(roots=(FIRST, SAME_KEYS))],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a new root whose list leaves the key out drops no note": (
        [File(), Kill(), File(roots=(FIRST, SAME_KEYS), without=["cohort"])],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: a longer chain back is no new root": (
        [File(roots=(SAME_KEYS,), first=2), Kill(), File(roots=(FIRST, SAME_KEYS), list_version=2)],
        {"cohort": UNTIL["cohort"]},
    ),
    "kill: remembered on the day on which the key ends": (
        [File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, issued=9, days=9)],
        ENDING,
    ),
    "kill: remembered by a clock that ran ahead, for it may be mended": (
        [File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, days=100)],
        ENDING,
    ),
    "kill: forgotten on the day after": (
        [File(until=ENDING, killed=["cohort"]), File(list_version=2, until=ENDING, issued=10, days=10)],
        {},
    ),
    "kill: forgotten, and not remembered anew": (
        [
            File(until=ENDING, killed=["cohort"], days=10),
            File(list_version=2, until=ENDING, killed=["cohort"], issued=10, days=10),
        ],
        {},
    ),
    "kill: another key is remembered longer": (
        [
            File(until=ENDING, killed=["cohort", "revocable"]),
            File(list_version=2, until=ENDING, issued=10, days=10),
        ],
        {"revocable": UNTIL["revocable"]},
    ),
}


def last_out(count: int) -> list[str]:
    """All of a crowd but the note that came last: notes of one file come in the order of their bytes."""
    return sorted(crowd(count), key=lambda name: CITY.signer(name).public_key)[:-1]


# In a full memory: name -> what is offered, and the keys whose notes are remembered in the end.
FULL: dict[str, tuple[list[Step], list[str]]] = {
    "kill: 500 notes by a list": ([File(), File(list_version=2, crowd=500, killed=crowd(500))], crowd(500)),
    "kill: 500 notes by a list, and one more by the next, which is not kept": (
        [
            File(list_version=2, crowd=500, killed=crowd(500)),
            File(list_version=3, crowd=501, killed=crowd(501)),
        ],
        crowd(500),
    ),
    "kill: 500 notes by a list, and one by a person, which takes a place": (
        [File(crowd=500, killed=crowd(500)), Kill()],
        [*last_out(500), "cohort"],
    ),
    "kill: 500 notes by persons, and one more by a list, which is not kept": (
        [
            File(crowd=500),
            Kills(crowd(500)),
            File(list_version=2, crowd=500, killed=["cohort"]),
        ],
        crowd(500),
    ),
    "kill: 500 notes by persons, and one more by a person, which takes the place of one that ends last": (
        [File(crowd=500), Kills(["revocable", *crowd(499)]), Kill()],
        ["revocable", *crowd(498), "cohort"],
    ),
    "kill: 500 notes, and of a person's that ends last and the list's the place of one of the list's is taken": (
        [File(crowd=499, until={"revocable": LONGEST}, killed=crowd(499)), Kill("revocable"), Kill()],
        [*last_out(499), "revocable", "cohort"],
    ),
    "kill: 500 notes, and the place of a key that no list names is taken before one that ends later": (
        [
            File(crowd=499, killed=crowd(499)),
            File(roots=(FIRST, SAME_KEYS), until={"cohort": LONGEST}, killed=["cohort"]),
            Kill("revocable"),
        ],
        [*last_out(499), "cohort", "revocable"],
    ),
    "kill: 500 notes that end by the next list, which brings another": (
        [
            File(until=ENDING, crowd=500, crowd_until=DECEMBER, killed=crowd(500)),
            File(
                list_version=2, until=ENDING, crowd=500, crowd_until=DECEMBER, issued=10, days=10, killed=["revocable"]
            ),
        ],
        ["revocable"],
    ),
    "kill: 500 notes, and a new root whose list does not name the keys drops none": (
        [File(crowd=500, killed=crowd(500)), File(roots=(FIRST, SAME_KEYS))],
        crowd(500),
    ),
    "kill: 500 notes, and a new root whose file has the note of a key that it names": (
        [File(crowd=500, killed=crowd(500)), File(roots=(FIRST, SAME_KEYS), killed=["cohort"])],
        [*last_out(500), "cohort"],
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
