"""Reads a line of a batch: one person's record, their handles, and the caller's reference (specs/batch.md, Input)."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from idcard import languages
from idcard.city import record
from idcard.city.record import BIRTH_DATE, BadRecord, Record
from idcard.credential.claims import FLAGS
from idcard.errors import IdcardError
from idcard.issuing import slip_handles
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import SlipError

MAX_LINE = record.MAX_SIZE
"""Bytes."""
REFERENCE = "reference"
LANGUAGE = "language"
HANDLES = "handles"
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
"""Values of a flag in a cell, in small letters."""
REFERENCE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TEXTS = frozenset((REFERENCE, LANGUAGE, HANDLES, BIRTH_DATE))
_KNOWN = _TEXTS.union(FLAGS.values())


class BrokenTable(IdcardError):
    """A line of CSV that makes all lines after it unreadable, such as one with an open quote."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What a line says of one person. reference: of the caller; it is known even if the rest is bad."""

    reference: str
    record: Record
    _language: Any = field(repr=False)
    _handles: Any = field(repr=False)

    def language(self) -> str | None:
        """A code of idcard.languages, or None. Raises BadRecord."""
        if self._language is not None and self._language not in languages.CODES:
            raise BadRecord(LANGUAGE, f"must be one of {', '.join(languages.CODES)}")
        found: str | None = self._language
        return found

    def handles(self) -> Handles | None:
        """The handles, or None. Raises BadRecord."""
        if self._handles is None or isinstance(self._handles, Handles):
            return self._handles
        try:
            return slip_handles.of_fields(self._handles)
        except SlipError:
            raise BadRecord(HANDLES, "are not those of a slip, or damaged: make a new slip") from None


def of_first_line(line: bytes) -> tuple[Callable[[bytes], BatchRecord], bool]:
    """The reader for the lines of a batch, and whether the first line is a record and not the names of columns.

    Lines have no line ends, and the first no byte order mark. Raises BadRecord if it is neither.
    """
    if line.lstrip().startswith(b"{"):
        return of_json, True
    return _Table(line).read, False


def of_json(line: bytes) -> BatchRecord:
    """Raises BadRecord."""
    return _with_fields(record.decode_fields(line))


class _Table:
    """CSV with the columns of its first line. Raises BadRecord for an unknown or repeated column, or no `reference`."""

    def __init__(self, header: bytes) -> None:
        self._comma = "," if b"," in header else ";"
        self._names = [name.strip() for name in self._cells(header)]
        if REFERENCE not in self._names:
            raise BadRecord("record", "is neither a JSON object nor the names of columns, reference among them")
        if len(set(self._names)) != len(self._names):
            raise BadRecord("record", "names a column twice")
        # A misspelt column would be a field that every record lacks.
        if any(name not in _KNOWN for name in self._names):
            raise BadRecord("record", f"names a column that is none of {', '.join(sorted(_KNOWN))}")

    def read(self, line: bytes) -> BatchRecord:
        cells = self._cells(line)
        if len(cells) != len(self._names):
            raise BadRecord("record", "has more or fewer cells than there are columns")
        # An empty cell is a missing field.
        found: dict[str, Any] = {
            name: cell.strip() for name, cell in zip(self._names, cells, strict=True) if cell.strip()
        }
        for name in found.keys() - _TEXTS:
            found[name] = YES_NO.get(found[name].lower(), found[name])
        if HANDLES in found:
            found[HANDLES] = _parsed(found[HANDLES])
        return _with_fields(found)

    def _cells(self, line: bytes) -> list[str]:
        """The cells of one line. Errors of codec and parser may quote it, so they must not even be a cause.

        Raises BadRecord, BrokenTable.
        """
        try:
            rows = list(csv.reader([line.decode("utf-8")], delimiter=self._comma, strict=True))
        except (UnicodeDecodeError, csv.Error):
            rows = []
        if line.count(b'"') % 2:
            # A text over several lines could contain a whole record.
            raise BrokenTable("a quote is not closed, and no line after it can be trusted: records are one line each")
        if len(rows) != 1 or b"\0" in line or len(line) > MAX_LINE:
            raise BadRecord("record", f"is not one line of CSV in UTF-8, of at most {MAX_LINE} bytes")
        return rows[0]


def _parsed(text: str) -> Handles | Any:
    """The handles as an object; other text is left as it is and refused later."""
    try:
        return slip_handles.decode(text)
    except SlipError:
        return text


def _with_fields(fields: dict[str, Any]) -> BatchRecord:
    for name in fields.keys() - _KNOWN:
        if (meant := name.strip().lower()) in _KNOWN:
            raise BadRecord(meant, "is written in another way: names are in small letters")
    reference = fields.pop(REFERENCE, None)
    if reference is None:
        raise BadRecord(REFERENCE, "is missing")
    if type(reference) is not str or not REFERENCE_FORM.fullmatch(reference):
        raise BadRecord(REFERENCE, "must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit")
    language, handles = fields.pop(LANGUAGE, None), fields.pop(HANDLES, None)
    return BatchRecord(reference, Record(fields), language, handles)
