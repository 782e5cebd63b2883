"""Passphrases from a prompt, a file descriptor or a file; never an argument, which every process can see."""

import getpass
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.authority import key_file
from idcard.authority.key_file import KeyFileError
from idcard_cli import files, terminal

MAX_SIZE = 8192
Command = TypeVar("Command", bound=Callable[..., Any])


def options(command: Command) -> Command:
    """Adds `--passphrase-file` and `--passphrase-fd`."""
    command = click.option(
        "--passphrase-file", type=click.Path(path_type=Path), help="Read passphrases from a file, one a line."
    )(command)
    return click.option(
        "--passphrase-fd", type=click.IntRange(0, 0x7FFF), help="Read passphrases from an open file descriptor."
    )(command)


def given(passphrase_file: Path | None, passphrase_fd: int | None) -> list[str] | None:
    """The lines of the file or descriptor, or None where a person is to be asked. Raises UsageError."""
    if passphrase_file is not None and passphrase_fd is not None:
        raise click.UsageError("give --passphrase-file or --passphrase-fd, not both")
    if passphrase_file is not None:
        text = files.read_text(passphrase_file, MAX_SIZE)
    elif passphrase_fd is not None:
        text = _from_descriptor(passphrase_fd)
    else:
        return None
    lines = text.splitlines()
    if not lines or not all(lines):
        raise click.UsageError("there is no passphrase, or an empty line")
    return lines


def _from_descriptor(descriptor: int) -> str:
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_SIZE).decode("utf-8")
    except (OSError, OverflowError, ValueError):
        raise click.UsageError(f"file descriptor {descriptor} cannot be read") from None


def ask(what: str) -> str:
    """From the terminal, even where stdin is something else."""
    with _terminal_only():
        return str(click.prompt(f"Passphrase of {what}", hide_input=True, err=True))


def ask_new(what: str) -> str:
    """Asks until the passphrase is long enough."""
    while True:
        with _terminal_only():
            asked = f"New passphrase for {what}"
            phrase = str(click.prompt(asked, hide_input=True, confirmation_prompt=True, err=True))
        try:
            key_file.check_passphrase(phrase)
        except KeyFileError as problem:
            terminal.say(str(problem))
        else:
            return phrase


@contextmanager
def _terminal_only() -> Iterator[None]:
    """Python would fall back to a prompt that shows what is typed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            yield
    except getpass.GetPassWarning:
        raise click.UsageError("there is no terminal to ask at; give --passphrase-file or --passphrase-fd") from None
