"""Founding a city: its first root, trust list and plan (specs/keys.md, Founding)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idcard.authority import publish
from idcard.authority.plan import IssuedClass, Plan, PlannedKey
from idcard.cose import Signer
from idcard.credential import calendar
from idcard.credential.calendar import Quarter
from idcard.credential.profile import Kind, Profile
from idcard.errors import Malformed
from idcard.trust import cancellations
from idcard.trust.document import Role, Scope
from idcard.trust.root import Root
from idcard.trust.trust_list import IssuingKey, TrustList

ROOT_THRESHOLD = 2
ROOT_KEYS = 3
ROOT_MONTHS = 18
LIST_DAYS = 120
"""V: life of a trust list."""
UPDATE_DAYS = 30
"""U: time from one publication to the next."""
_RESIDENT = frozenset({1})

DEFAULT_CLASSES = (
    IssuedClass(
        number=1,
        tolerance=120,
        profile=Profile(venue_class="library", kind=Kind.COHORT, flags=_RESIDENT, life=24, max_version=6),
    ),
    IssuedClass(
        number=2,
        tolerance=120,
        profile=Profile(venue_class="museum", kind=Kind.COHORT, flags=_RESIDENT, life=24, max_version=6),
    ),
    IssuedClass(
        number=3,
        tolerance=60,
        profile=Profile(
            venue_class="pharmacy",
            kind=Kind.REVOCABLE,
            flags=_RESIDENT,
            ages=(18,),
            least_age=18,
            life=12,
            max_version=7,
        ),
    ),
    IssuedClass(
        number=4,
        tolerance=120,
        profile=Profile(venue_class="theatre", kind=Kind.COHORT, flags=frozenset({1, 4}), life=12, max_version=6),
    ),
)
"""What a city starts with unless it says otherwise. A pharmacy code can be cancelled, so it lives shorter."""


@dataclass(frozen=True, kw_only=True)
class FoundingKeys:
    """The signers of a new city. issuing: for each kind, the key of this quarter and the standby of the next."""

    roots: tuple[Signer, ...]
    publisher: Signer
    issuing: Mapping[Kind, tuple[Signer, Signer]]


def kinds_of(classes: tuple[IssuedClass, ...]) -> tuple[Kind, ...]:
    """The kinds of keys that these classes need, cohort first."""
    used = {each.profile.kind for each in classes}
    return tuple(kind for kind in Kind if kind in used)


def found(
    *,
    scope: Scope,
    name: str,
    contact: str,
    classes: tuple[IssuedClass, ...],
    keys: FoundingKeys,
    now: datetime,
) -> tuple[Plan, bytes]:
    """The plan and the first trust file of a new city.

    Raises Malformed for a name, contact or class that no trust file can carry; BadSigner, CannotPublish.
    """
    instant = calendar.seconds(now)
    this_quarter = Quarter.of(instant)
    plan = Plan(scope=scope, name=name, contact=contact, classes=classes, keys=())
    planned = tuple(
        PlannedKey(
            key=signer.public_key,
            kind=kind,
            quarter=quarter,
            verify_until=quarter.expiry(plan.longest_life(kind)),
        )
        for kind in kinds_of(classes)
        for signer, quarter in zip(keys.issuing[kind], (this_quarter, this_quarter.next()), strict=True)
    )
    if len(keys.roots) != ROOT_KEYS:
        raise Malformed(f"a city begins with {ROOT_KEYS} root keys")
    first_root = Root(
        version=1,
        scope=scope,
        name=name,
        exp=calendar.noon_of_first(calendar.month_of(instant) + ROOT_MONTHS + 1),
        list_days=LIST_DAYS,
        roots=Role(ROOT_THRESHOLD, tuple(sorted(signer.public_key for signer in keys.roots))),
        publishers=Role(1, (keys.publisher.public_key,)),
    )
    no_cancellations = cancellations.encode([])
    first_list = TrustList(
        version=1,
        issued=instant,
        next_update=instant + UPDATE_DAYS * calendar.DAY,
        exp=instant + LIST_DAYS * calendar.DAY,
        contact=contact,
        classes=tuple(each.venue_class for each in classes),
        keys=tuple(sorted((issuing_key(key, classes) for key in planned), key=lambda each: each.key)),
        cancellations=cancellations.digest(no_cancellations),
    )
    trust_file = publish.assemble(
        [publish.sign_root(first_root, keys.roots[:ROOT_THRESHOLD])],
        publish.sign_list(first_list, scope, [keys.publisher]),
        no_cancellations,
    )
    return Plan(scope=scope, name=name, contact=contact, classes=classes, keys=planned), trust_file


def issuing_key(planned: PlannedKey, classes: tuple[IssuedClass, ...]) -> IssuingKey:
    """What venues learn of a key: it serves every class of its kind."""
    served = frozenset(each.number for each in classes if each.profile.kind is planned.kind)
    return IssuingKey(key=planned.key, classes=served, verify_until=planned.verify_until)
