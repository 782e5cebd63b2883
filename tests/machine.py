"""What tests need of the machine. Each is a package of Debian's, and `make system` installs it.

Programs are looked for on the PATH alone, so that a PATH without them shows what a newcomer's machine shows.
"""

import glob
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

SOFTHSM = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/*.so")


def for_want_of(*packages: str) -> str:
    """Why a test is skipped; a run of `make test` counts such tests. packages: as Debian calls them."""
    return f"needs {', '.join(packages)} (make system)"


def needs(package: str, program: str) -> pytest.MarkDecorator:
    """The mark of a test that runs a program of that package."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=for_want_of(package))


needs_strace = needs("strace", "strace")
needs_chromium = needs("chromium", "chromium")
needs_node = needs("nodejs", "node")

WEB = Path(__file__).parents[1] / "web"
WITH_NODE = (str(WEB / "with-node"), sys.executable)
"""Before a command: Node of the version that web/ wants, and its npm."""
needs_web = pytest.mark.skipif(
    not (WEB / "node_modules" / ".ready").exists(), reason="needs the packages of web/ (make test-web)"
)

FOR_WANT_OF_PAGE = "needs the built page (make page)"


def page_is_built() -> bool:
    """The page for phones, which Node builds and a wheel brings along."""
    return (resources.files("idcard") / "page" / "index.html").is_file()


def softhsm() -> str | None:
    """The PKCS#11 library of SoftHSM, where its program is found."""
    found = [os.path.realpath(path) for pattern in SOFTHSM for path in sorted(glob.glob(pattern))]
    return found[0] if found and shutil.which("softhsm2-util") else None


needs_softhsm = pytest.mark.skipif(softhsm() is None, reason=for_want_of("softhsm2"))


def unshared(*options: str) -> list[str]:
    """What runs a command in namespaces of its own; the test is skipped where a user may not have such."""
    if shutil.which("unshare") is None:
        pytest.skip(for_want_of("util-linux"))
    command = ["unshare", *options]
    if subprocess.run([*command, "true"], check=False).returncode != 0:
        pytest.skip("this system gives a user no namespaces")
    return command
