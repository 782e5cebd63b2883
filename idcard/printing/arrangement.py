"""Where things are on the back of a card (specs/card-design.md, Places). Lengths in millimetres."""

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH_MM, HEIGHT_MM = 85.60, 53.98
"""Of the card (ISO/IEC 7810, ID-1)."""
SAFETY_MM = 3.5
"""From the edge of the card to anything printed; the rounded corner has a radius of 3.18."""
ONE_MM, TWO_MM = 34, 30
"""Width of a code with its quiet zone where it is alone, and beside another or a number: the least of each."""
FREE = ("name", "logo", "office", "fixed")
"""What a city may place."""


@dataclass(frozen=True, slots=True)
class Place:
    """left, top: from the upper left corner of the card."""

    left: float
    top: float
    width: float
    height: float

    @property
    def is_safe(self) -> bool:
        """Whether it keeps off the edge."""
        right, bottom = self.left + self.width, self.top + self.height
        within = right <= WIDTH_MM - SAFETY_MM + 0.001 and bottom <= HEIGHT_MM - SAFETY_MM + 0.001
        return within and self.left >= SAFETY_MM and self.top >= SAFETY_MM

    def meets(self, other: "Place") -> bool:
        """Whether the two have more than an edge in common."""
        across = self.left < other.left + other.width and other.left < self.left + self.width
        return across and self.top < other.top + other.height and other.top < self.top + self.height

    def as_list(self) -> list[float]:
        return [self.left, self.top, self.width, self.height]


@dataclass(frozen=True, slots=True)
class Coded:
    """A code, and under it its label and until when it is valid."""

    code: Place
    label: Place
    valid: Place


@dataclass(frozen=True, slots=True)
class Arrangement:
    """codes: as many as there may be. test: the word TEST of a test city. number: the bar code of a library.

    free: where what is in FREE is, unless the city places it elsewhere.
    """

    codes: tuple[Coded, ...]
    test: Place
    free: Mapping[str, Place]
    number: Place | None = None

    def taken(self) -> tuple[Place, ...]:
        """What a city cannot move."""
        coded = (place for each in self.codes for place in (each.code, each.label, each.valid))
        return (*coded, self.test, *(() if self.number is None else (self.number,)))


_INNER_MM = WIDTH_MM - 2 * SAFETY_MM
_RIGHT_MM = WIDTH_MM - SAFETY_MM - TWO_MM


def _two(left: float) -> Coded:
    return Coded(Place(left, 7.2, TWO_MM, TWO_MM), Place(left, 37.2, TWO_MM, 3.6), Place(left, 40.9, TWO_MM, 4.5))


ARRANGEMENTS: Mapping[str, Arrangement] = {
    "one": Arrangement(
        codes=(Coded(Place(25.8, 7.2, ONE_MM, ONE_MM), Place(25.8, 41.2, ONE_MM, 4.4), Place(19.8, 46, 46, 4.4)),),
        test=Place(67.1, 23.4, 14, 7),
        free={
            "name": Place(SAFETY_MM, 4.4, _INNER_MM, 2.7),
            "logo": Place(SAFETY_MM, 9, 21.5, 14),
            "office": Place(SAFETY_MM, 25, 21.5, 20),
            "fixed": Place(60.6, 9, 21.5, 13),
        },
    ),
    "two": Arrangement(
        codes=(_two(SAFETY_MM), _two(_RIGHT_MM)),
        test=Place(35.8, 23.4, 14, 7),
        free={
            "name": Place(SAFETY_MM, 4.4, _INNER_MM, 2.7),
            "logo": Place(34.8, 8.6, 16, 14),
            "office": Place(SAFETY_MM, 46.2, _INNER_MM, 4.28),
            "fixed": Place(34.1, 31.6, 17.4, 14),
        },
    ),
    "number": Arrangement(
        codes=(
            Coded(
                Place(SAFETY_MM, SAFETY_MM, TWO_MM, TWO_MM),
                Place(SAFETY_MM, 33.5, TWO_MM, 3),
                Place(SAFETY_MM, 36.5, TWO_MM, 4),
            ),
        ),
        test=Place(68.1, 27, 14, 7),
        number=Place(SAFETY_MM, 40.6, _INNER_MM, 9.88),
        free={
            "name": Place(36, 4.1, 46.1, 6),
            "logo": Place(66.1, 11, 16, 14),
            "office": Place(36, 26.5, 30, 13),
            "fixed": Place(36, 11, 28.5, 14),
        },
    ),
}
"""By how many codes there are, or with a library's number."""
