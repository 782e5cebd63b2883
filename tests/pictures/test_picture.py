"""Bytes in, codes out: whatever made the picture, in bounded memory, and without the command."""

import io
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cities import City
from PIL import Image, ImageOps

from idcard import pictures
from idcard.errors import IdcardError
from idcard.pictures import Found, NoCode, NotAPicture, PictureError, TooLarge
from idcard.symbol import qr

LIBRARY = City().code("library")
DRAWN = qr.draw(LIBRARY, max_version=6).png()
LONG = struct.Struct(">I")


def saved(picture: Image.Image, kind: str, **how: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **how)
    return data.getvalue()


def looks() -> dict[str, bytes]:
    """The same code as programs, cameras and printers may have made a picture of it."""
    black = Image.open(io.BytesIO(DRAWN)).convert("L")
    blank = Image.new("RGB", black.size, "white")
    deep = Image.new("I;16", black.size)
    deep.putdata([20_000 if each < 128 else 50_000 for each in black.tobytes()])
    clear = Image.new("RGBA", black.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=ImageOps.invert(black))
    exif = Image.Exif()
    exif[0x0112] = 6
    frames: dict[str, Any] = {"save_all": True, "append_images": [blank]}
    return {
        "16 bits": saved(deep, "PNG"),
        "transparent": saved(clear, "PNG"),
        "transparent webp": saved(clear, "WEBP", lossless=True),
        "palette": saved(black.convert("P"), "PNG", transparency=255),
        "light on dark": saved(ImageOps.invert(black), "PNG"),
        "cmyk": saved(black.convert("CMYK"), "JPEG"),
        "progressive": saved(black, "JPEG", progressive=True),
        "turned by exif": saved(black, "JPEG", exif=exif),
        "mirrored": saved(ImageOps.mirror(black), "PNG"),
        "animated png": saved(black.convert("RGB"), "PNG", **frames),
        "animated webp": saved(black.convert("RGB"), "WEBP", **frames),
    }


LOOKS = looks()


@pytest.mark.parametrize("look", LOOKS)
def test_a_code_is_read_however_the_picture_was_made(look: str) -> None:
    assert pictures.read(LOOKS[look]) == [Found(LIBRARY, "middle")]


def chunk(kind: bytes, data: bytes) -> bytes:
    return LONG.pack(len(data)) + kind + data + LONG.pack(zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A picture that claims any size, in black and white."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def webp(width: int, height: int) -> bytes:
    """An animated picture that claims any size up to 16,384."""
    picture = LOOKS["animated webp"]
    at = picture.index(b"VP8X") + 12
    return picture[:at] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + picture[at + 6 :]


@pytest.mark.parametrize(
    ("width", "height"),
    [(7072, 7072), (9000, 9000), (10_000, 10_000), (20_000, 20_000), (1, 65_536), (1, 1 << 30), ((1 << 31) - 1,) * 2],
)
def test_a_picture_that_claims_to_be_huge_is_refused_unread(width: int, height: int) -> None:
    with pytest.raises(TooLarge, match=r"more than (50000000 pixels|65535 pixels wide or high)"):
        pictures.search(png(width, height))


def test_a_caller_may_set_a_lower_limit() -> None:
    assert next(pictures.search(DRAWN, max_pixels=1_000_000))
    with pytest.raises(TooLarge, match="more than 100 pixels"):
        pictures.search(DRAWN, max_pixels=100)


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


def test_pixels_that_are_missing_are_an_error() -> None:
    with pytest.raises(PictureError, match="the picture cannot be read"):
        pictures.search(png(7000, 7000, bytes(875)))


@pytest.mark.parametrize("data", [b"", b"x", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", LIBRARY.encode()])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="the picture cannot be read"):
        pictures.search(data)


def test_a_decoder_that_fails_in_its_own_way_is_no_other_error() -> None:
    end = DRAWN.index(b"IEND") - 4
    with pytest.raises(PictureError, match="the picture cannot be read"):
        pictures.search(DRAWN[:end] + chunk(b"iCCP", b"") + DRAWN[end:])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_picture_is_read_or_refused(kind: str) -> None:
    """A warning would be an error here."""
    data = saved(Image.open(io.BytesIO(DRAWN)).convert("RGB"), kind)
    step = max(1, len(data) // 60)
    damaged = [data[:at] for at in range(0, len(data), step)]
    damaged += [
        data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :] for at in [*range(64), *range(64, len(data), step)]
    ]
    read = 0
    for each in damaged:
        with suppress(PictureError):
            pictures.search(each)
            read += 1
    assert read < len(damaged)


ALONE = """
import sys
sys.modules.update(dict.fromkeys({blocked}))
{before}
from idcard import pictures
from idcard.errors import IdcardError
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        try:
            print([tuple(found) for found in pictures.read(file.read())])
        except IdcardError as problem:
            print(type(problem).__name__, problem)
"""


def alone(paths: list[Path], *blocked: str, before: str = "") -> list[str]:
    """What a fresh interpreter reads in which some modules cannot be imported."""
    program = ALONE.format(blocked=blocked, before=before)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_picture_is_read_without_the_command(tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(DRAWN)
    assert alone([path], "click", "idcard_cli") == [str([(LIBRARY, "middle")])]


@pytest.mark.parametrize("module", ["PIL", "zxingcpp"])
def test_without_the_extra_one_is_told_which(module: str, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(DRAWN)
    says = "NeedsExtra reading pictures needs the extra 'scan': see \"Install\" in the README"
    assert alone([path], module) == [says]


def test_an_animation_that_claims_to_be_huge_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.webp"
    path.write_bytes(webp(16_384, 16_384))
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({1 << 30}, {1 << 30}))"
    assert alone([path], before=limit) == ["TooLarge the picture has too many pixels"]


def test_every_error_is_one_of_the_package() -> None:
    assert issubclass(PictureError, IdcardError)
    assert all(issubclass(each, PictureError) for each in (NoCode, NotAPicture, TooLarge))
