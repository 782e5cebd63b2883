"""Fonts: the right ones, or a sentence that says what to install; never an empty box."""

import pytest

from idcard import languages
from idcard.errors import IdcardError
from idcard.printing import fonts, typesetting
from idcard.printing.errors import MissingFont

NEEDED = {"en": "Noto Sans", "bn": "Noto Sans Bengali", "zh-Hans": "Noto Sans CJK SC", "ko": "Noto Sans CJK KR"}
ALL = ["Springfield", "Łódź", "Київ", "শহর", "北京", "서울", "القاهرة", "لاہور"]


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    there = typesetting.families()
    monkeypatch.setattr(typesetting, "families", lambda: there - set(names))


def test_all_languages_can_be_printed_with_a_city_of_any_of_them() -> None:
    fonts.check(languages.CODES, ALL)


@pytest.mark.parametrize(
    ("code", "name", "package"),
    [
        ("en", "Noto Sans", "fonts-noto-core"),
        ("bn", "Noto Sans Bengali", "fonts-noto-core"),
        ("ar", "Noto Sans Arabic", "fonts-noto-core"),
        ("ur", "Noto Nastaliq Urdu", "fonts-noto-core"),
        ("ur", "Noto Sans", "fonts-noto-core"),
        ("zh-Hans", "Noto Sans CJK SC", "fonts-noto-cjk"),
        ("ko", "Noto Sans CJK KR", "fonts-noto-cjk"),
    ],
)
def test_a_missing_font_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, code: str, name: str, package: str
) -> None:
    without(monkeypatch, name)
    with pytest.raises(MissingFont) as missing:
        fonts.check([code], [])
    assert str(missing.value) == f"the font {name!r} is missing (Debian: {package})"


def test_a_font_that_a_language_does_not_need_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "Noto Sans CJK KR", "Noto Nastaliq Urdu")
    fonts.check(["en", "bn"], ["Springfield", "শহর"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Big City 🏙", "'🏙' (U+1F3D9)"),
        ("नगर", "'न' (U+0928)"),
        ("\ue000", r"'\ue000' (U+E000)"),
        ("\ufffe", r"'\ufffe' (U+FFFE)"),
        ("ꯀ", "'ꯀ' (U+ABC0)"),
    ],
)
def test_a_letter_that_no_font_has_is_named(text: str, shown: str) -> None:
    with pytest.raises(MissingFont) as missing:
        fonts.check(["en"], ["Springfield", text])
    assert str(missing.value) == f"no font that is used here has {shown}"
    assert isinstance(missing.value, IdcardError)


def test_a_script_whose_font_is_not_there_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "Noto Sans CJK SC", "Noto Sans CJK KR")
    with pytest.raises(MissingFont, match="has '北'"):
        fonts.check(["en"], ["北京"])


@pytest.mark.parametrize("letter", ['"', "`", "\\", "#", "{", "\u202e", "\u2028", "\u200d", "\u00ad"])
def test_marks_and_signs_are_letters_like_any_other(letter: str) -> None:
    fonts.check(["en"], [f"a{letter}b"])


def test_fonts_of_the_library_are_no_stand_in() -> None:
    assert "Libertinus Serif" not in typesetting.families()
    assert {*NEEDED.values()} <= typesetting.families()
