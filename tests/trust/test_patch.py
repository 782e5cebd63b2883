"""A patch: whatever the city changes, a venue that applies it holds the city's new list, or nothing new at all."""

import dataclasses
from typing import Any

import pytest
from cities import CONTACT, DAY, NOW, City, signer
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import FIRST, ONE_KEY_OUT, REFUSED, TAKEN, File, build

from idcard import cbor_heads, cose
from idcard.ceremony import publish
from idcard.credential.calendar import noon_of_first, seconds
from idcard.errors import IdcardError, Malformed, Reason, Refused
from idcard.symbol import qr
from idcard.trust import cancellations, document, kill_note, paper, patch, root, trust_file, trust_list
from idcard.trust.paper import PosterKind
from idcard.trust.patch import OtherBase
from idcard.trust.trust_list import IssuingKey
from idcard.verify import memory

CITY = City()
PUBLISHER = CITY.signer("publisher")
KEYS = sorted(signer(f"issuing {number}").public_key for number in range(6))
VALUES = [bytes((number,)) * 10 for number in range(8)]
FOUNDED = seconds(NOW)
UNTIL = noon_of_first(12 * 2029)
CLASS = {1: 1, 2: "library", 3: [1], 6: 120}


def file_of(fields: dict[int, Any], cancelled: frozenset[bytes] = frozenset(), **parts: Any) -> bytes:
    """A trust file with this map as its list, signed; its digests of cancellations and root are the right ones."""
    values = cancellations.encode(cancelled)
    payload = cose.encode(fields | {8: cancellations.digest(values), 9: root.digest(CITY.root())})
    signed_list = publish.sign(payload, trust_list.KIND, CITY.scope, [PUBLISHER])
    notes = {4: parts["notes"]} if parts.get("notes") else {}
    return cose.encode({1: parts.get("roots", [CITY.sign_root()]), 2: signed_list, 3: values} | notes)


def renewed(city: City, days: int = 30, version: int = 2, **changes: Any) -> bytes:
    """The same city's file, made some days later."""
    issued = FOUNDED + days * DAY
    return city.trust_file(
        version=version, issued=issued, next_update=issued + 30 * DAY, exp=issued + 120 * DAY, **changes
    )


def one_more_key(city: City) -> bytes:
    first = trust_file.decode(city.file).trust_list.keys
    joins = IssuingKey(key=KEYS[0], classes=first[0].classes, verify_until=first[0].verify_until)
    return renewed(city, keys=tuple(sorted((*first, joins), key=lambda each: each.key)))


def rebuilt(data: bytes, changes: dict[int, Any]) -> bytes:
    """A patch with other fields; None takes one away."""
    fields = cose.decode(data) | changes
    return cose.encode({number: value for number, value in fields.items() if value is not None})


# ---- what the city changes ----

key_maps = st.fixed_dictionaries(
    {2: st.sampled_from([[1], [1, 2], []]), 3: st.sampled_from([UNTIL, noon_of_first(12 * 2030)])},
    optional={4: st.just(True), 10: st.integers(0, 3)},
)
list_maps = st.builds(
    lambda fields, keys: fields | {7: [{1: key} | keys[key] for key in sorted(keys)]},
    st.fixed_dictionaries(
        {
            1: st.integers(1, 9),
            2: st.just(FOUNDED),
            3: st.integers(FOUNDED + 1, FOUNDED + DAY),
            4: st.just(FOUNDED + 120 * DAY),
            5: st.sampled_from([CONTACT, "Frag das Bürgerbüro. ☎"]),
            6: st.sampled_from([[CLASS], [CLASS, {1: 2, 2: "museum", 3: [1], 6: 9}], []]),
        },
        optional={100: st.sampled_from([1, True, "x", [1, [b"y"]]]), 101: st.just({1: 2})},
    ),
    st.dictionaries(st.sampled_from(KEYS), key_maps),
)
files = st.builds(file_of, list_maps, st.frozensets(st.sampled_from(VALUES)))


@given(files, files)
def test_whatever_changes_the_new_file_comes_out(old: bytes, new: bytes) -> None:
    data = patch.make(old, new)
    assert patch.apply(old, data) == new
    assert trust_file.decode(new)


