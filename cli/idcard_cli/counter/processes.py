"""Further processes of this computer, for work in bulk (specs/batch.md)."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idcard_cli import hardening

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Lock

# Not forked: a child would have whatever is in memory here.
SPAWN = multiprocessing.get_context("spawn")


PATIENCE = 60.0
"""Seconds from one process that is ready for a secret to the next."""


class NotBegun(BrokenExecutor):
    """No secret was given out: a process did not turn off its core dumps in time."""


@contextmanager
def started(
    count: int, begin: Callable[..., object] | None = None, *arguments: Any, secret: object = None
) -> Iterator[ProcessPoolExecutor]:
    """So many of them, running. begin: what each does first, with these arguments, and then the secret if there is one.

    One that is killed ends them all with BrokenExecutor. Raises NotBegun.
    """
    # A pair of sockets: unlike a pipe, none can be opened from /proc before its process has turned that off.
    ours, theirs = SPAWN.Pipe()
    with ours, theirs:
        taking = None if secret is None else _Taking(theirs, SPAWN.Lock())
        pool = ProcessPoolExecutor(count, SPAWN, initializer=_begin, initargs=(begin, arguments, taking))
        try:
            with _without_ctrl_c():
                # None is idle yet, so each of them starts a process.
                begun = [pool.submit(int) for _ in range(count)]
            if secret is not None:
                _give(secret, ours, begun)
            for each in begun:
                each.result()
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _give(secret: object, ours: "Connection[Any, Any]", begun: Sequence[Future[int]]) -> None:
    """To every process, when every one has turned off its core dumps. Raises BrokenExecutor."""
    try:
        for _ in begun:
            until = time.monotonic() + PATIENCE
            while not ours.poll(0.1):
                for each in begun:
                    if each.done():  # without a secret, so it was killed
                        each.result()
                if time.monotonic() > until:
                    raise NotBegun
            ours.recv_bytes()
        for _ in begun:
            ours.send(secret)
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()  # it would wait for ever
        raise


@dataclass(frozen=True, slots=True)
class _Taking:
    """The end at which the processes take their secrets, one after the other."""

    end: "Connection[Any, Any]"
    turn: "Lock"

    def take(self) -> Any:
        """The secret, after telling that it may come. Waits until it does."""
        self.end.send_bytes(b"ready")  # so few bytes are never mixed with another's
        with self.turn:
            return self.end.recv()


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """It waits here, and never comes to the processes that are started meanwhile: this one answers it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(begin: Callable[..., object] | None, arguments: tuple[Any, ...], taking: _Taking | None) -> None:
    hardening.off()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also in one that starts late
    # Nobody would ever end the child of a parent that was killed.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if taking is not None:
        arguments = (*arguments, taking.take())
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
