"""Handles the codes, pictures and trust files that the desk page sends, and keeps only what is in view."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idcard.credential.calendar import as_day, seconds
from idcard.errors import Malformed, Reason, Refused, listed, sentences
from idcard.languages import Language
from idcard.trust import paper
from idcard.trust.paper import PosterKind
from idcard.trust.patch import OtherBase
from idcard.verify import Verifier, choice, verdict
from idcard.verify.tally import TallyKey
from idcard.verify.verdict import ACCEPT, Verdict
from idcard_cli import files, memory_file, verdict_in_words
from idcard_cli.desk import pictures, status, words
from idcard_cli.desk.in_view import InView
from idcard_cli.desk.poster_pieces import Collection, PosterProgress
from idcard_cli.venue import newer_trust
from idcard_cli.venue.last_line import LastLine
from idcard_cli.venue.tally_file import Counts
from idcard_cli.venue.trust_in_use import TrustInUse

SCHEMA = 1
TAKEN, REFUSED, COLLECTING = "taken", "refused", "collecting"
_CARD = ("IDC", "IDT")
_UNREADABLE = (Reason.NOT_A_CODE.value, Reason.MALFORMED.value)
_OTHER_CODE = (Reason.WRONG_CLASS.value, Reason.NO_HANDLE.value)
_OTHER_CODE_AFTER = 0.2
"""Seconds to wait, after a code for another kind of place, for the right one beside it."""

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What every request has. venue_class: may be empty. now: the time of the request."""

    venue_class: str
    language: Language
    now: datetime


class Session:
    """One desk; several threads may use it."""

    def __init__(self, trust: str | None, memory_path: Path | None, tally_path: Path | None) -> None:
        """trust: a trust file, or None for the memory of this computer, which accepts newer ones.

        tally_path: None to count nothing.
        """
        self._has_own_file = trust is not None
        self._memory_path = memory_path
        self._in_use = TrustInUse(trust, memory_path)
        self._lock = threading.RLock()
        self._counts = Counts(tally_path)
        self._classes: tuple[str, ...] = ()
        self._last = LastLine()
        self._place = ""
        self._in_view = InView()
        self._collection = Collection()

    def end(self) -> None:
        """Write the counts that are not in the tally yet."""
        self._counts.write(last=True)

    # ---- codes ----

    def scan(self, text: str, on_us: str, request: Request) -> Object:
        """A verdict or an update, for a text that a scanner typed. on_us: the same keys on a US keyboard."""
        sheets = [each for each in (text, on_us) if paper.is_code(each)]
        if sheets:
            with self._lock:
                return self._collect(sheets[:1], request)
        verifier = self._open(request)
        read, judged = (text, verifier) if isinstance(verifier, Verdict) else _typed(verifier, text, on_us, request)
        with self._lock:
            again = self._last.is_again(read, time.monotonic())
            return self._as_json(judged, request, again=again)

    def picture(self, data: bytes, request: Request, *, moving: bool) -> Object | None:
        """A verdict or an update; None if there is no code, or nothing new to report yet.

        moving: whether the picture is one of a camera's stream. Raises NotAPicture, TooLarge.
        """
        texts = self._texts_in(data, request, moving=moving)
        # A poster on the wall must not stop the reading of cards, nor another code that of a poster.
        cards = [text for text in texts if text.startswith(_CARD)]
        sheets = [text for text in texts if paper.is_code(text)]
        with self._lock:
            if request.venue_class != self._place:
                self._place, self._in_view = request.venue_class, InView()
            in_view = self._in_view if moving else InView()
            in_view.see(texts, time.monotonic())
            if cards or not sheets:
                return self._report(sorted(cards or texts, key=in_view.was_reported), in_view, request, moving=moving)
            return self._shown_poster(sheets, in_view, request)

    def _texts_in(self, data: bytes, request: Request, *, moving: bool) -> list[str]:
        """The codes found until one settles the verdict, or until every attempt is made."""
        texts: list[str] = []
        verifier: Verifier | Verdict | None = None
        for found in pictures.search(data, moving=moving):
            before, texts = len(texts), [each.text for each in found]
            cards = [text for text in texts[before:] if text.startswith(_CARD)]
            if cards:
                verifier = verifier or self._open(request)
                if isinstance(verifier, Verdict) or _settle(verifier, cards, request):
                    break
        return texts

    def _report(self, texts: Sequence[str], in_view: InView, request: Request, *, moving: bool) -> Object | None:
        """texts: of one picture; those not reported yet come first."""
        if not texts:
            return None
        verifier = self._open(request)
        text, judged = (texts[0], verifier) if isinstance(verifier, Verdict) else _best(verifier, texts, request)
        if in_view.was_reported(text):
            return self._as_json(judged, request, again=True)
        right_one_may_come = in_view.has_accepted or in_view.seconds(text) < _OTHER_CODE_AFTER
        if moving and judged.reason in _OTHER_CODE and right_one_may_come:
            return None
        in_view.report(text, accepted=judged.outcome == ACCEPT)
        return self._as_json(judged, request, again=False)

    def _open(self, request: Request) -> Verifier | Verdict:
        """The verifier, or the verdict if no trust file can be used."""
        translate = request.language.isolating
        try:
            with self._lock:
                verifier = self._in_use.verifier(request.now)
                self._classes = verifier.classes
                return verifier
        except Refused as refused:
            return verdict.of_refusal(refused, request.venue_class, None, request.now, translate)
        except (OSError, click.UsageError):
            return verdict_in_words.without_trust_file(request.venue_class, translate)

    def _as_json(self, judged: Verdict, request: Request, *, again: bool) -> Object:
        """The JSON of `idcard scan --json`. again: whether it is counted already."""
        if not again and request.venue_class in self._classes:
            self._counts.add(TallyKey(as_day(seconds(request.now)), request.venue_class, judged.reason or ACCEPT))
            self._counts.write()
        advice = judged.advice(request.language.isolating)
        return judged.as_json() | {"again": again, "undone": list(judged.undone), "advice": advice}

    # ---- trust files ----

    def take(self, data: bytes, request: Request) -> Object:
        """An update on a file that a person brings: a trust file, or the texts of a poster's codes, one a line."""
        if newer_trust.is_trust_file(data):
            return self._update_memory(PosterKind.FILE, data, request)
        text = files.as_text(data) or ""
        lines = [line for line in files.lines(text) if paper.is_code(line)]
        if not lines:
            return _refused(Refused(Reason.TRUST_MALFORMED), request)
        with self._lock:
            return self._collect(lines, request)

    def _shown_poster(self, sheets: Sequence[str], in_view: InView, request: Request) -> Object | None:
        if all(map(in_view.was_reported, sheets)):
            return None
        update = self._collect(sheets, request)
        if update["update"] != COLLECTING:
            for sheet in sheets:
                in_view.report(sheet, accepted=False)
        return update

    def _collect(self, sheets: Iterable[str], request: Request) -> Object:
        try:
            self._collection, whole = self._collection.with_seen(sheets)
        except Malformed:
            return _refuse_update(words.POSTER_DAMAGED, words.POSTER_AGAIN, request)
        except Refused as refused:
            return _refused(refused, request)
        if isinstance(whole, PosterProgress):
            return _progress(whole, request)
        return self._update_memory(*whole, request)

    def _update_memory(self, sheet: PosterKind, data: bytes, request: Request) -> Object:
        if self._has_own_file:
            return _refuse_update(words.OWN_FILE, words.OWN_FILE_REPLACE, request)
        try:
            newer_trust.accept(memory_file.find(self._memory_path), sheet, data, request.now)
        except Refused as refused:
            return _refused(refused, request)
        except OtherBase:
            return _refuse_update(words.POSTER_OTHER, words.POSTER_ASK, request)
        except Malformed:
            return _refused(Refused(Reason.TRUST_MALFORMED), request)
        except (OSError, click.UsageError):
            return _refuse_update(words.NOT_WRITABLE, words.NOT_WRITABLE_ASK, request)
        return _update(TAKEN, sentences(*self.status(request)["sentences"]), "")

    def status(self, request: Request) -> Object:
        """The state of the trust file, for the foot of the page."""
        with self._lock:
            self._counts.write()
        opened = self._open(request)
        told = (
            status.unusable(opened.message, opened.remedy)
            if isinstance(opened, Verdict)
            else status.of(opened, request.venue_class, request.now, request.language.isolating)
        )
        return {"schema": SCHEMA, **asdict(told)}

    def in_words(self, reason: str, request: Request) -> tuple[str, str] | None:
        """Message and remedy of an earlier refusal, for a page that changes its language."""
        opened = self._open(request)
        found = next((each for each in Reason if each.value == reason), None)
        if found is None:
            return None
        contact, in_doubt = "", False
        if not isinstance(opened, Verdict):
            current = opened.trust.trust_list
            contact = current.contact
            in_doubt = found is Reason.EXPIRED and seconds(request.now) >= current.exp
        refused = Refused(found, label=request.venue_class, contact=contact, date_in_doubt=in_doubt)
        return refused.in_words(request.language.isolating)


