"""`idcard slip batch`: slips for many cards on one side, their handles on the other, and both or neither."""

import io
import json
import re
import signal
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command import (
    ACCEPT,
    CANNOT_SAY,
    TIMEOUT,
    USAGE,
    Ended,
    Office,
    files_under,
    idcard,
    idcard_on_terminal,
)
from prints import all_scanned, needs_font, pictures, read
from support.program import Process, start

from idcard import languages
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slip_handles, slips
from idcard.issuing.slip_handles import Handles
from idcard.issuing.slips import Slip
from idcard.printing import page_text

SPRINGFIELD = Scope(Environment.TEST, "springfield")
PHARMACY = 4
TOMORROW = "2026-11-23 12:00"


def batch(office: Office, lines: str | bytes, *options: object, **how: Any) -> Ended:
    data = lines if isinstance(lines, bytes) else lines.encode()
    return office.run("slip", "batch", *named(office), *options, stdin=data, **how)


def named(office: Office) -> tuple[object, ...]:
    return (*office.here, "--handles", office.home / "handles.jsonl", "--out", office.home / "slips.tar")


def made(office: Office, lines: str, *options: object) -> tuple[dict[str, bytes], list[tuple[str, Handles]]]:
    """The PDF files by name, and what is in the file of handles."""
    ended = batch(office, lines, *options)
    assert (ended.code, ended.out) == (ACCEPT, ""), ended.err
    return pages(office), held(office)


def pages(office: Office) -> dict[str, bytes]:
    with tarfile.open(office.home / "slips.tar") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def held(office: Office) -> list[tuple[str, Handles]]:
    found = []
    for line in (office.home / "handles.jsonl").read_text("ascii").splitlines():
        fields = json.loads(line)
        assert fields.keys() == {"reference", "handles"}
        found.append((fields["reference"], slip_handles.of_fields(fields["handles"])))
    return found


def slips_on(pdf: bytes) -> list[Slip]:
    return [slips.decode(found, SPRINGFIELD) for page in pictures(pdf) for found, _ in all_scanned(page)]


# ---- what is made ----


def test_each_page_is_the_slip_of_the_handles_with_the_reference_at_its_foot(office: Office) -> None:
    archive, found = made(office, "A-0001\nA-0002\nA-0003\n")
    assert [reference for reference, _ in found] == ["A-0001", "A-0002", "A-0003"]
    assert list(archive) == ["slip-0000001-0000003.pdf"]
    (pdf,) = archive.values()
    for (reference, handles), slip, at in zip(found, slips_on(pdf), (1, 2, 3), strict=True):
        assert handles.by_class == {"pharmacy": slip.handle(PHARMACY)}
        assert (handles.scope, handles.until) == (slip.scope, slip.until)
        assert re.findall("A-000[0-9]", read(pdf, at)) == [reference]
    assert len({handles.by_class["pharmacy"] for _, handles in found}) == 3


def test_nothing_of_a_slip_is_with_the_handles_and_nothing_of_the_handles_with_the_slips(office: Office) -> None:
    archive, found = made(office, "A-0001\n")
    assert set(json.loads((office.home / "handles.jsonl").read_text())["handles"]) == {
        "schema", "city", "environment", "until", "handles",
    }  # fmt: skip
    handle = found[0][1].by_class["pharmacy"]
    for pdf in archive.values():
        assert handle not in pdf
        assert handle.hex().encode() not in pdf


@needs_font("ko")
def test_each_slip_is_in_the_language_of_its_line(office: Office) -> None:
    archive, _ = made(office, "A-1,es\nA-2\nA-3, ko \n", "--language", "fr")
    (pdf,) = archive.values()
    for at, language in enumerate(("es", "fr", "ko"), 1):
        said = "".join(read(pdf, at).split())
        assert "".join(languages.get(language).translate(page_text.TEST).split()) in said


@pytest.mark.parametrize(("paper", "width"), [("a4", 2480), ("letter", 2550)])
def test_the_paper_is_that_of_the_printer(office: Office, paper: str, width: int) -> None:
    archive, _ = made(office, "A-1\n", "--paper", paper)
    (page,) = pictures(next(iter(archive.values())))
    assert abs(page.width - width) <= 1


def test_files_are_named_by_the_lines_that_are_in_them(office: Office) -> None:
    archive, found = made(office, "\nA-1\nA-2\n \nA-3\r\nA-4\n\nA-5", "--per-file", "2")
    assert list(archive) == ["slip-0000002-0000003.pdf", "slip-0000005-0000006.pdf", "slip-0000008-0000008.pdf"]
    assert [reference for reference, _ in found] == ["A-1", "A-2", "A-3", "A-4", "A-5"]


