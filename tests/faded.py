"""Pictures of several codes, of which some have faded ink: what a search finds only after others."""

import io

from PIL import Image

from idcard.symbol import qr

FADED = 236
"""Grey of ink on white paper that nobody but a later attempt sees."""
COUNT_ATTEMPTS = """
import zxingcpp
from idcard import pictures
from idcard_cli.reader import Reader
Reader.search = lambda self, data: (yield from pictures.search(data))
def counted(*arguments, read=zxingcpp.read_barcodes, **options):
    with open({path!r}, "a") as file:
        file.write("%d\\n" % (arguments[0].width * arguments[0].height))
    return read(*arguments, **options)
zxingcpp.read_barcodes = counted
"""
"""Runs before a program: a line in the file for each attempt of zxing-cpp, which is made here, with its pixels."""


def drawn(text: str, ink: int = 0) -> Image.Image:
    code = Image.open(io.BytesIO(qr.draw(text, max_version=20).png(module_px=6))).convert("L")
    return code.point(lambda grey: grey or ink)


def faded(text: str) -> Image.Image:
    return drawn(text, FADED)


def beside(*codes: Image.Image) -> bytes:
    """A PNG of these in a row."""
    width, height = sum(each.width + 60 for each in codes) or 60, max((each.height for each in codes), default=0)
    row = Image.new("L", (width, height + 60), 255)
    left = 30
    for each in codes:
        row.paste(each, (left, 30))
        left += each.width + 60
    data = io.BytesIO()
    row.save(data, "PNG")
    return data.getvalue()
