"""Files read with a bound, and files made whole or not at all.

A verdict reads files too, so what only writing needs is imported when something is written.
"""

import codecs
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LINE_END = re.compile(r"\r\n?|\n")
_AROUND = "\ufeff\xa0 \t\r\n"


def read(path: "str | Path", limit: int) -> bytes:
    """At most `limit` bytes of a file. Raises OSError, and UsageError for a larger file."""
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise click.UsageError(f"{path} is larger than {limit} bytes")
    return data


def read_to_judge(path: "str | Path", limit: int) -> bytes:
    """At most `limit` + 1 bytes of a file: the format refuses one that is too large, in its own words. Raises OSError.

    One byte more than allowed is enough for that.
    """
    with open(path, "rb") as file:
        return file.read(limit + 1)


def read_stdin(limit: int) -> bytes:
    """At most `limit` + 1 bytes: one more than allowed is enough for the format to refuse it."""
    if sys.stdin is None:
        raise click.ClickException("standard input is closed")
    return sys.stdin.buffer.read(limit + 1)


def read_text(path: "Path", limit: int) -> str:
    """Raises OSError, and UsageError for a file that is too large or not UTF-8."""
    text = as_text(read(path, limit))
    if text is None:
        raise click.UsageError(f"{path} is not text in UTF-8")
    return text


def as_text(data: bytes) -> str | None:
    """In UTF-8, or as its byte order mark says, which is dropped. None for what is no text.

    The decoder's own error holds the data, so it may not even be a cause.
    """
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    try:
        text = data[len(mark) :].decode(_MARKS.get(mark, "utf-8"))
    except UnicodeDecodeError:
        return None
    return None if mark and not text else text


def lines(text: str) -> list[str]:
    """Whichever system ended them. Not splitlines, which cuts at more than line ends."""
    return _LINE_END.split(text)


def bare(text: str) -> str:
    """Without the blanks, line ends and byte order marks that copying, mail and editors leave around it."""
    return text.strip(_AROUND)


def make_folder(path: "Path", contents: "Mapping[str, bytes]", modes: "Mapping[str, int] | None" = None) -> None:
    """A new folder with these files (names may have one folder before them), readable by its owner only.

    modes: of files that others may read. The folder appears under its name when everything in it is written, or not at
    all. Raises OSError; UsageError where something is there already.
    """
    import shutil
    import tempfile
    from pathlib import Path

    refuse_existing(path)
    make_missing(path.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        for name, data in contents.items():
            file_path = unfinished / name
            file_path.parent.mkdir(mode=0o700, exist_ok=True)
            _create(file_path, data, (modes or {}).get(name, 0o600))
        for folder in {unfinished, *((unfinished / name).parent for name in contents)}:
            sync_folder(folder)
        refuse_existing(path)
        unfinished.rename(path)
        sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def make_missing(path: "Path", mode: int = 0o777) -> None:
    """A folder and those above it, as far as they are missing: on the disk before anything in them. Raises OSError."""
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            folder.mkdir(mode, exist_ok=True)
            sync_folder(folder.parent)


@contextmanager
def locked(path: "Path") -> Iterator[None]:
    """One process at a time between reading a file and replacing it. Raises OSError; UsageError after ten seconds."""
    import filelock

    lock = f"{path}.lock"
    if os.name == "posix":
        _make_private(lock)
    try:
        with filelock.FileLock(lock, timeout=10):
            yield
    except filelock.Timeout:
        raise click.UsageError(f"another program is using {path}; try again") from None


def _make_private(lock: str) -> None:
    """Whoever can open a lock can hold it: it is made for its owner only, and an older one is mended. Raises OSError.

    A link, a folder, what belongs to somebody else and what has a second name are left to whoever takes the lock.
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


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and its like wait until the end, where what is written and what is remembered of it must not part.

    Where a system cannot hold them back (Windows), they do not wait.
    """
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Inside: what had come already is raised by this very call, when it has taken effect.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def create(path: "Path", data: bytes, mode: int = 0o600) -> None:
    """A new file, whole or not at all. Raises OSError; UsageError where something is there already."""
    refuse_existing(path)
    with _written(path, data, mode) as unfinished:
        _name(unfinished, path)


def rename(path: "Path", new: "Path") -> None:
    """On the disk under one name or the other. Raises OSError; UsageError where something has the new one."""
    # After a link that was interrupted, both names are of one file.
    if not (new.exists() and new.samefile(path)):
        _name(path, new)
    sync_folder(new.parent)
    path.unlink(missing_ok=True)
    sync_folder(new.parent)


def _name(unfinished: "Path", path: "Path") -> None:
    """Gives a file another name, and never that of a file that came meanwhile. The old one may stay."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError:
        # A stick without links, as between officers' computers.
        _replace(unfinished, path)


def replace(path: "Path", data: bytes, mode: int = 0o600) -> None:
    """The file has its old content or the new one, whatever happens meanwhile. Raises OSError."""
    with _written(path, data, mode) as unfinished:
        _replace(unfinished, path)


@contextmanager
def _written(path: "Path", data: bytes, mode: int) -> "Iterator[Path]":
    """A file beside `path` that is on the disk whole; gone afterwards, unless it was renamed."""
    import tempfile
    from pathlib import Path

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _fill(file, data, mode)
        yield unfinished
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def destroy(path: "Path") -> None:
    """Overwrites a private key before its name goes. Copies that a disk keeps are still sealed. Raises OSError."""
    if path.is_symlink():
        raise click.UsageError(f"{path} is a link; destroy what it names by hand")
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def _replace(unfinished: "Path", path: "Path") -> None:
    """Windows refuses while another program, such as a virus scanner, holds the file open."""
    for attempt in range(10):
        try:
            unfinished.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.1)


def refuse_existing(path: "Path") -> None:
    """Raises UsageError where a file or folder stands, for nothing is ever written over, and for what names neither."""
    if path.name in ("", ".."):
        raise click.UsageError(f"{path} is not the name of a new file")
    if os.path.lexists(path):
        raise click.UsageError(f"{path} already exists; name another")


def _create(path: "Path", data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        _fill(file, data, mode)


def _fill(file: "BinaryIO", data: bytes, mode: int) -> None:
    file.write(data)
    file.flush()
    if os.name == "posix":
        os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())


def sync_folder(path: "Path") -> None:
    """What came or went in it is on the disk. Raises OSError."""
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
