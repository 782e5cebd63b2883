"""What the machine is on which all of this is measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("pynacl", "cbor2", "zxing-cpp"))
    print(f"{processor()}, {os.cpu_count()} processors; {platform.system()} {platform.release()}")
    print(f"Python {platform.python_version()}, {packages}")
    print(f"other work on it: a load of {os.getloadavg()[0]:.1f} when this began")


if __name__ == "__main__":
    main()
