"""Codes on paper: all of them together give the bytes back, and anything else says what is wrong."""

import base64
import hashlib
import json
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from cities import City
from hypothesis import example, given
from hypothesis import strategies as st

from idcard import cose
from idcard.credential import text
from idcard.errors import IdcardError, Malformed, Reason, Refused
from idcard.repairs import readings
from idcard.symbol import qr
from idcard.trust import paper, patch
from idcard.trust.paper import MAX_CHUNK, MAX_SIZE, Missing, PosterKind
from idcard.trust.patch import OtherBase

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LETTERS_20_M = 970
DATA = bytes(range(256)) * 8
CODES = paper.encode(PosterKind.PATCH, DATA)
FOLDER = Path(__file__).parents[2] / "specs" / "vectors"
VECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FOLDER.glob("paper/*.json")}

sheets = st.sampled_from(PosterKind)
data_of_some_codes = st.binary(min_size=1, max_size=50) | st.builds(
    lambda seed, size: random.Random(seed).randbytes(size),  # noqa: S311
    st.integers(0, 9),
    st.integers(1, 5 * MAX_CHUNK),
)


def frame(*parts: Any, prefix: str = "IDP1:") -> str:
    """A code that nobody's program makes."""
    return prefix + text.to_base45(cose.encode(list(parts)))


def name_of(data: bytes) -> bytes:
    return hashlib.blake2b(data, person=b"idcard.paper").digest()[:8]


def parts_of(code: str) -> list[Any]:
    parts: list[Any] = cose.decode(text.from_base45(code[5:]))
    return parts


# ---- all of the codes ----


@given(sheets, data_of_some_codes, st.randoms(), st.integers(0, 3))
def test_codes_give_their_bytes_back_in_any_order_and_any_of_them_twice(
    sheet: PosterKind, data: bytes, order: random.Random, twice: int
) -> None:
    codes = list(paper.encode(sheet, data))
    codes += codes[:twice]
    order.shuffle(codes)
    assert paper.decode(codes) == (sheet, data)


@given(sheets, data_of_some_codes)
@example(PosterKind.FILE, b"\xff" * MAX_SIZE)
@example(PosterKind.FILE, bytes(MAX_CHUNK))
@example(PosterKind.FILE, bytes(MAX_CHUNK + 1))
def test_codes_are_as_few_as_can_be_even_and_fit_version_20(sheet: PosterKind, data: bytes) -> None:
    codes = paper.encode(sheet, data)
    assert len(codes) == (len(data) + MAX_CHUNK - 1) // MAX_CHUNK
    chunks = [parts_of(code)[3] for code in codes]
    sizes = [len(chunk) for chunk in chunks]
    assert b"".join(chunks) == data
    assert len(set(sizes[:-1])) <= 1
    assert sizes[0] - len(sizes) < sizes[-1] <= sizes[0]
    for number, code in enumerate(codes, 1):
        assert code.startswith(sheet.value)
        assert len(code) <= LETTERS_20_M
        assert parts_of(code)[:3] == [number, len(codes), name_of(data)]


def test_the_longest_code_is_a_symbol_of_version_20_and_one_byte_more_is_not() -> None:
    longest = paper.encode(PosterKind.FILE, b"\xff" * MAX_SIZE)[-1]
    assert qr.draw(longest, level="M", max_version=20).version == 20
    *numbers, chunk = parts_of(longest)
    assert len(frame(*numbers, chunk + b"\xff")) > LETTERS_20_M


@pytest.mark.parametrize("size", [0, MAX_SIZE + 1])
def test_no_data_and_too_much_of_it_has_no_codes(size: int) -> None:
    with pytest.raises(Malformed, match=f"hold 1 to {MAX_SIZE} bytes"):
        paper.encode(PosterKind.FILE, bytes(size))


def test_a_card_in_which_a_poster_may_begin_is_a_card() -> None:
    assert not paper.is_code("]Q1IDC1:ABCIDF1:DEF")
    assert paper.is_code("]Q1IDF1:ABC")


@pytest.mark.parametrize("blanks", [" ", "\t", "\r\n", "\n\n", "  \r\n"])
def test_blanks_and_line_ends_around_a_code_do_not_count(blanks: str) -> None:
    assert paper.decode(blanks + code + blanks for code in CODES) == (PosterKind.PATCH, DATA)


# ---- some of the codes ----


@given(st.sets(st.integers(0, len(CODES) - 1), min_size=1).filter(lambda kept: len(kept) < len(CODES)))
def test_what_is_missing_is_named(kept: set[int]) -> None:
    with pytest.raises(Missing) as missing:
        paper.decode(CODES[at] for at in kept)
    assert missing.value.missing == tuple(at + 1 for at in range(len(CODES)) if at not in kept)
    assert missing.value.count == len(CODES)


