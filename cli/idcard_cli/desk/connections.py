"""Limits what a connection may cost the desk (specs/desk.md, Connections), in addition to waitress's own limits.

waitress reads whole bodies before the program sees a request, restarts its timeout with each byte, accepts no new
connection while all places are in use, and closes at once after an answer that refuses. Every account and every web
page of this computer can connect, and so could use up places or memory without a single allowed request. Here the
guard is asked as soon as the head of a request has arrived, a slow request is ended after a fixed time, and if places
or memory run out, the connection that has waited longest is closed.
"""

import math
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask
from waitress.utilities import Error

from idcard_cli.desk import guard
from idcard_cli.desk.guard import Guard
from idcard_cli.desk.till_guard import TillGuard

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = 200
"""Most connections at a time. With the program's own files, below the limits of macOS (256) and Windows (512)."""
PATIENCE = 10.0
"""Seconds for a whole request, from the opening of the connection or from the last answer on."""
MAX_HELD = 32 << 20
"""Most bytes of bodies in memory, of all connections together: sixteen of the largest."""


class Connections:
    """The open connections. Changed only by the loop of the server, not by the threads that answer."""

    def __init__(self, allowed: Guard | TillGuard) -> None:
        self.allowed = allowed
        self._open: set[_Channel] = set()

    def channel(self, *arguments: Any, **options: Any) -> HTTPChannel:
        """The channel of a new connection, as the server makes them."""
        channel = _Channel(self, *arguments, **options)
        self._open.add(channel)
        self.make_room()
        return channel

    def make_room(self) -> None:
        while len(self._open) > PLACES and _end_longest(self._open):
            pass
        while sum(each.held() for each in self._open) > MAX_HELD and _end_longest(filter(_Channel.held, self._open)):
            pass

    def forget(self, channel: "_Channel") -> None:
        self._open.discard(channel)


def _end_longest(channels: "Iterable[_Channel]") -> bool:
    """End the connection that has waited longest for its client. Whether there was one."""
    longest = min(filter(_Channel.waits, channels), key=lambda each: each.waiting_since, default=None)
    if longest is None:
        return False
    longest.end()
    return True


class _Forbidden(Error):
    """The answer that the program gives to requests that the guard does not allow."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], Any]:
        return "403 Forbidden", list(guard.HEADERS.items()), b""


class _Request(HTTPRequestParser):
    def __init__(self, allowed: Guard | TillGuard, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._allowed = allowed

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        told = self.headers.get
        method: Any = self.command
        if not self._allowed.allows(method, told("HOST"), told("ORIGIN"), told("SEC_FETCH_SITE")):
            self.error = _Forbidden("")
            # The request ends here: nothing more of it is read, and no "100 Continue" is sent.
            self.body_rcv, self.content_length, self.expect_continue = None, 0, False


class _Task(WSGITask):
    def build_response_header(self) -> bytes:
        if self.status.startswith(("4", "5")):
            self.set_close_on_finish()
        return super().build_response_header()


class _Channel(HTTPChannel):
    """waiting_since: of time.monotonic(); infinite while a request is answered."""

    task_class = _Task

    def __init__(self, connections: Connections, *arguments: Any, **options: Any) -> None:
        self.waiting_since = time.monotonic()
        self._connections = connections
        self._lingers = False
        self._ended = False
        super().__init__(*arguments, **options)
        self.parser_class: Any = partial(_Request, connections.allowed)

    def waits(self) -> bool:
        return not self.requests and self.waiting_since < math.inf

    def held(self) -> int:
        """Bytes of bodies in memory."""
        reading = [] if self.request is None else [self.request]
        return sum(each.body_bytes_received for each in (*self.requests, *reading))

    def end(self) -> None:
        """Close now, whatever the client does: the loop sees a socket that is shut down as writable and closes it."""
        self._ended = self.will_close = True
        self._connections.forget(self)
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> bool:
        """Shut down the socket. Whether it was still open."""
        try:
            if self.socket is not None:
                self.socket.shutdown(how)
            return self.socket is not None
        except OSError:
            return False

    # ---- called by waitress ----

    def readable(self) -> bool:
        if not self._ended and self.waits() and time.monotonic() - self.waiting_since > PATIENCE:
            self.end()
        return super().readable()

    def received(self, data: bytes) -> bool:
        if self._lingers:
            return False
        taken = super().received(data)
        self._connections.make_room()
        return taken

    def service(self) -> None:
        self.waiting_since = math.inf
        super().service()
        self.waiting_since = time.monotonic()

    def handle_close(self) -> None:
        """After the last answer, let the client close first (RFC 9112, 9.6) and drop what it still sends.

        A socket that is closed with unread data would destroy an answer that the client has not read yet.
        """
        if self.will_close and self.connected and not self._ended:
            self.will_close, self._lingers = False, True
            if self._shut(socket.SHUT_WR):
                return
        self._connections.forget(self)
        super().handle_close()
