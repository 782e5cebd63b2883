"""`idcard slip`: the paper by which a holder cancels lost codes, and the handles that go to mint instead of it."""

import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from idcard import languages
from idcard.city.profile import Kind
from idcard.credential import signed, text
from idcard.errors import IdcardError, Malformed
from idcard.issuing import slip_handles, slips
from idcard.issuing.slips import SlipError
from idcard.printing.page import Paper
from idcard.trust import trust_file
from idcard.trust.trust_list import MAX_CLASS_NUMBER
from idcard_cli import codes, files, hardening, memory_file, slip_input, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.command import LazyGroup
from idcard_cli.counter import slip_printing
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder


@click.group(
    cls=LazyGroup,
    commands_at={
        "batch": "counter.slip_batch:batch",
        "check": "counter.slip:check",
        "new": "counter.slip:new",
        "wanted": "counter.slip_wanted:wanted",
    },
)
def slip() -> None:
    """Make the paper by which a holder cancels lost codes."""


@click.command()
@city_folder.option
@click.option("--handles", "handles_path", required=True, type=click.Path(path_type=Path),
              help="New file with the handles for idcard mint.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New PDF file to print, instead of a line on stdout.")
@click.option("--paper", type=click.Choice([each.value for each in Paper]), help="What --out is printed on (a4).")
@click.option("--language", type=click.Choice(languages.CODES), help="What --out is written in (en).")
def new(folder: Path, handles_path: Path, out: Path | None, paper: str | None, language: str | None) -> None:
    """Make a new slip for one card, before its codes are minted.

    The slip goes home with the holder at once; mint gets the handles and never sees the slip. Whoever has the slip can
    have the codes of this card cancelled, and without it nobody can, unless the card itself is shown: the city
    has no list. A code whose card and slip are both lost cannot be cancelled, and lives until it expires.

    A replaced or renewed card gets a slip of its own. The handles are for one card and are used up by mint: never copy
    them, sync their folder or back it up.

    \b
    Example:
      idcard slip new --city springfield --handles handles.json
    """
    if out is None and (language or paper):
        raise click.UsageError("--language and --paper say how --out is printed; give --out too")
    if out is not None and os.path.abspath(out) == os.path.abspath(handles_path):
        raise click.UsageError("--out and --handles name the same file")
    for path in (handles_path, *([out] if out else [])):
        files.refuse_existing(path)
        if not path.parent.is_dir():
            raise click.UsageError(f"{path.parent} is not a folder")
    held, now = CityFolder(folder), seconds_now()
    hardening.off()
    in_force = held.trust()
    plan = held.plan(in_force)
    life = plan.longest_life(Kind.REVOCABLE)
    if not life:
        raise click.UsageError("the city has no revocable venue class, so no code of it can be cancelled by a slip")
    language = language or "en"
    pages = slip_printing.pages(plan, Paper(paper or Paper.A4), language, [language]) if out else None
    made = slips.new(plan.scope, life=life, now=now)
    taken = slip_handles.of(made, plan)
    # The slip first: codes that only lost handles could cancel must never be minted.
    if out and pages:
        from idcard.printing.slip_pages import Sheet

        files.create(out, pages([Sheet(made, "", None)]))
        terminal.say(f"print {out}, give the slip to the holder, and remove the file")
    else:
        click.echo(slips.encode(made))
        sys.stdout.flush()
        terminal.say("give the slip to the holder now: it is not kept, and cannot be made again")
    try:
        files.create(handles_path, slip_handles.encode(taken).encode("ascii"))
    except BaseException:
        if out is not None:
            out.unlink(missing_ok=True)
        terminal.say("take the slip back: no code will be made for it, and it cancels nothing")
        raise
    terminal.say(f"then mint with --handles {handles_path}, which uses the handles up")


@click.command()
@click.argument("code")
@click.option("--trust", "trust_path", type=click.Path(path_type=Path),
              help="The city's trust file, instead of the one installed on this computer.")  # fmt: skip
@memory_file.option
@click.argument("surplus", nargs=-1, metavar="")
def check(code: str, surplus: Sequence[str], trust_path: Path | None, memory_path: Path | None) -> None:
    """Say whether the handle in CODE was made from the slip, which is read from standard input.

    For the holder: a handle that is made from the slip holds nothing about anybody, and can be cancelled with it.

    \b
    Example:
      idcard slip check codes/pharmacy.txt --trust springfield/city.idtrust < slip.txt
    """
    if surplus:
        # Perhaps a slip, which every process could see; it is not repeated.
        raise click.UsageError("a slip is read from standard input, never from the command line")
    if code == "-":
        raise click.UsageError("standard input is for the slip; name the file of the code")
    if trust_path is not None:
        in_force = trust_file.decode(files.read_to_judge(trust_path, trust_file.MAX_SIZE))
    else:
        in_force = memory_file.read(memory_file.find(memory_path)).trust
    try:
        handle = _handle(codes.read(code, _has_handle))
    except Malformed:
        raise click.UsageError("the code is damaged, or was not made by a city") from None
    if handle is None:
        raise click.UsageError("the code has no handle: many people carry the same, and no slip belongs to it")
    held = slip_input.ask(in_force.root.scope)
    names = {each.number: each.name for each in in_force.trust_list.classes}
    # All of them: a class may have got another number since, or be gone.
    numbers = itertools.chain(names, range(1, MAX_CLASS_NUMBER + 1))
    found = next((number for number in numbers if held.handle(number) == handle), None)
    if found is None:
        raise SlipError("the handle of the code was not made from this slip: ask the city why")
    click.echo(f"{names.get(found, f'former class {found}')}: the handle was made from this slip")


def _handle(code: str) -> bytes | None:
    return signed.decode(text.decode(code)[1]).claims.handle


def _has_handle(code: str) -> bool:
    try:
        return _handle(code) is not None
    except IdcardError:
        return False
