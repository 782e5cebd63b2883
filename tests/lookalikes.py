"""Codes that are nearly right, and where and when they are judged.

Some are signed anew with other parts; of others a letter, a bit or the length is changed afterwards.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from cities import CINEMA, DAY, HANDLE, NOW, City

from idcard import cose
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.credential import signed, text
from idcard.credential.calendar import month_of, noon_of_first, seconds
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.errors import Refused
from idcard.trust import trust_file
from idcard.trust.trust_file import Trust
from idcard.verify.decision import Policy, judge

Case = tuple[str, Policy, int]
"""A code, where it is judged, and when, in seconds since 1970."""

CITY = City(classes=(*DEFAULT_CLASSES, CINEMA))
NOW_S = seconds(NOW)
MONTH = month_of(NOW_S)
NEW_YEAR = noon_of_first(2027 * 12)
ISSUED, NEXT, END = NOW_S - 10 * DAY, NOW_S + 20 * DAY, NOW_S + 110 * DAY
TOO_OLD = ISSUED + 60 * DAY
"""The last second at a pharmacy."""
CLOCKS = (
    *(0, ISSUED - 3 * DAY, ISSUED - DAY - 1, ISSUED - DAY, ISSUED - 1, ISSUED, NOW_S - DAY, NOW_S, NEXT - 1, NEXT),
    *(NEW_YEAR - 1, NEW_YEAR, TOO_OLD, TOO_OLD + 1, END - 1, END),
)
LOST = b"cancelled!"
KEYS = {name: CITY.signer(name) for name in ("cohort", "revocable", "cohort standby", "publisher", "stranger")}
_KIDS = {name: cose.kid(key.public_key) for name, key in KEYS.items()}
_AADS = [scope.external_aad(signed.KIND) for scope in (CITY.scope, CITY.scope._replace(city="shelbyville"))]
_COHORT_EXP = noon_of_first(MONTH + 5)


@dataclass(frozen=True)
class Place:
    """Where a code is judged: by which trust file and memory, for which class."""

    file: bytes
    venue_class: str
    last_day: int = 0
    killed: frozenset[bytes] = frozenset()

    def policy(self) -> Policy:
        trust = _opened(self.file)
        [venue_class] = [each for each in trust.trust_list.classes if each.name == self.venue_class]
        return Policy.of(trust, venue_class, self.killed, self.last_day)


@cache
def _opened(file: bytes) -> Trust:
    return trust_file.decode(file)


@cache
def places() -> tuple[Place, ...]:
    """Each class under each kind of trust file."""
    keys, classes = CITY.trust_list().keys, CITY.trust_list().classes
    ours = {KEYS[name].public_key for name in ("cohort", "revocable")}
    shared = CITY.sign_claims(Claims(_COHORT_EXP, frozenset({1})), KEYS["cohort"])
    root = CITY.sign_root(replace(CITY.root(), exp=TOO_OLD + 10 * DAY))
    changes = [
        {},
        {"keys": tuple(replace(key, verify_until=NEW_YEAR) if key.key in ours else key for key in keys)},
        {"keys": tuple(replace(key, compromised=key.key in ours) for key in keys)},
        {"keys": tuple(replace(key, classes=frozenset({2, 4})) for key in keys)},
        {"classes": tuple(replace(each, photo_check=True, tolerance=30) for each in classes)},
        {"cancelled": [LOST, CITY.cohort(shared)]},
        {"roots": [root], "exp": TOO_OLD + 10 * DAY},
    ]
    files = [CITY.trust_file(**{"issued": ISSUED, "next_update": NEXT, "exp": END, **each}) for each in changes]
    names = [each.name for each in classes]
    return (
        *(Place(file, name) for file in files for name in names),
        *(Place(files[0], name, last_day=NEW_YEAR // DAY + 1) for name in names),
        *(Place(files[0], name, killed=frozenset(ours)) for name in names),
    )


@cache
def policies() -> tuple[Policy, ...]:
    """The places, as the decision has them."""
    return tuple(each.policy() for each in places())


# ---- signed anew ----

Draw = random.Random


def _other(draw: Draw, usual: bytes, others: Sequence[bytes], often: float = 0.02) -> bytes:
    return draw.choice(others) if draw.random() < often else usual


def _holder(draw: Draw) -> bytes:
    """The holder's map: mostly what a class asks for, with an age, and sometimes more, or something that is none."""
    entries = {1: b"\xf5"}
    if draw.random() < 0.4:
        age = draw.choice((1, 17, 18, 18, 23, 24, 65, 150))
        entries[2] = cose.encode(age)
    if draw.random() < 0.2:
        entries[4] = b"\xf5"
    if draw.random() < 0.15:
        key = draw.choice((1, 2, 3, 3, 4, 16, 23))
        value = cose.encode([draw.choice((16, 18, 151)), draw.choice((1, 4, 5, 6, 255, 256))])
        entries[key] = draw.choice((value, b"\xf4", b"\x00", b"\x18\x97", b"\x18\x12", b"\x17", b"\x18\x17", b"\xf5"))
    if draw.random() < 0.05:
        entries[draw.choice((0, 9, 15, 24, -1, -65537))] = draw.choice((b"\xf5", b"\x80", b"\x61a"))
    if draw.random() < 0.05:
        del entries[1]
    order = sorted(entries, key=lambda key: key if key >= 0 else 1000 - key)
    if draw.random() < 0.02:
        order.reverse()
    count = len(entries) + (draw.random() < 0.01)
    return bytes((0xA0 + count,)) + b"".join(cose.encode(key) + entries[key] for key in order)


