"""What typing scanners do to a code is undone, and nothing is accepted that the city did not sign."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from cities import NOW, City
from hypothesis import given
from hypothesis import strategies as st
from support.keys_typed import KEYBOARDS, Desk

from idcard.credential import text
from idcard.credential.text import Environment
from idcard.errors import Reason, Refused
from idcard.repairs import readings as repaired
from idcard.repairs.extent import CARD
from idcard.repairs.keyboards import Mangling
from idcard.repairs.readings import MAX_READINGS, MAX_TYPED, Reading
from idcard.verify import Verifier, scanner

CITY = City()
VERIFIER = Verifier(CITY.file)
CODES = [CITY.code(venue_class) for venue_class in ("library", "museum", "pharmacy")]
LIBRARY, _, PHARMACY = CODES
TEST_CARD = City(environment=Environment.TEST).code("library")
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) if letter > " " else letter for letter in PHARMACY)
EVERY_LETTER = f"IDC1:{BASE45}A"
OTHERS = ["gb", "de", "fr", "es", "latam", "it"]
"""At these all is tried; at the others of the table, whether codes come back."""
DESKS = [
    Desk(scanner, computer, lock)
    for scanner, computer in [
        ("us", "us"), *(("us", each) for each in OTHERS), *((each, "us") for each in OTHERS)
    ]
    for lock in ("", "caps-lock", "shift-lock")
]  # fmt: skip
at_every_desk = pytest.mark.parametrize("desk", DESKS, ids=str)


def readings(typed: str) -> tuple[Reading, ...]:
    return repaired.of(typed, CARD)


def texts(typed: str) -> list[str]:
    return [reading.text for reading in readings(typed)]


# ---- keyboards ----


@pytest.mark.parametrize(
    ("keyboard", "appears"),
    [
        ("gb", "IDC1:YZAQWM-10 $%*./:="),
        ("de", "IDC1\u00d6ZYAQWM\u00df10 $%(.-\u00d6\u00b4"),
        ("fr", "IDC&MYWQAZ?)&\u00e0 458:!M="),
        ("es", "IDC1\u00d1YZAQWM'10 $%(.-\u00d1\u00a1"),
        ("latam", "IDC1\u00d1YZAQWM'10 $%(.-\u00d1\u00bf"),
        ("it", "IDC1\u00e7YZAQWM'10 $%(.-\u00e7\u00ec"),
    ],
)
def test_the_keyboards_are_those_that_people_have(keyboard: str, appears: str) -> None:
    """Written down from the keyboards themselves, not from the tables."""
    typed = "".join(Desk("us", keyboard)._press(letter)[0] for letter in "IDC1:YZAQWM-10 $%*./:=")
    assert typed == appears


@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_every_keyboard_has_the_same_keys_and_every_letter_once(keyboard: str) -> None:
    told = KEYBOARDS[keyboard]
    assert [len(row) for row in told["plain"]] == [len(row) for row in told["shift"]] == [13, 12, 12, 10]
    for letter in BASE45.replace(" ", "") if keyboard in OTHERS else ():
        assert "".join(told["plain"] + told["shift"]).count(letter) == 1


@at_every_desk
def test_every_letter_comes_back(desk: Desk) -> None:
    assert EVERY_LETTER in texts(desk.appears(EVERY_LETTER))


def test_a_british_keyboard_changes_no_code() -> None:
    assert Desk("us", "gb").appears(EVERY_LETTER) == EVERY_LETTER


# ---- codes ----


@at_every_desk
@pytest.mark.parametrize("code", CODES, ids=["library", "museum", "pharmacy"])
def test_a_code_comes_back_from_every_desk(desk: Desk, code: str) -> None:
    assert code in texts(desk.appears(code))


@at_every_desk
@pytest.mark.parametrize(
    ("before", "after", "undone"),
    [
        ("", "\r\n", set()),
        ("]Q1", "", {"prefix"}),
        ("]Q0", "\t", {"prefix"}),
        ("", "\x03", {"control"}),
        ("\x02", "\x03\r", {"control"}),
        ("\x02]Q6\t", "\x03", {"prefix", "control"}),
        (PHARMACY[:60], "", {"half-read"}),
        (f"]Q1{PHARMACY[:60]}]Q1", "", {"half-read"}),
    ],
    ids=["enter", "Q1", "Q0 and tab", "etx", "stx and etx", "all of them", "half read", "half read with Q1"],
)
def test_a_code_is_accepted_with_what_the_scanner_adds(desk: Desk, before: str, after: str, undone: set[str]) -> None:
    sent = before.replace("]", "") if desk.scanner not in ("us", "gb", "latam") else before
    parts = (*sent, LIBRARY, after)
    typed = "".join(desk.appears(part) if part.isprintable() else part for part in parts)
    reading = scanner.choose(VERIFIER, typed, "library", now=NOW)
    assert VERIFIER.verify(reading.text, "library", now=NOW).proven == ("resident",)
    assert reading.text.strip() == LIBRARY
    assert undone <= set(reading.undone)
    if desk.scanner == "us":
        wanted = desk.names if desk.computer != "gb" else {desk.lock} - {""}
        assert set(reading.undone) - {"keyboard-gb"} == undone | wanted


def test_control_characters_do_not_matter_wherever_they_stand() -> None:
    for place in range(0, len(LIBRARY), 7):
        typed = f"{LIBRARY[:place]}\t\x02\r{LIBRARY[place:]}"
        assert scanner.choose(VERIFIER, typed, "library", now=NOW).text == LIBRARY


def test_a_byte_order_mark_is_nobodys_fault() -> None:
    assert scanner.choose(VERIFIER, f"\ufeff{LIBRARY}", "library", now=NOW) == Reading(LIBRARY)


@at_every_desk
@given(data=st.binary(min_size=1, max_size=120))
def test_any_text_comes_back_but_for_blanks_that_dead_keys_swallowed(desk: Desk, data: bytes) -> None:
    code = text.encode(Environment.TEST, data)
    if code.count("+ ") > 2:
        return
    assert code in texts(desk.appears(code))


def some_codes() -> Iterator[str]:
    """The same ones whenever this runs."""
    for number in range(100_000):
        yield text.encode(Environment.TEST, hashlib.shake_128(str(number).encode()).digest(99))


@pytest.mark.parametrize("lock", ["", "caps-lock", "shift-lock"])
def test_accents_of_a_german_keyboard_come_off_again(lock: str) -> None:
    code = next(code for code in some_codes() if all(part in code for part in ("+A", "+B", "+ ")))
    typed = Desk("us", "de", lock).appears(code)
    assert len(typed) < len(code)
    assert code in texts(typed)


def test_what_linux_throws_away_is_lost() -> None:
    """After a dead key that fits no letter, both are gone: the code is short, and nothing invents the rest."""
    typed = Desk("us", "de").appears(LIBRARY)
    accent = next(place for place, letter in enumerate(typed) if letter == "`")
    with pytest.raises(Refused) as refused:
        VERIFIER.verify(
            scanner.choose(VERIFIER, typed[:accent] + typed[accent + 2 :], "library", now=NOW).text, "library", now=NOW
        )
    assert refused.value.reason in (Reason.NOT_A_CODE, Reason.MALFORMED)


# ---- what stands before and behind the code ----

BEHIND = [
    "#", ";", "|", ",", "]Q1", "$", "%", "*", " ", "+", "0", "42", "000123", "155", "ID", "code", "\n#",
    "2026-11-29", " 29.11.2026 12:30:05", "2026-11-29T12:30:05Z", "12:30", "\t2026-11-29", "\x1d", "\x04", "\x03\x04",
    "\x1b[B", "\x1b[A\x1b[A", "\x1bOB", "\x1b[15~", "\x1b[1;5C", "\x1b[[A", "\x1bOP", "\u00e9", "\ud55c\uae00",
]  # fmt: skip
BEFORE = ["s", "*", "155", "000123 ", "2026-11-29 12:30:05 ", "SCANNER-1:", "\x1b[B", "#", "Q1"]
MARKS = ["\u200f", "\u202b", "\u200e\ufeff", "\u2066", "\u00ad", "\u200b"]


def typed_at(desk: Desk, *parts: str) -> str:
    """What a scanner types, with control characters as they are; only what its keyboard has."""
    sent = ("".join(filter(lambda letter: desk.scanner == "us" or letter in BASE45, part)) for part in parts)
    return "".join(desk.appears(part) if part.isascii() and part.isprintable() else part for part in sent)


def accepted(typed: str) -> tuple[str, ...]:
    """What was undone until the library's code was accepted."""
    reading = scanner.choose(VERIFIER, typed, "library", now=NOW)
    assert VERIFIER.verify(reading.text, "library", now=NOW).proven == ("resident",)
    assert reading.text.strip() == LIBRARY
    return reading.undone