@pytest.mark.parametrize(
    ("missing", "says"),
    [((2,), "2 of 4 is missing"), ((2, 3), "2 and 3 of 4 are missing"), ((1, 2, 3), "1, 2 and 3 of 4 are missing")],
)
def test_in_words(missing: tuple[int, ...], says: str) -> None:
    assert len(CODES) == 4
    with pytest.raises(Missing) as error:
        paper.decode(code for number, code in enumerate(CODES, 1) if number not in missing)
    assert str(error.value) == says
    again = pickle.loads(pickle.dumps(error.value))  # noqa: S301
    assert (str(again), again.missing, again.count) == (says, missing, 4)


def test_no_code_at_all() -> None:
    with pytest.raises(Malformed, match="there is no code"):
        paper.decode([])


# ---- codes that do not belong together ----


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(paper.encode(PosterKind.PATCH, DATA[::-1])[1], id="other data"),
        pytest.param(paper.encode(PosterKind.FILE, DATA)[1], id="another sheet"),
        pytest.param(frame(2, 9, name_of(DATA), b"x"), id="another count"),
    ],
)
def test_two_sets_are_never_mixed(other: str) -> None:
    for codes in ([*CODES, other], [CODES[0], other, *CODES[2:]], [other, CODES[0]]):
        with pytest.raises(Malformed, match=r"^these are codes of two different posters$"):
            paper.decode(codes)


def test_of_more_codes_than_a_poster_has_none_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [CODES[0] + " " * blanks for blanks in range(4)] + [f"IDF1:{number}" for number in range(99)]
    monkeypatch.setattr(text, "from_base45", lambda _: pytest.fail("one of too many codes was read"))
    with pytest.raises(Malformed, match=r"^these are more codes than a poster has$"):
        paper.decode(lines)


