"""The handles that `idcard slip batch` made, found by the reference of each record (specs/handles.md, In bulk)."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from idcard import strict_json
from idcard.issuing import slip_handles
from idcard.issuing.batch_line import HANDLES, REFERENCE
from idcard.strict_json import NotJson
from idcard_cli.counter.progress import number


class JoinedHandles:
    """Where the handles of each reference stand in a file; some 150 bytes a line are kept, and no handle."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Raises OSError, UsageError for a file that is not of `slip batch`."""
        self._file = file
        self._path = path
        self._places: dict[int, int] = {}
        self._used: set[int] = set()
        place = 0
        for at, line in enumerate(iter(lambda: file.readline(slip_handles.MAX_SIZE + 1), b""), 1):
            name = _name(_decoded(line, f"{path}, line {at}")[0])
            if name in self._places:
                raise click.UsageError(f"{path}, line {at}: its reference stands in an earlier line")
            self._places[name] = place
            place += len(line)
        if not self._places:
            raise click.UsageError(f"{path} has no handles: it is the file that idcard slip batch --handles makes")

    def of(self, reference: str) -> Any:
        """The handles of a reference, undecoded; None where there is no slip of it. Raises OSError, UsageError."""
        name = _name(reference)
        if name not in self._places:
            return None
        self._used.add(name)
        self._file.seek(self._places[name])
        return _decoded(self._file.readline(slip_handles.MAX_SIZE + 1), str(self._path))[1]

    def left_over(self) -> str:
        """What to do about slips that no record asked for; empty where there is none."""
        count = len(self._places) - len(self._used)
        return (
            f"{number(count, 'slip')} of {self._path} {'has' if count == 1 else 'have'} no record in this input"
            if count
            else ""
        )


@contextmanager
def opened(path: Path) -> Iterator[JoinedHandles]:
    """Raises OSError, UsageError."""
    if not path.is_file():
        raise click.UsageError(f"{path} is not a file: --handles takes what idcard slip batch --handles made")
    with path.open("rb") as file:
        yield JoinedHandles(file, path)


def _decoded(line: bytes, where: str) -> tuple[str, Any]:
    """The reference of a line, and its handles. Raises UsageError, which shows nothing of it."""
    try:
        fields = strict_json.decode(line)
    except NotJson:
        fields = None
    match fields:
        case {"reference": str(reference), "handles": dict(handles), **others} if not others:
            return reference, handles
    raise click.UsageError(
        f"{where}: is no line of {REFERENCE} and {HANDLES}, as idcard slip batch --handles writes them"
    )


def _name(reference: str) -> int:
    """People match by eye, so A-1 and a-1 are one."""
    return int.from_bytes(hashlib.blake2b(reference.lower().encode(), digest_size=8).digest(), "big")
