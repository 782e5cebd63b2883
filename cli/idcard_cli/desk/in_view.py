"""Remembers which codes the camera has in view, so that a code that stays there is judged once."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

GONE_AFTER = 1.5
"""Seconds without being seen after which a code has left. A shaking hand blurs a picture or two."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """first, last: seconds. reported: whether its verdict was given. accepted: whether it was accepted."""

    first: float
    last: float
    reported: bool = False
    accepted: bool = False


class InView:
    """Remembers codes for GONE_AFTER seconds, as digests under a key that ends with the program, not as texts.

    Moments are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._sights: dict[bytes, _Sight] = {}

    def see(self, texts: Iterable[str], moment: float) -> None:
        """Note the codes of a picture of this moment."""
        lasting = {name: sight for name, sight in self._sights.items() if moment - sight.last <= GONE_AFTER}
        for name in map(self._name, texts):
            lasting[name] = replace(lasting.get(name, _Sight(moment, moment)), last=moment)
        self._sights = lasting

    def was_reported(self, text: str) -> bool:
        """Whether the verdict on a code in view was given."""
        return self._sights[self._name(text)].reported

    def seconds(self, text: str) -> float:
        """For how long a code has been in view."""
        sight = self._sights[self._name(text)]
        return sight.last - sight.first

    def report(self, text: str, *, accepted: bool) -> None:
        """Note that the verdict on a code in view is given."""
        name = self._name(text)
        self._sights[name] = replace(self._sights[name], reported=True, accepted=accepted)

    @property
    def has_accepted(self) -> bool:
        """Whether a code that was accepted is in view."""
        return any(sight.accepted for sight in self._sights.values())

    def _name(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
