"""Languages: nothing is missing, nothing is filled in wrongly, and what nobody has read says so."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import idcard
from idcard import languages
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


def marked(root: Path) -> set[str]:
    """Every sentence that the source marks."""
    found = set()
    for folder in (root / "idcard", root / "cli" / "idcard_cli"):
        methods = [("**.py", "python"), ("**.html", "jinja2")]
        for _, _, message, _, _ in extract_from_dir(folder, methods, keywords={"translatable": None, "_": None}):
            assert isinstance(message, str)
            found.add(message)
    return found


def test_the_languages_are_those_of_the_page(root: Path) -> None:
    page = (root / "specs/languages.md").read_text("utf-8")
    assert re.findall(r"\(`([a-z]{2}(?:-[A-Za-z]+)?)`\)", page) == OTHERS
    assert {path.name for path in INSTALLED.iterdir() if path.is_dir()} - {"__pycache__"} == {
        code.replace("-", "_") for code in OTHERS
    }


@every_language
def test_no_sentence_is_missing_none_is_left_over_and_none_is_guessed(root: Path, code: str) -> None:
    held = {str(message.id): message for message in catalogue(code) if message.id}
    assert held.keys() == marked(root)
    assert [english for english, message in held.items() if not message.string] == []
    assert [english for english, message in held.items() if message.fuzzy] == []


@every_language
def test_every_place_is_filled_in(code: str) -> None:
    wrong = [
        message.id
        for message in catalogue(code)
        if message.id and sorted(PLACE.findall(str(message.id))) != sorted(PLACE.findall(str(message.string)))
    ]
    assert wrong == []


@every_language
def test_sentences_are_of_the_language(code: str) -> None:
    """No copy of the English, and in the letters of the language."""
    sentences = {str(message.id): str(message.string) for message in catalogue(code) if message.id}
    long = {english: told for english, told in sentences.items() if len(english) > 20}
    assert [english for english, told in long.items() if english == told] == []
    if code in SCRIPTS:
        assert [english for english, told in long.items() if not re.search(SCRIPTS[code], told)] == []


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
        assert ("PHARMACY" in remedy) is ("{label}" in reason.remedy)
        assert remedy.endswith("Ask 555-0100.") is (reason.outcome is Outcome.CANNOT_SAY)
        assert "{" not in remedy + message


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
