"""Reads a line of a batch: one person's record, their handles, and the caller's reference (specs/batch.md, Input)."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from idcard import languages
from idcard.city import record
from idcard.city.office_table import PLAIN, OfficeTable, Wording, shown
from idcard.city.record import BIRTH_DATE, BadRecord, Record
from idcard.credential.claims import FLAGS
from idcard.issuing import slip_handles
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import SlipError

MAX_LINE = record.MAX_SIZE
"""Bytes."""
REFERENCE = "reference"
LANGUAGE = "language"
HANDLES = "handles"
REFERENCE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KNOWN = frozenset((REFERENCE, LANGUAGE, HANDLES, BIRTH_DATE, *FLAGS.values()))
"""What a column can be."""


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

    def with_handles(self, fields: Any) -> "BatchRecord":
        """The same person with handles that came beside the record, not decoded yet. Raises BadRecord."""
        if self._handles is not None:
            raise BadRecord(HANDLES, "stand in the record, and in the file of --handles too: give them once")
        return replace(self, _handles=fields)

    def handles(self) -> Handles | None:
        """The handles, or None. Raises BadRecord."""
        if self._handles is None or isinstance(self._handles, Handles):
            return self._handles
        try:
            return slip_handles.of_fields(self._handles)
        except SlipError:
            raise BadRecord(HANDLES, "are not those of a slip, or damaged: make a new slip") from None


class LineReader(Protocol):
    """Reads the lines of one input."""

    def read(self, line: bytes) -> BatchRecord:
        """A line without its end. Raises BadRecord, BrokenTable."""

    def where(self, name: str) -> str:
        """What the input calls a field, for an error; empty where it is called the same."""


def of_first_line(line: bytes, wording: Wording = PLAIN) -> tuple[LineReader, bool]:
    """The reader for the lines of a batch, and whether the first line is a record and not the names of columns.

    Lines have no line ends, and the first no byte order mark. Raises BadRecord if it is neither.
    """
    if line.lstrip().startswith(b"{"):
        return JsonLines(wording), True
    return TableLines(OfficeTable(line, wording, KNOWN, REFERENCE)), False


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Lines that are JSON objects."""

    wording: Wording = PLAIN

    def read(self, line: bytes) -> BatchRecord:
        """Raises BadRecord."""
        fields = record.decode_fields(line)
        self.wording.rename(fields)
        self.wording.days(fields)
        return _with_fields(fields)

    def where(self, name: str) -> str:
        """What the input calls a field, for an error; empty where it is called the same."""
        return f" ({shown(self.wording.columns[name])})" if name in self.wording.columns else ""


@dataclass(frozen=True, slots=True)
class TableLines:
    """Lines that are rows of a table."""

    table: OfficeTable

    def read(self, line: bytes) -> BatchRecord:
        """Raises BadRecord, BrokenTable."""
        # An empty cell is a missing field.
        found = self.table.read(line)
        if HANDLES in found:
            found[HANDLES] = _parsed(found[HANDLES])
        return _with_fields(found)

    def where(self, name: str) -> str:
        """What the input calls a field, for an error; empty where it is called the same."""
        return self.table.where(name)


def _parsed(text: str) -> Handles | Any:
    """The handles as an object; other text is left as it is and refused later."""
    try:
        return slip_handles.decode(text)
    except SlipError:
        return text


def _with_fields(fields: dict[str, Any]) -> BatchRecord:
    for name in fields.keys() - KNOWN:
        if (meant := name.strip().lower()) in KNOWN:
            raise BadRecord(meant, "is written in another way: names are in small letters")
    reference = fields.pop(REFERENCE, None)
    if reference is None:
        raise BadRecord(REFERENCE, "is missing")
    if type(reference) is not str or not REFERENCE_FORM.fullmatch(reference):
        raise BadRecord(REFERENCE, "must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit")
    language, handles = fields.pop(LANGUAGE, None), fields.pop(HANDLES, None)
    return BatchRecord(reference, Record(fields), language, handles)
