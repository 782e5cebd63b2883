"""`idcard mint --batch --scheduler`: a cluster draws, and whatever becomes of it, no code is lost or comes twice."""

import io
import json
import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import clusters
import pytest
from clusters import TIMEOUT, Cluster, wait_until
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Office, environment, instant, program
from idcard_cli.counter import cluster, cluster_address, cluster_frames
from idcard_cli.counter.cluster import ClusterError, ClusterExecutor
from idcard_cli.counter.cluster_address import BadAddress
from idcard_cli.counter.cluster_frames import HELLO, Frame
from machine import needs_strace
from prints import needs_font, no_fonts

from idcard.errors import Malformed
from idcard.issuing import slip_handles, slips

RECORDS = 1000
AT_ONCE = 64
LOST = "what draws has ended from outside, perhaps for want of memory"
KEPT = "what is done is kept, and the same command with --resume goes on"


@dataclass(frozen=True)
class Batch:
    """Many codes to draw, of which no two are alike. records: a file. drawn, counted: what becomes of them."""

    office: Office
    records: Path
    drawn: bytes = b""
    counted: bytes = b""

    @property
    def out(self) -> Path:
        return self.office.home / "codes.tar"

    @property
    def part(self) -> Path:
        return self.office.home / "codes.tar.part"

    def command(self, *options: object) -> list[str]:
        mint = ("mint", *self.office.here, *self.office.secret, "--for", "pharmacy", "--batch", self.records)
        return program(*mint, "--format", "svg", "--out", self.out, *options, at=self.office.at)

    @contextmanager
    def begun(self, *options: object, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """The command, while it runs."""
        with subprocess.Popen(
            self.command(*options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(env),
            start_new_session=True,
        ) as running:
            try:
                yield running
            finally:
                running.kill()

    def run(self, *options: object, env: Mapping[str, str] | None = None) -> Ended:
        with self.begun(*options, env=env) as running:
            return ended(running)

    def counts(self) -> bytes:
        return (self.office.folder / "counts.csv").read_bytes()

    def check_whole(self) -> None:
        assert self.out.read_bytes() == self.drawn
        assert self.counts() == self.counted
        assert not self.part.exists()


def ended(running: subprocess.Popen[bytes]) -> Ended:
    out, err = running.communicate(timeout=TIMEOUT)
    end = Ended(running.returncode, out.decode(), err.decode())
    end.check_manners()
    return end


@pytest.fixture(scope="module")
def whole(opened: Office, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """What this computer makes of the records by itself."""
    office = replace(opened, home=tmp_path_factory.mktemp("batch"))
    shutil.copytree(opened.home, office.home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
    batch = Batch(office, office.home / "records.jsonl")
    plan, now = office.plan(), instant(office.at)
    with batch.records.open("w") as file:
        for number in range(RECORDS):
            given = json.loads(slip_handles.encode(slip_handles.of(slips.new(plan.scope, life=24, now=now), plan)))
            person = {"birth_date": "1990-04-01", "resident": True, "student": False}
            file.write(json.dumps({"job": f"job-{number}", **person, "handles": given}) + "\n")
    alone = batch.run()
    assert alone.code == ACCEPT, alone.err
    return replace(batch, drawn=batch.out.read_bytes(), counted=batch.counts())


@pytest.fixture
def batch(whole: Batch, opened: Office, tmp_path: Path) -> Batch:
    """The same records, in a city that has minted nothing yet."""
    shutil.copytree(opened.home, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
    return replace(whole, office=replace(whole.office, home=tmp_path))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that stays as it is."""
    with clusters.started(tmp_path_factory.mktemp("three") / "dask", 3) as running:
        yield running


@pytest.fixture
def brittle(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster to break."""
    with clusters.started(tmp_path / "dask", 3) as running:
        yield running


def has_blocks(batch: Batch, count: int) -> Callable[[], bool]:
    """Whether so many are written, and there is more to come."""
    enough = len(batch.drawn) * count * AT_ONCE // RECORDS
    return lambda: batch.part.exists() and batch.part.stat().st_size >= enough


def child_of(running: subprocess.Popen[bytes]) -> int:
    """The process that holds the client."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    [child] = (each for each in children if b"cluster_process" in Path(f"/proc/{each}/cmdline").read_bytes())
    return int(child)


def is_gone(pid: int) -> bool:
    """Or a zombie, where whoever inherited it does not care."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


# ---- the same codes, whoever draws them ----


@pytest.mark.slow
def test_a_cluster_draws_the_same_archive(batch: Batch, three: Cluster) -> None:
    end = batch.run("--scheduler", three.address)
    assert (end.code, end.out) == (ACCEPT, "")
    assert end.err == "idcard: 1,000 records minted, 1,000 codes, 0 bad records\n"
    batch.check_whole()


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_and_doubles_nothing(batch: Batch, brittle: Cluster) -> None:
    with batch.begun("--scheduler", brittle.address) as running:
        wait_until(has_blocks(batch, 3))
        brittle.workers[0].kill()
        end = ended(running)
    assert (end.code, end.out) == (ACCEPT, "")
    assert end.err == "idcard: 1,000 records minted, 1,000 codes, 0 bad records\n"
    batch.check_whole()


@pytest.mark.slow
def test_without_the_scheduler_the_run_stops_and_can_be_resumed_without_a_cluster(
    batch: Batch, brittle: Cluster
) -> None:
    with batch.begun("--scheduler", brittle.address) as running:
        wait_until(has_blocks(batch, 3))
        child = child_of(running)
        brittle.scheduler.kill()
        end = ended(running)
    assert end.code == CANNOT_SAY
    assert LOST in end.err
    assert KEPT in end.err
    assert is_gone(child)
    assert not batch.out.exists()
    assert batch.drawn.startswith(batch.part.read_bytes())
    assert batch.run("--resume").code == ACCEPT
    batch.check_whole()


@pytest.mark.slow
@pytest.mark.parametrize(("with_", "code"), [(signal.SIGINT, CANNOT_SAY), (signal.SIGKILL, -signal.SIGKILL)])
def test_nothing_stays_of_a_run_that_is_ended(batch: Batch, three: Cluster, with_: signal.Signals, code: int) -> None:
    with batch.begun("--scheduler", three.address) as running:
        wait_until(has_blocks(batch, 1))
        child = child_of(running)
        os.killpg(running.pid, with_)
        _, err = running.communicate(timeout=TIMEOUT)
    assert running.returncode == code
    assert "Traceback" not in err.decode()
    wait_until(lambda: is_gone(child))
    assert batch.run("--resume", "--scheduler", three.address).code == ACCEPT
    assert batch.out.read_bytes() == batch.drawn


@pytest.mark.slow
def test_over_tls(batch: Batch, tmp_path: Path) -> None:
    ours = clusters.certificate(tmp_path / "ours")
    with clusters.started(tmp_path / "dask", 2, ours) as running:
        assert running.address.startswith("tls://")
        assert batch.run("--scheduler", running.address, env=ours.environment).code == ACCEPT
        batch.check_whole()
        batch.out.unlink()
        theirs = clusters.certificate(tmp_path / "theirs").environment
        known = {name: path for name, path in ours.environment.items() if name.endswith("CA_FILE")}
        for env, said in (
            ({}, "tls:// needs files named in Dask's configuration"),
            (known, "tls:// needs files named in Dask's configuration"),
            (theirs, "do not accept each other's certificates"),
            (theirs | known, "certificate"),  # whether it comes to words is up to the other end
        ):
            end = batch.run("--scheduler", running.address, env=env)
            assert end.code == USAGE
            assert said in end.err


# ---- where there is no such cluster ----


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tcp://127.1.2.3:8786", "tcp://127.1.2.3:8786"),
        ("localhost:8786", "tcp://127.0.0.1:8786"),
        ("tcp://LOCALHOST:8786", "tcp://127.0.0.1:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
        ("tls://drawing.example:8786", "tls://drawing.example:8786"),
        ("tls://192.0.2.1:8786", "tls://192.0.2.1:8786"),
        ("tls://[2001:db8::1]:8786", "tls://[2001:db8::1]:8786"),
    ],
)
def test_addresses_to_which_codes_may_go(given: str, address: str) -> None:
    assert str(cluster_address.parse(given)) == address


@pytest.mark.parametrize(
    "given",
    [
        "tcp://192.0.2.1:8786",
        "192.0.2.1:8786",
        "tcp://0.0.0.0:8786",
        "tcp://127.0.0.1.example:8786",
        "tcp://localhost.example:8786",
        "tcp://127.0.0.1@192.0.2.1:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://[::ffff:192.0.2.1]:8786",
        "drawing.example:8786",
    ],
)
def test_addresses_to_which_codes_would_go_for_all_to_read(quick_office: Office, given: str) -> None:
    end = refused(quick_office, given)
    assert re.match("idcard: --scheduler: (codes leave this computer encrypted only|the address of)", end.err)


@pytest.mark.parametrize(
    "given",
    ["", "tls://", "tls://drawing.example", "tls://drawing.example:port", "tls://drawing.example:0", "tls://a b:8786",
     "tls://drawing.example:8786/x", "tls://me@drawing.example:8786", "ws://127.0.0.1:8786", "inproc://1:8786",
     "https://drawing.example:8786", "tls://[::1:8786", "tls://drawing.example:99999"],
)  # fmt: skip
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(BadAddress, match="the address of a scheduler is such as tls"):
        cluster_address.parse(given)


def refused(office: Office, scheduler: str, prelude: str = "", kind: str = "svg") -> Ended:
    """The end of a command that finds no cluster which could draw."""
    records = office.home / "records.jsonl"
    records.write_text('{"job": "1", "birth_date": "1990-04-01", "resident": true, "student": false}\n')
    out = office.home / "codes.tar"
    end = office.run(
        *("mint", *office.here, *office.secret, "--for", "library", "--batch", records),
        *("--format", kind, "--out", out, "--scheduler", scheduler),
        prelude=prelude,
    )
    assert (end.code, end.out) == (USAGE, "")
    assert not list(office.home.glob("codes.tar*"))
    return end


def test_the_extra_is_missing(quick_office: Office) -> None:
    without = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "distributed" else find(name, *more)
"""
    end = refused(quick_office, "127.0.0.1:8786", without)
    assert end.err.startswith("idcard: --scheduler needs the extra 'cluster': see \"Install\" in the README\n")


@pytest.mark.slow
def test_nobody_answers(quick_office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert refused(quick_office, address).err == f"idcard: no scheduler answers at {address}\n"
    assert refused(quick_office, address).err == f"idcard: no scheduler answers at {address}\n"


@pytest.mark.slow
def test_no_worker_comes(quick_office: Office, tmp_path: Path) -> None:
    with clusters.started(tmp_path / "dask", 0) as lonely:
        err = refused(quick_office, lonely.address).err
    assert err == f"idcard: no worker has come to the scheduler at {lonely.address}\n"


ELSEWHERE = ("--listen-address", "tcp://127.0.0.1:0", "--contact-address", "tcp://192.0.2.7:8787")
"""Options of a worker that says it is on another computer."""


@pytest.mark.slow
def test_workers_elsewhere_without_encryption(quick_office: Office, tmp_path: Path) -> None:
    with clusters.started(tmp_path / "dask", 0) as running:
        running.hire(*ELSEWHERE)
        err = refused(quick_office, running.address).err
    assert err == f"idcard: the scheduler at {running.address} has workers on other computers without encryption\n"


@pytest.mark.slow
def test_no_code_goes_to_a_worker_elsewhere_that_comes_late(tmp_path: Path) -> None:
    with clusters.started(tmp_path / "dask", 1) as running, cluster.opened(running.address) as (executor, _):
        late = running.hire(*ELSEWHERE)
        wait_until(lambda: "Registered to" in late.read_text())
        here = str(running.workers[0].pid).encode()
        pids = [executor.submit(eval, "__import__('os').getpid().__str__().encode()") for _ in range(20)]
        assert {each.result(TIMEOUT) for each in pids} == {here}


@pytest.mark.slow
def test_workers_with_another_version(quick_office: Office, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from importlib import metadata\n"
        "version = metadata.version\n"
        "metadata.version = lambda name: '0.0.1' if name == 'municipal-idcard' else version(name)\n"
    )
    with clusters.started(tmp_path / "dask", 0) as running:
        running.hire(env={"PYTHONPATH": str(tmp_path)})
        err = refused(quick_office, running.address).err
        assert re.fullmatch(r"idcard: every worker of the cluster needs idcard [0-9.]+\n", err)
        early = running.workers.pop()
        early.kill()
        early.wait()
        running.hire()
        with cluster.opened(running.address) as (executor, _):
            late = running.hire(env={"PYTHONPATH": str(tmp_path)})
            wait_until(lambda: "Registered to" in late.read_text())
            tasks = [executor.submit(bytes, 3) for _ in range(20)]
            problems = [task.exception(TIMEOUT) for task in tasks]
            assert {str(each) + "\n" for each in problems if each} == {err.removeprefix("idcard: ")}


# ---- what workers say ----


@pytest.mark.slow
def test_of_an_error_only_its_kind_is_told_and_nothing_is_logged(three: Cluster) -> None:
    with cluster.opened(three.address) as (executor, threads):
        assert threads == len(three.workers)
        for kind, task in {
            "ValueError": executor.submit(int, "IDC1:SECRET"),
            "TypeError": executor.submit(str, "IDC1:SECRET"),
            "BadAddress": executor.submit(cluster_address.parse, "IDC1:SECRET"),
        }.items():
            with pytest.raises(ClusterError, match=rf"^a worker of the cluster failed \({kind}\)$"):
                task.result(TIMEOUT)
        assert executor.submit(bytes, 3).result(TIMEOUT) == bytes(3)
    assert "SECRET" not in three.logs()


@pytest.mark.slow
def test_what_workers_print_goes_nowhere(three: Cluster) -> None:
    words = "import distributed; distributed.print('x' * 100); distributed.warn('y' * 100)"
    with cluster.opened(three.address) as (executor, _):
        for _ in range(3):
            assert isinstance(executor.submit(exec, words).exception(TIMEOUT), ClusterError)
        assert executor.submit(bytes, 3).result(TIMEOUT) == bytes(3)


@pytest.mark.slow
def test_a_task_that_kills_its_workers_is_given_up(tmp_path: Path) -> None:
    with clusters.started(tmp_path / "dask", 5) as running, cluster.opened(running.address) as (executor, _):
        with pytest.raises(ClusterError, match="one worker of the cluster after another ended"):
            executor.submit(os._exit, 1).result(TIMEOUT)
        assert executor.submit(bytes, 3).result(TIMEOUT) == bytes(3)


@pytest.mark.slow
def test_nobody_waits_forever_for_workers_that_are_gone(brittle: Cluster) -> None:
    soon = "from idcard_cli.counter import cluster_process\ncluster_process._LONELY = 1\ncluster_process.main()"
    with ClusterExecutor([sys.executable, "-P", "-c", soon, brittle.address]) as executor:
        executor.hello.result(TIMEOUT)
        for worker in brittle.workers:
            worker.kill()
        with pytest.raises(BrokenExecutor):
            executor.submit(bytes, 3).result(TIMEOUT)


SPY = """
import builtins, json, os, sys
from idcard_cli.counter import cluster_task

class Spy:
    def __reduce__(self):
        return eval, (PROGRAM, {"__builtins__": builtins})

cluster_task.run = lambda *_: Spy()
"""
"""Preloaded by a worker. What it answers with runs in whoever unpickles it, the scheduler and workers too."""
TRIES = """
import ctypes, json, os, socket, subprocess, sys
from pathlib import Path

def dialled(family, kind, address, protocol=0):
    with socket.socket(family, kind, protocol) as line:
        line.settimeout(5)
        line.connect(address)

def fast_opened(address):
    with socket.socket() as line:
        line.sendto(b"x", 0x20000000, address)

def forked():
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)

def started_from_memory():
    descriptor = os.memfd_create("program", 0)
    with open(PROGRAM, "rb") as program:
        os.write(descriptor, program.read())
    subprocess.run([f"/proc/self/fd/{descriptor}"], pass_fds=[descriptor])

def limited():
    import resource
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE)

def cut():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.truncate(str(HERE / "victim").encode(), ctypes.c_long(1)):
        raise OSError(ctypes.get_errno(), "")

def opened_to_cut():
    os.close(os.open(HERE / "victim", os.O_RDONLY | os.O_TRUNC))

parent = os.getppid()
TRIES = {
    "read the passphrase": lambda: SECRET.read_bytes(),
    "list the keys": lambda: os.listdir(KEYS),
    "list the home": lambda: os.listdir(Path.home()),
    "list the root": lambda: os.listdir("/"),
    "list here": lambda: os.listdir("."),
    "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
    "open the parent's memory": lambda: os.close(os.open(f"/proc/{parent}/mem", os.O_RDONLY)),
    "write in /tmp": lambda: (HERE / "written").write_text("x"),
    "write here": lambda: Path("here").write_text("x"),
    "write into Python": lambda: (Path(os.__file__).parent / SPECK).write_text("x"),
    "make a folder": lambda: (HERE / "folder").mkdir(),
    "link": lambda: (HERE / "link").symlink_to("/"),
    "cut": cut,
    "open and cut": opened_to_cut,
    "open to everybody": lambda: (HERE / "victim").chmod(0o666),
    "give away": lambda: os.chown(HERE / "victim", os.getuid(), os.getgid()),
    "remove": lambda: (HERE / "doomed").unlink(),
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "start one from memory": started_from_memory,
    "fork": forked,
    "connect to another port": lambda: dialled(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)),
    "connect without a call": lambda: fast_opened(("127.0.0.1", PORT)),
    "connect to a path": lambda: dialled(socket.AF_UNIX, socket.SOCK_STREAM, str(HERE / "socket")),
    "connect to an abstract name": lambda: dialled(socket.AF_UNIX, socket.SOCK_STREAM, NAME),
    "send without a connection": lambda: dialled(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORT)),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
    "signal the parent": lambda: os.kill(parent, 0),
    "ask for the parent's limits": limited,
}

