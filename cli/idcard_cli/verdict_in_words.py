"""What a clerk reads of a verdict, and the two verdicts that only a program can give that goes on."""

from idcard.errors import counted, sentences, translatable
from idcard.verify import Card
from idcard.verify.verdict import ACCEPT, CANNOT_SAY, REJECT, Translate, Verdict

INTERNAL_ERROR = "internal-error"
NO_TRUST_FILE = "no-trust-file"

STYLE = {ACCEPT: "green", REJECT: "red", CANNOT_SAY: "yellow"}
_STALE = translatable("The trust file is due to be replaced: get the city's current one.")
_TEST_CITY = translatable("(test city)")
_VALID = translatable("Valid until {time} UTC.")
_MADE_TODAY = translatable("Trust file: made today.")
_FAILED = translatable("The program failed.")
_FAILED_REMEDY = translatable("Scan again; if it fails again, install the program again.")
_NO_TRUST_FILE = translatable("The trust file of this computer is gone, or cannot be read.")
_NO_TRUST_FILE_REMEDY = translatable("Install the city's current trust file, then scan again.")


def failed(venue_class: str, translate: Translate = str) -> Verdict:
    """The program itself failed, which says nothing about a card."""
    return Verdict(venue_class, CANNOT_SAY, INTERNAL_ERROR, translate(_FAILED), translate(_FAILED_REMEDY))


def without_trust_file(venue_class: str, translate: Translate = str) -> Verdict:
    """For a program that goes on while its trust file is taken away."""
    return Verdict(venue_class, CANNOT_SAY, NO_TRUST_FILE, translate(_NO_TRUST_FILE), translate(_NO_TRUST_FILE_REMEDY))


def proven(card: Card, translate: Translate = str) -> str:
    """What the city says of the holder to this kind of place."""
    return card.in_words(translate)[0]


def city_mark(environment: str | None, translate: Translate = str) -> str:
    """Behind the first line of a verdict: nothing, unless its cards are not real."""
    return f"  {translate(_TEST_CITY)}" if environment == "test" else ""


def validity(card: Card, date_note: str, translate: Translate = str) -> list[str]:
    """How long the code is good, and how old the trust file is by which it is judged; or why nobody can tell that."""
    valid = translate(_VALID).format(time=f"{card.expires:%Y-%m-%d %H:%M}")
    if date_note:
        return [valid, date_note]
    return [sentences(valid, trust_age(card.trust_age_days, translate)), *([translate(_STALE)] if card.stale else [])]


def trust_age(days: int, translate: Translate = str) -> str:
    """How old the trust file is, in whole days."""
    if days == 0:
        return translate(_MADE_TODAY)
    return translate(counted("Trust file: {days} day old.", "Trust file: {days} days old.", days)).format(days=days)