def test_of_several_lines_no_more_are_repaired_than_a_poster_has_or_than_are_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs milliseconds, and a file may have a million."""
    damaged = [f"idf1:!{number}" for number in range(99)]
    asked: list[str] = []
    of = readings.of
    monkeypatch.setattr(readings, "of", lambda line, kind: asked.append(line) or of(line, kind))
    with pytest.raises(Malformed, match=r"^these are more codes than a poster has$"):
        paper.repaired_lines([CODES[0], *damaged])
    assert asked == []
    small = CODES[1].lower()
    found = paper.repaired_lines([CODES[0], "", small, f" {small}\r", *damaged[2:]])
    assert found[:2] == list(CODES[:2])
    assert asked == [small, damaged[2]]
    with pytest.raises(Malformed, match="damaged"):
        paper.decode(found)


@pytest.mark.parametrize("card", ["IDC1:BB8", "IDT1:BB8", "IDC2:", City().code("library")], ids=lambda card: card[:6])
def test_the_code_of_a_card_is_named_as_such(card: str) -> None:
    with pytest.raises(Malformed, match=r"^this is the code of a card$"):
        paper.decode([*CODES, card])


@pytest.mark.parametrize("prefix", ["IDP2:", "IDF0:", "IDK99:", "IDP01:"])
def test_a_later_version_needs_a_newer_program(prefix: str) -> None:
    with pytest.raises(Refused) as refused:
        paper.decode([prefix + CODES[0][5:]])
    assert refused.value.reason is Reason.NEWER_PROGRAM


@pytest.mark.parametrize("code", ["", "IDP1", "idp1:BB8", "IDX1:BB8", "IDP100:", "https://example.org/", "ÏDP1:"])
def test_what_is_no_code_of_a_poster(code: str) -> None:
    with pytest.raises(Malformed, match=r"^this is not a code of a poster$"):
        paper.decode([code])


# ---- damage ----


DAMAGED = "^the code is damaged, or was not read whole$"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("IDP1:", id="nothing"),
        pytest.param(CODES[0][:-1], id="a letter short"),
        pytest.param(CODES[0][:-3], id="three letters short"),
        pytest.param(CODES[0][:400], id="half"),
        pytest.param(CODES[0] + "000", id="bytes left over"),
        pytest.param(CODES[0].lower().replace("idp1", "IDP1"), id="small letters"),
        pytest.param("IDP1:" + "0" * 4299, id="longer than any symbol"),
        pytest.param(frame(0, 1, name_of(b"x"), b"x"), id="number 0"),
        pytest.param(frame(2, 1, name_of(b"x"), b"x"), id="a number above the count"),
        pytest.param(frame(1, 100, name_of(b"x"), b"x"), id="a count of 100"),
        pytest.param(frame(True, 1, name_of(b"x"), b"x"), id="true for a number"),
        pytest.param(frame(1, True, name_of(b"x"), b"x"), id="true for a count"),
        pytest.param(frame(1, 1, name_of(b"x")[:7], b"x"), id="an id of 7 bytes"),
        pytest.param(frame(1, 1, name_of(b""), b""), id="an empty chunk"),
        pytest.param(frame(1, 1, name_of(b"x"), "x"), id="text for a chunk"),
        pytest.param(frame(1, 1, name_of(b"x"), b"x", 1), id="five parts"),
        pytest.param(frame(1, 1, name_of(b"x")), id="three parts"),
        pytest.param("IDP1:" + text.to_base45(cose.encode({1: 1})), id="a map"),
        pytest.param("IDP1:" + text.to_base45(bytes.fromhex("9f0101ff")), id="an array without its length"),
    ],
)
def test_a_damaged_code(code: str) -> None:
    with pytest.raises(Malformed, match=DAMAGED):
        paper.decode([code])


@given(st.integers(5, len(CODES[1]) - 1), st.sampled_from(ALPHABET))
def test_one_wrong_letter_never_gives_other_bytes(at: int, letter: str) -> None:
    wrong = CODES[1][:at] + letter + CODES[1][at + 1 :]
    try:
        assert paper.decode([CODES[0], wrong, *CODES[2:]]) == (PosterKind.PATCH, DATA)
    except (Malformed, Missing):
        assert wrong != CODES[1]


def test_a_wrong_id_gives_nothing() -> None:
    with pytest.raises(Malformed, match="do not hold what they were made from"):
        paper.decode([frame(1, 1, name_of(b"y"), b"x")])


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param((b"a", b"bc"), id="the last is larger"),
        pytest.param((b"ab", b"c", b"d"), id="one in the middle is smaller"),
        pytest.param((b"a", b"bc", b"d"), id="one in the middle is larger"),
    ],
)
def test_chunks_of_other_sizes(chunks: tuple[bytes, ...]) -> None:
    name = name_of(b"".join(chunks))
    codes = [frame(number, len(chunks), name, chunk) for number, chunk in enumerate(chunks, 1)]
    with pytest.raises(Malformed, match="not cut as they should be"):
        paper.decode(codes)


def test_two_codes_of_one_number() -> None:
    codes = [frame(1, 1, name_of(b"x"), b"x"), frame(1, 1, name_of(b"x"), b"y")]
    for each in (codes, codes[::-1]):
        with pytest.raises(Malformed, match="not cut as they should be"):
            paper.decode(each)


@given(st.lists(st.text(max_size=20) | st.text(ALPHABET).map("IDF1:".__add__), max_size=4))
def test_whatever_is_read_there_are_bytes_or_an_error_of_this_package(codes: list[str]) -> None:
    try:
        sheet, data = paper.decode(codes)
    except IdcardError:
        return
    assert sheet in PosterKind
    assert data


def test_no_error_shows_what_was_read() -> None:
    for codes in ([CODES[0][:-1]], [CODES[0]], [*CODES, frame(1, 1, name_of(b"x"), b"x")]):
        with pytest.raises(IdcardError) as error:
            paper.decode(codes)
        assert CODES[0][5:15] not in str(error.value)


def test_base45_has_a_bound_and_is_right_up_to_it() -> None:
    longest = text.MAX_LETTERS // 3 * 2
    for size in (338, 339, 643, longest - 1, longest):
        data = random.Random(size).randbytes(size)  # noqa: S311
        assert text.from_base45(text.to_base45(data)) == data
    with pytest.raises(Malformed):
        text.to_base45(bytes(longest + 1))
    with pytest.raises(Malformed):
        text.from_base45("0" * (text.MAX_LETTERS + 3))


# ---- vectors ----


def reason_of(error: IdcardError) -> str:
    if isinstance(error, Refused):
        return error.reason.value
    return {Malformed: "malformed", Missing: "missing", OtherBase: "other-base"}[type(error)]


def read(vector: dict[str, Any]) -> dict[str, Any]:
    try:
        sheet, data = paper.decode(vector["texts"])
    except Missing as missing:
        return {"reason": "missing", "missing": list(missing.missing)}
    except IdcardError as error:
        return {"reason": reason_of(error)}
    return {"reason": None, "prefix": sheet.value, "data": base64.b64encode(data).decode()}


def applied(vector: dict[str, Any]) -> dict[str, Any]:
    try:
        new = patch.apply(base64.b64decode(vector["old"]), base64.b64decode(vector["patch"]))
    except IdcardError as error:
        return {"reason": reason_of(error)}
    return {"reason": None, "new": base64.b64encode(new).decode()}


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_vector(name: str) -> None:
    vector = VECTORS[name]
    assert vector["expect"] == (read(vector) if "texts" in vector else applied(vector))
    assert list(vector) in (["fault", "texts", "expect"], ["fault", "old", "patch", "expect"])
    assert (FOLDER / "paper" / f"{name}.json").read_bytes().isascii()


@pytest.mark.parametrize("name", [name for name in sorted(VECTORS) if VECTORS[name]["expect"].get("new")])
def test_this_program_makes_the_patches_of_the_vectors(name: str) -> None:
    old, new, data = (
        base64.b64decode(part)
        for part in (VECTORS[name]["old"], VECTORS[name]["expect"]["new"], VECTORS[name]["patch"])
    )
    if not ("unknown" in name or "already" in name):  # what this version makes is the least
        assert patch.make(old, new) == data
