"""`idcard slip wanted`: who of a table gets a code that a slip can cancel (specs/handles.md, In bulk)."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.city.office_table import BrokenTable, Wording
from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord
from idcard.issuing import batch_line, minting
from idcard_cli import clock, hardening, table_wording, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import line_minting, open_city, records
from idcard_cli.counter.progress import number
from idcard_cli.counter.record_lines import RecordLines
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder


@click.command()
@city_folder.option
@open_city.wanted_option
@table_wording.options(batch_line.KNOWN)
@click.argument("path", metavar="FILE")
def wanted(folder: Path, wanted: Sequence[str], wording: Wording, path: str) -> int:
    """Print who of FILE gets a code that a slip can cancel, as idcard slip batch reads it: reference and language.

    FILE has one record a line, as idcard batch reads it; - is standard input. For the others a slip would cancel
    nothing. A bad record is reported by line and field, and the others go on: mend it, and make its slip in a run of
    its own.

    \b
    Example:
      idcard slip wanted records.csv --city springfield |
        idcard slip batch --city springfield --handles handles.jsonl --out slips.tar
    """
    held = CityFolder(folder)
    classes = open_city.chosen_classes(held.plan(held.trust()), wanted, Kind.REVOCABLE)
    profiles = [each.profile for each in classes]
    hardening.off()
    with records.opened(path) as people:
        lines = RecordLines(people, wording)
        found, others, bad = _sorted(people, lines, profiles)
        if lines.reader is None:
            raise click.UsageError("there is no record in the input")
    terminal.say(f"{number(found, 'slip')} wanted; {number(others, 'record')} without a code that a slip can cancel")
    if bad:
        terminal.say(f"{number(bad, 'bad record')}: mend, and make the slips of these in a run of its own")
    return Exit.USAGE if bad else Exit.DONE


def _sorted(people: records.Records, lines: RecordLines, profiles: Sequence[Profile]) -> tuple[int, int, int]:
    """Prints who needs a slip. How many do, how many do not, and how many records are bad."""
    found = others = bad = 0
    now = clock.now()
    for line in people.lines():
        if line is None:
            sys.stdout.flush()
            continue
        try:
            if not lines.is_record(line):
                continue
            person = lines.read(line)
            language = person.language()
            if minting.gets_a_handle(person.record, profiles, now):
                click.echo(f"{person.reference},{language}" if language else person.reference)
                found += 1
            else:
                others += 1
        except BrokenTable as problem:
            raise click.UsageError(f"{lines.where(line.number)}: {problem}") from None
        except BadRecord as problem:
            bad += 1
            said = line_minting.in_words(problem, lines.reader)
            terminal.say(f"{lines.where(line.number)}: {said}{lines.hint(problem.field, said)}")
    sys.stdout.flush()
    return found, others, bad
