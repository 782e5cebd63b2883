"""Takes what a person brings for this computer's memory: the city's first trust file, newer ones, and posters."""

import threading
from collections.abc import Iterable
from pathlib import Path

import click

from idcard.errors import Malformed, Reason, Refused, listed, sentences
from idcard.trust import paper
from idcard.trust.paper import PosterKind
from idcard.trust.patch import OtherBase
from idcard.verify import Verifier
from idcard.verify.memory import Memory
from idcard_cli import memory_file
from idcard_cli.desk import answers, status, words
from idcard_cli.desk.answers import COLLECTING, TAKEN, Object, Request
from idcard_cli.desk.first_run import FirstRun
from idcard_cli.desk.poster_pieces import Collection, PosterProgress
from idcard_cli.venue import newer_trust


class Taking:
    """Several threads may use it."""

    def __init__(self, memory_path: Path | None, *, has_own_file: bool) -> None:
        """has_own_file: whether the desk has a trust file instead of the memory, which nothing here replaces."""
        self._memory_path = memory_path
        self._has_own_file = has_own_file
        self._lock = threading.RLock()
        self._collection = Collection()
        self._first_run = FirstRun(memory_path)

    def is_first(self) -> bool:
        """Whether the page is to ask for the first trust file of this computer."""
        return not self._has_own_file and self._first_run.is_needed()

    def collect(self, sheets: Iterable[str], request: Request) -> Object:
        """An update on codes of a poster."""
        with self._lock:
            try:
                self._collection, whole = self._collection.with_seen(paper.repaired_lines(sheets))
            except Malformed:
                return answers.refuse_update(words.POSTER_DAMAGED, words.POSTER_AGAIN, request)
            except Refused as refused:
                return answers.refused(refused, request)
            if isinstance(whole, PosterProgress):
                return _progress(whole, request)
            return self.take(*whole, request)

    def take(self, sheet: PosterKind, data: bytes, request: Request) -> Object:
        """An update on a trust file, or on what a poster holds."""
        if self._has_own_file:
            return answers.refuse_update(words.OWN_FILE, words.OWN_FILE_REPLACE, request)
        try:
            path = memory_file.find(self._memory_path)
        except click.UsageError:
            return self._first_run.offer(sheet, data, request)
        try:
            new = newer_trust.accept(path, sheet, data, request.now)
        except Refused as refused:
            if refused.reason is Reason.MEMORY_DAMAGED:
                return self._first_run.offer(sheet, data, request)
            return answers.refused(refused, request)
        except OtherBase:
            return answers.refuse_update(words.POSTER_OTHER, words.POSTER_ASK, request)
        except Malformed:
            return answers.refused(Refused(Reason.TRUST_MALFORMED), request)
        except (OSError, click.UsageError):
            return answers.refuse_update(words.NOT_WRITABLE, words.NOT_WRITABLE_ASK, request)
        return _taken(new, request)

    def install(self, data: bytes, fingerprint: str | None, code: str, request: Request) -> Object | None:
        """An update on the first trust file; None where there is no first run."""
        if not self.is_first():
            return None
        installed = self._first_run.install(data, fingerprint, code, request)
        return _taken(installed, request) if isinstance(installed, Memory) else installed


def _taken(new: Memory, request: Request) -> Object:
    now = status.of(Verifier(new), request.venue_class, request.now, request.language.isolating)
    return answers.update(TAKEN, sentences(*now.sentences), "")


def _progress(progress: PosterProgress, request: Request) -> Object:
    translate = request.language.isolating
    seen = progress.count - len(progress.missing)
    missing = listed(map(str, progress.missing), translate)
    message = translate(words.POSTER).format(seen=seen, count=progress.count, missing=missing)
    return answers.update(COLLECTING, message, "", count=progress.count, missing=list(progress.missing))
