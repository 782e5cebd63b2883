"""`idcard ledger`: what is cancelled, and the ledgers of several offices put together."""

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
    """Look at what is cancelled, and put the ledgers of several offices together."""


@group.command()
@city_folder.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(folder: Path, as_json: bool) -> None:
    """Print how many codes and cohorts are cancelled, by the month in which they expire. More is not known.

    \b
    Example:
      idcard ledger show --city springfield
    """
    held, now = CityFolder(folder), seconds_now()
    in_force = held.trust()
    held.plan(in_force)  # Another folder has no ledger, and that is not none.
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
    """Take everything that other offices cancelled into the city's ledger.

    LEDGER is the ledger.csv of another office. In which order, and how often, makes no difference. Nothing in a ledger
    says who wrote it, and whoever scanned a code could put it into one: take it from the office's own hand.

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
        confirm(f"Cancel {len(new):,} more, as these ledgers say?", yes=yes)
    before = held.change_ledger(lambda written, _: ledger.merge(written, others), seconds_now())
    click.echo(f"{len(ledger.live(others, now) - before.keys()):,} more cancelled")


def _read(path: Path) -> Ledger:
    try:
        return ledger.decode(files.read_text(path, ledger.MAX_SIZE))
    except LedgerError as problem:
        raise click.UsageError(f"{path}: {problem}") from None
