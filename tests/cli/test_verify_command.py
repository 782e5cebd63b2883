"""`idcard verify`: what a clerk reads, what a program reads, and the four ways to end."""

import io
import json
import os
import re
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from cities import CONTACT, HANDLE, NOW, City
from command import (
    ACCEPT,
    CANNOT_SAY,
    REJECT,
    TIMEOUT,
    USAGE,
    Ended,
    environment,
    idcard,
    idcard_on_terminal,
    program,
    without_colour,
)
from idcard_cli import terminal
from PIL import Image

from idcard import cose, languages
from idcard.ceremony import publish
from idcard.credential import signed, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import RESIDENT, Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Reason
from idcard.symbol import qr
from idcard.trust import cancellations, trust_file, trust_list

CITY = City()
TEST_CITY = City(environment=Environment.TEST)
LIBRARY, PHARMACY, MUSEUM, POOL = (CITY.code(name) for name in ("library", "pharmacy", "museum", "pool"))
AT = "2026-11-22T12:00:00Z"
KEYS_OF_JSON = {
    "schema", "outcome", "reason", "message", "remedy", "class", "proven", "expires", "trust_age_days", "stale",
    "environment", "photo_check",
}  # fmt: skip
SAID = {
    "library": "Library: resident when the card was made",
    "pool": "Pool: resident when the card was made, 18 or over",
}
RIGHT_TO_LEFT = "\u202e"
"""Not a control character, so a contact may have it; it turns a line of a terminal round."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trust files and pictures of codes, only to be read."""
    folder = tmp_path_factory.mktemp("venue")
    drawn = {"library": qr.draw(LIBRARY, max_version=6), "pharmacy": qr.draw(PHARMACY, max_version=7)}
    for name, symbol in drawn.items():
        (folder / f"{name}.png").write_bytes(symbol.png())
    library, pharmacy = (Image.open(folder / f"{name}.png").convert("RGB") for name in drawn)
    library.save(folder / "library.jpg", quality=70)
    library.save(folder / "library.webp")
    library.rotate(17, expand=True, fillcolor="white").save(folder / "tilted.png")
    foreign = zxingcpp.create_barcode("https://example.org/", zxingcpp.BarcodeFormat.QRCode).to_image(scale=8)
    web = Image.fromarray(foreign).convert("RGB")
    web.save(folder / "web.png")
    side_by_side(library, pharmacy).save(folder / "two.png")
    side_by_side(library, library).save(folder / "twice.png")
    side_by_side(library, web).save(folder / "poster.png")
    corners = Image.new("RGB", (3 * library.width, 3 * library.height), "white")
    corners.paste(pharmacy.resize(library.size), (0, 0))
    corners.paste(Image.open(io.BytesIO(qr.draw(MUSEUM, max_version=6).png())), (2 * library.width, 2 * library.height))
    corners.save(folder / "corners.png")
    Image.new("RGB", (300, 300), "white").save(folder / "blank.png")
    for ending in ("gif", "bmp", "tiff", "avif"):
        library.save(folder / f"library.{ending}")
    page = Image.new("RGB", (1240, 1754), "white")
    page.copy().save(folder / "blank.pdf", resolution=150)
    page.paste(library.rotate(2, fillcolor="white"), (500, 900))
    page.save(folder / "scan.pdf", resolution=150)
    (folder / "library.svg").write_bytes(drawn["library"].svg())
    (folder / "library.pdf").write_bytes(drawn["library"].pdf())
    (folder / "library.txt").write_text(f"{LIBRARY}\n", "ascii")
    (folder / "city.idtrust").write_bytes(CITY.file)
    return folder


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


@pytest.fixture
def trusting(tmp_path: Path) -> Callable[[bytes], Path]:
    """Puts a trust file where the command finds it."""

    def write(data: bytes) -> Path:
        path = tmp_path / "any.idtrust"
        path.write_bytes(data)
        return path

    return write


def verify(
    code: object, trust: Path, *more: object, at: str | None = AT, venue_class: str = "library", **how: Any
) -> Ended:
    when = () if at is None else ("--at", at)
    return idcard("verify", code, "--trust", trust, "--for", venue_class, *when, *more, **how)


# ---- the verdict, as a person and as a program read it ----


def signed_for(scope: Scope) -> str:
    """A production code by the city's own key, which others share."""
    claims = signed.decode(text.decode(LIBRARY)[1]).claims
    return text.encode(Environment.PRODUCTION, signed.encode(claims, CITY.signer("cohort"), scope))


