"""`idcard city`: found a city, and print its venue classes and counts."""

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from idcard import strict_json
from idcard.ceremony import founding, publish, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES, ROOT_KEYS, FoundingKeys
from idcard.city import plan
from idcard.city.plan import IssuedClass, Plan
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.trust import trust_file
from idcard.trust.public_key import KeyKind
from idcard_cli import files, terminal
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words
from idcard_cli.officer import city_folder, passphrases, strength
from idcard_cli.officer.city_folder import (
    MAX_PLAN,
    PLAN_FILE,
    PUBLIC,
    TRUST_FILE,
    CityFolder,
    key_name,
    kill_note_name,
    kill_note_text,
)

SCHEMA = 1


@click.group()
def city() -> None:
    """Found a city, and print its counts of codes."""


@city.command()
def classes() -> None:
    """Print the venue classes that a city starts with, to edit and give to `city init --classes`.

    \b
    Example:
      idcard city classes > classes.json
    """
    click.echo(plan.encode_classes(DEFAULT_CLASSES), nl=False)


@city.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Name of the city, as people know it.")
@click.option("--id", "city_id", required=True, help="Short permanent id: a-z, 0-9 and -.")
@click.option("--contact", required=True, help="Whom to ask: one sentence for venues that get no verdict.")
@click.option(
    "--environment",
    required=True,
    type=click.Choice([str(each) for each in Environment]),
    help="Whether the cards are real. A test city's cards are refused at real venues.",
)
@click.option("--classes", "classes_file", type=click.Path(path_type=Path), help="Venue classes as JSON.")
@yes_option
@passphrases.options
def init(
    folder: Path,
    name: str,
    city_id: str,
    contact: str,
    environment: str,
    classes_file: Path | None,
    yes: bool,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make the keys and the first trust file of a new city in FOLDER.

    Asks for five passphrases: one for each of three root keys, which three officers then take away, one for the
    publisher key and one for the issuing keys. A passphrase file has five lines; for a test city one line is enough.
    Shows the date of this computer and asks whether it is right: every date that the city signs depends on it.

    \b
    Example:
      idcard city init springfield --name Springfield --id springfield --environment test \\
        --contact "Ask the card office, 555-0100." --passphrase-file passphrase.txt
    """
    files.refuse_existing(folder)
    scope = Scope(Environment[environment.upper()], city_id)
    issued = DEFAULT_CLASSES if classes_file is None else _read_classes(classes_file)
    # Check this before anybody is asked for a passphrase.
    empty = Plan(scope=scope, name=name, contact=contact, classes=issued, keys=())
    terminal.say(f"this computer says that it is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    confirm("Is the date right?", yes=yes)
    phrases = _passphrases(passphrases.given(passphrase_file, passphrase_fd), empty)
    now = datetime.now().astimezone()
    roots = [SeedSigner.generate() for _ in range(ROOT_KEYS)]
    publisher = SeedSigner.generate()
    issuing = {slot: SeedSigner.generate() for slot in rotation.slots(empty, seconds(now))}
    signers = FoundingKeys(roots=tuple(roots), publisher=publisher, issuing=issuing)
    made, trust = founding.found(empty, signers, now=now)

    *root_phrases, publisher_phrase, issuing_phrase = phrases
    to_seal = [
        (f"keys/root-{number}.key", KeyKind.ROOT, signer, phrase)
        for number, (signer, phrase) in enumerate(zip(roots, root_phrases, strict=True), 1)
    ]
    to_seal.append(("keys/publisher.key", KeyKind.PUBLISHER, publisher, publisher_phrase))
    contents = {}
    for slot, signer in issuing.items():
        to_seal.append((key_name(slot, signer.public_key), KeyKind.ISSUING, signer, issuing_phrase))
        contents[kill_note_name(slot, signer.public_key)] = kill_note_text(publish.sign_kill_note(scope, signer))
    hidden = not sys.stderr.isatty()
    with click.progressbar(to_seal, label="Sealing keys", file=sys.stderr, hidden=hidden) as bar:
        for path, key_kind, signer, phrase in bar:
            key = PrivateKey(key_kind, scope.environment, signer)
            contents[path] = key_file.encode(key, phrase).encode("ascii")
    contents[PLAN_FILE] = plan.encode(made).encode("utf-8")
    contents[TRUST_FILE] = trust
    files.make_folder(folder, contents, {TRUST_FILE: PUBLIC})
    fingerprint = trust_file.decode(trust).fingerprint
    click.echo(f"{folder / TRUST_FILE}: give this file to every venue, by hand")
    click.echo(f"fingerprint {fingerprint_groups(fingerprint)}")
    click.echo(f"in words    {fingerprint_words(fingerprint)}")
    terminal.say(f"give each of {folder}/keys/root-1.key to root-{ROOT_KEYS}.key to another officer and remove it here")
    terminal.say(f"print the kill notes in {folder / 'kill-notes'}, lock them up, and remove them here")


@city.command()
@city_folder.option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def counts(folder: Path, as_json: bool) -> None:
    """Print how many codes were minted, by month and venue class. The city knows no more about its cards.

    \b
    Example:
      idcard city counts --city springfield
    """
    held = CityFolder(folder)
    held.plan(held.trust())  # A folder that is no city must not be reported as a city without codes.
    months: Counter[tuple[str, str]] = Counter()
    for entry, number in held.counts().items():
        months[entry.month, entry.venue_class] += number
    if as_json:
        rows = [{"month": month, "class": name, "codes": months[month, name]} for month, name in sorted(months)]
        click.echo(json.dumps({"schema": SCHEMA, "counts": rows}))
    else:
        for month, name in sorted(months):
            click.echo(f"{month}  {months[month, name]:>9,}  {name}")


def _read_classes(path: Path) -> tuple[IssuedClass, ...]:
    return plan.decode_classes(strict_json.decode(files.read_text(path, MAX_PLAN)))


def _passphrases(lines: list[str] | None, city: Plan) -> list[str]:
    """For root keys 1 to 3, the publisher key and the issuing keys."""
    owners = [
        *(f"root key {n} of {ROOT_KEYS}" for n in range(1, ROOT_KEYS + 1)),
        "the publisher key",
        "the issuing keys",
    ]
    environment, near = city.scope.environment, (city.name, city.scope.city)
    if lines is None:
        lines = []
        for owner in owners:
            taken = lines if environment is Environment.PRODUCTION else ()
            lines.append(passphrases.ask_new(owner, near, taken))
        return lines
    if len(lines) == 1 and environment is Environment.TEST:
        lines = lines * len(owners)
    elif len(lines) != len(owners):
        raise click.UsageError(f"{len(owners)} passphrases are needed, one a line, and {len(lines)} are given")
    if environment is Environment.PRODUCTION and len(set(lines)) != len(lines):
        raise click.UsageError("every key holder needs a passphrase of their own")
    for owner, line in zip(owners, lines, strict=True):
        try:
            strength.check(line, near)
        except KeyFileError as problem:
            raise KeyFileError(f"the passphrase of {owner}: {problem}") from None
    return lines
