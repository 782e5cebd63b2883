"""The `idcard` command, killed at any of its steps to the disk.

As a module: `Warm`, an interpreter that has imported everything and forks for each command, so that it takes
milliseconds to kill one at each of its steps; and `unsafe`, which says what a power cut could undo. As a script it is
that interpreter.

A *step* is a call that changes the disk or makes sure of it: opening for writing, write, fsync, a change of mode,
rename, link, unlink, mkdir. What holds after a step holds before the next one, so a command is killed before each step,
in the middle of each write, and after the last one. POSIX only.
"""

import builtins
import fcntl
import gc
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NoReturn

from support.program import cheap_password_hash

SAY = "say"
"""Not a step: a line on stdout."""
TRIED = "tried"
"""A step that failed and changed nothing."""
UNSEEN = "unseen"
"""A step that went past the wrappers, so that nothing could be killed there."""
_LIMIT = 60
"""Seconds after which a command hangs for certain."""
_CHANGES_PATH = ("chmod", "unlink", "remove", "mkdir", "rmdir", "truncate")
_CHANGES_DESCRIPTOR = ("fsync", "fdatasync", "fchmod", "ftruncate", "write")
_SYNC = ("fsync", "fdatasync")
"""Noted and not done: no test cuts the power."""
_CHANGES_TWO_PATHS = ("rename", "replace", "link", "symlink")
_AUDITED = frozenset(
    ("open", "os.chmod", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.rename", "os.link", "os.symlink")
)


@dataclass(frozen=True)
class Step:
    """A step that was done, or tried. path: from where the command ran; of a rename or link the new name, and source
    the old one. mode: of what is there afterwards.
    """

    what: str
    path: str = ""
    source: str = ""
    mode: int | None = None

    def __str__(self) -> str:
        return f"{self.what} {Path(self.source).name} {Path(self.path).name}".replace("  ", " ")


@dataclass(frozen=True)
class Moment:
    """Before the step with this number, counted from 0, or in its middle; where there is no such step, at the end."""

    step: int
    half: bool = False


@dataclass(frozen=True)
class Ran:
    """A command that has ended. stopped: whether the moment came at which it was to stop."""

    code: int
    out: str
    err: str
    steps: tuple[Step, ...]
    stopped: bool

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """Words after `idcard`, and when and where they are typed."""

    words: Sequence[str]
    at: datetime
    cwd: Path
    stdin: str = ""


def surroundings() -> dict[str, str]:
    """In which this module finds the others."""
    return os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parent)}


