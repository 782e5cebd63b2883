"""What the camera has in view: a code that stays there is one showing, not eight in a second."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

GONE_AFTER = 1.5
"""Seconds after which a code that is not seen has left. A hand that shakes blurs a picture or two."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """first, last: seconds. told: whether its verdict was given. accepted: whether it was one."""

    first: float
    last: float
    told: bool = False
    accepted: bool = False


class InView:
    """Remembers codes for GONE_AFTER seconds: not their texts, only digests under a key that goes with the program.

    Moments are of a clock that never goes back, in seconds.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._sights: dict[bytes, _Sight] = {}

    def see(self, texts: Iterable[str], moment: float) -> None:
        """In a picture of this moment."""
        lasting = {name: sight for name, sight in self._sights.items() if moment - sight.last <= GONE_AFTER}
        for name in map(self._name, texts):
            lasting[name] = replace(lasting.get(name, _Sight(moment, moment)), last=moment)
        self._sights = lasting

    def was_told(self, text: str) -> bool:
        """Of a code in view."""
        return self._sights[self._name(text)].told

    def seconds(self, text: str) -> float:
        """For how long a code has been in view."""
        sight = self._sights[self._name(text)]
        return sight.last - sight.first

    def tell(self, text: str, *, accepted: bool) -> None:
        """The verdict on a code in view is given."""
        name = self._name(text)
        self._sights[name] = replace(self._sights[name], told=True, accepted=accepted)

    @property
    def has_accepted(self) -> bool:
        """Whether a code that was accepted is in view."""
        return any(sight.accepted for sight in self._sights.values())

    def _name(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
