"""The HTTP interface of the desk page (specs/desk.md): routes, checks and answers."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from idcard import languages, strict_json
from idcard.pictures import NotAPicture, TooLarge
from idcard.strict_json import NotJson
from idcard_cli import terminal, verdict_in_words
from idcard_cli.desk import file_kind, guard, photo_check, pictures, second_start, words
from idcard_cli.desk.answers import Request
from idcard_cli.desk.guard import Guard
from idcard_cli.desk.last_choices import LastChoices
from idcard_cli.desk.second_start import RunningDesk
from idcard_cli.desk.session import Session

FILES = {
    "desk.js": "text/javascript",
    "first_run.js": "text/javascript",
    "lone_letter.js": "text/javascript",
    "photo_check.js": "text/javascript",
    "report.js": "text/javascript",
    "screens.js": "text/javascript",
    "sentences.js": "text/javascript",
    "keys.js": "text/javascript",
    "camera.js": "text/javascript",
    "sound.js": "text/javascript",
    "desk.css": "text/css",
    "icon.svg": "image/svg+xml",
}
"""The files of the page, read once: no name in a request ever leads to a file."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a desk was started. venue_class: that of `--for`; empty if the page asks. language: empty if not named."""

    venue_class: str = ""
    language: str = ""
    choices: LastChoices = field(default_factory=lambda: LastChoices(None))
    running: RunningDesk | None = None

    def first_language(self) -> str:
        return self.language or self.choices.held.language or "en"

    def request(self) -> Request:
        """What the request that is answered asks for."""
        code = flask.request.args.get("language", "")
        chosen = languages.get(code if code in languages.CODES else self.first_language())
        return Request(_venue_class(), chosen, datetime.now(UTC))


def create(counter: Session, port: int, start: Start) -> flask.Flask:
    """The WSGI application."""
    app = flask.Flask(__name__, static_folder=None, template_folder=".")
    app.config["MAX_CONTENT_LENGTH"] = pictures.MAX_SIZE
    guard.protect(app, Guard(port).allows)
    _answer_failures(app)
    _serve_page(app, start)
    _serve_codes(app, counter, start)
    _serve_files(app, counter, start)
    _serve_desk(app, counter, start)
    return app


def _answer_failures(app: flask.Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> flask.Response:
        """Answer without a text: the page knows why, and nobody else needs to."""
        return flask.Response(status=problem.code or 500)

    @app.errorhandler(Exception)
    def failed(problem: Exception) -> flask.Response:
        terminal.say(f"internal error ({type(problem).__name__}); this says nothing about a card")
        return _json(verdict_in_words.failed(_venue_class()).as_json(), 500)


def _serve_page(app: flask.Flask, start: Start) -> None:
    folder = resources.files(__package__ or "")
    contents = {name: folder.joinpath(name).read_bytes() for name in FILES}

    @app.get("/")
    def page() -> str:
        return flask.render_template(
            "page.html",
            **words.of(languages.get(start.first_language())),
            venue_class=start.venue_class,
            chosen=start.choices.held,
            languages=[languages.get(code) for code in languages.CODES],
        )

    @app.get("/<any(" + ", ".join(f"'{name}'" for name in FILES) + "):name>")
    def file(name: str) -> flask.Response:
        return flask.Response(contents[name], mimetype=FILES[name])


def _serve_codes(app: flask.Flask, counter: Session, start: Start) -> None:
    @app.post("/scan")
    def scan() -> flask.Response:
        match {"silence": 0} | (body if isinstance(body := _object(), dict) else {}):
            case {"text": str() as text, "on_us": str() as on_us, "silence": int() as silence}:
                told = counter.scan(text, on_us, start.request(), silence=silence)
            case _:
                flask.abort(400)
        return _json(told)

    @app.post("/frame")
    def frame() -> flask.Response:
        return _picture(counter, start.request(), moving=True)

    @app.post("/photo")
    def photo() -> flask.Response:
        return _picture(counter, start.request(), moving=False)

    @app.post("/confirm")
    def confirm() -> flask.Response:
        match _object():
            case {"question": str() as question, "answer": str() as answer} if answer in photo_check.ANSWERS:
                told = counter.confirm(question, answer)
            case _:
                flask.abort(400)
        return _json(told)


def _serve_files(app: flask.Flask, counter: Session, start: Start) -> None:
    @app.post("/trust")
    def trust() -> flask.Response:
        return _json(counter.take(_body(), start.request()))

    @app.post("/kind")
    def kind() -> flask.Response:
        return _json(file_kind.told(_body(), start.request()))

    @app.post("/install")
    def install() -> flask.Response:
        file, given = _body(), flask.request.args
        if ("fingerprint" in given) is (given.get("in_person") == "yes"):
            flask.abort(400)
        told = counter.install(file, given.get("fingerprint"), given.get("code", ""), start.request())
        return flask.Response(status=409) if told is None else _json(told)


def _serve_desk(app: flask.Flask, counter: Session, start: Start) -> None:
    @app.get("/words")
    def in_words() -> flask.Response:
        asked = start.request()
        told = counter.in_words(flask.request.args.get("reason", ""), asked)
        refusal = None if told is None else {"message": told[0], "remedy": told[1]}
        return _json(words.of(asked.language) | {"refusal": refusal})

    @app.get("/status")
    def status() -> flask.Response:
        return _json(counter.status(start.request()))

    @app.get("/tally")
    def tally() -> flask.Response:
        return _json(counter.tally(start.request()))

    @app.get("/running")
    def running() -> flask.Response:
        proof = start.running and start.running.proof(flask.request.args.get("challenge", ""))
        if proof is None:
            flask.abort(404)
        return _json({"schema": second_start.SCHEMA, "proof": proof})

    @app.post("/settings")
    def settings() -> flask.Response:
        if not start.choices.change(_object()):
            flask.abort(400)
        return flask.Response(status=204)


def _picture(counter: Session, request: Request, *, moving: bool) -> flask.Response:
    try:
        told = counter.picture(_body(), request, moving=moving)
    except NotAPicture:
        flask.abort(415)
    except TooLarge:
        flask.abort(413)
    return flask.Response(status=204) if told is None else _json(told)


def _object() -> Any:
    """The body as JSON; None if it is none."""
    try:
        return strict_json.decode(_body())
    except NotJson:
        return None


def _body() -> bytes:
    """The body, read into memory and never as a form, whose files Werkzeug would write to the disk."""
    return flask.request.get_data(cache=False, parse_form_data=False)


def _venue_class() -> str:
    return flask.request.args.get("class", "")


def _json(body: dict[str, Any], status: int = 200) -> flask.Response:
    return flask.Response(json.dumps(body), status, mimetype="application/json")
