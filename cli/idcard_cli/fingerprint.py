"""Writes and reads a city's fingerprint as hexadecimal digits or as twelve words (specs/paper.md)."""

import re
from typing import TYPE_CHECKING

import click

from idcard.repairs import forms, unseen
from idcard.trust.trust_file import FINGERPRINT_SIZE

if TYPE_CHECKING:
    from mnemonic import Mnemonic

WORDS = 12
_LABEL = re.compile(r"^\W*(?:the )?fingerprint\W*(?:in words\W*)?|^\W*in words\W*")
_HEXADECIMAL = re.compile(r"\b0x")
_DIGITS = re.compile(f"[0-9a-f]{{{2 * FINGERPRINT_SIZE}}}")
_BETWEEN = re.compile(r"[\W_]+")
_WORD = re.compile("[a-z]+")


class UnknownWordError(click.UsageError):
    """number: of the word that is not in the list, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"word {number} of the fingerprint is not in the list of fingerprint words: compare its spelling"
        )
        self.number = number


def fingerprint_words(fingerprint: bytes) -> str:
    """Twelve words with blanks between them (BIP-39, English). fingerprint: 16 bytes."""
    return _book().to_mnemonic(fingerprint)


def fingerprint_groups(fingerprint: bytes) -> str:
    """Hexadecimal digits in groups of four."""
    return fingerprint.hex(" ", 2)


def parse_fingerprint(text: str) -> bytes:
    """The 16 bytes of 32 hexadecimal digits or of twelve words, whatever numbers, signs and blanks are between them.

    Raises UsageError, also as UnknownWordError.
    """
    text = _LABEL.sub("", forms.folded(unseen.visible(" ".join(text.split())))[0].lower())
    digits = _BETWEEN.sub("", _HEXADECIMAL.sub("", text))
    if _DIGITS.fullmatch(digits):
        return bytes.fromhex(digits)
    return _parse_words(_WORD.findall(text))


def _parse_words(words: list[str]) -> bytes:
    if len(words) != WORDS:
        raise click.UsageError(
            f"a fingerprint has 32 digits 0-9 and a-f, or {WORDS} words; copy all of it, between quotation marks"
        )
    book = _book()
    known = frozenset(book.wordlist)
    for number, word in enumerate(words, 1):
        if word not in known:
            raise UnknownWordError(number)
    try:
        return bytes(book.to_entropy(words))
    except ValueError:
        raise click.UsageError(
            "the words of the fingerprint do not fit together: one is wrong or in the wrong place"
        ) from None


def _book() -> "Mnemonic":
    from mnemonic import Mnemonic

    return Mnemonic("english")
