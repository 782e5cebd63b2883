"""`idcard city report`: what a city may tell its council, as a table, for a spreadsheet, or as a picture."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from idcard.city import council_numbers
from idcard.city.council_numbers import PrintedTable, ReportLine
from idcard.city.counts import Counts
from idcard.credential.calendar import Quarter
from idcard.verify import tally
from idcard.verify.tally import Tally
from idcard_cli import files, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.officer import bars, city_folder, staging
from idcard_cli.officer.city_folder import CityFolder

SCHEMA = 1
TOLD = "every number is rounded down to tens, and a total is the sum of the numbers beside it"
_WHAT = {None: "accepted", "reject": "refused", "cannot-say": "could not be checked"}


@click.command()
@city_folder.option
@click.option("--quarters", type=click.IntRange(1, 40), default=4, show_default=True, help="How many that are over.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "svg", "json"]), default="table",
              show_default=True, help="For people, for a spreadsheet, a picture, or one JSON object.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
def report(folder: Path, quarters: int, form: str, out: Path | None) -> None:
    """Print numbers for the council: codes made and codes checked, by quarter, rounded so that nobody is found in them.

    Only quarters that are over, each number rounded down to tens, totals of what is printed. Reasons that are few are
    one line. First bring the numbers together: idcard city collect.

    \b
    Example:
      idcard city report --city springfield
    """
    if out is not None:
        files.refuse_existing(out)
    held, now = CityFolder(folder), seconds_now()
    held.plan(held.trust())
    made, seen = held.counts_by_counter(), held.tally_by_desk()
    codes, checks = _of_counts(held.counts()), _of_tally(tally.total(seen))
    # Before the first number there was no programme, and 0 would say that there were few.
    first = min(
        (quarter for (_, quarter), number in (*codes.items(), *checks.items()) if number >= council_numbers.STEP),
        default=None,
    )
    told = [quarter for quarter in council_numbers.closed(now, quarters) if first is None or quarter >= first]
    tables = [
        council_numbers.printed("Codes made", codes, told),
        council_numbers.printed("Codes checked at venues", checks, told),
    ]
    written = {"table": _table, "csv": _csv, "svg": bars.svg, "json": _json}[form](tables)
    if out is not None:
        files.create(out, written.encode("utf-8"), staging.PUBLIC)
    else:
        click.echo(written, nl=False)
    terminal.say(f"the numbers of {_several(len(made), 'counter')} and {_several(len(seen), 'venue desk')} are in it")


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _of_counts(counted: Counts) -> Counter[tuple[ReportLine, Quarter]]:
    found: Counter[tuple[ReportLine, Quarter]] = Counter()
    for key, codes in counted.items():
        found[ReportLine(key.venue_class, "made"), council_numbers.quarter_of(key.month)] += codes
    return found


def _of_tally(counted: Tally) -> Counter[tuple[ReportLine, Quarter]]:
    found: Counter[tuple[ReportLine, Quarter]] = Counter()
    for key, codes in counted.items():
        outcome = tally.outcome(key.verdict)
        reason = "" if outcome is None else key.verdict
        if key.verdict == tally.NO_MATCH:
            reason = "the photo did not match"
        line = ReportLine(key.venue_class, _WHAT[None if outcome is None else outcome.value], reason)
        found[line, council_numbers.quarter_of(key.month)] += codes
    return found


def _named(line: ReportLine) -> str:
    return f"{line.place}: {line.what}" + (f", {line.reason}" if line.reason else "")


def _table(tables: Sequence[PrintedTable]) -> str:
    return "".join(f"{line}\n" for table in tables for line in _lines(table)) + f"{TOLD}\n"


def _lines(table: PrintedTable) -> Iterator[str]:
    rows = [(_named(row.line), (*row.cells, row.total)) for row in table.rows]
    if rows:
        rows.append(("all", (*table.totals, sum(table.totals))))
    width = max([len(table.title), *(len(name) for name, _ in rows)])
    yield f"{table.title:<{width}}" + "".join(f"{each!s:>12}" for each in (*table.quarters, "total"))
    for name, cells in rows:
        yield f"{name:<{width}}" + "".join(f"{cell:>12,}" for cell in cells)
    if not rows:
        yield council_numbers.NOTHING
    yield ""


def _csv(tables: Sequence[PrintedTable]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["table", "place", "what", "reason", *map(str, tables[0].quarters), "total"])
    for table in tables:
        for row in table.rows:
            writer.writerow([table.title, *row.line, *row.cells, row.total])
        if table.rows:
            writer.writerow([table.title, "all", "", "", *table.totals, sum(table.totals)])
    return file.getvalue()


def _json(tables: Sequence[PrintedTable]) -> str:
    told = [
        {
            "title": table.title,
            "rows": [{**row.line._asdict(), "codes": list(row.cells), "total": row.total} for row in table.rows],
            "totals": list(table.totals),
        }
        for table in tables
    ]
    return json.dumps({"schema": SCHEMA, "quarters": [str(each) for each in tables[0].quarters], "tables": told}) + "\n"
