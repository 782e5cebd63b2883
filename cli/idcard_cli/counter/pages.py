"""Options for drawing codes, shared by several commands."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from idcard import languages
from idcard.city.profile import Kind, Profile
from idcard.errors import needs_extra
from idcard.printing.page import BACKS, CODES_ON_A_CARD, ON_PAPER, PAGES, PICTURES, SIZED, City, Paper
from idcard.symbol import qr
from idcard_cli import files

if TYPE_CHECKING:
    from idcard.printing.card_design import CardDesign
    from idcard.printing.forms import Form

WIDTH_MM = 30
Command = TypeVar("Command", bound=Callable[..., Any])


def width_option(command: Command) -> Command:
    return click.option(
        "--width", "width_mm", type=click.FloatRange(qr.MIN_WIDTH_MM, qr.MAX_WIDTH_MM), metavar="MM",
        help=f"Printed width of svg and pdf with the white border ({WIDTH_MM}).",
    )(command)  # fmt: skip


def page_options(command: Command) -> Command:
    """Adds `--paper`, `--language` and `--design`, for pages."""
    paper = click.option("--paper", type=click.Choice([each.value for each in Paper]),
                         help=f"Paper of holders' and pocket sheets ({Paper.A4.value}).")  # fmt: skip
    language = click.option("--language", type=click.Choice(languages.CODES),
                            help="Language of pages, if the record names none (en).")  # fmt: skip
    design = click.option("--design", "design_path", type=click.Path(path_type=Path),
                          help="TOML file: what cards and pocket sheets have beside the codes.")  # fmt: skip
    return paper(language(design(command)))


numbers_option = click.option(
    "--library-numbers", "numbers_path", type=click.Path(path_type=Path), metavar="FILE",
    help="Numbers of a library, one of which each card with its code gets; they are taken out of FILE.",
)  # fmt: skip


def check_options(kinds: Iterable[str], how: Mapping[str, Any], *, option: str) -> None:
    """Raises UsageError for options that would do nothing. option: how the kinds of pages were chosen."""
    kinds = set(kinds)
    for given, named, of in (
        (how.get("width_mm"), "--width", SIZED),
        (how.get("paper"), "--paper", ON_PAPER),
        (how.get("language"), "--language", set(PAGES)),
        (how.get("design_path"), "--design", {*BACKS, "pocket"}),
        (how.get("numbers_path"), "--library-numbers", BACKS),
    ):
        if given is not None and not kinds & of:
            raise click.UsageError(f"{named} needs {option} {_either(of)}")


def _either(kinds: Iterable[str]) -> str:
    *others, last = (each for each in (*PICTURES, *PAGES) if each in set(kinds))
    return f"{', '.join(others)} or {last}" if others else last


def form(
    kind: str,
    city: City,
    *,
    width_mm: float | None = None,
    paper: str | None = None,
    language: str | None = None,
    design: "CardDesign | None" = None,
) -> "Form":
    """kind: of PICTURES or PAGES. Raises UsageError, and MissingFont for pages that cannot be drawn."""
    from idcard.printing.card_design import CardDesign
    from idcard.printing.forms import Form

    language, design = language or "en", design or CardDesign()
    if kind in PAGES:
        try:
            from idcard.printing import fonts
        except ImportError:
            raise click.UsageError(needs_extra("making pages", "print")) from None
        fonts.check(("en", language), (city.name, city.contact, *design.texts))
        if design.font is not None:
            fonts.check_own(design.font)
    return Form(
        kind=kind,
        width_mm=width_mm or WIDTH_MM,
        city=city,
        paper=Paper(paper or Paper.A4),
        language=language,
        design=design,
    )


def design(path: Path | None, kinds: Iterable[str], *, numbered: bool) -> "CardDesign | None":
    """Of a file. numbered: whether there are numbers of a library. Raises OSError, UsageError."""
    from idcard.printing import card_design, logo
    from idcard.printing.card_design import BadDesign

    found = None
    if path is not None:
        try:
            found = card_design.decode(
                files.read(path, card_design.MAX_SIZE),
                lambda name: logo.decode(files.read_to_judge(path.with_name(name), logo.MAX_SIZE)),
            )
        except BadDesign as problem:
            raise click.UsageError(f"{path}: {problem}") from None
    wanted = found is not None and found.number is not None
    if numbered and not wanted:
        raise click.UsageError("--library-numbers needs --design, with a table library that says which bar code")
    if wanted and not numbered and set(kinds) & BACKS:
        raise click.UsageError(
            f"{path}: library: each card gets a number of the library: give --library-numbers to idcard draw or "
            "idcard counter"
        )
    return found


def check_room(formats: Sequence[str], profiles: Sequence[Profile]) -> None:
    """Raises UsageError if a card has no room for the codes of these classes. Those of one cohort are one code."""
    different = {
        each.venue_class if each.kind is Kind.REVOCABLE else (each.flags, each.ages, each.least_age, each.life)
        for each in profiles
    }
    if BACKS & set(formats) and len(different) > CODES_ON_A_CARD:
        names = ", ".join(each.venue_class for each in profiles)
        raise click.UsageError(f"a card has room for {CODES_ON_A_CARD} codes: choose with --for among {names}")
