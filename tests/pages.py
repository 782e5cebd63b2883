"""Pages that the command makes, as somebody sees or photographs them."""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)
BOX = re.compile(r"M(\d+) (\d+)h(\d+)v1h-\d+z")


def painted(svg: str, pixels: int) -> Image.Image:
    """The symbol, black on white: one dark path of boxes."""
    image = ElementTree.fromstring(svg)  # noqa: S314 (made by the code under test)
    side = int(image.attrib["viewBox"].split()[2])
    picture = Image.new("L", (side * pixels,) * 2, 255)
    for x, y, length in (map(int, found.groups()) for found in BOX.finditer(image[1].attrib["d"])):
        ImageDraw.Draw(picture).rectangle(
            (x * pixels, y * pixels, (x + length) * pixels - 1, (y + 1) * pixels - 1), fill=0
        )
    return picture


def photographed(shown: str, path: Path) -> Path:
    """All codes of a page on one picture, two in a row."""
    pictures = [painted(svg, 4) for svg in SVG.findall(shown)]
    side = max(picture.width for picture in pictures)
    sheet = Image.new("L", (2 * side, side * ((len(pictures) + 1) // 2)), 255)
    for at, picture in enumerate(pictures):
        sheet.paste(picture, (at % 2 * side, at // 2 * side))
    sheet.save(path)
    return path


def words_of(shown: str) -> str:
    """What a reader sees of a page."""
    text = re.sub(r"<(style|svg|title).*?</\1>|<[^>]*>", " ", shown, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())
