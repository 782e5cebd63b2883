"""Opens, makes and destroys private keys: encrypted key files, and files that name a key on a token."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from idcard.cose import Signer
from idcard.credential.text import Environment
from idcard.keys import key_file, token_key
from idcard.keys.key_file import KeyFileError, PrivateKey
from idcard.keys.signer import SeedSigner
from idcard.repairs import unseen
from idcard.trust.public_key import KeyKind
from idcard_cli import files, hardening
from idcard_cli.officer import passphrases, strength

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where passphrases and PINs come from, and the PKCS#11 library of this computer's token, if it has one.

    lines: of the passphrase file or descriptor; None to ask a person, once for each key.
    """

    lines: Sequence[str] | None = field(repr=False)
    module: str | None
    _asked: dict[str, str] = field(default_factory=dict, repr=False)

    def of(self, what: str) -> str:
        """The passphrase or PIN of one key. Raises UsageError for more lines than one."""
        if self.lines is None:
            if what not in self._asked:
                self._asked[what] = passphrases.ask(what)
            return self._asked[what]
        if len(self.lines) != 1:
            raise click.UsageError("one passphrase is needed, but several lines are given")
        return self.lines[0]

    def new(self, what: str, near: Collection[str] = ()) -> str:
        """The passphrase of new keys. near: as for `strength.check`. Raises UsageError, KeyFileError."""
        if self.lines is None:
            return passphrases.ask_new(what, near)
        phrase = self.of(what)
        strength.check(phrase, near)
        return phrase


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


def secrets(module: str | None, passphrase_file: Path | None, passphrase_fd: int | None) -> Secrets:
    """Raises UsageError."""
    return Secrets(passphrases.given(passphrase_file, passphrase_fd), module)


def read(path: Path) -> str:
    """Text of a key file or token key file, with the line ends and blanks repaired that mail and editors change.

    Empty for a file that was overwritten to destroy its key. Raises OSError; UsageError if it is too large or no text.
    """
    text = files.read_text(path, key_file.MAX_SIZE)
    if text.startswith("\0\0"):  # and then the program ended before it could remove the file
        return ""
    if "\0" in text:
        raise click.UsageError(f"{path} is not text in UTF-8")
    lines = map(unseen.bare, files.lines(text))
    return "".join(f"{line}\n" for line in lines if line)


@contextmanager
def opened(path: Path, given: Secrets, what: str = "") -> Iterator[OpenKey]:
    """what: whose passphrase to ask for, if not the file's. Raises OSError, UsageError, KeyFileError, TokenError."""
    text = read(path)
    hardening.off()
    if not token_key.is_token_key(text):
        private = key_file.decode(text, given.of(what or str(path)))
        yield OpenKey(private.kind, private.environment, private.signer)
        return
    key = token_key.decode(text)
    with token_key.opened(_module(given), key, given.of(f"the token {key.token!r} (PIN)")) as signer:
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
        yield token_signer, token_key.encode(key).encode("ascii")


def token_of(path: Path) -> str | None:
    """Label of the token on which a key lives; None for a key file."""
    text = read(path)
    return token_key.decode(text).token if token_key.is_token_key(text) else None


def destroy(path: Path, given: Secrets) -> None:
    """Overwrites a key file, or destroys the key on its token, and removes the file."""
    text = read(path)
    if token_key.is_token_key(text):
        key = token_key.decode(text)
        token_key.destroy(_module(given), key, given.of(f"the token {key.token!r} (PIN)"))
    files.destroy(path)


def check(key: OpenKey, kind: KeyKind, environment: Environment, path: Path) -> None:
    """Raises KeyFileError for a key of another kind or environment."""
    if key.kind is not kind or key.environment is not environment:
        raise KeyFileError(f"{path} is not a {kind.value} key of a {environment} city")


def _module(given: Secrets) -> str:
    if given.module is None:
        raise click.UsageError("the key is on a token; name the library of the token with --pkcs11-module")
    return given.module
