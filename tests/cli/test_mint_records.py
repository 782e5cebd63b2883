"""The lines of a batch, however they come: in pieces or at once, of any length, and each where it stands."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from idcard_cli.counter.records import HALF_MARKS, Line, Records

from idcard.issuing.batch_line import MAX_LINE
from idcard.repairs.encodings import AsLines

MARK = b"\xef\xbb\xbf"
MOST = 1 << 16
"""Bytes that a pipe takes at once when it is empty."""


@contextmanager
def pipe() -> Iterator[tuple[Records, int]]:
    """The lines of a pipe, and where to write."""
    reads, writes = os.pipe()
    try:
        yield Records(reads, "the pipe"), writes
    finally:
        os.close(reads)


def from_pipe(data: bytes, sizes: Sequence[int]) -> list[Line]:
    """All lines of a pipe into which pieces of these sizes are written, each when the one before is taken out."""
    with pipe() as (records, writes):
        pieces = iter([*cut(data, sizes), b""])
        lines = []
        for line in records.lines():
            if line is not None:
                lines.append(line)
            elif piece := next(pieces):
                assert os.write(writes, piece) == len(piece)
            else:
                os.close(writes)
        assert next(pieces, None) is None
        return lines


def cut(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """The rest in as large pieces as a pipe takes."""
    begin = 0
    for size in (*sizes, *[MOST] * (len(data) // MOST + 1)):
        if data[begin:]:
            yield data[begin : begin + size]
        begin += size


def from_file(data: bytes, folder: Path) -> list[Line]:
    path = folder / "records"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        records = Records(descriptor, str(path))
        assert records.size == len(data)
        found = list(records.lines())
    finally:
        os.close(descriptor)
    lines = [line for line in found if line is not None]
    assert len(lines) == len(found)  # nobody waits for a file
    return lines


def lines_of(data: bytes) -> list[Line]:
    """Direct reading."""
    found, begin = [], 0
    parts = data.split(b"\n")
    for number, part in enumerate(parts, 1):
        end = begin + len(part) + (number < len(parts))
        whole = part[:-1] if part.endswith(b"\r") else part
        if number == 1 and whole.startswith(MARK):
            whole = whole[3:]
        if end > begin:
            found.append(Line(number, begin, end, whole if len(whole) <= MAX_LINE else None))
        begin = end
    return found


def is_plain(first: bytes) -> bool:
    """Whether a table that begins so is read as it is: `test_office_tables` has those of UTF-16, or with CR alone."""
    return first not in HALF_MARKS and AsLines(first).of(b"a\rb\0c") == b"a\rb\0c"


def same(found: list[Line], expected: list[Line]) -> bool:
    """Without a picture of the difference, which is endless."""
    return found == expected


def filled(most: int) -> st.SearchStrategy[bytes]:
    return st.integers(most - 3, most + 3).map(lambda length: b"x" * length)


inputs = st.lists(
    st.sampled_from([b"\n", b"\n", b"\r", b"\r\n", MARK, b"{}", b" ", b"\0"])
    | st.binary(max_size=4)
    | filled(MAX_LINE)
    | filled(MOST // 2)
    | st.just(b"y" * 200_000),
    max_size=12,
).map(b"".join)
sizes = st.lists(st.integers(1, 5) | st.integers(1, MOST) | st.just(MOST), max_size=12)


@given(inputs, sizes)
@example(b"", [])
@example(b"\n", [])
@example(b"\r\n\r\n", [1, 1, 1])
@example(MARK, [1, 1])
@example(b"x" * (MAX_LINE + 1) + b"\r" + b"more", [])
@example(b"x" * MAX_LINE + b"\r\n" + b"x" * MAX_LINE + b"\r", [MOST, 1])
@example(MARK + b"x" * MAX_LINE + b"\r\n", [1, 1, MAX_LINE])
@example(b"x" * (MAX_LINE + 2) + b"\n", [MOST, 2])
def test_a_pipe_gives_each_line_with_its_number_and_place(data: bytes, sizes: list[int]) -> None:
    assume(is_plain(next(cut(data, sizes), b"")))
    assert same(from_pipe(data, sizes), lines_of(data))


@given(inputs)
def test_a_file_gives_the_same_lines(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assume(is_plain(data[:MOST]))
    assert same(from_file(data, tmp_path_factory.getbasetemp()), lines_of(data))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"", b"\r"], ids=repr)
@pytest.mark.parametrize("before", [b"", MARK], ids=["", "mark"])
def test_a_line_of_65536_bytes_is_whole_and_a_longer_one_is_told(tmp_path: Path, before: bytes, end: bytes) -> None:
    for more, whole in ((0, b"x" * 65536), (1, None), (2, None), (70_000, None)):
        [line] = from_file(before + b"x" * (65536 + more) + end, tmp_path)
        assert line.data == whole


def test_lines_of_a_pipe_come_at_once_and_the_wait_is_told_before() -> None:
    with pipe() as (records, writes):
        lines = records.lines()
        assert next(lines) is None
        os.write(writes, b"one\ntwo\nthr")
        assert [next(lines), next(lines), next(lines)] == [Line(1, 0, 4, b"one"), Line(2, 4, 8, b"two"), None]
        os.write(writes, b"ee\n")
        assert [next(lines), next(lines)] == [Line(3, 8, 14, b"three"), None]
        os.close(writes)
        assert next(lines, "end") == "end"


def test_a_pipe_has_no_size() -> None:
    with pipe() as (records, writes):
        os.close(writes)
        assert records.size is None


def test_a_line_shows_nothing() -> None:
    assert repr(Line(1, 0, 4, b"secret")) == "Line(number=1, begin=0, end=4)"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(IsADirectoryError) as refused:
            next(Records(descriptor, "some folder").lines())
        assert refused.value.filename == "some folder"
    finally:
        os.close(descriptor)
