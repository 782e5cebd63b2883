"""Every reader repairs: cards, posters, kill notes, slips, fingerprints and secrets, whatever came over them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cities import City
from idcard_cli import codes, fingerprint, scans, slip_input
from idcard_cli.officer import passphrases
from support.keys_typed import Desk

from idcard.issuing import slips
from idcard.repairs import drawn, encodings, unseen
from idcard.trust import kill_note, paper
from idcard.trust.paper import PosterKind
from idcard.verify import Verifier, verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CITY = City(now=NOW)
CARD = CITY.code("library")
POSTER = paper.encode(PosterKind.FILE, CITY.file)
NOTE = paper.encode(PosterKind.KILL, kill_note.encode(CITY.signer("cohort").public_key))
SLIP = slips.new(CITY.scope, life=24, now=int(NOW.timestamp()))
FINGERPRINT = bytes(range(16, 32))

Damage = Callable[[str], bytes]
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}

TO_ALL: dict[str, Damage] = {
    "nothing": lambda text: text.encode(),
    "mark": lambda text: f"\ufeff{text}".encode(),
    "two marks": lambda text: f"\ufeff\ufeff{text}".encode(),
    "utf-16-le with mark": lambda text: f"\ufeff{text}\r\n".encode("utf-16-le"),
    "utf-16-be with mark": lambda text: f"\ufeff{text}\r\n".encode("utf-16-be"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "directions around": lambda text: f"\u200f\u202b{text}\u202c\u200e".encode(),
    "mark on each line": lambda text: "\n".join(f"\ufeff{line}" for line in text.split("\n")).encode(),
}
TO_CODES: dict[str, Damage] = {
    "zero-width blanks": lambda text: "\u200b".join(text).replace("\u200b\n\u200b", "\n").encode(),
    "full width": lambda text: text.translate(WIDE).encode(),
    "AIM prefix": lambda text: "\n".join(f"]Q1{line}" for line in text.split("\n")).encode(),
    "number of the scanner": lambda text: "\n".join(f"P01{line}" for line in text.split("\n")).encode(),
    "hash behind": lambda text: "\n".join(f"{line}#" for line in text.split("\n")).encode(),
    "control characters": lambda text: "\n".join(f"\x02{line}\x1d\x04" for line in text.split("\n")).encode(),
    "caps lock": lambda text: text.swapcase().encode(),
    "German keyboard": lambda text: "\n".join(map(Desk("us", "de").appears, text.split("\n"))).encode(),
    "Russian keyboard": lambda text: "\n".join(map(Desk("us", "ru").appears, text.split("\n"))).encode(),
}


def from_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.fixture(params=["file", "stdin"])
def read(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    """What a command is given to read these bytes."""

    def given(data: bytes) -> str:
        if request.param == "file":
            (tmp_path / "given.txt").write_bytes(data)
            return str(tmp_path / "given.txt")
        from_stdin(monkeypatch, data)
        return "-"

    return given


@pytest.mark.parametrize("damage", [*TO_ALL, *TO_CODES])
def test_cards(read: Callable[[bytes], str], damage: str) -> None:
    typed = codes.search(read({**TO_ALL, **TO_CODES}[damage](CARD)))
    assert isinstance(typed, str)
    assert verdict.judge_typed(Verifier(CITY.file), typed, "library", now=NOW)[1].outcome == "accept"


@pytest.mark.parametrize("damage", [*TO_ALL, *TO_CODES])
@pytest.mark.parametrize(("sheet", "texts"), [(PosterKind.FILE, POSTER), (PosterKind.KILL, NOTE)], ids=["file", "note"])
def test_posters_and_kill_notes(
    read: Callable[[bytes], str], damage: str, sheet: PosterKind, texts: tuple[str, ...]
) -> None:
    given = read({**TO_ALL, **TO_CODES}[damage]("\n".join(texts)))
    assert paper.decode(scans.read([given])) == paper.decode(texts)
    assert paper.decode(texts)[0] is sheet


@pytest.mark.parametrize("damage", [*TO_ALL, *TO_CODES])
def test_slips(monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    from_stdin(monkeypatch, {**TO_ALL, **TO_CODES}[damage](f"IDS1:{slips.encode(SLIP)}"))
    assert slip_input.ask(CITY.scope) == SLIP


@pytest.mark.parametrize("between", [" ", "", "--", ".", ", ", "\u2013", "\u00ad-", "\uff0d", "/", "_", "\n"])
def test_slips_in_whatever_groups(between: str) -> None:
    assert slips.repaired(between.join(slips.encode(SLIP).split("-")), CITY.scope) == SLIP


@pytest.mark.parametrize("damage", TO_ALL)
def test_passphrases(tmp_path: Path, damage: str) -> None:
    (tmp_path / "pin").write_bytes(TO_ALL[damage](" 12 34 \nnext"))
    wanted = [" 12 34 ", "next"]
    assert passphrases.given(tmp_path / "pin", None) == wanted


WORDS = fingerprint.fingerprint_words(FINGERPRINT)
DIGITS = FINGERPRINT.hex()


@pytest.mark.parametrize(
    "typed",
    [
        WORDS, WORDS.upper(), WORDS.replace(" ", ", "), f"{WORDS}.", WORDS.replace(" ", "\n"), WORDS.replace(" ", "-"),
        " ".join(f"{number}. {word}" for number, word in enumerate(WORDS.split(), 1)),
        "\n".join(f"{number}) {word};" for number, word in enumerate(WORDS.split(), 1)),
        f"in words: {WORDS}", f"\u201c{WORDS}\u201d", f"\ufeff{WORDS}", WORDS.replace(" ", "\u00a0"),
        WORDS.translate(WIDE), "\u200b ".join(WORDS.split()), WORDS.replace(" ", " \u2022 "),
        DIGITS, DIGITS.upper(), f"0x{DIGITS}", FINGERPRINT.hex(":"), FINGERPRINT.hex("-", 2), FINGERPRINT.hex(" ", 2),
        ", ".join(f"0x{byte:02x}" for byte in FINGERPRINT), f"fingerprint  {FINGERPRINT.hex(' ', 2)}",
        f"Fingerprint: {DIGITS}.", DIGITS.translate(WIDE), f"\u200e{DIGITS}\u200e", FINGERPRINT.hex("_"),
    ],
)  # fmt: skip
def test_fingerprints(typed: str) -> None:
    assert fingerprint.parse_fingerprint(typed) == FINGERPRINT


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        (CARD, CARD), (CARD.lower(), CARD), (f"\ufeff{CARD}", CARD), (f"\u200f{CARD.lower()}\u200e", CARD),
        (POSTER[0].lower(), POSTER[0]), (f"\ufeff{NOTE[0]}", NOTE[0]), (f" {CARD.translate(WIDE)}", CARD),
        ("ids1:c0-l", "IDS1:C0-L"), ("\ufeffhttps://a.example/", "\ufeffhttps://a.example/"), ("idc", "idc"),
        ("\u0131dc1:a", "\u0131dc1:a"), ("", ""),
    ],
)  # fmt: skip
def test_what_other_software_drew_again(text: str, restored: str) -> None:
    assert drawn.restored(text) == restored


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_stream_with_a_mark_becomes_utf_8(encoding: str, size: int) -> None:
    text = "Привет\r\nIDC1:\n"
    data = f"\ufeff{text}".encode(encoding)
    cut = (data[at : at + size] for at in range(0, len(data), size))
    assert b"".join(encodings.in_utf8(cut)).decode().lstrip("\ufeff") == text
    assert b"".join(encodings.in_utf8(iter([b"\xff"]))) == b"\xff"
    assert list(encodings.in_utf8(iter([b"a", b"b"]))) == [b"a", b"b"]


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("ab".encode("utf-16-le"), b"ab"), (b"\0" + "ab\r".encode("utf-16-le"), b"ab\r"),
        ("abc".encode("utf-16-be") + b"\0", b"abc"), (b"a\0b", b"a\0b"), (b"", b""), (b"ab", b"ab"),
    ],
)  # fmt: skip
def test_zeros_of_utf_16_are_taken_out_of_a_line(line: bytes, plain: bytes) -> None:
    assert encodings.without_zeros(line) == plain


def test_blanks_at_the_ends_of_a_secret_stay() -> None:
    assert unseen.unmarked("\ufeff\u200e a \u2069") == " a "
    assert unseen.bare("\ufeff \u200e a\u00a0\u2069\r\n") == "a"
