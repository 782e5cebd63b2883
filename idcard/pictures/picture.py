"""Pictures, by Pillow. Bounded before a pixel is decoded; no file is read or written."""

import io
import struct
from typing import TYPE_CHECKING

from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError, DecompressionBombWarning
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from idcard.pictures import heads, views
from idcard.pictures.found import MAX_SIDE, Unread
from idcard.pictures.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 50_000_000
"""Of a picture that is searched: a larger one is reduced, a JPEG while it is decoded."""
MAX_MEMORY = 200_000_000
"""Bytes of a picture's pixels."""
MAX_JPEG = 250_000_000
"""Pixels of a JPEG before it is reduced."""
MAX_PAGES = 20
_ORIENTATION, _SHORT = 0x0112, 3
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
"""That Pillow holds for a pixel; four in all other modes."""
_DAMAGED = (
    *(OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, ArithmeticError, RuntimeError),
    *(struct.error, Warning),
)
"""What Pillow raises for bytes that are no picture, or a damaged one: its decoders do not catch what they meet, and
warn, which a program may have made errors."""
_FILES: "dict[Kind, type[ImageFile]]" = {
    Kind.PNG: PngImageFile,
    Kind.JPEG: JpegImageFile,
    Kind.WEBP: WebPImageFile,
    Kind.GIF: GifImageFile,
    Kind.TIFF: TiffImageFile,
    Kind.AVIF: AvifImageFile,
}
"""Not Image.open, which knows other formats, and whose limit of pixels is a setting of the whole program, perhaps
somebody else's."""


class PictureFile:
    """A picture that is not decoded yet: one page, or those of a TIFF."""

    def __init__(self, data: bytes, kind: Kind, *, max_pixels: int | None, moving: bool) -> None:
        """max_pixels: of the caller, who wants none that is larger. Raises NotAPicture, TooLarge."""
        self._max_pixels, self._moving = max_pixels, moving
        if kind is Kind.JPEG and heads.is_costly_jpeg(data):
            raise Unread.LAYERS.error()
        if kind is Kind.TIFF and heads.is_costly_tiff(data, MAX_PAGES):
            raise Unread.NOT_READ.error()
        try:
            self._file = _FILES[kind](io.BytesIO(data))
        except (DecompressionBombError, DecompressionBombWarning):  # of a WebP, whose decoder takes the memory at once
            raise Unread.PIXELS.error() from None
        except _DAMAGED:
            raise Unread.NOT_READ.error() from None
        self.pages = _count(self._file) if kind is Kind.TIFF else 1
        self._check()

    def views(self, page: int) -> "Iterator[tuple[Picture, bool]]":
        """As `views.of`. Raises PictureError where the rest is damaged, and TooLarge for a later page."""
        try:
            if self.pages > 1:
                self._file.seek(page)
                self._check()
            elif isinstance(self._file, JpegImageFile):
                self._reduce_jpeg(self._file)
            self._file.load()
            turned = views.TURNED.get(_orientation(self._file.info.get("exif", b"")))
            yield from views.of(_reduced(self._file), turned)
        except (DecompressionBombError, DecompressionBombWarning):
            raise Unread.PIXELS.error() from None
        except _DAMAGED:
            raise Unread.DAMAGED.error() from None

    def close(self) -> None:
        self._file.close()

    def _check(self) -> None:
        """Raises TooLarge."""
        width, height = self._file.size
        pixels = width * height
        if isinstance(self._file, JpegImageFile):
            held = 0 if pixels <= MAX_JPEG else MAX_MEMORY + 1
        else:
            held = pixels * (4 if self._file.has_transparency_data else _BYTES.get(self._file.mode, 4))
        if held > MAX_MEMORY or max(width, height) > MAX_SIDE or pixels > (self._max_pixels or pixels):
            raise Unread.PIXELS.error()

    def _reduce_jpeg(self, file: JpegImageFile) -> None:
        """One of a camera's many is decoded without its colours."""
        times = next((each for each in (1, 2, 4, 8) if file.width * file.height <= MAX_PIXELS * each * each), 8)
        if times > 1 or self._moving:
            file.draft("L" if self._moving else None, (max(1, file.width // times), max(1, file.height // times)))


def _count(file: "ImageFile") -> int:
    """Pages, of which the first MAX_PAGES are read: the rest may be without end."""
    pages = 1
    try:
        while pages < MAX_PAGES:
            file.seek(pages)
            pages += 1
    except _DAMAGED:
        pass
    file.seek(0)
    return pages


def _orientation(exif: bytes) -> int:
    """How to show a picture, of the first directory of its EXIF; 1 where it does not say.

    Not by Pillow, which warns of all that is wrong in the rest. A TIFF it has turned itself.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = ">" if exif[:2] == b"MM" else "<"
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (number,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * number, 12):
            tag, kind = struct.unpack_from(f"{order}HH", exif, entry)
            if (tag, kind) == (_ORIENTATION, _SHORT):
                return int(struct.unpack_from(f"{order}H", exif, entry + 8)[0])
    except struct.error:
        pass
    return 1


def _reduced(picture: "Picture") -> "Picture":
    """Where it has more than MAX_PIXELS. It is then of one channel, for other pictures are refused."""
    times = 1
    while picture.width * picture.height > MAX_PIXELS * times * times:
        times += 1
    return picture if times == 1 else next(views.of(picture, None))[0].reduce(times)
