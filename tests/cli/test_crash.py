"""Killed at any step, or two at once: a command leaves the old state or the new one, and once more finishes it."""

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crash import SAY, TRIED, UNSEEN, Command, Moment, Ran, Step, Warm, is_final, unsafe
from idcard_cli.officer.city_folder import key_name, kill_note_name

from idcard.ceremony import drafting, rotation
from idcard.city import counts, ledger
from idcard.city import plan as plans
from idcard.city.ledger import Ledger
from idcard.city.plan import Plan, PlannedKey
from idcard.city.profile import Kind
from idcard.credential.calendar import seconds
from idcard.issuing import slip_handles, slips
from idcard.keys import key_file
from idcard.trust import paper, trust_file
from idcard.verify import Verifier, memory
from idcard.verify.memory import Memory

NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)
JANUARY = datetime(2027, 1, 11, 9, tzinfo=UTC)
"""A new quarter: keys are due, those of the last quarter are to be destroyed, the trust list is to be renewed."""
PASSPHRASE = "correct horse battery staple"

SECRET = "--passphrase-file passphrase.txt"
CITY = "--city springfield"
FOUND = f'--id springfield --name Springfield --contact "Ask the office." --environment test {SECRET} --yes'
MINT = f"mint {CITY} {SECRET} --set birth_date=1990-12-31 --set resident=yes --set student=no"
MINT_COHORTS = f"{MINT} --for library --for museum"
MINT_ALL = f"{MINT} --handles handles.json"
SLIP_NEW = f"slip new {CITY} --handles handles.json"
CANCEL = f"cancel {CITY} < slip.txt"
CANCEL_OTHER = f"cancel {CITY} < slip-of-another.txt"
UNDO = f"cancel {CITY} --undo < slip.txt"
MERGE = f"ledger merge north.csv {CITY} --yes"
ROTATE = f"key rotate {CITY} {SECRET}"
DISTRUST = f"key distrust {{active}} {CITY} --yes"
STATIONS = f"key stations north south {CITY} --yes"
RENEW = f"trust renew {CITY} {SECRET}"
DRAFT = f"trust draft {CITY} --new-root --out next.iddraft"
SIGN = f"trust sign next.iddraft --trust springfield/city.idtrust --yes {SECRET} --key springfield/keys/"
SIGN_ALL = (f"{SIGN}root-1.key", f"{SIGN}root-2.key", f"{SIGN}publisher.key")
FINISH = f"trust finish next.iddraft {CITY}"
PUBLISH_MERGED = (
    MERGE,
    f"trust draft {CITY} --out earlier.iddraft",
    f"{SIGN_ALL[-1]}".replace("next.iddraft", "earlier.iddraft"),
    f"trust finish earlier.iddraft {CITY}",
)
INSTALL = "venue install first.idtrust --in-person --memory here/venue.idmemory"
UPDATE = "venue update second.idtrust --memory here/venue.idmemory"
UPDATE_TO_THIRD = "venue update third.idtrust --memory here/venue.idmemory"
VERIFY = "verify code.txt --for library --memory here/venue.idmemory"


@dataclass(frozen=True)
class Story:
    """A command that changes something, in January. given: what is done before, at given_at, and nobody dies. earlier:
    what is done on the day after the founding.

    In a command {active} is the kid of the cohort key that signs in January, and {note} its kill note. city: the folder
    of the city that changes. removed: a folder that somebody has removed. order: of these two files the first is new
    first. used_up: a file that is gone between the two. makes_keys: whether no two runs do the same. resealed: a key
    file that is other bytes in each run. refusal: what the command says where all is done already.
    """

    command: str
    given: Sequence[str] = ()
    given_at: datetime = JANUARY
    earlier: Sequence[str] = ()
    city: str = ""
    removed: str = ""
    order: tuple[str, str] | None = None
    used_up: str = ""
    makes_keys: bool = False
    resealed: str = ""
    refusal: str = ""


