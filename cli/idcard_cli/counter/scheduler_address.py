"""Where codes may travel: encrypted to anywhere, else from one process of this computer to another."""

import ipaddress
import re
from urllib.parse import urlsplit

from idcard.errors import IdcardError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")


class BadAddress(IdcardError):
    """No address, or one to which codes would travel for all to read."""


def parse(text: str) -> tuple[str, str]:
    """The address as Dask has it, and its host. Without a scheme it is tcp; no name is looked up. Raises BadAddress."""
    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        scheme, host, port = "", "", None
    ip = _ip(host)
    is_whole = port and (ip or _NAME.fullmatch(host)) and not (parts.path or parts.query or parts.fragment)
    if scheme not in ("tls", "tcp") or not is_whole or "@" in parts.netloc:
        raise BadAddress("the address of a scheduler is such as tls://drawing.example:8786")
    if scheme == "tcp":
        if host == "localhost":
            # Whoever answers for names must not decide where codes go.
            host, ip = "127.0.0.1", ipaddress.ip_address("127.0.0.1")
        if ip is None or not ip.is_loopback:
            raise BadAddress("codes leave this computer encrypted only: give a tls:// address, or tcp://127.0.0.1:PORT")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", host


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
