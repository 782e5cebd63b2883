"""`idcard venue`: install, update, show and forget the trust file of this computer."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from idcard import cose, pictures
from idcard.credential.calendar import as_day, seconds
from idcard.errors import Refused
from idcard.trust import paper
from idcard.trust.paper import PosterKind
from idcard.verify import Verifier, memory, verdict
from idcard.verify.memory import Memory
from idcard_cli import clock, codes, files, memory_file, scans, terminal, wrong_file
from idcard_cli.command import Exit
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words, parse_fingerprint
from idcard_cli.trust_in_words import describe
from idcard_cli.venue import first_trust, newer_trust

SCHEMA = 1
WARN_DAYS = (60, 30, 7)


@click.group()
def venue() -> None:
    """Install and renew the trust file of this computer."""


@venue.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--fingerprint", help="The city's fingerprint, which you got another way than this file.")
@click.option("--in-person", is_flag=True, help="The city handed over this file in person.")
@click.option("--shared", is_flag=True, help="Install for all users of this computer (as administrator).")
@memory_file.option
def install(
    paths: Sequence[str], fingerprint: str | None, in_person: bool, shared: bool, memory_path: Path | None
) -> None:
    """Install a city's trust file on this computer, for the first time.

    FILE is the trust file, or photos or scanned texts of the city's first letter to a venue. The first file decides
    whom this computer trusts. So a person must compare its fingerprint with the one that the city gives elsewhere (in a
    letter, in a call), or get the file from the city in person.

    \b
    Example:
      idcard venue install city.idtrust --fingerprint "0e0f f1c8 a3e1 a6b1 d7c9 a41c b6a4 b2aa"
    """
    if (fingerprint is None) is not in_person:
        raise click.UsageError("give --fingerprint or --in-person: a person must confirm whose file this is")
    compared = None if fingerprint is None else parse_fingerprint(fingerprint)
    sheet, data = _read(paths)
    if sheet is not PosterKind.FILE:
        raise click.UsageError(
            "this is only an update, and no trust file is installed; install the city's letter or its trust file first"
        )
    now = clock.now().astimezone(UTC)
    new = memory.install(data, fingerprint=compared, now=now)
    places = [memory_path] if memory_path is not None else memory_file.places()
    if first_trust.keep(new, places[0 if shared else -1], places, shared=shared):
        terminal.say(
            "the memory of this computer was damaged and is replaced; it no longer knows which trust files are too old"
        )
    else:
        terminal.say("this computer had no trust file before; from now on it refuses older ones")
    _show(new)
    _say_date_note(new, now)


def _read(paths: Sequence[str]) -> tuple[PosterKind, bytes]:
    """A trust file, or what the codes of a poster hold. Raises OSError, UsageError, Missing, Malformed, Refused."""
    if len(paths) == 1:
        name = codes.STDIN if paths[0] == "-" else paths[0]
        data = files.read_stdin(codes.MAX_FILE) if paths[0] == "-" else files.read_to_judge(paths[0], codes.MAX_FILE)
        # A trust file may be damaged in its first byte; its name still says that it is no poster.
        if newer_trust.is_trust_file(data):
            return PosterKind.FILE, data
        if name.lower().endswith(".idtrust") or not isinstance(pictures.kind_of(data), pictures.Kind):
            wrong_file.refuse(data, name)
        if name.lower().endswith(".idtrust"):
            return PosterKind.FILE, data
        return paper.decode(scans.texts_in(data, name))
    return paper.decode(scans.read(paths))


@venue.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@memory_file.option
def update(paths: Sequence[str], memory_path: Path | None) -> None:
    """Replace the installed trust file by a newer one. The same file again is fine; older or foreign ones are refused.

    FILE is a trust file, or photos or scanned texts of a poster's codes, in any order; - is standard input, for what
    another program fetches. A kill note, from a poster or alone, makes this computer distrust one key.

    \b
    Example:
      idcard venue update city.idtrust
      curl --fail --silent https://CITY/city.idtrust | idcard venue update -
    """
    path = memory_file.find(memory_path)
    sheet, data = _read(paths)
    now = clock.now().astimezone(UTC)
    new = newer_trust.accept(path, sheet, data, now)
    _show(new)
    _say_date_note(new, now)


@venue.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@memory_file.option
def status(as_json: bool, memory_path: Path | None) -> int:
    """Show which trust file this computer uses, how old it is and what to do.

    \b
    Exit: 0 in use, 2 nothing installed, 3 unusable
    \b
    Example:
      idcard venue status
    """
    path = memory_file.find(memory_path)
    now = clock.now().astimezone(UTC)
    try:
        held = memory_file.load(path, now)
    except Refused as refused:
        terminal.say(terminal.as_clause(refused.message))
        terminal.say(terminal.as_clause(refused.remedy))
        return Exit.CANNOT_SAY
    expires = min(held.trust.trust_list.exp, held.trust.root.exp)
    days_left = int((expires - now.timestamp()) // 86400)
    date_looks_wrong = Verifier(held).is_date_wrong(now)
    if as_json:
        click.echo(
            json.dumps(
                describe(held.trust, held.killed)
                | {"schema": SCHEMA, "memory": str(path), "days_left": days_left}
                | ({"date_looks_wrong": True} if date_looks_wrong else {})
            )
        )
    else:
        _show(held)
        click.echo(terminal.printable(f"memory {path}"))
    _say_date_note(held, now)
    if days_left < 0:
        terminal.say("the trust file has expired: get the city's current one")
        return Exit.CANNOT_SAY
    if date_looks_wrong:
        return Exit.DONE
    if any(days_left <= days for days in WARN_DAYS):
        terminal.say(f"the trust file expires in {days_left} day{'s' * (days_left != 1)}: get the city's current one")
    elif held.trust.is_stale(seconds(now)):
        terminal.say("the trust file is due to be replaced: get the city's current one")
    return Exit.DONE


@venue.command()
@memory_file.option
@yes_option
def forget(memory_path: Path | None, yes: bool) -> None:
    """Remove the installed trust file and this computer's memory, to start again with venue install.

    For a city that itself starts again with new keys. Afterwards this computer no longer refuses older files, so
    compare the fingerprint.

    \b
    Example:
      idcard venue forget
    """
    path = memory_file.find(memory_path)
    confirm(f"Forget what {path} remembers?", yes=yes)
    with files.locked(path):
        path.unlink()
    click.echo(f"{path} is gone; no trust file is installed")


def _say_date_note(held: Memory, now: datetime) -> None:
    """Warn of a wrong date. A file from the future is accepted anyway, so that distrusted keys take effect."""
    for sentence in filter(None, verdict.date_note(Verifier(held), now).split(". ")):
        terminal.say(terminal.as_clause(sentence))


def _show(held: Memory) -> None:
    current = held.trust.trust_list
    fingerprint = fingerprint_groups(held.trust.fingerprint)
    root = held.trust.root
    click.echo(terminal.printable(f"{root.name} ({root.scope.environment}), fingerprint {fingerprint}"))
    click.echo(f"in words    {fingerprint_words(held.trust.fingerprint)}")
    click.echo(f"trust list {current.version}, issued {as_day(current.issued)}, expires {as_day(current.exp)}")
    if held.kill_notes:
        click.echo(f"keys ended by a kill note: {', '.join(cose.kid(note.key).hex() for note in held.kill_notes)}")
