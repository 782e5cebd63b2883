"""Decides on a code (specs/verify.md, the order of verdicts). Pure: reads no clock and no file."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from idcard import cose
from idcard.contract import Situation
from idcard.credential import signed, text
from idcard.credential.calendar import DAY, as_datetime
from idcard.credential.claims import labels
from idcard.credential.signed import Credential
from idcard.credential.text import Environment
from idcard.errors import Malformed, Outcome, Reason, Refused
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import IssuingKey, VenueClass

CLOCK_SKEW = DAY
"""How far, in seconds, a clock may be behind a time that is known to be past."""
_AT_ANY_TIME = frozenset(
    (
        Reason.BAD_SIGNATURE,
        Reason.DISTRUSTED_KEY,
        Reason.CANCELLED_CODE,
        Reason.CANCELLED_COHORT,
        Reason.OUTLIVES_KEY,
        Reason.EXPIRED,
    )
)
"""Reasons that no clock can change, for a code that had expired when the trust file was made."""
_LATER_MAYBE = frozenset((Reason.UNKNOWN_KEY, Reason.NOT_PROVEN))
"""Reasons that may be wrong if the true time is later than the clock and the trust file."""


@dataclass(frozen=True, slots=True)
class Card:
    """An accepted code, as far as the venue class may know it.

    proven: names of what the class requires, all of it proven: the flags of specs/credential.md and `age_over_N`.
    expires: first instant at which the code is no longer valid.
    trust_age_days: whole days since the trust file was made. stale: a newer one was due.
    photo_check: have the clerk confirm that face and photo match; this program cannot see whether they did.
    date_looks_wrong: the clock is more than a day before a time that is past; show that, and not the trust file's age.
    The card does not say whose it is: compare the photo.
    """

    venue_class: str
    proven: tuple[str, ...]
    expires: datetime
    trust_age_days: int
    stale: bool
    environment: Environment
    photo_check: bool
    date_looks_wrong: bool = False

    @property
    def outcome(self) -> Outcome:
        """ACCEPT, as for a refusal `Refused.outcome`."""
        return Outcome.ACCEPT

    @property
    def situation(self) -> Situation:
        """In which it was accepted."""
        return Situation(
            self.venue_class, self.trust_age_days, self.stale, str(self.environment), self.date_looks_wrong
        )

    def in_words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """What is proven to which kind of place, and what to do now. translate: of idcard.languages; `str` for English.

        Names that a city defines stay as they are.
        """
        from idcard.credential import names  # a program that reads names does not wait for the words
        from idcard.verify import verdict

        claims = names.joined((names.of_claim(each, translate) for each in self.proven), translate)
        proven = translate(names.PROVEN).format(place=names.of_class(self.venue_class, translate), claims=claims)
        return proven, translate(verdict.COMPARE_PHOTO)

    def as_json(self, translate: Callable[[str], str] = str) -> dict[str, Any]:
        """The object of specs/verify.md (As JSON). translate: for message and remedy."""
        from idcard.verify import verdict

        return verdict.of_card(self, translate).as_json()


class Policy(NamedTuple):
    """One venue class under one trust file, prepared for many verdicts.

    keys: by kid. proven: names of what the class requires. environment: of the trust file.
    external_aad: of every code of its city.
    floor: seconds since 1970 that are known to be past.
    """

    trust: Trust
    venue_class: VenueClass
    keys: dict[bytes, IssuingKey]
    proven: tuple[str, ...]
    environment: Environment
    external_aad: bytes
    floor: int

    @classmethod
    def of(
        cls, trust: Trust, venue_class: VenueClass, killed: Collection[bytes] = frozenset(), last_day: int = 0
    ) -> "Policy":
        """killed: keys that a kill note ended. last_day: that a memory has seen, in days since 1970."""
        proven = tuple(labels(venue_class.required, venue_class.least_age))
        keys = {
            cose.kid(key.key): replace(key, compromised=True) if key.key in killed else key
            for key in trust.trust_list.keys
        }
        # A clock that was ahead and is corrected must not make a file too old for its class for ever.
        issued, oldest = trust.trust_list.issued, venue_class.tolerance * DAY
        floor = max(issued, min(last_day * DAY, issued + oldest))
        scope = trust.root.scope
        return cls(trust, venue_class, keys, proven, scope.environment, scope.external_aad(signed.KIND), floor)

    def refusal(self, reason: Reason, *, date_in_doubt: bool = False) -> Refused:
        contact = self.trust.trust_list.contact
        return Refused(reason, label=self.venue_class.name, contact=contact, date_in_doubt=date_in_doubt)


def judge(code: str, policy: Policy, now: int) -> Card:
    """The verdict on a code at `now`, in seconds since 1970. Raises Refused.

    Some times are known to be past (`Policy.floor`). A clock before them is taken to be slow where it is off by a day
    at most; what stands beyond that is in specs/verify.md, Clock.
    """
    credential = _read(code, policy)
    if now >= policy.floor - CLOCK_SKEW:
        return _judge(credential, policy, max(now, policy.floor))
    issued = policy.trust.trust_list.issued
    if now < issued - 2 * CLOCK_SKEW:
        by_issue = _verdict(credential, policy, issued)
        if isinstance(by_issue, Refused) and by_issue.reason in _AT_ANY_TIME:
            raise by_issue
        raise policy.refusal(Reason.CLOCK)
    by_clock, by_floor = _verdict(credential, policy, now), _verdict(credential, policy, policy.floor)
    if _reason(by_clock) is not _reason(by_floor) or _reason(by_floor) in _LATER_MAYBE:
        raise policy.refusal(Reason.CLOCK)
    if isinstance(by_floor, Refused):
        raise by_floor
    return by_floor


def _verdict(credential: Credential, policy: Policy, now: int) -> Card | Refused:
    try:
        return _judge(credential, policy, now)
    except Refused as refused:
        return refused


def _reason(verdict: Card | Refused) -> Reason | None:
    return verdict.reason if isinstance(verdict, Refused) else None


def _judge(credential: Credential, policy: Policy, now: int) -> Card:
    trust_list = policy.trust.trust_list
    claims = credential.claims

    key = policy.keys.get(credential.kid)
    if key is None:
        if now >= claims.exp:
            raise policy.refusal(Reason.EXPIRED, date_in_doubt=now >= trust_list.exp)
        fresh = now < trust_list.next_update and not _is_too_old(policy, now)
        raise policy.refusal(Reason.UNKNOWN_KEY if fresh else Reason.UNKNOWN_KEY_STALE)
    message = credential.message.to_be_signed(policy.external_aad)
    if not cose.verifies(key.key, message, credential.message.signature):
        raise policy.refusal(Reason.BAD_SIGNATURE)

    # Refusals that no newer file could change.
    if key.compromised:
        raise policy.refusal(Reason.DISTRUSTED_KEY)
    if claims.handle is not None and claims.handle in policy.trust.cancellations:
        raise policy.refusal(Reason.CANCELLED_CODE)
    if signed.cohort(message) in policy.trust.cancellations:
        raise policy.refusal(Reason.CANCELLED_COHORT)
    if claims.exp > key.verify_until:
        raise policy.refusal(Reason.OUTLIVES_KEY)
    if now >= claims.exp:
        raise policy.refusal(Reason.EXPIRED, date_in_doubt=now >= trust_list.exp)

    # Refusals that a newer program or a newer file could change.
    if claims.unknown:
        raise policy.refusal(Reason.NEWER_PROGRAM)
    if now >= policy.trust.root.exp:
        raise policy.refusal(Reason.ROOT_EXPIRED)
    if now >= trust_list.exp:
        raise policy.refusal(Reason.TRUST_EXPIRED)
    if _is_too_old(policy, now):
        raise policy.refusal(Reason.TRUST_TOO_OLD)
    if policy.venue_class.number not in key.classes:
        raise policy.refusal(Reason.WRONG_CLASS)
    if policy.venue_class.handle and claims.handle is None:
        raise policy.refusal(Reason.NO_HANDLE)
    if not policy.venue_class.is_proven_by(claims, now):
        raise policy.refusal(Reason.NOT_PROVEN)
    return Card(
        policy.venue_class.name,
        policy.proven,
        as_datetime(claims.exp),
        policy.trust.age_days(now),
        policy.trust.is_stale(now),
        policy.environment,
        policy.venue_class.photo_check,
    )


def _read(code: str, policy: Policy) -> Credential:
    try:
        environment, data = text.decode(code)
        if environment is not policy.environment:
            raise policy.refusal(Reason.WRONG_ENVIRONMENT)
        return signed.decode(data)
    except Malformed:
        raise policy.refusal(Reason.MALFORMED) from None
    except Refused as refused:
        raise policy.refusal(refused.reason) from None


def _is_too_old(policy: Policy, now: int) -> bool:
    return now - policy.trust.trust_list.issued > policy.venue_class.tolerance * DAY
