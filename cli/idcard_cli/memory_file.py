"""Finds, reads and writes this computer's memory of trust files (specs/trust.md, The venue's memory)."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from idcard.verify import kept_memory
from idcard.verify.kept_memory import places, read, write
from idcard.verify.memory import Memory
from idcard.whole_file import InUse

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["places", "read", "write"]  # beside what is made here

Command = TypeVar("Command", bound=Callable[..., Any])


def _as_path(ctx: click.Context, param: click.Parameter, value: str | None) -> "Path | None":
    if value is None:
        return None
    from pathlib import Path  # a verdict by --trust does not wait for it

    return Path(value)


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


def load(path: "Path", now: datetime) -> Memory:
    """The memory, after noting today in it. Raises OSError, Refused, and UsageError while another program uses it."""
    try:
        return kept_memory.load(path, now)
    except InUse as problem:
        raise click.UsageError(str(problem)) from None
