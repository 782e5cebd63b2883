"""Made-up cities with keys from fixed seeds, good ones and bad ones, for tests, vectors and benchmarks."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from idcard import cose
from idcard.ceremony import founding, publish, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES, FoundingKeys
from idcard.ceremony.rotation import issuer_of
from idcard.city.plan import IssuedClass, Plan
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.cose import Signer
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing.minting import Issuer, mint
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, document, trust_file
from idcard.trust import root as root_format
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import TrustList

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = 86400
HANDLE = bytes(range(10))
ADULT = {"birth_date": "1990-04-01", "resident": True, "student": False}
STUDENT = {"birth_date": "2004-02-29", "resident": True, "student": True}
CHILD = {"birth_date": "2011-06-15", "resident": True, "student": True}
CONTACT = "Ask the card office, 555-0100."
CINEMA = IssuedClass(
    number=6,
    tolerance=400,
    profile=Profile(
        venue_class="cinema",
        kind=Kind.REVOCABLE,
        flags=frozenset({1}),
        ages=(12, 18),
        least_age=18,
        age_from=True,
        life=12,
        max_version=7,
    ),
)
"""No class that a city starts with asks for a handle and an age together, and none says when an age is reached."""


@cache
def signer(name: str) -> SeedSigner:
    """The same name gives the same key."""
    return SeedSigner(hashlib.sha256(f"idcard test key {name}".encode()).digest())


@dataclass(frozen=True)
class City:
    """A city founded at `now`. Every key has a name: `springfield root 1`, …, `publisher`, `cohort`, `revocable`."""

    id: str = "springfield"
    environment: Environment = Environment.PRODUCTION
    now: datetime = NOW
    classes: tuple[IssuedClass, ...] = DEFAULT_CLASSES
    plan: Plan = field(init=False)
    file: bytes = field(init=False)

    def __post_init__(self) -> None:
        empty = Plan(scope=self.scope, name=self.id.title(), contact=CONTACT, classes=self.classes, keys=())
        slots = list(rotation.slots(empty, seconds(self.now)))
        first = slots[0].quarter
        names = {first: "", first.next(): " standby", first.next().next(): " second standby"}
        keys = FoundingKeys(
            roots=self.root_signers,
            publisher=self.signer("publisher"),
            issuing={
                slot: self.signer(f"{slot.kind.value}{names.get(slot.quarter, f' {slot.quarter}')}") for slot in slots
            },
        )
        plan, file = founding.found(empty, keys, now=self.now)
        object.__setattr__(self, "plan", plan)
        object.__setattr__(self, "file", file)

    @property
    def scope(self) -> Scope:
        return Scope(self.environment, self.id)

    @property
    def root_signers(self) -> tuple[SeedSigner, ...]:
        return tuple(self.signer(f"root {number}") for number in (1, 2, 3))

    def signer(self, name: str) -> SeedSigner:
        return signer(f"{self.id} {self.environment} {name}")

    # ---- what the city publishes, with changes ----

    @cached_property
    def founded(self) -> Trust:
        return trust_file.decode(self.file)

    def root(self, **changes: Any) -> Root:
        """The founding root with changes. A later version follows it, unless `previous` says otherwise."""
        founding_root = self.founded.root
        if changes.get("version", 1) > 1:
            changes.setdefault("previous", root_format.digest(founding_root))
        return replace(founding_root, **changes)

    def trust_list(self, **changes: Any) -> TrustList:
        return replace(self.founded.trust_list, **changes)

    def sign_root(self, value: Root | None = None, signers: Iterable[Signer] | None = None) -> bytes:
        return publish.sign_root(value or self.root(), self.root_signers if signers is None else signers)

    def sign_list(self, value: TrustList | None = None, signers: Iterable[Signer] | None = None) -> bytes:
        signers = [self.signer("publisher")] if signers is None else signers
        return publish.sign_list(value or self.trust_list(), self.scope, signers)

    def trust_file(
        self,
        *,
        roots: Sequence[bytes] | None = None,
        signed_list: bytes | None = None,
        cancelled: Iterable[bytes] = (),
        **list_changes: Any,
    ) -> bytes:
        """A trust file with these parts, the rest as founded. Nothing checks whether a venue would take it."""
        values = cancellations.encode(cancelled)
        if signed_list is None:
            if roots:
                last = cose.decode_sign(roots[-1]).payload
                list_changes.setdefault("root", document.digest(last, root_format.KIND))
            list_changes.setdefault("cancellations", cancellations.digest(values))
            signed_list = self.sign_list(self.trust_list(**list_changes))
        return trust_file.encode([self.sign_root()] if roots is None else roots, signed_list, values)

    # ---- what the city issues ----

    def profile(self, venue_class: str) -> Profile:
        return next(each.profile for each in self.classes if each.profile.venue_class == venue_class)

    def issuer(self, kind: Kind, by: Signer | None = None, now: datetime | None = None) -> Issuer:
        planned = rotation.active(self.plan, kind, None, seconds(now or self.now))
        return issuer_of(planned, by or self.signer(kind.value), self.scope)

    def code(
        self,
        venue_class: str,
        person: dict[str, Any] = ADULT,
        *,
        now: datetime | None = None,
        handle: bytes = HANDLE,
        by: Signer | None = None,
    ) -> str:
        """The code of somebody who qualifies."""
        profile = self.profile(venue_class)
        code = mint(
            Record(person),
            profile,
            self.issuer(profile.kind, by, now),
            now=now or self.now,
            handle=handle if profile.kind is Kind.REVOCABLE else None,
        )
        assert code is not None
        return code

    def cohort(self, code: str) -> bytes:
        """The name by which a code and all its like are cancelled."""
        return signed.cohort(signed.decode(text.decode(code)[1]).to_be_signed(self.scope))

    def sign_claims(self, claims: Claims, by: Signer) -> str:
        """A code with any claims, by any key."""
        return text.encode(self.environment, signed.encode(claims, by, self.scope))


def expired(city: City, venue_class: str) -> str:
    """A code that was good until a month before the city's now."""
    kind = city.profile(venue_class).kind
    claims = signed.decode(text.decode(city.code(venue_class))[1]).claims
    past = calendar.noon_of_first(calendar.month_of(seconds(city.now)) - 1)
    return city.sign_claims(replace(claims, exp=past), city.signer(kind.value))
