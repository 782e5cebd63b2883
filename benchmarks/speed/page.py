"""Writes docs/performance.md and its curves, of what the benchmarks noted and printed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import Any

from speed.curves import svg
from speed.timing import Figure

HEAD = """# Speed

What things cost, as ratios to what they cannot be faster than: one call of libsodium for the same message, the imports
of a program, a single process. `make bench` measured all of it in one run on {day} and wrote this page. Ratios are
medians of rounds in which everything is timed in turn, in time of the processor; where two processors share the work
it is the best of short bursts, since a machine is never quite alone. Other libraries stand beside ours where
`make peers` has built their environment; they check signatures, not whether a venue may accept.

{machine}
## Budgets

| what | measured | beside | figure | budget | |
|---|---|---|---|---|---|
"""
GROWTH = """
## Growth

The lower axes are logarithmic, but those of the last picture. A trust file is opened once, when a program begins or a
new file has come.
"""
LIMITS = {
    "verify, text": (
        "Of the time above the signature, base45 takes the larger half, and Python between two calls of libsodium "
        "runs with cold caches, at half its speed. What is left is ten steps; another language would have fewer."
    ),
    "verify, two": (
        "PyNaCl lets the other thread run while libsodium works, so a second one brings what is not Python. A thread "
        "that finds the lock taken sleeps, and waking it takes as long as is said below: where that is as much as a "
        "verification, each collision costs one. Two processes have no such lock."
    ),
    "mint": (
        "The signature is verified after it is made, for a signer may be faulty or false, and the text is decoded "
        "again. Base45 there and back and the choice of the claims are what remains."
    ),
    "batch, record": (
        "What remains is JSON in and out, three choices of claims, the look for earlier references and handles, and "
        "the minting of the one code that is nobody else's."
    ),
    "batch, two": (
        "The process that reads, counts and writes takes a share of one processor; with only two of them that share "
        "is missing where the others sign. Two runs of one process each share nothing but the machine."
    ),
    "draw one QR": "zxing-cpp lays out the symbol, and it is read back; what remains is bytes into a file.",
    "draw, card back": "typst sets the page and reads the symbols as SVG, which is most of it.",
    "idcard verify": "Half is the interpreter and click; PyNaCl, cbor2 and the modules of ours share the rest.",
    "verify in JavaScript": (
        "WebCrypto verifies in another thread, and the way there and back is part of both. What is left is base45, "
        "CBOR and the rows of the decision."
    ),
    "130,000": "The values stay bytes of the file, checked and indexed all at once, by arithmetic on large numbers.",
}
"""By how the row begins: what stands in the way of a budget that is missed."""


def write(folder: Path, notes: Iterable[Mapping[str, Any]], printed: Mapping[str, str]) -> None:
    """folder: docs. printed: what each benchmark said, by its name."""
    figures: list[Figure] = []
    curves: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for each in notes:
        if each["kind"] == "figure":
            figures.append(Figure(**{name: value for name, value in each.items() if name != "kind"}))
        else:
            picture, _, title = each["curve"].partition(": ")
            curves.setdefault(picture, {}).setdefault(title, []).append((each["x"], each["y"]))
    pictures = folder / "performance"
    pictures.mkdir(exist_ok=True)
    page = HEAD.format(day=f"{datetime.now(UTC):%Y-%m-%d}", machine=_block(printed["machine"]))
    page += "".join(map(_row, figures)) + "".join(map(_missed, figures)) + GROWTH
    for name, panels in curves.items():
        (pictures / f"{name}.svg").write_text(svg(panels), "utf-8")
        page += f"\n![{name}: {', '.join(panels)}](performance/{name}.svg)\n"
    page += "\n## As printed\n" + "".join(f"\n{_block(text)}" for name, text in printed.items() if name != "machine")
    (folder / "performance.md").write_text(page, "utf-8")


def _row(figure: Figure) -> str:
    least = "≥" if figure.more else "≤"
    return (
        f"| {figure.what} | {figure.value} | {figure.floor} | {figure.figure:.2f}{figure.unit} "
        f"| {least} {figure.budget:g}{figure.unit} | {'' if figure.verdict == 'within' else '**over**'} |\n"
    )


def _missed(figure: Figure) -> str:
    if figure.verdict == "within":
        return ""
    limit = next(text for begins, text in LIMITS.items() if figure.what.startswith(begins))
    missed = f"**{figure.what}: {figure.figure:.2f}{figure.unit}, not {figure.budget:g}{figure.unit}.** {limit}"
    return f"\n{fill(missed, 120)}\n"


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```\n"
