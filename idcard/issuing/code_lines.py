"""Lines of codes, which `idcard batch` writes and `idcard draw` reads (specs/batch.md, Output): one holder a line."""

from typing import Any

from idcard import languages, strict_json
from idcard.credential.claims import CLASS_NAME
from idcard.errors import IdcardError
from idcard.issuing.batch_line import REFERENCE_FORM
from idcard.issuing.code import Code, Issued
from idcard.strict_json import NotJson, quoted

SCHEMA = 2
MAX_LINE = 1 << 16
"""Bytes, without the line end."""
MAX_NUMBER = 9_999_999
"""The largest number of a line."""
LEVELS = ("M", "Q")
"""Those that a profile may have."""
MAX_VERSION = 40
_NAMES = {"schema", "line", "reference", "language", "codes"}
_CODE_NAMES = {"class", "text", "level", "max_version"}


class BadCodeLine(IdcardError):
    """A line that is none of codes. The text names the field, never a value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"field {field!r} {problem}")


def encode(issued: Issued) -> str:
    """One line, without its end."""
    codes = ", ".join(
        f'{{"class": {quoted(each.venue_class)}, "text": {quoted(each.text)}, '
        f'"level": {quoted(each.level)}, "max_version": {each.max_version}}}'
        for each in issued.codes
    )
    language = "null" if issued.language is None else quoted(issued.language)
    return (
        f'{{"schema": {SCHEMA}, "line": {issued.number}, "reference": {quoted(issued.reference)}, '
        f'"language": {language}, "codes": [{codes}]}}'
    )


def decode(line: bytes) -> Issued:
    """line: without its end. Whether the texts are codes of a city is not checked here. Raises BadCodeLine."""
    fields = _object(line)
    if type(fields.get("schema")) is not int or fields["schema"] != SCHEMA:
        raise BadCodeLine("schema", f"must be {SCHEMA}")
    _check_names(fields, _NAMES, "line of codes")
    reference, language = fields["reference"], fields["language"]
    if type(reference) is not str or not REFERENCE_FORM.fullmatch(reference):
        raise BadCodeLine("reference", "must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or digit")
    if language is not None and language not in languages.CODES:
        raise BadCodeLine("language", f"must be null or one of {', '.join(languages.CODES)}")
    return Issued(_number(fields, "line", MAX_NUMBER), reference, language, _codes(fields["codes"]))


def _object(line: bytes) -> dict[str, Any]:
    """The decoder's own error holds the line, so it may not even be a cause."""
    try:
        found = strict_json.decode(line) if len(line) <= MAX_LINE else None
    except NotJson:
        found = None
    if not isinstance(found, dict):
        raise BadCodeLine("line", f"is not one JSON object of at most {MAX_LINE} bytes, without a field twice")
    return found


def _codes(found: Any) -> tuple[Code, ...]:
    if type(found) is not list or not all(isinstance(each, dict) for each in found):
        raise BadCodeLine("codes", "must be a list of objects")
    codes = tuple(map(_code, found))
    if len({each.venue_class for each in codes}) != len(codes):
        raise BadCodeLine("class", "stands twice")
    return codes


def _code(fields: dict[str, Any]) -> Code:
    _check_names(fields, _CODE_NAMES, "code")
    venue_class, text, level = fields["class"], fields["text"], fields["level"]
    if type(venue_class) is not str or not CLASS_NAME.fullmatch(venue_class):
        raise BadCodeLine("class", "must be 1 to 32 of a-z 0-9 -, and begin with a letter")
    if type(text) is not str:
        raise BadCodeLine("text", "must be a text")
    if level not in LEVELS:
        raise BadCodeLine("level", f"must be one of {', '.join(LEVELS)}")
    return Code(venue_class, text, level, _number(fields, "max_version", MAX_VERSION))


def _number(fields: dict[str, Any], name: str, most: int) -> int:
    value = fields[name]
    if type(value) is not int or not 1 <= value <= most:
        raise BadCodeLine(name, f"must be 1 to {most}")
    return value


def _check_names(fields: dict[str, Any], names: set[str], what: str) -> None:
    for name in sorted(names - fields.keys()):
        raise BadCodeLine(name, "is missing")
    if fields.keys() != names:
        raise BadCodeLine("line", f"has a field that no {what} has")
