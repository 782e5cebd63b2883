"""A poster: what is on the page reads back, says whose it is, and brings nothing in from elsewhere."""

import html
import io
import json
import re
import subprocess
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest
import zxingcpp
from cities import DAY, City
from click.testing import CliRunner, Result
from command import Office, idcard, scan
from hypothesis import example, given
from hypothesis import strategies as st
from idcard_cli import codes, scans
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words, parse_fingerprint
from idcard_cli.officer.poster import poster
from idcard_cli.officer.poster_page import WIDTH_MM, Content, page
from machine import needs_chromium
from pages import SVG, painted, photographed, words_of
from PIL import Image
from prints import pictures

from idcard.ceremony import publish
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed
from idcard.symbol import qr
from idcard.trust import kill_note, paper, patch, trust_file
from idcard.trust.paper import Missing, PosterKind

NOW = datetime.now(UTC).replace(microsecond=0)
CITY = City(now=NOW)
TEST_CITY = City(environment=Environment.TEST, now=NOW)
VALUES = [number.to_bytes(10, "big") for number in range(800)]
VECTOR = bytes.fromhex("7f" * 16)
VECTOR_WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
"""From the test vectors of BIP-39."""


def renewed(city: City, version: int = 2, cancelled: int = 0) -> bytes:
    issued = seconds(city.now) + DAY
    return city.trust_file(
        version=version,
        issued=issued,
        next_update=issued + 30 * DAY,
        exp=issued + 120 * DAY,
        cancelled=VALUES[:cancelled],
    )


def note(city: City) -> bytes:
    by = city.signer("cohort")
    return publish.sign(kill_note.encode(by.public_key), kill_note.KIND, city.scope, [by])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs: two trust files of a city, a third that is large, a kill note."""
    (tmp_path / "old.idtrust").write_bytes(CITY.file)
    (tmp_path / "new.idtrust").write_bytes(renewed(CITY))
    (tmp_path / "large.idtrust").write_bytes(renewed(CITY, cancelled=800))
    (tmp_path / "test.idtrust").write_bytes(TEST_CITY.file)
    (tmp_path / "note.txt").write_text("\n".join(paper.encode(PosterKind.KILL, note(CITY))) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    """The command by itself; which error ends it how is the program's matter."""
    return CliRunner().invoke(poster, arguments, prog_name="idcard trust poster")


def made(*arguments: str) -> str:
    done = run(*arguments, "--out", "poster.html")
    assert (done.exit_code, done.stdout) == (0, ""), (done.output, done.exception)
    return Path("poster.html").read_text("utf-8")


UPDATE = ("new.idtrust", "--from", "old.idtrust")
FIRST = ("new.idtrust", "--first")
KILL = ("note.txt", "--kill", "--trust", "new.idtrust")


# ---- what is on the page ----


@pytest.mark.parametrize(
    ("arguments", "sheet", "data"),
    [
        (UPDATE, PosterKind.PATCH, patch.make(CITY.file, renewed(CITY))),
        (FIRST, PosterKind.FILE, renewed(CITY)),
        (("large.idtrust", "--first"), PosterKind.FILE, renewed(CITY, cancelled=800)),
        (
            ("large.idtrust", "--from", "old.idtrust"),
            PosterKind.PATCH,
            patch.make(CITY.file, renewed(CITY, cancelled=800)),
        ),
        (KILL, PosterKind.KILL, note(CITY)),
    ],
    ids=["an update", "a first letter", "a large file", "a large update", "a kill note"],
)
def test_its_codes_read_back(folder: Path, arguments: tuple[str, ...], sheet: PosterKind, data: bytes) -> None:
    shown = made(*arguments)
    picture = photographed(shown, folder / "photo.png")
    assert paper.decode(scans.read([str(picture)])) == (sheet, data)
    texts = run(*arguments, "--text").stdout.splitlines()
    assert texts == list(paper.encode(sheet, data))


