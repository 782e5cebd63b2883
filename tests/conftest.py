"""Options of the test runs in `.ci/run`."""

from pathlib import Path

import hypothesis
import pytest

import idcard

ROOT = Path(__file__).parent.parent


# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-skips", action="store_true", help="a skipped test is a failed run")
    parser.addoption("--installed", action="store_true", help="fail unless the tests see an installed idcard")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--installed") and Path(idcard.__file__).is_relative_to(ROOT / "idcard"):
        raise pytest.UsageError("the tests see the source tree, not the installed package")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--strict-skips") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT
