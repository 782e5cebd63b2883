"""Where a code comes from: an argument, stdin, a text file or a picture."""

import io
import os
import re
from typing import Any

import click

from idcard_cli import files

MAX_FILE = 32 << 20
MAX_PIXELS = 50_000_000
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_CODE = re.compile(r"\s*ID[CT][0-9]{1,2}:")
_FILE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".txt", ".svg", ".pdf", ".gif", ".bmp", ".tif", ".tiff", ".heic"}
STDIN = "standard input"


def read(code: str) -> str:
    """The text of a code. `-` is stdin; the name of a file is its text, or the code in its picture.

    Raises OSError; UsageError for a file that is missing, too large, or without a code that can be read.
    """
    if code == "-":
        return _text_of(files.read_stdin(MAX_FILE), STDIN)
    if _CODE.match(code):
        return code
    if "\0" not in code and os.path.exists(code):
        return _text_of(files.read(code, MAX_FILE), code)
    if _ending(code) in _FILE_ENDINGS:
        raise click.UsageError(f"{code}: there is no such file")
    return code


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _text_of(data: bytes, name: str) -> str:
    return _the_one(in_picture(data, name), name) if is_picture(data) else as_text(data, name)


def as_text(data: bytes, name: str) -> str:
    """A scanner may send anything, and that is judged; a file must be one that can hold a code. Raises UsageError."""
    if name == STDIN:
        return data.decode("utf-8", errors="replace")
    text = files.as_text(data)
    if text is None or _ending(name) in _FILE_ENDINGS - {".txt"}:
        raise click.UsageError(f"{name} is neither text nor a PNG, JPEG or WebP picture")
    return text


def is_picture(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def in_picture(data: bytes, name: str) -> list[str]:
    """The texts of all QR codes in a picture, none twice. Raises UsageError where there is none."""
    try:
        import zxingcpp
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise click.UsageError("reading pictures needs the extra 'scan' of idcard, as its README says") from None
    Image.MAX_IMAGE_PIXELS = None  # the limit below is the stricter one, and says so
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise click.UsageError(f"{name}: the picture has more than {MAX_PIXELS} pixels")
            found: list[Any] = zxingcpp.read_barcodes(picture.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise click.UsageError(f"{name}: the picture cannot be read") from None
    texts = [str(each.text) for each in found if each.format == zxingcpp.BarcodeFormat.QRCode]
    if not texts:
        raise click.UsageError(f"{name}: no code found in the picture; try more light, less glare, or closer")
    return list(dict.fromkeys(texts))


def _the_one(texts: list[str], name: str) -> str:
    ours = [text for text in texts if _CODE.match(text)] or texts
    if len(ours) > 1:
        raise click.UsageError(f"{name}: there are {len(ours)} codes in the picture; show one")
    return ours[0]
