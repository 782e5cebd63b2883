"""The name of the time zone in which people of a city read times (specs/keys.md, The plan)."""

import re

from idcard.errors import Malformed

UTC = "UTC"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")


def check(name: str) -> str:
    """Raises Malformed unless it can be an IANA name; whether there is such a zone, the system knows."""
    if not _NAME.fullmatch(name):
        raise Malformed("a time zone is written like Europe/Berlin or UTC")
    return name
