"""Mints codes for one person after another (specs/batch.md) and keeps nothing about them."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from idcard.city import combinations
from idcard.city.combinations import Common
from idcard.city.counts import CountKey, Counts
from idcard.city.plan import PlannedKey
from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord, Record
from idcard.credential import calendar
from idcard.credential.claims import HANDLE_SIZE, Claims
from idcard.credential.scope import Scope
from idcard.issuing import minting
from idcard.issuing.code import Code
from idcard.issuing.minting import CannotMint, Issuer
from idcard.issuing.slip_handles import Handles

_NO_HANDLE = bytes(HANDLE_SIZE)
"""For asking whether somebody qualifies."""
Shared = Mapping[tuple[str, Claims], str]
"""Codes of a cohort sheet: name of the class and claims -> text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be minted, and by which keys.

    keys: the key that signs now, for each kind of code among the profiles. cancelled: handles and names of cohorts.
    common: if the city refuses rare combinations, the others. shared: codes that were signed in advance.
    """

    scope: Scope
    profiles: Sequence[Profile]
    keys: Mapping[Kind, PlannedKey]
    cancelled: Container[bytes]
    common: Common | None = None
    shared: Shared = field(default_factory=dict)


class Minter:
    """Mints the codes of some venue classes at one time."""

    def __init__(self, rules: Rules, issuers: Mapping[Kind, Issuer], now: datetime) -> None:
        """issuers: of the open keys. now: with the time zone of the counter."""
        self._rules = rules
        self._issuers = issuers
        self._now = now
        self._today = now.date()
        # A few dozen at most: a cohort profile has one combination of claims for each of its ages.
        self._shared: dict[tuple[str, Claims], Code] = {}
        keys, instant = rules.keys, calendar.seconds(now)
        self._wanted = [(each, each.expiry(instant, keys[each.kind].quarter)) for each in rules.profiles]
        month = f"{now.astimezone(UTC):%Y-%m}"
        self._entries = {
            each.venue_class: CountKey(month, keys[each.kind].kid.hex(), each.venue_class) for each in rules.profiles
        }
        self._revocable = frozenset(each.venue_class for each in rules.profiles if each.kind is Kind.REVOCABLE)

    def codes(self, record: Record, handles: Handles | None) -> tuple[Code, ...]:
        """A code for each class for which the person qualifies.

        Raises BadRecord, BadHandle, RareCombination for this person; CannotMint, BadSigner for everybody.
        """
        if handles is not None and handles.scope != self._rules.scope:
            raise BadRecord("handles", "are of another city or environment: make a new slip")
        found = []
        for profile, exp in self._wanted:
            has_handle = profile.kind is Kind.REVOCABLE
            # Who does not qualify needs no handle, so it is looked at afterwards whether there is a good one.
            handle = (handles.by_class if handles is not None else {}).get(profile.venue_class, _NO_HANDLE)
            claims = profile.select(record, self._today, exp, handle if has_handle else None)
            if claims is None:
                continue
            if has_handle:
                if handles is None:
                    raise BadRecord("handles", "are missing: make a slip first")
                handles.of(profile.venue_class, exp)
            if self._rules.common is not None:
                combinations.check(claims, profile, self._rules.common)
            found.append(self._code(claims, profile))
        return tuple(found)

    def is_void(self, codes: Iterable[Code], handles: Handles | None) -> bool:
        """Whether handles belong to a slip that cancels none of the codes which its holder gets."""
        return (
            handles is not None
            and bool(self._revocable)
            and self._revocable.isdisjoint(code.venue_class for code in codes)
        )

    def count(self, classes: Iterable[str]) -> Counts:
        """Codes, by the names of their classes, as additions to the city's counts."""
        return Counts({self._entries[name]: codes for name, codes in Counter(classes).items()})

    def _code(self, claims: Claims, profile: Profile) -> Code:
        if profile.kind is Kind.REVOCABLE:
            return _code(profile, self._signed(claims, profile))
        like = (profile.venue_class, claims)
        code = self._shared.get(like)
        if code is None:
            code = self._shared[like] = _code(profile, self._rules.shared.get(like) or self._signed(claims, profile))
        return code

    def _signed(self, claims: Claims, profile: Profile) -> str:
        issuer = self._issuers.get(profile.kind)
        if issuer is None:
            raise CannotMint(f"the cohort sheet has no such code for {profile.venue_class!r}: make a new sheet")
        return minting.issue(claims, profile, issuer, now=self._now, cancelled=self._rules.cancelled)


def _code(profile: Profile, text: str) -> Code:
    return Code(profile.venue_class, text, profile.level, profile.max_version)
