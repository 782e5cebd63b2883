"""Drawing on a Dask cluster. The process that signs has no client of it: another one has, which is shut in.

See `cluster_process` and `landlock`. From that process come plain bytes, and it may say whatever it likes.
"""

import importlib.util
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from typing import Any

import click

from idcard.errors import IdcardError, Malformed, needs_extra
from idcard_cli.counter import cluster_address, cluster_frames, cluster_task
from idcard_cli.counter.cluster_address import BadAddress
from idcard_cli.counter.cluster_frames import HELLO, Frame

MAX_THREADS = 1024
"""That are used. What a cluster says about itself must not fill the memory here."""
_PATIENCE = 60
"""Seconds until the cluster is there. The process waits for less by itself."""
_FAREWELL = 5
"""Seconds for the process to end."""
_KIND = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,63}")
_NO_CLUSTER = {
    "NoScheduler": "no scheduler answers at {address}",
    "NoAnswer": "no scheduler answers at {address}, or it does not accept the certificate of this computer",
    "NotTrusted": "{address} and this computer do not accept each other's certificates",
    "NoCertificates": "tls:// needs files named in Dask's configuration: ca-file, client.cert and client.key of "
    "distributed.comm.tls",
    "NoWorkers": "no worker has come to the scheduler at {address}",
    "NotLocked": "this system cannot shut in the process that talks to the cluster (Landlock, Linux 5.13 or later): "
    "draw here, without --scheduler",
    "BadAddress": "the scheduler at {address} has workers on other computers without encryption",
}
_ENVIRONMENT = re.compile("HOME|LANG|SYSTEMROOT|(DASK_|LC_|LD_|OPENSSL_|PYTHON).*", re.DOTALL)
"""What the process learns of the environment, in which people keep passwords too."""
_ON_WORKERS = {
    "OtherVersion": "every worker of the cluster needs idcard {version}",
    "ModuleNotFoundError": "every worker of the cluster needs idcard {version}, with its extras 'cli' and 'print': "
    'see "Install" in the README',
    "KilledWorker": "one worker of the cluster after another ended while it drew the same, perhaps for want of memory",
    "MissingFont": "a font is missing on a worker of the cluster",
    "OtherFonts": "a worker of the cluster has other fonts than this computer: give all the same, or draw here",
}


class ClusterError(IdcardError):
    """There is no cluster that could draw, or one of its workers could not.

    kind: the name of what was raised, or None where it is not known. Nothing more is told of it, for it may hold codes.
    """

    def __init__(self, sentence: str, kind: str | None = None) -> None:
        super().__init__(sentence)
        self.kind = kind


@contextmanager
def opened(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """An executor of functions that return bytes, and how many threads the cluster has.

    Raises UsageError, ClusterError.
    """
    try:
        address = str(cluster_address.parse(scheduler))
    except BadAddress as problem:
        raise click.UsageError(f"--scheduler: {problem}") from None
    if importlib.util.find_spec("distributed") is None:
        raise click.UsageError(needs_extra("--scheduler", "cluster"))
    with ClusterExecutor([sys.executable, "-P", "-m", "idcard_cli.counter.cluster_process", address]) as executor:
        try:
            threads = int.from_bytes(executor.hello.result(_PATIENCE))
        except TimeoutError:
            raise ClusterError(_NO_CLUSTER["NoScheduler"].format(address=address)) from None
        except BrokenExecutor:
            raise ClusterError(needs_extra("what talks to the cluster does not start; it", "cluster")) from None
        except ClusterError as problem:
            if problem.kind in _NO_CLUSTER:
                raise ClusterError(_NO_CLUSTER[problem.kind].format(address=address), problem.kind) from None
            raise
        yield executor, min(max(threads, 1), MAX_THREADS)


class ClusterExecutor(Executor):
    """Hands functions to a process, and takes bytes from it as they are, whatever they are.

    Where the process ends, or says what nobody asked for, everything is a BrokenExecutor.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Raises OSError."""
        self.hello: Future[bytes] = _running()
        self._pending = {HELLO: self.hello}
        self._count = HELLO
        self._is_broken = False
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  # this program itself
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Dask's words are not ours
            env={name: value for name, value in os.environ.items() if _ENVIRONMENT.fullmatch(name)},
            bufsize=0,  # what a process does not take must not be waited for when it is ended
            start_new_session=True,  # Ctrl-C is answered here, and there is no terminal to write to
        )
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **no: Any) -> Future[Any]:
        """The function returns bytes. Its future raises ClusterError, BrokenExecutor."""
        assert not no
        packed = cluster_task.pack(function, arguments)
        future = _running()
        with self._lock:
            if self._is_broken:
                raise _broken()
            self._count += 1
            number = self._count
            self._pending[number] = future
        try:
            with self._sending:
                self._send(cluster_frames.encode(Frame(number, True, packed)))
        except OSError:
            self._end()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What is not done yet is given up, whatever is asked for: who leaves early wants none of it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL)
        self._end()
        self._receiver.join(_FAREWELL)  # and no longer: who else may hold the pipe is not known

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._process.stdin.write(rest) :]

    def _receive(self) -> None:
        assert isinstance(self._process.stdout, io.FileIO)
        with io.BufferedReader(self._process.stdout) as answers, suppress(Malformed, OSError, MemoryError):
            while (answer := cluster_frames.read(answers)) is not None:
                with self._lock:
                    future = self._pending.pop(answer.number, None)
                if future is None:
                    break
                if answer.good:
                    future.set_result(answer.payload)
                else:
                    future.set_exception(_error(answer.payload))
        self._end()

    def _end(self) -> None:
        """Of the process, and of all that is waited for."""
        self._process.kill()
        self._process.wait()
        with self._lock:
            self._is_broken = True
            pending, self._pending = self._pending, {}
        for future in pending.values():
            future.set_exception(_broken())


def _running() -> Future[Any]:
    """A future that cannot be cancelled."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def _broken() -> BrokenExecutor:
    return BrokenExecutor("the process that holds the cluster has ended")


def _error(said: bytes) -> ClusterError:
    kind = said.decode("ascii") if _KIND.fullmatch(said) else None
    sentence = _ON_WORKERS.get(kind or "", f"a worker of the cluster failed ({kind or 'unknown'})")
    return ClusterError(sentence.format(version=cluster_task.version()), kind)
