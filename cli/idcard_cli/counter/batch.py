"""`idcard mint --batch`: one record a line in, the codes of one holder after another out (specs/batch.md)."""

import hashlib
import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import click

from idcard.city import combinations, plan
from idcard.city.combinations import RareCombination
from idcard.city.record import BadRecord
from idcard.issuing import batch_line, code_lines
from idcard.issuing.batch_line import BatchRecord, BrokenTable
from idcard.issuing.code import Code, Issued
from idcard.issuing.duplicates import Seen
from idcard.issuing.minter import Minter
from idcard.issuing.minting import BadHandle
from idcard.issuing.slip_handles import Handles
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard.printing.page import PAGES, PICTURES, SIZED
from idcard_cli import hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import archive, checkpoint, press
from idcard_cli.counter.checkpoint import CannotResume, Pipe, Position, Spool
from idcard_cli.counter.open_city import OpenCity
from idcard_cli.counter.options import Options
from idcard_cli.counter.progress import Progress
from idcard_cli.counter.records import Line, Records

LINES_A_BLOCK = 1000
DRAWN_A_BLOCK = 64
RECORDS_A_FILE = 100
Output = Spool | Pipe


@dataclass(slots=True)
class _Block:
    """Records that are counted and written together. position: where the run is after it."""

    position: Position
    issued: list[Issued] = field(default_factory=list)


def mint(options: Options) -> int:
    """The exit code. Raises OSError, UsageError and IdcardError."""
    kind = _kind(options)
    _check_options(options, kind)
    assert options.batch is not None
    office = options.office()
    form = _form(options, office, kind)
    hardening.off()
    given = options.secrets()
    with ExitStack() as stack:
        records = stack.enter_context(_records(options.batch))
        output: Output = Pipe(sys.stdout.buffer, office.now)
        if options.out is not None:
            run = _run(options, office, form)
            opened = stack.enter_context(checkpoint.opened(options.out, run, office.now, resume=options.resume))
            if isinstance(opened, Position):
                terminal.say("the run that was interrupted had all but its name, and no record was read now")
                return _told(opened)
            output = opened
        try:
            with _hint_to_resume(output):
                drawing = None
                if form is not None:
                    drawing = _Drawing(form, *stack.enter_context(press.opened(options.scheduler)))
                with office.minter(given, output.started) as minter:
                    batch = _Batch(office, minter, drawing, output, options.records_a_file or RECORDS_A_FILE)
                    return _told(batch.run(records))
        except BrokenPipeError:
            sys.stdout = io.StringIO()
            terminal.say(f"nobody reads the output any more, after {_number(output.position.good, 'record')}")
            return Exit.CANNOT_SAY
        except BrokenExecutor:
            terminal.say("what draws has ended from outside, perhaps for want of memory")
            return Exit.CANNOT_SAY


def _kind(options: Options) -> str | None:
    """The format that is drawn; None for JSON lines."""
    if not options.formats:
        return None
    if options.formats == ("text",) or len(options.formats) > 1:
        raise click.UsageError(
            "a batch becomes JSON lines without --format, else one of svg, png, pdf, card and holder"
        )
    return options.formats[0]


def _check_options(options: Options, kind: str | None) -> None:
    """Raises UsageError for what would do nothing, or not what somebody thinks."""
    if options.batch == "-" and options.passphrase_fd == 0:
        raise click.UsageError("--passphrase-fd 0 and the records would both be standard input")
    if options.batch == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("records come from a file or a pipe; --interactive asks for one person after the other")
    if options.out is None and sys.stdout.isatty():
        raise click.UsageError("a terminal would keep the codes; give --out, or read them by a pipe")
    if options.out is None and options.resume:
        raise click.UsageError("--resume goes on with the file of --out; give --out too")
    for given, option, kinds in (
        (options.width_mm, "--width", SIZED),
        (options.records_a_file, "--per-file", PAGES),
        (options.paper, "--paper", ("holder",)),
        (options.language, "--language", ("holder",)),
        (options.scheduler, "--scheduler", (*PICTURES, *PAGES)),
    ):
        if given is not None and kind not in kinds:
            raise click.UsageError(f"{option} goes with --format {' and '.join(sorted(kinds))}")


