"""Writes the object of a verdict (specs/verify.md, As JSON): the one place that has its names."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

SCHEMA = 1


class Situation(NamedTuple):
    """In which a code was judged. venue_class: that was asked for.

    The others are None where no trust file holds. trust_age_days: whole days since the trust file was made. stale: a
    newer one was due. environment: `production` or `test`. date_looks_wrong: specs/verify.md, Clock.
    """

    venue_class: str = ""
    trust_age_days: int | None = None
    stale: bool | None = None
    environment: str | None = None
    date_looks_wrong: bool = False


class Proof(NamedTuple):
    """What only an acceptance has: names of what is proven, the first instant of invalidity, a request to the clerk."""

    proven: Iterable[str] = ()
    expires: datetime | None = None
    photo_check: bool = False


NOTHING = Proof()
"""Of a refusal."""


def written(
    outcome: str, reason: str | None, words: tuple[str, str], situation: Situation, proof: Proof = NOTHING
) -> dict[str, Any]:
    """All names that are always there, in their order. words: message and remedy."""
    message, remedy = words
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "outcome": str(outcome),
        "reason": None if reason is None else str(reason),
        "message": message,
        "remedy": remedy,
        "class": situation.venue_class,
        "proven": list(proof.proven),
        "expires": proof.expires and f"{proof.expires:%Y-%m-%dT%H:%M:%SZ}",
        "trust_age_days": situation.trust_age_days,
        "stale": situation.stale,
        "environment": situation.environment,
        "photo_check": proof.photo_check,
    }
    return fields | ({"date_looks_wrong": True} if situation.date_looks_wrong else {})
