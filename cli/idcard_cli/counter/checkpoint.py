"""The output of a long run, and the checkpoint from which a run goes on that was killed (specs/batch.md)."""

import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeAlias

import click

from idcard import strict_json
from idcard.city.counts import CountKey, Counts
from idcard.credential.calendar import as_month, month_of, seconds
from idcard.errors import IdcardError
from idcard.strict_json import NotJson
from idcard_cli import files, terminal
from idcard_cli.counter.notes import NO_NOTES, Notes

SCHEMA = 3
NO_COUNTS = Counts()
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class CannotResume(IdcardError):
    """There is no run to go on with, or it was another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a run has come.

    input, line: bytes and lines that are done with. output: bytes. mark, at: by which the input is known again: for a
    batch the reference of the last good record and where its line begins, for drawing a digest of the input and the
    number that its last line names. good, without, bad: lines; of the good ones, those without a code. codes: how many.
    """

    input: int = 0
    line: int = 0
    output: int = 0
    mark: str = ""
    at: int = 0
    good: int = 0
    without: int = 0
    bad: int = 0
    codes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Position):
    """Where a run ended that lacked nothing but the name of its output."""

    notes: Notes = NO_NOTES


_KINDS = {**Position.__annotations__, "ahead": list, "notes": list}


class Pipe:
    """An output without a name: nothing is kept from which a run could go on."""

    can_go_on = False

    def __init__(self, file: IO[bytes], started: datetime) -> None:
        self._file = file
        self.started = started
        self.position = Position()
        self.ahead = Counts()
        self.notes = NO_NOTES

    def checkpoint(self, ahead: Counts = NO_COUNTS, notes: Notes = NO_NOTES) -> None:
        """Nothing could go on from here; only what is counted is known."""
        self.ahead = ahead

    def write(self, after: Position, data: bytes, counts: Counts = NO_COUNTS) -> None:
        """The output of a block, after which the run is at `after`. Raises OSError."""
        self._file.write(data)
        self._file.flush()
        self.position = replace(after, output=self.position.output + len(data))

    def finish(self, tail: bytes, notes: Notes = NO_NOTES) -> None:
        """Raises OSError."""
        self._file.write(tail)
        self._file.flush()


