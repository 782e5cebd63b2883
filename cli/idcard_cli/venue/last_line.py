"""Recognises a code that a scanner sends twice, even with another time or counter after it."""

import hashlib
import secrets

AGAIN_SECONDS = 2.0
"""Seconds in which an equal code, or an equal line without a code, is the same card again."""


class LastLine:
    """Remembers the last text, only as a keyed hash, from which nobody can read it back."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._digest = b""
        self._at = 0.0

    def is_again(self, text: str, at: float) -> bool:
        """at: seconds of a monotonic clock. The time is counted from the first of several equal texts."""
        data = text.strip().encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(data, key=self._key, digest_size=16).digest()
        if digest == self._digest and at - self._at < AGAIN_SECONDS:
            return True
        self._digest, self._at = digest, at
        return False
