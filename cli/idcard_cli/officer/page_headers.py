"""What a web server says with each file of the page for phones, for three of them (specs/page.md, Headers)."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256

_INLINE = re.compile(rb"<(script|style)([^>]*)>(.*?)</\1>", re.DOTALL)
_DATA = b'type="text/plain"'
_NOTHING_FOR = ("microphone", "geolocation", "payment", "usb", "bluetooth", "serial", "display-capture")
_KINDS = {
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".idtrust": "application/octet-stream",
}
_RULE = """\
# {server}: {where}
# The page has a host name of its own, and nothing else is on it. No analytics, no cookies; HTTPS.
"""


def policy(index: bytes) -> dict[str, str]:
    """The directives of the page's Content-Security-Policy, with the sums of what stands in `index.html` itself."""
    return {
        "default-src": "'none'",
        "script-src": " ".join((*_sums(index, b"script"), "'wasm-unsafe-eval'")),
        "style-src": " ".join(_sums(index, b"style")),
        "img-src": "'self'",
        "worker-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def written(directives: Mapping[str, str]) -> str:
    """A policy as a header has it."""
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def headers(index: bytes) -> dict[str, str]:
    """By name."""
    return {
        "Content-Security-Policy": written(policy(index)),
        "Permissions-Policy": ", ".join(("camera=(self)", *(f"{each}=()" for each in _NOTHING_FOR))),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "Cache-Control": "no-cache",
    }


def apache(of: Mapping[str, str]) -> str:
    """A `.htaccess`. Without mod_headers the server answers with an error, and not without the headers."""
    lines = [
        "Options -Indexes",
        *(f"AddType {kind} {ending}" for ending, kind in _KINDS.items()),
        *(f'Header always set {name} "{value}"' for name, value in of.items()),
    ]
    where = "it reads this file by itself where AllowOverride allows it (Options FileInfo), and needs mod_headers"
    return _file("Apache", where, lines)


def nginx(of: Mapping[str, str]) -> str:
    """What stands in a `server` block."""
    lines = [
        *(f'add_header {name} "{value}" always;' for name, value in of.items()),
        *(f"location ~ \\{ending}$ {{ types {{ }} default_type {kind}; }}" for ending, kind in _KINDS.items()),
    ]
    return _file("nginx", "include this file in the server block of the page", lines)


def caddy(of: Mapping[str, str]) -> str:
    """What stands in the block of a site."""
    lines = [
        "header {",
        *(f'\t{name} "{value}"' for name, value in of.items()),
        "}",
        *(
            f'@{ending[1:]} path *{ending}\nheader @{ending[1:]} Content-Type "{kind}"'
            for ending, kind in _KINDS.items()
        ),
    ]
    return _file("Caddy", "import this file in the block of the page's site", lines)


def _file(server: str, where: str, lines: list[str]) -> str:
    return "\n".join((_RULE.format(server=server, where=where).rstrip(), *lines, ""))


def _sums(index: bytes, element: bytes) -> Iterator[str]:
    """Of each script or style of the page, but of none that is data."""
    for name, attributes, text in _INLINE.findall(index):
        if name == element and _DATA not in attributes:
            yield f"'sha256-{b64encode(sha256(text).digest()).decode('ascii')}'"
