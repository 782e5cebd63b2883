"""Whoever may connect, and nothing else, cannot keep the clerk from an answer (specs/desk.md, Connections)."""

import http.client
import json
import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desks import Desk, Venue, running
from idcard_cli.desk import pictures

resource = pytest.importorskip("resource", reason="needs limits as Unix has them")
MIB = 1024
"""In KiB."""
LIKE_MACOS = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
IMPATIENT = "from idcard_cli.desk import connections; connections.PATIENCE = 0.5\n"
STEPS = 600
"""After which what has not come will not come, each of at most a tenth of a second."""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    return Venue.at(tmp_path_factory.mktemp("venue"), datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(venue: Venue) -> Iterator[Desk]:
    """With as few open files as the program is ever given."""
    with running("--memory", venue.memory_path, prelude=LIKE_MACOS) as desk:
        yield desk


def head(desk: Desk, first: str = "POST /frame HTTP/1.1", **headers: object) -> bytes:
    told = {"Host": f"127.0.0.1:{desk.port}", "Origin": desk.origin} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
    return "\r\n".join((first, *lines, "", "")).encode()


@contextmanager
def connections(desk: Desk, count: int) -> Iterator[list[socket.socket]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, hard))
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", desk.port), timeout=30)) for _ in range(count)
        ]


def answered(desk: Desk, venue: Venue) -> None:
    """As the page asks; the sockets of a page are like everybody's."""
    with closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)) as page:
        page.request("GET", "/status")
        assert json.loads(page.getresponse().read())["level"] == "ok"
        body = json.dumps({"text": venue.city.code("library"), "on_us": ""})
        page.request("POST", "/scan?class=library", body, {"Origin": desk.origin})
        assert json.loads(page.getresponse().read())["outcome"] == "accept"


def said(raw: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    return b"".join(iter(lambda: raw.recv(1 << 16), b""))


def test_idle_and_trickling_connections_keep_nobody_out(desk: Desk, venue: Venue) -> None:
    with connections(desk, 400) as opened:
        trickling = [(raw, iter(head(desk, X=str(number)))) for number, raw in enumerate(opened[200:])]
        for _ in range(5):
            for raw, letters in trickling:
                with suppress(ConnectionError):
                    raw.sendall(bytes([next(letters)]))
            answered(desk, venue)


def sockets(desk: Desk) -> int:
    """How many the program has open, the one on which it listens among them."""
    found = 0
    for each in Path(f"/proc/{desk.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += os.readlink(each).startswith("socket:")
    return found


def idle(desk: Desk) -> Iterator[bytes]:
    while True:
        yield b""


def trickling_head(desk: Desk) -> Iterator[bytes]:
    yield head(desk)[:-2] + b"X: "
    while True:
        yield b"x"


def trickling_body(desk: Desk) -> Iterator[bytes]:
    yield head(desk, Content_Length=STEPS + 1)
    while True:
        yield b"x"


def trickling_behind_a_refusal(desk: Desk) -> Iterator[bytes]:
    yield head(desk, Host="evil.example")
    while True:
        yield b"x"


def never_reading(desk: Desk) -> Iterator[bytes]:
    yield head(desk, "GET /desk.js HTTP/1.1") * 1000
    while True:
        yield b""


CLIENTS = [idle, trickling_head, trickling_body, trickling_behind_a_refusal, never_reading]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda it: it.__name__)
def test_patience_ends(venue: Venue, client: Callable[[Desk], Iterator[bytes]]) -> None:
    """Even of a client that never looks at its socket: those of the program are counted."""
    with running("--memory", venue.memory_path, prelude=IMPATIENT) as desk, connections(desk, 1) as (raw,):
        seen = [sockets(desk)]
        for _, piece in zip(range(STEPS), client(desk), strict=False):
            with suppress(ConnectionError, TimeoutError):
                raw.sendall(piece)
            select.select([], [], [], 0.05)
            seen.append(sockets(desk))
            if max(seen) > seen[-1]:
                break
        assert (max(seen), seen[-1]) == (2, 1)


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("POST /frame HTTP/1.1", {"Host": "evil.example"}, 403),
        ("POST /frame HTTP/1.1", {"Origin": "http://evil.example"}, 403),
        ("POST /frame HTTP/1.1", {"Sec_Fetch_Site": "cross-site"}, 403),
        ("POST /frame HTTP/1.1", {"Host": "evil.example", "Expect": "100-continue"}, 403),
        ("POST /frame HTTP/1.0", {"Host": "evil.example", "Connection": "keep-alive"}, 403),
        ("GET / HTTP/1.1", {"Host": "evil.example"}, 403),
        ("GET /nothing HTTP/1.1", {}, 404),
        ("PUT /frame HTTP/1.1", {}, 405),
        ("POST /frame HTTP/1.1", {"Content_Length": "200000000"}, 413),
        ("POST /frame HTTP/1.1", {"Content_Length": "0"}, 415),
        ("POST /frame HTTP/1.1", {"Content_Length": "x"}, 400),
        ("POST /frame HTTP/1.1", {"Transfer_Encoding": "gzip"}, 501),
        ("GET / HTTP/1.1", {"X": "x" * 100_000}, 431),
    ],
)
def test_a_refusal_waits_for_no_body_and_ends_the_connection(
    desk: Desk, request_line: str, headers: dict[str, object], status: int
) -> None:
    announced = {"Content_Length": "2000000"} if status == 403 and request_line.startswith("POST") else {}
    with connections(desk, 1) as (raw,):
        raw.sendall(head(desk, request_line, **announced, **headers))
        answer = said(raw)
    assert answer.split()[1] == str(status).encode()
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\n") or status in (400, 413, 431, 501)
    assert (b"\r\nContent-Security-Policy: " in answer) is (status not in (400, 413, 431, 501))


def test_a_refusal_arrives_although_the_client_sends_on(desk: Desk) -> None:
    for _ in range(5):
        with connections(desk, 1) as (raw,):
            raw.sendall(head(desk, Content_Length=1 << 20, Host="evil.example"))
            for _ in range(16):
                raw.sendall(bytes(1 << 16))
            assert said(raw).startswith(b"HTTP/1.1 403 ")


def test_bodies_of_all_connections_together_are_bounded(venue: Venue) -> None:
    """Allowed ones: no web page sends them, but another program of this computer can."""
    with running("--memory", venue.memory_path) as desk:
        answered(desk, venue)
        before = desk.peak()
        with connections(desk, 60) as opened:
            for raw in opened:
                with suppress(ConnectionError):
                    raw.sendall(head(desk, Content_Length=pictures.MAX_SIZE) + bytes(pictures.MAX_SIZE - 1))
            answered(desk, venue)
        assert desk.peak() - before < 60 * MIB
