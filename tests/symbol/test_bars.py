"""The bar code of a library: a decoder reads what was drawn, and what it cannot hold is refused without being shown."""

import re

import pytest
from PIL import Image, ImageDraw
from zxingcpp import read_barcodes

from idcard.symbol import bars
from idcard.symbol.qr import CannotDraw

DPI, MM_AN_INCH = 300, 25.4


def printed(drawn: bars.Bars) -> Image.Image:
    """As 300 dots an inch print it, seven millimetres high."""
    dots = round(bars.MODULE_MM / MM_AN_INCH * DPI)
    picture = Image.new("L", (drawn.modules * dots, 83), 255)
    for x, width in re.findall(r"M(\d+) 0h(\d+)v10h-\d+z", drawn.svg):
        ImageDraw.Draw(picture).rectangle((int(x) * dots, 0, (int(x) + int(width)) * dots - 1, 82), fill=0)
    return picture


@pytest.mark.parametrize(
    ("number", "kind", "seen"),
    [
        ("21234000000017", "code128", "21234000000017"),
        ("Spr-0042/7", "code128", "Spr-0042/7"),
        ("a" * bars.MAX_LETTERS, "code128", "a" * bars.MAX_LETTERS),
        ("21234000000017", "codabar", "A21234000000017B"),
        ("$" * bars.MAX_LETTERS, "codabar", "A" + "$" * bars.MAX_LETTERS + "B"),
    ],
)
def test_what_is_drawn_is_read(number: str, kind: str, seen: str) -> None:
    drawn = bars.draw(number, kind)
    assert [each.text for each in read_barcodes(printed(drawn))] == [seen]
    assert drawn.width_mm <= 78.6  # of a card between its safe edges
    assert bars.draw(number, kind) == drawn


@pytest.mark.parametrize(
    ("number", "kind"),
    [("", "code128"), ("1" * 21, "code128"), ("Ä1", "code128"), ("1 2", "code128"), ("1\n", "codabar"),
     ("A1B", "codabar")],
)  # fmt: skip
def test_what_it_cannot_hold_is_refused_and_not_shown(number: str, kind: str) -> None:
    with pytest.raises(CannotDraw, match=rf"^a number in {kind} is 1 to 20 of 0-9") as refused:
        bars.draw(number, kind)
    assert not number or number not in str(refused.value)


def test_what_does_not_read_back_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    real = bars._seen
    monkeypatch.setattr(bars, "_seen", lambda row, kind: real(row[:40] + row[41:], kind))
    with pytest.raises(CannotDraw, match=r"^a bar code does not read back"):
        bars.draw("21234000000017", "codabar")
