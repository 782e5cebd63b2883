"""Mints what one line of a batch asks for. It needs no other line, so any process can do it (specs/batch.md)."""

from typing import NamedTuple

from idcard.city.combinations import RareCombination
from idcard.city.office_table import BrokenTable
from idcard.city.record import BadRecord
from idcard.errors import IdcardError
from idcard.issuing import batch_line, code_lines
from idcard.issuing.batch_line import BatchRecord, LineReader, TableLines
from idcard.issuing.code import Code, Issued
from idcard.issuing.minter import Minter
from idcard.issuing.minting import BadHandle
from idcard.issuing.slip_handles import Handles
from idcard_cli.counter.records import Line


class MintedLine(NamedTuple):
    """What came of a line; its record is not in it.

    number, begin, end: of the line. reference: empty where it could not be read. known_by: as of `marks`. text: the
    line of codes, without its end, or None. classes: of its codes. is_void: whether its slip cancels nothing. problem,
    field: of a bad record, in a sentence and by name. fatal: what ends the run.
    """

    number: int
    begin: int
    end: int
    reference: str = ""
    known_by: tuple[bytes, ...] = ()
    text: str | None = None
    classes: tuple[str, ...] = ()
    is_void: bool = False
    problem: str = ""
    field: str = ""
    fatal: IdcardError | None = None


class LineMinter:
    """Mints lines, at the time and with the keys of a minter."""

    def __init__(self, minter: Minter, *, for_pages: bool) -> None:
        """for_pages: whether a language is bad in which no page can be printed here."""
        self._minter = minter
        self._for_pages = for_pages

    def minted(self, reader: LineReader, line: Line) -> MintedLine:
        """What is wrong with the line, or with the keys, is in the result."""
        where, reference = (line.number, line.begin, line.end), ""
        known: tuple[bytes, ...] = ()
        problem, field, fatal = "", "", None
        try:
            person = read(reader, line)
            reference, known = person.reference, marks(person, None)
            handles = person.handles()
            known = marks(person, handles)
            codes = self._codes(person, handles)
            text = code_lines.encode(Issued(line.number, reference, person.language(), codes))
            classes, is_void = tuple(code.venue_class for code in codes), self._minter.is_void(codes, handles)
            return MintedLine(*where, reference, known, text, classes, is_void)
        except (BadRecord, BadHandle, RareCombination) as bad:
            problem, field = in_words(bad, reader), _field(bad)
        except IdcardError as ending:
            fatal = ending.with_traceback(None)  # which would hold the record
        return MintedLine(*where, reference, known, problem=problem, field=field, fatal=fatal)

    def _codes(self, person: BatchRecord, handles: Handles | None) -> tuple[Code, ...]:
        """Raises BadRecord, BadHandle, RareCombination for this person; CannotMint, BadSigner for everybody."""
        language = person.language()
        if self._for_pages and language is not None:
            from idcard.printing import fonts

            # Before codes are signed for a page that cannot be printed.
            if lacking := fonts.missing(language):
                raise BadRecord(batch_line.LANGUAGE, f"cannot be printed here: {lacking}")
        return self._minter.codes(person.record, handles)


def read(reader: LineReader, line: Line) -> BatchRecord:
    """reader: of the first line. Raises BadRecord, BrokenTable."""
    if line.data is None and isinstance(reader, TableLines):
        raise BrokenTable(f"the line is longer than {batch_line.MAX_LINE} bytes, and no line after it can be trusted")
    if line.number > code_lines.MAX_NUMBER:
        raise BrokenTable(f"a batch has at most {code_lines.MAX_NUMBER:,} lines: give the rest in another file")
    person = reader.read(within_limit(line))
    return person if line.handles is None else person.with_handles(line.handles)


def within_limit(line: Line) -> bytes:
    """Raises BadRecord."""
    if line.data is None:
        raise BadRecord("record", f"is longer than {batch_line.MAX_LINE} bytes")
    return line.data


def marks(person: BatchRecord, handles: Handles | None) -> tuple[bytes, ...]:
    """What no later line may have again: first the reference, then the handles. Those of a bad record too: it is mended
    and minted with them.
    """
    # People match by eye, so A-1 and a-1 are one.
    return (person.reference.lower().encode(), *(handles.by_class.values() if handles is not None else ()))


def known_by(person: BatchRecord) -> tuple[bytes, ...]:
    """The marks of a person whose codes an earlier run minted, as far as they can be read."""
    try:
        return marks(person, person.handles())
    except BadRecord:
        return marks(person, None)


def _field(problem: BadRecord | BadHandle | RareCombination) -> str:
    match problem:
        case BadHandle():
            return batch_line.HANDLES
        case RareCombination():
            return "record"
        case _:
            return problem.field


def in_words(problem: BadRecord | BadHandle | RareCombination, reader: LineReader | None) -> str:
    """What is wrong with a record, with the name that its column has."""
    match problem:
        case BadHandle():
            return f"field {batch_line.HANDLES!r}: {problem}"
        case RareCombination():
            # Which claims make it rare would tell what the person claims.
            return f"field 'record' would make a code for {problem.venue_class} that is one of few (idcard privacy)"
        case _:
            where = "" if reader is None else reader.where(problem.field)
            return f"field {problem.field!r}{where} {problem.problem}"
