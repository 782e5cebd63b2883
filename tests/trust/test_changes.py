"""What an officer reads before signing: every kind of change has its sentence, and nothing else is said."""

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cities import CONTACT, DAY, HANDLE, City, signer

from idcard import cose
from idcard.credential.calendar import noon_of_first
from idcard.credential.text import Environment
from idcard.trust import cancellations, changes
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_list import IssuingKey, TrustList, VenueClass

CITY = City()
ROOT, LIST = CITY.root(), CITY.trust_list()
ROOTS, [PUBLISHER] = ROOT.roots.keys, ROOT.publishers.keys
COHORT = next(key for key in LIST.keys if key.key == CITY.signer("cohort").public_key)
NEW = signer("a new key").public_key
JOINS = cose.kid(NEW).hex()


def kid(key: bytes) -> str:
    return cose.kid(key).hex()


def role(threshold: int, *keys: bytes) -> Role:
    return Role(threshold, tuple(sorted(keys)))


# ---- roots ----

# name -> what is different in the next root, and the sentences beside the one that names it
ROOT_CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "only its dates": ({}, []),
    "the name": ({"name": "New Springfield"}, ["the name of the city is 'New Springfield' instead of 'Springfield'"]),
    "the id": ({"scope": City(id="shelbyville").scope}, ["ANOTHER CITY: shelbyville (production)"]),
    "the environment": (
        {"scope": City(environment=Environment.TEST).scope},
        ["ANOTHER CITY: springfield (test)"],
    ),
    "the life of lists": ({"list_days": 90}, ["a trust list may live 90 days instead of 120"]),
    "a root key more": (
        {"roots": role(2, *ROOTS, NEW)},
        [f"root key {JOINS} JOINS", "EASIER: 2 of 4 root keys must sign instead of 2 of 3"],
    ),
    "a root key less": (
        {"roots": role(2, *ROOTS[1:])},
        [f"root key {kid(ROOTS[0])} leaves", "2 of 2 root keys must sign instead of 2 of 3"],
    ),
    "a root key for another": (
        {"roots": role(2, *ROOTS[1:], NEW)},
        [f"root key {JOINS} JOINS", f"root key {kid(ROOTS[0])} leaves"],
    ),
    "a higher threshold": ({"roots": role(3, *ROOTS)}, ["3 of 3 root keys must sign instead of 2 of 3"]),
    "a lower threshold": (
        {"roots": role(1, *ROOTS)},
        ["EASIER: 1 of 3 root keys must sign instead of 2 of 3"],
    ),
    "a publisher for another": (
        {"publishers": role(1, NEW)},
        [f"publisher key {JOINS} JOINS", f"publisher key {kid(PUBLISHER)} leaves"],
    ),
    "two publishers of two": (
        {"publishers": role(2, PUBLISHER, NEW)},
        [f"publisher key {JOINS} JOINS", "2 of 2 publisher keys must sign instead of 1 of 1"],
    ),
}


@pytest.mark.parametrize("name", ROOT_CHANGES)
def test_every_change_of_a_root_is_said(name: str) -> None:
    fields, sentences = ROOT_CHANGES[name]
    new = replace(ROOT, version=2, exp=noon_of_first(2029 * 12), **fields)
    dates = "root 2 replaces root 1; it ends on 2029-01-01 instead of 2028-06-01"
    assert list(changes.of_roots(ROOT, new)) == [dates, *sentences]


def test_fewer_publishers_stand_out_too() -> None:
    two = replace(ROOT, publishers=role(2, PUBLISHER, NEW))
    assert list(changes.of_roots(two, replace(two, version=2, publishers=role(1, PUBLISHER))))[1:] == [
        f"publisher key {JOINS} leaves",
        "EASIER: 1 of 1 publisher keys must sign instead of 2 of 2",
    ]


def test_the_same_root_says_nothing() -> None:
    assert list(changes.of_roots(ROOT, ROOT)) == []


def test_two_roots_of_one_number_stand_out() -> None:
    assert list(changes.of_roots(ROOT, replace(ROOT, exp=noon_of_first(2029 * 12)))) == [
        "ANOTHER root 1: one number, two roots"
    ]


# ---- lists ----

KEYS = LIST.keys
LIBRARY, MUSEUM, POOL, PHARMACY, THEATRE = LIST.classes
ENDED = COHORT.verify_until


def without(key: IssuingKey) -> tuple[IssuingKey, ...]:
    return tuple(each for each in KEYS if each != key)


def instead(key: IssuingKey, **fields: Any) -> tuple[IssuingKey, ...]:
    return tuple(replace(each, **fields) if each == key else each for each in KEYS)


def joining(**fields: Any) -> tuple[IssuingKey, ...]:
    new = IssuingKey(key=NEW, classes=frozenset({1, 4}), verify_until=noon_of_first(2029 * 12), **fields)
    return tuple(sorted((*KEYS, new), key=lambda each: each.key))


def classes_with(venue_class: VenueClass, **fields: Any) -> tuple[VenueClass, ...]:
    return tuple(replace(each, **fields) if each == venue_class else each for each in LIST.classes)