@pytest.mark.parametrize("behind", BEHIND, ids=repr)
def test_what_a_scanner_sends_behind_a_code_is_undone(behind: str) -> None:
    seen = re.sub(r"\x1b(\[\[?[0-9;]*|O)[A-Z~]", "KEY", behind)
    names = {name for name, is_there in {
        "control": any(letter < " " and letter != "\n" for letter in seen.strip("\t")) or "\t2" in seen,
        "suffix": bool(seen.strip("\x03\x04\x1d \t")),
    }.items() if is_there}  # fmt: skip
    for end in ("", "\r\n", "\t"):
        assert set(accepted(f"{LIBRARY}{behind}{end}")) == names


@pytest.mark.parametrize("desk", DESKS[:21], ids=str)
@pytest.mark.parametrize("behind", ["#", ";", "|", ",", "$", "+1", "'1", "0042", "2026-11-29", " 12:30:05", "]Q1"])
def test_it_is_undone_on_every_keyboard(desk: Desk, behind: str) -> None:
    assert set(accepted(typed_at(desk, LIBRARY, behind))) - {"keyboard-gb"} == desk.names - {"keyboard-gb"} | {"suffix"}


@pytest.mark.parametrize("desk", DESKS[21:], ids=str)
def test_it_is_undone_for_every_scanner(desk: Desk) -> None:
    assert "suffix" in accepted(typed_at(desk, LIBRARY, "2026-11-29"))


