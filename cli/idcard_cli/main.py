"""The console script. It stands alone, so that even a broken installation does not look like a rejected card."""

import sys
from typing import NoReturn

CANNOT_SAY = 3


def run() -> NoReturn:
    """Runs the command and exits (specs/command.md)."""
    try:
        from idcard_cli import command
    except ImportError as problem:
        hint = "; the command needs: pip install 'idcard[cli]'" if problem.name == "click" else ""
        sys.stderr.write(f"idcard: the installation is broken ({problem.name} is missing){hint}\n")
        sys.exit(CANNOT_SAY)
    sys.exit(command.run())
