"""Trust files that are nearly right. Some are put together and signed anew with other parts; of others a bit or a piece
is changed afterwards."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import cbor2
from cities import DAY, NOW, City

from idcard import cose
from idcard.ceremony import publish
from idcard.credential.calendar import seconds
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, document, kill_note, root, trust_list

Draw = random.Random
CITY = City()
OTHER = City(id="shelbyville")
NOW_S = seconds(NOW)
_NEW_ROOTS = tuple(CITY.signer(f"new root {number}") for number in (1, 2, 3))
_SIGNERS = (*CITY.root_signers, *_NEW_ROOTS, CITY.signer("publisher"), CITY.signer("cohort"), CITY.signer("stranger"))
_LEAVES: Sequence[Any] = (
    *(-1, 0, 1, 2, 3, 9, 15, 16, 24, 150, 151, 255, 400, 401, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**53 + 1),
    *(2**64 - 1, -(2**53) - 1, -(2**64), True, False, b"", bytes(10), bytes(31), bytes(32), "", "a", "A", "library"),
    *("city\n", "\u0085", "\u00e9" * 64, "\U0001f600" * 64, "\U0001f600" * 65, "\ufeffa", [], {}, [1], {1: 1}, {-1: 1}),
)
"""Values at the ends of what a field may be."""


# ---- put together and signed ----


def _encode(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=False)


def _sorted(value: Any) -> Any:
    """With the maps in the order of deterministic CBOR."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: _encode(key))}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _nearby(draw: Draw, value: Any) -> Any:
    """Another value, mostly of the same type."""
    if draw.random() < 0.3:
        return draw.choice(_LEAVES)
    if type(value) is int:
        return value + draw.choice((-1, 1, -DAY, DAY, 43200))
    if type(value) is bytes and value:
        return draw.choice((_bit(draw, value), value[:-1], value + b"\0"))
    if isinstance(value, str):
        return value + draw.choice(("a", " ", "\n", "\u00e9", "x" * 200))
    if isinstance(value, list):
        return draw.choice((value[::-1], value[1:], value + value[:1], value[:1] * 2))
    return draw.choice(_LEAVES)