def _payload(draw: Draw) -> bytes:
    """The claims: an exp of any month, with a handle or without."""
    any_month = draw.randrange(MONTH - 3, MONTH + 60)
    exp = noon_of_first(draw.choice((MONTH + 1, MONTH + 2, MONTH + 5, MONTH + 5, any_month, any_month, 2106 * 12)))
    exp += draw.choice((-1, 1, DAY, 43200)) if draw.random() < 0.03 else 0
    parts = [b"\x04" + cose.encode(exp)]
    if draw.random() < 0.6:
        handle = draw.choice((HANDLE, HANDLE, LOST, bytes(10), b"\x07\x4a" * 5, b"\x58" * 10))
        parts.append(b"\x07" + _other(draw, b"\x4a" + handle, [b"\x49" + handle[:9], b"\x58\x0a" + handle, b"\x40"]))
    parts.append(
        _other(draw, b"\x3a\x00\x01\x00\x00", [b"\x39\xff\xff", b"\x3a\x00\x01\x00\x01"], 0.01) + _holder(draw)
    )
    if draw.random() < 0.02:
        parts.insert(draw.randrange(len(parts)), draw.choice((b"\x06\x01", b"\x01\x61a", parts[0])))
    count = len(parts) + (draw.random() < 0.01)
    return bytes((0xA0 + count,)) + b"".join(parts)


def composed(draw: Draw) -> bytes:
    """The credential that somebody signed, with parts that may be wrong."""
    name = draw.choice(("cohort", "cohort", "revocable", "revocable", *KEYS))
    kid = _KIDS[name] if draw.random() < 0.97 else draw.choice(list(_KIDS.values()))
    protected = _other(draw, b"\xa2\x01\x27\x04\x44", [b"\xa2\x01\x26\x04\x44", b"\xa2\x01\x27\x05\x44"]) + kid
    payload = _payload(draw)
    message = cose.to_be_signed1(protected, _AADS[draw.random() < 0.02], payload)
    signature = KEYS[name].sign(message)
    written = cose.encode_sign1(cose.Sign1(protected, payload, signature))
    if draw.random() < 0.03:
        head = written[13:-66][: -len(payload)]
        written = draw.choice(
            (
                written[2:],
                b"\xd2" + written,
                written.replace(b"\x49" + protected, b"\x58\x09" + protected, 1),
                written[:12] + b"\xa1\x01\x01" + written[13:],
                written[:13] + b"\x58" + bytes((len(payload),)) + payload + written[-66:],
                written[:13] + b"\x59\0" + bytes((len(payload),)) + payload + written[-66:],
                written[:13] + head + payload + b"\x59\0\x40" + signature,
                written + b"\0",
            )
        )
    return written


# ---- changed afterwards ----


def _bit(draw: Draw, data: bytes) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << draw.randrange(8),)) + data[at + 1 :]


def _piece(draw: Draw, data: bytes) -> bytes:
    """A piece of it left out, doubled or replaced."""
    at, size = draw.randrange(len(data)), draw.randrange(4)
    return data[:at] + draw.choice((b"", data[at : at + size] * 2, draw.randbytes(size))) + data[at + size :]


def _letter(draw: Draw, code: str) -> str:
    at = draw.randrange(len(code))
    return code[:at] + draw.choice(text.ALPHABET + "a\n\u0661") + code[at + draw.randrange(2) :]


_TEXTS: tuple[Callable[[str], str], ...] = (
    lambda code: " " + code,
    lambda code: code + "\r\n",
    str.lower,
    lambda code: "IDT1:" + code[5:],
    lambda code: "IDC2:" + code[5:],
    lambda code: code[5:],
    lambda code: code + "000",
)


def _changed(draw: Draw, code: str) -> str:
    chance = draw.random()
    if chance < 0.3:
        return _letter(draw, code)
    if chance < 0.35:
        return draw.choice(_TEXTS)(code)
    data = text.from_base45(code[5:])
    return code[:5] + text.to_base45((_bit if chance < 0.75 else _piece)(draw, data))


# ---- both ----


def signed_anew(draw: Draw, count: int, places: int = 1) -> Iterator[Case]:
    """So many codes, each of them judged at so many places, half of the times at the usual time."""
    everywhere = policies()
    for _ in range(count):
        code = text.encode(Environment.PRODUCTION, composed(draw))
        for _ in range(places):
            yield code, draw.choice(everywhere), NOW_S if draw.random() < 0.5 else draw.choice(CLOCKS)


def changed(draw: Draw, count: int) -> Iterator[Case]:
    """Changes of codes that are accepted where they are judged."""
    good = [each for each in signed_anew(draw, 4000) if is_accepted(*each)]
    for _ in range(count):
        code, policy, now = draw.choice(good)
        yield _changed(draw, code), policy, now


def is_accepted(code: str, policy: Policy, now: int) -> bool:
    try:
        judge(code, policy, now)
    except Refused:
        return False
    return True
