"""A trust file that nobody signed and that would cost a decoder minutes is refused like any other damaged one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from bombs import arrays_as_keys
from cities import City
from command import ACCEPT, CANNOT_SAY, USAGE, idcard

from idcard.trust import trust_file
from idcard.verify import memory

DAMAGED = "the trust file is damaged or is not a trust file"


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bomb") / "newer.idtrust"
    path.write_bytes(arrays_as_keys(trust_file.MAX_SIZE))
    return path


def test_it_is_shown_as_damaged(bomb: Path) -> None:
    ended = idcard("trust", "show", bomb)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {DAMAGED}")


def test_no_code_is_judged_by_it(bomb: Path) -> None:
    ended = idcard("verify", City(now=datetime.now(UTC)).code("library"), "--trust", bomb, "--for", "library")
    assert ended.code == CANNOT_SAY
    assert ended.out.startswith("CANNOT SAY  trust-malformed\n")


def test_it_changes_no_memory_and_is_none(bomb: Path, tmp_path: Path) -> None:
    city, path = City(now=datetime.now(UTC)), tmp_path / "venue.idmemory"
    held = memory.encode(memory.install(city.file, fingerprint=None, now=city.now))
    path.write_bytes(held)
    ended = idcard("venue", "update", bomb, "--memory", path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {DAMAGED}")
    assert path.read_bytes() == held
    asked = ("verify", city.code("library"), "--for", "library", "--memory")
    assert idcard(*asked, path).code == ACCEPT
    ended = idcard(*asked, bomb)
    assert (ended.code, ended.out.splitlines()[0]) == (CANNOT_SAY, "CANNOT SAY  memory-damaged")


@pytest.mark.parametrize(
    "classes",
    ["[" * 100_000, f'[{{"number": {"1" * 100_000}}}]', '[{"number": 1, "number": 1}]', '[{"number": NaN}]'],
    ids=["deep", "long number", "twice", "NaN"],
)
def test_classes_that_are_a_bomb_are_no_json(classes: str, tmp_path: Path) -> None:
    path = tmp_path / "classes.json"
    path.write_text(classes, "ascii")
    told = ("--name", "Springfield", "--id", "springfield", "--contact", "Ask us.", "--environment", "test")
    files = ("--classes", path, "--passphrase-file", path)
    ended = idcard("city", "init", *told, *files, tmp_path / "springfield", env={"PYTHONINTMAXSTRDIGITS": "0"})
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err in (f"idcard: {path}: {says}\n" for says in ("this is not JSON", "a field stands twice"))
