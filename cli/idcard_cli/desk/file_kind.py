"""Says what a file is that is neither a trust file nor a code, by its first bytes (specs/desk.md, Requests)."""

import re

from idcard import pictures
from idcard.errors import translatable
from idcard.pictures import Unread
from idcard_cli import wrong_file
from idcard_cli.desk.answers import Object, Request, file_is

MAX_TEXT = 1 << 19
"""Bytes of a text that is searched for codes: a poster has at most 100,000 letters."""

_NOT_HERE = translatable("Open the city's file city.idtrust, or a picture of a code.")
_SENTENCES = {
    "empty": (translatable("The file is empty."), translatable("Get the file again.")),
    "web-page": (
        translatable("This is a web page."),
        translatable("Perhaps the network asks you to sign in: do that, then get the file again."),
    ),
    "large": (translatable("The file is too large."), translatable("Cut out the part with the code, and try again.")),
    "text": (translatable("This is a text without a code of a city card."), _NOT_HERE),
    "other": (translatable("This is neither a picture nor a trust file."), _NOT_HERE),
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(data: bytes) -> str:
    """One of the names of specs/desk.md. data: its first bytes, at least wrong_file.HEAD of them or all."""
    if not data[: wrong_file.HEAD].strip():
        return "empty"
    text = wrong_file.beginning(data)
    if text is None or _CONTROL.search(text):
        return "other"
    return "web-page" if wrong_file.is_web_page(text) else "text"


def told(data: bytes, request: Request) -> Object:
    """What the page is told of such a file."""
    found = pictures.kind_of(data)
    if isinstance(found, Unread):
        return file_is(found.value, found.message, found.remedy, request)
    kind = kind_of(data) if found is None else "large"
    if kind == "text" and len(data) > MAX_TEXT:
        return too_large(request)
    return file_is(kind, *_SENTENCES[kind], request)


def too_large(request: Request) -> Object:
    """What the page is told of a picture or a text that is not searched."""
    return file_is("large", *_SENTENCES["large"], request)
