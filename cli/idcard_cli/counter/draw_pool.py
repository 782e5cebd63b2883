"""The processes of this computer that draw (specs/batch.md, Drawing)."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from idcard.issuing.code import Issued
from idcard.printing import forms
from idcard.printing.forms import Form
from idcard_cli.counter import processes

TASKS_A_PROCESS = 3
"""In work and waiting: none is ever idle, and few results lie in memory."""


@contextmanager
def opened() -> Iterator[tuple[Callable[[Form, Sequence[Issued]], Future[bytes]], int]]:
    """What draws a block, in processes that run already, and how many blocks it should hold."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with processes.started(count) as pool:
        yield lambda form, issued: pool.submit(forms.drawn, form, issued), count * TASKS_A_PROCESS
