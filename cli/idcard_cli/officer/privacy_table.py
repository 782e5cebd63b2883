"""The privacy report as text, for an officer and the city's lawyer: at most 100 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from idcard.city.profile import Kind
from idcard.privacy.figures import ClassPrivacy, Figures, Numbered, PairPrivacy, Report, Row
from idcard.privacy.population import Gaps

WIDTH = 100
WARNING = "WARNING"
_INDENT = "  "
_HANDLE = "unique: a handle"
_REPEATED = f"{WARNING}: handles repeat"
_SPLITS = {
    "quarter": "quarter of the key alone",
    "issued": "as issued",
    "month": "expiry by month",
    "stations": "a key for each station",
}
_REMEDIES = {
    "expiry-quarter": "expiry by quarter",
    "expiry-year": "expiry by year",
    "key-year": "expiry and key by year",
    "key-city": "one key for all stations",
    "cohort": "cohort, not revocable",
}


@dataclass(frozen=True, slots=True)
class Warned:
    """A gap in the input, and how many records or codes have it. of: number of all records; None for codes."""

    warning: str
    count: int
    of: int | None
    text: str


def lines(report: Report) -> Iterator[str]:
    """The lines of the report."""
    yield f"Privacy of {'at least ' if report.unlinked else ''}{number(report.cards, 'card')}, k = {report.k:,}"
    for each in warnings(report.gaps):
        yield from _paragraph(f"{WARNING}: {each.text}")
    yield from _one_code(report)
    yield from _one_class(report)
    yield from _pairs(report)
    yield from _issuer(report)
    yield from _splits(report)
    yield from _remedies(report)
    yield from _first_days(report)


def numbered(found: Numbered | None) -> Iterator[str]:
    """Of a library's number on the plastic; nothing where there is none."""
    if found is None:
        return
    yield ""
    yield "A library's number on the card"
    yield from _paragraph(
        f"{number(found.cards, 'card')} with a number, each different: {found.bits:.2f} bits. Whoever reads the number "
        "of a card at two places links the two visits, whatever the codes reveal, and the library knows whose it is. "
        "It is in no code: a venue that reads codes alone does not see it."
    )


def warnings(gaps: Gaps) -> Iterator[Warned]:
    """The gaps of the input that the figures depend on."""
    undated, unplaced, repeated = gaps.undated, gaps.unplaced, gaps.repeated
    of = f"of {number(gaps.records, 'record')}"
    if undated:
        verbs = ("has", "was") if undated == 1 else ("have", "were")
        text = f"{undated:,} {of} {verbs[0]} no day and {verbs[1]} counted as made today"
        yield Warned("undated", undated, gaps.records, text)
    if unplaced:
        verb = "names" if unplaced == 1 else "name"
        text = f"{unplaced:,} {of} {verb} no station: how station keys would split the cards is unknown"
        yield Warned("unplaced", unplaced, gaps.records, text)
    if repeated:
        verb = "stands" if repeated == 1 else "stand"
        text = f"{number(repeated, 'handle')} {verb} in more than one code: two cards, or one card counted twice"
        yield Warned("repeated", repeated, None, text)


