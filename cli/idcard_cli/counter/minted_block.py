"""The lines of a batch that are counted and written together (specs/batch.md, Interruption)."""

from dataclasses import replace

from idcard_cli.counter.checkpoint import Position
from idcard_cli.counter.line_minting import MintedLine
from idcard_cli.counter.notes import Notes


class MintedBlock:
    """lines: of codes, with their ends. classes: of their codes."""

    def __init__(self, before: Position) -> None:
        self._before = before
        self._last: MintedLine | None = None
        self._last_good: MintedLine | None = None
        self._bad: dict[int, str] = {}
        self._void: list[int] = []
        self._without = 0
        self.lines: list[str] = []
        self.classes: list[str] = []

    def add(self, minted: MintedLine, bad: str) -> None:
        """A line that is done with. bad: the field for which it gave nothing; empty for a good line."""
        self._last = minted
        if bad:
            self._bad[minted.number] = bad
            return
        self._last_good = minted
        if minted.is_void:
            self._void.append(minted.number)
        self._without += not minted.classes
        self.classes += minted.classes
        self.lines.append(f"{minted.text}\n")

    @property
    def position(self) -> Position:
        """Where the run is after it."""
        before, last, good = self._before, self._last, self._last_good
        if last is None:
            return before
        return replace(
            before,
            input=last.end,
            line=last.number,
            mark=before.mark if good is None else good.reference,
            at=before.at if good is None else good.begin,
            good=before.good + len(self.lines),
            without=before.without + self._without,
            bad=before.bad + len(self._bad),
            codes=before.codes + len(self.classes),
        )

    @property
    def notes(self) -> Notes:
        return Notes(bad=self._bad, void=self._void)
