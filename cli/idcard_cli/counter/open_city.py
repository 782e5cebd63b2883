"""Opens a city for minting: its classes, the keys that sign now, and what must not be minted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.ceremony import rotation
from idcard.ceremony.rotation import NotYet
from idcard.city import combinations
from idcard.city.plan import IssuedClass, Plan, PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.issuing import cohort_sheet
from idcard.issuing.cohort_sheet import CohortSheet, SheetError
from idcard.issuing.minter import Minter, Rules, Shared
from idcard.issuing.minting import CannotMint, Issuer
from idcard.keys.key_file import KeyFileError
from idcard.printing.page import City
from idcard_cli import clock, files, hardening, held_sheets
from idcard_cli.class_name import ClassName
from idcard_cli.officer import city_folder, passphrases, signers
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.signers import Secrets

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The options that choose a city, its classes and keys.

    wanted: names of classes; empty for all. station: the counter, if stations have keys of their own. common, sheets:
    files of `idcard privacy --common` and `idcard cohort`.
    """

    folder: Path
    wanted: Sequence[str]
    module: str | None
    passphrase_file: Path | None
    passphrase_fd: int | None
    station: str | None = None
    common: Path | None = None
    sheets: Sequence[Path] = ()

    def opened(self, only: Kind | None = None, at: datetime | None = None) -> "OpenCity":
        """The city. only: the kind that all classes must have. at: when, if not now.

        Raises OSError, UsageError, IdcardError.
        """
        return OpenCity(self, at or clock.now(), only)

    def secrets(self) -> Secrets:
        """The passphrase: the only line, or the last of five as for `city init`. Raises UsageError."""
        given = signers.secrets(self.module, self.passphrase_file, self.passphrase_fd)
        whole = passphrases.OF_A_CITY
        if given.lines is not None and len(given.lines) not in (1, whole):
            raise click.UsageError(f"give the passphrase of the issuing keys, or the {whole} lines of `city init`")
        return given if given.lines is None else Secrets(given.lines[-1:], self.module)


wanted_option = click.option(
    "--for", "wanted", type=ClassName(), multiple=True, metavar="CLASS", help="Venue class (all of the city)."
)


def options(command: Command) -> Command:
    """Adds the options of a `Choice`, which the command gets as `chosen`."""

    @wraps(command)
    def gathered(*arguments: Any, **given: Any) -> Any:
        chosen = Choice(**{each.name: given.pop(each.name) for each in fields(Choice)})
        return command(*arguments, chosen=chosen, **given)

    sheet = click.option("--cohort-sheet", "sheets", multiple=True, type=click.Path(path_type=Path),
                         help="File of idcard cohort: use its codes. A second one is of the next quarter.")  # fmt: skip
    common = click.option("--common", type=click.Path(path_type=Path),
                          help="File of idcard privacy --common: refuse rare combinations.")  # fmt: skip
    station = click.option("--station", metavar="NAME", help="Name of the counter, if stations have keys of their own.")
    whole: Any = gathered
    for option in (signers.options, station, common, sheet, wanted_option, city_folder.option):
        whole = option(whole)
    found: Command = whole
    return found