STORIES = {
    "city init": Story(
        f"city init rivertown {FOUND}", city="rivertown", makes_keys=True, refusal="rivertown already exists"
    ),
    "key rotate": Story(ROTATE, city="springfield", removed="springfield/kill-notes", makes_keys=True),
    "key distrust": Story(DISTRUST, city="springfield"),
    "key retire": Story(f"key retire {{active}} {CITY} --yes", city="springfield"),
    "key stations": Story(STATIONS, city="springfield"),
    "key make": Story(
        f"key make officer.key --kind root --environment test {SECRET}",
        makes_keys=True,
        refusal="officer.key already exists",
    ),
    "key passphrase": Story(
        "key passphrase springfield/keys/publisher.key --passphrase-file old-and-new.txt",
        city="springfield",
        makes_keys=True,
        resealed="springfield/keys/publisher.key",
    ),
    "trust draft": Story(DRAFT, given=[ROTATE], refusal="next.iddraft already exists"),
    "trust sign": Story(SIGN_ALL[1], given=[ROTATE, DRAFT, SIGN_ALL[0]]),
    "trust finish": Story(
        FINISH,
        given=[ROTATE, DRAFT, *SIGN_ALL],
        city="springfield",
        order=("springfield/city.idtrust", "springfield/city.json"),
    ),
    "trust renew": Story(RENEW, city="springfield", refusal="make a new draft"),
    "trust kill": Story(f"trust kill {{note}} {CITY} --yes", city="springfield"),
    "trust poster": Story(
        "trust poster springfield/city.idtrust --first --out letter.html", refusal="letter.html already exists"
    ),
    "mint": Story(
        f"{MINT} --for library --out new/codes",
        given=[f"{MINT} --for museum"],
        city="springfield",
        order=("springfield/counts.csv", "new/codes/library.txt"),
        refusal="new/codes already exists",
    ),
    "mint, and the first code is counted": Story(f"{MINT} --for library", city="springfield"),
    "mint, and handles are used up": Story(
        f"{MINT_ALL} --out new/codes",
        given=[f"{MINT} --for museum", SLIP_NEW],
        city="springfield",
        order=("springfield/counts.csv", "new/codes/pharmacy.txt"),
        used_up="handles.json",
        makes_keys=True,
        refusal="new/codes already exists",
    ),
    "slip new": Story(SLIP_NEW, makes_keys=True, refusal="handles.json already exists"),
    "slip new, on a page": Story(
        f"{SLIP_NEW} --out slip.pdf",
        order=("slip.pdf", "handles.json"),
        makes_keys=True,
        refusal="already exists",
    ),
    "cancel": Story(CANCEL, given=[MERGE], city="springfield"),
    "cancel, and it is the first": Story(CANCEL, city="springfield"),
    "cancel --undo": Story(UNDO, given=[CANCEL_OTHER, CANCEL], city="springfield"),
    "ledger merge": Story(MERGE, given=[CANCEL], city="springfield"),
    "trust finish, and the ledger forgets": Story(
        FINISH,
        given=[CANCEL, ROTATE, DRAFT, *SIGN_ALL],
        earlier=PUBLISH_MERGED,
        city="springfield",
        order=("springfield/city.idtrust", "springfield/ledger.csv"),
    ),
    "venue install": Story(INSTALL, refusal="a trust file is installed already"),
    "venue update": Story(UPDATE, given=[INSTALL]),
    "verify, and a new day is remembered": Story(VERIFY, given=[INSTALL], given_at=NOVEMBER),
}


# ---- an office ----


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()


