"""`idcard key`: what an officer does with issuing keys, quarter by quarter, on good days and on bad ones."""

import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command import (
    ACCEPT,
    CANNOT_SAY,
    CTRL_C,
    USAGE,
    Office,
    files_under,
    idcard,
    idcard_on_terminal,
    rows_of,
)
from support.program import TIMEOUT, start

from idcard import cose
from idcard.ceremony.rotation import State
from idcard.city import plan
from idcard.city.plan import PlannedKey
from idcard.credential.text import Environment
from idcard.keys import key_file
from idcard.trust import kill_note, paper, public_key
from idcard.trust.paper import PosterKind
from idcard.trust.public_key import KeyKind
from idcard.verify import Refused, Verifier, memory

COUNTER = "0123456789abcdef"
KINDS = ("cohort", "revocable")
JANUARY = "2027-01-04 09:00"


def moment(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def issuing(office: Office) -> set[str]:
    """Kind and quarter of every issuing key that lies in the folder."""
    names = {path.name for path in (office.folder / "keys").iterdir()} - {"publisher.key"}
    return {name.rsplit("-", 1)[0] for name in names}


def both(*quarters: str) -> set[str]:
    return {f"{kind}-{quarter}" for kind in KINDS for quarter in quarters}


def codes(office: Office, *options: object, at: str = "") -> dict[str, str]:
    ended = office.mint(*options, at=at)
    assert ended.code == ACCEPT, ended.err
    return dict(line.split("\t") for line in ended.out.splitlines())


# ---- plan, as a calendar ----


def test_the_plan_as_a_calendar_has_its_events(office: Office) -> None:
    told = office.done("key", "plan", *office.here, "--ics")
    listed = office.done("key", "plan", *office.here).splitlines()
    assert told.count("BEGIN:VEVENT") == len(listed)
    assert "SUMMARY:Springfield: trust list 2 is published" in told
    ended = office.run("key", "plan", *office.here, "--ics", "--json")
    assert (ended.code, ended.out) == (USAGE, "")


# ---- rotate ----

# when an officer comes, the quarter whose keys are made then, the quarter whose keys are destroyed
YEARS = [
    ("2027-01-04 09:00", "2027-Q4", "2026-Q4"),
    ("2027-04-01 00:00", "2028-Q1", "2027-Q1"),
    ("2027-07-15 09:00", "2028-Q2", "2027-Q2"),
    ("2027-10-30 23:59", "2028-Q3", "2027-Q3"),
    ("2028-01-03 09:00", "2028-Q4", "2027-Q4"),
    ("2028-04-03 09:00", "2029-Q1", "2028-Q1"),
    ("2028-07-03 09:00", "2029-Q2", "2028-Q2"),
    ("2028-10-02 09:00", "2029-Q3", "2028-Q3"),
]


@pytest.mark.slow
def test_two_years_of_a_city(office: Office) -> None:
    """What is due is made, once; what is over is destroyed; codes never stop, and a venue takes every file."""
    held = {"2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"}
    venue = memory.install(office.trust.read_bytes(), fingerprint=office.held().fingerprint, now=moment(office.at))
    for at, made, over in YEARS:
        said = office.rotate(at)
        held = (held | {made}) - {over}
        assert issuing(office) == both(*held)
        assert re.findall(r"^(\w+) .*/(\w+-\d{4}-Q\d)-[0-9a-f]{8}\.key$", said, re.MULTILINE) == [
            (word, f"{kind}-{quarter}") for word, quarter in (("made", made), ("destroyed", over)) for kind in KINDS
        ]
        before = office.contents()
        assert office.rotate(at) == "nothing to make or to destroy\n"
        assert office.contents() == before

        officers = [office.publisher]
        if at.startswith("2028-01"):  # before the deadline of the root
            officers += [office.root(1), office.root(3)]
        draft = office.draft(*["--new-root"][: len(officers) - 1], at=at)
        office.finish(office.sign(draft, *officers))
        draft.unlink()
        venue = memory.update(venue, office.trust.read_bytes(), now=moment(at))

        minted = codes(office, "--for", "library", "--for", "pharmacy", at=at)
        signing = {str(each.quarter) for each in office.plan().keys if each.kid.hex() in counted(office, at)}
        assert signing == {f"{at[:4]}-Q{(int(at[5:7]) + 2) // 3}"}
        for name, code in minted.items():
            assert Verifier(venue.file).verify(code, name, now=moment(at)).proven
    assert len(office.plan().keys) == 8 + 2 * len(YEARS)


def counted(office: Office, at: str) -> set[str]:
    """Kids of the keys that signed in a month."""
    return {line.split(",")[1] for line in rows_of(office.folder / "counts.csv") if line.startswith(at[:7])}


def test_a_new_key_has_a_file_a_kill_note_and_a_line_in_the_plan(office: Office, passphrase: str) -> None:
    office.rotate(JANUARY)
    made = office.plan().keys[8:]
    assert [str(each) for each in made] == [f"{each.kid.hex()} ({each.kind.value}, 2027-Q4)" for each in made]
    for each in made:
        opened = key_file.decode(office.key_path(each).read_text("ascii"), passphrase)
        assert (opened.kind, opened.environment) == (KeyKind.ISSUING, Environment.TEST)
        assert opened.signer.public_key == each.key
        sheet, note = paper.decode(
            (office.folder / "kill-notes" / f"{office.key_path(each).stem}.txt").read_text("ascii").splitlines()
        )
        assert (sheet, kill_note.decode(note, office.plan().scope)) == (PosterKind.KILL, each.key)
        assert each.ready is None


def test_what_is_to_be_done_with_it_is_said(office: Office) -> None:
    ended = office.run("key", "rotate", *office.here, *office.secret, at=JANUARY)
    assert ended.err.splitlines() == [
        f"idcard: print the kill notes in {office.folder / 'kill-notes'}, lock them up, and remove them here",
        "idcard: next: idcard trust draft (it renews, too)",
    ]


def test_a_new_key_signs_nothing_before_every_venue_knows_it(office: Office) -> None:
    office.rotate(JANUARY)
    office.publish(at=JANUARY)
    assert {each.ready for each in office.plan().keys[8:]} == {int(moment("2027-05-06 09:00").timestamp())}


def test_an_officer_who_comes_late_makes_all_that_can_still_sign(office: Office) -> None:
    late = "2027-07-01 00:00"
    before = office.contents()
    ended = office.run("key", "rotate", *office.here, *office.secret, at=late)
    assert (ended.code, ended.out) == (USAGE, "")
    assert (
        "the trust list expired on 2027-03-22: renew it first (idcard trust renew), or set the clock if it is wrong"
        in ended.err
    )
    assert office.contents() == before
    answers = [("Is the date right?", "y\n")]
    assert office.on_terminal("trust", "renew", *office.here, *office.secret, at=late, answers=answers).code == ACCEPT
    office.rotate(late)
    assert issuing(office) == both("2027-Q3", "2027-Q4", "2028-Q1", "2028-Q2")


def test_when_nothing_is_due_the_next_dates_are_said(office: Office) -> None:
    before = office.contents()
    ended = office.run("key", "rotate", *office.here, *office.secret)
    assert (ended.code, ended.out) == (ACCEPT, "nothing to make or to destroy\n")
    assert ended.err.splitlines() == [
        "idcard: next: by 2026-12-22 trust list 1 to be renewed (idcard trust renew)",
        "idcard: next: 2027-01-01 to 2027-03-01 the keys of 2027-Q4 to be made (idcard key rotate)",
        "idcard: next: by 2028-02-02 root 1 to be replaced (idcard trust draft --new-root)",
    ]
    assert office.contents() == before


WATCH = """
import pathlib, sys
def watch(event, arguments):
    if event in ("os.link", "os.rename"):
        source = pathlib.Path(arguments[0])
        with open(LOG, "a") as log:
            log.write(f"{source.stat().st_mode & 0o777:o} {arguments[1]}\\n")
sys.addaudithook(watch)
"""


def test_nobody_else_can_read_a_key_file_at_any_moment(office: Office) -> None:
    """Whatever the umask is: a file has its mode before it has its name."""
    log = office.home / "watched"
    old = os.umask(0)
    try:
        office.done(
            "key", "rotate", *office.here, *office.secret, at=JANUARY, prelude=WATCH.replace("LOG", repr(str(log)))
        )
    finally:
        os.umask(old)
    modes = {Path(line.split(" ", 1)[1]).parent.name: line.split(" ")[0] for line in log.read_text().splitlines()}
    assert modes == {"keys": "600", "kill-notes": "600", "springfield": "600"}
    for path in office.folder.rglob("*"):
        if not path.name.endswith((".lock", ".idtrust")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_destroyed_key_is_overwritten_before_its_name_goes(office: Office) -> None:
    """Another name for the same file shows what is left on the disk."""
    over = office.key_path(office.key("cohort", "2026-Q4"))
    size = over.stat().st_size
    os.link(over, office.home / "left")
    office.rotate(JANUARY)
    assert not over.exists()
    assert (office.home / "left").read_bytes() == bytes(size)


def test_the_passphrase_of_the_keys_in_use_is_asked_for_once(office: Office, passphrase: str) -> None:
    ended = office.on_terminal(
        "key", "rotate", *office.here, at=JANUARY,
        answers=[("Passphrase of the issuing keys", f"{passphrase}\n")],
    )  # fmt: skip
    assert ended.code == ACCEPT
    assert passphrase not in ended.out
    assert issuing(office) == both("2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4")


def test_ctrl_c_at_the_question_leaves_all_as_it_was(office: Office) -> None:
    before = office.contents()
    ended = office.on_terminal(
        "key", "rotate", *office.here, at=JANUARY, answers=[("Passphrase of the issuing keys", CTRL_C)]
    )
    assert ended.code == CANNOT_SAY
    assert office.contents() == before


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("short\n", "at least 12 characters"),
        ("", "no passphrase"),
        ("correct horse battery staple\nand another line\n", "one passphrase is needed"),
    ],
)
def test_a_passphrase_that_protects_nothing_makes_and_destroys_nothing(office: Office, lines: str, says: str) -> None:
    (office.home / "weak.txt").write_text(lines)
    before = office.contents()
    ended = office.run("key", "rotate", *office.here, "--passphrase-file", office.home / "weak.txt", at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--token", "office"], "name the library of the token with --pkcs11-module"),
        (["--token", "office", "--pkcs11-module", "nowhere.so"], "no PKCS#11 module 'nowhere.so'"),
        (["--token", " ", "--pkcs11-module", "nowhere.so"], "label of a token is visible letters"),
    ],
    ids=["no module", "missing module", "no label"],
)
def test_a_token_that_cannot_be_reached_makes_nothing(office: Office, options: list[str], says: str) -> None:
    before = office.contents()
    ended = office.run("key", "rotate", *office.here, *office.secret, *options, at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


FOLDER_COMMANDS: dict[str, list[object]] = {
    "rotate": ["key", "rotate"],
    "status": ["key", "status"],
    "plan": ["key", "plan"],
    "distrust": ["key", "distrust", "1a2b3c4d", "--yes"],
    "retire": ["key", "retire", "1a2b3c4d", "--yes"],
    "stations": ["key", "stations", "north", "--yes"],
}


@pytest.mark.parametrize("command", FOLDER_COMMANDS)
@pytest.mark.parametrize("kind", ["nothing", "a file", "another folder"])
def test_what_is_no_folder_of_a_city_stays_as_it_is(tmp_path: Path, command: str, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "a file":
        place.write_text("mine")
    elif kind == "another folder":
        place.mkdir()
        (place / "mine.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    (tmp_path / "passphrase.txt").write_text("correct horse battery staple\n")
    secret = ["--passphrase-file", tmp_path / "passphrase.txt"] if command == "rotate" else []
    ended = idcard(*FOLDER_COMMANDS[command], "--city", place, *secret)
    assert (ended.code, ended.out) == (USAGE, "")
    assert str(place) in ended.err
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "passphrase.txt"])


@pytest.mark.parametrize("name", ["city.json", "city.idtrust"])
def test_a_damaged_city_gets_no_new_keys(office: Office, name: str) -> None:
    (office.folder / name).write_bytes(b"damaged")
    before = office.contents()
    ended = office.run("key", "rotate", *office.here, *office.secret, at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert office.contents() == before


def test_two_officers_at_once_make_no_key_twice(office: Office) -> None:
    running = [start("key", "rotate", *office.here, *office.secret, at=JANUARY) for _ in range(3)]
    said = sorted(each.communicate(timeout=TIMEOUT)[0].decode() for each in running)
    assert [each.returncode for each in running] == [ACCEPT] * 3
    assert [text.count("made ") for text in said] == [2, 0, 0]
    assert len(office.plan().keys) == 10
    assert issuing(office) == both("2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4")


FULL = """
import errno, os
from idcard_cli import files
create, made = files.create, []
def full(path, data, mode=0o600):
    if len(made) == GOOD:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    made.append(path)
    create(path, data, mode)
files.create = full
"""


@pytest.mark.parametrize("good", [0, 1, 2, 3])
def test_when_the_disk_is_full_the_plan_names_whole_keys_only(office: Office, good: int) -> None:
    """Key file, kill note, plan, in this order: the next run makes what is missing, and none is lost."""
    prelude = FULL.replace("GOOD", str(good))
    ended = office.run("key", "rotate", *office.here, *office.secret, at=JANUARY, prelude=prelude)
    assert ended.code == USAGE
    assert "no space left on device" in ended.err
    assert len(office.plan().keys) == 8 + good // 2
    assert all(office.key_path(each).exists() for each in office.plan().keys)
    assert not [name for name in files_under(office.folder) if Path(name).name.startswith(".")]
    office.rotate(JANUARY)
    assert len(office.plan().keys) == 10
    assert all(office.key_path(each).exists() for each in office.plan().keys if str(each.quarter) != "2026-Q4")
    stray = {path.name for path in (office.folder / "keys").iterdir()} - {
        "publisher.key", *(office.key_path(each).name for each in office.plan().keys)
    }  # fmt: skip
    assert len(stray) == good % 2
    found = office.run("doctor", *office.here, at=JANUARY).out
    assert all(f"{name} is not in the plan, perhaps because a command was interrupted" in found for name in stray)


# ---- status ----


def test_status_says_what_each_key_is_and_what_to_do(office: Office) -> None:
    kid = {(kind, quarter): office.key(kind, quarter).kid.hex() for kind in KINDS for quarter in QUARTERS}
    assert office.done("key", "status", *office.here).splitlines() == [
        "cohort",
        f"  {kid['cohort', '2026-Q4']}  2026-Q4  active      signs until 2026-12-31, codes until 2029-01-01",
        f"  {kid['cohort', '2027-Q1']}  2027-Q1  published   standby, ready, codes until 2029-04-01",
        f"  {kid['cohort', '2027-Q2']}  2027-Q2  published   standby, ready, codes until 2029-07-01",
        f"  {kid['cohort', '2027-Q3']}  2027-Q3  published   standby, ready, codes until 2029-10-01",
        "revocable",
        f"  {kid['revocable', '2026-Q4']}  2026-Q4  active      signs until 2026-12-31, codes until 2028-01-01",
        f"  {kid['revocable', '2027-Q1']}  2027-Q1  published   standby, ready, codes until 2028-04-01",
        f"  {kid['revocable', '2027-Q2']}  2027-Q2  published   standby, ready, codes until 2028-07-01",
        f"  {kid['revocable', '2027-Q3']}  2027-Q3  published   standby, ready, codes until 2028-10-01",
        "next",
        "  by 2026-12-22  trust list 1 to be renewed (idcard trust renew)",
        "  2027-01-01 to 2027-03-01  the keys of 2027-Q4 to be made (idcard key rotate)",
        "  by 2028-02-02  root 1 to be replaced (idcard trust draft --new-root)",
    ]


QUARTERS = ("2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3")


def line_of(office: Office, key: PlannedKey, at: str) -> str:
    [found] = [line for line in office.done("key", "status", *office.here, at=at).splitlines() if key.kid.hex() in line]
    return found.split("  ", 3)[3]


def test_status_knows_every_state_of_a_key(office: Office) -> None:
    first = office.key("cohort", "2026-Q4")
    office.rotate(JANUARY)
    made = office.key("cohort", "2027-Q4")
    assert line_of(office, made, JANUARY) == "made        in no trust list yet, codes until 2030-01-01"
    office.publish(at=JANUARY)
    assert line_of(office, made, JANUARY) == "published   standby, ready from 2027-05-06, codes until 2030-01-01"
    assert line_of(office, made, "2027-10-01 00:00") == "active      signs until 2027-12-31, codes until 2030-01-01"
    assert line_of(office, first, JANUARY) == "retired     no longer signs, codes until 2029-01-01"
    assert line_of(office, first, "2029-01-01 12:00") == "expired     codes ended 2029-01-01"
    office.done("key", "distrust", made.kid.hex(), *office.here, "--yes", at=JANUARY)
    assert line_of(office, made, JANUARY) == "distrusted  all its codes are refused, codes until 2030-01-01"


def test_status_counts_the_cards_that_stand_on_a_key(office: Office) -> None:
    key = office.key("cohort", "2026-Q4")
    rows = ["2026-11", "2026-12"], ["library", "museum"]
    lines = [f"{COUNTER},{month},{key.kid.hex()},{name},1000" for month in rows[0] for name in rows[1]]
    (office.folder / "counts.csv").write_text("\n".join(["counter,month,key,class,codes", *lines, ""]))
    assert line_of(office, key, office.at).endswith(", 4,000 codes minted")
    [told] = [each for each in status_json(office)["keys"] if each["kid"] == key.kid.hex()]
    assert told["codes"] == {"library": 2000, "museum": 2000}


def status_json(office: Office, at: str = "") -> Any:
    return json.loads(office.done("key", "status", *office.here, "--json", at=at))


def test_status_as_json_is_one_object(office: Office) -> None:
    told = status_json(office)
    assert told.keys() == {"schema", "keys", "next"}
    assert told["schema"] == 1
    assert [(each["kind"], each["quarter"]) for each in told["keys"]] == [(k, q) for k in KINDS for q in QUARTERS]
    assert told["keys"][1] == {
        "kid": office.key("cohort", "2027-Q1").kid.hex(),
        "kind": "cohort",
        "station": None,
        "quarter": "2027-Q1",
        "state": "published",
        "ready": "2026-11-22T12:00:00Z",
        "signs_until": "2027-04-01T00:00:00Z",
        "verify_until": "2029-04-01T12:00:00Z",
        "codes": {},
    }
    assert told["next"] == [
        {
            "due": "2026-12-22T12:00:00Z",
            "overdue": False,
            "what": "trust list 1 to be renewed",
            "how": "idcard trust renew",
        },
        {
            "due": "2027-03-01T00:00:00Z",
            "overdue": False,
            "what": "the keys of 2027-Q4 to be made",
            "how": "idcard key rotate",
        },
        {
            "due": "2028-02-02T12:00:00Z",
            "overdue": False,
            "what": "root 1 to be replaced",
            "how": "idcard trust draft --new-root",
        },
    ]
    assert {each["state"] for each in told["keys"]} <= {state.value for state in State}
    assert status_json(office, "2026-12-22 12:00")["next"][0]["overdue"] is True


def test_status_and_plan_change_nothing(office: Office) -> None:
    before = office.contents()
    for command in (["status"], ["status", "--json"], ["plan"], ["plan", "--json"]):
        office.done("key", *command, *office.here)
    assert office.contents() == before


# ---- plan ----


def test_the_plan_of_the_years_ahead_is_in_order_and_has_every_kind_of_event(office: Office) -> None:
    """The dates themselves: tests/ceremony/test_agenda.py."""
    lines = office.done("key", "plan", *office.here, "--years", "2").splitlines()
    assert lines[0] == "2026-12-22  trust list 2 is published"
    assert [line[:10] for line in lines] == sorted(line[:10] for line in lines)
    for line in (
        "2027-01-01  cohort key of 2027-Q1 is active",
        "2027-01-01  revocable key of 2026-Q4 retires: its private key is destroyed",
        "2027-03-01  cohort key of 2027-Q4 is made and published by now",
        "2028-02-02  root 2 replaces root 1",
        f"2028-01-01  {office.key('revocable', '2026-Q4')} expires",
    ):
        assert line in lines
    told = json.loads(office.done("key", "plan", *office.here, "--years", "2", "--json"))
    assert told.keys() == {"schema", "events"}
    assert told["schema"] == 1
    assert [f"{each['when'][:10]}  {each['what']}" for each in told["events"]] == lines
    assert {frozenset(each) for each in told["events"]} == {frozenset(("when", "what"))}


@pytest.mark.parametrize("years", ["0", "21", "-1", "x", "1.5"])
def test_years_are_1_to_20(opened: Office, years: str) -> None:
    ended = opened.run("key", "plan", *opened.here, f"--years={years}")
    assert (ended.code, ended.out) == (USAGE, "")


# ---- distrust ----


def test_distrust_says_what_it_means_before_it_asks(office: Office) -> None:
    assert office.mint("--for", "library", "--for", "museum").code == ACCEPT
    before = office.contents()
    key, standby = office.key("cohort", "2026-Q4"), office.key("cohort", "2027-Q1")
    ended = office.on_terminal("key", "distrust", key.kid.hex(), *office.here, answers=[("Distrust", "n\n")])
    assert ended.code == CANNOT_SAY
    assert ended.out.splitlines()[:4] == [
        f"{key}: codes counted: 2 (1 for library, 1 for museum)",
        "all are refused from the next trust list on; they would have been good until 2029-01-01",
        "their holders need new cards; whoever has the key can sign with any date, so no code of it can be trusted",
        f"then {standby} signs cohort codes",
    ]
    assert f"Distrust {key}? [y/N]: " in ended.out
    assert office.contents() == before


@pytest.mark.parametrize("how", ["at a terminal", "--yes"])
def test_after_distrust_the_key_is_gone_and_the_standby_signs(office: Office, how: str) -> None:
    key, standby = office.key("cohort", "2026-Q4"), office.key("cohort", "2027-Q1")
    old = codes(office, "--for", "library")["library"]
    command = ("key", "distrust", key.kid.hex(), *office.here)
    if how == "--yes":
        ended = office.run(*command, "--yes")
        assert "idcard trust draft" in ended.err
    else:
        ended = office.on_terminal(*command, answers=[("Distrust", "y\n")])
    assert ended.code == ACCEPT
    assert f"destroyed {office.key_path(key)}\n" in ended.out
    assert not office.key_path(key).exists()
    assert office.key("cohort", "2026-Q4") == replace(key, distrusted=True, destroyed=True)

    new = codes(office, "--for", "library")["library"]
    assert counted(office, office.at) == {key.kid.hex(), standby.kid.hex()}
    # No venue has heard of it, and every venue takes the standby's codes.
    for code in (old, new):
        assert Verifier(office.trust.read_bytes()).verify(code, "library", now=moment(office.at)).proven
    office.publish(at="2026-11-22 15:00")
    assert Verifier(office.trust.read_bytes()).verify(new, "library", now=moment("2026-11-22 15:00")).proven
    with pytest.raises(Refused) as refused:
        Verifier(office.trust.read_bytes()).verify(old, "library", now=moment("2026-11-22 15:00"))
    assert refused.value.reason.value == "distrusted-key"


def test_distrust_asks_nobody_where_there_is_no_terminal(office: Office) -> None:
    before = office.contents()
    ended = office.run("key", "distrust", office.key("cohort", "2026-Q4").kid.hex(), *office.here, stdin=b"y\n")
    assert ended.code == USAGE
    assert "there is no terminal to ask for confirmation; give --yes" in ended.err
    assert office.contents() == before


def test_what_is_distrusted_already_is_said_and_nothing_changes(office: Office) -> None:
    kid = office.key("cohort", "2026-Q4").kid.hex()
    office.done("key", "distrust", kid, *office.here, "--yes")
    before = office.contents()
    ended = office.run("key", "distrust", kid.upper(), *office.here)
    assert (ended.code, ended.out) == (ACCEPT, f"{kid} (cohort, 2026-Q4) is distrusted already\n")
    assert office.contents() == before


@pytest.mark.parametrize("command", ["distrust", "retire"])
@pytest.mark.parametrize(
    ("kid", "says"),
    [
        ("00000000", "the plan has no issuing key with this kid"),
        ("1a2b3c4", "a key is named by the 8 digits"),
        ("1a2b3c4d5", "a key is named by the 8 digits"),
        ("1a2b3c4g", "a key is named by the 8 digits"),
        ("", "a key is named by the 8 digits"),
        ("1a2b3c4d\n", "a key is named by the 8 digits"),
        ("publisher", "a key is named by the 8 digits"),
    ],
)
def test_a_kid_that_names_no_issuing_key_is_refused(opened: Office, command: str, kid: str, says: str) -> None:
    ended = opened.run("key", command, kid, *opened.here, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


@pytest.mark.parametrize("role", ["publisher", "root"])
def test_a_key_of_another_role_is_not_distrusted_so(opened: Office, role: str) -> None:
    held = opened.held().root
    public_key = (held.publishers if role == "publisher" else held.roots).keys[0]
    ended = opened.run("key", "distrust", cose.kid(public_key).hex(), *opened.here, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")


def test_without_a_standby_minting_stops_and_says_until_when(office: Office) -> None:
    """Only keys that venues know may sign, however urgent it is."""
    office.rotate(JANUARY)
    office.publish(at=JANUARY)
    for quarter in ("2027-Q2", "2027-Q3"):
        office.done("key", "retire", office.key("cohort", quarter).kid.hex(), *office.here, "--yes", at=JANUARY)
    last = office.key("cohort", "2027-Q1")
    said = office.done("key", "distrust", last.kid.hex(), *office.here, "--yes", at=JANUARY)
    stops = "no cohort key may sign now; it is allowed from 2027-05-06 09:00 UTC"
    assert f"minting of cohort codes STOPS: {stops}\n" in said
    before = office.contents()
    ended = office.mint("--for", "library", "--out", office.home / "codes", at=JANUARY)
    assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: {stops}\n")
    assert not (office.home / "codes").exists()
    assert office.contents() == before
    assert list(codes(office, "--for", "pharmacy", at=JANUARY)) == ["pharmacy"]
    assert list(codes(office, "--for", "library", at="2027-05-06 09:00")) == ["library"]


def test_with_no_key_at_all_no_date_is_promised(office: Office) -> None:
    for quarter in QUARTERS:
        said = office.done("key", "distrust", office.key("cohort", quarter).kid.hex(), *office.here, "--yes")
    assert "minting of cohort codes STOPS: no cohort key may sign now\n" in said


# ---- retire ----


def test_the_passphrase_of_the_issuing_keys_is_lost(office: Office) -> None:
    """A key is made under a new passphrase; the locked keys are retired as soon as another one signs."""
    lost, new = office.home / "lost.txt", "a passphrase that somebody wrote down"
    (office.home / "passphrase.txt").rename(lost)
    (office.home / "passphrase.txt").write_text(f"{new}\n")
    office.done("key", "rotate", *office.here, *office.secret, "--yes", at=JANUARY)
    draft = office.draft(at=JANUARY)
    # The publisher has a passphrase of their own.
    named = ("--trust", office.trust, "--key", office.publisher, "--passphrase-file", lost)
    office.done("trust", "sign", draft, *named, "--yes", at=JANUARY)
    office.finish(draft)
    for quarter in ("2027-Q2", "2027-Q3"):
        office.done("key", "retire", office.key("cohort", quarter).kid.hex(), *office.here, "--yes", at=JANUARY)
    locked = office.key("cohort", "2027-Q1")
    ended = office.mint("--for", "library", at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the passphrase is wrong" in ended.err
    before = office.contents()
    ended = office.run("key", "retire", locked.kid.hex(), *office.here, "--yes", at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == (
        f"idcard: {locked} signs now, and no other key is ready; it is allowed from 2027-04-01 00:00 UTC\n"
    )
    assert office.contents() == before
    # When its quarter is over it may go, and a month later the new key signs.
    assert list(codes(office, "--for", "library", at="2027-05-06 09:00")) == ["library"]


def test_a_retired_key_is_gone_and_its_codes_stay_good(office: Office) -> None:
    key = office.key("cohort", "2026-Q4")
    old = codes(office, "--for", "library")["library"]
    said = office.done("key", "retire", key.kid.hex(), *office.here, "--yes")
    assert said.splitlines() == [
        f"destroyed {office.key_path(key)}",
        f"{key} no longer signs; its codes stay good until 2029-01-01",
    ]
    assert not office.key_path(key).exists()
    new = codes(office, "--for", "library")["library"]
    assert counted(office, office.at) == {key.kid.hex(), office.key("cohort", "2027-Q1").kid.hex()}
    office.publish(at="2026-11-23 12:00")
    for code in (old, new):
        assert Verifier(office.trust.read_bytes()).verify(code, "library", now=moment("2026-11-23 12:00")).proven


def test_retire_asks(office: Office) -> None:
    key = office.key("cohort", "2026-Q4")
    before = office.contents()
    ended = office.on_terminal("key", "retire", key.kid.hex(), *office.here, answers=[("Retire", "n\n")])
    assert f"Retire {key} and destroy its private key? [y/N]: " in ended.out
    assert ended.code == CANNOT_SAY
    assert office.contents() == before
    ended = office.on_terminal("key", "retire", key.kid.hex(), *office.here, answers=[("Retire", "y\n")])
    assert ended.code == ACCEPT
    assert not office.key_path(key).exists()


def test_a_distrusted_key_cannot_be_called_retired(office: Office) -> None:
    """That would say that its codes stay good."""
    kid = office.key("cohort", "2026-Q4").kid.hex()
    office.done("key", "distrust", kid, *office.here, "--yes")
    before = office.contents()
    ended = office.run("key", "retire", kid, *office.here, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "is distrusted" in ended.err
    assert office.contents() == before


def test_a_standby_that_is_retired_is_made_anew(office: Office) -> None:
    office.done("key", "retire", office.key("cohort", "2027-Q3").kid.hex(), *office.here, "--yes")
    said = office.rotate()
    assert re.fullmatch(r"made .*/cohort-2027-Q3-[0-9a-f]{8}\.key\n", said)


# ---- stations ----


def with_counts(office: Office) -> None:
    key = office.key("revocable", "2026-Q4").kid.hex()
    header, row = "counter,month,key,class,codes", f"{COUNTER},2026-11,{key},pharmacy,12000"
    (office.folder / "counts.csv").write_text(f"{header}\n{row}\n")


def test_stations_show_what_a_choice_would_mean(office: Office) -> None:
    with_counts(office)
    before = office.contents()
    assert office.done("key", "stations", *office.here).splitlines() == [
        "stations: none, one key for the whole city",
        "revocable codes of the busiest key so far: 12,000",
        "stations  codes lost if a key leaks  holders of one key and month of expiry",
        "       1                     12,000                                   4,000",
        "       2                      6,000                                   2,000",
        "       3                      4,000                                   1,333",
        "       4                      3,000                                   1,000",
    ]
    assert office.contents() == before


def test_without_counts_there_are_no_figures(opened: Office) -> None:
    said = opened.done("key", "stations", *opened.here)
    assert said.splitlines()[1:] == ["no revocable codes were counted yet, so there are no figures"]


def test_stations_are_asked_for_and_begin_with_the_first_quarter_that_has_no_key(office: Office) -> None:
    before = office.contents()
    command = ("key", "stations", "north", "south", "north", *office.here)
    ended = office.on_terminal(*command, answers=[("Change to north, south?", "n\n")])
    assert ended.code == CANNOT_SAY
    assert office.contents() == before
    ended = office.on_terminal(*command, answers=[("Change to north, south?", "y\n")])
    assert ended.code == ACCEPT
    assert ended.out.endswith("this begins with the keys of 2027-Q4\n")
    assert office.plan().stations == ("north", "south")


def test_each_station_mints_with_its_own_key(office: Office) -> None:
    office.done("key", "stations", "north", "south", *office.here, "--yes")
    before, later = office.at, "2027-10-01 09:00"
    assert list(codes(office, "--station", "north", at=before)) == ["library", "museum", "pool", "pharmacy"]
    made = office.rotate(JANUARY)
    assert re.findall(r"made .*/(.*)-[0-9a-f]{8}\.key", made) == [
        "cohort-2027-Q4",
        "revocable-north-2027-Q4",
        "revocable-south-2027-Q4",
    ]
    office.publish(at=JANUARY)
    [cohort, north, south] = office.plan().keys[8:]
    assert [each.station for each in (cohort, north, south)] == [None, "north", "south"]
    assert list(codes(office, "--station", "south", at=later)) == ["library", "museum", "pool", "pharmacy"]
    assert counted(office, later) == {cohort.kid.hex(), south.kid.hex()}
    status = office.done("key", "status", *office.here, at=later)
    assert re.search(rf"^revocable at north\n  {north.kid.hex()}  2027-Q4  active ", status, re.MULTILINE)


def test_a_counter_that_does_not_say_its_station_mints_nothing(office: Office) -> None:
    office.done("key", "stations", "north", "south", *office.here, "--yes")
    office.rotate(JANUARY)
    office.publish(at=JANUARY)
    later = "2027-10-01 09:00"
    for options, says in (
        ([], "name the station whose key signs: north, south"),
        (["--station", "west"], "the city has no station 'west'; it has: north, south"),
        (["--station", ""], "the city has no station ''; it has: north, south"),
    ):
        before = office.contents()
        ended = office.mint(*options, at=later)
        assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: {says}\n")
        assert office.contents() == before
    assert list(codes(office, "--for", "library", at=later)) == ["library"]


def test_a_city_without_stations_has_none(opened: Office) -> None:
    ended = opened.mint("--station", "north")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: the city has no station 'north'; it has: none\n"


def test_the_key_of_one_station_spoils_the_codes_of_one_station(office: Office) -> None:
    office.done("key", "stations", "north", "south", *office.here, "--yes")
    office.rotate(JANUARY)
    [_, north, _] = office.plan().keys[8:]
    said = office.done("key", "distrust", north.kid.hex(), *office.here, "--yes", at=JANUARY)
    standing = office.key("revocable", "2027-Q1")
    assert f"then {standing} signs revocable codes at north\n" in said
    assert "south" not in said


def test_one_key_for_the_whole_city_again(office: Office) -> None:
    """Quarters that only stations have keys for get one, where it can still be in time."""
    office.done("key", "stations", "north", *office.here, "--yes")
    office.rotate(JANUARY)
    said = office.done("key", "stations", "--none", *office.here, "--yes", at=JANUARY)
    assert said.splitlines()[0] == "stations: north"
    assert said.splitlines()[-1] == "this begins with the keys of 2027-Q4"
    assert office.plan().stations == ()
    assert re.findall(r"made .*/(.*)-[0-9a-f]{8}\.key", office.rotate(JANUARY)) == ["revocable-2027-Q4"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["North"], "the name of a station is"),
        (["north", "-"], "the name of a station is"),
        (["x" * 33], "the name of a station is"),
        ([""], "the name of a station is"),
        (["../keys"], "the name of a station is"),
        (["north", "--none"], "give names or --none, not both"),
    ],
    ids=str,
)
def test_what_is_no_name_of_a_station_changes_nothing(office: Office, names: list[str], says: str) -> None:
    before = office.contents()
    ended = office.run("key", "stations", *names, *office.here, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


# ---- make ----


@pytest.mark.parametrize(("kind", "environment"), [("root", "test"), ("publisher", "test"), ("root", "production")])
def test_an_officer_makes_a_key_at_home(
    opened: Office, tmp_path: Path, kind: str, environment: str, passphrase: str
) -> None:
    old = os.umask(0)
    try:
        described = ("--kind", kind, "--environment", environment)
        ended = idcard("key", "make", tmp_path / "my.key", *described, *opened.secret)
    finally:
        os.umask(old)
    assert (ended.code, ended.err) == (ACCEPT, "")
    public = public_key.decode(ended.out.strip())
    made = key_file.decode((tmp_path / "my.key").read_text("ascii"), passphrase)
    assert public.kind is made.kind is KeyKind(kind)
    assert str(public.environment) == str(made.environment) == environment
    assert public.key == made.signer.public_key
    assert stat.S_IMODE((tmp_path / "my.key").stat().st_mode) == 0o600
    assert files_under(tmp_path) == {"my.key"}


def short(tmp_path: Path) -> list[object]:
    (tmp_path / "weak.txt").write_text("short\n")
    return [tmp_path / "my.key", "--passphrase-file", tmp_path / "weak.txt"]


def there(tmp_path: Path) -> list[object]:
    (tmp_path / "my.key").write_text("mine")
    return [tmp_path / "my.key"]


def nowhere(tmp_path: Path) -> list[object]:
    return [tmp_path / "nowhere/my.key"]


def no_module(tmp_path: Path) -> list[object]:
    return [tmp_path / "my.key", "--token", "mine"]


def an_issuing_key(tmp_path: Path) -> list[object]:
    return [tmp_path / "my.key", "--kind", "issuing"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (short, "at least 12 characters"),
        (there, "already exists"),
        (nowhere, "no such file or directory"),
        (no_module, "--pkcs11-module"),
        (an_issuing_key, "'issuing' is not one of"),
    ],
)
def test_where_a_key_cannot_be_made_nothing_is_left(
    opened: Office, tmp_path: Path, how: Callable[[Path], list[object]], says: str
) -> None:
    options = how(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    secret = () if "--passphrase-file" in options else opened.secret
    ended = idcard("key", "make", "--kind", "root", "--environment", "test", *options, *secret)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_passphrase_is_asked_for_where_none_is_given(tmp_path: Path, passphrase: str) -> None:
    ended = idcard_on_terminal(
        "key", "make", tmp_path / "my.key", "--kind", "root", "--environment", "test",
        answers=[("New passphrase for this root key", f"{passphrase}\n"), ("Repeat", f"{passphrase}\n")],
    )  # fmt: skip
    assert ended.code == ACCEPT
    assert passphrase not in ended.out
    assert key_file.decode((tmp_path / "my.key").read_text("ascii"), passphrase).kind is KeyKind.ROOT


# ---- counts ----


def test_codes_are_counted_before_they_leave(office: Office) -> None:
    """Where they cannot be, none leaves: the count of a leaked key is never too low."""
    (office.folder / "counts.csv").write_text("damaged")
    for options in ([], ["--json"], ["--out", office.home / "codes"]):
        ended = office.mint(*options)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "line 1 of the counts is not" in ended.err
    assert not (office.home / "codes").exists()
    assert (office.folder / "counts.csv").read_text() == "damaged"


def test_two_counters_that_mint_at_once_lose_no_count(office: Office) -> None:
    person = ("--for", "library", "--set", "resident=yes")
    running = [start("mint", *office.here, *office.secret, *person, at=office.at) for _ in range(4)]
    for each in running:
        each.communicate(timeout=TIMEOUT)
    assert [each.returncode for each in running] == [ACCEPT] * 4
    kid = office.key("cohort", "2026-Q4").kid.hex()
    assert rows_of(office.folder / "counts.csv") == ["month,key,class,codes", f"2026-11,{kid},library,4"]


def test_counts_grow_by_month_key_and_class_and_nothing_else(office: Office) -> None:
    for at in ("2026-12-31 23:59", "2027-01-01 00:00"):
        assert office.mint(at=at).code == ACCEPT
    assert office.mint(at="2027-01-01 08:00", birth_date="2020-01-01").code == ACCEPT
    assert office.mint(at="2027-01-01 09:00", resident=False).code == ACCEPT
    [old, old_revocable] = [office.key(kind, "2026-Q4").kid.hex() for kind in KINDS]
    [new, new_revocable] = [office.key(kind, "2027-Q1").kid.hex() for kind in KINDS]
    header, *lines = rows_of(office.folder / "counts.csv")
    assert header == "month,key,class,codes"
    assert lines == sorted(lines)
    assert set(lines) == {
        f"2026-12,{old},library,1",
        f"2026-12,{old},museum,1",
        f"2026-12,{old},pool,1",
        f"2026-12,{old_revocable},pharmacy,1",
        f"2027-01,{new},library,2",
        f"2027-01,{new},museum,2",
        f"2027-01,{new},pool,1",
        f"2027-01,{new_revocable},pharmacy,2",
    }
    assert stat.S_IMODE((office.folder / "counts.csv").stat().st_mode) == 0o600


def test_the_plan_is_the_officers_own_file(office: Office) -> None:
    """What it says after a rotation is what it said before, and the new keys."""
    before = office.plan()
    office.rotate(JANUARY)
    after = office.plan()
    assert replace(after, keys=()) == replace(before, keys=())
    assert after.keys[:8] == before.keys
    assert plan.decode(plan.encode(after)) == after
