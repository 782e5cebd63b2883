"""`idcard privacy`: measure how far the codes of a city identify their holders."""

import io
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from idcard.city import combinations
from idcard.city.office_table import Wording
from idcard.city.plan import Plan
from idcard.city.record import MAX_SIZE
from idcard.privacy import common_list, figures, stream
from idcard.privacy.figures import DEFAULT_K, ClassPrivacy, Figures, PairPrivacy, Report, Row
from idcard.privacy.population import Population
from idcard.privacy.stream import BadLine
from idcard.repairs.encodings import AsLines
from idcard_cli import clock, files, table_wording, terminal
from idcard_cli.officer import city_folder, privacy_table
from idcard_cli.officer.city_folder import CityFolder

SCHEMA = 1
_CHUNK = 1 << 16
_STEPS = 5000
"""Lines between two updates of the progress bar."""


@click.command()
@city_folder.option
@table_wording.options(stream.COLUMNS)
@click.option("--k", type=click.IntRange(min=1), default=DEFAULT_K, help="A cohort of fewer cards is rare (50).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--numbered", metavar="CLASS",
              help="Cards with a code of this class carry a library's number, too.")  # fmt: skip
@click.option("--common", type=click.Path(path_type=Path), help="New file for the combinations that are not rare.")
@click.argument("source", metavar="[FILE]", default="-")
def privacy(
    folder: Path, k: int, as_json: bool, numbered: str | None, common: Path | None, source: str, wording: Wording
) -> None:
    """Measure how far codes identify their holders, from records or minted codes in FILE or on standard input.

    A line is a record as `idcard mint` reads it, or a row of a table as `idcard batch` reads it, with `made`
    (2027-03-14) and `station` if known, or a code as `idcard mint` prints it. Nothing about a person is kept, written
    or shown.

    --common needs `made` in every record. Its list says only whether a combination has age_from, not which month: so a
    combination may be common although each of its codes is nearly unique.

    \b
    Example:
      echo '{"birth_date": "1990-12-31", "resident": true, "student": false, "made": "2027-03-14"}' |
        idcard privacy --city springfield
      idcard privacy records.csv --city springfield
    """
    if common is not None:
        files.refuse_existing(common)
    held = CityFolder(folder)
    plan = held.plan(held.trust())
    if numbered is not None and numbered not in (known := [each.profile.venue_class for each in plan.classes]):
        raise click.UsageError(f"--numbered takes one of {', '.join(known)}")
    population = _read(source, plan, wording)
    report = figures.report(population, k)
    numbers = figures.numbered(report, numbered) if numbered is not None else None
    if common is not None:
        files.create(common, combinations.encode(common_list.common(population, k)).encode("ascii"))
    if as_json:
        click.echo(json.dumps(_as_json(report) | ({"number": asdict(numbers)} if numbers is not None else {})))
    else:
        for line in (*privacy_table.lines(report), *privacy_table.numbered(numbers)):
            click.echo(terminal.printable(line))


def _read(source: str, plan: Plan, wording: Wording) -> Population:
    today = clock.now().date()
    with _open(source) as file:
        hidden = not sys.stderr.isatty()
        with click.progressbar(
            _lines(file), label="Reading", file=sys.stderr, hidden=hidden, update_min_steps=_STEPS
        ) as bar:
            try:
                return stream.read(bar, plan, today, wording)
            except BadLine as problem:
                raise BadLine(str(problem) if source == "-" else f"{source}, {problem}") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """In UTF-8; one that is too long is cut, as far as it matters. Raises OSError."""
    as_lines, rest = None, b""
    while True:
        chunk = file.read1(_CHUNK) if isinstance(file, io.BufferedReader) else file.read(_CHUNK)
        if as_lines is None:
            as_lines = AsLines(chunk)
            rest = as_lines.of(chunk).removeprefix(BOM_UTF8)
        else:
            rest += as_lines.of(chunk)
        *ended, rest = rest.split(b"\n")
        yield from ended
        rest = rest[: MAX_SIZE + 1]
        if not chunk:
            if rest:
                yield rest
            return


@contextmanager
def _open(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        if sys.stdin is None:
            raise click.ClickException("standard input is closed")
        yield sys.stdin.buffer
    else:
        with open(source, "rb") as file:
            yield file


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "k": report.k,
        "cards": report.cards,
        "warnings": [asdict(each) for each in privacy_table.warnings(report.gaps)],
        "classes": [_class(each) for each in report.classes],
        "pairs": [_pair(each) for each in report.pairs],
    }


def _class(each: ClassPrivacy) -> dict[str, Any]:
    days = None if each.first_days is None else {str(days): size for days, size in each.first_days.items()}
    return {
        "class": each.profile.venue_class,
        "kind": each.profile.kind.value,
        **_figures(each.figures),
        "first_days": days,
        "issuer": _figures(each.seen),
        "splits": [{"split": row.name, **_row(row)} for row in each.splits],
        "remedies": [{"remedy": row.name, "claim": row.claim, **_row(row)} for row in each.remedies],
    }


def _pair(each: PairPrivacy) -> dict[str, Any]:
    return {
        "classes": [profile.venue_class for profile in each.profiles],
        **_figures(each.figures),
        "narrows": list(each.narrows),
        "from": {"both": each.held, "key": each.key, "expiry": each.expiry, "claims": each.claims},
    }


def _row(row: Row) -> dict[str, Any]:
    return {"unique": row.unique, **_figures(row.figures)}


def _figures(figures: Figures) -> dict[str, Any]:
    return {**asdict(figures), "rare_share": figures.rare_share}
