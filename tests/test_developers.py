"""The programs of docs/developers.md, run as somebody would who copied them."""

import json
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import REJECT, idcard
from faded import beside, drawn

from idcard.testing import MadeUpCity

CITY = MadeUpCity("springfield")
BLOCK = re.compile(r"^```python\n# ([a-z_]+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """The programs, and a trust file of today."""
    for name, program in BLOCK.findall((root / "docs/developers.md").read_text("utf-8")):
        (tmp_path / name).write_text(program)
    (tmp_path / "city.idtrust").write_bytes(CITY.trust_file(age_days=1))
    return tmp_path


@pytest.fixture
def lines() -> list[str]:
    return [CITY.code("library"), CITY.code("pharmacy"), "hello", CITY.forged("library")]


def run(folder: Path, name: str, *arguments: str, text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", name, *arguments],
        input=text, capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_there_are_these_programs(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.py")} == {
        *("admission", "batch", "desk", "own_verifier", "photos", "service", "test_admission"),
    }


def test_the_first_test_of_somebody_else_passes(folder: Path) -> None:
    assert "9 passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_admission.py", text="")


def test_the_desk_program_has_twenty_lines_and_answers_each_scan(folder: Path, lines: list[str]) -> None:
    program = (folder / "desk.py").read_text().splitlines()
    assert len([line for line in program if line.strip()]) <= 20
    said = run(folder, "desk.py", "city.idtrust", "library", text="\n".join(lines) + "\n").splitlines()
    assert [line.split()[0] for line in said] == ["ACCEPT", "REJECT", "REJECT", "REJECT"]
    assert said[0] == "ACCEPT resident. Compare the photo."
    assert "another kind of place" in said[1]


def test_the_codes_of_a_picture_are_each_judged(folder: Path, lines: list[str]) -> None:
    (folder / "two.png").write_bytes(beside(drawn(lines[0]), drawn(lines[1])))
    (folder / "none.png").write_bytes(beside())
    said = run(
        folder, "photos.py", "city.idtrust", "library", "two.png", "none.png", "city.idtrust", text=""
    ).splitlines()
    assert sorted(said[:2]) == ["two.png: left: accept resident", "two.png: right: wrong-class"]
    assert said[2].startswith("none.png: no code found in the picture")
    assert [line.partition(";")[0] for line in said[3:]] == ["city.idtrust: the picture cannot be read"]


def test_the_batch_counts_reasons(folder: Path, lines: list[str]) -> None:
    said = run(folder, "batch.py", "city.idtrust", "library", text="\n".join(lines * 3) + "\n")
    assert [line.split() for line in said.splitlines()] == [
        ["3", "accept"], ["3", "bad-signature"], ["3", "not-a-code"], ["3", "wrong-class"],
    ]  # fmt: skip


def test_a_verifier_to_begin_from_is_driven_and_told_what_is_wrong(root: Path, folder: Path) -> None:
    page = (root / "docs/developers.md").read_text("utf-8")
    [line] = re.findall(r'^    idcard conformance --program "python3 (own_verifier\.py)"$', page, re.MULTILINE)
    command = shlex.join([sys.executable, "-W", "error", str(folder / line)])
    ended = idcard("conformance", "--program", command, cwd=root)
    assert (ended.code, ended.err) == (REJECT, "")
    assert ended.out.startswith("FAILED  ")
    [failure] = re.findall(r"^    (decision/accept-library\n)    (  .+\n)", page, re.MULTILINE)
    assert f"\n{''.join(failure)}" in ended.out
    [said] = re.findall(r'return (\{"outcome": .+\})', (folder / line).read_text("utf-8"))
    passing = json.loads(said).items()
    right = [path for path in (root / "specs/vectors/decision").glob("*.json")
             if passing <= json.loads(path.read_bytes())["expect"].items()]  # fmt: skip
    assert re.search(rf"^decision +{len(right)} ", ended.out, re.MULTILINE)


@pytest.mark.slow
def test_the_programs_pass_a_strict_type_checker(folder: Path) -> None:
    programs = sorted(folder.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *programs]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.fixture
def service(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-P", "-W", "error", "service.py", "city.idtrust", "memory/venue.idmemory"]
    command += ["springfield", "test", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


def ask(service: str, venue_class: str, text: str) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(f"{service}/{venue_class}", data=text.encode(), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_the_service_answers_and_takes_a_new_trust_file(folder: Path, service: str, lines: list[str]) -> None:
    asked = [("library", lines[0]), ("library", lines[1]), ("zoo", lines[0])]
    told = [ask(service, venue_class, text) for venue_class, text in asked]
    assert [(status, said["outcome"], said["reason"], said["proven"]) for status, said in told] == [
        (200, "accept", None, ["resident"]),
        (200, "reject", "wrong-class", []),
        (200, "cannot-say", "unknown-class", []),
    ]
    assert ask(service, "library", "x" * 5000)[0] == 413
    for data, days in (
        (MadeUpCity("oldtown").trust_file(), 1),
        (CITY.trust_file(age_days=31), 1),
        (CITY.trust_file(), 0),
    ):
        (folder / "city.idtrust").write_bytes(data)
        assert ask(service, "library", lines[0])[1]["trust_age_days"] == days
