"""Where a command of a city works: in its folder; or, in a rehearsal, in a copy (specs/command.md, Rehearsals).

A copy that is thrown away answers what one command would do. A quarter is many commands, each of which goes on from the
one before. So there is a second kind of copy, the rehearsal folder, which stays until somebody removes it. It has a
mark in it: no command works there without `--at`, so that it is never taken for the city.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard.city import plan
from idcard.credential.text import Environment
from idcard.trust import trust_file
from idcard_cli import clock, files, rehearsed

PLAN_FILE, TRUST_FILE = "city.json", "city.idtrust"
COPIED = ("counts.csv", "tally.csv", "ledger.csv")
"""What a copy has too, where it is there: besides plan, trust file, and the folders."""
FOLDERS = ("keys", "kill-notes", "published")
PUBLIC = 0o644
"""Mode of public files."""
MARK = "REHEARSAL.txt"
MAX_PLAN = 16 << 20
TOLD = (
    "This folder is a rehearsal: a copy of a test city. Nothing that is done in it counts.\n"
    "Every idcard command here needs --at TIME. Remove the folder when you have finished.\n"
)
_KEPT = {
    "out": "--out",
    "handles_path": "--handles",
    "printer": "--print",
    "slip_printer": "--print-slips",
    "numbers_path": "--library-numbers",
}


@contextmanager
def staged(folder: Path, at: datetime | None, given: Mapping[str, Any]) -> Iterator[Path]:
    """The folder that a command works on. given: its other parameters. Raises OSError, UsageError, IdcardError."""
    stays = (folder / MARK).exists()
    if at is None:
        if stays and not clock.stands():  # a command that `due` runs in a rehearsal is in it already
            raise click.UsageError(f"{folder} is a rehearsal, in which no command works without --at TIME")
        yield folder
        return
    check_test(folder)
    rehearsed.begin(at)
    if stays:
        yield folder
        return
    for parameter, option in _KEPT.items():
        if given.get(parameter) is not None:
            raise click.UsageError(
                f"{option} would keep what a thrown-away copy of the city made: leave it out, or rehearse in a copy "
                "that stays (idcard city rehearsal)"
            )
    with tempfile.TemporaryDirectory(prefix="idcard-rehearsal-") as private:
        copy = Path(private) / "city"
        copy.mkdir(0o700)
        copied(folder, copy)
        rehearsed.name_as(str(copy), str(folder))
        yield copy


def check_test(folder: Path) -> None:
    """Raises UsageError unless the signed root and the plan say that it is a test city; OSError, Refused, PlanError."""
    root = trust_file.decode(files.read_to_judge(folder / TRUST_FILE, trust_file.MAX_SIZE)).root
    check_environment(root.scope.environment, folder)
    check_environment(plan.decode(files.read_text(folder / PLAN_FILE, MAX_PLAN)).scope.environment, folder)


def check_environment(environment: Environment, path: Path) -> None:
    """Raises UsageError unless what is there is of a test city."""
    if environment is not Environment.TEST:
        raise click.UsageError(
            f"{path} is of a {environment} city, and only a test city plays another time: found one to rehearse with "
            "(idcard city init --environment test)"
        )


def copied(folder: Path, copy: Path) -> None:
    """What a city is made of. Raises OSError."""
    for name in (PLAN_FILE, TRUST_FILE, *COPIED):
        if (folder / name).exists():
            shutil.copy2(folder / name, copy / name)
    for name in FOLDERS:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, copy / name)
