"""Finds, reads and writes this computer's memory of trust files (specs/trust.md, The venue's memory)."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from idcard.verify import memory
from idcard.verify.memory import Memory
from idcard_cli import files

if TYPE_CHECKING:
    from pathlib import Path

MEMORY_FILE = "venue.idmemory"
Command = TypeVar("Command", bound=Callable[..., Any])


def _as_path(ctx: click.Context, param: click.Parameter, value: str | None) -> "Path | None":
    from pathlib import Path

    return None if value is None else Path(value)


def option(command: Command) -> Command:
    """Adds `--memory`, which names another file than the default one."""
    return click.option(
        "--memory",
        "memory_path",
        type=click.Path(),
        callback=_as_path,
        envvar="IDCARD_MEMORY",
        help="This computer's memory file, if not in the default place.",
    )(command)


def places() -> "list[Path]":
    """The default paths of the memory: those for all users of this computer, and last that of this user.

    The order of the shared paths differs between sessions of an administrator and of a desktop: check all of them.
    """
    from pathlib import Path

    import platformdirs

    shared = platformdirs.site_data_dir("idcard", appauthor=False, multipath=True).split(os.pathsep)
    folders = [*map(Path, shared), platformdirs.user_data_path("idcard", appauthor=False)]
    return [folder / MEMORY_FILE for folder in folders]


def find(memory_path: "Path | None") -> "Path":
    """The memory file of this computer: the named one, or the shared one, or the user's. Raises UsageError."""
    for path in [memory_path] if memory_path is not None else places():
        if path.exists():
            return path
    raise click.UsageError("no trust file is installed on this computer; see idcard venue install --help")


def first_place(memory_path: "Path | None") -> "Path":
    """The memory that is here, damaged or not; or where this user's is to be."""
    try:
        return find(memory_path)
    except click.UsageError:
        return memory_path if memory_path is not None else places()[-1]


def folder_of_user(memory: "Path") -> "Path":
    """Where this user's files are kept that belong to a memory: beside it, if the user can write there."""
    # Where the folder is not made yet, it is going to be this user's.
    beside = memory.parent
    return beside if os.access(beside, os.W_OK) or not beside.exists() else places()[-1].parent


def read(path: "Path") -> Memory:
    """The memory in the file. Raises OSError, Refused."""
    with open(path, "rb") as file:
        return memory.decode(file.read(memory.MAX_SIZE + 1))


def write(path: "Path", held: Memory, mode: int | None = None) -> None:
    """mode: of the file; None to keep it. Raises OSError."""
    files.replace(path, memory.encode(held), path.stat().st_mode & 0o777 if mode is None else mode)


def load(path: "Path", now: datetime) -> Memory:
    """The memory, after noting today in it. Raises OSError, Refused, and UsageError while another program uses it."""
    held = read(path)
    today = memory.seen(held, now=now)
    # Clerks cannot write a shared memory of an administrator: its day changes only with an update.
    if today is held or not os.access(path.parent, os.W_OK):
        return today
    with files.locked(path):
        held = read(path)
        today = memory.seen(held, now=now)
        if today is not held:
            write(path, today)
    return today
