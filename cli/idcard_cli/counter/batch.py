"""`idcard batch`: one record a line in, the codes of one holder a line out (specs/batch.md)."""

import hashlib
import io
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard.city import combinations, plan
from idcard.city.combinations import RareCombination
from idcard.city.record import BadRecord
from idcard.issuing import batch_line, code_lines
from idcard.issuing.batch_line import BatchRecord, BrokenTable
from idcard.issuing.code import Code, Issued
from idcard.issuing.duplicates import DuplicateFilter
from idcard.issuing.minter import Minter
from idcard.issuing.minting import BadHandle
from idcard.issuing.slip_handles import Handles
from idcard.printing.page import PAGES
from idcard_cli import hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import checkpoint, open_city, pages, records
from idcard_cli.counter.checkpoint import CannotResume, Output, Pipe, Position
from idcard_cli.counter.open_city import Choice, OpenCity
from idcard_cli.counter.progress import Progress, number
from idcard_cli.counter.records import Line, Records

LINES_A_BLOCK = 1000


@dataclass(slots=True)
class _Block:
    """Records that are counted and written together. position: where the run is after it."""

    position: Position
    issued: list[Issued] = field(default_factory=list)


@click.command()
@open_city.options
@click.option("--out", type=click.Path(path_type=Path), help="New file, instead of standard output.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was interrupted, if one was.")
@click.option("--check-for", "check_for", type=click.Choice(PAGES),
              help="Refuse what idcard draw could not print there.")  # fmt: skip
