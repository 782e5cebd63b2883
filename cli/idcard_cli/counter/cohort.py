"""`idcard mint --ahead`: the cohort sheet (specs/batch.md, Cohort sheets)."""

import sys
from datetime import datetime

import click

from idcard.city.profile import Kind
from idcard.credential.calendar import as_datetime
from idcard.issuing import cohort_sheet
from idcard_cli import files, terminal
from idcard_cli.command import Exit
from idcard_cli.counter.options import Options


def mint(options: Options) -> int:
    """The exit code. Nothing is counted: that is done where a card is made of it. OSError, UsageError, IdcardError."""
    if options.out is not None:
        files.refuse_existing(options.out)
    office = options.office(Kind.COHORT)
    sheet = office.cohort_sheet(options.secrets())
    # The passphrase may have been asked for since the office opened.
    office.check_clock(datetime.now().astimezone())
    written = cohort_sheet.encode(sheet)
    if options.out is not None:
        files.create(options.out, written.encode("ascii"))
    else:
        click.echo(written, nl=False)
        sys.stdout.flush()
    end = as_datetime(sheet.quarter.end)
    codes = len(sheet.codes)
    terminal.say(f"{codes:,} code{'s' * (codes != 1)} for {', '.join(each.venue_class for each in office.profiles)}")
    terminal.say(f"counters mint from them until {end:%Y-%m-%d %H:%M} UTC; by then give them the next sheet")
    terminal.say("whoever has the sheet can print these codes for anybody: keep it like blank cards")
    return Exit.DONE
