"""QR codes found in a picture: PNG, JPEG or WebP (specs/verify.md, As JSON). Needs the extra `scan`.

from idcard import pictures

for found in pictures.read(data):
    print(found.place, found.text)
"""

from idcard.pictures.found import MAX_SIDE, Found, NoCode, NotAPicture, PictureError, TooLarge
from idcard.pictures.picture import MAX_PIXELS, is_picture, read, search

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "Found",
    "NoCode",
    "NotAPicture",
    "PictureError",
    "TooLarge",
    "is_picture",
    "read",
    "search",
]
