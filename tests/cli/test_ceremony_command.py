"""`idcard trust draft|sign|finish|renew|kill|diff`: from what the plan says to what venues take, through many hands."""

import itertools
import json
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cities import HANDLE, City
from command import ACCEPT, CANNOT_SAY, CTRL_C, REJECT, USAGE, Ended, Office, files_under, idcard
from idcard_cli.fingerprint import fingerprint_words

from idcard import cose
from idcard.ceremony import drafting, publish
from idcard.credential.text import Environment
from idcard.trust import paper, public_key, trust_file, trust_list
from idcard.verify import memory

NEXT_DAY = "2026-11-23 12:00"
JANUARY = "2027-01-04 09:00"


def moment(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def kid_of(key_path: Path) -> str:
    """The kid in the public half of a key file."""
    [public] = [line for line in key_path.read_text("ascii").splitlines() if line.startswith("public: ")]
    return public.split(".")[3]


def sign(office: Office, draft: Path, key: Path, *options: object) -> Ended:
    named = ("--trust", office.trust, "--key", key)
    return office.run("trust", "sign", draft, *named, *office.secret, *options, at=office.when(draft))


def finish(office: Office, *paths: Path) -> Ended:
    return office.run("trust", "finish", *paths, *office.here, at=office.when(paths[0]))


def taken(office: Office, before: bytes, at: str) -> memory.Memory:
    """The memory of a venue that had the file `before`, and takes the one in force now."""
    old = memory.install(before, fingerprint=None, now=moment(office.at))
    return memory.update(old, office.trust.read_bytes(), now=moment(at))


def make_key(office: Office, name: str, kind: str) -> str:
    """A new key of an officer, in their own file; its public half."""
    made = ("key", "make", office.home / "officers" / name, "--kind", kind, "--environment", "test")
    return office.done(*made, *office.secret).strip()


@pytest.fixture(scope="module")
def made_of_two(opened: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A city in which two of two publishers must sign; only to be read."""
    home = tmp_path_factory.mktemp("two")
    shutil.copytree(opened.home, home, dirs_exist_ok=True)
    office = replace(opened, home=home)
    second = make_key(office, "publisher-2.key", "publisher")
    draft = office.draft("--add-publisher", second, "--publisher-threshold", "2", at="2026-11-22 13:00")
    officers = [office.root(1), office.root(2), office.publisher, home / "officers/publisher-2.key"]
    office.finish(office.sign(draft, *officers))
    draft.unlink()
    return replace(office, at="2026-11-22 13:00")


@pytest.fixture
def two(made_of_two: Office, tmp_path: Path) -> Office:
    shutil.copytree(made_of_two.home, tmp_path / "two")
    return replace(made_of_two, home=tmp_path / "two")


def publishers(office: Office) -> list[Path]:
    return [office.publisher, office.home / "officers/publisher-2.key"]


# ---- draft ----


def test_a_draft_says_what_changes_who_must_sign_and_what_to_do(office: Office) -> None:
    office.rotate(JANUARY)
    path = office.home / "next.iddraft"
    before = office.contents()
    ended = office.run("trust", "draft", *office.here, "--out", path, at=JANUARY)
    cohort, revocable = (each.kid.hex() for each in office.plan().keys[8:])
    joins = {
        f"issuing key {cohort} joins: library, museum, pool, theatre, codes until 2030-01-01",
        f"issuing key {revocable} joins: pharmacy, codes until 2029-01-01",
    }
    city, words, first, *middle, last = ended.out.splitlines()
    assert ended.code == ACCEPT
    assert city == f"Springfield (springfield, test), fingerprint {office.held().fingerprint.hex(' ', 2)}"
    assert words == f"in words    {fingerprint_words(office.held().fingerprint)}"
    assert first == (
        "trust list 2 of 2027-01-04 replaces list 1 of 2026-11-22; "
        "the next is due by 2027-02-03, and it expires on 2027-05-04"
    )
    assert set(middle) == joins
    assert last == f"trust list 2: 0 of 1 signatures, waiting for: {kid_of(office.publisher)}"
    assert ended.err == f"idcard: take {path} to each officer, with a copy of {office.trust}: idcard trust sign\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert office.contents() == before
    assert drafting.decode(path.read_bytes()).base == office.held().list_digest


def test_what_stands_there_is_never_written_over(office: Office) -> None:
    (office.home / "mine").write_text("mine")
    for command in (["draft", *office.here], ["renew", *office.here, *office.secret]):
        ended = office.run("trust", *command, "--out", office.home / "mine", at=NEXT_DAY)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "already exists" in ended.err
    assert (office.home / "mine").read_text() == "mine"


# ---- one publisher, one draft ----


def test_from_a_draft_to_the_venues(office: Office) -> None:
    before = office.trust.read_bytes()
    office.rotate(JANUARY)
    draft = office.draft(at=JANUARY)
    signed = sign(office, draft, office.publisher, "--yes")
    assert signed.code == ACCEPT
    assert signed.out.splitlines()[-2:] == [
        f"trust list 2: 0 of 1 signatures, waiting for: {kid_of(office.publisher)}",
        "trust list 2: 1 of 1 signatures",
    ]
    assert signed.err == "idcard: complete: idcard trust finish publishes it\n"
    ended = finish(office, draft)
    assert (ended.code, ended.out, ended.err) == (
        ACCEPT,
        f"{office.trust}: trust list 2, give it to every venue\n",
        "",
    )
    assert stat.S_IMODE(office.trust.stat().st_mode) == 0o644
    assert taken(office, before, JANUARY).trust.trust_list.version == 2
    assert {each.ready for each in office.plan().keys[8:]} == {int(moment("2027-05-06 09:00").timestamp())}


def test_to_finish_twice_is_quiet(office: Office) -> None:
    draft = office.sign(office.draft(at=NEXT_DAY))
    office.finish(draft)
    before = office.contents()
    ended = finish(office, draft)
    assert (ended.code, ended.out, ended.err) == (ACCEPT, f"{office.trust}: trust list 2 is published already\n", "")
    assert office.contents() == before


def test_to_finish_again_mends_a_plan_that_was_not_written(office: Office) -> None:
    """The trust file is written first; a crash between the two loses nothing."""
    office.rotate(JANUARY)
    draft = office.sign(office.draft(at=JANUARY))
    old = (office.folder / "city.json").read_bytes()
    office.finish(draft)
    wanted = office.contents()
    (office.folder / "city.json").write_bytes(old)
    status = office.done("key", "status", *office.here, at=JANUARY)
    assert status.count("standby, ready from 2027-05-06") == 2
    office.finish(draft)
    assert office.contents() == wanted


def test_below_the_threshold_nothing_is_published_and_who_is_missing_is_named(office: Office) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = office.contents()
    ended = finish(office, draft)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == f"idcard: trust list 2: 0 of 1 signatures, waiting for: {kid_of(office.publisher)}\n"
    assert office.contents() == before


# ---- the signer sees what changes, and can say no ----


def test_the_signer_sees_what_changes_and_can_say_no(office: Office) -> None:
    lost = office.key("cohort", "2026-Q4")
    office.done("key", "distrust", lost.kid.hex(), *office.here, "--yes")
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    command = ("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret)
    ended = office.on_terminal(*command, answers=[("Sign this?", "n\n")])
    assert ended.code == CANNOT_SAY
    shown = ended.out[: ended.out.index("Sign this? [y/N]: ")]
    assert "trust list 2 of 2026-11-23 replaces list 1 of 2026-11-22" in shown
    assert (
        f"DISTRUSTED: issuing key {lost.kid.hex()}; all its codes are refused (library, museum, pool, theatre)" in shown
    )
    assert draft.read_bytes() == before
    ended = office.on_terminal(*command, answers=[("Sign this?", "y\n")])
    assert ended.code == ACCEPT
    assert ended.out.endswith("idcard: complete: idcard trust finish publishes it\n")
    assert draft.read_bytes() != before


def test_the_passphrase_is_asked_for_after_the_consent(office: Office, passphrase: str) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    command = ("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher)
    ended = office.on_terminal(*command, answers=[("Sign this?", "y\n"), (f"Passphrase of {office.publisher}", CTRL_C)])
    assert ended.code == CANNOT_SAY
    assert draft.read_bytes() == before
    ended = office.on_terminal(
        *command, answers=[("Sign this?", "y\n"), (f"Passphrase of {office.publisher}", f"{passphrase}\n")]
    )
    assert ended.code == ACCEPT
    assert passphrase not in ended.out


def test_without_a_terminal_nobody_signs_unless_told_to(office: Office) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    ended = sign(office, draft, office.publisher)
    assert ended.code == USAGE
    assert "there is no terminal to ask for confirmation; give --yes" in ended.err
    assert draft.read_bytes() == before


def test_an_officer_signs_away_from_the_city(office: Office) -> None:
    """A draft, a copy of the trust file and a key: no city folder, no network."""
    home = office.home / "elsewhere"
    home.mkdir()
    office.draft("--new-root", at=NEXT_DAY).rename(home / "next.iddraft")
    shutil.copy(office.trust, home)
    shutil.copy(office.root(2), home)
    office.folder.rename(office.home / "gone")
    command = ("trust", "sign", home / "next.iddraft", "--trust", home / "city.idtrust", "--key", home / "root-2.key")
    assert office.run(*command, *office.secret, "--yes").code == ACCEPT
    assert files_under(home) == {"next.iddraft", "next.iddraft.lock", "city.idtrust", "root-2.key"}
    assert stat.S_IMODE((home / "next.iddraft").stat().st_mode) == 0o644


def test_best_is_the_trust_file_that_the_officers_own_computer_remembers(office: Office) -> None:
    """It cannot be older than one that this computer has seen, and nobody hands it over with the draft."""
    venue = office.home / "memory"
    command = ("--key", office.publisher, *office.secret, "--yes", "--memory", venue)
    office.done("venue", "install", office.trust, "--in-person", "--memory", venue)
    office.publish(at=NEXT_DAY)
    draft = office.draft(at="2026-11-24 12:00")
    before = draft.read_bytes()
    ended = office.run("trust", "sign", draft, *command)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "this computer remembers list 1, and the draft replaces list 2: first idcard venue update" in ended.err
    assert draft.read_bytes() == before
    office.done("venue", "update", office.trust, "--memory", venue, at="2026-11-24 12:00")
    assert "trust list 3: 1 of 1 signatures\n" in office.done("trust", "sign", draft, *command)
    office.finish(draft)


def test_without_either_nothing_is_signed(office: Office) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    ended = office.run(
        *("trust", "sign", draft, "--key", office.publisher, *office.secret, "--yes"),
        *("--memory", office.home / "nowhere"),
    )
    assert (ended.code, ended.out) == (USAGE, "")
    assert "no trust file is installed on this computer" in ended.err
    assert draft.read_bytes() == before


def wrong_passphrase(office: Office) -> list[object]:
    (office.home / "wrong.txt").write_text("incorrect horse battery\n")
    return ["--key", office.publisher, "--passphrase-file", office.home / "wrong.txt"]


def a_root_key(office: Office) -> list[object]:
    return ["--key", office.root(1), *office.secret]


def an_issuing_key(office: Office) -> list[object]:
    return ["--key", office.key_path(office.key("cohort", "2026-Q4")), *office.secret]


def a_new_key(office: Office) -> list[object]:
    make_key(office, "stranger.key", "publisher")
    return ["--key", office.home / "officers/stranger.key", *office.secret]


def no_key(office: Office) -> list[object]:
    return ["--key", office.home / "nowhere.key", *office.secret]


def no_key_file(office: Office) -> list[object]:
    return ["--key", office.trust, *office.secret]


def a_token_key(office: Office) -> list[object]:
    text = office.publisher.read_text("ascii")
    public = text.split("public: ")[1].split("\n")[0]
    (office.home / "token.key").write_text(
        "-----BEGIN IDCARD TOKEN KEY-----\n"
        f"public: {public}\ntoken: office\nid: {'0' * 32}\n-----END IDCARD TOKEN KEY-----\n"
    )
    return ["--key", office.home / "token.key", *office.secret]


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (wrong_passphrase, "the passphrase is wrong"),
        (a_root_key, "signs nothing in this draft"),
        (an_issuing_key, "signs nothing in this draft"),
        (a_new_key, "signs nothing in this draft"),
        (no_key, "no such file or directory"),
        (no_key_file, "city.idtrust is not a key file"),
        (a_token_key, "name the library of the token with --pkcs11-module"),
    ],
)
def test_who_cannot_sign_leaves_the_draft_as_it_was(
    office: Office, by: Callable[[Office], list[object]], says: str
) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    ended = office.run("trust", "sign", draft, "--trust", office.trust, *by(office), "--yes")
    assert ended.code == USAGE
    assert says in ended.err
    assert draft.read_bytes() == before


def test_a_key_that_was_made_for_real_cards_signs_nothing_in_a_test_city(office: Office) -> None:
    """No key serves both, even where somebody wrote another environment into its public text."""
    key = office.home / "officers/real.key"
    made = office.done("key", "make", key, "--kind", "root", "--environment", "production", *office.secret)
    draft = office.draft("--add-root", made.strip().replace(".production.", ".test."), at=NEXT_DAY)
    before = draft.read_bytes()
    ended = sign(office, draft, key, "--yes")
    assert ended.code == USAGE
    assert f"{key} is not a key of a test city" in ended.err
    assert draft.read_bytes() == before


def test_a_signature_goes_into_the_draft_whole_or_not_at_all(office: Office) -> None:
    draft = office.draft(at=NEXT_DAY)
    before = draft.read_bytes()
    full = "import os\ndef full(*_): raise OSError(28, os.strerror(28), 'disk')\nos.fsync = full\n"
    ended = office.run(
        *("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret, "--yes"),
        prelude=full,
    )
    assert ended.code == USAGE
    assert draft.read_bytes() == before
    assert not [path for path in office.home.iterdir() if path.name.startswith(".")]


# ---- drafts that are damaged, altered, strange ----


def altered(office: Office, change: Callable[[drafting.Draft], drafting.Draft], path: Path) -> None:
    path.write_bytes(drafting.encode(change(drafting.decode(path.read_bytes()))))


def test_a_draft_that_was_altered_after_it_was_signed_is_refused(office: Office) -> None:
    draft = office.sign(office.draft(at=NEXT_DAY))

    def longer(made: drafting.Draft) -> drafting.Draft:
        current = trust_list.decode(made.trust_list)
        return replace(made, trust_list=trust_list.encode(replace(current, contact="Ask somebody else.")))

    altered(office, longer, draft)
    before, data = office.contents(), draft.read_bytes()
    kid = kid_of(office.publisher)
    for ended, says in (
        (finish(office, draft), f"trust list 2: 0 of 1 signatures, waiting for: {kid}"),
        (
            sign(office, draft, office.publisher, "--yes"),
            f"the signature of {kid} is wrong; take a copy of the draft without it",
        ),
    ):
        assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: {says}\n")
    assert office.contents() == before
    assert draft.read_bytes() == data


def test_a_draft_that_is_damaged_anywhere_publishes_nothing_else(office: Office) -> None:
    """Every byte in turn: refused, or a signature is lost. Nothing is published, and nothing is half written."""
    draft = office.sign(office.draft(at=NEXT_DAY))
    data, before = draft.read_bytes(), office.contents()
    places = {*range(0, len(data), 23), *range(12), *range(len(data) - 12, len(data))}
    for place in sorted(places):
        draft.write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
        ended = finish(office, draft)
        assert (ended.code, ended.out) == (USAGE, ""), place
        assert office.contents() == before
    for length in (0, 1, 5, 60, len(data) - 1):
        draft.write_bytes(data[:length])
        for ended in (finish(office, draft), sign(office, draft, office.publisher, "--yes")):
            assert (ended.code, ended.out) == (USAGE, "")
            assert ended.err == "idcard: this is not a draft, or it is damaged\n"
        assert draft.read_bytes() == data[:length]
    assert office.contents() == before


@pytest.mark.parametrize("what", ["nothing", "a folder", "a trust file", "a key", "something huge"])
def test_what_is_no_draft_is_refused_and_left_alone(office: Office, what: str) -> None:
    path = office.home / "strange" / "next.iddraft"
    if what != "nothing":
        path.parent.mkdir()
    match what:
        case "a folder":
            path.mkdir()
        case "a trust file":
            shutil.copy(office.trust, path)
        case "a key":
            shutil.copy(office.publisher, path)
        case "something huge":
            with path.open("wb") as file:
                file.truncate((2 << 20) + 1)
    before = sorted(office.home.rglob("*"))
    for ended in (sign(office, path, office.publisher, "--yes"), finish(office, path)):
        assert (ended.code, ended.out) == (USAGE, "")
    assert sorted(each for each in office.home.rglob("*") if each.name != "city.json.lock") == before


def test_a_draft_from_another_trust_file_is_neither_signed_nor_published(office: Office) -> None:
    old = office.sign(office.draft(at=NEXT_DAY, name="old.iddraft"))
    office.publish(at="2026-11-24 12:00")
    before, data = office.contents(), old.read_bytes()
    says = "the draft was made from another trust file than the one in force (list 2); make a new draft"
    for ended in (finish(office, old), sign(office, old, office.publisher, "--yes")):
        assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: {says}\n")
    assert office.contents() == before
    assert old.read_bytes() == data


def test_an_officer_with_an_old_copy_of_the_trust_file_cannot_be_shown_less(office: Office) -> None:
    """What changes is worked out from the officer's own copy, never taken from the draft."""
    shutil.copy(office.trust, office.home / "old.idtrust")
    office.publish(at=NEXT_DAY)
    draft = office.draft(at="2026-11-24 12:00")
    command = ("trust", "sign", draft, "--trust", office.home / "old.idtrust", "--key", office.publisher)
    ended = office.run(*command, *office.secret, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "old.idtrust is list 1, and the draft replaces list 2: name the newest one with --trust" in ended.err


def test_a_computer_that_missed_an_update_is_told_so(office: Office, tmp_path: Path) -> None:
    """The draft is good: nothing has to be made anew."""
    memory = ("--memory", tmp_path / "venue.idmemory")
    office.done("venue", "install", office.trust, *memory, "--in-person")
    office.publish(at=NEXT_DAY)
    draft = office.draft(at="2026-11-24 12:00")
    command = ("trust", "sign", draft, *memory, "--key", office.publisher, *office.secret, "--yes")
    ended = office.run(*command, at="2026-11-24 12:00")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(
        "idcard: this computer remembers list 1, and the draft replaces list 2: first idcard venue update, with the "
    )
    office.done("venue", "update", office.trust, *memory, at="2026-11-24 12:00")
    office.done(*command, at="2026-11-24 12:00")


def test_the_draft_of_another_city_is_refused(office: Office, two: Office) -> None:
    draft = two.draft(at=NEXT_DAY)
    for ended in (finish(office, draft), sign(office, draft, office.publisher, "--yes")):
        assert (ended.code, ended.out) == (USAGE, "")
        assert "another trust file" in ended.err


def test_two_different_drafts_are_not_put_together(office: Office) -> None:
    one = office.sign(office.draft(at=NEXT_DAY))
    other = office.sign(office.draft(at="2026-11-24 12:00", name="other.iddraft"))
    before = office.contents()
    ended = finish(office, one, other)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: these are two different drafts; sign copies of one\n"
    assert office.contents() == before


def test_to_finish_something_is_to_be_named(opened: Office) -> None:
    ended = opened.run("trust", "finish", *opened.here)
    assert (ended.code, ended.out) == (USAGE, "")


# ---- two publishers ----


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1))))
def test_two_publishers_sign_copies_apart_and_these_are_put_together(two: Office, order: Sequence[int]) -> None:
    before = two.trust.read_bytes()
    draft = two.draft(at=NEXT_DAY)
    copies = [Path(shutil.copy(draft, two.home / f"copy-{number}.iddraft")) for number in (0, 1)]
    other = [kid_of(path) for path in reversed(publishers(two))]
    for copy, publisher, missing in zip(copies, publishers(two), other, strict=True):
        signed = sign(two, copy, publisher, "--yes")
        assert signed.out.splitlines()[-1] == f"trust list 3: 1 of 2 signatures, waiting for: {missing}"
        assert signed.err == ""
        refused = finish(two, copy)
        assert (refused.code, refused.out) == (USAGE, "")
        assert refused.err == f"idcard: trust list 3: 1 of 2 signatures, waiting for: {missing}\n"
    assert two.trust.read_bytes() == before
    assert two.finish(*(copies[number] for number in order)).endswith("trust list 3, give it to every venue\n")
    assert taken(two, before, NEXT_DAY).trust.trust_list.version == 3


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1))))
def test_or_one_copy_one_after_the_other(two: Office, order: Sequence[int]) -> None:
    draft = two.sign(two.draft(at=NEXT_DAY), *(publishers(two)[number] for number in order))
    assert "trust list 3, give it" in two.finish(draft)


