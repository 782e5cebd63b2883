"""Asks the verifier in Python and the one in JavaScript the same, and shows what they answer differently.

PYTHONPATH=tests python -m differential --codes 1000000 --files 20000 --seed 1
"""

import argparse
import base64
import collections
import itertools
import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import lookalikes
import trust_lookalikes
from machine import WEB, WITH_NODE

from idcard.credential.calendar import seconds
from idcard.errors import Refused
from idcard.trust import trust_file
from idcard.verify.decision import Policy, judge

PROGRAM = WEB / "verify" / "support" / "differential.js"
_BATCH = 2000
_CHUNK = 50_000


class Tally(NamedTuple):
    """How often each answer was given, without the details of an accept; and questions with two answers."""

    answers: collections.Counter[str]
    different: list[tuple[Any, str, str]]


class Node:
    """The verifier in JavaScript, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([*WITH_NODE, "node", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        if self._process.wait() != 0:
            raise RuntimeError("the verifier in JavaScript ended with an error")

    def send(self, **question: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self) -> list[str]:
        assert self._process.stdout
        answers: list[str] = json.loads(self._process.stdout.readline())
        return answers


def _verdict(case: tuple[str, Policy, int]) -> str:
    try:
        card = judge(*case)
    except Refused as refused:
        return refused.reason
    stale, photo = str(card.stale).lower(), str(card.photo_check).lower()
    return f"accept {','.join(card.proven)} {seconds(card.expires)} {card.trust_age_days} {stale} {photo}"


def _opened(data: bytes) -> str:
    try:
        trust = trust_file.decode(data)
    except Refused as refused:
        return refused.reason
    notes = len(trust.kill_notes)
    return f"valid {trust.fingerprint.hex()} {trust.list_digest.hex()} {len(trust.cancellations)} {notes}"


def _tally(pairs: Iterable[tuple[Any, str, str]]) -> Tally:
    tally = Tally(collections.Counter(), [])
    for question, ours, theirs in pairs:
        tally.answers[ours.split()[0]] += 1
        if ours != theirs:
            tally.different.append((question, ours, theirs))
    return tally


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def codes(seed: int, count: int) -> Tally:
    """Of so many codes, half of them signed anew. The seed gives the same ones every time."""
    draw = random.Random(seed)  # noqa: S311
    policies = {id(policy): number for number, policy in enumerate(lookalikes.policies())}
    half = count // 2
    cases = itertools.chain(lookalikes.signed_anew(draw, half), lookalikes.changed(draw, count - half))
    with Node() as node:
        node.send(places=[_place(each) for each in lookalikes.places()])
        node.receive()

        def pairs() -> Iterator[tuple[Any, str, str]]:
            for batch in _batches(cases):
                asked = [(code, policies[id(policy)], now) for code, policy, now in batch]
                node.send(codes=asked)
                ours = [_verdict(case) for case in batch]
                yield from zip(asked, ours, node.receive(), strict=True)

        return _tally(pairs())


def _place(place: lookalikes.Place) -> list[Any]:
    return [_base64(place.file), place.venue_class, place.last_day, [_base64(key) for key in sorted(place.killed)]]


def files(seed: int, count: int) -> Tally:
    """Of so many trust files."""
    draw = random.Random(seed)  # noqa: S311
    with Node() as node:

        def pairs() -> Iterator[tuple[Any, str, str]]:
            for batch in _batches(trust_lookalikes.trust_files(draw, count)):
                asked = [_base64(each) for each in batch]
                node.send(files=asked)
                ours = [_opened(each) for each in batch]
                yield from zip(asked, ours, node.receive(), strict=True)

        return _tally(pairs())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def joined(tallies: Iterable[Tally]) -> Tally:
    """Of several runs."""
    answers: collections.Counter[str] = collections.Counter()
    different = []
    for each in tallies:
        answers += each.answers
        different += each.different
    return Tally(answers, different)


def _chunks(seed: int, count: int) -> Iterator[tuple[int, int]]:
    for number, start in enumerate(range(0, count, _CHUNK)):
        yield seed * 1000 + number, min(_CHUNK, count - start)


def _call(run: Any, chunk: tuple[int, int]) -> Tally:
    tally: Tally = run(*chunk)
    return tally


def main(arguments: Sequence[str]) -> int:
    """Exit status 1 where two answers differ."""
    parser = argparse.ArgumentParser(description="Asks the verifiers in Python and JavaScript the same.")
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    status = 0
    with ProcessPoolExecutor() as pool:
        for name, run, count in (("codes", codes, given.codes), ("trust files", files, given.files)):
            tally = joined(pool.map(partial(_call, run), _chunks(given.seed, count)))
            sys.stdout.writelines(f"{line}\n" for line in report(f"{count} {name}", tally))
            status |= bool(tally.different)
    return status


def report(asked: str, tally: Tally) -> Iterator[str]:
    """What a run found, line by line; of the questions with two answers the first ones."""
    yield f"{asked}: {len(tally.different)} answers differ"
    yield "  " + ", ".join(f"{reason} {times}" for reason, times in tally.answers.most_common())
    for question, ours, theirs in tally.different[:20]:
        yield f"  Python {ours}, JavaScript {theirs}: {json.dumps(question)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
