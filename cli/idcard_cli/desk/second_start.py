"""Finds a desk of this user that runs already, so that a second start opens its page (specs/desk.md)."""

import hashlib
import hmac
import http.client
import re
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from idcard import strict_json
from idcard.strict_json import NotJson
from idcard_cli import files

SCHEMA = 1
_MAX_SIZE = 4096
_PATIENCE = 3.0
"""Seconds that a desk may take for its whole answer, however slowly it comes."""
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RunningDesk:
    """venue_class: that of `--for`; empty where the page asks."""

    port: int
    key: bytes
    venue_class: str

    def proof(self, challenge: str) -> str | None:
        """What only a program answers that knows the key; None for what is no challenge."""
        if not _HEX.fullmatch(challenge):
            return None
        return hmac.digest(self.key, f"{self.port} {challenge}".encode("ascii"), "sha256").hex()

    def answers(self) -> bool:
        """Whether the program at this port is that desk."""
        challenge = secrets.token_bytes(hashlib.sha256().digest_size).hex()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.connect()
            with _cut_off(connection.sock):
                connection.request("GET", f"/running?challenge={challenge}")
                told = strict_json.decode(connection.getresponse().read(_MAX_SIZE))
        except (OSError, http.client.HTTPException, NotJson):
            return False
        finally:
            connection.close()
        given = told.get("proof") if isinstance(told, dict) else None
        return isinstance(given, str) and hmac.compare_digest(given.encode(), str(self.proof(challenge)).encode())


@contextmanager
def _cut_off(raw: socket.socket) -> Iterator[None]:
    """End the connection after _PATIENCE: its own timeout begins anew with each byte."""

    def cut() -> None:
        with suppress(OSError):  # it has ended already
            raw.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_PATIENCE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _path(folder: Path, port: int) -> Path:
    return folder / f"desk-{port}.running"


@contextmanager
def announced(folder: Path | None, port: int, venue_class: str) -> Iterator[RunningDesk | None]:
    """Leave the key of a desk for as long as it runs. folder: None, or one that cannot be written, for no key."""
    if folder is None:
        yield None
        return
    running = RunningDesk(port, secrets.token_bytes(32), venue_class)
    fields = {"schema": SCHEMA, "key": running.key.hex(), "class": venue_class}
    path = _path(folder, port)
    try:
        files.make_missing(folder)
        files.replace(path, strict_json.encode(fields).encode())
    except OSError:
        yield None
        return
    try:
        yield running
    finally:
        with suppress(OSError):
            path.unlink()


def find(folder: Path, port: int) -> RunningDesk | None:
    """The desk of this user at this port, if it runs."""
    try:
        told = strict_json.decode(files.read(_path(folder, port), _MAX_SIZE))
    except (OSError, click.UsageError, NotJson):
        return None
    match told:
        case {"key": str() as key, "class": str() as venue_class} if _HEX.fullmatch(key):
            running = RunningDesk(port, bytes.fromhex(key), venue_class)
            return running if running.answers() else None
    return None
