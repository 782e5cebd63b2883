"""`idcard cancel`: cancel the codes of a lost card."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from idcard.city import counts, ledger
from idcard.city.ledger import Ledger
from idcard.credential.calendar import as_day, as_time, noon_of_first
from idcard.errors import IdcardError
from idcard.issuing import cancelling
from idcard.issuing.cancelling import Cancellation, CannotCancel, NoHandle
from idcard.trust.trust_file import Trust
from idcard_cli import codes, slip_input, terminal
from idcard_cli.class_name import ClassName
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder

SCHEMA = 1


@click.command()
@city_folder.option
@click.option("--class", "wanted", type=ClassName(), multiple=True, metavar="CLASS",
              help="Only the code for this class.")  # fmt: skip
@click.option("--card", metavar="CODE", help="Instead of the slip: a code on the card before you.")
@click.option("--cohort", metavar="CODE", help="Cancel this code for everybody who carries it.")
@click.option("--undo", is_flag=True, help="Undo a cancellation that is not published yet.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@yes_option
@click.argument("surplus", nargs=-1, metavar="")
def cancel(
    surplus: Sequence[str],
    folder: Path,
    wanted: Sequence[str],
    card: str | None,
    cohort: str | None,
    undo: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Cancel the codes of a lost card, by the holder's slip on standard input, or typed at the prompt.

    Cancelled codes go into the ledger. Venues refuse them once they have the next trust file (idcard trust draft).

    A slip cancels the codes that have handles. A cohort code is the same for many people: it stays good until it
    expires, and clerks compare the photo. A code whose card and slip are both lost cannot be cancelled. --cohort
    cancels one code for all who carry it, in every class that accepts it, and asks first. --undo does not change a
    draft that was made before.

    CODE is the text of a code, or the name of a picture, PDF or text file, or - for standard input. A sheet with all
    codes of a card will do: the only one that has a handle is taken, or that for --class.

    \b
    Example:
      idcard cancel --city springfield < slip.txt
      idcard cancel --city springfield --card codes/pharmacy.txt --yes
      idcard cancel --city springfield --card codes/pharmacy.txt --class pharmacy --yes
    """
    if surplus:
        # Perhaps a slip, and other processes see the command line: do not repeat it.
        raise click.UsageError("a slip is read from standard input, never from the command line")
    if card is not None and cohort is not None:
        raise click.UsageError("give --card or --cohort, not both")
    if wanted and cohort is not None:
        raise click.UsageError("--class goes with a slip or --card; --cohort cancels a code for all its classes")
    held, now = CityFolder(folder), seconds_now()
    in_force = held.trust()
    city_plan = held.plan(in_force)
    held.check_in_date(in_force, now)
    held.ledger(in_force)  # Find a damaged ledger before anybody is asked.
    if card is not None:
        entries: Sequence[Cancellation] = (_of_card(card, wanted, in_force, now),)
        if not undo:
            _confirm_card(yes=yes)
    elif cohort is not None:
        code = codes.read(cohort, lambda each: _cancels(cancelling.of_cohort, each, in_force, now))
        entry, kid = cancelling.of_cohort(code, in_force, now)
        entries = (entry,)
        if not undo:
            _confirm_cohort(held, entry, kid, yes=yes)
    else:
        entries = cancelling.of_slip(slip_input.ask(in_force.root.scope), city_plan, in_force, wanted, now)
    before = _take_back(held, entries) if undo else _write(held, entries)
    _show(entries, before, undo=undo, as_json=as_json)
    if undo:
        terminal.say("drafts that were made before, and ledgers of other offices, may still contain the cancellation")
        return
    if any(entry.value not in in_force.cancellations for entry in entries):
        terminal.say("venues refuse what is cancelled once they have the next trust file: idcard trust draft")
    if card is not None:
        terminal.say("other codes on the card stay good: cancel each that has a handle")
    elif cohort is not None:
        terminal.say(
            "their holders need new codes, signed by another key; if this key still signs: "
            f"idcard key retire {kid.hex()}"
        )
    elif others := [each.name for each in in_force.trust_list.classes if not each.handle]:
        terminal.say(f"codes that many people share cannot be cancelled for one, and stay good: {', '.join(others)}")


