"""A picture is searched in several attempts, each of which reads what no other does, with bounded work."""

import io
import re
from collections.abc import Callable
from hashlib import shake_256
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps
from PIL.Image import Resampling

from idcard import pictures
from idcard.pictures import Found, NoCode, attempts
from idcard.pictures.attempts import MOVING, STILL
from idcard.symbol import qr

LIBRARY = (
    "IDC1:RRQ+D9P60CO0TSM*+L:BKVLKGF3SYVPDO100000.FKX0VL88:XFPURW5RZ8Q5:SRGN.Y7.-388CU5WP+SOWJGUU5Z7KAAG39-28X5EQ10UZURNFH5"
    "MWQA W0RAAQ12NWSYJB.93RO5P J90"
)
"""Written out, for it is every module of a symbol that decides which attempt reads a bad picture of it."""
CAMERA = (640, 480)
QR = zxingcpp.BarcodeFormat.QRCode
MOST_STEPS = 3_000_000_000
"""97,000 finder patterns in eight attempts at their full size are 55,000 million."""
DARK_RUNS = rb"\xff\0{1,9}\xff{1,9}\0{2,27}\xff{1,9}(?=\0)"
LIGHT_RUNS = rb"\0\xff{1,9}\0{1,9}\xff{2,27}\0{1,9}(?=\xff)"
MODULE = 8
"""Pixels of a module where a code is drawn, before it is made as small as a camera sees it."""
Line = tuple[tuple[float, float], tuple[float, float], float]
"""From where to where, and how wide: in modules from the outer edge of the quiet zone."""


