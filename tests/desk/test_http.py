"""What the page asks and what it is told, without a browser and without a server."""

import base64
import io
import json
import re
import signal
import struct
import subprocess
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from cities import DAY, City, expired
from command import rows_of
from desks import ORIGIN, PORT, Page, Venue, jpeg, page_for, picture
from faded import beside, drawn, faded
from idcard_cli import reader
from idcard_cli.desk import app, guard, pictures
from idcard_cli.fingerprint import fingerprint_words
from idcard_cli.reader import Reader
from PIL import Image

import idcard.pictures
from idcard import languages
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.pictures.attempts import MOVING, STILL
from idcard.trust import paper, patch, trust_file
from idcard.trust.paper import PosterKind
from idcard.verify import tally


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code is in view for a second and a half, which a picture may take where others work."""
    monkeypatch.setattr("time.monotonic", lambda: 100.0)


# ---- who may ask ----

FOREIGN_HOSTS = [
    "evil.example", f"evil.example:{PORT}", "127.0.0.1", "localhost", "127.0.0.1:8471", f"127.0.0.1:{PORT}.evil.org",
    f"[::1]:{PORT}", f"0.0.0.0:{PORT}", f"127.1:{PORT}", f"LOCALHOST:{PORT}", "", f"127.0.0.1:{PORT}, evil.example",
]  # fmt: skip
FOREIGN_ORIGINS = [
    "http://evil.example", "null", "", f"https://127.0.0.1:{PORT}", "http://127.0.0.1", "http://127.0.0.1:8471",
    f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}/", f"http://127.0.0.1:{PORT}.evil.example",
]  # fmt: skip
PATHS = ["/", "/desk.js", "/status", "/words", "/tally", "/running", "/nothing"]
POSTS = ["/scan", "/frame", "/photo", "/trust", "/kind", "/install", "/confirm", "/settings"]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_is_refused_without_a_word(page: Page, host: str, path: str) -> None:
    """So a name that an attacker makes lead here gets nothing (DNS rebinding)."""
    answer = page.client.get(path, base_url=ORIGIN, headers={"Host": host})
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_both_names_of_this_computer_lead_here(page: Page, host: str) -> None:
    base = f"http://{host}:{PORT}"
    assert page.client.get("/", base_url=base).status_code == 200
    assert page.client.post("/trust", base_url=base, headers={"Origin": base}).status_code == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("path", POSTS)
def test_a_foreign_origin_is_refused(page: Page, venue: Venue, origin: str, path: str) -> None:
    answer = page.client.post(path, base_url=ORIGIN, headers={"Origin": origin}, data=venue.newer())
    assert (answer.status_code, answer.data) == (403, b"")
    assert venue.held() == venue.city.file


@pytest.mark.parametrize("path", POSTS)
def test_what_may_change_something_needs_an_origin(page: Page, venue: Venue, path: str) -> None:
    answer = page.client.post(path, base_url=ORIGIN, data=venue.newer())
    assert (answer.status_code, answer.data) == (403, b"")
    assert venue.held() == venue.city.file


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_a_browser_that_names_another_site_is_refused(page: Page, site: str) -> None:
    for path in PATHS:
        assert page.client.get(path, base_url=ORIGIN, headers={"Sec-Fetch-Site": site}).status_code == 403


def test_every_answer_carries_the_headers(page: Page) -> None:
    answers = [
        *(page.get(path) for path in ("/", "/desk.js", "/desk.css", "/icon.svg", "/status", "/words", "/nothing")),
        page.client.get("/", base_url="http://evil.example"),
        page.client.put("/", base_url=ORIGIN, headers={"Origin": ORIGIN}),
        page.post("/frame", b"no picture"),
        page.post("/frame", bytes(pictures.MAX_SIZE + 1)),
        page.post("/scan", b"no json"),
        page.post("/trust", b""),
    ]
    for answer in answers:
        assert guard.HEADERS.items() <= dict(answer.headers).items()
        assert "Set-Cookie" not in answer.headers
        assert not any(name.startswith("Access-Control-") for name in answer.headers.keys())  # noqa: SIM118


def test_the_policy_allows_nothing_from_elsewhere() -> None:
    policy = guard.HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    assert guard.HEADERS["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [*app.FILES, ""])
def test_the_page_names_no_other_place(page: Page, name: str) -> None:
    text = page.get(f"/{name}").text.replace("http://www.w3.org/2000/svg", "")
    assert "//" not in text.replace("// ", "")
    assert "http" not in text.lower()
    for kept in ("localStorage", "sessionStorage", "indexedDB", "cookie", "caches", "innerHTML", "eval("):
        assert kept not in text


@pytest.mark.parametrize(
    "path",
    [
        "/page.html", "/app.py", "/../verify.py", "/%2e%2e/verify.py", "/..%2fverify.py", "/desk.js/../app.py",
        "/desk.js%00", "//etc/passwd", "/etc/passwd", "/C:/x", "/static/desk.js", "/desk.css/", "/.", "/..",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(page: Page, path: str) -> None:
    assert page.client.get(path, base_url=ORIGIN).status_code == 404


# ---- codes ----


def test_a_scan_gets_the_verdict_of_idcard_scan(page: Page, venue: Venue) -> None:
    told = page.scan(venue.city.code("library"))
    assert told == {
        "schema": 1,
        "outcome": "accept",
        "reason": None,
        "message": "Accepted.",
        "remedy": "Compare the photo with the person's face.",
        "class": "library",
        "proven": ["resident"],
        "expires": told["expires"],
        "trust_age_days": 0,
        "stale": False,
        "environment": "production",
        "photo_check": False,
        "again": False,
        "undone": [],
        "advice": [],
        "question": None,
    }
    wrong = page.scan(venue.city.code("library"), "pharmacy")
    assert (wrong["outcome"], wrong["reason"]) == ("reject", "wrong-class")
    assert wrong["remedy"] == "Scan the code marked PHARMACY."
    unsaid = page.scan(venue.city.code("library"), "casino")
    assert (unsaid["outcome"], unsaid["reason"]) == ("cannot-say", "unknown-class")


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "IDC1:", "IDT1:X", "]Q1", "x" * 100_000, "😀" * 5000])
def test_any_text_gets_a_verdict(page: Page, text: str) -> None:
    assert page.scan(text, on_us=text)["outcome"] in {"reject", "cannot-say"}


@pytest.mark.parametrize("behind", ["#", ";", "2026-11-22 12:30:05", "0042"])
@pytest.mark.parametrize("locked", [False, True])
def test_what_a_scanner_sends_behind_a_code_is_undone(page: Page, venue: Venue, behind: str, locked: bool) -> None:
    code = venue.city.code("library")
    typed = f"{code.lower() if locked else code}{behind}"
    for on_us in ("", typed):
        verdict = page.scan(typed, on_us=on_us)
        assert (verdict["outcome"], "suffix" in verdict["undone"]) == ("accept", True)
        assert "The scanner sends something after each code: turn its suffix off." in verdict["advice"]
    assert page.scan(f"{code}{behind}1", on_us="")["again"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"text": 1, "on_us": ""}', b'{"text": "x"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_scan_is_refused(page: Page, body: bytes) -> None:
    assert page.post("/scan", body).status_code == 400


def test_a_keyboard_of_another_alphabet_is_read_by_its_places(page: Page, venue: Venue) -> None:
    code = venue.city.code("library")
    cyrillic = code.translate(str.maketrans("IDCTABEGHKLMNOPRSUVWXYZFQJ", "ШВСЕФИУПРЛДЬТЩЗКЫГМЦЧНЯАЙО"))
    assert page.scan(cyrillic)["reason"] == "keyboard"
    assert page.scan(cyrillic, on_us=code)["outcome"] == "accept"
    assert page.scan(code, on_us="nonsense")["outcome"] == "accept"


@pytest.mark.parametrize(
    ("typed", "silence", "said"),
    [
        ("half", 400, None),
        ("half", 2500, None),
        ("half", 0, "malformed"),
        ("whole", 400, "accept"),
        ("https://example.org/", 400, None),
        ("https://example.org/", 2500, "not-a-code"),
        ("poster", 400, None),
    ],
)
def test_half_a_code_that_no_key_ends_gets_no_verdict(
    page: Page, venue: Venue, typed: str, silence: int, said: str | None
) -> None:
    code = venue.city.code("library")
    sheet = paper.encode(PosterKind.FILE, venue.newer())[0]
    texts = {"half": code[:60], "whole": code, "poster": sheet[:300]}
    body = {"text": texts.get(typed, typed), "on_us": "", "silence": silence}
    told = page.post("/scan", json.dumps(body).encode(), **{"class": "library"}).json
    assert told is not None
    assert (told.get("reason") or told.get("outcome")) == said
    assert told.get("unfinished", False) == (said is None)


def test_a_foreign_code_of_many_lines_counts_once(page: Page, venue: Venue) -> None:
    lines = ["BEGIN:VCARD", "VERSION:3.0", "N:Sample;Ada", "END:VCARD"]
    assert [page.scan(line)["again"] for line in lines] == [False, True, True, True]
    assert page.scan(venue.city.code("library"))["again"] is False
    assert page.scan("BEGIN:VCARD")["again"] is False
    page.counter.end()
    assert sorted(tally.total(tally.decode(venue.memory_path.with_name("tally.csv").read_text())).values()) == [1, 2]


def test_sentences_come_in_the_language_of_the_page(page: Page, venue: Venue) -> None:
    spanish = languages.get("es").translate
    told = page.scan(venue.city.code("library"), "pharmacy", language="es")
    assert told["message"] == spanish("The code is for another kind of place.")
    assert told["reason"] == "wrong-class"
    assert page.scan(venue.city.code("library"), language="../../x")["message"] == "Accepted."


def test_the_page_gets_every_word_and_the_words_of_the_refusal_that_it_shows(page: Page) -> None:
    english, arabic = (page.get("/words", language=code).json for code in ("en", "ar"))
    assert english is not None
    assert arabic is not None
    assert english["words"].keys() == arabic["words"].keys()
    assert (english["direction"], arabic["direction"]) == ("ltr", "rtl")
    assert (english["reviewed"], arabic["reviewed"]) == (True, languages.get("ar").reviewed)
    assert english["refusal"] is None
    told = page.get("/words", **{"language": "en", "reason": "wrong-class", "class": "museum"}).json
    assert told is not None
    assert told["refusal"] == {
        "message": "The code is for another kind of place.",
        "remedy": "Scan the code marked MUSEUM.",
    }
    assert page.get("/words", reason="no such reason").status_code == 200


def test_a_desk_without_its_trust_file_cannot_say_and_goes_on_once_there_is_one(page: Page, venue: Venue) -> None:
    code = venue.city.code("library")
    held = venue.memory_path.read_bytes()
    venue.memory_path.unlink()
    assert page.scan(code)["reason"] == "no-trust-file"
    assert page.get("/status").json["level"] == "urgent"  # type: ignore[index]
    venue.memory_path.write_bytes(b"damaged")
    assert page.scan(code)["reason"] == "memory-damaged"
    venue.memory_path.write_bytes(held)
    assert page.scan(code)["outcome"] == "accept"


def test_a_trust_file_that_is_put_in_place_of_another_is_used_at_once(tmp_path: Path, venue: Venue) -> None:
    path = tmp_path / "city.idtrust"
    path.write_bytes(City("shelbyville", now=venue.city.now).file)
    page = page_for(path, None)
    assert page.scan(venue.city.code("library"))["reason"] == "unknown-key"
    path.write_bytes(venue.city.file)
    assert page.scan(venue.city.code("library"))["outcome"] == "accept"


def test_a_failure_of_the_program_is_no_rejected_card(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("IDC1:SECRET")

    monkeypatch.setattr("idcard.verify.verifier.judge", fail)
    answer = page.post("/scan", json.dumps({"text": venue.city.code("library"), "on_us": ""}).encode(), **LIBRARY)
    told = answer.json
    assert told is not None
    assert (answer.status_code, told["outcome"], told["reason"]) == (500, "cannot-say", "internal-error")
    said = capsys.readouterr()
    assert "SECRET" not in answer.text + said.out + said.err
    assert said.err == "idcard: internal error (KeyError); this says nothing about a card\n"


# ---- pictures ----

LIBRARY = {"class": "library"}


def test_a_code_in_a_picture_is_judged_once_while_it_stays(page: Page, venue: Venue) -> None:
    frame = jpeg(picture(venue.city.code("library")))
    first, second = page.post("/frame", frame, **LIBRARY).json, page.post("/frame", frame, **LIBRARY).json
    assert first is not None
    assert first["outcome"] == "accept"
    assert second == {**first, "again": True}
    forged = jpeg(picture(City("shelbyville", now=venue.city.now).code("library")))
    third = page.post("/frame", forged, **LIBRARY).json
    assert third is not None
    assert third["reason"] == "unknown-key"


def test_a_photo_that_is_opened_twice_is_judged_twice(page: Page, venue: Venue) -> None:
    photo = jpeg(picture(venue.city.code("library")))
    for _ in range(2):
        told = page.post("/photo", photo, **LIBRARY).json
        assert told is not None
        assert told["outcome"] == "accept"


def test_of_several_codes_the_one_for_this_place_counts(page: Page, venue: Venue) -> None:
    both = [venue.city.code("pharmacy"), venue.city.code("library"), "HTTPS://EXAMPLE.ORG"]
    told = page.post("/photo", jpeg(picture(*both, size=(1200, 480))), **LIBRARY).json
    assert told is not None
    assert told["outcome"] == "accept"


def test_a_code_for_another_place_waits_for_the_right_one_beside_it(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera often reads one of two codes first: the clerk must not hear a refusal before the acceptance."""
    moment = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    other, right = venue.city.code("pharmacy"), venue.city.code("library")
    assert page.post("/frame", jpeg(picture(other)), **LIBRARY).status_code == 204
    moment[0] += 0.1
    told = page.post("/frame", jpeg(picture(other, right, size=(900, 480))), **LIBRARY).json
    assert told is not None
    assert told["outcome"] == "accept"
    moment[0] += 0.5
    assert page.post("/frame", jpeg(picture(other)), **LIBRARY).status_code == 204
    moment[0] += 1.4
    assert page.post("/frame", jpeg(picture(other)), **LIBRARY).json["reason"] == "wrong-class"  # type: ignore[index]


