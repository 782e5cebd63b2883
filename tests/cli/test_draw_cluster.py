"""`idcard draw --scheduler`: a Dask cluster draws, and whatever becomes of it, no code is lost or comes twice."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from batches import begun, beside, codes_of, drawing, ending, in_blocks, people, size, until
from command import ACCEPT, CANNOT_SAY, USAGE, Ended, Office, idcard
from idcard_cli.counter import draw_cluster
from idcard_cli.counter.draw_cluster import ClusterError
from machine import for_want_of
from prints import needs_font, no_fonts

pytest.importorskip("distributed", reason="needs the extra 'cluster'")

NOT_ROOT = """
import types
from idcard_cli.counter import draw_cluster
draw_cluster.os = types.SimpleNamespace(geteuid=lambda: 1000)
"""
"""The tests may run as root."""
IMPATIENT = "draw_cluster._PATIENCE = 4\n"
"""Where nobody comes."""
LOCAL = """
import sys
from distributed import LocalCluster
from distributed.security import Security
if __name__ == "__main__":
    protocol, *files = sys.argv[2:]
    names = ("tls_ca_file", "tls_scheduler_cert", "tls_scheduler_key", "tls_worker_cert", "tls_worker_key",
             "tls_client_cert", "tls_client_key")
    security = Security(**dict(zip(names, [files[0]] + files * 3)), require_encryption=True) if files else None
    cluster = LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, dashboard_address=None,
                           protocol=protocol, security=security, host="127.0.0.1")
    print(cluster.scheduler_address, *(each.pid for each in cluster.workers.values()), flush=True)
    sys.stdin.read()
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Signed by itself, for everybody in a cluster."""
    made = folder / "cluster.crt", folder / "cluster.pem"
    words = ("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=cluster", "-out", made[0])
    if shutil.which("openssl") is None:
        pytest.skip(for_want_of("openssl"))
    subprocess.run([*words, "-keyout", made[1]], capture_output=True, check=True)
    return made


@cache
def ours() -> tuple[Path, Path]:
    """Of every cluster here."""
    return certificate(Path(tempfile.mkdtemp(prefix="idcard")))


def named(files: tuple[Path, Path]) -> dict[str, str]:
    """How Dask's configuration names them."""
    pair = {"CLIENT__CERT": files[0], "CLIENT__KEY": files[1], "CA_FILE": files[0]}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(path) for name, path in pair.items()}


@dataclass(frozen=True)
class Cluster:
    """A `LocalCluster` in a process of its own. workers: their pids."""

    address: str
    workers: list[int]
    process: "subprocess.Popen[str]"