PHOTO_CHECKED = tuple(replace(each, photo_check=True) for each in CITY.trust_list().classes)
STORIES: dict[str, dict[str, Any]] = {
    "accept": {},
    "accept, older trust file": {"at": "2026-12-01T11:00:00Z", "age": 8},
    "accept, stale": {"at": "2026-12-22T12:00:00Z", "stale": True, "age": 30},
    "accept, age": {"code": POOL, "class": "pool", "proven": ["resident", "age_over_18"]},
    "accept, photo check": {"trust": CITY.trust_file(classes=PHOTO_CHECKED), "photo_check": True},
    "wrong class, photo check": {
        "code": PHARMACY, "trust": CITY.trust_file(classes=PHOTO_CHECKED), "reason": "wrong-class",
    },
    "accept, test": {"code": TEST_CITY.code("library"), "trust": TEST_CITY.file, "environment": "test"},
    "not a code": {"code": "https://example.org/", "reason": "not-a-code"},
    "cut": {"code": LIBRARY[:-6], "reason": "malformed"},
    "small letters": {"code": LIBRARY[:5] + LIBRARY[5:].lower(), "reason": "malformed"},
    "test card": {"code": TEST_CITY.code("library"), "reason": "wrong-environment"},
    "altered": {"code": LIBRARY[:-1] + ("0" if LIBRARY[-1] != "0" else "1"), "reason": "bad-signature"},
    "test code, shared key": {"code": signed_for(Scope(Environment.TEST, CITY.id)), "reason": "bad-signature"},
    "other city, shared key": {
        "code": signed_for(Scope(Environment.PRODUCTION, "shelbyville")), "reason": "bad-signature",
    },
    "other city": {"code": City(id="shelbyville").code("library"), "reason": "unknown-key"},
    "expired": {"at": "2029-01-01T12:00:00Z", "reason": "expired", "stale": True, "age": 771},
    "wrong class": {"class": "pharmacy", "reason": "wrong-class"},
    "cancelled": {
        "code": PHARMACY, "class": "pharmacy", "trust": CITY.trust_file(cancelled=[HANDLE]), "reason": "cancelled-code",
    },
    "other class of the key": {"class": "theatre", "reason": "not-proven"},
    "unknown class": {"class": "zoo", "reason": "unknown-class"},
    "newer code": {"code": "IDC2:ABC", "reason": "newer-program"},
    "old trust file": {"at": "2027-03-22T12:00:00Z", "reason": "trust-expired", "stale": True, "age": 120},
    "other city, stale": {
        "code": City(id="shelbyville").code("library"), "at": "2026-12-22T12:00:00Z", "reason": "unknown-key-stale",
        "stale": True, "age": 30,
    },
    "accept, clock a day behind": {"at": "2026-11-21T12:00:00Z"},
    "accept, clock two days behind": {"at": "2026-11-20T12:00:00Z", "looks wrong": "2026-11-20"},
    "clock more than two days behind": {"at": "2026-11-20T11:59:59Z", "reason": "clock", "looks wrong": "2026-11-20"},
    "clock of 1970": {"at": "1970-01-01T00:00:00Z", "reason": "clock", "looks wrong": "1970-01-01"},
    "cut, clock of 1970": {
        "code": LIBRARY[:-6], "at": "1970-01-01T00:00:00Z", "reason": "malformed", "looks wrong": "1970-01-01",
    },
    "no trust file": {"trust": b"not a trust file", "reason": "trust-malformed", "environment": None},
    "empty trust file": {"trust": b"", "reason": "trust-malformed", "environment": None},
    "unsigned trust file": {
        "trust": CITY.trust_file(roots=[CITY.sign_root(signers=CITY.root_signers[:1])]), "reason": "trust-unsigned",
        "environment": None,
    },
}  # fmt: skip


def story(name: str, trusting: Callable[[bytes], Path], *more: object) -> tuple[dict[str, Any], Ended]:
    told = {
        "code": LIBRARY, "class": "library", "at": AT, "reason": None, "trust": CITY.file, "environment": "production",
        "stale": False, "age": 0, "proven": ["resident"], "expires": "2029-01-01T12:00:00Z", "looks wrong": None,
        **STORIES[name],
    }  # fmt: skip
    ended = verify(told["code"], trusting(told["trust"]), *more, at=told["at"], venue_class=told["class"])
    return told, ended


def expected_exit(reason: str | None) -> int:
    return ACCEPT if reason is None else {"reject": REJECT, "cannot-say": CANNOT_SAY}[Reason(reason).outcome.value]


@pytest.mark.parametrize("name", STORIES)
def test_a_program_reads_one_object(name: str, trusting: Callable[[bytes], Path]) -> None:
    told, ended = story(name, trusting, "--json")
    reason, holds = told["reason"], told["environment"] is not None
    verdict = ended.json()
    assert (ended.code, ended.err) == (expected_exit(reason), "")
    assert verdict.pop("date_looks_wrong", False) is (told["looks wrong"] is not None)
    assert verdict.pop("at") == told["at"]
    assert verdict.keys() == KEYS_OF_JSON
    message, remedy = verdict.pop("message"), verdict.pop("remedy")
    assert verdict == {
        "schema": 1,
        "outcome": {ACCEPT: "accept", REJECT: "reject", CANNOT_SAY: "cannot-say"}[ended.code],
        "reason": reason,
        "class": told["class"],
        "proven": told["proven"] if reason is None else [],
        "expires": told["expires"] if reason is None else None,
        "trust_age_days": told["age"] if holds else None,
        "stale": told["stale"] if holds else None,
        "environment": told["environment"],
        "photo_check": told.get("photo_check", False),
    }
    for sentences in (message, remedy):
        assert re.fullmatch(r"[A-Z].*\.", sentences)


