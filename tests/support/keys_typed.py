"""Scanners that type as keyboards: what appears on a computer whose keyboard is another."""

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import idcard

DEAD = {
    "`": "\u0300", "\u00b4": "\u0301", "^": "\u0302", "~": "\u0303", "\u00a8": "\u0308", "\u02da": "\u030a",
    "\u02c7": "\u030c", "\u02d8": "\u0306", "\u02d9": "\u0307", "\u02dd": "\u030b", "\u00af": "\u0304",
    "\u00b8": "\u0327", "\u02db": "\u0328",
}  # fmt: skip
KEYBOARDS = tomllib.loads((Path(idcard.__file__).parent / "repairs/keyboards.toml").read_text("utf-8"))


def types(keyboard: str, row: int, column: int, *, shift: bool) -> str:
    return str(KEYBOARDS[keyboard]["shift" if shift else "plain"][row][column])


def key_of(keyboard: str, letter: str) -> tuple[int, int, bool]:
    return next(
        (row, letters.index(letter), shift)
        for shift in (False, True)
        for row, letters in enumerate(KEYBOARDS[keyboard]["shift" if shift else "plain"])
        if letter in letters
    )


@dataclass(frozen=True)
class Desk:
    """A scanner and a computer, each set to a keyboard. lock: `caps-lock`, `shift-lock` or none."""

    scanner: str
    computer: str
    lock: str = ""

    @property
    def names(self) -> set[str]:
        """What a reading has to undo."""
        other = {f"keyboard-{self.computer}"} if self.scanner == "us" else {f"scanner-{self.scanner}"}
        return ({self.lock} if self.lock else set()) | (other if self.scanner != self.computer else set())

    def __str__(self) -> str:
        return f"{self.scanner} on {self.computer} {self.lock}".strip()

    def appears(self, code: str) -> str:
        """What is on the computer after the scanner has typed this. Dead keys are those of Windows."""
        shown, waiting = [], ""
        for letter in code:
            key, dead = self._press(letter)
            if waiting and letter == " ":
                shown, waiting = [*shown, waiting], ""
            elif waiting and dead:
                shown, waiting = [*shown, waiting, key], ""
            elif waiting:
                together = unicodedata.normalize("NFC", key + DEAD[waiting])
                shown, waiting = [*shown, together if len(together) == 1 else waiting + key], ""
            elif dead:
                waiting = key
            else:
                shown.append(key)
        return "".join(shown)

    def _press(self, letter: str) -> tuple[str, bool]:
        """What the key types, and whether it waits for the next."""
        if letter == " ":
            return " ", False
        row, column, shift = key_of(self.scanner, letter)
        key = types(self.computer, row, column, shift=shift ^ (self.lock == "shift-lock"))
        if self.lock == "caps-lock" and len(key.swapcase()) == 1:
            key = key.swapcase()
        return key, key in KEYBOARDS[self.computer]["dead"]
