"""Founds a city: its first root, trust list and plan (specs/keys.md, Founding)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from idcard.ceremony import publish, rotation
from idcard.ceremony.publish import CannotPublish
from idcard.ceremony.rotation import Slot
from idcard.city.plan import IssuedClass, Plan, PlannedKey, Timing
from idcard.city.profile import Kind, Profile
from idcard.cose import Signer
from idcard.credential import calendar
from idcard.errors import Malformed
from idcard.trust import cancellations, root
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import IssuingKey, TrustList

ROOT_THRESHOLD = 2
ROOT_KEYS = 3
ROOT_MONTHS = 18
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
        tolerance=120,
        profile=Profile(
            venue_class="pool",
            kind=Kind.COHORT,
            flags=_RESIDENT,
            ages=(18,),
            least_age=18,
            life=24,
            max_version=6,
        ),
    ),
    IssuedClass(
        number=4,
        tolerance=60,
        profile=Profile(venue_class="pharmacy", kind=Kind.REVOCABLE, flags=_RESIDENT, life=12, max_version=7),
    ),
    IssuedClass(
        number=5,
        tolerance=120,
        profile=Profile(venue_class="theatre", kind=Kind.COHORT, flags=frozenset({1, 4}), life=12, max_version=6),
    ),
)
"""The venue classes of a city that names no others. A pharmacy code is worth money: it can be cancelled, expires
sooner, and needs a newer trust file. A student's code expires sooner too."""


@dataclass(frozen=True, kw_only=True)
class FoundingKeys:
    """The signers of a new city. issuing: one for each slot of `rotation.slots`."""

    roots: tuple[Signer, ...]
    publisher: Signer
    issuing: Mapping[Slot, Signer]


def found(plan: Plan, keys: FoundingKeys, *, now: datetime, cancelled: Iterable[bytes] = ()) -> tuple[Plan, bytes]:
    """The plan with its keys, and the first trust file, of a new city.

    Its plan has no keys yet, or those of a city that lost its root keys, which sign no more. cancelled: of that city.
    Raises Malformed for a class that no trust file can carry; BadSigner, CannotPublish.
    """
    instant = calendar.seconds(now)
    if len(keys.roots) != ROOT_KEYS or keys.issuing.keys() != set(rotation.slots(plan, instant)):
        raise Malformed(f"a city begins with {ROOT_KEYS} root keys and an issuing key for each slot")
    for slot, signer in keys.issuing.items():
        plan = rotation.made(plan, slot, signer.public_key, instant)
    first_root = Root(
        version=1,
        scope=plan.scope,
        name=plan.name,
        exp=root_exp(instant),
        list_days=plan.timing.list_life,
        roots=Role(ROOT_THRESHOLD, tuple(sorted(signer.public_key for signer in keys.roots))),
        publishers=Role(1, (keys.publisher.public_key,)),
    )
    values = cancellations.encode(cancelled)
    first_list = trust_list_of(
        plan,
        version=1,
        root_digest=root.digest(first_root),
        root_exp=first_root.exp,
        cancelled=cancellations.digest(values),
        now=instant,
    )
    trust_file = publish.assemble(
        [publish.sign_root(first_root, keys.roots)],
        publish.sign_list(first_list, plan.scope, [keys.publisher]),
        values,
    )
    return rotation.published(plan, first_list), trust_file


def root_exp(now: int) -> int:
    """Expiry of a root made now, in seconds since 1970."""
    return calendar.noon_of_first(calendar.month_of(now) + ROOT_MONTHS + 1)


def trust_list_of(
    plan: Plan, *, version: int, root_digest: bytes, root_exp: int, cancelled: bytes, now: int
) -> TrustList:
    """The trust list that follows from the plan; it expires no later than the root. cancelled: digest."""
    named = (
        key for key in plan.keys if now < key.verify_until and (key.ready is not None or rotation.is_live(key, now))
    )
    next_update, exp = _dates(plan.timing, root_exp, now)
    return TrustList(
        version=version,
        root=root_digest,
        issued=now,
        next_update=next_update,
        exp=exp,
        contact=plan.contact,
        classes=tuple(each.venue_class for each in plan.classes),
        keys=tuple(sorted((_issuing_key(key, plan.classes) for key in named), key=lambda each: each.key)),
        cancellations=cancelled,
    )


def renewed(in_force: Trust, timing: Timing, now: int) -> TrustList:
    """The list in force, with the next version and new dates."""
    next_update, exp = _dates(timing, in_force.root.exp, now)
    current = in_force.trust_list
    return replace(current, version=current.version + 1, issued=now, next_update=next_update, exp=exp)


def _dates(timing: Timing, root_exp: int, now: int) -> tuple[int, int]:
    """Next update and exp of a list made now. Raises CannotPublish if the root has expired."""
    if root_exp <= now:
        raise CannotPublish("the root has expired: make a new one (idcard trust draft --new-root)")
    exp = min(now + timing.list_life * calendar.DAY, root_exp)
    return min(now + timing.update * calendar.DAY, exp), exp


def _issuing_key(planned: PlannedKey, classes: tuple[IssuedClass, ...]) -> IssuingKey:
    """The key as the trust list has it: for every class of its kind."""
    served = frozenset(each.number for each in classes if each.profile.kind is planned.kind)
    return IssuingKey(
        key=planned.key, classes=served, verify_until=planned.verify_until, compromised=planned.distrusted
    )
