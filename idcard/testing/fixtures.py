"""Fixtures for pytest. In your conftest.py: `pytest_plugins = ["idcard.testing.fixtures"]`."""

from pathlib import Path

import pytest

from idcard.testing import MadeUpCity

__all__ = ["idcard_city", "idcard_trust_file"]


@pytest.fixture
def idcard_city() -> MadeUpCity:
    """A made-up city, now."""
    return MadeUpCity()


@pytest.fixture
def idcard_trust_file(idcard_city: MadeUpCity, tmp_path: Path) -> Path:
    """The path of its trust file, made today."""
    path = tmp_path / "city.idtrust"
    path.write_bytes(idcard_city.trust_file())
    return path
