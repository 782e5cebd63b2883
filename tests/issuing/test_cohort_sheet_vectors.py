"""The vectors of cohort sheets, which were put together without the library."""

import json
from pathlib import Path
from typing import Any

import pytest

from idcard.city import plan
from idcard.city.plan import PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import Quarter
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import cohort_sheet
from idcard.issuing.cohort_sheet import SheetError

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "cohort-sheet"
VECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FOLDER.glob("*.json")}
REASONS = {
    "this is no cohort sheet": "no-sheet",
    "the cohort sheet is of another version": "other-version",
    "the cohort sheet is of another city": "other-city",
    "the cohort sheet is of another quarter": "other-quarter",
    "the cohort sheet lacks": "incomplete",
    "a code of the cohort sheet is damaged": "damaged",
    "a code of the cohort sheet is not by the key": "other-key",
    "a code of the cohort sheet stands twice, or does not fit": "misfit",
    "a code of the cohort sheet is cancelled": "cancelled",
}


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_sheet(name: str) -> None:
    vector, expect = VECTORS[name], VECTORS[name]["expect"]
    scope = Scope(Environment[vector["environment"].upper()], vector["city"])
    key = PlannedKey(
        key=bytes.fromhex(vector["key"]), kind=Kind.COHORT, quarter=Quarter.parse(vector["quarter"]), verify_until=0
    )
    profiles = [each.profile for each in plan.decode_classes(vector["classes"])]
    cancelled = {bytes.fromhex(value) for value in vector["cancelled"]}
    try:
        read = cohort_sheet.decode(vector["sheet"], profiles, scope, key, cancelled=cancelled)
    except SheetError as refused:
        said = next(reason for words, reason in REASONS.items() if str(refused).startswith(words))
        assert expect == {"reason": said}
        return
    assert expect == {"reason": None, "classes": sorted(read.classes)}
    listed = {(each["class"], each["text"]) for each in json.loads(vector["sheet"])["codes"]}
    assert {(venue_class, text) for (venue_class, _), text in read.codes.items()} == listed
    again = cohort_sheet.decode(cohort_sheet.encode(read), profiles, scope, key, cancelled=cancelled)
    assert again == read


def test_every_reason_has_a_vector() -> None:
    assert {vector["expect"]["reason"] for vector in VECTORS.values()} == {None, *REASONS.values()}
