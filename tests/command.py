"""The `idcard` command from outside: a real program, its output and its ending.

Whatever it is asked, it keeps the manners that `Ended.check_manners` has: every test of the command checks them.
"""

import importlib
import io
import json
import os
import pkgutil
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from unittest import mock

import click
import idcard_cli.command
import zxingcpp
from PIL import Image
from support.program import RUN, TIMEOUT, cheap_password_hash, environment, instant, program, start
from support.terminal import CTRL_C, Terminal

import idcard as idcard_package
from idcard.ceremony import drafting
from idcard.city import plan
from idcard.city.plan import Plan, PlannedKey
from idcard.credential import signed, text
from idcard.credential.calendar import as_datetime
from idcard.errors import IdcardError
from idcard.keys import key_file
from idcard.trust import trust_file, trust_list
from idcard.trust.trust_file import Trust

__all__ = ["CTRL_C", "RUN", "TIMEOUT", "environment", "instant", "program"]
"""And what is below: how the command is started is in `support.program`."""
ACCEPT, REJECT, USAGE, CANNOT_SAY, SOON = 0, 1, 2, 3, 4
CTRL_D = "\x04"
_MARK = re.compile("^REHEARSAL [0-9-]{10} [0-9:]{5}  ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ended:
    """A program that has ended. out and err: what it wrote; on a terminal, out is the screen and err is empty."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    def check_manners(self) -> None:
        out, err = (_MARK.sub("", each) for each in (self.out, self.err))
        both = out + err
        assert "Traceback" not in both
        assert "\x1b" not in both
        assert self.code in (ACCEPT, REJECT, USAGE, CANNOT_SAY, SOON)
        if self.code == SOON:
            assert self.out.startswith("SOON ") or any(each["soon"] for each in json.loads(self.out)["findings"])
        if self.code == REJECT:
            of_several = re.search("^[^{].*: REJECT  ", out, re.MULTILINE)
            plain = out.startswith(("REJECT ", "NOW ", "FAILED ")) or of_several
            assert plain or any(_says_why(json.loads(line)) for line in out.splitlines())
        if err.startswith("Usage: "):
            return  # the help of a group that was called without a command
        for line in err.removeprefix("\n").splitlines():  # click ends the line in which a terminal shows ^C
            assert re.fullmatch(r"idcard: (?:[^A-Z]|Caps Lock).*[^.]", line), f"not a line of stderr: {line!r}"


def _says_why(said: dict[str, Any]) -> bool:
    """A verdict, what `doctor` found, or what a verifier gets wrong."""
    urgent = any(each["urgent"] for each in said.get("findings", []))
    return said.get("outcome") == "reject" or urgent or said.get("passed") is False


@dataclass(frozen=True)
class Founded:
    """A city that `idcard city init` made, and what it said."""

    folder: Path
    passphrase_file: Path
    ended: Ended

    @property
    def trust(self) -> Path:
        return self.folder / "city.idtrust"

    @property
    def options(self) -> tuple[object, ...]:
        """What `idcard mint` needs to know."""
        return ("--city", self.folder, "--passphrase-file", self.passphrase_file)


@dataclass(frozen=True)
class Card:
    """What a holder carries home: the slip, and the codes by venue class."""

    slip: str
    codes: Mapping[str, str]

    @property
    def typed(self) -> bytes:
        """The slip as it comes by stdin."""
        return f"{self.slip}\n".encode()

    def handle(self, venue_class: str) -> bytes:
        handle = signed.decode(text.decode(self.codes[venue_class])[1]).claims.handle
        assert handle is not None
        return handle


@dataclass(frozen=True)
class Office:
    """A tidy city: its root keys are with their officers, its kill notes in a safe. `at` is when its commands run."""

    home: Path
    at: str

    @property
    def folder(self) -> Path:
        return self.home / "springfield"

    @property
    def here(self) -> tuple[object, ...]:
        return ("--city", self.folder)

    @property
    def secret(self) -> tuple[object, ...]:
        return ("--passphrase-file", self.home / "passphrase.txt")

    @property
    def trust(self) -> Path:
        return self.folder / "city.idtrust"

    @property
    def publisher(self) -> Path:
        return self.folder / "keys/publisher.key"

    def root(self, number: int) -> Path:
        """The key of an officer: 1 to 3."""
        return self.home / f"officers/root-{number}.key"

    def plan(self) -> Plan:
        return plan.decode((self.folder / "city.json").read_text("utf-8"))

    def held(self) -> Trust:
        return trust_file.decode(self.trust.read_bytes())

    def key(self, kind: str, quarter: str) -> PlannedKey:
        """The newest key of a kind for a quarter."""
        return [each for each in self.plan().keys if (each.kind.value, str(each.quarter)) == (kind, quarter)][-1]

    def key_path(self, key: PlannedKey) -> Path:
        parts = (key.kind.value, key.station, str(key.quarter), key.kid.hex())
        return self.folder / "keys" / f"{'-'.join(part for part in parts if part)}.key"

    def kill_note(self, key: PlannedKey) -> Path:
        return self.home / "safe" / f"{self.key_path(key).stem}.txt"

    def contents(self) -> dict[str, bytes]:
        """Every file of the city by name, but for empty lock files."""
        names = (name for name in files_under(self.folder) if not name.endswith(".lock"))
        return {name: (self.folder / name).read_bytes() for name in names}

    def run(self, *arguments: object, at: str = "", stdin: bytes = b"", prelude: str = "") -> Ended:
        if prelude:
            return idcard(*arguments, at=at or self.at, stdin=stdin, prelude=prelude)
        return idcard_inside(*arguments, at=at or self.at, stdin=stdin)

    def on_terminal(self, *arguments: object, at: str = "", **how: Any) -> Ended:
        return idcard_on_terminal(*arguments, at=at or self.at, **how)

    def done(self, *arguments: object, at: str = "", **how: Any) -> str:
        """stdout of a command that works."""
        ended = self.run(*arguments, at=at, **how)
        assert ended.code == ACCEPT, ended.err
        return ended.out

    def rotate(self, at: str = "") -> str:
        return self.done("key", "rotate", *self.here, *self.secret, at=at)

    def draft(self, *options: object, at: str = "", name: str = "next.iddraft") -> Path:
        path = self.home / name
        self.done("trust", "draft", *self.here, "--out", path, *options, at=at)
        return path

    def sign(self, draft: Path, *keys: Path) -> Path:
        """By each of these keys; the publisher's if none is named."""
        for key in keys or (self.publisher,):
            named = ("--trust", self.trust, "--key", key)
            self.done("trust", "sign", draft, *named, *self.secret, "--yes", at=self.when(draft))
        return draft

    def finish(self, *drafts: Path, at: str = "") -> str:
        return self.done("trust", "finish", *drafts, *self.here, at=at or self.when(drafts[0]))

    def when(self, draft: Path) -> str:
        """When a draft was made: then it is signed and published. `at` for what is no draft."""
        try:
            made = trust_list.decode(drafting.decode(draft.read_bytes()).trust_list)
        except (OSError, IdcardError):
            return self.at
        return f"{as_datetime(made.issued):%Y-%m-%d %H:%M:%S}"

    def publish(self, at: str = "") -> None:
        """The plan as it stands, in the next trust list."""
        draft = self.draft(at=at)
        self.finish(self.sign(draft), at=at)
        draft.unlink()

    def ledger(self) -> bytes:
        """As it lies there; nothing where there is none."""
        path = self.folder / "ledger.csv"
        return path.read_bytes() if path.exists() else b""

    def hand_out(self, *options: object, at: str = "", **record: Any) -> "Card":
        """A new slip and the codes that are minted for it."""
        handles = self.home / f"handles-{secrets.token_hex(4)}.json"
        slip = self.done("slip", "new", *self.here, "--handles", handles, at=at).strip()
        minted = self.mint("--handles", handles, *options, at=at, **record)
        assert minted.code == ACCEPT, minted.err
        return Card(slip, dict(line.split("\t") for line in minted.out.splitlines()))

    def verdict(self, code: str, venue_class: str, at: str = "") -> str:
        """What a venue with the trust file in force says: `accept`, or the reason of a refusal."""
        ended = self.run("verify", code, "--trust", self.trust, "--for", venue_class, "--json", at=at)
        return str(ended.json()["reason"] or ended.json()["outcome"])

    def mint(self, *options: object, at: str = "", **record: Any) -> Ended:
        person = {"birth_date": "1990-04-01", "resident": True, "student": False, **record}
        given = with_handles(self.folder, options, at or self.at)
        return self.run("mint", *self.here, *self.secret, *given, at=at, stdin=json.dumps(person).encode())


@dataclass(frozen=True)
class Demo:
    """What `idcard demo --out` left behind, and what it said."""

    folder: Path
    ended: Ended

    @property
    def trust(self) -> Path:
        return self.folder / "city.idtrust"


def idcard(*arguments: object, stdin: bytes = b"", **how: Any) -> Ended:
    """Runs the command where stdin, stdout and stderr are pipes and there is no terminal at all. how: the rest of its
    `Surroundings`.
    """
    with start(*arguments, **how) as running:
        try:
            out, err = running.communicate(stdin, TIMEOUT)
        finally:
            running.kill()
    ended = Ended(running.returncode, out.decode("utf-8"), err.decode("utf-8"))
    ended.check_manners()
    return ended


@cache
def _import_all() -> None:
    """What were imported later would keep the clock of that call."""
    for package in (idcard_package, idcard_cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def idcard_inside(*arguments: object, stdin: bytes = b"", at: str) -> Ended:
    """Runs the command in this process, which is ten times faster: for long stories that need no program to break."""
    ended = inside(*arguments, stdin=stdin, clock=lambda: instant(at))
    ended.check_manners()
    return ended


def inside(*arguments: object, stdin: bytes = b"", clock: Callable[[], int]) -> Ended:
    """The same, whatever its manners. clock: seconds since 1970."""
    _import_all()

    class Still(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(clock(), tz)

    out, err = io.BytesIO(), io.BytesIO()
    streams = {
        "argv": ["idcard", *(os.fspath(each) for each in arguments)],  # type: ignore[call-overload]
        "stdin": io.TextIOWrapper(io.BytesIO(stdin), "utf-8"),
        "stdout": io.TextIOWrapper(out, "utf-8"),
        "stderr": io.TextIOWrapper(err, "utf-8"),
    }
    with ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):
            stack.callback(signal.signal, number, signal.getsignal(number))
        for name, value in streams.items():
            stack.enter_context(mock.patch.object(sys, name, value))
        cheap = cheap_password_hash(key_file.crypto_pwhash_alg)
        stack.enter_context(mock.patch.object(key_file, "crypto_pwhash_alg", cheap))
        for name, module in sys.modules.items():
            if name.startswith(("idcard.", "idcard_cli.")) and vars(module).get("datetime") is datetime:
                stack.enter_context(mock.patch.object(module, "datetime", Still))
        code = idcard_cli.command.run()
        sys.stdout.flush()
        sys.stderr.flush()
    return Ended(code, out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8"))


def new_handles(city: Path, at: str) -> Path:
    """Handles of a new slip, which is thrown away, in a file beside the folder of the city."""
    path = city.parent / f"handles-{secrets.token_hex(4)}.json"
    ended = idcard_inside("slip", "new", "--city", city, "--handles", path, at=at)
    assert ended.code == ACCEPT, ended.err
    return path


def with_handles(city: Path, options: Sequence[object], at: str = "") -> Sequence[object]:
    """Options of `idcard mint` as they are, and new handles where a code needs them and none are given."""
    wanted = [each for option, each in pairwise(options) if option == "--for"]
    if "--handles" in options or (wanted and "pharmacy" not in wanted):
        return options
    return (*options, "--handles", new_handles(city, at or f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"))


def idcard_on_terminal(
    *arguments: object,
    answers: Sequence[tuple[str, str]] = (),
    interrupt_at: str = "",
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    at: str = "",
) -> Ended:
    """Runs the command on a terminal of its own.

    answers: what to wait for on the screen, and what to type then. interrupt_at: what, if it comes after all that,
    is answered by Ctrl-C. stdin: from a pipe instead of the terminal.
    """
    how = {"env": env, "at": at, **({} if stdin is None else {"stdin": subprocess.PIPE})}
    with Terminal(*arguments, size=(60, 200), **how) as terminal:
        if stdin is not None:
            assert terminal.process.stdin is not None
            with terminal.process.stdin as pipe:
                pipe.write(stdin)
        seen = 0
        for awaited, typed in (*answers, *([(interrupt_at, CTRL_C)] if interrupt_at else [])):
            # What is typed before a question is whole is thrown away as echo is turned off.
            try:
                terminal.wait_until(lambda: terminal.shown.find(awaited, seen) >= 0 and terminal.shown.endswith(": "))  # noqa: B023
            except AssertionError:
                if awaited == interrupt_at and terminal.process.poll() is not None:
                    break  # it ended without that question
                raise
            seen = terminal.shown.find(awaited, seen) + len(awaited)
            terminal.type(typed)
        screen = terminal.end(None)
        return Ended(terminal.process.wait(), screen, "")


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that name it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


def without_colour(screen: str) -> str:
    return _COLOUR.sub("", screen)


def scan(picture: bytes) -> list[zxingcpp.Barcode]:
    """The QR codes in a picture, by a decoder that knows nothing of this project."""
    with Image.open(io.BytesIO(picture)) as image:
        return list(zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode))


def rows_of(counted: Path) -> list[str]:
    """Lines of counts or a tally, its header first, without the random id with which each begins."""
    return [line.partition(",")[2] for line in counted.read_text("ascii").splitlines()]


def files_under(folder: Path) -> set[str]:
    """Names of all files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
