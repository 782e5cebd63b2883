"""Years of a city and its venues, all drawn from one number: what officers, couriers, clocks and thieves may do.

Everything that decides is the real thing: plan, rotation, trust lists, signatures, memories, minting and verdicts.
Drawn are the times, and the extreme ones more often than others: there a formula of specs/keys.md that is too weak by a
second gives way. True time is that of nobody's clock; every clock is off by up to σ in either direction.
"""

import hashlib
import heapq
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import accumulate, count
from typing import Any
from unittest import mock

from cities import ADULT, CONTACT, DAY, signer

from idcard import cose
from idcard.ceremony import founding, publish, rotation
from idcard.ceremony.founding import FoundingKeys
from idcard.ceremony.rotation import NotYet
from idcard.city.plan import IssuedClass, Plan, PlanError, PlannedKey, Timing
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.credential import signed, text
from idcard.credential.calendar import Quarter, as_datetime
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Outcome, Reason, Refused
from idcard.issuing.minting import CannotMint, mint
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, document, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import TrustList
from idcard.verify import Verifier, memory
from idcard.verify.decision import CLOCK_SKEW

SCOPE = Scope(Environment.PRODUCTION, "springfield")
BEGIN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
STATIONS = ("north", "south")
PERSON: dict[str, Any] = {**ADULT, "student": True}
RULES = "abcdefg"
"""Their words are in test_simulation."""
MAX_NOTES = 3
EARLY = 0
"""How much earlier than allowed the lists come out, in seconds."""


