"""The folder of a city: its plan, the trust file in force, counts, and the issuing keys that the city holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard import cose
from idcard.ceremony import rotation
from idcard.ceremony.rotation import Slot
from idcard.city import counts, ledger, plan
from idcard.city.counts import Counts, CountsByCounter
from idcard.city.ledger import Ledger, LedgerError
from idcard.city.plan import Plan, PlannedKey
from idcard.credential.calendar import as_day
from idcard.errors import Malformed
from idcard.trust import paper, trust_file
from idcard.trust.paper import PosterKind
from idcard.trust.trust_file import Trust
from idcard.verify import tally
from idcard.verify.tally import Tally, TallyByDesk
from idcard_cli import clock, files, random_id
from idcard_cli.officer import staging
from idcard_cli.officer.staging import COPIED, MAX_PLAN, PLAN_FILE, PUBLIC, TRUST_FILE

COUNTS_FILE, TALLY_FILE, LEDGER_FILE = COPIED
Command = TypeVar("Command", bound=Callable[..., Any])


def option(command: Command) -> Command:
    """Adds `--city` and `--at`. The command gets the folder that it works on, which in a rehearsal may be a copy."""

    @wraps(command)
    def staged(*arguments: Any, folder: Path, at: datetime | None, **given: Any) -> Any:
        with staging.staged(folder, at, given) as stage:
            return command(*arguments, folder=stage, **given)

    whole: Any = click.option(
        "--at", type=clock.Moment(), metavar="TIME",
        help="Rehearse: as if it were this time, with a test city, on a copy that is thrown away.",
    )(staged)  # fmt: skip
    whole = click.option(
        "--city", "folder", required=True, type=click.Path(path_type=Path), help="Folder that `city init` made."
    )(whole)
    found: Command = whole
    return found


def key_name(slot: Slot, public_key: bytes) -> str:
    """Path of an issuing key in the folder; the kid tells two keys of one slot apart."""
    return f"keys/{_stem(slot, public_key)}.key"


def kill_note_name(slot: Slot, public_key: bytes) -> str:
    return f"kill-notes/{_stem(slot, public_key)}.txt"


def _stem(slot: Slot, public_key: bytes) -> str:
    parts = (slot.kind.value, slot.station, str(slot.quarter), cose.kid(public_key).hex())
    return "-".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class CityFolder:
    """Reads and writes the files of a city. Reading raises OSError, UsageError, PlanError, CountsError and Refused."""

    path: Path

    @property
    def trust_path(self) -> Path:
        return self.path / TRUST_FILE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time between reading the plan or the trust file and writing it."""
        if not (self.path / PLAN_FILE).is_file():
            raise click.UsageError(f"{self.path} is not the folder of a city")
        with files.locked(self.path / PLAN_FILE):
            yield

    def plan(self, in_force: Trust) -> Plan:
        """The plan, corrected by the trust file in force, so that an old copy never trusts a distrusted key."""
        written = plan.decode(files.read_text(self.path / PLAN_FILE, MAX_PLAN))
        return rotation.published(written, in_force.trust_list, in_force.kill_notes)

    def whole_plan(self, in_force: Trust) -> Plan:
        """The plan, for changing or publishing it. Raises UsageError for an old copy."""
        held = self.plan(in_force)
        if missing := rotation.strangers(held, in_force.trust_list):
            kids = ", ".join(sorted(cose.kid(key).hex() for key in missing))
            raise click.UsageError(
                f"the plan is an old copy without keys of the trust list: {kids}; restore the newest plan"
            )
        return held

    def write_plan(self, changed: Plan) -> None:
        data = plan.encode(changed).encode("utf-8")
        if len(data) > MAX_PLAN:
            raise click.UsageError(
                f"{PLAN_FILE} would be larger than the limit of {MAX_PLAN} bytes; nothing was changed"
            )
        files.replace(self.path / PLAN_FILE, data)

    def trust_bytes(self) -> bytes:
        return files.read_to_judge(self.trust_path, trust_file.MAX_SIZE)

    def trust(self) -> Trust:
        return trust_file.decode(self.trust_bytes())

    def check_in_date(self, in_force: Trust, now: int) -> None:
        """Raises UsageError for an expired trust file: without today's keys, codes would seem to end too early."""
        if now >= in_force.trust_list.exp:
            raise click.UsageError(
                f"{self.trust_path} expired on {as_day(in_force.trust_list.exp)}: bring the city's current one, "
                "or renew it"
            )

    def write_trust(self, data: bytes) -> None:
        files.replace(self.trust_path, data, PUBLIC)

    def counts(self) -> Counts:
        """Over all counters whose counts are here."""
        return counts.total(self.counts_by_counter())

    def counts_by_counter(self) -> dict[str, Counts]:
        path = self.path / COUNTS_FILE
        return counts.decode(files.read_text(path, counts.MAX_SIZE)) if path.exists() else {}

    def count(self, minted: Counts) -> None:
        """Adds codes that were minted here."""
        path = self.path / COUNTS_FILE
        with files.locked(path):
            counted = self.counts_by_counter()
            here = random_id.of(path)
            counted[here] = counted.get(here, Counts()) + minted
            files.replace(path, counts.encode(counted).encode("ascii"))

    def collect_counts(self, theirs: CountsByCounter) -> int:
        """Brings in what counters counted; how many codes more there are."""
        path = self.path / COUNTS_FILE
        with files.locked(path):
            before = self.counts_by_counter()
            after = counts.merged(before, theirs)
            files.replace(path, counts.encode(after).encode("ascii"))
        return counts.total(after).total() - counts.total(before).total()

    def tally_by_desk(self) -> dict[str, Tally]:
        """What venues brought. Raises TallyError."""
        path = self.path / TALLY_FILE
        return tally.decode(files.read_text(path, tally.MAX_SIZE)) if path.exists() else {}

    def collect_tally(self, theirs: TallyByDesk) -> int:
        """Brings in what venues counted; how many codes more there are. Raises TallyError."""
        path = self.path / TALLY_FILE
        with files.locked(path):
            before = self.tally_by_desk()
            after = tally.merged(before, theirs)
            files.replace(path, tally.encode(after).encode("ascii"))
        return tally.total(after).total() - tally.total(before).total()

    def ledger(self, in_force: Trust) -> Ledger:
        """The ledger, with all that the trust file in force cancels. Raises LedgerError with what to do."""
        path = self.path / LEDGER_FILE
        if path.is_symlink():
            raise LedgerError(f"{path} is a link: put the ledger itself there")
        try:
            written = ledger.decode(files.read_text(path, ledger.MAX_SIZE)) if path.exists() else {}
        except LedgerError as problem:
            raise LedgerError(
                f"{path}: {problem}; mend it, or move it away: what is published comes back from the trust file"
            ) from None
        return ledger.adopt(written, in_force)

    def waiting(self, in_force: Trust, now: int) -> int:
        """How many cancellations are in no trust file yet."""
        return len(ledger.waiting(self.ledger(in_force), in_force, now))

    def change_ledger(self, change: Callable[[Ledger, Trust], Ledger], now: int) -> Ledger:
        """Change the ledger and drop what has expired; return it as it was before. Written only if it differs.

        now: as for ledger.pruned.
        """
        path = self.path / LEDGER_FILE
        with files.locked(path):
            # Read it again: an older trust file would bring back what the ledger has dropped since.
            in_force = self.trust()
            before = self.ledger(in_force)
            data = ledger.encode(ledger.pruned(change(before, in_force), in_force, now)).encode("ascii")
            if data != (files.read(path, ledger.MAX_SIZE) if path.exists() else ledger.encode({}).encode("ascii")):
                files.replace(path, data)
        return before

    def key_path(self, key: PlannedKey) -> Path:
        return self.path / key_name(Slot(key.kind, key.station, key.quarter), key.key)


def check_station(name: str) -> str:
    """Raises UsageError unless it can be the name of a station."""
    try:
        return plan.check_station(name)
    except Malformed as problem:
        raise click.UsageError(str(problem)) from None


def kill_note_text(note: bytes) -> bytes:
    """The note as the text of a QR code."""
    return "".join(f"{text}\n" for text in paper.encode(PosterKind.KILL, note)).encode("ascii")