@pytest.mark.parametrize("path", ["/photo", "/frame"])
@pytest.mark.parametrize("other", ["another of the card", "a web address", "expired", "a poster", "two others"])
def test_a_faded_code_beside_a_clear_one_is_accepted(page: Page, venue: Venue, path: str, other: str) -> None:
    city = venue.city
    library, pharmacy = drawn(city.code("library")), faded(city.code("pharmacy"))
    web = drawn("HTTPS://EXAMPLE.ORG")
    shown = {
        "another of the card": [library, pharmacy],
        "a web address": [web, pharmacy],
        "expired": [drawn(expired(city, "pharmacy")), pharmacy],
        "a poster": [pharmacy, drawn(pages(venue, venue.newer(), 2)[0])],
        "two others": [web, pharmacy, library],
    }[other]
    told = page.post(path, beside(*shown), **{"class": "pharmacy"}).json
    assert told is not None
    assert told["outcome"] == "accept"
    again = page.post(path, beside(*shown), **{"class": "pharmacy"}).json
    assert again == {**told, "again": path == "/frame"}


def read_here(_: Reader, data: bytes, *, moving: bool = False, max_pixels: int | None = None) -> Any:
    """Where the attempts can be counted."""
    yield from idcard.pictures.search(data, moving=moving, max_pixels=max_pixels)


