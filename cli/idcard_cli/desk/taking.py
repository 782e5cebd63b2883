"""Takes what a person brings for this computer's memory: the city's first trust file, newer ones, and posters."""

import threading
from collections.abc import Iterable
from pathlib import Path

import click

from idcard.errors import Malformed, Reason, Refused, listed, sentences
from idcard.trust.paper import PosterKind
from idcard.trust.patch import OtherBase
from idcard.verify import Verifier, memory
from idcard.verify.memory import Memory
from idcard_cli import memory_file
from idcard_cli.desk import answers, status, words
from idcard_cli.desk.answers import COLLECTING, OFFERED, TAKEN, Object, Request
from idcard_cli.desk.poster_pieces import Collection, PosterProgress
from idcard_cli.fingerprint import parse_fingerprint
from idcard_cli.venue import first_trust, newer_trust

FILE, WORDS = "file", "words"
"""What a first run still needs: the city's trust file, or the words that say whose it is."""


class Taking:
    """Several threads may use it."""

    def __init__(self, memory_path: Path | None, *, has_own_file: bool) -> None:
        """has_own_file: whether the desk has a trust file instead of the memory, which nothing here replaces."""
        self._memory_path = memory_path
        self._has_own_file = has_own_file
        self._lock = threading.RLock()
        self._collection = Collection()
        self._offered: bytes | None = None

    def first(self) -> tuple[str, str]:
        """What a first run needs, and the name of the city whose file is offered; both empty where there is none."""
        with self._lock:
            if not self._is_first():
                return "", ""
            return (FILE, "") if self._offered is None else (WORDS, Verifier(self._offered).trust.root.name)

    def _is_first(self) -> bool:
        """Whether this computer has no memory, or a damaged one."""
        if self._has_own_file:
            return False
        try:
            memory_file.read(memory_file.find(self._memory_path))
        except Refused as refused:
            return refused.reason is Reason.MEMORY_DAMAGED
        except click.UsageError:
            return True
        except OSError:
            return False
        return False

    def collect(self, sheets: Iterable[str], request: Request) -> Object:
        """An update on codes of a poster."""
        with self._lock:
            try:
                self._collection, whole = self._collection.with_seen(sheets)
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
            return self._offer(sheet, data, request)
        try:
            new = newer_trust.accept(path, sheet, data, request.now)
        except Refused as refused:
            if refused.reason is Reason.MEMORY_DAMAGED:
                return self._offer(sheet, data, request)
            return answers.refused(refused, request)
        except OtherBase:
            return answers.refuse_update(words.POSTER_OTHER, words.POSTER_ASK, request)
        except Malformed:
            return answers.refused(Refused(Reason.TRUST_MALFORMED), request)
        except (OSError, click.UsageError):
            return answers.refuse_update(words.NOT_WRITABLE, words.NOT_WRITABLE_ASK, request)
        return _taken(new, request)

    def _offer(self, sheet: PosterKind, data: bytes, request: Request) -> Object:
        if sheet is not PosterKind.FILE:
            return answers.refuse_update(words.ONLY_UPDATE, words.POSTER_ASK, request)
        try:
            memory.install(data, fingerprint=None, now=request.now)
        except Refused as refused:
            return answers.refused(refused, request)
        self._offered = data
        return answers.update(OFFERED, "", "")

    def install(self, fingerprint: str | None, request: Request) -> Object | None:
        """An update on the file that is offered; None if there is none, or a memory that holds.

        fingerprint: as it was typed; None for a file that came by hand.
        """
        with self._lock:
            if self._offered is None or not self._is_first():
                return None
            try:
                compared = None if fingerprint is None else parse_fingerprint(fingerprint)
            except click.UsageError:
                return answers.refuse_update(words.NOT_WORDS, words.NOT_WORDS_AGAIN, request)
            path = memory_file.first_place(self._memory_path)
            places = [] if self._memory_path is not None else memory_file.places()
            try:
                new = memory.install(self._offered, fingerprint=compared, now=request.now)
                first_trust.keep(new, path, places)
            except Refused as refused:
                return answers.refused(refused, request)
            except (OSError, click.UsageError):
                return answers.refuse_update(words.NOT_WRITABLE, words.NOT_WRITABLE_ASK, request)
            self._offered = None
            return _taken(new, request)


def _taken(new: Memory, request: Request) -> Object:
    now = status.of(Verifier(new), request.venue_class, request.now, request.language.isolating)
    return answers.update(TAKEN, sentences(*now.sentences), "")


def _progress(progress: PosterProgress, request: Request) -> Object:
    translate = request.language.isolating
    seen = progress.count - len(progress.missing)
    missing = listed(map(str, progress.missing), translate)
    message = translate(words.POSTER).format(seen=seen, count=progress.count, missing=missing)
    return answers.update(COLLECTING, message, "", count=progress.count, missing=list(progress.missing))