@given(files, files)
def test_the_same_change_is_the_same_bytes_and_deterministic_cbor(old: bytes, new: bytes) -> None:
    data = patch.make(old, new)
    assert patch.make(old, new) == data
    assert cose.encode(cose.decode(data)) == data


@given(files, files)
def test_a_patch_names_the_list_that_it_starts_from_and_the_one_that_it_leads_to(old: bytes, new: bytes) -> None:
    data = patch.make(old, new)
    assert cose.decode(data)[1] == trust_file.decode(old).list_digest[:16]
    assert cose.decode(data)[10] == trust_file.decode(new).list_digest[:16]


@given(files, files, files)
def test_another_list_is_no_base(old: bytes, new: bytes, held: bytes) -> None:
    data = patch.make(old, new)
    if trust_file.decode(held).list_digest in {trust_file.decode(each).list_digest for each in (old, new)}:
        assert patch.apply(held, data) == new
    else:
        with pytest.raises(OtherBase):
            patch.apply(held, data)


def test_a_newer_list_and_an_older_one_are_no_base() -> None:
    older, old, new, newer = (renewed(CITY, days=10 * number, version=number) for number in (1, 2, 3, 4))
    for held in (older, newer, City(id="shelbyville").file):
        with pytest.raises(OtherBase, match=r"^the update starts from another trust list than this computer has$"):
            patch.apply(held, patch.make(old, new))


def test_what_did_not_change_is_not_in_it() -> None:
    assert cose.decode(patch.make(CITY.file, CITY.file)).keys() == {1, 6, 10}
    fields = cose.decode(patch.make(CITY.file, renewed(CITY)))
    assert fields.keys() == {1, 2, 6, 10}
    assert fields[2].keys() == {1, 2, 3, 4}


def test_a_key_that_changes_is_there_whole_and_one_that_leaves_by_its_kid() -> None:
    keys = trust_file.decode(CITY.file).trust_list.keys
    gone, ended, *same = keys
    changed = dataclasses.replace(ended, compromised=True)
    fields = cose.decode(patch.make(CITY.file, renewed(CITY, keys=(changed, *same))))
    assert fields[4] == [cose.kid(gone.key)]
    assert fields[5] == [{1: ended.key, 2: sorted(ended.classes), 3: ended.verify_until, 4: True}]


def test_cancellations_leave_and_join() -> None:
    old = renewed(CITY, cancelled=VALUES[:3])
    new = renewed(CITY, version=3, cancelled=VALUES[1:5])
    data = patch.make(old, new)
    assert cose.decode(data)[8] == [VALUES[0], VALUES[3] + VALUES[4]]
    assert patch.apply(old, data) == new


def test_true_and_1_are_two_values() -> None:
    fields = {1: 1, 2: FOUNDED, 3: FOUNDED + 1, 4: FOUNDED + 1, 5: CONTACT, 6: [], 7: []}
    old, new = file_of(fields | {100: 1}), file_of(fields | {100: True})
    assert patch.apply(old, patch.make(old, new)) == new


# ---- roots ----


@pytest.mark.parametrize("story", TAKEN.values(), ids=TAKEN)
def test_what_a_venue_takes_as_a_file_it_takes_as_a_patch(story: list[File]) -> None:
    *_, old, new = map(build, story)
    held = memory.install(old, fingerprint=None, now=NOW)
    by_file = memory.update(held, new, now=NOW).trust
    by_patch = memory.update(held, patch.apply(old, patch.make(old, new)), now=NOW).trust
    assert (by_patch.root, by_patch.trust_list) == (by_file.root, by_file.trust_list)
    assert by_patch.roots[: len(held.trust.roots)] == held.trust.roots


