"""What `idcard serve` says of itself, as OpenAPI 3.1 (specs/serve.md)."""

from importlib import metadata
from typing import Any

from idcard import languages
from idcard.errors import Outcome, Reason
from idcard_cli.verdict_in_words import INTERNAL_ERROR, NO_TRUST_FILE

MAX_BODY = 16_384
"""Bytes."""
MAX_TEXT = 4096
"""Characters."""
_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_TRUE_OR_FALSE: dict[str, Any] = {"type": "boolean"}


def document() -> dict[str, Any]:
    """The whole description, as an object."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "idcard serve", "version": metadata.version("municipal-idcard")},
        "paths": {
            "/verify": {"post": _verify()},
            "/openapi.json": {
                "get": {"operationId": "describe", "responses": {"200": _answer("This object.", {"type": "object"})}}
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Scan": _scan(), "Verdict": _verdict(), "Error": _object({"error": _TEXT})},
        },
    }


def _verify() -> dict[str, Any]:
    error = {"$ref": "#/components/schemas/Error"}
    verdict = {"$ref": "#/components/schemas/Verdict"}
    return {
        "operationId": "verify",
        "summary": "May this class of venue accept the code, now?",
        "security": [{"token": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Scan"}}},
        },
        "responses": {
            "200": _answer("A verdict: accept, reject or cannot say.", verdict),
            "400": _answer("The body is no such object.", error),
            "401": _answer("No token, or another one.", error),
            "403": {"description": "Not from a program of this computer."},
            "413": _answer("The body is too large.", error),
            "415": _answer("The body is not announced as JSON.", error),
            "500": _answer("The program failed, which says nothing about a card.", verdict),
        },
    }


def _scan() -> dict[str, Any]:
    fields = {"text": _TEXT | {"maxLength": MAX_TEXT}, "class": _TEXT}
    language = {"language": {"type": "string", "enum": list(languages.CODES)}}
    return {"type": "object", "properties": fields | language, "required": [*fields], "additionalProperties": False}


def _verdict() -> dict[str, Any]:
    reasons = [*map(str, Reason), INTERNAL_ERROR, NO_TRUST_FILE, None]
    always: dict[str, Any] = {
        "schema": {"const": 1},
        "outcome": {"enum": [*map(str, Outcome)]},
        "reason": {"enum": reasons},
        "message": _TEXT,
        "remedy": _TEXT,
        "class": _TEXT,
        "proven": _TEXTS,
        "expires": {"type": ["string", "null"], "format": "date-time"},
        "trust_age_days": {"type": ["integer", "null"]},
        "stale": {"type": ["boolean", "null"]},
        "environment": {"enum": ["production", "test", None]},
        "photo_check": _TRUE_OR_FALSE,
    }
    sometimes = {"date_looks_wrong": _TRUE_OR_FALSE, "undone": _TEXTS, "advice": _TEXTS}
    return _object(always) | {"properties": always | sometimes}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": [*fields]}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
