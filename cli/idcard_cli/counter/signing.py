"""Who signs the lines of a batch: this process, or several that have the keys too (specs/batch.md, Processes)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import click

from idcard.ceremony import rotation
from idcard.city.profile import Kind
from idcard.issuing.batch_line import LineReader
from idcard.issuing.minter import Minter, Rules
from idcard.keys.signer import SeedSigner
from idcard_cli.counter import processes
from idcard_cli.counter.line_minting import LineMinter, MintedLine
from idcard_cli.counter.open_city import OpenCity
from idcard_cli.counter.records import Line
from idcard_cli.officer import signers
from idcard_cli.officer.signers import Secrets

LINES_A_TASK = 100
TASKS_A_PROCESS = 3
"""In work and waiting: none is ever idle, and few records lie in memory."""
Seeds = Mapping[Kind, bytes]


class Minting(Protocol):
    """Lines that are minted elsewhere, or already."""

    def done(self) -> bool: ...

    def result(self) -> list[MintedLine]: ...


@dataclass(frozen=True, slots=True)
class Signing:
    """Mints lines. minter: counts their codes. lines_a_task, window: how many are best given, and how many times."""

    submit: Callable[[LineReader, Sequence[Line]], Minting]
    minter: Minter
    lines_a_task: int = 1
    window: int = 0


class _Done:
    """What was minted here."""

    def __init__(self, lines: list[MintedLine]) -> None:
        self._lines = lines

    def done(self) -> bool:
        return True

    def result(self) -> list[MintedLine]:
        return self._lines


def check(city: OpenCity, jobs: int) -> None:
    """Raises OSError, UsageError for keys that only one process can use."""
    for kind in city.kinds_to_open if jobs > 1 else ():
        if (token := signers.token_of(city.held.key_path(city.keys[kind]))) is not None:
            raise click.UsageError(
                f"the {kind.value} key is on the token {token!r}, which one process uses at a time: leave out --jobs"
            )


@contextmanager
def opened(city: OpenCity, given: Secrets | None, now: datetime, *, jobs: int, for_pages: bool) -> Iterator[Signing]:
    """In so many processes, of which one that is killed ends the others, with BrokenExecutor.

    Raises NotBegun, OSError, UsageError, KeyFileError, TokenError.
    """
    with city.issuers(given) as issuers:
        minter = city.minter_of(issuers, now)
        if jobs == 1:
            here = LineMinter(minter, for_pages=for_pages)
            yield Signing(lambda reader, lines: _Done([here.minted(reader, line) for line in lines]), minter)
            return
        signing = {kind: issuer.signer for kind, issuer in issuers.items()}
        seeds = {kind: each.seed for kind, each in signing.items() if isinstance(each, SeedSigner)}
        with processes.started(jobs, _begin, city.rules, now.isoformat(), for_pages, secret=seeds) as pool:
            yield Signing(
                lambda reader, lines: pool.submit(_minted, reader, lines), minter, LINES_A_TASK, jobs * TASKS_A_PROCESS
            )


_here: LineMinter
"""Of a process that signs."""


def _begin(rules: Rules, now: str, for_pages: bool, seeds: Seeds) -> None:
    global _here
    issuers = {
        kind: rotation.issuer_of(rules.keys[kind], SeedSigner(seed), rules.scope) for kind, seed in seeds.items()
    }
    _here = LineMinter(Minter(rules, issuers, datetime.fromisoformat(now)), for_pages=for_pages)


def _minted(reader: LineReader, lines: Sequence[Line]) -> list[MintedLine]:
    return [_here.minted(reader, line) for line in lines]
