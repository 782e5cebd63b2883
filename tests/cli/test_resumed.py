"""`idcard batch` and `idcard draw`, interrupted anywhere: what comes out is what an undisturbed run gives."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from batches import (
    WarmInBlocks,
    as_lines,
    assert_tells_nothing,
    begun,
    beside,
    codes_in,
    codes_of,
    counted,
    drawing,
    ending,
    feed,
    in_blocks,
    options,
    people,
    person,
    size,
    until,
    with_bad,
)
from command import TIMEOUT, USAGE, Ended, Office, idcard, instant, rows_of
from crash import SAY, UNSEEN, Command, Moment, Ran, Step, unsafe
from support.program import Process

from idcard.city.combinations import Common
from idcard.city.combinations import encode as encode_common

OF_A_BLOCK = 2
CODES_OF_A_BLOCK = 5 * OF_A_BLOCK
BAD_CODES = (
    b'{"schema": 1, "reference": "A-1", "codes": []}',
    b"x" * 70_000,
    b'{"schema": 2, "line": 1, "reference": "A-1", "language": null, "codes": []}',
)
"""An old line, one that is too long, and one whose number comes too late."""
NEXT_QUARTER = "2027-01-05 12:00"


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmInBlocks]:
    process = WarmInBlocks(OF_A_BLOCK)
    yield process
    process.close()


@dataclass(frozen=True)
class Desk:
    """An office in which an input lies, and what becomes of it if nobody interrupts it. codes: that are counted."""

    office: Office
    warm: WarmInBlocks
    half: str
    words: tuple[str, ...]
    input: Path
    expected: bytes = b""
    summary: str = ""
    steps: tuple[Step, ...] = ()
    codes: int = 0

    @property
    def out(self) -> Path:
        return self.office.home / "out"

    @property
    def part(self) -> Path:
        return beside(self.out)[0]

    @property
    def checkpoint(self) -> Path:
        return beside(self.out)[1]

    def typed(self, *more: str, at: str = "") -> Command:
        moment = datetime.fromtimestamp(instant(at or self.office.at), UTC)
        return Command((*self.words, *more), moment, self.office.home)

    def run(self, *more: str, at: str = "", dies: Moment | None = None) -> Ran:
        ran = self.warm.run(self.typed(*more, at=at), dies=dies)
        if not ran.killed:
            Ended(ran.code, ran.out, ran.err).check_manners()
        return ran

    def anew(self) -> None:
        """As if nothing had been run."""
        for path in (self.out, self.part, self.checkpoint, *self.office.folder.glob("*counts.csv*")):
            path.unlink(missing_ok=True)

    def killed_at(self, what: str, path: str, number: int = 0) -> None:
        """A run that dies before the step of this number of all that do that to this file."""
        found = [at for at, step in enumerate(self.steps) if step.what == what and step.path == path]
        self.anew()
        assert self.run(dies=Moment(found[number])).killed

    def check_done(self) -> None:
        assert self.out.read_bytes() == self.expected
        assert not self.part.exists()
        assert not self.checkpoint.exists()

    def changed(self, change: Callable[[list[bytes]], object]) -> None:
        lines = self.input.read_bytes().splitlines(keepends=True)
        change(lines)
        self.input.write_bytes(b"".join(lines))


def desk_for(office: Office, warm: WarmInBlocks, half: str, *, count: int = 5, every: int = 3) -> Desk:
    if half == "batch":
        given = office.home / "records"
        given.write_bytes(as_lines(with_bad(people(count), every)))
        words = ("batch", "records", "--city", "springfield", "--passphrase-file", "passphrase.txt", "--out", "out")
    else:
        given = codes_of(office, people(count))
        lines = given.read_bytes().splitlines()
        for number, at in enumerate(range(len(lines), 0, -every)):
            lines.insert(at, BAD_CODES[number % len(BAD_CODES)])
        given.write_bytes(as_lines(lines))
        words = ("draw", given.name, "--trust", "springfield/city.idtrust", "--format", "svg", "--out", "out")
    desk = Desk(office, warm, half, words, given)
    desk.anew()
    ran = desk.run()
    assert ran.code == USAGE, ran.err  # for the bad lines
    steps = tuple(step for step in ran.steps if step.what != SAY)
    assert not [step for step in steps if step.what == UNSEEN]
    desk = replace(
        desk, expected=desk.out.read_bytes(), summary=ran.err.splitlines()[-1], steps=steps, codes=counted(office)
    )
    desk.anew()
    return desk


@pytest.fixture(params=["batch", "draw"])
def desk(request: pytest.FixtureRequest, office: Office, warm: WarmInBlocks) -> Desk:
    return desk_for(office, warm, request.param)


@pytest.fixture
def batch(office: Office, warm: WarmInBlocks) -> Desk:
    """Where both halves do the same."""
    return desk_for(office, warm, "batch")


@pytest.mark.slow
def test_killed_before_or_within_any_step_it_is_finished_by_resume(desk: Desk) -> None:
    assert desk.codes == (20 if desk.half == "batch" else 0)
    for number, step in enumerate((*desk.steps, None)):
        for half in (False, True) if step is not None and step.what == "write" else (False,):
            desk.anew()
            assert desk.run(dies=Moment(number, half)).killed
            if desk.checkpoint.exists():
                assert_tells_nothing(desk.checkpoint.read_bytes())
            ended = desk.out.exists() and not desk.checkpoint.exists()
            resumed = desk.run("--resume")
            assert resumed.code == USAGE
            assert ended == ("out is there, so that run has ended" in resumed.err), resumed.err
            assert ended or desk.summary in resumed.err
            desk.check_done()
            assert desk.codes <= counted(desk.office) <= desk.codes + CODES_OF_A_BLOCK, step


@pytest.mark.parametrize(("half", "steps"), [("batch", 30), ("draw", 17)])
def test_killed_again_and_again_it_comes_to_its_end(office: Office, warm: WarmInBlocks, half: str, steps: int) -> None:
    """Each time it comes from its checkpoint over one block to the next."""
    desk = desk_for(office, warm, half, count=12, every=5)
    kills = 0
    while not desk.out.exists():
        assert desk.run("--resume", dies=Moment(steps)).killed
        kills += 1
        assert kills < 20
    assert kills > 3
    desk.run("--resume")
    desk.check_done()
    assert 0 <= counted(desk.office) - desk.codes <= kills * CODES_OF_A_BLOCK


def test_at_each_moment_everything_that_is_told_is_on_the_disk(desk: Desk) -> None:
    beside = {"out.part is made under its final name", "out.checkpoint is made under its final name"}
    assert set(unsafe(desk.run().steps)) - beside == set()


@pytest.mark.slow
def test_of_two_at_once_one_does_it(batch: Desk) -> None:
    for number, step in enumerate(batch.steps):
        if not step.path.startswith("out"):
            continue
        for more in ((), ("--resume",)):
            batch.anew()
            one, other = batch.warm.interleave(batch.typed(), batch.typed(*more), Moment(number))
            told = one.err + other.err
            assert "out.checkpoint is being used" in told or "another program" in told or "exists" in told, told
            batch.check_done()
            assert counted(batch.office) == batch.codes


def test_an_interrupted_run_is_told_of_and_not_begun_anew(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    before = (desk.part.read_bytes(), desk.checkpoint.read_bytes(), counted(desk.office))
    ended = desk.run()
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is of a run that was interrupted: go on with --resume, or remove it" in ended.err
    assert (desk.part.read_bytes(), desk.checkpoint.read_bytes(), counted(desk.office)) == before


def test_resume_where_nothing_is_begins(desk: Desk) -> None:
    assert desk.run("--resume").code == USAGE
    desk.check_done()


@pytest.mark.parametrize("resume", [(), ("--resume",)], ids=["anew", "resumed"])
@pytest.mark.parametrize("name", ["out", "out.part"])
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_written_over(batch: Desk, name: str, kind: str, resume: tuple[str, ...]) -> None:
    path = batch.office.home / name
    if kind == "dangling link":
        path.symlink_to("nowhere")
    else:
        (path.touch if kind == "file" else path.mkdir)()
    ended = batch.run(*resume)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{name} already exists; name another" in ended.err or f"{name} is there, so that run has ended" in ended.err
    assert list(batch.office.home.glob("out*")) == [path]


def test_the_time_of_a_batch_is_that_of_its_beginning(batch: Desk) -> None:
    batch.killed_at("write", "out.part", 1)
    assert batch.run("--resume", at="2026-12-24 23:59").code == USAGE
    batch.check_done()
    assert {line.split(",")[0] for line in rows_of(batch.office.folder / "counts.csv")[1:]} == {"2026-11"}


def test_so_is_the_time_of_drawing(office: Office, warm: WarmInBlocks) -> None:
    """Later than the trust file may be used."""
    desk = desk_for(office, warm, "draw")
    desk.killed_at("write", "out.part", 1)
    assert desk.run("--resume", at="2029-11-22 12:00").code == USAGE
    desk.check_done()


# ---- what is not gone on with ----


def shorter(lines: list[bytes]) -> None:
    del lines[1:]


def empty(lines: list[bytes]) -> None:
    lines.clear()


def a_line_less(lines: list[bytes]) -> None:
    del lines[0]


def a_line_more(lines: list[bytes]) -> None:
    lines.insert(0, b"\n")


def a_blank_more(lines: list[bytes]) -> None:
    lines[1] = b" " + lines[1]


def another_last_reference(lines: list[bytes]) -> None:
    lines[1] = lines[1].replace(b'"A-2"', b'"B-2"')


def a_last_record_that_is_none(lines: list[bytes]) -> None:
    lines[1] = b"[" + lines[1][1:]


def a_last_record_that_is_blank(lines: list[bytes]) -> None:
    lines[1] = b" " * (len(lines[1]) - 1) + b"\n"


def others_of_the_same_size(lines: list[bytes]) -> None:
    lines[:2] = [
        b"".join(lines[:2]).replace(b"\n", b" ", 1)[:50] + b"\n",
        b"x" * (len(lines[0]) + len(lines[1]) - 52) + b"\n",
    ]


def a_table(lines: list[bytes]) -> None:
    lines[0] = b"reference".ljust(len(lines[0]) - 1) + b"\n"


def another_first_reference(lines: list[bytes]) -> None:
    """Which a batch does not see."""
    lines[0] = lines[0].replace(b'"A-1"', b'"B-1"')


CHANGES = (
    shorter, empty, a_line_less, a_line_more, a_blank_more, another_last_reference, a_last_record_that_is_none,
    a_last_record_that_is_blank, others_of_the_same_size, a_table,
)  # fmt: skip


@pytest.mark.parametrize(
    ("half", "change"),
    [*(("batch", each) for each in CHANGES), *(("draw", each) for each in (*CHANGES[:-1], another_first_reference))],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_another_input_is_refused_and_the_same_one_goes_on(
    office: Office, warm: WarmInBlocks, half: str, change: Callable[[list[bytes]], None]
) -> None:
    desk = desk_for(office, warm, half)
    desk.killed_at("write", "out.part", 1)
    same = desk.input.read_bytes()
    desk.changed(change)
    ended = desk.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    why = ("this is another input than before: ", "the input is shorter than", ", line 1: ", "give the input as it was")
    assert any(each in ended.err for each in why), ended.err
    assert "--resume" not in ended.err
    desk.input.write_bytes(same)
    assert desk.run("--resume").code == USAGE
    desk.check_done()
    assert counted(desk.office) == desk.codes


def test_bad_lines_of_the_part_before_are_named_again(batch: Desk) -> None:
    """What was said stood only in the terminal that died."""
    whole = batch.run()
    said = [line for line in whole.err.splitlines() if ", line " in line]
    assert len(said) == 2
    batch.killed_at("write", "out.part", 2)
    ended = batch.run("--resume")
    assert [line for line in ended.err.splitlines() if ", line " in line] == said
    batch.check_done()


@pytest.mark.parametrize("mended", ["1975-12-31", "1975-12-31 "])
def test_a_bad_line_that_was_mended_since_is_told_and_not_minted(batch: Desk, mended: str) -> None:
    """Also where it became longer, so that the rest is not where it was."""
    bad = as_lines([person(9, birth_date="31.12.1975")])
    batch.input.write_bytes(as_lines([person(1)]) + bad + as_lines(people(5)[1:]))
    before = batch.input.read_bytes()
    batch.killed_at("write", "out.part", 1)
    batch.input.write_bytes(before.replace(b'"31.12.1975"', f'"{mended.strip()}"{mended[10:]}'.encode()))
    ended = batch.run("--resume")
    assert ended.code == USAGE
    assert "records, line 2: field 'birth_date' was bad when this run began, and has changed" in ended.err
    if mended.endswith(" "):
        assert "line 2 is another than before, and others moved by it: give the input as it was" in ended.err
        batch.input.write_bytes(before)
        assert batch.run("--resume").code == USAGE
    found = [json.loads(line)["reference"] for line in batch.out.read_bytes().splitlines()]
    assert found == [f"A-{number}" for number in range(1, 6)]


def test_lines_that_came_at_the_end_since_are_minted_too(batch: Desk) -> None:
    batch.killed_at("write", "out.part", 1)
    batch.changed(lambda lines: lines.append(as_lines([person(6)])))
    assert batch.run("--resume").code == USAGE
    found = [json.loads(line)["reference"] for line in batch.out.read_bytes().splitlines()]
    assert found == [f"A-{number}" for number in range(1, 7)]


ALL = ("pharmacy", "library", "museum", "theatre", "pool")


@pytest.mark.parametrize(
    ("half", "more", "differs"),
    [
        ("batch", ["--for", "library", "--for", "museum"], "classes, keys"),
        ("batch", [word for name in ALL for word in ("--for", name)], "classes"),
        ("batch", ["--check-for", "holder"], "check for"),
        ("batch", ["--common", "common.json"], "common"),
        ("draw", ["--format", "png"], "format"),
        ("draw", ["--width", "31"], "width"),
        ("draw", ["--format", "holder", "--language", "es", "--paper", "letter"], "format, paper, language"),
        ("draw", ["--format", "holder", "--per-file", "7"], "format, lines a file"),
        ("draw", ["--trust", "next.idtrust"], "trust file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_options_are_refused(
    office: Office, warm: WarmInBlocks, half: str, more: list[str], differs: str
) -> None:
    desk = desk_for(office, warm, half)
    (office.home / "common.json").write_text(encode_common(Common(office.plan().scope, 50, frozenset())))
    desk.killed_at("write", "out.part", 1)
    before = (desk.part.read_bytes(), desk.checkpoint.read_bytes())
    if "--trust" in more:
        office.done("trust", "renew", *office.here, *office.secret, at="2026-11-23 12:00")
        (office.home / "next.idtrust").write_bytes(office.trust.read_bytes())
    ended = desk.run("--resume", *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"out.checkpoint is of another run, with other {differs}\n" in ended.err
    assert (desk.part.read_bytes(), desk.checkpoint.read_bytes()) == before


def test_in_the_next_quarter_its_keys_sign_no_more(batch: Desk) -> None:
    batch.killed_at("write", "out.part", 1)
    ended = batch.run("--resume", at=NEXT_QUARTER)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is of another run, with other keys" in ended.err


def test_a_clock_that_was_put_back_is_told(batch: Desk) -> None:
    batch.killed_at("write", "out.part", 1)
    begun = batch.checkpoint.read_bytes()
    batch.checkpoint.write_bytes(begun.replace(b"2026-11-22T12:00:00", b"2026-11-22T12:00:01"))
    ended = batch.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is of a time to come: set the clock of this computer" in ended.err
    assert batch.run("--resume", at="2026-11-22 12:00:01").code == USAGE
    batch.check_done()


@pytest.mark.parametrize("name", ["out.part", "out.checkpoint"])
@pytest.mark.parametrize("kind", ["open to others", "a link", "a folder", "a named pipe"])
def test_what_no_run_of_this_user_made_is_not_gone_on_with(batch: Desk, name: str, kind: str) -> None:
    batch.killed_at("write", "out.part", 1)
    path = batch.office.home / name
    if kind == "open to others":
        path.chmod(0o640)
    else:
        path.rename(batch.office.home / "elsewhere")
    if kind == "a link":
        path.symlink_to("elsewhere")
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(path, 0o600)
    ended = batch.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{name} was not made by a run of yours: remove it, or name another file" in ended.err
    assert not batch.out.exists()


def test_an_output_that_is_shorter_than_the_checkpoint_says_is_refused(batch: Desk) -> None:
    batch.killed_at("write", "out.part", 2)
    os.truncate(batch.part, 100)
    for _ in range(2):
        ended = batch.run("--resume")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "out.part is shorter than" in ended.err
        assert "begin anew under another name" in ended.err
        batch.part.unlink(missing_ok=True)
    assert batch.checkpoint.exists()


def test_an_output_that_is_longer_is_cut_back(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    with desk.part.open("ab") as file:
        file.write(b"half of something" * 1000)
    assert desk.run("--resume").code == USAGE
    desk.check_done()


@pytest.mark.parametrize(
    "first",
    [
        b"", b"{}", b"[]", b"1", b"null", b"{", b"\xff", b"\0" * 100, b"[" * 100_000, b'{"schema": 2}',
        b'{"schema": 1, "started": "2026-11-22T12:00:00+00:00", "run": {}}',
        b'{"schema": 2, "started": "2026-11-22T12:00:00", "run": {}}',
        b'{"schema": 2, "started": "yesterday", "run": {}}',
        b'{"schema": 2, "started": 5, "run": {}}',
        b'{"schema": 2, "started": "2026-11-22T12:00:00+00:00", "run": []}',
    ],
    ids=lambda first: first[:60].decode("latin-1"),
)  # fmt: skip
def test_a_checkpoint_that_is_damaged_is_refused(batch: Desk, first: bytes) -> None:
    batch.killed_at("write", "out.part", 1)
    rest = batch.checkpoint.read_bytes().partition(b"\n")[2]
    batch.checkpoint.write_bytes(first + b"\n" + rest)
    ended = batch.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is damaged or of another program: begin anew under another name" in ended.err
    assert batch.part.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda last: b"", lambda last: last[:-1], lambda last: last[:40], lambda last: last[:40] + b"\n",
        lambda last: bytes(len(last)) + b"\n", lambda last: bytes(20) + last[20:],
        lambda last: last[:20] + bytes(20) + last[40:],
        lambda last: last + last[:30], lambda last: last + bytes(4096), lambda last: last + b"5\nnull\n[]\n\"x\"\n",
        lambda last: last.replace(b'"output": ', b'"output": -'), lambda last: last.replace(b'"good"', b'"god"'),
        lambda last: last.replace(b'"library"', b"5"), lambda last: last.replace(b'"library", ', b""),
        lambda last: last.replace(b'"library", ', b'"library", -'),
        lambda last: last.replace(b'"ahead": [', b'"ahead": [5, '),
        lambda last: last.replace(b'"line": ', b'"line": "').replace(b', "output', b'", "output'),
        lambda last: last.replace(b"}", b', "done": 1}'), lambda last: last.replace(b"}", b', "more": 1}'),
    ],
)  # fmt: skip
def test_where_the_last_lines_of_a_checkpoint_are_damaged_the_one_before_holds(
    batch: Desk, damage: Callable[[bytes], bytes]
) -> None:
    batch.killed_at("write", "out.part", 2)
    *before, last = batch.checkpoint.read_bytes().splitlines(keepends=True)
    batch.checkpoint.write_bytes(b"".join(before) + damage(last))
    assert batch.run("--resume").code == USAGE
    batch.check_done()
    assert batch.codes <= counted(batch.office) <= batch.codes + CODES_OF_A_BLOCK


def test_fed_again_in_other_pieces_nothing_is_counted_twice(batch: Desk) -> None:
    """Killed as a block of two records was counted and not written, it goes on with blocks of one."""
    batch.killed_at("write", "out.part", 1)
    fed = batch.input.read_bytes()
    with begun(batch.office, "-", "--out", batch.out, "--resume") as process:
        seen = 0
        for line in fed.splitlines(keepends=True):
            feed(process, line)
            seen += b'"birth_date"' in line
            if seen > 2 and b'"birth_date"' in line:
                until(lambda: batch.part.read_bytes().count(b"\n") == seen, process)  # noqa: B023
        assert ending(process).code == USAGE
    batch.check_done()
    assert counted(batch.office) == batch.codes


# ---- done, but for its name ----


@pytest.fixture
def nearly(desk: Desk) -> Desk:
    """All is written, and the output has its old name."""
    desk.killed_at("link", "out")
    assert desk.part.read_bytes() == desk.expected
    return desk


@pytest.mark.parametrize("which", ["old name", "both names", "new name"])
def test_what_was_done_but_for_its_name_gets_it(nearly: Desk, which: str) -> None:
    if which == "both names":
        os.link(nearly.part, nearly.out)
    elif which == "new name":
        nearly.part.rename(nearly.out)
    before = counted(nearly.office)
    os.truncate(nearly.input, 0)
    ended = nearly.run("--resume")
    says = "idcard: the interrupted run was complete, and the output is in place; FILE was not read now"
    assert ended.code == USAGE
    first, *again, last = ended.err.splitlines()
    assert (first, last) == (says, nearly.summary)
    bad = (4, 7) if nearly.half == "batch" else ()
    assert again == [f"idcard: records, line {line}: field 'reference' was bad" for line in bad]
    nearly.check_done()
    assert counted(nearly.office) == before == nearly.codes


def test_another_file_of_that_name_is_not_written_over(nearly: Desk) -> None:
    nearly.out.write_bytes(b"another")
    for _ in range(2):
        ended = nearly.run("--resume")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "out already exists; name another" in ended.err
        assert nearly.out.read_bytes() == b"another"
    nearly.out.unlink()
    assert nearly.run("--resume").code == USAGE
    nearly.check_done()


def test_an_output_that_somebody_took_away_is_not_called_done(nearly: Desk) -> None:
    nearly.part.unlink()
    ended = nearly.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: out.part: no such file or directory\n"


# ---- killed from outside, fifty times ----


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
    assert process.wait(TIMEOUT) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("half", ["batch", "draw"])
def test_killed_fifty_times_it_gives_what_an_undisturbed_run_gives(quick_office: Office, half: str) -> None:
    office, kills, out = quick_office, 50, quick_office.home / "out"
    draw = random.Random({"batch": 4711, "draw": 4712}[half])  # noqa: S311
    of: Callable[..., tuple[object, ...]]
    if half == "batch":
        given, of, block, a_block = office.home / "records", options, 25, 25 * 900
        given.write_bytes(as_lines(with_bad(people(3200), 7)))
        more: tuple[Any, ...] = ()
    else:
        given, of, block, a_block = codes_of(office, people(600)), drawing, 8, 8 * 28_000
        given.write_bytes(given.read_bytes() + b"{}\n")
        more = ("--format", "svg")
        (office.folder / "counts.csv").unlink()
    words = of(office, given, "--out", out, *more)
    whole = idcard(*words, prelude=in_blocks(block), at=office.at)
    assert whole.code == USAGE, whole.err
    expected = out.read_bytes()
    out.unlink()
    (office.folder / "counts.csv").unlink(missing_ok=True)
    for _ in range(kills):
        # Of the output, from nothing at all (as it starts, or skips what is done) to some blocks.
        most = size(beside(out)[0]) + draw.choice([-a_block, 0, 1, a_block, 2 * a_block]) + draw.randrange(a_block)
        how = {"prelude": in_blocks(block), "stderr": subprocess.DEVNULL, "cold": True}
        with begun(office, *words[1:], "--resume", of=lambda _, *rest: (half, *rest), **how) as process:
            kill_at(process, out, min(most, len(expected) * 9 // 10), draw.random() * (0.02 if most > 0 else 1))
        if beside(out)[1].exists():
            assert_tells_nothing(beside(out)[1].read_bytes())
        assert not out.exists()
    ended = idcard(*words, "--resume", prelude=in_blocks(block), at=office.at)
    assert ended.code == USAGE, ended.err
    assert ended.err.splitlines()[-1] == whole.err.splitlines()[-1]
    assert not any(each.exists() for each in beside(out))
    assert out.read_bytes() == expected
    codes = codes_in(expected) if half == "batch" else 0
    assert 0 <= counted(office) - codes <= kills * block * 4
