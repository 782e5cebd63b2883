"""The codes that a text may hold, in the order in which they are likely (specs/scan.md, What scanners do)."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

from idcard.credential.text import MAX_LENGTH, MAX_LETTERS, from_base45
from idcard.errors import Malformed
from idcard.repairs import forms, hangul, keyboards, unseen
from idcard.repairs.extent import CARD, Kind
from idcard.repairs.keyboards import Fit, Mangling

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
_MAX_FITTING = 32
"""Manglings that fit one text. A code that was typed begins in up to eight ways."""
_MAX_BLANKED = 4
"""Manglings for which swallowed blanks are tried. Up to three of those that fit a typed code have dead keys in it."""
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
    found: dict[int, list[str]] = {}
    lines: list[str] = []
    size = 0
    for number, line in enumerate(_LINE_END.split(text), 1):
        if begins(line):
            if len(found) > MAX_SEVERAL:
                break
            lines, size = [], 0
            found[number] = lines
        if size <= MAX_TYPED:  # what is longer is no code, however much follows
            lines.append(line)
            size += len(line) + 1
    return {number: "\n".join(lines) for number, lines in found.items()}


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
    fitting = ((fit, changed) for seen, changed in versions for fit in keyboards.fitting(seen, kind))
    found = list(islice(fitting, _MAX_FITTING + 1))
    if len(found) > _MAX_FITTING:
        return
    # Of two cards in one line the last one counts, in whichever form, so that nobody is accepted by the card before.
    place = cache(partial(_place, versions[0][0]))
    begins = [place(fit.mangling, changed, fit.begins[-1]) for fit, changed in found]
    last = max([*begins, *(keyboards.last_accented(seen, kind) for seen, _ in versions)])
    for fit, changed, undone, blanks in _attempts(found, kind):
        begin = fit.begins[-1]
        read, behind = _code(undone, kind)
        # Each blank shifts the groups of three, so a wrong place is hardly ever valid base45.
        if read == plain or (blanks and not _is_base45(read)):
            continue
        if place(fit.mangling, changed, begin + len(read) - blanks - 1) >= last:
            before = _before(fit.strokes[:begin].strip(), len(fit.begins))
            names = (*fit.mangling.names, *changed, *control, *before, *((SUFFIX,) if behind else ()))
            yield Reading(read, names)


def _place(text: str, mangling: Mangling, changed: tuple[str, ...], stroke: int) -> int:
    """Of the letter of the text that has this stroke; the text may have been folded before it was typed back."""
    if text.isascii():
        return stroke

    def strokes(end: int) -> int:
        return len(mangling.strokes(forms.folded(text[:end])[0] if changed else text[:end]))

    return bisect_right(range(1, len(text) + 1), stroke, key=strokes)


def _attempts(found: list[tuple[Fit, tuple[str, ...]]], kind: Kind) -> Iterator[tuple[Fit, tuple[str, ...], str, int]]:
    """The text of each fit from where its last code begins, and the number of blanks that were added to it.

    For the first few with dead keys also with the blanks that these may have swallowed.
    """
    longest = MAX_LENGTH if kind is CARD else MAX_LETTERS
    blanked = 0
    for fit, changed in found:
        begin, mangling = fit.begins[-1], fit.mangling
        code, rest = fit.strokes[begin : begin + longest], mangling.undone(fit.strokes[begin + longest :])
        yield fit, changed, mangling.undone(code) + rest, 0
        if blanked < _MAX_BLANKED and not mangling.dead.isdisjoint(code):
            blanked += 1
            for each in mangling.with_blanks(code):
                yield fit, changed, mangling.undone(each) + rest, len(each) - len(code)


def _before(junk: str, prefixes: int) -> tuple[str, ...]:
    """What was before the code. prefixes: number of codes that begin in the text."""
    if not junk:
        return ()
    return (PREFIX,) if prefixes == 1 and len(junk) <= _MAX_PREFIX else (HALF_READ,)


def _code(read: str, kind: Kind) -> tuple[str, bool]:
    end, is_told = kind.end(read)
    return read[:end].rstrip(), is_told and bool(read[end:].strip())


def _is_base45(text: str) -> bool:
    try:
        from_base45(text.partition(":")[2])
    except Malformed:
        return False
    return True
