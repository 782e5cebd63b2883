"""From the bytes of a picture or a PDF to the codes in it."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol

from idcard.errors import NeedsExtra
from idcard.pictures.found import Found, PictureError, Unread
from idcard.pictures.kinds import Kind, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from idcard.pictures.attempts import Attempt, Effort


class Document(Protocol):
    """What has pages to be searched."""

    pages: int

    def views(self, page: int) -> "Iterator[tuple[Picture, bool]]": ...

    def close(self) -> None: ...


def search(data: bytes, *, moving: bool = False, max_pixels: int | None = None) -> Iterator[list[Found]]:
    """All codes found so far, from the first on, each time that an attempt finds another.

    Whoever has found enough asks for no more: each further list takes another attempt, up to 0.5 seconds. Of codes with
    the same text there is one. moving: whether the picture is one of a camera's many, so that less is tried.
    max_pixels: of a picture, which is refused if it has more.

    Raises NoCode, NotAPicture, TooLarge, PictureError where the rest of a picture is damaged, and NeedsExtra without
    the extra `scan`; all of them at the call, never while the lists are read.
    """
    kind = kind_of(data)
    if not isinstance(kind, Kind):
        raise (kind or Unread.NOT_READ).error()
    try:
        from idcard.pictures import attempts

        document = _open(data, kind, max_pixels, moving=moving)
    except ImportError:
        raise NeedsExtra("reading pictures", "scan") from None
    problems: list[PictureError] = []
    made = _attempts(document, attempts.MOVING if moving else attempts.STILL, problems)
    found = attempts.found_by(made)
    first = next(found, None)
    if first is None:
        raise problems[0] if problems else (Unread.NO_CODE_IN_PDF if kind is Kind.PDF else Unread.NO_CODE).error()
    return chain((first,), found)


def read(data: bytes) -> list[Found]:
    """All codes that any attempt finds; at least one. Raises what `search` raises."""
    return list(search(data))[-1]


def _open(data: bytes, kind: Kind, max_pixels: int | None, *, moving: bool) -> Document:
    if kind is Kind.PDF:
        from idcard.pictures.pdf import PdfFile

        return PdfFile(data)
    from idcard.pictures.picture import PictureFile

    return PictureFile(data, kind, max_pixels=max_pixels, moving=moving)


def _attempts(document: Document, effort: "Effort", problems: list[PictureError]) -> "Iterator[Attempt]":
    """Of several pages, each is tried in the first ways before any is in the others.

    problems: gets those of the pages that cannot be read.
    """
    from idcard.pictures import attempts

    try:
        for ways in (attempts.attempts,) if document.pages == 1 else (attempts.first, attempts.further):
            most = 1 if effort is attempts.MOVING or ways is attempts.first else None
            for page in range(document.pages):
                try:
                    for greys, is_further in islice(document.views(page), most):
                        yield from attempts.attempts(greys, attempts.SIDE) if is_further else ways(greys, effort)
                except PictureError as problem:
                    problems.append(problem)
    finally:
        document.close()
