"""How many finder patterns, the corners of codes, a picture may have: what a search costs grows with their square."""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from PIL import Image, ImageChops, ImageFilter
from PIL.Image import Image as Picture

_NEAREST = Image.Resampling.NEAREST
_BLOCK, _BLOCKS_AROUND = 8, 2
_FEW_PIXELS = 400_000
# Dark and light in the ratio 1:1:3:1:1, as loosely as zxing-cpp takes it, with modules of up to two and a half pixels,
# and light and dark. Each begins with letters that are no class, for which `re` searches quickly.
_RUNS = (
    re.compile(rb"\xff\0\0{0,2}\xff{1,3}\0{2,8}\xff{1,3}(?=\0{1,3}\xff)"),
    re.compile(rb"\0\xff\xff{0,2}\0{1,3}\xff{2,8}\0{1,3}(?=\xff{1,3}\0)"),
)


def in_black_and_white(greys: Picture, contrast: int) -> Picture:
    """Each pixel black or white, beside the middle of the darkest and the lightest around it. greys: of mode L.

    contrast: greys, of 255, by which these two differ in a block of 8 x 8 at least: flatter ones are white.
    """
    width, height = (-(-length // _BLOCK) * _BLOCK for length in greys.size)
    whole = _resized_canvas(greys, (width, height))
    darkest, lightest = _of_blocks(ImageChops.darker, whole), _of_blocks(ImageChops.lighter, whole)
    middle = ImageChops.add(darkest, lightest, 2)
    flat = middle.point([max(0, grey - contrast // 2) for grey in range(256)])
    differ = ImageChops.subtract(lightest, darkest).point([0] * contrast + [255] * (256 - contrast))
    limit = Image.composite(middle, flat, differ).filter(ImageFilter.BoxBlur(_BLOCKS_AROUND))
    limits = _resized_canvas(limit.resize(whole.size, _NEAREST), greys.size)
    return ImageChops.subtract(greys, limits, 1, 128).point([0] * 128 + [255] * 128)


def _resized_canvas(greys: Picture, size: tuple[int, int]) -> Picture:
    """Cut off, or black beyond its edges. Not by Pillow's crop, which asks the limit of the program around."""
    canvas = Image.new("L", size)
    canvas.paste(greys)
    return canvas


def _of_blocks(choose: Callable[[Picture, Picture], Picture], greys: Picture) -> Picture:
    """The darkest or the lightest of each block, by halving each side three times."""
    for _ in range(_BLOCK.bit_length() - 1):
        for x, y in ((1, 0), (0, 1)):
            greys = choose(greys, ImageChops.offset(greys, x, y))
            greys = greys.resize((greys.width >> x, greys.height >> y), _NEAREST)
    return greys


def exceed(bits: Picture, most: int, *, agreeing: int) -> bool:
    """Whether more than `most` runs of pixels are like a row across a finder pattern, dark on light or light on dark.

    bits: black and white, as of `in_black_and_white`. agreeing: rows that must show a run alike for it to count. One
    row is all that a search goes by; two are in every finder pattern, and hardly ever in noise.
    """
    found = islice(_runs(bits, agreeing), most, None)
    return next(found, None) is not None


def _runs(bits: Picture, agreeing: int) -> Iterator[re.Match[bytes]]:
    """Of modules up to two and a half pixels, then of larger ones, in the picture at half its size, and so on."""
    rows = bits.reduce((1, agreeing)).tobytes()
    for runs in _RUNS:
        yield from runs.finditer(rows)
    if bits.width * bits.height > _FEW_PIXELS and min(bits.size) > 1:
        yield from _runs(bits.resize((bits.width // 2, bits.height // 2), _NEAREST), agreeing)
