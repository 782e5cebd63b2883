"""A trust file that is replaced under a service: it goes forward, and never back."""

import os
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import filelock
import pytest

from idcard import whole_file
from idcard.ceremony import publish
from idcard.testing import MadeUpCity
from idcard.verify import Reason, Refused, memory, trust_source
from idcard.verify.trust_source import TrustSource

CITY, OTHER = MadeUpCity(), MadeUpCity("elsewhere")
NOW, DAY = CITY.now, timedelta(days=1)
NOTE = publish.sign_kill_note(CITY._scope, CITY._signer("cohort"))
"""Of the key of codes without a handle."""


class Room:
    """A folder with a trust file and a memory."""

    def __init__(self, folder: Path) -> None:
        self.path, self.memory_path = folder / "city.idtrust", folder / "made/service.idmemory"

    def put(self, data: bytes) -> None:
        """Atomically, as a careful administrator does."""
        new = self.path.with_suffix(".new")
        new.write_bytes(data)
        new.replace(self.path)

    def source(self, **expected: str) -> TrustSource:
        return TrustSource(self.path, self.memory_path, now=NOW, **expected)  # type: ignore[arg-type]

    def held(self) -> bytes:
        return memory.decode(self.memory_path.read_bytes()).file


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    room.put(CITY.trust_file(age_days=20))
    return room


def age(source: TrustSource) -> int:
    return source.verifier(now=NOW).trust_age_days(NOW)


def test_a_newer_file_counts_from_the_next_verdict_on_and_is_remembered(room: Room) -> None:
    source = room.source(city="made-up", environment="test")
    assert (age(source), source.problem) == (20, None)
    room.put(CITY.trust_file(age_days=10))
    assert (age(source), source.problem) == (10, None)
    assert room.held() == CITY.trust_file(age_days=10)
    assert room.memory_path.stat().st_mode & 0o777 == 0o600 or os.name == "nt"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda room: room.put(CITY.trust_file(age_days=30)), Reason.TRUST_ROLLBACK),
        (lambda room: room.put(OTHER.trust_file()), Reason.TRUST_FOREIGN),
        (lambda room: room.path.write_bytes(CITY.trust_file()[:500]), Reason.TRUST_MALFORMED),
        (lambda room: room.path.write_bytes(bytes(3 << 20)), Reason.TRUST_TOO_LARGE),
        (lambda room: room.path.unlink(), None),
    ],
    ids=["older", "foreign", "half written", "too large", "gone"],
)
def test_what_is_no_newer_file_changes_nothing_and_is_told(
    room: Room, spoil: Callable[[Room], None], reason: Reason | None
) -> None:
    source = room.source()
    spoil(room)
    assert age(source) == 20
    assert getattr(source.problem, "reason", None) is reason
    assert source.problem is not None
    assert room.held() == CITY.trust_file(age_days=20)
    room.put(CITY.trust_file(age_days=5))
    assert (age(source), source.problem) == (5, None)


def test_a_second_start_does_not_go_back(room: Room) -> None:
    room.source()
    room.put(CITY.trust_file(age_days=30))
    again = room.source()
    assert age(again) == 20
    room.path.unlink()
    assert age(room.source()) == 20


def test_an_older_memory_that_is_put_back_does_not_count_while_it_runs(room: Room) -> None:
    source = room.source()
    before = room.memory_path.read_bytes()
    room.put(CITY.trust_file(age_days=10))
    assert age(source) == 10
    for older, put_back in ((20, lambda: room.memory_path.write_bytes(before)), (21, room.memory_path.unlink)):
        put_back()
        room.put(CITY.trust_file(age_days=older))
        assert age(source) == 10
        assert room.held() == CITY.trust_file(age_days=10)


@pytest.mark.parametrize("newer", [20, 9], ids=["same file", "newer file"])
@pytest.mark.parametrize("lost", ["older one put back", "gone and made anew"])
def test_a_kill_note_and_the_last_day_outlast_the_memory(room: Room, lost: str, newer: int) -> None:
    source, code = room.source(), CITY.code("library")
    before = room.memory_path.read_bytes()
    killed = memory.kill(memory.decode(before), NOTE)
    room.memory_path.write_bytes(memory.encode(killed))
    assert _reason(source.verifier(now=NOW + 2 * DAY).verify, code, "library") is Reason.DISTRUSTED_KEY
    last_day = memory.decode(room.memory_path.read_bytes()).last_day
    assert last_day == killed.last_day + 2
    room.put(CITY.trust_file(age_days=newer))
    room.memory_path.write_bytes(before)
    if lost != "older one put back":
        room.memory_path.unlink()
        assert age(room.source()) == newer
    assert _reason(source.verifier(now=NOW + 3 * DAY).verify, code, "library") is Reason.DISTRUSTED_KEY
    held = memory.decode(room.memory_path.read_bytes())
    assert (held.killed, held.last_day) == (killed.killed, last_day + 1)
    assert [each.by_person for each in held.kill_notes] == [True]


def test_a_kill_note_in_an_older_memory_counts(room: Room) -> None:
    source = room.source()
    before = memory.decode(room.memory_path.read_bytes())
    room.put(CITY.trust_file(age_days=10))
    assert age(source) == 10
    room.memory_path.write_bytes(memory.encode(memory.kill(before, NOTE)))
    told = source.verifier(now=NOW + DAY)
    assert _reason(told.verify, CITY.code("library"), "library") is Reason.DISTRUSTED_KEY
    assert told.trust_age_days(NOW) == 10


