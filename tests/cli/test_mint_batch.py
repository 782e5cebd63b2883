"""`idcard mint --batch`: one record a line in, the codes of one holder after another out, whatever comes between."""

import io
import json
import os
import pty
import shlex
import signal
import stat
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from batches import (
    BAD,
    WarmInBlocks,
    as_csv,
    as_lines,
    assert_tells_nothing,
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
    read,
    read_line,
    size,
    until,
    with_bad,
)
from command import (
    ACCEPT,
    CANNOT_SAY,
    TIMEOUT,
    USAGE,
    Ended,
    Office,
    environment,
    files_under,
    idcard,
    instant,
    program,
    scan,
)
from crash import SAY, UNSEEN, Command, Moment, Ran, Step, unsafe
from idcard_cli.counter import archive
from machine import unshared

from idcard.city.combinations import Combination, Common
from idcard.city.combinations import encode as encode_common
from idcard.city.profile import Kind, Profile
from idcard.issuing.code import Code, Issued
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard.printing.page import City, Paper

Records: TypeAlias = Sequence[Mapping[str, Any] | bytes] | bytes
PEOPLE = people(9)
FORMATS = ("svg", "png", "pdf", "card", "holder")
NEXT_QUARTER = "2027-01-05 12:00"


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def write(office: Office, records: Records, name: str = "records") -> Path:
    path = office.home / name
    path.write_bytes(records if isinstance(records, bytes) else as_lines(records))
    return path


def mint(office: Office, *more: object, **how: Any) -> Ended:
    """A program of its own, whose threads and processes end with it."""
    ended = idcard(*options(office, *more), **{"at": office.at, **how})
    assert "Quackenbush" not in ended.out + ended.err
    return ended


def minted(office: Office, records: Records, *more: object, code: int = 0) -> bytes:
    """What comes out of these records on stdout, in JSON lines."""
    ended = mint(office, "--batch", write(office, records), *more)
    assert ended.code == code, ended.err
    return ended.out.encode()


def written(office: Office, records: Records, *more: object, code: int = 0, prelude: str = "") -> bytes:
    """What comes out of these records in a new file."""
    out = office.home / "written"
    ended = mint(office, "--batch", write(office, records), "--out", out, *more, prelude=prelude)
    assert ended.code == code, ended.err
    data = out.read_bytes()
    out.unlink()
    return data


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def names(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getnames()


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]


# ---- JSON lines ----


def test_each_record_gets_a_line_in_the_order_of_the_input(office: Office) -> None:
    ended = mint(office, "--batch", write(office, PEOPLE))
    assert (ended.code, ended.err) == (ACCEPT, "idcard: 9 records minted, 37 codes, 0 bad records\n")
    told = lines(ended.out.encode())
    assert [each["reference"] for each in told] == [each["reference"] for each in PEOPLE]
    for record, each in zip(PEOPLE, told, strict=True):
        assert (set(each), each["schema"]) == ({"schema", "line", "reference", "language", "codes"}, 2)
        assert all(code.keys() == {"class", "text", "level", "max_version"} for code in each["codes"])
        gets = ["library", "museum"]
        gets += ["pool"] * (record["birth_date"] < "2008-11-23") + ["pharmacy"] + ["theatre"] * record["student"]
        assert [code["class"] for code in each["codes"]] == gets


def test_the_codes_are_those_that_mint_gives_each_alone_and_are_accepted(office: Office) -> None:
    records = people(3)
    for record, each in zip(records, lines(minted(office, records)), strict=True):
        handles = office.home / "handles.json"
        handles.write_text(json.dumps(record["handles"]))
        alone = office.mint("--handles", handles, **{name: record[name] for name in ("birth_date", "student")})
        assert [f"{code['class']}\t{code['text']}" for code in each["codes"]] == alone.out.splitlines()
        for code in each["codes"]:
            assert office.verdict(code["text"], code["class"]) == "accept"


def test_a_file_stdin_and_a_named_pipe_give_the_same_on_stdout_and_in_a_file(office: Office) -> None:
    data = as_lines(PEOPLE)
    expected = minted(office, data)
    from_stdin = mint(office, "--batch", "-", stdin=data)
    assert from_stdin.out.encode() == expected
    assert mint(office, "--batch", "/dev/stdin", stdin=data).out == from_stdin.out
    assert mint(office, "--batch", "-", "--out", office.home / "out", stdin=data).out == ""
    assert (office.home / "out").read_bytes() == expected
    assert written(office, data) == expected


def test_an_output_is_for_its_owner_only_and_nothing_else_stays(office: Office) -> None:
    before = files_under(office.home)
    assert mint(office, "--batch", write(office, PEOPLE), "--out", office.home / "out").code == ACCEPT
    assert stat.S_IMODE((office.home / "out").stat().st_mode) == 0o600
    after = files_under(office.home) - before
    assert {name for name in after if not name.endswith(".lock")} == {"out", "records", "springfield/counts.csv"}


def test_all_codes_are_counted(office: Office) -> None:
    assert codes_in(minted(office, PEOPLE)) == counted(office) == 37
    minted(office, PEOPLE)
    assert counted(office) == 74


def test_many_records_are_written_in_blocks_and_are_one_output(office: Office) -> None:
    records = with_bad(people(50), 7)
    whole = written(office, records, code=USAGE)
    for size_of_block in (1, 3, 50):
        assert written(office, records, code=USAGE, prelude=in_blocks(lines=size_of_block)) == whole


def test_names_of_columns_alone_are_a_batch_of_nobody(office: Office) -> None:
    header = as_csv(PEOPLE).splitlines()[0]
    for end in (b"", b"\r\n"):
        assert written(office, header + end) == b""
    assert members(written(office, header, "--format", "svg")) == {}
    assert counted(office) == 0


