"""The console script. It imports the rest late, so that no broken installation looks like a rejected card."""

import sys
from typing import NoReturn

CANNOT_SAY = 3


def run() -> NoReturn:
    """Runs the command and exits (specs/command.md)."""
    try:
        from idcard_cli import command

        code = command.run()
    except BaseException as problem:
        _say(problem)
        code = CANNOT_SAY
    sys.exit(code)


def _say(problem: BaseException) -> None:
    missing = getattr(problem, "name", None)
    hint = "; it needs the extra 'cli': see \"Install\" in the README" if missing == "click" else ""
    what = f"{missing} is missing" if isinstance(problem, ImportError) and missing else type(problem).__name__
    try:
        sys.stderr.write(f"idcard: the command is not completely installed ({what}){hint}\n")
        sys.stderr.flush()
    except (AttributeError, OSError):
        sys.stderr = None  # nobody can read it
