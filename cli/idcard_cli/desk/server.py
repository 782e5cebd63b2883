"""The one module of the house that opens a socket: on the loopback address, for the browser of this computer."""

import logging
import socket
import webbrowser

import click
import flask
import waitress

from idcard_cli.desk import pictures

ADDRESS = "127.0.0.1"
_THREADS = 4
_CONNECTIONS = 40
"""A browser opens six. Each can hold a body of MAX_SIZE in memory."""


def listen(port: int) -> socket.socket:
    """Raises UsageError where another program has the port. A desk that ended a moment ago does not keep it."""
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as problem:
        raise click.UsageError(
            f"port {port} cannot be had ({(problem.strerror or 'failed').lower()}); is a desk running already? "
            "--port takes another"
        ) from None


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def serve(app: flask.Flask, listening: socket.socket) -> None:
    """Until Ctrl-C. Nothing is logged, and no body goes to a file."""
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    waitress.serve(
        app,
        sockets=[listening],
        threads=_THREADS,
        connection_limit=_CONNECTIONS,
        max_request_body_size=pictures.MAX_SIZE + 1,
        inbuf_overflow=2 * pictures.MAX_SIZE,
        ident="",
        _quiet=True,
    )


def show(address: str) -> None:
    webbrowser.open(address)
