"""What minting gives: the codes of one holder, before they are drawn. Nothing here is about the person."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idcard.symbol.qr import Symbol


@dataclass(frozen=True, slots=True)
class Code:
    """One code for one venue class.

    level: QR error correction, M or Q. max_version: the largest QR symbol that may be drawn of it, 1 to 40.
    """

    venue_class: str
    text: str = field(repr=False)
    level: str
    max_version: int

    def draw(self) -> "Symbol":
        """Raises CannotDraw."""
        from idcard.symbol import qr  # needs what draws, which minting does not

        return qr.draw(self.text, level=self.level, max_version=self.max_version)


@dataclass(frozen=True, slots=True)
class Issued:
    """The codes of one holder, in the order of the city's classes.

    number: of the line of the batch, from 1. reference: the caller's, empty where there is none. language: of
    idcard.languages, in which the holder reads, or None where the record does not say.
    """

    number: int
    reference: str
    language: str | None
    codes: tuple[Code, ...]
