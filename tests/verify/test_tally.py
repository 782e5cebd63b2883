"""The tally: counts by desk, month, class and reason, and a file that is that or is refused."""

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.errors import Outcome
from idcard.verify import tally
from idcard.verify.tally import Tally, TallyError, TallyKey, decode, encode, merged

DESK, OTHER = "0123456789abcdef", "fedcba9876543210"
HEADER = "desk,month,class,verdict,codes\n"
names = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=12)
months = st.dates().map(lambda day: f"{day}"[:7])
rows = st.dictionaries(st.builds(TallyKey, months, names, names), st.integers(1, 10**12 - 1), min_size=1).map(Counter)
tallies = st.dictionaries(st.sampled_from([DESK, OTHER]), rows)


@given(tallies)
def test_what_is_written_is_read(counted: dict[str, Tally]) -> None:
    assert decode(encode(counted)) == counted


def test_the_file_is_what_the_page_says() -> None:
    counted = Counter({TallyKey("2026-11", "library", "expired"): 1, TallyKey("2026-11", "library", "accept"): 31})
    assert encode({DESK: counted}) == f"{HEADER}{DESK},2026-11,library,accept,31\n{DESK},2026-11,library,expired,1\n"


@pytest.mark.parametrize(
    "line",
    [
        f"{DESK},2026-11,library,accept,-1",
        f"{DESK},2026-11-22,library,accept,1",
        f"{DESK},2026-11,Library,accept,1",
        "library-1,2026-11,library,accept,1",
    ],
)
def test_what_is_no_tally_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(TallyError, match="line 2 of the tally is damaged"):
        decode(f"{HEADER}{line}\n")


def test_a_tally_by_day_is_of_an_earlier_program() -> None:
    with pytest.raises(TallyError, match="counted by day: move the file away"):
        decode("day,class,verdict,codes\n2026-11-22,library,accept,31\n")


@given(tallies, tallies)
def test_merging_doubles_nothing(one: dict[str, Tally], other: dict[str, Tally]) -> None:
    both = merged(one, other)
    assert both == merged(other, one) == merged(both, one) == merged(both, both)


def test_the_larger_number_of_a_row_counts_and_desks_add_up() -> None:
    key = TallyKey("2026-11", "library", "accept")
    both = merged({DESK: Counter({key: 3})}, {DESK: Counter({key: 5}), OTHER: Counter({key: 1})})
    assert tally.total(both) == {key: 6}


def test_each_verdict_has_its_outcome() -> None:
    verdicts = ("accept", "photo-no-match", "expired", "trust-expired", "no-such-reason")
    outcomes = [None, None, Outcome.REJECT, Outcome.CANNOT_SAY, Outcome.CANNOT_SAY]
    assert [tally.outcome(each) for each in verdicts] == outcomes
