"""The ledger: a set that offices put together in any order, and that forgets by itself."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cities import DAY, City
from hypothesis import given
from hypothesis import strategies as st

from idcard.city import ledger
from idcard.city.ledger import Ledger, LedgerError
from idcard.credential import calendar
from idcard.credential.calendar import seconds
from idcard.trust import cancellations, trust_file
from idcard.trust.trust_file import Trust

ONE, TWO, THREE = (bytes((number,)) * 10 for number in (1, 2, 3))
JUNE = 2027 * 12 + 5
NOON = seconds(datetime(2027, 6, 1, 12, tzinfo=UTC))

# Few values, so that ledgers often have some in common.
values = st.one_of(st.sampled_from([ONE, TWO, THREE]), st.binary(min_size=10, max_size=10))
ledgers = st.dictionaries(values, st.integers(1970 * 12, 2106 * 12), max_size=12)


def in_force(*cancelled: bytes) -> Trust:
    return trust_file.decode(City().trust_file(cancelled=cancelled))


def made_at(issued: int, *cancelled: bytes) -> Trust:
    trust = in_force(*cancelled)
    return replace(trust, trust_list=replace(trust.trust_list, issued=issued))


# ---- text ----


@given(ledgers)
def test_what_is_written_is_read_and_one_ledger_has_one_text(held: Ledger) -> None:
    text = ledger.encode(held)
    assert ledger.decode(text) == held
    assert re.fullmatch(r"value,expires\n([0-9a-f]{20},[0-9]{4}-[0-9]{2}\n)*", text)
    assert text == ledger.encode(dict(reversed(held.items())))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"value,expires\n{ONE.hex()},2028-01\n{TWO.hex()},2028-1\n", 3),
        (f"value,expires\n{ONE.hex()},2028-01\n{ONE.hex()},2028-01\n", 3),
        (f"value,expires\n{ONE.hex()},2028-00\n", 2),
        (f"value,expires\n{ONE.hex()},1969-12\n", 2),
    ],
)
def test_a_damaged_line_is_named_and_its_value_is_not_shown(text: str, line: int) -> None:
    with pytest.raises(LedgerError, match=f"line {line} ") as refused:
        ledger.decode(text)
    assert ONE.hex() not in str(refused.value)


def test_a_ledger_holds_more_than_a_trust_file_and_is_read_again() -> None:
    fits = {number.to_bytes(10, "big"): JUNE for number in range(ledger.MAX_VALUES)}
    assert len(ledger.encode(fits)) < ledger.MAX_SIZE
    assert len(cancellations.encode(fits)) > 2 * trust_file.MAX_SIZE
    with pytest.raises(LedgerError, match="500,001"):
        ledger.encode(fits | {THREE: JUNE})


# ---- merge ----


@given(ledgers, ledgers, ledgers)
def test_offices_may_merge_in_any_order_and_as_often_as_they_like(one: Ledger, two: Ledger, three: Ledger) -> None:
    merged = ledger.merge(one, two, three)
    assert merged == ledger.merge(three, one, two)
    assert merged == ledger.merge(one, ledger.merge(two, three))
    assert merged == ledger.merge(merged, two, merged)
    assert merged.keys() == one.keys() | two.keys() | three.keys()
    assert all(merged[value] >= month for each in (one, two, three) for value, month in each.items())


@given(ledgers)
def test_nothing_is_merged_with_nothing(held: Ledger) -> None:
    assert ledger.merge() == {}
    assert ledger.merge(held, {}) == held


# ---- time ----


@pytest.mark.parametrize(("now", "lives"), [(NOON - 1, True), (NOON, False)])
def test_a_value_lives_until_noon_of_the_first_day_of_its_month(now: int, lives: bool) -> None:
    assert (ONE in ledger.live({ONE: JUNE}, now)) is lives


def test_what_expired_the_life_of_a_list_ago_leaves_once_it_is_published_no_more() -> None:
    """So long, for a list that is made ahead of its time must not make the city forget what still lives."""
    held = {ONE: JUNE, TWO: JUNE + 5, THREE: JUNE}
    late = NOON + in_force().root.list_days * DAY
    assert ledger.pruned(held, made_at(late - 1, ONE), late) == held
    assert ledger.pruned(held, made_at(late, ONE), late) == {ONE: JUNE, TWO: JUNE + 5}
    assert ledger.pruned(held, made_at(late), late) == {TWO: JUNE + 5}
    # A clock that ran ahead for one list makes the ledger forget nothing.
    assert ledger.pruned(held, made_at(late), late - 1) == held


# ---- beside the trust file ----


def test_what_waits_is_alive_and_not_published() -> None:
    assert ledger.waiting({ONE: JUNE + 1, TWO: JUNE + 1, THREE: JUNE}, in_force(TWO), NOON) == {ONE}


def test_a_lost_ledger_is_rebuilt_from_the_trust_file_and_lives_as_long_as_any_key() -> None:
    published = in_force(ONE, TWO)
    rebuilt = ledger.adopt({}, published)
    last = max(key.verify_until for key in published.trust_list.keys)
    assert rebuilt.keys() == {ONE, TWO}
    assert {calendar.noon_of_first(month) for month in rebuilt.values()} == {last}
    assert ledger.live(rebuilt, last - 1) == {ONE, TWO}
    assert ledger.live(rebuilt, last) == set()


def test_what_the_ledger_knows_better_stays() -> None:
    assert ledger.adopt({ONE: JUNE, THREE: JUNE}, in_force(ONE)) == {ONE: JUNE, THREE: JUNE}


@given(ledgers, st.sets(values))
def test_what_is_taken_back_is_gone_and_the_rest_stays(held: Ledger, taken: set[bytes]) -> None:
    left = ledger.without(held, taken)
    assert left == {value: month for value, month in held.items() if value not in taken}
