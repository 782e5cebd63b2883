"""Two venues to which harm is done: a clock far off that is mended, and a thief who has the publisher's key."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ceremony.simulation import SCOPE, City, Code, Publication, Theft, Venue
from cities import signer

from idcard.ceremony import publish
from idcard.credential.calendar import DAY, as_datetime, month_of, noon_of_first
from idcard.errors import Outcome, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, trust_file
from idcard.trust.trust_list import IssuingKey, TrustList
from idcard.verify import memory
from idcard.verify.decision import CLOCK_SKEW


class Mended(Venue):
    """Its clock is far ahead for some weeks, or of 1970, and then mended. While it is ahead nothing is promised."""

    wrong = range(0)

    def _arrivals(self) -> list[tuple[int, Publication]]:
        arrivals = super()._arrivals()
        begin = self.draw.randint(arrivals[0][0] + 1, self.city.end)
        self.wrong = range(begin, begin + self.draw.randint(1, 100) * DAY)
        self.jump = self.draw.choice((400 * DAY, 3650 * DAY, 60 * DAY, -60 * DAY, -self.city.end))
        return arrivals

    def clock(self, true: int) -> int:
        return max(0, super().clock(true) + (self.jump if true in self.wrong else 0))

    def _refused(self, code: Code, refused: Refused, clock: int, true: int) -> None:
        if true not in self.wrong:
            super()._refused(code, refused, clock, true)
        elif self.jump < 0:
            self.city.seen["shown to a clock far behind"] += 1
            if refused.outcome is Outcome.REJECT:
                self._broken("a", f"{refused.reason.value} by a clock far behind", true)

    def _accepted(self, code: Code, true: int) -> None:
        assert self.memory is not None
        if self.clock(true) < self.memory.trust.trust_list.issued - 2 * CLOCK_SKEW:
            self._broken("g", "a code is accepted by a clock that is wrong for certain", true)

    def _not_taken(self, publication: Publication, refused: Refused, true: int) -> None:
        if true not in self.wrong or self.jump < 0:
            super()._not_taken(publication, refused, true)


class Robbed(Venue):
    """It takes what a thief of the publisher's key signs, and kill notes of which the city knows nothing.

    dead: keys of which it took a kill note. distrusted: keys that the list held, or one before it under the same root,
    distrusts. robbed: whether the list held is the thief's.
    """

    def __init__(self, city: City, number: int) -> None:
        super().__init__(city, number)
        self.dead: set[bytes] = set()
        self.distrusted: set[bytes] = set()
        self.robbed = False

    def _harm(self, begin: int) -> Iterator[tuple[int, Callable[[int], None]]]:
        for theft in self.city.thefts:
            for _ in range(self.draw.randint(1, 4)):
                yield max(begin, self.draw.randint(theft.begin, theft.until)), partial(self._rob, theft)
        for _ in range(self.draw.choice((0, 1, 2))):
            yield self.draw.randint(begin, self.city.end), self._kill

    # ---- what happens ----

    def _kill(self, true: int) -> None:
        """Somebody brings the note of a key that the list names; of two at most, so that there is room."""
        assert self.memory is not None
        if self.robbed or len(self.dead) == 2:
            return
        note_of = self.city.signer_of(self.draw.choice(self.memory.trust.trust_list.keys).key)
        self.memory = memory.kill(self.memory, publish.sign_kill_note(SCOPE, note_of))
        self.dead.add(note_of.public_key)
        self.city.seen["kill note"] += 1

    def _rob(self, theft: Theft, true: int) -> None:
        """A list of the thief: keys of their own with their notes, and a key of the city trusted again."""
        assert self.memory is not None
        held, issued = self.memory.trust, self.clock(true) + self.draw.choice((0, 1, 30, 200, 400)) * DAY
        exp = min(issued + held.root.list_days * DAY, held.root.exp)
        if held.root_digests[-1] != theft.root or exp < issued + 2:
            return
        own = [signer(f"{self.city.seed} thief {number}") for number in range(self.draw.randint(0, 8))]
        until = noon_of_first(month_of(held.root.exp) + self.draw.choice((1, 30)))
        keys = {each.key: each for each in held.trust_list.keys}
        if self.draw.random() < 0.5:
            keys |= {key: replace(each, compromised=False) for key, each in keys.items()}
        keys |= {key: IssuingKey(key=key, classes=frozenset({1}), verify_until=until) for key in map(_key, own)}
        gone = {key for key, each in keys.items() if each.verify_until <= issued and self.draw.random() < 0.5}
        new = replace(
            held.trust_list,
            version=held.trust_list.version + self.draw.choice((1, 1000)),
            issued=issued,
            next_update=issued + 1,
            exp=exp,
            keys=tuple(keys[key] for key in sorted(keys.keys() - gone)),
        )
        notes = [publish.sign_kill_note(SCOPE, each) for each in own if each.public_key not in gone]
        self.city.seen["list of a thief"] += self._offer(self._file(new, theft.signers, self.memory.file, notes), true)

    def _take(self, publication: Publication, true: int) -> None:
        """Under a newer root a list of a careless office comes first, which leaves the killed keys out."""
        held = self.memory.trust if self.memory is not None else publication.trust
        if publication.trust.root.version > held.root.version and publication.trust.trust_list.version > 1:
            current = publication.trust.trust_list
            careless = replace(
                current,
                version=current.version - 1,
                keys=tuple(each for each in current.keys if each.key not in self.dead),
            )
            signers = self.city.signers_of(publication.trust.root.publishers)
            self._offer(self._file(careless, signers, publication.file, ()), true)
        super()._take(publication, true)
        assert self.memory is not None
        if self.memory.file == publication.file:
            self.robbed = False
            self._taken(held.root_digests[-1], true)

    def _offer(self, file: bytes, true: int) -> bool:
        """Whether it is taken."""
        assert self.memory is not None
        root_before = self.memory.trust.root_digests[-1]
        try:
            self.memory = memory.update(self.memory, file, now=as_datetime(self.clock(true)))
            self._see(self.clock(true))
        except Refused as refused:
            self.city.seen[f"not taken: {refused.reason.value}"] += 1
            return False
        self.robbed = True
        self._taken(root_before, true)
        return True

    def _taken(self, root_before: bytes, true: int) -> None:
        """A key may leave after its end, and come again trusted: that takes two lists, and the key is over."""
        assert self.memory is not None
        held = self.memory.trust
        before = self.distrusted if held.root_digests[-1] == root_before else set()
        listed = {each.key for each in held.trust_list.keys}
        self.distrusted = (before & listed) | {each.key for each in held.trust_list.keys if each.compromised}
        for code in self.city.codes.values():
            if code.minted <= true < code.good_until and code.key in self.dead | self.distrusted:
                self._check(code, true)

    def _file(self, new: TrustList, signers: Sequence[SeedSigner], of: bytes, notes: Iterable[bytes]) -> bytes:
        """A trust file with this list, and roots and cancellations of another."""
        values = cancellations.encode(trust_file.decode(of).cancellations)
        return trust_file.encode(trust_file.signed_roots(of), publish.sign_list(new, SCOPE, signers), values, notes)

    # ---- what is promised ----

    def _check(self, code: Code, true: int) -> None:
        if code.key in self.dead | self.distrusted:
            self.city.seen["shown with a dead key"] += 1
            self._show(code, true)
        elif not self.robbed:
            super()._check(code, true)

    def _refused(self, code: Code, refused: Refused, clock: int, true: int) -> None:
        if code.key not in self.dead | self.distrusted:
            super()._refused(code, refused, clock, true)

    def _accepted(self, code: Code, true: int) -> None:
        if code.key in self.dead:
            self._broken("f", "a killed key is believed", true)
        if code.key in self.distrusted:
            self._broken("f", "a distrusted key is believed", true)

    def _not_taken(self, publication: Publication, refused: Refused, true: int) -> None:
        """After a list of a thief only a new root is promised to help."""
        assert self.memory is not None
        if not self.robbed or publication.trust.root.version > self.memory.trust.root.version:
            super()._not_taken(publication, refused, true)


def _key(of: SeedSigner) -> bytes:
    return of.public_key
