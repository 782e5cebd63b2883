"""Counts: by counter, month, key and venue class, and nothing else. A damaged file is no smaller count."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.city import counts
from idcard.city.counts import CountKey, Counts, CountsError

OFFICE, NORTH = "0123456789abcdef", "fedcba9876543210"
ENTRY = CountKey("2026-11", "1a2b3c4d", "library")
COUNTED: dict[str, Counts] = {
    NORTH: Counter({ENTRY: 5}),
    OFFICE: Counter(
        {CountKey("2026-11", "5e6f7a8b", "pharmacy"): 3, ENTRY: 12, CountKey("2026-10", "1a2b3c4d", "museum"): 1}
    ),
}
HEADER = "counter,month,key,class,codes\n"
TEXT = f"""{HEADER}\
{OFFICE},2026-10,1a2b3c4d,museum,1
{OFFICE},2026-11,1a2b3c4d,library,12
{OFFICE},2026-11,5e6f7a8b,pharmacy,3
{NORTH},2026-11,1a2b3c4d,library,5
"""


def test_counts_are_sorted_lines_that_a_spreadsheet_reads() -> None:
    assert counts.encode(COUNTED) == TEXT
    assert counts.decode(TEXT) == COUNTED


def test_none_is_a_header() -> None:
    assert counts.encode({}) == HEADER
    assert counts.decode(HEADER) == {}


entries = st.builds(
    CountKey,
    month=st.dates().map(lambda day: str(day)[:7]),
    kid=st.binary(min_size=4, max_size=4).map(bytes.hex),
    venue_class=st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True),
)
numbers = st.dictionaries(entries, st.integers(1, 10**12 - 1), min_size=1, max_size=9).map(Counter)
counters = st.binary(min_size=8, max_size=8).map(bytes.hex) | st.sampled_from([OFFICE, NORTH])
counted = st.dictionaries(counters, numbers, max_size=4)


@given(counted)
def test_counts_are_read_as_they_were_written(given_counts: dict[str, Counts]) -> None:
    assert counts.decode(counts.encode(given_counts)) == given_counts


@given(counted, counted)
def test_merging_takes_the_larger_of_a_row_so_nothing_doubles(one: dict[str, Counts], other: dict[str, Counts]) -> None:
    both = counts.merged(one, other)
    assert both == counts.merged(other, one) == counts.merged(both, one) == counts.merged(both, both)
    rows = {(counter, key) for each in (one, other) for counter in each for key in each[counter]}
    assert {(counter, key) for counter in both for key in both[counter]} == rows
    for counter, key in rows:
        assert both[counter][key] == max(_codes(one, counter, key), _codes(other, counter, key))


def _codes(held: Mapping[str, Counts], counter: str, key: CountKey) -> int:
    return held.get(counter, Counts())[key]


def line(text: str) -> str:
    return f"{HEADER}{OFFICE},2026-11,1a2b3c4d,museum,1\n{text}\n"


# name -> a line that is none
DAMAGED = {
    "no month": f"{OFFICE},11.2026,1a2b3c4d,library,1",
    "a thirteenth month": f"{OFFICE},2026-13,1a2b3c4d,library,1",
    "a day": f"{OFFICE},2026-11-22,1a2b3c4d,library,1",
    "no counter": "2026-11,1a2b3c4d,library,1",
    "a counter with a name": "north,2026-11,1a2b3c4d,library,1",
    "a kid in capitals": f"{OFFICE},2026-11,1A2B3C4D,library,1",
    "a short kid": f"{OFFICE},2026-11,1a2b3c4,library,1",
    "no class": f"{OFFICE},2026-11,1a2b3c4d,,1",
    "a class in capitals": f"{OFFICE},2026-11,1a2b3c4d,Library,1",
    "no number": f"{OFFICE},2026-11,1a2b3c4d,library,",
    "fewer than none": f"{OFFICE},2026-11,1a2b3c4d,library,-1",
    "a fraction": f"{OFFICE},2026-11,1a2b3c4d,library,1.5",
    "another alphabet's digits": f"{OFFICE},2026-11,1a2b3c4d,library,٣",
    "a number that is too long": f"{OFFICE},2026-11,1a2b3c4d,library,{10**12}",
    "a field more": f"{OFFICE},2026-11,1a2b3c4d,library,1,1",
    "a blank": f"{OFFICE},2026-11, 1a2b3c4d,library,1",
    "semicolons": f"{OFFICE};2026-11;1a2b3c4d;library;1",
    "a row twice": f"{OFFICE},2026-11,1a2b3c4d,museum,2",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_by_its_line(name: str) -> None:
    with pytest.raises(CountsError, match="line 3 of the counts is damaged"):
        counts.decode(line(DAMAGED[name]))


def test_counts_by_day_are_of_an_earlier_program() -> None:
    with pytest.raises(CountsError, match="counted by day: move the file away"):
        counts.decode("day,key,class,codes\n2026-11-22,1a2b3c4d,library,1\n")


@given(st.text(max_size=60).map(line) | st.text(max_size=60))
def test_any_text_is_counts_or_is_refused(text: str) -> None:
    try:
        found = counts.decode(text)
    except CountsError:
        return
    assert all(number >= 0 for number in counts.total(found).values())


def test_the_codes_of_a_key_are_summed_over_counters_and_months() -> None:
    more = counts.total(COUNTED) + Counter({CountKey("2026-12", "1a2b3c4d", "library"): 5})
    assert counts.of_key(more, "1a2b3c4d") == {"library": 22, "museum": 1}
    assert counts.of_key(more, "00000000") == {}