@contextmanager
def _records(path: str) -> Iterator[Records]:
    if path == "-":
        if sys.stdin is None:
            raise click.UsageError("standard input is closed")
        yield Records(0, "standard input")
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield Records(descriptor, path)
    finally:
        os.close(descriptor)


@contextmanager
def _hint_to_resume(output: Output) -> Iterator[None]:
    try:
        yield
    except CannotResume:
        raise
    except KeyboardInterrupt:
        with suppress(OSError):
            click.echo(err=True)  # ends the line in which a terminal shows ^C, as click does before it says anything
        _say_how_to_resume(output)
        raise click.Abort from None
    except BaseException:
        _say_how_to_resume(output)
        raise


def _say_how_to_resume(output: Output) -> None:
    if output.can_go_on:
        terminal.say("what is done is kept, and the same command with --resume goes on")


def _form(options: Options, office: OpenCity, kind: str | None) -> Form | None:
    """With the fonts of pages, which whoever draws must have. Raises UsageError, MissingFont, OSError."""
    form = options.form(kind, office) if kind is not None else None
    if form is None or kind not in PAGES:
        return form
    from idcard.printing import fonts

    return replace(form, fonts=fonts.used())


def _run(options: Options, office: OpenCity, form: Form | None) -> dict[str, Any]:
    """What must not differ when a run is resumed, or its output would not be of one piece."""
    common = combinations.encode(office.common) if office.common else ""
    classes = plan.encode_classes(tuple(office.classes))
    return {
        "city": [office.plan.scope.city, str(office.plan.scope.environment), office.plan.name, office.plan.contact],
        "classes": hashlib.sha256(classes.encode()).hexdigest(),
        "keys": sorted(key.kid.hex() for key in office.keys.values()),
        "common": hashlib.sha256(common.encode()).hexdigest(),
        "format": form and form.kind,
        "width": options.width_mm,
        "paper": options.paper,
        "language": options.language,
        "records a file": options.records_a_file,
        **({"fonts": form.fonts} if form and form.fonts else {}),
    }


def _told(end: Position) -> int:
    terminal.say(
        f"{_number(end.good, 'record')} minted, {_number(end.codes, 'code')}, {_number(end.bad, 'bad record')}"
    )
    if end.without:
        terminal.say(f"{_number(end.without, 'record')} of them got no code: nothing that these classes ask for")
    return Exit.USAGE if end.bad else Exit.DONE


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


@dataclass(frozen=True)
class _Drawing:
    """window: how many blocks the executor holds at most."""

    form: Form
    executor: Executor
    window: int

    @property
    def in_pages(self) -> bool:
        return self.form.kind in PAGES

    def submit(self, issued: Sequence[Issued]) -> Future[bytes]:
        return self.executor.submit(forms.drawn, self.form, issued)

    def archived(self, issued: Sequence[Issued], drawn: bytes) -> bytes:
        """Members of the archive. Raises CannotPrint."""
        names = forms.names(self.form, issued)
        return b"".join(map(archive.member, names, forms.contents(drawn, len(names))))


