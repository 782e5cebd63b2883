"""Files of rows that a spreadsheet reads: a header, then a line a row, sorted, each key once.

Line ends are LF, and are read as CRLF too, which a spreadsheet may leave. A file is whole, or is refused: one that was
cut never reads as one with fewer rows. No error shows anything of a row.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from idcard.errors import IdcardError, Malformed

Key = TypeVar("Key")
Value = TypeVar("Value")
Entry = TypeVar("Entry", bound=tuple[str, ...])


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


class CountedTable(Generic[Entry]):
    """Numbers that only grow, by who counted (16 hexadecimal digits) and by entries, whose first field is a month."""

    def __init__(self, table: Table, entry: Callable[..., Entry]) -> None:
        """table: a row is who counted, the fields of an entry, and a number."""
        self._table, self._entry = table, entry
        self._by_day = f"day,{table.header.split(',', 2)[2]}"

    def encode(self, counted: Mapping[str, Mapping[Entry, int]]) -> str:
        """CSV, sorted."""
        return self._table.encode(
            ",".join((who, *entry, str(counted[who][entry])))
            for who in sorted(counted)
            for entry in sorted(counted[who])
        )

    def decode(self, text: str) -> dict[str, Counter[Entry]]:
        """Raises the error of the table, which names the line."""
        if text.startswith(self._by_day):
            raise self._table.error(
                f"the {self._table.name} {'are' if self._table.name.endswith('s') else 'is'} of an earlier program, "
                "which counted by day: move the file away, and counting begins anew"
            )
        rows = self._table.decode(text, self._key, lambda row: int(row.groups()[-1]))
        counted: dict[str, Counter[Entry]] = {}
        for (who, entry), number in rows.items():
            counted.setdefault(who, Counter())[entry] = number
        return counted

    def _key(self, row: re.Match[str]) -> tuple[str, Entry]:
        who, *fields, _ = row.groups()
        return who, self._entry(*fields)


def merged(ours: Mapping[str, Counter[Key]], theirs: Mapping[str, Counter[Key]]) -> dict[str, Counter[Key]]:
    """Of each row the larger number: a row only grows, so the same file merged twice doubles nothing."""
    return {who: ours.get(who, Counter()) | theirs.get(who, Counter()) for who in {*ours, *theirs}}


def total(counted: Mapping[str, Counter[Key]]) -> Counter[Key]:
    """Over all who counted."""
    return sum(counted.values(), Counter())
