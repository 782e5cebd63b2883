"""What a code for a venue class carries, how long it lives and how large it may be (specs/credential.md, Profiles)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from enum import Enum

from idcard.city.record import Record, age_on, day_of_age
from idcard.cose import KID_SIZE, SIGNATURE_SIZE, Sign1, encode_header, encode_sign1
from idcard.credential import calendar, claims, text
from idcard.credential.calendar import Quarter
from idcard.credential.claims import CLASS_NAME, FLAGS, HANDLE_SIZE, MAX_AGE, MAX_MONTHS_BEFORE, Claims
from idcard.errors import Malformed

MAX_LIFE = 120
"""Longest life of a credential, in months."""
MAX_VERSION = 15

# Alphanumeric capacity of QR versions 1 to 15 (ISO/IEC 18004, table 7).
_CAPACITY = {
    "M": (20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366, 419, 483, 528, 600),
    "Q": (16, 29, 47, 67, 87, 108, 125, 157, 189, 221, 259, 296, 352, 376, 426),
}


class Kind(Enum):
    """Whether the codes of a profile can be cancelled, or are the same for many holders."""

    COHORT = "cohort"
    """No handle: all holders with the same claims carry the same bytes."""
    REVOCABLE = "revocable"
    """Ten bytes by which this one code can be cancelled."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the codes of a venue class carry. Raises Malformed if the parts contradict each other.

    venue_class: its name. flags: keys of FLAGS that the holder must have, and that the code carries.
    ages: thresholds in years, of which the code carries the highest reached.
    least_age: one of them, below which the holder gets no code, unless age_from says when it is reached.
    age_from: carry the month in which the next threshold is reached (`revocable` only; nearly unique).
    life: longest life in months. level: QR error correction, M or Q. max_version: largest QR symbol.
    """

    venue_class: str
    kind: Kind
    flags: frozenset[int]
    ages: tuple[int, ...] = ()
    least_age: int | None = None
    age_from: bool = False
    life: int
    level: str = "M"
    max_version: int

    def __post_init__(self) -> None:
        if not CLASS_NAME.fullmatch(self.venue_class):
            raise Malformed("the name of a venue class is made of a-z, 0-9 and -, and begins with a letter")
        if not self.flags and not self.ages:
            raise Malformed(f"the profile {self.venue_class!r} proves nothing")
        if not self.flags <= FLAGS.keys():
            raise Malformed(f"the profile {self.venue_class!r} has a claim that is not in the registry")
        if list(self.ages) != sorted(set(self.ages)) or any(not 1 <= age <= MAX_AGE for age in self.ages):
            raise Malformed(f"the ages of {self.venue_class!r} are not ascending years from 1 to {MAX_AGE}")
        if self.least_age is not None and self.least_age not in self.ages:
            raise Malformed(f"the least age of {self.venue_class!r} is not one of its ages")
        if self.age_from and (self.kind is not Kind.REVOCABLE or not self.ages):
            raise Malformed(f"the profile {self.venue_class!r} must be revocable and have ages to say age_from")
        if not 1 <= self.life <= MAX_LIFE:
            raise Malformed(f"the life of {self.venue_class!r} is not 1 to {MAX_LIFE} months")
        if self.level not in _CAPACITY or not 1 <= self.max_version <= MAX_VERSION:
            raise Malformed(f"the level of {self.venue_class!r} is not M or Q, or its version not 1 to {MAX_VERSION}")
        if self.largest_length() > self.capacity:
            raise Malformed(
                f"codes of {self.venue_class!r} can need {self.largest_length()} characters, "
                f"and QR {self.max_version}-{self.level} holds {self.capacity}"
            )

    @property
    def capacity(self) -> int:
        """Most characters that fit the largest symbol of this profile."""
        return _CAPACITY[self.level][self.max_version - 1]

    def largest_length(self) -> int:
        """Length in characters of the longest text that this profile can give."""
        exp = calendar.noon_of_first(2100 * 12)
        oldest = max(self.ages, default=None)
        most = Claims(
            exp,
            self.flags,
            oldest,
            (oldest, calendar.month_of(exp) - MAX_MONTHS_BEFORE) if self.age_from and oldest else None,
            bytes(HANDLE_SIZE) if self.kind is Kind.REVOCABLE else None,
        )
        credential = Sign1(encode_header(bytes(KID_SIZE)), claims.encode(most), bytes(SIGNATURE_SIZE))
        return len(text.encode(text.Environment.PRODUCTION, encode_sign1(credential)))

    def expiry(self, now: int, quarter: Quarter) -> int:
        """Expiry of a code that a key of this quarter signs at `now`."""
        if self.kind is Kind.COHORT:
            return quarter.expiry(self.life)
        return calendar.noon_of_first(calendar.month_of(now) + self.life + 1)

    def select(self, record: Record, today: date, exp: int, handle: bytes | None) -> Claims | None:
        """The claims of a holder's code, or None for a holder who does not qualify.

        Only the fields that this profile names are read. Raises BadRecord if one is missing.
        """
        held = [record.flag(number) for number in self.flags]
        if not all(held):
            return None
        if not self.ages:
            return Claims(exp, self.flags, handle=handle)
        born = record.birth_date(today)
        age = age_on(born, today)
        below = bisect_right(self.ages, age)
        reached = self.ages[below - 1] if below else None
        upcoming = self.ages[below] if below < len(self.ages) else None
        age_from = None
        if self.age_from and upcoming is not None:
            month = _first_whole_month(day_of_age(born, upcoming))
            if month < calendar.month_of(exp):
                age_from = (upcoming, month)
        least = self.least_age or 0
        if (reached or 0) < least and (age_from is None or age_from[0] < least):
            return None
        if not self.flags and reached is None and age_from is None:
            return None
        return Claims(exp, self.flags, reached, age_from, handle)


def _first_whole_month(day: date) -> int:
    """The first month whose first day is `day` or later."""
    month = day.year * 12 + day.month - 1
    return month if day.day == 1 else month + 1
