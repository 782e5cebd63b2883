"""`idcard ledger`: offices cancel apart and put their ledgers together, in any order, and all publish the same."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Office, files_under

from idcard.city import ledger
from idcard.city.ledger import Ledger
from idcard.credential.calendar import as_day, seconds
from idcard.issuing import cancelling, slips

NEXT_DAY, THIRD_DAY = "2026-11-23 12:00", "2026-11-24 12:00"
ONE, TWO, THREE = (bytes((number,)) * 10 for number in (1, 2, 3))
JUNE_2027, JANUARY_2028 = 2027 * 12 + 5, 2028 * 12


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def write(path: Path, held: Ledger) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(ledger.encode(held), "ascii")
    return path


def merge(office: Office, *paths: object, at: str = "") -> Ended:
    return office.run("ledger", "merge", *paths, *office.here, "--yes", at=at)


# ---- show ----


def test_what_is_cancelled_is_counted_by_month_and_shown_no_further(office: Office) -> None:
    write(office.folder / "ledger.csv", {ONE: JUNE_2027, TWO: JANUARY_2028, THREE: JANUARY_2028})
    ended = office.run("ledger", "show", *office.here)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.splitlines() == [
        "2027-06          1",
        "2028-01          2",
        "3 cancelled, 3 of them in no trust file yet",
    ]
    office.publish(at=NEXT_DAY)
    ended = office.run("ledger", "show", *office.here, at=NEXT_DAY)
    assert ended.out.splitlines()[-1] == "3 cancelled, 0 of them in no trust file yet"


def test_json_is_one_object(office: Office) -> None:
    write(office.folder / "ledger.csv", {ONE: JUNE_2027, TWO: JANUARY_2028})
    ended = office.run("ledger", "show", *office.here, "--json")
    assert ended.json() == {
        "schema": 1,
        "months": [{"expires": "2027-06", "cancelled": 1}, {"expires": "2028-01", "cancelled": 1}],
        "unpublished": 2,
    }


def test_where_nothing_was_cancelled_there_is_nothing_and_looking_leaves_nothing(office: Office) -> None:
    before = files_under(office.folder)
    assert office.done("ledger", "show", *office.here) == "0 cancelled, 0 of them in no trust file yet\n"
    assert office.run("ledger", "show", *office.here, "--json").json() == {"schema": 1, "months": [], "unpublished": 0}
    assert files_under(office.folder) == before


def test_what_only_the_trust_file_knows_is_shown_too(office: Office) -> None:
    write(office.folder / "ledger.csv", {ONE: JUNE_2027})
    office.publish(at=NEXT_DAY)
    (office.folder / "ledger.csv").unlink()
    assert office.done("ledger", "show", *office.here, at=NEXT_DAY).splitlines()[-1].startswith("1 cancelled, 0 of")


# ---- merge ----


def test_what_others_cancelled_is_not_taken_unseen(office: Office) -> None:
    other = office.home / "north.csv"
    other.write_text("value,expires\n" + "".join(f"{number:020x},2028-01\n" for number in range(12)))
    command = ("ledger", "merge", other, *office.here)
    ended = office.run(*command)
    assert (ended.code, ended.out, office.ledger()) == (USAGE, "", b"")
    asked = office.on_terminal(*command, answers=[("Cancel 12 more codes or cohorts, as in these ledgers?", "n\n")])
    assert (asked.code, office.ledger()) == (CANNOT_SAY, b"")
    taken = office.on_terminal(*command, answers=[("Cancel 12 more codes or cohorts, as in these ledgers?", "y\n")])
    assert (taken.code, office.ledger().count(b"\n")) == (ACCEPT, 13)
    assert office.run(*command).out == "0 more cancelled\n"


def test_no_month_of_another_office_is_later_than_any_code_can_have(office: Office) -> None:
    other = office.home / "north.csv"
    other.write_text(f"value,expires\n{'01' * 10},9999-12\n{'02' * 10},2028-01\n")
    assert merge(office, other).out == "2 more cancelled\n"
    last = max(key.verify_until for key in office.held().trust_list.keys)
    assert office.ledger().decode().splitlines()[1:] == [f"{'01' * 10},{as_day(last)[:7]}", f"{'02' * 10},2028-01"]


def test_what_others_cancelled_is_taken_in_and_counted(office: Office) -> None:
    write(office.folder / "ledger.csv", {ONE: JUNE_2027})
    north = write(office.home / "north/ledger.csv", {ONE: JUNE_2027, TWO: JUNE_2027})
    south = write(office.home / "south/ledger.csv", {TWO: JANUARY_2028, THREE: JUNE_2027})
    ended = merge(office, north, south)
    assert (ended.code, ended.out) == (ACCEPT, "2 more cancelled\n")
    assert ledger.decode(office.ledger().decode()) == {ONE: JUNE_2027, TWO: JANUARY_2028, THREE: JUNE_2027}
    assert stat.S_IMODE((office.folder / "ledger.csv").stat().st_mode) == 0o600


def test_once_more_changes_nothing(office: Office) -> None:
    north = write(office.home / "north/ledger.csv", {ONE: JUNE_2027, TWO: JUNE_2027})
    merge(office, north)
    before = office.contents()
    for paths in ((north,), (north, north), (office.folder / "ledger.csv",)):
        ended = merge(office, *paths, at=NEXT_DAY)
        assert (ended.code, ended.out) == (ACCEPT, "0 more cancelled\n")
        assert office.contents() == before


def test_what_has_expired_is_not_taken_in(office: Office) -> None:
    lately = 2026 * 12 + 10
    north = write(office.home / "north/ledger.csv", {ONE: lately - 4, TWO: JUNE_2027, THREE: lately})
    assert merge(office, north).out == "1 more cancelled\n"
    # What ended less than V ago is kept, in case that a clock was wrong about it; it is not published.
    assert ledger.decode(office.ledger().decode()) == {TWO: JUNE_2027, THREE: lately}
    office.publish(at=NEXT_DAY)
    assert list(office.held().cancellations) == [TWO]


def damaged(path: Path) -> None:
    path.write_text(f"value,expires\n{ONE.hex()},2027-06\n{TWO.hex()},2027-6\n", "ascii")


def cut_short(path: Path) -> None:
    path.write_text(f"value,expires\n{ONE.hex()},2027-06\n{TWO.hex()},20", "ascii")


def counts(path: Path) -> None:
    path.write_text("day,key,class,codes\n", "ascii")


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate((16 << 20) + 1)


def missing(path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (damaged, "strange.csv: line 3 of the ledger is damaged, or stands twice"),
        (cut_short, "strange.csv: line 3 of the ledger is cut short"),
        (counts, "strange.csv: line 1 of the ledger is not 'value,expires'"),
        (not_text, "strange.csv is not text in UTF-8"),
        (huge, "strange.csv is larger than"),
        (missing, "strange.csv: no such file or directory"),
    ],
)
def test_of_several_ledgers_all_are_taken_in_or_none(office: Office, make: Callable[[Path], None], says: str) -> None:
    good, strange = write(office.home / "north/ledger.csv", {ONE: JUNE_2027}), office.home / "strange.csv"
    make(strange)
    before = files_under(office.folder)
    ended = merge(office, good, strange)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert TWO.hex() not in ended.err
    assert files_under(office.folder) == before


def test_into_a_damaged_ledger_nothing_is_taken(office: Office) -> None:
    good = write(office.home / "north/ledger.csv", {ONE: JUNE_2027})
    damaged(office.folder / "ledger.csv")
    before = office.contents()
    for command in (("ledger", "merge", good), ("ledger", "show")):
        ended = office.run(*command, *office.here)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "line 3 of the ledger is damaged" in ended.err
        assert TWO.hex() not in ended.err
        assert office.contents() == before


@pytest.mark.parametrize("command", [("show",), ("merge", "ledger.csv")])
@pytest.mark.parametrize("name", ["nowhere", "officers"])
def test_a_folder_that_is_no_city_has_no_ledger(office: Office, command: tuple[str, ...], name: str) -> None:
    before = files_under(office.home)
    ended = office.run("ledger", *command, "--city", office.home / name)
    assert (ended.code, ended.out) == (USAGE, "")
    assert files_under(office.home) == before


# ---- two offices ----


def cancelled_by_slips(office: Office, number: int) -> Ledger:
    """What so many `idcard cancel` leave; the command itself would take seconds."""
    in_force, now = office.held(), seconds(datetime(2026, 11, 22, 12, tzinfo=UTC))
    made = (slips.new(in_force.root.scope, life=12, now=now) for _ in range(number))
    plan = office.plan()
    entries = (entry for each in made for entry in cancelling.of_slip(each, plan, in_force, (), now))
    return {entry.value: entry.month for entry in entries}


def test_two_offices_that_put_their_ledgers_together_publish_the_same_bytes(office: Office) -> None:
    north, south = (replace(office, home=office.home / name) for name in ("north", "south"))
    common = {ONE: JUNE_2027, TWO: JANUARY_2028}
    for there, month in ((north, JUNE_2027), (south, JANUARY_2028)):
        shutil.copytree(office.folder, there.folder)
        shutil.copy(office.home / "passphrase.txt", there.home)
        held = {**cancelled_by_slips(office, 1000), **common, THREE: month}
        write(there.folder / "ledger.csv", held)
    sent = {each: each.home / "sent.csv" for each in (north, south)}
    for there, copy in sent.items():
        shutil.copy(there.folder / "ledger.csv", copy)
    assert merge(north, sent[south]).out == merge(south, sent[north]).out == "1,000 more cancelled\n"
    assert north.ledger() == south.ledger()
    for there in (north, south):
        there.publish(at=NEXT_DAY)
    assert north.trust.read_bytes() == south.trust.read_bytes()
    assert len(north.held().cancellations) == 2003

    before = north.contents()
    for copy in (south.folder / "ledger.csv", *sent.values()):
        assert merge(north, copy, at=NEXT_DAY).out == "0 more cancelled\n"
    assert north.contents() == before


def test_three_ledgers_in_any_order_are_one(office: Office) -> None:
    """And whether they come one by one or together."""
    held = ({ONE: JUNE_2027, TWO: JANUARY_2028}, {TWO: JUNE_2027, THREE: JUNE_2027}, {ONE: JANUARY_2028})
    paths = [write(office.home / f"office-{number}.csv", each) for number, each in enumerate(held)]
    found = set()
    for order in ([paths], [[each] for each in paths], [[each] for each in reversed(paths)], [paths[1:], paths[:1]]):
        for group in order:
            merge(office, *group)
        found.add(office.ledger())
        (office.folder / "ledger.csv").unlink()
    assert len(found) == 1


def test_a_cancellation_of_another_office_can_be_taken_back_here_and_comes_with_its_ledger_again(
    office: Office,
) -> None:
    card = office.hand_out()
    office.done("cancel", *office.here, stdin=card.typed)
    north = office.home / "north.csv"
    shutil.copy(office.folder / "ledger.csv", north)
    office.done("cancel", *office.here, "--undo", stdin=card.typed)
    assert office.ledger() == b"value,expires\n"
    assert merge(office, north).out == "1 more cancelled\n"
