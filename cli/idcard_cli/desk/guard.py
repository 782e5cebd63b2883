"""Allows only requests of the desk page itself, from a browser of this computer (specs/desk.md, The guard).

Any web page that a clerk opens can send requests to this computer, and an attacker's domain name can point here (DNS
rebinding). Both show in the headers that a browser sends with a request.
"""

from collections.abc import Callable
from dataclasses import dataclass

import flask

SAFE_METHODS = frozenset(("GET", "HEAD"))

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer: load nothing from elsewhere, show in no frame, store nowhere."""


@dataclass(frozen=True, slots=True)
class Guard:
    """port: on which the page is served."""

    port: int

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset((f"127.0.0.1:{self.port}", f"localhost:{self.port}"))

    def allows(self, method: str, host: str | None, origin: str | None, site: str | None) -> bool:
        """Whether a request comes from the page. None for a header that was not sent; site: Sec-Fetch-Site."""
        if host not in self.hosts or site not in (None, "same-origin", "none"):
            return False
        if origin is None:
            return method in SAFE_METHODS
        return origin == f"http://{host}"


def protect(app: flask.Flask, allows: Callable[[str, str | None, str | None, str | None], bool]) -> None:
    """Answer 403 to all that is not allowed, and put HEADERS on every answer. allows: as `Guard.allows`."""

    @app.before_request
    def refuse_others() -> None:
        headers = flask.request.headers
        if not allows(flask.request.method, headers.get("Host"), headers.get("Origin"), headers.get("Sec-Fetch-Site")):
            flask.abort(403)

    @app.after_request
    def keep_to_itself(answer: flask.Response) -> flask.Response:
        answer.headers.update(HEADERS)
        return answer
