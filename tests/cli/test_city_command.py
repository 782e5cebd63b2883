"""`idcard city`: what an officer gets, what is refused, and that nothing is ever written over or left half-made."""

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from cities import ADULT, STUDENT
from command import (
    ACCEPT,
    CANNOT_SAY,
    CTRL_C,
    USAGE,
    Ended,
    Founded,
    commands,
    files_under,
    idcard,
    idcard_on_terminal,
    with_handles,
)
from idcard_cli.command import cli
from idcard_cli.fingerprint import parse_fingerprint
from idcard_cli.officer.passphrases import Descriptor

from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city import plan
from idcard.city.plan import Plan, PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter
from idcard.credential.text import Environment
from idcard.keys import key_file
from idcard.trust import kill_note, paper, trust_file
from idcard.trust.paper import PosterKind
from idcard.trust.public_key import KeyKind

CONTACT = "Ask the card office, 555-0100."
FIVE = [f"{who} keeps this to themselves" for who in ("ada", "ben", "cleo", "publisher", "issuing")]
WHOSE = (
    "root key 1 of 3",
    "root key 2 of 3",
    "root key 3 of 3",
    "the publisher key",
    "the issuing keys",
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An empty folder in which cities are founded."""
    office = tmp_path / "office"
    office.mkdir()
    return office


@pytest.fixture
def passphrases(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, end: str = "\n") -> Path:
        path = tmp_path / "passphrases.txt"
        path.write_bytes("".join(line + end for line in lines).encode())
        return path

    return write


def described(environment: str = "test", **changes: str) -> list[str]:
    options = {"name": "Springfield", "id": "springfield", "contact": CONTACT, "environment": environment, **changes}
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def init(
    folder: Path, *more: object, environment: str = "test", how: Mapping[str, Any] | None = None, **changes: str
) -> Ended:
    return idcard("city", "init", folder, *described(environment, **changes), "--yes", *more, **(how or {}))


def read_plan(folder: Path) -> Plan:
    return plan.decode((folder / "city.json").read_text("utf-8"))


def stem(key: PlannedKey) -> str:
    return f"{key.kind.value}-{key.quarter}-{key.kid.hex()}"


def key_names(made: Plan) -> set[str]:
    issuing = {f"keys/{stem(each)}.key" for each in made.keys}
    return {"keys/root-1.key", "keys/root-2.key", "keys/root-3.key", "keys/publisher.key", *issuing}


def check_modes(folder: Path) -> None:
    """The trust file is for everybody; the rest is for its owner only."""
    for path in (folder, *folder.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o644 if path.name == "city.idtrust" else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


# ---- a city is founded ----


def test_a_city_is_a_plan_a_trust_file_its_keys_and_their_kill_notes(city: Founded) -> None:
    made = read_plan(city.folder)
    quarters = {kind: [each.quarter for each in made.keys if each.kind is kind] for kind in Kind}
    first = Quarter.of(trust_file.decode(city.trust.read_bytes()).trust_list.issued)
    ahead = [first, first.next(), first.next().next(), first.next().next().next()]
    assert quarters == {Kind.COHORT: ahead, Kind.REVOCABLE: ahead}
    notes = {f"kill-notes/{stem(each)}.txt" for each in made.keys}
    assert files_under(city.folder) == {"city.json", "city.idtrust", *key_names(made), *notes}


def test_every_kill_note_ends_the_key_that_it_is_named_after(founded: Founded) -> None:
    made = read_plan(founded.folder)
    for each in made.keys:
        text = (founded.folder / f"kill-notes/{stem(each)}.txt").read_text("ascii")
        sheet, note = paper.decode(text.splitlines())
        assert sheet is PosterKind.KILL
        assert kill_note.decode(note, made.scope) == each.key


def test_only_its_owner_reads_it_but_for_the_trust_file(city: Founded) -> None:
    check_modes(city.folder)


@pytest.mark.parametrize("umask", [0, 0o077], ids=oct)
def test_whatever_the_umask_is_the_modes_are_the_same(office: Path, passphrase_file: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        assert init(office / "city", "--passphrase-file", passphrase_file).code == ACCEPT
    finally:
        os.umask(old)
    check_modes(office / "city")


def test_it_says_which_file_goes_to_venues_and_by_what_it_is_known(founded: Founded) -> None:
    fingerprint = trust_file.decode(founded.trust.read_bytes()).fingerprint
    first, second, third = founded.ended.out.splitlines()
    assert first.startswith(f"{founded.trust}: ")
    assert re.fullmatch(r"fingerprint (?:[0-9a-f]{4} ){7}[0-9a-f]{4}", second)
    assert bytes.fromhex(second.removeprefix("fingerprint ")) == fingerprint
    assert re.fullmatch(r"in words    (?:[a-z]{3,8} ){11}[a-z]{3,8}", third)
    assert parse_fingerprint(third.removeprefix("in words ")) == fingerprint
    assert "another officer" in founded.ended.err
    assert f"print the kill notes in {founded.folder / 'kill-notes'}" in founded.ended.err


def test_plan_and_trust_file_say_what_was_asked_for(founded: Founded) -> None:
    made, held = read_plan(founded.folder), trust_file.decode(founded.trust.read_bytes())
    for says in (made, held.root):
        assert (says.scope.city, says.name, says.scope.environment) == ("springfield", "Springfield", Environment.TEST)
    assert made.contact == held.trust_list.contact == CONTACT
    assert made.classes == DEFAULT_CLASSES
    assert {each.key for each in made.keys} == {each.key for each in held.trust_list.keys}


def test_every_key_file_opens_to_the_key_that_is_published(founded: Founded, passphrase: str) -> None:
    made, held = read_plan(founded.folder), trust_file.decode(founded.trust.read_bytes())
    opened = {name: key_file.decode((founded.folder / name).read_text("ascii"), passphrase) for name in key_names(made)}
    assert {key.environment for key in opened.values()} == {Environment.TEST}
    by_kind = {kind: {key.signer.public_key for key in opened.values() if key.kind is kind} for kind in KeyKind}
    assert by_kind == {
        KeyKind.ROOT: set(held.root.roots.keys),
        KeyKind.PUBLISHER: set(held.root.publishers.keys),
        KeyKind.ISSUING: {each.key for each in held.trust_list.keys},
    }
    for each in made.keys:
        assert opened[f"keys/{stem(each)}.key"].signer.public_key == each.key


def test_two_cities_share_no_key(founded: Founded, office: Path, passphrase_file: Path) -> None:
    assert init(office / "city", "--passphrase-file", passphrase_file).code == ACCEPT
    one, other = (read_plan(folder) for folder in (founded.folder, office / "city"))
    assert not {each.key for each in one.keys} & {each.key for each in other.keys}


def test_a_folder_may_be_made_for_it(office: Path, passphrase_file: Path) -> None:
    assert init(office / "a" / "b" / "city", "--passphrase-file", passphrase_file).code == ACCEPT
    assert files_under(office) >= {"a/b/city/city.json", "a/b/city/city.idtrust"}


# ---- passphrases ----


def descriptor(data: bytes) -> int:
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return read


@contextmanager
def open_descriptor(data: bytes) -> Iterator[int]:
    read = descriptor(data)
    try:
        yield read
    finally:
        os.close(read)


def test_a_passphrase_comes_by_a_file_descriptor(office: Path, passphrase: str) -> None:
    with open_descriptor(passphrase.encode()) as read:
        ended = init(office / "city", "--passphrase-fd", str(read), how={"pass_fds": [read]})
    assert ended.code == ACCEPT
    key_file.decode((office / "city/keys/publisher.key").read_text("ascii"), passphrase)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_five_lines_are_five_key_holders(office: Path, passphrases: Callable[..., Path], end: str) -> None:
    assert init(office / "city", "--passphrase-file", passphrases(*FIVE, end=end)).code == ACCEPT
    issuing = [name for name in key_names(read_plan(office / "city")) if "root" not in name and "publisher" not in name]
    whose = {
        "keys/root-1.key": FIVE[0],
        "keys/root-2.key": FIVE[1],
        "keys/root-3.key": FIVE[2],
        "keys/publisher.key": FIVE[3],
        **dict.fromkeys(issuing, FIVE[4]),
    }
    for name, line in whose.items():
        key_file.decode((office / "city" / name).read_text("ascii"), line)
    with pytest.raises(key_file.KeyFileError):
        key_file.decode((office / "city/keys/root-2.key").read_text("ascii"), FIVE[0])


@pytest.mark.slow
def test_a_production_city_is_founded_by_five_and_mints_with_the_last(
    office: Path, passphrases: Callable[..., Path]
) -> None:
    lines = passphrases(*FIVE)
    assert init(office / "city", "--passphrase-file", lines, environment="production").code == ACCEPT
    held = trust_file.decode((office / "city/city.idtrust").read_bytes())
    assert held.root.scope.environment is Environment.PRODUCTION
    assert "argon2id: 3 passes, 256 MiB" in (office / "city/keys/root-1.key").read_text("ascii")
    minted = idcard(
        "mint",
        "--city",
        office / "city",
        "--for",
        "library",
        "--passphrase-file",
        lines,
        stdin=json.dumps(ADULT).encode(),
    )
    name, code = minted.out.rstrip("\n").split("\t")
    assert (minted.code, name, code[:5]) == (ACCEPT, "library", "IDC1:")
    assert idcard("verify", code, "--trust", office / "city/city.idtrust", "--for", "library").code == ACCEPT


@pytest.mark.parametrize(
    ("environment", "lines", "says"),
    [
        ("production", FIVE[:1], "5 passphrases are needed"),
        ("production", FIVE[:4], "5 passphrases are needed"),
        ("production", [*FIVE, "one more than needed"], "5 passphrases are needed"),
        ("production", [*FIVE[:4], FIVE[0]], "a passphrase of their own"),
        ("production", [FIVE[0]] * 5, "a passphrase of their own"),
        ("production", [*FIVE[:4], "short"], "at least 12 characters"),
        ("test", FIVE[:2], "5 passphrases are needed"),
        ("test", ["short"], "at least 12 characters"),
        ("test", [*FIVE[:2], "short", *FIVE[3:]], "at least 12 characters"),
        ("test", [], "no passphrase"),
        ("test", [""], "empty line"),
        ("test", [FIVE[0], ""], "empty line"),
        ("test", ["x" * 9000], "larger than"),
    ],
    ids=lambda value: None if isinstance(value, list) else value,
)
def test_passphrases_that_protect_too_little_found_nothing(
    office: Path, passphrases: Callable[..., Path], environment: str, lines: list[str], says: str
) -> None:
    ended = init(office / "city", "--passphrase-file", passphrases(*lines), environment=environment)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert list(office.iterdir()) == []
    assert not any(line in ended.err for line in lines if line)


def test_a_file_or_a_descriptor_not_both(office: Path, passphrase_file: Path) -> None:
    ended = init(office / "city", "--passphrase-file", passphrase_file, "--passphrase-fd", "0")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "not both" in ended.err
    assert list(office.iterdir()) == []


@pytest.mark.parametrize("number", ["9", "-1", "x", "1000000000000"])
def test_a_descriptor_that_is_not_open_is_refused(office: Path, number: str) -> None:
    ended = init(office / "city", f"--passphrase-fd={number}")
    assert (ended.code, ended.out) == (USAGE, "")
    assert list(office.iterdir()) == []


@pytest.mark.parametrize("option", ["--passphrase", "--password", "-p"])
def test_a_passphrase_is_never_an_argument(office: Path, option: str, passphrase: str) -> None:
    ended = init(office / "city", option, passphrase)
    assert (ended.code, ended.out) == (USAGE, "")
    assert list(office.iterdir()) == []


def test_no_command_takes_a_secret_as_an_argument() -> None:
    taken = {
        (" ".join(path), parameter.name): type(parameter.type)
        for path, command in commands(cli)
        for parameter in command.params
        if any(word in str(parameter.name) for word in ("pass", "phrase", "secret", "seed"))
    }
    names = {"passphrase_file": click.Path, "passphrase_fd": Descriptor}
    keys = ("key check", "key make", "key passphrase", "key rotate")
    paths = ("batch", "city init", "cohort", "counter", *keys, "mint", "trust renew", "trust sign")
    one = {("due", "passphrase_file"): click.Path}
    assert taken == {(path, name): kind for path in paths for name, kind in names.items()} | one


def test_without_a_terminal_nobody_is_asked(office: Path) -> None:
    ended = init(office / "city")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--passphrase-file" in ended.err
    assert list(office.iterdir()) == []


# ---- at a terminal ----


def asked(phrases: list[str]) -> list[tuple[str, str]]:
    """Each passphrase is typed twice."""
    return [
        answer
        for whose, phrase in zip(WHOSE, phrases, strict=False)
        for answer in ((f"New passphrase for {whose}", f"{phrase}\n"), ("Repeat", f"{phrase}\n"))
    ]


def test_five_people_type_their_passphrases_unseen(office: Path) -> None:
    ended = idcard_on_terminal("city", "init", office / "city", *described(), "--yes", answers=asked(FIVE))
    assert ended.code == ACCEPT
    assert not any(line in ended.out for line in FIVE)
    assert "fingerprint " in ended.out
    key_file.decode((office / "city/keys/root-3.key").read_text("ascii"), FIVE[2])


def test_the_date_is_shown_and_asked_about_before_any_passphrase(office: Path, passphrase_file: Path) -> None:
    """Everything that the city signs counts from it."""
    command = ("city", "init", office / "city", *described())
    shown = "idcard: this computer says that it is 2027-02-15 09:00 UTC\n"
    at = "2027-02-15 09:00:30"
    ended = idcard(*command, "--passphrase-file", passphrase_file, at=at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"{shown}idcard: there is no terminal to ask for confirmation; give --yes\n")
    ended = idcard_on_terminal(*command, answers=[("Is the date right?", "n\n")], at=at)
    assert (ended.code, shown in ended.out, "passphrase" in ended.out) == (CANNOT_SAY, True, False)
    assert list(office.iterdir()) == []
    answers = [("Is the date right?", "y\n")]
    ended = idcard_on_terminal(*command, "--passphrase-file", passphrase_file, answers=answers, at=at)
    assert ended.code == ACCEPT
    ended = idcard("city", "init", office / "other", *described(), "--passphrase-file", passphrase_file, "--yes", at=at)
    assert (ended.code, ended.err.startswith(shown)) == (ACCEPT, True)


def test_a_short_passphrase_is_refused_before_the_next_person_is_asked(office: Path) -> None:
    """Ten lines later nobody knows whose it was."""
    first = [("New passphrase for root key 1", "short\n")]
    ended = idcard_on_terminal(
        "city", "init", office / "city", *described(), "--yes", answers=first, interrupt_at="New passphrase for"
    )
    assert ended.code in (USAGE, CANNOT_SAY)
    assert "at least 12 characters" in ended.out
    assert "Repeat" not in ended.out
    assert "root key 2" not in ended.out
    assert list(office.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [{"id": "Spring Field"}, {"name": "x" * 65}, {"contact": ""}], ids=lambda wrong: next(iter(wrong))
)
def test_what_is_wrong_on_the_command_line_is_said_before_anybody_is_asked(office: Path, wrong: dict[str, str]) -> None:
    ended = idcard_on_terminal(
        "city", "init", office / "city", *described(**wrong), "--yes", interrupt_at="New passphrase for"
    )
    assert ended.code == USAGE
    assert "passphrase" not in ended.out


@pytest.mark.parametrize("after", [0, 1, 3])
def test_ctrl_c_at_any_question_leaves_nothing(office: Path, after: int) -> None:
    questions = asked(FIVE)
    answers = [*questions[:after], (questions[after][0], CTRL_C)]
    ended = idcard_on_terminal("city", "init", office / "city", *described(), "--yes", answers=answers)
    assert ended.code == CANNOT_SAY
    assert "interrupted" in ended.out
    assert "Traceback" not in ended.out
    assert list(office.iterdir()) == []


# ---- nothing is written over, nothing is left half-made ----


@pytest.mark.parametrize("kind", ["file", "empty folder", "full folder", "dangling link", "link to a folder"])
def test_what_stands_there_is_never_written_over(office: Path, passphrase_file: Path, kind: str) -> None:
    there, elsewhere = office / "city", office / "elsewhere"
    elsewhere.mkdir()
    match kind:
        case "file":
            there.write_text("mine")
        case "empty folder":
            there.mkdir()
        case "full folder":
            there.mkdir()
            (there / "city.json").write_text("mine")
        case "dangling link":
            there.symlink_to(office / "nowhere")
        case "link to a folder":
            there.symlink_to(elsewhere)
    before = sorted((path, path.is_file() and path.read_bytes()) for path in office.rglob("*"))
    ended = init(there, "--passphrase-file", passphrase_file)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "already exists" in ended.err
    assert sorted((path, path.is_file() and path.read_bytes()) for path in office.rglob("*")) == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": ""}, "id"),
        ({"id": "Springfield"}, "id"),
        ({"id": "spring field"}, "id"),
        ({"id": "x" * 33}, "id"),
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "Spring\x1b[31mfield"}, "name"),
        ({"contact": ""}, "contact"),
        ({"contact": "x" * 201}, "contact"),
        ({"environment": "prod"}, "environment"),
    ],
    ids=str,
)
def test_what_no_trust_file_can_carry_is_named(
    office: Path, passphrase_file: Path, changes: dict[str, str], says: str
) -> None:
    ended = init(office / "city", "--passphrase-file", passphrase_file, **changes)
    assert (ended.code, ended.out) == (USAGE, "")
    assert re.search(rf"\b{says}\b", ended.err)
    assert not re.search(r"field \d", ended.err)
    assert list(office.iterdir()) == []


@pytest.mark.parametrize("missing", ["name", "id", "contact", "environment"])
def test_every_option_of_a_city_is_needed(office: Path, passphrase_file: Path, missing: str) -> None:
    options = described()
    at = options.index(f"--{missing}")
    ended = idcard(
        "city", "init", office / "city", *options[:at], *options[at + 2 :], "--passphrase-file", passphrase_file
    )
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"--{missing}" in ended.err
    assert list(office.iterdir()) == []


def test_a_folder_inside_a_file_cannot_be_made(office: Path, passphrase_file: Path) -> None:
    (office / "file").write_text("mine")
    ended = init(office / "file" / "city", "--passphrase-file", passphrase_file)
    assert (ended.code, ended.out) == (USAGE, "")
    assert files_under(office) == {"file"}


def test_when_the_disk_is_full_nothing_is_left(office: Path, passphrase_file: Path) -> None:
    """The third file fails; the two before it, private keys among them, go away again."""
    prelude = """
import errno, os
from idcard_cli import files
create, made = files._create, []
def full(path, *rest):
    if len(made) == 2:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    made.append(path)
    create(path, *rest)
files._create = full
"""
    ended = init(office / "city", "--passphrase-file", passphrase_file, how={"prelude": prelude})
    assert (ended.code, ended.out) == (USAGE, "")
    assert "no space left on device" in ended.err
    assert list(office.iterdir()) == []


# ---- venue classes ----

POOL = {
    "number": 9, "class": "pool", "kind": "revocable", "claims": ["resident"], "ages": [14, 18], "least_age": 14,
    "age_from": True, "life": 6, "level": "M", "max_version": 8, "tolerance": 30,
}  # fmt: skip


def test_codes_are_counted_by_month_and_class_in_text_and_json(city: Founded) -> None:
    rows = ["2026-11,1a2b3c4d,library,2", "2026-11,5e6f7a8b,library,1200", "2026-12,5e6f7a8b,museum,1"]
    lines = [f"0123456789abcdef,{row}" for row in rows]
    (city.folder / "counts.csv").write_text("\n".join(["counter,month,key,class,codes", *lines, ""]))
    ended = idcard("city", "counts", "--city", city.folder)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.splitlines() == ["2026-11      1,202  library", "2026-12          1  museum"]
    assert idcard("city", "counts", "--city", city.folder, "--json").json() == {
        "schema": 1,
        "counts": [
            {"month": "2026-11", "class": "library", "codes": 1202},
            {"month": "2026-12", "class": "museum", "codes": 1},
        ],
    }


def test_a_city_that_minted_nothing_counts_nothing(city: Founded) -> None:
    ended = idcard("city", "counts", "--city", city.folder)
    assert (ended.code, ended.out, ended.err) == (ACCEPT, "", "")
    assert idcard("city", "counts", "--city", city.folder, "--json").json() == {"schema": 1, "counts": []}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "line 1 of the counts is not 'counter,month,key,class,codes'"),
        (b"counter,month,key,class,codes\nx\n", "line 2 of the counts is damaged"),
        (b"day,key,class,codes\n2026-11-22,1a2b3c4d,library,2\n", "counted by day: move the file away"),
        (b"\xff", "not text in UTF-8"),
    ],
)
def test_damaged_counts_are_no_counts(city: Founded, data: bytes, says: str) -> None:
    (city.folder / "counts.csv").write_bytes(data)
    ended = idcard("city", "counts", "--city", city.folder)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


@pytest.mark.parametrize("name", ["nowhere", "a-file"])
def test_a_folder_that_is_no_city_has_no_counts(tmp_path: Path, name: str) -> None:
    (tmp_path / "a-file").write_text("mine")
    ended = idcard("city", "counts", "--city", tmp_path / name)
    assert (ended.code, ended.out) == (USAGE, "")


def test_the_classes_that_are_printed_can_be_given(office: Path, passphrase_file: Path) -> None:
    printed = idcard("city", "classes")
    assert (printed.code, printed.err) == (ACCEPT, "")
    (office / "classes.json").write_text(printed.out, "utf-8")
    ended = init(office / "city", "--passphrase-file", passphrase_file, "--classes", office / "classes.json")
    assert ended.code == ACCEPT
    assert read_plan(office / "city").classes == DEFAULT_CLASSES


def test_edited_classes_are_what_the_city_has(office: Path, passphrase_file: Path) -> None:
    (office / "classes.json").write_text(json.dumps([POOL]), "utf-8")
    ended = init(office / "city", "--passphrase-file", passphrase_file, "--classes", office / "classes.json")
    assert ended.code == ACCEPT
    made = read_plan(office / "city")
    assert [(each.number, each.profile.venue_class) for each in made.classes] == [(9, "pool")]
    assert {each.kind for each in made.keys} == {Kind.REVOCABLE}
    assert not list((office / "city/keys").glob("cohort-*"))
    options = with_handles(office / "city", ["--passphrase-file", passphrase_file])
    minted = idcard("mint", "--city", office / "city", *options, stdin=json.dumps(STUDENT).encode())
    name, code = minted.out.rstrip("\n").split("\t")
    assert idcard("verify", code, "--trust", office / "city/city.idtrust", "--for", name).code == ACCEPT


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "venue classes"),
        (b"[]", "venue classes"),
        (b"null", "venue classes"),
        (b'["library"]', "venue class"),
        (b" " * (17 << 20), "larger than"),
        (json.dumps([{**POOL, "claims": [[]]}]).encode(), "claim"),
        (json.dumps([{**POOL, "claims": ["tall"]}]).encode(), "'tall'"),
        (json.dumps([{**POOL, "kind": "plastic"}]).encode(), "cohort or revocable"),
        (json.dumps([{**POOL, "colour": "red"}]).encode(), "'colour'"),
        (json.dumps([{**POOL, "life": 0}]).encode(), "'pool'"),
        (json.dumps([{**POOL, "max_version": 2}]).encode(), "'pool'"),
        (json.dumps([{**POOL, "class": "Pool"}]).encode(), "name of a venue class"),
        (json.dumps([{**POOL, "number": 0}]).encode(), "number"),
        (json.dumps([{**POOL, "tolerance": 9999}]).encode(), "tolerance"),
        (json.dumps([{**POOL, "tolerance": None}]).encode(), "'tolerance'"),
        (json.dumps([POOL, POOL]).encode(), "one number or one name"),
        (json.dumps([{key: value for key, value in POOL.items() if key != "life"}]).encode(), "'life'"),
        (json.dumps([POOL]).replace('"life"', '"life": 12, "life"').encode(), "twice"),
    ],
    ids=lambda value: value[:60].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_wrong_classes_found_nothing_and_are_explained(
    office: Path, tmp_path: Path, passphrase_file: Path, data: bytes, says: str
) -> None:
    (tmp_path / "classes.json").write_bytes(data)
    ended = init(office / "city", "--passphrase-file", passphrase_file, "--classes", tmp_path / "classes.json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert str(tmp_path / "classes.json") in ended.err
    assert "class 1:" in ended.err or not data.startswith(b"[{") or says.startswith(("one", "twice"))
    assert not re.search(r"field \d", ended.err)
    assert list(office.iterdir()) == []


@pytest.mark.parametrize(("name", "says"), [("missing.json", "no such file"), ("", "directory")])
def test_classes_that_cannot_be_read_found_nothing(office: Path, passphrase_file: Path, name: str, says: str) -> None:
    ended = init(office / "city", "--passphrase-file", passphrase_file, "--classes", office / name)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert list(office.iterdir()) == []


def test_a_city_is_founded_in_its_time_zone(office: Path, passphrase_file: Path) -> None:
    command = ("city", "init", office / "city", *described(), "--yes", "--passphrase-file", passphrase_file)
    ended = idcard(*command, "--time-zone", "America/New_York", at="2026-11-22 12:00")
    assert ended.code == ACCEPT, ended.err
    assert "this computer says that it is 2026-11-22 07:00 (America/New_York)" in ended.err
    assert plan.decode((office / "city" / "city.json").read_text("utf-8")).time_zone == "America/New_York"


@pytest.mark.parametrize("zone", ["Berlin", "Europe/Berlin ", "../../etc/passwd", "UTC+1", ""])
def test_a_zone_that_there_is_not_is_told_before_anybody_is_asked(office: Path, zone: str) -> None:
    ended = idcard("city", "init", office / "city", *described(), "--yes", "--time-zone", zone)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "Europe/Berlin or UTC" in ended.err
