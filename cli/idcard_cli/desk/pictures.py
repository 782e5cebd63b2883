"""The codes in a picture that the page sends: decoded in memory, and bounded before a pixel is."""

import io

import click
import zxingcpp  # noqa: F401 - codes imports it late, and a desk without it must not open
from PIL import Image, UnidentifiedImageError

from idcard_cli import codes
from idcard_cli.codes import Search

MAX_SIZE = 2 << 20
"""Bytes of anything that the page sends: also the longest trust file."""
MAX_PIXELS = 8_000_000


class NoPicture(Exception):
    """The bytes are neither a PNG nor a JPEG."""


class TooLarge(Exception):
    """More pixels than a camera's picture has."""


def search(data: bytes, *, moving: bool) -> Search:
    """The QR codes, as of `codes.in_picture`, but nothing where there is none. Raises NoPicture, TooLarge."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NoPicture from None
    if width * height > MAX_PIXELS:
        raise TooLarge
    try:
        return codes.in_picture(data, "the picture", moving=moving)
    except click.UsageError:
        return iter(())
