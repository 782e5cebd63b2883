"""The holder's sheet: every code is read, everything is said in the holder's language, and nothing else."""

import re
from dataclasses import replace
from functools import cache

import pytest
from cities import NOW, signer
from prints import (
    CLASSES,
    DPI,
    LATIN,
    REAL,
    TEST,
    all_scanned,
    boxes,
    city,
    each_language,
    fonts,
    issued,
    issuing,
    needs_font,
    page_count,
    pictures,
    read,
    scanned,
    word,
    words,
)

from idcard import cose, languages
from idcard.credential import signed, text
from idcard.credential.calendar import month_of, noon_of_first, seconds
from idcard.credential.claims import Claims
from idcard.credential.names import CLASSES as NAMES
from idcard.credential.text import Environment
from idcard.issuing.code import Code, Issued
from idcard.printing import holders, page_text
from idcard.printing.fonts import families
from idcard.printing.holders import CODE_MM
from idcard.printing.page import CannotPrint, Paper

MARGIN_MM = 16
LEAST_BETWEEN_MM = 20
SCREEN_DPI = 150
HOSTILE = '#include "x" *a* _b_ $c$ @d <e> [f] // g \\ #panic() `h` --'
OWN_FONTS = {
    "bn": {"NotoSansBengali-Regular", "NotoSansBengali-Bold"},
    "ar": {"NotoSansArabic-Regular", "NotoSansArabic-Bold"},
    "ur": {"NotoNastaliqUrdu-Regular", "NotoNastaliqUrdu-Bold"},
    "zh-Hans": {"NotoSansCJKsc-Regular", "NotoSansCJKsc-Bold"},
    "ko": {"NotoSansCJKkr-Regular", "NotoSansCJKkr-Bold"},
}
USUAL = issued()
every_language = each_language()


@cache
def sheet(each: Issued = USUAL, *, language: str = "en", paper: Paper = Paper.A4) -> bytes:
    return holders.pdf([each], city(), paper=paper, language=language)


def revocable(claims: Claims) -> Issued:
    """One code with any claims."""
    by = signer("holder")
    code = text.encode(Environment.PRODUCTION, signed.encode(claims, by, REAL.scope))
    return Issued(1, "x", None, (Code("cinema", code, "M", 9),))


class TestCodes:
    def test_all_are_read_as_issued_from_a_printed_page(self) -> None:
        each = issued()
        (page,) = pictures(sheet(each), DPI)
        assert sorted(text for text, _ in all_scanned(page)) == sorted({code.text for code in each.codes})

    def test_what_is_the_same_code_is_one_symbol_under_all_its_names(self) -> None:
        shown = read(sheet())
        assert "LIBRARY · MUSEUM Library, Museum" in shown
        assert shown.count("The code says") == len({code.text for code in USUAL.codes}) == len(CLASSES) - 1

    @pytest.mark.parametrize("paper", Paper)
    def test_they_are_large_and_far_apart(self, paper: Paper) -> None:
        by = issuing(*CLASSES)
        (page,) = pictures(sheet(issued(by=by), paper=paper))
        found = list(scanned(page).values())
        module = CODE_MM / 49
        assert CODE_MM >= 45
        for box in found:
            assert (box.width, box.height) == pytest.approx((41 * module,) * 2, abs=0.3)
        gaps = [
            max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)
            for at, a in enumerate(found)
            for b in found[:at]
        ]
        assert min(gaps) - 8 * module >= LEAST_BETWEEN_MM

    def test_each_is_under_the_name_of_its_class(self) -> None:
        each = issued(by=issuing(*CLASSES))
        pdf = sheet(each)
        found = scanned(*pictures(pdf))
        for code in each.codes:
            label, box = word(pdf, code.venue_class.upper()), found[code.text]
            assert label.left == pytest.approx(box.left, abs=1)
            assert box.top - 12 < label.bottom < box.top - CODE_MM * 4 / 49 + 2

    def test_ten_classes_take_two_pages_and_no_code_leaves_its_words(self) -> None:
        names = list(NAMES)[:10]
        each = issued(names, by=issuing(*names))
        pdf = sheet(each)
        assert page_count(pdf) == 2
        text_of = {code.venue_class: code.text for code in each.codes}
        seen = []
        for number, page in enumerate(pictures(pdf, SCREEN_DPI), 1):
            found = scanned(page, SCREEN_DPI)
            there = [text for text, _ in words(pdf, number)]
            assert " ".join(there).endswith(f"A-00017 {number} / 2")
            on_page = [name for name in names if name.upper() in there]
            assert {text_of[name] for name in on_page} == found.keys()
            assert there.count("Valid") == len(on_page)
            for name in on_page:
                assert 0 < found[text_of[name]].top - word(pdf, name.upper(), number).bottom < 12
            seen += on_page
        assert seen == names

    def test_of_no_codes_it_says_so(self) -> None:
        pdf = sheet(issued(()))
        assert page_count(pdf) == 1
        assert "No code was made for you." in read(pdf)


