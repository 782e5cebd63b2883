"""`idcard venue`: a computer takes a city's trust file, and no older one after that."""

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cities import DAY, City, signer
from command import (
    ACCEPT,
    CANNOT_SAY,
    REJECT,
    TIMEOUT,
    USAGE,
    Demo,
    Ended,
    files_under,
    idcard,
)
from idcard_cli.fingerprint import fingerprint_words
from stories import Kill, build_note
from support.program import start

from idcard import cose
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.trust import paper, trust_file
from idcard.trust.document import Role
from idcard.trust.paper import PosterKind
from idcard.verify import memory

Venue = Callable[..., Ended]
NOW = datetime.now(UTC)
TODAY = seconds(NOW) // DAY
CITY = City(now=NOW)
LIBRARY = CITY.code("library")
ENDED = {"issued": seconds(NOW) - 9 * DAY, "next_update": seconds(NOW) - 5 * DAY, "exp": seconds(NOW) - DAY}
"""The dates of a list that ended with its root."""
ROOT_2 = CITY.root(version=2)
FORGED_9 = CITY.root(version=9, roots=Role(1, (signer("forger").public_key,)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "here" / "venue.idmemory"


@pytest.fixture
def venue(place: Path) -> Venue:
    """Runs a command on a computer whose memory is `place`."""
    return lambda *arguments, **how: idcard(*arguments, env={"IDCARD_MEMORY": str(place)}, **how)


@pytest.fixture
def holding(place: Path) -> Callable[..., Path]:
    """A computer that remembers a trust file, as if it had been used last on the day before."""

    def remember(file: bytes = CITY.file, day: int = TODAY - 1) -> Path:
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(cose.encode({1: day, 2: file}))
        return place

    return remember


@pytest.fixture
def brought(tmp_path: Path) -> Callable[[bytes], Path]:
    """A trust file on a stick."""

    def write(data: bytes) -> Path:
        path = tmp_path / "brought.idtrust"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def fingerprint(demo: Demo) -> str:
    return trust_file.decode(demo.trust.read_bytes()).fingerprint.hex()


def held_at(place: Path) -> memory.Memory:
    return memory.decode(place.read_bytes())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def issued(days_ago: float, **changes: object) -> bytes:
    """A trust file of the city that was made so long ago."""
    then = seconds(NOW - timedelta(days=days_ago))
    times = {"issued": then, "next_update": then + 30 * DAY, "exp": then + 120 * DAY}
    return CITY.trust_file(**times | changes)


# ---- install ----


def test_from_nothing_to_the_first_accepted_card(venue: Venue, demo: Demo, fingerprint: str, place: Path) -> None:
    code = demo.folder / "codes" / "library.png"
    before = venue("verify", code, "--for", "library")
    assert (before.code, before.out) == (USAGE, "")
    assert "no trust file is installed" in before.err
    assert not place.parent.exists()
    groups = " ".join(fingerprint[at : at + 4] for at in range(0, 32, 4))
    installed = venue("venue", "install", demo.trust, "--fingerprint", groups.upper())
    assert installed.code == ACCEPT
    assert fingerprint in installed.out.replace(" ", "")
    assert "had no trust file before" in installed.err
    assert venue("verify", code, "--for", "library").out.startswith("ACCEPT  Library: resident when the card was made")
    assert venue("venue", "status").code == ACCEPT


def test_a_file_handed_over_in_person_needs_no_fingerprint(venue: Venue, demo: Demo, place: Path) -> None:
    assert venue("venue", "install", demo.trust, "--in-person").code == ACCEPT
    assert held_at(place).file == demo.trust.read_bytes()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--in-person"),
        (["--in-person", "--fingerprint", "0" * 32], "--in-person"),
        (["--fingerprint", ""], "32 digits"),
        (["--fingerprint", "0" * 31], "32 digits"),
        (["--fingerprint", "0" * 33], "32 digits"),
        (["--fingerprint", "g" * 32], "32 digits"),
        (["--fingerprint", "\N{BENGALI DIGIT ZERO}" * 32], "32 digits"),
        (["--fingerprint", "0" * 32], "does not have the fingerprint"),
        (["--fingerprint", trust_file.decode(CITY.file).list_digest[:16].hex()], "does not have the fingerprint"),
    ],
    ids=["neither", "both", "empty", "31", "33", "no digits", "other digits", "another", "of the list"],
)
def test_without_the_right_anchor_nothing_is_installed(
    venue: Venue, brought: Callable[[bytes], Path], place: Path, options: list[str], says: str
) -> None:
    ended = venue("venue", "install", brought(CITY.file), *options)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not place.parent.exists()


