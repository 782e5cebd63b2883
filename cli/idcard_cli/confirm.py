"""Asks at a terminal before something that cannot be undone."""

import sys

import click

yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def confirm(question: str, *, yes: bool) -> None:
    """Raises Abort unless the user answers yes, and UsageError if nobody can be asked."""
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask for confirmation; give --yes")
        click.confirm(question, abort=True, err=True)