@dataclass(frozen=True)
class Office:
    """A folder with the city `springfield`, its first trust files, a code, and room for a venue's memory."""

    folder: Path
    warm: Warm

    def run(self, command: str, at: datetime = JANUARY, dies: Moment | None = None) -> Ran:
        return check_manners(self.warm.run(self.typed(command, at), dies=dies))

    def do(self, command: str, at: datetime = JANUARY) -> Ran:
        """What goes well."""
        ran = self.run(command, at)
        assert ran.code == 0, f"{command}: {ran.err or ran.out}"
        return ran

    def typed(self, command: str, at: datetime = JANUARY) -> Command:
        """After `<` the name of the file that comes by stdin."""
        words, _, name = command.partition(" < ")
        return Command(shlex.split(words), at, self.folder, (self.folder / name).read_text("ascii") if name else "")

    def copy(self, folder: Path) -> "Office":
        shutil.copytree(self.folder, folder, copy_function=shutil.copy)
        return replace(self, folder=folder)

    def plan(self, city: str = "springfield") -> Plan:
        return plans.decode((self.folder / city / "city.json").read_text("utf-8"))

    def memory(self) -> Memory:
        return memory.decode((self.folder / "here" / "venue.idmemory").read_bytes())

    def counted(self) -> int:
        """All codes that were ever counted."""
        path = self.folder / "springfield" / "counts.csv"
        return counts.total(counts.decode(path.read_text("ascii"))).total() if path.exists() else 0

    def ledger(self) -> Ledger:
        return ledger.decode((self.folder / "springfield" / "ledger.csv").read_text("ascii"))

    def published(self) -> set[bytes]:
        return set(trust_file.decode(self.files()["springfield/city.idtrust"]).cancellations)

    def files(self) -> dict[str, bytes]:
        """What lies there under names that somebody looks for."""
        return {name: path.read_bytes() for name, path in self._paths() if is_final(name) and path.is_file()}

    def modes(self) -> dict[str, int]:
        """Of all files and folders, temporary ones too."""
        return {name: path.stat().st_mode & 0o777 for name, path in self._paths()}

    def _paths(self) -> Iterator[tuple[str, Path]]:
        for path in self.folder.rglob("*"):
            yield path.relative_to(self.folder).as_posix(), path

    def filled_in(self, command: str) -> str:
        """The command with the names of this city's keys."""
        active = rotation.active(self.plan(), Kind.COHORT, None, seconds(JANUARY))
        return command.format(active=active.kid.hex(), note=f"springfield/{kill_note_name(slot(active), active.key)}")


def check_manners(ran: Ran) -> Ran:
    assert "Traceback" not in ran.out + ran.err, ran.err
    assert not [step for step in ran.steps if step.what == UNSEEN], "a step at which no test could kill"
    return ran


def slot(key: PlannedKey) -> rotation.Slot:
    return rotation.Slot(key.kind, key.station, key.quarter)


def key_file_of(key: PlannedKey, city: str) -> str:
    return f"{city}/{key_name(slot(key), key.key)}"


@pytest.fixture(scope="module")
def founded(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("crash") / "office", warm)
    office.folder.mkdir()
    passphrase, code = office.folder / "passphrase.txt", office.folder / "code.txt"
    for path in (passphrase, code, office.folder / "old-and-new.txt"):
        path.touch(0o600)
    passphrase.write_text(f"{PASSPHRASE}\n", "utf-8")
    (office.folder / "old-and-new.txt").write_text(f"{PASSPHRASE}\n{PASSPHRASE}\n", "utf-8")
    office.do(f"city init springfield {FOUND}", NOVEMBER)
    later = office.copy(office.folder.with_name("later"))
    shutil.copyfile(office.folder / "springfield" / "city.idtrust", office.folder / "first.idtrust")
    for days, name in enumerate(("second", "third"), 30):
        later.do(RENEW, NOVEMBER + timedelta(days=days))
        shutil.copyfile(later.folder / "springfield" / "city.idtrust", office.folder / f"{name}.idtrust")
    code.write_text(later.do(f"{MINT} --for library --json").json()["codes"][0]["text"], "utf-8")
    for name in ("slip.txt", "slip-of-another.txt"):
        (office.folder / name).touch(0o600)
        (office.folder / name).write_text(office.do(SLIP_NEW).out, "ascii")
        (office.folder / "handles.json").unlink()
    (office.folder / "north.csv").touch(0o600)
    (office.folder / "north.csv").write_text(ledger.encode({EXPIRED: 2026 * 12 + 7, NORTH: 2028 * 12}), "ascii")
    return office


EXPIRED, NORTH = b"expired   ", b"north     "
"""What another office cancelled; the first had expired V before the trust list of December."""


