"""Keys on a token: made there, checked before each use, and a token is believed nothing.

The tests of tokens run against SoftHSM2, a token in software; what it does not do wrong by itself is put into
python-pkcs11 between it and the module under test.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pkcs11
import pkcs11.exceptions
import pytest
from cities import ADULT, NOW, City
from hypothesis import given
from hypothesis import strategies as st
from machine import for_want_of, softhsm
from nacl.bindings import (
    crypto_sign_ed25519ph_final_create,
    crypto_sign_ed25519ph_state,
    crypto_sign_ed25519ph_update,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)

from idcard import cose
from idcard.ceremony import publish
from idcard.cose import BadSigner, Signer
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.keys import key_file, token_key, token_sessions
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.keys.token_key import TokenKey
from idcard.keys.token_sessions import TokenError
from idcard.trust import cancellations, public_key, trust_file
from idcard.trust import root as root_format
from idcard.trust.document import Role
from idcard.trust.public_key import KeyKind, PublicKey
from idcard.verify import Verifier

PIN = "swordfish 4711"
LABEL = "City keys"
SEED = bytes(range(100, 132))
MESSAGE = b"a message to sign"
KEY = TokenKey(KeyKind.ISSUING, Environment.PRODUCTION, SeedSigner(SEED).public_key, LABEL, bytes(range(16)))
TEXT = """\
-----BEGIN IDCARD TOKEN KEY-----
public: idpub.issuing.production.93e25e8d.C7w0aldmfDgBIL2cf9flHSxf3-o3zS9b9AWyxr9vLXg
token: City keys
id: 000102030405060708090a0b0c0d0e0f
-----END IDCARD TOKEN KEY-----
"""
BEGIN, END = TEXT.splitlines()[0], TEXT.splitlines()[-1]


# ---- the file ----


def refused(text: str) -> None:
    """TokenError and nothing else: pytest.raises lets every other exception through."""
    with pytest.raises(TokenError) as raised:
        token_key.decode(text)
    assert type(raised.value) is TokenError


def refused_or_elsewhere(text: str) -> None:
    """Label and id are not protected, for `opened` looks whether the key is there. What the key is, cannot change."""
    try:
        key = token_key.decode(text)
    except TokenError:
        return
    assert token_key.encode(key) == text
    assert replace(key, token=KEY.token, key_id=KEY.key_id) == KEY


def test_the_text_is_what_the_page_says() -> None:
    assert token_key.encode(KEY) == TEXT
    assert token_key.decode(TEXT) == KEY


LABELS = st.from_regex(r"[!-~]([ -~]{0,30}[!-~])?|[a-zß-öø-ÿа-я]{1,16}|[一-龥]{1,10}", fullmatch=True)


@given(
    st.builds(
        TokenKey,
        st.sampled_from(KeyKind),
        st.sampled_from(Environment),
        st.binary(min_size=32, max_size=32),
        LABELS,
        st.binary(min_size=16, max_size=16),
    )
)
def test_any_key_survives(key: TokenKey) -> None:
    assert token_key.decode(token_key.encode(key)) == key


@pytest.mark.parametrize(
    "label",
    [
        *("", " ", " City", "City ", "\u3000City", "x" * 33, "ü" * 17, "a\tb", "a\nb", "a\0b", "a\nid: 00", "a\x7fb"),
        *("a\u202eb", "a\u200bb", "a\u2028b", "Schlu\u0308ssel", "a\ud800b"),
    ],
    ids=ascii,
)
def test_a_label_that_pkcs11_cannot_hold_is_never_written_or_read(label: str) -> None:
    with pytest.raises(TokenError):
        token_key.encode(replace(KEY, token=label))
    refused(TEXT.replace("City keys", label))


@pytest.mark.parametrize(
    "label", ["x", "x" * 32, "a  b", "token: x", END.lower(), "'\"\\{}%s"[:32], "Schlüssel", "ü" * 16, "मुख्य", "مفتاح"]
)
def test_a_label_that_pkcs11_can_hold_is_written_and_read(label: str) -> None:
    key = replace(KEY, token=label[:32])
    assert token_key.decode(token_key.encode(key)) == key


@pytest.mark.parametrize(
    "key",
    [
        replace(KEY, key_id=b""),
        replace(KEY, key_id=bytes(15)),
        replace(KEY, key_id=bytes(17)),
        replace(KEY, public_key=bytes(31)),
        replace(KEY, public_key=b""),
    ],
)
def test_a_key_of_another_size_is_never_written(key: TokenKey) -> None:
    with pytest.raises(TokenError):
        token_key.encode(key)


def test_every_flipped_bit_and_other_letter_is_refused_or_says_another_place() -> None:
    for at in range(len(TEXT)):
        for letter in {chr(ord(TEXT[at]) ^ 1 << bit) for bit in range(8)} | set("0aA=.\n é"):
            if letter != TEXT[at]:
                refused_or_elsewhere(TEXT[:at] + letter + TEXT[at + 1 :])


def test_every_truncation_loss_and_addition_is_refused_or_says_another_place() -> None:
    for at in range(len(TEXT)):
        refused(TEXT[:at])
        refused(TEXT[at + 1 :])
        refused_or_elsewhere(TEXT[:at] + TEXT[at + 1 :])
        for added in "0=\n ":
            refused_or_elsewhere(TEXT[:at] + added + TEXT[at:])
    for added in ("\n", " ", "0", "\0", TEXT):
        refused(TEXT + added)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("\n", ""),
        (".production.", ".PRODUCTION."),
        (".production.", ".moon."),
        (".production.", "."),
        (".production.", ".production.test."),
        ("public: ", "environment: production\npublic: "),
        ("idpub.issuing", "idpub.officer"),
        ("idpub.issuing", "IDPUB.ISSUING"),
        ("93e25e8d", "93e25e8e"),
        ("0a0b0c0d0e0f", "0A0B0C0D0E0F"),
        ("0a0b0c0d0e0f", "0a0b0c0d0e"),
        ("0a0b0c0d0e0f", "0a0b0c0d0e0f00"),
        ("0a0b0c0d0e0f", "0a0b0c0d0e\u0660\u0660"),
        (BEGIN, "\ufeff" + BEGIN),
        (TEXT, ""),
        (TEXT, f"{BEGIN}\n{END}\n"),
        (TEXT, "x" * 1_000_000),
        (TEXT, BEGIN + "\npublic: " + "a" * 1_000_000),
        ("City keys", "a" * 1_000_000),
    ],
)
def test_what_reads_almost_like_a_token_key_file_is_refused(old: str, new: str) -> None:
    assert TEXT.replace(old, new) != TEXT
    refused(TEXT.replace(old, new))


def test_kind_and_environment_are_a_note_that_an_officer_could_rewrite() -> None:
    """Nothing authenticates the file: what a key may sign is in the trust file and the plan, by its public key."""
    text = TEXT.replace("issuing", "root").replace("production", "test")
    assert token_key.decode(text) == replace(KEY, kind=KeyKind.ROOT, environment=Environment.TEST)


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_any_other_text_is_refused(text: str) -> None:
    refused(text)


@given(st.from_regex(token_key._LINES, fullmatch=True))
def test_text_of_the_right_shape_with_another_key_in_it_is_refused(text: str) -> None:
    refused(text)


def test_the_three_files_of_a_key_are_never_taken_for_each_other() -> None:
    public = public_key.encode(PublicKey(KEY.kind, KEY.environment, KEY.public_key))
    private = key_file.encode(PrivateKey(KeyKind.ISSUING, Environment.TEST, SeedSigner(SEED)), "a long passphrase")
    assert token_key.is_token_key(TEXT)
    for other in (public, f"{public}\n", private, private.replace("PRIVATE", "TOKEN", 1), f"\n{TEXT}", ""):
        assert token_key.is_token_key(other) is (BEGIN in other and other[0] != "\n")
        refused(other)
    for part in (TEXT, TEXT.strip(), *TEXT.splitlines()):
        with pytest.raises(Malformed):
            public_key.decode(part)
    with pytest.raises(KeyFileError):
        key_file.decode(TEXT, "a long passphrase")


def test_a_damaged_token_key_file_is_still_one_to_complain_about() -> None:
    assert token_key.is_token_key(TEXT.replace("\n", "\r\n"))


def test_without_the_extra_one_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    for use in (
        lambda: token_key.generate("module.so", LABEL, PIN, KeyKind.ROOT, Environment.TEST),
        lambda: token_key.destroy("module.so", KEY, PIN),
        lambda: ExitStack().enter_context(token_key.opened("module.so", KEY, PIN)),
    ):
        with pytest.raises(TokenError, match=r"^a key on a token needs the extra 'hsm': see \"Install\" in "):
            use()
    assert token_key.decode(TEXT) == KEY


# ---- a token in software ----


@dataclass(frozen=True)
class SoftHsm:
    """SoftHSM2 with one token, `City keys`, in a directory of its own."""

    module: str
    tokens: Path = field(compare=False)

    def add_token(self, label: str) -> None:
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "an officer"],
            check=True,
            capture_output=True,
        )

    def generate(self, kind: KeyKind = KeyKind.ISSUING) -> TokenKey:
        return token_key.generate(self.module, LABEL, PIN, kind, Environment.TEST)

    @contextmanager
    def opened(self, key: TokenKey) -> Iterator[Signer]:
        with token_key.opened(self.module, key, PIN) as signer:
            yield signer

    @contextmanager
    def session(self) -> Iterator[Any]:
        """Past the module under test: what any program with the PIN can do."""
        import pkcs11

        library = pkcs11.lib(self.module)
        try:
            with library.get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
                yield session
        finally:
            library.finalize()

    def objects(self) -> list[str]:
        with self.session() as session:
            return sorted(type(each).__name__ for each in session.get_objects())

    def remove(self, key: TokenKey, object_class: str) -> None:
        import pkcs11

        with self.session() as session:
            wanted = {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass[object_class],
                pkcs11.Attribute.ID: key.key_id,
            }
            for each in list(session.get_objects(wanted)):
                each.destroy()

    def make_pair(self, key_id: bytes, curve: str = "06032b6570", kind: str = "EC_EDWARDS", **attributes: bool) -> None:
        """Any pair of keys, good or bad. curve: CKA_EC_PARAMS in hexadecimal."""
        import pkcs11

        with self.session() as session:
            session.create_domain_parameters(
                pkcs11.KeyType[kind], {pkcs11.Attribute.EC_PARAMS: bytes.fromhex(curve)}, local=True
            ).generate_keypair(
                id=key_id,
                store=True,
                private_template={pkcs11.Attribute[name]: value for name, value in attributes.items()},
            )


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token that nobody uses, to be copied: making one takes longer than most tests."""
    module = softhsm()
    if module is None:
        pytest.skip(for_want_of("softhsm2"))
    token = SoftHsm(module, tmp_path_factory.mktemp("fresh"))
    with pytest.MonkeyPatch.context() as patch:
        configure(token.tokens, patch)
        token.add_token(LABEL)
    return token


