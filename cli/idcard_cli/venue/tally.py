"""`idcard tally`: print the counts that a venue reports to the city."""

import json
from pathlib import Path

import click

from idcard.errors import Outcome, Reason
from idcard.verify import tally
from idcard.verify.verdict import ACCEPT
from idcard_cli import memory_file, terminal
from idcard_cli.venue import tally_file

SCHEMA = 1


@click.command("tally")
@tally_file.option
@memory_file.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def print_tally(tally_path: Path | None, memory_path: Path | None, as_json: bool) -> None:
    """Print how many codes were accepted and refused here, by month, venue class and reason.

    These counts are all that idcard scan writes down, and all that a venue reports to the city.

    \b
    Example:
      idcard tally
    """
    months = tally.by_month(tally_file.read(tally_file.find(tally_path, memory_path)))
    rows = [(entry.day, entry.venue_class, _outcome(entry.verdict), entry.verdict) for entry in sorted(months)]
    numbers = [months[entry] for entry in sorted(months)]
    if as_json:
        told = [
            {
                "month": month,
                "class": venue_class,
                "outcome": outcome,
                "reason": None if verdict == ACCEPT else verdict,
                "codes": codes,
            }
            for (month, venue_class, outcome, verdict), codes in zip(rows, numbers, strict=True)
        ]
        click.echo(json.dumps({"schema": SCHEMA, "tally": told}))
        return
    for (month, venue_class, outcome, verdict), codes in zip(rows, numbers, strict=True):
        reason = "" if verdict == ACCEPT else f"  {verdict}"
        click.echo(terminal.printable(f"{month}  {codes:>9,}  {venue_class}  {outcome.replace('-', ' ')}{reason}"))


def _outcome(verdict: str) -> str:
    """The outcome of a counted verdict. Reasons that only the command or a newer program has mean cannot say."""
    if verdict == ACCEPT:
        return verdict
    outcomes = {reason.value: reason.outcome for reason in Reason}
    return outcomes.get(verdict, Outcome.CANNOT_SAY).value
