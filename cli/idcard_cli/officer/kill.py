"""`idcard trust kill`: distrust a leaked key by its kill note."""

from pathlib import Path

import click

from idcard import cose
from idcard.ceremony import publish, rotation
from idcard.errors import Malformed, Refused
from idcard.trust import kill_note, paper, trust_file
from idcard.trust.paper import PosterKind
from idcard_cli import scans
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder


@click.command()
@click.argument("note", type=click.Path())
@city_folder.option
@yes_option
def kill(note: str, folder: Path, yes: bool) -> None:
    """Put a kill note into the trust file: its key is distrusted, and no officer has to sign.

    For a leaked key, when the publishers cannot be reached. NOTE is a picture of the note, or a file with its text.
    Venues accept the new trust file, or the note alone from a poster (idcard trust poster --kill).

    \b
    Example:
      idcard trust kill kill-note.txt --city springfield
    """
    sheet, data = paper.decode(scans.read([note]))
    if sheet is not PosterKind.KILL:
        raise click.UsageError(f"{note} is not a kill note")
    held = CityFolder(folder)
    with held.locked():
        before = held.trust_bytes()
        in_force = trust_file.decode(before)
        city_plan = held.plan(in_force)
        try:
            killed = kill_note.decode(data, in_force.root.scope)
        except (Malformed, Refused):
            raise click.UsageError(f"{note} is not a kill note of a key of this city") from None
        found = next((key for key in city_plan.keys if key.key == killed), None)
        name = str(found) if found else cose.kid(killed).hex()
        if killed not in {key.key for key in in_force.trust_list.keys}:
            raise click.UsageError(f"the trust list does not name the key {name}, so no venue accepts its codes anyway")
        confirm(f"Distrust {name} for ever?", yes=yes)
        # One note of a key is enough, and two that differ are in no trust file.
        after = before if killed in in_force.kill_notes else publish.with_kill_note(before, data)
        if found is not None:
            # First the plan, so that nothing more is minted with this key.
            held.write_plan(rotation.distrusted(city_plan, found))
        held.write_trust(after)
    click.echo(f"{held.trust_path}: {name} is distrusted; give it to every venue")
