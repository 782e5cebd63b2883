"""The text of a QR symbol: a prefix and base45 (RFC 9285) of the credential (specs/credential.md, QR text)."""

import re
from enum import StrEnum

from idcard.errors import Malformed, Reason, Refused

MAX_LENGTH = 512
"""Longest text, in characters after trimming."""
MAX_SIZE = (MAX_LENGTH - 5) // 3 * 2
"""Longest credential, in bytes, that such a text holds."""
MAX_LETTERS = 4296
"""Longest base45, in letters: what the largest QR symbol holds (ISO/IEC 18004, 40-L)."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGIT_OF = bytes(ALPHABET.find(chr(code)) & 0xFF for code in range(256))
_NO_DIGIT = 0xFF
_LETTER_OF = ALPHABET.encode("ascii").ljust(256)
_LOW_BYTES = int.from_bytes(b"\x00\x00\xff" * (MAX_LETTERS // 3), "big")
_ELEVEN_BITS = int.from_bytes(b"\x00\x00\x07\xff" * (MAX_LETTERS // 3), "big")
_BLANKS = " \t\r\n"
_VERSIONED = re.compile(r"ID[CT][0-9]{1,2}:")


class Environment(StrEnum):
    """Whether cards are real."""

    PRODUCTION = "production"
    TEST = "test"

    @property
    def prefix(self) -> str:
        """With which every code begins."""
        return "IDC1:" if self is Environment.PRODUCTION else "IDT1:"


_ENVIRONMENT_OF = {environment.prefix: environment for environment in Environment}


def encode(environment: Environment, credential: bytes) -> str:
    """The text of a credential. Raises Malformed for one that is longer than a text may be."""
    if len(credential) > MAX_SIZE:
        raise Malformed("a credential that no text holds")
    return environment.prefix + to_base45(credential)


def decode(text: str) -> tuple[Environment, bytes]:
    """The environment and the bytes of the credential in a code.

    Blanks and line ends around the text are removed. Raises Refused: NOT_A_CODE where there is no prefix,
    NEWER_PROGRAM for a later version of the format, MALFORMED where the rest is not base45.
    """
    text = text.strip(_BLANKS)
    environment = _ENVIRONMENT_OF.get(text[:5])
    if environment is None:
        versioned = _VERSIONED.match(text)
        raise Refused(Reason.NEWER_PROGRAM if versioned else Reason.NOT_A_CODE)
    if len(text) > MAX_LENGTH:
        raise Refused(Reason.MALFORMED)
    try:
        return environment, from_base45(text[5:])
    except Malformed:
        raise Refused(Reason.MALFORMED) from None


# Base45 works on all groups at once: one large number holds them in lanes that are wide enough for every step.


def letters(size: int) -> int:
    """How many letters of base45 hold so many bytes."""
    return size // 2 * 3 + size % 2 * 2


def to_base45(data: bytes) -> str:
    """Base45 of the data. Raises Malformed if it has more than MAX_LETTERS letters."""
    if len(data) > MAX_LETTERS // 3 * 2:
        raise Malformed("more than a QR symbol holds")
    pairs, odd = divmod(len(data), 2)
    lanes = bytearray(4 * pairs)
    lanes[2::4], lanes[3::4] = data[0 : 2 * pairs : 2], data[1 : 2 * pairs : 2]
    numbers = int.from_bytes(lanes, "big")
    upper = numbers * 46604 >> 21 & _ELEVEN_BITS  # // 45, exact below 65536
    high = upper * 1457 >> 16 & _ELEVEN_BITS  # // 45, exact below 1457
    digits = ((numbers - 45 * upper << 16) + (upper - 45 * high << 8) + high).to_bytes(4 * pairs, "big")
    letters = bytearray(3 * pairs)
    letters[0::3], letters[1::3], letters[2::3] = digits[1::4], digits[2::4], digits[3::4]
    if odd:
        letters += bytes((data[-1] % 45, data[-1] // 45))
    return letters.translate(_LETTER_OF).decode("ascii")


def from_base45(text: str) -> bytes:
    """The data in base45. Raises Malformed for more than MAX_LETTERS letters, or what `to_base45` never writes."""
    if len(text) > MAX_LETTERS or not text.isascii():
        raise Malformed("a letter outside base45, or more of them than a QR symbol holds")
    digits = text.encode("ascii").translate(_DIGIT_OF)
    triples, rest = divmod(len(digits), 3)
    if _NO_DIGIT in digits or rest == 1:
        raise Malformed("a letter outside base45, or one letter too many")
    end = 3 * triples
    lanes = int.from_bytes(digits[:end], "big")
    lanes = (lanes >> 16 & _LOW_BYTES) + 45 * (lanes >> 8 & _LOW_BYTES) + 2025 * (lanes & _LOW_BYTES)
    data = bytearray(lanes.to_bytes(end, "big"))
    if any(data[0::3]):
        raise Malformed("a triple above 65535")
    del data[0::3]
    if rest:
        last = digits[end] + 45 * digits[end + 1]
        if last > 0xFF:
            raise Malformed("a pair above 255")
        data.append(last)
    return bytes(data)
