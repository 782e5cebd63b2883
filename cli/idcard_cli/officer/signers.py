"""Opens, makes and destroys private keys: encrypted key files, and files that name a key on a token."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.cose import Signer
from idcard.credential.text import Environment
from idcard.errors import IdcardError
from idcard.keys import key_file, token_key
from idcard.keys.key_file import KeyFileError, PrivateKey, WrongPassphrase
from idcard.keys.signer import SeedSigner
from idcard.repairs import unseen
from idcard.trust.public_key import KeyKind, PublicKey
from idcard_cli import clock, files, hardening, terminal
from idcard_cli.officer import passphrases, strength

Command = TypeVar("Command", bound=Callable[..., Any])
TRIES = 3
"""Times that a person may type the passphrase of one key."""
WRONG = "the passphrase is wrong, or the key file is damaged"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where passphrases and PINs come from, and the PKCS#11 library of this computer's token, if it has one.

    lines: of the passphrase file or descriptor; None to ask a person. many: whether several lines may be given, of
    which each is tried.
    """

    lines: Sequence[str] | None = field(repr=False)
    module: str | None
    many: bool = False
    _pins: dict[str, str] = field(default_factory=dict, repr=False)
    _typed: list[str] = field(default_factory=list, repr=False)

    @property
    def line(self) -> str:
        """The only line of the file. Raises UsageError for more lines than one."""
        if self.lines is None or len(self.lines) != 1:
            raise click.UsageError("one passphrase is needed, but several lines are given")
        return self.lines[0]

    def pin(self, token: str) -> str:
        """The PIN of a token; a person is asked once, for a token counts wrong ones. Raises UsageError."""
        if self.lines is not None:
            return self.line
        if token not in self._pins:
            self._pins[token] = passphrases.ask(f"the token {token!r} (PIN)")
        return self._pins[token]

    def new(self, what: str, near: Collection[str] = ()) -> str:
        """The passphrase of new keys. near: as for `strength.check`. Raises UsageError, KeyFileError."""
        if self.lines is None:
            return passphrases.ask_new(what, near)
        strength.check(self.line, near)
        return self.line

    def unsealed(self, text: str, name: str, what: str) -> PrivateKey:
        """The key of a key file, opened by what was given before or, at a terminal, is typed now: three tries.

        name: of the key, for errors and the later questions. what: for the first question of all. Raises UsageError,
        KeyFileError.
        """
        if self.lines is None:
            return self._asked_for(text, name, what)
        if not self.many:
            self.line  # noqa: B018 - more than one is refused
        found = opened_by(text, self.lines, name)
        if found is None:
            raise KeyFileError(f"{name}: {WRONG}{_blanks(self.lines)}")
        return found

    def _asked_for(self, text: str, name: str, what: str) -> PrivateKey:
        found = opened_by(text, self._typed, name)
        if found is None and self._typed:
            terminal.say(f"{name} has another passphrase")
        for left in reversed(range(TRIES)):
            if found is not None:
                return found
            phrase = passphrases.ask(name if self._typed or left < TRIES - 1 else what)
            found = opened_by(text, [phrase], name)
            if found is not None:
                self._typed.append(phrase)
            elif left:
                terminal.say(f"this does not open {name}{_blanks([phrase])}: try again")
        if found is None:
            raise KeyFileError(f"{name}: {WRONG}")
        return found


def opened_by(text: str, phrases: Iterable[str], name: str) -> PrivateKey | None:
    """The key of a key file, if one of these passphrases opens it. Raises KeyFileError, with the name, for no key."""
    for phrase in phrases:
        try:
            return key_file.decode(text, phrase)
        except WrongPassphrase:
            continue
        except KeyFileError as problem:
            raise KeyFileError(f"{name}: {problem}") from None
    return None


