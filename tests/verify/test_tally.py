"""The tally: counts by day, class and reason, and a file that is that or is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.verify.tally import TallyError, TallyKey, by_month, decode, encode

names = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=12)
days = st.dates().map(lambda day: f"{day:%Y-%m-%d}".rjust(10, "0"))
tallies = st.dictionaries(st.builds(TallyKey, days, names, names), st.integers(0, 10**12 - 1))


@given(tallies)
def test_what_is_written_is_read(tally: dict[TallyKey, int]) -> None:
    assert decode(encode(tally)) == tally


def test_the_file_is_what_the_page_says() -> None:
    tally = {TallyKey("2026-11-22", "library", "expired"): 1, TallyKey("2026-11-22", "library", "accept"): 31}
    assert encode(tally) == "day,class,verdict,codes\n2026-11-22,library,accept,31\n2026-11-22,library,expired,1\n"


@pytest.mark.parametrize(
    "line", ["2026-11-22,library,accept,-1", "2026-11-22 09:41,library,accept,1", "2026-11-22,Library,accept,1"]
)
def test_what_is_no_tally_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(TallyError, match="line 2 of the tally is damaged"):
        decode(f"day,class,verdict,codes\n{line}\n")


def test_months_are_sums_of_days() -> None:
    tally = {
        TallyKey("2026-11-22", "library", "accept"): 31,
        TallyKey("2026-11-23", "library", "accept"): 4,
        TallyKey("2026-12-01", "library", "accept"): 1,
        TallyKey("2026-11-23", "library", "expired"): 2,
    }
    assert by_month(tally) == {
        TallyKey("2026-11", "library", "accept"): 35,
        TallyKey("2026-11", "library", "expired"): 2,
        TallyKey("2026-12", "library", "accept"): 1,
    }
