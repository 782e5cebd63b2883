"""The process that holds the client of a cluster, and never a key: a client unpickles what workers send.

Tasks come by standard input, and answers go by standard output (`cluster_frames`). When the cluster is lost, the
process ends; and so it does when nobody holds the other end of its standard input.

Before it connects to anything, it shuts itself in (`landlock`): whatever a worker has it run reads Python and the files
of TLS, writes nothing, starts nothing, and connects to no port but the scheduler's.
"""

import asyncio
import importlib
import os
import secrets
import signal
import socket
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any, BinaryIO

from idcard.errors import IdcardError
from idcard_cli import hardening
from idcard_cli.counter import cluster_address, cluster_frames, cluster_task, landlock
from idcard_cli.counter.cluster_address import Address, BadAddress
from idcard_cli.counter.cluster_frames import HELLO, Frame

_PATIENCE = 10
"""Seconds for a scheduler to answer, and for a worker to come."""
_LONELY = 60
"""Seconds without a worker, after which none is expected any more."""
_RETRIES = 3
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
"""That Python may load later."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Else numpy, which Dask imports where it finds it, starts threads of its own at once, and these cannot be shut in."""


class NoScheduler(IdcardError):
    """Nobody answers at the address."""


class NoAnswer(IdcardError):
    """The same with encryption, where who does not accept a certificate may end the connection without a word."""


class NotTrusted(IdcardError):
    """One of the two does not accept the certificate of the other."""


class NoCertificates(IdcardError):
    """Dask's configuration does not name what TLS needs."""


class NoWorkers(IdcardError):
    """There is a scheduler, and nobody who works for it."""


class Lost(IdcardError):
    """The scheduler forgot a task, or is gone."""


