"""Public keys as text: one text for one key, with its kind."""

import base64
import hashlib

import pytest
from cities import signer
from hypothesis import given
from hypothesis import strategies as st

from idcard import cose
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.trust import public_key
from idcard.trust.public_key import KeyKind, PublicKey

KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KID = hashlib.sha256(bytes.fromhex("a301012006215820") + KEY).hexdigest()[:8]
LETTERS = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
TEXT = f"idpub.issuing.production.{KID}.{LETTERS}"
OTHER = signer("other").public_key


def test_a_key_of_rfc_8037_by_hand() -> None:
    assert public_key.encode(PublicKey(KeyKind.ISSUING, Environment.PRODUCTION, KEY)) == TEXT
    assert public_key.decode(TEXT) == PublicKey(KeyKind.ISSUING, Environment.PRODUCTION, KEY)


@given(st.sampled_from(KeyKind), st.sampled_from(Environment), st.binary(min_size=32, max_size=32))
def test_a_key_is_what_its_text_says(kind: KeyKind, environment: Environment, key: bytes) -> None:
    public = PublicKey(kind, environment, key)
    letters = base64.urlsafe_b64encode(key).decode().rstrip("=")
    assert public_key.encode(public) == f"idpub.{kind.value}.{environment}.{cose.kid(key).hex()}.{letters}"
    assert public_key.decode(public_key.encode(public)) == public
    assert public.kid == cose.kid(key)


def test_the_kinds_are_those_of_the_specification() -> None:
    assert [kind.value for kind in KeyKind] == ["root", "publisher", "issuing"]
    assert [str(environment) for environment in Environment] == ["production", "test"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(LETTERS, id="the key alone"),
        pytest.param(KEY.hex(), id="hexadecimal"),
        pytest.param(TEXT.replace("idpub.", "idsec."), id="another prefix"),
        pytest.param(TEXT.replace("idpub.", ""), id="no prefix"),
        pytest.param(TEXT.replace("idpub", "IDPUB"), id="capitals"),
        pytest.param(TEXT.replace("issuing", "signing"), id="an unknown kind"),
        pytest.param(TEXT.replace("issuing", "Issuing"), id="a kind in capitals"),
        pytest.param(TEXT.replace("issuing", ""), id="no kind"),
        pytest.param(TEXT.replace("production", "moon"), id="an unknown environment"),
        pytest.param(TEXT.replace("production", "Production"), id="an environment in capitals"),
        pytest.param(TEXT.replace("production", "0"), id="the number of an environment"),
        pytest.param(TEXT.replace("production", ""), id="no environment"),
        pytest.param(TEXT.replace("issuing.production", "production.issuing"), id="environment before kind"),
        pytest.param(TEXT.replace("issuing.", ""), id="without its kind"),
        pytest.param(TEXT.replace("production.", ""), id="without its environment"),
        pytest.param(TEXT.replace("issuing.production.", ""), id="three parts"),
        pytest.param(TEXT + ".", id="six parts"),
        pytest.param(TEXT.replace(".", ":"), id="colons"),
        pytest.param(TEXT.replace(KID, "00000000"), id="a kid that was made up"),
        pytest.param(TEXT.replace(KID, cose.kid(OTHER).hex()), id="the kid of another key"),
        pytest.param(TEXT.replace(KID, KID.upper()), id="a kid in capitals"),
        pytest.param(TEXT.replace(KID, KID[:7]), id="a kid cut short"),
        pytest.param(TEXT.replace(KID, ""), id="no kid"),
        pytest.param(TEXT + "=", id="padding"),
        pytest.param(TEXT.replace("_", "/"), id="the other base64"),
        pytest.param(TEXT[:-1] + "p", id="bits left over"),
        pytest.param(TEXT[:-1], id="cut short"),
        pytest.param(TEXT + "A", id="a letter more"),
        pytest.param(f"idpub.issuing.production.{KID}.{LETTERS[:42]}", id="31 bytes"),
        pytest.param(f"idpub.issuing.production.{KID}.", id="no key"),
        pytest.param(" " + TEXT, id="a blank before"),
        pytest.param(TEXT + "\n", id="a line end"),
        pytest.param(TEXT.replace(LETTERS, LETTERS[:20] + "\n" + LETTERS[20:]), id="a line end inside"),
        pytest.param(TEXT.replace("1", "\N{FULLWIDTH DIGIT ONE}"), id="wide digits"),
        pytest.param(TEXT + "\ud800", id="a lone surrogate"),
        pytest.param(TEXT * 10_000, id="800 kB"),
    ],
)
def test_any_other_text_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        public_key.decode(text)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_text_from_before_keys_named_their_environment_is_told_so(kind: KeyKind) -> None:
    with pytest.raises(Malformed, match=r"does not say whether it is for production or test: make a new key"):
        public_key.decode(f"idpub.{kind.value}.{KID}.{LETTERS}")


def test_the_environment_is_a_note_that_anybody_could_rewrite() -> None:
    assert public_key.decode(TEXT.replace("production", "test")) == PublicKey(KeyKind.ISSUING, Environment.TEST, KEY)


def test_no_single_wrong_letter_goes_unnoticed() -> None:
    for at in range(len(TEXT)):
        for letter in "Aa0.-_ ":
            if TEXT[at] != letter:
                with pytest.raises(Malformed):
                    public_key.decode(TEXT[:at] + letter + TEXT[at + 1 :])


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_has_no_text(size: int) -> None:
    with pytest.raises(Malformed):
        public_key.encode(PublicKey(KeyKind.ROOT, Environment.TEST, bytes(size)))
