"""Drives a verifier through the vectors of this kit: `idcard conformance` for those who have no idcard.

    python3 conformance.py --program "node verifier.js"

See README.md, and specs/conformance.md for what the program answers.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import vector_run
from vector_run import KINDS, SECONDS, CannotRun, NoAnswer


def main(arguments: Sequence[str]) -> int:
    """Raises SystemExit(2) for usage, as argparse does."""
    parser = argparse.ArgumentParser(prog="conformance.py", description="Drives a verifier through the test vectors.")
    parser.add_argument("--program", metavar="CMD", required=True, help="the program; no shell reads its arguments")
    parser.add_argument("--vectors", metavar="DIR", type=Path, default=Path(__file__).parent / "specs/vectors")
    parser.add_argument("--kind", action="append", choices=KINDS, default=[], help="only this; may be repeated")
    parser.add_argument("--seconds", type=_seconds, default=SECONDS, help="how long an answer may take (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object (specs/conformance.md)")
    options = parser.parse_args(arguments)
    try:
        vectors = vector_run.read(options.vectors, options.kind or KINDS)
        report = vector_run.run(vectors, options.program, options.seconds, options.kind, _tell)
    except CannotRun as problem:
        parser.error(str(problem))
    except NoAnswer as problem:
        print(f"conformance.py: {problem}", file=sys.stderr)
        return vector_run.CANNOT_SAY
    except KeyboardInterrupt:
        print("conformance.py: interrupted", file=sys.stderr)
        return vector_run.CANNOT_SAY
    try:
        for line in [json.dumps(report.as_json())] if options.json else report.in_words():
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # nobody reads it: nothing is left to be written at the end
        return vector_run.CANNOT_SAY
    return report.ending


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("seconds are a number from 0.1 to 3600")
    return seconds


def _tell(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
