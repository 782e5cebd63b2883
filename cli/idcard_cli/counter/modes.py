"""The options of `idcard mint`, and which go together."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from idcard import languages
from idcard.printing.page import PAGES, PICTURES, Paper
from idcard.symbol import qr
from idcard_cli.counter.options import Options
from idcard_cli.officer import city_folder, signers

MAX_RECORDS_A_FILE = 1000

_ONE, _BATCH, _COUNTER, _AHEAD = "one person", "--batch", "--interactive", "--ahead"
_MISTYPED = re.compile(r"--[A-Za-z][A-Za-z-]*(?==|$)")
"""Nothing after it is shown: it may be about a person."""
_MODES = {"batch": _BATCH, "interactive": _COUNTER, "ahead": _AHEAD}
_GOES_WITH = {
    "fields": (_ONE,),
    "handles_path": (_ONE,),
    "in_terminal": (_ONE,),
    "as_json": (_ONE,),
    "out": (_ONE, _BATCH, _AHEAD),
    "formats": (_ONE, _BATCH, _COUNTER),
    "width_mm": (_ONE, _BATCH),
    "paper": (_ONE, _BATCH, _COUNTER),
    "language": (_ONE, _BATCH, _COUNTER),
    "common_path": (_ONE, _BATCH, _COUNTER),
    "sheet_path": (_ONE, _BATCH, _COUNTER),
    "resume": (_BATCH,),
    "scheduler": (_BATCH,),
    "records_a_file": (_BATCH,),
    "printer": (_COUNTER,),
    "slip_printer": (_COUNTER,),
    "station": (_ONE, _BATCH, _COUNTER),
}


@click.command(context_settings={"ignore_unknown_options": True})
@city_folder.option
@click.option("--for", "wanted", multiple=True, metavar="CLASS", help="Venue class; all of the city if not given.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A field of the record, instead of stdin.")
@click.option("--handles", "handles_path", type=click.Path(path_type=Path),
              help="What idcard slip new made; used up by this.")  # fmt: skip
@click.option("--batch", metavar="FILE", help="Records, one a line, as JSON or CSV; - is standard input.")
@click.option("--interactive", is_flag=True, help="Ask for one person after the other.")
@click.option("--ahead", is_flag=True, help="Sign the codes that many people share, for a counter without a key.")
@click.option("--cohort-sheet", "sheet_path", type=click.Path(path_type=Path),
              help="What --ahead wrote: those codes are taken from it.")  # fmt: skip
@click.option("--common", "common_path", type=click.Path(path_type=Path),
              help="What idcard privacy --common wrote: rare combinations are refused.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New folder with a file a code; with --batch a new file.")
@click.option("--format", "formats", multiple=True, type=click.Choice(("text", *PICTURES, *PAGES)),
              help="What --out holds (text; with --batch JSON lines, else a tar archive).")  # fmt: skip
@click.option("--width", "width_mm", type=click.FloatRange(qr.MIN_WIDTH_MM, qr.MAX_WIDTH_MM), metavar="MM",
              help="Printed width of svg and pdf with the white border (30).")  # fmt: skip
@click.option("--paper", type=click.Choice([each.value for each in Paper]),
              help=f"Of the sheets for holders ({Paper.A4.value}).")  # fmt: skip
@click.option("--language", type=click.Choice(languages.CODES),
              help="Of the sheets for holders whose record names none (en).")  # fmt: skip
@click.option("--per-file", "records_a_file", type=click.IntRange(1, MAX_RECORDS_A_FILE),
              metavar="N", help="Records in one PDF file (100).")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was interrupted, if one was.")
@click.option("--scheduler", metavar="ADDRESS", help="Draw on the Dask cluster of this scheduler.")
@click.option("--print", "printer", metavar="COMMAND", help="Prints the PDF that it gets on standard input.")
@click.option("--print-slips", "slip_printer", metavar="COMMAND", help="The same, for slips (that of --print).")
@click.option("--terminal", "in_terminal", is_flag=True, help="Draw the codes in the terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--station", metavar="NAME", help="The counter, where stations have keys of their own.")
@signers.options
@click.argument("surplus", nargs=-1, metavar="")
@click.pass_context
def mint(ctx: click.Context, /, surplus: Sequence[str], **given: Any) -> int:
    """Mint the codes of one person from a record on standard input, or of many.

    The record is one JSON object with birth_date (1990-12-31) and the claims of the city's profiles, true or false.
    It is used and forgotten. Prints the venue class, a tab and the text of each code. A class for which the person
    does not qualify gets no code. Codes that can be cancelled need the handles of a slip, which goes to the holder
    before this.

    \b
    Example:
      idcard slip new --city springfield --handles handles.json
      echo '{"birth_date": "1990-12-31", "resident": true, "student": false}' |
        idcard mint --city springfield --passphrase-file passphrase.txt \\
          --handles handles.json --out codes --format png
    \b
    Many people, from records or in a queue at a counter (docs/issuing.md):
      idcard mint --city springfield --batch records.csv --for library --for museum \\
        --format card --out cards.tar
      idcard mint --city springfield --interactive --print lp
      idcard mint --city springfield --ahead --out sheet.json
    """
    if surplus:
        if mistyped := next(filter(None, map(_MISTYPED.match, surplus)), None):
            raise click.UsageError(f"no such option: {mistyped[0]}", ctx=ctx)
        # What stands here is a piece of a record that lacked quotes; it is not repeated.
        raise click.UsageError("mint takes options only; put quotes around a value that has blanks")
    mode = _mode(ctx)
    _check(ctx, mode)
    options = Options(**given)
    if options.batch == "":
        raise click.UsageError("--batch takes the name of a file, or - for standard input")
    if options.out is not None and options.out.name in ("", ".."):
        raise click.UsageError("--out takes the name of a new file or folder")
    match mode:
        case "--batch":
            from idcard_cli.counter import batch

            return batch.mint(options)
        case "--interactive":
            from idcard_cli.counter import counter

            return counter.mint(options)
        case "--ahead":
            from idcard_cli.counter import cohort

            return cohort.mint(options)
        case _:
            from idcard_cli.counter import mint

            return mint.mint(options)


def _mode(ctx: click.Context) -> str:
    given = [option for name, option in _MODES.items() if ctx.params[name] not in (None, False)]
    if len(given) > 1:
        raise click.UsageError(f"give one of {', '.join(given)}")
    return given[0] if given else _ONE


def _check(ctx: click.Context, mode: str) -> None:
    """What goes with another mode is refused rather than passed over: somebody counts on it."""
    for parameter in ctx.command.params:
        name = parameter.name or ""
        modes = _GOES_WITH.get(name)
        if modes is None or mode in modes or ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        option = parameter.opts[0]
        others = [each for each in modes if each != _ONE]
        raise click.UsageError(f"{option} goes with {' and '.join(others)}" if others else f"{option} is for {_ONE}")
