"""The desk as a program: on the loopback address alone, with memory that stays flat, ended and begun again at once."""

import http.client
import json
import os
import re
import select
import shlex
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bombs import arrays_as_keys
from command import ACCEPT, USAGE, Ended, environment, idcard, program
from desks import Desk, Venue, jpeg, letters, note, picture, running
from idcard_cli.desk import pictures, second_start
from idcard_cli.desk.second_start import RunningDesk

from idcard import cose
from idcard.credential import text
from idcard.trust import trust_file

MIB = 1024
"""In KiB."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    return Venue.at(tmp_path_factory.mktemp("venue"), datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(shared: Venue) -> Iterator[Desk]:
    with running("--memory", shared.memory_path) as desk:
        yield desk


def ask(desk: Desk, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)) as connection:
        connection.request(method, path, body, {"Origin": desk.origin} | headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_it_listens_on_the_loopback_address_alone(desk: Desk) -> None:
    port = f"{desk.port:04X}"
    listening = [
        line.split()[1]
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]
        if line.split()[1].endswith(f":{port}") and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{port}"]


def test_a_foreign_host_is_refused(desk: Desk) -> None:
    assert ask(desk, "GET", "/", Host=f"evil.example:{desk.port}") == (403, b"")
    assert ask(desk, "GET", "/")[0] == 200


def test_a_request_without_a_host_is_refused(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", desk.port)) as raw:
        raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.0 403 ")


@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunks"])
def test_a_frame_of_200_megabytes_is_answered_before_it_is_there(desk: Desk, announced: bool) -> None:
    before = desk.peak()
    length = "Content-Length: 209715200" if announced else "Transfer-Encoding: chunked"
    head = f"POST /frame HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nOrigin: {desk.origin}\r\n{length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", desk.port), timeout=30) as raw:
        raw.sendall(head.encode())
        sent, answer = 0, b""
        piece = bytes(1 << 16) if announced else b"10000\r\n" + bytes(1 << 16) + b"\r\n"
        try:
            while sent < 200 << 20 and not answer:
                raw.sendall(piece)
                sent += len(piece)
                raw.settimeout(0.01)
                try:
                    answer = raw.recv(100)
                except TimeoutError:
                    raw.settimeout(30)
        except ConnectionError:
            answer = answer or raw.recv(100)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert sent < 20 << 20
    assert desk.peak() - before < 12 * MIB


def test_it_writes_no_file_and_asks_nobody(shared: Venue, tmp_path: Path) -> None:
    """From the moment on at which the page is served, every file that is opened to be written is noted, and always
    whom the program calls: the process that reads pictures, by pipes. So no body goes to the disk, of a form or of any
    size.
    """
    log, trust = tmp_path / "noted", tmp_path / "city.idtrust"
    trust.write_bytes(shared.city.file)
    prelude = f"""
import atexit, os, pathlib, sys
noted, served = [], []
def watch(event, arguments):
    if event == "socket.bind":
        served.append(event)
        noted.append(f"bind {{arguments[1][0]}}")
    if event.startswith(("socket.connect", "socket.gethost", "socket.sendto", "subprocess.", "os.system")):
        noted.append(event)
    if event == "socket.getaddrinfo" and arguments[0] != "0.0.0.0":  # waitress, of an address that it does not use
        noted.append(f"look-up of {{arguments[0]}}")
    if served and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if arguments[0] != os.devnull and not isinstance(arguments[0], int):
            noted.append(str(arguments[0]))
    if served and event.startswith(("tempfile.", "os.mkdir", "os.rename", "shutil.")):
        noted.append(event)
