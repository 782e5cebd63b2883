"""Reads the clock for all that works in a city's folder. In a rehearsal it stands still at another time."""

from datetime import UTC, datetime
from typing import Any

import click

from idcard.credential.calendar import seconds

_stands_at: datetime | None = None


def now() -> datetime:
    """The time, in the time zone of this computer."""
    return datetime.now().astimezone() if _stands_at is None else _stands_at.astimezone()


def seconds_now() -> int:
    """Seconds since 1970."""
    return seconds(now().astimezone(UTC))


def stand(at: datetime | None) -> None:
    """Stand still at this time, or go again. Only a rehearsal may do so, where nothing that is made is kept."""
    global _stands_at
    _stands_at = at


def stands() -> bool:
    """Whether this is a rehearsal."""
    return _stands_at is not None


class Moment(click.ParamType[datetime]):
    """A time like 2027-01-31T09:00:00Z; UTC if it has no zone, noon if it has no time of day."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write a time like 2027-01-31T09:00:00Z, or a day like 2027-01-31", param, ctx)
        if len(value) == len("2027-01-31"):
            moment = moment.replace(hour=12)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
