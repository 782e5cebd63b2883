"""Records for `idcard batch`, codes for `idcard draw`, and runs of both that are fed, watched and killed."""

import csv
import hashlib
import io
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from command import ACCEPT, TIMEOUT, Ended, Office, idcard
from crash import Warm, surroundings
from support.program import Process, start

from idcard.city import counts

_WARM = """
import contextlib, importlib
from concurrent import futures
import crash
@contextlib.contextmanager
def opened():
    from idcard.printing import forms
    with futures.ThreadPoolExecutor(1) as executor:
        yield lambda form, issued: executor.submit(forms.drawn, form, issued), 1
def serve(serve=crash._serve):
    batch, draw = (importlib.import_module(f"idcard_cli.counter.{{name}}") for name in ("batch", "draw"))
    batch.LINES_A_BLOCK = draw.DRAWN_A_BLOCK = {lines}
    draw.draw_pool.opened = opened
    serve()
crash._serve = serve
crash._main()
"""
BAD = (
    b'{"reference": "bad", "resident": true, "birth_date": "2999-01-01", "student": false}',
    b'{"reference": "b a d", "name": "Quackenbush"}',
    b'{"reference": "bad", "name": "Quackenb',
    b"x" * 70_000,
)
"""One of each kind: the minter's, the reader's, no JSON, too long."""


def in_blocks(lines: int) -> str:
    """A prelude: few lines are many blocks, for both halves."""
    return f"from idcard_cli.counter import batch, draw\nbatch.LINES_A_BLOCK = draw.DRAWN_A_BLOCK = {lines}\n"


class WarmInBlocks(Warm):
    """For both halves, in blocks of so many lines, which are drawn by a thread."""

    def __init__(self, lines: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "error", "-c", _WARM.format(lines=lines)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings(),
            text=True,
        )


# ---- records ----


def person(number: int, **changes: Any) -> dict[str, Any]:
    """A record; the same number is the same person and slip. Every third is a student, every fifth a child."""
    handle = hashlib.sha256(f"slip {number}".encode()).hexdigest()[:20]
    return {
        "reference": f"A-{number}",
        "name": "Quackenbush",
        "birth_date": f"{2015 if number % 5 == 4 else 1930 + number % 70}-{1 + number % 12:02}-{1 + number % 28:02}",
        "resident": True,
        "student": number % 3 == 0,
        "handles": {
            "schema": 1,
            "city": "springfield",
            "environment": "test",
            "until": "2028-01",
            "handles": {"pharmacy": handle},
        },
        **changes,
    }


def people(count: int) -> list[dict[str, Any]]:
    return [person(number) for number in range(1, count + 1)]


def as_lines(records: Iterable[Mapping[str, Any] | bytes]) -> bytes:
    """JSON, a record a line."""
    lines = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in records)
    return b"".join(line + b"\n" for line in lines)


def as_csv(records: Sequence[dict[str, Any]]) -> bytes:
    """As a spreadsheet writes it, without the columns that nobody reads."""
    names = list(dict.fromkeys(name for each in records for name in each if name != "name"))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    for each in records:
        words = {
            name: {True: "yes", False: "No"}[value] if isinstance(value, bool) else value
            for name, value in each.items()
        }
        writer.writerow({**words, **({"handles": json.dumps(each["handles"])} if "handles" in each else {})})
    return text.getvalue().encode()