def _of_card(card: str, wanted: Sequence[str], in_force: Trust, now: int) -> Cancellation:
    """The entry for the only code of a card or sheet that has a handle, or for that of a class.

    Raises OSError, UsageError, CannotCancel, and Refused if there is no code.
    """
    texts = codes.read_all(card, lambda each: _cancels(cancelling.of_code, each, in_force, now))
    found: dict[bytes, Cancellation] = {}
    problems: list[IdcardError] = []
    for text in dict.fromkeys(texts):
        try:
            entry = cancelling.of_code(text, in_force, now)
        except IdcardError as problem:
            problems.append(problem)
            continue
        if not wanted or set(wanted).intersection(entry.classes):
            found[entry.value] = entry
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        names = [_names(each) for each in found.values()]
        which = "name one with --class" if len(set(names)) == len(names) else "show the codes of one card"
        raise click.UsageError(f"{len(found)} of these codes can be cancelled, for {' and '.join(names)}: {which}")
    if wanted:
        # The name is not repeated: it may be the slip.
        raise CannotCancel("none of these codes is of that class and can be cancelled for one person")
    if len(problems) > 1 and all(isinstance(each, NoHandle) for each in problems):
        raise CannotCancel(
            f"none of these {len(problems)} codes has a handle: many people carry the same, and they stay good"
        )
    raise next((each for each in problems if not isinstance(each, NoHandle)), problems[0])


def _cancels(way: Callable[[str, Trust, int], object], code: str, in_force: Trust, now: int) -> bool:
    """Whether this code, one of several in a picture, can be cancelled."""
    try:
        way(code, in_force, now)
    except IdcardError:
        return False
    return True


def _confirm_card(*, yes: bool) -> None:
    terminal.say("a program cannot tell a card from a copy of it: whoever shows one could cancel another person's code")
    confirm("Did you compare the face before you with the photo on the card?", yes=yes)


def _confirm_cohort(held: CityFolder, entry: Cancellation, kid: bytes, *, yes: bool) -> None:
    minted = counts.of_key(held.counts(), kid.hex())
    numbers = ", ".join(f"{name} {minted[name]:,}" for name in entry.classes) or "no venue class accepts it"
    terminal.say(f"this ends the codes of many people; its key signed, by class: {numbers}")
    confirm(f"Cancel all codes like this one, for {_names(entry)}?", yes=yes)


def _write(held: CityFolder, entries: Sequence[Cancellation]) -> Ledger:
    new = {entry.value: entry.month for entry in entries}
    return held.change_ledger(lambda written, _: ledger.merge(written, new), seconds_now())


def _take_back(held: CityFolder, entries: Sequence[Cancellation]) -> Ledger:
    def change(written: Ledger, in_force: Trust) -> Ledger:
        for entry in entries:
            if entry.value in in_force.cancellations:
                raise CannotCancel(
                    f"{_names(entry)}: this is published and cannot be undone; make a new card with a new slip, "
                    "or undo other classes with --class"
                )
        return ledger.without(written, (entry.value for entry in entries))

    return held.change_ledger(change, seconds_now())


def _show(entries: Sequence[Cancellation], before: Ledger, *, undo: bool, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "classes": list(entry.classes),
                "expires": as_time(_end(entry, before)),
                "state": _state(entry, before, undo=undo),
            }
            for entry in entries
        ]
        click.echo(json.dumps({"schema": SCHEMA, "codes": rows}))
        return
    for entry in entries:
        state = _state(entry, before, undo=undo)
        click.echo(f"{_names(entry)}: {state}" + ("" if undo else f", until {as_day(_end(entry, before))}"))


def _state(entry: Cancellation, before: Ledger, *, undo: bool) -> str:
    if undo:
        return "taken back" if entry.value in before else "was not cancelled"
    return "was already cancelled" if entry.value in before else "cancelled"


def _end(entry: Cancellation, before: Ledger) -> int:
    return noon_of_first(max(entry.month, before.get(entry.value, entry.month)))


def _names(entry: Cancellation) -> str:
    return ", ".join(entry.classes) or "no venue class"
