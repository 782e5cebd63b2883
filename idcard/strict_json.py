"""Reads strict JSON (RFC 8259) from files, lines and requests.

Names in an object must be distinct. Numbers and depth are limited, so the time grows only with the length. No error
and no cause of one shows any of the data.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from idcard.errors import IdcardError

MAX_DEPTH = 16
"""Most levels of nested arrays and objects."""
MAX_DIGITS = 4300
"""Most characters of a number, whose time grows with the square. The same limit of Python can be switched off."""

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[\[\]{}]', re.DOTALL)


class NotJson(IdcardError):
    """Not JSON in UTF-8, or beyond the limits of this module."""

    def __init__(self, problem: str = "this is not JSON") -> None:
        super().__init__(problem)


class RepeatedName(NotJson):
    """An object with the same name twice."""

    def __init__(self) -> None:
        super().__init__("a field stands twice")


quoted: Callable[[str], str] = json.encoder.encode_basestring
"""A string as it stands in JSON, with its quotes."""


def encode(value: Any, *, indent: int | None = None) -> str:
    """Text without a line end. indent: blanks for each level, one line without. Raises ValueError for no number."""
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)


def decode(data: bytes | str) -> Any:
    """Raises NotJson, RepeatedName. Callers bound the size."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        if _is_shallow(text):
            return _DECODER.decode(text)
    except ValueError:  # it quotes the data
        pass
    raise NotJson


def _is_shallow(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return True
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return False
        elif found[0] in "]}":
            depth -= 1
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RepeatedName
    return fields


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJson
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= MAX_DIGITS else float("inf")
    if value in (float("inf"), float("-inf")):
        raise NotJson
    return value


def _refuse(constant: str) -> NoReturn:
    """NaN and infinities, which JSON does not have."""
    raise NotJson


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_refuse)
