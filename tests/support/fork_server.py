"""The process behind `program.Server`: it has imported what `idcard` imports, and is forked for each command.

A script, and given to the interpreter by `-c`, so that its `__main__` has no file: what a command starts with
`multiprocessing` would run it again. Its argument is a folder for two sockets. `bare`: only what is not idcard's is
imported, so that a prelude sees the modules of idcard come, as in a new interpreter. `hot`: all of idcard is, too.

A connection is one command: a byte with the three streams (and what is passed on) as ancillary data, a line of JSON;
back come its pid and, when it has ended, its exit code, in four bytes each. It ends when its stdin does.
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import termios
import threading
import time
import traceback
import types
from datetime import datetime
from typing import Any, NoReturn

NOT_OURS = (
    *("click", "cbor2", "filelock", "flask", "mnemonic", "nacl.bindings", "nacl.exceptions", "nacl.signing"),
    *("PIL.Image", "platformdirs", "typst", "waitress", "zxcvbn", "zxingcpp"),
    *("csv", "gettext", "html", "importlib.metadata", "secrets", "shutil", "tempfile", "tomllib", "unicodedata"),
)
MOST = 64
"""File descriptors in one message."""


def _import_all() -> None:
    for name in ("idcard", "idcard_cli"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)


def _serve(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen(MOST)
        os.write(1, b"ready\n")
        gc.freeze()
        assert threading.active_count() == 1
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        running: dict[int, socket.socket] = {}
        while True:
            ready, _, _ = select.select([0, listener, woken], [], [])
            if 0 in ready:
                return
            if woken in ready:
                os.read(woken, 4096)
                _report(running)
            if listener in ready:
                _accept(listener, running)


def _report(running: dict[int, socket.socket]) -> None:
    """Which commands have ended, and how."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        connection = running.pop(pid, None)
        if connection is not None:
            with connection, contextlib.suppress(OSError):  # nobody may wait for it
                connection.sendall(_number(os.waitstatus_to_exitcode(status)))


def _accept(listener: socket.socket, running: dict[int, socket.socket]) -> None:
    connection, _ = listener.accept()
    _, descriptors, _, _ = socket.recv_fds(connection, 1, MOST)
    with connection.makefile("rb") as reader:
        request = json.loads(reader.readline())
    pid = os.fork()
    if not pid:
        _end(lambda: _run(request, descriptors))
    for each in descriptors:
        os.close(each)
    running[pid] = connection
    with contextlib.suppress(OSError):
        connection.sendall(_number(pid))


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


# ---- in the fork ----


def _run(request: dict[str, Any], descriptors: list[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    _place([0, 1, 2, *request["pass_fds"]], descriptors)
    if request["terminal"]:
        fcntl.ioctl(2, termios.TIOCSCTTY, 0)
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    _open_streams()
    sys.argv = ["-c", *request["arguments"]]
    if request["instant"] is not None:
        _stand_still(request["instant"])
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(request["code"], main.__dict__)  # noqa: S102 - the text that a new interpreter would get by `-c`


def _place(numbers: list[int], descriptors: list[int]) -> None:
    """Each descriptor at its number, and no other one open."""
    above = max(numbers) + 1
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, above) for each in descriptors]
    for number, each in zip(numbers, moved, strict=True):
        os.dup2(each, number)
    for number in map(int, os.listdir("/dev/fd")):
        if number not in numbers:
            with contextlib.suppress(OSError):  # that of the list itself
                os.close(number)


def _open_streams() -> None:
    """As the interpreter opens them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, name)
        raw = io.FileIO(number, "w" if number else "r", closefd=False)
        buffered = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
        stream = io.TextIOWrapper(
            buffered, before.encoding, before.errors, newline="\n" if number else None,
            line_buffering=name == "stderr" or raw.isatty(),
        )  # fmt: skip
        stream.mode = "w" if number else "r"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stand_still(instant: int) -> None:
    """The clock of every module that is here already."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(instant, tz)

    sys.modules["datetime"].datetime = Still  # type: ignore[attr-defined]
    for name, module in list(sys.modules.items()):
        if name.startswith(("idcard.", "idcard_cli.")) and vars(module).get("datetime") is datetime:
            module.datetime = Still  # type: ignore[attr-defined]


def _end(run: Any) -> NoReturn:
    """As an interpreter ends, but that nothing is taken down."""
    code, dead = 1, False
    try:
        run()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except KeyboardInterrupt:
        traceback.print_exc()
        dead = True
    except BaseException:
        traceback.print_exc()
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        code = max(code, 0 if _flushed() else 120)
    finally:
        if dead:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(code & 0xFF)


def _flushed() -> bool:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            return False
    return True


def _main() -> None:
    folder = sys.argv[1]
    os.fsync = lambda fd: None  # no power is cut here, and disks are slow
    for name in NOT_OURS:
        with contextlib.suppress(ImportError):  # an extra that is not installed
            importlib.import_module(name)
    if os.fork():
        _serve(f"{folder}/bare")
    else:
        _import_all()
        _serve(f"{folder}/hot")
    os._exit(0)


if __name__ == "__main__":
    _main()
