"""The pages of a PDF as pictures, by PDFium, without its forms, notes, scripts and attachments."""

import math
import threading
from typing import TYPE_CHECKING, Any

import pypdfium2  # type: ignore[import-untyped]

from idcard.pictures import views
from idcard.pictures.found import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image as Picture

MAX_SIZE = 20 << 20
MAX_PAGES = 20
MAX_PIXELS = 8_000_000
"""Of a page."""
_MAX_SCALE = 300 / 72
"""Pixels a point. Most of what is on paper was printed with no more."""
_MAX_SIDE = 32_767
_ONE_AT_A_TIME = threading.RLock()
"""PDFium has one state for the whole process, and no locks."""
_PASSWORD = 4
"""FPDF_ERR_PASSWORD."""


class PdfFile:
    def __init__(self, data: bytes) -> None:
        """Raises TooLarge, NotAPicture."""
        if len(data) > MAX_SIZE:
            raise Unread.PDF_LARGE.error()
        with _ONE_AT_A_TIME:
            try:
                self._document = pypdfium2.PdfDocument(data)
            except pypdfium2.PdfiumError as problem:
                raise (Unread.PDF_LOCKED if problem.err_code == _PASSWORD else Unread.PDF_NOT_READ).error() from None
            self.pages = len(self._document)
            if self.pages > MAX_PAGES:
                self.close()
                raise Unread.PDF_LONG.error()

    def views(self, page: int) -> "Iterator[tuple[Picture, bool]]":
        """As `views.of`; none of a page that cannot be drawn."""
        picture = self._drawn(page)
        if picture is not None:
            yield from views.of(picture, None)

    def close(self) -> None:
        with _ONE_AT_A_TIME:
            self._document.close()

    def _drawn(self, number: int) -> "Picture | None":
        with _ONE_AT_A_TIME:
            try:
                page = self._document[number]
            except pypdfium2.PdfiumError:
                return None
            try:
                width, height = page.get_size()
                if not 0 < min(width, height) <= max(width, height) < math.inf:
                    return None
                scale = min(_MAX_SCALE, (MAX_PIXELS / (width * height)) ** 0.5, _MAX_SIDE / max(width, height))
                while math.ceil(width * scale) * math.ceil(height * scale) > MAX_PIXELS:
                    scale *= 0.999
                bitmap: Any = page.render(scale=scale, may_draw_forms=False, draw_annots=False)
                picture: Picture = bitmap.to_pil()
                return picture
            except pypdfium2.PdfiumError:
                return None
            finally:
                page.close()
