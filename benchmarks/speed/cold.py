"""`idcard verify TEXT` as a whole process, beside one that only imports the same libraries."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cities import City

from speed.timing import Round, Row, one_round, rounds_of, table

BUDGET = 1.4
PAIRS = rounds_of(40)
OURS = "idcard verify TEXT, cold"
COMMAND = "from idcard_cli.main import run; run()"
FLOOR = "import nacl.signing, cbor2, click"


def pairs(folder: Path) -> Sequence[Round]:
    city = City(now=datetime.now(UTC))
    trust = folder / "city.idtrust"
    trust.write_bytes(city.file)
    # An installed package has its bytecode, so both sides get theirs, from the first and untimed pair.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}

    def run(*command: str) -> None:
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=environment)

    verify = ("verify", city.code("library"), "--trust", str(trust), "--for", "library")
    calls = [(FLOOR, lambda: run("-c", FLOOR)), (OURS, lambda: run("-c", COMMAND, *verify))]
    one_round(dict(calls), 1)
    return [one_round(dict(calls if pair % 2 else reversed(calls)), 1, of_children) for pair in range(PAIRS)]


def of_children() -> float:
    """Seconds of the processor of all that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measured = pairs(Path(folder))
    title = f"cold: {PAIRS} pairs of whole processes, time of the processor; floor: python -c '{FLOOR}'"
    print(table(title, measured, [Row(OURS, FLOOR, BUDGET)], unit="ms"))


if __name__ == "__main__":
    main()
