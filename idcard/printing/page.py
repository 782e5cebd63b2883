"""A page: what it shows of its city, its paper, and why one is not printed."""

from dataclasses import dataclass
from enum import Enum

from idcard.errors import IdcardError

PICTURES = ("svg", "png", "pdf")
SIZED = frozenset(("svg", "pdf"))
"""Pictures that have a printed width."""
PAGES = ("card", "back", "pocket", "holder")
"""Backs of cards for a bureau, and for a desk card printer; sheets to fold, and sheets of office paper."""
BACKS = frozenset(("card", "back"))
ON_PAPER = frozenset(("pocket", "holder"))
CODES_ON_A_CARD = 2
"""At most."""


class CannotPrint(IdcardError):
    """A code, a text or a font that does not give a good page."""


class TooManyCodes(CannotPrint):
    """More codes than a card has room for."""


class MissingFont(CannotPrint):
    """A font is not installed, or none that is used has a letter, the first one of which is given here."""

    def __init__(self, sentence: str, letter: str = "") -> None:
        super().__init__(sentence)
        self.letter = letter


class OtherFonts(CannotPrint):
    """The fonts of this computer are not those of the run, so its pages would not be of one piece."""


class Paper(Enum):
    """The value is the name that a person chooses."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return (210, 297) if self is Paper.A4 else (215.9, 279.4)


@dataclass(frozen=True, slots=True)
class City:
    """name, contact: as in the trust file, which limits them. test: whether its cards are not real."""

    name: str
    contact: str
    test: bool