@pytest.mark.parametrize("name", STORIES)
def test_a_clerk_reads_the_outcome_first_then_why_then_what_to_do(name: str, trusting: Callable[[bytes], Path]) -> None:
    told, ended = story(name, trusting)
    reason = told["reason"]
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (expected_exit(reason), "")
    if told["looks wrong"] is not None:
        lines.remove(
            f"The trust file is dated 2026-11-22, and this computer says {told['looks wrong']}: "
            "one of the two is wrong. Set the date; if it is right, tell the city."
        )
    assert ("Trust file:" in ended.out) == (reason is None and told["looks wrong"] is None)
    if reason is None:
        test = "  (test city)" if told["environment"] == "test" else ""
        assert lines[0] == f"ACCEPT  {SAID[told['class']]}{test}"
        assert told["expires"][:10] in lines[1]
        assert ("due to be replaced" in ended.out) == told["stale"]
        assert "photo" in lines[-1]
    else:
        word = {REJECT: "REJECT", CANNOT_SAY: "CANNOT SAY"}[ended.code]
        assert lines[0] == f"{word}  {reason}"
        assert lines[1] == Reason(reason).message
        assert len(lines) == 3
        if told["class"] == "pharmacy" and reason == "wrong-class":
            assert lines[2] == "Scan the code marked PHARMACY."
    whom_to_ask = ended.code == CANNOT_SAY and told["environment"] is not None
    assert ended.out.endswith(f" {CONTACT}\n") == whom_to_ask


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("es", "ACCEPT  Piscina: vivía en esta ciudad cuando se hizo la tarjeta, 18 años o más  (ciudad de prueba)"),
        ("zh-Hans", "ACCEPT  游泳池：办卡时是本市居民、年满 18 岁  \uff08测试城市\uff09"),  # noqa: RUF001
        ("ar", "ACCEPT  مسبح: من سكان المدينة عند إصدار البطاقة، العمر 18 أو أكثر  (مدينة اختبار)"),
    ],
)
def test_a_clerk_reads_what_is_proven_in_a_language(
    language: str, expected: str, trusting: Callable[[bytes], Path]
) -> None:
    """What a program reads stays as it is."""
    code, trust = TEST_CITY.code("pool"), trusting(TEST_CITY.file)
    ended = verify(code, trust, "--language", language, venue_class="pool")
    assert (ended.code, ended.out.splitlines()[0]) == (ACCEPT, expected)
    assert ended.err.strip() == f"idcard: {terminal.as_clause(languages.get(language).unreviewed)}"
    verdict = verify(code, trust, "--language", language, "--json", venue_class="pool").json()
    assert (verdict["class"], verdict["proven"]) == ("pool", ["resident", "age_over_18"])
    several = verify(code, trust, code, "--language", language, venue_class="pool")
    assert several.err == ended.err, "once"
    assert verify(code, trust, "--language", language, "--json", venue_class="pool").err == ""
    assert verify(code, trust, "--language", "en", venue_class="pool").err == ""


def test_every_outcome_is_among_the_stories() -> None:
    assert {expected_exit(each.get("reason")) for each in STORIES.values()} == {ACCEPT, REJECT, CANNOT_SAY}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_an_acceptance_tells_neither_kid_nor_handle_nor_signature(folder: Path, as_json: bool) -> None:
    more = ("--json",) if as_json else ()
    ended = verify(PHARMACY, folder / "city.idtrust", *more, venue_class="pharmacy")
    assert ended.code == ACCEPT
    kids = [cose.kid(CITY.signer(name).public_key).hex() for name in ("revocable", "cohort")]
    for secret in (*kids, HANDLE.hex(), PHARMACY, PHARMACY[20:40], "birth", "1990"):
        assert secret not in ended.out


# ---- where a code comes from ----


@pytest.mark.parametrize(
    "name",
    ["library.txt", "library.png", "library.jpg", "library.webp", "tilted.png", "twice.png", "poster.png"],
)
def test_a_code_is_read_from_a_file(folder: Path, name: str) -> None:
    assert verify(folder / name, folder / "city.idtrust").code == ACCEPT


@pytest.mark.parametrize("name", ["library.txt", "library.webp"])
def test_a_code_is_read_from_stdin(folder: Path, name: str) -> None:
    assert verify("-", folder / "city.idtrust", stdin=(folder / name).read_bytes()).code == ACCEPT


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", "\r\n"), (" ", " "), ("\t\n\n ", "\n \n"), ("\r\n", "")])
def test_blanks_around_a_code_do_not_matter(folder: Path, before: str, after: str) -> None:
    code = f"{before}{LIBRARY}{after}"
    assert verify("-", folder / "city.idtrust", stdin=code.encode()).code == ACCEPT
    assert verify(code, folder / "city.idtrust").code == ACCEPT


def test_a_code_as_an_argument_is_never_taken_for_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / PHARMACY.replace("/", "-")).write_text(LIBRARY)
    assert verify(PHARMACY, folder / "city.idtrust", venue_class="pharmacy", cwd=tmp_path).code == ACCEPT


def test_what_a_shell_substitutes_for_a_command_is_read(folder: Path) -> None:
    """`idcard verify <(…)` names a pipe, and a pipe that is not read must not become a rejected card."""
    read, write = os.pipe()
    os.write(write, LIBRARY.encode())
    os.close(write)
    try:
        assert verify(f"/dev/fd/{read}", folder / "city.idtrust", pass_fds=[read]).code == ACCEPT
    finally:
        os.close(read)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("blank.png", "no code found in the picture"),
        ("missing.png", "there is no such file"),
        ("missing.txt", "there is no such file"),
        ("", "directory"),
    ],
)
def test_what_is_not_read_is_nobodys_card(folder: Path, name: str, says: str) -> None:
    for more in ((), ("--json",)):
        ended = verify(folder / name, folder / "city.idtrust", *more)
        assert (ended.code, ended.out) == (USAGE, "")
        assert says in ended.err


