"""The greys in which a picture is searched: as a viewer shows it, then as a code may show that is hidden in these."""

from collections.abc import Iterator

from PIL import Image, ImageChops
from PIL.Image import Image as Picture
from PIL.Image import Transpose

TURNED = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What a viewer does by the orientation in EXIF."""
_WHITE, _BLACK = 255, 0
_APART_PIXELS = 5_000_000
"""To which a picture is reduced before its channels are searched one by one."""
_COLOURFUL = 16
"""Greys by which a channel differs somewhere from the grey of all three."""


def of(picture: Picture, turned: Transpose | None) -> Iterator[tuple[Picture, bool]]:
    """Greys of mode L, and whether they are one of the further views, each made when it is asked for."""
    further = False
    for greys in _upright(picture):
        yield greys if turned is None else greys.transpose(turned), further
        further = True


def _upright(picture: Picture) -> Iterator[Picture]:
    if picture.mode.startswith(("I", "F")):
        yield _scaled(picture)
        return
    if picture.has_transparency_data:
        # A code in black shows on white, and one in white on black: nothing tells which was meant.
        shown = picture.convert("RGBA")
        yield _on(shown, _WHITE)
        yield _on(shown, _BLACK)
        picture = shown
    else:
        yield picture.convert("L")
    if picture.mode not in ("1", "L", "LA"):
        yield from _apart(picture)


def _scaled(picture: Picture) -> Picture:
    """More than 8 bits a pixel: they would be cut off, not scaled."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    levels = picture.convert("F")
    lowest, highest = _extrema(levels)
    gain = 255 / ((highest - lowest) or 1)
    return levels.point(lambda level: level * gain - lowest * gain).convert("L")


def _extrema(picture: Picture) -> tuple[float, float]:
    """Of one channel."""
    lowest, highest = picture.getextrema()
    assert not isinstance(lowest, tuple)
    assert not isinstance(highest, tuple)
    return lowest, highest


def _on(shown: Picture, paper: int) -> Picture:
    greys = Image.new("L", shown.size, paper)
    greys.paste(shown.convert("L"), mask=shown.getchannel("A"))
    return greys


def _apart(picture: Picture) -> Iterator[Picture]:
    """Red, green and blue, where they differ: colours that are equally light are one grey."""
    pixels = picture.width * picture.height
    if pixels > _APART_PIXELS:
        share = (_APART_PIXELS / pixels) ** 0.5
        size = (max(1, int(picture.width * share)), max(1, int(picture.height * share)))
        picture = picture.convert("RGB").resize(size, Image.Resampling.BOX)
    colours = picture.convert("RGB")
    greys = colours.convert("L")
    for channel in colours.split():
        lowest, highest = _extrema(ImageChops.difference(channel, greys))
        if highest - lowest > _COLOURFUL:
            yield channel
