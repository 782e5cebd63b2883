"""Which of several texts counts, where one scan gave more than one: pictures with two codes, ways to read a line."""

from collections.abc import Sequence
from datetime import datetime

from idcard.errors import Outcome, Reason, Refused
from idcard.verify.verifier import Verifier

_BEST = 5
_SAYS = {
    Reason.NOT_A_CODE: 0,
    Reason.MALFORMED: 1,
    Reason.WRONG_ENVIRONMENT: 2,
    Reason.WRONG_CLASS: 2,
    Reason.NO_HANDLE: 2,
}
"""How much a rejection says about a holder who shows several codes: a library code beside one that has expired says
nothing at a pharmacy."""
_NONE_IS_ACCEPTED = (Reason.UNKNOWN_CLASS, Reason.ROOT_EXPIRED, Reason.TRUST_EXPIRED, Reason.TRUST_TOO_OLD)
"""Of a code that is good but for the trust file or the class: no other code can say more."""


def which(verifier: Verifier, texts: Sequence[str], venue_class: str, *, now: datetime) -> int:
    """The place in `texts`, of which there is at least one, of the one to judge.

    It is the first that is accepted. Where none is, it is the first of those whose refusal says most: *cannot say*
    before a reject, for that code might have been the good one. Raises ValueError for a time without a zone.
    """
    best, most = 0, -1
    for place, text in enumerate(texts):
        says = _says(verifier, text, venue_class, now)
        if says == _BEST:
            return place
        if says > most:
            best, most = place, says
    return best


def settles(verifier: Verifier, text: str, venue_class: str, *, now: datetime) -> bool:
    """Whether nothing better can come of another code: this one is accepted, or none would be, here and now.

    For a search in a picture, which goes on until a code settles it. Raises ValueError for a time without a zone.
    """
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return refused.reason in _NONE_IS_ACCEPTED
    return True


def _says(verifier: Verifier, text: str, venue_class: str, now: datetime) -> int:
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return 4 if refused.outcome is Outcome.CANNOT_SAY else _SAYS.get(refused.reason, 3)
    return _BEST
