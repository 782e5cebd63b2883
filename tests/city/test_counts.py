"""Counts: by day, key and venue class, and nothing else. A damaged file is no smaller count."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.city import counts
from idcard.city.counts import CountKey, Counts, CountsError

ENTRY = CountKey("2026-11-22", "1a2b3c4d", "library")
COUNTS: Counts = Counter(
    {CountKey("2026-11-22", "5e6f7a8b", "pharmacy"): 3, ENTRY: 12, CountKey("2026-11-21", "1a2b3c4d", "museum"): 1}
)
TEXT = """\
day,key,class,codes
2026-11-21,1a2b3c4d,museum,1
2026-11-22,1a2b3c4d,library,12
2026-11-22,5e6f7a8b,pharmacy,3
"""


def test_counts_are_sorted_lines_that_a_spreadsheet_reads() -> None:
    assert counts.encode(COUNTS) == TEXT
    assert counts.decode(TEXT) == COUNTS


def test_none_is_a_header() -> None:
    assert counts.encode(Counter()) == "day,key,class,codes\n"
    assert counts.decode("day,key,class,codes\n") == Counter()


entries = st.builds(
    CountKey,
    day=st.dates().map(str),
    kid=st.binary(min_size=4, max_size=4).map(bytes.hex),
    venue_class=st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True),
)


@given(st.dictionaries(entries, st.integers(0, 10**12 - 1), max_size=20))
def test_counts_are_read_as_they_were_written(given_counts: dict[CountKey, int]) -> None:
    assert counts.decode(counts.encode(given_counts)) == Counter(given_counts)


def line(text: str) -> str:
    return f"day,key,class,codes\n2026-11-21,1a2b3c4d,museum,1\n{text}\n"


# name -> text, and what is said
DAMAGED: dict[str, tuple[str, str]] = {
    "no date": (line("22.11.2026,1a2b3c4d,library,1"), "line 3 of the counts is damaged"),
    "a kid in capitals": (line("2026-11-22,1A2B3C4D,library,1"), "line 3 of the counts is damaged"),
    "a short kid": (line("2026-11-22,1a2b3c4,library,1"), "line 3 of the counts is damaged"),
    "no class": (line("2026-11-22,1a2b3c4d,,1"), "line 3 of the counts is damaged"),
    "a class in capitals": (line("2026-11-22,1a2b3c4d,Library,1"), "line 3 of the counts is damaged"),
    "no number": (line("2026-11-22,1a2b3c4d,library,"), "line 3 of the counts is damaged"),
    "fewer than none": (line("2026-11-22,1a2b3c4d,library,-1"), "line 3 of the counts is damaged"),
    "a fraction": (line("2026-11-22,1a2b3c4d,library,1.5"), "line 3 of the counts is damaged"),
    "another alphabet's digits": (line("2026-11-22,1a2b3c4d,library,٣"), "line 3 of the counts is damaged"),
    "a number that is too long": (line(f"2026-11-22,1a2b3c4d,library,{10**12}"), "line 3 of the counts is damaged"),
    "a field more": (line("2026-11-22,1a2b3c4d,library,1,1"), "line 3 of the counts is damaged"),
    "a blank": (line("2026-11-22, 1a2b3c4d,library,1"), "line 3 of the counts is damaged"),
    "semicolons": (line("2026-11-22;1a2b3c4d;library;1"), "line 3 of the counts is damaged"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_by_its_line(name: str) -> None:
    text, says = DAMAGED[name]
    with pytest.raises(CountsError, match=says):
        counts.decode(text)


@given(st.text(max_size=60).map(line) | st.text(max_size=60))
def test_any_text_is_counts_or_is_refused(text: str) -> None:
    try:
        found = counts.decode(text)
    except CountsError:
        return
    assert all(number >= 0 for number in found.values())


def test_the_codes_of_a_key_are_summed_over_the_days() -> None:
    more = COUNTS + Counter({CountKey("2026-11-23", "1a2b3c4d", "library"): 5})
    assert counts.of_key(more, "1a2b3c4d") == {"library": 17, "museum": 1}
    assert counts.of_key(more, "1a2b3c4d").total() == 18
    assert counts.of_key(more, "00000000") == {}
