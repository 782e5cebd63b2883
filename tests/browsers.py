"""What tests of pages in a real Chromium share."""

import base64
import shutil

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
