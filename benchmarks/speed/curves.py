"""Draws curves as SVG: a panel for each, with its own axes, one beside the other."""

import math
from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT = 300, 200
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 30, 18, 28
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.line{fill:none;stroke:#0a5bab;stroke-width:2}"
    ".axis{stroke:#999;fill:none}.grid{stroke:#ddd}circle{fill:#0a5bab}rect{fill:#fff}"
)


def svg(panels: Mapping[str, Points]) -> str:
    """panels: by their titles."""
    width = WIDTH * len(panels)
    drawn = "".join(
        f'<g transform="translate({WIDTH * place} 0)">{_panel(title, points)}</g>\n'
        for place, (title, points) in enumerate(panels.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">\n'
        f'<style>{_STYLE}</style><rect width="{width}" height="{HEIGHT}"/>\n{drawn}</svg>\n'
    )


def _panel(title: str, points: Points) -> str:
    """The lower axis is logarithmic where it spans more than a power of ten; the other begins at 0."""
    xs, top = [x for x, _ in points], _round_up(max(y for _, y in points))
    scale = math.log10 if max(xs) > 10 * min(xs) else float
    low, high = scale(min(xs)), scale(max(xs))

    def at(x: float, y: float) -> tuple[float, float]:
        share = (scale(x) - low) / (high - low) if high > low else 0.5
        return (
            round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - y / top * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    parts = [f'<text class="title" x="{_LEFT}" y="18">{escape(title)}</text>']
    for y in (0, top / 2, top):
        height = at(min(xs), y)[1]
        parts.append(f'<path class="grid" d="M{_LEFT} {height}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{height + 4}" text-anchor="end">{y:,.10g}</text>')
    for x in xs:
        parts.append(f'<text x="{at(x, 0)[0]}" y="{HEIGHT - 10}" text-anchor="middle">{_short(x)}</text>')
    places = [at(*each) for each in points]
    parts.append(f'<path class="line" d="M{" L".join(f"{x} {y}" for x, y in places)}"/>')
    parts += [f'<circle cx="{x}" cy="{y}" r="3"/>' for x, y in places]
    return "\n".join(parts)


def _round_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _short(value: float) -> str:
    for factor, letter in ((1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g}{letter}"
    return f"{value:g}"
