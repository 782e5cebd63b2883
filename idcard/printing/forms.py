"""What the codes of a block become: a picture for each, or a file of pages (specs/batch.md, Drawing)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from idcard.issuing.code import Code, Issued
from idcard.printing import reading
from idcard.printing.arrangement import ONE_MM, TWO_MM
from idcard.printing.card_design import CardDesign
from idcard.printing.page import BACKS, PICTURES, CannotPrint, City, MissingFont, OtherFonts, Paper

MOST_SHARED = 256
"""Drawn codes of cohorts that a process keeps. A city has some dozens in a quarter."""
_LENGTH_SIZE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """kind: one of PICTURES or PAGES. width_mm: of an svg or pdf picture. paper: of ON_PAPER. language: of pages.

    design: of BACKS and pocket sheets. numbers: of a library, on BACKS, by the number of the line. fonts: those that
    pages must be drawn in (`fonts.used`), where not all are drawn in one process.
    """

    kind: str
    width_mm: float
    city: City
    paper: Paper
    language: str
    fonts: Mapping[str, str] | None = None
    design: CardDesign = field(default_factory=CardDesign, hash=False)
    numbers: Mapping[int, str] = field(default_factory=dict, hash=False)


def names(form: Form, issued: Sequence[Issued]) -> list[str]:
    """What the files are called that `drawn` gives, in their order."""
    if form.kind in PICTURES:
        return [f"{each.number:07}-{code.venue_class}.{form.kind}" for each in issued for code in each.codes]
    return [f"{form.kind}-{issued[0].number:07}-{issued[-1].number:07}.pdf"] if issued else []


def check(form: Form, issued: Issued) -> None:
    """That `drawn` draws it, which takes a hundredth of the time. Raises CannotDraw, CannotPrint, MissingFont."""
    from idcard.symbol import qr

    if form.kind in PICTURES:
        for code in issued.codes:
            qr.version_of(code.text, level=code.level, max_version=code.max_version)
        return
    from idcard.printing import cards, fonts, holders, symbols

    if form.kind in BACKS:
        cards.check_room(issued, design=form.design)
    if issued.language and (problem := fonts.missing(issued.language)):
        raise MissingFont(f"field 'language' cannot be printed here: {problem}")
    width_mm = TWO_MM if form.kind in BACKS else ONE_MM if form.kind == "pocket" else holders.CODE_MM
    for code in issued.codes:
        reading.read(code, form.city)
        symbols.check(code.text, code.level, code.max_version, width_mm)


def drawn(form: Form, issued: Sequence[Issued]) -> bytes:
    """The contents of the files, each after its length. Runs where it is drawn. Raises CannotDraw, CannotPrint."""
    if form.kind in PICTURES:
        contents = [picture(form, code) for each in issued for code in each.codes]
    else:
        contents = [pages(form, issued)] if issued else []
    return b"".join(len(each).to_bytes(_LENGTH_SIZE) + each for each in contents)


def contents(data: bytes, count: int) -> Iterator[bytes]:
    """What `drawn` gave, of which it must be so many files. Raises CannotPrint: who drew it may be anybody."""
    at = 0
    for _ in range(count):
        begin = at + _LENGTH_SIZE
        at = begin + int.from_bytes(data[at:begin])
        if begin == at or at > len(data):
            raise CannotPrint("what was drawn elsewhere is not whole")
        yield data[begin:at]
    if at != len(data):
        raise CannotPrint("more was drawn elsewhere than was asked for")


def pages(form: Form, issued: Sequence[Issued]) -> bytes:
    """One PDF file. Raises CannotPrint."""
    from idcard.printing import cards, fonts, holders, pockets
    from idcard.printing.cards import Look

    if form.fonts is not None and fonts.used(form.design.font) != form.fonts:
        raise OtherFonts("the fonts here are not those of the computer where the run began")
    match form.kind:
        case "card" | "back":
            return cards.pdf(
                issued,
                form.city,
                Look(bureau=form.kind == "card", language=form.language, design=form.design, numbers=form.numbers),
            )
        case "pocket":
            return pockets.pdf(issued, form.city, paper=form.paper, language=form.language, design=form.design)
        case _:
            return holders.pdf(issued, form.city, paper=form.paper, language=form.language)


def picture(form: Form, code: Code) -> bytes:
    """One code, as an image. Raises CannotDraw."""
    # A code that is not of a cohort is one person's, and is forgotten.
    return (_shared if reading.is_shared(code) else _picture)(form, code)


def _picture(form: Form, code: Code) -> bytes:
    symbol = code.draw()
    match form.kind:
        case "png":
            return symbol.png()
        case "svg":
            return symbol.svg(width_mm=form.width_mm)
        case _:
            return symbol.pdf(width_mm=form.width_mm)


_shared = lru_cache(maxsize=MOST_SHARED)(_picture)
