"""The mask is the one that the standard wants, judged beside plain readings of its rules and beside segno."""

import hashlib
import random
import re
from collections.abc import Sequence
from itertools import groupby, pairwise

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard.credential import text
from idcard.symbol import mask, qr
from idcard.symbol.qr import LEVELS, draw

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
OUR_KINDS = {"cohort": (99, "M", 6), "revocable": (115, "M", 7)}
"""Bytes of the largest credential, and its symbol."""
SCANNED = "1011101"
LIGHT = "0000"

Rows = tuple[bytes, ...]


def some_letters(length: int) -> str:
    return "".join(random.Random(length).choices(LETTERS, k=length))  # noqa: S311 (no secret)


def by_segno(letters: str, level: str) -> segno.QRCode:
    """segno with the mask that it chooses."""
    return segno.make_qr(letters, error=level, mode="alphanumeric", boost_error=False)


def rows_of(code: segno.QRCode) -> Rows:
    return tuple(bytes(row) for row in code.matrix)


def modules(symbol: qr.Symbol) -> Rows:
    """The modules as they are drawn: the boxes of the SVG image."""
    rows = [bytearray(symbol.size) for _ in range(symbol.size)]
    for x, y, length in re.findall(rb"M(\d+) (\d+)h(\d+)v1h-\d+z", symbol.svg()):
        left = int(x) - mask.QUIET_ZONE
        rows[int(y) - mask.QUIET_ZONE][left : left + int(length)] = b"\1" * int(length)
    return tuple(bytes(row) for row in rows)


# ---- the whole choice, beside segno ----


@settings(max_examples=150, deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=220), st.sampled_from(LEVELS))
def test_the_modules_are_exactly_those_that_segno_draws(letters: str, level: str) -> None:
    assert modules(draw(letters, level=level, max_version=40)) == rows_of(by_segno(letters, level))


@pytest.mark.parametrize(("level", "longest", "step"), [("L", 758, 16), ("M", 600, 13), ("Q", 426, 9), ("H", 321, 7)])
def test_so_are_they_at_every_size_in_use(level: str, longest: int, step: int) -> None:
    versions = set()
    for length in range(longest, 0, -step):
        letters = some_letters(length)
        symbol = draw(letters, level=level, max_version=15)
        versions.add(symbol.version)
        assert modules(symbol) == rows_of(by_segno(letters, level))
    assert versions == set(range(1, 16))


@pytest.mark.parametrize(
    ("level", "length", "version"),
    [("L", 1249, 20), ("M", 1035, 21), ("Q", 1172, 27), ("H", 1394, 34), ("L", 4296, 40)],
)
def test_and_at_larger_ones(level: str, length: int, version: int) -> None:
    letters = some_letters(length)
    symbol = draw(letters, level=level, max_version=version)
    assert symbol.version == version
    assert modules(symbol) == rows_of(by_segno(letters, level))


@pytest.mark.parametrize("kind", OUR_KINDS)
def test_and_for_the_texts_of_our_kinds_with_every_mask_among_them(kind: str) -> None:
    size, level, version = OUR_KINDS[kind]
    masks = set()
    for number in range(100):
        code = text.encode(text.Environment.PRODUCTION, hashlib.shake_256(b"%d" % number).digest(size))
        expected = by_segno(code, level)
        assert modules(draw(code, level=level, max_version=version)) == rows_of(expected)
        masks.add(expected.mask)
    assert masks == set(range(8))


@pytest.mark.parametrize(("size", "version"), [(21, 1), (41, 6), (45, 7), (177, 40)])
def test_format_and_version_information_and_the_dark_module_are_not_judged(
    monkeypatch: pytest.MonkeyPatch, size: int, version: int
) -> None:
    """Counted: 31 modules are for format information and the dark one, and from version 7 twice 18 for the version."""
    everything = mask.pack([b"\1" * size] * size)
    judged: list[int] = []
    monkeypatch.setattr(mask, "penalty", lambda symbol, _size: judged.append(symbol) or 0)
    assert mask.lowest([everything], size) == everything
    assert size * size - judged[0].bit_count() == 31 + (36 if version >= 7 else 0)


def test_of_several_with_the_lowest_penalty_the_first_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    five, two, too, nine = (
        mask.pack([bytes(21)] * 12 + [bytes(21 - at) + b"\1" + bytes(at - 1)] + [bytes(21)] * 8) for at in range(1, 5)
    )
    points = {five: 5, two: 2, too: 2, nine: 9}
    monkeypatch.setattr(mask, "penalty", lambda symbol, _size: points[symbol])
    assert mask.lowest([five, two, too, nine], 21) == two
    assert mask.lowest([five, too, two, nine], 21) == too


# ---- rules ----


def lines(rows: Rows) -> list[str]:
    """Every row and every column, in zeros and ones."""
    return ["".join(map(str, line)) for line in (*rows, *zip(*rows, strict=True))]


def plain_n1(rows: Rows) -> int:
    """Adjacent modules in a row or column in the same colour: for 5 + i of them, 3 + i."""
    runs = [len(list(run)) for line in lines(rows) for _, run in groupby(line)]
    return sum(3 + run - 5 for run in runs if run >= 5)


def plain_n2(rows: Rows) -> int:
    """Blocks in the same colour: those of m x n modules hold (m - 1)(n - 1) of 2 x 2, for 3 each."""
    squares = [{*upper[x : x + 2], *lower[x : x + 2]} for upper, lower in pairwise(rows) for x in range(len(upper) - 1)]
    return sum(3 for square in squares if len(square) == 1)


