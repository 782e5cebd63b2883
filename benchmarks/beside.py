"""Our rounds, and between them those of the other libraries, which live in an environment of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from timing import Round, Row, one_round

ROOT = Path(__file__).parent.parent
PYTHON = Path(os.environ.get("IDCARD_PEERS_PYTHON") or ROOT / ".venv-peers" / "bin" / "python")
FLOOR = "floor of the peers"
ROUNDS = 60
REPEAT = 100


def rounds(kind: str, calls: Mapping[str, Callable[[], object]], work: Mapping[str, bytes]) -> list[Round]:
    """Times of our calls and of the peers' of this kind, which do the same work. Says so where there are no peers."""
    if hasattr(os, "sched_setaffinity"):
        # Both processes on one processor: two of them can differ in speed by a third while the machine is busy.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for _ in range(3):
        one_round(calls, REPEAT)
    if not PYTHON.exists():
        print("idcard: without the other libraries: `make peers` builds their environment", file=sys.stderr)
        return [one_round(calls, REPEAT) for _ in range(ROUNDS)]
    question = {"repeat": REPEAT, **{name: value.hex() for name, value in work.items()}}
    with subprocess.Popen(
        [PYTHON, Path(__file__).with_name("peers.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peers:
        assert peers.stdin is not None
        assert peers.stdout is not None
        print(json.dumps(question), file=peers.stdin)
        together = []
        for _ in range(ROUNDS):
            ours = one_round(calls, REPEAT)
            print(kind, file=peers.stdin, flush=True)
            together.append(ours | json.loads(peers.stdout.readline()))
        return together


def peer_rows(measured: Round) -> list[Row]:
    """A row for each peer in a round."""
    names = list(measured)
    if FLOOR not in names:
        return []
    return [Row(name, FLOOR) for name in names[names.index(FLOOR) + 1 :]]
