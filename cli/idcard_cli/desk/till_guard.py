"""Allows requests of programs, and of no web page (specs/serve.md, The guard)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TillGuard:
    """port: on which tills ask."""

    port: int

    def allows(self, method: str, host: str | None, origin: str | None, site: str | None) -> bool:
        """Whether a request may be one of a till. None for a header that was not sent; site: Sec-Fetch-Site."""
        here = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        return host in here and origin is None and site in (None, "none")
