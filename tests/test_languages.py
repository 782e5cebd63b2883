"""Languages: nothing is missing, nothing is filled in wrongly, and what nobody has read says so."""

import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from idcard_cli import verdict_in_words
from idcard_cli.desk import words

import idcard
from idcard import errors, languages
from idcard.errors import Outcome, Reason, Refused

SOURCE = Path(__file__).parent.parent / "idcard" / "languages"
"""What translators write; the package has only what gettext reads."""
INSTALLED = Path(languages.__file__).parent
OTHERS = [code for code in languages.CODES if code != "en"]
PLACE = re.compile(r"\{[a-z_]*\}")
SCRIPTS = {
    "zh-Hans": r"[\u4e00-\u9fff]",
    "ru": r"[\u0400-\u04ff]",
    "bn": r"[\u0980-\u09ff]",
    "ko": r"[\uac00-\ud7af]",
    "ar": r"[\u0600-\u06ff]",
    "ur": r"[\u0600-\u06ff]",
}
every_language = pytest.mark.parametrize("code", OTHERS)


def path_in(folder: Path, code: str, name: str) -> Path:
    return folder / code.replace("-", "_") / "LC_MESSAGES" / name


def catalogue(code: str) -> Catalog:
    with path_in(SOURCE, code, "idcard.po").open("rb") as file:
        return read_po(file, locale=code.replace("-", "_"))


def told(code: str) -> Iterator[tuple[str, str]]:
    """The English and the translation of each message, and of each form of those that change with a number."""
    for message in catalogue(code):
        if isinstance(message.id, tuple):
            yield from ((message.id[1], form) for form in message.string)
        elif message.id:
            yield message.id, str(message.string)


def marked(root: Path) -> set[str | tuple[str, ...]]:
    """Every sentence that the source marks, and pairs of those that change with a number."""
    keywords = {"translatable": None, "counted": (1, 2), "_": None}
    methods = [("page/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2"), ("**.js", "javascript")]
    folders = (root / "idcard", root / "cli" / "idcard_cli", root / "web/page/src")
    return {found[2] for folder in folders for found in extract_from_dir(folder, methods, keywords=keywords)}


def test_the_languages_are_those_of_the_page(root: Path) -> None:
    page = (root / "specs/languages.md").read_text("utf-8")
    assert re.findall(r"\(`([a-z]{2}(?:-[A-Za-z]+)?)`\)", page) == OTHERS
    assert {path.name for path in INSTALLED.iterdir() if path.is_dir()} - {"__pycache__"} == {
        code.replace("-", "_") for code in OTHERS
    }


@every_language
def test_no_sentence_is_missing_none_is_left_over_and_none_is_guessed(root: Path, code: str) -> None:
    held = {message.id: message for message in catalogue(code) if message.id}
    assert held.keys() == marked(root)
    assert [english for english, sentence in told(code) if not sentence] == []
    assert [english for english, message in held.items() if message.fuzzy] == []


@every_language
def test_every_place_is_filled_in(code: str) -> None:
    wrong = [each for english, each in told(code) if sorted(PLACE.findall(english)) != sorted(PLACE.findall(each))]
    # Arabic has words for one day and for two, and no number then.
    assert [each for each in wrong if not re.search("يوم واحد|يومًا واحدًا|يومين", each)] == []


@every_language
def test_sentences_are_of_the_language(code: str) -> None:
    """No copy of the English, and in the letters of the language."""
    long = {english: each for english, each in told(code) if len(english) > 20}
    assert [english for english, each in long.items() if english == each] == []
    if code in SCRIPTS:
        assert [english for english, each in long.items() if not re.search(SCRIPTS[code], each)] == []


@every_language
def test_gettext_reads_what_translators_write(code: str) -> None:
    made = BytesIO()
    write_mo(made, catalogue(code))
    assert path_in(INSTALLED, code, "idcard.mo").read_bytes() == made.getvalue()


@every_language
def test_a_catalogue_says_whether_a_speaker_has_read_it(code: str) -> None:
    header = dict(catalogue(code).mime_headers)
    assert languages.get(code).reviewed is (header["Last-Translator"] != "not reviewed by a speaker")


@pytest.mark.parametrize("code", languages.CODES)
def test_a_refusal_is_told_in_each_language_with_class_and_contact(code: str) -> None:
    translate = languages.get(code).translate
    for reason in Reason:
        message, remedy = Refused(reason, label="pharmacy", contact="Ask 555-0100.").in_words(translate)
        assert message == translate(reason.message)
        # In capitals as on a card, but for the kind of place that is typed or chosen here.
        assert ("pharmacy" in remedy) is (reason is Reason.UNKNOWN_CLASS)
        assert ("pharmacy" in remedy.lower()) is ("{label}" in reason.remedy)
        assert remedy.endswith("Ask 555-0100.") is (reason.outcome is Outcome.CANNOT_SAY)
        assert "{" not in remedy + message


