"""What tests of pages in a real Chromium share."""

import base64
import functools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desks import SCREENS

CHROMIUM = shutil.which("chromium") or ""
WAIT = 15_000
"""Milliseconds after which something that is awaited will not come."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""Of axe."""

SILENT_EAR = """
window.heard = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
    window.heard.push(this.frequency.value);
    return start.apply(this, when);
};
"""
"""Notes each tone that is played."""
DRAWN_CAMERA = """
window.board = document.createElement("canvas");
[board.width, board.height] = [640, 480];
let seen = null;
setInterval(() => {
    const pen = board.getContext("2d");
    if (seen) pen.drawImage(seen, 0, 0); else pen.fillRect(0, 0, board.width, board.height);
}, 33);
navigator.mediaDevices.getUserMedia = async () => board.captureStream(30);
window.put = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    seen = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    return performance.now();
};
"""
"""A camera that sees what a test puts before it."""
DROPPED = """([name, base64, type]) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
"""Drops a file on the page: name, bytes in base64, kind."""


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def launcher(playwright: Any) -> Iterator[Callable[..., Any]]:
    """For a fixture: what starts a browser whose camera shows this film; one for each film."""

    @functools.cache
    def launched(film: Path | None = None, cameras: int = 0) -> Any:
        arguments = list(ARGUMENTS)
        if film is not None:
            arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        if cameras:
            arguments += [f"--use-fake-device-for-media-stream=device-count={cameras}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        browsers.append(browser)
        return browser

    browsers: list[Any] = []
    yield launched
    for browser in browsers:
        browser.close()


@dataclass(frozen=True)
class Hands:
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
        self.page.screenshot(path=SCREENS / f"{self.name}-{what}.png")

    def types(self, text: str, end: str = "Enter") -> None:
        """As a scanner does: key by key, at once."""
        self.page.keyboard.type(text)
        if end:
            self.page.keyboard.press(end)

    def drops(self, name: str, data: bytes, kind: str = "") -> None:
        """A file on the page."""
        self.page.evaluate(DROPPED, [name, in_base64(data), kind])
