"""What a slip or a code cancels, and by what nothing can be cancelled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cities import ADULT, CHILD, HANDLE, NOW, STUDENT, City

from idcard.credential import calendar, signed, text
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused
from idcard.issuing import cancelling, slips
from idcard.issuing.cancelling import CannotCancel
from idcard.issuing.slips import Slip
from idcard.trust import trust_file
from idcard.verify import Verifier

CITY = City()
IN_FORCE = trust_file.decode(CITY.file)
AT = seconds(NOW)
SLIP = slips.new(CITY.scope, life=12, now=AT)
LATER = seconds(datetime(2040, 1, 1, tzinfo=UTC))


def verdict(code: str, venue_class: str, *cancelled: bytes) -> str:
    verifier = Verifier(CITY.trust_file(cancelled=cancelled))
    try:
        verifier.verify(code, venue_class, now=NOW)
    except Refused as refused:
        return refused.reason.value
    return "accept"


# ---- a slip ----


def test_a_slip_cancels_every_class_that_requires_a_handle() -> None:
    [entry] = cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, (), AT)
    assert (entry.value, entry.month, entry.classes) == (SLIP.handle(4), SLIP.until, ("pharmacy",))


def test_the_code_that_was_minted_with_it_is_refused_and_the_library_code_of_the_card_is_not() -> None:
    [entry] = cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, ["pharmacy"], AT)
    code = CITY.code("pharmacy", handle=SLIP.handle(4))
    assert verdict(code, "pharmacy") == "accept"
    assert verdict(code, "pharmacy", entry.value) == "cancelled-code"
    assert verdict(CITY.code("library"), "library", entry.value) == "accept"


def test_whoever_lost_a_pharmacy_code_gains_nothing_by_a_library_code() -> None:
    assert verdict(CITY.code("library"), "pharmacy", SLIP.handle(4)) == "wrong-class"


@pytest.mark.parametrize("name", ["library", "zoo", ""])
def test_a_class_without_handles_is_refused_with_those_that_have_them(name: str) -> None:
    with pytest.raises(CannotCancel, match="it does for: pharmacy"):
        cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, ["pharmacy", name], AT)


def test_a_class_that_is_not_asked_for_by_name_is_not_repeated() -> None:
    with pytest.raises(CannotCancel) as refused:
        cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, [slips.encode(SLIP)], AT)
    assert slips.encode(SLIP) not in str(refused.value)


def test_a_slip_cancels_codes_of_a_class_that_has_another_number_now() -> None:
    # The key that signed them serves the class under its new number, so they would still be accepted there.
    renumbered = replace(CITY.plan.classes[3], number=6)
    plan = replace(CITY.plan, classes=(*CITY.plan.classes[:3], CITY.plan.classes[4], renumbered))
    in_force = replace(IN_FORCE, trust_list=CITY.trust_list(classes=tuple(each.venue_class for each in plan.classes)))
    entries = cancelling.of_slip(SLIP, plan, in_force, (), AT)
    assert [entry.classes for entry in entries] == [("pharmacy",), ("former class 4",)]
    assert [entry.value for entry in entries] == [SLIP.handle(6), SLIP.handle(4)]


def test_a_slip_cancels_codes_of_a_class_that_is_minted_and_not_published_yet() -> None:
    profile = replace(CITY.profile("pharmacy"), venue_class="clinic")
    clinic = replace(CITY.plan.classes[3], number=9, profile=profile)
    plan = replace(CITY.plan, classes=(*CITY.plan.classes, clinic))
    entries = cancelling.of_slip(SLIP, plan, IN_FORCE, (), AT)
    assert {entry.classes[0]: entry.value for entry in entries} == {
        "pharmacy": SLIP.handle(4),
        "clinic": SLIP.handle(9),
    }


def test_a_slip_in_the_place_of_a_code_is_called_one() -> None:
    for text_of_slip in (slips.encode(SLIP), f"IDS1:{slips.encode(SLIP)}"):
        with pytest.raises(CannotCancel, match="this is a slip, not a code") as refused:
            cancelling.of_code(text_of_slip, IN_FORCE, AT)
        assert text_of_slip not in str(refused.value)


def test_a_slip_whose_codes_have_all_ended_cancels_nothing() -> None:
    end = calendar.noon_of_first(SLIP.until)
    assert cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, (), end - 1)
    with pytest.raises(CannotCancel, match="there is nothing to cancel"):
        cancelling.of_slip(SLIP, CITY.plan, IN_FORCE, (), end)


# ---- a code ----


def test_a_code_on_the_counter_cancels_itself() -> None:
    code = CITY.code("pharmacy", handle=HANDLE)
    entry = cancelling.of_code(code, IN_FORCE, AT)
    assert (entry.value, entry.classes) == (HANDLE, ("pharmacy",))
    assert calendar.noon_of_first(entry.month) == signed.decode(text.decode(code)[1]).claims.exp
    assert verdict(code, "pharmacy", entry.value) == "cancelled-code"


def test_a_cohort_ends_in_every_class_that_takes_it() -> None:
    entry, kid = cancelling.of_cohort(CITY.code("library"), IN_FORCE, AT)
    assert entry.classes == ("library", "museum")
    assert kid == signed.decode(text.decode(CITY.code("library"))[1]).kid
    assert [verdict(CITY.code(name), name, entry.value) for name in ("library", "museum")] == ["cancelled-cohort"] * 2
    assert verdict(CITY.code("theatre", STUDENT), "theatre", entry.value) == "accept"
    assert verdict(CITY.code("pharmacy"), "pharmacy", entry.value) == "accept"


def test_a_student_code_is_taken_at_the_library_too_and_named_so() -> None:
    entry, _ = cancelling.of_cohort(CITY.code("theatre", STUDENT), IN_FORCE, AT)
    assert entry.classes == ("library", "museum", "theatre")


def test_a_cohort_of_adults_is_taken_at_the_library_too_and_theirs_not_at_the_pool() -> None:
    classes = [cancelling.of_cohort(CITY.code(name), IN_FORCE, AT)[0].classes for name in ("pool", "library")]
    assert classes == [("library", "museum", "pool"), ("library", "museum")]


def test_who_shares_a_cohort_shares_its_end() -> None:
    one, other = (cancelling.of_cohort(CITY.code("library", who), IN_FORCE, AT)[0] for who in (ADULT, CHILD))
    assert one == other


def altered(code: str) -> str:
    environment, data = text.decode(code)
    return text.encode(environment, data[:-1] + bytes((data[-1] ^ 1,)))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (altered(CITY.code("pharmacy")), "forged or altered"),
        (City("shelbyville").code("pharmacy"), "no key of the trust list signed"),
        (City(environment=Environment.TEST).code("pharmacy"), "of a test city, and this is a production city"),
        (CITY.code("pharmacy")[:-3], "damaged, or was not read whole"),
        (CITY.code("library"), "has no handle"),
    ],
    ids=["altered", "of another city", "of a test", "cut short", "of a cohort"],
)
def test_nothing_gets_into_the_ledger_that_is_not_a_code_of_the_city(code: str, says: str) -> None:
    with pytest.raises(CannotCancel, match=says):
        cancelling.of_code(code, IN_FORCE, AT)


def test_a_code_with_a_handle_is_no_cohort() -> None:
    with pytest.raises(CannotCancel, match="has its own handle: cancel it with --card"):
        cancelling.of_cohort(CITY.code("pharmacy"), IN_FORCE, AT)


def test_what_is_no_code_at_all_is_said_as_a_venue_says_it() -> None:
    for what in (cancelling.of_code, cancelling.of_cohort):
        with pytest.raises(Refused) as refused:
            what("https://example.org/", IN_FORCE, AT)  # type: ignore[operator]
        assert refused.value.reason is Reason.NOT_A_CODE


def test_an_expired_code_needs_no_cancelling() -> None:
    code = CITY.code("pharmacy")
    end = signed.decode(text.decode(code)[1]).claims.exp
    assert cancelling.of_code(code, IN_FORCE, end - 1).value
    with pytest.raises(CannotCancel, match="there is nothing to cancel"):
        cancelling.of_code(code, IN_FORCE, end)


def test_a_trust_file_that_has_expired_still_serves_to_cancel() -> None:
    late = seconds(NOW + timedelta(days=200))
    assert late > IN_FORCE.trust_list.exp
    assert cancelling.of_code(CITY.code("pharmacy"), IN_FORCE, late).value == HANDLE


def test_a_secret_shows_in_no_error() -> None:
    old = Slip(CITY.scope, SLIP.until, SLIP.secret)
    with pytest.raises(CannotCancel) as refused:
        cancelling.of_slip(old, CITY.plan, IN_FORCE, (), LATER)
    assert SLIP.secret.hex() not in str(refused.value)
