"""What the page asks with every request, and the objects that it is answered with (specs/desk.md, Requests)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idcard.errors import Reason, Refused
from idcard.languages import Language

SCHEMA = 1
TAKEN, REFUSED, COLLECTING, OFFERED = "taken", "refused", "collecting", "offered"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What every request has. venue_class: may be empty. now: the time of the request."""

    venue_class: str
    language: Language
    now: datetime


def update(kind: str, message: str, remedy: str, reason: Reason | None = None, **more: Any) -> Object:
    """On a trust file. kind: one of the four above. message, remedy: translated."""
    named = None if reason is None else reason.value
    return {"schema": SCHEMA, "update": kind, "reason": named, "message": message, "remedy": remedy, **more}


def refused(problem: Refused, request: Request) -> Object:
    return update(REFUSED, *problem.in_words(request.language.isolating), problem.reason)


def refuse_update(message: str, remedy: str, request: Request) -> Object:
    """For what only a desk refuses. message, remedy: in English."""
    return update(REFUSED, request.language.isolating(message), request.language.isolating(remedy))


def file_is(kind: str, message: str, remedy: str, request: Request) -> Object:
    """What a file is that is of no use here. message, remedy: in English."""
    translate = request.language.isolating
    return {"schema": SCHEMA, "file": kind, "message": translate(message), "remedy": translate(remedy)}
