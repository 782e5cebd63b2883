"""What minting gives: the codes of one holder, before they are drawn. Nothing here is about the person."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idcard.city.profile import Profile

if TYPE_CHECKING:
    from idcard.symbol.qr import Symbol


@dataclass(frozen=True, slots=True)
class Code:
    """The text of one code, and the profile by which it was minted."""

    profile: Profile
    text: str = field(repr=False)

    def draw(self) -> "Symbol":
        """The symbol that the profile asks for. Raises CannotDraw."""
        from idcard.symbol import qr  # needs what draws, which minting does not

        return qr.draw(self.text, level=self.profile.level, max_version=self.profile.max_version)


@dataclass(frozen=True, slots=True)
class Issued:
    """The codes of one holder, in the order of the city's classes.

    number: of the line of the batch, from 1. job: the caller's reference, empty where there is none. language: of
    idcard.languages, in which the holder reads, or None where the record does not say.
    """

    number: int
    job: str
    language: str | None
    codes: tuple[Code, ...]