@pytest.mark.parametrize(("story", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_a_venue_refuses_as_a_file_no_patch_brings_in(story: list[File], reason: Reason) -> None:
    *_, old, new = map(build, story)
    held = memory.install(old, fingerprint=None, now=NOW)
    try:
        data = patch.make(old, new)
    except Malformed:
        assert reason in {Reason.TRUST_FOREIGN, Reason.TRUST_GAP, Reason.TRUST_ROLLBACK}
        return
    with pytest.raises(Refused) as refused:
        memory.update(held, patch.apply(old, data), now=NOW)
    assert refused.value.reason is reason


def test_roots_that_the_venue_has_already_are_not_added_again() -> None:
    """No trust file that holds has them: its list would name the last of them, and so be no base."""
    old, new = build(File()), build(File(roots=(FIRST, ONE_KEY_OUT), list_version=2))
    between = cose.encode(cose.decode(old) | {1: cose.decode(new)[1]})
    assert patch.apply(between, patch.make(old, new)) == new


def test_a_root_is_its_payload_whoever_signed_it() -> None:
    old = CITY.trust_file(roots=[CITY.sign_root(signers=CITY.root_signers[1:])])
    result = patch.apply(old, patch.make(old, renewed(CITY)))
    assert trust_file.decode(result).list_digest == trust_file.decode(renewed(CITY)).list_digest


@pytest.mark.parametrize("other", [City(id="shelbyville"), City(now=NOW.replace(year=2025))], ids=lambda city: city.id)
def test_a_file_of_another_root_does_not_continue(other: City) -> None:
    with pytest.raises(Malformed, match="does not continue"):
        patch.make(CITY.file, other.file)


# ---- kill notes ----


def kill(key_name: str) -> bytes:
    by = CITY.signer(key_name)
    return publish.sign(kill_note.encode(by.public_key), kill_note.KIND, CITY.scope, [by])


def with_notes(file: bytes, *notes: bytes) -> bytes:
    return cose.encode(cose.decode(file) | {4: sorted(notes)})


def test_kill_notes_are_those_of_the_new_file() -> None:
    one, both = (kill("cohort"),), (kill("cohort"), kill("revocable"))
    plain = renewed(CITY)
    for old, new in ((CITY.file, with_notes(plain, *one)), (with_notes(CITY.file, *one), with_notes(plain, *both)),
                     (with_notes(CITY.file, *both), plain)):  # fmt: skip
        trust_file.decode(new)
        assert patch.apply(old, patch.make(old, new)) == new


def test_a_venue_that_has_the_new_list_gets_its_kill_notes() -> None:
    new = renewed(CITY)
    noted = with_notes(new, kill("cohort"))
    data = patch.make(CITY.file, noted)
    assert patch.apply(new, data) == noted == patch.apply(noted, data)
    held = memory.install(new, fingerprint=None, now=NOW)
    assert memory.update(held, patch.apply(new, data), now=NOW).killed == {CITY.signer("cohort").public_key}


def test_a_venue_that_has_the_new_list_keeps_all_else() -> None:
    """Its roots, whoever signed them, and where the patch has no kill notes its own."""
    data = patch.make(CITY.file, renewed(CITY))
    for held in (
        with_notes(renewed(CITY), kill("cohort")),
        renewed(CITY, roots=[CITY.sign_root(signers=CITY.root_signers[1:])]),
    ):
        assert patch.apply(held, data) == held


@pytest.mark.parametrize(
    "changes",
    [{7: [CITY.sign_root()]}, {8: [b"", bytes(10)]}, {2: {1: 9}}, {5: []}, {6: [[bytes(4), bytes(64)]]}],
    ids=lambda changes: ",".join(map(str, changes)),
)
def test_where_the_target_is_there_already_nothing_but_kill_notes_comes_in(changes: dict[int, Any]) -> None:
    assert patch.apply(NEW, rebuilt(RICH, changes)) == NEW


def test_a_kill_note_alone_is_a_change() -> None:
    new = with_notes(CITY.file, kill("cohort"))
    assert patch.apply(CITY.file, patch.make(CITY.file, new)) == new


# ---- what a patch cannot carry ----


def test_a_part_of_the_file_that_no_patch_knows_is_refused_when_it_is_made() -> None:
    new = cose.encode(cose.decode(renewed(CITY)) | {5: b"of a later version"})
    with pytest.raises(Malformed, match="a part that a patch cannot carry"):
        patch.make(CITY.file, new)


def test_such_a_part_of_the_old_file_does_not_stay() -> None:
    old = cose.encode(cose.decode(CITY.file) | {5: b"of a later version"})
    assert patch.apply(old, patch.make(old, renewed(CITY))) == renewed(CITY)


def test_a_list_whose_keys_are_not_sorted_is_not_what_a_patch_makes() -> None:
    fields = {1: 1, 2: FOUNDED, 3: FOUNDED + 1, 4: FOUNDED + 1, 5: CONTACT, 6: []}
    keys = [{1: key, 2: [1], 3: UNTIL} for key in KEYS]
    with pytest.raises(Malformed):
        patch.make(CITY.file, file_of(fields | {7: keys[::-1]}))


@pytest.mark.parametrize("bad", [b"", b"\xa0", b"not a trust file", bytes(100)])
def test_what_is_no_trust_file(bad: bytes) -> None:
    for old, new in ((bad, CITY.file), (CITY.file, bad)):
        with pytest.raises(Malformed):
            patch.make(old, new)


# ---- damage ----


def rich() -> tuple[bytes, bytes, bytes]:
    """Old file, new file and a patch that has every field."""
    _, *keys = trust_file.decode(CITY.file).trust_list.keys
    joins = IssuingKey(key=KEYS[0], classes=frozenset({1}), verify_until=UNTIL)
    roots = cose.decode(build(File(roots=(FIRST, ONE_KEY_OUT))))[1]
    held = CITY.trust_list(
        root=document.digest(cose.decode_sign(roots[0]).payload, root.KIND),
        cancellations=cancellations.digest(cancellations.encode(VALUES[:2])),
    )
    old_list = cose.encode(cose.decode(trust_list.encode(held)) | {100: 1})
    old = trust_file.encode(
        roots[:1],
        publish.sign(old_list, trust_list.KIND, CITY.scope, [PUBLISHER]),
        cancellations.encode(VALUES[:2]),
    )
    new = with_notes(
        renewed(
            CITY,
            roots=roots,
            keys=tuple(sorted((*keys, joins), key=lambda each: each.key)),
            cancelled=VALUES[1:3],
        ),
        *(kill(name) for name in ("cohort", "revocable") if CITY.signer(name).public_key in {key.key for key in keys}),
    )
    return old, new, patch.make(old, new)


OLD, NEW, RICH = rich()


def test_the_patch_that_is_damaged_below_has_every_field() -> None:
    assert cose.decode(RICH).keys() == set(range(1, 11))
    assert patch.apply(OLD, RICH) == NEW


@pytest.mark.parametrize("flip", [0x01, 0x02, 0x20, 0x80, 0xFF])
def test_one_flipped_byte_never_leads_to_another_file_that_is_accepted(flip: int) -> None:
    said = trust_file.decode(NEW)
    for at in range(len(RICH)):
        damaged = RICH[:at] + bytes((RICH[at] ^ flip,)) + RICH[at + 1 :]
        try:
            trust = trust_file.decode(patch.apply(OLD, damaged))
        except (Malformed, OtherBase, Refused):
            continue
        assert dataclasses.replace(trust, cancellations=said.cancellations) == said, at


@pytest.mark.parametrize("size", range(0, len(RICH), 37))
def test_a_patch_cut_short_is_malformed(size: int) -> None:
    with pytest.raises(Malformed):
        patch.apply(OLD, RICH[:size])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({1: None}, id="no base"),
        pytest.param({1: bytes(15)}, id="a base of 15 bytes"),
        pytest.param({2: []}, id="fields that are no map"),
        pytest.param({2: cose.decode(RICH)[2] | {7: []}}, id="issuing keys as a field"),
        pytest.param({3: [*cose.decode(RICH)[3], 7]}, id="issuing keys leave as a field"),
        pytest.param({3: [*cose.decode(RICH)[3], [1]]}, id="a field that leaves and is no number"),
        pytest.param({3: [*cose.decode(RICH)[3], True]}, id="a field that leaves and is true"),
        pytest.param({3: {}}, id="fields that leave and are no list"),
        pytest.param({4: [1]}, id="a kid that is no byte string"),
        pytest.param({4: [[]]}, id="a kid that is a list"),
        pytest.param({5: [1]}, id="a key that is no map"),
        pytest.param({5: [{2: [1]}]}, id="a key without its key"),
        pytest.param({5: [{1: bytes(31)}]}, id="a key of 31 bytes"),
        pytest.param({6: None}, id="no signatures"),
        pytest.param({6: []}, id="an empty list of signatures"),
        pytest.param({6: [[bytes(4)]]}, id="a signature without its bytes"),
        pytest.param({6: [[bytes(4), bytes(63)]]}, id="a signature of 63 bytes"),
        pytest.param({6: [[bytes(3), bytes(64)]]}, id="a kid of 3 bytes"),
        pytest.param({6: [[bytes(4), bytes(64)]] * 2}, id="one kid twice"),
        pytest.param({7: [1]}, id="a root that is no byte string"),
        pytest.param({7: [b"root"]}, id="a root that is no document"),
        pytest.param({8: [b""]}, id="cancellations that only leave"),
        pytest.param({8: [b"", bytes(9)]}, id="a cancellation of 9 bytes"),
        pytest.param({8: b""}, id="cancellations that are no list"),
        pytest.param({9: b"notes"}, id="kill notes that are no list"),
        pytest.param({10: None}, id="no target"),
        pytest.param({10: bytes(16)}, id="another target"),
        pytest.param({2: None}, id="a change is missing"),
        pytest.param({2: {1: 1}}, id="another change"),
    ],
)
def test_malformed(changes: dict[int, Any]) -> None:
    with pytest.raises(Malformed):
        patch.apply(OLD, rebuilt(RICH, changes))


