"""Writes the events of a city's keys as a calendar file (RFC 5545), which any calendar program reads."""

import hashlib
from collections.abc import Iterable, Iterator

from idcard.ceremony.agenda import Event
from idcard.credential.calendar import as_datetime
from idcard.credential.scope import Scope

LINE_SIZE = 75
"""Bytes of a line without its end (§3.1)."""
ALARM = "-P7D"
"""When a program reminds of what somebody has to do: a week before."""
_ID_SIZE = 16
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def encode(events: Iterable[Event], scope: Scope, name: str, stamp: int) -> bytes:
    """The calendar: a day for each event, and a reminder for those that somebody has to see to.

    The name of an event (UID) depends on the city and on what happens, not on the day: so a program that reads a newer
    file moves what it has. name: of the city, for people. stamp: seconds since 1970, of the trust list from which this
    was worked out.
    """
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//idcard//keys of a city//EN", "CALSCALE:GREGORIAN"),
        f"X-WR-CALNAME:{_text(f'{name}: keys')}",
        *(line for event in events for line in _event(event, scope, name, stamp)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, scope: Scope, name: str, stamp: int) -> Iterator[str]:
    what = f"{scope.environment} {scope.city} {event.what}".encode()
    summary = _text(f"{name}: {event.what}")
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.blake2b(what, digest_size=_ID_SIZE, person=b'idcard.calendar').hexdigest()}@idcard"
    yield f"DTSTAMP:{as_datetime(stamp):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{as_datetime(event.when):%Y%m%d}"
    yield f"SUMMARY:{summary}"
    yield "TRANSP:TRANSPARENT"
    if event.is_task:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{ALARM}", f"DESCRIPTION:{summary}", "END:VALARM")
    yield "END:VEVENT"


def _text(value: str) -> str:
    """§3.3.11, and no other control character."""
    plain = value.translate(_ESCAPED)
    return "".join(letter for letter in plain if letter.isprintable() or letter == "\u00a0")


def _folded(line: str) -> bytes:
    """The line, with its end; what is longer goes on in lines that begin with a blank (§3.1). No letter is cut."""
    parts, room = [""], LINE_SIZE
    for letter in line:
        size = len(letter.encode("utf-8"))
        if size > room:
            parts.append(" ")
            room = LINE_SIZE - 1
        parts[-1] += letter
        room -= size
    return "".join(f"{part}\r\n" for part in parts).encode("utf-8")
