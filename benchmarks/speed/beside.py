"""Our rounds, and between them those of the other libraries, which live in an environment of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from speed.timing import Round, Row, one_round, rounds_of

HOME = Path(__file__).parent.parent
ROOT = HOME.parent
PYTHON = Path(os.environ.get("IDCARD_PEERS_PYTHON") or ROOT / ".venv-peers" / "bin" / "python")
FLOOR = "floor of the peers"
ROUNDS = rounds_of(60)
REPEAT = 100


def rounds(kind: str, calls: Mapping[str, Callable[[], object]], work: Mapping[str, bytes]) -> list[Round]:
    """Times of the processor of our calls and of the peers' of this kind, which do the same work."""
    on_one_processor()
    for _ in range(3):
        one_round(calls, REPEAT)
    with peers(work) as ask:
        return [one_round(calls, REPEAT, time.process_time) | ask(kind) for _ in range(ROUNDS)]


def on_one_processor() -> None:
    """Ourselves and what we start: two processors can differ in speed by a third while the machine is busy."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@contextmanager
def peers(work: Mapping[str, bytes]) -> Iterator[Callable[[str], Round]]:
    """What gives a round of the peers at work of a kind. Says so where there are none, and their rounds are empty."""
    if not PYTHON.exists():
        print("idcard: without the other libraries: `make peers` builds their environment", file=sys.stderr)
        yield lambda kind: {}
        return
    question = {"repeat": REPEAT, **{name: value.hex() for name, value in work.items()}}
    command, path = [PYTHON, "-m", "speed.peers"], {**os.environ, "PYTHONPATH": str(HOME)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=path, text=True) as running:
        asked, answered = running.stdin, running.stdout
        assert asked is not None
        assert answered is not None
        print(json.dumps(question), file=asked)

        def ask(kind: str) -> Round:
            print(kind, file=asked, flush=True)
            times: Round = json.loads(answered.readline())
            return times

        yield ask


def peer_rows(measured: Round) -> list[Row]:
    """A row for each peer in a round."""
    names = list(measured)
    if FLOOR not in names:
        return []
    return [Row(name, FLOOR) for name in names[names.index(FLOOR) + 1 :]]
