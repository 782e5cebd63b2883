"""Records: what is taken as one, what a profile reads of it, and that no value of it is ever shown."""

import json
import traceback
from datetime import date, timedelta
from typing import Any

import pytest
from cities import ADULT, City
from hypothesis import given
from hypothesis import strategies as st

from idcard.city import record
from idcard.city.record import BadRecord, Record
from idcard.credential.claims import FLAGS

CITY = City()
TODAY = date(2026, 11, 22)
CANARY = "-".join(("canary", "4711"))
"""In no line of source as one word, so that a traceback shows it only where it was let out."""


def everything_in(error: BaseException | None) -> str:
    """All that a log of this error, and of every error behind it, could show."""
    if error is None:
        return ""
    here = [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
    return "".join([*here, everything_in(error.__cause__), everything_in(error.__context__)])


def reached(born: date, age: int, day: date) -> bool:
    """Direct reading: on `day`, the birthday of that age has come. A 29 February that is not there comes on 1 March."""
    return (day.year - age, day.month, day.day) >= (born.year, born.month, born.day)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# ---- JSON ----


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b' {"resident": true}\r\n',
        '{"name": "Zoë 😀", "resident": true}'.encode(),
        b'{"a": {"b": 1}, "c": {"b": 2}}',
        b'{"a": null, "b": [1.5, -2e3], "c": "\\u00e9"}',
        b'{"a": "' + b"x" * (65536 - 9) + b'"}',
    ],
    ids=lambda data: data[:20],
)
def test_one_json_object_is_a_record(data: bytes) -> None:
    assert record.decode(data).flag(1) is True if b"resident" in data else isinstance(record.decode(data), Record)


NO_RECORD = {
    "nothing": b"",
    "a blank": b" ",
    "null": b"null",
    "a list": b'[{"resident": true}]',
    "a text": b'"resident"',
    "a number": b"1",
    "two objects": b"{}{}",
    "JSON lines": b"{}\n{}",
    "cut short": b'{"resident": true',
    "a comma too many": b'{"resident": true,}',
    "single quotes": b"{'resident': true}",
    "Python's True": b'{"resident": True}',
    "a comment": b'{"resident": true} // yes',
    "a control character": b'{"name": "a\nb"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"resident": true}'.encode("utf-16"),
    "Latin-1": '{"name": "Zoë"}'.encode("latin-1"),
    "a surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "binary": bytes(range(256)),
    "a name twice": b'{"resident": true, "resident": true}',
    "a name twice in two spellings": b'{"resident": true, "r\\u0065sident": false}',
    "a name twice further in": b'{"resident": true, "a": [{"b": 1, "b": 2}]}',
    "NaN": b'{"resident": NaN}',
    "NaN in a field that nobody reads": b'{"resident": true, "height": NaN}',
    "infinity": b'{"resident": true, "height": Infinity}',
    "minus infinity": b'{"resident": true, "height": -Infinity}',
    "a number of 5000 digits": b'{"resident": true, "height": ' + b"1" * 5000 + b"}",
    "nested deeply": b'{"resident": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "objects nested deeply": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested deeply and cut short": b"[" * 65_536,
    "64 KiB and a byte": b'{"a": "' + b"x" * (65536 - 8) + b'"}',
    "10 MB": b'{"a": "' + b"x" * 10_000_000 + b'"}',
}


@pytest.mark.parametrize("data", NO_RECORD.values(), ids=NO_RECORD)
def test_anything_else_is_no_record(data: bytes) -> None:
    with pytest.raises(BadRecord):
        record.decode(data)


@given(
    st.binary(max_size=60)
    | st.text(max_size=40).map(str.encode)
    | st.text('{}[]":,0a\\u ', max_size=20).map(str.encode)
)
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    try:
        record.decode(data)
    except BadRecord:
        return
    assert isinstance(json.loads(data), dict)


# ---- flags ----


@pytest.mark.parametrize("number", sorted(FLAGS))
def test_a_flag_is_true_or_false(number: int) -> None:
    assert Record({FLAGS[number]: True}).flag(number) is True
    assert Record({FLAGS[number]: False}).flag(number) is False


@pytest.mark.parametrize("number", sorted(FLAGS))
@pytest.mark.parametrize("value", [None, 0, 1, 1.0, "", "true", "yes", [], [True], {}, float("nan")], ids=repr)
def test_any_other_flag_is_refused_by_name(number: int, value: Any) -> None:
    with pytest.raises(BadRecord, match=f"'{FLAGS[number]}' must be true or false") as refused:
        Record({FLAGS[number]: value}).flag(number)
    assert refused.value.field == FLAGS[number]


@pytest.mark.parametrize("number", sorted(FLAGS))
def test_a_missing_flag_is_not_false(number: int) -> None:
    others = {name: False for name in FLAGS.values() if name != FLAGS[number]}
    with pytest.raises(BadRecord, match=f"'{FLAGS[number]}' is missing"):
        Record(others).flag(number)


# ---- dates of birth ----


