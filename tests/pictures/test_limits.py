"""What decoding a picture would cost is known before, and is refused where it is too much."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from picture_files import DRAWN, LIBRARY, alone, chunk, png, saved
from PIL import Image

from idcard import pictures
from idcard.pictures import Found, NoCode, NotAPicture, PictureError, TooLarge, heads

GIF, AVIF, JPEG = (saved(Image.open(io.BytesIO(DRAWN)).convert("L"), kind) for kind in ("GIF", "AVIF", "JPEG"))
TOO_MANY = "the picture has too many pixels; cut out the part with the code, and try again"


def claiming(data: bytes, at: int, size: bytes) -> bytes:
    """The same with another size in its head."""
    return data[:at] + size + data[at + len(size) :]


def webp(width: int, height: int) -> bytes:
    """An animated picture that claims any size up to 16,384."""
    picture = saved(
        Image.new("RGB", (64, 64)), "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")]
    )
    at = picture.index(b"VP8X") + 12
    return picture[:at] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + picture[at + 6 :]


def photo(size: tuple[int, int], **how: Any) -> bytes:
    """A JPEG with a code in the middle, 1,000 pixels wide."""
    picture = Image.new("L", size, 200)
    code = Image.open(io.BytesIO(DRAWN)).convert("L").resize((1000, 1000))
    picture.paste(code, ((size[0] - 1000) // 2, (size[1] - 1000) // 2))
    return saved(picture, "JPEG", quality=80, **how)


def test_a_jpeg_of_a_telephone_is_reduced_while_it_is_decoded(tmp_path: Path) -> None:
    """Its pixels alone would take more than the program has here."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo((12_000, 9_000)))
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({400 << 20}, {400 << 20}))"
    assert alone([path], before=limit) == [str([(LIBRARY, "middle")])]


def test_a_scan_of_more_pixels_than_are_searched_is_reduced() -> None:
    page = Image.new("1", (8_192, 6_144), 1)
    page.paste(Image.open(io.BytesIO(DRAWN)).resize((1200, 1200)), (300, 300))
    deep = page.convert("I").point(lambda value: value * 200).convert("I;16")
    palette = page.convert("P")
    for data in (
        saved(page, "TIFF", compression="group4"),
        saved(deep, "PNG", compress_level=1),
        saved(palette, "GIF"),
    ):
        assert next(pictures.search(data)) == [Found(LIBRARY, "top-left")]


@pytest.mark.parametrize(
    "data",
    [
        png(20_000, 20_000),
        png(9_000, 9_000, colour=2),
        png(1, 65_536),
        png(1, 1 << 30),
        png((1 << 31) - 1, (1 << 31) - 1),
        claiming(GIF, 6, b"\xff" * 4),
        claiming(JPEG, JPEG.index(b"\xff\xc0") + 5, b"\xff" * 4),
        claiming(AVIF, AVIF.index(b"ispe") + 8, bytes((0, 0, 64, 0) * 2)),
    ],
    ids=["400 MB", "324 MB", "high", "higher", "highest", "gif", "jpeg", "avif"],
)
def test_a_picture_that_claims_to_be_huge_is_refused_unread(data: bytes) -> None:
    with pytest.raises(PictureError, match=r"too many pixels; cut out the part|cannot be read") as refused:
        pictures.search(data)
    assert isinstance(refused.value, TooLarge | NotAPicture)


def test_a_caller_may_set_a_lower_limit() -> None:
    assert next(pictures.search(DRAWN, max_pixels=1_000_000))
    with pytest.raises(TooLarge, match="too many pixels"):
        pictures.search(DRAWN, max_pixels=100)


def with_scans(times: int, size: tuple[int, int], *, behind: bool = False) -> bytes:
    """A progressive JPEG with its last scan so many times more, or these behind its end, where nobody looks."""
    data = saved(Image.new("RGB", size, "grey"), "JPEG", progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data + data[last:end] * times if behind else data[:end] + data[last:end] * times + data[end:]


def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded() -> None:
    """Each goes over all pixels: 200 of 50 megapixels take 20 seconds."""
    with pytest.raises(TooLarge, match="too many layers; open it and hold the code to the camera"):
        pictures.search(with_scans(200, (5000, 4000)))
    assert not heads.is_costly_jpeg(with_scans(200, (640, 480)))
    assert not heads.is_costly_jpeg(with_scans(2000, (1200, 900), behind=True))
    assert not heads.is_costly_jpeg(b"\xff\xd8\xff\xda\xff\xda" + b"\xff" * 1_000_000), (
        "in a time that grows with the length"
    )


@pytest.mark.parametrize(("subsampling", "mode"), [(0, "RGB"), (2, "RGB"), (2, "L")])
def test_a_progressive_jpeg_that_would_take_much_memory_is_refused(subsampling: int, mode: str) -> None:
    """It is held whole, in two bytes a sample, until its last scan: 4:4:4 takes three times as much as grey."""
    data = saved(Image.new(mode, (800, 900)), "JPEG", progressive=True, subsampling=subsampling)
    large = claiming(data, data.index(b"\xff\xc2") + 5, struct.pack(">HH", 8_000, 9_000))
    assert heads.is_costly_jpeg(large) == (subsampling == 0)


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Directories of these entries, one after another, or again and again."""
    listed = b"".join(struct.pack("<HHII", *each) for each in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + struct.pack("<I", following)


@pytest.mark.parametrize(
    "data",
    [
        tiff(*((tag, 1, 30_000, 0) for tag in range(1000, 1900))) + bytes(40_000),
        tiff(*((tag, 3, 1, 0) for tag in range(2_000))),
        tiff((256, 4, 1, 9), following=8),
        tiff((65_000, 7, 0xFFFFFFFF, 8)),
        b"II*\0\xff\xff\xff\xff",
        b"II*\0",
    ],
    ids=["overlapping", "many entries", "round and round", "huge", "nowhere", "short"],
)
def test_directories_of_a_tiff_that_are_a_bomb_are_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="cannot be read"):
        pictures.search(data)


def test_the_limit_of_pillow_is_left_to_the_program_around(monkeypatch: pytest.MonkeyPatch) -> None:
    large = Image.open(io.BytesIO(DRAWN)).convert("L").resize((1200, 1200))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    assert pictures.read(saved(large, "PNG")) == [Found(LIBRARY, "middle")]
    assert Image.MAX_IMAGE_PIXELS == 10_000


def test_text_that_a_picture_unpacks_to_is_bounded() -> None:
    """A chunk of 100 MB of text in 100 kB of PNG."""
    bomb = DRAWN[:33] + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000))) + DRAWN[33:]
    with pytest.raises(NotAPicture):
        pictures.search(bomb)


@pytest.mark.parametrize("size", [(300, 300), (7000, 7000), (1, 65_535), (60, 20_000)], ids=str)
def test_a_picture_of_nothing_has_no_code(size: tuple[int, int]) -> None:
    """As large as is searched, and as long as zxing-cpp takes: also enlarged. The error comes at the call."""
    with pytest.raises(NoCode, match="no code found in the picture; try more light"):
        pictures.search(saved(Image.new("1", size), "PNG"))


def test_an_animation_that_claims_to_be_huge_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.webp"
    path.write_bytes(webp(16_384, 16_384))
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({1 << 30}, {1 << 30}))"
    assert alone([path], before=limit) == [
        "TooLarge the picture has too many pixels; cut out the part with the code, and try again"
    ]
