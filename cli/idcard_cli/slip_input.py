"""The slip that somebody types, scans or gives in a file."""

import sys

import click

from idcard import pictures
from idcard.credential.scope import Scope
from idcard.issuing import slips
from idcard.issuing.slips import PREFIX, Slip, SlipError
from idcard_cli import codes, files, terminal

MAX_SIZE = codes.MAX_FILE


def ask(scope: Scope) -> Slip:
    """The slip that a person types or scans at the terminal, or that stdin holds as text or as a picture.

    Never an argument, which every process can see. Raises SlipError, UsageError.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        return _typed(scope)
    data = files.read_stdin(MAX_SIZE)
    if not data.strip():
        raise click.UsageError(f"nothing came in: type the {slips.LENGTH} letters and digits of the slip, or scan it")
    if pictures.kind_of(data) is None:
        return slips.repaired(codes.as_text(data, codes.STDIN), scope)
    shown: list[str] = []
    for found in codes.in_picture(data, codes.STDIN):
        shown = [each.text for each in found]
        if any(map(_is_slip, shown)):
            break
    shown = list(filter(_is_slip, shown)) or shown
    if len(shown) > 1:
        raise click.UsageError(f"there are {len(shown)} slips in the picture; show one")
    return slips.repaired(shown[0], scope)


def _is_slip(code: str) -> bool:
    return code.startswith(PREFIX[:3])


def _typed(scope: Scope) -> Slip:
    """Asked for again where it was misread: somebody reads it out on the telephone."""
    while True:
        try:
            return slips.repaired(click.prompt(f"Slip ({slips.LENGTH} letters and digits)", err=True), scope)
        except SlipError as problem:
            terminal.say(str(problem))
