"""Makes this computer's first memory, for `idcard venue install` and the desk."""

from collections.abc import Sequence
from pathlib import Path

import click

from idcard.errors import Reason, Refused
from idcard.verify.memory import Memory
from idcard_cli import files, memory_file


def keep(new: Memory, path: Path, others: Sequence[Path], *, shared: bool = False) -> bool:
    """Write the first memory to `path`. Whether it replaced a damaged one.

    others: the other places where a memory may be. shared: with the access of all users of this computer. Raises
    OSError; UsageError where a memory is already, or while another program uses it.
    """
    _make_folder(path.parent, shared=shared)
    with files.locked(path):
        damaged = path.exists()
        for place in (*others, path):
            if _stands(place):
                raise click.UsageError(f"a trust file is installed already ({place}); use idcard venue update")
        memory_file.write(path, new, 0o644 if shared else 0o600)
    return damaged


def _make_folder(folder: Path, *, shared: bool) -> None:
    """Make the folder; a shared one is open to clerks whatever the administrator's umask is."""
    if not folder.exists():
        files.make_missing(folder)
        if shared:
            folder.chmod(0o755)


def _stands(path: Path) -> bool:
    """Whether there is a memory that works, or one of a newer program. A damaged one may be replaced."""
    if not path.exists():
        return False
    try:
        memory_file.read(path)
    except Refused as refused:
        return refused.reason is not Reason.MEMORY_DAMAGED
    return True
