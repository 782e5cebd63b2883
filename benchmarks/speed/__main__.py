"""Runs every benchmark, each as a program of its own, and writes the page of what they found."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from speed import page

ROWS = (
    "machine", "verify", "threads", "mint", "batch", "jobs", "draw", "pictures", "cold", "cancellations", "javascript",
    "growth",
)  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs"
RECORDS = 200_000


def printed(row: str, more: list[str], notes: Path) -> str:
    """What a benchmark says, as it says it. Ends the program if it fails."""
    command = [sys.executable, "-m", f"speed.{row}", *more]
    environment = {**os.environ, "IDCARD_SPEED_NOTES": str(notes), "PYTHONUNBUFFERED": "1"}
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            said.append(line)
    if running.returncode:
        sys.exit(running.returncode)
    print()
    return "".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--brief", action="store_true", help="only show that each works, and write nothing")
    parser.add_argument("--records", type=int, default=RECORDS, metavar="N",
                        help=f"of the batch; 1000000 for the whole curve (default {RECORDS})")  # fmt: skip
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        brief = ["--brief"] * given.brief
        said = {
            row: printed(row, [*brief, *(["--records", str(given.records)] if row == "batch" else [])], notes)
            for row in ROWS
        }
        if not given.brief:
            page.write(DOCS, map(json.loads, notes.read_text("utf-8").splitlines()), said)


if __name__ == "__main__":
    main()