def test_no_line_at_all_is_no_batch(office: Office) -> None:
    path = write(office, b" \n")
    for more in ((), ("--out", office.home / "out"), ("--out", office.home / "out", "--resume")):
        ended = mint(office, "--batch", path, *more)
        assert (ended.code, ended.out) == (USAGE, "")
        assert ended.err.startswith("idcard: there is no record in the input\n")
    assert not list(office.home.glob("out*"))


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (
            b"resident,birth_date",
            "field 'record' is neither a JSON object nor the names of columns, reference among them",
        ),
        (
            b'reference,"resident',
            "a quote is not closed, and no line after it can be trusted: records are one line each",
        ),
        (b"{" + b"x" * 70_000, "field 'record' is longer than 65536 bytes"),
    ],
)
def test_a_first_line_that_says_nothing_ends_it_before_anything_is_made(
    office: Office, first: bytes, says: str
) -> None:
    ended = mint(office, "--batch", write(office, b"\n" + first + b"\nA,B\n"), "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: line 2: {says}")
    assert not list(office.home.glob("out*"))


# ---- bad records ----

LINES: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "no JSON": (b'{"reference": "A", "name": "Quack', "field 'record' is not one JSON object in UTF-8"),
    "too long": (b'{"reference": "A", "x": "' + b"x" * 65_536 + b'"}', "field 'record' is longer than 65536 bytes"),
    "a date to come": (person(1, birth_date="2026-11-23"), "field 'birth_date' is in the future"),
    "handles of another class": (
        person(1, handles={**PEOPLE[0]["handles"], "handles": {}}),
        "field 'handles': the handles have none for 'pharmacy': make a new slip",
    ),
}
"""One from each place that refuses. What else is bad is in specs/vectors/batch."""


@pytest.mark.parametrize("name", LINES)
def test_a_bad_record_is_told_by_line_field_and_reason_and_the_others_are_minted(office: Office, name: str) -> None:
    bad, says = LINES[name]
    records = [PEOPLE[1], bad, PEOPLE[2]]
    ended = mint(office, "--batch", write(office, records))
    assert ended.code == USAGE
    told, summary = ended.err.splitlines()
    assert told.startswith(f"idcard: line 2: {says}")
    assert summary == "idcard: 2 records minted, 9 codes, 1 bad record"
    assert ended.out.encode() == minted(office, [PEOPLE[1], b"", PEOPLE[2]])
    assert counted(office) == 18


def test_a_row_that_is_too_long_may_hide_a_quote_and_ends_the_run(office: Office) -> None:
    header, row, *_ = as_csv(PEOPLE[:1]).splitlines(keepends=True)
    ended = mint(office, "--batch", write(office, header + b'A,"' + b"x" * 70_000 + b"\n" + row))
    assert ended.code == USAGE
    assert "line 2: the line is longer than 65536 bytes, and no line after it can be trusted" in ended.err
    assert not ended.out


def test_a_quote_that_is_not_closed_ends_the_run(office: Office) -> None:
    """The next line may be a piece of a cell that looks like a record."""
    rows = as_csv(PEOPLE[:3]).splitlines(keepends=True)
    path = write(office, b"".join([*rows[:2], b'A,"x\n', *rows[2:]]))
    ended = mint(office, "--batch", path, "--out", office.home / "out", prelude=in_blocks(lines=1))
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[:2] == [
        "idcard: what is done is kept, and the same command with --resume goes on",
        "idcard: line 3: a quote is not closed, and no line after it can be trusted: records are one line each",
    ]
    assert_goes_on(office, write(office, b"".join(rows)), (), minted(office, PEOPLE[:3]))


@pytest.mark.parametrize(
    ("again", "says"),
    [
        (person(4, reference="A-1"), "field 'reference' is that of an earlier record"),
        (person(4, reference="a-1"), "field 'reference' is that of an earlier record"),
        (person(4, reference="B-1"), "field 'reference' is that of an earlier record"),
        (person(4, handles=PEOPLE[0]["handles"]), "field 'handles' are those of an earlier record: make a new slip"),
        (person(4, handles=person(99)["handles"]), "field 'handles' are those of an earlier record: make a new slip"),
    ],
)
def test_what_an_earlier_record_had_good_or_bad_is_not_used_again(
    office: Office, again: dict[str, Any], says: str
) -> None:
    """Also where the earlier one was skipped, for an earlier run did it."""
    records = [PEOPLE[0], person(99, reference="B-1", student=None), PEOPLE[1], again, PEOPLE[2]]
    expected = minted(office, [PEOPLE[0], b"", PEOPLE[1], b"", PEOPLE[2]])
    path, out = write(office, records), office.home / "out"
    ended = mint(office, "--batch", path)
    assert (ended.code, ended.out.encode()) == (USAGE, expected)
    assert ended.err.splitlines()[1] == f"idcard: line 4: {says}"
    with begun(office, "--batch", "-", "--out", out, prelude=in_blocks(lines=1)) as process:
        feed(process, as_lines(records[:3]))
        until(lambda: size(beside(out)[0]) > 0 and beside(out)[0].read_bytes().count(b"\n") == 2, process)
        process.kill()
    ended = mint(office, "--batch", path, "--out", out, "--resume")
    assert (ended.code, out.read_bytes()) == (USAGE, expected)
    assert f"idcard: line 4: {says}\n" in ended.err