class _Batch:
    """One run, or the rest of one."""

    def __init__(
        self, office: OpenCity, minter: Minter, drawing: _Drawing | None, output: Output, records_a_file: int
    ) -> None:
        self._office = office
        self._minter = minter
        self._drawing = drawing
        self._output = output
        self._done_before = output.position
        # What an earlier run did must be found again.
        self._found_reference = not output.position.reference
        self._found_end = not output.position.line
        self._read: Callable[[bytes], BatchRecord] | None = None
        self._seen = Seen()
        self._fonts: dict[str, str] = {}
        self._in_work: deque[tuple[_Block, Future[bytes]]] = deque()
        self._size = LINES_A_BLOCK
        if drawing is not None:
            self._size = records_a_file if drawing.in_pages else DRAWN_A_BLOCK

    def run(self, records: Records) -> Position:
        """Where it ended."""
        read = 0
        with Progress(records.size, self._done_before.input) as self._progress:
            block = _Block(self._done_before)
            for line in records.lines():
                if line is None:
                    block = self._before_waiting(block)
                else:
                    read = line.number
                    self._take(line, block)
                    if len(block.issued) >= self._size:
                        block = self._ended(block)
            line = None  # forgotten before the last codes are drawn
            if read < self._done_before.line:
                raise CannotResume("this is another input than before: it is shorter")
            self._check_input()
            if self._read is None:
                raise click.UsageError("there is no record in the input")
            self._ended(block)
            self._write_drawn(0)
        self._output.finish(archive.end(self._output.position.output) if self._drawing else b"")
        return self._output.position

    def _before_waiting(self, block: _Block) -> _Block:
        """Whoever feeds a pipe may wait for what was made of it. Files of pages have their size whatever comes when."""
        if block.issued and not (self._drawing and self._drawing.in_pages):
            block = self._ended(block)
        self._write_drawn(0)
        return block

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
            reference=person.reference,
            begin=line.begin,
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
        if before.reference and line.begin == before.begin:
            self._found_reference = reference == before.reference
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

    def _read_line(self, line: Line) -> tuple[BatchRecord, Handles | None]:
        """Raises BadRecord, also for one whose reference or handles an earlier one had, good or bad."""
        assert self._read is not None
        if line.data is None and self._read is not batch_line.of_json:
            raise BrokenTable(
                f"the line is longer than {batch_line.MAX_LINE} bytes, and no line after it can be trusted"
            )
        person = self._read(_within_limit(line))
        # People match by eye, so A-1 and a-1 are one.
        if self._seen.add(person.reference.lower().encode()):
            raise BadRecord(batch_line.REFERENCE, "is that of an earlier record")
        handles = person.handles()
        before = [self._seen.add(each) for each in handles.by_class.values()] if handles is not None else []
        if any(before):
            raise BadRecord(batch_line.HANDLES, "are those of an earlier record: make a new slip")
        return person, handles

    def _check_font(self, language: str | None) -> None:
        """Before codes are made for a page that cannot be printed. Raises BadRecord."""
        if language is None or self._drawing is None or self._drawing.form.kind != "holder":
            return
        if language not in self._fonts:
            self._fonts[language] = _missing_font(language)
        if problem := self._fonts[language]:
            raise BadRecord(batch_line.LANGUAGE, f"cannot be printed here: {problem}")

    def _ended(self, block: _Block) -> _Block:
        """Hands a block on, and begins the next."""
        self._office.check_clock(datetime.now().astimezone())
        if self._drawing is None:
            self._write(block, _as_lines(block.issued))
        else:
            self._in_work.append((block, self._drawing.submit(block.issued)))
            self._write_drawn(self._drawing.window)
        return _Block(block.position)

    def _write_drawn(self, left: int) -> None:
        """In their order; waits until no more than `left` blocks are in work."""
        while len(self._in_work) > left or (self._in_work and self._in_work[0][1].done()):
            block, drawn = self._in_work.popleft()
            assert self._drawing is not None
            self._write(block, self._drawing.archived(block.issued, drawn.result()))

    def _write(self, block: _Block, data: bytes) -> None:
        # Counted before a code leaves: the count of a leaked key must never be too low.
        counts = self._minter.count(code for each in block.issued for code in each.codes)
        if new := counts - self._output.ahead:
            self._office.held.count(new)
        # Blocks may end elsewhere than those of the run that is resumed, which had counted further.
        self._output.checkpoint(counts | self._output.ahead)
        self._output.write(block.position, data, counts)
        self._progress.update(block.position.input, len(block.issued))


def _missing_font(language: str) -> str:
    """Empty where all is there."""
    from idcard.printing import fonts
    from idcard.printing.page import MissingFont

    try:
        fonts.check((language,), ())
    except MissingFont as problem:
        return str(problem)
    return ""


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


def _as_lines(issued: Iterable[Issued]) -> bytes:
    return b"".join(code_lines.encode(each).encode("ascii") + b"\n" for each in issued)
