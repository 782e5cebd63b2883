"""The verdict as JSON, for a program that embeds the library."""

import json
from datetime import timedelta

import pytest
from cities import NOW, City

from idcard import languages
from idcard.verify import Verifier, verdict

CITY = City()
VERIFIER = Verifier(CITY.file)
CODE = CITY.code("library")
ALWAYS = {
    *("schema", "outcome", "reason", "message", "remedy", "class", "proven", "expires"),
    *("trust_age_days", "stale", "environment", "photo_check"),
}


def test_an_acceptance_says_what_is_proven_and_until_when() -> None:
    judged = verdict.judge(VERIFIER, CODE, "library", now=NOW).as_json()
    assert judged.keys() == ALWAYS
    assert json.loads(json.dumps(judged)) == judged
    assert (judged["outcome"], judged["reason"], judged["proven"]) == ("accept", None, ["resident"])
    assert judged["expires"].endswith("-01T12:00:00Z")


@pytest.mark.parametrize(
    ("venue_class", "outcome", "reason"),
    [("pharmacy", "reject", "wrong-class"), ("zoo", "cannot-say", "unknown-class")],
)
def test_a_refusal_has_the_same_names_and_no_claim(venue_class: str, outcome: str, reason: str) -> None:
    spanish = languages.get("es").translate
    judged = verdict.judge(VERIFIER, CODE, venue_class, now=NOW, translate=spanish).as_json()
    assert judged.keys() == ALWAYS
    assert (judged["outcome"], judged["reason"], judged["proven"], judged["expires"]) == (outcome, reason, [], None)
    assert judged["message"] != verdict.judge(VERIFIER, CODE, venue_class, now=NOW).message


def test_more_is_there_only_where_it_says_something() -> None:
    read, judged = verdict.judge_typed(VERIFIER, f"]Q1{CODE}", "library", now=NOW - timedelta(days=1.5))
    assert read == CODE
    fields = judged._replace(codes=2, place="left").as_json()
    assert fields.keys() == ALWAYS | {"date_looks_wrong", "codes", "place", "undone", "advice"}
    assert (fields["undone"], len(fields["advice"]), fields["place"]) == (["prefix"], 1, "left")
