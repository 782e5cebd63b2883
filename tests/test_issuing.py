"""The sessions of docs/issuing.md: an office makes the cards of a small city, typed as the page says."""

import re
import shlex
from pathlib import Path

import click
import pytest
import test_runbook
from idcard_cli.command import cli
from test_runbook import OFFICE, Town, follow, sessions, token, town

__all__ = ["token", "town"]
"""Fixtures, which are asked for by name."""
FOUNDED = "2027-02-15"
FOUND = (
    "idcard city init springfield --name Springfield --id springfield --environment test "
    '--contact "Ask the card office, 555-0100."'
)
FILE = re.compile(r"`(\w+\.(?:csv|py))`[^`]*:\n\n```(?:csv|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^(?:    |\$ .*?)(idcard .*)$|`(idcard [^`]*)`", re.MULTILINE)


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/issuing.md").read_text("utf-8")


@pytest.mark.slow
def test_every_session_does_what_the_page_says(
    page: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_runbook, "ASKS_WHETHER", (*test_runbook.ASKS_WHETHER, "ledger merge"))
    town: Town = request.getfixturevalue("town")
    office = town.computer(OFFICE)
    town.type(FOUNDED, OFFICE, FOUND)
    files = dict(FILE.findall(page))
    assert files.keys() == {"records.csv", "stolen.py"}
    for name, content in files.items():
        (office / name).write_text(content)
    kept = {path.name for path in office.iterdir()}
    assert all(session.computers == [OFFICE] for session in sessions(page))
    follow(town, page)
    # Nothing is left that is about the people, or could be made into their cards.
    assert {path.name for path in office.iterdir()} == kept - {"records.csv"}


def test_each_command_and_option_that_the_page_names_is_there(page: str) -> None:
    found = [line for pair in TYPED.findall(page) for line in pair if line]
    assert len(found) >= 9
    for line in found:
        command, words = cli, shlex.split(line, comments=True)[1:]
        with click.Context(cli) as context:
            while isinstance(command, click.Group) and words and not words[0].startswith("-"):
                command = command.get_command(context, words.pop(0))
                assert command is not None, line
        known = {option for each in command.params for option in each.opts}
        used = {word for word in words if word.startswith("--")}
        assert used <= known, (line, used - known)


def test_every_place_that_the_page_sends_to_is_there(page: str, root: Path) -> None:
    for link in re.findall(r"\]\(([^)]*)\)", page):
        name, _, anchor = link.partition("#")
        text = (root / "docs" / name).read_text("utf-8") if name else page
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
        assert not anchor or anchor in anchors, link
