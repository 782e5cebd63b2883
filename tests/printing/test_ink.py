"""What is changed in a finished file leaves a sound file."""

import re

import pytest
import typst

from idcard.printing import ink, typesetting
from idcard.printing.page import CannotPrint

CARD = '#set page(width: 85.60mm, height: 53.98mm, bleed: 10mm)\n#set document(title: "x")\n'


def compiled(source: str, *standards: str) -> bytes:
    return typst.compile(source.encode(), font_paths=typesetting.installed(), pdf_standards=list(standards or ["1.7"]))


def objects(pdf: bytes) -> dict[int, bytes]:
    """Each object by its number, found through the table."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)[1])
    table = re.compile(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf]\s\s)+)trailer\n<<(.*?)>>\n", re.DOTALL).match(pdf, start)
    entries = table[2].splitlines()
    assert len(entries) == int(table[1])
    assert re.search(rb"/Size (\d+)", table[3])[1] == table[1]
    found = {}
    for number, entry in enumerate(entries):
        if number:
            body = re.compile(rb"%d 0 obj\n(.*?)\nendobj" % number, re.DOTALL).match(pdf, int(entry[:10]))
            found[number] = body[1]
    return found


def test_every_object_is_where_the_table_says_and_only_boxes_and_grey_have_changed() -> None:
    before = compiled(CARD + "a #text(fill: white)[b]\n#pagebreak()\nc")
    after = ink.finished(before, bleed_mm=3)
    # The file as it was ends without a line end.
    old, new = objects(before + b"\n"), objects(after)
    changed = {number: new[number] for number in old if old[number] != new[number]}
    assert old.keys() == new.keys()
    pages = [body for body in changed.values() if b"/BleedBox" in body]
    assert sorted(body for body in changed.values() if body not in pages) == [b"/DeviceGray", b"null"]
    assert len(pages) == 2


def test_without_a_bleed_there_is_no_bleed_box() -> None:
    assert b"BleedBox" not in ink.finished(compiled(CARD + "a"))


@pytest.mark.parametrize("paint", ["red", "rgb(1, 2, 3)"])
def test_a_colour_is_refused(paint: str) -> None:
    with pytest.raises(CannotPrint, match=r"^a page has another ink than black$"):
        ink.finished(compiled(f"{CARD}#text(fill: {paint})[a]"))


def test_a_page_without_a_trim_is_refused() -> None:
    with pytest.raises(CannotPrint, match=r"^a page has no trim$"):
        ink.finished(compiled("a"), bleed_mm=3)


def test_a_title_that_looks_like_a_page_changes_nothing() -> None:
    title = "9 0 obj /Type/Page/TrimBox[1 2 3 4] xref 0 1 startxref %%EOF [/ICCBased 1 0 R] endobj"
    pdf = ink.finished(compiled(CARD.replace('"x"', f'"{title}"') + "a"), bleed_mm=3)
    assert sum(b"/BleedBox" in body for body in objects(pdf).values()) == 1


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n", b"startxref\n9\n%%EOF", b"startxref\n99999\n%%EOF"])
def test_what_is_no_such_file(pdf: bytes) -> None:
    with pytest.raises(CannotPrint, match="the PDF file is not as typst used to write it"):
        ink.finished(pdf)
