"""The line about the trust file at the foot of the page: how old it is, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from idcard.credential.calendar import DAY, seconds
from idcard.verify import Verifier, verdict
from idcard.verify.verdict import Translate
from idcard_cli import verdict_in_words
from idcard_cli.desk import words

OK, NOTE, WARN, URGENT = "ok", "note", "warn", "urgent"
_LEVELS = ((7, URGENT), (30, WARN), (60, NOTE))
"""Most whole days left, and the level of the warning."""


@dataclass(frozen=True, slots=True)
class Status:
    """age_days, days_left: None without a valid trust file; days_left is negative once it has expired.

    environment, city: of the trust file; empty without a valid one.
    """

    level: str
    sentences: tuple[str, ...]
    age_days: int | None = None
    days_left: int | None = None
    stale: bool | None = None
    classes: tuple[str, ...] = ()
    environment: str = ""
    city: str = ""


def of(verifier: Verifier, venue_class: str, now: datetime, translate: Translate) -> Status:
    """The limit of the class counts in its last week. If the date looks wrong, nothing is said about age."""
    trust, instant = verifier.trust, seconds(now)
    current = trust.trust_list
    age, stale = trust.age_days(instant), trust.is_stale(instant)
    left = (min(current.exp, trust.root.exp) - instant) // DAY
    until = (current.issued + each.tolerance * DAY for each in current.classes if each.name == venue_class)
    for here in (end - instant for end in until):
        # Otherwise a class that tolerates 60 days would be warned from the first day on.
        if here // DAY <= _LEVELS[0][0]:
            left = min(left, here // DAY)
    level = next((name for days, name in _LEVELS if left <= days), NOTE if stale else OK)
    sentences = tuple(_sentences(age, left, translate, stale=stale))
    date_note = verdict.date_note(verifier, now, translate)
    return Status(
        WARN if date_note else level,
        (date_note,) if date_note else sentences,
        age,
        left,
        stale,
        tuple(each.name for each in current.classes),
        str(trust.root.scope.environment),
        trust.root.name,
    )


def unusable(*sentences: str) -> Status:
    return Status(URGENT, sentences)


def _sentences(age: int, left: int, translate: Translate, *, stale: bool) -> Iterator[str]:
    yield verdict_in_words.trust_age(age, translate)
    if left < 0:
        yield translate(words.ENDED)
    elif left < 2:
        yield translate(words.LAST_DAY)
    elif left <= _LEVELS[-1][0]:
        yield translate(words.days_left(left)).format(days=left)
    elif stale:
        yield translate(words.DUE)