WRONG = {
    "empty": (b"", "an empty file"),
    "blank": (b" \r\n", "an empty file"),
    "login page": (b"<html><head><title>Welcome</title></head></html>", "a web page, such as the login page"),
    "login page of Windows": ("\ufeff<!DOCTYPE html>\r\n".encode("utf-16"), "a web page, such as the login page"),
    "login page, its 1024th byte half a letter": (b"<html> " + b"\xc3\xa9" * 999, "a web page"),
    "zip": (b"PK\x03\x04\x14\x00", "a zip archive"),
    "gzip": (b"\x1f\x8b\x08\x00", "compressed"),
    "PDF": (b"%PDF-1.7\n", "a PDF"),
    "JSON": (b'{"message": "not found"}', "JSON"),
    "e-mail": (b"Return-Path: <a@b.example>\r\n", "an e-mail"),
    "what PowerShell pipes": (b"?\x01?\x01\\?c?D", "what a shell made of one"),
}


# A PDF under another name may be a poster.
@pytest.mark.parametrize(
    ("name", "given"),
    [(name, given) for name in WRONG for given in ("file.idtrust", *(["file.bin", "-"] if name != "PDF" else []))],
)
def test_what_is_no_trust_file_is_called_by_its_name(
    venue: Venue, demo: Demo, tmp_path: Path, name: str, given: str
) -> None:
    data, says = WRONG[name]
    assert venue("venue", "install", demo.trust, "--in-person").code == ACCEPT
    (tmp_path / "file.idtrust").write_bytes(data)
    (tmp_path / "file.bin").write_bytes(data)
    file = given if given == "-" else tmp_path / given
    for command in (("update",), ("install", "--in-person")):
        ended = venue("venue", command[0], file, *command[1:], stdin=data)
        assert (ended.code, ended.out) == (USAGE, "")
        assert f"is not a trust file but {says}" in ended.err


def test_a_program_that_fetches_it_pipes_it_in(venue: Venue, demo: Demo, place: Path) -> None:
    assert venue("venue", "install", demo.trust, "--in-person").code == ACCEPT
    ended = venue("venue", "update", "-", stdin=demo.trust.read_bytes())
    assert ended.code == ACCEPT
    assert f"in words    {fingerprint_words(held_at(place).trust.fingerprint)}" in ended.out.splitlines()
    poster = "\n".join(paper.encode(PosterKind.FILE, demo.trust.read_bytes()))
    assert venue("venue", "update", "-", stdin=f"\ufeff{poster}\r\n".encode("utf-16-le")).code == ACCEPT


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (CITY.file[:-1], "damaged or is not a trust file"),
        (CITY.file[:1], "damaged or is not a trust file"),
        (
            CITY.trust_file(roots=[CITY.sign_root(signers=CITY.root_signers[:1])]),
            "not signed by those who must sign it",
        ),
        (CITY.trust_file(roots=[CITY.sign_root(CITY.root(exp=seconds(NOW)))], **ENDED), "has expired (its root)"),
    ],
    ids=["cut short", "one byte", "unsigned", "expired root"],
)
def test_a_file_that_does_not_hold_is_not_installed_even_if_handed_over(
    venue: Venue, brought: Callable[[bytes], Path], place: Path, file: bytes, says: str
) -> None:
    ended = venue("venue", "install", brought(file), "--in-person")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not place.parent.exists()


