"""Says what somebody has got who has no trust file."""

import re

import click

from idcard.repairs import encodings

HEAD = 1024
"""Bytes that are looked at."""
_WEB_PAGE = re.compile(r"\s*(<\?xml.*?)?(<!--.*?-->\s*)?<(!DOCTYPE html|html|head|body)\b", re.DOTALL | re.I)
_BEGINNINGS = {
    b"PK\x03\x04": "a zip archive, or a document of an office program: take the trust file out of it",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "compressed (gzip): unpack it",
    b"7z\xbc\xaf": "a 7z archive: take the trust file out of it",
    b"Rar!": "a RAR archive: take the trust file out of it",
    b"%PDF": "a PDF",
    b"MZ": "a program",
    b"?\x01?": "what a shell made of one that it took for text: save it with curl --output",
}
_TEXTS = {
    "<?xml": "an XML document, such as the error of a server: get it again",
    "{": "JSON, such as the error of a server: get it again",
    "-----begin": "a key or a certificate",
    "from:": "an e-mail: save the file that is attached to it",
    "received:": "an e-mail: save the file that is attached to it",
    "return-path:": "an e-mail: save the file that is attached to it",
}


def kind(data: bytes) -> str | None:
    """What it is, and what to do; None for what may be a trust file, or is nothing known."""
    if not data.strip():
        return "an empty file: get it again"
    for begin, what in _BEGINNINGS.items():
        if data.startswith(begin):
            return what
    text = beginning(data) or ""
    if is_web_page(text):
        return "a web page, such as the login page of a network: open a browser, log in, and get it again"
    text = text.lstrip().lower()
    return next((what for begin, what in _TEXTS.items() if text.startswith(begin)), None)


def beginning(data: bytes) -> str | None:
    """Of a text; None if it is none, or empty. data: its first bytes, at least HEAD of them or all."""
    head = data[:HEAD]
    # A letter may be cut in two at the end.
    return next((text for cut in range(4) if (text := encodings.as_text(head[: len(head) - cut]))), None)


def is_web_page(text: str) -> bool:
    """Whether a text that begins like this is HTML."""
    return _WEB_PAGE.match(text) is not None


def refuse(data: bytes, name: str) -> None:
    """Raises UsageError for what is known to be something else than a trust file."""
    what = kind(data)
    if what is not None:
        raise click.UsageError(f"{name} is not a trust file but {what}")
