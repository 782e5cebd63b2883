"""`idcard cohort`, and `--cohort-sheet` of others: a counter without a key gives out the very codes of the key."""

import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Founded, Office, files_under, idcard, idcard_on_terminal, rows_of

STUDENT = {"birth_date": "2004-02-29", "resident": True, "student": True}
ADULT = {"birth_date": "1990-04-01", "resident": True, "student": False}
COHORTS = ("library", "museum", "pool", "theatre")
JANUARY, OCTOBER = "2027-01-04 09:00", "2027-10-01 09:00"


def for_classes(*names: str) -> tuple[str, ...]:
    return tuple(part for name in names for part in ("--for", name))


def cohort(office: Office, *options: object, at: str = "") -> Ended:
    return office.run("cohort", *office.here, *office.secret, *options, at=at)


def sheet_of(office: Office, *options: object, at: str = "", name: str = "sheet.json") -> Path:
    path = office.home / name
    ended = cohort(office, "--out", path, *options, at=at)
    assert (ended.code, ended.out) == (ACCEPT, ""), ended.err
    return path


def without_keys(office: Office) -> Office:
    """The folder as a counter gets it: with the plan and the trust file, and no private key."""
    home = office.home / "counter"
    shutil.copytree(office.folder, home / "springfield", ignore=shutil.ignore_patterns("keys", "*.lock", "counts.csv"))
    return replace(office, home=home)


def at_counter(counter: Office, *options: object, at: str = "", record: Mapping[str, Any] = STUDENT) -> Ended:
    """No passphrase is given."""
    return counter.run("mint", *counter.here, *options, at=at, stdin=json.dumps(record).encode())


def codes(ended: Ended) -> dict[str, str]:
    assert ended.code == ACCEPT, ended.err
    return dict(line.split("\t") for line in ended.out.splitlines())


# ---- the sheet ----


def test_a_city_signs_ahead_and_a_counter_without_a_key_gives_out_the_same_codes(city: Founded) -> None:
    """As programs of their own, as an officer and a clerk run them."""
    sheet = city.folder.parent / "sheet.json"
    made = idcard("cohort", *city.options, "--out", sheet)
    assert (made.code, made.out) == (ACCEPT, "")
    with_key = idcard("mint", *city.options, *for_classes(*COHORTS), stdin=json.dumps(STUDENT).encode())
    shutil.rmtree(city.folder / "keys")
    (city.folder / "counts.csv").unlink()
    counter = ("mint", "--city", city.folder, *for_classes(*COHORTS), "--cohort-sheet", sheet)
    without = idcard(*counter, stdin=json.dumps(STUDENT).encode())
    assert codes(without) == codes(with_key)
    assert list(codes(without)) == list(COHORTS)
    assert without.err == ""
    for name, code in codes(without).items():
        assert idcard("verify", code, "--trust", city.trust, "--for", name).code == ACCEPT


def test_it_says_how_many_until_when_and_what_a_sheet_is(quick_office: Office) -> None:
    ended = cohort(quick_office, "--out", quick_office.home / "sheet.json")
    assert ended.err.splitlines() == [
        "idcard: 4 codes for library, museum, pool, theatre",
        "idcard: counters can use the sheet until 2027-01-01 00:00 UTC; before that, make the next sheet: "
        "idcard cohort --quarter next",
        "idcard: whoever has the sheet can print these codes for anybody: keep it like blank cards",
    ]


def test_the_file_is_for_its_owner_alone_and_stdout_has_the_same(quick_office: Office) -> None:
    path = sheet_of(quick_office)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cohort(quick_office).out == path.read_text("ascii")
    fields = json.loads(path.read_text("ascii"))
    assert [each["class"] for each in fields["codes"]] == list(COHORTS)
    assert (fields["city"], fields["environment"], fields["quarter"]) == ("springfield", "test", "2026-Q4")


def test_signing_ahead_counts_nothing_and_leaves_the_city_as_it_was(quick_office: Office) -> None:
    before = quick_office.contents()
    sheet_of(quick_office)
    assert quick_office.contents() == before


