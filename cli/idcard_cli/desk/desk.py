"""`idcard desk`: start the desk page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idcard import languages
from idcard.errors import Reason, Refused, needs_extra
from idcard_cli import memory_file, terminal
from idcard_cli.class_name import ClassName
from idcard_cli.venue import tally_file
from idcard_cli.venue.class_completion import complete_class
from idcard_cli.venue.trust_in_use import TrustInUse

if TYPE_CHECKING:
    from idcard_cli.desk.second_start import RunningDesk

PORT = 8470
"""Fixed, because a browser remembers the permission for the camera by address and port."""


@click.command()
@click.option("--trust", type=click.Path(), help="A trust file, instead of the installed one.")
@click.option("--for", "venue_class", type=ClassName(), default="", metavar="CLASS", shell_complete=complete_class,
              help="The kind of place, such as library; without it the page asks.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=f"Where the page is served ({PORT}).")
@click.option("--language", type=click.Choice(languages.CODES), envvar="IDCARD_LANGUAGE",
              help="First language of the page, instead of the last one; it can be changed there.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
@memory_file.option
@tally_file.option
def desk(
    trust: str | None,
    venue_class: str,
    port: int,
    language: str | None,
    no_browser: bool,
    memory_path: Path | None,
    tally_path: Path | None,
) -> None:
    """Show the page of a desk in the browser: camera or scanner, and a verdict that fills the screen.

    Only this computer can see the page. Ctrl-C ends it. A second start opens the same page again. Without a trust file
    the page asks for the city's. With --port 0 the system finds a port.

    \b
    Example:
      idcard desk --for library
    """
    try:
        from idcard_cli.desk import app, last_choices, second_start, server
        from idcard_cli.desk.last_choices import LastChoices
        from idcard_cli.desk.session import Session
    except ImportError:
        raise click.UsageError(needs_extra("the desk", "desk")) from None
    _check(trust, memory_path, venue_class)
    folder = None if trust is not None else memory_file.folder_of_user(memory_file.first_place(memory_path))
    counted = tally_path if folder is None or tally_path is not None else folder / tally_file.FILE
    try:
        listening = server.listen(port)
    except click.UsageError:
        found = None if folder is None else second_start.find(folder, port)
        if found is None or found.venue_class not in ("", venue_class or found.venue_class):
            raise
        _show(f"http://{server.ADDRESS}:{port}/", found, venue_class, no_browser=no_browser)
        return
    port = server.port_of(listening)
    address = f"http://{server.ADDRESS}:{port}/"
    counter = Session(trust, memory_path, counted)
    choices = LastChoices(None if folder is None else folder / last_choices.FILE)
    try:
        with second_start.announced(folder, port, venue_class) as running:
            click.echo(address)
            terminal.say("the desk is open; Ctrl-C ends it")
            if not no_browser:
                server.show(address)
            start = app.Start(venue_class, language or "", choices, running)
            server.serve(app.create(counter, port, start), listening)
    except KeyboardInterrupt:
        pass  # now, before the server waits for Ctrl-C
    finally:
        counter.end()


def _check(trust: str | None, memory_path: Path | None, venue_class: str) -> None:
    """Raises UsageError for a class that the trust file does not have. Without a memory that holds, the page asks."""
    try:
        classes = TrustInUse(trust, memory_path).verifier(datetime.now(UTC)).classes
    except Refused as refused:
        if trust is not None or refused.reason is not Reason.MEMORY_DAMAGED:
            raise
    except click.UsageError:
        if trust is not None or memory_file.first_place(memory_path).exists():
            raise
    else:
        if venue_class and venue_class not in classes:
            raise click.UsageError(f"the trust file has no class {venue_class}; there are: {', '.join(classes)}")


def _show(address: str, found: "RunningDesk", venue_class: str, *, no_browser: bool) -> None:
    """The page of a desk that runs already."""
    from idcard_cli.desk import server

    if venue_class and not found.venue_class:
        address = f"{address}#class={venue_class}"
    click.echo(address)
    terminal.say("the desk is open already")
    if not no_browser:
        server.show(address)