@pytest.mark.parametrize("name", ["library.gif", "library.tiff", "library.avif", "library.pdf", "scan.pdf"])
def test_a_picture_of_an_office_or_a_telephone_is_read(folder: Path, name: str) -> None:
    assert verify(folder / name, folder / "city.idtrust", "--json").json()["outcome"] == "accept"


@pytest.mark.parametrize("name", ["library.bmp", "library.svg", "blank.pdf"])
def test_a_picture_that_is_not_read_is_not_a_rejected_card(folder: Path, name: str) -> None:
    ended = verify(folder / name, folder / "city.idtrust")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "PNG" in ended.err


def test_a_picture_with_somebody_elses_code_is_rejected(folder: Path) -> None:
    assert verify(folder / "web.png", folder / "city.idtrust", "--json").json()["reason"] == "not-a-code"


@pytest.mark.parametrize(
    ("name", "venue_class", "reason", "place"),
    [
        ("two.png", "library", None, "left"),
        ("two.png", "pharmacy", None, "right"),
        ("two.png", "zoo", "unknown-class", "left"),
        ("poster.png", "library", None, "left"),
        ("poster.png", "pharmacy", "wrong-class", "left"),
        ("corners.png", "museum", None, "bottom-right"),
    ],
)
def test_of_several_codes_in_a_picture_the_one_that_serves_counts(
    folder: Path, name: str, venue_class: str, reason: str | None, place: str
) -> None:
    ended = verify(folder / name, folder / "city.idtrust", "--json", venue_class=venue_class)
    verdict = ended.json()
    assert (ended.code, verdict["reason"]) == (expected_exit(reason), reason)
    assert verdict.keys() == KEYS_OF_JSON | {"at", "codes", "place"}
    assert (verdict["codes"], verdict["place"]) == (2, place)
    told = verify(folder / name, folder / "city.idtrust", venue_class=venue_class).out.splitlines()
    assert told[-1] == f"Of the 2 codes in the picture, this is the one at: {place.replace('-', ' ')}."


def test_where_the_code_lies_is_told_in_the_language(folder: Path) -> None:
    told = verify(folder / "corners.png", folder / "city.idtrust", "--language", "fr", venue_class="museum").out
    assert told.endswith("\nParmi les 2 codes de l'image, c'est celui qui se trouve en bas à droite.\n")


def test_one_code_that_a_picture_has_twice_is_one(folder: Path) -> None:
    assert verify(folder / "twice.png", folder / "city.idtrust", "--json").json().keys() == KEYS_OF_JSON | {"at"}


def test_a_photo_that_claims_to_be_huge_is_refused_in_little_memory(folder: Path) -> None:
    photo = (folder / "library.jpg").read_bytes()
    at = photo.index(b"\xff\xc0") + 5
    huge = photo[:at] + struct.pack(">HH", 65_535, 65_535) + photo[at + 4 :]
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({3 << 30}, {3 << 30}))"
    ended = verify("-", folder / "city.idtrust", stdin=huge, prelude=limit)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: standard input: the picture has too many pixels; cut out the part")


def test_a_file_that_is_too_large_is_refused_unread(folder: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(33 << 20)
    ended = verify(large, folder / "city.idtrust")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "is larger than" in ended.err


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (b"\0", "not-a-code"),
        (bytes(range(256)), "not-a-code"),
        (b"\xff\xfe" + PHARMACY.encode("utf-16-le"), "wrong-class"),
        (b"IDC1:" + bytes(range(128, 256)), "malformed"),
        (b"IDC1:" + b"A" * 10_000_000, "malformed"),
        (b"A" * 10_000_000, "not-a-code"),
        (os.urandom(10_000_000), "not-a-code"),
        (LIBRARY.encode() + b"\n" + LIBRARY[:100].encode(), "malformed"),
    ],
    ids=[
        "nul",
        "binary",
        "utf-16",
        "binary code",
        "10 MB code",
        "10 MB text",
        "10 MB binary",
        "half a code last",
    ],
)
def test_whatever_comes_on_stdin_gets_a_reason(folder: Path, stdin: bytes, reason: str) -> None:
    ended = verify("-", folder / "city.idtrust", "--json", stdin=stdin)
    assert (ended.code, ended.json()["reason"]) == (REJECT, reason)


@pytest.mark.parametrize(("code", "stdin"), [("-", b""), ("-", b" \r\n"), ("", b""), ("\n", b"")])
def test_nothing_is_no_code_of_anybody(folder: Path, code: str, stdin: bytes) -> None:
    """What ran before failed, perhaps; that is not the holder's fault."""
    ended = verify(code, folder / "city.idtrust", stdin=stdin)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: nothing came in: scan the code, or name its file\n")


