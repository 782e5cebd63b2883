"""Drafts (specs/keys.md, Ceremony): signed apart, put together, and never published below a threshold."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cities import DAY, HANDLE, NOW, City, signer
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from idcard import cose
from idcard.ceremony import drafting, founding, publish
from idcard.ceremony.drafting import Draft, DraftError, Need, Review
from idcard.ceremony.rotation import NotYet
from idcard.city.plan import PlanError, Timing
from idcard.credential.calendar import seconds
from idcard.credential.text import Environment
from idcard.errors import Refused
from idcard.keys.signer import SeedSigner
from idcard.trust import cancellations, root, trust_file, trust_list
from idcard.trust.document import Role
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import TrustList
from idcard.verify import memory
from idcard.verify.memory import Memory

CITY = City()
TIMING = Timing()
FIRST = trust_file.decode(CITY.file)
TOMORROW = seconds(NOW) + DAY
ROOTS, PUBLISHER = CITY.root_signers, CITY.signer("publisher")
NEW_ROOTS = tuple(signer(f"new root {number}") for number in (1, 2, 3))
NEW_PUBLISHERS = tuple(signer(f"new publisher {number}") for number in (1, 2))
STRANGER = signer("stranger")


def role(threshold: int, *signers: SeedSigner) -> Role:
    return Role(threshold, tuple(sorted(each.public_key for each in signers)))


def kid(of: SeedSigner) -> str:
    return cose.kid(of.public_key).hex()


def next_list(in_force: Trust = FIRST, **changes: Any) -> TrustList:
    return replace(founding.renewed(in_force, TIMING, in_force.trust_list.issued + DAY), **changes)


def next_root(in_force: Trust = FIRST, **changes: Any) -> Root:
    following = {"version": in_force.root.version + 1, "previous": in_force.root_digests[-1]}
    return replace(in_force.root, **{**following, **changes})


def a_draft(in_force: Trust = FIRST, new_root: Root | None = None, values: bytes | None = None, **fields: Any) -> Draft:
    """One that nothing has checked. fields: of the list."""
    values = cancellations.encode(in_force.cancellations) if values is None else values
    fields.setdefault("cancellations", cancellations.digest(values))
    fields.setdefault("root", in_force.root_digests[-1] if new_root is None else root.digest(new_root))
    return Draft(
        base=in_force.list_digest,
        root=None if new_root is None else root.encode(new_root),
        trust_list=trust_list.encode(next_list(in_force, **fields)),
        cancellations=values,
    )


def signed_by(draft: Draft, *signers: SeedSigner, in_force: Trust = FIRST) -> Draft:
    for each in signers:
        draft = drafting.sign(draft, in_force, each)
    return draft


def finish(draft: Draft, file: bytes = CITY.file, now: int = TOMORROW) -> bytes:
    return drafting.finish(draft, file, TIMING, now)


def needs(draft: Draft, in_force: Trust = FIRST) -> list[str]:
    return [str(need) for need in drafting.review(draft, in_force).needs]


RENEWED = a_draft()
NEW_ROOT = a_draft(new_root=next_root())
ALL_NEW = a_draft(new_root=next_root(roots=role(2, *NEW_ROOTS), publishers=role(2, *NEW_PUBLISHERS)))


# ---- as bytes ----

SIGNED = {
    "a list without signatures": RENEWED,
    "a list": signed_by(RENEWED, PUBLISHER),
    "a root and a list": signed_by(NEW_ROOT, *ROOTS, PUBLISHER),
    "all keys new": signed_by(ALL_NEW, *ROOTS, *NEW_ROOTS, *NEW_PUBLISHERS),
    "cancellations": signed_by(a_draft(values=cancellations.encode([HANDLE])), PUBLISHER),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_draft_is_read_as_it_was_written(name: str) -> None:
    draft = SIGNED[name]
    data = drafting.encode(draft)
    assert drafting.decode(data) == draft
    assert drafting.encode(drafting.decode(data)) == data


def test_its_fields_are_those_of_the_specification() -> None:
    draft = signed_by(NEW_ROOT, *ROOTS[:2], PUBLISHER)
    fields = cose.decode(drafting.encode(draft))
    assert list(fields) == [1, 2, 3, 4, 5, 6]
    assert fields[1] == FIRST.list_digest
    assert root.decode(fields[2]).version == 2
    assert trust_list.decode(fields[3]).version == 2
    assert list(cancellations.decode(fields[4])) == []
    assert [each[0] for each in fields[5]] == sorted(cose.kid(each.public_key) for each in ROOTS[:2])
    assert [each[0] for each in fields[6]] == [cose.kid(PUBLISHER.public_key)]
    assert list(cose.decode(drafting.encode(RENEWED))) == [1, 3, 4, 5, 6]


def with_fields(**changes: Any) -> bytes:
    """A signed draft with other fields, f1 to f9; None leaves one out."""
    fields = cose.decode(drafting.encode(signed_by(NEW_ROOT, *ROOTS[:2], PUBLISHER)))
    fields |= {int(name[1:]): value for name, value in changes.items()}
    return cose.encode({number: value for number, value in fields.items() if value is not None})


PAIR = [cose.kid(PUBLISHER.public_key), bytes(64)]
DAMAGED: dict[str, bytes] = {
    "nothing": b"",
    "text": b"not a draft",
    "a trust file": CITY.file,
    "a list": cose.encode([1, 2, 3]),
    "no fields": cose.encode({}),
    "without its base": with_fields(f1=None),
    "without its list": with_fields(f3=None),
    "without its cancellations": with_fields(f4=None),
    "without the signatures of the root": with_fields(f5=None),
    "without the signatures of the list": with_fields(f6=None),
    "with a field more": with_fields(f7=0),
    "a short base": with_fields(f1=bytes(31)),
    "a base that is text": with_fields(f1="x" * 32),
    "a root that is no bytes": with_fields(f2={}),
    "a list that is no bytes": with_fields(f3=[]),
    "cancellations that are no bytes": with_fields(f4=0),
    "signatures that are no list": with_fields(f6={}),
    "a signature that is no pair": with_fields(f6=[[*PAIR, 0]]),
    "a signature that is a text": with_fields(f6=["xx"]),
    "a short kid": with_fields(f6=[[b"abc", bytes(64)]]),
    "a short signature": with_fields(f6=[[PAIR[0], bytes(63)]]),
    "a kid that is text": with_fields(f6=[["abcd", bytes(64)]]),
    "one signature twice": with_fields(f6=[PAIR, PAIR]),
    "signatures out of order": with_fields(f6=[[b"bbbb", bytes(64)], [b"aaaa", bytes(64)]]),
    "cut short": drafting.encode(SIGNED["a list"])[:-1],
    "with a tail": drafting.encode(SIGNED["a list"]) + b"\0",
    "larger than a draft may be": with_fields(f4=bytes(drafting.MAX_SIZE)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_draft_is_refused(name: str) -> None:
    with pytest.raises(DraftError, match=r"^this is not a draft, or it is damaged$"):
        drafting.decode(DAMAGED[name])


def read(data: bytes) -> Review | None:
    """None where it is refused; any other exception is a mistake of ours."""
    try:
        return drafting.review(drafting.decode(data), FIRST)
    except DraftError:
        return None


def of_the_list(need: Need) -> bool:
    """Or else of the root."""
    return not need.what.startswith("root")


HALF_SIGNED = {
    "a root and a list": signed_by(NEW_ROOT, ROOTS[0], PUBLISHER),
    "all keys new": signed_by(ALL_NEW, ROOTS[0], NEW_ROOTS[0], NEW_PUBLISHERS[0]),
}


@pytest.mark.parametrize("name", HALF_SIGNED)
@given(data=st.data())
def test_bytes_that_flip_never_give_more_signatures(name: str, data: st.DataObject) -> None:
    """A signature stays with what was signed: it is lost, or the draft is refused."""
    draft = HALF_SIGNED[name]
    before = drafting.review(draft, FIRST)
    altered = bytearray(drafting.encode(draft))
    places = st.integers(0, len(altered) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=3, unique=True)):
        altered[place] ^= data.draw(st.integers(1, 255))
    after = read(bytes(altered))
    if after is not None:
        assert not after.is_complete
        assert len(after.needs) == len(before.needs)
        for need, had in zip(after.needs, before.needs, strict=True):
            assert need.signed <= had.signed
        changed = drafting.decode(bytes(altered))
        if changed.trust_list != draft.trust_list:
            assert not any(need.signed for need in after.needs if of_the_list(need))
        if changed.root != draft.root:
            assert not any(need.signed for need in after.needs if not of_the_list(need))


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda data: with_fields(f3=data)))
@example(with_fields(f2=cose.encode({-1: 0})))
@example(with_fields(f3=cose.encode({-1: 0})))
@example(with_fields(f4=cose.encode(b"x")))
def test_no_bytes_lead_to_a_review_of_something_else(data: bytes) -> None:
    assert read(data) is None


# ---- who has signed ----


def test_a_draft_says_who_is_missing() -> None:
    assert needs(RENEWED) == [f"trust list 2: 0 of 1 signatures, waiting for: {kid(PUBLISHER)}"]
    assert needs(signed_by(RENEWED, PUBLISHER)) == ["trust list 2: 1 of 1 signatures"]
    waiting = ", ".join(kid(each) for each in sorted(ROOTS[1:], key=lambda each: each.public_key))
    assert needs(signed_by(NEW_ROOT, ROOTS[0])) == [
        f"root 2, by the root keys in force: 1 of 2 signatures, waiting for: {waiting}",
        f"trust list 2: 0 of 1 signatures, waiting for: {kid(PUBLISHER)}",
    ]


def test_a_root_with_other_keys_needs_the_old_keys_and_the_new() -> None:
    said = needs(signed_by(ALL_NEW, *ROOTS[:2], NEW_ROOTS[0], *NEW_PUBLISHERS))
    assert said[0] == "root 2, by the root keys in force: 2 of 2 signatures"
    assert said[1].startswith("root 2, by its own root keys: 1 of 2 signatures, waiting for: ")
    assert set(said[2:5]) == {
        f"root key {kid(NEW_ROOTS[0])} joins and has signed",
        f"root key {kid(NEW_ROOTS[1])} joins and has not signed",
        f"root key {kid(NEW_ROOTS[2])} joins and has not signed",
    }
    assert said[5] == "trust list 2: 2 of 2 signatures"
    assert set(said[6:]) == {f"publisher key {kid(each)} joins and has signed" for each in NEW_PUBLISHERS}


def test_an_officer_who_stays_signs_once_for_both_roots() -> None:
    draft = a_draft(new_root=next_root(roots=role(2, *ROOTS[:2], NEW_ROOTS[0])))
    signed = signed_by(draft, ROOTS[0])
    assert [len(need.signed) for need in drafting.review(signed, FIRST).needs] == [1, 1, 0, 0]


def test_who_joins_signs_once_for_the_threshold_and_for_joining() -> None:
    draft = a_draft(new_root=next_root(roots=role(2, *ROOTS[:2], NEW_ROOTS[0])))
    signed = signed_by(draft, NEW_ROOTS[0])
    assert [len(need.signed) for need in drafting.review(signed, FIRST).needs] == [0, 1, 1, 0]
    assert len(signed.root_signatures) == 1


def test_an_officer_who_leaves_signs_the_root_that_lets_them_go() -> None:
    draft = a_draft(new_root=next_root(roots=role(2, *ROOTS[:2], NEW_ROOTS[0])))
    signed = signed_by(draft, ROOTS[2])
    assert [len(need.signed) for need in drafting.review(signed, FIRST).needs] == [1, 0, 0, 0]


def test_signing_twice_changes_nothing() -> None:
    once = signed_by(NEW_ROOT, ROOTS[0], PUBLISHER)
    assert signed_by(once, ROOTS[0], PUBLISHER) == once


@pytest.mark.parametrize(
    ("draft", "by"),
    [
        (RENEWED, STRANGER),
        (RENEWED, ROOTS[0]),
        (RENEWED, CITY.signer("cohort")),
        (NEW_ROOT, NEW_ROOTS[0]),
        (ALL_NEW, PUBLISHER),
        (ALL_NEW, STRANGER),
    ],
    ids=["stranger", "root key, no new root", "issuing key", "no officer yet", "publisher who leaves", "stranger too"],
)
def test_who_has_nothing_to_sign_is_told_so(draft: Draft, by: SeedSigner) -> None:
    with pytest.raises(DraftError, match=f"^the key {kid(by)} signs nothing in this draft$"):
        drafting.sign(draft, FIRST, by)


@pytest.mark.parametrize("field", ["list_signatures", "root_signatures"])
def test_a_wrong_signature_is_named_and_not_passed_over(field: str) -> None:
    signed = signed_by(NEW_ROOT, ROOTS[0], PUBLISHER)
    [by] = getattr(signed, field)
    wrong = replace(signed, **{field: {by: bytes(64)}})
    with pytest.raises(
        DraftError, match=f"^the signature of {by.hex()} is wrong; take a copy of the draft without it$"
    ):
        drafting.review(wrong, FIRST)


def test_a_signature_under_one_draft_is_none_under_another() -> None:
    other = a_draft(contact="Ask somebody else.")
    moved = replace(other, list_signatures=signed_by(RENEWED, PUBLISHER).list_signatures)
    with pytest.raises(DraftError, match=f"^the signature of {kid(PUBLISHER)} is wrong"):
        drafting.review(moved, FIRST)


def test_a_signature_of_the_list_is_none_of_the_root() -> None:
    """One key cannot have both roles, and what it signed says what it is."""
    signed = signed_by(NEW_ROOT, ROOTS[0], PUBLISHER)
    swapped = replace(signed, root_signatures=signed.list_signatures, list_signatures=signed.root_signatures)
    assert [len(need.signed) for need in drafting.review(swapped, FIRST).needs] == [0, 0]


def test_signatures_of_strangers_count_for_nothing() -> None:
    stray = {cose.kid(STRANGER.public_key): bytes(64)}
    draft = replace(NEW_ROOT, root_signatures=stray, list_signatures=stray)
    assert [len(need.signed) for need in drafting.review(draft, FIRST).needs] == [0, 0]


# ---- copies put together ----


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_copies_that_were_signed_apart_are_merged_in_any_order(order: Sequence[int]) -> None:
    copies = [signed_by(NEW_ROOT, ROOTS[0]), signed_by(NEW_ROOT, ROOTS[2]), signed_by(NEW_ROOT, PUBLISHER)]
    merged = drafting.merge((copies[number] for number in order), FIRST)
    assert drafting.encode(merged) == drafting.encode(signed_by(NEW_ROOT, ROOTS[0], ROOTS[2], PUBLISHER))
    assert drafting.review(merged, FIRST).is_complete


def test_one_copy_is_itself() -> None:
    assert drafting.merge([NEW_ROOT], FIRST) == NEW_ROOT
    assert drafting.merge([NEW_ROOT, NEW_ROOT], FIRST) == NEW_ROOT


OTHERS: dict[str, Draft] = {
    "another list": a_draft(new_root=next_root(), contact="Ask somebody else."),
    "another root": a_draft(new_root=next_root(name="Springfield again")),
    "no root": RENEWED,
    "other cancellations": replace(NEW_ROOT, cancellations=cancellations.encode([HANDLE])),
    "another base": replace(NEW_ROOT, base=bytes(32)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_two_different_drafts_are_not_merged(name: str) -> None:
    with pytest.raises(DraftError, match=r"^these are two different drafts; sign copies of one$"):
        drafting.merge([NEW_ROOT, OTHERS[name]], FIRST)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_damaged_copy_does_not_spoil_a_good_one(order: Sequence[int]) -> None:
    good = signed_by(NEW_ROOT, *ROOTS[:2], PUBLISHER)
    wrong = {cose.kid(each.public_key): bytes(64) for each in (*ROOTS, PUBLISHER, STRANGER)}
    copies = (good, replace(NEW_ROOT, root_signatures=wrong, list_signatures=wrong))
    assert drafting.merge((copies[number] for number in order), FIRST) == good
    assert finish(good)
    with pytest.raises(DraftError, match="0 of 2 signatures"):
        finish(copies[1])


def test_strangers_do_not_travel_into_the_trust_file() -> None:
    stray = {cose.kid(STRANGER.public_key): bytes(64)}
    draft = replace(NEW_ROOT, root_signatures=stray, list_signatures=stray)
    assert finish(signed_by(draft, *ROOTS[:2], PUBLISHER)) == finish(signed_by(NEW_ROOT, *ROOTS[:2], PUBLISHER))


# ---- drafts that no venue would take, or that take something from venues ----


def with_killed(name: str) -> Trust:
    note = publish.sign_kill_note(CITY.scope, CITY.signer(name))
    return trust_file.decode(publish.with_kill_note(CITY.file, note))


UNKNOWN = "has fields that this program or a trust file does not know"


def with_field(payload: bytes | None) -> bytes:
    """One that this program does not know, and a later one may."""
    assert payload is not None
    return cose.encode({**cose.decode(payload), 99: 1})


# name -> a draft, and what is said of it
NO_DRAFT: dict[str, tuple[Callable[[], Draft], str]] = {
    "from another list": (lambda: replace(RENEWED, base=bytes(32)), "was made from another trust file"),
    "from a list that was renewed since": (
        lambda: a_draft(trust_file.decode(CITY.trust_file(version=2))),
        r"another trust file than the one in force \(list 1\)",
    ),
    "a list that is none": (lambda: replace(RENEWED, trust_list=b"x"), UNKNOWN),
    "a list for a newer program": (
        lambda: replace(RENEWED, trust_list=cose.encode({-1: 0})),
        UNKNOWN,
    ),
    "a root that is none": (lambda: replace(NEW_ROOT, root=b"x"), UNKNOWN),
    "a root for a newer program": (lambda: replace(NEW_ROOT, root=cose.encode({-1: 0})), UNKNOWN),
    "cancellations that are none": (lambda: replace(RENEWED, cancellations=b"x"), UNKNOWN),
    "a list in the place of the root": (
        lambda: replace(NEW_ROOT, root=NEW_ROOT.trust_list),
        UNKNOWN,
    ),
    "a list with an unknown field": (
        lambda: replace(RENEWED, trust_list=with_field(RENEWED.trust_list)),
        UNKNOWN,
    ),
    "a root with an unknown field": (lambda: replace(NEW_ROOT, root=with_field(NEW_ROOT.root)), UNKNOWN),
    "a root that names another one before it": (
        lambda: a_draft(new_root=next_root(previous=bytes(32))),
        "the next root is version 2 of the same city, and names the one before",
    ),
    "a list for another root": (lambda: a_draft(root=bytes(32)), "the trust list is not made for this root"),
    "a list for the root in force, beside a new one": (
        lambda: a_draft(new_root=next_root(), root=FIRST.root_digests[-1]),
        "the trust list is not made for this root",
    ),
    "the root in force once more": (lambda: a_draft(new_root=FIRST.root), "the next root is version 2"),
    "a root version is skipped": (lambda: a_draft(new_root=next_root(version=3)), "the next root is version 2"),
    "the root of another city": (
        lambda: a_draft(new_root=next_root(scope=City(id="shelbyville").scope)),
        "the next root is version 2 of the same city",
    ),
    "the root of the test city": (
        lambda: a_draft(new_root=next_root(scope=City(environment=Environment.TEST).scope)),
        "the next root is version 2 of the same city",
    ),
    "the list in force once more": (lambda: a_draft(version=1), "the next trust list is version 2"),
    "a list version is skipped": (lambda: a_draft(version=3), "the next trust list is version 2"),
    "other cancellations than the list's": (
        lambda: replace(RENEWED, cancellations=cancellations.encode([HANDLE])),
        "the cancellations are not those of the list",
    ),
    "a list that lives longer than 120 days": (
        lambda: a_draft(exp=TOMORROW + 121 * DAY),
        "would live longer than its root allows",
    ),
    "a list that outlives its root": (
        lambda: a_draft(new_root=next_root(exp=TOMORROW + 30 * DAY)),
        "would live longer than its root allows",
    ),
    "a list that outlives what the new root allows": (
        lambda: a_draft(new_root=next_root(list_days=90)),
        "would live longer than its root allows",
    ),
    "a root key as publisher": (
        lambda: a_draft(new_root=next_root(publishers=role(1, ROOTS[0]))),
        "a key would have two roles",
    ),
    "the publisher as root key": (
        lambda: a_draft(new_root=next_root(roots=role(2, *ROOTS[:2], PUBLISHER))),
        "a key would have two roles",
    ),
    "an issuing key as publisher": (
        lambda: a_draft(new_root=next_root(publishers=role(1, CITY.signer("cohort")))),
        "a key would have two roles",
    ),
    "a root key of old as publisher": (
        lambda: a_draft(new_root=next_root(roots=role(2, *NEW_ROOTS), publishers=role(1, ROOTS[0]))),
        "a key would have two roles",
    ),
}


@pytest.mark.parametrize("name", NO_DRAFT)
def test_what_no_venue_would_take_is_not_even_signed(name: str) -> None:
    make, says = NO_DRAFT[name]
    for refused in (drafting.review, lambda draft, held: drafting.sign(draft, held, PUBLISHER)):
        with pytest.raises(DraftError, match=says):
            refused(make(), FIRST)
    with pytest.raises(DraftError, match=says):
        finish(make())


def test_a_key_that_a_kill_note_ended_is_called_compromised_or_nothing() -> None:
    in_force = with_killed("cohort")
    says = f"a kill note ended the key {kid(CITY.signer('cohort'))}, and this list does not say so"
    with pytest.raises(DraftError, match=says):
        drafting.review(a_draft(in_force), in_force)
    killed = CITY.signer("cohort").public_key
    keys = tuple(replace(key, compromised=key.key == killed) for key in in_force.trust_list.keys)
    assert drafting.review(a_draft(in_force, keys=keys), in_force).trust_list.keys == keys


LIST_KEYS = FIRST.trust_list.keys
# name -> the next list, what is said, whether a date is
TAKES_AWAY: dict[str, tuple[dict[str, Any], str]] = {
    "a key of an old backup's plan is gone": (
        {"keys": LIST_KEYS[1:]},
        f"the key {cose.kid(LIST_KEYS[0].key).hex()} leaves the list while its codes are valid; it is allowed from",
    ),
    "verify_until comes sooner": (
        {"keys": (replace(LIST_KEYS[0], verify_until=LIST_KEYS[0].verify_until - 31 * DAY), *LIST_KEYS[1:])},
        "verify_until of the key .* changes; it never may",
    ),
    "verify_until comes later": (
        {"keys": (replace(LIST_KEYS[0], verify_until=LIST_KEYS[0].verify_until + 31 * DAY), *LIST_KEYS[1:])},
        "verify_until of the key .* changes; it never may",
    ),
    "a key serves a class no more": (
        {"keys": (replace(LIST_KEYS[0], classes=frozenset()), *LIST_KEYS[1:])},
        "the key .* no longer serves a venue class whose codes it signed; make a new class",
    ),
}


@pytest.mark.parametrize("name", TAKES_AWAY)
def test_a_list_that_takes_what_venues_need_is_neither_made_nor_published(name: str) -> None:
    changes, says = TAKES_AWAY[name]
    changes.setdefault("exp", min(next_list().exp, changes.get("issued", TOMORROW) + 120 * DAY))
    draft = a_draft(**changes)
    with pytest.raises((NotYet, PlanError), match=says):
        drafting.make(FIRST, trust_list.decode(draft.trust_list), draft.cancellations, TIMING)
    with pytest.raises((NotYet, PlanError), match=says):
        finish(signed_by(draft, PUBLISHER))


def test_the_life_of_lists_is_never_made_shorter() -> None:
    """Else a key would sign while a venue has a list in date that does not name it."""
    short = replace(TIMING, list_life=119)
    with pytest.raises(PlanError, match="must not become shorter"):
        drafting.make(FIRST, next_list(), cancellations.encode([]), short)
    with pytest.raises(PlanError, match="must not become shorter"):
        drafting.finish(signed_by(RENEWED, PUBLISHER), CITY.file, short, TOMORROW)


def test_a_list_that_has_expired_meanwhile_is_not_published() -> None:
    draft, exp = signed_by(RENEWED, PUBLISHER), next_list().exp
    assert finish(draft, now=exp - 1)
    with pytest.raises(DraftError, match="the list of the draft has expired meanwhile"):
        finish(draft, now=exp)


def test_what_this_program_does_not_know_is_not_renewed_away() -> None:
    """A newer program may have put it there for a reason."""
    payload = cose.encode({**cose.decode(trust_list.encode(FIRST.trust_list)), 99: 1})
    signed = publish.sign(payload, trust_list.KIND, CITY.scope, [PUBLISHER])
    in_force = trust_file.decode(trust_file.encode([CITY.sign_root()], signed, cancellations.encode([])))
    with pytest.raises(DraftError, match="has fields that this program does not know"):
        drafting.make(in_force, next_list(in_force), cancellations.encode([]), TIMING)


# ---- clocks ----

ISSUED = FIRST.trust_list.issued


def test_nothing_is_published_before_its_time_of_issue() -> None:
    """By the clock of who publishes, to the second: a wait, and not a loss."""
    draft = signed_by(RENEWED, PUBLISHER)
    with pytest.raises(NotYet, match=r"keep the draft; it is allowed from 2026-11-23 12:00 UTC") as refused:
        finish(draft, now=TOMORROW - 1)
    assert refused.value.allowed == TOMORROW
    assert finish(draft, now=TOMORROW)


def test_two_clocks_that_are_a_day_off_each_may_sign() -> None:
    drafting.check_clock(RENEWED, FIRST, TOMORROW - 2 * DAY)
    with pytest.raises(DraftError, match="made on 2026-11-23, and it is 2026-11-21: one of two clocks is wrong"):
        drafting.check_clock(RENEWED, FIRST, TOMORROW - 2 * DAY - 1)


@pytest.mark.parametrize(
    ("issued", "now", "may"),
    [
        (ISSUED + 1, ISSUED + 1, True),
        (ISSUED, ISSUED, False),
        (ISSUED - 1, ISSUED, False),
        # The list in force lies in the future of who signs.
        (ISSUED - 1, ISSUED - 1, True),
        (ISSUED, ISSUED - 1, True),
        (ISSUED - 300 * DAY, ISSUED - 300 * DAY, True),
        # And no more, by the clock of another.
        (ISSUED - 300 * DAY, ISSUED, False),
    ],
)
def test_a_list_that_was_made_before_the_one_in_force_is_signed_while_that_lies_in_the_future(
    issued: int, now: int, may: bool
) -> None:
    draft = a_draft(issued=issued, exp=issued + 120 * DAY, next_update=issued + 30 * DAY)
    if may:
        drafting.check_clock(draft, FIRST, now)
    else:
        with pytest.raises(DraftError, match="make a new draft"):
            drafting.check_clock(draft, FIRST, now)
    under_another_root = a_draft(
        new_root=next_root(), issued=issued, exp=issued + 120 * DAY, next_update=issued + 30 * DAY
    )
    drafting.check_clock(under_another_root, FIRST, now)


@pytest.mark.parametrize("days", [1, 3, 300])
def test_a_list_from_the_future_is_followed_by_one_of_today(days: int) -> None:
    """A venue takes both, whether its own clock is right or ran ahead too, and its last day goes by that clock."""
    later = seconds(NOW) + days * DAY
    file = CITY.trust_file(version=2, issued=later, next_update=later + 30 * DAY, exp=later + 120 * DAY)
    in_force = trust_file.decode(file)
    dates = {"issued": TOMORROW - 1, "next_update": TOMORROW + 30 * DAY, "exp": TOMORROW + 100 * DAY}
    draft = a_draft(in_force, **dates)
    drafting.check_clock(draft, in_force, TOMORROW - 1)
    after = finish(signed_by(draft, PUBLISHER, in_force=in_force), file)
    tomorrow = NOW + timedelta(days=1)
    for clock in (NOW, NOW + timedelta(days=days)):
        ahead = memory.update(memory.install(CITY.file, fingerprint=None, now=NOW), file, now=clock)
        assert ahead.last_day == seconds(clock) // DAY
        held = memory.update(ahead, after, now=tomorrow)
        assert held.trust.trust_list.issued == TOMORROW - 1
        assert held.last_day == max(seconds(tomorrow), seconds(clock)) // DAY
    # By version it goes on: what came before is not taken back.
    with pytest.raises(Refused, match="trust-rollback"):
        memory.update(held, file, now=tomorrow)


def test_under_a_new_root_too() -> None:
    later = seconds(NOW) + 300 * DAY
    file = CITY.trust_file(issued=later, next_update=later + DAY, exp=later + 2 * DAY)
    in_force = trust_file.decode(file)
    dates = {"issued": TOMORROW, "next_update": TOMORROW + DAY, "exp": TOMORROW + 2 * DAY}
    draft = signed_by(a_draft(in_force, next_root(in_force), **dates), *ROOTS[:2], PUBLISHER, in_force=in_force)
    ahead = memory.install(file, fingerprint=None, now=NOW + timedelta(days=300))
    assert memory.update(ahead, finish(draft, file), now=NOW + timedelta(days=1)).trust.trust_list.issued == TOMORROW


# ---- what is never taken back ----


def test_a_distrusted_key_is_never_trusted_again() -> None:
    keys = (replace(LIST_KEYS[0], compromised=True), *LIST_KEYS[1:])
    file = CITY.trust_file(keys=keys)
    in_force = trust_file.decode(file)
    draft = signed_by(a_draft(in_force, keys=LIST_KEYS), PUBLISHER, in_force=in_force)
    with pytest.raises(PlanError, match="was distrusted and cannot be trusted again"):
        finish(draft, file)


# ---- publishing ----

BELOW: dict[str, tuple[Draft, str]] = {
    "nobody": (RENEWED, "trust list 2: 0 of 1 signatures"),
    "no publisher": (signed_by(NEW_ROOT, *ROOTS), "trust list 2: 0 of 1 signatures"),
    "one root key": (signed_by(NEW_ROOT, ROOTS[1], PUBLISHER), "in force: 1 of 2 signatures"),
    "new root keys alone": (signed_by(ALL_NEW, *NEW_ROOTS, *NEW_PUBLISHERS), "in force: 0 of 2 signatures"),
    "old root keys alone": (signed_by(ALL_NEW, *ROOTS, *NEW_PUBLISHERS), "its own root keys: 0 of 2 signatures"),
    "a root key above the threshold joins and nobody has it": (
        signed_by(ALL_NEW, *ROOTS, *NEW_ROOTS[:2], *NEW_PUBLISHERS),
        f"^root key {kid(NEW_ROOTS[2])} joins and has not signed$",
    ),
    "a root key joins, and those in force are enough": (
        signed_by(a_draft(new_root=next_root(roots=role(2, *ROOTS, NEW_ROOTS[0]))), *ROOTS, PUBLISHER),
        f"^root key {kid(NEW_ROOTS[0])} joins and has not signed$",
    ),
    "a publisher joins, and the one in force is enough": (
        signed_by(a_draft(new_root=next_root(publishers=role(1, PUBLISHER, NEW_PUBLISHERS[0]))), *ROOTS, PUBLISHER),
        f"^publisher key {kid(NEW_PUBLISHERS[0])} joins and has not signed$",
    ),
    "all that is missing is said at once": (
        signed_by(ALL_NEW, ROOTS[0], *NEW_ROOTS[:2], NEW_PUBLISHERS[0]),
        f"in force: 1 of 2 .*; root key {kid(NEW_ROOTS[2])} joins and has not signed; trust list 2: 1 of 2 .*; "
        f"publisher key {kid(NEW_PUBLISHERS[1])} joins and has not signed$",
    ),
    "one of two publishers": (
        signed_by(ALL_NEW, *ROOTS, *NEW_ROOTS, NEW_PUBLISHERS[0]),
        f"trust list 2: 1 of 2 signatures, waiting for: {kid(NEW_PUBLISHERS[1])}",
    ),
}


@pytest.mark.parametrize("name", BELOW)
def test_nothing_is_published_below_a_threshold(name: str) -> None:
    draft, says = BELOW[name]
    assert not drafting.review(draft, FIRST).is_complete
    with pytest.raises(DraftError, match=says):
        finish(draft)


@pytest.mark.parametrize("field", ["root_signatures", "list_signatures"])
def test_who_joins_signs_the_document_in_which_it_joins(field: str) -> None:
    """The signature under another draft, or under the other document, is none."""
    signed = SIGNED["all keys new"]
    other = a_draft(
        new_root=next_root(roots=role(2, *NEW_ROOTS), publishers=role(2, *NEW_PUBLISHERS), name="Springfield again")
    )
    moved = replace(signed, **{field: getattr(signed_by(other, *ROOTS, *NEW_ROOTS, *NEW_PUBLISHERS), field)})
    with pytest.raises(DraftError, match="joins and has not signed"):
        finish(moved)
    swapped = replace(signed, root_signatures=signed.list_signatures, list_signatures=signed.root_signatures)
    with pytest.raises(DraftError, match="joins and has not signed"):
        finish(swapped)


KEYS_TO_COME = {
    "root": [signer(f"root to come {number}") for number in range(5)],
    "publisher": [signer(f"publisher to come {number}") for number in range(4)],
}


@given(data=st.data())
@settings(max_examples=40)
def test_whatever_changes_nothing_is_published_without_the_thresholds_and_all_who_join(data: st.DataObject) -> None:
    """The rule in its own words, for any change of both roles and any set of hands."""
    old = {"root": list(ROOTS), "publisher": [PUBLISHER]}
    new = {}
    for name, held in old.items():
        every = [*held, *KEYS_TO_COME[name]]
        chosen = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True), label=name)
        new[name] = role(data.draw(st.integers(1, len(chosen))), *chosen)
    draft = a_draft(new_root=next_root(roots=new["root"], publishers=new["publisher"]))
    everybody = [*ROOTS, PUBLISHER, *KEYS_TO_COME["root"], *KEYS_TO_COME["publisher"]]
    absent = data.draw(st.lists(st.sampled_from(everybody), unique=True), label="absent")
    hands = [each for each in everybody if each not in absent]
    useful = {key for need in drafting.review(draft, FIRST).needs for key in need.role.keys}
    signed = signed_by(draft, *(each for each in hands if each.public_key in useful))
    has_signed = {each.public_key for each in hands}

    def reached(needed: Role) -> bool:
        return len(has_signed & set(needed.keys)) >= needed.threshold

    joining = {*new["root"].keys, *new["publisher"].keys} - {each.public_key for each in (*ROOTS, PUBLISHER)}
    may_be_published = all(map(reached, (FIRST.root.roots, *new.values()))) and joining <= has_signed
    event(f"published: {may_be_published}")
    assert drafting.review(signed, FIRST).is_complete is may_be_published
    if may_be_published:
        published = cose.decode_sign(trust_file.signed_roots(finish(signed))[-1])
        assert {key_id for key_id, _ in published.signatures} >= {
            cose.kid(key) for key in joining & set(new["root"].keys)
        }
    else:
        with pytest.raises(DraftError, match=r"signatures, waiting for|joins and has not signed"):
            finish(signed)


def test_a_key_that_left_and_comes_back_joins_again() -> None:
    without = signed_by(a_draft(new_root=next_root(roots=role(1, *ROOTS[:2]))), *ROOTS[:2], PUBLISHER)
    file = finish(without)
    in_force = trust_file.decode(file)
    back = a_draft(in_force, next_root(in_force, roots=role(1, *ROOTS)))
    assert f"root key {kid(ROOTS[2])} joins and has not signed" in needs(back, in_force)


def test_keys_that_stay_need_nothing() -> None:
    """A new threshold, or other dates, make nobody join."""
    for changed in (next_root(), next_root(roots=role(3, *ROOTS)), next_root(roots=role(1, *ROOTS[:2]))):
        assert not any("joins" in need for need in needs(a_draft(new_root=changed)))


def test_more_root_keys_than_may_sign_change_in_two_steps() -> None:
    """15 in force and 8 others can all sign; with one more, somebody's signature would find no room."""
    many = tuple(signer(f"one of many {number}") for number in range(15))
    big = CITY.root(roots=role(1, *many))
    file = CITY.trust_file(roots=[CITY.sign_root(big, many)])
    in_force = trust_file.decode(file)
    for others, fits in ((8, True), (9, False)):
        new = KEYS_TO_COME["root"] + [signer(f"other {number}") for number in range(others - 5)]
        draft = a_draft(in_force, next_root(in_force, roots=role(1, *new)))
        if fits:
            signed = signed_by(draft, *many, *new, PUBLISHER, in_force=in_force)
            published = trust_file.signed_roots(finish(signed, file))[-1]
            assert len(cose.decode_sign(published).signatures) == cose.MAX_SIGNATURES
        else:
            with pytest.raises(DraftError, match="are more than 23, and no root has more signatures: change them in"):
                drafting.review(draft, in_force)


