"""Codes as they are marked: what is the same bytes is one symbol under all its names (specs/print.md, Symbols)."""

from collections.abc import Iterable
from dataclasses import dataclass

from idcard.issuing.code import Code

_LEVELS = "LMQH"
"""Error correction, weakest first."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One symbol. names: the classes that it is for, at least one, in the order of the city's."""

    names: tuple[str, ...]
    code: Code

    @property
    def label(self) -> str:
        """What is printed beside it. Each name is one that a refusal may tell the clerk to scan."""
        return " · ".join(name.upper() for name in self.names)


def once(codes: Iterable[Code]) -> tuple[Marked, ...]:
    """Each text once, in the order of the first code of each.

    Where classes ask for one text at several levels of error correction, it is drawn at the strongest.
    """
    same: dict[str, list[Code]] = {}
    for code in codes:
        same.setdefault(code.text, []).append(code)
    return tuple(
        Marked(tuple(each.venue_class for each in found), max(found, key=lambda each: _LEVELS.index(each.level)))
        for found in same.values()
    )
