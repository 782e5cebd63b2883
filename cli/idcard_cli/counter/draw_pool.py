"""The processes of this computer that draw (specs/batch.md, Drawing)."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

from idcard.issuing.code import Issued
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard_cli import hardening

TASKS_A_PROCESS = 3
"""In work and waiting: none is ever idle, and few results lie in memory."""


@contextmanager
def opened() -> Iterator[tuple[Callable[[Form, Sequence[Issued]], Future[bytes]], int]]:
    """What draws a block, in processes that run already, and how many blocks it should hold."""
    # Not forked: a child would have whatever is in memory here.
    context = multiprocessing.get_context("spawn")
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = ProcessPoolExecutor(processes, context, initializer=_begin)
    try:
        with _without_ctrl_c():
            # None is idle yet, so each of them starts a process.
            begun = [pool.submit(int) for _ in range(processes)]
        for each in begun:
            each.result()
        yield lambda form, issued: pool.submit(forms.drawn, form, issued), processes * TASKS_A_PROCESS
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


def _begin() -> None:
    hardening.off()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also in one that starts late
    # Nobody would ever end the child of a parent that was killed.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
