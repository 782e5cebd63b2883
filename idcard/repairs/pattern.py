"""Recognises the code of a card typed with a keyboard that nobody knows: every letter replaced by another.

The first letters of each code are the same, so the same of them are equal to one another, whatever they have become.
"""

from idcard.credential.text import MAX_LENGTH, to_base45

_HEADS = bytes.fromhex("d28449a201270444")
"""Of a COSE_Sign1, and of its protected header up to the kid (specs/credential.md)."""
_SHORTEST = 120
"""Letters, fewer than those of any code; a few may have been lost."""
_MAX_PREFIX = 24


def has_length(text: str) -> bool:
    """Whether a code may have so many letters, a few of which were lost."""
    return _SHORTEST <= len(text) <= MAX_LENGTH + _MAX_PREFIX


def is_of_card(text: str) -> bool:
    """Whether the text has the length and the pattern of a code."""
    return has_length(text) and any(_pattern(text[at : at + _LENGTH]) in _PATTERNS for at in range(_MAX_PREFIX + 1))


def _pattern(text: str) -> tuple[int, ...]:
    """For each letter, where it came first."""
    return tuple(map(text.index, text))


_BEGINNINGS = [f"{prefix}{to_base45(_HEADS)}" for prefix in ("IDC1:", "IDT1:")]
_LENGTH = len(_BEGINNINGS[0])
_PATTERNS = {_pattern(each) for each in _BEGINNINGS}
