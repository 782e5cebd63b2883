"""The page for phones of a made-up city, on a web server of its own, and the browser in front of it."""

import base64
import functools
import hashlib
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browsers import DROPPED, WAIT, in_base64
from desks import SCREENS

import idcard

BUILT = Path(idcard.__file__).parent / "page"
"""Where `make page` puts it."""
needs_page = pytest.mark.skipif(not (BUILT / "index.html").exists(), reason="needs the page for phones (make page)")
POLICY = (
    "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval'; style-src {styles}; img-src 'self' data: blob:; "
    "media-src blob:; worker-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)


def write(folder: Path, file: bytes) -> Path:
    """The page of the city of this trust file."""
    shutil.copytree(BUILT, folder)
    text = (folder / "index.html").read_text("utf-8")
    text = _replaced(text, 'id="built-in"></script>', f'id="built-in">{in_base64(file)}</script>')
    scripts, styles = (
        " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in found)
        for found in (
            re.findall(r'<script type="module">(.*?)</script>', text, re.S),
            re.findall(r"<style>(.*?)</style>", text, re.S),
        )
    )
    policy = POLICY.format(scripts=scripts, styles=styles)
    text = _replaced(text, 'Policy" content=""', f'Policy" content="{policy}"')
    (folder / "index.html").write_text(text, "utf-8")
    (folder / "city.idtrust").write_bytes(file)
    return folder


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm"}  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """No test reads it."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the folder, until it is left."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Phone:
    """A page that is open, and the hands in front of it. name: of its screenshots."""

    page: Any
    name: str

    def sees(self, screen: str, *sentences: str, shot: str = "") -> None:
        """Waits for a screen that says this."""
        self.page.wait_for_selector(f'body[data-screen="{screen}"]', timeout=WAIT)
        for sentence in sentences:
            self.page.wait_for_function("text => document.body.innerText.includes(text)", arg=sentence, timeout=WAIT)
        self.shoot(shot or screen)

    def shoot(self, what: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"page-{self.name}-{what}.png")

    def sets(self, name: str, value: str) -> None:
        """A choice, which on a small screen is folded away."""
        self.page.evaluate("document.getElementById('more').open = true")
        self.page.select_option(f"#{name}", value)

    def types(self, text: str, end: str = "Enter") -> None:
        """As a scanner does: key by key, at once."""
        self.page.keyboard.type(text)
        if end:
            self.page.keyboard.press(end)

    def puts(self, jpeg: bytes) -> None:
        """A picture before a drawn camera."""
        self.page.evaluate("data => put(data)", in_base64(jpeg))

    def drops(self, name: str, data: bytes, kind: str = "") -> None:
        self.page.evaluate(DROPPED, [name, in_base64(data), kind])

    def says(self) -> str:
        """What a screen reader is given to say."""
        self.page.wait_for_function("() => document.getElementById('said').textContent !== ''", timeout=WAIT)
        return str(self.page.inner_text("#said"))
