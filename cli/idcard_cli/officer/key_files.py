"""The issuing keys in the files of a city's folder: which there are, and how one is destroyed."""

from pathlib import Path

import click

from idcard.ceremony import rotation
from idcard.city.plan import Plan, PlannedKey
from idcard.keys.token_sessions import TokenError
from idcard_cli import terminal
from idcard_cli.officer import signers
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.signers import Secrets


def in_use(held: CityFolder, city: Plan, now: int) -> list[PlannedKey]:
    """Keys that sign or will sign and lie here as files, not on a token; the newest first. Raises OSError."""
    return [
        key
        for key in reversed(city.keys)
        if rotation.is_live(key, now) and held.key_path(key).exists() and signers.token_of(held.key_path(key)) is None
    ]


def destroy(path: Path, token: str | None, given: Secrets) -> bool:
    """Whether it is gone. Only a token that --token names is used: too many wrong PINs would lock another one."""
    try:
        home = signers.token_of(path)
        if home not in (None, token):
            terminal.say(f"{path} is no longer needed and is on the token {home!r}: name it with --token to destroy it")
            return False
        signers.destroy(path, given)
    except (TokenError, click.UsageError) as problem:
        terminal.say(
            f"{path} is no longer needed, but was not destroyed: {problem}; if its key is gone, remove the file"
        )
        return False
    click.echo(f"destroyed {path}")
    return True