@contextmanager
def started(workers: int, env: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    words = [sys.executable, "-P", "-c", LOCAL, str(workers), "tls", *map(str, ours())]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **(env or {})}, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            address, *pids = process.stdout.readline().split()
            yield Cluster(address, [int(pid) for pid in pids], process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def three() -> Iterator[Cluster]:
    """That stays as it is."""
    with started(3) as running:
        yield running


def draw(office: Office, codes: Path, scheduler: str, *more: object, kind: str = "svg", **how: Any) -> Ended:
    if "env" not in how:
        how["env"] = named(ours())
    words = drawing(office, codes, "--out", office.home / "out", "--format", kind, "--scheduler", scheduler, *more)
    prelude = NOT_ROOT + in_blocks(4) + how.pop("prelude", "")
    return idcard(*words, prelude=prelude, at=office.at, **how)


def by_hand(office: Office, codes: Path) -> bytes:
    """What this computer draws by itself."""
    out = office.home / "alone"
    ended = idcard(*drawing(office, codes, "--out", out, "--format", "svg"), at=office.at)
    assert ended.code == ACCEPT, ended.err
    return out.read_bytes()


# ---- the same pictures, whoever draws them ----


@pytest.mark.slow
def test_a_cluster_draws_the_same_archive(office: Office, three: Cluster) -> None:
    codes = codes_of(office, people(40))
    ended = draw(office, codes, three.address)
    assert (ended.code, ended.out) == (ACCEPT, "")
    assert ended.err.endswith(" codes, 0 bad lines\n")
    assert ended.err.startswith("idcard: 40 lines drawn, ")
    assert (office.home / "out").read_bytes() == by_hand(office, codes)


@contextmanager
def running(office: Office, codes: Path, scheduler: str, prelude: str = "") -> Iterator[Any]:
    """A run of which something is written."""
    out = office.home / "out"
    more = ("--out", out, "--format", "svg", "--scheduler", scheduler)
    prelude = NOT_ROOT + in_blocks(4) + prelude
    with begun(office, codes, *more, of=drawing, prelude=prelude, env=named(ours())) as process:
        # The checkpoint of a block is noted before its output: with that of the second the first is surely done.
        until(lambda: size(beside(out)[0]) > 0 and beside(out)[1].read_bytes().count(b"\n") > 2, process)
        yield process


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_and_doubles_nothing(office: Office) -> None:
    codes = codes_of(office, people(400))
    expected = by_hand(office, codes)
    with started(3) as brittle, running(office, codes, brittle.address) as process:
        os.kill(brittle.workers[0], signal.SIGKILL)
        ended = ending(process)
    assert (ended.code, ended.out) == (ACCEPT, ""), ended.err
    assert ended.err.count("\n") == 1
    assert (office.home / "out").read_bytes() == expected


@pytest.mark.slow
def test_without_the_scheduler_the_run_stops_and_is_resumed_without_a_cluster(office: Office) -> None:
    codes, out = codes_of(office, people(400)), office.home / "out"
    expected = by_hand(office, codes)
    with started(3) as brittle, running(office, codes, brittle.address, IMPATIENT) as process:
        os.killpg(brittle.process.pid, signal.SIGKILL)
        ended = ending(process)
    assert (ended.code, ended.out) == (CANNOT_SAY, "")
    assert ended.err.splitlines() == [
        "idcard: what is done is kept, and the same command with --resume goes on",
        "idcard: the scheduler of the cluster has ended, or forgot what it was given",
    ]
    assert expected.startswith(beside(out)[0].read_bytes())
    ended = idcard(*drawing(office, codes, "--out", out, "--format", "svg", "--resume"), at=office.at)
    assert (ended.code, out.read_bytes()) == (ACCEPT, expected)


@pytest.mark.slow
def test_ctrl_c_ends_it_and_the_cluster_goes_on(office: Office, three: Cluster) -> None:
    codes = codes_of(office, people(400))
    with running(office, codes, three.address) as process:
        os.killpg(process.pid, signal.SIGINT)
        ended = ending(process)
    assert ended.code == CANNOT_SAY
    assert ended.err.endswith("--resume goes on\nidcard: interrupted\n")
    assert draw(office, codes, three.address, "--resume").code == ACCEPT
    assert (office.home / "out").read_bytes() == by_hand(office, codes)


@pytest.mark.slow
def test_over_tls(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    codes = codes_of(office, people(8))
    theirs = certificate(tmp_path_factory.mktemp("theirs"))
    with started(2) as cluster:
        assert cluster.address.startswith("tls://")
        for env, code, says in (
            (
                {},
                CANNOT_SAY,
                "idcard: tls:// needs files named in Dask's configuration: ca-file, client.cert and client.key",
            ),
            (
                named(theirs),
                CANNOT_SAY,
                f"idcard: no scheduler answers at {cluster.address}, or it and this computer do not",
            ),
            (named(ours()), ACCEPT, "idcard: 8 lines drawn"),
        ):
            ended = draw(office, codes, cluster.address, env=env)
            assert (ended.code, ended.err[: len(says)]) == (code, says)


# ---- where there is no such cluster ----


def refused(office: Office, scheduler: str, code: int = CANNOT_SAY, **how: Any) -> str:
    ended = draw(office, codes_of(office, people(2), "--for", "library"), scheduler, **how)
    assert (ended.code, ended.out) == (code, "")
    assert not list(office.home.glob("out*"))
    return ended.err


def test_root_is_refused_and_told_why(office: Office) -> None:
    root = "import os\nos.geteuid = lambda: 0\n"
    words = drawing(office, "codes.jsonl", "--format", "svg", "--out", office.home / "out")
    ended = idcard(*words, "--scheduler", "tls://127.0.0.1:8786", prelude=root, at=office.at)
    assert (ended.code, ended.out) == (USAGE, "")
    assert ended.err.splitlines()[0] == (
        "idcard: --scheduler is not for root: whoever controls the workers of a cluster controls the user that draws; "
        "draw as a user who has no keys, no city folder and no records (docs/issuing.md)"
    )


@pytest.mark.parametrize("given", ["tls://drawing.example:8786", "tls://192.0.2.1:8786", "tls://[2001:db8::1]:8786"])
def test_addresses_to_which_codes_may_go(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert draw_cluster.check(given) == given


@pytest.mark.parametrize(
    "given",
    ["tcp://192.0.2.1:8786", "192.0.2.1:8786", "tcp://127.0.0.1:8786", "127.0.0.1:8786", "localhost:8786",
     "drawing.example:8786", "", "tls://", "tls://drawing.example", "tls://drawing.example:port",
     "tls://drawing.example:0", "tls://a b:8786", "tls://drawing.example:8786/x", "tls://me@drawing.example:8786",
     "ws://127.0.0.1:8786", "inproc://1:8786", "https://drawing.example:8786", "tls://[::1:8786",
     "tls://drawing.example:999999"],
)  # fmt: skip
def test_addresses_to_which_no_code_goes(given: str) -> None:
    with pytest.raises(click.UsageError, match="--scheduler takes an address such as tls"):
        draw_cluster.check(given)


def test_an_open_address_and_a_missing_extra_are_refused_at_once(office: Office) -> None:
    assert refused(office, "tcp://127.0.0.1:8786", USAGE, env={}).startswith(
        "idcard: --scheduler takes an address such as tls"
    )
    without = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "distributed" else find(name, *more)
"""
    words = drawing(office, "codes.jsonl", "--format", "svg", "--scheduler", "tls://127.0.0.1:8786")
    ended = idcard(*words, prelude=NOT_ROOT + without, at=office.at)
    assert ended.err.startswith("idcard: --scheduler needs the extra 'cluster': see \"Install\" in the README\n")


@pytest.mark.slow
def test_nobody_answers(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tls://127.0.0.1:{silent.getsockname()[1]}"
        says = f"idcard: no scheduler answers at {address}, or it and this computer do not accept each other's "
        assert refused(office, address, prelude=IMPATIENT).startswith(says)
    assert refused(office, address, prelude=IMPATIENT).startswith(says)


@pytest.mark.slow
def test_no_worker_comes(office: Office) -> None:
    with started(0) as lonely:
        says = f"idcard: no worker has come to the scheduler at {lonely.address}\n"
        assert refused(office, lonely.address, prelude=IMPATIENT) == says


class Told:
    """A client that knows these workers."""

    def __init__(self, *workers: str) -> None:
        self._workers = dict.fromkeys(workers, 2)

    def wait_for_workers(self, count: int, timeout: float) -> None:
        assert count <= len(self._workers)

    def nthreads(self) -> dict[str, int]:
        return self._workers


OPEN, TLS = "tcp://192.0.2.7:1", "tls://192.0.2.7:1"


def test_workers_without_encryption() -> None:
    for workers in ([TLS, OPEN], [OPEN], ["x"]):
        with pytest.raises(ClusterError, match="has workers without encryption"):
            draw_cluster._workers(Told(*workers), TLS)
    assert draw_cluster._workers(Told(TLS), TLS) == {TLS: 2}


@pytest.mark.slow
def test_workers_with_another_version_draw_nothing(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "sitecustomize.py").write_text(
        "from importlib import metadata\n"
        "version = metadata.version\n"
        "metadata.version = lambda name: '0.0.1' if name == 'municipal-idcard' else version(name)\n"
    )
    with started(1, env={"PYTHONPATH": str(other)}) as cluster:
        err = refused(office, cluster.address)
    assert err.startswith("idcard: every worker of the cluster needs idcard ")


@pytest.mark.slow
@needs_font("bn")
def test_workers_with_other_fonts_draw_nothing(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(1, env=no_fonts(tmp_path_factory.mktemp("bare"))) as cluster:
        err = refused(office, cluster.address, kind="card")
    assert err == (
        "idcard: a worker of the cluster has other fonts than this computer: give all the same, or draw here\n"
    )


# ---- what workers say ----


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (b"IDC1:SECRET", "a worker of the cluster failed (UnpicklingError)"),
        (b"", "a worker of the cluster failed (EOFError)"),
    ],
)  # fmt: skip
def test_of_an_error_only_its_kind_is_told(task: bytes, says: str) -> None:
    answer = draw_cluster.run(draw_cluster.metadata.version("municipal-idcard"), task)
    with pytest.raises(ClusterError) as told:
        draw_cluster._unpacked(answer)
    assert str(told.value) == says


@pytest.mark.parametrize("said", [None, 5, "x", b"", b"x", b"-IDC1:SECRET", b"-\x1b[31m", b"-", "-é".encode()])
def test_whatever_else_a_worker_answers_is_an_error_without_its_words(said: object) -> None:
    with pytest.raises(ClusterError, match=r"^a worker of the cluster failed \((TypeError|unknown)\)$"):
        draw_cluster._unpacked(said)


@pytest.mark.parametrize(("threads", "used"), [(0, 1), (3, 3), (2**32, draw_cluster.MAX_THREADS)])
def test_a_cluster_of_any_size_fills_no_memory(monkeypatch: pytest.MonkeyPatch, threads: int, used: int) -> None:
    client = Told(TLS)
    client.nthreads = lambda: {TLS: threads}  # type: ignore[method-assign]
    client.get_executor = lambda **_: None  # type: ignore[attr-defined]
    monkeypatch.setattr(draw_cluster, "_client", lambda _: client)
    with draw_cluster.opened(TLS) as (_, window):
        assert window == used * draw_cluster.TASKS_A_PROCESS
