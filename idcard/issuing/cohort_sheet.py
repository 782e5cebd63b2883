"""Cohort codes signed in advance, for counters without a key (specs/batch.md, Cohort sheets)."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idcard import cose, strict_json
from idcard.city.plan import PlannedKey
from idcard.city.profile import Kind, Profile
from idcard.credential import claims, signed, text
from idcard.credential.calendar import Quarter
from idcard.credential.claims import Claims
from idcard.credential.scope import Scope
from idcard.errors import IdcardError, Malformed, Refused
from idcard.issuing import minting
from idcard.issuing.minter import Shared
from idcard.issuing.minting import Issuer
from idcard.strict_json import NotJson

SCHEMA = 1
MAX_SIZE = 4 << 20


class SheetError(IdcardError):
    """A cohort sheet is damaged, of another city, key, quarter or class, or has a code that must not be given out."""


@dataclass(frozen=True, slots=True)
class CohortSheet:
    """Every code that its classes can have in one quarter."""

    scope: Scope
    quarter: Quarter
    codes: Shared = field(repr=False)

    @property
    def classes(self) -> frozenset[str]:
        """Names of the classes whose codes are in the sheet."""
        return frozenset(name for name, _ in self.codes)


def made(
    profiles: Iterable[Profile], scope: Scope, issuer: Issuer, *, now: datetime, cancelled: Container[bytes]
) -> CohortSheet:
    """Sign every code of the cohort classes among the profiles. Raises CannotMint, BadSigner."""
    codes = {
        (profile.venue_class, claims): minting.issue(claims, profile, issuer, now=now, cancelled=cancelled)
        for profile in profiles
        for claims in _possible(profile, issuer.quarter)
    }
    return CohortSheet(scope, issuer.quarter, codes)


def encode(sheet: CohortSheet) -> str:
    """The sheet as JSON, one code a line."""
    head = {
        "schema": SCHEMA,
        "city": sheet.scope.city,
        "environment": str(sheet.scope.environment),
        "quarter": str(sheet.quarter),
    }
    codes = ",\n".join(strict_json.encode({"class": name, "text": code}) for (name, _), code in sheet.codes.items())
    return f'{strict_json.encode(head)[:-1]}, "codes": [\n{codes}\n]}}\n'


def decode(
    data: str, profiles: Iterable[Profile], scope: Scope, key: PlannedKey, *, cancelled: Container[bytes]
) -> CohortSheet:
    """profiles: all of the city. key: the one that signs cohort codes now.

    Raises SheetError unless this key would sign each code now, and each class has all of its codes.
    """
    try:
        listed = _listed(strict_json.decode(data), scope, key.quarter)
    except NotJson:
        listed = None
    if listed is None:
        raise SheetError("this is no cohort sheet, or it is damaged")
    # Compare the signed bytes: a claim that this program does not know could mark its holders.
    header, aad = cose.encode_header(key.kid), scope.external_aad(signed.KIND)
    possible = {
        (profile.venue_class, cose.to_be_signed1(header, aad, claims.encode(each))): each
        for profile in profiles
        for each in _possible(profile, key.quarter)
    }
    codes: dict[tuple[str, Claims], str] = {}
    for venue_class, code in listed:
        signed_bytes = _checked(code, scope, key, cancelled)
        found = possible.pop((venue_class, signed_bytes), None)
        if found is None:
            raise SheetError("a code of the cohort sheet stands twice, or does not fit its class: make a new sheet")
        codes[venue_class, found] = code
    sheet = CohortSheet(scope, key.quarter, codes)
    if incomplete := sheet.classes & {name for name, _ in possible}:
        raise SheetError(f"the cohort sheet lacks a code for {min(incomplete)!r}: make a new sheet")
    return sheet


def quarter_of(data: str, scope: Scope) -> Quarter:
    """The quarter of a sheet of this city, whose codes are not looked at. Raises SheetError."""
    try:
        fields = strict_json.decode(data)
    except NotJson:
        fields = None
    try:
        quarter = Quarter.parse(fields["quarter"]) if isinstance(fields, dict) else None
        if quarter is not None and _listed(fields, scope, quarter) is not None:
            return quarter
    except (KeyError, TypeError, AttributeError, Malformed):
        pass
    raise SheetError("this is no cohort sheet, or it is damaged: make one (idcard cohort)")


def _possible(profile: Profile, quarter: Quarter) -> Iterator[Claims]:
    """All claims that codes of a class can have; none for a class with handles."""
    if profile.kind is not Kind.COHORT:
        return
    exp = quarter.expiry(profile.life)
    least = profile.least_age or 0
    if profile.flags and not least:
        yield Claims(exp, profile.flags)
    yield from (Claims(exp, profile.flags, age) for age in profile.ages if age >= least)


def _listed(fields: Any, scope: Scope, quarter: Quarter) -> list[tuple[str, str]] | None:
    """Class and text of each code; None if it is no sheet. Raises SheetError for another city or quarter."""
    match fields:
        case {
            "schema": int(schema),
            "city": str(city),
            "environment": str(environment),
            "quarter": str(of_quarter),
            "codes": list(codes),
            **others,
        } if not others and schema is not True and codes and all(map(_is_entry, codes)):
            if schema != SCHEMA:
                raise SheetError("the cohort sheet is of another version of this program")
            if (city, environment) != (scope.city, str(scope.environment)):
                raise SheetError("the cohort sheet is of another city or environment")
            if of_quarter != str(quarter):
                raise SheetError(f"the cohort sheet is of another quarter than {quarter}: make a new sheet")
            return [(each["class"], each["text"]) for each in codes]
    return None


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"class", "text"}
        and all(type(each) is str for each in value.values())
    )


def _checked(code: str, scope: Scope, key: PlannedKey, cancelled: Container[bytes]) -> bytes:
    """The signed bytes of a code."""
    try:
        environment, credential = text.decode(code)
        held = signed.decode(credential)
    except (Malformed, Refused):
        held = None
    # A venue ignores blanks around a text, but they would be drawn.
    if held is None or text.encode(environment, credential) != code:
        raise SheetError("a code of the cohort sheet is damaged: make a new sheet")
    if environment is not scope.environment or not held.is_signed_by(key.key, scope):
        raise SheetError("a code of the cohort sheet is not by the key that signs now: make a new sheet")
    message = held.to_be_signed(scope)
    if signed.cohort(message) in cancelled:
        raise SheetError("a code of the cohort sheet is cancelled: retire the key (idcard key retire)")
    return message
