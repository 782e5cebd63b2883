"""`idcard conformance`: any program is driven through the vectors, and what it does wrong is said in words."""

import hashlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from command import ACCEPT, CANNOT_SAY, REJECT, USAGE, Ended, idcard, program
from support.vectors import folder

SECONDS = ("--seconds", "300")
"""More than an answer takes on any machine: only a test in which none comes waits less."""
NAMES = ("decision/accept-library", "decision/decision-expired", "memory/refused-an-older-list")
GOOD = shlex.join(program("conformance", "--answer"))


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Three of them, under a manifest of their own."""
    listed: dict[str, Any] = {kind: {"sha256": {}} for kind in ("decision", "typed", "memory", "paper")}
    for name in NAMES:
        kind, _, file = f"{name}.json".partition("/")
        data = (folder.FOLDER / kind / file).read_bytes()
        (tmp_path / kind).mkdir(exist_ok=True)
        (tmp_path / kind / file).write_bytes(data)
        listed[kind]["sha256"][file] = hashlib.sha256(data).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": 1, "kinds": listed}), "ascii")
    return tmp_path


def driven(vectors: Path, command: str, *options: object) -> Ended:
    return idcard("conformance", "--program", command, "--vectors", vectors, *(options or SECONDS))


def python(code: str) -> str:
    """A program that sees each line as `asked`, and writes what `say` gets; or code that does it all."""
    begun = (
        "import json, sys\n"
        "def say(**fields): print(json.dumps({'schema': 1, 'id': asked['id'], **fields}), flush=True)\n"
        "for line in sys.stdin:\n    asked = json.loads(line)\n"
    )
    return shlex.join([sys.executable, "-c", begun + "".join(f"    {line}\n" for line in code.splitlines())])


# ---- what is found out ----


def test_the_verifier_of_this_project_passes_every_kind() -> None:
    ended = driven(folder.FOLDER, GOOD, *SECONDS, "--json")
    assert (ended.code, ended.err) == (ACCEPT, "")
    said = ended.json()
    counts = json.loads((folder.FOLDER / "manifest.json").read_bytes())["kinds"]
    assert said["kinds"] == [
        {"kind": kind, "passed": counts[kind]["count"], "failed": 0, "not_supported": 0}
        for kind in ("decision", "typed", "memory", "paper")
    ]
    assert (said["schema"], said["passed"], said["failures"]) == (1, True, [])
    assert said["vectors"] == hashlib.sha256((folder.FOLDER / "manifest.json").read_bytes()).hexdigest()


def test_what_is_wrong_is_named_with_its_fault(vectors: Path) -> None:
    """One that accepts everybody, and has never heard of a memory."""
    code = (
        "known = asked['kind'] == 'decision'\n"
        "answer = {'outcome': 'accept', 'reason': None, 'proven': ['resident']}\n"
        "say(**({'answer': answer} if known else {'error': 'unknown-kind'}))"
    )
    ended = driven(vectors, python(code))
    assert (ended.code, ended.err) == (REJECT, "")
    assert ended.out.startswith("FAILED  0 of 2 vectors passed\n")
    assert [line.split() for line in ended.out.splitlines()[2:7]] == [
        ["kind", "passed", "failed", "not", "supported"],
        ["decision", "0", "2", "0"],
        ["typed", "0", "0", "0"],
        ["memory", "0", "0", "1"],
        ["paper", "0", "0", "0"],
    ]
    fault = json.loads((folder.FOLDER / "decision/decision-expired.json").read_bytes())["fault"]
    assert f"\ndecision/decision-expired\n  {fault}\n" in ended.out
    assert '  outcome is "accept", not "reject"; reason is null, not "expired"; proven is ["resident"], not there' in (
        ended.out
    )
    failure = driven(vectors, python(code), *SECONDS, "--json").json()["failures"][1]
    assert failure["vector"] == "decision/decision-expired"
    assert (failure["answered"]["outcome"], failure["error"]) == ("accept", None)
    assert failure["expected"] == {"outcome": "reject", "reason": "expired"}


def test_nothing_tells_which_answer_is_expected(vectors: Path) -> None:
    """Neither a name nor a field; and the lines are ASCII."""
    code = "assert line.isascii() and set(asked) == {'schema', 'id', 'kind', 'given'}\nsay(error=line.strip())"
    said = driven(vectors, python(code), *SECONDS, "--json").json()
    asked = [json.loads(each["error"]) for each in said["failures"]]
    assert [each["id"] for each in asked] == [1, 2, 3]
    assert [sorted(each["given"]) for each in asked[:2]] == [["class", "now", "text", "trust_file"]] * 2
    assert not [each for each in asked if "fault" in each["given"] or "expect" in each["given"]]


@pytest.mark.parametrize(
    ("code", "options", "ending"),
    [
        ("say(error='unknown-kind')", (), REJECT),
        ("say(error='unknown-kind')", ("--kind", "memory"), REJECT),
        ("say(error='unknown-kind')", ("--kind", "paper"), ACCEPT),
        ("say(error='unknown-kind') if asked['id'] == 2 else say(error='failed')", ("--kind", "decision"), REJECT),
    ],
    ids=["a decision must be known", "and what is named", "there is none", "not to some vectors of a kind"],
)
def test_a_kind_that_must_be_known(vectors: Path, code: str, options: tuple[str, ...], ending: int) -> None:
    assert driven(vectors, python(code), *SECONDS, *options).code == ending


def test_one_and_true_are_two_things(vectors: Path) -> None:
    expect = json.loads((vectors / "decision/accept-library.json").read_bytes())["expect"]
    expect.pop("layer")
    for stale, passed in ((False, 1), (0, 0)):
        ended = driven(vectors, python(f"say(answer={expect | {'stale': stale}})"), *SECONDS, "--json")
        assert ended.json()["kinds"][0]["passed"] == passed


# ---- programs that do not answer ----


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("sys.exit(7)", "it ended (exit 7)"),
        ("import os; os.kill(os.getpid(), 9)", "it ended (signal 9)"),
        ("sys.stdout.write('{'); sys.exit()", "it ended in the middle of a line (exit 0)"),
        ("print('Hello', flush=True)", 'wrote what is not JSON: "Hello"'),
        ("sys.stdout.buffer.write(b'\\xff\\x1b[2J\\n'); sys.stdout.flush()", "wrote what is not JSON"),
        ("print('[' * 100000, flush=True)", "wrote what is not JSON"),
        ("print('x' * 3000000, flush=True)", "it wrote a line of more than 2,097,152 bytes"),
        ("print(7, flush=True)", 'wrote what is no object with "schema": 1: 7'),
        ("print(json.dumps({'schema': 2, 'id': 1, 'answer': {}}), flush=True)", 'no object with "schema": 1'),
        ("say(id=9, answer={})", "answered with the id 9, not 1"),
        ("say(id=True, answer={})", "answered with the id true, not 1"),
        ("say(answer=None)", "wrote neither an answer nor an error"),
        ("say(answer={}, error='failed')", "wrote neither an answer nor an error"),
        ("say(error=None)", "wrote neither an answer nor an error"),
    ],
)
def test_what_is_no_answer_is_said_with_the_vector(vectors: Path, code: str, says: str) -> None:
    ended = driven(vectors, python(code))
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err.startswith("idcard: the program was asked about decision/accept-library, and ")
    assert says in ended.err


@pytest.mark.parametrize("code", ["pass", "import time; time.sleep(3600)"], ids=["answers nothing", "sleeps"])
def test_a_silent_program_is_ended(vectors: Path, code: str) -> None:
    ended = driven(vectors, python(code), "--seconds", "0.2")
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err == (
        "idcard: the program was asked about decision/accept-library, and it gave no answer within 0.2 seconds\n"
    )


def test_a_program_that_reads_nothing_stops_nobody(vectors: Path) -> None:
    """A line is larger than a pipe."""
    code = shlex.join([sys.executable, "-c", "import time; time.sleep(3600)"])
    path = vectors / "decision/accept-library.json"
    data = json.dumps(json.loads(path.read_bytes()) | {"more": "x" * 500_000}).encode()
    listed = json.loads((vectors / "manifest.json").read_bytes())
    listed["kinds"]["decision"]["sha256"][path.name] = hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    (vectors / "manifest.json").write_text(json.dumps(listed), "ascii")
    assert driven(vectors, code, "--seconds", "0.2").code == CANNOT_SAY


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/nowhere/verifier --x", "/nowhere/verifier --x: cannot be started (no such file or directory)"),
        ("'", "a quotation mark that does not end"),
        ("", "the program has no name"),
    ],
)
def test_a_program_that_cannot_be_started(vectors: Path, command: str, says: str) -> None:
    ended = driven(vectors, command)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


# ---- vectors that are not there ----


def test_vectors_that_are_not_those_of_the_manifest(vectors: Path, tmp_path: Path) -> None:
    path = vectors / "decision/accept-library.json"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"accept", b"reject"))
    assert "accept-library.json: not the file that its manifest lists" in driven(vectors, GOOD).err
    path.unlink()
    assert "accept-library.json: no such file or directory" in driven(vectors, GOOD).err
    for manifest in ("[]", "{}", '{"kinds": {"decision": 1}}', "no", "[" * 100_000):
        (vectors / "manifest.json").write_text(manifest, "ascii")
        ended = driven(vectors, GOOD)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "manifest.json: not a manifest of vectors" in ended.err
    assert "manifest.json: no such file or directory" in driven(tmp_path / "elsewhere", GOOD).err


def test_one_side_at_a_time() -> None:
    for options in ((), ("--answer", "--program", "x")):
        ended = idcard("conformance", *options)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "give --program CMD to try a program, or --answer to be one" in ended.err


# ---- the side that answers ----


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"hello", {"id": None, "error": "malformed"}),
        (b"[]", {"id": None, "error": "malformed"}),
        (b'{"schema": 1}', {"id": None, "error": "malformed"}),
        (b'{"schema": 1, "id": true}', {"id": None, "error": "malformed"}),
        (b'{"schema": 2, "id": 1}', {"id": 1, "error": "unknown-schema"}),
        (b'{"schema": 1, "id": 1, "kind": "batch", "given": {}}', {"id": 1, "error": "unknown-kind"}),
        (b'{"schema": 1, "id": 1, "kind": [], "given": {}}', {"id": 1, "error": "malformed"}),
        (b'{"schema": 1, "id": 1, "kind": "paper", "given": {}}', {"id": 1, "error": "malformed"}),
        (b'{"schema": 1, "id": 1, "kind": "memory", "given": 7}', {"id": 1, "error": "malformed"}),
        (b'{"schema": 1, "id": 1, "kind": "paper", "given": {"texts": [7]}}', {"id": 1, "error": "malformed"}),
        (b" " * (2 << 20) + b"{}", {"id": None, "error": "malformed"}),
    ],
)
def test_a_line_that_is_not_of_the_protocol_is_answered_and_the_next_one_too(line: bytes, said: Any) -> None:
    after = b'{"schema": 1, "id": 9, "kind": "paper", "given": {"texts": []}}'
    ended = idcard("conformance", "--answer", stdin=line + b"\n" + after)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert [json.loads(each) for each in ended.out.splitlines()] == [
        {"schema": 1, **said},
        {"schema": 1, "id": 9, "answer": {"reason": "malformed"}},
    ]
