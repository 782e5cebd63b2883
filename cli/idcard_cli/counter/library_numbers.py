"""Takes numbers for cards from the file that a library gave, each once (specs/card-design.md, Numbers)."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from idcard.issuing.code import Issued
from idcard.printing import number_file
from idcard.printing.card_design import CardDesign
from idcard.printing.forms import Form
from idcard.printing.number_file import BadNumberFile, NumberFile, TooFewNumbers
from idcard_cli import files

Drawn = TypeVar("Drawn")


class LibraryNumbers:
    """The file of one run. It is replaced as a whole, on the disk before any card is drawn."""

    def __init__(self, path: Path, barcode: str, run: str) -> None:
        """run: what tells this run from all others. Raises OSError, UsageError."""
        if path.is_symlink() or not path.is_file():
            raise click.UsageError(
                f"{path} is a link or no file, and numbers are taken out of it: name the file itself"
            )
        self._path = path
        self._barcode = barcode
        self._run = hashlib.blake2b(run.encode("utf-8"), digest_size=8).hexdigest()
        self._read()

    def take(self, lines: Sequence[int]) -> dict[int, str]:
        """A number for each line, the same whenever it is asked. Raises OSError, UsageError."""
        if not lines:
            return {}
        with files.locked(self._path):
            before = self._read()
            try:
                after, numbers = before.take(self._run, lines)
            except TooFewNumbers as problem:
                raise click.UsageError(f"{self._path}: {problem}: add numbers of the library to it") from None
            if after != before:
                self._write(after)
        return numbers

    def end(self) -> None:
        """The run is complete, and will ask for none of them again. Raises OSError, UsageError."""
        with files.locked(self._path):
            before = self._read()
            after = before.ended(self._run)
            if after != before:
                self._write(after)

    def give_back(self) -> None:
        """Nothing of the run was ever written, and it cannot be resumed. Raises OSError, UsageError."""
        with files.locked(self._path):
            before = self._read()
            after = before.returned(self._run)
            if after != before:
                self._write(after)

    def _read(self) -> NumberFile:
        try:
            return number_file.decode(files.read_text(self._path, number_file.MAX_SIZE), self._barcode)
        except BadNumberFile as problem:
            raise click.UsageError(f"{self._path}: {problem}") from None

    def _write(self, numbers: NumberFile) -> None:
        files.replace(self._path, number_file.encode(numbers).encode("utf-8"))


@contextmanager
def settled(numbers: LibraryNumbers | None, is_of_no_use: Callable[[], bool]) -> Iterator[None]:
    """Around a run. is_of_no_use: whether one that ends early leaves nothing. Raises what ended it."""
    try:
        yield
    except BaseException:
        if numbers is not None and is_of_no_use():
            numbers.give_back()
        raise
    if numbers is not None:
        numbers.end()


def opened(path: Path | None, design: CardDesign, run: str) -> LibraryNumbers | None:
    """path: of the option, if it was given. Raises OSError, UsageError."""
    if path is None or design.number is None:
        return None
    return LibraryNumbers(path, design.number.barcode, run)


def numbering(
    submit: Callable[[Form, Sequence[Issued]], Drawn], numbers: LibraryNumbers | None
) -> Callable[[Form, Sequence[Issued]], Drawn]:
    """What draws a block, with a number for each of its cards that gets one, taken before."""

    def submit_with(form: Form, issued: Sequence[Issued]) -> Drawn:
        taken = numbers.take([each.number for each in issued if form.design.numbers(each)]) if numbers else {}
        return submit(replace(form, numbers=taken), issued)

    return submit if numbers is None else submit_with
