"""The page for phones of a made-up city, on a web server of its own, and the browser in front of it."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsers import WAIT, Hands, in_base64
from idcard_cli.officer import page_folder
from machine import FOR_WANT_OF_PAGE, page_is_built

import idcard
from idcard.trust import trust_file

BUILT = Path(idcard.__file__).parent / "page"
"""Where `make page` puts it."""
needs_page = pytest.mark.skipif(not page_is_built(), reason=FOR_WANT_OF_PAGE)


def write(folder: Path, file: bytes, built: dict[str, bytes] | None = None) -> Path:
    """What `idcard phone-page` writes for the city of this trust file; built: instead of what `make page` built."""
    built = built or {path.name: path.read_bytes() for path in BUILT.iterdir()}
    for name, data in page_folder.contents(built, file, trust_file.decode(file)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


HEADER = re.compile(r'^Header always set (\S+) "(.*)"$', re.MULTILINE)
"""Of a `.htaccess`."""


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", "": "image/png"}  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """No test reads it."""

    def end_headers(self) -> None:
        rules = Path(self.directory, ".htaccess")
        for name, value in HEADER.findall(rules.read_text("utf-8") if rules.exists() else ""):
            self.send_header(name, value)
        super().end_headers()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the folder, with the headers that the folder asks for, until it is left."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Phone(Hands):
    """The page for phones."""

    def sets(self, name: str, value: str) -> None:
        """A choice, which on a small screen is folded away."""
        self.page.evaluate("document.getElementById('more').open = true")
        self.page.select_option(f"#{name}", value)

    def puts(self, jpeg: bytes) -> None:
        """A picture before a drawn camera."""
        self.page.evaluate("data => put(data)", in_base64(jpeg))

    def says(self) -> str:
        """What a screen reader is given to say."""
        self.page.wait_for_function("() => document.getElementById('said').textContent !== ''", timeout=WAIT)
        return str(self.page.inner_text("#said"))