def test_an_accepted_card_ends_the_search_and_a_refused_one_does_not(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def counted(*arguments: Any, read: Callable[..., Any] = zxingcpp.read_barcodes, **options: Any) -> Any:
        attempts.append(1)
        return read(*arguments, **options)

    monkeypatch.setattr("zxingcpp.read_barcodes", counted)
    monkeypatch.setattr(Reader, "search", read_here)
    both = beside(drawn(venue.city.code("library")), faded(venue.city.code("pharmacy")))
    for path, venue_class, least in (("/photo", "library", 1), ("/frame", "library", 1), ("/frame", "pharmacy", 2)):
        attempts.clear()
        assert page.post(path, both, **{"class": venue_class}).json["outcome"] == "accept"  # type: ignore[index]
        assert len(attempts) == least if least == 1 else 1 < len(attempts) <= MOVING.attempts
    attempts.clear()
    page.post("/photo", beside(drawn(expired(venue.city, "library"))), **LIBRARY)
    assert len(attempts) == STILL.attempts


def test_a_faded_poster_beside_other_codes_is_taken(page: Page, venue: Venue) -> None:
    (update,) = paper.encode(PosterKind.PATCH, patch.make(venue.city.file, venue.newer()))
    told = page.post("/photo", beside(drawn("HTTPS://EXAMPLE.ORG"), faded(update)), **LIBRARY).json
    assert told is not None
    assert told["update"] == "taken"


def test_a_picture_without_a_code_is_answered_by_nothing(page: Page) -> None:
    for path in ("/frame", "/photo"):
        answer = page.post(path, jpeg(picture()), **LIBRARY)
        assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + bytes(50),
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"%PDF-1.4",
        bytes(9999),
    ],
    ids=lambda data: data[:4].hex(),
)
def test_what_is_no_picture_is_refused(page: Page, data: bytes) -> None:
    assert page.post("/frame", data, **LIBRARY).status_code == 415


