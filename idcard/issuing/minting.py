"""Mints one code from one record and one profile, and keeps nothing (specs/credential.md, Minting)."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from idcard import cose
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.cose import BadSigner, Signer
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import Quarter
from idcard.credential.claims import HANDLE_SIZE, Claims
from idcard.credential.scope import Scope
from idcard.credential.signed import Template
from idcard.errors import IdcardError


class CannotMint(IdcardError):
    """Key, profile, handle or time do not match."""


class BadHandle(CannotMint):
    """The slip of a card cannot be used: the card needs a new one."""


@dataclass(frozen=True)
class Issuer:
    """An issuing key and what it may sign: time, kind and city.

    ready, verify_until: seconds since 1970. Before `ready` not every venue knows the key; no code expires after
    `verify_until`.
    """

    signer: Signer
    scope: Scope
    kind: Kind
    quarter: Quarter
    ready: int
    verify_until: int
    _templates: dict[object, Template] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def end(self) -> int:
        """The first instant after its quarter."""
        return self.quarter.end

    def template(self, claims: Claims) -> Template:
        """For codes with these claims. One is kept for each combination but those with `age_from`: those are of people.

        Raises CannotMint for claims that no code gives back.
        """
        like = (claims.exp, claims.flags, claims.age, claims.handle is None)
        found = self._templates.get(like) if claims.age_from is None else None
        if found is None:
            found = Template.of(claims, self.signer.public_key, self.scope)
            if found.claims(claims.handle) != claims:
                raise CannotMint("the finished code does not read back as it was minted")
            if claims.age_from is None:
                self._templates[like] = found
        return found


def mint(
    record: Record,
    profile: Profile,
    issuer: Issuer,
    *,
    now: datetime,
    handle: bytes | None = None,
    cancelled: Container[bytes] = frozenset(),
) -> str | None:
    """The text of a holder's code, or None for a holder who does not qualify for the profile.

    now: with the time zone of the counter, whose calendar day decides on ages; expiry and quarter go by UTC.
    handle: 10 bytes for a `revocable` profile, None for a `cohort` profile. cancelled: handles and names of cohorts.
    Raises BadRecord, CannotMint, BadSigner. A `cohort` code is signed twice, and both must be the same bytes.
    """
    if (handle is not None) != (profile.kind is Kind.REVOCABLE) or (handle is not None and len(handle) != HANDLE_SIZE):
        raise CannotMint("a revocable code needs a handle of 10 bytes, a cohort code none")
    exp = profile.expiry(calendar.seconds(now), issuer.quarter)
    claims = profile.select(record, now.date(), exp, handle)
    return None if claims is None else issue(claims, profile, issuer, now=now, cancelled=cancelled)


def gets_a_handle(record: Record, profiles: Iterable[Profile], now: datetime) -> bool:
    """Whether somebody gets a code that a slip can cancel, if it is minted now. Raises BadRecord."""
    instant = calendar.seconds(now)
    return any(
        profile.select(record, now.date(), profile.expiry(instant, Quarter.of(instant)), bytes(HANDLE_SIZE)) is not None
        for profile in profiles
        if profile.kind is Kind.REVOCABLE
    )


def issue(
    claims: Claims,
    profile: Profile,
    issuer: Issuer,
    *,
    now: datetime,
    cancelled: Container[bytes] = frozenset(),
) -> str:
    """The text of a code with claims that `profile.select` gave. Arguments and errors as of `mint`."""
    instant = calendar.seconds(now)
    if profile.kind is not issuer.kind:
        raise CannotMint(f"a {issuer.kind.value} key does not sign {profile.kind.value} codes")
    if not issuer.ready <= instant < issuer.end:
        ready = calendar.as_datetime(issuer.ready)
        raise CannotMint(f"the key signs from {ready:%Y-%m-%d %H:%M} UTC to the end of {issuer.quarter}")
    if claims.exp > issuer.verify_until:
        raise CannotMint(f"a code of {profile.venue_class!r} would outlive the key")
    if claims.handle is not None and claims.handle in cancelled:
        raise BadHandle(f"the handle for {profile.venue_class!r} is cancelled: make a new slip")
    template = issuer.template(claims)
    credential = template.sign(issuer.signer, claims.handle)
    # A signer with two different answers could mark people.
    if profile.kind is Kind.COHORT and template.sign(issuer.signer, claims.handle) != credential:
        raise BadSigner("the signer gave two different signatures; it must sign deterministically")
    code = text.encode(issuer.scope.environment, credential)
    environment, read = text.decode(code)
    again = cose.decode_sign1(read)
    if environment is not issuer.scope.environment or again.payload != template.payload(claims.handle):
        raise CannotMint("the finished code does not read back as it was minted")
    message = again.to_be_signed(template.external_aad)
    if not cose.verifies(issuer.signer.public_key, message, again.signature):
        raise BadSigner("the signer returned a signature that its public key does not verify")
    if signed.cohort(message) in cancelled:
        raise CannotMint(
            f"all codes for {profile.venue_class!r} that are like this one are cancelled, and codes of another key are "
            "not: retire the key (idcard key retire)"
        )
    if len(code) > profile.capacity:
        raise CannotMint(f"the code does not fit QR {profile.max_version}-{profile.level}")
    return code