class Warm:
    """Runs commands in forks of one process. Their umask is 0: what others must not read, nothing else hides."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "error", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings(),
            text=True,
        )

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def run(self, command: Command, *, dies: Moment | None = None) -> Ran:
        """dies: when SIGKILL comes, after which nothing is cleaned up."""
        return self._ask("alone", [command], dies)[0]

    def interleave(self, first: Command, second: Command, stops: Moment, *, dies: bool = False) -> tuple[Ran, Ran]:
        """The first stops at a moment; the second runs until it ends or has to wait for a lock; then both go on, or the
        first one dies where it stands.
        """
        one, other = self._ask("die" if dies else "go on", [first, second], stops)
        return one, other

    def together(self, commands: Sequence[Command]) -> Sequence[Ran]:
        """All at once, as the system has it."""
        return self._ask("together", commands, None)

    def _ask(self, how: str, commands: Sequence[Command], moment: Moment | None) -> list[Ran]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "how": how,
            "commands": [
                asdict(command) | {"at": command.at.timestamp(), "cwd": str(command.cwd)} for command in commands
            ],
            "moment": None if moment is None else asdict(moment),
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks has ended"
        return [Ran(**each | {"steps": tuple(Step(**step) for step in each["steps"])}) for each in json.loads(answer)]


# ---- after a power cut ----


def is_final(path: str) -> bool:
    """Whether a name is one that somebody looks for: no temporary file, nothing in a temporary folder, no lock."""
    return not any(part.startswith(".") for part in Path(path).parts) and not path.endswith(".lock")


def unsafe(steps: Sequence[Step]) -> list[str]:
    """Where a power cut could break or undo something, in words.

    A file gets its final name when its content is on the disk; a name that comes or goes is on the disk before the next
    one does, and before anything is said on stdout.
    """
    return list(_unsafe(steps))


def _unsafe(steps: Sequence[Step]) -> Iterator[str]:
    unsynced: dict[str, Step] = {}
    """Files with content or mode, and folders with names, that a power cut may lose."""
    for step in (*steps, Step("end")):
        if step.what in (SAY, "end") or (step.what in ("rename", "replace", "link", "unlink") and is_final(step.path)):
            below = f"{step.source}{os.sep}"
            for path, cause in unsynced.items():
                if is_final(path):
                    yield f"{cause} is not on the disk at: {step}"
                elif step.source and (path == step.source or path.startswith(below)):
                    yield f"what becomes {Path(step.path).name} is not on the disk: {cause}"
        if step.what in _SYNC:
            unsynced.pop(step.path, None)
        elif step.what in ("rename", "replace", "link", "unlink", "mkdir", "rmdir", "new"):
            folder = os.path.dirname(step.path) or "."
            if step.what == "new" and is_final(step.path):
                yield f"{step.path} is made under its final name"
            if is_final(step.path) or not is_final(folder):
                unsynced[folder] = step
            if step.what in ("rename", "replace", "unlink"):
                unsynced.pop(step.source or step.path, None)
        elif step.what in ("write", "chmod", "fchmod", "truncate", "ftruncate"):
            unsynced[step.path] = step


# ---- the process that forks ----


class _Clock(datetime):
    """Stands still."""

    moment = 0.0

    @classmethod
    def now(cls, tz: Any = None) -> "_Clock":
        return cls.fromtimestamp(cls.moment, tz)


class _Steps:
    """Sees each step before it is done, and stops there if it is the one."""

    def __init__(self, log: int, stops: Moment | None, stop: Callable[[], None]) -> None:
        self._log = log
        self._stops = stops
        self._stop = stop
        self._number = 0
        self._expected = False
        self._names: dict[int, str] = {}
        self._write = os.write

    def install(self) -> None:
        """From now on, as long as this process lives."""
        for name in _CHANGES_PATH:
            self._wrap(name, lambda path, *_: (path, ""))
        for name in _CHANGES_DESCRIPTOR:
            self._wrap(name, lambda descriptor, *_: (self._names.get(descriptor, ""), ""))
        for name in _CHANGES_TWO_PATHS:
            self._wrap(name, lambda source, path, *_: (path, source))
        self._wrap_os_open()
        opened = io.open
        steps = self

        class Raw(io.FileIO):
            def __init__(self, file: Any, mode: str, **options: Any) -> None:
                path = steps._names.get(file, "") if isinstance(file, int) else os.path.abspath(file)
                with steps.step("" if isinstance(file, int) else _opening(path), path):
                    super().__init__(file, mode, **options)
                steps._names[self.fileno()] = path

            def write(self, data: Any) -> int:
                path = steps._names[self.fileno()]
                with steps.step("write", path) as half:
                    return super().write(memoryview(data)[: len(data) // 2] if half else data)

        def open_file(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            closefd: bool = True,
            opener: Any = None,
        ) -> Any:
            if not set(mode) & set("wxa+"):
                return opened(file, mode, buffering, encoding, errors, newline, closefd, opener)
            raw = Raw(file, mode.replace("b", "").replace("t", ""), closefd=closefd, opener=opener)
            if buffering == 0:
                return raw
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)  # type: ignore[arg-type]
            return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

        io.open = builtins.open = open_file  # type: ignore[assignment]
        sys.addaudithook(self._audit)

    @contextmanager
    def step(self, what: str, path: str, source: str = "") -> Iterator[bool]:
        """Yields whether only half of it is to be done. Without `what` it is no step."""
        half = False
        if what:
            stops = self._stops is not None and self._number == self._stops.step
            half = stops and self._stops is not None and self._stops.half
            if stops and not half:
                self._stop()
            self._number += 1
        self._expected = True
        try:
            yield half
        except OSError:
            what = what and TRIED
            raise
        finally:
            self._expected = False
            if half:
                self._stop()
            if what:
                self.log(what, path, source)

    def log(self, what: str, path: str = "", source: str = "") -> None:
        mode = stat.S_IMODE(os.lstat(path).st_mode) if path and os.path.lexists(path) else None
        path, source = (os.path.relpath(each) if each else "" for each in (path, source))
        self._write(self._log, (json.dumps(asdict(Step(what, path, source, mode))) + "\n").encode())

    def end(self) -> None:
        """After the last step."""
        if self._stops is not None and self._number <= self._stops.step:
            self._stop()

    def _wrap(self, name: str, paths: Callable[..., tuple[Any, Any]]) -> None:
        real = getattr(os, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            path, source = (os.path.abspath(each) if each else "" for each in paths(*arguments))
            with self.step(name, path, source):
                return None if name in _SYNC else real(*arguments, **options)

        setattr(os, name, wrapped)

    def _wrap_os_open(self) -> None:
        real = os.open

        def wrapped(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            name = os.path.abspath(path) if dir_fd is None else ""
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            with self.step(_opening(name) if writes else "", name):
                descriptor = real(path, flags, mode, dir_fd=dir_fd)
            self._names[descriptor] = name
            return descriptor

        os.open = wrapped

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._expected or event not in _AUDITED:
            return
        if event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            self.log(UNSEEN, str(arguments[0]), event)


def _opening(path: str) -> str:
    return "open" if os.path.lexists(path) else "new"


class _Voice(io.FileIO):
    """stdout."""

    steps: _Steps | None = None

    def write(self, data: Any) -> int:
        if self.steps is not None:
            self.steps.log(SAY)
        return super().write(data)


@dataclass
class _Child:
    """A command in a process of its own. tells: a byte when it stops or waits, nothing more when it has ended."""

    pid: int
    out: IO[bytes]
    err: IO[bytes]
    log: IO[bytes]
    tells: int
    go: int
    stopped: bool = False

    def wait_for_news(self) -> None:
        self.stopped = bool(os.read(self.tells, 1))

    def resume(self) -> None:
        with suppress(BrokenPipeError):  # it has ended
            os.write(self.go, b"g")

    def ended(self) -> dict[str, Any]:
        _, status = os.waitpid(self.pid, 0)
        os.close(self.tells)
        os.close(self.go)
        texts = []
        for file in (self.out, self.err, self.log):
            file.seek(0)
            texts.append(file.read().decode("utf-8"))
            file.close()
        out, err, log = texts
        return {
            "code": os.waitstatus_to_exitcode(status),
            "out": out,
            "err": err,
            "steps": [json.loads(line) for line in log.splitlines()],
            "stopped": self.stopped,
        }


def _start(asked: dict[str, Any], moment: Moment | None, how: str) -> _Child:
    out, err, log = (tempfile.TemporaryFile() for _ in range(3))  # noqa: SIM115 - `ended` closes them
    tells, tell = os.pipe()
    go, let_go = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _run(asked, moment, how, [out, err, log], tell, go)
        except BaseException as problem:
            os.write(err.fileno(), f"Traceback: {problem!r}".encode())
            os._exit(99)
    os.close(tell)
    os.close(go)
    return _Child(pid, out, err, log, tells, let_go)


def _run(
    asked: dict[str, Any], moment: Moment | None, how: str, files: list[IO[bytes]], tell: int, go: int
) -> NoReturn:
    signal.alarm(_LIMIT)
    os.umask(0)
    os.chdir(asked["cwd"])
    _Clock.moment = asked["at"]
    out, err, log = (file.fileno() for file in files)
    voice = _Voice(out, "w", closefd=False)
    sys.stdin = io.TextIOWrapper(io.BytesIO(asked["stdin"].encode()), "utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(voice), "utf-8")
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(err, "w", closefd=False)), "utf-8", line_buffering=True)
    sys.argv = ["idcard", *asked["words"]]

    def stop_and_wait() -> None:
        write(tell, b"s")
        os.read(go, 1)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    write = os.write
    if how == "together":
        os.read(go, 1)
    elif how == "second":
        _tell_of_waiting(lambda: write(tell, b"w"))
    steps = _Steps(log, moment, stop_and_wait if how == "first" else die)
    steps.install()
    voice.steps = steps
    from idcard_cli import command

    code = command.run()
    sys.stdout.flush()
    steps.end()
    os._exit(code)


def _tell_of_waiting(tell: Callable[[], object]) -> None:
    """When a lock is held by somebody else for the first time."""
    real, told = fcntl.flock, []

    def flock(descriptor: Any, operation: int) -> None:
        try:
            real(descriptor, operation)
        except BlockingIOError:
            if not told:
                told.append(tell())
            raise

    fcntl.flock = flock


def _serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        moment = None if asked["moment"] is None else Moment(**asked["moment"])
        if asked["how"] == "alone":
            children = [_start(asked["commands"][0], moment, "alone")]
        elif asked["how"] == "together":
            children = [_start(command, None, "together") for command in asked["commands"]]
            for child in children:
                child.resume()
        else:
            first = _start(asked["commands"][0], moment, "first")
            first.wait_for_news()
            second = _start(asked["commands"][1], None, "second")
            second.wait_for_news()
            if asked["how"] == "die":
                os.kill(first.pid, signal.SIGKILL)
            else:
                first.resume()
            children = [first, second]
        print(json.dumps([child.ended() for child in children]), flush=True)  # noqa: T201 - the answer


def _main() -> None:
    import datetime as clock

    clock.datetime = _Clock  # type: ignore[misc]
    import importlib
    import pkgutil

    import idcard_cli

    for module in pkgutil.walk_packages(idcard_cli.__path__, "idcard_cli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("filelock", "platformdirs", "shutil", "zxingcpp", "mnemonic", "zxcvbn"):
        importlib.import_module(name)
    from idcard.keys import key_file

    gc.freeze()
    gc.disable()
    key_file.crypto_pwhash_alg = cheap_password_hash(key_file.crypto_pwhash_alg)
    _serve()


if __name__ == "__main__":
    _main()
