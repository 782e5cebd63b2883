"""The cohort sheets that a counter holds: that of now, and before a quarter ends the next (specs/batch.md)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from idcard.city.plan import Plan
from idcard.credential.calendar import DAY, Quarter
from idcard.credential.scope import Scope
from idcard.issuing import cohort_sheet
from idcard.issuing.cohort_sheet import SheetError
from idcard.repairs import encodings
from idcard_cli import city_time, files

WARN_DAYS = 14
NEXT = "make the next sheet: idcard cohort --quarter next"
Sheets = Mapping[Quarter, tuple[Path, str]]
"""Name and text of each."""


def read(sheets: Sequence[Path], scope: Scope) -> Sheets:
    """Raises OSError, UsageError, SheetError."""
    found: dict[Quarter, tuple[Path, str]] = {}
    for path in sheets:
        data = files.read_to_judge(path, cohort_sheet.MAX_SIZE)
        text = encodings.as_text(data if len(data) <= cohort_sheet.MAX_SIZE else b"") or ""
        try:
            quarter = cohort_sheet.quarter_of(text, scope)
        except SheetError as problem:
            raise SheetError(f"{path}: {problem}") from None
        if quarter in found:
            raise click.UsageError(f"{found[quarter][0]} and {path} are both of {quarter}: give one of them")
        found[quarter] = path, text
    return found


def of_now(sheets: Sheets, quarter: Quarter) -> tuple[Path, str]:
    """The one of the key that signs now. Raises SheetError."""
    if quarter not in sheets:
        held = " and ".join(f"{path} is of {each}" for each, (path, _) in sorted(sheets.items()))
        raise SheetError(f"no cohort sheet of {quarter} is here, {held}: make one of {quarter} (idcard cohort)")
    return sheets[quarter]


def warnings(sheets: Sheets, plan: Plan, quarter: Quarter, now: int) -> list[str]:
    """What to do about these sheets soon. quarter: of the key that signs now."""
    said = [
        f"{path} is of {each}, which is over: destroy it"
        for each, (path, _) in sorted(sheets.items())
        if each < quarter
    ]
    if now >= quarter.end - WARN_DAYS * DAY and not any(each > quarter for each in sheets):
        end = city_time.as_read(quarter.end, plan.time_zone)
        said.append(f"the cohort sheet can be used until {end}, and no next one is here: {NEXT}")
    return said
