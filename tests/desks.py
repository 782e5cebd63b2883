"""A desk that runs: the real program on a port of its own, and the browser in front of it."""

import io
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cities import City
from command import TIMEOUT
from idcard_cli.desk import app
from idcard_cli.desk.app import Start
from idcard_cli.desk.last_choices import LastChoices
from idcard_cli.desk.session import Session
from PIL import Image
from support.program import Process, start
from werkzeug.test import Client, TestResponse

from idcard.credential.text import Environment
from idcard.symbol import qr
from idcard.verify import memory

VIDEO = (640, 480)


@dataclass(frozen=True)
class Venue:
    """A city that was founded at `now`, and this computer's memory of its trust file."""

    city: City
    memory_path: Path

    @classmethod
    def at(cls, folder: Path, now: datetime, environment: Environment = Environment.PRODUCTION) -> "Venue":
        venue = cls(City(environment=environment, now=now), folder / "venue.idmemory")
        venue.remember(venue.city.file, now)
        return venue

    def remember(self, file: bytes, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        self.memory_path.write_bytes(memory.encode(memory.install(file, fingerprint=None, now=now)))

    def held(self) -> bytes:
        """The trust file of the memory."""
        return memory.decode(self.memory_path.read_bytes()).file

    def ask_for_photo_checks(self) -> None:
        """From now on every class does."""
        classes = tuple(replace(each, photo_check=True) for each in self.city.trust_list().classes)
        self.remember(self.city.trust_file(version=2, classes=classes))

    def newer(self, version: int = 2) -> bytes:
        return self.city.trust_file(version=version)


PORT = 8470
ORIGIN = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Page:
    """Asks as the page does, without a server."""

    client: Client
    counter: Session

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, query_string=query)

    def post(self, path: str, data: bytes = b"", **query: str) -> TestResponse:
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, base_url=ORIGIN, headers=headers, data=data, query_string=query)

    def scan(self, text: str, venue_class: str = "library", on_us: str = "", **query: str) -> Any:
        headers = {"Origin": ORIGIN}
        body = {"text": text, "on_us": on_us}
        query |= {"class": venue_class}
        answer = self.client.post("/scan", base_url=ORIGIN, headers=headers, json=body, query_string=query)
        assert answer.status_code == 200
        return answer.json


def page_for(trust: Path | None, memory_path: Path | None) -> Page:
    tally_path = None if memory_path is None else memory_path.with_name("tally.csv")
    counter = Session(None if trust is None else str(trust), memory_path, tally_path)
    choices = LastChoices(None if memory_path is None else memory_path.with_name("desk.json"))
    return Page(app.create(counter, PORT, Start(choices=choices)).test_client(), counter)


@dataclass(frozen=True)
class Desk:
    """address: like http://127.0.0.1:8470/."""

    process: Process
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    @property
    def origin(self) -> str:
        return self.address.rstrip("/")

    def peak(self) -> int:
        """The most memory that the program ever had, in KiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    def end(self) -> tuple[int, bytes]:
        """As Ctrl-C does. Exit code, and what it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, err


@contextmanager
def running(*options: object, port: int = 0, **how: Any) -> Iterator[Desk]:
    """how: the rest of its `Surroundings`."""
    how = {"stdin": None, **how}
    with start("desk", *options, "--port", str(port), "--no-browser", **how) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            assert address, process.communicate()[1].decode()
            yield Desk(process, address)
        finally:
            process.kill()


def letters(desk: Desk) -> str:
    """Those in the window of a desk that waits for its first trust file, once the page has asked."""
    assert desk.process.stderr is not None
    for line in desk.process.stderr:
        if found := re.search(r"type ([a-z0-9-]+) on the page", line.decode()):
            return found[1]
    raise AssertionError("it says no letters")


# ---- what a camera sees ----


def picture(*codes: str, size: tuple[int, int] = VIDEO, side: int | None = None) -> Image.Image:
    """Codes side by side on a table. side: of each, in pixels."""
    table = Image.new("RGB", size, (150, 140, 130))
    each = side or min(size[1] - 60, (size[0] - 40) // max(len(codes), 1) - 20)
    for place, code in enumerate(codes):
        drawn = Image.open(io.BytesIO(qr.draw(code, max_version=40).png())).convert("RGB").resize((each, each))
        left = (size[0] * (2 * place + 1)) // (2 * len(codes)) - each // 2
        table.paste(drawn, (left, (size[1] - each) // 2))
    return table


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def video(path: Path, scenes: Sequence[tuple[Image.Image, int]]) -> Path:
    """A film for Chromium's made-up camera, which shows it again and again: pictures, each for a number of frames."""
    with path.open("wb") as file:
        for image, frames in scenes:
            file.write(jpeg(image) * frames)
    return path


# ---- what a run leaves behind ----

SCREENS = Path(__file__).parent.parent / "build/screens"


def note(figure: str) -> None:
    """A figure that is measured and not asserted, beside the screenshots."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    with (SCREENS / "figures.txt").open("a", encoding="utf-8") as file:
        file.write(f"{figure}\n")
