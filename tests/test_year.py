"""A year of a made-up city of 5,000: four counters, one bureau, eleven languages, and what goes wrong in a year.

At its end no value of anybody is in any file that is left.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from command import ACCEPT, REJECT, Card, Office, files_under
from support.program import cheap_password_hash
from test_forgetting import found_in, values

from idcard import languages
from idcard.credential import text
from idcard.errors import IdcardError
from idcard.keys import key_file

FOUNDED = "2027-01-04 09:00"
QUARTERS = ("2027-01-11", "2027-04-12", "2027-07-12", "2027-10-11")
COHORTS = ("library", "museum", "pool", "theatre")
COUNTERS = ("north", "south", "east", "west")
BUREAU, AT_A_COUNTER, AT_THE_OFFICE = 1200, 12, 2
"""People, of each quarter; of the second at each counter. 4 * (1200 + 4 * 12 + 2) are 5,000."""
STREET = "Harbour Road"


@dataclass
class Year:
    """A city, its people by the record of each, and what was handed out."""

    office: Office
    random: Random = field(default_factory=lambda: Random(2027))  # noqa: S311
    people: list[dict[str, Any]] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    def person(self) -> dict[str, Any]:
        """As an enrolment system has it; only the last three and the language go to idcard."""
        born = date(1931, 1, 1) + timedelta(days=self.random.randrange(85 * 365))
        number = len(self.people)
        found = {
            "name": f"Gloria García-{number}",
            "address": f"{number} {STREET}, flat 3",
            "birth_date": f"{born}",
            "resident": True,
            "student": self.random.random() < 0.1,
        }
        self.people.append(found)
        return found

    def counter(self, name: str) -> Office:
        """Without a key: it has what docs/issuing.md says."""
        there = Office(self.office.home / name, self.office.at)
        there.folder.mkdir(parents=True, exist_ok=True)
        for file in ("city.json", "city.idtrust", "ledger.csv"):
            if (self.office.folder / file).exists():
                shutil.copy(self.office.folder / file, there.folder / file)
        return there


def record(person: dict[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("birth_date", "resident", "student")}


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Year]:
    (tmp_path / "passphrase.txt").write_text("correct horse battery staple\n")
    (tmp_path / "scratch").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(key_file, "crypto_pwhash_alg", cheap_password_hash(key_file.crypto_pwhash_alg))
        patch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
        office = Office(tmp_path, FOUNDED)
        named = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask us.")
        office.done("city", "init", office.folder, *named, *office.secret, "--yes")
        (tmp_path / "officers").mkdir()
        for number in (1, 2, 3):
            (office.folder / f"keys/root-{number}.key").rename(office.root(number))
        (office.folder / "kill-notes").rename(tmp_path / "safe")
        yield Year(office)


def a_quarter(year: Year, day: str) -> None:
    """Keys, a trust file, a cohort sheet for each counter, a run for the bureau, and people at counters."""
    office, at = year.office, f"{day} 09:00"
    office.rotate(at)
    shutil.rmtree(office.folder / "kill-notes", ignore_errors=True)
    office.publish(at)
    sheet = office.home / f"sheet-{day}.json"
    office.done("cohort", *office.here, *office.secret, "--out", sheet, at=at)
    people = [year.person() for _ in range(BUREAU)]
    records = office.home / "records.jsonl"
    lines = (
        {"reference": f"{day}-{number}", "language": languages.CODES[number % len(languages.CODES)], **record(person)}
        for number, person in enumerate(people)
    )
    records.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    wanted = [word for name in COHORTS for word in ("--for", name)]
    office.done(
        "batch", records, *office.here, *office.secret, *wanted, "--out", office.home / f"codes-{day}.jsonl", at=at
    )
    records.unlink()  # it is the enrolment system's
    for name in COUNTERS:
        there = year.counter(name)
        for _ in range(AT_A_COUNTER):
            stdin = json.dumps(record(year.person())).encode()
            there.done("mint", *there.here, "--cohort-sheet", sheet, *wanted, at=at, stdin=stdin)
    year.cards += [office.hand_out(at=at, **record(year.person())) for _ in range(AT_THE_OFFICE)]


def published_by(office: Office, at: str, *keys: Path, options: tuple[str, ...] = ()) -> None:
    draft = office.draft(*options, at=at)
    office.finish(office.sign(draft, *keys, office.publisher), at=at)
    draft.unlink()


def a_key_leaks(year: Year, at: str) -> None:
    office, [card, *_] = year.office, year.cards
    office.done("key", "distrust", office.key("revocable", "2027-Q1").kid.hex(), *office.here, "--yes", at=at)
    office.publish(at)
    assert office.verdict(card.codes["pharmacy"], "pharmacy", at=at) == "distrusted-key"
    assert office.verdict(card.codes["library"], "library", at=at) == "accept"


def two_cards_are_lost(year: Year, at: str) -> None:
    office, lost = year.office, year.cards[-2:]
    for card in lost:
        office.done("cancel", *office.here, at=at, stdin=card.typed)
    office.publish(at)
    assert {office.verdict(card.codes["pharmacy"], "pharmacy", at=at) for card in lost} == {"cancelled-code"}


def a_root_key_is_lost(year: Year, at: str) -> None:
    office, new = year.office, year.office.home / "officers/new.key"
    joins = office.done("key", "make", new, "--kind", "root", "--environment", "test", *office.secret, at=at).strip()
    lost = next(line for line in office.root(2).read_text().splitlines() if line.startswith("public: ")).split(".")[3]
    office.root(2).unlink()
    options = ("--add-root", joins, "--remove-root", lost)
    published_by(office, at, office.root(1), office.root(3), new, options=options)
    assert office.held().root.version == 2


def the_council_asks(year: Year, at: str) -> dict[str, list[int]]:
    """Codes made by kind of place, as the report has them."""
    office = year.office
    codes = "".join(f"{card.codes['library']}\n" for card in year.cards)
    tally = office.home / "library" / "tally.csv"
    scanned = ("scan", "--trust", office.trust, "--for", "library", "--tally", tally)
    office.done(*scanned, at=at, stdin=codes.encode())
    brought = [office.home / name / "springfield/counts.csv" for name in COUNTERS]
    for _ in range(2):
        office.done("city", "collect", *brought, tally, *office.here, at=at)
    told = json.loads(office.done("city", "report", *office.here, "--format", "json", at=at))
    office.done("city", "report", *office.here, "--format", "svg", "--out", office.home / "report.svg", at=at)
    return {row["place"]: row["codes"] for row in told["tables"][0]["rows"]}


def texts_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and of the codes in it."""
    data = path.read_bytes()
    yield data
    yield data.decode("utf-16", "ignore").encode()
    for word in data.split(b'"') if path.suffix in {".jsonl", ".json"} else ():
        if word.startswith(b"IDT1:"):
            try:
                yield text.decode(word.decode("ascii"))[1]
            except IdcardError:
                continue


