"""The table of keyboards is that of xkb-data, and a code comes back from each of them."""

import itertools
import re

import pytest
from cities import NOW, City
from machine import for_want_of
from support import keyboards
from support.keys_typed import KEYBOARDS, Desk

from idcard.repairs import extent, readings
from idcard.repairs.keyboards import layouts
from idcard.verify import Verifier, scanner, verdict

CITY = City()
VERIFIER = Verifier(CITY.file)
CODES = [CITY.code(venue_class) for venue_class in ("library", "pharmacy")]
LOSES = {"gr": "WS", "ir": "B", "in-ben": "$%*", "ara-azerty": "4M"}
"""Letters of base45 that a keyboard has no key for, or one key for two."""
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def test_the_table_is_made_of_xkb_data() -> None:
    made_of = re.search(r"xkb-data (\S+)", keyboards.TABLE.read_text("utf-8"))
    assert made_of
    version = keyboards.version()
    if version is None:
        pytest.skip(for_want_of("xkb-data", "libxkbcommon0"))
    if version != made_of[1]:
        pytest.skip(f"the table is made of xkb-data {made_of[1]}, and this is {version}: make keyboards")
    assert keyboards.table() == keyboards.TABLE.read_text("utf-8")


def test_every_keyboard_has_a_name_and_the_same_keys() -> None:
    assert list(KEYBOARDS) == list(layouts()) == [*keyboards.LAYOUTS, "kr"]
    assert len({each["name"] for each in KEYBOARDS.values()}) == len(KEYBOARDS)
    for told in KEYBOARDS.values():
        assert [len(row) for row in told["plain"]] == [len(row) for row in told["shift"]] == [13, 12, 12, 10]


@pytest.mark.parametrize("keyboard", KEYBOARDS)
@pytest.mark.parametrize("lock", ["", "caps-lock"])
def test_a_code_comes_back_from_every_keyboard_or_nobody_says_that_it_is_none(keyboard: str, lock: str) -> None:
    if lock and keyboard in LOSES:
        return
    for venue_class, code in zip(("library", "pharmacy"), CODES, strict=True):
        typed = Desk("us", keyboard, lock).appears(code)
        read, judged = verdict.judge_typed(VERIFIER, typed, venue_class, now=NOW)
        if set(code) & set(LOSES.get(keyboard, "")):
            assert judged.reason == "keyboard"
        else:
            assert (read, judged.outcome) == (code, "accept")


@pytest.mark.parametrize("keyboard", KEYBOARDS)
def test_a_scanner_of_another_country_is_undone_if_it_has_the_keys(keyboard: str) -> None:
    keys = "".join(KEYBOARDS[keyboard]["plain"] + KEYBOARDS[keyboard]["shift"]) + " "
    for venue_class, code in zip(("library", "pharmacy"), CODES, strict=True):
        if set(code) <= set(keys):
            reading = scanner.choose(VERIFIER, Desk(keyboard, "us").appears(code), venue_class, now=NOW)
            assert reading.text == code


def test_what_a_keyboard_loses_is_what_the_table_says() -> None:
    for keyboard in KEYBOARDS:
        appears = [Desk("us", keyboard)._press(letter)[0] for letter in BASE45]
        lost = [key == "\ufffd" or appears.count(key) > 1 for key in appears]
        assert set(itertools.compress(BASE45, lost)) == set(LOSES.get(keyboard, "")), keyboard


def test_every_prefix_is_found_as_each_keyboard_types_it() -> None:
    """Of cards, posters, kill notes and slips."""
    for kind, code in (("CARD", "IDT1:"), ("POSTER", "IDK1:"), ("SLIP", "IDS1:")):
        for keyboard in KEYBOARDS:
            assert readings.begins(Desk("us", keyboard).appears(f"{code}A"), getattr(extent, kind)), keyboard
    assert not readings.begins("https://example.org/IDX1:", extent.CARD)
