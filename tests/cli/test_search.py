"""A search in a picture does not end at the first code: it goes on until one answers, or nothing is left to try."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from cities import City, expired
from command import ACCEPT, REJECT, USAGE, Office, idcard
from faded import COUNT_ATTEMPTS, beside, drawn, faded
from PIL import Image

from idcard.pictures.attempts import STILL
from idcard.trust import paper, patch
from idcard.trust.paper import PosterKind

CITY = City()
LIBRARY, PHARMACY, MUSEUM = (CITY.code(each) for each in ("library", "pharmacy", "museum"))
WEB = "HTTPS://EXAMPLE.ORG/"
POSTER = paper.encode(PosterKind.FILE, CITY.file)[0]
AT = "2026-11-22T12:00:00Z"

BESIDE: dict[str, tuple[Callable[[], list[Image.Image]], str]] = {
    "another code of the card": (lambda: [drawn(LIBRARY), faded(PHARMACY)], "right"),
    "a web address": (lambda: [drawn(WEB), faded(PHARMACY)], "right"),
    "a card that has expired": (lambda: [faded(PHARMACY), drawn(expired(CITY, "pharmacy"))], "left"),
    "a poster": (lambda: [faded(PHARMACY), drawn(POSTER)], "top-left"),
    "two others": (lambda: [drawn(WEB), faded(PHARMACY), drawn(LIBRARY)], "middle"),
}


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "city.idtrust"
    path.write_bytes(CITY.file)
    return path


@pytest.mark.parametrize("other", BESIDE)
def test_a_faded_code_beside_a_clear_one_is_accepted(trust: Path, other: str) -> None:
    codes, place = BESIDE[other]
    judged = ("verify", "-", "--trust", trust, "--for", "pharmacy", "--at", AT)
    ended = idcard(*judged, "--json", stdin=beside(*codes()))
    verdict = ended.json()
    assert (ended.code, verdict["outcome"]) == (ACCEPT, "accept")
    assert (verdict["codes"], verdict["place"]) == (len(codes()), place)


@pytest.mark.parametrize(
    ("codes", "venue_class", "at", "code", "attempts"),
    [
        ([drawn(LIBRARY), faded(PHARMACY)], "library", AT, ACCEPT, 1),
        ([drawn(LIBRARY)], "zoo", AT, 3, 1),
        ([drawn(LIBRARY)], "library", "2027-04-01T12:00:00Z", 3, 1),
        ([drawn(LIBRARY), drawn(WEB)], "pharmacy", AT, REJECT, STILL.attempts),
    ],
    ids=["accepted", "no such class", "an old trust file", "rejected"],
)
def test_a_code_that_settles_the_matter_ends_the_search(
    trust: Path, codes: list[Image.Image], venue_class: str, at: str, code: int, attempts: int
) -> None:
    counted = trust.with_name("attempts")
    prelude = COUNT_ATTEMPTS.format(path=str(counted))
    judged = ("verify", "-", "--trust", trust, "--for", venue_class, "--at", at, "--json")
    ended = idcard(*judged, stdin=beside(*codes), prelude=prelude)
    assert ended.code == code
    assert len(counted.read_text().splitlines()) == attempts


def test_a_code_that_several_attempts_find_is_one(trust: Path) -> None:
    judged = ("verify", "-", "--trust", trust, "--for", "pharmacy", "--at", AT, "--json")
    verdict = idcard(*judged, stdin=beside(drawn(WEB), drawn(LIBRARY))).json()
    assert (verdict["reason"], verdict["codes"], verdict["place"]) == ("wrong-class", 2, "right")


def test_a_faded_card_is_explained_beside_a_web_address() -> None:
    ended = idcard("explain", "-", stdin=beside(drawn(WEB), faded(LIBRARY)))
    assert ended.code == ACCEPT, ended.err


# ---- at the office ----


@pytest.fixture
def photo(office: Office) -> Path:
    return office.home / "photo {x}.png"  # no name is a pattern of a sentence


def test_a_faded_code_is_cancelled_beside_another_of_the_card(office: Office, photo: Path) -> None:
    codes = office.hand_out().codes
    photo.write_bytes(beside(drawn(codes["library"]), faded(codes["pharmacy"])))
    assert office.done("cancel", *office.here, "--card", photo, "--yes").startswith("pharmacy: cancelled")
    photo.write_bytes(beside(drawn(codes["pharmacy"]), faded(codes["library"])))
    assert "library" in office.done("cancel", *office.here, "--cohort", photo, "--yes")


def test_of_two_codes_that_could_be_meant_none_is_cancelled(office: Office, photo: Path) -> None:
    photo.write_bytes(beside(*(drawn(office.hand_out().codes["pharmacy"]) for _ in range(2))))
    ended = office.run("cancel", *office.here, "--card", photo, "--yes")
    assert (ended.code, "show the codes of one card" in ended.err) == (USAGE, True)


def test_a_faded_slip_beside_a_card_is_read(office: Office, photo: Path) -> None:
    card = office.hand_out()
    shown = beside(drawn(card.codes["pharmacy"]), faded(f"IDS1:{card.slip}"))
    photo.write_bytes(beside(drawn(card.codes["library"]), faded(card.codes["pharmacy"])))
    assert "pharmacy" in office.done("slip", "check", photo, "--trust", office.trust, stdin=shown)
    assert office.done("cancel", *office.here, stdin=shown).startswith("pharmacy: cancelled")


def test_a_faded_kill_note_beside_a_card_is_read(office: Office, photo: Path) -> None:
    killed = office.key("cohort", "2026-Q4")
    note = office.kill_note(killed).read_text("ascii").strip()
    photo.write_bytes(beside(drawn(LIBRARY), faded(note)))
    assert "is distrusted" in office.done("trust", "kill", photo, *office.here, "--yes")


def test_a_faded_poster_beside_a_card_is_read(tmp_path: Path) -> None:
    memory = ("--memory", tmp_path / "venue.idmemory")
    photo = tmp_path / "photo.png"
    old, new = CITY.file, CITY.trust_file(version=2)
    first, *others = paper.encode(PosterKind.FILE, old)
    photo.write_bytes(beside(drawn(LIBRARY), drawn(first), *map(faded, others)))
    ended = idcard("venue", "install", photo, "--in-person", *memory, at="2026-11-22 12:00")
    assert ended.code == ACCEPT, ended.err
    (update,) = paper.encode(PosterKind.PATCH, patch.make(old, new))
    photo.write_bytes(beside(drawn(LIBRARY), faded(update)))
    ended = idcard("venue", "update", photo, *memory, at="2026-11-22 12:00")
    assert ended.code == ACCEPT, ended.err
    assert "trust list 2" in ended.out


# ---- PDFs ----


def scanned(*codes: Image.Image) -> bytes:
    """What an office scanner makes of a sheet: a PDF of two pages, turned a little, the second with these codes."""
    page = Image.new("L", (1240, 1754), 250)
    row = Image.open(io.BytesIO(beside(*codes)))
    page.paste(row.resize((min(1100, row.width), row.height * min(1100, row.width) // row.width)), (60, 700))
    data = io.BytesIO()
    sheet = page.rotate(1.5, Image.Resampling.BICUBIC, fillcolor=250)
    Image.new("L", sheet.size, 255).save(data, "PDF", save_all=True, append_images=[sheet], resolution=150)
    return data.getvalue()


def test_a_code_a_slip_and_a_kill_note_are_read_from_a_scanned_sheet(office: Office) -> None:
    card, path = office.hand_out(), office.home / "scan.pdf"
    path.write_bytes(scanned(drawn(card.codes["library"]), drawn(card.codes["pharmacy"])))
    slip = scanned(drawn(f"IDS1:{card.slip}"))
    assert "pharmacy" in office.done("slip", "check", path, "--trust", office.trust, stdin=slip)
    assert office.done("cancel", *office.here, "--card", path, "--yes").startswith("pharmacy: cancelled")
    assert office.done("cancel", *office.here, "--undo", stdin=slip).startswith("pharmacy: taken back")
    note = office.kill_note(office.key("cohort", "2026-Q4")).read_text("ascii").strip()
    path.write_bytes(scanned(drawn(note)))
    assert "is distrusted" in office.done("trust", "kill", path, *office.here, "--yes")


def test_a_poster_is_read_from_a_scanned_sheet(tmp_path: Path) -> None:
    memory, path = ("--memory", tmp_path / "venue.idmemory"), tmp_path / "poster.pdf"
    old, new = CITY.file, CITY.trust_file(version=2)
    for what, kind, data in (
        ("install", PosterKind.FILE, old),
        ("update", PosterKind.PATCH, patch.make(old, new)),
    ):
        path.write_bytes(scanned(*map(drawn, paper.encode(kind, data))))
        more = ("--in-person",) if what == "install" else ()
        ended = idcard("venue", what, path, *more, *memory, at="2026-11-22 12:00")
        assert ended.code == ACCEPT, ended.err
    assert "trust list 2" in ended.out


def test_what_is_no_code_is_named_with_what_to_do(office: Office) -> None:
    for data, says in (
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            "this is a HEIC picture, which this program does not read; open it",
        ),
        (b"PK\3\4word/document.xml", "this is a document, an archive or a video, not a picture or a PDF; open it"),
        (scanned(), "this is a PDF without a code that can be read; open it and hold the code to the camera"),
    ):
        for command in (("explain", "-"), ("cancel", *office.here)):
            ended = office.run(*command, stdin=data)
            assert (ended.code, ended.out) == (USAGE, "")
            assert f"idcard: standard input: {says}" in ended.err
