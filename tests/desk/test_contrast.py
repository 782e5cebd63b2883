"""Every pair of colours of the page, by the formula of WCAG 2.2 (1.4.3, 1.4.11)."""

import re
from importlib import resources

import pytest

STYLE = resources.files("idcard_cli.desk").joinpath("desk.css").read_text("utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE))
OUTCOMES = ("accept", "reject", "cannot-say", "notice", "question")
PAIRS = [("ground", "ink"), *((name, f"{name}-ink") for name in COLOURS if f"{name}-ink" in COLOURS)]


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_pairs_are_found() -> None:
    assert {name for name, _ in PAIRS} >= {"ground", "bar", "warn", "urgent", "test", "focus", *OUTCOMES}


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_text_is_read_by_tired_eyes(pair: tuple[str, str]) -> None:
    """AAA, 7 to 1: more than is asked for."""
    assert contrast(*(COLOURS[name] for name in pair)) >= 7


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_verdict_stands_out_from_the_bars_and_the_focus_from_all(outcome: str) -> None:
    ring = max(contrast(COLOURS[name], COLOURS[outcome]) for name in ("focus", "focus-ink"))
    assert ring >= 3


def test_outcomes_differ_in_brightness_or_in_hue_that_all_see() -> None:
    """Green and red look alike to many, who have shape and word; what cannot be said is the one that is bright."""
    assert contrast(COLOURS["cannot-say"], COLOURS["accept"]) >= 3
    assert contrast(COLOURS["cannot-say"], COLOURS["reject"]) >= 3


def test_no_colour_is_outside_the_table() -> None:
    rules = STYLE.partition("}")[2]
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) <= {"#ffffff", "#000000"}
