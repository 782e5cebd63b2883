"""`idcard batch`, record → JSON line, beside one libsodium signature and verification; and how its memory grows.

In turn: some thousand records through one run of the command, then the floor, then the other libraries, all on one
processor; what makes up the records is a process of its own. Linux only. `make bench` mints 200,000 records; without an
argument it is a million, which take some minutes.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cities import City
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair

from idcard.cose import decode_sign1, kid
from idcard.credential import calendar, signed, text
from speed.beside import REPEAT, on_one_processor, peer_rows, peers
from speed.timing import BRIEF, Round, Row, one_round, point, table

RECORDS = 1_000_000
A_ROUND = 500 if BRIEF else 10_000
MARKS = (1_000, 10_000, 100_000, 1_000_000)
"""Numbers of records at which time and memory are points of a curve."""
SETTLED = 100_000
"""Records after which memory is to stay as it is."""
ABOVE_START, GROWTH = 150, 2
"""Budgets, in MB."""
COMMAND = "from idcard_cli.main import run; run()"
CLASSES = ("library", "pool", "pharmacy")
FLOOR = "floor"
OURS = "batch, record → two cohort codes and one revocable"
BUDGET = 2.3
RECORD = (
    '{"reference":"A%07d","name":"Resident %d","address":"%d Harbour Road","birth_date":"%d-%02d-%02d","resident":true,'
    '"handles":{"schema":1,"city":"springfield","environment":"test","until":"%s","handles":{"pharmacy":"%s"}}}\n'
)
"""With a name and an address, as a careless caller passes them along."""


def generate(until: str) -> None:
    """As many records as each line of stdin says. Random handles are minted like those of a slip."""
    made = 0
    for line in sys.stdin:
        end = made + int(line)
        for number in range(made, end):
            born = (1930 + number % 70, 1 + number % 12, 1 + number % 28)
            sys.stdout.write(RECORD % (number, number, number % 400, *born, until, secrets.token_hex(10)))
        sys.stdout.flush()
        made = end


@dataclass(frozen=True)
class Memory:
    """Of a process, in MB: now, and at most."""

    now: float
    peak: float


class Run:
    """One run of the command, between the process that makes up records and this one, which counts what comes out."""

    def __init__(self, asked: IO[bytes], out: IO[bytes], pid: int) -> None:
        self._asked = asked
        self._out = out
        self._process = Path(f"/proc/{pid}")
        self.records = 0
        self.codes = 0
        self.seconds = 0.0
        self.processor = 0.0

    def mint(self, count: int) -> float:
        """So many more records. Seconds of the processor for one of them."""
        begin, before, missing = time.perf_counter(), self._used(), count
        self._asked.write(b"%d\n" % count)
        while missing:
            data = os.read(self._out.fileno(), 1 << 16)
            assert data, "the command has ended"
            lines = data.count(b"\n")
            self.codes += data.count(b"{") - lines
            missing -= lines
        self.records += count
        self.seconds += time.perf_counter() - begin
        used = self._used() - before
        self.processor += used
        return used / count

    def _used(self) -> float:
        """Seconds of the processor: what else the machine does at the time is not in them."""
        numbers = (self._process / "stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> Memory:
        said = dict(line.split(":", 1) for line in (self._process / "status").read_text().splitlines())
        now, peak = (int(said[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
        return Memory(now, peak)


def founded(folder: Path) -> tuple[object, ...]:
    """A city is founded. The command of a batch of it, which reads stdin."""
    passphrase, city = folder / "passphrase.txt", folder / "springfield"
    passphrase.write_text("a long passphrase, for a test city\n")
    secret = ("--passphrase-file", passphrase)
    idcard = (sys.executable, "-P", "-c", COMMAND)
    described = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask us.")
    subprocess.run([*idcard, "city", "init", city, *described, *secret, "--yes"], check=True, capture_output=True)
    return (*idcard, "batch", "--city", city, *secret, *(word for name in CLASSES for word in ("--for", name)), "-")


@contextmanager
def running(command: Sequence[object], *, one_processor: bool = True) -> Iterator[Run]:
    """A run of the command. one_processor: for all that is started from now on but what makes up the records."""
    until = calendar.as_month(calendar.month_of(int(time.time())) + 14)
    generator = [sys.executable, "-m", "speed.batch", "--generate", until]
    with subprocess.Popen(generator, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as records:
        if one_processor:
            on_one_processor()
        with subprocess.Popen(
            [*map(str, command)], stdin=records.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        ) as minting:
            assert records.stdin is not None
            assert records.stdout is not None
            assert minting.stdout is not None
            records.stdout.close()
            yield Run(records.stdin, minting.stdout, minting.pid)
            records.stdin.close()
            assert minting.stderr is not None
            said = minting.stderr.read()
            assert minting.wait() == 0, said


def signed_and_verified() -> tuple[Callable[[], object], dict[str, bytes]]:
    """One signature and one verification of what a revocable code signs; and the same work for the peers."""
    city = City()
    signer = city.signer("revocable")
    credential = text.decode(city.code("pharmacy"))[1]
    external_aad = city.scope.external_aad(signed.KIND)
    message = decode_sign1(credential).to_be_signed(external_aad)
    public_key, secret_key = crypto_sign_seed_keypair(signer.seed)
    work = {
        "seed": signer.seed,
        "kid": kid(public_key),
        "message": message,
        "external_aad": external_aad,
        "credential": credential,
    }
    return lambda: crypto_sign_open(crypto_sign(message, secret_key), public_key), work


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=RECORDS, metavar="N", help=f"default {RECORDS:,}")
    parser.add_argument("--brief", action="store_true", help="few records: it only shows that this works")
    parser.add_argument("--generate", metavar="MONTH", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.generate:
        generate(given.generate)
        return
    floor, work = signed_and_verified()
    measured: list[Round] = []
    with tempfile.TemporaryDirectory() as folder, running(founded(Path(folder))) as run, peers(work) as ask:
        run.mint(1)
        begun = run.processor
        memory = {1: run.memory()}
        last = 2 * A_ROUND if BRIEF else given.records
        while run.records < last:
            marks = (mark - run.records for mark in MARKS if mark > run.records)
            ours = run.mint(min(A_ROUND - run.records % A_ROUND, last - run.records, *marks))
            measured.append({OURS: ours, **one_round({FLOOR: floor}, REPEAT, time.process_time), **ask("mint")})
            if run.records in (SETTLED, last, *MARKS):
                memory[run.records] = run.memory()
                point(
                    "batch: processor time a record, µs", run.records, (run.processor - begun) / (run.records - 1) * 1e6
                )
                point("batch: memory, MB", run.records, memory[run.records].now)
    title = (
        f"batch: {run.records:,} records in one run of one process, JSON lines, {A_ROUND:,} a round; time of the "
        "processor; floor: one libsodium signature and verification; the peers make one code and check nothing"
    )
    print(table(title, measured, [Row(OURS, FLOOR, BUDGET), *peer_rows(measured[0])]))
    records, codes = run.records / run.seconds, run.codes / run.seconds
    raw = len(measured) / sum(each[FLOOR] for each in measured)
    print(f"{records:,.0f} records and {codes:,.0f} codes a second, beside whatever the machine does; floor {raw:,.0f}")
    print("\n".join(memory_lines(memory)))


def memory_lines(memory: Mapping[int, Memory]) -> Iterator[str]:
    """What the process had after so many records, beside the budgets. The peak is that of Argon2id at the beginning."""
    for records, had in memory.items():
        yield f"memory after {records:9,} records: {had.now:6.1f} MB, at most {had.peak:6.1f} MB until then"
    first, last = memory[min(memory)], memory[max(memory)]
    yield _budget("peak above the first record", last.peak - first.now, ABOVE_START)
    if SETTLED in memory:
        yield _budget(f"growth from record {SETTLED:,} on", last.now - memory[SETTLED].now, GROWTH)


def _budget(name: str, used: float, budget: float) -> str:
    return f"{name:31}  {used:6.1f} MB  budget {budget} MB  {'within' if used <= budget else 'over'}"


if __name__ == "__main__":
    main()