def test_classes_can_be_chosen(quick_office: Office) -> None:
    ended = cohort(quick_office, *for_classes("museum"))
    assert [each["class"] for each in json.loads(ended.out)["codes"]] == ["museum"]
    assert ended.err.startswith("idcard: 1 code for museum\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (for_classes("pharmacy"), "'pharmacy' is no cohort class; there are: library, museum, pool, theatre"),
        (
            for_classes("library", "pharmacy"),
            "'pharmacy' is no cohort class; there are: library, museum, pool, theatre",
        ),
        (for_classes("zoo"), "the city has no venue class 'zoo'; it has: library, museum, pool, pharmacy, theatre"),
        (("--cohort-sheet", "sheet.json"), "no such option '--cohort-sheet'"),
        (("--out", "x/.."), "x/.. is not the name of a new file"),
    ],
)
def test_what_does_not_go_with_it(quick_office: Office, options: tuple[str, ...], says: str) -> None:
    ended = cohort(quick_office, *options)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[0] == f"idcard: {says}"


def test_a_city_whose_codes_all_have_a_handle_has_nothing_to_sign_ahead(quick_office: Office) -> None:
    plan = json.loads((quick_office.folder / "city.json").read_text("utf-8"))
    plan["classes"] = [each for each in plan["classes"] if each["class"] == "pharmacy"]
    (quick_office.folder / "city.json").write_text(json.dumps(plan), "utf-8")
    ended = cohort(quick_office)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: the city has no cohort class, whose codes many people share\n")


def test_a_city_with_keys_for_stations_signs_ahead_for_all_of_them(quick_office: Office) -> None:
    with_stations(quick_office)
    assert [each["class"] for each in json.loads(cohort(quick_office, at=OCTOBER).out)["codes"]] == list(COHORTS)


def test_nothing_is_written_over(quick_office: Office) -> None:
    path = quick_office.home / "sheet.json"
    path.write_text("mine")
    ended = cohort(quick_office, "--out", path)
    assert (ended.code, path.read_text()) == (USAGE, "mine")


