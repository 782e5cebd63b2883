"""A city whose private keys everybody knows. It is only for tests, and its file is for no venue."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property

from idcard.ceremony import publish
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import DAY, seconds
from idcard.credential.claims import AGE_OVER, FLAGS, HANDLE_SIZE, Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Reason
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_list import IssuingKey, TrustList, VenueClass
from idcard.verify import Requirement, Verifier

CLASSES: Mapping[str, Requirement] = {
    "library": Requirement(("resident",), handle=False, tolerance_days=120, photo_check=False),
    "museum": Requirement(("resident",), handle=False, tolerance_days=120, photo_check=False),
    "pool": Requirement(("resident", "age_over_18"), handle=False, tolerance_days=120, photo_check=False),
    "pharmacy": Requirement(("resident",), handle=True, tolerance_days=60, photo_check=False),
    "theatre": Requirement(("resident", "student"), handle=False, tolerance_days=120, photo_check=False),
}
"""Those of a city that names no others."""
RESERVED = "made-up"
"""How the id of one in production begins, as that of no real city does."""
NAME = "Made-up city, not for cards"
"""Shown wherever its trust file is installed."""
_FLAG_OF = {name: key for key, name in FLAGS.items()}
_UPDATE, _LIFE = 30 * DAY, 120 * DAY
_YOUNGEST, _OLDEST = -300, 999
"""Ages of trust files, in days."""
_ELSEWHERE = trust_list.MAX_CLASS_NUMBER
"""The number of a class that the city no longer has."""


class MadeUpCity:
    """A city with three keys: of codes without a handle, of codes with one, and of a class that is not there any more.

    The same arguments give the same keys, files and codes. Its private keys are no secret. In production its id begins
    with `made-up`, and its name is always "Made-up city, not for cards": nobody takes its trust file for a real city's.
    """

    __test__ = False  # for pytest

    def __init__(
        self,
        city: str = RESERVED,
        *,
        environment: Environment | str = Environment.TEST,
        classes: Mapping[str, Requirement] = CLASSES,
        contact: str = "Ask the card office.",
        now: datetime | None = None,
    ) -> None:
        """city: a-z, 0-9 and -. now: the time at which its codes are good, with a time zone; None for that of the call.

        Raises Malformed, an IdcardError, for what no trust file can say; ValueError for what is no environment, and for
        an id in production that does not begin with `made-up`.
        """
        self.city, self.classes, self.contact = city, dict(classes), contact
        self.environment = Environment(environment)
        if self.environment is Environment.PRODUCTION and not city.startswith(RESERVED):
            raise ValueError(f"the id of a made-up city in production begins with {RESERVED}, not {city!r}")
        self.now = now or datetime.now(UTC)
        self._scope = Scope(self.environment, city)
        self._instant = seconds(self.now)
        self._month = calendar.month_of(self._instant)

    def __repr__(self) -> str:
        return f"MadeUpCity({self.city!r}, environment={str(self.environment)!r}, now={self.now!r})"

    # ---- what it publishes ----

    def trust_file(self, *, age_days: int = 0) -> bytes:
        """The trust file that it published so many days before `now`, -300 to 999. Raises ValueError for another age.

        A younger file has a higher number, so a venue's memory takes it after an older one, and not before it.
        """
        if not _YOUNGEST <= age_days <= _OLDEST:
            raise ValueError(f"a trust file of a made-up city is {_YOUNGEST} to {_OLDEST} days old")
        issued = self._instant - age_days * DAY
        cancelled = cancellations.encode(self._cancelled)
        current = TrustList(
            version=1 + _OLDEST - age_days,
            root=root.digest(self._root),
            issued=issued,
            next_update=issued + _UPDATE,
            exp=issued + _LIFE,
            contact=self.contact,
            classes=tuple(self._venue_class(name) for name in self.classes),
            keys=self._keys,
            cancellations=cancellations.digest(cancelled),
        )
        return trust_file.encode(
            [publish.sign_root(self._root, [self._signer("root 1"), self._signer("root 2")])],
            publish.sign_list(current, self._scope, [self._signer("publisher")]),
            cancelled,
        )

    def verifier(self, *, age_days: int = 0) -> Verifier:
        """By the trust file of that age."""
        return Verifier(self.trust_file(age_days=age_days))

    # ---- what it issues ----

    def code(self, venue_class: str) -> str:
        """A code that this class accepts at `now`, and for a year. Raises KeyError for a class that is not there."""
        return self._sign(self._claims(venue_class), self._key_of(venue_class))

    def expired(self, venue_class: str) -> str:
        """Refused as `expired`."""
        return self._sign(self._claims(venue_class, month=self._month - 1), self._key_of(venue_class))

    def cancelled(self, venue_class: str) -> str:
        """Refused as `cancelled-code`, or `cancelled-cohort` where codes of the class have no handle."""
        return self._sign(self._claims(venue_class, "cancelled", self._month + 12), self._key_of(venue_class))

    def forged(self, venue_class: str) -> str:
        """Refused as `bad-signature`: one bit is another."""
        data = text.decode(self.code(venue_class))[1]
        return text.encode(self.environment, data[:-1] + bytes((data[-1] ^ 1,)))

    def of_another_class(self, venue_class: str) -> str:
        """Refused as `wrong-class`."""
        return self._sign(self._claims(venue_class), "elsewhere")

    def of_another_city(self, venue_class: str) -> str:
        """Refused as `unknown-key`; by a trust file that is no longer fresh, as `unknown-key-stale`."""
        return self._sign(self._claims(venue_class), "of another city")

    def of_another_environment(self, venue_class: str) -> str:
        """Refused as `wrong-environment`: a test code where cards are real, a real one where they are not."""
        other = next(each for each in Environment if each is not self.environment)
        city = MadeUpCity(environment=other, classes=self.classes, contact=self.contact, now=self.now)
        return city.code(venue_class)

    def unproven(self, venue_class: str) -> str:
        """Refused as `not-proven`: the city says something of the holder, and not what the class asks for."""
        required = self._venue_class(venue_class).required
        other = next(key for key in FLAGS if key not in required)
        handle = self._claims(venue_class).handle
        return self._sign(Claims(self._exp(), frozenset((other,)), handle=handle), self._key_of(venue_class))

    def refused(self, venue_class: str) -> dict[Reason, str]:
        """A code for each reason for which the methods above make one."""
        by_handle = self.classes[venue_class].handle
        return {
            Reason.EXPIRED: self.expired(venue_class),
            Reason.CANCELLED_CODE if by_handle else Reason.CANCELLED_COHORT: self.cancelled(venue_class),
            Reason.BAD_SIGNATURE: self.forged(venue_class),
            Reason.WRONG_CLASS: self.of_another_class(venue_class),
            Reason.UNKNOWN_KEY: self.of_another_city(venue_class),
            Reason.WRONG_ENVIRONMENT: self.of_another_environment(venue_class),
            Reason.NOT_PROVEN: self.unproven(venue_class),
        }

    # ---- how ----

    def _signer(self, name: str) -> SeedSigner:
        seed = f"idcard.testing {self.environment} {self.city} {name}"
        return SeedSigner(hashlib.sha256(seed.encode()).digest())

    @cached_property
    def _root(self) -> Root:
        keys = (self._signer("root 1").public_key, self._signer("root 2").public_key)
        return Root(
            version=1,
            scope=self._scope,
            name=NAME,
            exp=calendar.noon_of_first(self._month + 18),
            list_days=_LIFE // DAY,
            roots=Role(2, tuple(sorted(keys))),
            publishers=Role(1, (self._signer("publisher").public_key,)),
        )

    @cached_property
    def _keys(self) -> tuple[IssuingKey, ...]:
        served: dict[str, list[int]] = {"cohort": [], "revocable": [], "elsewhere": [_ELSEWHERE]}
        for name in self.classes:
            served[self._key_of(name)].append(self._venue_class(name).number)
        verify_until = calendar.noon_of_first(self._month + 24)
        keys = (
            IssuingKey(key=self._signer(name).public_key, classes=frozenset(numbers), verify_until=verify_until)
            for name, numbers in served.items()
        )
        return tuple(sorted(keys, key=lambda each: each.key))

    @cached_property
    def _cancelled(self) -> list[bytes]:
        """Handles, and names of cohorts."""
        found = [_handle("cancelled")]
        for name in self.classes:
            if not self.classes[name].handle:
                credential = signed.decode(text.decode(self.cancelled(name))[1])
                found.append(signed.cohort(credential.to_be_signed(self._scope)))
        return found

    def _venue_class(self, name: str) -> VenueClass:
        asked = self.classes[name]
        ages = [int(each.removeprefix(AGE_OVER)) for each in asked.proven if each.startswith(AGE_OVER)]
        return VenueClass(
            number=1 + list(self.classes).index(name),
            name=name,
            required=frozenset(_FLAG_OF[each] for each in asked.proven if not each.startswith(AGE_OVER)),
            least_age=max(ages, default=None),
            handle=asked.handle,
            tolerance=asked.tolerance_days,
            photo_check=asked.photo_check,
        )

    def _key_of(self, venue_class: str) -> str:
        return "revocable" if self.classes[venue_class].handle else "cohort"

    def _exp(self, month: int | None = None) -> int:
        return calendar.noon_of_first(self._month + 13 if month is None else month)

    def _claims(self, venue_class: str, handle: str = "good", month: int | None = None) -> Claims:
        asked = self._venue_class(venue_class)
        return Claims(
            self._exp(month), asked.required, asked.least_age, handle=_handle(handle) if asked.handle else None
        )

    def _sign(self, content: Claims, name: str) -> str:
        return text.encode(self.environment, signed.encode(content, self._signer(name), self._scope))


def _handle(name: str) -> bytes:
    return hashlib.sha256(f"idcard.testing {name}".encode()).digest()[:HANDLE_SIZE]
