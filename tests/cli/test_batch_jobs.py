"""`idcard batch --jobs`: whoever signs, the output, the counts and what is said are those of one process."""

import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import (
    as_csv,
    as_lines,
    begun,
    beside,
    children,
    codes_in,
    counted,
    ending,
    feed,
    in_blocks,
    is_gone,
    options,
    people,
    person,
    size,
    until,
    with_bad,
)
from command import CANNOT_SAY, TIMEOUT, USAGE, Ended, Office, idcard

from idcard.keys import key_file, token_key
from idcard.keys.token_key import TokenKey
from idcard.trust.public_key import KeyKind

KEPT = "idcard: what is done is kept, and the same command with --resume goes on"
LOST = "idcard: a signing process was killed, perhaps because memory ran out"
LATE = "idcard: the signing processes did not start in time, so none got a key: try again, with fewer --jobs"
OLD_REFERENCE = {**person(900), "reference": "a-3"}
OLD_SLIP = {**person(3), "reference": "A-901"}
RECORDS = [*with_bad(people(250), 40), OLD_REFERENCE, OLD_SLIP, person(902)]
"""Several tasks, and at the end what only who has seen the first of them knows to be bad."""


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def batch(office: Office, *more: object) -> Ended:
    return idcard(*options(office, *more), at=office.at)


def one_process(office: Office, data: bytes) -> tuple[bytes, str, int]:
    """What comes out, what is said, and how many codes are counted."""
    (office.home / "records").write_bytes(data)
    ended = batch(office, office.home / "records", "--out", office.home / "whole")
    assert ended.code == USAGE, ended.err
    number = counted(office)
    (office.folder / "counts.csv").unlink()
    return (office.home / "whole").read_bytes(), ended.err, number


