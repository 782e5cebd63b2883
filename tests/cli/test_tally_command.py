"""`idcard tally`: what a venue reports to the city."""

import os
from pathlib import Path

import pytest
from cities import NOW, City
from command import ACCEPT, USAGE, Ended, idcard

from idcard.verify import memory

CITY = City()
HEADER = "desk,month,class,verdict,codes"
DESK = "0123456789abcdef"
HELD = f"""{HEADER}
{DESK},2026-11,library,accept,1200
fedcba9876543210,2026-11,library,accept,34
{DESK},2026-11,library,expired,1
{DESK},2026-12,library,no-trust-file,2
{DESK},2026-12,museum,accept,1
{DESK},2026-12,museum,photo-confirmed,7
{DESK},2026-12,museum,photo-no-match,1
{DESK},2026-12,museum,photo-unanswered,1
"""


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """The memory of a venue, with a tally beside it."""
    path = tmp_path / "venue.idmemory"
    path.write_bytes(memory.encode(memory.install(CITY.file, fingerprint=None, now=NOW)))
    (tmp_path / "tally.csv").write_text(HELD)
    return path


def tally(venue: Path, *more: object) -> Ended:
    return idcard("tally", "--memory", venue, *more)


def test_it_is_told_by_month_class_and_reason(venue: Path) -> None:
    ended = tally(venue)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.splitlines() == [
        "2026-11      1,234  library  accept",
        "2026-11          1  library  reject  expired",
        "2026-12          2  library  cannot say  no-trust-file",
        "2026-12          1  museum  accept",
        "2026-12          7  museum  accept  photo-confirmed",
        "2026-12          1  museum  accept  photo-no-match",
        "2026-12          1  museum  accept  photo-unanswered",
    ]


def test_a_program_gets_one_object(venue: Path) -> None:
    told = tally(venue, "--json").json()
    assert told["schema"] == 1
    assert told["tally"][:2] == [
        {"month": "2026-11", "class": "library", "outcome": "accept", "reason": None, "photo": None, "codes": 1234},
        {"month": "2026-11", "class": "library", "outcome": "reject", "reason": "expired", "photo": None, "codes": 1},
    ]
    assert [row["outcome"] for row in told["tally"]] == ["accept", "reject", "cannot-say", *["accept"] * 4]
    assert [row["photo"] for row in told["tally"][3:]] == [None, "confirmed", "no-match", "unanswered"]
    assert told["tally"][-1]["reason"] is None


def test_nothing_counted_is_nothing(venue: Path) -> None:
    (venue.parent / "tally.csv").unlink()
    ended = tally(venue)
    assert (ended.code, ended.out, ended.err) == (ACCEPT, "", "idcard: nothing was counted here yet\n")
    assert tally(venue, "--json").json() == {"schema": 1, "tally": []}


def test_another_tally_can_be_named(venue: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(f"{HEADER}\n{DESK},2027-01,zoo,accept,5\n")
    assert tally(venue, "--tally", tmp_path / "other.csv").out == "2027-01          5  zoo  accept\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "day,class,verdict,codes\n2026-11-22,library,accept,1\n",
        f"{HEADER}\n{DESK},2026-11,library,\x1b[31m,1\n",
        "\xff",
    ],
)
def test_a_damaged_tally_is_not_told(venue: Path, text: str) -> None:
    (venue.parent / "tally.csv").write_text(text, "latin-1")
    ended = tally(venue)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "tally" in ended.err


def test_the_report_can_be_printed_when_the_trust_file_is_gone(venue: Path) -> None:
    before = tally(venue)
    venue.unlink()
    assert before.out
    assert tally(venue) == before


def test_a_named_tally_that_does_not_exist_is_no_empty_one(venue: Path, tmp_path: Path) -> None:
    ended = tally(venue, "--tally", tmp_path / "missing.csv")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "there is no such file" in ended.err


def test_where_only_an_administrator_writes_each_user_has_a_tally(venue: Path, tmp_path: Path) -> None:
    """Nobody can take the right to write from the one who runs these tests, so the look for it answers no."""
    denied = f"import os; os.access = lambda path, mode: str(path) != {os.fspath(venue.parent)!r}"
    env = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": ""}
    scanned = idcard("scan", "--for", "library", "--memory", venue, stdin=b"x\n", prelude=denied, env=env)
    assert scanned.code == ACCEPT
    assert (venue.parent / "tally.csv").read_text() == HELD
    ended = idcard("tally", "--memory", venue, prelude=denied, env=env)
    assert ended.out.endswith("  1  library  reject  not-a-code\n")
    assert len(list((tmp_path / "home").rglob("tally.csv"))) == 1
