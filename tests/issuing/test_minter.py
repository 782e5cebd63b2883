"""One person after another: the codes that `mint` gives each alone, cohort codes signed once, and nothing stays."""

import gc
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from cities import ADULT, CHILD, NOW, STUDENT, City
from hypothesis import given
from hypothesis import strategies as st

from idcard.ceremony import rotation
from idcard.city.combinations import Combination, Common, RareCombination
from idcard.city.counts import CountKey, Counts
from idcard.city.plan import IssuedClass, PlannedKey
from idcard.city.profile import Kind, Profile
from idcard.city.record import BadRecord, Record
from idcard.cose import BadSigner, Signer
from idcard.credential import calendar, signed, text
from idcard.credential.calendar import seconds
from idcard.credential.claims import Claims
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slip_handles, slips
from idcard.issuing.code import Code
from idcard.issuing.minter import Minter, Rules
from idcard.issuing.minting import BadHandle, CannotMint, Issuer, mint
from idcard.issuing.slip_handles import Handles

CITY = City()
CLASSES = ("library", "museum", "pool", "pharmacy", "theatre")
STRANGER = {"birth_date": "1990-04-01", "resident": False, "student": False}
PEOPLE = [ADULT, STUDENT, CHILD, STRANGER]


class Counting:
    """A signer that knows how often it was asked."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.asked = 0

    @property
    def public_key(self) -> bytes:
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        self.asked += 1
        return self._signer.sign(message)


def keys(city: City = CITY, now: datetime = NOW) -> dict[Kind, PlannedKey]:
    return {kind: rotation.active(city.plan, kind, None, seconds(now)) for kind in Kind}


def issuers(city: City = CITY, now: datetime = NOW, **by: Signer) -> dict[Kind, Issuer]:
    return {kind: city.issuer(kind, by.get(kind.value), now) for kind in Kind}


def minter(*wanted: str, city: City = CITY, now: datetime = NOW, **options: Any) -> Minter:
    profiles = [city.profile(name) for name in wanted or CLASSES]
    given = {"issuers": issuers(city, now), "cancelled": frozenset[bytes](), **options}
    issuers_of = given.pop("issuers")
    return Minter(Rules(scope=city.scope, profiles=profiles, keys=keys(city, now), **given), issuers_of, now)


def new_handles(number: int = 0, city: City = CITY, now: datetime = NOW) -> Handles:
    """Of the slip of a person with this number."""
    made = slips.Slip(city.scope, calendar.month_of(seconds(now)) + 14, number.to_bytes(16, "big"))
    return slip_handles.of(made, city.plan)


def alone(profile: Profile, record: Record, handles: Handles, now: datetime = NOW) -> str | None:
    """What `mint` gives this person for this class."""
    handle = handles.by_class["pharmacy"] if profile.kind is Kind.REVOCABLE else None
    return mint(record, profile, CITY.issuer(profile.kind, now=now), now=now, handle=handle)


def by_class(codes: Sequence[Code]) -> dict[str, str]:
    found = {code.venue_class: code.text for code in codes}
    assert len(found) == len(codes)
    return found


# ---- the same codes ----

people = st.fixed_dictionaries(
    {
        "birth_date": st.dates(date(1900, 1, 1), NOW.date()).map(str),
        "resident": st.booleans(),
        "student": st.booleans(),
    }
)


@given(st.lists(people, min_size=1, max_size=6), st.permutations(CLASSES), st.integers(-12, 14))
def test_everybody_gets_what_mint_gives_each_alone_in_the_order_of_the_classes(
    persons: list[dict[str, Any]], wanted: list[str], hours: int
) -> None:
    now = NOW.astimezone(timezone(timedelta(hours=hours)))
    minting = minter(*wanted, now=now)
    for number, person in enumerate(persons):
        handles = new_handles(number)
        codes = minting.codes(Record(person), handles)
        expected = [(name, alone(CITY.profile(name), Record(person), handles, now)) for name in wanted]
        assert list(by_class(codes).items()) == [(name, code) for name, code in expected if code is not None]
        profiles = [CITY.profile(code.venue_class) for code in codes]
        assert [(each.level, each.max_version) for each in codes] == [(of.level, of.max_version) for of in profiles]


@pytest.mark.parametrize(
    ("person", "gets"),
    [
        (ADULT, ["library", "museum", "pool", "pharmacy"]),
        (STUDENT, ["library", "museum", "pool", "pharmacy", "theatre"]),
        (CHILD, ["library", "museum", "pharmacy", "theatre"]),
        (STRANGER, []),
    ],
    ids=["adult", "student", "child", "stranger"],
)
def test_everybody_gets_what_they_qualify_for(person: dict[str, Any], gets: list[str]) -> None:
    assert list(by_class(minter().codes(Record(person), new_handles()))) == gets


def test_the_calendar_day_at_the_counter_decides_on_ages() -> None:
    just_18 = Record({**ADULT, "birth_date": "2008-11-23"})
    late = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert minter("pool", now=late).codes(just_18, None) == ()
    [code] = minter("pool", now=late.astimezone(timezone(timedelta(hours=2)))).codes(just_18, None)
    assert signed.decode(text.decode(code.text)[1]).claims.age == 18


def test_nothing_of_a_person_but_what_the_profiles_name_is_looked_at() -> None:
    assert len(minter("library").codes(Record({"resident": True, "birth_date": ["never read"]}), None)) == 1


@pytest.mark.parametrize("missing", ["birth_date", "resident", "student"])
def test_a_field_that_is_missing_is_named_and_the_next_person_is_minted(missing: str) -> None:
    minting = minter()
    with pytest.raises(BadRecord, match=rf"^field '{missing}' is missing"):
        minting.codes(Record({name: value for name, value in STUDENT.items() if name != missing}), new_handles())
    assert len(minting.codes(Record(STUDENT), new_handles())) == 5


# ---- signed once ----


def test_a_cohort_code_is_signed_once_however_many_people_carry_it() -> None:
    signer = Counting(CITY.signer("cohort"))
    minting = minter("library", "museum", "theatre", issuers=issuers(cohort=signer))
    codes = {minting.codes(Record({**STUDENT, "name": number}), None) for number in range(50)}
    assert len(codes) == 1
    # Twice for each of three classes, for a signer that can answer in two ways could mark people.
    assert signer.asked == 6


def test_each_age_of_a_cohort_is_signed_once() -> None:
    zoo = Profile(venue_class="zoo", kind=Kind.COHORT, flags=frozenset({1}), ages=(6, 18, 65), life=12, max_version=6)
    city = City(classes=(*CITY.classes, IssuedClass(number=9, tolerance=30, profile=zoo)))
    signer = Counting(city.signer("cohort"))
    minting = minter("zoo", city=city, issuers=issuers(city, cohort=signer))
    texts = {
        code.text
        for born in range(1940, 2026)
        for code in minting.codes(Record({**ADULT, "birth_date": f"{born}-05-05"}), None)
    }
    assert (len(texts), signer.asked) == (4, 8)


def test_a_revocable_code_is_signed_for_each_person() -> None:
    signer = Counting(CITY.signer("revocable"))
    minting = minter("pharmacy", issuers=issuers(revocable=signer))
    texts = {minting.codes(Record(ADULT), new_handles(number))[0].text for number in range(20)}
    assert len(texts) == signer.asked == 20


def test_a_signer_that_answers_twice_differently_mints_for_nobody() -> None:
    class Marking(Counting):
        def sign(self, message: bytes) -> bytes:
            signature = super().sign(message)
            return signature if self.asked % 2 else bytes(64)

    minting = minter("library", issuers=issuers(cohort=Marking(CITY.signer("cohort"))))
    with pytest.raises(BadSigner, match="gave two different signatures"):
        minting.codes(Record(ADULT), None)


def test_codes_that_were_signed_ahead_need_no_key() -> None:
    claims = CITY.profile("library").select(
        Record(ADULT), NOW.date(), CITY.profile("library").expiry(seconds(NOW), keys()[Kind.COHORT].quarter), None
    )
    assert claims is not None
    shared = {("library", claims): CITY.code("library")}
    minting = minter("library", issuers={}, shared=shared)
    assert by_class(minting.codes(Record(ADULT), None)) == {"library": CITY.code("library")}
    without = minter("library", "museum", issuers={}, shared=shared)
    with pytest.raises(CannotMint, match="the cohort sheet has no such code for 'museum': make a new sheet"):
        without.codes(Record(ADULT), None)
    assert without.codes(Record(STRANGER), None) == ()
    assert shared == {("library", claims): CITY.code("library")}


# ---- handles ----


def test_handles_are_needed_where_a_code_has_one() -> None:
    with pytest.raises(BadRecord, match=r"^field 'handles' are missing: make a slip first$"):
        minter().codes(Record(ADULT), None)
    assert len(minter("library", "museum").codes(Record(ADULT), None)) == 2
    assert len(minter("library").codes(Record(ADULT), new_handles())) == 1


@pytest.mark.parametrize(
    "scope", [Scope(Environment.PRODUCTION, "shelbyville"), Scope(Environment.TEST, "springfield")], ids=str
)
def test_handles_of_another_city_or_environment_are_refused(scope: Scope) -> None:
    with pytest.raises(BadRecord, match=r"^field 'handles' are of another city or environment: make a new slip$"):
        minter().codes(Record(ADULT), replace(new_handles(), scope=scope))


def test_handles_from_before_a_class_was_added_are_refused() -> None:
    with pytest.raises(BadHandle, match=r"^the handles have none for 'pharmacy': make a new slip$"):
        minter().codes(Record(ADULT), replace(new_handles(), by_class={"clinic": bytes(10)}))


def test_a_code_that_would_outlive_its_slip_is_refused() -> None:
    life = CITY.profile("pharmacy").life
    last = calendar.month_of(seconds(NOW)) + life + 1
    assert len(minter("pharmacy").codes(Record(ADULT), replace(new_handles(), until=last))) == 1
    with pytest.raises(BadHandle, match=r"^the code for 'pharmacy' would outlive its slip: make a new slip$"):
        minter("pharmacy").codes(Record(ADULT), replace(new_handles(), until=last - 1))


def test_a_cancelled_handle_is_refused_and_the_next_one_is_not() -> None:
    cancelled = new_handles(7)
    minting = minter(cancelled=frozenset(cancelled.by_class.values()))
    with pytest.raises(BadHandle, match=r"^the handle for 'pharmacy' is cancelled: make a new slip$"):
        minting.codes(Record(ADULT), cancelled)
    assert len(minting.codes(Record(ADULT), new_handles(8))) == 4
    no_handle = minter("library", "pool", "theatre", cancelled=frozenset(cancelled.by_class.values()))
    assert len(no_handle.codes(Record(STUDENT), cancelled)) == 3


def test_a_cancelled_cohort_ends_it_for_everybody() -> None:
    cohort = CITY.cohort(CITY.code("library"))
    with pytest.raises(CannotMint, match="are cancelled") as refused:
        minter("library", cancelled=frozenset({cohort})).codes(Record(ADULT), None)
    assert not isinstance(refused.value, BadHandle)


# ---- times ----


@pytest.mark.parametrize("at", [datetime(2026, 9, 30, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)])
def test_outside_its_quarter_a_key_signs_nothing(at: datetime) -> None:
    rules = Rules(scope=CITY.scope, profiles=[CITY.profile("library")], keys=keys(), cancelled=frozenset())
    minting = Minter(rules, issuers(), at)
    with pytest.raises(CannotMint, match="the key signs from"):
        minting.codes(Record(ADULT), None)


# ---- rare combinations ----


def common(*found: tuple[str, set[int], int | None]) -> Common:
    return Common(
        CITY.scope,
        50,
        frozenset(Combination(name, frozenset(), frozenset(flags), age, False) for name, flags, age in found),
    )


def test_what_few_people_have_is_refused_and_what_many_have_is_not() -> None:
    minting = minter("library", "theatre", common=common(("library", {1}, None)))
    assert list(by_class(minting.codes(Record(ADULT), None))) == ["library"]
    with pytest.raises(RareCombination) as refused:
        minting.codes(Record(STUDENT), None)
    assert refused.value.venue_class == "theatre"


def test_what_is_rare_is_refused_before_it_is_signed() -> None:
    signer = Counting(CITY.signer("cohort"))
    minting = minter("library", issuers=issuers(cohort=signer), common=common())
    with pytest.raises(RareCombination):
        minting.codes(Record(ADULT), None)
    assert signer.asked == 0


# ---- counts ----


def test_codes_are_counted_by_month_key_and_class() -> None:
    evening = NOW.replace(day=30, hour=22).astimezone(timezone(timedelta(hours=5)))
    minting = minter(now=evening)
    counted = Counts()
    for number, person in enumerate(PEOPLE):
        counted += minting.count(code.venue_class for code in minting.codes(Record(person), new_handles(number)))
    cohort, revocable = (keys()[kind].kid.hex() for kind in (Kind.COHORT, Kind.REVOCABLE))
    month = "2026-11"  # in UTC
    assert counted == {
        CountKey(month, cohort, "library"): 3,
        CountKey(month, cohort, "museum"): 3,
        CountKey(month, cohort, "pool"): 2,
        CountKey(month, cohort, "theatre"): 2,
        CountKey(month, revocable, "pharmacy"): 3,
    }


def test_no_codes_are_no_count() -> None:
    assert minter().count(()) == {}


# ---- nothing stays ----

MARK = "1967-08-" + "19"
NAME = "".join(("Quacken", "bush"))
HANDLE_MARK = bytes.fromhex("c0ffee") * 4


def reachable(root: object) -> list[object]:
    """All that this object leads to, but for modules and classes, which lead to everything."""
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type) or type(each).__name__ in ("module", "function"):
            continue
        seen[id(each)] = each
        waiting += gc.get_referents(each)
    return list(seen.values())


def traces(root: object) -> list[object]:
    """What of the marked person is reachable: date, name, handle, a code with a handle, or the record itself."""
    return [each for each in reachable(root) if is_trace(each)]


def is_trace(found: object) -> bool:
    match found:
        case Record() | Handles():
            return True
        case bytes():
            return HANDLE_MARK[:10] in found
        case date():
            return found == date.fromisoformat(MARK)
        case Claims(handle=handle):
            return handle is not None
        case str() if found.startswith("IDC1:"):
            return signed.decode(text.decode(found)[1]).claims.handle is not None
        case str():
            return MARK in found or NAME in found
    return False


def marked() -> tuple[Record, Handles]:
    person = json.loads(json.dumps({**STUDENT, "birth_date": MARK, "name": NAME}))
    return Record(person), replace(new_handles(), by_class={"pharmacy": HANDLE_MARK[:10]})


def test_of_a_person_nothing_stays_in_the_minter() -> None:
    minting = minter()
    assert len(minting.codes(*marked())) == 5
    bad, handles = marked()
    bad._fields["student"] = NAME
    with pytest.raises(BadRecord):
        minting.codes(bad, handles)
    del bad, handles
    gc.collect()
    assert traces(minting) == []
    # That the cohort codes are found shows that the walk comes there.
    codes = {each for each in reachable(minting) if isinstance(each, str) and each.startswith("IDC1:")}
    assert codes == {CITY.code("library"), CITY.code("pool"), CITY.code("theatre", STUDENT)}


def test_the_search_for_traces_can_fail() -> None:
    record, handles = marked()
    minting = minter()
    codes = minting.codes(record, handles)
    for kept in (record, handles, codes, [MARK], {"a": (date(1967, 8, 19),)}, handles.by_class):
        minting.kept = kept  # type: ignore[attr-defined]
        assert traces(minting)
    del minting.kept  # type: ignore[attr-defined]
    assert traces(minting) == []
