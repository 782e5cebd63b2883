"""The trust list: the venue classes and issuing keys that a venue needs (specs/trust.md, Trust list)."""

from dataclasses import dataclass
from typing import Any

from idcard import cose
from idcard.credential import calendar
from idcard.credential.claims import AGE, AGE_FROM, CLASS_NAME, FLAGS, MAX_AGE, Claims
from idcard.errors import Malformed, Reason, Refused
from idcard.trust import document

KIND = "idcard.list"
MAX_CLASS_NUMBER = 0xFFFF
MAX_TOLERANCE = 400
MAX_CONTACT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueClass:
    """What a kind of venue requires of a code.

    number: permanent. required: keys of FLAGS. least_age: years, or None. tolerance: age in days of the oldest trust
    file that this class may use. photo_check: the program is asked to have the clerk confirm that face and photo match.
    """

    number: int
    name: str
    required: frozenset[int]
    least_age: int | None = None
    handle: bool = False
    tolerance: int
    photo_check: bool = False

    def is_proven_by(self, claims: Claims, now: int) -> bool:
        """Whether the claims prove what the class requires, apart from a handle, at `now` in seconds since 1970."""
        return self.required <= claims.flags and (self.least_age is None or claims.proves_age(self.least_age, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingKey:
    """A key that signs credentials. classes: numbers of venue classes. verify_until: seconds since 1970."""

    key: bytes
    classes: frozenset[int]
    verify_until: int
    compromised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """version from 1; root: digest of the root under which it is signed; issued, next_update and exp in seconds since
    1970; classes by number, keys by key; cancellations: their digest.
    """

    version: int
    root: bytes
    issued: int
    next_update: int
    exp: int
    contact: str
    classes: tuple[VenueClass, ...]
    keys: tuple[IssuingKey, ...]
    cancellations: bytes


def encode(trust_list: TrustList) -> bytes:
    """The payload. Raises Malformed for a list that `decode` would refuse."""
    data = cose.encode(
        {
            1: trust_list.version,
            2: trust_list.issued,
            3: trust_list.next_update,
            4: trust_list.exp,
            5: trust_list.contact,
            6: [_class_map(venue_class) for venue_class in trust_list.classes],
            7: [_key_map(key) for key in trust_list.keys],
            8: trust_list.cancellations,
            9: trust_list.root,
        }
    )
    if decode(data) != trust_list:
        raise Malformed("a trust list that has no encoding")
    return data


def decode(payload: bytes) -> TrustList:
    """Raises Malformed, and Refused(NEWER_PROGRAM)."""
    fields = document.read_map(cose.decode(payload))
    trust_list = TrustList(
        version=document.read_int(fields, 1, 1, document.MAX_INSTANT),
        issued=document.read_instant(fields, 2),
        next_update=document.read_instant(fields, 3),
        exp=document.read_instant(fields, 4),
        contact=check_contact(fields.get(5)),
        classes=tuple(_read_class(item) for item in document.read_list(fields, 6)),
        keys=tuple(_read_key(item) for item in document.read_list(fields, 7)),
        cancellations=document.read_bytes(fields, 8, document.DIGEST_SIZE),
        root=document.read_bytes(fields, 9, document.DIGEST_SIZE),
    )
    if not trust_list.issued < trust_list.next_update <= trust_list.exp:
        raise Malformed("issue, next update and exp do not follow one another")
    names = {venue_class.name for venue_class in trust_list.classes}
    numbers = tuple(venue_class.number for venue_class in trust_list.classes)
    if not document.is_ascending(numbers) or len(names) != len(numbers):
        raise Malformed("venue classes are not sorted, or one stands twice")
    if not document.is_ascending(tuple(key.key for key in trust_list.keys)):
        raise Malformed("issuing keys are not sorted, or one stands twice")
    return trust_list


def check_contact(value: Any) -> str:
    """Raises Malformed unless it is a valid contact sentence."""
    return document.check_text(value, MAX_CONTACT, "the contact")


def _class_map(venue_class: VenueClass) -> dict[int, Any]:
    fields: dict[int, Any] = {
        1: venue_class.number,
        2: venue_class.name,
        3: sorted(venue_class.required),
        6: venue_class.tolerance,
    }
    if venue_class.least_age is not None:
        fields[4] = venue_class.least_age
    if venue_class.handle:
        fields[5] = True
    if venue_class.photo_check:
        fields[7] = True
    return fields


def _read_class(value: Any) -> VenueClass:
    fields = document.read_map(value)
    name = fields.get(2)
    if type(name) is not str or not CLASS_NAME.fullmatch(name):
        raise Malformed("the name of a venue class is made of a-z, 0-9 and -, and begins with a letter")
    required = frozenset(document.read_numbers(fields, 3))
    least_age = document.read_int(fields, 4, 1, MAX_AGE) if 4 in fields else None
    if not required and least_age is None:
        raise Malformed("a venue class that requires nothing")
    if required & {AGE, AGE_FROM}:
        raise Malformed("a required claim is not a flag")
    venue_class = VenueClass(
        number=document.read_int(fields, 1, 1, MAX_CLASS_NUMBER),
        name=name,
        required=required,
        least_age=least_age,
        handle=document.read_true(fields, 5),
        tolerance=document.read_int(fields, 6, 1, MAX_TOLERANCE),
        photo_check=document.read_true(fields, 7),
    )
    if not required <= FLAGS.keys():
        raise Refused(Reason.NEWER_PROGRAM)
    return venue_class


def _key_map(key: IssuingKey) -> dict[int, Any]:
    fields: dict[int, Any] = {1: key.key, 2: sorted(key.classes), 3: key.verify_until}
    if key.compromised:
        fields[4] = True
    return fields


def _read_key(value: Any) -> IssuingKey:
    fields = document.read_map(value)
    verify_until = document.read_instant(fields, 3)
    if not calendar.is_noon_of_first(verify_until):
        raise Malformed("verify_until is not 12:00 UTC on the first of a month")
    return IssuingKey(
        key=document.read_bytes(fields, 1, cose.PUBLIC_KEY_SIZE),
        classes=frozenset(document.read_numbers(fields, 2)),
        verify_until=verify_until,
        compromised=document.read_true(fields, 4),
    )