def configure(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tokens.with_name("softhsm2.conf")
    path.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n", "utf-8")
    monkeypatch.setenv("SOFTHSM2_CONF", str(path))


@pytest.fixture
def token(fresh: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """A fresh token. The module under test ends SoftHSM after every use, so it reads its configuration anew."""
    shutil.copytree(fresh.tokens, tmp_path / "tokens")
    configure(tmp_path / "tokens", monkeypatch)
    return replace(fresh, tokens=tmp_path / "tokens")


# ---- making, signing, removing ----


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize("environment", Environment)
def test_a_key_made_on_the_token_signs_what_libsodium_verifies(
    token: SoftHsm, kind: KeyKind, environment: Environment
) -> None:
    key = token_key.generate(token.module, LABEL, PIN, kind, environment)
    assert (key.kind, key.environment, key.token, len(key.key_id)) == (kind, environment, LABEL, 16)
    with token.opened(token_key.decode(token_key.encode(key))) as signer:
        signature = signer.sign(MESSAGE)
        assert signer.public_key == key.public_key
    assert len(signature) == 64
    assert crypto_sign_open(signature + MESSAGE, key.public_key) == MESSAGE


def test_the_same_message_twice_gives_the_same_signature(token: SoftHsm) -> None:
    key = token.generate()
    with token.opened(key) as signer:
        first, other = signer.sign(MESSAGE), signer.sign(MESSAGE + b".")
        assert signer.sign(MESSAGE) == first != other
    with token.opened(key) as signer:
        assert signer.sign(MESSAGE) == first


@pytest.mark.parametrize("size", [0, 1, 10_000, 1_000_000])
def test_messages_of_any_size_are_signed(token: SoftHsm, size: int) -> None:
    with token.opened(token.generate()) as signer:
        assert len(cose.sign(signer, bytes(size))) == 64


def test_two_keys_have_nothing_in_common(token: SoftHsm) -> None:
    one, two = token.generate(), token.generate()
    assert one.public_key != two.public_key
    assert one.key_id != two.key_id


def test_the_private_key_can_sign_and_nothing_else_and_never_leaves(token: SoftHsm) -> None:
    import pkcs11
    from pkcs11 import Attribute, ObjectClass

    key = token.generate()
    with token.session() as session:
        private, public = (
            session.get_key(object_class=each, id=key.key_id)
            for each in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)
        )
        yes = {"TOKEN", "PRIVATE", "SENSITIVE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "LOCAL", "SIGN"}
        no = {"EXTRACTABLE", "DECRYPT", "UNWRAP", "DERIVE"}
        assert {name: private[Attribute[name]] for name in yes | no} == {name: name in yes for name in yes | no}
        assert {name: public[Attribute[name]] for name in ("TOKEN", "VERIFY", "ENCRYPT", "WRAP")} == {
            "TOKEN": True,
            "VERIFY": True,
            "ENCRYPT": False,
            "WRAP": False,
        }
        assert private.label == public.label == "idcard issuing test"
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            private[Attribute.VALUE]


def test_the_token_is_asked_to_keep_the_private_key_to_itself(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some tokens make keys that can be taken out unless they are asked not to."""
    from pkcs11 import _pkcs11

    honest = _pkcs11.LocalDomainParameters.generate_keypair
    asked: dict[str, bool] = {}

    def recorded(parameters: object, **wanted: Any) -> object:
        asked.update({attribute.name: value for attribute, value in wanted["private_template"].items()})
        return honest(parameters, **wanted)

    monkeypatch.setattr(_pkcs11.LocalDomainParameters, "generate_keypair", recorded)
    token.generate()
    assert asked == {"PRIVATE": True, "SENSITIVE": True, "EXTRACTABLE": False}


def test_a_destroyed_key_is_gone_and_the_others_stay(token: SoftHsm) -> None:
    key, other = token.generate(), token.generate()
    token_key.destroy(token.module, key, PIN)
    assert token.objects() == ["PrivateKey", "PublicKey"]
    with (
        pytest.raises(TokenError, match=r"^the key is not on the token 'City keys'"),
        token.opened(key),
    ):
        pytest.fail("a destroyed key was opened")
    with pytest.raises(TokenError, match=r"^the key is not on the token 'City keys'"):
        token_key.destroy(token.module, key, PIN)
    with token.opened(other) as signer:
        assert len(cose.sign(signer, MESSAGE)) == 64


@pytest.mark.parametrize("half", ["PRIVATE_KEY", "PUBLIC_KEY"])
def test_what_is_left_of_a_key_can_be_destroyed(token: SoftHsm, half: str) -> None:
    key = token.generate()
    token.remove(key, half)
    token_key.destroy(token.module, key, PIN)
    assert token.objects() == []


def test_another_key_under_the_same_id_is_not_destroyed(token: SoftHsm) -> None:
    key = replace(token.generate(), public_key=KEY.public_key)
    with pytest.raises(TokenError, match="another key in the place of this one"):
        token_key.destroy(token.module, key, PIN)
    assert token.objects() == ["PrivateKey", "PublicKey"]


def test_a_key_that_the_token_does_not_let_go_is_not_called_destroyed(
    token: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pkcs11 import _pkcs11

    key = token.generate()
    monkeypatch.setattr(_pkcs11.Object, "destroy", lambda _: None)
    with pytest.raises(TokenError, match="still has the key"):
        token_key.destroy(token.module, key, PIN)


# ---- a city whose keys are on a token ----


def test_a_city_on_a_token_publishes_and_mints_what_a_venue_accepts(token: SoftHsm) -> None:
    city = City()
    planned = city.signer("cohort").public_key
    with ExitStack() as stack:
        roots = [stack.enter_context(token.opened(token.generate(KeyKind.ROOT))) for _ in range(3)]
        publisher, issuing = (
            stack.enter_context(token.opened(token.generate(kind))) for kind in (KeyKind.PUBLISHER, KeyKind.ISSUING)
        )
        root = city.root(
            roots=Role(2, tuple(sorted(each.public_key for each in roots))),
            publishers=Role(1, (publisher.public_key,)),
        )
        listed = (
            replace(each, key=issuing.public_key) if each.key == planned else each for each in city.trust_list().keys
        )
        trust_list = city.trust_list(
            root=root_format.digest(root), keys=tuple(sorted(listed, key=lambda each: each.key))
        )
        file = publish.assemble(
            [city.sign_root(root, roots[:2])], city.sign_list(trust_list, [publisher]), cancellations.encode([])
        )
        code = city.code("library", ADULT, by=issuing)
        assert city.code("library", ADULT, by=issuing) == code
    assert trust_file.decode(file).trust_list == trust_list
    assert Verifier(file).verify(code, "library", now=NOW).proven == ("resident",)


# ---- sessions ----


def test_keys_of_one_token_are_open_at_the_same_time_and_close_in_any_order(token: SoftHsm) -> None:
    one, two = token.generate(), token.generate()
    first, second = ExitStack(), ExitStack()
    signer = first.enter_context(token.opened(one))
    other = second.enter_context(token.opened(two))
    with token.opened(one) as again:
        assert cose.sign(again, MESSAGE) == cose.sign(signer, MESSAGE)
    first.close()
    assert cose.verifies(two.public_key, MESSAGE, cose.sign(other, MESSAGE))
    second.close()
    assert token_sessions._LOGINS == {}


def test_keys_are_made_and_destroyed_while_another_is_open(token: SoftHsm) -> None:
    with token.opened(token.generate()) as signer:
        key = token.generate()
        with token.opened(key) as other:
            assert cose.sign(other, MESSAGE) != cose.sign(signer, MESSAGE)
        token_key.destroy(token.module, key, PIN)
        assert len(cose.sign(signer, MESSAGE)) == 64
    assert token.objects() == ["PrivateKey", "PublicKey"]


def test_keys_of_two_tokens_are_open_at_the_same_time(token: SoftHsm) -> None:
    token.add_token("Second")
    here = token.generate()
    there = token_key.generate(token.module, "Second", PIN, KeyKind.ROOT, Environment.TEST)
    with token.opened(here) as one, token.opened(there) as two:
        assert len(cose.sign(one, MESSAGE)) == len(cose.sign(two, MESSAGE)) == 64
    with (
        pytest.raises(TokenError, match=r"^the key is not on the token 'Second'"),
        token.opened(replace(here, token="Second")),
    ):
        pytest.fail("a key was opened on a token where it is not")


def test_a_token_is_logged_out_while_another_stays_open(token: SoftHsm) -> None:
    token.add_token("Second")
    here = token.generate()
    there = token_key.generate(token.module, "Second", PIN, KeyKind.ROOT, Environment.TEST)
    with token.opened(there) as other:
        for _ in range(2):
            with token.opened(here) as signer:
                assert len(cose.sign(signer, MESSAGE)) == 64
        assert len(cose.sign(other, MESSAGE)) == 64


def test_a_session_ends_with_its_block_while_another_stays_open(token: SoftHsm) -> None:
    import pkcs11

    key = token.generate()
    with token.opened(key):
        with token.opened(key) as signer:
            session = signer._private.session
        with pytest.raises(pkcs11.SessionHandleInvalid):
            session.generate_random(8)


def test_two_names_of_one_module_are_one_module(token: SoftHsm, tmp_path: Path) -> None:
    link = tmp_path / "another name.so"
    link.symlink_to(token.module)
    key = token.generate()
    with token.opened(key) as one, token_key.opened(str(link), key, PIN) as two:
        assert cose.sign(one, MESSAGE) == cose.sign(two, MESSAGE)


def test_a_signer_ends_with_its_block(token: SoftHsm) -> None:
    key = token.generate()
    with token.opened(key):
        with token.opened(key) as signer:
            assert len(signer.sign(MESSAGE)) == 64
        with pytest.raises(TokenError, match=r"^the token 'City keys' was closed$"):
            signer.sign(MESSAGE)


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ValueError, BadSigner])
def test_what_goes_wrong_in_the_block_comes_out_of_it_and_the_token_is_logged_out(
    token: SoftHsm, problem: type[BaseException]
) -> None:
    key = token.generate()
    with pytest.raises(problem, match=r"^mine$"), token.opened(key):
        raise problem("mine")
    assert token.objects() == ["PrivateKey", "PublicKey"], "a second login would have failed"


# ---- what a key officer is told ----


USES: dict[str, Callable[[str, TokenKey, str], object]] = {
    "generate": lambda module, key, pin: token_key.generate(module, key.token, pin, key.kind, key.environment),
    "opened": lambda module, key, pin: ExitStack().enter_context(token_key.opened(module, key, pin)),
    "destroy": token_key.destroy,
}


def told_by(problem: BaseException | None) -> Iterator[str]:
    """Everything that an exception carries, and every exception behind it, shown or not."""
    while problem is not None:
        yield from (str(problem), repr(problem), repr(problem.args), repr(vars(problem)))
        yield from getattr(problem, "__notes__", [])
        yield repr(getattr(problem, "object", None))
        problem = problem.__cause__ or problem.__context__


def fails(sentence: str, use: Callable[[], object], *secrets: str) -> None:
    """With an TokenError of exactly this sentence, which tells nobody the PIN, and nothing stays logged in."""
    with pytest.raises(TokenError) as raised:
        use()
    assert re.fullmatch(sentence, str(raised.value)), str(raised.value)
    told = " ".join(told_by(raised.value))
    assert not [secret for secret in (PIN, *secrets) if secret in told]
    assert token_sessions._LOGINS == {}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("pin", ["swordfish", f"{PIN} ", PIN.upper(), "x" * 300, "п" * 9])
def test_a_wrong_pin(token: SoftHsm, name: str, pin: str) -> None:
    key = token.generate()
    fails(
        "the PIN of the token 'City keys' is wrong; after a few wrong PINs a token locks itself",
        lambda: USES[name](token.module, key, pin),
        pin,
    )
    with token.opened(key) as signer:
        assert len(signer.sign(MESSAGE)) == 64


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("pin", ["", "sword\udcfffish"])
def test_a_pin_that_is_none(token: SoftHsm, name: str, pin: str) -> None:
    fails("the PIN is empty, or not text in UTF-8", lambda: USES[name](token.module, KEY, pin), "sword")


def test_a_wrong_pin_opens_nothing_while_the_token_is_open(token: SoftHsm) -> None:
    key = token.generate()
    with token.opened(key) as signer:
        for use in USES.values():
            with pytest.raises(TokenError, match=r"^the PIN of the token 'City keys' is wrong;"):
                use(token.module, key, "swordfish")
        assert len(signer.sign(MESSAGE)) == 64
    assert token.objects() == ["PrivateKey", "PublicKey"]


@pytest.mark.parametrize("name", USES)
def test_a_module_that_is_none(token: SoftHsm, tmp_path: Path, name: str) -> None:
    from pkcs11 import _pkcs11

    text = tmp_path / "text.so"
    text.write_text("no library", "utf-8")
    for missing in (str(tmp_path / "missing.so"), str(tmp_path), "libsofthsm2.so", "", "a\0b", "\udcff"):
        fails(
            r"there is no PKCS#11 module '.*'; name the file by its path",
            lambda missing=missing: USES[name](missing, KEY, PIN),
        )
    for other in (str(text), _pkcs11.__file__):
        fails(
            f"{re.escape(os.path.realpath(other))} does not work as a PKCS#11 module: .+",
            lambda other=other: USES[name](other, KEY, PIN),
        )


def test_a_module_that_does_not_start(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.tokens / "missing.conf"))
    fails(".* does not work as a PKCS#11 module: GeneralError", lambda: USES["opened"](token.module, KEY, PIN))


@pytest.mark.parametrize("name", USES)
def test_a_token_that_is_not_there(token: SoftHsm, name: str) -> None:
    fails(
        r"there is no token 'Elsewhere'; is it plugged in\?",
        lambda: USES[name](token.module, replace(KEY, token="Elsewhere"), PIN),
    )


@pytest.mark.parametrize("name", USES)
def test_two_tokens_of_one_label(token: SoftHsm, name: str) -> None:
    token.add_token(LABEL)
    fails("there are two tokens 'City keys'; take one out", lambda: USES[name](token.module, KEY, PIN))


@pytest.mark.parametrize(
    "typed", ["Schlüssel", "Schlu\u0308ssel"], ids=["as a keyboard types it", "as a Mac names files"]
)
def test_a_token_with_a_label_of_any_script(token: SoftHsm, typed: str) -> None:
    token.add_token("Schlüssel")
    key = token_key.generate(token.module, typed, PIN, KeyKind.ISSUING, Environment.TEST)
    assert key.token == "Schlüssel"
    with token.opened(token_key.decode(token_key.encode(key))) as signer:
        assert len(cose.sign(signer, MESSAGE)) == 64


@pytest.mark.parametrize("label", ["", " City", "x" * 33, "ü" * 17])
def test_a_label_that_no_token_has_is_not_looked_for(label: str) -> None:
    fails(
        "the label of a token is visible letters, 32 bytes of UTF-8 at most, with no blank at either end",
        lambda: USES["generate"]("module.so", replace(KEY, token=label), PIN),
    )


@pytest.mark.parametrize("name", ["opened", "destroy"])
def test_a_key_that_is_not_on_the_token(token: SoftHsm, name: str) -> None:
    token.generate()
    fails(
        "the key is not on the token 'City keys': this is another token, or the key was destroyed",
        lambda: USES[name](token.module, KEY, PIN),
    )


@pytest.mark.parametrize("name", ["opened", "destroy"])
@pytest.mark.parametrize("only", ["PRIVATE_KEY", "PUBLIC_KEY", ""])
def test_two_keys_of_one_id(token: SoftHsm, name: str, only: str) -> None:
    key = token.generate()
    if only:
        token.remove(key, {"PRIVATE_KEY": "PUBLIC_KEY", "PUBLIC_KEY": "PRIVATE_KEY"}[only])
        token.make_pair(key.key_id)
    token.make_pair(key.key_id)
    before = token.objects()
    sentence = "the token 'City keys' has two keys with one id; remove the wrong one with its maker's program"
    fails(sentence, lambda: USES[name](token.module, key, PIN))
    assert token.objects() == before


ED448, P256 = "06032b6571", "06082a8648ce3d030107"


@pytest.mark.parametrize(("curve", "kind"), [(ED448, "EC_EDWARDS"), (P256, "EC")])
def test_a_key_of_another_kind(token: SoftHsm, curve: str, kind: str) -> None:
    token.make_pair(KEY.key_id, curve, kind)
    sentence = "the key on the token 'City keys' is not an Ed25519 key"
    fails(sentence, lambda: USES["opened"](token.module, KEY, PIN))
    fails(sentence, lambda: USES["destroy"](token.module, KEY, PIN))
    assert token.objects() == ["PrivateKey", "PublicKey"]


NO_ED25519 = "the token 'City keys' does not sign with this key, or not as Ed25519 does; nothing was signed with it"
ANOTHER = "the token 'City keys' has another key in the place of this one"


def test_an_ed448_key_whose_public_object_is_missing(token: SoftHsm) -> None:
    token.make_pair(KEY.key_id, ED448)
    token.remove(KEY, "PUBLIC_KEY")
    fails(NO_ED25519, lambda: USES["opened"](token.module, KEY, PIN))


def test_a_private_key_that_is_not_the_public_ones(token: SoftHsm) -> None:
    key = replace(token.generate(), public_key=KEY.public_key)
    fails(ANOTHER, lambda: USES["opened"](token.module, key, PIN))
    token.remove(key, "PUBLIC_KEY")
    fails(NO_ED25519, lambda: USES["opened"](token.module, key, PIN))


def test_a_key_without_its_public_object_signs_all_the_same(token: SoftHsm) -> None:
    key = token.generate()
    token.remove(key, "PUBLIC_KEY")
    with token.opened(key) as signer:
        assert len(cose.sign(signer, MESSAGE)) == 64


GIVEN_AWAY = "the token 'City keys' would give this private key away; make another key"
BAD_ATTRIBUTES = {
    "extractable": ({"EXTRACTABLE": True}, GIVEN_AWAY),
    "not sensitive": ({"SENSITIVE": False, "EXTRACTABLE": False}, GIVEN_AWAY),
    "not for signing": ({"SIGN": False, "EXTRACTABLE": False}, "the token 'City keys' does not let this key sign"),
}


@pytest.mark.parametrize("name", BAD_ATTRIBUTES)
def test_a_key_that_another_program_made_badly(token: SoftHsm, name: str) -> None:
    attributes, sentence = BAD_ATTRIBUTES[name]
    token.make_pair(KEY.key_id, **attributes)
    fails(sentence, lambda: USES["opened"](token.module, KEY, PIN))


@dataclass
class BrokenModule:
    """A module with one token, whose every login fails in one way."""

    problem: str
    ended: int = 0
    label: str = LABEL

    def get_tokens(self) -> list["BrokenModule"]:
        return [self]

    def open(self, **_: object) -> None:
        import pkcs11

        raise getattr(pkcs11, self.problem)

    def finalize(self) -> None:
        self.ended += 1


WAYS = {
    "PinLocked": "the PIN of the token 'City keys' is locked; unlock it with the program of the token's maker",
    "PinExpired": "the PIN of the token 'City keys' has expired; set a new one with the program of the token's maker",
    "PinInvalid": "the PIN of the token 'City keys' is wrong: it has a character that the token does not accept",
    "PinLenRange": "the PIN of the token 'City keys' is wrong: it is too short or too long",
    "UserPinNotInitialized": "the token 'City keys' has no PIN yet; set one with the program of the token's maker",
    "UserAlreadyLoggedIn": "another part of this program is using the token 'City keys'",
    "AnotherUserAlreadyLoggedIn": "another part of this program is using the token 'City keys'",
    "DeviceRemoved": "the token 'City keys' was pulled out or went away",
    "TokenNotPresent": "the token 'City keys' was pulled out or went away",
    "TokenWriteProtected": "the token 'City keys' is write-protected",
    "DeviceError": "the token 'City keys' failed: DeviceError",
    "GeneralError": "the token 'City keys' failed: GeneralError",
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("problem", WAYS)
def test_a_token_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, problem: str) -> None:
    module = BrokenModule(problem)
    monkeypatch.setattr(pkcs11, "lib", lambda _: module)
    path = tmp_path / "module.so"
    path.touch()
    fails(re.escape(WAYS[problem]), lambda: USES[name](str(path), KEY, PIN))
    assert module.ended == 1, "what a failed login leaves open is closed"


def test_every_error_that_has_a_sentence_exists() -> None:
    assert all(
        issubclass(getattr(pkcs11.exceptions, name), pkcs11.exceptions.PKCS11Error)
        for name in token_sessions._SENTENCES
    )


# ---- tokens that lie ----

Sign = Callable[[bytes], bytes]
GROUP_ORDER = (1 << 252) + 27742317777372353535851937790883648493


def prehashed(message: bytes) -> bytes:
    """Ed25519ph (RFC 8032 §5.1), which a token can be asked for, or can think that it was."""
    state = crypto_sign_ed25519ph_state()
    crypto_sign_ed25519ph_update(state, message)
    return crypto_sign_ed25519ph_final_create(state, crypto_sign_seed_keypair(SEED)[1])


def malleated(message: bytes) -> bytes:
    """The signature with S + L in the place of S (RFC 8032 §5.1.7 forbids it)."""
    signature = HONEST(message)
    return signature[:32] + (int.from_bytes(signature[32:], "little") + GROUP_ORDER).to_bytes(32, "little")


HONEST: Sign = SeedSigner(SEED).sign
LIES: dict[str, Sign] = {
    "another key": SeedSigner(bytes(32)).sign,
    "Ed25519ph": prehashed,
    "a hash of the message": lambda message: HONEST(hashlib.sha512(message).digest()),
    "another message": lambda message: HONEST(message + b"."),
    "no message": lambda _: HONEST(b""),
    "malleated": malleated,
    "zeros": lambda _: bytes(64),
    "a byte short": lambda message: HONEST(message)[:-1],
    "a byte long": lambda message: HONEST(message) + b"\0",
    "as long as Ed448": lambda message: HONEST(message).ljust(114, b"\0"),
    "message in front": lambda message: HONEST(message) + message,
    "nothing": lambda _: b"",
}


def answer(monkeypatch: pytest.MonkeyPatch, sign: Sign) -> None:
    """Has every private key on the token sign like this."""
    from pkcs11 import Mechanism, types

    def replaced(_: object, message: bytes, *, mechanism: Mechanism) -> bytes:
        assert mechanism is Mechanism.EDDSA
        return sign(message)

    monkeypatch.setattr(types.SignMixin, "sign", replaced)


@pytest.fixture
def seed_key(token: SoftHsm) -> TokenKey:
    """A key whose public half is the one of SEED; the token shows no public object that says otherwise."""
    key = replace(token.generate(), public_key=KEY.public_key)
    token.remove(key, "PUBLIC_KEY")
    return key


def test_a_token_that_answers_with_the_right_signatures_is_taken(
    token: SoftHsm, seed_key: TokenKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what the next tests refuse is the lie, not the way in which it is told."""
    answer(monkeypatch, HONEST)
    with token.opened(seed_key) as signer:
        assert cose.sign(signer, MESSAGE) == HONEST(MESSAGE)


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_before_anything_is_signed(
    token: SoftHsm, seed_key: TokenKey, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    signed = []

    def sign(message: bytes) -> bytes:
        signed.append(message)
        return LIES[lie](message)

    answer(monkeypatch, sign)
    fails(NO_ED25519, lambda: USES["opened"](token.module, seed_key, PIN))
    assert signed == [b"idcard token check"]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_that_begins_later_is_found_when_it_is_told(
    token: SoftHsm, seed_key: TokenKey, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    city = City()
    answer(monkeypatch, HONEST)
    with token.opened(seed_key) as signer:
        assert len(city.sign_root(signers=[signer])) > 64
        answer(monkeypatch, LIES[lie])
        for sign in (
            lambda: city.sign_root(signers=[signer]),
            lambda: city.sign_list(signers=[signer]),
            lambda: city.code("library", by=signer),
        ):
            with pytest.raises(BadSigner, match=r"^the signer returned "):
                sign()


@pytest.mark.parametrize("lie", LIES)
def test_a_new_key_that_signs_wrongly_is_removed_again(
    token: SoftHsm, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    kept = token.generate()
    with monkeypatch.context() as lying:
        answer(lying, LIES[lie])
        fails(NO_ED25519, token.generate)
    assert token.objects() == ["PrivateKey", "PublicKey"]
    with token.opened(kept) as signer:
        assert len(cose.sign(signer, MESSAGE)) == 64


def test_an_interrupted_generation_leaves_no_key_behind(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: bytes) -> bytes:
        raise KeyboardInterrupt

    answer(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        token.generate()
    assert token.objects() == []


def test_a_token_that_is_pulled_out_while_it_signs(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    from pkcs11 import DeviceRemoved

    def gone(_: bytes) -> bytes:
        raise DeviceRemoved

    with token.opened(token.generate()) as signer:
        answer(monkeypatch, gone)
        with pytest.raises(TokenError, match=r"^the token 'City keys' was pulled out or went away$"):
            cose.sign(signer, MESSAGE)


# ---- what tokens show of a public key ----


def show(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Any], Any]) -> None:
    """Has every object on the token show this attribute changed."""
    from pkcs11 import Attribute, _pkcs11

    honest = _pkcs11.Object.__getitem__

    def replaced(shown: Any, attribute: Attribute) -> Any:
        value = honest(shown, attribute)
        return change(value) if attribute is Attribute[name] else value

    monkeypatch.setattr(_pkcs11.Object, "__getitem__", replaced)


def raw(point: bytes) -> bytes:
    assert len(point) == 34
    return point[2:]


def test_a_point_is_read_wrapped_or_raw(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = token.generate()
    show(monkeypatch, "EC_POINT", raw)
    unwrapped = token.generate()
    for key in (wrapped, unwrapped):
        with token.opened(key) as signer:
            assert cose.verifies(key.public_key, MESSAGE, signer.sign(MESSAGE))


def test_a_raw_point_that_looks_wrapped_is_raw(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one use of a public key without a signature is to see what is destroyed."""
    point = b"\x04\x20" + bytes(range(30))
    key = replace(token.generate(), public_key=point)
    show(monkeypatch, "EC_POINT", lambda _: point)
    token_key.destroy(token.module, key, PIN)
    assert token.objects() == []


POINTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "of another key": (lambda point: point[:2] + KEY.public_key, ANOTHER),
    "of another key, raw": (lambda _: KEY.public_key, ANOTHER),
    "nothing": (lambda _: b"", "the key on the token 'City keys' is not an Ed25519 key"),
    "a byte short": (lambda point: point[:-1], "the key on the token 'City keys' is not an Ed25519 key"),
    "a byte long": (lambda point: point + b"\0", "the key on the token 'City keys' is not an Ed25519 key"),
    "another wrapping": (lambda point: b"\x03" + point[1:], "the key on the token 'City keys' is not an Ed25519 key"),
    "wrapped twice": (lambda point: b"\x04\x22" + point, "the key on the token 'City keys' is not an Ed25519 key"),
}


@pytest.mark.parametrize("name", POINTS)
def test_any_other_point_is_refused(token: SoftHsm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    change, sentence = POINTS[name]
    key = token.generate()
    show(monkeypatch, "EC_POINT", change)
    fails(sentence, lambda: USES["opened"](token.module, key, PIN))
    fails(sentence, lambda: USES["destroy"](token.module, key, PIN))
    with monkeypatch.context():
        fails(NO_ED25519 if sentence == ANOTHER else sentence, token.generate)
    assert token.objects() == ["PrivateKey", "PublicKey"]


def unheard_of(_: object) -> object:
    raise ValueError("no such value")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("KEY_TYPE", "the key on the token 'City keys' is not an Ed25519 key"),
        ("SENSITIVE", GIVEN_AWAY),
        ("EXTRACTABLE", GIVEN_AWAY),
        ("TOKEN", "the token 'City keys' does not keep this key"),
    ],
)
def test_an_attribute_of_a_value_that_nobody_knows_is_refused(
    token: SoftHsm, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    key = token.generate()
    show(monkeypatch, name, unheard_of)
    fails(sentence, lambda: USES["opened"](token.module, key, PIN))


# ---- tokens that make something else ----


def make(monkeypatch: pytest.MonkeyPatch, made: Callable[..., object]) -> None:
    """Has the token make this when it is asked for a pair of keys: made(generate, curve, what was asked for)."""
    from pkcs11 import Attribute, KeyType, _pkcs11

    honest = _pkcs11.LocalDomainParameters.generate_keypair

    def replaced(asked: Any, **wanted: Any) -> object:
        def generate(curve: bytes, **changed: Any) -> Any:
            parameters = asked.session.create_domain_parameters(
                KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: curve}, local=True
            )
            return honest(parameters, **{**wanted, **changed})

        return made(generate, asked[Attribute.EC_PARAMS])

    monkeypatch.setattr(_pkcs11.LocalDomainParameters, "generate_keypair", replaced)


OID, NAME = token_key._ED25519


@pytest.mark.parametrize("known", [OID, NAME], ids=["OID", "name"])
def test_a_token_may_know_the_curve_by_either_name(
    token: SoftHsm, monkeypatch: pytest.MonkeyPatch, known: bytes
) -> None:
    from pkcs11 import AttributeValueInvalid

    def only_known(generate: Callable[..., object], curve: bytes) -> object:
        if curve != known:
            raise AttributeValueInvalid
        return generate(curve)

    make(monkeypatch, only_known)
    with token.opened(token.generate()) as signer:
        assert len(cose.sign(signer, MESSAGE)) == 64


def test_a_token_that_does_not_know_the_curve(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    from pkcs11 import MechanismInvalid

    def unknown(*_: object) -> object:
        raise MechanismInvalid

    make(monkeypatch, unknown)
    fails("the token 'City keys' does not know Ed25519", token.generate)


def test_a_failed_try_that_left_a_key_behind_leaves_none(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    """PKCS#11 allows it: after CKR_GENERAL_ERROR "the goals of the function may have been partially achieved"."""
    from pkcs11 import GeneralError

    def half(generate: Callable[..., object], curve: bytes) -> object:
        generate(curve)
        if curve == OID:
            raise GeneralError
        return None

    make(monkeypatch, half)
    fails("the token 'City keys' has two keys with one id; .*", token.generate)
    assert token.objects() == []


def without_public_object(generate: Callable[..., Any], curve: bytes) -> None:
    generate(curve)[0].destroy()


MADE: dict[str, tuple[Callable[..., object], str]] = {
    "Ed448": (
        lambda generate, _: generate(bytes.fromhex(ED448)),
        "the key on the token 'City keys' is not an Ed25519 key",
    ),
    "extractable": (lambda generate, curve: generate(curve, private_template=private(EXTRACTABLE=True)), GIVEN_AWAY),
    "readable": (
        lambda generate, curve: generate(curve, private_template=private(SENSITIVE=False, EXTRACTABLE=False)),
        GIVEN_AWAY,
    ),
    "for this session": (
        lambda generate, curve: generate(curve, store=False),
        "the token 'City keys' does not keep this key",
    ),
    "not for signing": (
        lambda generate, curve: generate(curve, private_template=private(SIGN=False)),
        "the token 'City keys' does not let this key sign",
    ),
    "under another id": (
        lambda generate, curve: generate(curve, id=bytes(16)),
        "the token 'City keys' keeps no public key beside the private one",
    ),
    "no public object": (without_public_object, "the token 'City keys' keeps no public key beside the private one"),
}


def private(**attributes: bool) -> dict[Any, bool]:
    from pkcs11 import Attribute

    return {Attribute[name]: value for name, value in attributes.items()}


@pytest.mark.parametrize("name", MADE)
def test_a_key_that_is_not_what_was_asked_for_is_removed_again(
    token: SoftHsm, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made, sentence = MADE[name]
    make(monkeypatch, made)
    fails(sentence, token.generate)
    assert token.objects() == (["PrivateKey", "PublicKey"] if name == "under another id" else [])


# ---- no secret in an error ----


@pytest.mark.parametrize("lie", ["another key", "Ed25519ph", "a byte short"])
def test_no_error_carries_a_signature_or_a_key(
    token: SoftHsm, seed_key: TokenKey, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    answer(monkeypatch, LIES[lie])
    with pytest.raises(TokenError) as raised:
        USES["opened"](token.module, seed_key, PIN)
    told = " ".join(told_by(raised.value))
    for secret in (LIES[lie](b"idcard token check"), seed_key.public_key, seed_key.key_id):
        assert secret.hex() not in told
        assert repr(secret)[2:-1] not in told


def test_no_repr_carries_a_pin(token: SoftHsm) -> None:
    with token.opened(token.generate()) as signer:
        assert PIN not in repr(token_sessions._LOGINS)
        assert repr(signer) == "_TokenSigner(…)"
