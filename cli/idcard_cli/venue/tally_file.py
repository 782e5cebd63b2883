"""Reads and writes the file in which a venue counts its verdicts (specs/scan.md, Tally)."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.errors import IdcardError
from idcard.verify import tally
from idcard.verify.tally import Tally, TallyKey
from idcard_cli import files, memory_file, random_id, terminal

FILE = "tally.csv"
WRITE_SECONDS = 1.0
"""The tally is written at most this often."""
RETRY_SECONDS = 60.0
"""Pause after a failed write, so that a tally that is locked or cannot be written holds up no queue."""
Command = TypeVar("Command", bound=Callable[..., Any])


def option(command: Command) -> Command:
    """Adds `--tally`."""
    return click.option(
        "--tally", "tally_path", type=click.Path(path_type=Path), help="The tally, if not in the default place."
    )(command)


def find(tally_path: Path | None, memory_path: Path | None) -> Path:
    """The named file, or the one beside the memory, or this user's if only an administrator can write there.

    Raises UsageError if no trust file is installed.
    """
    if tally_path is not None:
        return tally_path
    return memory_file.folder_of_user(memory_file.find(memory_path)) / FILE


def find_to_read(tally_path: Path | None, memory_path: Path | None) -> Path:
    """The same for a report, which a venue owes the city after its trust file is gone, too.

    Raises UsageError for a named file that does not exist.
    """
    if tally_path is not None:
        if not tally_path.exists():
            raise click.UsageError(f"{tally_path}: there is no such file")
        return tally_path
    places = [memory_path] if memory_path is not None else memory_file.places()
    kept = [place.parent / FILE for place in places]
    with suppress(click.UsageError):
        kept.insert(0, find(None, memory_path))
    return next((path for path in kept if path.exists()), kept[0])


def read(path: Path) -> dict[str, Tally]:
    """The tally by desk; empty if there is no file. Raises OSError, UsageError, TallyError."""
    if not path.exists():
        return {}
    return tally.decode(files.read_text(path, tally.MAX_SIZE))


def add(path: Path, more: Mapping[TallyKey, int]) -> None:
    """Add counts to those in the file. Raises OSError, UsageError, TallyError; then the file is unchanged."""
    files.make_missing(path.parent)
    with files.locked(path):
        held, here = read(path), random_id.of(path)
        held[here] = held.get(here, Counter()) + Counter(more)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        files.replace(path, tally.encode(held).encode("ascii"), mode)


class Counts:
    """Counts that are not in the tally file yet."""

    def __init__(self, path: Path | None) -> None:
        """path: None to write nothing down."""
        self._path = path
        self._new: Tally = Counter()
        self._next = 0.0
        self._complained = False

    def add(self, entry: TallyKey) -> None:
        self._new[entry] += 1

    def write(self, *, last: bool = False) -> None:
        """Write if it is time to. A failure is reported once and does not stop the judging of codes."""
        if self._path is None or not self._new or (time.monotonic() < self._next and not last):
            return
        with files.uninterrupted():  # otherwise a code could be counted twice, or a lock stay held
            try:
                add(self._path, self._new)
            except (OSError, click.ClickException, IdcardError) as problem:
                self._next = time.monotonic() + RETRY_SECONDS
                if not self._complained or last:
                    self._complained = True
                    missing = sum(self._new.values())
                    codes = f"{missing:,} code{'s' * (missing != 1)}"
                    terminal.say(f"the tally is missing {codes}: {_why(problem)}")
            else:
                self._new = Counter()
                self._next = time.monotonic() + WRITE_SECONDS


def _why(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"{problem.filename or 'the disk'}: {(problem.strerror or 'failed').lower()}"
    return terminal.as_clause(problem.format_message() if isinstance(problem, click.ClickException) else str(problem))
