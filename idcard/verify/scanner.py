"""What a scanner that acts as a keyboard did to a code, undone.

Such a scanner presses keys. Caps Lock, a keyboard of another country and a prefix change what they type. Everything
here proposes; the signature decides. `import idcard.verify` does not load this.

    reading = scanner.choose(verifier, typed, "library", now=now)
    card = verifier.verify(reading.text, "library", now=now)

What cannot be undone: a computer that throws away the accent of a dead key and the letter after it (Linux does, where
they make no letter together: a code with a plus sign, on a German keyboard), more than two blanks that dead keys
swallowed, letters that were lost, and keyboards that keyboards.toml does not have.
"""

import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import combinations, islice
from typing import NamedTuple

from idcard.credential import text as code_text
from idcard.errors import Malformed, Reason, Refused, translatable
from idcard.verify import choice
from idcard.verify.verifier import Verifier

MAX_TYPED = 4096
"""Longest text that is read in more than one way, in characters: a whole code after half ones."""
MAX_READINGS = 16

CAPS_LOCK = "caps-lock"
SHIFT_LOCK = "shift-lock"
PREFIX = "prefix"
CONTROL = "control"
HALF_READ = "half-read"
KEYBOARD = "keyboard-"
"""Before the name of a layout of keyboards.toml: the computer has that keyboard, and the scanner types on a US one."""
SCANNER = "scanner-"
"""The other way round."""

_US = "us"
_NOTHING = "\ufffd"
"""Stands for what no key types."""
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_TYPED = f"{_BASE45}]"
_NO_LETTER = re.compile(rf"[\]{_NOTHING}]")
_INVISIBLE = dict.fromkeys((*range(1, 0x20), 0x7F, 0xFEFF))
_CONTROL_CHARACTER = re.compile(r"[\x01-\x1f\x7f](?<![\r\n])")
_BLANKS = " \t\r\n"
_AIM_PREFIX = re.compile(rf"[\]{_NOTHING}]?Q[0-6]")
"""The AIM symbology identifier of a QR code (ISO/IEC 15424); its bracket is lost where it takes a third key."""
_COMBINING = {"`": "\u0300", "\u00b4": "\u0301", "^": "\u0302", "\u00a8": "\u0308"}
"""From the accent that a dead key types alone to the one that Unicode puts on a letter."""
_MAX_SWALLOWED = 2
_MAX_TRIED = 64
_UNREADABLE = (Reason.NOT_A_CODE, Reason.MALFORMED)

_CAPS_LOCK_IS_ON = translatable("Caps Lock is on: press it once.")
_ADVICE = {
    CAPS_LOCK: _CAPS_LOCK_IS_ON,
    SHIFT_LOCK: _CAPS_LOCK_IS_ON,
    PREFIX: translatable("The scanner sends its own sign before each code: turn its AIM prefix off."),
    CONTROL: translatable("The scanner sends control characters: let it send the code and Enter, nothing else."),
    HALF_READ: translatable("Two scans came in one line: let the scanner send Enter after each code."),
    KEYBOARD: translatable(
        "This computer and the scanner are set to different keyboards: set the scanner to {layout}."
    ),
    SCANNER: translatable("The scanner types as on a keyboard of another country: set the scanner to {layout}."),
}
"""{layout} is the name of a keyboard, as its own country writes it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed.

    undone: what was done to the code, as names that do not change: `caps-lock`, `shift-lock` (a Caps Lock that moves
    every key), `keyboard-de`, `scanner-de`, `control`, `prefix`, `half-read`. Empty for the text as it came.
    """

    text: str
    undone: tuple[str, ...] = ()


def choose(verifier: Verifier, text: str, venue_class: str, *, now: datetime) -> Reading:
    """The reading to judge: the text as it came, unless that is no code and another reading is one.

    Its verdict is what `verifier.verify` says of the reading. Of readings that are refused, the one whose refusal says
    most is chosen. Raises ValueError for a time without a zone.
    """
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        if refused.reason in _UNREADABLE:
            found = readings(text)
            return found[choice.which(verifier, [each.text for each in found], venue_class, now=now)]
    return Reading(text)


def readings(text: str) -> tuple[Reading, ...]:
    """What the code may have been, most likely first: at most MAX_READINGS, and the text as it came before all others.

    A reading begins with the last prefix of a code in the text and holds letters of base45 only. Nothing tells whether
    it is a code.
    """
    found = {text: Reading(text)}
    if len(text) <= MAX_TYPED:
        for reading in _other_readings(text):
            found.setdefault(reading.text, reading)
            if len(found) == MAX_READINGS:
                break
    return tuple(found.values())


def advice(undone: str, translate: Callable[[str], str] = str) -> str:
    """One sentence for the clerk, who can set the scanner right: for a name that a reading has."""
    if undone.startswith(KEYBOARD):
        return translate(_ADVICE[KEYBOARD]).format(layout=_layouts()[undone.removeprefix(KEYBOARD)].name)
    if undone.startswith(SCANNER):
        return translate(_ADVICE[SCANNER]).format(layout=_layouts()[_US].name)
    return translate(_ADVICE[undone])