def shown(
    module: float, *, turned: float = 5, ink: int = 40, paper: int = 200, soft: float = 0.5, scratch: Line | None = None
) -> Image.Image:
    """A code in the middle of a camera's picture. module: in pixels. scratch: down to the paper."""
    drawn = Image.open(io.BytesIO(qr.draw(LIBRARY, max_version=6).png(module_px=MODULE))).convert("L")
    printed = drawn.point(lambda grey: paper if grey else ink)
    if scratch:
        *ends, width = scratch
        ImageDraw.Draw(printed).line([(MODULE * x, MODULE * y) for x, y in ends], paper, round(MODULE * width))
    side = round(drawn.width / MODULE * module)
    seen = Image.new("L", CAMERA, paper)
    middle = ((CAMERA[0] - side) // 2, (CAMERA[1] - side) // 2)
    seen.paste(printed.resize((side, side), Resampling.BOX if module < MODULE else Resampling.BILINEAR), middle)
    return seen.rotate(turned, Resampling.BICUBIC, fillcolor=paper).filter(ImageFilter.GaussianBlur(soft))


def in_shadow(picture: Image.Image, share: float) -> Image.Image:
    """Of the light on the right half, this share is lost."""
    light = Image.new("L", picture.size, 255)
    ImageDraw.Draw(light).rectangle((picture.width // 2, 0, *picture.size), round(255 * (1 - share)))
    return ImageChops.multiply(picture, light.filter(ImageFilter.GaussianBlur(3)))


def with_noise(picture: Image.Image, greys: int) -> Image.Image:
    """Each pixel is up to so many greys darker or lighter."""
    chance = Image.frombytes("L", picture.size, shake_256(b"noise").digest(picture.width * picture.height))
    return ImageChops.add(picture, chance.point(lambda grey: grey * 2 * greys // 255), offset=-greys)


def readers(picture: Image.Image) -> list[int]:
    """Which attempts read it, by their numbers."""
    return [
        number
        for number, (seen, binarizer) in enumerate(attempts.attempts(picture, STILL), 1)
        if LIBRARY in [each.text for each in zxingcpp.read_barcodes(seen, formats=QR, binarizer=binarizer)]
    ]


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


ONLY_BY: dict[str, tuple[int, Callable[[], Image.Image]]] = {
    "modules of one and a half pixels": (2, lambda: with_noise(shown(1.5, soft=0.3), 20)),
    "the same with a little more of a module": (3, lambda: with_noise(shown(1.6, turned=3, soft=0.3), 20)),
    "hardly any contrast, on large modules": (4, lambda: in_shadow(shown(8, ink=34, paper=40, soft=2), 0.3)),
    "a scratch through a corner": (5, lambda: shown(4, turned=8, scratch=((4, 6.5), (45, 6.5), 0.6))),
    "the edge of a shadow": (6, lambda: with_noise(in_shadow(shown(4, ink=80, soft=1.5), 0.8), 8)),
    "noise": (7, lambda: with_noise(shown(4, turned=12, ink=80), 100)),
    "a wider scratch": (8, lambda: shown(5, scratch=((4, 7), (45, 7), 0.8))),
}


def test_what_every_attempt_reads_is_read_at_once() -> None:
    assert 1 in readers(shown(4))


@pytest.mark.parametrize("hidden_by", ONLY_BY)
def test_each_further_attempt_reads_what_no_other_does_and_says_where_it_is_in_the_picture(hidden_by: str) -> None:
    number, picture = ONLY_BY[hidden_by]
    assert readers(picture()) == [number]
    assert pictures.read(png(picture())) == [Found(LIBRARY, "middle")]


def test_there_is_such_a_picture_for_every_attempt() -> None:
    assert [1, *(number for number, _ in ONLY_BY.values())] == list(range(1, STILL.attempts + 1))
    assert len(list(attempts.attempts(shown(4), STILL))) == STILL.attempts


@pytest.mark.parametrize("hidden_by", ONLY_BY)
def test_fewer_attempts_are_made_at_one_of_a_cameras_many_pictures(hidden_by: str) -> None:
    number, picture = ONLY_BY[hidden_by]
    if number <= MOVING.attempts:
        assert list(pictures.search(png(picture()), moving=True)) == [[Found(LIBRARY, "middle")]]
    else:
        with pytest.raises(NoCode):
            pictures.search(png(picture()), moving=True)


def test_a_picture_without_a_code_has_none_in_any_attempt() -> None:
    with pytest.raises(NoCode, match="no code found"):
        pictures.read(png(with_noise(Image.new("L", CAMERA, 128), 100)))


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1, 1)], ids=str)
@pytest.mark.parametrize("effort", [STILL, MOVING], ids=["still", "moving"])
def test_nothing_is_enlarged_to_more_pixels_than_are_allowed(size: tuple[int, int], effort: attempts.Effort) -> None:
    as_it_is, *more = attempts.attempts(Image.new("L", size), effort)
    assert as_it_is.picture.size == size
    assert len(more) == effort.attempts - 1
    assert all(area(each.picture) <= effort.pixels for each in more)


# ---- large pictures ----


def area(picture: Image.Image) -> int:
    return picture.width * picture.height


@pytest.mark.parametrize("size", [(1500, 1000), (4000, 3000), (3, 600_000)], ids=str)
def test_a_large_picture_is_searched_reduced_then_as_it_is_and_then_reduced_again(size: tuple[int, int]) -> None:
    first, *whole, second, third, _, _, _, _, _ = attempts.attempts(Image.new("L", size, 200), STILL)
    assert area(first.picture) <= attempts.LARGE
    assert [each.picture.size for each in whole] == [size, size]
    assert area(second.picture) <= area(third.picture) <= MOVING.pixels


@pytest.mark.parametrize(("module", "ink"), [(30, 40), (4, 40), (2.5, 40), (6, 185)], ids=str)
def test_a_code_is_read_in_a_picture_of_twelve_megapixels(module: float, ink: int) -> None:
    """From one that fills the picture to one as wide as a thumb on a page, and one that has faded."""
    large = Image.new("L", (4000, 3000), 200)
    code = with_noise(shown(min(module, 9), ink=ink), 6)
    if module > 9:
        code = code.resize((round(640 * module / 9), round(480 * module / 9)))
    large.paste(code, (3000 - code.width, 2800 - code.height))
    assert [each.text for each in pictures.read(png(large))] == [LIBRARY]


def finder(module: int) -> Image.Image:
    """A finder pattern with its light border. module: in pixels."""
    pattern = Image.new("L", (9 * module, 9 * module), 255)
    for inset, ink in ((1, 0), (2, 255), (3, 0)):
        pattern.paste(ink, (inset * module, inset * module, (9 - inset) * module, (9 - inset) * module))
    return pattern


def tiled(tile: Image.Image, side: int) -> Image.Image:
    row = Image.new("L", (side, tile.height), 255)
    for left in range(0, side, tile.width):
        row.paste(tile, (left, 0))
    picture = Image.new("L", (side, side), 255)
    for top in range(0, side, tile.height):
        picture.paste(row, (0, top))
    return picture


def steps(seen: Image.Image) -> int:
    """What zxing-cpp does at worst: it compares each run of a finder pattern with all that it has found."""
    rows = seen.point([0] * 128 + [255] * 128).reduce((1, 2)).tobytes()
    return max(len(re.findall(runs, rows)) for runs in (DARK_RUNS, LIGHT_RUNS)) ** 2


MANY: dict[str, Callable[[], Image.Image]] = {
    "finder patterns": lambda: tiled(finder(1), 2800),
    "of two pixels a module": lambda: tiled(finder(2), 2800),
    "of three": lambda: tiled(finder(3), 2800),
    "light on dark": lambda: ImageOps.invert(tiled(finder(1), 2800)),
    "turned": lambda: tiled(finder(2), 2800).rotate(10, Resampling.BICUBIC, fillcolor=255),
    "soft": lambda: tiled(finder(2), 2800).filter(ImageFilter.GaussianBlur(1)),
    "faded": lambda: tiled(finder(1), 2800).point(lambda grey: grey or 252),
    "farther apart": lambda: tiled(ImageOps.expand(finder(1), 2, 255), 2800),
    "a smaller picture": lambda: tiled(finder(1), 1400),
    "of a camera": lambda: tiled(finder(1), 1118),
    "noise": lambda: with_noise(Image.new("L", (2800, 2800), 128), 127),
    "a thousand codes": lambda: tiled(shown(2, turned=0, soft=0).crop((260, 180, 380, 300)), 2800),
}


@pytest.mark.parametrize(
    ("of", "moving"), [*((of, False) for of in MANY), ("finder patterns", True), ("of three", True)]
)
def test_the_work_is_bounded_whatever_the_picture_shows(of: str, moving: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    work = []

    def seen(picture: Image.Image, **options: Any) -> list[Any]:
        work.append(steps(picture))
        return []

    monkeypatch.setattr("zxingcpp.read_barcodes", seen)
    with pytest.raises(NoCode):
        pictures.search(png(MANY[of]()), moving=moving)
    assert sum(work) <= MOST_STEPS


def test_a_picture_of_many_finder_patterns_is_never_read_at_its_full_size() -> None:
    seen = [each.picture for each in attempts.attempts(tiled(finder(1), 2800), STILL)]
    assert len(seen) < STILL.attempts
    assert max(map(area, seen)) <= MOVING.pixels
