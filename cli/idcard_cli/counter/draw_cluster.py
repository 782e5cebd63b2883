"""Drawing on a Dask cluster (specs/batch.md, Drawing).

A Dask client unpickles what workers send, so whoever controls the workers runs programs as the user of the client.
That user must have nothing to steal: no keys, no city folder, no records.
"""

import importlib
import importlib.util
import logging
import os
import pickle
import re
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from functools import partial
from importlib import metadata
from typing import Any

import click

from idcard.errors import IdcardError, needs_extra
from idcard.issuing.code import Issued
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard_cli.counter.draw_pool import TASKS_A_PROCESS

MAX_THREADS = 1024
"""That are used. What a cluster says about itself must not fill the memory here."""
_PATIENCE = 10
"""Seconds for a scheduler to answer, and for a worker to come."""
_LONELY = 60
"""Seconds without a worker, after which none is expected any more."""
_LOOKS_A_SECOND = 10
_GOOD, _FAILED = b"+", b"-"
_ADDRESS = re.compile(r"tls://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[1-9][0-9]{0,4}")
_ON_WORKERS = {
    "OtherVersion": "every worker of the cluster needs idcard {version}",
    "ModuleNotFoundError": "every worker of the cluster needs idcard {version}, with its extras 'cli' and 'print': "
    'see "Install" in the README',
    "KilledWorker": "one worker of the cluster after another ended while it drew the same, perhaps for want of memory",
    "MissingFont": "a font is missing on a worker of the cluster",
    "OtherFonts": "a worker of the cluster has other fonts than this computer: give all the same, or draw here",
}


class ClusterError(IdcardError):
    """There is no cluster that could draw, or one of its workers could not."""


class ClusterLost(IdcardError):
    """The scheduler or all workers ended meanwhile."""


class OtherVersion(IdcardError):
    """A worker has another idcard than the program that asks, and would read its task in another way."""


class Drawn:
    """A block that workers draw."""

    def __init__(self, future: "Future[Any]", client: Any, interrupted: threading.Event) -> None:
        self._future = future
        self._client = client
        self._interrupted = interrupted

    def done(self) -> bool:
        return self._future.done()

    def _awaited(self) -> Any:
        """Raises TimeoutError after some seconds, KeyboardInterrupt, and what the task raised."""
        for _ in range(_PATIENCE * _LOOKS_A_SECOND):
            if self._interrupted.is_set():
                raise KeyboardInterrupt
            with suppress(TimeoutError):
                return self._future.result(1 / _LOOKS_A_SECOND)
            if self._future.done():
                break
        raise TimeoutError

    def result(self) -> bytes:
        """Raises ClusterError, ClusterLost, KeyboardInterrupt."""
        alone = 0
        while alone < _LONELY:
            try:
                return _unpacked(self._awaited())
            except CancelledError:
                raise ClusterLost("the scheduler of the cluster has ended, or forgot what it was given") from None
            except TimeoutError:
                if self._future.done() and self._future.exception(0) is not None:
                    raise _failed("TimeoutError") from None
                if self._client.status != "running":
                    raise ClusterLost("the scheduler of the cluster has ended, or forgot what it was given") from None
                alone = 0 if _count(self._client) else alone + _PATIENCE
            except IdcardError:
                raise
            except Exception as problem:
                raise _failed(type(problem).__name__) from None
        raise ClusterLost("the cluster has no worker any more")


@contextmanager
def _noting_signals() -> Iterator[threading.Event]:
    """Ctrl-C and its like are noted, and raised where a result is awaited: in Dask's own code they would be lost."""
    noted = threading.Event()
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in numbers}
    try:
        for each in numbers:
            if before[each] != signal.SIG_IGN:
                signal.signal(each, lambda *_: noted.set())
        yield noted
    finally:
        for each in numbers:
            signal.signal(each, before[each])


def check(scheduler: str) -> str:
    """The address, before anything is begun. Raises UsageError."""
    if not _ADDRESS.fullmatch(scheduler):
        # Without TLS, whoever reaches the port of the scheduler, from this computer or another, can be its worker.
        raise click.UsageError(
            "--scheduler takes an address such as tls://drawing.example:8786; codes travel by TLS only"
        )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        raise click.UsageError(
            "--scheduler is not for root: whoever controls the workers of a cluster controls the user that draws; "
            "draw as a user who has no keys, no city folder and no records (docs/issuing.md)"
        )
    if importlib.util.find_spec("distributed") is None:
        raise click.UsageError(needs_extra("--scheduler", "cluster"))
    return scheduler


