"""What a city takes over that begins anew because its root keys are lost (specs/keys.md, Founding)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from idcard.city import counts, ledger
from idcard.city.plan import Plan
from idcard_cli.officer.city_folder import COUNTS_FILE, LEDGER_FILE, CityFolder


@dataclass(frozen=True, slots=True)
class OldCity:
    """plan: with the keys that were published, none of which signs any more. cancelled: what belongs in the next list.
    contents: further files of the folder.
    """

    plan: Plan
    cancelled: frozenset[bytes]
    contents: Mapping[str, bytes]


def read(folder: Path, now: int) -> OldCity:
    """Raises OSError, UsageError, IdcardError."""
    held = CityFolder(folder)
    in_force = held.trust()
    planned = held.whole_plan(in_force)
    written = held.ledger(in_force)
    keys = tuple(
        replace(key, destroyed=True) for key in planned.keys if key.ready is not None and now < key.verify_until
    )
    contents = {LEDGER_FILE: ledger.encode(written).encode("ascii")}
    if counted := held.counts_by_counter():
        contents[COUNTS_FILE] = counts.encode(counted).encode("ascii")
    return OldCity(replace(planned, keys=keys, latest_issue=0), ledger.live(written, now), contents)


def renamed(old: OldCity, folder: Path, named: Mapping[str, str | None]) -> Plan:
    """Its plan, with what is named differently. Raises UsageError where that is another city."""
    scope = old.plan.scope
    for option, had, given in (
        ("--id", scope.city, named["id"]),
        ("--environment", str(scope.environment), named["environment"]),
    ):
        if given not in (None, had):
            raise click.UsageError(f"{folder} is of {had}: a city keeps it, so leave out {option}")
    return replace(
        old.plan,
        name=named["name"] or old.plan.name,
        contact=named["contact"] or old.plan.contact,
        time_zone=old.plan.time_zone if named["time-zone"] is None else named["time-zone"],
    )
