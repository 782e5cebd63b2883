"""`idcard serve`: verdicts for tills, and nothing for anybody else."""

import http.client
import json
import random
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command import TIMEOUT
from desks import note
from machine import needs, needs_node
from support.program import Process, environment, start

from idcard.testing import MadeUpCity

CITY = MadeUpCity()
CODE = CITY.code("library")
SAID = b"idcard: tills are answered; Ctrl-C ends it\n"


@dataclass(frozen=True)
class Server:
    """address: like http://127.0.0.1:8471/."""

    process: Process
    address: str
    token_file: Path

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    @property
    def token(self) -> str:
        return self.token_file.read_text("ascii").strip()

    def ask(
        self, body: Any, method: str = "POST", path: str = "/verify", **changes: str | None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """body: bytes, or an object. changes: to headers, with _ for -; None for one that is not sent."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        changed = headers | {name.replace("_", "-"): value for name, value in changes.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)) as connection:
            sent = {name: value for name, value in changed.items() if value is not None}
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def verdict(self, text: str, venue_class: str = "library", **more: str) -> Any:
        status, _, answer = self.ask({"text": text, "class": venue_class, **more})
        assert status == 200
        return json.loads(answer)

    def resident(self) -> int:
        """Memory, in KiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def end(self, number: signal.Signals) -> tuple[bytes, bytes]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=TIMEOUT)
        assert self.process.returncode == 0
        return out, err


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    (folder / "city.idtrust").write_bytes(CITY.trust_file(age_days=1))
    options = ("--trust", folder / "city.idtrust", "--token-file", folder / "till.token", "--port", "0")
    with start("serve", *options, stdin=None) as process:
        try:
            assert process.stdout is not None
            address, path = (process.stdout.readline().decode().strip() for _ in range(2))
            assert path, process.communicate()[1].decode()
            yield Server(process, address, Path(path))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("till")) as server:
        yield server


def test_every_verdict_is_the_object_of_the_contract(server: Server) -> None:
    card = CITY.verifier(age_days=1).verify(CODE, "library", now=CITY.now)
    assert server.verdict(CODE) == card.as_json()
    for reason, code in CITY.refused("library").items():
        assert server.verdict(code)["reason"] == reason
    assert server.verdict(CODE, "zoo")["outcome"] == "cannot-say"
    assert server.verdict(f"]Q1{CODE}")["undone"] == ["prefix"]
    assert server.verdict("hello", language="es")["message"] != server.verdict("hello")["message"]


OBJECT = {"text": CODE, "class": "library"}
NO_OBJECT = (
    *(b"", b"{", b'{"text": "\xff", "class": "library"}', [], {"text": CODE}, OBJECT | {"text": 1}),
    *(OBJECT | {"more": 1}, OBJECT | {"language": "xx"}, OBJECT | {"language": []}, OBJECT | {"text": "x" * 4097}),
)


@pytest.mark.parametrize(
    ("status", "body", "changes"),
    [
        *((400, body, {}) for body in NO_OBJECT),
        *((401, OBJECT, {"Authorization": value}) for value in (None, "", "Bearer", "Bearer x", "Basic x", "\xe4")),
        *((403, OBJECT, {"Origin": value}) for value in ("null", "https://example.org", "http://127.0.0.1")),
        *((403, OBJECT, {"Sec_Fetch_Site": value}) for value in ("cross-site", "same-origin")),
        (403, OBJECT, {"Host": "evil.example"}),
        (413, b"x" * 16385, {}),
        *(
            (415, OBJECT, {"Content_Type": value})
            for value in (None, "text/plain", "application/x-www-form-urlencoded")
        ),
        *((404, OBJECT, {"path": value}) for value in ("/", "/verify/", "/../etc/passwd")),
        *((405, OBJECT, {"method": value}) for value in ("GET", "PUT", "OPTIONS", "TRACE", "DELETE")),
    ],
)
def test_anything_else_is_refused_without_a_verdict(
    server: Server, status: int, body: Any, changes: dict[str, Any]
) -> None:
    told, headers, answer = server.ask(body, **changes)
    assert told == status
    assert answer == b"" if status == 403 else list(json.loads(answer)) == ["error"]
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Allow"] if status == 405 else True


def test_the_origin_of_the_server_itself_is_no_exception(server: Server) -> None:
    assert server.ask(OBJECT, Origin=server.address.rstrip("/"))[0] == 403


def test_it_says_what_it_is_without_a_token(server: Server) -> None:
    status, _, answer = server.ask(b"", "GET", "/openapi.json", Authorization=None)
    described = json.loads(answer)
    assert (status, described["openapi"]) == (200, "3.1.0")
    assert set(server.verdict(CODE)) == set(described["components"]["schemas"]["Verdict"]["required"])


def test_the_token_is_of_this_start_and_of_this_user_alone(tmp_path: Path) -> None:
    tokens = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        with serving(tmp_path) as server:
            tokens.add(server.token)
            assert re.fullmatch(r"[\w-]{43}", server.token)
            assert server.token_file.stat().st_mode & 0o777 == 0o600
            assert server.verdict(CODE)["outcome"] == "accept"
            assert server.end(number) == (b"", SAID)
            assert not server.token_file.exists()
    assert len(tokens) == 2


