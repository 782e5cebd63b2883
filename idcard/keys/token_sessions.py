"""Opens sessions with PKCS#11 tokens, and turns their errors into sentences (specs/keys.md, Token keys)."""

import hmac
import os
import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idcard.errors import IdcardError, needs_extra

if TYPE_CHECKING:
    from pkcs11 import PKCS11Error, Session, Token
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - its name is that of a function elsewhere

_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCES = {
    "PinIncorrect": "the PIN of the token {token} is wrong; after a few wrong PINs a token locks itself",
    "PinInvalid": "the PIN of the token {token} is wrong: it has a character that the token does not accept",
    "PinLenRange": "the PIN of the token {token} is wrong: it is too short or too long",
    "PinLocked": "the PIN of the token {token} is locked; unlock it with the program of the token's maker",
    "PinExpired": "the PIN of the token {token} has expired; set a new one with the program of the token's maker",
    "UserPinNotInitialized": "the token {token} has no PIN yet; set one with the program of the token's maker",
    "UserAlreadyLoggedIn": "another part of this program is using the token {token}",
    "AnotherUserAlreadyLoggedIn": "another part of this program is using the token {token}",
    "DeviceRemoved": "the token {token} was pulled out or went away",
    "TokenNotPresent": "the token {token} was pulled out or went away",
    "DeviceMemory": "the token {token} has no room left",
    "TokenWriteProtected": "the token {token} is write-protected",
    "SessionReadOnly": "the token {token} is write-protected",
    "MechanismInvalid": "the token {token} does not know Ed25519",
    "DomainParamsInvalid": "the token {token} does not know Ed25519",
    "DataLenRange": "the token {token} cannot sign something this long",
}
"""Sentences by the name of the exception of python-pkcs11, which mostly has no text."""


class TokenError(IdcardError):
    """A token, or the key on it, cannot be used. One sentence for the key officer."""


@dataclass(slots=True)
class _Login:
    """The one login of this process to a token, which all sessions share and one logout ends."""

    library: "Library"
    session: "Session"
    pin: str = field(repr=False)
    users: int = 0


_LOGINS: dict[tuple[str, str], _Login] = {}
"""Logins by the path of the module and the label of the token."""
_LOCK = threading.Lock()


@contextmanager
def logged_in(module: str, token: str, pin: str, *, rw: bool) -> Iterator["Session"]:
    """A new session, logged in. Every error of the token in the block becomes a TokenError."""
    _check_extra()
    _check_pin(pin)
    with named_errors(token), _login(_path(module), token, pin) as place:
        session = place.open(rw=rw)
        try:
            yield session
        finally:
            session.close()


@contextmanager
def _login(module: str, token: str, pin: str) -> Iterator["Token"]:
    with _LOCK:
        login = _LOGINS.get((module, token))
        if login is None:
            login = _LOGINS[module, token] = _log_in(module, token, pin)
        elif not hmac.compare_digest(login.pin.encode(), pin.encode()):
            raise TokenError(_SENTENCES["PinIncorrect"].format(token=repr(token)))
        login.users += 1
    try:
        yield login.session.token
    finally:
        with _LOCK:
            login.users -= 1
            if not login.users:
                del _LOGINS[module, token]
                _log_out(module, login)


def _log_in(module: str, token: str, pin: str) -> _Login:
    library = _load(module)
    try:
        tokens = [each for each in library.get_tokens() if unicodedata.normalize("NFC", each.label) == token]
        if not tokens:
            raise TokenError(f"there is no token {token!r}; is it plugged in?")
        if len(tokens) > 1:
            raise TokenError(f"there are two tokens {token!r}; take one out")
        return _Login(library, tokens[0].open(user_pin=pin), pin)
    except BaseException:
        _release(module, library)
        raise


def _log_out(module: str, login: _Login) -> None:
    try:
        login.session.close()
    finally:
        _release(module, login.library)


def _release(module: str, library: "Library") -> None:
    """End the module when nobody is logged in, and with it every session, even one that a wrong PIN left open."""
    if all(path != module for path, _ in _LOGINS):
        library.finalize()


def _load(module: str) -> "Library":
    import pkcs11

    try:
        return pkcs11.lib(module)
    except pkcs11.PKCS11Error as error:
        raise TokenError(f"{module} does not work as a PKCS#11 module: {_named(error)}") from None


def _path(module: str) -> str:
    """The real path of a module, because a library cannot be started twice."""
    if not module.isprintable() or not os.path.isfile(module):
        raise TokenError(f"there is no PKCS#11 module {module!r}; name the file by its path")
    return os.path.realpath(module)


def _check_extra() -> None:
    try:
        import pkcs11  # noqa: F401
    except ImportError:
        raise TokenError(needs_extra("a key on a token", "hsm")) from None


def _check_pin(pin: str) -> None:
    if not pin or _SURROGATE.search(pin):
        raise TokenError("the PIN is empty, or not text in UTF-8")


@contextmanager
def named_errors(token: str) -> Iterator[None]:
    """Turns an error of python-pkcs11 into a sentence."""
    from pkcs11 import PKCS11Error

    try:
        yield
    except PKCS11Error as error:
        sentence = _SENTENCES.get(type(error).__name__, "the token {token} failed: {error}")
        raise TokenError(sentence.format(token=repr(token), error=_named(error))) from None


def _named(error: "PKCS11Error") -> str:
    return str(error) or type(error).__name__
