"""`idcard mint`: codes for one person, for a queue at a counter, or for a whole city."""

from idcard_cli.mint.command import mint

__all__ = ["mint"]
