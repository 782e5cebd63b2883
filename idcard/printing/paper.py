"""Sizes of paper on which office printers print."""

from enum import Enum


class Paper(Enum):
    """The value is the name that a person chooses."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return (210, 297) if self is Paper.A4 else (215.9, 279.4)
