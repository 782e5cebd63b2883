"""Dates as an office writes them: one declared form, never a guess, and an error that shows nothing."""

from datetime import date

import pytest

from idcard.city.written_date import NoSuchForm, NotADate, WrittenDate

DAY = date(1975, 3, 1)


@pytest.mark.parametrize(
    ("example", "written"),
    [
        (
            "31.12.1990",
            ["01.03.1975", "1.3.1975", " 1. 3. 1975 ", "\u0660\u0661.\u0660\u0663.\u0661\u0669\u0667\u0665"],
        ),
        ("12/31/1990", ["03/01/1975", "3/1/1975"]),
        ("31/12/1990", ["01/03/1975"]),
        ("31-12-1990", ["01-03-1975"]),
        ("31 12 1990", ["01 03 1975", "1  3 1975"]),
        ("1990-12-31", ["1975-03-01"]),
        ("1990/12/31", ["1975/3/1"]),
        ("19901231", ["19750301"]),
        ("31121990", ["01031975"]),
        ("1990. 12. 31.", ["1975. 3. 1.", "1975.03.01"]),
        ("1990\u5e7412\u670831\u65e5", ["1975\u5e743\u67081\u65e5"]),
        ("31.12.1990 00:00:00", ["01.03.1975 00:00:00"]),
        ("1990-12-31T00:00", ["1975-03-01T00:00"]),
    ],
)
def test_a_form_reads_what_is_written_in_it(example: str, written: list[str]) -> None:
    form = WrittenDate.like(example)
    assert [form.read(each) for each in written] == [DAY] * len(written)
    assert form.read(example) == date(1990, 12, 31)


@pytest.mark.parametrize(
    "example", ["", "31.12.90", "31-Dec-1990", "1.2.1990", "31.31.1990", "1990", "dd.mm.yyyy", "31.12.1990 12:30", "9"]
)
def test_no_other_example_declares_a_form(example: str) -> None:
    with pytest.raises(NoSuchForm, match="show how the table writes 31 December 1990"):
        WrittenDate.like(example)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("03/01/1975", "must be a date like 31.12.1990"),
        ("1975-03-01", "must be a date like 31.12.1990"),
        ("01.03.75", "must be a date like 31.12.1990"),
        ("01.03.1975 00:00", "must be a date like 31.12.1990"),
        ("03.13.1975", "is no day of the calendar, read like 31.12.1990"),
        ("29.02.1975", "is no day of the calendar, read like 31.12.1990"),
        ("01.03.0000", "is no day of the calendar, read like 31.12.1990"),
        ("27454", "is the number of a day, as spreadsheets count: give its column the format of a date"),
        ("27454.0", "is the number of a day, as spreadsheets count: give its column the format of a date"),
        ("", "must be a date like 31.12.1990"),
    ],
)
def test_what_is_written_in_another_way_is_refused_and_not_shown(written: str, says: str) -> None:
    with pytest.raises(NotADate) as caught:
        WrittenDate.like("31.12.1990").read(written)
    assert str(caught.value) == says
    assert caught.value.__cause__ is None