def _settle(verifier: Verifier, texts: Sequence[str], request: Request) -> bool:
    return any(choice.settles(verifier, text, request.venue_class, now=request.now) for text in texts)


def _best(verifier: Verifier, texts: Sequence[str], request: Request) -> tuple[str, Verdict]:
    text = texts[choice.best_of(verifier, texts, request.venue_class, now=request.now)]
    translate = request.language.isolating
    return text, verdict.judge(verifier, text, request.venue_class, now=request.now, translate=translate)


def _typed(verifier: Verifier, text: str, on_us: str, request: Request) -> tuple[str, Verdict]:
    """The text that was judged, and its verdict.

    Uses the keys of a US keyboard if the typed text cannot be read, as with another alphabet.
    """
    translate = request.language.isolating
    judged = verdict.judge_typed(verifier, text, request.venue_class, now=request.now, translate=translate)
    if judged[1].reason not in _UNREADABLE or not on_us:
        return judged
    other = verdict.judge_typed(verifier, on_us, request.venue_class, now=request.now, translate=translate)
    return judged if other[1].reason in _UNREADABLE else other


def _update(update: str, message: str, remedy: str, reason: Reason | None = None, **more: Any) -> Object:
    named = None if reason is None else reason.value
    return {"schema": SCHEMA, "update": update, "reason": named, "message": message, "remedy": remedy, **more}


def _refused(refused: Refused, request: Request) -> Object:
    return _update(REFUSED, *refused.in_words(request.language.isolating), refused.reason)


def _refuse_update(message: str, remedy: str, request: Request) -> Object:
    return _update(REFUSED, request.language.isolating(message), request.language.isolating(remedy))


def _progress(progress: PosterProgress, request: Request) -> Object:
    translate = request.language.isolating
    seen = progress.count - len(progress.missing)
    missing = listed(map(str, progress.missing), translate)
    message = translate(words.POSTER).format(seen=seen, count=progress.count, missing=missing)
    return _update(COLLECTING, message, "", count=progress.count, missing=list(progress.missing))
