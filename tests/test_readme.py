"""The README's sessions and its program, run as a reader would."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"(?<=says that it is DATE )\d\d:\d\d"), "TIME"),
    (re.compile(r"\b([0-9a-f]{4} ){7}[0-9a-f]{4}\b"), "FINGERPRINT"),
    (re.compile(r"^(in words) .*$", re.MULTILINE), r"\1 WORDS"),
)


def steady(text: str) -> list[str]:
    """Lines without what differs from day to day. stderr and stdout come together, so order does not count."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return sorted(text.splitlines())


def steps(session: str) -> list[tuple[str, str]]:
    """Pairs of a command and what it prints."""
    parts = re.split(r"^\$ (.*)\n", session, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture
def shell(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An empty folder, and an environment in which `idcard` is the command under test."""
    command = tmp_path / "bin" / "idcard"
    command.parent.mkdir()
    start = f"exec {shlex.quote(sys.executable)} -P -c 'from idcard_cli.main import run; run()' \"$@\""
    command.write_text(f"#!/bin/sh\n{start}\n")
    command.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    memory = tmp_path / "venue.idmemory"
    return folder, {
        **os.environ,
        "IDCARD_MEMORY": str(memory),
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
    }


def test_every_session_and_program_does_what_the_readme_says(root: Path, shell: tuple[Path, dict[str, str]]) -> None:
    folder, environment = shell
    blocks = BLOCK.findall((root / "README.md").read_text())
    assert [kind for kind, _ in blocks] == ["console", "console", "python", "console"]
    for kind, block in blocks:
        if kind == "python":
            wanted = re.findall(r"# (accept .*)$", block, re.MULTILINE)
            commands = [([sys.executable, "-P", "-c", block], "\n".join(wanted))]
        else:
            commands = [(["bash", "-c", command], output) for command, output in steps(block)]
        for command, output in commands:
            done = subprocess.run(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            assert steady(done.stdout) == steady(output), command[-1]


def test_the_first_screen_holds_a_sentence_an_acceptance_a_refusal_and_the_two_commands(root: Path) -> None:
    screen = "\n".join((root / "README.md").read_text().splitlines()[:24])
    assert all(word in screen for word in ("ACCEPT", "REJECT", "make demo", "make test"))
