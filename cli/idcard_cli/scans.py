"""Where the codes of a poster come from: pictures with several of them, text files with one a line, stdin."""

import re
from collections.abc import Sequence

import click

from idcard_cli import codes, files

_SHEET = re.compile(r"\s*ID[FPK][0-9]{1,2}:")


def read(paths: Sequence[str]) -> list[str]:
    """The texts of all codes in these files, for `idcard.trust.paper.decode`; `-` is stdin.

    Where a picture shows a poster's codes, others beside them are left out. Raises OSError; UsageError for a file that
    is too large or not to be read, and for a picture without a code.
    """
    return [text for path in paths for text in _texts_in(path)]


def _texts_in(path: str) -> list[str]:
    name = codes.STDIN if path == "-" else path
    data = files.read_stdin(codes.MAX_FILE) if path == "-" else files.read(path, codes.MAX_FILE)
    if len(data) > codes.MAX_FILE:
        raise click.UsageError(f"{name} is larger than {codes.MAX_FILE} bytes")
    if codes.is_picture(data):
        texts = codes.in_picture(data, name)
        return [text for text in texts if _SHEET.match(text)] or texts
    text = (files.as_text(data) if path == "-" else None) or codes.as_text(data, name)
    # Nothing is stripped here: a blank is a letter of base45.
    return [line for line in files.lines(text) if line.strip()]
