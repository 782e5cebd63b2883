"""Slips: what a holder reads out on the telephone, and the handles that are computed from it."""

import itertools
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idcard.credential import calendar
from idcard.credential.calendar import seconds
from idcard.credential.scope import Scope
from idcard.credential.text import Environment
from idcard.issuing import slips
from idcard.issuing.slips import GROUP, LENGTH, PREFIX, Slip, SlipError

SPRINGFIELD = Scope(Environment.PRODUCTION, "springfield")
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
MAY = seconds(datetime(2027, 5, 31, 23, 59, 59, tzinfo=UTC))

cities = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
scopes = st.builds(Scope, st.sampled_from(Environment), cities)
MADE = st.builds(Slip, scopes, st.integers(1970 * 12, 1970 * 12 + 4095), st.binary(min_size=16, max_size=16))


def plain(made: Slip) -> str:
    return slips.encode(made).replace("-", "")


def is_refused(text: str, scope: Scope) -> bool:
    try:
        slips.decode(text, scope)
    except SlipError:
        return True
    return False


# ---- text ----


@given(MADE)
def test_what_is_written_is_read(made: Slip) -> None:
    text = slips.encode(made)
    assert re.fullmatch(f"([{SYMBOLS}]{{{GROUP}}}-){{6}}[{SYMBOLS}]{{{GROUP}}}", text)
    assert text[0] == ("T" if made.scope.environment is Environment.TEST else "C")
    assert slips.decode(text, made.scope) == made


@given(MADE, st.randoms(use_true_random=False))
def test_case_blanks_dashes_and_look_alikes_do_not_matter(made: Slip, draw: object) -> None:
    choose = draw.choice  # type: ignore[attr-defined]
    alike = {"0": "0Oo", "1": "1IiLl"}
    written = "".join(
        choose(alike.get(symbol, symbol + symbol.lower()))
        + choose(["", " ", "-", "\n", " - ", "\u2011", "\u2013", "\ufeff"])
        for symbol in plain(made)
    )
    assert slips.decode(choose(["", PREFIX, "ids1: "]) + written, made.scope) == made


def test_a_new_slip_is_good_for_codes_of_this_month_and_the_next() -> None:
    made = slips.new(SPRINGFIELD, life=12, now=MAY)
    # A code of 31 May 2027 ends on 1 June 2028, one of June on 1 July.
    assert calendar.as_month(made.until) == "2028-07"
    assert made.scope == SPRINGFIELD


def test_no_two_slips_are_alike() -> None:
    assert len({slips.new(SPRINGFIELD, life=12, now=MAY).secret for _ in range(100)}) == 100


@given(MADE)
def test_a_slip_shows_nothing_of_its_secret_in_a_repr(made: Slip) -> None:
    assert made.secret.hex() not in repr(made)
    assert repr(made.secret) not in repr(made)


# ---- the checksum ----


@given(MADE, st.integers(0, LENGTH - 1), st.sampled_from(SYMBOLS))
def test_one_symbol_read_wrong_is_found(made: Slip, at: int, symbol: str) -> None:
    text = plain(made)
    wrong = text[:at] + symbol + text[at + 1 :]
    assert is_refused(wrong, made.scope) is (wrong != text)


@given(MADE, st.integers(0, LENGTH - 2))
def test_two_neighbours_swapped_are_found(made: Slip, at: int) -> None:
    text = plain(made)
    wrong = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert is_refused(wrong, made.scope) is (wrong != text)


def test_up_to_four_wrong_symbols_are_always_found() -> None:
    # The checksum is linear: an error is found unless its own remainder is zero, whatever slip it meets. So the
    # remainders of all errors in one and two symbols differ and none is zero: then no four cancel each other.
    one = [
        [slips._remainder("", [*[0] * at, symbol, *[0] * (LENGTH - 1 - at)]) ^ slips._remainder("", [0] * LENGTH)
         for symbol in range(1, 32)]
        for at in range(LENGTH)
    ]  # fmt: skip
    two = [a ^ b for first, second in itertools.combinations(one, 2) for a in first for b in second]
    every = [0, *itertools.chain.from_iterable(one), *two]
    assert len(every) == 1 + 35 * 31 + 595 * 961
    assert len(set(every)) == len(every)


