"""A passphrase that a person chooses is hard to guess, or it is refused with a reason that does not repeat it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxcvbn
from command import ACCEPT, USAGE, Ended, Office, idcard_inside, idcard_on_terminal
from hypothesis import given, settings
from hypothesis import strategies as st
from idcard_cli.officer import strength

from idcard.credential.text import Environment
from idcard.keys import key_file
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.trust.public_key import KeyKind

DECEMBER = "2026-12-01 09:00"
JANUARY = "2027-01-04 09:00"
GUESSED = "easy to guess"
WEAK = {
    "one letter": "aaaaaaaaaaaa",
    "one letter of another alphabet": "\u043f" * 12,
    "one letter, very often": "a" * 5000,
    "a row of keys": "qwertyuiopas",
    "a row of letters": "abcdefghijkl",
    "a row of letters, spaced": "a b c d e f g h i j",
    "digits": "123456789012",
    "a known password": "password1234",
    "a known password, disguised": "P@ssw0rd!2024",
    "a known password twice": "letmein letmein",
    "two words twice": "hello world hello world",
    "a date twice": "31.12.1990 31.12.1990",
    "the program's name": "idcard idcard 2026",
}
NEAR = {
    "the city's name": "Springfield 2026",
    "the city's name and what the key is": "Springfield root key",
    "the city's name, disguised": "Spr1ngf1eld!!",
    "the city's name again and again": "springfield, springfield, springfield",
    "backwards": "dleifgnirps26",
}
GOOD = ["correct horse battery staple", "tractor plum sixteen lantern", "x7#Kq!9vLm$2", "пять слов подряд"]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def lines(*phrases: str) -> Path:
        path = tmp_path / "phrases.txt"
        path.write_text("".join(f"{phrase}\n" for phrase in phrases), "utf-8")
        return path

    return lines


def make_key(folder: Path, phrases: Path) -> Ended:
    options = ("--kind", "root", "--environment", "test", "--passphrase-file", phrases)
    return idcard_inside("key", "make", folder / "my.key", *options, at=DECEMBER)


def found(folder: Path, phrases: Path) -> Ended:
    named = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask.")
    return idcard_inside("city", "init", folder / "city", *named, "--passphrase-file", phrases, "--yes", at=DECEMBER)


@pytest.mark.parametrize("phrase", WEAK.values(), ids=WEAK)
def test_what_programs_try_first_seals_no_key(tmp_path: Path, write: Callable[..., Path], phrase: str) -> None:
    ended = make_key(tmp_path, write(phrase))
    assert (ended.code, ended.out) == (USAGE, "")
    assert GUESSED in ended.err
    assert "take five words" in ended.err
    assert phrase not in ended.err
    assert not (tmp_path / "my.key").exists()


@pytest.mark.parametrize("phrase", GOOD)
def test_what_takes_long_to_guess_seals_a_key(tmp_path: Path, write: Callable[..., Path], phrase: str) -> None:
    ended = make_key(tmp_path, write(phrase))
    assert ended.code == ACCEPT, ended.err
    key_file.decode((tmp_path / "my.key").read_text("ascii"), phrase)


@pytest.mark.parametrize("phrase", NEAR.values(), ids=NEAR)
def test_the_city_is_no_secret(tmp_path: Path, write: Callable[..., Path], phrase: str) -> None:
    ended = found(tmp_path, write(phrase))
    assert (ended.code, ended.out) == (USAGE, "")
    assert GUESSED in ended.err
    assert not (tmp_path / "city").exists()


@pytest.mark.parametrize("number", range(5))
def test_of_five_passphrases_the_weak_one_is_named(tmp_path: Path, write: Callable[..., Path], number: int) -> None:
    five = [f"{who} keeps this to themselves" for who in ("ada", "ben", "cleo", "publisher", "issuing")]
    five[number] = "qwertyuiopas"
    whose = (*(f"root key {each} of 3" for each in (1, 2, 3)), "the publisher key", "the issuing keys")
    ended = found(tmp_path, write(*five))
    assert ended.code == USAGE
    assert f"\nidcard: the passphrase of {whose[number]}: this passphrase is {GUESSED}" in ended.err


def test_new_keys_of_a_city_are_sealed_by_a_good_passphrase(quick_office: Office, write: Callable[..., Path]) -> None:
    before = quick_office.contents()
    weak = ("--passphrase-file", write("Springfield 2027"))
    ended = quick_office.run("key", "rotate", *quick_office.here, *weak, at=JANUARY)
    assert (ended.code, ended.out) == (USAGE, "")
    assert GUESSED in ended.err
    assert quick_office.contents() == before


def test_a_passphrase_that_opens_a_key_is_not_judged(quick_office: Office, write: Callable[..., Path]) -> None:
    held = key_file.decode(quick_office.publisher.read_text("ascii"), "correct horse battery staple")
    sealed = key_file.encode(PrivateKey(held.kind, held.environment, held.signer), "aaaaaaaaaaaa")
    quick_office.publisher.write_text(sealed)
    weak = ("--passphrase-file", write("aaaaaaaaaaaa"))
    quick_office.done("trust", "renew", *quick_office.here, *weak, at=DECEMBER)


# ---- at a terminal ----

ROOT_KEY = ("--kind", "root", "--environment", "test")
ASKED, REPEAT = "New passphrase for this root key", "Repeat for confirmation"


def test_a_weak_passphrase_is_refused_before_it_is_typed_again(tmp_path: Path) -> None:
    good = GOOD[0]
    answers = [(ASKED, "aaaaaaaaaaaa\n"), (ASKED, f"{good}\n"), (REPEAT, f"{good}\n")]
    ended = idcard_on_terminal("key", "make", tmp_path / "my.key", *ROOT_KEY, answers=answers)
    assert ended.code == ACCEPT
    assert ended.out.count(GUESSED) == ended.out.count(REPEAT) == 1
    assert "aaaaaaaaaaaa" not in ended.out
    key_file.decode((tmp_path / "my.key").read_text("ascii"), good)


def test_two_entries_that_differ_are_asked_for_again(tmp_path: Path) -> None:
    good, other = GOOD[:2]
    answers = [(ASKED, f"{good}\n"), (REPEAT, f"{other}\n"), (ASKED, f"{other}\n"), (REPEAT, f"{other}\n")]
    ended = idcard_on_terminal("key", "make", tmp_path / "my.key", *ROOT_KEY, answers=answers)
    assert ended.code == ACCEPT
    assert "the two passphrases differ" in ended.out
    key_file.decode((tmp_path / "my.key").read_text("ascii"), other)


# ---- the estimate ----


def test_a_long_passphrase_costs_no_more_than_72_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    real, lengths = zxcvbn.zxcvbn, []

    def counted(password: str, **how: Any) -> Any:
        lengths.append(len(password))
        return real(password, **how)

    monkeypatch.setattr(zxcvbn, "zxcvbn", counted)
    strength.check("tractor plum sixteen lantern, " * 200 + "end")
    assert lengths
    assert max(lengths) <= 72


@pytest.mark.parametrize("phrase", [f" {GOOD[0]}", f"{GOOD[0]} ", f"{GOOD[0]}\u00a0"], ids=ascii)
def test_a_blank_that_nobody_sees_is_no_part_of_a_new_passphrase(tmp_path: Path, phrase: str) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text(f"{phrase}\n", "utf-8")
    ended = make_key(tmp_path, path)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "does not begin or end with a blank" in ended.err


def refusal(phrase: str, near: list[str]) -> str:
    """Nothing where it is taken."""
    try:
        strength.check(phrase, near)
    except KeyFileError as problem:
        return str(problem)
    return ""


@settings(max_examples=50)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=80),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=2),
)
def test_a_passphrase_is_taken_or_refused_in_words_that_hold_nothing_of_it(phrase: str, near: list[str]) -> None:
    assert phrase not in refusal(phrase, near)


def test_a_city_of_few_letters_makes_no_passphrase_weak() -> None:
    for name in ("a", "e", "\u00c5", "of"):
        strength.check(GOOD[0], [name, name])


def test_the_library_asks_for_length_only() -> None:
    """What seals keys with it knows where its passphrases come from."""
    key = PrivateKey(KeyKind.ROOT, Environment.TEST, SeedSigner(bytes(32)))
    assert key_file.decode(key_file.encode(key, "aaaaaaaaaaaa"), "aaaaaaaaaaaa").kind is KeyKind.ROOT
