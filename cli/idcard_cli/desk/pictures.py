"""Finds the codes in a picture that the page sends, with `idcard.pictures` and the limits of a camera."""

import zxingcpp  # noqa: F401 - the search imports it late, and a desk without it must not open
from PIL import Image  # noqa: F401 - the same

from idcard import pictures
from idcard.pictures import NotAPicture, PictureError, TooLarge
from idcard_cli import codes
from idcard_cli.codes import Search

MAX_SIZE = 2 << 20
"""Most bytes that the page may send: also of a trust file."""
MAX_PIXELS = 8_000_000


def search(data: bytes, *, moving: bool) -> Search:
    """The QR codes, but nothing where there is none. Raises NotAPicture, TooLarge."""
    if data.startswith(b"RIFF"):
        raise NotAPicture("no browser sends a WebP picture here")
    try:
        return map(codes.restored, pictures.search(data, moving=moving, max_pixels=MAX_PIXELS))
    except (NotAPicture, TooLarge):
        raise
    except PictureError:
        return iter(())
