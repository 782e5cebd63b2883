"""Shell completion of venue classes."""

import click

from idcard.verify import Refused, Verifier


def complete_class(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The venue classes of the trust file that the command line uses."""
    try:
        known = Verifier.open(ctx.params["trust"]).classes
    except (KeyError, TypeError, OSError, Refused):
        return []
    return [name for name in known if name.startswith(incomplete)]
