"""A picture is looked at in several ways, and each of them reads what no other does."""

import io
from collections.abc import Callable
from hashlib import shake_256

import pytest
import zxingcpp
from cities import City
from click import UsageError
from idcard_cli import codes, looks
from idcard_cli.desk import pictures
from idcard_cli.looks import MOVING, STILL
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

from idcard.credential import qr

LIBRARY = City().code("library")
CAMERA = (640, 480)
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
    """Which looks read it, by their numbers."""
    return [
        number
        for number, seen in enumerate(looks.views(picture, STILL.pixels), 1)
        if LIBRARY in [each.text for each in zxingcpp.read_barcodes(seen, formats=zxingcpp.BarcodeFormat.QRCode)]
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


def test_what_every_look_reads_is_read_at_once() -> None:
    assert 1 in readers(shown(4))


@pytest.mark.parametrize("hidden_by", ONLY_BY)
def test_each_further_look_reads_what_no_other_does(hidden_by: str) -> None:
    look, picture = ONLY_BY[hidden_by]
    assert readers(picture()) == [look]
    assert codes.in_picture(png(picture()), "any.png") == [LIBRARY]


def test_there_is_such_a_picture_for_every_look() -> None:
    assert [1, *(look for look, _ in ONLY_BY.values())] == list(range(1, STILL.looks + 1))
    assert len(list(looks.views(shown(4), STILL.pixels))) == STILL.looks


@pytest.mark.parametrize("hidden_by", ONLY_BY)
def test_fewer_looks_are_taken_at_one_of_a_cameras_many_pictures(hidden_by: str) -> None:
    look, picture = ONLY_BY[hidden_by]
    assert pictures.texts_in(png(picture()), moving=False) == [LIBRARY]
    assert pictures.texts_in(png(picture()), moving=True) == ([LIBRARY] if look <= MOVING.looks else [])


def test_a_picture_without_a_code_has_none_in_any_look() -> None:
    with pytest.raises(UsageError, match="no code found"):
        codes.symbols(png(with_noise(Image.new("L", CAMERA, 128), 100)), "any.png")


@pytest.mark.parametrize("hidden_by", ONLY_BY)
def test_a_code_lies_where_it_is_in_the_picture_and_not_in_the_enlarged_one(hidden_by: str) -> None:
    picture = ONLY_BY[hidden_by][1]()
    assert [each.place for each in codes.symbols(png(picture), "any.png")] == ["middle"]


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (2240, 2240), (1, 1), (3, 2_000_000)], ids=str)
@pytest.mark.parametrize("effort", [STILL, MOVING], ids=["still", "moving"])
def test_nothing_is_enlarged_to_more_pixels_than_are_allowed(size: tuple[int, int], effort: looks.Effort) -> None:
    as_it_is, *more = looks.views(Image.new("L", size), effort.pixels)
    assert as_it_is.size == size
    assert all(seen.width * seen.height <= effort.pixels for seen in more)


def test_a_picture_of_more_pixels_than_that_is_looked_at_only_as_it_is() -> None:
    large = Image.new("L", (4001, 4000))
    assert list(looks.views(large, STILL.pixels)) == [large]
