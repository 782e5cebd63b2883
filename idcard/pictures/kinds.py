"""What kind of file bytes are, by how they begin: pictures, PDFs, and what is only named so that somebody knows why.

Whoever sends a file may have given it any name, so the name does not count.
"""

import re
from enum import Enum

from idcard.pictures.found import Unread


class Kind(Enum):
    """The formats that are decoded, and no other: never PostScript, whose decoder runs a program."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    GIF = "GIF"
    TIFF = "TIFF"
    AVIF = "AVIF"
    PDF = "PDF"


_HEAD = 1024
"""Bytes within which a PDF begins (ISO 32000-1, annex H), and an SVG names itself."""
_BEGIN: tuple[tuple[bytes, Kind | Unread], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Unread.OTHER_PICTURE),  # BigTIFF
    (b"MM\0+", Unread.OTHER_PICTURE),
    (b"8BPS", Unread.OTHER_PICTURE),  # Photoshop
    (b"\0\0\1\0", Unread.OTHER_PICTURE),  # icons of Windows
    (b"\xff\x0a", Unread.OTHER_PICTURE),  # JPEG XL
    (b"\0\0\0\x0cJXL ", Unread.OTHER_PICTURE),
    (b"\0\0\0\x0cjP  ", Unread.OTHER_PICTURE),  # JPEG 2000
    (b"\xff\x4f\xff\x51", Unread.OTHER_PICTURE),
    (b"%!PS", Unread.DRAWING),
    (b"\xc5\xd0\xd3\xc6", Unread.DRAWING),  # EPS with a preview
    (b"PK\3\4", Unread.DOCUMENT),  # Word, Excel, OpenDocument, zip
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Unread.DOCUMENT),  # older Word
    (b"{\\rtf", Unread.DOCUMENT),
    (b"\x1f\x8b", Unread.DOCUMENT),
    (b"7z\xbc\xaf\x27\x1c", Unread.DOCUMENT),
    (b"Rar!", Unread.DOCUMENT),
    (b"RIFF", Unread.DOCUMENT),  # but for WebP: sound and films
    (b"\x1a\x45\xdf\xa3", Unread.DOCUMENT),  # films
)
_BITMAP = re.compile(rb"BM.{4}\0{4}", re.DOTALL)
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:svg|(?:\?xml|!--|!DOCTYPE svg).*<svg)\b", re.DOTALL | re.IGNORECASE)
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}


def kind_of(data: bytes) -> Kind | Unread | None:
    """What the bytes are; why they are not read, where that is known; None for anything else, such as text."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    for begin, kind in _BEGIN:
        if data.startswith(begin):
            return kind
    if data[4:8] == b"ftyp":
        return _of_boxes(data)
    if _BITMAP.match(data):
        return Unread.OTHER_PICTURE
    if _SVG.match(data[:_HEAD]):
        return Unread.DRAWING
    return Kind.PDF if b"%PDF-" in data[:_HEAD] else None


def _of_boxes(data: bytes) -> Kind | Unread:
    """By the brands of ISO/IEC 14496-12: those of HEIC and AVIF share some."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}
    if brands & _AVIF:
        return Kind.AVIF
    return Unread.HEIC if brands & _HEIC else Unread.DOCUMENT
