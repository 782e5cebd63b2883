"""One reader of rows for counts, tally and ledger: a file is whole, or is refused by the line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.errors import IdcardError
from idcard.table import Table


class Broken(IdcardError):
    """Of this table alone."""


TABLE = Table("visits", "day,place,number", re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}),([a-z]+),([0-9]{1,3})"), Broken)
TEXT = "day,place,number\n2026-11-21,hall,1\n2026-11-22,hall,12\n2026-11-22,pool,3\n"
ROWS = {("2026-11-21", "hall"): 1, ("2026-11-22", "hall"): 12, ("2026-11-22", "pool"): 3}
Rows = dict[tuple[str, str], int]


def read(text: str) -> Rows:
    return TABLE.decode(text, lambda row: (row[1], row[2]), lambda row: int(row[3]))


def written(rows: Rows) -> str:
    return TABLE.encode(f"{day},{place},{rows[day, place]}" for day, place in sorted(rows))


def test_a_table_is_sorted_lines_that_a_spreadsheet_reads() -> None:
    assert written(ROWS) == TEXT
    assert read(TEXT) == ROWS
    assert read(written({})) == {}


def test_the_line_ends_of_a_spreadsheet_are_read() -> None:
    assert read(TEXT.replace("\n", "\r\n")) == ROWS


# name -> text, and what is said
DAMAGED: dict[str, tuple[str, str]] = {
    "nothing": ("", "line 1 of the visits is not 'day,place,number'"),
    "no header": ("2026-11-21,hall,1\n", "line 1 of the visits is not"),
    "another header": ("day,number\n", "line 1 of the visits is not"),
    "a mark of a spreadsheet": ("\ufeff" + TEXT, "line 1 of the visits is not"),
    "an empty line": (TEXT + "\n", "line 5 of the visits is damaged"),
    "no row": (TEXT + "2026-11-23,hall\n", "line 5 of the visits is damaged"),
    "a row twice": (TEXT + "2026-11-21,hall,7\n", "line 5 of the visits is damaged, or stands twice"),
    "cut inside a number": (TEXT.removesuffix("2\n2026-11-22,pool,3\n"), "line 3 of the visits is cut short"),
    "cut before the last line end": (TEXT[:-1], "line 4 of the visits is cut short"),
    "cut inside a line end": (TEXT[:-1] + "\r", "line 4 of the visits is cut short"),
    "a header alone, cut": ("day,place,number", "line 1 of the visits is cut short"),
    "what only Unicode takes for a line end": (TEXT.replace("\n2", "\u20282"), "line 1 of the visits is not"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_by_its_line(name: str) -> None:
    text, says = DAMAGED[name]
    with pytest.raises(Broken, match=f"^{re.escape(says)}") as refused:
        read(text)
    assert "hall" not in str(refused.value)


@given(st.integers(0, len(TEXT) - 1))
def test_no_beginning_of_a_file_is_taken_for_fewer_rows(length: int) -> None:
    """But whole lines: a file is only ever replaced whole."""
    if TEXT[:length].endswith("\n"):
        assert written(read(TEXT[:length])) == TEXT[:length]
    else:
        with pytest.raises(Broken):
            read(TEXT[:length])
