"""Made-up populations of card holders, the same for the same seed, for tests of what needs many.

Five years of enrolment from 2027 on: two fifths come in the first year, the rest in ever fewer numbers, and three in a
hundred cards are replaced each year, with a full fresh term. Nobody renews: renewals only make the late cohorts larger.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random
from typing import Any

FIRST_DAY = date(2027, 1, 1)
LAST_DAY = date(2031, 12, 31)
YEARS = (40, 22, 15, 12, 11)
"""Who comes in which year, in hundredths."""
REPLACED_A_YEAR = 0.03
STATIONS = {"north": 52, "south": 31, "east": 16, "mobile": 1}
"""In hundredths of all cards; the last is a bus that comes to schools and old people's homes."""

# From an age to the next, and its weight: children from 10 on, many young adults, few who are very old.
_AGES = (
    (10, 4),
    (14, 5),
    (18, 9),
    (22, 16),
    (30, 19),
    (40, 15),
    (50, 12),
    (60, 10),
    (70, 6),
    (80, 3),
    (90, 1),
    (101, 0),
)
_STUDENTS = ((18, 0.97), (22, 0.55), (30, 0.15), (150, 0.02))
"""Below an age, the share of students."""
_GIVEN = (
    "Ada",
    "Amir",
    "Bruna",
    "Chen",
    "Dara",
    "Elif",
    "Femi",
    "Gloria",
    "Hana",
    "Ivo",
    "José",
    "Kofi",
    "Lan",
    "Mira",
)
_FAMILY = ("Abara", "Bianchi", "Cohen", "Diallo", "Eze", "Farah", "García", "Haddad", "Ito", "Jansen", "Kaya", "Okafor")
_STREETS = ("Elm Street", "Mill Lane", "Harbour Road", "Station Square", "Orchard Way", "Chapel Hill")


@dataclass(frozen=True)
class Person:
    """Who applies, and when for the first time."""

    fields: dict[str, Any]
    made: date
    station: str

    def card(self, made: date, station: str) -> dict[str, Any]:
        """The record of a card that is made on a day."""
        return {**self.fields, "made": made.isoformat(), "station": station}


def population(people: int = 85_000, seed: int = 1) -> list[dict[str, Any]]:
    """The records of all cards of so many people, replacements among them, in the order of making."""
    random = Random(seed)  # noqa: S311
    cards: list[tuple[date, int, dict[str, Any]]] = []
    for number in range(people):
        person = _person(random, number)
        for made in (person.made, *_replacements(random, person.made)):
            # Whoever lost a card goes to the nearest counter.
            station = person.station if made == person.made else _station(random)
            cards.append((made, number, person.card(made, station)))
    return [card for _, _, card in sorted(cards, key=lambda each: each[:2])]


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    """As `idcard privacy` reads them."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _person(random: Random, number: int) -> Person:
    made = _enrolled(random)
    youngest, oldest = random.choices(_SPANS, cum_weights=_SPAN_WEIGHTS)[0]
    age = random.uniform(youngest, oldest)
    born = made - timedelta(days=int(age * 365.2425))
    student = random.random() < next(share for below, share in _STUDENTS if age < below)
    fields = {
        "name": f"{random.choice(_GIVEN)} {random.choice(_FAMILY)}-{number}",
        "address": f"{random.randrange(1, 400)} {random.choice(_STREETS)}, flat {number}",
        "birth_date": born.isoformat(),
        "resident": True,
        "student": student,
        "senior": age >= 65,
        "veteran": age >= 18 and random.random() < 0.03,
        "disability": random.random() < 0.06,
        "caregiver": age >= 18 and random.random() < 0.04,
    }
    return Person(fields, made, _station(random))


def _enrolled(random: Random) -> date:
    year = FIRST_DAY.year + random.choices(range(len(YEARS)), weights=YEARS)[0]
    return date(year, 1, 1) + timedelta(days=random.randrange(365))


def _station(random: Random) -> str:
    return random.choices(list(STATIONS), weights=list(STATIONS.values()))[0]


def _replacements(random: Random, made: date) -> Iterator[date]:
    """Days on which a card, and then that which replaced it, is made anew."""
    while (made := made + timedelta(days=1 + int(random.expovariate(REPLACED_A_YEAR) * 365.2425))) <= LAST_DAY:
        yield made


_SPANS = [(youngest, oldest) for (youngest, _), (oldest, _) in pairwise(_AGES)]
_SPAN_WEIGHTS = list(accumulate(weight for _, weight in _AGES[:-1]))