def test_an_unknown_field_is_ignored_and_a_negative_one_needs_a_newer_program() -> None:
    assert patch.apply(OLD, rebuilt(RICH, {11: b"later"})) == NEW
    with pytest.raises(Refused) as refused:
        patch.apply(OLD, rebuilt(RICH, {-1: 1}))
    assert refused.value.reason is Reason.NEWER_PROGRAM


values = st.recursive(
    st.integers(-2, 20) | st.booleans() | st.binary(max_size=70) | st.sampled_from(["x", KEYS[0], bytes(4), bytes(10)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(-1, 9), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.integers(2, 11), values, max_size=4))
@settings(max_examples=400)
def test_whatever_stands_in_a_patch_there_is_a_file_or_an_error_of_this_package(changes: dict[int, Any]) -> None:
    try:
        result = patch.apply(OLD, rebuilt(RICH, changes))
        trust = trust_file.decode(result)
    except IdcardError:
        return
    assert trust.list_digest == trust_file.decode(NEW).list_digest


# ---- size ----


def test_a_patch_is_not_larger_than_a_trust_file_may_be() -> None:
    with pytest.raises(Malformed, match="larger than"):
        patch.apply(OLD, rebuilt(RICH, {11: bytes(trust_file.MAX_SIZE)}))


def test_nor_is_what_it_makes() -> None:
    many = b"".join(number.to_bytes(10, "big") for number in range(trust_file.MAX_SIZE // 10 - 200))
    data = rebuilt(RICH, {8: [b"", many]})
    assert len(data) <= trust_file.MAX_SIZE
    padded = cose.decode(OLD)
    padded[1] *= 10
    with pytest.raises(Refused, match="trust-too-large"):
        patch.apply(cose.encode(padded), data)


def test_nor_is_a_file_that_gets_kill_notes_alone() -> None:
    padded = cose.decode(NEW)
    padded[3] = cose.encode(bytes(trust_file.MAX_SIZE - len(NEW) - 100))
    assert len(cose.encode(padded)) <= trust_file.MAX_SIZE
    with pytest.raises(Refused, match="trust-too-large"):
        patch.apply(cose.encode(padded), rebuilt(RICH, {9: [bytes(500)]}))


def test_a_renewal_and_a_new_key_each_fit_one_code_of_version_20() -> None:
    for new, most_bytes, most_version in ((renewed(CITY), 150, 10), (one_more_key(CITY), 250, 12)):
        data = patch.make(CITY.file, new)
        (text,) = paper.encode(PosterKind.PATCH, data)
        assert len(data) <= most_bytes
        assert qr.draw(text, level="M", max_version=20).version <= most_version


def test_the_name_of_a_list_is_the_beginning_of_its_digest() -> None:
    payload = cose.decode_sign(cose.decode(CITY.file)[2]).payload
    assert cose.decode(patch.make(CITY.file, CITY.file))[1] == document.digest(payload, "idcard.list")[:16]


def test_no_more_fields_leave_than_a_map_can_have() -> None:
    """Integers that somebody chose for it collide in a set."""
    made = cose.decode(patch.make(CITY.file, renewed(CITY)))
    most = [*range(1000, 1000 + cbor_heads.MAX_ENTRIES)]
    assert patch.apply(CITY.file, cose.encode(made | {3: most})) == patch.apply(CITY.file, cose.encode(made))
    with pytest.raises(Malformed, match="more than there can be"):
        patch.apply(CITY.file, cose.encode(made | {3: [*most, 2000]}))
