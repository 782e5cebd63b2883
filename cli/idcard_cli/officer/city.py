"""`idcard city`: found a city, and print its venue classes and counts."""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from idcard import strict_json
from idcard.ceremony import founding, publish, rotation
from idcard.ceremony.founding import DEFAULT_CLASSES, ROOT_KEYS, FoundingKeys
from idcard.city import plan
from idcard.city.plan import IssuedClass, Plan, PlanError
from idcard.city.time_zone import UTC
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.strict_json import NotJson
from idcard.trust import trust_file
from idcard.trust.public_key import KeyKind
from idcard_cli import city_time, clock, files, terminal
from idcard_cli.command import LazyGroup
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.fingerprint import fingerprint_groups, fingerprint_words
from idcard_cli.officer import city_folder, old_city, passphrases, strength
from idcard_cli.officer.city_folder import (
    CityFolder,
    key_name,
    kill_note_name,
    kill_note_text,
)
from idcard_cli.officer.staging import MAX_PLAN, PLAN_FILE, PUBLIC, TRUST_FILE

SCHEMA = 1


@click.group(
    cls=LazyGroup,
    commands_at={
        "init": "officer.city:init",
        "classes": "officer.city:classes",
        "edit": "officer.edit:edit",
        "counts": "officer.city:counts",
        "collect": "officer.collect:collect",
        "report": "officer.report:report",
        "rehearsal": "officer.rehearsal:rehearsal",
    },
)
def city() -> None:
    """Found a city, change it, rehearse with it, and print its numbers of codes."""


@click.command()
def classes() -> None:
    """Print the venue classes that a city starts with, to edit and give to `city init --classes`.

    \b
    Example:
      idcard city classes > classes.json
    """
    click.echo(plan.encode_classes(DEFAULT_CLASSES), nl=False)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the city, as people know it.")
@click.option("--id", "city_id", help="Short permanent id: a-z, 0-9 and -.")
@click.option("--contact", help="Whom to ask: one sentence for venues that get no verdict.")
@click.option(
    "--environment",
    type=click.Choice([str(each) for each in Environment]),
    help="Whether the cards are real. A test city's cards are refused at real venues.",
)
@click.option("--time-zone", metavar="NAME",
              help="In which people of the city read times, such as Europe/Berlin (UTC).")  # fmt: skip
@click.option("--classes", "classes_file", type=click.Path(path_type=Path), help="Venue classes as JSON.")
@click.option("--keys-of", "old", type=click.Path(path_type=Path), metavar="OLD",
              help="Folder of this city whose root keys are lost: its cards stay good.")  # fmt: skip
@yes_option
@passphrases.options
def init(
    folder: Path,
    name: str | None,
    city_id: str | None,
    contact: str | None,
    environment: str | None,
    time_zone: str | None,
    classes_file: Path | None,
    old: Path | None,
    yes: bool,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make the keys and the first trust file of a new city in FOLDER.

    Asks for five passphrases: one for each of three root keys, which three officers then take away, one for the
    publisher key and one for the issuing keys. A passphrase file has five lines; for a test city one line is enough.
    Shows the date of this computer and asks whether it is right: every date that the city signs depends on it.

    After two root keys are lost, --keys-of takes plan, keys, ledger and counts of the old folder over. Its keys sign no
    more, and their cards are accepted where the new trust file is.

    \b
    Example:
      idcard city init springfield --name Springfield --id springfield --environment test \\
        --contact "Ask the card office, 555-0100." --passphrase-file passphrase.txt
    """
    files.refuse_existing(folder)
    named = {"name": name, "id": city_id, "contact": contact, "environment": environment, "time-zone": time_zone}
    # All of this before anybody is asked for a passphrase.
    before = None if old is None else old_city.read(old, clock.seconds_now())
    if before is None or old is None:
        empty = _begun(named, classes_file)
    elif classes_file is not None:
        raise click.UsageError(
            "--keys-of takes the venue classes over, too: leave out --classes (see idcard city edit)"
        )
    else:
        empty = old_city.renamed(before, old, named)
    scope = empty.scope
    city_time.zone(empty.time_zone)
    terminal.say(f"this computer says that it is {city_time.as_read(clock.seconds_now(), empty.time_zone)}")
    confirm("Is the date right?", yes=yes)
    phrases = _passphrases(passphrases.given(passphrase_file, passphrase_fd), empty)
    now = clock.now()
    roots = [SeedSigner.generate() for _ in range(ROOT_KEYS)]
    publisher = SeedSigner.generate()
    issuing = {slot: SeedSigner.generate() for slot in rotation.slots(empty, seconds(now))}
    signers = FoundingKeys(roots=tuple(roots), publisher=publisher, issuing=issuing)
    made, trust = founding.found(empty, signers, now=now, cancelled=before.cancelled if before else ())

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
    contents.update(before.contents if before else {})
    files.make_folder(folder, contents, {TRUST_FILE: PUBLIC})
    fingerprint = trust_file.decode(trust).fingerprint
    click.echo(f"{folder / TRUST_FILE}: give this file to every venue, by hand")
    click.echo(f"fingerprint {fingerprint_groups(fingerprint)}")
    click.echo(f"in words    {fingerprint_words(fingerprint)}")
    terminal.say(f"give each of {folder}/keys/root-1.key to root-{ROOT_KEYS}.key to another officer and remove it here")
    terminal.say(f"print the kill notes in {folder / 'kill-notes'}, lock them up, and remove them here")


@click.command()
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


def _begun(named: Mapping[str, str | None], classes_file: Path | None) -> Plan:
    """The plan of a new city. Raises UsageError for what is not named; OSError, PlanError, Malformed."""
    for option, given in named.items():
        if given is None and option != "time-zone":
            raise click.UsageError(f"--{option} is missing")
    scope = Scope(Environment[str(named["environment"]).upper()], str(named["id"]))
    issued = DEFAULT_CLASSES if classes_file is None else _read_classes(classes_file)
    return Plan(
        scope=scope,
        name=str(named["name"]),
        contact=str(named["contact"]),
        classes=issued,
        keys=(),
        time_zone=UTC if named["time-zone"] is None else named["time-zone"],
    )


def _read_classes(path: Path) -> tuple[IssuedClass, ...]:
    """Raises OSError, UsageError; PlanError with the file, and the number of the class that is wrong."""
    where = str(path)
    try:
        items = strict_json.decode(files.read_text(path, MAX_PLAN))
        for number, item in enumerate(items if isinstance(items, list) else (), 1):
            where = f"{path}, class {number}"
            plan.decode_classes([item])
        where = str(path)
        return plan.decode_classes(items)
    except (NotJson, PlanError, Malformed) as problem:
        raise PlanError(f"{where}: {problem}") from None


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
