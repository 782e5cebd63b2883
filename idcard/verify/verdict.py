"""The verdict as a value, and as the JSON of specs/verify.md (As JSON). `import idcard.verify` does not load this.

from idcard.verify import verdict

judged = verdict.judge(verifier, text, "library", now=datetime.now(UTC))
print(json.dumps(judged.as_json()))
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from idcard import contract
from idcard.contract import Proof, Situation
from idcard.credential.calendar import as_day
from idcard.errors import Outcome, Reason, Refused, translatable
from idcard.verify.decision import Card
from idcard.verify.verifier import Verifier

__all__ = [
    "ACCEPT",
    "CANNOT_SAY",
    "COMPARE_PHOTO",
    "REJECT",
    "SCHEMA",
    "Translate",
    "Verdict",
    "date_note",
    "judge",
    "judge_typed",
    "of_card",
    "of_refusal",
]

SCHEMA = contract.SCHEMA
ACCEPT, REJECT, CANNOT_SAY = Outcome.ACCEPT.value, Outcome.REJECT.value, Outcome.CANNOT_SAY.value
COMPARE_PHOTO = translatable("Compare the photo with the person's face.")
_ACCEPTED = translatable("Accepted.")
_DATE_LOOKS_WRONG = translatable("The date of this computer looks wrong: it says {day}. Set the date.")
_FROM_FUTURE = translatable(
    "The trust file is dated {issued}, and this computer says {day}: one of the two is wrong. "
    "Set the date; if it is right, tell the city."
)
UNSIGNED = tuple(
    each.value
    for each in (
        Reason.NOT_A_CODE,
        Reason.MALFORMED,
        Reason.BAD_SIGNATURE,
        Reason.UNKNOWN_KEY,
        Reason.UNKNOWN_KEY_STALE,
    )
)
"""Refusals that a wrong letter can cause: another reading of what was typed may be the right one."""

Translate = Callable[[str], str]
"""From an English sentence: of idcard.languages, or `str` for English."""


class Verdict(NamedTuple):
    """outcome, reason: stable names. message, remedy: sentences for the clerk.

    card: of an acceptance. The three after it are of the trust file; None where none holds. undone: what a scanner had
    done to the text (specs/scan.md). codes, place: of how many codes in a picture it is the one where. date_note: what
    is wrong with the date of this computer, a sentence; empty where nothing is known of it.
    """

    # Made in a tenth of the time of a dataclass, for which every verdict on a cold start would wait.
    venue_class: str
    outcome: str
    reason: str | None
    message: str
    remedy: str
    card: Card | None = None
    trust_age_days: int | None = None
    stale: bool | None = None
    environment: str | None = None
    undone: tuple[str, ...] = ()
    codes: int = 1
    place: str = ""
    date_note: str = ""

    def as_json(self, translate: Translate = str) -> dict[str, Any]:
        """The object of specs/verify.md, without `source`. translate: for the sentences of `advice`."""
        proof = Proof(self.card.proven, self.card.expires, self.card.photo_check) if self.card else contract.NOTHING
        wrong = bool(self.date_note) or (self.card is not None and self.card.date_looks_wrong)
        situation = Situation(self.venue_class, self.trust_age_days, self.stale, self.environment, wrong)
        fields = contract.written(self.outcome, self.reason, (self.message, self.remedy), situation, proof)
        if self.codes > 1:
            fields |= {"codes": self.codes, "place": self.place}
        if self.undone:
            fields |= {"undone": list(self.undone), "advice": self.advice(translate)}
        return fields

    def advice(self, translate: Translate = str) -> list[str]:
        """How to set the scanner right: a sentence for each thing that was undone."""
        if not self.undone:
            return []
        from idcard.verify import scanner  # a code that comes as it is does not wait for it

        return [scanner.advice(each, translate) for each in self.undone]


def judge(verifier: Verifier, text: str, venue_class: str, *, now: datetime, translate: Translate = str) -> Verdict:
    """On a text that is exactly what a code holds, as from a picture. Raises ValueError for a time without a zone."""
    try:
        card = verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return of_refusal(refused, venue_class, verifier, now, translate)
    return of_card(card, translate)._replace(date_note=date_note(verifier, now, translate))


def of_card(card: Card, translate: Translate = str) -> Verdict:
    """The verdict of an acceptance. Without the days that a verifier knows, a wrong date has no sentence."""
    return Verdict(
        card.venue_class,
        ACCEPT,
        reason=None,
        message=translate(_ACCEPTED),
        remedy=translate(COMPARE_PHOTO),
        card=card,
        trust_age_days=card.trust_age_days,
        stale=card.stale,
        environment=str(card.environment),
    )


def judge_typed(
    verifier: Verifier, text: str, venue_class: str, *, now: datetime, translate: Translate = str
) -> tuple[str, Verdict]:
    """On a text that a scanner may have typed: what it did to the code is undone where that makes one of it.

    The text that was judged comes before its verdict. Raises ValueError for a time without a zone.
    """
    verdict = judge(verifier, text, venue_class, now=now, translate=translate)
    if verdict.reason not in UNSIGNED:
        return text, verdict
    from idcard.verify import scanner

    reading = scanner.choose(verifier, text, venue_class, now=now)
    verdict = judge(verifier, reading.text, venue_class, now=now, translate=translate)
    if scanner.is_keyboard(text, reading, verdict.reason):
        refused = Refused(Reason.KEYBOARD, contact=verifier.trust.trust_list.contact)
        verdict = of_refusal(refused, venue_class, verifier, now, translate)
    return reading.text, verdict._replace(undone=reading.undone)


def of_refusal(
    refused: Refused, venue_class: str, verifier: Verifier | None, now: datetime, translate: Translate = str
) -> Verdict:
    """verifier: None where it is the trust file that is refused."""
    message, remedy = refused.in_words(translate)
    verdict = Verdict(venue_class, refused.outcome.value, refused.reason.value, message, remedy)
    if verifier is None:
        return verdict
    return verdict._replace(
        trust_age_days=verifier.trust_age_days(now),
        stale=verifier.is_stale(now),
        environment=str(verifier.environment),
        date_note=date_note(verifier, now, translate),
    )


def date_note(verifier: Verifier, now: datetime, translate: Translate = str) -> str:
    """That the date of this computer, or that of its trust file, looks wrong, where it does; else nothing."""
    if verifier.is_from_future(now):
        issued = as_day(verifier.trust.trust_list.issued)
        return translate(_FROM_FUTURE).format(issued=issued, day=now.date())
    return translate(_DATE_LOOKS_WRONG).format(day=now.date()) if verifier.is_date_wrong(now) else ""