@pytest.mark.parametrize(
    "code", ["IDC1:", "IDC1:\udcff", "\udcff", "x" * 100_000, "\n", "a" * 300 + ".png", "../" * 2000]
)
def test_whatever_is_an_argument_gets_an_answer(folder: Path, code: str) -> None:
    assert verify(code, folder / "city.idtrust").code in (REJECT, USAGE)


# ---- what a scanner typed ----


@pytest.mark.parametrize(
    ("typed", "undone"),
    [
        (LIBRARY.lower(), ["caps-lock"]),
        (f"\x02]Q1{LIBRARY}\x03\r", ["control", "prefix"]),
        (PHARMACY[:50] + LIBRARY, ["half-read"]),
    ],
    ids=["caps lock", "prefix", "half read"],
)
def test_what_a_scanner_did_is_undone_and_told(folder: Path, tmp_path: Path, typed: str, undone: list[str]) -> None:
    path = tmp_path / "scanned.txt"
    path.write_bytes(typed.encode())
    for code, stdin in ((path, b""), ("-", typed.encode())):
        verdict = verify(code, folder / "city.idtrust", "--json", stdin=stdin).json()
        assert verdict.keys() == KEYS_OF_JSON | {"at", "undone", "advice"}
        assert (verdict["outcome"], verdict["undone"], len(verdict["advice"])) == ("accept", undone, len(undone))
    ended = verify(path, folder / "city.idtrust")
    assert ended.out == verify(LIBRARY, folder / "city.idtrust").out
    assert ended.err.count("idcard: ") == len(undone)


SEVERAL = {
    "the right one first": (f"{LIBRARY}\n{PHARMACY}\n", "line-1", []),
    "the right one last": (f"a list:\r\n{PHARMACY}\r\n\r\n{LIBRARY}\r\n", "line-4", []),
    "the right one damaged by a keyboard": (f"{PHARMACY}\n{LIBRARY.lower()}\n", "line-2", ["caps-lock"]),
    "lines broken by mail": (
        f"{PHARMACY[:76]}\n{PHARMACY[76:]}\n{LIBRARY[:76]}\n{LIBRARY[76:]}\n", "line-3", ["control"]
    ),
    "in UTF-16": (f"\ufeff{PHARMACY}\r\n{LIBRARY}\r\n", "line-2", []),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_a_text_with_several_codes_is_judged_like_a_picture(folder: Path, tmp_path: Path, name: str) -> None:
    text, place, undone = SEVERAL[name]
    path = tmp_path / "codes.txt"
    path.write_bytes(text.encode("utf-16-le" if "16" in name else "utf-8"))
    told = verify(path, folder / "city.idtrust", "--json").json()
    assert (told["outcome"], told["codes"], told["place"]) == ("accept", 2, place)
    assert told.get("undone", []) == [] or set(told["undone"]) == set(undone)
    said = verify(path, folder / "city.idtrust").out
    assert f"Of the 2 codes in the file, this is the one in line {place[-1]}." in said
    # What a scanner types is one scan, and nobody is accepted by the card before.
    typed = verify("-", folder / "city.idtrust", "--json", stdin=f"{LIBRARY}\n{PHARMACY}\n".encode()).json()
    assert (typed["outcome"], "place" in typed) == ("reject", False)


def test_a_text_with_too_many_codes_is_for_scan(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "codes.txt").write_text(f"{PHARMACY}\n" * 100)
    ended = verify(tmp_path / "codes.txt", folder / "city.idtrust")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "has more than 99 codes; idcard scan judges every line" in ended.err


@pytest.mark.parametrize(
    "typed", ["LIBRARY", "Library", " library ", "\ufefflibrary", "\uff2c\uff29\uff22\uff32\uff21\uff32\uff39"]
)
def test_the_kind_of_place_is_taken_as_cards_have_it(folder: Path, typed: str) -> None:
    ended = idcard("verify", "library.txt", "--trust", "city.idtrust", "--for", typed, "--at", AT, "--json", cwd=folder)
    assert (ended.json()["outcome"], ended.json()["class"]) == ("accept", "library")


def test_a_text_that_is_refused_tells_what_was_undone_too(folder: Path) -> None:
    verdict = verify(PHARMACY.lower(), folder / "city.idtrust", "--json").json()
    assert (verdict["reason"], verdict["undone"]) == ("wrong-class", ["caps-lock"])


@pytest.mark.parametrize("redrawn", [LIBRARY.lower(), f"\ufeff{LIBRARY}", f"\u200e{LIBRARY.lower()}\u200f"])
def test_a_code_that_other_software_drew_again_is_read(folder: Path, tmp_path: Path, redrawn: str) -> None:
    symbol = zxingcpp.create_barcode(redrawn, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8)
    Image.fromarray(symbol).save(tmp_path / "redrawn.png")
    assert verify(tmp_path / "redrawn.png", folder / "city.idtrust", "--json").json()["outcome"] == "accept"


# ---- several ----


def test_each_of_several_has_its_verdict_with_its_name(folder: Path) -> None:
    given = ("library.png", "library.txt", "two.png", "-", PHARMACY)
    ended = idcard(
        *("verify", *given, "--trust", "city.idtrust", "--for", "library", "--at", AT),
        stdin=f"]Q1{LIBRARY}".encode(),
        cwd=folder,
    )
    heads = [line for line in ended.out.splitlines() if "ACCEPT" in line or "REJECT" in line]
    assert heads == [
        *(f"{name}: ACCEPT  {SAID['library']}" for name in given[:4]),
        "argument 5: REJECT  wrong-class",
    ]
    assert PHARMACY[:20] not in ended.out
    assert "AIM prefix" in ended.err


def test_a_program_gets_an_object_a_line_with_its_source(folder: Path) -> None:
    given = ("library.png", "two.png", PHARMACY)
    ended = idcard("verify", *given, "--trust", "city.idtrust", "--for", "pharmacy", "--at", AT, "--json", cwd=folder)
    verdicts = [json.loads(line) for line in ended.out.splitlines()]
    assert [(each["source"], each["reason"]) for each in verdicts] == [
        ("library.png", "wrong-class"), ("two.png", None), ("argument 3", None),
    ]  # fmt: skip
    more = [each.keys() - KEYS_OF_JSON - {"at"} for each in verdicts]
    assert more == [{"source"}, {"source", "codes", "place"}, {"source"}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("library.png", "library.txt"), ACCEPT),
        (("library.png", PHARMACY), REJECT),
        (("missing.png", "library.png"), USAGE),
        (("blank.png", PHARMACY), USAGE),
        ((PHARMACY, "IDC2:A", "library.png", "missing.png"), CANNOT_SAY),
    ],
    ids=["accept", "reject", "missing", "blank", "cannot say"],
)
def test_the_exit_of_several_is_the_largest_of_theirs(folder: Path, given: tuple[str, ...], code: int) -> None:
    for more in ((), ("--json",)):
        ended = idcard("verify", *given, "--trust", "city.idtrust", "--for", "library", "--at", AT, *more, cwd=folder)
        assert ended.code == code
        unread = sum(name in ("missing.png", "blank.png") for name in given)
        assert ended.err.count("idcard: ") == unread
        assert len([line for line in ended.out.splitlines() if "ACCEPT" in line or '"outcome"' in line]) >= 1 - unread


