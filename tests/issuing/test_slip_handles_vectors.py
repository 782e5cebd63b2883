"""The vectors of slips and ledgers, which were made without the library."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from idcard.city import ledger
from idcard.city.ledger import LedgerError
from idcard.credential import calendar
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.issuing.slips import SlipError

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "handles"
VECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FOLDER.glob("*.json")}
REASONS = {
    "this is not a slip": "not-a-slip",
    "this is the code of a card": "card",
    "the slip was misread": "misread",
    "the slip is of a newer program": "newer-program",
    "the slip is of a ": "other-environment",
}


def names(prefix: str) -> list[str]:
    return [name for name in sorted(VECTORS) if name.startswith(prefix)]


@pytest.mark.parametrize("name", names("slip"))
def test_slip(name: str) -> None:
    vector, expect = VECTORS[name], VECTORS[name]["expect"]
    scope = Scope(Environment[vector["environment"].upper()], vector["city"])
    try:
        read = slips.decode(vector["slip"], scope)
    except SlipError as refused:
        said = next(reason for words, reason in REASONS.items() if str(refused).startswith(words))
        assert expect == {"reason": said}
        return
    handles = {number: read.handle(int(number)).hex() for number in expect["handles"]}
    until = calendar.as_month(read.until)
    assert {"reason": None, "until": until, "secret": read.secret.hex(), "handles": handles} == expect
    assert slips.decode(slips.encode(read), scope) == read


@pytest.mark.parametrize("name", names("ledger"))
def test_ledger(name: str) -> None:
    vector, expect = VECTORS[name], VECTORS[name]["expect"]
    try:
        merged = ledger.merge(*(ledger.decode(text) for text in vector["ledgers"]))
    except LedgerError:
        assert expect == {"reason": "malformed"}
        return
    now = seconds(datetime.fromisoformat(vector["now"]))
    live = [value.hex() for value in sorted(ledger.live(merged, now))]
    assert {"reason": None, "merged": ledger.encode(merged), "live": live} == expect


def test_every_reason_has_a_vector() -> None:
    expected = {vector["expect"]["reason"] for vector in VECTORS.values()}
    assert expected == {None, "malformed", *REASONS.values()}
