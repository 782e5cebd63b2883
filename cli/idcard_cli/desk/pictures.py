"""Finds the codes in what the page sends, with the limits of a camera, in a process of its own."""

from importlib.util import find_spec

from idcard.pictures import Kind, Unread, kind_of
from idcard_cli.reader import Finds, Reader

MAX_SIZE = 2 << 20
"""Most bytes that the page may send: also of a trust file."""
MAX_PIXELS = 8_000_000
"""Of what the page has made a picture of."""
SECONDS, PATIENCE = 6, 8
"""Of processor, and of waiting, for one picture or file. The page waits for ten."""
_OF_A_PAGE = (Kind.PNG, Kind.JPEG)

for each in ("zxingcpp", "PIL"):
    if find_spec(each) is None:  # the process would find out late, and a desk without it must not open
        raise ImportError(each)


def search(reader: Reader, data: bytes, *, moving: bool) -> Finds:
    """The QR codes of a picture of the page's own. Raises PictureError, and NoCode at the first list."""
    if kind_of(data) not in _OF_A_PAGE:
        raise Unread.NOT_READ.error()
    return reader.search(data, moving=moving, max_pixels=MAX_PIXELS)
