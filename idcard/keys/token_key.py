"""Makes, opens and destroys keys in a PKCS#11 token (specs/keys.md, Token keys).

Needs the extra 'hsm'. Within a process, nothing else may use the same PKCS#11 module.
"""

import re
import secrets
import struct
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idcard import cose
from idcard.cose import BadSigner, Signer
from idcard.credential.text import Environment
from idcard.errors import Malformed
from idcard.keys.token_sessions import TokenError, logged_in, named_errors
from idcard.trust import public_key
from idcard.trust.public_key import KeyKind, PublicKey

if TYPE_CHECKING:
    from pkcs11 import Attribute, Object, ObjectClass, Session

KEY_ID_SIZE = 16

_BEGIN = "-----BEGIN IDCARD TOKEN KEY-----"
_END = "-----END IDCARD TOKEN KEY-----"
LABEL_SIZE = 32
"""Bytes of UTF-8 in the label of a token: the size of the field in PKCS#11."""
_LINES = re.compile(
    rf"{_BEGIN}\n"
    r"public: (?P<public>[!-~]+)\n"
    r"token: (?P<token>.+)\n"
    rf"id: (?P<id>[0-9a-f]{{{2 * KEY_ID_SIZE}}})\n"
    rf"{_END}\n"
)
_ED25519 = (bytes.fromhex("06032b6570"), bytes.fromhex("130c656477617264733235353139"))
"""CKA_EC_PARAMS: the OID of RFC 8410, and the name "edwards25519". Both are in PKCS#11 3.0; a token may know one."""
_CHECK = b"idcard token check"
"""Test message that a token signs first. No COSE structure begins like this."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Names a private key on a token. Nothing in it is secret."""

    kind: KeyKind
    environment: Environment
    public_key: bytes
    """32 bytes."""
    token: str
    """Label of the token, in NFC."""
    key_id: bytes
    """CKA_ID of both objects, 16 random bytes. Labels of objects are for people; no key is looked up by one."""


# ---- the file ----


def encode(key: TokenKey) -> str:
    """The text of a token key file. Raises TokenError for a key that `decode` would refuse."""
    try:
        public = public_key.encode(PublicKey(key.kind, key.environment, key.public_key))
    except Malformed:
        raise TokenError("a public key has 32 bytes") from None
    text = f"{_BEGIN}\npublic: {public}\ntoken: {key.token}\nid: {key.key_id.hex()}\n{_END}\n"
    if decode(text) != key:
        raise TokenError("a key that no token key file can hold")
    return text


def decode(text: str) -> TokenKey:
    """Raises TokenError unless the text is exactly what `encode` writes."""
    found = _LINES.fullmatch(text)
    if found is None or not _is_label(found["token"]):
        raise TokenError("this is not an idcard token key file, or it is damaged")
    try:
        public = public_key.decode(found["public"])
    except Malformed:
        raise TokenError("the token key file is damaged") from None
    return TokenKey(public.kind, public.environment, public.key, found["token"], bytes.fromhex(found["id"]))


def _is_label(text: str) -> bool:
    """Whether it can be written down as the label of a token: what nobody sees is no part of it."""
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return False
    whole = text.isprintable() and text == text.strip() and text == unicodedata.normalize("NFC", text)
    return whole and 1 <= size <= LABEL_SIZE


def is_token_key(text: str) -> bool:
    """Whether a text is meant as a token key file, for `decode`."""
    return text.startswith(_BEGIN)


# ---- keys on a token ----


def generate(module: str, token: str, pin: str, kind: KeyKind, environment: Environment) -> TokenKey:
    """A new key that cannot leave the token and has signed a test message.

    module: path of the token's PKCS#11 library. token: its label. Raises TokenError; then no key is left on the token.
    """
    token = unicodedata.normalize("NFC", token)
    if not _is_label(token):
        raise TokenError(
            f"the label of a token is visible letters, {LABEL_SIZE} bytes of UTF-8 at most, with no blank at either end"
        )
    key_id = secrets.token_bytes(KEY_ID_SIZE)
    with logged_in(module, token, pin, rw=True) as session:
        try:
            _make_pair(session, key_id, f"idcard {kind.value} {environment}")
            public_key = _public_key(session, token, key_id)
            if public_key is None:
                raise TokenError(f"the token {token!r} keeps no public key beside the private one")
            key = TokenKey(kind, environment, public_key, token, key_id)
            _checked_signer(session, key)
        except BaseException:
            _remove(session, token, key_id)
            raise
    return key


@contextmanager
def opened(module: str, key: TokenKey, pin: str) -> Iterator[Signer]:
    """A signer that has signed a test message, until the block ends.

    Several may be open at a time, on one token or on many. Raises TokenError; so does the signer.
    """
    with logged_in(module, key.token, pin, rw=False) as session:
        signer = _checked_signer(session, key)
        try:
            yield signer
        finally:
            signer.close()


def destroy(module: str, key: TokenKey, pin: str) -> None:
    """Remove the private and the public object from the token for ever.

    Raises TokenError if the key is missing, if another key is in its place, or if it cannot be removed.
    """
    with logged_in(module, key.token, pin, rw=True) as session:
        from pkcs11 import ObjectClass

        private = _find(session, key.token, key.key_id, ObjectClass.PRIVATE_KEY)
        public_key = _public_key(session, key.token, key.key_id)
        if private is None and public_key is None:
            raise _not_there(key.token)
        _check_public_key(public_key, key)
        _remove(session, key.token, key.key_id)