@pytest.mark.parametrize("before", BEFORE, ids=repr)
def test_what_a_scanner_sends_before_a_code_is_its_prefix(before: str) -> None:
    assert accepted(f"{before}{LIBRARY}") == ("prefix",)
    assert accepted(f"{before}{LIBRARY}{before}") == ("prefix", "suffix")
    half = f"{before}{PHARMACY[:60]}{before}{LIBRARY}"
    assert accepted(half) == ("half-read",)


def test_a_dead_key_before_a_code_is_a_prefix() -> None:
    desk = Desk("us", "de")
    assert desk.appears("=I") == "\u00cd"
    assert set(accepted(desk.appears(f"={LIBRARY}"))) == {"keyboard-de", "prefix"}


def test_more_than_a_scanner_sends_before_a_code_is_another_scan() -> None:
    assert accepted(f"{'x' * 25}{LIBRARY}") == ("half-read",)


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_marks_that_nobody_sees_are_nobodys_fault(mark: str) -> None:
    assert accepted(f"{mark}{LIBRARY}{mark}") == ()
    assert accepted(f"{LIBRARY[:40]}{mark}{LIBRARY[40:]}") == ()


def test_a_code_that_was_cut_short_is_not_filled_with_what_stands_behind_it() -> None:
    for behind in BEHIND:
        with pytest.raises(Refused):
            VERIFIER.verify(
                scanner.choose(VERIFIER, LIBRARY[:-3] + behind, "library", now=NOW).text, "library", now=NOW
            )


@given(
    before=st.text(max_size=40), behind=st.text(max_size=40), cut=st.integers(0, 200),
    put=st.text(alphabet=f"{BASE45}#\x1b[B\u200f", max_size=3),
    desk=st.one_of(st.sampled_from(DESKS), st.builds(Desk, st.just("us"), st.sampled_from(list(KEYBOARDS)))),
)  # fmt: skip
def test_nothing_is_accepted_that_the_city_did_not_sign(
    before: str, behind: str, cut: int, put: str, desk: Desk
) -> None:
    code = desk.appears(LIBRARY)
    typed = f"{before}{code[:cut]}{put}{code[cut:]}{behind}"
    reading = scanner.choose(VERIFIER, typed, "library", now=NOW)
    try:
        VERIFIER.verify(reading.text, "library", now=NOW)
    except Refused:
        return
    assert reading.text.strip() == LIBRARY