def test_a_trust_file_that_does_not_hold_is_said_of_each(folder: Path, trusting: Callable[[bytes], Path]) -> None:
    ended = idcard("verify", LIBRARY, folder / "library.png", "--trust", trusting(b"x"), "--for", "library", "--json")
    assert ended.code == CANNOT_SAY
    assert [json.loads(line)["reason"] for line in ended.out.splitlines()] == ["trust-malformed"] * 2


def test_a_trust_file_that_cannot_be_read_ends_it(folder: Path) -> None:
    ended = idcard("verify", LIBRARY, LIBRARY, "--trust", folder / "missing.idtrust", "--for", "library")
    assert (ended.code, ended.out) == (USAGE, "")


# ---- trust files ----


@pytest.mark.parametrize(("name", "says"), [("missing.idtrust", "no such file"), ("", "directory")])
def test_a_trust_file_that_cannot_be_read_is_a_mistake_of_setting_up(folder: Path, name: str, says: str) -> None:
    for more in ((), ("--json",)):
        ended = verify(LIBRARY, folder / name, *more)
        assert (ended.code, ended.out) == (USAGE, "")
        assert says in ended.err


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (CITY.file[:-1], "trust-malformed"),
        (CITY.file + b"\0", "trust-malformed"),
        (b"x" * 9_000_000, "trust-too-large"),
        (CITY.file[:300] + bytes((CITY.file[300] ^ 1,)) + CITY.file[301:], None),
        (
            trust_file.encode([CITY.sign_root()], CITY.sign_list(), cancellations.encode([HANDLE])),
            "trust-cancellations",
        ),
    ],
    ids=["cut", "longer", "9 MB", "flipped", "other cancellations"],
)
def test_a_trust_file_that_does_not_hold_is_never_the_holders_fault(
    trusting: Callable[[bytes], Path], data: bytes, reason: str | None
) -> None:
    ended = verify(LIBRARY, trusting(data), "--json")
    verdict = ended.json()
    assert (ended.code, verdict["outcome"]) == (CANNOT_SAY, "cannot-say")
    assert verdict["reason"].startswith("trust-")
    assert reason in (None, verdict["reason"])
    assert (verdict["environment"], verdict["trust_age_days"], verdict["stale"]) == (None, None, None)


def test_the_contact_steers_no_terminal(trusting: Callable[[bytes], Path]) -> None:
    trust = trusting(CITY.trust_file(contact=f"Ask {RIGHT_TO_LEFT}the\u2028office\u00ad."))
    ended = verify(LIBRARY, trust, venue_class="zoo")
    assert ended.code == CANNOT_SAY
    assert ended.out.endswith("Ask \\u202ethe\\u2028office\\xad.\n")
    verdict = verify(LIBRARY, trust, "--json", venue_class="zoo")
    assert RIGHT_TO_LEFT not in verdict.out
    assert verdict.json()["remedy"].endswith(f"Ask {RIGHT_TO_LEFT}the\u2028office\u00ad.")


