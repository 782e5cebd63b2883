"""The conformance kit: unpacked where nothing else is, its own page is enough to try a verifier."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.program import program

LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]+)")
NOT_THERE = ("../docs/", "../../tests/support/vectors")
"""Beginnings of pages of the project that a verifier does not need."""


def made(root: Path, folder: Path) -> Path:
    command = [sys.executable, root / "kit/conformance/build.py", folder]
    subprocess.run(command, check=True, capture_output=True)
    [archive] = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def archive(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(root, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def kit(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    [found] = folder.iterdir()
    return found


def run(kit: Path, tools: Path, line: str, verifier: str = "") -> "subprocess.CompletedProcess[str]":
    """A line of the page, where `python3` has nothing but its standard library. verifier: in place of the example."""
    (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -I -S -B -W error "$@"\n', "utf-8")
    (tools / "python3").chmod(0o755)
    if verifier:
        line = line.replace('"python3 example.py"', shlex.quote(verifier))
    words = shlex.split(line)
    # -I takes the folder of the script from the path too, where the runner finds its other half.
    words[0:1] = [sys.executable, "-S", "-B", "-W", "error"] if words[1] == "conformance.py" else words[0:1]
    places = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tools)}
    return subprocess.run(words, cwd=kit, env=places, capture_output=True, text=True, check=False)


def commands(kit: Path) -> list[str]:
    return re.findall(r"^    (python3 .+)$", (kit / "README.md").read_text("utf-8"), re.MULTILINE)


def test_it_is_the_same_bytes_in_another_folder_for_another_user(root: Path, archive: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = made(root, tmp_path / "elsewhere")
    finally:
        os.umask(before)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (archive, again)]
    assert (digests[0], archive.name) == (digests[1], again.name)


def test_it_has_what_the_source_has_and_nothing_else(root: Path, kit: Path) -> None:
    found = {path.relative_to(kit).as_posix(): path for path in kit.rglob("*") if path.is_file()}
    specs = {path.relative_to(root).as_posix() for path in (root / "specs").rglob("*") if path.is_file()}
    assert set(found) == {*specs, "README.md", "LICENSE", "conformance.py", "example.py", "vector_run.py",
                          "idcard/repairs/keyboards.toml"}  # fmt: skip
    assert [name for name in specs if found[name].read_bytes() != (root / name).read_bytes()] == []


def test_its_links_lead_somewhere(kit: Path) -> None:
    broken = {
        link
        for page in kit.rglob("*.md")
        for link in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    }
    assert {link for link in broken if not link.startswith(NOT_THERE)} == set()


def test_the_commands_of_its_page_drive_the_example(kit: Path, tmp_path: Path) -> None:
    """Which refuses everything: that is wrong, and said in words and as JSON."""
    words, as_json = (run(kit, tmp_path, line) for line in commands(kit))
    assert (words.returncode, words.stderr) == (as_json.returncode, as_json.stderr) == (1, "")
    assert words.stdout.startswith("FAILED  ")
    assert "\ndecision/accept-library\n" in words.stdout
    said: dict[str, Any] = json.loads(as_json.stdout)
    assert (said["passed"], [each["kind"] for each in said["kinds"]]) == (False, ["decision"])


@pytest.mark.slow
def test_the_verifier_of_this_project_passes_the_kit(kit: Path, tmp_path: Path) -> None:
    done = run(kit, tmp_path, commands(kit)[0], shlex.join(program("conformance", "--answer")))
    assert (done.returncode, done.stderr) == (0, "")
    count = sum(each["count"] for each in manifest(kit).values())
    assert done.stdout.startswith(f"PASSED  {count} of {count} vectors passed\n")


def manifest(kit: Path) -> dict[str, Any]:
    kinds = json.loads((kit / "specs/vectors/manifest.json").read_bytes())["kinds"]
    return {kind: kinds[kind] for kind in ("decision", "typed", "memory", "paper")}


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--program", "/nowhere/x"], 2, "/nowhere/x: cannot be started"),
        (["--program", "x", "--vectors", "nowhere"], 2, "nowhere/manifest.json: no such file or directory"),
        (["--program", "x", "--seconds", "soon"], 2, "seconds are a number from 0.1 to 3600"),
        ([], 2, "the following arguments are required: --program"),
        (["--program", "python3 -c 0"], 3, "it ended (exit 0)"),
    ],
)
def test_its_runner_ends_as_the_command_does(
    kit: Path, tmp_path: Path, options: list[str], code: int, says: str
) -> None:
    done = run(kit, tmp_path, shlex.join(["python3", "conformance.py", *options]))
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_target_of_the_makefile_is_this(root: Path) -> None:
    assert "$(BIN)/python kit/conformance/build.py build/conformance-kit\n" in (root / "Makefile").read_text("utf-8")
