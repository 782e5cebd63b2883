"""`idcard mint`: mint the codes of one person."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idcard.city import record
from idcard.city.record import YES_NO, BadRecord, Record
from idcard.issuing import slip_handles
from idcard.issuing.code import Code, Issued
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import SlipError
from idcard.printing.page import PAGES, PICTURES, SIZED
from idcard.symbol import qr
from idcard_cli import clock, files, hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import open_city, pages
from idcard_cli.counter.open_city import Choice, OpenCity

if TYPE_CHECKING:
    from idcard.printing.card_design import CardDesign

SCHEMA = 1
_MISTYPED = re.compile(r"--[A-Za-z][A-Za-z-]*(?==|$)")
"""Only the name of the option is shown: what follows may be about a person."""


@dataclass(frozen=True, kw_only=True)
class _Form:
    """The form in which codes are given out. Pictures and pages are files of a new folder, `out`."""

    out: Path | None
    formats: Sequence[str]
    width_mm: float | None
    paper: str | None
    language: str | None
    design_path: Path | None
    in_terminal: bool
    as_json: bool

    def check(self) -> None:
        """Raises UsageError for options that would do nothing, or not what the user expects."""
        if self.out is not None:
            files.refuse_existing(self.out)
        elif self.formats:
            raise click.UsageError("--format needs --out, the folder for the files")
        how = {name: getattr(self, name) for name in ("width_mm", "paper", "language", "design_path")}
        pages.check_options(self.formats, how, option="--format")
        self.design()
        if [self.out is not None, self.as_json, self.in_terminal].count(True) > 1:
            raise click.UsageError("give one of --out, --json and --terminal")

    def design(self) -> "CardDesign | None":
        """Raises OSError, UsageError."""
        path = self.design_path
        return None if path is None else pages.design(path, self.formats, numbered=False)


@click.command(context_settings={"ignore_unknown_options": True})
@open_city.options
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A field of the record, instead of stdin.")
@click.option("--handles", "handles_path", type=click.Path(path_type=Path),
              help="File of idcard slip new; it is destroyed afterwards.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New folder, with one file for each code.")
@click.option("--format", "formats", multiple=True, type=click.Choice(("text", *PICTURES, *PAGES)),
              help="What --out holds (text).")  # fmt: skip
@pages.width_option
@pages.page_options
@click.option("--terminal", "in_terminal", is_flag=True, help="Draw the codes in the terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.argument("surplus", nargs=-1, metavar="")
@click.pass_context
def mint(
    ctx: click.Context,
    /,
    chosen: Choice,
    surplus: Sequence[str],
    fields: Sequence[str],
    handles_path: Path | None,
    **form: Any,
) -> int:
    """Mint the codes of one person from a record on standard input.

    The record is one JSON object with birth_date (1990-12-31) and the claims of the city's profiles, true or false.
    It is not kept. Prints the venue class, a tab and the text of each code. There is no code for a class for which the
    person does not qualify. Codes that can be cancelled need the handles of a slip, which you give to the holder first.
    For a queue at a counter: idcard counter; for many records: idcard batch.

    \b
    Example:
      idcard slip new --city springfield --handles handles.json
      echo '{"birth_date": "1990-12-31", "resident": true, "student": false}' |
        idcard mint --city springfield --passphrase-file passphrase.txt \\
          --handles handles.json --out codes --format png
    """
    if surplus:
        if mistyped := next(filter(None, map(_MISTYPED.match, surplus)), None):
            raise click.UsageError(f"no such option: {mistyped[0]}", ctx=ctx)
        # Probably a part of a record without quotes: do not repeat it.
        raise click.UsageError("mint takes options only; put quotes around a value that has blanks")
    wanted = _Form(**form)
    wanted.check()
    if chosen.passphrase_fd == 0 and not fields:
        raise click.UsageError("--passphrase-fd 0 and the record would both be standard input")
    city = chosen.opened()
    for warning in city.warnings:
        terminal.say(warning)
    pages.check_room(wanted.formats, city.profiles)
    hardening.off()
    handles = _handles(handles_path, city)
    given = chosen.secrets()
    person = _from_options(fields) if fields else _typed()
    with city.minter(given) as minter:
        codes = minter.codes(person, handles)
    # Somebody may have typed the passphrase for long since the city was opened.
    city.check_clock(clock.now())
    minted = {code.venue_class for code in codes}
    for name in city.names:
        if name not in minted:
            terminal.say(f"no code for {name}: the person does not qualify")
    # Draw before the handles are used up: a missing font must not cost a slip.
    drawn = dict(_drawn(codes, wanted, city)) if wanted.out is not None else {}
    if codes:
        # Count before a code is given out: the count of a leaked key must never be too low.
        city.held.count(minter.count(code.venue_class for code in codes))
    if handles_path is not None:
        # Also before a code is given out: two people with the same handles would be cancelled together.
        files.destroy(handles_path)
        if not minted.intersection(city.revocable):
            terminal.say("no code of this person has a handle: take the slip back, for it cancels nothing")
    _hand_out(codes, drawn, wanted)
    return Exit.DONE


def _hand_out(codes: Sequence[Code], drawn: Mapping[str, bytes], wanted: _Form) -> None:
    if wanted.out is not None:
        if drawn:
            files.make_folder(wanted.out, drawn)
        for name in sorted(drawn):
            click.echo(wanted.out / name)
    elif wanted.as_json:
        found = [{"class": code.venue_class, "text": code.text} for code in codes]
        click.echo(json.dumps({"schema": SCHEMA, "codes": found}))
    else:
        for code in codes:
            click.echo(f"{code.venue_class}\t{code.text}")
            if wanted.in_terminal:
                click.echo(code.draw().terminal(colour=terminal.colour()))


def _handles(path: Path | None, city: OpenCity) -> Handles | None:
    """Raises OSError, UsageError, SlipError."""
    names = city.revocable
    if path is None:
        if names:
            raise click.UsageError(
                f"codes for {', '.join(names)} need the handles of a slip (idcard slip new), given with --handles"
            )
        return None
    if not names:
        # Otherwise the handles would be used up, and the slip would cancel no code.
        raise click.UsageError("none of these codes carries a handle: give --handles only for classes that need one")
    if not os.path.lexists(path):
        raise click.UsageError(
            f"{path} does not exist, perhaps because mint has used it: make a new slip (idcard slip new)"
        )
    if path.is_symlink() or not path.is_file():
        raise click.UsageError(f"{path} is a link or no file, and mint must destroy the handles: name the file itself")
    handles = slip_handles.decode(files.read_text(path, slip_handles.MAX_SIZE))
    if handles.scope != city.plan.scope:
        scope = handles.scope
        raise SlipError(
            f"{path}: these handles are for the {scope.environment} city {scope.city}: make a new slip for this city"
        )
    return handles


def _typed() -> Record:
    """Raises UsageError, BadRecord."""
    data = files.read_stdin(record.MAX_SIZE)
    if not data.strip():
        raise click.UsageError(
            "no record came in: give one JSON object on standard input, or --set birth_date=1990-12-31 and so on"
        )
    return record.decode(data)


def _from_options(fields: Iterable[str]) -> Record:
    """FIELD=yes, FIELD=no or birth_date=1990-12-31. An error names the field, never the value."""
    found: dict[str, Any] = {}
    for item in fields:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError("write --set as FIELD=VALUE")
        if name in found:
            raise BadRecord(name, "is given twice")
        found[name] = YES_NO.get(value.lower(), value)
    return Record(found)


def _drawn(codes: Sequence[Code], wanted: _Form, city: OpenCity) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in --out."""
    formats = dict.fromkeys(wanted.formats or ("text",))
    design = wanted.design()
    for code in codes:
        if "text" in formats:
            yield f"{code.venue_class}.txt", f"{code.text}\n".encode("ascii")
        if SIZED & formats.keys():
            _warn_of_small(code, wanted.width_mm or pages.WIDTH_MM)
    for kind in formats:
        if kind == "text" or not codes:
            continue
        from idcard.printing import forms  # imported late: drawing loads much more than minting

        form = pages.form(
            kind,
            city.as_printed,
            width_mm=wanted.width_mm,
            paper=wanted.paper,
            language=wanted.language,
            design=design,
        )
        if kind in PAGES:
            yield f"{kind}.pdf", forms.pages(form, [Issued(1, "", None, tuple(codes))])
        else:
            for code in codes:
                yield f"{code.venue_class}.{kind}", forms.picture(form, code)


def _warn_of_small(code: Code, width_mm: float) -> None:
    if (dots := code.draw().dots_a_module(width_mm=width_mm)) < qr.LEAST_DOTS:
        terminal.say(
            f"{code.venue_class}: {width_mm:g} mm give {dots:.1f} dots a module at {qr.CARD_PRINTER_DPI} dpi; "
            f"below {qr.LEAST_DOTS}, scanners read it less often: print it larger"
        )
