"""A newer trust file into this computer's memory: the one way for `idcard venue update` and for the desk."""

from datetime import datetime
from pathlib import Path

from idcard.trust import patch
from idcard.trust.paper import PosterKind
from idcard.verify import memory
from idcard.verify.memory import Memory
from idcard_cli import files, memory_file

_CBOR_MAP = 0xA0


def is_trust_file(data: bytes) -> bool:
    """How a trust file begins; no text in UTF-8 and no picture does."""
    return bool(data) and data[0] & 0xE0 == _CBOR_MAP


def take(path: Path, sheet: PosterKind, data: bytes, now: datetime) -> Memory:
    """The memory at `path` once this is taken; it is written only where it changes.

    Raises OSError; Refused, OtherBase and Malformed, and the old memory stands; UsageError where it is locked for long.
    """
    with files.locked(path):
        old = memory_file.read(path)
        new = _taken(old, sheet, data, now)
        if new != old:
            memory_file.write(path, new)
    return new


def _taken(old: Memory, sheet: PosterKind, data: bytes, now: datetime) -> Memory:
    if sheet is PosterKind.KILL:
        return memory.kill(old, data)
    if sheet is PosterKind.PATCH:
        data = patch.apply(old.file, data)
    return memory.update(old, data, now=now)
