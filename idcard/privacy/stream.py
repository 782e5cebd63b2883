"""Counts a stream of records or of minted codes, line by line (specs/privacy.md, The stream)."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeAlias

from idcard import strict_json
from idcard.city import office_table
from idcard.city.office_table import MADE, PLAIN, BrokenTable, OfficeTable, Wording
from idcard.city.plan import Plan, check_station
from idcard.city.record import BIRTH_DATE, MAX_SIZE, BadRecord, Record
from idcard.credential.claims import FLAGS, Claims
from idcard.errors import IdcardError, Malformed
from idcard.privacy.population import Appearance, CardsOfCodes, CardsOfRecords, Measured, Population
from idcard.strict_json import NotJson

RECORDS, CODES = "records", "codes"
COLUMNS = frozenset(("reference", "language", "handles", BIRTH_DATE, *FLAGS.values(), MADE, "station"))
"""What a column of a table can be: what it can be for a batch, and where and when the card was made."""
Fields: TypeAlias = dict[str, Any]
_CODE = re.compile(r"ID[CT][0-9]{1,2}:")
DuplicateFilter: TypeAlias = dict[int, tuple[Appearance, Claims]]


class BadLine(IdcardError):
    """A line that cannot be measured. The text names line and field, but never a value."""


def read(lines: Iterable[bytes], plan: Plan, today: date, wording: Wording = PLAIN) -> Population:
    """The cards of the lines, which are either records or codes. today: for records that do not say when.

    wording: of a table, or of JSON objects. A line may be cut off at MAX_SIZE + 1 bytes, which are enough to refuse it.
    Raises BadLine.
    """
    stream = _Stream(Measured(plan), today, wording)
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            stream.take(line)
        except BadRecord as problem:
            where = f"{stream.where(problem.field)} {problem.problem}"
            raise BadLine(f"line {number}: field {problem.field!r}{where}") from None
        except BrokenTable as problem:
            raise BadLine(f"line {number}: {problem}") from None
    if not number or stream.kind is None:
        raise BadLine("there is no record and no code in the stream")
    return stream.population()


class _Stream:
    """kind: RECORDS or CODES, known from the first line on."""

    def __init__(self, city: Measured, today: date, wording: Wording) -> None:
        self.kind: str | None = None
        self._wording = wording
        self._table: OfficeTable | None = None
        self._classes = {profile.venue_class for profile in city.profiles}
        self._records = CardsOfRecords(city, today)
        self._codes = CardsOfCodes(city)
        self._reference: str | int | None = None
        self._card: DuplicateFilter = {}

    def take(self, line: bytes) -> None:
        """Raises BadRecord."""
        if len(line) > MAX_SIZE:
            raise BadRecord("line", f"is longer than {MAX_SIZE} bytes")
        if self._table is not None:
            self._take_row(line)
            return
        text = _text(line)
        if not text:
            return
        if not text.startswith("{"):
            venue_class, tab, code = text.partition("\t")
            if tab and (self.kind is not None or _CODE.match(code) or venue_class in self._classes):
                self._expect(CODES)
                self._take_code({"class": venue_class, "text": code})
            elif self.kind is None:
                self._begin_table(line)
            else:
                raise BadRecord("line", "is no JSON object, and no venue class, tab and code")
            return
        fields = _object(text)
        if "codes" in fields:
            self._expect(CODES)
            self._take_person(fields["codes"])
        elif "text" in fields:
            self._expect(CODES)
            self._take_code(fields)
        else:
            self._expect(RECORDS)
            self._wording.rename(fields)
            self._wording.days(fields)
            self._records.add(Record(fields), _made(fields), _station(fields))

    def _begin_table(self, line: bytes) -> None:
        """Takes the first line of a table, or what stands before it."""
        line = line.rstrip(b"\r\n")
        if office_table.is_hollow(line):
            return
        if self._wording.separator is None and (wording := self._wording.with_separator_of(line)) is not None:
            self._wording = wording
            return
        self._table = OfficeTable(line, self._wording, COLUMNS, None)

    def _take_row(self, line: bytes) -> None:
        assert self._table is not None
        line = line.rstrip(b"\r\n")
        if not office_table.is_hollow(line):
            self._expect(RECORDS)
            fields = self._table.read(line)
            self._records.add(Record(fields), _made(fields), _station(fields))

    def where(self, name: str) -> str:
        """What the input calls a field, for an error; empty where it is called the same."""
        return self._table.where(name) if self._table is not None else ""

    def population(self) -> Population:
        if self.kind == RECORDS:
            return self._records.population()
        self._end_card()
        return self._codes.population()

    def _expect(self, kind: str) -> None:
        if self.kind not in (None, kind):
            raise BadRecord("line", f"is not one of {self.kind}, like those before it")
        self.kind = kind

    def _take_person(self, codes: Any) -> None:
        """All codes of one card, as `idcard mint --json` prints them."""
        if type(codes) is not list or not all(isinstance(each, dict) for each in codes):
            raise BadRecord("codes", "must be a list of objects")
        self._end_card()
        for each in codes:
            self._add(each)
        self._end_card()

    def _take_code(self, fields: Fields) -> None:
        reference = fields.get("reference")
        if type(reference) not in (str, int, type(None)):
            raise BadRecord("reference", "must be a name or a number")
        if reference is None or reference != self._reference:
            self._end_card()
        self._reference = reference
        self._add(fields)
        if reference is None:
            self._end_card(unlinked=True)

    def _add(self, fields: Fields) -> None:
        at, appearance, claims = self._codes.read(_text_of(fields, "class"), _text_of(fields, "text"))
        if at in self._card:
            raise BadRecord("class", "comes twice on one card")
        self._card[at] = appearance, claims

    def _end_card(self, *, unlinked: bool = False) -> None:
        if self._card:
            self._codes.add(self._card, unlinked=unlinked)
        self._card = {}


def _text_of(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if type(value) is not str:
        raise BadRecord(name, "is missing or is not text")
    return value


def _text(line: bytes) -> str:
    """The text of a line. The error of the decoder contains the line, so it must not even be a cause."""
    try:
        return line.decode("utf-8").strip(" \r\n")
    except UnicodeDecodeError:
        pass
    raise BadRecord("line", "is not text in UTF-8")


def _object(text: str) -> Fields:
    try:
        fields = strict_json.decode(text)
    except NotJson:
        fields = None
    if not isinstance(fields, dict):
        raise BadRecord("line", "is not one JSON object without a field twice")
    return fields


def _made(fields: Fields) -> date | None:
    if "made" not in fields:
        return None
    value = fields["made"]
    try:
        made = date.fromisoformat(value)
    except (TypeError, ValueError):
        made = None
    if made is None or made.isoformat() != value or not 1970 <= made.year < 2100:
        raise BadRecord("made", "must be a day like 2027-03-14, from 1970 to 2099")
    return made


def _station(fields: Fields) -> str | None:
    value = fields.get("station")
    if value is None:
        return None
    try:
        return check_station(value)
    except (Malformed, TypeError):
        raise BadRecord("station", "is not the name of a station") from None
