"""`idcard due`: everything that is due, in one go, and again after whatever ended it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import CANNOT_SAY, CTRL_C, USAGE, Ended, Office, idcard_inside
from pages import words_of

from idcard.ceremony import drafting
from idcard.trust import trust_file

DECEMBER = "2026-12-20 09:00"
JANUARY = "2027-01-04 09:00"
PUBLISHED = "published/2026-11-22-list-1"


def due(office: Office, *options: object, at: str = "") -> Ended:
    return office.run("due", *options, *office.here, *office.secret, "--yes", at=at)


def steps(ended: Ended) -> list[str]:
    """The commands that were shown, without their arguments."""
    lines = (line.removeprefix("idcard: now: idcard ") for line in ended.err.splitlines() if ": now: " in line)
    return [" ".join(line.split()[:2]) for line in lines]


def carried(ended: Ended) -> list[str]:
    return [line[2:] for line in ended.out.partition("carry\n")[2].splitlines() if line.startswith("  ")]


def version(office: Office) -> int:
    return office.held().trust_list.version


# ---- ordinary days ----


def test_where_nothing_is_due_it_makes_the_pages_of_the_list_in_force(quick_office: Office) -> None:
    ended = due(quick_office)
    assert ended.code == 0, ended.err
    assert steps(ended) == ["trust poster", "trust poster"]
    there = quick_office.folder / PUBLISHED
    assert there.with_suffix(".idtrust").read_bytes() == quick_office.trust.read_bytes()
    assert "the words by another way" in ended.out
    assert "next by 2026-12-22: trust list 1 to be renewed (idcard trust renew)\n" in ended.out
    said = words_of(there.with_name(f"{there.name}-letter.html").read_text("utf-8"))
    assert "The letter with which a venue begins" in said
    before = quick_office.contents()
    again = due(quick_office)
    assert (again.code, steps(again), carried(again)) == (0, [], [])
    assert quick_office.contents() == before


def test_a_month(quick_office: Office) -> None:
    due(quick_office)
    ended = due(quick_office, at=DECEMBER)
    assert ended.code == 0, ended.err
    assert steps(ended) == ["trust draft", "trust sign", "trust finish", "trust poster", "trust poster"]
    assert version(quick_office) == 2
    update = quick_office.folder / "published/2026-12-20-list-2-update.html"
    assert "list 2 of 2026-12-20 replaces list 1" in words_of(update.read_text("utf-8"))
    assert f"to every venue: {quick_office.trust}, or the page {update}" in carried(ended)
    assert not (quick_office.folder / "next.iddraft").exists()


def test_a_quarter_makes_and_publishes_keys_and_prints_their_notes(quick_office: Office) -> None:
    due(quick_office)
    ended = due(quick_office, at=JANUARY)
    assert ended.code == 0, ended.err
    assert steps(ended) == [
        "key rotate", "trust poster", "trust poster",
        "trust draft", "trust sign", "trust finish", "trust poster", "trust poster",
    ]  # fmt: skip
    notes = sorted((quick_office.folder / "kill-notes").iterdir())
    assert [path.suffix for path in notes] == [".html", ".txt"] * 2
    assert all("of the quarter 2027-Q4: " in words_of(path.read_text("utf-8")) for path in notes[::2])
    assert any(line.startswith("to the safe: ") and "2 pages" in line for line in carried(ended))
    assert quick_office.key("cohort", "2027-Q4").ready is not None
    # Nobody was asked whether they are in the safe, so they are still here.
    again = due(quick_office, at=JANUARY)
    assert steps(again) == []
    assert len(list((quick_office.folder / "kill-notes").iterdir())) == 4


def test_at_a_terminal_notes_and_pages_go_when_they_are_in_the_safe(quick_office: Office) -> None:
    due(quick_office)
    quick_office.done("trust", "renew", *quick_office.here, *quick_office.secret, at=JANUARY)
    quick_office.rotate(JANUARY)
    quick_office.publish(at="2027-01-05 09:00")
    for answer, left in (("n\n", 4), ("y\n", 0)):
        ended = quick_office.on_terminal(
            "due", *quick_office.here, at="2027-01-05 09:00", answers=[("Is all of it in the safe? [y/N]", answer)]
        )
        assert ended.code == 0, ended.out
        assert len(list((quick_office.folder / "kill-notes").iterdir())) == left


def test_a_cancellation_goes_with_the_next_list(quick_office: Office) -> None:
    (quick_office.folder / "ledger.csv").write_text(f"value,expires\n{1:020x},2028-01\n")
    ended = due(quick_office)
    assert "trust draft" not in steps(ended)
    due(quick_office, at=DECEMBER)
    assert len(quick_office.held().cancellations) == 1


def test_a_distrusted_key_is_published_at_once(quick_office: Office) -> None:
    kid = quick_office.key("cohort", "2026-Q4").kid.hex()
    quick_office.done("key", "distrust", kid, *quick_office.here, "--yes")
    ended = due(quick_office, at="2026-11-23 09:00")
    assert "trust finish" in steps(ended)
    assert any(each.compromised for each in quick_office.held().trust_list.keys)


def test_an_expired_list_comes_first(quick_office: Office) -> None:
    ended = due(quick_office, at="2027-05-03 09:00")
    assert ended.code == 0, ended.err
    assert steps(ended)[:4] == ["trust draft", "trust sign", "trust finish", "key rotate"]
    assert version(quick_office) == 2
    # The clock of this test stands still, and no two lists are of one second.
    assert steps(due(quick_office, at="2027-05-03 09:01"))[:3] == ["trust draft", "trust sign", "trust finish"]
    assert quick_office.key("cohort", "2028-Q1").ready is not None


def test_however_far_it_looks_it_publishes_once(quick_office: Office) -> None:
    ended = due(quick_office, "--within", "60", at="2026-11-23 09:00")
    assert steps(ended).count("trust finish") == 1


# ---- others sign ----


def test_it_says_what_to_carry_to_whom_and_goes_on_with_what_comes_back(quick_office: Office, tmp_path: Path) -> None:
    """A root is replaced: two officers sign copies."""
    office, at = quick_office, "2028-01-25 09:00"
    for moment in ("2027-03-20", "2027-07-10", "2027-11-01"):
        office.done("trust", "renew", *office.here, *office.secret, at=moment)
    office.rotate("2027-11-02")
    shutil.rmtree(office.folder / "kill-notes")
    waiting = due(office, "--within", "10", at=at)
    assert waiting.code == 0, waiting.err
    draft = office.folder / "next.iddraft"
    assert f"    idcard trust sign {draft.name} --key FILE" in waiting.out.splitlines()
    assert "root 2, by the root keys in force: 0 of 2 signatures" in waiting.out
    assert steps(due(office, "--within", "10", at=at)) == []
    copies = []
    for number in (1, 3):
        copy = tmp_path / f"{number}.iddraft"
        shutil.copy(draft, copy)
        named = ("--trust", office.trust, "--key", office.root(number))
        office.done("trust", "sign", copy, *named, *office.secret, "--yes", at=at)
        copies.append(copy)
    one = due(office, copies[0], "--within", "10", at=at)
    assert "root 2, by the root keys in force: 1 of 2 signatures" in one.out
    assert len(drafting.decode(draft.read_bytes()).root_signatures) == 1
    both = due(office, copies[1], "--within", "10", at=at)
    assert steps(both)[0] == "trust finish"
    assert office.held().root.version == 2
    # The fingerprint is another one, so there is another page of words.
    assert any(line.startswith("to the board in the town hall: ") for line in carried(both))


def test_copies_of_no_draft_are_refused(quick_office: Office) -> None:
    draft = quick_office.draft(at=DECEMBER)
    ended = due(quick_office, draft, at=DECEMBER)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "there is no draft" in ended.err


# ---- whatever ended it ----


def test_a_person_who_does_not_sign_goes_on_tomorrow(quick_office: Office, passphrase: str) -> None:
    due(quick_office)
    answers = [("Sign this? [y/N]", "y\n"), ("Passphrase of", CTRL_C)]
    ended = quick_office.on_terminal("due", *quick_office.here, at=DECEMBER, answers=answers)
    assert ended.code == CANNOT_SAY
    assert (quick_office.folder / "next.iddraft").exists()
    assert version(quick_office) == 1
    assert steps(due(quick_office, at=DECEMBER))[:2] == ["trust sign", "trust finish"]
    assert version(quick_office) == 2


def test_a_draft_that_was_overtaken_is_made_anew(quick_office: Office) -> None:
    stale = quick_office.draft(at=DECEMBER, name="springfield/next.iddraft")
    quick_office.done("trust", "renew", *quick_office.here, *quick_office.secret, at="2026-12-21 09:00")
    ended = due(quick_office, at="2026-12-21 10:00")
    assert f"{stale} was made from another trust file than the one in force, and is removed" in ended.err
    assert not stale.exists()


def test_a_draft_from_before_a_key_was_distrusted_is_made_anew(quick_office: Office) -> None:
    quick_office.draft(at=DECEMBER, name="springfield/next.iddraft")
    kid = quick_office.key("cohort", "2026-Q4").kid.hex()
    quick_office.done("key", "distrust", kid, *quick_office.here, "--yes", at=DECEMBER)
    ended = due(quick_office, at="2026-12-20 10:00")
    assert "was made before a key was distrusted, and is removed" in ended.err
    assert any(each.compromised for each in quick_office.held().trust_list.keys)


def test_a_finish_that_ended_before_the_plan_was_written_is_repeated(quick_office: Office) -> None:
    plan = (quick_office.folder / "city.json").read_bytes()
    draft = quick_office.sign(quick_office.draft(at=DECEMBER, name="springfield/next.iddraft"))
    quick_office.finish(draft)
    (quick_office.folder / "city.json").write_bytes(plan)
    assert steps(due(quick_office, at=DECEMBER))[0] == "trust finish"
    assert json.loads((quick_office.folder / "city.json").read_text()) != json.loads(plan)
    assert not draft.exists()


# ---- the backup ----


def stored(office: Office, target: Path, at: str = "") -> Ended:
    return due(office, "--backup", target, at=at)


def test_a_backup_holds_what_a_city_needs_and_no_key_of_others(quick_office: Office, tmp_path: Path) -> None:
    target = tmp_path / "stick"
    assert stored(quick_office, target).code == 0
    assert not list(target.glob("keys/publisher*"))
    assert len(list(target.glob("keys/*.key"))) == 8
    for name in ("city.json", "city.idtrust", "published/2026-11-22-list-1.idtrust"):
        assert (target / name).read_bytes() == (quick_office.folder / name).read_bytes()
    assert not [path for path in target.rglob("*") if path.suffix == ".key" and path.stat().st_mode & 0o77]


def test_a_key_that_was_destroyed_is_overwritten_in_the_backup(quick_office: Office, tmp_path: Path) -> None:
    target, key = tmp_path / "stick", quick_office.key("cohort", "2026-Q4")
    stored(quick_office, target)
    copy = target / "keys" / quick_office.key_path(key).name
    (tmp_path / "left").hardlink_to(copy)
    assert stored(quick_office, target, at=JANUARY).code == 0
    assert not copy.exists()
    assert not any((tmp_path / "left").read_bytes())


def test_a_key_with_a_new_passphrase_overwrites_the_old_file_in_the_backup(
    quick_office: Office, tmp_path: Path, passphrase: str
) -> None:
    target, path = tmp_path / "stick", quick_office.key_path(quick_office.key("cohort", "2026-Q4"))
    stored(quick_office, target)
    (tmp_path / "left").hardlink_to(target / "keys" / path.name)
    (tmp_path / "old-and-new").write_text(f"{passphrase}\nseven marbles under the old pear tree\n")
    changed = ("--passphrase-file", tmp_path / "old-and-new")
    quick_office.done("key", "passphrase", *quick_office.here, *changed)
    assert stored(quick_office, target).code == 0
    assert (target / "keys" / path.name).read_bytes() == path.read_bytes()
    assert not any((tmp_path / "left").read_bytes())


def of_another_city(office: Office, target: Path) -> Any:
    named = ("--name", "Rivertown", "--id", "rivertown", "--environment", "test", "--contact", "Ask.", "--yes")
    idcard_inside("city", "init", target, *named, *office.secret, at=office.at)


def newer(office: Office, target: Path) -> None:
    shutil.copytree(office.folder, target)
    office.done("trust", "renew", "--city", target, *office.secret, at=DECEMBER)


def something_else(office: Office, target: Path) -> None:
    target.mkdir()
    (target / "holiday.txt").touch()


def where_a_city_works(office: Office, target: Path) -> None:
    """With the publisher's key, which a backup never has, and would overwrite."""
    shutil.copytree(office.folder, target)


