"""`idcard explain`: every byte of a code in words, for its holder, with no trust file."""

import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from cities import HANDLE, NOW, City
from command import ACCEPT, USAGE, Ended, idcard

from idcard import languages
from idcard.credential import text
from idcard.credential.text import Environment
from idcard.symbol import qr

CITY = City()
LIBRARY, PHARMACY = CITY.code("library"), CITY.code("pharmacy")
TEST_CODE = City(environment=Environment.TEST).code("library")
LINE = re.compile(r"( {2}\d|\ {1}\d\d|\d{3}| {3})  ((?:[0-9a-f]{2} )*[0-9a-f]{2})?\s*(.*)")

EVERY_CODE = pytest.mark.parametrize("code", [LIBRARY, PHARMACY, TEST_CODE], ids=["library", "pharmacy", "test"])


def sentences(ended: Ended) -> list[str]:
    return ended.out.partition("\n\n")[2].splitlines()


@EVERY_CODE
def test_every_byte_is_shown_once_and_in_order(code: str) -> None:
    ended = idcard("explain", code)
    assert (ended.code, ended.err) == (ACCEPT, "")
    shown, expected = b"", text.decode(code)[1]
    for line in ended.out.partition("\n\n")[0].splitlines():
        found = LINE.fullmatch(line)
        assert found, line
        if found[1].strip():
            assert int(found[1]) == len(shown)
        shown += bytes.fromhex(found[2] or "")
    assert shown == expected


@EVERY_CODE
def test_json_has_every_byte_once_and_in_order(code: str) -> None:
    ended = idcard("explain", "--json", code)
    told = ended.json()
    assert (ended.code, told["schema"]) == (ACCEPT, 1)
    assert told.keys() == {"schema", "environment", "parts", "summary"}
    assert told["environment"] == ("test" if code is TEST_CODE else "production")
    assert all(part.keys() == {"offset", "hex", "meaning"} and part["meaning"] for part in told["parts"])
    data = [bytes.fromhex(part["hex"]) for part in told["parts"]]
    assert b"".join(data) == text.decode(code)[1]
    assert [part["offset"] for part in told["parts"]] == [sum(map(len, data[:at])) for at in range(len(data))]


def test_text_and_json_say_the_same() -> None:
    assert sentences(idcard("explain", PHARMACY)) == idcard("explain", "--json", PHARMACY).json()["summary"]


def test_a_cohort_code_says_that_it_is_shared_and_a_revocable_one_that_it_is_not() -> None:
    cohort, revocable = (
        " ".join(sentences(idcard("explain", LIBRARY))),
        " ".join(sentences(idcard("explain", PHARMACY))),
    )
    assert "exactly the same code" in cohort
    assert "exactly the same code" not in revocable
    assert "can recognise it" in revocable
    assert "18 or over" in " ".join(sentences(idcard("explain", CITY.code("pool"))))
    assert "18 or over" not in cohort + revocable
    for told in (cohort, revocable):
        assert "no name, no birth date" in told
        assert "Not checked here" in told


def test_the_holder_sees_the_handle() -> None:
    assert HANDLE[:8].hex(" ") in idcard("explain", PHARMACY).out
    assert HANDLE.hex() in idcard("explain", "--json", PHARMACY).out


@pytest.mark.parametrize("ending", ["txt", "png", "-"])
def test_a_code_is_read_from_a_file_or_stdin(tmp_path: Path, ending: str) -> None:
    direct = idcard("explain", LIBRARY).out
    path = tmp_path / f"code.{ending}"
    if ending == "-":
        assert idcard("explain", "-", stdin=f"{LIBRARY}\n".encode()).out == direct
        return
    path.write_bytes(qr.draw(LIBRARY, max_version=6).png() if ending == "png" else LIBRARY.encode())
    assert idcard("explain", path).out == direct


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "nothing came in"),
        ("https://example.org/", "not a code of a city card"),
        ("IDC2:ABC", "too old for the code"),
        ("IDC1:", "not a tagged COSE_Sign1"),
        ("IDC1:abc", "damaged"),
        (LIBRARY[:-3], "damaged"),
        ("missing.txt", "there is no such file"),
    ],
    ids=lambda value: value[:12],
)
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_what_is_no_code_has_no_explanation(code: str, says: str, more: tuple[str, ...]) -> None:
    ended = idcard("explain", *more, code)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


def test_an_altered_code_is_explained_for_its_signature_is_not_checked() -> None:
    altered = LIBRARY[:-1] + ("0" if LIBRARY[-1] != "0" else "1")
    assert idcard("explain", altered).code == ACCEPT
    with_trust = idcard("explain", altered, "--trust", "city.idtrust")
    assert with_trust.code == USAGE


def test_times_say_their_zone() -> None:
    assert f"valid until {NOW.year + 3}-01-01 12:00 UTC" in idcard("explain", LIBRARY).out


def test_in_a_language_it_has_the_marks_of_the_script_and_says_that_nobody_has_checked_it() -> None:
    ended = idcard("explain", LIBRARY, "--language", "ar")
    [says] = [each for each in sentences(ended) if each.startswith("مضمون الرمز")]
    assert "؛ " in says
    assert ended.err.strip() == f"idcard: {languages.get('ar').unreviewed.rstrip('.')}"
    assert idcard("explain", LIBRARY, "--language", "ar", "--json").err == ""


def test_no_line_of_chinese_is_wider_than_one_of_english() -> None:
    shown = idcard("explain", PHARMACY, "--language", "zh-Hans").out.partition("\n\n")[0].splitlines()
    assert max(sum(1 + (east_asian_width(each) in "WF") for each in line) for line in shown) <= 30 + 66
