"""The venue kit: one folder with every wheel for three systems and a starter, for computers without a network.

    python kit/build.py FOLDER [--here] [--trust city.idtrust]

Wheels come from the package registry that pip knows; idcard's own is built from this source tree. FOLDER is made anew.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXTRAS = "venue"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
_APPLE_MACS = ("macosx_11_0", "macosx_12_0", "macosx_13_0", "macosx_14_0")
_LINUX = ("manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 35)))
PLATFORMS = {
    "Windows, Intel": ("win_amd64",),
    "macOS, Apple": tuple(f"{tag}_{kind}" for tag in _APPLE_MACS for kind in ("arm64", "universal2")),
    "Linux, Intel": tuple(f"{tag}_x86_64" for tag in _LINUX),
    "Linux, ARM": tuple(f"{tag}_aarch64" for tag in _LINUX),
}
"""Tags that pip takes wheels of (PEP 425, 600), for each system: it does not count the older ones among the newer.

Not Macs with Intel: cbor2 from version 6 on has no wheels for them.
"""
STARTERS = ("start.py", "Start idcard.bat", "Start idcard.command", "start-idcard.sh", "READ ME.txt")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Makes the venue kit.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--here", action="store_true", help="only for this computer and this Python")
    parser.add_argument("--trust", type=Path, help="the city's trust file, to be handed over with the kit")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    if folder.exists():
        parser.error(f"{options.folder} already exists")
    if options.trust is not None and not options.trust.is_file():
        parser.error(f"{options.trust}: there is no such file")
    try:
        _build(folder, options)
    except subprocess.CalledProcessError:
        return 1  # pip has said why
    return 0


def _build(folder: Path, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        kit = Path(scratch) / "kit"
        wheels = kit / "wheels"
        wheels.mkdir(parents=True)
        wheel = _own_wheel(wheels)
        for name, choice in [("this computer", [])] if options.here else _choices():
            sys.stdout.write(f"wheels for {name}\n")
            sys.stdout.flush()
            _download(wheels, wheel, choice)
        for name in STARTERS:
            shutil.copy(Path(__file__).with_name(name), kit)
        if options.trust is not None:
            shutil.copy(options.trust, kit / "city.idtrust")
        kit.rename(folder)


def _choices() -> Iterator[tuple[str, list[str]]]:
    for name, tags in PLATFORMS.items():
        for version in VERSIONS:
            platforms = [part for tag in tags for part in ("--platform", tag)]
            yield f"{name}, Python {version}", [*platforms, "--python-version", version, "--implementation", "cp"]


def _own_wheel(wheels: Path) -> Path:
    _pip("wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    [wheel] = wheels.glob("municipal_idcard-*.whl")
    return wheel


def _download(wheels: Path, wheel: Path, choice: Sequence[str]) -> None:
    # pip judges markers by the Python that runs it, so what only Windows needs is named.
    more = ["colorama"] if "win_amd64" in choice else []
    wanted = f"municipal-idcard[{EXTRAS}] @ {wheel.as_uri()}"
    _pip("download", "--dest", wheels, "--only-binary=:all:", *choice, wanted, *more)


def _pip(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *map(str, arguments)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
