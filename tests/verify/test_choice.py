"""Of several codes that a holder shows, the one that says most."""

import itertools
from datetime import timedelta

import pytest
from cities import HANDLE, NOW, City

from idcard.credential.text import Environment
from idcard.verify import Verifier
from idcard.verify.choice import best_of

CITY = City()
VERIFIER = Verifier(CITY.trust_file(cancelled=[HANDLE]))
BY_WORTH = [
    CITY.code("pharmacy", handle=bytes(10)),  # accepted
    "IDC2:ABC",  # newer-program, cannot say
    CITY.code("pharmacy"),  # cancelled-code
    City(environment=Environment.TEST).code("pharmacy"),  # wrong-environment
    "IDC1:",  # malformed
    "https://example.org/",  # not-a-code
]
"""What a pharmacy is shown, best first."""


@pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(BY_WORTH, 2)))
def test_the_better_code_counts_whatever_the_order(better: str, worse: str) -> None:
    assert best_of(VERIFIER, [better, worse], "pharmacy", now=NOW) == 0
    assert best_of(VERIFIER, [worse, better], "pharmacy", now=NOW) == 1


def test_a_code_for_another_place_says_less_than_one_that_has_expired() -> None:
    later = NOW + timedelta(days=400)
    verifier = Verifier(City(now=later).trust_file(keys=CITY.trust_list().keys))
    codes = [CITY.code("library"), CITY.code("pharmacy")]
    assert best_of(verifier, codes, "pharmacy", now=later) == 1


def test_of_equals_the_first_counts() -> None:
    assert best_of(VERIFIER, BY_WORTH[:1] * 3, "pharmacy", now=NOW) == 0
    assert best_of(VERIFIER, ["x", "y"], "pharmacy", now=NOW) == 0
