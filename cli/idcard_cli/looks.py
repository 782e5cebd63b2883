"""How a picture is searched for QR codes: as it is, and then in ways that undo what hides a code."""

from collections.abc import Callable, Iterator
from itertools import islice
from math import isqrt
from typing import Any, NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps
from PIL.Image import Image as Picture


class Effort(NamedTuple):
    """How much is tried before a picture is said to show no code.

    looks: how many at most. pixels: to which a picture is enlarged at most, and above which it is looked at only as
    it is.
    """

    looks: int
    pixels: int


STILL = Effort(looks=8, pixels=16_000_000)
"""A picture that somebody chose and waits for."""
MOVING = Effort(looks=5, pixels=5_000_000)
"""One of a camera's many: most show no code, and the next has to wait for them."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_GAIN = 2.5
_MIDDLE_GREY = 128


class Found(NamedTuple):
    """Codes of zxing-cpp, and the size of the picture in which their positions are."""

    codes: list[Any]
    size: tuple[int, int]


def find(greys: Picture, effort: Effort = STILL) -> Found:
    """What the first look finds that finds anything. greys: a picture of mode L."""
    for seen in islice(views(greys, effort.pixels), effort.looks):
        if codes := zxingcpp.read_barcodes(seen, formats=_QR):
            return Found(list(codes), seen.size)
    return Found([], greys.size)


def views(greys: Picture, most: int) -> Iterator[Picture]:
    """What is looked at, one after the other; each is made when it is asked for. most: pixels, as of Effort.

    Most codes that are not found are there to be read, but for one of their three corners: every way to look breaks
    other corners. So these are the few that read most beside each other, of two hundred that were tried on pictures of
    benchmarks/legibility (others than those that it counts).
    """
    yield greys
    pixels = greys.width * greys.height
    if pixels > most:
        return
    room, side = isqrt(most // pixels), max(greys.size)
    # Modules of one or two pixels are too small for the grid of zxing-cpp.
    yield _enlarged(greys, min(2, room))
    # Faded ink, on modules that only a finer grid tells apart.
    yield _enlarged(_contrast(greys, side / 64), min(4, room))
    # Ink so faded, or a highlight so large, that it takes the contrast of the whole picture.
    yield _enlarged(ImageOps.equalize(greys), min(3, room))
    # Light lines through a corner: scratches, and dead elements of a print head.
    yield _enlarged(_without_light_lines(_contrast(greys, side / 128), round(side / 213)), min(3, room))
    # The edge of a shadow or of a highlight: what is dark is told within two modules.
    yield _enlarged(_contrast(_soft(greys, 0.7), side / 128), min(3, room))
    # Noise, and the blocks of JPEG.
    yield _enlarged(_contrast(_soft(greys, 1), side / 32), min(3, room))
    # Wider lines.
    yield _enlarged(_without_light_lines(_contrast(greys, side / 64), round(side / 160)), min(2, room))


def _enlarged(greys: Picture, times: int) -> Picture:
    if times == 1:
        return greys
    return greys.resize((times * greys.width, times * greys.height), Image.Resampling.BILINEAR)


def _soft(greys: Picture, pixels: float) -> Picture:
    return greys.filter(ImageFilter.GaussianBlur(pixels))


def _contrast(greys: Picture, reach: float) -> Picture:
    """How much each pixel differs from those around it. reach: pixels on each side.

    To be worked out before a picture is enlarged: after that it takes ten times as long, and reads no more.
    """
    around = greys.filter(ImageFilter.BoxBlur(reach))
    return ImageChops.subtract(greys, around, scale=1 / _GAIN, offset=_MIDDLE_GREY)


def _without_light_lines(greys: Picture, width: int) -> Picture:
    """What is dark grows until lines narrower than width pixels are gone, and shrinks by as much."""
    return _spread(ImageChops.lighter, _spread(ImageChops.darker, greys, width, 1), width, -1)


def _spread(choose: Callable[[Picture, Picture], Picture], greys: Picture, width: int, way: int) -> Picture:
    """For each pixel the darkest or lightest of a square that it is a corner of: Pillow's MinFilter takes ten times as
    long, and has it in the middle. way: 1 or -1, to which side."""
    for x, y in ((way, 0), (0, way)):
        done = 1
        while done < width:
            step = min(done, width - done)
            greys = choose(greys, ImageChops.offset(greys, step * x, step * y))
            done += step
    return greys
