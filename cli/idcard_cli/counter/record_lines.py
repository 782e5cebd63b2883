"""Which lines of an input are records, and how they are read (specs/batch.md, Input)."""

import click

from idcard.city import office_table
from idcard.city.office_table import Wording
from idcard.city.record import BIRTH_DATE, BadRecord
from idcard.issuing import batch_line
from idcard.issuing.batch_line import BatchRecord, JsonLines, LineReader
from idcard_cli.counter import line_minting
from idcard_cli.counter.records import Line, Records

_NO_DATE = "must be a date like 1990-12-31"
_HINT = "; where a table writes it in another way, say how with --date"


class RecordLines:
    """What the first lines say of all others. reader: None before the first line that says something."""

    def __init__(self, people: Records, wording: Wording) -> None:
        self._people = people
        self._wording = wording
        self.reader: LineReader | None = None

    def is_record(self, line: Line) -> bool:
        """Whether a line is a record; the first that says something may name columns, or what parts cells.

        Raises BrokenTable; UsageError where the first line is neither.
        """
        if line.data is not None and self._is_hollow(line.data):
            return False
        if self.reader is not None:
            return True
        try:
            data = line_minting.within_limit(line)
            wording = self._wording.with_separator_of(data) if self._wording.separator is None else None
            if wording is not None:
                self._wording = wording
                return False
            self.reader, is_record = batch_line.of_first_line(data, self._wording)
        except BadRecord as problem:
            raise click.UsageError(f"{self.where(line.number)}: {problem}") from None
        return is_record

    def read(self, line: Line) -> BatchRecord:
        """A line that is a record. Raises BadRecord, BrokenTable."""
        assert self.reader is not None
        return line_minting.read(self.reader, line)

    def where(self, number: int) -> str:
        """A line, for an error."""
        return f"{self._people.name}, line {number}" if self._people.is_file else f"line {number}"

    def hint(self, field: str, problem: str) -> str:
        """What to do about a date, where no form of dates was declared; else nothing."""
        is_date = field == BIRTH_DATE and self._wording.date is None and problem.endswith(_NO_DATE)
        return _HINT if is_date else ""

    def _is_hollow(self, data: bytes) -> bool:
        return not data.strip() if isinstance(self.reader, JsonLines) else office_table.is_hollow(data)