def test_nobody_waits_for_another_program_that_has_the_memory(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    source = room.source()
    room.put(CITY.trust_file(age_days=10))
    monkeypatch.setattr(trust_source, "_PAUSE", 10_000)
    with filelock.FileLock(f"{room.memory_path}.lock"), monkeypatch.context() as waiting:
        waiting.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
        assert age(source) == 20
        assert isinstance(source.problem, whole_file.InUse)
    assert age(source) == 20
    monkeypatch.setattr(trust_source, "_PAUSE", 0)
    assert (age(source), source.problem) == (10, None)


def test_what_another_process_took_counts(room: Room) -> None:
    ours, theirs = room.source(), room.source()
    room.put(CITY.trust_file(age_days=3))
    assert age(theirs) == 3
    room.put(CITY.trust_file(age_days=7))
    assert age(ours) == 3


@pytest.mark.parametrize("expected", [{"city": "springfield"}, {"environment": "production"}])
def test_a_file_that_was_not_expected_leaves_no_memory(room: Room, expected: dict[str, str]) -> None:
    with pytest.raises(Refused, match="trust-foreign"):
        room.source(**expected)
    assert not room.memory_path.exists()


def test_the_fingerprint_of_the_first_file_is_compared(room: Room) -> None:
    with pytest.raises(Refused, match="trust-anchor"):
        TrustSource(room.path, room.memory_path, now=NOW, fingerprint=bytes(16))
    right = CITY.verifier().fingerprint
    with pytest.raises(TypeError, match=r"^a fingerprint is 16 bytes: bytes\.fromhex"):
        TrustSource(room.path, room.memory_path, now=NOW, fingerprint=right.hex())  # type: ignore[arg-type]
    assert age(TrustSource(room.path, room.memory_path, now=NOW, fingerprint=right)) == 20


def test_without_a_file_and_a_memory_or_with_a_damaged_one_it_does_not_begin(room: Room) -> None:
    room.memory_path.parent.mkdir()
    room.memory_path.write_bytes(b"hello")
    with pytest.raises(Refused, match="memory-damaged"):
        room.source()
    room.memory_path.unlink()
    room.path.unlink()
    with pytest.raises(FileNotFoundError):
        room.source()


def test_a_new_day_is_noted_without_a_new_file(room: Room) -> None:
    source = room.source()
    before = memory.decode(room.memory_path.read_bytes()).last_day
    source.verifier(now=NOW + timedelta(days=2))
    assert memory.decode(room.memory_path.read_bytes()).last_day == before + 2
    room.path.unlink()
    source.verifier(now=NOW + timedelta(days=3))
    assert memory.decode(room.memory_path.read_bytes()).last_day == before + 3


def test_a_file_that_is_changed_twice_within_one_tick_is_read_again(room: Room) -> None:
    """Same size, same time, same place: only what it holds tells that a half-written file was finished."""
    source = room.source()
    whole = CITY.trust_file(age_days=2)
    half = whole[: len(whole) // 2].ljust(len(whole), b"\0")
    with room.path.open("r+b") as file:
        file.write(half)
        file.truncate()
        file.flush()
        written = os.stat(room.path)
        assert age(source) == 20
        file.seek(0)
        file.write(whole)
        file.flush()
        os.utime(room.path, ns=(written.st_atime_ns, written.st_mtime_ns))
        assert age(source) == 2


@pytest.mark.slow
def test_sixteen_threads_see_a_thousand_replacements_and_none_goes_back(room: Room) -> None:
    draw = random.Random(17)  # noqa: S311
    asked = [(CITY.code("library"), "library"), (CITY.cancelled("pharmacy"), "pharmacy")]
    asked += [(OTHER.code("library"), "library")]
    source = room.source()
    done, wrong, verdicts = threading.Event(), [], [0] * 16

    def look(place: int) -> None:
        last = source.verifier(now=NOW).issued
        while not done.wait(0.004):  # or the one that reloads waits for a turn behind fifteen others
            verifier = source.verifier(now=NOW)
            told = [_reason(verifier.verify, code, name) for code, name in asked]
            if told != [None, Reason.CANCELLED_CODE, Reason.UNKNOWN_KEY] or verifier.issued < last:
                wrong.append((told, verifier.issued, last))
            last = verifier.issued
            verdicts[place] += 1

    threads = [threading.Thread(target=look, args=(place,)) for place in range(16)]
    for each in threads:
        each.start()
    for turn in range(1000):
        data = CITY.trust_file(age_days=20 - turn // 50)
        match draw.randrange(5):
            case 0:
                room.put(CITY.trust_file(age_days=draw.randrange(21, 40)))
            case 1:
                room.put(OTHER.trust_file())
            case 2:
                room.path.write_bytes(data[: draw.randrange(len(data))])
            case 3:
                room.path.write_bytes(data)
            case _:
                room.put(data)
    done.set()
    for each in threads:
        each.join(60)
    assert not any(each.is_alive() for each in threads)
    assert not wrong
    assert min(verdicts) > 0
    room.put(CITY.trust_file())
    assert (age(source), source.problem) == (0, None)


def _reason(verify: Callable[..., object], code: str, venue_class: str) -> Reason | None:
    try:
        verify(code, venue_class, now=NOW)
    except Refused as refused:
        return refused.reason
    return None
