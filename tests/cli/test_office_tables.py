"""Tables as offices have them, through the commands that read records: `batch`, `slip wanted`, `privacy`.

What a clerk gets wrong is said with file, line and column, with what to do, and never with a value.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import ACCEPT, USAGE, Ended, Office

INPUTS = {
    "sep-line": "sep=;\r\nJOB;birth_date;resident;student\r\nA-1;1990-12-31;yes;no\r\n",
    "empty columns": "job,birth_date,resident,student,,\r\nA-1,1990-12-31,yes,no,,\r\n",
    "empty rows": "job,birth_date,resident,student\r\nA-1,1990-12-31,yes,no\r\n,,,\r\n,,,\r\n",
}
GERMAN = "Aktenzeichen;Geburtsdatum;Wohnt hier;Student\r\nA-1;31.12.1990;Yes;no\r\nA-2;1.2.2010;yes;no\r\n"
WORDED = (
    *("--column", "reference=aktenzeichen", "--column", "birth_date=Geburtsdatum"),
    *("--column", "resident=Wohnt hier", "--date", "31.12.1990"),
)
SECRETS = ("Quackenbush", "1961", "SW-77")


@pytest.fixture
def table(office: Office) -> Path:
    return office.home / "records.csv"


def batch(office: Office, *options: object) -> Ended:
    return office.run("batch", *office.here, *office.secret, "--for", "library", "--for", "pool", *options)


def minted(ended: Ended) -> dict[str, list[str]]:
    lines = [json.loads(line) for line in ended.out.splitlines()]
    return {line["reference"]: [code["class"] for code in line["codes"]] for line in lines}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_what_spreadsheets_add_is_left_out(office: Office, table: Path, name: str, encoding: str) -> None:
    table.write_bytes(INPUTS[name].encode(encoding))
    ended = batch(office, table, "--column", "reference=job")
    assert ended.code == ACCEPT, ended.err
    assert minted(ended) == {"A-1": ["library", "pool"]}


def test_columns_and_dates_are_declared_and_all_commands_read_them(office: Office, table: Path) -> None:
    table.write_text(GERMAN, newline="")
    assert minted(batch(office, table, *WORDED)) == {"A-1": ["library", "pool"], "A-2": ["library"]}
    ended = office.run("slip", "wanted", *office.here, *WORDED, table)
    assert (ended.code, ended.out) == (ACCEPT, "A-1\nA-2\n")
    report = office.run("privacy", *office.here, *WORDED, "--json", table)
    assert report.json()["cards"] == 2


def test_json_lines_are_worded_in_the_same_way(office: Office, table: Path) -> None:
    table.write_text('{"Aktenzeichen": "A-1", "Geburtsdatum": "31.12.1990", "Wohnt hier": true}\n')
    columns = ("--column", "reference=Aktenzeichen", *WORDED[2:])
    assert minted(batch(office, table, *columns)) == {"A-1": ["library", "pool"]}


GOOD = b"reference,birth_date,resident,student\n"
ROWS: Mapping[str, tuple[bytes, tuple[str, ...], str]] = {
    "a date as the office writes it": (
        GOOD + b"A-1,13.11.1961,yes,no\n",
        (),
        "line 2: field 'birth_date' must be a date like 1990-12-31; where a table writes it in another way, say how "
        "with --date",
    ),
    "a date in another form than declared": (
        b"reference,geboren,resident\nA-1,11/13/1961,yes\n",
        ("--column", "birth_date=Geboren", "--date", "31.12.1990"),
        "line 2: field 'birth_date' (column 'geboren') must be a date like 31.12.1990",
    ),
    "a month that is no month": (
        GOOD + b"A-1,11.13.1961,yes,no\n",
        ("--date", "31.12.1990"),
        "line 2: field 'birth_date' is no day of the calendar, read like 31.12.1990",
    ),
    "a day as a number": (
        GOOD + b"A-1,22598,yes,no\n",
        ("--date", "12/31/1990"),
        "line 2: field 'birth_date' is the number of a day, as spreadsheets count: give its column the format of a "
        "date",
    ),
    "other words for yes": (
        GOOD + b"A-1,1961-11-13,ja,no\n",
        (),
        "line 2: field 'resident' must be true or false (in CSV and --set also yes or no)",
    ),
    "a cell too many": (
        GOOD + b"A-1,1961-11-13,yes,no,Quackenbush\n",
        (),
        "line 2: field 'record' has more cells than the 4 columns of the first line",
    ),
    "a cell too few": (
        GOOD + b"A-1,1961-11-13,yes\n",
        (),
        "line 2: field 'record' has fewer cells than the 4 columns of the first line",
    ),
    "a cell under no name": (
        b"reference,,resident\nA-1,Quackenbush,yes\n",
        (),
        "line 2: field 'record' has something in column 2, which has no name in the first line",
    ),
    "a reference with a blank": (
        GOOD + b"SW-77 Quackenbush,1961-11-13,yes,no\n",
        (),
        "line 2: field 'reference' must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit",
    ),
    "a reference twice": (
        GOOD + b"a-1,1990-12-31,yes,no\nA-1,1961-11-13,yes,no\n",
        (),
        "line 3: field 'reference' is that of an earlier record",
    ),
    "letters of Windows": (
        GOOD + "A-1,1961-11-13,yes,no Zoë\n".encode("cp1252"),
        (),
        "line 2: field 'record' is not text in UTF-8: save the table as \"CSV UTF-8\"",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_is_named_with_file_line_and_column(office: Office, table: Path, name: str) -> None:
    data, options, says = ROWS[name]
    table.write_bytes(data)
    ended = batch(office, table, *options)
    assert ended.code == USAGE
    assert ended.err.splitlines()[0] == f"idcard: {table}, {says}"
    measured = office.run("privacy", *office.here, *options, table)
    assert measured.code == (ACCEPT if name.startswith("a reference") else USAGE)
    for each in (ended, measured):
        assert not any(secret in each.out + each.err for secret in SECRETS)


FIRST: Mapping[str, tuple[bytes, tuple[str, ...], str]] = {
    "a column too many": (
        b"reference,birth_date,resident,Surname\n",
        (),
        "line 1: field 'record' names the column 'Surname', which is none of birth_date, ",
    ),
    "no column of references": (
        b"birth_date,resident\n",
        (),
        "line 1: field 'reference' has no column, and every line needs it",
    ),
    "a column that is declared and not there": (
        GOOD,
        ("--column", "birth_date=Geboren"),
        "line 1: field 'birth_date' has no column: none is called 'Geboren'",
    ),
    "a column twice": (
        b"reference,resident,Resident\n",
        (),
        "line 1: field 'record' names a column twice: 'Resident'",
    ),
    "no names at all": (
        b"SW-77,1961-11-13,yes,student\n",
        (),
        "line 1: field 'record' is neither a JSON object nor the names of columns, reference among them",
    ),
    "a sign that parts nothing": (
        b"sep=x\nreferencexresident\n",
        (),
        "line 1: field 'record' names a sign between cells that is none of comma, semicolon, tab and |",
    ),
    "a workbook": (
        b"PK\x03\x04\x14\0\6\0",
        (),
        "line 1: field 'record' is of a workbook: save the table as \"CSV UTF-8\"",
    ),
    "a list": (b'[{"reference": "A-1"}]', (), "line 1: field 'record' begins a list: write one JSON object a line"),
    "a quote that is not closed": (
        GOOD + b'A-1,"1961-11-13,yes,no\n',
        (),
        "line 2: a quote is not closed, and no line after it can be trusted",
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_a_table_that_cannot_be_read_ends_it_with_file_and_line(office: Office, table: Path, name: str) -> None:
    data, options, says = FIRST[name]
    table.write_bytes(data)
    ended = batch(office, table, *options)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {table}, {says}"), ended.err
    assert not any(secret in ended.err for secret in SECRETS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--column", "Geburtsdatum"), "write --column as FIELD=NAME"),
        (("--column", "born=Geburtsdatum"), "--column has no field 'born'; there are: birth_date"),
        (("--column", "reference=a", "--column", "reference=b"), "--column names reference twice"),
        (("--date", "31.12.90"), "--date: show how the table writes 31 December 1990, with all four digits"),
        (("--date", "1.2.1990"), "--date: show how the table writes 31 December 1990, in digits"),
    ],
)
def test_what_is_declared_is_checked_before_anything_is_read(
    office: Office, table: Path, options: tuple[str, ...], says: str
) -> None:
    ended = batch(office, table, *options)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}"), ended.err


# ---- slips and handles beside the records ----


def with_slips(office: Office, table: Path, references: str) -> Path:
    handles = office.home / "handles.jsonl"
    where = ("--handles", handles, "--out", office.home / "slips.tar")
    office.done("slip", "batch", *office.here, *where, stdin=references.encode())
    return handles


PEOPLE = "reference,birth_date,resident,student\nA-1,1990-12-31,yes,no\nA-2,1990-12-31,no,no\nA-3,1990-12-31,yes,no\n"


def all_classes(office: Office, *options: object) -> Ended:
    return office.run("batch", *office.here, *office.secret, *options)


def test_slips_are_wanted_for_those_whose_code_can_be_cancelled(office: Office, table: Path) -> None:
    table.write_text(PEOPLE.replace("A-3,1990-12-31", "A-3,31.12.1961"))
    ended = office.run("slip", "wanted", *office.here, table)
    assert (ended.code, ended.out) == (ACCEPT, "A-1\nA-3\n")  # a pharmacy asks for no age
    assert ended.err == "idcard: 2 slips wanted; 1 record without a code that a slip can cancel\n"
    table.write_text(PEOPLE.replace("A-3,1990-12-31,yes", "A-3,1990-12-31,ja"))
    ended = office.run("slip", "wanted", *office.here, table)
    assert (ended.code, ended.out) == (USAGE, "A-1\n")
    assert ended.err.startswith(f"idcard: {table}, line 4: field 'resident' must be true or false")


def test_handles_are_found_by_the_reference_and_void_slips_are_named(office: Office, table: Path) -> None:
    table.write_text(PEOPLE)
    handles = with_slips(office, table, "a-1\nA-2\nB-9\n")
    ended = all_classes(office, table, "--handles", handles)
    assert ended.code == USAGE
    assert minted(ended) == {"A-1": ["library", "museum", "pool", "pharmacy"], "A-2": []}
    assert ended.err.splitlines()[:3] == [
        f"idcard: the slip of A-2 ({table}, line 3) cancels nothing: destroy the slip",
        f"idcard: {table}, line 4: field 'handles' are missing: make a slip first",
        f"idcard: 1 slip of {handles} has no record in this input",
    ]


@pytest.mark.parametrize("data", [b"", b"A-1\n", b'{"reference": "A-1"}\n', b'{"handles": 1, "reference": "A-1"}\n'])
def test_another_file_is_not_taken_for_handles(office: Office, table: Path, data: bytes) -> None:
    table.write_text(PEOPLE)
    handles = office.home / "handles.jsonl"
    handles.write_bytes(data)
    ended = all_classes(office, table, "--handles", handles)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "that idcard slip batch" in ended.err or "as idcard slip batch --handles writes them" in ended.err


def test_handles_in_the_record_and_beside_it_are_one_too_many(office: Office, table: Path) -> None:
    handles = with_slips(office, table, "A-1\n")
    [line] = map(json.loads, handles.read_text().splitlines())
    table.write_text(json.dumps({**line, "resident": True, "birth_date": "1990-12-31", "student": False}) + "\n")
    ended = all_classes(office, table, "--handles", handles)
    assert ended.code == USAGE
    assert "field 'handles' stand in the record, and in the file of --handles too: give them once" in ended.err


def test_the_folder_is_as_it_was(office: Office, table: Path) -> None:
    before = office.contents()
    table.write_text(PEOPLE)
    office.done("slip", "wanted", *office.here, table)
    assert office.contents() == before
    shutil.rmtree(office.folder / "keys")
    office.done("slip", "wanted", *office.here, table)
    bad: Any = office.run("slip", "wanted", *office.here, "--for", "library", table)
    assert (bad.code, "'library' is no revocable class" in bad.err) == (USAGE, True)
