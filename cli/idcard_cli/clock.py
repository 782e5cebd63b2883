"""Reads the clock of this computer."""

from datetime import UTC, datetime

from idcard.credential.calendar import seconds


def seconds_now() -> int:
    """Seconds since 1970."""
    return seconds(datetime.now(UTC))
