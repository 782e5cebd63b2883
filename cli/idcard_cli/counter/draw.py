"""`idcard draw`: lines of codes in, pictures, card backs and holders' sheets out (specs/batch.md, Drawing).

It has no key, no city folder and no record, and believes nobody: each code is judged as a venue judges it.
"""

import hashlib
import io
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import click

from idcard.credential import signed, text
from idcard.credential.text import Environment
from idcard.errors import IdcardError, Malformed, Outcome, Reason, Refused
from idcard.issuing import code_lines
from idcard.issuing.code import Code, Issued
from idcard.issuing.code_lines import BadCodeLine
from idcard.issuing.duplicates import DuplicateFilter, FilterFull
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard.printing.page import PAGES, PICTURES, CannotPrint, City
from idcard.symbol.qr import CannotDraw
from idcard.trust import trust_file
from idcard.verify import Verifier
from idcard_cli import files, hardening, terminal
from idcard_cli.command import Exit
from idcard_cli.counter import archive, checkpoint, draw_cluster, draw_pool, library_numbers, pages, records
from idcard_cli.counter.checkpoint import CannotResume, Output, Pipe, Position, Spool
from idcard_cli.counter.draw_cluster import ClusterError, ClusterLost
from idcard_cli.counter.library_numbers import LibraryNumbers
from idcard_cli.counter.progress import Progress, number
from idcard_cli.counter.records import Line, Records

DRAWN_A_BLOCK = 64
LINES_A_FILE = 100
MAX_LINES_A_FILE = 1000
_OF_A_CODE = (Reason.UNKNOWN_CLASS, Reason.NEWER_PROGRAM, Reason.UNKNOWN_KEY_STALE, Reason.TRUST_TOO_OLD)
"""Why one line is bad although this computer cannot say; for any other such reason none could be judged."""


@click.command()
@click.option("--trust", "trust_path", required=True, type=click.Path(path_type=Path),
              help="The city's published trust file, under which each code is checked.")  # fmt: skip
@click.option("--format", "kind", required=True, type=click.Choice((*PICTURES, *PAGES)), help="What to draw.")
@pages.width_option
@pages.page_options
@pages.numbers_option
@click.option("--per-file", "lines_a_file", type=click.IntRange(1, MAX_LINES_A_FILE),
              metavar="N", help=f"Holders in one PDF file of cards or sheets ({LINES_A_FILE}).")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="New tar archive, instead of standard output.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same --out was interrupted, if one was.")
@click.option("--scheduler", metavar="ADDRESS", help="Draw on the Dask cluster of this scheduler.")
@click.argument("path", metavar="FILE")
def draw(
    path: str,
    trust_path: Path,
    kind: str,
    lines_a_file: int | None,
    out: Path | None,
    resume: bool,
    scheduler: str | None,
    **how: Any,
) -> int:
    """Draw the codes of FILE, which idcard batch wrote, into a tar archive; - is standard input.

    Needs no key and no city folder, and is best run as a user, or on a computer, that has neither. A line with a code
    that a venue would refuse is reported and not drawn, and the others go on. Destroy FILE afterwards: whoever has it
    has working cards.

    \b
    Example:
      idcard draw codes.jsonl --trust springfield/city.idtrust --format card --out cards.tar
    """
    _check_options(path, out, resume=resume)
    if lines_a_file is not None and kind not in PAGES:
        raise click.UsageError(f"--per-file needs --format {', '.join(PAGES)}")
    pages.check_options((kind,), how, option="--format")
    address = draw_cluster.check(scheduler) if scheduler is not None else None
    trust = files.read_to_judge(trust_path, trust_file.MAX_SIZE)
    verifier = Verifier(trust)
    form = _form(verifier, kind, how)
    run = {
        "trust file": hashlib.blake2b(trust).hexdigest(),
        "format": kind,
        "width": how["width_mm"],
        "paper": how["paper"],
        "language": how["language"],
        "lines a file": lines_a_file,
        **_of_pages(form, how),
    }
    hardening.off()
    with ExitStack() as stack:
        lines = stack.enter_context(records.opened(path))
        if not lines.is_private:
            raise click.UsageError(f"others may read {lines.name}, and have working cards then: chmod 600 it")
        output: Output = Pipe(sys.stdout.buffer, datetime.now().astimezone())
        if out is not None:
            opened = stack.enter_context(checkpoint.opened(out, run, output.started, resume=resume))
            if isinstance(opened, Position):
                terminal.say("the interrupted run was complete, and the output is in place; FILE was not read now")
                return _reported(opened)
            output = opened
        size = (lines_a_file or LINES_A_FILE) if kind in PAGES else DRAWN_A_BLOCK
        numbers = library_numbers.opened(
            how["numbers_path"], form.design, f"{output.started.isoformat()} {out and out.resolve()}"
        )
        return _drawn(_Judge(verifier, form, output.started, numbers), address, output, lines, size)