def handle_of(office: Office, name: str) -> bytes:
    """By which the pharmacy code of this slip is cancelled."""
    return slips.decode((office.folder / name).read_text("ascii"), office.plan().scope).handle(4)


# ---- what holds at any moment ----


def check_private(modes: Mapping[str, int | None]) -> None:
    """Others read only what is to be published, in final and in temporary files. The umask is 0."""
    public = (".idtrust", ".iddraft", "letter.html")
    for name, mode in modes.items():
        if mode is None or name in (".", "here", "new") or name.endswith(".lock"):
            continue  # gone; a folder that the user chose; an empty file
        final = name if is_final(name) else name.rpartition(".")[0]
        if name.endswith(public) or final.endswith(public):
            assert mode & 0o022 == 0, f"others can write {name}"
        else:
            assert mode & 0o077 == 0, f"others can read {name}"


def check_whole(files: Mapping[str, bytes], dead: set[str]) -> None:
    """Nothing is half written under its final name. dead: keys and handles that are to be destroyed."""
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        if name.endswith(".key") and name not in dead:
            key_file.decode(text, PASSPHRASE)
        elif "kill-notes/" in name:
            paper.decode(text.splitlines())
        elif name.endswith("city.json"):
            plans.decode(text)
        elif name.endswith("counts.csv"):
            counts.decode(text)
        elif name.endswith("ledger.csv"):
            ledger.decode(text)
        elif name.endswith("handles.json") and name not in dead:
            slip_handles.decode(text)
        elif name.endswith(".idtrust"):
            trust_file.decode(data)
        elif name.endswith(".iddraft"):
            drafting.decode(data)
        elif name.endswith(".idmemory"):
            memory.decode(data)
        elif name.endswith(".html"):
            assert text.endswith("</html>\n")
        elif name.endswith(".pdf"):
            assert data.rstrip().endswith(b"%%EOF")


def dead_keys(plan: Plan, city: str) -> set[str]:
    """Files of the keys that the plan gives up."""
    return {key_file_of(key, city) for key in rotation.to_destroy(plan, seconds(JANUARY))}


def check_keys(office: Office, city: str) -> None:
    """Every key that may sign, today or one day, is there, and is the one that the plan means."""
    plan, files = office.plan(city), office.files()
    for key in plan.keys:
        if rotation.is_live(key, seconds(JANUARY)):
            held = key_file.decode(files[key_file_of(key, city)].decode("ascii"), PASSPHRASE)
            assert held.signer.public_key == key.key


def check_usable(office: Office, city: str) -> None:
    """Officers, counters and venues go on."""
    office.do(f"key status --city {city} --json")
    assert office.run(f"doctor --city {city}").code in (0, 1, 4)
    office.do(f"slip new --city {city} --handles usable.json")
    codes = office.do(f"{MINT.replace('springfield', city)} --handles usable.json --json").json()["codes"]
    assert [each["class"] for each in codes] == ["library", "museum", "pool", "pharmacy"]
    verifier = Verifier.open(office.folder / city / "city.idtrust")
    for code in codes:
        verifier.verify(code["text"], code["class"], now=JANUARY)


def steps_of(plan: Plan) -> list[tuple[object, ...]]:
    """The keys of a plan without what is random in them, the first one first."""
    return [(slot(key), key.ready, key.distrusted, key.destroyed) for key in plan.keys]


def check_killed(office: Office, story: Story, before: Office, after: Office) -> None:
    """Whenever the command was killed: every file is the old one or the new one, and people can work with them."""
    files, old, new = office.files(), before.files(), after.files()
    stands = bool(story.city) and (office.folder / story.city).exists()
    dead = dead_keys(office.plan(story.city), story.city) if stands else set()
    dead |= {story.used_up} - {""}
    check_private(office.modes())
    check_whole(files, dead)
    for name in (
        (old.keys() if story.makes_keys else files.keys() | (old.keys() & new.keys())) - dead - {story.resealed}
    ):
        is_either = counted(files, name) in (counted(old, name), counted(new, name))
        assert is_either or is_next_plan(name, office, before, after), name
    if story.order is not None:
        first, second = story.order
        is_new = (
            first in files if story.makes_keys and first not in old else counted(files, first) == counted(new, first)
        )
        assert is_new or files.get(second) == old.get(second), f"{second} came before {first}"
        if story.used_up:
            assert is_new or files.get(story.used_up) == old[story.used_up], f"{story.used_up} went before {first}"
            assert second not in files or story.used_up not in files, f"{second} came before {story.used_up} went"
    if stands:
        check_keys(office, story.city)
        check_usable(office, story.city)
    if "here/venue.idmemory" in files:
        office.do(VERIFY)


