"""`idcard batch`: one record a line in, the codes of one holder a line out, whatever comes between."""

import json
import os
import pty
import shlex
import signal
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from batches import (
    BAD,
    as_csv,
    as_lines,
    assert_tells_nothing,
    begun,
    beside,
    codes_in,
    counted,
    ending,
    feed,
    in_blocks,
    options,
    people,
    person,
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
)
from machine import unshared
from prints import no_fonts

from idcard.city.combinations import Combination, Common
from idcard.city.combinations import encode as encode_common
from idcard.printing.page import PAGES

Records: TypeAlias = Sequence[Mapping[str, Any] | bytes] | bytes
PEOPLE = people(9)
AGAIN = "idcard: these codes are counted, and a rerun counts them again; a long run wants --out"


@pytest.fixture
def office(quick_office: Office) -> Office:
    return quick_office


def write(office: Office, records: Records, name: str = "records") -> Path:
    path = office.home / name
    path.write_bytes(records if isinstance(records, bytes) else as_lines(records))
    return path


def batch(office: Office, *more: object, **how: Any) -> Ended:
    """A program of its own, whose threads and processes end with it. What it says is without the name of FILE."""
    ended = idcard(*options(office, *more), **{"at": office.at, **how})
    assert "Quackenbush" not in ended.out + ended.err
    return replace(ended, err=ended.err.replace(f"{office.home / 'records'}, line", "line"))


def test_a_bad_line_of_a_file_is_named_with_the_file(office: Office) -> None:
    path = write(office, [person(1), b"{"])
    ended = idcard(*options(office, path), at=office.at)
    assert ended.err.startswith(f"idcard: {path}, line 2: field 'record' is not one JSON object")


def minted(office: Office, records: Records, *more: object, code: int = 0) -> bytes:
    """What comes out of these records on stdout, in JSON lines."""
    ended = batch(office, write(office, records), *more)
    assert ended.code == code, ended.err
    return ended.out.encode()


def written(office: Office, records: Records, *more: object, code: int = 0, prelude: str = "") -> bytes:
    """What comes out of these records in a new file."""
    out = office.home / "written"
    ended = batch(office, write(office, records), "--out", out, *more, prelude=prelude)
    assert ended.code == code, ended.err
    data = out.read_bytes()
    out.unlink()
    return data


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# ---- JSON lines ----


def test_each_record_gets_a_line_in_the_order_of_the_input(office: Office) -> None:
    ended = batch(office, write(office, PEOPLE))
    assert (ended.code, ended.err) == (ACCEPT, f"idcard: 9 records minted, 37 codes, 0 bad records\n{AGAIN}\n")
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
    from_stdin = batch(office, "-", stdin=data)
    assert from_stdin.out.encode() == expected
    assert batch(office, "/dev/stdin", stdin=data).out == from_stdin.out
    assert batch(office, "-", "--out", office.home / "out", stdin=data).out == ""
    assert (office.home / "out").read_bytes() == expected
    assert written(office, data) == expected


def test_an_output_is_for_its_owner_only_and_nothing_else_stays(office: Office) -> None:
    before = files_under(office.home)
    assert batch(office, write(office, PEOPLE), "--out", office.home / "out").code == ACCEPT
    assert stat.S_IMODE((office.home / "out").stat().st_mode) == 0o600
    after = files_under(office.home) - before
    assert {name for name in after if not name.endswith(".lock")} == {
        *("out", "records", "springfield/counts.csv", "springfield/counts.csv.id")
    }


def test_all_codes_are_counted(office: Office) -> None:
    assert codes_in(minted(office, PEOPLE)) == counted(office) == 37
    minted(office, PEOPLE)
    assert counted(office) == 74


def test_many_records_are_written_in_blocks_and_are_one_output(office: Office) -> None:
    records = with_bad(people(50), 7)
    whole = written(office, records, code=USAGE)
    for size_of_block in (1, 3, 50):
        assert written(office, records, code=USAGE, prelude=in_blocks(size_of_block)) == whole


def test_names_of_columns_alone_are_a_batch_of_nobody(office: Office) -> None:
    header = as_csv(PEOPLE).splitlines()[0]
    for end in (b"", b"\r\n"):
        assert written(office, header + end) == b""
    assert counted(office) == 0


