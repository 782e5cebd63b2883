"""`idcard key`: the life of the issuing keys, and keys of single officers."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from idcard.ceremony import agenda, icalendar, rotation
from idcard.ceremony.agenda import Task
from idcard.ceremony.rotation import State
from idcard.city import counts
from idcard.city.counts import Counts
from idcard.city.plan import Plan, PlanError, PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import DAY, Quarter, as_day, as_time
from idcard.credential.text import Environment
from idcard.trust import public_key
from idcard.trust.public_key import KeyKind, PublicKey
from idcard_cli import files, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.command import LazyGroup
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder, key_files, signers
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.tasks import as_line

SCHEMA = 1
KIDS = re.compile(r"[0-9a-fA-F]{8}")


@click.group(
    cls=LazyGroup,
    commands_at={
        "status": "officer.key:status",
        "plan": "officer.key:plan",
        "rotate": "officer.rotate:rotate",
        "distrust": "officer.key:distrust",
        "retire": "officer.key:retire",
        "stations": "officer.key:stations",
        "make": "officer.key:make",
        "check": "officer.reseal:check",
        "passphrase": "officer.reseal:passphrase",
    },
)
def key() -> None:
    """Rotate, plan, distrust, make, try and reseal keys."""


@click.command()
@city_folder.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(folder: Path, as_json: bool) -> None:
    """Show the state, dates and number of codes of each issuing key, and what to do next, by which date.

    \b
    Example:
      idcard key status --city springfield
    """
    held, now = CityFolder(folder), seconds_now()
    trust, minted = held.trust(), held.counts()
    plan = held.plan(trust)
    tasks = agenda.tasks(plan, trust, now, held.waiting(trust, now))
    if as_json:
        click.echo(json.dumps(_as_json(plan, tasks, minted, now)))
        return
    for kind in plan.kinds:
        for station in sorted({each.station for each in plan.keys if each.kind is kind}, key=lambda name: name or ""):
            click.echo(kind.value + (f" at {station}" if station else ""))
            for each in sorted(_of(plan, kind, station), key=lambda each: each.quarter):
                click.echo(f"  {_line(plan, each, minted, now)}")
    click.echo("next")
    for task in tasks:
        click.echo(f"  {as_line(task, now)}")


def _of(plan: Plan, kind: Kind, station: str | None) -> Iterator[PlannedKey]:
    return (each for each in plan.keys if each.kind is kind and each.station == station)


def _line(plan: Plan, each: PlannedKey, minted: Counts, now: int) -> str:
    state = rotation.state(plan, each, now)
    cards = counts.of_key(minted, each.kid.hex()).total()
    match state:
        case State.MADE:
            what = "in no trust list yet"
        case State.PUBLISHED:
            what = _standby(each, now)
        case State.ACTIVE:
            what = f"signs until {as_day(each.quarter.end - DAY)}"
        case State.RETIRED:
            what = "no longer signs"
        case State.EXPIRED:
            what = ""
        case State.DISTRUSTED:
            what = "all its codes are refused"
    codes = (
        f"codes until {as_day(each.verify_until)}"
        if state is not State.EXPIRED
        else f"codes ended {as_day(each.verify_until)}"
    )
    at_risk = f", {cards:,} code{'s' * (cards != 1)} minted" if cards else ""
    return f"{each.kid.hex()}  {each.quarter}  {state.value:10}  {', '.join(filter(None, (what, codes)))}{at_risk}"


def _standby(each: PlannedKey, now: int) -> str:
    assert each.ready is not None
    return "standby, ready" if each.ready <= now else f"standby, ready from {as_day(each.ready)}"


def _as_json(plan: Plan, tasks: Iterable[Task], minted: Counts, now: int) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "keys": [
            {
                "kid": each.kid.hex(),
                "kind": each.kind.value,
                "station": each.station,
                "quarter": str(each.quarter),
                "state": rotation.state(plan, each, now).value,
                "ready": None if each.ready is None else as_time(each.ready),
                "signs_until": as_time(each.quarter.end),
                "verify_until": as_time(each.verify_until),
                "codes": dict(sorted(counts.of_key(minted, each.kid.hex()).items())),
            }
            for each in plan.keys
        ],
        "next": [
            {"due": as_time(task.due), "overdue": task.due <= now, "what": task.what, "how": task.how} for task in tasks
        ],
    }


@click.command()
@city_folder.option
@click.option("--years", type=click.IntRange(1, 20), default=3, show_default=True, help="How far to look ahead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--ics", "as_calendar", is_flag=True, help="A calendar file, for calendar programs.")
def plan(folder: Path, years: int, as_json: bool, as_calendar: bool) -> None:
    """Print every publication, activation, retirement and expiry of the next years, if all is done when it is due.

    As a calendar it reminds a week before of what somebody has to do. Read the file of a later day into the same
    calendar, and the days move.

    \b
    Example:
      idcard key plan --city springfield --years 2
      idcard key plan --city springfield --ics > springfield-keys.ics
    """
    if as_json and as_calendar:
        raise click.UsageError("give --json or --ics, not both")
    held = CityFolder(folder)
    trust = held.trust()
    city = held.plan(trust)
    events = agenda.ahead(city, trust, now=seconds_now(), years=years)
    if as_calendar:
        click.echo(icalendar.encode(events, city.scope, city.name, trust.trust_list.issued), nl=False)
    elif as_json:
        rows = [{"when": as_time(event.when), "what": event.what} for event in events]
        click.echo(json.dumps({"schema": SCHEMA, "events": rows}))
    else:
        for event in events:
            click.echo(f"{as_day(event.when)}  {event.what}")


@click.command()
@click.argument("kid")
@city_folder.option
@yes_option
def distrust(kid: str, folder: Path, yes: bool) -> None:
    """Report that an issuing key was stolen or misused: all its codes are refused from the next trust list on.

    KID is the key's name in `key status`. This cannot be undone. The standby key signs at once. The private key of
    KID in this folder is destroyed.

    \b
    Example:
      idcard key distrust 1a2b3c4d --city springfield
    """
    held, now = CityFolder(folder), seconds_now()
    with held.locked():
        city = held.plan(held.trust())
        found = _find(city, kid)
        if found.distrusted:
            click.echo(f"{found} is distrusted already")
            _destroy(held, found)
            return
        after = rotation.distrusted(city, found)
        for sentence in _consequences(after, found, held.counts(), now):
            click.echo(sentence)
        confirm(f"Distrust {found}?", yes=yes)
        held.write_plan(after)
        _destroy(held, found)
    terminal.say("venues learn of it from the next trust list: run idcard trust draft now, or use the key's kill note")


def _consequences(after: Plan, found: PlannedKey, minted: Counts, now: int) -> Iterator[str]:
    by_class = counts.of_key(minted, found.kid.hex())
    classes = ", ".join(f"{number:,} for {name}" for name, number in sorted(by_class.items()))
    yield f"{found}: codes counted: {by_class.total():,}{f' ({classes})' if classes else ''}"
    yield f"all are refused from the next trust list on; they would have been good until {as_day(found.verify_until)}"
    yield "their holders need new cards; whoever has the key can sign with any date, so no code of it can be trusted"
    for station in [found.station] if found.station else after.stations_of(found.kind):
        where = f" at {station}" if station else ""
        try:
            signing = rotation.active(after, found.kind, station, now)
        except (rotation.NotYet, PlanError) as problem:
            yield f"minting of {found.kind.value} codes{where} STOPS: {problem}"
        else:
            yield f"then {signing} signs {found.kind.value} codes{where}"


@click.command()
@click.argument("kid")
@city_folder.option
@yes_option
def retire(kid: str, folder: Path, yes: bool) -> None:
    """Take a key out of use before its quarter ends, and destroy it, if its passphrase is lost or its computer broke.

    Its codes stay good, so this is not for a stolen key: see `key distrust`. Refused if no other key could sign.

    \b
    Example:
      idcard key retire 1a2b3c4d --city springfield
    """
    held, now = CityFolder(folder), seconds_now()
    with held.locked():
        city = held.plan(held.trust())
        found = _find(city, kid)
        if found.distrusted:
            raise click.UsageError(f"{found} is distrusted and no longer signs")
        after = rotation.retired(city, found, now)
        confirm(f"Retire {found} and destroy its private key?", yes=yes)
        held.write_plan(after)
        _destroy(held, found)
    click.echo(f"{found} no longer signs; its codes stay good until {as_day(found.verify_until)}")


def _destroy(held: CityFolder, found: PlannedKey) -> None:
    """Call this after the plan is written. A key on a token needs its PIN: `key rotate` destroys it later."""
    path = held.key_path(found)
    if path.exists():
        key_files.destroy(path, None, signers.Secrets([], None))


def _find(city: Plan, kid: str) -> PlannedKey:
    """The issuing key that an officer names. Raises UsageError."""
    if not KIDS.fullmatch(kid):
        raise click.UsageError("a key is named by the 8 digits that `idcard key status` shows")
    found = next((each for each in city.keys if each.kid.hex() == kid.lower()), None)
    if found is None:
        raise click.UsageError("the plan has no issuing key with this kid; see idcard key status")
    return found


@click.command()
@click.argument("names", nargs=-1)
@city_folder.option
@click.option("--none", "no_stations", is_flag=True, help="One key for the whole city again.")
@yes_option
def stations(names: Sequence[str], folder: Path, no_stations: bool, yes: bool) -> None:
    """Give each station its own key for revocable codes, from the first quarter that has no key yet.

    Without NAMES it shows the stations and what a choice would mean. With more stations, a leaked key puts fewer cards
    at risk, but each holder hides among fewer others, because the key of a code shows its station.

    \b
    Example:
      idcard key stations north south --city springfield
    """
    if names and no_stations:
        raise click.UsageError("give names or --none, not both")
    chosen = tuple(city_folder.check_station(name) for name in dict.fromkeys(names))
    held, now = CityFolder(folder), seconds_now()
    with held.locked():
        city = held.plan(held.trust())
        click.echo(f"stations: {', '.join(city.stations) or 'none, one key for the whole city'}")
        for line in _at_stake(city, held.counts(), max(len(chosen), len(city.stations), 4)):
            click.echo(line)
        if not names and not no_stations:
            return
        confirm(f"Change to {', '.join(chosen) or 'one key for the whole city'}?", yes=yes)
        changed = replace(city, stations=chosen)
        held.write_plan(changed)
    click.echo(f"this begins with the keys of {_first_missing(changed, now)}")


def _first_missing(city: Plan, now: int) -> Quarter:
    """The first quarter for which a key for revocable codes is still to be made."""
    missing = [slot.quarter for slot in rotation.missing(city, now) if slot.kind is Kind.REVOCABLE]
    held = [each.quarter for each in city.keys if each.kind is Kind.REVOCABLE]
    return min(missing) if missing else max(held, default=Quarter.of(now)).next()


def _at_stake(city: Plan, minted: Counts, most: int) -> Iterator[str]:
    """A table: the cards of the busiest key and quarter, split evenly among stations."""
    revocable = [counts.of_key(minted, each.kid.hex()).total() for each in city.keys if each.kind is Kind.REVOCABLE]
    cards = max(revocable, default=0)
    if not cards:
        yield "no revocable codes were counted yet, so there are no figures"
        return
    yield f"revocable codes of the busiest key so far: {cards:,}"
    yield "stations  codes lost if a key leaks  holders of one key and month of expiry"
    for number in range(1, most + 1):
        yield f"{number:8}  {cards // number:>25,}  {cards // (3 * number):>38,}"


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--kind", required=True, type=click.Choice(["root", "publisher"]), help="What the key is for.")
@click.option(
    "--environment", required=True, type=click.Choice([str(each) for each in Environment]), help="Of the city."
)
@click.option("--token", metavar="LABEL", help="Make the key on this PKCS#11 token; FILE then only names it.")
@signers.options
def make(
    path: Path,
    kind: str,
    environment: str,
    token: str | None,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make a root or publisher key on an officer's own computer, and print its public key.

    Give the public key to whoever makes the draft (idcard trust draft --add-root). The private key stays here. It must
    sign that draft (idcard trust sign) before it can join.

    \b
    Example:
      idcard key make my-root.key --kind root --environment test --passphrase-file passphrase.txt
    """
    files.refuse_existing(path)
    given = signers.secrets(module, passphrase_file, passphrase_fd)
    key_kind, of = KeyKind(kind), Environment[environment.upper()]
    phrase = given.pin(token) if token else given.new(f"this {kind} key")
    with signers.made(key_kind, of, token, phrase, given) as (signer, text):
        files.create(path, text)
        click.echo(public_key.encode(PublicKey(key_kind, of, signer.public_key)))
    if os.name != "posix":
        terminal.say(f"this system has no file modes: make sure that nobody else can read {path}")
