"""The plastic: a card on a table, the ink of its code, and wear. All lengths are mm from the middle of the code.

What reflects light is an image of floats, 0 to 1, in proportion to the light and not as a screen would show it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from legibility.codes import Kind
from legibility.conditions import Draw

Image = NDArray[np.float32]

DPI = 300
DOTS_PER_MM = DPI / 25.4
STEPS = 2
"""Pixels to a dot where ink spreads."""
WHITE = 0.85
TABLE_MM = (320.0, 260.0)
TABLE_PX_PER_MM = 7
CARD_MM = (85.6, 53.98)
CODE_AT = (60.0, 30.0)
"""Of the middle of the code, from the card's upper left corner."""
DESIGNS = 12
DARK_ALL_AROUND = DESIGNS
"""One design more, for a code in the midst of a dark picture."""
LABELS = ("SCAN HERE  LIBRARY", "POOL    18 OR OVER", "NO. 555-0100 ASK US", "RESIDENT OF THE CITY")
NOTHING, LETTERS, DARK = 0, 1, 2
DEAD_ELEMENTS = 3
STAINS = 2
MARGIN = 80
"""Pixels around the code that wear reaches, too."""


@dataclass(frozen=True)
class Surface:
    """An image and where it lies. left, top: of its first pixel's corner."""

    image: Image
    px_per_mm: float
    left: float
    top: float


def dots(width_mm: float) -> int:
    """Printer dots on each side of a code of this width, quiet zone included."""
    return round(width_mm * DOTS_PER_MM)


# ---- the card without its code ----


