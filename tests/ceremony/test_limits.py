"""What venues read at the most is told at half and at four fifths, and nothing is published beyond."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cities import DAY, HANDLE, NOW, City, signer

from idcard.ceremony import drafting, founding, limits, publish
from idcard.ceremony.drafting import Draft
from idcard.ceremony.publish import CannotPublish
from idcard.city.plan import Timing
from idcard.credential.calendar import seconds
from idcard.errors import Reason, Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, root, trust_file
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import MAX_ROOTS, MAX_SIZE
from idcard.verify import memory

CITY = City()
TIMING = Timing()
FIRST = trust_file.decode(CITY.file)
TOMORROW = seconds(NOW) + DAY
PUBLISHER = CITY.signer("publisher")
NEW = [signer(f"new {number}") for number in (1, 2, 3)]


def values(count: int) -> bytes:
    return cancellations.encode(number.to_bytes(10, "big") for number in range(count))


def a_draft(cancelled: bytes, new_root: Root | None = None, file: bytes = CITY.file) -> Draft:
    in_force = trust_file.decode(file)
    new_list = replace(
        founding.renewed(in_force, TIMING, TOMORROW),
        cancellations=cancellations.digest(cancelled),
        root=in_force.root_digests[-1] if new_root is None else root.digest(new_root),
    )
    return drafting.make(in_force, new_list, cancelled, TIMING, new_root)


def published(draft: Draft, *signers: SeedSigner, file: bytes = CITY.file) -> bytes:
    for each in signers:
        draft = drafting.sign(draft, trust_file.decode(file), each)
    return drafting.finish(draft, file, TIMING, TOMORROW)


def role(threshold: int, *signers: SeedSigner) -> Role:
    return Role(threshold, tuple(sorted(each.public_key for each in signers)))


NEXT_ROOT = replace(FIRST.root, version=2, previous=FIRST.root_digests[-1])
OTHER_ROOTS = replace(NEXT_ROOT, roots=role(2, *NEW))
ONE_ROOT_KEY_NEW = replace(NEXT_ROOT, roots=role(2, *CITY.root_signers[1:], NEW[0]))
TWO_PUBLISHERS = replace(NEXT_ROOT, publishers=role(2, *NEW[:2]))


@pytest.mark.parametrize(
    ("new_root", "signers"),
    [
        (None, [PUBLISHER]),
        (NEXT_ROOT, [*CITY.root_signers[:2], PUBLISHER]),
        (OTHER_ROOTS, [*CITY.root_signers[:2], *NEW, PUBLISHER]),
        (ONE_ROOT_KEY_NEW, [*CITY.root_signers[1:], NEW[0], PUBLISHER]),
        (TWO_PUBLISHERS, [*CITY.root_signers[1:], *NEW[:2]]),
    ],
    ids=["a list", "a root", "other root keys", "one root key is new", "two publishers"],
)
@pytest.mark.parametrize("cancelled", [values(0), values(3), values(30), values(7000)], ids=len)
def test_what_a_draft_will_have_is_known_before_anybody_signs(
    new_root: Root | None, signers: list[SeedSigner], cancelled: bytes
) -> None:
    """To the byte, at every step, if no more sign than must."""
    draft = a_draft(cancelled, new_root)
    told = {drafting.size(draft, CITY.file)}
    for each in signers:
        draft = drafting.sign(draft, FIRST, each)
        told.add(drafting.size(draft, CITY.file))
    file = drafting.finish(draft, CITY.file, TIMING, TOMORROW)
    assert told == {(len(file), len(trust_file.decode(file).roots))}


def test_kill_notes_count() -> None:
    file = publish.with_kill_note(CITY.file, publish.sign_kill_note(CITY.scope, CITY.signer("cohort")))
    keys = tuple(replace(key, compromised=key.key == CITY.signer("cohort").public_key) for key in FIRST.trust_list.keys)
    new_list = replace(founding.renewed(FIRST, TIMING, TOMORROW), keys=keys)
    draft = drafting.make(trust_file.decode(file), new_list, values(0), TIMING)
    assert drafting.size(draft, file) == (len(published(draft, PUBLISHER, file=file)), 1)


def test_the_largest_file_is_taken_remembered_and_read_again_and_one_cancellation_more_is_not_published() -> None:
    others = len(published(a_draft(values(10_000)), PUBLISHER)) - 100_000
    most = (MAX_SIZE - others) // 10
    assert 209_000 < most < 209_700
    file = published(a_draft(values(most)), PUBLISHER)
    assert MAX_SIZE - 10 < len(file) <= MAX_SIZE
    tomorrow = NOW + timedelta(days=1)
    held = memory.update(memory.install(CITY.file, fingerprint=None, now=NOW), file, now=tomorrow)
    assert len(memory.decode(memory.encode(held)).trust.cancellations) == most
    with pytest.raises(CannotPublish, match=r"would have 2,097,\d{3} bytes, .* at most 2,097,152: \d too many"):
        published(a_draft(values(most + 1)), PUBLISHER)
    assert [use.advice[:50] for use in limits.told(len(file), 1)] == [
        "each cancellation takes 10, so 0 more fit; they le"
    ]


def test_a_file_that_is_full_takes_no_kill_note() -> None:
    """A poster brings it to venues all the same."""
    count = 209_600
    file = CITY.trust_file(cancelled=(number.to_bytes(10, "big") for number in range(count)))
    assert MAX_SIZE - 150 < len(file) <= MAX_SIZE
    with pytest.raises(CannotPublish, match="idcard trust poster --kill"):
        publish.with_kill_note(file, publish.sign_kill_note(CITY.scope, CITY.signer("cohort")))


@pytest.mark.parametrize(
    ("size", "half", "four_fifths", "says"),
    [
        (MAX_SIZE // 2 - 1, False, False, ""),
        (MAX_SIZE // 2, True, False, "1,048,576 of at most 2,097,152 bytes, 50 %: each cancellation takes 10, "
         "so 101,580 more fit"),
        (1_677_721, True, False, "1,677,721 of at most 2,097,152 bytes, 79 %"),
        (1_677_722, True, True, "1,677,722 of at most 2,097,152 bytes, 80 %: each cancellation takes 10, "
         "so 38,666 more fit"),
        (MAX_SIZE, True, True, "so 0 more fit"),
    ],
)  # fmt: skip
def test_the_officer_is_told_at_half_and_at_four_fifths(size: int, half: bool, four_fifths: bool, says: str) -> None:
    told = limits.told(size, 1)
    assert [each.is_four_fifths for each in told] == ([four_fifths] if half else [])
    assert says in "".join(map(str, told))
    assert limits.excess(size, 1) == ""


def test_new_cancellations_leave_room_for_what_cannot_wait() -> None:
    """A kill note, of which a full file takes a hundred; a root is smaller than seven (specs/trust.md, Size)."""
    fits = MAX_SIZE - limits.RESERVE
    assert limits.excess(fits, 1, has_new=True) == ""
    assert "1 too many" in limits.excess(fits + 1, 1, has_new=True)
    assert limits.excess(fits + 1, 1) == ""
    full = CITY.trust_file(cancelled=[number.to_bytes(10, "big") for number in range(fits // 10 - 200)])
    assert len(full) <= fits
    noted = publish.with_kill_note(full, publish.sign_kill_note(CITY.scope, CITY.signer("cohort")))
    assert len(noted) - len(full) < limits.RESERVE // 100


@pytest.mark.parametrize(
    ("roots", "half", "four_fifths"), [(127, False, False), (128, True, False), (203, True, False), (204, True, True)]
)
def test_and_so_with_roots(roots: int, half: bool, four_fifths: bool) -> None:
    told = limits.told(1, roots)
    assert [each.is_four_fifths for each in told] == ([four_fifths] if half else [])
    for each in told:
        assert str(each).startswith(f"the trust file has {roots} of at most {MAX_ROOTS} roots, ")
        assert f": {MAX_ROOTS - roots} more fit" in str(each)


def test_no_root_comes_after_the_last_one() -> None:
    assert limits.excess(1, MAX_ROOTS) == ""
    signed_list = CITY.sign_list()
    with pytest.raises(CannotPublish, match="would have 256 roots, and venues read at most 255"):
        publish.assemble([CITY.sign_root()] * (MAX_ROOTS + 1), signed_list, values(0))


def test_a_venue_says_that_a_file_is_too_large_and_whose_fault_it_is_not() -> None:
    cancelled = (number.to_bytes(10, "big") for number in range(210_000))
    with pytest.raises(Refused) as refused:
        trust_file.decode(CITY.trust_file(cancelled=[*cancelled, HANDLE]))
    assert refused.value.reason is Reason.TRUST_TOO_LARGE
    assert refused.value.message == "The trust file is too large."
    assert refused.value.remedy.startswith("It is not the holder's fault; ")
