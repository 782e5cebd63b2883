"""The city forgets: after three thousand cards nothing that was written or said has anything of the people in it."""

import hashlib
import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from command import ACCEPT, Card, Office
from populations import population
from support.program import cheap_password_hash

from idcard import whole_file
from idcard.city import ledger
from idcard.keys import key_file

CARDS = 3_000
CANCELLED = 100
DAYS = ("2026-11-22 12:00", "2026-12-01 08:30", "2026-12-31 23:59")
"""On which they are minted; the cancellations are published later."""
LATER = "2027-01-04 09:00"
SHORTEST = 6
"""Letters of a piece of a name that is looked for: a shorter one stands in every text by chance."""
DATES = (
    *("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d%m%Y", "%m/%d/%Y"),
    *("%B %d, %Y", "%d %B %Y"),
)


# ---- what is looked for ----


def values(record: dict[str, Any]) -> Iterator[str]:
    """Name and its longer pieces, address and its street, birth date as people and programs write it."""
    name, address, born = record["name"], record["address"], date.fromisoformat(record["birth_date"])
    yield from (name, *re.findall(rf"[^\W\d_]{{{SHORTEST},}}", name))
    yield from (address, re.sub(r"^\d+ |,.*", "", address))
    yield from (born.strftime(form) for form in DATES)
    yield from (f"{born.day}.{born.month}.{born.year}", f"{born.month}/{born.day}/{born.year}")


def found_in(texts: Iterable[bytes], wanted: Collection[str]) -> set[str]:
    """Those of the wanted that stand anywhere in the texts, in large letters or small ones, or as JSON escapes them."""
    by_beginning = defaultdict(set)
    for each in wanted:
        for written in (each.lower(), json.dumps(each).strip('"').lower()):
            by_beginning[written.encode()[:SHORTEST]].add((written.encode(), each))
    found = set()
    for text in texts:
        small = text.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")
        for at in range(len(small) - SHORTEST + 1):
            for written, each in by_beginning.get(small[at : at + SHORTEST], ()):
                if small.startswith(written, at) and not _is_inside_a_number(small, at, written):
                    found.add(each)
    return found


def _is_inside_a_number(text: bytes, at: int, written: bytes) -> bool:
    """Digits, and `.`, `/` and `-` between them, in the middle of a random code are no date: ten million letters of
    them have one that somebody was born on in one run of a hundred.
    """
    around = text[max(0, at - 1) : at] + text[at + len(written) : at + len(written) + 1]
    return not any(map(str.isalpha, written.decode())) and any(map(str.isalnum, around.decode("latin-1")))


PERSON = {"name": "Gloria García-17", "address": "12 Harbour Road, flat 17", "birth_date": "1987-03-21"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x gloria garcía-17 y", "Gloria García-17"),
        (json.dumps({"name": "García"}), "García"),
        ("…GARCÍA…", "García"),
        ("harbour road", "Harbour Road"),
        ("12 Harbour Road, flat 17", "12 Harbour Road, flat 17"),
        ("(1987-03-21)", "1987-03-21"),
        ("19870321", "19870321"),
        ("21.3.1987,", "21.3.1987"),
        ("March 21, 1987", "March 21, 1987"),
    ],
)
def test_the_search_finds_what_is_there(text: str, value: str) -> None:
    assert value in found_in([b"before", text.encode(), b"after"], list(values(PERSON)))


def test_the_search_finds_nothing_where_nothing_is() -> None:
    texts = [b"IDT1:RRQ+D9P60CO0", b"2027-03-21", b"119870321", b"X21.3.1987+", b"$3/21/19876"]
    assert found_in(texts, list(values(PERSON))) == set()


# ---- a city that has minted many cards ----


@dataclass
class Town:
    """A city, the records of its people, and everything that was written and said since."""

    office: Office
    records: list[dict[str, Any]]
    traces: set[bytes] = field(default_factory=set)
    cards: list[Card] = field(default_factory=list)

    def do(self, *words: object, at: str, stdin: bytes = b"") -> str:
        ended = self.office.run(*words, at=at, stdin=stdin)
        assert ended.code == ACCEPT, ended.err
        self.traces |= {ended.out.encode(), ended.err.encode()}
        return ended.out


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    (home / "passphrase.txt").write_text("correct horse battery staple\n")
    (home / "scratch").mkdir()
    town = Town(Office(home, DAYS[0]), population(CARDS)[:CARDS])
    fill = whole_file.fill

    def seen(file: Any, data: bytes, mode: int) -> None:
        town.traces.add(data)
        fill(file, data, mode)

    with pytest.MonkeyPatch.context() as patch:
        # What takes time and writes nothing: no power is cut here, and the keys protect nobody.
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(key_file, "crypto_pwhash_alg", cheap_password_hash(key_file.crypto_pwhash_alg))
        patch.setattr(tempfile, "tempdir", str(home / "scratch"))
        patch.setattr(whole_file, "fill", seen)
        office = town.office
        described = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask us.")
        town.do("city", "init", office.folder, *described, *office.secret, "--yes", at=DAYS[0])
        hand_out(town)
        for card in town.cards:
            town.do("cancel", *office.here, stdin=card.typed, at=DAYS[-1])
        draft = home / "next.iddraft"
        town.do("trust", "draft", *office.here, "--out", draft, at=LATER)
        signed_by = ("--trust", office.trust, "--key", office.publisher, *office.secret, "--yes")
        town.do("trust", "sign", draft, *signed_by, at=LATER)
        town.do("trust", "finish", draft, *office.here, at=LATER)
        for command in (("city", "counts"), ("ledger", "show"), ("key", "status")):
            town.do(*command, *office.here, at=LATER)
        yield town


