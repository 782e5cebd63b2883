"""Dates as an office writes them, read by one declared form and never by a guess (specs/batch.md, Dates)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from idcard.errors import IdcardError

EXAMPLE = date(1990, 12, 31)
"""The day by which a form is declared: none of its three numbers can be another."""
_PARTS = {"1990": "year", "12": "month", "31": "day"}
_EXAMPLE = re.compile(
    r"(1990|12|31)(\D{0,3})(1990|12|31)(\D{0,3})(1990|12|31)(\D{0,3})((?:[T ]0?0:00(?::00(?:\.0+)?)?)?)Z?"
)
_SHORT = re.compile(r"\D*(?:(?:31|12|90)\D{0,3}){3}")
_SERIAL = re.compile(r"[0-9]{1,6}(?:[.,]0+)?")


class NoSuchForm(IdcardError):
    """The example does not declare a form of dates."""


class NotADate(IdcardError):
    """What a cell says is no day in the declared form. The text says why, and never the value.

    is_in_form: whether it is written in that form.
    """

    def __init__(self, problem: str, *, is_in_form: bool = False) -> None:
        super().__init__(problem)
        self.is_in_form = is_in_form


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """How an office writes a day. example: 31 December 1990, as it writes that."""

    example: str
    pattern: str

    @classmethod
    def like(cls, example: str) -> Self:
        """The form of an example. Raises NoSuchForm."""
        text = example.strip()
        found = _EXAMPLE.fullmatch(text)
        if found is None or len({found[1], found[3], found[5]}) < 3:
            how = "with all four digits of the year" if _SHORT.fullmatch(text) else "in digits"
            raise NoSuchForm(f"show how the table writes 31 December 1990, {how}, such as 31.12.1990 or 12/31/1990")
        first, second, end = found[2], found[4], found[6]
        numbers = [_number(_PARTS[found[at]], apart=bool(first and second)) for at in (1, 3, 5)]
        pattern = numbers[0] + _between(first) + numbers[1] + _between(second) + numbers[2]
        pattern += (f"(?:{_between(end)})?" if end else "") + (re.escape(found[7]) if found[7] else "")
        return cls(text, pattern)

    def read(self, text: str) -> date:
        """Raises NotADate."""
        found = re.fullmatch(self.pattern, text.strip())
        if found is None:
            if _SERIAL.fullmatch(text.strip()):
                raise NotADate("is the number of a day, as spreadsheets count: give its column the format of a date")
            raise NotADate(f"must be a date like {self.example}")
        try:
            return date(*(int(found[part]) for part in ("year", "month", "day")))
        except ValueError:
            raise NotADate(f"is no day of the calendar, read like {self.example}", is_in_form=True) from None


def _number(part: str, *, apart: bool) -> str:
    """apart: whether signs stand between the numbers, so that 1.2.1990 is as clear as 01.02.1990."""
    if part == "year":
        return r"(?P<year>\d{4})"
    return rf"(?P<{part}>\d{{1,2}})" if apart else rf"(?P<{part}>\d{{2}})"


def _between(signs: str) -> str:
    """Blanks around a sign do not count."""
    if not signs:
        return ""
    return rf"\s*{re.escape(signs.strip())}\s*" if signs.strip() else r"\s+"