def _of_pages(form: Form, how: dict[str, Any]) -> dict[str, Any]:
    """What else must be the same in a resumed run."""
    numbers: Path | None = how["numbers_path"]
    return {
        **({"fonts": form.fonts} if form.fonts else {}),
        **({"design": hashlib.blake2b(repr(form.design).encode("utf-8")).hexdigest()} if how["design_path"] else {}),
        **({"library numbers": str(numbers.resolve())} if numbers is not None else {}),
    }


def _check_options(path: str, out: Path | None, *, resume: bool) -> None:
    """Raises UsageError for what would do nothing, or not what somebody thinks."""
    if path == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("codes come from a file or a pipe of idcard batch")
    if out is None and sys.stdout.isatty():
        raise click.UsageError("a terminal shows no archive; give --out, or read it by a pipe")
    if out is None and resume:
        raise click.UsageError("--resume goes on with the file of --out; give --out too")


def _form(verifier: Verifier, kind: str, how: dict[str, Any]) -> Form:
    """With the fonts of pages, which whoever draws must have. Raises UsageError, MissingFont, OSError."""
    root, contact = verifier.trust.root, verifier.trust.trust_list.contact
    design = pages.design(how["design_path"], (kind,), numbered=how["numbers_path"] is not None)
    of_form = {name: how[name] for name in ("width_mm", "paper", "language")}
    city = City(root.name, contact, test=root.scope.environment is Environment.TEST)
    form = pages.form(kind, city, design=design, **of_form)
    if kind not in PAGES:
        return form
    from idcard.printing import fonts

    return replace(form, fonts=fonts.used(form.design.font))


def _drawn(judge: "_Judge", address: str | None, output: Output, lines: Records, size: int) -> int:
    """The exit code. address: of a scheduler. size: lines of a block."""
    try:
        with (
            checkpoint.says_how_to_resume(output),
            draw_cluster.opened(address) if address is not None else draw_pool.opened() as (submit, window),
        ):
            numbered: Callable[[Form, Sequence[Issued]], _Drawing]
            numbered = library_numbers.numbering(submit, judge.numbers)
            with library_numbers.settled(judge.numbers, lambda: _is_of_no_use(output)):
                end = _Run(judge, numbered, window, output, size).draw(lines)
            return _reported(end)
    except BrokenPipeError:
        sys.stdout = io.StringIO()
        terminal.say(f"nobody reads the output any more, after {number(output.position.good, 'line')}")
    except BrokenExecutor:
        terminal.say("a drawing process was killed, perhaps because memory ran out")
    except (ClusterError, ClusterLost) as problem:
        terminal.say(str(problem))
    except Refused as refused:
        terminal.say(terminal.as_clause(refused.message))
        terminal.say(terminal.as_clause(refused.remedy))
    return Exit.CANNOT_SAY


def _is_of_no_use(output: Output) -> bool:
    """Whether nothing was written, and nothing is kept."""
    return isinstance(output, Spool) and not output.can_go_on


def _reported(end: Position) -> int:
    terminal.say(f"{number(end.good, 'line')} drawn, {number(end.codes, 'code')}, {number(end.bad, 'bad line')}")
    return Exit.USAGE if end.bad else Exit.DONE


class _BadCode(IdcardError):
    """A code that a venue would refuse."""


@dataclass(frozen=True)
class _Judge:
    """now: for the whole run, resumed or not. numbers: of a library, for its cards."""

    verifier: Verifier
    form: Form
    now: datetime
    numbers: LibraryNumbers | None = None
    seen: DuplicateFilter = field(default_factory=DuplicateFilter)

    def issued(self, line: Line, last: int) -> Issued:
        """last: the number that the last good line names.

        Raises BadCodeLine, _BadCode, CannotDraw and CannotPrint for this line, and Refused where none can be judged.
        """
        if line.data is None:
            raise BadCodeLine("line", f"is longer than {code_lines.MAX_LINE} bytes")
        found = code_lines.decode(line.data)
        is_repeated = self.is_repeated(found)  # of a bad line too, as where a resumed run skips it
        if found.number <= last:  # else one name could come twice
            raise BadCodeLine("line", "must be larger than in the lines before")
        for code in found.codes:
            self._check(code)
        if is_repeated:
            raise _BadCode("its reference, or a code with a handle, stands in an earlier line")
        forms.check(self.form, found)
        return found

    def is_repeated(self, found: Issued) -> bool:
        """Whether the reference or a handle was there before; they are known from now on."""
        handles = filter(None, map(_handle, found.codes))
        known = [self.seen.add(each) for each in (found.reference.lower().encode(), *handles)]
        return any(known)

    def _check(self, code: Code) -> None:
        try:
            if code.text.strip() != code.text:  # which a venue lets pass
                raise Refused(Reason.NOT_A_CODE)
            self.verifier.verify(code.text, code.venue_class, now=self.now)
        except Refused as refused:
            if refused.outcome is Outcome.CANNOT_SAY and refused.reason not in _OF_A_CODE:
                raise
            raise _BadCode(f"{code.venue_class}: {terminal.as_clause(refused.message)}") from None