@pytest.mark.parametrize("born", ["1990-12-31", "2026-11-22", "2024-02-29", "2000-02-29", "1875-11-23", "1876-11-22"])
def test_a_date_of_birth(born: str) -> None:
    assert Record({"birth_date": born}).birth_date(TODAY) == date.fromisoformat(born)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, 19901231, 1990.0, [], ["1990-12-31"], {}, date(1990, 12, 31)),
        *("", "1990", "1990-12", "19901231", "1990-365", "1990-W52-1", "1990W521", "1990-12-1", "1990-1-01"),
        *("90-12-31", "+1990-12-31", "-1990-12-31", "01990-12-31", "1990/12/31", "31.12.1990", "12/31/1990"),
        *(" 1990-12-31", "1990-12-31 ", "1990-12-31\n", "1990-12-31T00:00:00", "1990-12-31Z", "1990-12-31\0"),
        *("1990-00-01", "1990-13-01", "1990-11-31", "1990-02-30", "1990-02-29", "1900-02-29", "0000-01-01"),
        *("199\N{ARABIC-INDIC DIGIT ZERO}-12-31", "\N{FULLWIDTH DIGIT ONE}990-12-31", "1990\N{HYPHEN}12\N{HYPHEN}31"),
        *("2026-11-23", "2027-01-01", "9999-12-31", "1875-11-22", "1000-01-01", "0001-01-01"),
    ],
    ids=repr,
)
def test_any_other_date_of_birth_is_refused(value: Any) -> None:
    with pytest.raises(BadRecord, match="'birth_date'"):
        Record({"birth_date": value}).birth_date(TODAY)


def test_a_missing_date_of_birth_is_named() -> None:
    with pytest.raises(BadRecord, match="'birth_date' is missing"):
        Record({"birthdate": "1990-12-31"}).birth_date(TODAY)


# ---- ages ----


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 2, 28), 18, date(2026, 2, 28)),
        (date(2008, 3, 1), 18, date(2026, 3, 1)),
        (date(2000, 2, 29), 100, date(2100, 3, 1)),
        (date(1896, 2, 29), 4, date(1900, 3, 1)),
        (date(1996, 2, 29), 4, date(2000, 2, 29)),
        (date(2010, 2, 28), 18, date(2028, 2, 28)),
        (date(2008, 12, 31), 18, date(2026, 12, 31)),
    ],
)
def test_the_day_of_an_age(born: date, age: int, day: date) -> None:
    assert record.day_of_age(born, age) == day
    assert record.age_on(born, day) == age
    assert record.age_on(born, day - timedelta(days=1)) == age - 1


@pytest.mark.parametrize("age", [1, 4, 12, 13, 16, 18, 21, 25, 60, 65, 100, 150])
def test_the_day_of_an_age_is_the_first_on_which_it_is_reached_for_every_date_of_birth(age: int) -> None:
    for born in days(date(1896, 1, 1), date(1900, 12, 31)) + days(date(1996, 1, 1), date(2008, 12, 31)):
        day = record.day_of_age(born, age)
        assert reached(born, age, day)
        assert not reached(born, age, day - timedelta(days=1))


@pytest.mark.parametrize("age", [1, 13, 16, 18, 21, 65, 100, 150])
def test_the_age_on_every_day_around_every_birthday(age: int) -> None:
    for day in days(date(2023, 12, 1), date(2028, 3, 31)) + days(date(2099, 12, 1), date(2101, 3, 31)):
        first = date(day.year - age, day.month, min(day.day, 28))
        for born in days(first - timedelta(days=4), first + timedelta(days=6)):
            completed = max(years for years in (age - 1, age, age - 2) if reached(born, years, day))
            assert record.age_on(born, day) == completed


# ---- no value is ever shown ----

READ = {"birth_date": "1990-04-01", "resident": True, "student": True}
ELSEWHERE = {"name": CANARY, "address": {"street": [CANARY]}, CANARY: CANARY}


@pytest.mark.parametrize("venue_class", ["library", "museum", "pool", "pharmacy", "theatre"])
@pytest.mark.parametrize("field", READ)
@pytest.mark.parametrize(
    "value", [CANARY, [CANARY], {CANARY: CANARY}, f"1990-04-{CANARY}"], ids=["text", "list", "map", "date"]
)
def test_a_refused_value_is_nowhere_in_the_error(venue_class: str, field: str, value: Any) -> None:
    wanted = {"pool": ["resident", "birth_date"], "theatre": ["resident", "student"]}
    person = {**READ, **ELSEWHERE, field: value}
    if field not in wanted.get(venue_class, ["resident"]):
        assert CITY.code(venue_class, person) == CITY.code(venue_class, READ)
        return
    with pytest.raises(BadRecord) as refused:
        CITY.code(venue_class, person)
    assert refused.value.field == field
    assert field in everything_in(refused.value)
    assert CANARY not in everything_in(refused.value)


@pytest.mark.parametrize("born", ["2087-06-05", "1807-06-05"])
def test_a_date_out_of_range_is_nowhere_in_the_error(born: str) -> None:
    with pytest.raises(BadRecord) as refused:
        CITY.code("pool", {**READ, "birth_date": born})
    assert not any(part in str(refused.value) for part in born.split("-"))
    assert born not in everything_in(refused.value)


@pytest.mark.parametrize("data", NO_RECORD.values(), ids=NO_RECORD)
def test_no_part_of_bad_json_is_in_the_error(data: bytes) -> None:
    canary = CANARY.encode()
    with_canary = [canary + data, data + canary, data[: len(data) // 2] + b'"%s"' % canary + data[len(data) // 2 :]]
    for each in [*with_canary, data.replace(b"resident", canary).replace(b"name", canary)]:
        try:
            record.decode(each)
        except BadRecord as refused:
            assert CANARY not in everything_in(refused)  # noqa: PT017


def test_a_missing_field_is_named_and_no_other() -> None:
    with pytest.raises(BadRecord) as refused:
        CITY.code("pool", {**ELSEWHERE, "resident": True})
    assert refused.value.field == "birth_date"
    assert CANARY not in everything_in(refused.value)


def test_a_record_shows_nothing() -> None:
    assert CANARY not in repr(Record(ELSEWHERE)) + str(Record(ELSEWHERE)) + f"{[Record(ELSEWHERE)]}"
    assert not hasattr(Record(ELSEWHERE), "__dict__")


def test_a_record_is_its_own_copy() -> None:
    fields = dict(ADULT)
    taken = Record(fields)
    fields["resident"] = False
    assert taken.flag(1) is True
