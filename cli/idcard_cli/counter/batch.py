"""`idcard batch`: one record a line in, the codes of one holder a line out (specs/batch.md)."""

import hashlib
import io
import sys
from collections import deque
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import click

from idcard.city import combinations, plan
from idcard.city.office_table import BrokenTable, Wording
from idcard.city.record import BadRecord
from idcard.issuing import batch_line
from idcard.issuing.duplicates import DuplicateFilter, FilterFull
from idcard.printing.page import PAGES
from idcard_cli import clock, hardening, table_wording, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import checkpoint, joined_handles, line_minting, open_city, pages, records, signing
from idcard_cli.counter.checkpoint import CannotResume, Finished, Output, Pipe, Position
from idcard_cli.counter.joined_handles import JoinedHandles
from idcard_cli.counter.line_minting import MintedLine
from idcard_cli.counter.minted_block import MintedBlock
from idcard_cli.counter.notes import NO_NOTES
from idcard_cli.counter.open_city import Choice, OpenCity
from idcard_cli.counter.processes import NotBegun
from idcard_cli.counter.progress import Progress, number
from idcard_cli.counter.record_lines import RecordLines
from idcard_cli.counter.records import Line, Records
from idcard_cli.counter.signing import Minting, Signing

LINES_A_BLOCK = 1000
MAX_JOBS = 64
_REPEATED_REFERENCE = str(BadRecord(batch_line.REFERENCE, "is that of an earlier record"))
_REPEATED_HANDLES = str(BadRecord(batch_line.HANDLES, "are those of an earlier record: make a new slip"))


@click.command()
@open_city.options
@table_wording.options(batch_line.KNOWN)
@click.option("--handles", "handles_path", type=click.Path(path_type=Path),
              help="File of idcard slip batch: each record gets the handles of its reference.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was interrupted, if one was.")
@click.option("--check-for", "check_for", type=click.Choice(PAGES),
              help="Refuse what idcard draw could not print there.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, MAX_JOBS), default=1, metavar="N",
              help=f"Sign in N processes, 1 to {MAX_JOBS} (1).")  # fmt: skip
@click.argument("path", metavar="FILE")
def batch(
    chosen: Choice,
    wording: Wording,
    path: str,
    handles_path: Path | None,
    out: Path | None,
    resume: bool,
    check_for: str | None,
    jobs: int,
) -> int:
    """Mint the codes of many people: FILE has one record a line, as JSON or a table; - is standard input.

    A table has the names of its columns in the first line; cells are apart by commas, semicolons, tabs or |. --column
    says what it calls a field, and --date how it writes days, which are never guessed.

    Writes one line of JSON for each person, which idcard draw makes pictures, card backs or sheets of. Whoever has
    these lines has working codes: destroy them after drawing. A bad record is reported by line and field, and the
    others go on.

    \b
    Example:
      idcard batch records.csv --city springfield --for library --for museum \\
        --passphrase-file passphrase.txt --out codes.jsonl
      idcard batch people.csv --city springfield --for library --column birth_date=Born \\
        --date 31.12.1990 --passphrase-file passphrase.txt --out more.jsonl
    """
    _check_options(chosen, path, out, resume=resume)
    city = chosen.opened()
    for warning in city.warnings:
        terminal.say(warning)
    if check_for is not None:
        pages.check_room((check_for,), city.profiles)
        pages.form(check_for, city.as_printed)
    signing.check(city, jobs)
    hardening.off()
    given = chosen.secrets()
    with ExitStack() as stack:
        people = stack.enter_context(records.opened(path))
        handles = stack.enter_context(joined_handles.opened(handles_path)) if handles_path is not None else None
        output: Output = Pipe(sys.stdout.buffer, city.now)
        if out is not None:
            run = _run(city, check_for, wording, has_handles=handles is not None)
            opened = stack.enter_context(checkpoint.opened(out, run, city.now, resume=resume))
            if isinstance(opened, Finished):
                terminal.say("the interrupted run was complete, and the output is in place; FILE was not read now")
                return _reported_again(opened, RecordLines(people, wording))
            output = opened
        try:
            with (
                checkpoint.says_how_to_resume(output),
                signing.opened(city, given, output.started, jobs=jobs, for_pages=check_for is not None) as keys,
            ):
                end = _Batch(keys, output, people, city, wording, handles).run()
            if handles is not None and (said := handles.left_over()):
                terminal.say(said)
            return _reported(end)
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


