"""Files of pictures, also of ones that nobody drew, and a program that reads them by itself."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

from cities import City
from PIL import Image, ImageOps

from idcard.symbol import qr

LIBRARY = City().code("library")
DRAWN = qr.draw(LIBRARY, max_version=6).png()
LONG = struct.Struct(">I")


def saved(picture: Image.Image, kind: str, **how: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **how)
    return data.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return LONG.pack(len(data)) + kind + data + LONG.pack(zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes = b"", colour: int = 0) -> bytes:
    """A picture that claims any size, in black and white or colour."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8 if colour else 1, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


COMPRESSED = (("L", "raw"), ("1", "group3"), ("1", "group4"), ("L", "tiff_lzw"), ("L", "tiff_deflate"), ("RGB", "jpeg"))
"""What scanners write."""


def coloured(black: Image.Image, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Image.Image:
    return Image.composite(Image.new("RGB", black.size, paper), Image.new("RGB", black.size, ink), black)


def dyed(shown: Image.Image, ink: tuple[int, int, int]) -> Image.Image:
    picture = Image.new("RGBA", shown.size, (*ink, 0))
    picture.putalpha(shown.getchannel("A"))
    return picture


def big_endian(black: Image.Image) -> bytes:
    """One strip without compression."""
    pixels = black.tobytes()
    tags = [(256, black.width), (257, black.height), (258, 8), (259, 1), (262, 1), (273, 110), (278, black.height)]
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in [*tags, (279, len(pixels))])
    return (b"MM\0*" + struct.pack(">IH", 8, 8) + entries + bytes(4)).ljust(110, b"\0") + pixels


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
    white = Image.new("RGBA", black.size, (0, 0, 0, 0))
    white.paste((255, 255, 255, 255), mask=ImageOps.invert(black))
    faint = Image.new("LA", black.size)
    faint.putdata([(255, 255 - each) for each in black.tobytes()])
    numbers = Image.new("I", black.size)
    numbers.putdata([70_000 + 9 * each for each in black.tobytes()])
    return {
        "16 bits": saved(deep, "PNG"),
        "32 bits": saved(numbers, "TIFF"),
        "numbers with a point": saved(numbers.convert("F"), "TIFF"),
        "transparent": saved(clear, "PNG"),
        "white on transparent": saved(white, "PNG"),
        "white on transparent webp": saved(white, "WEBP", lossless=True),
        "white on transparent gif": saved(white, "GIF"),
        "white on transparent avif": saved(white, "AVIF"),
        "white on transparent, in greys": saved(faint, "PNG"),
        "yellow on transparent": saved(dyed(white, (255, 255, 0)), "PNG"),
        "equally light, red on green": saved(coloured(black, (230, 0, 0), (0, 117, 0)), "PNG"),
        "equally light, blue on green": saved(coloured(black, (20, 20, 255), (0, 80, 0)), "PNG"),
        "equally light, in a palette": saved(coloured(black, (230, 0, 0), (0, 117, 0)).quantize(4), "PNG"),
        "equally light, as JPEG": saved(coloured(black, (230, 0, 0), (0, 117, 0)), "JPEG", quality=90),
        "equally light, for print": saved(coloured(black, (230, 0, 0), (0, 117, 0)).convert("CMYK"), "TIFF"),
        "transparent webp": saved(clear, "WEBP", lossless=True),
        "palette": saved(black.convert("P"), "PNG", transparency=255),
        "light on dark": saved(ImageOps.invert(black), "PNG"),
        "cmyk": saved(black.convert("CMYK"), "JPEG"),
        "progressive": saved(black, "JPEG", progressive=True),
        "turned by exif": saved(black, "JPEG", exif=exif),
        "mirrored": saved(ImageOps.mirror(black), "PNG"),
        "gif": saved(black, "GIF"),
        "avif": saved(black, "AVIF"),
        **{f"tiff, {each}": saved(black.convert(mode), "TIFF", compression=each) for mode, each in COMPRESSED},
        "big-endian tiff": big_endian(black),
        "animated gif": saved(black, "GIF", **frames),
        "animated png": saved(black.convert("RGB"), "PNG", **frames),
        "animated webp": saved(black.convert("RGB"), "WEBP", **frames),
    }


LOOKS = looks()
"""name -> a picture in whose middle LIBRARY is."""

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
