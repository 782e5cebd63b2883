"""Two programs that find codes in a picture, and how `idcard` uses the first of them."""

from collections.abc import Callable
from functools import partial

import cv2
import zxingcpp
from PIL import Image

from idcard.pictures import attempts
from legibility.camera import Picture

Reader = Callable[[Picture], list[str]]


def by_zxing(picture: Picture) -> list[str]:
    """One attempt. To look for QR alone finds the same, ten times faster."""
    return [each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def by_idcard(effort: attempts.Effort, picture: Picture) -> list[str]:
    """zxing-cpp, with the very attempts of `idcard verify` (STILL) or of `idcard desk` (MOVING)."""
    first = next(attempts.search(Image.fromarray(picture), effort), [])
    return [each.text for each in first]


def by_opencv(picture: Picture) -> list[str]:
    # Its search begins with chance, and what it finds must not depend on the pictures before.
    cv2.setRNGSeed(0)
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    except (cv2.error, UnicodeDecodeError):
        return []
    return [text] if text else []


READERS: dict[str, Reader] = {
    "zxing-cpp": by_zxing,
    "idcard desk": partial(by_idcard, attempts.MOVING),
    "idcard verify": partial(by_idcard, attempts.STILL),
    "OpenCV": by_opencv,
}


def reads(reader: Reader, picture: Picture, text: str) -> bool:
    """Whether it finds exactly this text."""
    return text in reader(picture)