@pytest.mark.parametrize("form", ["JSON", "CSV"])
def test_two_processes_give_what_one_gives(office: Office, form: str) -> None:
    good = [each for each in RECORDS if isinstance(each, dict) and "birth_date" in each]
    expected, said, codes = one_process(office, as_lines(RECORDS) if form == "JSON" else as_csv(good))
    assert said.count("is that of an earlier record") == said.count("are those of an earlier record") == 1
    ended = batch(office, office.home / "records", "--out", office.home / "out", "--jobs", "2")
    assert (ended.code, ended.err) == (USAGE, said)
    assert (office.home / "out").read_bytes() == expected
    assert counted(office) == codes == codes_in(expected)


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_killed_it_goes_on_with_any_number(office: Office, before: int, after: int) -> None:
    expected, said, codes = one_process(office, as_lines(RECORDS))
    out = office.home / "out"
    how = {"prelude": in_blocks(25), "stderr": subprocess.DEVNULL}
    with begun(office, "-", "--out", out, "--jobs", str(before), **how) as process:
        feed(process, as_lines(RECORDS[:120]))
        until(lambda: size(beside(out)[0]) > len(expected) // 4, process)
        there = children(process.pid)
        process.kill()
        process.wait(TIMEOUT)
    assert len(there) == (before if before > 1 else 0)
    deadline = time.monotonic() + TIMEOUT
    while not all(map(is_gone, there)):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    ended = batch(office, office.home / "records", "--out", out, "--resume", "--jobs", str(after))
    assert ended.code == USAGE, ended.err
    assert ended.err.splitlines()[-1] == said.splitlines()[-1]
    assert out.read_bytes() == expected
    assert codes <= counted(office) <= codes + 25 * 5


def test_a_process_that_is_killed_ends_the_run_which_goes_on_with_resume(office: Office) -> None:
    expected, _, codes = one_process(office, as_lines(RECORDS))
    out = office.home / "out"
    with begun(office, "-", "--out", out, "--jobs", "2") as process:
        feed(process, as_lines(RECORDS[:30]))
        until(lambda: size(beside(out)[0]) > 0, process)
        os.kill(min(children(process.pid)), signal.SIGKILL)
        feed(process, as_lines(RECORDS[30:]))
        ended = ending(process)
    assert (ended.code, ended.out, ended.err.splitlines()[-2:]) == (CANNOT_SAY, "", [KEPT, LOST])
    assert not out.exists()
    assert batch(office, office.home / "records", "--out", out, "--resume", "--jobs", "2").code == USAGE
    assert out.read_bytes() == expected
    assert counted(office) == codes


def spelt(secret: bytes) -> Iterator[bytes]:
    yield from (secret, secret.hex().encode(), base64.b64encode(secret), repr(secret).encode())


def seeds_of(office: Office) -> list[bytes]:
    phrase = (office.home / "passphrase.txt").read_text().splitlines()[-1]
    return [
        key_file.decode(office.key_path(office.key(kind, "2026-Q4")).read_text(), phrase).signer.seed
        for kind in ("cohort", "revocable")
    ]


def test_seeds_go_by_no_argument_and_no_file_and_no_process_dumps_core(office: Office) -> None:
    seeds = seeds_of(office)
    out = office.home / "out"
    with begun(office, "-", "--out", out, "--jobs", "2", cold=True) as process:
        feed(process, as_lines(people(3)))
        until(lambda: size(beside(out)[0]) > 0, process)
        signing = children(process.pid)
        assert len(signing) == 2
        for each in [Path(f"/proc/{pid}") for pid in (*signing, process.pid)]:
            assert re.search(r"Max core file size +0 +0 ", (each / "limits").read_text())
            shown = (each / "cmdline").read_bytes() + (each / "environ").read_bytes()
            assert not [seed for seed in seeds for way in spelt(seed) if way in shown]
    written = b"".join(path.read_bytes() for path in office.home.rglob("*") if path.is_file())
    assert not [seed for seed in seeds for way in spelt(seed) if way in written]


# Instead of a process that signs; what keeps count of semaphores is started the same way.
NOT_HARDENED = """#!{python}
import os, select, signal, sys
if not any("spawn_main" in each for each in sys.argv):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
if {waits}:
    signal.pause()
there = {{int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2}}
with open(f"{{__file__}}.{{os.getpid()}}", "wb") as seen:
    while there and (ready := select.select(there, [], [], 0.3)[0]):
        for each in ready:
            try:
                data = os.read(each, 65536)
            except OSError:
                data = b""
            seen.write(data)
            there -= set() if data else {{each}}
"""


@pytest.mark.parametrize(("waits", "said"), [(True, LATE), (False, LOST)], ids=["late", "seen"])
def test_no_seed_leaves_before_each_process_is_shut_to_others(office: Office, waits: bool, said: str) -> None:
    """Whatever can be read at the open ends of a process that has not said so is what others could read there."""
    program = office.home / "not-hardened"
    program.write_text(NOT_HARDENED.format(python=sys.executable, waits=waits))
    program.chmod(0o700)
    prelude = f"""
import multiprocessing
from idcard_cli.counter import processes
multiprocessing.set_executable({str(program)!r})
processes.PATIENCE = {0 if waits else TIMEOUT}
"""
    with begun(office, "-", "--jobs", "2", prelude=prelude) as process:
        ended = ending(process)
    assert (ended.code, ended.out, ended.err) == (CANNOT_SAY, "", f"{said}\n")
    seen = b"".join(path.read_bytes() for path in office.home.glob("not-hardened.*"))
    assert waits or b"spawn" in seen
    assert not [seed for seed in seeds_of(office) if seed in seen]


def test_keys_on_a_token_are_used_by_one_process(office: Office) -> None:
    key = office.key("revocable", "2026-Q4")
    named = TokenKey(KeyKind.ISSUING, office.plan().scope.environment, key.key, "office", bytes(16))
    office.key_path(key).write_text(token_key.encode(named))
    ended = batch(office, office.home / "records", "--jobs", "2")
    says = "the revocable key is on the token 'office', which one process uses at a time: leave out --jobs"
    assert (ended.code, ended.out, ended.err.splitlines()[0]) == (USAGE, "", f"idcard: {says}")
