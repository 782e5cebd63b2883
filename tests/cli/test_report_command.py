"""What a city tells its council: closed quarters, every number rounded down, the same in each form; and how numbers of
counters and venues come together."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from command import ACCEPT, USAGE, Office, rows_of

OFFICE, NORTH = "0123456789abcdef", "fedcba9876543210"
COUNTS = f"""counter,month,key,class,codes
{OFFICE},2026-12,1a2b3c4d,library,1204
{OFFICE},2027-01,1a2b3c4d,library,19
{OFFICE},2027-02,5e6f7a8b,library,17
{OFFICE},2027-03,5e6f7a8b,theatre,9
{OFFICE},2027-04,5e6f7a8b,theatre,800
{NORTH},2027-01,1a2b3c4d,library,5
"""
TALLY = f"""desk,month,class,verdict,codes
{OFFICE},2027-01,library,accept,331
{OFFICE},2027-01,library,expired,14
{OFFICE},2027-01,library,wrong-class,6
{OFFICE},2027-01,library,bad-signature,5
{OFFICE},2027-01,library,trust-expired,3
{NORTH},2027-02,library,photo-confirmed,8
{NORTH},2027-02,library,photo-no-match,12
"""
APRIL = "2027-04-15 09:00"
HEAD = "                                                    2026-Q4     2027-Q1       total"


@pytest.fixture
def told(office: Office) -> Office:
    (office.folder / "counts.csv").write_text(COUNTS)
    (office.folder / "tally.csv").write_text(TALLY)
    return office


def report(office: Office, *options: object) -> str:
    return office.done("city", "report", *office.here, "--quarters", "2", *options, at=APRIL)


def test_numbers_are_of_closed_quarters_and_rounded_down(told: Office) -> None:
    """41 codes of the library are 40, 9 of the theatre are not told, as April's are not. 6 + 5 refusals are 10."""
    assert [" ".join(line.split()) for line in report(told).splitlines()] == [
        "Codes made 2026-Q4 2027-Q1 total",
        "library: made 1,200 40 1,240",
        "all 1,200 40 1,240",
        "",
        "Codes checked at venues 2026-Q4 2027-Q1 total",
        "library: accepted 0 330 330",
        "library: accepted, the photo did not match 0 10 10",
        "library: refused, expired 0 10 10",
        "library: refused, other reasons 0 10 10",
        "all 0 360 360",
        "",
        "every number is rounded down to tens, and a total is the sum of the numbers beside it",
    ]


def test_a_report_of_more_quarters_says_no_more_of_each(told: Office) -> None:
    """Ten that expired in one quarter do not bring the one of the next into a line of its own."""
    more = f"{OFFICE},2026-12,library,wrong-class,10\n{OFFICE},2026-12,library,expired,1\n"
    (told.folder / "tally.csv").write_text(TALLY + more)
    of_two = [" ".join(line.split()) for line in report(told).splitlines() if "refused" in line]
    assert of_two == [
        "library: refused, expired 0 10 10",
        "library: refused, wrong-class 10 0 10",
        "library: refused, other reasons 0 10 10",
    ]
    of_one = told.done("city", "report", *told.here, "--quarters", "1", at=APRIL)
    assert [" ".join(line.split()) for line in of_one.splitlines() if "refused" in line] == [
        "library: refused, expired 10 10",
        "library: refused, other reasons 10 10",
    ]


