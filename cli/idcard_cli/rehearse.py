"""`idcard rehearse`: four bad days of a made-up city, with real commands, each with what is expected."""

import tempfile
from pathlib import Path

import click

from idcard_cli import clock
from idcard_cli.command import Exit
from idcard_cli.stage import Stage
from idcard_cli.stories import STORIES


@click.command()
def rehearse() -> int:
    """Play a leaked key at night, a lapsed trust file, a lost root key and a list from the future.

    The commands are those that you would type, people and dates are made up, and the folder is thrown away. Each step
    says what is expected and what the program answered. To rehearse with your own test city: idcard city rehearsal.

    \b
    Exit: 0 everything was as expected, 3 something was not
    \b
    Example:
      idcard rehearse
    """
    with tempfile.TemporaryDirectory(prefix="idcard-rehearsal-") as private:
        stage = Stage(Path(private))
        try:
            for story in STORIES:
                story(stage)
        finally:
            clock.stand(None)
    steps = stage.held + stage.failed
    if stage.failed:
        click.echo(f"\n{stage.failed} of {steps} steps were NOT as expected")
        return Exit.CANNOT_SAY
    click.echo(f"\nall {steps} steps were as expected")
    return Exit.DONE
