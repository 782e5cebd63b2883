"""`idcard trust poster`: a trust file, its update or a kill note as codes on a page to print (specs/paper.md)."""

from pathlib import Path

import click

from idcard import cose
from idcard.city.plan import Plan
from idcard.credential.calendar import as_day
from idcard.errors import Malformed, Refused
from idcard.trust import kill_note, paper, patch, trust_file
from idcard.trust.paper import PosterKind
from idcard.trust.trust_file import Trust
from idcard.verify import memory
from idcard.verify.memory import Memory
from idcard_cli import clock, files, scans, terminal
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words
from idcard_cli.officer import poster_page
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.poster_page import Content

MANY = 8
"""From more codes than this, the command warns that they are hard to photograph."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--from", "old", type=click.Path(path_type=Path), help="The trust file that venues have: FILE replaces it."
)
@click.option("--first", is_flag=True, help="All of FILE, for venues without a trust file.")
@click.option("--board", is_flag=True, help="The words of FILE's fingerprint alone, for the board in the town hall.")
@click.option("--kill", is_flag=True, help="FILE is the text of a kill note.")
@click.option("--city", "folder", type=click.Path(path_type=Path), help="With --kill: the city's folder.")
@click.option("--trust", "trust_path", type=click.Path(path_type=Path), help="Or, with --kill: its trust file.")
@click.option("--out", type=click.Path(path_type=Path), help="New HTML file, to print.")
@click.option("--text", "as_text", is_flag=True, help="Print the text of each code instead, one a line.")
def poster(
    file: Path,
    old: Path | None,
    first: bool,
    board: bool,
    kill: bool,
    folder: Path | None,
    trust_path: Path | None,
    out: Path | None,
    as_text: bool,
) -> None:
    """Print a trust file, or what is new in it, as a page of codes.

    A venue without a connection photographs the page. Its computer checks the contents like any trust file, so the page
    may be copied and sent in any way. Only the first letter needs more: the words of the fingerprint, which do not
    stand on it, must come by another way, such as the page of --board. A kill note's page is locked up.

    \b
    Example:
      idcard trust poster springfield/city.idtrust --first --out letter.html
    """
    if [old is not None, first, board, kill].count(True) != 1:
        raise click.UsageError("give one of --from, --first, --board and --kill")
    if (out is None) is not as_text:
        raise click.UsageError("give --out or --text")
    if [folder, trust_path].count(None) != (1 if kill else 2):
        raise click.UsageError(
            "--kill needs the city's folder as --city or its trust file as --trust; nothing else does"
        )
    if board:
        _write_board(_read(file)[1], out)
        return
    content = _update(file, old) if old else _kill_note(file, folder, trust_path) if kill else _whole(file)
    texts = paper.encode(content.sheet, content.data)
    if out is None:
        click.echo("\n".join(texts))
    else:
        mode = 0o600 if kill else 0o644  # whoever reads a kill note can use it
        files.create(out, poster_page.page(content, texts).encode("utf-8"), mode)
    terminal.say("one code" if len(texts) == 1 else f"{len(texts)} codes")
    if len(texts) > MANY:
        terminal.say(f"more than {MANY} codes are hard to photograph; better send the file by mail or by hand")


def _write_board(held: Trust, out: Path | None) -> None:
    if out is None:
        click.echo(fingerprint_groups(held.fingerprint))
        click.echo(fingerprint_words(held.fingerprint))
    else:
        files.create(out, poster_page.board(held).encode("utf-8"), mode=0o644)


def _read(path: Path) -> tuple[bytes, Trust]:
    data = files.read_to_judge(path, trust_file.MAX_SIZE)
    return data, trust_file.decode(data)


def _whole(path: Path) -> Content:
    data, held = _read(path)
    return Content(PosterKind.FILE, data, held, "The letter with which a venue begins")


def _update(new_path: Path, old_path: Path) -> Content:
    """The update, tried on the old file as a venue does. Raises UsageError if a venue would refuse it."""
    (old, before), (new, after) = _read(old_path), _read(new_path)
    data = patch.make(old, new)
    result = patch.apply(old, data)
    if result == old:
        raise click.UsageError(f"{new_path} has nothing new for venues that have {old_path}")
    try:
        taken = memory.update(Memory(old, before, 0), result, now=clock.now()).trust
    except Refused as refused:
        raise click.UsageError(f"venues that have {old_path} would refuse {new_path}: {refused.reason.value}") from None
    if taken.list_digest != after.list_digest:
        raise click.ClickException("the update does not lead to the new trust file")
    current = after.trust_list
    what = f"list {current.version} of {as_day(current.issued)} replaces list {before.trust_list.version}"
    if before.list_digest == after.list_digest:
        what = "kill notes"
    return Content(PosterKind.PATCH, data, after, f"Update of the trust file: {what}")


def _kill_note(path: Path, folder: Path | None, trust_path: Path | None) -> Content:
    """The kill note; its key may be so new that no trust file names it yet. Raises UsageError."""
    sheet, data = paper.decode(scans.read([str(path)]))
    if sheet is not PosterKind.KILL:
        raise click.UsageError(f"{path} is not a kill note: the text of one begins with {PosterKind.KILL.value}")
    city = None if folder is None else CityFolder(folder)
    held = city.trust() if city is not None else _read(trust_path)[1] if trust_path is not None else None
    assert held is not None
    try:
        key = kill_note.decode(data, held.root.scope)
    except (Malformed, Refused):
        raise click.UsageError(f"{path} is not a kill note of a key of this city") from None
    ends = _ended_by_plan(city.plan(held), key, path) if city is not None else _ended_by_list(held, key)
    return Content(PosterKind.KILL, data, held, f"Kill note: withdraws the signing key {cose.kid(key).hex()}", ends)


def _ended_by_plan(plan: Plan, key: bytes, path: Path) -> str:
    """Raises UsageError for the note of an interrupted rotation."""
    found = next((each for each in plan.keys if each.key == key), None)
    if found is None:
        raise click.UsageError(
            f"{path} is the kill note of a key that is not in the plan, perhaps because a command was interrupted: "
            "remove it"
        )
    names = [each.profile.venue_class for each in plan.classes if each.profile.kind is found.kind]
    station = f" at {found.station}" if found.station else ""
    return f"all {found.kind.value} codes of the quarter {found.quarter}{station}: {', '.join(names)}"


def _ended_by_list(held: Trust, key: bytes) -> str:
    names = {each.number: each.name for each in held.trust_list.classes}
    numbers = next((each.classes for each in held.trust_list.keys if each.key == key), ())
    found = [names[number] for number in sorted(numbers) if number in names]
    return f"all codes that this key signs{': ' if found else ''}{', '.join(found)}"