def test_every_code_by_itself_and_its_caption(folder: Path) -> None:
    shown = made(*FIRST)
    texts = paper.encode(PosterKind.FILE, renewed(CITY))
    assert len(texts) == 2
    for svg, text in zip(SVG.findall(shown), texts, strict=True):
        picture = io.BytesIO()
        painted(svg, 3).save(picture, "PNG")
        (read,) = scan(picture.getvalue())
        assert (read.text, read.ec_level) == (text, "M")
        assert int(read.extra["Version"]) <= 20
    assert re.findall(r"<figcaption>(.*?)</figcaption>", shown) == ["1 of 2", "2 of 2"]


def test_an_update_leads_a_venue_to_the_new_file(folder: Path) -> None:
    (text,) = run(*UPDATE, "--text").stdout.splitlines()
    _, data = paper.decode([text])
    assert patch.apply(CITY.file, data) == renewed(CITY)


def test_it_says_whose_it_is_what_it_is_and_what_to_do(folder: Path) -> None:
    fingerprint = trust_file.decode(CITY.file).fingerprint
    said = words_of(made(*UPDATE))
    issued = NOW.timestamp() + DAY
    day = datetime.fromtimestamp(issued, UTC)
    assert said.startswith("Springfield City springfield , environment production")
    assert f"Update of the trust file: list 2 of {day:%Y-%m-%d} replaces list 1" in said
    assert "Photograph the code, sharp and whole. Then type: idcard venue update photo.jpg" in said
    assert f"{fingerprint_groups(fingerprint)} in words: {fingerprint_words(fingerprint)}" in said
    assert f"Valid until {datetime.fromtimestamp(issued + 120 * DAY, UTC):%Y-%m-%d %H:%M} UTC." in said
    assert "Ask the card office, 555-0100." in said
    assert "TEST CITY" not in said


def test_a_first_letter_tells_to_get_the_fingerprint_by_another_way(folder: Path) -> None:
    said = words_of(made(*FIRST))
    assert "The letter with which a venue begins" in said
    assert "Photograph the 2 codes" in said
    assert "by another way than this page came" in said
    assert 'idcard venue install photo.jpg --fingerprint "..."' in said


def test_a_first_letter_has_no_fingerprint_of_its_own_but_room_for_twelve_words(folder: Path) -> None:
    """A forged letter would have printed its own."""
    shown = made(*FIRST)
    fingerprint = trust_file.decode(CITY.file).fingerprint
    assert shown.count("<li></li>") == 12
    assert fingerprint_groups(fingerprint) not in shown
    text = f" {words_of(shown)} "
    assert not [word for word in fingerprint_words(fingerprint).split() if f" {word} " in text]


BOARD = ("new.idtrust", "--board")


def test_the_page_for_the_board_has_the_words_and_nothing_to_photograph(folder: Path) -> None:
    shown = made(*BOARD)
    fingerprint = trust_file.decode(CITY.file).fingerprint
    said = words_of(shown)
    assert fingerprint_words(fingerprint) in said
    assert fingerprint_groups(fingerprint) in said
    assert "Ask the card office, 555-0100." in said
    assert "<svg" not in shown
    assert run(*BOARD, "--text").stdout.splitlines() == [
        fingerprint_groups(fingerprint),
        fingerprint_words(fingerprint),
    ]


def test_a_kill_note_says_what_it_does_and_does_not_expire(folder: Path) -> None:
    said = words_of(made(*KILL))
    assert re.search(r"Kill note: withdraws the signing key [0-9a-f]{8}\b", said)
    assert "Valid until" not in said
    assert "It ends all codes that this key signs: library" in said
    assert "There is no way back." in said
    assert "In the office, type: idcard trust kill photo.jpg --city FOLDER" in said
    assert "At a venue without a connection: idcard venue update photo.jpg" in said
    assert "Keep this sheet shut" in said


def test_a_kill_note_is_read_by_its_owner_only(folder: Path) -> None:
    made(*KILL)
    assert Path("poster.html").stat().st_mode & 0o777 == 0o600


