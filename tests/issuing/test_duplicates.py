"""What was there before is found, and hardly anything else."""

import pytest

from idcard.issuing import duplicates
from idcard.issuing.duplicates import DuplicateFilter, FilterFull

THINGS = [f"A-{number}".encode() for number in range(10_000)]


def test_what_was_added_is_found_and_what_was_not_is_new() -> None:
    seen = DuplicateFilter()
    assert not any(map(seen.add, THINGS))
    assert all(map(seen.add, THINGS))
    assert not seen.add(b"")
    assert seen.add(b"")


def test_values_that_fall_on_one_slot_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_SLOTS", 16_384)
    seen = DuplicateFilter()
    assert not any(map(seen.add, THINGS))
    assert all(map(seen.add, THINGS))


def test_a_table_that_is_full_says_so_and_still_finds_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST", 3)
    seen = DuplicateFilter()
    assert not any(map(seen.add, THINGS[:3]))
    with pytest.raises(FilterFull, match="remembers 3 references and handles"):
        seen.add(THINGS[3])
    assert all(map(seen.add, THINGS[:3]))


def test_where_it_is_noted_tells_nothing_to_who_has_no_key() -> None:
    one, other = DuplicateFilter(), DuplicateFilter()
    one.add(b"A-1")
    other.add(b"A-1")
    assert one._slots != other._slots
    assert len(one._slots) - one._slots.count(0) == 1