def outcome(action):
    try:
        action()
    except OSError as problem:
        return type(problem).__name__
    except BaseException as problem:
        return repr(problem)
    return "done"

told = {name: outcome(action) for name, action in TRIES.items()}
told["cores"] = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
answer = b"+" + json.dumps(told).encode()
"""
CLIENT_ONLY = (
    "(lambda here: (exec({code!r}, here), here['answer'])[1])({{}}) if 'distributed.cli' not in ' '.join("
    "__import__('sys').orig_argv) else b'-'"
)
UNLOCKED = """
from idcard_cli.counter import cluster_process
cluster_process.landlock.restrict = cluster_process.hardening.off = lambda *_: None
cluster_process.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("locked", [True, False], ids=["shut in", "the control"])
def test_what_a_hostile_worker_runs_here_is_shut_in(
    quick_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    monkeypatch.chdir(quick_office.home)
    secret, keys = quick_office.home / "secret", quick_office.home / "keys"
    secret.write_text("passphrase")
    keys.mkdir()
    here = tmp_path / "tries"
    here.mkdir()
    for name in ("victim", "doomed"):
        (here / name).write_text("whole")
        (here / name).chmod(0o600)
    speck = f"{tmp_path.name}-{os.getpid()}"
    in_python = Path(os.__file__).parent / speck
    given = {"SECRET": secret, "KEYS": keys, "HERE": here, "SPECK": speck, "PROGRAM": "/bin/true"}
    given["NAME"] = "\0" + speck
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
        clusters.started(tmp_path / "dask", 0) as running,
    ):
        named.bind(str(here / "socket"))
        abstract.bind("\0" + speck)
        for each in (other, named, abstract):
            each.listen()
            each.setblocking(False)
        given["PORT"] = other.getsockname()[1]
        values = "".join(f"{name} = {value!r}\n" for name, value in given.items())
        code = "from pathlib import Path, PosixPath\n" + values + TRIES
        spy = tmp_path / "spy.py"
        spy.write_text(f"PROGRAM = {CLIENT_ONLY.format(code=code)!r}\n" + SPY)
        running.hire("--preload", spy)
        start = ["-m", "idcard_cli.counter.cluster_process"] if locked else ["-c", UNLOCKED]
        with ClusterExecutor([sys.executable, "-P", *start, running.address]) as executor:
            executor.hello.result(TIMEOUT)
            told = json.loads(executor.submit(bytes, 3).result(TIMEOUT))
        contacted = []
        for each in (other, named, abstract):
            with suppress(BlockingIOError):
                each.accept()[0].close()
                contacted.append(each)
    written = [each for each in (here / "written", quick_office.home / "here", in_python) if each.exists()]
    in_python.unlink(missing_ok=True)
    dumpable = told.pop("cores")
    if not locked:
        if Path("/proc/sys/kernel/yama/ptrace_scope").exists() and os.getuid():
            del told["open the parent's memory"]
        if not os.access(in_python.parent, os.W_OK):
            del told["write into Python"]
        assert set(told.values()) == {"done"}, told
        assert (dumpable, len(contacted)) == (1, 3)
        assert written
        return
    assert set(told.values()) == {"PermissionError"}, told
    assert (dumpable, contacted, written) == (0, [], [])
    assert {each.name for each in here.iterdir()} == {"victim", "doomed", "socket"}
    assert (here / "victim").read_text() == "whole"
    assert (here / "victim").stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_shut_in_no_cluster_is_asked(quick_office: Office) -> None:
    without = '''
import subprocess
started = subprocess.Popen
process = """
from idcard_cli.counter import cluster_process, landlock
landlock._CREATE_RULESET = 1000
cluster_process.main()
"""
def start(command, **options):
    return started([*command[:2], "-c", process, command[-1]], **options)
subprocess.Popen = start
'''
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        end = refused(quick_office, f"127.0.0.1:{silent.getsockname()[1]}", without)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert end.err == (
        "idcard: this system cannot shut in the process that talks to the cluster (Landlock, Linux 5.13 or later): "
        "draw here, without --scheduler\n"
    )


