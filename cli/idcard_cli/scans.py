"""Where the codes of a poster come from: pictures with several of them, text files with one a line, stdin."""

from collections.abc import Sequence

import click

from idcard import pictures
from idcard.errors import Malformed, Refused
from idcard.trust import paper
from idcard.trust.paper import Missing
from idcard_cli import codes, files


def read(paths: Sequence[str]) -> list[str]:
    """The texts of all codes in these files, for `idcard.trust.paper.decode`; `-` is stdin.

    Where a picture shows a poster's codes, others beside them are left out. Raises OSError; UsageError for a file that
    is too large or not to be read, and for a picture without a code; Malformed for more lines than a poster has codes.
    """
    texts: list[str] = []
    for path in paths:
        texts += _texts_in(path, texts)
    return texts


def _texts_in(path: str, others: Sequence[str]) -> list[str]:
    name = codes.STDIN if path == "-" else path
    return texts_in(files.read_stdin(codes.MAX_FILE) if path == "-" else files.read(path, codes.MAX_FILE), name, others)


def texts_in(data: bytes, name: str, others: Sequence[str] = ()) -> list[str]:
    """As `read`, for what a file holds. others: what was read before, of the same poster perhaps."""
    if len(data) > codes.MAX_FILE:
        raise click.UsageError(f"{name} is larger than {codes.MAX_FILE} bytes")
    if pictures.kind_of(data) is not None:
        texts: list[str] = []
        sheets: list[str] = []
        for found in codes.in_picture(data, name):
            texts = [each.text for each in found]
            sheets = list(filter(paper.is_code, texts))
            if _are_whole([*others, *sheets]):
                break
        return sheets or texts
    text = codes.as_text(data, name)
    return paper.repaired_lines(files.lines(text))


def _are_whole(texts: Sequence[str]) -> bool:
    """Whether these are all codes of a poster, so that a picture need not be searched for more."""
    try:
        paper.decode(texts)
    except (Malformed, Missing, Refused):
        return False
    return True
