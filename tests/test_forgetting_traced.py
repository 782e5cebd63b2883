"""A batch forgets: what it gives to the system, byte by byte, has nothing of the people whose codes it mints.

Every call of the program is searched, so this is about all that is written anywhere: files, pipes, sockets, names,
arguments. What stays in its memory is searched, too. What draws never has a record.
"""

import base64
import csv
import io
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from command import ACCEPT, USAGE, Office, environment, program
from machine import needs_strace
from traces import WRITES, Call, Trace, traced

AT = "2026-11-22 12:00"
YEAR = 1913
"""In which the first 365 are born, and which nothing else is about."""
NAMES = ("Quillfeather", "Ñúñez", "Marzipan", "Docket-X77Q")
"""Pieces of every name, every address and every number of a paper."""
COLUMNS = ("reference", "birth_date", "resident", "student", "language", "handles")
"""No others are allowed in a table."""


def record(number: int) -> dict[str, Any]:
    """With what a careless caller passes along. Birth dates differ."""
    return {
        "reference": f"A{number:06}",
        "name": f"Zarah Quillfeather-Ñúñez {number:06}",
        "address": f"{number:06} Marzipan Alley",
        "papers": f"Docket-X77Q{number:06}",
        "birth_date": f"{date(YEAR, 1, 1) + timedelta(number)}",
        "resident": True,
        "student": number % 2 == 0,
        "language": "es" if number % 3 else "en",
        "handles": {
            "schema": 1,
            "city": "springfield",
            "environment": "test",
            "until": "2028-01",
            "handles": {"pharmacy": f"{number:020x}"},
        },
    }


BAD = (
    {**record(351), "birth_date": f"{YEAR}-02-30"},
    {**record(352), "birth_date": f"7.3.{YEAR}"},
    {**record(353), "resident": "Quillfeather"},
    {**record(354), "handles": {"Quillfeather": f"{YEAR}-03-07"}},
    {**record(355), "reference": "Zarah Quillfeather"},
    {**record(356), "language": "Ñúñez"},
)


def as_json(count: int) -> bytes:
    """A line for each good record, and then lines that are bad in each way that there is."""
    whole = [json.dumps(record(number), ensure_ascii=number % 2 == 0).encode() for number in range(count)]
    twice = b'{"name": "Quillfeather", ' + whole[0][1:]
    spoiled = (whole[0][:-40], twice, b"{Quillfeather}", whole[1].replace(b"Zarah", b"\xff"), whole[0] + b" " * 70000)
    return b"\n".join((*whole, *(json.dumps(each).encode() for each in BAD), *spoiled, whole[1])) + b"\n"


