"""`idcard batch`: one record a line in, the codes of one holder a line out (specs/batch.md)."""

import hashlib
import io
import sys
from collections import deque
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from idcard.city import combinations, plan
from idcard.city.record import BadRecord
from idcard.issuing import batch_line
from idcard.issuing.batch_line import BrokenTable
from idcard.issuing.duplicates import DuplicateFilter, FilterFull
from idcard.printing.page import PAGES
from idcard_cli import clock, hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import checkpoint, line_minting, open_city, pages, records, signing
from idcard_cli.counter.checkpoint import CannotResume, Output, Pipe, Position
from idcard_cli.counter.line_minting import MintedLine, Reader
from idcard_cli.counter.open_city import Choice, OpenCity
from idcard_cli.counter.processes import NotBegun
from idcard_cli.counter.progress import Progress, number
from idcard_cli.counter.records import Line, Records
from idcard_cli.counter.signing import Minting, Signing

LINES_A_BLOCK = 1000
MAX_JOBS = 64
_REPEATED_REFERENCE = str(BadRecord(batch_line.REFERENCE, "is that of an earlier record"))
_REPEATED_HANDLES = str(BadRecord(batch_line.HANDLES, "are those of an earlier record: make a new slip"))


class _Block:
    """Lines that are counted and written together. classes: of their codes."""

    def __init__(self, before: Position) -> None:
        self._before = before
        self._last: MintedLine | None = None
        self._last_good: MintedLine | None = None
        self._bad = self._without = 0
        self.lines: list[str] = []
        self.classes: list[str] = []

    def add(self, minted: MintedLine, *, is_good: bool) -> None:
        """A line that is done with."""
        self._last = minted
        if not is_good:
            self._bad += 1
            return
        self._last_good = minted
        self._without += not minted.classes
        self.classes += minted.classes
        self.lines.append(f"{minted.text}\n")

    @property
    def position(self) -> Position:
        """Where the run is after it."""
        before, last, good = self._before, self._last, self._last_good
        if last is None:
            return before
        return replace(
            before,
            input=last.end,
            line=last.number,
            mark=before.mark if good is None else good.reference,
            at=before.at if good is None else good.begin,
            good=before.good + len(self.lines),
            without=before.without + self._without,
            bad=before.bad + self._bad,
            codes=before.codes + len(self.classes),
        )


@click.command()
@open_city.options
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was interrupted, if one was.")
@click.option("--check-for", "check_for", type=click.Choice(PAGES),
              help="Refuse what idcard draw could not print there.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, MAX_JOBS), default=1, metavar="N",
              help=f"Sign in N processes, 1 to {MAX_JOBS} (1).")  # fmt: skip
@click.argument("path", metavar="FILE")
def batch(chosen: Choice, path: str, out: Path | None, resume: bool, check_for: str | None, jobs: int) -> int:
    """Mint the codes of many people: FILE has one record a line, as JSON or CSV; - is standard input.

    Writes one line of JSON for each person, which idcard draw makes pictures, card backs or sheets of. Whoever has
    these lines has working codes: destroy them after drawing. A bad record is reported by line and field, and the
    others go on.

    \b
    Example:
      idcard batch records.csv --city springfield --for library --for museum \\
        --passphrase-file passphrase.txt --out codes.jsonl
    """
    _check_options(chosen, path, out, resume=resume)
    city = chosen.opened()
    if check_for is not None:
        pages.check_room((check_for,), city.names)
        pages.form(check_for, city.as_printed)
    signing.check(city, jobs)
    hardening.off()
    given = chosen.secrets()
    with ExitStack() as stack:
        people = stack.enter_context(records.opened(path))
        output: Output = Pipe(sys.stdout.buffer, city.now)
        if out is not None:
            run = _run(city, check_for)
            opened = stack.enter_context(checkpoint.opened(out, run, city.now, resume=resume))
            if isinstance(opened, Position):
                terminal.say("the interrupted run was complete, and the output is in place; FILE was not read now")
                return _reported(opened)
            output = opened
        try:
            with (
                checkpoint.says_how_to_resume(output),
                signing.opened(city, given, output.started, jobs=jobs, for_sheets=check_for == "holder") as keys,
            ):
                return _reported(_Batch(city, keys, output).run(people))
        except NotBegun:
            terminal.say("the signing processes did not start in time, so none got a key: try again, with fewer --jobs")
            return Exit.CANNOT_SAY
        except BrokenExecutor:
            terminal.say("a signing process was killed, perhaps because memory ran out")
            return Exit.CANNOT_SAY
        except BrokenPipeError:
            sys.stdout = io.StringIO()
            terminal.say(f"nobody reads the output any more, after {number(output.position.good, 'record')}")
            return Exit.CANNOT_SAY
        finally:
            if out is None and (output.position.codes or output.ahead):
                terminal.say("these codes are counted, and a rerun counts them again; a long run wants --out")


def _check_options(chosen: Choice, path: str, out: Path | None, *, resume: bool) -> None:
    """Raises UsageError for what would do nothing, or not what somebody thinks."""
    if path == "":
        raise click.UsageError("FILE is the name of a file, or - for standard input")
    if path == "-" and chosen.passphrase_fd == 0:
        raise click.UsageError("--passphrase-fd 0 and the records would both be standard input")
    if path == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("records come from a file or a pipe; idcard counter asks for one person after the other")
    if out is None and sys.stdout.isatty():
        raise click.UsageError("a terminal would keep the codes; give --out, or read them by a pipe")
    if out is None and resume:
        raise click.UsageError("--resume goes on with the file of --out; give --out too")