def venue(days: int = 0) -> Memory:
    return memory.install(CITY.file, fingerprint=FIRST.fingerprint, now=NOW + timedelta(days=days))


@pytest.mark.parametrize("name", [name for name in SIGNED if name != "a list without signatures"])
def test_what_is_published_says_what_was_signed_and_a_venue_takes_it(name: str) -> None:
    draft = SIGNED[name]
    file = finish(draft)
    held = trust_file.decode(file)
    assert held.trust_list == trust_list.decode(draft.trust_list)
    assert held.list_digest == draft.trust_list_digest
    assert held.roots[0] == FIRST.root
    assert held.root == (FIRST.root if draft.root is None else root.decode(draft.root))
    assert list(held.cancellations) == list(cancellations.decode(draft.cancellations))
    taken = memory.update(venue(), file, now=NOW + timedelta(days=1))
    assert taken.file == file
    assert memory.update(taken, file, now=NOW + timedelta(days=2)).file == file


def test_years_of_drafts_are_taken_by_a_venue_that_misses_some() -> None:
    """Lists, new roots, new officers, a kill note and what it ended, one after the other."""
    file, seen, late = CITY.file, venue(), venue()
    signers: tuple[SeedSigner, ...] = (*ROOTS, PUBLISHER)
    killed = CITY.signer("cohort")
    for step in range(1, 9):
        in_force, changes, new_root = trust_file.decode(file), {}, None
        if step == 2:
            new_root = next_root(in_force, exp=in_force.root.exp + 300 * DAY)
        if step == 4:
            new_root = next_root(in_force, roots=role(2, *NEW_ROOTS), publishers=role(2, *NEW_PUBLISHERS))
            signers = (*ROOTS[:2], *NEW_ROOTS, *NEW_PUBLISHERS)
        if step == 5:
            signers = NEW_PUBLISHERS
            file = publish.with_kill_note(file, publish.sign_kill_note(CITY.scope, killed))
            in_force = trust_file.decode(file)
            changes["keys"] = tuple(
                replace(key, compromised=key.key == killed.public_key) for key in in_force.trust_list.keys
            )
        at = NOW + timedelta(days=20 * step)
        if new_root is not None:
            changes["root"] = root.digest(new_root)
        new_list = replace(founding.renewed(in_force, TIMING, seconds(at)), **changes)
        draft = drafting.make(in_force, new_list, cancellations.encode(in_force.cancellations), TIMING, new_root)
        useful = {key for need in drafting.review(draft, in_force).needs for key in need.role.keys}
        by = [each for each in signers if each.public_key in useful]
        file = finish(signed_by(draft, *by, in_force=in_force), file, seconds(at))
        seen = memory.update(seen, file, now=at)
        if step % 3 == 2:
            late = memory.update(late, file, now=at)
        assert (killed.public_key in seen.killed) is (step >= 5)
    assert late.file == seen.file == file
    assert seen.trust.root.version == 3


