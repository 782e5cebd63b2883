"""Why nothing is printed."""

from idcard.errors import IdcardError


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