@pytest.mark.slow
def test_a_year_goes_by_and_nobody_is_in_any_file(year: Year) -> None:
    office = year.office
    for number, day in enumerate(QUARTERS):
        a_quarter(year, day)
        month = day[:7]
        if number == 0:
            a_key_leaks(year, f"{month}-20 02:10")
        elif number == 1:
            two_cards_are_lost(year, f"{month}-20 09:00")
        elif number == 2:
            a_root_key_is_lost(year, f"{month}-20 09:00")
        for later in (1, 2):
            office.publish(at=f"{month[:5]}{int(month[5:]) + later:02}-09 09:00")
    assert len(year.people) == 5000
    told = the_council_asks(year, "2028-01-03 09:00")
    assert told["library"] == [1250] * len(QUARTERS)
    assert office.run("doctor", *office.here, at="2028-01-03 09:00").code in (ACCEPT, REJECT)
    left = [office.home / name for name in files_under(office.home)]
    wanted = [each for person in year.people for each in values(person)]
    assert found_in((each for path in left for each in texts_of(path)), wanted) == set()


def test_the_search_reads_what_files_have(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / encoding).write_text("x 1987-03-21 y", encoding)
        assert found_in(texts_of(tmp_path / encoding), ["1987-03-21"]) == {"1987-03-21"}
