"""The `idcard` command as a real program, without the wait for Python to start.

`start` forks it from a process that has imported everything (`fork_server`): it has its own pid, session, streams,
folder, environment and umask, takes signals, and ends as an interpreter ends. With `cold` it is a new interpreter. So
it is by itself where the environment has something that is read only at a start, like PYTHONIOENCODING.

Either way its keys are sealed and opened with Argon2id as small as it goes, which protects nobody and takes no time.

What differs in a fork: modules are imported already, its peak of memory includes them, hashes of texts are seeded once
for each server, and the interpreter is not taken down at the end. A prelude still runs before idcard is imported.
"""

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

RUN = "from idcard_cli.main import run; run()"
_STAND_STILL = """
import datetime
class Still(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp({instant}, tz)
datetime.datetime = Still
del Still
"""
_CHEAP_HASH = """
import nacl.bindings
nacl.bindings.crypto_pwhash_alg = (
    lambda real: lambda size, phrase, salt, passes, memory, kind: real(size, phrase, salt, 1, 8192, kind)
)(nacl.bindings.crypto_pwhash_alg)
"""
TIMEOUT = 60
"""Seconds after which a program hangs for certain."""
_STEERING = ("IDCARD_LANGUAGE", "NO_COLOR", "FORCE_COLOR", "_IDCARD_COMPLETE", "PYTHONWARNINGS")
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_")
_TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0)\n"


def instant(at: str) -> int:
    """Seconds since 1970 of a time like 2027-03-01 or 2027-03-01 09:00, in UTC."""
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program finds: nothing that steers it, and no trust file that is installed on this computer."""
    clean = {name: value for name, value in os.environ.items() if name not in _STEERING}
    clean |= {"TERM": "xterm", "IDCARD_MEMORY": str(Path(os.devnull) / "venue.idmemory")}
    return {**clean, **(changes or {})}


def program(*arguments: object, prelude: str = "", at: str = "", real_hash: bool = False) -> list[str]:
    """The command line of a new interpreter. prelude: Python that runs first, to break or to watch something. at: the
    time at which its clock stands still, like 2027-03-01 09:00 in UTC. real_hash: keys cost what they cost.
    """
    code = _code(prelude, at) if real_hash else _CHEAP_HASH + _code(prelude, at)
    return [sys.executable, "-P", "-c", code, *map(_word, arguments)]


def _code(prelude: str, at: str) -> str:
    clock = _STAND_STILL.format(instant=instant(at)) if at else ""
    return f"{clock}{prelude}\n{RUN}"


def cheap_password_hash(real: Callable[..., bytes]) -> Callable[..., bytes]:
    """The same in this process: for `key_file.crypto_pwhash_alg`."""
    return lambda size, phrase, salt, _passes, _memory, kind: real(size, phrase, salt, 1, 8192, kind)


def _word(argument: Any) -> str:
    return os.fspath(argument)


class Server:
    """Forks commands. One for a process that tests, as long as that lives."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="idcard")  # the name of a socket is short
        self._started_with = environment()
        source = Path(__file__).with_name("fork_server.py").read_text("utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHEAP_HASH + source, self._home.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._started_with, start_new_session=True,
        )  # fmt: skip
        atexit.register(self._close)
        assert self._process.stdout is not None
        assert self._process.stdout.read(12) == b"ready\nready\n"

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a new interpreter would start in the same way."""
        return _read_at_start(environment) == _read_at_start(self._started_with)

    def _close(self) -> None:
        self._process.communicate()
        self._home.cleanup()

    def address(self, *, hot: bool) -> str:
        return f"{self._home.name}/{'hot' if hot else 'bare'}"


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


@cache
def server() -> Server:
    return Server()


class Forked:
    """A command that runs, with the face of `subprocess.Popen`."""

    def __init__(self, address: str, request: dict[str, Any], its: "Surroundings") -> None:
        self.returncode: int | None = None
        theirs, ours = [], []
        given = (its.stdin, its.stdout, its.stderr)
        streams = [stream if stream is None or isinstance(stream, int) else stream.fileno() for stream in given]
        for number, stream in enumerate(streams):
            their, our = _ends(number, stream, theirs)
            theirs.append(their)
            ours.append(None if our is None else os.fdopen(our, "rb" if number else "wb", its.bufsize))
        self.stdin, self.stdout, self.stderr = ours
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        socket.send_fds(self._connection, [b" "], [*theirs, *its.pass_fds])
        self._connection.sendall(json.dumps({**request, "pass_fds": list(its.pass_fds)}).encode() + b"\n")
        for their, stream in zip(theirs, streams, strict=True):
            if stream in (subprocess.PIPE, subprocess.DEVNULL):
                os.close(their)
        self.pid = self._number()

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                self.returncode = self._number()
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("idcard", timeout or 0) from None
            self._connection.close()
        return self.returncode

    def _number(self) -> int:
        data = self._connection.recv(4, socket.MSG_WAITALL)
        assert len(data) == 4, "the server has ended"
        return int.from_bytes(data, "little", signed=True)

    def poll(self) -> int | None:
        if self.returncode is None and _readable(self._connection):
            self.wait()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:  # noqa: A002 - as Popen names it
        """All of stdout and stderr; empty where they are no pipes."""
        deadline = None if timeout is None else time.monotonic() + timeout
        got: dict[IO[bytes] | None, bytes] = {self.stdout: b"", self.stderr: b"", None: b""}
        left = memoryview(input or b"")
        with selectors.DefaultSelector() as selector:
            if self.stdin is not None and not self.stdin.closed:
                _flush(self.stdin)
                if left:
                    os.set_blocking(self.stdin.fileno(), False)
                    selector.register(self.stdin, selectors.EVENT_WRITE)
                else:
                    _close(self.stdin)
            for stream in (self.stdout, self.stderr):
                if stream is not None and not stream.closed:
                    selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(None if deadline is None else max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise subprocess.TimeoutExpired("idcard", timeout or 0, got[self.stdout], got[self.stderr])
                for key, _ in ready:
                    stream = key.fileobj
                    if stream is self.stdin:
                        left = _write_some(self.stdin, left)
                        if left:
                            continue
                    elif piece := stream.read1() if hasattr(stream, "read1") else stream.read(65536):
                        got[stream] += piece
                        continue
                    selector.unregister(stream)
                    _close(stream)
        self.wait(None if deadline is None else max(0.001, deadline - time.monotonic()))
        return got[self.stdout], got[self.stderr]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                _close(stream)
        self.wait()


def _ends(number: int, stream: int | None, before: Sequence[int]) -> tuple[int, int | None]:
    """Of a stream: what the program gets, and what stays here."""
    if stream == subprocess.PIPE:
        read, write = os.pipe()
        return (write, read) if number else (read, write)
    if stream == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR), None
    if stream == subprocess.STDOUT:
        return before[1], None
    return number if stream is None else stream, None


def _readable(connection: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(0))


def _write_some(stream: IO[bytes], data: memoryview) -> memoryview:
    """What is still to be written; nothing where nobody reads."""
    try:
        return data[os.write(stream.fileno(), data[:65536]) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return data[:0]


def _flush(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        stream.flush()


def _close(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # what was written last, nobody read
        stream.close()


Process = Forked | subprocess.Popen[bytes]


def waits(process: Process) -> bool:
    """Whether it waits for something, or has ended; true where that cannot be seen.

    Python notices a signal that comes just before it waits for input only with the next input.
    """
    try:
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0] in "SZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


Stream = int | IO[bytes] | None


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Of a program. Streams: as `subprocess.Popen` takes them. env: changes of `environment`. terminal: stderr becomes
    its controlling terminal. cold: a new interpreter. prelude, at, real_hash: as `program` has them.
    """

    stdin: Stream = subprocess.PIPE
    stdout: Stream = subprocess.PIPE
    stderr: Stream = subprocess.PIPE
    bufsize: int = -1
    pass_fds: Sequence[int] = ()
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    terminal: bool = False
    prelude: str = ""
    at: str = ""
    cold: bool = False
    real_hash: bool = False