def test_a_publisher_who_signs_twice_is_one(two: Office) -> None:
    draft = two.draft(at=NEXT_DAY)
    two.sign(draft, two.publisher, two.publisher)
    assert "1 of 2 signatures" in finish(two, draft).err


def test_renewing_with_two_publishers_needs_a_place_for_the_draft(two: Office) -> None:
    before = two.contents()
    ended = two.run("trust", "renew", *two.here, *two.secret, at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "more publishers must sign: give --out for the draft" in ended.err
    assert two.contents() == before
    draft = two.home / "renewed.iddraft"
    said = two.done("trust", "renew", *two.here, *two.secret, "--out", draft, at=NEXT_DAY)
    second = publishers(two)[1]
    assert said == f"trust list 3: 1 of 2 signatures, waiting for: {kid_of(second)}\n"
    assert two.contents() == before
    assert "trust list 3, give it" in two.finish(two.sign(draft, second))


# ---- new roots ----


def test_a_new_root_with_the_same_keys(office: Office) -> None:
    before = office.trust.read_bytes()
    draft = office.draft("--new-root", at=JANUARY)
    waiting = {kid_of(office.root(number)) for number in (1, 2, 3)}
    signed = sign(office, draft, office.root(1), "--yes").out.splitlines()[-2:]
    head, _, missing = signed[0].partition("waiting for: ")
    assert head == "root 2, by the root keys in force: 1 of 2 signatures, "
    assert set(missing.split(", ")) == waiting - {kid_of(office.root(1))}
    refused = finish(office, office.sign(draft))
    assert (refused.code, refused.out, refused.err) == (USAGE, "", f"idcard: {signed[0]}\n")
    assert office.trust.read_bytes() == before
    office.finish(office.sign(draft, office.root(3)))
    assert office.held().root.version == 2
    assert taken(office, before, JANUARY).trust.root.version == 2


def test_officers_hand_over_to_others_with_keys_of_their_own(office: Office) -> None:
    """Root and publisher keys change at once; the old threshold and the new one must be reached."""
    before = office.trust.read_bytes()
    ada, ben = (make_key(office, f"{name}.key", "root") for name in ("ada", "ben"))
    cleo = make_key(office, "cleo.key", "publisher")
    leaving = kid_of(office.root(3))
    draft = office.draft(
        *("--add-root", ada, "--add-root", ben, "--remove-root", leaving, "--root-threshold", "3"),
        *("--add-publisher", cleo, "--remove-publisher", kid_of(office.publisher).upper()),
        at=NEXT_DAY,
    )
    shown = office.done("trust", "sign", draft, "--trust", office.trust, "--key", office.root(3), *office.secret,
                        "--yes")  # fmt: skip
    for sentence in (
        "root 2 replaces root 1; it ends on 2028-06-01 instead of 2028-06-01",
        f"root key {ada.split('.')[3]} JOINS",
        f"root key {ben.split('.')[3]} JOINS",
        f"root key {leaving} leaves",
        "3 of 4 root keys must sign instead of 2 of 3",
        f"publisher key {cleo.split('.')[3]} JOINS",
        f"publisher key {kid_of(office.publisher)} leaves",
    ):
        assert sentence in shown.splitlines()
    home = office.home / "officers"
    refused = sign(office, draft, office.publisher, "--yes")
    assert (refused.code, "signs nothing in this draft" in refused.err) == (USAGE, True)
    # Old officers alone, then new ones alone, then all.
    office.sign(draft, office.root(2), home / "cleo.key")
    missing = finish(office, draft).err
    assert "root 2, by its own root keys: 1 of 3 signatures" in missing
    for joining in (ada, ben):
        assert f"root key {joining.split('.')[3]} joins and has not signed" in missing
    assert "publisher key" not in missing
    new_alone = office.home / "new.iddraft"
    altered_draft = drafting.decode(draft.read_bytes())
    new_alone.write_bytes(drafting.encode(replace(altered_draft, root_signatures={}, list_signatures={})))
    office.sign(new_alone, home / "ada.key", home / "ben.key", home / "cleo.key")
    assert "root 2, by the root keys in force: 0 of 2 signatures" in finish(office, new_alone).err
    assert office.trust.read_bytes() == before
    office.finish(draft, new_alone)
    assert taken(office, before, NEXT_DAY).trust.root.roots.threshold == 3

    # The publisher who left publishes nothing more, and the new one does.
    ended = office.run("trust", "renew", *office.here, *office.secret, at="2026-11-24 12:00")
    assert (ended.code, ended.out) == (USAGE, "")
    assert "signs nothing in this draft" in ended.err
    office.done("trust", "renew", *office.here, *office.secret, "--key", home / "cleo.key", at="2026-11-24 12:00")
    assert taken(office, before, "2026-11-24 12:00").trust.trust_list.version == 3


# ---- who joins signs ----


@dataclass(frozen=True)
class RealCity:
    """A production city, as programs of their own see it. Every key has a passphrase of its own."""

    home: Path

    def run(self, *arguments: object, by: str = "", at: str = NEXT_DAY) -> Ended:
        secret = ("--passphrase-file", self.home / f"{by}.txt") if by else ()
        return idcard(*arguments, *secret, at=at)

    def done(self, *arguments: object, by: str = "") -> str:
        ended = self.run(*arguments, by=by)
        assert ended.code == ACCEPT, ended.err
        return ended.out

    def key(self, name: str) -> Path:
        return self.home / f"city/keys/{name}.key"

    def sign(self, draft: Path, key: Path, by: str) -> Ended:
        trust = self.home / "city/city.idtrust"
        return self.run("trust", "sign", draft, "--trust", trust, "--key", key, "--yes", by=by)

    def finish(self, draft: Path) -> Ended:
        return self.run("trust", "finish", draft, "--city", self.home / "city")


@pytest.fixture
def real(tmp_path: Path) -> RealCity:
    holders = ("root-1", "root-2", "root-3", "publisher", "issuing")
    phrases = {name: f"{name} keeps these words alone" for name in holders}
    for name, lines in {**phrases, "dora": "dora has other words", "all": "\n".join(phrases.values())}.items():
        (tmp_path / f"{name}.txt").write_text(f"{lines}\n")
    city = RealCity(tmp_path)
    described = ("--name", "Springfield", "--id", "springfield", "--contact", "Ask.", "--environment", "production")
    founded = city.run("city", "init", tmp_path / "city", *described, "--yes", by="all", at="2026-11-22 12:00")
    assert founded.code == ACCEPT, founded.err
    return city


def test_a_key_for_tests_or_one_that_nobody_holds_never_becomes_a_root_of_a_real_city(real: RealCity) -> None:
    """It would count as a spare, and be found out when it is needed."""
    here, draft, lost = ("--city", real.home / "city"), real.home / "next.iddraft", kid_of(real.key("root-3"))

    def drafted(public: str) -> Ended:
        draft.unlink(missing_ok=True)
        return real.run("trust", "draft", *here, "--add-root", public, "--remove-root", lost, "--out", draft)

    new = real.home / "nk.key"
    public = real.done("key", "make", new, "--kind", "root", "--environment", "test", by="dora").strip()
    name = public.split(".")[3]
    refused = drafted(public)
    assert (refused.code, refused.out) == (USAGE, "")
    assert refused.err.startswith(
        f"idcard: the root key {name} was made for test, and this is a production city: "
        "make another (idcard key make --kind root --environment production)\n"
    )
    assert not draft.exists()

    # Whoever writes another word into the text gets as far as before, and no further.
    before = files_in(real.home / "city")
    said = drafted(public.replace(".test.", ".production.")).out
    assert f"root key {name} joins and has not signed\n" in said
    for officer in ("root-1", "root-2", "publisher"):
        assert real.sign(draft, real.key(officer), by=officer).code == ACCEPT
    by_new = real.sign(draft, new, by="dora")
    assert (by_new.code, f"{new} is not a key of a production city" in by_new.err) == (USAGE, True)
    ended = real.finish(draft)
    assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: root key {name} joins and has not signed\n")
    assert files_in(real.home / "city") == before

    # A key for this city joins, by the stick, once its officer signs: and then it works when it is needed.
    new.unlink()
    public = real.done("key", "make", new, "--kind", "root", "--environment", "production", by="dora").strip()
    drafted(public)
    copy = Path(shutil.copy(draft, real.home / "stick.iddraft"))
    for officer in ("root-1", "root-2", "publisher"):
        assert real.sign(draft, real.key(officer), by=officer).code == ACCEPT
    signed = real.sign(copy, new, by="dora")
    assert f"root key {public.split('.')[3]} joins and has signed" in signed.out.splitlines()
    assert real.run("trust", "finish", draft, copy, *here).code == ACCEPT
    assert cose.kid(public_key.decode(public).key).hex() in real.done("trust", "show", real.home / "city/city.idtrust")


@pytest.mark.parametrize("kind", ["root", "publisher"])
def test_a_key_that_nobody_holds_does_not_join_even_above_the_threshold(office: Office, kind: str) -> None:
    public = make_key(office, "lost.key", kind)
    (office.home / "officers/lost.key").unlink()
    draft = office.draft(f"--add-{kind}", public, at=NEXT_DAY)
    office.sign(draft, office.root(1), office.root(2), office.root(3))
    shown = sign(office, draft, office.publisher, "--yes")
    assert "complete" not in shown.err
    before = office.contents()
    ended = finish(office, draft)
    says = f"idcard: {kind} key {public.split('.')[3]} joins and has not signed\n"
    assert (ended.code, ended.out, ended.err) == (USAGE, "", says)
    assert office.contents() == before


def test_a_publisher_who_joins_beside_another_signs_the_list(office: Office) -> None:
    """One of two is enough, and yet the new one signs once; from then on either does."""
    public = make_key(office, "quinn.key", "publisher")
    draft = office.draft("--add-publisher", public, "--publisher-threshold", "1", at=NEXT_DAY)
    office.sign(draft, office.root(1), office.root(2), office.publisher)
    signed = sign(office, draft, office.home / "officers/quinn.key", "--yes")
    assert signed.out.splitlines()[-2:] == [
        "trust list 2: 2 of 1 signatures",
        f"publisher key {public.split('.')[3]} joins and has signed",
    ]
    assert signed.err == "idcard: complete: idcard trust finish publishes it\n"
    office.finish(draft)
    office.done("trust", "renew", *office.here, *office.secret, at="2026-11-24 12:00")


def files_in(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_under(folder) if not name.endswith(".lock")}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--add-root", "nonsense"], "not a public key"),
        (["--add-root", "PUBLISHER"], "is not a root key, but a publisher key"),
        (["--add-publisher", "ROOT"], "is not a publisher key, but a root key"),
        (["--add-root", "REAL-ROOT"], "was made for production, and this is a test city: make another"),
        (["--add-publisher", "REAL-PUBLISHER"], "(idcard key make --kind publisher --environment test)"),
        (["--add-root", "OLD-TEXT"], "the public key does not say whether it is for production or test"),
        (["--remove-root", "00000000"], "there is no root key '00000000'; there are: "),
        (["--remove-publisher", ""], "there is no publisher key ''"),
        (["--root-threshold", "4"], "root keys: a threshold is not between 1 and the number of keys"),
        (["--root-threshold", "0"], "--root-threshold"),
        (["--publisher-threshold", "2"], "publisher keys: a threshold is not between"),
        (["--publisher-threshold", "16"], "--publisher-threshold"),
        (["--remove-publisher", "PUBLISHER-KID"], "publisher keys: the keys of a role are not 1 to 15"),
        (["--add-publisher", "ROOT-AS-PUBLISHER"], "a key would have two roles"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_role_that_cannot_be_is_not_drafted(office: Office, options: list[str], says: str) -> None:
    root, publisher = office.held().root.roots.keys[0], office.held().root.publishers.keys[0]
    named = {
        "ROOT": keys_text("root", root),
        "PUBLISHER": keys_text("publisher", publisher),
        "PUBLISHER-KID": cose.kid(publisher).hex(),
        "ROOT-AS-PUBLISHER": keys_text("publisher", root),
        "REAL-ROOT": keys_text("root", root, Environment.PRODUCTION),
        "REAL-PUBLISHER": keys_text("publisher", publisher, Environment.PRODUCTION),
        "OLD-TEXT": keys_text("root", root).replace(".test.", "."),
    }
    given = [named.get(option, option) for option in options]
    ended = office.run("trust", "draft", *office.here, "--out", office.home / "x", *given, at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not (office.home / "x").exists()


def keys_text(kind: str, key: bytes, environment: Environment = Environment.TEST) -> str:
    return public_key.encode(public_key.PublicKey(public_key.KeyKind(kind), environment, key))


def test_a_root_that_has_ended_signs_no_more_lists_and_is_replaced(office: Office) -> None:
    before, late = office.trust.read_bytes(), "2028-06-01 12:00"
    for command in (["draft", "--out", office.home / "x"],):
        ended = office.run("trust", *command, *office.here, "--yes", at=late)
        assert (ended.code, ended.out) == (USAGE, "")
        assert "the root has expired: make a new one (idcard trust draft --new-root)" in ended.err
        assert not (office.home / "x").exists()
    draft = office.draft("--new-root", "--yes", at=late)
    signed = office.sign(draft, office.root(1), office.root(2), office.publisher)
    office.done("trust", "finish", signed, *office.here, at=late)
    assert office.held().root.exp == int(moment("2030-01-01 12:00").timestamp())
    assert taken(office, before, late).trust.root.version == 2


def test_a_clock_that_lags_by_months_makes_no_root_that_ends_sooner(office: Office) -> None:
    office.finish(office.sign(office.draft("--new-root", at=JANUARY), office.root(1), office.root(2), office.publisher))
    lagging = ("trust", "draft", *office.here, "--out", office.home / "x", "--new-root", "--yes")
    said = office.done(*lagging, at="2026-11-22 12:00")
    assert "root 3 replaces root 2; it ends on 2028-08-01 instead of 2028-08-01\n" in said


@pytest.mark.parametrize(("at", "refused"), [("2026-11-24 12:00:01", True), ("2026-11-24 12:00:00", False)])
def test_a_draft_of_a_computer_that_runs_ahead_is_not_signed(office: Office, at: str, refused: bool) -> None:
    """It would leave out what has not expired yet."""
    draft = office.draft(at=at)
    command = ("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret, "--yes")
    ended = office.run(*command, at="2026-11-22 12:00")
    assert (ended.code == USAGE) is refused
    if refused:
        assert "made on 2026-11-24, and it is 2026-11-22: one of two clocks is wrong" in ended.err


def test_a_draft_is_not_published_before_its_time_and_nothing_is_lost(office: Office) -> None:
    draft, before = office.sign(office.draft(at="2026-11-22 14:00:30")), office.contents()
    ended = office.run("trust", "finish", draft, *office.here, at="2026-11-22 14:00:29")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == (
        "idcard: the trust list is dated 2026-11-22T14:00:30Z, and here it is 2026-11-22T14:00:29Z; "
        "keep the draft; it is allowed from 2026-11-22 14:01 UTC\n"
    )
    assert office.contents() == before
    office.finish(draft, at="2026-11-22 14:00:30")


def test_near_the_end_of_the_root_a_new_one_is_asked_for(office: Office) -> None:
    ended = office.run("trust", "draft", *office.here, "--out", office.home / "x", "--yes", at="2028-04-01 12:00")
    assert ended.code == ACCEPT
    assert "idcard: root 1 expires so soon that venues may be left without a trust file: draft a new root" in ended.err
    assert office.held().trust_list.exp <= office.held().root.exp


@pytest.mark.parametrize("command", ["draft", "renew"])
def test_a_clock_after_the_end_of_the_list_in_force_is_asked_about(office: Office, command: str) -> None:
    """A list from the future could only be taken back by a new root."""
    more = ["--out", office.home / "x"] if command == "draft" else office.secret
    before, late = office.contents(), "2027-03-22 12:00"
    ended = office.run("trust", command, *office.here, *more, at=late)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(
        "idcard: the trust list in force expired on 2027-03-22, and this computer says that it is 2027-03-22\n"
        "idcard: there is no terminal to ask for confirmation; give --yes\n"
    )
    ended = office.on_terminal("trust", command, *office.here, *more, at=late, answers=[("Is the date right?", "n\n")])
    assert ended.code == CANNOT_SAY
    assert office.contents() == before
    assert not (office.home / "x").exists()
    assert office.run("trust", command, *office.here, *more, at="2027-03-22 11:59:59").code == ACCEPT


def test_a_draft_that_lay_about_until_its_list_expired_is_not_published(office: Office) -> None:
    draft = office.sign(office.draft(at=NEXT_DAY))
    before = office.contents()
    ended = office.run("trust", "finish", draft, *office.here, at="2027-03-23 12:00")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err == "idcard: the list of the draft has expired meanwhile; make a new draft\n"
    assert office.contents() == before


# ---- the list in force lies in the future ----

FUTURE, TODAY = "2027-02-22 12:00", "2026-11-25 09:00"
BOTH = (
    "idcard: the trust list in force is of 2027-02-22T12:00:00Z, "
    "and this computer says that it is 2026-11-25T09:00:00Z: one of the two is wrong. "
    "If it is the list, the next one will have an earlier date, and venues accept it\n"
)


def test_a_clock_before_the_list_in_force_is_asked_about(office: Office) -> None:
    office.publish(at=FUTURE)
    command = ("trust", "draft", *office.here, "--out", office.home / "x")
    before = office.contents()
    ended = office.run(*command, at=TODAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(f"{BOTH}idcard: there is no terminal to ask for confirmation; give --yes\n")
    ended = office.on_terminal(*command, at=TODAY, answers=[("Is the date right?", "n\n")])
    assert ended.code == CANNOT_SAY
    assert office.contents() == before
    assert not (office.home / "x").exists()
    ended = office.on_terminal(*command, at=TODAY, answers=[("Is the date right?", "y\n")])
    assert (ended.code, (office.home / "x").exists()) == (ACCEPT, True)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (
            "2001-01-01",
            "a list from the future may leave out keys, and so would a renewal: make a draft (idcard trust draft)",
        ),
        ("2027-06-10 12:00", "only a person knows whether the date is right: run this without --yes"),
    ],
    ids=["reset", "ahead"],
)
def test_a_script_does_not_renew_by_a_clock_that_is_wrong(office: Office, at: str, says: str) -> None:
    before = office.contents()
    ended = office.run("trust", "renew", *office.here, *office.secret, "--yes", at=at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


def test_what_lacks_a_key_whose_codes_are_good_is_not_renewed(office: Office) -> None:
    """A list from the future left out what had ended by then, and venues would take the next one for an alarm."""
    office.finish(
        office.sign(
            office.draft("--new-root", "--yes", at="2028-02-10 12:00"), office.root(1), office.root(2), office.publisher
        )
    )
    ended = office.run("trust", "renew", *office.here, *office.secret, at=TODAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "leaves out" in ended.err
    assert "whose codes are good, and so would a renewal: make a draft, which names it again" in ended.err
    told = office.run("doctor", *office.here, at=TODAY)
    assert "NOW  1 key with good codes missing from the trust list: publish (idcard trust draft)" in told.out


def test_in_the_same_second_there_is_no_second_list(office: Office) -> None:
    for command in (["draft", "--out", office.home / "x"], ["renew", *office.secret]):
        ended = office.run("trust", *command, *office.here, at="2026-11-22 12:00")
        assert (ended.code, "make a new draft" in ended.err) == (USAGE, True)


def test_a_list_from_the_future_is_put_right_and_what_it_left_out_comes_back(office: Office) -> None:
    """A clock that is three months ahead, which nothing asks about: a code that was cancelled stays cancelled."""
    lines = f"{1:020x},2027-01\n{2:020x},2027-06\n"
    (office.folder / "ledger.csv").write_text(f"value,expires\n{lines}")
    office.publish(at=NEXT_DAY)
    founded = office.trust.read_bytes()
    office.publish(at=FUTURE)
    assert len(office.held().cancellations) == 1
    assert office.ledger().decode() == f"value,expires\n{lines}"

    path = office.home / "next.iddraft"
    ended = office.run("trust", "draft", *office.here, "--out", path, "--yes", at=TODAY)
    assert ended.err.startswith(BOTH)
    assert "trust list 4 of 2026-11-25 replaces list 3 of 2027-02-22" in ended.out
    signed = sign(office, path, office.publisher, "--yes")
    assert (signed.code, signed.err.startswith(BOTH)) == (ACCEPT, True)
    assert "trust list 4 of 2026-11-25 replaces list 3 of 2027-02-22" in signed.out
    office.finish(path)
    path.unlink()
    assert len(office.held().cancellations) == 2
    held = taken(office, founded, TODAY)
    assert (held.trust.trust_list.version, held.last_day) == (4, int(moment(TODAY).timestamp()) // 86400)
    # Keys that join now wait for the list from the future: a venue may still have it.
    office.rotate("2027-01-05 09:00")
    office.publish(at="2027-01-05 09:00")
    assert {each.ready for each in office.plan().keys[8:]} == {int(moment("2027-06-24 12:00").timestamp())}


def test_who_signs_when_the_time_of_the_list_in_force_has_come_asks_for_another_draft(office: Office) -> None:
    office.publish(at=FUTURE)
    draft = office.draft("--yes", at=TODAY)
    command = ("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret, "--yes")
    ended = office.run(*command, at=FUTURE)
    assert (ended.code, ended.err) == (
        USAGE,
        "idcard: the draft says that it was made at 2026-11-25T09:00:00Z, and the trust list in force was made at "
        "2027-02-22T12:00:00Z: one of two clocks is wrong; correct it and make a new draft\n",
    )


# ---- a plan that is old, or was edited ----


def test_an_old_backup_of_the_plan_takes_no_key_from_venues(office: Office) -> None:
    backup = (office.folder / "city.json").read_bytes()
    office.rotate(JANUARY)
    office.publish(at=JANUARY)
    lost = office.plan().keys[8:]
    (office.folder / "city.json").write_bytes(backup)
    before = office.contents()
    for command in (("trust", "draft", "--out", office.home / "x"), ("key", "rotate", *office.secret)):
        ended = office.run(*command, *office.here, at="2027-01-05")
        assert (ended.code, ended.out) == (USAGE, "")
        assert "the plan is an old copy" in ended.err
        assert all(each.kid.hex() in ended.err for each in lost)
    assert not (office.home / "x").exists()
    assert office.contents() == before
    assert (
        "2 keys of the trust list missing in the plan: restore the plan"
        in office.run("doctor", *office.here, at="2027-01-05").out
    )
    # To renew says nothing new, so it works.
    office.done("trust", "renew", *office.here, *office.secret, at="2027-01-05")


def test_a_draft_that_lacks_a_key_is_not_published_either(office: Office) -> None:
    """By whatever program it was made, and however many signed it."""
    draft = office.draft(at=NEXT_DAY)

    def shorter(made: drafting.Draft) -> drafting.Draft:
        current = trust_list.decode(made.trust_list)
        return replace(made, trust_list=trust_list.encode(replace(current, keys=current.keys[1:])))

    altered(office, shorter, draft)
    signed = sign(office, draft, office.publisher, "--yes")
    assert "CODES END: issuing key" in signed.out
    before = office.contents()
    ended = finish(office, draft)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "leaves the list while its codes are valid" in ended.err
    assert office.contents() == before


def edited(office: Office, change: Callable[[Any], None]) -> None:
    """By the officer, in an editor."""
    path = office.folder / "city.json"
    fields = json.loads(path.read_text("utf-8"))
    change(fields)
    path.write_text(json.dumps(fields))


def codes_end_later(fields: Any) -> None:
    fields["keys"][0]["verify_until"] = int(moment("2029-02-01 12:00").timestamp())


def another_kind_of_code(fields: Any) -> None:
    fields["classes"][1] |= {"kind": "revocable", "max_version": 8}


def a_shorter_life_of_lists(fields: Any) -> None:
    fields["timing"]["list_life"] = 90


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (codes_end_later, "verify_until of the key"),
        (another_kind_of_code, "no longer serves a venue class whose codes it signed; make a new class"),
        (a_shorter_life_of_lists, "must not become shorter"),
    ],
)
def test_a_plan_that_was_edited_changes_no_promise(office: Office, change: Callable[[Any], None], says: str) -> None:
    edited(office, change)
    before = office.contents()
    ended = office.run("trust", "draft", *office.here, "--out", office.home / "x", at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before
    assert not (office.home / "x").exists()


def test_an_old_copy_of_the_plan_never_trusts_a_key_that_the_list_distrusts(office: Office) -> None:
    backup = (office.folder / "city.json").read_bytes()
    lost = office.key("cohort", "2026-Q4")
    office.done("key", "distrust", lost.kid.hex(), *office.here, "--yes")
    office.publish(at=NEXT_DAY)
    (office.folder / "city.json").write_bytes(backup)
    assert "distrusted" in office.done("key", "status", *office.here)
    said = office.done("trust", "draft", *office.here, "--out", office.home / "x", at="2026-11-24")
    assert "TRUSTED AGAIN" not in said
    assert lost.kid.hex() not in said


def test_what_an_officer_edits_in_the_plan_is_what_the_draft_says(office: Office) -> None:
    def change(fields: Any) -> None:
        fields["contact"] = "Ask the new office."
        fields["classes"][3]["tolerance"] = 90
        fields["classes"][2]["photo_check"] = True

    edited(office, change)
    said = office.done("trust", "draft", *office.here, "--out", office.home / "x", at=NEXT_DAY)
    assert "the contact is 'Ask the new office.' instead of 'Ask the card office, 555-0100.'\n" in said
    assert "trust file up to 90 days old; before: pharmacy, asks for" in said
    assert "pool (number 3): asks for resident, 18 or over; clerks confirm the photo; trust file up to 120" in said


# ---- renew ----


def test_to_renew_changes_nothing_but_the_dates(office: Office) -> None:
    shutil.copy(office.trust, office.home / "old.idtrust")
    before = office.held()
    ended = office.run("trust", "renew", *office.here, *office.secret, at="2026-12-22 12:00")
    assert (ended.code, ended.err) == (ACCEPT, "")
    assert ended.out.splitlines() == [
        f"{office.trust}: trust list 2, give it to every venue",
        "trust list 2: 1 of 1 signatures",
    ]
    assert office.done("trust", "diff", office.home / "old.idtrust", office.trust).splitlines() == [
        "trust list 2 of 2026-12-22 replaces list 1 of 2026-11-22; the next is due by 2027-01-21, "
        "and it expires on 2027-04-21"
    ]
    after = office.held().trust_list
    dates = {name: getattr(after, name) for name in ("version", "issued", "next_update", "exp")}
    assert replace(before.trust_list, **dates) == after
    assert taken(office, (office.home / "old.idtrust").read_bytes(), "2026-12-22 12:00").trust.trust_list == after


def test_to_renew_goes_on_trusting_no_key_that_is_distrusted(office: Office) -> None:
    office.done("key", "distrust", office.key("cohort", "2027-Q1").kid.hex(), *office.here, "--yes", at=JANUARY)
    before = office.trust.read_bytes()
    ended = office.run("trust", "renew", *office.here, *office.secret, at=JANUARY)
    assert (ended.code, "a renewal would go on trusting it: make a draft" in ended.err) == (USAGE, True)
    assert office.trust.read_bytes() == before


def test_to_renew_leaves_new_keys_to_a_draft_and_says_so(office: Office) -> None:
    office.rotate(JANUARY)
    ended = office.run("trust", "renew", *office.here, *office.secret, at=JANUARY)
    assert ended.code == ACCEPT
    assert sorted(ended.err.splitlines()) == sorted(
        f"idcard: {each} is in no trust list yet, and a renewal does not add it: idcard trust draft"
        for each in office.plan().keys[8:]
    )
    assert len(office.held().trust_list.keys) == 8
    assert [each.ready for each in office.plan().keys[8:]] == [None, None]


def test_the_publisher_may_keep_the_key_elsewhere(office: Office) -> None:
    elsewhere = office.home / "stick.key"
    office.publisher.rename(elsewhere)
    ended = office.run("trust", "renew", *office.here, *office.secret, at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert f"{office.publisher}: no such file or directory" in ended.err
    office.done("trust", "renew", *office.here, *office.secret, "--key", elsewhere, at=NEXT_DAY)


def test_a_wrong_passphrase_renews_nothing(office: Office) -> None:
    (office.home / "wrong.txt").write_text("incorrect horse battery\n")
    before = office.contents()
    ended = office.run("trust", "renew", *office.here, "--passphrase-file", office.home / "wrong.txt", at=NEXT_DAY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "the passphrase is wrong" in ended.err
    assert office.contents() == before


# ---- kill ----


def test_a_kill_note_ends_a_key_without_any_officer(office: Office) -> None:
    killed = office.key("cohort", "2026-Q4")
    code = office.mint("--for", "library").out.split("\t")[1].strip()
    verify = ("verify", code, "--trust", office.trust, "--for", "library")
    assert office.run(*verify).code == ACCEPT
    old = office.trust.read_bytes()
    said = office.done("trust", "kill", office.kill_note(killed), *office.here, "--yes")
    assert said == f"{office.trust}: {killed} is distrusted; give it to every venue\n"
    refused = office.run(*verify, "--json")
    assert (refused.code, refused.json()["reason"]) == (REJECT, "distrusted-key")
    assert office.key("cohort", "2026-Q4") == replace(killed, distrusted=True, destroyed=True)
    assert stat.S_IMODE(office.trust.stat().st_mode) == 0o644
    assert killed.key in taken(office, old, office.at).killed
    (office.home / "old.idtrust").write_bytes(old)
    diff = office.done("trust", "diff", office.home / "old.idtrust", office.trust)
    assert diff == f"DISTRUSTED: issuing key {killed.kid.hex()}, by its kill note\n"
    assert f"{killed.kid.hex()}  COMPROMISED" in office.done("trust", "show", office.trust)
    # The standby signs at once, and the private key goes with the next rotation.
    assert office.mint("--for", "library").code == ACCEPT
    assert office.rotate().startswith(f"destroyed {office.key_path(killed)}\n")


def test_the_next_draft_names_the_killed_key_compromised(office: Office) -> None:
    killed = office.key("cohort", "2026-Q4")
    office.done("trust", "kill", office.kill_note(killed), *office.here, "--yes")
    before = office.contents()
    refused = office.run("trust", "renew", *office.here, *office.secret, at=NEXT_DAY)
    assert (refused.code, refused.out) == (USAGE, "")
    assert f"{killed} is distrusted in the plan, and a renewal would go on trusting it: make a draft" in refused.err
    assert office.contents() == before
    draft = office.home / "next.iddraft"
    said = office.done("trust", "draft", *office.here, "--out", draft, at=NEXT_DAY)
    assert f"DISTRUSTED: issuing key {killed.kid.hex()}; all its codes are refused" in said
    office.finish(office.sign(draft))
    [listed] = [each for each in office.held().trust_list.keys if each.key == killed.key]
    assert listed.compromised
    assert set(office.held().kill_notes) == {killed.key}


def test_a_draft_that_was_made_before_the_kill_note_is_refused(office: Office) -> None:
    draft = office.sign(office.draft(at=NEXT_DAY))
    office.done("trust", "kill", office.kill_note(office.key("cohort", "2026-Q4")), *office.here, "--yes")
    before = office.contents()
    ended = finish(office, draft)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "a kill note ended the key" in ended.err
    assert office.contents() == before


def test_kill_asks_and_the_same_note_twice_is_fine(office: Office) -> None:
    killed = office.key("cohort", "2026-Q4")
    command = ("trust", "kill", office.kill_note(killed), *office.here)
    before = office.contents()
    ended = office.on_terminal(*command, answers=[("Distrust", "n\n")])
    assert ended.code == CANNOT_SAY
    assert f"Distrust {killed} for ever? [y/N]: " in ended.out
    assert office.contents() == before
    assert office.on_terminal(*command, answers=[("Distrust", "y\n")]).code == ACCEPT
    after = office.contents()
    office.done(*command, "--yes")
    assert office.contents() == after


def of_another_city(office: Office) -> Path:
    other = City(id="shelbyville")
    return note_file(office, publish.sign_kill_note(other.scope, other.signer("cohort")))


def of_a_key_in_no_list(office: Office) -> Path:
    office.rotate(JANUARY)
    [path, _] = sorted((office.folder / "kill-notes").iterdir())
    return path


def of_a_stranger(office: Office) -> Path:
    return note_file(office, publish.sign_kill_note(office.plan().scope, City().signer("cohort")))


def note_file(office: Office, note: bytes) -> Path:
    path = office.home / "note.txt"
    path.write_text("".join(f"{text}\n" for text in paper.encode(paper.PosterKind.KILL, note)))
    return path


def of_a_trust_file(office: Office) -> Path:
    path = office.home / "note.txt"
    path.write_text("".join(f"{text}\n" for text in paper.encode(paper.PosterKind.FILE, office.trust.read_bytes())))
    return path


def cut(office: Office) -> Path:
    path = office.home / "note.txt"
    path.write_text(office.kill_note(office.key("cohort", "2026-Q4")).read_text()[:-9])
    return path


def a_card(office: Office) -> Path:
    path = office.home / "note.txt"
    path.write_text(office.mint("--for", "library").out.split("\t")[1])
    return path


def missing(office: Office) -> Path:
    return office.home / "nowhere.txt"


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (of_another_city, "is not a kill note of a key of this city"),
        (of_a_key_in_no_list, "does not name the key"),
        (of_a_stranger, "does not name the key"),
        (of_a_trust_file, "is not a kill note"),
        (cut, "damaged"),
        (a_card, "this is the code of a card"),
        (missing, "no such file or directory"),
    ],
)
def test_what_ends_no_key_of_the_list_changes_nothing(
    office: Office, note: Callable[[Office], Path], says: str
) -> None:
    path = note(office)
    before = office.contents()
    ended = office.run("trust", "kill", path, *office.here, "--yes")
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert office.contents() == before


# ---- diff ----


def test_the_same_file_changes_nothing(opened: Office) -> None:
    ended = opened.run("trust", "diff", opened.trust, opened.trust)
    assert (ended.code, ended.out, ended.err) == (ACCEPT, "nothing changes\n", "")


def test_diff_says_what_every_part_changes(tmp_path: Path, opened: Office) -> None:
    """All sentences: tests/trust/test_changes.py."""
    city = City()
    (tmp_path / "old").write_bytes(city.file)
    roots = [city.sign_root(), city.sign_root(city.root(version=2, name="New\u202e Springfield"))]
    (tmp_path / "new").write_bytes(city.trust_file(roots=roots, version=2, cancelled=[HANDLE]))
    assert opened.done("trust", "diff", tmp_path / "old", tmp_path / "new").splitlines() == [
        "root 2 replaces root 1; it ends on 2028-06-01 instead of 2028-06-01",
        "the name of the city is 'New\\u202e Springfield' instead of 'Springfield'",
        "trust list 2 of 2026-11-22 replaces list 1 of 2026-11-22; the next is due by 2026-12-22, "
        "and it expires on 2027-03-22",
        "cancellations: 1 more, 0 fewer, 1 in all",
    ]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("data", [b"", b"not a trust file", None], ids=["empty", "other", "missing"])
def test_a_file_that_does_not_hold_is_not_compared(
    opened: Office, tmp_path: Path, which: int, data: bytes | None
) -> None:
    paths = [opened.trust, opened.trust]
    paths[which] = tmp_path / "bad.idtrust"
    if data is not None:
        paths[which].write_bytes(data)
    ended = opened.run("trust", "diff", *paths)
    assert (ended.code, ended.out) == (USAGE, "")


# ---- what is no city ----


@pytest.mark.parametrize("command", ["draft", "finish", "renew", "kill"])
def test_another_folder_stays_as_it_is(opened: Office, tmp_path: Path, command: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "draft").write_bytes(b"x")
    options: dict[str, list[object]] = {
        "draft": ["--out", tmp_path / "x"],
        "finish": [tmp_path / "draft"],
        "renew": list(opened.secret),
        "kill": [opened.kill_note(opened.key("cohort", "2026-Q4")), "--yes"],
    }
    ended = opened.run("trust", command, *options[command], "--city", place)
    assert (ended.code, ended.out) == (USAGE, "")
    assert files_under(tmp_path) == {"draft"}


def test_what_is_published_is_what_venues_can_take_whatever_the_plan_says(office: Office) -> None:
    """The file is read back as a venue reads it before it takes the place of the old one."""
    office.publish(at=NEXT_DAY)
    assert trust_file.decode(office.trust.read_bytes()).trust_list.version == 2
    assert not [path for path in office.folder.iterdir() if path.name.startswith(".")]