class TestPaper:
    @pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (210, 297)), (Paper.LETTER, (215.9, 279.4))])
    def test_sizes(self, paper: Paper, size: tuple[float, float]) -> None:
        assert boxes(sheet(paper=paper))["MediaBox"] == pytest.approx((0, 0, *size), abs=0.01)

    @every_language
    @pytest.mark.parametrize("paper", Paper)
    def test_what_a_new_city_gives_an_adult_fits_one_page(self, code: str, paper: Paper) -> None:
        assert page_count(sheet(language=code, paper=paper)) == 1

    @pytest.mark.parametrize("paper", Paper)
    def test_a_student_among_them_has_one_too(self, paper: Paper) -> None:
        assert page_count(sheet(issued((*CLASSES, "theatre")), paper=paper)) == 1

    def test_each_holder_begins_a_page_and_counts_from_one(self) -> None:
        names = list(NAMES)[:6]
        many = issued(names, by=issuing(*names), reference="many")
        batch = [issued(reference="first"), many, issued(reference="last")]
        pdf = holders.pdf(batch, city(), paper=Paper.A4, language="en")
        feet = [" ".join(text for text, _ in words(pdf, page)[-4:]) for page in range(1, page_count(pdf) + 1)]
        assert feet[0].endswith("first")
        assert [re.search(r"(\w+ \d / \d)?$", foot)[0] for foot in feet] == ["", "many 1 / 2", "many 2 / 2", ""]
        assert feet[3].endswith("last")


class TestWords:
    def test_what_it_says(self) -> None:
        shown = read(sheet(issued(("library", "pool", "pharmacy"))))
        for sentence in (
            "Springfield The codes of your city card",
            "LIBRARY Library",
            "POOL Pool",
            "PHARMACY Pharmacy",
            "The code says: resident when the card was made.",
            "Valid until 2029-01-01.",
            "The code says: resident when the card was made, 18 or over.",
            "Valid until 2027-12-01.",
            "It also has a random number, so that it can be cancelled with your slip.",
            "A code says only what is printed under it: no name, no birth date, no address, no picture.",
            "Ask the card office, 555-0100.",
        ):
            assert sentence in shown
        assert shown.count("random number") == 1
        assert shown.endswith("A-00017")

    def test_an_age_that_is_still_to_come(self) -> None:
        exp = noon_of_first(month_of(seconds(NOW)) + 12)
        shown = read(sheet(revocable(Claims(exp, frozenset({1}), 18, (21, month_of(exp) - 3), bytes(10)))))
        assert "The code says: resident when the card was made, 18 or over, 21 or over from 2027-08-01." in shown

    def test_a_class_and_a_claim_that_have_no_word(self) -> None:
        by = issuing("sauna")
        assert "SAUNA The code says" in read(sheet(issued(("sauna",), by=by)))
        exp = noon_of_first(month_of(seconds(NOW)) + 12)
        assert "The code says: city_16." in read(sheet(revocable(Claims(exp, frozenset({16}), handle=bytes(10)))))

    @every_language
    def test_in_each_language_in_its_fonts_and_no_other(self, code: str) -> None:
        used = fonts(sheet(language=code))
        latin = LATIN[families("en")[0]]
        assert used & latin
        assert used <= latin | OWN_FONTS.get(code, set())
        assert code not in OWN_FONTS or used & OWN_FONTS[code]

    @every_language
    def test_every_code_is_read_in_each_language(self, code: str) -> None:
        each = issued(by=issuing(*CLASSES))
        (page,) = pictures(sheet(each, language=code), SCREEN_DPI)
        assert scanned(page, SCREEN_DPI).keys() == {code.text for code in each.codes}

    @pytest.mark.parametrize("code", ["en", "es", "fr", "pl", "ht", "ru"])
    def test_the_words_are_those_of_the_catalogue(self, code: str) -> None:
        translate = languages.get(code).translate
        shown = read(sheet(language=code))
        for sentence in (holders.TITLE, holders._SHOW, holders._HANDLE, holders._NOTHING_ELSE, holders._KEEP):
            assert " ".join(translate(sentence).split()) in shown

    @every_language
    def test_it_says_whether_a_speaker_has_read_it(self, code: str) -> None:
        language = languages.get(code)
        foot = page_text.of(language, city())["unreviewed"]
        assert foot == language.unreviewed
        shown = read(sheet(language=code))
        assert "No speaker of this language" not in shown
        if code in {"es", "fr", "pl", "ht", "ru"} and foot:
            assert foot in shown

    def test_the_language_of_the_record_counts_before_that_of_the_run(self) -> None:
        assert read(sheet(issued(language="es"), language="fr")) == read(sheet(language="es"))

    @each_language("ar", "ur")
    def test_right_to_left(self, code: str) -> None:
        pdf = sheet(issued(by=issuing(*CLASSES)), language=code)
        width, _ = Paper.A4.size_mm
        for name, white in (("LIBRARY", 1), ("POOL", 2)):  # beside the last letter
            assert word(pdf, name).right == pytest.approx(width - MARGIN_MM, abs=white)
        for name in ("MUSEUM", "PHARMACY"):
            assert word(pdf, name).right < width / 2
        assert word(pdf, "Springfield").right == pytest.approx(width - MARGIN_MM, abs=1)
        assert word(pdf, "A-00017").right == pytest.approx(width - MARGIN_MM, abs=1)
        # A day after Arabic letters keeps its order, and so does the contact sentence.
        ask, end = word(pdf, "Ask"), word(pdf, "555-0100.")
        assert ask.right < end.left

    def test_left_to_right(self) -> None:
        pdf = sheet()
        assert word(pdf, "LIBRARY").left == pytest.approx(MARGIN_MM, abs=1)
        assert word(pdf, "POOL").left > Paper.A4.size_mm[0] / 2

    @each_language("en", "ur", "zh-Hans")
    def test_test_is_on_every_page_of_a_test_city(self, code: str) -> None:
        names = list(NAMES)[:6]
        by = replace(issuing(*names), environment=Environment.TEST)
        pdf = holders.pdf([issued(names, by=by)], city(test=True), paper=Paper.A4, language=code)
        assert page_count(pdf) > 1
        assert all("TEST" in [text for text, _ in words(pdf, page)] for page in range(1, page_count(pdf) + 1))
        assert "TEST" not in read(sheet(language=code))


