"""`idcard privacy`: what an officer and the city's lawyer read, and that nothing about a person is in it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from cities import ADULT, CHILD, STUDENT
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Founded, files_under, idcard, idcard_on_terminal
from populations import STATIONS, lines, population

from idcard.city import combinations
from idcard.credential.scope import Scope
from idcard.credential.text import Environment

FIGURES = {"cards", "groups", "smallest", "median", "rare", "rare_share", "bits", "worst"}


def measure(founded: Founded, *options: object, stdin: bytes = b"", **how: Any) -> Ended:
    return idcard("privacy", "--city", founded.folder, *options, stdin=stdin, **how)


def of(report: dict[str, Any], venue_class: str) -> dict[str, Any]:
    return next(each for each in report["classes"] if each["class"] == venue_class)


def row(rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in rows if name in (each.get("split"), each.get("remedy"), each.get("claim")))


SOME = [
    {**ADULT, "made": "2027-01-10", "station": "north"},
    {**ADULT, "made": "2027-02-20", "station": "south"},
    {**STUDENT, "made": "2027-02-21", "station": "north"},
    {**CHILD, "made": "2027-03-31", "station": "north"},
]


# ---- what is printed ----

TABLE = """\
Privacy of 4 cards, k = 2

What one code reveals
  Who sees a code knows that its holder is one of a cohort: all who carry the same bytes. Bits say
  how far this narrows down all cards, on average and in the smallest cohort: 1 bit halves them, 10
  leave one in 1,024. Under 2: the share of the cards that are in cohorts of fewer than 2.
  class     kind       cards  cohorts  smallest  median  under 2  bits  worst
  library   cohort         4        1         4       4    0.0 %  0.00   0.00
  museum    cohort         4        1         4       4    0.0 %  0.00   0.00
  pool      cohort         3        1         3       3    0.0 %  0.42   0.42
  pharmacy  revocable      4        4         1       1  100.0 %  2.00   2.00  unique: a handle
  theatre   cohort         2        1         2       2    0.0 %  1.00   1.00
