"""The sessions of docs/counter.md: what a clerk does for one person, typed as the page says."""

import re
from pathlib import Path

import pytest
import test_runbook
from test_issuing import FOUND, FOUNDED
from test_runbook import OFFICE, Town, follow, sessions, token, town

__all__ = ["token", "town"]
"""Fixtures, which are asked for by name."""


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/counter.md").read_text("utf-8")


@pytest.mark.slow
def test_every_session_does_what_the_page_says(
    page: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_runbook, "ASKS_WHETHER", (*test_runbook.ASKS_WHETHER, "cancel"))
    found: Town = request.getfixturevalue("town")
    found.type(FOUNDED, OFFICE, FOUND)
    office = found.computer(OFFICE)
    before = {path.name for path in office.iterdir()}
    assert all(session.computers == [OFFICE] for session in sessions(page))
    follow(found, page)
    # Nothing of a person is left in the computer.
    assert {path.name for path in office.iterdir()} == before


def test_every_task_of_the_table_has_its_place(page: str) -> None:
    titles = re.findall(r"^## (.*)$", page, re.MULTILINE)
    anchors = {title.lower().replace(" ", "-") for title in titles}
    assert titles[-1] == "From codes to a card"
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= anchors