def test_with_the_plan_a_kill_note_says_which_codes_of_which_quarter(quick_office: Office, tmp_path: Path) -> None:
    key = quick_office.key("revocable", "2027-Q1")
    out = tmp_path / "note.html"
    quick_office.done("trust", "poster", quick_office.kill_note(key), "--kill", *quick_office.here, "--out", out)
    assert "It ends all revocable codes of the quarter 2027-Q1: pharmacy." in words_of(out.read_text("utf-8"))


def test_the_kill_note_of_no_key_of_the_plan_is_not_printed(quick_office: Office, tmp_path: Path) -> None:
    key = quick_office.key("revocable", "2027-Q3")
    note = quick_office.kill_note(key)
    written = json.loads((quick_office.folder / "city.json").read_text("utf-8"))
    written["keys"] = [each for each in written["keys"] if key.kid.hex() not in json.dumps(each)]
    (quick_office.folder / "city.json").write_text(json.dumps(written))
    out = tmp_path / "note.html"
    ended = quick_office.run("trust", "poster", note, "--kill", *quick_office.here, "--out", out)
    assert ended.code == 2
    assert "is the kill note of a key that is not in the plan" in ended.err
    assert not out.exists()


def test_a_test_city_is_no_city(folder: Path) -> None:
    shown = made("test.idtrust", "--first")
    assert words_of(shown).startswith("TEST CITY Springfield City springfield , environment test")
    assert ".test { border: 1mm solid; font-size: 32pt" in shown


def test_a_kill_note_alone_is_an_update(folder: Path) -> None:
    old = Path("old.idtrust").read_bytes()
    Path("killed.idtrust").write_bytes(publish.with_kill_note(old, note(CITY)))
    assert "Update of the trust file: kill notes" in words_of(made("killed.idtrust", "--from", "old.idtrust"))


# ---- nothing from elsewhere ----


class Tags(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("arguments", [UPDATE, FIRST, KILL, BOARD], ids=["update", "first", "kill", "board"])
def test_the_page_is_all_there_is(folder: Path, arguments: tuple[str, ...]) -> None:
    shown = made(*arguments)
    tags = Tags(shown).found
    assert {tag for tag, _ in tags} <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "bdi", "b", "br", "code", "ol", "li"),
        *("figure", "figcaption", "svg", "rect", "path"),
    }
    assert not {"src", "href", "style", "onload", "onerror", "onclick"} & {name for _, each in tags for name in each}
    assert "url(" not in shown
    assert "@import" not in shown
    assert shown.replace("http://www.w3.org/2000/svg", "").count("://") == 0
    assert ("meta", {"charset": "utf-8"}) in tags
    assert ("html", {"lang": "en"}) in tags
    assert shown.startswith("<!DOCTYPE html>\n")


EVIL = "<script>alert(1)</script>\"'&amp;</title>"


def test_what_a_city_calls_itself_is_text_and_nothing_else() -> None:
    root = CITY.root(name=EVIL)
    file = CITY.trust_file(roots=[CITY.sign_root(root)], contact=f"{EVIL}<img src=x onerror=y> \u202e☎")
    held = trust_file.decode(file)
    texts = paper.encode(PosterKind.FILE, file)
    shown = page(Content(PosterKind.FILE, file, held, f"Title {EVIL}"), texts)
    plain = page(Content(PosterKind.FILE, file, trust_file.decode(CITY.file), "Title"), texts)
    assert [tag for tag, _ in Tags(shown).found] == [tag for tag, _ in Tags(plain).found]
    assert words_of(shown).startswith(f"{EVIL} City springfield")
    assert f"{EVIL}<img src=x onerror=y> \u202e☎" in words_of(shown)
    assert f"<title>{html.escape(EVIL)}: Title {html.escape(EVIL)}</title>" in shown


# ---- on paper ----


