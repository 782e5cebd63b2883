"""The HTTP interface of the desk page (specs/desk.md): routes, checks and answers."""

import json
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from idcard import languages, strict_json
from idcard.languages import Language
from idcard.pictures import NotAPicture, TooLarge
from idcard.strict_json import NotJson
from idcard_cli import terminal, verdict_in_words
from idcard_cli.desk import guard, pictures, words
from idcard_cli.desk.guard import Guard
from idcard_cli.desk.session import Request, Session

FILES = {
    "desk.js": "text/javascript",
    "keys.js": "text/javascript",
    "camera.js": "text/javascript",
    "sound.js": "text/javascript",
    "desk.css": "text/css",
    "icon.svg": "image/svg+xml",
}
"""The files of the page, read once: no name in a request ever leads to a file."""


def create(counter: Session, port: int, venue_class: str, language: str) -> flask.Flask:
    """The WSGI application. venue_class: of this desk; empty if the page asks. language: at the start."""
    app = flask.Flask(__name__, static_folder=None, template_folder=".")
    app.config["MAX_CONTENT_LENGTH"] = pictures.MAX_SIZE
    _guard(app, Guard(port))
    _answer_failures(app)
    _serve_page(app, venue_class, language)
    _serve_desk(app, counter, language)
    return app


def _guard(app: flask.Flask, allowed: Guard) -> None:
    @app.before_request
    def refuse_others() -> None:
        headers = flask.request.headers
        if not allowed.allows(
            flask.request.method, headers.get("Host"), headers.get("Origin"), headers.get("Sec-Fetch-Site")
        ):
            flask.abort(403)

    @app.after_request
    def keep_to_itself(answer: flask.Response) -> flask.Response:
        answer.headers.update(guard.HEADERS)
        return answer


def _answer_failures(app: flask.Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> flask.Response:
        """Answer without a text: the page knows why, and nobody else needs to."""
        return flask.Response(status=problem.code or 500)

    @app.errorhandler(Exception)
    def failed(problem: Exception) -> flask.Response:
        terminal.say(f"internal error ({type(problem).__name__}); this says nothing about a card")
        return _json(verdict_in_words.failed(_venue_class()).as_json(), 500)


def _serve_page(app: flask.Flask, venue_class: str, language: str) -> None:
    folder = resources.files(__package__ or "")
    contents = {name: folder.joinpath(name).read_bytes() for name in FILES}

    @app.get("/")
    def page() -> str:
        return flask.render_template(
            "page.html",
            **words.of(languages.get(language)),
            venue_class=venue_class,
            languages=[languages.get(code) for code in languages.CODES],
        )

    @app.get("/<any(" + ", ".join(f"'{name}'" for name in FILES) + "):name>")
    def file(name: str) -> flask.Response:
        return flask.Response(contents[name], mimetype=FILES[name])


def _serve_desk(app: flask.Flask, counter: Session, language: str) -> None:
    def request() -> Request:
        return Request(_venue_class(), _language(language), datetime.now(UTC))

    @app.get("/words")
    def in_words() -> flask.Response:
        asked = request()
        told = counter.in_words(flask.request.args.get("reason", ""), asked)
        refusal = None if told is None else {"message": told[0], "remedy": told[1]}
        return _json(words.of(asked.language) | {"refusal": refusal})

    @app.get("/status")
    def status() -> flask.Response:
        return _json(counter.status(request()))

    @app.post("/scan")
    def scan() -> flask.Response:
        typed = _typed(_body())
        if typed is None:
            flask.abort(400)
        return _json(counter.scan(*typed, request()))

    @app.post("/frame")
    def frame() -> flask.Response:
        return _picture(counter, request(), moving=True)

    @app.post("/photo")
    def photo() -> flask.Response:
        return _picture(counter, request(), moving=False)

    @app.post("/trust")
    def trust() -> flask.Response:
        return _json(counter.take(_body(), request()))


def _picture(counter: Session, request: Request, *, moving: bool) -> flask.Response:
    try:
        told = counter.picture(_body(), request, moving=moving)
    except NotAPicture:
        flask.abort(415)
    except TooLarge:
        flask.abort(413)
    return flask.Response(status=204) if told is None else _json(told)


def _typed(body: bytes) -> tuple[str, str] | None:
    """The typed text, and the same keys on a US keyboard; None if the body is no scan."""
    try:
        told = strict_json.decode(body)
    except NotJson:
        return None
    match told:
        case {"text": str() as text, "on_us": str() as on_us}:
            return text, on_us
    return None


def _body() -> bytes:
    """The body, read into memory and never as a form, whose files Werkzeug would write to the disk."""
    return flask.request.get_data(cache=False, parse_form_data=False)


def _venue_class() -> str:
    return flask.request.args.get("class", "")


def _language(otherwise: str) -> Language:
    code = flask.request.args.get("language", otherwise)
    return languages.get(code if code in languages.CODES else otherwise)


def _json(body: dict[str, Any], status: int = 200) -> flask.Response:
    return flask.Response(json.dumps(body), status, mimetype="application/json")