def hand_out(town: Town) -> None:
    """A slip and codes for everybody; of some the slip is kept, to cancel them."""
    office, handles = town.office, town.office.home / "handles.json"
    for number, record in enumerate(town.records):
        at = DAYS[number * len(DAYS) // CARDS]
        slip = town.do("slip", "new", *office.here, "--handles", handles, at=at)
        options = (*office.here, *office.secret, "--handles", handles)
        minted = town.do("mint", *options, at=at, stdin=json.dumps(record).encode())
        assert not handles.exists()
        if "pharmacy" in minted and len(town.cards) < CANCELLED and number % 7 == 0:
            town.cards.append(Card(slip.strip(), dict(line.split("\t") for line in minted.splitlines())))


@pytest.mark.slow
def test_nothing_that_was_written_or_said_has_anything_of_anybody(town: Town) -> None:
    wanted = {value for record in town.records for value in values(record)}
    assert len(wanted) > 5 * CARDS
    left = {path.read_bytes() for path in town.office.home.rglob("*") if path.is_file()}
    assert left <= town.traces | {b"", (town.office.home / "passphrase.txt").read_bytes()}
    assert found_in(town.traces | left, wanted) == set()
    names = [path.name.encode() for path in town.office.home.rglob("*")]
    assert found_in(names, wanted) == set()
    assert list((town.office.home / "scratch").iterdir()) == []


@pytest.mark.slow
def test_what_is_left_is_as_large_after_thousands_of_people_as_after_one(town: Town) -> None:
    """But for a line of the ledger for each cancellation."""
    size = {path.name: path.stat().st_size for path in town.office.folder.rglob("*") if path.is_file()}
    assert size.pop("ledger.csv") == len("value,expires\n") + CANCELLED * len("00a4c19f21d37be85512,2028-02\n")
    assert size["counts.csv"] < 2000
    assert sum(size.values()) < 30_000


# ---- nothing in the ledger can be computed ----

MESSAGES = ("", "test springfield 4", "test springfield", "springfield", "4", "pharmacy")


def guesses(value: bytes) -> Iterator[bytes]:
    """What a careless city would have computed from a value, with no secret: 10 bytes each."""
    hashes: tuple[Callable[[bytes], bytes], ...] = (
        lambda data: hashlib.blake2b(data).digest(),
        lambda data: hashlib.blake2b(data, digest_size=10).digest(),
        lambda data: hashlib.blake2b(data, person=b"idcard.handle").digest(),
        lambda data: hashlib.blake2b(data, person=b"idcard.cohort").digest(),
        lambda data: hashlib.sha256(data).digest(),
    )
    for message in map(str.encode, MESSAGES):
        for data in {value + message, message + value, message + b" " + value}:
            yield from (made(data)[:10] for made in hashes)
        yield hashlib.blake2b(message, key=value[:64], person=b"idcard.handle").digest()[:10]
        yield hashlib.blake2b(message, key=value[:64]).digest()[:10]


def dictionary(records: Iterable[dict[str, Any]]) -> set[bytes]:
    """All birth dates of 120 years in three notations, and all names that there are."""
    first = date(1907, 1, 1)
    days = (first + timedelta(days=number) for number in range(120 * 366))
    dates = {day.strftime(form) for day in days for form in ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y")}
    names = {record["name"] for record in records}
    return {each.encode() for each in dates | names}


@pytest.mark.slow
def test_no_value_of_the_ledger_can_be_computed_from_a_record(town: Town) -> None:
    """The control: values that a careless city would have put there are all found."""
    held = ledger.decode((town.office.folder / "ledger.csv").read_text("ascii"))
    assert held.keys() == {card.handle("pharmacy") for card in town.cards} == set(town.office.held().cancellations)
    assert len(held) == CANCELLED
    born, name = (town.records[CARDS // 2][each].encode() for each in ("birth_date", "name"))
    careless = {
        hashlib.blake2b(b"test springfield 4", key=born, person=b"idcard.handle").digest()[:10],
        hashlib.blake2b(b"test springfield 4" + born, person=b"idcard.handle").digest()[:10],
        hashlib.sha256(name).digest()[:10],
        hashlib.blake2b(b"19870321", digest_size=10).digest(),
    }
    looked_for = held.keys() | careless
    found = {guess for value in dictionary(town.records) for guess in guesses(value) if guess in looked_for}
    assert found == careless