@pytest.mark.slow
@needs_strace
def test_the_process_with_the_client_writes_no_file_and_speaks_to_the_scheduler_only(
    three: Cluster, tmp_path: Path
) -> None:
    log = tmp_path / "trace"
    client = [sys.executable, "-P", "-m", "idcard_cli.counter.cluster_process", three.address]
    watched = "trace=openat,open,creat,connect,bind,listen,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink"
    with ClusterExecutor(client) as warm:
        warm.hello.result(TIMEOUT)  # after which Python has compiled what it wants to
    with ClusterExecutor(
        ["strace", "-f", "-qq", "-e", "signal=none", "-e", watched, "-o", str(log), *client]
    ) as executor:
        executor.hello.result(TIMEOUT)
        assert [executor.submit(bytes, size).result(TIMEOUT) for size in (0, 300_000)] == [b"", bytes(300_000)]
    calls = log.read_text().splitlines()
    writing = [
        call for call in calls if re.search("O_WRONLY|O_RDWR|O_CREAT", call) or not re.search("openat|connect", call)
    ]
    assert [call for call in writing if '"/dev/null"' not in call and "exited with" not in call] == []
    port = three.address.rpartition(":")[2]
    connected = [call for call in calls if "connect(" in call]
    assert connected
    assert [each for each in connected if f'htons({port}), sin_addr=inet_addr("127.0.0.1")' not in each] == []


