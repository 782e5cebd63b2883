"""Undoes a wrong keyboard layout or Caps Lock in text that a scanner typed."""

import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
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
_ACCENT = re.compile(f"[{''.join(_COMBINING.values())}]")
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


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def apart(self) -> dict[int, str]:
        """From each letter that a dead key makes of another to the two."""
        made = (
            (accent + base, unicodedata.normalize("NFC", base + _COMBINING[accent]))
            for accent in self.dead
            for base in self.keys
        )
        return {ord(together): two for two, together in made if len(together) == 1}


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
    """names: what is undone. typed: what appears for each letter of a code. back: the reverse."""

    names: tuple[str, ...]
    typed: Mapping[str, str]
    back: _Back
    computer: Layout

    @cached_property
    def apart(self) -> dict[int, str]:
        """As of the keyboard, without letters that it has a key for."""
        return {letter: two for letter, two in self.computer.apart.items() if letter not in self.back}

    @cached_property
    def dead(self) -> frozenset[str]:
        """What dead keys type alone where the scanner meant a letter of a code."""
        return frozenset(accent for accent in self.computer.dead if ord(accent) in self.back)

    def undone(self, strokes: str) -> str:
        """The intended text; NO_LETTER for each key without a letter of a code."""
        return strokes.translate(self.back)

    def starts(self, kind: Kind) -> Iterator[str]:
        """How the prefixes of these codes begin, as they were typed."""
        for letter in kind.letters:
            if letter in self.typed:
                yield self.typed["I"] + self.typed["D"] + self.typed[letter]

    def strokes(self, typed: str) -> str:
        """The text with one letter for each key: an accented letter is split into the accent of a dead key and it."""
        if typed.isascii():
            return typed
        for together, two in _LIGATURES.items():
            if ord(together) in self.back:
                typed = typed.replace(two, together)
        return typed.translate(self.apart) if self.apart else typed

    def with_blanks(self, strokes: str) -> Iterator[str]:
        """The strokes with one or two blanks added, which dead keys may have turned into their accents."""
        after = [place for place, letter in enumerate(strokes, 1) if letter in self.dead] if self.dead else []
        tried = (places for count in range(1, _MAX_SWALLOWED + 1) for places in combinations(after, count))
        for places in islice(tried, _MAX_TRIED):
            yield "".join(f"{letter} " if place in places else letter for place, letter in enumerate(strokes, 1))


_LIGATURES = {letter: unicodedata.normalize("NFKC", letter) for letter in "\ufef5\ufef7\ufef9\ufefb"}
"""One key of an Arabic keyboard: Linux types one letter, and Windows two."""


class Fit(NamedTuple):
    """A mangling by which codes may begin in a text. strokes: of the text. begins: where, in the strokes."""

    mangling: Mangling
    strokes: str
    begins: tuple[int, ...]


def fitting(text: str, kind: Kind) -> Iterator[Fit]:
    """The manglings that fit, most likely first."""
    by_start = _index(kind)
    # A dead key before the code has left its accent on the first letter.
    bare = text if text.isascii() else _ACCENT.sub("", unicodedata.normalize("NFD", text))
    found = [start for start in by_start if start in text or start in bare]
    for number in sorted({number for start in found for number in by_start[start]}):
        mangling = _manglings()[number]
        end = mangling.typed[":"]
        if end not in text and end not in mangling.dead:
            continue
        strokes = mangling.strokes(text)
        begins = tuple(found.start() for found in _prefix(mangling, kind).finditer(strokes))
        if begins:
            yield Fit(mangling, strokes, begins)


def last_accented(text: str, kind: Kind) -> int:
    """Where the last code may begin with an accent on its first letter, which its layout need not have; 0 for none."""
    return 0 if text.isascii() else max((found.start() for found in _accented(kind).finditer(text)), default=0)


@cache
def _prefix(mangling: Mangling, kind: Kind) -> re.Pattern[str]:
    """Of codes of this kind, as the mangling types it."""
    return re.compile(re.escape(mangling.typed["I"]) + _behind_first(mangling, kind))


@cache
def _accented(kind: Kind) -> re.Pattern[str]:
    behind = {_behind_first(mangling, kind): None for mangling in _manglings()}
    return re.compile(rf"[^\x00-\x7f](?:{'|'.join(behind)})")


def _behind_first(mangling: Mangling, kind: Kind) -> str:
    """What matches the prefix without its first letter."""
    typed = mangling.typed
    digit = "".join(re.escape(typed[digit]) for digit in _DIGITS)
    third = "".join(re.escape(typed[letter]) for letter in kind.letters if letter in typed)
    second, end = re.escape(typed["D"]), re.escape(typed[":"])
    return f"{second}[{third}][{digit}]{{1,2}}{end}"


@cache
def _index(kind: Kind) -> dict[str, list[int]]:
    by_start: dict[str, list[int]] = {}
    for number, mangling in enumerate(_manglings()):
        for start in mangling.starts(kind):
            by_start.setdefault(start, []).append(number)
    return by_start


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
    return Mangling(names, typed, back, computer)
