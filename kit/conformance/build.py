"""The conformance kit: vectors, specification and runner in one file, the same bytes from the same tree.

python kit/conformance/build.py FOLDER
"""

import argparse
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OWN = ("README.md", "conformance.py", "example.py")
COPIED = {"cli/idcard_cli/venue/vector_run.py": "vector_run.py", "LICENSE": "LICENSE"}
KEYBOARDS = "idcard/repairs/keyboards.toml"
"""Which specs/scan.md names as the keys of each keyboard."""
_READABLE = 0o100644 << 16
_UNIX = 3


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Makes the conformance kit.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    name = f"idcard-conformance-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.zip"
    with zipfile.ZipFile(unfinished, "w") as archive:
        for path, data in sorted(contents()):
            # No date, user or system of whoever makes it.
            entry = zipfile.ZipInfo(f"{name}/{path}")
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    made = unfinished.replace(folder / f"{name}.zip")
    print(f"{made}  {made.stat().st_size:,} bytes")
    return 0


def contents() -> Iterator[tuple[str, bytes]]:
    """Every file by its path in the kit."""
    for name in OWN:
        yield name, (HERE / name).read_bytes()
    for path, name in COPIED.items():
        yield name, (ROOT / path).read_bytes()
    for path in (ROOT / KEYBOARDS, *(ROOT / "specs").rglob("*")):
        if path.is_file():
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
