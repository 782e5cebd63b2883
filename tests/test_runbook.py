"""The runbook's sessions: the years of one city, on several computers, one command after the other."""

import datetime
import itertools
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from machine import softhsm
from PIL import Image, ImageDraw
from prints import pictures
from support.program import client

from idcard.ceremony import rotation
from idcard.city import counts, plan
from idcard.city.counts import CountKey
from idcard.credential.calendar import seconds

PLACE = re.compile(
    r"^\*On (\d{4}-\d\d-\d\d), (?:in the|on) (.+?)(?: computers?)?(, with a token)?"
    r"(?:, whose clock says (\d{4}-\d\d-\d\d))?:\*$"
)
VARYING = re.compile(
    r"idpub\.[a-z]+\.[a-z]+\.[0-9a-f]{8}\.[\w-]{43}"  # a public key
    r"|[0-9a-f]{4}(?: [0-9a-f]{4}){7}|[0-9a-f]{32}"  # a fingerprint
    r"|(?:(?<=in words    )|(?<=in words     ))[a-z]+(?: [a-z]+){11}|(?<=--fingerprint \")[a-z]+(?: [a-z]+){11}"
    r"|\b[0-9a-f]{8}\b"  # a kid
)
KIDS = re.compile(r"\b[0-9a-f]{8}(?:, [0-9a-f]{8})+")
LEFT_OUT = "..."
HOME = "/home/desk"
PASSPHRASE = "a long passphrase, for a test city"
CODES_A_DAY = {"library": 310, "museum": 280, "pool": 215, "pharmacy": 240, "theatre": 35}
OFFICE = "office"
COUNTER = "0123456789abcdef"
VENUES = ("pharmacy", "library")
OFFICERS = ("Ada", "Ben", "Cleo", "Dora", "Quinn", "Rosa")
SHARED = ("photos", "mail", "wallet")
TOKEN = "springfield-publisher"


# A person answers questions. Here the passphrase comes from a file, and every answer is yes.
ASKS_PASSPHRASE = (
    "city init",
    "trust sign",
    "trust renew",
    "key rotate",
    "key make",
    "key check",
    "due",
    "mint",
    "batch",
    "cohort",
    "counter",
)
ASKS_WHETHER = (
    *("city init", "due", "trust draft", "trust sign", "trust renew", "trust kill"),
    *("city edit", "key distrust", "key retire", "key stations", "venue forget"),
)


@dataclass(frozen=True)
class Session:
    """What is typed on one day, the same on each of these computers, and what is seen: pairs.

    clock: the day that these computers show.
    """

    day: str
    clock: str
    computers: list[str]
    needs_token: bool
    steps: list[tuple[str, list[str]]]


def sessions(text: str) -> Iterator[Session]:
    """Every console block stands under a line that says when and where."""
    place = None
    for part in re.split(r"^(```console\n.*?^```)$", text, flags=re.MULTILINE | re.DOTALL):
        if not part.startswith("```console\n"):
            lines = part.strip().splitlines()
            place = PLACE.match(lines[-1]) if lines else None
            continue
        assert place is not None, part
        typed = re.split(r"^\$ ((?:.*\\\n)*.*)\n", part.removeprefix("```console\n").removesuffix("```"), flags=re.M)
        assert typed[0] == "", part
        steps = [(command, out.splitlines()) for command, out in zip(typed[1::2], typed[2::2], strict=True)]
        computers = [name.removesuffix("'s") for name in place[2].split(" and ")]
        yield Session(place[1], place[4] or place[1], computers, place[3] is not None, steps)