def plain_n3(rows: Rows) -> int:
    """1:1:3:1:1 in a row or column, after or before four light modules: 40. Outside it is light, as segno counts."""
    points = 0
    for line in lines(rows):
        framed, at = LIGHT + line + LIGHT, 0
        while at < len(framed):
            before, found, after = framed[max(at - 4, 0) : at], framed[at : at + 7], framed[at + 7 : at + 11]
            if found == SCANNED and LIGHT in (before, after):
                points += 40
                at += 7  # its modules are part of no other
            else:
                at += 1
    return points


def plain_n4(rows: Rows) -> int:
    """Dark modules from 50 ± 5 k to 50 ± 5 (k + 1) percent: 10 k."""
    dark, count = sum(map(sum, rows)), len(rows) ** 2
    return 10 * next(k for k in range(10, -1, -1) if abs(100 * dark - 50 * count) >= 5 * k * count)


def turned(rows: Sequence[bytes]) -> Rows:
    """The columns."""
    return tuple(bytes(column) for column in zip(*rows, strict=True))


RULES = {"n1": plain_n1, "n2": plain_n2, "n3": plain_n3, "n4": plain_n4}


@st.composite
def squares(draw_from: st.DrawFn) -> Rows:
    """Small symbols with anything in them: long runs, large blocks, the scanned pattern against borders and itself."""
    size = draw_from(st.sampled_from([21, 25]))
    piece = st.sampled_from(["0", "1", LIGHT, "11111", "10", SCANNED, SCANNED + "1101", SCANNED + "011101"])
    made = []
    while len(made) < size:
        row = "".join(draw_from(st.lists(piece, min_size=1, max_size=12))).ljust(size, draw_from(st.sampled_from("01")))
        made += [bytes(map(int, row[:size]))] * draw_from(st.sampled_from([1, 1, 1, 2, 6]))
    rows = tuple(made[:size])
    return turned(rows) if draw_from(st.booleans()) else rows


@settings(max_examples=300, deadline=None)
@given(squares())
def test_every_rule_gives_the_points_of_its_plain_reading(rows: Rows) -> None:
    packed, size = mask.pack(rows), len(rows)
    found = {name: getattr(mask, name)(packed, size) for name in RULES}
    assert found == {name: plain(rows) for name, plain in RULES.items()}
    assert mask.penalty(packed, size) == sum(found.values())
    assert mask.unpack(packed, size) == rows


def chessboard() -> list[bytearray]:
    return [bytearray((x + y) % 2 for x in range(21)) for y in range(21)]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        pytest.param(SCANNED, 1, id="at the border"),
        pytest.param("0" * 14 + SCANNED, 1, id="at the other border"),
        pytest.param("0" + SCANNED + "1", 1, id="less than four light modules from the border"),
        pytest.param("10" + SCANNED + "1", 0, id="one light module before"),
        pytest.param("1000" + SCANNED + "1", 0, id="three before"),
        pytest.param("10000" + SCANNED + "1", 1, id="four before"),
        pytest.param("1" + SCANNED + "00001", 1, id="four after"),
        pytest.param("1" + SCANNED + "0001", 0, id="three after"),
        pytest.param(SCANNED + LIGHT + SCANNED, 2, id="two with the same light between"),
        pytest.param(SCANNED + "1101", 1, id="two that share a group"),
        pytest.param(SCANNED + "011101", 1, id="two that share a module"),
        pytest.param(SCANNED + "11011101", 2, id="three, the middle one without light"),
        pytest.param("1" * 8 + "1011011" + "0" * 6, 0, id="another pattern"),
    ],
)
def test_the_scanned_pattern_counts_with_four_light_modules_on_a_side(line: str, count: int) -> None:
    rows = [bytes(map(int, line.ljust(21, "0"))), *[bytes(21)] * 20]
    assert mask.n3(mask.pack(rows), 21) == mask.n3(mask.pack(turned(rows)), 21) == 40 * count


@pytest.mark.parametrize(("length", "points"), [(4, 0), (5, 3), (6, 4), (7, 5), (12, 10), (21, 19)])
@pytest.mark.parametrize("module", [0, 1])
def test_a_run_counts_from_five(length: int, points: int, module: int) -> None:
    """On a chessboard, which has no run of its own."""
    rows = chessboard()
    rows[9][:length] = bytes([module]) * length
    rows[9][length : length + 1] = bytes([1 - module]) * (length < 21)
    assert mask.n1(mask.pack(rows), 21) == mask.n1(mask.pack(turned(rows)), 21) == points


@pytest.mark.parametrize(("wide", "high"), [(1, 9), (2, 2), (3, 2), (4, 7), (21, 2), (21, 21)])
@pytest.mark.parametrize("module", [0, 1])
def test_a_block_counts_by_the_squares_in_it(wide: int, high: int, module: int) -> None:
    """On a chessboard, which has no block of its own."""
    rows = chessboard()
    for y in range(high):
        rows[y][:wide] = bytes([module]) * wide
    assert mask.n2(mask.pack(rows), 21) == 3 * (wide - 1) * (high - 1)


@pytest.mark.parametrize(
    ("dark", "points"),
    [(0, 100), (125, 60), (249, 20), (250, 20), (251, 10), (281, 10), (282, 0), (343, 0), (344, 10), (625, 100)],
)
def test_the_share_of_dark_modules_counts_by_whole_five_percent(dark: int, points: int) -> None:
    """Of 625 modules, 45 and 55 percent are 281.25 and 343.75; 20 and 40 percent are whole."""
    line = (b"\1" * dark).ljust(625, b"\0")
    rows = [line[at : at + 25] for at in range(0, 625, 25)]
    assert mask.n4(mask.pack(rows), 25) == points
