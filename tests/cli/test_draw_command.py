"""`idcard draw`: lines of codes in, pictures and pages out, by a program that has no key and believes nobody."""

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batches import (
    begun,
    beside,
    changed_codes,
    children,
    codes_of,
    drawing,
    ending,
    feed,
    in_blocks,
    is_gone,
    people,
    person,
    read,
    size,
    until,
)
from cities import City
from command import ACCEPT, CANNOT_SAY, TIMEOUT, USAGE, Ended, Office, files_under, idcard, scan
from prints import no_fonts

from idcard.credential.text import Environment

PEOPLE = people(4)
TWO = ("--for", "library", "--for", "pharmacy")
CLASSES = ("library", "museum", "pool", "pharmacy")


def draw(office: Office, *more: object, **how: Any) -> Ended:
    return idcard(*drawing(office, *more), **{"at": office.at, **how})


def drawn(office: Office, path: Path, *more: object, code: int = ACCEPT, **how: Any) -> bytes:
    """What comes out of these codes in a new file."""
    out = office.home / "drawn"
    ended = draw(office, path, "--out", out, *more, **how)
    assert ended.code == code, ended.err
    data = out.read_bytes()
    out.unlink()
    return data


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]


# ---- archives ----


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_pictures_are_a_tar_with_a_file_a_code(office: Office, kind: str) -> None:
    records = [b"", PEOPLE[0], person(3, reference="x" * 64), person(4, resident=False)]
    codes, out = codes_of(office, records), office.home / "out.tar"
    ended = draw(office, codes, "--out", out, "--format", kind)
    assert (ended.code, ended.out) == (ACCEPT, "")
    assert ended.err == "idcard: 3 lines drawn, 9 codes, 0 bad lines\n"
    expected = [f"0000002-{each}.{kind}" for each in CLASSES]
    expected += [f"0000003-{each}.{kind}" for each in (*CLASSES, "theatre")]
    with tarfile.open(out) as tar:
        found = tar.getmembers()
    assert [each.name for each in found] == expected
    for each in found:
        assert (each.isreg(), each.mode, each.mtime) == (True, 0o600, 0)
        assert (each.uid, each.gid, each.uname, each.gname) == (0, 0, "", "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.stat().st_size % tarfile.RECORDSIZE == 0
    assert out.read_bytes().endswith(bytes(1024))
    command = ["tar", "--utc", "--full-time", "-tvf", str(out)]
    listed = subprocess.run(command, capture_output=True, check=True, text=True, env={**os.environ, "LC_ALL": "C"})
    rows = [line.split() for line in listed.stdout.splitlines()]
    assert (listed.stderr, [row[-1] for row in rows]) == ("", expected)
    assert {tuple(row[:2] + row[3:5]) for row in rows} == {("-rw-------", "0/0", "1970-01-01", "00:00:00")}


def test_a_drawn_code_is_the_one_of_its_line(office: Office) -> None:
    codes = codes_of(office, PEOPLE)
    expected = {
        f"{line['line']:07}-{code['class']}.png": [code["text"]]
        for line in map(json.loads, codes.read_bytes().splitlines())
        for code in line["codes"]
    }
    pictures = members(drawn(office, codes, "--format", "png"))
    assert {name: [symbol.text for symbol in scan(picture)] for name, picture in pictures.items()} == expected


def test_the_width_is_that_of_svg_and_pdf(office: Office) -> None:
    pictures = members(drawn(office, codes_of(office, PEOPLE[:1]), "--format", "svg", "--width", "42"))
    assert all(b'width="42mm"' in picture for picture in pictures.values())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["svg", "pdf", "holder"])
def test_the_same_lines_give_the_same_bytes_however_many_processes_draw(office: Office, kind: str) -> None:
    codes = codes_of(office, people(12))
    alone = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    one, other = (
        drawn(office, codes, "--format", kind, prelude=prelude + in_blocks(5), cold=True) for prelude in (alone, "")
    )
    assert one == other