def as_csv(count: int, columns: Sequence[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    rows = csv.DictWriter(text, columns, lineterminator="\r\n", extrasaction="ignore")
    rows.writeheader()
    for each in (*map(record, range(count)), *BAD):
        rows.writerow({**each, "handles": json.dumps(each["handles"])})
    return text.getvalue().encode() + b"Quillfeather,1\nQuillfeather\0\n"


# ---- what is looked for ----


def spellings(value: str) -> Iterator[bytes]:
    """As programs write a piece of text, whatever stands around it; in small letters."""
    for text in {value.lower(), value.upper(), value}:
        for encoded in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
            yield from (encoded.lower(), encoded.hex().encode())
        for escaped in (json.dumps(text), repr(text.encode())[1:], quote(text)):
            yield escaped.strip("'\"").lower().encode()


def in_base64(value: str) -> Iterator[bytes]:
    """The letters that are the same whatever stands around it."""
    for encoded in (value.encode(), value.encode("utf-16-le")):
        for before in range(3):
            text = base64.b64encode(bytes(before) + encoded)
            yield text[-(-8 * before // 6) : (before + len(encoded)) * 8 // 6]


MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DATES = (
    rf"\b{YEAR}[-/.]\d\d?[-/.]\d\d?\b",
    rf"\b\d\d?[-/.]\d\d?[-/.]{YEAR}\b",
    rf"\b{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b",
    rf"\b(?:{MONTHS}),? (?:\d+, )?{YEAR}\b",
)
_SPELT = {each for value in (*NAMES, f"{YEAR}-0", f"{YEAR}-1") for each in spellings(value)}
_SMALL = re.compile(b"|".join((*map(str.encode, DATES), *map(re.escape, _SPELT))))
_BASE64 = re.compile(b"|".join(each for value in (*NAMES, f"{YEAR}-0", f"{YEAR}-1") for each in in_base64(value)))


def personal(data: bytes) -> set[bytes]:
    """What of somebody stands there."""
    return {found[0] for found in (*_SMALL.finditer(data.lower()), *_BASE64.finditer(data))}


@pytest.mark.parametrize("value", [*NAMES, f"{YEAR}-03-07"])
@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda value: value.lower().encode(),
        lambda value: json.dumps(value).encode(),
        lambda value: value.encode("utf-16"),
        lambda value: value.encode("utf-16-be"),
        lambda value: value.encode().hex().encode(),
        lambda value: value.encode().hex().upper().encode(),
        lambda value: base64.b64encode(value.encode()),
        lambda value: base64.b64encode(f"x{value}".encode()),
        lambda value: base64.urlsafe_b64encode(f"xy {value} z".encode()),
        lambda value: repr(value.encode()).encode(),
        lambda value: quote(value).encode(),
    ],
)
def test_the_search_finds_a_value_as_programs_write_it(value: str, write: Callable[[str], bytes]) -> None:
    assert personal(b"before " + write(value) + b" after")


@pytest.mark.parametrize("written", ["19130307", "1913/3/7", "07.03.1913", "3/7/1913", "March 7, 1913", "7 March 1913"])
def test_the_search_finds_a_date_as_people_write_it(written: str) -> None:
    assert personal(f"born {written}, they say".encode())


def test_the_search_finds_nothing_in_codes_and_times() -> None:
    assert personal(b"IDT1:RRQ+D9P60CO0GBT2Z7:BK19130 00000191300 2026-11-22T12:00:00+00:00 A001913 1913-77") == set()


# ---- all that a run does ----


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("office"), AT)
    (office.home / "passphrase.txt").write_text("correct horse battery staple\n")
    described = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask us.")
    office.done("city", "init", office.folder, *described, *office.secret, "--yes")
    return office


@dataclass(frozen=True)
class Traced:
    """A batch that was watched. scratch: where it runs, and its temporary folder. out: its --out, if it has one."""

    trace: Trace
    office: Office
    records: Path
    scratch: Path
    out: Path | None


def batch(office: Office, folder: Path, records: bytes, *options: str, out: str = "", piped: bool = False) -> Traced:
    scratch = folder / "scratch"
    scratch.mkdir()
    path = folder / "records"
    path.write_bytes(records)
    named = folder / out if out else None
    given = [*office.here, *office.secret, *options, *(["--out", named] if named else [])]
    command = program("batch", *given, "-" if piped else path, at=AT)
    # The interpreter would keep the program, compiled, beside its source: the same whoever's records it reads.
    env = environment({"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(scratch)})
    given_in: dict[str, Any] = {"input": records} if piped else {"stdin": subprocess.DEVNULL}
    trace = traced(command, folder / "trace", env=env, cwd=scratch, **given_in)
    return Traced(trace, office, path, scratch, named)


RUNS: dict[str, Callable[[Office, Path], Traced]] = {
    "JSON lines to a file": lambda office, folder: batch(office, folder, as_json(300), out="codes.jsonl"),
    "JSON lines from a pipe to a pipe": lambda office, folder: batch(office, folder, as_json(300), piped=True),
    "CSV to a pipe": lambda office, folder: batch(office, folder, as_csv(200)),
    "checked for sheets": lambda office, folder: batch(
        office, folder, as_csv(100), "--check-for", "holder", out="codes.jsonl"
    ),
}


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Traced:
    done = RUNS[request.param](office, tmp_path_factory.mktemp("run"))
    assert done.trace.code == USAGE, done.trace.err  # for the bad records
    return done


def is_allowed(path: str, run: Traced) -> bool:
    """What the command line names, the two files beside --out, the counts of the city; and what has no content."""
    named = {f"{run.out}{end}" for end in ("", ".part", ".checkpoint")} if run.out else set()
    counts = rf"{re.escape(str(run.office.folder))}/(?:counts\.csv(?:\.lock|\.id)?|\.counts\.csv\.(?:id\.)?\w+)"
    return path in {*named, os.devnull} or bool(re.fullmatch(counts, path)) or is_without_content(path, run)


def is_without_content(path: str, run: Traced) -> bool:
    """What filelock opens without a name to see whether the disk has locks."""
    return re.fullmatch(rf"{re.escape(str(run.office.folder))}/#\d+", path) is not None


@pytest.mark.slow
@needs_strace
def test_nothing_that_is_given_to_the_system_has_anything_of_anybody(run: Traced) -> None:
    assert run.trace.unknown() == set()
    given_away = list(run.trace.given_away())
    assert sum(len(data) for _, data in given_away) > 20_000
    assert {(target, found) for target, data in given_away for found in personal(data)} == set()


@pytest.mark.slow
@needs_strace
def test_no_file_is_touched_but_those_that_are_named(run: Traced) -> None:
    changed = run.trace.changed()
    assert {path for path in changed if not is_allowed(path, run)} == set()
    assert f"{run.office.folder}/counts.csv" in changed
    assert (f"{run.out}.checkpoint" in changed) == (run.out is not None)
    for call in run.trace.calls():
        if call.name in WRITES and is_without_content(call.target, run):
            assert sum(map(len, call.strings())) == 0
    assert list(run.scratch.iterdir()) == []


@pytest.mark.slow
@needs_strace
def test_core_dumps_are_off_before_the_first_byte_of_a_record_is_read(run: Traced) -> None:
    [reader] = [thread for thread in run.trace.threads if any(is_record(call, run) for call in thread)]
    before = list(itertools.takewhile(lambda call: not is_record(call, run), reader))
    assert Call("prctl", "PR_SET_DUMPABLE, SUID_DUMP_DISABLE", "0 (INJECTED)") in before
    assert Call("prlimit64", "0, RLIMIT_CORE, {rlim_cur=0, rlim_max=0}, NULL", "0") in before
    assert any("/keys/" in call.target for call in before if call.name == "read")


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize(
    "records", [as_csv(3, [*COLUMNS, "name", "address"]), as_csv(3) + b'"Quillfeather\n'], ids=["columns", "quote"]
)
def test_a_table_that_is_refused_is_not_given_away_either(office: Office, tmp_path: Path, records: bytes) -> None:
    refused = batch(office, tmp_path, records, out="codes.jsonl")
    assert refused.trace.code == USAGE
    assert refused.trace.unknown() == set()
    assert [data for _, data in refused.trace.given_away() if personal(data)] == []
    assert {path for path in refused.trace.changed() if not is_allowed(path, refused)} == set()


def is_record(call: Call, run: Traced) -> bool:
    return call.name == "read" and (call.target == str(run.records) or call.arguments.startswith("0<pipe:"))


# ---- core dumps ----

DUMPS = (
    "import resource; resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
)
"""As large ones as this computer allows."""
TELL = """
import atexit, ctypes, resource, sys
PR_GET_DUMPABLE = 3
def tell():
    dumpable = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE)
    print("idcard:", *resource.getrlimit(resource.RLIMIT_CORE), dumpable, file=sys.stderr)
atexit.register(tell)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other dumps")


def ended(pid: int) -> tuple[int, bool]:
    """The signal that ended a process, and whether it left a core dump anywhere."""
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status), os.WCOREDUMP(status)


@linux
@pytest.mark.parametrize("by", [signal.SIGSEGV, signal.SIGABRT])
def test_a_batch_that_crashes_leaves_no_dump(office: Office, tmp_path: Path, by: signal.Signals) -> None:
    command = program("batch", *office.here, *office.secret, "-", prelude=DUMPS, at=AT)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=environment()
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps(record(1)).encode() + b"\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["reference"] == "A000001"
        running.send_signal(by)
        assert ended(running.pid) == (by, False)
    assert list(tmp_path.iterdir()) == []


@linux
def test_a_program_that_does_nothing_about_it_leaves_a_dump(tmp_path: Path) -> None:
    """The control, where programs can leave one."""
    if (
        resource.getrlimit(resource.RLIMIT_CORE)[1] == 0
        or Path("/proc/sys/kernel/core_pattern").read_text() != "core\n"
    ):
        return
    with subprocess.Popen([sys.executable, "-c", f"{DUMPS}import os; os.abort()"], cwd=tmp_path) as running:
        assert ended(running.pid) == (signal.SIGABRT, True)
    assert len(list(tmp_path.iterdir())) == 1


@linux
@pytest.mark.parametrize("command", ["mint", "key make", "key rotate", "key check", "trust sign", "trust renew"])
def test_no_command_that_has_a_key_can_leave_a_dump(office: Office, tmp_path: Path, command: str) -> None:
    shutil.copytree(office.home, tmp_path / "home")
    office = replace(office, home=tmp_path / "home", at="2027-01-04 09:00")
    made = ("--kind", "root", "--environment", "test")
    draft = office.draft() if command == "trust sign" else ""
    words = {
        "mint": ("--for", "library", "--set", "birth_date=1990-04-01", "--set", "resident=yes", *office.here),
        "key make": (tmp_path / "my.key", *made),
        "key rotate": office.here,
        "key check": (office.publisher,),
        "trust sign": (draft, "--trust", office.trust, "--key", office.publisher, "--yes"),
        "trust renew": office.here,
    }[command]
    done = office.run(*command.split(), *words, *office.secret, prelude=DUMPS + TELL)
    assert done.code == ACCEPT, done.err
    assert done.err.splitlines()[-1] == "idcard: 0 0 0"


# ---- the controls ----

LEAK = """
import base64, mmap, multiprocessing.shared_memory, os, socket, subprocess, sys, tempfile, threading
value = "rehtaeflliuQ"[::-1]
data = value.encode()
path = os.path.join(os.getcwd(), "leak")
def new():
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
"""
SEEN = {
    "a temporary file": "tempfile.TemporaryFile().write(data)",
    "two writes": "file = new(); os.write(file, data[:5]); os.write(file, data[5:])",
    "pieces of one write": "os.writev(new(), [data[:3], data[3:]])",
    "many pieces": "os.writev(new(), [bytes([each]) for each in bytes(100) + data])",
    "a place in a file": "os.pwrite(new(), data, 100)",
    "base64": "os.write(new(), base64.b64encode(b'xx' + data))",
    "a pipe": "subprocess.run(['cat'], input=data, stdout=subprocess.DEVNULL)",
    "a child": "subprocess.run([sys.executable, '-c', 'import os; os.write(1, input()[::-1].encode())'], "
    "input=value[::-1].encode(), stdout=subprocess.DEVNULL)",
    "a thread": "thread = threading.Thread(target=os.write, args=(1, data)); thread.start(); thread.join()",
    "the name of a file": "os.mkdir(value)",
    "a link": "os.symlink(value, path)",
    "an argument": "subprocess.run(['true', value])",
    "the environment": "subprocess.run(['true'], env={'X': value})",
}
NOT_TO_BE_SEARCHED = {
    "a copy by the kernel": "os.write(new(), bytes(9)); os.copy_file_range(new(), new(), 9, 0, 20)",
    "a file that is sent": "os.write(new(), bytes(9)); os.sendfile(1, new(), 0, 9)",
    "a splice": "os.write(new(), bytes(9)); os.splice(new(), os.pipe()[1], 9)",
    "a mapping": "os.ftruncate(new(), 4096); mmap.mmap(new(), 4096)[:4] = data[:4]",
    "shared memory": "multiprocessing.shared_memory.SharedMemory(create=True, size=4096).unlink()",
    "a file without a name": "os.memfd_create('x')",
    "a socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a socket on this computer": "socket.socketpair()",
    "an attribute": "os.setxattr(os.getcwd(), 'user.x', data)",
}


def leaking(tmp_path: Path, what: str) -> Trace:
    script = tmp_path / "leak.py"
    script.write_text(f"{LEAK}\ntry:\n    {what}\nexcept OSError:\n    pass\n")
    return traced([sys.executable, "-B", str(script)], tmp_path / "trace", cwd=tmp_path, stdin=subprocess.DEVNULL)


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize("how", SEEN)
def test_a_program_that_gives_a_name_away_is_found(tmp_path: Path, how: str) -> None:
    trace = leaking(tmp_path, SEEN[how])
    assert {found for _, data in trace.given_away() for found in personal(data)}


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize("how", NOT_TO_BE_SEARCHED)
def test_a_call_that_cannot_be_searched_is_told(tmp_path: Path, how: str) -> None:
    assert leaking(tmp_path, NOT_TO_BE_SEARCHED[how]).unknown()


@pytest.mark.slow
@needs_strace
def test_every_file_that_comes_or_changes_is_told(tmp_path: Path) -> None:
    what = (
        "tempfile.mkdtemp(dir='.'); open('new', 'w'); os.rename('new', 'newer'); os.link('newer', 'linked'); "
        "os.symlink('newer', 'soft'); os.truncate('newer', 3); os.chmod('newer', 0o600); "
        "here = os.open('.', os.O_RDONLY); os.mkdir('made', dir_fd=here); os.open('made/at', os.O_CREAT, dir_fd=here); "
        "os.fchmod(os.open('last', os.O_CREAT), 0o600)"
    )
    changed = {os.path.relpath(tmp_path / path, tmp_path) for path in leaking(tmp_path, what).changed()}
    [folder] = [each.name for each in tmp_path.glob("tmp*")]
    assert changed == {folder, "new", "newer", "linked", "soft", "made", "made/at", "last"}


# ---- what is in memory ----

INSPECTOR = """
import atexit, datetime, gc, json, os, re, select, sys
from idcard_cli.counter import checkpoint
MARK = re.compile("Quil{2}feather|Ñú{1}ñez|Marzi[p]an|Docke[t]-X77Q|19[12][0-9]-[01][0-9]-[0-3][0-9]")
NUMBER = re.compile("A([0-9]{6})|ez ([0-9]{6})|([0-9]{6}) Mar|X77Q([0-9]{6})|(19[12][0-9]-[01][0-9]-[0-3][0-9])")
reports, written = [], 0
atexit.register(lambda: report("the end") or open(REPORTS, "w").write(json.dumps(reports)))
def report(what):
    waiting, frame = [], sys._getframe(1)
    while frame is not None:
        waiting.extend(frame.f_locals.values())
        frame = frame.f_back
    # After the copies of local variables that the last report made are replaced.
    waiting.extend(gc.get_objects())
    seen, found = {id(waiting), id(reports)}, set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, (str, bytes, bytearray)):
            text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
            if MARK.search(text):
                found |= set(map(number, NUMBER.findall(text))) or {text}
        else:
            waiting.extend(gc.get_referents(value))
    reports.append([what, sorted(found, key=str)])
def number(found):
    date = found[-1]
    return (datetime.date.fromisoformat(date) - datetime.date(1913, 1, 1)).days if date else int("".join(found))
def watched(kind):
    write = kind.write
    def seen(self, after, *rest):
        global written
        report(after.line)
        write(self, after, *rest)
        written = after.line
    kind.write = seen
watched(checkpoint.Pipe)
watched(checkpoint.Spool)
read = os.read
def seen(descriptor, size):
    if descriptor == 0 and not select.select([0], [], [], 0)[0]:
        report(f"waits after {written}")
        print(f"waits after {written}", file=sys.stderr, flush=True)
    return read(descriptor, size)
os.read = seen
"""
"""Tells of which records anything can be reached: at each block that is written, before each wait, and at the end."""


def inspected(office: Office, folder: Path, *options: object) -> tuple[list[str], Path]:
    """A command line, and where its reports will be."""
    reports = folder / "reports.json"
    prelude = INSPECTOR.replace("REPORTS", repr(str(reports)))
    return program("batch", *office.here, *office.secret, *options, prelude=prelude, at=AT), reports


CHUNK = 1 << 16


@pytest.mark.slow
@pytest.mark.parametrize("made", [as_json, as_csv])
@pytest.mark.parametrize("to", ["a pipe", "a file"])
def test_at_the_end_of_a_block_only_what_was_read_last_is_in_memory(
    office: Office, tmp_path: Path, made: Callable[[int], bytes], to: str
) -> None:
    path, records = tmp_path / "records", made(2200)
    path.write_bytes(records)
    options = ("--out", tmp_path / "out") if to == "a file" else ()
    command, reports = inspected(office, tmp_path, path, *options)
    done = subprocess.run(command, capture_output=True, env=environment(), check=False)
    assert done.returncode == USAGE, done.stderr  # for the bad records
    *blocks, (line, in_last), (_, in_end) = json.loads(reports.read_text())
    ends = list(itertools.accumulate(len(line) + 1 for line in records.split(b"\n")))
    first = 1 if records.startswith(b"{") else 2
    assert [line for line, _ in blocks] == [first + 999, first + 1999]
    for line, found in blocks:
        chunk = (ends[line - 1] - 1) // CHUNK * CHUNK
        # The first and the last line of a chunk may be cut.
        begin = max(0, *(each for each in ends if each <= chunk))
        end = min((each for each in ends if each >= chunk + CHUNK), default=len(records))
        in_chunk = {int(number) for number in re.findall(rb"A(\d{6})", records[begin:end])}
        assert line - first in found
        assert set(found) <= in_chunk
        assert len(in_chunk) < 500
    assert in_last == in_end == []


@pytest.mark.slow
def test_nothing_is_in_memory_while_more_of_a_pipe_is_awaited(office: Office, tmp_path: Path) -> None:
    command, reports = inspected(office, tmp_path, "-")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(), **pipes) as running:  # type: ignore[call-overload]
        for begin in (0, 300):
            for number in range(begin, begin + 300):
                running.stdin.write(json.dumps(record(number)).encode() + b"\n")
            running.stdin.flush()
            while (said := running.stderr.readline()) != f"waits after {begin + 300}\n".encode():
                assert said
        running.stdin.close()
        running.stderr.read()
    assert running.returncode == ACCEPT
    found = dict(json.loads(reports.read_text()))
    assert found["waits after 300"] == found["waits after 600"] == found["the end"] == []
    # Elsewhere a line that has come only in part waits for its rest.
    assert all(len(numbers) <= 1 for what, numbers in found.items() if str(what).startswith("waits"))
