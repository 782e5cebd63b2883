"""Months and quarters in UTC, and the instants at which codes expire (specs/credential.md, Expiry).

A month is counted as year * 12 + month - 1. An instant is whole seconds since 1970.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from idcard.errors import Malformed

DAY = 86400
"""In seconds."""
_NOON = 43200
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = date(1970, 1, 1).toordinal()
_MAX_INSTANT = 1 << 32


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970. Raises ValueError for a datetime without a time zone."""
    try:
        since = instant - _BEGIN
    except TypeError:
        raise ValueError("a time needs a time zone") from None
    return since.days * DAY + since.seconds


def as_datetime(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def as_day(instant: int) -> str:
    """2027-01-31, in UTC."""
    return f"{as_datetime(instant):%Y-%m-%d}"


def as_time(instant: int) -> str:
    """2027-01-31T09:00:00Z."""
    return f"{as_datetime(instant):%Y-%m-%dT%H:%M:%SZ}"


def month_of(instant: int) -> int:
    """The month, in UTC, in which an instant lies."""
    moment = as_datetime(instant)
    return moment.year * 12 + moment.month - 1


def as_month(month: int) -> str:
    """2027-01."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def parse_month(text: str) -> int:
    """Raises Malformed unless the text is what `as_month` writes for a month from 1970 on."""
    year, _, number = text.partition("-")
    if not (text.isascii() and year.isdigit() and number.isdigit() and (len(year), len(number)) == (4, 2)):
        raise Malformed("a month is written like 2027-01")
    if int(year) < 1970 or not 1 <= int(number) <= 12:
        raise Malformed("a month is written like 2027-01")
    return int(year) * 12 + int(number) - 1


def noon_of_first(month: int) -> int:
    """12:00:00 UTC on the first day of a month: by then it has begun everywhere on earth."""
    day = date(month // 12, month % 12 + 1, 1)
    return (day.toordinal() - _EPOCH) * DAY + _NOON


def is_noon_of_first(instant: int) -> bool:
    """Whether an instant is a result of `noon_of_first` below 2^32."""
    days, second = divmod(instant, DAY)
    return second == _NOON and 0 <= instant < _MAX_INSTANT and date.fromordinal(_EPOCH + days).day == 1


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A calendar quarter in UTC, written 2026-Q4: the time in which one key signs."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1970 <= self.year < 2100 and 1 <= self.number <= 4):
            raise Malformed("a quarter is written like 2026-Q4")

    @classmethod
    def of(cls, instant: int) -> Self:
        month = month_of(instant)
        return cls(month // 12, month % 12 // 3 + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Malformed unless the text is what `str` writes."""
        year, _, number = text.partition("-Q")
        if not (year.isascii() and year.isdigit() and number in {"1", "2", "3", "4"} and len(year) == 4):
            raise Malformed("a quarter is written like 2026-Q4")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"

    def next(self) -> Self:
        return type(self)(self.year + self.number // 4, self.number % 4 + 1)

    def previous(self) -> Self:
        return type(self)(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    @property
    def begin(self) -> int:
        """Its first instant."""
        return noon_of_first(self.last_month - 2) - _NOON

    @property
    def end(self) -> int:
        """The first instant after it."""
        return noon_of_first(self.last_month + 1) - _NOON

    def __contains__(self, instant: int) -> bool:
        return self.last_month - 3 < month_of(instant) <= self.last_month

    @property
    def last_month(self) -> int:
        return self.year * 12 + self.number * 3 - 1

    def expiry(self, months: int) -> int:
        """The latest expiry of a code that a key of this quarter signs with a life of so many months."""
        return noon_of_first(self.last_month + months + 1)
