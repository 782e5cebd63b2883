"""The shortcut accepts nothing that the decision would not, and the decision has the last word on all else."""

import base64
import importlib.util
import inspect
import itertools
import json
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cities import NOW, City
from lookalikes import KEYS, NEW_YEAR, NOW_S, Case, changed, is_accepted, policies, signed_anew

from idcard import cose
from idcard.credential import claims, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import Claims
from idcard.errors import Refused
from idcard.trust import trust_file
from idcard.verify import Card, Verifier, shortcut
from idcard.verify.decision import Policy, judge
from idcard.verify.shortcut import Shortcut

VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "decision"


def judged(code: str, policy: Policy, now: int) -> Card | None:
    try:
        return judge(code, policy, now)
    except Refused:
        return None


def compared(module: ModuleType, cases: Iterable[Case]) -> Iterator[tuple[Case, Card]]:
    """The cases that the shortcut of a module accepts, each of which the decision must accept as the same card."""
    shortcuts: dict[int, Any] = {}
    for case in cases:
        code, policy, now = case
        known = shortcuts.get(id(policy))
        if known is None:
            known = shortcuts[id(policy)] = module.Shortcut(policy)
        card = known.card(code, now)
        if card is not None:
            assert card == judged(*case)
            yield case, card


@cache
def sample() -> tuple[Case, ...]:
    draw = random.Random(1)  # noqa: S311
    return (*signed_anew(draw, 1500, places=6), *changed(draw, 2000))