class Broken(AssertionError):
    """A rule that does not hold."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"({rule}) {what}")
        self.rule = rule


@dataclass(frozen=True)
class Publication:
    """A trust file and when it came out, in true time."""

    true: int
    file: bytes
    trust: Trust


@dataclass
class Code:
    """A code as its holder has it. revocation: by which it is cancelled. good_until: until when it must be accepted: σ
    before its end, as the clock of a venue may be ahead. All in true time.
    """

    text: str
    venue_class: str
    key: bytes
    revocation: bytes
    minted: int
    good_until: int


@contextmanager
def fast() -> Iterator[None]:
    """The same, but nothing is worked out twice: what is decoded, or verified, once is remembered for all venues.

    These are functions of bytes alone, so no verdict changes. And a memory has room for three kill notes, so that
    a thief fills it soon.
    """
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(memory, "MAX_NOTES", MAX_NOTES))
        decoders = ((trust_file, "decode"), (trust_list, "decode"), (root, "decode"), (document, "digest"))
        for module, name in (*decoders, (cose, "verifies"), (cose, "kid"), (cose, "decode_sign")):
            remembered = lru_cache(maxsize=1 << 11)(getattr(module, name))
            stack.enter_context(mock.patch.object(module, name, remembered))
        yield


def draw_timing(draw: random.Random, list_life: Callable[[Timing], int] | None) -> Timing:
    """U, D and σ as drawn; V is often the least that the formula allows."""
    if draw.random() < 0.2 and list_life is None:
        return Timing()
    update, courier, skew = draw.randint(10, 60), draw.randint(1, 40), draw.choice((1, 1, 1, 2, 5))
    least = Timing(list_life=400, update=update, courier=courier, skew=skew)
    if list_life is not None:
        return replace(least, list_life=list_life(least))
    return replace(least, list_life=draw.choice((least.reserve, draw.randint(least.reserve, 400))))


def draw_classes(draw: random.Random, timing: Timing) -> tuple[IssuedClass, ...]:
    """One of each kind that uses any list in date, and a stricter one."""

    def issued(number: int, kind: Kind, flags: set[int], tolerance: int) -> IssuedClass:
        profile = Profile(
            venue_class=f"class-{number}",
            kind=kind,
            flags=frozenset(flags),
            life=draw.choice((12, 12, 13, 24, draw.randint(12, 60))),
            max_version=7,
        )
        return IssuedClass(number=number, tolerance=tolerance, profile=profile)

    return (
        issued(1, Kind.COHORT, {1}, timing.list_life),
        issued(2, Kind.REVOCABLE, {1}, timing.list_life),
        issued(3, draw.choice(list(Kind)), {1, 4}, draw.randint(1, timing.list_life)),
    )


# ---- the city ----


@dataclass
class Theft:
    """Of the publisher's key of a root, by its digest: in whose hands it is, from when and until when that matters.

    until: when the next root came out.
    """

    root: bytes
    signers: list[SeedSigner]
    begin: int
    until: int


class City:
    """One history of a city: what it publishes and which codes it mints."""

    def __init__(self, seed: int, rules: str, list_life: Callable[[Timing], int] | None) -> None:
        self.draw = draw = random.Random(seed)  # noqa: S311
        self.seed = seed
        self._rules = rules
        self.timing = draw_timing(draw, list_life)
        self.skew = self.timing.skew * DAY
        self.plan = Plan(
            scope=SCOPE,
            name="Springfield",
            contact=CONTACT,
            classes=draw_classes(draw, self.timing),
            keys=(),
            stations=draw.choice(((), (), STATIONS[:1], STATIONS)),
            timing=self.timing,
        )
        years = draw.randint(2, 6)
        self.end = BEGIN + min(365 * years, 45 * self.timing.update) * DAY
        self.publications: list[Publication] = []
        self.codes: dict[str, Code] = {}
        self.at_once: list[int] = []
        """Numbers of publications with a key that signed in the very second in which it was ready."""
        self.distrusted: dict[bytes, int] = {}
        self.cancelled: set[bytes] = set()
        self.seen: Counter[str] = Counter()
        self.calm = True
        """Nothing has happened yet for which a counter may stand without a key."""
        self._signers: dict[bytes, SeedSigner] = {}
        self._number = count()
        self._queue: list[tuple[int, int, Callable[[int], None]]] = []
        self._due = 0
        self._late = draw.random() < 0.3
        self._asleep: Quarter | None = None
        self.thefts: list[Theft] = []
        self.from_the_future: set[bytes] = set()
        """Digests of lists that a clock made which was far ahead."""

    def broken(self, rule: str, what: str, true: int) -> None:
        if rule in self._rules:
            when = f"{as_datetime(true):%Y-%m-%d %H:%M:%S}"
            raise Broken(rule, f"history {self.seed}, {self.timing}, at {when}: {what}")

    def off(self, draw: random.Random | None = None) -> int:
        """How far some clock is ahead of true time, in seconds."""
        draw = draw or self.draw
        return draw.choice((-self.skew, -self.skew, self.skew, self.skew, 0, draw.randint(-self.skew, self.skew)))

    def live(self) -> None:
        self._found()
        for _ in range(self.draw.choice((0, 0, 1, 2, 4))):
            mishap = self.draw.choice(
                (
                    self._lose,
                    self._distrust,
                    self._distrust_all,
                    self._fall_asleep,
                    self._run_ahead,
                )
            )
            self._at(self.draw.randint(BEGIN, self.end), mishap)
        for _ in range(self.draw.choice((0, 0, 1, 3))):
            self._at(self.draw.randint(BEGIN, self.end), self._steal)
        if self.draw.random() < 0.2:
            self._at(self.draw.randint(BEGIN, self.end), self._change_stations)
        for _ in range(12):
            self._mint_at(self.draw.randint(BEGIN, self.end))
        quarter = Quarter.of(BEGIN)
        while quarter.end < self.end:
            self._mint_at(quarter.end - 1)
            self._mint_at(quarter.end)
            quarter = quarter.next()
        while self._queue:
            true, _, happen = heapq.heappop(self._queue)
            happen(true)
        self.seen.update({"code": len(self.codes), "key": len(self.plan.keys), "calm history": self.calm})

    def _at(self, true: int, happen: Callable[[int], None]) -> None:
        if true < self.end:
            heapq.heappush(self._queue, (true, next(self._number), happen))

    def _new_signer(self, what: str) -> SeedSigner:
        made = signer(f"{self.seed} {what} {next(self._number)}")
        self._signers[made.public_key] = made
        return made

    def signer_of(self, key: bytes) -> SeedSigner:
        return self._signers[key]

    def signers_of(self, role: Role) -> list[SeedSigner]:
        return [self._signers[key] for key in role.keys[: role.threshold]]

    # ---- publishing ----

    def _found(self) -> None:
        self.true = BEGIN + self.draw.randrange(90 * DAY)
        self.stamp = self.true + self.off()
        issuing = {slot: self._new_signer("issuing") for slot in rotation.slots(self.plan, self.stamp)}
        keys = FoundingKeys(
            roots=tuple(self._new_signer("root") for _ in range(3)),
            publisher=self._new_signer("publisher"),
            issuing=issuing,
        )
        self.plan, file = founding.found(self.plan, keys, now=as_datetime(self.stamp))
        self._came_out(self.true, file)
        self._rotated = Quarter.of(self.stamp)
        self._plan_next()

    def _came_out(self, true: int, file: bytes) -> None:
        trust = trust_file.decode(file)
        self.publications.append(Publication(true, file, trust))
        self.seen["publication"] += 1
        self.trust, self.true = trust, true

    def _plan_next(self) -> None:
        """The next publication, by the clock of the office: regular, for new keys, for a new root, or just so."""
        regular = self.stamp + self.timing.update * DAY
        if self._late and self.draw.random() < 0.05:
            self._late = False
            regular += max(0, self.timing.list_life - self.timing.reserve) * DAY
        times = [regular, self._rotation_due(), self.trust.root.exp - self.timing.root_reserve]
        if self.draw.random() < (0.3 if self.calm else 0.6):
            times.append(self.stamp + self.draw.choice((1, 1, 1, self.draw.randint(1, self.timing.update * DAY))))
        self._publish_at(min(times))

    def _publish_at(self, stamp: int, not_before: int = 0) -> None:
        self._due = due = max(stamp, self.stamp + 1)
        true = max(self.true + 1, not_before, due - self.off() - EARLY)
        self._at(true, partial(self._publish, stamp=due))

    def _rotation_due(self) -> int:
        """A day from the beginning of the next quarter that has none yet to the first deadline in it."""
        quarter = self._rotated.next()
        deadlines = []
        later = quarter
        while (deadline := rotation.deadline(later, self.timing)) < quarter.end:
            deadlines += [deadline] if deadline >= quarter.begin else []
            later = later.next()
        span = min(deadlines, default=quarter.end - 1) - quarter.begin
        draw = random.Random(f"{self.seed} {quarter}")  # noqa: S311
        return quarter.begin + draw.choice((0, span, span, span // 2, span // 9))

    def _publish(self, true: int, stamp: int) -> None:
        if stamp != self._due:
            return
        self.stamp = stamp
        if stamp >= self._rotation_due():
            self._rotated = Quarter.of(stamp)
            if self._rotated != self._asleep:
                self._make_missing()
        elif self.draw.random() < (0.2 if self.calm else 0.5):
            self._make_missing()
        self._sometimes_cancel(true)
        current, signed_roots = self.trust.root, trust_file.signed_roots(self.publications[-1].file)
        stolen = self.thefts and self.thefts[-1].until > true
        if stolen or stamp >= current.exp - self.timing.root_reserve or self.draw.random() < 0.01:
            current = self._next_root(current)
            joining = set(current.roots.keys) - set(self.trust.root.roots.keys)
            by = {
                each.public_key: each
                for each in (
                    *self.signers_of(self.trust.root.roots),
                    *self.signers_of(current.roots),
                    *(self._signers[key] for key in joining),
                )
            }
            signed_roots = (*signed_roots, publish.sign_root(current, by.values()))
            self.seen["new root"] += 1
        values = cancellations.encode(self.cancelled)
        new = founding.trust_list_of(
            self.plan,
            version=self.trust.trust_list.version + 1,
            root_digest=root.digest(current),
            root_exp=current.exp,
            cancelled=cancellations.digest(values),
            now=stamp,
        )
        rotation.check_successor(self.trust.trust_list, new)
        file = publish.assemble(
            signed_roots, publish.sign_list(new, SCOPE, self.signers_of(current.publishers)), values
        )
        known = {key.key for key in self.plan.keys if key.ready is not None}
        self.plan = rotation.published(self.plan, new)
        self._came_out(true, file)
        if stolen:
            self.thefts[-1].until = true
        number = len(self.publications) - 1
        for key in self.plan.keys:
            if key.ready is not None and key.key not in known:
                self._mint_at(key.ready, key, number)
        self._plan_next()

    def _make_missing(self) -> None:
        for slot in rotation.missing(self.plan, self.stamp):
            self.plan = rotation.made(self.plan, slot, self._new_signer("issuing").public_key, self.stamp)

    def _next_root(self, old: Root) -> Root:
        new = replace(old, version=old.version + 1, previous=root.digest(old), exp=founding.root_exp(self.stamp))
        if self.draw.random() < 0.3:
            keys = (*old.roots.keys[1:], self._new_signer("root").public_key)
            new = replace(new, roots=Role(2, tuple(sorted(keys))))
        if self.draw.random() < 0.3 or (self.thefts and self.thefts[-1].until > self.true):
            new = replace(new, publishers=Role(1, (self._new_signer("publisher").public_key,)))
        return new

    def _sometimes_cancel(self, true: int) -> None:
        if self.codes and self.draw.random() < 0.05:
            spoilt = self.draw.choice(list(self.codes.values()))
            self.cancelled.add(spoilt.revocation)
            for code in self.codes.values():
                if code.revocation == spoilt.revocation:
                    code.good_until = min(code.good_until, true)

    # ---- what goes wrong ----

    def _some_key(self, now: int) -> PlannedKey | None:
        """One that signs, or that would."""
        live = [key for key in self.plan.keys if rotation.is_live(key, now) and key.ready is not None]
        return self.draw.choice(sorted(live, key=lambda key: key.quarter)[:6]) if live else None

    def _lose(self, true: int) -> None:
        now = true + self.off()
        key = self._some_key(now)
        if key is not None:
            with suppress(NotYet):
                self.plan = rotation.retired(self.plan, key, now)
                self._after_an_emergency(true)

    def _distrust(self, true: int) -> None:
        key = self._some_key(true + self.off())
        if key is not None:
            self._leaked(key, true)
            self._after_an_emergency(true)

    def _distrust_all(self, true: int) -> None:
        """Somebody carried away the machine that signs codes of a kind."""
        key = self._some_key(true + self.off())
        if key is not None:
            for each in self.plan.keys:
                if each.kind is key.kind and each.station == key.station and each.quarter.end > true:
                    self._leaked(each, true)
            self._after_an_emergency(true)

    def _leaked(self, key: PlannedKey, true: int) -> None:
        self.plan = rotation.distrusted(self.plan, key)
        self.distrusted.setdefault(key.key, true)

    def _after_an_emergency(self, true: int) -> None:
        self.calm = False
        if self.draw.random() < 0.7:
            stamp = max(true + self.off(), self.stamp + 1)
            if stamp < self._due:
                self._publish_at(stamp, true)

    def _steal(self, true: int) -> None:
        """Somebody has the publisher's key, until the next root names another."""
        if not self.thefts or self.thefts[-1].until <= true:
            root_now = self.trust.root
            self.thefts.append(Theft(self.trust.root_digests[-1], self.signers_of(root_now.publishers), true, self.end))

    def _run_ahead(self, true: int) -> None:
        """The clock of the office is far ahead for one list, and is mended soon."""
        self.calm = False
        stamp = true + self.draw.randint(1, 100) * DAY
        if self.stamp < stamp < self.trust.root.exp - self.timing.root_reserve:
            rotated, self._due = self._rotated, stamp
            self._publish(true, stamp)
            self.from_the_future.add(self.trust.list_digest)
            self.seen["list from the future"] += 1
            self._rotated, self.stamp = rotated, true + self.off()
            self._publish_at(self.stamp + self.draw.randint(1, 10 * DAY))

    def _change_stations(self, true: int) -> None:
        self.calm = False
        self.plan = replace(self.plan, stations=self.draw.choice(((), STATIONS[:1], STATIONS)))

    def _fall_asleep(self, true: int) -> None:
        self.calm = False
        self._asleep = self._rotated.next()

    # ---- minting ----

    def _mint_at(self, clock: int, key: PlannedKey | None = None, number: int = 0) -> None:
        """Codes for two people, when the clock of the counter says so. key: that is ready by then, and since when."""
        for ahead in (self.skew if key else self.off(), self.off()):
            self._at(clock - ahead, partial(self._mint, clock=clock, new=key, number=number))

    def _mint(self, true: int, *, clock: int, new: PlannedKey | None, number: int) -> None:
        if true < self.publications[0].true:
            return
        kinds = self.plan.kinds if new is None else (new.kind,)
        issued = self.draw.choice([each for each in self.plan.classes if each.profile.kind in kinds])
        profile, kind = issued.profile, issued.profile.kind
        station = self.draw.choice(self.plan.stations_of(kind)) if new is None else new.station
        try:
            key = rotation.active(self.plan, kind, station, clock)
        except (NotYet, PlanError) as problem:
            if self.calm and clock >= self.publications[0].trust.trust_list.issued:
                self.broken("d", f"no key for {kind} at {station}: {problem}", true)
            return
        if new is not None and key.key == new.key:
            self.at_once.append(number)
            self.seen["code by a key in its first second"] += 1
        handle = hashlib.sha256(repr((true, clock, key.key)).encode()).digest()[:10] if kind is Kind.REVOCABLE else None
        issuer = rotation.issuer_of(key, self._signers[key.key], SCOPE)
        try:
            made = mint(Record(PERSON), profile, issuer, now=as_datetime(clock), handle=handle)
        except CannotMint as problem:
            self.broken("d", f"{key} does not sign for {profile.venue_class}: {problem}", true)
            return
        assert made is not None
        self.seen["code by a standby"] += key.quarter > Quarter.of(clock)
        if made not in self.codes:
            credential = signed.decode(text.decode(made)[1])
            self.codes[made] = Code(
                text=made,
                venue_class=profile.venue_class,
                key=key.key,
                revocation=handle or signed.cohort(credential.to_be_signed(SCOPE)),
                minted=true,
                good_until=credential.claims.exp - self.skew,
            )


