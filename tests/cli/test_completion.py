"""Shell completion: a script for each shell, and what it offers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cities import City
from command import ACCEPT, RUN, TIMEOUT, USAGE, environment, idcard
from idcard_cli.command import cli

TRUST = City().file
CLASSES = ["library", "museum", "pool", "pharmacy", "theatre"]


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("venue") / "city.idtrust"
    path.write_bytes(TRUST)
    return path


def offered(shell: str, *words: str) -> list[str]:
    """What comes after these words, the last of which is not finished."""
    line = " ".join(["idcard", *words])
    env = {"_IDCARD_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    if shell == "fish":
        env["COMP_CWORD"] = words[-1]
    ended = idcard(env=env)
    assert (ended.code, ended.err) == (ACCEPT, "")
    told = ended.out.splitlines() if shell == "zsh" else ended.out.split()
    match shell:
        case "bash":
            return [line.removeprefix("plain,") for line in told]
        case "zsh":
            return told[1::3] if any(told) else []
        case _:
            return [line.removeprefix("plain,").partition("\t")[0] for line in told]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    ended = idcard("completion", shell)
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert f"_IDCARD_COMPLETE={shell}_complete" in ended.out
    assert "idcard" in ended.out


@pytest.mark.parametrize("shell", ["powershell", "Bash", ""])
def test_another_shell_is_refused_with_those_there_are(shell: str) -> None:
    ended = idcard("completion", shell)
    assert (ended.code, ended.out) == (USAGE, "")
    assert all(name in ended.err for name in ("bash", "zsh", "fish"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_classes_of_the_trust_file_are_offered(trust: Path, shell: str) -> None:
    assert offered(shell, "verify", "code.png", "--trust", str(trust), "--for", "") == CLASSES
    assert offered(shell, "verify", "code.png", "--trust", str(trust), "--for", "m") == ["museum"]
    assert offered(shell, "verify", "code.png", "--trust", str(trust), "--for", "x") == []


@pytest.mark.parametrize("words", [("--trust", "missing.idtrust"), ("--trust", "/"), ("--trust", __file__), ()])
def test_without_a_trust_file_that_holds_no_class_is_offered(words: tuple[str, ...]) -> None:
    assert offered("bash", "verify", "code.png", *words, "--for", "") == []


def test_commands_and_options_are_offered() -> None:
    assert offered("bash", "") == cli.list_commands(click.Context(cli))
    assert offered("bash", "city", "") == ["init", "classes", "edit", "counts", "collect", "report", "rehearsal"]
    assert offered("bash", "verify", "--j") == ["--json"]


def test_bash_completes(trust: Path, tmp_path: Path) -> None:
    """The script as bash runs it when somebody presses TAB."""
    bash = shutil.which("bash")
    assert bash, "bash is essential on Debian"
    command = tmp_path / "bin" / "idcard"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -P -c '{RUN}' \"$@\"\n", "utf-8")
    command.chmod(0o755)
    words = ["idcard", "verify", "code.png", "--trust", str(trust), "--for", "ph"]
    script = (
        'eval "$(idcard completion bash)"; complete -p idcard >&2\n'
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; COMPREPLY=()\n"
        '_idcard_completion idcard ph --for; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = environment()["PATH"]
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        capture_output=True,
        env=environment({"PATH": f"{command.parent}:{path}"}),
        timeout=TIMEOUT,
        text=True,
        check=False,
    )
    assert done.stdout == "pharmacy\n", json.dumps(done.stderr)
    assert "-F _idcard_completion idcard" in done.stderr