def test_a_wrong_passphrase_makes_no_file(quick_office: Office) -> None:
    (quick_office.home / "passphrase.txt").write_text("something else altogether\n")
    before = files_under(quick_office.home)
    ended = cohort(quick_office, "--out", quick_office.home / "sheet.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert files_under(quick_office.home) == before


@pytest.mark.parametrize("stopped", ["full", "interrupted"])
def test_a_sheet_is_there_whole_or_not_at_all(city: Founded, stopped: str) -> None:
    problem = "OSError(28, 'No space left on device')" if stopped == "full" else "KeyboardInterrupt"
    prelude = f"import os\ndef fsync(descriptor): raise {problem}\nos.fsync = fsync"
    before = files_under(city.folder.parent)
    ended = idcard("cohort", *city.options, "--out", city.folder.parent / "sheet.json", prelude=prelude)
    assert ended.code == (USAGE if stopped == "full" else CANNOT_SAY)
    assert files_under(city.folder.parent) == before


def test_a_cancelled_cohort_is_not_signed_ahead(quick_office: Office) -> None:
    library = quick_office.hand_out().codes["library"]
    quick_office.done("cancel", "--cohort", "-", *quick_office.here, "--yes", stdin=library.encode())
    ended = cohort(quick_office, "--out", quick_office.home / "sheet.json")
    assert ended.code == USAGE
    assert "all codes for 'library' that are like this one are cancelled" in ended.err
    assert not (quick_office.home / "sheet.json").exists()


# ---- the counter ----


def test_what_a_counter_gives_out_is_counted_there(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    for record in (STUDENT, ADULT):
        at_counter(counter, *for_classes(*COHORTS), "--cohort-sheet", sheet, record=record)
    kid = counter.key("cohort", "2026-Q4").kid.hex()
    assert rows_of(counter.folder / "counts.csv") == [
        "month,key,class,codes",
        f"2026-11,{kid},library,2",
        f"2026-11,{kid},museum,2",
        f"2026-11,{kid},pool,2",
        f"2026-11,{kid},theatre,1",
    ]
    assert not (quick_office.folder / "counts.csv").exists()


def test_nobody_is_asked_for_a_passphrase_where_no_key_is_opened(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    command = ("mint", *counter.here, *for_classes("library"), "--cohort-sheet", sheet, "--set", "resident=yes")
    ended = idcard_on_terminal(*command, at=counter.at)
    assert ended.code == ACCEPT
    assert ended.out.startswith("library\tIDT1:")


def test_a_batch_without_a_key(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    records = counter.home / "records.jsonl"
    records.write_bytes(
        b'{"reference": "A1", "resident": true, "student": true}\n'
        b'{"reference": "A2", "resident": true, "student": false}\n'
    )
    options = ("batch", records, *counter.here, *for_classes("library", "theatre"), "--cohort-sheet", sheet)
    lines = [json.loads(line) for line in counter.run(*options).out.splitlines()]
    expected = codes(quick_office.mint(*for_classes("library", "theatre"), **STUDENT))
    assert [{each["class"]: each["text"] for each in line["codes"]} for line in lines] == [
        expected,
        {"library": expected["library"]},
    ]


def with_stations(office: Office) -> None:
    """Whose keys sign from October on."""
    office.done("key", "stations", "north", "south", *office.here, "--yes")
    office.rotate(JANUARY)
    office.publish(at=JANUARY)


def test_a_station_opens_its_own_key_and_takes_the_rest_from_the_sheet(quick_office: Office) -> None:
    with_stations(quick_office)
    sheet = sheet_of(quick_office, at=OCTOBER)
    own = [key for key in quick_office.plan().keys if key.station == "north"]
    for path in (quick_office.folder / "keys").iterdir():
        if path not in map(quick_office.key_path, own):
            path.unlink()
    ended = quick_office.mint("--station", "north", "--cohort-sheet", sheet, at=OCTOBER, **STUDENT)
    assert list(codes(ended)) == ["library", "museum", "pool", "pharmacy", "theatre"]
    counted = {line.split(",")[1] for line in rows_of(quick_office.folder / "counts.csv")[1:]}
    assert counted == {quick_office.key("cohort", "2027-Q4").kid.hex(), own[0].kid.hex()}


def test_without_the_sheet_the_key_is_missing(quick_office: Office) -> None:
    counter = without_keys(quick_office)
    ended = counter.run("mint", *counter.here, *quick_office.secret, "--for", "library", stdin=b'{"resident": true}')
    assert (ended.code, ended.out) == (USAGE, "")
    assert "keys/cohort-2026-Q4" in ended.err


@pytest.mark.parametrize("asked", [for_classes("pharmacy"), for_classes("library", "theatre")])
def test_a_sheet_that_does_not_serve_is_told_before_anybody_is_minted(
    quick_office: Office, asked: tuple[str, ...]
) -> None:
    sheet, counter = sheet_of(quick_office, *for_classes("museum", "library")), without_keys(quick_office)
    ended = at_counter(counter, *asked, "--cohort-sheet", sheet)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[0] == (
        "idcard: none of these classes has codes in a cohort sheet: leave out --cohort-sheet"
        if "pharmacy" in asked
        else f"idcard: {sheet} has no codes for theatre: make a new sheet, or use --for"
    )


def test_the_sheet_of_last_quarter(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    ended = at_counter(counter, "--for", "library", "--cohort-sheet", sheet, at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == (
        f"idcard: no cohort sheet of 2027-Q1 is here, {sheet} is of 2026-Q4: make one of 2027-Q1 (idcard cohort)\n"
    )


# ---- the next one ----

DECEMBER, LAST_MINUTE, NEW_YEAR = "2026-12-20 09:00", "2026-12-31 23:59", "2027-01-01 00:00"


def test_the_next_sheet_is_made_before_and_a_counter_takes_the_right_one_by_the_clock(quick_office: Office) -> None:
    now, counter = sheet_of(quick_office), without_keys(quick_office)
    ended = cohort(quick_office, "--quarter", "next", "--out", quick_office.home / "next.json", at=DECEMBER)
    assert ended.err.splitlines()[1] == (
        "idcard: counters can use the sheet from 2027-01-01 00:00 UTC until 2027-04-01 00:00 UTC; before that, make "
        "the next sheet: idcard cohort --quarter next"
    )
    coming = quick_office.home / "next.json"
    both = ("--for", "library", "--cohort-sheet", now, "--cohort-sheet", coming)
    for at, kind in ((LAST_MINUTE, "2026-Q4"), (NEW_YEAR, "2027-Q1")):
        ended = at_counter(counter, *both, at=at)
        with_key = quick_office.mint("--for", "library", at=at, **STUDENT)
        assert codes(ended) == codes(with_key)
        assert ended.err == ("" if kind == "2026-Q4" else f"idcard: {now} is of 2026-Q4, which is over: destroy it\n")
        assert quick_office.verdict(codes(ended)["library"], "library", at=at) == "accept"
    made_then = sheet_of(quick_office, at=NEW_YEAR, name="then.json")
    assert coming.read_bytes() == made_then.read_bytes()


def test_a_sheet_that_ends_soon_is_told_at_the_counter_and_by_doctor(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    says = (
        "the cohort sheet can be used until 2027-01-01 00:00 UTC, and no next one is here: make the next sheet: "
        "idcard cohort --quarter next"
    )
    ended = at_counter(counter, "--for", "library", "--cohort-sheet", sheet, at=DECEMBER)
    assert ended.err == f"idcard: {says}\n"
    doctor = ("doctor", *counter.here, "--cohort-sheet", sheet)
    ended = counter.run(*doctor, at=DECEMBER)
    assert ended.code == 1
    assert ended.out.splitlines()[0] == f"NOW  {says}"
    ended = counter.run(*doctor)
    assert ended.code == ACCEPT
    assert ended.out.startswith(f"     {sheet} can be used until 2027-01-01 00:00 UTC\n")
    assert "keys/" not in ended.out
    ended = counter.run(*doctor, at=JANUARY)
    assert "NOW  no cohort sheet of 2027-Q1 is here: make one (idcard cohort)" in ended.out


@pytest.mark.parametrize("data", [b"", b"\xff", b"PK\x03\x04", b"{}", b"reference,resident\n", b"x" * (5 << 20)])
def test_another_file_is_not_taken_for_a_sheet_and_the_next_step_is_told(quick_office: Office, data: bytes) -> None:
    sheet = quick_office.home / "sheet.json"
    sheet.write_bytes(data)
    for command in (("mint", *quick_office.here, "--for", "library"), ("doctor", *quick_office.here)):
        ended = quick_office.run(*command, "--cohort-sheet", sheet)
        assert (ended.code, ended.out) == (USAGE, "")
        assert ended.err == f"idcard: {sheet}: this is no cohort sheet, or it is damaged: make one (idcard cohort)\n"


def test_two_sheets_of_one_quarter_are_one_too_many(quick_office: Office) -> None:
    sheet, again = sheet_of(quick_office), sheet_of(quick_office, name="again.json")
    ended = at_counter(quick_office, "--for", "library", "--cohort-sheet", sheet, "--cohort-sheet", again)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {sheet} and {again} are both of 2026-Q4: give one of them\n")


def test_a_next_sheet_that_will_not_do_is_told_while_there_is_time(quick_office: Office) -> None:
    sheet = sheet_of(quick_office)
    coming = sheet_of(quick_office, "--quarter", "next", name="next.json")
    coming.write_text(sheet.read_text().replace("2026-Q4", "2027-Q1"))
    ended = at_counter(quick_office, "--for", "library", "--cohort-sheet", sheet, "--cohort-sheet", coming)
    assert list(codes(ended)) == ["library"]
    assert (
        ended.err
        == f"idcard: {coming}: a code of the cohort sheet is not by the key that signs now: make a new sheet\n"
    )


def test_where_no_key_is_ready_for_it_the_next_sheet_waits(quick_office: Office) -> None:
    ended = cohort(quick_office, "--quarter", "next", at="2027-09-20 09:00")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "is ready when 2027-Q4 begins: make and publish it first (idcard key status)" in ended.err


def test_people_read_times_in_the_zone_of_the_city(quick_office: Office) -> None:
    path = quick_office.folder / "city.json"
    for zone, end in (("Europe/Berlin", "2027-01-01 01:00"), ("America/Los_Angeles", "2026-12-31 16:00")):
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "time_zone": zone}), "utf-8")
        assert f" until {end} ({zone}); before" in cohort(quick_office).err
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "time_zone": "Nowhere/Atlantis"}), "utf-8")
    assert " until 2027-01-01 00:00 UTC; before" in cohort(quick_office).err


def test_a_sheet_whose_cohort_was_cancelled_at_the_counter(quick_office: Office) -> None:
    sheet, counter = sheet_of(quick_office), without_keys(quick_office)
    library = codes(at_counter(counter, "--for", "library", "--cohort-sheet", sheet))["library"]
    counter.done("cancel", "--cohort", "-", *counter.here, "--yes", stdin=library.encode())
    ended = at_counter(counter, "--for", "library", "--cohort-sheet", sheet)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: a code of the cohort sheet is cancelled: retire the key (idcard key retire)\n"


@pytest.mark.parametrize("damage", [b"", b"\xff", b"{}", b"x" * (5 << 20)], ids=["empty", "no text", "other", "large"])
def test_a_damaged_sheet(quick_office: Office, damage: bytes) -> None:
    sheet = quick_office.home / "sheet.json"
    sheet.write_bytes(damage)
    ended = at_counter(quick_office, "--for", "library", "--cohort-sheet", sheet)
    assert (ended.code, ended.out) == (USAGE, "")


def test_a_sheet_that_is_missing(quick_office: Office) -> None:
    ended = at_counter(quick_office, "--for", "library", "--cohort-sheet", quick_office.home / "sheet.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.endswith(f"sheet.json: {os.strerror(2).lower()}\n")
