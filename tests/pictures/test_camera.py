"""Of a camera's pictures, one that has not changed is looked at once."""

import io
from collections.abc import Callable
from hashlib import shake_256
from typing import Any

import pytest
import zxingcpp
from picture_files import DRAWN, LIBRARY, saved
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from idcard.pictures import Camera, Found, NoCode, NotAPicture
from idcard.pictures.attempts import MOVING
from idcard.symbol import qr

SIZE = (640, 480)
CODE = Image.open(io.BytesIO(DRAWN)).convert("L")
OTHER = Image.open(io.BytesIO(qr.draw(LIBRARY[::-1], max_version=6).png())).convert("L")


def seen(code: Image.Image = CODE, *, side: int = 75, left: int = 280, ink: int = 40, soft: float = 0) -> Image.Image:
    """A card in the middle of a table; its code has modules of a pixel and a half, which only later attempts read."""
    table = Image.new("L", SIZE, 200)
    ImageDraw.Draw(table).rectangle((left - 80, 150, left + 160, 320), 220, 90, 3)
    table.paste(code.point(lambda grey: grey or ink).resize((side, side), Image.Resampling.BOX), (left, 200))
    return table.filter(ImageFilter.GaussianBlur(soft)) if soft else table


def noisy(picture: Image.Image, frame: int, greys: int = 10) -> Image.Image:
    """As a sensor in a dim room: other chances in each frame."""
    chance = Image.frombytes("L", SIZE, shake_256(b"%d" % frame).digest(SIZE[0] * SIZE[1]))
    return ImageChops.add(picture, chance.point(lambda grey: grey * 2 * greys // 255), offset=-greys)


EMPTY = seen(Image.new("L", CODE.size, 220))
"""The card, turned over."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each attempt."""
    attempts: list[int] = []

    def counted(*arguments: Any, read: Callable[..., Any] = zxingcpp.read_barcodes, **options: Any) -> Any:
        attempts.append(1)
        return read(*arguments, **options)

    monkeypatch.setattr("zxingcpp.read_barcodes", counted)
    return attempts


def look(camera: Camera, picture: Image.Image) -> list[Found]:
    try:
        return list(camera.search(saved(picture, "JPEG", quality=85)))[-1]
    except NoCode:
        return []


def test_an_unchanged_picture_without_a_code_is_looked_at_once(made: list[int]) -> None:
    camera = Camera()
    for attempts in (MOVING.attempts, 1, 1):
        made.clear()
        assert look(camera, EMPTY) == []
        assert len(made) == attempts


def test_one_that_differs_by_noise_is_searched_four_times_and_then_looked_at_once(made: list[int]) -> None:
    camera = Camera()
    for frame in range(20):
        made.clear()
        assert look(camera, noisy(EMPTY, frame)) == []
        assert len(made) == (MOVING.attempts if frame < 4 else 1)


CHANGES: dict[str, Callable[[], Image.Image]] = {
    "a card": lambda: seen(OTHER),
    "a card with faded ink": lambda: seen(OTHER, ink=170),
    "a small card": lambda: seen(OTHER, side=60),
    "half a finger's breadth": lambda: seen(Image.new("L", CODE.size, 220), left=286),
    "the light is switched off": lambda: ImageEnhance.Brightness(EMPTY).enhance(0.5),
    "another size": lambda: EMPTY.resize((320, 240)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_that_a_card_makes_is_seen(change: str, made: list[int]) -> None:
    camera = Camera()
    look(camera, EMPTY)
    made.clear()
    look(camera, CHANGES[change]())
    assert len(made) == MOVING.attempts


@pytest.mark.parametrize("ink", [40, 150])
def test_another_code_in_the_same_place_and_a_lens_that_focuses_are_changes(ink: int, made: list[int]) -> None:
    blurred = seen(side=150, ink=ink, soft=5)
    camera = Camera()
    assert look(camera, blurred) == []
    assert look(camera, seen(side=150, ink=ink)) == [Found(LIBRARY, "middle")]
    unread = {"soft": 2.5, "ink": 150}  # hardly any contrast, and much too soft
    camera = Camera()
    assert look(camera, seen(**unread)) == []  # type: ignore[arg-type]
    made.clear()
    look(camera, seen(OTHER, **unread))  # type: ignore[arg-type]
    assert len(made) >= 1


def test_what_creeps_is_seen_once_it_is_much(made: list[int]) -> None:
    camera = Camera()
    look(camera, EMPTY)
    made.clear()
    for step in range(1, 30):
        look(camera, EMPTY.point(lambda grey, by=step: max(0, grey - by)))
    # Twice it is another picture, each of which is searched four times.
    assert len(made) == 29 + (3 + 4 + 4) * (MOVING.attempts - 1)


def small(frame: int, left: int = 280) -> Image.Image:
    """Read by no first attempt, and of others only by some."""
    return noisy(seen(side=66, left=left).rotate(5, Image.Resampling.BICUBIC, fillcolor=200), frame, 20)


def test_a_card_that_comes_to_rest_is_read_within_four_pictures() -> None:
    camera = Camera()
    for left in range(40, 280, 40):
        assert look(camera, seen(left=left, soft=3)) == []
    assert [look(camera, small(frame)) for frame in range(2)] == [[], [Found(LIBRARY, "middle")]]


def test_what_only_further_attempts_find_is_found_again(made: list[int]) -> None:
    """Or a refused card would be said to have gone, and be refused once more."""
    camera = Camera()
    for _ in range(6):
        made.clear()
        assert look(camera, small(1)) == [Found(LIBRARY, "middle")]
        assert len(made) == MOVING.attempts


def test_a_code_on_the_wall_costs_no_further_attempts(made: list[int]) -> None:
    camera = Camera()
    for attempts in (MOVING.attempts, 1, 1):
        made.clear()
        assert look(camera, seen(side=200)) == [Found(LIBRARY, "middle")]
        assert len(made) == attempts


def test_whoever_has_found_enough_has_the_next_searched_in_full(made: list[int]) -> None:
    camera = Camera()
    for _ in range(2):
        made.clear()
        assert next(camera.search(saved(small(1), "JPEG", quality=85))) == [Found(LIBRARY, "middle")]
        assert 1 < len(made) < MOVING.attempts


def test_a_camera_sends_png_or_jpeg() -> None:
    with pytest.raises(NotAPicture):
        Camera().search(saved(EMPTY, "WEBP"))
