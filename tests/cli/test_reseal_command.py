"""Passphrases of keys: which opens what, a second one in a city, and another one for keys that stay."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Office, idcard_on_terminal

from idcard import whole_file
from idcard.city.plan import PlannedKey
from idcard.keys import key_file
from idcard.keys.key_file import PrivateKey, WrongPassphrase

JANUARY = "2027-01-04 09:00"
OTHER = "seven marbles under the old pear tree"
THIRD = "a kettle, two gloves, and one lost train"
ALL = "Passphrase of the issuing keys"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., tuple[object, ...]]:
    def lines(*phrases: str) -> tuple[object, ...]:
        path = tmp_path / "given.txt"
        path.write_text("".join(f"{phrase}\n" for phrase in phrases), "utf-8")
        return ("--passphrase-file", path)

    return lines


def opened(path: Path, phrase: str) -> PrivateKey:
    return key_file.decode(path.read_text("ascii"), phrase)


def sealed_otherwise(path: Path, old: str, new: str) -> None:
    path.write_text(key_file.encode(opened(path, old), new))


def live(office: Office) -> list[PlannedKey]:
    return [each for each in office.plan().keys if office.key_path(each).exists()]


# ---- rotate asks for the passphrase of the keys in use ----


def test_another_passphrase_for_new_keys_needs_a_word(quick_office: Office, write: Callable[..., Any]) -> None:
    before = quick_office.contents()
    ended = quick_office.run("key", "rotate", *quick_office.here, *write(OTHER), at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"this opens none of the keys in use: {quick_office.key('revocable', '2027-Q3')}" in ended.err
    assert OTHER not in ended.err
    assert quick_office.contents() == before
    quick_office.done("key", "rotate", *quick_office.here, *write(OTHER), "--yes", at=JANUARY)
    opened(quick_office.key_path(quick_office.key("cohort", "2027-Q4")), OTHER)


def test_a_mistyped_passphrase_seals_nothing(quick_office: Office, passphrase: str) -> None:
    answers = [(ALL, f"{passphrase}x\n"), ("ask for, too?", "n\n"), (ALL, f"{passphrase}\n")]
    ended = quick_office.on_terminal("key", "rotate", *quick_office.here, at=JANUARY, answers=answers)
    assert ended.code == ACCEPT, ended.out
    for each in live(quick_office):
        opened(quick_office.key_path(each), passphrase)


def test_three_wrong_ones_end_it(quick_office: Office) -> None:
    before = quick_office.contents()
    answers = [(ALL, f"{OTHER}\n"), ("ask for, too?", "n\n")] * 2 + [(ALL, f"{OTHER}\n")]
    ended = quick_office.on_terminal("key", "rotate", *quick_office.here, at=JANUARY, answers=answers)
    assert ended.code == USAGE
    assert "the passphrase is wrong" in ended.out
    assert quick_office.contents() == before


def test_a_person_may_want_another_one(quick_office: Office) -> None:
    new = "New passphrase for the issuing keys"
    answers = [(ALL, f"{OTHER}\n"), ("ask for, too?", "y\n"), (new, f"{THIRD}\n"), ("Repeat", f"{THIRD}\n")]
    ended = quick_office.on_terminal("key", "rotate", *quick_office.here, at=JANUARY, answers=answers)
    assert ended.code == ACCEPT, ended.out
    opened(quick_office.key_path(quick_office.key("cohort", "2027-Q4")), THIRD)


def test_a_city_with_two_passphrases_is_told_so(
    quick_office: Office, passphrase: str, write: Callable[..., Any]
) -> None:
    odd = quick_office.key("cohort", "2027-Q3")
    sealed_otherwise(quick_office.key_path(odd), passphrase, OTHER)
    ended = quick_office.run("key", "rotate", *quick_office.here, *quick_office.secret, at=JANUARY)
    assert ended.code == ACCEPT
    assert f"another passphrase opens {odd}: idcard key passphrase --city {quick_office.folder}" in ended.err


# ---- minting asks for each key that does not open ----


def mint(office: Office, *options: object, **how: Any) -> Ended:
    person = ("--set", "birth_date=1990-04-01", "--set", "resident=yes", "--set", "student=no")
    wanted = ("--for", "library", "--for", "pharmacy", "--handles", office.home / "handles.json")
    office.done("slip", "new", *office.here, "--handles", office.home / "handles.json")
    arguments = ("mint", *office.here, *person, *wanted, *options)
    return office.on_terminal(*arguments, **how) if how else office.run(*arguments)


def test_minting_asks_for_each_key_that_does_not_open_and_names_it(quick_office: Office, passphrase: str) -> None:
    odd = quick_office.key("revocable", "2026-Q4")
    sealed_otherwise(quick_office.key_path(odd), passphrase, OTHER)
    answers = [(ALL, f"{passphrase}\n"), (f"Passphrase of {odd}", "wrong\n"), (f"Passphrase of {odd}", f"{OTHER}\n")]
    ended = mint(quick_office, answers=answers)
    assert ended.code == ACCEPT, ended.out
    assert f"{odd} has another passphrase" in ended.out
    assert f"this does not open {odd}: try again" in ended.out
    assert "library\t" in ended.out
    assert "pharmacy\t" in ended.out


def test_what_does_not_open_from_a_file_is_named(
    quick_office: Office, passphrase: str, write: Callable[..., Any]
) -> None:
    odd = quick_office.key("revocable", "2026-Q4")
    sealed_otherwise(quick_office.key_path(odd), passphrase, OTHER)
    ended = mint(quick_office, *quick_office.secret)
    assert ended.code == USAGE
    assert f"{odd}: the passphrase is wrong, or the key file is damaged" in ended.err


def test_a_blank_that_is_typed_by_mistake_is_pointed_at(quick_office: Office, passphrase: str) -> None:
    answers = [(ALL, f"{passphrase} \n"), ("Passphrase of", f"{passphrase}\n")]
    ended = mint(quick_office, answers=answers)
    assert ended.code == ACCEPT
    assert ", with the blank before or after it: try again" in ended.out


def test_at_the_third_wrong_one_it_ends(quick_office: Office) -> None:
    answers = [(ALL, "wrong\n"), ("Passphrase of", "wrong\n"), ("Passphrase of", "wrong\n")]
    ended = mint(quick_office, answers=answers)
    assert ended.code == USAGE
    assert f"{quick_office.key('cohort', '2026-Q4')}: the passphrase is wrong" in ended.out


# ---- does this file open? ----


def test_a_file_is_tried_and_nothing_changes(quick_office: Office, write: Callable[..., Any]) -> None:
    before = quick_office.contents()
    said = quick_office.done("key", "check", quick_office.publisher, quick_office.root(1), *quick_office.secret)
    kids = [opened(path, "correct horse battery staple") for path in (quick_office.publisher, quick_office.root(1))]
    assert [line.split(": opens; ")[1].split()[0] for line in said.splitlines()] == [each.kind.value for each in kids]
    ended = quick_office.run("key", "check", quick_office.publisher, *write(OTHER))
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{quick_office.publisher}: the passphrase is wrong" in ended.err
    assert quick_office.contents() == before


def test_of_many_files_those_that_do_not_open_are_named(
    quick_office: Office, passphrase: str, write: Callable[..., Any]
) -> None:
    paths = [quick_office.key_path(each) for each in live(quick_office)]
    sealed_otherwise(paths[0], passphrase, OTHER)
    sealed_otherwise(paths[1], passphrase, THIRD)
    ended = quick_office.run("key", "check", *paths, quick_office.trust, *write(passphrase, OTHER))
    assert ended.code == USAGE
    assert ended.out.count(": opens; issuing key ") == len(paths) - 1
    assert ended.err.splitlines() == [
        f"idcard: {paths[1]}: the passphrase is wrong, or the key file is damaged",
        f"idcard: {quick_office.trust} is not a key file",
    ]


# ---- another passphrase ----


def test_a_key_is_sealed_anew_and_the_old_file_overwritten(tmp_path: Path, passphrase: str, office: Office) -> None:
    path, before = office.root(1), opened(office.root(1), passphrase).signer.seed
    size = path.stat().st_size
    left = path.open("rb")
    answers = [
        (f"Passphrase of {path}", f"{passphrase}\n"),
        ("New passphrase for this key", f"{OTHER}\n"),
        ("Repeat", f"{OTHER}\n"),
    ]
    ended = idcard_on_terminal("key", "passphrase", path, answers=answers, env={"COLUMNS": "200"})
    assert ended.code == ACCEPT, ended.out
    assert "copies elsewhere, backups too, still open with the old passphrase" in ended.out
    assert opened(path, OTHER).signer.seed == before
    with pytest.raises(WrongPassphrase):
        opened(path, passphrase)
    with left:
        assert left.read() == bytes(size)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_name_of_a_key_is_not_destroyed(
    tmp_path: Path, write: Callable[..., Any], office: Office, passphrase: str
) -> None:
    """Such as in a snapshot."""
    path = office.root(1)
    os.link(path, tmp_path / "snapshot.key")
    before = path.read_bytes()
    ended = office.run("key", "passphrase", path, *write(passphrase, OTHER))
    assert (ended.code, "has a second name, whose content would be destroyed" in ended.err) == (USAGE, True)
    assert (tmp_path / "snapshot.key").read_bytes() == path.read_bytes() == before


def test_all_issuing_keys_of_a_city_whatever_opened_them(
    quick_office: Office, passphrase: str, write: Callable[..., Any]
) -> None:
    """The publisher's key is the publisher's."""
    keys = {path: opened(path, passphrase).signer.seed for path in map(quick_office.key_path, live(quick_office))}
    first = next(iter(keys))
    sealed_otherwise(first, passphrase, THIRD)
    said = quick_office.done("key", "passphrase", *quick_office.here, *write(passphrase, THIRD, OTHER))
    assert len(said.splitlines()) == len(keys) == 8
    assert {path: opened(path, OTHER).signer.seed for path in keys} == keys
    opened(quick_office.publisher, passphrase)
    assert mint(quick_office, *write(OTHER)).code == ACCEPT


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["correct horse battery staple"], "the file needs two lines or more"),
        ([OTHER, THIRD], "the passphrase is wrong"),
        (["correct horse battery staple", "short"], "at least 12 characters"),
        (["correct horse battery staple", "Springfield 2026"], "easy to guess"),
        (["correct horse battery staple", f"{OTHER} "], "does not begin or end with a blank"),
    ],
)
def test_what_seals_nothing(quick_office: Office, write: Callable[..., Any], lines: list[str], says: str) -> None:
    before = quick_office.contents()
    ended = quick_office.run("key", "passphrase", *quick_office.here, *write(*lines))
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert quick_office.contents() == before


def test_a_full_disk_leaves_the_old_file_and_is_named(
    quick_office: Office, write: Callable[..., Any], passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = quick_office.contents()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(whole_file, "fill", full)
    ended = quick_office.run("key", "passphrase", quick_office.publisher, *write(passphrase, OTHER))
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {quick_office.publisher}: no space left on device\n"
    assert quick_office.contents() == before


def test_a_person_who_goes_away_leaves_the_old_passphrase(quick_office: Office, passphrase: str) -> None:
    before = quick_office.contents()
    ended = quick_office.on_terminal(
        "key", "passphrase", *quick_office.here, answers=[(ALL, f"{passphrase}\n")], interrupt_at="New passphrase"
    )
    assert ended.code == CANNOT_SAY
    assert quick_office.contents() == before
