"""Months, quarters and the instants at which credentials end, against a plain reading of the calendar."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.credential import calendar
from idcard.credential.calendar import Quarter
from idcard.errors import Malformed

DAY = 86400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = [timezone(timedelta(minutes=15 * quarters)) for quarters in range(-48, 57)]
"""UTC-12 to UTC+14, by quarters of an hour."""

times = st.datetimes(datetime(1971, 1, 1), datetime(2105, 12, 31), timezones=st.sampled_from(ZONES))  # noqa: DTZ001
months = st.integers(1970 * 12, 2106 * 12)
quarters = st.builds(Quarter, st.integers(1970, 2099), st.integers(1, 4))


def hour(offset: float) -> timezone:
    return timezone(timedelta(hours=offset))


# ---- instants ----


@given(times)
def test_seconds_are_whole_and_rounded_down(time: datetime) -> None:
    assert calendar.seconds(time) == (time - EPOCH) // timedelta(seconds=1)


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        (EPOCH, 0),
        (EPOCH.replace(microsecond=999_999), 0),
        (EPOCH - timedelta(microseconds=1), -1),
        (datetime(1970, 1, 1, 14, tzinfo=hour(14)), 0),
        (datetime(1969, 12, 31, 14, tzinfo=hour(-10)), 0),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), 1795348800),
    ],
)
def test_named_instants(time: datetime, instant: int) -> None:
    assert calendar.seconds(time) == instant


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar.seconds(datetime(2026, 11, 22))  # noqa: DTZ001


@given(st.integers(0, (1 << 32) - 1))
def test_an_instant_is_what_its_time_in_utc_says(instant: int) -> None:
    time = calendar.as_datetime(instant)
    assert (time.utcoffset(), calendar.seconds(time)) == (timedelta(0), instant)


# ---- months ----


@given(times)
def test_the_month_of_an_instant_is_that_of_utc(time: datetime) -> None:
    in_utc = time.astimezone(UTC)
    assert calendar.month_of(calendar.seconds(time)) == in_utc.year * 12 + in_utc.month - 1


@pytest.mark.parametrize(
    ("time", "year", "month"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), 2026, 12),
        (datetime(2026, 12, 31, 23, 30, tzinfo=hour(-10)), 2027, 1),
        (datetime(2026, 12, 31, 13, 59, 59, tzinfo=hour(-10)), 2026, 12),
        (datetime(2026, 12, 31, 14, 0, 0, tzinfo=hour(-10)), 2027, 1),
        (datetime(2026, 12, 31, 23, 30, tzinfo=hour(14)), 2026, 12),
        (datetime(2027, 1, 1, 13, 59, 59, tzinfo=hour(14)), 2026, 12),
        (datetime(2027, 1, 1, 14, 0, 0, tzinfo=hour(14)), 2027, 1),
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC), 2028, 2),
        (datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC), 2027, 2),
    ],
)
def test_the_month_at_the_turn_of_a_year(time: datetime, year: int, month: int) -> None:
    assert calendar.month_of(calendar.seconds(time)) == year * 12 + month - 1


@given(months)
def test_noon_of_the_first_of_a_month(month: int) -> None:
    noon = datetime(month // 12, month % 12 + 1, 1, 12, tzinfo=UTC)
    assert calendar.noon_of_first(month) == calendar.seconds(noon)
    assert calendar.month_of(calendar.noon_of_first(month)) == month


@given(st.integers(1970 * 12, 9999 * 12 + 11))
def test_a_month_is_what_its_text_says(month: int) -> None:
    text = calendar.as_month(month)
    assert text == f"{date(month // 12, month % 12 + 1, 1):%Y-%m}".zfill(7)
    assert calendar.parse_month(text) == month


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2028",
        "2028-1",
        "2028-13",
        "2028-00",
        "1969-12",
        "28-01",
        "2028-01-01",
        " 2028-01",
        "\u0662\u0660\u0662\u0668-\u0660\u0661",
        "+028-01",
    ],
)
def test_any_other_text_is_no_month(text: str) -> None:
    with pytest.raises(Malformed):
        calendar.parse_month(text)


@given(st.integers(1970 * 12 + 1, 2105 * 12), st.sampled_from(ZONES))
def test_by_noon_of_the_first_the_month_has_begun_everywhere(month: int, zone: timezone) -> None:
    there = calendar.as_datetime(calendar.noon_of_first(month)).astimezone(zone)
    assert there.year * 12 + there.month - 1 == month


def test_noon_of_the_first_over_all_days() -> None:
    firsts = {calendar.noon_of_first(month) for month in range(1970 * 12, 2106 * 12 + 2)}
    for day in range((1 << 32) // DAY + 1):
        noon = day * DAY + DAY // 2
        assert calendar.is_noon_of_first(noon) == (noon in firsts and noon < 1 << 32)
        assert not calendar.is_noon_of_first(noon - 1)
        assert not calendar.is_noon_of_first(noon + 1)
        assert not calendar.is_noon_of_first(day * DAY)


@pytest.mark.parametrize(
    ("instant", "is_noon"),
    [
        (calendar.noon_of_first(1970 * 12), True),
        (calendar.noon_of_first(2106 * 12 + 1), True),
        (calendar.noon_of_first(2106 * 12 + 2), False),
        (calendar.noon_of_first(1969 * 12 + 11), False),
        (-(1 << 64), False),
        ((1 << 64) - 1, False),
        (calendar.noon_of_first(9999 * 12), False),
    ],
)
def test_noon_of_the_first_is_from_1970_and_below_2_to_the_32(instant: int, is_noon: bool) -> None:
    assert calendar.is_noon_of_first(instant) is is_noon


# ---- quarters ----


@given(times)
def test_the_quarter_of_an_instant_is_that_of_utc(time: datetime) -> None:
    in_utc = time.astimezone(UTC)
    if in_utc.year < 2100:
        expected = Quarter(in_utc.year, {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(in_utc.month, 4))
        assert Quarter.of(calendar.seconds(time)) == expected


@given(quarters)
def test_a_quarter_is_what_its_text_says(quarter: Quarter) -> None:
    assert Quarter.parse(str(quarter)) == quarter


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-Q", "2026-Q0", "2026-Q5", "2026-Q11", "2026-Q4 ", " 2026-Q4", "2026-Q4\n", "2026-q4"),
        *("2026Q4", "2026-4", "26-Q4", "02026-Q4", "-2026-Q4", "+2026-Q4", "2026.0-Q4", "20 6-Q4", "2026-Q-Q4"),
        *("1969-Q4", "2100-Q1", "0000-Q1", "\N{ARABIC-INDIC DIGIT TWO}026-Q4", "2026-Q\N{FULLWIDTH DIGIT FOUR}"),
    ],
)
def test_any_other_text_is_no_quarter(text: str) -> None:
    with pytest.raises(Malformed):
        Quarter.parse(text)


@pytest.mark.parametrize(("year", "number"), [(2026, 0), (2026, 5), (1969, 4), (2100, 1), (2026, -1)])
def test_a_quarter_out_of_range(year: int, number: int) -> None:
    with pytest.raises(Malformed):
        Quarter(year, number)


@given(quarters.filter(lambda quarter: str(quarter) != "2099-Q4"))
def test_the_next_quarter_begins_where_a_quarter_ends(quarter: Quarter) -> None:
    first_of_next = calendar.noon_of_first(quarter.last_month + 1)
    assert quarter.next() == Quarter.of(first_of_next) > quarter
    assert Quarter.of(calendar.noon_of_first(quarter.last_month)) == quarter


@pytest.mark.parametrize(
    ("quarter", "months", "expiry"),
    [
        ("2026-Q4", 1, date(2027, 2, 1)),
        ("2026-Q4", 12, date(2028, 1, 1)),
        ("2026-Q4", 24, date(2029, 1, 1)),
        ("2026-Q1", 1, date(2026, 5, 1)),
        ("2026-Q1", 24, date(2028, 4, 1)),
        ("2026-Q3", 3, date(2027, 1, 1)),
        ("2027-Q4", 1, date(2028, 2, 1)),
        ("2027-Q4", 2, date(2028, 3, 1)),
        ("2026-Q2", 120, date(2036, 7, 1)),
    ],
)
def test_the_last_credential_of_a_quarter(quarter: str, months: int, expiry: date) -> None:
    assert calendar.as_datetime(Quarter.parse(quarter).expiry(months)) == datetime(
        expiry.year, expiry.month, expiry.day, 12, tzinfo=UTC
    )
