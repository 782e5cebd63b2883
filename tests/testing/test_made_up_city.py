"""The made-up city of idcard.testing: each of its codes is what it says, and so is each of its files."""

from datetime import UTC, datetime, timedelta

import pytest

from idcard.testing import CLASSES, MadeUpCity
from idcard.verify import Environment, IdcardError, Reason, Refused, Requirement, Verifier, memory

FIRST_OF_A_MONTH = datetime(2027, 3, 1, 0, 0, 1, tzinfo=UTC)
LAST_OF_A_YEAR = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
OWN = {
    "clinic": Requirement(("senior", "age_over_65"), handle=True, tolerance_days=7, photo_check=True),
    "bar": Requirement(("age_over_21",), handle=False, tolerance_days=400, photo_check=False),
}


@pytest.mark.parametrize("now", [FIRST_OF_A_MONTH, LAST_OF_A_YEAR, None], ids=str)
@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("classes", [CLASSES, OWN], ids=list)
def test_its_codes_are_what_they_say(
    now: datetime | None, environment: Environment, classes: dict[str, Requirement]
) -> None:
    city = MadeUpCity(environment=environment, classes=classes, now=now)
    verifier = city.verifier()
    assert verifier.classes == classes
    for venue_class in classes:
        card = verifier.verify(city.code(venue_class), venue_class, now=city.now)
        assert (card.proven, card.environment) == (classes[venue_class].proven, environment)
        for reason, code in city.refused(venue_class).items():
            with pytest.raises(Refused) as caught:
                verifier.verify(code, venue_class, now=city.now)
            assert caught.value.reason is reason
        assert len(city.refused(venue_class)) == 7


@pytest.mark.parametrize(
    ("age_days", "said"),
    [
        (-1, False),
        (29, False),
        (31, True),
        (61, Reason.TRUST_TOO_OLD),
        (121, Reason.TRUST_EXPIRED),
        (999, Reason.TRUST_EXPIRED),
    ],
)
def test_its_trust_files_are_of_any_age(age_days: int, said: bool | Reason) -> None:
    city = MadeUpCity(now=LAST_OF_A_YEAR)
    verifier, code = city.verifier(age_days=age_days), city.code("pharmacy")
    if isinstance(said, bool):
        assert verifier.verify(code, "pharmacy", now=city.now).stale is said
        return
    with pytest.raises(Refused) as caught:
        verifier.verify(code, "pharmacy", now=city.now)
    assert caught.value.reason is said


def test_a_memory_takes_a_younger_file_and_no_older_one() -> None:
    city = MadeUpCity()
    held = memory.install(city.trust_file(age_days=40), fingerprint=None, now=city.now - timedelta(days=39))
    held = memory.update(held, city.trust_file(age_days=3), now=city.now)
    assert held.file == city.trust_file(age_days=3)
    with pytest.raises(Refused, match="trust-rollback"):
        memory.update(held, city.trust_file(age_days=4), now=city.now)


@pytest.mark.parametrize("wrong", [{"city": "Made Up"}, {"contact": "a\nb"}])
def test_a_city_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(IdcardError):
        MadeUpCity(**wrong).trust_file()  # type: ignore[arg-type]


def test_no_production_city_can_be_taken_for_a_real_one() -> None:
    with pytest.raises(ValueError, match="begins with made-up"):
        MadeUpCity("springfield", environment="production")
    for city in (MadeUpCity(environment="production"), MadeUpCity("made-up-2", environment="production")):
        verifier = Verifier(city.trust_file(), city=city.city, environment="production")
        assert (verifier.city[:7], verifier.name) == ("made-up", "Made-up city, not for cards")
    springfield = MadeUpCity("springfield")
    with pytest.raises(Refused, match="wrong-environment"):
        springfield.verifier().verify(springfield.of_another_environment("library"), "library", now=springfield.now)


def test_an_age_or_a_class_that_is_not_there_is_an_error_of_the_test(idcard_city: MadeUpCity) -> None:
    with pytest.raises(ValueError, match="-300 to 999 days old"):
        idcard_city.trust_file(age_days=1000)
    with pytest.raises(KeyError):
        idcard_city.code("zoo")
