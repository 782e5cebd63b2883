"""Nobody is asked: nothing touches a socket, from the founding of a city to the verdict on its cards."""

import json
from pathlib import Path

import pytest
from command import ACCEPT, CANNOT_SAY, Demo, Founded, Office, idcard

GUARD = """
import atexit, pathlib, sys
touched = []
def is_reader(executable, given, folder, environment):
    reader = sys.modules.get("idcard_cli.reader")
    return reader is not None and given[:5] == [sys.executable, "-I", "-S", "-c", reader._PROGRAM] and environment == {}
def guard(event, arguments):
    if event == "subprocess.Popen" and is_reader(*arguments):
        return
    if event.startswith(("socket.", "ssl.", "urllib.", "http.", "ftplib.", "smtplib.", "subprocess.", "os.system")):
        touched.append(event)
        raise PermissionError(event)
sys.addaudithook(guard)
atexit.register(lambda: pathlib.Path(LOG).write_text("\\n".join(touched)))
"""
"""Every attempt is refused and written down (PEP 578). A program that somebody starts could ask in our place, but for
the one that reads pictures: it can open nothing (test_reader)."""


def guarded(tmp_path: Path, *arguments: object, stdin: bytes = b"", after: str = "") -> tuple[int, list[str]]:
    """Exit code and attempts."""
    log = tmp_path / "touched"
    ended = idcard(*arguments, stdin=stdin, prelude=GUARD.replace("LOG", repr(str(log))) + after)
    return ended.code, log.read_text("utf-8").split()


def test_the_whole_demo_touches_no_socket(tmp_path: Path) -> None:
    assert guarded(tmp_path, "demo", "--out", tmp_path / "out") == (ACCEPT, [])


def test_no_verdict_on_a_picture_or_a_text_touches_a_socket(tmp_path: Path, demo: Demo) -> None:
    for form in ("png", "txt"):
        path = demo.folder / "codes" / f"pharmacy.{form}"
        assert guarded(tmp_path, "verify", path, "--trust", demo.trust, "--for", "pharmacy") == (ACCEPT, [])


def test_no_scan_and_no_tally_touches_a_socket(tmp_path: Path, demo: Demo) -> None:
    code = (demo.folder / "codes/library.txt").read_bytes()
    sent = code + code.lower() + b"x\n"
    here = ("--tally", tmp_path / "tally.csv")
    assert guarded(tmp_path, "scan", "--trust", demo.trust, "--for", "library", *here, stdin=sent) == (ACCEPT, [])
    assert guarded(tmp_path, "tally", *here) == (ACCEPT, [])


def test_founding_and_minting_touch_no_socket(tmp_path: Path, founded: Founded, passphrase_file: Path) -> None:
    described = ("--name", "S", "--id", "s", "--contact", "Ask.", "--environment", "test")
    init = ("city", "init", tmp_path / "city", *described, "--passphrase-file", passphrase_file, "--yes")
    assert guarded(tmp_path, *init) == (ACCEPT, [])
    record = json.dumps({"birth_date": "1990-04-01", "resident": True, "student": True}).encode()
    handles = tmp_path / "handles.json"
    assert guarded(tmp_path, "slip", "new", "--city", founded.folder, "--handles", handles) == (ACCEPT, [])
    assert guarded(tmp_path, "mint", *founded.options, "--handles", handles, stdin=record) == (ACCEPT, [])


def test_a_year_of_an_officer_touches_no_socket(office: Office, tmp_path: Path) -> None:
    at, draft, old = "2027-01-04 09:00", tmp_path / "next.iddraft", tmp_path / "old.idtrust"
    old.write_bytes(office.trust.read_bytes())
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(f"value,expires\n{'5a' * 10},2028-02\n")
    note = office.kill_note(office.key("cohort", "2027-Q3"))
    made = ("key", "make", tmp_path / "my.key", "--kind", "root", "--environment", "test", *office.secret)
    signed = ("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret, "--yes")
    log, here = tmp_path / "touched", office.here
    for command in (
        made,
        ("key", "rotate", *here, *office.secret),
        ("key", "status", *here),
        ("key", "plan", *here),
        ("key", "stations", "north", *here, "--yes"),
        ("key", "distrust", office.key("cohort", "2027-Q2").kid.hex(), *here, "--yes"),
        ("key", "retire", office.key("revocable", "2027-Q2").kid.hex(), *here, "--yes"),
        ("trust", "draft", *here, "--out", draft),
        signed,
        ("trust", "finish", draft, *here),
        ("trust", "kill", note, *here, "--yes"),
        ("trust", "diff", old, office.trust),
        ("city", "counts", *here),
        ("ledger", "show", *here),
        ("ledger", "merge", "--yes", ledger, *here),
    ):
        office.done(*command, at=at, prelude=GUARD.replace("LOG", repr(str(log))))
        assert log.read_text("utf-8") == "", command
        log.unlink()
    office.run("doctor", *here, at=at, prelude=GUARD.replace("LOG", repr(str(log))))
    assert log.read_text("utf-8") == ""


def test_a_lost_card_is_cancelled_without_a_socket(office: Office, tmp_path: Path) -> None:
    slip = office.done("slip", "new", *office.here, "--handles", tmp_path / "handles.json").encode()
    code, log = tmp_path / "code.txt", tmp_path / "touched"
    code.write_text(office.mint("--for", "pharmacy", "--handles", tmp_path / "handles.json").out.split("\t")[1])
    for command in (("slip", "check", code, "--trust", office.trust), ("cancel", *office.here)):
        office.done(*command, stdin=slip, prelude=GUARD.replace("LOG", repr(str(log))))
        assert log.read_text("utf-8") == "", command


@pytest.mark.parametrize("command", [("explain", "codes/library.txt"), ("trust", "show", "city.idtrust")], ids=" ".join)
def test_explaining_and_showing_touch_no_socket(tmp_path: Path, demo: Demo, command: tuple[str, ...]) -> None:
    *words, name = command
    assert guarded(tmp_path, *words, demo.folder / name) == (ACCEPT, [])


@pytest.mark.parametrize(
    ("attempt", "event"),
    [
        ("socket.socket()", "socket.__new__"),
        ("socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo"),
        ("socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo"),
        ("urllib.request.urlopen('http://127.0.0.1:9/')", "urllib.Request"),
        ("subprocess.run(['true'])", "subprocess.Popen"),
    ],
)
def test_the_guard_sees_an_attempt_from_inside_the_program(
    tmp_path: Path, demo: Demo, attempt: str, event: str
) -> None:
    """The control: a verdict that phones home is refused, and the attempt is on record."""
    after = (
        "import socket, subprocess, urllib.request\n"
        "import idcard.verify.verifier as verifier\n"
        f"def judge(*_): {attempt}\n"
        "verifier.judge = judge\n"
    )
    command = ("verify", demo.folder / "codes/library.txt", "--trust", demo.trust, "--for", "library")
    code, touched = guarded(tmp_path, *command, after=after)
    assert code != ACCEPT
    assert code in (CANNOT_SAY, 2)
    assert touched[0] == event
