"""The pages of a PDF are searched like pictures, with all bounds of their own, and nothing in them is run."""

import io
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from picture_files import DRAWN, LIBRARY, alone, saved
from PIL import Image

from idcard import pictures
from idcard.pictures import Found, NoCode, NotAPicture, PictureError, TooLarge, attempts, pdf
from idcard.symbol import qr

CODE = Image.open(io.BytesIO(DRAWN)).convert("L")
BLANK = Image.new("L", (100, 100), 255)


def written(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF by hand; its first object is the catalogue."""
    data, offsets = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % each for each in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    ending = b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(data))
    return data + head + table + ending


def page(box: str, drawing: bytes = b"", more: bytes = b"", catalogue: bytes = b"") -> bytes:
    return written(
        b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R%b>>" % (box.encode(), more),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
    )


def squares(text: str, side: float) -> bytes:
    """A code as black squares, so large in points, at the lower left."""
    drawn = Image.open(io.BytesIO(qr.draw(text, max_version=6).png(module_px=1))).convert("L")
    each = side / drawn.width
    dark = (
        b"%.4f %.4f %.4f %.4f re" % (x * each, (drawn.height - 1 - y) * each, each, each)
        for y in range(drawn.height)
        for x in range(drawn.width)
        if not drawn.getpixel((x, y))
    )
    return b"\n".join(dark) + b" f"


def several(*pages: Image.Image) -> bytes:
    first, *others = (each.copy() for each in pages)  # Pillow writes into what it saves how it did
    return saved(first, "PDF", save_all=True, append_images=others, resolution=100)


@pytest.mark.parametrize(
    ("box", "side"),
    [
        ("0 0 595 842", 71), ("0 0 243 153", 71), ("0 0 243 153", 40), ("0 0 2384 3370", 150),
        ("-100 -100 400 400", 200), ("0 0 14400 14400", 3000), ("0 0 100000 100000", 30000), ("0 0 90 90", 85),
    ],
    ids=["A4", "a card", "a small code", "A0", "beside the origin", "huge", "hugest", "a page as a code"],
)  # fmt: skip
def test_a_code_is_read_whatever_the_size_of_the_page(box: str, side: float) -> None:
    found = pictures.read(page(box, squares(LIBRARY, side)))
    assert [each.text for each in found] == [LIBRARY]


@pytest.mark.parametrize(
    "box", ["0 0 595 842", "0 0 20000 1", "0 0 1 20000", "0 0 3e9 3e9", "0 0 0.01 0.01", "0 0 9999 9998"]
)
def test_no_page_is_drawn_in_more_pixels_than_are_allowed(box: str) -> None:
    drawn = pdf.PdfFile(page(f"0 0 {box}"))
    pages = [greys.size for greys, _ in drawn.views(0)]
    drawn.close()
    assert all(width * height <= pdf.MAX_PIXELS and max(width, height) <= 32_767 for width, height in pages)


@pytest.mark.parametrize("box", ["0 0 0 0", "0 0 nan nan", "x"])
def test_a_page_without_a_size_has_no_code(box: str) -> None:
    with pytest.raises(NoCode, match="a PDF without a code that can be read; open it and hold the code to the camera"):
        pictures.read(page(box))


def test_the_codes_of_all_pages_are_found_and_what_is_easy_comes_first() -> None:
    faded = CODE.point(lambda grey: 255 if grey else 236)
    other = Image.open(io.BytesIO(qr.draw("OTHER", max_version=1).png())).convert("L")
    first, both = pictures.search(several(BLANK, faded, BLANK, other))
    assert first == [Found("OTHER", "middle")]
    assert both == [Found("OTHER", "middle"), Found(LIBRARY, "middle")]


def test_twenty_pages_are_read_and_no_more() -> None:
    assert next(pictures.search(several(*[BLANK] * 19, CODE))) == [Found(LIBRARY, "middle")]
    with pytest.raises(TooLarge, match="the PDF has more than 20 pages; cut out the part"):
        pictures.search(several(*[BLANK] * 20, CODE))


def test_a_pdf_of_more_than_20_mib_is_refused_unread() -> None:
    whole = several(CODE)
    padding = bytes(pdf.MAX_SIZE - len(whole))
    assert next(pictures.search(whole.replace(b"%%EOF", b"%" + padding + b"%%EOF", 1)[: pdf.MAX_SIZE]))
    with pytest.raises(TooLarge, match="the PDF is larger than 20 MiB"):
        pictures.search(whole + bytes(pdf.MAX_SIZE))


def test_a_pdf_with_a_password_is_named() -> None:
    locked = written(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")>>",
        trailer=b"/Encrypt 3 0 R/ID[(a)(a)]",
    )
    with pytest.raises(NotAPicture, match="the PDF needs a password; open it"):
        pictures.search(locked)


@pytest.mark.parametrize("data", [b"%PDF-1.4", b"%PDF-1.7\n" + bytes(999), written(b"<</Type/Catalog>>")], ids=len)
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="the PDF cannot be read"):
        pictures.search(data)


def test_a_damaged_pdf_is_read_or_refused() -> None:
    whole = several(CODE)
    step = len(whole) // 25
    damaged = [whole[:at] for at in range(0, len(whole), step)]
    damaged += [whole[:at] + bytes((whole[at] ^ 0xFF,)) + whole[at + 1 :] for at in range(9, len(whole), step)]
    for each in damaged:
        try:
            assert {found.text for found in next(pictures.search(each))} == {LIBRARY}
        except PictureError:
            continue


def test_no_page_can_run_anything() -> None:
    """Not this build of PDFium, which has no engine for scripts and none for XFA."""
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)


def test_forms_and_notes_are_not_drawn() -> None:
    stream = squares(LIBRARY, 200)
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length %d>>stream\n%b\nendstream" % (
        len(stream),
        stream,
    )
    for kind in (b"/Subtype/Stamp", b"/Subtype/Widget/FT/Btn/T(x)"):
        data = written(
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[4 0 R]>>",
            b"<</Type/Annot%b/Rect[20 20 220 220]/F 4/AP<</N 5 0 R>>>>" % kind,
            form,
        )
        with pytest.raises(NoCode):
            pictures.search(data)


def test_pages_are_searched_one_after_another_and_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    first: Any = attempts.first
    monkeypatch.setattr(attempts, "first", lambda greys, effort: drawn.append(greys.size) or first(greys, effort))
    found = pictures.search(several(CODE, *[BLANK] * 5))
    assert next(found) == [Found(LIBRARY, "middle")]
    assert len(drawn) == 1


def test_without_pdfium_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "code.pdf"
    path.write_bytes(several(CODE))
    says = "NeedsExtra reading pictures needs the extra 'scan': see \"Install\" in the README"
    assert alone([path], "pypdfium2") == [says]
    assert alone([path]) == [str([(LIBRARY, "middle")])]