def test_a_picture_that_is_cut_short_has_no_code(page: Page, venue: Venue) -> None:
    whole = jpeg(picture(venue.city.code("library")))
    for length in (len(whole) // 3, len(whole) // 2):
        assert page.post("/frame", whole[:length], **LIBRARY).status_code == 204


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(page: Page) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    assert page.post("/frame", bomb, **LIBRARY).status_code == 413
    out = io.BytesIO()
    Image.new("1", (4000, 2001)).save(out, "PNG")
    assert page.post("/frame", out.getvalue(), **LIBRARY).status_code == 413


def test_too_many_bytes_are_refused(page: Page) -> None:
    for path in POSTS:
        assert page.post(path, bytes(pictures.MAX_SIZE + 1)).status_code == 413


def test_a_form_is_not_read_as_one(page: Page) -> None:
    """Files of a form would go to the disk."""
    headers = {"Origin": ORIGIN, "Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + bytes(1 << 20) + b"\r\n--x--\r\n"
    assert page.client.post("/frame", base_url=ORIGIN, headers=headers, data=body).status_code == 415


# ---- files that are no picture of a browser ----


def test_a_pdf_and_a_scan_are_judged_like_a_photo(page: Page, venue: Venue) -> None:
    shown = picture(venue.city.code("library"))
    for kind in ("PDF", "TIFF", "AVIF", "GIF"):
        out = io.BytesIO()
        shown.save(out, kind)
        told = page.post("/trust", out.getvalue(), **LIBRARY).json
        assert told is not None
        assert (told["outcome"], told["again"]) == ("accept", False)


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic", "This is a HEIC picture"),
        (b"PK\3\4word/document.xml", "document", "This is a document"),
        (b"%PDF-1.7", "pdf-not-read", "The PDF cannot be read."),
        (b"<svg>", "drawing", "This is a drawing"),
        (jpeg(picture()), "no-code", "No code found in the picture."),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_file_without_a_code_is_named_and_no_trust_file(page: Page, data: bytes, name: str, says: str) -> None:
    told = page.post("/trust", data, **LIBRARY).json
    assert told is not None
    assert (told["file"], told.keys()) == (name, {"schema", "file", "message", "remedy"})
    assert told["message"].startswith(says)
    assert told["remedy"]


def test_a_poster_in_a_pdf_is_taken(page: Page, venue: Venue) -> None:
    (update,) = paper.encode(PosterKind.PATCH, patch.make(venue.city.file, venue.newer()))
    out = io.BytesIO()
    picture(update, size=(900, 900)).save(out, "PDF", resolution=300)
    told = page.post("/trust", out.getvalue(), **LIBRARY).json
    assert told is not None
    assert told["update"] == "taken"


def test_a_photo_that_ends_the_process_gets_a_sentence_and_the_next_is_judged(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = jpeg(picture(venue.city.code("library")))
    program = reader._PROGRAM
    monkeypatch.setattr(reader, "_PROGRAM", "import os; os.read(0, 1); os._exit(1)")
    told = page.post("/photo", photo, **LIBRARY).json
    assert told is not None
    assert (told["file"], told["message"]) == ("gave-up", "The file takes too much time or memory to read.")
    assert page.post("/frame", photo, **LIBRARY).status_code == 204
    monkeypatch.setattr(reader, "_PROGRAM", program)
    assert page.post("/photo", photo, **LIBRARY).json["outcome"] == "accept"  # type: ignore[index]


def test_no_file_is_read_by_the_process_of_the_camera_or_of_another_file(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = reader._started

    def counted() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(reader, "_started", counted)
    picture_of_a_card = jpeg(picture(venue.city.code("library")))
    for path in ("/frame", "/photo", "/trust", "/frame", "/trust", "/frame"):
        assert page.post(path, picture_of_a_card, **LIBRARY).json["outcome"] == "accept"  # type: ignore[index]
    camera, *of_files = started
    assert camera.poll() is None
    assert [each.returncode for each in of_files] == [-signal.SIGKILL] * 3


# ---- trust files ----


def test_a_newer_trust_file_is_taken_and_used(page: Page, venue: Venue) -> None:
    code = venue.city.code("pharmacy")
    assert page.scan(code, "pharmacy")["outcome"] == "accept"
    newer = venue.city.trust_file(version=2, cancelled=[bytes(range(10))])
    told = page.post("/trust", newer).json
    assert told == {
        "schema": 1, "update": "taken", "reason": None, "message": "Trust file: made today.", "remedy": "",
    }  # fmt: skip
    assert venue.held() == newer
    assert page.scan(code, "pharmacy")["reason"] == "cancelled-code"
    again = page.post("/trust", newer).json
    assert again is not None
    assert again["update"] == "taken"


def foreign(venue: Venue) -> bytes:
    return City("shelbyville", now=venue.city.now).file


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda venue: venue.city.file, "trust-rollback"),
        (lambda venue: venue.city.trust_file(version=2, contact="Ask somebody else."), "trust-equivocation"),
        (lambda venue: venue.city.trust_file(version=3, keys=()), "trust-takes-back"),
        (foreign, "trust-foreign"),
        (lambda venue: venue.newer(3).replace(b"555", b"666"), "trust-unsigned"),
        (lambda venue: venue.newer(3)[:500], "trust-malformed"),
    ],
    ids=["older", "equivocation", "takes back", "foreign", "damaged", "cut"],
)
def test_a_trust_file_that_the_memory_refuses_changes_nothing(
    page: Page, venue: Venue, make: object, reason: str
) -> None:
    venue.remember(venue.newer())
    before = venue.memory_path.read_bytes()
    told = page.post("/trust", make(venue), language="fr").json  # type: ignore[operator]
    assert told is not None
    assert (told["update"], told["reason"]) == ("refused", reason)
    assert told["message"]
    assert told["remedy"]
    assert venue.memory_path.read_bytes() == before


def test_a_desk_with_a_trust_file_of_its_own_takes_no_other(tmp_path: Path, venue: Venue) -> None:
    path = tmp_path / "city.idtrust"
    path.write_bytes(venue.city.file)
    told = page_for(path, None).post("/trust", venue.newer()).json
    assert told is not None
    assert (told["update"], told["reason"]) == ("refused", None)
    assert told["remedy"] == "Put the new trust file in its place."
    assert path.read_bytes() == venue.city.file


@pytest.mark.parametrize(
    ("data", "kind", "head"),
    [
        (b"", "empty", "empty"),
        (b"\r\n  ", "empty", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf-not-read", "large"),
        (b"PK\x03\x04\x14\0city.idtrust", "document", "document"),
        (b"<!doctype html><title>Wi-Fi</title>", "web-page", "web-page"),
        (b"\xef\xbb\xbf\r\n<HTML lang='es'>", "web-page", "web-page"),
        ("<html>".encode("utf-16"), "web-page", "web-page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "drawing", "drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic", "heic"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "not-read", "large"),
        (b"II*\0" + bytes(99), "not-read", "large"),
        (b"# idcard\n\nRead me first.\n", "text", "text"),
        ("\u0410" * 2000, "text", "text"),
        ("a poster?\n" * 60_000, "large", "text"),
        ("\n".join(f"IDC1:{number}" for number in range(100)), "large", "text"),
        (b"\xff\xfe", "other", "other"),
        (b"\x7fELF\x02\x01", "other", "other"),
    ],
    ids=lambda each: str(each)[:16],
)  # fmt: skip
def test_any_other_file_gets_a_sentence_about_that_file(page: Page, data: bytes | str, kind: str, head: str) -> None:
    data = data.encode() if isinstance(data, str) else data
    for path, sent, named in (("/trust", data, kind), ("/kind", data[:1024], head)):
        told, arabic = (page.post(path, sent, language=language).json for language in ("en", "ar"))
        assert told is not None
        assert arabic is not None
        assert (told["file"], arabic["file"]) == (named, named)
        assert told["message"]
        assert told["remedy"]
        assert arabic["message"] != told["message"]
        assert "trust file is damaged" not in told["message"]


def test_a_text_with_codes_of_cards_gets_the_verdict_of_a_picture_with_them(page: Page, venue: Venue) -> None:
    codes = [venue.city.code("pharmacy"), venue.city.code("library")]
    for body in ("\ufeff" + "\r\n".join(codes), "Your codes:\n\n  " + "\n\n".join([*codes, "Keep them."])):
        told = page.post("/trust", body.encode(), **LIBRARY).json
        assert told is not None
        assert (told["outcome"], told["again"]) == ("accept", False)


# ---- the first run ----


@pytest.fixture
def empty(tmp_path: Path) -> Page:
    """A computer that knows no city."""
    return page_for(None, tmp_path / "new" / "venue.idmemory")


def first(page: Page, capsys: pytest.CaptureFixture[str]) -> str:
    """The letters in the window of the program, which it says once; empty where the page asks for nothing."""
    told = page.get("/status").json
    assert told is not None
    said = capsys.readouterr().err
    assert not told["first"] or told["sentences"] == ["This computer does not know the city yet."]
    return said.removeprefix("idcard: to set up this computer, type ").partition(" ")[0] if told["first"] else ""


def offered(page: Page, file: bytes) -> bytes:
    """The file that the page gets back, to install it."""
    told = page.post("/trust", file).json
    assert told is not None
    assert (told["update"], told["city"]) == ("offered", "Springfield")
    return base64.b64decode(told["file"])


def install(page: Page, file: bytes, code: str, **said: str) -> Any:
    return page.post("/install", file, code=code, **said).json


def words_of(city: City) -> str:
    return fingerprint_words(trust_file.decode(city.file).fingerprint)


def test_the_page_takes_the_first_trust_file_when_its_words_were_compared(
    empty: Page, venue: Venue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = first(empty, capsys)
    assert re.fullmatch("[a-km-np-z2-9]{4}-[a-km-np-z2-9]{4}", code)
    assert empty.post("/trust", venue.city.file[:-9]).json["reason"] == "trust-malformed"  # type: ignore[index]
    file = offered(empty, venue.city.file)
    assert file == venue.city.file
    assert empty.scan(venue.city.code("library"))["reason"] == "no-trust-file"

    words = words_of(venue.city)
    for wrong, reason in (
        (words_of(City("shelbyville")), "trust-anchor"),
        (words.rpartition(" ")[0], None),
        (words + " zoo", None),
        ("", None),
    ):
        told = install(empty, file, code, fingerprint=wrong)
        assert (told["update"], told["reason"]) == ("refused", reason)
        assert words.split()[0] not in told["message"]
    misspelled = " ".join(word + "x" * (number == 3) for number, word in enumerate(words.split(), 1))
    assert install(empty, file, code, fingerprint=misspelled)["message"] == "Word 3 is not spelled right."
    for said in ({}, {"in_person": ""}, {"in_person": "yes", "fingerprint": words}):
        assert empty.post("/install", file, code=code, **said).status_code == 400
    assert not (tmp_path / "new").exists()

    assert install(empty, file, code, fingerprint=words.upper())["update"] == "taken"
    assert first(empty, capsys) == ""
    assert empty.scan(venue.city.code("library"))["outcome"] == "accept"
    assert empty.post("/install", file, code=code, in_person="yes").status_code == 409


def test_without_the_letters_of_the_window_another_account_installs_nothing(
    empty: Page, venue: Venue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can send all that the page sends, and it knows the words of its own file."""
    code = first(empty, capsys)
    for typed in ("", "-", code[:-1], code + "a", "aaaa-aaaa", "\u0430" * 8):
        for said in ({"in_person": "yes"}, {"fingerprint": words_of(venue.city)}):
            told = install(empty, venue.city.file, typed, **said)
            assert (told["update"], told["reason"]) == ("refused", None)
            assert code not in str(told)
    assert not (tmp_path / "new").exists()
    assert code not in "".join(empty.get(path).text for path in ("/", "/status", "/words"))
    told = install(empty, venue.city.file, f" {code.upper().replace('-', ' ')}", in_person="yes")
    assert told["update"] == "taken"
    # Once a memory holds, the letters are good for nothing.
    assert empty.post("/install", foreign(venue), code=code, in_person="yes").status_code == 409


def test_a_poster_is_taken_first_too_and_an_update_alone_is_not(
    empty: Page, venue: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    (update,) = paper.encode(PosterKind.PATCH, patch.make(venue.city.file, venue.newer()))
    assert empty.scan(update)["update"] == "refused"
    *before, last = pages(venue, venue.city.file, 2)
    assert empty.post("/trust", "\n".join(before).encode()).json["update"] == "collecting"  # type: ignore[index]
    told = empty.scan(last, "")
    assert told["update"] == "offered"
    file = base64.b64decode(told["file"])
    assert install(empty, file, first(empty, capsys), in_person="yes")["update"] == "taken"
    assert empty.scan(venue.city.code("library"))["outcome"] == "accept"


def test_a_damaged_memory_begins_anew_and_one_that_holds_never(
    page: Page, venue: Venue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert first(page, capsys) == ""
    assert page.post("/install", foreign(venue), in_person="yes").status_code == 409
    venue.memory_path.write_bytes(b"damaged")
    code = first(page, capsys)
    file = offered(page, venue.city.file)
    venue.remember(venue.newer())
    assert page.post("/install", file, code=code, in_person="yes").status_code == 409
    venue.memory_path.write_bytes(b"damaged")
    assert install(page, file, code, fingerprint=words_of(venue.city))["update"] == "taken"
    assert venue.held() == venue.city.file
    own = page_for(tmp_path / "city.idtrust", None)
    assert first(own, capsys) == ""
    assert own.post("/trust", venue.city.file).json["update"] == "refused"  # type: ignore[index]


def test_a_memory_that_has_ended_is_followed_by_a_newer_file_and_begins_nothing_anew(
    tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    venue = Venue.at(tmp_path, now - timedelta(days=130))
    page, times = page_for(None, venue.memory_path), {"issued": seconds(now), "next_update": seconds(now) + 30 * DAY}
    assert first(page, capsys) == ""
    assert page.scan(venue.city.code("library", now=venue.city.now))["reason"] == "trust-expired"
    newer = venue.city.trust_file(version=2, exp=seconds(now) + 120 * DAY, **times)
    assert page.post("/trust", newer).json["update"] == "taken"  # type: ignore[index]
    assert venue.held() == newer


# ---- posters ----


def pages(venue: Venue, new: bytes, codes: int) -> list[str]:
    """A poster of this many codes or more."""
    texts = paper.encode(PosterKind.FILE, new)
    assert len(texts) >= codes
    return list(texts)


def test_a_poster_is_collected_from_picture_to_picture(page: Page, venue: Venue) -> None:
    newer = venue.newer()
    codes = pages(venue, newer, 2)
    for number, code in enumerate(codes[:-1], 1):
        told = page.post("/frame", jpeg(picture(code, size=(900, 900))), **LIBRARY).json
        assert told is not None
        missing = list(range(number + 1, len(codes) + 1))
        assert (told["update"], told["count"], told["missing"]) == ("collecting", len(codes), missing)
        assert told["message"] == (f"Poster: {number} of {len(codes)} codes. Missing: {', '.join(map(str, missing))}.")
    last = jpeg(picture(codes[-1], size=(900, 900)))
    told = page.post("/frame", last, **LIBRARY).json
    assert told is not None
    assert told["update"] == "taken"
    assert venue.held() == newer
    assert page.post("/frame", last, **LIBRARY).status_code == 204


def test_a_poster_with_an_update_is_one_code(page: Page, venue: Venue) -> None:
    newer = venue.newer()
    (code,) = paper.encode(PosterKind.PATCH, patch.make(venue.city.file, newer))
    assert page.scan(code)["update"] == "taken"
    assert venue.held() == newer
    venue.remember(venue.newer(9))
    told = page.scan(code)
    assert (told["update"], told["message"]) == ("refused", "The poster does not fit the trust file of this computer.")


def test_a_poster_as_text_is_taken_whole_or_in_parts(page: Page, venue: Venue) -> None:
    newer = venue.newer()
    *first, last = pages(venue, newer, 2)
    assert page.post("/trust", "\r\n".join(first).encode()).json["update"] == "collecting"  # type: ignore[index]
    assert page.scan(last)["update"] == "taken"
    assert venue.held() == newer


def test_another_poster_begins_anew_and_a_damaged_one_says_so(page: Page, venue: Venue) -> None:
    old, new = pages(venue, venue.newer(2), 2), pages(venue, venue.newer(3), 2)
    assert page.scan(old[0])["update"] == "collecting"
    assert page.scan(new[0])["missing"] == list(range(2, len(new) + 1))
    assert page.scan(old[1])["missing"] == [number for number in range(1, len(old) + 1) if number != 2]
    told = page.scan("IDF1:000")
    assert told["message"] == "The codes of the poster do not belong together, or are damaged."
    told = page.scan("IDF2:000")
    assert told["reason"] == "newer-program"


def test_a_poster_on_the_wall_does_not_keep_cards_from_being_read(page: Page, venue: Venue) -> None:
    wall = pages(venue, venue.newer(), 2)[0]
    told = page.post("/frame", jpeg(picture(wall, venue.city.code("library"), size=(1700, 860))), **LIBRARY).json
    assert told is not None
    assert told["outcome"] == "accept"


# ---- the tally ----


def test_each_showing_counts_once_and_nothing_else_is_written_down(page: Page, venue: Venue, now: datetime) -> None:
    good, other = venue.city.code("library"), venue.city.code("pharmacy")
    frame = jpeg(picture(good))
    for _ in range(5):
        page.post("/frame", frame, **LIBRARY)
    page.post("/photo", frame, **LIBRARY)
    page.scan(other)
    page.scan(other)
    page.scan(good, "casino")
    page.scan(good, "../a,b\n")
    page.counter.end()
    counted = venue.memory_path.with_name("tally.csv").read_text("ascii")
    month = f"{now:%Y-%m}"
    assert rows_of(venue.memory_path.with_name("tally.csv")) == [
        "month,class,verdict,codes",
        f"{month},library,accept,2",
        f"{month},library,wrong-class,1",
    ]
    kept = {path.name for path in venue.memory_path.parent.iterdir()} - {"tally.csv.lock", "venue.idmemory.lock"}
    assert kept == {"venue.idmemory", "tally.csv", "tally.csv.id"}
    everything = venue.memory_path.read_bytes() + counted.encode()
    assert good.encode() not in everything
    assert other.encode() not in everything


def counted(page: Page, venue: Venue) -> dict[str, int]:
    """By verdict; what is written as the program ends."""
    page.counter.end()
    path = venue.memory_path.with_name("tally.csv")
    rows = rows_of(path)[1:] if path.exists() else []
    return {row.split(",")[2]: int(row.split(",")[3]) for row in rows}


def confirm(page: Page, question: object, answer: str) -> str:
    told = page.post("/confirm", json.dumps({"question": question, "answer": answer}).encode()).json
    assert told is not None
    return str(told["answer"])


@pytest.mark.parametrize(
    ("answers", "told", "tally"),
    [
        (["confirmed"], ["confirmed"], {"photo-confirmed": 1}),
        (["no-match"], ["no-match"], {"photo-no-match": 1}),
        (["unanswered"], ["unanswered"], {"photo-unanswered": 1}),
        (["no-match", "confirmed"], ["no-match", "unanswered"], {"photo-no-match": 1}),
        (["unanswered", "confirmed"], ["unanswered", "unanswered"], {"photo-unanswered": 1}),
        ([], [], {"photo-unanswered": 1}),
    ],
)
def test_a_photo_check_has_one_answer_and_that_counts(
    page: Page, venue: Venue, answers: list[str], told: list[str], tally: dict[str, int]
) -> None:
    venue.ask_for_photo_checks()
    asked = page.scan(venue.city.code("library"))
    assert (asked["outcome"], asked["photo_check"]) == ("accept", True)
    assert confirm(page, "another", "confirmed") == "unanswered"
    assert [confirm(page, asked["question"], each) for each in answers] == told
    assert counted(page, venue) == tally


@pytest.mark.parametrize(("seconds", "answer"), [(29.9, "confirmed"), (30.1, "unanswered")])
def test_an_answer_after_thirty_seconds_is_none(
    page: Page, venue: Venue, monkeypatch: pytest.MonkeyPatch, seconds: float, answer: str
) -> None:
    venue.ask_for_photo_checks()
    asked = page.scan(venue.city.code("library"))["question"]
    monkeypatch.setattr("time.monotonic", lambda: 100.0 + seconds)
    page.get("/status")
    assert confirm(page, asked, "confirmed") == answer
    assert counted(page, venue) == {f"photo-{answer}": 1}


def test_another_card_ends_the_photo_check_and_the_same_one_does_not(page: Page, venue: Venue) -> None:
    venue.ask_for_photo_checks()
    frame = jpeg(picture(venue.city.code("library")))
    first_time, second_time = (page.post("/frame", frame, **LIBRARY).json for _ in range(2))
    assert first_time is not None
    # No name for who merely sends the same code while the question is open.
    assert second_time == first_time | {"again": True, "question": None}
    refused = page.scan(venue.city.code("pharmacy"))
    assert (refused["reason"], refused["question"]) == ("wrong-class", None)
    assert confirm(page, first_time["question"], "confirmed") == "unanswered"
    asked = page.scan(venue.city.code("library"))
    assert page.scan(venue.city.code("library")) == asked | {"again": True, "question": None}
    assert confirm(page, asked["question"], "no-match") == "no-match"
    # Whoever answered wrong by mistake is asked again at once.
    again = page.scan(venue.city.code("library"))
    assert (again["again"], again["question"] != asked["question"]) == (False, True)
    assert confirm(page, again["question"], "confirmed") == "confirmed"
    assert page.scan(venue.city.code("library"))["question"] is None
    assert counted(page, venue) == {
        "photo-unanswered": 1, "photo-no-match": 1, "photo-confirmed": 1, "wrong-class": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"question": "x", "answer": "accept"}', b'{"question": null, "answer": "confirmed"}']
)
def test_what_is_no_answer_is_refused(page: Page, body: bytes) -> None:
    assert page.post("/confirm", body).status_code == 400


def test_the_page_shows_what_the_venue_reports(page: Page, venue: Venue) -> None:
    venue.memory_path.with_name("tally.csv").write_text(
        "desk,month,class,verdict,codes\n0123456789abcdef,2026-11,library,accept,31\n"
        "0123456789abcdef,2026-12,library,photo-no-match,2\n0123456789abcdef,2026-12,museum,no-such-reason,3\n"
        "fedcba9876543210,2026-11,library,accept,1\n"
    )
    page.scan(venue.city.code("pharmacy"))
    told = page.get("/tally").json
    assert told is not None
    assert told["problem"] == ""
    assert [
        (row["month"], row["place"], row["says"], row["codes"])
        for row in told["tally"]
        if row["month"] < "2026-12" or row["codes"] > 1
    ] == [
        ("2026-11", "LIBRARY", "Accept", 32),
        ("2026-12", "LIBRARY", "Accept: face and photo did not match", 2),
        ("2026-12", "MUSEUM", "Cannot check: no-such-reason", 3),
    ]
    assert [row["says"] for row in told["tally"] if row["reason"] == "wrong-class"] == [
        "Reject: The code is for another kind of place."
    ]
    assert page.get("/tally", language="ar").json["tally"][0]["says"] == languages.get("ar").translate("Accept")  # type: ignore[index]
    venue.memory_path.with_name("tally.csv").write_text("damaged")
    told = page.get("/tally").json
    assert told is not None
    assert (told["tally"], told["problem"]) == ([], "The counts on this computer cannot be read.")


# ---- what is remembered ----


def test_class_language_and_camera_are_remembered_for_the_next_start(page: Page, venue: Venue) -> None:
    for body in ({"class": "museum", "language": "ar"}, {"camera": "a8f1"}, {"class": "pharmacy"}):
        assert page.post("/settings", json.dumps(body).encode()).status_code == 204
    next_start = page_for(None, venue.memory_path)
    text = next_start.get("/").text
    for said in ('lang="ar"', 'data-last-class="pharmacy"', 'data-last-camera="a8f1"', 'data-class=""'):
        assert said in text
    assert next_start.get("/status").json["sentences"] == [  # type: ignore[index]
        languages.get("ar").translate("Trust file: made today.")
    ]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", '{"class": 1}', '{"class": "../x"}', '{"class": "\\" onload=\\""}', '{"language": "xx"}',
     '{"camera": "a b"}', '{"more": ""}', '{"schema": 1}', '{"camera": "' + "x" * 300 + '"}'],
)  # fmt: skip
def test_nothing_else_is_remembered(page: Page, venue: Venue, body: str) -> None:
    assert page.post("/settings", body.encode()).status_code == 400
    assert not venue.memory_path.with_name("desk.json").exists()


@pytest.mark.parametrize(
    "held", [b"", b"\xff", b"{}", b'{"schema": 2, "class": "museum"}', b'{"schema": 1, "class": 7}', bytes(9999)]
)
def test_a_damaged_file_of_choices_is_passed_over(venue: Venue, held: bytes) -> None:
    venue.memory_path.with_name("desk.json").write_bytes(held)
    assert 'data-last-class=""' in page_for(None, venue.memory_path).get("/").text


# ---- status ----

GET = "get the city's current one."


@pytest.mark.parametrize(
    ("age", "level", "sentences"),
    [
        (0, "ok", ["Trust file: made today."]),
        (1, "ok", ["Trust file: 1 day old."]),
        (29, "ok", ["Trust file: 29 days old."]),
        (31, "note", ["Trust file: 31 days old.", "A newer trust file is due: get it from the city."]),
        (61, "note", ["Trust file: 61 days old.", f"It can be used for 58 more days: {GET}"]),
        (91, "warn", ["Trust file: 91 days old.", f"It can be used for 28 more days: {GET}"]),
        (114, "urgent", ["Trust file: 114 days old.", f"It can be used for 5 more days: {GET}"]),
        (118, "urgent", ["Trust file: 118 days old.", f"It can be used until tomorrow at the latest: {GET}"]),
        (121, "urgent", ["Trust file: 121 days old.", f"It is too old to be used: {GET}"]),
    ],
)  # fmt: skip
def test_the_page_warns_60_30_and_7_days_ahead(
    tmp_path: Path, now: datetime, age: int, level: str, sentences: list[str]
) -> None:
    path = tmp_path / "city.idtrust"
    path.write_bytes(City(now=now - timedelta(days=age, minutes=1)).file)
    told = page_for(path, None).get("/status", **LIBRARY).json
    assert told is not None
    assert (told["level"], told["sentences"]) == (level, sentences)


def test_the_last_week_of_what_a_class_tolerates_counts_too(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "city.idtrust"
    path.write_bytes(City(now=now - timedelta(days=55, minutes=1)).file)
    page = page_for(path, None)
    pharmacy, library = (page.get("/status", **{"class": name}).json for name in ("pharmacy", "library"))
    assert pharmacy is not None
    assert library is not None
    assert (pharmacy["level"], pharmacy["days_left"]) == ("urgent", 4)
    assert library["level"] == "note"


def test_the_status_says_that_the_date_looks_wrong_and_not_how_old_the_file_is(tmp_path: Path, now: datetime) -> None:
    venue = Venue.at(tmp_path, now)
    venue.remember(venue.city.file, now + timedelta(days=9))
    page = page_for(None, venue.memory_path)
    told = page.get("/status").json
    assert told is not None
    (sentence,) = told["sentences"]
    assert told["level"] == "warn"
    assert sentence.startswith("The date of this computer looks wrong: it says 20")
    verdict = page.scan(venue.city.code("library"))
    assert (verdict["outcome"], verdict["date_looks_wrong"]) == ("accept", True)


def test_a_file_from_the_future_is_taken_and_both_dates_are_told(tmp_path: Path, now: datetime) -> None:
    """And never that it was made today."""
    venue = Venue.at(tmp_path, now)
    venue.remember(venue.city.file, now)
    page, later = page_for(None, venue.memory_path), now + timedelta(days=30)
    times = {"issued": seconds(later), "next_update": seconds(later) + 30 * DAY, "exp": seconds(later) + 120 * DAY}
    told = page.post("/trust", venue.city.trust_file(version=2, **times)).json
    assert told is not None
    says = f"The trust file is dated {later:%Y-%m-%d}, and this computer says {now:%Y-%m-%d}: one of the two is wrong."
    assert told["update"] == "taken"
    assert told["message"] == f"{says} Set the date; if it is right, tell the city."
    status = page.get("/status").json
    assert status is not None
    assert (status["level"], status["sentences"]) == ("warn", [told["message"]])
    assert page.scan(venue.city.code("library"))["reason"] == "clock"


def test_the_status_names_city_and_classes(tmp_path: Path, now: datetime) -> None:
    venue = Venue.at(tmp_path, now, Environment.TEST)
    told = page_for(None, venue.memory_path).get("/status").json
    assert told == {
        "schema": 1,
        "level": "ok",
        "sentences": ["Trust file: made today."],
        "age_days": 0,
        "days_left": told["days_left"] if told else None,
        "stale": False,
        "classes": ["library", "museum", "pool", "pharmacy", "theatre"],
        "environment": "test",
        "city": "Springfield",
        "first": False,
    }
