"""`idcard ledger`: what is cancelled, and the ledgers of several offices put together."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.authority import ledger as ledgers
from idcard.credential.calendar import as_month
from idcard_cli import city_folder, files
from idcard_cli.cancel import check_in_date
from idcard_cli.city_folder import CityFolder
from idcard_cli.consent import confirm, yes_option
from idcard_cli.key import seconds_now

SCHEMA = 1


@click.group()
def ledger() -> None:
    """Look at what is cancelled, and put the ledgers of several offices together."""


@ledger.command()
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
    waiting = ledgers.waiting(written, in_force, now)
    months = Counter(written.values())
    if as_json:
        rows = [{"expires": as_month(month), "cancelled": months[month]} for month in sorted(months)]
        click.echo(json.dumps({"schema": SCHEMA, "months": rows, "unpublished": len(waiting)}))
        return
    for month in sorted(months):
        click.echo(f"{as_month(month)}  {months[month]:>9,}")
    click.echo(f"{len(written):,} cancelled, {len(waiting):,} of them in no trust file yet")


@ledger.command()
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
    check_in_date(held, in_force, now)
    others = ledgers.bounded(ledgers.merge(*map(_read, paths)), in_force)
    if new := ledgers.live(others, now) - held.ledger(in_force).keys():
        confirm(f"Cancel {len(new):,} more, as these ledgers say?", yes=yes)
    before = held.change_ledger(lambda written, _: ledgers.merge(written, others), seconds_now())
    click.echo(f"{len(ledgers.live(others, now) - before.keys()):,} more cancelled")


def _read(path: Path) -> ledgers.Ledger:
    try:
        return ledgers.decode(files.read_text(path, ledgers.MAX_SIZE))
    except ledgers.LedgerError as problem:
        raise click.UsageError(f"{path}: {problem}") from None
