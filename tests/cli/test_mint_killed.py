"""A long batch that is killed again and again, wherever it is: what comes out is what an undisturbed run gives."""

import random
import subprocess
import time
from pathlib import Path

import pytest
from batches import as_lines, assert_tells_nothing, begun, beside, codes_in, counted, in_blocks, options, people, size
from batches import with_bad as sprinkled
from command import TIMEOUT, USAGE, Office, idcard
from support.program import Process

pytestmark = pytest.mark.slow


def kill_at(process: Process, out: Path, most: int, more: float) -> None:
    """By SIGKILL, as soon as the output is that large, and so many seconds after."""
    part = beside(out)[0]
    deadline = time.monotonic() + TIMEOUT
    while size(part) < most:
        assert time.monotonic() < deadline, "it never comes so far"
        assert process.poll() is None, "it has ended before it could be killed"
        time.sleep(0.0005)
    with pytest.raises(subprocess.TimeoutExpired):  # else it has ended before it could be killed
        process.wait(more)
    process.kill()
    assert process.wait(TIMEOUT) == -9


def killed_and_finished(
    office: Office, records: bytes, *more: object, kills: int, prelude: str, draw: random.Random, a_block: int
) -> tuple[bytes, bytes]:
    """What an undisturbed run gives, and one that is killed so often, while some blocks are written each time."""
    path, out = office.home / "records", office.home / "out"
    path.write_bytes(records)
    whole = idcard(*options(office, "--batch", path, "--out", out, *more), prelude=prelude, at=office.at)
    assert whole.code == USAGE, whole.err
    expected = out.read_bytes()
    out.unlink()
    (office.folder / "counts.csv").unlink()
    for _ in range(kills):
        # Of the output, from nothing at all (as it starts, or skips what is done) to some blocks.
        most = size(beside(out)[0]) + draw.choice([-a_block, 0, 1, a_block, 2 * a_block]) + draw.randrange(a_block)
        with begun(
            office,
            "--batch",
            path,
            "--out",
            out,
            "--resume",
            *more,
            prelude=prelude,
            stderr=subprocess.DEVNULL,
            cold=True,
        ) as process:
            kill_at(process, out, most, draw.random() * 0.02 if most > 0 else draw.random())
        if beside(out)[1].exists():
            assert_tells_nothing(beside(out)[1].read_bytes())
        assert not out.exists()
    ended = idcard(*options(office, "--batch", path, "--out", out, "--resume", *more), prelude=prelude, at=office.at)
    assert ended.code == USAGE, ended.err
    assert ended.err.splitlines()[-1] == whole.err.splitlines()[-1]
    assert not any(each.exists() for each in beside(out))
    return expected, out.read_bytes()


def test_killed_fifty_times_the_codes_are_those_of_an_undisturbed_run(quick_office: Office) -> None:
    kills, lines = 50, 25
    expected, found = killed_and_finished(
        quick_office,
        as_lines(sprinkled(people(3200), 7)),
        kills=kills,
        prelude=in_blocks(lines=lines),
        draw=random.Random(4711),  # noqa: S311
        a_block=lines * 650,
    )
    assert found == expected
    assert 0 <= counted(quick_office) - codes_in(expected) <= kills * lines * 4


def test_killed_ten_times_the_pictures_are_those_of_an_undisturbed_run(quick_office: Office) -> None:
    kills, drawn = 10, 8
    expected, found = killed_and_finished(
        quick_office,
        as_lines(sprinkled(people(200), 20)),
        *("--format", "svg"),
        kills=kills,
        prelude=in_blocks(drawn=drawn),
        draw=random.Random(4712),  # noqa: S311
        a_block=drawn * 13_000,
    )
    assert found == expected
    codes = sum(2 + (number % 5 != 4) + (number % 3 == 0) for number in range(1, 201))
    assert 0 <= counted(quick_office) - codes <= kills * drawn * 4
