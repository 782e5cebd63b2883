"""`idcard key rotate`: make the keys that are due, and destroy those that are over."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from idcard.ceremony import agenda, publish, rotation
from idcard.ceremony.rotation import Slot
from idcard.city.plan import Plan, PlannedKey
from idcard.credential.calendar import as_day
from idcard.keys.key_file import KeyFileError
from idcard.trust.public_key import KeyKind
from idcard_cli import files, hardening, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.confirm import confirm, yes_option
from idcard_cli.officer import city_folder, key_files, passphrases, signers, strength
from idcard_cli.officer.city_folder import CityFolder, kill_note_text
from idcard_cli.officer.signers import Secrets
from idcard_cli.officer.tasks import as_line


@click.command()
@city_folder.option
@click.option("--token", metavar="LABEL", help="Make the keys on this PKCS#11 token instead of in files.")
@yes_option
@signers.options
def rotate(
    folder: Path,
    token: str | None,
    yes: bool,
    module: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make the keys that are due, with their kill notes, and destroy the private keys of quarters that are over.

    Run this once a quarter, early in it. If nothing is due, it says when something will be. New keys get the passphrase
    of the keys in use; another one needs a confirmation. Venues get new keys with the next trust list: idcard trust
    draft.

    \b
    Example:
      idcard key rotate --city springfield --passphrase-file passphrase.txt
    """
    given = signers.secrets(module, passphrase_file, passphrase_fd)
    held, now = CityFolder(folder), seconds_now()
    with held.locked():
        trust = held.trust()
        city = held.whole_plan(trust)
        if now >= trust.trust_list.exp:
            raise click.UsageError(
                f"the trust list expired on {as_day(trust.trust_list.exp)}: renew it first (idcard trust renew), or "
                "set the clock if it is wrong"
            )
        slots = rotation.missing(city, now)
        if slots:
            in_use = key_files.in_use(held, city, now)
            phrase = given.pin(token) if token else _passphrase(held, city, in_use, given, yes=yes)
            for slot in slots:
                city = _make(held, city, slot, token, phrase, given, now)
        past_use = [held.key_path(each) for each in rotation.to_destroy(city, now)]
        gone = [path for path in past_use if path.exists() and key_files.destroy(path, token, given)]
        tasks = agenda.tasks(city, trust, now, held.waiting(trust, now))
    if slots:
        terminal.say(f"print the kill notes in {folder / 'kill-notes'}, lock them up, and remove them here")
        terminal.say("next: idcard trust draft (it renews, too)")
        return
    if not gone:
        click.echo("nothing to make or to destroy")
    for task in tasks[:1] if gone else tasks:
        terminal.say(f"next: {' '.join(as_line(task, now).split())}")


def _passphrase(held: CityFolder, city: Plan, in_use: Sequence[PlannedKey], given: Secrets, *, yes: bool) -> str:
    """Of the new keys: that of the keys in use, unless a person wants another. Raises Abort, UsageError, KeyFileError.

    Otherwise a passphrase that is mistyped today would stop minting on the day when one of these keys begins to sign.
    """
    what, near = "the issuing keys", (city.name, city.scope.city)
    if not in_use:
        return given.new(what, near)
    for left in reversed(range(signers.TRIES if given.lines is None else 1)):
        phrase = passphrases.ask(what) if given.lines is None else given.line
        strength.check(phrase, near)
        others = _not_opened(held, in_use, phrase)
        if len(others) < len(in_use):
            if others:
                terminal.say(
                    f"another passphrase opens {_names(others)}: idcard key passphrase --city {held.path} "
                    "gives all keys one"
                )
            return phrase
        terminal.say(f"this opens none of the keys in use: {_names(others)}")
        if given.lines is not None or not left:
            break
        if click.confirm("Seal the new keys with another passphrase, which minting will ask for, too?", err=True):
            return given.new(what, near)
    if given.lines is None:
        raise KeyFileError(signers.WRONG)
    confirm("Seal the new keys with another passphrase, which minting will ask for, too?", yes=yes)
    return phrase


def _not_opened(held: CityFolder, in_use: Sequence[PlannedKey], phrase: str) -> list[PlannedKey]:
    hardening.off()
    hidden = not sys.stderr.isatty()
    with click.progressbar(in_use, label="Trying the passphrase", file=sys.stderr, hidden=hidden) as bar:
        return [key for key in bar if signers.opened_by(signers.read(held.key_path(key)), [phrase], str(key)) is None]


def _names(keys: Sequence[PlannedKey]) -> str:
    return ", ".join(map(str, keys))


def _make(
    held: CityFolder, city: Plan, slot: Slot, token: str | None, phrase: str, given: signers.Secrets, now: int
) -> Plan:
    """Write key file, kill note and plan, in this order: a key that the plan does not name has signed nothing."""
    with signers.made(KeyKind.ISSUING, city.scope.environment, token, phrase, given) as (signer, text):
        changed = rotation.made(city, slot, signer.public_key, now)
        key_path = held.path / city_folder.key_name(slot, signer.public_key)
        note_path = held.path / city_folder.kill_note_name(slot, signer.public_key)
        note = kill_note_text(publish.sign_kill_note(city.scope, signer))
        for path, data in ((key_path, text), (note_path, note)):
            files.make_missing(path.parent, 0o700)
            files.create(path, data)
        held.write_plan(changed)
    click.echo(f"made {key_path}")
    return changed