def _run(city: OpenCity, check_for: str | None) -> dict[str, Any]:
    """What must not differ when a run is resumed, or its output would not be of one piece."""
    common = combinations.encode(city.common) if city.common else ""
    classes = plan.encode_classes(tuple(city.classes))
    return {
        "city": [city.plan.scope.city, str(city.plan.scope.environment), city.plan.name, city.plan.contact],
        "classes": hashlib.sha256(classes.encode()).hexdigest(),
        "keys": sorted(key.kid.hex() for key in city.keys.values()),
        "common": hashlib.sha256(common.encode()).hexdigest(),
        "check for": check_for,
    }


def _reported(end: Position) -> int:
    terminal.say(f"{number(end.good, 'record')} minted, {number(end.codes, 'code')}, {number(end.bad, 'bad record')}")
    if end.without:
        terminal.say(f"{number(end.without, 'record')} of them got no code: nothing that these classes ask for")
    return Exit.USAGE if end.bad else Exit.DONE


class _Batch:
    """One run, or the rest of one."""

    def __init__(self, city: OpenCity, signing: Signing, output: Output) -> None:
        self._city = city
        self._signing = signing
        self._output = output
        self._done_before = output.position
        # What an earlier run did must be found again.
        self._found_reference = not output.position.mark
        self._found_end = not output.position.line
        self._reader: Reader | None = None
        self._seen = DuplicateFilter()
        self._task: list[Line] = []
        self._in_work: deque[Minting] = deque()
        self._block = _Block(output.position)

    def run(self, people: Records) -> Position:
        """Where it ended."""
        read = 0
        with Progress("mint", "records", people.size, self._done_before.input) as self._progress:
            for line in people.lines():
                if line is None:
                    self._before_waiting(people)
                    continue
                read = line.number
                self._take(line)
            line = None  # forgotten before the last codes are written
            self._hand_over(left=0)
            if read < self._done_before.line:
                raise CannotResume("the input is shorter than in the interrupted run")
            self._check_input()
            if self._reader is None:
                raise click.UsageError("there is no record in the input")
            self._end_block()
        self._output.finish(b"")
        return self._output.position

    def _before_waiting(self, people: Records) -> None:
        """Whoever feeds a pipe may wait for what was made of it, unless more comes meanwhile."""
        self._hand_over(left=self._signing.window)
        while self._in_work and not people.is_readable():
            self._collect()
        if not self._in_work and self._block.lines:
            self._end_block()

    def _take(self, line: Line) -> None:
        is_blank = line.data is not None and not line.data.strip()
        try:
            if not is_blank and self._reader is None:
                self._reader, is_record = self._first(line)
                is_blank = not is_record
            if line.number <= self._done_before.line:
                self._compare(line, is_blank=is_blank)
            elif not is_blank:
                self._check_input()
                self._task.append(line)
                if len(self._task) >= self._signing.lines_a_task:
                    self._hand_over(left=self._signing.window)
        except (BrokenTable, FilterFull) as problem:
            raise click.UsageError(f"line {line.number}: {problem}") from None

    def _hand_over(self, *, left: int) -> None:
        """Hands the lines that were read to who signs; waits until no more than `left` tasks are in work."""
        if self._task:
            assert self._reader is not None
            self._in_work.append(self._signing.submit(self._reader, self._task))
            self._task = []
        while len(self._in_work) > left or (self._in_work and self._in_work[0].done()):
            self._collect()

    def _collect(self) -> None:
        for minted in self._in_work.popleft().result():
            self._add(minted)
            if len(self._block.lines) >= LINES_A_BLOCK:
                self._end_block()

    def _add(self, minted: MintedLine) -> None:
        """Adds a line to the block, in the order of the input."""
        try:
            repeated = [self._seen.add(each) for each in minted.known_by]
        except FilterFull as problem:
            raise click.UsageError(f"line {minted.number}: {problem}") from None
        said = minted.problem
        if repeated and repeated[0]:
            said = _REPEATED_REFERENCE
        elif any(repeated):
            said = _REPEATED_HANDLES
        elif isinstance(minted.fatal, BrokenTable):
            raise click.UsageError(f"line {minted.number}: {minted.fatal}")
        elif minted.fatal is not None:
            raise minted.fatal
        self._block.add(minted, is_good=not said)
        if said:
            self._progress.say(f"line {minted.number}: {said}")

    def _first(self, line: Line) -> tuple[Reader, bool]:
        try:
            return batch_line.of_first_line(line_minting.within_limit(line))
        except BadRecord as problem:
            raise click.UsageError(f"line {line.number}: {problem}") from None

    def _compare(self, line: Line, *, is_blank: bool) -> None:
        """Notes where a line that is done is the one that it was, and what no later one may have again."""
        before, reference = self._done_before, None
        if not is_blank:
            assert self._reader is not None
            with suppress(BadRecord):
                person = line_minting.read(self._reader, line)
                reference = person.reference
                for each in line_minting.known_by(person):
                    self._seen.add(each)
        if before.mark and line.begin == before.at:
            self._found_reference = reference == before.mark
        if line.number == before.line:
            self._found_end = line.end == before.input

    def _check_input(self) -> None:
        if not (self._found_reference and self._found_end):
            raise CannotResume("this is another input than before: give the same records in the same order")

    def _end_block(self) -> None:
        """Writes a block, and begins the next."""
        self._city.check_clock(clock.now())
        block = self._block
        # Counted before a code leaves: the count of a leaked key must never be too low.
        counts = self._signing.minter.count(block.classes)
        if new := counts - self._output.ahead:
            self._city.held.count(new)
        # Blocks may end elsewhere than those of the run that is resumed, which had counted further.
        self._output.checkpoint(counts | self._output.ahead)
        position, good = block.position, len(block.lines)
        self._output.write(position, "".join(block.lines).encode("ascii"), counts)
        self._progress.update(position.input, good)
        self._block = _Block(position)
