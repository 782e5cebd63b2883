"""What was last chosen on the page, kept beside this user's tally (specs/desk.md, What is kept)."""

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from idcard import languages, strict_json
from idcard.strict_json import NotJson
from idcard_cli import files

FILE = "desk.json"
SCHEMA = 1
_MAX_SIZE = 4096
_CHECKS = {
    "class": re.compile(r"[a-z][a-z0-9-]{0,31}"),
    "language": re.compile("|".join(languages.CODES)),
    "camera": re.compile(r"[!-~]{1,256}"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """venue_class, language, camera: empty where nothing was chosen. camera: as the browser names it."""

    venue_class: str = ""
    language: str = ""
    camera: str = ""

    def changed(self, told: Any) -> "Choices | None":
        """With what a page, or a file, says of them; None if that is not such an object."""
        if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
            return None
        if not told.keys() <= _CHECKS.keys():
            return None
        if not all(not value or _CHECKS[name].fullmatch(value) for name, value in told.items()):
            return None
        return replace(self, **{"venue_class" if name == "class" else name: value for name, value in told.items()})


class LastChoices:
    """Reads and writes the file; a computer on which it cannot be written has none."""

    def __init__(self, path: Path | None) -> None:
        """path: None to keep nothing."""
        self._path = path
        self.held = Choices() if path is None else _read(path)

    def change(self, told: Any) -> bool:
        """Keep what a page says. Whether that was possible to understand."""
        changed = self.held.changed(told)
        if changed is None:
            return False
        if changed != self.held:
            self.held = changed
            self._write()
        return True

    def _write(self) -> None:
        if self._path is None:
            return
        fields = {"schema": SCHEMA, **{name.removeprefix("venue_"): value for name, value in asdict(self.held).items()}}
        try:
            files.make_missing(self._path.parent)
            files.replace(self._path, strict_json.encode(fields, indent=1).encode())
        except OSError:
            pass  # it is chosen again at the next start


def _read(path: Path) -> Choices:
    try:
        told = strict_json.decode(files.read(path, _MAX_SIZE))
    except (OSError, click.UsageError, NotJson):
        return Choices()
    if not isinstance(told, dict) or told.pop("schema", None) != SCHEMA:
        return Choices()
    return Choices().changed(told) or Choices()