class Counting:
    """A verifier that says how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def verify(self, *typed: object, **more: object) -> object:
        self.asked += 1
        return VERIFIER.verify(*typed, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", [LIBRARY, f"{LIBRARY}\r\n", f" {LIBRARY}\t", PHARMACY, TEST_CARD])
def test_a_code_that_came_well_is_asked_of_once_and_read_no_other_way(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repaired, "of", None)
    counting = Counting()
    scanner.choose(counting, typed, "library", now=NOW)  # type: ignore[arg-type]
    assert counting.asked == 1


@pytest.mark.parametrize(
    "typed", [
        "IDC1\u00d6" + "`" * (MAX_TYPED - 5), "IDC1:" * (MAX_TYPED // 5), "idc1\u00d6`" * (MAX_TYPED // 6),
        Desk("us", "de").appears(LIBRARY.replace("+", "+ ")) + "`+" * 1500, "\x1b[" * (MAX_TYPED // 2),
        "\x1b[" + "0" * (MAX_TYPED - 2), f"{LIBRARY}{'#' * (MAX_TYPED - len(LIBRARY))}",
    ], ids=range(7),
)  # fmt: skip
def test_the_worst_line_is_asked_of_a_bounded_number_of_times(typed: str) -> None:
    assert len(typed) <= MAX_TYPED
    counting = Counting()
    scanner.choose(counting, typed, "library", now=NOW)  # type: ignore[arg-type]
    assert counting.asked <= MAX_READINGS + 1


def test_a_text_in_which_codes_begin_in_every_way_is_read_in_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner cannot have typed it, and each way takes a while."""
    begin = [Desk("us", each, lock).appears("IDC1:") for each in KEYBOARDS for lock in ("", "caps-lock")]
    asked: list[str] = []
    undone = Mangling.undone
    monkeypatch.setattr(Mangling, "undone", lambda self, strokes: asked.append(strokes) or undone(self, strokes))
    for few in (begin[:10], begin):
        readings(("".join(few) + "`^~\xb4\xa8" * MAX_TYPED)[:MAX_TYPED])
        assert 64 < len(asked) <= 4 * 64 + 2 * 32


# ---- what is read, and in which order ----


@given(st.text())
def test_the_text_itself_is_the_first_reading_and_there_are_not_many(typed: str) -> None:
    found = readings(typed)
    assert found[0] == Reading(typed)
    assert len(found) <= MAX_READINGS
    assert len({reading.text for reading in found}) == len(found)


@given(st.text(alphabet=f"{BASE45}`\u00b4^\u00c0\u00c9idc1:\u00d6\u00f6&M+\t", max_size=300))
def test_readings_hold_letters_of_base45_only(typed: str) -> None:
    for reading in readings(f"{typed}IDC1\u00d6{typed}")[1:]:
        assert set(reading.text) <= set(BASE45)
        # A later version of the format may be read too: "newer program" is what is to be said of it.
        assert re.match(r"ID[CT][0-9]{1,2}:", reading.text)


def test_accents_without_end_are_not_tried_without_end() -> None:
    assert len(readings("IDC1\u00d6" + "`" * (MAX_TYPED - 5))) <= MAX_READINGS


@pytest.mark.parametrize("signs", [16, 20])
def test_sixteen_readings_are_tried_and_no_more(signs: int) -> None:
    """Each plus sign of a scanner on a German keyboard may have swallowed a blank."""
    typed = Desk("us", "de").appears(f"IDC1:{'+00' * signs}0")
    assert len(readings(typed)) == MAX_READINGS == 16


def test_a_code_after_others_is_found_in_4096_characters() -> None:
    typed = LIBRARY.rjust(4096, "x")
    assert MAX_TYPED == 4096
    assert scanner.choose(VERIFIER, typed, "library", now=NOW).text == LIBRARY
    assert scanner.choose(VERIFIER, f"x{typed}", "library", now=NOW).text == f"x{typed}"


def test_a_longer_text_is_read_as_it_came() -> None:
    typed = f"{'x' * MAX_TYPED}{LIBRARY}"
    assert readings(typed) == (Reading(typed),)


