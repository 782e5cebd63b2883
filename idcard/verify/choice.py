"""The code to judge where a scan gave several texts: two codes in a picture, several readings of a line."""

from collections.abc import Sequence
from datetime import datetime

from idcard.errors import Outcome, Reason, Refused
from idcard.verify.verifier import Verifier

__all__ = ["best_of", "settles"]

_ACCEPTED, _CANNOT_SAY, _REJECTED = 5, 4, 3
_RANKS = {
    Reason.NOT_A_CODE: 0,
    Reason.MALFORMED: 1,
    Reason.WRONG_ENVIRONMENT: 2,
    Reason.WRONG_CLASS: 2,
    Reason.NO_HANDLE: 2,
}
"""Rejections that say little about a holder who shows several codes: a library code beside one that has expired says
nothing at a pharmacy. Others rank as _REJECTED."""
_NONE_IS_ACCEPTED = (Reason.UNKNOWN_CLASS, Reason.ROOT_EXPIRED, Reason.TRUST_EXPIRED, Reason.TRUST_TOO_OLD)
"""Refusals that every other code would get too, for the class or the trust file is the reason."""


def best_of(verifier: Verifier, texts: Sequence[str], venue_class: str, *, now: datetime) -> int:
    """Index of the text to judge; `texts` is not empty.

    The first accepted text; where none is, the first of those with the highest rank (specs/verify.md, As JSON): *cannot
    say* before a reject, because that code may be a good one. Raises ValueError for a time without a zone.
    """
    best, highest = 0, -1
    for index, text in enumerate(texts):
        rank = _rank(verifier, text, venue_class, now)
        if rank == _ACCEPTED:
            return index
        if rank > highest:
            best, highest = index, rank
    return best


def settles(verifier: Verifier, text: str, venue_class: str, *, now: datetime) -> bool:
    """Whether to stop searching a picture: this code is accepted, or no code would be, here and now.

    Raises ValueError for a time without a zone.
    """
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return refused.reason in _NONE_IS_ACCEPTED
    return True


def _rank(verifier: Verifier, text: str, venue_class: str, now: datetime) -> int:
    try:
        verifier.verify(text, venue_class, now=now)
    except Refused as refused:
        return _CANNOT_SAY if refused.outcome is Outcome.CANNOT_SAY else _RANKS.get(refused.reason, _REJECTED)
    return _ACCEPTED
