"""Why nothing is printed."""

from idcard.errors import IdcardError


class CannotPrint(IdcardError):
    """A code, a text or a font that does not give a good page."""


class TooManyCodes(CannotPrint):
    """More codes than a card has room for."""


class MissingFont(CannotPrint):
    """A font is not installed, or none that is used has a letter."""