def start(*arguments: object, **how: Any) -> Process:
    """The command, running in a session of its own. how: its Surroundings."""
    its = Surroundings(**how)
    surroundings = environment(its.env)
    if its.cold or its.real_hash or not server().serves(surroundings):
        prelude = (_TAKE_TERMINAL if its.terminal else "") + its.prelude
        return subprocess.Popen(
            program(*arguments, prelude=prelude, at=its.at, real_hash=its.real_hash),
            stdin=its.stdin, stdout=its.stdout, stderr=its.stderr, env=surroundings, cwd=its.cwd,
            pass_fds=its.pass_fds, start_new_session=True, bufsize=its.bufsize,
        )  # fmt: skip
    request = {
        "arguments": [*map(_word, arguments)],
        "code": _code(its.prelude, its.at) if its.prelude else RUN,
        "instant": instant(its.at) if its.at and not its.prelude else None,
        "environment": surroundings,
        "folder": os.path.abspath(its.cwd or os.curdir),
        "umask": _umask(),
        "terminal": its.terminal,
    }
    return Forked(server().address(hot=not its.prelude), request, its)


_CLIENT = """\
#!{python} -IS
import datetime, json, os, socket, sys
answers = {answers!r}
arguments = sys.argv[1:] + answers.get(" ".join(sys.argv[1:3]), answers.get(sys.argv[1], []))
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b" "], [0, 1, 2])
    moment = datetime.datetime.fromisoformat(os.environ["MOMENT"])
    request = {{
        "arguments": arguments, "code": {run!r}, "instant": moment.timestamp(), "environment": dict(os.environ),
        "folder": os.getcwd(), "umask": {umask}, "terminal": False, "pass_fds": [],
    }}
    server.sendall(json.dumps(request).encode() + b"\\n")
    answer = server.recv(8, socket.MSG_WAITALL)
    sys.exit(int.from_bytes(answer[4:], "little", signed=True) & 0xFF)
"""


def client(answers: Mapping[str, Sequence[str]]) -> str:
    """The text of an `idcard` that a shell starts in no time, for a test that types it two hundred times: the clock
    stands still at MOMENT, a time like 2027-03-01T09:00:00Z. answers: arguments that are added, by the first one or two
    words.
    """
    address = server().address(hot=True)
    return _CLIENT.format(python=sys.executable, answers=dict(answers), address=address, run=RUN, umask=_umask())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
