"""Lock files: whoever can open one can hold it, so nobody but its owner can."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import filelock
import pytest
from cities import NOW, City
from command import ACCEPT, USAGE, Office, idcard_inside

from idcard.verify import memory

CITY = City()
AT = f"{NOW:%Y-%m-%d %H:%M:%S}"
NOBODY = 65534


def update(place: Path) -> int:
    """A venue takes the next trust list."""
    (place.parent / "next.idtrust").write_bytes(CITY.trust_file(version=2))
    ended = idcard_inside("venue", "update", place.parent / "next.idtrust", "--memory", place, at=AT)
    assert (ended.code == ACCEPT) == (memory.decode(place.read_bytes()).trust.trust_list.version == 2)
    return ended.code


def remembering(folder: Path) -> Path:
    """The memory of a venue."""
    place = folder / "venue.idmemory"
    place.write_bytes(memory.encode(memory.install(CITY.file, fingerprint=None, now=NOW)))
    return place


def venue(office: Office) -> None:
    assert update(remembering(office.home)) == ACCEPT


def scans(office: Office) -> None:
    place = remembering(office.home)
    code = CITY.code("library").encode()
    assert idcard_inside("scan", "--memory", place, "--for", "library", stdin=code + b"\n", at=AT).code == ACCEPT


def cards(office: Office) -> None:
    card = office.hand_out("--for", "pharmacy")
    office.done("cancel", *office.here, "--yes", stdin=card.typed)


def renewal(office: Office) -> None:
    office.done("trust", "renew", *office.here, *office.secret, "--yes", at="2026-12-01 09:00")


def signature(office: Office) -> None:
    office.sign(office.draft(at="2026-12-01 09:00"))


KINDS: dict[str, tuple[Callable[[Office], None], set[str]]] = {
    "memory": (venue, {"venue.idmemory.lock"}),
    "tally": (scans, {"tally.csv.lock"}),
    "counts and ledger": (cards, {"springfield/counts.csv.lock", "springfield/ledger.csv.lock"}),
    "city folder and ledger": (renewal, {"springfield/city.json.lock", "springfield/ledger.csv.lock"}),
    "draft": (signature, {"next.iddraft.lock"}),
}
every_kind = pytest.mark.parametrize(("story", "names"), KINDS.values(), ids=KINDS)


@contextmanager
def permissive() -> Iterator[None]:
    old = os.umask(0)
    try:
        yield
    finally:
        os.umask(old)


def modes(office: Office) -> dict[str, int]:
    return {
        str(path.relative_to(office.home)): stat.S_IMODE(path.stat().st_mode) for path in office.home.rglob("*.lock")
    }


@every_kind
def test_a_lock_is_its_owners_alone_whatever_the_umask_is(
    quick_office: Office, story: Callable[[Office], None], names: set[str]
) -> None:
    with permissive():
        story(quick_office)
    assert modes(quick_office) == dict.fromkeys(names, 0o600)


@every_kind
def test_a_lock_that_others_could_open_is_mended(
    quick_office: Office, story: Callable[[Office], None], names: set[str]
) -> None:
    for name in names:
        (quick_office.home / name).touch()
        (quick_office.home / name).chmod(0o644)
    story(quick_office)
    assert modes(quick_office) == dict.fromkeys(names, 0o600)


@contextmanager
def another_account() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_account_of_the_computer_cannot_hold_a_lock() -> None:
    """Reading would be enough: flock asks for no more."""
    with TemporaryDirectory() as shared:
        Path(shared).chmod(0o755)
        place = remembering(Path(shared))
        place.chmod(0o644)
        assert update(place) == ACCEPT
        with another_account():
            assert place.read_bytes()
            for how in (os.O_RDONLY, os.O_RDWR):
                with pytest.raises(PermissionError):
                    os.open(f"{place}.lock", how)


# ---- what somebody else may have put there ----


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return remembering(tmp_path)


def others(folder: Path) -> Path:
    """A file that is no lock."""
    path = folder / "other.txt"
    path.write_text("other\n")
    path.chmod(0o644)
    return path


def unchanged(path: Path) -> bool:
    return path.read_text() == "other\n" and stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_link_is_not_followed(place: Path) -> None:
    other = others(place.parent)
    Path(f"{place}.lock").symlink_to(other)
    assert update(place) == USAGE
    assert unchanged(other)


def test_a_file_with_another_name_stays_as_it_is(place: Path) -> None:
    other = others(place.parent)
    os.link(other, f"{place}.lock")
    assert update(place) == ACCEPT
    assert unchanged(other)


def test_a_folder_is_no_lock(place: Path) -> None:
    Path(f"{place}.lock").mkdir()
    assert update(place) == USAGE


def test_a_pipe_holds_nothing_up(place: Path) -> None:
    os.mkfifo(f"{place}.lock", 0o600)
    assert update(place) == ACCEPT


def test_a_lock_that_another_program_holds_is_waited_for_and_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = filelock.FileLock
    monkeypatch.setattr(filelock, "FileLock", lambda path, timeout: real(path, timeout=0))
    with open(f"{place}.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert update(place) == USAGE
    assert update(place) == ACCEPT