# ---- the process that holds the client, in bad hands ----

HOSTILE = """
import struct, sys, time
tasks, answers = sys.stdin.buffer, sys.stdout.buffer
def head(*fields): return struct.pack(">Q?I", *fields)
def say(data):
    answers.write(data)
    answers.flush()
say(head(0, True, 4) + struct.pack(">I", THREADS))
for _ in range(2):
    tasks.read(struct.unpack(">Q?I", tasks.read(13))[2])
"""
"""Says hello and takes two tasks, with the numbers 1 and 2."""
STAYS = "\ntime.sleep(1000)"


def hostile(script: str, threads: int = 3) -> ClusterExecutor:
    return ClusterExecutor([sys.executable, "-c", HOSTILE.replace("THREADS", str(threads)) + script])


def two_tasks(executor: ClusterExecutor) -> tuple[Future[Any], Future[Any]]:
    assert executor.hello.result(TIMEOUT) == bytes([0, 0, 0, 3])
    return executor.submit(bytes, 1), executor.submit(bytes, 2)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("", id="it ends"),
        pytest.param("say(head(1, True, 3)[:5])", id="half a head"),
        pytest.param("say(head(1, True, 3) + b'x')", id="half an answer"),
        pytest.param("say(bytes([255]) * 1000)" + STAYS, id="garbage"),
        pytest.param("say(head(1, True, 2**32 - 1))" + STAYS, id="a size without end"),
        pytest.param(f"say(head(1, True, {cluster_frames.MAX_SIZE + 1}))" + STAYS, id="a byte too many"),
        pytest.param("say(head(3, True, 0))" + STAYS, id="what nobody asked"),
        pytest.param("say(head(0, True, 0))" + STAYS, id="hello once more"),
        pytest.param("say(head(2, True, 0) * 2)" + STAYS, id="an answer twice"),
    ],
)
def test_whatever_it_says_nobody_hangs(script: str) -> None:
    with hostile(script) as executor:
        first, _ = two_tasks(executor)
        with pytest.raises(BrokenExecutor):
            first.result(TIMEOUT)
        with pytest.raises(BrokenExecutor):
            executor.submit(bytes, 3).result(TIMEOUT)


