"""`idcard cohort`: sign the codes that many people share for a quarter (specs/batch.md, Cohort sheets)."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.city.profile import Kind
from idcard.credential.calendar import as_datetime
from idcard.issuing import cohort_sheet
from idcard_cli import clock, files, hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import open_city
from idcard_cli.counter.open_city import Choice
from idcard_cli.officer import city_folder, signers


@click.command()
@city_folder.option
@open_city.wanted_option
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
@signers.options
def cohort(
    folder: Path,
    wanted: Sequence[str],
    out: Path | None,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Sign this quarter's shared codes, for counters without a key.

    These are the codes that are the same for many people. A counter that has the sheet needs no key for them.

    \b
    Example:
      idcard cohort --city springfield --passphrase-file passphrase.txt --out sheet.json
    """
    if out is not None:
        files.refuse_existing(out)
    elif sys.stdout.isatty():
        raise click.UsageError("a terminal would keep the codes; give --out, or read them by a pipe")
    chosen = Choice(
        folder=folder, wanted=wanted, module=module, passphrase_file=passphrase_file, passphrase_fd=passphrase_fd
    )
    city = chosen.opened(Kind.COHORT)
    hardening.off()
    sheet = city.cohort_sheet(chosen.secrets())
    # Somebody may have typed the passphrase for long since the city was opened.
    city.check_clock(clock.now())
    written = cohort_sheet.encode(sheet)
    if out is not None:
        files.create(out, written.encode("ascii"))
    else:
        click.echo(written, nl=False)
        sys.stdout.flush()
    end = as_datetime(sheet.quarter.end)
    # Nothing is counted here: the counter counts what it mints.
    codes = len(sheet.codes)
    terminal.say(f"{codes:,} code{'s' * (codes != 1)} for {', '.join(city.names)}")
    terminal.say(f"counters can use the sheet until {end:%Y-%m-%d %H:%M} UTC; give them the next one before")
    terminal.say("whoever has the sheet can print these codes for anybody: keep it like blank cards")
    return Exit.DONE
