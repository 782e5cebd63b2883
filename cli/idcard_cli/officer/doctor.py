"""`idcard doctor`: what is wrong with a city's folder, or soon will be."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from idcard_cli import terminal
from idcard_cli.clock import seconds_now
from idcard_cli.command import Exit
from idcard_cli.officer import city_folder, findings
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.findings import Finding

SCHEMA = 1


@click.command()
@city_folder.option
@click.option("--within", type=click.IntRange(0, findings.WARN_DAYS), default=findings.WITHIN_DAYS, show_default=True,
              metavar="DAYS", help="How many days ahead something is SOON.")  # fmt: skip
@click.option("--cohort-sheet", "sheets", multiple=True, type=click.Path(path_type=Path),
              help="A sheet of a counter, whose end is told too.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(folder: Path, within: int, sheets: Sequence[Path], as_json: bool) -> int:
    """Check a city's folder: what expires, what is due, the clock, who can read the keys, what is missing.

    Made for cron: nothing to do now or soon is exit 0. What is due: idcard due leads through it. With --cohort-sheet
    also for the folder of a counter, which has no keys.

    \b
    Exit: 0 nothing to do, 1 something to do NOW, 4 something to do SOON, 2 the folder cannot be read
    \b
    Example:
      idcard doctor --city springfield
      idcard doctor --city springfield --cohort-sheet sheet.json
    """
    held, now = CityFolder(folder), seconds_now()
    trust = held.trust()
    plan = held.plan(trust)
    found = findings.of(held, plan, trust, now, within, sheets)
    if as_json:
        rows = [{"urgent": each.urgent, "soon": each.soon, "what": each.what} for each in found]
        click.echo(json.dumps({"schema": SCHEMA, "findings": rows}))
    else:
        for each in found:
            click.echo(f"{_word(each)} {terminal.printable(each.what)}")
        if not found:
            click.echo(f"nothing to do in the next {findings.WARN_DAYS} days")
    if any(each.urgent for each in found):
        return Exit.REJECT
    return Exit.SOON if any(each.soon for each in found) else Exit.DONE


def _word(finding: Finding) -> str:
    if finding.urgent:
        return terminal.styled("NOW ", fg="red", bold=True)
    return terminal.styled("SOON", fg="yellow", bold=True) if finding.soon else "    "
