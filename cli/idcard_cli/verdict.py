"""The verdict as a screen or a program gets it (specs/verify.md, As JSON), for `idcard verify` and `idcard scan`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from idcard.credential.calendar import as_day
from idcard.errors import Outcome, Reason, Refused, translatable
from idcard.verify import Card, Verifier

SCHEMA = 1
ACCEPT, REJECT, CANNOT_SAY = "accept", Outcome.REJECT.value, Outcome.CANNOT_SAY.value
INTERNAL_ERROR = "internal-error"
NO_TRUST_FILE = "no-trust-file"

STYLE = {ACCEPT: "green", REJECT: "red", CANNOT_SAY: "yellow"}
_STALE = translatable("The trust file is due to be replaced: get the city's current one.")
COMPARE_PHOTO = translatable("Compare the photo.")
_ACCEPTED = translatable("Accepted.")
_TEST_CITY = translatable("test city")
_VALID = translatable("Valid until {time} UTC.")
DATE_LOOKS_WRONG = translatable("The date of this computer looks wrong: it says {day}. Set the date.")
FROM_FUTURE = translatable(
    "The trust file is dated {issued}, and this computer says {day}: one of the two is wrong. "
    "Set the date; if it is right, tell the city."
)
_MADE_TODAY = translatable("Trust file: made today.")
_DAY_OLD = translatable("Trust file: 1 day old.")
_DAYS_OLD = translatable("Trust file: {days} days old.")
_FAILED = translatable("The program failed.")
_FAILED_REMEDY = translatable("Scan again; if it fails again, install the program anew.")
_NO_TRUST_FILE = translatable("The trust file of this computer is gone, or cannot be read.")
_NO_TRUST_FILE_REMEDY = translatable("Install the city's current trust file, then scan again.")
_UNREADABLE = (Reason.NOT_A_CODE.value, Reason.MALFORMED.value)

Translate = Callable[[str], str]


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

    def fields(self) -> dict[str, Any]:
        """The names that every verdict has in JSON, and what it says of the date."""
        return {
            "schema": SCHEMA,
            "outcome": self.outcome,
            "reason": self.reason,
            "message": self.message,
            "remedy": self.remedy,
            "class": self.venue_class,
            "proven": list(self.card.proven) if self.card else [],
            "expires": self.card.expires.strftime("%Y-%m-%dT%H:%M:%SZ") if self.card else None,
            "trust_age_days": self.trust_age_days,
            "stale": self.stale,
            "environment": self.environment,
            "photo_check": self.card is not None and self.card.photo_check,
            **({"date_looks_wrong": True} if self.date_note else {}),
        }


def judge(verifier: Verifier, text: str, venue_class: str, *, now: datetime, translate: Translate = str) -> Verdict:
    """On a text that is exactly what a code holds, as from a picture."""
    try:
        card = verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return of_refusal(refused, venue_class, verifier, now, translate)
    return Verdict(
        venue_class,
        ACCEPT,
        reason=None,
        message=translate(_ACCEPTED),
        remedy=translate(COMPARE_PHOTO),
        card=card,
        trust_age_days=card.trust_age_days,
        stale=card.stale,
        environment=str(card.environment),
        date_note=date_note(verifier, now, translate),
    )


def judge_typed(
    verifier: Verifier, text: str, venue_class: str, *, now: datetime, translate: Translate = str
) -> tuple[str, Verdict]:
    """On a text that a scanner may have typed: what it did to the code is undone where that makes one of it.

    The text that was judged comes before its verdict.
    """
    verdict = judge(verifier, text, venue_class, now=now, translate=translate)
    if verdict.reason not in _UNREADABLE:
        return text, verdict
    from idcard.verify import scanner  # a code that comes as it is does not wait for it

    reading = scanner.choose(verifier, text, venue_class, now=now)
    verdict = judge(verifier, reading.text, venue_class, now=now, translate=translate)
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
        return translate(FROM_FUTURE).format(issued=issued, day=now.date())
    return translate(DATE_LOOKS_WRONG).format(day=now.date()) if verifier.is_date_wrong(now) else ""


def failed(venue_class: str, translate: Translate = str) -> Verdict:
    """The program itself failed, which says nothing about a card."""
    return Verdict(venue_class, CANNOT_SAY, INTERNAL_ERROR, translate(_FAILED), translate(_FAILED_REMEDY))


def without_trust_file(venue_class: str, translate: Translate = str) -> Verdict:
    """For a program that goes on while its trust file is taken away."""
    return Verdict(venue_class, CANNOT_SAY, NO_TRUST_FILE, translate(_NO_TRUST_FILE), translate(_NO_TRUST_FILE_REMEDY))


def proven(card: Card, translate: Translate = str) -> str:
    """What the city says of the holder to this kind of place."""
    from idcard.credential import names  # a program that reads JSON does not wait for it

    claims = names.joined((names.of_claim(each, translate) for each in card.proven), translate)
    return translate(names.PROVEN).format(place=names.of_class(card.venue_class, translate), claims=claims)


def city_mark(environment: str | None, translate: Translate = str) -> str:
    """Behind the first line of a verdict: nothing, unless its cards are not real."""
    return f"  ({translate(_TEST_CITY)})" if environment == "test" else ""


def validity(card: Card, date_note: str, translate: Translate = str) -> list[str]:
    """How long the code is good, and how old the trust file is by which it is judged; or why nobody can tell that."""
    valid = translate(_VALID).format(time=f"{card.expires:%Y-%m-%d %H:%M}")
    if date_note:
        return [valid, date_note]
    days = card.trust_age_days
    age = translate(_DAYS_OLD).format(days=days) if days > 1 else translate(_DAY_OLD if days else _MADE_TODAY)
    return [f"{valid} {age}", *([translate(_STALE)] if card.stale else [])]


def advice(undone: tuple[str, ...], translate: Translate = str) -> list[str]:
    """How to set the scanner right: a sentence for each thing that was undone."""
    if not undone:
        return []
    from idcard.verify import scanner

    return [scanner.advice(each, translate) for each in undone]
