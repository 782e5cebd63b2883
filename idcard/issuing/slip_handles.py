"""The handles of a slip, one for each venue class, for minting without the secret (specs/handles.md, The handle)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idcard import strict_json
from idcard.city.plan import Plan
from idcard.city.profile import Kind
from idcard.credential import calendar
from idcard.credential.claims import CLASS_NAME, HANDLE_SIZE
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.issuing.minting import BadHandle
from idcard.issuing.slips import Slip, SlipError
from idcard.strict_json import NotJson

SCHEMA = 1
MAX_SIZE = 65536
_NAMES = {"schema", "city", "environment", "until", "handles"}
_ENVIRONMENTS = {str(each): each for each in Environment}
_HANDLE = re.compile(rf"[0-9a-f]{{{2 * HANDLE_SIZE}}}")


@dataclass(frozen=True, slots=True)
class Handles:
    """The handles of one card. until: the month on whose first day its last code has expired."""

    scope: Scope
    until: int
    by_class: Mapping[str, bytes] = field(repr=False)

    def of(self, venue_class: str, exp: int) -> bytes:
        """The handle of a code that expires at `exp`. Raises BadHandle."""
        handle = self.by_class.get(venue_class)
        if handle is None:
            raise BadHandle(f"the handles have none for {venue_class!r}: make a new slip")
        if exp > calendar.noon_of_first(self.until):
            raise BadHandle(f"the code for {venue_class!r} would outlive its slip: make a new slip")
        return handle


def of(slip: Slip, plan: Plan) -> Handles:
    """A handle for each `revocable` class of the city."""
    classes = (each for each in plan.classes if each.profile.kind is Kind.REVOCABLE)
    return Handles(slip.scope, slip.until, {each.profile.venue_class: slip.handle(each.number) for each in classes})


def encode(handles: Handles) -> str:
    """One JSON object in one line."""
    fields = {
        "schema": SCHEMA,
        "city": handles.scope.city,
        "environment": str(handles.scope.environment),
        "until": calendar.as_month(handles.until),
        "handles": {name: handle.hex() for name, handle in handles.by_class.items()},
    }
    return strict_json.encode(fields) + "\n"


def decode(text: str) -> Handles:
    """Raises SlipError."""
    try:
        fields = strict_json.decode(text)
    except NotJson:
        fields = None
    return of_fields(fields)


def of_fields(fields: Any) -> Handles:
    """Handles from a parsed JSON object. Raises SlipError."""
    try:
        handles = _of_fields(fields)
    except Malformed:
        handles = None
    if handles is None:
        raise SlipError("these are not the handles of a slip, or they are damaged: make a new slip")
    return handles


def _of_fields(fields: Any) -> Handles | None:
    if type(fields) is not dict or fields.keys() != _NAMES or type(fields["schema"]) is not int:
        return None
    city, environment, until, by_class = (fields[name] for name in ("city", "environment", "until", "handles"))
    if fields["schema"] != SCHEMA or not type(city) is type(environment) is type(until) is str:
        return None
    if environment not in _ENVIRONMENTS or type(by_class) is not dict or not all(map(_is_handle, by_class.items())):
        return None
    return Handles(
        Scope(_ENVIRONMENTS[environment], city),
        calendar.parse_month(until),
        {name: bytes.fromhex(handle) for name, handle in by_class.items()},
    )


def _is_handle(item: tuple[str, Any]) -> bool:
    name, value = item
    return CLASS_NAME.fullmatch(name) is not None and type(value) is str and _HANDLE.fullmatch(value) is not None
