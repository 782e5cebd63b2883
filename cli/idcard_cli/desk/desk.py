"""`idcard desk`: start the desk page."""

from datetime import UTC, datetime
from pathlib import Path

import click

from idcard import languages
from idcard.errors import needs_extra
from idcard_cli import memory_file, terminal
from idcard_cli.venue import tally_file
from idcard_cli.venue.class_completion import complete_class
from idcard_cli.venue.trust_in_use import TrustInUse

PORT = 8470
"""Fixed, because a browser remembers the permission for the camera by address and port."""


@click.command()
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@click.option("--for", "venue_class", default="", metavar="CLASS", shell_complete=complete_class,
              help="The kind of place, such as library; without it the page asks.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=f"Where the page is served ({PORT}).")
@click.option("--language", type=click.Choice(languages.CODES), default="en", envvar="IDCARD_LANGUAGE",
              help="First language of the page (en); it can be changed there.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
@memory_file.option
@tally_file.option
def desk(
    trust: str | None,
    venue_class: str,
    port: int,
    language: str,
    no_browser: bool,
    memory_path: Path | None,
    tally_path: Path | None,
) -> None:
    """Show the page of a desk in the browser: camera or scanner, and a verdict that fills the screen.

    Only this computer can see the page. Ctrl-C ends it. With --port 0 the system finds a port.

    \b
    Example:
      idcard desk --for library
    """
    try:
        from idcard_cli.desk import app, server
        from idcard_cli.desk.session import Session
    except ImportError:
        raise click.UsageError(needs_extra("the desk", "desk")) from None
    classes = TrustInUse(trust, memory_path).verifier(datetime.now(UTC)).classes
    if venue_class and venue_class not in classes:
        raise click.UsageError(f"the trust file has no class {venue_class}; there are: {', '.join(classes)}")
    counted = tally_file.find(tally_path, memory_path) if tally_path is not None or trust is None else None
    listening = server.listen(port)
    port = server.port_of(listening)
    address = f"http://{server.ADDRESS}:{port}/"
    counter = Session(trust, memory_path, counted)
    try:
        click.echo(address)
        terminal.say("the desk is open; Ctrl-C ends it")
        if not no_browser:
            server.show(address)
        server.serve(app.create(counter, port, venue_class, language), listening)
    except KeyboardInterrupt:
        pass  # now, before the server waits for Ctrl-C
    finally:
        counter.end()