def main() -> None:
    """Does not return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, answers = _taken(0, os.O_RDONLY), _taken(1, os.O_WRONLY)
    try:
        asyncio.new_event_loop().run_until_complete(_serve(cluster_address.parse(sys.argv[1]), tasks, answers))
    finally:
        os._exit(0)  # a thread may still wait for a task, and Dask would say goodbye at length


def _taken(descriptor: int, flags: int) -> BinaryIO:
    """The pipe that was there. Nothing stays: workers can have a client print something."""
    pipe = os.fdopen(os.dup(descriptor), "rb" if flags == os.O_RDONLY else "wb")
    nothing = os.open(os.devnull, flags)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return pipe


async def _serve(address: Address, tasks: BinaryIO, answers: BinaryIO) -> None:
    sending = asyncio.Lock()

    async def send(frame: Frame) -> None:
        # Not in the loop, in which Dask must be heard while a pipe is full.
        data = cluster_frames.encode(frame)
        async with sending:
            await asyncio.to_thread(_write, answers, data)

    try:
        # No thread is there yet: neither this program nor the loop has started one.
        cluster = await _Cluster.of(address, _shut_in(address))
        threads = await cluster.threads()
    except Exception as problem:
        await send(Frame(HELLO, False, cluster_task.kind(problem)))
        return
    await send(Frame(HELLO, True, threads.to_bytes(4)))

    async def run(task: Frame) -> None:
        try:
            good, payload = await cluster.answer(task.payload)
        except Lost:
            raise
        except Exception as problem:
            good, payload = False, cluster_task.kind(problem)
        if len(payload) > cluster_frames.MAX_SIZE:
            good, payload = False, b"TooLong"
        await send(Frame(task.number, good, payload))

    async with asyncio.TaskGroup() as group:
        group.create_task(cluster.watch())
        while (task := await asyncio.to_thread(cluster_frames.read, tasks)) is not None:
            group.create_task(run(task))
        raise Lost("of the process that signs")


def _shut_in(address: Address) -> Any:
    """This process, for good. What Dask is to know about TLS.

    Raises ImportError, NoCertificates, NoScheduler and NotLocked.
    """
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    # Else the number of the network card would go to the scheduler, and libuuid keep a file.
    uuid.getnode = lambda: secrets.randbits(48)
    distributed: Any = importlib.import_module("distributed")
    security = distributed.Security(require_encryption=address.encrypted or None)
    if address.encrypted and not _has_files(security):
        raise NoCertificates
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        raise NoScheduler from None
    landlock.restrict([*map(Path, _LIBRARIES), *_python(), *map(Path, _files(security))], address.port)
    hardening.off()
    # To look up a name needs more than is left, and there is one name to look up.
    socket.getaddrinfo = lambda *_, **__: found
    return security


def _python() -> Iterator[Path]:
    """The standard library, what is installed beside it, and where other packages were found, each by itself."""
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    for name, module in list(sys.modules.items()):
        if "." not in name:
            yield from map(Path, getattr(module, "__path__", ()))


def _files(security: Any) -> list[str]:
    """Of TLS."""
    named = (security.tls_ca_file, security.tls_client_cert, security.tls_client_key)
    return [path for path in named if path and "\n" not in path]


def _write(pipe: BinaryIO, data: bytes) -> None:
    pipe.write(data)
    pipe.flush()


class _Cluster:
    """hosts: names of computers whose workers may draw; None for all of them."""

    def __init__(self, client: Any, hosts: list[str] | None) -> None:
        self._client = client
        self._hosts = hosts
        self._version = cluster_task.version()

    @classmethod
    async def of(cls, address: Address, security: Any) -> "_Cluster":
        """Raises OSError, ImportError and IdcardError."""
        distributed: Any = importlib.import_module("distributed")
        from distributed.comm.core import FatalCommClosedError

        client = distributed.Client(
            str(address),
            security=security,
            timeout=_PATIENCE,
            asynchronous=True,
            set_as_default=False,
            direct_to_workers=False,  # else a scheduler would say where to connect to
        )
        try:
            # Dask's own patience ends where the other end takes a connection and then says nothing.
            await asyncio.wait_for(client, _PATIENCE + 1)
        except FatalCommClosedError:
            raise NotTrusted from None
        except (OSError, TimeoutError):
            raise (NoAnswer if address.encrypted else NoScheduler) from None
        try:
            await client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise NoWorkers from None
        workers = [cluster_address.parse(each) for each in await client.nthreads()]
        hosts = None
        if not address.encrypted:
            # Such a scheduler, too, may have workers elsewhere; and some may come later.
            hosts = sorted({each.host for each in workers})
            if any(each.encrypted for each in workers):
                raise BadAddress
        cluster = cls(client, hosts)
        await cluster._check_workers()
        return cluster

    async def threads(self) -> int:
        return sum((await self._client.nthreads()).values())

    async def answer(self, task: bytes) -> tuple[bool, bytes]:
        """Whether it is good, and what it is. Raises Lost, and whatever Dask raises."""
        future = self._client.submit(
            cluster_task.run,
            self._version,
            task,
            pure=False,  # never looked up by what it is about
            retries=_RETRIES,
            workers=self._hosts,
        )
        try:
            answer = await future
        except (asyncio.CancelledError, futures.CancelledError):
            raise Lost from None
        finally:
            future.release()
        if type(answer) is not bytes:
            raise TypeError("a worker gives bytes")
        return answer[:1] == cluster_task.GOOD, answer[1:]

    async def watch(self) -> None:
        """Raises NoWorkers when there was none for long, and OSError when the scheduler is gone."""
        alone = 0
        while alone < _LONELY:
            await asyncio.sleep(_PATIENCE)
            alone = 0 if await self.threads() else alone + _PATIENCE
        raise NoWorkers

    async def _check_workers(self) -> None:
        """Raises OtherVersion."""
        answers = await self._client.run(cluster_task.version, on_error="return")
        # A worker that ended just now answers with an OSError.
        if any(answer != self._version for answer in answers.values() if not isinstance(answer, OSError)):
            raise cluster_task.OtherVersion


def _has_files(security: Any) -> bool:
    """Dask would write a key that is in its configuration, and not in a file, into one."""
    certificate = security.tls_client_cert
    needed = (security.tls_ca_file, certificate, security.tls_client_key or certificate)
    return all(path and "\n" not in path for path in needed)


if __name__ == "__main__":
    main()
