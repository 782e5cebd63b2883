"""City and environment: a part of everything that a city signs, although no code or document contains it."""

from typing import NamedTuple

from idcard.credential.text import Environment


class Scope(NamedTuple):
    """A city by its id, and whether its cards are real."""

    environment: Environment
    city: str

    def external_aad(self, kind: str) -> bytes:
        """The external_aad (RFC 9052 §4.3) of what the city signs: a code, root, list or kill note.

        kind: as `idcard.code` (specs/credential.md, COSE_Sign1; specs/trust.md, Documents).
        """
        return f"{kind} {self.environment} {self.city}".encode("ascii")
