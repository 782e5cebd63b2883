"""What was there before is found, and hardly anything else."""

from idcard.issuing.duplicates import DuplicateFilter


def test_what_was_added_is_found_and_what_was_not_is_new() -> None:
    seen = DuplicateFilter()
    things = [f"A-{number}".encode() for number in range(10_000)]
    assert not any(map(seen.add, things))
    assert all(map(seen.add, things))
    assert not seen.add(b"")
    assert seen.add(b"")


def test_where_it_is_noted_tells_nothing_to_who_has_no_key() -> None:
    one, other = DuplicateFilter(), DuplicateFilter()
    one.add(b"A-1")
    other.add(b"A-1")
    assert one._bits != other._bits
    assert 1 <= int.from_bytes(one._bits).bit_count() <= 16
