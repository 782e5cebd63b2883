"""Where a code comes from: an argument, stdin, a text file, a picture or a PDF."""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from idcard.repairs import encodings
from idcard_cli import files

if TYPE_CHECKING:
    from idcard.pictures import Found

MAX_FILE = 32 << 20
_CODE = re.compile(r"\s*ID[CT][0-9]{1,2}:")
_FILE_ENDINGS = {
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".avif", ".pdf", ".txt"),
    *(".svg", ".bmp", ".heic", ".doc", ".docx", ".zip"),
}
STDIN = "standard input"


Search = Iterator[list["Found"]]
"""Of idcard.pictures: all codes found so far, each time that another is."""


Lines = dict[int, str]
"""The codes of a text with several, by the number of the line."""


def is_of_card(text: str) -> bool:
    """Whether this begins like the code of a card."""
    return _CODE.match(text) is not None


def read(code: str, answers: Callable[[str], bool] = is_of_card) -> str:
    """The text of a code. `-` is stdin; the name of a file is its text, or the code in its picture.

    answers: whether a text is of the kind that is asked for. Where a picture shows one, others beside it are left out;
    a text is repaired until it answers. Raises OSError; UsageError for a file that is missing, too large, or without a
    code that can be read.
    """
    found = search(code)
    if isinstance(found, str):
        return _repaired(found, answers)
    if isinstance(found, dict):
        repaired = [_repaired(each, answers) for each in found.values()]
        return _only(repaired, answers, code, "file; give one")
    return the_one(found, answers, code)


def read_all(code: str, answers: Callable[[str], bool] = is_of_card) -> list[str]:
    """The texts of all codes, as `read` finds them; a picture is searched to its end. Raises as `read` does."""
    found = search(code)
    if isinstance(found, str):
        return [_repaired(found, answers)]
    if isinstance(found, dict):
        return [_repaired(each, answers) for each in found.values()]
    texts: list[str] = []
    for shown in found:
        texts = [each.text for each in shown]
    return texts


def _repaired(text: str, answers: Callable[[str], bool]) -> str:
    if answers(text):
        return text
    from idcard.repairs import readings  # a text that came well does not wait for it
    from idcard.repairs.extent import CARD

    return next((each.text for each in readings.of(text, CARD) if answers(each.text)), text)


def search(code: str) -> str | Lines | Search:
    """What `read` reads, but all the codes of a picture, or of a text file with several. A text may be what a scanner
    typed. Raises as `read` does.
    """
    data = files.read_stdin(MAX_FILE) if code == "-" else None
    if not (code if data is None else data).strip():
        raise click.UsageError("nothing came in: scan the code, or name its file")
    if data is not None:
        return _search_in(data, STDIN)
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


def _search_in(data: bytes, name: str) -> str | Lines | Search:
    from idcard import pictures  # a text does not wait for it

    if pictures.kind_of(data) is not None:
        return in_picture(data, name)
    text = as_text(data, name)
    # What a scanner types in one go is one scan: nobody is accepted by the card before.
    return text if name == STDIN else _lines_in(text, name) or text


def _lines_in(text: str, name: str) -> Lines | None:
    """The codes of a text, if there are several."""
    if "\n" not in text.strip() and "\r" not in text.strip():
        return None
    from idcard.repairs import readings

    found = readings.several(text)
    if len(found) > readings.MAX_SEVERAL:
        raise click.UsageError(f"{name} has more than {readings.MAX_SEVERAL} codes; idcard scan judges every line")
    return found if len(found) > 1 else None


def as_text(data: bytes, name: str) -> str:
    """A scanner may send anything, and that is judged; a file must be one that can hold a code. Raises UsageError."""
    if name == STDIN:
        return encodings.typed(data)
    text = encodings.as_text(data)
    if text is None or _ending(name) in _FILE_ENDINGS - {".txt"}:
        raise click.UsageError(f"{name} is neither text nor a picture or a PDF that can be read")
    return text


def in_picture(data: bytes, name: str) -> Search:
    """All codes of a picture or a PDF found so far, each time that another is, by a process of its own.

    Raises UsageError where there is no code, and NeedsExtra; both at the call.
    """
    from idcard.pictures import PictureError
    from idcard_cli import reader

    found = reader.shared().search(data)
    try:
        return map(restored, itertools.chain((next(found),), found))
    except PictureError as problem:
        raise click.UsageError(f"{name}: {problem}") from None


def restored(found: "list[Found]") -> "list[Found]":
    """The codes of a picture, with what other software had changed in their texts undone."""
    from idcard.repairs import drawn

    return [each._replace(text=drawn.restored(each.text)) for each in found]


def the_one(search: Search, answers: Callable[[str], bool], name: str) -> str:
    """The one code of a picture that answers, for which the search goes on; else the one of a card, or the only one.

    Raises UsageError where there are several.
    """
    texts: list[str] = []
    for found in search:
        texts = [each.text for each in found]
        if any(map(answers, texts)):
            break
    return _only(texts, answers, name, "picture; show one")


def _only(texts: list[str], answers: Callable[[str], bool], name: str, several: str) -> str:
    """several: how the error ends where there are several."""
    ours = list(filter(answers, texts)) or list(filter(is_of_card, texts)) or texts
    if len(ours) > 1:
        raise click.UsageError(f"{name}: there are {len(ours)} codes in the {several}")
    return ours[0]