sys.addaudithook(watch)
atexit.register(lambda: pathlib.Path({str(log)!r}).write_text("\\n".join(noted)))
"""
    with running("--trust", trust, prelude=prelude) as desk:
        assert ask(desk, "POST", "/frame?class=library", jpeg(picture(shared.city.code("library"))))[0] == 200
        assert ask(desk, "POST", "/frame", bytes(pictures.MAX_SIZE))[0] == 415
        assert ask(desk, "POST", "/trust", bytes(pictures.MAX_SIZE))[0] == 200
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        assert ask(desk, "POST", "/photo", part + bytes(1 << 20) + b"\r\n--x--\r\n", **form)[0] == 415
        assert desk.end()[0] == ACCEPT
    assert log.read_text("utf-8") == "bind 127.0.0.1\nsubprocess.Popen"


@pytest.mark.slow
def test_memory_is_flat_over_frames(shared: Venue) -> None:
    shown = ((), (shared.city.code("library"),), (shared.city.code("pharmacy"),))
    frames = [jpeg(picture(*codes, size=(320, 240))) for codes in shown]
    with running("--memory", shared.memory_path) as desk:
        with closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)) as connection:
            for number in range(3_000):
                if number == 500:
                    warm = desk.peak()
                connection.request(
                    "POST", "/frame?class=library", frames[number % len(frames)], {"Origin": desk.origin}
                )
                answer = connection.getresponse()
                answer.read()
                assert answer.status in (200, 204)
        grown = desk.peak() - warm
        note(f"peak of memory after 500 frames {warm // MIB} MiB, after 3,000 {desk.peak() // MIB} MiB")
        assert grown < 2 * MIB
        assert desk.end() == (ACCEPT, b"idcard: the desk is open; Ctrl-C ends it\n")


def test_the_example_of_the_help_works(shared: Venue) -> None:
    example = re.search(r"\n  Example:\n    idcard desk (.*)\n", idcard("desk", "--help").out)
    assert example
    with running(*shlex.split(example[1]), "--memory", shared.memory_path) as desk:
        assert ask(desk, "GET", "/")[0] == 200
        assert desk.end()[0] == ACCEPT


def test_ctrl_c_ends_it_clean_and_it_begins_again_at_the_same_port(shared: Venue) -> None:
    with running("--memory", shared.memory_path) as first:
        # A connection that is open, as a browser's is.
        with closing(http.client.HTTPConnection("127.0.0.1", first.port, timeout=30)) as connection:
            connection.request("GET", "/status")
            assert connection.getresponse().read()
            assert first.end() == (ACCEPT, b"idcard: the desk is open; Ctrl-C ends it\n")
        with running("--memory", shared.memory_path, port=first.port) as second:
            assert second.address == first.address
            assert ask(second, "GET", "/")[0] == 200


def start_again(desk: Desk, memory_path: Path, *options: object) -> Ended:
    return idcard("desk", "--memory", memory_path, "--port", str(desk.port), "--no-browser", *options)


def test_a_second_start_opens_the_page_that_runs(desk: Desk, shared: Venue, tmp_path: Path) -> None:
    seen, browser = tmp_path / "address", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', "utf-8")
    browser.chmod(0o755)
    options = ("desk", "--memory", shared.memory_path, "--port", str(desk.port))
    assert idcard(*options, env={"BROWSER": f"{browser} %s"}).code == ACCEPT
    assert seen.read_text("utf-8") == f"{desk.address}\n"
    ended = start_again(desk, shared.memory_path)
    assert (ended.code, ended.out, ended.err) == (ACCEPT, f"{desk.address}\n", "idcard: the desk is open already\n")
    assert start_again(desk, shared.memory_path, "--for", "museum").out == f"{desk.address}#class=museum\n"
    with running("--memory", shared.memory_path, "--for", "library") as fixed:
        assert start_again(fixed, shared.memory_path, "--for", "library").code == ACCEPT
        assert start_again(fixed, shared.memory_path, "--for", "museum").code == USAGE


def test_a_page_of_somebody_else_at_this_port_is_not_opened(desk: Desk, shared: Venue, tmp_path: Path) -> None:
    """Of another memory, of the same user's desk that has ended, and of a program that knows all but the key."""
    other = Venue.at(tmp_path, datetime.now(UTC))
    wanted = (USAGE, "", "is a desk running already? choose another with --port")
    key = shared.memory_path.with_name(f"desk-{desk.port}.running")
    assert key.stat().st_mode & 0o777 == 0o600
    for held in (None, key.read_bytes().replace(b'"key": "', b'"key": "0')[:-1], b"damaged"):
        if held is not None:
            other.memory_path.with_name(key.name).write_bytes(held)
        ended = start_again(desk, other.memory_path)
        assert (ended.code, ended.out, ended.err.splitlines()[0][-len(wanted[2]) :]) == wanted
    told = json.loads(key.read_bytes())
    told["key"] = "0" * 64
    other.memory_path.with_name(key.name).write_text(json.dumps(told))
    assert start_again(desk, other.memory_path).code == USAGE
    for challenge in ("", "0" * 63, "0" * 65, "x" * 64):
        assert ask(desk, "GET", f"/running?challenge={challenge}")[0] == 404
    assert key.read_bytes() not in ask(desk, "GET", f"/running?challenge={'0' * 64}")[1]