def printed(path: Path, folder: Path) -> list[Image.Image]:
    """The pages of a print, as a camera would have them: 200 dots an inch."""
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    pdf = folder / "print.pdf"
    subprocess.run(
        ["chromium", *arguments, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", path.absolute().as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = pictures(pdf.read_bytes(), 200)
    for number, each in enumerate(found, 1):
        each.save(folder / f"page-{number}.png")
    return found


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(
    ("size", "breaks"), [(None, ""), ("A4", "@page { size: A4 }"), ("Letter", "@page { size: letter }")]
)
def test_every_code_is_whole_on_a_printed_page_and_as_wide_as_it_should_be(
    folder: Path, size: str | None, breaks: str
) -> None:
    arguments = ("large.idtrust", "--first")
    made(*arguments)
    shown = Path("poster.html").read_text("utf-8")
    Path("poster.html").write_text(shown.replace("</style>", f"{breaks}</style>"), "utf-8")
    pages = printed(Path("poster.html"), folder)
    assert 3 <= len(pages) <= 4
    found = [scan_image(each) for each in pages]
    assert all(found)
    texts = [code.text for each in found for code in each]
    assert sorted(texts) == sorted(paper.encode(PosterKind.FILE, renewed(CITY, cancelled=800)))
    for code in (code for each in found for code in each):
        width_mm = (code.position.top_right.x - code.position.top_left.x) / 200 * 25.4
        modules = 17 + 4 * int(code.extra["Version"])
        assert width_mm == pytest.approx(WIDTH_MM * modules / (modules + 8), abs=1)


@pytest.mark.slow
@needs_chromium
def test_pictures_of_several_pages_are_read_together(folder: Path) -> None:
    made("large.idtrust", "--first")
    printed(Path("poster.html"), folder)
    paths = [str(each) for each in sorted(folder.glob("page-*.png"))]
    assert paper.decode(scans.read(paths)) == (PosterKind.FILE, renewed(CITY, cancelled=800))
    with pytest.raises(Missing):
        paper.decode(scans.read(paths[1:]))


def scan_image(image: Image.Image) -> list[zxingcpp.Barcode]:
    data = io.BytesIO()
    image.save(data, "PNG")
    return scan(data.getvalue())


# ---- how many codes ----


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (UPDATE, "idcard: one code\n"),
        (FIRST, "idcard: 2 codes\n"),
        (
            ("large.idtrust", "--first"),
            "idcard: 15 codes\n"
            "idcard: more than 8 codes are hard to photograph; better send the file by mail or by hand\n",
        ),
    ],
    ids=["one", "two", "many"],
)
def test_it_says_how_many_codes_there_are(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    assert run(*arguments, "--out", "poster.html").stderr == says
    assert run(*arguments, "--text").stderr == says


def test_too_much_for_paper(folder: Path) -> None:
    values = [number.to_bytes(10, "big") for number in range(7000)]
    Path("huge.idtrust").write_bytes(CITY.trust_file(version=2, cancelled=values))
    done = run("huge.idtrust", "--first", "--out", "poster.html")
    assert isinstance(done.exception, Malformed)
    assert str(done.exception).startswith("99 codes hold 1 to 61974 bytes")
    assert not Path("poster.html").exists()


# ---- what is refused ----


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new.idtrust", "--out", "p.html"), "give one of --from, --first, --board and --kill"),
        ((*UPDATE, "--first", "--out", "p.html"), "give one of --from, --first, --board and --kill"),
        (UPDATE, "give --out or --text"),
        ((*UPDATE, "--text", "--out", "p.html"), "give --out or --text"),
        (("note.txt", "--kill", "--text"), "--kill needs the city's folder as --city or its trust file as --trust"),
        ((*KILL, "--city", ".", "--text"), "--kill needs the city's folder"),
        ((*FIRST, "--trust", "new.idtrust", "--text"), "--kill needs the city's folder"),
        (
            ("old.idtrust", "--from", "old.idtrust", "--text"),
            "old.idtrust has nothing new for venues that have old.idtrust",
        ),
        (("old.idtrust", "--from", "new.idtrust", "--text"), "would refuse old.idtrust: trust-rollback"),
        (
            ("patch.txt", "--kill", "--trust", "new.idtrust", "--text"),
            "not a kill note: the text of one begins with IDK1:",
        ),
    ],
)
def test_usage(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    Path("patch.txt").write_text(run(*UPDATE, "--text").stdout)
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())
    assert not Path("p.html").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("test.idtrust", "--from", "old.idtrust"),
        ("note.txt", "--first"),
        ("new.idtrust", "--from", "note.txt"),
        ("new.idtrust", "--kill", "--trust", "new.idtrust"),
        ("card.txt", "--kill", "--trust", "new.idtrust"),
        ("note.txt", "--kill", "--trust", "note.txt"),
    ],
    ids=" ".join,
)
def test_files_that_are_not_what_they_should_be(folder: Path, arguments: tuple[str, ...]) -> None:
    Path("card.txt").write_text(CITY.code("library"))
    done = run(*arguments, "--out", "p.html")
    assert isinstance(done.exception, IdcardError | SystemExit)
    assert done.exit_code != 0
    assert not Path("p.html").exists()