def test_the_archive_is_plain_and_both_files_are_for_their_owner_alone(office: Office) -> None:
    made(office, "A-1\n")
    for name in ("slips.tar", "handles.jsonl"):
        assert stat.S_IMODE((office.home / name).stat().st_mode) == 0o600
    data = (office.home / "slips.tar").read_bytes()
    assert len(data) % tarfile.RECORDSIZE == 0
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        (member,) = archive.getmembers()
    assert (member.mode, member.uid, member.gid, member.mtime, member.uname) == (0o600, 0, 0, 0, "")


def test_it_says_what_to_do_with_either_file(office: Office) -> None:
    ended = batch(office, "A-1\nA-2\n")
    slips_at, handles_at = office.home / "slips.tar", office.home / "handles.jsonl"
    assert ended.err.splitlines() == [
        "idcard: 2 slips",
        f"idcard: print {slips_at}, put each slip with the card whose reference is at its foot, and remove the file",
        f"idcard: then idcard batch --handles {handles_at}, and remove the file",
    ]


def test_nothing_else_is_written(office: Office) -> None:
    before, contents = files_under(office.home), office.contents()
    made(office, "A-1\n")
    assert files_under(office.home) - before == {"slips.tar", "handles.jsonl"}
    assert office.contents() == contents


# ---- a bulk run with them ----


def test_mint_uses_the_handles_and_a_slip_from_an_envelope_cancels_its_card(office: Office) -> None:
    archive, found = made(office, "A-0001\nA-0002,es\n")
    person = {"birth_date": "1990-04-01", "resident": True, "student": False}
    joined = [
        {"reference": reference, "handles": json.loads(slip_handles.encode(handles)), **person}
        for reference, handles in found
    ]
    records = office.home / "records.jsonl"
    records.write_text("".join(f"{json.dumps(each)}\n" for each in joined))
    minted = office.done("batch", records, *office.here, *office.secret)
    codes = {
        line["reference"]: {each["class"]: each["text"] for each in line["codes"]}["pharmacy"]
        for line in map(json.loads, minted.splitlines())
    }
    assert {office.verdict(code, "pharmacy") for code in codes.values()} == {"accept"}
    _, second = slips_on(archive["slip-0000001-0000002.pdf"])
    said = office.done("cancel", *office.here, stdin=slips.encode(second).encode())
    assert said == "pharmacy: cancelled, until 2028-01-01\n"
    office.publish(at=TOMORROW)
    verdicts = {reference: office.verdict(code, "pharmacy", at=TOMORROW) for reference, code in codes.items()}
    assert verdicts == {"A-0001": "accept", "A-0002": "cancelled-code"}


# ---- bad lines ----


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"A 1", "field 'reference' must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit"),
        (b"-1", "field 'reference' must be 1 to 64 of"),
        (b"../x", "field 'reference' must be 1 to 64 of"),
        (b"x" * 65, "field 'reference' must be 1 to 64 of"),
        (b"\xc3\xa9", "field 'reference' must be 1 to 64 of"),
        (b"A/1", "field 'reference' must be 1 to 64 of"),
        (b",es", "field 'reference' is missing"),
        (b"A-9,xx", "field 'language' must be one of en, es"),
        (b"A-9,ES", "field 'language' must be one of en, es"),
        (b"A-9,es,1990-12-31", "field 'record' has more cells than the 2 columns"),
        (b"\xff", "field 'record' is not text in UTF-8"),
        (b'"A-9', "a quote is not closed, and no line after it can be trusted"),
        (b"A\x009", "field 'record' is not text in UTF-8"),
        (b"A-1", "field 'reference' stands in another line too"),
        (b"a-1", "field 'reference' stands in another line too, perhaps in other capitals"),
        (b"A-1,es", "field 'reference' stands in another line too"),
        (b'{"reference": "A-9"}', "field 'reference' must be 1 to 64 of"),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_by_its_number_and_nothing_is_made(office: Office, line: bytes, says: str) -> None:
    before = files_under(office.home)
    ended = batch(office, b"A-1\n" + line + b"\nA-2\n")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: line 2: {says}")
    assert ended.err.count("\n") == 1
    assert files_under(office.home) == before


@pytest.mark.parametrize(
    "header",
    [
        "reference",
        "reference,language",
        '"reference","language"',
        "REFERENCE",
        " reference ,language\r",
        "reference;language",
    ],
)
def test_a_line_of_column_names_is_no_reference(office: Office, header: str) -> None:
    before = files_under(office.home)
    ended = batch(office, f"\n{header}\nA-1\n")
    assert (ended.code, ended.out, ended.err) == (
        USAGE,
        "",
        "idcard: line 2: field 'reference' is the name of a column: leave out the line with the names\n",
    )
    assert files_under(office.home) == before


