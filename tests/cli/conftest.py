"""One city and one demo for all tests of the command: founding costs seconds, and what changes things takes a copy."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from command import ACCEPT, Demo, Founded, Office, idcard
from support.program import cheap_password_hash

from idcard.keys import key_file

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module", autouse=True)
def cheap_keys() -> Iterator[None]:
    """Key files that the command made open here, too; elsewhere in this process the hash is the real one."""
    with mock.patch.object(key_file, "crypto_pwhash_alg", cheap_password_hash(key_file.crypto_pwhash_alg)):
        yield


@pytest.fixture(scope="session")
def passphrase() -> str:
    return PASSPHRASE


@pytest.fixture(scope="session")
def passphrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("officer") / "passphrase.txt"
    path.write_text(f"{PASSPHRASE}\n", "utf-8")
    return path


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, passphrase_file: Path) -> Founded:
    """A test city; its folder is only to be read, and only its counts grow."""
    folder = tmp_path_factory.mktemp("office") / "springfield"
    ended = idcard(
        *("city", "init", folder, "--name", "Springfield", "--id", "springfield", "--environment", "test", "--yes"),
        *("--contact", "Ask the card office, 555-0100.", "--passphrase-file", passphrase_file),
        at=f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%d %H:%M}",  # a newer list is of a later second
    )
    assert ended.code == ACCEPT, ended.err
    return Founded(folder, passphrase_file, ended)


@pytest.fixture
def city(founded: Founded, tmp_path: Path) -> Founded:
    """A copy of the test city as it was founded, to change."""
    folder = tmp_path / "springfield"
    shutil.copytree(founded.folder, folder, ignore=shutil.ignore_patterns("counts.csv*"))
    return Founded(folder, founded.passphrase_file, founded.ended)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A test city of 2026-11-22 at noon, the same whenever the tests run; only to be read."""
    return opened_at(tmp_path_factory.mktemp("opened"))


def opened_at(home: Path) -> Office:
    office = Office(home, "2026-11-22 12:00")
    (home / "passphrase.txt").write_text(f"{PASSPHRASE}\n", "utf-8")
    office.done(
        *(
            "city",
            "init",
            office.folder,
            "--name",
            "Springfield",
            "--id",
            "springfield",
            "--environment",
            "test",
            "--yes",
        ),
        *("--contact", "Ask the card office, 555-0100.", *office.secret),
    )
    (home / "officers").mkdir()
    for number in (1, 2, 3):
        (office.folder / f"keys/root-{number}.key").rename(office.root(number))
    (office.folder / "kill-notes").rename(home / "safe")
    return office


@pytest.fixture
def office(opened: Office, tmp_path: Path) -> Office:
    """A copy of that city, to change."""
    shutil.copytree(opened.home, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
    return replace(opened, home=tmp_path)


@pytest.fixture
def quick_office(office: Office) -> Office:
    """The same: keys are opened at once anyway."""
    return office


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "out"
    ended = idcard("demo", "--out", folder)
    assert ended.code == ACCEPT, ended.err
    return Demo(folder, ended)
