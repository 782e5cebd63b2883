"""What cannot be undone is asked for, at a terminal."""

import sys

import click

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def confirm(question: str, *, yes: bool) -> None:
    """Raises Abort unless the officer says yes, and UsageError where nobody can be asked."""
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask at; give --yes")
        click.confirm(question, abort=True, err=True)
