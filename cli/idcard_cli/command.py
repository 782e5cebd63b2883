"""Finds and runs a command, and turns every ending into an exit code (specs/command.md)."""

import importlib
import io
import signal
import sys
from collections.abc import Mapping, Sequence
from enum import IntEnum

import click

from idcard.errors import IdcardError, Refused
from idcard_cli import clock, terminal


class Exit(IntEnum):
    """How a command ends."""

    DONE = 0
    REJECT = 1
    USAGE = 2
    CANNOT_SAY = 3
    SOON = 4
    """Only `doctor`: nothing is to be done now, but soon something is."""


class LazyGroup(click.Group):
    """Imports a command only when it is used, so that a verdict does not wait for the code that draws or mints."""

    def __init__(self, commands_at: Mapping[str, str], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        at = self._commands_at.get(cmd_name)
        if at is None:
            return None
        module, _, name = at.partition(":")
        command: click.Command = getattr(importlib.import_module(f"idcard_cli.{module}"), name)
        return command


@click.group(
    cls=LazyGroup,
    commands_at={
        "verify": "venue.verify:verify",
        "scan": "venue.scan:scan",
        "tally": "venue.tally:print_tally",
        "desk": "desk.desk:desk",
        "serve": "desk.serve:serve",
        "explain": "venue.explain:explain_code",
        "conformance": "venue.conformance:conformance",
        "slip": "counter.slip:slip",
        "mint": "counter.mint:mint",
        "batch": "counter.batch:batch",
        "draw": "counter.draw:draw",
        "counter": "counter.counter:counter",
        "cohort": "counter.cohort:cohort",
        "cancel": "officer.cancel:cancel",
        "ledger": "officer.ledger:group",
        "city": "officer.city:city",
        "key": "officer.key:key",
        "trust": "officer.trust:trust",
        "venue": "venue.venue:venue",
        "phone-page": "officer.phone_page:phone_page",
        "privacy": "officer.privacy:privacy",
        "due": "officer.due:due",
        "doctor": "officer.doctor:doctor",
        "demo": "demo:demo",
        "rehearse": "rehearse:rehearse",
        "completion": "completion:completion",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="municipal-idcard", message="idcard %(version)s")
def cli() -> None:
    """A municipal identity card without a database of its residents.

    \b
    Venues:      venue, verify, scan, desk, serve, tally, explain
    Card office: slip, mint, counter, batch, draw, cohort, cancel
    Officers:    due, doctor, city, key, trust, phone-page, ledger, privacy
    Developers:  conformance
    To see it work: idcard demo, idcard rehearse
    """


def run() -> int:
    """Run the command and return its exit code. No traceback is shown, and no failure looks like a rejected card."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # As with Ctrl-C, unfinished files are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A closed window or a lost connection; under nohup neither ends anything.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    clock.stand(None)
    return ending()


def ending(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command, after its errors were said. arguments: None for those of this process."""
    try:
        if sys.stdout is None:
            raise click.UsageError("standard output is closed")
        code = cli.main(arguments, prog_name="idcard", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        _say_usage(problem)
        return Exit.USAGE
    except Refused as refused:
        terminal.say(terminal.as_clause(refused.message))
        terminal.say(terminal.as_clause(refused.remedy))
        return Exit.USAGE
    except IdcardError as problem:
        terminal.say(str(problem))
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        terminal.say("interrupted")
        return Exit.CANNOT_SAY
    except SystemExit as ended:
        # Completion ends this way; click too, with 1, if nobody reads the output any more.
        return Exit.DONE if not ended.code else _silenced()
    except BrokenPipeError:
        return _silenced()
    except OSError as problem:
        _silenced()
        terminal.say(f"{problem.filename or 'input or output'}: {(problem.strerror or 'failed').lower()}")
        return Exit.USAGE
    except MemoryError:
        terminal.say("out of memory")
        return Exit.CANNOT_SAY
    except Exception as problem:
        # The text of an unknown exception may hold anything, so only its type is shown.
        terminal.say(f"internal error ({type(problem).__name__}); this says nothing about a card")
        return Exit.CANNOT_SAY
    return code if isinstance(code, int) else Exit.DONE


def _silenced() -> Exit:
    """Drop what could not be written, or the interpreter would report it again when it flushes."""
    sys.stdout = io.StringIO()
    return Exit.CANNOT_SAY


def _say_usage(problem: click.ClickException) -> None:
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        click.echo(problem.format_message())
        return
    terminal.say(terminal.as_clause(" ".join(problem.format_message().split())))
    context = getattr(problem, "ctx", None)
    if context is not None:
        terminal.say(f"see {context.command_path} --help")