def number(count: int, noun: str) -> str:
    """1 card, 2,000 cards."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


# ---- sections ----


def _one_code(report: Report) -> Iterator[str]:
    yield from _section(
        "What one code reveals",
        "Who sees a code knows that its holder is one of a cohort: all who carry the same bytes. Bits say how far this "
        "narrows down all cards, on average and in the smallest cohort: 1 bit halves them, 10 leave one in 1,024. "
        f"Under {report.k:,}: the share of the cards that are in cohorts of fewer than {report.k:,}.",
    )
    heads = ("class", "kind", "cards", "cohorts", *_heads(report))
    yield from _table(heads, [_first_row(each, report.gaps) for each in report.classes], names=2)


def _first_row(each: ClassPrivacy, gaps: Gaps) -> list[str]:
    figures, kind = each.figures, each.profile.kind
    note = _warning(figures)
    if kind is Kind.REVOCABLE:
        note = _REPEATED if gaps.repeated else _HANDLE
    if not figures.cards:
        note = "no code in the stream"
    return [each.profile.venue_class, kind.value, f"{figures.cards:,}", f"{figures.groups:,}", *_cells(figures), note]


def _one_class(report: Report) -> Iterator[str]:
    named = {kind: [each.profile.venue_class for each in report.classes if each.profile.kind is kind] for kind in Kind}
    yield from _section("Two venues of one class that compare notes")
    if names := ", ".join(named[Kind.COHORT]):
        yield from _paragraph(f"{names}: both saw a code of the same cohort, which says no more than the table above.")
    if names := ", ".join(named[Kind.REVOCABLE]):
        yield from _paragraph(f"{names}: they link the code exactly, for both saw its handle.")


def _pairs(report: Report) -> Iterator[str]:
    yield from _section(
        "Two venues of different classes that compare notes",
        "Nothing in a code names the other codes of its card: no number or handle is common to two classes. What is "
        "left to go by is key, expiry and claims. The groups are the cards that have both codes and are alike in "
        "these. 1st and 2nd: the bits by which the other's code narrows what each venue knew.",
    )
    if report.unlinked:
        yield from _paragraph("Some lines do not say which codes share a card; their pairs are unknown.")
    if not report.pairs:
        yield from _paragraph("No card has two codes.")
        return
    heads = ("classes", "cards", *_heads(report), "1st", "2nd")
    yield from _table(heads, [_pair_row(each) for each in report.pairs])
    yield ""
    yield from _paragraph("Where these bits come from, each row on top of those before it:")
    heads = ("classes", "having both", "keys", "expiries", "claims", "bits")
    yield from _table(heads, [_origin_row(each) for each in report.pairs])


def _pair_row(each: PairPrivacy) -> list[str]:
    first, second = each.narrows
    cells = [f"{each.figures.cards:,}", *_cells(each.figures), _bits(first), _bits(second)]
    return [_names(each), *cells, _warning(each.figures)]


def _origin_row(each: PairPrivacy) -> list[str]:
    return [_names(each), *map(_bits, (each.held, each.key, each.expiry, each.claims, each.figures.bits)), ""]


def _issuer(report: Report) -> Iterator[str]:
    yield from _section(
        "The issuer with the scan log of a venue",
        "An office that kept nothing about people sees in a code its key (that is: the quarter, and the station if it "
        "has a key of its own), its expiry (for revocable codes: the month) and its claims. Its counts say how many "
        "codes each counter made in a month, not whose. What it tells others (idcard city report) is rounded down to "
        "tens: that hides a person in a small number, and not that there were ten. An insider who wrote handles down "
        "while minting recognises every revocable code.",
    )
    rows = [
        [each.profile.venue_class, f"{each.seen.groups:,}", *_cells(each.seen), _warning(each.seen)]
        for each in report.classes
        if each.seen.cards
    ]
    yield from _table(("class", "groups", *_heads(report)), rows)


def _splits(report: Report) -> Iterator[str]:
    yield from _section(
        "What splits the cohorts",
        "Each key and each date makes another cohort. Cohort codes have one key for the whole city; the row with a key "
        "for each station shows what such keys would do.",
    )
    yield from _table(
        ("class", "groups by", "groups", *_heads(report)),
        [_row(each, row, _SPLITS[row.name]) for each in report.classes for row in each.splits if row.figures.groups],
        names=2,
    )
    yield from _footnote(report)


def _remedies(report: Report) -> Iterator[str]:
    yield from _section(
        "What would help",
        "Each change by itself. A rare claim is best left out of the profile; a handle makes a code unique.",
    )
    yield from _table(
        ("class", "remedy", "groups", *_heads(report)),
        [
            _row(each, row, f"drop {row.claim}" if row.claim else _REMEDIES[row.name])
            for each in report.classes
            for row in each.remedies
            if row.figures.groups
        ],
        names=2,
    )
    yield from _footnote(report)
    yield from _paragraph(
        "A coarser date helps little while each key is for one quarter: the key shows the quarter anyway."
    )


def _row(each: ClassPrivacy, row: Row, name: str) -> list[str]:
    mark = "*" if row.unique else ""
    cells = [f"{row.figures.groups:,}", *_cells(row.figures)]
    return [f"{each.profile.venue_class}{mark}", name, *cells, _warning(row.figures)]


def _footnote(report: Report) -> Iterator[str]:
    if any(each.profile.kind is Kind.REVOCABLE for each in report.classes):
        unique = "" if report.gaps.repeated else ": with its handle each code stays unique"
        yield from _paragraph(f"* by key, expiry and claims alone{unique}.")


def _first_days(report: Report) -> Iterator[str]:
    known = [(each.profile.venue_class, each.first_days) for each in report.classes if each.first_days]
    if not known:
        return
    yield from _section(
        "The first days of a cohort",
        "A cohort fills up over its quarter, so the first holder is alone in it for a while. The size of the smallest "
        "cohort, a number of days after its first card:",
    )
    heads = ("class", *(f"{days} days" for days in known[0][1]))
    rows = [
        [name, *(f"{size:,}" for size in sizes.values()), WARNING if min(sizes.values()) < report.k else ""]
        for name, sizes in known
    ]
    yield from _table(heads, rows)


# ---- lines and cells ----


def _section(title: str, text: str = "") -> Iterator[str]:
    yield ""
    yield title
    if text:
        yield from _paragraph(text)


def _paragraph(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> Iterator[str]:
    """The lines of a table: columns of names, then of numbers; the last is a remark and has no head."""
    table = [[*heads, ""], *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    for row in table:
        cells = [
            cell.ljust(width) if at < names else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row[:-1], widths, strict=True))
        ]
        yield (_INDENT + "  ".join([*cells, row[-1]])).rstrip()


def _heads(report: Report) -> tuple[str, ...]:
    return "smallest", "median", f"under {report.k:,}", "bits", "worst"


def _cells(figures: Figures) -> list[str]:
    median = f"{figures.median:,.0f}" if figures.median.is_integer() else f"{figures.median:,.1f}"
    return [f"{figures.smallest:,}", median, _share(figures), _bits(figures.bits), _bits(figures.worst)]


def _share(figures: Figures) -> str:
    """A percentage. Some cards are never rounded to 0 %, nor to 100 %."""
    hundredths = f"{100 * figures.rare_share:.1f}"
    if figures.rare and hundredths == "0.0":
        hundredths = "<0.1"
    if figures.rare < figures.cards and hundredths == "100.0":
        hundredths = ">99.9"
    return f"{hundredths} %"


def _bits(bits: float) -> str:
    return f"{bits:.2f}"


def _names(each: PairPrivacy) -> str:
    return " + ".join(profile.venue_class for profile in each.profiles)


def _warning(figures: Figures) -> str:
    return WARNING if figures.rare else ""
