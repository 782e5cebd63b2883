"""What the page reads of pictures, beside the desk: the same attempts, in another program."""

import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from browsers import in_base64
from cities import City
from desks import note
from legibility.camera import Picture, Scene
from legibility.codes import COHORT, REVOCABLE
from legibility.conditions import CONDITIONS, draw
from legibility.readers import by_idcard, reads
from machine import needs_chromium
from phones import needs_page
from PIL import Image

from idcard.pictures import attempts

SHARE = 0.97
"""Of what the desk reads."""
LOTS = 2 * len(CONDITIONS)
"""Each condition is the hard one twice."""
WIDTHS_MM = (18.0, 14.0)
"""At the first the desk reads nearly all, at the second two of three."""
READ = """async (png) => {
    const blob = new Blob([Uint8Array.from(atob(png), (each) => each.charCodeAt(0))], { type: "image/png" });
    const picture = await createImageBitmap(blob);
    const { width, height } = picture;
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen.drawImage(picture, 0, 0);
    const { data } = pen.getImageData(0, 0, width, height);
    window.decoder ??= new Worker("decoder.js");
    const answer = new Promise((done) => { decoder.onmessage = ({ data }) => done(data); });
    const begun = performance.now();
    decoder.postMessage({ picture: { width, height, data }, moving: true }, [data.buffer]);
    const { texts } = await answer;
    return [texts ?? [], performance.now() - begun];
}"""
"""By the decoder of the page, as one of a camera's many."""


def pictures() -> Iterator[tuple[Picture, str]]:
    """And the code that each shows."""
    for kind in (COHORT, REVOCABLE):
        for width in WIDTHS_MM:
            for number in range(LOTS):
                yield Scene(draw(number), width).picture(kind), kind.text(number)


def png(picture: Picture) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=1)
    return in_base64(out.getvalue())


@pytest.mark.slow
@needs_chromium
@needs_page
def test_the_page_reads_what_the_desk_reads(launch: Any, page_of: Callable[[bytes], str], city: City) -> None:
    page = launch().new_page()
    page.goto(page_of(city.file))
    desk, took, only_desk, only_page = 0, [], 0, 0
    for picture, text in pictures():
        by_desk = reads(partial(by_idcard, attempts.MOVING), picture, text)
        texts, milliseconds = page.evaluate(READ, png(picture))
        took.append(milliseconds)
        desk += by_desk
        only_desk += by_desk and text not in texts
        only_page += text in texts and not by_desk
    note(f"page: of {len(took)} pictures the desk reads {desk}, the page alone {only_page}, the desk alone {only_desk}")
    note(
        f"page: ms for a picture of {picture.shape[1]} x {picture.shape[0]}: median {sorted(took)[len(took) // 2]:.0f}"
    )
    assert desk > len(took) // 2
    assert desk - only_desk >= SHARE * desk


def test_no_text_becomes_markup(root: Path) -> None:
    """What a code, a file or a city says is text: nothing in the sources makes elements of a text."""
    sources = [*(root / "web/page/src").rglob("*.js"), *(root / "cli/idcard_cli/desk").glob("*.js")]
    assert len(sources) > 30
    markup = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\("
    )
    assert [path.name for path in sources if markup.search(path.read_text("utf-8"))] == []