def test_nothing_is_written_over(folder: Path) -> None:
    Path("poster.html").write_text("mine")
    done = run(*FIRST, "--out", "poster.html")
    assert done.exit_code == 2
    assert "poster.html already exists" in done.stderr
    assert Path("poster.html").read_text() == "mine"


def test_everybody_may_read_a_poster(folder: Path) -> None:
    made(*FIRST)
    assert Path("poster.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "data", [pytest.param(b"no note", id="no note"), pytest.param(note(TEST_CITY), id="of another city")]
)
def test_a_kill_note_that_no_venue_would_take(folder: Path, data: bytes) -> None:
    Path("note.txt").write_text(paper.encode(PosterKind.KILL, data)[0])
    done = run(*KILL, "--text")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "note.txt is not a kill note of a key of this city" in " ".join(done.stderr.split())


def test_as_a_program(folder: Path) -> None:
    ended = idcard("trust", "poster", *UPDATE, "--text")
    assert (ended.code, ended.err) == (0, "idcard: one code\n")
    assert paper.decode(ended.out.splitlines())[0] is PosterKind.PATCH
    for arguments in (
        ("new.idtrust", "--from", "missing"),
        ("note.txt", "--first"),
        ("test.idtrust", "--from", "old.idtrust"),
        ("new.idtrust", "--kill", "--trust", "new.idtrust"),
        UPDATE,
    ):
        ended = idcard("trust", "poster", *arguments, "--out", "old.idtrust")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err
    assert Path("old.idtrust").read_bytes() == CITY.file


# ---- scans ----


def test_text_files_and_pictures_are_read_together(folder: Path) -> None:
    data = renewed(CITY, cancelled=200)
    texts = paper.encode(PosterKind.FILE, data)
    assert len(texts) > 4
    (folder / "a.txt").write_bytes("\r\n".join(texts[:2]).encode() + b"\r\n\r\n")
    (folder / "b.txt").write_text("\n".join(texts[1:3]))
    picture = io.BytesIO(qr.draw(texts[3], max_version=20).png())
    Image.open(picture).convert("RGB").save(folder / "c.jpg")
    (folder / "d.webp").write_bytes(b"")
    Image.open(io.BytesIO(qr.draw(texts[4], max_version=20).png())).save(folder / "d.webp", lossless=True)
    rest = folder / "e.txt"
    rest.write_text("\n".join(texts[5:]))
    assert paper.decode(scans.read(["a.txt", "b.txt", "c.jpg", "d.webp", "e.txt"])) == (PosterKind.FILE, data)


def test_a_blank_within_a_code_stays(folder: Path) -> None:
    Path("a.txt").write_bytes(b" IDF1:A B \r\n")
    Path("b.txt").write_text("\n \nIDF1:\x0bC\x85\n \n\n", "utf-8")
    assert scans.read(["a.txt", "b.txt"]) == ["IDF1:A B", "IDF1:C"]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = paper.encode(PosterKind.FILE, CITY.file)
    for data in ("\n".join(texts).encode(), qr.draw(texts[0], max_version=20).png()):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert scans.read(["-"]) == list(texts)[: None if data.startswith(b"IDF1:") else 1]


