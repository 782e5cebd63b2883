"""Undoes a wrong keyboard layout or Caps Lock in text that a scanner typed."""

import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice
from typing import NamedTuple

from idcard.credential.text import ALPHABET
from idcard.repairs.extent import KINDS, Kind
from idcard.repairs.unseen import NO_LETTER

CAPS_LOCK = "caps-lock"
SHIFT_LOCK = "shift-lock"
KEYBOARD = "keyboard-"
"""Prefix of a layout of keyboards.toml that the computer uses, while the scanner types for a US one."""
SCANNER = "scanner-"
"""Prefix of a layout that the scanner uses, while the computer has a US one."""
US = "us"

_COMBINING = {
    "`": "\u0300", "\u00b4": "\u0301", "^": "\u0302", "~": "\u0303", "\u00af": "\u0304", "\u02d8": "\u0306",
    "\u02d9": "\u0307", "\u00a8": "\u0308", "\u02da": "\u030a", "\u02dd": "\u030b", "\u02c7": "\u030c",
    "\u00b8": "\u0327", "\u02db": "\u0328",
}  # fmt: skip
"""From the accent that a dead key types alone to its combining character."""
_NO_ACCENTS = dict.fromkeys(map(ord, _COMBINING.values()))
_MAX_SWALLOWED = 2
_MAX_TRIED = 64
_DIGITS = "0123456789"
_IN_EVERY_PREFIX = f"ID:{_DIGITS}"


# ---- layouts ----


class _Key(NamedTuple):
    """A place on the keyboard, and whether Shift is held."""

    row: int
    column: int
    shift: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """name: as its own country writes it. rows: what the keys type, without Shift and with it. dead: accents that wait
    for the next key. keys: of each letter; one that needs a third key, or does not exist, is not there.
    """

    name: str
    rows: Mapping[bool, tuple[str, ...]]
    dead: str
    keys: Mapping[str, _Key]

    def types(self, key: _Key) -> str:
        return self.rows[key.shift][key.row][key.column]


@cache
def layouts() -> dict[str, Layout]:
    """Layouts by their names in keyboards.toml."""
    data = pkgutil.get_data("idcard.repairs", "keyboards.toml")
    assert data is not None
    return {name: _layout(each) for name, each in tomllib.loads(data.decode("utf-8")).items()}


def _layout(told: Mapping[str, Sequence[str]]) -> Layout:
    rows = {False: tuple(told["plain"]), True: tuple(told["shift"])}
    keys: dict[str, _Key] = {}
    for shift, typed in rows.items():
        for row, letters in enumerate(typed):
            for column, letter in enumerate(letters):
                keys.setdefault(letter, _Key(row, column, shift))
    return Layout(str(told["name"]), rows, str(told["dead"]), keys)


# ---- what may have happened ----


class _Back(dict[int, str]):
    """Maps typed letters back to the intended ones."""

    def __missing__(self, key: int) -> str:
        return NO_LETTER


@dataclass(frozen=True, eq=False)
class Mangling:
    """names: what is undone. typed: what appears for each letter of a code. back: the reverse.
    accents: from a combining accent to the letter that its dead key types alone.
    """

    names: tuple[str, ...]
    typed: Mapping[str, str]
    back: _Back
    accents: Mapping[str, str]

    def undone(self, strokes: str) -> str:
        """The intended text; NO_LETTER for each key without a letter of a code."""
        return strokes.translate(self.back)

    def starts(self, kind: Kind) -> Iterator[str]:
        """How the prefixes of these codes begin, as they were typed."""
        for letter in kind.letters:
            if letter in self.typed:
                yield self.typed["I"] + self.typed["D"] + self.typed[letter]

    def strokes(self, typed: str) -> str:
        """The text with each accented letter split into the accent of a dead key and the letter."""
        if typed.isascii():
            return typed
        for together, apart in _LIGATURES.items():
            if ord(together) in self.back:
                typed = typed.replace(apart, together)
        return "".join(map(self._stroke, typed)) if self.accents else typed

    def _stroke(self, letter: str) -> str:
        if ord(letter) in self.back:
            return letter
        parts = unicodedata.normalize("NFD", letter)
        accent = self.accents.get(parts[1:])
        return letter if accent is None else accent + parts[0]

    def with_blanks(self, strokes: str) -> Iterator[str]:
        """The strokes with one or two blanks added, which dead keys may have turned into their accents."""
        dead = {accent for accent in self.accents.values() if ord(accent) in self.back}
        after = [place for place, letter in enumerate(strokes, 1) if letter in dead]
        tried = (places for count in range(1, _MAX_SWALLOWED + 1) for places in combinations(after, count))
        for places in islice(tried, _MAX_TRIED):
            yield "".join(f"{letter} " if place in places else letter for place, letter in enumerate(strokes, 1))


