"""`idcard trust`: show and compare trust files; the group of the signing commands."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard import cose
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from idcard_cli import files, terminal, wrong_file
from idcard_cli.command import LazyGroup
from idcard_cli.fingerprint import fingerprint_groups
from idcard_cli.trust_in_words import describe, difference


@click.group(
    cls=LazyGroup,
    commands_at={
        "show": "officer.trust:show",
        "diff": "officer.trust:diff",
        "draft": "officer.ceremony:draft",
        "sign": "officer.ceremony:sign",
        "finish": "officer.ceremony:finish",
        "renew": "officer.ceremony:renew",
        "kill": "officer.kill:kill",
        "poster": "officer.poster:poster",
    },
)
def trust() -> None:
    """Show, sign and publish trust files."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(file: Path, as_json: bool) -> None:
    """Check the signatures of a trust file and show what it holds.

    The signatures do not prove whose it is: compare the fingerprint with the one that the city tells you.

    \b
    Example:
      idcard trust show springfield/city.idtrust
    """
    held = describe(_read(file))
    if as_json:
        click.echo(json.dumps(held))
    else:
        for line in _lines(held):
            click.echo(terminal.printable(line))


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> None:
    """Show in plain words how the trust file NEW differs from OLD. Both must be valid.

    \b
    Example:
      idcard trust diff old.idtrust springfield/city.idtrust
    """
    before, after = map(_read, (old, new))
    killed = sorted(after.kill_notes.keys() - before.kill_notes.keys())
    for sentence in difference(before, after.root, after.trust_list, after.cancellations, killed):
        click.echo(terminal.printable(sentence))
    if before.trust_list == after.trust_list and before.list_digest != after.list_digest:
        click.echo("ANOTHER trust list: they differ in fields that this program does not know")


def _read(path: Path) -> Trust:
    data = files.read_to_judge(path, trust_file.MAX_SIZE)
    wrong_file.refuse(data, str(path))
    return trust_file.decode(data)


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d}"


def _lines(held: dict[str, Any]) -> Iterator[str]:
    root, current = held["root"], held["list"]
    yield f"{held['name']} ({held['city']}, {held['environment']})"
    yield f"fingerprint  {fingerprint_groups(bytes.fromhex(held['fingerprint']))}"
    yield f"in words     {held['fingerprint_words']}"
    yield f"root         version {root['version']}, expires {_day(root['expires'])}"
    for role, label in (("root", "root keys"), ("publisher", "publishers")):
        keys = [bytes.fromhex(key) for key in root[f"{role}_keys"]]
        kids = ", ".join(cose.kid(key).hex() for key in keys)
        yield f"{label:12} {root[f'{role}_threshold']} of {len(keys)} must sign: {kids}"
    yield (
        f"trust list   version {current['version']}, issued {_day(current['issued'])}, "
        f"next by {_day(current['next_update'])}, expires {_day(current['expires'])}"
    )
    yield f"contact      {current['contact']}"
    yield f"cancelled    {current['cancellations']}"
    for each in held["classes"]:
        requires = [*each["claims"], *([f"{each['least_age']} or over"] if each["least_age"] else [])]
        handle = ", a code that can be cancelled" if each["handle"] else ""
        photo = "; clerks confirm the photo" if each["photo_check"] else ""
        yield (
            f"class        {each['class']} (number {each['number']}): {', '.join(requires)}{handle}{photo}; "
            f"trust file up to {each['tolerance_days']} day{'s' * (each['tolerance_days'] != 1)} old"
        )
    for key in held["keys"]:
        state = "COMPROMISED" if key["compromised"] else f"until {_day(key['verify_until'])}"
        yield f"key          {key['kid']}  {state}  {', '.join(key['classes'])}"