def test_reference_is_one_like_others_after_the_first_line(office: Office) -> None:
    assert [reference for reference, _ in made(office, "reference-1\nreference\n")[1]] == ["reference-1", "reference"]


def test_every_bad_line_is_told_at_once(office: Office) -> None:
    ended = batch(office, "A-1\nA 2\nA-1\n,es\n,\nA-5\n")
    assert [line.split(":")[1] for line in ended.err.splitlines()] == [" line 2", " line 3", " line 4"]


@pytest.mark.parametrize("lines", ["", "\n \n\r\n"])
def test_no_reference_at_all(office: Office, lines: str) -> None:
    ended = batch(office, lines)
    assert (ended.code, ended.err.splitlines()[0]) == (USAGE, "idcard: there is no reference in the input")


def test_a_byte_order_mark_is_skipped(office: Office) -> None:
    assert [reference for reference, _ in made(office, "\ufeffA-1\n")[1]] == ["A-1"]


def test_an_input_that_is_too_large(office: Office) -> None:
    ended = batch(office, b"A" * ((64 << 20) + 1))
    assert (ended.code, ended.err.splitlines()[0]) == (USAGE, "idcard: the input is larger than 67108864 bytes")


# ---- both or neither ----


@pytest.mark.parametrize("name", ["slips.tar", "handles.jsonl"])
def test_nothing_is_written_over(office: Office, name: str) -> None:
    (office.home / name).write_text("mine")
    before = files_under(office.home)
    ended = batch(office, "A-1\n")
    assert (ended.code, ended.out) == (USAGE, "")
    assert (office.home / name).read_text() == "mine"
    assert files_under(office.home) == before


def test_the_two_files_are_two(office: Office) -> None:
    path = office.home / "both"
    for other in (path, path.with_name("both.part")):
        for handles_path, out in ((path, other), (other, path)):
            ended = office.run(
                *("slip", "batch", *office.here, "--handles", handles_path, "--out", out), stdin=b"A-1\n"
            )
            assert (ended.code, ended.err.splitlines()[0]) == (USAGE, "idcard: --out and --handles name the same file")


@pytest.mark.parametrize("option", ["--out", "--handles"])
@pytest.mark.parametrize("name", ["", ".", "/", "..", "x/.."])
def test_a_file_has_a_name(office: Office, option: str, name: str) -> None:
    other = "--out" if option == "--handles" else "--handles"
    ended = office.run("slip", "batch", *office.here, option, name, other, office.home / "x", stdin=b"A-1\n")
    assert (ended.code, ended.err.splitlines()[0]) == (USAGE, f"idcard: {option} takes the name of a new file")


def test_a_folder_that_is_missing(office: Office) -> None:
    ended = office.run(
        *("slip", "batch", *office.here, "--handles", office.home / "h", "--out", office.home / "no/slips.tar"),
        stdin=b"A-1\n",
    )
    assert (ended.code, ended.err.splitlines()[0]) == (USAGE, f"idcard: {office.home / 'no'} is not a folder")


FULL = "OSError(28, 'No space left on device', 'the disk')"


@pytest.mark.parametrize(
    ("call", "times", "problem"),
    [
        ("os.fsync", 1, FULL),
        ("os.fsync", 2, FULL),
        ("os.fsync", 1, "KeyboardInterrupt"),
        ("os.link", 1, "KeyboardInterrupt"),
        ("os.link", 2, "KeyboardInterrupt"),
    ],
)
def test_a_run_that_fails_leaves_nothing_behind(office: Office, call: str, times: int, problem: str) -> None:
    prelude = f"""
import os
real, calls = {call}, []
def failing(*given, **how):
    calls.append(given)
    if len(calls) == {times}:
        raise {problem}
    return real(*given, **how)
{call} = failing
"""
    before = files_under(office.home)
    ended = batch(office, "A-1\nA-2\n", prelude=prelude)
    assert ended.code == (USAGE if problem == FULL else CANNOT_SAY)
    assert files_under(office.home) == before


STOPPED = """
import os, time
from idcard_cli.counter import archive
real = archive.member
def standing(name, data):
    {how}
    return real(name, data)
archive.member = standing
"""