@dataclass
class Names:
    """Keys are other ones in each run: what the runbook calls a key, and what it is called here."""

    real: dict[str, str] = field(default_factory=dict)

    def translate(self, text: str) -> str:
        return KIDS.sub(_in_order, VARYING.sub(lambda found: self.real.get(found[0], found[0]), text))

    def knows(self, line: str) -> bool:
        return self.real.keys() >= set(VARYING.findall(line))

    def mask(self, line: str) -> str:
        """The line without what is not known yet."""
        reals = set(self.real.values())
        return VARYING.sub(lambda found: found[0] if found[0] in reals else "?", self.translate(line))

    def learn(self, told: list[str], seen: list[str]) -> None:
        for name, real in zip(told, seen, strict=True):
            self.real[name] = real
            if name.startswith("idpub."):
                self.real[name.split(".")[3]] = real.split(".")[3]

    def compare(self, told: Iterable[str], seen: Iterable[str]) -> None:
        """stdout and stderr come together and keys are sorted, so order does not count. `...`: lines are left out."""
        left = [KIDS.sub(_in_order, line) for line in seen]
        lines = [line for line in told if line != LEFT_OUT]
        for line in filter(self.knows, lines):
            assert self.translate(line) in left, (line, left)
            left.remove(self.translate(line))
        new = [line for line in lines if not self.knows(line)]
        looks = Counter(map(self.mask, new))
        found = Counter(map(self.mask, left))
        assert looks <= found, (new, left)
        assert looks == found or LEFT_OUT in told, (new, left)
        for line in new:
            # Where several lines look alike, another command tells which is which.
            look = self.mask(line)
            if looks[look] == found[look] == 1 and not KIDS.search(line):
                [real] = (each for each in left if self.mask(each) == look)
                self.learn(VARYING.findall(line), VARYING.findall(real))


def _in_order(found: re.Match[str]) -> str:
    return ", ".join(sorted(found[0].split(", ")))


class Town:
    """The computers, each a folder, and sticks that are carried between them."""

    def __init__(self, folder: Path, module: str | None) -> None:
        self.folder = folder
        self.module = module
        self.day = ""
        self.commands = 0
        self.install()
        for name in (OFFICE, *VENUES, *OFFICERS, *SHARED):
            self.computer(name).mkdir()
        for name in OFFICERS:
            (self.computer(name) / "stick").mkdir()
            (self.computer(OFFICE) / f"stick-{name.lower()}").symlink_to(self.computer(name) / "stick")
        for name in SHARED:
            for place in (OFFICE, *VENUES):
                (self.computer(place) / name).symlink_to(self.computer(name))

    def install(self) -> None:
        """`idcard`, as a person who answers uses it."""
        phrase = self.folder / "phrase"
        phrase.write_text(f"{PASSPHRASE}\n")
        answers: dict[str, list[str]] = {}
        for words, answer in ((ASKS_PASSPHRASE, ["--passphrase-file", str(phrase)]), (ASKS_WHETHER, ["--yes"])):
            for command in words:
                answers.setdefault(command, []).extend(answer)
        old_and_new = self.folder / "old-and-new"
        old_and_new.write_text(f"{PASSPHRASE}\n{PASSPHRASE}\n")  # this town knows one passphrase only
        answers["key passphrase"] = ["--passphrase-file", str(old_and_new)]
        command = self.folder / "bin" / "idcard"
        command.parent.mkdir()
        command.write_text(client(answers))
        command.chmod(0o755)

    def computer(self, name: str) -> Path:
        return self.folder / name.lower()

    def type(self, day: str, computer: str, command: str, clock: str = "") -> list[str]:
        """What a person sees. clock: the day that the computer shows, if it is not the true one."""
        if day != self.day:
            assert day > self.day
            self.live_on(day)
        here = self.computer(computer)
        environment = self.environment(here) | {"MOMENT": f"{clock or day}T09:{self.commands:02}:00Z"}
        self.commands += 1
        done = subprocess.run(
            ["bash", "-c", command], cwd=here, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        self.photograph(here)
        return done.stdout.replace(str(here), HOME).replace(f"{self.folder}/", "").splitlines()

    def environment(self, here: Path) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "IDCARD_"))}
        module = {"IDCARD_PKCS11_MODULE": self.module} if self.module else {}
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**clean, **module, "PATH": path, "HOME": str(here), "XDG_DATA_DIRS": str(here)}

    def live_on(self, day: str) -> None:
        """The counters mint on every day until this one: too many codes to make, so they are counted only."""
        days = (datetime.date.fromisoformat(day) - datetime.date.fromisoformat(self.day)).days if self.day else 0
        for city in self.computer(OFFICE).glob("springfield*/"):
            held = plan.decode((city / "city.json").read_text())
            yesterday = datetime.date.fromisoformat(day) - datetime.timedelta(days=1)
            now = seconds(datetime.datetime.fromisoformat(f"{yesterday}T12:00:00Z"))
            path = city / "counts.csv"
            held_counts = counts.decode(path.read_text()) if path.exists() else {}
            minted = held_counts.setdefault(COUNTER, counts.Counts())
            for each in held.classes:
                name = each.profile.venue_class
                for station in held.stations_of(each.profile.kind):
                    try:
                        key = rotation.active(held, each.profile.kind, station, now)
                    except (rotation.NotYet, plan.PlanError):
                        continue
                    minted[CountKey(f"{yesterday:%Y-%m}", key.kid.hex(), name)] += CODES_A_DAY.get(name, 0) * days
            path.write_text(counts.encode(held_counts))
        self.day, self.commands = day, 0

    def photograph(self, here: Path) -> None:
        """Whatever is printed, somebody photographs when it is needed; the board has nothing to photograph."""
        for page in (*here.glob("*.html"), *here.glob("springfield/published/*.html"), *here.glob("*.pdf")):
            if page.stem.endswith("board"):
                continue
            photo = self.computer("photos") / f"{page.stem}.png"
            if not photo.exists():
                shown = pictures(page.read_bytes())[0] if page.suffix == ".pdf" else _photo(page.read_text())
                shown.save(photo)


