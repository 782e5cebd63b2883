"""Has pictures and PDFs decoded by a process of its own (specs/command.md, Pictures and PDFs).

Decoders are large, written in C, and get bytes from anybody; a key, a city's folder or a desk may be at hand here. What
comes back is read as from a stranger: at most 99 texts, each with one of nine places, or one of the errors known here.
"""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import IO

from idcard.errors import NeedsExtra
from idcard.pictures import MAX_FOUND, Found, PictureError, Unread
from idcard_cli import reader_process

SECONDS, PATIENCE = 60, 120
"""Of processor, and of waiting, for one picture or PDF. Twenty pages without a code take 18 of processor here."""
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from idcard_cli import reader_process; reader_process.main()"


Finds = Generator[list[Found], None, None]
"""All codes found so far, each time that another is."""


class _DiedError(Exception):
    """The process has ended, or what it says is not to be understood."""


class Reader:
    """The process, from the first picture on; it is started again when it has died. For one thread at a time."""

    def __init__(self, seconds: int = SECONDS, patience: float = PATIENCE) -> None:
        """For one picture or PDF, in seconds: of processor, and of waiting."""
        self._seconds, self._patience = seconds, patience
        self._process: subprocess.Popen[bytes] | None = None
        self._finish: weakref.finalize[..., Reader] = weakref.finalize(self, int)  # nothing yet
        self._last: Finds | None = None

    def search(self, data: bytes, *, moving: bool = False, max_pixels: int | None = None) -> Finds:
        """As `idcard.pictures.search`, but that all errors come with the first list. Ends an earlier search.

        moving: whether the picture is one of those of one camera, in their order. Raises PictureError also where the
        process died of the picture before it found a code, and NeedsExtra.
        """
        if self._last is not None:
            self._last.close()
        self._last = self._search(reader_process.HEAD.pack(moving, self._seconds, max_pixels or 0, len(data)), data)
        return self._last

    def end(self) -> None:
        """Without waiting for an answer: a thread that waits for one gets an error."""
        self._finish()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """End with this block, so that what a picture has left in the process never meets another."""
        try:
            yield
        finally:
            self.end()

    def _search(self, head: bytes, data: bytes) -> Finds:
        process = self._running()
        timer = threading.Timer(self._patience, process.kill)
        timer.daemon = True  # a command that wants no more codes ends at once
        timer.start()
        answered = has_found = False
        try:
            for found in _conversation(process, head, data):
                has_found = True
                yield found
            answered = True
        except (PictureError, NeedsExtra):
            answered = True
            raise
        except (_DiedError, OSError, ValueError):  # also of pipes that were closed meanwhile
            if not has_found:  # else the search ends with what there is
                raise Unread.GAVE_UP.error() from None
        except GeneratorExit:
            answered = _stop(process)
            raise
        finally:
            timer.cancel()
            if not answered:
                self._finish()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None or not self._finish.alive:
            self._finish()
            self._process = _started()
            self._finish = weakref.finalize(self, _finish, self._process)
        return self._process


@cache
def shared() -> Reader:
    """Of this command."""
    return Reader()


def _finish(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        try:
            if stream is not None:
                stream.close()
        except OSError:
            pass  # what was not sent to a process that has died
    process.wait()


def _started() -> "subprocess.Popen[bytes]":
    if not all(map(find_spec, ("PIL", "zxingcpp"))):
        raise NeedsExtra("reading pictures", "scan")
    # Python does not start on Windows without it.
    environment = {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if sys.platform == "win32" else {}
    return subprocess.Popen(  # noqa: S603 - this interpreter, and no word from outside
        [sys.executable, "-I", "-S", "-c", _PROGRAM, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _conversation(process: "subprocess.Popen[bytes]", head: bytes, data: bytes) -> Finds:
    requests, answers = process.stdin, process.stdout
    assert requests is not None
    assert answers is not None
    requests.write(head)
    requests.write(data)
    requests.flush()
    while True:
        kind = _exactly(answers, 1)[0]
        if kind == reader_process.END:
            return
        if kind == reader_process.EXTRA:
            raise NeedsExtra("reading pictures", "scan")
        if kind == reader_process.ERROR:
            raise _unread(_exactly(answers, _exactly(answers, 1)[0])).error()
        if kind != reader_process.LIST:
            raise _DiedError
        yield _listed(answers)
        requests.write(reader_process.MORE)
        requests.flush()


def _listed(answers: IO[bytes]) -> list[Found]:
    number = _exactly(answers, 1)[0]
    if not 1 <= number <= MAX_FOUND:
        raise _DiedError
    found = []
    for _ in range(number):
        place, size = reader_process.FOUND.unpack(_exactly(answers, reader_process.FOUND.size))
        if place >= len(reader_process.PLACES):
            raise _DiedError
        found.append(Found(_exactly(answers, size).decode("utf-8", "replace"), reader_process.PLACES[place]))
    return found


def _unread(name: bytes) -> Unread:
    for why in Unread:
        if why.value.encode("ascii") == name:
            return why
    raise _DiedError


def _exactly(answers: IO[bytes], size: int) -> bytes:
    data = answers.read(size)
    if len(data) < size:
        raise _DiedError
    return data


def _stop(process: "subprocess.Popen[bytes]") -> bool:
    """Tell it that nobody reads on. Whether it is there for the next picture."""
    assert process.stdin is not None
    try:
        process.stdin.write(reader_process.ENOUGH)
        process.stdin.flush()
    except (OSError, ValueError):
        return False
    return True