def test_escape_sequences_in_a_contact_refuse_the_trust_file(trusting: Callable[[bytes], Path]) -> None:
    """Signed by the publisher all the same, so that nothing but its text is wrong."""
    payload = cose.decode_sign(CITY.sign_list()).payload
    fields = cose.decode(payload)
    fields[5] = "\x1b]0;owned\x07\x1b[31mAsk."
    signed_list = publish.sign(cose.encode(fields), trust_list.KIND, CITY.scope, [CITY.signer("publisher")])
    trust = trusting(trust_file.encode([CITY.sign_root()], signed_list, cancellations.encode([])))
    ended = verify(LIBRARY, trust)
    assert (ended.code, ended.out.splitlines()[0]) == (CANNOT_SAY, "CANNOT SAY  trust-malformed")


def test_a_contact_in_any_script_is_shown(trusting: Callable[[bytes], Path]) -> None:
    trust = trusting(CITY.trust_file(contact="市役所に電話してください: 555-0100."))
    assert verify(LIBRARY, trust, venue_class="zoo").out.endswith("市役所に電話してください: 555-0100.\n")


def test_a_console_that_lacks_the_letters_still_gets_the_verdict(trusting: Callable[[bytes], Path]) -> None:
    trust = trusting(CITY.trust_file(contact="市役所に電話してください: 555-0100."))
    ended = verify(LIBRARY, trust, venue_class="zoo", env={"PYTHONIOENCODING": "cp1252"})
    assert (ended.code, ended.out.splitlines()[0]) == (CANNOT_SAY, "CANNOT SAY  unknown-class")
    assert "internal error" not in ended.err


# ---- time ----

EXPIRES = "2029-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("at", "age"),
    [
        ("2026-11-23T12:00", 1),
        ("2026-11-23T11:59:59", 0),
        ("2026-11-23", 1),
        ("2026-11-23T21:00:00+09:00", 1),
        ("2026-11-23T20:59:59+09:00", 0),
        ("2026-11-23T07:00-05:00", 1),
        ("20261123T120000Z", 1),
        ("2026-11-23T12:00:00.999999Z", 1),
    ],
)
def test_a_time_has_a_zone_or_is_utc_and_a_day_is_its_noon(folder: Path, at: str, age: int) -> None:
    verdict = verify(LIBRARY, folder / "city.idtrust", "--json", at=at).json()
    assert (verdict["outcome"], verdict["trust_age_days"]) == ("accept", age)