ZOO = VenueClass(number=9, name="zoo", required=frozenset({1, 4}), least_age=14, handle=True, tolerance=30)
ASKED = "asks for resident, a code that can be cancelled; trust file up to 60 days old"
COHORTS = "library, museum, pool, theatre"

# name -> what is different in the next list, and the sentences beside the one that names it
LIST_CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "only its dates": ({}, []),
    "the contact": ({"contact": "Ask nobody."}, [f"the contact is 'Ask nobody.' instead of {CONTACT!r}"]),
    "a new class": (
        {"classes": (*LIST.classes, ZOO)},
        [
            "new venue class zoo (number 9): asks for resident, student, 14 or over, a code that can be cancelled; "
            "trust file up to 30 days old"
        ],
    ),
    "a class less": ({"classes": LIST.classes[:-1]}, ["GONE: venue class theatre (number 5)"]),
    "a class of another name": (
        {"classes": classes_with(PHARMACY, name="chemist")},
        [f"venue class chemist (number 4): {ASKED}; before: pharmacy, {ASKED}"],
    ),
    "a class that asks for less": (
        {"classes": classes_with(POOL, least_age=None)},
        [
            "venue class pool (number 3): asks for resident; trust file up to 120 days old; "
            "before: pool, asks for resident, 18 or over; trust file up to 120 days old"
        ],
    ),
    "a class that takes codes which cannot be cancelled": (
        {"classes": classes_with(PHARMACY, handle=False)},
        [
            "venue class pharmacy (number 4): asks for resident; trust file up to 60 days old; "
            f"before: pharmacy, {ASKED}"
        ],
    ),
    "a class that tolerates more": (
        {"classes": classes_with(PHARMACY, tolerance=400)},
        [f"venue class pharmacy (number 4): {ASKED.replace('60', '400')}; before: pharmacy, {ASKED}"],
    ),
    "a class of which clerks confirm the photo": (
        {"classes": classes_with(PHARMACY, photo_check=True)},
        [
            f"venue class pharmacy (number 4): {ASKED.replace(';', '; clerks confirm the photo;')}; "
            f"before: pharmacy, {ASKED}"
        ],
    ),
    "a key joins": ({"keys": joining()}, [f"issuing key {JOINS} joins: library, pharmacy, codes until 2029-01-01"]),
    "a key joins that is distrusted": (
        {"keys": joining(compromised=True)},
        [f"issuing key {JOINS} joins AND IS DISTRUSTED: library, pharmacy, codes until 2029-01-01"],
    ),
    "a key leaves too soon": (
        {"keys": without(COHORT)},
        [f"CODES END: issuing key {kid(COHORT.key)} leaves before 2029-01-01"],
    ),
    "a key is distrusted": (
        {"keys": instead(COHORT, compromised=True)},
        [f"DISTRUSTED: issuing key {kid(COHORT.key)}; all its codes are refused ({COHORTS})"],
    ),
    "codes end later": (
        {"keys": instead(COHORT, verify_until=noon_of_first(2031 * 12))},
        [f"CHANGED: codes of issuing key {kid(COHORT.key)} end on 2031-01-01 instead of 2029-01-01"],
    ),
    "codes end sooner": (
        {"keys": instead(COHORT, verify_until=noon_of_first(2028 * 12))},
        [f"CHANGED: codes of issuing key {kid(COHORT.key)} end on 2028-01-01 instead of 2029-01-01"],
    ),
    "a key serves another class": (
        {"keys": instead(COHORT, classes=frozenset({4}))},
        [f"CODES END: issuing key {kid(COHORT.key)} serves pharmacy instead of {COHORTS}"],
    ),
    "a key serves a class that nobody knows": (
        {"keys": instead(COHORT, classes=frozenset({77}))},
        [f"CODES END: issuing key {kid(COHORT.key)} serves 77 instead of {COHORTS}"],
    ),
    "a key serves nothing": (
        {"keys": instead(COHORT, classes=frozenset())},
        [f"CODES END: issuing key {kid(COHORT.key)} serves no venue class instead of {COHORTS}"],
    ),
    "a key is distrusted and changes all else": (
        {"keys": instead(COHORT, compromised=True, classes=frozenset({1}), verify_until=noon_of_first(2028 * 12))},
        [
            f"DISTRUSTED: issuing key {kid(COHORT.key)}; all its codes are refused (library)",
            f"CHANGED: codes of issuing key {kid(COHORT.key)} end on 2028-01-01 instead of 2029-01-01",
            f"CODES END: issuing key {kid(COHORT.key)} serves library instead of {COHORTS}",
        ],
    ),
}


@pytest.mark.parametrize("name", LIST_CHANGES)
def test_every_change_of_a_list_is_said(name: str) -> None:
    fields, sentences = LIST_CHANGES[name]
    times = {field: getattr(LIST, field) + 30 * DAY for field in ("issued", "next_update", "exp")}
    said = list(changes.of_lists(LIST, replace(LIST, version=2, **times, **fields)))
    assert said == [
        "trust list 2 of 2026-12-22 replaces list 1 of 2026-11-22; the next is due by 2027-01-21, "
        "and it expires on 2027-04-21",
        *sentences,
    ]


