"""What the reads amount to, as lines of text. Shares are per cent."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from legibility import conditions
from legibility.card import DOTS_PER_MM
from legibility.measure import Read, Results, Trial
from legibility.readers import READERS

Row = tuple[str, Sequence[str]]


def table(heads: Sequence[str], rows: Iterable[Row], first: str = "") -> str:
    """Columns as wide as what stands in them."""
    lines = [(first, heads), *rows]
    name = max(len(each) for each, _ in lines)
    widths = [max(len(cells[column]) for _, cells in lines) for column in range(len(heads))]
    return "\n".join(
        f"{label:{name}}  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for label, cells in lines
    )


def share(read: Read) -> str:
    return f"{100 * float(np.mean(read)):.1f}" if len(read) else "-"


def shares(results: Results, trials: Sequence[Trial]) -> str:
    """A row for each reader and width, a column for each kind."""
    rows = []
    for width in dict.fromkeys(trial.width_mm for trial in trials):
        same = [trial for trial in trials if trial.width_mm == width]
        rows += [(f"{width:g} mm, {name}", [share(results[trial, name]) for trial in same]) for name in READERS]
    return table([trial.kind.label for trial in same], rows)


def by_condition(results: Results, trials: Sequence[Trial], reader: str) -> str:
    """A row for the pictures in which each condition is the hard one."""
    heads = [trial.kind.label for trial in trials]
    hard = _hard(len(results[trials[0], reader]))
    rows = [
        (each.name, [share(results[trial, reader][hard == each.name]) for trial in trials])
        for each in conditions.CONDITIONS
    ]
    return table(heads, rows)


def by_wear(results: Results, trials: Sequence[Trial], reader: str) -> str:
    """Pictures of clean and of worn cards."""
    hard = _hard(len(results[trials[0], reader]))
    worn = np.isin(hard, [each.name for each in conditions.CONDITIONS if each.worn])
    rows = [
        (name, [share(results[trial, reader][chosen]) for trial in trials])
        for name, chosen in (("clean", ~worn), ("worn", worn))
    ]
    return table([trial.kind.label for trial in trials], rows)


def beside(results: Results, ours: Sequence[Trial], others: Sequence[Trial], readers: Sequence[str]) -> str:
    """Of the pictures in which a code or one of the others is read: the share in which the code is."""
    rows = []
    for reader in readers:
        cells = []
        for trial in ours:
            read = results[trial, reader]
            any_read = np.logical_or.reduce([read, *(results[other, reader] for other in others)])
            cells.append(f"{share(read[any_read])} of {int(any_read.sum()):,}")
        rows.append((f"{ours[0].width_mm:g} mm, {reader}", cells))
    return table([trial.kind.label for trial in ours], rows)


def missed(results: Results, ours: Trial, others: Sequence[Trial], reader: str) -> str:
    """The hard conditions of the pictures in which another is read and ours is not, most frequent first."""
    read = results[ours, reader]
    hard = _hard(len(read))[np.logical_or.reduce([results[other, reader] for other in others]) & ~read]
    names, counts = np.unique(hard, return_counts=True)
    return ", ".join(f"{names[at]} {counts[at]}" for at in np.argsort(-counts, kind="stable"))


def by_dots(results: Results, trials: Sequence[Trial]) -> str:
    """A row for each width, with the printer's dots to a module."""
    rows = [
        (
            f"{trial.width_mm:.1f} mm, {trial.width_mm * DOTS_PER_MM / trial.kind.side:.1f} dots",
            [share(results[trial, reader]) for reader in READERS],
        )
        for trial in trials
    ]
    return table(list(READERS), rows)


def _hard(pictures: int) -> NDArray[np.str_]:
    return np.array([conditions.draw(number).hard for number in range(pictures)])