def test_no_line_at_all_is_no_batch(office: Office) -> None:
    path = write(office, b" \n")
    for more in ((), ("--out", office.home / "out"), ("--out", office.home / "out", "--resume")):
        ended = batch(office, path, *more)
        assert (ended.code, ended.out) == (USAGE, "")
        assert ended.err.startswith("idcard: there is no record in the input\n")
    assert not list(office.home.glob("out*"))


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (
            b"resident,birth_date",
            "field 'reference' has no column, and every line needs it",
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
    ended = batch(office, write(office, b"\n" + first + b"\nA,B\n"), "--out", office.home / "out")
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
    ended = batch(office, write(office, records))
    assert ended.code == USAGE
    told, summary, again = ended.err.splitlines()
    assert told.startswith(f"idcard: line 2: {says}")
    assert (summary, again) == ("idcard: 2 records minted, 9 codes, 1 bad record", AGAIN)
    assert ended.out.encode() == minted(office, [PEOPLE[1], b"", PEOPLE[2]])
    assert counted(office) == 18


def test_a_row_that_is_too_long_may_hide_a_quote_and_ends_the_run(office: Office) -> None:
    header, row, *_ = as_csv(PEOPLE[:1]).splitlines(keepends=True)
    ended = batch(office, write(office, header + b'A,"' + b"x" * 70_000 + b"\n" + row))
    assert ended.code == USAGE
    assert "line 2: the line is longer than 65536 bytes, and no line after it can be trusted" in ended.err
    assert not ended.out


def test_a_quote_that_is_not_closed_ends_the_run(office: Office) -> None:
    """The next line may be a piece of a cell that looks like a record."""
    rows = as_csv(PEOPLE[:3]).splitlines(keepends=True)
    path = write(office, b"".join([*rows[:2], b'A,"x\n', *rows[2:]]))
    ended = batch(office, path, "--out", office.home / "out", prelude=in_blocks(1))
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
    ended = batch(office, path)
    assert (ended.code, ended.out.encode()) == (USAGE, expected)
    assert ended.err.splitlines()[1] == f"idcard: line 4: {says}"
    with begun(office, "-", "--out", out, prelude=in_blocks(1)) as process:
        feed(process, as_lines(records[:3]))
        until(lambda: size(beside(out)[0]) > 0 and beside(out)[0].read_bytes().count(b"\n") == 2, process)
        process.kill()
    ended = batch(office, path, "--out", out, "--resume")
    assert (ended.code, out.read_bytes()) == (USAGE, expected)
    assert f"idcard: line 4: {says}\n" in ended.err


def test_bad_records_alone_are_an_empty_output(office: Office) -> None:
    path = write(office, [b"{", *BAD, b"{"])
    ended = batch(office, path, "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[-1] == "idcard: 0 records minted, 0 codes, 6 bad records"
    assert [line.split(":")[1] for line in ended.err.splitlines()[:-1]] == [f" line {n}" for n in range(1, 7)]
    assert (office.home / "out").read_bytes() == b""
    assert counted(office) == 0
    assert {path.name for path in office.home.glob("out*")} == {"out"}


def test_a_rare_combination_is_a_bad_record_that_does_not_tell_the_claims(office: Office) -> None:
    common = office.home / "common.json"
    library = Combination("library", frozenset(), frozenset({1}), None, False)
    common.write_text(encode_common(Common(office.plan().scope, 50, frozenset({library}))))
    more = ("--for", "library", "--for", "theatre", "--common", common)
    ended = batch(office, write(office, [person(1), person(3), person(4)]), *more)
    assert ended.code == USAGE
    assert ended.err.splitlines()[0] == (
        "idcard: line 2: field 'record' would make a code for theatre that is one of few (idcard privacy)"
    )
    assert [each["reference"] for each in lines(ended.out.encode())] == ["A-1", "A-4"]


def test_a_cancelled_handle_is_a_bad_record_and_a_cancelled_cohort_ends_it_for_all(office: Office) -> None:
    codes = {each["class"]: each["text"] for each in lines(minted(office, [person(1)]))[0]["codes"]}
    office.done("cancel", *office.here, "--yes", "--card", codes["pharmacy"])
    ended = batch(office, write(office, PEOPLE))
    assert ended.code == USAGE
    assert ended.err.splitlines() == [
        "idcard: line 1: field 'handles': the handle for 'pharmacy' is cancelled: make a new slip",
        "idcard: 8 records minted, 33 codes, 1 bad record",
        AGAIN,
    ]
    before = counted(office)
    office.done("cancel", *office.here, "--yes", "--cohort", codes["library"])
    ended = batch(office, write(office, PEOPLE), "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "are cancelled" in ended.err
    assert not list(office.home.glob("out*"))
    assert counted(office) == before


# ---- options ----


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--resume"], "--resume goes on with the file of --out; give --out too"),
        (["--check-for", "card"], "a card has room for 2 codes: choose with --for among library, museum, pool,"),
        (["--check-for", "svg"], "invalid value for '--check-for'"),
        (["--for", "zoo"], "the city has no venue class 'zoo'"),
        (
            ["--cohort-sheet", "records", "--for", "pharmacy"],
            "none of these classes has codes in a cohort sheet: leave out --cohort-sheet",
        ),
        (["--format", "svg"], "no such option"),
        (["--out", ".."], ".. is not the name of a new file"),
        (["Quackenbush"], "got unexpected extra argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_go_together_are_refused(office: Office, more: list[str], says: str) -> None:
    ended = idcard(*options(office, write(office, PEOPLE), *more), at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"idcard: {says}"), ended.err
    assert {path.name for path in office.home.glob("*.checkpoint")} == set()


@pytest.mark.parametrize("page", PAGES)
def test_what_no_page_could_be_printed_for_is_refused_before_it_is_signed(office: Office, page: str) -> None:
    """A card too: it says in the holder's language until when it is valid."""
    records = [person(1, language="es"), person(2, language="ko"), person(3)]
    more = (write(office, records), "--for", "library")
    env = no_fonts(office.home)
    checked = batch(office, *more, "--check-for", page, env=env)
    assert checked.code == USAGE
    assert checked.err.startswith("idcard: line 2: field 'language' cannot be printed here: no font for Korean is")
    assert [each["line"] for each in lines(checked.out.encode())] == [1, 3]
    assert counted(office) == 2
    assert batch(office, *more, env=env).code == ACCEPT


def test_interrupted_it_says_how_to_go_on(office: Office) -> None:
    out, records = office.home / "out", people(400)
    expected, path = written(office, records), write(office, records)
    with begun(office, "-", "--out", out, prelude=in_blocks(10)) as process:
        feed(process, as_lines(records[:200]))
        until(lambda: size(beside(out)[0]) > len(expected) // 4, process)
        process.send_signal(signal.SIGINT)
        ended = ending(process)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert "idcard: what is done is kept, and the same command with --resume goes on\n" in ended.err
    assert ended.err.endswith("idcard: interrupted\n")
    assert_goes_on(office, path, (), expected)


def test_stdin_cannot_be_both_the_records_and_the_passphrase(office: Office) -> None:
    ended = idcard("batch", *office.here, "--passphrase-fd", "0", "-", stdin=b"x\n", at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith("idcard: --passphrase-fd 0 and the records would both be standard input\n")


def test_a_closed_standard_input_is_told(office: Office) -> None:
    command = program(*options(office, "-"), at=office.at)
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
    ended = batch(office, path, "--out", office.home / "out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {path}: {says}\n"
    assert not list(office.home.glob("out*"))


def test_a_wrong_passphrase_leaves_no_file(office: Office) -> None:
    (office.home / "wrong.txt").write_text("incorrect horse battery\n")
    wrong = ("batch", *office.here, "--passphrase-file", office.home / "wrong.txt")
    path = write(office, PEOPLE)
    for resume in ((), ("--resume",)):
        ended = idcard(*wrong, path, "--out", office.home / "out", *resume, at=office.at)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "the passphrase is wrong" in ended.err
        assert "--resume" not in ended.err
    assert not list(office.home.glob("out*"))
    assert counted(office) == 0


def test_a_folder_that_is_not_there_is_named(office: Office) -> None:
    ended = batch(office, write(office, PEOPLE), "--out", office.home / "new/out")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: {office.home}/new/out.checkpoint: no such file or directory\n"


# ---- pipes ----


def test_whoever_feeds_one_record_may_wait_for_its_codes(office: Office) -> None:
    expected = lines(minted(office, PEOPLE))
    with begun(office, "-") as process:
        for record, codes in zip(PEOPLE, expected, strict=True):
            feed(process, as_lines([record]))
            assert json.loads(read_line(process)) == codes
        ended = ending(process)
    assert (ended.code, ended.out) == (ACCEPT, "")


def test_rows_may_come_in_pieces(office: Office) -> None:
    header, *rows = as_csv(PEOPLE[:3]).splitlines(keepends=True)
    with begun(office, "-") as process:
        feed(process, header)
        for row, record in zip(rows, PEOPLE, strict=False):
            feed(process, row[:20])
            feed(process, row[20:])
            assert json.loads(read_line(process))["reference"] == record["reference"]
        feed(process, b"A,,yes,yes,")  # without a line end
        ended = ending(process)
    assert ended.code == USAGE
    assert "line 5: field 'birth_date' is missing" in ended.err


def test_where_nobody_reads_the_output_any_more_it_ends_and_says_so(office: Office) -> None:
    with begun(office, "-") as process:
        feed(process, as_lines(PEOPLE[:2]))
        read_line(process)
        read_line(process)
        assert process.stdout is not None
        process.stdout.close()
        feed(process, as_lines(PEOPLE[2:]))
        process.stdout = None
        ended = ending(process)
    assert (ended.code, ended.err) == (
        CANNOT_SAY,
        f"idcard: nobody reads the output any more, after 2 records\n{AGAIN}\n",
    )


def test_where_nobody_reads_the_output_from_the_beginning(office: Office) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with begun(office, write(office, PEOPLE), stdout=writes) as process:
        os.close(writes)
        ended = ending(process)
    # What is counted is said where not a record was written, too.
    says = f"idcard: nobody reads the output any more, after 0 records\n{AGAIN}\n"
    assert (ended.code, ended.err) == (CANNOT_SAY, says)


def test_a_full_disk_behind_stdout_is_told(office: Office) -> None:
    with (
        open("/dev/full", "wb") as full,
        begun(office, write(office, PEOPLE), stdout=full) as process,
    ):
        ended = ending(process)
    assert (ended.code, ended.err) == (USAGE, f"{AGAIN}\nidcard: input or output: no space left on device\n")


def test_a_line_without_end_does_not_fill_the_memory(office: Office) -> None:
    piece = b"x" * (1 << 20)
    with begun(office, "-", cold=True) as process:
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
    with begun(office, "-", "--out", out) as process:
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
    with begun(office, "-", "--out", out) as process:
        feed(process, as_lines(PEOPLE[:3]))
        until(lambda: size(beside(out)[0]) > 0, process)
        for resume in ((), ("--resume",)):
            ended = batch(office, path, "--out", out, *resume)
            assert (ended.code, ended.out) == (USAGE, "")
            assert ended.err.startswith(f"idcard: another program is using {out}.checkpoint\n")
        feed(process, as_lines(PEOPLE[3:]))
        assert ending(process).code == ACCEPT
    assert out.read_bytes() == minted(office, PEOPLE)


def assert_goes_on(office: Office, records: Path, more: Sequence[object], expected: bytes) -> None:
    """After an interruption, with the same command."""
    out = office.home / "out"
    assert not out.exists()
    ended = batch(office, records, "--out", out, "--resume", *more)
    assert ended.code == ACCEPT, ended.err
    assert out.read_bytes() == expected
    assert {path.name for path in office.home.glob("out*")} == {"out"}


def test_interrupted_before_anything_is_done_nothing_stays(office: Office) -> None:
    with begun(office, "-", "--out", office.home / "out") as process:
        until((office.home / "out.part").exists, process)
        process.send_signal(signal.SIGINT)
        ended = ending(process)
    assert (ended.code, ended.err) == (CANNOT_SAY, "\nidcard: interrupted\n")
    assert not list(office.home.glob("out*"))


LIMIT = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"


def test_a_full_disk_is_told_by_the_name_of_the_file_and_with_room_it_goes_on(office: Office) -> None:
    out, records = office.home / "out", people(300)
    expected, path = written(office, records), write(office, records)
    before = counted(office)
    ended = batch(office, path, "--out", out, prelude=in_blocks(50) + LIMIT)
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
    ended = batch(office, path, "--out", out, prelude=LIMIT)
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
    words = program(*options(office, write(office, records)), prelude=in_blocks(10), at=office.at)
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
    ended = batch(office, path, "--out", out, at="", prelude=prelude.format(new_year=new_year) + in_blocks(2))
    assert (ended.code, ended.out) == (USAGE, "")
    assert "2026-Q4 is over, and its key no longer signs: start again with the next key" in ended.err
    assert not out.exists()
    assert counted(office) < 18


# ---- what is shown, and what never is ----


def on_terminal(office: Office, *more: object, term: str = "xterm", stdin: bytes = b"") -> str:
    """What stderr shows where it is a terminal."""
    master, slave = pty.openpty()
    env = environment({"TERM": term})
    with begun(office, *more, prelude=in_blocks(2), stderr=slave, env=env) as process:
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
    shown = on_terminal(office, path)
    assert "mint  [" in shown
    assert "%" in shown
    assert " a second" in shown
    assert f"\r\x1b[Kidcard: {path}, line 5: field 'reference' must be" in shown
    assert shown.endswith(f"\r\x1b[Kidcard: 9 records minted, 37 codes, 3 bad records\r\n{AGAIN}\r\n")


def test_without_a_size_there_is_a_rate(office: Office) -> None:
    shown = on_terminal(office, "-", stdin=as_lines(PEOPLE))
    assert "mint  2 records, " in shown
    assert "%" not in shown


def test_a_terminal_that_can_nothing_gets_lines_alone(office: Office) -> None:
    shown = on_terminal(office, write(office, PEOPLE), term="dumb")
    assert shown == f"idcard: 9 records minted, 37 codes, 0 bad records\r\n{AGAIN}\r\n"


RAISE = """
from idcard.issuing.minter import Minter
def fail(self, record, handles):
    raise LookupError(record._fields)
Minter.codes = fail
"""


def test_an_internal_error_tells_nothing_of_a_record(office: Office) -> None:
    ended = batch(office, write(office, PEOPLE), prelude=RAISE)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err == "idcard: internal error (LookupError); this says nothing about a card\n"
