"""Keys that live on a PKCS#11 token, through the whole ceremony, as an officer types it. The token is SoftHSM."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import ACCEPT, USAGE, Ended, Office, idcard, with_handles
from machine import needs_softhsm, softhsm

from idcard.city.profile import Kind

PIN = "472901"
JANUARY, FEBRUARY = "2027-01-05", "2027-02-03"

pytestmark = needs_softhsm
Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command beside a token called `safe`, whose PIN is in the file `pin`."""
    tokens, conf = tmp_path / "tokens", tmp_path / "softhsm2.conf"
    tokens.mkdir()
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    changes = {"SOFTHSM2_CONF": str(conf), "IDCARD_PKCS11_MODULE": str(softhsm())}
    made = ["softhsm2-util", "--init-token", "--free", "--label", "safe", "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(made, env={**os.environ, **changes}, check=True, capture_output=True)
    (tmp_path / "pin").write_text(f"{PIN}\n")
    return lambda *arguments, at=JANUARY, **how: idcard(*arguments, at=at, env={**changes, **how.pop("env", {})}, **how)


@pytest.fixture
def pin(tmp_path: Path) -> tuple[object, ...]:
    return ("--passphrase-file", tmp_path / "pin")


def done(ended: Ended) -> str:
    assert ended.code == ACCEPT, ended.err
    return ended.out


def test_a_publisher_and_issuing_keys_on_a_token(office: Office, run: Run, pin: tuple[object, ...]) -> None:
    """Made there, published, used, and destroyed there."""
    home, key = office.home, office.home / "publisher-2.key"
    public = done(run("key", "make", key, "--kind", "publisher", "--environment", "test", "--token", "safe", *pin))
    assert public.startswith("idpub.publisher.test.")
    chair = home / "root-4.key"
    fourth = done(run("key", "make", chair, "--kind", "root", "--environment", "test", "--token", "safe", *pin)).strip()
    assert "BEGIN IDCARD TOKEN KEY" in key.read_text()
    made = done(run("key", "rotate", *office.here, "--token", "safe", *pin))
    assert made.count("made ") == len(Kind)
    assert all("TOKEN KEY" in office.key_path(office.key(kind.value, "2027-Q4")).read_text() for kind in Kind)

    draft = home / "next.iddraft"
    changes = ("--add-publisher", public.strip(), "--publisher-threshold", "2", "--add-root", fourth)
    done(run("trust", "draft", *office.here, "--out", draft, *changes))
    for number in (1, 3):
        done(
            run("trust", "sign", draft, "--trust", office.trust, "--key", office.root(number), *office.secret, "--yes")
        )
    done(run("trust", "sign", draft, "--trust", office.trust, "--key", office.publisher, *office.secret, "--yes"))
    refused = run("trust", "finish", draft, *office.here).err
    assert "1 of 2 signatures, waiting for:" in refused
    for joining, of in ((fourth, "root"), (public, "publisher")):
        assert f"{of} key {joining.split('.')[3]} joins and has not signed" in refused
    # Keys on a token join as any other: by a plain signature.
    for held in (key, chair):
        done(run("trust", "sign", draft, "--trust", office.trust, "--key", held, *pin, "--yes"))
    done(run("trust", "finish", draft, *office.here))
    assert office.held().root.publishers.threshold == 2
    assert len(office.held().root.roots.keys) == 4


def test_a_code_signed_by_a_token_is_accepted(office: Office, run: Run, pin: tuple[object, ...]) -> None:
    done(run("key", "rotate", *office.here, "--token", "safe", *pin))
    office.publish(at=JANUARY)
    autumn = "2027-10-04"
    for at in ("2027-04-01", "2027-07-01", "2027-09-30"):
        office.done("trust", "renew", *office.here, *office.secret, at=at)
    person = ("--set", "birth_date=1990-04-01", "--set", "resident=yes", "--set", "student=no")
    codes = done(run("mint", *office.here, *pin, *with_handles(office.folder, person, autumn), at=autumn))
    for line in codes.splitlines():
        name, code = line.split("\t")
        verdict = run("verify", "-", "--trust", office.trust, "--for", name, at=autumn, stdin=code.encode())
        assert (verdict.code, verdict.out.split()[0]) == (ACCEPT, "ACCEPT")


def test_a_key_on_a_token_is_destroyed_where_the_token_is_named(
    office: Office, run: Run, pin: tuple[object, ...], tmp_path: Path
) -> None:
    done(run("key", "rotate", *office.here, "--token", "safe", *pin))
    key = office.key("cohort", "2027-Q4")
    objects = len(list(tmp_path.glob("tokens/*/*.object")))
    ended = run("key", "distrust", key.kid.hex(), *office.here, "--yes")
    assert "is on the token 'safe'" in ended.err
    assert office.key_path(key).exists()
    assert "destroyed" in done(run("key", "rotate", *office.here, "--token", "safe", *pin))
    assert not office.key_path(key).exists()
    # The public and the private object are gone; a new key for the slot is there.
    assert len(list(tmp_path.glob("tokens/*/*.object"))) == objects


def test_a_mark_of_an_editor_is_no_part_of_the_pin(office: Office, run: Run, tmp_path: Path) -> None:
    """It would cost one of the few tries of the token."""
    (tmp_path / "marked").write_text(f"{PIN}\r\n", "utf-8-sig")
    done(run("key", "rotate", *office.here, "--token", "safe", "--passphrase-file", tmp_path / "marked"))


def test_a_wrong_pin_makes_nothing(office: Office, run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("000000\n")
    before = office.contents()
    ended = run("key", "rotate", *office.here, "--token", "safe", "--passphrase-file", wrong)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "PIN" in ended.err
    assert "000000" not in ended.err
    assert office.contents() == before


def test_without_a_library_a_token_cannot_be_used(office: Office, pin: tuple[object, ...], run: Run) -> None:
    ended = run("key", "rotate", *office.here, "--token", "safe", *pin, env={"IDCARD_PKCS11_MODULE": ""})
    assert (ended.code, ended.out) == (USAGE, "")
    assert "--pkcs11-module" in ended.err
