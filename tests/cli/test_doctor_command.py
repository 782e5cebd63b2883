"""`idcard doctor`: a tidy city is 0, what is to be done now is 1, and each finding says what to do."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from command import SOON, USAGE, Office, idcard_on_terminal, without_colour

JANUARY = "2027-01-04 09:00"
DONE, TO_DO = 0, 1
WHICH = "set the clock; if it is right, the next list may have an earlier date (idcard trust draft)"


def doctor(office: Office, at: str = "") -> tuple[int, list[str], list[str]]:
    """Exit code, what is to be done now, what is soon."""
    ended = office.run("doctor", *office.here, at=at)
    assert ended.err == ""
    now = [line.removeprefix("NOW  ") for line in ended.out.splitlines() if line.startswith("NOW  ")]
    soon = [line[5:] for line in ended.out.splitlines() if line.startswith(("     ", "SOON "))]
    return ended.code, now, soon


# ---- a tidy city ----


def test_a_tidy_city_has_nothing_to_do_now(opened: Office) -> None:
    cohort, revocable = sorted(f"{opened.key(kind, '2026-Q4')}" for kind in ("cohort", "revocable"))
    code, now, soon = doctor(opened)
    assert (code, now) == (DONE, [])
    assert soon[0] == "by 2026-12-22 trust list 1 to be renewed (idcard trust renew)"
    assert sorted(soon[1:]) == [f"2027-01-01 {cohort} retires", f"2027-01-01 {revocable} retires"]


def test_looking_changes_nothing(office: Office) -> None:
    before = office.contents()
    doctor(office)
    doctor(office, JANUARY)
    office.run("doctor", *office.here, "--json")
    assert office.contents() == before
    assert not list(office.folder.glob("*.lock"))


# ---- findings ----


def root_key(office: Office) -> str:
    path = office.folder / "keys/root-1.key"
    path.write_bytes(office.root(1).read_bytes())
    path.chmod(0o600)
    return f"{path} is a root key: give it to its officer and remove it here"


def kill_note(office: Office) -> str:
    (office.folder / "kill-notes").mkdir(mode=0o700)
    path = office.folder / "kill-notes/note.txt"
    path.write_text("IDK1:")
    return f"{path} lies here: print it, lock it up, and remove it"


def readable_key(office: Office) -> str:
    path = office.key_path(office.key("cohort", "2027-Q1"))
    path.chmod(0o640)
    return f"others can read {path}: chmod go= {path}"


def readable_folder(office: Office) -> str:
    office.folder.chmod(0o755)
    return f"others can read {office.folder}: chmod go= {office.folder}"


def readable_keys_folder(office: Office) -> str:
    (office.folder / "keys").chmod(0o750)
    return f"others can read {office.folder / 'keys'}: chmod go= {office.folder / 'keys'}"


def missing_active_key(office: Office) -> str:
    key = office.key("cohort", "2026-Q4")
    office.key_path(key).unlink()
    return f"{office.key_path(key)} is not here: if it is lost, idcard key retire {key.kid.hex()}"


def key_left_from_before(office: Office) -> str:
    key = office.key("cohort", "2026-Q4")
    path, data = office.key_path(key), office.key_path(key).read_bytes()
    office.done("key", "retire", key.kid.hex(), *office.here, "--yes")
    path.write_bytes(data)
    path.chmod(0o600)
    return f"{path} should have been destroyed: idcard key rotate"


def distrusted_key(office: Office) -> str:
    office.done("key", "distrust", office.key("cohort", "2026-Q4").kid.hex(), *office.here, "--yes")
    return "venues still accept the codes of a distrusted key: publish (idcard trust draft)"


def damaged_counts(office: Office) -> str:
    (office.folder / "counts.csv").write_text("counter,month,key,class,codes\n2026-11,x\n")
    path = office.folder / "counts.csv"
    return f"{path}: line 2 of the counts is damaged, or stands twice; nothing can be minted until the file is repaired"


def huge_counts(office: Office) -> str:
    path = office.folder / "counts.csv"
    with path.open("wb") as file:
        file.truncate((16 << 20) + 1)
    return f"{path}: {path} is larger than {16 << 20} bytes; nothing can be minted until the file is repaired"


def damaged_ledger(office: Office) -> str:
    path = office.folder / "ledger.csv"
    path.write_text("value,expires\n00a4c19f21d37be85512,2028-2\n")
    return (
        f"{path}: line 2 of the ledger is damaged, or stands twice; "
        "mend it, or move it away: what is published comes back from the trust file"
    )


def no_standby(office: Office) -> str:
    for quarter in ("2027-Q1", "2027-Q2", "2027-Q3"):
        office.done("key", "retire", office.key("revocable", quarter).kid.hex(), *office.here, "--yes")
    return "no standby for revocable: if its key is lost or leaked, minting stops"


def no_key(office: Office) -> str:
    for quarter in ("2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"):
        office.done("key", "distrust", office.key("revocable", quarter).kid.hex(), *office.here, "--yes")
    return "no key signs revocable codes now"


def stranger_in_the_list(office: Office) -> str:
    plan = json.loads((office.folder / "city.json").read_text("utf-8"))
    del plan["keys"][3]
    (office.folder / "city.json").write_text(json.dumps(plan))
    return "1 key of the trust list missing in the plan: restore the plan"


@pytest.mark.parametrize(
    "cause",
    [
        root_key,
        kill_note,
        readable_key,
        readable_folder,
        readable_keys_folder,
        missing_active_key,
        key_left_from_before,
        distrusted_key,
        damaged_counts,
        huge_counts,
        damaged_ledger,
        no_standby,
        no_key,
        stranger_in_the_list,
    ],
)
def test_what_is_to_be_done_now_is_1_and_said_first(office: Office, cause: Callable[[Office], str]) -> None:
    says = cause(office)
    ended = office.run("doctor", *office.here)
    assert ended.code == TO_DO
    assert f"NOW  {says}\n" in ended.out
    words = [line[:5] for line in ended.out.splitlines()]
    assert words == sorted(words, key=["NOW  ", "SOON ", "     "].index)
    told = office.run("doctor", *office.here, "--json")
    assert told.code == TO_DO
    assert {"urgent": True, "soon": False, "what": says} in told.json()["findings"]


def test_what_is_cancelled_is_due_with_the_next_trust_list(office: Office) -> None:
    values = "".join(f"{number:020x},2028-01\n" for number in range(3))
    (office.folder / "ledger.csv").write_text(f"value,expires\n{values}")
    says = "3 of the cancellations are in no trust file yet: publish (idcard trust draft)"
    ended = office.run("doctor", *office.here)
    assert (ended.code, f"     by 2026-12-22 {says}\n" in ended.out) == (0, True)
    ended = office.run("doctor", *office.here, at="2026-12-22 12:00")
    assert (ended.code, f"NOW  {says}\n" in ended.out) == (TO_DO, True)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-12-22 12:00", "trust list 1 to be renewed (idcard trust renew)"),
        ("2027-03-01", "2 keys to be made (idcard key rotate)"),
        ("2027-03-22 12:00", "expired on 2027-03-22: venues get no verdicts; publish now"),
        ("2028-02-02 12:00", "root 1 to be replaced (idcard trust draft --new-root)"),
        ("2028-06-01 12:00", "expired on 2028-06-01: venues get no verdicts; publish now"),
        ("2026-11-21 11:59:59", f"the clock says 2026-11-21, before the trust list was made (2026-11-22): {WHICH}"),
        ("2001-01-01", f"the clock says 2001-01-01, before the trust list was made (2026-11-22): {WHICH}"),
    ],
)
def test_a_date_that_has_come_is_1(opened: Office, at: str, says: str) -> None:
    code, now, _ = doctor(opened, at)
    assert code == TO_DO
    assert says in now


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-11-21 12:00:00", "the clock says"),
        ("2026-12-22 11:59:59", "to be renewed"),
        ("2027-03-22 11:59:59", "expired on"),
        ("2028-02-02 11:59:59", "to be replaced"),
    ],
)
def test_a_moment_before_it_is_not_urgent(opened: Office, at: str, says: str) -> None:
    _, now, _ = doctor(opened, at)
    assert not any(says in what for what in now)


def test_keys_of_a_quarter_that_is_over_are_to_be_destroyed(office: Office) -> None:
    _, now, _ = doctor(office, JANUARY)
    over = [office.key_path(office.key(kind, "2026-Q4")) for kind in ("cohort", "revocable")]
    assert {f"{path} should have been destroyed: idcard key rotate" for path in over} <= set(now)
    office.rotate(JANUARY)
    assert not any("destroyed" in what for what in doctor(office, JANUARY)[1])


def test_what_was_found_is_gone_when_it_is_done(office: Office) -> None:
    """An officer who follows the findings comes to a tidy city."""
    assert doctor(office, JANUARY)[0] == TO_DO
    office.rotate(JANUARY)
    (office.folder / "kill-notes").rename(office.home / "safe" / "january")
    office.publish(at=JANUARY)
    code, now, _ = doctor(office, JANUARY)
    assert (code, now) == (DONE, [])


# ---- what is due in some days ----

RENEW = "by 2026-12-22 trust list 1 to be renewed (idcard trust renew)"


@pytest.mark.parametrize(
    ("at", "within", "code"),
    [
        ("2026-12-15 11:59:59", (), DONE),
        ("2026-12-15 12:00", (), SOON),
        ("2026-12-22 11:59:59", (), SOON),
        ("2026-12-22 12:00", (), TO_DO),
        ("2026-12-15 12:00", ("--within", "6"), DONE),
        ("2026-11-22 12:00", ("--within", "30"), SOON),
        ("2026-12-22 11:59:59", ("--within", "0"), DONE),
    ],
)
def test_what_is_due_soon_is_4(opened: Office, at: str, within: tuple[str, ...], code: int) -> None:
    ended = opened.run("doctor", *opened.here, *within, at=at)
    assert (ended.code, ended.err) == (code, "")
    assert (f"SOON {RENEW}\n" in ended.out) is (code == SOON)


def test_what_is_due_now_goes_before_what_is_due_soon(office: Office) -> None:
    kill_note(office)
    assert office.run("doctor", *office.here, at="2026-12-20 12:00").code == TO_DO


def test_the_note_of_an_interrupted_rotate_does_not_go_into_the_safe(office: Office) -> None:
    written = json.loads((office.folder / "city.json").read_text("utf-8"))
    before = json.dumps(written)
    office.done("trust", "renew", *office.here, *office.secret, at=JANUARY)
    office.rotate(JANUARY)
    (office.folder / "city.json").write_text(before)  # as if it had ended before the plan was written
    notes = sorted((office.folder / "kill-notes").iterdir())
    _, now, _ = doctor(office, JANUARY)
    assert len(notes) == 2
    for note in notes:
        what = "is the kill note of a key that is not in the plan, perhaps because a command was interrupted"
        assert f"{note} {what}: do not lock it up, remove it" in now


# ---- findings that can wait ----


def test_a_standby_that_is_not_here_can_wait(office: Office) -> None:
    key = office.key("cohort", "2027-Q2")
    office.key_path(key).unlink()
    code, now, soon = doctor(office)
    assert (code, now) == (DONE, [])
    assert f"{office.key_path(key)} is not here: if it is lost, idcard key retire {key.kid.hex()}" in soon


def a_key_of_nobody(office: Office) -> str:
    path = office.folder / "keys/cohort-2027-Q1-00000000.key"
    path.write_bytes(office.key_path(office.key("cohort", "2026-Q4")).read_bytes())
    path.chmod(0o600)
    return f"{path} is not in the plan, perhaps because a command was interrupted: remove it"


def a_note(office: Office) -> str:
    path = office.folder / "keys/readme.txt"
    path.touch(0o600)
    return f"{path} is not a key file"


def hidden(office: Office) -> str:
    path = office.folder / "keys/.DS_Store"
    path.touch(0o600)
    path.write_bytes(b"\xff" * 9000)
    return f"{path} is not a key file"


def folder(office: Office) -> str:
    path = office.folder / "keys/old"
    path.mkdir(0o700)
    return f"{path} is not a key file"


@pytest.mark.parametrize("cause", [a_key_of_nobody, a_note, hidden, folder])
def test_what_does_not_belong_there_is_named_once(office: Office, cause: Callable[[Office], str]) -> None:
    says = cause(office)
    code, now, soon = doctor(office)
    assert (code, now) == (DONE, [])
    assert soon.count(says) == 1
    assert len([what for what in soon if says.split(" ")[0] in what]) == 1


def test_a_second_publisher_key_belongs_there(office: Office) -> None:
    path = office.folder / "keys/publisher-2.key"
    office.done("key", "make", path, "--kind", "publisher", "--environment", "test", *office.secret)
    code, now, soon = doctor(office)
    assert (code, now) == (DONE, [])
    assert not any("publisher" in what for what in soon)


def test_keys_that_were_made_have_until_their_deadline(office: Office) -> None:
    office.done("trust", "renew", *office.here, *office.secret, at=JANUARY)
    office.rotate(JANUARY)
    (office.folder / "kill-notes").rename(office.home / "safe" / "january")
    code, now, soon = doctor(office, JANUARY)
    assert (code, now) == (DONE, [])
    assert "by 2027-03-01 2 keys in no trust list yet: publish (idcard trust draft)" in soon


# ---- as a program sees it ----


def test_json_is_one_object(opened: Office) -> None:
    ended = opened.run("doctor", *opened.here, "--json")
    told = ended.json()
    assert (ended.code, told.keys(), told["schema"]) == (DONE, {"schema", "findings"}, 1)
    assert {frozenset(each) for each in told["findings"]} == {frozenset(("urgent", "soon", "what"))}
    assert [each["what"] for each in told["findings"]] == doctor(opened)[2]


@pytest.mark.parametrize("name", ["city.json", "city.idtrust"])
@pytest.mark.parametrize("data", [None, b"", b"damaged"], ids=["missing", "empty", "damaged"])
def test_a_folder_that_cannot_be_read_is_2(office: Office, name: str, data: bytes | None) -> None:
    path = office.folder / name
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    ended = office.run("doctor", *office.here, "--json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err


def test_no_folder_at_all_is_2(opened: Office, tmp_path: Path) -> None:
    ended = opened.run("doctor", "--city", tmp_path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {tmp_path / 'city.idtrust'}: no such file or directory\n"
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_what_is_urgent_is_red_and_the_same(office: Office) -> None:
    says = root_key(office)
    ended = idcard_on_terminal("doctor", *office.here, at=office.at)
    assert ended.code == TO_DO
    assert "\x1b[31m" in ended.out
    assert f"NOW  {says}\n" in without_colour(ended.out)


def test_names_of_files_steer_no_terminal(office: Office) -> None:
    (office.folder / "keys" / "x\x1b[31m.key").touch(0o600)
    ended = office.run("doctor", *office.here)
    assert "x\\x1b[31m.key is not a key file" in ended.out


def test_a_mode_that_is_mended_as_it_says_is_no_finding(office: Office) -> None:
    readable_key(office)
    path = office.key_path(office.key("cohort", "2027-Q1"))
    path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
    assert doctor(office)[0] == DONE