def test_codes_of_others_in_a_picture_are_left_out(folder: Path) -> None:
    texts = [
        CITY.code("library"),
        *paper.encode(PosterKind.PATCH, patch.make(CITY.file, renewed(CITY))),
        "HTTPS://A.EXAMPLE",
    ]
    pictures = [Image.open(io.BytesIO(qr.draw(text, max_version=20).png(module_px=4))) for text in texts]
    side = max(picture.width for picture in pictures)
    row = Image.new("L", (side * len(pictures), side), 255)
    for at, picture in enumerate(pictures):
        row.paste(picture, (at * side, 0))
    row.save("row.png")
    assert scans.read(["row.png"]) == [texts[1]]
    row.crop((0, 0, side, side)).save("card.png")
    with pytest.raises(Malformed, match="this is the code of a card"):
        paper.decode(scans.read(["card.png"]))


@pytest.mark.parametrize("stdin", [False, True])
def test_a_file_that_is_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch, stdin: bool) -> None:
    monkeypatch.setattr(codes, "MAX_FILE", 100)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bytes(101))))
    with pytest.raises(click.UsageError, match="is larger than 100 bytes"):
        scans.read(["-" if stdin else "old.idtrust"])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "the picture cannot be read"),
        ("a.txt", b"\xff\xfe", "is neither text nor a picture or a PDF that can be read"),
        ("a.pdf", b"%PDF", "is neither text nor a picture or a PDF that can be read"),
        ("a.pdf", b"%PDF-1.7", "the PDF cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read(folder: Path, name: str, data: bytes, says: str) -> None:
    Path(name).write_bytes(data)
    with pytest.raises(click.UsageError, match=says):
        scans.read([name])


def test_a_picture_without_a_code(folder: Path) -> None:
    Image.new("L", (200, 200), 255).save("white.png")
    with pytest.raises(click.UsageError, match="no code found in the picture"):
        scans.read(["white.png"])


# ---- the fingerprint ----


@given(st.binary(min_size=16, max_size=16))
@example(bytes(16))
@example(b"\xff" * 16)
def test_a_fingerprint_in_digits_or_in_words_reads_back(fingerprint: bytes) -> None:
    words = fingerprint_words(fingerprint)
    assert len(words.split(" ")) == 12
    groups = fingerprint_groups(fingerprint)
    for text in (words, words.upper(), f"  {words.replace(' ', chr(10))}\t", groups, groups.upper().replace(" ", "-")):
        assert parse_fingerprint(text) == fingerprint
    assert parse_fingerprint(fingerprint.hex()) == fingerprint


def test_the_words_are_those_of_bip_39() -> None:
    assert fingerprint_words(VECTOR) == VECTOR_WORDS
    assert fingerprint_words(bytes(16)) == "abandon " * 11 + "about"
    assert fingerprint_groups(VECTOR) == "7f7f 7f7f 7f7f 7f7f 7f7f 7f7f 7f7f 7f7f"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "32 digits 0-9 and a-f, or 12 words"),
        ("7f" * 15, "32 digits"),
        ("7g" * 16, "32 digits"),
        (VECTOR_WORDS + " legal", "32 digits"),
        (VECTOR_WORDS.replace("sausage", "sausages"), "word 6 of the fingerprint is not in the list"),
        (VECTOR_WORDS.replace("thank", "winner", 1), "one is wrong or in the wrong place"),
        ("winner legal" + VECTOR_WORDS.removeprefix("legal winner"), "one is wrong or in the wrong place"),
    ],
)
def test_what_is_no_fingerprint(text: str, says: str) -> None:
    with pytest.raises(click.UsageError, match=says):
        parse_fingerprint(text)
