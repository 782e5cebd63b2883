"""Rounds in which everything is timed in turn, so that a slow moment of the machine slows all of it alike."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BRIEF = "--brief" in sys.argv
"""Whether the benchmarks are only to show that they work: what so few rounds measure says nothing."""
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
            line += f"  {row.budget:6.2f}  {'within' if ratio <= row.budget else 'over'}"
        lines.append(line)
    return "\n".join(lines)
