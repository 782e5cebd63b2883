"""What a file is, is told by how it begins, whatever its name says."""

import io
import zipfile

import pytest
from picture_files import saved
from PIL import Image

from idcard import pictures
from idcard.pictures import Kind, NotAPicture, Unread, kind_of

GREY = Image.new("L", (8, 8))


def ftyp(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0\0\0\x08mdat"


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, b"")
    return data.getvalue()


KINDS: dict[str, tuple[bytes, Kind | Unread | None]] = {
    **{each: (saved(GREY, each), Kind[each]) for each in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF", "PDF")},
    "a PDF behind what a mail program wrote": (b"Content-Type: x\r\n\r\n" + saved(GREY, "PDF"), Kind.PDF),
    "AVIF as some telephones write it": (ftyp(b"mif1", b"avif", b"miaf"), Kind.AVIF),
    "HEIC": (ftyp(b"heic", b"mif1"), Unread.HEIC),
    "HEIC by its second brand": (ftyp(b"mif1", b"heic"), Unread.HEIC),
    "several HEICs": (ftyp(b"msf1", b"hevc"), Unread.HEIC),
    "a film": (ftyp(b"isom", b"mp42"), Unread.DOCUMENT),
    "a film of an iPhone": (ftyp(b"qt  "), Unread.DOCUMENT),
    "another film": (b"RIFF\0\0\0\0AVI LIST", Unread.DOCUMENT),
    "Word": (zipped("word/document.xml"), Unread.DOCUMENT),
    "older Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), Unread.DOCUMENT),
    "rich text": (rb"{\rtf1\ansi", Unread.DOCUMENT),
    "BMP": (saved(GREY, "BMP"), Unread.OTHER_PICTURE),
    "icon": (saved(GREY.resize((32, 32)), "ICO"), Unread.OTHER_PICTURE),
    "JPEG 2000": (saved(GREY, "JPEG2000"), Unread.OTHER_PICTURE),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n", Unread.OTHER_PICTURE),
    "Photoshop": (b"8BPS\0\1", Unread.OTHER_PICTURE),
    "large TIFF": (b"II+\0\x08\0\0\0", Unread.OTHER_PICTURE),
    "PostScript": (saved(GREY, "EPS"), Unread.DRAWING),
    "PostScript with a preview": (b"\xc5\xd0\xd3\xc6" + bytes(99), Unread.DRAWING),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg">', Unread.DRAWING),
    "SVG of an editor": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n<svg>', Unread.DRAWING),
    "a code": (b"IDC1:ABC", None),
    "a text that begins like a bitmap": (b"BMW and others\n", None),
    "a web page": (b"<!DOCTYPE html><html><svg>", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_told(name: str) -> None:
    data, kind = KINDS[name]
    assert kind_of(data) == kind
    if not isinstance(kind, Kind):
        with pytest.raises(NotAPicture) as refused:
            pictures.search(data)
        assert refused.value.why is (kind or Unread.NOT_READ)
