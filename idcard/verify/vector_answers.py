"""Answers the vectors of specs/vectors by this verifier (specs/conformance.md). Pure: reads no clock and no file."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from idcard.errors import IdcardError, Malformed, Refused
from idcard.trust import paper, patch, trust_file
from idcard.trust.paper import Missing
from idcard.trust.patch import OtherBase
from idcard.verify import memory, verdict
from idcard.verify.memory import Memory
from idcard.verify.verifier import Verifier

__all__ = ["answer"]

_Given = Mapping[str, Any]


def answer(kind: str, given: _Given) -> dict[str, Any] | None:
    """What the vector expects, but for its layer. None for a kind that no venue reads.

    Raises KeyError, TypeError, ValueError and AttributeError where `given` is not that of a vector.
    """
    answered = _ANSWERED.get(kind)
    return None if answered is None else answered(given)


def _decision(given: _Given) -> dict[str, Any]:
    file = _bytes(given["trust_file"])
    try:
        held = Memory(file, trust_file.decode(file), given["last_day"]) if "last_day" in given else file
        card = Verifier(held).verify(given["text"], given["class"], now=_now(given))
    except Refused as refused:
        return {"outcome": refused.outcome.value, "reason": refused.reason.value}
    return {
        "outcome": card.outcome.value,
        "reason": None,
        "proven": list(card.proven),
        "expires": f"{card.expires:%Y-%m-%dT%H:%M:%SZ}",
        "stale": card.stale,
        "trust_age_days": card.trust_age_days,
        "environment": str(card.environment),
        "photo_check": card.photo_check,
    }


def _typed(given: _Given) -> dict[str, Any]:
    verifier = Verifier(_bytes(given["trust_file"]))
    _, judged = verdict.judge_typed(verifier, given["typed"], given["class"], now=_now(given))
    return {"outcome": judged.outcome, "reason": judged.reason, "undone": list(judged.undone)}


def _memory(given: _Given) -> dict[str, Any]:
    try:
        taken = _taken(given, _bytes(given["offer"]), _now(given))
    except Refused as refused:
        return {"reason": refused.reason.value, "memory": None}
    return {"reason": None, "memory": _text(memory.encode(taken))}


def _taken(given: _Given, offer: bytes, now: datetime) -> Memory:
    if given["operation"] == "install":
        fingerprint = given["fingerprint"]
        return memory.install(offer, fingerprint=fingerprint and bytes.fromhex(fingerprint), now=now)
    held = memory.decode(_bytes(given["memory"]))
    if given["operation"] == "kill":
        return memory.kill(memory.seen(held, now=now), offer)
    if given["operation"] == "update":
        return memory.update(held, offer, now=now)
    raise ValueError("no operation of a memory")


def _paper(given: _Given) -> dict[str, Any]:
    try:
        if "texts" in given:
            poster, data = paper.decode(given["texts"])
            return {"reason": None, "prefix": poster.value, "data": _text(data)}
        return {"reason": None, "new": _text(patch.apply(_bytes(given["old"]), _bytes(given["patch"])))}
    except Missing as missing:
        return {"reason": "missing", "missing": list(missing.missing)}
    except Refused as refused:
        return {"reason": refused.reason.value}
    except IdcardError as error:
        return {"reason": _PAPER[type(error)]}


_PAPER = {Malformed: "malformed", OtherBase: "other-base"}
_ANSWERED: dict[str, Callable[[_Given], dict[str, Any]]] = {
    "decision": _decision,
    "typed": _typed,
    "memory": _memory,
    "paper": _paper,
}


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _now(given: _Given) -> datetime:
    return datetime.fromisoformat(given["now"])
