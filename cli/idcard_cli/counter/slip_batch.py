"""`idcard slip batch`: slips and handles for cards that are made in bulk and sent (specs/handles.md, In bulk)."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from idcard import languages
from idcard.city import office_table
from idcard.city.office_table import SEPARATORS, BrokenTable
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.city.record import BadRecord
from idcard.issuing import batch_line, slip_handles, slips
from idcard.issuing.batch_line import BatchRecord
from idcard.printing.page import Paper
from idcard.repairs.encodings import AsLines
from idcard_cli import files, hardening, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.command import Exit
from idcard_cli.counter import slip_printing
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder

if TYPE_CHECKING:
    from idcard.printing.slip_pages import Sheet

MAX_INPUT = 64 << 20
SLIPS_A_FILE = 100
MAX_SLIPS_A_FILE = 1000
_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb'\s*"?reference"?\s*([,;]|$)', re.IGNORECASE)


@click.command()
@city_folder.option
@click.option("--handles", "handles_path", required=True, type=click.Path(path_type=Path),
              help="New file with the handles of each card for idcard batch, as JSON lines.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="New tar archive of PDF files with the slips.")  # fmt: skip
@click.option("--paper", type=click.Choice([each.value for each in Paper]), default=Paper.A4.value,
              help=f"What the slips are printed on ({Paper.A4.value}).")  # fmt: skip
@click.option("--language", type=click.Choice(languages.CODES), default="en",
              help="Of the slips whose line names none (en).")  # fmt: skip
@click.option("--per-file", "slips_a_file", type=click.IntRange(1, MAX_SLIPS_A_FILE), default=SLIPS_A_FILE,
              metavar="N", help=f"Slips in one PDF file ({SLIPS_A_FILE}).")  # fmt: skip
def batch(folder: Path, handles_path: Path, out: Path, paper: str, language: str, slips_a_file: int) -> int:
    """Make slips for many cards, before their codes are minted.

    Reads from standard input a reference a line, and perhaps after a comma the holder's language. The
    reference stands at the foot of the slip, so that slip and card come into one envelope. Both files are made, or
    neither. They go to different places: who has the slips can have the cards cancelled, and mint must never see them.
    Remove both when they are used.

    \b
    Example:
      printf 'A-0001\\nA-0002,es\\n' |
        idcard slip batch --city springfield --handles handles.jsonl --out slips.tar
    """
    for option, path in (("--handles", handles_path), ("--out", out)):
        if path.name in ("", ".."):
            raise click.UsageError(f"{option} takes the name of a new file")
    if len({os.path.abspath(each) for path in (handles_path, out) for each in (path, _part(path))}) < 4:
        raise click.UsageError("--out and --handles name the same file")
    for path in (handles_path, out):
        files.refuse_existing(path)
        if os.path.lexists(_part(path)):
            raise click.UsageError(f"{_part(path)} is of a run that was interrupted: remove it")
        if not path.parent.is_dir():
            raise click.UsageError(f"{path.parent} is not a folder")
    held = CityFolder(folder)
    plan = held.plan(held.trust())
    if not plan.longest_life(Kind.REVOCABLE):
        raise click.UsageError("the city has no revocable venue class, so no code of it can be cancelled by a slip")
    wanted = _people(files.read_stdin(MAX_INPUT))
    if wanted is None:
        return Exit.USAGE
    used = {person.language() or language for _, person in wanted}
    pages = slip_printing.pages(plan, Paper(paper), language, used)
    hardening.off()
    with _unfinished(out) as slips_file, _unfinished(handles_path) as handles_file:
        _fill(wanted, slips_a_file, plan, pages, slips_file, handles_file)
        for file in (slips_file, handles_file):
            file.flush()
            os.fsync(file.fileno())
        # The slips first: codes that only lost handles could cancel must never be minted.
        files.rename(_part(out), out)
        try:
            files.rename(_part(handles_path), handles_path)
        except BaseException:
            out.unlink()
            raise
    terminal.say(f"{len(wanted):,} slip{'s' * (len(wanted) != 1)}")
    terminal.say(f"print {out}, put each slip with the card whose reference is at its foot, and remove the file")
    terminal.say(f"then idcard batch --handles {handles_path}, and remove the file")
    return Exit.DONE


def _people(data: bytes) -> list[tuple[int, BatchRecord]] | None:
    """With the number of the line. None where a line is bad, which is told. Raises UsageError."""
    if len(data) > MAX_INPUT:
        raise click.UsageError(f"the input is larger than {MAX_INPUT} bytes")
    alone, _ = batch_line.of_first_line(batch_line.REFERENCE.encode("ascii"))
    with_language = {
        sign: batch_line.of_first_line(f"{batch_line.REFERENCE}{sign}{batch_line.LANGUAGE}".encode("ascii"))[0]
        for sign in SEPARATORS
    }
    data = AsLines(data).of(data)
    seen: set[str] = set()
    found, bad = [], False
    for number, line in enumerate(data.removeprefix(_BOM).split(b"\n"), 1):
        if office_table.is_hollow(line):
            continue
        try:
            if not seen and not bad and _HEADER.match(line):
                raise BadRecord(batch_line.REFERENCE, "is the name of a column: leave out the line with the names")
            sign = next((each for each in SEPARATORS if each.encode() in line), None)
            person = (alone if sign is None else with_language[sign]).read(line.removesuffix(b"\r"))
            person.language()
            # Some file systems and eyes tell no capital from a small letter.
            if person.reference.lower() in seen:
                raise BadRecord(batch_line.REFERENCE, "stands in another line too, perhaps in other capitals")
        except (BadRecord, BrokenTable) as problem:
            terminal.say(f"line {number}: {problem}")
            bad = True
            if isinstance(problem, BrokenTable):
                break
            continue
        seen.add(person.reference.lower())
        found.append((number, person))
    if not found and not bad:
        raise click.UsageError("there is no reference in the input")
    return None if bad else found


def _part(path: Path) -> Path:
    """What a file is called until it is whole: whoever finds it after a power cut knows what it is of."""
    return path.with_name(f"{path.name}.part")


@contextmanager
def _unfinished(path: Path) -> Iterator[BinaryIO]:
    """A new file beside the one that it is to become; gone afterwards, unless it was renamed. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = None
    try:
        with files.uninterrupted():  # else one could be there, and nobody would know that it is ours
            descriptor = os.open(_part(path), flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
    finally:
        if descriptor is not None:
            _part(path).unlink(missing_ok=True)


def _fill(
    wanted: Sequence[tuple[int, BatchRecord]],
    slips_a_file: int,
    plan: Plan,
    pages: "Callable[[Sequence[Sheet]], bytes]",
    slips_file: BinaryIO,
    handles_file: BinaryIO,
) -> None:
    """Each slip is forgotten when its page is written. Raises OSError, CannotPrint."""
    from idcard.printing.slip_pages import Sheet
    from idcard_cli.counter import archive

    life, now, size = plan.longest_life(Kind.REVOCABLE), seconds_now(), 0
    blocks = [wanted[at : at + slips_a_file] for at in range(0, len(wanted), slips_a_file)]
    shown = sys.stderr is not None and sys.stderr.isatty()
    with click.progressbar(blocks, label="slips", file=sys.stderr, hidden=not shown) as each_block:
        for block in each_block:
            sheets = []
            for _, person in block:
                slip = slips.new(plan.scope, life=life, now=now)
                sheets.append(Sheet(slip, person.reference, person.language()))
                handles = slip_handles.encode(slip_handles.of(slip, plan)).strip()
                line = f'{{"reference": {json.dumps(person.reference)}, "handles": {handles}}}\n'
                handles_file.write(line.encode("ascii"))
            name = f"slip-{block[0][0]:07}-{block[-1][0]:07}.pdf"
            size += slips_file.write(archive.member(name, pages(sheets)))
    slips_file.write(archive.end(size))
