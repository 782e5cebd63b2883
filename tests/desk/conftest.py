"""A venue of today, and a page's program without a server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from desks import Page, Venue, page_for


@pytest.fixture
def now() -> datetime:
    """The desk goes by the clock of this computer, so its city is of today."""
    return datetime.now(UTC)


@pytest.fixture
def venue(tmp_path: Path, now: datetime) -> Venue:
    return Venue.at(tmp_path, now)


@pytest.fixture
def page(venue: Venue) -> Page:
    return page_for(None, venue.memory_path)
