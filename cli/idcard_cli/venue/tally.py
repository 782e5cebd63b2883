"""`idcard tally`: print the counts that a venue reports to the city."""

import json
from pathlib import Path

import click

from idcard.verify.verdict import ACCEPT
from idcard_cli import memory_file, terminal
from idcard_cli.venue import tally_file, tally_report


@click.command("tally")
@tally_file.option
@memory_file.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def print_tally(tally_path: Path | None, memory_path: Path | None, as_json: bool) -> None:
    """Print how many codes were accepted and refused here, by month, venue class and reason.

    These counts are all that idcard scan and idcard desk write down, and all that a venue reports to the city.

    \b
    Example:
      idcard tally
    """
    path = tally_file.find_to_read(tally_path, memory_path)
    if not path.exists():
        terminal.say("nothing was counted here yet")
    rows = tally_report.rows(tally_file.read(path))
    if as_json:
        click.echo(json.dumps({"schema": tally_report.SCHEMA, "tally": [row.as_json() for row in rows]}))
        return
    for row in rows:
        more = f"  {row.verdict}" if row.verdict != ACCEPT else ""
        told = f"{row.month}  {row.codes:>9,}  {row.venue_class}  {row.outcome.replace('-', ' ')}{more}"
        click.echo(terminal.printable(told))
