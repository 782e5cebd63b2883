"""Further processes of this computer, for work in bulk (specs/batch.md)."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from idcard_cli import hardening

# Not forked: a child would have whatever is in memory here.
SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def started(count: int, begin: Callable[..., object] | None = None, *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """So many of them, running. begin: what each does first, with these arguments.

    One that is killed ends them all with BrokenExecutor.
    """
    pool = ProcessPoolExecutor(count, SPAWN, initializer=_begin, initargs=(begin, arguments))
    try:
        with _without_ctrl_c():
            # None is idle yet, so each of them starts a process.
            begun = [pool.submit(int) for _ in range(count)]
        for each in begun:
            each.result()
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


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


def _begin(begin: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    hardening.off()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also in one that starts late
    # Nobody would ever end the child of a parent that was killed.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
