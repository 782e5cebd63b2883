"""What a long run said of its lines, so that it can be said again when the run is resumed (specs/batch.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

_VOID = ""
"""In the place of a field: the line is good, and its slip cancels nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Nothing of a record. bad: for each line that gave nothing, by its number, the field that was wrong.

    void: numbers of lines whose slip cancels nothing.
    """

    bad: Mapping[int, str] = field(default_factory=dict)
    void: Sequence[int] = ()

    def __add__(self, later: "Notes") -> "Notes":
        return Notes(bad={**self.bad, **later.bad}, void=(*self.void, *later.void))

    def encode(self) -> list[list[Any]]:
        """As a checkpoint has them: pairs of line and field."""
        return [*(list(each) for each in self.bad.items()), *([line, _VOID] for line in self.void)]

    @classmethod
    def decode(cls, said: list[Any]) -> Self | None:
        """None for what is damaged."""
        bad, void = {}, []
        for each in said:
            match each:
                case [int(line), str(name)] if line > 0:
                    if name == _VOID:
                        void.append(line)
                    else:
                        bad[line] = name
                case _:
                    return None
        return cls(bad=bad, void=void)


NO_NOTES = Notes()
