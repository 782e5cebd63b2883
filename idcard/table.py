"""Files of rows that a spreadsheet reads: a header, then a line a row, sorted, each key once.

Line ends are LF, and are read as CRLF too, which a spreadsheet may leave. A file is whole, or is refused: one that was
cut never reads as one with fewer rows. No error shows anything of a row.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from idcard.errors import IdcardError, Malformed

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Table:
    """name: as errors say it, such as `ledger`. row: matches a whole line without its end. error: what is raised."""

    name: str
    header: str
    row: re.Pattern[str]
    error: type[IdcardError]

    def encode(self, rows: Iterable[str]) -> str:
        """rows: lines without their ends, sorted."""
        return "\n".join([self.header, *rows]) + "\n"

    def decode(
        self, text: str, key: Callable[[re.Match[str]], Key], value: Callable[[re.Match[str]], Value]
    ) -> dict[Key, Value]:
        """key, value: of a row; either may raise Malformed. Raises `error`, which names the line."""
        lines = text.replace("\r\n", "\n").split("\n")
        if lines[0] != self.header:
            raise self.error(f"line 1 of the {self.name} is not {self.header!r}")
        if lines.pop():
            raise self.error(f"line {len(lines) + 1} of the {self.name} is cut short")
        rows: dict[Key, Value] = {}
        for number, line in enumerate(lines[1:], 2):
            try:
                if (found := self.row.fullmatch(line)) is None or (name := key(found)) in rows:
                    raise Malformed
                rows[name] = value(found)
            except Malformed:
                raise self.error(f"line {number} of the {self.name} is damaged, or stands twice") from None
        return rows
