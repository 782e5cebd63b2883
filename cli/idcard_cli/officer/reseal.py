"""`idcard key check|passphrase`: whether key files open, and another passphrase for them."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from idcard import cose
from idcard.errors import IdcardError
from idcard.keys import key_file, token_key
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard_cli import files, hardening, terminal
from idcard_cli.clock import seconds_now
from idcard_cli.command import Exit
from idcard_cli.officer import key_files, passphrases, signers, strength
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.signers import Secrets

WHAT = "the issuing keys"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@signers.options
def check(paths: Sequence[Path], module: str | None, passphrase_file: Path | None, passphrase_fd: int | None) -> Exit:
    """Find out whether key files open with the passphrase that you remember. Nothing is signed or changed.

    A key on a token is tried with its PIN; a token counts wrong ones. A passphrase file may have several lines, of
    which each is tried.

    \b
    Example:
      idcard key check springfield/keys/publisher.key --passphrase-file passphrase.txt
    """
    given = signers.secrets(module, passphrase_file, passphrase_fd, many=True)
    ending = Exit.DONE
    for path in paths:
        try:
            with signers.opened(path, given) as key:
                kid = cose.kid(key.signer.public_key).hex()
                click.echo(f"{path}: opens; {key.kind.value} key {kid} of a {key.environment} city")
        except (IdcardError, click.UsageError) as problem:
            terminal.say(str(problem))
            ending = Exit.USAGE
    return ending


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="[FILE]", required=False)
@click.option("--city", "folder", type=click.Path(path_type=Path), help="Instead: all issuing keys of this city.")
@passphrases.options
def passphrase(path: Path | None, folder: Path | None, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Seal a key file anew with another passphrase, and destroy the old file. The key stays the same.

    Copies of the file elsewhere still open with the old passphrase: replace or destroy them. Whoever had a copy and
    knew the passphrase has the key: see `key distrust`. In a passphrase file the last line is the new passphrase, and
    those before it are tried on the keys.

    \b
    Example:
      idcard key passphrase springfield/keys/publisher.key --passphrase-file old-and-new.txt
    """
    if (path is None) is (folder is None):
        raise click.UsageError("give the file of a key, or a city with --city")
    lines = passphrases.given(passphrase_file, passphrase_fd)
    if lines is not None and len(lines) < 2:
        raise click.UsageError(
            "the file needs two lines or more: the passphrase until now, and the new one as the last"
        )
    given = Secrets(lines, None, many=True)  # the last, too: a run that was cut has sealed some
    new = None if lines is None else lines[-1]
    hardening.off()
    if path is not None:
        _seal([_opened(path, str(path), str(path), given)], "this key", (), new)
        return
    assert folder is not None
    held = CityFolder(folder)
    with held.locked():
        city = held.plan(held.trust())
        keys = key_files.in_use(held, city, seconds_now())
        if not keys:
            raise click.UsageError(f"{folder} has no issuing key in a file")
        _seal(
            [_opened(held.key_path(key), WHAT, str(key), given) for key in keys],
            WHAT,
            (city.name, city.scope.city),
            new,
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    """A key file and the key in it."""

    path: Path
    key: PrivateKey


def _opened(path: Path, what: str, name: str, given: Secrets) -> _Opened:
    """Raises OSError, UsageError, KeyFileError."""
    if path.is_symlink():
        raise click.UsageError(f"{path} is a link: name the file itself")
    if path.stat().st_nlink > 1:
        raise click.UsageError(f"{path} has a second name, whose content would be destroyed: make that a copy first")
    text = signers.read(path)
    if token_key.is_token_key(text):
        raise click.UsageError(f"{path} is a key on a token: its maker's program changes the PIN")
    if not text.startswith(key_file.BEGIN):
        raise KeyFileError(f"{path} is not a key file, or it is damaged")
    return _Opened(path, given.unsealed(text, name, what))


def _seal(opened: Sequence[_Opened], what: str, near: Sequence[str], new: str | None) -> None:
    """First all new texts, each of which opens; then all files, one after the other. Raises OSError, KeyFileError."""
    phrase = passphrases.ask_new(what, near) if new is None else new
    strength.check(phrase, near)
    hidden = not sys.stderr.isatty()
    with click.progressbar(opened, label="Sealing keys", file=sys.stderr, hidden=hidden) as bar:
        to_write = [(each.path, _sealed(each.key, phrase)) for each in bar]
    with files.uninterrupted():
        for path, text in to_write:
            files.replace_secret(path, text.encode("ascii"))
    for path, _ in to_write:
        click.echo(f"{path}: sealed with the new passphrase")
    if os.name != "posix":
        terminal.say("this system does not overwrite the old files: a program that restores files may find them")
    terminal.say("copies elsewhere, backups too, still open with the old passphrase: replace or destroy them")


def _sealed(key: PrivateKey, phrase: str) -> str:
    """The text of a key file that was opened once, for it replaces the only one. Raises KeyFileError."""
    text = key_file.encode(key, phrase)
    if key_file.decode(text, phrase).signer.public_key != key.signer.public_key:
        raise KeyFileError("the new key file does not hold the key: nothing was changed")
    return text