class _TokenSigner:
    """A private key on a token. The caller verifies what it signs (`cose.sign`)."""

    __slots__ = ("_private", "_token", "public_key")

    def __init__(self, public_key: bytes, private: Any, token: str) -> None:
        self.public_key = public_key
        self._private = private
        self._token = token

    def sign(self, message: bytes) -> bytes:
        """Raises TokenError."""
        from pkcs11 import Mechanism

        # The handle of a closed session may now belong to another key.
        if self._private is None:
            raise TokenError(f"the token {self._token!r} was closed")
        with named_errors(self._token):
            return bytes(self._private.sign(message, mechanism=Mechanism.EDDSA))

    def close(self) -> None:
        self._private = None

    def __repr__(self) -> str:
        return "_TokenSigner(…)"


def _make_pair(session: "Session", key_id: bytes, label: str) -> None:
    """Two permanent objects: a public key that verifies, and a private key that signs and never leaves."""
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, PKCS11Error

    def make(curve: bytes) -> None:
        session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: curve}, local=True).generate_keypair(
            id=key_id,
            label=label,
            store=True,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            private_template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )

    first, second = _ED25519
    try:
        make(first)
    except PKCS11Error:
        # Tokens have many errors for a curve name that they do not know.
        make(second)


def _checked_signer(session: "Session", key: TokenKey) -> _TokenSigner:
    """A signer, after checking the token's answers and a test signature. Raises TokenError."""
    private = _private_key(session, key)
    _check_public_key(_public_key(session, key.token, key.key_id), key)
    signer = _TokenSigner(key.public_key, private, key.token)
    try:
        cose.sign(signer, _CHECK)
    except BadSigner:
        raise TokenError(
            f"the token {key.token!r} does not sign with this key, or not as Ed25519 does; nothing was signed with it"
        ) from None
    return signer


def _private_key(session: "Session", key: TokenKey) -> "Object":
    """The private object. Its attributes can show a problem, but never prove that there is none."""
    from pkcs11 import Attribute, KeyType, ObjectClass

    private = _find(session, key.token, key.key_id, ObjectClass.PRIVATE_KEY)
    if private is None:
        raise _not_there(key.token)
    if _read(private, Attribute.KEY_TYPE) != KeyType.EC_EDWARDS:
        raise _not_ed25519(key.token)
    if not hasattr(private, "sign"):
        raise TokenError(f"the token {key.token!r} does not let this key sign")
    if _read(private, Attribute.SENSITIVE) is not True or _read(private, Attribute.EXTRACTABLE) is not False:
        raise TokenError(f"the token {key.token!r} would give this private key away; make another key")
    if _read(private, Attribute.TOKEN) is not True:
        raise TokenError(f"the token {key.token!r} does not keep this key")
    return private


def _public_key(session: "Session", token: str, key_id: bytes) -> bytes | None:
    """The 32 bytes in the public object; None if there is no such object."""
    from pkcs11 import Attribute, ObjectClass

    public = _find(session, token, key_id, ObjectClass.PUBLIC_KEY)
    if public is None:
        return None
    point = bytes(public[Attribute.EC_POINT])
    # Some tokens wrap the key in an OCTET STRING, as for the other curves, and some do not.
    key = point[2:] if len(point) == 2 + cose.PUBLIC_KEY_SIZE and point.startswith(b"\x04\x20") else point
    if len(key) != cose.PUBLIC_KEY_SIZE:
        raise _not_ed25519(token)
    return key


def _check_public_key(public_key: bytes | None, key: TokenKey) -> None:
    if public_key not in (None, key.public_key):
        raise TokenError(f"the token {key.token!r} has another key in the place of this one")


def _find(session: "Session", token: str, key_id: bytes, object_class: "ObjectClass") -> "Object | None":
    """The one object of this class with this id, or None."""
    objects = _all(session, key_id, object_class)
    if len(objects) > 1:
        raise TokenError(f"the token {token!r} has two keys with one id; remove the wrong one with its maker's program")
    return objects[0] if objects else None


def _all(session: "Session", key_id: bytes, object_class: "ObjectClass") -> "list[Object]":
    from pkcs11 import Attribute

    return list(session.get_objects({Attribute.CLASS: object_class, Attribute.ID: key_id}))


def _read(found: "Object", attribute: "Attribute") -> Any:
    """The value of an attribute; None if it has no type of PKCS#11."""
    try:
        return found[attribute]
    except (ValueError, struct.error):
        return None


def _remove(session: "Session", token: str, key_id: bytes) -> None:
    """Remove all objects with this id, the private key first, and check that they are gone."""
    from pkcs11 import ObjectClass

    classes = (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)
    for object_class in classes:
        for found in _all(session, key_id, object_class):
            found.destroy()
    if any(_all(session, key_id, object_class) for object_class in classes):
        raise TokenError(f"the token {token!r} still has the key; remove it with its maker's program")


def _not_there(token: str) -> TokenError:
    return TokenError(f"the key is not on the token {token!r}: this is another token, or the key was destroyed")


def _not_ed25519(token: str) -> TokenError:
    return TokenError(f"the key on the token {token!r} is not an Ed25519 key")
