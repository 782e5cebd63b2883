"""The vectors of batches, whose codes were put together without the library, through `idcard batch`."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from batches import in_blocks, options
from cities import City
from command import ACCEPT, USAGE, Office, idcard
from idcard_cli.officer.city_folder import CityFolder

from idcard.city import plan
from idcard.credential.text import Environment
from idcard.issuing import code_lines
from idcard.keys import key_file
from idcard.keys.key_file import PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.trust.public_key import KeyKind

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "batch"
VECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FOLDER.glob("*.json")}
NOBODY = "idcard: there is no record in the input"
Offices: TypeAlias = Callable[[dict[str, Any]], Office]


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory, passphrase: str) -> Offices:
    """One for all vectors with the same city, classes and time."""
    found: dict[str, Office] = {}

    def office_of(vector: dict[str, Any]) -> Office:
        asked = json.dumps([vector[name] for name in ("city", "environment", "now", "classes", "keys")])
        if asked not in found:
            found[asked] = made(vector, tmp_path_factory.mktemp("office"), passphrase)
        return found[asked]

    return office_of


def made(vector: dict[str, Any], home: Path, passphrase: str) -> Office:
    now = datetime.fromisoformat(vector["now"]).astimezone(UTC)
    environment = Environment[vector["environment"].upper()]
    city = City(vector["city"], environment, now, plan.decode_classes(vector["classes"]))
    office = Office(home, f"{now:%Y-%m-%d %H:%M:%S}")
    (office.folder / "keys").mkdir(parents=True)
    (home / "passphrase.txt").write_text(passphrase)
    folder = CityFolder(office.folder)
    folder.write_plan(city.plan)
    folder.write_trust(city.file)
    for kind, seed in vector["keys"].items():
        signer = SeedSigner(bytes.fromhex(seed))
        (planned,) = (key for key in city.plan.keys if key.key == signer.public_key)
        assert (planned.kind.value, planned.quarter.begin <= now.timestamp() < planned.quarter.end) == (kind, True)
        sealed = key_file.encode(PrivateKey(KeyKind.ISSUING, environment, signer), passphrase)
        folder.key_path(planned).write_text(sealed)
    return office


def time_zone(now: str) -> str:
    """As the environment has it, where what is east of Greenwich is negative."""
    offset = datetime.fromisoformat(now).utcoffset()
    assert offset is not None
    return f"XXX{-offset.total_seconds() / 3600:+.0f}"


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_batch(name: str, offices: Offices) -> None:
    vector, expect = VECTORS[name], VECTORS[name]["expect"]
    office = offices(vector)
    data = vector["input"].encode() if "input" in vector else base64.b64decode(vector["input_base64"], validate=True)
    # What comes before the end of a run is written by then.
    how = {"prelude": in_blocks(1)} if expect["ends"] and expect["lines"] else {}
    env = {"TZ": time_zone(vector["now"])}
    ended = idcard(*options(office, "-"), stdin=data, at=office.at, env=env, **how)
    assert ended.code == (ACCEPT if not expect["bad"] and expect["ends"] is None else USAGE), ended.err
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert all(code_lines.decode(line.encode()) for line in ended.out.splitlines())
    lines = [(each["reference"], [(code["class"], code["text"]) for code in each["codes"]]) for each in told]
    assert lines == [(each["reference"], list(each["codes"].items())) for each in expect["lines"]]
    problems = re.findall(r"^idcard: line ([0-9]+): (?:field '([a-z_]+)')?", ended.err, re.MULTILINE)
    problems = [[int(line), field] for line, field in problems]
    if expect["ends"] is not None:
        assert (problems.pop()[0] if problems else 0) == expect["ends"]
        assert " minted, " not in ended.err
        assert ended.err.startswith(NOBODY) == (expect["ends"] == 0)
    assert problems == expect["bad"]
