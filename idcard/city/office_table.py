"""Tables as offices have them: columns of any name and order, told apart by any usual sign (specs/batch.md, Tables).

Nothing is guessed but the sign between two cells, which only one can be. No error shows a value; the name of a column
is shown only where the first line surely names columns.
"""

import csv
import re
import unicodedata
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from idcard.city.record import BIRTH_DATE, MAX_SIZE, YES_NO, BadRecord
from idcard.city.written_date import NotADate, WrittenDate
from idcard.credential.claims import FLAGS
from idcard.errors import IdcardError

SEPARATORS = (",", ";", "\t", "|")
MADE = "made"
DATES = frozenset((BIRTH_DATE, MADE))
"""Fields that are days."""
MAY_LACK = frozenset(("language",))
"""Fields whose cells at the end of a row a spreadsheet may leave out."""
_SURE = frozenset(("reference", "handles", *DATES))
"""What no cell of a record says: a line with one of these names columns."""
_FLAGS = frozenset(FLAGS.values())
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.?)"?[,;\t| ]*', re.IGNORECASE)
_HOLLOW = b' \t\r",;|\xc2\xa0'
_WORKBOOKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NOTHING = str.maketrans("", "", '",;|')
_LONGEST_NAME = 40


class BrokenTable(IdcardError):
    """A line of CSV that makes all lines after it unreadable, such as one with an open quote."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a table words what idcard asks for.

    columns: names of columns by field, where they are not called as the field is. date: the form of days; without one
    they are like 1990-12-31. separator: as a line `sep=;` says.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date: WrittenDate | None = None
    separator: str | None = None

    def with_separator_of(self, line: bytes) -> "Wording | None":
        """Where this is a line `sep=;`, what holds after it. Raises BadRecord for a sign that is none of SEPARATORS."""
        found = _SEPARATOR_LINE.fullmatch(line.decode("utf-8", errors="replace"))
        if found is None:
            return None
        sign = found[1] or "\t"  # a tab at the end of a line is easily lost
        if sign not in SEPARATORS:
            raise BadRecord("record", "names a sign between cells that is none of comma, semicolon, tab and |")
        return replace(self, separator=sign)

    def rename(self, fields: dict[str, Any]) -> None:
        """Gives the fields of a JSON object the names that they have here. Raises BadRecord."""
        for name, called in self.columns.items():
            if called in fields:
                if name in fields:
                    raise BadRecord(name, f"stands twice: also as {shown(called)}")
                fields[name] = fields.pop(called)

    def days(self, fields: dict[str, Any]) -> None:
        """Rewrites the days among the fields as 1990-12-31. Raises BadRecord."""
        if self.date is None:
            return
        for name in DATES & fields.keys():
            if type(fields[name]) is not str:
                raise BadRecord(name, f"must be a date like {self.date.example}")
            try:
                fields[name] = self.date.read(fields[name]).isoformat()
            except NotADate as problem:
                raise BadRecord(name, str(problem)) from None


PLAIN = Wording()


class OfficeTable:
    """The columns of a table, and the cells of its rows by field."""

    def __init__(self, header: bytes, wording: Wording, known: Collection[str], needed: str | None) -> None:
        """header: the first line, without its end. known: fields that a column may have. needed: the one that it must
        have. Raises BadRecord, BrokenTable.
        """
        self._wording = wording
        if header.startswith(_WORKBOOKS):
            raise BadRecord("record", 'is of a workbook: save the table as "CSV UTF-8"')
        if header.lstrip().startswith(b"["):
            raise BadRecord("record", "begins a list: write one JSON object a line, or a table")
        signs = SEPARATORS if wording.separator is None else (wording.separator,)
        found: dict[str, _Columns] = {}
        for sign in signs:
            with suppress(BadRecord):  # quotes that fit one sign fit no other
                found[sign] = _Columns.of(_split(header, sign), wording, known)
        self._separator = max(found, key=lambda sign: found[sign].known, default=signs[0])
        if self._separator not in found or not found[self._separator].known:
            for sign in signs:
                _split(header, sign)
        self._columns = found[self._separator]
        self._columns.check(known, needed)

    def read(self, line: bytes) -> dict[str, Any]:
        """The cells of a row that are not empty, by field: flags as such, days like 1990-12-31, all else as text.

        Raises BadRecord, BrokenTable.
        """
        cells = [cell.strip() for cell in _split(line, self._separator)]
        columns = self._columns
        if any(cells[len(columns.names) :]):
            raise BadRecord("record", f"has more cells than the {len(columns.names)} columns of the first line")
        if any(each not in MAY_LACK for each in columns.fields[len(cells) :] if each):
            raise BadRecord("record", f"has fewer cells than the {len(columns.names)} columns of the first line")
        found: dict[str, Any] = {}
        for number, (name, cell) in enumerate(zip(columns.fields, cells, strict=False), 1):
            if not cell:
                continue
            if not name:
                raise BadRecord("record", f"has something in column {number}, which has no name in the first line")
            found[name] = YES_NO.get(cell.lower(), cell) if name in _FLAGS else cell
        self._wording.days(found)
        return found

    def where(self, name: str) -> str:
        """What the table calls a field, for an error; empty where it is called the same."""
        columns = self._columns
        heading = columns.names[columns.fields.index(name)] if name in columns.fields else name
        return "" if heading == name else f" (column {shown(heading)})"


@dataclass(frozen=True, slots=True)
class _Columns:
    """names: as the table has them. fields: what each is; empty for a column without a name, or of no known field."""

    names: list[str]
    fields: list[str]
    wording: Wording

    @classmethod
    def of(cls, names: list[str], wording: Wording, known: Collection[str]) -> "_Columns":
        called = {_folded(name): field for field, name in wording.columns.items()}
        plain = {_folded(each): each for each in known if each not in wording.columns}
        return cls(
            [name.strip() for name in names],
            [called.get(_folded(name)) or plain.get(_folded(name), "") for name in names],
            wording,
        )

    @property
    def known(self) -> int:
        return sum(map(bool, self.fields))

    def check(self, known: Collection[str], needed: str | None) -> None:
        """Raises BadRecord."""
        if not _SURE.union(self.wording.columns).intersection(self.fields):  # perhaps a record: nothing of it is shown
            wanted = f"{needed} among them" if needed else "such as birth_date"
            raise BadRecord(
                "record",
                f"is neither a JSON object nor the names of columns, {wanted}: the first line names them, and --column "
                "says what they are",
            )
        for each, name in self.wording.columns.items():
            if each not in self.fields:
                raise BadRecord(each, f"has no column: none is called {shown(name)}")
        strange = [name for name, each in zip(self.names, self.fields, strict=True) if name and not each]
        if needed is not None and needed not in self.fields:
            hint = f"; if it is {shown(strange[0])}: --column {needed}={strange[0]}" if _is_plain(strange) else ""
            raise BadRecord(needed, f"has no column, and every line needs it{hint}")
        for at, each in enumerate(self.fields):
            if each and each in self.fields[:at]:
                raise BadRecord("record", f"names a column twice: {shown(self.names[at])}")
        if strange:  # a misspelt column would be a field that every record lacks
            raise BadRecord(
                "record",
                f"names the column {shown(strange[0])}, which is none of {', '.join(sorted(known))}: leave it out of "
                "the file, or say what it is with --column",
            )


def is_hollow(line: bytes) -> bool:
    """Whether nothing is in any cell of a row, whatever stands between them."""
    if line.translate(None, _HOLLOW):
        return False
    try:
        return line.count(b'"') % 2 == 0 and not line.decode("utf-8").translate(_NOTHING).strip()
    except UnicodeDecodeError:
        return False


def shown(name: str) -> str:
    """The name of a column in an error."""
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…")


def _is_plain(names: list[str]) -> bool:
    """Whether a hint can name the first: short, and in one word of a shell."""
    return bool(names) and len(names[0]) <= _LONGEST_NAME and re.fullmatch(r"[\w.-]+", names[0]) is not None


def _folded(name: str) -> str:
    """Capitals, blanks, dashes and composed letters do not count."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFKC", name).strip().casefold())


def _split(line: bytes, separator: str) -> list[str]:
    """The cells of one line. Errors of codec and parser may quote it, so they must not even be a cause.

    Raises BadRecord, BrokenTable.
    """
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    try:
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        rows = []
    if line.count(b'"') % 2:
        # A text over several lines could contain a whole record.
        raise BrokenTable("a quote is not closed, and no line after it can be trusted: records are one line each")
    if "\0" in text:
        raise BadRecord("record", 'is not text in UTF-8: save the table as "CSV UTF-8"')
    if len(rows) != 1 or len(line) > MAX_SIZE:
        raise BadRecord("record", f"is not one line of CSV, of at most {MAX_SIZE} bytes")
    return rows[0]
