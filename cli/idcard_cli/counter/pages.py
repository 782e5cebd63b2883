"""Options for drawing codes, shared by several commands."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from idcard import languages
from idcard.errors import needs_extra
from idcard.printing.page import CODES_ON_A_CARD, PAGES, City, Paper
from idcard.symbol import qr

if TYPE_CHECKING:
    from idcard.printing.forms import Form

WIDTH_MM = 30
Command = TypeVar("Command", bound=Callable[..., Any])


def width_option(command: Command) -> Command:
    return click.option(
        "--width", "width_mm", type=click.FloatRange(qr.MIN_WIDTH_MM, qr.MAX_WIDTH_MM), metavar="MM",
        help=f"Printed width of svg and pdf with the white border ({WIDTH_MM}).",
    )(command)  # fmt: skip


def sheet_options(command: Command) -> Command:
    """Adds `--paper` and `--language`, for holders' sheets."""
    paper = click.option("--paper", type=click.Choice([each.value for each in Paper]),
                         help=f"Paper of holders' sheets ({Paper.A4.value}).")  # fmt: skip
    language = click.option("--language", type=click.Choice(languages.CODES),
                            help="Language of holders' sheets, if the record names none (en).")  # fmt: skip
    return paper(language(command))


def form(
    kind: str, city: City, *, width_mm: float | None = None, paper: str | None = None, language: str | None = None
) -> "Form":
    """kind: of PICTURES or PAGES. Raises UsageError, and MissingFont for pages that cannot be drawn."""
    from idcard.printing.forms import Form

    language = language or "en"
    if kind in PAGES:
        try:
            from idcard.printing import fonts
        except ImportError:
            raise click.UsageError(needs_extra("making pages", "print")) from None
        fonts.check(("en", language), (city.name, city.contact))
    return Form(kind=kind, width_mm=width_mm or WIDTH_MM, city=city, paper=Paper(paper or Paper.A4), language=language)


def check_room(formats: Sequence[str], classes: Sequence[str]) -> None:
    """Raises UsageError if a card has no room for the codes of these classes."""
    if "card" in formats and len(classes) > CODES_ON_A_CARD:
        raise click.UsageError(
            f"a card has room for {CODES_ON_A_CARD} codes: choose with --for among {', '.join(classes)}"
        )
