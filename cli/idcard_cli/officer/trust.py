"""`idcard trust`: what a trust file says."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard import cose
from idcard.trust import trust_file
from idcard_cli import files, terminal
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
    """Look at trust files, sign and publish them."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(file: Path, as_json: bool) -> None:
    """Say what a trust file holds, after checking its signatures.

    Whether it is the city's is for you to know: compare the fingerprint with what the city tells you.

    \b
    Example:
      idcard trust show springfield/city.idtrust
    """
    said = describe(trust_file.decode(files.read_to_judge(file, trust_file.MAX_SIZE)))
    if as_json:
        click.echo(json.dumps(said))
    else:
        for line in _lines(said):
            click.echo(terminal.printable(line))


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff(old: Path, new: Path) -> None:
    """Say in plain words what the trust file NEW changes of OLD. Both must hold by themselves.

    \b
    Example:
      idcard trust diff old.idtrust springfield/city.idtrust
    """
    before, after = (trust_file.decode(files.read_to_judge(path, trust_file.MAX_SIZE)) for path in (old, new))
    killed = sorted(after.kill_notes.keys() - before.kill_notes.keys())
    for sentence in difference(before, after.root, after.trust_list, after.cancellations, killed):
        click.echo(terminal.printable(sentence))
    if before.trust_list == after.trust_list and before.list_digest != after.list_digest:
        click.echo("ANOTHER trust list: they differ in fields that this program does not know")


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d}"


def _lines(said: dict[str, Any]) -> Iterator[str]:
    root, current = said["root"], said["list"]
    yield f"{said['name']} ({said['city']}, {said['environment']})"
    yield f"fingerprint  {fingerprint_groups(bytes.fromhex(said['fingerprint']))}"
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
    for each in said["classes"]:
        requires = [*each["claims"], *([f"{each['least_age']} or over"] if each["least_age"] else [])]
        handle = ", a code that can be cancelled" if each["handle"] else ""
        photo = "; clerks confirm the photo" if each["photo_check"] else ""
        yield (
            f"class        {each['class']} (number {each['number']}): {', '.join(requires)}{handle}{photo}; "
            f"trust file up to {each['tolerance_days']} days old"
        )
    for key in said["keys"]:
        state = "COMPROMISED" if key["compromised"] else f"until {_day(key['verify_until'])}"
        yield f"key          {key['kid']}  {state}  {', '.join(key['classes'])}"
