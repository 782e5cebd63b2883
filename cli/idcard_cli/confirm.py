"""Asks at a terminal before something that cannot be undone."""

import sys

import click

if sys.platform != "win32":
    import termios

yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def confirm(question: str, *, yes: bool) -> None:
    """Raises Abort unless the user answers yes, and UsageError if nobody can be asked."""
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask for confirmation; give --yes")
        _drop_what_was_typed()
        click.confirm(question, abort=True, err=True)


def is_so(question: str) -> bool:
    """The answer of a person at a terminal; no where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    _drop_what_was_typed()
    return click.confirm(question, err=True)


def _drop_what_was_typed() -> None:
    """Before the question it may have been meant for another one."""
    if sys.platform != "win32":
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
