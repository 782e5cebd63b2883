"""QR codes found in a picture or a PDF (specs/verify.md, As JSON). Needs the extra `scan`.

from idcard import pictures

for found in pictures.read(data):
    print(found.place, found.text)
"""

from idcard.pictures.camera import Camera
from idcard.pictures.found import MAX_FOUND, Found, NoCode, NotAPicture, PictureError, TooLarge, Unread
from idcard.pictures.kinds import Kind, kind_of
from idcard.pictures.reading import read, search

__all__ = [
    "MAX_FOUND",
    "Camera",
    "Found",
    "Kind",
    "NoCode",
    "NotAPicture",
    "PictureError",
    "TooLarge",
    "Unread",
    "kind_of",
    "read",
    "search",
]