def _handle(code: Code) -> bytes | None:
    """None for a code that many people share, and for what is no code."""
    try:
        return signed.decode(text.decode(code.text)[1]).claims.handle
    except (Malformed, Refused):
        return None


class _Drawing(Protocol):
    """A block that is drawn elsewhere."""

    def done(self) -> bool: ...

    def result(self) -> bytes: ...


@dataclass(slots=True)
class _Block:
    """Lines that are drawn and written together. position: where the run is after it."""

    position: Position
    issued: list[Issued] = field(default_factory=list)


class _Run:
    """One run, or the rest of one."""

    def __init__(
        self,
        judge: _Judge,
        submit: Callable[[Form, Sequence[Issued]], _Drawing],
        window: int,
        output: Output,
        size: int,
    ) -> None:
        """window: how many blocks are in work at most. size: lines of a block."""
        self._judge = judge
        self._submit, self._window = submit, window
        self._output = output
        self._size = size
        self._done_before = output.position
        self._input = hashlib.blake2b(digest_size=32)
        self._is_empty = True
        self._in_work: deque[tuple[_Block, _Drawing]] = deque()

    def draw(self, lines: Records) -> Position:
        """Where it ended."""
        read = 0
        with Progress("draw", "lines", lines.size, self._done_before.input) as self._progress:
            block = _Block(self._done_before)
            for line in lines.lines():
                if line is None:
                    block = self._before_waiting(block)
                    continue
                read = line.number
                self._take(line, block)
                if len(block.issued) >= self._size:
                    block = self._ended(block)
            if read < self._done_before.line:
                raise CannotResume("the input is shorter than in the interrupted run")
            if self._is_empty:
                raise click.UsageError("there is no line of codes in the input")
            self._ended(block)
            self._write_drawn(0)
        self._output.finish(archive.end(self._output.position.output))
        return self._output.position

    def _before_waiting(self, block: _Block) -> _Block:
        """Whoever feeds a pipe may wait for what was drawn. Files of pages have their size whatever comes when."""
        if block.issued and self._judge.form.kind in PICTURES:
            block = self._ended(block)
        self._write_drawn(0)
        return block

    def _take(self, line: Line, block: _Block) -> None:
        # Of a line that is too long nothing is held, and nothing is ever drawn.
        self._input.update((line.data or b"") + b"\n")
        before = self._done_before
        if line.number <= before.line:
            self._is_empty = False
            with suppress(BadCodeLine):
                self._judge.is_repeated(code_lines.decode(line.data or b""))
            if line.number == before.line and (line.end, self._input.hexdigest()) != (before.input, before.mark):
                raise CannotResume("this is another input than before: give the same lines in the same order")
            return
        if line.data is not None and not line.data.strip():
            return
        self._is_empty = False
        position = block.position = replace(
            block.position, input=line.end, line=line.number, mark=self._input.hexdigest()
        )
        try:
            issued = self._judge.issued(line, position.at)
        except FilterFull as problem:
            raise click.UsageError(f"line {line.number}: {problem}") from None
        except (BadCodeLine, _BadCode, CannotDraw, CannotPrint) as problem:
            self._progress.say(f"line {line.number}: {problem}")
            block.position = replace(position, bad=position.bad + 1)
            return
        block.issued.append(issued)
        codes = position.codes + len(issued.codes)
        block.position = replace(position, at=issued.number, good=position.good + 1, codes=codes)

    def _ended(self, block: _Block) -> _Block:
        """Hands a block on, and begins the next."""
        self._in_work.append((block, self._submit(self._judge.form, block.issued)))
        self._write_drawn(self._window)
        return _Block(block.position)

    def _write_drawn(self, left: int) -> None:
        """In their order; waits until no more than `left` blocks are in work."""
        while len(self._in_work) > left or (self._in_work and self._in_work[0][1].done()):
            block, drawing = self._in_work.popleft()
            names = forms.names(self._judge.form, block.issued)
            data = b"".join(map(archive.member, names, forms.contents(drawing.result(), len(names))))
            self._output.checkpoint()
            self._output.write(block.position, data)
            self._progress.update(block.position.input, len(block.issued))