@click.argument("path", metavar="FILE")
def batch(chosen: Choice, path: str, out: Path | None, resume: bool, check_for: str | None) -> int:
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
            with checkpoint.says_how_to_resume(output), city.minter(given, output.started) as minter:
                return _reported(_Batch(city, minter, output, for_sheets=check_for == "holder").run(people))
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

    def __init__(self, city: OpenCity, minter: Minter, output: Output, *, for_sheets: bool) -> None:
        """for_sheets: whether a language is bad in which no sheet can be printed here."""
        self._city = city
        self._minter = minter
        self._output = output
        self._for_sheets = for_sheets
        self._done_before = output.position
        # What an earlier run did must be found again.
        self._found_reference = not output.position.mark
        self._found_end = not output.position.line
        self._read: Callable[[bytes], BatchRecord] | None = None
        self._seen = DuplicateFilter()

    def run(self, people: Records) -> Position:
        """Where it ended."""
        read = 0
        with Progress("mint", "records", people.size, self._done_before.input) as self._progress:
            block = _Block(self._done_before)
            for line in people.lines():
                if line is None:
                    if block.issued:  # whoever feeds a pipe may wait for what was made of it
                        block = self._ended(block)
                    continue
                read = line.number
                self._take(line, block)
                if len(block.issued) >= LINES_A_BLOCK:
                    block = self._ended(block)
            line = None  # forgotten before the last codes are written
            if read < self._done_before.line:
                raise CannotResume("the input is shorter than in the interrupted run")
            self._check_input()
            if self._read is None:
                raise click.UsageError("there is no record in the input")
            self._ended(block)
        self._output.finish(b"")
        return self._output.position

    def _take(self, line: Line, block: _Block) -> None:
        is_blank = line.data is not None and not line.data.strip()
        try:
            if not is_blank and self._read is None:
                self._read, is_record = self._first(line)
                is_blank = not is_record
            if line.number <= self._done_before.line:
                self._compare(line, is_blank=is_blank)
            elif not is_blank:
                self._check_input()
                self._mint(line, block)
        except BrokenTable as problem:
            raise click.UsageError(f"line {line.number}: {problem}") from None

    def _mint(self, line: Line, block: _Block) -> None:
        try:
            person, codes = self._minted(line)
        except (BadRecord, BadHandle, RareCombination) as problem:
            self._progress.say(f"line {line.number}: {_reason(problem)}")
            block.position = replace(block.position, input=line.end, line=line.number, bad=block.position.bad + 1)
            return
        block.issued.append(Issued(line.number, person.reference, person.language(), codes))
        block.position = replace(
            block.position,
            input=line.end,
            line=line.number,
            mark=person.reference,
            at=line.begin,
            good=block.position.good + 1,
            without=block.position.without + (not codes),
            codes=block.position.codes + len(codes),
        )

    def _first(self, line: Line) -> tuple[Callable[[bytes], BatchRecord], bool]:
        try:
            return batch_line.of_first_line(_within_limit(line))
        except BadRecord as problem:
            raise click.UsageError(f"line {line.number}: {problem}") from None

    def _compare(self, line: Line, *, is_blank: bool) -> None:
        """Notes where a line that is done is the one that it was."""
        before = self._done_before
        reference = None if is_blank else self._reference(line)
        if before.mark and line.begin == before.at:
            self._found_reference = reference == before.mark
        if line.number == before.line:
            self._found_end = line.end == before.input

    def _reference(self, line: Line) -> str | None:
        try:
            return self._read_line(line)[0].reference
        except BadRecord:
            return None

    def _check_input(self) -> None:
        if not (self._found_reference and self._found_end):
            raise CannotResume("this is another input than before: give the same records in the same order")

    def _minted(self, line: Line) -> tuple[BatchRecord, tuple[Code, ...]]:
        person, handles = self._read_line(line)
        self._check_font(person.language())
        return person, self._minter.codes(person.record, handles)

    def _check_font(self, language: str | None) -> None:
        """Before codes are signed for a sheet that cannot be printed. Raises BadRecord."""
        if not self._for_sheets or language is None:
            return
        from idcard.printing import fonts

        if problem := fonts.missing(language):
            raise BadRecord(batch_line.LANGUAGE, f"cannot be printed here: {problem}")

    def _read_line(self, line: Line) -> tuple[BatchRecord, Handles | None]:
        """Raises BadRecord, also for one whose reference or handles an earlier one had, good or bad."""
        assert self._read is not None
        if line.data is None and self._read is not batch_line.of_json:
            raise BrokenTable(
                f"the line is longer than {batch_line.MAX_LINE} bytes, and no line after it can be trusted"
            )
        if line.number > code_lines.MAX_NUMBER:
            raise BrokenTable(f"a batch has at most {code_lines.MAX_NUMBER:,} lines: give the rest in another file")
        person = self._read(_within_limit(line))
        # People match by eye, so A-1 and a-1 are one.
        is_known = self._seen.add(person.reference.lower().encode())
        try:
            handles = person.handles()
        except BadRecord:
            if not is_known:
                raise
            handles = None
        # Those of a bad record too: it is mended and minted with them.
        before = [self._seen.add(each) for each in handles.by_class.values()] if handles is not None else []
        if is_known:
            raise BadRecord(batch_line.REFERENCE, "is that of an earlier record")
        if any(before):
            raise BadRecord(batch_line.HANDLES, "are those of an earlier record: make a new slip")
        return person, handles

    def _ended(self, block: _Block) -> _Block:
        """Writes a block, and begins the next."""
        self._city.check_clock(datetime.now().astimezone())
        # Counted before a code leaves: the count of a leaked key must never be too low.
        counts = self._minter.count(code for each in block.issued for code in each.codes)
        if new := counts - self._output.ahead:
            self._city.held.count(new)
        # Blocks may end elsewhere than those of the run that is resumed, which had counted further.
        self._output.checkpoint(counts | self._output.ahead)
        data = "".join(f"{code_lines.encode(each)}\n" for each in block.issued).encode("ascii")
        self._output.write(block.position, data, counts)
        self._progress.update(block.position.input, len(block.issued))
        return _Block(block.position)


def _within_limit(line: Line) -> bytes:
    if line.data is None:
        raise BadRecord("record", f"is longer than {batch_line.MAX_LINE} bytes")
    return line.data


def _reason(problem: BadRecord | BadHandle | RareCombination) -> str:
    match problem:
        case BadHandle():
            return f"field {batch_line.HANDLES!r}: {problem}"
        case RareCombination():
            # Which claims make it rare would tell what the person claims.
            return f"field 'record' would make a code for {problem.venue_class} that is one of few (idcard privacy)"
        case _:
            return str(problem)