@given(MADE, cities)
def test_a_slip_of_another_city_is_refused(made: Slip, city: str) -> None:
    other = Scope(made.scope.environment, city)
    assert is_refused(slips.encode(made), other) is (other != made.scope)


@given(MADE)
def test_a_slip_of_the_other_environment_is_refused_and_says_so(made: Slip) -> None:
    [other] = set(Environment) - {made.scope.environment}
    with pytest.raises(SlipError, match=f"of a {made.scope.environment} city"):
        slips.decode(slips.encode(made), Scope(other, made.scope.city))


@pytest.mark.parametrize(
    "known",
    [
        "a1lqfn3a",
        "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
        "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
        "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
        "?1v759aa",
    ],
)
def test_the_checksum_is_that_of_bip_350(known: str) -> None:
    human_readable, _, data = known.rpartition("1")
    assert slips._remainder(human_readable, [BECH32.index(symbol) for symbol in data]) == slips._BECH32M


# ---- errors ----


@pytest.mark.parametrize("place", [1, 4, 5, 17, 29, 34])
def test_the_group_with_one_wrong_symbol_is_named(place: int) -> None:
    slip = slips.encode(slips.new(SPRINGFIELD, life=12, now=0)).replace("-", "")
    other = "2" if slip[place] != "2" else "3"
    says = rf"misread or mistyped, perhaps in group {place // 5 + 1} of 7: read it once more"
    with pytest.raises(SlipError, match=says):
        slips.repaired(slip[:place] + other + slip[place + 1 :], SPRINGFIELD)
    if place and slip[place] != slip[place - 1]:
        swapped = slip[: place - 1] + slip[place] + slip[place - 1] + slip[place + 1 :]
        with pytest.raises(SlipError, match=r"perhaps in group [1-7] of 7: read it once more"):
            slips.repaired(swapped, SPRINGFIELD)


def test_of_a_slip_of_another_city_no_group_is_named() -> None:
    slip = slips.encode(slips.new(Scope(SPRINGFIELD.environment, "shelbyville"), life=12, now=0))
    with pytest.raises(SlipError, match=r"mistyped, or is of another city: read it once more$"):
        slips.repaired(slip, SPRINGFIELD)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is not a slip"),
        ("hello", "this is not a slip"),
        ("0" * 34, "this is not a slip: .* here are 34$"),
        ("0" * 36, "this is not a slip: .* here are 36$"),
        ("U" * 35, "this is not a slip"),
        ("0" * 35, "misread or mistyped, or is of another city"),
        ("IDC1:6BFOXN", "this is the code of a card"),
        ("idt1:6BFOXN", "this is the code of a card"),
        ("IDS2:" + "0" * 35, "newer program"),
        ("IDS01:" + "0" * 35, "newer program"),
        ("\u0131" * 35, "this is not a slip"),
        ("\uff11" * 35, "this is not a slip"),
    ],
)
def test_what_is_no_slip_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(SlipError, match=says) as refused:
        slips.decode(text, SPRINGFIELD)
    assert "0" * 34 not in str(refused.value)


@given(st.text(max_size=60))
def test_anything_at_all_is_a_slip_or_a_slip_error(text: str) -> None:
    assert is_refused(text, SPRINGFIELD)


# ---- handles ----


@given(MADE, MADE, st.integers(1, 65535), st.integers(1, 65535))
def test_a_handle_is_of_one_slip_one_city_and_one_class(one: Slip, other: Slip, first: int, second: int) -> None:
    assert len(one.handle(first)) == 10
    assert (one.handle(first) == one.handle(second)) is (first == second)
    assert (one.handle(first) == other.handle(first)) is ((one.scope, one.secret) == (other.scope, other.secret))


@given(MADE, st.integers(0, 4095))
def test_a_handle_says_nothing_about_the_month(made: Slip, month: int) -> None:
    assert Slip(made.scope, 1970 * 12 + month, made.secret).handle(3) == made.handle(3)
