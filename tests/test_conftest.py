"""How a run of the tests ends: what failed, what was left out, where all of it can be read again."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command import environment
from machine import for_want_of
from prints import NOTO

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FINE = "def test_fine(): pass\n"
BROKEN = "def test_broken(): assert False\n"
UNLUCKY = "from hypothesis import given, strategies\n@given(strategies.integers())\ndef test_it(n): assert n < 1000\n"
LEAVES_OUT = f"""import pytest
@pytest.mark.parametrize("name", ["a", "b c"])
def test_chip(name): pytest.skip({for_want_of("softhsm2")!r})
@pytest.mark.skipif(True, reason="needs a friend (make peers)")
def test_friend(): pass
@pytest.mark.skip(reason="not on this system")
def test_elsewhere(): pass
"""


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Run:
    """A run of these tests under our conftest.py, as `make test` calls it."""
    (tmp_path / "tests").mkdir()
    shutil.copy(root / "tests/conftest.py", tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -ra -p no:cacheprovider\ntestpaths = tests\n")

    def run(*options: str, **files: str) -> "subprocess.CompletedProcess[str]":
        for name, text in files.items():
            (tmp_path / f"tests/test_{name}.py").write_text(text)
        command = [sys.executable, "-P", "-m", "pytest", *options]
        return subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_last_lines_are_what_failed_the_figures_and_where_the_log_is(
    run: Run, tmp_path: Path, processes: str
) -> None:
    files = {"broken": BROKEN, "fine": FINE, "left_out": LEAVES_OUT, "unlucky": UNLUCKY}
    ended = run("-n", processes, "--record=build/test.log", **files)
    assert (ended.returncode, ended.stderr) == (1, "")
    *before, figures, others, last = ended.stdout.splitlines()
    summary = [line.split()[:2] for line in before if line.startswith(("SKIPPED ", "FAILED "))]
    failed = ["tests/test_broken.py::test_broken", "tests/test_unlucky.py::test_it"]
    assert sorted(summary[-2:]) == [["FAILED", name] for name in failed]
    assert "2 failed, 1 passed, 4 skipped" in figures
    assert others == "idcard: tests left out: 1 (make peers adds them)"
    assert last == (
        "idcard: tests left out for want of system packages: 2 (make system adds them); "
        "all of this is in build/test.log"
    )
    assert (tmp_path / "build/test.log").read_text() == ended.stdout
    assert "@reproduce_failure(" in ended.stdout, "what repeats an unlucky draw"


def test_what_was_left_out_can_be_run_by_itself(run: Run, tmp_path: Path) -> None:
    assert run("-n", "2", "--skipped=left-out", fine=FINE, left_out=LEAVES_OUT).returncode == 0
    names = [f"tests/test_left_out.py::test_{name}" for name in ("chip[a]", "chip[b c]", "elsewhere", "friend")]
    assert sorted((tmp_path / "left-out").read_text().splitlines()) == names
    again = run("-n", "2", "--strict-skips", "@left-out")
    assert (again.returncode, "4 skipped in" in again.stdout) == (1, True)
    assert again.stdout.splitlines()[-1] == "idcard: tests left out: 4, and with --strict-skips none may be"
    all_there = re.sub(r"@pytest.mark.skip.*|pytest.skip.*", "pass", LEAVES_OUT).replace("\npass", "\n")
    there = run("--strict-skips", "--record=log", "--color=yes", "@left-out", left_out=all_there)
    figures, last = there.stdout.splitlines()[-2:]
    assert (there.returncode, "4 passed" in figures, "\x1b" in figures) == (0, True, True)
    assert last == "idcard: tests left out for want of system packages: 0; all of this is in log"
    assert (tmp_path / "log").read_text() == re.sub(r"\x1b\[\d*m", "", there.stdout)


@pytest.mark.parametrize("code", [0, 1])
def test_make_test_ends_as_pytest_does(root: Path, tmp_path: Path, code: int) -> None:
    shutil.copy(root / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/.ready").touch()
    pytest_of_its_own = tmp_path / ".venv/bin/pytest"
    pytest_of_its_own.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit {code}\n")
    pytest_of_its_own.chmod(0o755)
    clean = environment({"MAKEFLAGS": "", "MFLAGS": "", "MAKELEVEL": "0"})  # perhaps make runs this test
    ended = subprocess.run(
        ["make", "test", "ARGS=--installed"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
    )
    assert (ended.returncode != 0) == (code != 0)
    assert ended.stdout.splitlines() == ["-n", "auto", "-m", "not slow", "--record=build/test.log", "--installed"]


def test_all_that_a_test_asks_the_machine_for_is_brought_by_make_system(root: Path) -> None:
    [system] = re.findall(r"^SYSTEM := (.*)$", (root / "Makefile").read_text(), re.MULTILINE)
    asked, reasons = {package for _, package in NOTO.values()}, []
    for path in (root / "tests").rglob("*.py"):
        text = path.read_text("utf-8")
        asked.update(re.findall(r"\b(?:for_want_of|needs)\(\"([\w-]+)\"", text))
        reasons += re.findall(r"""(?:reason=|pytest\.skip\()f?["'](.*)["']""", text)
    assert asked <= set(system.split())
    assert len(asked) >= 7
    own_words = [reason for reason in reasons if re.search("install|apt|Debian|missing|pip |group dev", reason)]
    assert own_words == [], "what Debian has is asked for with for_want_of()"
