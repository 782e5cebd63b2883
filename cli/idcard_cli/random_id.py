"""The random id of whoever counts, so that numbers that are brought together twice do not double.

It names nobody: it follows from a random file beside the numbers and from where that lies on the disk. So a copy of a
folder, or one that was put back from a backup, counts under an id of its own, and never below what the other counted.
"""

import hashlib
import secrets
from pathlib import Path

from idcard_cli import files

_SIZE = 32
"""Of the file, in bytes."""


def of(counted: Path) -> str:
    """16 hexadecimal digits: of who counts into this file. Call it where `counted` is locked. Raises OSError."""
    path = counted.with_name(f"{counted.name}.id")
    if path.exists() and path.stat().st_size != _SIZE:
        path.unlink()
    if not path.exists():
        files.create(path, secrets.token_hex(_SIZE // 2).encode("ascii"))
    place = path.stat().st_ino.to_bytes(16, "little")
    return hashlib.blake2b(files.read(path, _SIZE) + place, digest_size=8).hexdigest()