def _photo(page: str) -> Image.Image:
    """All codes of a printed page, one above the other: black boxes on white."""
    boxes, top = [], 0
    for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL):
        side = int(svg.split('viewBox="0 0 ')[1].split()[0])
        boxes += [(int(x), top + int(y), int(width)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h", svg)]
        top += side
    picture = Image.new("L", (4 * side, 4 * top), 255)
    for x, y, width in boxes:
        ImageDraw.Draw(picture).rectangle((4 * x, 4 * y, 4 * (x + width) - 1, 4 * y + 3), fill=0)
    return picture


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """A token, where SoftHSM is installed: its PKCS#11 library."""
    module = softhsm()
    if module is None:
        return None
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    make = ["softhsm2-util", "--module", module, "--init-token", "--free", "--label", TOKEN]
    subprocess.run([*make, "--so-pin", PASSPHRASE, "--pin", PASSPHRASE], check=True, capture_output=True)
    return module


@pytest.fixture
def town(tmp_path: Path, token: str | None) -> Town:
    return Town(tmp_path, token)


def follow(town: Town, page: str) -> None:
    """Types every session of a page, and sees what it says."""
    names = Names()
    for session in sessions(page):
        if session.needs_token and town.module is None:
            continue
        for computer, (command, told) in itertools.product(session.computers, session.steps):
            seen = town.type(session.day, computer, names.translate(command), session.clock)
            try:
                names.compare(told, seen)
            except AssertionError as problem:
                raise AssertionError(f"{session.day}, {computer}: {command}\n" + "\n".join(seen)) from problem


@pytest.mark.slow
def test_every_session_does_what_the_runbook_says(root: Path, town: Town) -> None:
    follow(town, (root / "docs" / "key-officer.md").read_text())


def test_every_place_that_the_runbook_sends_to_is_there(root: Path) -> None:
    text = (root / "docs" / "key-officer.md").read_text()
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    anchors.update(re.findall(r'<a id="(.*?)">', text))
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert all((root / "docs" / link.split("#")[0]).exists() for link in links if not link.startswith("#"))
