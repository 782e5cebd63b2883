"""Fonts: the first of a list that is there, or a sentence that says what to install; never an empty box."""

import pytest
from prints import city, issued, needs_font

from idcard import languages
from idcard.errors import IdcardError
from idcard.printing import cards, fonts, typesetting
from idcard.printing.page import MissingFont

ALL = ["Springfield", "Łódź", "Київ", "শহর", "北京", "서울", "القاهرة", "لاہور"]
OWN = {"Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern"}
"""Of those that typst carries."""
NAMES = {
    "Noto on Linux": {
        "Noto Sans": ("en", "es", "ru"),
        "Noto Sans Bengali": ("bn",),
        "Noto Sans Arabic": ("ar",),
        "Noto Nastaliq Urdu": ("ur",),
        "Noto Sans CJK SC": ("zh-Hans",),
        "Noto Sans CJK KR": ("ko",),
    },
    "Noto from Google": {"Noto Sans": ("en",), "Noto Sans SC": ("zh-Hans",), "Noto Sans KR": ("ko",)},
    "Windows": {
        "Segoe UI": ("en", "pl", "ru", "ar"),
        "Nirmala UI": ("bn",),
        "Microsoft YaHei": ("zh-Hans",),
        "Malgun Gothic": ("ko",),
        "Urdu Typesetting": ("ur",),
    },
    "macOS": {
        "Helvetica Neue": ("en", "ht", "ru"),
        "Kohinoor Bangla": ("bn",),
        "Geeza Pro": ("ar",),
        "Noto Nastaliq Urdu": ("ur",),
        "PingFang SC": ("zh-Hans",),
        "Apple SD Gothic Neo": ("ko",),
    },
    "typst": {"Libertinus Serif": ("en", "es", "fr", "ht", "pl", "ru")},
}


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    there = frozenset({*names, *OWN})
    monkeypatch.setattr(typesetting, "families", lambda: there)


def own(code: str) -> str:
    """The family of the script of a language: the first that is no Latin one beside Chinese or Korean."""
    return next(each for each in fonts.families(code) if isinstance(each, str))


@needs_font(*languages.CODES)
def test_all_languages_can_be_printed_with_a_city_of_any_of_them() -> None:
    fonts.check(languages.CODES, ALL)


@pytest.mark.parametrize("system", NAMES)
def test_what_a_system_comes_with_is_taken(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    only(monkeypatch, *NAMES[system])
    for family, codes in NAMES[system].items():
        assert {own(code) for code in codes} == {family}


def test_of_several_the_first_of_the_list_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, *(name for names in NAMES.values() for name in names))
    assert {own(code) for code in languages.CODES} == NAMES["Noto on Linux"].keys()


def test_after_its_own_come_the_fonts_of_the_other_scripts_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "Segoe UI", "Nirmala UI", "Microsoft YaHei")
    latin = {"name": "Segoe UI", "covers": "latin-in-cjk"}
    assert fonts.families("bn") == ["Nirmala UI", "Segoe UI", "Microsoft YaHei"]
    assert fonts.families("ar") == ["Segoe UI", "Segoe UI", "Nirmala UI", "Microsoft YaHei"]
    assert fonts.families("zh-Hans") == [latin, "Microsoft YaHei", "Nirmala UI"]


@pytest.mark.parametrize(
    ("code", "script", "names"),
    [
        ("bn", "Bengali", ["Debian: fonts-noto-core", "Nirmala UI (Windows", "Kohinoor Bangla (macOS"]),
        ("ar", "Arabic", ["Debian: fonts-noto-core", "Segoe UI (Windows", "Geeza Pro (macOS"]),
        ("ur", "Urdu", ["Debian: fonts-noto-core", "Urdu Typesetting (Windows", "macOS has it"]),
        ("zh-Hans", "Chinese", ["Debian: fonts-noto-cjk", "Microsoft YaHei (Windows", "PingFang SC (macOS"]),
        ("ko", "Korean", ["Debian: fonts-noto-cjk", "Malgun Gothic (Windows", "Apple SD Gothic Neo (macOS"]),
    ],
)
def test_where_none_is_there_it_says_what_to_install_on_each_system(
    monkeypatch: pytest.MonkeyPatch, code: str, script: str, names: list[str]
) -> None:
    only(monkeypatch)
    with pytest.raises(MissingFont) as missing:
        fonts.check([code], [])
    assert str(missing.value).startswith(f"no font for {script} is installed: install Noto ")
    assert all(name in str(missing.value) for name in names)
    assert isinstance(missing.value, IdcardError)


def test_a_font_that_a_language_does_not_need_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    fonts.check(["en", "es", "fr", "ht", "pl", "ru"], ["Springfield", "Łódź", "Київ"])


@needs_font("bn")
def test_a_font_that_lacks_letters_of_its_language_is_noticed_before_a_page_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(monkeypatch, "Noto Sans Bengali")
    monkeypatch.setitem(fonts._SCRIPTS, "ko", fonts._SCRIPTS["bn"])
    with pytest.raises(MissingFont, match=r"^no font that is used here has '[\uac00-\ud7af]' \(U\+[A-D]"):
        fonts.check(["ko"], ["Springfield"])


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


@pytest.mark.parametrize(
    ("text", "package"),
    [("শহর", "core"), ("القاهرة", "core"), ("北京", "cjk"), ("서울", "cjk"), ("Ꙁꙁ", "core")],
    ids=["Bengali", "Arabic", "Chinese", "Korean", "old Cyrillic"],
)
def test_a_letter_of_a_script_whose_font_is_not_there_comes_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, text: str, package: str
) -> None:
    only(monkeypatch)
    with pytest.raises(MissingFont, match=rf"^no font that is used here has .*: install .*fonts-noto-{package}"):
        fonts.check(["en"], [text])


@pytest.mark.parametrize("letter", ['"', "`", "\\", "#", "{", "\u202e", "\u2028", "\u200d", "\u00ad"])
def test_marks_and_signs_are_letters_like_any_other(letter: str) -> None:
    fonts.check(["en"], [f"a{letter}b"])


def test_a_page_without_fonts_of_the_system_names_them_by_typst(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    fonts.used.cache_clear()
    try:
        ((family, told),) = fonts.used().items()
    finally:
        fonts.used.cache_clear()
    assert (family, told.partition(" ")[0]) == ("Libertinus Serif", "typst")
    assert cards.pdf([issued(("library",))], city())


@needs_font("bn")
def test_two_fonts_of_one_name_are_told_apart_by_their_files(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "Noto Sans Bengali")
    before = typesetting.digest("Noto Sans Bengali")
    assert len(bytes.fromhex(before)) == 32
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: b"another version")
    assert typesetting.digest("Noto Sans Bengali") != before
