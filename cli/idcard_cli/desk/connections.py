"""What a connection may cost the desk (specs/desk.md, Connections): waitress's channel under four rules more.

waitress reads whole bodies before the program sees a request, counts each letter that comes as a sign of life, takes
no new connection while all places are held, and closes at once behind an answer that refuses. So whoever may connect,
which is every account and every web page of this computer, could fill its places or its memory without being allowed
a single request. Here the guard is asked when the head of a request has come, patience ends whatever trickles in,
and where places or memory run out, whoever has waited the longest goes.
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

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = 200
"""Connections at a time. With the program's own files fewer than macOS (256) and Windows (512) let a program hold."""
PATIENCE = 10.0
"""Seconds in which a whole request has to come, from the opening of the connection or from the last answer on."""
MAX_HELD = 32 << 20
"""Bytes of bodies in memory, of all connections together: sixteen of the largest."""


class Connections:
    """All that are open. Changed by the loop of the server alone, not by the threads that answer."""

    def __init__(self, allowed: Guard) -> None:
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
    """Whether there was one that waits for its client, and not the client for it."""
    longest = min(filter(_Channel.waits, channels), key=lambda each: each.waiting_since, default=None)
    if longest is None:
        return False
    longest.end()
    return True


class _Forbidden(Error):
    """As the program itself answers whom the guard does not allow."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], Any]:
        return "403 Forbidden", list(guard.HEADERS.items()), b""


class _Request(HTTPRequestParser):
    def __init__(self, allowed: Guard, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._allowed = allowed

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        told = self.headers.get
        method: Any = self.command
        if not self._allowed.allows(method, told("HOST"), told("ORIGIN"), told("SEC_FETCH_SITE")):
            self.error = _Forbidden("")
            # It ends here: nothing more of it is read, and nobody is told to go on.
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
        """Bytes of bodies that are in memory."""
        reading = [] if self.request is None else [self.request]
        return sum(each.body_bytes_received for each in (*self.requests, *reading))

    def end(self) -> None:
        """Now, whatever the client does: a socket that is shut down can be written to, so the loop closes it next."""
        self._ended = self.will_close = True
        self._connections.forget(self)
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> bool:
        """Whether there was still something to shut."""
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
        """After the last answer the client closes first (RFC 9112, 9.6): what it still sends is thrown away, because a
        socket that is closed before all has been read takes the answer from whoever has not read it yet.
        """
        if self.will_close and self.connected and not self._ended:
            self.will_close, self._lingers = False, True
            if self._shut(socket.SHUT_WR):
                return
        self._connections.forget(self)
        super().handle_close()
