"""Reads and writes a venue's memory in a file (specs/trust.md, The venue's memory). Needs the extra `service`."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

from idcard import whole_file
from idcard.errors import NeedsExtra
from idcard.verify import memory
from idcard.verify.memory import Memory

if TYPE_CHECKING:
    from pathlib import Path

MEMORY_FILE = "venue.idmemory"


def places() -> "list[Path]":
    """The default paths of the memory: those for all users of this computer, and last that of this user.

    The order of the shared paths differs between sessions of an administrator and of a desktop: check all of them.
    """
    from pathlib import Path

    try:
        import platformdirs
    except ImportError:
        raise NeedsExtra("a memory in its usual place", "service") from None

    shared = platformdirs.site_data_dir("idcard", appauthor=False, multipath=True).split(os.pathsep)
    folders = [*map(Path, shared), platformdirs.user_data_path("idcard", appauthor=False)]
    return [folder / MEMORY_FILE for folder in folders]


def read(path: "Path") -> Memory:
    """The memory in the file. Raises OSError, Refused."""
    with open(path, "rb") as file:
        return memory.decode(file.read(memory.MAX_SIZE + 1))


def write(path: "Path", held: Memory, mode: int | None = None) -> None:
    """mode: of the file; None to keep it. Raises OSError."""
    whole_file.replace(path, memory.encode(held), path.stat().st_mode & 0o777 if mode is None else mode)


def load(path: "Path", now: datetime) -> Memory:
    """The memory, after noting today in it. Raises OSError, Refused, and InUse while another program uses it."""
    held = read(path)
    today = memory.seen(held, now=now)
    # Clerks cannot write a shared memory of an administrator: its day changes only with an update.
    if today is held or not os.access(path.parent, os.W_OK):
        return today
    with whole_file.locked(path):
        held = read(path)
        today = memory.seen(held, now=now)
        if today is not held:
            write(path, today)
    return today