"""


def test_the_table_says_first_what_one_code_tells(founded: Founded) -> None:
    ended = measure(founded, "--k", "2", stdin=lines(SOME))
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.startswith(TABLE)


def test_the_table_is_read_from_top_to_bottom_and_fits(founded: Founded) -> None:
    out = measure(founded, "--k", "2", stdin=lines(SOME)).out
    heads = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert heads[1:] == [
        "What one code reveals",
        "Two venues of one class that compare notes",
        "Two venues of different classes that compare notes",
        "The issuer with the scan log of a venue",
        "What splits the cohorts",
        "What would help",
        "The first days of a cohort",
    ]
    assert max(map(len, out.splitlines())) <= 100


def table_row(out: str, *words: str) -> str:
    (found,) = (
        line for line in out.splitlines() if re.match(r"\s+" + r"\s+".join(map(re.escape, words)) + r"\s", line)
    )
    return found


def test_what_is_rare_is_marked_with_a_word(founded: Founded) -> None:
    """Library with a key for each station: three at north and one at south, who is alone."""
    out = measure(founded, "--k", "2", stdin=lines(SOME)).out
    assert table_row(out, "library", "a key for each station").endswith("WARNING")
    assert not table_row(out, "library", "as issued").endswith("WARNING")
    assert "WARNING" not in measure(founded, "--k", "1", stdin=lines(SOME)).out


def test_the_object_has_stable_names(founded: Founded) -> None:
    report = measure(founded, "--json", "--k", "2", stdin=lines(SOME)).json()
    assert report.keys() == {"schema", "k", "cards", "warnings", "classes", "pairs"}
    assert (report["schema"], report["k"], report["cards"], report["warnings"]) == (1, 2, 4, [])
    for each in report["classes"]:
        assert each.keys() == {"class", "kind", "first_days", "issuer", "splits", "remedies"} | FIGURES
        assert each["issuer"].keys() == FIGURES
        assert all(split.keys() == {"split", "unique"} | FIGURES for split in each["splits"])
        assert all(remedy.keys() == {"remedy", "claim", "unique"} | FIGURES for remedy in each["remedies"])
    for pair in report["pairs"]:
        assert pair.keys() == {"classes", "narrows", "from"} | FIGURES
        assert pair["from"].keys() == {"both", "key", "expiry", "claims"}
    library = of(report, "library")
    assert (library["kind"], library["smallest"], library["first_days"]) == ("cohort", 4, {"7": 1, "30": 1})
    pharmacy = of(report, "pharmacy")
    assert (pharmacy["kind"], pharmacy["smallest"], pharmacy["first_days"]) == ("revocable", 1, None)
    assert row(of(report, "pool")["remedies"], "age_over_18")["remedy"] == "drop"
    assert [each["classes"] for each in report["pairs"]][:2] == [["library", "museum"], ["library", "pool"]]


# ---- what the stream leaves open ----

UNDATED = "1 of 5 records has no day and was counted as made today"
UNPLACED = "1 of 5 records names no station: how station keys would split the cards is unknown"


def test_a_number_of_a_library_makes_each_card_one_of_one(founded: Founded) -> None:
    out = measure(founded, "--k", "2", "--numbered", "pool", stdin=lines(SOME)).out
    assert "A library's number on the card\n  3 cards with a number, each different: 2.00 bits. Whoever reads" in out
    report = json.loads(measure(founded, "--json", "--numbered", "pool", stdin=lines(SOME)).out)
    assert report["number"] == {"cards": 3, "bits": 2.0}
    ended = measure(founded, "--numbered", "zoo", stdin=lines(SOME))
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: --numbered takes one of library, museum, pool, pharmacy, theatre")


def test_a_record_without_day_and_station_is_warned_of(founded: Founded) -> None:
    records = lines([*SOME, ADULT])
    ended = measure(founded, "--k", "1", stdin=records)
    assert ended.out.startswith(f"Privacy of 5 cards, k = 1\n  WARNING: {UNDATED}\n  WARNING: {UNPLACED}\n\nWhat one")
    assert measure(founded, "--json", stdin=records).json()["warnings"] == [
        {"warning": "undated", "count": 1, "of": 5, "text": UNDATED},
        {"warning": "unplaced", "count": 1, "of": 5, "text": UNPLACED},
    ]


def test_more_of_them_are_more(founded: Founded) -> None:
    out = measure(founded, stdin=lines([*SOME[:2], ADULT, CHILD])).out
    assert "WARNING: 2 of 4 records have no day and were counted as made today\n" in out
    assert "WARNING: 2 of 4 records name no station: how station keys" in out


def test_a_handle_that_comes_twice_makes_no_code_unique(founded: Founded, tmp_path: Path) -> None:
    codes = printed(founded, tmp_path, "--json")
    assert "unique" in measure(founded, stdin=codes).out
    assert measure(founded, "--json", stdin=codes).json()["warnings"] == []
    twice = measure(founded, stdin=codes + codes.splitlines(keepends=True)[0])
    says = "1 handle stands in more than one code: two cards, or one card counted twice"
    assert f"  WARNING: {says}\n" in twice.out
    assert table_row(twice.out, "pharmacy", "revocable").endswith("  WARNING: handles repeat")
    assert "unique: a handle" not in twice.out
    assert "stays unique" not in twice.out
    assert measure(founded, "--json", stdin=codes * 2).json()["warnings"] == [
        {"warning": "repeated", "count": 2, "of": None, "text": says.replace("1 handle stands", "2 handles stand")}
    ]


def test_k_is_50_unless_said(founded: Founded) -> None:
    assert measure(founded, "--json", stdin=lines(SOME)).json()["k"] == 50
    assert measure(founded, stdin=lines(SOME[:1])).out.startswith("Privacy of 1 card, k = 50\n")


def test_a_file_and_standard_input_are_the_same(founded: Founded, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(lines(SOME))
    by_file, by_dash, by_pipe = measure(founded, path), measure(founded, "-", stdin=lines(SOME)), measure(
        founded, stdin=lines(SOME)
    )  # fmt: skip
    assert by_file == by_dash == by_pipe


def printed(founded: Founded, work: Path, *options: object) -> bytes:
    """What `mint` prints for two residents, each with a slip of their own."""
    out = b""
    for _ in range(2):
        handles = work / "handles.json"
        assert idcard("slip", "new", "--city", founded.folder, "--handles", handles).code == ACCEPT
        minted = idcard("mint", *founded.options, "--handles", handles, *options, stdin=json.dumps(ADULT).encode())
        assert minted.code == ACCEPT, minted.err
        handles.unlink(missing_ok=True)
        out += minted.out.encode()
    return out


def test_codes_are_measured_as_mint_prints_them(founded: Founded, tmp_path: Path) -> None:
    """As lines, and as the objects of --json. Which codes share a card only the objects say."""
    in_lines = printed(founded, tmp_path)
    as_lines = measure(founded, "--json", stdin=in_lines).json()
    as_objects = measure(founded, "--json", stdin=printed(founded, tmp_path, "--json")).json()
    for report in (as_lines, as_objects):
        assert (report["cards"], of(report, "library")["smallest"], of(report, "pharmacy")["groups"]) == (2, 2, 2)
    assert (as_lines["pairs"], len(as_objects["pairs"])) == ([], 6)
    said = measure(founded, stdin=in_lines).out
    assert said.startswith("Privacy of at least 2 cards")
    assert "Some lines do not say which codes share a card" in said


def test_a_bar_shows_at_a_terminal_that_it_reads(founded: Founded) -> None:
    shown = idcard_on_terminal("privacy", "--city", founded.folder, "--k", "2", stdin=lines(SOME))
    assert shown.code == ACCEPT
    assert "Reading" in shown.out


# ---- nothing about a person ----


def test_no_personal_value_is_in_any_output(founded: Founded, tmp_path: Path) -> None:
    people = population(200)
    common = tmp_path / "common.json"
    ended = measure(founded, "--common", common, stdin=lines(people))
    said = ended.out + ended.err + common.read_text("utf-8")
    as_json = measure(founded, "--json", stdin=lines(people)).out
    for person in people:
        for field in ("name", "address", "birth_date", "made"):
            assert person[field] not in said + as_json
    assert not any(station in said + as_json for station in STATIONS)


def test_nothing_is_written_but_what_is_asked_for(founded: Founded, tmp_path: Path) -> None:
    before = files_under(founded.folder)
    measure(founded, stdin=lines(SOME), cwd=tmp_path)
    assert files_under(founded.folder) == before
    assert files_under(tmp_path) == set()


# ---- the list of common combinations ----


def test_no_file_is_written_over(founded: Founded, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    ended = measure(founded, "--common", there, stdin=lines(SOME))
    assert (ended.code, ended.out) == (USAGE, "")
    assert "already exists" in ended.err
    assert there.read_text() == "mine"


def test_the_list_has_what_is_common_and_nothing_else(founded: Founded, tmp_path: Path) -> None:
    common = tmp_path / "common.json"
    assert measure(founded, "--k", "2", "--common", common, stdin=lines(SOME[:3])).code == ACCEPT
    found = combinations.decode(common.read_text("utf-8"), Scope(Environment.TEST, "springfield"))
    names = {each.venue_class for each in found.combinations if not each.without}
    assert (found.k, names) == (2, {"library", "museum", "pool", "pharmacy"})


def test_no_list_is_written_from_what_may_be_counted_wrongly(founded: Founded, tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    outputs = ("--common", tmp_path / "outputs/common.json")
    twice = printed(founded, tmp_path) * 2
    for stdin, says in ((lines([*SOME, ADULT]), "1 of 5 records lacks"), (twice, "2 handles stand in more than one")):
        ended = measure(founded, *outputs, stdin=stdin)
        assert (ended.code, ended.out) == (USAGE, "")
        assert says in ended.err
    assert files_under(tmp_path / "outputs") == set()


def minted(founded: Founded, common: Path, record: dict[str, Any]) -> Ended:
    """The theatre code of somebody, if the list has it."""
    return idcard(
        *("mint", *founded.options, "--for", "theatre", "--common", common), stdin=json.dumps(record).encode()
    )


def test_mint_refuses_what_the_list_lacks_and_says_whom_to_tell(founded: Founded, tmp_path: Path) -> None:
    common, without = tmp_path / "common.json", tmp_path / "without.json"
    assert measure(founded, "--k", "1", "--common", common, stdin=lines(SOME)).code == ACCEPT
    assert minted(founded, common, STUDENT).code == ACCEPT
    assert measure(founded, "--k", "2", "--common", without, stdin=lines(SOME[:3])).code == ACCEPT
    refused = minted(founded, without, STUDENT)
    assert (refused.code, refused.out) == (USAGE, "")
    assert refused.err == (
        "idcard: a theatre code with these claims would be one of few; tell the key officer: leave student out of the "
        "profile, then run idcard privacy --common again\n"
    )


@pytest.mark.parametrize("change", [{"city": "shelbyville"}, {"environment": "production"}])
def test_mint_refuses_the_list_of_another_city(founded: Founded, tmp_path: Path, change: dict[str, str]) -> None:
    common = tmp_path / "common.json"
    measure(founded, "--k", "1", "--common", common, stdin=lines(SOME))
    common.write_text(json.dumps({**json.loads(common.read_text("utf-8")), **change}), "utf-8")
    ended = minted(founded, common, STUDENT)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "not of the test city springfield: run idcard privacy --common for it" in ended.err


def test_help_says_how_age_from_is_listed(founded: Founded) -> None:
    told = " ".join(measure(founded, "--help").out.split())
    assert "Its list says only whether a combination has age_from, not which month" in told


# ---- what is refused ----


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        (b"", "there is no record and no code in the stream"),
        (
            lines([*SOME, {**ADULT, "birth_date": "4.5.1991"}]),
            "line 5: field 'birth_date' must be a date like 1990-12-31",
        ),
        (lines([*SOME, {**ADULT, "made": "4.5.1991"}]), "line 5: field 'made' must be a day like 2027-03-14, from"),
        (lines([{"name": "Ada 1991"}]), "line 1: field 'resident' is missing"),
        (lines(SOME) + b"1991\n", "line 5: field 'line' is no JSON object, and no venue class, tab and code"),
        (lines(SOME) + b"library\t1991\n", "line 5: field 'line' is not one of records, like those before it"),
        (b"library\t1991\n", "line 1: field 'text' is not a code"),
        (lines(SOME) + b'{"a": "' + b"1991" * 20_000 + b'"}', "line 5: field 'line' is longer than 65536 bytes"),
    ],
)
def test_a_bad_line_ends_it_with_no_report_at_all(founded: Founded, tmp_path: Path, stdin: bytes, says: str) -> None:
    outputs = ("--common", tmp_path / "common.json")
    for options in (outputs, ("--json",)):
        ended = measure(founded, *options, stdin=stdin)
        assert (ended.code, ended.out) == (USAGE, "")
        assert says in ended.err
        assert "1991" not in ended.err
    assert files_under(tmp_path) == set()


@pytest.mark.parametrize("k", ["0", "-1", "many", "1.5"])
def test_k_is_a_number_of_cards(founded: Founded, k: str) -> None:
    ended = measure(founded, "--k", k, stdin=lines(SOME))
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--k" in ended.err


def test_a_file_that_is_not_there_is_named(founded: Founded, tmp_path: Path) -> None:
    ended = measure(founded, tmp_path / "records.jsonl")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "records.jsonl: no such file" in ended.err


def test_a_folder_that_is_no_city_measures_nothing(tmp_path: Path) -> None:
    ended = idcard("privacy", "--city", tmp_path, stdin=lines(SOME))
    assert (ended.code, ended.out) == (USAGE, "")


def test_a_failure_inside_leaves_nothing_and_tells_nothing(founded: Founded, tmp_path: Path) -> None:
    prelude = "from idcard.privacy import figures\ndef report(*_): raise ValueError('1990')\nfigures.report = report\n"
    ended = measure(founded, "--common", tmp_path / "common.json", stdin=lines(SOME), prelude=prelude)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert "1990" not in ended.err
    assert files_under(tmp_path) == set()


# ---- a city of 85,000 ----


@pytest.fixture(scope="module")
def city_of_85_000(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("population") / "records.jsonl"
    path.write_bytes(lines(population(85_000)))
    return path


@pytest.mark.slow
def test_in_a_city_of_85_000_library_and_museum_codes_hide_everybody(founded: Founded, city_of_85_000: Path) -> None:
    """Five years of enrolment, 3 % replacements a year, one city-wide cohort key a quarter."""
    report = measure(founded, city_of_85_000, "--json").json()
    assert report["warnings"] == []
    assert 90_000 < report["cards"] < 100_000  # replacements among them
    for name in ("library", "museum"):
        each = of(report, name)
        assert each["smallest"] >= 1000
        assert (each["groups"], each["rare"], each["rare_share"]) == (20, 0, 0)
        # A key for each of the four stations is what the design warns of.
        stations = row(each["splits"], "stations")
        assert stations["groups"] == 80
        assert stations["smallest"] < 50 < 1000
        assert stations["rare"] > 0
        assert (
            row(each["remedies"], "key-year")["smallest"] > each["smallest"] > row(each["splits"], "month")["smallest"]
        )
    pharmacy = of(report, "pharmacy")
    assert (pharmacy["smallest"], pharmacy["rare_share"]) == (1, 1)
    assert row(pharmacy["remedies"], "cohort")["smallest"] >= 1000


@pytest.mark.slow
def test_the_warning_of_four_station_keys_stands_beside_it(founded: Founded, city_of_85_000: Path) -> None:
    out = measure(founded, city_of_85_000).out
    for name in ("library", "museum"):
        assert table_row(out, name, "a key for each station").endswith("WARNING")
        assert not table_row(out, name, "as issued").endswith("WARNING")
        assert " 0.0 % " in table_row(out, name, "as issued")
    assert max(map(len, out.splitlines())) <= 100
