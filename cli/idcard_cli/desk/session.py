"""Handles the codes and pictures that the desk page sends, and keeps only what is in view."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path

import click

from idcard.credential.calendar import as_month, month_of, seconds
from idcard.errors import Reason, Refused
from idcard.pictures import NotAPicture, PictureError, TooLarge, Unread, kind_of
from idcard.repairs import encodings, readings, unseen
from idcard.trust import paper
from idcard.trust.paper import PosterKind
from idcard.verify import Verifier, choice, verdict
from idcard.verify.tally import TallyKey
from idcard.verify.verdict import ACCEPT, Verdict
from idcard_cli import codes, files, verdict_in_words
from idcard_cli.desk import file_kind, pictures, report_in_words, status, words
from idcard_cli.desk.answers import COLLECTING, SCHEMA, Object, Request, file_is
from idcard_cli.desk.in_view import InView
from idcard_cli.desk.photo_check import CONFIRMED, PhotoCheck
from idcard_cli.desk.taking import Taking
from idcard_cli.reader import Finds, Reader
from idcard_cli.venue import newer_trust
from idcard_cli.venue.last_line import LastLine
from idcard_cli.venue.tally_file import Counts
from idcard_cli.venue.trust_in_use import TrustInUse

UNFINISHED = {"schema": SCHEMA, "unfinished": True}
_PATIENCE = 2000
"""Milliseconds that a wireless scanner may pause within a code."""
_CARD = ("IDC", "IDT")
_UNREADABLE = (Reason.NOT_A_CODE.value, Reason.MALFORMED.value, Reason.KEYBOARD.value)
_NO_CODE = (*verdict.UNSIGNED, Reason.KEYBOARD.value)
_BETWEEN_LINES = 2.0
"""Seconds, at most, between two lines of one foreign code."""
_OTHER_CODE = (Reason.WRONG_CLASS.value, Reason.NO_HANDLE.value)
_OTHER_CODE_AFTER = 0.2
"""Seconds to wait, after a code for another kind of place, for the right one beside it."""


class Session:
    """One desk; several threads may use it."""

    def __init__(self, trust: str | None, memory_path: Path | None, tally_path: Path | None) -> None:
        """trust: a trust file, or None for the memory of this computer, which accepts newer ones. To be ended.

        tally_path: None to count nothing.
        """
        self._in_use = TrustInUse(trust, memory_path)
        self._lock = threading.RLock()
        self._counts = Counts(tally_path)
        self._classes: tuple[str, ...] = ()
        self._last = LastLine()
        self._foreign = -_BETWEEN_LINES
        self._place = ""
        self._in_view = InView()
        self._taking = Taking(memory_path, has_own_file=trust is not None)
        self._photo = PhotoCheck()
        self._tally_path = tally_path
        self._camera, self._files = (Reader(pictures.SECONDS, pictures.PATIENCE) for _ in range(2))
        self._reading = threading.Lock()

    def end(self) -> None:
        """Write the counts that are not in the tally yet, and end the processes that read pictures."""
        with self._lock:
            self._add(self._photo.end())
        self._counts.write(last=True)
        self._camera.end()
        self._files.end()

    # ---- codes ----

    def scan(self, text: str, on_us: str, request: Request, *, silence: int = 0) -> Object:
        """A verdict or an update, for a text that a scanner typed; UNFINISHED if it ends within a code.

        on_us: the same keys on a US keyboard. silence: milliseconds without a key after it; 0 if a key ended it.
        """
        sheets = [each for each in (text, on_us) if paper.is_code(each)]
        if sheets:
            if silence and not any(map(paper.is_whole, map(paper.repaired, sheets))):
                return UNFINISHED
            return self._taking.collect(sheets[:1], request)
        verifier = self._open(request)
        read, judged = (text, verifier) if isinstance(verifier, Verdict) else _typed(verifier, text, on_us, request)
        is_half = silence <= _PATIENCE or judged.reason == Reason.MALFORMED.value
        if silence and is_half and judged.reason in _NO_CODE:
            return UNFINISHED
        with self._lock:
            moment = time.monotonic()
            again = self._last.is_again(read, moment) or self._is_more(judged, moment)
            return self._as_json(judged, request, again=again)

    def _is_more(self, judged: Verdict, moment: float) -> bool:
        """Whether this is one more line of a foreign code that has many, such as an address card."""
        before = self._foreign
        self._foreign = moment if judged.reason == Reason.NOT_A_CODE.value else -_BETWEEN_LINES
        return self._foreign - before < _BETWEEN_LINES and self._foreign == moment

    def picture(self, data: bytes, request: Request, *, moving: bool) -> Object | None:
        """A verdict or an update; None if there is no code, or nothing new to report yet.

        moving: whether the picture is one of a camera's stream. Raises NotAPicture, TooLarge.
        """
        # The next picture of a camera comes soon, and no thread waits for another that takes long.
        if not self._reading.acquire(blocking=not moving):
            return None
        try:
            reader = self._camera if moving else self._files
            texts = self._texts_in(partial(pictures.search, reader, data, moving=moving), request)
        except (NotAPicture, TooLarge):
            raise
        except PictureError as problem:
            if not moving and problem.why is not Unread.NO_CODE:
                return _unread(problem.why, request)
            texts = []
        finally:
            self._reading.release()
        return self._seen(texts, request, moving=moving)

    def _seen(self, texts: Sequence[str], request: Request, *, moving: bool) -> Object | None:
        """texts: of one picture."""
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

    def _texts_in(self, begin: Callable[[], Finds], request: Request) -> list[str]:
        """The codes found until one settles the verdict, or until every attempt is made. Raises PictureError."""
        texts: list[str] = []
        verifier: Verifier | Verdict | None = None
        with self._files.ending(), closing(begin()) as search:
            for found in search:
                before, texts = len(texts), [each.text for each in codes.restored(found)]
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
                self._classes = tuple(verifier.classes)
                return verifier
        except Refused as refused:
            return verdict.of_refusal(refused, request.venue_class, None, request.now, translate)
        except (OSError, click.UsageError):
            return verdict_in_words.without_trust_file(request.venue_class, translate)

    def _as_json(self, judged: Verdict, request: Request, *, again: bool) -> Object:
        """The JSON of `idcard scan --json`, and the photo check that it opens. again: whether it is counted already."""
        asks = judged.card is not None and judged.card.photo_check
        if not again:
            self._count(judged, request, asks=asks)
        advice = judged.advice(request.language.isolating)
        question = self._photo.name() if asks and not again else None
        more = {"again": again, "undone": list(judged.undone), "advice": advice, "question": question}
        return judged.as_json() | more

    def _count(self, judged: Verdict, request: Request, *, asks: bool) -> None:
        """asks: whether the clerk is to answer first."""
        self._add(self._photo.end())
        month = as_month(month_of(seconds(request.now)))
        if asks:
            self._photo.ask(month, request.venue_class, time.monotonic())
        elif request.venue_class in self._classes:
            self._add([TallyKey(month, request.venue_class, judged.reason or ACCEPT)])

    def _add(self, counted: Iterable[TallyKey]) -> None:
        for entry in counted:
            self._counts.add(entry)
        self._counts.write()

    def tally(self, request: Request) -> Object:
        """What the venue reports to the city, in words and as `idcard tally --json`."""
        with self._lock:
            self._add(self._photo.end_late(time.monotonic()))
            self._counts.write(last=True)
        return report_in_words.of(self._tally_path, request)

    # ---- photo checks ----

    def confirm(self, question: str, answer: str) -> Object:
        """What counts as the clerk's answer. answer: one of photo_check.ANSWERS."""
        with self._lock:
            given, counted = self._photo.answer(question, answer, time.monotonic())
            self._add(counted)
            if counted and given != CONFIRMED:
                self._last = LastLine()  # the same code is asked about again at once
            return {"schema": SCHEMA, "answer": given}

    # ---- files ----

    def take(self, data: bytes, request: Request) -> Object:
        """On a file that a person opened: an update, a verdict on the code in it, or what the file is."""
        if newer_trust.is_trust_file(data):
            return self._taking.take(PosterKind.FILE, data, request)
        if kind_of(data) is not None:
            return self._take_picture(data, request)
        if len(data) > file_kind.MAX_TEXT:
            return file_kind.told(data, request)
        lines = [unseen.bare(line) for line in files.lines(encodings.as_text(data) or "")]
        # One more than a poster has is refused.
        sheets = list(islice(filter(paper.is_code, dict.fromkeys(lines)), paper.MAX_COUNT + 1))
        if sheets:
            return self._taking.collect(sheets, request)
        cards = list(dict.fromkeys(line for line in lines if line.startswith(_CARD)))
        if not cards:
            return file_kind.told(data, request)
        if len(cards) > readings.MAX_SEVERAL:
            return file_kind.too_large(request)
        with self._lock:
            in_view = InView()
            in_view.see(cards, time.monotonic())
            return self._report(cards, in_view, request, moving=False) or file_kind.told(data, request)

    def install(self, data: bytes, fingerprint: str | None, code: str, request: Request) -> Object | None:
        """An update on the first trust file of this computer; None where it has one.

        fingerprint, code: as they were typed; no fingerprint for a file that came by hand.
        """
        return self._taking.install(data, fingerprint, code, request)

    def _take_picture(self, data: bytes, request: Request) -> Object:
        try:
            with self._reading:
                texts = self._texts_in(partial(self._files.search, data), request)
        except PictureError as problem:
            return _unread(problem.why, request)
        return self._seen(texts, request, moving=False) or _unread(Unread.NO_CODE, request)

    def _shown_poster(self, sheets: Sequence[str], in_view: InView, request: Request) -> Object | None:
        if all(map(in_view.was_reported, sheets)):
            return None
        update = self._taking.collect(sheets, request)
        if update["update"] != COLLECTING:
            for sheet in sheets:
                in_view.report(sheet, accepted=False)
        return update

    def status(self, request: Request) -> Object:
        """The state of the trust file, for the foot of the page."""
        with self._lock:
            self._add(self._photo.end_late(time.monotonic()))
        opened = self._open(request)
        first = isinstance(opened, Verdict) and self._taking.is_first()
        told = (
            status.of(opened, request.venue_class, request.now, request.language.isolating)
            if not isinstance(opened, Verdict)
            else status.unusable(request.language.translate(words.FIRST))
            if first
            else status.unusable(opened.message, opened.remedy)
        )
        return {"schema": SCHEMA, **asdict(told), "first": first}

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


def _unread(why: Unread, request: Request) -> Object:
    return file_is(why.value, why.message, why.remedy, request)