def with_cancellations_and_keys_of_later(office: Office, target: Path) -> None:
    shutil.copytree(office.folder, target)
    office.done("key", "rotate", "--city", target, *office.secret, at=JANUARY)
    (target / "keys/publisher.key").unlink()


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (where_a_city_works, "publisher.key is no issuing key, and a backup has no other"),
        (with_cancellations_and_keys_of_later, "has keys that the plan here does not have: this folder is an old copy"),
        (of_another_city, "is the backup of another city"),
        (newer, "has trust list 2, which is newer than list 1 here: this folder is an old copy"),
        (something_else, "is not a backup of this city, and not empty"),
    ],
)
def test_a_backup_goes_over_nothing_else(quick_office: Office, tmp_path: Path, prepare: Any, says: str) -> None:
    target = tmp_path / "stick"
    prepare(quick_office, target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    ended = stored(quick_office, target)
    assert ended.code == USAGE
    assert says in ended.err
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


def test_a_city_is_no_backup_of_itself(quick_office: Office) -> None:
    before = quick_office.contents()
    ended = stored(quick_office, quick_office.folder)
    assert (ended.code, "is no backup, but where a city works" in ended.err) == (USAGE, True)
    assert {name: data for name, data in quick_office.contents().items() if name in before} == before


def test_an_old_copy_of_the_folder_takes_no_cancellation_out_of_the_backup(
    quick_office: Office, tmp_path: Path
) -> None:
    target, written = tmp_path / "stick", "value,expires\n00a4c19f21d37be85512,2100-01\n"
    (quick_office.folder / "ledger.csv").write_text(written, "ascii")
    assert stored(quick_office, target).code == 0
    (quick_office.folder / "ledger.csv").unlink()
    assert stored(quick_office, target).code == 0
    assert (target / "ledger.csv").read_text("ascii") == written


def test_a_page_that_cannot_be_made_does_not_stop_the_rest(quick_office: Office, tmp_path: Path) -> None:
    """More codes than a poster has: the file goes by mail."""
    due(quick_office)
    values = "".join(f"{number:020x},2028-01\n" for number in range(7000))
    (quick_office.folder / "ledger.csv").write_text(f"value,expires\n{values}")
    ended = due(quick_office, "--backup", tmp_path / "stick", at=DECEMBER)
    assert ended.code == 0, ended.err
    assert "no page: " in ended.err
    assert len(trust_file.decode((tmp_path / "stick/city.idtrust").read_bytes()).cancellations) == 7000
    assert f"to every venue: {quick_office.trust}" in carried(ended)
