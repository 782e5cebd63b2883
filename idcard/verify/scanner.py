"""Finds the code in text that a scanner typed as a keyboard.

Caps Lock, a keyboard layout of another country, and what the scanner adds before and after a code change the text.
This module only proposes texts; the signature decides. `import idcard.verify` does not load it.

    reading = scanner.choose(verifier, typed, "library", now=now)
    card = verifier.verify(reading.text, "library", now=now)

Some changes cannot be undone: an accent of a dead key that the computer drops with the letter after it (Linux does so
if they make no letter together, such as for a plus sign on a German keyboard), more than two blanks that dead keys
consumed, lost letters, and keyboards that are not in keyboards.toml. `is_keyboard` tells such a text from one that is
no code.
"""

from collections.abc import Callable
from datetime import datetime

from idcard.errors import Reason, Refused, translatable
from idcard.repairs import forms, pattern, readings, unseen
from idcard.repairs.extent import CARD
from idcard.repairs.keyboards import CAPS_LOCK, KEYBOARD, SCANNER, SHIFT_LOCK, US, layouts
from idcard.repairs.readings import CONTROL, HALF_READ, PREFIX, SUFFIX, Reading
from idcard.verify import choice
from idcard.verify.verdict import UNSIGNED
from idcard.verify.verifier import Verifier

__all__ = ["Reading", "advice", "choose", "is_keyboard"]

_OTHER_LETTERS = "other-letters"
_LATIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
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
    _OTHER_LETTERS: translatable(
        "The keyboard of this computer is set to {layout}: switch it to English before you scan."
    ),
    SCANNER: translatable("The scanner types as on a keyboard of another country: set the scanner to {layout}."),
    forms.INPUT_METHOD: translatable("An input method changed what the scanner typed: switch it to English letters."),
    forms.TYPOGRAPHY: translatable("A text program changed signs of the code: scan the code itself."),
}
"""{layout} is the name of a keyboard, as its own country writes it."""


def choose(verifier: Verifier, text: str, venue_class: str, *, now: datetime) -> Reading:
    """The reading to judge: the text as it came, unless that is no code and another reading is one.

    Judge it with `verifier.verify`. If all readings are refused, it is the one with the most specific refusal.
    Raises ValueError for a time without a zone.
    """
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        # A Hebrew keyboard makes of some codes others that look whole.
        if refused.reason.value in UNSIGNED:
            as_it_came, *others = readings.of(text, CARD)
            # Of keyboards that all fail, the one that explains most of the text.
            found = [as_it_came, *sorted(others, key=lambda each: -len(each.text))]
            return found[choice.best_of(verifier, [each.text for each in found], venue_class, now=now)]
    return Reading(text)


def is_keyboard(typed: str, reading: Reading, reason: str | None) -> bool:
    """Whether another keyboard or an input method may be why no reading of what was typed is a signed code.

    reason: why the reading that was judged is refused, None if it is not. The holder's card may be a good one.
    """
    visible = unseen.visible(typed).strip()
    if any(each.startswith((KEYBOARD, SCANNER)) or each == forms.INPUT_METHOD for each in reading.undone):
        return reason in UNSIGNED and pattern.has_length(visible)
    return reason == Reason.NOT_A_CODE.value and pattern.is_of_card(visible)


def advice(undone: str, translate: Callable[[str], str] = str) -> str:
    """One sentence that tells the clerk how to correct the scanner. name: one of `Reading.undone`."""
    if undone.startswith(KEYBOARD):
        layout = layouts()[undone.removeprefix(KEYBOARD)]
        # No scanner types the letters of a code as on a keyboard of another alphabet.
        advised = KEYBOARD if layout.keys.keys() >= _LATIN else _OTHER_LETTERS
        return translate(_ADVICE[advised]).format(layout=layout.name)
    if undone.startswith(SCANNER):
        return translate(_ADVICE[SCANNER]).format(layout=layouts()[US].name)
    return translate(_ADVICE[undone])
