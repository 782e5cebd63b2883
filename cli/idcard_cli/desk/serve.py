"""`idcard serve`: the decision on the loopback address, for tills."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from idcard.errors import needs_extra
from idcard_cli import files, memory_file, terminal
from idcard_cli.venue.trust_in_use import TrustInUse

PORT = 8471


@click.command()
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=f"Where tills ask ({PORT}).")
@click.option(
    "--token-file", type=click.Path(path_type=Path), help="Where the token is left, instead of beside the memory."
)
@memory_file.option
def serve(trust: str | None, port: int, token_file: Path | None, memory_path: Path | None) -> None:
    """Answer tills in any language with verdicts, by HTTP on this computer alone.

    Prints the address and the file of the token that a request needs. Ctrl-C ends it. With --port 0 the system finds a
    port. The requests are in specs/serve.md and at /openapi.json.

    \b
    Example:
      idcard serve --port 8471
    """
    try:
        from idcard_cli.desk import server, till_app
        from idcard_cli.desk.till_guard import TillGuard
    except ImportError:
        raise click.UsageError(needs_extra("the till's server", "desk")) from None
    in_use = TrustInUse(trust, memory_path)
    in_use.verifier(datetime.now(UTC))
    listening = server.listen(port)
    port = server.port_of(listening)
    path = token_file or _folder(trust, memory_path) / f"serve-{port}.token"
    token = secrets.token_urlsafe(32)
    files.make_missing(path.parent)
    files.replace(path, f"{token}\n".encode("ascii"))
    guard = TillGuard(port)
    try:
        click.echo(f"http://{server.ADDRESS}:{port}/\n{path}")
        terminal.say("tills are answered; Ctrl-C ends it")
        server.serve(till_app.create(till_app.Till(in_use), guard, token), listening, guard)
    except KeyboardInterrupt:
        pass  # as with the desk, this is how it ends
    finally:
        with suppress(OSError):
            path.unlink()


def _folder(trust: str | None, memory_path: Path | None) -> Path:
    """Where only this user's programs look: beside the memory, or among this user's data."""
    if trust is not None:
        return memory_file.places()[-1].parent
    return memory_file.folder_of_user(memory_file.first_place(memory_path))
