"""The numbers that a library gave for cards, and which of them a run has taken (specs/card-design.md, Numbers).

A run takes numbers for lines before it draws them, and gets the same again for the same lines when it is resumed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from idcard.errors import IdcardError

MAX_NUMBERS = 200_000
MAX_SIZE = 16 << 20
"""Bytes."""
RUN = re.compile(r"[0-9a-f]{16}")
_TAKEN = re.compile(r"(\S+) taken ([0-9a-f]{16}) ([1-9][0-9]{0,6})")
_ENOUGH_TO_TELL = 10
"""Numbers, of which fewer may be in order by chance."""


class BadNumberFile(IdcardError):
    """The text names the line, never a number."""


class TooFewNumbers(IdcardError):
    """More cards need a number than there are."""


@dataclass(frozen=True, slots=True)
class NumberFile:
    """free: in the order in which they are taken. taken: by the run, and the line of it that has the number."""

    free: tuple[str, ...]
    taken: Mapping[tuple[str, int], str]

    def take(self, run: str, lines: Iterable[int]) -> tuple["NumberFile", dict[int, str]]:
        """The numbers of these lines, and what is left. run: of RUN. Raises TooFewNumbers."""
        lines = list(lines)
        new = [line for line in lines if (run, line) not in self.taken]
        if len(new) > len(self.free):
            left, needed = len(self.free), len(new)
            raise TooFewNumbers(f"numbers are missing: {needed} more cards need one, and left are {left}")
        added = {(run, line): number for line, number in zip(new, self.free, strict=False)}
        after = replace(self, free=self.free[len(new) :], taken={**self.taken, **added})
        return after, {line: after.taken[run, line] for line in lines}

    def returned(self, run: str) -> "NumberFile":
        """Those of a run of which no card was ever drawn are free again, in their order."""
        again = [number for key, number in sorted(self.taken.items()) if key[0] == run]
        return replace(self.ended(run), free=(*again, *self.free))

    def ended(self, run: str) -> "NumberFile":
        """Without those of a run that is complete: they are on cards, and nowhere else any more."""
        return replace(self, taken={key: number for key, number in self.taken.items() if key[0] != run})


def decode(text: str, barcode: str) -> NumberFile:
    """text: a number a line, in an order that tells nothing. barcode: of the design. Raises BadNumberFile."""
    from idcard.symbol import bars  # loads what draws
    from idcard.symbol.qr import CannotDraw

    free, taken = [], {}
    seen: set[str] = set()
    for at, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        found = _TAKEN.fullmatch(line)
        number = found[1] if found else line
        try:
            bars.check(number, barcode)
        except CannotDraw as problem:
            raise BadNumberFile(f"line {at}: {problem}") from None
        if number in seen:
            raise BadNumberFile(f"line {at}: this number stands in an earlier line")
        seen.add(number)
        if found:
            taken[found[2], int(found[3])] = number
        else:
            free.append(number)
    if len(seen) > MAX_NUMBERS:
        raise BadNumberFile(f"there are more than {MAX_NUMBERS} numbers: give a part of them")
    if _is_in_order(free):
        raise BadNumberFile(
            "the numbers are in order, and would show in which order cards were made: shuffle them first, as with "
            "shuf numbers.txt"
        )
    return NumberFile(tuple(free), taken)


def encode(numbers: NumberFile) -> str:
    taken = (f"{number} taken {run} {line}\n" for (run, line), number in numbers.taken.items())
    return "".join((*taken, *(f"{number}\n" for number in numbers.free)))


def _is_in_order(numbers: list[str]) -> bool:
    """Whether nine of ten neighbours ascend, or descend."""
    if len(numbers) < _ENOUGH_TO_TELL:
        return False
    keys = [(len(number), number) for number in numbers]
    ascents = sum(first < second for first, second in pairwise(keys))
    return not 0.1 < ascents / (len(keys) - 1) < 0.9
