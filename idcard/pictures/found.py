"""What is found in a picture, and why nothing is."""

from enum import Enum
from typing import Any, NamedTuple

from idcard.errors import IdcardError, translatable

MAX_SIDE = 65_535
"""Pixels of width or height, of zxing-cpp."""
MAX_FOUND = 99
"""Codes in a picture or a PDF: a search ends with the last of them."""


class Found(NamedTuple):
    """A QR code in a picture: anybody's, not only those of a card.

    place: in which of nine parts of the picture, or of its page, the middle lies: `top-left`, `top`, …, `left`,
    `middle`, `right`, …, as a viewer shows it.
    """

    text: str
    place: str


class PictureError(IdcardError):
    """Nothing was read from a picture. The text is a sentence for whoever chose it, and never holds a code."""

    def __init__(self, why: "Unread") -> None:
        super().__init__(f"{_clause(why.message)}; {_clause(why.remedy)}")
        self.why = why

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.why,)


class NotAPicture(PictureError):
    """Neither a picture nor a PDF that is read here, or damaged from its beginning."""


class TooLarge(PictureError):
    """More than is decoded, or searched. Refused before any of it is decoded."""


class NoCode(PictureError):
    """A picture, or a PDF, in which no attempt found a code."""


def _clause(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:-1]}"


_CLOSER = translatable("Try more light, less glare, or closer.")
_ANOTHER = translatable("Open it and hold the code to the camera, or save it as a PNG or JPEG picture.")
_PART = translatable("Cut out the part with the code, and try again.")


class Unread(Enum):
    """Why nothing was read. message, remedy: sentences, in English. kind: of the error."""

    kind: type[PictureError]
    message: str
    remedy: str

    def __new__(cls, name: str, kind: type[PictureError], message: str, remedy: str) -> "Unread":
        member = object.__new__(cls)
        member._value_ = name
        member.kind, member.message, member.remedy = kind, message, remedy
        return member

    NO_CODE = ("no-code", NoCode, translatable("No code found in the picture."), _CLOSER)
    NO_CODE_IN_PDF = (
        "no-code-in-pdf",
        NoCode,
        translatable("This is a PDF without a code that can be read."),
        _ANOTHER,
    )
    NOT_READ = ("not-read", NotAPicture, translatable("The picture cannot be read."), _ANOTHER)
    DAMAGED = ("damaged", PictureError, translatable("The picture cannot be read."), _ANOTHER)
    PIXELS = ("pixels", TooLarge, translatable("The picture has too many pixels."), _PART)
    LAYERS = ("layers", TooLarge, translatable("The picture has too many layers."), _ANOTHER)
    PDF_LARGE = ("pdf-large", TooLarge, translatable("The PDF is larger than 20 MiB."), _PART)
    PDF_LONG = ("pdf-long", TooLarge, translatable("The PDF has more than 20 pages."), _PART)
    PDF_LOCKED = ("pdf-locked", NotAPicture, translatable("The PDF needs a password."), _ANOTHER)
    PDF_NOT_READ = ("pdf-not-read", NotAPicture, translatable("The PDF cannot be read."), _ANOTHER)
    HEIC = ("heic", NotAPicture, translatable("This is a HEIC picture, which this program does not read."), _ANOTHER)
    OTHER_PICTURE = (
        "other-picture",
        NotAPicture,
        translatable("This is a picture of a kind that this program does not read."),
        _ANOTHER,
    )
    DRAWING = ("drawing", NotAPicture, translatable("This is a drawing (SVG or PostScript), not a picture."), _ANOTHER)
    DOCUMENT = (
        "document",
        NotAPicture,
        translatable("This is a document, an archive or a video, not a picture or a PDF."),
        _ANOTHER,
    )
    GAVE_UP = ("gave-up", PictureError, translatable("The file takes too much time or memory to read."), _PART)

    def error(self) -> PictureError:
        """The exception of this kind, to be raised."""
        return self.kind(self)
