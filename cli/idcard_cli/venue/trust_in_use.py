"""The trust file for a long-running program, read again whenever it changes on the disk."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

from idcard.credential.calendar import DAY, seconds
from idcard.verify import Verifier
from idcard_cli import memory_file

if TYPE_CHECKING:
    from pathlib import Path


class TrustInUse:
    """A trust file, or this computer's memory, read again when it has changed and when a new day begins."""

    def __init__(self, trust: str | None, memory_path: "Path | None") -> None:
        """trust: a trust file; None for the memory."""
        self._trust = trust
        self._memory_path = memory_path
        self._held: tuple[object, Verifier] | None = None

    def verifier(self, now: datetime) -> Verifier:
        """Raises OSError and UsageError if there is none, Refused if it is not valid; an older one is never used."""
        path = self._trust or memory_file.find(self._memory_path)
        found = os.stat(path)
        state = (str(path), found.st_mtime_ns, found.st_ino, found.st_size, seconds(now) // DAY)
        if self._held is None or self._held[0] != state:
            self._held = None
            self._held = (state, self._open(now))
        return self._held[1]

    def _open(self, now: datetime) -> Verifier:
        if self._trust is not None:
            return Verifier.open(self._trust)
        return Verifier(memory_file.load(memory_file.find(self._memory_path), now))