class OpenCity:
    """Everything that minting needs but secrets, checked before anybody is asked for one."""

    def __init__(self, chosen: Choice, now: datetime, only: Kind | None = None) -> None:
        """now: when it opens. only: the kind that all classes must have. Raises OSError, UsageError, IdcardError."""
        self.now = now
        self.held = CityFolder(chosen.folder)
        in_force = self.held.trust()
        self.plan = self.held.plan(in_force)
        self.classes = chosen_classes(self.plan, chosen.wanted, only)
        self.profiles = [each.profile for each in self.classes]
        self._cancelled = self.held.ledger(in_force)
        self.warnings: list[str] = []
        """What to tell whoever mints, once."""
        self.common = None
        if chosen.common is not None:
            data = files.read_text(chosen.common, combinations.MAX_SIZE)
            self.common = combinations.decode(data, self.plan.scope)
        kinds = dict.fromkeys(each.kind for each in self.profiles)
        self.keys = {kind: rotation.active(self.plan, kind, chosen.station, seconds(now)) for kind in kinds}
        self._shared = self._read(chosen.sheets) if chosen.sheets else None
        self.rules = Rules(
            scope=self.plan.scope,
            profiles=self.profiles,
            keys=self.keys,
            cancelled=self._cancelled,
            common=self.common,
            shared=self._shared or {},
        )

    @property
    def names(self) -> list[str]:
        """Names of the classes."""
        return [each.venue_class for each in self.profiles]

    @property
    def as_printed(self) -> City:
        """The city as pages show it."""
        return City(self.plan.name, self.plan.contact, test=self.plan.scope.environment is Environment.TEST)

    def _read(self, sheets: Sequence[Path]) -> Shared:
        """The codes of the cohort sheet of now, after checking all of them. Raises OSError, UsageError, SheetError."""
        names = [each.venue_class for each in self.profiles if each.kind is Kind.COHORT]
        if not names:
            raise click.UsageError("none of these classes has codes in a cohort sheet: leave out --cohort-sheet")
        found, quarter = held_sheets.read(sheets, self.plan.scope), self.keys[Kind.COHORT].quarter
        sheet, text = held_sheets.of_now(found, quarter)
        self.warnings += held_sheets.warnings(found, self.plan, quarter, seconds(self.now))
        held = self._decoded(text, self.keys[Kind.COHORT])
        for each, (path, coming) in found.items():
            try:
                if each > quarter:
                    self._decoded(coming, rotation.active(self.plan, Kind.COHORT, None, each.begin))
            except (SheetError, NotYet) as problem:
                self.warnings.append(f"{path}: {problem}")
        if missing := [name for name in names if name not in held.classes]:
            raise click.UsageError(f"{sheet} has no codes for {', '.join(missing)}: make a new sheet, or use --for")
        return held.codes

    def _decoded(self, sheet: str, key: PlannedKey) -> CohortSheet:
        """key: that is to have signed it. Raises SheetError."""
        profiles = [each.profile for each in self.plan.classes]
        return cohort_sheet.decode(sheet, profiles, self.plan.scope, key, cancelled=self._cancelled)

    @property
    def revocable(self) -> list[str]:
        """Names of the classes whose codes have a handle."""
        return [each.venue_class for each in self.profiles if each.kind is Kind.REVOCABLE]

    @property
    def kinds_to_open(self) -> list[Kind]:
        """The kinds of code that a key signs here."""
        return [kind for kind in self.keys if kind is Kind.REVOCABLE or self._shared is None]

    @property
    def signing_keys(self) -> dict[Kind, bytes]:
        """The public keys that sign here."""
        return {kind: self.keys[kind].key for kind in self.kinds_to_open}

    @contextmanager
    def issuers(self, given: Secrets | None) -> Iterator[Mapping[Kind, Issuer]]:
        """The keys that sign here, while they are open. given: may be None if no key signs here.

        Raises OSError, UsageError, KeyFileError, TokenError.
        """
        hardening.off()
        with ExitStack() as stack:
            opened = {}
            for kind in self.kinds_to_open:
                assert given is not None
                key = self.keys[kind]
                path = self.held.key_path(key)
                if kind is Kind.COHORT and not path.exists():
                    raise click.UsageError(
                        f"{path} is not here: a counter without keys gives --cohort-sheet; if the key is lost, "
                        f"idcard key retire {key.kid.hex()}"
                    )
                private = stack.enter_context(signers.opened(path, given, "the issuing keys", str(key)))
                if private.signer.public_key != key.key or private.environment is not self.plan.scope.environment:
                    raise KeyFileError(f"{path} is not the key that the plan names")
                opened[kind] = rotation.issuer_of(key, private.signer, self.plan.scope)
            yield opened

    def minter_of(self, issuers: Mapping[Kind, Issuer], now: datetime) -> Minter:
        """issuers: from `issuers`, of this city or of one opened earlier with the same `signing_keys`."""
        return Minter(self.rules, issuers, now)

    @contextmanager
    def minter(self, given: Secrets | None, now: datetime | None = None) -> Iterator[Minter]:
        """The minter for one time (default: when the city was opened). Arguments and errors as for `issuers`."""
        with self.issuers(given) as issuers:
            yield self.minter_of(issuers, now or self.now)

    def cohort_sheet(self, given: Secrets) -> CohortSheet:
        """Signs every code that its cohort classes can have. Raises what `issuers` raises; CannotMint, BadSigner."""
        with self.issuers(given) as issuers:
            return cohort_sheet.made(
                self.profiles,
                self.plan.scope,
                issuers[Kind.COHORT],
                now=self.now,
                cancelled=self._cancelled,
            )

    def check_clock(self, now: datetime) -> None:
        """Raises CannotMint if the quarter of a key has ended since the city was opened."""
        for key in self.keys.values():
            if seconds(now) >= key.quarter.end:
                raise CannotMint(f"{key.quarter} is over, and its key no longer signs: start again with the next key")


def chosen_classes(city_plan: Plan, wanted: Sequence[str], only: Kind | None) -> list[IssuedClass]:
    """Those of the city, or those that are named. only: the kind that all must have. Raises UsageError."""
    by_name = {each.profile.venue_class: each for each in city_plan.classes}
    possible = [name for name, each in by_name.items() if only in (None, each.profile.kind)]
    for name in wanted:
        if name not in by_name:
            raise click.UsageError(f"the city has no venue class {name!r}; it has: {', '.join(by_name)}")
        if only is not None and name not in possible:
            raise click.UsageError(f"{name!r} is no {only.value} class; there are: {', '.join(possible) or 'none'}")
    if not possible:
        raise click.UsageError(
            "the city has no cohort class, whose codes many people share"
            if only is Kind.COHORT
            else "the city has no revocable venue class, so no code of it can be cancelled by a slip"
        )
    return [by_name[name] for name in dict.fromkeys(wanted or possible)]
