"""The page of the benchmarks says what was missed and why, and its curves are pictures."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from speed import curves, page

BEGINS = (
    *("verify, text → card, library (cohort)", "verify, two threads", "mint, record → text", "batch, record → two"),
    *("batch, two signing processes", "draw one QR: PNG", "draw, card back", "idcard verify TEXT", "130,000 cancel"),
    "verify in JavaScript, library",
)


def test_a_budget_that_is_missed_has_its_paragraph_and_curves_have_their_points(tmp_path: Path) -> None:
    figure = {"kind": "figure", "value": "2 µs", "floor": "1 µs", "figure": 2.0, "unit": "", "budget": 1.5}
    notes = [*({**figure, "what": each, "more": False} for each in BEGINS), {**figure, "what": "good", "more": True}]
    points = [{"kind": "point", "curve": "keys: to open, <ms>", "x": x, "y": y} for x, y in ((10, 0.7), (1000, 7.1))]
    page.write(tmp_path, [*notes, *points], {"machine": "a machine", "verify": "a table"})
    written = (tmp_path / "performance.md").read_text("utf-8")
    assert written.count("**over**") == len(BEGINS)
    words = " ".join(written.split())
    assert [limit for limit in page.LIMITS.values() if limit not in words] == []
    assert "| good | 2 µs | 1 µs | 2.00 | ≥ 1.5 |  |\n" in written
    assert "](performance/keys.svg)" in written
    curve = ElementTree.parse(tmp_path / "performance/keys.svg").getroot()  # noqa: S314 - ours
    assert len(curve.findall(".//{*}circle")) == 2


@pytest.mark.parametrize(("value", "above"), [(0.7, 1), (1.0, 1), (7.1, 10), (130.0, 200), (34_000, 50_000)])
def test_an_axis_ends_at_a_round_number(value: float, above: float) -> None:
    assert curves._round_up(value) == pytest.approx(above)