def test_of_many_lookalikes_none_is_accepted_that_the_decision_would_refuse() -> None:
    assert sum(1 for _ in compared(shortcut, sample())) > 300


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_of_a_million_lookalikes_none_is_accepted_that_the_decision_would_refuse(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    cases = itertools.chain(signed_anew(draw, 125_000), changed(draw, 125_000))
    assert sum(1 for _ in compared(shortcut, cases)) > 5000


WRONG = {
    "the signature is not verified": ("not cose.verifies(", "None is cose.verifies("),
    "unsigned bytes before the payload are any": ("[:_PAYLOAD]", "[: _PAYLOAD - 1]"),
    "the head of the signature is any": ("data[34 : -cose.SIGNATURE_SIZE]", "data[34:_TAIL]"),
    "the form of the claims is any": ("or shape not in self._shapes", ""),
    "the environment is any": ("code[:5] != self._prefix or ", ""),
    "a code ends a second late": ("now < expires[0] <=", "now <= expires[0] <="),
    "a code may outlive its key": ("expires[0] <= key.verify_until", "expires[0]"),
    "a compromised key signs on": ("if not key.compromised and ", "if "),
    "a key serves every class": (" and venue_class.number in key.classes", ""),
    "a handle is not looked up": ("handle in self._cancellations or ", ""),
    "a cohort is not looked up": (" or signed.cohort(message) in self._cancellations", ""),
    "a file is tolerated a second longer": ("* DAY + 1", "* DAY + 2"),
    "a file does not end": ("trust.root.exp, trust_list.exp", "1 << 32"),
    "a clock may be three days behind": ("policy.floor - CLOCK_SKEW", "policy.floor - 3 * CLOCK_SKEW"),
    "a clock that is behind is believed": ("now = max(now, self._floor)", ""),
    "a handle is not asked for": ("1 if policy.venue_class.handle else 2", "2"),
    "any age will do": ("range(least or 1", "range(1"),
    "the photo check is forgotten": ("policy.venue_class.photo_check", "False"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_shortcut_that_is_wrong_is_found(fault: str) -> None:
    right, wrong = WRONG[fault]
    source = inspect.getsource(shortcut)
    assert right in source
    module = ModuleType("shortcut")
    exec(source.replace(right, wrong), module.__dict__)  # noqa: S102
    with pytest.raises(AssertionError):
        list(compared(module, sample()))


def test_claims_without_a_handle_that_are_as_long_as_with_one_are_left_to_the_decision() -> None:
    library, flags = policies()[0], frozenset({1, 4, 5, 6, 7, 8})
    policy = library._replace(venue_class=replace(library.venue_class, required=flags))
    payload = claims.encode(Claims(NEW_YEAR, flags))
    # Cut and put together as if it had a handle, with everything but that as in what minting writes.
    cut = payload[:7] + b"\x07\x4a" + bytes(10) + payload[19:]
    key = KEYS["cohort"]
    protected = cose.encode_header(cose.kid(key.public_key))
    for each, accepted in ((payload, True), (cut, False)):
        signature = key.sign(cose.to_be_signed1(protected, policy.external_aad, each))
        written = cose.encode_sign1(cose.Sign1(protected, each, signature))
        code = text.encode(policy.environment, written)
        assert is_accepted(code, policy, NOW_S) is accepted
        assert Shortcut(policy).card(code, NOW_S) is None


# ---- the decision vectors ----


def vectors() -> Iterator[tuple[str, Case]]:
    """Those that come to a decision on a code."""
    for path in sorted(VECTORS.glob("*.json")):
        said = json.loads(path.read_bytes())
        try:
            trust = trust_file.decode(base64.b64decode(said["trust_file"]))
        except Refused:
            continue
        now, day = seconds(datetime.fromisoformat(said["now"])), said.get("last_day", 0)
        for each in trust.trust_list.classes:
            if each.name == said["class"]:
                yield path.stem, (said["text"], Policy.of(trust, each, trust.kill_notes.keys(), day), now)


def test_each_decision_vector_is_the_same_by_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = dict(vectors())
    shortcuts = {name: Shortcut(policy) for name, (_, policy, _) in cases.items()}

    def by_the_decision() -> dict[str, Card]:
        return {name: card for name, case in cases.items() if (card := judged(*case))}

    def by_the_shortcut() -> dict[str, Card]:
        return {name: card for name, (code, _, now) in cases.items() if (card := shortcuts[name].card(code, now))}

    accepted, taken = by_the_decision(), by_the_shortcut()
    assert {"accept-library", "accept-pool", "accept-pharmacy", "accept-stale", "accept-photo-check"} <= taken.keys()
    assert taken.items() <= accepted.items()
    # And by the public door of PyNaCl.
    assert cose._opens is cose._opens_raw
    monkeypatch.setattr(cose, "_opens", cose._opens_public)
    assert (by_the_decision(), by_the_shortcut()) == (accepted, taken)


@pytest.mark.parametrize("missing", ["ffi", "lib"])
def test_without_the_private_names_the_public_door_is_taken(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from nacl import _sodium

    other = ModuleType("nacl._sodium")
    other.__dict__.update({name: getattr(_sodium, name) for name in ("ffi", "lib") if name != missing})
    monkeypatch.setitem(sys.modules, "nacl._sodium", other)
    spec = importlib.util.find_spec("idcard.cose")
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "idcard.cose", again)
    spec.loader.exec_module(again)
    assert again._opens is again._opens_public
    key = City().signer("cohort")
    assert again.verifies(key.public_key, b"message", key.sign(b"message"))
    assert not again.verifies(key.public_key, b"massage", key.sign(b"message"))


# ---- the public door ----


def test_tables_are_made_for_the_second_verdict_of_a_class_and_change_none() -> None:
    city = City()
    verifier, code = Verifier(city.file), city.code("library")
    cards = [verifier.verify(code, "library", now=NOW)]
    assert verifier._shortcuts == {"library": None}
    cards += [verifier.verify(code, "library", now=NOW) for _ in range(2)]
    assert isinstance(verifier._shortcuts["library"], Shortcut)
    assert cards == [cards[0]] * 3
    with pytest.raises(Refused):
        verifier.verify(code[:-3] + "000", "library", now=NOW)
