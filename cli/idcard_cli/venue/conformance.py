"""`idcard conformance`: drive any verifier through the vectors (specs/conformance.md)."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from idcard import strict_json
from idcard.strict_json import NotJson
from idcard_cli import terminal
from idcard_cli.command import Exit
from idcard_cli.venue import vector_run
from idcard_cli.venue.vector_run import KINDS, SCHEMA, SECONDS, CannotRun, NoAnswer

_MAX_LINE = 2 << 20


@click.command()
@click.option("--program", metavar="CMD", help="The program that answers, with its arguments; no shell reads them.")
@click.option("--answer", "answers", is_flag=True, help="Answer such lines on stdin by this verifier.")
@click.option("--vectors", type=click.Path(path_type=Path), default=Path("specs/vectors"), show_default=True,
              metavar="DIR", help="The vectors: those of a clone, or of the conformance kit.")  # fmt: skip
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True,
              help="Only this kind, which the program must know; may be repeated.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=SECONDS, show_default=True,
              help="How long an answer may take.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object (specs/conformance.md).")
def conformance(
    program: str | None, answers: bool, vectors: Path, kinds: Sequence[str], seconds: float, as_json: bool
) -> int:
    """Drive a verifier through the test vectors, and say which it gets wrong.

    CMD is started once. It gets one JSON object a line, and answers with one (specs/conformance.md). It runs as you do,
    with your rights: try only what you would start yourself.

    \b
    Exit: 0 all passed, 1 a vector failed, 2 usage, or a program that does not start,
          3 the program ended, was silent, or wrote what is no answer

    \b
    Example:
      idcard conformance --program "idcard conformance --answer"
    """
    if answers == (program is not None):
        raise click.UsageError("give --program CMD to try a program, or --answer to be one")
    if program is None:
        _answer_all()
        return Exit.DONE
    try:
        found = vector_run.read(vectors, kinds or KINDS)
        report = _run(found, program, seconds, kinds)
    except CannotRun as problem:
        raise click.UsageError(str(problem)) from None
    except NoAnswer as problem:
        terminal.say(str(problem))
        return Exit.CANNOT_SAY
    for line in [json.dumps(report.as_json())] if as_json else report.in_words():
        click.echo(line)
    return report.ending


def _run(
    vectors: vector_run.VectorSet, program: str, seconds: float, kinds: Sequence[str]
) -> vector_run.ConformanceReport:
    shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if not shown:
        return vector_run.run(vectors, program, seconds, kinds, lambda _done, _total: None)
    total = sum(map(len, vectors.kinds.values()))
    with click.progressbar(length=total, file=sys.stderr, label="vectors") as bar:
        return vector_run.run(vectors, program, seconds, kinds, lambda done, _total: bar.update(done - bar.pos))


def _answer_all() -> None:
    if sys.stdin is None:
        raise click.ClickException("standard input is closed")
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while line := stdin.readline(_MAX_LINE + 1):
        stdout.write(json.dumps(_answered(line)).encode("ascii") + b"\n")
        stdout.flush()
        while not line.endswith(b"\n") and (line := stdin.readline(_MAX_LINE)):
            pass  # the rest of a line that is too long


def _answered(line: bytes) -> dict[str, Any]:
    """The object of one answer."""
    from idcard.verify import vector_answers  # a run does not wait for it

    try:
        asked = strict_json.decode(line) if len(line) <= _MAX_LINE else None
    except NotJson:
        asked = None
    if not isinstance(asked, dict) or type(asked.get("id")) is not int:
        return {"schema": SCHEMA, "id": None, "error": "malformed"}
    begun = {"schema": SCHEMA, "id": asked["id"]}
    if asked.get("schema") != SCHEMA:
        return begun | {"error": "unknown-schema"}
    try:
        answered = vector_answers.answer(asked["kind"], asked["given"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return begun | {"error": "malformed"}
    except Exception as problem:
        # Its text may hold anything.
        return begun | {"error": "failed", "message": type(problem).__name__}
    return begun | ({"error": "unknown-kind"} if answered is None else {"answer": answered})