def test_what_is_not_answered_when_the_run_ends_is_broken() -> None:
    with hostile(STAYS) as executor:
        tasks = two_tasks(executor)
        executor._process.kill()  # else the farewell takes seconds
    assert [type(task.exception(TIMEOUT)) for task in tasks] == [BrokenExecutor, BrokenExecutor]


def test_answers_come_in_any_order() -> None:
    with hostile("say(head(2, True, 1) + b'b' + head(1, True, 1) + b'a')") as executor:
        assert [task.result(TIMEOUT) for task in two_tasks(executor)] == [b"a", b"b"]


class Bomb:
    """Makes a folder wherever it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self._folder),)


def test_what_a_worker_pickled_stays_closed(tmp_path: Path) -> None:
    folder = tmp_path / "burst"
    bomb = pickle.dumps(Bomb(folder))
    with hostile(f"for good in (1, 0): say(head(2 - good, good, {len(bomb)}) + {bomb!r})") as executor:
        first, second = two_tasks(executor)
        assert first.result(TIMEOUT) == bomb
        with pytest.raises(ClusterError, match=r"^a worker of the cluster failed \(unknown\)$"):
            second.result(TIMEOUT)
    assert not folder.exists()
    pickle.loads(bomb)  # noqa: S301 - the control
    assert folder.exists()


@pytest.mark.parametrize("said", [b"", b"IDC1:SECRET", b"\x1b[31mError", b"X" * 65, "Ä".encode(), b"Error\n"])
def test_no_text_passes_for_the_kind_of_an_error(said: bytes) -> None:
    with hostile(f"say(head(1, False, {len(said)}) + {said!r})") as executor:
        problem = two_tasks(executor)[0].exception(TIMEOUT)
    assert isinstance(problem, ClusterError)
    assert str(problem) == "a worker of the cluster failed (unknown)"


@pytest.mark.parametrize(("threads", "used"), [(0, 1), (3, 3), (2**32 - 1, cluster.MAX_THREADS)])
def test_a_cluster_of_any_size_fills_no_memory(monkeypatch: pytest.MonkeyPatch, threads: int, used: int) -> None:
    monkeypatch.setattr(cluster, "ClusterExecutor", lambda _: hostile("", threads))
    with cluster.opened("127.0.0.1:8786") as (_, found):
        assert found == used


# ---- frames ----


@pytest.mark.parametrize(
    "frame", [Frame(HELLO, True, b""), Frame(2**64 - 1, False, b"ValueError"), Frame(1, True, bytes(range(256)))]
)
def test_frames_come_out_as_they_went_in(frame: Frame) -> None:
    stream = io.BytesIO(cluster_frames.encode(frame) * 2)
    assert [cluster_frames.read(stream) for _ in range(3)] == [frame, frame, None]


def test_no_frame_is_longer_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cluster_frames.encode(Frame(1, True, b"abc"))
    monkeypatch.setattr(cluster_frames, "MAX_SIZE", 2)
    with pytest.raises(Malformed):
        cluster_frames.encode(Frame(1, True, b"abc"))
    with pytest.raises(Malformed):
        cluster_frames.read(io.BytesIO(whole))


@pytest.mark.parametrize("size", range(1, 16))
def test_no_frame_is_cut_off(size: int) -> None:
    with pytest.raises(Malformed):
        cluster_frames.read(io.BytesIO(cluster_frames.encode(Frame(1, True, b"abc"))[:size]))


@pytest.mark.slow
@needs_font("bn")
def test_workers_with_other_fonts(quick_office: Office, tmp_path: Path) -> None:
    with clusters.started(tmp_path / "dask", 0) as running:
        running.hire(env=no_fonts(tmp_path))
        err = refused(quick_office, running.address, kind="card").err
    assert (
        err == "idcard: a worker of the cluster has other fonts than this computer: give all the same, or draw here\n"
    )
