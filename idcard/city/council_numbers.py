"""Numbers that a city tells: closed quarters only, every number rounded down to tens (specs/keys.md, Report).

A total is the sum of the numbers beside it as they are printed, so it says nothing about what was rounded away.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from idcard.credential.calendar import Quarter

STEP = 10
"""Every printed number is a multiple of it."""
NOTHING = "no numbers yet: quarters are shown when they are over, and numbers from ten on"
"""What stands in place of a table without rows."""
OTHER = "other reasons"


class ReportLine(NamedTuple):
    """What is counted: a kind of place, what happened there, and for what reason; empty where none is told."""

    place: str
    what: str
    reason: str = ""


Numbers = Mapping[tuple[ReportLine, Quarter], int]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """cells: one a quarter, rounded down."""

    line: ReportLine
    cells: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.cells)


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Rows of one kind, in their order, and what they add up to."""

    title: str
    quarters: tuple[Quarter, ...]
    rows: tuple[ReportRow, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """Of each quarter: the sum of the printed cells."""
        return tuple(sum(cells) for cells in zip(*(row.cells for row in self.rows), strict=True))


def quarter_of(month: str) -> Quarter:
    """Of a month like 2026-11."""
    year, number = month.split("-")
    return Quarter(int(year), (int(number) + 2) // 3)


def closed(now: int, most: int) -> tuple[Quarter, ...]:
    """The last quarters that are over, at most so many, the oldest first. now: seconds since 1970."""
    quarter, found = Quarter.of(now), list[Quarter]()
    for _ in range(most):
        quarter = quarter.previous()
        found.append(quarter)
    return tuple(reversed(found))


def printed(title: str, numbers: Numbers, quarters: Sequence[Quarter]) -> PrintedTable:
    """The table of these quarters. Reasons that are few in a quarter are added up in it, for each place and kind.

    That looks at no other quarter, so that reports of more or fewer quarters say the same. A line of nothing but 0
    would say that there was one, so there is none.
    """
    told = {(line, quarter): number for (line, quarter), number in numbers.items() if quarter in quarters}
    merged: Counter[tuple[ReportLine, Quarter]] = Counter()
    for (line, quarter), number in told.items():
        is_few = line.reason and number < STEP
        merged[line._replace(reason=OTHER) if is_few else line, quarter] += number
    shown = (line for line in _lines(merged) if any(_cells(merged, line, quarters)))
    lines = sorted(shown, key=lambda line: (line.place, line.what, line.reason == OTHER, line.reason))
    return PrintedTable(
        title, tuple(quarters), tuple(ReportRow(line, _cells(merged, line, quarters)) for line in lines)
    )


def _lines(numbers: Numbers) -> Iterable[ReportLine]:
    return {line for line, _ in numbers}


def _cells(
    numbers: Mapping[tuple[ReportLine, Quarter], int], line: ReportLine, quarters: Sequence[Quarter]
) -> tuple[int, ...]:
    return tuple(numbers.get((line, quarter), 0) // STEP * STEP for quarter in quarters)
