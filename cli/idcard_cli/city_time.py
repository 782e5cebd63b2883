"""Times as people of a city read them: in its time zone, or in UTC where this computer does not know the zone."""

import zoneinfo
from datetime import tzinfo

import click

from idcard.city.time_zone import UTC
from idcard.credential.calendar import as_datetime


def zone(name: str) -> tzinfo:
    """Raises UsageError with what to do where this computer does not know it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    if not zoneinfo.available_timezones():
        raise click.UsageError("this computer knows no time zones: install its package tzdata, or pip install tzdata")
    raise click.UsageError(f"this computer knows no time zone {name!r}: write it like Europe/Berlin or UTC")


def as_read(instant: int, name: str) -> str:
    """2027-01-01 01:00 (Europe/Berlin), to the minute. name: of the zone of the city."""
    when = as_datetime(instant)
    if name != UTC:
        try:
            return f"{when.astimezone(zone(name)):%Y-%m-%d %H:%M} ({name})"
        except click.UsageError:
            pass
    return f"{when:%Y-%m-%d %H:%M} UTC"
