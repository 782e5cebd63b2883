"""Whether a scanner sent the same code twice: also with another time or counter behind it each time."""

import hashlib
import secrets

AGAIN_SECONDS = 2.0
"""The same code, or the same line that is none, within this time of one that was counted is the same card."""


class LastLine:
    """Tells a text that a scanner sent twice, and cannot tell anybody what was in it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._digest = b""
        self._at = 0.0

    def is_again(self, text: str, at: float) -> bool:
        """at: seconds of a clock that only runs forward. Two seconds are counted from the first of equal texts."""
        data = text.strip().encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(data, key=self._key, digest_size=16).digest()
        if digest == self._digest and at - self._at < AGAIN_SECONDS:
            return True
        self._digest, self._at = digest, at
        return False
