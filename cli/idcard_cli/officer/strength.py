"""Checks that a new passphrase is hard to guess (specs/keys.md, Passphrases)."""

import re
import unicodedata
from collections.abc import Collection

from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError

LEAST_GUESSES = 10**9
_LONGEST = 72
"""Characters that are checked: the time of an estimate grows faster than their square."""
_SHORTEST_WORD = 3
_BETWEEN_WORDS = re.compile(r"[\s\-_.,;:/|+]+")
_WEAK = (
    "this passphrase is easy to guess: whoever has the key file lets a program try known passwords, words, names, "
    "dates, rows of keys and repetitions; take five words that have nothing to do with each other or with the city"
)
_BLANK = "a passphrase does not begin or end with a blank, which nobody sees: type it without"


def check(passphrase: str, near: Collection[str] = ()) -> None:
    """Raises KeyFileError, without any part of the passphrase, if it is too short, easy to guess or has outer blanks.

    near: words that an attacker would try, such as the city's name and id.
    """
    key_file.check_passphrase(passphrase)
    if passphrase != passphrase.strip():
        raise KeyFileError(_BLANK)
    if _guesses(unicodedata.normalize("NFC", passphrase), _words(near)) < LEAST_GUESSES:
        raise KeyFileError(_WEAK)


def _words(near: Collection[str]) -> list[str]:
    """Longest first, each as a whole without blanks, and each part of it."""
    whole = [unicodedata.normalize("NFC", name) for name in ("idcard", *near)]
    parts = {part for name in whole for part in (_BETWEEN_WORDS.sub("", name), *_BETWEEN_WORDS.split(name))}
    return sorted((part for part in parts if len(part) >= _SHORTEST_WORD), key=len, reverse=True)


def _guesses(passphrase: str, words: list[str]) -> int:
    """Guesses by zxcvbn, of the text as typed or without separators, which it overrates: the smaller number."""
    from zxcvbn import zxcvbn

    known = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    dense = known.sub("", _BETWEEN_WORDS.sub("", passphrase))
    return min(
        int(zxcvbn(form[:_LONGEST], user_inputs=words, max_length=_LONGEST)["guesses"]) if form else 0
        for form in (passphrase, dense)
    )
