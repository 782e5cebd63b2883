"""Rehearsals: another time for a test city, on a copy, with a mark on every line; and never for a real city."""

import json
import re
import shutil
import signal
from pathlib import Path
from typing import Any
from unittest import mock

import click
import pytest
from command import ACCEPT, CANNOT_SAY, USAGE, Office, commands, idcard, idcard_inside
from idcard_cli import stories
from idcard_cli.command import Exit, cli
from idcard_cli.stage import Stage
from support.program import TIMEOUT, start, waits

MARK = re.compile(r"REHEARSAL 2027-04-12 09:00  .*")
AT = ("--at", "2027-04-12T09:00:00Z")


def check_marked(*texts: str) -> None:
    for line in "".join(texts).splitlines():
        assert MARK.fullmatch(line), line


def test_a_command_plays_another_time_and_changes_nothing(office: Office, tmp_path: Path) -> None:
    before = office.contents()
    how: dict[str, Any] = {"at": "2026-12-20 12:00", "env": {"TMPDIR": str(tmp_path)}}
    ended = idcard("key", "rotate", *office.here, *office.secret, *AT, **how)
    assert ended.code == USAGE, "the trust list has expired by then"
    check_marked(ended.out, ended.err)
    ended = idcard("key", "status", *office.here, *AT, **how)
    check_marked(ended.out, ended.err)
    assert str(tmp_path / "idcard") not in ended.out + ended.err
    assert "2026-Q4  retired" in ended.out
    assert office.contents() == before
    assert not list(tmp_path.glob("idcard-rehearsal-*"))


def test_an_object_says_its_time_first(office: Office) -> None:
    told = json.loads(office.run("doctor", *office.here, *AT, "--json").out)
    assert next(iter(told.items())) == ("rehearsal", "2027-04-12T09:00:00Z")
    assert told["findings"]


def test_errors_are_marked_and_name_the_folder_that_was_named(office: Office) -> None:
    (office.folder / "ledger.csv").write_text("damaged")
    ended = office.run("ledger", "show", *office.here, *AT)
    assert ended.code == USAGE
    check_marked(ended.err)
    assert f"{office.folder}/ledger.csv" in ended.err


def test_the_copy_is_destroyed_where_it_is_interrupted(office: Office, tmp_path: Path) -> None:
    """While it waits for a person on standard input."""
    how: dict[str, Any] = {"env": {"TMPDIR": str(tmp_path)}, "at": office.at}
    with start("mint", *office.here, *office.secret, "--for", "library", *AT, **how) as running:
        while not list(tmp_path.glob("idcard-rehearsal-*/city/keys/*")) or not waits(running):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=TIMEOUT)
    assert running.returncode == CANNOT_SAY
    assert not list(tmp_path.glob("idcard-rehearsal-*"))


@pytest.mark.parametrize("real", ["root", "plan"])
def test_a_production_city_plays_no_other_time(office: Office, tmp_path: Path, real: str) -> None:
    """Both the signed root and the plan must say test."""
    production = tmp_path / "production"
    named = ("--name", "Springfield", "--id", "springfield", "--contact", "Ask us.", "--environment", "production")
    phrases = tmp_path / "phrases.txt"
    phrases.write_text(
        "\n".join(f"{word} marble antelope under the {word} bridge" for word in ("one", "two", "six", "ten", "odd"))
    )
    office.done("city", "init", production, *named, "--passphrase-file", phrases, "--yes")
    folder = production
    if real == "plan":
        folder = tmp_path / "mixed"
        shutil.copytree(office.folder, folder)
        shutil.copy(production / "city.json", folder / "city.json")
    for command in (("doctor",), ("city", "edit"), ("mint", "--set", "resident=yes")):
        ended = office.run(*command, "--city", folder, *AT)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "is of a production city, and only a test city plays another time" in ended.err
    ended = office.run("city", "rehearsal", tmp_path / "play", "--city", folder)
    assert (ended.code, (tmp_path / "play").exists()) == (USAGE, False)


def test_a_thrown_away_copy_keeps_nothing_that_it_made(office: Office) -> None:
    for command in (
        ("trust", "draft", "--out", office.home / "d"),
        ("slip", "new", "--handles", office.home / "d"),
        ("mint", "--out", office.home / "d"),
    ):
        ended = office.run(*command, *office.here, *AT)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "idcard city rehearsal" in ended.err
    assert not (office.home / "d").exists()


TIMELESS = {("city", "init"), ("city", "rehearsal"), ("trust", "poster"), ("key", "passphrase")}
"""They begin a city, or do the same at any time."""


def test_every_command_that_works_in_a_city_can_be_rehearsed() -> None:
    """And what it is told to keep is known to `staging`, or it could leave a rehearsal behind as if it were real."""
    kept = {"out", "target", "handles_path", "printer", "slip_printer", "numbers_path"}  # `due` refuses target
    read = {"folder", "sheets", "common", "passphrase_file", "key_path", "source", "paths", "path", "note", "copies",
            "design_path"}  # fmt: skip
    for name, command in commands(cli):
        names = {each.name for each in command.params}
        if "folder" in names and name not in TIMELESS:
            assert "at" in names, name
            files = {each.name for each in command.params if isinstance(each.type, click.Path)}
            assert files <= kept | read, name


# ---- a rehearsal folder ----


@pytest.fixture
def play(office: Office) -> Office:
    office.done("city", "rehearsal", office.home / "play" / "springfield", *office.here)
    (office.home / "play" / "passphrase.txt").write_bytes((office.home / "passphrase.txt").read_bytes())
    return Office(office.home / "play", office.at)


