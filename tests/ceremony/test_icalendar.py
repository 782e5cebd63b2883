"""The calendar file, read by a small reader of RFC 5545 that is written here."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cities import NOW, City
from hypothesis import given
from hypothesis import strategies as st

from idcard.ceremony import agenda, icalendar
from idcard.ceremony.agenda import Event
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.trust import trust_file

SCOPE = Scope(Environment.TEST, "springfield")
DAY = seconds(datetime(2027, 1, 4, 9, tzinfo=UTC))
STAMP = seconds(NOW)


def lines(data: bytes) -> list[str]:
    """Unfolded; each of at most 75 bytes before, with CRLF at its end."""
    assert data.endswith(b"\r\n")
    whole = data.split(b"\r\n")[:-1]
    assert all(len(each) <= 75 and b"\n" not in each and b"\r" not in each for each in whole)
    assert all(each.decode("utf-8") for each in whole)
    return data.decode("utf-8").replace("\r\n ", "").split("\r\n")[:-1]


def events(data: bytes) -> Iterator[dict[str, str]]:
    text = "\n".join(lines(data))
    for block in re.findall(r"BEGIN:VEVENT\n(.*?)\nEND:VEVENT", text, re.DOTALL):
        outer = re.sub(r"BEGIN:VALARM\n.*?\nEND:VALARM", "X-ALARM:yes", block, flags=re.DOTALL)
        yield dict(line.split(":", 1) for line in outer.split("\n"))


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def test_a_city_as_a_calendar() -> None:
    city = City()
    coming = agenda.ahead(city.plan, trust_file.decode(city.file), now=STAMP, years=3)
    data = icalendar.encode(coming, SCOPE, "Springfield", STAMP)
    found = list(events(data))
    assert lines(data)[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//idcard//keys of a city//EN"]
    assert lines(data)[-1] == "END:VCALENDAR"
    assert len({each["UID"] for each in found}) == len(found) == len(coming)
    for event, each in zip(coming, found, strict=True):
        assert each["DTSTART;VALUE=DATE"] == f"{datetime.fromtimestamp(event.when, UTC):%Y%m%d}"
        assert unescaped(each["SUMMARY"]) == f"Springfield: {event.what}"
        assert each["DTSTAMP"] == "20261122T120000Z"
        assert ("X-ALARM" in each) is event.is_task
    assert 0 < sum(event.is_task for event in coming) < len(coming)


def test_the_same_city_gives_the_same_bytes_and_a_moved_day_keeps_its_name() -> None:
    first, later = (
        icalendar.encode([Event(when, "root 2 replaces root 1")], SCOPE, "S", STAMP) for when in (DAY, DAY + 86400)
    )
    assert first == icalendar.encode([Event(DAY, "root 2 replaces root 1")], SCOPE, "S", STAMP)
    (one,), (other,) = events(first), events(later)
    assert (one["UID"], one["DTSTART;VALUE=DATE"]) == (other["UID"], "20270104")
    assert other["DTSTART;VALUE=DATE"] == "20270105"
    (elsewhere,) = events(
        icalendar.encode([Event(DAY, "root 2 replaces root 1")], Scope(Environment.TEST, "shelbyville"), "S", STAMP)
    )
    assert elsewhere["UID"] != one["UID"]


@pytest.mark.parametrize(
    "name", ["Springfield; north, south", "back\\slash", "two\nlines", "x" * 200, "مدينة" * 30, "春" * 40]
)
def test_names_with_signs_of_the_format_and_of_any_length(name: str) -> None:
    (found,) = events(icalendar.encode([Event(DAY, "happens")], SCOPE, name, STAMP))
    assert unescaped(found["SUMMARY"]) == f"{name}: happens"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
def test_no_name_adds_a_line(name: str) -> None:
    found = lines(icalendar.encode([Event(DAY, "happens")], SCOPE, name, STAMP))
    assert len(found) == 13
