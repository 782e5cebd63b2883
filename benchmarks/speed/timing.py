"""Rounds in which everything is timed in turn, so that a slow moment of the machine slows all of it alike."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

BRIEF = "--brief" in sys.argv
"""Whether the benchmarks are only to show that they work: what so few rounds measure says nothing."""
NOTES = os.environ.get("IDCARD_SPEED_NOTES")
"""A file that gets what the page is made of, a line of JSON each (speed.page)."""
Round = dict[str, float]
"""Seconds for one call, by what was called."""


def rounds_of(usual: int) -> int:
    """How many rounds there are, of so many."""
    return 2 if BRIEF else usual


def one_round(
    calls: Mapping[str, Callable[[], object]], repeat: int, clock: Callable[[], float] = time.perf_counter
) -> Round:
    """Each call so many times, one after the other."""
    times = {}
    for name, call in calls.items():
        begin = clock()
        for _ in range(repeat):
            call()
        times[name] = (clock() - begin) / repeat
    return times


@dataclass(frozen=True)
class Figure:
    """What is judged.

    value, floor: as text. unit: of figure and budget, empty for a ratio. more: whether more is better.
    """

    what: str
    value: str
    floor: str
    figure: float
    unit: str
    budget: float
    more: bool = False

    @property
    def verdict(self) -> str:
        return "within" if (self.figure >= self.budget if self.more else self.figure <= self.budget) else "over"


def judged(figure: Figure) -> str:
    """Whether it is within its budget, which the page tells too."""
    _note("figure", asdict(figure))
    return figure.verdict


def point(curve: str, x: float, y: float) -> None:
    """A point of a curve of the page."""
    _note("point", {"curve": curve, "x": x, "y": y})


def _note(kind: str, what: dict[str, object]) -> None:
    if NOTES is not None:
        with open(NOTES, "a") as file:
            print(json.dumps({"kind": kind, **what}), file=file)


@dataclass(frozen=True)
class Row:
    """What was called, and what it is compared with. budget: the ratio that the design allows, where it names one."""

    name: str
    floor: str
    budget: float | None = None


def table(title: str, rounds: Sequence[Round], rows: Sequence[Row], unit: str = "µs") -> str:
    """Lines of text. The ratio is the median of the ratios in each round."""
    scale = {"µs": 1e6, "ms": 1e3}[unit]
    width = max(len(row.name) for row in rows)
    lines = [title, f"{'':{width}}  {'median':>10}  {'floor':>10}  {'ratio':>6}  {'budget':>6}"]
    for row in rows:
        median, floor = (statistics.median(each[name] for each in rounds) * scale for name in (row.name, row.floor))
        ratio = statistics.median(each[row.name] / each[row.floor] for each in rounds)
        line = f"{row.name:{width}}  {median:7.1f} {unit}  {floor:7.1f} {unit}  {ratio:6.2f}"
        if row.budget is not None:
            figure = Figure(row.name, f"{median:.1f} {unit}", f"{floor:.1f} {unit}", ratio, "", row.budget)
            line += f"  {row.budget:6.2f}  {judged(figure)}"
        lines.append(line)
    return "\n".join(lines)