def test_half_a_code_after_a_whole_one_is_not_the_whole_one() -> None:
    with pytest.raises(Refused) as refused:
        VERIFIER.verify(scanner.choose(VERIFIER, LIBRARY + LIBRARY[:80], "library", now=NOW).text, "library", now=NOW)
    assert refused.value.reason is Reason.MALFORMED


# ---- the signature decides ----


def refusal(typed: str, venue_class: str = "library") -> tuple[Reason, tuple[str, ...]]:
    reading = scanner.choose(VERIFIER, typed, venue_class, now=NOW)
    with pytest.raises(Refused) as refused:
        VERIFIER.verify(reading.text, venue_class, now=NOW)
    return refused.value.reason, reading.undone


@at_every_desk
def test_an_altered_code_is_refused_from_every_desk(desk: Desk) -> None:
    altered = LIBRARY[:-1] + ("0" if LIBRARY[-1] != "0" else "1")
    assert refusal(desk.appears(altered))[0] is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("typed", "venue_class", "reason", "undone"),
    [
        (PHARMACY.lower(), "library", Reason.WRONG_CLASS, ("caps-lock",)),
        (TEST_CARD.lower(), "library", Reason.WRONG_ENVIRONMENT, ("caps-lock",)),
        (LIBRARY[:-6].lower(), "library", Reason.MALFORMED, ("caps-lock",)),
        ("idc2:abc", "library", Reason.NEWER_PROGRAM, ("caps-lock",)),
        ("]Q1IDC12:ABC", "library", Reason.NEWER_PROGRAM, ("prefix",)),
        (PHARMACY, "library", Reason.WRONG_CLASS, ()),
        (LIBRARY.lower(), "zoo", Reason.UNKNOWN_CLASS, ()),
        (LIBRARY[:5] + LIBRARY[5:].lower(), "library", Reason.MALFORMED, ()),
        (LIBRARY[:-6], "library", Reason.MALFORMED, ()),
        ("https://example.org/", "library", Reason.NOT_A_CODE, ()),
        ("", "library", Reason.NOT_A_CODE, ()),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else None,
)  # fmt: skip
def test_the_refusal_is_that_of_the_reading_that_says_most(
    typed: str, venue_class: str, reason: Reason, undone: tuple[str, ...]
) -> None:
    assert refusal(typed, venue_class) == (reason, undone)


# ---- advice ----


@at_every_desk
def test_each_thing_that_was_undone_has_a_sentence(desk: Desk) -> None:
    for name in (*desk.names, "prefix", "suffix", "control", "half-read"):
        assert scanner.advice(name).endswith(".")
        assert "{" not in scanner.advice(name)


def test_the_keyboard_is_named_as_its_people_name_it() -> None:
    assert scanner.advice("keyboard-de").endswith("set the scanner to Deutsch.")
    assert scanner.advice("scanner-fr").endswith("set the scanner to English (US).")
    assert scanner.advice("keyboard-fr", lambda sentence: "-> {layout}") == "-> Fran\u00e7ais"


@pytest.mark.parametrize(
    "line",
    [
        LIBRARY + PHARMACY.swapcase(),
        LIBRARY.swapcase() + PHARMACY,
        LIBRARY + TEST_CARD.swapcase(),
        LIBRARY + "#" + CITY.code("library", by=CITY.signer("stranger")).swapcase(),
        Desk("us", "de").appears(LIBRARY) + PHARMACY,
        LIBRARY + Desk("us", "fr").appears(PHARMACY),
        Desk("us", "cz").appears(LIBRARY) + PHARMACY,
        LIBRARY + FULL_WIDTH,
        LIBRARY + FULL_WIDTH[:60],
        LIBRARY + "\xce" + PHARMACY[1:],
        LIBRARY + "\u0128" + Desk("us", "de").appears(PHARMACY)[1:],
        Desk("us", "de").appears(LIBRARY) + "\xce" + Desk("us", "de").appears(PHARMACY)[1:],
    ],
)
def test_of_two_cards_in_one_line_the_one_before_is_never_accepted(line: str) -> None:
    """However each was typed: an Enter was lost, and nobody rides on the card before."""
    reading = scanner.choose(VERIFIER, line, "library", now=NOW)
    with pytest.raises(Refused) as refused:
        VERIFIER.verify(reading.text, "library", now=NOW)
    assert refused.value.reason is not Reason.NOT_A_CODE
