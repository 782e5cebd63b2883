"""What is found in a picture, and why nothing is."""

from typing import NamedTuple

from idcard.errors import IdcardError

MAX_SIDE = 65_535
"""Pixels of width or height, of zxing-cpp."""


class Found(NamedTuple):
    """A QR code in a picture: anybody's, not only those of a card.

    place: in which of nine parts of the picture its middle lies: `top-left`, `top`, …, `left`, `middle`, `right`, ….
    """

    text: str
    place: str


class PictureError(IdcardError):
    """Nothing was read from a picture. The text is a sentence for whoever chose it, and never holds a code."""


class NotAPicture(PictureError):
    """Not a PNG, a JPEG or a WebP, or damaged from its beginning."""


class TooLarge(PictureError):
    """More pixels than are searched. Refused before any is decoded."""


class NoCode(PictureError):
    """A picture in which no attempt found a code."""
