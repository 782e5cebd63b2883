"""What the command line of `idcard mint` said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idcard.city.profile import Kind
from idcard.errors import needs_extra
from idcard.printing.page import CODES_ON_A_CARD, PAGES, Paper
from idcard_cli.counter import open_city
from idcard_cli.counter.open_city import OpenCity
from idcard_cli.officer.signers import Secrets

if TYPE_CHECKING:
    from idcard.printing.forms import Form

WIDTH_MM = 30


@dataclass(frozen=True, kw_only=True)
class Options:
    """As `mint` in idcard_cli.counter.modes declares them."""

    folder: Path
    wanted: Sequence[str]
    fields: Sequence[str]
    handles_path: Path | None
    batch: str | None
    interactive: bool
    ahead: bool
    sheet_path: Path | None
    common_path: Path | None
    out: Path | None
    formats: Sequence[str]
    width_mm: float | None
    paper: str | None
    language: str | None
    records_a_file: int | None
    resume: bool
    scheduler: str | None
    printer: str | None
    slip_printer: str | None
    in_terminal: bool
    as_json: bool
    station: str | None
    module: str | None
    passphrase_file: Path | None
    passphrase_fd: int | None

    def office(self, only: Kind | None = None) -> OpenCity:
        """Opens at the time that it is, for classes of one kind or of all. Raises OSError, UsageError, IdcardError."""
        opened = OpenCity(
            self.folder,
            self.wanted,
            station=self.station,
            common=self.common_path,
            sheet=self.sheet_path,
            now=datetime.now().astimezone(),
            only=only,
        )
        if "card" in self.formats and len(opened.profiles) > CODES_ON_A_CARD:
            names = ", ".join(each.venue_class for each in opened.profiles)
            raise click.UsageError(f"a card has room for {CODES_ON_A_CARD} codes: choose with --for among {names}")
        return opened

    def secrets(self) -> Secrets:
        """Raises UsageError."""
        return open_city.secrets(self.module, self.passphrase_file, self.passphrase_fd)

    def form(self, kind: str, opened: OpenCity) -> "Form":
        """How codes of that format are drawn. Raises UsageError, MissingFont for pages that cannot be."""
        from idcard.credential.text import Environment
        from idcard.printing.forms import Form
        from idcard.printing.page import City

        plan = opened.plan
        language = self.language or "en"
        if kind in PAGES:
            try:
                from idcard.printing import fonts
            except ImportError:
                raise click.UsageError(needs_extra("making pages", "print")) from None
            fonts.check(("en", language), (plan.name, plan.contact))
        return Form(
            kind=kind,
            width_mm=self.width_mm or WIDTH_MM,
            city=City(plan.name, plan.contact, test=plan.scope.environment is Environment.TEST),
            paper=Paper(self.paper or Paper.A4),
            language=language,
        )
