"""Serves the desk page on the loopback address: no other module of the product listens on a socket."""

import logging
import socket
import webbrowser
from typing import Any

import click
import flask
import waitress.server

from idcard_cli.desk import pictures
from idcard_cli.desk.connections import PLACES, Connections
from idcard_cli.desk.guard import Guard
from idcard_cli.desk.till_guard import TillGuard

ADDRESS = "127.0.0.1"
_THREADS = 4
_MAX_HEAD = 1 << 15
"""Most bytes of the head of a request: a browser also sends cookies of other programs of this computer."""


def listen(port: int) -> socket.socket:
    """Raises UsageError if another program uses the port. A desk that ended a moment ago does not block it."""
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as problem:
        raise click.UsageError(
            f"port {port} cannot be used ({(problem.strerror or 'failed').lower()}); is a desk running already? "
            "choose another with --port"
        ) from None


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def serve(app: flask.Flask, listening: socket.socket, allowed: Guard | TillGuard | None = None) -> None:
    """Serve until Ctrl-C. Nothing is logged, and no body is written to a file. allowed: None for the page's guard."""
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    server: Any = waitress.server.create_server(
        app,
        sockets=[listening],
        threads=_THREADS,
        connection_limit=2 * PLACES,  # never reached: Connections makes room
        max_request_header_size=_MAX_HEAD,
        max_request_body_size=pictures.MAX_SIZE + 1,
        inbuf_overflow=2 * pictures.MAX_SIZE,
        # The answers to requests that come in one piece stay below the 16 MiB at which waitress waits for a client.
        recv_bytes=1 << 14,
        ident="",
    )
    server.channel_class = Connections(allowed or Guard(port_of(listening))).channel
    server.run()


def show(address: str) -> None:
    webbrowser.open(address)
