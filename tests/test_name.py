"""The name: on package indexes `idcard` is a stranger's, so nothing that we write may send anybody there."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = "municipal-idcard"
INSTALLERS = r"\b(?:pip3?|pipx|uv|npm|npx|conda) (?:\S+ )*?(?:install|download|add|run|i|exec)\b.*"
FROM_AN_INDEX = re.compile(
    rf"{INSTALLERS}(?<![\w./-])(?:{PROJECT}|idcard)(?![\w./-])"  # `pip install idcard`, released or not
    r"|(?<![\w-])idcard\[\w"  # `idcard[scan]`
    r"|extras? '\w+'(?: and '\w+')? of idcard"
)
WRITTEN = {".py", ".md", ".txt", ".toml", ".html", ".js", ".typ", ".po", ".sh", ".bat", ".command", ""}
"""How the names of our files end. Those without an ending are the likes of Makefile."""
ROOMS = ("idcard", "cli", "web", "specs", "docs", "kit", "tests", "benchmarks", ".ci")


def written(root: Path) -> Iterator[Path]:
    """All that we wrote, and not what is built or brought along."""
    yield from (path for path in root.iterdir() if path.is_file() and path.suffix in WRITTEN)
    for room in ROOMS:
        for folder, rooms, names in os.walk(root / room):
            rooms[:] = [each for each in rooms if each != "node_modules"]
            yield from (Path(folder, name) for name in names if Path(name).suffix in WRITTEN)


@pytest.mark.parametrize(
    "hint", ["pip install idcard", "pip install 'idcard[hsm]'", "pip download idcard", f"uv add {PROJECT}",
             "npm install idcard", "is idcard[cluster] installed?", "needs the extra 'scan' of idcard"],
)  # fmt: skip
def test_such_a_hint_is_found(hint: str) -> None:
    assert FROM_AN_INDEX.search(hint)


@pytest.mark.parametrize(
    "line",
    ["pip install '.[cli,scan]'", "idcard-venv/bin/pip install .", f"{PROJECT}[scan]", "make a pip of idcard.py"],
)
def test_other_words_are_not(line: str) -> None:
    assert not FROM_AN_INDEX.search(line)


def test_no_hint_names_what_is_not_ours(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in written(root)
        if path != Path(__file__)
        for line in path.read_text("utf-8").splitlines()
        if FROM_AN_INDEX.search(line)
    ]
    assert found == []


def test_the_readme_installs_every_extra_and_no_other(root: Path) -> None:
    """Each hint sends there: `needs the extra 'scan': see "Install" in the README`."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == PROJECT
    install = (root / "README.md").read_text("utf-8").partition("\n## Install\n")[2].partition("\n## ")[0]
    told = {extra for extras in re.findall(r"pip install '\.\[(.+)\]'", install) for extra in extras.split(",")}
    extras = project["optional-dependencies"]
    [bundled] = extras["venue"]
    told |= set(bundled.removeprefix(f"{PROJECT}[").removesuffix("]").split(","))
    assert told == extras.keys()