@contextmanager
def at_work(office: Office, how: str = "time.sleep(1000)") -> Iterator[Process]:
    """A run that has begun to write, with a slip in memory."""
    process = start("slip", "batch", *named(office), prelude=STOPPED.format(how=how), at=office.at)
    try:
        assert process.stdin is not None
        process.stdin.write(b"A-1\nA-2\n")
        process.stdin.close()
        process.stdin = None
        deadline = time.monotonic() + TIMEOUT
        while not (office.home / "handles.jsonl.part").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_connection_that_is_lost_leaves_nothing_behind(office: Office, number: signal.Signals) -> None:
    before = files_under(office.home)
    with at_work(office) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, err) == (CANNOT_SAY, b"\nidcard: interrupted\n")
    assert files_under(office.home) == before


def test_under_nohup_it_goes_on(office: Office) -> None:
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    ended = batch(office, "A-1\n", prelude=ignore + STOPPED.format(how="os.kill(os.getpid(), 1)"))
    assert ended.code == ACCEPT, ended.err
    assert [reference for reference, _ in held(office)] == ["A-1"]


def test_a_kill_leaves_what_everybody_sees_and_the_next_run_says_what_it_is(office: Office) -> None:
    before = files_under(office.home)
    with at_work(office) as process:
        process.kill()
    left = {"slips.tar.part", "handles.jsonl.part"}
    assert files_under(office.home) - before == left
    assert {stat.S_IMODE((office.home / name).stat().st_mode) for name in left} == {0o600}
    for name in ("handles.jsonl.part", "slips.tar.part"):
        path = office.home / name
        ended = batch(office, "A-1\n")
        assert (ended.code, ended.out) == (USAGE, "")
        assert ended.err.splitlines()[0] == f"idcard: {path} is of a run that was interrupted: remove it"
        path.unlink()
    assert batch(office, "A-1\n").code == ACCEPT


def test_nothing_is_written_through_a_link(office: Office) -> None:
    (office.home / "slips.tar.part").symlink_to(office.home / "elsewhere")
    ended = batch(office, "A-1\n")
    assert (ended.code, ended.out) == (USAGE, "")
    assert not (office.home / "elsewhere").exists()


def test_handles_that_cannot_get_their_name_take_the_slips_with_them(office: Office) -> None:
    prelude = f"""
from idcard_cli import files
rename = files.rename
def failing(path, new):
    if new.name == "handles.jsonl":
        raise {FULL}
    rename(path, new)
files.rename = failing
"""
    before = files_under(office.home)
    ended = batch(office, "A-1\n", prelude=prelude)
    assert (ended.code, ended.err) == (USAGE, "idcard: the disk: no space left on device\n")
    assert files_under(office.home) == before


# ---- the city ----


def test_a_city_without_revocable_classes_has_no_slips(office: Office) -> None:
    plan = json.loads((office.folder / "city.json").read_text("utf-8"))
    plan["classes"] = [each for each in plan["classes"] if each["kind"] == "cohort"]
    (office.folder / "city.json").write_text(json.dumps(plan), "utf-8")
    ended = batch(office, "A-1\n")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the city has no revocable venue class" in ended.err


def test_a_folder_that_is_no_city(tmp_path: Path) -> None:
    ended = idcard(
        *("slip", "batch", "--city", tmp_path, "--handles", tmp_path / "h", "--out", tmp_path / "s"), stdin=b"A-1\n"
    )
    assert (ended.code, ended.out) == (USAGE, "")
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_says_so(office: Office) -> None:
    ended = batch(office, "A-1\n", prelude="import sys; sys.modules['typst'] = None")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: making pages needs the extra 'print': see \"Install\" in the README\n")


def test_a_slip_serves_this_month_and_the_next(office: Office) -> None:
    archive, _ = made(office, "A-1\n")
    (slip,) = slips_on(next(iter(archive.values())))
    assert slip.until == 2028 * 12
    assert "2028-01-01" in read(next(iter(archive.values())))


def test_a_terminal_shows_how_far_it_is(office: Office) -> None:
    lines = "".join(f"A-{at}\n" for at in range(30)).encode()
    ended = idcard_on_terminal("slip", "batch", *named(office), "--per-file", "10", stdin=lines, at=office.at)
    assert ended.code == ACCEPT
    assert "100%" in ended.out


@pytest.mark.parametrize(
    "data",
    [b"A-1,es\nA-2\n", b"A-1;es\r\n;\r\nA-2;\r\n", b"A-1\tes\nA-2\n", "A-1;es\r\nA-2\r\n".encode("utf-16")],
    ids=["commas", "semicolons", "tabs", "UTF-16"],
)
def test_lines_are_read_as_those_of_a_table(office: Office, data: bytes) -> None:
    handles = office.home / "handles.jsonl"
    where = ("--handles", handles, "--out", office.home / "slips.tar")
    office.done("slip", "batch", *office.here, *where, stdin=data)
    assert [json.loads(line)["reference"] for line in handles.read_text().splitlines()] == ["A-1", "A-2"]