def test_every_form_says_the_same(told: Office) -> None:
    rows = list(csv.reader(io.StringIO(report(told, "--format", "csv"))))
    assert rows[0] == ["table", "place", "what", "reason", "2026-Q4", "2027-Q1", "total"]
    cells = [[int(cell) for cell in row[4:]] for row in rows[1:]]
    assert all(cell % 10 == 0 for row in cells for cell in row)
    in_table = re.findall(r"^.*\S  +([\d,]+) +([\d,]+) +([\d,]+)$", report(told), re.MULTILINE)
    assert [[int(cell.replace(",", "")) for cell in row] for row in in_table] == cells
    as_json = json.loads(report(told, "--format", "json"))
    assert [row["codes"] for table in as_json["tables"] for row in table["rows"]] == [
        each[:2] for row, each in zip(rows[1:], cells, strict=True) if row[1] != "all"
    ]
    picture = report(told, "--format", "svg")
    bars = re.findall(
        r'<rect class="bar" x="300" y="\d+" width="(\d+)" height="14"/>\n<text [^>]*>([\d,]+)</text>', picture
    )
    drawn = [int(number.replace(",", "")) for _, number in bars]
    assert drawn == [cell for row, each in zip(rows[1:], cells, strict=True) if row[1] != "all" for cell in each[:2]]
    assert {width for width, number in bars if number == "0"} == {"0"}


def test_a_picture_or_table_is_a_new_file(told: Office) -> None:
    out = told.home / "report.svg"
    assert report(told, "--format", "svg", "--out", out) == ""
    assert out.read_text("utf-8").startswith("<svg ")
    assert told.run("city", "report", *told.here, "--out", out, at=APRIL).code == USAGE


def test_a_city_without_numbers_says_so(office: Office) -> None:
    assert report(office).count("no numbers yet: quarters are shown when they are over, and numbers from ten on") == 2


def test_what_counters_and_venues_counted_comes_together_and_never_doubles(office: Office) -> None:
    counter, venue = office.home / "counts of north.csv", office.home / "tally.csv"
    counter.write_text(COUNTS)
    venue.write_text(TALLY)
    collect = ("city", "collect", counter, venue, *office.here)
    assert office.done(*collect) == "2,054 more codes made, 379 more codes checked at venues\n"
    assert office.done(*collect) == "0 more codes made, 0 more codes checked at venues\n"
    counter.write_text(COUNTS.replace(f"{NORTH},2027-01,1a2b3c4d,library,5", f"{NORTH},2027-01,1a2b3c4d,library,7"))
    assert office.done(*collect) == "2 more codes made, 0 more codes checked at venues\n"
    assert office.done("city", "counts", *office.here).splitlines()[0] == "2026-12      1,204  library"


def test_a_copy_of_a_folder_counts_as_another_counter(office: Office, tmp_path: Path) -> None:
    """Or codes that both made would be merged into one number."""
    person = ("--for", "library", "--set", "resident=yes")
    office.done("mint", *office.here, *office.secret, *person)
    copy = tmp_path / "north"
    copy.mkdir()
    for path in office.folder.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "keys").symlink_to(office.folder / "keys")
    office.done("mint", "--city", copy, *office.secret, *person)
    office.done("mint", *office.here, *office.secret, *person)
    office.done("city", "collect", copy / "counts.csv", *office.here)
    assert sorted(int(row.split(",")[-1]) for row in rows_of(office.folder / "counts.csv")[1:]) == [1, 2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("month,codes\n", "neither the counts.csv of a counter nor the tally.csv of a venue"),
        ("counter,month,key,class,codes\nx\n", "numbers.csv: line 2 of the counts is damaged"),
        ("day,class,verdict,codes\n2026-11-22,library,accept,31\n", "numbers.csv: the tally is of an earlier program"),
    ],
)
def test_what_is_no_file_of_numbers_changes_nothing(office: Office, text: str, says: str) -> None:
    (office.home / "numbers.csv").write_text(text)
    (office.home / "good.csv").write_text(COUNTS)
    ended = office.run("city", "collect", office.home / "good.csv", office.home / "numbers.csv", *office.here)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not (office.folder / "counts.csv").exists()


def test_it_says_whose_numbers_are_in_it(told: Office) -> None:
    ended = told.run("city", "report", *told.here, at=APRIL)
    assert (ended.code, ended.err) == (ACCEPT, "idcard: the numbers of 2 counters and 2 venue desks are in it\n")