def test_a_second_start_waits_for_no_answer_that_trickles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right proof, but one byte at a time."""
    monkeypatch.setattr(second_start, "_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        found = RunningDesk(server.getsockname()[1], bytes(32), "")

        def trickle() -> None:
            raw, _ = server.accept()
            with raw, suppress(OSError):
                challenge = re.search(r"challenge=(\w+)", raw.recv(4096).decode("ascii"))
                assert challenge is not None
                body = json.dumps({"proof": found.proof(challenge[1])})
                for byte in f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode("ascii"):
                    if select.select([raw], [], [], 0.01)[0]:  # the other side has ended
                        return
                    raw.sendall(bytes([byte]))

        served = pool.submit(trickle)
        assert not found.answers()
        served.result(30)


def test_without_a_trust_file_the_page_asks_for_it(shared: Venue, tmp_path: Path) -> None:
    with running("--memory", tmp_path / "new" / "venue.idmemory") as desk:
        assert json.loads(ask(desk, "GET", "/status")[1])["first"]
        assert json.loads(ask(desk, "POST", "/trust", shared.city.file)[1])["update"] == "offered"
        code = letters(desk)
        asked = f"/install?in_person=yes&code={code}"
        assert json.loads(ask(desk, "POST", asked, shared.city.file)[1])["update"] == "taken"
        scanned = json.dumps({"text": shared.city.code("library"), "on_us": ""}).encode()
        assert json.loads(ask(desk, "POST", "/scan?class=library", scanned)[1])["outcome"] == "accept"
        assert ask(desk, "POST", "/settings", b'{"class": "library"}')[0] == 204
        assert desk.end() == (ACCEPT, b"")
    kept = {path.name for path in (tmp_path / "new").iterdir() if not path.name.endswith(".lock")}
    assert kept == {"venue.idmemory", "tally.csv", "tally.csv.id", "desk.json"}


def test_a_trust_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    ended = idcard("desk", "--trust", tmp_path / "none", "--no-browser")
    assert (ended.code, ended.out) == (USAGE, "")


def test_a_class_that_the_city_does_not_have_is_said(shared: Venue) -> None:
    ended = idcard("desk", "--memory", shared.memory_path, "--for", "casino", "--no-browser")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "there are: library, museum, pool, pharmacy, theatre" in ended.err


@pytest.mark.parametrize("module", ["flask", "waitress", "PIL", "zxingcpp"])
def test_without_the_extra_it_says_what_is_missing(shared: Venue, module: str) -> None:
    prelude = f"import sys; sys.modules[{module!r}] = None"
    ended = idcard("desk", "--memory", shared.memory_path, "--no-browser", prelude=prelude)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "idcard: the desk needs the extra 'desk': see \"Install\" in the README\n" in ended.err


def test_the_browser_is_opened_with_the_address(shared: Venue, tmp_path: Path) -> None:
    seen = tmp_path / "address"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new; mv {seen}.new {seen}\n', "utf-8")
    browser.chmod(0o755)
    with subprocess.Popen(
        program("desk", "--memory", str(shared.memory_path), "--port", "0"),
        stdout=subprocess.PIPE,
        env=environment({"BROWSER": f"{browser} %s"}),
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline()
            # The page answers once the browser has been called.
            with closing(http.client.HTTPConnection("127.0.0.1", int(address[17:-2]), timeout=30)) as connection:
                connection.request("GET", "/status")
                assert json.loads(connection.getresponse().read())["level"] == "ok"
            assert seen.read_bytes() == address
        finally:
            process.kill()
    assert os.path.exists(seen)


def test_others_are_answered_while_a_file_is_decoded(tmp_path: Path) -> None:
    """Of a file that would cost minutes, of the largest that a city can have, and of more codes than a poster has."""
    venue = Venue.at(tmp_path, datetime.now(UTC))
    large = venue.city.trust_file(version=2, cancelled=[number.to_bytes(10, "big") for number in range(180_000)])
    frames = (cose.encode([number % 99 + 1, 99, bytes(8), number.to_bytes(3, "big")]) for number in range(50_000))
    posters = "\n".join("IDF1:" + text.to_base45(frame) for frame in frames).encode()
    with running("--memory", venue.memory_path) as desk, ThreadPoolExecutor(3) as others:
        for body, is_told in ((arrays_as_keys(trust_file.MAX_SIZE), "refused"), (posters, "large"), (large, "taken")):
            sent = [others.submit(ask, desk, "POST", "/trust", body) for _ in range(3)]
            answered = 0
            while not answered or not all(each.done() for each in sent):
                status, told = ask(desk, "GET", "/status")
                assert (status, json.loads(told)["city"]) == (200, "Springfield")
                answered += 1
            for each in sent:
                status, told = each.result()
                answer = json.loads(told)
                assert (status, answer.get("update") or answer["file"]) == (200, is_told)
        assert desk.end()[0] == ACCEPT
