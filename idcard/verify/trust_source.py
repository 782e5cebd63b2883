"""A trust file that somebody replaces, for a service that runs for months. Needs the extra `service`.

from idcard.verify.trust_source import TrustSource

source = TrustSource("city.idtrust", now=datetime.now(UTC), city="springfield", environment="production")
now = datetime.now(UTC)
card = source.verifier(now=now).verify(text, "library", now=now)
"""

import math
import os
import threading
import time
from dataclasses import replace
from datetime import datetime
from os import PathLike
from pathlib import Path

from idcard import whole_file
from idcard.credential.calendar import DAY, seconds
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Reason, Refused
from idcard.trust import trust_file
from idcard.verify import kept_memory, memory
from idcard.verify.memory import Memory
from idcard.verify.verifier import Verifier

__all__ = ["TrustSource"]

MEMORY_FILE = "service.idmemory"
_SETTLED = 2.0
"""Seconds after which every file system shows a second change of a file as a later one."""
_PAUSE = 5.0
"""Seconds after a reload that failed, as behind another program's lock, in which none is tried."""


class TrustSource:
    """The newest trust file that was seen, and never an older one again, whatever happens to the file.

    Safe to share between threads; several processes may share a memory. A file that is missing, half written, older or
    foreign changes nothing: `problem` says what is wrong with it, and what was taken before counts until it ends.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        memory_path: str | PathLike[str] | None = None,
        *,
        now: datetime,
        city: str | None = None,
        environment: Environment | str | None = None,
        fingerprint: bytes | None = None,
    ) -> None:
        """path: of the trust file; it may be missing where a memory is. memory_path: None for `service.idmemory` among
        this user's data. now: with a time zone. city, environment: those of `Verifier(…)`.

        fingerprint: of the first file, 16 bytes that a person compared with what the city says; None to trust it as it
        is. Raises OSError; Refused where there is nothing to decide by, or nothing of the city that is expected; InUse,
        an IdcardError, where another program has the memory for ten seconds; NeedsExtra, an IdcardError; ValueError;
        TypeError for a fingerprint in words or digits.
        """
        if not isinstance(fingerprint, bytes | None):
            raise TypeError("a fingerprint is 16 bytes: bytes.fromhex makes them of the digits that the city says")
        self._path, self._city, self._environment = Path(path), city, environment
        of_user = kept_memory.places()[-1].with_name(MEMORY_FILE) if memory_path is None else Path(memory_path)
        self._memory_path = of_user
        whole_file.make_missing(of_user.parent)
        self._reloading = threading.Lock()
        self._seen: object = None
        self._last: bytes | None = None
        self._problem: IdcardError | OSError | None = None
        self._day = -1
        self._failed_at = -math.inf
        self._held = self._first(fingerprint, now)
        self._verifier = self._made(self._held)
        self._reload(now, whole_file.PATIENCE)

    @property
    def problem(self) -> IdcardError | OSError | None:
        """What was wrong with the file when it was last read; None where it counts. For who replaces it."""
        return self._problem

    def verifier(self, *, now: datetime) -> Verifier:
        """By the newest trust file. now: with a time zone. While one thread takes a newer one, no other waits for it.

        None waits for another program that has the memory: `problem` is InUse then, and a call some seconds later tries
        again. Raises ValueError for a time without a zone.
        """
        changed = seconds(now) // DAY > self._day or self._state() != self._seen
        rested = time.monotonic() - self._failed_at >= _PAUSE
        if changed and rested and self._reloading.acquire(blocking=False):
            try:
                self._reload(now)
            finally:
                self._reloading.release()
        return self._verifier

    # ---- how ----

    def _first(self, fingerprint: bytes | None, now: datetime) -> Memory:
        with whole_file.locked(self._memory_path):
            if self._memory_path.exists():
                return kept_memory.read(self._memory_path)
            file = self._read()
            Verifier(file, city=self._city, environment=self._environment)
            held = memory.install(file, fingerprint=fingerprint, now=now)
            kept_memory.write(self._memory_path, held, 0o600)
            return held

    def _made(self, held: Memory) -> Verifier:
        return Verifier(held, city=self._city, environment=self._environment)

    def _reload(self, now: datetime, patience: float = 0) -> None:
        """patience: seconds to wait for the memory."""
        state = self._state()
        file = None
        try:
            file = self._read()
        except OSError as problem:
            self._problem = problem
        try:
            if file != self._last or seconds(now) // DAY > self._day:
                self._take(file, now, patience)
                self._last = file
            self._seen = state if self._has_settled(state) else None
        except (OSError, IdcardError) as problem:
            self._problem, self._seen = problem, None
            self._failed_at = time.monotonic()

    def _take(self, file: bytes | None, now: datetime, patience: float) -> None:
        """Update the memory, and then what is decided by. Raises OSError, InUse, Refused."""
        with whole_file.locked(self._memory_path, patience):
            on_disk = self._on_disk()
            new = self._held if on_disk is None else self._joined(on_disk, now)
            if file is not None:
                try:
                    new, self._problem = memory.update(new, file, now=now), None
                except Refused as refused:
                    self._problem = refused
            new = memory.seen(new, now=now)
            if new != on_disk:
                kept_memory.write(self._memory_path, new, None if self._memory_path.exists() else 0o600)
        if new is not self._held:
            self._verifier, self._held = self._made(new), new
        self._day = seconds(now) // DAY

    def _on_disk(self) -> Memory | None:
        """The memory in the file; None where it is gone or damaged.

        Raises OSError; Refused for that of a newer program.
        """
        try:
            return kept_memory.read(self._memory_path)
        except FileNotFoundError:
            return None
        except Refused as refused:
            if refused.reason is not Reason.MEMORY_DAMAGED:
                raise
            return None

    def _joined(self, on_disk: Memory, now: datetime) -> Memory:
        """The later of this memory and the one in the file, with the kill notes of both: one may have been put back.

        The last day is the later one too, but for one of a trust file that was left behind: a thief may have made it.
        """
        try:
            ours = memory.update(self._held, on_disk.file, now=now)
        except Refused:
            if on_disk.trust.root.scope != self._held.trust.root.scope:
                return self._held
            return memory.joined(self._held, replace(on_disk, last_day=self._held.last_day))
        return memory.joined(on_disk, ours)

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return file.read(trust_file.MAX_SIZE + 1)

    def _state(self) -> tuple[int, ...]:
        """What differs when the file was changed; empty where there is none."""
        try:
            found = os.stat(self._path)
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def _has_settled(self, state: tuple[int, ...]) -> bool:
        """Whether it differs after the next change too. What is younger is read again, and compared, until then."""
        return not state or abs(time.time() - state[0] / 1e9) > _SETTLED