NUMBERS = (0, 1, 2, 5, 11, 21, 22, 101, 111)
DAYS = {
    "en": ["# days old", "# day old", *["# days old"] * 7],
    "es": ["# días", "# día", *["# días"] * 7],
    "zh-Hans": ["# 天"] * 9,
    "ru": ["# дней", "# день", "# дня", "# дней", "# дней", "# день", "# дня", "# день", "# дней"],
    "bn": ["# দিন"] * 9,
    "ht": ["# jou"] * 9,
    "ko": ["#일"] * 9,
    "ar": ["# يوم", "يوم واحد", "يومين", "# أيام", "# يومًا", "# يومًا", "# يومًا", "# يوم", "# يومًا"],
    "ur": ["# دن"] * 9,
    "fr": ["# jour", "# jour", *["# jours"] * 7],
    "pl": ["# dni", "# dzień", *["# dni"] * 7],
}
"""With each number, in the age of a trust file."""
DAYS_LEFT = DAYS | {
    "en": ["# more days", "# more day", *["# more days"] * 7],
    "ar": [DAYS["ar"][0], "يومًا واحدًا", *DAYS["ar"][2:]],
}
COUNTS = r"\{(?:seen|count|codes|length|entries|parts|number|age)\}"
"""Places of other numbers."""


@pytest.mark.parametrize("code", languages.CODES)
def test_a_number_has_the_right_form(code: str) -> None:
    translate = languages.get(code).translate
    end = "" if code in {"zh-Hans", "bn"} else r"(?!\w)"
    for number, days, days_left in zip(NUMBERS, DAYS[code], DAYS_LEFT[code], strict=True):
        said = translate(words.days_left(number)).format(days=number)
        assert re.search(rf"(?<!\w){days_left}{end}".replace("#", str(number)), said), said
        if number:
            said = verdict_in_words.trust_age(number, translate)
            assert re.search(rf"(?<!\w){days}{end}".replace("#", str(number)), said), said


@pytest.mark.parametrize("code", ["pl", "ru", "ar"])
def test_no_other_number_stands_before_a_word_that_would_change_with_it(code: str) -> None:
    """But before a preposition."""
    pattern = re.compile(rf"{COUNTS} (?!из |z |w |من |od |أو )\w")
    assert [each for _, each in told(code) if pattern.search(each)] == []


# ---- values and what stands between them ----


def test_on_a_page_values_keep_their_own_direction() -> None:
    for code in languages.CODES:
        language = languages.get(code)
        for reason in Reason:
            refused = Refused(reason, label="pool, zoo", contact="(212) 555-0100.", date_in_doubt=True)
            plain, page = refused.in_words(language.translate)[1], refused.in_words(language.isolating)[1]
            assert re.sub("[\u2068\u2069]", "", page) == plain
            values = [each for each in ("POOL", "ZOO", "pool", "zoo", "(212) 555-0100.") if each in plain]
            isolated = re.findall("\u2068([^\u2068\u2069]*)\u2069", page)
            assert isolated == (values if language.right_to_left else [])
    assert languages.get("en").isolating("Ask {whom}.").format(whom="مكتب") == "Ask \u2068مكتب\u2069."


@every_language
def test_lists_and_rows_have_the_marks_of_the_script(code: str) -> None:
    translate = languages.get(code).translate
    comma, semicolon, stop = {
        "zh-Hans": ("\u3001", "\uff1b", "\u3002"),
        "ar": ("، ", "؛ ", "."),
        "ur": ("، ", "؛ ", "\u06d4"),
        "bn": (", ", "; ", "।"),
        "fr": (", ", "\u00a0; ", "."),
    }.get(code, (", ", "; ", "."))
    assert errors.listed(["A", "B"], translate) == f"A{comma}B"
    assert translate("; ") == semicolon
    assert translate("{word}.") == "{word}" + stop
    for english, each in told(code):
        if english.endswith(".") and not english.endswith("{contact}"):
            assert each.endswith(stop), each


def test_sentences_in_a_row() -> None:
    assert errors.sentences("One.", "", "Two.") == "One. Two."
    assert errors.sentences("一。", "二。", "Three.", "") == "一。二。Three."
    assert errors.sentences() == errors.sentences("", "") == ""


def test_a_french_colon_begins_no_line() -> None:
    assert [each for _, each in told("fr") if re.search(" [:;!?»]", each)] == []


def test_english_is_what_stands_in_the_source() -> None:
    for reason in Reason:
        refused = Refused(reason, label="library", contact="Ask.")
        assert refused.in_words(languages.get("en").translate) == (refused.message, refused.remedy)


def test_arabic_and_urdu_run_from_right_to_left() -> None:
    assert [code for code in languages.CODES if languages.get(code).right_to_left] == ["ar", "ur"]


@pytest.mark.parametrize("code", ["", "xx", "EN", "../es", "es\0", "zh_Hans"])
def test_another_language_is_an_error_that_names_those_there_are(code: str) -> None:
    with pytest.raises(ValueError, match="there are: en, es, zh-Hans, ru, bn, ht, ko, ar, ur, fr, pl"):
        languages.get(code)


def test_a_verdict_loads_no_catalogue() -> None:
    program = "import sys, idcard.verify; sys.exit('gettext' in sys.modules or 'idcard.languages' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert Path(idcard.__file__).parent in INSTALLED.parents
