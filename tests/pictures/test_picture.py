"""Bytes in, codes out: whatever made the picture, in bounded memory, and without the command."""

import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
import zxingcpp
from picture_files import DRAWN, LIBRARY, LOOKS, alone, chunk, png, saved
from PIL import Image, ImageOps
from PIL.Image import Transpose

from idcard import pictures
from idcard.errors import IdcardError
from idcard.pictures import Found, NoCode, NotAPicture, PictureError, TooLarge, Unread
from idcard.symbol import qr


@pytest.mark.parametrize("look", LOOKS)
def test_a_code_is_read_however_the_picture_was_made(look: str) -> None:
    assert pictures.read(LOOKS[look]) == [Found(LIBRARY, "middle")]


TURNED = {
    2: lambda picture: ImageOps.mirror(picture),
    3: lambda picture: picture.rotate(180),
    4: lambda picture: ImageOps.flip(picture),
    5: lambda picture: picture.transpose(Transpose.TRANSPOSE),
    6: lambda picture: picture.transpose(Transpose.ROTATE_90),
    7: lambda picture: picture.transpose(Transpose.TRANSVERSE),
    8: lambda picture: picture.transpose(Transpose.ROTATE_270),
}
"""How a picture lies in a file that says, by its number, how to show it."""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("number", TURNED)
def test_a_place_is_told_as_a_viewer_shows_the_picture(kind: str, number: int) -> None:
    black = Image.open(io.BytesIO(DRAWN)).convert("L")
    shown = Image.new("L", (2 * black.width, 2 * black.height), 255)
    shown.paste(black, (0, 0))
    exif = Image.Exif()
    exif[0x0112] = number
    assert next(pictures.search(saved(TURNED[number](shown), kind, exif=exif))) == [Found(LIBRARY, "top-left")]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(20), b"x"], ids=len)
def test_exif_that_is_damaged_turns_nothing(exif: bytes) -> None:
    black = Image.open(io.BytesIO(DRAWN)).convert("L")
    assert pictures.read(saved(black, "JPEG", exif=exif)) == [Found(LIBRARY, "middle")]


def test_a_code_is_found_on_each_page_of_a_scan() -> None:
    one, other = (
        Image.open(io.BytesIO(qr.draw(text, max_version=6).png())).convert("L") for text in (LIBRARY, "OTHER")
    )
    blank = Image.new("L", one.size, 255)
    pages = saved(blank, "TIFF", save_all=True, append_images=[one, blank, other], compression="tiff_lzw")
    assert [found.text for found in pictures.read(pages)] == [LIBRARY, "OTHER"]
    faded = other.point(lambda grey: 255 if grey else 236)
    # What is easily found comes first, wherever it is.
    first, both = pictures.search(saved(faded, "TIFF", save_all=True, append_images=[one]))
    assert ([each.text for each in first], len(both)) == ([LIBRARY], 2)


def test_no_more_pages_than_twenty_are_read() -> None:
    blank = Image.new("1", (64, 64), 1)
    code = Image.open(io.BytesIO(DRAWN)).convert("1")
    for before in (19, 20):
        scan = saved(blank, "TIFF", save_all=True, append_images=[blank] * (before - 1) + [code])
        if before == 19:
            assert pictures.read(scan) == [Found(LIBRARY, "middle")]
        else:
            with pytest.raises(NoCode):
                pictures.search(scan)


def test_a_mark_that_a_drawing_program_adds_is_not_of_the_text() -> None:
    marked = zxingcpp.create_barcode(f"\ufeff{LIBRARY}", zxingcpp.BarcodeFormat.QRCode)
    assert pictures.read(saved(Image.fromarray(marked.to_image(scale=6)), "PNG")) == [Found(LIBRARY, "middle")]


def test_of_a_hundred_codes_ninety_nine_are_read() -> None:
    codes = [Image.open(io.BytesIO(qr.draw(f"{each:03}", max_version=1).png(module_px=3))) for each in range(110)]
    side = codes[0].width
    sheet = Image.new("L", (11 * side, 10 * side), 255)
    for at, each in enumerate(codes):
        sheet.paste(each, (at % 11 * side, at // 11 * side))
    assert len(pictures.read(saved(sheet, "PNG"))) == pictures.MAX_FOUND


def test_pixels_that_are_missing_are_an_error() -> None:
    with pytest.raises(PictureError, match="the picture cannot be read"):
        pictures.search(png(7000, 7000, bytes(875)))


@pytest.mark.parametrize(
    "data", [b"", b"x", b"GIF89a", bytes(4) + b"ftypavif", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", LIBRARY.encode()]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="the picture cannot be read"):
        pictures.search(data)


def test_a_decoder_that_fails_in_its_own_way_is_no_other_error() -> None:
    end = DRAWN.index(b"IEND") - 4
    with pytest.raises(PictureError, match="the picture cannot be read"):
        pictures.search(DRAWN[:end] + chunk(b"iCCP", b"") + DRAWN[end:])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF"])
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


def test_every_error_is_one_of_the_package_and_says_what_to_do() -> None:
    assert issubclass(PictureError, IdcardError)
    assert {each.kind for each in Unread} == {NoCode, NotAPicture, TooLarge, PictureError}
    for each in Unread:
        assert re.fullmatch(r"(this|the|no) [^.]*[^.]; [a-z][^.]*[^.]", str(each.error()))
        assert re.fullmatch(r"[A-Z].*\.", each.remedy)