class TestCity:
    @pytest.mark.parametrize(
        ("name", "contact"),
        [
            (HOSTILE, HOSTILE),
            ("W" * 80, "W" * 200),
            ("Neustadt an der Großen Straße " * 3, "Call the office at the old town hall, 555-0100. " * 4),
            pytest.param("北" * 64, "问" * 200, marks=needs_font("zh-Hans")),
            pytest.param("مدينة " * 13, "اسأل مكتب البطاقات 555-0100. " * 7, marks=needs_font("ar")),
            pytest.param("শহর " * 20, "কার্ড অফিসে জিজ্ঞাসা করুন, 555-0100। " * 5, marks=needs_font("bn")),
        ],
        ids=["hostile", "unbroken", "long", "chinese", "arabic", "bengali"],
    )
    @each_language("en", "ar")
    def test_name_and_contact_are_what_they_are_and_stay_on_the_page(self, name: str, contact: str, code: str) -> None:
        each = issued(by=issuing(*CLASSES))
        pdf = holders.pdf([each], city(name, contact), paper=Paper.LETTER, language=code)
        found = set()
        for number, page in enumerate(pictures(pdf, SCREEN_DPI), 1):
            found |= scanned(page, SCREEN_DPI).keys()
            for _, box in words(pdf, number):
                assert MARGIN_MM - 1 < box.left <= box.right < Paper.LETTER.size_mm[0] - MARGIN_MM + 1
                assert box.bottom < Paper.LETTER.size_mm[1] - 5
        assert found == {code.text for code in each.codes}
        if name.isascii() and code == "en":
            shown = read(pdf)
            assert "".join(name.split()) in "".join(shown.split())
            assert shown.count("".join(contact.split())[:20]) or " ".join(contact.split()) in shown


class TestRefusals:
    def test_what_a_code_says_comes_from_the_code_alone(self) -> None:
        """The profile of a pool, and the code of a library."""
        library, _, pool, *_ = issued().codes
        shown = read(sheet(Issued(1, "x", None, (replace(pool, text=library.text),))))
        assert "POOL" in shown
        assert "18 or over" not in shown

    def test_a_code_that_says_more_than_this_program_understands(self) -> None:
        """Else the sheet would lie: it promises that a code says nothing else."""
        exp = noon_of_first(month_of(seconds(NOW)) + 12)
        for unknown in (-1, 99):
            payload = cose.encode({4: exp, -65537: {1: True, unknown: True}})
            protected, by = cose.encode_header(bytes(4)), signer("holder")
            message = cose.Sign1(protected, payload, by.sign(cose.to_be_signed1(protected, b"", payload)))
            code = text.encode(Environment.PRODUCTION, cose.encode_sign1(message))
            each = Issued(5, "x", None, (Code("library", code, "M", 6),))
            with pytest.raises(CannotPrint, match="library: the code says more than this program understands"):
                sheet(each)

    def test_a_code_of_another_environment(self) -> None:
        with pytest.raises(CannotPrint, match="a code of a test city does not belong on this page"):
            sheet(issued(by=TEST))


@needs_font(*languages.CODES)
def test_the_same_sheets_are_the_same_bytes() -> None:
    batch = [issued(language=code) for code in languages.CODES]
    first, second = (holders.pdf(batch, city(), paper=Paper.A4, language="en") for _ in range(2))
    assert first == second
