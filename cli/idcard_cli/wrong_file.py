"""Says what somebody has got who has no trust file."""

import click

from idcard.repairs import encodings

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
    "<!doctype html": "a web page, such as the login page of a network: open a browser, log in, and get it again",
    "<html": "a web page, such as the login page of a network: open a browser, log in, and get it again",
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
    for beginning, what in _BEGINNINGS.items():
        if data.startswith(beginning):
            return what
    text = (encodings.as_text(data[:1024]) or "").lstrip().lower()
    return next((what for beginning, what in _TEXTS.items() if text.startswith(beginning)), None)


def refuse(data: bytes, name: str) -> None:
    """Raises UsageError for what is known to be something else than a trust file."""
    what = kind(data)
    if what is not None:
        raise click.UsageError(f"{name} is not a trust file but {what}")
