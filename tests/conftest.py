"""How the tests are run: options, what is printed at the end, and what is kept of it."""

import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

import idcard

ROOT = Path(__file__).parent.parent
pytest_plugins = ["idcard.testing.fixtures"]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WANTED = re.compile(r"\(make ([\w-]+)\)$")
"""How a reason to skip ends where there is a target of the Makefile that brings what is missing."""


# How long an example takes, or how long it takes to make one up, says more about the machine than about the code.
# What fails is printed with the blob that repeats it.
hypothesis.settings.register_profile(
    "steady", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-skips", action="store_true", help="a skipped test is a failed run")
    parser.addoption("--installed", action="store_true", help="fail unless the tests see an installed idcard")
    # Both with `=`: until this file is read, what stands apart is taken for a test, and this file is looked for there.
    parser.addoption("--record", metavar="FILE", help="write all that is printed into this file too (--record=FILE)")
    parser.addoption("--skipped", metavar="FILE", help="write the names of skipped tests there, for pytest @FILE")


@pytest.hookimpl(trylast=True)  # once there is something that prints
def pytest_configure(config: pytest.Config) -> None:
    # Under nohup and in the background of a shell they are ignored, and so they would be in every program that is run.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    if config.getoption("--installed") and Path(idcard.__file__).is_relative_to(ROOT / "idcard"):
        raise pytest.UsageError("the tests see the source tree, not the installed package")
    if config.getoption("--record") and _prints(config):
        _record(config, Path(config.getoption("--record")))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around all that prints
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    config = session.config
    if not _prints(config):
        return
    skipped = config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped", [])
    if config.getoption("--skipped"):
        names = dict.fromkeys(report.nodeid for report in skipped)
        Path(config.getoption("--skipped")).write_text("".join(f"{name}\n" for name in names), "utf-8")
    say = config.get_terminal_writer().line
    if config.getoption("--strict-skips") and skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        say(f"idcard: tests left out: {len(skipped)}, and with --strict-skips none may be")
    if config.getoption("--record"):
        wanted = Counter(found[1] for report in skipped if (found := WANTED.search(report.longrepr[2])))
        system = wanted.pop("system", 0)
        for target, count in wanted.items():
            say(f"idcard: tests left out: {count} (make {target} adds them)")
        adds = " (make system adds them)" if system else ""
        log = config.getoption("--record")
        say(f"idcard: tests left out for want of system packages: {system}{adds}; all of this is in {log}")


def _prints(config: pytest.Config) -> bool:
    """Whether this is the process that prints, and none of those that only run tests for it."""
    return not hasattr(config, "workerinput")


def _record(config: pytest.Config, path: Path) -> None:
    """Whatever is printed from now on is also in the file, without colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = path.open("w", encoding="utf-8", buffering=1)
    config.add_cleanup(log.close)
    writer = config.get_terminal_writer()
    write = writer.write

    def write_both(message: str, **how: Any) -> None:
        write(message, **how)
        log.write(COLOUR.sub("", message))

    writer.write = write_both  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT
