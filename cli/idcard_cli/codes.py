"""Where a code comes from: an argument, stdin, a text file or a picture."""

import io
import os
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from idcard.errors import needs_extra
from idcard_cli import files

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from idcard_cli.attempts import Found

MAX_FILE = 32 << 20
MAX_PIXELS = 50_000_000
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_CODE = re.compile(r"\s*ID[CT][0-9]{1,2}:")
_FILE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".txt", ".svg", ".pdf", ".gif", ".bmp", ".tif", ".tiff", ".heic"}
STDIN = "standard input"


class PlacedCode(NamedTuple):
    """A QR code in a picture. place: where it lies, such as `top-left`, `right` or `middle`."""

    text: str
    place: str


Search = Iterator[list[PlacedCode]]
"""All codes found so far, from the first on, each time that another is: whoever has what it needs asks for no more."""


def is_of_card(text: str) -> bool:
    """Whether this begins like the code of a card."""
    return _CODE.match(text) is not None


def read(code: str, answers: Callable[[str], bool] = is_of_card) -> str:
    """The text of a code. `-` is stdin; the name of a file is its text, or the code in its picture.

    answers: whether a text is of the kind that is asked for. Where a picture shows one, others beside it are left out.
    Raises OSError; UsageError for a file that is missing, too large, or without a code that can be read.
    """
    found = search(code)
    return found if isinstance(found, str) else the_one(found, answers, code)


def search(code: str) -> "str | Search":
    """What `read` reads, but all the codes of a picture. A text may be what a scanner typed. Raises as `read` does."""
    if code == "-":
        return _search_in(files.read_stdin(MAX_FILE), STDIN)
    if is_of_card(code):
        return code
    if "\0" not in code and os.path.exists(code):
        return _search_in(files.read(code, MAX_FILE), code)
    if _ending(code) in _FILE_ENDINGS:
        raise click.UsageError(f"{code}: there is no such file")
    return code


def name_of(code: str, number: int) -> str:
    """What to call an argument of several: a code does not belong on a screen or in a log."""
    return code if code == "-" or ("\0" not in code and os.path.exists(code)) else f"argument {number}"


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _search_in(data: bytes, name: str) -> str | Search:
    return in_picture(data, name) if is_picture(data) else as_text(data, name)


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


def in_picture(data: bytes, name: str, *, moving: bool = False) -> Search:
    """The QR codes in a picture, of those with the same text one.

    moving: whether the picture is one of a camera's many, so that less is tried. Raises UsageError where there is none.
    """
    try:
        from PIL import Image, UnidentifiedImageError

        from idcard_cli import attempts
    except ImportError:
        raise click.UsageError(needs_extra("reading pictures", "scan")) from None
    Image.MAX_IMAGE_PIXELS = None  # the limit below is the stricter one, and says so
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise click.UsageError(f"{name}: the picture has more than {MAX_PIXELS} pixels")
            if max(picture.size) > attempts.MAX_SIDE:
                raise click.UsageError(f"{name}: the picture is more than {attempts.MAX_SIDE} pixels wide or high")
            greys = _in_greys(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise click.UsageError(f"{name}: the picture cannot be read") from None
    effort = attempts.MOVING if moving else attempts.STILL
    found = _growing(attempts.search(greys, effort))
    first = next(found, None)
    if first is None:
        raise click.UsageError(f"{name}: no code found in the picture; try more light, less glare, or closer")
    return chain((first,), found)


def _growing(search: "Iterator[Found]") -> Search:
    placed: dict[str, str] = {}
    for found in search:
        known = len(placed)
        for each in found.codes:
            placed.setdefault(str(each.text), _place(each.position, found.size))
        if len(placed) > known:
            yield [PlacedCode(text, place) for text, place in placed.items()]


def the_one(search: Search, answers: Callable[[str], bool], name: str) -> str:
    """The one code of a picture that answers, for which the search goes on; else the one of a card, or the only one.

    Raises UsageError where there are several.
    """
    texts: list[str] = []
    for found in search:
        texts = [each.text for each in found]
        if any(map(answers, texts)):
            break
    ours = list(filter(answers, texts)) or list(filter(is_of_card, texts)) or texts
    if len(ours) > 1:
        raise click.UsageError(f"{name}: there are {len(ours)} codes in the picture; show one")
    return ours[0]


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
