"""What is wrong with a city's folder, or soon will be."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from idcard.ceremony import agenda, limits, rotation
from idcard.ceremony.rotation import State
from idcard.city import ledger
from idcard.city.counts import CountsError
from idcard.city.ledger import LedgerError
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential.calendar import DAY, as_day
from idcard.errors import IdcardError
from idcard.keys import key_file, token_key
from idcard.trust import cancellations, kill_note, paper
from idcard.trust.paper import PosterKind
from idcard.trust.trust_file import Trust
from idcard_cli import city_time, files, held_sheets
from idcard_cli.officer import city_folder, signers
from idcard_cli.officer.city_folder import CityFolder
from idcard_cli.officer.tasks import as_line

WARN_DAYS = 60
"""How far ahead a finding looks."""
WITHIN_DAYS = 7
"""How many days ahead something is due soon, unless another number is asked for."""
_MAX_NOTE = 8192


@dataclass(frozen=True, slots=True)
class Finding:
    """urgent: to be done now. soon: in the next days, as many as were asked for."""

    urgent: bool
    what: str
    soon: bool = False


def of(held: CityFolder, plan: Plan, trust: Trust, now: int, within: int, sheets: Sequence[Path] = ()) -> list[Finding]:
    """What is urgent first. within: the number of days in which something is due soon, at most WARN_DAYS. sheets: of a
    counter.

    Raises OSError, UsageError, SheetError.
    """
    is_counter = bool(sheets) and not (held.path / "keys").exists()
    found = [*_sheets(sheets, plan, now), *_all(held, plan, trust, now, None if is_counter else within)]
    return sorted(found, key=lambda finding: (not finding.urgent, not finding.soon))


def _sheets(sheets: Sequence[Path], plan: Plan, now: int) -> Iterator[Finding]:
    """Until when a counter can use them. Raises OSError, UsageError, SheetError."""
    if not sheets:
        return
    held, quarter = held_sheets.read(sheets, plan.scope), rotation.active(plan, Kind.COHORT, None, now).quarter
    for each, (path, _) in sorted(held.items()):
        if each >= quarter:
            yield Finding(False, f"{path} can be used until {city_time.as_read(each.end, plan.time_zone)}")
    if quarter not in held:
        yield Finding(True, f"no cohort sheet of {quarter} is here: make one (idcard cohort)")
    for warning in held_sheets.warnings(held, plan, quarter, now):
        yield Finding(True, warning)


def _all(held: CityFolder, plan: Plan, trust: Trust, now: int, within: int | None) -> Iterator[Finding]:
    """within: as above; None at a counter, which has no keys and nothing to publish."""
    yield from _clock(trust, plan, now)
    cancelled, waiting = frozenset(trust.cancellations), 0
    try:
        written = held.ledger(trust)
    except (LedgerError, click.UsageError) as problem:
        yield Finding(True, str(problem))
    else:
        cancelled, waiting = ledger.live(written, now), len(ledger.waiting(written, trust, now))
    yield from _room(held, trust, cancelled)
    soon = now + WARN_DAYS * DAY
    for task in () if within is None else agenda.tasks(plan, trust, now, waiting):
        if task.due < soon:
            what = " ".join(as_line(task, now).split()).removeprefix("now ")
            yield Finding(task.due <= now, what, soon=now < task.due <= now + (within or 0) * DAY)
    for event in agenda.expiries(plan, trust):
        if now <= event.when < soon:
            yield Finding(False, f"{as_day(event.when)} {event.what}")
    for end in (trust.trust_list.exp, trust.root.exp):
        if end <= now:
            yield Finding(True, f"expired on {as_day(end)}: venues get no verdicts; publish now")
    if within is not None:
        yield from _private_keys(held, plan, now)
    yield from _left_behind(held, plan)
    yield from _modes(held)
    try:
        held.counts()
    except (CountsError, click.UsageError) as problem:
        yield Finding(
            True, f"{held.path / city_folder.COUNTS_FILE}: {problem}; nothing can be minted until the file is repaired"
        )


def _room(held: CityFolder, trust: Trust, cancelled: frozenset[bytes]) -> Iterator[Finding]:
    """How full the trust file would be if it were published now."""
    others = len(held.trust_bytes()) - len(cancellations.encode(trust.cancellations))
    size, roots = others + len(cancellations.encode(cancelled)), len(trust.roots)
    has_new = any(value not in trust.cancellations for value in cancelled)
    if too_much := limits.excess(size, roots, has_new=has_new):
        yield Finding(True, too_much)
        return
    for use in limits.told(size, roots):
        yield Finding(use.is_four_fifths, str(use))


def _clock(trust: Trust, plan: Plan, now: int) -> Iterator[Finding]:
    if now < trust.trust_list.issued - plan.timing.skew * DAY:
        yield Finding(
            True,
            f"the clock says {as_day(now)}, before the trust list was made ({as_day(trust.trust_list.issued)}): "
            "set the clock; if it is right, the next list may have an earlier date (idcard trust draft)",
        )


def _private_keys(held: CityFolder, plan: Plan, now: int) -> Iterator[Finding]:
    for key in plan.keys:
        path = held.key_path(key)
        if not rotation.is_live(key, now):
            if path.exists():
                yield Finding(True, f"{path} should have been destroyed: idcard key rotate")
        elif not path.exists():
            urgent = rotation.state(plan, key, now) is State.ACTIVE
            yield Finding(urgent, f"{path} is not here: if it is lost, idcard key retire {key.kid.hex()}")


def _left_behind(held: CityFolder, plan: Plan) -> Iterator[Finding]:
    """Private keys and kill notes that do not belong in this folder."""
    known = {held.key_path(key) for key in plan.keys}
    for path in sorted((held.path / "keys").glob("*")):
        if path in known:
            continue
        text = _text(path)
        if ".root." in text:
            yield Finding(True, f"{path} is a root key: give it to its officer and remove it here")
        elif ".publisher." in text:
            continue
        elif text.startswith(key_file.BEGIN) or token_key.is_token_key(text):
            yield Finding(False, f"{path} is not in the plan, perhaps because a command was interrupted: remove it")
        else:
            yield Finding(False, f"{path} is not a key file")
    for path in sorted((held.path / "kill-notes").glob("*")):
        if is_orphan(path, plan):
            what = "is the kill note of a key that is not in the plan, perhaps because a command was interrupted"
            yield Finding(True, f"{path} {what}: do not lock it up, remove it")
        else:
            yield Finding(True, f"{path} lies here: print it, lock it up, and remove it")


def is_orphan(path: Path, plan: Plan) -> bool:
    """Whether a file is the kill note of a key that the plan does not name."""
    try:
        sheet, data = paper.decode(files.read_text(path, _MAX_NOTE).splitlines())
        key = kill_note.decode(data, plan.scope)
    except (IdcardError, OSError, click.UsageError):
        return False
    return sheet is PosterKind.KILL and key not in {each.key for each in plan.keys}


def _text(path: Path) -> str:
    """Its text; empty for a file that is no text."""
    try:
        return signers.read(path)
    except (OSError, click.UsageError):
        return ""


def _modes(held: CityFolder) -> Iterator[Finding]:
    if os.name != "posix":
        yield Finding(False, "this system has no file modes: make sure that nobody else can read the folder")
        return
    for path in (held.path, held.path / "keys", *sorted((held.path / "keys").glob("*"))):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(True, f"others can read {path}: chmod go= {path}")
