"""Cohort sheets: what a counter mints from them is what the key would sign, and a sheet that was touched is refused."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from cities import ADULT, CHILD, NOW, STUDENT, City

from idcard import cose
from idcard.ceremony import rotation
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.city.plan import IssuedClass, PlannedKey
from idcard.city.profile import Kind, Profile
from idcard.city.record import Record
from idcard.credential import claims as claims_format
from idcard.credential import signed, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import Claims
from idcard.credential.text import Environment
from idcard.issuing import cohort_sheet, minting
from idcard.issuing.cohort_sheet import SheetError
from idcard.issuing.minter import Minter, Rules
from idcard.issuing.minting import CannotMint

AGES = Profile(venue_class="cinema", kind=Kind.COHORT, flags=frozenset({1}), ages=(12, 16, 18), life=12, max_version=6)
LEAST = Profile(
    venue_class="concert", kind=Kind.COHORT, flags=frozenset({1}), ages=(16, 18), least_age=16, life=12, max_version=6
)
AGE_ALONE = Profile(
    venue_class="zoo", kind=Kind.COHORT, flags=frozenset(), ages=(65,), least_age=65, life=6, max_version=6
)
CLASSES = (
    *DEFAULT_CLASSES,
    *(
        IssuedClass(number=number, tolerance=60, profile=each)
        for number, each in enumerate((AGES, LEAST, AGE_ALONE), 6)
    ),
)
CITY = City(classes=CLASSES)
PROFILES = tuple(each.profile for each in CLASSES)
NO_SHEET = "this is no cohort sheet, or it is damaged"
NOT_BY_THE_KEY = "not by the key that signs now: make a new sheet"
DOES_NOT_FIT = "stands twice, or does not fit its class: make a new sheet"


def key_of(city: City = CITY, now: datetime = NOW) -> PlannedKey:
    return rotation.active(city.plan, Kind.COHORT, None, seconds(now))


def made(city: City = CITY, profiles: Iterable[Profile] = PROFILES, *, by: str = "cohort") -> dict[str, Any]:
    """A sheet as its JSON has it, to change."""
    issuer = city.issuer(Kind.COHORT, city.signer(by))
    sheet = cohort_sheet.made(profiles, city.scope, issuer, now=city.now, cancelled=())
    fields: dict[str, Any] = json.loads(cohort_sheet.encode(sheet))
    return fields


def read(sheet: Any, *, cancelled: Iterable[bytes] = (), key: PlannedKey | None = None) -> cohort_sheet.CohortSheet:
    data = sheet if isinstance(sheet, str) else json.dumps(sheet)
    return cohort_sheet.decode(data, PROFILES, CITY.scope, key or key_of(), cancelled=set(cancelled))


def refused(sheet: Any, **how: Any) -> str:
    with pytest.raises(SheetError) as problem:
        read(sheet, **how)
    return str(problem.value)


def code_of(sheet: dict[str, Any], venue_class: str) -> str:
    return next(str(each["text"]) for each in sheet["codes"] if each["class"] == venue_class)


def without(sheet: dict[str, Any], venue_class: str) -> dict[str, Any]:
    return {**sheet, "codes": [each for each in sheet["codes"] if each["class"] != venue_class]}


def with_code(sheet: dict[str, Any], venue_class: str, code: str) -> dict[str, Any]:
    """That code instead of the first of the class."""
    codes = [dict(each) for each in sheet["codes"]]
    next(each for each in codes if each["class"] == venue_class)["text"] = code
    return {**sheet, "codes": codes}


def signed_code(payload: bytes, *, by: str = "cohort", environment: Environment = CITY.environment) -> str:
    """A code over any payload, by a key of the city."""
    signer = CITY.signer(by)
    protected = cose.encode_header(cose.kid(signer.public_key))
    external_aad = CITY.scope.external_aad(signed.KIND)
    signature = signer.sign(cose.to_be_signed1(protected, external_aad, payload))
    return text.encode(environment, cose.encode_sign1(cose.Sign1(protected, payload, signature)))


# ---- what is in it ----


def test_every_code_that_there_can_be_is_in_it_and_none_that_is_one_holders() -> None:
    codes = read(made()).codes
    found = {
        name: [claims.age for of_class, claims in codes if of_class == name] for name in sorted({n for n, _ in codes})
    }
    assert found == {
        "cinema": [None, 12, 16, 18],
        "concert": [16, 18],
        "library": [None],
        "museum": [None],
        "pool": [18],
        "theatre": [None],
        "zoo": [65],
    }
    assert all(claims.handle is None for _, claims in codes)


def test_it_is_one_json_object_with_a_code_a_line() -> None:
    issuer = CITY.issuer(Kind.COHORT)
    written = cohort_sheet.encode(cohort_sheet.made(PROFILES, CITY.scope, issuer, now=NOW, cancelled=()))
    fields = json.loads(written)
    assert {name: value for name, value in fields.items() if name != "codes"} == {
        "schema": 1,
        "city": "springfield",
        "environment": "production",
        "quarter": "2026-Q4",
    }
    assert written.count("\n") == len(fields["codes"]) + 2
    assert written.isascii()


@pytest.mark.parametrize("person", [ADULT, STUDENT, CHILD, {**ADULT, "birth_date": "1950-01-01"}])
def test_a_counter_without_a_key_mints_the_very_codes_of_the_key(person: dict[str, Any]) -> None:
    sheet, key = read(made()), key_of()
    cohorts = [profile for profile in PROFILES if profile.kind is Kind.COHORT]
    counter = Minter(
        Rules(scope=CITY.scope, profiles=cohorts, keys={Kind.COHORT: key}, cancelled=frozenset(), shared=sheet.codes),
        {},
        NOW,
    )
    codes = counter.codes(Record(person), None)
    issuer = CITY.issuer(Kind.COHORT)
    expected = [minting.mint(Record(person), profile, issuer, now=NOW) for profile in cohorts]
    assert [code.text for code in codes] == [each for each in expected if each is not None]
    assert len(codes) > 1


def test_a_sheet_holds_to_the_end_of_its_quarter_and_gives_the_same_codes() -> None:
    last_day = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert made(City(classes=CLASSES)) == made()
    assert read(made(), key=key_of(now=last_day)).codes == read(made()).codes


def test_some_classes_alone_make_a_sheet_too() -> None:
    assert read(made(profiles=[LEAST])).classes == {"concert"}


def test_nothing_is_signed_ahead_of_a_cancelled_cohort() -> None:
    cohort = CITY.cohort(CITY.code("library"))
    with pytest.raises(CannotMint, match="all codes for 'library' that are like this one are cancelled"):
        cohort_sheet.made(PROFILES, CITY.scope, CITY.issuer(Kind.COHORT), now=NOW, cancelled={cohort})


# ---- what is refused ----


def changed(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda sheet: {**sheet, **fields}


def entry(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda sheet: {**sheet, "codes": [change(sheet["codes"][0]), *sheet["codes"][1:]]}


@pytest.mark.parametrize(
    "damage",
    [
        lambda sheet: json.dumps(sheet)[:-2],
        lambda sheet: "",
        lambda sheet: [sheet],
        lambda sheet: json.dumps(sheet).replace('"codes"', '"quarter": "2026-Q4", "codes"'),
        changed(note="of the north counter"),
        *(lambda sheet, name=name: {each: sheet[each] for each in sheet if each != name} for name in made()),
        changed(schema="1"),
        changed(schema=True),
        changed(codes={}),
        changed(codes=[]),
        changed(city=None),
        entry(lambda code: {**code, "age": 18}),
        entry(lambda code: {"class": code["class"]}),
        entry(lambda code: {**code, "text": 7}),
        entry(lambda code: code["text"]),
        entry(lambda code: None),
    ],
)
def test_what_is_no_sheet(damage: Callable[[dict[str, Any]], Any]) -> None:
    assert refused(damage(made())) == NO_SHEET


def test_a_sheet_of_a_newer_program() -> None:
    assert refused({**made(), "schema": 2}) == "the cohort sheet is of another version of this program"


@pytest.mark.parametrize(
    "sheet", [made(City("shelbyville", classes=CLASSES)), made(City(environment=Environment.TEST, classes=CLASSES))]
)
def test_another_city_or_environment(sheet: dict[str, Any]) -> None:
    assert refused(sheet) == "the cohort sheet is of another city or environment"


def test_a_sheet_that_says_it_is_of_this_city() -> None:
    sheet = made(City("shelbyville", classes=CLASSES))
    assert NOT_BY_THE_KEY in refused({**sheet, "city": "springfield"})


def test_a_sheet_that_says_it_is_of_this_environment() -> None:
    sheet = made(City(environment=Environment.TEST, classes=CLASSES))
    assert NOT_BY_THE_KEY in refused({**sheet, "environment": "production"})


def test_the_right_key_in_the_wrong_environment() -> None:
    """Whoever could make this has the key; but a test card must never come out of a real counter."""
    payload = claims_format.encode(signed.decode(text.decode(CITY.code("library"))[1]).claims)
    code = signed_code(payload, environment=Environment.TEST)
    assert NOT_BY_THE_KEY in refused(with_code(made(), "library", code))


NEXT_KEY = next(key for key in CITY.plan.keys if (key.kind, str(key.quarter)) == (Kind.COHORT, "2027-Q1"))


def test_another_quarter() -> None:
    assert refused(made(), key=NEXT_KEY) == "the cohort sheet is of another quarter than 2027-Q1: make a new sheet"


def test_a_sheet_of_last_quarter_that_says_it_is_of_this_one() -> None:
    assert NOT_BY_THE_KEY in refused({**made(), "quarter": "2027-Q1"}, key=NEXT_KEY)


def test_a_sheet_of_a_key_that_was_distrusted_since() -> None:
    other_key = PlannedKey(
        key=CITY.signer("another").public_key, kind=Kind.COHORT, quarter=key_of().quarter, verify_until=1, ready=0
    )
    assert NOT_BY_THE_KEY in refused(made(), key=other_key)


def test_one_code_of_a_foreign_key() -> None:
    payload = claims_format.encode(signed.decode(text.decode(CITY.code("library"))[1]).claims)
    assert NOT_BY_THE_KEY in refused(with_code(made(), "library", signed_code(payload, by="revocable")))


def test_a_code_under_a_class_that_promises_more() -> None:
    """Resident, in the place of resident and student."""
    sheet = made()
    assert DOES_NOT_FIT in refused(with_code(sheet, "theatre", code_of(sheet, "library")))


def test_a_code_under_a_class_that_promises_less() -> None:
    sheet = made()
    assert DOES_NOT_FIT in refused(with_code(sheet, "library", code_of(sheet, "theatre")))


def test_a_code_under_a_class_of_which_every_holder_has_another() -> None:
    sheet = made()
    sheet["codes"].append({"class": "pharmacy", "text": code_of(sheet, "concert")})
    assert DOES_NOT_FIT in refused(sheet)


def test_a_class_that_the_city_does_not_have() -> None:
    sheet = made()
    sheet["codes"].append({"class": "clinic", "text": code_of(sheet, "library")})
    assert DOES_NOT_FIT in refused(sheet)


def test_a_code_twice() -> None:
    sheet = made()
    sheet["codes"].append(sheet["codes"][0])
    assert DOES_NOT_FIT in refused(sheet)


LIBRARY = signed.decode(text.decode(CITY.code("library"))[1]).claims


@pytest.mark.parametrize(
    "claims",
    [
        Claims(LIBRARY.exp, frozenset({1, 5})),
        Claims(LIBRARY.exp, frozenset({1}), age=18),
        Claims(LIBRARY.exp, frozenset({1}), handle=bytes(10)),
        Claims(LIBRARY.exp - 31 * 86400, frozenset({1})),
    ],
    ids=["a flag more", "an age", "a handle", "another expiry"],
)
def test_claims_that_the_class_does_not_have(claims: Claims) -> None:
    assert DOES_NOT_FIT in refused(with_code(made(), "library", signed_code(claims_format.encode(claims))))


def test_a_claim_that_only_a_newer_program_knows_would_mark_those_who_get_the_code() -> None:
    payload = cose.encode({4: LIBRARY.exp, -65537: {1: True, 99: True}})
    assert claims_format.decode(payload) == LIBRARY
    assert DOES_NOT_FIT in refused(with_code(made(), "library", signed_code(payload)))


def test_a_sheet_that_lacks_one_code_of_a_class() -> None:
    """A counter would find out with the person at the desk."""
    sheet = made()
    last = sheet["codes"].index(next(each for each in sheet["codes"] if each["class"] == "cinema"))
    del sheet["codes"][last]
    assert refused(sheet) == "the cohort sheet lacks a code for 'cinema': make a new sheet"
    assert read(without(made(), "cinema")).classes == {"library", "museum", "pool", "theatre", "concert", "zoo"}


def test_a_cohort_that_was_cancelled_since() -> None:
    cohort = CITY.cohort(CITY.code("theatre", STUDENT))
    assert refused(made(), cancelled={cohort}) == (
        "a code of the cohort sheet is cancelled: retire the key (idcard key retire)"
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda code: code[:-1],
        lambda code: code[:20] + ("0" if code[20] != "0" else "1") + code[21:],
        lambda code: code.lower(),
        lambda code: code[5:],
        lambda code: f"{code} ",
        lambda code: f"\n{code}",
        lambda code: code.replace("IDC1:", "IDC2:"),
        lambda code: "",
        lambda code: "\u00e9",
    ],
)
def test_a_text_that_is_damaged(damage: Callable[[str], str]) -> None:
    sheet = made()
    said = refused(with_code(sheet, "library", damage(code_of(sheet, "library"))))
    assert said.startswith("a code of the cohort sheet ")
    assert said.endswith(": make a new sheet")


def test_no_error_shows_a_code() -> None:
    sheet = made()
    code = code_of(sheet, "library")
    for said in (
        refused(with_code(sheet, "library", f"{code} ")),
        refused(with_code(sheet, "theatre", code)),
        refused({**sheet, "codes": [*sheet["codes"], sheet["codes"][0]]}),
    ):
        assert code[5:25] not in said
    assert code not in repr(read(sheet))
