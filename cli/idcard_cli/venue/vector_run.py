"""Asks a program about vectors, one line each, and counts what it gets right (specs/conformance.md).

Only Python's standard library, and nothing of the house: the conformance kit has a copy of this file.
"""

import hashlib
import json
import os
import queue
import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

SCHEMA = 1
KINDS = ("decision", "typed", "memory", "paper")
"""Those that a venue reads, in the order of the table."""
REQUIRED = "decision"
SECONDS = 60
"""How long an answer may take, unless another time is given."""
PASSED, FAILED, UNUSABLE, CANNOT_SAY = 0, 1, 2, 3
"""How a run ends."""
_UNKNOWN_KIND = "unknown-kind"
_MAX_LINE = 2 << 20
_SHOWN = 60
"""Longest piece of an answer that is shown, in characters."""
_Told = Callable[[int, int], None]
"""Gets the number of vectors that were asked, and of all."""


class CannotRun(Exception):
    """The vectors or the program cannot be used."""


class NoAnswer(Exception):
    """The program ended, was silent or wrote what is no answer; the text says which, in words."""


@dataclass(frozen=True, slots=True)
class AskedVector:
    """One vector. vector: such as decision/accept-library. given, expected: as specs/conformance.md has them."""

    vector: str
    fault: str
    given: dict[str, Any]
    expected: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VectorSet:
    """Questions by kind. name: SHA-256 of the manifest, in hexadecimal."""

    name: str
    kinds: dict[str, list[AskedVector]]


@dataclass(frozen=True, slots=True)
class FailedVector:
    """answered: None for an error. error: one of the names of specs/conformance.md; None for an answer."""

    question: AskedVector
    answered: dict[str, Any] | None
    error: str | None

    def as_json(self) -> dict[str, Any]:
        asked = self.question
        return {"vector": asked.vector, "fault": asked.fault, "expected": asked.expected,
                "answered": self.answered, "error": self.error}  # fmt: skip

    def difference(self) -> str:
        """What differs, on one line."""
        if self.answered is None:
            return f"error {_shown(self.error)}"
        answered, expected = self.answered, self.question.expected
        names = [*expected, *sorted(answered.keys() - expected.keys())]
        return "; ".join(
            f"{_printable(name)} is {_shown(answered[name]) if name in answered else 'missing'}, not "
            + (_shown(expected[name]) if name in expected else "there")
            for name in names
            if not (name in answered and name in expected and is_same(answered[name], expected[name]))
        )


@dataclass(frozen=True, slots=True)
class ConformanceReport:
    """passed, failed, not_supported: numbers of vectors by kind. required: kinds that the program must know."""

    vectors: str
    required: frozenset[str]
    kinds: Sequence[str]
    passed: dict[str, int] = field(default_factory=dict)
    not_supported: dict[str, int] = field(default_factory=dict)
    failures: list[FailedVector] = field(default_factory=list)

    @property
    def ending(self) -> int:
        """The exit: PASSED or FAILED."""
        missing = any(self.not_supported.get(kind) for kind in self.required)
        return FAILED if self.failures or missing else PASSED

    def rows(self) -> Iterator[tuple[str, int, int, int]]:
        """Of the table: kind, passed, failed, not supported."""
        for kind in self.kinds:
            failed = sum(each.question.vector.startswith(f"{kind}/") for each in self.failures)
            yield kind, self.passed.get(kind, 0), failed, self.not_supported.get(kind, 0)

    def as_json(self) -> dict[str, Any]:
        """The object of specs/conformance.md (Result)."""
        names = ("kind", "passed", "failed", "not_supported")
        return {
            "schema": SCHEMA,
            "passed": self.ending == PASSED,
            "vectors": self.vectors,
            "kinds": [dict(zip(names, row, strict=True)) for row in self.rows()],
            "failures": [each.as_json() for each in self.failures],
        }

    def in_words(self) -> Iterator[str]:
        """What a person sees, line by line."""
        asked = sum(self.passed.values()) + len(self.failures)
        yield f"{'FAILED' if self.ending else 'PASSED'}  {sum(self.passed.values())} of {asked} vectors passed"
        yield ""
        yield f"{'kind':10}{'passed':>8}{'failed':>8}{'not supported':>15}"
        for kind, passed, failed, not_supported in self.rows():
            yield f"{kind:10}{passed:>8}{failed:>8}{not_supported:>15}"
        for each in self.failures:
            yield ""
            yield each.question.vector
            yield f"  {each.question.fault}"
            yield f"  {each.difference()}"


# ---- vectors ----


