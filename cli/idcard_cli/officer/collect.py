"""`idcard city collect`: bring together what counters and venues counted."""

from collections.abc import Sequence
from pathlib import Path

import click

from idcard.city import counts
from idcard.errors import IdcardError
from idcard.verify import tally
from idcard_cli import files
from idcard_cli.officer import city_folder
from idcard_cli.officer.city_folder import CityFolder

_OF_COUNTERS, _OF_VENUES = ("counter,", "day,key,"), ("desk,", "day,class,")
"""How their files begin, those of an earlier program too."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@city_folder.option
def collect(paths: Sequence[Path], folder: Path) -> None:
    """Add the counts.csv of counters and the tally.csv of venues to the city's numbers.

    Any file may be brought again, and in any order: of each line the larger number counts, so nothing doubles.

    \b
    Example:
      idcard city collect counter-2/counts.csv --city springfield
    """
    held = CityFolder(folder)
    held.plan(held.trust())
    made_there: dict[str, counts.Counts] = {}
    seen_there: dict[str, tally.Tally] = {}
    for path in paths:
        text = _read(path)
        try:
            if text.startswith(_OF_COUNTERS):
                made_there = counts.merged(made_there, counts.decode(text))
            else:
                seen_there = tally.merged(seen_there, tally.decode(text))
        except IdcardError as problem:
            raise click.UsageError(f"{path}: {problem}") from None
    made = held.collect_counts(made_there) if made_there else 0
    seen = held.collect_tally(seen_there) if seen_there else 0
    click.echo(f"{made:,} more codes made, {seen:,} more codes checked at venues")


def _read(path: Path) -> str:
    """Raises OSError, UsageError for a file that is neither."""
    text = files.read_text(path, max(counts.MAX_SIZE, tally.MAX_SIZE))
    if not text.startswith((*_OF_COUNTERS, *_OF_VENUES)):
        raise click.UsageError(f"{path} is neither the counts.csv of a counter nor the tally.csv of a venue")
    return text