def with_bad(records: Sequence[dict[str, Any]], every: int) -> list[dict[str, Any] | bytes]:
    """A bad one after each `every` good ones, and at the end."""
    found: list[dict[str, Any] | bytes] = []
    for number, each in enumerate(records, 1):
        found.append(each)
        if number % every == 0 or number == len(records):
            found.append(BAD[number // every % len(BAD)])
    return found


# ---- the city ----


def options(office: Office, *more: object) -> tuple[object, ...]:
    """Words of `idcard batch`."""
    return ("batch", *office.here, *office.secret, *more)


def drawing(office: Office, *more: object) -> tuple[object, ...]:
    """Words of `idcard draw`."""
    return ("draw", "--trust", office.trust, *more)


def codes_of(office: Office, records: Iterable[Mapping[str, Any] | bytes], *more: object) -> Path:
    """A new file of codes, which a batch makes."""
    path, out = office.home / "records", office.home / "codes.jsonl"
    path.write_bytes(as_lines(records))
    out.unlink(missing_ok=True)
    ended = idcard(*options(office, path, "--out", out, *more), at=office.at)
    assert ended.code == ACCEPT, ended.err
    return out


def changed_codes(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> list[dict[str, Any]]:
    """Lines of codes, with a change in them."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(as_lines(lines))
    return lines


def counted(office: Office) -> int:
    """All codes that were ever counted."""
    path = office.folder / "counts.csv"
    return counts.total(counts.decode(path.read_text("ascii"))).total() if path.exists() else 0


def codes_in(output: bytes) -> int:
    return sum(len(json.loads(line)["codes"]) for line in output.splitlines())


def beside(out: Path) -> tuple[Path, Path]:
    """OUT.part and OUT.checkpoint."""
    return out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.checkpoint")


def assert_tells_nothing(checkpoint: bytes) -> None:
    """No date, handle, name or code of anybody. The first line is of the run, and says when it began."""
    first, _, rest = checkpoint.partition(b"\n")
    rest = re.sub(rb'"mark": "[0-9a-f]{0,64}("|$)', b"", rest)  # a digest of signed codes
    assert re.search(rb"\d{4}-\d\d-\d\d|[0-9a-f]{20}|ID[CT]1:|Quackenbush", rest) is None
    assert re.search(rb"19\d\d-\d\d-\d\d|2015-\d\d-\d\d|ID[CT]1:|Quackenbush|A-\d", first) is None


# ---- runs that are watched ----


@contextmanager
def begun(
    office: Office, *arguments: object, of: Callable[..., tuple[object, ...]] = options, prelude: str = "", **how: Any
) -> Iterator[Process]:
    """A program that runs, with pipes; killed at the end, whatever happened. of: which half. how: of `start`."""
    with start(*of(office, *arguments), prelude=prelude, at=office.at, **{"bufsize": 0, **how}) as process:
        try:
            yield process
        finally:
            process.kill()


def ending(process: Process) -> Ended:
    """How it ends by itself, from now on."""
    out, err = process.communicate(timeout=TIMEOUT)
    ended = Ended(process.returncode, (out or b"").decode("utf-8"), (err or b"").decode("utf-8"))
    ended.check_manners()
    return ended


def feed(process: Process, data: bytes) -> None:
    assert process.stdin is not None
    assert process.stdin.write(data) == len(data)


def read(process: Process, count: int) -> bytes:
    """So many bytes of stdout, as soon as they are there."""
    assert process.stdout is not None
    deadline, data = time.monotonic() + TIMEOUT, b""
    while len(data) < count:
        assert select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0], "nothing comes"
        piece = os.read(process.stdout.fileno(), count - len(data))
        assert piece, "it has ended"
        data += piece
    return data


def read_line(process: Process) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += read(process, 1)
    return line


def until(happened: Callable[[], bool], process: Process) -> None:
    """Waits for something that this program does while it runs."""
    deadline = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        assert process.poll() is None, f"it has ended: {process.stderr and process.stderr.read()!r}"
        time.sleep(0.001)


def size(path: Path) -> int:
    """0 where it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def children(pid: int) -> set[int]:
    """Processes that draw, from /proc."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = path.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid and b"spawn_main" in path.joinpath("cmdline").read_bytes():
                found.add(int(path.name))
        except OSError:
            continue
    return found


def is_gone(pid: int) -> bool:
    """Ended, whether or not somebody has noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