def read(folder: Path, kinds: Sequence[str] = KINDS) -> VectorSet:
    """The vectors of these kinds. Raises CannotRun for what is missing or not as the manifest says."""
    try:
        data = (folder / "manifest.json").read_bytes()
        listed = json.loads(data)["kinds"]
        found = {kind: [_question(folder, kind, *each) for each in listed[kind]["sha256"].items()] for kind in kinds}
    except OSError as problem:
        raise CannotRun(f"{problem.filename}: {(problem.strerror or 'failed').lower()}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotRun(f"{folder / 'manifest.json'}: not a manifest of vectors") from None
    return VectorSet(hashlib.sha256(data).hexdigest(), found)


def _question(folder: Path, kind: str, name: str, digest: str) -> AskedVector:
    path = folder / kind / name
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise CannotRun(f"{path}: not the file that its manifest lists")
    fields = json.loads(data)
    fault, expected = fields.pop("fault"), fields.pop("expect")
    expected.pop("layer", None)
    return AskedVector(f"{kind}/{path.stem}", fault, fields, expected)


# ---- the program ----


class AskedProgram:
    """A verifier that answers lines. As a context: it ends with it."""

    def __init__(self, command: str, seconds: float) -> None:
        """command: as in a shell, but no shell reads it. Raises CannotRun."""
        self._seconds = seconds
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        try:
            words: str | list[str] = shlex.split(command) if os.name == "posix" else command
            if not words:
                raise CannotRun("the program has no name")
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        except ValueError:
            raise CannotRun("the program's command line has a quotation mark that does not end") from None
        except OSError as problem:
            raise CannotRun(f"{command}: cannot be started ({(problem.strerror or 'failed').lower()})") from None
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._process.kill()  # first: a write that waits for it would hold up the end of its input
        with suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def ask(self, line: bytes) -> bytes:
        """One line out, without its end. Raises NoAnswer."""
        # A write may wait as long as the program reads nothing, so it has a thread of its own.
        writing = threading.Thread(target=self._write, args=(line,), daemon=True)
        writing.start()
        try:
            found = self._lines.get(timeout=self._seconds)
        except queue.Empty:
            raise NoAnswer(f"it gave no answer within {self._seconds:g} seconds") from None
        if found.endswith(b"\n"):
            return found[:-1]
        if len(found) > _MAX_LINE:
            raise NoAnswer(f"it wrote a line of more than {_MAX_LINE:,} bytes")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self._seconds)
        half = " in the middle of a line" if found else ""
        raise NoAnswer(f"it ended{half} ({_ending(self._process.returncode)})")

    def _write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # it has ended, which the reader says
            self._stdin.write(line)
            self._stdin.flush()

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        while True:
            found = stdout.readline(_MAX_LINE + 1)
            self._lines.put(found)
            if not found:
                stdout.close()
                return


def _ending(code: int | None) -> str:
    if code is None:
        return "it closed its output"
    return f"signal {-code}" if code < 0 else f"exit {code}"


# ---- the run ----


def run(vectors: VectorSet, command: str, seconds: float, named: Sequence[str], tell: _Told) -> ConformanceReport:
    """Ask all of it. named: kinds that the program must know; if there are none, REQUIRED is.

    Raises CannotRun, and NoAnswer with the name of the vector.
    """
    required = frozenset(named or [REQUIRED])
    report = ConformanceReport(vectors.name, required, list(vectors.kinds))
    total = sum(map(len, vectors.kinds.values()))
    done = 0
    with AskedProgram(command, seconds) as program:
        for kind, questions in vectors.kinds.items():
            for number, question in enumerate(questions):
                answered, error = _answer(program, done + number + 1, kind, question)
                tell(done + number + 1, total)
                if error == _UNKNOWN_KIND and number == 0:
                    report.not_supported[kind] = len(questions)
                    break
                if answered is not None and is_same(answered, question.expected):
                    report.passed[kind] = report.passed.get(kind, 0) + 1
                else:
                    report.failures.append(FailedVector(question, answered, error))
            done += len(questions)
    return report


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1, 1.0 and true are three."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _answer(
    program: AskedProgram, number: int, kind: str, question: AskedVector
) -> tuple[dict[str, Any] | None, str | None]:
    """The answer, or the name of the error."""
    line = json.dumps({"schema": SCHEMA, "id": number, "kind": kind, "given": question.given})
    try:
        return _read_answer(program.ask(line.encode("ascii") + b"\n"), number)
    except NoAnswer as problem:
        raise NoAnswer(f"the program was asked about {question.vector}, and {problem}") from None


def _read_answer(line: bytes, number: int) -> tuple[dict[str, Any] | None, str | None]:
    try:
        found = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NoAnswer(f"wrote what is not JSON: {_shown(line.decode('utf-8', 'replace'))}") from None
    if type(found) is not dict or not is_same(found.get("schema"), SCHEMA):
        raise NoAnswer(f'wrote what is no object with "schema": {SCHEMA}: {_shown(found)}')
    if not is_same(found.get("id"), number):
        raise NoAnswer(f"answered with the id {_shown(found.get('id'))}, not {number}")
    match found:
        case {"answer": dict(answer)} if "error" not in found:
            return answer, None
        case {"error": str(error)} if "answer" not in found:
            return None, error
    raise NoAnswer(f"wrote neither an answer nor an error: {_shown(found)}")


def _shown(value: Any) -> str:
    """A value as JSON, cut short; it must not steer a terminal."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _printable(name: str) -> str:
    return json.dumps(name)[1:-1]
