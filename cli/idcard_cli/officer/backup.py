"""Copies a city's folder to a backup, which never goes back to an older state and keeps no key that was destroyed."""

from pathlib import Path

import click

from idcard.city import counts, ledger
from idcard.keys import key_file
from idcard.trust import trust_file
from idcard.trust.public_key import KeyKind
from idcard.trust.trust_file import Trust
from idcard_cli import files
from idcard_cli.officer import signers
from idcard_cli.officer.city_folder import COUNTS_FILE, LEDGER_FILE, CityFolder
from idcard_cli.officer.staging import MARK, MAX_PLAN, PLAN_FILE, PUBLIC, TRUST_FILE

PUBLISHED = "published"


def store(held: CityFolder, target: Path) -> None:
    """Plan, counts, ledger, trust file, published files, and the issuing keys that the plan names.

    Raises OSError; UsageError for a target that is another city's, is newer, or is no backup.
    """
    trust = held.trust()
    _check(held, trust, target)
    keys = {path.name: path for path in map(held.key_path, held.plan(trust).keys) if path.exists()}
    files.make_missing(target, 0o700)
    for folder in ("keys", PUBLISHED):
        files.make_missing(target / folder, 0o700)
    for path in sorted((target / "keys").glob("*.key")):
        if path.name not in keys:
            files.destroy(path)
    for name, path in sorted(keys.items()):
        _copy_key(path, target / "keys" / name)
    for path in sorted((held.path / PUBLISHED).glob("*.idtrust")):
        _copy(path, target / PUBLISHED / path.name, trust_file.MAX_SIZE, PUBLIC)
    # Both only grow: what an older copy of the folder lacks stays.
    before = CityFolder(target)
    written = ledger.merge(held.ledger(trust), before.ledger(trust))
    files.replace(target / LEDGER_FILE, ledger.encode(written).encode("ascii"))
    counted = counts.merged(held.counts_by_counter(), before.counts_by_counter())
    files.replace(target / COUNTS_FILE, counts.encode(counted).encode("ascii"))
    # Last, so that what names the keys and the number of the list never goes before them.
    _copy(held.path / PLAN_FILE, target / PLAN_FILE, MAX_PLAN)
    _copy(held.trust_path, target / TRUST_FILE, trust_file.MAX_SIZE, PUBLIC)


def _check(held: CityFolder, trust: Trust, target: Path) -> None:
    """Raises UsageError."""
    if not target.exists():
        return
    if target.resolve() == held.path.resolve() or (target / MARK).exists():
        raise click.UsageError(f"{target} is no backup, but where a city works: name another folder")
    if not (target / TRUST_FILE).exists():
        if any(target.iterdir()):
            raise click.UsageError(f"{target} is not a backup of this city, and not empty: name another folder")
        return
    before = CityFolder(target).trust()
    if before.root.scope != trust.root.scope:
        raise click.UsageError(f"{target} is the backup of another city: name another folder")
    if _age(before) > _age(trust):
        raise click.UsageError(
            f"{target} has trust list {before.trust_list.version}, which is newer than list "
            f"{trust.trust_list.version} here: this folder is an old copy"
        )
    for path in sorted((target / "keys").glob("*.key")):
        public = signers.public_of(path)
        if public is None or public.kind is not KeyKind.ISSUING:
            raise click.UsageError(
                f"{path} is no issuing key, and a backup has no other: name another folder, or take it away"
            )
    ours = {key.key for key in held.plan(trust).keys}
    if any(key.key not in ours for key in CityFolder(target).plan(before).keys):
        raise click.UsageError(f"{target} has keys that the plan here does not have: this folder is an old copy")


def _age(trust: Trust) -> tuple[int, int]:
    """Numbers of lists start again under each root."""
    return trust.root.version, trust.trust_list.version


def _copy_key(path: Path, target: Path) -> None:
    """What lay there may open with an older passphrase, so it is overwritten."""
    data = files.read(path, key_file.MAX_SIZE)
    if not target.exists():
        files.create(target, data)
    elif files.read(target, counts.MAX_SIZE) != data:
        files.replace_secret(target, data)


def _copy(path: Path, target: Path, limit: int, mode: int = 0o600) -> None:
    data = files.read(path, limit)
    if not (target.exists() and files.read(target, limit) == data):
        files.replace(target, data, mode)
