"""What a program that embeds the decision sees of it."""

import json
import pickle
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cities import CONTACT, HANDLE, NOW, City

from idcard import languages
from idcard.verify import Environment, Outcome, Reason, Refused, Requirement, Verifier, memory, verdict

CITY = City()
VERIFIER = Verifier(CITY.trust_file(cancelled=[HANDLE]))
CODE, CANCELLED = CITY.code("library"), CITY.code("pharmacy")


def refusal(text: str, venue_class: str, now: datetime = NOW, verifier: Verifier = VERIFIER) -> Refused:
    with pytest.raises(Refused) as caught:
        verifier.verify(text, venue_class, now=now)
    return caught.value


def test_it_says_whose_trust_file_it_is() -> None:
    assert (VERIFIER.city, VERIFIER.name, VERIFIER.environment) == ("springfield", "Springfield", "production")
    assert (VERIFIER.contact, VERIFIER.fingerprint) == (CONTACT, CITY.founded.fingerprint)
    assert VERIFIER.issued == NOW
    assert VERIFIER.expires == NOW + timedelta(days=120)


def test_it_says_what_each_class_asks_for() -> None:
    assert list(VERIFIER.classes) == ["library", "museum", "pool", "pharmacy", "theatre"]
    assert VERIFIER.classes["pool"] == Requirement(("resident", "age_over_18"), False, 120, False)
    assert VERIFIER.classes["pharmacy"].tolerance_days == 60


@pytest.mark.parametrize(
    "expected", [{}, {"city": "springfield"}, {"environment": "production"}, {"environment": Environment.PRODUCTION}]
)
def test_the_city_that_is_expected_is_taken(expected: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "city.idtrust").write_bytes(CITY.file)
    assert Verifier.open(tmp_path / "city.idtrust", **expected).city == "springfield"


@pytest.mark.parametrize("expected", [{"city": "shelbyville"}, {"environment": "test"}, {"city": ""}])
@pytest.mark.parametrize("remembered", [False, True])
def test_another_city_is_refused(expected: dict[str, Any], remembered: bool) -> None:
    source = memory.install(CITY.file, fingerprint=None, now=NOW) if remembered else CITY.file
    with pytest.raises(Refused) as caught:
        Verifier(source, **expected)
    assert (caught.value.reason, caught.value.outcome) == ("trust-foreign", "cannot-say")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Verifier("city.idtrust"), "bytes of a trust file, or a Memory, not str; Verifier.open takes a path"),  # type: ignore[arg-type]
        (lambda: VERIFIER.verify(CODE.encode(), "library", now=NOW), "text of a code is a str, not bytes"),  # type: ignore[arg-type]
        (lambda: VERIFIER.verify(None, "library", now=NOW), "text of a code is a str, not NoneType"),  # type: ignore[arg-type]
        (lambda: VERIFIER.verify(CODE, None, now=NOW), "name of a venue class is a str, not NoneType"),  # type: ignore[arg-type]
        (lambda: VERIFIER.verify(CODE, "library", now=1.0), "datetime with a time zone, not float"),  # type: ignore[arg-type]
        (lambda: VERIFIER.verify(CODE, "library", now=date(2026, 1, 1)), "datetime with a time zone, not date"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_is_an_error_of_the_program_and_no_verdict(call: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        call()


def test_an_environment_that_there_is_not_is_an_error_of_the_program() -> None:
    with pytest.raises(ValueError, match="'prod' is not a valid Environment"):
        Verifier(CITY.file, environment="prod")


def test_it_goes_to_another_process_with_all_that_it_knows() -> None:
    VERIFIER.verify(CODE, "library", now=NOW)
    VERIFIER.verify(CODE, "library", now=NOW)
    copied = pickle.loads(pickle.dumps(VERIFIER))  # noqa: S301
    assert copied.verify(CODE, "library", now=NOW) == VERIFIER.verify(CODE, "library", now=NOW)
    refused = refusal(CANCELLED, "pharmacy", verifier=copied)
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301
    assert (again.reason, again.as_json()) == (Reason.CANCELLED_CODE, refused.as_json())


LATE = NOW - timedelta(days=1.5)
"""A clock that is wrong, and by which a verdict is given all the same."""


@pytest.mark.parametrize("now", [NOW, NOW + timedelta(days=40), LATE])
@pytest.mark.parametrize("code", ["es", "en"])
@pytest.mark.parametrize(
    ("text", "venue_class"),
    [(CODE, "library"), (CODE, "pharmacy"), (CANCELLED, "pharmacy"), ("hello", "library"), (CODE, "zoo")],
)
def test_the_object_of_a_verdict_has_one_writer(text: str, venue_class: str, now: datetime, code: str) -> None:
    translate = languages.get(code).translate
    judged = verdict.judge(VERIFIER, text, venue_class, now=now, translate=translate).as_json()
    try:
        said = VERIFIER.verify(text, venue_class, now=now).as_json(translate)
    except Refused as refused:
        said = refused.as_json(translate)
    assert said == judged
    assert list(said) == list(judged)
    assert said.get("date_looks_wrong", False) == (now is LATE)


def test_a_refused_trust_file_says_nothing_of_a_code() -> None:
    with pytest.raises(Refused) as caught:
        Verifier(b"")
    said = caught.value.as_json()
    assert (said["outcome"], said["reason"], said["class"]) == ("cannot-say", "trust-malformed", "")
    assert (said["trust_age_days"], said["stale"], said["environment"]) == (None, None, None)


def test_an_accepted_card_has_words() -> None:
    card = VERIFIER.verify(CODE, "library", now=NOW)
    assert card.in_words() == ("Library: resident when the card was made", "Compare the photo with the person's face.")
    assert card.in_words(languages.get("es").translate) != card.in_words()
    assert replace(card, venue_class="city-farm").in_words()[0].startswith("city-farm: ")


def test_the_names_are_text() -> None:
    card = VERIFIER.verify(CODE, "library", now=NOW)
    said = json.dumps([card.outcome, card.environment, refusal("hello", "library").reason, Outcome.CANNOT_SAY])
    assert json.loads(said) == ["accept", "production", "not-a-code", "cannot-say"]
    assert f"{Reason.NOT_A_CODE} {Environment.TEST}" == "not-a-code test"
