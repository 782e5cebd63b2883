"""The decision: the whole order of specs/verify.md walked, and every way in which a code may differ from a good one."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cities import ADULT, CINEMA, CONTACT, DAY, HANDLE, NOW, STUDENT, City, signer
from hypothesis import given, settings
from hypothesis import strategies as st

from idcard import cose
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.cose import Sign1
from idcard.credential import claims as claims_format
from idcard.credential import signed, text
from idcard.credential.calendar import as_datetime, month_of, noon_of_first, seconds
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.trust import trust_file
from idcard.trust.root import Root, digest
from idcard.verify import Card, IdcardError, Outcome, Reason, Refused, Verifier
from idcard.verify.decision import Policy, judge

SPEC = (Path(__file__).parents[2] / "specs" / "verify.md").read_text("utf-8")
CITY = City(classes=(*DEFAULT_CLASSES, CINEMA))
ROOT, LIST = CITY.root(), CITY.trust_list()
NOW_S = seconds(NOW)
RESIDENT = frozenset({1})
END = noon_of_first(2027 * 12 + 5)
GOOD = Claims(END, RESIDENT, 18, None, HANDLE)
"""What the cinema asks for: a handle, a claim and an age."""
ORDER_OF_THE_CURVE = (1 << 252) + 27742317777372353535851937790883648493


def verdict(verifier: Verifier, code: str, venue_class: str = "cinema", now: datetime = NOW) -> Card | Refused:
    try:
        return verifier.verify(code, venue_class, now=now)
    except Refused as refused:
        return refused


def reason_of(result: Card | Refused) -> str:
    return result.reason.value if isinstance(result, Refused) else "accept"


def verifier_of(*, root: Root = ROOT, cancelled: tuple[bytes, ...] = (), **list_changes: Any) -> Verifier:
    """The trust file of the city with these changes. It was made ten days ago."""
    changes = {"issued": NOW_S - 10 * DAY, "next_update": NOW_S + 20 * DAY, "exp": NOW_S + 110 * DAY} | list_changes
    return Verifier(CITY.trust_file(roots=[CITY.sign_root(root)], cancelled=cancelled, **changes))


def keys_with(**changes: Any) -> Any:
    """The issuing keys of the city, the revocable one with these changes."""
    revocable = CITY.signer("revocable").public_key
    return tuple(replace(key, **changes) if key.key == revocable else key for key in LIST.keys)


def classes_with(name: str = "cinema", **changes: Any) -> Any:
    return tuple(replace(each, **changes) if each.name == name else each for each in LIST.classes)


@cache
def as_founded() -> Verifier:
    return verifier_of()


def code_of(claims: Claims = GOOD, by: str = "revocable") -> str:
    return CITY.sign_claims(claims, CITY.signer(by))


# ---- the order ----


@dataclass(frozen=True)
class Row:
    """What must be wrong, and what must not, for a row of the table to apply."""

    wrong: frozenset[str]
    not_wrong: frozenset[str] = frozenset()


def row(*wrong: str, but: tuple[str, ...] = ()) -> Row:
    return Row(frozenset(wrong), frozenset(but))


ROWS = {
    1: row("no such class"),
    2: row("later prefix", but=("no prefix",)),
    3: row("no prefix"),
    4: row("no base45"),
    5: row("test code"),
    6: row("no credential"),
    7: row("unknown key", "expired"),
    8: row("unknown key", but=("update due", "list expired", "expired", "root expired", "list too old")),
    9: row("unknown key", "update due", but=("expired",)),
    10: row("bad signature"),
    11: row("compromised"),
    12: row("cancelled cti", but=("no handle",)),
    13: row("cancelled cohort"),
    14: row("outlives key"),
    15: row("expired"),
    16: row("unknown negative claim"),
    17: row("root expired"),
    18: row("list expired"),
    19: row("list too old"),
    20: row("other class"),
    21: row("no handle"),
    22: row("too young"),
    23: row("update due"),
}
TABLE = {
    int(number): (reason or "accept", outcome)
    for number, reason, outcome in re.findall(
        r"^\| (\d+) \| (?:`([a-z-]+)` \| )?(reject|cannot say|accept) \|", SPEC, re.MULTILINE
    )
}
FAULTS = sorted({fault for each in ROWS.values() for fault in each.wrong})


def case(faults: frozenset[str]) -> tuple[Verifier, str, str]:
    """A trust file, a code and a venue class with all these things wrong at once. The time is always NOW."""
    exp = noon_of_first(2026 * 12 + 10) if "expired" in faults else END
    claims = replace(
        GOOD,
        exp=exp,
        handle=None if "no handle" in faults else HANDLE,
        age=16 if "too young" in faults else 18,
    )
    payload = claims_format.encode(claims)
    if "unknown negative claim" in faults:
        outer = cose.decode(payload)
        outer[-65537][-1] = 0
        payload = cose.encode(outer)
    by = signer("stranger") if "unknown key" in faults else CITY.signer("revocable")
    header = cose.encode_header(cose.kid(by.public_key))
    signature = by.sign(cose.to_be_signed1(header, CITY.scope.external_aad(signed.KIND), payload))
    if "bad signature" in faults:
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    credential = cose.encode_sign1(Sign1(header, payload, signature))
    cohort = signed.cohort(signed.decode(credential).to_be_signed(CITY.scope))
    if "no credential" in faults:
        credential += b"\0"
    prefix = "IDT" if "test code" in faults else "IDC"
    prefix += "2:" if "later prefix" in faults else "1:"
    if "no prefix" in faults:
        prefix = ""
    code = prefix + text.encode(Environment.PRODUCTION, credential)[5:] + "~" * ("no base45" in faults)
    list_changes: dict[str, Any] = {
        "keys": keys_with(
            compromised="compromised" in faults,
            verify_until=noon_of_first(month_of(exp) - 1) if "outlives key" in faults else END,
            classes=frozenset({1}) if "other class" in faults else frozenset({6}),
        ),
        "classes": classes_with(tolerance=9 if "list too old" in faults else 60),
    }
    if faults & {"update due", "list expired"}:
        list_changes["next_update"] = NOW_S
    if "list expired" in faults:
        list_changes["exp"] = NOW_S
    if "root expired" in faults:  # A list ends with its root at the latest: here in the same second.
        list_changes |= {"next_update": NOW_S, "exp": NOW_S}
    verifier = verifier_of(
        root=replace(ROOT, exp=NOW_S) if "root expired" in faults else ROOT,
        cancelled=(HANDLE,) * ("cancelled cti" in faults) + (cohort,) * ("cancelled cohort" in faults),
        **list_changes,
    )
    return verifier, code, "casino" if "no such class" in faults else "cinema"


def rows_of(faults: frozenset[str]) -> list[int]:
    """Numbers of the rows that apply. A file that may not be used any more is as good as due for an update.

    A list expires with its root, if not before.
    """
    faults |= {"list expired"} if "root expired" in faults else frozenset()
    faults |= {"update due"} if faults & {"list expired", "root expired", "list too old"} else frozenset()
    return [number for number, each in ROWS.items() if each.wrong <= faults and not each.not_wrong & faults]


def assert_row(number: int, faults: frozenset[str]) -> None:
    reason, outcome = TABLE[number]
    result = verdict(*case(faults))
    assert reason_of(result) == reason
    if isinstance(result, Refused):
        assert result.outcome is {"reject": Outcome.REJECT, "cannot say": Outcome.CANNOT_SAY}[outcome]
        assert result.remedy.endswith(CONTACT) == (outcome == "cannot say")
    else:
        assert result.stale == ("update due" in faults)


def test_the_table_is_that_of_the_specification() -> None:
    assert list(TABLE) == list(ROWS) == list(range(1, 24))
    assert TABLE[23] == ("accept", "accept")
    assert {reason for reason, _ in TABLE.values()} - {"accept"} <= {reason.value for reason in Reason}


def test_with_nothing_wrong_the_code_is_accepted() -> None:
    assert rows_of(frozenset()) == []
    result = verdict(*case(frozenset()))
    assert isinstance(result, Card)
    assert not result.stale


@pytest.mark.parametrize("number", ROWS, ids=lambda number: f"{number} {TABLE[number][0]}")
def test_each_row_alone(number: int) -> None:
    assert_row(number, ROWS[number].wrong)


PAIRS = [
    pytest.param(first, second, id=f"{first} {TABLE[first][0]} before {second} {TABLE[second][0]}")
    for first in ROWS
    for second in ROWS
    if first < second
    if not (ROWS[first].wrong | ROWS[second].wrong) & (ROWS[first].not_wrong | ROWS[second].not_wrong)
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_rows_that_apply_the_first_is_the_verdict(first: int, second: int) -> None:
    faults = ROWS[first].wrong | ROWS[second].wrong
    assert {first, second} <= set(rows_of(faults))
    assert min(rows_of(faults)) == first
    assert_row(first, faults)


def test_every_row_meets_the_next_one_that_can_apply_with_it() -> None:
    met = {tuple(pair.values) for pair in PAIRS}
    apart = {pair for pair in zip(ROWS, list(ROWS)[1:], strict=False) if pair not in met}
    # A prefix is missing or of a later version; an unknown key has passed its update, or exp, or neither.
    assert apart == {(2, 3), (7, 8), (8, 9)}


@settings(max_examples=300, deadline=None)
@given(st.frozensets(st.sampled_from(FAULTS)))
def test_of_all_rows_that_apply_the_first_is_the_verdict(faults: frozenset[str]) -> None:
    assert_row(min(rows_of(faults), default=23), faults)


@pytest.mark.parametrize("number", [3, 4, 5, 6, *range(10, 16)], ids=lambda number: f"{number} {TABLE[number][0]}")
def test_what_no_newer_file_could_undo_holds_however_old_the_file_is(number: int) -> None:
    old = {"update due", "list expired", "root expired", "list too old"}
    assert_row(number, ROWS[number].wrong | old)
    assert TABLE[number][1] == "reject"


# ---- times ----

TIMES = [
    # (what, the instant, the verdict before it, the verdict from it on)
    ("exp", END, "accept", "expired"),
    ("next update", NOW_S + 20 * DAY, "accept", "accept"),
    ("exp of the list", NOW_S + 110 * DAY, "accept", "trust-expired"),
    ("exp of the root", NOW_S + 40 * DAY, "accept", "root-expired"),
    ("the end of tolerance", NOW_S + 20 * DAY + 1, "accept", "trust-too-old"),
]


@pytest.mark.parametrize(("what", "instant", "before", "after"), TIMES, ids=[each[0] for each in TIMES])
def test_to_the_second(what: str, instant: int, before: str, after: str) -> None:
    long = {"exp": NOW_S + 110 * DAY}
    changes: dict[str, Any] = {
        "exp": {"issued": END - DAY, "next_update": END + DAY, "exp": END + DAY},
        "next update": long,
        "exp of the list": {"classes": classes_with(tolerance=400)},
        "exp of the root": {
            "root": replace(ROOT, exp=NOW_S + 40 * DAY),
            "exp": NOW_S + 40 * DAY,
            "classes": classes_with(tolerance=400),
        },
        "the end of tolerance": {"classes": classes_with(tolerance=30)},
    }[what]
    verifier = verifier_of(**changes)
    results = [verdict(verifier, code_of(), now=as_datetime(instant + more)) for more in (-1, 0, 1)]
    assert [reason_of(result) for result in results] == [before, after, after]
    if what == "next update":
        assert [result.stale for result in results if isinstance(result, Card)] == [False, True, True]


def test_the_last_instant_before_the_second_counts() -> None:
    verifier = verifier_of(issued=END - DAY, next_update=END + DAY, exp=END + DAY)
    assert reason_of(verdict(verifier, code_of(), now=as_datetime(END) - timedelta(microseconds=1))) == "accept"


def test_an_unknown_key_is_a_reject_until_next_update_and_nothing_is_said_after() -> None:
    code = CITY.sign_claims(GOOD, signer("stranger"))
    due = NOW_S + 20 * DAY
    results = [verdict(as_founded(), code, now=as_datetime(now)) for now in (due - 1, due, END - 1, END)]
    assert [reason_of(result) for result in results] == [
        *("unknown-key", "unknown-key-stale"),
        *("unknown-key-stale", "expired"),
    ]


@pytest.mark.parametrize("hours", [-12, -10, 0, 5.75, 14])
def test_the_zone_of_now_does_not_matter(hours: float) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=hours)))
    assert verdict(as_founded(), code_of(), now=there) == verdict(as_founded(), code_of())


@pytest.mark.parametrize("venue_class", ["cinema", "casino"])
def test_a_time_without_a_zone_is_an_error_and_no_verdict(venue_class: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        as_founded().verify(code_of(), venue_class, now=datetime(2026, 11, 22, 12))  # noqa: DTZ001


def test_only_the_last_root_must_be_unexpired() -> None:
    ended = replace(ROOT, exp=NOW_S)
    for first, last, expected in ((ended, ROOT, "accept"), (ROOT, ended, "root-expired")):
        roots = [CITY.sign_root(each) for each in (first, replace(last, version=2, previous=digest(first)))]
        times = {"issued": NOW_S - DAY, "next_update": NOW_S, "exp": NOW_S} if last == ended else {}
        verifier = Verifier(CITY.trust_file(roots=roots, **times))
        assert reason_of(verdict(verifier, code_of())) == expected


# ---- the clock ----

ISSUED = NOW_S - 10 * DAY
FLOOR = ISSUED - DAY


@pytest.mark.parametrize(
    ("claims", "now", "expected"),
    [
        # Not before the floor: as ever.
        (GOOD, FLOOR, "accept"),
        (replace(GOOD, age=16), FLOOR, "not-proven"),
        # Before the floor: both verdicts must be one, and none that a later time undoes.
        (GOOD, FLOOR - 1, "accept"),
        (GOOD, FLOOR - DAY, "accept"),
        (replace(GOOD, age=16), FLOOR - 1, "clock"),
        (replace(GOOD, handle=None), FLOOR - DAY, "no-handle"),
        # Two days before the time of issue, and a second: nothing that a clock decides.
        (GOOD, FLOOR - DAY - 1, "clock"),
        (GOOD, 0, "clock"),
        (replace(GOOD, handle=None), FLOOR - DAY - 1, "clock"),
        # Ended before the file was made.
        (replace(GOOD, exp=noon_of_first(2026 * 12 + 10)), FLOOR, "expired"),
        (replace(GOOD, exp=noon_of_first(2026 * 12 + 10)), FLOOR - 1, "expired"),
        (replace(GOOD, exp=noon_of_first(2026 * 12 + 10)), 0, "expired"),
        (replace(GOOD, exp=noon_of_first(2026 * 12 + 10), age=16), 0, "expired"),
        # Of age by the time of issue; by a clock that is wrong for certain, who knows.
        (replace(GOOD, age=None, age_from=(18, 2026 * 12 + 10)), FLOOR, "accept"),
        (replace(GOOD, age=None, age_from=(18, 2026 * 12 + 10)), 0, "clock"),
    ],
)
def test_no_trust_file_comes_from_the_future(claims: Claims, now: int, expected: str) -> None:
    result = verdict(as_founded(), code_of(claims), now=as_datetime(now))
    assert reason_of(result) == expected
    if isinstance(result, Refused):
        assert (result.outcome is Outcome.CANNOT_SAY) == (expected == "clock")
    else:
        assert (result.trust_age_days, result.stale) == (0, False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "not-a-code"),
        ("IDC2:", "newer-program"),
        ("IDC1:~", "malformed"),
        (CITY.sign_claims(GOOD, signer("stranger")), "clock"),
        (CITY.sign_claims(replace(GOOD, exp=noon_of_first(2026 * 12)), signer("stranger")), "expired"),
    ],
)
def test_a_wrong_clock_does_not_hide_a_bad_code(code: str, expected: str) -> None:
    assert reason_of(verdict(as_founded(), code, now=datetime(1970, 1, 2, tzinfo=UTC))) == expected


@pytest.mark.parametrize(
    ("tolerance", "last_day", "floor"),
    [
        (60, 0, ISSUED),
        (60, ISSUED // DAY, ISSUED),
        (60, ISSUED // DAY + 1, (ISSUED // DAY + 1) * DAY),
        (60, ISSUED // DAY + 60, (ISSUED // DAY + 60) * DAY),
        (60, ISSUED // DAY + 61, ISSUED + 60 * DAY),
        (60, 2**32 // DAY, ISSUED + 60 * DAY),
        (1, 2**32 // DAY, ISSUED + DAY),
    ],
)
def test_a_day_that_was_seen_is_past_and_never_makes_a_file_too_old(tolerance: int, last_day: int, floor: int) -> None:
    trust = trust_file.decode(
        CITY.trust_file(
            issued=ISSUED,
            next_update=NOW_S + 20 * DAY,
            exp=NOW_S + 110 * DAY,
            classes=classes_with(tolerance=tolerance),
        )
    )
    cinema = next(each for each in trust.trust_list.classes if each.name == "cinema")
    desk = Policy.of(trust, cinema, last_day=last_day)
    assert desk.floor == floor
    assert judge(code_of(), desk, floor - DAY).venue_class == "cinema"
    assert judge(code_of(), desk, ISSUED - 2 * DAY).venue_class == "cinema"
    with pytest.raises(Refused, match="clock"):
        judge(code_of(), desk, ISSUED - 2 * DAY - 1)


# ---- what an acceptance tells ----


@pytest.mark.parametrize(
    ("venue_class", "person", "proven", "expires"),
    [
        ("library", ADULT, ("resident",), datetime(2029, 1, 1, 12, tzinfo=UTC)),
        ("museum", ADULT, ("resident",), datetime(2029, 1, 1, 12, tzinfo=UTC)),
        ("pool", ADULT, ("resident", "age_over_18"), datetime(2029, 1, 1, 12, tzinfo=UTC)),
        ("pharmacy", ADULT, ("resident",), datetime(2027, 12, 1, 12, tzinfo=UTC)),
        ("theatre", STUDENT, ("resident", "student"), datetime(2028, 1, 1, 12, tzinfo=UTC)),
    ],
)
def test_the_card(venue_class: str, person: dict[str, Any], proven: tuple[str, ...], expires: datetime) -> None:
    card = verdict(as_founded(), CITY.code(venue_class, person), venue_class)
    assert card == Card(venue_class, proven, expires, 10, False, Environment.PRODUCTION, False)


def test_a_card_has_these_fields_and_no_more() -> None:
    assert [field.name for field in fields(Card)] == [
        *("venue_class", "proven", "expires"),
        *("trust_age_days", "stale", "environment", "photo_check", "date_looks_wrong"),
    ]


def test_a_photo_check_is_told_with_an_acceptance_and_lowers_no_demand() -> None:
    asking = verifier_of(classes=classes_with(photo_check=True))
    card = verdict(asking, code_of())
    assert card == replace(verdict(as_founded(), code_of()), photo_check=True)  # type: ignore[type-var]
    for claims, reason in ((replace(GOOD, handle=None), "no-handle"), (replace(GOOD, age=16), "not-proven")):
        assert reason_of(verdict(asking, code_of(claims))) == reason


MORE = Claims(END, frozenset({1, 4, 5, 7, 16}), 65, (70, 2027 * 12), HANDLE)
"""A code that says far more than any class asks for."""


@pytest.mark.parametrize(
    ("required", "least_age", "proven"),
    [
        ({1}, None, ("resident",)),
        ({1}, 18, ("resident", "age_over_18")),
        ({4, 1}, None, ("resident", "student")),
        ({16, 5}, 65, ("senior", "city_16", "age_over_65")),
        (set(), 21, ("age_over_21",)),
    ],
)
def test_proven_is_what_the_class_requires_even_if_the_code_says_more(
    required: set[int], least_age: int | None, proven: tuple[str, ...]
) -> None:
    verifier = verifier_of(classes=classes_with(required=frozenset(required), least_age=least_age))
    card = verdict(verifier, code_of(MORE))
    assert isinstance(card, Card)
    assert card.proven == proven
    shown = repr(card)
    credential = signed.decode(text.decode(code_of(MORE))[1])
    for secret in (HANDLE, credential.kid, credential.message.signature):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    assert not any(name in shown for name in ("disability", "70", "student" if 4 not in required else "disability"))


@pytest.mark.parametrize(
    ("claims", "proven"),
    [
        (GOOD, True),
        (replace(GOOD, age=21), True),
        (replace(GOOD, age=17), False),
        (replace(GOOD, age=None), False),
        (replace(GOOD, flags=frozenset({4}), age=18), False),
        (replace(GOOD, flags=frozenset()), False),
        (replace(GOOD, age=16, age_from=(18, 2026 * 12 + 10)), True),
        (replace(GOOD, age=16, age_from=(18, 2026 * 12 + 11)), False),
        (replace(GOOD, age=None, age_from=(21, 2026 * 12 + 10)), True),
        (replace(GOOD, age=None, age_from=(17, 2026 * 12 + 10)), False),
    ],
)
def test_what_proves_residency_and_eighteen(claims: Claims, proven: bool) -> None:
    assert reason_of(verdict(as_founded(), code_of(claims))) == ("accept" if proven else "not-proven")


def test_age_from_proves_from_noon_of_its_month_on() -> None:
    noon = noon_of_first(2026 * 12 + 11)
    code = code_of(replace(GOOD, age=None, age_from=(18, 2026 * 12 + 11)))
    results = [verdict(as_founded(), code, now=as_datetime(now)) for now in (noon - 1, noon)]
    assert [reason_of(result) for result in results] == ["not-proven", "accept"]


@pytest.mark.parametrize(("days", "stale"), [(0, False), (1, False), (19, False), (20, True), (49, True)])
def test_the_age_of_the_trust_file_in_whole_days(days: int, stale: bool) -> None:
    for more, whole in ((timedelta(days=days), days), (timedelta(days=days + 1, seconds=-1), days)):
        now = NOW + more
        card = verdict(as_founded(), code_of(), now=now)
        assert isinstance(card, Card)
        assert (card.trust_age_days, card.stale) == (10 + whole, stale)
        assert (as_founded().trust_age_days(now), as_founded().is_stale(now)) == (10 + whole, stale)


def test_a_refusal_names_the_class_to_scan() -> None:
    refused = verdict(as_founded(), CITY.code("library"), "pharmacy")
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.remedy) == (Reason.WRONG_CLASS, "Scan the code marked PHARMACY.")


@pytest.mark.parametrize("number", [number for number in ROWS if number < 23])
def test_a_refusal_shows_nothing_of_the_code(number: int) -> None:
    verifier, code, venue_class = case(ROWS[number].wrong)
    refused: BaseException | None = verdict(verifier, code, venue_class)  # type: ignore[assignment]
    shown = ""
    while refused is not None:
        shown += repr(refused) + str(refused) + repr(refused.args) + repr(vars(refused))
        refused = refused.__cause__ or refused.__context__
    assert TABLE[number][0] in shown
    assert not any(code[at : at + 6] in shown for at in range(5, len(code) - 6))
    assert not any(
        secret.hex() in shown or repr(secret)[2:-1] in shown for secret in (HANDLE, CITY.signer("revocable").public_key)
    )


# ---- codes of other makers ----

TEST_CITY = City(environment=Environment.TEST, classes=CITY.classes)
TEST_CODE = TEST_CITY.code("cinema")


def malleated(code: str) -> str:
    """The same code with the other S of its signature, which the same key could have written."""
    message = cose.decode_sign1(text.decode(code)[1])
    s = int.from_bytes(message.signature[32:], "little") + ORDER_OF_THE_CURVE
    return text.encode(
        Environment.PRODUCTION,
        cose.encode_sign1(Sign1(message.protected, message.payload, message.signature[:32] + s.to_bytes(32, "little"))),
    )


def relabelled(code: str, by: str) -> str:
    """A code with the kid of another key."""
    message = cose.decode_sign1(text.decode(code)[1])
    header = cose.encode_header(cose.kid(CITY.signer(by).public_key))
    return text.encode(Environment.PRODUCTION, cose.encode_sign1(Sign1(header, message.payload, message.signature)))


AAD = b"idcard.code production springfield"


def signed_as(structure: list[Any]) -> str:
    """A code of the cinema whose signature covers another structure."""
    by = CITY.signer("revocable")
    header, payload = cose.encode_header(cose.kid(by.public_key)), claims_format.encode(GOOD)
    filled = [
        {"header": header, "payload": payload}.get(part, part) if isinstance(part, str) else part for part in structure
    ]
    message = Sign1(header, payload, by.sign(cose.encode(filled)))
    return text.encode(Environment.PRODUCTION, cose.encode_sign1(message))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(code_of(), "accept", id="the city"),
        pytest.param(signed_as(["Signature1", "header", AAD, "payload"]), "accept", id="the city, by hand"),
        pytest.param(code_of(by="revocable standby"), "accept", id="the standby key"),
        pytest.param(City("shelbyville").code("pharmacy"), "unknown-key", id="another city"),
        pytest.param(TEST_CODE, "wrong-environment", id="a test city"),
        pytest.param(TEST_CODE.replace("IDT1:", "IDC1:"), "unknown-key", id="a test city, under our prefix"),
        pytest.param(code_of().replace("IDC1:", "IDT1:"), "wrong-environment", id="the city, under the test prefix"),
        pytest.param(code_of(by="publisher"), "unknown-key", id="the publisher key"),
        pytest.param(code_of(by="root 1"), "unknown-key", id="a root key"),
        pytest.param(code_of(by="cohort"), "wrong-class", id="the key of the other kind"),
        pytest.param(malleated(code_of()), "bad-signature", id="the other S"),
        pytest.param(relabelled(code_of(), "revocable standby"), "bad-signature", id="the kid of another key"),
        pytest.param(relabelled(code_of(by="cohort"), "revocable"), "bad-signature", id="the kid of the right key"),
        pytest.param(signed_as(["Signature", b"", "header", AAD, "payload"]), "bad-signature", id="as a COSE_Sign"),
        pytest.param(signed_as(["Signature1", "header", b"", "payload"]), "bad-signature", id="without external data"),
        pytest.param(signed_as(["Signature1", b"", AAD, "payload"]), "bad-signature", id="without the header"),
        pytest.param("", "not-a-code", id="nothing"),
        pytest.param("IDC1:", "malformed", id="only the prefix"),
        pytest.param("IDC1:" + "0" * 10_000_000, "malformed", id="10 MB after the prefix"),
        pytest.param("\0" * 10_000_000, "not-a-code", id="10 MB of binary"),
        pytest.param(bytes(range(256)).decode("latin-1"), "not-a-code", id="binary"),
        pytest.param(code_of().lower(), "not-a-code", id="small letters"),
        pytest.param(code_of() * 2, "malformed", id="the code twice"),
    ],
)
def test_codes_of_other_makers(code: str, reason: str) -> None:
    assert reason_of(verdict(as_founded(), code)) == reason


def test_a_production_code_under_a_test_file() -> None:
    verifier = Verifier(TEST_CITY.file)
    assert verifier.environment is Environment.TEST
    assert reason_of(verdict(verifier, CITY.code("cinema"))) == "wrong-environment"
    card = verdict(verifier, TEST_CODE)
    assert isinstance(card, Card)
    assert card.environment is Environment.TEST


# ---- every bit ----

CODES = {
    "library": CITY.code("library"),
    "museum": CITY.code("museum"),
    "pool": CITY.code("pool"),
    "pharmacy": CITY.code("pharmacy"),
    "theatre": CITY.code("theatre", STUDENT),
}
every_code = pytest.mark.parametrize("venue_class", CODES)


def flips(data: bytes) -> Iterator[bytes]:
    for at in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        yield bytes(flipped)


def reasons(venue_class: str, altered: Iterator[str]) -> set[str]:
    """The reasons for which these codes are refused; `accept` if one is not."""
    return {reason_of(verdict(as_founded(), code, venue_class)) for code in altered}


@every_code
def test_every_flipped_bit_of_a_credential_is_refused(venue_class: str) -> None:
    assert reasons(venue_class, iter([CODES[venue_class]])) == {"accept"}
    credential = text.decode(CODES[venue_class])[1]
    altered = (text.encode(Environment.PRODUCTION, each) for each in flips(credential))
    assert reasons(venue_class, altered) == {"malformed", "unknown-key", "bad-signature"}


@every_code
def test_every_flipped_bit_of_a_text_is_refused(venue_class: str) -> None:
    altered = (each.decode("latin-1") for each in flips(CODES[venue_class].encode("ascii")))
    found = reasons(venue_class, altered)
    assert found >= {"not-a-code", "newer-program", "malformed", "bad-signature"}
    assert found <= {"not-a-code", "newer-program", "malformed", "bad-signature", "unknown-key"}


@every_code
def test_every_truncation_is_refused(venue_class: str) -> None:
    code = CODES[venue_class]
    credential = text.decode(code)[1]
    assert reasons(venue_class, (code[:end] for end in range(len(code)))) == {"not-a-code", "malformed"}
    assert reasons(venue_class, (code[start:] for start in range(1, len(code)))) == {"not-a-code"}
    for altered in (
        (text.encode(Environment.PRODUCTION, credential[:end]) for end in range(len(credential))),
        (text.encode(Environment.PRODUCTION, credential[start:]) for start in range(1, len(credential))),
    ):
        assert reasons(venue_class, altered) == {"malformed"}


@every_code
def test_every_appended_byte_is_refused(venue_class: str) -> None:
    code = CODES[venue_class]
    credential = text.decode(code)[1]
    bytes_more = (text.encode(Environment.PRODUCTION, credential + bytes([byte])) for byte in range(256))
    assert reasons(venue_class, bytes_more) == {"malformed"}
    letters = [chr(number) for number in range(0x180) if chr(number) not in " \t\r\n"]
    assert reasons(venue_class, (code + letter for letter in letters)) == {"malformed"}
    assert reasons(venue_class, (code + letter + other for letter in letters for other in "0A:")) == {"malformed"}
    assert reasons(venue_class, (letter + code for letter in letters)) == {"not-a-code"}


@every_code
def test_every_swapped_pair_of_letters_is_refused(venue_class: str) -> None:
    code = CODES[venue_class]
    swapped = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)} - {code}
    assert "accept" not in reasons(venue_class, iter(swapped))


@settings(max_examples=300)
@given(st.text(max_size=20) | st.binary(max_size=120).map(lambda data: text.encode(Environment.PRODUCTION, data)))
def test_anything_is_refused_and_never_another_exception(code: str) -> None:
    assert reason_of(verdict(as_founded(), code)) != "accept"


# ---- the verifier ----


def test_open_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "city.idtrust"
    path.write_bytes(CITY.file)
    for name in (path, str(path)):
        verifier = Verifier.open(name)
        assert tuple(verifier.classes) == ("library", "museum", "pool", "pharmacy", "theatre", "cinema")
        assert isinstance(verdict(verifier, CITY.code("library"), "library"), Card)


@pytest.mark.parametrize("content", [b"", b"hello", CITY.file[:-1], CITY.file + b"\0", bytes(9 << 20)], ids=len)
def test_open_refuses_a_file_that_does_not_hold(content: bytes, tmp_path: Path) -> None:
    reason = Reason.TRUST_TOO_LARGE if len(content) > trust_file.MAX_SIZE else Reason.TRUST_MALFORMED
    path = tmp_path / "city.idtrust"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        Verifier.open(path)
    assert (refused.value.reason, refused.value.outcome) == (reason, Outcome.CANNOT_SAY)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_open_does_not_read_an_endless_file_to_its_end() -> None:
    with pytest.raises(Refused, match="trust-too-large"):
        Verifier.open("/dev/zero")


def test_open_tells_what_the_system_tells(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Verifier.open(tmp_path / "none.idtrust")
    with pytest.raises(IsADirectoryError):
        Verifier.open(tmp_path)


def test_a_refusal_is_caught_as_what_the_package_exports() -> None:
    with pytest.raises(IdcardError):
        as_founded().verify("", "library", now=NOW)


def test_a_verifier_shared_between_threads_answers_as_alone() -> None:
    altered = [each for venue_class in CODES for each in list(flips(text.decode(CODES[venue_class])[1]))[::40]]
    codes = [*CODES.values(), *(text.encode(Environment.PRODUCTION, each) for each in altered), "", "IDC2:"]
    questions = [(code, venue_class) for code in codes for venue_class in [*CODES, "casino"]]
    verifier = verifier_of()

    def answers(start: int) -> list[Any]:
        mixed = questions[start:] + questions[:start]
        found = [verdict(verifier, code, venue_class) for code, venue_class in mixed]
        told = [each.reason if isinstance(each, Refused) else each for each in found]
        return told[len(questions) - start :] + told[: len(questions) - start]

    alone = answers(0)
    assert len(set(map(repr, alone))) > 6
    with ThreadPoolExecutor(8) as threads:
        for shared in threads.map(answers, range(0, len(questions), len(questions) // 8)):
            assert shared == alone


def test_a_verdict_leaves_no_trace_in_the_verifier() -> None:
    verifier = verifier_of()
    for venue_class in [*CODES, *CODES]:  # what is prepared for a class is made for its second verdict
        verdict(verifier, "", venue_class)

    def held() -> str:
        return repr([vars(verifier), *map(vars, filter(None, verifier._shortcuts.values()))])

    before = held()
    assert "external_aad" in before
    assert "_shapes" in before
    for venue_class, code in CODES.items():
        verdict(verifier, code, venue_class)
        verdict(verifier, code, "casino")
    assert held() == before