class Spool:
    """OUT.part and OUT.checkpoint while a run lasts, OUT afterwards.

    The checkpoint is a line of JSON for each block, the last whole one of which holds: what stands in the output beyond
    it is written again.
    """

    _part: IO[bytes]

    def __init__(self, out: Path, log: IO[bytes], begun: "_Begun") -> None:
        self._out = out
        self._log = log
        self.started = begun.started
        """As the run said that began it."""
        self.position = begun.position
        self.ahead = begun.ahead
        """Codes that are in the counts of the city already, and come after this position."""
        self.notes = begun.notes
        """Of the lines before this position."""

    @property
    def can_go_on(self) -> bool:
        """Whether something is done, if only that codes are counted."""
        return bool(self.position.line or self.ahead)

    @contextmanager
    def part_opened(self) -> Iterator[None]:
        """Cut back to the checkpoint. Raises OSError, CannotResume."""
        part, checkpoint = _names(self._out)
        with _open(part, "r+b" if os.path.lexists(part) else "xb") as self._part:
            files.sync_folder(part.parent)
            if self._part.seek(0, io.SEEK_END) < self.position.output:
                raise CannotResume(f"{part} is shorter than {checkpoint} says: begin anew under another name")
            self._part.truncate(self.position.output)
            self._part.seek(self.position.output)
            yield

    def checkpoint(self, ahead: Counts = NO_COUNTS, notes: Notes = NO_NOTES) -> None:
        """Before the output of a block: it may be written again, and what is counted is not counted again. OSError.

        notes: of the lines between the last checkpoint and this position.
        """
        self._note(ahead, notes)
        self.ahead = ahead

    def write(self, after: Position, data: bytes, counts: Counts = NO_COUNTS) -> None:
        """The output of a block of which so much was counted, after which the run is at `after`. Raises OSError."""
        _put(self._part, data)
        self.ahead = self.ahead - counts
        self.position = replace(after, output=self.position.output + len(data))

    def finish(self, tail: bytes, notes: Notes = NO_NOTES) -> None:
        """Gives the output its name. Raises OSError, and UsageError where something has that name meanwhile."""
        _put(self._part, tail)
        self._note(self.ahead, notes, done=True)
        self._part.close()
        _settle(self._out)

    def _note(self, ahead: Counts, notes: Notes, **more: bool) -> None:
        codes = [[each.kid, each.venue_class, ahead[each]] for each in sorted(ahead)]  # all of the month it began
        _append(self._log, {**asdict(self.position), "ahead": codes, "notes": notes.encode(), **more})


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a checkpoint says."""

    started: datetime
    position: Position = field(default_factory=Position)
    ahead: Counts = field(default_factory=Counts)
    notes: Notes = NO_NOTES
    done: bool = False


Output: TypeAlias = Spool | Pipe


@contextmanager
def says_how_to_resume(output: Output) -> Iterator[None]:
    """Where a run ends early and something of it is kept. Raises what ended it."""
    try:
        yield
    except CannotResume:
        raise
    except BaseException as problem:
        if isinstance(problem, KeyboardInterrupt):
            with suppress(OSError):
                click.echo(err=True)  # ends the line in which a terminal shows ^C, as click does
        if output.can_go_on:
            terminal.say("what is done is kept, and the same command with --resume goes on")
        if isinstance(problem, KeyboardInterrupt):
            raise click.Abort from None
        raise


@contextmanager
def opened(out: Path, run: dict[str, Any], started: datetime, *, resume: bool) -> Iterator[Spool | Finished]:
    """The spool of a run that begins or goes on. Where all was done but the name, that is done now: its last position.

    run: what must be the same when it is resumed. started: when, for a run that begins.
    Raises OSError, UsageError, CannotResume.
    """
    files.check_name(out)
    part, checkpoint = _names(out)
    known = os.path.lexists(checkpoint)
    if not known:
        if resume and os.path.lexists(out):
            raise click.UsageError(f"{out} is there, so that run has ended; name another for a new one")
        for path in (out, part):
            files.refuse_existing(path)
    with _open(checkpoint, "r+b" if known else "x+b") as log, _alone(log, checkpoint):
        if known and not resume:
            raise click.UsageError(f"{checkpoint} is of a run that was interrupted: go on with --resume, or remove it")
        begun = _read(log, checkpoint, run)
        if begun is not None and begun.done:
            _settle(out)
            yield Finished(**asdict(begun.position), notes=begun.notes)
            return
        if begun is None:
            files.refuse_existing(part)  # a run makes it after its checkpoint, so it is somebody's
        elif begun.started > started:
            raise CannotResume(f"{checkpoint} is of a time to come: set the clock of this computer")
        spool = Spool(out, log, begun or _Begun(started))
        is_ours = begun is None
        try:
            files.refuse_existing(out)
            if begun is None:
                _append(log, {"schema": SCHEMA, "started": started.isoformat(), "run": run})
            with spool.part_opened():
                is_ours = True
                yield spool
        finally:
            if is_ours and not spool.can_go_on:  # such as for a passphrase that was wrong
                part.unlink(missing_ok=True)
                checkpoint.unlink(missing_ok=True)


def _names(out: Path) -> tuple[Path, Path]:
    return out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.checkpoint")


def _open(path: Path, mode: str) -> IO[bytes]:
    """Without a buffer, whose rest would be written once more after an error. Raises OSError, CannotResume."""
    if "x" not in mode:
        _check(path, path.lstat())
    return open(path, mode, buffering=0, opener=_opened)


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | _NO_LINK, 0o600)
    try:
        _check(Path(path), os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, found: os.stat_result) -> None:
    """Where others may write they may have put a file of their own, or a link to one. Raises CannotResume."""
    is_ours = os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
    if not (stat.S_ISREG(found.st_mode) and is_ours):
        raise CannotResume(f"{path} was not made by a run of yours: remove it, or name another file")


@contextmanager
def _alone(log: IO[bytes], path: Path) -> Iterator[None]:
    """Two runs with one output would each cut off what the other wrote."""
    try:
        import fcntl
    except ImportError:  # Windows, on which none of this was tried
        yield
        return
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_it = os.path.samestat(os.fstat(log.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_it = False
    if not is_it:  # a run that has ended since took it away
        raise click.UsageError(f"another program is using {path}")
    yield


def _read(log: IO[bytes], path: Path, run: dict[str, Any]) -> _Begun | None:
    """None where nothing is there yet. Leaves the log at the end of its last whole line. Raises CannotResume."""
    lines = log.read().split(b"\n")[:-1]
    begun = None
    if lines:
        started = _started(lines[0], path, run)
        while begun is None and len(lines) > 1:
            begun = _parse(started, lines[-1])
            if begun is None:  # a power cut may leave the end of a line and not its beginning
                lines.pop()
        begun = begun or _Begun(started)
        earlier = filter(None, (_parse(started, line) for line in lines[1:-1]))
        begun = replace(begun, notes=sum((each.notes for each in earlier), NO_NOTES) + begun.notes)
    log.seek(sum(len(line) + 1 for line in lines))
    log.truncate()
    return begun


def _started(line: bytes, path: Path, run: dict[str, Any]) -> datetime:
    """What the first line says. Raises CannotResume."""
    match _object(line):
        case {"schema": schema, "started": str(text), "run": dict(of_run)} if schema == SCHEMA:
            started = _time(text)
        case _:
            started = None
    if started is None:
        raise CannotResume(f"{path} is damaged or of another program: begin anew under another name")
    if of_run != run:
        changed = [name for name in run | of_run if of_run.get(name) != run.get(name)]
        # Only runs of pages have fonts: that one has none follows from its format.
        changed = [name for name in changed if name in run and name in of_run] or changed
        raise CannotResume(f"{path} is of another run, with other {', '.join(changed)}")
    return started


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.utcoffset() is not None else None


def _parse(started: datetime, line: bytes) -> _Begun | None:
    """None for a line that is damaged."""
    said = _object(line)
    done = said.pop("done", False)
    if said.keys() != _KINDS.keys() or type(done) is not bool:
        return None
    if any(type(said[name]) is not kind or (kind is int and said[name] < 0) for name, kind in _KINDS.items()):
        return None
    ahead, notes = Counts(), Notes.decode(said.pop("notes"))
    for each in said.pop("ahead"):
        match each:
            case [str(kid), str(venue_class), int(codes)] if codes > 0:
                ahead[CountKey(as_month(month_of(seconds(started))), kid, venue_class)] = codes
            case _:
                return None
    return None if notes is None else _Begun(started, Position(**said), ahead, notes, done)


def _object(line: bytes) -> dict[str, Any]:
    """Empty for what is none."""
    try:
        found = strict_json.decode(line)
    except NotJson:
        found = None
    return found if isinstance(found, dict) else {}


def _settle(out: Path) -> None:
    """From OUT.part to OUT, also where that was interrupted; then the checkpoint goes. Raises OSError, UsageError."""
    part, checkpoint = _names(out)
    if os.path.lexists(part):
        _check(part, part.lstat())
    if os.path.lexists(part) or not out.exists():  # where both are gone, that is told
        files.rename(part, out)
    checkpoint.unlink(missing_ok=True)
    files.sync_folder(out.parent)


def _append(log: IO[bytes], fields: dict[str, Any]) -> None:
    _put(log, json.dumps(fields).encode("ascii") + b"\n")


def _put(file: IO[bytes], data: bytes) -> None:
    """Onto the disk. Raises OSError, which names the file."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, file.name) from None
