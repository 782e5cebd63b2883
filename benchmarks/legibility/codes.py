"""The codes that are compared. Those of one kind differ in text, as those of different holders do."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import cv2
import numpy as np
from cities import City
from numpy.typing import NDArray

from idcard.credential.text import to_base45
from idcard.symbol import qr

VARIETY = 20
"""Different codes of each kind, which take turns."""
EU_LENGTH = 565
"""Letters of the median EU certificate: the middle of what QR 15-M holds and 14-M does not."""
CLAIM_169_LENGTH = 245
"""Letters of a Claim 169 with name, birth date and signature, without a picture: QR 9-M."""


@dataclass(frozen=True)
class Kind:
    """A kind of code. text_of: the text of the n-th of its codes. quiet_zone: modules on each side."""

    name: str
    text_of: Callable[[int], str]
    level: str = "M"
    quiet_zone: int = qr.QUIET_ZONE

    def text(self, number: int) -> str:
        return self.text_of(number % VARIETY)

    def symbol(self, number: int) -> qr.Symbol:
        return qr.draw(self.text(number), level=self.level, max_version=40)

    @property
    def label(self) -> str:
        symbol = self.symbol(0)
        return f"{self.name}, {symbol.version}-{symbol.level}"

    @property
    def side(self) -> int:
        """Modules on each side, quiet zone included."""
        return self.symbol(0).size + 2 * self.quiet_zone

    def modules(self, number: int) -> NDArray[np.bool_]:
        """Whether each module is dark, quiet zone included."""
        return _modules(self.text(number), self.level, self.quiet_zone)


@cache
def _modules(text: str, level: str, quiet_zone: int) -> NDArray[np.bool_]:
    png = qr.draw(text, level=level, max_version=40).png(module_px=1)
    dark = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) < 128
    bare = dark[qr.QUIET_ZONE : -qr.QUIET_ZONE, qr.QUIET_ZONE : -qr.QUIET_ZONE]
    return np.pad(bare, quiet_zone)


@cache
def _ours(venue_class: str, number: int) -> str:
    return City(id=f"city-{number}").code(venue_class)


def _made_up(prefix: str, length: int, number: int) -> str:
    """Signed and compressed bytes look like chance."""
    return (prefix + to_base45(hashlib.shake_256(f"{prefix}{length} {number}".encode()).digest(length)))[:length]


def cohort(number: int) -> str:
    return _ours("library", number)


def revocable(number: int) -> str:
    return _ours("pharmacy", number)


COHORT = Kind("cohort", cohort)
REVOCABLE = Kind("revocable", revocable)
CLAIM_169 = Kind("Claim 169", partial(_made_up, "", CLAIM_169_LENGTH))
EU = Kind("EU certificate", partial(_made_up, "HC1:", EU_LENGTH))
COHORT_Q = Kind("cohort", cohort, level="Q")
REVOCABLE_Q = Kind("revocable", revocable, level="Q")
