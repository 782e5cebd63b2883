"""The city, as its pages name it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """name, contact: as in the trust file, which limits them. test: whether its cards are not real."""

    name: str
    contact: str
    test: bool