def test_a_key_whose_codes_have_ended_leaves_quietly() -> None:
    times = {"issued": ENDED + 2 * DAY, "next_update": ENDED + 3 * DAY, "exp": ENDED + 4 * DAY}
    [_, said] = changes.of_lists(LIST, replace(LIST, version=2, keys=without(COHORT), **times))
    assert said == f"issuing key {kid(COHORT.key)} leaves: its codes ended on 2029-01-01"


@pytest.mark.parametrize(("instant", "shouts"), [(ENDED - 1, True), (ENDED, False)])
def test_until_the_last_second_codes_end_with_their_key(instant: int, shouts: bool) -> None:
    [_, said] = changes.of_lists(LIST, replace(LIST, version=2, keys=without(COHORT), issued=instant))
    assert said.startswith("CODES END: ") is shouts


def test_a_key_that_is_trusted_again_stands_out() -> None:
    old = replace(LIST, keys=instead(COHORT, compromised=True))
    [_, said] = changes.of_lists(old, replace(LIST, version=2))
    assert said == f"TRUSTED AGAIN: issuing key {kid(COHORT.key)}"


def test_the_same_list_says_nothing() -> None:
    assert list(changes.of_lists(LIST, LIST)) == []


def test_two_lists_of_one_number_stand_out() -> None:
    [first, second] = changes.of_lists(LIST, replace(LIST, contact="Ask nobody."))
    assert first == "ANOTHER trust list 1: one number, two lists"
    assert second.startswith("the contact is")


# ---- cancellations ----


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([], [], []),
        ([HANDLE], [HANDLE], []),
        ([], [HANDLE], ["cancellations: 1 more, 0 fewer, 1 in all"]),
        ([HANDLE], [], ["cancellations: 0 more, 1 fewer, 0 in all"]),
        ([HANDLE], [bytes(10), bytes([1] * 10)], ["cancellations: 2 more, 1 fewer, 2 in all"]),
    ],
)
def test_cancellations_are_counted(old: list[bytes], new: list[bytes], said: list[str]) -> None:
    def held(values: list[bytes]) -> cancellations.Cancellations:
        return cancellations.decode(cancellations.encode(values))

    assert list(changes.of_cancellations(held(old), held(new))) == said


# ---- nothing is passed over ----

OTHER: dict[str, Callable[[Any], Any]] = {
    "scope": lambda _: City(id="shelbyville").scope,
    "name": lambda _: "Another",
    "list_days": lambda days: days - 1,
    "roots": lambda _: role(1, NEW),
    "publishers": lambda _: role(1, NEW),
    "contact": lambda _: "Another.",
    "classes": lambda found: found[:-1],
    "keys": lambda found: found[:-1],
    "required": lambda _: frozenset({4}),
    "least_age": lambda _: 99,
    "handle": lambda found: not found,
    "tolerance": lambda days: days + 1,
    "photo_check": lambda found: not found,
    "verify_until": lambda _: noon_of_first(2031 * 12),
    "compromised": lambda found: not found,
}


def fields_of(value: Any, *aside: str) -> list[str]:
    return [each.name for each in dataclasses.fields(value) if each.name not in aside]


@pytest.mark.parametrize("field", fields_of(Root, "version", "previous", "exp"))
def test_no_field_of_a_root_changes_in_silence(field: str) -> None:
    new = replace(ROOT, version=2, **{field: OTHER[field](getattr(ROOT, field))})
    assert len(list(changes.of_roots(ROOT, new))) > 1


@pytest.mark.parametrize(
    "field", fields_of(TrustList, "version", "root", "issued", "next_update", "exp", "cancellations")
)
def test_no_field_of_a_list_changes_in_silence(field: str) -> None:
    new = replace(LIST, version=2, **{field: OTHER[field](getattr(LIST, field))})
    assert len(list(changes.of_lists(LIST, new))) > 1


@pytest.mark.parametrize("field", fields_of(VenueClass, "number"))
def test_no_field_of_a_class_changes_in_silence(field: str) -> None:
    changed = replace(PHARMACY, **{field: OTHER[field](getattr(PHARMACY, field)).lower() if field == "name"
                                   else OTHER[field](getattr(PHARMACY, field))})  # fmt: skip
    classes = tuple(changed if each is PHARMACY else each for each in LIST.classes)
    assert len(list(changes.of_lists(LIST, replace(LIST, version=2, classes=classes)))) == 2


@pytest.mark.parametrize("field", fields_of(IssuingKey, "key"))
def test_no_field_of_a_key_changes_in_silence(field: str) -> None:
    value = frozenset({4}) if field == "classes" else OTHER[field](getattr(COHORT, field))
    new = replace(LIST, version=2, keys=instead(COHORT, **{field: value}))
    assert len(list(changes.of_lists(LIST, new))) == 2


def test_no_sentence_has_a_full_stop_or_a_line_end() -> None:
    for fields, _ in ROOT_CHANGES.values():
        for said in changes.of_roots(ROOT, replace(ROOT, version=2, **fields)):
            assert not said.endswith(".")
            assert "\n" not in said
