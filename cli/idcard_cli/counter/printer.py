"""Prints a PDF through a command that reads standard input; no file is made."""

import os
import shlex
import shutil
import subprocess

import click


class Printer:
    """command: words as in a shell, but run without one. option: the option that named it.

    Raises UsageError if there is no such program.
    """

    def __init__(self, command: str, option: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError:
            self._words = []
        if not self._words:
            raise click.UsageError(f"{option} needs a command that prints, such as lp")
        if shutil.which(self._words[0]) is None:
            raise click.UsageError(f"there is no program {self._words[0]!r} to print with")

    def send(self, pdf: bytes) -> str | None:
        """Run the command to its end. None, or what went wrong: its last line on stderr, if any.

        Something may have been printed even so.
        """
        try:
            done = subprocess.run(  # noqa: S603 (the clerk chose it)
                self._words, input=pdf, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
            )
        except OSError as problem:
            return (problem.strerror or os.strerror(problem.errno or 0)).lower()
        if done.returncode == 0:
            return None
        said = done.stderr.decode("utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return last or f"{self._words[0]} ended with {done.returncode}"