def test_a_kill_note_stays_as_long_as_its_key_is_in_the_list() -> None:
    killed = CITY.signer("cohort")
    file = publish.with_kill_note(CITY.file, publish.sign_kill_note(CITY.scope, killed))
    in_force = trust_file.decode(file)
    keys = tuple(replace(key, compromised=key.key == killed.public_key) for key in in_force.trust_list.keys)
    after = finish(signed_by(a_draft(in_force, keys=keys), PUBLISHER, in_force=in_force), file)
    assert trust_file.decode(after).kill_notes == in_force.kill_notes

    in_force = trust_file.decode(after)
    end = max(key.verify_until for key in in_force.trust_list.keys)
    without = tuple(key for key in keys if not key.compromised)
    dates = {"issued": end, "next_update": end + DAY, "exp": end + 2 * DAY}
    draft = a_draft(in_force, next_root(in_force, exp=end + 9 * DAY), keys=without, **dates)
    signed = signed_by(draft, *ROOTS[:2], PUBLISHER, in_force=in_force)
    assert trust_file.decode(finish(signed, after, end)).kill_notes == {}


def test_make_is_a_draft_that_nobody_has_signed() -> None:
    new_list = next_list(root=root.digest(next_root()))
    made = drafting.make(FIRST, new_list, cancellations.encode([]), TIMING, next_root())
    assert made == NEW_ROOT
    assert not made.root_signatures
    assert not made.list_signatures
