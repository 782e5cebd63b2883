"""A Dask cluster as an office starts it: a scheduler and workers, each a program of its own, all on this computer."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

TIMEOUT = 60
"""Seconds after which something hangs for certain."""
_ED25519 = bytes.fromhex("300506032b6570")
_COMMON_NAME = bytes.fromhex("0603550403")
_PRIVATE_KEY = bytes.fromhex("302e020100300506032b657004220420")


@dataclass(frozen=True)
class Certificate:
    """Signed by itself, for everybody in a cluster."""

    certificate: Path
    key: Path

    @property
    def options(self) -> tuple[object, ...]:
        """Of a scheduler and of workers."""
        files = ("--tls-ca-file", self.certificate, "--tls-cert", self.certificate, "--tls-key", self.key)
        return ("--protocol", "tls", *files)

    @property
    def environment(self) -> dict[str, str]:
        """Of a client."""
        client = {"CA_FILE": self.certificate, "CLIENT__CERT": self.certificate, "CLIENT__KEY": self.key}
        return {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(path) for name, path in client.items()}


def certificate(path: Path) -> Certificate:
    """X.509 version 1 with Ed25519 (RFC 8410), until 2049."""
    key = SigningKey.generate()
    name = _der(0x30, _der(0x31, _der(0x30, _COMMON_NAME, _der(0x0C, b"cluster"))))
    validity = _der(0x30, _der(0x17, b"200101000000Z"), _der(0x17, b"490101000000Z"))
    public_key = _der(0x30, _ED25519, _der(0x03, b"\0", bytes(key.verify_key)))
    signed = _der(0x30, _der(0x02, b"\x01"), _ED25519, name, validity, name, public_key)
    whole = _der(0x30, signed, _ED25519, _der(0x03, b"\0", key.sign(signed).signature))
    made = Certificate(path.with_suffix(".crt"), path.with_suffix(".pem"))
    made.certificate.write_text(_pem("CERTIFICATE", whole))
    made.key.write_text(_pem("PRIVATE KEY", _PRIVATE_KEY + bytes(key)))
    return made


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2)
    return bytes([tag]) + size + content


def _pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n"


@dataclass(frozen=True)
class Cluster:
    """workers: processes with one thread each, which nobody starts again when they end. folder: their logs."""

    address: str
    folder: Path
    secure: Sequence[object]
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self, *options: object, env: Mapping[str, str] | None = None) -> Path:
        """Starts one more worker, which comes a moment later. Its log."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        alone = ("--nthreads", "1", "--no-nanny", "--local-directory", self.folder)
        self.workers.append(_start(log, env or {}, "dask_worker", self.address, *alone, *self.secure, *options))
        return log

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@contextmanager
def started(folder: Path, workers: int, tls: Certificate | None = None) -> Iterator[Cluster]:
    """In a new folder."""
    folder.mkdir()
    told = folder / "scheduler.json"
    secure = tls.options if tls else ()
    own = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", told)
    scheduler = _start(folder / "scheduler.log", {}, "dask_scheduler", *own, *secure)
    running: list[subprocess.Popen[bytes]] = []
    try:
        wait_until(lambda: told.exists() and told.read_text().endswith("}"))
        cluster = Cluster(json.loads(told.read_text())["address"], folder, secure, scheduler)
        running = cluster.workers
        for _ in range(workers):
            cluster.hire()
        yield cluster
    finally:
        for process in (*running, scheduler):
            process.kill()
            process.wait()


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def _start(log: Path, env: Mapping[str, str], program: str, *options: object) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", f"distributed.cli.{program}", "--no-dashboard", *map(str, options)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=log.parent,
            env={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(log.parent), **env},
            start_new_session=True,
        )
