"""The HTTP interface of `idcard serve` (specs/serve.md): routes, checks and answers."""

import json
import secrets
import threading
from datetime import UTC, datetime
from typing import Any

import click
import flask
from werkzeug.exceptions import HTTPException

from idcard import languages, strict_json
from idcard.errors import Refused
from idcard.strict_json import NotJson
from idcard.verify import verdict
from idcard.verify.verdict import Verdict
from idcard_cli import terminal, verdict_in_words
from idcard_cli.desk import guard, openapi
from idcard_cli.desk.openapi import MAX_BODY, MAX_TEXT
from idcard_cli.desk.till_guard import TillGuard
from idcard_cli.venue.trust_in_use import TrustInUse

_SAYS = {
    400: 'the body is not a JSON object with "text" and "class", and nothing else but "language"',
    401: "Authorization is not Bearer and the token of the token file",
    404: "there are POST /verify and GET /openapi.json",
    405: "there are POST /verify and GET /openapi.json",
    413: f"the body has more than {MAX_BODY} bytes",
    415: "Content-Type is not application/json",
}


class Till:
    """Judges texts by the trust file of this computer; several threads may use it."""

    def __init__(self, in_use: TrustInUse) -> None:
        self._in_use = in_use
        self._lock = threading.Lock()

    def judge(self, text: str, venue_class: str, language: str) -> Verdict:
        translate, now = languages.get(language).translate, datetime.now(UTC)
        try:
            with self._lock:
                verifier = self._in_use.verifier(now)
        except Refused as refused:
            return verdict.of_refusal(refused, venue_class, None, now, translate)
        except (OSError, click.UsageError):
            return verdict_in_words.without_trust_file(venue_class, translate)
        return verdict.judge_typed(verifier, text, venue_class, now=now, translate=translate)[1]


def create(till: Till, allowed: TillGuard, token: str) -> flask.Flask:
    """The WSGI application."""
    app = flask.Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    described = openapi.document()
    guard.protect(app, allowed.allows)
    _answer_failures(app)

    @app.get("/openapi.json", provide_automatic_options=False)
    def describe() -> flask.Response:
        return _json(described)

    @app.post("/verify", provide_automatic_options=False)
    def verify() -> flask.Response:
        given = flask.request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not secrets.compare_digest(given, f"Bearer {token}".encode("ascii")):
            flask.abort(401)
        if flask.request.mimetype != "application/json":
            flask.abort(415)
        asked = _asked(flask.request.get_data(cache=False, parse_form_data=False))
        if asked is None:
            flask.abort(400)
        text, venue_class, language = asked
        return _json(till.judge(text, venue_class, language).as_json(languages.get(language).translate))

    return app


def _asked(body: bytes) -> tuple[str, str, str] | None:
    """Text, class and language; None for a body that is something else."""
    try:
        match strict_json.decode(body):
            case {"text": str() as text, "class": str() as venue_class, **more} if len(text) <= MAX_TEXT:
                language = more.pop("language", "en")
                if not more and isinstance(language, str) and language in languages.CODES:
                    return text, venue_class, language
    except NotJson:
        pass
    return None


def _answer_failures(app: flask.Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> flask.Response:
        status = problem.code or 500
        if status not in _SAYS:
            return flask.Response(status=status)
        answer = _json({"error": _SAYS[status]}, status)
        if status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if status == 405:
            answer.headers["Allow"] = ", ".join(getattr(problem, "valid_methods", None) or ())
        return answer

    @app.errorhandler(Exception)
    def failed(problem: Exception) -> flask.Response:
        terminal.say(f"internal error ({type(problem).__name__}); this says nothing about a card")
        return _json(verdict_in_words.failed("").as_json(), 500)


def _json(body: dict[str, Any], status: int = 200) -> flask.Response:
    return flask.Response(json.dumps(body), status, mimetype="application/json")
