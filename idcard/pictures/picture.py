"""From the bytes of a picture to the codes in it. Bounded before a pixel is decoded; no file is read or written."""

import io
import struct
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from idcard.errors import NeedsExtra
from idcard.pictures.found import MAX_SIDE, Found, NoCode, NotAPicture, PictureError, TooLarge

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 50_000_000
"""Of a picture that is searched, unless the caller sets a lower limit."""
_PNG, _JPEG, _WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"
_NO_CODE = "no code found in the picture; try more light, less glare, or closer"
_DAMAGED = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, struct.error)
"""What Pillow raises for bytes that are no picture, or a damaged one: its decoders do not catch what they meet."""


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin like a PNG, a JPEG or a WebP. Needs no extra."""
    return data.startswith((_PNG, _JPEG, _WEBP))


def search(data: bytes, *, moving: bool = False, max_pixels: int = MAX_PIXELS) -> Iterator[list[Found]]:
    """All codes found so far, from the first on, each time that an attempt finds another.

    Whoever has found enough asks for no more: each further list takes another attempt, up to 0.5 seconds. Of codes with
    the same text there is one. moving: whether the picture is one of a camera's many, so that less is tried.

    Raises NoCode, NotAPicture, TooLarge, PictureError where the rest of a picture is damaged, and NeedsExtra without
    the extra `scan`; all of them at the call, never while the lists are read.
    """
    try:
        from idcard.pictures import attempts
    except ImportError:
        raise NeedsExtra("reading pictures", "scan") from None
    greys = _open(data, max_pixels)
    found = attempts.search(greys, attempts.MOVING if moving else attempts.STILL)
    first = next(found, None)
    if first is None:
        raise NoCode(_NO_CODE)
    return chain((first,), found)


def read(data: bytes) -> list[Found]:
    """All codes that any attempt finds; at least one. Raises what `search` raises."""
    return list(search(data))[-1]


def _open(data: bytes, max_pixels: int) -> "Picture":
    from PIL.Image import DecompressionBombError

    try:
        picture = _undecoded(data)
    except DecompressionBombError:  # of a WebP, whose decoder takes the memory at once
        raise TooLarge("the picture has too many pixels") from None
    except _DAMAGED:
        raise NotAPicture("the picture cannot be read") from None
    with picture:
        if picture.width * picture.height > max_pixels:
            raise TooLarge(f"the picture has more than {max_pixels} pixels")
        if max(picture.size) > MAX_SIDE:
            raise TooLarge(f"the picture is more than {MAX_SIDE} pixels wide or high")
        try:
            return _in_greys(picture)
        except _DAMAGED:
            raise PictureError("the picture cannot be read") from None


def _undecoded(data: bytes) -> "ImageFile":
    """Not by Image.open, whose own limit of pixels is a setting of the whole program, which may be somebody else's."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    for magic, kind in ((_PNG, PngImageFile), (_JPEG, JpegImageFile), (_WEBP, WebPImageFile)):
        if data.startswith(magic):
            return kind(io.BytesIO(data))
    raise ValueError


def _in_greys(picture: "Picture") -> "Picture":
    """8 bits a pixel, with what is transparent in white: a code is drawn in black, and so is nothing at all."""
    from PIL import Image

    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value * (1 / 256)).convert("L")  # 16 bits would be cut off, not scaled
    if not picture.has_transparency_data:
        return picture.convert("L")
    shown = picture.convert("RGBA")
    greys = Image.new("L", shown.size, 255)
    greys.paste(shown.convert("L"), mask=shown.getchannel("A"))
    return greys