def _other_readings(text: str) -> Iterator[Reading]:
    visible = text.translate(_INVISIBLE)
    plain = text.strip(_BLANKS)
    control = (CONTROL,) if _CONTROL_CHARACTER.search(plain) else ()
    for mangling in _manglings():
        begins = [found.start() for found in mangling.prefix.finditer(visible)]
        if not begins:
            continue
        before = _undone(_keystrokes(visible[: begins[-1]], mangling), mangling).strip()
        junk = () if not before else (PREFIX,) if _AIM_PREFIX.fullmatch(before) else (HALF_READ,)
        for strokes in _with_blanks(_keystrokes(visible[begins[-1] :], mangling), mangling):
            read = _undone(strokes, mangling).rstrip()
            if not _NO_LETTER.search(read) and read != plain:
                yield Reading(read, (*mangling.names, *control, *junk))


# ---- layouts ----


class _Key(NamedTuple):
    """A place on the keyboard, and whether Shift is held."""

    row: int
    column: int
    shift: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    rows: Mapping[bool, tuple[str, ...]]
    dead: str

    def types(self, key: _Key) -> str:
        return self.rows[key.shift][key.row][key.column]

    def key_of(self, letter: str) -> _Key | None:
        """None where it takes a third key, or where there is none."""
        for shift, rows in self.rows.items():
            for row, letters in enumerate(rows):
                if letter in letters:
                    return _Key(row, letters.index(letter), shift)
        return None


@cache
def _layouts() -> dict[str, _Layout]:
    data = pkgutil.get_data("idcard.verify", "keyboards.toml")
    assert data is not None
    told = tomllib.loads(data.decode("utf-8"))
    return {
        name: _Layout(each["name"], {False: tuple(each["plain"]), True: tuple(each["shift"])}, each["dead"])
        for name, each in told.items()
    }


# ---- what may have happened ----


class _Back(dict[int, str]):
    """From what was typed to what was meant."""

    def __missing__(self, key: int) -> str:
        return _NOTHING


@dataclass(frozen=True, slots=True)
class _Mangling:
    """names: what is undone. back: from a letter as it was typed. prefix: of a code, as it was typed.
    accents: from a combining accent to the letter that its dead key types alone.
    """

    names: tuple[str, ...]
    back: _Back
    prefix: re.Pattern[str]
    accents: Mapping[str, str]


@cache
def _manglings() -> tuple[_Mangling, ...]:
    """All that change what is typed, none twice: a British keyboard types codes as a US one does."""
    layouts = _layouts()
    others = [name for name in layouts if name != _US]
    pairs = [
        ((), _US, _US),
        *(((f"{KEYBOARD}{name}",), _US, name) for name in others),
        *(((f"{SCANNER}{name}",), name, _US) for name in others),
    ]
    found: dict[tuple[str, ...], _Mangling] = {}
    for names, scanner, computer in pairs:
        for lock in ("", CAPS_LOCK, SHIFT_LOCK):
            typed = _typed(layouts[scanner], layouts[computer], lock)
            named = (lock, *names) if lock else names
            found.setdefault(tuple(typed.values()), _mangling(named, typed, layouts[computer]))
    return tuple(found.values())


def _typed(scanner: _Layout, computer: _Layout, lock: str) -> dict[str, str]:
    """What appears for each letter that a scanner sends."""
    typed = {" ": " "}
    for letter in _TYPED.replace(" ", ""):
        key = scanner.key_of(letter)
        if key is not None:
            appears = computer.types(key._replace(shift=key.shift ^ (lock == SHIFT_LOCK)))
            typed[letter] = appears.swapcase() if lock == CAPS_LOCK and len(appears.swapcase()) == 1 else appears
    return typed


def _mangling(names: tuple[str, ...], typed: Mapping[str, str], computer: _Layout) -> _Mangling:
    back = _Back({ord(appears): letter for letter, appears in typed.items()})
    digit = "".join(re.escape(typed[digit]) for digit in "0123456789")
    environment = "".join(re.escape(typed[letter]) for letter in "CT")
    start, end = (re.escape("".join(typed[letter] for letter in part)) for part in ("ID", ":"))
    prefix = re.compile(f"{start}[{environment}][{digit}]{{1,2}}{end}")
    accents = {_COMBINING[accent]: accent for accent in computer.dead if ord(accent) in back}
    return _Mangling(names, back, prefix, accents)


def _undone(strokes: str, mangling: _Mangling) -> str:
    return strokes.translate(mangling.back)


# ---- dead keys ----


def _keystrokes(typed: str, mangling: _Mangling) -> str:
    """The accent of a dead key, and then the letter that it was put on."""
    if not mangling.accents:
        return typed
    strokes = []
    for letter in typed:
        parts = unicodedata.normalize("NFD", letter)
        accent = mangling.accents.get(parts[1:])
        strokes.append(letter if accent is None else accent + parts[0])
    return "".join(strokes)


def _with_blanks(strokes: str, mangling: _Mangling) -> Iterator[str]:
    """The strokes, and again with the blanks that a dead key may have swallowed: it types its accent for them."""
    yield strokes
    dead = set(mangling.accents.values())
    after = [place for place, letter in enumerate(strokes, 1) if letter in dead]
    tried = (places for count in range(1, _MAX_SWALLOWED + 1) for places in combinations(after, count))
    for places in islice(tried, _MAX_TRIED):
        blanked = "".join(f"{letter} " if place in places else letter for place, letter in enumerate(strokes, 1))
        # Groups of three shift with each blank: a wrong place is hardly ever base45.
        if _is_base45(_undone(blanked, mangling)):
            yield blanked


def _is_base45(text: str) -> bool:
    try:
        code_text.from_base45(text.partition(":")[2])
    except Malformed:
        return False
    return True