def _run(city: OpenCity, check_for: str | None, wording: Wording, *, has_handles: bool) -> dict[str, Any]:
    """What must not differ when a run is resumed, or its output would not be of one piece."""
    common = combinations.encode(city.common) if city.common else ""
    classes = plan.encode_classes(tuple(city.classes))
    return {
        "city": [city.plan.scope.city, str(city.plan.scope.environment), city.plan.name, city.plan.contact],
        "classes": hashlib.sha256(classes.encode()).hexdigest(),
        "keys": sorted(key.kid.hex() for key in city.keys.values()),
        "common": hashlib.sha256(common.encode()).hexdigest(),
        "check for": check_for,
        "columns and date": [dict(sorted(wording.columns.items())), wording.date.example if wording.date else None],
        "handles": has_handles,
    }


def _reported_again(end: Finished, lines: RecordLines) -> int:
    """Of a run that had ended but for the name of its output."""
    for line, field in end.notes.bad.items():
        terminal.say(f"{lines.where(line)}: field {field!r} was bad")
    for line in end.notes.void:
        terminal.say(f"the slip of {lines.where(line)} cancels nothing: destroy the slip")
    return _reported(end)


def _reported(end: Position) -> int:
    terminal.say(f"{number(end.good, 'record')} minted, {number(end.codes, 'code')}, {number(end.bad, 'bad record')}")
    if end.without:
        terminal.say(f"{number(end.without, 'record')} of them got no code: nothing that these classes ask for")
    return Exit.USAGE if end.bad else Exit.DONE