@pytest.mark.parametrize(
    "at",
    ["", "now", "12:00", "2026-02-30", "22.11.2026", "1795262400", "2026-11-22T12:00:00+25:00", "99999-01-01"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_an_example(folder: Path, at: str) -> None:
    ended = verify(LIBRARY, folder / "city.idtrust", "--json", f"--at={at}", at=None)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "2027-01-31T09:00:00Z" in ended.err


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_no_time_is_too_far_away_for_an_answer(folder: Path, at: str) -> None:
    assert verify(LIBRARY, folder / "city.idtrust", "--json", at=at).json()["reason"] in ("clock", "expired")


def test_a_code_that_had_ended_when_the_trust_file_was_made_has_ended_by_every_clock(
    trusting: Callable[[bytes], Path],
) -> None:
    """By the clock it is good."""
    later = NOW + timedelta(days=800)
    trust = trusting(City(now=later).trust_file(keys=CITY.trust_list().keys))
    verdict = verify(LIBRARY, trust, "--json").json()
    assert (verdict["outcome"], verdict["reason"]) == ("reject", "expired")


@pytest.mark.parametrize("known", [True, False], ids=["a known key", "an unknown key"])
def test_where_the_trust_file_has_ended_too_the_date_may_be_wrong(
    trusting: Callable[[bytes], Path], *, known: bool
) -> None:
    """The file ends on 2027-03-22, the code before it."""
    new_year = seconds(datetime(2027, 1, 1, 12, tzinfo=UTC))
    code = CITY.sign_claims(Claims(new_year, frozenset((RESIDENT,))), CITY.signer("cohort" if known else "stranger"))
    hint = "If the date of this computer is wrong, set it."
    for at, hinted in (("2027-03-22T11:59:59Z", False), ("2027-03-22T12:00:00Z", True)):
        verdict = verify(code, trusting(CITY.file), "--json", at=at).json()
        assert (verdict["reason"], verdict["remedy"].endswith(hint)) == ("expired", hinted)


def test_without_a_time_it_is_now(trusting: Callable[[bytes], Path]) -> None:
    now = datetime.now(UTC)
    fresh = City(now=now)
    assert verify(fresh.code("library"), trusting(fresh.file), at=None).code == ACCEPT
    past = City(now=now - timedelta(days=2000))
    ended = verify(past.code("library"), trusting(past.file), "--json", at=None)
    assert ended.json()["reason"] == "expired"


@pytest.mark.parametrize(
    "arguments",
    [
        (LIBRARY,),
        (LIBRARY, "--for", "library"),
        (LIBRARY, "--trust", "city.idtrust"),
        (LIBRARY, "--at", AT, "--for", "library"),
        ("--trust", "city.idtrust", "--for", "library"),
        (LIBRARY, LIBRARY, "--trust", "city.idtrust"),
        (LIBRARY, "--trust", "city.idtrust", "--for", "library", "--verify", "no"),
    ],
    ids=lambda arguments: " ".join(str(each)[:12] for each in arguments),
)
def test_a_command_line_that_lacks_something_is_explained(folder: Path, arguments: tuple[str, ...]) -> None:
    ended = idcard("verify", *arguments, cwd=folder)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.endswith("idcard: see idcard verify --help\n")


# ---- terminals and pipes ----

COLOURED = pytest.mark.parametrize(
    ("code", "venue_class", "word", "colour"),
    [
        (LIBRARY, "library", "ACCEPT", "32"),
        (LIBRARY, "pharmacy", "REJECT", "31"),
        (LIBRARY, "zoo", "CANNOT SAY", "33"),
    ],
    ids=["accept", "reject", "cannot say"],
)


def on_terminal(folder: Path, code: str, venue_class: str, **env: str) -> Ended:
    trust = folder / "city.idtrust"
    return idcard_on_terminal("verify", code, "--trust", trust, "--for", venue_class, "--at", AT, env=env)


@COLOURED
def test_on_a_terminal_the_word_is_coloured_and_colour_is_never_alone(
    folder: Path, code: str, venue_class: str, word: str, colour: str
) -> None:
    coloured = on_terminal(folder, code, venue_class)
    assert re.match(rf"\x1b\[{colour}m\x1b\[1m{word}\x1b\[0m  ", coloured.out)
    plain = verify(code, folder / "city.idtrust", venue_class=venue_class)
    assert without_colour(coloured.out) == plain.out
    assert plain.out.startswith(f"{word}  ")
    assert coloured.code == plain.code


@COLOURED
def test_no_color_is_honoured(folder: Path, code: str, venue_class: str, word: str, colour: str) -> None:
    ended = on_terminal(folder, code, venue_class, NO_COLOR="1")
    assert "\x1b" not in ended.out
    assert ended.out.startswith(f"{word}  ")


def test_an_empty_no_color_asks_for_nothing(folder: Path) -> None:
    assert "\x1b[32m" in on_terminal(folder, LIBRARY, "library", NO_COLOR="").out


def test_json_has_no_colour_on_a_terminal_either(folder: Path) -> None:
    trust = folder / "city.idtrust"
    ended = idcard_on_terminal("verify", LIBRARY, "--trust", trust, "--for", "library", "--at", AT, "--json")
    assert "\x1b" not in ended.out
    assert ended.json()["outcome"] == "accept"


@pytest.mark.parametrize(
    ("venue_class", "as_json"),
    [("library", False), ("library", True), ("pharmacy", False), ("zoo", True)],
    ids=["accept", "accept json", "reject", "cannot say json"],
)
def test_where_nobody_reads_any_more_nothing_was_rejected(folder: Path, venue_class: str, as_json: bool) -> None:
    """1 means a rejected card; a verdict that nobody got is none."""
    read, write = os.pipe()
    os.close(read)
    options = ("--trust", folder / "city.idtrust", "--for", venue_class, "--at", AT, *(["--json"] if as_json else []))
    try:
        done = subprocess.run(
            program("verify", LIBRARY, *options),
            stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, env=environment(), timeout=TIMEOUT,
            check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert done.returncode == CANNOT_SAY
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("redirection", "codes_of_ending"),
    [(">/dev/full", {USAGE, CANNOT_SAY}), (">&-", {USAGE, CANNOT_SAY}), ("<&-", {USAGE, CANNOT_SAY})],
)
def test_stdin_and_stdout_may_be_missing(folder: Path, redirection: str, codes_of_ending: set[int]) -> None:
    code = "-" if redirection == "<&-" else LIBRARY
    command = program("verify", code, "--trust", folder / "city.idtrust", "--for", "library", "--at", AT)
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        capture_output=True, env=environment(), timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode in codes_of_ending
    told = done.stderr.decode()
    assert told.startswith("idcard: ")
    assert told.count("\n") == 1
    assert "internal error" not in told


@pytest.mark.parametrize(
    ("redirection", "name"),
    [
        ("2>/dev/full", "missing.png"),
        ("2>&-", "missing.png"),
        (">/dev/full 2>&1", "library.txt"),
        (">&- 2>&-", "library.txt"),
        (">/dev/full 2>&-", "library.txt"),
    ],
)
def test_where_even_the_complaint_cannot_be_written_nothing_was_rejected(
    folder: Path, redirection: str, name: str
) -> None:
    """A log on a full disk takes both: the exit code is all that is left, and 1 would be a rejected card."""
    command = program("verify", folder / name, "--trust", folder / "city.idtrust", "--for", "library", "--at", AT)
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        capture_output=True, env=environment(), timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode in (USAGE, CANNOT_SAY)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_where_nobody_reads_the_complaint_nothing_was_rejected(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            program("verify", folder / "missing.png", "--trust", folder / "city.idtrust", "--for", "library"),
            stdout=subprocess.PIPE, stderr=write, env=environment(), timeout=TIMEOUT, check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode in (USAGE, CANNOT_SAY), done.stdout) == (True, b"")


def test_a_reader_that_takes_all_sees_all(folder: Path) -> None:
    """The control for the broken pipe: the same call, with somebody at the other end."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader:
        with os.fdopen(write, "wb") as writer:
            command = program("verify", LIBRARY, "--trust", folder / "city.idtrust", "--for", "library", "--at", AT)
            done = subprocess.run(command, stdout=writer, env=environment(), timeout=TIMEOUT, check=False)
        assert done.returncode == ACCEPT
        assert reader.read().startswith(b"ACCEPT  Library")