@pytest.mark.parametrize("kind", ["card", "holder"])
def test_pages_are_a_tar_with_a_file_for_so_many_lines(office: Office, kind: str) -> None:
    records = [b"", PEOPLE[0], b"", person(2, language="es"), person(4, resident=False), PEOPLE[2], person(5)]
    codes = codes_of(office, records, *TWO)
    pages = drawn(office, codes, "--format", kind, "--per-file", "2")
    spans = ["0000002-0000004", "0000005-0000006", "0000007-0000007"]
    assert [*members(pages)] == [f"{kind}-{span}.pdf" for span in spans]
    assert all(page.startswith(b"%PDF-1.7") for page in members(pages).values())
    assert [*members(drawn(office, codes, "--format", kind))] == [f"{kind}-0000002-0000007.pdf"]
    with begun(office, "-", "--format", kind, "--per-file", "2", of=drawing) as process:
        for line in codes.read_bytes().splitlines(keepends=True):  # pages have their size whatever comes when
            feed(process, line)
        out, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (ACCEPT, pages)


# ---- lines that are not drawn ----


def text(of: City, venue_class: str = "library", **record: Any) -> str:
    return of.code(venue_class, {"birth_date": "1990-04-01", "resident": True, "student": True, **record})


def in_first(name: str, value: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[0]["codes"][0][name] = value

    return change


def swapped(lines: list[dict[str, Any]]) -> None:
    first, second = lines[0]["codes"]
    first["text"], second["text"] = second["text"], first["text"]


def last_letter(lines: list[dict[str, Any]]) -> None:
    code = lines[0]["codes"][0]
    code["text"] = code["text"][:-1] + ("0" if code["text"][-1] != "0" else "1")


def blank_behind(lines: list[dict[str, Any]]) -> None:
    lines[0]["codes"][0]["text"] += " "


FORGED = City("springfield", Environment.TEST)
CHANGES: dict[str, tuple[Callable[[list[dict[str, Any]]], None], str]] = {
    "an old schema": (lambda lines: lines[0].update(schema=1), "field 'schema' must be 2"),
    "a path": (lambda lines: lines[0].update(reference="../x"), "field 'reference' must be 1 to 64 of"),
    "no reference": (lambda lines: lines[0].pop("reference"), "field 'reference' is missing"),
    "a number twice": (lambda lines: lines[0].update(line=0), "field 'line' must be 1 to 9999999"),
    "no code": (in_first("text", "HELLO"), "library: this is not a code of a city card"),
    "letters around it": (blank_behind, "library: this is not a code of a city card"),
    "altered": (last_letter, "library: the code "),
    "another key": (in_first("text", text(FORGED)), "library: the code was not issued by this city"),
    "another environment": (in_first("text", text(City())), "library: this is a test code, or"),
    "another class": (swapped, "library: the code is for another kind of place"),
    "no such class": (in_first("class", "zoo"), "zoo: this kind of place is not in the trust file"),
    "too large": (in_first("max_version", 5), "the text needs QR 6-M, and 5-M is the largest allowed"),
    "a newer format": (in_first("text", "IDT2:X"), "library: this program is too old for the code"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_bad_line_is_named_by_number_and_reason_and_the_others_are_drawn(office: Office, name: str) -> None:
    change, says = CHANGES[name]
    codes = codes_of(office, PEOPLE, *TWO)
    whole = members(drawn(office, codes, "--format", "svg"))
    changed_codes(codes, change)
    out = office.home / "out.tar"
    ended = draw(office, codes, "--out", out, "--format", "svg")
    assert (ended.code, ended.out) == (USAGE, "")
    told, summary = ended.err.splitlines()
    assert told.startswith(f"idcard: line 1: {says}")
    assert "IDT1" not in told
    assert summary == "idcard: 3 lines drawn, 6 codes, 1 bad line"
    assert members(out.read_bytes()) == {each: data for each, data in whole.items() if not each.startswith("0000001")}


@pytest.mark.parametrize("number", [2, 1])
def test_no_name_comes_twice(office: Office, number: int) -> None:
    codes = codes_of(office, PEOPLE, *TWO)
    changed_codes(codes, lambda lines: lines[2].update(line=number))
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg")
    assert ended.err.splitlines()[0] == "idcard: line 3: field 'line' must be larger than in the lines before"
    assert len(members((office.home / "out").read_bytes())) == 6


def test_a_reference_and_a_code_with_a_handle_come_once(office: Office) -> None:
    """Those of a bad line count, too: it is mended and drawn by itself."""
    codes = codes_of(office, PEOPLE, *TWO)

    def change(lines: list[Any]) -> None:
        lines[0]["codes"][0]["text"] += "0"
        lines[1]["reference"] = lines[0]["reference"].lower()
        lines[3]["codes"][1] = lines[2]["codes"][1]

    changed_codes(codes, change)
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg")
    again = "its reference, or a code with a handle, stands in an earlier line"
    assert ended.err.splitlines()[1:3] == [f"idcard: line {number}: {again}" for number in (2, 4)]
    assert ended.code == USAGE


def test_a_cancelled_code_is_not_drawn(office: Office) -> None:
    codes = codes_of(office, PEOPLE, *TWO)
    lines = [json.loads(line) for line in codes.read_bytes().splitlines()]
    office.done("cancel", *office.here, "--yes", "--card", lines[1]["codes"][1]["text"])
    office.publish(at="2026-11-23 12:00")
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg", at="2026-11-23 12:00")
    assert ended.code == USAGE
    assert ended.err.startswith("idcard: line 2: pharmacy: the code was cancelled, for example because"), ended.err


def test_an_expired_code_is_not_drawn(office: Office) -> None:
    codes = codes_of(office, PEOPLE, *TWO)
    later = "2027-11-30 12:00"
    for at in ("2027-02-01 12:00", "2027-05-01 12:00", "2027-08-01 12:00", "2027-11-01 12:00"):
        office.done("trust", "renew", *office.here, *office.secret, at=at)
    after = "2027-12-02 12:00"
    assert draw(office, codes, "--out", office.home / "before", "--format", "svg", at=later).code == ACCEPT
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg", at=after)
    assert ended.err.startswith("idcard: line 1: pharmacy: the code has expired\n"), ended.err


def test_where_none_can_be_judged_the_run_ends_and_says_why(office: Office) -> None:
    codes = codes_of(office, PEOPLE, "--for", "library")
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg", at="2028-11-22 12:00")
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err.startswith(
        "idcard: the trust file of this computer has expired (its root)\nidcard: get the city's current"
    )
    assert not list(office.home.glob("out*"))


def test_a_sheet_whose_language_has_no_font_is_a_bad_line(office: Office) -> None:
    codes = codes_of(office, [person(1, language="es"), person(2, language="ko"), PEOPLE[2]], "--for", "library")
    env = no_fonts(office.home)
    ended = draw(office, codes, "--out", office.home / "out", "--format", "holder", env=env)
    assert ended.code == USAGE
    assert ended.err.startswith("idcard: line 2: field 'language' cannot be printed here: no font for Korean is")
    assert [*members((office.home / "out").read_bytes())] == ["holder-0000001-0000003.pdf"]
    assert drawn(office, codes, "--format", "svg", env=env)


def test_a_card_with_too_many_codes_is_a_bad_line(office: Office) -> None:
    codes = codes_of(office, [PEOPLE[0], person(4, resident=False)])
    ended = draw(office, codes, "--out", office.home / "out", "--format", "card")
    assert ended.err.splitlines() == [
        "idcard: line 1: a card has room for 2 codes, and here are 3: choose the classes when codes are made (--for)",
        "idcard: 1 line drawn, 0 codes, 1 bad line",
    ]


# ---- what it takes and what not ----


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--format", "png", "--width", "30"], "--width needs --format svg or pdf"),
        (["--format", "svg", "--per-file", "7"], "--per-file needs --format card, back, pocket, holder"),
        (["--format", "card", "--paper", "a4"], "--paper needs --format pocket or holder"),
        (["--format", "png", "--language", "es"], "--language needs --format card, back, pocket or holder"),
        (["--format", "holder", "--design", "x"], "--design needs --format card, back or pocket"),
        (["--format", "pocket", "--library-numbers", "x"], "--library-numbers needs --format card or back"),
        (["--format", "back", "--library-numbers", "x"], "--library-numbers needs --design, with a table library"),
        (["--format", "text"], "invalid value for '--format'"),
        (["--format", "card", "--per-file", "0"], "invalid value for '--per-file'"),
        (["--format", "svg", "--out", ".."], ".. is not the name of a new file"),
        (["--format", "svg", "--resume"], "--resume goes on with the file of --out; give --out too"),
        ([], "missing option '--format'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_go_together_are_refused(office: Office, more: list[str], says: str) -> None:
    ended = draw(office, codes_of(office, PEOPLE[:1]), *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}"), ended.err


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_codes_that_others_may_read_are_refused(office: Office, mode: int) -> None:
    codes = codes_of(office, PEOPLE[:1])
    assert stat.S_IMODE(codes.stat().st_mode) == 0o600
    codes.chmod(mode)
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: others may read {codes}, and have working cards then: chmod 600 it\n")
    with codes.open("rb") as given, begun(office, "-", "--format", "svg", of=drawing, stdin=given) as process:
        assert ending(process).err.startswith("idcard: others may read standard input,")
    assert not list(office.home.glob("out*"))


def test_it_needs_the_codes_and_the_trust_file_and_nothing_else(office: Office, tmp_path_factory: Any) -> None:
    alone = tmp_path_factory.mktemp("alone")
    codes = codes_of(office, PEOPLE, *TWO)
    expected = drawn(office, codes, "--format", "card")
    shutil.copy(office.trust, alone)
    words = ("draw", "-", "--trust", alone / "city.idtrust", "--format", "card", "--out", alone / "cards.tar")
    moved = codes.read_bytes()
    shutil.rmtree(office.folder)
    ended = idcard(*words, stdin=moved, at=office.at, cwd=alone)
    assert ended.code == ACCEPT, ended.err
    assert (alone / "cards.tar").read_bytes() == expected
    assert files_under(alone) == {"city.idtrust", "cards.tar"}


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "the trust file is damaged"), (b"x" * 9, "the trust file is damaged")]
)
def test_a_trust_file_that_does_not_hold(office: Office, data: bytes, says: str) -> None:
    codes = codes_of(office, PEOPLE[:1])
    office.trust.write_bytes(data)
    ended = draw(office, codes, "--out", office.home / "out", "--format", "svg")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: the trust file is damaged"), ended.err


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_no_line_at_all(office: Office, data: bytes) -> None:
    ended = draw(office, "-", "--format", "svg", "--out", office.home / "out", stdin=data)
    assert (ended.code, ended.err.splitlines()[0]) == (USAGE, "idcard: there is no line of codes in the input")
    assert not list(office.home.glob("out*"))


# ---- pipes, signals and lost processes ----


def test_pictures_of_one_line_may_be_waited_for(office: Office) -> None:
    codes = codes_of(office, PEOPLE[:3])
    expected = drawn(office, codes, "--format", "svg")
    with tarfile.open(fileobj=io.BytesIO(expected)) as tar:
        begins = {each.name[:7]: each.offset for each in reversed(tar.getmembers())}
    with begun(office, "-", "--format", "svg", of=drawing) as process:
        for line, begin, end in zip(
            codes.read_bytes().splitlines(keepends=True),
            [begins[f"{number:07}"] for number in (1, 2, 3)],
            [begins["0000002"], begins["0000003"], len(expected) - len(expected) % 512],
            strict=True,
        ):
            feed(process, line)
            if end <= begins["0000003"]:
                assert read(process, end - begin) == expected[begin:end]
        out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (ACCEPT, expected[begins["0000003"] :]), err


def test_where_nobody_reads_the_archive_it_says_so(office: Office) -> None:
    codes = codes_of(office, PEOPLE)
    reads, writes = os.pipe()
    os.close(reads)
    with begun(office, codes, "--format", "svg", of=drawing, stdout=writes) as process:
        os.close(writes)
        ended = ending(process)
    assert (ended.code, ended.err) == (CANNOT_SAY, "idcard: nobody reads the output any more, after 0 lines\n")
    with open("/dev/full", "wb") as full, begun(office, codes, "--format", "svg", of=drawing, stdout=full) as process:
        ended = ending(process)
    assert (ended.code, ended.err) == (USAGE, "idcard: input or output: no space left on device\n")


def assert_goes_on(office: Office, codes: Path, expected: bytes) -> None:
    """After an interruption, with the same command."""
    out = office.home / "out"
    assert not out.exists()
    ended = draw(office, codes, "--out", out, "--resume", "--format", "svg")
    assert ended.code == ACCEPT, ended.err
    assert out.read_bytes() == expected
    assert {path.name for path in office.home.glob("out*")} == {"out"}


KEPT = "idcard: what is done is kept, and the same command with --resume goes on"
LOST = "idcard: a drawing process was killed, perhaps because memory ran out"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_interrupted_it_says_how_to_go_on(office: Office, number: signal.Signals) -> None:
    codes = codes_of(office, people(40))
    expected, out = drawn(office, codes, "--format", "svg"), office.home / "out"
    with begun(office, "-", "--out", out, "--format", "svg", of=drawing, prelude=in_blocks(3)) as process:
        feed(process, b"".join(codes.read_bytes().splitlines(keepends=True)[:20]))
        until(lambda: size(beside(out)[0]) > len(expected) // 4, process)
        # As a terminal sends it: to the processes that draw, too.
        os.killpg(process.pid, number)
        ended = ending(process)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert KEPT in ended.err
    assert ended.err.splitlines()[-1] in ("idcard: interrupted", *([LOST] if number == signal.SIGTERM else []))
    assert_goes_on(office, codes, expected)


def test_ctrl_c_while_the_processes_begin_is_quiet(office: Office) -> None:
    with begun(office, "-", "--format", "svg", of=drawing) as process:
        until(lambda: bool(children(process.pid)), process)
        os.killpg(process.pid, signal.SIGINT)
        ended = ending(process)
    assert (ended.code, ended.out, ended.err) == (CANNOT_SAY, "", "\nidcard: interrupted\n")


def test_where_a_process_that_draws_is_killed_it_says_so_and_how_to_go_on(office: Office) -> None:
    codes, out = codes_of(office, PEOPLE), office.home / "out"
    expected, lines = drawn(office, codes, "--format", "svg"), codes.read_bytes().splitlines(keepends=True)
    with begun(office, "-", "--out", out, "--format", "svg", of=drawing) as process:
        feed(process, lines[0])
        until(lambda: size(beside(out)[0]) > 0, process)
        os.kill(min(children(process.pid)), signal.SIGKILL)
        feed(process, b"".join(lines[1:]))
        ended = ending(process)
    assert (ended.code, ended.out, ended.err.splitlines()) == (CANNOT_SAY, "", [KEPT, LOST])
    assert_goes_on(office, codes, expected)


def test_the_processes_that_draw_end_with_the_one_that_reads(office: Office) -> None:
    with begun(office, "-", "--format", "svg", of=drawing, stderr=subprocess.DEVNULL) as process:
        until(lambda: len(children(process.pid)) == len(os.sched_getaffinity(0)), process)
        there = children(process.pid)
        process.kill()
        process.wait(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while not all(map(is_gone, there)):
        assert time.monotonic() < deadline