@lru_cache(maxsize=4 * DESIGNS)
def table(design: int, width_mm: float) -> Surface:
    """A card with an empty white field for a code of this width, on a table.

    What borders on the field differs from design to design: nothing, letters, or a dark part of the card's picture.
    """
    lots = np.random.default_rng([design, 2])
    scale = TABLE_PX_PER_MM
    width, height = (round(side * scale) for side in TABLE_MM)
    grain = cv2.resize(lots.random((height // 90, width // 12), np.float32), (width, height))
    image = np.asarray(lots.uniform(0.1, 0.5) * (0.75 + 0.5 * grain), np.float32)
    left, top = width / 2 - CODE_AT[0] * scale, height / 2 - CODE_AT[1] * scale
    card = image[round(top) : round(top + CARD_MM[1] * scale), round(left) : round(left + CARD_MM[0] * scale)]
    _paint_card(card, lots)
    half = round(width_mm / 2 * scale)
    middle = (round(width / 2), round(height / 2))
    for side in range(4):
        neighbour = DARK if design == DARK_ALL_AROUND else (design // 3**side + side) % 3
        _paint_neighbour(image, middle, half, side, neighbour, lots)
    image[middle[1] - half : middle[1] + half, middle[0] - half : middle[0] + half] = WHITE
    return Surface(image, scale, -TABLE_MM[0] / 2, -TABLE_MM[1] / 2)


def _paint_card(card: Image, lots: np.random.Generator) -> None:
    height, width = card.shape
    waves = np.sin(np.linspace(0, 9, width)[None, :] + np.linspace(0, lots.uniform(2, 20), height)[:, None])
    card[:] = WHITE * (0.9 + 0.06 * waves)
    card[: height // 6] = lots.uniform(0.05, 0.35)
    _letters(card, "CITY OF SPRINGFIELD", (30, height // 6 - 20), 1.1, WHITE)
    cv2.rectangle(card, (30, 100), (170, 280), 0.45, -1)
    cv2.circle(card, (100, 165), 38, 0.2, -1)
    cv2.ellipse(card, (100, 280), (62, 62), 0, 180, 360, 0.12, -1)
    for row, words in enumerate(("MUNICIPAL CARD", "ALEX EXAMPLE", "VALID 12/2028")):
        _letters(card, words, (30, 308 + 24 * row), 0.55, 0.08)


def _paint_neighbour(
    image: Image, middle: tuple[int, int], half: int, side: int, what: int, lots: np.random.Generator
) -> None:
    """On one side of the field, from its very edge."""
    if what == NOTHING:
        return
    thick = 22
    strip = np.full((thick, 2 * half), 0.9 * WHITE, np.float32)
    if what == LETTERS:
        _letters(strip, str(lots.choice(LABELS)), (2, thick - 3 if side == 0 else 15), 0.5, 0.08)
    else:
        strip[:] = lots.uniform(0.05, 0.2)
    strip = np.rot90(strip, -side)
    x, y = middle
    if side in (0, 2):
        y0 = y - half - thick if side == 0 else y + half
        image[y0 : y0 + thick, x - half : x + half] = strip
    else:
        x0 = x + half if side == 1 else x - half - thick
        image[y - half : y + half, x0 : x0 + thick] = strip


def _letters(image: Image, words: str, at: tuple[int, int], size: float, tone: float) -> None:
    mask = np.zeros(image.shape, np.uint8)
    cv2.putText(mask, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2 if size < 1 else 3, cv2.LINE_AA)
    image += (tone - image) * (mask / np.float32(255))


# ---- the code ----


def ink(kind: Kind, draw: Draw, width_mm: float) -> Surface:
    """How much of each spot is inked, as a card printer prints it: module edges lie on whole dots, and ink spreads."""
    inked = _inked_dots(kind.modules(draw.number), dots(width_mm), draw)
    return _centred(_spread(inked, draw["ink spread"]))


def _centred(image: Image) -> Surface:
    """In the pixels of ink."""
    scale = STEPS * DOTS_PER_MM
    corner = -len(image) / scale / 2
    return Surface(image, scale, corner, corner)


def _inked_dots(modules: NDArray[np.bool_], side: int, draw: Draw) -> Image:
    edges = np.round(np.arange(len(modules) + 1) * side / len(modules)).astype(int)
    widths = np.diff(edges)
    inked = np.repeat(np.repeat(modules, widths, axis=0), widths, axis=1).astype(np.float32)
    if draw.hard == "ink spread":
        inked[:, draw.of_card("dead elements").integers(0, side, DEAD_ELEMENTS)] = 0
    return inked


def _spread(inked: Image, by_dots: float) -> Image:
    """Each edge moved outward by so many dots, and as soft as heat makes it."""
    fine = np.repeat(np.repeat(inked, STEPS, axis=0), STEPS, axis=1)
    # The height at which a softened edge is cut moves it; beyond one width of softness there is nothing to cut.
    softness = max(0.45, abs(by_dots)) * STEPS
    soft = cv2.GaussianBlur(fine, (0, 0), softness)
    cut = _normal_tail(by_dots * STEPS / softness)
    return np.clip((soft - cut) * 4 + 0.5, 0, 1)


def _normal_tail(deviations: float) -> float:
    return math.erfc(deviations / math.sqrt(2)) / 2


# ---- wear ----


@dataclass(frozen=True)
class Wear:
    """What lies over the code and MARGIN beyond: spots let through a part of the light, and add some of their own."""

    passing: Surface
    added: Surface

    @property
    def over_ink(self) -> Image:
        """What they let through, in the pixels of the ink alone."""
        return self.passing.image[MARGIN:-MARGIN, MARGIN:-MARGIN]


def wear(draw: Draw, width_mm: float) -> Wear:
    """Scratches and stains."""
    code = dots(width_mm) * STEPS
    pixels = code + 2 * MARGIN
    scale = STEPS * DOTS_PER_MM
    passing = np.ones((pixels, pixels), np.float32)
    added = np.zeros((pixels, pixels), np.float32)
    layers = [*_stains(draw, code, pixels, scale), *_scratches(draw, code, pixels, scale)]
    for mask, opacity, tone in layers:
        through = 1 - np.float32(opacity) * mask
        passing *= through
        added *= through
        added += np.float32(opacity * tone) * mask
    return Wear(_centred(passing), _centred(added))


Layer = tuple[Image, float, float]
"""Where it lies, how opaque it is there, and how much light it reflects."""


def _stains(draw: Draw, code: int, pixels: int, scale: float) -> Iterator[Layer]:
    lots = draw.of_card("stains")
    radius = draw["stains"] / 2 * scale
    for _ in range(STAINS if radius >= 1 else 0):
        x, y = MARGIN + lots.random(2) * code
        shape, opacity, tone = lots.uniform(0.6, 1), lots.uniform(0.3, 1), lots.choice((0.05, 0.25, WHITE))
        yield _blot(pixels, x, y, radius, shape, lots), opacity, tone


def _scratches(draw: Draw, code: int, pixels: int, scale: float) -> Iterator[Layer]:
    lots = draw.of_card("scratches")
    for _ in range(round(draw["scratches"])):
        x, y = MARGIN + lots.random(2) * code
        angle, length = lots.uniform(0, math.pi), lots.uniform(4, 30) / 2 * scale
        width, opacity = lots.uniform(0.04, 0.25) * scale, lots.uniform(0.3, 1)
        mask = np.zeros((pixels, pixels), np.float32)
        middle, way = np.array([x, y]), length * np.array([math.cos(angle), math.sin(angle)])
        ends = np.round([middle - way, middle + way]).astype(int).tolist()
        cv2.line(mask, ends[0], ends[1], 1.0, max(1, round(width)))
        yield mask, opacity, lots.choice((0.15, WHITE, WHITE))


def _blot(pixels: int, x: float, y: float, radius: float, shape: float, lots: np.random.Generator) -> Image:
    """A spot with a wavy edge."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waves = sum(lots.uniform(-0.12, 0.12) * np.sin(turn * n + lots.uniform(0, 2 * np.pi)) for n in (2, 3, 5))
    reach = radius * (1 + waves)
    outline = np.stack([x + reach * np.cos(turn), y + reach * shape * np.sin(turn)], axis=1)
    mask = np.zeros((pixels, pixels), np.float32)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1.0)
    return cv2.GaussianBlur(mask, (0, 0), 0.1 * STEPS * DOTS_PER_MM)
