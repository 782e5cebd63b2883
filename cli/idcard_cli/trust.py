"""`idcard trust`: what a trust file says."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard import cose
from idcard.credential.calendar import as_datetime
from idcard.credential.claims import FLAGS
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from idcard_cli import files, terminal

SCHEMA = 1


@click.group()
def trust() -> None:
    """Look at trust files."""


@trust.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(file: Path, as_json: bool) -> None:
    """Say what a trust file holds, after checking its signatures.

    Whether it is the city's is for you to know: compare the fingerprint with what the city tells you.

    \b
    Example:
      idcard trust show springfield/city.idtrust
    """
    said = describe(trust_file.decode(files.read(file, trust_file.MAX_SIZE)))
    if as_json:
        click.echo(json.dumps(said))
    else:
        for line in _lines(said):
            click.echo(terminal.printable(line))


def describe(held: Trust) -> dict[str, Any]:
    """The trust file as JSON has it. Times are UTC; keys are in hexadecimal."""
    root, current = held.root, held.trust_list
    names = {each.number: each.name for each in current.classes}
    return {
        "schema": SCHEMA,
        "city": root.scope.city,
        "name": root.name,
        "environment": str(root.scope.environment),
        "fingerprint": held.fingerprint.hex(),
        "root": {
            "version": root.version,
            "expires": _time(root.exp),
            "longest_list_days": root.list_days,
            "root_keys": [key.hex() for key in root.roots.keys],
            "root_threshold": root.roots.threshold,
            "publisher_keys": [key.hex() for key in root.publishers.keys],
            "publisher_threshold": root.publishers.threshold,
        },
        "list": {
            "version": current.version,
            "issued": _time(current.issued),
            "next_update": _time(current.next_update),
            "expires": _time(current.exp),
            "contact": current.contact,
            "cancellations": len(held.cancellations),
        },
        "classes": [
            {
                "number": each.number,
                "class": each.name,
                "claims": [FLAGS[number] for number in sorted(each.required)],
                "least_age": each.least_age,
                "handle": each.handle,
                "tolerance_days": each.tolerance,
            }
            for each in current.classes
        ],
        "keys": [
            {
                "kid": cose.kid(each.key).hex(),
                "public_key": each.key.hex(),
                "classes": [names.get(number, str(number)) for number in sorted(each.classes)],
                "verify_until": _time(each.verify_until),
                "compromised": each.compromised,
            }
            for each in current.keys
        ],
    }


def _time(instant: int) -> str:
    return as_datetime(instant).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d}"


def _lines(said: dict[str, Any]) -> Iterator[str]:
    root, current = said["root"], said["list"]
    fingerprint = said["fingerprint"]
    yield f"{said['name']} ({said['city']}, {said['environment']})"
    yield f"fingerprint  {' '.join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))}"
    yield (
        f"root         version {root['version']}, expires {_day(root['expires'])}, "
        f"{root['root_threshold']} of {len(root['root_keys'])} root keys, "
        f"{root['publisher_threshold']} of {len(root['publisher_keys'])} publisher keys"
    )
    yield (
        f"trust list   version {current['version']}, issued {_day(current['issued'])}, "
        f"next by {_day(current['next_update'])}, expires {_day(current['expires'])}"
    )
    yield f"contact      {current['contact']}"
    yield f"cancelled    {current['cancellations']}"
    for each in said["classes"]:
        requires = [*each["claims"], *([f"{each['least_age']} or over"] if each["least_age"] else [])]
        handle = ", a code that can be cancelled" if each["handle"] else ""
        yield (
            f"class        {each['class']} (number {each['number']}): {', '.join(requires)}{handle}; "
            f"trust file up to {each['tolerance_days']} days old"
        )
    for key in said["keys"]:
        state = "COMPROMISED" if key["compromised"] else f"until {_day(key['verify_until'])}"
        yield f"key          {key['kid']}  {state}  {', '.join(key['classes'])}"
