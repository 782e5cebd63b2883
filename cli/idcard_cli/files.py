"""Reads files up to a size, and writes files completely or not at all.

Every verdict loads this module, so what only writing needs is imported there.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from idcard import whole_file
from idcard.repairs import encodings
from idcard.whole_file import InUse, make_missing, replace, sync_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["make_missing", "replace", "sync_folder"]  # beside what is made here

_LINE_END = re.compile(r"\r\n?|\n")


def read(path: "str | Path", limit: int) -> bytes:
    """At most `limit` bytes of a file. Raises OSError, and UsageError for a larger file."""
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise click.UsageError(f"{path} is larger than {limit} bytes")
    return data


def read_to_judge(path: "str | Path", limit: int) -> bytes:
    """At most `limit` + 1 bytes of a file, so that its decoder can refuse one that is too large. Raises OSError."""
    with open(path, "rb") as file:
        return file.read(limit + 1)


def read_stdin(limit: int) -> bytes:
    """At most `limit` + 1 bytes, so that a decoder can refuse input that is too large."""
    if sys.stdin is None:
        raise click.ClickException("standard input is closed")
    return sys.stdin.buffer.read(limit + 1)


def read_text(path: "Path", limit: int) -> str:
    """The text of a file. Raises OSError, and UsageError if it is too large or not UTF-8."""
    text = encodings.as_text(read(path, limit))
    if text is None:
        raise click.UsageError(f"{path} is not text in UTF-8")
    return text


def lines(text: str) -> list[str]:
    """Lines with the line ends of any system. str.splitlines would also split at other characters."""
    return _LINE_END.split(text)


@contextmanager
def locked(path: "Path") -> Iterator[None]:
    """One process at a time between reading a file and replacing it. Raises OSError; UsageError after ten seconds."""
    try:
        with whole_file.locked(path):
            yield
    except InUse as problem:
        raise click.UsageError(str(problem)) from None


def make_folder(path: "Path", contents: "Mapping[str, bytes]", modes: "Mapping[str, int] | None" = None) -> None:
    """A new folder with these files (names may have one folder before them), readable by its owner only.

    modes: of files that others may read. The folder appears only when everything in it is written. Raises OSError;
    UsageError if the name exists.
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


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C and other signals until the end, so that the file and the state of the program stay in step.

    On Windows, which cannot delay them, this does nothing.
    """
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Inside `try`: this call itself raises for a signal that had come before.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def create(path: "Path", data: bytes, mode: int = 0o600) -> None:
    """Make a new file, completely or not at all. Raises OSError; UsageError if the name exists."""
    refuse_existing(path)
    with whole_file.written(path, data, mode) as unfinished:
        _name(unfinished, path)


def rename(path: "Path", new: "Path") -> None:
    """Rename a file that always keeps one of the two names. Raises OSError; UsageError if the new one exists."""
    # After an interrupted run, both names may be of one file.
    if not (new.exists() and new.samefile(path)):
        _name(path, new)
    sync_folder(new.parent)
    path.unlink(missing_ok=True)
    sync_folder(new.parent)


def _name(unfinished: "Path", path: "Path") -> None:
    """Give a file a new name, but never that of a file made meanwhile. The old name may stay."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError:
        # A file system without links, such as that of a memory stick.
        whole_file.move(unfinished, path)


def destroy(path: "Path") -> None:
    """Overwrite and remove a private key or handles. A disk may keep copies; those of a key are encrypted. OSError."""
    if path.is_symlink():
        raise click.UsageError(f"{path} is a link; destroy the file that it names by hand")
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def replace_secret(path: "Path", data: bytes) -> None:
    """Replace the file of a private key, and overwrite what it held. It always has the old content or the new one.

    Windows, which does not replace an open file, leaves the old content to its disk. Raises OSError.
    """
    if os.name != "posix":
        replace(path, data)
        return
    with path.open("r+b") as old:
        replace(path, data)
        # The name is the new file's by now; the open file is the old one, and nobody can open it again.
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def check_name(path: "Path") -> None:
    """Raises UsageError for what names no file that could be made."""
    if path.name in ("", ".."):
        raise click.UsageError(f"{path} is not the name of a new file")


def refuse_existing(path: "Path") -> None:
    """Raises UsageError if the path exists, for nothing is ever overwritten, or if it is no name."""
    check_name(path)
    if os.path.lexists(path):
        raise click.UsageError(f"{path} already exists; name another")


def _create(path: "Path", data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        whole_file.fill(file, data, mode)
