"""A quick yes to codes of the usual form. To any other it says nothing: the decision judges it, and has the reasons.

A credential is compared with what minting writes, byte for byte, but for handle and signature. So there are no second
rules for reading one, and what is accepted here is accepted by `judge`, as the same card.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from idcard import cose
from idcard.cose import Sign1
from idcard.credential import claims, signed, text
from idcard.credential.calendar import DAY, as_datetime, month_of, noon_of_first
from idcard.credential.claims import HANDLE_SIZE, MAX_AGE, Claims
from idcard.errors import Malformed
from idcard.trust.trust_list import IssuingKey
from idcard.verify.decision import CLOCK_SKEW, Card, Policy

_PAYLOAD = 13
"""Where the head of the payload stands. What is before it differs between keys."""
_LONG = b"\x58"
"""The head of a byte string of 24 bytes or more."""
_TAIL = -66
"""Where the head of the signature stands."""
_ANY_KID = bytes(cose.KID_SIZE)
_ANY_MONTH = 2000 * 12
_RESIDENT = frozenset((claims.RESIDENT,))
_HANDLES = (bytes(HANDLE_SIZE), None)


class _Key(NamedTuple):
    """public: 32 bytes. verify_until: seconds since 1970. before: the Sig_structure up to the head of the payload."""

    public: bytes
    verify_until: int
    before: bytes


class Shortcut:
    """Knows the usual codes that one class accepts under one trust file, and keeps nothing of those that it sees."""

    def __init__(self, policy: Policy) -> None:
        """Takes as long as some dozens of verdicts."""
        trust, venue_class = policy.trust, policy.venue_class
        trust_list = trust.trust_list
        self._policy = policy
        self._prefix = policy.environment.prefix
        self._cancellations = trust.cancellations
        self._floor = policy.floor
        end = min(trust.root.exp, trust_list.exp, trust_list.issued + venue_class.tolerance * DAY + 1)
        self._times = range(policy.floor - CLOCK_SKEW, end if policy.floor < end else 0)
        self._keys = {
            _written(kid, Claims(noon_of_first(_ANY_MONTH), _RESIDENT))[:_PAYLOAD]: _key(kid, key, policy)
            for kid, key in policy.keys.items()
            if not key.compromised and venue_class.number in key.classes
        }
        last = max((key.verify_until for key in self._keys.values()), default=0)
        self._expiries = dict(_expiries(range(month_of(trust_list.issued), month_of(last) + 1)))
        self._shapes = frozenset(_shapes(policy))

    def card(self, code: str, now: int) -> Card | None:
        """The card of a code that `judge` accepts at `now`, in seconds since 1970. None says nothing about a code."""
        if code[:5] != self._prefix or len(code) > text.MAX_LENGTH or now not in self._times:
            return None
        try:
            data = text.from_base45(code[5:])
        except Malformed:
            return None
        expiry, handle, shape = _pieces(data)
        key, expires = self._keys.get(data[:_PAYLOAD]), self._expiries.get(expiry)
        if key is None or expires is None or shape not in self._shapes:
            return None
        now = max(now, self._floor)
        if not now < expires[0] <= key.verify_until:
            return None
        message = key.before + data[_PAYLOAD:_TAIL]
        if not cose.verifies(key.public, message, data[-cose.SIGNATURE_SIZE :]):
            return None
        if self._cancellations and (handle in self._cancellations or signed.cohort(message) in self._cancellations):
            return None
        policy = self._policy
        return Card(
            policy.venue_class.name,
            policy.proven,
            expires[1],
            policy.trust.age_days(now),
            policy.trust.is_stale(now),
            policy.environment,
            policy.venue_class.photo_check,
        )


def _pieces(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Expiry, handle, and what else is between the key and the signature. The name of the handle is with the expiry.

    A payload with a handle has 24 bytes or more, and one without is taken to be shorter: the tables have no other.
    """
    if data[_PAYLOAD : _PAYLOAD + 1] == _LONG:
        return data[18:24], data[24:34], data[13:18] + data[34 : -cose.SIGNATURE_SIZE]
    return data[17:21], b"", data[13:17] + data[21 : -cose.SIGNATURE_SIZE]


def _written(kid: bytes, content: Claims) -> bytes:
    """The credential as minting writes it, with a signature of zeros."""
    return cose.encode_sign1(Sign1(cose.encode_header(kid), claims.encode(content), bytes(cose.SIGNATURE_SIZE)))


def _key(kid: bytes, key: IssuingKey, policy: Policy) -> _Key:
    before = cose.to_be_signed1(cose.encode_header(kid), policy.external_aad, b"")
    return _Key(key.key, key.verify_until, before[:-1])


def _expiries(months: Iterable[int]) -> Iterator[tuple[bytes, tuple[int, datetime]]]:
    """By the piece in which each stands."""
    for month in months:
        exp = noon_of_first(month)
        for handle in _HANDLES:
            yield _pieces(_written(_ANY_KID, Claims(exp, _RESIDENT, handle=handle)))[0], (exp, as_datetime(exp))


def _shapes(policy: Policy) -> Iterator[bytes]:
    """Those of all claims that prove what is required, and nothing more than an age."""
    required, least, exp = policy.venue_class.required, policy.venue_class.least_age, noon_of_first(_ANY_MONTH)
    ages = [*([None] if least is None else []), *range(least or 1, MAX_AGE + 1)]
    for handle in _HANDLES[: 1 if policy.venue_class.handle else 2]:
        for age in ages:
            shape = _pieces(_written(_ANY_KID, Claims(exp, required, age, handle=handle)))[2]
            if handle is not None or not shape.startswith(_LONG):
                yield shape
