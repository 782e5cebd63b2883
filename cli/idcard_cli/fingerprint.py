"""Writes and reads a city's fingerprint as hexadecimal digits or as twelve words (specs/paper.md)."""

from typing import TYPE_CHECKING

import click

from idcard.trust.trust_file import FINGERPRINT_SIZE

if TYPE_CHECKING:
    from mnemonic import Mnemonic

WORDS = 12
_DIGITS = frozenset("0123456789abcdef")


def fingerprint_words(fingerprint: bytes) -> str:
    """Twelve words with blanks between them (BIP-39, English). fingerprint: 16 bytes."""
    return _book().to_mnemonic(fingerprint)


def fingerprint_groups(fingerprint: bytes) -> str:
    """Hexadecimal digits in groups of four."""
    return fingerprint.hex(" ", 2)


def parse_fingerprint(text: str) -> bytes:
    """The 16 bytes of 32 hexadecimal digits, blanks and dashes aside, or of twelve words in any case and spacing.

    Raises UsageError.
    """
    text = text.lower()
    digits = "".join(text.replace("-", " ").split())
    if len(digits) == 2 * FINGERPRINT_SIZE and _DIGITS.issuperset(digits):
        return bytes.fromhex(digits)
    return _parse_words(text.split())


def _parse_words(words: list[str]) -> bytes:
    if len(words) != WORDS:
        raise click.UsageError(f"a fingerprint has 32 digits 0-9 and a-f, or {WORDS} words; copy all of it")
    book = _book()
    known = frozenset(book.wordlist)
    for number, word in enumerate(words, 1):
        if word not in known:
            raise click.UsageError(
                f"word {number} of the fingerprint is not in the list of fingerprint words: compare its spelling"
            )
    try:
        return bytes(book.to_entropy(words))
    except ValueError:
        raise click.UsageError(
            "the words of the fingerprint do not fit together: one is wrong or in the wrong place"
        ) from None


def _book() -> "Mnemonic":
    from mnemonic import Mnemonic

    return Mnemonic("english")
