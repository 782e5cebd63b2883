"""A picture of the cohorts of each venue class, largest to smallest, with a line at k (SVG, black and white)."""

from collections.abc import Iterator
from html import escape
from math import ceil, log10

from idcard.city.profile import Kind
from idcard.privacy.figures import ClassPrivacy, Report, Sizes
from idcard_cli.officer.privacy_table import WARNING, number, warnings

WIDTH = 900
_LEFT, _RIGHT = 70, 810
_TOP, _PANEL = 86, 216
_PLOT = 140
"""Height of the bars in a panel, in which 1 card still shows."""
_FLOOR = 0.5
"""Cards at the foot of a bar, for a logarithm has no zero."""
_SEPARATE = 100
"""Up to so many cohorts each has a bar of its own; more are drawn as one outline."""
_OPEN = f"{WARNING}: the stream leaves something open, so these figures may be wrong. The report says what."


def draw(report: Report) -> bytes:
    """One SVG image without anything about a person: sizes of cohorts, and figures of the report."""
    height = _TOP + _PANEL * len(report.classes)
    top = max([report.k, *(max(each.sizes, default=1) for each in report.classes)])
    scale = _PLOT / (ceil(log10(top) + 1e-9) - log10(_FLOOR))
    body = "".join(
        part
        for at, each in enumerate(report.classes)
        for part in _panel(each, report, scale, ceil(log10(top) + 1e-9), _TOP + at * _PANEL)
    )
    title = f"Cohorts of {number(report.cards, 'card')}"
    legend = (
        f"A bar is a cohort: the cards that carry one code, on a logarithmic scale. Black: fewer than {report.k:,}."
    )
    summary = f"{'; '.join(_sentence(each, report) for each in report.classes)}."
    warning = _OPEN if any(warnings(report.gaps)) else ""
    if warning:
        summary = f"{warning} {summary}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13" fill="#000">'
        f'<title id="title">{escape(title)}</title><desc id="desc">{escape(summary)}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{_text(20, 32, title, size=20)}"
        f"{_text(20, 56, legend)}"
        f"{_text(20, 78, warning, weight='bold') if warning else ''}"
        f"{body}</svg>\n"
    ).encode()


def _panel(each: ClassPrivacy, report: Report, scale: float, powers: int, top: int) -> Iterator[str]:
    foot, k = top + 30 + _PLOT, report.k

    def height(cards: float) -> float:
        return scale * (log10(cards) - log10(_FLOOR))

    yield _text(_LEFT, top + 16, _sentence(each, report), weight="bold")
    for power in range(powers + 1):
        y = foot - height(10**power)
        yield f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="#ccc"/>'
        yield _text(_LEFT - 8, y + 4, f"{10**power:,}", anchor="end")
    for left, right, cards in _bars(each.sizes):
        fill = "#000" if cards < k else "#999"
        bar = height(cards)
        yield f'<rect x="{left:.2f}" y="{foot - bar:.1f}" width="{right - left:.2f}" height="{bar:.1f}" fill="{fill}"/>'
    y = foot - height(k)
    yield f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="#000" stroke-width="1.5" stroke-dasharray="6 4"/>'
    yield _text(_RIGHT + 6, y + 4, f"k = {k:,}")
    yield f'<path d="M{_LEFT} {foot:.1f}H{_RIGHT}" stroke="#000"/>'
    yield _text(_LEFT, foot + 17, "cohorts, largest first")
    yield _text(_RIGHT, foot + 17, f"{each.figures.groups:,}", anchor="end")


def _bars(sizes: Sizes) -> Iterator[tuple[float, float, int]]:
    """Left, right and cards of each bar, or of each run of cohorts of one size."""
    groups = sum(sizes.values())
    step = (_RIGHT - _LEFT) / groups if groups else 0.0
    at = 0
    for cards in sorted(sizes, reverse=True):
        runs = [1] * sizes[cards] if groups <= _SEPARATE else [sizes[cards]]
        for run in runs:
            gap = step * 0.15 if groups <= _SEPARATE else 0.0
            yield _LEFT + at * step + gap, _LEFT + (at + run) * step - gap, cards
            at += run


def _sentence(each: ClassPrivacy, report: Report) -> str:
    name, figures, k = each.profile.venue_class, each.figures, report.k
    if not figures.cards:
        return f"{name}: no code"
    if each.profile.kind is Kind.REVOCABLE:
        handles = "each unique by its handle" if figures.groups > 1 else "unique by its handle"
        if report.gaps.repeated:
            handles = "and some handles stand in more than one code of the stream"
        return f"{name} (revocable): {number(figures.groups, 'code')}, {handles}"
    few = f"{number(figures.rare, 'card')} in cohorts" if figures.rare else "no card in a cohort"
    return f"{name} (cohort): {number(figures.groups, 'cohort')}, smallest {figures.smallest:,}; {few} under {k:,}"


def _text(x: float, y: float, text: str, *, size: int = 13, weight: str = "normal", anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
