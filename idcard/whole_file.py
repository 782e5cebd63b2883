"""Replaces a file as a whole, and keeps other programs from it meanwhile. The lock needs filelock."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from idcard.errors import IdcardError, NeedsExtra

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO


PATIENCE = 10.0


class InUse(IdcardError):
    """Another program has a file that this one wants to replace."""


@contextmanager
def locked(path: "Path", patience: float = PATIENCE) -> Iterator[None]:
    """One process at a time between reading a file and replacing it. Raises OSError; InUse after `patience` seconds."""
    try:
        import filelock
    except ImportError:
        raise NeedsExtra("a memory that is kept", "service") from None

    lock = f"{path}.lock"
    if os.name == "posix":
        _make_private(lock)
    try:
        with filelock.FileLock(lock, timeout=patience):
            yield
    except filelock.Timeout:
        raise InUse(f"another program is using {path}; try again when it has finished") from None


def _make_private(lock: str) -> None:
    """Let only the owner open a lock file, for whoever can open it can hold it. Raises OSError.

    A link, a folder, and a file of somebody else or with a second name are left alone.
    """
    try:
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return
        try:
            found = os.fstat(descriptor)
            is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
            if is_ours and found.st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)


def make_missing(path: "Path", mode: int = 0o777) -> None:
    """Make a folder and missing ones above it, and sync each to the disk. Raises OSError."""
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            folder.mkdir(mode, exist_ok=True)
            sync_folder(folder.parent)


def replace(path: "Path", data: bytes, mode: int = 0o600) -> None:
    """Replace a file, so that it always has the old content or the new one. Raises OSError."""
    with written(path, data, mode) as unfinished:
        move(unfinished, path)


@contextmanager
def written(path: "Path", data: bytes, mode: int) -> "Iterator[Path]":
    """A complete temporary file beside `path`, removed afterwards unless it was renamed."""
    import tempfile
    from pathlib import Path

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        try:
            with os.fdopen(descriptor, "wb") as file:
                fill(file, data, mode)
        except OSError as problem:
            problem.filename = problem.filename or str(path)  # a full disk names no file
            raise
        yield unfinished
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def move(unfinished: "Path", path: "Path") -> None:
    """Replace a file; try again while Windows refuses because another program, such as a virus scanner, has it open."""
    for attempt in range(10):
        try:
            unfinished.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.1)


def fill(file: "BinaryIO", data: bytes, mode: int) -> None:
    """Write the data, and sync it to the disk. mode: of the file. Raises OSError."""
    file.write(data)
    file.flush()
    if os.name == "posix":
        os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())


def sync_folder(path: "Path") -> None:
    """Sync the changes of a folder to the disk. Raises OSError."""
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
