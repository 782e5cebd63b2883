"""`idcard city rehearsal`: a copy of a test city in which a whole quarter can be rehearsed."""

import shutil
import tempfile
from pathlib import Path

import click

from idcard_cli import files, terminal
from idcard_cli.officer import staging


@click.command()
@click.argument("copy", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--city", "folder", required=True, type=click.Path(path_type=Path), help="Folder of a test city.")
def rehearsal(copy: Path, folder: Path) -> None:
    """Copy a test city into FOLDER, where every command needs --at TIME and goes on from the one before.

    So you rehearse a quarter or a bad day, with dates of your choice. Remove FOLDER when you have finished.

    \b
    Example:
      idcard city rehearsal play --city springfield
    """
    files.refuse_existing(copy)
    staging.check_test(folder)
    files.make_missing(copy.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=copy.parent))
    try:
        staging.copied(folder, unfinished)
        (unfinished / staging.MARK).write_text(staging.TOLD, "ascii")
        files.refuse_existing(copy)
        unfinished.rename(copy)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    click.echo(f"{copy}: rehearse here with --at TIME; remove it when you have finished")
    terminal.say(f"such as: idcard doctor --city {copy} --at 2030-01-02")
