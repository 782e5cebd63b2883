"""The names of venue classes, for shells that complete what is typed."""

import click

from idcard.verify import Refused, Verifier


def complete_class(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The venue classes of the trust file that stands on the command line already."""
    try:
        known = Verifier.open(ctx.params["trust"]).classes
    except (KeyError, TypeError, OSError, Refused):
        return []
    return [name for name in known if name.startswith(incomplete)]