# ---- venues ----


class Venue:
    """A venue with its clock and its memory.

    Number 0 takes its files, each within D, but misses one now and then, never two in a row. Number 1 misses none.
    Number 2 misses any. Numbers 3 and 4 have taken one file and no other, often the last one without a key that was
    needed soon; the clock of number 3 is as slow as it may be.
    """

    def __init__(self, city: City, number: int) -> None:
        self.city, self.number = city, number
        self.draw = draw = random.Random(f"{city.seed} {number}")  # noqa: S311
        self.takes_its_files = number < 2
        self.clocks = [(0, -city.skew if number == 3 else city.off(draw))]
        while draw.random() < 0.3 and number != 3:
            self.clocks.append((draw.randint(BEGIN, city.end), city.off(draw)))
        self.clocks.sort()
        self.memory: memory.Memory | None = None
        self._verifier: Verifier | None = None
        self._of: memory.Memory | None = None
        self._root = b""
        self.last_day = 0
        """The last that its clock showed, as specs/trust.md counts it, whatever the memory says."""

    def clock(self, true: int) -> int:
        return true + max(each for each in self.clocks if each[0] <= true)[1]

    def live(self) -> None:
        arrivals = self._arrivals()
        files = [(true, partial(self._take, publication)) for true, publication in arrivals]
        checks = [(true, partial(self._check, code)) for true, code in self._checks(arrivals)]
        harm = self._harm(arrivals[0][0])
        for true, happens in sorted((*files, *checks, *harm), key=lambda event: event[0]):
            if true < self.city.end:
                happens(true)

    def _harm(self, begin: int) -> Iterable[tuple[int, Callable[[int], None]]]:
        """What happens to the venue from its first file on, in true time."""
        return ()

    def _arrivals(self) -> list[tuple[int, Publication]]:
        """When which file comes, in true time. Some come twice: as a file and as a poster."""
        draw, published = self.draw, self.city.publications
        courier = self.city.timing.courier * DAY
        first = draw.choice((0, draw.randrange((len(published) + 1) // 2)))
        if self.number in (3, 4) and self.city.at_once:
            age = {number: published[number].true - published[number - 1].true for number in self.city.at_once}
            first = draw.choice((min(age, key=lambda number: age[number]), *age)) - 1
        misses = (0.5, 0.0, draw.choice((0.5, 0.9)), 1.0, 1.0, 0.3, 0.3)[self.number]
        arrivals, missed = [], False
        for number, publication in enumerate(published[first:]):
            missed = number > 0 and draw.random() < misses and not (missed and self.takes_its_files)
            for _ in range(0 if missed else draw.choice((1, 1, 1, 1, 2))):
                delay = draw.choice((0, courier, courier, draw.randint(0, courier)))
                arrivals.append((publication.true + delay, publication))
        return sorted(arrivals, key=lambda arrival: arrival[0])

    def _checks(self, arrivals: list[tuple[int, Publication]]) -> Iterator[tuple[int, Code]]:
        """Codes are shown when they are new, when the list in hand has a second to go, and when they have.

        Those whose key the venue cannot know yet come first.
        """
        begin, end = arrivals[0][0], self.city.end
        times = [true for true, _ in arrivals]
        lists = list(accumulate((each.trust.trust_list for _, each in arrivals), _newer))
        shown = []
        for code in self.city.codes.values():
            held = lists[max(0, bisect_right(times, code.minted) - 1)]
            knows = code.key in {key.key for key in held.keys}
            shown.append((knows, self.draw.random(), code, held))
        for _, _, code, held in sorted(shown, key=lambda each: each[:2])[:20]:
            wanted = {code.minted, code.minted + self.draw.randrange(self.city.timing.lead), code.good_until - 1}
            for edge in (held.next_update, held.exp):
                wanted.add(edge - 1 - (self.clock(edge) - edge))
            for true in wanted:
                if max(code.minted, begin) <= true < min(code.good_until, end):
                    yield true, code

    def _take(self, publication: Publication, true: int) -> None:
        clock, new = self.clock(true), publication.trust.trust_list
        if self.memory is None:
            self.memory = memory.install(publication.file, fingerprint=None, now=as_datetime(clock))
            self._see(clock)
            return
        held = self.memory.trust.trust_list
        if self.takes_its_files and clock > held.exp:
            self._broken("c", f"list {held.version} is over before list {new.version} comes", true)
        try:
            self.memory = memory.update(self.memory, publication.file, now=as_datetime(clock))
            self._see(clock)
        except Refused as refused:
            self._not_taken(publication, refused, true)

    def _not_taken(self, publication: Publication, refused: Refused, true: int) -> None:
        assert self.memory is not None
        held, new = self.memory.trust.trust_list, publication.trust.trust_list
        if refused.reason is not Reason.TRUST_ROLLBACK or new.version >= held.version:
            self._broken("e", f"list {new.version} is refused: {refused.reason.value}", true)
        self.city.seen["older file refused"] += 1

    def _check(self, code: Code, true: int) -> None:
        if true < min(code.good_until, self.city.distrusted.get(code.key, self.city.end)):
            self._show(code, true)

    def _show(self, code: Code, true: int) -> None:
        assert self.memory is not None
        clock, before = self.clock(true), self.memory
        self.memory = memory.seen(before, now=as_datetime(clock))
        self._see(clock)
        if self.draw.random() < 0.02:
            self.memory = memory.decode(memory.encode(self.memory))
        if self._verifier is None or self._of is not self.memory:
            self._verifier, self._of = Verifier(self.memory), self.memory
        try:
            self._verifier.verify(code.text, code.venue_class, now=as_datetime(clock))
        except Refused as refused:
            self.city.seen[refused.reason.value] += 1
            if self.memory.trust.list_digest not in self.city.from_the_future:
                self._refused(code, refused, clock, true)
        else:
            self.city.seen["accept"] += 1
            self._accepted(code, true)

    def _see(self, clock: int) -> None:
        assert self.memory is not None
        last = (self.memory.trust.trust_list.exp - 1) // DAY
        root_now = self.memory.trust.root_digests[-1]
        if root_now != self._root:
            self.last_day, self._root = min(self.last_day, last), root_now
        self.last_day = max(self.last_day, min(clock // DAY, last))

    def _refused(self, code: Code, refused: Refused, clock: int, true: int) -> None:
        """A good code; and the list is not from the future, of which nothing is promised."""
        assert self.memory is not None
        held = self.memory.trust.trust_list
        what = f"{refused.reason.value} by list {held.version}, minted {as_datetime(code.minted):%Y-%m-%d %H:%M:%S}"
        tolerance = next(each.tolerance for each in held.classes if each.name == code.venue_class) * DAY
        floor = max(held.issued, min(self.last_day * DAY, held.issued + tolerance))
        now = max(clock, floor)
        if now >= code.good_until + self.city.skew:
            return  # it ends before a day that a clock showed which ran ahead
        if refused.outcome is Outcome.REJECT:
            self._broken("a", what, true)
        # σ of a city may be more than what a verifier has; then a slow clock is wrong for certain.
        is_possible = self.city.skew <= CLOCK_SKEW or clock >= held.issued - 2 * CLOCK_SKEW
        if is_possible and now < held.exp and now - held.issued <= tolerance:
            self._broken("b", what, true)

    def _accepted(self, code: Code, true: int) -> None:
        """Of a good code there is nothing to say."""

    def _broken(self, rule: str, what: str, true: int) -> None:
        ahead = self.clock(true) - true
        self.city.broken(rule, f"venue {self.number}, whose clock is {ahead} s ahead: {what}", true)


def _newer(one: TrustList, other: TrustList) -> TrustList:
    return max(one, other, key=lambda each: each.version)
