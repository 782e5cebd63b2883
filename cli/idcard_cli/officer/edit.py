"""`idcard city edit`: change what a city says of itself, its kinds of places, or the life of its codes."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from idcard import strict_json
from idcard.ceremony import plan_edit
from idcard.strict_json import NotJson
from idcard_cli import city_time, files, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.staging import MAX_PLAN


@click.command()
@city_folder.option
@click.option("--set", "assigned", multiple=True, metavar="NAME=VALUE", help="Such as contact=…, or pool.life=18.")
@click.option("--from", "source", type=click.Path(path_type=Path), help="The printed fields, with your changes.")
@yes_option
def edit(folder: Path, assigned: Sequence[str], source: Path | None, yes: bool) -> None:
    """Change the plan of a city: its contact sentence, a kind of place, what that asks for, how long codes live.

    Without --set and --from it prints what can be changed, to edit in a file. Every change is shown and asked about.
    Venues learn of it from the next trust list, as always (idcard trust draft). A new kind of place is one more object
    under "classes"; leave its number out.

    \b
    Example:
      idcard city edit --city springfield > plan.json
      idcard city edit --city springfield --from plan.json --yes
      idcard city edit --city springfield --set contact="Ask the card office, 555-0199." --yes
    """
    held = CityFolder(folder)
    with held.locked():
        before = held.whole_plan(held.trust())
        fields = plan_edit.fields(before)
        if source is None and not assigned:
            click.echo(json.dumps(fields, indent=2, ensure_ascii=False))
            return
        if source is not None:
            fields = _read(source)
        for each in assigned:
            fields = plan_edit.with_value(fields, each)
        after = plan_edit.changed(before, fields)
        if after.time_zone != before.time_zone:
            city_time.zone(after.time_zone)
        differences = list(plan_edit.differences(before, after))
        if not differences:
            click.echo("nothing changes")
            return
        for sentence in (*differences, *plan_edit.consequences(before, after, seconds_now())):
            click.echo(terminal.printable(sentence))
        confirm("Change this?", yes=yes)
        held.write_plan(after)
    if plan_edit.needs_root(before, after):
        terminal.say("venues learn of it from the next root: idcard trust draft --new-root")
    elif plan_edit.venues_learn(before, after):
        terminal.say("venues learn of it from the next trust list: idcard trust draft")
    else:
        terminal.say("venues need not know of it; counters that have a copy of city.json need the new one")


def _read(path: Path) -> plan_edit.Fields:
    try:
        found = strict_json.decode(files.read_text(path, MAX_PLAN))
    except NotJson as problem:
        raise click.UsageError(f"{path}: {problem}") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{path} is not the object that idcard city edit prints")
    return found
