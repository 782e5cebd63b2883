"""`idcard ledger`: show what is cancelled, and merge the ledgers of several offices."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.city import ledger
from idcard.city.ledger import Ledger, LedgerError
from idcard.credential.calendar import as_month
from idcard_cli import files
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder

SCHEMA = 1


@click.group("ledger")
def group() -> None:
    """Show what is cancelled, and merge the ledgers of several offices."""


@group.command()
@city_folder.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(folder: Path, as_json: bool) -> None:
    """Print how many codes and cohorts are cancelled, by the month in which they expire. The ledger holds no more.

    \b
    Example:
      idcard ledger show --city springfield
    """
    held, now = CityFolder(folder), seconds_now()
    in_force = held.trust()
    held.plan(in_force)  # A folder that is no city must not be reported as a city without cancellations.
    written = held.ledger(in_force)
    waiting = ledger.waiting(written, in_force, now)
    months = Counter(written.values())
    if as_json:
        rows = [{"expires": as_month(month), "cancelled": months[month]} for month in sorted(months)]
        click.echo(json.dumps({"schema": SCHEMA, "months": rows, "unpublished": len(waiting)}))
        return
    for month in sorted(months):
        click.echo(f"{as_month(month)}  {months[month]:>9,}")
    click.echo(f"{len(written):,} cancelled, {len(waiting):,} of them in no trust file yet")


@group.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="LEDGER...")
@city_folder.option
@yes_option
def merge(paths: Sequence[Path], folder: Path, yes: bool) -> None:
    """Add everything that other offices cancelled to the city's ledger.

    LEDGER is the ledger.csv of another office. You may merge it more than once, and in any order. A ledger is not
    signed, and anybody who scanned a code could write one that cancels it: get the file from the office in person.

    \b
    Example:
      idcard ledger merge north/ledger.csv --city springfield --yes
    """
    held, now = CityFolder(folder), seconds_now()
    in_force = held.trust()
    held.plan(in_force)
    held.check_in_date(in_force, now)
    others = ledger.bounded(ledger.merge(*map(_read, paths)), in_force)
    if new := ledger.live(others, now) - held.ledger(in_force).keys():
        confirm(f"Cancel {len(new):,} more codes or cohorts, as in these ledgers?", yes=yes)
    before = held.change_ledger(lambda written, _: ledger.merge(written, others), seconds_now())
    click.echo(f"{len(ledger.live(others, now) - before.keys()):,} more cancelled")


def _read(path: Path) -> Ledger:
    try:
        return ledger.decode(files.read_text(path, ledger.MAX_SIZE))
    except LedgerError as problem:
        raise click.UsageError(f"{path}: {problem}") from None
