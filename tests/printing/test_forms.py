"""Blocks of codes as files: what they are called, that they are whole, and what is refused without drawing it."""

from dataclasses import replace

import pytest
from idcard_cli.counter import archive
from prints import TEST, city, issued, needs_font

from idcard.errors import IdcardError
from idcard.issuing.code import Code, Issued
from idcard.printing import fonts, forms
from idcard.printing.forms import Form
from idcard.printing.page import CannotPrint, MissingFont, OtherFonts, Paper
from idcard.symbol.qr import CannotDraw


def form(kind: str) -> Form:
    return Form(kind=kind, width_mm=30, city=city(), paper=Paper.A4, language="en")


def test_no_reference_becomes_a_path() -> None:
    each = replace(issued(("library", "pool"), number=17), reference="../../x")
    assert forms.names(form("svg"), [each]) == ["0000017-library.svg", "0000017-pool.svg"]
    assert forms.names(form("card"), [each, issued(number=104)]) == ["card-0000017-0000104.pdf"]
    assert forms.names(form("svg"), []) == forms.names(form("card"), []) == []


def test_the_longest_name_fits_an_archive() -> None:
    [name] = forms.names(form("svg"), [Issued(9_999_999, "x", None, (Code("c" * 32, "X", "M", 6),))])
    assert name == f"9999999-{'c' * 32}.svg"
    archive.member(name, b"x")


@pytest.mark.parametrize("data", [b"", bytes(4), b"\0\0\0\2x", b"\0\0\0\1x\0\0\0\1y", b"\0\0\0\1xy"])
def test_what_was_drawn_elsewhere_is_whole_or_refused(data: bytes) -> None:
    with pytest.raises(CannotPrint):
        list(forms.contents(data, 1))
    assert list(forms.contents(b"\0\0\0\1x", 1)) == [b"x"]


LIBRARY = issued(("library",)).codes[0]


@pytest.mark.parametrize(
    ("kind", "each", "kind_of", "says"),
    [
        ("svg", replace(issued(), codes=(replace(LIBRARY, max_version=3),)), CannotDraw, "needs QR 6-M, and 3-M"),
        ("png", replace(issued(), codes=(replace(LIBRARY, text="é"),)), CannotDraw, "alphanumeric"),
        ("card", issued(("library", "pool", "pharmacy")), CannotPrint, "a card has room for 2 codes, and here are 3"),
        ("card", issued(("library",), by=TEST), CannotPrint, "library: a code of a test city does not belong"),
        ("holder", replace(issued(), codes=(replace(LIBRARY, text="X"),)), CannotPrint, "library: this is not a code"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_known_before(kind: str, each: Issued, kind_of: type[IdcardError], says: str) -> None:
    with pytest.raises(kind_of, match=says) as checked:
        forms.check(form(kind), each)
    with pytest.raises(kind_of) as drawn:
        forms.drawn(form(kind), [each])
    assert str(drawn.value) == str(checked.value)


@pytest.mark.parametrize("kind", ["svg", "card", "back", "pocket", "holder"])
def test_what_can_be_drawn_passes(kind: str) -> None:
    for each in (issued(("library", "pharmacy")), issued(())):
        forms.check(form(kind), each)
        assert forms.drawn(form(kind), [each]) or not each.codes


@needs_font("ko")
def test_a_language_without_a_font_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    each = issued(("library",), language="ko")
    for kind in ("card", "holder"):
        forms.check(form(kind), each)
    fonts.missing.cache_clear()
    monkeypatch.setattr(fonts.typesetting, "families", lambda: {"Noto Sans"})
    try:
        for kind in ("card", "holder"):
            with pytest.raises(MissingFont, match="field 'language' cannot be printed here: no font for Korean"):
                forms.check(form(kind), each)
        forms.check(form("svg"), each)
    finally:
        fonts.missing.cache_clear()


def test_what_draws_elsewhere_has_the_fonts_of_the_run() -> None:
    with pytest.raises(OtherFonts, match="the fonts here are not those of the computer where the run began"):
        forms.drawn(replace(form("card"), fonts={"Noto Sans": "other"}), [issued(("library",))])
