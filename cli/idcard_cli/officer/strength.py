"""Whether a passphrase that somebody chooses would be guessed (specs/keys.md, Passphrases)."""

import re
import unicodedata
from collections.abc import Collection

from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError

LEAST_GUESSES = 10**9
_LONGEST = 72
"""Characters that are looked at: the time of an estimate grows with their square and more."""
_SHORTEST_WORD = 3
_BETWEEN_WORDS = re.compile(r"[\s\-_.,;:/|+]+")
_WEAK = (
    "this passphrase is easy to guess: whoever has the key file lets a program try known passwords, words, names, "
    "dates, rows of keys and repetitions; take five words that have nothing to do with each other or with the city"
)


def check(passphrase: str, near: Collection[str] = ()) -> None:
    """Raises KeyFileError, which holds nothing of the passphrase, for one that is too short or would be guessed.

    near: what whoever guesses knows, such as the city's name and id.
    """
    key_file.check_passphrase(passphrase)
    if _guesses(unicodedata.normalize("NFC", passphrase), _words(near)) < LEAST_GUESSES:
        raise KeyFileError(_WEAK)


def _words(near: Collection[str]) -> list[str]:
    """Longest first, each as a whole without blanks, and each part of it."""
    whole = [unicodedata.normalize("NFC", name) for name in ("idcard", *near)]
    parts = {part for name in whole for part in (_BETWEEN_WORDS.sub("", name), *_BETWEEN_WORDS.split(name))}
    return sorted((part for part in parts if len(part) >= _SHORTEST_WORD), key=len, reverse=True)


def _guesses(passphrase: str, words: list[str]) -> int:
    """By zxcvbn, as typed and without what stands between words, which it counts for more than it is worth."""
    from zxcvbn import zxcvbn

    known = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    dense = known.sub("", _BETWEEN_WORDS.sub("", passphrase))
    return min(
        int(zxcvbn(form[:_LONGEST], user_inputs=words, max_length=_LONGEST)["guesses"]) if form else 0
        for form in (passphrase, dense)
    )
