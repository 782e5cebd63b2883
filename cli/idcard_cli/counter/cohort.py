"""`idcard cohort`: sign the codes that many people share for a quarter (specs/batch.md, Cohort sheets)."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.ceremony.rotation import NotYet
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter, as_datetime, seconds
from idcard.issuing import cohort_sheet
from idcard_cli import city_time, clock, files, hardening, held_sheets, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import open_city
from idcard_cli.counter.open_city import Choice, OpenCity
from idcard_cli.officer import city_folder, signers


@click.command()
@city_folder.option
@open_city.wanted_option
@click.option("--quarter", type=click.Choice(("this", "next")), default="this",
              help="The quarter in which counters use the sheet (this).")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
@signers.options
def cohort(
    folder: Path,
    wanted: Sequence[str],
    quarter: str,
    out: Path | None,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Sign a quarter's shared codes, for counters without a key.

    These are the codes that are the same for many people. A counter that has the sheet needs no key for them. Make the
    next sheet before the quarter ends: a counter holds both, and takes the right one by the clock.

    \b
    Example:
      idcard cohort --city springfield --passphrase-file passphrase.txt --out sheet.json
      idcard cohort --city springfield --quarter next --passphrase-file passphrase.txt --out next.json
    """
    if out is not None:
        files.refuse_existing(out)
    elif sys.stdout.isatty():
        raise click.UsageError("a terminal would keep the codes; give --out, or read them by a pipe")
    chosen = Choice(
        folder=folder, wanted=wanted, module=module, passphrase_file=passphrase_file, passphrase_fd=passphrase_fd
    )
    city = _of_next_quarter(chosen) if quarter == "next" else chosen.opened(Kind.COHORT)
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
    # Nothing is counted here: the counter counts what it mints.
    codes, zone = len(sheet.codes), city.plan.time_zone
    terminal.say(f"{codes:,} code{'s' * (codes != 1)} for {', '.join(city.names)}")
    begin = f"from {city_time.as_read(seconds(city.now), zone)} " if quarter == "next" else ""
    end = city_time.as_read(sheet.quarter.end, zone)
    terminal.say(f"counters can use the sheet {begin}until {end}; before that, {held_sheets.NEXT}")
    terminal.say("whoever has the sheet can print these codes for anybody: keep it like blank cards")
    return Exit.DONE


def _of_next_quarter(chosen: Choice) -> OpenCity:
    """The city as it is when the next quarter begins. Raises OSError, UsageError, IdcardError."""
    coming = Quarter.of(clock.seconds_now()).next()
    try:
        return chosen.opened(Kind.COHORT, as_datetime(coming.begin))
    except NotYet:
        raise click.UsageError(
            f"no cohort key is ready when {coming} begins: make and publish it first (idcard key status)"
        ) from None
