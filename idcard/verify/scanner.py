"""Finds the code in text that a scanner typed as a keyboard.

Caps Lock, a keyboard layout of another country, and what the scanner adds before and after a code change the text.
This module only proposes texts; the signature decides. `import idcard.verify` does not load it.

    reading = scanner.choose(verifier, typed, "library", now=now)
    card = verifier.verify(reading.text, "library", now=now)

Some changes cannot be undone: an accent of a dead key that the computer drops with the letter after it (Linux does so
if they make no letter together, such as for a plus sign on a German keyboard), more than two blanks that dead keys
consumed, lost letters, and keyboards that are not in keyboards.toml.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from idcard.credential.text import MAX_LENGTH, from_base45
from idcard.errors import Malformed, Reason, Refused, translatable
from idcard.verify import choice
from idcard.verify.repairs import extent, unseen
from idcard.verify.repairs.keyboards import CAPS_LOCK, KEYBOARD, SCANNER, SHIFT_LOCK, US, Mangling, layouts, manglings
from idcard.verify.verifier import Verifier

MAX_TYPED = 4096
"""Longest text that is read in more than one way, in characters: a code after incomplete ones."""
MAX_READINGS = 16

PREFIX = "prefix"
SUFFIX = "suffix"
CONTROL = "control"
HALF_READ = "half-read"

_MAX_PREFIX = 24
"""Longest prefix, in characters: the AIM symbology identifier (ISO/IEC 15424), a date and time, a name."""
_BLANKS = " \t\r\n"
_UNREADABLE = (Reason.NOT_A_CODE, Reason.MALFORMED)

_CAPS_LOCK_IS_ON = translatable("Caps Lock is on: press it once.")
_ADVICE = {
    CAPS_LOCK: _CAPS_LOCK_IS_ON,
    SHIFT_LOCK: _CAPS_LOCK_IS_ON,
    PREFIX: translatable("The scanner sends something before each code: turn its prefix off, such as the AIM prefix."),
    SUFFIX: translatable("The scanner sends something after each code: turn its suffix off."),
    CONTROL: translatable("The scanner sends control characters: set it to send the code and Enter, nothing else."),
    HALF_READ: translatable("Two codes came in one line: set the scanner to send Enter after each code."),
    KEYBOARD: translatable(
        "This computer and the scanner are set to different keyboards: set the scanner to {layout}."
    ),
    SCANNER: translatable("The scanner types as on a keyboard of another country: set the scanner to {layout}."),
}
"""{layout} is the name of a keyboard, as its own country writes it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the typed text.

    undone: what was done to the code, as names that do not change: `caps-lock`, `shift-lock` (a Caps Lock that moves
    every key), `keyboard-de`, `scanner-de`, `control`, `prefix`, `half-read`, `suffix`. Empty for the text as it came.
    """

    text: str
    undone: tuple[str, ...] = ()


def choose(verifier: Verifier, text: str, venue_class: str, *, now: datetime) -> Reading:
    """The reading to judge: the text as it came, unless that is no code and another reading is one.

    Judge it with `verifier.verify`. If all readings are refused, it is the one with the most specific refusal.
    Raises ValueError for a time without a zone.
    """
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        if refused.reason in _UNREADABLE:
            found = readings(text)
            return found[choice.best_of(verifier, [each.text for each in found], venue_class, now=now)]
    return Reading(text)


def readings(text: str) -> tuple[Reading, ...]:
    """Possible readings: the text as it came, then at most MAX_READINGS others, most likely first.

    A reading begins with the last prefix of a code in the text, ends where that code states its end, and has only
    letters of base45. It may still be no code.
    """
    found = {text: Reading(text)}
    if len(text) <= MAX_TYPED:
        for reading in _other_readings(text):
            found.setdefault(reading.text, reading)
            if len(found) == MAX_READINGS:
                break
    return tuple(found.values())


def advice(undone: str, translate: Callable[[str], str] = str) -> str:
    """One sentence that tells the clerk how to correct the scanner. name: one of `Reading.undone`."""
    if undone.startswith(KEYBOARD):
        return translate(_ADVICE[KEYBOARD]).format(layout=layouts()[undone.removeprefix(KEYBOARD)].name)
    if undone.startswith(SCANNER):
        return translate(_ADVICE[SCANNER]).format(layout=layouts()[US].name)
    return translate(_ADVICE[undone])


def _other_readings(text: str) -> Iterator[Reading]:
    seen, has_control = unseen.seen(text)
    control = (CONTROL,) if has_control else ()
    plain = text.strip(_BLANKS)
    # Of two cards in one line the last one counts, so that nobody is accepted by the card before.
    last = max((found.start() for each in manglings() for found in each.prefix.finditer(seen)), default=0)
    for mangling in manglings():
        strokes = mangling.strokes(seen)
        begins = [found.start() for found in mangling.prefix.finditer(strokes)]
        if not begins:
            continue
        before = _before(strokes[: begins[-1]].strip(), len(begins))
        for read, behind in _codes(strokes[begins[-1] :], mangling):
            if read != plain and begins[-1] + len(read) > last:
                yield Reading(read, (*mangling.names, *control, *before, *((SUFFIX,) if behind else ())))


def _before(junk: str, prefixes: int) -> tuple[str, ...]:
    """What was before the code. prefixes: number of codes that begin in the text."""
    if not junk:
        return ()
    return (PREFIX,) if prefixes == 1 and len(junk) <= _MAX_PREFIX else (HALF_READ,)


def _codes(strokes: str, mangling: Mangling) -> Iterator[tuple[str, bool]]:
    """Codes that may be at the start of the strokes, and whether something follows each."""
    yield _code(mangling.undone(strokes))
    for blanked in mangling.with_blanks(strokes[:MAX_LENGTH]):
        read, behind = _code(mangling.undone(blanked) + mangling.undone(strokes[MAX_LENGTH:]))
        # Each blank shifts the groups of three, so a wrong place is hardly ever valid base45.
        if _is_base45(read):
            yield read, behind


def _code(read: str) -> tuple[str, bool]:
    end, is_told = extent.end(read)
    return read[:end].rstrip(), is_told and bool(read[end:].strip())


def _is_base45(text: str) -> bool:
    try:
        from_base45(text.partition(":")[2])
    except Malformed:
        return False
    return True
