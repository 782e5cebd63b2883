"""Says what a file is that is neither a trust file nor a code, by its first bytes (specs/desk.md, Requests)."""

import re

from idcard.errors import translatable
from idcard.repairs import encodings
from idcard_cli.desk.answers import Object, Request, file_is

HEAD = 1024
"""Bytes that are looked at."""

_SAVE_AS_PICTURE = translatable("Open it and hold the code to the camera, or save it as a PNG or JPEG picture.")
_NOT_HERE = translatable("Open the city's file city.idtrust, or a picture of a code.")
_SENTENCES = {
    "empty": (translatable("The file is empty."), translatable("Get the file again.")),
    "pdf": (translatable("This is a PDF."), _SAVE_AS_PICTURE),
    "zip": (
        translatable("This is a packed folder (zip)."),
        translatable("Unpack it, and open the file that is in it."),
    ),
    "web-page": (
        translatable("This is a web page."),
        translatable("Perhaps the network asks you to sign in: do that, then get the file again."),
    ),
    "svg": (translatable("This is a drawing (SVG)."), _SAVE_AS_PICTURE),
    "heic": (translatable("This is a HEIC picture, which this browser cannot show."), _SAVE_AS_PICTURE),
    "picture": (translatable("This browser cannot show the picture."), _SAVE_AS_PICTURE),
    "text": (translatable("This is a text without a code of a city card."), _NOT_HERE),
    "other": (translatable("This is neither a picture nor a trust file."), _NOT_HERE),
}
_BINARY = (
    ("pdf", 0, (b"%PDF-",)),
    ("zip", 0, (b"PK\x03\x04", b"PK\x05\x06")),
    ("heic", 4, (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")),
    ("picture", 0, (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")),
    ("picture", 4, (b"ftypavi",)),
    ("picture", 8, (b"WEBP",)),
)
"""A kind, and where in the file it says so by one of these."""
_TEXT = (
    ("svg", re.compile(r"\s*(<\?xml.*?)?(<!--.*?-->\s*)?(<!DOCTYPE svg.*?)?<svg\b", re.DOTALL | re.IGNORECASE)),
    ("web-page", re.compile(r"\s*(<\?xml.*?)?(<!--.*?-->\s*)?<(!DOCTYPE html|html|head|body)\b", re.DOTALL | re.I)),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(data: bytes) -> str:
    """One of the names of specs/desk.md. data: its first bytes, at least HEAD of them or all."""
    head = data[:HEAD]
    if not head.strip():
        return "empty"
    for kind, at, marks in _BINARY:
        if head.startswith(marks, at):
            return kind
    # A letter may be cut in two at the end.
    text = next((text for cut in range(4) if (text := encodings.as_text(head[: len(head) - cut]))), None)
    if text is None or _CONTROL.search(text):
        return "other"
    return next((kind for kind, begins in _TEXT if begins.match(text)), "text")


def told(data: bytes, request: Request) -> Object:
    """What the page is told of such a file."""
    kind = kind_of(data)
    return file_is(kind, *_SENTENCES[kind], request)
