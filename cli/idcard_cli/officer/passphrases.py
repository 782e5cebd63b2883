"""Read passphrases from a prompt, a file descriptor or a file; never from arguments, which other processes see."""

import getpass
import os
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.ceremony.founding import ROOT_KEYS
from idcard.keys.key_file import KeyFileError
from idcard.repairs import encodings, unseen
from idcard_cli import files, terminal
from idcard_cli.officer import strength

MAX_SIZE = 8192
OF_A_CITY = ROOT_KEYS + 2
"""Passphrases: of the root keys, the publisher key and the issuing keys, in this order."""
Command = TypeVar("Command", bound=Callable[..., Any])


class Descriptor(click.ParamType[int]):
    """A file descriptor. A wrong value may be the passphrase itself, so an error does not repeat it."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            self.fail("a file descriptor is a small number", param, ctx)
        return int(text)


def options(command: Command) -> Command:
    """Adds `--passphrase-file` and `--passphrase-fd`."""
    command = click.option(
        "--passphrase-file", type=click.Path(path_type=Path), help="Read passphrases from a file, one a line."
    )(command)
    return click.option("--passphrase-fd", type=Descriptor(), help="Read passphrases from an open file descriptor.")(
        command
    )


def given(passphrase_file: Path | None, passphrase_fd: int | None) -> list[str] | None:
    """The lines of the file or descriptor; None if a person must be asked. Raises UsageError."""
    if passphrase_file is not None and passphrase_fd is not None:
        raise click.UsageError("give --passphrase-file or --passphrase-fd, not both")
    if passphrase_file is not None:
        text = _from_file(passphrase_file)
    elif passphrase_fd is not None:
        text = _from_descriptor(passphrase_fd)
    else:
        return None
    if "\0" in text:
        raise click.UsageError("the passphrases are not text in UTF-8")
    lines = [unseen.unmarked(line) for line in text.splitlines()]
    if not lines or not all(lines):
        raise click.UsageError("there is no passphrase, or an empty line")
    return lines


def _from_file(path: Path) -> str:
    try:
        text = encodings.as_text(files.read(path, MAX_SIZE))
    except OSError:
        text = None
    if text is None:
        raise click.UsageError("the passphrase file is missing, or is not text in UTF-8")
    return text


def _from_descriptor(descriptor: int) -> str:
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            text = encodings.as_text(file.read(MAX_SIZE))
    except (OSError, OverflowError, ValueError):
        text = None
    if text is None:
        raise click.UsageError(f"file descriptor {descriptor} cannot be read as text in UTF-8")
    return text


def ask(what: str) -> str:
    """Ask on the terminal, even if stdin is something else."""
    return _typed(f"Passphrase of {what}")


def ask_new(what: str, near: Collection[str] = (), taken: Collection[str] = ()) -> str:
    """Ask until a passphrase is hard to guess, is not one of `taken`, and was typed twice the same.

    near: as for `strength.check`.
    """
    while True:
        phrase = _typed(f"New passphrase for {what}")
        try:
            strength.check(phrase, near)
            if phrase in taken:
                raise KeyFileError("that is the passphrase of another key; every key holder needs one of their own")
        except KeyFileError as problem:
            terminal.say(str(problem))
            continue
        if _typed("Repeat for confirmation") == phrase:
            return phrase
        terminal.say("the two passphrases differ")


def _typed(asked: str) -> str:
    with _terminal_only():
        return unseen.unmarked(str(click.prompt(asked, hide_input=True, err=True)))


@contextmanager
def _terminal_only() -> Iterator[None]:
    """Raises UsageError without a terminal, where Python would fall back to a prompt that shows what is typed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            yield
    except getpass.GetPassWarning:
        raise click.UsageError("there is no terminal to ask at; give --passphrase-file or --passphrase-fd") from None
