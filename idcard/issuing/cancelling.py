"""Finds what a slip or a code cancels (specs/handles.md, What cancels what). Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from idcard import cose
from idcard.city import ledger
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential import calendar, signed, text
from idcard.credential.signed import Credential
from idcard.errors import IdcardError, Malformed
from idcard.issuing import slips
from idcard.issuing.slips import Slip, SlipError
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import IssuingKey


class CannotCancel(IdcardError):
    """Why a slip or a code cannot cancel anything. Never shows the slip or code."""


class NoHandle(CannotCancel):
    """A code that many people carry."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An entry for the ledger, with the names of the venue classes whose codes it cancels."""

    value: bytes
    month: int
    classes: tuple[str, ...]


def of_slip(slip: Slip, plan: Plan, in_force: Trust, wanted: Collection[str], now: int) -> tuple[Cancellation, ...]:
    """One entry for each class that requires a handle, now, before or later; or for each wanted one.

    Raises CannotCancel.
    """
    with_handle = _classes_with_handle(plan, in_force)
    if not with_handle.keys() >= set(wanted):
        # The wrong name is not repeated: it may be the slip.
        raise CannotCancel(f"a slip cancels no codes of such a class; it does for: {', '.join(with_handle) or 'none'}")
    _check_not_over(calendar.noon_of_first(slip.until), "every code of this slip", now)
    # Anybody can invent a valid slip of any month: the ledger must not keep its entries for centuries.
    month = min(slip.until, ledger.last_month(in_force))
    return tuple(
        Cancellation(slip.handle(number), month, (name,))
        for name, number in with_handle.items()
        if not wanted or name in wanted
    )


def _classes_with_handle(plan: Plan, in_force: Trust) -> dict[str, int]:
    """Class numbers by name, with former ones, whose codes other classes may still accept."""
    named = {each.number: each.profile.venue_class for each in plan.classes if each.profile.kind is Kind.REVOCABLE}
    named |= {each.number: each.name for each in in_force.trust_list.classes if each.handle}
    former = {number: f"former class {number}" for number in sorted(plan.handle_numbers - named.keys())}
    return {name: number for number, name in (named | former).items()}


def of_code(code: str, in_force: Trust, now: int) -> Cancellation:
    """The entry for one code and its copies. Raises CannotCancel, and Refused if it is no code."""
    credential, key = _read(code, in_force, now)
    handle = credential.claims.handle
    if handle is None:
        raise NoHandle(
            "the code has no handle, so many people carry the same code: --cohort cancels it for all of them"
        )
    return _entry(handle, credential, key, in_force)


def of_cohort(code: str, in_force: Trust, now: int) -> tuple[Cancellation, bytes]:
    """The entry for a cohort code, and the kid of its key. Raises as `of_code`."""
    credential, key = _read(code, in_force, now)
    if credential.claims.handle is not None:
        raise CannotCancel("the code has its own handle: cancel it with --card, or with the holder's slip")
    name = signed.cohort(credential.to_be_signed(in_force.root.scope))
    return _entry(name, credential, key, in_force), credential.kid


def _read(code: str, in_force: Trust, now: int) -> tuple[Credential, IssuingKey]:
    """The code, if the city signed it: nobody can fill the ledger with anything else."""
    if _is_slip(code, in_force):
        raise CannotCancel("this is a slip, not a code: give it on standard input, without --card and --cohort")
    environment, data = text.decode(code)
    if environment is not in_force.root.scope.environment:
        raise CannotCancel(f"the code is of a {environment} city, and this is a {in_force.root.scope.environment} city")
    try:
        credential = signed.decode(data)
    except Malformed:
        raise CannotCancel("the code is damaged, or was not read whole: scan it once more") from None
    for key in in_force.trust_list.keys:
        if cose.kid(key.key) == credential.kid:
            if not credential.is_signed_by(key.key, in_force.root.scope):
                raise CannotCancel("the code is forged or altered: no venue accepts it")
            _check_not_over(credential.claims.exp, "the code", now)
            return credential, key
    raise CannotCancel("no key of the trust list signed this code: no venue accepts it")


def _is_slip(code: str, in_force: Trust) -> bool:
    try:
        slips.decode(code, in_force.root.scope)
    except SlipError:
        return False
    return True


def _check_not_over(end: int, what: str, now: int) -> None:
    if now >= end:
        raise CannotCancel(f"{what} ended on {calendar.as_day(end)}: there is nothing to cancel")


def _entry(value: bytes, credential: Credential, key: IssuingKey, in_force: Trust) -> Cancellation:
    return Cancellation(value, calendar.month_of(credential.claims.exp), tuple(_taken_by(credential, key, in_force)))


def _taken_by(credential: Credential, key: IssuingKey, in_force: Trust) -> Iterator[str]:
    """Names of the classes that accept the code at any time of its life."""
    last = credential.claims.exp - 1
    for each in in_force.trust_list.classes:
        wants_handle = each.handle and credential.claims.handle is None
        if each.number in key.classes and not wants_handle and each.is_proven_by(credential.claims, last):
            yield each.name
