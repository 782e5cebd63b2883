"""`idcard trust show`: what a trust file says, with all that another program needs to check our codes."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cities import CONTACT, HANDLE, City
from command import ACCEPT, USAGE, Ended, Founded, idcard
from idcard_cli.fingerprint import fingerprint_words
from nacl.signing import VerifyKey

from idcard import cose
from idcard.city.profile import Kind
from idcard.credential import text
from idcard.errors import Reason
from idcard.trust import cancellations, trust_file

CITY = City()
ISSUING = {each.key.hex(): each.kind for each in CITY.plan.keys}
Show = Callable[..., Ended]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    def run(data: bytes, *more: str) -> Ended:
        (tmp_path / "any.idtrust").write_bytes(data)
        return idcard("trust", "show", tmp_path / "any.idtrust", *more)

    return run


def thumbprint(public_key: bytes) -> bytes:
    """RFC 9679 §3, for an OKP key: SHA-256 of the deterministic CBOR of {1: 1, -1: 6, -2: x}."""
    return hashlib.sha256(bytes.fromhex("a3 01 01 20 06 21 5820") + public_key).digest()


def test_the_issuing_keys_are_there_with_kid_and_public_key_in_hex(show: Show) -> None:
    keys = show(CITY.file, "--json").json()["keys"]
    assert {each["public_key"] for each in keys} == ISSUING.keys()
    for each in keys:
        assert each.keys() == {"kid", "public_key", "classes", "verify_until", "compromised"}
        assert each["kid"] == thumbprint(bytes.fromhex(each["public_key"])).hex()[:8]
        assert each["compromised"] is False
        served = {Kind.COHORT: ["library", "museum", "pool", "theatre"], Kind.REVOCABLE: ["pharmacy"]}
        assert each["classes"] == served[ISSUING[each["public_key"]]]
    until = {each["public_key"]: each["verify_until"] for each in keys}
    assert until[CITY.signer("cohort").public_key.hex()] == "2029-01-01T12:00:00Z"
    assert until[CITY.signer("revocable standby").public_key.hex()] == "2028-04-01T12:00:00Z"


@pytest.mark.parametrize("venue_class", ["library", "pharmacy"])
def test_with_them_alone_another_program_checks_a_code(show: Show, venue_class: str) -> None:
    """Ed25519 by PyNaCl over a Sig_structure that is put together here, byte for byte."""
    keys = {each["kid"]: each["public_key"] for each in show(CITY.file, "--json").json()["keys"]}
    credential = text.decode(CITY.code(venue_class))[1]
    protected, kid, body = credential[3:12], credential[8:12], credential[13:]
    assert credential[:8] + credential[12:13] == bytes.fromhex("d284 49 a2 0127 0444a0")
    head = 2 if body[0] == 0x58 else 1
    payload = body[: head + (body[1] if head == 2 else body[0] - 0x40)]
    assert body[len(payload) : -64] == bytes.fromhex("5840")
    external_aad = b"idcard.code production springfield"
    structure = b"\x84\x6aSignature1\x49" + protected + b"\x58\x22" + external_aad + payload
    VerifyKey(bytes.fromhex(keys[kid.hex()])).verify(structure, credential[-64:])


def venue_class(number: int, name: str, claims: list[str], **changes: object) -> dict[str, object]:
    described = {"number": number, "class": name, "claims": claims}
    return {**described, "least_age": None, "handle": False, "tolerance_days": 120, "photo_check": False, **changes}


def test_json_says_all_that_the_file_says(show: Show) -> None:
    ended = show(CITY.file, "--json")
    said = ended.json()
    held = trust_file.decode(CITY.file)
    assert (ended.code, ended.err) == (ACCEPT, "")
    said.pop("keys")
    assert said == {
        "schema": 1,
        "city": "springfield",
        "name": "Springfield",
        "environment": "production",
        "fingerprint": held.fingerprint.hex(),
        "fingerprint_words": fingerprint_words(held.fingerprint),
        "root": {
            "version": 1,
            "expires": "2028-06-01T12:00:00Z",
            "longest_list_days": 120,
            "root_keys": sorted(each.public_key.hex() for each in CITY.root_signers),
            "root_threshold": 2,
            "publisher_keys": [CITY.signer("publisher").public_key.hex()],
            "publisher_threshold": 1,
        },
        "list": {
            "version": 1,
            "issued": "2026-11-22T12:00:00Z",
            "next_update": "2026-12-22T12:00:00Z",
            "expires": "2027-03-22T12:00:00Z",
            "contact": CONTACT,
            "cancellations": 0,
        },
        "classes": [
            venue_class(1, "library", ["resident"]),
            venue_class(2, "museum", ["resident"]),
            venue_class(3, "pool", ["resident"], least_age=18),
            venue_class(4, "pharmacy", ["resident"], handle=True, tolerance_days=60),
            venue_class(5, "theatre", ["resident", "student"]),
        ],
    }


def test_an_officer_reads_it_in_lines(show: Show) -> None:
    ended = show(CITY.file)
    assert (ended.code, ended.err) == (ACCEPT, "")
    lines = ended.out.splitlines()
    assert lines[0] == "Springfield (springfield, production)"
    grouped = re.fullmatch(r"fingerprint  ((?:[0-9a-f]{4} ){7}[0-9a-f]{4})", lines[1])
    assert grouped
    assert grouped[1].replace(" ", "") == trust_file.decode(CITY.file).fingerprint.hex()
    assert lines.pop(2) == f"in words     {fingerprint_words(trust_file.decode(CITY.file).fingerprint)}"
    root = trust_file.decode(CITY.file).root
    assert lines[2:5] == [
        "root         version 1, expires 2028-06-01",
        f"root keys    2 of 3 must sign: {', '.join(cose.kid(key).hex() for key in root.roots.keys)}",
        f"publishers   1 of 1 must sign: {cose.kid(root.publishers.keys[0]).hex()}",
    ]
    assert "issued 2026-11-22, next by 2026-12-22, expires 2027-03-22" in lines[5]
    assert CONTACT in ended.out
    for key in ISSUING:
        assert cose.kid(bytes.fromhex(key)).hex() in ended.out
    assert "pool (number 3): resident, 18 or over" in ended.out
    assert "pharmacy (number 4): resident, a code that can be cancelled" in ended.out


def test_a_compromised_key_stands_out(show: Show) -> None:
    keys = CITY.trust_list().keys
    changed = (replace(keys[0], compromised=True), *keys[1:])
    file = CITY.trust_file(keys=changed, cancelled=[HANDLE])
    kid = cose.kid(keys[0].key).hex()
    assert f"{kid}  COMPROMISED" in show(file).out
    said = show(file, "--json").json()
    assert [each["kid"] for each in said["keys"] if each["compromised"]] == [kid]
    assert said["list"]["cancellations"] == 1


def test_what_a_city_was_told_is_what_its_file_says(founded: Founded) -> None:
    fingerprint = founded.ended.out.splitlines()[1].removeprefix("fingerprint ").replace(" ", "")
    assert idcard("trust", "show", founded.trust, "--json").json()["fingerprint"] == fingerprint


def test_the_texts_of_a_trust_file_steer_no_terminal(show: Show) -> None:
    file = CITY.trust_file(
        roots=[CITY.sign_root(CITY.root(name="Spring\u202efield"))], contact="Ask\u2028the \u2066office."
    )
    told = show(file).out
    assert "Spring\\u202efield (springfield, production)\n" in told
    assert "Ask\\u2028the \\u2066office.\n" in told
    said = show(file, "--json")
    assert said.out.isascii()
    assert said.json()["list"]["contact"] == "Ask\u2028the \u2066office."


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not a trust file but an empty file"),
        (b"\r\n<!DOCTYPE html><title>Log in</title>", "is not a trust file but a web page"),
        (b"not a trust file", "damaged or is not a trust file"),
        (CITY.file[:-1], "damaged or is not a trust file"),
        (
            CITY.trust_file(roots=[CITY.sign_root(signers=CITY.root_signers[:1])]),
            "not signed by those who must sign it",
        ),
        (CITY.trust_file(exp=CITY.trust_list().exp + 1), "valid for longer than it may be"),
        (
            CITY.trust_file(roots=[CITY.sign_root(CITY.root(exp=CITY.trust_list().exp - 1))]),
            "valid for longer than it may be",
        ),
        (CITY.trust_file(root=bytes(32)), Reason.TRUST_CHAIN.message[1:-1]),
        (
            trust_file.encode([CITY.sign_root()], CITY.sign_list(), cancellations.encode([HANDLE])),
            "cancellations are missing or are not those of the trust file",
        ),
    ],
    ids=[
        "empty",
        "login page",
        "other",
        "cut",
        "unsigned",
        "too long a life",
        "outlives its root",
        "another root",
        "other cancellations",
    ],
)
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_a_trust_file_that_does_not_hold_is_not_shown(
    show: Show, data: bytes, says: str, more: tuple[str, ...]
) -> None:
    ended = show(data, *more)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err


@pytest.mark.parametrize(("name", "says"), [("missing.idtrust", "no such file or directory"), (".", "is a directory")])
def test_a_trust_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, says: str) -> None:
    ended = idcard("trust", "show", name, cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (USAGE, "", f"idcard: {name}: {says}\n")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.idtrust").open("wb") as file:
        file.truncate((2 << 20) + 1)
    ended = idcard("trust", "show", tmp_path / "large.idtrust")
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.startswith(
        "idcard: the trust file is too large\nidcard: it is not the holder's fault; tell the city"
    )