def _blanks(phrases: Iterable[str]) -> str:
    """What to say of a passphrase that is wrong perhaps because of what nobody sees."""
    return ", with the blank before or after it" if any(each != each.strip() for each in phrases) else ""


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A key that can sign."""

    kind: KeyKind
    environment: Environment
    signer: Signer


def module_option(command: Command) -> Command:
    """Adds `--pkcs11-module`."""
    return click.option(
        "--pkcs11-module", "module", envvar="IDCARD_PKCS11_MODULE", metavar="FILE",
        help="PKCS#11 library of the token, for keys on a token.",
    )(command)  # fmt: skip


def options(command: Command) -> Command:
    """Adds `--pkcs11-module`, `--passphrase-file` and `--passphrase-fd`, the arguments of `secrets`."""
    return module_option(passphrases.options(command))


def secrets(
    module: str | None, passphrase_file: Path | None, passphrase_fd: int | None, *, many: bool = False
) -> Secrets:
    """many: as for `Secrets`. Raises UsageError."""
    return Secrets(passphrases.given(passphrase_file, passphrase_fd), module, many)


def read(path: Path) -> str:
    """Text of a key file or token key file, with the line ends and blanks repaired that mail and editors change.

    Empty for a file that was overwritten to destroy its key. Raises OSError; UsageError for what is no key file.
    """
    try:
        text = files.read_text(path, key_file.MAX_SIZE)
    except click.UsageError:
        raise click.UsageError(f"{path} is not a key file") from None
    if text.startswith("\0\0"):  # and then the program ended before it could remove the file
        return ""
    if "\0" in text:
        raise click.UsageError(f"{path} is not a key file")
    lines = map(unseen.bare, files.lines(text))
    return "".join(f"{line}\n" for line in lines if line)


@contextmanager
def opened(path: Path, given: Secrets, what: str = "", name: str = "") -> Iterator[OpenKey]:
    """what: whose passphrase is asked for first; name: whose later, and in errors. Both are the file if not given.

    Raises OSError, UsageError, KeyFileError, TokenError.
    """
    text = read(path)
    hardening.off()
    if not token_key.is_token_key(text):
        if not text.startswith(key_file.BEGIN):
            raise KeyFileError(f"{path} is not a key file, or it is damaged")
        private = given.unsealed(text, name or str(path), what or str(path))
        yield OpenKey(private.kind, private.environment, private.signer)
        return
    key = token_key.decode(text)
    with token_key.opened(_module(given), key, given.pin(key.token)) as signer:
        yield OpenKey(key.kind, key.environment, signer)


@contextmanager
def made(
    kind: KeyKind, environment: Environment, token: str | None, phrase: str, given: Secrets
) -> Iterator[tuple[Signer, bytes]]:
    """A new key, and the text of its file. phrase: its passphrase, or the PIN of the token on which it is to live."""
    hardening.off()
    if token is None:
        signer = SeedSigner.generate()
        yield signer, key_file.encode(PrivateKey(kind, environment, signer), phrase).encode("ascii")
        return
    key = token_key.generate(_module(given), token, phrase, kind, environment)
    with token_key.opened(_module(given), key, phrase) as token_signer:
        yield token_signer, token_key.encode(key).encode("utf-8")


def public_of(path: Path) -> PublicKey | None:
    """The public key of a key file or token key file, which nothing proves; None for any other file. Raises OSError."""
    try:
        text = read(path)
        if token_key.is_token_key(text):
            held = token_key.decode(text)
            return PublicKey(held.kind, held.environment, held.public_key)
        return key_file.public_of(text)
    except (IdcardError, click.UsageError):
        return None


def token_of(path: Path) -> str | None:
    """Label of the token on which a key lives; None for a key file."""
    text = read(path)
    return token_key.decode(text).token if token_key.is_token_key(text) else None


def destroy(path: Path, given: Secrets) -> None:
    """Overwrites a key file, or destroys the key on its token, and removes the file."""
    text = read(path)
    if token_key.is_token_key(text):
        key = token_key.decode(text)
        token_key.destroy(_module(given), key, given.pin(key.token))
    files.destroy(path)


def check(key: OpenKey, kind: KeyKind, environment: Environment, path: Path) -> None:
    """Raises KeyFileError for a key of another kind or environment."""
    if key.kind is not kind or key.environment is not environment:
        raise KeyFileError(f"{path} is not a {kind.value} key of a {environment} city")


def _module(given: Secrets) -> str:
    if clock.stands():
        raise click.UsageError("a rehearsal uses no token, on which it would make or destroy keys for good")
    if given.module is None:
        raise click.UsageError("the key is on a token; name the library of the token with --pkcs11-module")
    return given.module
