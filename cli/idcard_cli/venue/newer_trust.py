"""Puts a newer trust file into this computer's memory, for `idcard venue update` and the desk."""

from datetime import datetime
from pathlib import Path

from idcard.trust import patch
from idcard.trust.paper import PosterKind
from idcard.verify import memory
from idcard.verify.memory import Memory
from idcard_cli import files, memory_file

_CBOR_MAP = 0xA0


def is_trust_file(data: bytes) -> bool:
    """Whether data begins like a trust file, as no UTF-8 text and no picture does."""
    return bool(data) and data[0] & 0xE0 == _CBOR_MAP


def accept(path: Path, sheet: PosterKind, data: bytes, now: datetime) -> Memory:
    """Update the memory at `path`, which is written only if it changes, and return it.

    Raises OSError; UsageError while another program uses it; Refused, OtherBase and Malformed. Then nothing changes.
    """
    with files.locked(path):
        old = memory_file.read(path)
        new = _updated(old, sheet, data, now)
        if new != old:
            memory_file.write(path, new)
    return new


def _updated(old: Memory, sheet: PosterKind, data: bytes, now: datetime) -> Memory:
    if sheet is PosterKind.KILL:
        return memory.kill(old, data)
    if sheet is PosterKind.PATCH:
        data = patch.apply(old.file, data)
    return memory.update(old, data, now=now)