def counted(files: Mapping[str, bytes], name: str) -> object:
    """A file; of counts not who counted, for each copy of a folder counts under an id of its own."""
    match name.rpartition("/")[2], files.get(name):
        case "counts.csv.id", bytes():
            return "an id"
        case "counts.csv", bytes(data):
            return sorted(line.partition(b",")[2] for line in data.splitlines())
        case _, found:
            return found


def is_next_plan(name: str, office: Office, before: Office, after: Office) -> bool:
    """Keys that are made are made one after the other."""
    made, old, new = (steps_of(each.plan()) for each in (office, before, after))
    return name == "springfield/city.json" and made[: len(old)] == old and made == new[: len(made)]


def read(office: Office) -> Plan:
    """The plan as every command reads it: with what the trust file knows better."""
    trust = trust_file.decode(office.files()["springfield/city.idtrust"])
    return rotation.published(office.plan(), trust.trust_list, trust.kill_notes)


def check_finished(office: Office, story: Story, command: str, after: Office) -> None:
    """The command, repeated, leads where it would have led, or everything is done already."""
    again = office.run(command)
    if story.used_up and "make a new slip" in again.err:
        (office.folder / story.used_up).unlink(missing_ok=True)
        office.do(SLIP_NEW)
        again = office.run(command)
    assert again.code == 0 or (story.refusal and story.refusal in again.err), again.err
    files, new = office.files(), after.files()
    names = {name for name in files.keys() | new.keys() if not name.endswith(("counts.csv", "counts.csv.id"))}
    if story.makes_keys:
        assert {without_kid(name) for name in names} == {without_kid(name) for name in new.keys() & names}
    else:
        for name in names:
            same = files.get(name) == new.get(name) or (name == "springfield/city.json" and read(office) == read(after))
            assert same, f"{name} is not as it would have been"
    if story.city:
        assert steps_of(office.plan(story.city)) == steps_of(after.plan(story.city))
        check_keys(office, story.city)


def without_kid(name: str) -> str:
    return re.sub(r"-[0-9a-f]{8}\.", ".", name)


# ---- a process dies ----


@dataclass(frozen=True)
class Told:
    """A story from its beginning to its end, told without an accident."""

    story: Story
    command: str
    before: Office
    after: Office
    steps: Sequence[Step]

    def moments(self) -> Iterator[Moment]:
        """Before each step, in the middle of each write, and at the end."""
        numbered = self.numbered()
        for number, step in enumerate(numbered):
            if step.what != TRIED:
                yield Moment(number)
            if step.what == "write":
                yield Moment(number, half=True)
        yield Moment(len(numbered))

    def turning_points(self) -> Iterator[Moment]:
        """Those of them before a name comes or goes, and before it is made sure of."""
        numbered = self.numbered()
        for number, step in enumerate(numbered):
            folder = os.path.dirname(step.path) or "."
            if (step.what in ("rename", "replace", "link", "unlink") and is_final(folder)) or (
                step.what == "fsync" and is_final(step.path)
            ):
                yield Moment(number)
        yield Moment(len(numbered))

    def numbered(self) -> list[Step]:
        return [step for step in self.steps if step.what != SAY]

    def kill(self, moment: Moment, folder: Path) -> None:
        office = self.before.copy(folder)
        assert office.run(self.command, dies=moment).killed
        try:
            check_killed(office, self.story, self.before, self.after)
            check_finished(office, self.story, self.command, self.after)
        except Exception as problem:
            done = self.numbered()[: moment.step]
            where = f"{'in' if moment.half else 'at'} step {moment.step}, after {done[-1] if done else 'nothing'}"
            raise AssertionError(f"killed {where}: {problem}") from problem
        shutil.rmtree(folder)


