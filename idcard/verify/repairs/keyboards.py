"""Undoes a wrong keyboard layout or Caps Lock in text that a scanner typed."""

import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice
from typing import NamedTuple

from idcard.credential.text import ALPHABET
from idcard.verify.repairs.unseen import NO_LETTER

CAPS_LOCK = "caps-lock"
SHIFT_LOCK = "shift-lock"
KEYBOARD = "keyboard-"
"""Prefix of a layout of keyboards.toml that the computer uses, while the scanner types for a US one."""
SCANNER = "scanner-"
"""Prefix of a layout that the scanner uses, while the computer has a US one."""
US = "us"

_COMBINING = {"`": "\u0300", "\u00b4": "\u0301", "^": "\u0302", "\u00a8": "\u0308"}
"""From the accent that a dead key types alone to its combining character."""
_MAX_SWALLOWED = 2
_MAX_TRIED = 64


# ---- layouts ----


class _Key(NamedTuple):
    """A place on the keyboard, and whether Shift is held."""

    row: int
    column: int
    shift: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """name: as its own country writes it. rows: what the keys type, without Shift and with it. dead: accents that wait
    for the next key.
    """

    name: str
    rows: Mapping[bool, tuple[str, ...]]
    dead: str

    def types(self, key: _Key) -> str:
        return self.rows[key.shift][key.row][key.column]

    def key_of(self, letter: str) -> _Key | None:
        """The keys for a letter; None if it needs a third key or does not exist."""
        for shift, rows in self.rows.items():
            for row, letters in enumerate(rows):
                if letter in letters:
                    return _Key(row, letters.index(letter), shift)
        return None


@cache
def layouts() -> dict[str, Layout]:
    """Layouts by their names in keyboards.toml."""
    data = pkgutil.get_data("idcard.verify", "keyboards.toml")
    assert data is not None
    told = tomllib.loads(data.decode("utf-8"))
    return {
        name: Layout(each["name"], {False: tuple(each["plain"]), True: tuple(each["shift"])}, each["dead"])
        for name, each in told.items()
    }


# ---- what may have happened ----


class _Back(dict[int, str]):
    """Maps typed letters back to the intended ones."""

    def __missing__(self, key: int) -> str:
        return NO_LETTER


@dataclass(frozen=True, slots=True)
class Mangling:
    """names: what is undone. prefix: of a code, as it was typed. back: from a letter as it was typed.
    accents: from a combining accent to the letter that its dead key types alone.
    """

    names: tuple[str, ...]
    prefix: re.Pattern[str]
    back: _Back
    accents: Mapping[str, str]

    def undone(self, strokes: str) -> str:
        """The intended text; NO_LETTER for each key without a letter of a code."""
        return strokes.translate(self.back)

    def strokes(self, typed: str) -> str:
        """The text with each accented letter split into the accent of a dead key and the letter."""
        if not self.accents or typed.isascii():
            return typed
        strokes = []
        for letter in typed:
            parts = unicodedata.normalize("NFD", letter)
            accent = self.accents.get(parts[1:])
            strokes.append(letter if accent is None else accent + parts[0])
        return "".join(strokes)

    def with_blanks(self, strokes: str) -> Iterator[str]:
        """The strokes with one or two blanks added, which dead keys may have turned into their accents."""
        dead = {accent for accent in self.accents.values() if ord(accent) in self.back}
        after = [place for place, letter in enumerate(strokes, 1) if letter in dead]
        tried = (places for count in range(1, _MAX_SWALLOWED + 1) for places in combinations(after, count))
        for places in islice(tried, _MAX_TRIED):
            yield "".join(f"{letter} " if place in places else letter for place, letter in enumerate(strokes, 1))


@cache
def manglings() -> tuple[Mangling, ...]:
    """All different manglings: a British keyboard, for example, types codes like a US one."""
    others = [name for name in layouts() if name != US]
    pairs = [
        ((), US, US),
        *(((f"{KEYBOARD}{name}",), US, name) for name in others),
        *(((f"{SCANNER}{name}",), name, US) for name in others),
    ]
    found: dict[tuple[str, ...], Mangling] = {}
    for names, scanner, computer in pairs:
        for lock in ("", CAPS_LOCK, SHIFT_LOCK):
            typed = _typed(layouts()[scanner], layouts()[computer], lock)
            named = (lock, *names) if lock else names
            found.setdefault(tuple(typed.values()), _mangling(named, typed, layouts()[computer]))
    return tuple(found.values())


def _typed(scanner: Layout, computer: Layout, lock: str) -> dict[str, str]:
    """What is typed for each letter of a code."""
    typed = {" ": " "}
    for letter in ALPHABET.replace(" ", ""):
        key = scanner.key_of(letter)
        if key is not None:
            appears = computer.types(key._replace(shift=key.shift ^ (lock == SHIFT_LOCK)))
            typed[letter] = appears.swapcase() if lock == CAPS_LOCK and len(appears.swapcase()) == 1 else appears
    return typed


def _mangling(names: tuple[str, ...], typed: Mapping[str, str], computer: Layout) -> Mangling:
    back = _Back({ord(appears): letter for letter, appears in typed.items()})
    digit = "".join(re.escape(typed[digit]) for digit in "0123456789")
    environment = "".join(re.escape(typed[letter]) for letter in "CT")
    start, end = (re.escape("".join(typed[letter] for letter in part)) for part in ("ID", ":"))
    prefix = re.compile(f"{start}[{environment}][{digit}]{{1,2}}{end}")
    return Mangling(names, prefix, back, {_COMBINING[accent]: accent for accent in computer.dead})
