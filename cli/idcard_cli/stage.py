"""The made-up city in which `idcard rehearse` plays: real commands and files, in a folder that is thrown away."""

import io
import os
import secrets
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from idcard_cli import clock, command, files, terminal
from idcard_cli.command import Exit

CITY, TRUST = "springfield", "springfield/city.idtrust"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """All of it, without empty lines."""
        return [line for line in (self.out + self.err).splitlines() if line]


@dataclass(slots=True)
class Stage:
    """Where people type commands. folder: thrown away afterwards. held, failed: expectations so far."""

    folder: Path
    held: int = 0
    failed: int = 0
    _time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        files.create(self.folder / "passphrase", secrets.token_urlsafe(24).encode("ascii"))

    def title(self, text: str) -> None:
        click.echo(f"\n{text}")

    def at(self, time: str) -> None:
        """The time that all computers show from now on, unless one runs ahead: 2030-02-12 02:10, in UTC."""
        self._time = datetime.fromisoformat(time).replace(tzinfo=UTC)

    def expect(self, who: str, line: str, expected: str, *, code: Exit = Exit.DONE, says: str = "") -> Answer:
        """Types a command and compares what it answers. line: without passphrase and memory. says: is in the answer."""
        words = shlex.split(line)
        click.echo(f"  {self._time:%Y-%m-%d %H:%M}  {who}: idcard {terminal.printable(_shortened(line))}")
        click.echo(f"      expected: {expected}")
        answer = self.run([*words, *self._options(who, words)])
        as_expected = answer.code == code and says in answer.out + answer.err
        told = [each for each in answer.lines if says in each] or answer.lines or ["nothing"]
        click.echo(f"      answered: {terminal.printable(_shortened(told[-1]))} (exit {answer.code})")
        if as_expected:
            self.held += 1
        else:
            self.failed += 1
            click.echo(f"      NOT AS EXPECTED: exit {int(code)}" + (f", and {says!r} in the answer" if says else ""))
        return answer

    def run(self, words: Sequence[str]) -> Answer:
        """The command in this process, with what it writes."""
        with _captured() as (out, err), _in(self.folder):
            clock.stand(self._time)
            try:
                code = command.ending(words)
            finally:
                clock.stand(None)
            return Answer(code, out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8"))

    def _options(self, who: str, words: Sequence[str]) -> list[str]:
        """What is not shown: the passphrase, and the memory of who types."""
        asks = {("city", "init"), ("trust", "sign"), ("trust", "renew"), ("key", "make"), ("key", "rotate")}
        options = []
        if tuple(words[:2]) in asks or words[0] == "mint":
            options += ["--passphrase-file", "passphrase"]
        if words[0] == "venue" or words[0] == "verify":
            options += ["--memory", f"{who}.idmemory"]
        return options


def _shortened(line: str) -> str:
    """Codes are long."""
    return " ".join(f"{word[:12]}…" if word.startswith(("IDT1:", "idpub.")) else word for word in line.split(" "))


@contextmanager
def _captured() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    out, err, before = io.BytesIO(), io.BytesIO(), (sys.stdout, sys.stderr)
    # Held here, too: a command that drops its output would close what was written so far.
    streams = [io.TextIOWrapper(each, "utf-8", write_through=True) for each in (out, err)]
    sys.stdout, sys.stderr = streams
    try:
        yield out, err
    finally:
        for stream in streams:
            stream.flush()
        sys.stdout, sys.stderr = before


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """Names of files are as a person types them who works there."""

    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
