"""`idcard` without the wait for Python to start, for a test that types it two hundred times.

`python -P warm.py SOCKET` imports the command once. Each connection is one command: it brings arguments, folder,
environment and the three streams, and a fork of this process runs it at the time that the variable MOMENT says.
"""

import datetime
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

CLIENT = """\
#!{python} -IS
import json, os, socket, sys
answers = {answers!r}
arguments = sys.argv[1:] + answers.get(" ".join(sys.argv[1:3]), answers.get(sys.argv[1], []))
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    message = json.dumps({{"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}})
    socket.send_fds(server, [message.encode()], [0, 1, 2])
    sys.exit(server.recv(1)[0])
"""
"""The text of an `idcard` that asks the server. answers: arguments that are added, by the first one or two words."""
MAX_MESSAGE = 1 << 20


class Still(datetime.datetime):
    """The clock stands still at MOMENT, a time like 2027-03-01T09:00:00Z."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return cls.fromtimestamp(datetime.datetime.fromisoformat(os.environ["MOMENT"]).timestamp(), tz)


def serve(path: str) -> None:
    """Says that it is ready by one line on stdout."""
    datetime.datetime = Still  # type: ignore[misc]
    os.fsync = lambda fd: None  # no power is cut here, and disks are slow
    command = importlib.import_module("idcard_cli.command")
    for name in ("ceremony", "city", "doctor", "key", "mint", "poster", "slip", "trust", "venue", "verify"):
        importlib.import_module(f"idcard_cli.{name}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)  # noqa: T201
        while True:
            connection, _ = listener.accept()
            with connection:
                message, streams, _, _ = socket.recv_fds(connection, MAX_MESSAGE, 3)
                child = os.fork()
                if not child:
                    _run(command.run, json.loads(message), streams)
                for stream in streams:
                    os.close(stream)
                connection.send(bytes([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF]))


def _run(run: Callable[[], int], request: dict[str, Any], streams: list[int]) -> NoReturn:
    code = 3
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        # Anew, for they remember what kind of file the server had there.
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = ["idcard", *request["arguments"]]
        code = run()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
