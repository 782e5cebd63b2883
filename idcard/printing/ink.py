"""What typst leaves open in a PDF file and a print bureau asks for: how far the bleed goes, and black ink alone.

typst writes one classic table of plain objects (ISO 32000-1, 7.5.4); anything else is an error here.
"""

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

from idcard.printing.page import CannotPrint

POINTS_PER_MM = 72 / 25.4
_END = re.compile(rb"startxref\n(\d+)\n%%EOF\n?")
_TABLE = re.compile(rb"xref\n0 (\d+)\n")
_ENTRY = 20
_PAGE = re.compile(rb"\d+ 0 obj\n<</Type/Page/[^()<>]*?/TrimBox\[(\S+) (\S+) (\S+) (\S+)\]")
_SPACE = re.compile(rb"(\d+ 0 obj\n)\[/ICCBased (\d+) 0 R\](\nendobj\s+)")
_GREY = re.compile(rb"\d+ 0 obj\n<<[^<>]*/N 1/")


def finished(pdf: bytes, *, bleed_mm: float = 0) -> bytes:
    """The file with grey as ink, and with a bleed box around the trim box of each page, if there is a bleed.

    A grey by a colour profile may be mixed from four inks, and modules of a code blur where four do not quite meet.
    Raises CannotPrint for any colour.
    """
    end = _END.search(pdf, len(pdf) - 64)
    table = _TABLE.match(pdf, int(end[1])) if end else None
    if end is None or table is None:
        raise CannotPrint("the PDF file is not as typst used to write it")
    rest = table.end() + _ENTRY * int(table[1])
    starts = [int(pdf[at : at + 10]) for at in range(table.end() + _ENTRY, rest, _ENTRY)]
    objects = [pdf[start:stop] for start, stop in pairwise([*starts, table.start()])]
    profiles = set()
    for at, body in enumerate(objects):
        if space := _SPACE.fullmatch(body):
            profiles.add(int(space[2]))
            objects[at] = space[1] + b"/DeviceGray" + space[3]
        elif bleed_mm and b"/Type/Page/" in body[:32]:
            objects[at] = _with_bleed(body, bleed_mm * POINTS_PER_MM)
    for number in profiles:
        if not _GREY.match(objects[number - 1]):
            raise CannotPrint("a page has another ink than black")
        objects[number - 1] = b"%d 0 obj\nnull\nendobj\n\n" % number
    return b"".join((pdf[: starts[0]], *objects, *_table(starts[0], objects, pdf[rest : end.start()])))


def _with_bleed(page: bytes, bleed: float) -> bytes:
    """bleed: in points."""
    found = _PAGE.match(page)
    if found is None:
        raise CannotPrint("a page has no trim")
    left, bottom, right, top = map(float, found.groups())
    box = f"/BleedBox[{left - bleed:.5f} {bottom - bleed:.5f} {right + bleed:.5f} {top + bleed:.5f}]"
    return page[: found.end()] + box.encode("ascii") + page[found.end() :]


def _table(first: int, objects: list[bytes], trailer: bytes) -> Iterator[bytes]:
    """Table and end of a file whose objects begin at `first`."""
    *starts, end = accumulate(map(len, objects), initial=first)
    yield b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    yield from (b"%010d 00000 n \n" % start for start in starts)
    yield b"%bstartxref\n%d\n%%%%EOF\n" % (trailer, end)
