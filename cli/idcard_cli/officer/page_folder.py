"""The folder of the page for phones, of the built page and a trust file (specs/page.md, The folder)."""

import html
import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

import click

from idcard.credential.text import Environment
from idcard.trust.trust_file import Trust
from idcard_cli.officer import page_headers

INDEX, SERVICE, MANIFEST, TRUST, SUMS = (
    "index.html",
    "service.js",
    "manifest.webmanifest",
    "city.idtrust",
    "SHA256SUMS",
)
ICONS = {"icon-192.png": "192x192", "icon-512.png": "512x512"}
_POLICY = b'<meta http-equiv="Content-Security-Policy" content="">'
_BUILT_IN = b'<script type="text/plain" id="built-in"></script>'
_TITLE_END = b"</title>"
_FILES = b"const FILES = {};"
_VERSION = b'const VERSION = "";'
_READ_ME = """\
The page with which venues of {city} check city cards on a phone

1. Put all of this folder on a web server with a host name of its own, such as https://cards.example.org, and nothing
   else there: no other page, no analytics, no scripts of others, no cookies. Another page of that name could change
   what the page remembers. HTTPS is needed: without it no browser gives the camera.
2. Let the server send the headers: .htaccess does it for Apache; headers/nginx.conf and headers/Caddyfile say how for
   nginx and Caddy. Look at one answer: curl --head https://cards.example.org/
   It must have a line "content-security-policy: default-src 'none'; ...".
3. Open the address on a phone, allow the camera, and scan a card.

A newer trust file takes the place of city.idtrust, and nothing else changes: pages fetch it from there, at most once a
day, and `curl` does for venues that use the command. Make the folder anew once a quarter, and with each new version of
idcard, so that phones without a memory do not begin with an old file:
    idcard phone-page --trust city.idtrust --out FOLDER

SHA256SUMS has the sums of these files but city.idtrust, which is signed. Give it to a second office of the city, and
print it where people look. Whoever downloads the files to a computer of their own can compare: sha256sum --check
SHA256SUMS. The page itself cannot prove that it is this one: a server in other hands can serve another page that shows
the same words (specs/threat-model.md). Keep the server as you keep the card office.
"""


def contents(built: Mapping[str, bytes], file: bytes, held: Trust) -> dict[str, bytes]:
    """Every file of the folder by its name; some have one folder before it. The same input gives the same bytes.

    built: the files of the built page. file, held: the trust file, as bytes and as what it says. Raises ClickException
    for a built page that is not of this version.
    """
    page = {**built, MANIFEST: _manifest(held), INDEX: _index(_one(built, INDEX), file, held)}
    of = page_headers.headers(page[INDEX])
    folder = page | {
        SERVICE: _service(_one(built, SERVICE), {name: each for name, each in page.items() if name != SERVICE}),
        ".htaccess": page_headers.apache(of).encode(),
        "headers/nginx.conf": page_headers.nginx(of).encode(),
        "headers/Caddyfile": page_headers.caddy(of).encode(),
        "READ ME.txt": _READ_ME.format(city=held.root.name).encode(),
    }
    return folder | {SUMS: _sums(folder), TRUST: file}


def named_in(sums: bytes) -> frozenset[str]:
    """The names of all files of a folder, from its SHA256SUMS; none for anything else."""
    lines = [line.partition("  ") for line in sums.decode("utf-8", "replace").splitlines()]
    if not all(len(digest) == 64 and name for digest, _, name in lines) or not lines:
        return frozenset()
    return frozenset((*(name for _, _, name in lines), SUMS, TRUST))


def _index(page: bytes, file: bytes, held: Trust) -> bytes:
    named = f": {html.escape(_name(held))}".encode()
    page = _filled(page, _TITLE_END, named + _TITLE_END)
    page = _filled(page, _BUILT_IN, _BUILT_IN.replace(b"><", b">" + b64encode(file) + b"<"))
    # What is not under a sum, the title and the trust file, is data.
    directives = page_headers.policy(page)
    del directives["frame-ancestors"]  # browsers ignore it there
    policy = page_headers.written(directives).encode()
    return _filled(page, _POLICY, _POLICY.replace(b'content=""', b'content="' + policy + b'"'))


def _service(script: bytes, files: Mapping[str, bytes]) -> bytes:
    sums = {name: b64encode(sha256(data).digest()).decode("ascii") for name, data in sorted(files.items())}
    listed = json.dumps(sums, indent=2).encode()
    script = _filled(script, _FILES, _FILES.replace(b"{}", listed))
    return _filled(script, _VERSION, _VERSION.replace(b'""', f'"{sha256(listed).hexdigest()}"'.encode()))


def _manifest(held: Trust) -> bytes:
    said = {
        "id": "./",
        "name": _name(held),
        "short_name": held.root.name,
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1d3557",
        "icons": [
            {"src": name, "sizes": sizes, "type": "image/png", "purpose": "any maskable"}
            for name, sizes in ICONS.items()
        ],
    }
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()


def _name(held: Trust) -> str:
    return held.root.name + (" (test)" if held.root.scope.environment is Environment.TEST else "")


def _sums(folder: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(folder.items())).encode()


def _one(built: Mapping[str, bytes], name: str) -> bytes:
    if name not in built:
        raise click.ClickException(f"the built page has no {name}: build it again with `make page`")
    return built[name]


def _filled(text: bytes, place: bytes, filled: bytes) -> bytes:
    """Raises ClickException unless the place is there once."""
    if text.count(place) != 1:
        raise click.ClickException("the built page is not of this version: build it again with `make page`")
    return text.replace(place, filled)
