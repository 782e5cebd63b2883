"""How a picture is searched for QR codes: as it is, and then in ways that undo what hides a code.

The work is bounded, not the time: a clock would refuse good cards on slow computers.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import isqrt
from typing import Any, NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps
from PIL.Image import Image as Picture

from idcard.pictures import finders
from idcard.pictures.found import MAX_FOUND, MAX_SIDE, Found


class Effort(NamedTuple):
    """How much is tried before a picture is said to show no code.

    attempts: how many at most, beside those at the full size of a large picture. pixels: to which a picture is
    enlarged at most, and above which there is one at full size.
    """

    attempts: int
    pixels: int


STILL = Effort(attempts=8, pixels=16_000_000)
"""A picture that somebody chose and waits for."""
MOVING = Effort(attempts=5, pixels=5_000_000)
"""One of a camera's many: most show no code, and the next has to wait for them."""
SIDE = Effort(attempts=2, pixels=5_000_000)
"""A further view of a picture, such as one of its colours: what it shows was drawn by a program, and is sharp."""
LARGE = 1_250_000
"""Pixels above which a picture is reduced first. What a search takes grows with the square of the finder patterns, and
so with that of the pixels: at this size the worst picture there is takes half a second."""
_HARMLESS = 640 * 480
"""Pixels up to which finder patterns are not counted: there is no room for many."""
_MOST_ROWS, _MOST_PAIRS = 30_000, 3_000
"""Runs like those of finder patterns, in single rows and in pairs of rows, with which a picture is searched further."""
_CONTRASTS = (24, 8)
"""Greys by which ink is darker than paper: the least for zxing-cpp, and faded."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MARK = "\ufeff"
"""A byte order mark, which some programs write into the codes that they draw. It is not of the text."""
_GAIN = 2.5
_MIDDLE_GREY = 128


class Attempt(NamedTuple):
    """What is searched, and how zxing-cpp tells dark from light in it."""

    picture: Picture
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage


def search(greys: Picture, effort: Effort = STILL) -> Iterator[list[Found]]:
    """As `found_by`, of all attempts at a picture of mode L."""
    return found_by(attempts(greys, effort))


def found_by(made: Iterable[Attempt]) -> Iterator[list[Found]]:
    """All codes found so far, each time that an attempt finds another; none is made before it is asked for.

    At most MAX_FOUND, with which the search ends.
    """
    placed: dict[str, str] = {}
    for picture, binarizer in made:
        known = len(placed)
        for each in zxingcpp.read_barcodes(picture, formats=_QR, binarizer=binarizer):
            if len(placed) < MAX_FOUND:
                text = str(each.text).removeprefix(_MARK)
                placed.setdefault(text, _place(each.position, picture.size))
        if len(placed) > known:
            yield [Found(text, place) for text, place in placed.items()]
        if len(placed) == MAX_FOUND:
            return


def _place(corners: Any, size: tuple[int, int]) -> str:
    """In which of nine parts of a picture of this size the middle of a code lies."""
    ends = (corners.top_left, corners.bottom_right)
    column, row = (
        min(2, max(0, 3 * sum(middle) // (2 * length)))
        for middle, length in zip(((end.x for end in ends), (end.y for end in ends)), size, strict=True)
    )
    words = (("top", "", "bottom")[row], ("left", "", "right")[column])
    return "-".join(word for word in words if word) or "middle"


def attempts(greys: Picture, effort: Effort) -> Iterator[Attempt]:
    """One after the other; each is made when it is asked for.

    A large picture comes reduced, then at its full size, in the black and white in which its finder patterns were
    counted; what follows is made of the reduced one. Where there are too many, an attempt is left out.
    """
    reduced = _reduced(greys)
    yield from _first(greys, reduced, effort)
    yield from _further(greys, reduced, effort)


def first(greys: Picture, effort: Effort) -> Iterator[Attempt]:
    """Those that take least, and find most of what is found: as it is, and at full size."""
    return _first(greys, _reduced(greys), effort)


def further(greys: Picture, effort: Effort) -> Iterator[Attempt]:
    """The others."""
    return _further(greys, _reduced(greys), effort)


def _first(greys: Picture, reduced: Picture, effort: Effort) -> Iterator[Attempt]:
    yield Attempt(reduced)
    if reduced is not greys:
        yield from _at_full_size(greys, effort.pixels)


def _further(greys: Picture, reduced: Picture, effort: Effort) -> Iterator[Attempt]:
    pixels = reduced.width * reduced.height
    room = isqrt((effort.pixels if reduced is greys else MOVING.pixels) // pixels)
    room = max(1, min(room, MAX_SIDE // max(reduced.size)))
    for prepared, times in islice(_prepared(reduced), effort.attempts - 1):
        if pixels <= _HARMLESS or not _has_many_finders(prepared):
            yield Attempt(_enlarged(prepared, min(times, room)))


def _at_full_size(greys: Picture, most: int) -> Iterator[Attempt]:
    """Once for a picture of more than `most` pixels; else also for faded ink, and without noise where that is much."""
    thorough = greys.width * greys.height <= most
    for soft in (0, 1) if thorough else (0,):
        seen = _soft(greys, soft) if soft else greys
        for contrast in _CONTRASTS if thorough else _CONTRASTS[:1]:
            bits = finders.in_black_and_white(seen, contrast)
            if finders.exceed(bits, _MOST_ROWS, agreeing=1):
                break
            yield Attempt(bits, zxingcpp.Binarizer.FixedThreshold)
        else:
            return


def _prepared(greys: Picture) -> Iterator[tuple[Picture, int]]:
    """The further ways to see a picture, and how many times larger.

    Most codes that are not found are there to be read, but for one of their three corners: every way breaks other
    corners. So these are the few that read most beside each other, of two hundred that were tried on pictures of
    benchmarks/legibility (others than those that it counts).
    """
    side = max(greys.size)
    # Modules of one or two pixels are too small for the grid of zxing-cpp.
    yield greys, 2
    # Faded ink, on modules that only a finer grid tells apart.
    yield _contrast(greys, side / 64), 4
    # Ink so faded, or a highlight so large, that it takes the contrast of the whole picture.
    yield ImageOps.equalize(greys), 3
    # Light lines through a corner: scratches, and dead elements of a print head.
    yield _without_light_lines(_contrast(greys, side / 128), round(side / 213)), 3
    # The edge of a shadow or of a highlight: what is dark is told within two modules.
    yield _contrast(_soft(greys, 0.7), side / 128), 3
    # Noise, and the blocks of JPEG.
    yield _contrast(_soft(greys, 1), side / 32), 3
    # Wider lines.
    yield _without_light_lines(_contrast(greys, side / 64), round(side / 160)), 2


def _has_many_finders(greys: Picture) -> bool:
    return finders.exceed(finders.in_black_and_white(greys, _CONTRASTS[0]), _MOST_PAIRS, agreeing=2)


def _reduced(greys: Picture) -> Picture:
    """The picture itself where it is not large."""
    pixels = greys.width * greys.height
    if pixels <= LARGE:
        return greys
    width, height = (max(1, int(length * (LARGE / pixels) ** 0.5)) for length in greys.size)
    return greys.resize((width, height), Image.Resampling.BOX)


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