class _Batch:
    """One run, or the rest of one."""

    def __init__(
        self,
        signing: Signing,
        output: Output,
        people: Records,
        city: OpenCity,
        wording: Wording,
        handles: JoinedHandles | None,
    ) -> None:
        self._city = city
        self._signing = signing
        self._output = output
        self._people = people
        self._lines = RecordLines(people, wording)
        self._handles = handles
        self._done_before = output.position
        self._notes_before = output.notes
        # What an earlier run did must be found again.
        self._found_reference = not output.position.mark
        self._found_end = not output.position.line
        self._mended: list[int] = []
        self._seen = DuplicateFilter()
        self._task: list[Line] = []
        self._in_work: deque[Minting] = deque()
        self._block = MintedBlock(output.position)
        self._notes = NO_NOTES
        """Of lines whose output is written, and which no checkpoint has yet."""

    def run(self) -> Position:
        """Where it ended."""
        read, people = 0, self._people
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
            if self._lines.reader is None:
                raise click.UsageError("there is no record in the input")
            self._end_block()
        self._output.finish(b"", self._notes)
        return self._output.position

    def _before_waiting(self, people: Records) -> None:
        """Whoever feeds a pipe may wait for what was made of it, unless more comes meanwhile."""
        self._hand_over(left=self._signing.window)
        while self._in_work and not people.is_readable():
            self._collect()
        if not self._in_work and self._block.lines:
            self._end_block()

    def _take(self, line: Line) -> None:
        try:
            is_record = self._lines.is_record(line)
            if is_record and self._handles is not None:
                line = self._joined(line, self._handles)
            if line.number <= self._done_before.line:
                self._compare(line, is_record=is_record)
            elif is_record:
                self._check_input()
                self._task.append(line)
                if len(self._task) >= self._signing.lines_a_task:
                    self._hand_over(left=self._signing.window)
        except (BrokenTable, FilterFull) as problem:
            raise click.UsageError(f"{self._lines.where(line.number)}: {problem}") from None

    def _joined(self, line: Line, handles: JoinedHandles) -> Line:
        """The line with the handles of its reference, as far as that can be read."""
        with suppress(BadRecord):
            return line._replace(handles=handles.of(self._lines.read(line).reference))
        return line

    def _hand_over(self, *, left: int) -> None:
        """Hands the lines that were read to who signs; waits until no more than `left` tasks are in work."""
        if self._task:
            assert self._lines.reader is not None
            self._in_work.append(self._signing.submit(self._lines.reader, self._task))
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
        said, field = self._judged(minted)
        if minted.fatal is not None and not said:
            if isinstance(minted.fatal, BrokenTable):
                raise click.UsageError(f"{self._lines.where(minted.number)}: {minted.fatal}")
            raise minted.fatal
        self._block.add(minted, field)
        if said:
            self._progress.say(f"{self._lines.where(minted.number)}: {said}")
        elif minted.is_void:
            self._say_void(minted)

    def _judged(self, minted: MintedLine) -> tuple[str, str]:
        """What is wrong with a line, as a sentence and as its field; empty for a good one."""
        try:
            repeated = [self._seen.add(each) for each in minted.known_by]
        except FilterFull as problem:
            raise click.UsageError(f"{self._lines.where(minted.number)}: {problem}") from None
        if repeated and repeated[0]:
            return _REPEATED_REFERENCE, batch_line.REFERENCE
        if any(repeated):
            return _REPEATED_HANDLES, batch_line.HANDLES
        return f"{minted.problem}{self._lines.hint(minted.field, minted.problem)}", minted.field

    def _say_void(self, minted: MintedLine) -> None:
        self._progress.say(
            f"the slip of {minted.reference} ({self._lines.where(minted.number)}) cancels nothing: destroy the slip"
        )

    def _compare(self, line: Line, *, is_record: bool) -> None:
        """Notes where a line that is done is the one that it was, and what no later one may have again."""
        before, reference = self._done_before, None
        if line.number in self._notes_before.bad:
            self._judge_again(line, is_record=is_record)
        elif is_record:
            with suppress(BadRecord):
                person = self._lines.read(line)
                reference = person.reference
                for each in line_minting.known_by(person):
                    self._seen.add(each)
                if line.number in self._notes_before.void:
                    self._say_void(MintedLine(line.number, line.begin, line.end, reference))
        if before.mark and line.begin == before.at:
            self._found_reference = reference == before.mark
        if line.number == before.line:
            self._found_end = line.end == before.input

    def _judge_again(self, line: Line, *, is_record: bool) -> None:
        """Says again what is wrong with a line, or that it has changed since. What is signed for that goes nowhere."""
        said = ""
        if is_record:
            assert self._lines.reader is not None
            [minted] = self._signing.submit(self._lines.reader, [line]).result()
            said, _ = self._judged(minted)
        if not said:
            self._mended.append(line.number)
            said = (
                f"field {self._notes_before.bad[line.number]!r} was bad when this run began, and has changed: this run "
                "does not mint it; afterwards mint it in a run of its own"
            )
        self._progress.say(f"{self._lines.where(line.number)}: {said}")

    def _check_input(self) -> None:
        if self._found_reference and self._found_end:
            return
        if self._mended:
            lines = ", ".join(map(str, self._mended))
            raise CannotResume(
                f"line {lines} is another than before, and others moved by it: give the input as it was, and mint what "
                "is mended in a run of its own"
            )
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
        self._output.checkpoint(counts | self._output.ahead, self._notes)
        position, good = block.position, len(block.lines)
        self._output.write(position, "".join(block.lines).encode("ascii"), counts)
        self._progress.update(position.input, good)
        self._block, self._notes = MintedBlock(position), block.notes