@contextmanager
def opened(address: str) -> Iterator[tuple[Callable[[Form, Sequence[Issued]], Drawn], int]]:
    """What draws a block, and how many blocks it should hold. address: of `check`. Raises ClusterError."""
    client = _client(address)
    try:
        workers = _workers(client, address)
        executor = client.get_executor(pure=False)
        version = metadata.version("municipal-idcard")

        with _noting_signals() as noted:

            def submit(form: Form, issued: Sequence[Issued]) -> Drawn:
                return Drawn(executor.submit(run, version, pickle.dumps((form, issued))), client, noted)

            yield submit, min(max(sum(workers.values()), 1), MAX_THREADS) * TASKS_A_PROCESS
    finally:
        with suppress(Exception):
            client.close(timeout=1)


def run(of_version: str, task: bytes) -> bytes:
    """What a worker runs. Raises nothing: of a task that fails Dask writes the arguments, here codes, into logs."""
    try:
        if metadata.version("municipal-idcard") != of_version:
            raise OtherVersion
        form, issued = pickle.loads(task)  # noqa: S301 - whoever gives a worker tasks runs programs on it anyway
        return _GOOD + forms.drawn(form, issued)
    except Exception as problem:
        return _FAILED + type(problem).__name__.encode("ascii", "replace")


def _unpacked(answer: Any) -> bytes:
    if type(answer) is not bytes or answer[:1] not in (_GOOD, _FAILED):
        raise _failed("TypeError")
    if answer[:1] == _FAILED:
        raise _failed(answer[1:].decode("ascii", "replace"))
    return answer[1:]


def _failed(kind: str) -> ClusterError:
    """kind: the name of an error. Nothing more is shown of it, for it may hold codes."""
    sentence = _ON_WORKERS.get(kind) or f"a worker of the cluster failed ({kind if kind.isidentifier() else 'unknown'})"
    return ClusterError(sentence.format(version=metadata.version("municipal-idcard")))


def _client(address: str) -> Any:
    """Raises ClusterError."""
    warnings.simplefilter("ignore")  # what else differs on the workers; idcard's own version is checked by each task
    distributed: Any = importlib.import_module("distributed")
    logging.disable()  # Dask's words are not ours, and may hold codes
    security = distributed.Security(require_encryption=True)
    if not (security.tls_ca_file and security.tls_client_cert):
        raise ClusterError(
            "tls:// needs files named in Dask's configuration: ca-file, client.cert and client.key of "
            "distributed.comm.tls"
        )
    connect = partial(
        distributed.Client,
        address,
        security=security,
        timeout=_PATIENCE,
        set_as_default=False,
        direct_to_workers=False,  # else a scheduler would say where to connect to
    )
    try:
        return _in_time(connect)
    except (OSError, TimeoutError):
        raise ClusterError(
            f"no scheduler answers at {address}, or it and this computer do not accept each other's certificates"
        ) from None


def _in_time(connect: Callable[[], Any]) -> Any:
    """Dask's own patience never ends where the other end accepts a connection and says nothing. Raises TimeoutError."""
    answer: Future[Any] = Future()

    def wait() -> None:
        try:
            answer.set_result(connect())
        except BaseException as problem:
            answer.set_exception(problem)

    threading.Thread(target=wait, daemon=True).start()
    return answer.result(_PATIENCE + 1)


def _workers(client: Any, address: str) -> dict[str, int]:
    """Address and threads of each. Raises ClusterError."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise ClusterError(f"no worker has come to the scheduler at {address}") from None
    workers: dict[str, int] = client.nthreads()
    if not all(each.startswith("tls://") for each in workers):
        raise ClusterError(f"the scheduler at {address} has workers without encryption")
    return workers


def _count(client: Any) -> int:
    """Of the workers."""
    try:
        return len(client.nthreads())
    except Exception:  # the connection is lost, which each task hears for itself
        return 0