def test_an_installed_file_is_not_installed_over(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    place = holding()
    before = place.read_bytes()
    for file in (CITY.file, City("shelbyville", now=NOW).file):
        ended = venue("venue", "install", brought(file), "--in-person")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "venue update" in ended.err
        assert place.read_bytes() == before


def test_a_memory_that_was_wiped_is_noticed_and_its_loss_is_announced(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    holding(CITY.trust_file(version=2)).unlink()
    assert venue("verify", LIBRARY, "--for", "library").code == USAGE
    ended = venue("venue", "install", brought(CITY.file), "--in-person")
    assert ended.code == ACCEPT
    assert "had no trust file before" in ended.err


# ---- update ----


@pytest.mark.parametrize(
    "file",
    [
        CITY.trust_file(version=2),
        CITY.trust_file(version=2**32 - 1),
        CITY.trust_file(version=2, roots=[CITY.sign_root(), CITY.sign_root(ROOT_2)]),
        CITY.trust_file(roots=[CITY.sign_root(signers=CITY.root_signers[1:])]),
    ],
    ids=["newer", "much newer", "with a new root", "with other signatures"],
)
def test_a_newer_file_is_taken(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path], file: bytes
) -> None:
    place = holding()
    ended = venue("venue", "update", brought(file))
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert f"trust list {trust_file.decode(file).trust_list.version}," in ended.out
    assert (held_at(place).file, held_at(place).last_day) == (file, TODAY)
    assert venue("verify", LIBRARY, "--for", "library").code == ACCEPT


def test_the_same_file_again_is_a_quiet_success_and_writes_nothing(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    place = holding(day=TODAY)
    before = place.stat()
    again = venue("venue", "update", brought(CITY.file))
    assert (again.code, again.err) == (ACCEPT, "")
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


SECOND = CITY.trust_file(version=2, roots=[CITY.sign_root(), CITY.sign_root(ROOT_2)])
NOT_TAKEN = {
    "older": (CITY.trust_file(version=2), CITY.file, "is older than one that this computer has seen"),
    "older root": (SECOND, CITY.trust_file(version=3), "is older than one that this computer has seen"),
    "equivocating": (CITY.file, CITY.trust_file(contact="Ask somebody else."), "two different trust files"),
    "another city": (CITY.file, City("shelbyville", now=NOW).file, "is not from the city that this computer trusts"),
    "a test city": (
        CITY.file,
        City(environment=Environment.TEST, now=NOW).file,
        "is not from the city that this computer trusts",
    ),
    "another second root": (
        SECOND,
        CITY.trust_file(version=3, roots=[CITY.sign_root(), CITY.sign_root(replace(ROOT_2, name="Other"))]),
        "is not from the city that this computer trusts",
    ),
    "a gap": (
        CITY.file,
        CITY.trust_file(version=2, roots=[CITY.sign_root(replace(ROOT_2, version=3))]),
        "something is missing",
    ),
    "a forged root of the city's id, far ahead": (
        CITY.file,
        CITY.trust_file(roots=[CITY.sign_root(FORGED_9, [signer("forger")])]),
        "do not use this one; get the complete trust file (all its roots) directly from the city",
    ),
    "unsigned": (
        CITY.file,
        CITY.trust_file(version=2, roots=[CITY.sign_root(signers=CITY.root_signers[:1])]),
        "not signed by those who must sign it",
    ),
    "expired root": (
        CITY.file,
        CITY.trust_file(
            version=2, roots=[CITY.sign_root(), CITY.sign_root(replace(ROOT_2, exp=seconds(NOW)))], **ENDED
        ),
        "has expired (its root)",
    ),
    "cut short": (CITY.file, CITY.trust_file(version=2)[:-1], "damaged or is not a trust file"),
    "one byte": (CITY.file, CITY.file[:1], "damaged or is not a trust file"),
}


@pytest.mark.parametrize(("held", "file", "says"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_refused_file_changes_nothing(
    venue: Venue,
    holding: Callable[..., Path],
    brought: Callable[[bytes], Path],
    held: bytes,
    file: bytes,
    says: str,
) -> None:
    place = holding(held)
    before = place.read_bytes()
    ended = venue("venue", "update", brought(file))
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert len(ended.err.splitlines()) == 2, "why, and what to do"
    assert place.read_bytes() == before
    assert files_under(place.parent) <= {place.name, f"{place.name}.lock"}


def test_there_is_nothing_to_update_before_there_is_something_installed(
    venue: Venue, brought: Callable[[bytes], Path], place: Path
) -> None:
    ended = venue("venue", "update", brought(CITY.file))
    assert (ended.code, ended.out) == (USAGE, "")
    assert "venue install --help" in ended.err
    assert not place.parent.exists()


# ---- a damaged memory ----

WHOLE = cose.encode({1: TODAY, 2: CITY.file})
DAMAGED = {
    "cut short": WHOLE[:-1],
    "empty": b"",
    "flipped": WHOLE[:300] + bytes((WHOLE[300] ^ 1,)) + WHOLE[301:],
    "a trust file": CITY.file,
    "too large": WHOLE + bytes(memory.MAX_SIZE),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_memory_says_nothing_about_a_card_and_is_not_updated(
    venue: Venue, place: Path, brought: Callable[[bytes], Path], data: bytes
) -> None:
    place.parent.mkdir()
    place.write_bytes(data)
    verdict = venue("verify", LIBRARY, "--for", "library", "--json")
    assert verdict.code == CANNOT_SAY
    assert verdict.json()["reason"] == "memory-damaged"
    status = venue("venue", "status")
    assert (status.code, status.out) == (CANNOT_SAY, "")
    update = venue("venue", "update", brought(CITY.file))
    assert (update.code, update.out) == (USAGE, "")
    for ended in (status, update):
        assert "is damaged" in ended.err
        assert "compare its fingerprint" in ended.err
    assert place.read_bytes() == data


@pytest.mark.parametrize("data", [DAMAGED["cut short"], DAMAGED["too large"]], ids=["cut short", "too large"])
def test_a_damaged_memory_is_replaced_only_by_an_anchored_file(
    venue: Venue, place: Path, brought: Callable[[bytes], Path], data: bytes
) -> None:
    place.parent.mkdir()
    place.write_bytes(data)
    refused = venue("venue", "install", brought(CITY.file), "--fingerprint", "0" * 32)
    assert refused.code == USAGE
    assert place.read_bytes() == data
    anew = venue("venue", "install", brought(CITY.file), "--in-person")
    assert anew.code == ACCEPT
    assert "was damaged and is replaced" in anew.err
    assert "no trust file before" not in anew.err
    assert held_at(place).file == CITY.file


def test_a_memory_of_a_newer_program_is_not_taken_for_a_damaged_one(
    venue: Venue, place: Path, brought: Callable[[bytes], Path]
) -> None:
    place.parent.mkdir()
    newer = cose.encode({1: TODAY, 2: CITY.file, -1: 0})
    place.write_bytes(newer)
    verdict = venue("verify", LIBRARY, "--for", "library", "--json")
    assert (verdict.code, verdict.json()["reason"]) == (CANNOT_SAY, "newer-program")
    assert venue("venue", "status").code == CANNOT_SAY
    assert venue("venue", "install", brought(CITY.file), "--in-person").code == USAGE
    assert place.read_bytes() == newer


# ---- verify ----


def test_the_installed_file_is_used_where_none_is_named(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    place = holding()
    assert venue("verify", LIBRARY, "--for", "library").code == ACCEPT
    foreign = brought(City("shelbyville", now=NOW).file)
    named = venue("verify", LIBRARY, "--trust", foreign, "--for", "library", "--json")
    assert (named.code, named.json()["reason"]) == (REJECT, "unknown-key")
    place.write_bytes(b"damaged")
    assert venue("verify", LIBRARY, "--trust", brought(CITY.file), "--for", "library").code == ACCEPT


def test_a_kill_note_in_the_memory_counts(venue: Venue, place: Path) -> None:
    place.parent.mkdir()
    note = [build_note(Kill(city=CITY)), CITY.trust_list().keys[0].verify_until, False]
    place.write_bytes(cose.encode({1: TODAY, 2: CITY.file, 3: [note]}))
    verdict = venue("verify", LIBRARY, "--for", "library", "--json")
    assert (verdict.code, verdict.json()["reason"]) == (REJECT, "distrusted-key")


def test_a_verdict_writes_the_day_once(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding()
    assert venue("verify", LIBRARY, "--for", "library").code == ACCEPT
    assert held_at(place).last_day == TODAY
    written = place.stat()
    assert venue("verify", LIBRARY, "--for", "library").code == ACCEPT
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_a_refused_code_writes_the_day_as_well(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding()
    assert venue("verify", "https://example.org/", "--for", "library").code == REJECT
    assert held_at(place).last_day == TODAY


def test_a_clock_that_ran_ahead_and_was_mended_refuses_nobody(venue: Venue, holding: Callable[..., Path]) -> None:
    """Not even at the pharmacy, which would find the file too old by then."""
    later = TODAY + 119
    place = holding(day=later)
    assert venue("verify", LIBRARY, "--for", "library").code == ACCEPT
    verdict = venue("verify", CITY.code("pharmacy"), "--for", "pharmacy", "--json")
    assert (verdict.code, verdict.json()["reason"]) == (ACCEPT, None)
    assert held_at(place).last_day == later


def test_a_file_that_has_ended_is_unusable_whatever_the_date_looks_like(
    venue: Venue, holding: Callable[..., Path]
) -> None:
    holding(issued(121), TODAY + 119)
    ended = venue("venue", "status")
    assert ended.code == CANNOT_SAY
    assert "the trust file has expired" in ended.err


@pytest.mark.parametrize(
    ("made", "day", "looks_wrong"),
    [(-1.5, 0, True), (-0.5, 0, False), (1, TODAY + 119, True), (1, TODAY + 1, False)],
    ids=[
        "a file of the future",
        "a file of today somewhere",
        "a clock that ran ahead",
        "the day after is no wrong date",
    ],
)
def test_a_verdict_and_the_status_agree_on_a_date_that_looks_wrong(
    venue: Venue, holding: Callable[..., Path], made: float, day: int, looks_wrong: bool
) -> None:
    holding(issued(made), day)
    says = "one of the two is wrong" if made < 0 else "the date of this computer looks wrong: it says 20"
    verdict, status = venue("verify", LIBRARY, "--for", "library"), venue("venue", "status")
    assert (verdict.code, status.code) == (ACCEPT, ACCEPT)
    assert (says in verdict.out.lower(), says in status.err) == (looks_wrong, looks_wrong)
    assert ("Trust file:" in verdict.out) != looks_wrong
    assert venue("venue", "status", "--json").json().get("date_looks_wrong", False) is looks_wrong


@pytest.mark.parametrize("days", [0.9, 1.1, 30])
def test_a_file_from_the_future_is_taken_and_both_dates_are_told(
    venue: Venue, holding: Callable[..., Path], tmp_path: Path, days: float
) -> None:
    future = tmp_path / "future.idtrust"
    future.write_bytes(issued(-days, version=2))
    dates = f"he trust file is dated {NOW + timedelta(days=days):%Y-%m-%d}, and this computer says {NOW:%Y-%m-%d}: "
    says = f"idcard: t{dates}one of the two is wrong\nidcard: set the date; if it is right, tell the city\n"
    place = holding()
    updated = venue("venue", "update", future)
    assert (updated.code, updated.err) == (ACCEPT, says if days > 1 else "")
    assert (held_at(place).trust.trust_list.version, held_at(place).last_day) == (2, TODAY)
    place.unlink()
    installed = venue("venue", "install", future, "--in-person")
    assert installed.code == ACCEPT
    assert installed.err.endswith(says if days > 1 else "refuses older ones\n")
    verdict = venue("verify", LIBRARY, "--for", "library")
    assert (verdict.code, "made today" in verdict.out) == (CANNOT_SAY if days > 2 else ACCEPT, days < 1)
    assert (f"T{dates}" in verdict.out) is (days > 1)


@pytest.mark.parametrize("trust", [(), ("--trust", "")], ids=["none", "an empty name"])
def test_a_time_other_than_now_needs_a_trust_file_and_never_moves_the_day(
    venue: Venue, holding: Callable[..., Path], trust: tuple[str, ...]
) -> None:
    place = holding()
    before = place.read_bytes()
    ended = venue("verify", LIBRARY, "--for", "library", "--at", "2100-01-01", *trust)
    assert (ended.code, ended.out) == (USAGE, "")
    assert place.read_bytes() == before


FROZEN = {
    "fresh": (1, "pharmacy", ACCEPT, None, False, ""),
    "stale": (31, "pharmacy", ACCEPT, None, True, "due to be replaced"),
    "too old for this place": (61, "pharmacy", CANNOT_SAY, "trust-too-old", True, "expires in 58 days"),
    "not too old for another": (61, "library", ACCEPT, None, True, "expires in 58 days"),
    "the last day but one": (118, "library", ACCEPT, None, True, "expires in 1 day:"),
    "the last day": (119, "library", ACCEPT, None, True, "expires in 0 days"),
    "expired": (121, "library", CANNOT_SAY, "trust-expired", True, "has expired"),
}


@pytest.mark.parametrize(("days", "venue_class", "code", "reason", "stale", "says"), FROZEN.values(), ids=FROZEN)
def test_an_old_file_for_ever_is_said_to_be_old(
    venue: Venue,
    holding: Callable[..., Path],
    days: int,
    venue_class: str,
    code: int,
    reason: str | None,
    stale: bool,
    says: str,
) -> None:
    holding(issued(days + 0.25))
    verdict = venue("verify", CITY.code(venue_class), "--for", venue_class, "--json")
    told = verdict.json()
    assert (verdict.code, told["reason"], told["stale"], told["trust_age_days"]) == (code, reason, stale, days)
    status = venue("venue", "status")
    assert status.code == (CANNOT_SAY if reason == "trust-expired" else ACCEPT)
    assert says in status.err
    assert bool(status.err) == bool(says)


# ---- status ----


def test_status_says_what_is_installed(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding()
    ended = venue("venue", "status")
    assert (ended.code, ended.err) == (ACCEPT, "")
    said = trust_file.decode(CITY.file)
    assert said.fingerprint.hex() in ended.out.replace(" ", "")
    for each in ("Springfield (production)", "trust list 1,", f"issued {NOW:%Y-%m-%d}", str(place)):
        assert each in ended.out


def test_status_as_json_says_what_is_installed(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding()
    said = venue("venue", "status", "--json").json()
    fingerprint = trust_file.decode(CITY.file).fingerprint.hex()
    assert (said["schema"], said["fingerprint"], said["memory"]) == (1, fingerprint, str(place))
    assert (said["days_left"], said["list"]["version"]) == (119, 1)


def test_a_list_that_ends_with_its_root_ends_the_file(venue: Venue, holding: Callable[..., Path]) -> None:
    end = seconds(NOW) + 5 * DAY + DAY // 2
    holding(CITY.trust_file(roots=[CITY.sign_root(CITY.root(exp=end))], next_update=end, exp=end))
    ended = venue("venue", "status", "--json")
    assert (ended.code, ended.json()["days_left"]) == (ACCEPT, 5)
    assert "expires in 5 days" in ended.err


def test_without_an_installed_file_there_is_no_status(venue: Venue, place: Path) -> None:
    ended = venue("venue", "status", "--json")
    assert (ended.code, ended.out) == (USAGE, "")
    assert not place.parent.exists()


def test_the_name_of_a_city_steers_no_terminal(venue: Venue, holding: Callable[..., Path]) -> None:
    holding(CITY.trust_file(roots=[CITY.sign_root(CITY.root(name="Spring\u202efield"))]))
    assert venue("venue", "status").out.startswith("Spring\\u202efield (production)")


# ---- endless data ----


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", LIBRARY, "--for", "library", "--trust", "/dev/zero"),
        ("venue", "install", "/dev/zero", "--in-person", "--memory", "other.idmemory"),
        ("venue", "update", "/dev/zero"),
        ("trust", "show", "/dev/zero"),
        ("verify", LIBRARY, "--for", "library", "--memory", "/dev/zero"),
        ("venue", "status", "--memory", "/dev/zero"),
    ],
    ids=["verify", "install", "update", "show", "memory at verify", "memory at status"],
)
def test_endless_data_is_not_read_to_its_end(
    venue: Venue, holding: Callable[..., Path], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    place = holding(day=TODAY)
    before = place.read_bytes()
    ended = venue(*arguments, cwd=tmp_path)
    assert ended.code in (USAGE, CANNOT_SAY)
    assert place.read_bytes() == before
    assert not (tmp_path / "other.idmemory").exists()


def test_a_file_of_100_mb_is_refused_without_reading_it_all(
    venue: Venue, holding: Callable[..., Path], tmp_path: Path
) -> None:
    holding()
    large = tmp_path / "large.idtrust"
    with large.open("wb") as file:
        file.truncate(100 << 20)
    ended = venue("venue", "update", large)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: the trust file is too large\n")
    verdict = venue("verify", LIBRARY, "--for", "library", "--trust", large, "--json")
    assert (verdict.code, verdict.json()["reason"]) == (CANNOT_SAY, "trust-too-large")


# ---- where the memory lies, and who may read it ----


def test_the_option_names_the_memory_and_goes_before_the_variable(
    venue: Venue, brought: Callable[[bytes], Path], place: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.idmemory"
    assert venue("venue", "install", brought(CITY.file), "--in-person", "--memory", other).code == ACCEPT
    assert held_at(other).file == CITY.file
    assert not place.exists()
    assert venue("verify", LIBRARY, "--for", "library", "--memory", other).code == ACCEPT
    assert venue("verify", LIBRARY, "--for", "library").code == USAGE


@pytest.fixture
def home(tmp_path: Path, venue: Venue) -> Callable[..., Ended]:
    """Runs a command on a computer where nobody said where the memory lies."""
    places = {
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "user"),
        "XDG_DATA_DIRS": f"{tmp_path / 'first'}{os.pathsep}{tmp_path / 'second'}",
    }
    unset = "import os; os.environ.pop('IDCARD_MEMORY', None)"
    return lambda *arguments: idcard(*arguments, env=places, prelude=unset)


linux = pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems have other folders")


@linux
@pytest.mark.parametrize(
    ("options", "folder", "modes"),
    [((), "user", (0o600, None)), (("--shared",), "first", (0o644, 0o755))],
    ids=["for this user", "for everybody"],
)
def test_by_default_the_memory_is_the_users_own(
    home: Venue,
    brought: Callable[[bytes], Path],
    tmp_path: Path,
    options: tuple[str, ...],
    folder: str,
    modes: tuple[int, int | None],
) -> None:
    path = tmp_path / folder / "idcard" / "venue.idmemory"
    installed = home("venue", "install", brought(CITY.file), "--in-person", *options)
    assert installed.code == ACCEPT
    assert (mode(path), modes[1] and mode(path.parent)) == modes
    assert home("verify", LIBRARY, "--for", "library").code == ACCEPT
    again = home("venue", "install", brought(CITY.file), "--in-person")
    assert again.code == USAGE
    assert "installed already" in again.err
    assert {name for name in files_under(tmp_path) if name.endswith(".idmemory")} == {
        path.relative_to(tmp_path).as_posix()
    }


@linux
@pytest.mark.parametrize("folder", ["first", "second"])
def test_a_shared_memory_is_found_in_whichever_shared_place_it_lies(home: Venue, tmp_path: Path, folder: str) -> None:
    """Desktops put their own folders before those of the system, an administrator's session does not."""
    path = tmp_path / folder / "idcard" / "venue.idmemory"
    path.parent.mkdir(parents=True)
    path.write_bytes(WHOLE)
    assert home("venue", "status", "--json").json()["memory"] == str(path)


def test_a_shared_memory_stays_readable_by_all_whatever_the_umask(
    place: Path, venue: Venue, brought: Callable[[bytes], Path]
) -> None:
    strict = {"prelude": "import os; os.umask(0o077)"}
    assert venue("venue", "install", brought(CITY.file), "--in-person", "--shared", **strict).code == ACCEPT
    assert (mode(place), mode(place.parent)) == (0o644, 0o755)
    assert venue("venue", "update", brought(CITY.trust_file(version=2)), **strict).code == ACCEPT
    assert mode(place) == 0o644


def test_the_memory_of_a_user_is_nobody_elses(place: Path, venue: Venue, brought: Callable[[bytes], Path]) -> None:
    lax = {"prelude": "import os; os.umask(0)"}
    assert venue("venue", "install", brought(CITY.file), "--in-person", **lax).code == ACCEPT
    assert mode(place) == 0o600
    assert venue("venue", "update", brought(CITY.trust_file(version=2)), **lax).code == ACCEPT
    assert mode(place) == 0o600


def test_a_damaged_memory_that_is_replaced_for_everybody_can_be_read_by_everybody(
    place: Path, venue: Venue, brought: Callable[[bytes], Path]
) -> None:
    place.parent.mkdir()
    place.write_bytes(b"damaged")
    place.chmod(0o600)
    assert venue("venue", "install", brought(CITY.file), "--in-person", "--shared").code == ACCEPT
    assert mode(place) == 0o644


A_CLERK = """
import ctypes, os
if os.geteuid() == 0:  # root may write everywhere, unless it gives its privileges away
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)()) == 0
assert not os.access(os.path.dirname(os.environ["IDCARD_MEMORY"]), os.W_OK)
"""


@linux
def test_a_clerk_uses_a_memory_that_only_an_administrator_writes(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    place = holding()
    before = place.read_bytes()
    place.chmod(0o444)
    place.parent.chmod(0o555)
    try:
        verdict = venue("verify", LIBRARY, "--for", "library", prelude=A_CLERK)
        status = venue("venue", "status", prelude=A_CLERK)
        update = venue("venue", "update", brought(CITY.trust_file(version=2)), prelude=A_CLERK)
    finally:
        place.parent.chmod(0o755)
    assert (verdict.code, verdict.err) == (ACCEPT, "")
    assert status.code == ACCEPT
    assert (update.code, update.out) == (USAGE, "")
    assert "permission denied" in update.err
    assert place.read_bytes() == before
    assert files_under(place.parent) == {place.name}


# ---- two programs at once ----

NO_PATIENCE = """
import filelock
patient = filelock.FileLock
filelock.FileLock = lambda path, timeout: patient(path, timeout=0)
"""
HOLDS_THE_LOCK = """
import sys
from idcard.verify import memory
update = memory.update
def slow(*arguments, **more):
    sys.stderr.write("holding\\n")
    sys.stderr.flush()
    sys.stdin.read()
    return update(*arguments, **more)
memory.update = slow
"""


def test_two_updates_do_not_undo_each_other(venue: Venue, holding: Callable[..., Path], tmp_path: Path) -> None:
    place = holding(day=TODAY)
    files = {version: tmp_path / f"{version}.idtrust" for version in (2, 3)}
    for version, path in files.items():
        path.write_bytes(CITY.trust_file(version=version))
    update = start("venue", "update", files[2], prelude=HOLDS_THE_LOCK, env={"IDCARD_MEMORY": str(place)})
    with update as first:
        assert first.stderr is not None
        assert first.stderr.readline() == b"holding\n"
        second = venue("venue", "update", files[3], prelude=NO_PATIENCE)
        # A verdict on a day that was seen already needs no lock.
        verdict = venue("verify", LIBRARY, "--for", "library", prelude=NO_PATIENCE)
        first.communicate(b"", timeout=TIMEOUT)
    assert (second.code, second.out) == (USAGE, "")
    assert "another program is using" in second.err
    assert verdict.code == ACCEPT
    assert (first.returncode, held_at(place).trust.trust_list.version) == (ACCEPT, 2)
    assert venue("venue", "update", files[3], prelude=NO_PATIENCE).code == ACCEPT
    assert held_at(place).trust.trust_list.version == 3


def test_many_updates_at_once_end_with_the_newest(holding: Callable[..., Path], tmp_path: Path) -> None:
    place = holding()
    running = []
    for version in (4, 2, 5, 3):
        path = tmp_path / f"{version}.idtrust"
        path.write_bytes(CITY.trust_file(version=version))
        running.append(start("venue", "update", path, env={"IDCARD_MEMORY": str(place)}))
    for each in running:
        each.communicate(timeout=TIMEOUT)
    assert {each.returncode for each in running} <= {ACCEPT, USAGE}
    assert held_at(place).trust.trust_list.version == 5
    assert files_under(place.parent) <= {place.name, f"{place.name}.lock"}


def test_what_cannot_be_written_whole_is_not_written(
    venue: Venue, holding: Callable[..., Path], brought: Callable[[bytes], Path]
) -> None:
    place = holding()
    before = place.read_bytes()
    full = "import os\ndef fsync(descriptor): raise OSError(28, 'No space left on device')\nos.fsync = fsync"
    ended = venue("venue", "update", brought(CITY.trust_file(version=2)), prelude=full)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "no space left" in ended.err
    assert place.read_bytes() == before
    assert files_under(place.parent) <= {place.name, f"{place.name}.lock"}


# ---- forget ----


def test_what_is_forgotten_is_gone_and_a_venue_begins_anew(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding(CITY.trust_file(version=9))
    ended = venue("venue", "forget", "--yes")
    assert (ended.code, ended.out) == (ACCEPT, f"{place} is gone; no trust file is installed\n")
    assert not place.exists()
    assert venue("verify", LIBRARY, "--for", "library").code == USAGE


def test_nobody_forgets_without_being_asked(venue: Venue, holding: Callable[..., Path]) -> None:
    place = holding()
    ended = venue("venue", "forget")
    assert (ended.code, ended.out) == (USAGE, "")
    assert place.exists()


def test_where_nothing_is_installed_nothing_is_forgotten(venue: Venue) -> None:
    ended = venue("venue", "forget", "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
