"""A city's logo: plain black shapes are drawn, and nothing else gets as far as the program that sets pages."""

import pytest
from PIL import ImageOps
from prints import city, issued, pictures

from idcard.printing import logo
from idcard.printing.card_design import CardDesign
from idcard.printing.cards import Look, pdf
from idcard.printing.page import CannotPrint

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="30mm">'
GOOD = f'<?xml version="1.0"?>{HEAD}<title>Town</title><g id="x" fill="black"><path d="M1,1 L99 1V99z"/></g></svg>'


def of(inside: str, head: str = HEAD) -> bytes:
    return f"{head}{inside}</svg>".encode()


def test_a_good_one_is_written_anew_and_drawn() -> None:
    drawn = logo.decode(GOOD.encode())
    assert "Town" not in drawn.svg
    assert "mm" not in drawn.svg
    assert logo.decode(drawn.svg.encode()) == drawn
    without, with_it = (
        pictures(pdf([issued(())], city(), Look(bureau=False, design=CardDesign(logo=each))))[0]
        for each in (None, drawn)
    )
    box = (0, 80, without.width // 3, 280)
    assert ImageOps.invert(without.crop(box)).getbbox() is None
    assert ImageOps.invert(with_it.crop(box)).getbbox() is not None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not an SVG image"),
        (b"\xff\xfe", "is not an SVG image"),
        (b"<svg/>", "is not an SVG image"),
        (b'<?xml version="1.0" encoding="klingon"?><svg/>', "is not an SVG image"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + of(""), "declares a document type or entities"),
        (of("<!-- " + "x" * logo.MAX_SIZE + " -->"), f"is larger than {logo.MAX_SIZE} bytes"),
        (of("", '<svg xmlns="http://www.w3.org/2000/svg">'), "needs a viewBox of four numbers"),
        (of("", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 1">'), "the last two 1 or more"),
        (of('<image href="file:///etc/passwd"/>'), "the element 'image' is not allowed"),
        (of('<use href="#a"/>'), "the element 'use' is not allowed"),
        (of("<script>x</script>"), "the element 'script' is not allowed"),
        (of("<style>x</style>"), "the element 'style' is not allowed"),
        (of("<text>Town</text>"), "the element 'text' is not allowed: only plain shapes are, so turn text into paths"),
        (of('<x:rect xmlns:x="urn:other"/>'), "the element 'rect' is not allowed"),
        (of(HEAD + "</svg>"), "the element 'svg' is not allowed"),
        (of('<path d="M0 0" style="fill:red"/>'), "the attribute 'style' of path is not allowed: save it as plain SVG"),
        (of('<path d="M0 0" fill="red"/>'), "the attribute 'fill' of path must be none, black or white"),
        (of('<path d="M0 0" fill="url(#a)"/>'), "must be none, black or white"),
        (of('<path d="M1e999 0"/>'), "the attribute 'd' of path has a value that is not allowed"),
        (of('<path d="M1000000 0"/>'), "has a value that is not allowed"),
        (of('<rect width="9999999"/>'), "has a value that is not allowed"),
        (of('<rect onload="x"/>'), "the attribute 'onload' of rect is not allowed"),
        (of("<g>" * 16 + "</g>" * 16), "is nested deeper than 16"),
        (of("<g/>" * 1000), "has more than 1000 elements"),
    ],
)
def test_what_could_do_more_than_be_drawn_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(CannotPrint, match=r"^(it|its|the) ") as refused:
        logo.decode(data)
    assert says in str(refused.value)
