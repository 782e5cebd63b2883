"""Draws tables of a report as bars, in SVG: of each line one bar a quarter, with the number that is printed."""

from collections.abc import Sequence
from html import escape

from idcard.city.council_numbers import NOTHING, PrintedTable, ReportRow

WIDTH, BAR, GAP, NAME = 760, 14, 12, 300
_STYLE = (
    "text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:14px}.quarter{fill:#555}"
    ".bar{fill:#0a5bab}.paper{fill:#fff}.line{stroke:#ccc}"
)


def svg(tables: Sequence[PrintedTable]) -> str:
    """Letters are those of whoever shows it; colour carries nothing that the number does not say."""
    parts, top = list[str](), 10
    for table in tables:
        top += 18
        parts.append(f'<text class="title" x="10" y="{top}">{escape(table.title)}</text>')
        top += 12
        most = max((cell for row in table.rows for cell in row.cells), default=0)
        for row in table.rows:
            drawn, top = _row(row, table, top, most)
            parts += drawn
        if not table.rows:
            top += 16
            parts.append(f'<text x="10" y="{top}">{NOTHING}</text>')
        else:
            totals = ", ".join(f"{each}: {cell:,}" for each, cell in zip(table.quarters, table.totals, strict=True))
            top += 16
            parts.append(f'<text x="10" y="{top}">all: {totals}; total {sum(table.totals):,}</text>')
        top += 20
    parts.append(f'<text x="10" y="{top}">Every number is rounded down to tens; totals are sums of these.</text>')
    height = top + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
        f'<style>{_STYLE}</style><rect class="paper" width="{WIDTH}" height="{height}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _row(row: ReportRow, table: PrintedTable, top: int, most: int) -> tuple[list[str], int]:
    """Its parts, and where they end."""
    line = row.line
    first, second = line.place, line.what + (f": {line.reason}" if line.reason else "")
    parts = [
        f'<path class="line" d="M10 {top}H{WIDTH - 10}"/>',
        f'<text x="10" y="{top + 16}">{escape(first)}</text>',
        f'<text x="10" y="{top + 31}" class="quarter">{escape(second)}</text>',
    ]
    room = WIDTH - NAME - 90
    for place, (quarter, cell) in enumerate(zip(table.quarters, row.cells, strict=True)):
        y = top + 6 + place * (BAR + 4)
        width = round(room * cell / most) if most else 0
        parts.append(f'<text class="quarter" x="{NAME - 8}" y="{y + 11}" text-anchor="end">{quarter}</text>')
        parts.append(f'<rect class="bar" x="{NAME}" y="{y}" width="{width}" height="{BAR}"/>')
        parts.append(f'<text x="{NAME + width + 6}" y="{y + 11}">{cell:,}</text>')
    return parts, top + max(len(row.cells) * (BAR + 4), 34) + GAP
