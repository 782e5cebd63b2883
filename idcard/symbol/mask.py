"""Chooses the mask of a QR symbol with the lowest penalty (ISO/IEC 18004:2015, 7.8.3).

A symbol is one integer, so that all of it is compared with itself, one module or one row further on, at once: module
x of row y is bit y * (size + 4) + x, and dark is 1. The four bits between two rows are the light of the quiet zone.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

QUIET_ZONE = 4
"""Modules that stay light on each side (ISO/IEC 18004:2015, 6.3.8)."""

_N1, _N2, _N3, _N4 = 3, 3, 40, 10
"""Points (ISO/IEC 18004:2015, table 11)."""
_WITH_VERSION_INFORMATION = 45
"""Size of version 7, the first that states its version (ISO/IEC 18004:2015, 7.10)."""
_DIGITS = bytes.maketrans(b"\0\1", b"01")
_MODULES = bytes.maketrans(b"01", b"\0\1")


def lowest(symbols: Iterable[int], size: int) -> int:
    """The first symbol with the lowest penalty. size: modules on each side, 21 to 177.

    As segno does, and by the order of the standard's steps (7.1), symbols are judged before they have format and
    version information: those modules count as light, and so does the dark module, which comes with them.
    """
    judged = _areas(size).judged
    return min(symbols, key=lambda symbol: penalty(symbol & judged, size))


def penalty(symbol: int, size: int) -> int:
    """Penalty points of a symbol (ISO/IEC 18004:2015, table 11)."""
    return n1(symbol, size) + n2(symbol, size) + n3(symbol, size) + n4(symbol, size)


def n1(symbol: int, size: int) -> int:
    """Runs of 5 + i modules of the same colour in a row or column: 3 + i each."""
    areas = _areas(size)
    points = 0
    for step, within in ((1, areas.across), (size + QUIET_ZONE, areas.down)):
        same = _same(symbol, step, within)
        fives = same & same >> step
        fives &= fives >> 2 * step
        # A run of 5 + i has 1 + i fives, and i of them are followed by another.
        points += _N1 * fives.bit_count() - (_N1 - 1) * (fives & fives >> step).bit_count()
    return points


def n2(symbol: int, size: int) -> int:
    """Blocks of m x n modules of the same colour: 3 (m - 1)(n - 1) each, so 3 for each block of 2 x 2."""
    areas, row = _areas(size), size + QUIET_ZONE
    across, down = _same(symbol, 1, areas.across), _same(symbol, row, areas.down)
    return _N2 * (across & across >> row & down).bit_count()


def n3(symbol: int, size: int) -> int:
    """Dark and light in the ratio 1:1:3:1:1 with four light modules before or after, in a row or column: 40 each.

    The quiet zone counts as light. Of two that share dark modules and stand between light ones, the first counts.
    """
    points = 0
    for step in (1, size + QUIET_ZONE):
        dark = symbol & symbol >> 2 * step & symbol >> 3 * step & symbol >> 4 * step & symbol >> 6 * step
        found = dark & ~(symbol >> step | symbol >> 5 * step)
        left, right = symbol << step | symbol << 2 * step, symbol >> 7 * step | symbol >> 8 * step
        before, after = found & ~(left | left << 2 * step), found & ~(right | right >> 2 * step)
        # 1011101 may begin again at its second dark group or at its last module.
        shared = after & (before << 4 * step | before << 6 * step)
        points += _N3 * ((before | after).bit_count() - shared.bit_count())
    return points


def n4(symbol: int, size: int) -> int:
    """How far the share of dark modules is from half: 10 for each whole five percent."""
    modules = size * size
    return _N4 * (abs(20 * symbol.bit_count() - 10 * modules) // modules)


def pack(rows: Sequence[bytes | bytearray]) -> int:
    """A square of modules, 1 where dark and 0 where light."""
    line = bytes(QUIET_ZONE).join(rows)
    return int(line[::-1].translate(_DIGITS), 2)


def unpack(symbol: int, size: int) -> tuple[bytes, ...]:
    """The rows of a packed symbol."""
    row = size + QUIET_ZONE
    line = f"{symbol:0{size * row}b}".encode()[::-1].translate(_MODULES)
    return tuple(line[at : at + size] for at in range(0, size * row, row))


def _same(symbol: int, step: int, within: int) -> int:
    """Where a module has the colour of the next one, which is so many bits on."""
    return within ^ (within & (symbol ^ symbol >> step))


@dataclass(frozen=True, slots=True)
class _Areas:
    """Parts of a symbol. across, down: modules with one to the right or below. judged: all that count."""

    across: int
    down: int
    judged: int


@functools.cache
def _areas(size: int) -> _Areas:
    across = pack([b"\1" * (size - 1) + b"\0"] * size)
    down = pack([b"\1" * size] * (size - 1) + [bytes(size)])
    judged = [bytearray(b"\1" * size) for _ in range(size)]
    # Format information and the dark module (7.9.1): by the finder patterns, without the timing patterns at 6.
    for at in (0, 1, 2, 3, 4, 5, 7, 8, *range(size - 8, size)):
        judged[8][at] = judged[at][8] = 0
    if size >= _WITH_VERSION_INFORMATION:
        for at in range(6):
            for beside in range(size - 11, size - 8):
                judged[at][beside] = judged[beside][at] = 0
    return _Areas(across, down, pack(judged))
