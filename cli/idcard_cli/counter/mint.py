"""`idcard mint`: codes for one person."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard.city import record
from idcard.city.record import BadRecord, Record
from idcard.issuing import slip_handles
from idcard.issuing.batch_line import YES_NO
from idcard.issuing.code import Code, Issued
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import SlipError
from idcard.printing.page import PAGES, SIZED
from idcard.symbol import qr
from idcard_cli import files, hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter.open_city import OpenCity
from idcard_cli.counter.options import WIDTH_MM, Options

SCHEMA = 1


def mint(options: Options) -> int:
    """The exit code. Raises OSError, UsageError and IdcardError."""
    out = options.out
    if out is not None:
        files.refuse_existing(out)
    elif options.formats:
        raise click.UsageError("--format says what --out holds; give --out too")
    if options.width_mm is not None and not set(options.formats) & SIZED:
        raise click.UsageError("--width is the size of --format svg and pdf")
    if (options.paper or options.language) and "holder" not in options.formats:
        raise click.UsageError("--paper and --language are for --format holder")
    if [out is not None, options.as_json, options.in_terminal].count(True) > 1:
        raise click.UsageError("give one of --out, --json and --terminal")
    if options.passphrase_fd == 0 and not options.fields:
        raise click.UsageError("--passphrase-fd 0 and the record would both be standard input")
    office = options.office()
    handles = _handles(options.handles_path, office)
    given = options.secrets()
    hardening.off()
    person = _from_options(options.fields) if options.fields else record.decode(files.read_stdin(record.MAX_SIZE))
    with office.minter(given) as minter:
        codes = minter.codes(person, handles)
    # The passphrase may have been asked for since the office opened.
    office.check_clock(datetime.now().astimezone())
    minted = {code.venue_class for code in codes}
    for profile in office.profiles:
        if profile.venue_class not in minted:
            terminal.say(f"no code for {profile.venue_class}: the person does not qualify")
    # Drawn before anything is used up: a font that is missing must not cost a slip.
    drawn = dict(_drawn(codes, options, office)) if out is not None else {}
    if codes:
        # Before a code leaves: the count of a leaked key must never be too low.
        office.held.count(minter.count(codes))
    if options.handles_path is not None:
        # Before a code leaves, too: two people with one handle would be taken for one, and be cancelled together.
        files.destroy(options.handles_path)
        if not any(code.venue_class in office.revocable for code in codes):
            terminal.say("no code of this person has a handle: take the slip back, for it cancels nothing")
    if out is not None:
        if drawn:
            files.make_folder(out, drawn)
        for name in sorted(drawn):
            click.echo(out / name)
    elif options.as_json:
        found = [{"class": code.venue_class, "text": code.text} for code in codes]
        click.echo(json.dumps({"schema": SCHEMA, "codes": found}))
    else:
        for code in codes:
            click.echo(f"{code.venue_class}\t{code.text}")
            if options.in_terminal:
                click.echo(code.draw().terminal(colour=terminal.colour()))
    return Exit.DONE


def _handles(path: Path | None, office: OpenCity) -> Handles | None:
    """Raises OSError, UsageError, SlipError."""
    names = office.revocable
    if path is None:
        if names:
            raise click.UsageError(
                f"codes for {', '.join(names)} need the handles of a slip (idcard slip new), given with --handles"
            )
        return None
    if not names:
        # They would be used up for nothing, and the slip at home would cancel no code that there is.
        raise click.UsageError("none of these codes carries a handle: give --handles when one is minted that does")
    if not os.path.lexists(path):
        raise click.UsageError(f"{path} is not there, and mint uses handles up: make a new slip (idcard slip new)")
    if path.is_symlink() or not path.is_file():
        raise click.UsageError(f"{path} is not a file, and handles are used up by mint: name the file itself")
    handles = slip_handles.decode(files.read_text(path, slip_handles.MAX_SIZE))
    if handles.scope != office.plan.scope:
        scope = handles.scope
        raise SlipError(f"{path}: these handles are of the {scope.environment} city {scope.city}: make a new slip")
    return handles


def _from_options(fields: Iterable[str]) -> Record:
    """FIELD=yes, FIELD=no or birth_date=1990-12-31. An error names the field, never the value."""
    found: dict[str, Any] = {}
    for item in fields:
        name, equals, value = item.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError("--set takes FIELD=VALUE")
        if name in found:
            raise BadRecord(name, "is given twice")
        found[name] = YES_NO.get(value.lower(), value)
    return Record(found)


def _drawn(codes: Sequence[Code], options: Options, office: OpenCity) -> Iterable[tuple[str, bytes]]:
    """Names and contents of the files in --out."""
    formats = dict.fromkeys(options.formats or ("text",))
    for code in codes:
        name = code.venue_class
        if "text" in formats:
            yield f"{name}.txt", f"{code.text}\n".encode("ascii")
        if SIZED & formats.keys():
            _warn_of_small(code, options.width_mm or WIDTH_MM)
    for kind in formats:
        if kind == "text" or not codes:
            continue
        from idcard.printing import forms  # to draw costs more than to mint

        form = options.form(kind, office)
        if kind in PAGES:
            yield f"{kind}.pdf", forms.pages(form, [Issued(1, "", None, tuple(codes))])
        else:
            for code in codes:
                yield f"{code.venue_class}.{kind}", forms.picture(form, code)


def _warn_of_small(code: Code, width_mm: float) -> None:
    if (dots := code.draw().dots_a_module(width_mm=width_mm)) < qr.LEAST_DOTS:
        terminal.say(
            f"{code.venue_class}: {width_mm:g} mm give {dots:.1f} dots a module at {qr.CARD_PRINTER_DPI} dpi, "
            f"and fewer than {qr.LEAST_DOTS} are read less often: print it larger"
        )
