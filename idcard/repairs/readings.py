"""The codes that a text may hold, in the order in which they are likely (specs/scan.md, What scanners do)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from idcard.credential.text import MAX_LENGTH, MAX_LETTERS, from_base45
from idcard.errors import Malformed
from idcard.repairs import forms, hangul, keyboards, unseen
from idcard.repairs.extent import CARD, Kind
from idcard.repairs.keyboards import Mangling

MAX_TYPED = 4096
"""Longest text that is read in more than one way, in characters: a code after incomplete ones."""
MAX_READINGS = 16
MAX_SEVERAL = 99
"""Codes that are looked at in one text."""

PREFIX = "prefix"
SUFFIX = "suffix"
CONTROL = "control"
HALF_READ = "half-read"

_MAX_PREFIX = 24
"""Longest prefix, in characters: the AIM symbology identifier (ISO/IEC 15424), a date and time, a name."""
_BLANKS = " \t\r\n"
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the typed text.

    undone: what was done to the code, as names that do not change: `caps-lock`, `shift-lock` (a Caps Lock that moves
    every key), `keyboard-de`, `scanner-de`, `input-method`, `typography`, `control`, `prefix`, `half-read`, `suffix`.
    Empty for the text as it came.
    """

    text: str
    undone: tuple[str, ...] = ()


def of(text: str, kind: Kind) -> tuple[Reading, ...]:
    """Possible readings: the text as it came, then at most MAX_READINGS - 1 others, most likely first.

    A reading begins with the last prefix of such a code in the text, ends where that code states its end, and has only
    letters of base45. It may still be no code.
    """
    found = {text: Reading(text)}
    if len(text) <= MAX_TYPED:
        for reading in _others(text, kind):
            found.setdefault(reading.text, reading)
            if len(found) == MAX_READINGS:
                break
    return tuple(found.values())


def begins(text: str, kind: Kind = CARD) -> bool:
    """Whether a code begins in the text, in whatever way it was typed."""
    if len(text) > MAX_TYPED:
        return False
    return any(next(keyboards.fitting(each, kind), None) for each, _ in _seen(text)[0])


def several(text: str) -> dict[int, str]:
    """The codes of cards in a text of several lines, by the number of the line in which each begins.

    A line in which none begins belongs to the code before: mail programs break lines. At most MAX_SEVERAL + 1 are read.
    """
    found: dict[int, str] = {}
    at = 0
    for number, line in enumerate(_LINE_END.split(text), 1):
        if begins(line):
            if len(found) > MAX_SEVERAL:
                break
            at, found[number] = number, line
        elif found:
            found[at] += f"\n{line}"
    return found


def _seen(text: str) -> tuple[list[tuple[str, tuple[str, ...]]], tuple[str, ...]]:
    """The visible text, also with other forms of signs folded; what had changed them; and the name of what is gone."""
    seen, has_control = unseen.seen(text)
    control = (CONTROL,) if has_control else ()
    seen = hangul.keys(seen)
    folded, names = forms.folded(seen)
    return [(seen, ()), *([(folded, names)] if names else [])], control


def _others(text: str, kind: Kind) -> Iterator[Reading]:
    plain = text.strip(_BLANKS)
    versions, control = _seen(text)
    for seen, changed in versions:
        fitting = list(keyboards.fitting(seen, kind))
        # Of two cards in one line the last one counts, so that nobody is accepted by the card before.
        last = max((start for each in fitting for start in each.seen), default=0)
        for mangling, strokes, begins, _ in fitting:
            before = _before(strokes[: begins[-1]].strip(), len(begins))
            for read, behind in _codes(strokes[begins[-1] :], mangling, kind):
                if read != plain and begins[-1] + len(read) > last:
                    undone = (*mangling.names, *changed, *control, *before, *((SUFFIX,) if behind else ()))
                    yield Reading(read, undone)


def _before(junk: str, prefixes: int) -> tuple[str, ...]:
    """What was before the code. prefixes: number of codes that begin in the text."""
    if not junk:
        return ()
    return (PREFIX,) if prefixes == 1 and len(junk) <= _MAX_PREFIX else (HALF_READ,)


def _codes(strokes: str, mangling: Mangling, kind: Kind) -> Iterator[tuple[str, bool]]:
    """Codes that may be at the start of the strokes, and whether something follows each."""
    yield _code(mangling.undone(strokes), kind)
    longest = MAX_LENGTH if kind is CARD else MAX_LETTERS
    for blanked in mangling.with_blanks(strokes[:longest]):
        read, behind = _code(mangling.undone(blanked) + mangling.undone(strokes[longest:]), kind)
        # Each blank shifts the groups of three, so a wrong place is hardly ever valid base45.
        if _is_base45(read):
            yield read, behind


def _code(read: str, kind: Kind) -> tuple[str, bool]:
    end, is_told = kind.end(read)
    return read[:end].rstrip(), is_told and bool(read[end:].strip())


def _is_base45(text: str) -> bool:
    try:
        from_base45(text.partition(":")[2])
    except Malformed:
        return False
    return True