@pytest.fixture
def tell(founded: Office, tmp_path: Path) -> Callable[[str], Told]:
    def told(name: str) -> Told:
        story = STORIES[name]
        before = founded.copy(tmp_path / "before")
        for each in story.earlier:
            before.do(each, NOVEMBER + timedelta(days=10))
        for each in story.given:
            before.do(before.filled_in(each), story.given_at)
        if story.removed:
            shutil.rmtree(before.folder / story.removed)
        command = before.filled_in(story.command)
        after = before.copy(tmp_path / "after")
        return Told(story, command, before, after, after.do(command).steps)

    return told


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_killed_where_names_come_and_go(name: str, tell: Callable[[str], Told], tmp_path: Path) -> None:
    told = tell(name)
    for moment in told.turning_points():
        told.kill(moment, tmp_path / "killed")


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_killed_at_any_step(name: str, tell: Callable[[str], Told], tmp_path: Path) -> None:
    told = tell(name)
    for moment in told.moments():
        told.kill(moment, tmp_path / "killed")


@pytest.mark.parametrize("name", STORIES)
def test_nobody_else_can_read_a_private_file_after_any_step(name: str, tell: Callable[[str], Told]) -> None:
    for step in tell(name).steps:
        check_private({step.path: step.mode})


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_undoes_nothing_that_was_said(name: str, tell: Callable[[str], Told]) -> None:
    assert unsafe(tell(name).steps) == []


def test_the_slip_is_shown_before_there_are_handles(tell: Callable[[str], Told]) -> None:
    """Codes that nobody could cancel are never minted."""
    done = [step.what if step.what == SAY else step.path for step in tell("slip new").steps]
    assert done.index(SAY) < done.index("handles.json")


# ---- two processes at once ----


@dataclass(frozen=True)
class Pair:
    """Two commands at the same time, the second typed a second later. given, earlier: as in a `Story`. waits: whether
    both change one file.
    """

    first: str
    second: str
    check: Callable[[Office, Office, Ran, Ran], None]
    given: Sequence[str] = ()
    given_at: datetime = JANUARY
    earlier: Sequence[str] = ()
    waits: bool = True


def each_key_once(office: Office, before: Office, first: Ran, second: Ran) -> None:
    assert (first.code, second.code) == (0, 0)
    made = [slot(key) for key in office.plan().keys]
    assert len(set(made)) == len(made) == len(before.plan().keys) + 2
    assert (first.out + second.out).count("made ") == (first.out + second.out).count("destroyed ") == 2
    assert "nothing to make" in first.out + second.out


def a_list_for_each_that_succeeded(office: Office, before: Office, first: Ran, second: Ran) -> None:
    renewed = [ran for ran in (first, second) if ran.code == 0]
    assert renewed
    assert all(
        ran in renewed or "make a new draft" in ran.err or "idcard trust draft" in ran.err for ran in (first, second)
    )
    trust = trust_file.decode(office.files()["springfield/city.idtrust"])
    assert trust.trust_list.version == 1 + len(renewed)


def every_code_counted(office: Office, before: Office, first: Ran, second: Ran) -> None:
    assert (first.code, second.code) == (0, 0)
    assert office.counted() == before.counted() + len((first.out + second.out).splitlines())


def both_signed(office: Office, before: Office, first: Ran, second: Ran) -> None:
    assert (first.code, second.code) == (0, 0)
    assert len(drafting.decode(office.files()["next.iddraft"]).root_signatures) == 2


