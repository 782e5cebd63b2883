"""Reads an applicant's record, which is kept in memory only while minting (specs/credential.md, Records)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from idcard import strict_json
from idcard.credential.claims import FLAGS, MAX_AGE
from idcard.errors import IdcardError
from idcard.strict_json import NotJson, RepeatedName

BIRTH_DATE = "birth_date"
MAX_SIZE = 65536
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
"""Values of a flag in a cell, in small letters."""


class BadRecord(IdcardError):
    """A field of a record is missing or wrong. `field` is its name; its value is never shown."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"field {field!r} {problem}")
        self.field = field
        self.problem = problem

    def __reduce__(self) -> tuple[type["BadRecord"], tuple[str, str]]:
        return type(self), (self.field, self.problem)


class Record:
    """What is known about one person. No repr and no error shows any of it."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)

    def __repr__(self) -> str:
        return "Record(…)"

    def flag(self, number: int) -> bool:
        """Whether the holder has the claim with this key of FLAGS. Raises BadRecord if the record does not say."""
        field = FLAGS[number]
        value = self._field(field)
        if type(value) is not bool:
            raise BadRecord(field, "must be true or false (in CSV and --set also yes or no)")
        return value

    def birth_date(self, today: date) -> date:
        """The birth date. Raises BadRecord if missing, not like 1990-12-31, in the future or over 150 years ago."""
        value = self._field(BIRTH_DATE)
        try:
            born = date.fromisoformat(value)
        except (TypeError, ValueError):
            born = None
        if born is None or born.isoformat() != value:
            raise BadRecord(BIRTH_DATE, "must be a date like 1990-12-31")
        if born > today:
            raise BadRecord(BIRTH_DATE, "is in the future")
        if age_on(born, today) > MAX_AGE:
            raise BadRecord(BIRTH_DATE, f"is more than {MAX_AGE} years ago")
        return born

    def _field(self, name: str) -> Any:
        if name not in self._fields:
            raise BadRecord(name, "is missing")
        return self._fields[name]


def decode(data: bytes) -> Record:
    """A record from one JSON object. Raises BadRecord. Fields are checked only when a profile needs them."""
    return Record(decode_fields(data))


def decode_fields(data: bytes) -> dict[str, Any]:
    """The fields of one JSON object, unchecked. Raises BadRecord."""
    if len(data) > MAX_SIZE:
        raise BadRecord("record", f"is longer than {MAX_SIZE} bytes")
    try:
        fields = strict_json.decode(data)
    except RepeatedName:
        raise BadRecord("record", "has a field twice") from None
    except NotJson:
        fields = None
    if not isinstance(fields, dict):
        raise BadRecord("record", "is not one JSON object in UTF-8")
    return fields


def day_of_age(born: date, age: int) -> date:
    """The first day on which somebody is that old. Born on 29 February: 1 March where there is no 29 February."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def age_on(born: date, day: date) -> int:
    """Completed years of life."""
    age = day.year - born.year
    return age if day_of_age(born, age) <= day else age - 1
