"""One city and one demo for all tests of the command: founding costs seconds, and what changes things takes a copy."""

import shutil
from pathlib import Path

import pytest
from command import ACCEPT, Demo, Founded, idcard

PASSPHRASE = "correct horse battery staple"


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
    """A test city; its folder is only to be read."""
    folder = tmp_path_factory.mktemp("office") / "springfield"
    ended = idcard(
        *("city", "init", folder, "--name", "Springfield", "--id", "springfield", "--environment", "test"),
        *("--contact", "Ask the card office, 555-0100.", "--passphrase-file", passphrase_file),
    )
    assert ended.code == ACCEPT, ended.err
    return Founded(folder, passphrase_file, ended)


@pytest.fixture
def city(founded: Founded, tmp_path: Path) -> Founded:
    """A copy of the test city, to change."""
    folder = tmp_path / "springfield"
    shutil.copytree(founded.folder, folder)
    return Founded(folder, founded.passphrase_file, founded.ended)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "out"
    ended = idcard("demo", "--out", folder)
    assert ended.code == ACCEPT, ended.err
    return Demo(folder, ended)