_LIGATURES = {letter: unicodedata.normalize("NFKC", letter) for letter in "\ufef5\ufef7\ufef9\ufefb"}
"""One key of an Arabic keyboard: Linux types one letter, and Windows two."""


@cache
def prefix(mangling: Mangling, kind: Kind) -> re.Pattern[str]:
    """Of codes of this kind, as the mangling types it."""
    typed = mangling.typed
    digit = "".join(re.escape(typed[digit]) for digit in _DIGITS)
    third = "".join(re.escape(typed[letter]) for letter in kind.letters if letter in typed)
    start, end = (re.escape("".join(typed[letter] for letter in part)) for part in ("ID", ":"))
    return re.compile(f"{start}[{third}][{digit}]{{1,2}}{end}")


def fitting(text: str, kind: Kind) -> list[Mangling]:
    """The manglings by which something in a text may be the beginning of a code, most likely first."""
    by_start, pattern = _index(kind)
    # A dead key before the code has left its accent on the first letter.
    versions = (text,) if text.isascii() else (text, unicodedata.normalize("NFD", text).translate(_NO_ACCENTS))
    numbers = {number for each in versions for found in pattern.finditer(each) for number in by_start[found[1]]}
    return [_manglings()[number] for number in sorted(numbers)]


@cache
def _index(kind: Kind) -> tuple[dict[str, list[int]], re.Pattern[str]]:
    by_start: dict[str, list[int]] = {}
    for number, mangling in enumerate(_manglings()):
        for start in mangling.starts(kind):
            by_start.setdefault(start, []).append(number)
    # One may begin within another, so none is consumed.
    return by_start, re.compile(f"(?=({'|'.join(map(re.escape, by_start))}))")


@cache
def _manglings() -> tuple[Mangling, ...]:
    """All different manglings: a British keyboard, for example, types codes like a US one."""
    others = [name for name in layouts() if name != US]
    pairs = [
        ((), US, US),
        *(((f"{KEYBOARD}{name}",), US, name) for name in others),
        *(((f"{SCANNER}{name}",), name, US) for name in others),
    ]
    found: dict[tuple[tuple[str, str], ...], Mangling] = {}
    for names, scanner, computer in pairs:
        for lock in ("", CAPS_LOCK, SHIFT_LOCK):
            typed = _typed(layouts()[scanner], layouts()[computer], lock)
            if typed.keys() >= set(_IN_EVERY_PREFIX) and any(typed.keys() & set(kind.letters) for kind in KINDS):
                named = (lock, *names) if lock else names
                found.setdefault(tuple(typed.items()), _mangling(named, typed, layouts()[computer]))
    return tuple(found.values())


def _typed(scanner: Layout, computer: Layout, lock: str) -> dict[str, str]:
    """What is typed for each letter of a code; one without a key, or whose key types nothing, is not there."""
    typed = {" ": " "}
    for letter in ALPHABET.replace(" ", ""):
        key = scanner.keys.get(letter)
        if key is not None:
            appears = computer.types(key._replace(shift=key.shift ^ (lock == SHIFT_LOCK)))
            appears = appears.swapcase() if lock == CAPS_LOCK and len(appears.swapcase()) == 1 else appears
            if appears != NO_LETTER:
                typed[letter] = appears
    return typed


def _mangling(names: tuple[str, ...], typed: Mapping[str, str], computer: Layout) -> Mangling:
    back = _Back({ord(appears): letter for letter, appears in reversed(list(typed.items()))})
    return Mangling(names, typed, back, {_COMBINING[accent]: accent for accent in computer.dead})
