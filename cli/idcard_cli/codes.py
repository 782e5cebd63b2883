"""Where a code comes from: an argument, stdin, a text file or a picture."""

import io
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from idcard.errors import needs_extra
from idcard_cli import files

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_FILE = 32 << 20
MAX_PIXELS = 50_000_000
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_CODE = re.compile(r"\s*ID[CT][0-9]{1,2}:")
_FILE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".txt", ".svg", ".pdf", ".gif", ".bmp", ".tif", ".tiff", ".heic"}
STDIN = "standard input"


class Symbol(NamedTuple):
    """A QR code in a picture. place: where it lies, such as `top-left`, `right` or `middle`."""

    text: str
    place: str


def read(code: str) -> str:
    """The text of a code. `-` is stdin; the name of a file is its text, or the code in its picture.

    Raises OSError; UsageError for a file that is missing, too large, or without a code that can be read.
    """
    found = look(code)
    return found if isinstance(found, str) else _the_one([each.text for each in found], code)


def look(code: str) -> str | list[Symbol]:
    """What `read` reads, but all the codes of a picture. A text may be what a scanner typed. Raises as `read` does."""
    if code == "-":
        return _look_at(files.read_stdin(MAX_FILE), STDIN)
    if _CODE.match(code):
        return code
    if "\0" not in code and os.path.exists(code):
        return _look_at(files.read(code, MAX_FILE), code)
    if _ending(code) in _FILE_ENDINGS:
        raise click.UsageError(f"{code}: there is no such file")
    return code


def name_of(code: str, number: int) -> str:
    """What to call an argument of several: a code does not belong on a screen or in a log."""
    return code if code == "-" or ("\0" not in code and os.path.exists(code)) else f"argument {number}"


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _look_at(data: bytes, name: str) -> str | list[Symbol]:
    return symbols(data, name) if is_picture(data) else as_text(data, name)


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


def in_picture(data: bytes, name: str, *, moving: bool = False) -> list[str]:
    """The texts of all QR codes in a picture, none twice. moving: as of `symbols`, and it raises what that does."""
    return [each.text for each in symbols(data, name, moving=moving)]


def symbols(data: bytes, name: str, *, moving: bool = False) -> list[Symbol]:
    """All QR codes in a picture, of those with the same text one.

    moving: whether the picture is one of a camera's many, so that less is tried. Raises UsageError where there is none.
    """
    try:
        from PIL import Image, UnidentifiedImageError

        from idcard_cli import looks
    except ImportError:
        raise click.UsageError(needs_extra("reading pictures", "scan")) from None
    Image.MAX_IMAGE_PIXELS = None  # the limit below is the stricter one, and says so
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise click.UsageError(f"{name}: the picture has more than {MAX_PIXELS} pixels")
            found = looks.find(_in_greys(picture), looks.MOVING if moving else looks.STILL)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise click.UsageError(f"{name}: the picture cannot be read") from None
    placed: dict[str, str] = {}
    for each in found.codes:
        placed.setdefault(str(each.text), _place(each.position, found.size))
    if not placed:
        raise click.UsageError(f"{name}: no code found in the picture; try more light, less glare, or closer")
    return [Symbol(text, place) for text, place in placed.items()]


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


def _place(corners: Any, size: tuple[int, int]) -> str:
    """In which of nine parts of the picture the middle of a code lies."""
    ends = (corners.top_left, corners.bottom_right)
    column, row = (
        min(2, max(0, 3 * sum(middle) // (2 * length)))
        for middle, length in zip(((end.x for end in ends), (end.y for end in ends)), size, strict=True)
    )
    words = (("top", "", "bottom")[row], ("left", "", "right")[column])
    return "-".join(word for word in words if word) or "middle"


def _the_one(texts: list[str], name: str) -> str:
    ours = [text for text in texts if _CODE.match(text)] or texts
    if len(ours) > 1:
        raise click.UsageError(f"{name}: there are {len(ours)} codes in the picture; show one")
    return ours[0]