def test_a_newer_file_counts_from_the_next_request_on_and_a_lost_one_no_more(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.verdict(CODE)["trust_age_days"] == 1
        (tmp_path / "city.idtrust").write_bytes(CITY.trust_file())
        assert server.verdict(CODE)["trust_age_days"] == 0
        (tmp_path / "city.idtrust").write_bytes(b"hello")
        assert server.verdict(CODE)["reason"] == "trust-malformed"
        (tmp_path / "city.idtrust").unlink()
        assert server.verdict(CODE)["reason"] == "no-trust-file"


# ---- in other languages ----

PROGRAM = re.compile(r"^```\w+\n((?:# |// |<\?php // )([\w]+\.\w+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
RUNS = [
    pytest.param("till.sh", "sh", marks=needs("curl", "curl"), id="curl"),
    pytest.param("till.mjs", "node", marks=needs_node, id="JavaScript"),
    pytest.param("till.php", "php", marks=needs("php-cli", "php"), id="PHP"),
    pytest.param("Till.java", "java", marks=[needs("default-jdk-headless", "javac"), pytest.mark.slow], id="Java"),
]


@pytest.mark.parametrize(("name", "command"), RUNS)
def test_the_programs_of_the_page_run(root: Path, server: Server, tmp_path: Path, name: str, command: str) -> None:
    found = {name: program for program, name in PROGRAM.findall((root / "specs/serve.md").read_text("utf-8"))}
    assert found.keys() == {"till.sh", "till.mjs", "till.php", "Till.java"}
    (tmp_path / name).write_text(found[name], "utf-8")
    for code, outcome in ((CODE, "accept"), (CITY.expired("library"), "reject")):
        told = {"ADDRESS": server.address, "TOKEN_FILE": str(server.token_file), "CODE": code}
        done = subprocess.run(
            [command, name], cwd=tmp_path, env=environment(told), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert outcome in done.stdout


# ---- much of it ----


@pytest.mark.slow
def test_schemathesis_finds_nothing(server: Server, tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="needs schemathesis (make recipes)")
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{server.address}openapi.json"]
    command += ["--header", f"Authorization: Bearer {server.token}", "--max-examples", "30", "--seed", "17"]
    command += ["--phases", "coverage,fuzzing"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


REQUESTS, IN_A_ROW = 30_000, 50
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Z]")
"""No answer repeats anything of a request, so nothing else looks like this."""
HEAD = b"POST /verify HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"


def mutated(draw: random.Random, data: bytes) -> bytes:
    """With some bytes that are others, more or fewer; never the end of a line."""
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(changed))
        changed[at : at + draw.randrange(3)] = draw.randbytes(draw.randrange(3))
    return bytes(changed).translate(None, b"\r\n") or b"x"


def request(draw: random.Random, head: bytes, *, harsh: bool) -> bytes:
    """A whole request with something wrong in its text; harsh: in its head or its body."""
    text = CODE if draw.randrange(8) else mutated(draw, CODE.encode()).decode("latin-1")
    text = text if draw.randrange(3) else draw.randbytes(draw.randrange(60)).decode("latin-1")
    body = json.dumps({"text": text, "class": draw.choice(("library", "pharmacy", "zoo", ""))}).encode()
    if harsh and draw.randrange(2):
        lines = head.split(b"\r\n")[:-1]
        place = draw.randrange(len(lines))
        lines[place] = mutated(draw, lines[place])
        head = b"".join(line + b"\r\n" for line in lines)
    elif harsh:
        body = mutated(draw, body)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answers(port: int, requests: list[bytes]) -> list[bytes]:
    """The statuses of the answers to requests that come on one connection, which the last one may end."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as raw:
        raw.sendall(b"".join(requests))
        told = b""
        while len(found := STATUS.findall(told)) < len(requests) and (piece := raw.recv(1 << 20)):
            told += piece
    return found


@pytest.mark.slow
def test_all_mutated_requests_are_answered_with_flat_memory(tmp_path: Path) -> None:
    draw, seen, before = random.Random(17), Counter[bytes](), 0  # noqa: S311
    with serving(tmp_path) as server:
        head = HEAD % (server.port, server.token.encode())
        for turn in range(REQUESTS // IN_A_ROW):
            row = [request(draw, head, harsh=place == IN_A_ROW - 1) for place in range(IN_A_ROW)]
            told = answers(server.port, row)
            assert len(told) == IN_A_ROW, row[-1]
            seen.update(told)
            if turn == REQUESTS // IN_A_ROW // 10:
                before = server.resident()
        grown = server.resident() - before
        assert server.verdict(CODE)["outcome"] == "accept"
        assert server.end(signal.SIGINT) == (b"", SAID)
    assert sum(seen.values()) == REQUESTS
    assert {b"200", b"400", b"401", b"403", b"404"} <= seen.keys()
    assert not any(status.startswith(b"5") for status in seen)
    note(f"serve: {REQUESTS} requests, {dict(sorted(seen.items()))}; memory grew by {grown} KiB")
    assert grown < 8 * 1024