def test_a_whole_quarter_is_rehearsed_in_a_copy_that_stays(office: Office, play: Office) -> None:
    before, at = office.contents(), ("--at", "2027-01-11")
    draft = play.home / "next.iddraft"
    made = play.done("key", "rotate", *play.here, *play.secret, *at)
    assert made.count("REHEARSAL 2027-01-11 12:00  made ") == 2
    play.done("trust", "draft", *play.here, "--out", draft, *at, "--yes")
    sign = ("trust", "sign", draft, "--trust", play.trust, "--key", play.publisher, *play.secret, "--yes")
    assert "1 of 1 signatures" in play.done(*sign, *at)
    play.done("trust", "finish", draft, *play.here, *at)
    assert play.held().trust_list.version == 2
    card = play.done("mint", *play.here, *play.secret, "--for", "library", "--set", "resident=yes", *at)
    code = card.split("\t")[1].strip()
    verify = ("verify", code, "--trust", play.trust, "--for", "library", "--json", *at)
    assert play.run(*verify).json() | {"at": "2027-01-11T12:00:00Z", "outcome": "accept"} == play.run(*verify).json()
    assert office.contents() == before
    ended = office.run("trust", "finish", draft, *office.here, at="2027-01-12 09:00")
    assert (ended.code, "is of a rehearsal, and counts nowhere else" in ended.err) == (USAGE, True)
    assert office.contents() == before


def test_what_is_drafted_without_a_new_key_counts_nowhere_else_either(office: Office, play: Office) -> None:
    """Two minutes ago, so that the city could publish it now: its plan has every key that is named."""
    before, at, draft = office.contents(), ("--at", "2026-12-01T09:00:00Z"), play.home / "next.iddraft"
    play.done("key", "distrust", play.key("cohort", "2026-Q4").kid.hex(), *play.here, *at, "--yes")
    play.done("trust", "draft", *play.here, "--out", draft, *at, "--yes")
    signed = ("trust", "sign", draft, "--trust", play.trust, "--key", play.publisher, *play.secret, "--yes")
    play.done(*signed, *at)
    for command in (("trust", "finish", draft, *office.here), signed):
        ended = office.run(*command, at="2026-12-01 09:02")
        assert (ended.code, "is of a rehearsal, and counts nowhere else" in ended.err) == (USAGE, True)
    assert office.contents() == before
    play.done("trust", "finish", draft, *play.here, *at)


def test_all_that_is_due_is_rehearsed_in_one_go(office: Office, play: Office, tmp_path: Path) -> None:
    """In a copy that stays, and in one that is thrown away."""
    office.done("due", *office.here, *office.secret, "--yes")
    before = office.contents()
    how = (*play.secret, "--at", "2027-01-11", "--yes")
    for each in (play, office):
        ended = each.run("due", *each.here, *how)
        assert ended.code == ACCEPT, ended.err
        assert [line for line in (ended.out + ended.err).splitlines() if "REHEARSAL 2027-01-11 12:00" not in line] == []
        assert f"now: idcard trust finish {each.folder}/next.iddraft --city {each.folder}" in ended.err
    assert "-list-2-update.html" in ended.out, "what the city had published is played with, too"
    assert (play.held().trust_list.version, office.contents()) == (2, before)


def test_no_rehearsal_touches_a_backup(office: Office, play: Office, tmp_path: Path) -> None:
    """What was only played would destroy keys in the city's own, and nothing older could follow it."""
    for each in (play, office):
        ended = each.run("due", *each.here, *play.secret, "--yes", *AT, "--backup", tmp_path / "backup")
        assert (ended.code, "a rehearsal makes no backup" in ended.err) == (USAGE, True)
    assert not (tmp_path / "backup").exists()


def test_a_rehearsal_is_never_taken_for_the_city(play: Office) -> None:
    for command in (("doctor",), ("key", "status"), ("trust", "renew", *play.secret), ("city", "counts")):
        ended = play.run(*command, *play.here)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "is a rehearsal, in which no command works without --at TIME" in ended.err


def test_signing_plays_another_time_only_with_a_named_trust_file(play: Office) -> None:
    draft = play.home / "d"
    play.done("trust", "draft", *play.here, "--out", draft, *AT, "--yes")
    ended = play.run("trust", "sign", draft, "--key", play.publisher, *AT)
    assert (ended.code, "--at goes with --trust" in ended.err) == (USAGE, True)


# ---- the four bad days ----


def test_all_is_as_expected_and_nothing_stays(tmp_path: Path) -> None:
    ended = idcard("rehearse", env={"TMPDIR": str(tmp_path)}, cwd=tmp_path)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.splitlines()[-1] == "all 43 steps were as expected"
    assert ended.out.count("expected: ") == ended.out.count("answered: ") == 43
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_as_expected_is_no_success() -> None:
    def wrong(stage: Stage) -> None:
        stage.at("2030-01-07 09:00")
        stage.expect("office", "doctor --city nowhere", "a city", says="nothing to do")
        stage.expect("office", "doctor --city nowhere", "no city", code=Exit.USAGE)

    with mock.patch.object(stories, "STORIES", (wrong,)), mock.patch("idcard_cli.rehearse.STORIES", (wrong,)):
        ended = idcard_inside("rehearse", at="2026-11-22 12:00")
    assert ended.code == CANNOT_SAY
    assert "NOT AS EXPECTED: exit 0, and 'nothing to do' in the answer" in ended.out
    assert ended.out.splitlines()[-1] == "1 of 2 steps were NOT as expected"