@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
def test_bad_records_alone_are_an_empty_output(office: Office, more: tuple[object, ...]) -> None:
    path = write(office, [b"{", *BAD, b"{"])
    ended = mint(office, "--batch", path, "--out", office.home / "out", *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[-1] == "idcard: 0 records minted, 0 codes, 6 bad records"
    assert [line.split(":")[1] for line in ended.err.splitlines()[:-1]] == [f" line {n}" for n in range(1, 7)]
    assert not more or members((office.home / "out").read_bytes()) == {}
    assert counted(office) == 0
    assert {path.name for path in office.home.glob("out*")} == {"out"}


def test_a_rare_combination_is_a_bad_record_that_does_not_tell_the_claims(office: Office) -> None:
    common = office.home / "common.json"
    library = Combination("library", frozenset(), frozenset({1}), None, False)
    common.write_text(encode_common(Common(office.plan().scope, 50, frozenset({library}))))
    more = ("--for", "library", "--for", "theatre", "--common", common)
    ended = mint(office, "--batch", write(office, [person(1), person(3), person(4)]), *more)
    assert ended.code == USAGE
    assert ended.err.splitlines()[0] == (
        "idcard: line 2: field 'record' would make a code for theatre that is one of few (idcard privacy)"
    )
    assert [each["reference"] for each in lines(ended.out.encode())] == ["A-1", "A-4"]


def test_a_cancelled_handle_is_a_bad_record_and_a_cancelled_cohort_ends_it_for_all(office: Office) -> None:
    codes = {each["class"]: each["text"] for each in lines(minted(office, [person(1)]))[0]["codes"]}
    office.done("cancel", *office.here, "--yes", "--card", codes["pharmacy"])
    ended = mint(office, "--batch", write(office, PEOPLE))
    assert ended.code == USAGE
    assert ended.err.splitlines() == [
        "idcard: line 1: field 'handles': the handle for 'pharmacy' is cancelled: make a new slip",
        "idcard: 8 records minted, 33 codes, 1 bad record",
    ]
    before = counted(office)
    office.done("cancel", *office.here, "--yes", "--cohort", codes["library"])
    ended = mint(office, "--batch", write(office, PEOPLE), "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "are cancelled" in ended.err
    assert not list(office.home.glob("out*"))
    assert counted(office) == before


# ---- archives ----


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_pictures_are_a_tar_with_a_file_a_code(office: Office, kind: str) -> None:
    records: Records = [b"", PEOPLE[0], BAD[0], person(3, reference="x" * 64), person(4, resident=False), PEOPLE[4]]
    out = office.home / "out.tar"
    ended = mint(office, "--batch", write(office, records), "--out", out, "--format", kind)
    assert ended.code == USAGE, ended.err
    assert ended.err.splitlines()[-2:] == [
        "idcard: 4 records minted, 13 codes, 1 bad record",
        "idcard: 1 record of them got no code: nothing that these classes ask for",
    ]
    expected = [f"0000002-A-1/{each}.{kind}" for each in ("library", "museum", "pool", "pharmacy")]
    expected += [f"0000004-{'x' * 64}/{each}.{kind}" for each in ("library", "museum", "pool", "pharmacy", "theatre")]
    expected += [f"0000006-A-5/{each}.{kind}" for each in ("library", "museum", "pool", "pharmacy")]
    with tarfile.open(out) as tar:
        found = tar.getmembers()
    assert [each.name for each in found] == expected
    for each in found:
        assert (each.isreg(), each.mode, each.mtime) == (True, 0o600, 0)
        assert (each.uid, each.gid, each.uname, each.gname) == (0, 0, "", "")
    assert out.stat().st_size % tarfile.RECORDSIZE == 0
    assert out.read_bytes().endswith(bytes(1024))


def test_gnu_tar_reads_it_too(office: Office) -> None:
    out = office.home / "out.tar"
    assert mint(office, "--batch", write(office, PEOPLE), "--out", out, "--format", "svg").code == ACCEPT
    command = ["tar", "--utc", "--full-time", "-tvf", str(out)]
    listed = subprocess.run(command, capture_output=True, check=True, text=True, env={**os.environ, "LC_ALL": "C"})
    assert listed.stderr == ""
    rows = [line.split() for line in listed.stdout.splitlines()]
    assert [row[-1] for row in rows] == names(out.read_bytes())
    assert {tuple(row[:2] + row[3:5]) for row in rows} == {("-rw-------", "0/0", "1970-01-01", "00:00:00")}


def test_a_drawn_code_is_the_one_that_was_minted(office: Office) -> None:
    expected = {
        f"{number:07}-{each['reference']}/{code['class']}.png": code["text"]
        for number, each in enumerate(lines(minted(office, PEOPLE)), 1)
        for code in each["codes"]
    }
    drawn = members(written(office, PEOPLE, "--format", "png"))
    assert {name: [symbol.text for symbol in scan(picture)] for name, picture in drawn.items()} == {
        name: [code] for name, code in expected.items()
    }


def test_the_longest_names_fit_and_are_read(office: Office) -> None:
    longest = Profile(venue_class="c" * 32, kind=Kind.COHORT, flags=frozenset({1}), life=12, max_version=6)
    code = lines(minted(office, PEOPLE[:1]))[0]["codes"][0]["text"]
    form = Form(kind="svg", width_mm=30, city=City("S", "C", test=True), paper=Paper.A4, language="en")
    [name] = forms.names(form, [Issued(12345678, "j" * 64, None, (Code(longest.venue_class, code, "M", 6),))])
    data = archive.member(name, b"x")
    assert names(data + archive.end(len(data))) == [f"12345678-{'j' * 64}/{'c' * 32}.svg"]


@pytest.mark.slow
def test_the_same_records_give_the_same_bytes_however_many_processes_draw(office: Office) -> None:
    records = write(office, people(12))
    alone = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    for kind in ("svg", "pdf"):
        outputs = []
        for name, prelude in (("one", alone), ("other", "")):
            out = office.home / f"{kind}-{name}"
            more = ("--batch", records, "--out", out, "--format", kind)
            assert mint(office, *more, prelude=prelude + in_blocks(drawn=5)).code == ACCEPT
            outputs.append(out.read_bytes())
        assert outputs[0] == outputs[1]


def test_the_width_is_that_of_svg_and_pdf(office: Office) -> None:
    drawn = members(written(office, PEOPLE[:1], "--format", "svg", "--width", "42"))
    assert all(b'width="42mm"' in picture for picture in drawn.values())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["card", "holder"])
def test_pages_are_a_tar_with_a_file_for_so_many_records(office: Office, kind: str) -> None:
    records: Records = [
        b"",
        PEOPLE[0],
        BAD[0],
        person(2, language="es"),
        person(4, resident=False),
        PEOPLE[4],
        PEOPLE[5],
    ]
    more = ("--for", "library", "--for", "pharmacy", "--format", kind)
    drawn = written(office, records, *more, "--per-file", "2", code=USAGE)
    spans = ["0000002-0000004", "0000005-0000006", "0000007-0000007"]
    assert names(drawn) == [f"{kind}-{span}.pdf" for span in spans]
    assert all(page.startswith(b"%PDF-1.7") for page in members(drawn).values())
    assert written(office, records, *more, "--per-file", "2", code=USAGE) == drawn
    assert names(written(office, records, *more, code=USAGE)) == [f"{kind}-0000002-0000007.pdf"]


@pytest.mark.slow
def test_pages_have_their_size_whatever_comes_when(office: Office) -> None:
    more = ("--for", "library", "--format", "holder", "--per-file", "4")
    expected = written(office, PEOPLE, *more)
    with begun(office, "--batch", "-", *more) as process:
        for record in PEOPLE:
            feed(process, as_lines([record]))
        out, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (ACCEPT, expected)


# ---- options ----


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            ["--format", "text"],
            "a batch becomes JSON lines without --format, else one of svg, png, pdf, card and holder",
        ),
        (["--format", "svg", "--format", "png"], "a batch becomes JSON lines without --format"),
        (["--width", "30"], "--width goes with --format pdf and svg"),
        (["--width", "30", "--format", "png"], "--width goes with --format pdf and svg"),
        (["--per-file", "7", "--format", "svg"], "--per-file goes with --format card and holder"),
        (["--paper", "a4"], "--paper goes with --format holder"),
        (["--language", "es", "--format", "card", "--for", "library"], "--language goes with --format holder"),
        (
            ["--scheduler", "tcp://127.0.0.1:1"],
            "--scheduler goes with --format card and holder and pdf and png and svg",
        ),
        (["--resume"], "--resume goes on with the file of --out; give --out too"),
        (["--interactive"], "give one of --batch, --interactive"),
        (["--ahead"], "give one of --batch, --ahead"),
        (["--json"], "--json is for one person"),
        (["--terminal"], "--terminal is for one person"),
        (["--set", "resident=yes"], "--set is for one person"),
        (["--handles", "handles.json"], "--handles is for one person"),
        (["--print", "lp"], "--print goes with --interactive"),
        (["--per-file", "0"], "invalid value for '--per-file'"),
        (["--per-file", "1001"], "invalid value for '--per-file'"),
        (["--language", "tlh"], "invalid value for '--language'"),
        (["--paper", "a3"], "invalid value for '--paper'"),
        (
            ["--format", "card"],
            "a card has room for 2 codes: choose with --for among library, museum, pool, pharmacy, theatre",
        ),
        (["--for", "zoo"], "the city has no venue class 'zoo'"),
        (["Quackenbush"], "mint takes options only"),
        (["--batch", ""], "--batch takes the name of a file, or - for standard input"),
        (["--cohort-sheet", "records", "--for", "pharmacy"], "none of these classes is of a cohort sheet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_go_together_are_refused(office: Office, more: list[str], says: str) -> None:
    out = [] if "--resume" in more else ["--out", office.home / "out"]
    ended = mint(office, "--batch", write(office, PEOPLE), *out, *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}"), ended.err
    assert not list(office.home.glob("out*"))


@pytest.mark.parametrize("option", ["--resume", "--scheduler=tcp://127.0.0.1:1", "--per-file=5"])
def test_options_of_a_batch_are_for_a_batch(office: Office, option: str) -> None:
    ended = office.mint("--for", "library", option)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {option.split('=')[0]} goes with --batch\n")


def test_stdin_cannot_be_both_the_records_and_the_passphrase(office: Office) -> None:
    ended = idcard("mint", *office.here, "--passphrase-fd", "0", "--batch", "-", stdin=b"x\n", at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: --passphrase-fd 0 and the records would both be standard input\n")


def test_a_closed_standard_input_is_told(office: Office) -> None:
    command = program(*options(office, "--batch", "-"), at=office.at)
    closed = ["sh", "-c", 'exec "$0" "$@" <&-', *command]
    done = subprocess.run(closed, capture_output=True, env=environment(), check=False, timeout=TIMEOUT)
    assert (done.returncode, done.stdout) == (USAGE, b"")
    assert done.stderr.startswith(b"idcard: standard input is closed\n")


@pytest.mark.parametrize(
    ("name", "says"),
    [("nowhere", "no such file or directory"), ("springfield", "is a directory")],
)
def test_records_that_cannot_be_read_are_named(office: Office, name: str, says: str) -> None:
    path = office.home / name
    ended = mint(office, "--batch", path, "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {path}: {says}\n"
    assert not list(office.home.glob("out*"))


@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
def test_a_wrong_passphrase_leaves_no_file(office: Office, more: tuple[object, ...]) -> None:
    (office.home / "wrong.txt").write_text("incorrect horse battery\n")
    wrong = ("mint", *office.here, "--passphrase-file", office.home / "wrong.txt")
    path = write(office, PEOPLE)
    for resume in ((), ("--resume",)):
        ended = idcard(*wrong, "--batch", path, "--out", office.home / "out", *more, *resume, at=office.at)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "the passphrase is wrong" in ended.err
        assert "--resume" not in ended.err
    assert not list(office.home.glob("out*"))
    assert counted(office) == 0


@pytest.mark.parametrize("resume", [(), ("--resume",)], ids=["anew", "resumed"])
@pytest.mark.parametrize("name", ["out", "out.part"])
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_written_over(office: Office, name: str, kind: str, resume: tuple[str, ...]) -> None:
    path = office.home / name
    if kind == "dangling link":
        path.symlink_to("nowhere")
    else:
        (path.touch if kind == "file" else path.mkdir)()
    ended = mint(office, "--batch", write(office, PEOPLE), "--out", office.home / "out", *resume)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{path} already exists; name another" in ended.err or f"{path} is there, so that run has ended" in ended.err
    assert list(office.home.glob("out*")) == [path]


def test_a_folder_that_is_not_there_is_named(office: Office) -> None:
    ended = mint(office, "--batch", write(office, PEOPLE), "--out", office.home / "new/out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {office.home}/new/out.checkpoint: no such file or directory\n"


# ---- interrupted, and resumed ----

WORDS = ("mint", "--city", "springfield", "--passphrase-file", "passphrase.txt", "--batch", "records", "--out", "out")
OF_A_BLOCK = 2
CODES_OF_A_BLOCK = 5 * OF_A_BLOCK


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmInBlocks]:
    process = WarmInBlocks(OF_A_BLOCK)
    yield process
    process.close()


@dataclass(frozen=True)
class Desk:
    """An office in which a batch lies, and what becomes of it if nobody interrupts it. more: options of each run."""

    office: Office
    warm: WarmInBlocks
    more: Sequence[str] = ()
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
        return Command((*WORDS, *self.more, *more), moment, self.office.home)

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


@pytest.fixture
def desk(office: Office, warm: WarmInBlocks) -> Desk:
    return desk_for(office, warm)


def desk_for(office: Office, warm: WarmInBlocks, *more: str) -> Desk:
    write(office, with_bad(people(5), 3))
    desk = Desk(office, warm, more)
    ran = desk.run()
    assert ran.code == USAGE  # for the bad records
    steps = tuple(step for step in ran.steps if step.what != SAY)
    assert not [step for step in steps if step.what == UNSEEN]
    desk = replace(
        desk, expected=desk.out.read_bytes(), summary=ran.err.splitlines()[-1], steps=steps, codes=counted(office)
    )
    desk.anew()
    return desk


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
def test_killed_before_or_within_any_step_it_is_finished_by_resume(
    office: Office, warm: WarmInBlocks, more: tuple[str, ...]
) -> None:
    desk = desk_for(office, warm, *more)
    assert desk.codes == 20
    for number, step in enumerate((*desk.steps, None)):
        if more and step is not None and not step.path.startswith("out"):
            continue  # as for JSON
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


def test_killed_again_and_again_it_comes_to_its_end(desk: Desk) -> None:
    """Each time it comes from its checkpoint over one block to the next."""
    records = with_bad(people(12), 5)
    expected = minted(desk.office, records, code=USAGE)
    desk.anew()
    write(desk.office, records)
    kills = 0
    while not desk.out.exists():
        assert desk.run("--resume", dies=Moment(30)).killed
        kills += 1
        assert kills < 20
    assert kills > 4
    assert desk.run("--resume").code == USAGE
    assert desk.out.read_bytes() == expected
    assert not desk.checkpoint.exists()
    assert 0 <= counted(desk.office) - codes_in(expected) <= kills * CODES_OF_A_BLOCK


def test_at_each_moment_everything_that_is_told_is_on_the_disk(desk: Desk) -> None:
    beside = {"out.part is made under its final name", "out.checkpoint is made under its final name"}
    assert set(unsafe(desk.run().steps)) - beside == set()


@pytest.mark.slow
def test_of_two_at_once_one_does_it(desk: Desk) -> None:
    for number, step in enumerate(desk.steps):
        if not step.path.startswith("out"):
            continue
        for more in ((), ("--resume",)):
            desk.anew()
            one, other = desk.warm.interleave(desk.typed(), desk.typed(*more), Moment(number))
            told = one.err + other.err
            assert "out.checkpoint is being used" in told or "another program" in told or "exists" in told, told
            desk.check_done()
            assert counted(desk.office) == desk.codes


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


def test_the_time_of_a_run_is_that_of_its_beginning(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    assert desk.run("--resume", at="2026-12-24 23:59").code == USAGE
    desk.check_done()
    assert {line.split(",")[0] for line in (desk.office.folder / "counts.csv").read_text().splitlines()[1:]} == {
        "2026-11-22"
    }


# ---- what is not gone on with ----


def changed(desk: Desk, change: Callable[[list[bytes]], None]) -> None:
    lines = (desk.office.home / "records").read_bytes().splitlines(keepends=True)
    change(lines)
    (desk.office.home / "records").write_bytes(b"".join(lines))


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


@pytest.mark.parametrize(
    "change",
    [
        shorter, empty, a_line_less, a_line_more, a_blank_more, another_last_reference, a_last_record_that_is_none,
        a_last_record_that_is_blank, others_of_the_same_size, a_table,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_another_input_is_refused_and_the_same_one_goes_on(desk: Desk, change: Callable[[list[bytes]], None]) -> None:
    desk.killed_at("write", "out.part", 1)
    same = (desk.office.home / "records").read_bytes()
    changed(desk, change)
    ended = desk.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(("idcard: this is another input than before: ", "idcard: line 1: "))
    assert "--resume" not in ended.err
    (desk.office.home / "records").write_bytes(same)
    assert desk.run("--resume").code == USAGE
    desk.check_done()
    assert counted(desk.office) == desk.codes


def test_lines_that_came_at_the_end_since_are_minted_too(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    changed(desk, lambda lines: lines.append(as_lines([person(6)])))
    assert desk.run("--resume").code == USAGE
    assert [each["reference"] for each in lines(desk.out.read_bytes())] == [f"A-{number}" for number in range(1, 7)]


@pytest.mark.parametrize(
    ("more", "differs"),
    [
        (["--for", "library", "--for", "museum"], "classes, keys"),
        (["--for", "pharmacy", "--for", "library", "--for", "museum", "--for", "theatre", "--for", "pool"], "classes"),
        (["--format", "svg"], "format"),
        (["--format", "svg", "--width", "31"], "format, width"),
        (["--format", "holder", "--language", "es", "--paper", "letter"], "format, paper, language"),
        (["--format", "holder", "--per-file", "7"], "format, records a file"),
        (["--common", "common.json"], "common"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_options_are_refused(desk: Desk, more: list[str], differs: str) -> None:
    (desk.office.home / "common.json").write_text(encode_common(Common(desk.office.plan().scope, 50, frozenset())))
    desk.killed_at("write", "out.part", 1)
    before = (desk.part.read_bytes(), desk.checkpoint.read_bytes())
    ended = desk.run("--resume", *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"out.checkpoint is of another run, with other {differs}\n" in ended.err
    assert (desk.part.read_bytes(), desk.checkpoint.read_bytes()) == before
    assert desk.run("--resume").code == USAGE
    desk.check_done()


def test_a_clock_that_was_put_back_is_told(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    begun = desk.checkpoint.read_bytes()
    desk.checkpoint.write_bytes(begun.replace(b"2026-11-22T12:00:00", b"2026-11-22T12:00:01"))
    ended = desk.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is of a time to come: set the clock of this computer" in ended.err
    assert desk.run("--resume", at="2026-11-22 12:00:01").code == USAGE
    desk.check_done()


@pytest.mark.parametrize("name", ["out.part", "out.checkpoint"])
@pytest.mark.parametrize("kind", ["open to others", "a link", "a folder", "a named pipe"])
def test_what_no_run_of_this_user_made_is_not_gone_on_with(desk: Desk, name: str, kind: str) -> None:
    desk.killed_at("write", "out.part", 1)
    path = desk.office.home / name
    if kind == "open to others":
        path.chmod(0o640)
    else:
        path.rename(desk.office.home / "elsewhere")
    if kind == "a link":
        path.symlink_to("elsewhere")
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(path, 0o600)
    ended = desk.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{name} was not made by a run of yours: remove it, or name another file" in ended.err
    assert not desk.out.exists()


def test_in_the_next_quarter_its_keys_sign_no_more(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    ended = desk.run("--resume", at=NEXT_QUARTER)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is of another run, with other keys" in ended.err


def test_an_output_that_is_shorter_than_the_checkpoint_says_is_refused(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 2)
    os.truncate(desk.part, 100)
    for _ in range(2):
        ended = desk.run("--resume")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "out.part is shorter than" in ended.err
        assert "begin anew under another name" in ended.err
        desk.part.unlink(missing_ok=True)
    assert desk.checkpoint.exists()


def test_an_output_that_is_longer_is_cut_back(desk: Desk) -> None:
    desk.killed_at("write", "out.part", 1)
    with desk.part.open("ab") as file:
        file.write(b"half of something" * 1000)
    assert desk.run("--resume").code == USAGE
    desk.check_done()


@pytest.mark.parametrize(
    "first",
    [
        b"", b"{}", b"[]", b"1", b"null", b"{", b"\xff", b"\0" * 100, b"[" * 100_000, b'{"schema": 1}',
        b'{"schema": 2, "started": "2026-11-22T12:00:00+00:00", "run": {}}',
        b'{"schema": 1, "started": "2026-11-22T12:00:00", "run": {}}',
        b'{"schema": 1, "started": "yesterday", "run": {}}',
        b'{"schema": 1, "started": 5, "run": {}}',
        b'{"schema": 1, "started": "2026-11-22T12:00:00+00:00", "run": []}',
    ],
    ids=lambda first: first[:60].decode("latin-1"),
)  # fmt: skip
def test_a_checkpoint_that_is_damaged_is_refused(desk: Desk, first: bytes) -> None:
    desk.killed_at("write", "out.part", 1)
    rest = desk.checkpoint.read_bytes().partition(b"\n")[2]
    desk.checkpoint.write_bytes(first + b"\n" + rest)
    ended = desk.run("--resume")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "out.checkpoint is damaged or of another program: begin anew under another name" in ended.err
    assert desk.part.exists()


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
    desk: Desk, damage: Callable[[bytes], bytes]
) -> None:
    desk.killed_at("write", "out.part", 2)
    *before, last = desk.checkpoint.read_bytes().splitlines(keepends=True)
    desk.checkpoint.write_bytes(b"".join(before) + damage(last))
    assert desk.run("--resume").code == USAGE
    desk.check_done()
    assert desk.codes <= counted(desk.office) <= desk.codes + CODES_OF_A_BLOCK


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
    (nearly.office.home / "records").unlink()
    (nearly.office.home / "records").touch()
    ended = nearly.run("--resume")
    assert (ended.code, ended.err) == (
        USAGE,
        f"idcard: the run that was interrupted had all but its name, and no record was read now\n{nearly.summary}\n",
    )
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


def test_what_was_done_with_other_options_does_not_get_the_name(nearly: Desk) -> None:
    ended = nearly.run("--resume", "--format", "svg")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "is of another run, with other format" in ended.err
    assert not nearly.out.exists()


# ---- pipes ----


def test_whoever_feeds_one_record_may_wait_for_its_codes(office: Office) -> None:
    expected = lines(minted(office, PEOPLE))
    with begun(office, "--batch", "-") as process:
        for record, codes in zip(PEOPLE, expected, strict=True):
            feed(process, as_lines([record]))
            assert json.loads(read_line(process)) == codes
        ended = ending(process)
    assert (ended.code, ended.out) == (ACCEPT, "")


def test_rows_may_come_in_pieces(office: Office) -> None:
    header, *rows = as_csv(PEOPLE[:3]).splitlines(keepends=True)
    with begun(office, "--batch", "-") as process:
        feed(process, header)
        for row, record in zip(rows, PEOPLE, strict=False):
            feed(process, row[:20])
            feed(process, row[20:])
            assert json.loads(read_line(process))["reference"] == record["reference"]
        feed(process, b"A,,yes,yes,")  # without a line end
        ended = ending(process)
    assert ended.code == USAGE
    assert "line 5: field 'handles' are missing" in ended.err


def test_pictures_of_one_record_may_be_waited_for_too(office: Office) -> None:
    expected = written(office, PEOPLE[:3], "--format", "svg")
    with tarfile.open(fileobj=io.BytesIO(expected)) as tar:
        ends = [each.offset_data + -(-each.size // 512) * 512 for each in tar if each.name.endswith("pharmacy.svg")]
        ends[2] = tar.offset  # the third is a student
    with begun(office, "--batch", "-", "--format", "svg") as process:
        for record, begin, end in zip(PEOPLE, [0, *ends], ends, strict=False):
            feed(process, as_lines([record]))
            assert read(process, end - begin) == expected[begin:end]
        out, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (ACCEPT, expected[ends[-1] :])


def test_where_nobody_reads_the_output_any_more_it_ends_and_says_so(office: Office) -> None:
    with begun(office, "--batch", "-") as process:
        feed(process, as_lines(PEOPLE[:2]))
        read_line(process)
        read_line(process)
        assert process.stdout is not None
        process.stdout.close()
        feed(process, as_lines(PEOPLE[2:]))
        process.stdout = None
        ended = ending(process)
    assert (ended.code, ended.err) == (CANNOT_SAY, "idcard: nobody reads the output any more, after 2 records\n")


@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
def test_where_nobody_reads_the_output_from_the_beginning(office: Office, more: tuple[object, ...]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with begun(office, "--batch", write(office, PEOPLE), *more, stdout=writes) as process:
        os.close(writes)
        ended = ending(process)
    assert (ended.code, ended.err) == (CANNOT_SAY, "idcard: nobody reads the output any more, after 0 records\n")


@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
def test_a_full_disk_behind_stdout_is_told(office: Office, more: tuple[object, ...]) -> None:
    with (
        open("/dev/full", "wb") as full,
        begun(office, "--batch", write(office, PEOPLE), *more, stdout=full) as process,
    ):
        ended = ending(process)
    assert (ended.code, ended.err) == (USAGE, "idcard: input or output: no space left on device\n")


def test_a_line_without_end_does_not_fill_the_memory(office: Office) -> None:
    piece = b"x" * (1 << 20)
    with begun(office, "--batch", "-", cold=True) as process:
        feed(process, as_lines(PEOPLE[:1]) + b'{"reference": "')
        for _ in range(1024):
            feed(process, piece)
        feed(process, b"\n" + as_lines(PEOPLE[1:2]))
        assert [json.loads(read_line(process))["reference"] for _ in range(2)] == ["A-1", "A-2"]
        status = Path(f"/proc/{process.pid}/status").read_text()
        ended = ending(process)
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    assert peak < 120_000  # kB
    assert ended.code == USAGE
    assert "line 2: field 'record' is longer than 65536 bytes" in ended.err


# ---- a run that is watched, stopped or starved ----


def test_what_lies_beside_the_output_tells_nothing_of_anybody(office: Office) -> None:
    out = office.home / "out"
    part, checkpoint = beside(out)
    with begun(office, "--batch", "-", "--out", out) as process:
        for number, record in enumerate(PEOPLE, 1):
            feed(process, as_lines([record]))
            until(lambda number=number: part.exists() and part.read_bytes().count(b"\n") == number, process)  # type: ignore[misc]
            assert_tells_nothing(checkpoint.read_bytes())
            assert {stat.S_IMODE(path.stat().st_mode) for path in (part, checkpoint)} == {0o600}
            assert not out.exists()
        assert ending(process).code == ACCEPT
    assert {path.name for path in office.home.glob("out*")} == {"out"}


def test_while_a_run_lasts_no_other_takes_its_output(office: Office) -> None:
    out, path = office.home / "out", write(office, PEOPLE)
    with begun(office, "--batch", "-", "--out", out) as process:
        feed(process, as_lines(PEOPLE[:3]))
        until(lambda: size(beside(out)[0]) > 0, process)
        for resume in ((), ("--resume",)):
            ended = mint(office, "--batch", path, "--out", out, *resume)
            assert (ended.code, ended.out) == (USAGE, "")
            assert ended.err.startswith(f"idcard: another program is using {out}.checkpoint\n")
        feed(process, as_lines(PEOPLE[3:]))
        assert ending(process).code == ACCEPT
    assert out.read_bytes() == minted(office, PEOPLE)


def test_fed_again_in_other_pieces_nothing_is_counted_twice(desk: Desk) -> None:
    """Killed as a block of two records was counted and not written, it goes on with blocks of one."""
    desk.killed_at("write", "out.part", 1)
    fed = (desk.office.home / "records").read_bytes()
    with begun(desk.office, "--batch", "-", "--out", desk.out, "--resume") as process:
        seen = 0
        for line in fed.splitlines(keepends=True):
            feed(process, line)
            seen += b'"birth_date"' in line
            if seen > 2 and b'"birth_date"' in line:
                until(lambda: desk.part.read_bytes().count(b"\n") == seen, process)  # noqa: B023
        assert ending(process).code == USAGE
    desk.check_done()
    assert counted(desk.office) == desk.codes


def assert_goes_on(office: Office, records: Path, more: Sequence[object], expected: bytes) -> None:
    """After an interruption, with the same command."""
    out = office.home / "out"
    assert not out.exists()
    ended = mint(office, "--batch", records, "--out", out, "--resume", *more)
    assert ended.code == ACCEPT, ended.err
    assert out.read_bytes() == expected
    assert {path.name for path in office.home.glob("out*")} == {"out"}


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--format", "svg")], ids=["json", "svg"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_interrupted_it_says_how_to_go_on(office: Office, number: signal.Signals, more: tuple[object, ...]) -> None:
    out, records = office.home / "out", people(400 if not more else 60)
    expected, path = written(office, records, *more), write(office, records)
    with begun(office, "--batch", "-", "--out", out, *more, prelude=in_blocks(lines=10, drawn=3)) as process:
        feed(process, as_lines(records[: len(records) // 2]))
        until(lambda: size(beside(out)[0]) > len(expected) // 4, process)
        # As a terminal sends it: to the processes that draw, too.
        os.killpg(process.pid, number)
        ended = ending(process)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert "idcard: what is done is kept, and the same command with --resume goes on\n" in ended.err
    ends = (
        "idcard: interrupted\n",
        "idcard: what draws has ended from outside, perhaps for want of memory\n",
    )
    assert ended.err.endswith(ends[: 1 if number == signal.SIGINT else 2])
    assert_goes_on(office, path, more, expected)


def test_ctrl_c_while_the_processes_that_draw_begin_is_quiet(office: Office) -> None:
    with begun(office, "--batch", "-", "--format", "svg") as process:
        until(lambda: bool(children(process.pid)), process)
        os.killpg(process.pid, signal.SIGINT)
        ended = ending(process)
    assert (ended.code, ended.out, ended.err) == (CANNOT_SAY, "", "\nidcard: interrupted\n")


def test_interrupted_before_anything_is_done_nothing_stays(office: Office) -> None:
    with begun(office, "--batch", "-", "--out", office.home / "out") as process:
        until((office.home / "out.part").exists, process)
        process.send_signal(signal.SIGINT)
        ended = ending(process)
    assert (ended.code, ended.err) == (CANNOT_SAY, "\nidcard: interrupted\n")
    assert not list(office.home.glob("out*"))


@pytest.mark.slow
def test_where_a_process_that_draws_is_killed_it_says_so_and_how_to_go_on(office: Office) -> None:
    out, more = office.home / "out", ("--format", "svg")
    expected, path = written(office, PEOPLE, *more), write(office, PEOPLE)
    with begun(office, "--batch", "-", "--out", out, *more) as process:
        feed(process, as_lines(PEOPLE[:3]))
        until(lambda: size(beside(out)[0]) > 0, process)
        os.kill(min(children(process.pid)), signal.SIGKILL)
        feed(process, as_lines(PEOPLE[3:]))
        ended = ending(process)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err.splitlines() == [
        "idcard: what is done is kept, and the same command with --resume goes on",
        "idcard: what draws has ended from outside, perhaps for want of memory",
    ]
    assert_goes_on(office, path, more, expected)


def test_the_processes_that_draw_end_with_the_one_that_signs(office: Office) -> None:
    with begun(office, "--batch", "-", "--format", "svg", stderr=subprocess.DEVNULL) as process:
        until(lambda: len(children(process.pid)) == len(os.sched_getaffinity(0)), process)
        drawing = children(process.pid)
        feed(process, as_lines(PEOPLE))
        process.kill()
        process.wait(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while not all(map(is_gone, drawing)):
        assert time.monotonic() < deadline


LIMIT = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"


def test_a_full_disk_is_told_by_the_name_of_the_file_and_with_room_it_goes_on(office: Office) -> None:
    out, records = office.home / "out", people(300)
    expected, path = written(office, records), write(office, records)
    before = counted(office)
    ended = mint(office, "--batch", path, "--out", out, prelude=in_blocks(lines=50) + LIMIT)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines() == [
        "idcard: what is done is kept, and the same command with --resume goes on",
        f"idcard: {out}.part: file too large",
    ]
    assert not out.exists()
    assert_goes_on(office, path, (), expected)
    assert counted(office) - before == codes_in(expected)


def test_a_full_disk_before_anything_is_done(office: Office) -> None:
    out, path = office.home / "out", write(office, people(300))
    ended = mint(office, "--batch", path, "--out", out, prelude=LIMIT)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"idcard: {out}.part: file too large\n" in ended.err
    # The codes of its block are counted, and no other time.
    counted_by_then = counted(office)
    assert_goes_on(office, path, (), written(office, people(300)))
    assert counted(office) == 2 * counted_by_then


FULL = """
set -e
mount -t tmpfs -o size=64k none {folder}
{command} --out {folder}/out 2> {folder}.err && exit 9
test ! -e {folder}/out
mount -o remount,size=8m {folder}
{command} --out {folder}/out --resume 2>> {folder}.err
cp {folder}/out {folder}.out
"""


def test_a_file_system_that_is_really_full(office: Office) -> None:
    alone = unshared(*(["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]))
    records, folder = people(120), office.home / "small"
    folder.mkdir()
    words = program(*options(office, "--batch", write(office, records)), prelude=in_blocks(lines=10), at=office.at)
    script = FULL.format(folder=folder, command=shlex.join(words))
    subprocess.run([*alone, "sh", "-c", script], check=True, env=environment(), timeout=TIMEOUT)
    first, second, last = folder.with_suffix(".err").read_text().splitlines()
    assert first == "idcard: what is done is kept, and the same command with --resume goes on"
    assert second.startswith(f"idcard: {folder}/out.")
    assert second.endswith(": no space left on device")
    assert last.startswith("idcard: 120 records minted, ")
    assert folder.with_suffix(".out").read_bytes() == written(office, records)


def test_when_the_quarter_ends_meanwhile_its_key_signs_no_more(office: Office) -> None:
    prelude = """
import datetime
class Passing(datetime.datetime):
    calls = 0
    @classmethod
    def now(cls, tz=None):
        cls.calls += 1
        return cls.fromtimestamp({new_year} - (60 if cls.calls < 3 else 0), tz)
datetime.datetime = Passing
"""
    new_year = instant("2027-01-01")
    path, out = write(office, people(6)), office.home / "out"
    ended = mint(
        office, "--batch", path, "--out", out, at="", prelude=prelude.format(new_year=new_year) + in_blocks(lines=2)
    )
    assert (ended.code, ended.out) == (USAGE, "")
    assert "2026-Q4 is over, and its key signs no more: begin anew with the next key" in ended.err
    assert not out.exists()
    assert counted(office) < 18


# ---- what is shown, and what never is ----


def on_terminal(office: Office, *more: object, term: str = "xterm", stdin: bytes = b"") -> str:
    """What stderr shows where it is a terminal."""
    master, slave = pty.openpty()
    env = environment({"TERM": term})
    with begun(office, *more, prelude=in_blocks(lines=2), stderr=slave, env=env) as process:
        os.close(slave)
        process.communicate(stdin, timeout=TIMEOUT)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:  # how Linux reports the end of a terminal
        pass
    finally:
        os.close(master)
    return shown.decode()


def test_a_bar_shows_how_far_it_is_and_spoils_no_line(office: Office) -> None:
    path = write(office, with_bad(people(9), 4))
    shown = on_terminal(office, "--batch", path)
    assert "mint  [" in shown
    assert "%" in shown
    assert " a second" in shown
    assert "\r\x1b[Kidcard: line 5: field 'reference' must be" in shown
    assert shown.endswith("\r\x1b[Kidcard: 9 records minted, 37 codes, 3 bad records\r\n")


def test_without_a_size_there_is_a_rate(office: Office) -> None:
    shown = on_terminal(office, "--batch", "-", stdin=as_lines(PEOPLE))
    assert "mint  2 records, " in shown
    assert "%" not in shown


def test_a_terminal_that_can_nothing_gets_lines_alone(office: Office) -> None:
    shown = on_terminal(office, "--batch", write(office, PEOPLE), term="dumb")
    assert shown == "idcard: 9 records minted, 37 codes, 0 bad records\r\n"


RAISE = """
from idcard.issuing.minter import Minter
def fail(self, record, handles):
    raise LookupError(record._fields)
Minter.codes = fail
"""


def test_an_internal_error_tells_nothing_of_a_record(office: Office) -> None:
    ended = mint(office, "--batch", write(office, PEOPLE), prelude=RAISE)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err == "idcard: internal error (LookupError); this says nothing about a card\n"