def published_and_distrusted(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    keys = office.plan().keys
    assert all(key.ready is not None for key in keys)
    assert sum(key.distrusted for key in keys) == 1


def distrusted_and_parted(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    assert sum(key.distrusted for key in office.plan().keys) == 1
    assert office.plan().stations == ("north", "south")


def newest_wins(office: Office, before: Office, *ran: Ran) -> None:
    assert office.memory().trust.trust_list.version == 3
    for each in ran:
        assert each.code == 0 or (each.code == 2 and "older" in each.err), each.err
    assert "trust list 3" in "".join(each.out for each in ran)


def updated_on_the_day_seen(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    assert office.memory().trust.trust_list.version == 2
    assert office.memory().last_day == seconds(JANUARY) // 86400


def both_cancelled(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    assert office.ledger().keys() == {handle_of(office, name) for name in ("slip.txt", "slip-of-another.txt")}


def one_cancelled_and_one_taken_back(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    assert office.ledger().keys() == {handle_of(office, "slip-of-another.txt")}


def cancelled_and_merged(office: Office, before: Office, *ran: Ran) -> None:
    assert [each.code for each in ran] == [0, 0]
    # What has expired goes with the next trust file, by its time.
    assert office.ledger().keys() == {handle_of(office, "slip.txt"), NORTH, EXPIRED}


def published_and_cancelled(office: Office, before: Office, *ran: Ran) -> None:
    """What came in time is published, what came late waits, and what has expired does not come back."""
    assert [each.code for each in ran] == [0, 0]
    late, in_time = (handle_of(office, name) for name in ("slip.txt", "slip-of-another.txt"))
    assert office.published() == {in_time, NORTH}
    assert office.ledger().keys() == {late, in_time, NORTH}


def one_person_has_the_handles(office: Office, before: Office, *ran: Ran) -> None:
    assert sorted(each.code for each in ran) == [0, 2]
    [minted] = (each for each in ran if each.code == 0)
    assert len(minted.out.splitlines()) == 4
    assert "".join(each.out for each in ran) == minted.out
    assert "handles.json" not in office.files()
    assert office.counted() - before.counted() in (4, 8)


def one_installed(office: Office, before: Office, *ran: Ran) -> None:
    assert sorted(each.code for each in ran) == [0, 2]
    assert "a trust file is installed already" in "".join(each.err for each in ran)


PAIRS = {
    "key rotate": Pair(ROTATE, ROTATE, each_key_once),
    "trust renew": Pair(RENEW, RENEW, a_list_for_each_that_succeeded),
    "mint": Pair(MINT_COHORTS, MINT_COHORTS, every_code_counted, [MINT_COHORTS]),
    "mint, the first codes of all": Pair(MINT_COHORTS, MINT_COHORTS, every_code_counted),
    "mint, with the same handles": Pair(MINT_ALL, MINT_ALL, one_person_has_the_handles, [SLIP_NEW]),
    "cancel": Pair(CANCEL, CANCEL_OTHER, both_cancelled),
    "cancel --undo, cancel": Pair(UNDO, CANCEL_OTHER, one_cancelled_and_one_taken_back, [CANCEL]),
    "cancel, cancel --undo": Pair(CANCEL_OTHER, UNDO, one_cancelled_and_one_taken_back, [CANCEL]),
    "cancel, ledger merge": Pair(CANCEL, MERGE, cancelled_and_merged),
    "cancel, trust finish": Pair(
        CANCEL, FINISH, published_and_cancelled, [CANCEL_OTHER, DRAFT, *SIGN_ALL], earlier=PUBLISH_MERGED
    ),
    "trust finish, cancel": Pair(
        FINISH, CANCEL, published_and_cancelled, [CANCEL_OTHER, DRAFT, *SIGN_ALL], earlier=PUBLISH_MERGED, waits=False
    ),
    "trust sign": Pair(*SIGN_ALL[:2], both_signed, [DRAFT]),
    "trust finish, key distrust": Pair(FINISH, DISTRUST, published_and_distrusted, [ROTATE, DRAFT, *SIGN_ALL]),
    "key distrust, trust finish": Pair(DISTRUST, FINISH, published_and_distrusted, [ROTATE, DRAFT, *SIGN_ALL]),
    "key distrust, key stations": Pair(DISTRUST, STATIONS, distrusted_and_parted),
    "venue update to the second file, to the third": Pair(UPDATE, UPDATE_TO_THIRD, newest_wins, [INSTALL]),
    "venue update to the third file, to the second": Pair(UPDATE_TO_THIRD, UPDATE, newest_wins, [INSTALL]),
    "verify, venue update": Pair(VERIFY, UPDATE, updated_on_the_day_seen, [INSTALL], NOVEMBER),
    "venue update, verify": Pair(UPDATE, VERIFY, updated_on_the_day_seen, [INSTALL], NOVEMBER),
    "venue install": Pair(INSTALL, INSTALL, one_installed),
}


@dataclass(frozen=True)
class Meeting:
    """A pair in an office. moments: before each step of the first command that does something."""

    pair: Pair
    before: Office
    first: str
    second: str
    steps: Sequence[Step]

    def hold(self, stops: Moment, folder: Path) -> Ran:
        """The first stops, the second comes as far as it can, both go on. How the second fared."""
        office = self.before.copy(folder)
        later = office.typed(self.second, JANUARY + timedelta(seconds=1))
        one, other = (check_manners(ran) for ran in self.before.warm.interleave(office.typed(self.first), later, stops))
        check_whole(office.files(), dead_keys(office.plan(), "springfield"))
        check_keys(office, "springfield")
        self.pair.check(office, self.before, one, other)
        shutil.rmtree(folder)
        return other


@pytest.fixture
def meet(founded: Office, tmp_path: Path) -> Callable[[str], Meeting]:
    def met(name: str) -> Meeting:
        pair = PAIRS[name]
        before = founded.copy(tmp_path / "before")
        for each in pair.earlier:
            before.do(each, NOVEMBER + timedelta(days=10))
        for each in pair.given:
            before.do(before.filled_in(each), pair.given_at)
        first, second = before.filled_in(pair.first), before.filled_in(pair.second)
        steps = before.copy(tmp_path / "alone").do(first).steps
        return Meeting(pair, before, first, second, [step for step in steps if step.what != SAY])

    return met


@pytest.mark.parametrize("name", PAIRS)
def test_a_second_command_comes_before_a_file_is_replaced(
    name: str, meet: Callable[[str], Meeting], tmp_path: Path
) -> None:
    meeting = meet(name)
    replaced = [number for number, step in enumerate(meeting.steps) if step.what in ("replace", "link")]
    others = [meeting.hold(Moment(number), tmp_path / "both") for number in (0, *replaced)]
    assert any(other.stopped for other in others) or not PAIRS[name].waits, "no command ever waited for the other"


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_a_second_command_comes_at_any_step(name: str, meet: Callable[[str], Meeting], tmp_path: Path) -> None:
    meeting = meet(name)
    for number, step in enumerate(meeting.steps):
        if step.what != TRIED:
            meeting.hold(Moment(number), tmp_path / "both")


def test_who_waits_for_a_process_that_dies_does_its_job(founded: Office, tmp_path: Path) -> None:
    alone = founded.copy(tmp_path / "alone")
    steps = [step for step in alone.do(ROTATE).steps if step.what != SAY]
    first_plan = next(number for number, step in enumerate(steps) if step.path == "springfield/city.json")
    office = founded.copy(tmp_path / "office")
    died, waited = founded.warm.interleave(office.typed(ROTATE), office.typed(ROTATE), Moment(first_plan), dies=True)
    assert died.killed
    assert waited.stopped
    assert waited.code == 0
    assert steps_of(office.plan()) == steps_of(alone.plan())
    check_usable(office, "springfield")


def test_as_many_at_once_as_there_are_counters(founded: Office, tmp_path: Path) -> None:
    office = founded.copy(tmp_path / "office")
    counters = [f"handles-{number}.json" for number in range(4)]
    for name in counters:
        office.do(SLIP_NEW.replace("handles.json", name))
    commands = [office.typed(f"{MINT} --handles {name}") for name in counters]
    ran = [check_manners(each) for each in founded.warm.together(commands)]
    assert [each.code for each in ran] == [0] * 4
    assert office.counted() == 4 * 4