def _altered(draw: Draw, value: Any) -> Any:
    """One thing in a value of CBOR is another, joins or leaves."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        chance, key = draw.random(), draw.choice(list(value))
        if chance < 0.1:
            return {name: each for name, each in value.items() if name != key}
        if chance < 0.2:
            return value | {draw.choice((-1, 0, 9, 11, 24, 300, 2**32, -300)): draw.choice(_LEAVES)}
        return value | {key: _altered(draw, value[key])}
    if isinstance(value, list) and value and draw.random() < 0.8:
        at = draw.randrange(len(value))
        return [*value[:at], _altered(draw, value[at]), *value[at + 1 :]]
    return _nearby(draw, value)


def _payload(draw: Draw, payload: bytes, often: float) -> bytes:
    """The payload of a document, sometimes altered once or twice."""
    if draw.random() >= often:
        return payload
    value = cbor2.loads(payload)
    for _ in range(draw.choice((1, 1, 1, 2))):
        value = _altered(draw, value)
    return _encode(_sorted(value) if draw.random() < 0.95 else value)


def _signed(draw: Draw, payload: bytes, kind: str, city: City, signers: Sequence[SeedSigner]) -> bytes:
    """By these, or sometimes by others, for another scope, or with a wrong signature among the right ones."""
    chance = draw.random()
    if chance < 0.05:
        signers = draw.sample(_SIGNERS, draw.randrange(1, 5))
    elif chance < 0.08:
        signers = [*signers, draw.choice(_SIGNERS)]
    scope = city.scope if draw.random() < 0.98 else OTHER.scope
    signed = publish.sign(payload, kind if draw.random() < 0.98 else root.KIND, scope, signers)
    if draw.random() < 0.03:
        message = cose.decode_sign(signed)
        at = draw.randrange(len(message.signatures))
        pairs = [
            (kid, _bit(draw, each) if at == number else each) for number, (kid, each) in enumerate(message.signatures)
        ]
        signed = cose.encode_sign(cose.Sign(payload, tuple(pairs)))
    return signed


def _roots(draw: Draw) -> tuple[list[bytes], bytes]:
    """One root to three, and the digest of the last."""
    first = CITY.root()
    values = [first]
    signers: list[tuple[SeedSigner, ...]] = [CITY.root_signers[:2]]
    if draw.random() < 0.5:
        values.append(CITY.root(version=2, name="Springfield upon Sea"))
        signers.append(CITY.root_signers)
    if len(values) == 2 and draw.random() < 0.5:
        keys = tuple(sorted(each.public_key for each in _NEW_ROOTS))
        third = replace(first, version=3, roots=document.Role(2, keys), previous=root.digest(values[1]))
        values.append(third)
        signers.append((*CITY.root_signers, *_NEW_ROOTS))
    parts, digest = [], b""
    for value, by in zip(values, signers, strict=True):
        payload = _payload(draw, root.encode(value), 0.1)
        parts.append(_signed(draw, payload, root.KIND, CITY, by))
        digest = document.digest(payload, root.KIND)
    if draw.random() < 0.03:
        draw.shuffle(parts)
    return parts, digest


def composed(draw: Draw) -> bytes:
    """A trust file, in which each part may be wrong."""
    roots, digest = _roots(draw)
    values = _encode(b"".join(sorted(draw.randbytes(10) for _ in range(draw.randrange(4)))))
    if draw.random() < 0.03:
        values = draw.choice((_bit(draw, values), _encode([]), _encode(bytes(11)), _encode(bytes(20)), values + b"\0"))
    current = CITY.trust_list(
        root=digest if draw.random() < 0.97 else bytes(32),
        cancellations=cancellations.digest(values) if draw.random() < 0.97 else bytes(32),
    )
    if draw.random() < 0.05:
        named = {each.key for each in current.keys}
        stranger = draw.choice([each.public_key for each in _SIGNERS if each.public_key not in named])
        keys = (*current.keys[1:], replace(current.keys[0], key=stranger))
        current = replace(current, keys=tuple(sorted(keys, key=lambda each: each.key)))
    payload = _payload(draw, trust_list.encode(current), 0.5)
    parts: dict[int, Any] = {
        1: roots,
        2: _signed(draw, payload, trust_list.KIND, CITY, [CITY.signer("publisher")]),
        3: values,
    }
    if draw.random() < 0.3:
        parts[4] = _notes(draw)
    if draw.random() < 0.05:
        parts = _altered(draw, parts)
    return _encode(_sorted(parts)) if isinstance(parts, dict) else _encode(parts)


def _notes(draw: Draw) -> list[bytes]:
    notes = []
    for name in draw.sample(("cohort", "revocable", "cohort standby", "revocable standby"), draw.randrange(1, 4)):
        signer = CITY.signer(name)
        payload = _payload(draw, kill_note.encode(signer.public_key), 0.1)
        notes.append(_signed(draw, payload, kill_note.KIND, CITY, [signer]))
    if draw.random() < 0.05:
        notes.append(draw.choice(notes))
    return sorted(notes) if draw.random() < 0.95 else notes


# ---- changed afterwards ----


def _bit(draw: Draw, data: bytes) -> bytes:
    if not data:
        return b"\0"
    at = draw.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << draw.randrange(8),)) + data[at + 1 :]


def _piece(draw: Draw, data: bytes) -> bytes:
    at, size = draw.randrange(len(data) + 1), draw.randrange(9)
    return data[:at] + draw.choice((b"", data[at : at + size] * 2, draw.randbytes(size))) + data[at + size :]


def _within(draw: Draw, data: bytes) -> bytes:
    """A bit or a piece of one part, in a byte string that is as long as it says."""
    parts = cbor2.loads(data)
    change: Callable[[Draw, bytes], bytes] = draw.choice((_bit, _piece))
    key = draw.choice((1, 2, 2, 3))
    if key == 1:
        at = draw.randrange(len(parts[1]))
        parts[1][at] = change(draw, parts[1][at])
    else:
        parts[key] = change(draw, parts[key])
    return _encode(parts)


@cache
def _good() -> tuple[bytes, ...]:
    """Some that are valid, of one root to three, with notes and without."""
    draw, found = random.Random(1), set[bytes]()  # noqa: S311
    while len(found) < 30:
        data = composed(draw)
        try:
            publish.trust_file.decode(data)
        except publish.Refused:
            continue
        found.add(data)
    return tuple(sorted(found))


def trust_files(draw: Draw, count: int) -> Iterator[bytes]:
    """So many: two of three are put together anew."""
    for _ in range(count):
        chance = draw.random()
        if chance < 0.67:
            yield composed(draw)
        else:
            yield draw.choice((_bit, _piece, _within, _within, _within))(draw, draw.choice(_good()))
